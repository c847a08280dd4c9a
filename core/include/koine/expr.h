/* SPDX-License-Identifier: MIT */
/* koine/expr.h - expressions as const data.
 *
 * An expression is a tree of kn_expr nodes, made by the macros below as compound literals, or by the arena builders at
 * the end.
 * LIFETIME: a literal at file scope is static. Inside a function it lives to the end of its block and compilers do not
 * warn when a pointer to it outlives that: write the whole query in one KN_QUERY(...) used in place, or build in an
 * arena (the builders copy their operands). Every call that takes an expression reads it only until it returns.
 * Operand lists end in KN_END, which is not NULL: a NULL operand is KN_INVALID and nothing is sent.
 * The macros are C only. */
#ifndef KOINE_EXPR_H
#define KOINE_EXPR_H

#include <koine/type.h>

KN_BEGIN_DECLS

typedef struct kn_model kn_model; /* koine/model.h */
typedef struct kn_expr kn_expr;

/* Kinds of nodes: expressions, statements and DDL share one numbering, because a dialect overrides renderers by it.
 * Append-only. A kind that a dialect does not know is KN_UNSUPPORTED when rendered. */
typedef enum kn_node_kind {
    KN_NODE_NONE = 0,
    /* expressions: kn_expr */
    KN_NODE_COLUMN = 1,   /* a column of a model */
    KN_NODE_VALUE = 2,    /* a value, always bound */
    KN_NODE_ARG = 3,      /* the n-th argument given at execution */
    KN_NODE_OP = 4,       /* an operator or function of kn_op */
    KN_NODE_RAW = 5,      /* literal SQL text */
    KN_NODE_NOW = 6,      /* the current instant, UTC, six fraction digits */
    KN_NODE_CALL = 7,     /* a C function that gives the value: only as a column's initial or onupdate */
    KN_NODE_ABSENT = 8,   /* KN_WHEN(false): AND, OR and lists leave it out; an error elsewhere */
    KN_NODE_ALL_ROWS = 9, /* .where = KN_ALL_ROWS */
    /* statements: koine/query.h */
    KN_NODE_SELECT = 20,
    KN_NODE_INSERT = 21,
    KN_NODE_UPDATE = 22,
    KN_NODE_DELETE = 23,
    KN_NODE_LIMIT = 24, /* LIMIT and OFFSET of a kn_select */
    KN_NODE_RETURNING = 25,
    /* DDL: koine/plugin/dialect.h */
    KN_NODE_CREATE_TABLE = 40,
    KN_NODE_DROP_TABLE = 41,
    KN_NODE_COLUMN_DEF = 42,
    KN_NODE_PRIMARY_KEY = 43,
    KN_NODE_UNIQUE_KEY = 44,
    KN_NODE_FOREIGN_KEY = 45,
    KN_NODE_CHECK = 46,
    KN_NODE_CREATE_INDEX = 47,
    KN_NODE_DROP_INDEX = 48,
    KN_NODE_ADD_FOREIGN_KEY = 49, /* ALTER TABLE ... ADD CONSTRAINT */
    KN_NODE_DROP_FOREIGN_KEY = 50,
    KN_NODE_CREATE_ENUM = 51,
    KN_NODE_DROP_ENUM = 52,
    KN_NODE_COMMENT = 53,
    KN_NODE_END_ = 64
} kn_node_kind;

/* What every node starts with. */
typedef struct kn_node {
    uint16_t kind;
    uint16_t size; /* the node's own, so that nodes may grow */
    uint32_t zero_;
} kn_node;

/* Operators and functions. One line each: enumerator, number, SQL spelling (NULL: has a renderer of its own), fewest
 * and most operands (0 = any number from the fewest), binding strength for parentheses (higher binds tighter; 0 =
 * function notation). */
