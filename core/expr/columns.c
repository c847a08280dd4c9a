/* SPDX-License-Identifier: MIT */
#include "expr/columns.h"

size_t kn__model_index_at(const kn_model *model, size_t offset)
{
    for (size_t i = 0; i < model->n_columns; i++) {
        const kn_column *column = kn_model_column(model, i);
        if (column->ctype != KN_C_NONE && column->offset == offset)
            return i;
    }
    return SIZE_MAX;
}

size_t kn__model_index_named(const kn_model *model, const char *name)
{
    for (size_t i = 0; i < model->n_columns; i++) {
        const char *own = kn_column_name(kn_model_column(model, i));
        if (own && strcmp(own, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

size_t kn__model_index_of(const kn_model *model, const kn_expr *e)
{
    if (!e || e == KN_END || e->node.kind != KN_NODE_COLUMN || !e->model)
        return SIZE_MAX;
    if (e->model != model && !kn_model_equal(e->model, model))
        return SIZE_MAX;
    return e->name ? kn__model_index_named(model, e->name) : kn__model_index_at(model, e->offset);
}

bool kn__ctype_has_null(uint32_t ctype)
{
    switch (ctype) {
    case KN_C_NONE:
    case KN_C_CSTR:
    case KN_C_TEXT:
    case KN_C_BYTES:
    case KN_C_ANY:
        return true;
    default:
        return ctype >= KN_C_OPT_BOOL && ctype <= KN_C_OPT_BYTES;
    }
}

size_t kn__model_key_count(const kn_model *model, size_t *first)
{
    size_t count = 0;
    *first = SIZE_MAX;
    for (size_t i = 0; i < model->n_columns; i++) {
        if (kn_model_column(model, i)->primary_key && count++ == 0)
            *first = i;
    }
    return count;
}
