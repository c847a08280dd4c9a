/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* What neither an administrator nor whoever had the connection before may do to a session in silence: another database,
 * foreign keys that nobody looks at, a transaction that is over or was none. */
#include "support/testbed.h"

#include <koine/transact.h>

static testbed server;
static kn_registry *registry;

static void run_all(guest *g, const char *const *statements)
{
    for (size_t i = 0; statements[i]; i++)
        assert_ok(g, guest_run(g, statements[i]));
}

static void assert_answer(guest *g, const char *sql, const char *wanted)
{
    char text[100] = "";

    assert_ok(g, guest_ask(g, sql, text, sizeof(text)));
    assert_string_equal(text, wanted);
}

/* The pool's only connection is given back and taken again. */
static void take_again(guest *g)
{
    kn_release(g->c);
    g->c = NULL;
    assert_ok(g, kn_connect(g->engine, &g->c, &g->error));
}

/* ---- the database ---- */
static void test_sessions__the_next_one_is_in_the_database_of_the_url(void **state)
{
    static const char database[] = "SELECT COALESCE(DATABASE(), 'none')";
    char url[600];
    guest g;

    (void)state;
    if (!testbed_is_mariadb())
        return; /* a session stays in its database */
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    assert_ok(&g, guest_run(&g, "CREATE DATABASE `odd``name`"));
    assert_ok(&g, guest_run(&g, "USE `odd``name`"));
    assert_answer(&g, database, "odd`name");
    take_again(&g);
    assert_answer(&g, database, "koine");
    guest_close(&g);

    snprintf(url, sizeof(url), "%.*s/odd%%60name", (int)(strrchr(server.url, '/') - server.url), server.url);
    assert_ok(&g, guest_open(&g, registry, url, 20000));
    assert_ok(&g, guest_run(&g, "USE koine"));
    take_again(&g);
    assert_answer(&g, database, "odd`name");
    guest_close(&g);

    *strrchr(url, '/') = '\0';
    assert_ok(&g, guest_open(&g, registry, url, 20000));
    assert_ok(&g, guest_run(&g, "USE koine"));
    take_again(&g);
    assert_answer(&g, database, "none");
    guest_close(&g);
}

/* ---- foreign keys ---- */
static void test_sessions__foreign_keys_hold_or_the_connection_is_refused(void **state)
{
    static const char *const statements[] = {
        "CREATE ROLE mighty SUPERUSER LOGIN",
        "CREATE ROLE plain LOGIN",
        "ALTER ROLE mighty SET session_replication_role = 'replica'",
        "ALTER ROLE plain SET session_replication_role = 'replica'",
        "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
        "CREATE TABLE children (parent INTEGER REFERENCES parents (id))",
        NULL,
    };
    char url[600];
    guest g;

    (void)state;
    if (testbed_is_mariadb())
        return; /* foreign_key_checks is among the settings of settings.table */
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    run_all(&g, statements);
    guest_close(&g);
    snprintf(url, sizeof(url), "postgresql://mighty%s", strchr(server.url, '@'));
    assert_ok(&g, guest_open(&g, registry, url, 20000));
    assert_int_equal(guest_run(&g, "INSERT INTO children VALUES (1)"), KN_FOREIGN_KEY);
    assert_ok(&g, guest_run(&g, "SET session_replication_role = 'replica'")); /* as the program says */
    assert_ok(&g, guest_run(&g, "INSERT INTO children VALUES (2)"));
    take_again(&g);
    assert_int_equal(guest_run(&g, "INSERT INTO children VALUES (3)"), KN_FOREIGN_KEY);
    guest_close(&g);
    snprintf(url, sizeof(url), "postgresql://plain%s", strchr(server.url, '@'));
    assert_int_equal(guest_open(&g, registry, url, 20000), KN_DENIED);
    assert_non_null(strstr(g.error.message, "session_replication_role"));
    assert_int_equal(g.error.retry, KN_RETRY_NEVER);
    guest_close(&g);
}

/* ---- a table that knows no transactions ---- */
static kn_status insert_and_fail(void *context, kn_connection *c, kn_error *error)
{
    ++*(unsigned *)context;
    kn_status status = kn_execute(c, KN_SQL("INSERT INTO old VALUES (7)"), KN_NO_ARGS, NULL, error);
    if (status != KN_OK)
        return status;
    status = kn_error_set(error, KN_BUSY, "as if a lock were held too long");
    error->retry = KN_RETRY_TRANSACTION;
    error->commit = KN_COMMIT_OPEN;
    return status;
}

