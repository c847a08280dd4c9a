/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buffer.h"
#include "engine/connection.h"

#define SAVEPOINT_NAME_MAX 63

/* One verb, as steps; `waited`: called again. */
static kn_status transact(kn_connection *connection, bool waited, kn__step_verb step, kn_transact_verb verb,
                          kn_access access, const char *name, kn_error *error)
{
    int64_t deadline = waited ? connection->paused.deadline_us : kn__connection_deadline(connection);
    kn_wait wait = {.fd = -1, .deadline_us = deadline};
    kn_status status;

    do
        status = connection->driver->transact(connection->link, verb, (uint32_t)access, name, &wait, error);
    while (kn__again(status, connection, step, connection, &wait, deadline));
    return kn__connection_note(connection, status);
}

/* A verb that needs (or must not have) an open transaction. KN_WAIT: it is called again. */
static kn_status check_state(kn_connection *connection, kn__step_verb step, bool wanted, kn_error *error)
{
    kn_status status = kn__step_begin(connection, step, connection, error);

    if (status != KN_OK)
        return status;
    if (kn_in_transaction(connection) != wanted)
        return kn_error_set(error, KN_STATE, wanted ? "no transaction is open" : "a transaction is open already");
    if (wanted ? connection->executing != NULL : !kn__connection_is_free(connection))
        return kn_error_set(error, KN_STATE, "close the open result first");
    return KN_OK;
}

/* Begin and end of a transaction are the program's, but not in a callback of kn_transact. */
static kn_status check_owner(kn_connection *connection, kn__step_verb step, bool wanted, kn_error *error)
{
    if (connection->transacting)
        return kn_error_set(error, KN_STATE,
                            "inside of kn_transact, which begins and ends the transaction: return a "
                            "status, or use savepoints");
    return check_state(connection, step, wanted, error);
}

kn_status kn_begin(kn_connection *connection, kn_access access, kn_error *error)
{
    int64_t started = kn__step_started(connection);
    kn_status status = check_owner(connection, KN__STEP_BEGIN, false, error);

    if (status != KN_OK && status != KN_WAIT)
        return status;
    if (access != KN_WRITE && access != KN_READ)
        return kn_error_set(error, KN_INVALID, "a transaction is KN_WRITE or KN_READ, not %u", (unsigned)access);
    status = transact(connection, status == KN_WAIT, KN__STEP_BEGIN, KN_TRANSACT_BEGIN, access, NULL, error);
    kn__trace(connection->engine, KN_EVENT_BEGIN, status, (kn_text){NULL, 0}, 0, started, error);
    return status;
}

bool kn__roll_back_for(kn_connection *connection, kn_error *error)
{
    kn_error said = {0};
    kn_status status = kn_rollback(connection, &said);

    if (status != KN_OK && said.commit == KN_COMMIT_LOST && error) {
        error->commit = KN_COMMIT_LOST;
        error->retry = KN_RETRY_NEVER;
    }
    return status == KN_OK;
}

/* After a failure that another error tells. Where it would have to be waited for the server does it, when the link is
 * closed. */
static void roll_back_after(kn_connection *connection, kn_error *error)
{
    if (connection->hindrance & KN__STEPWISE)
        connection->hindrance |= KN__BROKEN;
    else if (!kn__roll_back_for(connection, error))
        return;
    if (error)
        error->commit = KN_COMMIT_NOT;
}

kn_status kn_commit(kn_connection *connection, kn_error *error)
{
    int64_t started = kn__step_started(connection);
    kn_status status = check_owner(connection, KN__STEP_COMMIT, true, error);

    if (status != KN_OK && status != KN_WAIT)
        return status;
    status = transact(connection, status == KN_WAIT, KN__STEP_COMMIT, KN_TRANSACT_COMMIT, KN_WRITE, NULL, error);
    kn__trace(connection->engine, KN_EVENT_COMMIT, status, (kn_text){NULL, 0}, 0, started, error);
    if (status != KN_OK && status != KN_WAIT && status != KN_BUSY && kn_in_transaction(connection))
        roll_back_after(connection, error);
    return status;
}

/* Closes the results first. KN_WAIT: it is the rollback itself that waits, or with `part` 1 a result. */
static kn_status begin_rollback(kn_connection *connection, kn_error *error)
{
    kn_status status = kn__step_begin(connection, KN__STEP_ROLLBACK, connection, error);

    if (status == KN_WAIT && !connection->paused.part)
        return KN_WAIT;
    if ((status == KN_OK || status == KN_WAIT) && !connection->transacting)
        status = kn__connection_end_results(connection, KN__STEP_ROLLBACK);
    return status == KN_OK ? check_owner(connection, KN__STEP_ROLLBACK, true, error) : status;
}

