/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* Large results through COPY: the same values, failures and states as row by row, whatever happens meanwhile. */
#include "libpq_fixture.h"

#include <koine/decimal.h>

#define COLUMNS_MAX 8

static kn_status try_prepare_large(void *connection, const char *sql, size_t columns, bool large, void **out,
                                   kn_error *error)
{
    static const kn_type *const types[COLUMNS_MAX];
    kn_prepare_request request = {
        .size_ = sizeof request, .sql = {sql, strlen(sql)}, .columns = types, .n_columns = columns, .large = large};
    kn_wait wait = {.fd = -1};
    kn_status status;
    *out = NULL;
    do
        status = libpq_driver()->prepare(connection, &request, out, &wait, error);
    while (again(status, &wait));
    return status;
}

static void *prepare_large(void *connection, const char *sql, size_t columns)
{
    kn_error error = {0};
    void *statement = NULL;
    if (try_prepare_large(connection, sql, columns, true, &statement, &error))
        fail_msg("prepare %s: %s", sql, error.message);
    return statement;
}

/* Asks the statement itself what the server was sent. */
#define SENT "(SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid())"

static bool is_copied(void *connection, const char *sql, size_t columns)
{
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[COLUMNS_MAX];
    void *statement = prepare_large(connection, sql, columns);
    must(try_execute(statement, NULL, 0, 0, &outcome, &error), KN_OK);
    assert_int_equal(outcome.n_columns, columns);
    must(fetch(statement, row, &error), KN_OK);
    assert_int_equal(row[columns - 1].kind, KN_KIND_TEXT);
    bool copied = strncmp(row[columns - 1].as.text.data, "COPY", 4) == 0;
    must(end(statement, NULL, &error), KN_OK);
    libpq_driver()->finish(statement);
    return copied;
}

static void test_libpq_copy_out__copies_what_it_reads_and_nothing_else(void **state)
{
    static const struct {
        const char *sql;
        bool copied;
    } cases[] = {
        {"SELECT 1::bigint, " SENT, true},
        {"SELECT 1 AS x, " SENT " AS x ORDER BY 1", true},
        {"SELECT 'loud'::pg_temp.copy_mood, " SENT, true},
        {"SELECT 1::pg_temp.copy_domain, " SENT, false}, /* its type could change without the column's */
        {"SELECT '{1}'::int[], " SENT, false},           /* is not read either way, but told so where it is read */
        {"SELECT pg_advisory_unlock_all(), " SENT, false},
    };
    (void)state;
    for (int i = 0; i < 6; i++) {
        void *c = open_with(i % 2 ? OPTIONS("prepare=never") : i % 3 ? OPTIONS("prepare=always") : NULL, i < 3);
        must_run(c, "CREATE TYPE pg_temp.copy_mood AS ENUM ('loud')");
        must_run(c, "CREATE DOMAIN pg_temp.copy_domain AS int");
        for (size_t n = 0; n < KN_COUNT_OF(cases); n++) {
            kn_error error = {0};
            void *statement = NULL;
            if (n == 4) {
                must(try_prepare_large(c, cases[n].sql, 2, true, &statement, &error), KN_OK);
                libpq_driver()->finish(statement);
            } else if (is_copied(c, cases[n].sql, 2) != cases[n].copied) {
                fail_msg("%s is %scopied", cases[n].sql, cases[n].copied ? "not " : "");
            }
        }
        close_it(c);
    }
}

/* What a cell is, as text. */
static void print_cell(char *out, size_t room, const kn_value *v)
{
    const char *name = kn_kind_name((kn_kind)v->kind);
    int64_t hash = 5381;
    switch (v->kind) {
    case KN_KIND_NULL:
        snprintf(out, room, "NULL");
        break;
    case KN_KIND_TEXT:
        assert_int_equal(v->as.text.data[v->as.text.size], '\0');
        /* fall through */
    case KN_KIND_BYTES:
        for (size_t i = 0; i<v->as.text.size; i += i> 1000 && v->as.text.size - i > 1000 ? 499 : 1)
            hash = (int64_t)((uint64_t)hash * 33 ^ (unsigned char)v->as.text.data[i]);
        snprintf(out, room, "%s %zu %llx %.20s", name, v->as.text.size, (long long)hash,
                 v->kind == KN_KIND_TEXT ? v->as.text.data : "");
        break;
    case KN_KIND_DECIMAL: {
        char digits[400];
        bool prints = kn_decimal_print_size(v->as.decimal) < sizeof digits;
        size_t size = prints ? kn_decimal_print(v->as.decimal, digits) : 0;
        snprintf(out, room, "%s %.*s %d", name, (int)size, digits, v->as.decimal.exponent);
        break;
    }
    case KN_KIND_BOOL:
        snprintf(out, room, "%s %d", name, v->as.b);
        break;
    default: /* numbers and moments are eight bytes */
        snprintf(out, room, "%s %016llx", name, (long long)(v->kind == KN_KIND_DATE ? v->as.date.days : v->as.i));
    }
}

