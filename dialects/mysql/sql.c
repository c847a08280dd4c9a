/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mysql_dialect.h"

/* Binding strengths of KN_OP_MAP that are needed here. */
enum { STRENGTH_COMPARISON = 4, STRENGTH_PRODUCT = 7, STRENGTH_ATOM = 100 };

bool kn_mysql_is_mariadb(const kn_sql *sql)
{
    return strcmp(knp_sql_product(sql), "mariadb") == 0;
}

const char *kn_mysql_collation(const kn_sql *sql)
{
    return kn_mysql_is_mariadb(sql) ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

static const kn_expr *expr_of(const kn_node *node)
{
    return (const kn_expr *)(const void *)node;
}

static kn_status super(kn_sql *sql, const kn_node *node)
{
    return knp_sql_super(sql, &kn_mysql_dialect, node);
}

static kn_status render_now(kn_sql *sql, const kn_node *node)
{
    (void)node;
    return knp_sql_text(sql, "utc_timestamp(6)");
}

/* OFFSET needs a LIMIT before it: the manual's number. */
static kn_status render_limit(kn_sql *sql, const kn_node *node)
{
    const kn_select *select = (const kn_select *)(const void *)node;
    if (!select->limit)
        KN_MYSQL_TRY(knp_sql_text(sql, " LIMIT 18446744073709551615"));
    return super(sql, node);
}

/* A row of defaults. */
static kn_status render_insert(kn_sql *sql, const kn_node *node)
{
    const kn_insert_rows *insert = (const kn_insert_rows *)(const void *)node;
    if (insert->n_columns)
        return super(sql, node);
    KN_MYSQL_TRY(knp_sql_text(sql, "INSERT INTO "));
    KN_MYSQL_TRY(knp_sql_table(sql, (kn_ddl_name){insert->into->schema, insert->into->table}));
    KN_MYSQL_TRY(knp_sql_text(sql, " () VALUES ()"));
    if (!insert->n_returning)
        return KN_OK;
    kn_insert_rows returning = *insert;
    returning.node.kind = KN_NODE_RETURNING;
    return knp_sql_node(sql, &returning.node);
}

static bool is_enum(const kn_sql *sql, const kn_expr *e)
{
    return knp_expr_type(sql, e)->id == KN_TYPE_ENUM;
}

/* An Enum is compared as text, but ordered by its declaration. */
static kn_status render_rank(kn_sql *sql, const kn_expr *e)
{
    uint64_t rank = 1;
    KN_MYSQL_TRY(knp_sql_text(sql, "CASE "));
    KN_MYSQL_TRY(knp_sql_operand(sql, e, STRENGTH_ATOM));
    for (const kn_label *label = knp_expr_type(sql, e)->labels->labels; label->label; label++, rank++) {
        KN_MYSQL_TRY(knp_sql_text(sql, " WHEN "));
        KN_MYSQL_TRY(knp_sql_string(sql, (kn_text){label->label, strlen(label->label)}));
        KN_MYSQL_TRY(knp_sql_text(sql, " THEN "));
        KN_MYSQL_TRY(kn_mysql_text_uint(sql, rank));
    }
    return knp_sql_text(sql, " END");
}

static kn_status render_inequality(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    if (!is_enum(sql, e->args[0]))
        return super(sql, node);
    KN_MYSQL_TRY(render_rank(sql, e->args[0]));
    KN_MYSQL_TRY(knp_sql_op(sql, e->op));
    return render_rank(sql, e->args[1]);
}

static kn_status render_between(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    if (!is_enum(sql, e->args[0]))
        return super(sql, node);
    KN_MYSQL_TRY(render_rank(sql, e->args[0]));
    KN_MYSQL_TRY(knp_sql_text(sql, " BETWEEN "));
    KN_MYSQL_TRY(render_rank(sql, e->args[1]));
    KN_MYSQL_TRY(knp_sql_text(sql, " AND "));
    return render_rank(sql, e->args[2]);
}

static kn_status render_extreme(kn_sql *sql, const kn_node *node)
{
    return is_enum(sql, expr_of(node)->args[0]) ? knp_sql_refuse(sql, "the least or greatest of Enum values")
                                                : super(sql, node);
}

/* NULLs come first in ascending order by themselves, and columns of an Enum in the order of its labels. */
static kn_status render_order(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node), *operand = e->args[0];
    if (knp_sql_in_ddl(sql))
        return super(sql, node);
    bool ranked = is_enum(sql, operand) && operand->node.kind != KN_NODE_COLUMN;
    KN_MYSQL_TRY(ranked ? render_rank(sql, operand) : knp_sql_operand(sql, operand, 0));
    return e->op == KN_OP_DESC ? knp_sql_text(sql, " DESC") : KN_OK;
}

