/* SPDX-License-Identifier: MIT */
/* Stopping a command: asked for over a second connection, in steps, so that a server or network that is silent is not
 * waited for past the deadline; pg_cancel_backend has sent its signal when it answers. The protocol's own request, by
 * PQcancel, blocks for as long as it likes: a blocking connection sends it where the server has no place for a second
 * connection, or a pooler stands before it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "libpq_driver.h"

#define SETTINGS_MAX 80

/* lp_killer.stage */
enum { DIALLING_WRITE, DIALLING_READ, ASKING };

/* PQcancel writes to a socket of its own, without MSG_NOSIGNAL. */
static bool cancel_now(PGcancel *cancel)
{
    static const struct timespec now = {0};
    char why[256];
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    bool sent = PQcancel(cancel, why, sizeof why) == 1;
    if (!sigismember(&pending, SIGPIPE)) {
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sent;
}

/* Of several hosts the one that is connected to, by its address: no name is resolved again. */
static const char *value_of(const lp_connection *c, const PQconninfoOption *option)
{
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(c->pg);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return PQhostaddr(c->pg);
    if (strcmp(option->keyword, "port") == 0)
        return PQport(c->pg);
    return strcmp(option->keyword, "target_session_attrs") == 0 ? NULL : option->val;
}

void lp_kill_begin(lp_killer *k, const lp_connection *c, int64_t until_us)
{
    const char *keys[SETTINGS_MAX + 1] = {NULL}, *values[SETTINGS_MAX + 1] = {NULL};
    PQconninfoOption *options = PQconninfo(c->pg);
    size_t n = 0;
    for (const PQconninfoOption *option = options; option && option->keyword && n < SETTINGS_MAX; option++) {
        const char *value = value_of(c, option);
        if (!value || !*value)
            continue;
        keys[n] = option->keyword;
        values[n++] = value;
    }
    *k = (lp_killer){.until_us = until_us, .pid = c->server_pid, .begun = true};
    if (options)
        k->pg = PQconnectStartParams(keys, values, 0);
    PQconninfoFree(options);
}

void lp_kill_end(lp_killer *k)
{
    PQfinish(k->pg);
    *k = (lp_killer){.pg = NULL};
}

bool lp_kill_has_asked(const lp_killer *k)
{
    return k->stage == ASKING;
}

/* KN_OK: go on; KN_WAIT. */
static kn_status wait_for(const lp_killer *k, uint32_t events, kn_wait *wait)
{
    struct pollfd descriptor = {
        .fd = PQsocket(k->pg),
        .events = (short)((events & KN_WAIT_READ ? POLLIN : 0) | (events & KN_WAIT_WRITE ? POLLOUT : 0))};
    int64_t now_us = lp_now_us();
    if (descriptor.fd < 0)
        return KN_CONNECT;
    if (k->until_us && now_us >= k->until_us)
        return KN_TIMEOUT;
    if (poll(&descriptor, 1, 0) > 0)
        return KN_OK;
    *wait = (kn_wait){.fd = descriptor.fd, .events = events, .deadline_us = k->until_us};
    return KN_WAIT;
}

static kn_status dial(lp_killer *k, kn_wait *wait)
{
    char sql[64];
    for (;;) {
        kn_status status = wait_for(k, k->stage == DIALLING_READ ? KN_WAIT_READ : KN_WAIT_WRITE, wait);
        if (status)
            return status;
        switch (PQconnectPoll(k->pg)) {
        case PGRES_POLLING_OK:
            snprintf(sql, sizeof sql, "SELECT pg_catalog.pg_cancel_backend(%d)", k->pid);
            if (PQsetnonblocking(k->pg, 1) != 0 || !PQsendQuery(k->pg, sql))
                return KN_CONNECT;
            k->stage = ASKING;
            return KN_OK;
        case PGRES_POLLING_READING:
            k->stage = DIALLING_READ;
            break;
        case PGRES_POLLING_WRITING:
            k->stage = DIALLING_WRITE;
            break;
        default:
            return KN_CONNECT;
        }
    }
}

/* KN_OK: it has answered. */
static kn_status hear(lp_killer *k, kn_wait *wait)
{
    for (;;) {
        int unsent = PQflush(k->pg);
        if (unsent < 0)
            return KN_CONNECT;
        if (!PQisBusy(k->pg))
            return KN_OK;
        kn_status status = wait_for(k, KN_WAIT_READ | (unsent ? KN_WAIT_WRITE : 0u), wait);
        if (status)
            return status;
        if (!PQconsumeInput(k->pg))
            return KN_CONNECT;
    }
}

kn_status lp_kill_go(lp_killer *k, kn_wait *wait)
{
    kn_status status = !k->pg || PQstatus(k->pg) == CONNECTION_BAD ? KN_CONNECT : KN_OK;
    if (!status && k->stage != ASKING)
        status = dial(k, wait);
    if (!status)
        status = hear(k, wait);
    if (status)
        return status;
    PGresult *result = PQgetResult(k->pg);
    bool sent = PQresultStatus(result) == PGRES_TUPLES_OK && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    return sent ? KN_OK : KN_CONNECT;
}

kn_status lp_cancel_create(void *connection, void **cancel, kn_error *error)
{
    lp_connection *c = connection;
    lp_cancel *k = lp_resize(c->allocator, NULL, 0, sizeof *k);
    if (!k)
        return lp_no_memory(error);
    *k = (lp_cancel){.connection = c};
    *cancel = k;
    return KN_OK;
}

static void wait_as_asked(const kn_wait *wait)
{
    struct pollfd descriptor = {
        .fd = wait->fd,
        .events = (short)((wait->events & KN_WAIT_READ ? POLLIN : 0) | (wait->events & KN_WAIT_WRITE ? POLLOUT : 0))};
    int64_t left_us = wait->deadline_us ? wait->deadline_us - lp_now_us() : KN_US_PER_SECOND;
    (void)poll(&descriptor, 1, left_us <= 0 ? 0 : (int)((left_us + 999) / 1000 % INT32_MAX));
}

bool lp_cancel_by(lp_connection *c, int64_t until_us)
{
    lp_killer k;
    kn_wait wait = {.fd = -1};
    kn_status status;
    if (!c->server_pid)
        return cancel_now(c->cancel);
    lp_kill_begin(&k, c, until_us);
    while ((status = lp_kill_go(&k, &wait)) == KN_WAIT)
        wait_as_asked(&wait);
    bool asked = lp_kill_has_asked(&k);
    lp_kill_end(&k);
    if (status == KN_CONNECT && !asked)
        return cancel_now(c->cancel);
    if (status && asked)
        atomic_store(&c->stray, true);
    return !status;
}

static kn_status refuse(kn_error *error)
{
    return knp_error_set(error, KN_CONNECT, "the server could not be reached to cancel");
}

/* The owner waits for the mutex. */
static kn_status send_now(lp_connection *c, int64_t until_us, kn_error *error)
{
    int expected = LP_RUNNING;
    bool sent = true;
    pthread_mutex_lock(&c->mutex);
    if (atomic_compare_exchange_strong(&c->activity, &expected, LP_CANCELLING)) {
        sent = lp_cancel_by(c, until_us);
        atomic_store(&c->activity, sent ? LP_CANCELLED : LP_RUNNING);
    }
    pthread_mutex_unlock(&c->mutex);
    return sent ? KN_OK : refuse(error);
}

/* The owner's step does not end while LP_CANCELLING is there. */
kn_status lp_cancel_send(void *cancel, kn_wait *wait, kn_error *error)
{
    lp_cancel *k = cancel;
    lp_connection *c = k->connection;
    int expected = LP_RUNNING;
    if (c->blocking)
        return send_now(c, wait ? wait->deadline_us : 0, error);
    if (!k->killer.begun) {
        if (!c->server_pid)
            return knp_error_set(error, KN_UNSUPPORTED,
                                 "between this connection and the server stands a pooler, "
                                 "through which nothing can be cancelled without blocking");
        if (!atomic_compare_exchange_strong(&c->activity, &expected, LP_CANCELLING))
            return KN_OK;
        lp_kill_begin(&k->killer, c, wait->deadline_us);
    }
    kn_status status = lp_kill_go(&k->killer, wait);
    if (status == KN_WAIT)
        return status;
    if (status && lp_kill_has_asked(&k->killer))
        atomic_store(&c->stray, true);
    lp_kill_end(&k->killer);
    atomic_store(&c->activity, status ? LP_RUNNING : LP_CANCELLED);
    return status == KN_OK ? KN_OK : refuse(error);
}

void lp_cancel_destroy(void *cancel)
{
    lp_cancel *k = cancel;
    lp_connection *c = k->connection;
    if (k->killer.begun)
        lp_kill_end(&k->killer);
    lp_resize(c->allocator, k, sizeof *k, 0);
}
