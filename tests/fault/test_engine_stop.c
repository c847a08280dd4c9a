/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* Statements that are stopped: by their deadline, by a cancel from another thread; and steps that wait. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "support/fake_backend.h"

#include "engine/connection.h"

static const kn_select all_items = KN_SELECT(KN_FROM(Item));

/* Once blocking, once in steps. */
static const char *const urls[] = {"fake://s/", "fake+fake_steps://s/"};

static void test_engine_stop__a_statement_past_its_time_is_stopped(void **state)
{
    static const fake_slot slots[] = {FAKE_EXECUTE, FAKE_FETCH};

    (void)state;
    for (size_t u = 0; u < KN_COUNT_OF(urls); u++)
        for (size_t i = 0; i < KN_COUNT_OF(slots); i++) {
            kn_statement *statement = NULL;
            kn_result *result = NULL;
            kn_status status;
            fake_backend b;
            fake_backend_open(&b, urls[u], NULL);
            fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 1"), &statement, &b.error));
            kn_statement_timeout(statement, 20);
            fake_server_fail(b.server, (fake_fault){.slot = slots[i], .hangs = true});
            status = kn_open(statement, KN_NO_ARGS, &result, &b.error);
            if (status == KN_OK)
                status = kn_next(result, &b.error);
            assert_int_equal(status, KN_TIMEOUT);
            assert_int_equal(b.error.status, KN_TIMEOUT);
            kn_result_close(result);
            fake_ok(&b, kn_open(statement, KN_NO_ARGS, &result, &b.error)); /* the same statement goes again */
            fake_ok(&b, kn_next(result, &b.error));
            kn_statement_finish(statement);
            fake_backend_close(&b);
        }
}

/* The limit is the whole operation's, not that of one of its waits. */
static void test_engine_stop__a_step_may_wait_many_times_within_its_deadline(void **state)
{
    fake_backend b;
    fake_call call;
    kn_statement *statement = NULL;
    size_t waited = 0;

    (void)state;
    fake_backend_open(&b, "fake+fake_steps://s/", KN_ENGINE_OPTIONS(.connect_timeout_ms = 60000));
    fake_server_waits(b.server, 3);
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_ALIVE, .delay_us = 2000, .for_ever = true});
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_RESET, .delay_us = 2000, .for_ever = true});
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_EXECUTE, .delay_us = 2000, .for_ever = true});
    fake_ok(&b, kn__connection_alive(b.c, false, &b.error));
    fake_ok(&b, kn_prepare(b.c, KN_SQL("X"), &statement, &b.error));
    kn_statement_timeout(statement, 60000);
    fake_ok(&b, kn_run(statement, KN_NO_ARGS, NULL, &b.error));
    kn_statement_finish(statement);
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
    fake_ok(&b, kn_savepoint(b.c, "s", &b.error));
    fake_ok(&b, kn_rollback(b.c, &b.error));
    kn_release(b.c);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    assert_int_equal(fake_server_count(b.server, FAKE_OPEN), 1); /* the reset was in time */
    for (size_t i = 0; fake_server_call(b.server, i, &call); i++)
        waited += call.waits >= 3;
    assert_in_range(waited, 8, 20);
    fake_backend_close(&b);
}

/* Where poll refuses to wait, the step is asked again rather than left half done. */
static void test_engine_stop__a_step_is_finished_although_poll_fails(void **state)
{
    struct rlimit before, none;
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake+fake_steps://s/", NULL);
    fake_server_waits(b.server, 2);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    fake_backend_close(&b);
}

/* A server that hangs does not hold up who gives its connection back. */
static void test_engine_stop__a_reset_that_hangs_ends_with_its_connection(void **state)
{
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    (void)state;
    for (size_t u = 0; u < KN_COUNT_OF(urls); u++) {
        fake_backend b;
        fake_backend_open(&b, urls[u], KN_ENGINE_OPTIONS(.connect_timeout_ms = 20));
        fake_server_fail(b.server, (fake_fault){.slot = FAKE_RESET, .hangs = true});
        kn_release(b.c);
        kn_engine_stats(b.engine, &stats);
        assert_int_equal(stats.open, 0);
        assert_int_equal(stats.broken, 1);
        fake_server_fail(b.server, (fake_fault){.slot = FAKE_OPEN, .hangs = true});
        fake_refused(&b, KN_TIMEOUT, kn_connect(b.engine, &b.c, &b.error));
        fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
        fake_backend_close(&b);
    }
}

