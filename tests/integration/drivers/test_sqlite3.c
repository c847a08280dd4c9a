/* SPDX-License-Identifier: MIT */
/* Statements, values and transactions of the sqlite3 driver. */
#include <limits.h>
#include <math.h>

#include "integration/drivers/sqlite3_fixture.h"

static void test_sqlite3__descriptor_is_complete(void **state)
{
    (void)state;
    const kn_plugin *plugin = koine_plugin_sqlite3(plugin_host());
    assert_int_equal(plugin->magic, KN_PLUGIN_MAGIC);
    assert_int_equal(plugin->abi, KN_PLUGIN_ABI);
    const kn_driver *d = sqlite3_driver();
    assert_string_equal(d->name, "sqlite3");
    assert_null(plugin->drivers[1]);
    assert_non_null(d->open && d->close && d->abandon && d->reset && d->info && d->prepare && d->finish && d->execute &&
                            d->fetch && d->end && d->column_name && d->transact && d->in_transaction
                        ? d
                        : NULL);
}

static void test_sqlite3__info_has_the_library_version(void **state)
{
    (void)state;
    void *c = open_memory();
    kn_server_info info = {.size_ = sizeof info};
    sqlite3_driver()->info(c, &info);
    assert_string_equal(info.product, "sqlite");
    unsigned major = 0, minor = 0, patch = 0;
    assert_int_equal(sscanf(info.version, "%u.%u.%u", &major, &minor, &patch), 3);
    assert_int_equal(info.version_number, major * 10000 + minor * 100 + patch);
    sqlite3_driver()->close(c);
}

static void assert_same(const kn_value *out, const kn_value *in)
{
    if (in->kind == KN_KIND_INT) {
        assert_int_equal(out->as.i, in->as.i);
    } else if (in->kind == KN_KIND_FLOAT) {
        assert_memory_equal(&out->as.d, &in->as.d, sizeof(double));
    } else {
        size_t size = in->as.text.size == SIZE_MAX ? strlen(in->as.text.data) : in->as.text.size;
        assert_int_equal(out->as.text.size, size);
        assert_non_null(out->as.text.data);
        assert_memory_equal(out->as.text.data, in->as.text.data, size);
    }
}

/* Each kind goes in and comes back as the same cell. */
static void test_sqlite3__values_come_back_as_they_went(void **state)
{
    (void)state;
    static const char text[] = "Gr\xc3\xbc\xc3\x9f Gott";
    const kn_value values[] = {
        kn_null(),         kn_int(0),          kn_int(INT64_MIN),
        kn_int(INT64_MAX), kn_float(0.1),      kn_float(-1.7976931348623157e308),
        kn_float(5e-324),  kn_textn("", 0),    kn_textn(text, sizeof text - 1),
        kn_string(text),   kn_textn(text, 3), /* not NUL-ended */
        kn_blob("", 0),    kn_blob("a\0b", 3), kn_blob(NULL, 0),
    };
    void *c = open_memory();
    void *s = prepare(c, "SELECT ?");
    for (size_t i = 0; i < KN_COUNT_OF(values); i++) {
        const kn_value *in = &values[i];
        kn_error error = {0};
        kn_outcome outcome;
        kn_value out = {0};
        assert_int_equal(try_execute(s, in, 1, 0, &outcome, &error), KN_OK);
        assert_int_equal(outcome.n_columns, 1);
        assert_int_equal(outcome.changed, 0);
        assert_int_equal(sqlite3_driver()->fetch(s, &out, NULL, &error), KN_OK);
        bool null = in->kind == KN_KIND_NULL || (in->kind == KN_KIND_BYTES && !in->as.bytes.data);
        assert_int_equal(out.kind, null ? KN_KIND_NULL : in->kind);
        if (!null)
            assert_same(&out, in);
        assert_int_equal(sqlite3_driver()->fetch(s, &out, NULL, &error), KN_DONE);
        assert_int_equal(sqlite3_driver()->fetch(s, &out, NULL, &error), KN_DONE);
        assert_int_equal(sqlite3_driver()->end(s, &outcome, NULL, &error), KN_OK);
    }
    sqlite3_driver()->finish(s);
    sqlite3_driver()->close(c);
}

