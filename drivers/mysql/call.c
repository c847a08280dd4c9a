/* SPDX-License-Identifier: MIT */
/* Calls of the client that wait for the server, and the steps that are made of them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "mysql_driver.h"

/* How often it is looked for what only time brings: a cancel that another thread is sending, a place in the queue. */
#define PAUSE_US 2000

int64_t md_now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

typedef struct call_rule {
    void (*run)(md_call *k); /* until it has ended */
#if MD_IS_CONNECTOR_C
    int (*start)(md_call *k); /* gives back what it waits for; 0 = it has ended */
    int (*go_on)(md_call *k, int events);
#endif
} call_rule;

#if MD_IS_CONNECTOR_C
#define CALL(name, result, handle, function, ...)                                                                      \
    static void run_##name(md_call *k)                                                                                 \
    {                                                                                                                  \
        k->result = function(__VA_ARGS__);                                                                             \
    }                                                                                                                  \
    static int start_##name(md_call *k)                                                                                \
    {                                                                                                                  \
        return function##_start(&k->result, __VA_ARGS__);                                                              \
    }                                                                                                                  \
    static int go_on_##name(md_call *k, int events)                                                                    \
    {                                                                                                                  \
        return function##_cont(&k->result, handle, events);                                                            \
    }
#define RULE(name)                                                                                                     \
    {                                                                                                                  \
        run_##name, start_##name, go_on_##name                                                                         \
    }
#else /* libmysqlclient has no such calls for prepared statements: deadlines are looked at before, not during */
#define CALL(name, result, handle, function, ...)                                                                      \
    static void run_##name(md_call *k)                                                                                 \
    {                                                                                                                  \
        k->result = function(__VA_ARGS__);                                                                             \
    }
#define RULE(name)                                                                                                     \
    {                                                                                                                  \
        run_##name                                                                                                     \
    }
#endif

CALL(connect, connected, k->mysql, mysql_real_connect, k->mysql, k->peer->host, k->peer->user, k->peer->password,
     k->peer->database, k->peer->port, k->peer->socket, CLIENT_FOUND_ROWS)
CALL(query, failed, k->mysql, mysql_real_query, k->mysql, k->sql, (unsigned long)k->sql_size)
CALL(store, rows, k->mysql, mysql_store_result, k->mysql)
CALL(ping, failed, k->mysql, mysql_ping, k->mysql)
CALL(reset, failed, k->mysql, mysql_reset_connection, k->mysql)
CALL(stmt_prepare, failed, k->stmt, mysql_stmt_prepare, k->stmt, k->sql, (unsigned long)k->sql_size)
CALL(stmt_execute, failed, k->stmt, mysql_stmt_execute, k->stmt)
CALL(stmt_store, failed, k->stmt, mysql_stmt_store_result, k->stmt)
CALL(stmt_fetch, failed, k->stmt, mysql_stmt_fetch, k->stmt)
CALL(stmt_free, flag, k->stmt, mysql_stmt_free_result, k->stmt)
CALL(stmt_next, failed, k->stmt, mysql_stmt_next_result, k->stmt)

static const call_rule calls[] = {
    [MD_CALL_CONNECT] = RULE(connect),
    [MD_CALL_QUERY] = RULE(query),
    [MD_CALL_STORE] = RULE(store),
    [MD_CALL_PING] = RULE(ping),
    [MD_CALL_RESET] = RULE(reset),
    [MD_CALL_STMT_PREPARE] = RULE(stmt_prepare),
    [MD_CALL_STMT_EXECUTE] = RULE(stmt_execute),
    [MD_CALL_STMT_STORE] = RULE(stmt_store),
    [MD_CALL_STMT_FETCH] = RULE(stmt_fetch),
    [MD_CALL_STMT_FREE] = RULE(stmt_free),
    [MD_CALL_STMT_NEXT] = RULE(stmt_next),
};

/* What TLS writes may raise SIGPIPE, which is the program's: it is held back, and one that came is taken. */
typedef struct hold {
    sigset_t before;
    bool had; /* one was waiting already */
} hold;

static void hold_begin(hold *h)
{
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &h->before);
    h->had = sigismember(&h->before, SIGPIPE) == 1 && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void hold_end(const hold *h)
{
    static const struct timespec now = {0};
    int saved = errno;
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (!h->had && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1) {
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &h->before, NULL);
    errno = saved;
}