/* A connection that idled too long, and is dead, dying, or hangs, is replaced before anybody gets it. */
static void test_engine_stop__what_idled_is_checked_before_it_is_lent(void **state)
{
    static const fake_fault faults[] = {
        {.slot = FAKE_ALIVE, .status = KN_LINK_LOST, .drops = true},
        {.slot = FAKE_ALIVE, .status = KN_SERVER},
        {.slot = FAKE_ALIVE, .hangs = true},
    };

    (void)state;
    for (size_t i = 0; i <= KN_COUNT_OF(faults); i++) {
        kn_pool_stats stats = {.size_ = sizeof(stats)};
        fake_backend b;
        kn_connection *first;
        bool fails = i < KN_COUNT_OF(faults);
        fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.pool_idle_check_s = 10, .connect_timeout_ms = 20));
        first = b.c;
        kn_release(b.c);
        first->returned_us -= INT64_C(11000000); /* as if eleven seconds went by */
        if (fails)
            fake_server_fail(b.server, faults[i]);
        fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
        fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
        assert_int_equal(fake_server_count(b.server, FAKE_ALIVE), 1);
        kn_engine_stats(b.engine, &stats);
        assert_int_equal(stats.opened, fails ? 2 : 1);
        assert_int_equal(stats.open, 1);
        fake_backend_close(&b);
    }
}

/* Past its lifetime a connection goes when it is returned, or when it is asked for; never while it is used. */
static void test_engine_stop__what_is_too_old_is_replaced(void **state)
{
    kn_pool_stats stats = {.size_ = sizeof(stats)};
    fake_backend b;
    kn_connection *first;

    (void)state;
    fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.pool_lifetime_s = 60, .pool_idle_check_s = UINT32_MAX));
    b.c->opened_us -= INT64_C(61000000);
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    kn_release(b.c);
    kn_engine_stats(b.engine, &stats);
    assert_int_equal(stats.open, 0);
    assert_int_equal(stats.expired, 1);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    first = b.c;
    kn_release(b.c);
    first->opened_us -= INT64_C(61000000);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    kn_engine_stats(b.engine, &stats);
    assert_int_equal(stats.opened, 3);
    assert_int_equal(stats.expired, 2);
    fake_backend_close(&b);
}

/* One thread works, the other cancels what it does. */
typedef struct canceller {
    kn_connection *c;
    atomic_bool stop;
    atomic_int sent;
    atomic_int failed;
} canceller;

static void *cancel_until_stopped(void *argument)
{
    canceller *k = argument;

    while (!atomic_load(&k->stop)) {
        if (kn_cancel(k->c, NULL) != KN_OK)
            atomic_fetch_add(&k->failed, 1);
        atomic_fetch_add(&k->sent, 1);
        sched_yield();
    }
    return NULL;
}

static kn_status run_a_while(fake_backend *b, int what)
{
    kn_rows *rows = NULL;
    Item items[2] = {{.name = "a"}, {.name = "b"}};
    kn_status status;

    switch (what) {
    case 0:
        return kn_execute(b->c, KN_SQL("X"), KN_NO_ARGS, NULL, &b->error);
    case 1:
        status = kn_list(b->c, &all_items, KN_NO_ARGS, 0, &rows, &b->error);
        kn_rows_free(rows);
        return status;
    default:
        return kn_insert_many(b->c, KN_OBJECT(Item, items), 2, &b->error);
    }
}

