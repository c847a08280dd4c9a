/* SPDX-License-Identifier: MIT */
/* kn_create_all, kn_drop_all: the plan of a metadata, run on a connection. */
#include <koine/schema.h>

#include "engine/connection.h"
#include "schema/plan.h"
#include "sql/compile.h"

#define STATEMENT_MAX ((size_t)1 << 20)

typedef struct run {
    kn_connection *connection;
    const kn__target *target;
    const kn_allocator *allocator;
    kn__ddl_plan plan;
    bool *exists; /* by object */
    kn_error *error;
} run;

/* A name that the backend cannot have is refused here; its catalog might not even take it as a text. */
static kn_status check_name(const run *r, const char *name)
{
    kn__buffer buffer;
    kn__buffer_init(&buffer, r->allocator, STATEMENT_MAX);
    kn_status status = kn__render_name(r->target, name, &buffer, r->error);
    kn__buffer_finish(&buffer);
    return status;
}

/* One statement for all objects of a kind. */
static kn_status look(const run *r, kn_statement *statement, size_t object)
{
    kn_result *result = NULL;
    const kn_ddl_name *name = &r->plan.objects[object].name;
    kn_value values[2] = {kn_string(name->name), kn_string(name->schema)};
    kn_status status = check_name(r, name->name);
    if (status == KN_OK)
        status = kn_open(statement, values, KN_COUNT_OF(values), &result, r->error);
    if (status == KN_OK)
        status = kn_next(result, r->error);
    r->exists[object] = status == KN_OK;
    return kn__result_finish(result, status == KN_DONE ? KN_OK : status, r->error);
}

static kn_status look_at_all(const run *r, kn_catalog_kind kind)
{
    const char *sql = r->target->dialect->catalog[kind];
    kn_statement *statement = NULL;
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < r->plan.n_objects; i++) {
        if (r->plan.objects[i].kind != kind)
            continue;
        if (!sql)
            status = kn_error_set(r->error, KN_UNSUPPORTED, "dialect '%s' has no query that asks whether '%s' exists",
                                  r->target->dialect->name, r->plan.objects[i].name.name);
        else if (!statement)
            status = kn_prepare(r->connection, kn_unchecked_sql(sql), &statement, r->error);
        if (status == KN_OK)
            status = look(r, statement, i);
    }
    kn_statement_finish(statement);
    return status;
}

typedef kn_status step_fn(const run *r, const kn__step *step, kn__buffer *buffer);

static kn_status render_step(const run *r, const kn__step *step, kn__buffer *buffer)
{
    kn__buffer_clear(buffer);
    kn_status status = kn__render_ddl(r->target, step->node, buffer, r->error);
    return status == KN_OK ? kn__buffer_status(buffer, "a DDL statement", r->error) : status;
}

/* What ended in the middle, where it could not be rolled back, may have left the tables of a cycle without their keys.
 */
static bool is_gone(const run *r, const kn__step *step, kn_status status)
{
    return status == KN_NO_SUCH && step->node->kind == KN_NODE_DROP_FOREIGN_KEY &&
           !kn__target_has(r->target, KN_FEATURE_TRANSACTIONAL_DDL);
}

static kn_status run_step(const run *r, const kn__step *step, kn__buffer *buffer)
{
    kn_error error = {0};
    kn_status status = render_step(r, step, buffer);
    if (status != KN_OK)
        return status;
    status = kn_execute(r->connection, kn_unchecked_sql(kn__buffer_string_of(buffer)), NULL, 0, NULL, &error);
    if (status == KN_OK || is_gone(r, step, status))
        return KN_OK;
    if (r->error)
        *r->error = error;
    return status;
}

static kn_status each_step(const run *r, bool when_there, step_fn *call, kn__buffer *buffer)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < r->plan.n_steps; i++) {
        const kn__step *step = &r->plan.steps[i];
        if (r->exists[step->object] != when_there)
            continue;
        status = call(r, step, buffer);
        if (status != KN_OK)
            kn_error_prefix(r->error, "%s", r->plan.objects[step->object].name.name);
    }
    return status;
}

/* The steps of what is there, or of what is not. */
static kn_status run_steps(const run *r, bool when_there)
{
    kn__buffer buffer;
    kn__buffer_init(&buffer, r->allocator, STATEMENT_MAX);
    kn_status status = look_at_all(r, KN_CATALOG_HAS_ENUM);
    if (status == KN_OK)
        status = look_at_all(r, KN_CATALOG_HAS_TABLE);
    /* all are rendered before the first runs: where DDL is not transactional a refusal must not leave half of it */
    if (status == KN_OK)
        status = each_step(r, when_there, render_step, &buffer);
    if (status == KN_OK)
        status = each_step(r, when_there, run_step, &buffer);
    kn__buffer_finish(&buffer);
    return status;
}

/* All or nothing where the backend can. Where it cannot, DDL would commit what the program has open. */
static kn_status run_plan(const run *r, bool when_there)
{
    bool atomic = kn__target_has(r->target, KN_FEATURE_TRANSACTIONAL_DDL), open = kn_in_transaction(r->connection);
    if (open && !atomic)
        return kn_error_set(
            r->error, KN_STATE,
            "a transaction is open, and '%s' would commit it: end it before creating or dropping tables",
            r->target->dialect->name);
    if (open || !atomic)
        return run_steps(r, when_there);
    kn_status status = kn_begin(r->connection, KN_WRITE, r->error);
    if (status != KN_OK)
        return status;
    return kn__transaction_end(r->connection, run_steps(r, when_there), r->error);
}

typedef kn_status planner(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn__ddl_plan *out,
                          kn_error *error);

static kn_status run_all(kn_connection *connection, kn_metadata *metadata, planner *make, bool when_there,
                         kn_error *error)
{
    kn_arena arena;
    run r = {.connection = connection,
             .target = kn__connection_target(connection),
             .allocator = connection->engine->allocator,
             .error = error};
    kn_arena_init(&arena, r.allocator, 0);
    kn_status status = kn__connection_usable(connection, error);
    if (status == KN_OK)
        status = make(metadata, r.target, &arena, &r.plan, error);
    if (status != KN_OK)
        goto done;
    r.exists = kn_arena_array(&arena, r.plan.n_objects, sizeof *r.exists);
    status = r.exists ? run_plan(&r, when_there)
                      : kn_error_set(error, KN_NOMEM, "out of memory for the tables of a metadata");
done:
    kn_arena_finish(&arena);
    return status;
}

kn_status kn_create_all(kn_connection *connection, kn_metadata *metadata, kn_error *error)
{
    return run_all(connection, metadata, kn__plan_create_all, false, error);
}

kn_status kn_drop_all(kn_connection *connection, kn_metadata *metadata, kn_error *error)
{
    return run_all(connection, metadata, kn__plan_drop_all, true, error);
}
