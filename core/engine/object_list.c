/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/checked.h"
#include "engine/object.h"

/* Prepares a query and its literals, opens its rows. `more` arguments than it takes may be given. */
static kn_status open_query(kn_connection *connection, const kn_node *query, kn__arguments arguments, bool more,
                            kn_arena *scratch, kn_result **out, kn_error *error)
{
    kn__prepared *prepared = NULL;
    kn_value *literals = NULL;
    kn_status status = kn__prepare_node(connection, query, &prepared, error);

    if (status != KN_OK)
        return status;
    status = kn__literals_of(query, prepared->shape->compiled->n_values, scratch, &literals, error);
    if (status != KN_OK) {
        kn__prepared_release(prepared);
        return status;
    }
    arguments.literals = literals;
    if (more && arguments.count > prepared->shape->compiled->n_args)
        arguments.count = prepared->shape->compiled->n_args;
    return kn__result_open(prepared, &arguments, true, out, error);
}

static void *resize(const kn_rows *rows, void *ptr, size_t old_size, size_t size)
{
    return rows->allocator->resize(rows->allocator->context, ptr, old_size, size);
}

/* How many structs may be there at most, beside what their texts take already. */
static size_t rows_within(const kn_rows *rows, size_t object_size, size_t limit)
{
    return limit ? (limit - (rows->arena.used < limit ? rows->arena.used : limit)) / object_size : SIZE_MAX;
}

/* Room for one more struct; doubles. The bytes of the structs count towards the limit like those of their texts. */
static kn_status grow(kn_rows *rows, size_t object_size, size_t *room, size_t limit, kn_error *error)
{
    size_t most = rows_within(rows, object_size, limit), more = *room ? *room * 2 : 16, bytes;
    void *items;

    if (rows->count < *room)
        return KN_OK;
    if (more > most)
        more = most;
    if (more <= *room)
        return kn_error_set(error, KN_LIMIT, "more than %zu rows pass the limit of %zu bytes", *room, limit);
    if (!kn__size_mul(more, object_size, &bytes))
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu rows", more);
    items = resize(rows, rows->items, *room * object_size, bytes);
    if (!items)
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu rows", more);
    rows->items = items;
    *room = more;
    return KN_OK;
}

/* Structs are zero before they are read into, some at a time: clearing one costs as much as clearing a few, and memory
 * that no row will use is left alone. */
#define ZEROED_AT_ONCE ((size_t)1024) /* bytes */
static void zero_ahead(kn_rows *rows, size_t object_size, size_t room, size_t *zeroed)
{
    size_t more = object_size < ZEROED_AT_ONCE ? ZEROED_AT_ONCE / object_size : 1;

    if (more > room - *zeroed)
        more = room - *zeroed;
    memset((char *)rows->items + *zeroed * object_size, 0, more * object_size);
    *zeroed += more;
}

/* The next row behind the others. Whether one more is wanted than there is room for is known when it is there. */
static kn_status read_row(kn_result *result, const kn_model *model, kn_rows *rows, size_t *room, size_t *zeroed,
                          size_t limit, kn_error *error)
{
    bool full = rows->count == *room;
    kn_status status = full ? kn_next(result, error) : KN_OK;
    char *object;

    if (status == KN_OK && full)
        status = grow(rows, model->object_size, room, limit, error);
    if (status != KN_OK)
        return status;
    if (rows->count == *zeroed)
        zero_ahead(rows, model->object_size, *room, zeroed);
    object = (char *)rows->items + rows->count * model->object_size;
    status = full ? kn__result_store(result, model, object, &rows->arena, error)
                  : kn__result_next_into(result, model, object, &rows->arena, error);
    if (status == KN_NOMEM && rows->arena.refused)
        return kn_error_set(error, KN_LIMIT, "row %zu passes the limit of %zu bytes", rows->count + 1, limit);
    if (status == KN_OK)
        rows->count++;
    return status;
}