typedef struct sheet {
    char cells[64][300];
    size_t used;
} sheet;

typedef struct cell_sink {
    kn_sink sink;
    sheet *into;
} cell_sink;

static kn_status take_cell(const kn_sink *sink, kn_value *cell, const kn_receiver *into)
{
    sheet *out = ((const cell_sink *)(const void *)sink)->into;
    (void)into;
    assert_true(out->used < 64);
    print_cell(out->cells[out->used], sizeof out->cells[0], cell);
    out->used++;
    return KN_OK;
}

static kn_status fetch_into(void *statement, const cell_sink *sinks, kn_error *error)
{
    const kn_receiver into = {.version = 1};
    kn_wait wait = {.fd = -1};
    kn_status status;
    do
        status = libpq_driver()->fetch_into(statement, &sinks->sink, sizeof *sinks, &into, &wait, error);
    while (again(status, &wait));
    return status;
}

/* Every cell of the result, read as rows or straight. */
static void read_sheet(void *c, const char *sql, size_t columns, bool large, bool straight, sheet *out)
{
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[COLUMNS_MAX];
    cell_sink sinks[COLUMNS_MAX];
    void *statement = NULL;
    kn_status status;
    out->used = 0;
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        sinks[i] = (cell_sink){{.take = take_cell}, out};
    must(try_prepare_large(c, sql, columns, large, &statement, &error), KN_OK);
    must(try_execute(statement, NULL, 0, 0, &outcome, &error), KN_OK);
    assert_int_equal(outcome.n_columns, columns);
    for (;;) {
        status = straight ? fetch_into(statement, sinks, &error) : fetch(statement, row, &error);
        if (status)
            break;
        for (size_t i = 0; i < columns && !straight; i++)
            take_cell(&sinks[i].sink, &row[i], NULL);
    }
    must(status, KN_DONE);
    assert_non_null(libpq_driver()->column_name(statement, columns - 1));
    must(end(statement, &outcome, &error), KN_OK);
    assert_int_equal(outcome.changed, 0);
    libpq_driver()->finish(statement);
}

#define ROWS(type, values) "SELECT v, v, 1::bigint, v FROM (VALUES " values ") AS t (v)", 4
#define WIDE "12345678901234567890123456789012345678901234567890.123456789"

/* The first byte of a length is NUL up to there. */
#define HUGE " FROM generate_series(16777215, 16777215) AS t (i)"

