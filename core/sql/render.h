/* SPDX-License-Identifier: MIT */
/* A statement being rendered, and what renderers may call: the core's own and, through kn_host, the dialects'. The
 * kn__sql_* calls are the rows of KN_HOST_MAP, described there. */
#ifndef KOINE_SQL_RENDER_H
#define KOINE_SQL_RENDER_H

#include "base/buffer.h"
#include "sql/compile.h"

#define KN__SQL_MAX (UINT32_C(1) << 20) /* bytes of a statement where the dialect states no limit */

struct kn_sql {
    const kn__target *target;
    kn_error *error;
    kn__buffer buffer;
    kn_arena *arena;       /* what outlives the rendering (binds), and copies of DDL expressions */
    const kn_model *model; /* whose columns may be named */
    kn__bind *binds;
    size_t n_binds, room_binds;
    uint16_t kind, op; /* the rule that is running: what kn__sql_super continues */
    uint32_t depth;
    bool in_ddl;
    bool in_expr; /* below an expression that is resolved already */
};

kn_status kn__sql_text(kn_sql *sql, const char *text);
kn_status kn__sql_bytes(kn_sql *sql, const char *data, size_t size);
kn_status kn__sql_name(kn_sql *sql, const char *name);
kn_status kn__sql_table(kn_sql *sql, kn_ddl_name name);
kn_status kn__sql_string(kn_sql *sql, kn_text text);
kn_status kn__sql_node(kn_sql *sql, const kn_node *node);
kn_status kn__sql_super(kn_sql *sql, const kn_dialect *self, const kn_node *node);
kn_status kn__sql_operand(kn_sql *sql, const kn_expr *operand, int strength);
kn_status kn__sql_list(kn_sql *sql, const kn_expr *const *list, const char *separator);
kn_status kn__sql_op(kn_sql *sql, uint32_t op);
kn_status kn__sql_type(kn_sql *sql, const kn_type *type);
kn_status kn__sql_literal(kn_sql *sql, const kn_type *type, const kn_value *value);
kn_status kn__sql_refuse(kn_sql *sql, const char *feature);
bool kn__sql_has(const kn_sql *sql, kn_feature feature);
bool kn__sql_in_ddl(const kn_sql *sql);
const char *kn__sql_product(const kn_sql *sql);
kn_error *kn__sql_error(kn_sql *sql);
const kn_type *kn__expr_type(const kn_sql *sql, const kn_expr *e);
kn_status kn__sql_bind(kn_sql *sql, const kn_expr *operand, uint32_t change);
kn_status kn__sql_default(kn_sql *sql, const kn_ddl_column *column);
kn_status kn__sql_comment(kn_sql *sql, const char *label, kn_text text);
kn_status kn__sql_type_comment(kn_sql *sql, const kn_type *type);
kn_status kn__sql_column_comment(kn_sql *sql, const char *before, const char *text, const kn_type *type, uint32_t most);

/* The core's own. */

/* Renders `node` by the rule of another kind: the LIMIT of a SELECT. */
kn_status kn__sql_as(kn_sql *sql, kn_node_kind kind, const kn_node *node);
/* The placeholder of the argument `index`, of the type of a column; not a node, so no dialect dresses it. */
kn_status kn__sql_argument(kn_sql *sql, size_t index, const kn_type *type);

#endif
