/* SPDX-License-Identifier: MIT */
/* The statements of the object verbs, built as the same data that a program would write. */
#include <string.h>

#include "engine/object.h"

typedef struct verb_maker {
    const kn__target *target;
    const kn_allocator *allocator;
    kn__verb verb;
    const kn_model *model;
    const kn__row *row;
    size_t rows;
    kn_arena arena; /* of the statement in data, until it is rendered */
} verb_maker;

static kn_status out_of_memory(kn_error *error)
{
    return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
}

static kn_status compile(verb_maker *maker, const kn_node *statement, kn__shape *shape, kn_error *error)
{
    return kn__compile(maker->target, statement, maker->allocator, &shape->compiled, error);
}

static bool is_written(const kn__row *row, size_t number)
{
    for (size_t i = 0; i < row->n_columns; i++)
        if ((row->columns[i] & KN__COLUMN_NUMBER) == number)
            return true;
    return false;
}

/* The generated key, when the backend is to make it and gives it back as a row. */
static const kn_column *returned_key(const verb_maker *maker, uint16_t *number)
{
    if (kn__target_has(maker->target, KN_FEATURE_LAST_KEY) || !kn__target_has(maker->target, KN_FEATURE_RETURNING))
        return NULL;
    for (size_t i = 0; i < maker->model->n_columns; i++) {
        const kn_column *column = kn_model_column(maker->model, i);
        if (kn_column_is_generated_key(maker->model, column) && !is_written(maker->row, i)) {
            *number = (uint16_t)i;
            return column;
        }
    }
    return NULL;
}

static kn_status make_insert(verb_maker *maker, kn__shape *shape, kn_error *error)
{
    const kn__row *row = maker->row;
    uint16_t *columns = kn_arena_array(&maker->arena, row->n_columns, sizeof(*columns));
    const kn_expr **values = kn_arena_array(&maker->arena, row->n_columns, sizeof(*values));
    uint16_t key = 0;
    kn_insert_rows insert = {.node = {.kind = KN_NODE_INSERT, .size = sizeof(insert)},
                             .into = maker->model,
                             .columns = columns,
                             .n_columns = row->n_columns,
                             .values = values,
                             .rows = maker->rows};

    if (!columns || !values)
        return out_of_memory(error);
    for (size_t i = 0; i < row->n_columns; i++) {
        columns[i] = row->columns[i] & KN__COLUMN_NUMBER;
        if (row->columns[i] & KN__COLUMN_EXPR)
            values[i] = kn_model_column(maker->model, columns[i])->initial;
    }
    if (maker->rows == 1 && returned_key(maker, &key)) {
        insert.returning = &key;
        insert.n_returning = 1;
    }
    return compile(maker, &insert.node, shape, error);
}

/* key = argument `first`, and so on. */
static const kn_expr *key_condition(verb_maker *maker, uint32_t first)
{
    const kn_expr *condition = NULL;

    for (size_t i = 0; i < maker->model->n_columns; i++) {
        const kn_column *column = kn_model_column(maker->model, i);
        const kn_expr *equal;
        if (!column->primary_key)
            continue;
        equal = kn_eq(&maker->arena, kn_expr_column(&maker->arena, maker->model, kn_column_name(column)),
                      kn_expr_arg(&maker->arena, first++, NULL));
        if (!equal)
            return NULL;
        condition = condition ? kn_and(&maker->arena, condition, equal) : equal;
    }
    return condition;
}

static kn_status make_get(verb_maker *maker, kn__shape *shape, kn_error *error)
{
    kn_select select = {.node = {.kind = KN_NODE_SELECT, .size = sizeof(select)}, .from = maker->model};

    select.where = key_condition(maker, 0);
    return select.where ? compile(maker, &select.node, shape, error) : out_of_memory(error);
}

static kn_status make_delete(verb_maker *maker, kn__shape *shape, kn_error *error)
{
    kn_delete_rows delete = {.node = {.kind = KN_NODE_DELETE, .size = sizeof(delete)}, .from = maker->model};

    delete.where = key_condition(maker, 0);
    return delete.where ? compile(maker, &delete.node, shape, error) : out_of_memory(error);
}