static const struct {
    const char *sql;
    size_t columns;
} same_cases[] = {
    {"SELECT 1::bigint WHERE false", 1},
    {"SELECT NULL::bigint, NULL::text, NULL::numeric, NULL::bool, NULL::bytea, NULL::uuid, NULL::timestamp, NULL::text"
     " FROM generate_series(1, 3)",
     8},
    {ROWS(smallint, "(0::smallint), (NULL), (-32768), (32767)")},
    {ROWS(integer, "(0::int), (NULL), (-2147483648), (2147483647)")},
    {ROWS(bigint, "(0::bigint), (NULL), (-9223372036854775808), (9223372036854775807)")},
    {ROWS(boolean, "(true), (NULL), (false)")},
    {ROWS(real, "(1.5::real), (NULL), ('-0'), ('NaN'), ('Infinity')")},
    {ROWS(float, "(1.5::float8), (NULL), ('-0'), ('NaN'), ('Infinity'), (1.7976931348623157e308)")},
    {ROWS(numeric, "(0::numeric), (NULL), (-1.50), (99999999.99), (1e30), ('NaN'), (" WIDE "), (-" WIDE ")")},
    {ROWS(text, "(''::text), (NULL), ('a'), ('\xc3\xa9'), (repeat('x', 300))")},
    {ROWS(varchar, "(''::varchar(300)), (NULL), ('a'), ('a  '), (repeat('x', 255)), (repeat('x', 256))")},
    {ROWS(char, "(''::char(5)), (NULL), ('a')")},
    {ROWS(bytea, "(''::bytea), (NULL), ('\\x00'), ('\\x00ff00')")},
    {ROWS(date, "('2000-01-01'::date), (NULL), ('0001-01-01'), ('9999-12-31'), ('infinity'), ('4000-01-01 BC')")},
    {ROWS(time, "('00:00'::time), (NULL), ('23:59:59.999999')")},
    {ROWS(timestamp, "('2000-01-01'::timestamp), (NULL), ('9999-12-31 23:59:59.999999'), ('infinity'), ('-infinity')")},
    {ROWS(timestamptz, "('2000-01-01'::timestamptz), (NULL), ('0001-01-01'), ('infinity')")},
    {ROWS(interval, "('0'::interval), (NULL), ('-1 day 1 us'), ('1 month')")},
    {ROWS(uuid, "('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid), (NULL)")},
    {ROWS(json, "('{}'::json), (NULL), ('[1, \"a\"]')")},
    {ROWS(jsonb, "('{}'::jsonb), (NULL), ('[1, \"a\"]')")},
    {ROWS(name, "('a'::name), (NULL), ('')")},
    {ROWS(oid, "(0::oid), (NULL), (4294967295)")},
    {ROWS(enum, "('calm'::pg_temp.copy_mood), (NULL), ('loud')")},
    {"SELECT 'a', NULL::text, 'b', NULL::bytea, '', NULL::int, 'c', 'd'", 8},
    {"SELECT " WIDE ", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'x', NULL::text, " WIDE " * 10,"
     " 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '', -" WIDE,
     8},
    {"SELECT 'a', repeat('x', i), 'b', repeat('y', i + 1), 'c'" HUGE, 5},
    {"SELECT 'a', convert_to(repeat('y', i + 1), 'UTF8'), 'b'::name, decode(repeat('00', 100), 'hex')" HUGE, 4},
};

static void test_libpq_copy_out__gives_the_values_that_rows_one_by_one_give(void **state)
{
    static sheet wanted, got;
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        void *c = open_with(NULL, blocking);
        must_run(c, "CREATE TYPE pg_temp.copy_mood AS ENUM ('calm', 'loud')");
        for (size_t i = 0; i < KN_COUNT_OF(same_cases); i++) {
            read_sheet(c, same_cases[i].sql, same_cases[i].columns, false, false, &wanted);
            for (int straight = !blocking; straight <= 1; straight++) {
                read_sheet(c, same_cases[i].sql, same_cases[i].columns, true, straight, &got);
                if (got.used != wanted.used)
                    fail_msg("%.60s: %zu cells instead of %zu", same_cases[i].sql, got.used, wanted.used);
                for (size_t n = 0; n < wanted.used; n++)
                    assert_string_equal(got.cells[n], wanted.cells[n]);
            }
        }
        close_it(c);
    }
}

static void test_libpq_copy_out__names_columns_as_the_query_does(void **state)
{
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[2];
    (void)state;
    void *c = open_plain(),
         *s = prepare_large(c, "SELECT 1 AS \"a\"\"B\", infinity FROM (SELECT 'x'::text) t (infinity)", 2);
    must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    assert_string_equal(libpq_driver()->column_name(s, 0), "a\"B");
    must(fetch(s, row, &error), KN_OK);
    assert_string_equal(libpq_driver()->column_name(s, 1), "infinity");
    assert_null(libpq_driver()->column_name(s, 2));
    must(end(s, NULL, &error), KN_OK);
    libpq_driver()->finish(s);
    close_it(c);
}

