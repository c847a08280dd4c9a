/* SPDX-License-Identifier: MIT */
/* The pool hands connections from who returns them to who waits longest, so that nobody starves. Opening, checking,
 * resetting and closing happen with the mutex released: they talk to the server. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "engine/connection.h"

/* All but its mutex and its bound. */
static void empty_pool(kn__pool *pool)
{
    pool->idle = NULL;
    pool->first_waiter = NULL;
    pool->last_waiter = &pool->first_waiter;
    pool->open = pool->n_idle = pool->n_waiting = 0;
    pool->opened = pool->closed = pool->broken = pool->expired = 0;
    pool->checked_out = pool->waited = pool->timed_out = 0;
}

kn_status kn__pool_init(kn__pool *pool, uint32_t max, kn_error *error)
{
    *pool = (kn__pool){.max = max};
    pool->last_waiter = &pool->first_waiter;
    if (pthread_mutex_init(&pool->mutex, NULL) != 0)
        return kn_error_set(error, KN_NOMEM, "cannot make a mutex");
    return KN_OK;
}

void kn__pool_finish(kn_engine *engine)
{
    pthread_mutex_destroy(&engine->pool.mutex);
}

/* A forked child inherits the parent's connections, perhaps with a mutex held by a thread that is not there: it starts
 * over with an empty pool and abandons what was idle. */
void kn__engine_start_over(kn_engine *engine)
{
    kn_connection *idle;

    if (!kn__fork_mark_claim(&engine->fork))
        return;
    idle = engine->pool.idle;
    engine->epoch++;
    (void)kn__fork_renew(&engine->pool.mutex);
    empty_pool(&engine->pool);
    kn__shape_cache_start_over(&engine->shapes);
    (void)kn__fork_renew(&engine->target_mutex);
    kn__fork_mark_ready(&engine->fork);
    while (idle) {
        kn_connection *next = idle->next_idle;
        kn__connection_close(idle);
        idle = next;
    }
}

/* Under the mutex. A place or a connection goes to the first who waits; returns false when nobody does. */
static bool serve_waiter(kn__pool *pool, kn_connection *connection)
{
    kn__waiter *waiter = pool->first_waiter;

    if (!waiter)
        return false;
    pool->first_waiter = waiter->next;
    if (!pool->first_waiter)
        pool->last_waiter = &pool->first_waiter;
    pool->n_waiting--;
    waiter->given = connection;
    waiter->may_open = !connection;
    waiter->served = true;
    pthread_cond_signal(&waiter->wake);
    return true;
}

/* Under the mutex: a place is free again. */
static void give_place(kn__pool *pool)
{
    if (!serve_waiter(pool, NULL))
        pool->open--;
}

static void remove_waiter(kn__pool *pool, kn__waiter *waiter)
{
    kn__waiter **at = &pool->first_waiter;

    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
    if (!*at)
        pool->last_waiter = at;
    pool->n_waiting--;
}

