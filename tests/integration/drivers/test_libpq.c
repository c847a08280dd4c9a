/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
#include "libpq_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/tcp_peer.h"

#include <koine/decimal.h>

/* libpq would listen to all of these. */
static void test_libpq__the_environment_changes_nothing(void **state)
{
    static const char *const variables[][2] = {
        {"PGHOST", "/nonexistent"},
        {"PGHOSTADDR", "192.0.2.1"},
        {"PGPORT", "1"},
        {"PGUSER", "nobody"},
        {"PGDATABASE", "nothing"},
        {"PGPASSWORD", "secret"},
        {"PGSSLMODE", "verify-full"},
        {"PGTZ", "Asia/Tokyo"},
        {"PGDATESTYLE", "SQL, DMY"},
        {"PGCLIENTENCODING", "LATIN1"},
        {"PGOPTIONS", "-c work_mem=77"},
        {"PGAPPNAME", "other"},
        {"PGCHANNELBINDING", "require"},
        {"PGTARGETSESSIONATTRS", "standby"},
        {"PGREQUIREPEER", "nobody"},
        {"PGPASSFILE", "/nonexistent"},
        {"PGSSLROOTCERT", "/nonexistent"},
        {"PGSSLCERT", "/nonexistent"},
        {"PGGSSENCMODE", "require"},
        {"PGSSLMINPROTOCOLVERSION", "TLSv1.3"},
        {"PGCONNECT_TIMEOUT", "x"},
        {"PGSERVICEFILE", "/nonexistent"},
        {"PGSYSCONFDIR", "/nonexistent"},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(variables); i++)
        setenv(variables[i][0], variables[i][1], 1);
    void *c = open_plain();
    for (size_t i = 0; i < KN_COUNT_OF(variables); i++)
        unsetenv(variables[i][0]);
    assert_string_equal(word(c, "SHOW TimeZone"), "UTC");
    assert_string_equal(word(c, "SHOW DateStyle"), "ISO, YMD");
    assert_string_equal(word(c, "SHOW client_encoding"), "UTF8");
    assert_string_equal(word(c, "SHOW application_name"), "");
    assert_string_not_equal(word(c, "SHOW work_mem"), "77kB");
    close_it(c);
    c = open_with(OPTIONS("application_name=it's \\ me"), true);
    assert_string_equal(word(c, "SHOW application_name"), "it's \\ me");
    kn_server_info info = {.size_ = sizeof info};
    libpq_driver()->info(c, &info);
    assert_string_equal(info.product, "postgresql");
    assert_int_equal(info.version_number / 10000,
                     number(c, "SELECT current_setting('server_version_num')::int / 10000"));
    assert_int_equal(info.version_number / 100 % 100,
                     number(c, "SELECT current_setting('server_version_num')::int % 10000"));
    close_it(c);
}

/* The one thing that a URL cannot undo. */
static void test_libpq__a_service_of_the_environment_is_refused(void **state)
{
    static const char *const names[] = {"anything", ""};
    kn_error error = {0};
    void *c = NULL;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        setenv("PGSERVICE", names[i], 1);
        must(open_on(&fixture_memory.allocator, getenv("KOINE_TEST_POSTGRESQL"), NULL, true, 0, &c, &error),
             KN_CONNECT);
        assert_non_null(strstr(error.message, "PGSERVICE"));
    }
    unsetenv("PGSERVICE");
    close_it(open_plain());
}

typedef struct value_case {
    const char *type, *text; /* as the server writes it */
    kn_value value;
} value_case;

#define V(kind_, member, ...)                                                                                          \
    {                                                                                                                  \
        .kind = KN_KIND_##kind_, .as = {.member = __VA_ARGS__ }                                                        \
    }
