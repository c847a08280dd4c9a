/* SPDX-License-Identifier: MIT */
/* Order and comparison in the backend, held against a comparison of C values: ORDER BY both ways, and each operator. */
#ifndef KOINE_TESTS_EXACT_ORDER_H
#define KOINE_TESTS_EXACT_ORDER_H

#include "exact_run.h"

typedef int Exact_compare(const kn_value *a, const kn_value *b);

typedef struct Exact_order {
    test_database *db;
    const kn_model *model;
    const kn_value *values; /* of the rows 1 to n */
    size_t n;
    Exact_compare *compare;
    kn_arena arena;
} Exact_order;

/* The same numbers in every run. */
static inline uint64_t exact_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline void exact_order_fill(Exact_order *run)
{
    char *objects = calloc(run->n, run->model->object_size);

    for (size_t i = 0; i < run->n; i++) {
        void *object = objects + i * run->model->object_size;
        *(int64_t *)object = (int64_t)i + 1;
        assert_true(exact_put(run->model, &run->values[i], object, &run->arena));
    }
    assert_ok(run->db, kn_insert_many(run->db->c, run->model, objects, run->n, &run->db->error));
    free(objects);
}

/* The ids that a query over the box gives, in its order. */
static inline size_t exact_order_ids(Exact_order *run, const kn_expr *where, const kn_expr *const *order_by,
                                     const kn_value *values, size_t count, int64_t *ids)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    size_t n = 0;
    kn_status status;

    assert_ok(run->db,
              kn_prepare_query(run->db->c,
                               &KN_QUERY(.from = run->model, .columns = KN_LIST(KN_COL_NAMED(run->model, "id")),
                                         .where = where, .order_by = order_by)
                                    ->node,
                               &statement, &run->db->error));
    assert_ok(run->db, kn_open(statement, values, count, &result, &run->db->error));
    while ((status = kn_next(result, &run->db->error)) == KN_OK) {
        assert_true(n < run->n);
        assert_ok(run->db, kn_get_int(result, 0, &ids[n++], &run->db->error));
    }
    assert_done(run->db, status);
    kn_result_close(result);
    kn_statement_finish(statement);
    return n;
}

static inline const kn_value *exact_value_of(const Exact_order *run, int64_t id)
{
    assert_in_range(id, 1, run->n);
    return &run->values[id - 1];
}

/* NULL stands before every value. */
static inline int exact_order_of(const Exact_order *run, const kn_value *a, const kn_value *b)
{
    if (a->kind == KN_KIND_NULL || b->kind == KN_KIND_NULL)
        return (b->kind == KN_KIND_NULL) - (a->kind == KN_KIND_NULL);
    return run->compare(a, b);
}

/* Every row once, never falling (or rising), equal values by id. */
static inline void exact_order_by(Exact_order *run, bool descending)
{
    const kn_expr *v = KN_COL_NAMED(run->model, "v"), *id = KN_COL_NAMED(run->model, "id");
    int64_t *ids = calloc(run->n, sizeof(*ids));
    size_t n = exact_order_ids(run, NULL, descending ? KN_LIST(KN_DESC(v), KN_ASC(id)) : KN_LIST(KN_ASC(v), KN_ASC(id)),
                               KN_NO_ARGS, ids);

    assert_int_equal(n, run->n);
    for (size_t i = 1; i < n; i++) {
        int order = exact_order_of(run, exact_value_of(run, ids[i - 1]), exact_value_of(run, ids[i]));
        if (descending)
            order = -order;
        if (order > 0 || (order == 0 && ids[i - 1] >= ids[i])) {
            char a[120], b[120];
            kn_value_print(exact_value_of(run, ids[i - 1]), a, sizeof(a));
            kn_value_print(exact_value_of(run, ids[i]), b, sizeof(b));
            fail_msg("%s: %s stands before %s, %s", run->model->table, a, b, descending ? "descending" : "ascending");
        }
    }
    free(ids);
}