static void test_engine_stop__a_cancel_ends_what_hangs_and_nothing_else(void **state)
{
    (void)state;
    for (size_t u = 0; u < KN_COUNT_OF(urls); u++)
        for (int what = 0; what < 3; what++) {
            pthread_t thread;
            canceller k;
            fake_backend b;
            fake_backend_open(&b, urls[u], NULL);
            fake_server_fail(b.server, (fake_fault){.slot = what == 1 ? FAKE_FETCH : FAKE_EXECUTE, .hangs = true});
            k.c = b.c;
            atomic_init(&k.stop, false);
            atomic_init(&k.sent, 0);
            atomic_init(&k.failed, 0);
            assert_int_equal(pthread_create(&thread, NULL, cancel_until_stopped, &k), 0);
            fake_refused(&b, KN_CANCELLED, run_a_while(&b, what));
            atomic_store(&k.stop, true);
            pthread_join(thread, NULL);
            assert_int_equal(atomic_load(&k.failed), 0);
            if (what == 2 && kn_in_transaction(b.c)) /* the rollback may have been hit as well: then it is lost */
                fail_msg("a transaction was left open");
            fake_server_heal(b.server); /* the cancel may have hit what came before that */
            if (what != 2)
                fake_ok(&b, run_a_while(&b, what));
            fake_backend_close(&b);
        }
}

/* A cancel that comes as its statement ends: it hits that one or none, never the next. */
enum { RACES = 2000 };

typedef struct race {
    kn_connection *c;
    pthread_barrier_t start, end;
    unsigned delay; /* spins before the cancel */
    bool over;
} race;

static void *cancel_each(void *argument)
{
    race *r = argument;

    for (;;) {
        pthread_barrier_wait(&r->start);
        if (r->over)
            return NULL;
        for (volatile unsigned i = 0; i < r->delay; i++)
            continue;
        (void)kn_cancel(r->c, NULL);
        pthread_barrier_wait(&r->end);
    }
}

static void race_cancels(fake_backend *b, kn_sql_text sql)
{
    pthread_t thread;
    race r = {.c = b->c};
    unsigned hit = 0;

    pthread_barrier_init(&r.start, NULL, 2);
    pthread_barrier_init(&r.end, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, cancel_each, &r), 0);
    for (unsigned i = 0; i < RACES; i++) {
        kn_status status;
        r.delay = i * 7919 % 4000;
        pthread_barrier_wait(&r.start);
        status = kn_execute(b->c, sql, KN_NO_ARGS, NULL, &b->error);
        pthread_barrier_wait(&r.end);
        if (status != KN_OK && status != KN_CANCELLED)
            fail_msg("%s: %s", kn_status_name(status), b->error.message);
        hit += status == KN_CANCELLED;
        fake_ok(b, kn_execute(b->c, sql, KN_NO_ARGS, NULL, &b->error));
    }
    r.over = true;
    pthread_barrier_wait(&r.start);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&r.start);
    pthread_barrier_destroy(&r.end);
    print_message("%u of %d were hit\n", hit, RACES);
}

static void test_engine_stop__a_late_cancel_never_hits_the_next_statement(void **state)
{
    (void)state;
    for (size_t u = 0; u < KN_COUNT_OF(urls); u++) {
        fake_backend b;
        fake_backend_open(&b, urls[u], NULL);
        fake_server_fail(b.server, (fake_fault){.slot = FAKE_EXECUTE, .delay_us = 10, .for_ever = true});
        race_cancels(&b, KN_SQL("X"));
        fake_backend_close(&b);
    }
}

kn_plugin_entry koine_plugin_sqlite, koine_plugin_sqlite3;