static const value_case value_cases[] = {
    {"bool", "true", V(BOOL, b, true)},
    {"bool", "false", V(BOOL, b, false)},
    {"int8", "-9223372036854775808", V(INT, i, INT64_MIN)},
    {"int8", "9223372036854775807", V(INT, i, INT64_MAX)},
    {"float8", "1.7976931348623157e+308", V(FLOAT, d, 1.7976931348623157e308)},
    {"float8", "5e-324", V(FLOAT, d, 4.9406564584124654e-324)},
    {"float8", "-0.1", V(FLOAT, d, -0.1)},
    {"text", "", V(TEXT, text, {"", 0})},
    {"text", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xb5", V(TEXT, text, {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xb5", 11})},
    {"bytea", "\\x", V(BYTES, bytes, {"", 0})},
    {"bytea", "\\x00ff5c27", V(BYTES, bytes, {"\x00\xff\\'", 4})},
    {"date", "0001-01-01", V(DATE, date, {-719162})},
    {"date", "9999-12-31", V(DATE, date, {2932896})},
    {"date", "2000-01-01", V(DATE, date, {10957})},
    {"time", "00:00:00", V(TIME, time, {0})},
    {"time", "23:59:59.999999", V(TIME, time, {INT64_C(86399999999)})},
    {"timestamp", "0001-01-01 00:00:00", V(DATETIME, datetime, {KN_DATETIME_MIN})},
    {"timestamp", "9999-12-31 23:59:59.999999", V(DATETIME, datetime, {KN_DATETIME_MAX})},
    {"timestamp", "1969-12-31 23:59:59.999999", V(DATETIME, datetime, {-1})},
    {"timestamptz", "0001-01-01 00:00:00+00", V(INSTANT, instant, {KN_DATETIME_MIN})},
    {"timestamptz", "1970-01-01 00:00:01.5+00", V(INSTANT, instant, {1500000})},
    {"interval", "00:00:00", V(INTERVAL, interval, {0})},
    {"interval", "1 day 00:00:00.000001", V(INTERVAL, interval, {INT64_C(86400000001)})},
    {"interval", "-1 days -00:00:00.000001", V(INTERVAL, interval, {-INT64_C(86400000001)})},
    {"interval", "2932896 days 23:59:59.999999", V(INTERVAL, interval, {KN_DATETIME_MAX})},
    {"numeric", "0", V(DECIMAL, decimal, KN_DECIMAL(0, 0))},
    {"numeric", "0.000", V(DECIMAL, decimal, KN_DECIMAL(0, -3))},
    {"numeric", "1", V(DECIMAL, decimal, KN_DECIMAL(1, 0))},
    {"numeric", "-10000", V(DECIMAL, decimal, KN_DECIMAL(-10000, 0))},
    {"numeric", "12.50", V(DECIMAL, decimal, KN_DECIMAL(1250, -2))},
    {"numeric", "0.00001", V(DECIMAL, decimal, KN_DECIMAL(1, -5))},
    {"numeric", "100000.0001", V(DECIMAL, decimal, KN_DECIMAL(1000000001, -4))},
};

static void check_value(void *c, const value_case *v)
{
    char sql[200];
    kn_value copy = v->value, null = kn_null();
    snprintf(sql, sizeof sql, "SELECT CAST($1 AS %s)::text", v->type);
    kn_value got = cell_of(c, sql, &copy, 1);
    if (strcmp(got.as.text.data, v->text) != 0)
        fail_msg("%s was sent as %s", v->text, got.as.text.data);
    snprintf(sql, sizeof sql, "SELECT '%s'::%s", v->text, v->type);
    got = cell_of(c, sql, NULL, 0);
    if (!kn_value_equal(&got, &v->value))
        fail_msg("%s was read as another value", v->text);
    snprintf(sql, sizeof sql, "SELECT CAST($1 AS %s)", v->type);
    assert_int_equal(cell_of(c, sql, &null, 1).kind, KN_KIND_NULL);
}

static void test_libpq__values_go_and_come_exactly(void **state)
{
    (void)state;
    void *c = open_plain();
    for (size_t i = 0; i < KN_COUNT_OF(value_cases); i++)
        check_value(c, &value_cases[i]);
    close_it(c);
}

/* Digits by a generator of its own; the server's text form is the judge. */
static void test_libpq__numerics_of_any_length_go_and_come_exactly(void **state)
{
    static char text[3000], sql[3100], shown[3000];
    uint64_t seed = 88172645463325252u;
    (void)state;
    void *c = open_plain();
    for (int n = 0; n < 600; n++) {
        size_t size = 0;
        unsigned whole = 1 + (unsigned)(seed >> 7) % (n % 3 ? 24 : 1200),
                 fraction = (unsigned)(seed >> 33) % (n % 3 ? 12 : 700);
        if (seed & 1)
            text[size++] = '-';
        for (unsigned i = 0; i < whole + fraction; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            if (i == whole)
                text[size++] = '.';
            text[size++] = (char)(i == 0 ? '1' + seed % 9 : seed % 5 < 2 ? '0' : '0' + seed % 10);
        }
        text[size] = '\0';
        kn_arena arena;
        kn_arena_init(&arena, NULL, 0);
        kn_value v = {.kind = KN_KIND_DECIMAL};
        assert_int_equal(kn_decimal_parse((kn_text){text, size}, &arena, &v.as.decimal, NULL), KN_OK);
        kn_value got = cell_of(c, "SELECT $1::text", &v, 1);
        assert_string_equal(got.as.text.data, text);
        snprintf(sql, sizeof sql, "SELECT %s::numeric", text);
        got = cell_of(c, sql, NULL, 0);
        assert_int_equal(got.kind, KN_KIND_DECIMAL);
        shown[kn_decimal_print(got.as.decimal, shown)] = '\0';
        assert_string_equal(shown, text);
        kn_arena_finish(&arena);
    }
    close_it(c);
}

