/* SPDX-License-Identifier: MIT */
#include "expr/walk.h"
#include "sql/ansi.h"

static kn_status write_all_columns(kn_sql *sql, const kn_model *model)
{
    for (size_t i = 0; i < model->n_columns; i++) {
        if (i)
            KN__TRY(kn__sql_text(sql, ", "));
        KN__TRY(kn__sql_name(sql, kn_column_name(kn_model_column(model, i))));
    }
    return KN_OK;
}

/* A plain expression is ascending. */
static kn_status write_order(kn_sql *sql, const kn_expr *e)
{
    if (e->node.kind == KN_NODE_OP && (e->op == KN_OP_ASC || e->op == KN_OP_DESC))
        return kn__sql_node(sql, &e->node);
    const kn_expr *const operands[] = {e, KN_END};
    const kn_expr ascending = {.node = {.kind = KN_NODE_OP, .size = sizeof(kn_expr)},
                               .op = KN_OP_ASC,
                               .type = *kn__expr_type(sql, e),
                               .args = operands};
    return kn__sql_node(sql, &ascending.node);
}

static kn_status write_order_by(kn_sql *sql, const kn_expr *const *list)
{
    kn__operands elements = kn__elements_of(list);
    const kn_expr *e;
    for (size_t n = 0; kn__operands_next(&elements, &e); n++) {
        KN__TRY(kn__sql_text(sql, n ? ", " : " ORDER BY "));
        KN__TRY(write_order(sql, e));
    }
    return KN_OK;
}

kn_status kn__ansi_where(kn_sql *sql, const kn_expr *where)
{
    if (!where)
        return KN_OK;
    KN__TRY(kn__sql_text(sql, " WHERE "));
    return kn__sql_operand(sql, where, 0);
}

kn_status kn__ansi_select(kn_sql *sql, const kn_node *node)
{
    const kn_select *select = (const kn_select *)(const void *)node;
    KN__TRY(kn__sql_text(sql, select->distinct ? "SELECT DISTINCT " : "SELECT "));
    if (select->columns)
        KN__TRY(kn__sql_list(sql, select->columns, ", "));
    else
        KN__TRY(write_all_columns(sql, select->from));
    KN__TRY(kn__sql_text(sql, " FROM "));
    KN__TRY(kn__sql_table(sql, (kn_ddl_name){select->from->schema, select->from->table}));
    KN__TRY(kn__ansi_where(sql, select->where));
    KN__TRY(write_order_by(sql, select->order_by));
    return select->limit || select->offset ? kn__sql_as(sql, KN_NODE_LIMIT, node) : KN_OK;
}

kn_status kn__ansi_limit(kn_sql *sql, const kn_node *node)
{
    const kn_select *select = (const kn_select *)(const void *)node;
    if (select->limit) {
        KN__TRY(kn__sql_text(sql, " LIMIT "));
        KN__TRY(kn__sql_bind(sql, select->limit, KN_BIND_COUNT));
    }
    if (!select->offset)
        return KN_OK;
    KN__TRY(kn__sql_text(sql, " OFFSET "));
    return kn__sql_bind(sql, select->offset, KN_BIND_COUNT);
}
