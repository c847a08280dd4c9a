/* SPDX-License-Identifier: MIT */
/* Checks an expression and finds the type of each of its nodes. Works on a copy of its own (kn__expr_copy), which it
 * writes into: columns get their names, every node its type. */
#ifndef KOINE_EXPR_CHECK_H
#define KOINE_EXPR_CHECK_H

#include <koine/model.h>

#include "expr/structure.h"

typedef struct kn__check {
    const kn_model *model; /* the only one whose columns may be named; NULL = none */
    kn_error *error;
    bool aggregates;   /* may stand here */
    bool in_ddl;       /* no arguments, no aggregates */
    bool no_arguments; /* they are numbered by the statement */
    bool untyped_ok;   /* beside raw SQL of unknown type, an argument may be untyped too */
    bool in_aggregate;
    bool null_ok;          /* a NULL literal may stand here */
    bool has_aggregate;    /* seen */
    bool has_plain_column; /* seen outside of aggregates */
} kn__check;

/* In kn_expr.zero_ of a node that was checked. */
#define KN__CHECKED 0x4b43
static inline bool kn__expr_is_checked(const kn_expr *e)
{
    return e->zero_ == KN__CHECKED;
}

/* Any value; `wanted` (may be NULL) is the type of a literal of which nothing else is known. */
kn_status kn__check_value(kn__check *check, kn_expr *e, const kn_type *wanted);
/* A Boolean. */
kn_status kn__check_condition(kn__check *check, kn_expr *e);
/* KN_ASSIGN to a column that may be written. */
kn_status kn__check_assign(kn__check *check, kn_expr *e);
/* What stands in ORDER BY: an expression, in KN_ASC or KN_DESC or plain. */
kn_status kn__check_order(kn__check *check, kn_expr *e);
/* What stands in an index: the same, and KN_PREFIX. */
kn_status kn__check_part(kn__check *check, kn_expr *e);

/* The column of a KN_NODE_COLUMN in its own model, NULL when it has none such. */
const kn_column *kn__expr_column(const kn_expr *e);
/* Is it computed by the backend? */
bool kn__column_is_computed(const kn_model *model, const kn_column *column);

/* "users.name (String(64))", "a text value", "argument 0": for messages. */
#define KN__SHOWN_SIZE 160
void kn__expr_show(const kn_expr *e, char out[KN__SHOWN_SIZE]);

#endif
