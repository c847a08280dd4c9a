/* SPDX-License-Identifier: MIT */
/* Many objects: runs of equal shape go as multi-row inserts of the size the backend handles best. */
#include <string.h>

#include "engine/object.h"

#define USUAL_ROWS 100
#define STRAIGHT_MAX 256 /* objects that the driver is given at once: what their values need lives so long */
#define BLOCK_MAX 64     /* objects that are loaded column by column: their values stay in the nearest cache */

typedef struct batch {
    kn_connection *connection;
    kn__row run;       /* its columns; a row of its values, the first */
    kn__row row;       /* of the object being looked at: its values stand behind those of the run */
    size_t rows, most; /* in the run so far; at most */
    size_t first;      /* index of the run's first object */
    kn_value *values;  /* room for `most` rows and one more */
    /* What values point into. Objects are loaded into `current`; the other holds at most the first of the run, loaded
     * before it was known that it would not go with those before it. */
    kn_arena *current, *other;
    uint16_t *bulk_columns;
    kn__bulk bulk;
    /* In the program's own transaction, set before the first statement that may have to be taken back. */
    kn__mark mark;
    bool may_mark;
    size_t block;  /* objects to be loaded at once: fewer while they are of many shapes */
    bool may_load; /* at once at all: code of the program is called in the order of the objects */
    bool last;     /* what is flushed now has the last object */
} batch;

static bool same_shape(const batch *b)
{
    if (b->run.n_columns == b->row.plan->n_written && !b->run.mixed && !b->row.mixed)
        return b->row.n_columns == b->run.n_columns; /* both write every column */
    return b->run.n_columns == b->row.n_columns &&
           memcmp(b->run.columns, b->row.columns, b->run.n_columns * sizeof(*b->run.columns)) == 0;
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
    kn__row row = b->run;
    kn__arguments arguments;
    kn_outcome outcome;
    kn__prepared *prepared = NULL;
    kn_status status = kn__prepare_verb(b->connection, KN__VERB_INSERT, &row, rows, &prepared, error);

    if (status != KN_OK)
        return status;
    row.values += start * row.n_values;
    arguments = kn__row_arguments(&row, rows);
    if (prepared->shape->compiled->n_columns)
        status = pass_keys(prepared, &arguments, error);
    else
        status = kn__run_encoded(prepared, arguments.values, arguments.count, &outcome, error);
    kn__prepared_release(prepared);
    return status;
}

/* The only statement of all: the driver may take it back with fewer exchanges than a mark. Not before it is prepared:
 * that may fail as well. */
static kn_status send_whole(batch *b, size_t rows, bool *sent, kn_error *error)
{
    kn__prepared *prepared = kn__verb_prepared(b->connection, KN__VERB_INSERT, &b->run, rows);
    kn_status status = KN_OK;

    if (prepared)
        status = kn__run_whole(prepared, b->run.values, NULL, rows * b->run.n_values, sent, error);
    kn__prepared_release(prepared);
    return status;
}

/* A statement that is the first and the last takes itself back, where the backend sees to that. */
static bool wants_mark(const batch *b, bool last)
{
    return b->may_mark && !b->mark.set &&
           !(last && kn__target_has(&b->connection->target, KN_FEATURE_ATOMIC_STATEMENT));
}

/* Statements of the largest size, then of a hundred rows, which is what programs collect, then of falling powers of
 * two: few shapes are ever prepared. */
static size_t piece_of(size_t most, size_t left)
{
    size_t power = 1;

    if (left >= most)
        return most;
    if (left >= USUAL_ROWS)
        return USUAL_ROWS;
    while (power * 2 <= left)
        power *= 2;
    return power;
}

/* Larger than what the server takes at once, so that it was not sent: fewer rows may go. */
static bool goes_in_parts(batch *b, size_t piece, kn_status status, const kn_error *why)
{
    if (status != KN_TOO_LONG || why->native || why->sqlstate[0] || piece == 1)
        return false;
    b->most = piece / 2;
    return true;
}

static kn_status flush_rows(batch *b, kn_error *error)
{
    size_t done = 0;
    kn_status status = KN_OK;
    kn_error why = {0};

    while (done < b->rows && status == KN_OK) {
        size_t piece = piece_of(b->most, b->rows - done);
        bool last = b->last && done + piece == b->rows, marks = wants_mark(b, last), sent = false;
        if (marks && last)
            status = send_whole(b, piece, &sent, &why);
        if (marks && !sent && status == KN_OK)
            status = kn__mark_set(b->connection, &b->mark, &why);
        if (status == KN_OK && !sent)
            status = send_rows(b, done, piece, &why);
        if (status == KN_OK)
            done += piece;
        else if (goes_in_parts(b, piece, status, &why))
            status = KN_OK;
    }
    if (status != KN_OK && error) {
        *error = why;
        kn_error_prefix(error, "objects %zu to %zu", b->first + done, b->first + b->rows - 1);
    }
    return status;
}

