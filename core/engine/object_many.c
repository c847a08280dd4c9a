/* SPDX-License-Identifier: MIT */
/* Many objects: runs of equal shape go as multi-row inserts of the size the backend handles best. */
#include <string.h>

#include "base/checked.h"
#include "engine/object.h"

typedef struct batch {
    kn_connection *connection;
    const kn_model *model;
    kn__row row;                       /* of the object being looked at */
    uint16_t *columns, *value_columns; /* of the run */
    size_t n_columns, n_values;        /* a row of the run */
    kn_value *values;                  /* room for `most` rows */
    size_t room;
    size_t rows, most; /* in the run so far; at most */
    size_t first;      /* index of the run's first object */
    /* What values point into. Objects are loaded into `current`; the other holds at most the first of the run, loaded
     * before it was known that it would not go with those before it. */
    kn_arena *current, *other;
} batch;

static bool same_shape(const batch *b)
{
    return b->rows && b->n_columns == b->row.n_columns &&
           memcmp(b->columns, b->row.columns, b->n_columns * sizeof(*b->columns)) == 0;
}

/* Reads the keys that an insert of one row gives back, which nobody asked for here: what comes after them tells
 * whether the row is stored. */
static kn_status pass_keys(kn__prepared *prepared, const kn__arguments *arguments, kn_error *error)
{
    kn_result *result = NULL;
    kn_status status = kn__result_open(prepared, arguments, false, &result, error);

    while (status == KN_OK)
        status = kn_next(result, error);
    return kn__result_finish(result, status == KN_DONE ? KN_OK : status, error);
}

static kn_status send_rows(batch *b, size_t start, size_t rows, kn_error *error)
{
    kn__row row = {.columns = b->columns, .n_columns = b->n_columns, .value_columns = b->value_columns};
    kn__arguments arguments = {.values = b->values + start * b->n_values,
                               .count = rows * b->n_values,
                               .model = b->model,
                               .columns = b->value_columns,
                               .n_columns = b->n_values};
    kn_outcome outcome = {.size_ = sizeof(outcome)};
    kn__prepared *prepared = NULL;
    kn_status status = kn__prepare_verb(b->connection, KN__VERB_INSERT, b->model, &row, rows, &prepared, error);

    if (status != KN_OK)
        return status;
    if (prepared->shape->compiled->n_columns)
        status = pass_keys(prepared, &arguments, error);
    else
        status = kn__run(prepared, &arguments, &outcome, error);
    kn__prepared_release(prepared);
    return status;
}

/* The run: one statement of the largest size, or pieces of falling powers of two, so that few shapes are ever prepared.
 */
static kn_status flush(batch *b, kn_error *error)
{
    size_t done = 0, piece = b->most;
    kn_status status = KN_OK;

    while (done < b->rows && status == KN_OK) {
        if (piece > b->rows - done) {
            size_t power = 1;
            while (power * 2 <= b->rows - done)
                power *= 2;
            piece = power;
        }
        status = send_rows(b, done, piece, error);
        if (status == KN_OK)
            done += piece;
    }
    if (status != KN_OK)
        kn_error_prefix(error, "objects %zu to %zu", b->first + done, b->first + b->rows - 1);
    b->rows = 0;
    return status;
}

static size_t rows_at_most(const batch *b)
{
    const kn__target *target = &b->connection->target;
    size_t most = target->dialect->limits.insert_rows ? target->dialect->limits.insert_rows : 100;
    size_t parameters = target->dialect->limits.parameters_max;

    if (!kn__target_has(target, KN_FEATURE_MULTI_ROW_INSERT) || b->n_columns == 0)
        return 1;
    if (b->n_values && parameters / b->n_values < most)
        most = parameters / b->n_values;
    return most ? most : 1;
}

static kn_status start_run(batch *b, size_t first, kn_error *error)
{
    const kn_allocator *allocator = b->connection->engine->allocator;
    size_t need;
    void *values;

    b->n_columns = b->row.n_columns;
    b->n_values = b->row.n_values;
    memcpy(b->columns, b->row.columns, b->n_columns * sizeof(*b->columns));
    memcpy(b->value_columns, b->row.value_columns, b->n_values * sizeof(*b->value_columns));
    b->first = first;
    b->most = rows_at_most(b);
    if (!kn__size_mul(b->most, b->n_values + 1, &need) || need > SIZE_MAX / sizeof(*b->values))
        return kn_error_set(error, KN_NOMEM, "out of memory for a batch");
    if (need <= b->room)
        return KN_OK;
    values = allocator->resize(allocator->context, b->values, b->room * sizeof(*b->values), need * sizeof(*b->values));
    if (!values)
        return kn_error_set(error, KN_NOMEM, "out of memory for a batch of %zu values", need);
    b->values = values;
    b->room = need;
    return KN_OK;
}

