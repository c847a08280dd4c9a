/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* Many sets of values in one pipeline: in order, once each, whatever the buffers between the two sides hold. */
#include "support/cmocka.h"

#include <pthread.h>

#include "libpq_fixture.h"

#define SETS 2000

static void must_run_sets(void *statement, const kn_value *values, size_t sets, size_t count)
{
    batch b = run_sets(statement, values, sets, count, 0, false);
    if (b.status)
        fail_msg("set %zu: %s", b.failed, b.error.message);
    assert_int_equal(b.changed, sets);
}

/* 0, 1, 2... */
static kn_value *numbers(void)
{
    static kn_value values[SETS];
    for (int64_t i = 0; i < SETS; i++)
        values[i] = kn_int(i);
    return values;
}

static const struct way {
    const char *prepare;
    bool blocking;
} ways[] = {{"prepare=auto", true}, {"prepare=auto", false}, {"prepare=never", true}, {"prepare=never", false}};

static void test_libpq_batch__sets_run_in_order_once_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_with(OPTIONS(ways[i].prepare), ways[i].blocking);
        must_run(c, "CREATE TEMP TABLE t (place serial, n bigint)");
        void *s = prepare(c, "INSERT INTO t (n) VALUES ($1)", 1);
        must_run_sets(s, numbers(), SETS, 1);
        must_run_sets(s, numbers(), 1, 1);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), SETS + 1);
        assert_int_equal(number(c, "SELECT count(*) FROM t WHERE n = place - 1"), SETS);
        kn_outcome outcome;
        kn_value one = kn_int(7);
        assert_int_equal(try_execute(s, &one, 1, 0, &outcome, NULL), KN_OK); /* and one by one again */
        assert_int_equal(end(s, NULL, NULL), KN_OK);
        libpq_driver()->finish(s);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), SETS + 2);
        libpq_driver()->close(c);
    }
}

/* In a transaction: without one they would be one by themselves. */
static void test_libpq_batch__nothing_runs_behind_a_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_with(OPTIONS(ways[i].prepare), ways[i].blocking);
        must_run(c, "CREATE TEMP TABLE t (n bigint UNIQUE)");
        must_run(c, "CREATE TEMP SEQUENCE ran");
        void *s = prepare(c, "INSERT INTO t (n) VALUES ($1 + 0 * nextval('ran'))", 1);
        kn_value *values = numbers();
        values[1500] = kn_int(9);
        assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL, NULL), KN_OK);
        batch b = run_sets(s, values, SETS, 1, 0, false);
        assert_int_equal(b.status, KN_UNIQUE);
        assert_int_equal(b.failed, 1500);
        assert_string_equal(b.error.sqlstate, "23505");
        assert_int_equal(b.error.commit, KN_COMMIT_OPEN);
        assert_int_equal(transact(c, KN_TRANSACT_ROLLBACK, 0, NULL, NULL), KN_OK);
        assert_int_equal(number(c, "SELECT last_value FROM ran"), 1501); /* a sequence counts what is rolled back too */
        assert_int_equal(number(c, "SELECT count(*) FROM t"), 0);
        must_run_sets(s, numbers(), SETS, 1);
        libpq_driver()->finish(s);
        libpq_driver()->close(c);
    }
}

/* Both directions are full at once: each set is large, and the server says much about each. */
static void test_libpq_batch__full_buffers_on_both_sides_are_no_deadlock(void **state)
{
    static char text[200000];
    kn_value values[2 * 100];
    (void)state;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 100; i++) {
        values[2 * i] = kn_int(i);
        values[2 * i + 1] = kn_textn(text, sizeof text);
    }
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_with(OPTIONS(ways[i].prepare), ways[i].blocking);
        must_run(c, "CREATE TEMP TABLE t (n bigint, size bigint)");
        must_run(c, "CREATE FUNCTION pg_temp.noisy(bigint) RETURNS bigint LANGUAGE plpgsql AS"
                    " $$BEGIN RAISE NOTICE '%', repeat('y', 200000); RETURN $1; END$$");
        must_run(c, "SET client_min_messages = notice");
        void *s = prepare(c, "INSERT INTO t VALUES (pg_temp.noisy($1), length($2::text))", 2);
        must_run_sets(s, values, 100, 2);
        assert_int_equal(number(c, "SELECT sum(size)::bigint FROM t"), 100 * sizeof text);
        libpq_driver()->finish(s);
        libpq_driver()->close(c);
    }
}

static void test_libpq_batch__sets_of_several_kinds_are_left_to_the_core(void **state)
{
    kn_value mixed[] = {kn_null(), kn_int(1), kn_string("2")}, plain[] = {kn_null(), kn_string("1"), kn_null()};
    void *c = open_plain();
    (void)state;
    must_run(c, "CREATE TEMP TABLE t (n text)");
    void *s = prepare(c, "INSERT INTO t VALUES ($1)", 1);
    batch b = run_sets(s, mixed, 3, 1, 0, false);
    assert_int_equal(b.status, KN_UNSUPPORTED);
    assert_int_equal(b.failed, 3);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 0);
    must_run_sets(s, plain, 3, 1);
    assert_int_equal(number(c, "SELECT count(*) FROM t WHERE n IS NULL"), 2);
    libpq_driver()->finish(s);
    libpq_driver()->close(c);
}

