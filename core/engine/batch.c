/* SPDX-License-Identifier: MIT */
/* One statement, many sets of values. All of them are checked and encoded before the first is sent, so memory grows
 * with their number. */
#include "engine/connection.h"

typedef struct batch {
    kn__prepared *prepared;
    const kn_value *values;        /* of all sets, as the driver gets them */
    const kn_object_rows *objects; /* in their place; NULL = none */
    size_t sets, n;                /* n = values of a set */
    int64_t deadline_us;
    int64_t changed; /* -1 = not known */
    bool alone;      /* the only set of a verb that knows none */
} batch;

static void name_set(size_t set, kn_error *error)
{
    kn_error_prefix(error, "set %zu", set);
}

/* By the driver; *taken is false when it would rather not, which is no failure. */
static kn_status send_all(batch *b, bool whole, bool *taken, kn_error *error)
{
    kn_connection *c = b->prepared->connection;
    const kn_execute_request request = {.size_ = sizeof(request),
                                        .values = b->values,
                                        .n_values = b->n,
                                        .deadline_us = b->deadline_us,
                                        .whole = whole,
                                        .objects = b->objects};
    kn_outcome outcome = {.size_ = sizeof(outcome), .changed = -1};
    kn_wait wait = {.fd = -1, .deadline_us = b->deadline_us};
    int64_t started = kn__traced(c->engine) ? kn__clock_us() : 0;
    size_t failed = b->sets;
    kn_error why = {0};
    kn_status status;

    do
        status = c->driver->execute_many(b->prepared->statement, &request, b->sets, &outcome, &failed, &wait, &why);
    while (kn__again(status, c, KN__STEP_NONE, NULL, &wait, b->deadline_us));
    *taken = status != KN_UNSUPPORTED || failed != b->sets;
    if (!*taken)
        return KN_OK;
    if (failed < b->sets && !b->alone)
        name_set(failed, &why);
    if (status != KN_OK && error)
        *error = why;
    b->changed = outcome.changed;
    if (started)
        kn__trace(c->engine, KN_EVENT_EXECUTE, status, b->prepared->shape->compiled->sql, outcome.changed, started,
                  &why);
    return kn__connection_note(c, status);
}

static kn_status send_each(batch *b, kn_error *error)
{
    for (size_t i = 0; i < b->sets; i++) {
        kn_outcome outcome;
        kn_status status = kn__run_bound(b->prepared, b->values + i * b->n, b->deadline_us, &outcome, error);
        if (status != KN_OK) {
            name_set(i, error);
            return status;
        }
        b->changed = b->changed < 0 || outcome.changed < 0 ? -1 : b->changed + outcome.changed;
    }
    return KN_OK;
}

static kn_status send(batch *b, kn_error *error)
{
    bool taken = false;
    kn_status status = KN_OK;

    if (b->prepared->connection->driver->execute_many)
        status = send_all(b, false, &taken, error);
    return taken || status != KN_OK ? status : send_each(b, error);
}

/* May the driver be asked to take back what fails? */
static bool takes_whole(const kn_connection *c)
{
    return c->driver->flags & KN_DRIVER_WHOLE && c->driver->execute_many && kn__connection_is_unhindered(c) &&
           kn__mark_may(c) && kn_in_transaction(c);
}

kn_status kn__run_whole(kn__prepared *prepared, const kn_value *values, const kn_object_rows *objects, size_t count,
                        bool *taken, kn_error *error)
{
    kn_connection *c = prepared->connection;
    batch b = {.prepared = prepared, .values = values, .objects = objects, .sets = 1, .n = count, .alone = true};

    *taken = false;
    if (!takes_whole(c) || !prepared->plain || count != prepared->shape->compiled->n_binds)
        return KN_OK;
    b.deadline_us = kn__connection_deadline(c);
    return send_all(&b, true, taken, error);
}

/* In the program's own transaction: a failure takes back what it did, and leaves the rest. */
static kn_status behind_mark(batch *b, kn_error *error)
{
    kn_connection *c = b->prepared->connection;
    kn__mark mark = {.set = false};
    bool taken = false;
    kn_status status = KN_OK;

    if (b->sets > 1 && takes_whole(c))
        status = send_all(b, true, &taken, error);
    if (taken)
        return status;
    if (b->sets > 1 && kn__mark_may(c))
        status = kn__mark_set(c, &mark, error);
    return status == KN_OK ? kn__mark_end(c, &mark, send(b, error), error) : status;
}

static kn_status in_transaction(batch *b, kn_error *error)
{
    kn_connection *c = b->prepared->connection;
    kn_status status;

    if (kn_in_transaction(c))
        return behind_mark(b, error);
    status = kn_begin(c, KN_WRITE, error);
    return status == KN_OK ? kn__transaction_end(c, send(b, error), error) : status;
}

static kn_status bind_sets(batch *b, const kn__arguments *arguments, kn_arena *arena, kn_error *error)
{
    kn__arguments set = *arguments;
    kn_value *values;

    if (b->n && b->sets > PTRDIFF_MAX / sizeof(*values) / b->n)
        return kn_error_set(error, KN_INVALID, "%zu sets of %zu values: no array is so large", b->sets, b->n);
    values = kn_arena_array(arena, b->sets * b->n, sizeof(*values));
    if (!values)
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu sets of values", b->sets);
    b->values = values;
    for (size_t i = 0; i < b->sets; i++) {
        kn_status status = kn__bind_values(b->prepared, &set, arena, values + i * b->n, error);
        if (status != KN_OK) {
            name_set(i, error);
            return status;
        }
        if (set.values)
            set.values += set.count;
    }
    return KN_OK;
}

static kn_status check(const kn__prepared *prepared, kn_error *error)
{
    kn_status status = kn__connection_usable(prepared->connection, error);

    if (status == KN_OK && (prepared->executing || !kn__connection_is_free(prepared->connection)))
        return kn_error_set(error, KN_STATE, "a result is open on this connection; close it first");
    if (status == KN_OK && prepared->shape->compiled->n_columns)
        return kn_error_set(error, KN_INVALID, "the statement gives rows; read them with kn_open");
    return status;
}

kn_status kn__run_many(kn__prepared *prepared, const kn__arguments *arguments, size_t sets, int64_t *changed,
                       kn_error *error)
{
    batch b = {.prepared = prepared, .sets = sets, .n = prepared->shape->compiled->n_binds};
    kn_arena arena;
    kn_status status = check(prepared, error);

    if (status != KN_OK || !sets)
        return status;
    kn_arena_init(&arena, prepared->connection->engine->allocator, 0);
    status = bind_sets(&b, arguments, &arena, error);
    if (status == KN_OK) {
        b.deadline_us = kn__arguments_deadline(b.prepared->connection, arguments);
        status = in_transaction(&b, error);
    }
    kn_arena_finish(&arena);
    *changed = b.changed;
    return status;
}