static void test_sqlite3__values_it_cannot_hold_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    char small[16] = "never read";
    const struct {
        kn_value value;
        kn_status status;
    } cases[] = {
        {kn_textn(small, INT_MAX), KN_TOO_LONG},
        {kn_textn(small, (size_t)INT_MAX + 1), KN_TOO_LONG},
        {kn_textn(small, UINT32_MAX), KN_TOO_LONG},
        {kn_textn(small, SIZE_MAX - 1), KN_TOO_LONG},
        {kn_blob(small, INT_MAX), KN_TOO_LONG},
        {kn_blob(small, (size_t)INT64_MAX + 1), KN_TOO_LONG},
        {kn_blob(small, SIZE_MAX), KN_TOO_LONG},
        {kn_float((double)NAN), KN_OUT_OF_RANGE},
        {kn_float((double)INFINITY), KN_OUT_OF_RANGE},
        {kn_float(-(double)INFINITY), KN_OUT_OF_RANGE},
        {kn_bool(true), KN_INVALID},
        {{.kind = KN_KIND_UNSET}, KN_INVALID},
        {{.kind = 999}, KN_INVALID},
    };
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (v)");
    void *s = prepare(c, "INSERT INTO t VALUES (?)");
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_error error = {0};
        kn_outcome outcome;
        assert_int_equal(try_execute(s, &cases[i].value, 1, 0, &outcome, &error), cases[i].status);
        assert_int_equal(error.status, cases[i].status);
    }
    const kn_value two[] = {kn_int(1), kn_int(2)};
    kn_outcome outcome;
    assert_int_equal(try_execute(s, two, 2, 0, &outcome, NULL), KN_INVALID);
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, NULL), KN_INVALID);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 0);
    assert_int_equal(try_execute(s, two, 1, 0, &outcome, NULL), KN_OK); /* still usable */
    sqlite3_driver()->end(s, NULL, NULL, NULL);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    sqlite3_driver()->finish(s);
    sqlite3_driver()->close(c);
}

static void test_sqlite3__outcome_counts_what_this_statement_changed(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        int64_t changed, last_key;
        size_t n_columns;
    } cases[] = {
        {"CREATE TABLE t (id INTEGER PRIMARY KEY, v)", 0, 0, 0},
        {"INSERT INTO t (v) VALUES (1), (2), (3)", 3, 3, 0},
        {"SELECT * FROM t", 0, 0, 2},
        {"CREATE TABLE u (v)", 0, 0, 0},
        {"UPDATE t SET v = v", 3, 3, 0},
        {"UPDATE t SET v = 9 WHERE id > 3", 0, 0, 0},
        {"INSERT OR IGNORE INTO t VALUES (1, 1)", 0, 0, 0},
        {"INSERT INTO t VALUES (77, 1)", 1, 77, 0},
        {" /* c */ -- d\n ;WITH w AS (SELECT 1 AS a) INSERT INTO t (v) SELECT a FROM w", 1, 78, 0},
        {"insert into t (v) values (5), (6) returning id, v, id + 1", 2, 80, 3},
        {"EXPLAIN DELETE FROM t", 0, 0, 8},
        {"DELETE FROM t WHERE id = 80", 1, 80, 0},
        {"DELETE FROM t", 6, 80, 0},
        {"PRAGMA user_version = 5", 0, 0, 0},
        {"DROP TABLE t", 0, 0, 0},
    };
    void *c = open_memory();
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_error error = {0};
        kn_outcome outcome;
        if (run(c, cases[i].sql, NULL, 0, &outcome, &error))
            fail_msg("%s: %s", cases[i].sql, error.message);
        assert_int_equal(outcome.changed, cases[i].changed);
        assert_int_equal(outcome.last_key, cases[i].last_key);
        assert_int_equal(outcome.n_columns, cases[i].n_columns);
    }
    sqlite3_driver()->close(c);
}

