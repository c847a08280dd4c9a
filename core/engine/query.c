/* SPDX-License-Identifier: MIT */
/* Queries in data: their shape is rendered once an engine, their literals are values like any other. */
#include "engine/connection.h"

typedef struct query_maker {
    const kn__target *target;
    const kn_allocator *allocator;
    const kn_node *query;
} query_maker;

/* Where a query says its model; NULL: it is no query. */
static const kn_model *const *model_of(const kn_node *query)
{
    switch (query->kind) {
    case KN_NODE_SELECT:
        return &((const kn_select *)(const void *)query)->from;
    case KN_NODE_INSERT:
        return &((const kn_insert_rows *)(const void *)query)->into;
    case KN_NODE_UPDATE:
        return &((const kn_update_rows *)(const void *)query)->table;
    case KN_NODE_DELETE:
        return &((const kn_delete_rows *)(const void *)query)->from;
    default:
        return NULL;
    }
}

static kn_status make_query_shape(void *context, kn__shape *shape, kn_error *error)
{
    const query_maker *maker = context;
    const kn_model *model = *model_of(maker->query);
    kn_status status = model ? kn_model_check(model, error) : KN_OK; /* kn__compile refuses a query of no model */

    return status == KN_OK ? kn__compile(maker->target, maker->query, maker->allocator, &shape->compiled, error)
                           : status;
}

kn_status kn__prepare_node(kn_connection *connection, const kn_node *query, kn__prepared **out, kn_error *error)
{
    query_maker maker = {&connection->target, connection->engine->allocator, query};
    kn__key key;

    if (!query)
        return kn_error_set(error, KN_INVALID, "no query");
    if (!model_of(query))
        return kn_error_set(error, KN_INVALID, "node kind %u is no query", (unsigned)query->kind);
    kn__key_of_query(&key, query, connection->engine->shapes.seed);
    key.features = connection->target.features;
    return kn__prepare(connection, &key, make_query_shape, &maker, out, error);
}

kn_status kn__literals_of(const kn_node *query, size_t count, kn_arena *arena, kn_value **out, kn_error *error)
{
    *out = NULL;
    if (!count)
        return KN_OK;
    *out = kn_arena_array(arena, count, sizeof(**out));
    if (!*out)
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu literals", count);
    if (kn__structure_values(query, *out, count) != count)
        return kn_error_set(error, KN_INVALID, "the query changed while it was used");
    return KN_OK;
}