kn_status kn_rollback(kn_connection *connection, kn_error *error)
{
    int64_t started = kn__step_started(connection);
    kn_status status = begin_rollback(connection, error);

    if ((status != KN_OK && status != KN_WAIT) || connection->hindrance & KN__WAITING)
        return status;
    status = transact(connection, status == KN_WAIT, KN__STEP_ROLLBACK, KN_TRANSACT_ROLLBACK, KN_WRITE, NULL, error);
    if (status != KN_OK && status != KN_WAIT)
        connection->hindrance |= KN__BROKEN;
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
    return !(connection->hindrance & (KN__BROKEN | KN__OPENING)) &&
           connection->driver->in_transaction(connection->link);
}

static kn_status quote(const kn_connection *connection, const char *name, kn__buffer *quoted, kn_error *error)
{
    kn_status status;

    if (!name || !*name)
        return kn_error_set(error, KN_INVALID, "a savepoint needs a name");
    if (strlen(name) > SAVEPOINT_NAME_MAX)
        return kn_error_set(error, KN_TOO_LONG, "a savepoint's name has at most %d bytes", SAVEPOINT_NAME_MAX);
    if (!kn__target_has(&connection->target, KN_FEATURE_SAVEPOINT))
        return kn_error_set(error, KN_UNSUPPORTED, "dialect '%s' has no savepoints", connection->target.dialect->name);
    status = kn__render_name(&connection->target, name, quoted, error);
    return status == KN_OK ? kn__buffer_status(quoted, "the savepoint's name", error) : status;
}

static kn_status savepoint(kn_connection *connection, kn__step_verb step, kn_transact_verb verb, const char *name,
                           kn_error *error)
{
    kn__buffer quoted;
    kn_status status = check_state(connection, step, true, error);

    if (status == KN_WAIT) {
        quoted = connection->paused.as.name;
    } else if (status == KN_OK) {
        kn__buffer_init(&quoted, connection->engine->allocator, 4 * SAVEPOINT_NAME_MAX);
        status = quote(connection, name, &quoted, error);
    } else {
        return status;
    }
    if (status == KN_OK || status == KN_WAIT)
        status = transact(connection, status == KN_WAIT, step, verb, KN_WRITE, kn__buffer_string_of(&quoted), error);
    if (status == KN_WAIT)
        connection->paused.as.name = quoted;
    else
        kn__buffer_finish(&quoted);
    return status;
}

kn_status kn_savepoint(kn_connection *connection, const char *name, kn_error *error)
{
    return savepoint(connection, KN__STEP_SAVEPOINT, KN_TRANSACT_SAVEPOINT, name, error);
}

kn_status kn_savepoint_release(kn_connection *connection, const char *name, kn_error *error)
{
    return savepoint(connection, KN__STEP_SAVEPOINT_RELEASE, KN_TRANSACT_RELEASE, name, error);
}

kn_status kn_savepoint_rollback(kn_connection *connection, const char *name, kn_error *error)
{
    return savepoint(connection, KN__STEP_SAVEPOINT_ROLLBACK, KN_TRANSACT_ROLLBACK_TO, name, error);
}

bool kn__mark_may(const kn_connection *connection)
{
    return !connection->executing && kn__target_has(&connection->target, KN_FEATURE_SAVEPOINT);
}

/* Code of the program may set another meanwhile (a default function that inserts), and not every backend tells two
 * savepoints of one name apart. */
kn_status kn__mark_set(kn_connection *connection, kn__mark *mark, kn_error *error)
{
    kn_status status;

    memcpy(mark->name, "koine_mark_a", sizeof(mark->name));
    mark->name[sizeof(mark->name) - 2] = (char)('a' + connection->marks % 26);
    status = kn_savepoint(connection, mark->name, error);
    mark->set = status == KN_OK;
    connection->marks += mark->set;
    return status;
}

kn_status kn__mark_end(kn_connection *connection, kn__mark *mark, kn_status status, kn_error *error)
{
    if (!mark->set)
        return status;
    mark->set = false;
    connection->marks--;
    if (status == KN_OK) /* a cancel may stop this too: then all is taken back */
        status = kn_savepoint_release(connection, mark->name, error);
    if (status == KN_OK)
        return KN_OK;
    if (kn_in_transaction(connection) && kn_savepoint_rollback(connection, mark->name, NULL) == KN_OK)
        (void)kn_savepoint_release(connection, mark->name, NULL);
    return status;
}
