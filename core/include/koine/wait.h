/* SPDX-License-Identifier: MIT */
/* koine/wait.h - what an operation waits for that has returned KN_WAIT. */
#ifndef KOINE_WAIT_H
#define KOINE_WAIT_H

#include <koine/base.h>

KN_BEGIN_DECLS

enum { KN_WAIT_READ = 1, KN_WAIT_WRITE = 2 };
typedef struct kn_wait {
    int fd;          /* -1 = only the deadline */
    uint32_t events; /* KN_WAIT_READ, KN_WAIT_WRITE: whichever comes first */
    /* CLOCK_MONOTONIC microseconds; 0 = none. When to call again at the latest. (Given to a driver's step: when the
     * whole operation must end.) */
    int64_t deadline_us;
} kn_wait;
KN_NO_TAIL_PADDING(kn_wait, deadline_us, int64_t);

/* From now to the deadline in milliseconds, as poll(2) takes it: rounded up, 0 when it has passed, -1 = none. */
KN_API int kn_wait_milliseconds(const kn_wait *wait);

KN_END_DECLS
#endif
