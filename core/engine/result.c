/* SPDX-License-Identifier: MIT */
/* Rows: the driver fills cells in storage kinds, a reader a column makes canonical values of them, and stores them. */
#include <string.h>

#include "engine/connection.h"

static void *resize(kn__prepared *prepared, void *ptr, size_t old_size, size_t size)
{
    const kn_allocator *allocator = prepared->connection->engine->allocator;

    return allocator->resize(allocator->context, ptr, old_size, size);
}

/* Room for as many columns as this execution has: the tables may have changed since the last one. */
static kn_status make_room(kn__prepared *prepared, size_t n, kn_error *error)
{
    const kn__compiled *compiled = prepared->shape->compiled;
    void *cells, *readers;

    if (n > prepared->room_columns) {
        cells = resize(prepared, prepared->cells, prepared->room_columns * sizeof(kn_value), n * sizeof(kn_value));
        if (cells)
            prepared->cells = cells;
        readers = cells ? resize(prepared, prepared->readers, prepared->room_columns * sizeof(kn__reader),
                                 n * sizeof(kn__reader))
                        : NULL;
        if (!readers) {
            if (cells) /* both or neither, so that one count tells their size */
                prepared->cells =
                    resize(prepared, cells, n * sizeof(kn_value), prepared->room_columns * sizeof(kn_value));
            return kn_error_set(error, KN_NOMEM, "out of memory for a row of %zu columns", n);
        }
        prepared->readers = readers;
        prepared->room_columns = n;
    }
    if (n != prepared->n_columns || !prepared->mapped) {
        for (size_t i = 0; i < n; i++) {
            prepared->readers[i] = (kn__reader){.store = NULL};
            if (i < compiled->n_columns)
                kn__reader_set_type(&prepared->readers[i], &prepared->connection->target, &compiled->columns[i].type);
        }
        prepared->mapped = NULL;
        prepared->n_columns = n;
    }
    return KN_OK;
}

kn_status kn__result_open(kn__prepared *prepared, const kn__arguments *arguments, bool release_after, kn_result **out,
                          kn_error *error)
{
    kn_outcome outcome;
    int64_t started = kn__step_started(prepared->connection);
    kn_status status = kn__execute(prepared, arguments, &outcome, error);

    if (status == KN_WAIT)
        return status;
    if (status == KN_OK && outcome.n_columns == 0)
        status = kn_error_set(error, KN_INVALID, "the statement gives no rows; run it with kn_run");
    if (status == KN_OK)
        status = make_room(prepared, outcome.n_columns, error);
    if (status != KN_OK) {
        if (prepared->executing)
            (void)kn__end_at_once(prepared, NULL);
        kn__trace(prepared->connection->engine, KN_EVENT_EXECUTE, status, prepared->shape->compiled->sql, 0, started,
                  error);
        if (release_after)
            kn__prepared_release(prepared);
        return status;
    }
    prepared->result = (kn_result){.prepared = prepared,
                                   .state = KN__RESULT_OPEN,
                                   .release_after = release_after,
                                   .started_us = started,
                                   .into = {.to = kn__receiver(prepared->version, NULL, NULL),
                                            .result = &prepared->result,
                                            .row_arena = &prepared->row_arena},
                                   .wait = {.fd = -1}};
    *out = &prepared->result;
    return KN_OK;
}

/* KN_WAIT: the verb that waits for a row into `object` is called again. */
__attribute__((noinline, cold)) static kn_status begin_other(kn_result *result, const void *object, kn_error *error)
{
    kn_connection *connection = result->prepared->connection;
    kn_status status;

    if (result->state == KN__RESULT_DONE)
        return KN_DONE;
    if (result->state != KN__RESULT_WAITING)
        return kn_error_set(error, KN_STATE, "the result failed or was closed");
    status = kn__step_resume(connection, KN__STEP_NEXT, object, error);
    if (status == KN_WAIT)
        result->state = KN__RESULT_OPEN;
    return status;
}

/* Nothing of the row before is left. */
static inline kn_status begin_row(kn_result *result, const void *object, kn_error *error)
{
    kn__prepared *prepared = result->prepared;

    if (result->state != KN__RESULT_OPEN && result->state != KN__RESULT_ROW)
        return begin_other(result, object, error);
    if (kn__connection_is_inherited(prepared->connection))
        return kn_error_set(error, KN_FORKED, "this result belongs to the parent process");
    if (prepared->row_arena.used)
        kn_arena_reset(&prepared->row_arena);
    return KN_OK;
}

