/* SPDX-License-Identifier: MIT */
/* backends: all */
/* So many objects that a driver's own bulk insert is worth it, where it has one: the same rows, and all or none. */
#include "support/database.h"

enum Bulk_mood { BULK_CALM = 1, BULK_LOUD = 2 };
static const kn_enum bulk_moods = KN_ENUM_TYPE("bulk_mood", KN_LABEL(BULK_CALM, "calm"), KN_LABEL(BULK_LOUD, "loud"));

typedef struct Heap {
    int64_t id;
    kn_text name;
    kn_decimal price;
    kn_opt_int32 number; /* unset takes the default: another shape */
    kn_opt_enum mood;
    kn_instant at;
} Heap;
KN_MODEL(Heap);
KN_COLUMNS(Heap) = {
    KN_COLUMN(Heap, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Heap, name, KN_STRING(20), .name = "quo\"ted 'name'"),
    KN_COLUMN(Heap, price, KN_NUMERIC(12, 2)),
    KN_COLUMN(Heap, number, KN_INTEGER, .server_default = KN_INT(7)),
    KN_COLUMN(Heap, mood, KN_ENUM(bulk_moods)),
    KN_COLUMN(Heap, at, KN_DATETIME_TZ),
};
KN_DEFINE(Heap, "Heap");

#define COUNT 3000

static Heap *make_heap(void)
{
    Heap *heap = calloc(COUNT, sizeof(*heap));

    for (int64_t i = 0; i < COUNT; i++) {
        heap[i] = (Heap){.id = i + 1,
                         .name = {"bj\xc3\xb6rk", 6},
                         .price = KN_DECIMAL(-i, -2),
                         .mood = {.value = BULK_LOUD, .state = KN_SET},
                         .at = {i * 1000001}};
        if (i < 1000 || i >= 2000) /* three runs */
            heap[i].number = (kn_opt_int32)KN_SOME((int32_t)i);
        if (i % 2)
            heap[i].mood.state = KN_NULL;
    }
    return heap;
}

static void check_heap(test_database *db, const Heap *heap)
{
    kn_rows *rows = NULL;
    const kn_select *every = KN_QUERY(KN_FROM(Heap), .order_by = KN_LIST(KN_ASC(KN_COL(Heap, id))));

    assert_ok(db, kn_list(db->c, every, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, COUNT);
    for (int64_t i = 0; i < COUNT; i++) {
        const Heap *got = (const Heap *)rows->items + i;
        assert_int_equal(got->id, i + 1);
        assert_int_equal(got->name.size, 6);
        assert_memory_equal(got->name.data, heap[i].name.data, 6);
        assert_int_equal(kn_decimal_compare(got->price, heap[i].price), 0);
        assert_int_equal(got->number.value, i < 1000 || i >= 2000 ? i : 7);
        assert_int_equal(got->mood.state, heap[i].mood.state);
        assert_int_equal(got->at.us, heap[i].at.us);
    }
    kn_rows_free(rows);
}

static int64_t count_heap(test_database *db)
{
    int64_t n = -1;

    assert_ok(db, kn_count(db->c, KN_QUERY(KN_FROM(Heap)), KN_NO_ARGS, &n, &db->error));
    return n;
}

static void test_bulk__stores_every_row_as_it_is(void **state)
{
    test_database *db = test_database_of(state);
    Heap *heap = make_heap();

    test_database_create(db, &Heap_model, NULL);
    assert_ok(db, kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error));
    assert_false(kn_in_transaction(db->c));
    test_database_reopen(db);
    check_heap(db, heap);
    free(heap);
}

static void test_bulk__stores_all_or_none(void **state)
{
    static const size_t bad[] = {0, 700, 1500, COUNT - 1};
    test_database *db = test_database_of(state);
    Heap *heap = make_heap();

    test_database_create(db, &Heap_model, NULL);
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
        Heap kept = heap[bad[i]];
        heap[bad[i]].id = heap[bad[i] ? 0 : 1].id;
        assert_refused(db, KN_UNIQUE, kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error));
        assert_int_equal(db->error.commit, KN_COMMIT_NOT);
        assert_int_equal(count_heap(db), 0);
        heap[bad[i]] = kept;
        heap[bad[i]].name = (kn_text){"much more than twenty characters", 32};
        assert_refused(db, KN_TOO_LONG, kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error));
        assert_int_equal(count_heap(db), 0);
        heap[bad[i]] = kept;
    }
    assert_ok(db, kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error));
    check_heap(db, heap);
    free(heap);
}

