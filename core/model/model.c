/* SPDX-License-Identifier: MIT */
#include "expr/columns.h"

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

bool kn_column_is_nullable(const kn_model *model, const kn_column *column)
{
    (void)model;
    if (column->primary_key)
        return false;
    if (column->nullable != KN_DEFAULT)
        return column->nullable == KN_YES;
    return kn__ctype_has_null(column->ctype);
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
