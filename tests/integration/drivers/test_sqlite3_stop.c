/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* What stops a statement of the sqlite3 driver: a cancel, a deadline, a lock that is not had in time. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "integration/drivers/sqlite3_fixture.h"

/* Runs for ever. */
#define ENDLESS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

static int64_t now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void test_sqlite3_stop__a_deadline_ends_a_statement(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_outcome outcome;
    void *c = open_memory();
    void *endless = prepare(c, ENDLESS), *quick = prepare(c, "SELECT 1");
    for (int i = 0; i < 3; i++) {
        int64_t before = now_us();
        assert_int_equal(try_execute(endless, NULL, 0, before + 20000, &outcome, &error), KN_TIMEOUT);
        assert_true(now_us() - before >= 20000);
        assert_int_equal(error.status, KN_TIMEOUT);
        assert_int_equal(try_execute(quick, NULL, 0, 0, &outcome, &error), KN_OK);
        assert_int_equal(sqlite3_driver()->end(quick, NULL, NULL, NULL), KN_OK);
    }
    assert_int_equal(try_execute(quick, NULL, 0, now_us() - 1, &outcome, &error), KN_TIMEOUT); /* not even started */
    assert_int_equal(try_execute(quick, NULL, 0, now_us() + 60000000, &outcome, &error), KN_OK);
    assert_int_equal(sqlite3_driver()->end(quick, NULL, NULL, NULL), KN_OK);
    sqlite3_driver()->finish(endless);
    sqlite3_driver()->finish(quick);
    sqlite3_driver()->close(c);
}

