/* SPDX-License-Identifier: MIT */
#include "engine/object.h"

kn_status kn__row_init(kn__row *row, const kn_model *model, kn_arena *arena, kn_error *error)
{
    size_t n = model->n_columns;

    if (!model->object_size)
        return kn_error_set(error, KN_INVALID, "table '%s' has no struct", model->table);
    if (n > KN__COLUMN_NUMBER)
        return kn_error_set(error, KN_INVALID, "table '%s' has %zu columns", model->table, n);
    *row = (kn__row){.n_columns = 0};
    /* an update may write every column and look for the key's besides */
    row->columns = kn_arena_alloc(arena, (2 * n + 1) * sizeof(*row->columns));
    row->value_columns = kn_arena_alloc(arena, (2 * n + 1) * sizeof(*row->value_columns));
    row->values = kn_arena_alloc(arena, (2 * n + 1) * sizeof(*row->values));
    if (!row->columns || !row->value_columns || !row->values)
        return kn_error_set(error, KN_NOMEM, "out of memory for a row of '%s'", model->table);
    return KN_OK;
}

static bool is_named(kn_only only, const kn_column *column)
{
    if (column->ctype == KN_C_NONE)
        return false;
    for (; *only != SIZE_MAX; only++)
        if (*only == column->offset)
            return true;
    return false;
}

/* A member that no column stands for, or that the backend computes, would be left out in silence. */
static kn_status check_only(const kn_model *model, kn_only only, kn_error *error)
{
    for (; only && *only != SIZE_MAX; only++) {
        const kn_column *found = NULL;
        for (size_t i = 0; i < model->n_columns && !found; i++) {
            const kn_column *column = kn_model_column(model, i);
            if (column->ctype != KN_C_NONE && column->offset == *only)
                found = column;
        }
        if (!found)
            return kn_error_set(error, KN_INVALID, "KN_ONLY names a member of '%s' (at byte %zu) that has no column",
                                model->table, *only);
        if (found->computed)
            return kn_error_set(error, KN_INVALID, "KN_ONLY names %s.%s, which the backend computes", model->table,
                                kn_column_name(found));
    }
    return KN_OK;
}

static void add_value(kn__row *row, size_t number)
{
    row->columns[row->n_columns++] = (uint16_t)number;
    row->value_columns[row->n_values++] = (uint16_t)number;
}

static void add_expression(kn__row *row, size_t number)
{
    row->columns[row->n_columns++] = (uint16_t)(number | KN__COLUMN_EXPR);
}

/* The member's value, at the row's next place. */
static kn_status load(kn__row *row, const kn_model *model, const kn_column *column, const void *object, kn_arena *arena,
                      kn_error *error)
{
    kn_status status = kn__member_loader(column->ctype)(column, object, arena, &row->values[row->n_values], error);

    if (status != KN_OK)
        kn_error_prefix(error, "%s.%s", model->table, kn_column_name(column));
    return status;
}

/* A program's function may fail without saying why. */
static kn_status call_default(const kn_column *column, const kn_expr *e, kn_arena *arena, kn_value *out,
                              kn_error *error)
{
    kn_error why = {0};
    kn_status status = e->call(e->context, arena, out, &why);

    if (status == KN_OK)
        return KN_OK;
    if (why.status != (int32_t)status)
        kn_error_set(&why, status, "its default function failed");
    kn_error_prefix(&why, "column '%s'", kn_column_name(column));
    if (error)
        *error = why;
    return status;
}

/* A column's `initial` or `onupdate`: a value, a call, or an expression for the backend. */
static kn_status add_default(kn__row *row, const kn_column *column, size_t number, const kn_expr *e, kn_arena *arena,
                             kn_error *error)
{
    kn_value *value = &row->values[row->n_values];
    kn_status status = KN_OK;

    if (e->node.kind == KN_NODE_VALUE) {
        *value = e->value;
    } else if (e->node.kind == KN_NODE_CALL) {
        *value = (kn_value){.kind = KN_KIND_UNSET};
        status = call_default(column, e, arena, value, error);
    } else {
        add_expression(row, number);
        return KN_OK;
    }
    if (status == KN_OK && value->kind != KN_KIND_UNSET)
        add_value(row, number);
    return status;
}

