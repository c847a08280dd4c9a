/* SPDX-License-Identifier: MIT */
/* Transactions, and what stops a statement: a lock that is not had in time, a deadline, a cancel. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sqlite3_driver.h"

/* Opcodes between two looks at the clock: some tens of microseconds. */
#define PROGRESS_OPCODES 1000

int64_t sq_now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool past_deadline(sq_connection *c, int64_t now_us)
{
    if (!c->deadline_us || now_us < c->deadline_us)
        return false;
    c->timed_out = true;
    return true;
}

static int on_progress(void *connection)
{
    sq_connection *c = connection;
    return c->deadline_us && past_deadline(c, sq_now_us());
}

void sq_deadline_set(sq_connection *c, int64_t deadline_us)
{
    if (deadline_us && !c->deadlines++)
        sqlite3_progress_handler(c->db, PROGRESS_OPCODES, on_progress, c);
}

void sq_deadline_clear(sq_connection *c, int64_t deadline_us)
{
    if (deadline_us && !--c->deadlines)
        sqlite3_progress_handler(c->db, 0, NULL, NULL);
}

/* How long to wait before the lock is tried again: there is no way to be told that it is free. */
static int64_t busy_delay_us(int count)
{
    static const uint8_t delays_ms[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
    size_t last = KN_COUNT_OF(delays_ms) - 1;
    return INT64_C(1000) * delays_ms[(size_t)count < last ? (size_t)count : last];
}

/* Waits until that time, or a cancel. */
static void wait_until(sq_connection *c, int64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000), .tv_nsec = (long)(until_us % 1000000 * 1000)};
    pthread_mutex_lock(&c->mutex);
    while (!sq_is_cancelled(c) && pthread_cond_timedwait(&c->wake, &c->mutex, &until) == 0)
        ;
    pthread_mutex_unlock(&c->mutex);
}

int sq_on_busy(void *connection, int count)
{
    sq_connection *c = connection;
    int64_t now_us = sq_now_us();
    if (count == 0)
        c->busy_since_us = now_us;
    if (past_deadline(c, now_us))
        return 0;
    int64_t end_us = c->busy_since_us + c->settings.busy_timeout_ms * 1000;
    if (c->deadline_us && c->deadline_us < end_us)
        end_us = c->deadline_us;
    if (now_us >= end_us || sq_is_cancelled(c))
        return 0;
    int64_t until_us = now_us + busy_delay_us(count);
    wait_until(c, until_us < end_us ? until_us : end_us);
    return !sq_is_cancelled(c);
}

bool sq_is_cancelled(sq_connection *c)
{
    int activity = atomic_load(&c->activity);
    return activity == SQ_CANCELLING || activity == SQ_CANCELLED;
}

void sq_settle(sq_connection *c)
{
    if (!c->open || !sq_is_cancelled(c))
        return;
    while (c->open)
        sq_statement_stop(c->open);
}

/* No cancel stops what undoes. */
static void enter_undoing(sq_connection *c)
{
    sq_settle(c);
    c->timed_out = false;
}

void sq_enter(sq_connection *c)
{
    enter_undoing(c);
    if (!c->open)
        atomic_store(&c->activity, SQ_RUNNING);
}

void sq_leave(sq_connection *c)
{
    int expected = SQ_RUNNING;
    if (c->open || atomic_compare_exchange_strong(&c->activity, &expected, SQ_IDLE))
        return;
    while (atomic_load(&c->activity) == SQ_CANCELLING)
        sched_yield();
    atomic_store(&c->activity, SQ_IDLE);
}

kn_status sq_cancel_create(void *connection, void **cancel, kn_error *error)
{
    (void)error;
    *cancel = connection; /* all it needs; the owner destroys it before the connection closes */
    return KN_OK;
}

kn_status sq_cancel_send(void *cancel, kn_wait *wait, kn_error *error)
{
    sq_connection *c = cancel;
    (void)wait;
    (void)error;
    int expected = SQ_RUNNING;
    if (!atomic_compare_exchange_strong(&c->activity, &expected, SQ_CANCELLING))
        return KN_OK; /* nothing runs */
    sqlite3_interrupt(c->db);
    pthread_mutex_lock(&c->mutex); /* or a waiter that has just looked would miss it */
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->mutex);
    atomic_store(&c->activity, SQ_CANCELLED);
    return KN_OK;
}

void sq_cancel_destroy(void *cancel)
{
    (void)cancel;
}

bool sq_in_transaction(void *connection)
{
    const sq_connection *c = connection;
    return sq_is_open(c) || c->transaction == SQ_ABORTED;
}

void sq_note_abort(sq_connection *c, bool inside)
{
    if (inside && c->transaction && !sq_is_open(c))
        c->transaction = SQ_ABORTED;
}

static kn_status refuse_aborted(kn_error *error)
{
    knp_error_set(error, KN_NOT_IN_TRANSACTION,
                  "a failure has rolled this transaction back: roll back, then start over");
    if (error)
        error->retry = KN_RETRY_TRANSACTION;
    return KN_NOT_IN_TRANSACTION;
}

kn_status sq_check_transaction(sq_connection *c, bool readonly, kn_error *error)
{
    if (c->transaction == SQ_ABORTED)
        return refuse_aborted(error);
    if (readonly || !sq_is_open(c)) /* raw SQL may have ended it */
        return KN_OK;
    knp_error_set(error, KN_READ_ONLY, "this transaction was begun for reading only");
    if (error)
        error->commit = KN_COMMIT_OPEN;
    return KN_READ_ONLY;
}

