/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buffer.h"
#include "engine/connection.h"

#define SAVEPOINT_NAME_MAX 63

/* One verb, as steps. */
static kn_status transact(kn_connection *connection, kn_transact_verb verb, kn_access access, const char *name,
                          kn_error *error)
{
    kn_wait wait = {.fd = -1};
    kn_status status;

    do
        status = connection->driver->transact(connection->link, verb, (uint32_t)access, name, &wait, error);
    while (kn__again(status, &wait, 0));
    return kn__connection_note(connection, status);
}

/* A verb that needs (or must not have) an open transaction. */
static kn_status check_state(kn_connection *connection, bool wanted, kn_error *error)
{
    kn_status status = kn__connection_usable(connection, error);

    if (status != KN_OK)
        return status;
    if (kn_in_transaction(connection) != wanted)
        return kn_error_set(error, KN_STATE, wanted ? "no transaction is open" : "a transaction is open already");
    if (wanted ? connection->executing != NULL : !kn__connection_is_free(connection))
        return kn_error_set(error, KN_STATE, "close the open result first");
    return KN_OK;
}

/* Begin and end of a transaction are the program's, but not in a callback of kn_transact. */
static kn_status check_owner(kn_connection *connection, bool wanted, kn_error *error)
{
    if (connection->transacting)
        return kn_error_set(error, KN_STATE,
                            "inside of kn_transact, which begins and ends the transaction: return a "
                            "status, or use savepoints");
    return check_state(connection, wanted, error);
}

kn_status kn_begin(kn_connection *connection, kn_access access, kn_error *error)
{
    int64_t started = kn__traced(connection->engine) ? kn__clock_us() : 0;
    kn_status status = check_owner(connection, false, error);

    if (status != KN_OK)
        return status;
    if (access != KN_WRITE && access != KN_READ)
        return kn_error_set(error, KN_INVALID, "a transaction is KN_WRITE or KN_READ, not %u", (unsigned)access);
    status = transact(connection, KN_TRANSACT_BEGIN, access, NULL, error);
    kn__trace(connection->engine, KN_EVENT_BEGIN, status, (kn_text){NULL, 0}, 0, started, error);
    return status;
}

/* After a failure that another error tells. */
static void roll_back_after(kn_connection *connection, kn_error *error)
{
    if (kn_rollback(connection, NULL) == KN_OK && error)
        error->commit = KN_COMMIT_NOT;
}

kn_status kn_commit(kn_connection *connection, kn_error *error)
{
    int64_t started = kn__traced(connection->engine) ? kn__clock_us() : 0;
    kn_status status = check_owner(connection, true, error);

    if (status != KN_OK)
        return status;
    status = transact(connection, KN_TRANSACT_COMMIT, KN_WRITE, NULL, error);
    kn__trace(connection->engine, KN_EVENT_COMMIT, status, (kn_text){NULL, 0}, 0, started, error);
    if (status != KN_OK && status != KN_BUSY && kn_in_transaction(connection))
        roll_back_after(connection, error);
    return status;
}

kn_status kn_rollback(kn_connection *connection, kn_error *error)
{
    int64_t started = kn__traced(connection->engine) ? kn__clock_us() : 0;
    kn_status status = kn__connection_usable(connection, error);

    if (status == KN_OK && !connection->transacting)
        kn__connection_close_results(connection);
    if (status == KN_OK)
        status = check_owner(connection, true, error);
    if (status != KN_OK)
        return status;
    status = transact(connection, KN_TRANSACT_ROLLBACK, KN_WRITE, NULL, error);
    if (status != KN_OK)
        connection->broken = true;
    kn__trace(connection->engine, KN_EVENT_ROLLBACK, status, (kn_text){NULL, 0}, 0, started, error);
    return status;
}

kn_status kn__transaction_end(kn_connection *connection, kn_status status, kn_error *error)
{
    if (status == KN_OK)
        status = kn_commit(connection, error);
    if (status != KN_OK && kn_in_transaction(connection))
        roll_back_after(connection, error);
    return status;
}

bool kn_in_transaction(const kn_connection *connection)
{
    return !connection->broken && connection->driver->in_transaction(connection->link);
}

static kn_status savepoint(kn_connection *connection, kn_transact_verb verb, const char *name, kn_error *error)
{
    kn__buffer quoted;
    kn_status status = check_state(connection, true, error);

    if (status != KN_OK)
        return status;
    if (!name || !*name)
        return kn_error_set(error, KN_INVALID, "a savepoint needs a name");
    if (strlen(name) > SAVEPOINT_NAME_MAX)
        return kn_error_set(error, KN_TOO_LONG, "a savepoint's name has at most %d bytes", SAVEPOINT_NAME_MAX);
    if (!kn__target_has(&connection->target, KN_FEATURE_SAVEPOINT))
        return kn_error_set(error, KN_UNSUPPORTED, "dialect '%s' has no savepoints", connection->target.dialect->name);
    kn__buffer_init(&quoted, connection->engine->allocator, 4 * SAVEPOINT_NAME_MAX);
    status = kn__render_name(&connection->target, name, &quoted, error);
    if (status == KN_OK)
        status = kn__buffer_status(&quoted, "the savepoint's name", error);
    if (status == KN_OK)
        status = transact(connection, verb, KN_WRITE, kn__buffer_string_of(&quoted), error);
    kn__buffer_finish(&quoted);
    return status;
}

kn_status kn_savepoint(kn_connection *connection, const char *name, kn_error *error)
{
    return savepoint(connection, KN_TRANSACT_SAVEPOINT, name, error);
}

kn_status kn_savepoint_release(kn_connection *connection, const char *name, kn_error *error)
{
    return savepoint(connection, KN_TRANSACT_RELEASE, name, error);
}

kn_status kn_savepoint_rollback(kn_connection *connection, const char *name, kn_error *error)
{
    return savepoint(connection, KN_TRANSACT_ROLLBACK_TO, name, error);
}
