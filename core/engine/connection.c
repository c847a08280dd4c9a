/* SPDX-License-Identifier: MIT */
#include "engine/connection.h"

#include <string.h>

#include "plugin/registry.h"

/* The name of the dialect that this server speaks instead, or NULL. */
static const char *sibling_of(const kn__dialect *dialect, const kn_server_info *info)
{
    const char *name = dialect->own.sibling ? dialect->own.sibling(info->product, info->version_number) : NULL;

    return name && strcmp(name, dialect->name) != 0 ? name : NULL;
}

/* The first connection tells which product answers; a sibling dialect takes over for the whole engine before its first
 * statement. */
static kn_status settle_dialect(kn_engine *engine, const kn_server_info *info, const kn__dialect **out, kn_error *error)
{
    kn_error local = {0};
    kn_status status = KN_OK;

    error = error ? error : &local;
    pthread_mutex_lock(&engine->target_mutex);
    if (!engine->dialect_settled) {
        const char *sibling = sibling_of(engine->dialect, info);
        const kn__dialect *found = sibling ? kn__registry_dialect(engine->registry, sibling, error) : engine->dialect;
        if (found) {
            engine->dialect = found;
            engine->dialect_settled = true;
        } else {
            status = (kn_status)error->status;
        }
    } else if (sibling_of(engine->dialect, info)) { /* what is rendered already would not suit it */
        status = kn_error_set(error, KN_SERVER_STATE,
                              "this server speaks '%s', those before spoke '%s': use an engine for each",
                              sibling_of(engine->dialect, info), engine->dialect->name);
    }
    *out = engine->dialect;
    pthread_mutex_unlock(&engine->target_mutex);
    return status;
}

static kn_status learn_backend(kn_connection *connection, kn_error *error)
{
    kn_server_info info = {.size_ = sizeof(info)};
    const kn__dialect *dialect = NULL;
    kn_status status;

    connection->driver->info(connection->link, &info);
    status = settle_dialect(connection->engine, &info, &dialect, error);
    if (status != KN_OK)
        return status;
    kn__target_init(&connection->target, dialect, info.product, info.version_number);
    connection->backend = (kn_backend){.size_ = sizeof(kn_backend),
                                       .dialect = dialect->name,
                                       .driver = connection->driver->name,
                                       .product = info.product,
                                       .version = info.version,
                                       .version_number = info.version_number};
    return KN_OK;
}

static kn_status open_link(kn_connection *connection, kn_error *error)
{
    kn_engine *engine = connection->engine;
    int64_t deadline = kn__deadline_us(engine->options.connect_timeout_ms);
    kn_open_request request = {.size_ = sizeof(request),
                               .allocator = engine->allocator,
                               .url = engine->url,
                               .values = engine->option_values,
                               .blocking = 1,
                               .deadline_us = deadline};
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    do
        status = connection->driver->open(&request, &connection->link, &wait, error);
    while (kn__again(status, &wait, deadline));
    return status;
}

static void free_connection(kn_connection *connection)
{
    const kn_allocator *allocator = connection->engine->allocator;

    kn_arena_finish(&connection->scratch);
    allocator->resize(allocator->context, connection, sizeof(*connection), 0);
}

kn_status kn__connection_open(kn_engine *engine, kn_connection **out, kn_error *error)
{
    int64_t started = kn__traced(engine) ? kn__clock_us() : 0;
    kn_connection *connection = engine->allocator->resize(engine->allocator->context, NULL, 0, sizeof(*connection));
    kn_status status;

    if (!connection)
        return kn_error_set(error, KN_NOMEM, "out of memory for a connection");
    *connection = (kn_connection){.engine = engine, .driver = engine->driver, .epoch = engine->epoch};
    kn_arena_init(&connection->scratch, engine->allocator, 0);
    status = open_link(connection, error);
    if (status == KN_OK)
        status = learn_backend(connection, error);
    if (status == KN_OK && engine->can_cancel)
        status = engine->driver->cancel_create(connection->link, &connection->cancel, error);
    kn__trace(engine, KN_EVENT_CONNECT, status, (kn_text){NULL, 0}, 0, started, error);
    if (status != KN_OK) {
        if (connection->link)
            connection->driver->close(connection->link);
        free_connection(connection);
        return status;
    }
    connection->opened_us = kn__clock_us();
    *out = connection;
    return KN_OK;
}

void kn__connection_close(kn_connection *connection)
{
    kn_engine *engine = connection->engine;

    while (connection->statements)
        kn_statement_finish(connection->statements);
    kn__connection_close_results(connection);
    kn__prepared_drop(connection, true);
    kn__plans_free(connection);
    if (kn__connection_is_inherited(connection)) {
        /* the memory of what the parent's connection held in the driver stays: freeing it could send */
        connection->driver->abandon(connection->link);
        free_connection(connection);
        return;
    }
    if (connection->cancel)
        connection->driver->cancel_destroy(connection->cancel);
    connection->driver->close(connection->link);
    kn__trace(engine, KN_EVENT_CLOSE, KN_OK, (kn_text){NULL, 0}, 0, 0, NULL);
    free_connection(connection);
}

kn_status kn__connection_note(kn_connection *connection, kn_status status)
{
    if (status == KN_LINK_LOST || status == KN_COMMIT_UNKNOWN)
        connection->broken = true;
    return status;
}

kn_status kn__connection_refuse(const kn_connection *connection, kn_error *error)
{
    if (kn__connection_is_inherited(connection))
        return kn_error_set(error, KN_FORKED,
                            "this connection belongs to the parent process; take one with kn_connect");
    if (!connection->lent)
        return kn_error_set(error, KN_MISUSE, "this connection was released; take one with kn_connect");
    return kn_error_set(error, KN_LINK_LOST, "this connection was lost; release it and take another");
}

kn_status kn__connection_reset(kn_connection *connection, kn_error *error)
{
    int64_t deadline = kn__deadline_us(connection->engine->options.connect_timeout_ms);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    while (connection->statements)
        kn_statement_finish(connection->statements);
    kn__connection_close_results(connection);
    if (connection->broken)
        return KN_LINK_LOST;
    do
        status = connection->driver->reset(connection->link, &wait, error);
    while (kn__again(status, &wait, deadline));
    if (status != KN_OK)
        connection->broken = true;
    return status;
}

void kn__connection_close_results(kn_connection *connection)
{
    while (connection->executing)
        kn_result_close(&connection->executing->result);
}

kn_status kn__connection_alive(kn_connection *connection, kn_error *error)
{
    int64_t deadline = kn__deadline_us(connection->engine->options.connect_timeout_ms);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    do
        status = connection->driver->alive(connection->link, &wait, error);
    while (kn__again(status, &wait, deadline));
    return kn__connection_note(connection, status);
}

const kn__target *kn__connection_target(const kn_connection *connection)
{
    return &connection->target;
}

const kn_backend *kn_connection_backend(const kn_connection *connection)
{
    return &connection->backend;
}

kn_status kn_cancel(kn_connection *connection, kn_error *error)
{
    int64_t deadline = kn__deadline_us(connection->engine->options.connect_timeout_ms);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    if (kn__connection_is_inherited(connection)) /* it would stop what the parent does */
        return kn_error_set(error, KN_FORKED, "this connection belongs to the parent process");
    if (!connection->cancel)
        return kn_error_set(error, KN_UNSUPPORTED, "driver '%s' cannot cancel", connection->driver->name);
    do
        status = connection->driver->cancel_send(connection->cancel, &wait, error);
    while (kn__again(status, &wait, deadline));
    return status;
}