static void test_sqlite3__returning_stores_all_even_if_nobody_fetches(void **state)
{
    (void)state;
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    void *s = prepare(c, "INSERT INTO t VALUES (1), (2), (3) RETURNING id");
    for (int fetches = 0; fetches < 3; fetches++) {
        kn_outcome outcome;
        kn_value row;
        assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, NULL), KN_OK);
        assert_int_equal(outcome.n_columns, 1);
        assert_int_equal(outcome.changed, -1);
        for (int i = 0; i < fetches; i++)
            assert_int_equal(sqlite3_driver()->fetch(s, &row, NULL, NULL), KN_OK);
        assert_int_equal(sqlite3_driver()->end(s, &outcome, NULL, NULL), KN_OK);
        assert_int_equal(outcome.changed, 3);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), 3);
        must_run(c, "DELETE FROM t");
    }
    sqlite3_driver()->finish(s);
    sqlite3_driver()->close(c);
}

static void test_sqlite3__columns_follow_a_changed_schema(void **state)
{
    (void)state;
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (a)");
    must_run(c, "INSERT INTO t VALUES (1)");
    void *s = prepare(c, "SELECT * FROM t");
    must_run(c, "ALTER TABLE t ADD COLUMN b DEFAULT 'x'");
    kn_outcome outcome;
    kn_value row[2];
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(outcome.n_columns, 2);
    assert_string_equal(sqlite3_driver()->column_name(s, 0), "a");
    assert_string_equal(sqlite3_driver()->column_name(s, 1), "b");
    assert_null(sqlite3_driver()->column_name(s, 2));
    assert_int_equal(sqlite3_driver()->fetch(s, row, NULL, NULL), KN_OK);
    assert_int_equal(row[1].kind, KN_KIND_TEXT);
    sqlite3_driver()->end(s, NULL, NULL, NULL);
    sqlite3_driver()->finish(s);
    sqlite3_driver()->close(c);
}

static void test_sqlite3__one_statement_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        kn_status status;
        uint32_t position;
    } cases[] = {
        {"SELECT 1", KN_OK, 0},
        {"SELECT 1;", KN_OK, 0},
        {"SELECT 1 ; ; -- done", KN_OK, 0},
        {"SELECT 1; /* a */ -- b\n /* c", KN_OK, 0},
        {"SELECT 1; SELECT 2", KN_INVALID, 11},
        {"SELECT 1; PRAGMA foreign_keys=OFF", KN_INVALID, 11},
        {"SELECT 1; /* a */ x", KN_INVALID, 19},
        {"", KN_SYNTAX, 0},
        {" -- nothing", KN_SYNTAX, 0},
        {"SELECT 1 FROM WHERE", KN_SYNTAX, 15},
    };
    void *c = open_memory();
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_error error = {0};
        void *s = NULL;
        assert_int_equal(try_prepare(c, cases[i].sql, &s, &error), cases[i].status);
        assert_int_equal(error.position, cases[i].position);
        assert_true((s != NULL) == (cases[i].status == KN_OK));
        sqlite3_driver()->finish(s);
    }
    kn_prepare_request nul = {.size_ = sizeof nul, .sql = {"SELECT 1\0, 2", 12}};
    void *s = NULL;
    assert_int_equal(sqlite3_driver()->prepare(c, &nul, &s, NULL, NULL), KN_INVALID);
    assert_int_equal(number(c, "PRAGMA foreign_keys"), 1); /* the second statement never ran */
    sqlite3_driver()->close(c);
}

