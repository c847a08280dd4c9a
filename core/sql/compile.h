/* SPDX-License-Identifier: MIT */
/* core/sql/compile.h - a statement in data, rendered once for a target, ready to be executed many times. */
#ifndef KOINE_SQL_COMPILE_H
#define KOINE_SQL_COMPILE_H

#include "base/buffer.h"
#include "sql/dialect.h"

/* Where the value of a placeholder comes from, and what happens to it on the way. */
typedef enum kn__bind_source { KN__BIND_ARG = 1, KN__BIND_VALUE = 2 } kn__bind_source;
typedef enum kn__bind_change {
    KN__CHANGE_NONE = KN_BIND_AS_IT_IS,
    KN__CHANGE_CONTAINS = KN_BIND_CONTAINS,       /* escape % _ \ and put % around it */
    KN__CHANGE_STARTS_WITH = KN_BIND_STARTS_WITH, /* ... behind it */
    KN__CHANGE_ENDS_WITH = KN_BIND_ENDS_WITH,     /* ... before it */
    KN__CHANGE_COUNT = KN_BIND_COUNT              /* LIMIT, OFFSET: an integer >= 0 */
    /* and what else kn_bind_change has: apply them by kn__bind_change_apply only */
} kn__bind_change;
typedef struct kn__bind {
    uint16_t source; /* kn__bind_source */
    uint16_t change; /* kn__bind_change */
    uint32_t index;  /* argument number, or slot among kn__structure_values */
    kn_type type;    /* id 0 = nothing known: the value's kind decides */
} kn__bind;

typedef struct kn__result_column {
    kn_type type; /* id 0 = nothing known */
    const char *name;
    size_t model_column; /* index in the model, SIZE_MAX = an expression */
} kn__result_column;

/* Changes a value as kn_bind_change says, before it is encoded; texts go into `arena`. KN_NULL_VALUE, KN_TYPE_MISMATCH,
 * KN_OUT_OF_RANGE (a negative count), KN_MALFORMED (a LIKE pattern that ends in its escape), KN_NOMEM. */
kn_status kn__bind_change_apply(uint32_t change, kn_arena *arena, kn_value *value, kn_error *error);

/* Immutable; everything in it lives in its arena. */
typedef struct kn__compiled {
    kn_arena arena;
    const kn_allocator *allocator;
    kn_text sql;           /* NUL-ended */
    const kn__bind *binds; /* in placeholder order */
    size_t n_binds;
    const kn__result_column *columns;
    size_t n_columns;
    size_t n_args;   /* arguments it takes: 1 + the highest KN_ARG, or rows x columns of an insert */
    size_t n_values; /* literals: what kn__structure_values gives */
} kn__compiled;

/* SELECT, INSERT, UPDATE, DELETE. Checks operand types, NULL operands, missing .where, lists; a text with U+0000 in it
 * cannot come out. KN_INVALID, KN_TYPE_MISMATCH, KN_UNSUPPORTED, KN_LIMIT, KN_NOMEM. */
kn_status kn__compile(const kn__target *target, const kn_node *statement, const kn_allocator *allocator,
                      kn__compiled **out, kn_error *error);
void kn__compiled_free(kn__compiled *compiled);

/* One DDL node (koine/plugin/dialect.h), or a statement that stands among them, as text, values as literals. Appends to
 * `out`. */
kn_status kn__render_ddl(const kn__target *target, const kn_node *node, kn__buffer *out, kn_error *error);

/* Appends an identifier as the dialect writes it (for savepoints, bulk). */
kn_status kn__render_name(const kn__target *target, const char *name, kn__buffer *out, kn_error *error);

/* Is it a SELECT of which very many rows are expected? */
bool kn__statement_is_large(const kn_node *statement);

/* The structure of a statement: everything but the values of its literals. NULL-ness, list lengths, presence of
 * clauses, models and columns are structure. Two statements of equal structure render to the same text. */
uint64_t kn__structure_hash(const kn_node *statement, uint64_t seed);
bool kn__structure_equal(const kn_node *a, const kn_node *b);
/* A deep copy (models are borrowed), in which literals have their kind only; NULL when memory is out. */
const kn_node *kn__structure_copy(kn_arena *arena, const kn_node *statement);
/* The same with the values of the literals, texts and bytes copied, trees of kn_any borrowed. */
const kn_node *kn__structure_copy_with_values(kn_arena *arena, const kn_node *statement);
/* The literals in one fixed order; returns how many there are, writes at most `room`. */
size_t kn__structure_values(const kn_node *statement, kn_value *out, size_t room);

#endif
