/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* Many sets of values that are one whole within the program's transaction: a savepoint, the sets and its release in one
 * exchange, and wherever that fails the transaction is as it was before. */
#include "support/cmocka.h"

#include <math.h>

#include "libpq_fixture.h"
#include "support/cutting_proxy.h"

#define SETS 700 /* more than are unanswered at once */
#define SETTLE_S 20

static batch run_whole(void *statement, const kn_value *values, size_t sets, size_t count, int64_t deadline)
{
    batch b = run_sets(statement, values, sets, count, deadline, true);
    if (!b.status)
        assert_int_equal(b.changed, sets);
    return b;
}

static void must_begin(void *c)
{
    assert_int_equal(transact(c, KN_TRANSACT_BEGIN, 0, NULL, NULL), KN_OK);
}

static void must_commit(void *c)
{
    assert_int_equal(transact(c, KN_TRANSACT_COMMIT, 0, NULL, NULL), KN_OK);
}

/* 0, 1, 2... */
static kn_value *numbers(void)
{
    static kn_value values[SETS];
    for (int i = 0; i < SETS; i++)
        values[i] = kn_float(i);
    return values;
}

static const struct way {
    const char *prepare;
    bool blocking;
} ways[] = {{"prepare=auto", true}, {"prepare=auto", false}, {"prepare=never", true}, {"prepare=never", false}};

static void run_once(void *statement, double n)
{
    kn_value value = kn_float(n);
    kn_outcome outcome;
    kn_error error = {0};
    must(try_execute(statement, &value, 1, 0, &outcome, &error), KN_OK);
    must(end(statement, NULL, &error), KN_OK);
}

/* One of the sets does something else. */
static void *prepare_insert(void *c)
{
    must_run(c, "CREATE TEMP TABLE t (n double precision PRIMARY KEY)");
    must_run(c, "CREATE FUNCTION pg_temp.does(n double precision) RETURNS double precision LANGUAGE plpgsql AS"
                " $$BEGIN IF n::text = current_setting('it.at') THEN EXECUTE current_setting('it.does'); END IF;"
                " RETURN n; END$$");
    must_run(c, "SET it.at = ''");
    return prepare(c, "INSERT INTO t VALUES (pg_temp.does($1))", 1);
}

static void set_does(void *c, int at, const char *does)
{
    char sql[300];
    snprintf(sql, sizeof sql, "SELECT set_config('it.at', '%d', false), set_config('it.does', '%s', false)", at, does);
    must_run(c, sql);
}

/* A transaction with the row -1; the statement has run: it is known to give no rows. */
static void *open_within(const struct way *way, void **statement)
{
    void *c = open_with(OPTIONS(way->prepare), way->blocking);
    *statement = prepare_insert(c);
    must_begin(c);
    run_once(*statement, -1);
    return c;
}

/* What was before is there, what came of the failure is not, and the transaction goes on. */
static void check_kept(void *c, void *s, batch failed)
{
    kn_error error = {0};
    if (!libpq_driver()->in_transaction(c))
        fail_msg("no transaction after %s: %s", kn_status_name(failed.status), failed.error.message);
    must_run(c, "SET it.at = ''");
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    batch b = run_whole(s, numbers(), SETS, 1, 0);
    if (b.status)
        fail_msg("after %s: %s: %s", failed.error.message, kn_status_name(b.status), b.error.message);
    must(transact(c, KN_TRANSACT_SAVEPOINT, 0, "s", &error), KN_OK);
    must(transact(c, KN_TRANSACT_ROLLBACK_TO, 0, "koine_batch", &error), KN_NO_SUCH); /* nothing of it is left */
    must(transact(c, KN_TRANSACT_ROLLBACK_TO, 0, "s", &error), KN_OK);
    must_commit(c);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), SETS + 1);
}