__attribute__((noinline, cold)) static kn_status note_no_row(kn_result *result, kn_status status)
{
    if (status == KN_WAIT) {
        result->state = KN__RESULT_WAITING;
        return status;
    }
    result->state = status == KN_DONE ? KN__RESULT_DONE : KN__RESULT_FAILED;
    result->failed = status == KN_DONE ? KN_OK : status;
    return kn__connection_note(result->prepared->connection, status);
}

/* `state` is for a row. */
static inline kn_status note_row(kn_result *result, kn__result_state state, kn_status status)
{
    if (status != KN_OK)
        return note_no_row(result, status);
    result->state = state;
    result->rows++;
    return KN_OK;
}

kn_status kn_next(kn_result *result, kn_error *error)
{
    kn__prepared *prepared = result->prepared;
    kn_wait wait = {.fd = -1};
    kn_status status = begin_row(result, result, error);

    if (status != KN_OK && status != KN_WAIT)
        return status;
    do
        status = prepared->connection->driver->fetch(prepared->statement, prepared->cells, &wait, error);
    while (kn__again(status, prepared->connection, KN__STEP_NEXT, result, &wait, 0));
    return note_row(result, KN__RESULT_ROW, status);
}

/* `end` has returned `status`. */
static void note_end(kn_result *result, kn_status status, const kn_error *error)
{
    kn__prepared *prepared = result->prepared;

    if (result->started_us)
        kn__trace(prepared->connection->engine, KN_EVENT_EXECUTE, result->failed ? result->failed : status,
                  prepared->shape->compiled->sql, result->rows, result->started_us, result->failed ? NULL : error);
    result->state = KN__RESULT_CLOSED;
    if (result->release_after)
        kn__prepared_release(prepared);
}

kn_status kn__result_end(kn_result *result, kn_error *error)
{
    kn_status status;

    if (!result || !result->prepared->executing)
        return KN_OK;
    status = kn__end(result->prepared, NULL, error);
    if (status != KN_WAIT)
        note_end(result, status, error);
    return status;
}

kn_status kn_result_end(kn_result *result, kn_error *error)
{
    kn_status status = KN_OK;

    if (!result || !result->prepared->executing)
        return KN_OK;
    if (result->prepared->connection->hindrance & KN__WAITING)
        status = kn__step_resume(result->prepared->connection, KN__STEP_END, result, error);
    return status == KN_OK || status == KN_WAIT ? kn__result_end(result, error) : status;
}

kn_status kn__result_finish(kn_result *result, kn_status status, kn_error *error)
{
    if (status == KN_OK)
        return kn__result_end(result, error);
    kn_result_close(result);
    return status;
}

void kn_result_close(kn_result *result)
{
    kn_error error = {0};

    if (!result || !result->prepared->executing)
        return;
    note_end(result,
             kn__end_at_once(result->prepared, kn__traced(result->prepared->connection->engine) ? &error : NULL),
             &error);
}

size_t kn_result_columns(const kn_result *result)
{
    return result->prepared->n_columns;
}

const char *kn_result_name(const kn_result *result, size_t column)
{
    const kn__compiled *compiled = result->prepared->shape->compiled;

    if (column >= result->prepared->n_columns || !result->prepared->executing)
        return NULL;
    if (column < compiled->n_columns && compiled->columns[column].name)
        return compiled->columns[column].name;
    return result->prepared->connection->driver->column_name(result->prepared->statement, column);
}

kn_status kn__result_name_column(const kn_result *result, size_t column, kn_status status, kn_error *error)
{
    const char *name = kn_result_name(result, column);

    if (error && name)
        kn_error_prefix(error, "column %zu, '%s'", column + 1, name);
    return status;
}

static kn_status cell_at(const kn_result *result, size_t column, kn_value **out, kn_error *error)
{
    if (result->state != KN__RESULT_ROW)
        return kn_error_set(error, KN_STATE, "there is no current row");
    if (column >= result->prepared->n_columns)
        return kn_error_set(error, KN_INVALID, "column %zu of a result with %zu", column, result->prepared->n_columns);
    *out = &result->prepared->cells[column];
    return KN_OK;
}

