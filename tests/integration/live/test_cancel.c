/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* backends: all */
/* kn_cancel from another thread at any moment of each verb: it is done whole, or cancelled and nothing of it is there;
 * what follows on the connection is never hit. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <koine/transact.h>

#include "engine/clock.h"
#include "items.h"

#define RUNS 40
#define WAITING_RUNS 5
#define BULK 500

static Item bulk[BULK];
static kn_value sets[2 * BULK];

/* ---- the other thread ---- */

typedef struct canceller {
    pthread_t thread;
    kn_connection *c;
    atomic_int state; /* IDLE, ARMED, then BUSY while it cancels */
    atomic_int failed;
    int64_t after_us;
} canceller;
enum { IDLE, ARMED, DISARMED, ENDS };

static void *cancel_when_armed(void *context)
{
    canceller *k = context;
    int state;

    while ((state = atomic_load(&k->state)) != ENDS) {
        if (state == ARMED) {
            int64_t at_us = kn__clock_us() + k->after_us;
            while (kn__clock_us() < at_us && atomic_load(&k->state) == ARMED)
                sched_yield();
            while (atomic_load(&k->state) == ARMED) /* the first may come before there is what it could stop */
                atomic_fetch_or(&k->failed, kn_cancel(k->c, NULL) != KN_OK);
        }
        if (state == DISARMED)
            atomic_store(&k->state, IDLE);
        sched_yield();
    }
    return NULL;
}

/* When it returns no kn_cancel is in progress. */
static void disarm(canceller *k)
{
    atomic_store(&k->state, DISARMED);
    while (atomic_load(&k->state) != IDLE)
        sched_yield();
}

/* ---- what is cancelled ---- */

typedef kn_status verb(test_database *db, int64_t id, kn_error *error);

static kn_status insert(test_database *db, int64_t id, kn_error *error)
{
    Item item = {.id = id, .name = "one"};

    return kn_insert(db->c, KN_OBJECT(Item, &item), error);
}

static kn_status insert_many(test_database *db, int64_t id, kn_error *error)
{
    for (int i = 0; i < BULK; i++)
        bulk[i] = (Item){.id = id + i};
    return kn_insert_many(db->c, KN_OBJECT(Item, bulk), BULK, error);
}

static kn_status insert_few(test_database *db, int64_t id, kn_error *error)
{
    for (int i = 0; i < 20; i++)
        bulk[i] = (Item){.id = id + i};
    return kn_insert_many(db->c, KN_OBJECT(Item, bulk), 20, error);
}

static kn_status run_many(test_database *db, int64_t id, kn_error *error)
{
    kn_statement *statement = NULL;
    kn_status status;

    for (int i = 0; i < BULK; i++) {
        sets[2 * i] = kn_int(id + i);
        sets[2 * i + 1] = kn_int(i);
    }
    status = kn_prepare(db->c, KN_SQL("INSERT INTO items (id, stock) VALUES (:id, :stock)"), &statement, error);
    if (status == KN_OK)
        status = kn_run_many(statement, sets, BULK, 2, NULL, error);
    kn_statement_finish(statement);
    return status;
}

static kn_status execute(test_database *db, int64_t id, kn_error *error)
{
    return kn_execute(db->c, KN_SQL("INSERT INTO items (id, stock) VALUES (:id, 1)"), KN_ARGS(kn_int(id)), NULL, error);
}

static kn_status read_rows(test_database *db, int64_t id, kn_error *error)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t n = 0;
    kn_status status = kn_prepare_query(db->c, &all_items.node, &statement, error);

    (void)id;
    if (status == KN_OK)
        status = kn_open(statement, KN_NO_ARGS, &result, error);
    while (status == KN_OK && (status = kn_next(result, error)) == KN_OK)
        n++;
    kn_result_close(result);
    kn_statement_finish(statement);
    if (status == KN_DONE)
        assert_int_equal(n, BULK);
    return status == KN_DONE ? KN_OK : status;
}

static kn_status leave_rows(test_database *db, int64_t id, kn_error *error)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status = kn_prepare_query(db->c, &all_items.node, &statement, error);

    (void)id;
    if (status == KN_OK)
        status = kn_open(statement, KN_NO_ARGS, &result, error);
    if (status == KN_OK)
        status = kn_next(result, error);
    if (status == KN_OK)
        status = kn_result_end(result, error);
    else
        kn_result_close(result);
    kn_statement_finish(statement);
    return status;
}

