/* SPDX-License-Identifier: MIT */
/* The prepared statements of a connection: found by key, kept in order of use, the oldest that nobody holds goes first.
 */
#include <string.h>

#include "engine/connection.h"

static size_t bucket_of(const kn__key *key)
{
    return (size_t)(key->hash % KN__PREPARED_BUCKETS);
}

/* Takes it out of the order of use. */
static void unlink_use(kn_connection *connection, kn__prepared *prepared)
{
    *(prepared->newer ? &prepared->newer->older : &connection->newest) = prepared->older;
    *(prepared->older ? &prepared->older->newer : &connection->oldest) = prepared->newer;
    prepared->newer = prepared->older = NULL;
}

static void link_newest(kn_connection *connection, kn__prepared *prepared)
{
    prepared->older = connection->newest;
    *(connection->newest ? &connection->newest->newer : &connection->oldest) = prepared;
    connection->newest = prepared;
}

static void unlink_bucket(kn_connection *connection, kn__prepared *prepared)
{
    kn__prepared **at = &connection->buckets[bucket_of(&prepared->shape->key)];

    while (*at != prepared)
        at = &(*at)->next_in_bucket;
    *at = prepared->next_in_bucket;
}

static void *resize(kn_connection *connection, void *ptr, size_t old_size, size_t size)
{
    const kn_allocator *allocator = connection->engine->allocator;

    return allocator->resize(allocator->context, ptr, old_size, size);
}

static void free_columns(kn__prepared *prepared)
{
    resize(prepared->connection, prepared->cells, prepared->room_columns * sizeof(kn_value), 0);
    resize(prepared->connection, prepared->readers, prepared->room_columns * sizeof(kn__reader), 0);
    prepared->cells = NULL;
    prepared->readers = NULL;
    prepared->room_columns = 0;
}

/* In a forked child the driver and the cache of shapes are not touched. */
static void destroy(kn__prepared *prepared)
{
    kn_connection *connection = prepared->connection;
    bool own = !kn__connection_is_inherited(connection);

    if (prepared->executing)
        (void)kn__end_at_once(prepared, NULL);
    if (prepared->last)
        *prepared->last = NULL;
    if (prepared->cached) {
        unlink_use(connection, prepared);
        unlink_bucket(connection, prepared);
        connection->n_prepared--;
    }
    if (prepared->statement && own)
        connection->driver->finish(prepared->statement);
    free_columns(prepared);
    if (prepared->parameters)
        resize(connection, prepared->parameters, (prepared->shape->compiled->n_binds + 1) * sizeof(kn_value), 0);
    kn_arena_finish(&prepared->parameter_arena);
    kn_arena_finish(&prepared->row_arena);
    if (own)
        kn__shape_release(&connection->engine->shapes, prepared->shape);
    resize(connection, prepared, sizeof(*prepared), 0);
}

void kn__prepared_bury(kn_connection *connection)
{
    while (connection->doomed && kn__connection_is_free(connection)) {
        kn__prepared *prepared = connection->doomed;
        connection->doomed = prepared->next_in_bucket;
        destroy(prepared);
    }
}

/* The types that are known when it is prepared, as the driver wants them. */
static kn_status list_types(kn__prepared *prepared, kn_prepare_request *request, kn_error *error)
{
    const kn__compiled *compiled = prepared->shape->compiled;
    size_t n = compiled->n_binds + compiled->n_columns;
    const kn_type **types = kn_arena_array(&prepared->row_arena, n + 1, sizeof(*types));

    if (!types)
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    for (size_t i = 0; i < compiled->n_binds; i++)
        types[i] = compiled->binds[i].type.id ? &compiled->binds[i].type : NULL;
    for (size_t i = 0; i < compiled->n_columns; i++)
        types[compiled->n_binds + i] = compiled->columns[i].type.id ? &compiled->columns[i].type : NULL;
    request->parameters = types;
    request->n_parameters = compiled->n_binds;
    request->columns = types + compiled->n_binds;
    request->n_columns = compiled->n_columns;
    return KN_OK;
}

