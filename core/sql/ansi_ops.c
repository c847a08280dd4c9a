/* SPDX-License-Identifier: MIT */
#include "expr/check.h"
#include "expr/op.h"
#include "sql/ansi.h"

static const kn_expr *expr_of(const kn_node *node)
{
    return (const kn_expr *)(const void *)node;
}

kn_status kn__ansi_column(kn_sql *sql, const kn_node *node)
{
    return kn__sql_name(sql, expr_of(node)->name);
}

kn_status kn__ansi_value(kn_sql *sql, const kn_node *node)
{
    return kn__sql_bind(sql, expr_of(node), KN_BIND_AS_IT_IS);
}

kn_status kn__ansi_raw(kn_sql *sql, const kn_node *node)
{
    return kn__sql_text(sql, expr_of(node)->name);
}

kn_status kn__ansi_now(kn_sql *sql, const kn_node *node)
{
    (void)node;
    return kn__sql_text(sql, "CURRENT_TIMESTAMP");
}

/* KN_WHEN, KN_ALL_ROWS and KN_CALL where they mean nothing; statements are checked, DDL nodes are checked when they
 * come. */
kn_status kn__ansi_misplaced(kn_sql *sql, const kn_node *node)
{
    return kn_error_set(sql->error, KN_INVALID, "node kind %u cannot stand here", node->kind);
}

/* The operands, separated by `separator` or, when that is NULL, by the operator; on both sides of it only what binds at
 * least as `strength` has no parentheses. */
static kn_status write_infix(kn_sql *sql, const kn_expr *e, const char *separator, int first, int others)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    for (size_t n = 0; kn__operands_next(&operands, &operand); n++) {
        if (n)
            KN__TRY(separator ? kn__sql_text(sql, separator) : kn__sql_op(sql, e->op));
        KN__TRY(kn__sql_operand(sql, operand, n ? others : first));
    }
    return KN_OK;
}

static kn_status write_operator(kn_sql *sql, const kn_expr *e, int first, int others)
{
    return write_infix(sql, e, NULL, first, others);
}

/* Comparisons do not associate. */
kn_status kn__ansi_infix(kn_sql *sql, const kn_node *node)
{
    int strength = kn__op_of(expr_of(node)->op)->strength;
    return write_operator(sql, expr_of(node), strength + 1, strength + 1);
}

/* A parser makes of a chain a tree that is as deep as the chain is long, and backends have a bound on that: of a long
 * one, parts stand in parentheses. */
static kn_status write_parts(kn_sql *sql, const kn_expr *e, int strength)
{
    enum { PART = 128 };
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    for (size_t n = 0; kn__operands_next(&operands, &operand); n++) {
        bool first = n % PART == 0;
        if (first && n)
            KN__TRY(kn__sql_text(sql, ")"));
        if (n)
            KN__TRY(kn__sql_op(sql, e->op));
        if (first)
            KN__TRY(kn__sql_text(sql, "("));
        KN__TRY(kn__sql_operand(sql, operand, strength));
    }
    return kn__sql_text(sql, ")");
}

kn_status kn__ansi_logic(kn_sql *sql, const kn_node *node)
{
    enum { LONG = 256 };
    const kn_expr *e = expr_of(node);
    size_t n = kn__operands_count(kn__operands_of(e));
    if (!n)
        return kn__sql_text(sql, e->op == KN_OP_AND ? "1 = 1" : "1 = 0");
    int strength = kn__op_of(e->op)->strength;
    return n > LONG ? write_parts(sql, e, strength) : write_operator(sql, e, strength, strength);
}

kn_status kn__ansi_negation(kn_sql *sql, const kn_node *node)
{
    KN__TRY(kn__sql_text(sql, "NOT "));
    return kn__sql_operand(sql, expr_of(node)->args[0], kn__op_of(KN_OP_NOT)->strength + 1);
}

/* IS NULL */
kn_status kn__ansi_suffix(kn_sql *sql, const kn_node *node)
{
    const kn__op *op = kn__op_of(expr_of(node)->op);
    KN__TRY(kn__sql_operand(sql, expr_of(node)->args[0], op->strength + 1));
    KN__TRY(kn__sql_text(sql, " "));
    return kn__sql_text(sql, op->text);
}

static kn_status write_call(kn_sql *sql, const char *name, const kn_expr *e)
{
    KN__TRY(kn__sql_text(sql, name));
    KN__TRY(kn__sql_text(sql, "("));
    KN__TRY(write_infix(sql, e, ", ", 0, 0));
    return kn__sql_text(sql, ")");
}

/* Is the arithmetic exact on this backend? */
static kn_status check_exact(kn_sql *sql, const kn_expr *e)
{
    const kn_type *type = kn__expr_type(sql, e);
    if (type->id != KN_TYPE_NUMERIC || kn__sql_has(sql, KN_FEATURE_WIDE_DECIMAL_MATH) ||
        (type->precision <= 15 && kn__sql_has(sql, KN_FEATURE_DECIMAL_MATH)))
        return KN_OK;
    return kn__sql_refuse(sql, "exact arithmetic on Numeric");
}