static void test_sqlite3__several_results_are_open_at_once(void **state)
{
    (void)state;
    assert_true(sqlite3_driver()->flags & KN_DRIVER_MULTI_RESULT);
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "INSERT INTO t VALUES (1), (2)");
    void *a = prepare(c, "SELECT v FROM t ORDER BY v"), *b = prepare(c, "SELECT v FROM t ORDER BY v DESC");
    kn_outcome outcome;
    kn_value row;
    assert_int_equal(try_execute(a, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(try_execute(b, NULL, 0, 0, &outcome, NULL), KN_OK);
    for (int64_t i = 1; i <= 2; i++) {
        assert_int_equal(sqlite3_driver()->fetch(a, &row, NULL, NULL), KN_OK);
        assert_int_equal(row.as.i, i);
        assert_int_equal(sqlite3_driver()->fetch(b, &row, NULL, NULL), KN_OK);
        assert_int_equal(row.as.i, 3 - i);
    }
    sqlite3_driver()->end(a, NULL, NULL, NULL);
    sqlite3_driver()->end(b, NULL, NULL, NULL);
    sqlite3_driver()->finish(a);
    sqlite3_driver()->finish(b);
    sqlite3_driver()->close(c);
}

static void test_sqlite3__transactions_begin_commit_and_roll_back(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE t (v)");
    assert_false(d->in_transaction(c));
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL), KN_OK);
    assert_true(d->in_transaction(c));
    must_run(c, "INSERT INTO t VALUES (1)");
    assert_int_equal(d->transact(c, KN_TRANSACT_SAVEPOINT, 0, "\"s p\"", NULL, NULL), KN_OK);
    must_run(c, "INSERT INTO t VALUES (2)");
    assert_int_equal(d->transact(c, KN_TRANSACT_ROLLBACK_TO, 0, "\"s p\"", NULL, NULL), KN_OK);
    assert_int_equal(d->transact(c, KN_TRANSACT_RELEASE, 0, "\"s p\"", NULL, NULL), KN_OK);
    assert_int_equal(d->transact(c, KN_TRANSACT_RELEASE, 0, "\"other\"", NULL, NULL), KN_NO_SUCH);
    assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, NULL), KN_OK);
    assert_false(d->in_transaction(c));
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL), KN_OK);
    must_run(c, "DELETE FROM t");
    assert_int_equal(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL), KN_OK);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    assert_int_equal(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL), KN_OK); /* nothing to undo is undone */
    kn_error error = {0};
    assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, &error), KN_NOT_IN_TRANSACTION);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(d->transact(c, KN_TRANSACT_SAVEPOINT, 0, longest, NULL, NULL), KN_TOO_LONG);
    d->close(c);
}

static void test_sqlite3__a_read_transaction_refuses_writes(void **state)
{
    (void)state;
    static const char *const writes[] = {"INSERT INTO t VALUES (2)", "CREATE TABLE u (v)", "DROP TABLE t",
                                         "PRAGMA user_version = 1", "INSERT INTO t VALUES (2) RETURNING v"};
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "INSERT INTO t VALUES (1)");
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, KN_READ, NULL), KN_OK);
    for (size_t i = 0; i < KN_COUNT_OF(writes); i++) {
        kn_error error = {0};
        assert_int_equal(run(c, writes[i], NULL, 0, NULL, &error), KN_READ_ONLY);
        assert_int_equal(error.commit, KN_COMMIT_OPEN);
    }
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, NULL), KN_OK);
    must_run(c, "INSERT INTO t VALUES (2)"); /* it is over */
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, KN_READ, NULL), KN_OK);
    must_run(c, "ROLLBACK"); /* also when raw SQL ended it */
    must_run(c, "INSERT INTO t VALUES (3)");
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 3);
    sqlite3_driver()->close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite3__descriptor_is_complete),
        WITH_FOLDER(test_sqlite3__info_has_the_library_version),
        WITH_FOLDER(test_sqlite3__values_come_back_as_they_went),
        WITH_FOLDER(test_sqlite3__values_it_cannot_hold_are_refused_before_anything_is_sent),
        WITH_FOLDER(test_sqlite3__outcome_counts_what_this_statement_changed),
        WITH_FOLDER(test_sqlite3__returning_stores_all_even_if_nobody_fetches),
        WITH_FOLDER(test_sqlite3__columns_follow_a_changed_schema),
        WITH_FOLDER(test_sqlite3__one_statement_a_text),
        WITH_FOLDER(test_sqlite3__several_results_are_open_at_once),
        WITH_FOLDER(test_sqlite3__transactions_begin_commit_and_roll_back),
        WITH_FOLDER(test_sqlite3__a_read_transaction_refuses_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
