/* SPDX-License-Identifier: MIT */
/* backends: mariadb */
/* The mysql driver through the API, against the server of KOINE_TEST_MARIADB. */
#define _GNU_SOURCE
#include "support/cmocka.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <koine/koine.h>
#include <koine/plugin/plugin.h>

#include "plugin/loader.h"
#include "support/failing_allocator.h"

kn_plugin_entry koine_plugin_mysql, koine_plugin_mariadb;

typedef struct fixture {
    kn_registry *registry;
    kn_engine *engine;
    kn_connection *c;
    kn_error error;
} fixture;

static const char *url;

#define assert_ok(f, call)                                                                                             \
    do {                                                                                                               \
        kn_error_clear(&(f)->error);                                                                                   \
        kn_status status_ = (call);                                                                                    \
        if (status_ != KN_OK)                                                                                          \
            fail_msg("%s: %s: %s", #call, kn_status_name(status_), (f)->error.message);                                \
    } while (0)
#define assert_status(f, expected, call)                                                                               \
    do {                                                                                                               \
        kn_error_clear(&(f)->error);                                                                                   \
        kn_status status_ = (call);                                                                                    \
        if (status_ != (expected))                                                                                     \
            fail_msg("%s: %s instead of %s: %s", #call, kn_status_name(status_), kn_status_name(expected),             \
                     (f)->error.message);                                                                              \
    } while (0)

static kn_status run(fixture *f, const char *sql, int64_t *changed)
{
    return kn_execute(f->c, kn_unchecked_sql(sql), NULL, 0, changed, &f->error);
}

static kn_status run_on(fixture *f, kn_connection *c, const char *sql)
{
    return kn_execute(c, kn_unchecked_sql(sql), NULL, 0, NULL, &f->error);
}

/* The integer of one row. */
static int64_t ask(fixture *f, kn_connection *c, const char *sql)
{
    kn_statement *s = NULL;
    kn_result *r = NULL;
    int64_t n = 0;
    assert_ok(f, kn_prepare(c, kn_unchecked_sql(sql), &s, &f->error));
    assert_ok(f, kn_open(s, NULL, 0, &r, &f->error));
    assert_ok(f, kn_next(r, &f->error));
    assert_ok(f, kn_get_int(r, 0, &n, &f->error));
    kn_result_close(r);
    kn_statement_finish(s);
    return n;
}

static kn_status connect_to(fixture *f, const char *to)
{
    kn_engine_options options = {.size_ = sizeof options, .registry = f->registry, .connect_timeout_ms = 5000};
    assert_ok(f, kn_registry_create(NULL, &f->registry, &f->error));
    assert_ok(f, kn_registry_add(f->registry, koine_plugin_mysql, &f->error));
    assert_ok(f, kn_registry_add(f->registry, koine_plugin_mariadb, &f->error));
    options.registry = f->registry;
    kn_status status = kn_engine_create(to, &options, &f->engine, &f->error);
    return status == KN_OK ? kn_connect(f->engine, &f->c, &f->error) : status;
}

static void disconnect(fixture *f)
{
    kn_release(f->c);
    kn_engine_destroy(f->engine);
    kn_registry_destroy(f->registry);
}

static int open_each(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    *state = f;
    assert_ok(f, connect_to(f, url));
    assert_ok(f, run(f, "DROP TABLE IF EXISTS md_child, md_t, md_parts", NULL));
    assert_ok(f, run(f,
                     "CREATE TABLE md_t (id INT PRIMARY KEY AUTO_INCREMENT, n VARCHAR(5) NOT NULL, d DATE, x LONGTEXT,"
                     " k INT, CONSTRAINT uq_n UNIQUE (n), CONSTRAINT ck_k CHECK (k > 0))"
                     " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin",
                     NULL));
    assert_ok(f, run(f,
                     "CREATE TABLE md_child (id INT PRIMARY KEY, t_id INT,"
                     " CONSTRAINT `fk``child` FOREIGN KEY (t_id) REFERENCES md_t (id)) ENGINE=InnoDB",
                     NULL));
    assert_ok(f, run(f, "INSERT INTO md_t (n, k) VALUES ('a', 1)", NULL));
    assert_ok(f, run(f, "INSERT INTO md_child VALUES (1, 1)", NULL));
    assert_ok(f,
              run(f, "CREATE TABLE md_parts (n VARCHAR(9)) PARTITION BY LIST COLUMNS(n) (PARTITION a VALUES IN ('a'))",
                  NULL));
    return 0;
}

static int close_each(void **state)
{
    fixture *f = *state;
    (void)run(f, "DROP TABLE IF EXISTS md_child, md_t, md_parts", NULL);
    disconnect(f);
    free(f);
    return 0;
}

typedef struct failure {
    const char *sql;
    kn_status status;
    int native;
    const char *constraint, *table, *column;
} failure;

static const failure failures[] = {
    {"INSERT INTO md_t (n) VALUES ('a')", KN_UNIQUE, 1062, "uq_n", "", ""},
    {"INSERT INTO md_t (n) VALUES ('b'), ('a') RETURNING id", KN_UNIQUE, 1062, "uq_n", "", ""},
    {"INSERT INTO md_t (id, n) VALUES (1, 'z')", KN_UNIQUE, 1062, "PRIMARY", "", ""},
    {"INSERT INTO md_t (n) VALUES (NULL)", KN_NOT_NULL, 1048, "", "", "n"},
    {"INSERT INTO md_t (k) VALUES (1)", KN_NOT_NULL, 1364, "", "", "n"},
    {"INSERT INTO md_t (n, k) VALUES ('c', 0)", KN_CHECK, 4025, "ck_k", "md_t", ""},
    {"INSERT INTO md_child VALUES (2, 99)", KN_FOREIGN_KEY, 1452, "fk`child", "md_child", ""},
    {"DELETE FROM md_t WHERE id = 1", KN_FOREIGN_KEY, 1451, "fk`child", "md_child", ""},
    {"INSERT INTO md_t (n) VALUES ('abcdef')", KN_TOO_LONG, 1406, "", "", "n"},
    {"INSERT INTO md_t (n, k) VALUES ('r', 99999999999)", KN_OUT_OF_RANGE, 1264, "", "", "k"},
    {"INSERT INTO md_t (n, d) VALUES ('r', '0000-00-00')", KN_DATA, 1292, "", "md_t", "d"},
    {"INSERT INTO md_t (n, k) VALUES ('r', 'secret')", KN_DATA, 1366, "", "md_t", "k"},
    {"UPDATE md_t SET k = 9223372036854775807 + id", KN_OUT_OF_RANGE, 1690, "", "", ""},
    {"INSERT INTO md_parts VALUES ('secret')", KN_DATA, 1526, "", "", ""},
    {"SELECT _utf8mb4 x'736563726574FF'", KN_DATA, 1300, "", "", ""},
    {"SELECT * FROM md_none", KN_NO_SUCH, 1146, "", "md_none", ""},
    {"SELECT none FROM md_t", KN_NO_SUCH, 1054, "", "", "none"},
    {"CREATE TABLE md_t (a INT)", KN_EXISTS, 1050, "", "md_t", ""},
    {"SELEC 1", KN_SYNTAX, 1064, "", "", ""},
    {"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE md_t", KN_DENIED, 4166, "", "", ""},
};

static void test_mysql__errors_tell_what_and_where(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(failures); i++) {
        const failure *e = &failures[i];
        assert_status(f, e->status, run(f, e->sql, NULL));
        assert_int_equal(f->error.native, e->native);
        assert_string_equal(f->error.constraint, e->constraint);
        assert_string_equal(f->error.table, e->table);
        assert_string_equal(f->error.column, e->column);
        assert_int_equal(strlen(f->error.sqlstate), 5);
        assert_null(strstr(f->error.message, "secret"));
        assert_int_equal(f->error.commit, KN_COMMIT_NOT);
    }
    assert_ok(f, kn_begin(f->c, KN_WRITE, &f->error));
    assert_status(f, KN_UNIQUE, run(f, "INSERT INTO md_t (n) VALUES ('a')", NULL));
    assert_int_equal(f->error.commit, KN_COMMIT_OPEN);
    assert_ok(f, kn_rollback(f->c, &f->error));
}

