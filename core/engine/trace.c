/* SPDX-License-Identifier: MIT */
#include "engine/clock.h"
#include "engine/engine.h"

void kn__trace(const kn_engine *engine, kn_event_kind kind, kn_status status, kn_text sql, int64_t rows,
               int64_t since_us, const kn_error *error)
{
    kn_event event = {.size_ = sizeof(event), .kind = kind, .status = status, .sql = sql, .rows = rows};
    kn_error unsaid; /* for a caller who did not ask why */

    if (!engine->options.trace || status == KN_WAIT) /* it goes on */
        return;
    if (status != KN_OK && !error) {
        kn_error_set(&unsaid, status, "%s", kn_status_text(status));
        error = &unsaid;
    }
    event.error = status == KN_OK && kind != KN_EVENT_NOTICE ? NULL : error;
    if (since_us)
        event.duration_us = kn__clock_us() - since_us;
    engine->options.trace(engine->options.trace_context, &event);
}
