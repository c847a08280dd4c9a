/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/checked.h"
#include "engine/object.h"

/* Prepares a query and its literals, opens its rows. The literals live in the connection's scratch memory. */
static kn_status open_query(kn_connection *connection, const kn_node *query, const kn_value *values, size_t count,
                            kn_result **out, kn_error *error)
{
    kn__arguments arguments = {.values = values, .count = count};
    kn__prepared *prepared = NULL;
    kn_value *literals = NULL;
    kn_status status = kn__prepare_node(connection, query, &prepared, error);

    if (status != KN_OK)
        return status;
    kn_arena_reset(&connection->arena);
    status = kn__literals_of(query, prepared->shape->compiled->n_values, &connection->arena, &literals, error);
    if (status != KN_OK) {
        kn__prepared_release(prepared);
        return status;
    }
    arguments.literals = literals;
    return kn__result_open(prepared, &arguments, true, out, error);
}

static void *resize(const kn_rows *rows, void *ptr, size_t old_size, size_t size)
{
    return rows->allocator->resize(rows->allocator->context, ptr, old_size, size);
}

/* Room for one more struct; doubles. The bytes of the structs count towards the limit like those of their texts. */
static kn_status grow(kn_rows *rows, size_t object_size, size_t *room, size_t limit, kn_error *error)
{
    size_t more = *room ? *room * 2 : 16, bytes;
    void *items;

    if (rows->count < *room)
        return KN_OK;
    if (!kn__size_mul(more, object_size, &bytes))
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu rows", more);
    if (limit && bytes > limit - (rows->arena.used < limit ? rows->arena.used : limit)) {
        more = *room + 1;
        bytes = more * object_size;
        if (bytes > limit - (rows->arena.used < limit ? rows->arena.used : limit))
            return kn_error_set(error, KN_LIMIT, "%zu rows pass the limit of %zu bytes", more, limit);
    }
    items = resize(rows, rows->items, *room * object_size, bytes);
    if (!items)
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu rows", more);
    rows->items = items;
    *room = more;
    return KN_OK;
}

static kn_status read_all(kn_result *result, const kn_model *model, kn_rows *rows, size_t *room, size_t limit,
                          kn_error *error)
{
    kn_status status;

    while ((status = kn_next(result, error)) == KN_OK) {
        char *object;
        status = grow(rows, model->object_size, room, limit, error);
        if (status != KN_OK)
            return status;
        object = (char *)rows->items + rows->count * model->object_size;
        memset(object, 0, model->object_size);
        status = kn__result_store(result, model, object, &rows->arena, error);
        if (status != KN_OK)
            return status;
        rows->count++;
        if (limit && rows->arena.used + rows->count * model->object_size > limit)
            return kn_error_set(error, KN_LIMIT, "%zu rows pass the limit of %zu bytes", rows->count, limit);
    }
    return status == KN_DONE ? KN_OK : status;
}

kn_status kn_list(kn_connection *connection, const kn_select *query, const kn_value *values, size_t count,
                  size_t limit_bytes, kn_rows **out, kn_error *error)
{
    const kn_allocator *allocator = connection->engine->allocator;
    kn_result *result = NULL;
    kn_rows *rows;
    size_t room = 0;
    kn_status status;

    *out = NULL;
    if (!query || !query->from || query->columns)
        return kn_error_set(error, KN_INVALID, "kn_list wants a query over every column of a model");
    rows = allocator->resize(allocator->context, NULL, 0, sizeof(*rows));
    if (!rows)
        return kn_error_set(error, KN_NOMEM, "out of memory for rows");
    *rows = (kn_rows){.size_ = sizeof(*rows), .allocator = allocator};
    kn_arena_init(&rows->arena, allocator, limit_bytes);
    status = open_query(connection, &query->node, values, count, &result, error);
    if (status == KN_OK)
        status = read_all(result, query->from, rows, &room, limit_bytes, error);
    kn_result_close(result);
    rows->object_size = query->from->object_size;
    rows->room = room;
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

kn_status kn_count(kn_connection *connection, const kn_select *query, const kn_value *values, size_t count,
                   int64_t *out, kn_error *error)
{
    kn_select counting;
    kn_result *result = NULL;
    kn_status status;

    if (!query || !query->from)
        return kn_error_set(error, KN_INVALID, "no query");
    if (query->distinct || query->limit || query->offset)
        return kn_error_set(error, KN_UNSUPPORTED, "kn_count of a query with distinct, limit or offset");
    counting = (kn_select){.node = {.kind = KN_NODE_SELECT, .size = sizeof(counting)},
                           .from = query->from,
                           .columns = KN_LIST(KN_COUNT_ROWS),
                           .where = query->where};
    status = open_query(connection, &counting.node, values, count, &result, error);
    if (status != KN_OK)
        return status;
    status = kn_next(result, error);
    if (status == KN_OK)
        status = kn_get_int(result, 0, out, error);
    kn_result_close(result);
    return status;
}
