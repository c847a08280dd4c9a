/* SPDX-License-Identifier: MIT */
/* A running command: sending, waiting, results, deadline and cancel. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "libpq_driver.h"

#define GRACE_US INT64_C(2000000)
#define REPEAT_US INT64_C(200000)
#define SETTLE_US INT64_C(10000)

int64_t lp_now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What the server said while nothing was asked of it, if only goodbye: nothing is sent to one that has gone. */
static void look_at_link(lp_connection *c)
{
    struct pollfd descriptor = {.fd = PQsocket(c->pg), .events = POLLIN};
    c->rested = false;
    if (descriptor.fd >= 0 && poll(&descriptor, 1, 0) > 0)
        (void)PQconsumeInput(c->pg);
}

kn_status lp_check_link(lp_connection *c, kn_error *error)
{
    if (__builtin_expect(c->rested, false))
        look_at_link(c);
    if (!c->dead && PQstatus(c->pg) == CONNECTION_OK)
        return KN_OK;
    c->phase = LP_ASKING;
    return lp_lost(c, error);
}

void lp_begin(lp_connection *c, lp_phase phase, int64_t deadline_us)
{
    PGTransactionStatusType transaction = PQtransactionStatus(c->pg);
    if (c->failure)
        PQclear(c->failure);
    c->failure = NULL;
    c->phase = (uint8_t)phase;
    c->deadline_us = deadline_us;
    c->give_up_us = c->repeat_us = 0;
    c->answered = false;
    c->inside = transaction == PQTRANS_INTRANS || transaction == PQTRANS_INERROR;
    atomic_store(&c->activity, phase == LP_UNDOING ? LP_IDLE : LP_RUNNING); /* no cancel stops what undoes */
}

/* A command of a non-blocking connection that has ended, but not by settle: with its link, or in a pipeline. A cancel
 * that is still under way might hit what follows. */
static void end_unsettled(lp_connection *c)
{
    if (atomic_load(&c->activity) == LP_CANCELLING || (c->killer.begun && lp_kill_has_asked(&c->killer)))
        c->dead = true;
    if (c->killer.begun)
        lp_kill_end(&c->killer);
    c->dead |= atomic_load(&c->stray);
}

void lp_done(lp_connection *c)
{
    int expected = LP_RUNNING;
    if (!c->blocking)
        end_unsettled(c);
    if (!atomic_compare_exchange_strong(&c->activity, &expected, LP_IDLE)) {
        pthread_mutex_lock(&c->mutex); /* a cancel that is being sent is out first */
        atomic_store(&c->activity, LP_IDLE);
        pthread_mutex_unlock(&c->mutex);
    }
    c->dead |= atomic_load(&c->stray);
}

static void send_cancel(lp_connection *c, int64_t now_us)
{
    if (c->blocking)
        (void)lp_cancel_by(c, c->give_up_us ? c->give_up_us : now_us + GRACE_US);
    else if (c->server_pid && !c->killer.begun)
        lp_kill_begin(&c->killer, c, c->give_up_us ? c->give_up_us : now_us + GRACE_US);
}

/* The owner's own cancel goes on. */
static kn_status kill_on(lp_connection *c, kn_wait *wait)
{
    kn_status status = lp_kill_go(&c->killer, wait);
    if (status == KN_WAIT)
        return status;
    if (status && lp_kill_has_asked(&c->killer))
        atomic_store(&c->stray, true);
    lp_kill_end(&c->killer);
    return KN_OK;
}

/* A command of a non-blocking connection has ended: a cancel that has gone out has to arrive before the next one. */
static kn_status settle(lp_connection *c, kn_wait *wait)
{
    int activity = LP_RUNNING;
    if (c->killer.begun && !lp_kill_has_asked(&c->killer))
        lp_kill_end(&c->killer);
    if (c->killer.begun && kill_on(c, wait) == KN_WAIT)
        return KN_WAIT;
    if (atomic_compare_exchange_strong(&c->activity, &activity, LP_SETTLED) || activity != LP_CANCELLING)
        return KN_OK;
    *wait = (kn_wait){.fd = -1, .deadline_us = lp_now_us() + SETTLE_US};
    return KN_WAIT;
}

