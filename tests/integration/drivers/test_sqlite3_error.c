/* SPDX-License-Identifier: MIT */
/* SQLite's failures as portable errors: the texts are those that SQLite documents or prints. */
#include <sqlite3.h>

#include "integration/drivers/sqlite3_fixture.h"

typedef struct failing_sql {
    const char *sql;
    kn_status status;
    int32_t native;
    const char *constraint, *table, *column;
    uint32_t position;
} failing_sql;

static void assert_fails(void *c, const failing_sql *f)
{
    kn_error error = {0};
    kn_status status = run(c, f->sql, NULL, 0, NULL, &error);
    if (status != f->status)
        fail_msg("%s: %s (%s), expected %s", f->sql, kn_status_name(status), error.message, kn_status_name(f->status));
    assert_int_equal(error.status, f->status);
    if (f->native)
        assert_int_equal(error.native, f->native);
    assert_string_equal(error.constraint, f->constraint ? f->constraint : "");
    assert_string_equal(error.table, f->table ? f->table : "");
    assert_string_equal(error.column, f->column ? f->column : "");
    if (error.position != f->position)
        fail_msg("%s: position %u, expected %u", f->sql, (unsigned)error.position, (unsigned)f->position);
    assert_string_not_equal(error.message, "");
    assert_null(strstr(error.message, "s3cret"));
}

static void assert_all_fail(void *c, const failing_sql *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_fails(c, &cases[i]);
}

static void test_sqlite3_error__constraints_are_named(void **state)
{
    (void)state;
    static const char *const setup[] = {
        "CREATE TABLE users (id INTEGER PRIMARY KEY, username UNIQUE, age NOT NULL DEFAULT 1)",
        "CREATE TABLE checked (n CONSTRAINT ck_n CHECK (n > 0))",
        "CREATE TABLE aged (n CHECK (n < 200))",
        "CREATE TABLE pairs (a, b, UNIQUE (a, b))",
        "CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE child (u INTEGER REFERENCES users (id), r INTEGER REFERENCES users (id) ON DELETE RESTRICT)",
        "CREATE TABLE later (u INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE strict (n INTEGER) STRICT",
        "CREATE TABLE \"a.b\" (\"c.d\" UNIQUE, \"e\" NOT NULL DEFAULT 1)",
        "CREATE TABLE watched (v)",
        "CREATE TRIGGER watcher BEFORE INSERT ON watched BEGIN SELECT RAISE(ABORT, 'not here'); END",
        "CREATE TABLE folded (v)",
        "CREATE UNIQUE INDEX ux_lower ON folded (lower(v))",
        "INSERT INTO folded VALUES ('s3cret')",
        "INSERT INTO users (id, username) VALUES (1, 's3cret'), (2, 'b')",
        "INSERT INTO pairs VALUES (1, 2)",
        "INSERT INTO keyed VALUES ('k')",
        "INSERT INTO child VALUES (1, NULL)",
        "INSERT INTO child VALUES (NULL, 2)",
        "INSERT INTO \"a.b\" VALUES (1, 1)",
    };
    static const failing_sql cases[] = {
        {"INSERT INTO users (username) VALUES ('s3cret')", KN_UNIQUE, SQLITE_CONSTRAINT_UNIQUE, NULL, "users",
         "username", 0},
        {"INSERT INTO folded VALUES ('S3CRET')", KN_UNIQUE, SQLITE_CONSTRAINT_UNIQUE, "ux_lower", NULL, NULL, 0},
        {"INSERT INTO users (id) VALUES (1)", KN_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY, NULL, "users", "id", 0},
        {"INSERT INTO keyed VALUES ('k')", KN_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY, NULL, "keyed", "k", 0},
        {"INSERT INTO pairs VALUES (1, 2)", KN_UNIQUE, SQLITE_CONSTRAINT_UNIQUE, NULL, "pairs", NULL, 0},
        {"INSERT INTO pairs (rowid, a) VALUES (1, 5)", KN_UNIQUE, SQLITE_CONSTRAINT_ROWID, NULL, "pairs", "rowid", 0},
        {"INSERT INTO \"a.b\" VALUES (1, 1)", KN_UNIQUE, 0, NULL, "a.b", "c.d", 0},
        {"UPDATE \"a.b\" SET e = NULL", KN_NOT_NULL, SQLITE_CONSTRAINT_NOTNULL, NULL, "a.b", "e", 0},
        {"UPDATE users SET age = NULL", KN_NOT_NULL, SQLITE_CONSTRAINT_NOTNULL, NULL, "users", "age", 0},
        {"INSERT INTO checked VALUES (0)", KN_CHECK, SQLITE_CONSTRAINT_CHECK, "ck_n", NULL, NULL, 0},
        {"INSERT INTO aged VALUES (200)", KN_CHECK, SQLITE_CONSTRAINT_CHECK, "n < 200", NULL, NULL, 0},
        {"INSERT INTO child VALUES (9, NULL)", KN_FOREIGN_KEY, SQLITE_CONSTRAINT_FOREIGNKEY, NULL, NULL, NULL, 0},
        {"DELETE FROM users WHERE id = 1", KN_FOREIGN_KEY, 0, NULL, NULL, NULL, 0},
        {"DELETE FROM users WHERE id = 2", KN_FOREIGN_KEY, 0, NULL, NULL, NULL, 0}, /* by RESTRICT */
        {"INSERT INTO later VALUES (9)", KN_FOREIGN_KEY, SQLITE_CONSTRAINT_FOREIGNKEY, NULL, NULL, NULL, 0},
        {"INSERT INTO strict VALUES ('s3')", KN_DATA, SQLITE_CONSTRAINT_DATATYPE, NULL, NULL, NULL, 0},
        {"INSERT INTO watched VALUES (1)", KN_DATA, SQLITE_CONSTRAINT_TRIGGER, NULL, NULL, NULL, 0},
        {"UPDATE users SET id = 'x'", KN_DATA, SQLITE_MISMATCH, NULL, NULL, NULL, 0},
    };
    void *c = open_memory();
    for (size_t i = 0; i < KN_COUNT_OF(setup); i++)
        must_run(c, setup[i]);
    assert_all_fail(c, cases, KN_COUNT_OF(cases));
    sqlite3_driver()->close(c);
}

