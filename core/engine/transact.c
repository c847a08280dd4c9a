/* SPDX-License-Identifier: MIT */
#include <koine/transact.h>

#include <string.h>

#include "base/hash.h"
#include "engine/connection.h"

/* The members that the struct ever had: less was never filled in. */
#define OPTIONS_MIN (offsetof(kn_transact_options, wait_context) + sizeof(void *))

static void sleep_us(void *context, int64_t microseconds)
{
    int64_t until = kn__clock_us() + microseconds;
    kn_wait wait = {.fd = -1, .deadline_us = until};

    (void)context;
    while (kn__clock_us() < until) /* a signal ends a wait early */
        kn__clock_wait(&wait, until);
}

static kn_status read_options(const kn_transact_options *given, kn_transact_options *out, kn_error *error)
{
    *out = (kn_transact_options){.size_ = 0};
    if (given && given->size_ < OPTIONS_MIN)
        return kn_error_set(error, KN_INVALID,
                            "the options' size_ is %zu: KN_TRANSACT_OPTIONS(...) fills it in, or set it to sizeof",
                            given->size_);
    if (given)
        memcpy(out, given, given->size_ < sizeof(*out) ? given->size_ : sizeof(*out));
    out->attempts = out->attempts ? out->attempts : 8;
    out->backoff_ms = out->backoff_ms ? out->backoff_ms : 10;
    out->backoff_max_ms = out->backoff_max_ms ? out->backoff_max_ms : 1000;
    out->deadline_ms = out->deadline_ms ? out->deadline_ms : 30000;
    out->wait = out->wait ? out->wait : sleep_us;
    return KN_OK;
}

/* Two that have met once would meet again, were their waits the same. */
static int64_t backoff_us(const kn_transact_options *options, const kn_connection *connection, uint32_t run)
{
    uint64_t most = options->backoff_ms;
    kn__hash hash = kn__hash_begin((uint64_t)kn__clock_us());

    for (uint32_t n = 1; n < run && most < options->backoff_max_ms; n++)
        most *= 2;
    most = (most < options->backoff_max_ms ? most : options->backoff_max_ms) * 1000;
    kn__hash_u64(&hash, (uintptr_t)connection);
    return (int64_t)(most / 2 + kn__hash_end(hash) % (most - most / 2 + 1));
}

/* Waits before another run, or says that there is no time for it. */
static bool wait_for_next(const kn_transact_options *options, const kn_connection *connection, uint32_t run,
                          int64_t started)
{
    int64_t pause = backoff_us(options, connection, run);

    if (options->deadline_ms != UINT32_MAX && kn__clock_us() + pause > started + (int64_t)options->deadline_ms * 1000)
        return false;
    options->wait(options->wait_context, pause);
    return true;
}

static kn_status call(kn_connection *connection, kn_transact_fn *callback, void *context, kn_error *error)
{
    kn_status status;
    bool ended;

    connection->transacting = true;
    status = callback(context, connection, error);
    connection->transacting = false;
    if (status != KN_OK && error->status != (int32_t)status)
        kn_error_set(error, status, "the callback of the transaction returned %s", kn_status_name(status));
    ended = !kn__connection_is_broken(connection) && !kn_in_transaction(connection);
    if (ended && status == KN_OK)
        status = kn_error_set(error, KN_NOT_IN_TRANSACTION,
                              "the callback returned success, but its transaction was ended, not by this call: what it "
                              "did may be stored or not");
    if (ended) { /* by SQL text: what came before the failure may be stored, too */
        error->commit = KN_COMMIT_LOST;
        error->retry = KN_RETRY_NEVER;
    }
    return status;
}

/* When COMMIT was not sent, nothing is stored, also where the link dies on the way back. */
static void roll_back(kn_connection *connection, kn_error *error)
{
    if (!kn__connection_is_broken(connection))
        (void)kn__connection_end_results(connection, KN__STEP_ROLLBACK);
    if (kn_in_transaction(connection))
        (void)kn__roll_back_for(connection, error);
    if (error->commit == KN_COMMIT_OPEN)
        error->commit = KN_COMMIT_NOT;
    if (kn__connection_is_broken(connection) &&
        (error->retry == KN_RETRY_STATEMENT || error->retry == KN_RETRY_TRANSACTION))
        error->retry = KN_RETRY_CONNECTION;
}

static kn_status run_once(kn_connection *connection, kn_access access, kn_transact_fn *callback, void *context,
                          kn_error *error)
{
    kn_status status = kn_begin(connection, access, error);

    if (status != KN_OK) {
        if (error->commit == KN_COMMIT_OPEN && !kn_in_transaction(connection))
            error->commit = KN_COMMIT_NOT;
        return status;
    }
    status = call(connection, callback, context, error);
    if (status == KN_OK)
        status = kn_commit(connection, error);
    if (status != KN_OK)
        roll_back(connection, error);
    return status;
}

static bool may_run_again(const kn_error *error)
{
    return (error->retry == KN_RETRY_STATEMENT || error->retry == KN_RETRY_TRANSACTION) &&
           error->status != KN_COMMIT_UNKNOWN && error->commit == KN_COMMIT_NOT;
}

kn_status kn_transact(kn_connection *connection, kn_access access, kn_transact_fn *callback, void *context,
                      const kn_transact_options *options, kn_error *error)
{
    kn_transact_options with;
    kn_error found;
    kn_status status = read_options(options, &with, error);
    int64_t started = kn__clock_us();
    uint32_t run = 0;

    if (status != KN_OK)
        return status;
    if (!connection || !callback)
        return kn_error_set(error, KN_INVALID, connection ? "no callback" : "no connection");
    status = kn__connection_usable(connection, error);
    if (status != KN_OK)
        return status;
    if (connection->transacting)
        return kn_error_set(error, KN_STATE, "inside of kn_transact: call the callback itself, or use a savepoint");
    do {
        found = (kn_error){.status = KN_OK};
        status = run_once(connection, access, callback, context, &found);
        run++;
    } while (status != KN_OK && may_run_again(&found) && run < with.attempts &&
             wait_for_next(&with, connection, run, started));
    if (status != KN_OK && run > 1)
        kn_error_prefix(&found, "after %u runs", (unsigned)run);
    if (status != KN_OK && error)
        *error = found;
    return status;
}
