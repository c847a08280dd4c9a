/* SPDX-License-Identifier: MIT */
/* backends: all */
/* One statement with many sets of values: as if each had been run by itself, but all or none. */
#include "support/database.h"

#define SETS 700 /* more than any driver keeps unanswered */

static int open_table(void **state)
{
    test_database *db;

    test_database_open(state);
    db = test_database_of(state);
    assert_ok(db, kn_execute(db->c, KN_SQL("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR(20))"), KN_NO_ARGS, NULL,
                             &db->error));
    return 0;
}

static int64_t number(test_database *db, kn_sql_text sql)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t n = -1;

    assert_ok(db, kn_prepare(db->c, sql, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    if (!kn_get_is_null(result, 0))
        assert_ok(db, kn_get_int(result, 0, &n, &db->error));
    kn_statement_finish(statement);
    return n;
}

static int64_t count_rows(test_database *db)
{
    return number(db, KN_SQL("SELECT count(*) FROM t"));
}

/* 1 to SETS, with a name that is NULL for every tenth. */
static kn_value *make_sets(void)
{
    kn_value *values = calloc(2 * SETS, sizeof(*values));

    for (int64_t i = 0; i < SETS; i++) {
        values[2 * i] = kn_int(i + 1);
        values[2 * i + 1] = i % 10 == 9 ? kn_null() : kn_textn("bj\xc3\xb6rk and others", (size_t)(i % 10 < 3 ? 0 : 6));
    }
    return values;
}

static kn_statement *prepare(test_database *db, kn_sql_text sql)
{
    kn_statement *statement = NULL;

    assert_ok(db, kn_prepare(db->c, sql, &statement, &db->error));
    return statement;
}

static void test_run_many__runs_once_a_set_and_adds_up(void **state)
{
    test_database *db = test_database_of(state);
    kn_value *values = make_sets();
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (:a, :b)"));
    int64_t changed = -1;

    assert_ok(db, kn_run_many(insert, values, SETS, 2, &changed, &db->error));
    assert_int_equal(changed, SETS);
    assert_false(kn_in_transaction(db->c));
    test_database_disconnect(db);
    test_database_connect(db, NULL); /* what is read now was committed */
    assert_int_equal(count_rows(db), SETS);
    assert_int_equal(number(db, KN_SQL("SELECT count(*) FROM t WHERE b IS NULL")), SETS / 10);
    assert_int_equal(number(db, KN_SQL("SELECT count(*) FROM t WHERE b = ''")), 3 * SETS / 10);
    assert_int_equal(number(db, KN_SQL("SELECT sum(a) FROM t")), SETS * (SETS + 1) / 2);
    free(values);
}

/* Each of the sets matches another number of rows. */
static void test_run_many__the_sum_is_of_all_rows(void **state)
{
    test_database *db = test_database_of(state);
    kn_value *values = make_sets(), least[] = {kn_int(SETS - 2), kn_int(SETS), kn_int(SETS + 1), kn_int(1)};
    int64_t changed = -1;

    assert_ok(
        db, kn_run_many(prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?)")), values, SETS, 2, NULL, &db->error));
    assert_ok(db,
              kn_run_many(prepare(db, KN_SQL("UPDATE t SET b = 'x' WHERE a >= ?")), least, 4, 1, &changed, &db->error));
    assert_int_equal(changed, 3 + 1 + 0 + SETS);
    assert_ok(db, kn_run_many(prepare(db, KN_SQL("DELETE FROM t WHERE a >= ?")), least, 4, 1, &changed, &db->error));
    assert_int_equal(changed, SETS); /* in order */
    assert_int_equal(count_rows(db), 0);
    free(values);
}

/* The row of the third set is there already. */
static void test_run_many__a_failure_names_its_set_and_leaves_nothing(void **state)
{
    test_database *db = test_database_of(state);
    kn_value *values = make_sets();
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?)"));
    int64_t changed = -1;

    values[2 * 500] = kn_int(3);
    assert_refused(db, KN_UNIQUE, kn_run_many(insert, values, SETS, 2, &changed, &db->error));
    assert_int_equal(changed, -1);
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(count_rows(db), 0);
    values[2 * 500] = kn_int(501);
    assert_ok(db, kn_run_many(insert, values, SETS, 2, &changed, &db->error)); /* the connection goes on */
    assert_int_equal(count_rows(db), SETS);
    free(values);
}

static void test_run_many__in_an_open_transaction_it_is_a_part_of_it(void **state)
{
    test_database *db = test_database_of(state);
    kn_value *values = make_sets();
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?)"));

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_run_many(insert, values, SETS, 2, NULL, &db->error));
    assert_true(kn_in_transaction(db->c));
    assert_int_equal(count_rows(db), SETS);
    assert_ok(db, kn_rollback(db->c, &db->error));
    assert_int_equal(count_rows(db), 0);

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    values[2 * 600] = kn_int(1);
    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO t (a) VALUES (-1)"), KN_NO_ARGS, NULL, &db->error));
    assert_refused(db, KN_UNIQUE, kn_run_many(insert, values, SETS, 2, NULL, &db->error));
    assert_true(kn_in_transaction(db->c));
    assert_ok(db, kn_commit(db->c, &db->error)); /* of what was there before */
    assert_int_equal(count_rows(db), 1);
    assert_int_equal(number(db, KN_SQL("SELECT a FROM t")), -1);
    free(values);
}