#define KN_OP_MAP(X)                                                                                                   \
    X(OR, 1, "OR", 1, 0, 1)                                                                                            \
    X(AND, 2, "AND", 1, 0, 2)                                                                                          \
    X(NOT, 3, "NOT", 1, 1, 3)                                                                                          \
    X(EQ, 4, "=", 2, 2, 4)                                                                                             \
    X(NE, 5, "<>", 2, 2, 4)                                                                                            \
    X(LT, 6, "<", 2, 2, 4)                                                                                             \
    X(LE, 7, "<=", 2, 2, 4)                                                                                            \
    X(GT, 8, ">", 2, 2, 4)                                                                                             \
    X(GE, 9, ">=", 2, 2, 4)                                                                                            \
    X(IS_NULL, 10, "IS NULL", 1, 1, 4)                                                                                 \
    X(IS_NOT_NULL, 11, "IS NOT NULL", 1, 1, 4)                                                                         \
    X(LIKE, 12, NULL, 2, 2, 4)                                                                                         \
    X(ILIKE, 13, NULL, 2, 2, 4)                                                                                        \
    X(CONTAINS, 14, NULL, 2, 2, 4)                                                                                     \
    X(STARTS_WITH, 15, NULL, 2, 2, 4)                                                                                  \
    X(ENDS_WITH, 16, NULL, 2, 2, 4)                                                                                    \
    X(IN, 17, NULL, 1, 0, 4)                                                                                           \
    X(NOT_IN, 18, NULL, 1, 0, 4)                                                                                       \
    X(BETWEEN, 19, NULL, 3, 3, 4)                                                                                      \
    X(ADD, 20, "+", 2, 0, 6)                                                                                           \
    X(SUB, 21, "-", 2, 2, 6)                                                                                           \
    X(MUL, 22, "*", 2, 0, 7)                                                                                           \
    X(DIV, 23, "/", 2, 2, 7)                                                                                           \
    X(MOD, 24, "%", 2, 2, 7)                                                                                           \
    X(NEG, 25, "-", 1, 1, 9)                                                                                           \
    X(CONCAT, 26, "||", 2, 0, 5)                                                                                       \
    X(LOWER, 40, "lower", 1, 1, 0)                                                                                     \
    X(UPPER, 41, "upper", 1, 1, 0)                                                                                     \
    X(LENGTH, 42, "length", 1, 1, 0)                                                                                   \
    X(COALESCE, 43, "coalesce", 2, 0, 0)                                                                               \
    X(ABS, 44, "abs", 1, 1, 0)                                                                                         \
    X(COUNT, 45, "count", 0, 1, 0)                                                                                     \
    X(MIN, 46, "min", 1, 1, 0)                                                                                         \
    X(MAX, 47, "max", 1, 1, 0)                                                                                         \
    X(SUM, 48, "sum", 1, 1, 0)                                                                                         \
    X(ASC, 60, "ASC", 1, 1, 0)                                                                                         \
    X(DESC, 61, "DESC", 1, 1, 0)                                                                                       \
    X(ASSIGN, 62, "=", 2, 2, 0)                                                                                        \
    X(PREFIX, 63, NULL, 2, 2, 0)

typedef enum kn_op {
    KN_OP_NONE = 0,
#define KN_X(op, number, text, fewest, most, strength) KN_OP_##op = (number),
    KN_OP_MAP(KN_X)
#undef KN_X
        KN_OP_END_
} kn_op;

/* A default computed by the program, when a row is written without a value. `out` may point into `arena`. */
typedef kn_status kn_default_fn(void *context, kn_arena *arena, kn_value *out, kn_error *error);

struct kn_expr {
    kn_node node;
    uint16_t op; /* kn_op, KN_NODE_OP */
    uint16_t zero_;
    uint32_t index;        /* KN_NODE_ARG: which argument */
    const kn_model *model; /* KN_NODE_COLUMN */
    size_t offset;         /* KN_NODE_COLUMN: of the member, when name is NULL */
    const char *name;      /* KN_NODE_COLUMN: by column name; KN_NODE_RAW: the text */
    kn_type type;          /* stated type of an argument, value or raw text; id 0 = deduced from the other operand */
    kn_value value;        /* KN_NODE_VALUE */
    const kn_expr *const *args; /* KN_NODE_OP: operands, ended by KN_END */
    kn_default_fn *call;        /* KN_NODE_CALL */
    void *context;
};

/* Ends operand lists. Not NULL, never read. */
#define KN_END ((const kn_expr *)(uintptr_t)64)

KN_API extern const kn_expr kn_absent_, kn_all_rows_, kn_now_;

#define KN_ALL_ROWS (&kn_all_rows_)
/* The current instant in UTC with microseconds, whatever the session's zone. */
#define KN_NOW (&kn_now_)

#ifndef __cplusplus
#define KN_NODE_(k, ...) (&(const kn_expr){.node = {.kind = (k), .size = sizeof(kn_expr)}, __VA_ARGS__})
#define KN_LIST(...) ((const kn_expr *const[]){__VA_ARGS__, KN_END})
#define KN_OP_(o, ...) KN_NODE_(KN_NODE_OP, .op = (o), .args = KN_LIST(__VA_ARGS__))