/* Which rows an operator must find. `low` and `high` are the operands, `operands` the list of IN. */
static inline bool exact_holds(const Exact_order *run, kn_op op, const kn_value *v, const kn_value *operands, size_t n)
{
    int order;

    if (v->kind == KN_KIND_NULL) /* neither equal nor unequal to anything */
        return false;
    order = run->compare(v, &operands[0]);
    switch (op) {
    case KN_OP_EQ:
        return order == 0;
    case KN_OP_NE:
        return order != 0;
    case KN_OP_LT:
        return order < 0;
    case KN_OP_LE:
        return order <= 0;
    case KN_OP_GT:
        return order > 0;
    case KN_OP_GE:
        return order >= 0;
    case KN_OP_BETWEEN:
        return order >= 0 && run->compare(v, &operands[1]) <= 0;
    default: /* IN and NOT IN */
        for (size_t i = 0; i < n; i++)
            if (run->compare(v, &operands[i]) == 0)
                return op == KN_OP_IN;
        return op == KN_OP_NOT_IN;
    }
}

/* The operator over the column and its operands, as arguments or as literals of the query. */
static inline const kn_expr *exact_condition(Exact_order *run, kn_op op, const kn_value *operands, size_t n,
                                             bool literals)
{
    const kn_expr *list[8] = {kn_expr_column(&run->arena, run->model, "v")};

    for (size_t i = 0; i < n; i++)
        list[i + 1] = literals ? kn_expr_value(&run->arena, operands[i]) : kn_expr_arg(&run->arena, (uint32_t)i, NULL);
    return kn_expr_op(&run->arena, op, list, n + 1);
}

static inline void exact_filter(Exact_order *run, kn_op op, const kn_value *operands, size_t n, bool literals)
{
    const kn_expr *condition = exact_condition(run, op, operands, n, literals);
    int64_t *ids = calloc(run->n, sizeof(*ids));
    size_t found, next = 0;

    assert_non_null(condition);
    found = exact_order_ids(run, condition, KN_LIST(KN_ASC(KN_COL_NAMED(run->model, "id"))), literals ? NULL : operands,
                            literals ? 0 : n, ids);
    for (size_t i = 0; i < run->n; i++) {
        bool is = next < found && ids[next] == (int64_t)i + 1;
        bool should = exact_holds(run, op, &run->values[i], operands, n);
        next += is;
        if (is != should) {
            char v[120], first[120];
            kn_value_print(&run->values[i], v, sizeof(v));
            kn_value_print(&operands[0], first, sizeof(first));
            fail_msg("%s: %s is %s by operator %d with %s%s", run->model->table, v, is ? "found" : "not found", (int)op,
                     first, literals ? " in the query" : "");
        }
    }
    assert_int_equal(next, found);
    free(ids);
}

static inline void exact_filters(Exact_order *run, const kn_value *pivots, size_t n)
{
    static const kn_op ops[] = {KN_OP_EQ, KN_OP_NE, KN_OP_LT, KN_OP_LE, KN_OP_GT, KN_OP_GE};

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < KN_COUNT_OF(ops); k++)
            exact_filter(run, ops[k], &pivots[i], 1, i % 2);
        if (i + 1 < n)
            exact_filter(run, KN_OP_BETWEEN, &pivots[i], 2, i % 2);
        for (size_t count = 1; count <= 5 && i + count <= n; count += 2) {
            exact_filter(run, KN_OP_IN, &pivots[i], count, i % 2);
            exact_filter(run, KN_OP_NOT_IN, &pivots[i], count, i % 2);
        }
    }
}

/* The least, the greatest: NULL where there is no value. */
static inline const kn_value *exact_extreme_of(const Exact_order *run, bool greatest)
{
    const kn_value *found = NULL;

    for (size_t i = 0; i < run->n; i++) {
        int order = !found ? 1 : run->values[i].kind == KN_KIND_NULL ? 0 : run->compare(&run->values[i], found);
        if (run->values[i].kind != KN_KIND_NULL && (!found || (greatest ? order > 0 : order < 0)))
            found = &run->values[i];
    }
    return found;
}

