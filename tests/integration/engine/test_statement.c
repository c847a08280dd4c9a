/* SPDX-License-Identifier: MIT */
/* backends: all */
#include "support/database.h"

static int open_table(void **state)
{
    test_database *db;

    test_database_open(state);
    db = test_database_of(state);
    assert_ok(db, kn_execute(db->c, KN_SQL("CREATE TABLE t (a INTEGER, b TEXT)"), KN_NO_ARGS, NULL, &db->error));
    return 0;
}

static int64_t count_rows(test_database *db)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t count = -1;

    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT count(*) FROM t"), &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_int(result, 0, &count, &db->error));
    kn_statement_finish(statement); /* closes its result */
    return count;
}

static void test_statement__parameters_bind_by_place_and_by_name(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t a = 0, changed = 0;
    const char *name;
    kn_text b;

    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (?, ?)"), KN_ARGS(kn_int(1), kn_string("one")),
                             &changed, &db->error));
    assert_int_equal(changed, 1);
    assert_ok(db, kn_prepare(db->c, KN_SQL("INSERT INTO t VALUES (:a + 0 * :a, :b)"), &statement, &db->error));
    assert_int_equal(kn_statement_parameters(statement), 2);
    assert_string_equal(kn_statement_parameter_name(statement, 0), "a");
    assert_null(kn_statement_parameter_name(statement, 2));
    assert_ok(db, kn_bind_name(statement, "b", kn_string("x"), &db->error));
    assert_refused(db, KN_INVALID, kn_run(statement, KN_NO_ARGS, NULL, &db->error)); /* a has no value */
    assert_ok(db, kn_bind(statement, 0, kn_int(2), &db->error));
    assert_ok(db, kn_run(statement, KN_NO_ARGS, NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_bind(statement, 2, kn_int(2), &db->error));
    assert_refused(db, KN_INVALID, kn_bind_name(statement, "c", kn_int(2), &db->error));
    kn_statement_finish(statement);

    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT a, b FROM t ORDER BY a DESC"), &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_int_equal(kn_result_columns(result), 2);
    name = kn_result_name(result, 1);                                    /* lives until the end */
    assert_refused(db, KN_STATE, kn_get_int(result, 0, &a, &db->error)); /* no row yet */
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_int(result, 0, &a, &db->error));
    assert_ok(db, kn_get_text(result, 1, &b, &db->error));
    assert_int_equal(a, 2);
    assert_true(kn_text_equal(b, kn_text_of("x")));
    assert_refused(db, KN_TYPE_MISMATCH, kn_get_int(result, 1, &a, &db->error));
    assert_refused(db, KN_INVALID, kn_get_int(result, 2, &a, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_int_equal(kn_next(result, NULL), KN_DONE);
    assert_int_equal(kn_next(result, NULL), KN_DONE);
    assert_string_equal(name, "b");
    assert_string_equal(kn_result_name(result, 1), "b");
    kn_result_close(result);
    kn_statement_finish(statement);
}

/* Where the backend has no exact decimals two Numeric columns may store one number in two ways: without its type it
 * could be stored in the wrong one, so it is refused. Elsewhere it is exact. */
static void test_statement__a_decimal_in_a_text_is_exact_or_wants_its_type(void **state)
{
    test_database *db = test_database_of(state);
    const kn_type type = KN_TYPE(KN_NUMERIC(20, 2));
    const kn_value value = kn_decimal_value(kn_decimal_of(1250, -2));
    kn_statement *statement = NULL;
    const bool exact = test_database_has(db, KN_FEATURE_WIDE_DECIMAL_MATH);
    const kn_sql_text insert = KN_SQL("INSERT INTO t (b) VALUES (?)");

    if (exact)
        assert_ok(db, kn_execute(db->c, insert, &value, 1, NULL, &db->error));
    else
        assert_incapable(db, KN_INEXACT, "stores a decimal depends on its column",
                         kn_execute(db->c, insert, &value, 1, NULL, &db->error));
    assert_int_equal(count_rows(db), exact);
    assert_ok(db, kn_prepare(db->c, KN_SQL("INSERT INTO t (b) VALUES (?)"), &statement, &db->error));
    assert_ok(db, kn_bind_type(statement, 0, &type, &db->error));
    assert_ok(db, kn_run(statement, &value, 1, NULL, &db->error));
    assert_int_equal(count_rows(db), 1 + exact);
    kn_statement_finish(statement);
}

static void test_statement__rows_and_no_rows_are_told_apart(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result = NULL;

    assert_refused(db, KN_INVALID, kn_execute(db->c, KN_SQL("SELECT 1"), KN_NO_ARGS, NULL, &db->error));
    assert_ok(db, kn_prepare(db->c, KN_SQL("DELETE FROM t"), &statement, &db->error));
    assert_refused(db, KN_INVALID, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_null(result);
    kn_statement_finish(statement);
}

static void test_statement__what_the_server_refuses_is_told_by_kind(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;

    assert_refused(db, KN_SYNTAX, kn_prepare(db->c, KN_SQL("SELEC 1"), &statement, &db->error));
    assert_null(statement);
    assert_refused(db, KN_NO_SUCH, kn_prepare(db->c, KN_SQL("SELECT * FROM nowhere"), &statement, &db->error));
    assert_refused(db, KN_EXISTS,
                   kn_execute(db->c, KN_SQL("CREATE TABLE t (x INTEGER)"), KN_NO_ARGS, NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_prepare(db->c, KN_SQL("SELECT 1; SELECT 2"), &statement, &db->error));
    assert_refused(db, KN_INVALID, kn_prepare(db->c, kn_unchecked_sql(NULL), &statement, &db->error));
}

/* ... or, on a backend with one result at a time, is refused and can be opened when the first is closed. */
static void test_statement__the_same_text_may_be_held_and_opened_twice(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *first = NULL, *second = NULL;
    kn_result *a = NULL, *b = NULL;
    int64_t x = 0;

    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT ? + 0"), &first, &db->error));
    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT ? + 0"), &second, &db->error));
    assert_ok(db, kn_open(first, KN_ARGS(kn_int(1)), &a, &db->error));
    if (test_database_has_many_results(db))
        assert_ok(db, kn_open(second, KN_ARGS(kn_int(2)), &b, &db->error));
    else
        assert_incapable(db, KN_STATE, TEST_DATABASE_MANY_RESULTS, kn_open(second, KN_ARGS(kn_int(2)), &b, &db->error));
    assert_refused(db, KN_STATE, kn_open(first, KN_ARGS(kn_int(3)), &a, &db->error));
    kn_statement_finish(first);
    if (!b)
        assert_ok(db, kn_open(second, KN_ARGS(kn_int(2)), &b, &db->error));
    assert_ok(db, kn_next(b, &db->error));
    assert_ok(db, kn_get_int(b, 0, &x, &db->error));
    assert_int_equal(x, 2);
    kn_statement_finish(second);
}

static void test_statement__a_cache_of_any_size_serves_more_texts_than_it_keeps(void **state)
{
    static const uint32_t sizes[] = {UINT32_MAX, 1, 7, 0};
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < KN_COUNT_OF(sizes); i++) {
        test_database_disconnect(db);
        test_database_connect(db, KN_ENGINE_OPTIONS(.statement_cache = sizes[i]));
        for (int round = 0; round < 3; round++)
            for (int n = 0; n < 20; n++) {
                char sql[64];
                int64_t changed = 0;
                snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (%d, ?)", n);
                assert_ok(db, kn_execute(db->c, kn_unchecked_sql(sql), KN_ARGS(kn_string("x")), &changed, &db->error));
                assert_int_equal(changed, 1);
            }
    }
    assert_int_equal(count_rows(db), 4 * 3 * 20);
}

static void test_transaction__commit_keeps_and_rollback_forgets(void **state)
{
    test_database *db = test_database_of(state);

    assert_refused(db, KN_STATE, kn_commit(db->c, &db->error));
    assert_refused(db, KN_STATE, kn_rollback(db->c, &db->error));
    assert_refused(db, KN_STATE, kn_savepoint(db->c, "s", &db->error));
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_refused(db, KN_STATE, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (1, 'a')"), KN_NO_ARGS, NULL, &db->error));
    assert_ok(db, kn_rollback(db->c, &db->error));
    assert_int_equal(count_rows(db), 0);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (1, 'a')"), KN_NO_ARGS, NULL, &db->error));
    assert_ok(db, kn_commit(db->c, &db->error));
    test_database_reopen(db);
    assert_int_equal(count_rows(db), 1);
}

static void test_transaction__savepoints_nest_and_take_any_name(void **state)
{
    test_database *db = test_database_of(state);
    static const char *const names[] = {"s", "select", "with space", "quo\"te", "\xc3\xa4", "; DROP TABLE t; --"};
    char long_name[65];

    memset(long_name, 'x', 64);
    long_name[64] = '\0';
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        assert_ok(db, kn_savepoint(db->c, names[i], &db->error));
        assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (?, 'a')"), KN_ARGS(kn_int((int64_t)i)), NULL,
                                 &db->error));
    }
    assert_ok(db, kn_savepoint_rollback(db->c, names[4], &db->error));
    assert_int_equal(count_rows(db), 4);
    assert_ok(db, kn_savepoint_release(db->c, names[2], &db->error));
    assert_refused(db, KN_INVALID, kn_savepoint(db->c, "", &db->error));
    assert_refused(db, KN_INVALID, kn_savepoint(db->c, NULL, &db->error));
    assert_refused(db, KN_TOO_LONG, kn_savepoint(db->c, long_name, &db->error));
    assert_ok(db, kn_savepoint_rollback(db->c, names[1], &db->error));
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_rows(db), 1);
}

