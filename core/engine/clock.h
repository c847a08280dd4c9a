/* SPDX-License-Identifier: MIT */
/* core/engine/clock.h - monotonic time and waiting for a step. */
#ifndef KOINE_ENGINE_CLOCK_H
#define KOINE_ENGINE_CLOCK_H

#include <koine/plugin/driver.h>

/* CLOCK_MONOTONIC in microseconds. */
int64_t kn__clock_us(void);

/* Now plus `milliseconds`, as a deadline; 0 ms = no deadline (0). */
int64_t kn__deadline_us(uint32_t milliseconds);

/* Waits as a step asked, and makes `wait` ready for the next try: its deadline is again that of the whole operation. It
 * cannot fail, because a step that has begun must be brought to its end. */
void kn__clock_wait(kn_wait *wait, int64_t deadline_us);

#endif