static void test_mysql__counts_what_matched(void **state)
{
    fixture *f = *state;
    int64_t changed = 0;
    assert_ok(f, run(f, "UPDATE md_t SET k = 1 WHERE id = 1", &changed)); /* it was 1 */
    assert_int_equal(changed, 1);
    assert_ok(f, run(f, "UPDATE md_t SET k = 1 WHERE id = 99", &changed));
    assert_int_equal(changed, 0);
}

/* Rows that were left unread do not stand in the way; longer and longer values are given whole. */
static void test_mysql__long_values_come_whole(void **state)
{
    fixture *f = *state;
    static const size_t sizes[] = {0, 1, 1023, 1024, 1025, 70000, 17 << 20, 3};
    kn_statement *s = NULL;
    kn_result *r = NULL;
    kn_value value;
    const kn_type text = {.id = KN_TYPE_TEXT};
    char *big = malloc((17 << 20) + 1);
    assert_non_null(big);
    for (size_t i = 0; i < 17 << 20; i++)
        big[i] = (char)('a' + i % 23);
    assert_ok(f, run(f, "DELETE FROM md_child", NULL));
    assert_ok(f, run(f, "DELETE FROM md_t", NULL));
    for (size_t i = 0; i < KN_COUNT_OF(sizes); i++) {
        char name[3] = {'n', (char)('0' + i), 0};
        const kn_value values[] = {kn_int((int64_t)i + 10), kn_string(name), kn_textn(big, sizes[i])};
        assert_ok(f,
                  kn_execute(f->c, KN_SQL("INSERT INTO md_t (id, n, x) VALUES (?, ?, ?)"), values, 3, NULL, &f->error));
    }
    assert_ok(f, kn_prepare(f->c, KN_SQL("SELECT x, id FROM md_t ORDER BY id"), &s, &f->error));
    for (int pass = 0; pass < 2; pass++) {
        assert_ok(f, kn_open(s, NULL, 0, &r, &f->error));
        for (size_t i = 0; i < KN_COUNT_OF(sizes); i++) {
            assert_ok(f, kn_next(r, &f->error));
            assert_ok(f, kn_get_value(r, 0, &text, &value, &f->error));
            assert_int_equal(value.as.text.size, sizes[i]);
            assert_memory_equal(value.as.text.data, big, sizes[i]);
            assert_int_equal(value.as.text.data[sizes[i]], 0);
        }
        assert_status(f, KN_DONE, kn_next(r, &f->error));
        kn_result_close(r);
        assert_ok(f, kn_open(s, NULL, 0, &r, &f->error));
        assert_ok(f, kn_next(r, &f->error));
        kn_result_close(r); /* in the middle */
    }
    kn_statement_finish(s);
    assert_int_equal(ask(f, f->c, "SELECT count(*) FROM md_t"), KN_COUNT_OF(sizes));
    free(big);
}

