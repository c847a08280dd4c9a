/* SPDX-License-Identifier: MIT */
/* From arguments to what the driver sends: every value is checked against its type and encoded as the dialect stores
 * it, before anything is sent. */
#include "engine/connection.h"
#include "expr/type.h"
#include "sql/compile.h"

/* A decimal alone has no precision. Where the backend's own decimals are exact any will do; elsewhere two columns may
 * store the same number in two ways, and in the wrong one it would be found by nobody. */
static kn_status type_of_decimal(const kn__target *target, kn_decimal d, kn_type *out, kn_error *error)
{
    uint32_t scale = d.exponent < 0 ? (uint32_t)-d.exponent : 0;
    uint32_t digits = kn_decimal_digits(d) + (d.exponent > 0 ? (uint32_t)d.exponent : 0);
    uint32_t precision = digits > scale ? digits : scale;

    if (precision > KN_DECIMAL_DIGITS_MAX)
        return kn_error_set(error, KN_OUT_OF_RANGE, "a decimal of %u digits", precision);
    if (!kn__target_has(target, KN_FEATURE_WIDE_DECIMAL_MATH))
        return kn_error_set(error, KN_INEXACT,
                            "how dialect '%s' stores a decimal depends on its column: state the type with kn_bind_type",
                            target->dialect->name);
    *out = (kn_type){.id = KN_TYPE_NUMERIC, .precision = (uint16_t)precision, .scale = (uint16_t)scale};
    return KN_OK;
}

/* The type of a value that nothing else tells: the widest of its kind, since the backend's column decides. */
static kn_status deduce_type(const kn__target *target, const kn_value *value, kn_type *out, kn_error *error)
{
    if (value->kind == KN_KIND_DECIMAL)
        return type_of_decimal(target, value->as.decimal, out, error);
    *out = *kn__type_of_kind(value->kind);
    return out->id ? KN_OK : kn_error_set(error, KN_INVALID, "a value of no kind");
}

/* `value` in, what the driver gets out. */
static kn_status encode(const kn__prepared *prepared, const kn_type *type, kn_value *value, kn_arena *arena,
                        kn_error *error)
{
    const kn_type_rule *rule = &prepared->connection->target.dialect->types[type->id];
    kn_value out;
    kn_status status = kn_value_check(type, value, arena, error);

    if (status != KN_OK || !rule->encode || value->kind == KN_KIND_NULL)
        return status;
    out.kind = KN_KIND_UNSET;
    status = rule->encode(type, value, arena, &out, error);
    *value = out;
    return status;
}

static const kn_value *source_of(const kn__bind *bind, const kn__arguments *arguments)
{
    if (bind->source == KN__BIND_VALUE)
        return arguments->literals ? &arguments->literals[bind->index] : NULL;
    return arguments->values && bind->index < arguments->count ? &arguments->values[bind->index] : NULL;
}

static kn_status bind_one(const kn__prepared *prepared, size_t i, const kn__arguments *arguments, kn_arena *arena,
                          kn_value *value, kn_error *error)
{
    const kn__bind *bind = &prepared->shape->compiled->binds[i];
    const kn_value *given = source_of(bind, arguments);
    const kn_type *type = &bind->type;
    kn_type deduced;
    kn_status status = KN_OK;

    if (!given || given->kind == KN_KIND_UNSET)
        return kn_error_set(error, KN_INVALID, "it was given no value");
    *value = *given;
    if (arguments->encoded && bind->source == KN__BIND_ARG)
        return KN_OK;
    if (bind->change != KN_BIND_AS_IT_IS)
        status = kn__bind_change_apply(bind->change, arena, value, error);
    if (status != KN_OK || value->kind == KN_KIND_NULL)
        return status;
    if (arguments->types && bind->source == KN__BIND_ARG && arguments->types[bind->index].id)
        type = &arguments->types[bind->index];
    if (!type->id) {
        status = deduce_type(&prepared->connection->target, value, &deduced, error);
        type = &deduced;
    }
    return status == KN_OK ? encode(prepared, type, value, arena, error) : status;
}

