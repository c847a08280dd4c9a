/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Statements that are kept: they outlive changes of their tables, and no more of them are kept than was said. */
#include "support/database.h"

static int open_table(void **state)
{
    test_database *db;

    test_database_open(state);
    db = test_database_of(state);
    test_database_run(db, "CREATE TABLE t (a INTEGER, b VARCHAR(20))");
    test_database_run(db, "INSERT INTO t VALUES (1, 'one')");
    return 0;
}

/* Another connection's, as a migration would. */
static void change(test_database *db, const char *sql)
{
    kn_connection *other = NULL;

    assert_ok(db, kn_connect(db->engine, &other, &db->error));
    assert_ok(db, kn_execute(other, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
    kn_release(other);
}

/* MariaDB's client finds out that there are other columns once the statement has run. It is not run a second time,
 * which only the program can know to be harmless; but it goes again. */
static kn_status open_changed(test_database *db, kn_statement *statement, kn_result **out)
{
    kn_status status = kn_open(statement, KN_NO_ARGS, out, &db->error);

    if (status != KN_SERVER_STATE || strcmp(test_database_backend(db), "mariadb") != 0)
        return status;
    assert_int_equal(db->error.retry, KN_RETRY_NEVER);
    assert_int_equal(db->error.commit, KN_COMMIT_DONE);
    assert_non_null(strstr(db->error.message, "columns of this prepared statement"));
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error)); /* nothing of it is left on the link */
    assert_ok(db, kn_rollback(db->c, &db->error));
    return kn_open(statement, KN_NO_ARGS, out, &db->error);
}

/* All columns of the first row, as text. */
static void describe(test_database *db, kn_statement *statement, char *out, size_t room)
{
    kn_result *result = NULL;
    size_t at = 0;

    assert_ok(db, open_changed(db, statement, &result));
    assert_ok(db, kn_next(result, &db->error));
    for (size_t i = 0; i < kn_result_columns(result); i++) {
        kn_text text = {"NULL", 4};
        if (!kn_get_is_null(result, i) && kn_get_text(result, i, &text, &db->error) != KN_OK) {
            int64_t n = -1;
            assert_ok(db, kn_get_int(result, i, &n, &db->error));
            at += (size_t)snprintf(out + at, room - at, "%s=%d ", kn_result_name(result, i), (int)n);
            continue;
        }
        at += (size_t)snprintf(out + at, room - at, "%s=%.*s ", kn_result_name(result, i), (int)text.size, text.data);
    }
    assert_int_equal(kn_next(result, &db->error), KN_DONE);
    kn_result_close(result);
}

static void test_cache__statements_outlive_changes_of_their_tables(void **state)
{
    static const struct {
        const char *sql, *sees;
    } changes[] = {
        {"SELECT 1", "a=1 b=one "},
        {"ALTER TABLE t ADD COLUMN c VARCHAR(20)", "a=1 b=one c=NULL "},
        {"ALTER TABLE t RENAME COLUMN b TO d", "a=1 d=one c=NULL "},
        {"ALTER TABLE t DROP COLUMN a", "d=one c=NULL "},
        {"DROP TABLE t", NULL},
        {"CREATE TABLE t (e VARCHAR(5))", NULL},
        {"INSERT INTO t VALUES ('new')", "e=new "},
    };
    test_database *db = test_database_of(state);
    kn_statement *kept = NULL, *again = NULL;
    kn_result *result = NULL;
    char seen[200];

    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT * FROM t"), &kept, &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(changes); i++) {
        if (i > 0)
            change(db, changes[i].sql);
        if (!changes[i].sees && strncmp(changes[i].sql, "DROP", 4) == 0)
            assert_refused(db, KN_NO_SUCH, kn_open(kept, KN_NO_ARGS, &result, &db->error));
        if (!changes[i].sees)
            continue;
        describe(db, kept, seen, sizeof(seen));
        assert_string_equal(seen, changes[i].sees);
        assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT * FROM t"), &again, &db->error)); /* of the cache */
        describe(db, again, seen, sizeof(seen));
        assert_string_equal(seen, changes[i].sees);
        kn_statement_finish(again);
    }
    kn_statement_finish(kept);
}

/* How many the server keeps for this connection; NULL where there is no server. */
static const char *question(const test_database *db)
{
    const char *backend = test_database_backend(db);

    return strcmp(backend, "postgresql") == 0 ? "SELECT count(*) FROM pg_prepared_statements"
           : strcmp(backend, "mariadb") == 0
               ? "SELECT CAST(SUM(IF(variable_name = 'COM_STMT_PREPARE', 1, -1) * variable_value) AS SIGNED) FROM"
                 " information_schema.session_status WHERE variable_name IN ('COM_STMT_PREPARE', 'COM_STMT_CLOSE')"
               : NULL;
}

static void test_cache__a_server_keeps_no_more_than_was_said(void **state)
{
    enum { KEPT = 8, TEXTS = 100 };
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t n = 0;
    char sql[64];

    if (!question(db))
        return;
    test_database_disconnect(db);
    test_database_connect(db, KN_ENGINE_OPTIONS(.statement_cache = KEPT));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < TEXTS; i++) {
            snprintf(sql, sizeof(sql), "SELECT a + %d FROM t", i);
            assert_ok(db, kn_prepare(db->c, kn_unchecked_sql(sql), &statement, &db->error));
            assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
            assert_ok(db, kn_next(result, &db->error));
            kn_statement_finish(statement);
        }
    assert_ok(db, kn_prepare(db->c, kn_unchecked_sql(question(db)), &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_int(result, 0, &n, &db->error));
    assert_in_range(n, KEPT - 1, 3 * KEPT); /* what is dropped goes with some later statement */
    kn_statement_finish(statement);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_table, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_cache__statements_outlive_changes_of_their_tables),
        EACH(test_cache__a_server_keeps_no_more_than_was_said),
    };
    return cmocka_run_group_tests_name("integration/engine/cache", tests, NULL, NULL);
}
