/* SPDX-License-Identifier: MIT */
/* backends: all */
/* PickleType: trees of plain values, and structs through a codec of the program's own. */
#include <float.h>
#include <math.h>

#include "exact_run.h"

EXACT_BOX(Tree, "pickle_tree", kn_any *, KN_PICKLE);

typedef struct Point {
    double x, y;
    int32_t label;
    uint32_t zero_;
} Point;

/* A format of 20 bytes; points without a label are refused by the codec. */
static kn_status write_point(const void *object, kn_arena *arena, kn_bytes *out, kn_error *error)
{
    const Point *point = object;
    char *bytes = kn_arena_alloc(arena, 20);

    if (!bytes)
        return kn_error_set(error, KN_NOMEM, "out of memory for a point");
    if (!point->label)
        return kn_error_set(error, KN_OUT_OF_RANGE, "a point without a label");
    memcpy(bytes, &point->x, 8);
    memcpy(bytes + 8, &point->y, 8);
    memcpy(bytes + 16, &point->label, 4);
    *out = (kn_bytes){bytes, 20};
    return KN_OK;
}

static kn_status read_point(kn_bytes bytes, kn_arena *arena, void *object, kn_error *error)
{
    Point *point = object;

    (void)arena;
    if (bytes.size != 20)
        return kn_error_set(error, KN_MALFORMED, "a point has 20 bytes");
    memcpy(&point->x, bytes.data, 8);
    memcpy(&point->y, (const char *)bytes.data + 8, 8);
    memcpy(&point->label, (const char *)bytes.data + 16, 4);
    return KN_OK;
}

static const kn_codec point_codec = {.size_ = sizeof(point_codec),
                                     .name = "point",
                                     .object_size = sizeof(Point),
                                     .write = write_point,
                                     .read = read_point};
EXACT_BOX(Spot, "pickle_spot", Point, KN_PICKLE_OF(point_codec));
EXACT_BOX(Spot_bytes, "pickle_spot", kn_bytes, KN_LARGE_BINARY); /* the same table, seen by another program */

/* trees */

enum { TREES_MAX = 80, LONG = 1 << 20 };
typedef struct Trees {
    kn_arena arena;
    const kn_any *trees[TREES_MAX];
    size_t n;
} Trees;

static void add(Trees *trees, const kn_any *tree)
{
    assert_non_null(tree);
    assert_true(trees->n < TREES_MAX);
    trees->trees[trees->n++] = tree;
}