static kn_status check_count(const kn__prepared *prepared, const kn__arguments *arguments, kn_error *error)
{
    size_t n = prepared->shape->compiled->n_args;

    if (arguments->count && !arguments->values)
        return kn_error_set(error, KN_INVALID, "%zu arguments, but no list of them", arguments->count);
    if (arguments->count != n)
        return kn_error_set(error, KN_INVALID, "%zu arguments for a statement that takes %zu", arguments->count, n);
    return KN_OK;
}

static kn_status bind_each(const kn__prepared *prepared, const kn__arguments *arguments, kn_arena *arena,
                           kn_value *values, kn_error *error)
{
    size_t n = prepared->shape->compiled->n_binds;

    for (size_t i = 0; i < n; i++) {
        kn_status status = bind_one(prepared, i, arguments, arena, &values[i], error);
        if (status != KN_OK) {
            kn_error_prefix(error, "parameter %zu", i + 1);
            return status;
        }
    }
    return KN_OK;
}

kn_status kn__bind_values(const kn__prepared *prepared, const kn__arguments *arguments, kn_arena *arena,
                          kn_value *values, kn_error *error)
{
    kn_status status = check_count(prepared, arguments, error);

    return status == KN_OK ? bind_each(prepared, arguments, arena, values, error) : status;
}

static inline kn_status check_free(const kn__prepared *prepared, kn__step_verb step, kn_error *error)
{
    kn_connection *connection = prepared->connection;

    if (prepared->executing)
        return kn_error_set(error, KN_STATE, "the statement's result is still open");
    if (!kn__connection_is_free(connection))
        return kn_error_set(error, KN_STATE,
                            "another result is open, and driver '%s' has one at a time: close it first",
                            connection->driver->name);
    return kn__step_begin(connection, step, prepared, error);
}

/* *sent is what the driver gets. KN_WAIT: the verb waited, and it is what the driver got when it was called first. */
static kn_status bind_all(kn__prepared *prepared, const kn__arguments *arguments, kn__step_verb step,
                          const kn_value **sent, kn_error *error)
{
    bool as_they_are = arguments->encoded && prepared->plain;
    kn_status status = check_free(prepared, step, error);

    *sent = as_they_are ? arguments->values : prepared->parameters;
    if (status == KN_OK)
        status = check_count(prepared, arguments, error);
    if (status != KN_OK || as_they_are)
        return status;
    if (prepared->parameter_arena.used)
        kn_arena_reset(&prepared->parameter_arena);
    return bind_each(prepared, arguments, &prepared->parameter_arena, prepared->parameters, error);
}

static void link_executing(kn__prepared *prepared)
{
    kn_connection *connection = prepared->connection;

    prepared->executing = true;
    prepared->next_executing = connection->executing;
    prepared->back_executing = &connection->executing;
    if (connection->executing)
        connection->executing->back_executing = &prepared->next_executing;
    connection->executing = prepared;
}

static void unlink_executing(kn__prepared *prepared)
{
    prepared->executing = false;
    *prepared->back_executing = prepared->next_executing;
    if (prepared->next_executing)
        prepared->next_executing->back_executing = prepared->back_executing;
}

/* Sends what is to be executed; on KN_OK an end is owed. */
static inline kn_status start(kn__prepared *prepared, kn__step_verb step, const kn_value *values, int64_t deadline_us,
                              kn_outcome *outcome, kn_error *error)
{
    kn_connection *connection = prepared->connection;
    kn_execute_request request = {.size_ = sizeof(request),
                                  .values = values,
                                  .n_values = prepared->shape->compiled->n_binds,
                                  .deadline_us = deadline_us};
    kn_wait wait = {.fd = -1, .deadline_us = deadline_us};
    kn_status status;

    *outcome = (kn_outcome){.size_ = sizeof(*outcome), .changed = -1};
    do
        status = connection->driver->execute(prepared->statement, &request, outcome, &wait, error);
    while (kn__again(status, connection, step, prepared, &wait, deadline_us));
    return kn__connection_note(connection, status);
}

