/* SPDX-License-Identifier: MIT */
/* Between the files of the check. */
#ifndef KOINE_EXPR_CHECK_NODE_H
#define KOINE_EXPR_CHECK_NODE_H

#include "expr/check.h"

/* What a literal should be, and which operand says so (NULL: the place where it stands). */
typedef struct kn__wanted {
    const kn_type *type;
    const kn_expr *by;
} kn__wanted;

/* Any node that stands for a value. `wanted` may be NULL. */
kn_status kn__check_node(kn__check *check, kn_expr *e, const kn__wanted *wanted, unsigned depth);
/* Its operands and result, for KN_NODE_OP. */
kn_status kn__check_op(kn__check *check, kn_expr *e, unsigned depth);
kn_status kn__check_boolean(kn__check *check, kn_expr *e, unsigned depth);
/* As many operands as the operator takes, none of them NULL. */
kn_status kn__check_operands(kn__check *check, const kn_expr *e);

/* Does its type depend on what it stands beside? */
bool kn__expr_is_soft(const kn_expr *e);

/* KN_TYPE_MISMATCH: "cannot WHAT a and b". */
kn_status kn__check_refuse_pair(kn__check *check, const char *what, const kn_expr *a, const kn_expr *b);

#endif