/* A deadline is of its own execution: a slow one beside it, with none, goes on. */
static void test_sqlite3_stop__a_deadline_ends_rows_and_not_those_of_others(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row;
    void *c = open_memory();
    void *a = prepare(c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
    void *b =
        prepare(c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT i FROM n");
    assert_int_equal(try_execute(b, NULL, 0, 0, &outcome, &error), KN_OK);
    kn_status status = try_execute(a, NULL, 0, now_us() + 50000, &outcome, &error);
    assert_int_equal(status, KN_OK);
    while ((status = d->fetch(a, &row, NULL, &error)) == KN_OK)
        ;
    assert_int_equal(status, KN_TIMEOUT);
    int64_t rows = 0;
    while ((status = d->fetch(b, &row, NULL, &error)) == KN_OK)
        rows++;
    assert_int_equal(status, KN_DONE);
    assert_int_equal(rows, 300000);
    assert_int_equal(d->end(a, NULL, NULL, NULL), KN_OK);
    assert_int_equal(d->end(b, NULL, NULL, NULL), KN_OK);
    d->finish(a);
    d->finish(b);
    d->close(c);
}

static void test_sqlite3_stop__waiting_for_a_lock_ends_at_the_timeout_or_the_deadline(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_outcome outcome;
    void *a = open_file("t.db", NULL), *b = open_file("t.db", OPTIONS("busy_timeout_ms=60"));
    must_run(a, "CREATE TABLE t (v)");
    must_run(a, "BEGIN IMMEDIATE");
    int64_t before = now_us();
    assert_int_equal(run(b, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_BUSY);
    assert_true(now_us() - before >= 60000);
    void *s = prepare(b, "INSERT INTO t VALUES (1)");
    before = now_us();
    assert_int_equal(try_execute(s, NULL, 0, before + 15000, &outcome, &error), KN_TIMEOUT);
    assert_true(now_us() - before >= 15000 && now_us() - before < 60000000);
    kn_wait wait = {.fd = -1, .deadline_us = now_us() + 15000};
    assert_int_equal(sqlite3_driver()->transact(b, KN_TRANSACT_BEGIN, KN_WRITE, NULL, &wait, &error), KN_TIMEOUT);
    must_run(a, "COMMIT");
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, &error), KN_OK);
    sqlite3_driver()->end(s, NULL, NULL, NULL);
    sqlite3_driver()->finish(s);
    sqlite3_driver()->close(a);
    sqlite3_driver()->close(b);
}

typedef struct canceller {
    void *cancel;
    atomic_int go;    /* rounds that may be cancelled */
    atomic_int sent;  /* rounds that were */
    int64_t delay_us; /* of the round */
} canceller;

static void *cancel_each_round(void *context)
{
    canceller *k = context;
    for (int round = 1;; round++) {
        int go;
        while ((go = atomic_load(&k->go)) < round && go >= 0)
            sched_yield();
        if (go < 0)
            return NULL;
        for (int64_t until_us = now_us() + k->delay_us; now_us() < until_us;)
            ;
        if (sqlite3_driver()->cancel_send(k->cancel, NULL, NULL))
            abort();
        atomic_store(&k->sent, round);
    }
}

/* A statement that takes about as long as the cancel takes to come: one that had ended grows, one that was cancelled
 * shrinks, and the next cancel comes later, since on a busy machine the statement stands still meanwhile. Then one that
 * must never be hit. */
static void test_sqlite3_stop__a_thousand_cancels_hit_what_they_were_meant_for(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row, length = kn_int(1000), few = kn_int(300);
    canceller k = {.delay_us = 0};
    pthread_t thread;
    int cancelled = 0, ended = 0;
    int64_t later_us = 0;
    void *c = open_memory();
    static const char sql[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) SELECT count(*) FROM n";
    void *victim = prepare(c, sql), *bystander = prepare(c, sql);
    assert_int_equal(d->cancel_create(c, &k.cancel, NULL), KN_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_each_round, &k), 0);
    for (int round = 1; round <= 1000; round++) {
        k.delay_us = round % 7 * 20 + later_us;
        atomic_store(&k.go, round);
        kn_status status = try_execute(victim, &length, 1, 0, &outcome, &error);
        if (status == KN_OK)
            assert_int_equal(d->end(victim, NULL, NULL, NULL), KN_OK);
        else
            assert_int_equal(status, KN_CANCELLED);
        *(status ? &cancelled : &ended) += 1;
        length.as.i = status ? length.as.i * 7 / 8 + 10 : length.as.i * 8 / 7 + 10;
        later_us = status ? later_us * 5 / 4 + 4 : later_us * 3 / 4;
        while (atomic_load(&k.sent) < round) /* until then it may hit what runs */
            sched_yield();
        assert_int_equal(try_execute(bystander, &few, 1, 0, &outcome, &error), KN_OK);
        assert_int_equal(d->fetch(bystander, &row, NULL, &error), KN_OK);
        assert_int_equal(row.as.i, 300);
        assert_int_equal(d->fetch(bystander, &row, NULL, &error), KN_DONE);
        assert_int_equal(d->end(bystander, NULL, NULL, NULL), KN_OK);
    }
    atomic_store(&k.go, -1);
    pthread_join(thread, NULL);
    print_message("%d cancelled, %d had ended\n", cancelled, ended);
    assert_true(cancelled > 100 && ended > 100);
    d->cancel_destroy(k.cancel);
    d->finish(victim);
    d->finish(bystander);
    d->close(c);
}

static void test_sqlite3_stop__a_cancel_of_nothing_is_forgotten(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_outcome outcome;
    kn_value row;
    void *c = open_memory(), *cancel = NULL;
    void *s = prepare(c, "SELECT 1");
    assert_int_equal(d->cancel_create(c, &cancel, NULL), KN_OK);
    assert_int_equal(d->cancel_send(cancel, NULL, NULL), KN_OK);
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(d->fetch(s, &row, NULL, NULL), KN_OK);
    d->end(s, NULL, NULL, NULL);
    must_run(c, "CREATE TABLE t (v)");
    d->finish(s);
    d->cancel_destroy(cancel);
    d->close(c);
}