/* The run before goes, all but the object that has just been loaded and is of another shape. */
static kn_status change_shape(batch *b, kn_error *error)
{
    kn_arena *loaded = b->current;
    kn_status status = flush(b, error);

    b->current = b->other;
    b->other = loaded;
    kn_arena_reset(b->current);
    return status;
}

static kn_status flush_full(batch *b, kn_error *error)
{
    kn_status status = flush(b, error);

    kn_arena_reset(b->current);
    kn_arena_reset(b->other);
    return status;
}

/* One object into the run; a run that is full, or of another shape, goes first. */
static kn_status add(batch *b, size_t index, const void *object, kn_error *error)
{
    kn_status status = kn__row_of_insert(&b->row, b->model, object, NULL, b->current, error);

    if (status != KN_OK) {
        kn_error_prefix(error, "object %zu", index);
        return status;
    }
    if (b->rows && !same_shape(b))
        status = change_shape(b, error);
    if (status == KN_OK && b->rows == 0)
        status = start_run(b, index, error);
    if (status != KN_OK)
        return status;
    if (b->n_values)
        memcpy(b->values + b->rows * b->n_values, b->row.values, b->n_values * sizeof(*b->values));
    return ++b->rows == b->most ? flush_full(b, error) : KN_OK;
}

static kn_status add_all(batch *b, const void *objects, size_t count, kn_error *error)
{
    const char *object = objects;
    kn_status status = KN_OK;

    for (size_t i = 0; i < count && status == KN_OK; i++, object += b->model->object_size)
        status = add(b, i, object, error);
    return status == KN_OK && b->rows ? flush(b, error) : status;
}

static kn_status in_transaction(batch *b, const void *objects, size_t count, kn_error *error)
{
    kn_status status;

    if (kn_in_transaction(b->connection))
        return add_all(b, objects, count, error);
    status = kn_begin(b->connection, KN_WRITE, error);
    if (status != KN_OK)
        return status;
    return kn__transaction_end(b->connection, add_all(b, objects, count, error), error);
}

/* The batch's own lists outlive the memory of values, which runs reset. */
static kn_status init_batch(batch *b, kn_arena *arena, kn_error *error)
{
    kn_status status = kn__row_init(&b->row, b->model, arena, error);

    if (status != KN_OK)
        return status;
    b->columns = kn_arena_array(arena, b->model->n_columns, sizeof(*b->columns));
    b->value_columns = kn_arena_array(arena, b->model->n_columns, sizeof(*b->value_columns));
    if (!b->columns || !b->value_columns)
        return kn_error_set(error, KN_NOMEM, "out of memory for a batch");
    return KN_OK;
}

static kn_status insert_all(batch *b, const void *objects, size_t count, kn_error *error)
{
    const kn_allocator *allocator = b->connection->engine->allocator;
    kn_arena lists;
    kn_status status;

    kn_arena_init(&lists, allocator, 0);
    status = init_batch(b, &lists, error);
    if (status == KN_OK)
        status = in_transaction(b, objects, count, error);
    allocator->resize(allocator->context, b->values, b->room * sizeof(*b->values), 0);
    kn_arena_finish(&lists);
    return status;
}

kn_status kn_insert_many(kn_connection *connection, const kn_model *model, const void *objects, size_t count,
                         kn_error *error)
{
    batch b = {.connection = connection, .model = model};
    kn_arena scratch, second;
    kn_status status = kn__connection_usable(connection, error);

    if (status != KN_OK || count == 0)
        return status;
    if (!model || !objects)
        return kn_error_set(error, KN_INVALID, "no objects");
    scratch = kn__scratch_take(connection);
    kn_arena_init(&second, connection->engine->allocator, 0);
    b.current = &scratch;
    b.other = &second;
    status = insert_all(&b, objects, count, error);
    kn_arena_finish(&second);
    kn__scratch_give(connection, &scratch);
    return status;
}
