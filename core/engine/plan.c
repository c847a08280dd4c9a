/* SPDX-License-Identifier: MIT */
#include "engine/object.h"
#include "expr/columns.h"

static void add_writer(kn__plan *plan, const kn__target *target, size_t number, bool computed)
{
    const kn_column full = kn__column_load(plan->model, number), *column = kn_model_column(plan->model, number);
    kn__writer *writer = &plan->writers[plan->n];

    if ((full.computed != NULL) != computed)
        return;
    plan->n++;
    *writer = (kn__writer){.initial = full.initial,
                           .onupdate = full.onupdate,
                           .number = (uint16_t)number,
                           .key = full.primary_key,
                           .computed = computed,
                           .slot = {.nullable = kn_column_is_nullable(plan->model, column),
                                    .generated = kn_column_is_generated_key(plan->model, column)}};
    writer->filled = full.server_default || writer->slot.nullable || writer->slot.generated;
    kn__writer_init(writer, target, column);
    if (writer->key)
        plan->keys[plan->n_keys++] = writer;
    if (writer->slot.generated)
        plan->generated = column;
    if (!plan->owner && kn__member_owns_memory(column))
        plan->owner = column;
}

static void add_writers(kn__plan *plan, const kn__target *target)
{
    for (size_t i = 0; i < plan->model->n_columns; i++)
        add_writer(plan, target, i, false);
    plan->n_written = plan->n;
    for (size_t i = 0; i < plan->model->n_columns; i++)
        add_writer(plan, target, i, true);
}

static kn_status make_plan(kn_connection *connection, const kn_model *model, kn__plan **out, kn_error *error)
{
    size_t room = 2 * model->n_columns + 1; /* an update may write every column and look for the key's besides */
    kn_arena arena;
    kn__plan *plan;
    kn_status status = kn_model_check(model, error); /* its offsets are followed from here on */

    if (status != KN_OK)
        return status;
    if (!model->object_size)
        return kn_error_set(error, KN_INVALID, "table '%s' has no struct", model->table);
    if (model->n_columns > KN__COLUMN_NUMBER)
        return kn_error_set(error, KN_INVALID, "table '%s' has %zu columns", model->table, model->n_columns);
    kn_arena_init(&arena, connection->engine->allocator, 0);
    plan = kn_arena_zalloc(&arena, sizeof(*plan));
    if (plan) {
        plan->writers = kn_arena_array(&arena, model->n_columns, sizeof(*plan->writers));
        plan->keys = kn_arena_array(&arena, model->n_columns, sizeof(const kn__writer *));
        plan->columns = kn_arena_array(&arena, room, sizeof(*plan->columns));
        plan->values = kn_arena_array(&arena, room, sizeof(*plan->values));
    }
    if (!plan || !plan->writers || !plan->keys || !plan->columns || !plan->values) {
        kn_arena_finish(&arena);
        return kn_error_set(error, KN_NOMEM, "out of memory for what is known of '%s'", model->table);
    }
    plan->model = model;
    plan->arena = arena;
    add_writers(plan, &connection->target);
    *out = plan;
    return KN_OK;
}

kn_status kn__plan_find(kn_connection *connection, const kn_model *model, kn__plan **out, kn_error *error)
{
    kn__plan **at = &connection->plans, *plan;
    kn_status status = KN_OK;

    while (*at && (*at)->model != model)
        at = &(*at)->next;
    plan = *at;
    if (plan)
        *at = plan->next;
    else
        status = make_plan(connection, model, &plan, error);
    if (status != KN_OK)
        return status;
    plan->next = connection->plans;
    connection->plans = plan;
    *out = plan;
    return KN_OK;
}

void kn__plans_free(kn_connection *connection)
{
    while (connection->plans) {
        kn_arena arena = connection->plans->arena;
        connection->plans = connection->plans->next;
        kn_arena_finish(&arena);
    }
}