/* `type` is sound, or NULL. */
static kn_status get_value(kn_result *result, size_t column, const kn_type *type, kn_value *out, kn_error *error)
{
    kn__prepared *prepared = result->prepared;
    kn_value *cell = NULL;
    const kn_value *value = NULL;
    kn_value decoded;
    kn__reader stated = {.store = NULL};
    const kn__reader *reader = &stated;
    kn_status status = cell_at(result, column, &cell, error);

    if (status != KN_OK)
        return status;
    if (cell->kind == KN_KIND_NULL) {
        *out = kn_null();
        return KN_OK;
    }
    if (!type)
        reader = &prepared->readers[column];
    else
        kn__reader_set_type(&stated, &prepared->connection->target, type);
    if (!reader->type.id)
        return kn__result_name_column(result, column,
                                      kn_error_set(error, KN_TYPE_MISMATCH, "its type is not known: state one"), error);
    status = kn__reader_decode(reader, cell, &prepared->row_arena, &decoded, &value, error);
    if (status != KN_OK)
        return kn__result_name_column(result, column, status, error);
    *out = *value;
    return KN_OK;
}

kn_status kn_get_value(kn_result *result, size_t column, const kn_type *type, kn_value *out, kn_error *error)
{
    kn_status status = type ? kn_type_check(type, error) : KN_OK;

    return status == KN_OK ? get_value(result, column, type, out, error) : status;
}

/* A value of `type` that is not NULL. */
static kn_status get_typed(kn_result *result, size_t column, kn_type_id id, kn_value *out, kn_error *error)
{
    const kn_type type = {.id = (uint16_t)id, .precision = id == KN_TYPE_FLOAT ? 53 : 0};
    kn_status status = get_value(result, column, &type, out, error);

    if (status == KN_OK && out->kind == KN_KIND_NULL)
        return kn__result_name_column(result, column, kn_error_set(error, KN_NULL_VALUE, "it is NULL"), error);
    return status;
}

kn_status kn_get_bool(kn_result *result, size_t column, bool *out, kn_error *error)
{
    kn_value value = {.kind = KN_KIND_UNSET};
    kn_status status = get_typed(result, column, KN_TYPE_BOOLEAN, &value, error);

    if (status == KN_OK)
        *out = value.as.b;
    return status;
}

kn_status kn_get_int(kn_result *result, size_t column, int64_t *out, kn_error *error)
{
    kn_value value = {.kind = KN_KIND_UNSET};
    kn_status status = get_typed(result, column, KN_TYPE_BIG_INTEGER, &value, error);

    if (status == KN_OK)
        *out = value.as.i;
    return status;
}

kn_status kn_get_double(kn_result *result, size_t column, double *out, kn_error *error)
{
    kn_value value = {.kind = KN_KIND_UNSET};
    kn_status status = get_typed(result, column, KN_TYPE_FLOAT, &value, error);

    if (status == KN_OK)
        *out = value.as.d;
    return status;
}

kn_status kn_get_text(kn_result *result, size_t column, kn_text *out, kn_error *error)
{
    kn_value value = {.kind = KN_KIND_UNSET};
    kn_status status = get_typed(result, column, KN_TYPE_TEXT, &value, error);

    if (status == KN_OK)
        *out = value.as.text;
    return status;
}

kn_status kn_get_bytes(kn_result *result, size_t column, kn_bytes *out, kn_error *error)
{
    kn_value value = {.kind = KN_KIND_UNSET};
    kn_status status = get_typed(result, column, KN_TYPE_LARGE_BINARY, &value, error);

    if (status == KN_OK)
        *out = value.as.bytes;
    return status;
}

bool kn_get_is_null(kn_result *result, size_t column)
{
    kn_value *cell = NULL;

    return cell_at(result, column, &cell, NULL) == KN_OK && cell->kind == KN_KIND_NULL;
}

/* Chooses, once a statement, how each column goes into the model's struct. */
static kn_status map_columns(kn__prepared *prepared, const kn_model *model, kn_error *error)
{
    const kn__compiled *compiled = prepared->shape->compiled;

    if (prepared->n_columns != model->n_columns || compiled->n_columns != model->n_columns)
        return kn_error_set(error, KN_INVALID, "the result is not of every column of '%s' in order", model->table);
    prepared->mapped = NULL; /* until all are chosen */
    for (size_t i = 0; i < model->n_columns; i++) {
        kn__reader *reader = &prepared->readers[i];
        if (compiled->columns[i].model_column != i || !kn_type_equal(&reader->type, &kn_model_column(model, i)->type))
            return kn_error_set(error, KN_INVALID, "the result is not of every column of '%s' in order", model->table);
        kn__reader_set_column(reader, kn_model_column(model, i));
    }
    prepared->mapped = model;
    prepared->version++;
    return KN_OK;
}

