/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sql/check.h"
#include "sql/compile.h"
#include "sql/statement.h"

size_t kn__statement_clauses(const kn_node *statement, kn__clause out[KN__CLAUSES_MAX])
{
    const kn_select *select = (const kn_select *)(const void *)statement;
    const kn_update_rows *update = (const kn_update_rows *)(const void *)statement;
    const kn_delete_rows *delete = (const kn_delete_rows *)(const void *)statement;
    switch (statement->kind) {
    case KN_NODE_SELECT:
        out[0] = (kn__clause){.list = select->columns};
        out[1] = (kn__clause){.one = select->where};
        out[2] = (kn__clause){.list = select->order_by};
        out[3] = (kn__clause){.one = select->limit};
        out[4] = (kn__clause){.one = select->offset};
        return 5;
    case KN_NODE_UPDATE:
        out[0] = (kn__clause){.list = update->set};
        out[1] = (kn__clause){.one = update->where};
        return 2;
    case KN_NODE_DELETE:
        out[0] = (kn__clause){.one = delete->where};
        return 1;
    default:
        return 0;
    }
}

const kn_model *kn__statement_model(const kn_node *statement)
{
    switch (statement->kind) {
    case KN_NODE_SELECT:
        return ((const kn_select *)(const void *)statement)->from;
    case KN_NODE_UPDATE:
        return ((const kn_update_rows *)(const void *)statement)->table;
    case KN_NODE_DELETE:
        return ((const kn_delete_rows *)(const void *)statement)->from;
    case KN_NODE_INSERT:
        return ((const kn_insert_rows *)(const void *)statement)->into;
    default:
        return NULL;
    }
}

bool kn__statement_is_large(const kn_node *statement)
{
    return statement->kind == KN_NODE_SELECT && statement->size >= sizeof(kn_select) &&
           ((const kn_select *)(const void *)statement)->large;
}

static uint64_t flags_of(const kn_node *statement)
{
    bool distinct = statement->kind == KN_NODE_SELECT && ((const kn_select *)(const void *)statement)->distinct;
    return distinct | (uint64_t)kn__statement_is_large(statement) << 1;
}

/* The expression of the i-th column, NULL = a placeholder. */
static const kn_expr *value_of(const kn_insert_rows *insert, size_t i)
{
    return insert->values ? insert->values[i] : NULL;
}

static void hash_insert(kn__hash *hash, const kn_insert_rows *insert)
{
    for (size_t i = 0; i < insert->n_columns; i++) {
        if (!value_of(insert, i))
            continue;
        kn__hash_u64(hash, i);
        kn__expr_hash(hash, value_of(insert, i));
    }
    kn__hash_u64(hash, insert->rows);
    kn__hash_bytes(hash, insert->columns, insert->n_columns * sizeof(*insert->columns));
    kn__hash_bytes(hash, insert->returning, insert->n_returning * sizeof(*insert->returning));
}

static void hash_clause(kn__hash *hash, const kn__clause *clause)
{
    kn__operands elements = kn__elements_of(clause->list);
    const kn_expr *e;
    kn__hash_u64(hash, (clause->list != NULL) | (uint64_t)(clause->one != NULL) << 1);
    kn__hash_u64(hash, kn__operands_count(elements));
    while (kn__operands_next(&elements, &e))
        kn__expr_hash(hash, e);
    if (clause->one)
        kn__expr_hash(hash, clause->one);
}

uint64_t kn__structure_hash(const kn_node *statement, uint64_t seed)
{
    kn__clause clauses[KN__CLAUSES_MAX];
    kn__hash hash = kn__hash_begin(seed);
    kn__hash_u64(&hash, statement->kind | flags_of(statement) << 16);
    kn__hash_u64(&hash, (uintptr_t)kn__statement_model(statement));
    if (statement->kind == KN_NODE_INSERT)
        hash_insert(&hash, (const kn_insert_rows *)(const void *)statement);
    size_t n = kn__statement_clauses(statement, clauses);
    for (size_t i = 0; i < n; i++)
        hash_clause(&hash, &clauses[i]);
    return kn__hash_end(hash);
}

static bool indexes_equal(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b)
{
    return n_a == n_b && (!n_a || memcmp(a, b, n_a * sizeof(*a)) == 0);
}

/* No list is a list of placeholders. */
static bool values_equal(const kn_insert_rows *a, const kn_insert_rows *b)
{
    for (size_t i = 0; i < a->n_columns; i++) {
        if (!kn__expr_equal(value_of(a, i), value_of(b, i)))
            return false;
    }
    return true;
}

static bool insert_equal(const kn_insert_rows *a, const kn_insert_rows *b)
{
    return a->rows == b->rows && indexes_equal(a->columns, a->n_columns, b->columns, b->n_columns) &&
           indexes_equal(a->returning, a->n_returning, b->returning, b->n_returning) && values_equal(a, b);
}

static bool clause_equal(const kn__clause *a, const kn__clause *b)
{
    kn__operands of_a = kn__elements_of(a->list), of_b = kn__elements_of(b->list);
    const kn_expr *x = NULL, *y = NULL;
    if (!a->list != !b->list || !kn__expr_equal(a->one, b->one))
        return false;
    for (;;) {
        bool more = kn__operands_next(&of_a, &x);
        if (kn__operands_next(&of_b, &y) != more)
            return false;
        if (!more)
            return true;
        if (!kn__expr_equal(x, y))
            return false;
    }
}

