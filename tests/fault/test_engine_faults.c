/* SPDX-License-Identifier: MIT */
/* Every function of a driver fails with every status, at every point of a script of all the verbs. The status and the
 * error's fields reach the caller as they are; the connection is lost when its link is, and only then; what was begun
 * is ended; the driver's contract is kept; nothing is left. */
#include <stdio.h>

#include "support/fake_backend.h"

static const kn_select all_items = KN_SELECT(KN_FROM(Item), .order_by = KN_LIST(KN_ASC(KN_COL(Item, id))));
static const kn_update_rows restock =
    KN_UPDATE(Item, .set = KN_LIST(KN_ASSIGN(KN_COL(Item, stock), KN_INT(1))), .where = KN_ALL_ROWS);

/* Two tables, one of which needs the other. */
typedef struct Crate {
    int64_t id;
    kn_opt_int64 item_id;
} Crate;
KN_MODEL(Crate);
KN_COLUMNS(Crate) = {
    KN_COLUMN(Crate, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Crate, item_id, KN_INTEGER, .references = KN_REF(Item, id), .index = true),
};
KN_DEFINE(Crate, "crates");

static const char
    *url; /* the driver stores cells into structs by itself, or gives rows only, and takes back many sets */

/* What a run is about. */
typedef struct run {
    fake_backend b;
    uint64_t void_ends[4]; /* the calls of `end` whose status nobody is told: those of kn_result_close */
    size_t n_void_ends;
    bool own_many; /* failed in a transaction that the verb began for itself */
    bool rolling_back;
} run;

static kn_status connect(run *r)
{
    return kn_connect(r->b.engine, &r->b.c, &r->b.error);
}

static kn_status execute(run *r)
{
    return kn_execute(r->b.c, KN_SQL("DELETE FROM a WHERE b = ?"), KN_ARGS(kn_int(1)), NULL, &r->b.error);
}

static kn_status begin(run *r)
{
    return kn_begin(r->b.c, KN_WRITE, &r->b.error);
}

static kn_status mark(run *r)
{
    kn_status status = kn_savepoint(r->b.c, "s", &r->b.error);

    if (status == KN_OK)
        status = kn_savepoint_rollback(r->b.c, "s", &r->b.error);
    return status == KN_OK ? kn_savepoint_release(r->b.c, "s", &r->b.error) : status;
}

static kn_status prepare_and_run(run *r)
{
    kn_statement *statement = NULL;
    kn_status status = kn_prepare(r->b.c, KN_SQL("INSERT INTO a VALUES (:x)"), &statement, &r->b.error);

    for (int i = 0; i < 2 && status == KN_OK; i++)
        status = kn_run(statement, KN_ARGS(kn_int(i)), NULL, &r->b.error);
    kn_statement_finish(statement);
    return status;
}

static kn_status read_rows(run *r)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status = kn_prepare_query(r->b.c, &all_items.node, &statement, &r->b.error);

    if (status == KN_OK)
        status = kn_open(statement, KN_NO_ARGS, &result, &r->b.error);
    while (status == KN_OK)
        status = kn_next(result, &r->b.error);
    if (status == KN_DONE)
        r->void_ends[r->n_void_ends++ % KN_COUNT_OF(r->void_ends)] = fake_server_count(r->b.server, FAKE_END) + 1;
    kn_result_close(result);
    kn_statement_finish(statement);
    return status == KN_DONE ? KN_OK : status;
}

static kn_status change_rows(run *r)
{
    return kn_execute_query(r->b.c, &restock.node, KN_NO_ARGS, NULL, &r->b.error);
}

static kn_status insert(run *r)
{
    Item item = {.name = "new"};

    return kn_insert(r->b.c, KN_OBJECT(Item, &item), &r->b.error);
}

static kn_status get(run *r)
{
    Item item = {.id = 1};
    kn_arena arena;
    kn_status status;

    kn_arena_init(&arena, NULL, 0);
    status = kn_get(r->b.c, KN_OBJECT(Item, &item), &arena, &r->b.error);
    kn_arena_finish(&arena);
    return status;
}

static kn_status update(run *r)
{
    Item item = {.id = 1, .name = "b"};

    return kn_update(r->b.c, KN_OBJECT(Item, &item), &r->b.error);
}