/* lower and upper of the server know all letters; those of the charset geostd8 know the ASCII ones and leave every
 * other byte as it is. */
static kn_status render_folded(kn_sql *sql, const kn_expr *text, const char *function)
{
    KN_MYSQL_TRY(knp_sql_text(sql, "convert(cast("));
    KN_MYSQL_TRY(knp_sql_text(sql, function));
    KN_MYSQL_TRY(knp_sql_text(sql, "(convert(cast("));
    KN_MYSQL_TRY(knp_sql_operand(sql, text, 0));
    KN_MYSQL_TRY(knp_sql_text(sql, " AS BINARY) USING geostd8)) AS BINARY) USING utf8mb4) COLLATE "));
    return knp_sql_text(sql, kn_mysql_collation(sql));
}

static kn_status render_fold(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    KN_MYSQL_TRY(knp_sql_text(sql, "("));
    KN_MYSQL_TRY(render_folded(sql, e->args[0], e->op == KN_OP_LOWER ? "lower" : "upper"));
    return knp_sql_text(sql, ")");
}

static kn_status render_ilike(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    KN_MYSQL_TRY(render_folded(sql, e->args[0], "lower"));
    KN_MYSQL_TRY(knp_sql_text(sql, " LIKE "));
    KN_MYSQL_TRY(render_folded(sql, e->args[1], "lower"));
    return knp_sql_text(sql, " ESCAPE '\\\\'");
}

static kn_status render_concat(kn_sql *sql, const kn_node *node)
{
    KN_MYSQL_TRY(knp_sql_text(sql, "concat("));
    KN_MYSQL_TRY(knp_sql_list(sql, expr_of(node)->args, ", "));
    return knp_sql_text(sql, ")");
}

static bool is_integer(const kn_type *type)
{
    return type->id == KN_TYPE_SMALL_INTEGER || type->id == KN_TYPE_INTEGER || type->id == KN_TYPE_BIG_INTEGER;
}

/* A product of more digits behind the point than the server has would be cut. */
static kn_status check_scale(kn_sql *sql, const kn_expr *e)
{
    const kn_type *type = knp_expr_type(sql, e);
    return type->id == KN_TYPE_NUMERIC && type->scale > kn_mysql_dialect.limits.numeric_scale_max
               ? knp_sql_refuse(sql, "a product of more than 30 digits after the point")
               : KN_OK;
}

static kn_status render_product(kn_sql *sql, const kn_node *node)
{
    KN_MYSQL_TRY(check_scale(sql, expr_of(node)));
    return super(sql, node);
}

/* DIV truncates; x DIV 0, x / 0 and x % 0 are NULL by themselves. */
static kn_status render_division(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    bool whole = e->op == KN_OP_DIV && is_integer(knp_expr_type(sql, e));
    KN_MYSQL_TRY(knp_sql_operand(sql, e->args[0], STRENGTH_PRODUCT));
    KN_MYSQL_TRY(knp_sql_text(sql, whole ? " DIV " : e->op == KN_OP_DIV ? " / " : " % "));
    return knp_sql_operand(sql, e->args[1], STRENGTH_PRODUCT + 1);
}

const kn_node_rule kn_mysql_nodes[] = {
    KN_NODE_RULE(NOW, render_now),
    KN_NODE_RULE(INSERT, render_insert),
    KN_NODE_RULE(LIMIT, render_limit),
    KN_NODE_RULE(CREATE_TABLE, kn_mysql_create_table),
    KN_NODE_RULE(COLUMN_DEF, kn_mysql_column_def),
    KN_NODE_RULE(CREATE_INDEX, kn_mysql_create_index),
    KN_NODE_RULE(DROP_INDEX, kn_mysql_drop_index),
    KN_NODE_RULE(DROP_FOREIGN_KEY, kn_mysql_drop_foreign_key),
    KN_OP_RULE(LT, render_inequality),
    KN_OP_RULE(LE, render_inequality),
    KN_OP_RULE(GT, render_inequality),
    KN_OP_RULE(GE, render_inequality),
    KN_OP_RULE(BETWEEN, render_between),
    KN_OP_RULE(ILIKE, render_ilike),
    KN_OP_RULE(MUL, render_product),
    KN_OP_RULE(DIV, render_division),
    KN_OP_RULE(MOD, render_division),
    KN_OP_RULE(CONCAT, render_concat),
    KN_OP_RULE(LOWER, render_fold),
    KN_OP_RULE(UPPER, render_fold),
    KN_OP_RULE(MIN, render_extreme),
    KN_OP_RULE(MAX, render_extreme),
    KN_OP_RULE(ASC, render_order),
    KN_OP_RULE(DESC, render_order),
    {.kind = KN_NODE_NONE},
};