static kn_status take_cells(kn__prepared *prepared, const kn__read_into *into)
{
    const kn__reader *reader = prepared->readers, *end = reader + prepared->n_columns;
    kn_status status = KN_OK;

    for (kn_value *cell = prepared->cells; reader < end && status == KN_OK; reader++, cell++)
        status = reader->sink.take(&reader->sink, cell, &into->to);
    return status;
}

kn_status kn__result_store(kn_result *result, const kn_model *model, void *object, kn_arena *arena, kn_error *error)
{
    kn__prepared *prepared = result->prepared;
    const kn__read_into into = {kn__receiver(prepared->version, object, arena), result, arena, &prepared->row_arena,
                                error};
    kn_status status = KN_OK;

    if (result->state != KN__RESULT_ROW)
        return kn_error_set(error, KN_STATE, "there is no current row");
    if (prepared->mapped != model)
        status = map_columns(prepared, model, error);
    return status == KN_OK ? take_cells(prepared, &into) : status;
}

kn_status kn__fetch_then_take(void *statement, const kn_sink *first, size_t stride, const kn_receiver *to,
                              kn_wait *wait, kn_error *error)
{
    const kn__read_into *into = (const kn__read_into *)(const void *)to;
    kn__prepared *prepared = into->result->prepared;
    kn_status status = prepared->connection->driver->fetch(statement, prepared->cells, wait, error);

    (void)first, (void)stride;
    return status == KN_OK ? take_cells(prepared, into) : status;
}

/* The last row was the last, it has to be waited for, or a failure. Out of line, so that the usual path saves few
 * registers. */
__attribute__((noinline, cold)) static kn_status no_row_at_once(kn_result *result, kn_status status)
{
    kn__prepared *prepared = result->prepared;

    while (kn__again(status, prepared->connection, KN__STEP_NEXT, &result->into, &result->wait, 0))
        status = prepared->fetch_into(prepared->statement, &prepared->readers->sink, sizeof(kn__reader),
                                      &result->into.to, &result->wait, result->into.error);
    result->wait = (kn_wait){.fd = -1};
    return note_row(result, KN__RESULT_OPEN, status);
}

/* The first row, or one for another model, or a row that may not be fetched. */
__attribute__((noinline)) static kn_status next_other(kn_result *result, const kn_model *model, void *object,
                                                      kn_arena *arena, kn_error *error)
{
    kn__prepared *prepared = result->prepared;
    /* A row that is waited for is waited for in the struct that was given. */
    kn_status status = begin_row(result, prepared->mapped == model ? &result->into : NULL, error);

    if (status == KN_WAIT)
        status = KN_OK;
    if (status == KN_OK && prepared->mapped != model)
        status = map_columns(prepared, model, error);
    if (status != KN_OK)
        return status;
    result->state = KN__RESULT_OPEN;
    result->into.to = kn__receiver(prepared->version, object, arena);
    result->into.arena = arena;
    return kn__result_next_into(result, model, object, arena, error);
}

kn_status kn__result_next_into(kn_result *result, const kn_model *model, void *object, kn_arena *arena, kn_error *error)
{
    kn__prepared *prepared = result->prepared;
    kn_status status;

    if (prepared->mapped != model || result->state != KN__RESULT_OPEN ||
        kn__connection_is_inherited(prepared->connection) || prepared->row_arena.used || result->into.arena != arena)
        return next_other(result, model, object, arena, error);
    result->into.to.object = object;
    result->into.error = error;
    status = prepared->fetch_into(prepared->statement, &prepared->readers->sink, sizeof(kn__reader), &result->into.to,
                                  &result->wait, error);
    if (status != KN_OK)
        return no_row_at_once(result, status);
    result->rows++;
    return KN_OK;
}

kn_status kn_next_into(kn_result *result, const kn_model *model, void *object, kn_error *error)
{
    return kn__result_next_into(result, model, object, NULL, error);
}

kn_status kn_fetch(kn_result *result, const kn_model *model, void *object, kn_error *error)
{
    return kn__result_store(result, model, object, NULL, error);
}