/* Each time the table is another one: the value is right, whatever the type was that had been told. */
static void test_libpq_copy_out__is_never_misled_by_a_change_of_types(void **state)
{
    static const struct {
        const char *change;
        kn_kind kind;
    } changes[] = {
        {"ALTER TABLE moving ALTER v TYPE int USING 7", KN_KIND_INT},
        {"ALTER TABLE moving ALTER v TYPE bigint", KN_KIND_INT},
        {"ALTER TABLE moving ALTER v TYPE float8", KN_KIND_FLOAT}, /* of eight bytes too */
        {"ALTER TABLE moving ALTER v TYPE timestamp USING timestamp '2000-01-01'", KN_KIND_DATETIME},
        {"ALTER TABLE moving ALTER v TYPE timestamptz", KN_KIND_INSTANT},
        {"ALTER TABLE moving ALTER v TYPE text USING 'x'", KN_KIND_TEXT},
        {"ALTER TABLE moving ALTER v TYPE bytea USING '\\x00'", KN_KIND_BYTES},
        {"ALTER TABLE moving ALTER v TYPE pg_temp.copy_domain USING 7", KN_KIND_INT},
        {"ALTER TABLE moving ALTER v TYPE pg_temp.copy_mood USING 'calm'", KN_KIND_TEXT},
        {"ALTER TABLE moving ALTER v TYPE numeric USING 7", KN_KIND_DECIMAL},
        {"ALTER TABLE moving DROP w", KN_KIND_DECIMAL}, /* the query has fewer columns */
    };
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[COLUMNS_MAX];
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool inside = i & 1;
        void *c = open_with(NULL, i & 2);
        must_run(c, "CREATE TYPE pg_temp.copy_mood AS ENUM ('calm')");
        must_run(c, "CREATE DOMAIN pg_temp.copy_domain AS int");
        must_run(c, "CREATE TEMP TABLE moving (v text, w int)");
        must_run(c, "INSERT INTO moving VALUES ('x', 1)");
        void *s = prepare_large(c, "SELECT * FROM moving", 2);
        for (size_t n = 0; n < KN_COUNT_OF(changes); n++) {
            must_run(c, changes[n].change);
            if (inside)
                must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
            kn_status status = try_execute(s, NULL, 0, 0, &outcome, &error);
            if (inside && status) { /* nothing was read; the next time it is right */
                must(status, KN_SERVER_STATE);
                assert_int_equal(error.retry, KN_RETRY_TRANSACTION);
                assert_true(libpq_driver()->in_transaction(c));
                must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
                must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
                status = try_execute(s, NULL, 0, 0, &outcome, &error);
            }
            must(status, KN_OK);
            must(fetch(s, row, &error), KN_OK);
            if (row[0].kind != changes[n].kind)
                fail_msg("%s: %s", changes[n].change, kn_kind_name((kn_kind)row[0].kind));
            must(fetch(s, row, &error), KN_DONE);
            must(end(s, NULL, &error), KN_OK);
            if (inside)
                must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_OK);
        }
        must_run(c, "DROP TABLE moving");
        must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_NO_SUCH);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* The first failure of preparing, executing and reading all, and where that was. */
static kn_status fail_at(void *c, const char *sql, bool large, int *at, kn_error *error)
{
    kn_outcome outcome;
    kn_value row[COLUMNS_MAX];
    void *s = NULL;
    *at = 0;
    kn_status status = try_prepare_large(c, sql, 1, large, &s, error);
    if (!status) {
        ++*at;
        status = try_execute(s, NULL, 0, 0, &outcome, error);
    }
    if (!status) {
        ++*at;
        while (!(status = fetch(s, row, error)))
            ;
        kn_status ended = end(s, NULL, error);
        status = status == KN_DONE ? ended : status;
    }
    libpq_driver()->finish(s);
    return status;
}

static void test_libpq_copy_out__fails_as_rows_one_by_one_do(void **state)
{
    static const char *const cases[] = {
        "SELECT 1 FROM nothing",
        "SELECT nothing FROM pg_class",
        "SELECT \xc3\xa9 + 1",
        "SELECT 1 FRM x",
        "SELECT 1 / 0",
        "SELECT 1 / (1 - i) FROM generate_series(0, 5) AS t (i)",
        "SELECT 1 / (100000 - i) FROM generate_series(1, 200000) AS t (i)",
        "SELECT 'x'::int",
        "SELECT pg_temp.no_function(1)",
        "SELECT nextval('copy_sequence')",
    };
    (void)state;
    for (int i = 0; i < 4; i++) {
        kn_error error = {0};
        void *c = open_with(NULL, i & 1);
        must_run(c, "CREATE TEMP SEQUENCE IF NOT EXISTS copy_sequence");
        for (size_t n = 0; n < KN_COUNT_OF(cases); n++) {
            kn_error wanted = {0}, got = {0};
            int at = 0, wanted_at = 0;
            if (i & 2)
                must(transact(c, KN_TRANSACT_BEGIN, 1, NULL, &error), KN_OK);
            kn_status status = fail_at(c, cases[n], false, &wanted_at, &wanted);
            if (i & 2) {
                must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
                must(transact(c, KN_TRANSACT_BEGIN, 1, NULL, &error), KN_OK);
            }
            if (fail_at(c, cases[n], true, &at, &got) != status ||
                (i & 2 ? at > wanted_at : at != wanted_at)) /* the question is planned, where that may fail */
                fail_msg("%s: %s at %d instead of %s at %d", cases[n], got.message, at, wanted.message, wanted_at);
            assert_int_equal(libpq_driver()->in_transaction(c), i >> 1);
            assert_string_equal(got.message, wanted.message);
            assert_string_equal(got.sqlstate, wanted.sqlstate);
            assert_int_equal(got.position, wanted.position);
            assert_int_equal(got.retry, wanted.retry);
            assert_int_equal(got.commit, wanted.commit);
            if (i & 2)
                must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
        }
        close_it(c);
    }
}

