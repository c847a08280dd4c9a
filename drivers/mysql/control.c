/* SPDX-License-Identifier: MIT */
/* Transactions, and what stops a statement: a deadline, a cancel. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "mysql_driver.h"

int64_t md_now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Sends KILL QUERY over a link of its own. */
static kn_status kill_query(md_connection *c, int64_t deadline_us, kn_error *error)
{
    char sql[64];
    MYSQL *mysql = NULL;
    int size = snprintf(sql, sizeof sql, "KILL QUERY %lu", c->thread_id);
    kn_status status = md_dial(c, deadline_us, &mysql, error);
    if (status == KN_OK && mysql_real_query(mysql, sql, (unsigned long)size))
        status = md_fail(c, mysql, MD_EXECUTING, error);
    mysql_close(mysql);
    return status;
}

#if MD_IS_CONNECTOR_C
/* How a call that has a deadline is watched. */
typedef enum md_stage { MD_BEFORE, MD_KILLED, MD_CUT } md_stage;
typedef struct md_watch {
    md_connection *c; /* NULL: nothing to kill, the link is cut at once */
    MYSQL *mysql;
    int64_t until_us;
    md_stage stage;
} md_watch;

/* The time is over. */
static void advance(md_watch *w)
{
    if (w->c)
        w->c->timed_out = true;
    if (w->stage == MD_BEFORE && w->c && !w->c->opening) {
        int64_t end_us = md_now_us() + w->c->settings.grace_ms * 1000;
        w->until_us = end_us;
        w->stage = kill_query(w->c, end_us, NULL) == KN_OK ? MD_KILLED : MD_CUT;
    } else {
        w->stage = MD_CUT;
    }
    if (w->stage == MD_CUT) {
        int fd = (int)mysql_get_socket(w->mysql);
        if (fd >= 0)
            shutdown(fd, SHUT_RDWR);
        if (w->c)
            w->c->dead = true;
    }
}

