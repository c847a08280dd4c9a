/* SPDX-License-Identifier: MIT */
/* Connections that never block: a script of every verb that is a step, on a backend whose steps wait. What waits is
 * called again until it does not; each step waits, fails, is abandoned, and runs out of memory at every point. */
#include <poll.h>
#include <stdio.h>

#include "support/failing_allocator.h"
#include "support/fake_backend.h"

#include "engine/connection.h"

static const kn_select all_items = KN_SELECT(KN_FROM(Item), .order_by = KN_LIST(KN_ASC(KN_COL(Item, id))));

static const char *url; /* the driver stores cells into structs by itself, or gives rows only */

/* What a script is run with, and what it saw. */
typedef struct run {
    fake_backend b;
    unsigned stop_after; /* the script is left at this KN_WAIT; 0 = never */
    unsigned waits;      /* KN_WAITs so far */
    bool stopped;
    char seen[512]; /* what the script read */
} run;

static void wait_as_told(run *r)
{
    kn_wait wait = kn_connection_wait(r->b.c);
    struct pollfd descriptor = {.fd = wait.fd, .events = POLLIN};

    assert_true(wait.fd >= 0 || wait.deadline_us);
    assert_true(wait.fd < 0 || wait.events == KN_WAIT_READ);
    assert_true(poll(&descriptor, wait.fd >= 0, kn_wait_milliseconds(&wait)) >= 0);
}

/* Counts a KN_WAIT; true: call again. */
static bool again(run *r, kn_status status)
{
    if (status != KN_WAIT)
        return false;
    if (++r->waits == r->stop_after) {
        r->stopped = true;
        return false;
    }
    wait_as_told(r);
    return true;
}

/* The verb until it ends, or the script is to be left. */
#define STEPS(r, status, call)                                                                                         \
    do                                                                                                                 \
        (status) = (call);                                                                                             \
    while (again(r, status))

static void saw(run *r, const char *what, int64_t number)
{
    size_t at = strlen(r->seen);

    snprintf(r->seen + at, sizeof(r->seen) - at, "%s %lld;", what, (long long)number);
}

static kn_status connect(run *r)
{
    kn_status status = kn_connect_start(r->b.engine, &r->b.c, &r->b.error);

    if (status == KN_OK)
        STEPS(r, status, kn_connect_step(r->b.c, &r->b.error));
    return status;
}

