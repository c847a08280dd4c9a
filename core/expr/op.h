/* SPDX-License-Identifier: MIT */
/* What KN_OP_MAP says about an operator, as data. */
#ifndef KOINE_EXPR_OP_H
#define KOINE_EXPR_OP_H

#include <koine/expr.h>

/* Binding strength of what is never put in parentheses. */
#define KN__STRENGTH_ATOM 100

typedef struct kn__op {
    const char *name;      /* "EQ"; for messages the spelling is better when there is one */
    const char *text;      /* SQL spelling or NULL */
    uint16_t fewest, most; /* operands; most 0 = any number */
    int strength;          /* 0 = function notation */
} kn__op;

/* NULL when there is no such operator. */
const kn__op *kn__op_of(unsigned op);

/* "=", "LIKE", "IN": what a message calls it. */
static inline const char *kn__op_shown(const kn__op *op)
{
    return op->text ? op->text : op->name;
}

#endif