static void test_mysql__too_much_is_refused_before_it_is_sent(void **state)
{
    fixture *f = *state;
    int64_t most = ask(f, f->c, "SELECT @@max_allowed_packet");
    char byte = 'x';
    kn_value value = kn_blob(&byte, (size_t)most); /* is not looked at */
    assert_status(f, KN_TOO_LONG, kn_execute(f->c, KN_SQL("SELECT ?"), &value, 1, NULL, &f->error));
    assert_ok(f, run(f, "UPDATE md_t SET k = 2", NULL));
}

/* The zero date, which other settings store, is no value; the rest of its row can be read. */
static void test_mysql__zero_dates_are_out_of_range(void **state)
{
    fixture *f = *state;
    kn_statement *s = NULL;
    kn_result *r = NULL;
    kn_value value;
    const kn_type date = {.id = KN_TYPE_DATE};
    int64_t k = 0;
    assert_ok(f, run(f, "SET SESSION sql_mode = ''", NULL));
    assert_ok(f, run(f, "UPDATE md_t SET d = '0000-00-00', k = 7", NULL));
    assert_ok(f, kn_prepare(f->c, KN_SQL("SELECT d, k FROM md_t"), &s, &f->error));
    assert_ok(f, kn_open(s, NULL, 0, &r, &f->error));
    assert_ok(f, kn_next(r, &f->error));
    assert_status(f, KN_OUT_OF_RANGE, kn_get_value(r, 0, &date, &value, &f->error));
    assert_ok(f, kn_get_int(r, 1, &k, &f->error));
    assert_int_equal(k, 7);
    kn_result_close(r);
    kn_statement_finish(s);
}