void md_close_link(MYSQL *mysql, bool tls)
{
    hold h;
    if (tls)
        hold_begin(&h);
    mysql_close(mysql);
    if (tls)
        hold_end(&h);
}

void md_close_handle(const md_connection *c, MYSQL_STMT *handle)
{
    hold h;
    if (c->call.tls)
        hold_begin(&h);
    mysql_stmt_close(handle);
    if (c->call.tls)
        hold_end(&h);
}

static void run(md_call *k)
{
    hold h;
    if (k->tls)
        hold_begin(&h);
    calls[k->kind].run(k);
    if (k->tls)
        hold_end(&h);
}

#if MD_IS_CONNECTOR_C
#define BEGIN (-1) /* instead of events */

static void go_on(md_call *k, int events)
{
    hold h;
    if (k->tls)
        hold_begin(&h);
    k->events = events == BEGIN ? calls[k->kind].start(k) : calls[k->kind].go_on(k, events);
    if (k->tls)
        hold_end(&h);
}

void md_call_start(md_call *k, md_call_kind kind, bool waits)
{
    k->kind = (uint8_t)kind;
    k->events = 0;
    k->failed = 0;
    if (waits)
        go_on(k, BEGIN);
    else
        run(k);
}

static short poll_events(int events)
{
    return (short)((events & MYSQL_WAIT_READ ? POLLIN : 0) | (events & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
                   (events & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
}

static int client_events(short ready)
{
    return (ready & (POLLIN | POLLHUP | POLLERR) ? MYSQL_WAIT_READ : 0) |
           (ready & (POLLOUT | POLLHUP | POLLERR) ? MYSQL_WAIT_WRITE : 0) | (ready & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
}

static int poll_ms(int64_t until_us)
{
    int64_t left_us = until_us - md_now_us();
    return !until_us ? -1 : left_us <= 0 ? 0 : left_us < 60000000 ? (int)(left_us / 1000 + 1) : 60000;
}

kn_status md_call_go(md_call *k, bool blocking, int64_t until_us, kn_wait *wait)
{
    while (k->events) {
        struct pollfd p = {.fd = (int)mysql_get_socket(k->mysql), .events = poll_events(k->events)};
        int n = poll(&p, 1, blocking ? poll_ms(until_us) : 0);
        if (n > 0) {
            go_on(k, client_events(p.revents));
            continue;
        }
        if (n < 0 && errno != EINTR && k->kind == MD_CALL_CONNECT) { /* nothing is left half done */
            md_call_cut(k);
            break;
        }
        if (n < 0 && errno != EINTR) /* it will not wait: the client looks at the link itself */
            go_on(k, client_events(p.events));
        if (until_us && md_now_us() >= until_us)
            return KN_TIMEOUT;
        if (blocking)
            continue;
        wait->fd = p.fd;
        wait->events =
            (p.events & POLLIN ? (unsigned)KN_WAIT_READ : 0) | (p.events & POLLOUT ? (unsigned)KN_WAIT_WRITE : 0);
        wait->deadline_us = until_us;
        return KN_WAIT;
    }
    return KN_OK;
}

/* The client gives up at a timeout of its own, and frees what it had. */
void md_call_cut(md_call *k)
{
    int fd = k->events ? (int)mysql_get_socket(k->mysql) : -1, saved = errno;
    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR);
    errno = ETIMEDOUT; /* the client says what it finds there */
    while (k->events)
        go_on(k, MYSQL_WAIT_TIMEOUT);
    errno = saved;
}
#else
void md_call_start(md_call *k, md_call_kind kind, bool waits)
{
    (void)waits;
    k->kind = (uint8_t)kind;
    k->events = 0;
    run(k);
}

kn_status md_call_go(md_call *k, bool blocking, int64_t until_us, kn_wait *wait)
{
    (void)k, (void)blocking, (void)until_us, (void)wait;
    return KN_OK;
}

void md_call_cut(md_call *k)
{
    (void)k;
}
#endif

void md_start(md_connection *c, md_call_kind kind, md_then *then)
{
    c->then = then;
    md_call_start(&c->call, kind, !c->blocking || c->until_us);
}

void md_start_query(md_connection *c, const char *sql, size_t size, md_then *then)
{
    c->call.sql = sql;
    c->call.sql_size = size;
    md_start(c, MD_CALL_QUERY, then);
}

void md_start_statement(md_statement *s, md_call_kind kind, md_then *then)
{
    md_connection *c = s->connection;
    c->running = s;
    c->call.stmt = s->handle;
    md_start(c, kind, then);
}

static void cut(md_connection *c)
{
    c->dead = true;
    md_call_cut(&c->call);
}

static void out_of_time(md_connection *c)
{
    bool cuts = c->at_deadline == MD_CUTS;
    c->timed_out = true;
    if (cuts) {
        cut(c);
        return;
    }
    c->until_us = md_now_us() + c->settings.grace_ms * 1000;
    c->at_deadline = MD_KILLING;
    md_kill_begin(&c->killer, c, c->until_us);
}

/* Until the call of the client has ended. */
static kn_status wait_for_call(md_connection *c, kn_wait *wait)
{
    if (c->pauses) {
        c->pauses = false;
        if (c->blocking) {
            (void)poll(NULL, 0, PAUSE_US / 1000);
            return KN_OK;
        }
        *wait = (kn_wait){.fd = -1, .deadline_us = md_now_us() + PAUSE_US};
        return KN_WAIT;
    }
    while (c->call.events) {
        bool kills = c->at_deadline == MD_KILLING;
        kn_status status = kills ? md_kill_go(&c->killer, c->blocking, wait, NULL)
                                 : md_call_go(&c->call, c->blocking, c->until_us, wait);
        if (status == KN_WAIT)
            return status;
        if (kills && status == KN_OK)
            c->at_deadline = MD_CUTS;
        else if (kills)
            cut(c);
        else if (status == KN_TIMEOUT)
            out_of_time(c);
    }
    return KN_OK;
}

kn_status md_run_step(md_connection *c, kn_wait *wait, kn_error *error)
{
    kn_wait none = {.fd = -1};
    while (c->then) {
        md_then *then = c->then;
        if ((c->call.events || c->pauses) && wait_for_call(c, wait ? wait : &none) == KN_WAIT)
            return KN_WAIT;
        c->then = NULL;
        then(c);
    }
    kn_status status = c->status;
    c->status = KN_OK;
    if (status != KN_OK && status != KN_DONE && error)
        *error = c->failure;
    return status;
}

void md_enter_alone(md_connection *c, int64_t deadline_us)
{
    c->timed_out = false;
    c->until_us = deadline_us;
    c->at_deadline = MD_CUTS;
}

static void left(md_connection *c)
{
    md_then *then = c->after_leave;
    c->after_leave = NULL;
    if (then)
        then(c);
}

/* A KILL that the server has taken and not yet acted on goes into this. */
static void absorb_kill(md_connection *c)
{
    static const char nothing[] = "DO 0";
    c->until_us = md_now_us() + c->settings.grace_ms * 1000;
    c->at_deadline = MD_CUTS;
    md_start_query(c, nothing, sizeof nothing - 1, left);
}

__attribute__((noinline, cold)) static void leave(md_connection *c)
{
    int activity = MD_RUNNING;
    bool killed = c->timed_out;
    if (!atomic_compare_exchange_strong(&c->activity, &activity, MD_IDLE)) {
        atomic_store(&c->leaves, true);
        if (c->blocking)
            pthread_mutex_lock(&c->kill); /* the cancel is out, one way or the other */
        activity = MD_CANCELLED;          /* unless it is being cancelled once more */
        if (atomic_compare_exchange_strong(&c->activity, &activity, MD_IDLE)) {
            killed = true;
        } else if (activity != MD_IDLE) {
            c->pauses = activity == MD_CANCELLING;
            c->then = leave;
        }
        if (c->blocking)
            pthread_mutex_unlock(&c->kill);
    }
    if (c->then)
        return;
    atomic_store(&c->leaves, false);
    if (killed && !c->dead)
        absorb_kill(c);
    else
        left(c);
}

void md_leave(md_connection *c, md_then *then)
{
    int activity = MD_RUNNING;
    if (!c->timed_out && atomic_compare_exchange_strong(&c->activity, &activity, MD_IDLE)) {
        if (then)
            then(c);
        return;
    }
    c->after_leave = then;
    leave(c);
}