bool kn__structure_equal(const kn_node *a, const kn_node *b)
{
    kn__clause of_a[KN__CLAUSES_MAX], of_b[KN__CLAUSES_MAX];
    if (a->kind != b->kind || kn__statement_model(a) != kn__statement_model(b) || flags_of(a) != flags_of(b))
        return false;
    if (a->kind == KN_NODE_INSERT)
        return insert_equal((const kn_insert_rows *)(const void *)a, (const kn_insert_rows *)(const void *)b);
    size_t n = kn__statement_clauses(a, of_a);
    kn__statement_clauses(b, of_b);
    for (size_t i = 0; i < n; i++) {
        if (!clause_equal(&of_a[i], &of_b[i]))
            return false;
    }
    return true;
}

size_t kn__structure_values(const kn_node *statement, kn_value *out, size_t room)
{
    kn__clause clauses[KN__CLAUSES_MAX];
    kn__literals literals = {.out = out, .room = room};
    size_t n = kn__statement_clauses(statement, clauses);
    for (size_t i = 0; i < n; i++) {
        kn__operands elements = kn__elements_of(clauses[i].list);
        const kn_expr *e;
        while (kn__operands_next(&elements, &e))
            kn__expr_literals(e, &literals);
        if (clauses[i].one)
            kn__expr_literals(clauses[i].one, &literals);
    }
    const kn_insert_rows *insert = (const kn_insert_rows *)(const void *)statement;
    for (size_t i = 0; statement->kind == KN_NODE_INSERT && i < insert->n_columns; i++) {
        if (value_of(insert, i))
            kn__expr_literals(value_of(insert, i), &literals);
    }
    return literals.count;
}

static const kn_expr *copy_one(kn__copying *copying, const kn_expr *e)
{
    return e ? kn__expr_copy(copying, e, 0) : NULL;
}

static void *copy_struct(kn__copying *copying, const kn_node *statement, size_t size)
{
    kn_node *copy = kn_arena_zalloc(copying->arena, size);
    copying->no_memory = copying->no_memory || !copy;
    if (copy) {
        memcpy(copy, statement, statement->size < size ? statement->size : size);
        copy->size = (uint16_t)size;
    }
    return copy;
}

static kn_node *copy_select(kn__copying *copying, const kn_node *statement)
{
    kn_select *copy = copy_struct(copying, statement, sizeof(*copy));
    if (!copy)
        return NULL;
    copy->columns = kn__list_copy(copying, copy->columns);
    copy->where = copy_one(copying, copy->where);
    copy->order_by = kn__list_copy(copying, copy->order_by);
    copy->limit = copy_one(copying, copy->limit);
    copy->offset = copy_one(copying, copy->offset);
    return &copy->node;
}

static kn_node *copy_update(kn__copying *copying, const kn_node *statement)
{
    kn_update_rows *copy = copy_struct(copying, statement, sizeof(*copy));
    if (!copy)
        return NULL;
    copy->set = kn__list_copy(copying, copy->set);
    copy->where = copy_one(copying, copy->where);
    return &copy->node;
}

static kn_node *copy_delete(kn__copying *copying, const kn_node *statement)
{
    kn_delete_rows *copy = copy_struct(copying, statement, sizeof(*copy));
    if (!copy)
        return NULL;
    copy->where = copy_one(copying, copy->where);
    return &copy->node;
}

static const uint16_t *copy_indexes(kn__copying *copying, const uint16_t *indexes, size_t n)
{
    if (!n || !indexes)
        return NULL;
    uint16_t *copy = kn_arena_array(copying->arena, n, sizeof(*copy));
    copying->no_memory = copying->no_memory || !copy;
    if (copy)
        memcpy(copy, indexes, n * sizeof(*copy));
    return copy;
}

static const kn_expr *const *copy_values(kn__copying *copying, const kn_expr *const *values, size_t n)
{
    if (!values || !n)
        return NULL;
    const kn_expr **copies = kn_arena_array(copying->arena, n, sizeof(*copies));
    copying->no_memory = copying->no_memory || !copies;
    for (size_t i = 0; copies && i < n; i++)
        copies[i] = copy_one(copying, values[i]);
    return copies;
}

static kn_node *copy_insert(kn__copying *copying, const kn_node *statement)
{
    kn_insert_rows *copy = copy_struct(copying, statement, sizeof(*copy));
    if (!copy)
        return NULL;
    copy->columns = copy_indexes(copying, copy->columns, copy->n_columns);
    copy->values = copy_values(copying, copy->values, copy->n_columns);
    copy->returning = copy_indexes(copying, copy->returning, copy->n_returning);
    return &copy->node;
}

kn_node *kn__statement_copy(kn__copying *copying, const kn_node *statement)
{
    kn_node *copy = NULL;
    switch (statement->kind) {
    case KN_NODE_SELECT:
        copy = copy_select(copying, statement);
        break;
    case KN_NODE_UPDATE:
        copy = copy_update(copying, statement);
        break;
    case KN_NODE_DELETE:
        copy = copy_delete(copying, statement);
        break;
    case KN_NODE_INSERT:
        copy = copy_insert(copying, statement);
        break;
    default:
        break;
    }
    return copying->no_memory ? NULL : copy;
}

const kn_node *kn__structure_copy(kn_arena *arena, const kn_node *statement)
{
    kn__copying copying = {.arena = arena};
    return kn__statement_copy(&copying, statement);
}

const kn_node *kn__structure_copy_with_values(kn_arena *arena, const kn_node *statement)
{
    kn__copying copying = {.arena = arena, .values = true};
    return kn__statement_copy(&copying, statement);
}