/* SQLite does not tell it; its keepers are the index, and the text of CREATE TABLE. */
static void test_sqlite3_error__unique_constraints_have_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *table, *index, *columns, *name;
    } cases[] = {
        {"t (a, b)", "UNIQUE INDEX ix_t_a ON t (a)", "a", "ix_t_a"},
        {"t (a, b)", "UNIQUE INDEX \"ix \"\" t\" ON t (b, a)", "b, a", "ix \" t"},
        {"t (a CONSTRAINT uq_a UNIQUE, b)", NULL, "a", "uq_a"},
        {"t (a, b, CONSTRAINT uq_ab UNIQUE (a, b))", NULL, "a, b", "uq_ab"},
        {"t (a, b, CONSTRAINT other UNIQUE (a, b), constraint \"uq\"\"b\" unique (\"B\" COLLATE NOCASE))", NULL, "b",
         "uq\"b"},
        {"t (a INT /* CONSTRAINT no UNIQUE */ DEFAULT ('CONSTRAINT no UNIQUE') CONSTRAINT [my uq] UNIQUE ON CONFLICT "
         "ABORT, b "
         "-- , CONSTRAINT no UNIQUE (a)\n)",
         NULL, "a", "my uq"},
        {"t (a CONSTRAINT n NOT NULL CONSTRAINT c CHECK (a > 0 OR (a < 1)) CONSTRAINT u UNIQUE, b)", NULL, "a", "u"},
        {"t (a UNIQUE, b CONSTRAINT uq_b UNIQUE)", NULL, "a", ""},
        {"t (a UNIQUE, b CONSTRAINT uq_b UNIQUE)", NULL, "b", "uq_b"},
        {"t (a, b, CONSTRAINT pk_t PRIMARY KEY (a, b))", NULL, "a, b", "pk_t"},
        {"t (a INTEGER CONSTRAINT pk_t PRIMARY KEY, b CONSTRAINT u UNIQUE)", NULL, "a", "pk_t"},
        {"t (a TEXT, b, CONSTRAINT u UNIQUE (b), CONSTRAINT pk_t PRIMARY KEY (a)) WITHOUT ROWID", NULL, "a", "pk_t"},
        {"t (a INTEGER PRIMARY KEY, b)", NULL, "a", ""},
        {"t (a, b, CONSTRAINT uq FOREIGN KEY (b) REFERENCES t (a), CONSTRAINT u UNIQUE (a))", NULL, "a", "u"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        char sql[400];
        kn_error error = {0};
        void *c = open_file("t.db", OPTIONS("foreign_keys=off"));
        snprintf(sql, sizeof sql, "CREATE TABLE %s", cases[i].table);
        must_run(c, sql);
        if (cases[i].index) {
            snprintf(sql, sizeof sql, "CREATE %s", cases[i].index);
            must_run(c, sql);
        }
        const char *values = strchr(cases[i].columns, ',') ? "1, 1" : "1";
        snprintf(sql, sizeof sql, "INSERT INTO t (%s) VALUES (%s)", cases[i].columns, values);
        must_run(c, sql);
        assert_int_equal(run(c, sql, NULL, 0, NULL, &error), KN_UNIQUE);
        assert_string_equal(error.table, "t");
        if (strcmp(error.constraint, cases[i].name) != 0)
            fail_msg("%s: '%s' instead of '%s'", cases[i].table, error.constraint, cases[i].name);
        must_run(c, "DROP TABLE t");
        sqlite3_driver()->close(c);
    }
}