/* Where groups of four digits begin and end, to either side of the point, and what 64 bits hold. */
static void test_libpq__numerics_of_every_scale_go_and_come_exactly(void **state)
{
    static const uint64_t coefficients[] = {
        0,
        1,
        9,
        12,
        1000,
        9999,
        10000,
        10001,
        120000,
        99999999,
        100000000,
        1000000000001,
        UINT64_MAX / 1000 - 1,
        UINT64_MAX / 1000,
        UINT64_MAX / 1000 + 1,
        UINT64_MAX,
    };
    char sent[64], shown[64];
    (void)state;
    void *c = open_plain();
    for (size_t i = 0; i < KN_COUNT_OF(coefficients); i++) {
        for (int scale = 0; scale <= 21; scale++) {
            kn_decimal d = {.u = {.word = {coefficients[i], 0}}, .exponent = -scale, .sign = coefficients[i] && i % 2};
            kn_value v = kn_decimal_value(d);
            sent[kn_decimal_print(d, sent)] = '\0';
            assert_string_equal(cell_of(c, "SELECT $1::text", &v, 1).as.text.data, sent);
            kn_value got = cell_of(c, "SELECT $1", &v, 1);
            assert_int_equal(got.kind, KN_KIND_DECIMAL);
            shown[kn_decimal_print(got.as.decimal, shown)] = '\0';
            assert_string_equal(shown, sent);
        }
    }
    close_it(c);
}

static void test_libpq__a_parameter_may_change_its_kind(void **state)
{
    kn_error error = {0};
    kn_outcome outcome;
    const kn_value values[] = {kn_int(7), kn_string("x"), kn_null(), kn_float(0.5), kn_bool(true), kn_int(8)};
    (void)state;
    void *c = open_plain(), *s = prepare(c, "SELECT $1 IS NULL, pg_typeof($1)::text", 1);
    static const char *const types[] = {"bigint", "text", "text", "double precision", "boolean", "bigint"};
    for (size_t i = 0; i < KN_COUNT_OF(values); i++) {
        kn_value cells[2];
        kn_status status = try_execute(s, &values[i], 1, 0, &outcome, &error);
        if (status && values[i].kind <= KN_KIND_TEXT && error.sqlstate[0]) { /* $1 IS NULL tells no type of a text */
            assert_string_equal(error.sqlstate, "42P18");
            continue;
        }
        must(status, KN_OK);
        must(fetch(s, cells, &error), KN_OK);
        assert_string_equal(cells[1].as.text.data, types[i]);
        must(end(s, NULL, &error), KN_OK);
    }
    libpq_driver()->finish(s);
    must(try_prepare(c, "SELECT", 0, &s, &error), KN_OK);
    libpq_driver()->finish(s);
    close_it(c);
}

typedef struct error_case {
    const char *sql;
    kn_status status;
    const char *sqlstate, *constraint, *table, *column;
} error_case;

static const error_case error_cases[] = {
    {"SELEC 1", KN_SYNTAX, "42601", "", "", ""},
    {"", KN_SYNTAX, "", "", "", ""},
    {"SELECT * FROM no_such_table", KN_NO_SUCH, "42P01", "", "", ""},
    {"SELECT nothing FROM e", KN_NO_SUCH, "42703", "", "", ""},
    {"SELECT no_such_function(1)", KN_NO_SUCH, "42883", "", "", ""},
    {"CREATE TABLE pg_temp.e (id int)", KN_EXISTS, "42P07", "", "", ""},
    {"INSERT INTO e VALUES (1, 1, 1)", KN_UNIQUE, "23505", "pk_e", "e", ""},
    {"INSERT INTO e VALUES (2, NULL, 1)", KN_NOT_NULL, "23502", "", "e", "b"},
    {"INSERT INTO e VALUES (2, -1, 1)", KN_CHECK, "23514", "ck_e", "e", ""},
    {"INSERT INTO e VALUES (2, 1, 77)", KN_FOREIGN_KEY, "23503", "fk_e", "e", ""},
    {"DELETE FROM e", KN_FOREIGN_KEY, "23503", "fk_e", "e", ""},
    {"SELECT 1/0", KN_DATA, "22012", "", "", ""},
    {"SELECT 2147483647 + 1", KN_OUT_OF_RANGE, "22003", "", "", ""},
    {"SELECT 'secret'::int", KN_DATA, "22P02", "", "", ""},
    {"SELECT 'secret'::date", KN_DATA, "22007", "", "", ""},
    {"SELECT '2024-02-30'::date", KN_OUT_OF_RANGE, "22008", "", "", ""},
    {"SELECT 'secretly' LIKE 'secret\\'", KN_MALFORMED, "22025", "", "", ""},
    {"INSERT INTO e SELECT 2, 1, 1, 'too long'", KN_TOO_LONG, "22001", "", "", ""},
    {"DROP TYPE e_type", KN_RESTRICTED, "2BP01", "", "", ""},
    {"ROLLBACK TO nothing", KN_NOT_IN_TRANSACTION, "25P01", "", "", ""},
    {"VACUUM no_such_table", KN_NO_SUCH, "42P01", "", "", ""},
    {"SET TimeZone = 'Nowhere'", KN_DATA, "22023", "", "", ""},
    {"SELECT 1; SELECT 2", KN_SYNTAX, "42601", "", "", ""},
    {"COPY e FROM STDIN", KN_CANCELLED, "57014", "", "", ""},
};