static kn_status delete (run *r)
{
    Item item = {.id = 1};

    return kn_delete(r->b.c, KN_OBJECT(Item, &item), &r->b.error);
}

static kn_status list(run *r)
{
    kn_rows *rows = NULL;
    kn_status status = kn_list(r->b.c, &all_items, KN_NO_ARGS, 0, &rows, &r->b.error);

    kn_rows_free(rows);
    return status;
}

static kn_status count(run *r)
{
    int64_t n = 0;

    return kn_count(r->b.c, &all_items, KN_NO_ARGS, &n, &r->b.error);
}

static kn_status insert_many(run *r)
{
    Item items[3] = {{.name = "a"}, {.name = "b", .stock = KN_SOME(1)}, {.name = "c", .stock = KN_SOME(2)}};
    bool own = !kn_in_transaction(r->b.c);
    kn_status status = kn_insert_many(r->b.c, KN_OBJECT(Item, items), 3, &r->b.error);

    r->own_many = own && status != KN_OK;
    return status;
}

/* One statement. */
static kn_status insert_alike(run *r)
{
    Item items[2] = {{.id = 1, .name = "a"}, {.id = 2, .name = "b"}};

    return kn_insert_many(r->b.c, KN_OBJECT(Item, items), 2, &r->b.error);
}

/* Enough for the driver's own bulk insert, in runs of two shapes. */
static kn_status insert_bulk(run *r)
{
    enum { COUNT = 300 };
    static Item items[COUNT];
    kn_status status;

    for (int i = 0; i < COUNT; i++)
        items[i] = (Item){.name = "x", .stock = {.value = i, .state = i < 150 ? KN_SET : KN_UNSET}};
    status = kn_insert_many(r->b.c, KN_OBJECT(Item, items), COUNT, &r->b.error);
    r->own_many = status != KN_OK;
    return status;
}

static kn_status run_many(run *r)
{
    const kn_value values[] = {kn_int(1), kn_int(2), kn_int(3)};
    bool own = !kn_in_transaction(r->b.c);
    kn_statement *statement = NULL;
    kn_status status = kn_prepare(r->b.c, KN_SQL("INSERT INTO many VALUES (?)"), &statement, &r->b.error);

    if (status == KN_OK)
        status = kn_run_many(statement, values, 3, 1, NULL, &r->b.error);
    kn_statement_finish(statement);
    r->own_many = own && status != KN_OK;
    return status;
}

static kn_status commit(run *r)
{
    return kn_commit(r->b.c, &r->b.error);
}

static kn_status roll_back(run *r)
{
    kn_status status = kn_begin(r->b.c, KN_READ, &r->b.error);

    if (status != KN_OK)
        return status;
    r->rolling_back = true;
    status = kn_rollback(r->b.c, &r->b.error);
    r->rolling_back = status != KN_OK;
    return status;
}

static kn_status return_and_take(run *r)
{
    kn_release(r->b.c);
    r->b.c = NULL;
    return kn_connect(r->b.engine, &r->b.c, &r->b.error);
}

static kn_status create_tables(run *r)
{
    kn_metadata *metadata = NULL;
    kn_status status = kn_metadata_create(NULL, &metadata, &r->b.error);

    if (status == KN_OK)
        status = kn_metadata_add_all(metadata, &r->b.error, &Item_model, &Crate_model, NULL);
    if (status == KN_OK)
        status = kn_create_all(r->b.c, metadata, &r->b.error);
    r->own_many = status != KN_OK;
    kn_metadata_destroy(metadata);
    return status;
}

static kn_status (*const script[])(run *r) = {
    connect,     execute,      prepare_and_run, read_rows, begin,         mark,        insert,
    get,         update,       delete,          list,      count,         change_rows, read_rows,
    insert_many, insert_alike, insert_alike,    run_many,  commit,        insert_many, insert,
    list,        roll_back,    return_and_take, execute,   create_tables, insert_bulk, run_many,
};

/* Returns the first status that is not KN_OK. */
static kn_status play(run *r)
{
    kn_status status = KN_OK;

    for (size_t i = 0; i < KN_COUNT_OF(script) && status == KN_OK; i++)
        status = script[i](r);
    return status;
}