kn_status kn__ansi_function(kn_sql *sql, const kn_node *node)
{
    if (expr_of(node)->op == KN_OP_ABS)
        KN__TRY(check_exact(sql, expr_of(node)));
    return write_call(sql, kn__op_of(expr_of(node)->op)->text, expr_of(node));
}

kn_status kn__ansi_minus(kn_sql *sql, const kn_node *node)
{
    const kn_expr *operand = expr_of(node)->args[0];
    KN__TRY(check_exact(sql, expr_of(node)));
    if (!kn__sql_in_ddl(sql)) {
        KN__TRY(kn__sql_text(sql, "-"));
        return kn__sql_operand(sql, operand, kn__op_of(KN_OP_NEG)->strength + 1);
    }
    KN__TRY(kn__sql_text(sql, "-(")); /* before a negative literal it would begin a comment */
    KN__TRY(kn__sql_operand(sql, operand, 0));
    return kn__sql_text(sql, ")");
}

kn_status kn__ansi_arithmetic(kn_sql *sql, const kn_node *node)
{
    int strength = kn__op_of(expr_of(node)->op)->strength;
    KN__TRY(check_exact(sql, expr_of(node)));
    return write_operator(sql, expr_of(node), strength, strength + 1);
}

/* x/0 is NULL. */
kn_status kn__ansi_division(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    const kn__op *op = kn__op_of(e->op);
    KN__TRY(check_exact(sql, e));
    KN__TRY(kn__sql_operand(sql, e->args[0], op->strength));
    KN__TRY(kn__sql_text(sql, e->op == KN_OP_DIV ? " / nullif(" : " % nullif("));
    KN__TRY(kn__sql_operand(sql, e->args[1], 0));
    return kn__sql_text(sql, ", 0)");
}

/* The escape character as a string literal of this dialect. */
static kn_status write_escape(kn_sql *sql)
{
    KN__TRY(kn__sql_text(sql, " ESCAPE "));
    return kn__sql_string(sql, (kn_text){"\\", 1});
}

static bool is_bound(const kn_expr *e)
{
    return e->node.kind == KN_NODE_VALUE || e->node.kind == KN_NODE_ARG;
}

kn_status kn__ansi_like(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    int strength = kn__op_of(KN_OP_CONCAT)->strength;
    KN__TRY(kn__sql_operand(sql, e->args[0], strength));
    KN__TRY(kn__sql_text(sql, " LIKE "));
    KN__TRY(kn__sql_operand(sql, e->args[1], strength));
    return write_escape(sql);
}

kn_status kn__ansi_ilike(kn_sql *sql, const kn_node *node)
{
    KN__TRY(kn__sql_text(sql, "lower("));
    KN__TRY(kn__sql_operand(sql, expr_of(node)->args[0], 0));
    KN__TRY(kn__sql_text(sql, ") LIKE lower("));
    KN__TRY(kn__sql_operand(sql, expr_of(node)->args[1], 0));
    KN__TRY(kn__sql_text(sql, ")"));
    return write_escape(sql);
}

static uint32_t change_of(const kn_expr *e)
{
    return e->op == KN_OP_CONTAINS      ? KN_BIND_CONTAINS
           : e->op == KN_OP_STARTS_WITH ? KN_BIND_STARTS_WITH
                                        : KN_BIND_ENDS_WITH;
}

/* The text itself, where it is no value that could be changed when it is bound: by its position. */
static kn_status write_contains(kn_sql *sql, const kn_expr *text, const kn_expr *part)
{
    KN__TRY(kn__sql_text(sql, "position("));
    KN__TRY(kn__sql_operand(sql, part, KN__STRENGTH_ATOM));
    KN__TRY(kn__sql_text(sql, " IN "));
    KN__TRY(kn__sql_operand(sql, text, KN__STRENGTH_ATOM));
    return kn__sql_text(sql, ") > 0");
}

static kn_status write_starts_with(kn_sql *sql, const kn_expr *text, const kn_expr *part)
{
    KN__TRY(kn__sql_text(sql, "substring("));
    KN__TRY(kn__sql_operand(sql, text, 0));
    KN__TRY(kn__sql_text(sql, " FROM 1 FOR char_length("));
    KN__TRY(kn__sql_operand(sql, part, 0));
    KN__TRY(kn__sql_text(sql, ")) = "));
    return kn__sql_operand(sql, part, kn__op_of(KN_OP_EQ)->strength + 1);
}

/* The longer one before the shorter: substring from 0 or less would count what is not there. */
static kn_status write_ends_with(kn_sql *sql, const kn_expr *text, const kn_expr *part)
{
    KN__TRY(kn__sql_text(sql, "substring("));
    KN__TRY(kn__sql_operand(sql, text, 0));
    KN__TRY(kn__sql_text(sql, " FROM char_length("));
    KN__TRY(kn__sql_operand(sql, text, 0));
    KN__TRY(kn__sql_text(sql, ") - char_length("));
    KN__TRY(kn__sql_operand(sql, part, 0));
    KN__TRY(kn__sql_text(sql, ") + 1) = "));
    return kn__sql_operand(sql, part, kn__op_of(KN_OP_EQ)->strength + 1);
}