static void test_engine_stop__nor_does_it_on_sqlite(void **state)
{
    fake_backend b = {.engine = NULL};

    (void)state;
    fake_ok(&b, kn_registry_create(NULL, &b.registry, &b.error));
    fake_ok(&b, kn_registry_add(b.registry, koine_plugin_sqlite, &b.error));
    fake_ok(&b, kn_registry_add(b.registry, koine_plugin_sqlite3, &b.error));
    fake_ok(&b, kn_engine_create("sqlite://", KN_ENGINE_OPTIONS(.registry = b.registry), &b.engine, &b.error));
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    fake_ok(&b, kn_execute(b.c, KN_SQL("CREATE TABLE t (a)"), KN_NO_ARGS, NULL, &b.error));
    race_cancels(&b, KN_SQL("INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                            "i < 50) SELECT i FROM n WHERE i < 3"));
    kn_release(b.c);
    kn_engine_destroy(b.engine);
    kn_registry_destroy(b.registry);
}

static void test_engine_stop__a_driver_without_what_may_be_left_out(void **state)
{
    fake_backend b;
    Item items[3] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};

    (void)state;
    fake_backend_open(&b, "fake+fake_plain://s/", KN_ENGINE_OPTIONS(.pool_idle_check_s = 10));
    fake_refused(&b, KN_UNSUPPORTED, kn_cancel(b.c, &b.error));
    fake_ok(&b, kn_insert_many(b.c, KN_OBJECT(Item, items), 3, &b.error));
    kn_release(b.c);
    b.c->returned_us -= INT64_C(11000000);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error)); /* nobody can tell whether it lives */
    assert_int_equal(fake_server_count(b.server, FAKE_OPEN), 1);
    fake_backend_close(&b);
}

static void test_engine_stop__a_cancel_that_cannot_be_sent_is_told(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_cancel(b.c, &b.error)); /* nothing runs */
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_CANCEL_SEND, .status = KN_CONNECT});
    fake_refused(&b, KN_CONNECT, kn_cancel(b.c, &b.error));
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    fake_backend_close(&b);
}

/* A cancel that comes when all is done, and stops the release of core's own savepoint: what it says is so. */
static void test_engine_stop__a_cancelled_release_takes_all_back(void **state)
{
    const kn_value sets[] = {kn_int(1), kn_int(2)};
    kn_statement *statement = NULL;
    char verbs[512] = "";
    fake_backend b;
    fake_call call;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_prepare(b.c, KN_SQL("INSERT INTO a VALUES (:x)"), &statement, &b.error));
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_TRANSACT, .nth = 2, .status = KN_CANCELLED});
    fake_refused(&b, KN_CANCELLED, kn_run_many(statement, sets, 2, 1, NULL, &b.error));
    assert_true(kn_in_transaction(b.c));
    fake_ok(&b, kn_rollback(b.c, &b.error));
    kn_statement_finish(statement);
    for (size_t i = 0; fake_server_call(b.server, i, &call); i++)
        if (call.slot == FAKE_TRANSACT)
            snprintf(verbs + strlen(verbs), sizeof(verbs) - strlen(verbs), "%.14s;", call.text);
    assert_string_equal(verbs, "begin write;savepoint koin;release koine_;rollback to ko;release koine_;rollback;");
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_stop__a_statement_past_its_time_is_stopped),
        cmocka_unit_test(test_engine_stop__a_step_may_wait_many_times_within_its_deadline),
        cmocka_unit_test(test_engine_stop__a_step_is_finished_although_poll_fails),
        cmocka_unit_test(test_engine_stop__a_reset_that_hangs_ends_with_its_connection),
        cmocka_unit_test(test_engine_stop__what_idled_is_checked_before_it_is_lent),
        cmocka_unit_test(test_engine_stop__what_is_too_old_is_replaced),
        cmocka_unit_test(test_engine_stop__a_cancel_ends_what_hangs_and_nothing_else),
        cmocka_unit_test(test_engine_stop__a_late_cancel_never_hits_the_next_statement),
        cmocka_unit_test(test_engine_stop__nor_does_it_on_sqlite),
        cmocka_unit_test(test_engine_stop__a_driver_without_what_may_be_left_out),
        cmocka_unit_test(test_engine_stop__a_cancel_that_cannot_be_sent_is_told),
        cmocka_unit_test(test_engine_stop__a_cancelled_release_takes_all_back),
    };
    return cmocka_run_group_tests_name("fault/engine_stop", tests, NULL, NULL);
}