#define MANY "SELECT i::bigint, repeat('x', 1000) FROM generate_series(1, 20000) AS t (i)"

static void test_libpq_copy_out__may_end_among_its_rows(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        kn_error error = {0};
        kn_outcome outcome;
        kn_value row[2];
        void *c = open_with(NULL, i & 1), *s = prepare_large(c, MANY, 2), *other = NULL;
        for (int rows = 0; rows < 4; rows++) {
            if (i & 2)
                must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
            must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
            assert_int_equal(libpq_driver()->in_transaction(c), i >> 1);
            for (int n = 0; n < rows; n++)
                must(fetch(s, row, &error), KN_OK);
            assert_int_equal(libpq_driver()->in_transaction(c), i >> 1);
            must(try_prepare(c, "SELECT 1", 0, &other, &error), KN_STATE);
            must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_STATE);
            must(end(s, NULL, &error), KN_OK);
            must(fetch(s, row, &error), KN_STATE);
            assert_int_equal(libpq_driver()->in_transaction(c), i >> 1);
            if (i & 2)
                must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_OK);
            assert_int_equal(number(c, "SELECT 1"), 1);
        }
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* Rows come, then nothing for a long time; the server sends what it has when it is much. */
#define STALLS(what)                                                                                                   \
    "SELECT i::bigint, repeat('x', 20000) || CASE i WHEN 5 THEN (" what ")::text ELSE '' END"                          \
    " FROM generate_series(1, 6) AS t (i)"

static kn_status read_to_end(void *s, int *rows, kn_error *error)
{
    kn_value row[2];
    kn_status status;
    for (*rows = 0; !(status = fetch(s, row, error)); ++*rows)
        assert_int_equal(row[1].as.text.size, 20000);
    return status;
}