static inline kn_status finish(kn__prepared *prepared, kn__step_verb step, const void *object, kn_outcome *outcome,
                               kn_error *error)
{
    kn_connection *connection = prepared->connection;
    kn_wait wait = {.fd = -1};
    kn_status status;

    do
        status = connection->driver->end(prepared->statement, outcome, &wait, error);
    while (kn__again(status, connection, step, object, &wait, 0));
    return kn__connection_note(connection, status);
}

kn_status kn__execute(kn__prepared *prepared, const kn__arguments *arguments, kn_outcome *outcome, kn_error *error)
{
    const kn_value *sent = NULL;
    kn_status status = bind_all(prepared, arguments, KN__STEP_OPEN, &sent, error);

    if (status == KN_OK)
        status = start(prepared, KN__STEP_OPEN, sent, kn__arguments_deadline(prepared->connection, arguments), outcome,
                       error);
    else if (status == KN_WAIT)
        status = start(prepared, KN__STEP_OPEN, sent, prepared->connection->paused.deadline_us, outcome, error);
    if (status == KN_OK)
        link_executing(prepared);
    return status;
}

/* KN_OK: the driver may be asked to end it. KN_WAIT: another verb waits. */
static kn_status end_hindered(kn__prepared *prepared, kn_error *error)
{
    kn_connection *connection = prepared->connection;

    if (connection->hindrance & KN__GIVEN_UP)
        return kn_error_set(error, KN_LINK_LOST, "this connection was given up");
    if (!(connection->hindrance & KN__WAITING))
        return KN_OK;
    if (connection->paused.step != KN__STEP_END || connection->paused.object != &prepared->result)
        return KN_WAIT;
    connection->hindrance &= ~(uint32_t)KN__WAITING;
    return KN_OK;
}

static inline __attribute__((always_inline)) kn_status end_execution(kn__prepared *prepared, kn_outcome *outcome,
                                                                     kn_error *error)
{
    kn_connection *connection = prepared->connection;
    kn_status status = KN_OK;

    if (kn__connection_is_inherited(connection))
        status = kn_error_set(error, KN_FORKED, "this result belongs to the parent process");
    else if (connection->hindrance)
        status = end_hindered(prepared, error);
    if (status == KN_OK)
        status = finish(prepared, KN__STEP_END, &prepared->result, outcome, error);
    if (status == KN_WAIT)
        return status;
    unlink_executing(prepared);
    if (connection->doomed)
        kn__prepared_bury(connection);
    return status;
}

kn_status kn__end(kn__prepared *prepared, kn_outcome *outcome, kn_error *error)
{
    return end_execution(prepared, outcome, error);
}

kn_status kn__end_at_once(kn__prepared *prepared, kn_error *error)
{
    kn_status status = kn__end(prepared, NULL, error);

    if (status != KN_WAIT)
        return status;
    kn__step_give_up(prepared->connection);
    return kn__end(prepared, NULL, error);
}

kn_status kn__fetch_one(kn__prepared *prepared, const kn_value *values, const kn__read_into *into, kn_error *error)
{
    kn_connection *connection = prepared->connection;
    kn_outcome outcome;
    kn_wait wait = {.fd = -1};
    kn_status status = start(prepared, KN__STEP_OPEN, values, kn__connection_deadline(connection), &outcome, error);

    if (status != KN_OK)
        return status;
    link_executing(prepared); /* code of the program that a member calls finds the connection in use */
    prepared->result.state = KN__RESULT_OPEN;
    prepared->result.release_after = false;
    prepared->result.started_us = 0;
    if (prepared->row_arena.used)
        kn_arena_reset(&prepared->row_arena);
    if (outcome.n_columns == prepared->n_columns)
        do
            status = prepared->fetch_into(prepared->statement, &prepared->readers->sink, sizeof(kn__reader), &into->to,
                                          &wait, error);
        while (kn__again(status, connection, KN__STEP_NEXT, prepared, &wait, 0));
    else
        status = kn_error_set(error, KN_SERVER, "%zu columns came, not %zu", outcome.n_columns, prepared->n_columns);
    (void)kn__connection_note(connection, status);
    if (!prepared->executing) /* that code has ended it */
        return status;
    if (status == KN_OK)
        return end_execution(prepared, NULL, error);
    (void)kn__end(prepared, NULL, NULL); /* no row, or a failure: that is told */
    return status;
}