/* Objects are loaded many at once while they are of one shape: the first that is refused is told all the same, also
 * when one behind it is wrong in a column before. */
static void test_bulk__tells_the_first_object_that_is_refused(void **state)
{
    static const size_t bad[] = {0, 1, 2, 3, 7, 64, 65, 98, 99, 100, 127, 1098, 1500, COUNT - 2};
    test_database *db = test_database_of(state);
    Heap *heap = make_heap();
    char expected[64];

    test_database_create(db, &Heap_model, NULL);
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
        Heap kept[2] = {heap[bad[i]], heap[bad[i] + 1]};
        heap[bad[i]].price = (kn_decimal)KN_DECIMAL(1234567, -3);
        heap[bad[i] + 1].name = (kn_text){"much more than twenty characters", 32};
        assert_int_not_equal(kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error), KN_OK);
        snprintf(expected, sizeof expected, "object %zu: Heap.price: ", bad[i]);
        assert_memory_equal(db->error.message, expected, strlen(expected));
        memcpy(&heap[bad[i]], kept, sizeof kept);
    }
    assert_int_equal(count_heap(db), 0);
    free(heap);
}

/* Runs of every length from 1 on, by which many objects are loaded at once, or one. */
static void test_bulk__stores_objects_of_changing_shape(void **state)
{
    test_database *db = test_database_of(state);
    Heap *heap = make_heap();
    kn_rows *rows = NULL;
    const kn_select *every = KN_QUERY(KN_FROM(Heap), .order_by = KN_LIST(KN_ASC(KN_COL(Heap, id))));

    for (int32_t i = 0, run = 1, left = 1; i < COUNT; i++) {
        heap[i].number = run % 2 ? (kn_opt_int32)KN_SOME(i) : (kn_opt_int32){.state = KN_UNSET};
        if (i % 5)
            heap[i].name = (kn_text){"plain text", 10};
        if (--left == 0)
            left = ++run;
    }
    test_database_create(db, &Heap_model, NULL);
    assert_ok(db, kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error));
    assert_ok(db, kn_list(db->c, every, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, COUNT);
    for (int32_t i = 0; i < COUNT; i++) {
        const Heap *got = (const Heap *)rows->items + i;
        assert_int_equal(got->id, i + 1);
        assert_int_equal(got->name.size, i % 5 ? 10 : 6);
        assert_int_equal(got->number.value, heap[i].number.state == KN_SET ? i : 7);
        assert_int_equal(got->mood.state, heap[i].mood.state);
        assert_int_equal(got->at.us, heap[i].at.us);
        assert_int_equal(kn_decimal_compare(got->price, heap[i].price), 0);
    }
    kn_rows_free(rows);
    free(heap);
}

/* In a transaction of the program's own what was there before stays, whatever is refused. */
static void test_bulk__leaves_an_open_transaction_to_the_program(void **state)
{
    test_database *db = test_database_of(state);
    Heap *heap = make_heap(), one = {.id = 1000000, .name = {"x", 1}};

    test_database_create(db, &Heap_model, NULL);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Heap, &one), &db->error));
    heap[2999].name = (kn_text){"much more than twenty characters", 32};
    assert_refused(db, KN_TOO_LONG, kn_insert_many(db->c, &Heap_model, heap, COUNT, &db->error));
    assert_true(kn_in_transaction(db->c));
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_true(count_heap(db) >= 1);
    free(heap);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_bulk__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(stores_every_row_as_it_is),
        EACH(stores_all_or_none),
        EACH(tells_the_first_object_that_is_refused),
        EACH(stores_objects_of_changing_shape),
        EACH(leaves_an_open_transaction_to_the_program),
    };
    return cmocka_run_group_tests_name("integration/engine/bulk", tests, NULL, NULL);
}
