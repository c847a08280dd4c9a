/* SPDX-License-Identifier: MIT */
/* Opening and closing. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libpq_driver.h"

#define SERVER_OLDEST 100000

/* lp_connection.stage while it opens */
enum { START, CONNECTING_READ, CONNECTING_WRITE, SESSION };

/* Never to stderr, where libpq would write it. */
static void pass_notice(void *context, const PGresult *result)
{
    const lp_connection *c = context;
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    kn_error said = {0};
    if (!c->notice)
        return;
    knp_error_set(&said, KN_OK, "%s", message ? message : PQresultErrorMessage(result));
    snprintf(said.sqlstate, sizeof said.sqlstate, "%s", state ? state : "");
    c->notice(c->notice_context, &said);
}

static uint8_t policy_of(const char *value)
{
    return strcmp(value, "never") == 0    ? LP_PREPARE_NEVER
           : strcmp(value, "always") == 0 ? LP_PREPARE_ALWAYS
                                          : LP_PREPARE_AUTO;
}

static int64_t deadline_of(const kn_open_request *request)
{
    int64_t seconds = 0, deadline_us;
    if (!kn_option_integer(request->values[LP_OPTION_CONNECT_TIMEOUT], &seconds) || !seconds)
        return request->deadline_us;
    deadline_us = lp_now_us() + seconds * KN_US_PER_SECOND;
    return request->deadline_us && request->deadline_us < deadline_us ? request->deadline_us : deadline_us;
}

static kn_status create(const kn_open_request *request, lp_connection **out, kn_error *error)
{
    lp_connection *c = lp_resize(request->allocator, NULL, 0, sizeof *c);
    if (!c)
        return lp_no_memory(error);
    memset(c, 0, sizeof *c);
    c->allocator = request->allocator;
    c->blocking = request->blocking != 0;
    c->policy = policy_of(request->values[LP_OPTION_PREPARE]);
    c->deadline_us = deadline_of(request);
    if (request->size_ > offsetof(kn_open_request, notice_context)) {
        c->notice = request->notice;
        c->notice_context = request->notice_context;
    }
    atomic_init(&c->activity, LP_IDLE);
    atomic_init(&c->stray, false);
    if (pthread_mutex_init(&c->mutex, NULL)) {
        lp_resize(request->allocator, c, sizeof *c, 0);
        return lp_no_memory(error);
    }
    *out = c;
    return KN_OK;
}

/* Errors are asked to be wordy while connecting: only there the SQLSTATE is nowhere else. */
static kn_status start(lp_connection *c, const kn_open_request *request, kn_error *error)
{
    char *info = NULL;
    size_t size = 0;
    kn_status status = lp_conninfo(request, c->deaf, &info, &size, error);
    if (status)
        return status;
    c->phase = LP_OPENING;
    c->pg = PQconnectStart(info);
    lp_wipe(request->allocator, info, size);
    if (!c->pg)
        return lp_no_memory(error);
    PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(c->pg, pass_notice, c);
    if (PQstatus(c->pg) == CONNECTION_BAD)
        return lp_fail_open(c, false, error);
    c->stage = CONNECTING_WRITE;
    return KN_OK;
}

/* The first that it can be. */
static uint32_t current_host(const lp_connection *c, const kn_url *url)
{
    const char *name = PQhost(c->pg), *port = PQport(c->pg);
    uint32_t i = 0;
    char own[16];
    for (; i < url->n_hosts; i++) {
        snprintf(own, sizeof own, "%u", lp_port_of(&url->hosts[i]));
        if (!(c->deaf >> i & 1) && name && port && strcmp(url->hosts[i].name, name) == 0 && strcmp(own, port) == 0)
            break;
    }
    return i;
}

static int64_t hosts_after(const lp_connection *c, const kn_url *url, size_t host)
{
    int64_t n = 0;
    while (++host < url->n_hosts)
        n += !(c->deaf >> host & 1);
    return n;
}

/* libpq goes on to the next host when one fails, but would wait for one that says nothing as long as it may: each has
 * its share of the time that is left. */
static void share_time(lp_connection *c, const kn_url *url)
{
    uint32_t host = current_host(c, url);
    int64_t now_us = lp_now_us();
    if (!c->deadline_us || (c->host_until_us && c->host == host))
        return;
    c->host = host;
    c->host_until_us = now_us + (c->deadline_us - now_us) / (1 + hosts_after(c, url, host));
}

static kn_status cannot_wait(kn_error *error)
{
    knp_error_set(error, KN_CONNECT, "poll does not wait for the server: system error %d", errno);
    if (error)
        error->retry = KN_RETRY_CONNECTION;
    return KN_CONNECT;
}

/* Not lp_wait: there is nothing to cancel. KN_TIMEOUT without an error: the host's share is used up. */
static kn_status wait_open(const lp_connection *c, kn_wait *wait, kn_error *error)
{
    bool reads = c->stage == CONNECTING_READ;
    struct pollfd descriptor = {.fd = PQsocket(c->pg), .events = (short)(reads ? POLLIN : POLLOUT)};
    for (;;) {
        int64_t left_us = c->deadline_us ? c->host_until_us - lp_now_us() : 3600 * KN_US_PER_SECOND;
        if (left_us <= 0)
            return KN_TIMEOUT;
        int ready = poll(&descriptor, 1, c->blocking ? (int)((left_us + 999) / 1000 % INT32_MAX) : 0);
        if (ready > 0)
            return KN_OK;
        if (ready < 0 && errno != EINTR)
            return cannot_wait(error);
        if (c->blocking)
            continue;
        wait->fd = descriptor.fd;
        wait->events = reads ? KN_WAIT_READ : KN_WAIT_WRITE;
        wait->deadline_us = c->host_until_us;
        return KN_WAIT;
    }
}