/* The statement of a verb, prepared when it is not there yet or was for another name. */
static kn_status verb_statement(sq_connection *c, int verb, const char *name, sqlite3_stmt **out, kn_error *error)
{
    static const char *const texts[SQ_VERBS] = {
        [SQ_VERB_BEGIN_WRITE] = "BEGIN IMMEDIATE", [SQ_VERB_BEGIN_READ] = "BEGIN",     [SQ_VERB_COMMIT] = "COMMIT",
        [SQ_VERB_ROLLBACK] = "ROLLBACK",           [SQ_VERB_SAVEPOINT] = "SAVEPOINT ", [SQ_VERB_RELEASE] = "RELEASE ",
        [SQ_VERB_ROLLBACK_TO] = "ROLLBACK TO ",
    };
    sq_verb *v = &c->verbs[verb];
    size_t size = strlen(name);
    if (size >= sizeof v->name)
        return knp_error_set(error, KN_TOO_LONG, "the name of a savepoint has %zu bytes", size);
    if (!v->handle || strcmp(v->name, name) != 0) {
        char sql[SQ_NAME_MAX + 16];
        snprintf(sql, sizeof sql, "%s%s", texts[verb], name);
        sqlite3_finalize(v->handle);
        v->handle = NULL;
        int code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &v->handle, NULL);
        if (code != SQLITE_OK)
            return sq_fail(c, code, SQ_PREPARING, error);
        memcpy(v->name, name, size + 1);
    }
    *out = v->handle;
    return KN_OK;
}

static kn_status run_verb(sq_connection *c, int verb, const char *name, sq_phase phase, int64_t deadline_us,
                          kn_error *error)
{
    sqlite3_stmt *handle = NULL;
    sq_settle(c);
    kn_status status = verb_statement(c, verb, name ? name : "", &handle, error);
    if (status)
        return status;
    bool inside = sq_is_open(c);
    (verb == SQ_VERB_ROLLBACK || verb == SQ_VERB_ROLLBACK_TO ? enter_undoing : sq_enter)(c);
    c->deadline_us = deadline_us;
    sq_deadline_set(c, deadline_us);
    int code = sqlite3_step(handle);
    if (code != SQLITE_DONE) {
        status = sq_fail(c, code, phase, error);
        sq_note_abort(c, inside);
    }
    sqlite3_reset(handle);
    sq_deadline_clear(c, deadline_us);
    sq_leave(c);
    return status;
}

static kn_status begin(sq_connection *c, uint32_t access, int64_t deadline_us, kn_error *error)
{
    kn_status status =
        run_verb(c, access ? SQ_VERB_BEGIN_READ : SQ_VERB_BEGIN_WRITE, NULL, SQ_BEGINNING, deadline_us, error);
    if (!status)
        c->transaction = access ? SQ_READING : SQ_WRITING;
    return status;
}

/* SQLite ends some transactions by itself when a statement fails; then there is nothing left to roll back. */
static kn_status rollback(sq_connection *c, kn_error *error)
{
    kn_status status = KN_OK;
    if (sq_is_open(c))
        status = run_verb(c, SQ_VERB_ROLLBACK, NULL, SQ_EXECUTING, 0, error);
    if (!status)
        c->transaction = SQ_NO_TRANSACTION;
    return status;
}

/* A commit that meets a lock leaves the transaction open, to be tried again. After any other failure it is over. */
static kn_status commit(sq_connection *c, int64_t deadline_us, kn_error *error)
{
    kn_status status = c->transaction == SQ_ABORTED
                           ? refuse_aborted(error)
                           : run_verb(c, SQ_VERB_COMMIT, NULL, SQ_COMMITTING, deadline_us, error);
    if (!status) {
        c->transaction = SQ_NO_TRANSACTION;
        return KN_OK;
    }
    if (status == KN_BUSY && sq_is_open(c))
        return status;
    kn_status undone = rollback(c, NULL);
    if (error)
        error->commit = undone ? KN_COMMIT_LOST : KN_COMMIT_NOT;
    return status;
}

static kn_status mark(sq_connection *c, int verb, const char *name, int64_t deadline_us, kn_error *error)
{
    return c->transaction == SQ_ABORTED ? refuse_aborted(error)
                                        : run_verb(c, verb, name, SQ_EXECUTING, deadline_us, error);
}

kn_status sq_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error)
{
    sq_connection *c = connection;
    int64_t deadline_us = wait ? wait->deadline_us : 0;
    switch (verb) {
    case KN_TRANSACT_BEGIN:
        return begin(c, access, deadline_us, error);
    case KN_TRANSACT_COMMIT:
        return commit(c, deadline_us, error);
    case KN_TRANSACT_ROLLBACK:
        return rollback(c, error);
    case KN_TRANSACT_SAVEPOINT:
        return mark(c, SQ_VERB_SAVEPOINT, name, deadline_us, error);
    case KN_TRANSACT_RELEASE:
        return mark(c, SQ_VERB_RELEASE, name, deadline_us, error);
    case KN_TRANSACT_ROLLBACK_TO:
        return mark(c, SQ_VERB_ROLLBACK_TO, name, deadline_us, error);
    }
    return knp_error_set(error, KN_INVALID, "transaction verb %d is not known", (int)verb);
}