static kn_status change(run *r)
{
    kn_statement *statement = NULL;
    int64_t changed = 0;
    kn_status status;

    STEPS(r, status, kn_prepare(r->b.c, KN_SQL("UPDATE a SET b = ?"), &statement, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_run(statement, KN_ARGS(kn_int(3)), &changed, &r->b.error));
    if (status == KN_OK)
        saw(r, "changed", changed);
    if (!r->stopped)
        kn_statement_finish(statement);
    return status;
}

static kn_status read_structs(run *r)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    Item item = {.id = 0};
    kn_status status;

    STEPS(r, status, kn_prepare_query(r->b.c, &all_items.node, &statement, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_open(statement, KN_NO_ARGS, &result, &r->b.error));
    while (status == KN_OK) {
        STEPS(r, status, kn_next_into(result, KN_OBJECT(Item, &item), &r->b.error));
        if (status == KN_OK)
            saw(r, item.name, item.id);
    }
    if (status == KN_DONE)
        STEPS(r, status, kn_result_end(result, &r->b.error));
    if (!r->stopped)
        kn_statement_finish(statement);
    return status;
}

/* Ends in the middle of the rows. */
static kn_status read_one(run *r)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t id = 0;
    kn_status status;

    STEPS(r, status, kn_prepare(r->b.c, KN_SQL("SELECT x"), &statement, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_open(statement, KN_NO_ARGS, &result, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_next(result, &r->b.error));
    if (status == KN_OK)
        status = kn_get_int(result, 0, &id, &r->b.error);
    if (status == KN_OK) {
        saw(r, "first", id);
        STEPS(r, status, kn_result_end(result, &r->b.error));
    }
    if (!r->stopped)
        kn_statement_finish(statement);
    return status;
}

static kn_status transaction(run *r)
{
    kn_status status;

    STEPS(r, status, kn_begin(r->b.c, KN_WRITE, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_savepoint(r->b.c, "s", &r->b.error));
    if (status == KN_OK)
        status = change(r);
    if (status == KN_OK)
        STEPS(r, status, kn_savepoint_rollback(r->b.c, "s", &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_savepoint_release(r->b.c, "s", &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_commit(r->b.c, &r->b.error));
    if (status == KN_OK)
        saw(r, "committed", kn_in_transaction(r->b.c));
    return status;
}

/* A transaction with a result open. */
static kn_status open_within(run *r, kn_access access, kn_sql_text sql)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status;

    STEPS(r, status, kn_begin(r->b.c, access, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_prepare(r->b.c, sql, &statement, &r->b.error));
    if (status == KN_OK)
        STEPS(r, status, kn_open(statement, KN_NO_ARGS, &result, &r->b.error));
    return status;
}

/* Rolls back with a result open. */
static kn_status undo(run *r)
{
    kn_status status = open_within(r, KN_READ, KN_SQL("SELECT y"));

    if (status == KN_OK)
        STEPS(r, status, kn_rollback(r->b.c, &r->b.error));
    if (status == KN_OK)
        saw(r, "undone", kn_in_transaction(r->b.c));
    return status;
}

/* Leaves a statement, an open result and a transaction to the release. */
static kn_status leave(run *r)
{
    kn_status status = open_within(r, KN_WRITE, KN_SQL("SELECT z"));

    if (status == KN_OK) {
        STEPS(r, status, kn_release_step(r->b.c));
        r->b.c = status == KN_OK ? NULL : r->b.c;
    }
    return status;
}

static kn_status script(run *r)
{
    static kn_status (*const parts[])(run *) = {connect, change, read_structs, read_one, transaction, undo, leave};
    kn_status status = KN_OK;

    for (size_t i = 0; i < KN_COUNT_OF(parts) && status == KN_OK; i++)
        status = parts[i](r);
    return status;
}

static const char wanted[] = "changed 1;one 1;two 2;first 1;changed 1;committed 0;undone 0;";

static void test_engine_nonblocking__every_verb_waits_and_ends_as_if_it_had_not(void **state)
{
    (void)state;
    for (unsigned waits = 0; waits < 4; waits++) {
        run r = {.waits = 0};
        fake_call call;
        fake_backend_start(&r.b, url, NULL);
        fake_server_waits(r.b.server, waits);
        fake_ok(&r.b, script(&r));
        assert_string_equal(r.seen, wanted);
        for (size_t i = 0; fake_server_call(r.b.server, i, &call); i++)
            if (call.slot != FAKE_CLOSE && call.slot != FAKE_FINISH && call.slot != FAKE_CANCEL_CREATE)
                assert_int_equal(call.waits, waits);
        assert_true(waits ? r.waits >= 20 * waits : r.waits == 0);
        fake_backend_close(&r.b);
    }
}

/* The connection went back to the pool, and the next one of its kind gets it. */
static void test_engine_nonblocking__the_pool_keeps_links_by_kind(void **state)
{
    run r = {.waits = 0};
    kn_connection *other = NULL;
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    (void)state;
    fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.pool_max = 2));
    fake_server_waits(r.b.server, 1);
    fake_ok(&r.b, script(&r));
    fake_ok(&r.b, connect(&r));
    assert_int_equal(fake_server_count(r.b.server, FAKE_OPEN), 1);
    kn_release(r.b.c); /* would have to wait for its reset */
    kn_engine_stats(r.b.engine, &stats);
    assert_int_equal(stats.open, 0);
    fake_server_waits(r.b.server, 0);
    fake_ok(&r.b, connect(&r));
    kn_release(r.b.c);
    kn_engine_stats(r.b.engine, &stats);
    assert_int_equal(stats.idle, 1);
    fake_server_waits(r.b.server, 1); /* a non-blocking link also serves who blocks */
    fake_ok(&r.b, kn_connect(r.b.engine, &r.b.c, &r.b.error));
    fake_ok(&r.b, kn_execute(r.b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &r.b.error));
    assert_int_equal(fake_server_count(r.b.server, FAKE_OPEN), 2);
    fake_ok(&r.b, kn_connect(r.b.engine, &other, &r.b.error)); /* opened blocking */
    kn_release(r.b.c);
    kn_release(other);
    fake_ok(&r.b, connect(&r)); /* not the one that was returned last */
    assert_int_equal(fake_server_count(r.b.server, FAKE_OPEN), 3);
    fake_ok(&r.b, kn_connect_start(r.b.engine, &other, &r.b.error)); /* the blocking one makes room */
    assert_int_equal(fake_server_count(r.b.server, FAKE_CLOSE), 2);
    kn_release(other);
    kn_engine_stats(r.b.engine, &stats);
    assert_int_equal(stats.open, 1);
    assert_int_equal(stats.opened, 3);
    assert_int_equal(stats.closed, 2);
    fake_backend_close(&r.b);
}

static void test_engine_nonblocking__a_full_pool_refuses_at_once(void **state)
{
    run r = {.waits = 0};
    kn_connection *second = (kn_connection *)&r;
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    (void)state;
    fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.pool_max = 1));
    fake_ok(&r.b, kn_connect_start(r.b.engine, &r.b.c, &r.b.error)); /* counts although nothing is open yet */
    fake_refused(&r.b, KN_TIMEOUT, kn_connect_start(r.b.engine, &second, &r.b.error));
    assert_null(second);
    assert_int_equal(r.b.error.retry, KN_RETRY_CONNECTION);
    kn_release(r.b.c); /* a link that was given up, and never was one */
    kn_engine_stats(r.b.engine, &stats);
    assert_int_equal(stats.broken, 1);
    assert_int_equal(stats.opened + stats.closed + stats.expired, 0);
    fake_ok(&r.b, connect(&r));
    kn_engine_stats(r.b.engine, &stats);
    assert_int_equal(stats.open, 1);
    assert_int_equal(stats.timed_out, 1);
    fake_backend_close(&r.b);
}

static void test_engine_nonblocking__a_driver_that_blocks_is_named(void **state)
{
    run r = {.waits = 0};

    (void)state;
    fake_backend_start(&r.b, "fake+fake_plain://s/", NULL);
    fake_refused(&r.b, KN_UNSUPPORTED, kn_connect_start(r.b.engine, &r.b.c, &r.b.error));
    assert_non_null(strstr(r.b.error.message, "'fake_plain'"));
    fake_refused(&r.b, KN_INVALID, kn_connect_start(NULL, &r.b.c, &r.b.error));
    fake_backend_close(&r.b);
}

/* Nothing but the waiting verb itself, with its arguments. */
static void test_engine_nonblocking__other_verbs_are_refused_while_one_waits(void **state)
{
    run r = {.waits = 0};
    kn_statement *a = NULL, *b = NULL;
    kn_result *result = NULL;
    kn_connection *c;
    kn_error *error = &r.b.error;

    (void)state;
    fake_backend_start(&r.b, url, NULL);
    fake_ok(&r.b, connect(&r));
    c = r.b.c;
    fake_ok(&r.b, kn_prepare(c, KN_SQL("A"), &a, error));
    fake_server_waits(r.b.server, 1);
    assert_int_equal(kn_prepare(c, KN_SQL("B"), &b, error), KN_WAIT);
    fake_refused(&r.b, KN_STATE, kn_prepare(c, KN_SQL("C"), &b, error));
    assert_non_null(strstr(error->message, "kn_prepare waits"));
    fake_refused(&r.b, KN_STATE, kn_run(a, KN_NO_ARGS, NULL, error));
    assert_non_null(strstr(error->message, "kn_prepare waits"));
    fake_refused(&r.b, KN_STATE, kn_begin(c, KN_WRITE, error));
    fake_refused(&r.b, KN_STATE, kn_rollback(c, error));
    fake_ok(&r.b, kn_prepare(c, KN_SQL("B"), &b, error));
    assert_int_equal(kn_connection_wait(c).fd, -1);
    assert_int_equal(kn_run(a, KN_NO_ARGS, NULL, error), KN_WAIT); /* its execution */
    fake_refused(&r.b, KN_STATE, kn_run(b, KN_NO_ARGS, NULL, error));
    fake_refused(&r.b, KN_STATE, kn_open(a, KN_NO_ARGS, &result, error));
    assert_int_equal(kn_run(a, KN_NO_ARGS, NULL, error), KN_WAIT); /* its end */
    fake_refused(&r.b, KN_STATE, kn_commit(c, error));
    fake_ok(&r.b, kn_run(a, KN_NO_ARGS, NULL, error));
    assert_int_equal(kn_begin(c, KN_WRITE, error), KN_WAIT);
    fake_refused(&r.b, KN_STATE, kn_commit(c, error));
    fake_refused(&r.b, KN_STATE, kn_savepoint(c, "s", error));
    fake_ok(&r.b, kn_begin(c, KN_WRITE, error));
    assert_int_equal(kn_commit(c, error), KN_WAIT);
    fake_refused(&r.b, KN_STATE, kn_rollback(c, error));
    fake_ok(&r.b, kn_commit(c, error));
    fake_server_waits(r.b.server, 0);
    fake_backend_close(&r.b);
}

static void test_engine_nonblocking__a_row_that_waits_holds_its_result(void **state)
{
    run r = {.waits = 0};
    kn_statement *a = NULL, *b = NULL;
    kn_result *result = NULL, *other = NULL;
    kn_error *error = &r.b.error;
    int64_t id = 0;

    (void)state;
    fake_backend_start(&r.b, url, NULL);
    fake_ok(&r.b, connect(&r));
    fake_ok(&r.b, kn_prepare(r.b.c, KN_SQL("SELECT"), &a, error));
    fake_ok(&r.b, kn_prepare(r.b.c, KN_SQL("B"), &b, error));
    fake_ok(&r.b, kn_open(a, KN_NO_ARGS, &result, error));
    fake_refused(&r.b, KN_STATE, kn_run(b, KN_NO_ARGS, NULL, error)); /* one result a connection */
    fake_refused(&r.b, KN_STATE, kn_open(b, KN_NO_ARGS, &other, error));
    fake_server_waits(r.b.server, 1);
    assert_int_equal(kn_next(result, error), KN_WAIT);
    fake_refused(&r.b, KN_STATE, kn_get_int(result, 0, &id, error));
    fake_refused(&r.b, KN_STATE, kn_result_end(result, error));
    assert_non_null(strstr(error->message, "kn_next waits"));
    fake_ok(&r.b, kn_next(result, error));
    fake_ok(&r.b, kn_get_int(result, 0, &id, error));
    assert_int_equal(id, 1);
    assert_int_equal(kn_result_end(result, error), KN_WAIT);
    fake_refused(&r.b, KN_STATE, kn_begin(r.b.c, KN_WRITE, error));
    fake_ok(&r.b, kn_result_end(result, error));
    fake_ok(&r.b, kn_result_end(result, error)); /* ended is ended */
    fake_ok(&r.b, kn_result_end(NULL, error));
    fake_server_waits(r.b.server, 0);
    fake_ok(&r.b, kn_run(b, KN_NO_ARGS, NULL, error));
    fake_backend_close(&r.b);
}

typedef struct Stranger {
    int64_t id;
    kn_text title;
    int64_t stock;
} Stranger;
KN_MODEL(Stranger);
KN_COLUMNS(Stranger) = {
    KN_COLUMN(Stranger, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Stranger, title, KN_STRING(9)),
    KN_COLUMN(Stranger, stock, KN_INTEGER),
};
KN_DEFINE(Stranger, "items");

/* Else the driver would not be asked for the row that it waits for. */
static void test_engine_nonblocking__a_row_that_waits_is_for_one_model(void **state)
{
    run r = {.waits = 0};
    kn_statement *a = NULL;
    kn_result *result = NULL;
    kn_error *error = &r.b.error;
    Item item = {.id = 0};
    Stranger stranger = {.id = 0};

    (void)state;
    fake_backend_start(&r.b, url, NULL);
    fake_ok(&r.b, connect(&r));
    fake_ok(&r.b, kn_prepare_query(r.b.c, &all_items.node, &a, error));
    fake_ok(&r.b, kn_open(a, KN_NO_ARGS, &result, error));
    fake_server_waits(r.b.server, 1);
    assert_int_equal(kn_next_into(result, KN_OBJECT(Item, &item), error), KN_WAIT);
    fake_refused(&r.b, KN_STATE, kn_next_into(result, KN_OBJECT(Stranger, &stranger), error));
    assert_non_null(strstr(error->message, "other arguments"));
    fake_refused(&r.b, KN_STATE, kn_result_end(result, error));
    fake_ok(&r.b, kn_next_into(result, KN_OBJECT(Item, &item), error));
    assert_int_equal(item.id, 1);
    fake_server_waits(r.b.server, 0);
    fake_refused(&r.b, KN_INVALID, kn_next_into(result, KN_OBJECT(Stranger, &stranger), error));
    fake_ok(&r.b, kn_result_end(result, error));
    kn_statement_finish(a);
    fake_backend_close(&r.b);
}

static void test_engine_nonblocking__verbs_that_are_no_steps_are_refused(void **state)
{
    run r = {.waits = 0};
    Item item = {.id = 1, .name = "n"};
    kn_rows *rows = NULL;
    kn_metadata *metadata = NULL;
    kn_error *error = &r.b.error;
    int64_t n = 0;
    uint64_t before;

    (void)state;
    fake_backend_start(&r.b, url, NULL);
    fake_ok(&r.b, kn_connect_start(r.b.engine, &r.b.c, error));
    fake_refused(&r.b, KN_STATE, kn_begin(r.b.c, KN_WRITE, error)); /* not open yet */
    assert_non_null(strstr(error->message, "kn_connect_step"));
    fake_refused(&r.b, KN_STATE, kn_cancel(r.b.c, error));
    fake_refused(&r.b, KN_STATE, kn_cancel_step(r.b.c, &(kn_wait){.fd = -1}, error));
    fake_ok(&r.b, kn_connect_step(r.b.c, error));
    fake_ok(&r.b, kn_connect_step(r.b.c, error));
    fake_ok(&r.b, kn_metadata_create(NULL, &metadata, error));
    before = fake_server_count(r.b.server, FAKE_PREPARE);
    fake_refused(&r.b, KN_UNSUPPORTED, kn_insert(r.b.c, KN_OBJECT(Item, &item), error));
    assert_non_null(strstr(error->message, "kn_run"));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_insert_many(r.b.c, KN_OBJECT(Item, &item), 1, error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_update(r.b.c, KN_OBJECT(Item, &item), error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_delete(r.b.c, KN_OBJECT(Item, &item), error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_get(r.b.c, KN_OBJECT(Item, &item), NULL, error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_list(r.b.c, &all_items, KN_NO_ARGS, 0, &rows, error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_count(r.b.c, &all_items, KN_NO_ARGS, &n, error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_execute(r.b.c, KN_SQL("X"), KN_NO_ARGS, NULL, error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_execute_query(r.b.c, &all_items.node, KN_NO_ARGS, NULL, error));
    fake_refused(&r.b, KN_UNSUPPORTED, kn_create_all(r.b.c, metadata, error));
    assert_int_equal(fake_server_count(r.b.server, FAKE_PREPARE), before);
    kn_metadata_destroy(metadata);
    fake_backend_close(&r.b);
}

/* Released at any KN_WAIT of the script: the link is closed, the place is free, nothing is left. */
static void test_engine_nonblocking__may_be_abandoned_at_any_wait(void **state)
{
    unsigned at = 0;
    bool stopped = true;

    (void)state;
    for (int close_first = 0; close_first < 2; close_first++, stopped = true)
        for (at = 1; stopped; at++) {
            run r = {.stop_after = at};
            kn_pool_stats stats = {.size_ = sizeof(stats)};
            fake_backend_start(&r.b, url, NULL);
            fake_server_waits(r.b.server, 2);
            (void)script(&r);
            stopped = r.stopped;
            if (stopped && close_first)
                while (kn_release_step(r.b.c) == KN_WAIT)
                    wait_as_told(&r);
            else
                kn_release(r.b.c);
            r.b.c = NULL;
            kn_engine_stats(r.b.engine, &stats);
            assert_int_equal(stats.in_use, 0);
            assert_int_equal(stats.opened, stats.closed + stats.idle);
            fake_server_waits(r.b.server, 0);
            fake_ok(&r.b, connect(&r)); /* the place can be taken again */
            fake_backend_close(&r.b);
        }
    assert_true(at > 40);
}

/* Every call of every slot fails in turn, after it waited: the status arrives, nothing is left. */
static void test_engine_nonblocking__may_fail_at_any_step(void **state)
{
    static const fake_slot slots[] = {FAKE_OPEN, FAKE_PREPARE, FAKE_EXECUTE, FAKE_FETCH, FAKE_END, FAKE_TRANSACT};
    static const kn_status statuses[] = {KN_BUSY, KN_LINK_LOST, KN_NOMEM, KN_SERVER};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(slots); i++)
        for (size_t j = 0; j < KN_COUNT_OF(statuses); j++)
            for (uint32_t nth = 1; nth < 100; nth++) {
                run r = {.waits = 0};
                kn_status status;
                fake_backend_start(&r.b, url, NULL);
                fake_server_waits(r.b.server, 1);
                fake_server_fail(r.b.server, (fake_fault){.slot = slots[i],
                                                          .nth = nth,
                                                          .status = statuses[j],
                                                          .drops = statuses[j] == KN_LINK_LOST});
                status = script(&r);
                /* what fails while a transaction is rolled back or a link given back goes no further */
                if (fake_server_count(r.b.server, slots[i]) < nth)
                    nth = 1000;
                else if (status != KN_OK)
                    assert_int_equal(status, statuses[j]);
                fake_backend_close(&r.b);
            }
}

/* A deadline ends what waits, at the call after it. */
static void test_engine_nonblocking__deadlines_hold(void **state)
{
    run r = {.waits = 0};
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_wait wait;

    (void)state;
    fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.connect_timeout_ms = 20));
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_OPEN, .hangs = true});
    assert_int_equal(connect(&r), KN_TIMEOUT);
    assert_int_equal(r.b.error.status, KN_TIMEOUT);
    assert_true(r.waits >= 1);
    fake_refused(&r.b, KN_LINK_LOST, kn_connect_step(r.b.c, &r.b.error));
    kn_release(r.b.c);
    fake_ok(&r.b, connect(&r));
    fake_ok(&r.b, kn_prepare(r.b.c, KN_SQL("SELECT"), &statement, &r.b.error));
    kn_statement_timeout(statement, 20);
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_EXECUTE, .hangs = true});
    assert_int_equal(kn_run(statement, KN_NO_ARGS, NULL, &r.b.error), KN_WAIT);
    wait = kn_connection_wait(r.b.c);
    assert_true(wait.deadline_us != 0);
    assert_in_range(kn_wait_milliseconds(&wait), 0, 20);
    kn_statement_timeout(statement, 0); /* for executions to come */
    poll(NULL, 0, kn_wait_milliseconds(&wait) + 1);
    assert_int_equal(kn_wait_milliseconds(&wait), 0);
    fake_refused(&r.b, KN_TIMEOUT, kn_run(statement, KN_NO_ARGS, NULL, &r.b.error));
    fake_ok(&r.b, kn_open(statement, KN_NO_ARGS, &result, &r.b.error));
    fake_ok(&r.b, kn_result_end(result, &r.b.error));
    fake_backend_close(&r.b);
}

