/* SPDX-License-Identifier: MIT */
/* backends: all */
/* A non-blocking connection does what a blocking one does, keeps its deadlines, can be cancelled and left, on real
 * backends; where the driver blocks it is refused. */
#include <poll.h>
#include <stdio.h>

#include "support/database.h"

typedef struct Score {
    int64_t id;
    char name[21];
    kn_opt_int32 points;
} Score;
KN_MODEL(Score);
KN_COLUMNS(Score) = {
    KN_COLUMN(Score, id, KN_INTEGER, .primary_key = true, .autoincrement = KN_NO),
    KN_COLUMN(Score, name, KN_STRING(20)),
    KN_COLUMN(Score, points, KN_INTEGER),
};
KN_DEFINE(Score, "scores");

#define ROWS 500

static const kn_select in_order = KN_SELECT(KN_FROM(Score), .order_by = KN_LIST(KN_ASC(KN_COL(Score, id))));
static const kn_update_rows raise = KN_UPDATE(Score, .set = KN_LIST(KN_ASSIGN(KN_COL(Score, points), KN_ARG(0))),
                                              .where = KN_EQ(KN_COL(Score, id), KN_ARG(1)));

static bool wait_for(const test_database *db, kn_status status, const kn_connection *c)
{
    kn_wait wait = kn_connection_wait(c);
    struct pollfd descriptor = {.fd = wait.fd};

    (void)db;
    if (status != KN_WAIT)
        return false;
    descriptor.events =
        (short)((wait.events & KN_WAIT_READ ? POLLIN : 0) | (wait.events & KN_WAIT_WRITE ? POLLOUT : 0));
    assert_true(wait.fd >= 0 || wait.deadline_us);
    (void)poll(&descriptor, wait.fd >= 0, kn_wait_milliseconds(&wait));
    return true;
}

/* The verb until it does not wait; a blocking connection never does. */
#define STEPS(status, c, call)                                                                                         \
    do                                                                                                                 \
        (status) = (call);                                                                                             \
    while (wait_for(db, status, c))
#define steps_ok(c, call)                                                                                              \
    do {                                                                                                               \
        kn_status stepped_;                                                                                            \
        kn_error_clear(&db->error);                                                                                    \
        STEPS(stepped_, c, call);                                                                                      \
        if (stepped_ != KN_OK)                                                                                         \
            fail_msg("%s: %s: %s", #call, kn_status_name(stepped_), db->error.message);                                \
    } while (0)
#define steps_refused(c, expected, call)                                                                               \
    do {                                                                                                               \
        kn_status stepped_;                                                                                            \
        kn_error_clear(&db->error);                                                                                    \
        STEPS(stepped_, c, call);                                                                                      \
        if (stepped_ != (expected))                                                                                    \
            fail_msg("%s: %s: %s", #call, kn_status_name(stepped_), db->error.message);                                \
    } while (0)

static int open_each(void **state)
{
    test_database *db;
    kn_metadata *metadata = NULL;
    static Score scores[ROWS];

    test_database_open(state);
    db = test_database_of(state);
    for (int i = 0; i < ROWS; i++) {
        scores[i] = (Score){.id = i + 1};
        if (i % 3)
            scores[i].points = (kn_opt_int32)KN_SOME(i * 7);
        snprintf(scores[i].name, sizeof(scores[i].name), "name %d", i);
    }
    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    assert_ok(db, kn_metadata_add(metadata, &Score_model, &db->error));
    assert_ok(db, kn_create_all(db->c, metadata, &db->error));
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Score, scores), ROWS, &db->error));
    kn_metadata_destroy(metadata);
    return 0;
}

/* NULL where the driver blocks, which is refused. */
static kn_connection *connect(test_database *db)
{
    kn_connection *c = NULL;

    if (!(db->engine->driver->flags & KN_DRIVER_NON_BLOCKING)) {
        assert_refused(db, KN_UNSUPPORTED, kn_connect_start(db->engine, &c, &db->error));
        assert_non_null(strstr(db->error.message, kn_engine_driver(db->engine)));
        return NULL;
    }
    assert_ok(db, kn_connect_start(db->engine, &c, &db->error));
    steps_ok(c, kn_connect_step(c, &db->error));
    assert_non_null(kn_connection_backend(c)->product);
    return c;
}

static int64_t points_of(test_database *db, kn_connection *c, int64_t id)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t points = -1;

    steps_ok(c, kn_prepare(c, KN_SQL("SELECT points FROM scores WHERE id = :id"), &statement, &db->error));
    steps_ok(c, kn_open(statement, KN_ARGS(kn_int(id)), &result, &db->error));
    steps_ok(c, kn_next(result, &db->error));
    assert_ok(db, kn_get_int(result, 0, &points, &db->error));
    steps_refused(c, KN_DONE, kn_next(result, &db->error));
    steps_ok(c, kn_result_end(result, &db->error));
    kn_statement_finish(statement);
    return points;
}