static void test_libpq_whole__is_refused_until_it_is_known_to_give_no_rows(void **state)
{
    static const char *const texts[] = {"INSERT INTO t VALUES ($1)", "INSERT INTO t VALUES ($1) RETURNING n",
                                        "SELECT $1::float", "INSERT INTO t VALUES ($1 / 0)"};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * KN_COUNT_OF(texts); i++) {
        bool known = i % KN_COUNT_OF(texts) == 0;
        void *c = open_with(OPTIONS(ways[i / KN_COUNT_OF(texts)].prepare), ways[i / KN_COUNT_OF(texts)].blocking);
        kn_value value = kn_float(9);
        kn_outcome outcome;
        must_run(c, "CREATE TEMP TABLE t (n double precision)");
        void *s = prepare(c, texts[i % KN_COUNT_OF(texts)], 1);
        for (int run = 0; run < 2; run++) {
            must_begin(c);
            batch b = run_whole(s, numbers(), 3, 1, 0);
            assert_int_equal(b.status, known && run ? KN_OK : KN_UNSUPPORTED);
            if (b.status)
                assert_int_equal(b.failed, 3); /* not taken: nothing was sent */
            assert_int_equal(number(c, "SELECT count(*) FROM t WHERE n < 3"), b.status ? 0 : 3);
            must_commit(c);
            if (!try_execute(s, &value, 1, 0, &outcome, NULL))
                assert_int_equal(end(s, NULL, NULL), KN_OK);
        }
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static const struct failure {
    const char *does;
    kn_status status;
} failures[] = {
    {"SELECT 1 / 0", KN_DATA},
    {"INSERT INTO t VALUES (-1)", KN_UNIQUE},
    {"SELECT pg_cancel_backend(pg_backend_pid())", KN_CANCELLED},
};
static const int places[] = {0, 350, SETS - 1};

static void test_libpq_whole__a_failure_at_any_set_leaves_the_transaction_as_it_was(void **state)
{
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++)
        for (size_t j = 0; j < KN_COUNT_OF(failures) * KN_COUNT_OF(places); j++) {
            const struct failure *f = &failures[j / KN_COUNT_OF(places)];
            int place = places[j % KN_COUNT_OF(places)];
            void *c = open_within(&ways[i], &s);
            set_does(c, place, f->does);
            batch b = run_whole(s, numbers(), SETS, 1, 0);
            if (b.status != f->status)
                fail_msg("%s at %d: %s: %s", f->does, place, kn_status_name(b.status), b.error.message);
            assert_int_equal(b.failed, place);
            check_kept(c, s, b);
            libpq_driver()->finish(s);
            close_it(c);
        }
}