static void test_libpq__failures_have_portable_names(void **state)
{
    (void)state;
    void *c = open_plain();
    must_run(c, "CREATE TYPE pg_temp.e_type AS ENUM ('a')");
    must_run(c, "CREATE TEMP TABLE e (id int CONSTRAINT pk_e PRIMARY KEY, b int NOT NULL CONSTRAINT ck_e CHECK (b > 0),"
                " c int CONSTRAINT fk_e REFERENCES e (id), d varchar(4), f pg_temp.e_type)");
    must_run(c, "INSERT INTO e VALUES (1, 1, NULL), (9, 1, 1)");
    must_run(c, "DELETE FROM e WHERE id = 9");
    must_run(c, "INSERT INTO e VALUES (9, 1, 1)");
    for (size_t i = 0; i < KN_COUNT_OF(error_cases); i++) {
        const error_case *e = &error_cases[i];
        kn_error error = {0};
        const char *sql = strcmp(e->sql, "DELETE FROM e") == 0 ? "DELETE FROM e WHERE id = 1" : e->sql;
        kn_status status = run(c, sql, &error);
        if (status != e->status || strcmp(error.sqlstate, e->sqlstate) != 0 ||
            strcmp(error.constraint, e->constraint) != 0 || strcmp(error.table, e->table) != 0 ||
            strcmp(error.column, e->column) != 0)
            fail_msg("%s: %s %s '%s' '%s' '%s': %s", e->sql, kn_status_name(status), error.sqlstate, error.constraint,
                     error.table, error.column, error.message);
        assert_int_equal(error.commit, KN_COMMIT_NOT);
        assert_null(strstr(error.message, "secret"));
        assert_int_equal(number(c, "SELECT 1"), 1);
    }
    close_it(c);
}

static void test_libpq__the_position_counts_bytes(void **state)
{
    kn_error error = {0};
    (void)state;
    void *c = open_plain();
    must(run(c, "SELECT '\xc3\xbc\xf0\x9f\x8e\xb5', nothing", &error), KN_NO_SUCH);
    assert_int_equal(error.position, 18);
    close_it(c);
}

static void test_libpq__a_deadline_stops_the_statement_and_keeps_the_link(void **state)
{
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        void *c = open_with(NULL, blocking);
        int64_t started = now_us();
        must(run_until(c, "SELECT pg_sleep(20)", NULL, 0, now_us() + 100000, NULL, &error), KN_TIMEOUT);
        assert_true(now_us() - started < 15000000);
        assert_int_equal(number(c, "SELECT 1"), 1);
        must(run_until(c, "SELECT 1", NULL, 0, now_us() - 1, NULL, &error), KN_TIMEOUT);
        assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
        must(run_until(c, "SELECT pg_sleep(20)", NULL, 0, now_us() + 50000, NULL, &error), KN_TIMEOUT);
        assert_int_equal(error.commit, KN_COMMIT_OPEN);
        must(run(c, "SELECT 1", &error), KN_NOT_IN_TRANSACTION);
        assert_int_equal(error.retry, KN_RETRY_NEVER); /* as the deadline was */
        must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
        close_it(c);
    }
}

typedef struct canceller {
    void *cancel;
    int64_t after_us;
} canceller;

static void *cancel_later(void *context)
{
    const canceller *k = context;
    kn_wait wait = {.fd = -1};
    int64_t at_us = now_us() + k->after_us;
    while (now_us() < at_us)
        sched_yield();
    assert_int_equal(libpq_driver()->cancel_send(k->cancel, &wait, NULL), KN_OK);
    return NULL;
}

/* Cancels come at any time around the statement; none hits the one after it. */
static void test_libpq__a_cancel_stops_what_runs_and_nothing_later(void **state)
{
    kn_error error = {0};
    (void)state;
    void *c = open_plain(), *cancel = NULL;
    must(libpq_driver()->cancel_create(c, &cancel, &error), KN_OK);
    must(libpq_driver()->cancel_send(cancel, &(kn_wait){.fd = -1}, &error), KN_OK);
    assert_int_equal(number(c, "SELECT 1"), 1);
    for (int i = 0; i < 60; i++) {
        canceller k = {cancel, i < 30 ? 0 : (i - 30) * 100};
        pthread_t thread;
        pthread_create(&thread, NULL, cancel_later, &k);
        kn_status status = run(c, i % 2 ? "SELECT pg_sleep(0.002)" : "SELECT 1", &error);
        assert_true(status == KN_OK || status == KN_CANCELLED);
        pthread_join(thread, NULL);
        assert_int_equal(number(c, "SELECT 1"), 1);
    }
    canceller k = {cancel, 50000};
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_later, &k);
    must(run(c, "SELECT pg_sleep(20)", &error), KN_CANCELLED);
    pthread_join(thread, NULL);
    assert_int_equal(number(c, "SELECT 1"), 1);
    libpq_driver()->cancel_destroy(cancel);
    close_it(c);
}