static void add_numbers(Trees *trees)
{
    static const int64_t ints[] = {0, 1, -1, 255, 256, 65535, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    static const double doubles[] = {0.0, 0.1, -1.5, DBL_MAX, 0x1p-1074, 1e23};
    static const char *const big[] = {"9223372036854775808", "-9223372036854775809",
                                      "10000000000000000000000000000000000000000000000000000000000000000000000000000"};
    kn_arena *arena = &trees->arena;

    add(trees, kn_any_none());
    add(trees, kn_any_bool(true));
    add(trees, kn_any_bool(false));
    for (size_t i = 0; i < KN_COUNT_OF(ints); i++)
        add(trees, kn_any_int(arena, ints[i]));
    for (size_t i = 0; i < KN_COUNT_OF(doubles); i++)
        add(trees, kn_any_float(arena, doubles[i]));
    add(trees, kn_any_float(arena, (double)NAN));
    add(trees, kn_any_float(arena, (double)INFINITY));
    add(trees, kn_any_float(arena, -(double)INFINITY));
    for (size_t i = 0; i < KN_COUNT_OF(big); i++)
        add(trees, kn_any_bigint(arena, kn_text_of(big[i])));
}

static void add_texts(Trees *trees)
{
    kn_arena *arena = &trees->arena;
    char *text = kn_arena_alloc(arena, LONG);

    memset(text, 'x', LONG);
    add(trees, kn_any_str(arena, kn_text_of("")));
    add(trees, kn_any_str(arena, kn_text_of("it's \xf0\x9d\x84\x9e\n")));
    add(trees, kn_any_str(arena, (kn_text){"a\0b", 3}));
    add(trees, kn_any_str(arena, (kn_text){text, 255}));
    add(trees, kn_any_str(arena, (kn_text){text, 256}));
    add(trees, kn_any_str(arena, (kn_text){text, LONG}));
    add(trees, kn_any_bytes(arena, (kn_bytes){"", 0}));
    add(trees, kn_any_bytes(arena, (kn_bytes){"\0\xff", 2}));
    add(trees, kn_any_bytes(arena, (kn_bytes){text, LONG}));
}

static void add_moments(Trees *trees)
{
    kn_arena *arena = &trees->arena;

    add(trees, kn_any_date(arena, (kn_date){KN_DATE_MIN}));
    add(trees, kn_any_date(arena, (kn_date){KN_DATE_MAX}));
    add(trees, kn_any_time(arena, (kn_time){INT64_C(86399999999)}));
    add(trees, kn_any_datetime(arena, (kn_datetime){KN_DATETIME_MIN}));
    add(trees, kn_any_datetime(arena, (kn_datetime){KN_DATETIME_MAX}));
    add(trees, kn_any_timedelta(arena, (kn_interval){-1}));
    add(trees, kn_any_decimal(arena, kn_decimal_of(-1250, -2)));
}

static void add_containers(Trees *trees)
{
    kn_arena *arena = &trees->arena;
    const kn_any *items[TREES_MAX];
    size_t n = trees->n;
    const kn_any *nested = kn_any_int(arena, 7), *shared;

    memcpy(items, trees->trees, n * sizeof(*items)); /* all there is so far, in one list */
    for (size_t i = 0; i <= 4; i++) {
        add(trees, kn_any_list(arena, items, i));
        add(trees, kn_any_tuple(arena, items, i));
    }
    add(trees, kn_any_list(arena, items, n));
    add(trees, kn_any_set(arena, NULL, 0));
    add(trees, kn_any_set(arena, items + 4, 5));
    add(trees, kn_any_frozenset(arena, items + 4, 5));
    add(trees, kn_any_dict(arena, NULL, 0));
    add(trees, kn_any_dict(arena, items + 4, 3));
    for (int i = 0; i < 150; i++)
        nested = i % 2 ? kn_any_list(arena, &nested, 1) : kn_any_tuple(arena, &nested, 1);
    add(trees, nested);
    shared = kn_any_list(arena, items, 3);
    for (int i = 0; i < 20; i++) { /* 2^20 items, twenty lists */
        const kn_any *twice[] = {shared, shared};
        shared = kn_any_list(arena, twice, 2);
    }
    add(trees, shared);
}

static void make_trees(Trees *trees)
{
    kn_arena_init(&trees->arena, NULL, 0);
    trees->n = 0;
    add_numbers(trees);
    add_texts(trees);
    add_moments(trees);
    add_containers(trees);
}

/* Equal as Python sees it, and of the same kinds: 1, 1.0 and True are equal but print differently. */
static void assert_tree(const kn_any *expected, const kn_any *read)
{
    char a[600], b[600];

    kn_any_print(expected, a, sizeof(a));
    kn_any_print(read, b, sizeof(b));
    if (!read || !kn_any_equal(expected, read) || strcmp(a, b) != 0)
        fail_msg("%s was written and %s read", a, b);
}

static void read_trees(test_database *db, const Trees *trees)
{
    kn_rows *rows = NULL;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < trees->n; i++) {
        Tree row = {.id = (int64_t)i + 1};
        assert_ok(db, kn_get(db->c, KN_OBJECT(Tree, &row), &arena, &db->error));
        assert_tree(trees->trees[i], row.v);
    }
    assert_ok(db, kn_list(db->c, KN_QUERY(KN_FROM(Tree), .order_by = KN_LIST(KN_COL(Tree, id))), KN_NO_ARGS, 0, &rows,
                          &db->error));
    assert_int_equal(rows->count, trees->n);
    for (size_t i = 0; i < rows->count; i++)
        assert_tree(trees->trees[i], ((Tree *)rows->items)[i].v);
    kn_rows_free(rows);
    kn_arena_finish(&arena);
}