/* Operands. */
#define KN_COL(S, m) KN_NODE_(KN_NODE_COLUMN, .model = &S##_model, .offset = offsetof(S, m))
#define KN_COL_NAMED(model_, column) KN_NODE_(KN_NODE_COLUMN, .model = (model_), .name = (column))
#define KN_INT(v) KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_INT, .as = {.i = (v)}})
#define KN_BOOL(v) KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_BOOL, .as = {.b = (v)}})
#define KN_DOUBLE(v) KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_FLOAT, .as = {.d = (v)}})
#define KN_TEXT(v)                                                                                                     \
    KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_TEXT, .as = {.text = {.data = (v), .size = SIZE_MAX}}})
/* KN_DEC(1250, -2) is 12.50 */
#define KN_DEC(coefficient, exp10)                                                                                     \
    KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_DECIMAL, .as = {.decimal = KN_DECIMAL(coefficient, exp10)}})
/* any kn_value; in functions only, since it is not a constant */
#define KN_VALUE(v) KN_NODE_(KN_NODE_VALUE, .value = (v))
/* the n-th argument, from 0: KN_ARG(0), or KN_ARG(0, KN_DATE) where no column tells its type */
#define KN_ARG(...) KN_ARG_PICK_(__VA_ARGS__, KN_ARG_TYPED_, KN_ARG_PLAIN_, 0)(__VA_ARGS__)
#define KN_ARG_PICK_(a, b, c, ...) c
#define KN_ARG_PLAIN_(n) KN_NODE_(KN_NODE_ARG, .index = (n))
#define KN_ARG_TYPED_(n, T) KN_NODE_(KN_NODE_ARG, .index = (n), .type = {KN_INIT_##T})
/* SQL text as it is, a literal only: KN_RAW("random()"); a variable does not compile. It is the program's to be
 * portable. */
#define KN_RAW(s) KN_NODE_(KN_NODE_RAW, .name = "" s "")
#define KN_RAW_OF(s, T) KN_NODE_(KN_NODE_RAW, .name = "" s "", .type = {KN_INIT_##T})
/* a default from a C function: KN_CALL(make_token, NULL) */
#define KN_CALL(fn, ctx) KN_NODE_(KN_NODE_CALL, .call = (fn), .context = (ctx))
/* the expression when the condition holds, else nothing; for operands of KN_AND, KN_OR and lists */
#define KN_WHEN(condition, e) ((condition) ? (e) : &kn_absent_)

/* Operators. AND, OR, ADD, MUL and CONCAT take any number of operands. */
#define KN_EQ(a, b) KN_OP_(KN_OP_EQ, a, b)
#define KN_NE(a, b) KN_OP_(KN_OP_NE, a, b)
#define KN_LT(a, b) KN_OP_(KN_OP_LT, a, b)
#define KN_LE(a, b) KN_OP_(KN_OP_LE, a, b)
#define KN_GT(a, b) KN_OP_(KN_OP_GT, a, b)
#define KN_GE(a, b) KN_OP_(KN_OP_GE, a, b)
#define KN_AND(...) KN_OP_(KN_OP_AND, __VA_ARGS__)
#define KN_OR(...) KN_OP_(KN_OP_OR, __VA_ARGS__)
#define KN_NOT(a) KN_OP_(KN_OP_NOT, a)
#define KN_IS_NULL(a) KN_OP_(KN_OP_IS_NULL, a)
#define KN_IS_NOT_NULL(a) KN_OP_(KN_OP_IS_NOT_NULL, a)
/* LIKE is case sensitive, % and _ are wild, backslash is the only escape; ILIKE folds ASCII letters. */
#define KN_LIKE(a, b) KN_OP_(KN_OP_LIKE, a, b)
#define KN_ILIKE(a, b) KN_OP_(KN_OP_ILIKE, a, b)
/* The second operand is plain text: nothing in it is wild. Case sensitive. */
#define KN_CONTAINS(a, b) KN_OP_(KN_OP_CONTAINS, a, b)
#define KN_STARTS_WITH(a, b) KN_OP_(KN_OP_STARTS_WITH, a, b)
#define KN_ENDS_WITH(a, b) KN_OP_(KN_OP_ENDS_WITH, a, b)
/* KN_IN(x, a, b, c). No element (all KN_WHEN absent) is never true; KN_NOT_IN then is always true. NULL elements are
 * refused. */