/* Without the one that says nothing, if there are others that were not tried. */
static kn_status start_over(lp_connection *c, const kn_open_request *request, kn_error *error)
{
    if (!hosts_after(c, request->url, c->host)) {
        knp_error_set(error, KN_TIMEOUT, "the deadline passed before the connection was there");
        if (error)
            error->retry = KN_RETRY_CONNECTION;
        return KN_TIMEOUT;
    }
    c->deaf |= UINT32_C(1) << c->host;
    c->host_until_us = 0;
    PQfinish(c->pg);
    c->pg = NULL;
    return start(c, request, error);
}

static kn_status check_server(lp_connection *c, kn_error *error)
{
    int version = PQserverVersion(c->pg);
    if (version < SERVER_OLDEST)
        return knp_error_set(error, KN_UNSUPPORTED, "the server is PostgreSQL %d.%d; this driver needs 10 or later",
                             version / 10000, version / 100 % 100);
    const char *text = PQparameterStatus(c->pg, "server_version");
    snprintf(c->version, sizeof c->version, "%s", text ? text : "");
    return KN_OK;
}

/* The handshake is over. */
static kn_status begin_session(lp_connection *c, kn_error *error)
{
    char sql[900];
    int64_t deadline_us = c->deadline_us;
    kn_status status = check_server(c, error);
    if (status)
        return status;
    PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
    if (PQsetnonblocking(c->pg, 1) != 0 || !(c->cancel = PQgetCancel(c->pg)))
        return lp_no_memory(error);
    c->tag = lp_session_tag(c);
    c->stage = SESSION;
    lp_begin(c, LP_OPENING, deadline_us);
    snprintf(sql, sizeof sql, "%s; %s", lp_session_sql(), lp_session_question());
    return lp_send(c, sql, error);
}

static kn_status connect_on(lp_connection *c, const kn_open_request *request, kn_wait *wait, kn_error *error)
{
    for (;;) {
        share_time(c, request->url);
        kn_status status = wait_open(c, wait, error);
        if (status == KN_TIMEOUT) {
            status = start_over(c, request, error);
            if (!status)
                continue;
        }
        if (status)
            return status;
        bool securing = PQstatus(c->pg) == CONNECTION_SSL_STARTUP;
        switch (PQconnectPoll(c->pg)) {
        case PGRES_POLLING_OK:
            return begin_session(c, error);
        case PGRES_POLLING_READING:
            c->stage = CONNECTING_READ;
            break;
        case PGRES_POLLING_WRITING:
            c->stage = CONNECTING_WRITE;
            break;
        default:
            return lp_fail_open(c, securing, error);
        }
    }
}

static kn_status end_session(lp_connection *c, kn_wait *wait, kn_error *error)
{
    kn_status status = lp_drain(c, wait, error);
    if (status == KN_WAIT)
        return status;
    lp_done(c);
    c->stage = START;
    c->deadline_us = 0;
    if (!status && c->failure)
        status = lp_fail(c, NULL, error);
    if (!status && !c->last_count)
        status = knp_error_set(error, KN_SERVER_STATE,
                               "search_path begins with pg_temp: each table would end with its connection");
    if (c->last_count == PQbackendPID(c->pg))
        c->server_pid = (int)c->last_count;
    return status ? status : lp_session_verify(c, error);
}

kn_status lp_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error)
{
    lp_connection *c = *connection;
    kn_status status = KN_OK;
    if (!c) {
        status = create(request, &c, error);
        if (!status)
            status = start(c, request, error);
        *connection = c;
    }
    if (!status && c->stage != SESSION)
        status = connect_on(c, request, wait, error);
    if (!status)
        status = end_session(c, wait, error);
    if (status && status != KN_WAIT && c) {
        lp_close(c);
        *connection = NULL;
    }
    return status;
}

void lp_close(void *connection)
{
    lp_connection *c = connection;
    lp_finish(c->preparing);
    lp_bulk_give_up(c);
    if (c->killer.begun)
        lp_kill_end(&c->killer);
    PQclear(c->failure);
    PQfreeCancel(c->cancel);
    PQfinish(c->pg);
    lp_resize(c->allocator, c->dropped, c->room_dropped * sizeof *c->dropped, 0);
    pthread_mutex_destroy(&c->mutex);
    lp_resize(c->allocator, c, sizeof *c, 0);
}

/* PQfinish would say goodbye for the parent. The child's descriptor is closed, all else is left as it is. */
void lp_abandon(void *connection)
{
    const lp_connection *c = connection;
    int fd = PQsocket(c->pg);
    if (fd >= 0)
        close(fd);
}

/* A server that has gone has closed its end: that is seen at once. One that is deaf is seen by the round trip. */
kn_status lp_alive(void *connection, kn_wait *wait, kn_error *error)
{
    lp_connection *c = connection;
    kn_wait none = {.fd = -1};
    wait = wait ? wait : &none;
    kn_status status = KN_OK;
    if (!c->stage) {
        status = lp_check_link(c, error);
        if (!status) {
            lp_begin(c, LP_ASKING, wait->deadline_us);
            status = lp_send(c, "", error);
        }
    }
    if (!status) {
        c->stage = 1;
        status = lp_drain(c, wait, error);
    }
    if (status == KN_WAIT)
        return status;
    c->stage = 0;
    lp_done(c);
    return !status && c->failure ? lp_fail(c, NULL, error) : status;
}

void lp_info(void *connection, kn_server_info *out)
{
    const lp_connection *c = connection;
    uint32_t version = (uint32_t)PQserverVersion(c->pg);
    out->product = "postgresql";
    out->version = c->version;
    out->version_number = version / 10000 * 10000 + version % 10000 * 100; /* 15.2 is 150002 to libpq */
}
