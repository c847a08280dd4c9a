/* SPDX-License-Identifier: MIT */
/* core/engine/engine.h - the engine and its pool, as the engine's own files see them. */
#ifndef KOINE_ENGINE_ENGINE_H
#define KOINE_ENGINE_ENGINE_H

#include <koine/engine.h>
#include <koine/plugin/driver.h>

#include <pthread.h>

#include "engine/fork.h"
#include "engine/shape.h"

/* A caller that waits for a connection, on its own stack. Served in order of arrival. */
typedef struct kn__waiter {
    struct kn__waiter *next;
    pthread_cond_t wake;
    kn_connection *given; /* a connection, or NULL with `may_open`: a free place to open one */
    bool may_open;
    bool served;
} kn__waiter;

/* Invariant: idle + in use = open <= max, where a place being opened counts as in use. */
typedef struct kn__pool {
    pthread_mutex_t mutex;
    kn_connection *idle; /* last returned first */
    kn__waiter *first_waiter, **last_waiter;
    uint32_t max, open, n_idle, n_waiting;
    uint32_t generation; /* raised by kn_engine_close_idle: older ones are closed when returned */
    uint32_t zero_;
    uint64_t opened, closed, broken, expired, checked_out, waited, timed_out;
} kn__pool;

struct kn_engine {
    const kn_allocator *allocator;
    kn_engine_options options; /* every default filled in */
    kn_registry *registry;
    bool owns_registry;
    kn_url *url;
    char *shown_url; /* without secrets */
    const kn_driver *driver;
    const char *const *option_values; /* one a row of the driver's table */
    kn_arena arena;                   /* of the above */
    pthread_mutex_t target_mutex;
    const kn__dialect *dialect; /* under target_mutex: the first connection may find a sibling */
    bool dialect_settled;
    bool can_cancel, can_bulk; /* the driver has these slots */
    kn__fork_mark fork;
    uint32_t epoch; /* raised in a forked child: a connection of an older one is the parent's */
    uint32_t zero_;
    kn__pool pool;
    kn__shape_cache shapes;
};

/* core/engine/options.c: the URL's options against the driver's table. */
kn_status kn__options_read(const kn_url *url, const kn_driver *driver, kn_arena *arena, const char *const **out,
                           kn_error *error);

/* core/engine/pool.c */
kn_status kn__pool_init(kn__pool *pool, uint32_t max, kn_error *error);
void kn__pool_finish(kn_engine *engine);
/* In a forked child, before anything that locks: the parent's connections and locks are not ours. */
void kn__engine_start_over(kn_engine *engine);

/* core/engine/trace.c: tells the trace function; costs nothing when there is none. */
void kn__trace(const kn_engine *engine, kn_event_kind kind, kn_status status, kn_text sql, int64_t rows,
               int64_t since_us, const kn_error *error);
static inline bool kn__traced(const kn_engine *engine)
{
    return engine->options.trace != NULL;
}

#endif
