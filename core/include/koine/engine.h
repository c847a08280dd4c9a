/* SPDX-License-Identifier: MIT */
/* koine/engine.h - an engine: one database by URL, its dialect, its driver and its pool of connections. */
#ifndef KOINE_ENGINE_H
#define KOINE_ENGINE_H

#include <koine/error.h>
#include <koine/memory.h>
#include <koine/registry.h>
#include <koine/url.h>

KN_BEGIN_DECLS

typedef struct kn_engine kn_engine;
typedef struct kn_connection kn_connection;

/* What a trace function sees. Never a password, nor, but in the words of a backend, a bound value. Borrowed for the
 * call. */
typedef enum kn_event_kind {
    KN_EVENT_CONNECT = 1, /* a connection was opened, or failed to open */
    KN_EVENT_CLOSE = 2,   /* a connection was closed */
    KN_EVENT_PREPARE = 3,
    KN_EVENT_EXECUTE = 4, /* one execution ended: rows is what it changed or returned so far */
    KN_EVENT_BEGIN = 5,
    KN_EVENT_COMMIT = 6,
    KN_EVENT_ROLLBACK = 7,
    KN_EVENT_POOL_WAIT = 8, /* a caller had to wait for a connection */
    KN_EVENT_NOTICE = 9     /* the backend says something that is no failure; it may quote data */
} kn_event_kind;
typedef struct kn_event {
    size_t size_;
    kn_event_kind kind;
    kn_status status;
    kn_text sql;
    int64_t rows;
    int64_t duration_us;
    const kn_error *error; /* NULL when status is KN_OK; of a notice: what was said, with status KN_OK */
} kn_event;
/* Called on the thread that did the work, with no lock held; must not use the connection. */
typedef void kn_trace_fn(void *context, const kn_event *event);

/* Zero members take the default. KN_ENGINE_OPTIONS(.pool_max = 8) fills in the size. */
typedef struct kn_engine_options {
    size_t size_;
    const kn_allocator *allocator;
    kn_registry *registry;    /* NULL = the engine makes one of its own */
    uint32_t pool_max;        /* connections at most; default 5; an in-memory database always has 1 */
    uint32_t pool_wait_ms;    /* how long kn_connect waits for a free one; default 30000; UINT32_MAX = not at all */
    uint32_t pool_lifetime_s; /* a connection older than this is closed when returned; 0 = no end */
    /* one idle longer than this is checked before it is handed out; default 30; UINT32_MAX = never */
    uint32_t pool_idle_check_s;
    uint32_t statement_cache;    /* prepared statements kept a connection; default 128; UINT32_MAX = none */
    uint32_t connect_timeout_ms; /* default 30000 */
    /* What kn_statement_timeout does, for every statement without one of its own: those of the object verbs, preparing,
     * a bulk insert, and each of begin, commit, rollback and the savepoints. Default 0 = no limit: a network that
     * swallows everything is waited for as long as the system's TCP does. */
    uint32_t statement_timeout_ms;
    kn_trace_fn *trace;
    void *trace_context;
} kn_engine_options;
KN_NO_TAIL_PADDING(kn_engine_options, trace_context, void *);
#ifndef __cplusplus
#define KN_ENGINE_OPTIONS(...) (&(const kn_engine_options){.size_ = sizeof(kn_engine_options), __VA_ARGS__})
#endif

/* Parses the URL, finds dialect and driver, checks the options against the driver's table. Opens no connection: the
 * first kn_connect does. `options` may be NULL. KN_MALFORMED, KN_NO_BACKEND, KN_PLUGIN, KN_ABI, KN_INVALID (unknown
 * option, with the known ones listed; bad value), KN_NOMEM. Thread-safe once made. */
KN_API kn_status kn_engine_create(const char *url, const kn_engine_options *options, kn_engine **out, kn_error *error);
/* Every connection must have been released (KN_MISUSE is impossible to report here: it asserts in debug builds and
 * leaks the engine otherwise). In a forked child it frees without sending. NULL is fine. */
KN_API void kn_engine_destroy(kn_engine *engine);

/* The URL with its secrets hidden. Borrowed. */
KN_API const char *kn_engine_url(const kn_engine *engine);
/* Names as in a URL; of the dialect in use after the first connection when the server turned out to be a sibling.
 * Borrowed. */
KN_API const char *kn_engine_dialect(const kn_engine *engine);
KN_API const char *kn_engine_driver(const kn_engine *engine);

/* A connection from the pool: an idle one (checked when it idled long), a new one, or one that another thread gives
 * back in time. KN_TIMEOUT after pool_wait_ms; KN_INVALID without an engine;
 * otherwise what the driver says of opening. Yours until kn_release. */
KN_API kn_status kn_connect(kn_engine *engine, kn_connection **out, kn_error *error);
/* Gives it back: open results are closed, an open transaction is rolled back, the session is reset; a connection that
 * is broken or too old is closed. In a forked child an inherited connection is abandoned, nothing is sent. NULL is
 * fine. */
KN_API void kn_release(kn_connection *connection);

/* `open` counts idle ones, those in use, and those that are being opened; what stands behind `zero_` counts since the
 * engine was made. broken: given back with a link that was lost or given up; one that kn_connect_step could not open,
 * or that was released on the way there, is among them, though it is neither opened nor closed. expired: too old,
 * found dead after it had idled, or given back after kn_engine_close_idle. */
typedef struct kn_pool_stats {
    size_t size_;
    uint32_t max, open, idle, in_use, waiting;
    uint32_t zero_;
    uint64_t opened, closed, broken, expired, checked_out, waited, timed_out;
} kn_pool_stats;
/* A snapshot; stats->size_ must be sizeof(*stats). */
KN_API void kn_engine_stats(const kn_engine *engine, kn_pool_stats *stats);

/* Closes the idle connections; those in use are closed when they come back. */
KN_API void kn_engine_close_idle(kn_engine *engine);

KN_END_DECLS
#endif