static bool is_lost(kn_status status)
{
    return status == KN_LINK_LOST || status == KN_COMMIT_UNKNOWN;
}

/* Nobody is told that `end` failed when a result is closed, nor `reset` on release; a lost link shows at the next call.
 */
static bool is_told(const fake_fault *fault, const run *r)
{
    for (size_t i = 0; fault->slot == FAKE_END && i < r->n_void_ends; i++)
        if (r->void_ends[i] == fault->nth)
            return false;
    if (fault->status == KN_UNSUPPORTED) /* then what they were asked for goes another way */
        return fault->slot != FAKE_BULK_BEGIN && fault->slot != FAKE_EXECUTE_MANY && fault->slot != FAKE_RESET;
    return fault->slot != FAKE_RESET;
}

static void check_error(const fake_fault *fault, const run *r)
{
    const kn_error *e = &r->b.error;

    assert_int_equal(e->status, fault->status);
    assert_true(e->message[0] != '\0');
    assert_int_equal(e->native, fault->native);
    assert_int_equal(e->retry, fault->retry);
    assert_string_equal(e->constraint, fault->constraint);
    if (!r->own_many && fault->slot != FAKE_TRANSACT)
        assert_int_equal(e->commit, fault->commit);
}

/* Is it still the same connection, and no worse? */
static void check_connection(const fake_fault *fault, run *r)
{
    bool lost = is_lost(fault->status) || fault->drops || r->rolling_back;
    kn_error error = {0};
    kn_status status;

    if (!r->b.c)
        return;
    if (kn_in_transaction(r->b.c))
        assert_int_equal(kn_rollback(r->b.c, &error), KN_OK);
    status = kn_execute(r->b.c, KN_SQL("DELETE"), KN_NO_ARGS, NULL, &error);
    assert_int_equal(status, lost ? KN_LINK_LOST : KN_OK);
}

static void fail_once(fake_fault fault)
{
    run r = {.n_void_ends = 0};
    kn_status status;

    fake_backend_start(&r.b, url, KN_ENGINE_OPTIONS(.pool_max = 1, .pool_wait_ms = UINT32_MAX));
    assert_int_equal(fake_server_fail(r.b.server, fault), KN_OK);
    status = play(&r);
    if (status != KN_OK && is_told(&fault, &r)) {
        if (status != fault.status)
            fail_msg("%s %u: %s instead of %s: %s", fake_slot_name(fault.slot), fault.nth, kn_status_name(status),
                     kn_status_name(fault.status), r.b.error.message);
        check_error(&fault, &r);
        check_connection(&fault, &r);
    } else if (is_told(&fault, &r)) {
        fail_msg("%s %u: %s was swallowed", fake_slot_name(fault.slot), fault.nth, kn_status_name(fault.status));
    } else if (fault.slot == FAKE_END && is_lost(fault.status)) {
        assert_int_equal(status, KN_LINK_LOST);
    } else if (!fault.drops) { /* the rows were all read, or another connection took its place */
        assert_true(status == KN_OK || (fault.ends_transaction && status == KN_STATE)); /* nothing to commit */
    }
    fake_server_heal(r.b.server);
    kn_release(r.b.c);
    r.b.c = NULL;
    if (play(&r) != KN_OK) /* the engine goes on */
        fail_msg("%s %u %s: then %s", fake_slot_name(fault.slot), fault.nth, kn_status_name(fault.status),
                 r.b.error.message);
    fake_backend_close(&r.b);
}

/* How often each function is called when nothing fails. */
static void count_calls(uint64_t calls[static FAKE_SLOTS])
{
    run r = {.n_void_ends = 0};

    fake_backend_start(&r.b, url, NULL);
    if (play(&r) != KN_OK)
        fail_msg("%s", r.b.error.message);
    for (int slot = 0; slot < FAKE_SLOTS; slot++)
        calls[slot] = fake_server_count(r.b.server, (fake_slot)slot);
    fake_backend_close(&r.b);
}