static kn_status make_update(verb_maker *maker, kn__shape *shape, kn_error *error)
{
    const kn__row *row = maker->row;
    const kn_expr **set = kn_arena_array(&maker->arena, row->n_columns + 1, sizeof(*set));
    kn_update_rows update = {
        .node = {.kind = KN_NODE_UPDATE, .size = sizeof(update)}, .table = maker->model, .set = set};
    uint32_t argument = 0;

    if (!set)
        return out_of_memory(error);
    for (size_t i = 0; i < row->n_columns; i++) {
        const kn_column *column = kn_model_column(maker->model, row->columns[i] & KN__COLUMN_NUMBER);
        const kn_expr *value =
            row->columns[i] & KN__COLUMN_EXPR ? column->onupdate : kn_expr_arg(&maker->arena, argument++, NULL);
        set[i] = kn_expr_op2(&maker->arena, KN_OP_ASSIGN,
                             kn_expr_column(&maker->arena, maker->model, kn_column_name(column)), value);
        if (!set[i])
            return out_of_memory(error);
    }
    set[row->n_columns] = KN_END;
    update.where = key_condition(maker, argument);
    return update.where ? compile(maker, &update.node, shape, error) : out_of_memory(error);
}

static kn_status make_verb_shape(void *context, kn__shape *shape, kn_error *error)
{
    static kn_status (*const makers[])(verb_maker *, kn__shape *, kn_error *) = {
        [KN__VERB_INSERT] = make_insert,
        [KN__VERB_GET] = make_get,
        [KN__VERB_UPDATE] = make_update,
        [KN__VERB_DELETE] = make_delete,
    };
    verb_maker *maker = context;
    kn_status status;

    kn_arena_init(&maker->arena, maker->allocator, 0);
    status = makers[maker->verb](maker, shape, error);
    kn_arena_finish(&maker->arena);
    return status;
}

/* The statement that the verb used last, when it is of the same columns. */
static kn__prepared *take_last(const kn__plan *plan, kn__verb verb, const kn__row *row)
{
    kn__prepared *last = plan->last[verb];
    size_t size = row->n_columns * sizeof(*row->columns);

    if (!last || last->shape->key.text.size != size || (size && memcmp(last->shape->key.text.data, row->columns, size)))
        return NULL;
    return kn__prepared_take(last) ? last : NULL;
}

/* Of every column that the verb may write. */
static bool is_whole(const kn__plan *plan, kn__verb verb, const kn__row *row)
{
    size_t written = verb == KN__VERB_INSERT   ? plan->n_written
                     : verb == KN__VERB_UPDATE ? plan->n_written - plan->n_keys
                                               : 0;

    return !row->mixed && row->n_columns == written;
}

static void keep_last(kn__plan *plan, kn__verb verb, const kn__row *row, kn__prepared *prepared)
{
    if (plan->last[verb])
        plan->last[verb]->last = NULL;
    plan->last[verb] = prepared;
    plan->last_columns[verb] = is_whole(plan, verb, row) ? row->n_columns : KN__MIXED;
    prepared->last = &plan->last[verb];
}

static void key_of(const kn_connection *connection, kn__verb verb, const kn__row *row, size_t rows, kn__key *key)
{
    kn__key_of_verb(key, verb, row->plan->model, row->columns, row->n_columns, rows, connection->engine->shapes.seed);
    key->features = connection->target.features;
}

kn__prepared *kn__verb_prepared(kn_connection *connection, kn__verb verb, const kn__row *row, size_t rows)
{
    kn__key key;

    key_of(connection, verb, row, rows, &key);
    return kn__prepared_find(connection, &key);
}

static kn_status prepare_other(kn_connection *connection, kn__verb verb, const kn__row *row, size_t rows,
                               kn__prepared **out, kn_error *error)
{
    kn__plan *plan = row->plan;
    verb_maker maker = {.target = &connection->target,
                        .allocator = connection->engine->allocator,
                        .verb = verb,
                        .model = plan->model,
                        .row = row,
                        .rows = rows};
    kn__key key;
    kn_status status;

    key_of(connection, verb, row, rows, &key);
    status = kn__prepare(connection, &key, make_verb_shape, &maker, out, error);
    if (status == KN_OK && rows == 1)
        keep_last(plan, verb, row, *out);
    return status;
}

kn_status kn__prepare_verb(kn_connection *connection, kn__verb verb, const kn__row *row, size_t rows,
                           kn__prepared **out, kn_error *error)
{
    *out = rows == 1 ? take_last(row->plan, verb, row) : NULL;
    return *out ? KN_OK : prepare_other(connection, verb, row, rows, out, error);
}