static kn_status prepare_link(kn__prepared *prepared, const kn_prepare_request *request, int64_t started,
                              int64_t deadline_us, kn_error *error)
{
    kn_connection *connection = prepared->connection;
    kn_wait wait = {.fd = -1, .deadline_us = deadline_us};
    kn_status status;

    do
        status = connection->driver->prepare(connection->link, request, &prepared->statement, &wait, error);
    while (kn__again(status, connection, KN__STEP_PREPARE, prepared, &wait, deadline_us));
    kn__trace(connection->engine, KN_EVENT_PREPARE, status, request->sql, 0, started, error);
    return kn__connection_note(connection, status);
}

static kn_status begin_prepare(kn__prepared *prepared, kn_error *error)
{
    kn_connection *connection = prepared->connection;
    const kn__key *key = &prepared->shape->key;
    kn_prepare_request request = {.size_ = sizeof(request),
                                  .sql = prepared->shape->compiled->sql,
                                  .once = connection->engine->options.statement_cache == 0,
                                  .rows_most = key->rows == 1, /* a verb on one row */
                                  .large = key->query && kn__statement_is_large(key->query)};
    kn_status status = list_types(prepared, &request, error);

    if (status == KN_OK)
        status =
            prepare_link(prepared, &request, kn__step_started(connection), kn__connection_deadline(connection), error);
    if (status == KN_WAIT)
        connection->paused.as.prepare = request;
    return status;
}

static bool is_plain(const kn__compiled *compiled)
{
    bool plain = compiled->n_binds == compiled->n_args;

    for (size_t i = 0; plain && i < compiled->n_binds; i++) {
        const kn__bind *bind = &compiled->binds[i];
        plain = bind->source == KN__BIND_ARG && bind->index == i && bind->change == KN_BIND_AS_IT_IS;
    }
    return plain;
}

static kn_status create(kn_connection *connection, kn__shape *shape, kn__prepared **out, kn_error *error)
{
    kn__prepared *prepared = resize(connection, NULL, 0, sizeof(*prepared));
    kn_status status;

    if (!prepared) {
        kn__shape_release(&connection->engine->shapes, shape);
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    }
    *prepared = (kn__prepared){.connection = connection,
                               .shape = shape,
                               .fetch_into = connection->driver->fetch_into ? connection->driver->fetch_into
                                                                            : kn__fetch_then_take,
                               .plain = is_plain(shape->compiled)};
    prepared->result.prepared = prepared;
    kn_arena_init(&prepared->parameter_arena, connection->engine->allocator, 0);
    kn_arena_init(&prepared->row_arena, connection->engine->allocator, 0);
    prepared->parameters = resize(connection, NULL, 0, (shape->compiled->n_binds + 1) * sizeof(kn_value));
    status = prepared->parameters ? begin_prepare(prepared, error)
                                  : kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    if (status == KN_OK)
        *out = prepared;
    else if (status != KN_WAIT)
        destroy(prepared);
    return status;
}

/* Makes room for one more. */
static void evict(kn_connection *connection)
{
    kn__prepared *prepared = connection->oldest;

    while (prepared && connection->n_prepared >= connection->engine->options.statement_cache) {
        kn__prepared *newer = prepared->newer;
        if (!prepared->users)
            destroy(prepared);
        prepared = newer;
    }
}

static void keep(kn_connection *connection, kn__prepared *prepared)
{
    kn__prepared **bucket = &connection->buckets[bucket_of(&prepared->shape->key)];

    if (!connection->engine->options.statement_cache)
        return;
    evict(connection);
    prepared->next_in_bucket = *bucket;
    *bucket = prepared;
    link_newest(connection, prepared);
    connection->n_prepared++;
    prepared->cached = true;
}

bool kn__prepared_take(kn__prepared *prepared)
{
    kn_connection *connection = prepared->connection;

    if (prepared->users || !prepared->cached)
        return false;
    if (connection->newest != prepared) {
        unlink_use(connection, prepared);
        link_newest(connection, prepared);
    }
    prepared->users = 1;
    return true;
}

