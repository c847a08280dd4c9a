/* SPDX-License-Identifier: MIT */
#include "engine/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

int64_t kn__clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * KN_US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t kn__deadline_us(uint32_t milliseconds)
{
    return milliseconds ? kn__clock_us() + (int64_t)milliseconds * 1000 : 0;
}

/* Rounded up: waking early would only poll again. */
static int poll_timeout(int64_t deadline_us)
{
    int64_t left;

    if (!deadline_us)
        return -1;
    left = deadline_us - kn__clock_us();
    if (left <= 0)
        return 0;
    left = (left + 999) / 1000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

bool kn__wait(kn_status *status, const kn_wait *wait, kn_error *error)
{
    struct pollfd descriptor = {.fd = wait->fd};

    descriptor.events =
        (short)((wait->events & KN_WAIT_READ ? POLLIN : 0) | (wait->events & KN_WAIT_WRITE ? POLLOUT : 0));
    if (poll(&descriptor, wait->fd >= 0, poll_timeout(wait->deadline_us)) < 0 && errno != EINTR) {
        *status = kn_error_set(error, KN_IO, "cannot wait for the connection: poll: errno %d", errno);
        return false;
    }
    return true;
}