/* All verbs; what they gave, as text. */
static void script(test_database *db, kn_connection *c, int64_t base, char *seen, size_t size)
{
    kn_statement *set = NULL, *all = NULL;
    kn_result *result = NULL;
    int64_t changed = 0, sum = 0, names = 0, nulls = 0, n = 0;
    Score row;
    kn_status status;

    steps_ok(c, kn_prepare_query(c, &raise.node, &set, &db->error));
    steps_ok(c, kn_prepare_query(c, &in_order.node, &all, &db->error));
    steps_ok(c, kn_begin(c, KN_WRITE, &db->error));
    steps_ok(c, kn_run(set, KN_ARGS(kn_int(base), kn_int(2)), &changed, &db->error));
    assert_int_equal(changed, 1);
    steps_ok(c, kn_savepoint(c, "mark", &db->error));
    steps_ok(c, kn_run(set, KN_ARGS(kn_int(1000), kn_int(3)), &changed, &db->error));
    steps_ok(c, kn_savepoint_rollback(c, "mark", &db->error));
    steps_ok(c, kn_savepoint_release(c, "mark", &db->error));
    steps_ok(c, kn_commit(c, &db->error));
    steps_ok(c, kn_begin(c, KN_WRITE, &db->error));
    steps_ok(c, kn_run(set, KN_ARGS(kn_int(2000), kn_int(2)), &changed, &db->error));
    steps_ok(c, kn_open(all, KN_NO_ARGS, &result, &db->error));
    steps_ok(c, kn_next_into(result, KN_OBJECT(Score, &row), &db->error)); /* and left in the middle */
    steps_ok(c, kn_rollback(c, &db->error));
    steps_ok(c, kn_open(all, KN_NO_ARGS, &result, &db->error));
    for (;;) {
        STEPS(status, c, kn_next_into(result, KN_OBJECT(Score, &row), &db->error));
        if (status != KN_OK)
            break;
        n++;
        names += row.name[5];
        nulls += row.points.state == KN_NULL;
        sum += row.points.state == KN_SET ? row.points.value : 0;
    }
    assert_done(db, status);
    steps_ok(c, kn_result_end(result, &db->error));
    steps_refused(c, KN_INVALID, kn_run(all, KN_NO_ARGS, NULL, &db->error)); /* it gives rows */
    steps_refused(c, KN_INVALID,
                  kn_open(set, KN_ARGS(kn_int(base), kn_int(2)), &result, &db->error)); /* it gives none */
    snprintf(seen, size, "%lld rows, %lld, %lld NULL, sum %lld, third %lld", (long long)n, (long long)names,
             (long long)nulls, (long long)sum, (long long)points_of(db, c, 3));
    kn_statement_finish(set);
    kn_statement_finish(all);
}

static void test_nonblocking__gives_what_a_blocking_connection_gives(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *c = connect(db);
    char blocking[128], stepwise[128];

    if (!c)
        return;
    script(db, db->c, 900, blocking, sizeof(blocking));
    script(db, c, 900, stepwise, sizeof(stepwise));
    assert_string_equal(blocking, stepwise);
    script(db, c, 901, stepwise, sizeof(stepwise)); /* all is cached now */
    assert_string_not_equal(blocking, stepwise);
    steps_ok(c, kn_release_step(c));
    assert_ok(db, kn_connect_start(db->engine, &c, &db->error)); /* the same one */
    steps_ok(c, kn_connect_step(c, &db->error));
    script(db, c, 900, stepwise, sizeof(stepwise));
    assert_string_equal(blocking, stepwise);
    steps_ok(c, kn_release_step(c));
}

static void test_nonblocking__errors_are_those_of_the_backend(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *c = connect(db);
    kn_statement *statement = NULL;

    if (!c)
        return;
    steps_refused(c, KN_SYNTAX, kn_prepare(c, KN_SQL("SELEC 1"), &statement, &db->error));
    steps_ok(c, kn_prepare(c, KN_SQL("INSERT INTO scores (id, name) VALUES (1, :name)"), &statement, &db->error));
    steps_refused(c, KN_UNIQUE, kn_run(statement, KN_ARGS(kn_string("again")), NULL, &db->error));
    steps_ok(c, kn_begin(c, KN_READ, &db->error));
    steps_refused(c, KN_READ_ONLY, kn_run(statement, KN_ARGS(kn_string("again")), NULL, &db->error));
    steps_ok(c, kn_rollback(c, &db->error));
    kn_release(c);
}

