/* SPDX-License-Identifier: MIT */
/* One comparison for every table: what a struct looks like is data. */
#include <string.h>

#include "chinook.h"

static bool equal_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* NULL equals NULL, and nothing else. */
static bool equal_optional(kn_state a, kn_state b, int64_t x, int64_t y)
{
    return a == b && (a != KN_SET || x == y);
}

static bool equal_member(const kn_column *column, const void *a, const void *b)
{
    const kn_opt_int32 *i = a, *k = b;
    const kn_opt_datetime *s = a, *t = b;

    switch (column->ctype) {
    case KN_C_INT32:
        return *(const int32_t *)a == *(const int32_t *)b;
    case KN_C_CSTR:
        return equal_text(*(const char *const *)a, *(const char *const *)b);
    case KN_C_DECIMAL:
        return kn_decimal_compare(*(const kn_decimal *)a, *(const kn_decimal *)b) == 0;
    case KN_C_DATETIME:
        return ((const kn_datetime *)a)->us == ((const kn_datetime *)b)->us;
    case KN_C_OPT_INT32:
        return equal_optional(i->state, k->state, i->value, k->value);
    case KN_C_OPT_DATETIME:
        return equal_optional(s->state, t->state, s->value.us, t->value.us);
    default:
        return false; /* no member of Chinook's is of another type */
    }
}

bool chinook_equal(const kn_model *model, const void *a, const void *b, const char **differing)
{
    for (size_t i = 0; i < model->n_columns; i++) {
        const kn_column *column = kn_model_column(model, i);
        if (!equal_member(column, (const char *)a + column->offset, (const char *)b + column->offset)) {
            *differing = kn_column_name(column);
            return false;
        }
    }
    return true;
}
