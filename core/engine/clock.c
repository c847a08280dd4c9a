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

int kn_wait_milliseconds(const kn_wait *wait)
{
    int64_t left;

    if (!wait->deadline_us)
        return -1;
    left = wait->deadline_us - kn__clock_us();
    if (left <= 0)
        return 0;
    left = (left + 999) / 1000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

void kn__clock_wait(kn_wait *wait, int64_t deadline_us)
{
    struct pollfd descriptor = {.fd = wait->fd};

    descriptor.events =
        (short)((wait->events & KN_WAIT_READ ? POLLIN : 0) | (wait->events & KN_WAIT_WRITE ? POLLOUT : 0));
    if (poll(&descriptor, wait->fd >= 0, kn_wait_milliseconds(wait)) < 0 && errno != EINTR)
        (void)poll(NULL, 0, 1); /* no memory, or no file descriptors allowed: look again soon */
    *wait = (kn_wait){.fd = -1, .deadline_us = deadline_us};
}