static void test_sqlite3_error__names_that_do_not_fit_are_left_out(void **state)
{
    (void)state;
    char sql[600], name[200];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    void *c = open_memory();
    snprintf(sql, sizeof sql, "CREATE TABLE %s (c UNIQUE)", name);
    must_run(c, sql);
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (1), (1)", name);
    const failing_sql twice = {sql, KN_UNIQUE, SQLITE_CONSTRAINT_UNIQUE, NULL, NULL, "c", 0};
    assert_fails(c, &twice);
    sqlite3_driver()->close(c);
}

static void test_sqlite3_error__what_sqlite_says_in_words(void **state)
{
    (void)state;
    static const failing_sql cases[] = {
        {"SELECT * FROM nowhere", KN_NO_SUCH, SQLITE_ERROR, NULL, "nowhere", NULL, 0},
        {"SELECT nope FROM t", KN_NO_SUCH, SQLITE_ERROR, NULL, NULL, "nope", 8},
        {"INSERT INTO t (nope) VALUES (1)", KN_NO_SUCH, SQLITE_ERROR, NULL, NULL, "nope", 0},
        {"SELECT nofunction(1)", KN_NO_SUCH, SQLITE_ERROR, NULL, NULL, NULL, 8},
        {"DROP INDEX nowhere", KN_NO_SUCH, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"RELEASE nowhere", KN_NO_SUCH, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"SELECT * FROM nodb.t", KN_NO_SUCH, SQLITE_ERROR, NULL, "nodb.t", NULL, 0},
        {"SELECT * FROM broken", KN_NO_SUCH, SQLITE_ERROR, NULL, "main.gone", NULL, 0},
        {"CREATE TABLE t (v)", KN_EXISTS, SQLITE_ERROR, NULL, NULL, NULL, 14},
        {"CREATE VIEW t AS SELECT 1", KN_EXISTS, SQLITE_ERROR, NULL, NULL, NULL, 13},
        {"CREATE INDEX ix ON t (v)", KN_EXISTS, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"CREATE INDEX t ON t (v)", KN_EXISTS, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"ALTER TABLE t ADD COLUMN v", KN_EXISTS, SQLITE_ERROR, NULL, NULL, "v", 0},
        {"CREATE TABLE u (a, a)", KN_EXISTS, SQLITE_ERROR, NULL, NULL, "a", 0},
        {"SELECT FROM t", KN_SYNTAX, SQLITE_ERROR, NULL, NULL, NULL, 8},
        {"SELECT 'a", KN_SYNTAX, SQLITE_ERROR, NULL, NULL, NULL, 8},
        {"SELECT 1 +", KN_SYNTAX, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"INSERT INTO t VALUES (1, 2)", KN_SYNTAX, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"COMMIT", KN_NOT_IN_TRANSACTION, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"ROLLBACK", KN_NOT_IN_TRANSACTION, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"SELECT abs(-9223372036854775808)", KN_OUT_OF_RANGE, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"SELECT sum(column1) FROM (VALUES (9223372036854775807), (1))", KN_OUT_OF_RANGE, SQLITE_ERROR, NULL, NULL,
         NULL, 0},
        {"SELECT json('{')", KN_DATA, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"SELECT zeroblob(2000000000)", KN_TOO_LONG, SQLITE_TOOBIG, NULL, NULL, NULL, 0},
        {"DROP TABLE sqlite_schema", KN_DENIED, SQLITE_ERROR, NULL, NULL, NULL, 0},
    };
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "CREATE TABLE gone (v)");
    must_run(c, "CREATE INDEX ix ON t (v)");
    must_run(c, "CREATE VIEW broken AS SELECT * FROM gone");
    must_run(c, "DROP TABLE gone");
    assert_all_fail(c, cases, KN_COUNT_OF(cases));
    must_run(c, "BEGIN");
    const failing_sql inside[] = {
        {"BEGIN", KN_STATE, SQLITE_ERROR, NULL, NULL, NULL, 0},
        {"VACUUM", KN_STATE, SQLITE_ERROR, NULL, NULL, NULL, 0},
    };
    assert_all_fail(c, inside, KN_COUNT_OF(inside));
    sqlite3_driver()->close(c);
}