/* What the driver refuses itself, with sets before it on their way. */
static void test_libpq_whole__so_does_a_value_that_cannot_be_sent(void **state)
{
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * KN_COUNT_OF(places); i++) {
        int place = places[i % KN_COUNT_OF(places)];
        void *c = open_within(&ways[i / KN_COUNT_OF(places)], &s);
        kn_value *values = numbers();
        values[place] = kn_float(HUGE_VAL);
        batch b = run_whole(s, values, SETS, 1, 0);
        assert_int_equal(b.status, KN_OUT_OF_RANGE);
        assert_int_equal(b.failed, place);
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq_whole__so_does_a_deadline(void **state)
{
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * KN_COUNT_OF(places); i++) {
        int place = places[i % KN_COUNT_OF(places)];
        void *c = open_within(&ways[i / KN_COUNT_OF(places)], &s);
        set_does(c, place, "SELECT pg_sleep(60)");
        batch b = run_whole(s, numbers(), SETS, 1, now_us() + 100000);
        assert_int_equal(b.status, KN_TIMEOUT);
        assert_true(b.failed <= (size_t)place || b.failed == SIZE_MAX); /* maybe before it slept */
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* The server no longer knows its name. Without one there is nothing to forget. */
static void test_libpq_whole__so_does_a_name_that_is_gone(void **state)
{
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        bool named = strcmp(ways[i].prepare, "prepare=never") != 0;
        void *c = open_within(&ways[i], &s);
        must_run(c, "DEALLOCATE ALL");
        batch b = run_whole(s, numbers(), 3, 1, 0);
        assert_int_equal(b.status, named ? KN_SERVER_STATE : KN_OK);
        if (named) {
            assert_int_equal(run_whole(s, numbers(), 3, 1, 0).status, KN_UNSUPPORTED); /* core goes the other way */
            run_once(s, -2);
            must_run(c, "DELETE FROM t WHERE n = -2");
        } else {
            must_run(c, "DELETE FROM t WHERE n >= 0");
        }
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* The table is gone: that is found when the unnamed statement is prepared, or the named one planned again. */
static void test_libpq_whole__so_does_a_statement_that_cannot_be_planned(void **state)
{
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_within(&ways[i], &s);
        must_run(c, "ALTER TABLE t RENAME TO u");
        batch b = run_whole(s, numbers(), SETS, 1, 0);
        assert_int_equal(b.status, KN_NO_SUCH);
        assert_int_equal(b.failed, 0);
        must_run(c, "ALTER TABLE u RENAME TO t");
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* No savepoint could be set, so none is gone back to: the program's own of that name stays. */
static void test_libpq_whole__a_transaction_that_has_failed_stays_so(void **state)
{
    kn_error error = {0};
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_within(&ways[i], &s);
        must(transact(c, KN_TRANSACT_SAVEPOINT, 0, "koine_batch", &error), KN_OK);
        assert_int_equal(run(c, "SELECT 1 / 0", NULL), KN_DATA);
        batch b = run_whole(s, numbers(), SETS, 1, 0);
        assert_int_equal(b.status, KN_NOT_IN_TRANSACTION);
        assert_int_equal(b.failed, SIZE_MAX);
        assert_int_equal(run(c, "SELECT 1", NULL), KN_NOT_IN_TRANSACTION);
        must(transact(c, KN_TRANSACT_ROLLBACK_TO, 0, "koine_batch", &error), KN_OK);
        must(transact(c, KN_TRANSACT_RELEASE, 0, "koine_batch", &error), KN_OK);
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq_whole__a_savepoint_of_the_same_name_is_the_programs(void **state)
{
    kn_error error = {0};
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * 2; i++) {
        bool fails = i % 2;
        void *c = open_within(&ways[i / 2], &s);
        must(transact(c, KN_TRANSACT_SAVEPOINT, 0, "koine_batch", &error), KN_OK);
        run_once(s, -2);
        if (fails)
            set_does(c, 1, "SELECT 1 / 0");
        batch b = run_whole(s, numbers(), 3, 1, 0);
        assert_int_equal(b.status, fails ? KN_DATA : KN_OK);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), fails ? 2 : 5);
        must(transact(c, KN_TRANSACT_ROLLBACK_TO, 0, "koine_batch", &error), KN_OK);
        must(transact(c, KN_TRANSACT_RELEASE, 0, "koine_batch", &error), KN_OK);
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq_whole__a_link_that_is_lost_is_told(void **state)
{
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * KN_COUNT_OF(places); i++) {
        void *c = open_within(&ways[i / KN_COUNT_OF(places)], &s);
        set_does(c, places[i % KN_COUNT_OF(places)], "SELECT pg_terminate_backend(pg_backend_pid())");
        batch b = run_whole(s, numbers(), SETS, 1, 0);
        assert_int_equal(b.status, KN_LINK_LOST);
        assert_int_equal(b.error.commit, KN_COMMIT_NOT);
        assert_int_equal(b.error.retry, KN_RETRY_CONNECTION);
        assert_false(libpq_driver()->in_transaction(c));
        libpq_driver()->finish(s);
        close_it(c);
    }
}

static void test_libpq_whole__each_allocation_failure_leaves_the_transaction_as_it_was(void **state)
{
    kn_value values[] = {kn_string("a text"), kn_string("another"), kn_null()};
    kn_outcome outcome;
    (void)state;
    for (size_t n = 1;; n++) {
        static char longer[5000];
        void *c = open_plain();
        memset(longer, 'x', sizeof longer - 1);
        values[1] = kn_string(longer); /* room for it is made when others are on their way */
        must_run(c, "CREATE TEMP TABLE t (n text)");
        void *s = prepare(c, "INSERT INTO t VALUES ($1)", 1);
        must_begin(c);
        assert_int_equal(try_execute(s, values, 1, 0, &outcome, NULL), KN_OK);
        assert_int_equal(end(s, NULL, NULL), KN_OK);
        fixture_memory.fail_at = fixture_memory.requests + n;
        fixture_memory.fired = false;
        batch b = run_whole(s, values, 3, 1, 0);
        bool fired = fixture_memory.fired;
        fixture_memory.fail_at = 0;
        assert_int_equal(b.status, fired ? KN_NOMEM : KN_OK);
        must_commit(c);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), fired ? 1 : 4);
        libpq_driver()->finish(s);
        close_it(c);
        if (!fired) {
            assert_true(n > 1);
            break;
        }
    }
}

/* A single set is encoded before anything is sent; one of another type has to be prepared first. */
static void test_libpq_whole__a_single_set_is_one_too(void **state)
{
    kn_value infinite = kn_float(HUGE_VAL), integer = kn_int(7);
    void *s;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        bool named = strcmp(ways[i].prepare, "prepare=never") != 0;
        void *c = open_within(&ways[i], &s);
        set_does(c, 0, "SELECT 1 / 0");
        batch b = run_whole(s, numbers(), 1, 1, 0);
        assert_int_equal(b.status, KN_DATA);
        assert_int_equal(b.failed, 0);
        b = run_whole(s, &infinite, 1, 1, 0);
        assert_int_equal(b.status, KN_OUT_OF_RANGE);
        assert_int_equal(b.failed, 0);
        assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
        b = run_whole(s, &integer, 1, 1, 0);
        assert_int_equal(b.status, named ? KN_UNSUPPORTED : KN_OK);
        assert_int_equal(b.failed, 1);
        must_run(c, "DELETE FROM t WHERE n = 7");
        run_once(s, -2);
        must_run(c, "DELETE FROM t WHERE n = -2");
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_it(c);
    }
}

