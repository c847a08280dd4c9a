/* SPDX-License-Identifier: MIT */
/* The one order in which every pass sees an expression: before its operands, operands from left to right. Slots of
 * literals are counted in it. */
#ifndef KOINE_EXPR_WALK_H
#define KOINE_EXPR_WALK_H

#include <koine/expr.h>

/* Deeper trees are refused; passes that cannot refuse do not look deeper. */
#define KN__DEPTH_MAX 200

/* The operands of a node, or the elements of a list, as they take part: what KN_WHEN left out is not there where it may
 * be left out, and the literals of an IN list are repeated up to the length that is rendered. */
typedef struct kn__operands {
    const kn_expr *const *next; /* NULL or at KN_END: none left but the repeated */
    const kn_expr *last;
    size_t given;     /* so far */
    size_t skip_from; /* operands from this one on may be absent */
    size_t repeats;   /* of the last one */
} kn__operands;

kn__operands kn__operands_of(const kn_expr *e);
/* A KN_END-ended list, NULL = empty. */
kn__operands kn__elements_of(const kn_expr *const *list);
/* The next one, which may be NULL where the program wrote NULL; false at the end. */
bool kn__operands_next(kn__operands *operands, const kn_expr **out);
size_t kn__operands_count(kn__operands operands);

typedef enum kn__walk { KN__WALK_ON, KN__WALK_PRUNE /* not below this one */, KN__WALK_STOP } kn__walk;

/* `e` is NULL where the program wrote NULL. At depth KN__DEPTH_MAX nothing below is visited. */
typedef kn__walk kn__visit(void *context, const kn_expr *e, unsigned depth);

/* false = stopped. */
bool kn__walk_expr(const kn_expr *e, unsigned depth, kn__visit *visit, void *context);

#endif