/* Waits for what the client waits for; gives back what came. */
static int wait_for(md_watch *w, int events)
{
    struct pollfd p = {.fd = (int)mysql_get_socket(w->mysql)};
    if (events & MYSQL_WAIT_READ)
        p.events |= POLLIN;
    if (events & MYSQL_WAIT_WRITE)
        p.events |= POLLOUT;
    if (events & MYSQL_WAIT_EXCEPT)
        p.events |= POLLPRI;
    for (;;) {
        if (w->stage == MD_CUT)
            return MYSQL_WAIT_TIMEOUT;
        int64_t left_us = w->until_us - md_now_us();
        int n = left_us <= 0 ? 0 : poll(&p, 1, (int)(left_us / 1000 < 60000 ? left_us / 1000 + 1 : 60000));
        if (n > 0)
            break;
        if (left_us <= 0)
            advance(w);
    }
    return (p.revents & (POLLIN | POLLHUP | POLLERR) ? MYSQL_WAIT_READ : 0) |
           (p.revents & (POLLOUT | POLLHUP | POLLERR) ? MYSQL_WAIT_WRITE : 0) |
           (p.revents & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
}

/* start(&result, ...), then cont(&result, handle, events) as long as it waits. */
#define WATCHED(result, watch, handle, start, cont)                                                                    \
    do {                                                                                                               \
        int events_ = (start);                                                                                         \
        while (events_)                                                                                                \
            events_ = cont(&(result), (handle), wait_for((watch), events_));                                           \
    } while (0)

int md_query(md_connection *c, const char *sql, size_t size, int64_t deadline_us)
{
    int failed = 0;
    md_watch w = {.c = c, .mysql = c->mysql, .until_us = deadline_us};
    if (!deadline_us)
        return mysql_real_query(c->mysql, sql, (unsigned long)size);
    WATCHED(failed, &w, c->mysql, mysql_real_query_start(&failed, c->mysql, sql, (unsigned long)size),
            mysql_real_query_cont);
    return failed;
}

int md_stmt_prepare(md_statement *s, int64_t deadline_us)
{
    int failed = 0;
    md_watch w = {.c = s->connection, .mysql = s->connection->mysql, .until_us = deadline_us};
    if (!deadline_us)
        return mysql_stmt_prepare(s->handle, s->sql, (unsigned long)s->sql_size);
    WATCHED(failed, &w, s->handle, mysql_stmt_prepare_start(&failed, s->handle, s->sql, (unsigned long)s->sql_size),
            mysql_stmt_prepare_cont);
    return failed;
}

int md_stmt_execute(md_statement *s)
{
    int failed = 0;
    md_watch w = {.c = s->connection, .mysql = s->connection->mysql, .until_us = s->deadline_us};
    if (!s->deadline_us)
        return mysql_stmt_execute(s->handle);
    WATCHED(failed, &w, s->handle, mysql_stmt_execute_start(&failed, s->handle), mysql_stmt_execute_cont);
    return failed;
}

int md_stmt_fetch(md_statement *s)
{
    int got = 0;
    md_watch w = {.c = s->connection, .mysql = s->connection->mysql, .until_us = s->deadline_us};
    if (!s->deadline_us)
        return mysql_stmt_fetch(s->handle);
    WATCHED(got, &w, s->handle, mysql_stmt_fetch_start(&got, s->handle), mysql_stmt_fetch_cont);
    return got;
}

int md_stmt_store(md_statement *s)
{
    int failed = 0;
    md_watch w = {.c = s->connection, .mysql = s->connection->mysql, .until_us = s->deadline_us};
    if (!s->deadline_us)
        return mysql_stmt_store_result(s->handle);
    WATCHED(failed, &w, s->handle, mysql_stmt_store_result_start(&failed, s->handle), mysql_stmt_store_result_cont);
    return failed;
}

bool md_connect(MYSQL *mysql, const md_peer *peer, unsigned long flags, int64_t deadline_us)
{
    MYSQL *connected = NULL;
    md_watch w = {.mysql = mysql, .until_us = deadline_us};
    if (!deadline_us)
        return mysql_real_connect(mysql, peer->host, peer->user, peer->password, peer->database, peer->port,
                                  peer->socket, flags) != NULL;
    WATCHED(connected, &w, mysql,
            mysql_real_connect_start(&connected, mysql, peer->host, peer->user, peer->password, peer->database,
                                     peer->port, peer->socket, flags),
            mysql_real_connect_cont);
    return connected != NULL;
}
#else /* libmysqlclient has no such calls for prepared statements: deadlines are looked at before, not during */
int md_query(md_connection *c, const char *sql, size_t size, int64_t deadline_us)
{
    (void)deadline_us;
    return mysql_real_query(c->mysql, sql, (unsigned long)size);
}

int md_stmt_prepare(md_statement *s, int64_t deadline_us)
{
    (void)deadline_us;
    return mysql_stmt_prepare(s->handle, s->sql, (unsigned long)s->sql_size);
}

int md_stmt_execute(md_statement *s)
{
    return mysql_stmt_execute(s->handle);
}

int md_stmt_fetch(md_statement *s)
{
    return mysql_stmt_fetch(s->handle);
}

int md_stmt_store(md_statement *s)
{
    return mysql_stmt_store_result(s->handle);
}

bool md_connect(MYSQL *mysql, const md_peer *peer, unsigned long flags, int64_t deadline_us)
{
    (void)deadline_us;
    return mysql_real_connect(mysql, peer->host, peer->user, peer->password, peer->database, peer->port, peer->socket,
                              flags) != NULL;
}
#endif

void md_enter(md_connection *c)
{
    c->timed_out = false;
    atomic_store(&c->activity, MD_RUNNING);
}

/* A KILL that the server has taken and not yet acted on goes into this. */
static void absorb_kill(md_connection *c)
{
    static const char nothing[] = "DO 0";
    if (!c->dead)
        (void)mysql_real_query(c->mysql, nothing, sizeof nothing - 1);
}

void md_leave(md_connection *c)
{
    int expected = MD_RUNNING;
    bool killed = c->timed_out;
    if (!atomic_compare_exchange_strong(&c->activity, &expected, MD_IDLE)) {
        pthread_mutex_lock(&c->kill); /* the cancel is out, one way or the other */
        killed = killed || atomic_load(&c->activity) == MD_CANCELLED;
        atomic_store(&c->activity, MD_IDLE);
        pthread_mutex_unlock(&c->kill);
    }
    if (killed)
        absorb_kill(c);
}

kn_status md_cancel_create(void *connection, void **cancel, kn_error *error)
{
    (void)error;
    *cancel = connection; /* all it needs; the owner destroys it before the connection closes */
    return KN_OK;
}

kn_status md_cancel_send(void *cancel, kn_wait *wait, kn_error *error)
{
    md_connection *c = cancel;
    kn_status status = KN_OK;
    int expected = MD_RUNNING;
    pthread_mutex_lock(&c->kill);
    if (atomic_compare_exchange_strong(&c->activity, &expected, MD_CANCELLING)) {
        status = kill_query(c, wait ? wait->deadline_us : 0, error);
        atomic_store(&c->activity, status == KN_OK ? MD_CANCELLED : MD_RUNNING);
    }
    pthread_mutex_unlock(&c->kill);
    return status;
}

void md_cancel_destroy(void *cancel)
{
    (void)cancel;
}

static bool is_open(const md_connection *c)
{
    return (c->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

bool md_in_transaction(void *connection)
{
    const md_connection *c = connection;
    return c->transaction == MD_ABORTED || is_open(c);
}

kn_status md_check_transaction(const md_connection *c, kn_error *error)
{
    if (c->transaction != MD_ABORTED)
        return KN_OK;
    knp_error_set(error, KN_NOT_IN_TRANSACTION,
                  "a failure has rolled this transaction back: roll back, then start over");
    if (error)
        error->retry = KN_RETRY_TRANSACTION;
    return KN_NOT_IN_TRANSACTION;
}

/* Errors come without the status of the transaction: the ones that end it are known. */
void md_note_failure(md_connection *c, unsigned code, bool inside)
{
    enum { DEADLOCK = 1213, ROLLED_BACK = 1180 };
    if (md_is_lost(code))
        c->dead = true;
    if (code != DEADLOCK && code != ROLLED_BACK)
        return;
    c->mysql->server_status &= ~(unsigned)SERVER_STATUS_IN_TRANS;
    if (inside)
        c->transaction = MD_ABORTED;
}

static kn_status run_verb(md_connection *c, const char *words, const char *name, md_phase phase, int64_t deadline_us,
                          kn_error *error)
{
    char sql[512];
    int size = snprintf(sql, sizeof sql, "%s%s", words, name);
    if (size < 0 || (size_t)size >= sizeof sql)
        return knp_error_set(error, KN_TOO_LONG, "the name of a savepoint has %zu bytes", strlen(name));
    md_enter(c);
    kn_status status = md_query(c, sql, (size_t)size, deadline_us) ? md_fail(c, c->mysql, phase, error) : KN_OK;
    if (status != KN_OK)
        md_note_failure(c, mysql_errno(c->mysql), is_open(c));
    md_leave(c);
    return status;
}

static kn_status commit(md_connection *c, int64_t deadline_us, kn_error *error)
{
    MD_TRY(md_check_transaction(c, error));
    kn_status status = run_verb(c, "COMMIT", "", MD_COMMITTING, deadline_us, error);
    if (status == KN_OK || c->dead)
        c->transaction = MD_NO_TRANSACTION;
    return status;
}

/* After a failure that has rolled back, there is nothing left to roll back, but the state. */
static kn_status rollback(md_connection *c, kn_error *error)
{
    kn_status status = is_open(c) ? run_verb(c, "ROLLBACK", "", MD_EXECUTING, 0, error) : KN_OK;
    if (status == KN_OK)
        c->transaction = MD_NO_TRANSACTION;
    return status;
}

static kn_status begin(md_connection *c, uint32_t access, int64_t deadline_us, kn_error *error)
{
    if (is_open(c)) /* START TRANSACTION would commit it */
        return knp_error_set(error, KN_STATE, "a transaction is open");
    MD_TRY(run_verb(c, access ? "START TRANSACTION READ ONLY" : "START TRANSACTION READ WRITE", "", MD_BEGINNING,
                    deadline_us, error));
    c->transaction = MD_BEGUN;
    return KN_OK;
}

static kn_status mark(md_connection *c, const char *words, const char *name, int64_t deadline_us, kn_error *error)
{
    MD_TRY(md_check_transaction(c, error));
    return run_verb(c, words, name, MD_EXECUTING, deadline_us, error);
}

kn_status md_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error)
{
    md_connection *c = connection;
    int64_t deadline_us = wait ? wait->deadline_us : 0;
    MD_TRY(md_check_alive(c, error));
    if (c->open)
        return knp_error_set(error, KN_STATE, "another result is open on this connection; close it first");
    switch (verb) {
    case KN_TRANSACT_BEGIN:
        return begin(c, access, deadline_us, error);
    case KN_TRANSACT_COMMIT:
        return commit(c, deadline_us, error);
    case KN_TRANSACT_ROLLBACK:
        return rollback(c, error);
    case KN_TRANSACT_SAVEPOINT:
        return mark(c, "SAVEPOINT ", name, deadline_us, error);
    case KN_TRANSACT_RELEASE:
        return mark(c, "RELEASE SAVEPOINT ", name, deadline_us, error);
    case KN_TRANSACT_ROLLBACK_TO:
        return mark(c, "ROLLBACK TO SAVEPOINT ", name, deadline_us, error);
    }
    return knp_error_set(error, KN_INVALID, "transaction verb %d is not known", (int)verb);
}