static void kill_session(void *c)
{
    char sql[100];
    void *other = open_plain();
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%lld)::text",
             (long long)number(c, "SELECT pg_backend_pid()"));
    assert_string_equal(word(other, sql), "true");
    close_it(other);
}

static void test_libpq__a_dead_link_is_seen(void **state)
{
    kn_error error = {0};
    (void)state;
    void *c = open_plain();
    must(libpq_driver()->alive(c, &(kn_wait){.fd = -1}, &error), KN_OK);
    kill_session(c);
    must(libpq_driver()->alive(c, &(kn_wait){.fd = -1}, &error), KN_LINK_LOST);
    must(run(c, "SELECT 1", &error), KN_LINK_LOST);
    close_it(c);
    c = open_plain();
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    kill_session(c);
    must(run(c, "SELECT 1", &error), KN_LINK_LOST);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
    must(reset(c, &error), KN_LINK_LOST);
    close_it(c);
    c = open_plain();
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    kill_session(c);
    must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_COMMIT_UNKNOWN);
    assert_int_equal(error.commit, KN_COMMIT_LOST);
    assert_int_equal(error.retry, KN_RETRY_NEVER);
    close_it(c);
}

/* What a failure leaves of the session decides, not its state: PostgreSQL 17 ends it by 25P04, a standby by 40001; a
 * lost link of another server (08006) or of a parallel worker (57P01) is only an error here. */
static void test_libpq__the_servers_word_ends_a_link(void **state)
{
    static const struct {
        const char *state;
        kn_status ended, failed;
        kn_retry ended_retry, failed_retry;
    } cases[] = {
        {"25P04", KN_LINK_LOST, KN_SERVER, KN_RETRY_CONNECTION, KN_RETRY_NEVER},
        {"25P03", KN_LINK_LOST, KN_SERVER, KN_RETRY_CONNECTION, KN_RETRY_NEVER},
        {"57P01", KN_LINK_LOST, KN_SERVER, KN_RETRY_CONNECTION, KN_RETRY_NEVER},
        {"57P05", KN_LINK_LOST, KN_SERVER, KN_RETRY_CONNECTION, KN_RETRY_NEVER},
        {"57P04", KN_LINK_LOST, KN_SERVER, KN_RETRY_NEVER, KN_RETRY_NEVER},
        {"08006", KN_LINK_LOST, KN_SERVER, KN_RETRY_CONNECTION, KN_RETRY_NEVER},
        {"08P01", KN_LINK_LOST, KN_SERVER, KN_RETRY_CONNECTION, KN_RETRY_NEVER},
        {"40001", KN_LINK_LOST, KN_SERIALIZATION, KN_RETRY_CONNECTION, KN_RETRY_TRANSACTION},
        {"53200", KN_LINK_LOST, KN_SERVER, KN_RETRY_NEVER, KN_RETRY_NEVER},
        {"XX000", KN_LINK_LOST, KN_SERVER, KN_RETRY_NEVER, KN_RETRY_NEVER},
        {"08007", KN_COMMIT_UNKNOWN, KN_COMMIT_UNKNOWN, KN_RETRY_NEVER, KN_RETRY_NEVER},
        {"57014", KN_CANCELLED, KN_CANCELLED, KN_RETRY_NEVER, KN_RETRY_NEVER},
    };
    (void)state;
    for (size_t i = 0; i < 2 * KN_COUNT_OF(cases); i++) {
        size_t n = i / 2;
        bool ends = i % 2;
        kn_error error = {0};
        char sql[100];
        void *c = open_plain();
        must_run(c, ends ? "SET exit_on_error = on" : "SELECT");
        must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
        snprintf(sql, sizeof sql, "DO $$BEGIN RAISE 'of the test' USING ERRCODE = '%s'; END$$", cases[n].state);
        must(run(c, sql, &error), ends ? cases[n].ended : cases[n].failed);
        assert_string_equal(error.sqlstate, cases[n].state);
        assert_non_null(strstr(error.message, "of the test"));
        assert_int_equal(error.retry, ends ? cases[n].ended_retry : cases[n].failed_retry);
        if (cases[n].ended != KN_COMMIT_UNKNOWN)
            assert_int_equal(error.commit, ends ? KN_COMMIT_NOT : KN_COMMIT_OPEN);
        must(reset(c, &error), ends ? KN_LINK_LOST : KN_OK);
        close_it(c);
    }
}

