/* SPDX-License-Identifier: MIT */
#include "model/model.h"

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

static const kn_column *column_or_null(const kn_model *model, size_t i)
{
    return i == SIZE_MAX ? NULL : kn_model_column(model, i);
}

const kn_column *kn_model_column_at(const kn_model *model, size_t offset)
{
    return column_or_null(model, kn__model_index_at(model, offset));
}

const kn_column *kn_model_column_named(const kn_model *model, const char *name)
{
    return name ? column_or_null(model, kn__model_index_named(model, name)) : NULL;
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

bool kn_column_is_nullable(const kn_model *model, const kn_column *column)
{
    (void)model;
    if (column->primary_key)
        return false;
    if (column->nullable != KN_DEFAULT)
        return column->nullable == KN_YES;
    return kn__ctype_has_null(column->ctype);
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

/* Does a foreign key of the table, not of the column, use it? */
static bool in_table_reference(const kn_model *model, const kn_column *column)
{
    kn_model full = kn__model_load(model);
    for (const kn_table_reference *r = full.foreign_keys; r && r->columns; r++) {
        for (const kn_expr *const *e = r->columns; *e && *e != KN_END; e++) {
            if (column_or_null(model, kn__model_index_of(model, *e)) == column)
                return true;
        }
    }
    return false;
}

bool kn_column_is_generated_key(const kn_model *model, const kn_column *column)
{
    size_t first = SIZE_MAX;
    if (!column->primary_key || !kn__type_is_integer(&column->type) || column->autoincrement == KN_NO ||
        kn__model_key_count(model, &first) != 1)
        return false;
    if (column->autoincrement == KN_YES)
        return true;
    kn_column full = kn__column_load_from(model, column);
    return !full.initial && !full.server_default && !full.computed && !full.references.model &&
           !full.references.table && !in_table_reference(model, column);
}
