/* SPDX-License-Identifier: MIT */
/* The cells that most rows are made of, read in place; the others see value.c. */
#ifndef KOINE_LIBPQ_CELL_H
#define KOINE_LIBPQ_CELL_H

#include <string.h>

#include "numeric.h"

/* Of column i; returns the status. */
kn_status lp_name_column(const lp_statement *s, int i, kn_status status, kn_error *error);
/* A number was decoded, or was not, or has not the column's scale. */
kn_status lp_end_numeric(lp_statement *s, int i, kn_status status, kn_value *cell, kn_error *error);

static inline int64_t lp_us_since_1970(const char *data)
{
    int64_t us = (int64_t)lp_get64(data);
    return us > INT64_MAX - LP_EPOCH_US ? INT64_MAX : us + LP_EPOCH_US;
}

/* The usual cells; false for all others, NULL too, which has no bytes. */
static inline __attribute__((always_inline)) bool lp_read_usual(uint32_t form, const char *data, uint32_t size,
                                                                kn_value *cell)
{
    uint64_t bits;
    switch (form) {
    case LP_FORM_TEXT:
        cell->kind = KN_KIND_TEXT;
        cell->as.text.data = data;
        cell->as.text.size = size;
        return size > 0;
    case LP_FORM_INT8:
        cell->kind = KN_KIND_INT;
        if (size != 8)
            return false;
        cell->as.i = (int64_t)lp_get64(data);
        return true;
    case LP_FORM_INT4:
        cell->kind = KN_KIND_INT;
        if (size != 4)
            return false;
        cell->as.i = (int32_t)lp_get32(data);
        return true;
    case LP_FORM_FLOAT8:
        cell->kind = KN_KIND_FLOAT;
        if (size != 8)
            return false;
        bits = lp_get64(data);
        memcpy(&cell->as.d, &bits, sizeof bits);
        return true;
    case LP_FORM_TIMESTAMP:
        cell->kind = KN_KIND_DATETIME;
        if (size != 8)
            return false;
        cell->as.datetime.us = lp_us_since_1970(data);
        return true;
    case LP_FORM_BOOL:
        cell->kind = KN_KIND_BOOL;
        if (size != 1)
            return false;
        cell->as.b = *data != 0;
        return true;
    default:
        return false;
    }
}

static inline kn_status lp_read_numeric(lp_statement *s, const lp_column *column, const char *data, int size,
                                        kn_value *cell, kn_error *error)
{
    kn_status status = lp_numeric_decode(s, data, size, cell, error);
    bool usual = !status && cell->as.decimal.exponent == column->exponent;
    return usual ? KN_OK : lp_end_numeric(s, (int)(column - s->columns), status, cell, error);
}

#endif