/* What one user of a connection did to the session, the next one does not see; statements are prepared again. */
static void test_mysql__the_session_is_made_anew(void **state)
{
    fixture *f = *state;
    static const char *const changes[] = {
        "SET SESSION sql_mode = 'ANSI_QUOTES'",
        "SET SESSION time_zone = '+02:00'",
        "SET NAMES latin1",
        "SET autocommit = 0",
        "CREATE TEMPORARY TABLE md_own (a INT)",
        "LOCK TABLES md_t WRITE",
        "SELECT get_lock('md', 0) INTO @got",
    };
    int64_t id = ask(f, f->c, "SELECT connection_id()");
    for (size_t i = 0; i < KN_COUNT_OF(changes); i++) {
        assert_ok(f, run(f, changes[i], NULL));
        kn_release(f->c);
        assert_ok(f, kn_connect(f->engine, &f->c, &f->error));
        assert_int_equal(ask(f, f->c, "SELECT connection_id()"), id);
        assert_int_equal(ask(f, f->c,
                             "SELECT @@sql_mode LIKE '%STRICT_ALL_TABLES%' AND @@sql_mode NOT LIKE '%ANSI%'"
                             " AND @@time_zone = '+00:00' AND @@character_set_client = 'utf8mb4' AND @@autocommit"
                             " AND is_free_lock('md') AND @got IS NULL"),
                         1);
        assert_status(f, KN_NO_SUCH, run(f, "SELECT * FROM md_own", NULL));
        assert_ok(f, run(f, "UPDATE md_t SET k = 3", NULL));
    }
}

static void test_mysql__an_open_transaction_does_not_pass_to_the_next(void **state)
{
    fixture *f = *state;
    assert_ok(f, kn_begin(f->c, KN_WRITE, &f->error));
    assert_ok(f, run(f, "UPDATE md_t SET k = 77", NULL));
    kn_release(f->c);
    assert_ok(f, kn_connect(f->engine, &f->c, &f->error));
    assert_false(kn_in_transaction(f->c));
    assert_int_equal(ask(f, f->c, "SELECT k FROM md_t"), 1);
}