/* Which is found out when some have run. */
static void test_run_many__rows_that_nobody_reads_leave_nothing(void **state)
{
    test_database *db = test_database_of(state);
    kn_value *values = make_sets();
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?) RETURNING a"));

    assert_refused(db, KN_INVALID, kn_run_many(insert, values, SETS, 2, NULL, &db->error));
    assert_int_equal(count_rows(db), 0);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_refused(db, KN_INVALID, kn_run_many(insert, values, SETS, 2, NULL, &db->error));
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_rows(db), 0);
    free(values);
}

/* The last of all values is the bad one. */
static void test_run_many__every_value_is_checked_before_anything_is_sent(void **state)
{
    test_database *db = test_database_of(state);
    kn_value *values = make_sets();
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?)"));

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    values[2 * SETS - 1] = kn_textn("a\0b", 3);
    assert_refused(db, KN_ENCODING, kn_run_many(insert, values, SETS, 2, NULL, &db->error));
    assert_non_null(strstr(db->error.message, "set 699"));
    assert_int_equal(count_rows(db), 0);
    values[2 * SETS - 1] = (kn_value){.kind = KN_KIND_UNSET};
    assert_refused(db, KN_INVALID, kn_run_many(insert, values, SETS, 2, NULL, &db->error));
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_rows(db), 0);
    free(values);
}

static void test_run_many__misuse_is_refused(void **state)
{
    test_database *db = test_database_of(state);
    kn_value values[] = {kn_int(1), kn_string("a"), kn_int(2), kn_string("b")};
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?)"));
    kn_statement *rows = prepare(db, KN_SQL("SELECT a FROM t WHERE a = ?"));
    kn_result *result = NULL;
    int64_t changed = 7;

    assert_ok(db, kn_run_many(insert, NULL, 0, 2, &changed, &db->error));
    assert_int_equal(changed, 0);
    assert_refused(db, KN_INVALID, kn_run_many(insert, NULL, 2, 2, NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_run_many(insert, values, 4, 1, NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_run_many(insert, values, SIZE_MAX / 8, 2, NULL, &db->error));
    assert_ok(db, kn_run_many(insert, values, 2, 2, NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_run_many(rows, values, 1, 1, NULL, &db->error));
    assert_false(kn_in_transaction(db->c));
    assert_ok(db, kn_open(rows, values, 1, &result, &db->error));
    assert_refused(db, KN_STATE, kn_run_many(rows, values, 1, 1, NULL, &db->error));
    kn_result_close(result);
    assert_int_equal(count_rows(db), 2);
}

static void test_run_many__a_statement_without_parameters_runs_as_often(void **state)
{
    test_database *db = test_database_of(state);
    kn_value one[] = {kn_int(1), kn_string("a")};
    int64_t changed = -1;

    assert_ok(db, kn_run_many(prepare(db, KN_SQL("INSERT INTO t (a, b) VALUES (?, ?)")), one, 1, 2, NULL, &db->error));
    assert_ok(db, kn_run_many(prepare(db, KN_SQL("UPDATE t SET a = a + 1")), NULL, 5, 0, &changed, &db->error));
    assert_int_equal(changed, 5);
    assert_int_equal(number(db, KN_SQL("SELECT a FROM t")), 6);
}

static void test_run_many__a_query_in_data_keeps_its_literals(void **state)
{
    typedef struct Row {
        int64_t a;
        const char *b;
    } Row;
    KN_COLUMNS(Row) = {KN_COLUMN(Row, a, KN_INTEGER, .primary_key = true), KN_COLUMN(Row, b, KN_STRING(20))};
    KN_DEFINE(Row, "t");
    test_database *db = test_database_of(state);
    kn_value values[] = {kn_int(1), kn_int(2), kn_int(3)};
    kn_statement *insert = prepare(db, KN_SQL("INSERT INTO t (a) VALUES (?)")), *update = NULL;
    const kn_update_rows *query = KN_UPDATE_QUERY(Row, .set = KN_LIST(KN_ASSIGN(KN_COL(Row, b), KN_TEXT("q"))),
                                                  .where = KN_LT(KN_COL(Row, a), KN_ARG(0)));
    int64_t changed = -1;

    (void)Row_model;
    assert_ok(db, kn_run_many(insert, values, 3, 1, NULL, &db->error));
    assert_ok(db, kn_prepare_query(db->c, &query->node, &update, &db->error));
    assert_ok(db, kn_run_many(update, values, 3, 1, &changed, &db->error));
    assert_int_equal(changed, 0 + 1 + 2);
    assert_int_equal(number(db, KN_SQL("SELECT count(*) FROM t WHERE b = 'q'")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_table, test_database_close)
        TEST(test_run_many__runs_once_a_set_and_adds_up),
        TEST(test_run_many__the_sum_is_of_all_rows),
        TEST(test_run_many__a_failure_names_its_set_and_leaves_nothing),
        TEST(test_run_many__in_an_open_transaction_it_is_a_part_of_it),
        TEST(test_run_many__rows_that_nobody_reads_leave_nothing),
        TEST(test_run_many__every_value_is_checked_before_anything_is_sent),
        TEST(test_run_many__misuse_is_refused),
        TEST(test_run_many__a_statement_without_parameters_runs_as_often),
        TEST(test_run_many__a_query_in_data_keeps_its_literals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
