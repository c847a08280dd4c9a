/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sqlite_dialect.h"

/* Binding strengths of KN_OP_MAP that are needed here. */
enum { STRENGTH_COMPARISON = 4, STRENGTH_ATOM = 100 };

static const kn_expr *expr_of(const kn_node *node)
{
    return (const kn_expr *)(const void *)node;
}

static bool is_bound(const kn_expr *e)
{
    return e->node.kind == KN_NODE_VALUE || e->node.kind == KN_NODE_ARG;
}

static kn_status super(kn_sql *sql, const kn_node *node)
{
    return knp_sql_super(sql, &kn_sqlite_dialect, node);
}

/* SQLite's clock has milliseconds. */
static kn_status render_now(kn_sql *sql, const kn_node *node)
{
    (void)node;
    return knp_sql_text(sql, "strftime('%Y-%m-%d %H:%M:%f000', 'now')");
}

static bool same_numeric(const kn_type *a, const kn_type *b)
{
    return a->id == b->id && a->precision == b->precision && a->scale == b->scale;
}

/* Wide numbers compare as texts of one form. Narrow ones compare as numbers, exactly: decimals of up to 15 digits and
 * the doubles nearest to them are in the same order, and SQLite compares doubles with integers exactly. */
static kn_status check_numerics(kn_sql *sql, const kn_expr *e)
{
    const kn_type *first = knp_expr_type(sql, e->args[0]);
    bool wide = false, mixed = false;
    for (const kn_expr *const *operand = e->args; *operand != KN_END; operand++) {
        const kn_type *type = knp_expr_type(sql, *operand);
        wide = wide || kn_sqlite_is_wide(type);
        mixed = mixed || !same_numeric(first, type);
    }
    return wide && mixed ? knp_sql_refuse(sql, "mixing Numeric of more than 15 digits with another precision or scale")
                         : KN_OK;
}

/* The Enum type of an operator's operands, which are of one type or of none that is known; NULL when it is no Enum. */
static const kn_type *enum_of(const kn_sql *sql, const kn_expr *e)
{
    for (const kn_expr *const *operand = e->args; *operand != KN_END; operand++) {
        const kn_type *type = knp_expr_type(sql, *operand);
        if (type->id == KN_TYPE_ENUM)
            return type;
    }
    return NULL;
}

/* An Enum is stored as its label and ordered by its declaration. */
static kn_status render_rank(kn_sql *sql, const kn_type *type, const kn_expr *e)
{
    uint64_t rank = 1;
    KN_SQLITE_TRY(knp_sql_text(sql, "CASE "));
    KN_SQLITE_TRY(knp_sql_operand(sql, e, STRENGTH_ATOM));
    for (const kn_label *label = type->labels->labels; label->label; label++, rank++) {
        kn_text text = {label->label, strlen(label->label)};
        KN_SQLITE_TRY(knp_sql_text(sql, " WHEN "));
        KN_SQLITE_TRY(knp_sql_string(sql, text));
        KN_SQLITE_TRY(knp_sql_text(sql, " THEN "));
        KN_SQLITE_TRY(kn_sqlite_text_uint(sql, rank));
    }
    return knp_sql_text(sql, " END");
}

static kn_status render_equality(kn_sql *sql, const kn_node *node)
{
    KN_SQLITE_TRY(check_numerics(sql, expr_of(node)));
    return super(sql, node);
}

static kn_status render_inequality(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    const kn_type *type = enum_of(sql, e);
    if (!type)
        return render_equality(sql, node);
    KN_SQLITE_TRY(render_rank(sql, type, e->args[0]));
    KN_SQLITE_TRY(knp_sql_op(sql, e->op));
    return render_rank(sql, type, e->args[1]);
}

static kn_status render_between(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    const kn_type *type = enum_of(sql, e);
    if (!type)
        return render_equality(sql, node);
    KN_SQLITE_TRY(render_rank(sql, type, e->args[0]));
    KN_SQLITE_TRY(knp_sql_text(sql, " BETWEEN "));
    KN_SQLITE_TRY(render_rank(sql, type, e->args[1]));
    KN_SQLITE_TRY(knp_sql_text(sql, " AND "));
    return render_rank(sql, type, e->args[2]);
}

static kn_status render_extreme(kn_sql *sql, const kn_node *node)
{
    return enum_of(sql, expr_of(node)) ? knp_sql_refuse(sql, "the least or greatest of Enum values") : super(sql, node);
}

/* SQLite's LIKE folds ASCII letters: it is ILIKE. GLOB does not fold, so a LIKE pattern is rewritten when it is bound.
 */
static kn_status render_glob(kn_sql *sql, const kn_expr *e, uint32_t change)
{
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], STRENGTH_COMPARISON + 1));
    KN_SQLITE_TRY(knp_sql_text(sql, " GLOB "));
    return knp_sql_bind(sql, e->args[1], change);
}

static kn_status render_like(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    return is_bound(e->args[1]) ? render_glob(sql, e, KN_BIND_GLOB)
                                : knp_sql_refuse(sql, "LIKE with a pattern that is neither a value nor an argument");
}

static kn_status render_ilike(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], STRENGTH_COMPARISON + 1));
    KN_SQLITE_TRY(knp_sql_text(sql, " LIKE "));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[1], STRENGTH_COMPARISON + 1));
    return knp_sql_text(sql, " ESCAPE '\\'");
}

