/* SPDX-License-Identifier: MIT */
#include "expr/check.h"

const kn_column *kn__expr_column(const kn_expr *e)
{
    if (!e->model)
        return NULL;
    return e->name ? kn_model_column_named(e->model, e->name) : kn_model_column_at(e->model, e->offset);
}

bool kn__column_is_computed(const kn_model *model, const kn_column *column)
{
    /* a model compiled before the member was there has no such columns */
    return model->column_size >= offsetof(kn_column, computed) + sizeof(column->computed) && column->computed;
}