kn_status kn__ansi_contains(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node), *text = e->args[0], *part = e->args[1];
    if (is_bound(part)) {
        KN__TRY(kn__sql_operand(sql, text, kn__op_of(KN_OP_CONCAT)->strength));
        KN__TRY(kn__sql_text(sql, " LIKE "));
        KN__TRY(kn__sql_bind(sql, part, change_of(e)));
        return write_escape(sql);
    }
    if (e->op == KN_OP_CONTAINS)
        return write_contains(sql, text, part);
    return e->op == KN_OP_STARTS_WITH ? write_starts_with(sql, text, part) : write_ends_with(sql, text, part);
}

kn_status kn__ansi_in(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node), *operand;
    kn__operands operands = kn__operands_of(e);
    int strength = kn__op_of(KN_OP_IN)->strength + 1;
    if (kn__operands_count(operands) == 1)
        return kn__sql_text(sql, e->op == KN_OP_IN ? "1 = 0" : "1 = 1");
    for (size_t n = 0; kn__operands_next(&operands, &operand); n++) {
        if (n)
            KN__TRY(kn__sql_text(sql, n > 1 ? ", " : e->op == KN_OP_IN ? " IN (" : " NOT IN ("));
        KN__TRY(kn__sql_operand(sql, operand, n ? 0 : strength));
    }
    return kn__sql_text(sql, ")");
}

kn_status kn__ansi_between(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    int strength = kn__op_of(KN_OP_BETWEEN)->strength + 1;
    KN__TRY(kn__sql_operand(sql, e->args[0], strength));
    KN__TRY(kn__sql_text(sql, " BETWEEN "));
    KN__TRY(kn__sql_operand(sql, e->args[1], strength));
    KN__TRY(kn__sql_text(sql, " AND "));
    return kn__sql_operand(sql, e->args[2], strength);
}

/* Where || stands among the operators differs between backends, so only what is no operator goes bare. */
kn_status kn__ansi_concat(kn_sql *sql, const kn_node *node)
{
    return write_operator(sql, expr_of(node), KN__STRENGTH_ATOM, KN__STRENGTH_ATOM);
}

kn_status kn__ansi_length(kn_sql *sql, const kn_node *node)
{
    bool binary = kn__expr_type(sql, expr_of(node)->args[0])->id == KN_TYPE_LARGE_BINARY;
    return write_call(sql, binary ? "octet_length" : "char_length", expr_of(node));
}

kn_status kn__ansi_count(kn_sql *sql, const kn_node *node)
{
    if (expr_of(node)->args[0] == KN_END)
        return kn__sql_text(sql, "count(*)");
    return write_call(sql, "count", expr_of(node));
}

kn_status kn__ansi_sum(kn_sql *sql, const kn_node *node)
{
    KN__TRY(check_exact(sql, expr_of(node)));
    return write_call(sql, "sum", expr_of(node));
}

/* In an index: an expression in parentheses, and NULLs where the backend has them. */
static kn_status write_indexed(kn_sql *sql, const kn_expr *operand)
{
    bool bare =
        operand->node.kind == KN_NODE_COLUMN || (operand->node.kind == KN_NODE_OP && operand->op == KN_OP_PREFIX);
    return kn__sql_operand(sql, operand, bare ? 0 : KN__STRENGTH_ATOM + 1);
}

/* NULLs come first in ascending order. */
kn_status kn__ansi_order(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    bool descending = e->op == KN_OP_DESC, in_ddl = kn__sql_in_ddl(sql);
    KN__TRY(in_ddl ? write_indexed(sql, e->args[0]) : kn__sql_operand(sql, e->args[0], 0));
    if (descending)
        KN__TRY(kn__sql_text(sql, " DESC"));
    if (in_ddl)
        return KN_OK;
    return kn__sql_text(sql, descending ? " NULLS LAST" : " NULLS FIRST");
}

kn_status kn__ansi_assign(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    if (kn__expr_type(sql, e->args[0])->id == KN_TYPE_NUMERIC && !is_bound(e->args[1]) &&
        !kn_type_equal(kn__expr_type(sql, e->args[0]), kn__expr_type(sql, e->args[1])))
        KN__TRY(check_exact(sql, e->args[0]));
    KN__TRY(kn__sql_operand(sql, e->args[0], KN__STRENGTH_ATOM));
    KN__TRY(kn__sql_text(sql, " = "));
    return kn__sql_operand(sql, e->args[1], 0);
}

/* The first n characters of a column in an index; the whole column where there is no such index. (A unique one is
 * refused there.) */
kn_status kn__ansi_prefix(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = expr_of(node);
    KN__TRY(kn__sql_operand(sql, e->args[0], KN__STRENGTH_ATOM));
    if (!kn__sql_has(sql, KN_FEATURE_PREFIX_INDEX))
        return KN_OK;
    KN__TRY(kn__sql_text(sql, "("));
    KN__TRY(kn__sql_operand(sql, e->args[1], 0));
    return kn__sql_text(sql, ")");
}
