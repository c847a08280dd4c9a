/* SPDX-License-Identifier: MIT */
#include "expr/columns.h"
#include "model/mapping.h"

/* The default that the program itself knows; UNSET when the column has none such. */
static kn_status default_of(const kn_column *column, kn_arena *arena, kn_value *out, kn_error *error)
{
    *out = (kn_value){0};
    const kn_expr *e = column->initial;
    if (!e)
        return KN_OK;
    if (e->node.kind == KN_NODE_VALUE)
        *out = e->value;
    if (e->node.kind != KN_NODE_CALL)
        return KN_OK;
    kn_status status = e->call(e->context, arena, out, error);
    if (status != KN_OK && error && error->status != (int32_t)status)
        kn_error_set(error, status, "the function of its default failed: %s", kn_status_text(status));
    return status;
}

/* Constants are borrowed from the model where the member can borrow; what a function gave need not be NUL-ended. */
static kn_status set_default(const kn_column *column, kn_arena *arena, void *object, kn_error *error)
{
    kn_value value;
    kn_status status = default_of(column, arena, &value, error);
    if (status != KN_OK || value.kind == KN_KIND_UNSET)
        return status;
    if (value.kind != KN_KIND_NULL)
        status = kn_value_check(&column->type, &value, arena, error);
    if (status != KN_OK)
        return status;
    bool borrow = column->initial->node.kind == KN_NODE_VALUE && !kn__member_needs_arena(column);
    return kn__member_store(column, &value, borrow ? NULL : arena, object, error);
}

kn_status kn_init(const kn_model *model, void *object, kn_arena *arena, kn_error *error)
{
    kn_status status = KN_OK;
    if (!model || !object)
        return kn_error_set(error, KN_INVALID, model ? "no object" : "no model");
    memset(object, 0, model->object_size);
    for (size_t i = 0; status == KN_OK && i < model->n_columns; i++) {
        kn_column column = kn__column_load(model, i);
        if (column.ctype == KN_C_NONE)
            continue;
        status = set_default(&column, arena, object, error);
        if (status != KN_OK)
            kn__member_failed(model, &column, status, error);
    }
    return status;
}