static void fail_everywhere(fake_fault fault)
{
    static const fake_slot slots[] = {FAKE_BULK_BEGIN,    FAKE_BULK_ROWS, FAKE_BULK_END, FAKE_OPEN,
                                      FAKE_CANCEL_CREATE, FAKE_PREPARE,   FAKE_EXECUTE,  FAKE_FETCH,
                                      FAKE_END,           FAKE_TRANSACT,  FAKE_RESET,    FAKE_EXECUTE_MANY};
    uint64_t calls[FAKE_SLOTS];

    count_calls(calls);
    for (size_t i = 0; i < KN_COUNT_OF(slots); i++) {
        assert_true(calls[slots[i]] > 0);
        for (uint32_t nth = 1; nth <= calls[slots[i]]; nth++) {
            fault.slot = slots[i];
            fault.nth = nth;
            fail_once(fault);
        }
    }
}

static const kn_status statuses[] = {
#define X_(name, number, text) KN_##name,
    KN_STATUS_MAP(X_)
#undef X_
};

/* Those that are no failures of a driver: KN_OK, KN_DONE, KN_WAIT. */
enum { FIRST_FAILURE = 3 };

static fake_fault make_fault(kn_status status)
{
    return (fake_fault){.status = status,
                        .retry = KN_RETRY_TRANSACTION,
                        .commit = KN_COMMIT_OPEN,
                        .native = 4711,
                        .constraint = "uq_items_name"};
}

static void test_engine_faults__every_status_from_every_call_reaches_the_caller(void **state)
{
    (void)state;
    for (size_t i = FIRST_FAILURE; i < KN_COUNT_OF(statuses); i++)
        fail_everywhere(make_fault(statuses[i]));
}

/* The call took effect, and the answer says that it failed. */
static void test_engine_faults__a_failure_after_the_effect_too(void **state)
{
    static const kn_status some[] = {KN_BUSY, KN_SERVER, KN_NOMEM, KN_LINK_LOST, KN_COMMIT_UNKNOWN};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(some); i++) {
        fake_fault fault = make_fault(some[i]);
        fault.after = true;
        fail_everywhere(fault);
    }
}

/* The link dies: everything after it fails too, and is ended all the same. */
static void test_engine_faults__a_link_that_dies_takes_only_its_connection_along(void **state)
{
    fake_fault fault = make_fault(KN_LINK_LOST);

    (void)state;
    fault.drops = true;
    fail_everywhere(fault);
    fault.after = true;
    fail_everywhere(fault);
}

/* The backend rolls back by itself: nobody rolls back again, and the connection is good. */
static void test_engine_faults__a_backend_that_ends_the_transaction_by_itself(void **state)
{
    static const kn_status some[] = {KN_DEADLOCK, KN_SERIALIZATION, KN_FULL};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(some); i++) {
        fake_fault fault = make_fault(some[i]);
        fault.ends_transaction = true;
        fail_everywhere(fault);
    }
}

static void test_engine_faults__a_busy_commit_may_be_tried_again(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
    fake_server_fail(
        b.server,
        (fake_fault){.slot = FAKE_TRANSACT, .status = KN_BUSY, .commit = KN_COMMIT_OPEN, .retry = KN_RETRY_STATEMENT});
    fake_refused(&b, KN_BUSY, kn_commit(b.c, &b.error));
    assert_int_equal(b.error.commit, KN_COMMIT_OPEN);
    assert_int_equal(b.error.retry, KN_RETRY_STATEMENT);
    fake_ok(&b, kn_execute(b.c, KN_SQL("DELETE"), KN_NO_ARGS, NULL, &b.error));
    fake_ok(&b, kn_commit(b.c, &b.error));
    fake_backend_close(&b);
}

/* A backend that loses rows and says nothing but how many there are. */
static void test_engine_faults__a_bulk_insert_that_stores_too_few_is_rolled_back(void **state)
{
    run r = {.n_void_ends = 0};

    (void)state;
    fake_backend_open(&r.b, "fake+fake_lossy://s/", NULL);
    fake_refused(&r.b, KN_SERVER, insert_bulk(&r));
    assert_int_equal(r.b.error.commit, KN_COMMIT_NOT);
    assert_false(kn_in_transaction(r.b.c));
    fake_backend_close(&r.b);
}

