/* SPDX-License-Identifier: MIT */
/* Reading models that were compiled with an older or a newer header.
 *
 * THE RULE. Strides and sizes are recorded by the program that defined the model. Through kn_model_column() only the
 * members before `initial` may be read (every kn_column has them; kn_model_check refuses a smaller stride). Everything
 * is read from a full copy: kn__column_load gives one in which the members that the model's own kn_column did not have
 * yet are zero, which always means "not asked for". The same for kn_model and kn_relationship. DDL nodes carry such
 * copies, so renderers need not know. */
#ifndef KOINE_CORE_EXPR_COLUMNS_H
#define KOINE_CORE_EXPR_COLUMNS_H

#include <string.h>

#include <koine/model.h>

/* The smallest sizes that were ever compiled. */
#define KN__MODEL_SIZE_MIN offsetof(kn_model, unique_keys)
#define KN__COLUMN_SIZE_MIN offsetof(kn_column, initial)
#define KN__RELATIONSHIP_SIZE_MIN offsetof(kn_relationship, back)

static inline size_t kn__size_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline kn_model kn__model_load(const kn_model *model)
{
    kn_model full = {0};
    memcpy(&full, model, kn__size_least(model->size_, sizeof full));
    return full;
}

static inline kn_column kn__column_load_from(const kn_model *model, const kn_column *column)
{
    kn_column full = {0};
    memcpy(&full, column, kn__size_least(model->column_size, sizeof full));
    return full;
}

static inline kn_column kn__column_load(const kn_model *model, size_t i)
{
    return kn__column_load_from(model, kn_model_column(model, i));
}

static inline kn_relationship kn__relationship_load(const kn_model *model, size_t i)
{
    kn_relationship full = {0};
    const char *base = (const char *)model->relationships;
    memcpy(&full, base + i * model->relationship_size, kn__size_least(model->relationship_size, sizeof full));
    return full;
}

/* Index of a column of `model`, by member offset or by name; SIZE_MAX when there is none. */
size_t kn__model_index_at(const kn_model *model, size_t offset);
size_t kn__model_index_named(const kn_model *model, const char *name);

/* Index of the column that a KN_NODE_COLUMN expression means in `model`; SIZE_MAX when it is none of its own. */
size_t kn__model_index_of(const kn_model *model, const kn_expr *e);

/* Columns of the primary key: how many, and the first of them (SIZE_MAX when there is none). */
size_t kn__model_key_count(const kn_model *model, size_t *first);

/* Can the C type say NULL (or unset) by itself? KN_C_NONE can: values are given one by one. */
bool kn__ctype_has_null(uint32_t ctype);

static inline bool kn__type_is_integer(const kn_type *type)
{
    return type->id == KN_TYPE_SMALL_INTEGER || type->id == KN_TYPE_INTEGER || type->id == KN_TYPE_BIG_INTEGER;
}

#endif
