/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "engine/connection.h"
#include "sql/scanner.h"

kn_sql_text kn_unchecked_sql(const char *text)
{
    return (kn_sql_text){.text = text, .size = text ? strlen(text) : 0};
}

typedef struct text_maker {
    const kn__target *target;
    const kn_allocator *allocator;
    kn_text sql;
} text_maker;

static kn_status compile_scanned(kn__compiled *compiled, const kn__scanned *scanned, kn_error *error)
{
    kn__bind *binds = kn_arena_array(&compiled->arena, scanned->n_placeholders, sizeof(*binds));

    if (!binds)
        return kn_error_set(error, KN_NOMEM, "out of memory for %zu parameters", scanned->n_placeholders);
    for (size_t i = 0; i < scanned->n_placeholders; i++)
        binds[i] = (kn__bind){.source = KN__BIND_ARG, .index = scanned->parameter[i]};
    compiled->sql = scanned->sql;
    compiled->binds = binds;
    compiled->n_binds = scanned->n_placeholders;
    compiled->n_args = scanned->n_parameters;
    return KN_OK;
}

static kn_status make_text_shape(void *context, kn__shape *shape, kn_error *error)
{
    const text_maker *maker = context;
    const kn__dialect *dialect = maker->target->dialect;
    kn__scan_rules rules = {
        .lexis = dialect->lexis, .placeholder = dialect->placeholder, .parameters_max = dialect->limits.parameters_max};
    kn__compiled *compiled = maker->allocator->resize(maker->allocator->context, NULL, 0, sizeof(*compiled));
    kn__scanned scanned;
    kn_status status;

    if (!compiled)
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    *compiled = (kn__compiled){.allocator = maker->allocator};
    kn_arena_init(&compiled->arena, maker->allocator, 0);
    shape->compiled = compiled;
    status = kn__scan_sql(maker->sql, &rules, &compiled->arena, &scanned, error);
    if (status != KN_OK)
        return status;
    shape->names = scanned.names;
    return compile_scanned(compiled, &scanned, error);
}

static kn_status prepare_text(kn_connection *connection, kn_sql_text sql, kn__prepared **out, kn_error *error)
{
    text_maker maker = {&connection->target, connection->engine->allocator, {sql.text, sql.size}};
    kn__key key;

    if (!sql.text)
        return kn_error_set(error, KN_INVALID, "no SQL text");
    kn__key_of_text(&key, maker.sql, connection->engine->shapes.seed);
    key.features = connection->target.features;
    return kn__prepare(connection, &key, make_text_shape, &maker, out, error);
}

static void link_statement(kn_connection *connection, kn_statement *statement)
{
    statement->next = connection->statements;
    statement->back = &connection->statements;
    if (statement->next)
        statement->next->back = &statement->next;
    connection->statements = statement;
}

/* The handle around a prepared statement, which it releases when it cannot be made. */
static kn_status create_statement(kn_connection *connection, kn__prepared *prepared, kn_statement **out,
                                  kn_error *error)
{
    const kn_allocator *allocator = connection->engine->allocator;
    kn_statement *statement = allocator->resize(allocator->context, NULL, 0, sizeof(*statement));

    if (!statement) {
        kn__prepared_release(prepared);
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    }
    *statement =
        (kn_statement){.connection = connection, .prepared = prepared, .n_values = prepared->shape->compiled->n_args};
    kn_arena_init(&statement->arena, allocator, 0);
    statement->values = kn_arena_array(&statement->arena, statement->n_values, sizeof(*statement->values));
    link_statement(connection, statement);
    if (!statement->values) {
        kn_statement_finish(statement);
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    }
    *out = statement;
    return KN_OK;
}

kn_status kn_prepare(kn_connection *connection, kn_sql_text sql, kn_statement **out, kn_error *error)
{
    kn__prepared *prepared = NULL;
    kn_status status;

    *out = NULL;
    status = prepare_text(connection, sql, &prepared, error);
    return status == KN_OK ? create_statement(connection, prepared, out, error) : status;
}

/* Literals are copied: the query may die after kn_prepare_query. */
static kn_status copy_literals(kn_statement *statement, const kn_node *query, kn_error *error)
{
    size_t count = statement->prepared->shape->compiled->n_values;
    const kn_node *copy;

    if (!count)
        return KN_OK;
    copy = kn__structure_copy_with_values(&statement->arena, query);
    if (!copy)
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    return kn__literals_of(copy, count, &statement->arena, &statement->literals, error);
}

kn_status kn_prepare_query(kn_connection *connection, const kn_node *query, kn_statement **out, kn_error *error)
{
    kn__prepared *prepared = NULL;
    kn_statement *statement = NULL;
    kn_status status;

    *out = NULL;
    status = kn__prepare_node(connection, query, &prepared, error);
    if (status == KN_OK)
        status = create_statement(connection, prepared, &statement, error);
    if (status == KN_OK)
        status = copy_literals(statement, query, error);
    if (status == KN_OK)
        *out = statement;
    else
        kn_statement_finish(statement);
    return status;
}

void kn_statement_finish(kn_statement *statement)
{
    const kn_allocator *allocator;

    if (!statement)
        return;
    allocator = statement->connection->engine->allocator;
    kn_result_close(&statement->prepared->result);
    kn__prepared_release(statement->prepared);
    *statement->back = statement->next;
    if (statement->next)
        statement->next->back = statement->back;
    kn_arena_finish(&statement->arena);
    allocator->resize(allocator->context, statement, sizeof(*statement), 0);
}

