/* SPDX-License-Identifier: MIT */
/* PostgreSQL, 10 and later: shared between the files of the dialect. */
#ifndef KOINE_POSTGRESQL_DIALECT_H
#define KOINE_POSTGRESQL_DIALECT_H

#include <koine/plugin/plugin.h>

extern const kn_dialect kn_postgresql_dialect;
extern const kn_type_rule kn_postgresql_types[];
bool kn_postgresql_needs_note(const kn_type *type);
extern const kn_node_rule kn_postgresql_nodes[];

/* Binding strengths of KN_OP_MAP that are needed here. */
enum { KN_POSTGRESQL_COMPARISON = 4, KN_POSTGRESQL_ATOM = 100 };

#define KN_POSTGRESQL_TRY(call)                                                                                        \
    do {                                                                                                               \
        kn_status try_status_ = (call);                                                                                \
        if (try_status_ != KN_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)

static inline const kn_expr *kn_postgresql_expr_of(const kn_node *node)
{
    return (const kn_expr *)(const void *)node;
}

static inline bool kn_postgresql_is_op(const kn_expr *e, unsigned op)
{
    return e->node.kind == KN_NODE_OP && e->op == op;
}

static inline bool kn_postgresql_is_text(const kn_type *type)
{
    return type->id >= KN_TYPE_STRING && type->id <= KN_TYPE_UNICODE_TEXT;
}

/* Decimal digits. */
kn_status kn_postgresql_text_uint(kn_sql *sql, uint64_t n);

/* ddl.c: can the expression be NULL? A column that is NOT NULL cannot. */
bool kn_postgresql_may_be_null(const kn_expr *e);

/* literal.c: values in DDL. */
kn_render_fn kn_postgresql_value;
/* arithmetic.c: integers of 64 bits throughout, and assignments that refuse what the column would cut. */
kn_render_fn kn_postgresql_arithmetic, kn_postgresql_absolute, kn_postgresql_minus, kn_postgresql_sum,
    kn_postgresql_assign;
/* ddl.c */
kn_render_fn kn_postgresql_column_def, kn_postgresql_create_index, kn_postgresql_prefix;

#endif
