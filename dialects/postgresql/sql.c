/* SPDX-License-Identifier: MIT */
#include "postgresql_dialect.h"

/* In UTC, whatever the session's zone; of the statement, so that it is the same in all of its rows. */
static kn_status render_now(kn_sql *sql, const kn_node *node)
{
    bool naive = knp_expr_type(sql, kn_postgresql_expr_of(node))->id == KN_TYPE_DATETIME;
    return knp_sql_text(sql, naive ? "(statement_timestamp() AT TIME ZONE 'UTC')" : "statement_timestamp()");
}

/* x COLLATE "C": only ASCII letters fold there. */
static kn_status render_in_c(kn_sql *sql, const char *function, const kn_expr *e)
{
    KN_POSTGRESQL_TRY(knp_sql_text(sql, function));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "("));
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, e, KN_POSTGRESQL_ATOM));
    return knp_sql_text(sql, " COLLATE \"C\")");
}

static kn_status render_case(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node);
    return render_in_c(sql, e->op == KN_OP_LOWER ? "lower" : "upper", e->args[0]);
}

static kn_status render_ilike(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node);
    KN_POSTGRESQL_TRY(render_in_c(sql, "lower", e->args[0]));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, " LIKE "));
    KN_POSTGRESQL_TRY(render_in_c(sql, "lower", e->args[1]));
    return knp_sql_text(sql, " ESCAPE '\\'");
}

/* Text parameters are sent without a type, and here nothing beside them tells one. */
static kn_status render_null_test(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node), *operand = e->args[0];
    const kn_type *type = knp_expr_type(sql, operand);
    if (operand->node.kind != KN_NODE_ARG || (!kn_postgresql_is_text(type) && type->id != KN_TYPE_ENUM))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "CAST("));
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, operand, 0));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, " AS TEXT)"));
    return knp_sql_text(sql, e->op == KN_OP_IS_NULL ? " IS NULL" : " IS NOT NULL");
}

/* NULLs come first in ascending order. Where there are none nothing is said, because no index of a NOT NULL column
 * would match what is said. In an index an expression has parentheses. */
static kn_status render_order(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node), *operand = e->args[0];
    bool descending = e->op == KN_OP_DESC;
    bool bare = operand->node.kind == KN_NODE_COLUMN || kn_postgresql_is_op(operand, KN_OP_PREFIX);
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, operand, knp_sql_in_ddl(sql) && !bare ? KN_POSTGRESQL_ATOM + 1 : 0));
    if (descending)
        KN_POSTGRESQL_TRY(knp_sql_text(sql, " DESC"));
    if (!kn_postgresql_may_be_null(operand))
        return KN_OK;
    return knp_sql_text(sql, descending ? " NULLS LAST" : " NULLS FIRST");
}

const kn_node_rule kn_postgresql_nodes[] = {
    KN_NODE_RULE(VALUE, kn_postgresql_value),
    KN_NODE_RULE(NOW, render_now),
    KN_NODE_RULE(COLUMN_DEF, kn_postgresql_column_def),
    KN_NODE_RULE(CREATE_INDEX, kn_postgresql_create_index),
    KN_OP_RULE(IS_NULL, render_null_test),
    KN_OP_RULE(IS_NOT_NULL, render_null_test),
    KN_OP_RULE(ILIKE, render_ilike),
    KN_OP_RULE(LOWER, render_case),
    KN_OP_RULE(UPPER, render_case),
    KN_OP_RULE(ADD, kn_postgresql_arithmetic),
    KN_OP_RULE(SUB, kn_postgresql_arithmetic),
    KN_OP_RULE(MUL, kn_postgresql_arithmetic),
    KN_OP_RULE(DIV, kn_postgresql_arithmetic),
    KN_OP_RULE(MOD, kn_postgresql_arithmetic),
    KN_OP_RULE(NEG, kn_postgresql_minus),
    KN_OP_RULE(ABS, kn_postgresql_absolute),
    KN_OP_RULE(SUM, kn_postgresql_sum),
    KN_OP_RULE(ASC, render_order),
    KN_OP_RULE(DESC, render_order),
    KN_OP_RULE(ASSIGN, kn_postgresql_assign),
    KN_OP_RULE(PREFIX, kn_postgresql_prefix),
    {.kind = KN_NODE_NONE},
};