static void run_three(run *r, kn_status expected, int64_t changed)
{
    const kn_value values[] = {kn_int(1), kn_int(2), kn_int(3)};
    kn_statement *statement = NULL;
    int64_t got = -1;

    fake_ok(&r->b, kn_prepare(r->b.c, KN_SQL("INSERT INTO many VALUES (?)"), &statement, &r->b.error));
    assert_int_equal(kn_run_many(statement, values, 3, 1, &got, &r->b.error), expected);
    assert_int_equal(got, changed);
    kn_statement_finish(statement);
}

static void test_engine_faults__many_sets_go_to_the_driver_at_once(void **state)
{
    run r = {.n_void_ends = 0};
    fake_call call = {.slot = FAKE_OPEN};

    (void)state;
    fake_backend_open(&r.b, "fake://s/", NULL);
    run_three(&r, KN_OK, 3);
    assert_int_equal(fake_server_count(r.b.server, FAKE_EXECUTE), 0);
    for (size_t i = 0; call.slot != FAKE_EXECUTE_MANY; i++)
        assert_true(fake_server_call(r.b.server, i, &call));
    assert_string_equal(call.values, "int 1|int 2|int 3");
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_EXECUTE_MANY, .status = KN_CHECK});
    run_three(&r, KN_CHECK, -1);
    assert_memory_equal(r.b.error.message, "set 2: ", 7);
    assert_int_equal(r.b.error.commit, KN_COMMIT_NOT);
    assert_false(kn_in_transaction(r.b.c));
    fake_backend_close(&r.b);
}

static void test_engine_faults__a_driver_may_leave_many_sets_to_the_core(void **state)
{
    run r = {.n_void_ends = 0};

    (void)state;
    fake_backend_open(&r.b, "fake://s/", NULL);
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_EXECUTE_MANY, .status = KN_UNSUPPORTED});
    run_three(&r, KN_OK, 3);
    assert_int_equal(fake_server_count(r.b.server, FAKE_EXECUTE), 3);
    fake_backend_close(&r.b);

    fake_backend_open(&r.b, "fake+fake_plain://s/", NULL); /* which has no such function */
    fake_server_fail(r.b.server, (fake_fault){.slot = FAKE_EXECUTE, .nth = 2, .status = KN_CHECK});
    run_three(&r, KN_CHECK, -1);
    assert_memory_equal(r.b.error.message, "set 1: ", 7);
    assert_int_equal(fake_server_count(r.b.server, FAKE_EXECUTE), 2);
    run_three(&r, KN_OK, 3);
    fake_backend_close(&r.b);
}

/* Calls from the nth on, as "savepoint prepare execute_many!": with "!" where it is to be one whole. */
static void check_calls(const run *r, size_t nth, const char *expected)
{
    char calls[512] = "";
    fake_call call;

    for (; fake_server_call(r->b.server, nth, &call); nth++) {
        char word[16];
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(call.text, " "), call.text);
        snprintf(calls + strlen(calls), sizeof(calls) - strlen(calls), "%s%s%s", calls[0] ? " " : "",
                 call.slot == FAKE_TRANSACT ? word : fake_slot_name(call.slot),
                 memcmp(call.values, "whole|", 6) == 0 ? "!" : "");
    }
    assert_string_equal(calls, expected);
}

static size_t n_calls(const run *r)
{
    fake_call call;
    size_t n = 0;

    while (fake_server_call(r->b.server, n, &call))
        n++;
    return n;
}

static const struct whole {
    kn_status (*verb)(run *r);
    fake_slot slot; /* fails with: */
    kn_status status;
    kn_status expected;
    const char *calls, *message;
} wholes[] = {
    {insert_alike, FAKE_EXECUTE_MANY, KN_OK, KN_OK, "execute_many!", NULL},
    {insert_alike, FAKE_EXECUTE_MANY, KN_CHECK, KN_CHECK, "execute_many!", "objects 0 to 1: the"},
    {insert_alike, FAKE_EXECUTE_MANY, KN_CANCELLED, KN_CANCELLED, "execute_many!", "objects 0 to 1: the"},
    {insert_alike, FAKE_EXECUTE_MANY, KN_UNSUPPORTED, KN_OK, "execute_many! savepoint execute end release", NULL},
    {run_many, FAKE_EXECUTE_MANY, KN_OK, KN_OK, "execute_many!", NULL},
    {run_many, FAKE_EXECUTE_MANY, KN_CHECK, KN_CHECK, "execute_many!", "set 2: the"},
    {run_many, FAKE_EXECUTE_MANY, KN_UNSUPPORTED, KN_OK, "execute_many! savepoint execute_many release", NULL},
    {run_many, FAKE_TRANSACT, KN_CHECK, KN_OK, "execute_many!", NULL},
};

