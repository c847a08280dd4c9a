/* SPDX-License-Identifier: MIT */
/* core/engine/clock.h - monotonic time and waiting for a step. */
#ifndef KOINE_ENGINE_CLOCK_H
#define KOINE_ENGINE_CLOCK_H

#include <koine/plugin/driver.h>

/* CLOCK_MONOTONIC in microseconds. */
int64_t kn__clock_us(void);

/* Now plus `milliseconds`, as a deadline; 0 ms = no deadline (0). */
int64_t kn__deadline_us(uint32_t milliseconds);

/* kn__again after a step: when it returned KN_WAIT, waits as it asked and returns true: call it again with the same
 * arguments. A failure to wait becomes *status. Usage: do status = step(..., &wait, error); while (kn__again(&status,
 * &wait, error)); */
bool kn__wait(kn_status *status, const kn_wait *wait, kn_error *error);
static inline bool kn__again(kn_status *status, const kn_wait *wait, kn_error *error)
{
    return *status == KN_WAIT && kn__wait(status, wait, error);
}

#endif