/* The one value of a query over the box, or what it was refused for. */
static inline kn_status exact_ask(Exact_order *run, const kn_select *query, kn_value *out)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status = kn_prepare_query(run->db->c, &query->node, &statement, &run->db->error);

    if (status != KN_OK)
        return status;
    assert_ok(run->db, kn_open(statement, NULL, 0, &result, &run->db->error));
    assert_ok(run->db, kn_next(result, &run->db->error));
    assert_ok(run->db, kn_get_value(result, 0, NULL, out, &run->db->error));
    if (out->kind == KN_KIND_TEXT) /* it outlives the row */
        out->as.text.data = kn_arena_copy(&run->arena, out->as.text.data, out->as.text.size);
    else if (out->kind == KN_KIND_BYTES)
        out->as.bytes.data = kn_arena_copy(&run->arena, out->as.bytes.data, out->as.bytes.size);
    else if (out->kind == KN_KIND_DECIMAL)
        assert_ok(run->db, kn_decimal_copy(out->as.decimal, &run->arena, &out->as.decimal, &run->db->error));
    kn_result_close(result);
    kn_statement_finish(statement);
    return KN_OK;
}

/* MIN and MAX are values of the column, of numbers, texts and moments; a backend may have none of an Enum. */
static inline void exact_extreme(Exact_order *run, bool greatest)
{
    const kn_type *type = &exact_column(run->model)->type;
    const kn_expr *v = KN_COL_NAMED(run->model, "v");
    kn_value read = {.kind = KN_KIND_UNSET};
    kn_status status =
        exact_ask(run, KN_QUERY(.from = run->model, .columns = KN_LIST(greatest ? KN_MAX(v) : KN_MIN(v))), &read);

    if (type->id == KN_TYPE_BOOLEAN || type->id == KN_TYPE_LARGE_BINARY) {
        assert_int_equal(status, KN_TYPE_MISMATCH);
        return;
    }
    if (type->id == KN_TYPE_ENUM && status == KN_UNSUPPORTED) {
        test_database_note_refusal(run->db, "the least or greatest of Enum values");
        return;
    }
    if (status != KN_OK)
        fail_msg("%s, %s: %s: %s", run->model->table, greatest ? "max" : "min", kn_status_name(status),
                 run->db->error.message);
    exact_assert_same(type, greatest ? "max" : "min", run->model->table, exact_extreme_of(run, greatest), &read);
}

/* DISTINCT holds apart what differs, and nothing else. */
static inline void exact_distinct(Exact_order *run)
{
    const kn_select query = KN_SELECT(.from = run->model, .columns = KN_LIST(KN_COL_NAMED(run->model, "v")),
                                      .order_by = KN_LIST(KN_COL_NAMED(run->model, "v")), .distinct = 1);
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    size_t expected = 0, found = 0;
    kn_status status;

    for (size_t i = 0; i < run->n; i++) {
        size_t k = 0;
        while (k < i && exact_order_of(run, &run->values[k], &run->values[i]) != 0)
            k++;
        expected += k == i;
    }
    assert_ok(run->db, kn_prepare_query(run->db->c, &query.node, &statement, &run->db->error));
    assert_ok(run->db, kn_open(statement, NULL, 0, &result, &run->db->error));
    while ((status = kn_next(result, &run->db->error)) == KN_OK)
        found++;
    assert_done(run->db, status);
    kn_result_close(result);
    kn_statement_finish(statement);
    if (found != expected)
        fail_msg("%s: %zu distinct values instead of %zu", run->model->table, found, expected);
}

/* `values` are the rows; `pivots`, what they are compared with besides some of themselves. */
static inline void exact_check_order(test_database *db, const kn_model *model, const kn_value *values, size_t n,
                                     const kn_value *pivots, size_t n_pivots, Exact_compare *compare)
{
    Exact_order run = {.db = db, .model = model, .values = values, .n = n, .compare = compare};
    kn_value own[12];
    size_t n_own = 0;

    if (!exact_create(db, model))
        return;
    kn_arena_init(&run.arena, NULL, 0);
    exact_order_fill(&run);
    test_database_reopen(db);
    exact_order_by(&run, false);
    exact_order_by(&run, true);
    exact_extreme(&run, false);
    exact_extreme(&run, true);
    exact_distinct(&run);
    for (size_t i = 0; i < KN_COUNT_OF(own); i++) {
        own[n_own] = values[i * (n - 1) / (KN_COUNT_OF(own) - 1)];
        n_own += own[n_own].kind != KN_KIND_NULL;
    }
    exact_filters(&run, own, n_own);
    exact_filters(&run, pivots, n_pivots);
    kn_arena_finish(&run.arena);
}

#endif