/* ---- with words in between that no server would take ---- */

static void *open_behind(cutting_proxy *proxy, const struct way *way)
{
    char address[128], options[64];
    kn_error error = {0};
    kn_url *url = NULL;
    void *c = NULL;
    assert_int_equal(kn_url_parse(getenv("KOINE_TEST_POSTGRESQL"), NULL, &url, &error), KN_OK);
    snprintf(address, sizeof address, "%s/.s.PGSQL.%u", url->hosts[0].name, (unsigned)url->hosts[0].port);
    kn_url_destroy(url);
    cutting_proxy_start(proxy, address);
    cutting_proxy_plan(proxy, (cutting_plan){.way = CUT_NOTHING});
    snprintf(address, sizeof address, "postgresql://koine@127.0.0.1:%u/koine", proxy->port);
    snprintf(options, sizeof options, "%s", way->prepare);
    must(open_on(&fixture_memory.allocator, address, OPTIONS(options, "tls=disable"), way->blocking, 0, &c, &error),
         KN_OK);
    return c;
}

static void close_behind(cutting_proxy *proxy, void *c)
{
    close_it(c);
    assert_true(cutting_proxy_settle(proxy, SETTLE_S));
    cutting_proxy_stop(proxy);
}

static void test_libpq_whole__takes_one_round_trip(void **state)
{
    cutting_proxy proxy;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        void *c = open_behind(&proxy, &ways[i]);
        void *s = prepare_insert(c);
        must_begin(c);
        run_once(s, -1);
        (void)cutting_proxy_trips(&proxy);
        assert_int_equal(run_whole(s, numbers(), 100, 1, 0).status, KN_OK);
        assert_int_equal(cutting_proxy_trips(&proxy), 1);
        batch b = run_whole(s, numbers(), 100, 1, 0);
        assert_int_equal(b.status, KN_UNIQUE);
        assert_int_equal(cutting_proxy_trips(&proxy), 2); /* the other takes back */
        must_run(c, "DELETE FROM t WHERE n >= 0");
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_behind(&proxy, c);
    }
}

static const struct swap {
    const char *finds, *puts;
    kn_status status;
    bool stays; /* the transaction, as it was */
} swaps[] = {
    {"SAVEPOINT koine_batch", "SAVEPOINT koine,batch", KN_SYNTAX, false},
    {"RELEASE koine_batch", "RELEASE koine_botch", KN_NO_SUCH, true},
    {"RELEASE koine_batch", "RELEASE koine,batch", KN_SYNTAX, true},
};

static void test_libpq_whole__only_a_savepoint_that_stands_is_gone_back_to(void **state)
{
    cutting_proxy proxy;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * KN_COUNT_OF(swaps); i++) {
        const struct swap *swap = &swaps[i % KN_COUNT_OF(swaps)];
        void *c = open_behind(&proxy, &ways[i / KN_COUNT_OF(swaps)]);
        void *s = prepare_insert(c);
        must_begin(c);
        run_once(s, -1);
        (void)cutting_proxy_trips(&proxy);
        cutting_proxy_replace(&proxy, swap->finds, swap->puts);
        batch b = run_whole(s, numbers(), 3, 1, 0);
        assert_int_equal(b.status, swap->status);
        assert_int_equal(b.failed, SIZE_MAX);
        if (swap->stays) {
            assert_int_equal(cutting_proxy_trips(&proxy), 2);
            check_kept(c, s, b);
        } else {
            assert_int_equal(cutting_proxy_trips(&proxy), 1);
            assert_true(libpq_driver()->in_transaction(c));
            assert_int_equal(run(c, "SELECT 1", NULL), KN_NOT_IN_TRANSACTION);
        }
        libpq_driver()->finish(s);
        close_behind(&proxy, c);
    }
}