/* By the driver's own bulk insert where it takes the run. Its failures may come with a later run. */
static kn_status flush(batch *b, kn_error *error)
{
    bool taken = false;
    kn_status status = KN_OK;

    if (b->bulk.wanted)
        status = kn__bulk_send(&b->bulk, &b->run, b->rows, b->rows == b->most, &taken, error);
    if (status != KN_OK)
        kn_error_prefix(error, "objects up to %zu", b->first + b->rows - 1);
    else if (!taken)
        status = flush_rows(b, error);
    b->rows = 0;
    return status;
}

static size_t rows_at_most(const kn__target *target, size_t n_values)
{
    size_t most = target->dialect->limits.insert_rows ? target->dialect->limits.insert_rows : USUAL_ROWS;
    size_t parameters = target->dialect->limits.parameters_max;

    if (!kn__target_has(target, KN_FEATURE_MULTI_ROW_INSERT))
        return 1;
    if (n_values && parameters / n_values < most)
        most = parameters / n_values;
    return most ? most : 1;
}

/* Of all runs, whatever their shapes: a run of fewer columns may have more rows, but never more values than the backend
 * takes. */
static size_t values_at_most(const kn__target *target, size_t n_columns)
{
    size_t rows = rows_at_most(target, 1), parameters = target->dialect->limits.parameters_max;

    return n_columns && rows > parameters / n_columns ? parameters : rows * n_columns;
}

/* The object that was looked at becomes the first of a run. */
static void start_run(batch *b, size_t first)
{
    uint16_t *columns = b->run.columns;

    if (b->row.n_values && b->row.values != b->values)
        memmove(b->values, b->row.values, b->row.n_values * sizeof(*b->values));
    b->run = b->row;
    b->run.values = b->values;
    b->row.columns = columns;
    b->first = first;
    b->most = b->run.n_columns ? rows_at_most(&b->connection->target, b->run.n_values) : 1;
}

/* The run before goes, all but the object that has just been loaded and is of another shape. */
static kn_status change_shape(batch *b, kn_error *error)
{
    kn_arena *loaded = b->current;
    bool last = b->last;
    kn_status status;

    b->last = false;
    status = flush(b, error);
    b->last = last;
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
    kn_status status;

    b->row.values = b->values + b->rows * b->run.n_values;
    b->row.into.arena = b->current;
    status = kn__row_of_insert(&b->row, object, NULL);
    if (status != KN_OK) {
        kn_error_prefix(error, "object %zu", index);
        return status;
    }
    if (b->rows && !same_shape(b))
        status = change_shape(b, error);
    if (status != KN_OK)
        return status;
    if (b->rows == 0)
        start_run(b, index);
    return ++b->rows == b->most ? flush_full(b, error) : KN_OK;
}

/* Objects of which each gives every column as those of the run do, loaded at once; how many. */
static size_t add_block(batch *b, const char *objects, size_t count)
{
    const kn__plan *plan = b->row.plan;
    size_t most = b->most - b->rows < b->block ? b->most - b->rows : b->block, done;

    if (!b->rows || !b->may_load || b->run.n_columns != plan->n_written || b->run.mixed)
        return 0;
    most = count < most ? count : most;
    done = kn__rows_of_insert(plan, b->current, objects, most, b->values + b->rows * plan->n_written);
    b->block = done < most ? 1 : b->block < BLOCK_MAX ? b->block * 2 : BLOCK_MAX;
    b->rows += done;
    return done;
}

static kn_object_rows rows_of(const batch *b, const void *objects, size_t count)
{
    const kn__plan *plan = b->row.plan;

    return (kn_object_rows){.size_ = sizeof(kn_object_rows),
                            .slots = &plan->writers->slot,
                            .slot_stride = sizeof(*plan->writers),
                            .n_slots = plan->n_written,
                            .objects = objects,
                            .stride = plan->model->object_size,
                            .count = count,
                            .context = b->current};
}

/* Straight from the objects, while the driver's own bulk insert is open and no run waits; how many. */
static kn_status send_block(batch *b, size_t index, const char *objects, size_t count, size_t *done, kn_error *error)
{
    const kn_object_rows rows = rows_of(b, objects, count < STRAIGHT_MAX ? count : STRAIGHT_MAX);
    kn_status status;

    *done = 0;
    if (b->rows || !b->may_load || !kn__bulk_takes_objects(&b->bulk, b->row.plan))
        return KN_OK;
    status = kn__bulk_objects(&b->bulk, &rows, done, error);
    if (status != KN_OK)
        kn_error_prefix(error, "objects up to %zu", index + rows.count - 1);
    kn_arena_reset(b->current);
    return status;
}

/* Those at the front that are alike, else one. */
static kn_status add_some(batch *b, size_t index, const char *object, size_t left, size_t *done, kn_error *error)
{
    kn_status status = send_block(b, index, object, left, done, error);

    if (status != KN_OK || *done)
        return status;
    *done = add_block(b, object, left);
    b->last = (*done ? *done : 1) == left;
    if (*done)
        return b->rows == b->most ? flush_full(b, error) : KN_OK;
    *done = 1;
    return add(b, index, object, error);
}

