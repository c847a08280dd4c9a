/* SPDX-License-Identifier: MIT */
/* Structure of an expression: everything but the values of its literals. */
#ifndef KOINE_EXPR_STRUCTURE_H
#define KOINE_EXPR_STRUCTURE_H

#include "base/hash.h"
#include "expr/walk.h"

/* `e` may be NULL everywhere. */
void kn__expr_hash(kn__hash *hash, const kn_expr *e);
bool kn__expr_equal(const kn_expr *a, const kn_expr *b);

/* Literals of an expression, counted on from `count`; those below `room` are written. */
typedef struct kn__literals {
    kn_value *out;
    size_t room, count;
} kn__literals;
void kn__expr_literals(const kn_expr *e, kn__literals *literals);

/* Copying. Every node of a copy is its own, even where the original shares it, so that passes may write into it. */
typedef struct kn__copying {
    kn_arena *arena;
    bool pickles;      /* with trees of kn_any as what they are bound as; else they are shared */
    bool values;       /* with the values of literals; else only their kinds */
    uint32_t slots;    /* literals so far: each copy of a literal keeps its slot in .index */
    bool no_memory;    /* what is returned is useless */
    bool null_operand; /* somewhere the program wrote NULL, and the copy has it too */
    bool too_deep;     /* something below KN__DEPTH_MAX is NULL in the copy */
} kn__copying;
kn_expr *kn__expr_copy(kn__copying *copying, const kn_expr *e, unsigned depth);
/* A list without what is absent; NULL stays NULL. */
const kn_expr *const *kn__list_copy(kn__copying *copying, const kn_expr *const *list);

/* Nodes of copies may be written to by the pass that made them. */
static inline kn_expr *kn__own(const kn_expr *e)
{
    return (kn_expr *)(uintptr_t)e;
}

#endif