static kn_status render_contains(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    KN_SQLITE_TRY(knp_sql_text(sql, "instr("));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ", "));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[1], 0));
    return knp_sql_text(sql, ") > 0");
}

static kn_status render_starts_with(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    if (is_bound(e->args[1]))
        return render_glob(sql, e, KN_BIND_GLOB_STARTS_WITH);
    KN_SQLITE_TRY(knp_sql_text(sql, "substr("));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ", 1, length("));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[1], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ")) = "));
    return knp_sql_operand(sql, e->args[1], STRENGTH_COMPARISON + 1);
}

/* When the end is longer than the text, substr gives less than the end: never equal. */
static kn_status render_ends_with(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    if (is_bound(e->args[1]))
        return render_glob(sql, e, KN_BIND_GLOB_ENDS_WITH);
    KN_SQLITE_TRY(knp_sql_text(sql, "substr("));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ", length("));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ") - length("));
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[1], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ") + 1) = "));
    return knp_sql_operand(sql, e->args[1], STRENGTH_COMPARISON + 1);
}

/* SQLite adds numbers up as doubles. kn_sum is the driver's: the sum of Numeric(p, s) cells as a Numeric(P, s). */
static kn_status render_sum(kn_sql *sql, const kn_node *node)
{
    const kn_type *sum = knp_expr_type(sql, expr_of(node)), *of = knp_expr_type(sql, expr_of(node)->args[0]);
    const uint64_t numbers[] = {of->precision, of->scale, sum->precision};
    if (sum->id != KN_TYPE_NUMERIC)
        return super(sql, node);
    KN_SQLITE_TRY(knp_sql_text(sql, "kn_sum("));
    KN_SQLITE_TRY(knp_sql_operand(sql, expr_of(node)->args[0], 0));
    for (size_t i = 0; i < KN_COUNT_OF(numbers); i++) {
        KN_SQLITE_TRY(knp_sql_text(sql, ", "));
        KN_SQLITE_TRY(kn_sqlite_text_uint(sql, numbers[i]));
    }
    return knp_sql_text(sql, ")");
}

static kn_status render_length(kn_sql *sql, const kn_node *node)
{
    KN_SQLITE_TRY(knp_sql_text(sql, "length("));
    KN_SQLITE_TRY(knp_sql_operand(sql, expr_of(node)->args[0], 0));
    return knp_sql_text(sql, ")");
}

/* SQLite's own order has NULLs first. In an index the base's form is right. */
static kn_status render_order(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    if (knp_sql_in_ddl(sql))
        return super(sql, node);
    const kn_type *type = enum_of(sql, e);
    KN_SQLITE_TRY(type ? render_rank(sql, type, e->args[0]) : knp_sql_operand(sql, e->args[0], 0));
    return e->op == KN_OP_DESC ? knp_sql_text(sql, " DESC") : KN_OK;
}

/* OFFSET needs a LIMIT before it. */
static kn_status render_limit(kn_sql *sql, const kn_node *node)
{
    const kn_select *select = (const kn_select *)(const void *)node;
    if (!select->limit)
        KN_SQLITE_TRY(knp_sql_text(sql, " LIMIT -1"));
    return super(sql, node);
}

const kn_node_rule kn_sqlite_nodes[] = {
    KN_NODE_RULE(VALUE, kn_sqlite_value),
    KN_NODE_RULE(NOW, render_now),
    KN_NODE_RULE(LIMIT, render_limit),
    KN_NODE_RULE(CREATE_TABLE, kn_sqlite_create_table),
    KN_NODE_RULE(COLUMN_DEF, kn_sqlite_column_def),
    KN_NODE_RULE(FOREIGN_KEY, kn_sqlite_foreign_key),
    KN_OP_RULE(EQ, render_equality),
    KN_OP_RULE(NE, render_equality),
    KN_OP_RULE(LT, render_inequality),
    KN_OP_RULE(LE, render_inequality),
    KN_OP_RULE(GT, render_inequality),
    KN_OP_RULE(GE, render_inequality),
    KN_OP_RULE(IN, render_equality),
    KN_OP_RULE(NOT_IN, render_equality),
    KN_OP_RULE(BETWEEN, render_between),
    KN_OP_RULE(LIKE, render_like),
    KN_OP_RULE(ILIKE, render_ilike),
    KN_OP_RULE(CONTAINS, render_contains),
    KN_OP_RULE(STARTS_WITH, render_starts_with),
    KN_OP_RULE(ENDS_WITH, render_ends_with),
    KN_OP_RULE(ADD, kn_sqlite_arithmetic),
    KN_OP_RULE(SUB, kn_sqlite_arithmetic),
    KN_OP_RULE(MUL, kn_sqlite_arithmetic),
    KN_OP_RULE(DIV, kn_sqlite_arithmetic),
    KN_OP_RULE(MOD, kn_sqlite_arithmetic),
    KN_OP_RULE(NEG, kn_sqlite_arithmetic),
    KN_OP_RULE(LENGTH, render_length),
    KN_OP_RULE(COALESCE, render_equality),
    KN_OP_RULE(MIN, render_extreme),
    KN_OP_RULE(MAX, render_extreme),
    KN_OP_RULE(SUM, render_sum),
    KN_OP_RULE(ASC, render_order),
    KN_OP_RULE(DESC, render_order),
    KN_OP_RULE(ASSIGN, kn_sqlite_assign),
    {.kind = KN_NODE_NONE},
};