#define KN_IN(x, ...) KN_OP_(KN_OP_IN, x, __VA_ARGS__)
#define KN_NOT_IN(x, ...) KN_OP_(KN_OP_NOT_IN, x, __VA_ARGS__)
#define KN_BETWEEN(x, low, high) KN_OP_(KN_OP_BETWEEN, x, low, high)
/* Arithmetic: integer division truncates, x/0 is NULL, overflow is an error. */
#define KN_ADD(...) KN_OP_(KN_OP_ADD, __VA_ARGS__)
#define KN_SUB(a, b) KN_OP_(KN_OP_SUB, a, b)
#define KN_MUL(...) KN_OP_(KN_OP_MUL, __VA_ARGS__)
#define KN_DIV(a, b) KN_OP_(KN_OP_DIV, a, b)
#define KN_MOD(a, b) KN_OP_(KN_OP_MOD, a, b)
#define KN_NEG(a) KN_OP_(KN_OP_NEG, a)
#define KN_CONCAT(...) KN_OP_(KN_OP_CONCAT, __VA_ARGS__)
#define KN_LOWER(a) KN_OP_(KN_OP_LOWER, a) /* ASCII letters */
#define KN_UPPER(a) KN_OP_(KN_OP_UPPER, a)
#define KN_LENGTH(a) KN_OP_(KN_OP_LENGTH, a) /* text: code points; binary: bytes */
#define KN_COALESCE(...) KN_OP_(KN_OP_COALESCE, __VA_ARGS__)
#define KN_ABS(a) KN_OP_(KN_OP_ABS, a)
/* Aggregates: the selected columns of a kn_select. KN_COUNT_ROWS is count(*). */
#define KN_COUNT_ROWS KN_NODE_(KN_NODE_OP, .op = KN_OP_COUNT, .args = (const kn_expr *const[]){KN_END})
#define KN_COUNT(a) KN_OP_(KN_OP_COUNT, a)
#define KN_MIN(a) KN_OP_(KN_OP_MIN, a)
#define KN_MAX(a) KN_OP_(KN_OP_MAX, a)
#define KN_SUM(a) KN_OP_(KN_OP_SUM, a)
/* Order; assignment (kn_update's .set); the first n characters of a column in an index. */
#define KN_ASC(a) KN_OP_(KN_OP_ASC, a)
#define KN_DESC(a) KN_OP_(KN_OP_DESC, a)
#define KN_ASSIGN(column, e) KN_OP_(KN_OP_ASSIGN, column, e)
#define KN_PREFIX(column, n) KN_OP_(KN_OP_PREFIX, column, KN_INT(n))
#endif

/* Arena builders: the same nodes from data. They copy their operands (deeply, texts, bytes and trees too), so anything
 * may die after. NULL when memory is out or an operand is NULL; a NULL operand of theirs makes the next one NULL, so
 * one check at the end does. */
/* `model` NULL: of the table that kn_table_begin is building. */
KN_API const kn_expr *kn_expr_column(kn_arena *arena, const kn_model *model, const char *column);
KN_API const kn_expr *kn_expr_value(kn_arena *arena, kn_value value);
KN_API const kn_expr *kn_expr_arg(kn_arena *arena, uint32_t index, const kn_type *type);
/* Run-time SQL text. Whoever calls this answers for where the text came from. */
KN_API const kn_expr *kn_expr_unchecked_sql(kn_arena *arena, const char *text, const kn_type *type);
KN_API const kn_expr *kn_expr_op(kn_arena *arena, kn_op op, const kn_expr *const *operands, size_t count);
KN_API const kn_expr *kn_expr_copy(kn_arena *arena, const kn_expr *e);
static inline const kn_expr *kn_expr_op2(kn_arena *arena, kn_op op, const kn_expr *a, const kn_expr *b)
{
    const kn_expr *operands[2];
    operands[0] = a;
    operands[1] = b;
    return kn_expr_op(arena, op, operands, 2);
}
static inline const kn_expr *kn_and(kn_arena *arena, const kn_expr *a, const kn_expr *b)
{
    return kn_expr_op2(arena, KN_OP_AND, a, b);
}
static inline const kn_expr *kn_or(kn_arena *arena, const kn_expr *a, const kn_expr *b)
{
    return kn_expr_op2(arena, KN_OP_OR, a, b);
}
static inline const kn_expr *kn_eq(kn_arena *arena, const kn_expr *a, const kn_expr *b)
{
    return kn_expr_op2(arena, KN_OP_EQ, a, b);
}

KN_END_DECLS
#endif