static void test_libpq__a_failed_transaction_does_not_commit(void **state)
{
    kn_error error = {0};
    (void)state;
    void *c = open_plain();
    must_run(c, "CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    must_run(c, "INSERT INTO t VALUES (1)");
    must(run(c, "SELECT 1/0", &error), KN_DATA);
    assert_int_equal(error.commit, KN_COMMIT_OPEN);
    assert_true(libpq_driver()->in_transaction(c));
    must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_NOT_IN_TRANSACTION);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    assert_false(libpq_driver()->in_transaction(c));
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    must_run(c, "INSERT INTO t VALUES (1), (1)");
    must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_UNIQUE);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    must(transact(c, KN_TRANSACT_BEGIN, 1, NULL, &error), KN_OK);
    must(run(c, "CREATE TABLE never (a int)", &error), KN_READ_ONLY);
    must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    must(transact(c, KN_TRANSACT_SAVEPOINT, 0, "\"a \"\"b\"", &error), KN_OK);
    must(run(c, "SELECT 1/0", &error), KN_DATA);
    must(transact(c, KN_TRANSACT_ROLLBACK_TO, 0, "\"a \"\"b\"", &error), KN_OK);
    must_run(c, "INSERT INTO t VALUES (5)");
    must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_OK);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    close_it(c);
}

/* The plan is made anew where that loses nothing. */
static void test_libpq__prepared_statements_outlive_changes_of_their_tables(void **state)
{
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[2];
    (void)state;
    void *c = open_plain();
    must_run(c, "CREATE TEMP TABLE t (a int)");
    must_run(c, "INSERT INTO t VALUES (1)");
    void *s = prepare(c, "SELECT * FROM t", 0);
    static const char *const changes[] = {"ALTER TABLE t ADD b int", "DEALLOCATE ALL", "ALTER TABLE t DROP b"};
    for (size_t i = 0; i < KN_COUNT_OF(changes); i++) {
        must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
        assert_int_equal(outcome.n_columns, i == 1 || i == 2 ? 2 : 1);
        must(fetch(s, row, &error), KN_OK);
        must(end(s, NULL, &error), KN_OK);
        must_run(c, changes[i]);
    }
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, &error), KN_SERVER_STATE);
    assert_int_equal(error.retry, KN_RETRY_TRANSACTION);
    assert_int_equal(error.commit, KN_COMMIT_OPEN);
    assert_string_equal(error.sqlstate, "0A000");
    must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
    must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    must(end(s, NULL, &error), KN_OK);
    libpq_driver()->finish(s);
    for (int i = 0; i < 100; i++)
        libpq_driver()->finish(prepare(c, "SELECT 2", 0));
    assert_true(number(c, "SELECT count(*) FROM pg_prepared_statements") <= 20);
    close_it(c);
    c = open_with(OPTIONS("prepare=never"), true);
    libpq_driver()->finish(prepare(c, "SELECT 2", 0));
    assert_int_equal(number(c, "SELECT count(*) FROM pg_prepared_statements"), 0);
    close_it(c);
}

/* The names of a session are gone by what a program may do. In a transaction that is an error which says that the
 * transaction may be run again, and then it works; outside of one nobody notices. */
static void test_libpq__prepared_statements_outlive_a_discarded_session(void **state)
{
    static const char *const discards[] = {"DISCARD ALL", "DEALLOCATE ALL", "DISCARD ALL"};
    static const char *const policies[] = {"prepare=auto", "prepare=always"};
    kn_error error = {0};
    kn_outcome outcome;
    (void)state;
    for (size_t p = 0; p < KN_COUNT_OF(policies); p++) {
        void *c = open_with(OPTIONS(policies[p]), p == 0);
        must_run(c, "CREATE SEQUENCE runs");
        void *outside = prepare(c, "SELECT nextval('runs')", 0), *inside = prepare(c, "SELECT nextval('runs') + 0", 0);
        for (size_t i = 0; i < KN_COUNT_OF(discards); i++) {
            must_run(c, discards[i]);
            must(try_execute(outside, NULL, 0, 0, &outcome, &error), KN_OK);
            must(end(outside, NULL, &error), KN_OK);
            must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
            kn_status status = try_execute(inside, NULL, 0, 0, &outcome, &error);
            if (status) { /* with names only: auto goes without when it happens again */
                must(status, KN_SERVER_STATE);
                assert_true(p == 1 || i == 0);
                assert_string_equal(error.sqlstate, "26000");
                assert_int_equal(error.retry, KN_RETRY_TRANSACTION);
                assert_int_equal(error.commit, KN_COMMIT_OPEN);
                must(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, &error), KN_OK);
                must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
                must(try_execute(inside, NULL, 0, 0, &outcome, &error), KN_OK);
            }
            must(end(inside, NULL, &error), KN_OK);
            must(transact(c, KN_TRANSACT_COMMIT, 0, NULL, &error), KN_OK);
        }
        assert_int_equal(number(c, "SELECT last_value FROM runs"), 2 * KN_COUNT_OF(discards)); /* none ran twice */
        libpq_driver()->finish(outside);
        libpq_driver()->finish(inside);
        must_run(c, "DROP SEQUENCE runs");
        close_it(c);
    }
}