static void test_mysql__read_only_transactions_refuse_writes(void **state)
{
    fixture *f = *state;
    assert_ok(f, kn_begin(f->c, KN_READ, &f->error));
    assert_status(f, KN_READ_ONLY, run(f, "UPDATE md_t SET k = 2", NULL));
    assert_true(kn_in_transaction(f->c));
    assert_ok(f, kn_rollback(f->c, &f->error));
    assert_ok(f, run(f, "UPDATE md_t SET k = 2", NULL));
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static kn_status open_and_read(fixture *f, kn_statement *s)
{
    kn_result *r = NULL;
    kn_status status = kn_open(s, NULL, 0, &r, &f->error);
    while (status == KN_OK)
        status = kn_next(r, &f->error);
    kn_result_close(r);
    return status;
}

/* Before the first row, and among the rows; the connection stays. */
static void test_mysql__deadlines_end_statements(void **state)
{
    fixture *f = *state;
    static const char *const slow[] = {"SELECT sleep(30), k FROM md_t",
                                       "SELECT seq, repeat('x', 1000), if(seq = 5000, sleep(30), 0) FROM seq_1_to_9999",
                                       "UPDATE md_t SET k = 2 + sleep(30)"};
    for (size_t i = 0; i < KN_COUNT_OF(slow); i++) {
        kn_statement *s = NULL;
        int64_t started = now_ms();
        assert_ok(f, kn_prepare(f->c, kn_unchecked_sql(slow[i]), &s, &f->error));
        kn_statement_timeout(s, 300);
        assert_status(f, KN_TIMEOUT, i == 2 ? kn_run(s, NULL, 0, NULL, &f->error) : open_and_read(f, s));
        assert_in_range(now_ms() - started, 250, 20000);
        kn_statement_finish(s);
        assert_ok(f, run(f, "UPDATE md_t SET k = 5", NULL));
        assert_int_equal(ask(f, f->c, "SELECT k FROM md_t"), 5);
    }
}

typedef struct canceller {
    fixture *f;
    pthread_t thread;
    kn_connection *watcher;
    kn_status status;
} canceller;

/* As soon as the server says that the statement runs. */
static void *cancel(void *context)
{
    canceller *k = context;
    fixture own = {.c = k->watcher};
    int64_t deadline = now_ms() + 10000;
    while (now_ms() < deadline &&
           ask(&own, k->watcher,
               "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sleep(30)%'") == 0)
        ;
    k->status = kn_cancel(k->f->c, NULL);
    return NULL;
}

static void test_mysql__cancel_ends_what_runs_and_nothing_later(void **state)
{
    fixture *f = *state;
    canceller k = {.f = f};
    kn_statement *s = NULL;
    assert_ok(f, kn_connect(f->engine, &k.watcher, &f->error));
    assert_ok(f, kn_prepare(f->c, KN_SQL("SELECT sleep(30), k FROM md_t"), &s, &f->error));
    for (int i = 0; i < 3; i++) {
        int64_t started = now_ms();
        assert_int_equal(pthread_create(&k.thread, NULL, cancel, &k), 0);
        assert_status(f, KN_CANCELLED, open_and_read(f, s));
        pthread_join(k.thread, NULL);
        assert_int_equal(k.status, KN_OK);
        assert_in_range(now_ms() - started, 0, 15000);
        assert_ok(f, run(f, "UPDATE md_t SET k = 6", NULL));
    }
    kn_statement_finish(s);
    assert_ok(f, kn_cancel(f->c, &f->error)); /* nothing runs */
    assert_ok(f, run(f, "UPDATE md_t SET k = 8", NULL));
    kn_release(k.watcher);
}

static void *cancel_often(void *context)
{
    fixture *f = context;
    for (int i = 0; i < 60; i++)
        (void)kn_cancel(f->c, NULL);
    return NULL;
}

/* Short statements and cancels side by side: each statement ends well or cancelled, and none after the last cancel. */
static void test_mysql__cancels_race_with_the_end_of_statements(void **state)
{
    fixture *f = *state;
    pthread_t thread;
    size_t ended = 0;
    int64_t until = now_ms() + 1500;
    assert_int_equal(pthread_create(&thread, NULL, cancel_often, f), 0);
    while (now_ms() < until) {
        kn_status status = run(f, "UPDATE md_t SET k = 1 + sleep(0.002)", NULL);
        ended += status == KN_OK;
        if (status != KN_OK && status != KN_CANCELLED)
            fail_msg("%s: %s", kn_status_name(status), f->error.message);
    }
    pthread_join(thread, NULL);
    assert_true(ended > 0);
    for (int i = 0; i < 50; i++)
        assert_ok(f, run(f, "UPDATE md_t SET k = 9", NULL));
}

static void kill_link(fixture *f)
{
    kn_connection *other = NULL;
    char sql[128];
    int64_t id = ask(f, f->c, "SELECT connection_id()");
    assert_ok(f, kn_connect(f->engine, &other, &f->error));
    snprintf(sql, sizeof sql, "KILL %lld", (long long)id);
    assert_ok(f, run_on(f, other, sql));
    /* gone from the list: its socket is closed */
    snprintf(sql, sizeof sql, "SELECT count(*) FROM information_schema.processlist WHERE id = %lld", (long long)id);
    while (ask(f, other, sql))
        ;
    kn_release(other);
}

static void test_mysql__a_lost_link_is_told_and_replaced(void **state)
{
    fixture *f = *state;
    kill_link(f);
    assert_status(f, KN_LINK_LOST, run(f, "UPDATE md_t SET k = 2", NULL));
    assert_int_equal(f->error.retry, KN_RETRY_CONNECTION);
    assert_status(f, KN_LINK_LOST, run(f, "UPDATE md_t SET k = 2", NULL));
    kn_release(f->c);
    assert_ok(f, kn_connect(f->engine, &f->c, &f->error));
    assert_ok(f, run(f, "UPDATE md_t SET k = 2", NULL));
}

/* The client finds the link closed when it wants to send: that is known. fault/cut has the rest. */
static void test_mysql__a_commit_that_was_not_sent_has_not_happened(void **state)
{
    fixture *f = *state;
    assert_ok(f, kn_begin(f->c, KN_WRITE, &f->error));
    assert_ok(f, run(f, "UPDATE md_t SET k = 2", NULL));
    kill_link(f);
    assert_status(f, KN_LINK_LOST, kn_commit(f->c, &f->error));
    assert_int_equal(f->error.commit, KN_COMMIT_NOT);
    assert_int_equal(f->error.retry, KN_RETRY_CONNECTION);
    kn_release(f->c);
    assert_ok(f, kn_connect(f->engine, &f->c, &f->error));
}

static void *lock_second(void *context)
{
    fixture *f = context;
    kn_error error = {0};
    /* blocks until the other one is chosen as the victim, or is it itself */
    (void)kn_execute(f->c, KN_SQL("UPDATE md_t SET k = 20 WHERE id = 1"), NULL, 0, NULL, &error);
    return NULL;
}

/* After a deadlock nothing is stored statement by statement. */
static void test_mysql__a_deadlock_aborts_the_transaction(void **state)
{
    fixture *f = *state, other = *f;
    pthread_t thread;
    assert_ok(f, run(f, "INSERT INTO md_t (id, n, k) VALUES (2, 'b', 1)", NULL));
    assert_ok(f, kn_connect(f->engine, &other.c, &f->error));
    assert_ok(f, kn_begin(f->c, KN_WRITE, &f->error));
    assert_ok(f, kn_begin(other.c, KN_WRITE, &f->error));
    assert_ok(f, run(f, "UPDATE md_t SET k = 10 WHERE id = 1", NULL));
    /* the heavier transaction survives */
    for (int i = 0; i < 50; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "INSERT INTO md_t (n, k) VALUES ('w%d', 1)", i);
        assert_ok(f, run_on(f, other.c, sql));
    }
    assert_ok(f, run_on(f, other.c, "UPDATE md_t SET k = 20 WHERE id = 2"));
    assert_int_equal(pthread_create(&thread, NULL, lock_second, &other), 0);
    assert_status(f, KN_DEADLOCK, run(f, "UPDATE md_t SET k = 10 WHERE id = 2", NULL));
    assert_int_equal(f->error.retry, KN_RETRY_TRANSACTION);
    pthread_join(thread, NULL);
    assert_true(kn_in_transaction(f->c));
    assert_status(f, KN_NOT_IN_TRANSACTION, run(f, "UPDATE md_t SET k = 11 WHERE id = 2", NULL));
    assert_status(f, KN_NOT_IN_TRANSACTION, kn_commit(f->c, &f->error));
    if (kn_in_transaction(f->c))
        assert_ok(f, kn_rollback(f->c, &f->error));
    assert_ok(f, kn_rollback(other.c, &f->error));
    assert_int_equal(ask(f, f->c, "SELECT sum(k) FROM md_t"), 2);
    kn_release(other.c);
}