static kn_status get(test_database *db, int64_t id, kn_error *error)
{
    Item item = {.id = 7};
    kn_arena arena;
    kn_status status;

    (void)id;
    kn_arena_init(&arena, NULL, 0);
    status = kn_get(db->c, KN_OBJECT(Item, &item), &arena, error);
    if (status == KN_OK)
        assert_int_equal(item.stock.value, 7);
    kn_arena_finish(&arena);
    return status;
}

static kn_status list(test_database *db, int64_t id, kn_error *error)
{
    kn_rows *rows = NULL;
    kn_status status = kn_list(db->c, &all_items, KN_NO_ARGS, 0, &rows, error);

    (void)id;
    if (status == KN_OK)
        assert_int_equal(rows->count, BULK);
    kn_rows_free(rows);
    return status;
}

static kn_status insert_two(void *context, kn_connection *c, kn_error *error)
{
    const int64_t *id = context;
    Item item = {.id = *id}, other = {.id = *id + 1};
    kn_status status = kn_insert(c, KN_OBJECT(Item, &item), error);

    return status == KN_OK ? kn_insert(c, KN_OBJECT(Item, &other), error) : status;
}

static kn_status transact(test_database *db, int64_t id, kn_error *error)
{
    return kn_transact(db->c, KN_WRITE, insert_two, &id, NULL, error);
}

static kn_status by_hand(test_database *db, int64_t id, kn_error *error)
{
    kn_status status = kn_begin(db->c, KN_WRITE, error);

    if (status == KN_OK)
        status = insert_two(&id, db->c, error);
    if (status == KN_OK)
        status = kn_commit(db->c, error);
    if (kn_in_transaction(db->c))
        assert_int_equal(kn_rollback(db->c, NULL), KN_OK);
    return status;
}

static kn_status create_all(test_database *db, int64_t id, kn_error *error);

typedef struct verb_case {
    const char *name;
    verb *verb;
    int rows; /* that it adds */
    enum { WAITS_FOR_ROW, WAITS_FOR_TABLE, WAITS_NEVER } waits;
} verb_case;

static const verb_case cases[] = {
    {"kn_insert", insert, 1, WAITS_FOR_ROW},
    {"kn_insert_many", insert_many, BULK, WAITS_FOR_ROW},
    {"kn_insert_many of a few", insert_few, 20, WAITS_FOR_ROW},
    {"kn_run_many", run_many, BULK, WAITS_FOR_ROW},
    {"kn_execute", execute, 1, WAITS_FOR_ROW},
    {"kn_open and kn_next", read_rows, 0, WAITS_FOR_TABLE},
    {"kn_result_end", leave_rows, 0, WAITS_FOR_TABLE},
    {"kn_get", get, 0, WAITS_FOR_TABLE},
    {"kn_list", list, 0, WAITS_FOR_TABLE},
    {"kn_transact", transact, 2, WAITS_FOR_ROW},
    {"kn_begin to kn_commit", by_hand, 2, WAITS_FOR_ROW},
    {"kn_create_all", create_all, 0, WAITS_NEVER},
};

typedef struct Extra {
    int64_t id;
    kn_opt_int32 item_id;
} Extra;
KN_MODEL(Extra);
KN_COLUMNS(Extra) = {
    KN_COLUMN(Extra, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Extra, item_id, KN_INTEGER, .index = true),
};
KN_DEFINE(Extra, "extras");

static kn_status create_all(test_database *db, int64_t id, kn_error *error)
{
    kn_metadata *metadata = NULL;
    kn_status status;

    (void)id;
    assert_int_equal(kn_metadata_create(NULL, &metadata, NULL), KN_OK);
    assert_int_equal(kn_metadata_add(metadata, &Extra_model, NULL), KN_OK);
    status = kn_create_all(db->c, metadata, error);
    if (status == KN_OK)
        status = kn_drop_all(db->c, metadata, error);
    kn_metadata_destroy(metadata);
    return status;
}

static int open_with_rows(void **state)
{
    test_database *db;

    test_database_open(state);
    db = test_database_of(state);
    test_database_create(db, &Item_model, NULL);
    for (int i = 0; i < BULK; i++)
        bulk[i] = (Item){.id = i + 1, .stock = KN_SOME(i + 1)};
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Item, bulk), BULK, &db->error));
    return 0;
}

