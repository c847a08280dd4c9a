/* SPDX-License-Identifier: MIT */
/* koine/query.h - statements as const data. Lifetime rules: koine/expr.h. */
#ifndef KOINE_QUERY_H
#define KOINE_QUERY_H

#include <koine/model.h>

KN_BEGIN_DECLS

/* SELECT. columns NULL = every column of the model, in order. */
typedef struct kn_select {
    kn_node node;
    const kn_model *from;
    const kn_expr *const *columns;
    const kn_expr *where;
    /* KN_LIST(KN_ASC(...), KN_DESC(...), or a plain expression = ascending); NULLs sort first */
    const kn_expr *const *order_by;
    const kn_expr *limit, *offset; /* KN_INT or KN_ARG, >= 0 */
    uint64_t distinct;             /* 0 or 1 */
    /* 0 or 1: very many rows are expected, thousands at least. They are the same rows, and come the fastest way that
     * the backend has for so many, which may cost more to begin with. A backend may have one only for queries that take
     * neither arguments nor literals (.limit has one too); others come as usual. */
    uint64_t large;
} kn_select;

/* UPDATE. Without .where it is refused; .where = KN_ALL_ROWS says it. */
typedef struct kn_update_rows {
    kn_node node;
    const kn_model *table;
    const kn_expr *const *set; /* KN_LIST(KN_ASSIGN(KN_COL(S, m), expr), ...) */
    const kn_expr *where;
} kn_update_rows;

/* DELETE. Without .where it is refused; .where = KN_ALL_ROWS says it. */
typedef struct kn_delete_rows {
    kn_node node;
    const kn_model *from;
    const kn_expr *where;
} kn_delete_rows;

/* INSERT, as the object verbs build it: `rows` groups of values for `columns` of the model. Placeholders are arguments
 * 0, 1, 2... row by row, in column order. */
typedef struct kn_insert_rows {
    kn_node node;
    const kn_model *into;
    const uint16_t *columns; /* indexes into the model's columns */
    size_t n_columns;        /* 0 = all defaults */
    /* n_columns expressions, the same for each row; a NULL one = a placeholder; NULL list = all are */
    const kn_expr *const *values;
    size_t rows;               /* at least 1 */
    const uint16_t *returning; /* columns to give back */
    size_t n_returning;
} kn_insert_rows;

#ifndef __cplusplus
/* static const kn_select recent = KN_SELECT(KN_FROM(User), .where = ..., .limit = KN_INT(10)); */
#define KN_FROM(S) .from = &S##_model
/* clang-format off */
#define KN_SELECT(...) {.node = {.kind = KN_NODE_SELECT, .size = sizeof(kn_select)}, __VA_ARGS__}
#define KN_UPDATE(S, ...) \
    {.node = {.kind = KN_NODE_UPDATE, .size = sizeof(kn_update_rows)}, .table = &S##_model, __VA_ARGS__}
#define KN_DELETE(...) {.node = {.kind = KN_NODE_DELETE, .size = sizeof(kn_delete_rows)}, __VA_ARGS__}
/* clang-format on */
/* The same, in place, to the end of the enclosing block. */
#define KN_QUERY(...) (&(const kn_select)KN_SELECT(__VA_ARGS__))
#define KN_UPDATE_QUERY(S, ...) (&(const kn_update_rows)KN_UPDATE(S, __VA_ARGS__))
#define KN_DELETE_QUERY(...) (&(const kn_delete_rows)KN_DELETE(__VA_ARGS__))
#endif

KN_END_DECLS
#endif