/* Nothing can come between the start and the end: it need not be among those that execute. */
static inline __attribute__((always_inline)) kn_status run_end(kn__prepared *prepared, kn_status status,
                                                               kn_outcome *outcome, int64_t started, kn_error *error)
{
    kn_connection *connection = prepared->connection;
    bool rows = outcome->n_columns != 0;

    if (status == KN_OK) {
        status = finish(prepared, KN__STEP_RUN, prepared, outcome, error);
        if (status == KN_WAIT) {
            connection->paused.part = 1;
            connection->paused.as.outcome = *outcome;
        }
    }
    if (status == KN_OK && rows)
        status = kn_error_set(error, KN_INVALID, "the statement gives rows; read them with kn_open");
    if (started)
        kn__trace(connection->engine, KN_EVENT_EXECUTE, status, prepared->shape->compiled->sql,
                  status == KN_OK ? outcome->changed : 0, started, error);
    return status;
}

static inline __attribute__((always_inline)) kn_status run(kn__prepared *prepared, const kn_value *values,
                                                           int64_t deadline_us, kn_outcome *outcome, int64_t started,
                                                           kn_error *error)
{
    kn_status status = start(prepared, KN__STEP_RUN, values, deadline_us, outcome, error);

    return run_end(prepared, status, outcome, started, error);
}

/* The run that waits, called again. */
__attribute__((noinline, cold)) static kn_status run_on(kn__prepared *prepared, const kn_value *sent,
                                                        kn_outcome *outcome, int64_t started, kn_error *error)
{
    const kn__paused *paused = &prepared->connection->paused;

    if (!paused->part)
        return run(prepared, sent, paused->deadline_us, outcome, started, error);
    *outcome = paused->as.outcome;
    return run_end(prepared, KN_OK, outcome, started, error);
}

kn_status kn__run(kn__prepared *prepared, const kn__arguments *arguments, kn_outcome *outcome, kn_error *error)
{
    int64_t started = kn__step_started(prepared->connection);
    const kn_value *sent = NULL;
    kn_status status = bind_all(prepared, arguments, KN__STEP_RUN, &sent, error);

    if (status == KN_OK)
        return run(prepared, sent, kn__arguments_deadline(prepared->connection, arguments), outcome, started, error);
    return status == KN_WAIT ? run_on(prepared, sent, outcome, started, error) : status;
}

kn_status kn__run_bound(kn__prepared *prepared, const kn_value *values, int64_t deadline_us, kn_outcome *outcome,
                        kn_error *error)
{
    return run(prepared, values, deadline_us, outcome, kn__step_started(prepared->connection), error);
}

kn_status kn__run_encoded(kn__prepared *prepared, const kn_value *values, size_t count, kn_outcome *outcome,
                          kn_error *error)
{
    kn_status status;

    if (!prepared->plain || count != prepared->shape->compiled->n_binds) {
        const kn__arguments arguments = {.values = values, .count = count, .encoded = true};
        return kn__run(prepared, &arguments, outcome, error);
    }
    status = check_free(prepared, KN__STEP_RUN, error);
    if (status != KN_OK)
        return status;
    return run(prepared, values, kn__connection_deadline(prepared->connection), outcome,
               kn__step_started(prepared->connection), error);
}