/* An error tells whether the transaction is still there. */
/* By the parser's stack, and by the depth of the tree. */
static void test_sqlite3_error__what_is_too_deep_is_said_so(void **state)
{
    static const char *const pieces[] = {"(", "1 + "};
    char sql[6000];

    (void)state;
    void *c = open_file("t.db", NULL);
    for (size_t p = 0; p < KN_COUNT_OF(pieces); p++) {
        kn_error error = {0};
        size_t n = (size_t)snprintf(sql, sizeof(sql), "SELECT ");
        for (int i = 0; i < 1100; i++)
            n += (size_t)snprintf(sql + n, sizeof(sql) - n, "%s", pieces[p]);
        snprintf(sql + n, sizeof(sql) - n, "1");
        assert_int_equal(run(c, sql, NULL, 0, NULL, &error), KN_LIMIT);
        assert_non_null(strstr(error.message, "nested more deeply than SQLite takes"));
    }
    sqlite3_driver()->close(c);
}

static void test_sqlite3_error__commit_state_follows_the_backend(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_error error = {0};
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE t (v UNIQUE)");
    must_run(c, "INSERT INTO t VALUES (1)");
    assert_int_equal(run(c, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_UNIQUE);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    must_run(c, "BEGIN");
    assert_int_equal(run(c, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_UNIQUE);
    assert_int_equal(error.commit, KN_COMMIT_OPEN);
    assert_int_equal(run(c, "INSERT OR ROLLBACK INTO t VALUES (1)", NULL, 0, NULL, &error), KN_UNIQUE);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    assert_false(d->in_transaction(c));
    assert_int_equal(transact(c, KN_TRANSACT_ROLLBACK, 0, &error), KN_OK);
    d->close(c);
}

/* What SQLite has rolled back by itself does not go on statement by statement. */
static void test_sqlite3_error__an_aborted_transaction_runs_nothing_until_it_is_rolled_back(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE t (v UNIQUE)");
    for (int committing = 0; committing <= 1; committing++) {
        kn_error error = {0};
        assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, &error), KN_OK);
        must_run(c, "INSERT INTO t VALUES (1)");
        assert_int_equal(run(c, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_UNIQUE); /* goes on */
        must_run(c, "INSERT INTO t VALUES (2)");
        assert_int_equal(run(c, "INSERT OR ROLLBACK INTO t VALUES (1)", NULL, 0, NULL, &error), KN_UNIQUE);
        assert_int_equal(error.commit, KN_COMMIT_NOT);
        assert_true(d->in_transaction(c));
        assert_int_equal(run(c, "INSERT INTO t VALUES (3)", NULL, 0, NULL, &error), KN_NOT_IN_TRANSACTION);
        assert_int_equal(error.retry, KN_RETRY_TRANSACTION);
        assert_int_equal(error.commit, KN_COMMIT_NOT);
        assert_int_equal(run(c, "SELECT 1", NULL, 0, NULL, &error), KN_NOT_IN_TRANSACTION);
        assert_int_equal(d->transact(c, KN_TRANSACT_SAVEPOINT, 0, "a", NULL, &error), KN_NOT_IN_TRANSACTION);
        if (committing) {
            assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, &error), KN_NOT_IN_TRANSACTION);
            assert_int_equal(error.commit, KN_COMMIT_NOT);
        } else {
            assert_int_equal(transact(c, KN_TRANSACT_ROLLBACK, 0, &error), KN_OK);
        }
        assert_false(d->in_transaction(c));
        assert_int_equal(number(c, "SELECT count(*) FROM t"), 0);
    }
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL), KN_OK);
    must_run(c, "ROLLBACK"); /* raw SQL ended it: that was wanted */
    must_run(c, "INSERT INTO t VALUES (4)");
    assert_int_equal(run(c, "INSERT INTO t VALUES (4)", NULL, 0, NULL, NULL), KN_UNIQUE);
    assert_false(d->in_transaction(c));
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    d->close(c);
}