static kn_status add_all(batch *b, const void *objects, size_t count, kn_error *error)
{
    size_t size = b->row.plan->model->object_size;
    const char *object = objects;
    kn_status status = KN_OK;

    b->block = 1;
    for (size_t i = 0, done; i < count && status == KN_OK; i += done, object += done * size)
        status = add_some(b, i, object, count - i, &done, error);
    if (status == KN_OK && b->rows)
        status = flush(b, error);
    return kn__bulk_end(&b->bulk, status, error);
}

/* All of them in the one statement that is prepared for so many, straight from the objects: send_whole without a run.
 */
static kn_status send_at_once(batch *b, const void *objects, size_t count, bool *sent, kn_error *error)
{
    kn_connection *c = b->connection;
    const kn__plan *plan = b->row.plan;
    const kn_object_rows rows = rows_of(b, objects, count);
    kn__row *row = &b->run;
    kn__prepared *prepared;
    kn_status status = KN_OK;

    if (!(c->driver->flags & KN_DRIVER_OBJECTS) || !b->may_mark || !b->may_load)
        return KN_OK;
    *row = (kn__row){.plan = b->row.plan, .columns = row->columns};
    for (; row->n_columns < plan->n_written; row->n_columns++)
        row->columns[row->n_columns] = plan->writers[row->n_columns].number;
    row->n_values = row->n_columns;
    if (count > rows_at_most(&c->target, row->n_values))
        return KN_OK;
    prepared = kn__verb_prepared(c, KN__VERB_INSERT, row, count);
    if (prepared)
        status = kn__run_whole(prepared, NULL, &rows, count * row->n_values, sent, error);
    kn__prepared_release(prepared);
    if (status != KN_OK)
        kn_error_prefix(error, "objects 0 to %zu", count - 1);
    kn_arena_reset(b->current);
    return status;
}

/* In the program's own transaction: a failure takes back what it did, and leaves the rest. */
static kn_status behind_mark(batch *b, const void *objects, size_t count, kn_error *error)
{
    kn_connection *c = b->connection;
    bool sent = false;
    kn_status status;

    b->may_mark = count > 1 && kn__mark_may(c);
    status = send_at_once(b, objects, count, &sent, error);
    if (status == KN_OK && !sent)
        status = add_all(b, objects, count, error);
    return kn__mark_end(c, &b->mark, status, error);
}

static kn_status in_transaction(batch *b, const void *objects, size_t count, kn_error *error)
{
    kn_status status;

    b->may_load = !kn__plan_calls_back(b->row.plan);
    if (kn_in_transaction(b->connection))
        return behind_mark(b, objects, count, error);
    status = kn_begin(b->connection, KN_WRITE, error);
    if (status != KN_OK)
        return status;
    kn__bulk_init(&b->bulk, b->connection, b->row.plan, count);
    b->bulk.columns = b->bulk_columns;
    return kn__transaction_end(b->connection, add_all(b, objects, count, error), error);
}

/* The batch's own lists outlive the memory of values, which runs reset. */
static kn_status init_batch(batch *b, kn_arena *arena, kn_error *error)
{
    size_t n = b->row.plan->n, room = values_at_most(&b->connection->target, n);

    b->run.columns = kn_arena_array(arena, n, sizeof(*b->run.columns));
    b->row.columns = kn_arena_array(arena, n, sizeof(*b->row.columns));
    b->bulk_columns = kn_arena_array(arena, n, sizeof(*b->bulk_columns));
    b->values = kn_arena_alloc(arena, (room + n + 1) * sizeof(*b->values));
    if (!b->run.columns || !b->row.columns || !b->bulk_columns || !b->values)
        return kn_error_set(error, KN_NOMEM, "out of memory for a batch");
    return KN_OK;
}

static kn_status insert_all(batch *b, const kn_model *model, const void *objects, size_t count, kn_error *error)
{
    kn_arena lists;
    kn_status status = kn__plan_of(b->connection, model, &b->row.plan, error);

    if (status != KN_OK)
        return status;
    b->row.into.error = error;
    kn_arena_init(&lists, b->connection->engine->allocator, 0);
    status = init_batch(b, &lists, error);
    if (status == KN_OK)
        status = in_transaction(b, objects, count, error);
    kn_arena_finish(&lists);
    return status;
}

kn_status kn_insert_many(kn_connection *connection, const kn_model *model, const void *objects, size_t count,
                         kn_error *error)
{
    batch b = {.connection = connection};
    kn_arena own, *scratch, second;
    kn_status status = kn__connection_usable(connection, error);

    if (status != KN_OK || count == 0)
        return status;
    if (!model || !objects)
        return kn_error_set(error, KN_INVALID, "no objects");
    if (model->object_size && count > PTRDIFF_MAX / model->object_size)
        return kn_error_set(error, KN_INVALID, "%zu objects of %zu bytes: no array is so large", count,
                            model->object_size);
    scratch = kn__scratch_take(connection, &own);
    kn_arena_init(&second, connection->engine->allocator, 0);
    b.current = scratch;
    b.other = &second;
    status = insert_all(&b, model, objects, count, error);
    kn_arena_finish(&second);
    kn__scratch_give(connection, scratch);
    return status;
}