/* It ran, and what it did with names of its own failed as if its own name were gone. */
static void test_libpq__a_statement_that_failed_within_is_not_run_again(void **state)
{
    static const char *const bodies[] = {
        "EXECUTE 'EXECUTE nothing'",
        "EXECUTE 'PREPARE p AS SELECT * FROM changing'; EXECUTE 'ALTER TABLE changing ADD b int'; EXECUTE 'EXECUTE p'",
    };
    kn_error error = {0};
    kn_outcome outcome;
    char sql[400];
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(bodies); i++) {
        void *c = open_plain();
        must_run(c, "CREATE TEMP TABLE changing (a int)");
        must_run(c, "CREATE TEMP SEQUENCE runs");
        snprintf(sql, sizeof sql,
                 "CREATE FUNCTION pg_temp.inner() RETURNS int LANGUAGE plpgsql AS $$BEGIN PERFORM nextval('runs'); %s;"
                 " RETURN 1; END$$",
                 bodies[i]);
        must_run(c, sql);
        void *s = prepare(c, "SELECT pg_temp.inner()", 0);
        assert_int_not_equal(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
        assert_string_equal(error.sqlstate, i == 0 ? "26000" : "0A000");
        assert_int_equal(number(c, "SELECT last_value FROM runs"), 1);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq__reset_leaves_nothing_behind(void **state)
{
    kn_error error = {0};
    (void)state;
    void *c = open_plain(), *kept = prepare(c, "SELECT 1", 0);
    must_run(c, "CREATE TEMP TABLE left_behind (a int)");
    must_run(c, "SET TimeZone = 'Asia/Tokyo'");
    must_run(c, "SET work_mem = '77kB'");
    must_run(c, "SELECT pg_advisory_lock(42)");
    must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    must(reset(c, &error), KN_OK);
    assert_false(libpq_driver()->in_transaction(c));
    assert_string_equal(word(c, "SHOW TimeZone"), "UTC");
    assert_string_not_equal(word(c, "SHOW work_mem"), "77kB");
    assert_int_equal(number(c, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0);
    must(run(c, "SELECT * FROM left_behind", &error), KN_NO_SUCH);
    kn_outcome outcome;
    must(try_execute(kept, NULL, 0, 0, &outcome, &error), KN_OK);
    must(end(kept, NULL, &error), KN_OK);
    libpq_driver()->finish(kept);
    close_it(c);
}

static void test_libpq__steps_wait_and_go_on(void **state)
{
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[1], big;
    static char text[4000000];
    (void)state;
    void *c = open_with(NULL, false), *holder = open_plain();
    memset(text, 'x', sizeof text);
    big = kn_textn(text, sizeof text);
    assert_int_equal(cell_of(c, "SELECT length($1)", &big, 1).as.i, sizeof text);
    must_run(holder, "SELECT pg_advisory_lock(77)"); /* else the server may be faster than this thread */
    void *s = prepare(c, "SELECT pg_advisory_lock(77)", 0);
    kn_execute_request request = {.size_ = sizeof request};
    outcome = (kn_outcome){.size_ = sizeof outcome};
    assert_int_equal(libpq_driver()->execute(s, &request, &outcome, &(kn_wait){.fd = -1}, &error), KN_WAIT);
    close_it(holder);
    must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    must(fetch(s, row, &error), KN_OK);
    must(end(s, NULL, &error), KN_OK);
    libpq_driver()->finish(s);
    s = prepare(c, "SELECT n FROM generate_series(1, 200000) n", 0);
    must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    int64_t rows = 0;
    kn_status status;
    while ((status = fetch(s, row, &error)) == KN_OK)
        assert_int_equal(row[0].as.i, ++rows);
    must(status, KN_DONE);
    assert_int_equal(rows, 200000);
    must(end(s, &outcome, &error), KN_OK);
    must(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    must(fetch(s, row, &error), KN_OK);
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, &error), KN_STATE);
    must(end(s, &outcome, &error), KN_OK); /* in the middle */
    assert_int_equal(number(c, "SELECT 7"), 7);
    libpq_driver()->finish(s);
    close_it(c);
}

static void test_libpq__a_forked_child_leaves_the_parents_session_alone(void **state)
{
    (void)state;
    void *c = open_plain();
    pid_t child = fork();
    if (child == 0) {
        libpq_driver()->abandon(c);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(number(c, "SELECT 3"), 3);
    close_it(c);
}

static void test_libpq__what_cannot_be_opened_says_why(void **state)
{
    static const struct {
        const char *url;
        const char *option;
        kn_status status;
    } cases[] = {
        {"postgresql://koine@%2Fnonexistent/koine", NULL, KN_CONNECT},
        {"postgresql://koine@127.0.0.1:1/koine", NULL, KN_CONNECT},
        {"postgresql://koine@no.such.host.invalid/koine", NULL, KN_CONNECT},
        {"postgresql://koine@127.0.0.1:1/koine", "tls_ca=/x", KN_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_error error = {0};
        void *c = NULL;
        must(open_on(&fixture_memory.allocator, cases[i].url, OPTIONS(cases[i].option), true, now_us() + 20000000, &c,
                     &error),
             cases[i].status);
        assert_null(c);
        assert_null(strchr(error.message, '\n'));
    }
    kn_error error = {0};
    char url[300];
    const char *given = getenv("KOINE_TEST_POSTGRESQL");
    snprintf(url, sizeof url, "%.*s/no_such_database", (int)(strrchr(given, '/') - given), given);
    void *c = NULL;
    must(open_on(&fixture_memory.allocator, url, NULL, true, 0, &c, &error), KN_NO_SUCH);
    assert_string_equal(error.sqlstate, "3D000");
    assert_null(strstr(error.message, "LOCATION"));
}

/* Nothing has happened yet: the program is told at once that there is no waiting, not at the deadline. */
static void test_libpq__opening_ends_where_poll_fails(void **state)
{
    kn_error error = {0};
    kn_wait wait = {.fd = -1};
    kn_url *url = NULL;
    const char *values[32];
    struct rlimit before, none;
    tcp_peer deaf;
    char text[100];
    void *c = NULL;
    (void)state;
    tcp_peer_start(&deaf, NULL, 0, TCP_STAYS);
    snprintf(text, sizeof text, "postgresql://koine@127.0.0.1:%u/koine", deaf.port);
    assert_int_equal(kn_url_parse(text, NULL, &url, &error), KN_OK);
    for (size_t i = 0; libpq_driver()->options[i].name; i++)
        values[i] = libpq_driver()->options[i].fallback;
    kn_open_request request = {.size_ = sizeof request,
                               .allocator = &fixture_memory.allocator,
                               .url = url,
                               .values = values,
                               .deadline_us = now_us() + 60000000};
    must(libpq_driver()->open(&request, &c, &wait, &error), KN_WAIT);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0; /* poll says EINVAL */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    kn_status status = libpq_driver()->open(&request, &c, &wait, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    must(status, KN_CONNECT);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
    assert_null(c);
    kn_url_destroy(url);
    tcp_peer_stop(&deaf);
}

/* libpq's own memory is not the allocator's. */
static kn_status workload(const kn_allocator *allocator, void *context)
{
    void *c = NULL, *s = NULL;
    kn_outcome outcome;
    kn_value row[3], values[2] = {kn_string("text"), kn_decimal_value(kn_decimal_of(1250, -2))};
    (void)context;
    kn_status status = open_on(allocator, getenv("KOINE_TEST_POSTGRESQL"), NULL, true, 0, &c, NULL);
    if (status)
        return status;
    status = try_prepare(c, "SELECT $1::text, $2, (10::numeric ^ 50)::numeric", 2, &s, NULL);
    if (!status)
        status = try_execute(s, values, 2, 0, &outcome, NULL);
    if (!status) {
        status = fetch(s, row, NULL);
        kn_status ended = end(s, NULL, NULL);
        status = status ? status : ended;
    }
    libpq_driver()->finish(s);
    libpq_driver()->close(c);
    return status;
}

static void test_libpq__survives_every_allocation_failure(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(workload, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq__the_environment_changes_nothing),
        WITH_SERVER(test_libpq__a_service_of_the_environment_is_refused),
        WITH_SERVER(test_libpq__values_go_and_come_exactly),
        WITH_SERVER(test_libpq__numerics_of_any_length_go_and_come_exactly),
        WITH_SERVER(test_libpq__numerics_of_every_scale_go_and_come_exactly),
        WITH_SERVER(test_libpq__a_parameter_may_change_its_kind),
        WITH_SERVER(test_libpq__failures_have_portable_names),
        WITH_SERVER(test_libpq__the_position_counts_bytes),
        WITH_SERVER(test_libpq__a_deadline_stops_the_statement_and_keeps_the_link),
        WITH_SERVER(test_libpq__a_cancel_stops_what_runs_and_nothing_later),
        WITH_SERVER(test_libpq__a_dead_link_is_seen),
        WITH_SERVER(test_libpq__the_servers_word_ends_a_link),
        WITH_SERVER(test_libpq__a_failed_transaction_does_not_commit),
        WITH_SERVER(test_libpq__prepared_statements_outlive_changes_of_their_tables),
        WITH_SERVER(test_libpq__prepared_statements_outlive_a_discarded_session),
        WITH_SERVER(test_libpq__a_statement_that_failed_within_is_not_run_again),
        WITH_SERVER(test_libpq__reset_leaves_nothing_behind),
        WITH_SERVER(test_libpq__steps_wait_and_go_on),
        WITH_SERVER(test_libpq__a_forked_child_leaves_the_parents_session_alone),
        WITH_SERVER(test_libpq__what_cannot_be_opened_says_why),
        WITH_SERVER(test_libpq__opening_ends_where_poll_fails),
        WITH_SERVER(test_libpq__survives_every_allocation_failure),
    };
    if (!getenv("KOINE_TEST_POSTGRESQL")) {
        printf("KOINE_TEST_POSTGRESQL names no server; run it under scripts/koine-testbed\n");
        return 1;
    }
    return cmocka_run_group_tests_name("integration/drivers/libpq", tests, NULL, NULL);
}