static void test_libpq_copy_out__is_stopped_by_its_deadline(void **state)
{
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        kn_outcome outcome;
        int rows = 0;
        void *c = open_with(NULL, blocking), *s = prepare_large(c, STALLS("SELECT pg_sleep(60)"), 2);
        must(try_execute(s, NULL, 0, now_us() + 600000, &outcome, &error), KN_OK);
        must(read_to_end(s, &rows, &error), KN_TIMEOUT);
        assert_true(rows > 0 && rows < 5);
        assert_string_equal(error.sqlstate, "57014");
        (void)end(s, NULL, &error);
        assert_int_equal(number(c, "SELECT 1"), 1);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq_copy_out__is_stopped_by_a_cancel(void **state)
{
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        kn_outcome outcome;
        kn_value row[2];
        kn_wait wait = {.fd = -1};
        int rows = 0;
        void *c = open_with(NULL, blocking), *s = prepare_large(c, STALLS("SELECT pg_sleep(60)"), 2), *cancel = NULL;
        must(libpq_driver()->cancel_create(c, &cancel, &error), KN_OK);
        must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
        must(fetch(s, row, &error), KN_OK);
        while (again(libpq_driver()->cancel_send(cancel, &wait, &error), &wait))
            ;
        must(read_to_end(s, &rows, &error), KN_CANCELLED);
        (void)end(s, NULL, &error);
        assert_int_equal(number(c, "SELECT 1"), 1);
        libpq_driver()->cancel_destroy(cancel);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq_copy_out__tells_a_session_that_ends_among_the_rows(void **state)
{
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        kn_outcome outcome;
        int rows = 0;
        void *c = open_with(NULL, blocking);
        void *s = prepare_large(c, STALLS("SELECT pg_terminate_backend(pg_backend_pid())"), 2);
        must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
        must(read_to_end(s, &rows, &error), KN_LINK_LOST);
        assert_true(rows < 5);
        (void)end(s, NULL, &error);
        must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_LINK_LOST);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* Given up at any step, it leaves nothing behind: the teardown looks for leaks. */
static void test_libpq_copy_out__closing_does_not_wait_for_a_step(void **state)
{
    size_t waits = 0;
    (void)state;
    for (size_t at = 0; at <= waits && at < 12; at++) {
        kn_error error = {0};
        kn_outcome outcome = {.size_ = sizeof outcome};
        kn_execute_request request = {.size_ = sizeof request};
        kn_value row[2];
        void *c = open_with(OPTIONS("prepare=never"), false), *s = prepare_large(c, MANY, 2);
        kn_wait wait = {.fd = -1};
        kn_status status = KN_WAIT;
        size_t step = 0;
        for (; step <= at && status == KN_WAIT; step += again(status, &wait))
            status = libpq_driver()->execute(s, &request, &outcome, &wait, &error);
        for (; step <= at && (status == KN_OK || status == KN_WAIT); step += again(status, &wait))
            status = libpq_driver()->fetch(s, row, &wait, &error);
        waits = step;
        libpq_driver()->finish(s);
        close_it(c);
    }
    assert_true(waits > 2);
}

static void test_libpq_copy_out__survives_every_allocation_failure(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        void *c = open_with(i & 2 ? OPTIONS("prepare=never") : NULL, i & 1);
        size_t at = 1;
        for (;; at++) {
            kn_error error = {0};
            kn_outcome outcome;
            kn_value row[3];
            void *s = NULL;
            fixture_memory.requests = 0;
            fixture_memory.fail_at = at;
            fixture_memory.fired = false;
            kn_status status =
                try_prepare_large(c, "SELECT " WIDE ", 'a', " WIDE " FROM generate_series(1, 3)", 3, true, &s, &error);
            if (!status)
                status = try_execute(s, NULL, 0, 0, &outcome, &error);
            if (!status) {
                while (!(status = fetch(s, row, &error)))
                    ;
                kn_status ended = end(s, NULL, NULL);
                status = status == KN_DONE ? ended : status;
            }
            fixture_memory.fail_at = 0;
            libpq_driver()->finish(s);
            if (!fixture_memory.fired)
                break;
            must(status, KN_NOMEM);
            assert_int_equal(number(c, "SELECT 1"), 1);
        }
        assert_true(at > 4);
        close_it(c);
    }
}

/* A million rows in the memory of one. */
static void test_libpq_copy_out__holds_one_row(void **state)
{
    kn_error error = {0};
    kn_outcome outcome;
    int64_t rows = 0;
    kn_value row[2];
    (void)state;
    void *c = open_plain(), *s = prepare_large(c, MANY, 2);
    must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    while (fetch(s, row, &error) == KN_OK)
        assert_int_equal(row[0].as.i, ++rows);
    assert_int_equal(rows, 20000);
    must(end(s, NULL, &error), KN_OK);
    assert_true(fixture_memory.peak_bytes < 100000);
    libpq_driver()->finish(s);
    close_it(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq_copy_out__copies_what_it_reads_and_nothing_else),
        WITH_SERVER(test_libpq_copy_out__gives_the_values_that_rows_one_by_one_give),
        WITH_SERVER(test_libpq_copy_out__names_columns_as_the_query_does),
        WITH_SERVER(test_libpq_copy_out__is_never_misled_by_a_change_of_types),
        WITH_SERVER(test_libpq_copy_out__fails_as_rows_one_by_one_do),
        WITH_SERVER(test_libpq_copy_out__may_end_among_its_rows),
        WITH_SERVER(test_libpq_copy_out__is_stopped_by_its_deadline),
        WITH_SERVER(test_libpq_copy_out__is_stopped_by_a_cancel),
        WITH_SERVER(test_libpq_copy_out__tells_a_session_that_ends_among_the_rows),
        WITH_SERVER(test_libpq_copy_out__closing_does_not_wait_for_a_step),
        WITH_SERVER(test_libpq_copy_out__survives_every_allocation_failure),
        WITH_SERVER(test_libpq_copy_out__holds_one_row),
    };
    if (!getenv("KOINE_TEST_POSTGRESQL")) {
        printf("KOINE_TEST_POSTGRESQL names no server; run it under scripts/koine-testbed\n");
        return 1;
    }
    return cmocka_run_group_tests_name("integration/drivers/libpq_copy_out", tests, NULL, NULL);
}