static kn__prepared *find(kn_connection *connection, const kn__key *key)
{
    kn__prepared *prepared = connection->buckets[bucket_of(key)];

    while (prepared && !kn__key_equal(&prepared->shape->key, key))
        prepared = prepared->next_in_bucket;
    return prepared;
}

kn__prepared *kn__prepared_find(kn_connection *connection, const kn__key *key)
{
    kn__prepared *prepared = find(connection, key);

    return prepared && kn__prepared_take(prepared) ? prepared : NULL;
}

/* A new one: one of the same key that is held by another keeps its place; this one then goes when it is released. */
static void enter(kn_connection *connection, kn__prepared *prepared, bool alone)
{
    prepared->users = 1;
    if (alone)
        keep(connection, prepared);
}

/* KN_OK: prepare it; KN_WAIT: it is the one whose prepare waits. */
__attribute__((noinline, cold)) static kn_status resume(kn_connection *connection, const kn__key *key, kn_error *error)
{
    const kn__paused *paused = &connection->paused;
    bool waits = connection->hindrance & KN__WAITING && paused->step == KN__STEP_PREPARE &&
                 kn__key_equal(&((const kn__prepared *)paused->object)->shape->key, key);

    return kn__step_resume(connection, KN__STEP_PREPARE, waits ? paused->object : NULL, error);
}

__attribute__((noinline, cold)) static kn_status prepare_on(kn_connection *connection, bool alone, kn__prepared **out,
                                                            kn_error *error)
{
    kn__prepared *prepared = (kn__prepared *)(uintptr_t)connection->paused.object;
    kn_prepare_request request = connection->paused.as.prepare;
    kn_status status =
        prepare_link(prepared, &request, connection->paused.started_us, connection->paused.deadline_us, error);

    if (status == KN_OK) {
        enter(connection, prepared, alone);
        *out = prepared;
    } else if (status != KN_WAIT) {
        destroy(prepared);
    }
    return status;
}

kn_status kn__prepare(kn_connection *connection, const kn__key *key, kn__shape_maker *make, void *context,
                      kn__prepared **out, kn_error *error)
{
    kn__prepared *prepared = find(connection, key);
    kn__shape *shape = NULL;
    kn_status status = kn__connection_is_unhindered(connection) ? KN_OK : resume(connection, key, error);

    if (status == KN_WAIT)
        return prepare_on(connection, !prepared, out, error);
    if (status != KN_OK)
        return status;
    if (prepared && kn__prepared_take(prepared)) {
        *out = prepared;
        return KN_OK;
    }
    if (!kn__connection_is_free(connection))
        return kn_error_set(error, KN_STATE,
                            "another result is open, and driver '%s' has one at a time: close it first",
                            connection->driver->name);
    status = kn__shape_acquire(&connection->engine->shapes, key, make, context, &shape, error);
    if (status == KN_OK)
        status = create(connection, shape, out, error);
    if (status == KN_OK)
        enter(connection, *out, !prepared);
    return status;
}

void kn__prepared_release(kn__prepared *prepared)
{
    if (!prepared || --prepared->users || prepared->cached)
        return;
    prepared->next_in_bucket = prepared->connection->doomed;
    prepared->connection->doomed = prepared;
    kn__prepared_bury(prepared->connection);
}

void kn__prepared_drop(kn_connection *connection, bool all)
{
    kn__prepared *prepared = connection->oldest;

    if (connection->hindrance & KN__WAITING && connection->paused.step == KN__STEP_PREPARE) {
        connection->hindrance &= ~(uint32_t)KN__WAITING;
        destroy((kn__prepared *)(uintptr_t)connection->paused.object);
    }

    while (prepared) {
        kn__prepared *newer = prepared->newer;
        if (all || !prepared->users)
            destroy(prepared);
        prepared = newer;
    }
}