static void test_sqlite3_error__a_commit_that_breaks_a_key_is_undone(void **state)
{
    (void)state;
    kn_error error = {0};
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
    must_run(c, "CREATE TABLE k (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)");
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL), KN_OK);
    must_run(c, "INSERT INTO k VALUES (1)");
    assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, &error), KN_FOREIGN_KEY);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    assert_false(sqlite3_driver()->in_transaction(c));
    assert_int_equal(number(c, "SELECT count(*) FROM k"), 0);
    sqlite3_driver()->close(c);
}

static void test_sqlite3_error__a_commit_that_meets_a_reader_can_be_tried_again(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_error error = {0};
    kn_outcome outcome;
    void *a = open_file("t.db", OPTIONS("journal=delete", "busy_timeout_ms=10"));
    must_run(a, "CREATE TABLE t (v)");
    must_run(a, "INSERT INTO t VALUES (1), (2)");
    void *b = open_file("t.db", OPTIONS("busy_timeout_ms=10"));
    void *reader = prepare(b, "SELECT v FROM t");
    assert_int_equal(try_execute(reader, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(transact(a, KN_TRANSACT_BEGIN, KN_WRITE, NULL), KN_OK);
    must_run(a, "INSERT INTO t VALUES (3)");
    assert_int_equal(transact(a, KN_TRANSACT_COMMIT, 0, &error), KN_BUSY);
    assert_int_equal(error.commit, KN_COMMIT_OPEN);
    assert_int_equal(error.retry, KN_RETRY_STATEMENT);
    assert_true(d->in_transaction(a));
    d->end(reader, NULL, NULL, NULL);
    assert_int_equal(transact(a, KN_TRANSACT_COMMIT, 0, &error), KN_OK);
    assert_int_equal(number(b, "SELECT count(*) FROM t"), 3);
    d->finish(reader);
    d->close(a);
    d->close(b);
}

static void test_sqlite3_error__locks_say_what_to_try_again(void **state)
{
    (void)state;
    kn_error error = {0};
    void *a = open_file("t.db", OPTIONS("busy_timeout_ms=10")), *b = open_file("t.db", OPTIONS("busy_timeout_ms=10"));
    must_run(a, "CREATE TABLE t (v)");
    assert_int_equal(transact(a, KN_TRANSACT_BEGIN, KN_WRITE, NULL), KN_OK);
    assert_int_equal(transact(b, KN_TRANSACT_BEGIN, KN_WRITE, &error), KN_BUSY); /* at BEGIN, not at the first write */
    assert_int_equal(error.retry, KN_RETRY_TRANSACTION);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    assert_int_equal(error.native, SQLITE_BUSY);
    assert_int_equal(run(b, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_BUSY);
    assert_int_equal(error.retry, KN_RETRY_STATEMENT);
    must_run(b, "BEGIN"); /* a snapshot that is then overtaken */
    assert_int_equal(number(b, "SELECT count(*) FROM t"), 0);
    must_run(a, "INSERT INTO t VALUES (1)");
    assert_int_equal(transact(a, KN_TRANSACT_COMMIT, 0, NULL), KN_OK);
    assert_int_equal(run(b, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_BUSY);
    assert_int_equal(error.native, SQLITE_BUSY_SNAPSHOT);
    assert_int_equal(error.retry, KN_RETRY_TRANSACTION);
    assert_int_equal(error.commit, KN_COMMIT_OPEN);
    must_run(b, "ROLLBACK");
    sqlite3_driver()->close(a);
    sqlite3_driver()->close(b);
}

static void test_sqlite3_error__a_schema_that_is_read_now_is_not_an_enemy(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_error error = {0};
    kn_outcome outcome;
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "INSERT INTO t VALUES (1), (2)");
    void *reader = prepare(c, "SELECT v FROM t");
    assert_int_equal(try_execute(reader, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(run(c, "DROP TABLE t", NULL, 0, NULL, &error), KN_BUSY);
    assert_int_equal(error.native & 0xFF, SQLITE_LOCKED);
    d->end(reader, NULL, NULL, NULL);
    must_run(c, "DROP TABLE t");
    d->finish(reader);
    d->close(c);
}

static void test_sqlite3_error__no_error_object_is_fine(void **state)
{
    (void)state;
    void *c = open_memory(), *s = NULL;
    must_run(c, "CREATE TABLE t (v UNIQUE NOT NULL)");
    assert_int_equal(run(c, "INSERT INTO t VALUES (1), (1)", NULL, 0, NULL, NULL), KN_UNIQUE);
    assert_int_equal(run(c, "INSERT INTO t VALUES (NULL)", NULL, 0, NULL, NULL), KN_NOT_NULL);
    assert_int_equal(try_prepare(c, "SELECT x", &s, NULL), KN_NO_SUCH);
    assert_int_equal(try_prepare(c, "SELECT 1; SELECT 2", &s, NULL), KN_INVALID);
    assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, NULL), KN_NOT_IN_TRANSACTION);
    void *none = NULL;
    assert_int_equal(open_with("/", NULL, 0, &none, NULL), KN_CONNECT);
    assert_int_equal(open_with("/none/none", NULL, 0, &none, NULL), KN_CONNECT);
    sqlite3_driver()->close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_sqlite3_error__constraints_are_named),
        WITH_FOLDER(test_sqlite3_error__unique_constraints_have_their_names),
        WITH_FOLDER(test_sqlite3_error__names_that_do_not_fit_are_left_out),
        WITH_FOLDER(test_sqlite3_error__what_sqlite_says_in_words),
        WITH_FOLDER(test_sqlite3_error__what_is_too_deep_is_said_so),
        WITH_FOLDER(test_sqlite3_error__commit_state_follows_the_backend),
        WITH_FOLDER(test_sqlite3_error__an_aborted_transaction_runs_nothing_until_it_is_rolled_back),
        WITH_FOLDER(test_sqlite3_error__a_commit_that_breaks_a_key_is_undone),
        WITH_FOLDER(test_sqlite3_error__a_commit_that_meets_a_reader_can_be_tried_again),
        WITH_FOLDER(test_sqlite3_error__locks_say_what_to_try_again),
        WITH_FOLDER(test_sqlite3_error__a_schema_that_is_read_now_is_not_an_enemy),
        WITH_FOLDER(test_sqlite3_error__no_error_object_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
