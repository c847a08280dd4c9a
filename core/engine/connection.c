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

/* When what is done now, or waits, must have ended. */
static int64_t deadline_of(const kn_connection *connection, bool waited)
{
    return waited ? connection->paused.deadline_us : kn__deadline_us(connection->engine->options.connect_timeout_ms);
}

static void pass_notice(void *context, const kn_error *said)
{
    kn__trace(context, KN_EVENT_NOTICE, KN_OK, (kn_text){NULL, 0}, 0, 0, said);
}

static kn_status open_link(kn_connection *connection, bool waited, kn_error *error)
{
    kn_engine *engine = connection->engine;
    int64_t deadline = deadline_of(connection, waited);
    kn_open_request request = {.size_ = sizeof(request),
                               .allocator = engine->allocator,
                               .url = engine->url,
                               .values = engine->option_values,
                               .blocking = !connection->stepwise_link,
                               .deadline_us = deadline,
                               .notice = kn__traced(engine) ? pass_notice : NULL,
                               .notice_context = engine};
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    do
        status = connection->driver->open(&request, &connection->link, &wait, error);
    while (kn__again(status, connection, KN__STEP_CONNECT, connection, &wait, deadline));
    return status;
}

static void free_connection(kn_connection *connection)
{
    const kn_allocator *allocator = connection->engine->allocator;

    kn_arena_finish(&connection->scratch);
    allocator->resize(allocator->context, connection, sizeof(*connection), 0);
}

kn_status kn__connection_create(kn_engine *engine, bool stepwise, kn_connection **out, kn_error *error)
{
    kn_connection *connection = engine->allocator->resize(engine->allocator->context, NULL, 0, sizeof(*connection));

    if (!connection)
        return kn_error_set(error, KN_NOMEM, "out of memory for a connection");
    *connection = (kn_connection){.engine = engine,
                                  .driver = engine->driver,
                                  .epoch = engine->epoch,
                                  .hindrance = KN__NOT_LENT,
                                  .stepwise_link = stepwise};
    kn_arena_init(&connection->scratch, engine->allocator, 0);
    *out = connection;
    return KN_OK;
}

kn_status kn__connection_link(kn_connection *connection, bool waited, kn_error *error)
{
    kn_engine *engine = connection->engine;
    int64_t started = waited ? connection->paused.started_us : kn__step_started(connection);
    kn_status status = open_link(connection, waited, error);

    if (status == KN_WAIT)
        return status;
    if (status == KN_OK)
        status = learn_backend(connection, error);
    if (status == KN_OK && engine->can_cancel)
        status = engine->driver->cancel_create(connection->link, &connection->cancel, error);
    kn__trace(engine, KN_EVENT_CONNECT, status, (kn_text){NULL, 0}, 0, started, error);
    if (status == KN_OK) {
        connection->opened_us = kn__clock_us();
    } else if (connection->link) {
        connection->driver->close(connection->link);
        connection->link = NULL;
    }
    return status;
}

static void close_link(kn_connection *connection)
{
    if (connection->cancel)
        connection->driver->cancel_destroy(connection->cancel);
    connection->driver->close(connection->link);
    kn__trace(connection->engine, KN_EVENT_CLOSE, KN_OK, (kn_text){NULL, 0}, 0, 0, NULL);
}

void kn__connection_unlink(kn_connection *connection)
{
    while (connection->statements)
        kn_statement_finish(connection->statements);
    while (connection->executing)
        kn_result_close(&connection->executing->result);
    kn__prepared_drop(connection, true);
    kn__plans_free(connection);
    if (kn__connection_is_inherited(connection)) {
        if (connection->link)
            connection->driver->abandon(connection->link);
        /* the memory of what the parent's connection held in the driver stays: freeing it could send */
    } else if (connection->link) {
        close_link(connection);
    }
    connection->link = connection->cancel = NULL;
    connection->opened_us = connection->cancel_until_us = 0;
}

void kn__connection_close(kn_connection *connection)
{
    kn__connection_unlink(connection);
    free_connection(connection);
}

kn_status kn__connection_note_failure(kn_connection *connection, kn_status status)
{
    if (status == KN_LINK_LOST || status == KN_COMMIT_UNKNOWN)
        connection->hindrance |= KN__BROKEN;
    return status;
}