/* Two connections: one holds the row that the other wants. */
static void hold(test_database *db)
{
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_execute(db->c, KN_SQL("UPDATE scores SET points = 1 WHERE id = 2"), KN_NO_ARGS, NULL, &db->error));
}

static void let_go(test_database *db)
{
    assert_ok(db, kn_rollback(db->c, &db->error));
}

static void test_nonblocking__a_deadline_stops_the_statement_and_keeps_the_link(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *c = connect(db);
    kn_statement *statement = NULL;
    int64_t started;

    if (!c)
        return;
    hold(db);
    steps_ok(c, kn_prepare_query(c, &raise.node, &statement, &db->error));
    kn_statement_timeout(statement, 150);
    started = kn__clock_us();
    steps_refused(c, KN_TIMEOUT, kn_run(statement, KN_ARGS(kn_int(5), kn_int(2)), NULL, &db->error));
    assert_in_range(kn__clock_us() - started, 150000, 30000000);
    let_go(db);
    for (int i = 0; i < 20; i++) /* a late cancel would hit one of these */
        steps_ok(c, kn_run(statement, KN_ARGS(kn_int(5 + i), kn_int(2)), NULL, &db->error));
    assert_int_equal(points_of(db, c, 2), 24);
    kn_release(c);
}

static void test_nonblocking__cancel_is_a_step_beside_the_one_that_waits(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *c = connect(db);
    kn_statement *statement = NULL;
    kn_wait wait = {.fd = -1};
    kn_status status, cancelled = KN_WAIT;

    if (!c)
        return;
    hold(db);
    steps_ok(c, kn_prepare_query(c, &raise.node, &statement, &db->error));
    assert_int_equal(kn_run(statement, KN_ARGS(kn_int(5), kn_int(2)), NULL, &db->error), KN_WAIT);
    (void)poll(NULL, 0, 50); /* until the server waits for the row */
    do {
        struct pollfd both[2] = {{.fd = -1, .events = POLLIN | POLLOUT}, {.fd = -1, .events = POLLIN}};
        if (cancelled == KN_WAIT)
            cancelled = kn_cancel_step(c, &wait, &db->error);
        status = kn_run(statement, KN_ARGS(kn_int(5), kn_int(2)), NULL, &db->error);
        both[0].fd = cancelled == KN_WAIT ? wait.fd : -1;
        both[0].events = wait.events & KN_WAIT_WRITE ? POLLOUT : POLLIN;
        both[1].fd = kn_connection_wait(c).fd;
        (void)poll(both, 2, status == KN_WAIT || cancelled == KN_WAIT ? 100 : 0);
    } while (status == KN_WAIT || cancelled == KN_WAIT);
    assert_int_equal(cancelled, KN_OK);
    assert_int_equal(status, KN_CANCELLED);
    let_go(db);
    assert_int_equal(kn_cancel_step(c, &wait, &db->error), KN_OK); /* nothing runs */
    for (int i = 0; i < 20; i++)
        steps_ok(c, kn_run(statement, KN_ARGS(kn_int(5 + i), kn_int(2)), NULL, &db->error));
    kn_release(c);
}

/* The link goes, the place is free, and the server gives up what it was asked. */
static void test_nonblocking__is_left_while_it_waits(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *c = connect(db);
    kn_statement *statement = NULL;
    kn_pool_stats stats = {.size_ = sizeof(stats)};
    kn_status status;

    if (!c)
        return;
    hold(db);
    steps_ok(c, kn_prepare_query(c, &raise.node, &statement, &db->error));
    assert_int_equal(kn_run(statement, KN_ARGS(kn_int(5), kn_int(2)), NULL, &db->error), KN_WAIT);
    kn_release(c);
    kn_engine_stats(db->engine, &stats);
    assert_int_equal(stats.in_use, 1);
    assert_int_equal(stats.open, 1);
    assert_ok(db, kn_connect_start(db->engine, &c, &db->error));
    status = kn_connect_step(c, &db->error); /* while it opens, unless all answers came faster than they were read */
    assert_true(status == KN_WAIT || status == KN_OK);
    kn_release(c);
    assert_ok(db, kn_connect_start(db->engine, &c, &db->error)); /* before it does */
    kn_release(c);
    kn_engine_stats(db->engine, &stats);
    assert_int_equal(stats.open, 1);
    let_go(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_each, test_database_close)
        TEST(test_nonblocking__gives_what_a_blocking_connection_gives),
        TEST(test_nonblocking__errors_are_those_of_the_backend),
        TEST(test_nonblocking__a_deadline_stops_the_statement_and_keeps_the_link),
        TEST(test_nonblocking__cancel_is_a_step_beside_the_one_that_waits),
        TEST(test_nonblocking__is_left_while_it_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