/* The statement gives rows after all: the savepoint is released when that is seen. */
static void test_libpq_whole__rows_that_come_all_the_same_are_refused(void **state)
{
    cutting_proxy proxy;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways); i++) {
        if (strcmp(ways[i].prepare, "prepare=never") != 0) /* what has a name stays as it is */
            continue;
        void *c = open_behind(&proxy, &ways[i]);
        void *s = prepare_insert(c);
        must_begin(c);
        run_once(s, -1);
        (void)cutting_proxy_trips(&proxy);
        cutting_proxy_replace(&proxy, "INSERT INTO t VALUES (", "SELECT          1, (  ");
        batch b = run_whole(s, numbers(), 3, 1, 0);
        assert_int_equal(b.status, KN_INVALID);
        assert_int_equal(cutting_proxy_trips(&proxy), 1);
        assert_int_equal(run_whole(s, numbers(), 3, 1, 0).status, KN_UNSUPPORTED); /* now that is known */
        run_once(s, -2);
        must_run(c, "DELETE FROM t WHERE n = -2");
        check_kept(c, s, b);
        libpq_driver()->finish(s);
        close_behind(&proxy, c);
    }
}

/* The link ends, or the server fails, when all is taken back: of a value that cannot be sent, so that it hears it. */
static void test_libpq_whole__what_cannot_be_taken_back_is_no_success(void **state)
{
    static const struct {
        const char *puts;
        kn_status status;
        bool lost;
    } ends[] = {
        {"SELECT pg_temp.ends(1)                      ", KN_LINK_LOST, true},
        {"SELECT 1 / 0                                ", KN_OUT_OF_RANGE, false},
    };
    cutting_proxy proxy;
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ways) * KN_COUNT_OF(ends); i++) {
        bool lost = ends[i % 2].lost;
        void *c = open_behind(&proxy, &ways[i / 2]);
        must_run(c, "CREATE FUNCTION pg_temp.ends(int) RETURNS boolean LANGUAGE sql AS"
                    " 'SELECT pg_terminate_backend(pg_backend_pid())'");
        void *s = prepare_insert(c);
        must_begin(c);
        run_once(s, -1);
        cutting_proxy_replace(&proxy, "ROLLBACK TO koine_batch; RELEASE koine_batch", ends[i % 2].puts);
        kn_value *values = numbers();
        values[2] = kn_float(HUGE_VAL);
        batch b = run_whole(s, values, 3, 1, 0);
        assert_int_equal(b.status, ends[i % 2].status);
        assert_int_equal(b.error.status, b.status);
        assert_int_equal(libpq_driver()->in_transaction(c), !lost);
        if (lost)
            assert_int_equal(b.error.commit, KN_COMMIT_NOT);
        assert_int_equal(run(c, "SELECT 1", NULL), lost ? KN_LINK_LOST : KN_NOT_IN_TRANSACTION);
        libpq_driver()->finish(s);
        close_behind(&proxy, c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq_whole__is_refused_until_it_is_known_to_give_no_rows),
        WITH_SERVER(test_libpq_whole__a_failure_at_any_set_leaves_the_transaction_as_it_was),
        WITH_SERVER(test_libpq_whole__so_does_a_value_that_cannot_be_sent),
        WITH_SERVER(test_libpq_whole__so_does_a_deadline),
        WITH_SERVER(test_libpq_whole__so_does_a_name_that_is_gone),
        WITH_SERVER(test_libpq_whole__so_does_a_statement_that_cannot_be_planned),
        WITH_SERVER(test_libpq_whole__a_transaction_that_has_failed_stays_so),
        WITH_SERVER(test_libpq_whole__a_savepoint_of_the_same_name_is_the_programs),
        WITH_SERVER(test_libpq_whole__a_link_that_is_lost_is_told),
        WITH_SERVER(test_libpq_whole__each_allocation_failure_leaves_the_transaction_as_it_was),
        WITH_SERVER(test_libpq_whole__a_single_set_is_one_too),
        WITH_SERVER(test_libpq_whole__takes_one_round_trip),
        WITH_SERVER(test_libpq_whole__only_a_savepoint_that_stands_is_gone_back_to),
        WITH_SERVER(test_libpq_whole__rows_that_come_all_the_same_are_refused),
        WITH_SERVER(test_libpq_whole__what_cannot_be_taken_back_is_no_success),
    };
    return cmocka_run_group_tests_name("drivers/libpq_whole", tests, NULL, NULL);
}