kn_status kn__connection_refuse(const kn_connection *connection, kn_error *error)
{
    if (kn__connection_is_inherited(connection))
        return kn_error_set(error, KN_FORKED,
                            "this connection belongs to the parent process; take one with kn_connect");
    if (connection->hindrance & KN__NOT_LENT)
        return kn_error_set(error, KN_MISUSE, "this connection was released; take one with kn_connect");
    if (!kn__connection_is_broken(connection))
        return kn_error_set(error, KN_UNSUPPORTED,
                            "this call would block, and the connection is non-blocking: use kn_prepare or "
                            "kn_prepare_query, kn_run, kn_open and kn_next_into");
    kn_error_set(error, KN_LINK_LOST, "this connection was lost; release it and take another");
    if (error)
        error->retry = KN_RETRY_CONNECTION; /* nothing was sent */
    return KN_LINK_LOST;
}

kn_status kn__connection_reset(kn_connection *connection, kn_error *error)
{
    bool waited = connection->hindrance & KN__WAITING && connection->paused.step == KN__STEP_RELEASE;
    bool resetting = waited && !connection->paused.part;
    int64_t deadline = deadline_of(connection, resetting);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    if (waited)
        connection->hindrance &= ~(uint32_t)KN__WAITING;
    if (!resetting && kn__connection_end_results(connection, KN__STEP_RELEASE) == KN_WAIT)
        return KN_WAIT;
    while (connection->statements)
        kn_statement_finish(connection->statements);
    if (kn__connection_is_broken(connection))
        return KN_LINK_LOST;
    do
        status = connection->driver->reset(connection->link, &wait, error);
    while (kn__again(status, connection, KN__STEP_RELEASE, connection, &wait, deadline));
    if (status != KN_OK && status != KN_WAIT)
        connection->hindrance |= KN__BROKEN;
    return status;
}

kn_status kn__connection_end_results(kn_connection *connection, kn__step_verb step)
{
    while (connection->executing) {
        if (kn__result_end(&connection->executing->result, NULL) == KN_WAIT) {
            connection->paused.step = step;
            connection->paused.part = 1;
            connection->paused.object = connection;
            return KN_WAIT;
        }
    }
    return KN_OK;
}

kn_status kn__connection_alive(kn_connection *connection, bool waited, kn_error *error)
{
    int64_t deadline = deadline_of(connection, waited);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    do
        status = connection->driver->alive(connection->link, &wait, error);
    while (kn__again(status, connection, KN__STEP_CONNECT, connection, &wait, deadline));
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

static kn_status check_cancel(const kn_connection *connection, kn_error *error)
{
    if (kn__connection_is_inherited(connection)) /* it would stop what the parent does */
        return kn_error_set(error, KN_FORKED, "this connection belongs to the parent process");
    if (connection->cancel)
        return KN_OK;
    if (connection->engine->can_cancel)
        return kn_error_set(error, KN_STATE, "this connection is not open");
    return kn_error_set(error, KN_UNSUPPORTED, "driver '%s' cannot cancel", connection->driver->name);
}

kn_status kn_cancel(kn_connection *connection, kn_error *error)
{
    int64_t deadline = kn__deadline_us(connection->engine->options.connect_timeout_ms);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status = check_cancel(connection, error);

    if (status != KN_OK)
        return status;
    while ((status = connection->driver->cancel_send(connection->cancel, &wait, error)) == KN_WAIT)
        kn__clock_wait(&wait, deadline); /* whoever owns the connection may be in a step of it */
    return status;
}

kn_status kn_cancel_step(kn_connection *connection, kn_wait *wait, kn_error *error)
{
    kn_status status = check_cancel(connection, error);

    if (status != KN_OK)
        return status;
    if (!connection->cancel_until_us)
        connection->cancel_until_us = kn__deadline_us(connection->engine->options.connect_timeout_ms);
    *wait = (kn_wait){.fd = -1, .deadline_us = connection->cancel_until_us};
    status = connection->driver->cancel_send(connection->cancel, wait, error);
    if (status != KN_WAIT)
        connection->cancel_until_us = 0;
    return status;
}
