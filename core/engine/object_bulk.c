/* SPDX-License-Identifier: MIT */
/* Runs of objects by the driver's own bulk insert, while it is open: one run after the other of the same columns. */
#include <string.h>

#include "base/buffer.h"
#include "engine/object.h"
#include "sql/compile.h"

#define NAME_MAX_BYTES 1024

bool kn__plan_calls_back(const kn__plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        const kn__writer *writer = &plan->writers[i];
        if ((writer->initial && writer->initial->node.kind == KN_NODE_CALL) || writer->column->type.codec)
            return true;
    }
    return false;
}

/* It is busy meanwhile, so nothing may be called that uses the connection. */
void kn__bulk_init(kn__bulk *bulk, kn_connection *connection, const kn__plan *plan, size_t objects)
{
    *bulk = (kn__bulk){.connection = connection};
    bulk->wanted = connection->engine->can_bulk && objects >= KN__BULK_LEAST && !kn__plan_calls_back(plan);
}

static bool has_expressions(const kn__row *run)
{
    for (size_t i = 0; i < run->n_columns; i++)
        if (run->columns[i] & KN__COLUMN_EXPR)
            return true;
    return run->n_columns == 0;
}

static bool continues(const kn__bulk *bulk, const kn__row *run)
{
    return bulk->handle && bulk->n_columns == run->n_columns &&
           memcmp(bulk->columns, run->columns, run->n_columns * sizeof(*run->columns)) == 0;
}

static kn_status quoted(const kn__target *target, const char *schema, const char *name, kn_arena *arena,
                        const char **out, kn_error *error)
{
    kn__buffer buffer;
    kn_text text = {NULL, 0};
    kn_status status = KN_OK;

    kn__buffer_init(&buffer, arena->allocator, NAME_MAX_BYTES);
    if (schema)
        status = kn__render_name(target, schema, &buffer, error);
    if (schema)
        kn__buffer_char(&buffer, '.');
    if (status == KN_OK)
        status = kn__render_name(target, name, &buffer, error);
    if (status == KN_OK)
        status = kn__buffer_copy(&buffer, "a name", arena, &text, error);
    kn__buffer_finish(&buffer);
    *out = text.data;
    return status;
}

static kn_status begin_named(kn__bulk *bulk, const kn__row *run, kn_arena *arena, kn_error *error)
{
    kn_connection *c = bulk->connection;
    const kn_model *model = run->plan->model;
    const char **columns = kn_arena_array(arena, run->n_columns, sizeof(*columns)), *table = NULL;
    const kn_type **types = kn_arena_array(arena, run->n_columns, sizeof(*types));
    int64_t deadline = kn__connection_deadline(c);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    if (!columns || !types)
        return kn_error_set(error, KN_NOMEM, "out of memory for a bulk insert");
    status = quoted(&c->target, model->schema, model->table, arena, &table, error);
    for (size_t i = 0; i < run->n_columns && status == KN_OK; i++) {
        const kn_column *column = kn_model_column(model, run->columns[i]);
        types[i] = &column->type;
        status = quoted(&c->target, NULL, kn_column_name(column), arena, &columns[i], error);
    }
    if (status != KN_OK)
        return status;
    do
        status = c->driver->bulk_begin(c->link, table, columns, types, run->n_columns, &bulk->handle, &wait, error);
    while (kn__again(status, c, KN__STEP_NONE, NULL, &wait, deadline));
    return status;
}

/* KN_OK without a handle when the driver would rather not: that is no failure, and its reason goes nowhere. */
static kn_status begin(kn__bulk *bulk, const kn__row *run, kn_error *error)
{
    kn_arena arena;
    kn_error why = {0};
    kn_status status;

    kn_arena_init(&arena, bulk->connection->engine->allocator, 0);
    bulk->started_us = kn__traced(bulk->connection->engine) ? kn__clock_us() : 0;
    status = begin_named(bulk, run, &arena, &why);
    kn_arena_finish(&arena);
    if (status == KN_OK) {
        memcpy(bulk->columns, run->columns, run->n_columns * sizeof(*run->columns));
        bulk->n_columns = run->n_columns;
        bulk->sent = 0;
        return KN_OK;
    }
    bulk->handle = NULL;
    if (status == KN_UNSUPPORTED)
        bulk->wanted = false;
    else if (error)
        *error = why;
    return status == KN_UNSUPPORTED ? KN_OK : kn__connection_note(bulk->connection, status);
}

kn_status kn__bulk_send(kn__bulk *bulk, const kn__row *run, size_t rows, bool full, bool *taken, kn_error *error)
{
    kn_connection *c = bulk->connection;
    kn_wait wait = {.fd = -1};
    kn_status status = KN_OK;

    *taken = false;
    if (!continues(bulk, run))
        status = kn__bulk_end(bulk, KN_OK, error);
    if (status == KN_OK && !bulk->handle && full && !has_expressions(run))
        status = begin(bulk, run, error);
    if (status != KN_OK || !bulk->handle)
        return status;
    *taken = true;
    do
        status = c->driver->bulk_rows(bulk->handle, run->values, rows, &wait, error);
    while (kn__again(status, c, KN__STEP_NONE, NULL, &wait, 0));
    bulk->sent += (int64_t)rows;
    return kn__connection_note(c, status);
}

bool kn__bulk_takes_objects(const kn__bulk *bulk, const kn__plan *plan)
{
    return bulk->handle && bulk->n_columns == plan->n_written && bulk->connection->driver->bulk_objects;
}

kn_status kn__bulk_objects(kn__bulk *bulk, const kn_object_rows *objects, size_t *done, kn_error *error)
{
    kn_connection *c = bulk->connection;
    kn_wait wait = {.fd = -1};
    kn_status status;

    *done = 0;
    do
        status = c->driver->bulk_objects(bulk->handle, objects, done, &wait, error);
    while (kn__again(status, c, KN__STEP_NONE, NULL, &wait, 0));
    bulk->sent += (int64_t)*done;
    return kn__connection_note(c, status);
}

kn_status kn__bulk_end(kn__bulk *bulk, kn_status status, kn_error *error)
{
    kn_connection *c = bulk->connection;
    static const char what[] = "bulk insert";
    kn_wait wait = {.fd = -1};
    int64_t stored = 0;
    kn_status ended;

    if (!bulk->handle)
        return status;
    do
        ended = c->driver->bulk_end(bulk->handle, status == KN_OK, &stored, &wait, status == KN_OK ? error : NULL);
    while (kn__again(ended, c, KN__STEP_NONE, NULL, &wait, 0));
    bulk->handle = NULL;
    (void)kn__connection_note(c, ended);
    if (status == KN_OK)
        status = ended;
    if (status == KN_OK && stored != bulk->sent)
        status = kn_error_set(error, KN_SERVER, "a bulk insert stored %lld of %lld rows", (long long)stored,
                              (long long)bulk->sent);
    if (bulk->started_us)
        kn__trace(c->engine, KN_EVENT_EXECUTE, status, (kn_text){what, sizeof(what) - 1}, stored, bulk->started_us,
                  error);
    return status;
}