static kn_status read_all(kn_result *result, const kn_model *model, kn_rows *rows, size_t *room, size_t limit,
                          kn_error *error)
{
    size_t zeroed = 0;
    kn_status status;

    do
        status = read_row(result, model, rows, room, &zeroed, limit, error);
    while (status == KN_OK && (!limit || rows->arena.used + rows->count * model->object_size <= limit));
    if (status == KN_OK)
        return kn_error_set(error, KN_LIMIT, "%zu rows pass the limit of %zu bytes", rows->count, limit);
    return status == KN_DONE ? KN_OK : status;
}

static kn_status fill(kn_connection *connection, const kn_select *query, const kn__arguments *arguments, kn_rows *rows,
                      size_t limit, kn_error *error)
{
    kn_arena own, *scratch = kn__scratch_take(connection, &own);
    kn_result *result = NULL;
    kn_status status = open_query(connection, &query->node, *arguments, false, scratch, &result, error);

    rows->object_size = query->from->object_size;
    if (status == KN_OK)
        status = read_all(result, query->from, rows, &rows->room, limit, error);
    status = kn__result_finish(result, status, error);
    kn__scratch_give(connection, scratch);
    return status;
}

kn_status kn_list(kn_connection *connection, const kn_select *query, const kn_value *values, size_t count,
                  size_t limit_bytes, kn_rows **out, kn_error *error)
{
    const kn_allocator *allocator = connection->engine->allocator;
    kn__arguments arguments = {.values = values, .count = count};
    kn_rows *rows;
    kn_status status = kn__connection_usable(connection, error);

    *out = NULL;
    if (status != KN_OK)
        return status;
    if (!query || !query->from || query->columns)
        return kn_error_set(error, KN_INVALID, "kn_list wants a query over every column of a model");
    if (!query->from->object_size)
        return kn_error_set(error, KN_INVALID, "table '%s' has no struct", query->from->table);
    rows = allocator->resize(allocator->context, NULL, 0, sizeof(*rows));
    if (!rows)
        return kn_error_set(error, KN_NOMEM, "out of memory for rows");
    *rows = (kn_rows){.size_ = sizeof(*rows), .allocator = allocator};
    kn_arena_init(&rows->arena, allocator, limit_bytes);
    status = fill(connection, query, &arguments, rows, limit_bytes, error);
    if (status == KN_OK)
        *out = rows;
    else
        kn_rows_free(rows);
    return status;
}

void kn_rows_free(kn_rows *rows)
{
    if (!rows)
        return;
    resize(rows, rows->items, rows->room * rows->object_size, 0);
    kn_arena_finish(&rows->arena);
    resize(rows, rows, sizeof(*rows), 0);
}

static kn_status count_rows(kn_connection *connection, const kn_select *query, const kn__arguments *arguments,
                            int64_t *out, kn_error *error)
{
    kn_arena own, *scratch = kn__scratch_take(connection, &own);
    kn_result *result = NULL;
    kn_status status = kn__connection_usable(connection, error);

    if (status == KN_OK)
        status = open_query(connection, &query->node, *arguments, true, scratch, &result, error);
    if (status == KN_OK)
        status = kn_next(result, error);
    if (status == KN_DONE)
        status = kn_error_set(error, KN_SERVER, "the count gave no row");
    if (status == KN_OK)
        status = kn_get_int(result, 0, out, error);
    status = kn__result_finish(result, status, error);
    kn__scratch_give(connection, scratch);
    return status;
}

/* Without order and limit; the arguments that only those take are not needed. */
kn_status kn_count(kn_connection *connection, const kn_select *query, const kn_value *values, size_t count,
                   int64_t *out, kn_error *error)
{
    kn__arguments arguments = {.values = values, .count = count};
    kn_select counting;

    if (!query || !query->from)
        return kn_error_set(error, KN_INVALID, "no query");
    if (query->distinct)
        return kn_error_set(error, KN_UNSUPPORTED, "kn_count of a query with distinct");
    counting = (kn_select){.node = {.kind = KN_NODE_SELECT, .size = sizeof(counting)},
                           .from = query->from,
                           .columns = KN_LIST(KN_COUNT_ROWS),
                           .where = query->where};
    return count_rows(connection, &counting, &arguments, out, error);
}