static void test_engine_nonblocking__cancel_ends_what_waits(void **state)
{
    run r = {.waits = 0};
    kn_wait wait;
    kn_statement *statement = NULL;

    (void)state;
    fake_backend_start(&r.b, url, NULL);
    fake_ok(&r.b, connect(&r));
    fake_ok(&r.b, kn_prepare(r.b.c, KN_SQL("X"), &statement, &r.b.error));
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_EXECUTE, .hangs = true});
    assert_int_equal(kn_run(statement, KN_NO_ARGS, NULL, &r.b.error), KN_WAIT);
    fake_ok(&r.b, kn_cancel_step(r.b.c, &wait, &r.b.error));
    fake_refused(&r.b, KN_CANCELLED, kn_run(statement, KN_NO_ARGS, NULL, &r.b.error));
    fake_ok(&r.b, kn_run(statement, KN_NO_ARGS, NULL, &r.b.error));
    fake_backend_close(&r.b);
}

/* What returns nothing cannot wait: the link is given up. */
static void test_engine_nonblocking__closing_rows_that_must_be_waited_for_gives_the_link_up(void **state)
{
    run r = {.waits = 0};
    kn_statement *statement = NULL;
    kn_result *result = NULL;

    (void)state;
    for (int waiting = 0; waiting < 2; waiting++) {
        fake_backend_start(&r.b, url, NULL);
        fake_ok(&r.b, connect(&r));
        fake_ok(&r.b, kn_prepare(r.b.c, KN_SQL("SELECT"), &statement, &r.b.error));
        fake_ok(&r.b, kn_open(statement, KN_NO_ARGS, &result, &r.b.error));
        fake_server_waits(r.b.server, 1);
        if (waiting)
            assert_int_equal(kn_next(result, &r.b.error), KN_WAIT);
        kn_result_close(result);
        fake_refused(&r.b, KN_STATE, kn_next(result, &r.b.error));
        fake_refused(&r.b, KN_LINK_LOST, kn_begin(r.b.c, KN_WRITE, &r.b.error));
        kn_statement_finish(statement);
        fake_server_waits(r.b.server, 0);
        fake_backend_close(&r.b);
    }
}