/* The child's end leaves the parent's session alone. */
static void test_mysql__a_fork_abandons_the_link(void **state)
{
    fixture *f = *state;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        kn_release(f->c);
        kn_engine_destroy(f->engine);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_ok(f, run(f, "UPDATE md_t SET k = 4", NULL));
}

static void test_mysql__leaves_sigpipe_alone(void **state)
{
    struct sigaction action;
    (void)state;
    assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_DFL);
}

/* Where connecting fails, and why. */
static void test_mysql__connecting_fails_precisely(void **state)
{
    static const struct {
        const char *url;
        kn_status status;
    } rows[] = {
        {"mysql://koine@localhost/koine?socket=/nowhere/socket", KN_CONNECT},
        {"mysql://koine@127.0.0.1:1/koine", KN_CONNECT},
        {"mysql://koine@127.0.0.1:1/koine?tls=perhaps", KN_INVALID},
        {"mysql://koine@127.0.0.1:1/koine?grace_ms=5", KN_INVALID},
        {"mysql://koine@127.0.0.1:1/koine?tls=verify-ca", KN_CONNECT},
        {"mysql://koine@127.0.0.1:1/koine?tls_ca=/x", KN_INVALID},
        {"mysql://koine@127.0.0.1:1/koine?tls_cert=/x", KN_INVALID},
        {"mysql://koine@127.0.0.1:1/koine?init_command=x", KN_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        fixture f = {0};
        assert_status(&f, rows[i].status, connect_to(&f, rows[i].url));
        assert_true(f.error.message[0]);
        disconnect(&f);
    }
}

static void test_mysql__a_wrong_user_is_refused(void **state)
{
    fixture f = {0};
    char other[512];
    const char *at = strchr(url, '@');
    (void)state;
    assert_non_null(at);
    snprintf(other, sizeof other, "mysql://nobody_at_all:secret%s", at);
    assert_status(&f, KN_AUTH, connect_to(&f, other));
    assert_null(strstr(f.error.message, "secret"));
    disconnect(&f);
}

/* On this machine nothing is encrypted unless asked, and then really. */
static void test_mysql__tls_is_not_given_up_in_silence(void **state)
{
    fixture f = {0};
    char with[512];
    (void)state;
    snprintf(with, sizeof with, "%s%ctls=require", url, strchr(url, '?') ? '&' : '?');
    assert_status(&f, KN_TLS, connect_to(&f, with)); /* the server of the tests has no certificate */
    disconnect(&f);
}

static void test_mysql__the_environment_does_not_load_code(void **state)
{
    fixture f = {0};
    (void)state;
    assert_int_equal(setenv("LIBMYSQL_PLUGINS", "evil", 1), 0);
    assert_status(&f, KN_CONNECT, connect_to(&f, url));
    assert_non_null(strstr(f.error.message, "LIBMYSQL_PLUGINS"));
    assert_int_equal(unsetenv("LIBMYSQL_PLUGINS"), 0);
    disconnect(&f);
}

/* A password of the environment, a port, a socket: nothing of it is used. */
static void test_mysql__the_environment_is_not_read(void **state)
{
    fixture f = {0};
    (void)state;
    assert_int_equal(setenv("MYSQL_PWD", "wrong", 1), 0);
    assert_int_equal(setenv("MYSQL_UNIX_PORT", "/nowhere", 1), 0);
    assert_int_equal(setenv("MARIADB_PLUGIN_DIR", "/nowhere", 1), 0);
    assert_ok(&f, connect_to(&f, url));
    disconnect(&f);
    unsetenv("MYSQL_PWD");
    unsetenv("MYSQL_UNIX_PORT");
    unsetenv("MARIADB_PLUGIN_DIR");
}

/* The values of one row, long ones too. */
static kn_status read_rows(const kn_driver *driver, void *statement, kn_error *error)
{
    char *text = malloc(100000);
    assert_non_null(text);
    memset(text, 'x', 100000);
    const kn_value values[] = {kn_textn(text, 100000), kn_int(7), kn_decimal_value((kn_decimal)KN_DECIMAL(-125, -2)),
                               kn_null()};
    const kn_execute_request request = {.size_ = sizeof request, .values = values, .n_values = KN_COUNT_OF(values)};
    kn_outcome outcome = {.size_ = sizeof outcome};
    kn_value row[4];
    kn_status status = driver->execute(statement, &request, &outcome, NULL, error);
    if (status == KN_OK) {
        status = driver->fetch(statement, row, NULL, error);
        if (status == KN_OK) {
            assert_int_equal(row[0].as.text.size, 100000);
            assert_int_equal(row[1].as.i, 7);
            assert_int_equal(row[2].as.decimal.u.word[0], 125);
            assert_int_equal(row[3].kind, KN_KIND_NULL);
        }
        kn_status ended = driver->end(statement, NULL, NULL, error);
        status = status == KN_OK ? ended : status;
    }
    free(text);
    return status;
}

static kn_status workload(const kn_allocator *allocator, void *context)
{
    const kn_driver *driver = koine_plugin_mysql(&kn__host)->drivers[0];
    const char *values[16] = {NULL};
    kn_open_request request = {
        .size_ = sizeof request, .allocator = allocator, .url = context, .values = values, .blocking = 1};
    const char *sql = "SELECT ?, ?, ?, ?";
    const kn_prepare_request prepare = {.size_ = sizeof prepare, .sql = {sql, strlen(sql)}};
    void *connection = NULL, *statement = NULL;
    kn_error error = {0};
    kn_status status = driver->open(&request, &connection, NULL, &error);
    if (status == KN_OK)
        status = driver->prepare(connection, &prepare, &statement, NULL, &error);
    if (status == KN_OK)
        status = read_rows(driver, statement, &error);
    if (statement)
        driver->finish(statement);
    if (connection)
        driver->close(connection);
    return status;
}

static void test_mysql__survives_every_allocation_failure(void **state)
{
    kn_url *parsed = NULL;
    (void)state;
    assert_int_equal(kn_url_parse(url, NULL, &parsed, NULL), KN_OK);
    assert_true(each_allocation_failure(workload, parsed) > 5);
    kn_url_destroy(parsed);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_each, close_each)
    const struct CMUnitTest tests[] = {
        EACH(test_mysql__errors_tell_what_and_where),
        EACH(test_mysql__counts_what_matched),
        EACH(test_mysql__long_values_come_whole),
        EACH(test_mysql__too_much_is_refused_before_it_is_sent),
        EACH(test_mysql__zero_dates_are_out_of_range),
        EACH(test_mysql__the_session_is_made_anew),
        EACH(test_mysql__an_open_transaction_does_not_pass_to_the_next),
        EACH(test_mysql__read_only_transactions_refuse_writes),
        EACH(test_mysql__deadlines_end_statements),
        EACH(test_mysql__cancel_ends_what_runs_and_nothing_later),
        EACH(test_mysql__cancels_race_with_the_end_of_statements),
        EACH(test_mysql__a_lost_link_is_told_and_replaced),
        EACH(test_mysql__a_commit_that_was_not_sent_has_not_happened),
        EACH(test_mysql__a_deadlock_aborts_the_transaction),
        EACH(test_mysql__a_fork_abandons_the_link),
        EACH(test_mysql__leaves_sigpipe_alone),
        cmocka_unit_test(test_mysql__connecting_fails_precisely),
        cmocka_unit_test(test_mysql__a_wrong_user_is_refused),
        cmocka_unit_test(test_mysql__tls_is_not_given_up_in_silence),
        cmocka_unit_test(test_mysql__the_environment_does_not_load_code),
        cmocka_unit_test(test_mysql__the_environment_is_not_read),
        cmocka_unit_test(test_mysql__survives_every_allocation_failure),
    };
    url = getenv("KOINE_TEST_MARIADB");
    if (!url) {
        puts("KOINE_TEST_MARIADB names no server; run it under scripts/koine-testbed");
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