static void check_after(test_database *db, const verb_case *v, kn_status status)
{
    int64_t more = count_items(db->c) - BULK; /* it would be hit by a late cancel */

    if (status != KN_OK && status != KN_CANCELLED)
        fail_msg("%s: %s: %s", v->name, kn_status_name(status), db->error.message);
    if (status == KN_CANCELLED && db->error.commit != KN_COMMIT_NOT && v->verb != by_hand)
        fail_msg("%s: cancelled, and commit state %d", v->name, db->error.commit);
    if (more != (status == KN_OK ? v->rows : 0))
        fail_msg("%s: %s, and %lld rows more", v->name, kn_status_name(status), (long long)more);
    if (more)
        test_database_run(db, "DELETE FROM \"items\" WHERE \"id\" > 500");
    else
        assert_int_equal(count_items(db->c), BULK);
}

static kn_status cancelled_after(test_database *db, canceller *k, const verb_case *v, int64_t after_us)
{
    k->after_us = after_us;
    kn_error_clear(&db->error);
    atomic_store(&k->state, ARMED);
    kn_status status = v->verb(db, BULK + 1, &db->error);
    disarm(k);
    return status;
}

static void start(canceller *k, test_database *db)
{
    *k = (canceller){.c = db->c};
    assert_int_equal(pthread_create(&k->thread, NULL, cancel_when_armed, k), 0);
}

static void stop(canceller *k)
{
    atomic_store(&k->state, ENDS);
    pthread_join(k->thread, NULL);
    assert_false(atomic_load(&k->failed));
}

/* From moments spread over one and a half times as long as it takes. */
static void test_cancel__each_verb_is_done_or_cancelled_whole(void **state)
{
    test_database *db = test_database_of(state);
    canceller k;

    start(&k, db);
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        const verb_case *v = &cases[i];
        int64_t began_us = kn__clock_us();
        assert_ok(db, v->verb(db, BULK + 1, &db->error));
        int64_t took_us = kn__clock_us() - began_us;
        check_after(db, v, KN_OK);
        for (int run = 0; run < RUNS; run++)
            check_after(db, v, cancelled_after(db, &k, v, run * took_us * 3 / 2 / RUNS));
    }
    stop(&k);
    assert_false(kn_in_transaction(db->c));
}

/* Another connection has the last row, or the table. */
static void hold(test_database *db, kn_connection *other, const verb_case *v)
{
    bool statement_locks = strcmp(test_database_backend(db), "postgresql") != 0;
    Item item = {.id = BULK + (v->rows ? v->rows : 1)};

    if (v->waits == WAITS_FOR_TABLE && statement_locks) {
        assert_ok(db, kn_execute(other, KN_SQL("LOCK TABLES items WRITE"), KN_NO_ARGS, NULL, &db->error));
        return;
    }
    assert_ok(db, kn_begin(other, KN_WRITE, &db->error));
    if (v->waits == WAITS_FOR_TABLE)
        assert_ok(db, kn_execute(other, KN_SQL("LOCK TABLE items"), KN_NO_ARGS, NULL, &db->error));
    else
        assert_ok(db, kn_insert(other, KN_OBJECT(Item, &item), &db->error));
}

static void let_go(test_database *db, kn_connection *other)
{
    if (kn_in_transaction(other))
        assert_ok(db, kn_rollback(other, &db->error));
    else
        assert_ok(db, kn_execute(other, KN_SQL("UNLOCK TABLES"), KN_NO_ARGS, NULL, &db->error));
}

/* It waits for a lock, most of its work done, and nothing but the cancel ends that. */
static void test_cancel__each_verb_that_waits_is_cancelled(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *other = NULL;
    canceller k;

    assert_ok(db, kn_connect(db->engine, &other, &db->error));
    start(&k, db);
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        const verb_case *v = &cases[i];
        if (v->waits == WAITS_NEVER ||
            (v->waits == WAITS_FOR_TABLE && strcmp(test_database_backend(db), "sqlite") == 0)) /* readers never wait */
            continue;
        for (int run = 0; run < WAITING_RUNS; run++) {
            hold(db, other, v);
            kn_status status = cancelled_after(db, &k, v, run * 1000);
            if (status != KN_CANCELLED)
                fail_msg("%s: %s: %s", v->name, kn_status_name(status), db->error.message);
            let_go(db, other);
            check_after(db, v, status);
        }
    }
    stop(&k);
    kn_release(other);
}