/* A commit that fails and leaves its transaction open: the server rolls back, when the link is closed. */
static void test_engine_nonblocking__a_commit_that_fails_is_over(void **state)
{
    run r = {.waits = 0};

    (void)state;
    fake_backend_start(&r.b, url, NULL);
    fake_ok(&r.b, connect(&r));
    fake_ok(&r.b, kn_begin(r.b.c, KN_WRITE, &r.b.error));
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_TRANSACT, .status = KN_CHECK, .waits = 2});
    assert_int_equal(kn_commit(r.b.c, &r.b.error), KN_WAIT);
    assert_int_equal(kn_commit(r.b.c, &r.b.error), KN_WAIT);
    fake_refused(&r.b, KN_CHECK, kn_commit(r.b.c, &r.b.error));
    assert_int_equal(r.b.error.commit, KN_COMMIT_NOT);
    assert_false(kn_in_transaction(r.b.c));
    fake_refused(&r.b, KN_LINK_LOST, kn_begin(r.b.c, KN_WRITE, &r.b.error));
    fake_backend_close(&r.b);
}

/* One that idled long is looked at; one that is dead is replaced. */
static void test_engine_nonblocking__a_pooled_link_is_checked(void **state)
{
    (void)state;
    for (int dead = 0; dead < 2; dead++) {
        run r = {.waits = 0};
        kn_pool_stats stats = {.size_ = sizeof(stats)};
        fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.pool_idle_check_s = 1));
        fake_ok(&r.b, connect(&r));
        kn_release(r.b.c);
        r.b.c->returned_us -= 2 * KN_US_PER_SECOND; /* it is in the pool */
        fake_server_waits(r.b.server, 2);
        if (dead)
            fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_ALIVE, .status = KN_LINK_LOST, .drops = true});
        r.waits = 0;
        fake_ok(&r.b, connect(&r));
        assert_int_equal(r.waits, dead ? 4 : 2);
        assert_int_equal(fake_server_count(r.b.server, FAKE_ALIVE), 1);
        assert_int_equal(fake_server_count(r.b.server, FAKE_OPEN), 1 + dead);
        kn_engine_stats(r.b.engine, &stats);
        assert_int_equal(stats.expired, dead);
        assert_int_equal(stats.open, 1);
        fake_server_waits(r.b.server, 0);
        fake_backend_close(&r.b);
    }
}

