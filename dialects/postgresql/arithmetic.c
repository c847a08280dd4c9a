/* SPDX-License-Identifier: MIT */
/* PostgreSQL calculates in the width of the operands. Koine's integers have 64 bits in every expression: what begins a
 * computation is widened. */
#include "postgresql_dialect.h"

static bool is_integer(const kn_type *type)
{
    return type->id >= KN_TYPE_SMALL_INTEGER && type->id <= KN_TYPE_BIG_INTEGER;
}

/* Has it fewer than 64 bits there? Bound integers are sent as their type says; literals in DDL are of 32 bits. */
static bool is_narrow(const kn_sql *sql, const kn_expr *e)
{
    const kn_type *type = knp_expr_type(sql, e);
    bool is_literal = e->node.kind == KN_NODE_VALUE && knp_sql_in_ddl(sql);
    return is_integer(type) && (type->id != KN_TYPE_BIG_INTEGER || is_literal);
}

static kn_status render_wide(kn_sql *sql, const kn_expr *e, int strength)
{
    if (!is_narrow(sql, e))
        return knp_sql_operand(sql, e, strength);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "CAST("));
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, e, 0));
    return knp_sql_text(sql, " AS BIGINT)");
}

typedef struct arithmetic {
    const char *sign;
    int strength;
} arithmetic;

/* As in KN_OP_MAP. */
static const arithmetic signs[KN_OP_END_] = {
    [KN_OP_ADD] = {" + ", 6}, [KN_OP_SUB] = {" - ", 6}, [KN_OP_MUL] = {" * ", 7},
    [KN_OP_DIV] = {" / ", 7}, [KN_OP_MOD] = {" % ", 7},
};

static bool wants_width(const kn_sql *sql, const kn_expr *e)
{
    return is_integer(knp_expr_type(sql, e));
}

/* x / 0 is NULL. */
static kn_status render_divisor(kn_sql *sql, const kn_expr *divisor)
{
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "nullif("));
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, divisor, 0));
    return knp_sql_text(sql, ", 0)");
}

kn_status kn_postgresql_arithmetic(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node);
    const arithmetic *own = &signs[e->op];
    bool divides = e->op == KN_OP_DIV || e->op == KN_OP_MOD, first = true;
    if (!wants_width(sql, e))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    for (const kn_expr *const *operand = e->args; *operand != KN_END; operand++) {
        if ((*operand)->node.kind == KN_NODE_ABSENT)
            continue;
        if (first)
            KN_POSTGRESQL_TRY(render_wide(sql, *operand, own->strength));
        else
            KN_POSTGRESQL_TRY(knp_sql_text(sql, own->sign));
        if (!first)
            KN_POSTGRESQL_TRY(divides ? render_divisor(sql, *operand)
                                      : knp_sql_operand(sql, *operand, own->strength + 1));
        first = false;
    }
    return KN_OK;
}

kn_status kn_postgresql_minus(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node);
    if (!wants_width(sql, e))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "-("));
    KN_POSTGRESQL_TRY(render_wide(sql, e->args[0], 0));
    return knp_sql_text(sql, ")");
}

kn_status kn_postgresql_absolute(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node);
    if (!wants_width(sql, e))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "abs("));
    KN_POSTGRESQL_TRY(render_wide(sql, e->args[0], 0));
    return knp_sql_text(sql, ")");
}

/* The sum of integers of 64 bits is numeric there: one that does not fit is an error. That of single precision floats
 * would be rounded to single precision. */
kn_status kn_postgresql_sum(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node);
    const kn_type *from = knp_expr_type(sql, e->args[0]);
    if (from->id == KN_TYPE_FLOAT) {
        KN_POSTGRESQL_TRY(knp_sql_text(sql, "sum(CAST("));
        KN_POSTGRESQL_TRY(knp_sql_operand(sql, e->args[0], 0));
        return knp_sql_text(sql, " AS DOUBLE PRECISION))");
    }
    if (!wants_width(sql, e))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "CAST("));
    KN_POSTGRESQL_TRY(knp_sql_super(sql, &kn_postgresql_dialect, node));
    return knp_sql_text(sql, " AS BIGINT)");
}

/* CASE WHEN <length>(e) > n THEN <what fails> ELSE e END */
static kn_status render_checked(kn_sql *sql, const kn_type *to, const kn_expr *e)
{
    bool text = kn_postgresql_is_text(to);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, text ? "CASE WHEN char_length(" : "CASE WHEN octet_length("));
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, e, 0));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, ") > "));
    KN_POSTGRESQL_TRY(kn_postgresql_text_uint(sql, to->length));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, text ? " THEN (" : " THEN set_byte("));
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, e, 0));
    if (text) {
        KN_POSTGRESQL_TRY(knp_sql_text(sql, ") || '!' ELSE "));
    } else {
        KN_POSTGRESQL_TRY(knp_sql_text(sql, ", octet_length("));
        KN_POSTGRESQL_TRY(knp_sql_operand(sql, e, 0));
        KN_POSTGRESQL_TRY(knp_sql_text(sql, "), 0) ELSE "));
    }
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, e, 0));
    return knp_sql_text(sql, " END");
}

/* VARCHAR(n) cuts spaces that are too many without a word, and BYTEA has no length: what is computed and too long is
 * made to fail. A text grows a character that is no space; a byte behind the end is set. */
kn_status kn_postgresql_assign(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = kn_postgresql_expr_of(node), *value = e->args[1];
    const kn_type *to = knp_expr_type(sql, e->args[0]), *from = knp_expr_type(sql, value);
    bool plain = value->node.kind == KN_NODE_VALUE || value->node.kind == KN_NODE_ARG ||
                 value->node.kind == KN_NODE_RAW || !from->id;
    bool sized = to->length && (kn_postgresql_is_text(to) || to->id == KN_TYPE_LARGE_BINARY);
    if (plain || !sized || (from->length && from->length <= to->length))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    KN_POSTGRESQL_TRY(knp_sql_operand(sql, e->args[0], KN_POSTGRESQL_ATOM));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, " = "));
    return render_checked(sql, to, value);
}
