/* SPDX-License-Identifier: MIT */
/* core/engine/object.h - which columns of an object are written, and with what. */
#ifndef KOINE_ENGINE_OBJECT_H
#define KOINE_ENGINE_OBJECT_H

#include <koine/object.h>

#include "engine/connection.h"

/* A row as it goes to the backend. Column numbers with KN__COLUMN_EXPR take an SQL expression and no value; the others
 * have one value each, in order. */
typedef struct kn__row {
    uint16_t *columns;
    size_t n_columns;
    uint16_t *value_columns; /* the column of each value */
    kn_value *values;
    size_t n_values;
} kn__row;

/* Room for every column of the model. KN_NOMEM; KN_INVALID for a model without a struct or with too many columns. */
kn_status kn__row_init(kn__row *row, const kn_model *model, kn_arena *arena, kn_error *error);

/* What an insert or an update of this object writes, by the rules of koine/object.h. */
kn_status kn__row_of_insert(kn__row *row, const kn_model *model, const void *object, kn_only only, kn_arena *arena,
                            kn_error *error);
kn_status kn__row_of_update(kn__row *row, const kn_model *model, const void *object, kn_only only, kn_arena *arena,
                            kn_error *error);
/* The key's values, appended. KN_INVALID for a model without a key or a key that is not set. */
kn_status kn__row_add_key(kn__row *row, const kn_model *model, const void *object, kn_arena *arena, kn_error *error);

/* The prepared statement of a verb over these columns. */
kn_status kn__prepare_verb(kn_connection *connection, kn__verb verb, const kn_model *model, const kn__row *row,
                           size_t rows, kn__prepared **out, kn_error *error);
static inline kn__arguments kn__row_arguments(const kn_model *model, const kn__row *row)
{
    return (kn__arguments){.values = row->values,
                           .count = row->n_values,
                           .model = model,
                           .columns = row->value_columns,
                           .n_columns = row->n_values};
}

#endif