static void test_transaction__a_read_transaction_refuses_writes(void **state)
{
    test_database *db = test_database_of(state);

    assert_ok(db, kn_begin(db->c, KN_READ, &db->error));
    assert_int_equal(count_rows(db), 0);
    assert_refused(db, KN_READ_ONLY,
                   kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (1, 'a')"), KN_NO_ARGS, NULL, &db->error));
    assert_ok(db, kn_rollback(db->c, &db->error));
    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (1, 'a')"), KN_NO_ARGS, NULL, &db->error));
    assert_int_equal(count_rows(db), 1);
}

static void test_transaction__releasing_a_connection_rolls_back_what_is_open(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result = NULL;

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t VALUES (1, 'a')"), KN_NO_ARGS, NULL, &db->error));
    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT * FROM t"), &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    kn_release(db->c); /* with a row being read */
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(count_rows(db), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_table, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_statement__parameters_bind_by_place_and_by_name),
        EACH(test_statement__a_decimal_in_a_text_is_exact_or_wants_its_type),
        EACH(test_statement__rows_and_no_rows_are_told_apart),
        EACH(test_statement__what_the_server_refuses_is_told_by_kind),
        EACH(test_statement__the_same_text_may_be_held_and_opened_twice),
        EACH(test_statement__a_cache_of_any_size_serves_more_texts_than_it_keeps),
        EACH(test_transaction__commit_keeps_and_rollback_forgets),
        EACH(test_transaction__savepoints_nest_and_take_any_name),
        EACH(test_transaction__a_read_transaction_refuses_writes),
        EACH(test_transaction__releasing_a_connection_rolls_back_what_is_open),
    };
    return cmocka_run_group_tests_name("integration/engine/statement", tests, NULL, NULL);
}