static kn_status refuse_null(const kn_model *model, const kn_column *column, kn_error *error)
{
    kn_error_set(error, KN_NULL_VALUE, "%s.%s is NOT NULL and has no default: it needs a value", model->table,
                 kn_column_name(column));
    return KN_NULL_VALUE;
}

static bool is_generated_zero(const kn_model *model, const kn_column *column, const kn_value *value)
{
    return value->kind == KN_KIND_INT && value->as.i == 0 && kn_column_is_generated_key(model, column);
}

static kn_status insert_column(kn__row *row, const kn_model *model, size_t number, const void *object, kn_only only,
                               kn_arena *arena, kn_error *error)
{
    const kn_column *column = kn_model_column(model, number);
    kn_value *value = &row->values[row->n_values];
    kn_status status = KN_OK;

    value->kind = KN_KIND_UNSET;
    if (!only || is_named(only, column))
        status = load(row, model, column, object, arena, error);
    if (status != KN_OK)
        return status;
    if (value->kind == KN_KIND_UNSET && only && is_named(only, column))
        value->kind = KN_KIND_NULL;
    if (is_generated_zero(model, column, value))
        value->kind = KN_KIND_UNSET;
    if (value->kind == KN_KIND_NULL && !kn_column_is_nullable(model, column))
        return refuse_null(model, column, error);
    if (value->kind != KN_KIND_UNSET) {
        add_value(row, number);
        return KN_OK;
    }
    if (column->initial)
        return add_default(row, column, number, column->initial, arena, error);
    if (column->server_default || kn_column_is_nullable(model, column) || kn_column_is_generated_key(model, column))
        return KN_OK;
    return refuse_null(model, column, error);
}

kn_status kn__row_of_insert(kn__row *row, const kn_model *model, const void *object, kn_only only, kn_arena *arena,
                            kn_error *error)
{
    kn_status status = check_only(model, only, error);

    row->n_columns = row->n_values = 0;
    for (size_t i = 0; i < model->n_columns && status == KN_OK; i++)
        if (!kn_model_column(model, i)->computed)
            status = insert_column(row, model, i, object, only, arena, error);
    return status;
}

static kn_status update_column(kn__row *row, const kn_model *model, size_t number, const void *object, kn_only only,
                               kn_arena *arena, kn_error *error)
{
    const kn_column *column = kn_model_column(model, number);
    kn_value *value = &row->values[row->n_values];
    kn_status status = KN_OK;

    value->kind = KN_KIND_UNSET;
    if (!only || is_named(only, column))
        status = load(row, model, column, object, arena, error);
    if (status != KN_OK)
        return status;
    if (value->kind == KN_KIND_UNSET && only && is_named(only, column))
        value->kind = KN_KIND_NULL;
    if (value->kind == KN_KIND_NULL && !kn_column_is_nullable(model, column))
        return refuse_null(model, column, error);
    if (value->kind != KN_KIND_UNSET)
        add_value(row, number);
    else if (column->onupdate)
        return add_default(row, column, number, column->onupdate, arena, error);
    return KN_OK;
}

kn_status kn__row_of_update(kn__row *row, const kn_model *model, const void *object, kn_only only, kn_arena *arena,
                            kn_error *error)
{
    kn_status status = check_only(model, only, error);

    row->n_columns = row->n_values = 0;
    for (size_t i = 0; i < model->n_columns && status == KN_OK; i++) {
        const kn_column *column = kn_model_column(model, i);
        if (!column->computed && !column->primary_key)
            status = update_column(row, model, i, object, only, arena, error);
    }
    return status;
}

kn_status kn__row_add_key(kn__row *row, const kn_model *model, const void *object, kn_arena *arena, kn_error *error)
{
    size_t before = row->n_values;

    for (size_t i = 0; i < model->n_columns; i++) {
        const kn_column *column = kn_model_column(model, i);
        kn_status status;
        if (!column->primary_key)
            continue;
        status = load(row, model, column, object, arena, error);
        if (status != KN_OK)
            return status;
        if (row->values[row->n_values].kind == KN_KIND_UNSET || row->values[row->n_values].kind == KN_KIND_NULL)
            return kn_error_set(error, KN_INVALID, "%s.%s: the object's key is not set", model->table,
                                kn_column_name(column));
        row->value_columns[row->n_values++] = (uint16_t)i;
    }
    if (row->n_values == before)
        return kn_error_set(error, KN_INVALID, "table '%s' has no primary key", model->table);
    return KN_OK;
}