/* One statement, once it is prepared. */
static kn_status insert_hundred(test_database *db, int64_t id, kn_error *error)
{
    for (int i = 0; i < 100; i++)
        bulk[i] = (Item){.id = id + i};
    return kn_insert_many(db->c, KN_OBJECT(Item, bulk), 100, error);
}

static const verb_case inner_cases[] = {
    {"kn_run_many in a transaction", run_many, BULK, WAITS_FOR_ROW},
    {"kn_insert_many in a transaction", insert_many, BULK, WAITS_FOR_ROW},
    {"kn_insert_many of one statement in a transaction", insert_hundred, 100, WAITS_FOR_ROW},
};

static void begin_with_one(test_database *db)
{
    Item first = {.id = 2 * BULK + 1};

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &first), &db->error));
}

/* What the transaction did before is there, unless the cancel came before there was a way back. */
static void check_inner(test_database *db, const verb_case *v, kn_status status, bool must_go_on)
{
    kn_status ended = kn_commit(db->c, &db->error);
    int64_t more = count_items(db->c) - BULK;

    if (status != KN_OK && status != KN_CANCELLED)
        fail_msg("%s: %s", v->name, kn_status_name(status));
    if (ended == KN_OK)
        assert_int_equal(more, status == KN_OK ? v->rows + 1 : 1);
    else if (must_go_on || status != KN_CANCELLED || ended != KN_NOT_IN_TRANSACTION || more)
        fail_msg("%s: %s, then %s, and %lld rows more", v->name, kn_status_name(status), kn_status_name(ended),
                 (long long)more);
    test_database_run(db, "DELETE FROM \"items\" WHERE \"id\" > 500");
}

/* Behind a savepoint of its own, which the same cancels must not keep from being rolled back. */
static void test_cancel__many_in_a_transaction_leave_no_part(void **state)
{
    test_database *db = test_database_of(state);
    canceller k;

    start(&k, db);
    for (size_t i = 0; i < KN_COUNT_OF(inner_cases); i++) {
        const verb_case *v = &inner_cases[i];
        int64_t took_us = 0;
        for (int run = 0; run < 2; run++) { /* the second time all is prepared */
            begin_with_one(db);
            took_us = kn__clock_us();
            assert_ok(db, v->verb(db, BULK + 1, &db->error));
            took_us = kn__clock_us() - took_us;
            check_inner(db, v, KN_OK, true);
        }
        for (int run = 0; run < RUNS; run++) {
            begin_with_one(db);
            check_inner(db, v, cancelled_after(db, &k, v, run * took_us * 3 / 2 / RUNS), false);
        }
    }
    stop(&k);
}

/* It waits for a lock at its last row, and there is a way back; where the machine is slow the cancel comes before. */
static void test_cancel__many_that_wait_in_a_transaction_are_taken_back(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *other = NULL;
    canceller k;

    if (strcmp(test_database_backend(db), "sqlite") == 0) /* whoever writes is alone */
        return;
    assert_ok(db, kn_connect(db->engine, &other, &db->error));
    start(&k, db);
    for (size_t i = 0; i < KN_COUNT_OF(inner_cases); i++) {
        const verb_case *v = &inner_cases[i];
        for (int run = 0; run < WAITING_RUNS; run++) {
            hold(db, other, v);
            begin_with_one(db);
            kn_status status = cancelled_after(db, &k, v, 20000 + run * 1000);
            let_go(db, other);
            if (status != KN_CANCELLED)
                fail_msg("%s: %s: %s", v->name, kn_status_name(status), db->error.message);
            check_inner(db, v, status, false);
        }
    }
    stop(&k);
    kn_release(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_rows, test_database_close)
        TEST(test_cancel__each_verb_is_done_or_cancelled_whole),
        TEST(test_cancel__each_verb_that_waits_is_cancelled),
        TEST(test_cancel__many_in_a_transaction_leave_no_part),
        TEST(test_cancel__many_that_wait_in_a_transaction_are_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