/* Two results are open when the cancel comes: both are stopped. One that is opened after it is not. */
static void test_sqlite3_stop__a_cancel_ends_open_results_and_no_new_one(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_outcome outcome;
    kn_value row;
    kn_error error = {0};
    void *c = open_memory(), *cancel = NULL;
    static const char sql[] = "SELECT column1 FROM (VALUES (1), (2), (3))";
    void *a = prepare(c, sql), *b = prepare(c, sql), *later = prepare(c, sql);
    assert_int_equal(d->cancel_create(c, &cancel, NULL), KN_OK);
    assert_int_equal(try_execute(a, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(try_execute(b, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(d->fetch(a, &row, NULL, NULL), KN_OK);
    assert_int_equal(d->cancel_send(cancel, NULL, NULL), KN_OK);
    assert_int_equal(try_execute(later, NULL, 0, 0, &outcome, &error), KN_OK);
    for (int64_t i = 1; i <= 3; i++) {
        assert_int_equal(d->fetch(later, &row, NULL, &error), KN_OK);
        assert_int_equal(row.as.i, i);
    }
    assert_int_equal(d->fetch(a, &row, NULL, &error), KN_CANCELLED);
    assert_int_equal(d->fetch(b, &row, NULL, &error), KN_CANCELLED);
    d->end(a, NULL, NULL, NULL);
    d->end(b, NULL, NULL, NULL);
    d->end(later, NULL, NULL, NULL);
    /* a result that goes on by itself is stopped at its next row */
    assert_int_equal(try_execute(a, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(d->fetch(a, &row, NULL, NULL), KN_OK);
    assert_int_equal(d->cancel_send(cancel, NULL, NULL), KN_OK);
    assert_int_equal(d->fetch(a, &row, NULL, &error), KN_CANCELLED);
    assert_int_equal(d->end(a, NULL, NULL, NULL), KN_OK);
    d->finish(a);
    d->finish(b);
    d->finish(later);
    d->cancel_destroy(cancel);
    d->close(c);
}

static void *cancel_soon(void *cancel)
{
    for (int64_t until_us = now_us() + 5000; now_us() < until_us;) /* the other is waiting by then, most likely */
        sched_yield();
    if (sqlite3_driver()->cancel_send(cancel, NULL, NULL))
        abort();
    return NULL;
}

static void test_sqlite3_stop__a_cancel_ends_waiting_for_a_lock(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_error error = {0};
    pthread_t thread;
    void *cancel = NULL;
    void *a = open_file("t.db", NULL), *b = open_file("t.db", OPTIONS("busy_timeout_ms=60000"));
    must_run(a, "CREATE TABLE t (v)");
    must_run(a, "BEGIN IMMEDIATE");
    assert_int_equal(d->cancel_create(b, &cancel, NULL), KN_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, cancel), 0);
    int64_t before = now_us();
    assert_int_equal(transact(b, KN_TRANSACT_BEGIN, KN_WRITE, &error), KN_CANCELLED);
    assert_true(now_us() - before < 30000000);
    pthread_join(thread, NULL);
    must_run(a, "COMMIT");
    must_run(b, "INSERT INTO t VALUES (1)");
    d->cancel_destroy(cancel);
    d->close(a);
    d->close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_sqlite3_stop__a_deadline_ends_a_statement),
        WITH_FOLDER(test_sqlite3_stop__a_deadline_ends_rows_and_not_those_of_others),
        WITH_FOLDER(test_sqlite3_stop__waiting_for_a_lock_ends_at_the_timeout_or_the_deadline),
        WITH_FOLDER(test_sqlite3_stop__a_thousand_cancels_hit_what_they_were_meant_for),
        WITH_FOLDER(test_sqlite3_stop__a_cancel_of_nothing_is_forgotten),
        WITH_FOLDER(test_sqlite3_stop__a_cancel_ends_open_results_and_no_new_one),
        WITH_FOLDER(test_sqlite3_stop__a_cancel_ends_waiting_for_a_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