static const struct refused {
    const char *sql;
    kn_status status;
    bool dies;
} refused[] = {
    {"SELECT $1::bigint", KN_INVALID, false},
    {"INSERT INTO t VALUES ($1) RETURNING n", KN_INVALID, false},
    {"INSERT INTO nowhere VALUES ($1)", KN_NO_SUCH, false},
    {"INSERT INTO t VALUES ($1) -- $2", KN_OK, false},
    {"INSERT INTO t SELECT 1 / $1::bigint", KN_DATA, false},
};

static void test_libpq_batch__what_cannot_run_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        for (size_t j = 0; j < KN_COUNT_OF(refused); j++) {
            void *c = open_with(OPTIONS(ways[i].prepare), ways[i].blocking), *s = NULL;
            must_run(c, "CREATE TEMP TABLE t (n bigint)");
            kn_error error = {0};
            s = prepare(c, refused[j].sql, 1);
            batch b = run_sets(s, numbers(), 10, 1, 0, false);
            assert_int_equal(b.status, refused[j].status);
            assert_int_equal(b.failed, b.status ? 0 : 10);
            libpq_driver()->finish(s);
            assert_int_equal(run(c, "SELECT 1", &error), KN_OK);
            libpq_driver()->close(c);
        }
    }
}

static void test_libpq_batch__a_deadline_stops_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_with(OPTIONS(ways[i].prepare), ways[i].blocking);
        must_run(c, "CREATE TEMP TABLE t (n bigint)");
        void *s = prepare(c, "INSERT INTO t SELECT $1::bigint WHERE pg_sleep(0.01) IS NOT NULL", 1);
        int64_t began = now_us();
        batch b = run_sets(s, numbers(), SETS, 1, began + 200000, false);
        assert_int_equal(b.status, KN_TIMEOUT);
        assert_true(now_us() - began < 15000000);
        libpq_driver()->finish(s);
        assert_true(number(c, "SELECT count(*) FROM t") < SETS);
        libpq_driver()->close(c);
    }
}

/* The server goes away in the middle. */
static void test_libpq_batch__a_lost_link_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_with(OPTIONS(ways[i].prepare), ways[i].blocking);
        must_run(c, "CREATE TEMP TABLE t (n bigint)");
        void *s = prepare(c, "INSERT INTO t SELECT $1 WHERE $1 < 1000 OR pg_terminate_backend(pg_backend_pid())", 1);
        assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL, NULL), KN_OK);
        batch b = run_sets(s, numbers(), SETS, 1, 0, false);
        assert_int_equal(b.status, KN_LINK_LOST);
        assert_int_equal(b.error.commit, KN_COMMIT_NOT);
        assert_int_equal(b.error.retry, KN_RETRY_CONNECTION);
        libpq_driver()->finish(s);
        libpq_driver()->close(c);
    }
}

/* Each allocation of the driver's own fails once. */
static void test_libpq_batch__each_allocation_failure_is_told(void **state)
{
    kn_value values[] = {kn_string("a text"), kn_string("another"), kn_null()};
    (void)state;
    for (size_t n = 1;; n++) {
        void *c = open_plain();
        must_run(c, "CREATE TEMP TABLE t (n text)");
        void *s = prepare(c, "INSERT INTO t VALUES ($1)", 1);
        fixture_memory.fail_at = fixture_memory.requests + n;
        fixture_memory.fired = false;
        batch b = run_sets(s, values, 3, 1, 0, false);
        bool fired = fixture_memory.fired;
        fixture_memory.fail_at = 0;
        assert_int_equal(b.status, fired ? KN_NOMEM : KN_OK);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), b.failed); /* those before it are in */
        libpq_driver()->finish(s);
        libpq_driver()->close(c);
        if (!fired)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq_batch__sets_run_in_order_once_each),
        WITH_SERVER(test_libpq_batch__nothing_runs_behind_a_failure),
        WITH_SERVER(test_libpq_batch__full_buffers_on_both_sides_are_no_deadlock),
        WITH_SERVER(test_libpq_batch__sets_of_several_kinds_are_left_to_the_core),
        WITH_SERVER(test_libpq_batch__what_cannot_run_is_refused),
        WITH_SERVER(test_libpq_batch__a_deadline_stops_it),
        WITH_SERVER(test_libpq_batch__a_lost_link_is_told),
        WITH_SERVER(test_libpq_batch__each_allocation_failure_is_told),
    };
    return cmocka_run_group_tests_name("drivers/libpq_batch", tests, NULL, NULL);
}