size_t kn_statement_parameters(const kn_statement *statement)
{
    return statement->n_values;
}

const char *kn_statement_parameter_name(const kn_statement *statement, size_t index)
{
    const char *const *names = statement->prepared->shape->names;

    if (index >= statement->n_values)
        return NULL;
    return names ? names[index] : "";
}

kn_text kn_statement_sql(const kn_statement *statement)
{
    return statement->prepared->shape->compiled->sql;
}

static kn_status check_parameter(const kn_statement *statement, size_t index, kn_error *error)
{
    if (statement->prepared->executing)
        return kn_error_set(error, KN_STATE, "close the statement's result before binding again");
    if (index >= statement->n_values)
        return kn_error_set(error, KN_INVALID, "parameter %zu of a statement with %zu", index + 1, statement->n_values);
    return KN_OK;
}

kn_status kn_bind(kn_statement *statement, size_t index, kn_value value, kn_error *error)
{
    kn_status status = check_parameter(statement, index, error);

    if (status == KN_OK)
        statement->values[index] = value;
    return status;
}

kn_status kn_bind_name(kn_statement *statement, const char *name, kn_value value, kn_error *error)
{
    const char *const *names = statement->prepared->shape->names;

    if (names && name && *name)
        for (size_t i = 0; i < statement->n_values; i++)
            if (strcmp(names[i], name) == 0)
                return kn_bind(statement, i, value, error);
    return kn_error_set(error, KN_INVALID, "the statement has no parameter :%s", name ? name : "");
}

kn_status kn_bind_type(kn_statement *statement, size_t index, const kn_type *type, kn_error *error)
{
    kn_status status = check_parameter(statement, index, error);

    if (status == KN_OK)
        status = type ? kn_type_check(type, error) : kn_error_set(error, KN_INVALID, "no type");
    if (status == KN_OK && !statement->types) {
        statement->types = kn_arena_array(&statement->arena, statement->n_values, sizeof(*statement->types));
        if (!statement->types)
            status = kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    }
    if (status == KN_OK)
        statement->types[index] = *type;
    return status;
}

static kn__arguments arguments_of(const kn_statement *statement, const kn_value *values, size_t count)
{
    return (kn__arguments){.values = values ? values : statement->values,
                           .count = values ? count : statement->n_values,
                           .literals = statement->literals,
                           .types = statement->types,
                           .timeout_ms = statement->timeout_ms};
}

kn_status kn_run(kn_statement *statement, const kn_value *values, size_t count, int64_t *changed, kn_error *error)
{
    kn__arguments arguments = arguments_of(statement, values, count);
    kn_outcome outcome = {.size_ = sizeof(outcome)};
    kn_status status = kn__run(statement->prepared, &arguments, &outcome, error);

    if (status == KN_OK && changed)
        *changed = outcome.changed;
    return status;
}

kn_status kn_run_many(kn_statement *statement, const kn_value *values, size_t sets, size_t count, int64_t *changed,
                      kn_error *error)
{
    kn__arguments arguments = arguments_of(statement, NULL, 0);
    int64_t sum = 0;
    kn_status status;

    arguments.values = values;
    arguments.count = count;
    status = kn__run_many(statement->prepared, &arguments, sets, &sum, error);
    if (status == KN_OK && changed)
        *changed = sum;
    return status;
}

kn_status kn_open(kn_statement *statement, const kn_value *values, size_t count, kn_result **out, kn_error *error)
{
    kn__arguments arguments = arguments_of(statement, values, count);

    *out = NULL;
    return kn__result_open(statement->prepared, &arguments, false, out, error);
}

void kn_statement_timeout(kn_statement *statement, uint32_t milliseconds)
{
    statement->timeout_ms = milliseconds;
}

static kn_status run_once(kn__prepared *prepared, const kn__arguments *arguments, int64_t *changed, kn_error *error)
{
    kn_outcome outcome = {.size_ = sizeof(outcome)};
    kn_status status = kn__run(prepared, arguments, &outcome, error);

    kn__prepared_release(prepared);
    if (status == KN_OK && changed)
        *changed = outcome.changed;
    return status;
}

kn_status kn_execute(kn_connection *connection, kn_sql_text sql, const kn_value *values, size_t count, int64_t *changed,
                     kn_error *error)
{
    kn__arguments arguments = {.values = values, .count = count};
    kn__prepared *prepared = NULL;
    kn_status status = kn__connection_usable(connection, error);

    if (status == KN_OK)
        status = prepare_text(connection, sql, &prepared, error);
    return status == KN_OK ? run_once(prepared, &arguments, changed, error) : status;
}

kn_status kn_execute_query(kn_connection *connection, const kn_node *query, const kn_value *values, size_t count,
                           int64_t *changed, kn_error *error)
{
    kn__arguments arguments = {.values = values, .count = count};
    kn__prepared *prepared = NULL;
    kn_value *literals = NULL;
    kn_arena arena;
    kn_status status = kn__connection_usable(connection, error);

    if (status == KN_OK)
        status = kn__prepare_node(connection, query, &prepared, error);
    if (status != KN_OK)
        return status;
    kn_arena_init(&arena, connection->engine->allocator, 0);
    status = kn__literals_of(query, prepared->shape->compiled->n_values, &arena, &literals, error);
    arguments.literals = literals;
    if (status == KN_OK)
        status = run_once(prepared, &arguments, changed, error);
    else
        kn__prepared_release(prepared);
    kn_arena_finish(&arena);
    return status;
}
