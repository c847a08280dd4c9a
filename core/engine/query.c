/* SPDX-License-Identifier: MIT */
/* Queries in data: their shape is rendered once an engine, their literals are values like any other. */
#include "engine/connection.h"

typedef struct query_maker {
    const kn__target *target;
    const kn_allocator *allocator;
    const kn_node *query;
} query_maker;

static kn_status make_query_shape(void *context, kn__shape *shape, kn_error *error)
{
    const query_maker *maker = context;

    return kn__compile(maker->target, maker->query, maker->allocator, &shape->compiled, error);
}

kn_status kn__prepare_node(kn_connection *connection, const kn_node *query, kn__prepared **out, kn_error *error)
{
    query_maker maker = {&connection->target, connection->engine->allocator, query};
    kn__key key;

    if (!query)
        return kn_error_set(error, KN_INVALID, "no query");
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