static void test_sessions__a_rollback_that_left_something_is_told(void **state)
{
    static const char *const statements[] = {"CREATE TABLE old (n INTEGER) ENGINE = MyISAM",
                                             "CREATE TABLE new (n INTEGER)", NULL};
    unsigned runs = 0;
    guest g;

    (void)state;
    if (!testbed_is_mariadb())
        return; /* all its tables know them */
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    run_all(&g, statements);
    assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
    assert_ok(&g, guest_run(&g, "INSERT INTO new VALUES (1)"));
    assert_ok(&g, kn_rollback(g.c, &g.error));
    assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
    assert_ok(&g, kn_savepoint(g.c, "s", &g.error));
    assert_ok(&g, guest_run(&g, "INSERT INTO old VALUES (1)"));
    assert_int_equal(kn_savepoint_rollback(g.c, "s", &g.error), KN_SERVER_STATE);
    assert_int_equal(g.error.commit, KN_COMMIT_OPEN);
    assert_int_equal(kn_rollback(g.c, &g.error), KN_SERVER_STATE);
    assert_int_equal(g.error.native, 1196);
    assert_int_equal(g.error.commit, KN_COMMIT_LOST);
    assert_int_equal(g.error.retry, KN_RETRY_NEVER);
    take_again(&g);
    assert_int_equal(kn_transact(g.c, KN_WRITE, insert_and_fail, &runs, NULL, &g.error), KN_BUSY);
    assert_int_equal(runs, 1); /* what is stored is not done again */
    assert_int_equal(g.error.commit, KN_COMMIT_LOST);
    assert_int_equal(g.error.retry, KN_RETRY_NEVER);
    take_again(&g);
    assert_answer(&g, "SELECT CAST(COUNT(*) AS CHAR) FROM old", "2");
    assert_answer(&g, "SELECT CAST(COUNT(*) AS CHAR) FROM new", "0");
    guest_close(&g);
}

/* ---- a transaction that is over ---- */
static void lock_in_vain(guest *g, const guest *other)
{
    static const char *const statements[] = {"CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)",
                                             "INSERT INTO t VALUES (1, 0)", "SET SESSION innodb_lock_wait_timeout = 0",
                                             NULL};
    kn_error error;

    run_all(g, statements);
    assert_ok(g, kn_begin(other->c, KN_WRITE, &g->error));
    assert_ok(g, kn_execute(other->c, KN_SQL("UPDATE t SET n = 1 WHERE id = 1"), KN_NO_ARGS, NULL, &error));
    assert_ok(g, kn_begin(g->c, KN_WRITE, &g->error));
    assert_ok(g, guest_run(g, "INSERT INTO t VALUES (2, 0)"));
    assert_int_equal(guest_run(g, "UPDATE t SET n = 2 WHERE id = 1"), KN_BUSY);
    assert_int_equal(g->error.retry, KN_RETRY_TRANSACTION);
}

static void test_sessions__a_lock_timeout_that_rolls_back_ends_the_transaction(void **state)
{
    static const char *const settings[] = {"innodb_rollback_on_timeout=1", NULL};
    testbed own;
    guest g, other;

    (void)state;
    if (!testbed_is_mariadb())
        return; /* any failure ends it */
    testbed_start(&own, settings);
    assert_ok(&g, guest_open(&g, registry, own.url, 20000));
    assert_ok(&other, guest_open(&other, registry, own.url, 20000));
    lock_in_vain(&g, &other);
    assert_int_equal(g.error.commit, KN_COMMIT_NOT);
    assert_true(kn_in_transaction(g.c));
    assert_int_equal(guest_run(&g, "INSERT INTO t VALUES (3, 0)"), KN_NOT_IN_TRANSACTION);
    assert_int_equal(kn_commit(g.c, &g.error), KN_NOT_IN_TRANSACTION);
    assert_int_equal(g.error.commit, KN_COMMIT_NOT);
    assert_ok(&other, kn_rollback(other.c, &other.error));
    assert_answer(&other, "SELECT CAST(COUNT(*) AS CHAR) FROM t", "1");
    guest_close(&other);
    guest_close(&g);
    testbed_stop(&own);
}

static void test_sessions__a_lock_timeout_leaves_the_transaction_open(void **state)
{
    guest g, other;

    (void)state;
    if (!testbed_is_mariadb())
        return;
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    assert_ok(&other, guest_open(&other, registry, server.url, 20000));
    lock_in_vain(&g, &other);
    assert_int_equal(g.error.commit, KN_COMMIT_OPEN);
    assert_ok(&g, guest_run(&g, "INSERT INTO t VALUES (3, 0)"));
    assert_ok(&g, kn_commit(g.c, &g.error));
    assert_ok(&other, kn_rollback(other.c, &other.error));
    assert_answer(&other, "SELECT CAST(COUNT(*) AS CHAR) FROM t", "3");
    guest_close(&other);
    guest_close(&g);
}

static int start_server(void **state)
{
    *state = &server;
    registry = test_database_registry();
    testbed_start(&server, NULL);
    server.registry = registry;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions__the_next_one_is_in_the_database_of_the_url),
        cmocka_unit_test(test_sessions__foreign_keys_hold_or_the_connection_is_refused),
        cmocka_unit_test(test_sessions__a_rollback_that_left_something_is_told),
        cmocka_unit_test(test_sessions__a_lock_timeout_that_rolls_back_ends_the_transaction),
        cmocka_unit_test(test_sessions__a_lock_timeout_leaves_the_transaction_open),
    };

    return cmocka_run_group_tests(tests, start_server, testbed_teardown);
}