static void test_engine_faults__a_driver_may_take_back_by_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(wholes); i++) {
        const struct whole *w = &wholes[i];
        run r = {.n_void_ends = 0};
        size_t before;

        fake_backend_open(&r.b, "fake+fake_rows://s/", NULL);
        fake_ok(&r.b, kn_begin(r.b.c, KN_WRITE, &r.b.error));
        before = n_calls(&r);
        fake_ok(&r.b, w->verb(&r)); /* what has to be prepared first may fail on the way: behind core's savepoint */
        if (w->verb == insert_alike)
            check_calls(&r, before, "savepoint prepare execute end release");
        before = n_calls(&r);
        fake_server_fail(r.b.server, (fake_fault){.slot = w->slot, .status = w->status, .after = true});
        assert_int_equal(w->verb(&r), w->expected);
        check_calls(&r, before, w->calls);
        if (w->message)
            assert_memory_equal(r.b.error.message, w->message, strlen(w->message));
        assert_true(kn_in_transaction(r.b.c));
        fake_server_heal(r.b.server);
        fake_ok(&r.b, kn_commit(r.b.c, &r.b.error));
        before = n_calls(&r);
        fake_ok(&r.b, w->verb(&r)); /* in a transaction of its own, which is taken back itself */
        check_calls(&r, before, w->verb == run_many ? "begin execute_many commit" : "begin execute end commit");
        fake_backend_close(&r.b);
    }
}

/* Rows of another statement are read: they might not survive what takes back. */
static void test_engine_faults__nothing_is_taken_back_below_open_rows(void **state)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    run r = {.n_void_ends = 0};
    size_t before;

    (void)state;
    fake_backend_open(&r.b, "fake+fake_rows://s/", NULL);
    fake_ok(&r.b, kn_begin(r.b.c, KN_WRITE, &r.b.error));
    fake_ok(&r.b, insert_alike(&r));
    fake_ok(&r.b, run_many(&r));
    fake_ok(&r.b, kn_prepare(r.b.c, KN_SQL("SELECT"), &statement, &r.b.error));
    fake_ok(&r.b, kn_open(statement, NULL, 0, &result, &r.b.error));
    before = n_calls(&r);
    fake_ok(&r.b, insert_alike(&r));
    fake_ok(&r.b, run_many(&r));
    check_calls(&r, before, "execute end execute_many");
    kn_result_close(result);
    kn_statement_finish(statement);
    fake_ok(&r.b, kn_commit(r.b.c, &r.b.error));
    fake_backend_close(&r.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_faults__every_status_from_every_call_reaches_the_caller),
        cmocka_unit_test(test_engine_faults__a_failure_after_the_effect_too),
        cmocka_unit_test(test_engine_faults__a_link_that_dies_takes_only_its_connection_along),
        cmocka_unit_test(test_engine_faults__a_backend_that_ends_the_transaction_by_itself),
        cmocka_unit_test(test_engine_faults__a_busy_commit_may_be_tried_again),
        cmocka_unit_test(test_engine_faults__a_bulk_insert_that_stores_too_few_is_rolled_back),
        cmocka_unit_test(test_engine_faults__many_sets_go_to_the_driver_at_once),
        cmocka_unit_test(test_engine_faults__a_driver_may_leave_many_sets_to_the_core),
        cmocka_unit_test(test_engine_faults__a_driver_may_take_back_by_itself),
        cmocka_unit_test(test_engine_faults__nothing_is_taken_back_below_open_rows),
    };
    int failed = 0;

    url = "listed://s/";
    failed += cmocka_run_group_tests_name(url, tests, NULL, NULL);
    url = "listed+fake_rows://s/";
    failed += cmocka_run_group_tests_name(url, tests, NULL, NULL);
    return failed;
}