/* Streamed: into a struct, and as the bytes of a pickle. */
static void stream_trees(test_database *db, const Trees *trees)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_prepare(db->c, KN_SQL("SELECT id, v FROM pickle_tree ORDER BY id"), &statement, &db->error));
    assert_ok(db, kn_open(statement, NULL, 0, &result, &db->error));
    for (size_t i = 0; i < trees->n; i++) {
        const kn_any *tree = NULL;
        kn_value value;
        assert_ok(db, kn_next(result, &db->error));
        assert_ok(db, kn_get_value(result, 1, &exact_column(&Tree_model)->type, &value, &db->error));
        assert_int_equal(value.kind, KN_KIND_BYTES);
        assert_ok(db, kn_pickle_read(value.as.bytes, NULL, &arena, &tree, &db->error));
        assert_tree(trees->trees[i], tree);
    }
    kn_result_close(result);
    kn_statement_finish(statement);
    assert_ok(db, kn_prepare_query(db->c, &KN_QUERY(KN_FROM(Tree), .order_by = KN_LIST(KN_COL(Tree, id)))->node,
                                   &statement, &db->error));
    assert_ok(db, kn_open(statement, NULL, 0, &result, &db->error));
    for (size_t i = 0; i < trees->n; i++) {
        Tree row = {0};
        assert_ok(db, kn_next(result, &db->error));
        assert_ok(db, kn_fetch(result, &Tree_model, &row, &db->error));
        assert_tree(trees->trees[i], row.v);
    }
    kn_result_close(result);
    kn_statement_finish(statement);
    kn_arena_finish(&arena);
}

static void test_pickle__trees_come_back_equal(void **state)
{
    test_database *db = test_database_of(state);
    static Trees trees;

    make_trees(&trees);
    assert_true(exact_create(db, &Tree_model));
    for (size_t i = 0; i < trees.n; i++) {
        Tree row = {.id = (int64_t)i + 1, .v = (kn_any *)(uintptr_t)trees.trees[i]};
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Tree, &row), &db->error));
    }
    test_database_reopen(db);
    read_trees(db, &trees);
    stream_trees(db, &trees);
    kn_arena_finish(&trees.arena);
}

/* On the other ways in: many at once, and as the argument of an update. */
static void test_pickle__trees_go_in_on_every_way(void **state)
{
    test_database *db = test_database_of(state);
    const kn_update_rows update = KN_UPDATE(Tree, .set = KN_LIST(KN_ASSIGN(KN_COL(Tree, v), KN_ARG(0))),
                                            .where = KN_EQ(KN_COL(Tree, id), KN_ARG(1)));
    static Trees trees;
    Tree rows[TREES_MAX];

    make_trees(&trees);
    assert_true(exact_create(db, &Tree_model));
    for (size_t i = 0; i < trees.n; i++)
        rows[i] = (Tree){.id = (int64_t)i + 1, .v = (kn_any *)(uintptr_t)trees.trees[i]};
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Tree, rows), trees.n, &db->error));
    test_database_reopen(db);
    read_trees(db, &trees);
    for (size_t i = 0; i < trees.n; i++) {
        int64_t changed = 0;
        assert_ok(db, kn_execute_query(db->c, &update.node,
                                       KN_ARGS(kn_any_value(trees.trees[trees.n - 1 - i]), kn_int((int64_t)i + 1)),
                                       &changed, &db->error));
        assert_int_equal(changed, 1);
    }
    for (size_t i = 0; i < trees.n / 2; i++) {
        const kn_any *other = trees.trees[i];
        trees.trees[i] = trees.trees[trees.n - 1 - i];
        trees.trees[trees.n - 1 - i] = other;
    }
    read_trees(db, &trees);
    kn_arena_finish(&trees.arena);
}

static void test_pickle__none_is_a_value_and_null_is_none(void **state)
{
    test_database *db = test_database_of(state);
    Tree none = {.id = 1, .v = (kn_any *)(uintptr_t)kn_any_none()}, null = {.id = 2}, read = {0};
    int64_t nulls = -1;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_true(exact_create(db, &Tree_model));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Tree, &none), &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Tree, &null), &db->error));
    test_database_reopen(db);
    assert_ok(db, kn_count(db->c, KN_QUERY(KN_FROM(Tree), .where = KN_IS_NULL(KN_COL(Tree, v))), KN_NO_ARGS, &nulls,
                           &db->error));
    assert_int_equal(nulls, 1);
    read.id = 1;
    assert_ok(db, kn_get(db->c, KN_OBJECT(Tree, &read), &arena, &db->error));
    assert_non_null(read.v);
    assert_int_equal(kn_any_kind_of(read.v), KN_ANY_NONE);
    read.id = 2;
    assert_ok(db, kn_get(db->c, KN_OBJECT(Tree, &read), &arena, &db->error));
    assert_null(read.v);
    kn_arena_finish(&arena);
}