static void count_trace(void *context, const kn_event *event)
{
    unsigned *counts = context;

    assert_int_not_equal(event->status, KN_WAIT);
    counts[event->kind]++;
}

static void test_engine_nonblocking__the_trace_tells_each_event_once(void **state)
{
    unsigned counts[9] = {0}, expected[9] = {0};

    (void)state;
    for (int waits = 1; waits >= 0; waits--) {
        run r = {.waits = 0};
        unsigned *into = waits ? counts : expected;
        fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.trace = count_trace, .trace_context = into));
        fake_server_waits(r.b.server, waits ? 3 : 0);
        fake_ok(&r.b, script(&r));
        fake_backend_close(&r.b);
    }
    assert_memory_equal(counts, expected, sizeof(counts));
    assert_int_equal(counts[KN_EVENT_COMMIT], 1);
    assert_int_equal(counts[KN_EVENT_CONNECT], 1);
}

static void test_engine_nonblocking__each_allocation_failure(void **state)
{
    bool failed = true;

    (void)state;
    for (int for_ever = 0; for_ever < 2; for_ever++, failed = true)
        for (size_t nth = 1; failed; nth++) {
            run r = {.waits = 0};
            failing_allocator memory;
            kn_status status;
            failing_allocator_init(&memory, 0, for_ever);
            fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.allocator = &memory.allocator));
            fake_server_waits(r.b.server, 1);
            memory.fail_at = memory.requests + nth;
            status = script(&r);
            failed = memory.fired;
            memory.fail_at = 0;
            if (status != KN_OK)
                assert_int_equal(status, KN_NOMEM);
            fake_backend_close(&r.b);
            assert_int_equal(memory.live_blocks, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_nonblocking__every_verb_waits_and_ends_as_if_it_had_not),
        cmocka_unit_test(test_engine_nonblocking__the_pool_keeps_links_by_kind),
        cmocka_unit_test(test_engine_nonblocking__a_full_pool_refuses_at_once),
        cmocka_unit_test(test_engine_nonblocking__a_driver_that_blocks_is_named),
        cmocka_unit_test(test_engine_nonblocking__other_verbs_are_refused_while_one_waits),
        cmocka_unit_test(test_engine_nonblocking__a_row_that_waits_holds_its_result),
        cmocka_unit_test(test_engine_nonblocking__a_row_that_waits_is_for_one_model),
        cmocka_unit_test(test_engine_nonblocking__verbs_that_are_no_steps_are_refused),
        cmocka_unit_test(test_engine_nonblocking__may_be_abandoned_at_any_wait),
        cmocka_unit_test(test_engine_nonblocking__may_fail_at_any_step),
        cmocka_unit_test(test_engine_nonblocking__deadlines_hold),
        cmocka_unit_test(test_engine_nonblocking__cancel_ends_what_waits),
        cmocka_unit_test(test_engine_nonblocking__closing_rows_that_must_be_waited_for_gives_the_link_up),
        cmocka_unit_test(test_engine_nonblocking__a_commit_that_fails_is_over),
        cmocka_unit_test(test_engine_nonblocking__a_pooled_link_is_checked),
        cmocka_unit_test(test_engine_nonblocking__the_trace_tells_each_event_once),
        cmocka_unit_test(test_engine_nonblocking__each_allocation_failure),
    };

    int failed = 0;

    url = "fake://s/";
    failed += cmocka_run_group_tests_name(url, tests, NULL, NULL);
    url = "fake+fake_rows://s/";
    failed += cmocka_run_group_tests_name(url, tests, NULL, NULL);
    return failed;
}