/* The deadline has passed: the command is cancelled; when it does not end, the link is given up. */
static kn_status check_deadline(lp_connection *c, int64_t now_us, kn_error *error)
{
    if (c->deadline_us && !c->give_up_us && now_us >= c->deadline_us) {
        bool opens = c->phase == LP_OPENING; /* there is no session yet to be saved */
        c->give_up_us = opens ? now_us : now_us + GRACE_US;
        c->repeat_us = now_us + REPEAT_US;
        if (!opens)
            send_cancel(c, now_us);
    }
    if (!c->give_up_us || now_us < c->give_up_us)
        return KN_OK;
    c->dead = true;
    if (c->phase == LP_COMMITTING)
        return lp_lost(c, error);
    knp_error_set(error, KN_TIMEOUT, "the deadline passed, and the server did not stop: the connection is given up");
    if (error) {
        bool maybe = !c->inside && c->phase == LP_EXECUTING;
        error->retry = maybe ? KN_RETRY_NEVER : KN_RETRY_CONNECTION;
        error->commit = maybe ? KN_COMMIT_LOST : KN_COMMIT_NOT;
    }
    return KN_TIMEOUT;
}

/* A server that had not read the command yet has dropped the cancel. */
static void repeat_cancel(lp_connection *c, int64_t now_us)
{
    if (!c->give_up_us && atomic_load(&c->activity) != LP_CANCELLED)
        return;
    if (c->repeat_us && now_us >= c->repeat_us)
        send_cancel(c, now_us);
    if (!c->repeat_us || now_us >= c->repeat_us)
        c->repeat_us = now_us + REPEAT_US;
}

/* When to look again at the latest: a cancel from another thread wakes nobody. */
static int64_t look_again_us(const lp_connection *c, int64_t now_us)
{
    int64_t until = now_us + REPEAT_US, end = c->give_up_us ? c->give_up_us : c->deadline_us;
    return end && end < until ? end : until;
}

static int poll_events(uint32_t events)
{
    return (events & KN_WAIT_READ ? POLLIN : 0) | (events & KN_WAIT_WRITE ? POLLOUT : 0);
}

__attribute__((noinline)) static kn_status wait_by_clock(lp_connection *c, struct pollfd descriptor, uint32_t events,
                                                         kn_wait *wait, kn_error *error)
{
    for (;;) {
        int64_t now_us = lp_now_us();
        kn_status status = check_deadline(c, now_us, error);
        if (status)
            return status;
        repeat_cancel(c, now_us);
        int64_t until_us = look_again_us(c, now_us);
        if (!c->blocking) {
            if (poll(&descriptor, 1, 0) > 0)
                return KN_OK;
            if (!c->killer.begun || kill_on(c, wait) != KN_WAIT)
                *wait = (kn_wait){.fd = descriptor.fd, .events = events};
            wait->deadline_us = until_us;
            return KN_WAIT;
        }
        int ready = poll(&descriptor, 1, (int)((until_us - now_us + 999) / 1000));
        if (ready > 0 || (ready < 0 && errno != EINTR)) /* where poll will not wait, libpq looks at the link itself */
            return KN_OK;
    }
}

kn_status lp_wait(lp_connection *c, uint32_t events, kn_wait *wait, kn_error *error)
{
    struct pollfd descriptor = {.fd = PQsocket(c->pg), .events = (short)poll_events(events)};
    if (descriptor.fd < 0)
        return lp_lost(c, error);
    if (c->blocking && !c->deadline_us && !c->give_up_us && atomic_load(&c->activity) == LP_RUNNING &&
        poll(&descriptor, 1, REPEAT_US / 1000) > 0) /* most often there is nothing that the clock could tell */
        return KN_OK;
    return wait_by_clock(c, descriptor, events, wait, error);
}

