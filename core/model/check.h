/* SPDX-License-Identifier: MIT */
/* Between the files of kn_model_check. */
#ifndef KOINE_CORE_MODEL_CHECK_H
#define KOINE_CORE_MODEL_CHECK_H

#include "expr/columns.h"

typedef struct kn__model_check {
    const kn_model *model;
    kn_model full;
    kn_error *error;
} kn__model_check;

/* KN_INVALID: "table 't': column 'c': why"; `column` may be NULL. Returns the status. */
kn_status kn__model_refuse(const kn__model_check *check, const char *column, const char *format, ...) KN_PRINTF(3, 4);

/* What an expression of a declaration is for. */
typedef enum kn__use {
    KN__USE_VALUE,    /* of the type of its column; no columns */
    KN__USE_UPDATE,   /* the same, from the row as it was */
    KN__USE_COMPUTED, /* the same, by the backend */
    KN__USE_CONDITION,
    KN__USE_PART /* of an index */
} kn__use;
/* Operands, types, own columns only. `column` is the one that it is declared for, or NULL; `what` is "check"... */
kn_status kn__model_check_expr(const kn__model_check *check, const kn_column *column, const char *what,
                               const kn_expr *e, kn__use use);

/* initial, onupdate, server_default, computed, check of a column. */
kn_status kn__model_check_values(const kn__model_check *check, const kn_column *column);
/* Unique keys, indexes, checks, foreign keys. */
kn_status kn__model_check_parts(const kn__model_check *check);
/* Members that overlap or stand outside of the struct; relationships. */
kn_status kn__model_check_members(const kn__model_check *check);

#endif