/* Deeper than the codec writes: refused, nothing is stored; and a comparison of trees is no question for a backend. */
static void test_pickle__what_cannot_be_written_or_asked_is_refused(void **state)
{
    test_database *db = test_database_of(state);
    Tree row = {.id = 1};
    int64_t count = -1;
    kn_arena arena;
    const kn_any *deep;

    kn_arena_init(&arena, NULL, 0);
    deep = kn_any_none();
    for (int i = 0; i < 300; i++)
        deep = kn_any_list(&arena, &deep, 1);
    row.v = (kn_any *)(uintptr_t)deep;
    assert_true(exact_create(db, &Tree_model));
    assert_refused(db, KN_LIMIT, kn_insert(db->c, KN_OBJECT(Tree, &row), &db->error));
    assert_int_equal(exact_count(db, &Tree_model), 0);
    assert_refused(db, KN_TYPE_MISMATCH,
                   kn_count(db->c, KN_QUERY(KN_FROM(Tree), .where = KN_EQ(KN_COL(Tree, v), KN_ARG(0))),
                            KN_ARGS(kn_any_value(kn_any_none())), &count, &db->error));
    kn_arena_finish(&arena);
}

static void test_pickle__a_codec_keeps_a_struct_its_own_way(void **state)
{
    test_database *db = test_database_of(state);
    const Point points[] = {{1.5, -0.0, 1, 0}, {DBL_MAX, 0x1p-1074, INT32_MIN, 0}, {0, 0, INT32_MAX, 0}};
    Spot spots[3];
    kn_rows *rows = NULL;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_true(exact_create(db, &Spot_model));
    for (size_t i = 0; i < KN_COUNT_OF(points); i++)
        spots[i] = (Spot){.id = (int64_t)i + 1, .v = points[i]};
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Spot, &spots[0]), &db->error));
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Spot, spots + 1), 2, &db->error));
    test_database_reopen(db);
    assert_ok(db, kn_list(db->c, KN_QUERY(KN_FROM(Spot), .order_by = KN_LIST(KN_COL(Spot, id))), KN_NO_ARGS, 0, &rows,
                          &db->error));
    assert_int_equal(rows->count, KN_COUNT_OF(points));
    for (size_t i = 0; i < rows->count; i++) {
        Spot read = {.id = (int64_t)i + 1};
        assert_ok(db, kn_get(db->c, KN_OBJECT(Spot, &read), &arena, &db->error));
        assert_memory_equal(&read.v, &points[i], sizeof(Point));
        assert_memory_equal(&((Spot *)rows->items)[i].v, &points[i], sizeof(Point));
    }
    kn_rows_free(rows);
    kn_arena_finish(&arena);
}

static void test_pickle__what_a_codec_refuses_is_refused(void **state)
{
    test_database *db = test_database_of(state);
    Spot good = {.id = 1, .v = {1, 2, 3, 0}}, bad = {.id = 2}, read = {.id = 3};
    Spot_bytes foreign = {.id = 3, .v = {"short", 5}};
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_true(exact_create(db, &Spot_model));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Spot, &good), &db->error));
    assert_refused(db, KN_OUT_OF_RANGE, kn_insert(db->c, KN_OBJECT(Spot, &bad), &db->error));
    assert_non_null(strstr(db->error.message, "without a label"));
    assert_int_equal(exact_count(db, &Spot_model), 1);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Spot_bytes, &foreign), &db->error));
    assert_refused(db, KN_MALFORMED, kn_get(db->c, KN_OBJECT(Spot, &read), &arena, &db->error));
    read.id = 1;
    assert_ok(db, kn_get(db->c, KN_OBJECT(Spot, &read), &arena, &db->error));
    assert_memory_equal(&read.v, &good.v, sizeof(Point));
    kn_arena_finish(&arena);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_pickle__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(trees_come_back_equal),
        EACH(trees_go_in_on_every_way),
        EACH(none_is_a_value_and_null_is_none),
        EACH(what_cannot_be_written_or_asked_is_refused),
        EACH(a_codec_keeps_a_struct_its_own_way),
        EACH(what_a_codec_refuses_is_refused),
    };
    return cmocka_run_group_tests_name("integration/exact/pickle", tests, NULL, NULL);
}