/* Until a result can be taken. What arrives is read also while something is still to be sent, else both sides could
 * wait for ever. */
static kn_status pump(lp_connection *c, kn_wait *wait, kn_error *error)
{
    for (bool sent = c->sent;; sent = false) {
        c->sent = false;
        if (!sent && !PQisBusy(c->pg))
            return KN_OK;
        int unsent = PQflush(c->pg);
        if (unsent < 0)
            return lp_lost(c, error);
        kn_status status = lp_wait(c, KN_WAIT_READ | (unsent ? KN_WAIT_WRITE : 0u), wait, error);
        if (status)
            return status;
        if (!PQconsumeInput(c->pg) && PQisBusy(c->pg))
            return lp_lost(c, error);
    }
}

static void note_tag(lp_connection *c, PGresult *result)
{
    const char *tag = PQcmdStatus(result);
    size_t size = strcspn(tag, " ");
    if (size >= sizeof c->last_word)
        size = 0;
    memcpy(c->last_word, tag, size);
    c->last_word[size] = '\0';
    c->last_count = 0;
    for (const char *p = PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : PQcmdTuples(result);
         *p >= '0' && *p <= '9'; p++)
        c->last_count = c->last_count * 10 + (*p - '0');
}

/* COPY from or to the program has calls of its own; here it would wait for ever. */
static kn_status refuse_copy(lp_connection *c, PGresult *result, kn_error *error)
{
    bool in = PQresultStatus(result) == PGRES_COPY_IN;
    PQclear(result);
    if (in && PQputCopyEnd(c->pg, "this program sends no data") == 1)
        return KN_OK; /* the failure follows */
    c->dead = true;
    return knp_error_set(error, KN_UNSUPPORTED, "COPY to the client is no statement: the connection is given up");
}

kn_status lp_take(lp_connection *c, PGresult **out, kn_wait *wait, kn_error *error)
{
    int settled = LP_SETTLED;
    if (!c->blocking) /* another command of the same step */
        atomic_compare_exchange_strong(&c->activity, &settled, LP_RUNNING);
    for (;;) {
        kn_status status = pump(c, wait, error);
        if (status)
            return status;
        PGresult *result = PQgetResult(c->pg);
        ExecStatusType kind = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
        if (!result && PQstatus(c->pg) != CONNECTION_OK && !c->failure)
            return lp_lost(c, error);
        if (((kind != PGRES_COPY_IN && kind != PGRES_COPY_OUT) || c->copies) && kind != PGRES_COPY_BOTH) {
            *out = result;
            return result || c->blocking ? KN_OK : settle(c, wait);
        }
        status = refuse_copy(c, result, error);
        if (status)
            return status;
    }
}

/* The server was heard to be ready for the next command: no result is left. */
static bool is_over(lp_connection *c)
{
    if (!c->blocking || c->sent || PQisBusy(c->pg)) /* a non-blocking connection has to settle */
        return false;
    PGTransactionStatusType transaction = PQtransactionStatus(c->pg);
    return transaction != PQTRANS_ACTIVE && transaction != PQTRANS_UNKNOWN;
}

kn_status lp_drain(lp_connection *c, kn_wait *wait, kn_error *error)
{
    while (!is_over(c)) {
        PGresult *result = NULL;
        kn_status status = lp_take(c, &result, wait, c->failure ? NULL : error);
        if (status == KN_WAIT)
            return status;
        if (status && c->failure) { /* the server's last words say why the link is dead */
            c->dead = true;
            return KN_OK;
        }
        if (status || !result)
            return status;
        bool fails = lp_is_failure(result);
        if (fails && !c->failure) {
            c->failure = result;
            continue;
        }
        c->answered |= !fails;
        note_tag(c, result);
        PQclear(result);
    }
    return KN_OK;
}

kn_status lp_send(lp_connection *c, const char *sql, kn_error *error)
{
    return PQsendQuery(c->pg, sql) ? KN_OK : lp_lost(c, error);
}