static kn_status init_wake(pthread_cond_t *wake)
{
    pthread_condattr_t attributes;
    int failed;

    if (pthread_condattr_init(&attributes) != 0)
        return KN_NOMEM;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed = pthread_cond_init(wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return failed ? KN_NOMEM : KN_OK;
}

static struct timespec deadline_of(uint32_t milliseconds)
{
    int64_t us = kn__clock_us() + (int64_t)milliseconds * 1000;

    return (struct timespec){.tv_sec = (time_t)(us / KN_US_PER_SECOND),
                             .tv_nsec = (long)(us % KN_US_PER_SECOND) * 1000};
}

static kn_status refuse_full(kn__pool *pool, uint32_t wait_ms, kn_error *error)
{
    pool->timed_out++;
    kn_error_set(error, KN_TIMEOUT, "all %u connections stayed in use for %u ms", pool->max, wait_ms);
    if (error)
        error->retry = KN_RETRY_CONNECTION;
    return KN_TIMEOUT;
}

/* Under the mutex: waits for a connection or a place, in order of arrival. */
static kn_status wait_in_line(kn_engine *engine, kn__waiter *waiter, kn_error *error)
{
    kn__pool *pool = &engine->pool;
    uint32_t wait_ms = engine->options.pool_wait_ms;
    struct timespec until;
    int failed = 0;

    if (wait_ms == UINT32_MAX)
        return refuse_full(pool, 0, error);
    if (init_wake(&waiter->wake) != KN_OK)
        return kn_error_set(error, KN_NOMEM, "cannot make a condition");
    until = deadline_of(wait_ms);
    *pool->last_waiter = waiter;
    pool->last_waiter = &waiter->next;
    pool->n_waiting++;
    pool->waited++;
    while (!waiter->served && failed != ETIMEDOUT)
        failed = pthread_cond_timedwait(&waiter->wake, &pool->mutex, &until);
    pthread_cond_destroy(&waiter->wake);
    if (waiter->served)
        return KN_OK;
    remove_waiter(pool, waiter);
    return refuse_full(pool, wait_ms, error);
}

/* Takes an idle connection, a free place, or waits for either. */
static kn_status take(kn_engine *engine, kn__waiter *got, kn_error *error)
{
    kn__pool *pool = &engine->pool;
    int64_t started = kn__traced(engine) ? kn__clock_us() : 0;
    bool waited = false;
    kn_status status = KN_OK;

    *got = (kn__waiter){.next = NULL};
    pthread_mutex_lock(&pool->mutex);
    if (pool->idle) {
        got->given = pool->idle;
        pool->idle = got->given->next_idle;
        pool->n_idle--;
    } else if (pool->open < pool->max) {
        pool->open++;
        got->may_open = true;
    } else {
        waited = true;
        status = wait_in_line(engine, got, error);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (waited)
        kn__trace(engine, KN_EVENT_POOL_WAIT, status, (kn_text){NULL, 0}, 0, started, error);
    return status;
}

static bool is_expired(const kn_connection *connection, int64_t now)
{
    uint32_t lifetime = connection->engine->options.pool_lifetime_s;

    return lifetime && now - connection->opened_us >= (int64_t)lifetime * KN_US_PER_SECOND;
}

/* Is a connection that idled fit to be handed out? */
static bool is_fit(kn_connection *connection)
{
    uint32_t check_s = connection->engine->options.pool_idle_check_s;
    int64_t now;

    if (check_s == UINT32_MAX && !connection->engine->options.pool_lifetime_s)
        return true;
    now = kn__clock_us();
    if (is_expired(connection, now))
        return false;
    if (check_s == UINT32_MAX || now - connection->returned_us < (int64_t)check_s * KN_US_PER_SECOND)
        return true;
    return kn__connection_alive(connection, false, NULL) == KN_OK;
}

static void note_opened(kn_connection *connection)
{
    kn__pool *pool = &connection->engine->pool;

    pthread_mutex_lock(&pool->mutex);
    connection->generation = pool->generation;
    pool->opened++;
    pthread_mutex_unlock(&pool->mutex);
}

static void give_up_place(kn_engine *engine)
{
    pthread_mutex_lock(&engine->pool.mutex);
    give_place(&engine->pool);
    pthread_mutex_unlock(&engine->pool.mutex);
}

/* A place that is ours already becomes a connection, or is given up. */
static kn_status open_in_place(kn_engine *engine, kn_connection **out, kn_error *error)
{
    kn_connection *connection = NULL;
    kn_status status = kn__connection_create(engine, false, &connection, error);

    if (status == KN_OK)
        status = kn__connection_link(connection, false, error);
    if (status == KN_OK) {
        note_opened(connection);
        *out = connection;
        return KN_OK;
    }
    if (connection)
        kn__connection_close(connection);
    give_up_place(engine);
    return status;
}

/* One that was found unfit: its place stays taken. */
static void note_expired(kn_engine *engine)
{
    pthread_mutex_lock(&engine->pool.mutex);
    engine->pool.expired++;
    engine->pool.closed++;
    pthread_mutex_unlock(&engine->pool.mutex);
}

static void lend(kn_connection *connection, uint32_t hindrance)
{
    connection->hindrance = hindrance;
    pthread_mutex_lock(&connection->engine->pool.mutex);
    connection->engine->pool.checked_out++;
    pthread_mutex_unlock(&connection->engine->pool.mutex);
}

kn_status kn_connect(kn_engine *engine, kn_connection **out, kn_error *error)
{
    kn__waiter got;
    kn_status status;

    *out = NULL;
    if (!engine)
        return kn_error_set(error, KN_INVALID, "no engine");
    if (!kn__same_process(&engine->fork))
        kn__engine_start_over(engine);
    status = take(engine, &got, error);
    if (status != KN_OK)
        return status;
    if (got.given && !is_fit(got.given)) {
        kn__connection_close(got.given);
        note_expired(engine);
        got.given = NULL;
    }
    if (got.given)
        *out = got.given;
    else
        status = open_in_place(engine, out, error);
    if (status == KN_OK)
        lend(*out, 0);
    return status;
}

/* Takes an idle non-blocking connection, else a free place, else the place of an idle blocking one, which is given. */
static kn_status take_at_once(kn_engine *engine, kn_connection **given, kn_error *error)
{
    kn__pool *pool = &engine->pool;
    kn_connection **at = &pool->idle;
    kn_status status = KN_OK;

    pthread_mutex_lock(&pool->mutex);
    while (*at && !(*at)->stepwise_link)
        at = &(*at)->next_idle;
    if (!*at && pool->open < pool->max) {
        pool->open++;
    } else if (*at || pool->idle) {
        at = *at ? at : &pool->idle;
        *given = *at;
        *at = (*at)->next_idle;
        pool->n_idle--;
    } else {
        status = refuse_full(pool, 0, error);
    }
    pthread_mutex_unlock(&pool->mutex);
    return status;
}

kn_status kn_connect_start(kn_engine *engine, kn_connection **out, kn_error *error)
{
    kn_connection *connection = NULL;
    kn_status status;

    *out = NULL;
    if (!engine)
        return kn_error_set(error, KN_INVALID, "no engine");
    if (!(engine->driver->flags & KN_DRIVER_NON_BLOCKING))
        return kn_error_set(error, KN_UNSUPPORTED, "driver '%s' blocks: use kn_connect", engine->driver->name);
    if (!kn__same_process(&engine->fork))
        kn__engine_start_over(engine);
    status = take_at_once(engine, &connection, error);
    if (status != KN_OK)
        return status;
    if (connection && (!connection->stepwise_link || is_expired(connection, kn__clock_us()))) {
        kn__connection_close(connection);
        note_expired(engine);
        connection = NULL;
    }
    if (!connection)
        status = kn__connection_create(engine, true, &connection, error);
    if (status != KN_OK) {
        give_up_place(engine);
        return status;
    }
    lend(connection, KN__STEPWISE | KN__OPENING);
    *out = connection;
    return KN_OK;
}

static bool wants_check(const kn_connection *connection)
{
    uint32_t check_s = connection->engine->options.pool_idle_check_s;

    return check_s != UINT32_MAX && kn__clock_us() - connection->returned_us >= (int64_t)check_s * KN_US_PER_SECOND;
}

/* Is the pooled link alive? One that is not is taken away, for another to be opened. */
static kn_status check_link(kn_connection *connection, bool waited)
{
    kn_status status = waited || wants_check(connection) ? kn__connection_alive(connection, waited, NULL) : KN_OK;

    connection->checked = status == KN_WAIT;
    if (status == KN_OK || status == KN_WAIT)
        return status;
    kn__connection_unlink(connection);
    note_expired(connection->engine);
    connection->hindrance &= ~(uint32_t)KN__BROKEN;
    return status;
}

static kn_status open_step(kn_connection *connection, bool waited, kn_error *error)
{
    bool pooled = connection->link && (!waited || connection->checked);
    kn_status status = pooled ? check_link(connection, waited) : KN_DONE;

    if (status == KN_OK || status == KN_WAIT)
        return status;
    status = kn__connection_link(connection, waited && !pooled, error);
    if (status == KN_OK)
        note_opened(connection);
    return status;
}

kn_status kn_connect_step(kn_connection *connection, kn_error *error)
{
    kn_status status = kn__step_begin(connection, KN__STEP_CONNECT, connection, error);

    if ((status != KN_OK && status != KN_WAIT) || !(connection->hindrance & KN__OPENING))
        return status;
    status = open_step(connection, status == KN_WAIT, error);
    if (status == KN_OK)
        connection->hindrance &= ~(uint32_t)KN__OPENING;
    else if (status != KN_WAIT)
        connection->hindrance |= KN__BROKEN;
    return status;
}

/* Under the mutex. */
static void put_back(kn__pool *pool, kn_connection *connection)
{
    if (serve_waiter(pool, connection))
        return;
    connection->next_idle = pool->idle;
    pool->idle = connection;
    pool->n_idle++;
}

/* Closes one that was lent; its place is free then. */
static void close_lent(kn_connection *connection)
{
    kn_engine *engine = connection->engine;
    bool opened = connection->opened_us != 0;

    kn__connection_close(connection);
    pthread_mutex_lock(&engine->pool.mutex);
    engine->pool.closed += opened;
    give_place(&engine->pool);
    pthread_mutex_unlock(&engine->pool.mutex);
}

/* What was lent goes back to the pool, or is closed. */
static void take_back(kn_connection *connection, bool fresh)
{
    kn__pool *pool = &connection->engine->pool;
    bool broken = kn__connection_is_broken(connection), keep = fresh && !broken;

    connection->returned_us = kn__clock_us();
    if (keep && is_expired(connection, connection->returned_us))
        keep = false;
    pthread_mutex_lock(&pool->mutex);
    if (keep && connection->generation == pool->generation) {
        connection->hindrance = KN__NOT_LENT;
        put_back(pool, connection);
        connection = NULL;
    } else {
        connection->hindrance |= KN__NOT_LENT;
        pool->broken += broken;
        pool->expired += !broken;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (connection)
        close_lent(connection);
}

/* May the release wait for what is under way? */
static bool may_reset(const kn_connection *connection)
{
    kn__step_verb step = connection->hindrance & KN__WAITING ? connection->paused.step : KN__STEP_RELEASE;

    return !(connection->hindrance & KN__OPENING) && (step == KN__STEP_RELEASE || step == KN__STEP_END);
}

kn_status kn_release_step(kn_connection *connection)
{
    kn_status status;

    if (!connection)
        return KN_OK;
    if (kn__connection_is_inherited(connection)) {
        kn__step_give_up(connection);
        kn__connection_close(connection);
        return KN_OK;
    }
    assert(!(connection->hindrance & KN__NOT_LENT) && "kn_release: this connection was released before");
    if (connection->hindrance & KN__NOT_LENT)
        return KN_OK;
    if (!may_reset(connection))
        kn__step_give_up(connection);
    status = kn__connection_reset(connection, NULL);
    if (status != KN_WAIT)
        take_back(connection, status == KN_OK);
    return status == KN_WAIT ? status : KN_OK;
}

void kn_release(kn_connection *connection)
{
    if (kn_release_step(connection) != KN_WAIT)
        return;
    kn__step_give_up(connection);
    take_back(connection, false);
}

void kn_engine_stats(const kn_engine *engine, kn_pool_stats *stats)
{
    kn_engine *mutable_engine = (kn_engine *)(uintptr_t)engine;
    kn__pool *pool = &mutable_engine->pool;
    size_t size = stats->size_ < sizeof(*stats) ? stats->size_ : sizeof(*stats);
    kn_pool_stats now;

    if (!kn__same_process(&engine->fork))
        kn__engine_start_over(mutable_engine);
    pthread_mutex_lock(&pool->mutex);
    now = (kn_pool_stats){.size_ = size,
                          .max = pool->max,
                          .open = pool->open,
                          .idle = pool->n_idle,
                          .in_use = pool->open - pool->n_idle,
                          .waiting = pool->n_waiting,
                          .opened = pool->opened,
                          .closed = pool->closed,
                          .broken = pool->broken,
                          .expired = pool->expired,
                          .checked_out = pool->checked_out,
                          .waited = pool->waited,
                          .timed_out = pool->timed_out};
    pthread_mutex_unlock(&pool->mutex);
    memcpy(stats, &now, size); /* an older program's struct may be shorter */
}

/* Each place is given up after its connection is closed: at no moment are there more links than `max`. */
static void close_list(kn_engine *engine, kn_connection *idle)
{
    while (idle) {
        kn_connection *next = idle->next_idle;
        kn__connection_close(idle);
        pthread_mutex_lock(&engine->pool.mutex);
        engine->pool.closed++;
        give_place(&engine->pool);
        pthread_mutex_unlock(&engine->pool.mutex);
        idle = next;
    }
}

void kn_engine_close_idle(kn_engine *engine)
{
    kn__pool *pool = &engine->pool;
    kn_connection *idle;

    if (!kn__same_process(&engine->fork)) {
        kn__engine_start_over(engine);
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    idle = pool->idle;
    pool->idle = NULL;
    pool->n_idle = 0;
    pool->generation++;
    pthread_mutex_unlock(&pool->mutex);
    close_list(engine, idle);
}
