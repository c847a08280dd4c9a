/* SPDX-License-Identifier: MIT */
/* SQLite turns an integer that overflows into a double, and stores what does not fit its column. Here both are errors:
 * what is computed is looked at, and what SQLite refuses, abs(-2^63) or a blob of 2^63 - 1 bytes, stands where it must
 * not go on. */
#include "sqlite_dialect.h"

#define FAIL "abs(-9223372036854775807 - 1)"
#define FAIL_LONG "zeroblob(9223372036854775807)" /* "string or blob too big" */

typedef struct arithmetic {
    const char *sign;
    int strength;
} arithmetic;

/* As in KN_OP_MAP. */
static const arithmetic *arithmetic_of(const kn_expr *e)
{
    static const arithmetic signs[KN_OP_END_] = {
        [KN_OP_ADD] = {" + ", 6}, [KN_OP_SUB] = {" - ", 6}, [KN_OP_MUL] = {" * ", 7},
        [KN_OP_DIV] = {" / ", 7}, [KN_OP_MOD] = {" % ", 7}, [KN_OP_NEG] = {"-", 9},
    };
    return e->node.kind == KN_NODE_OP && e->op < KN_OP_END_ && signs[e->op].sign ? &signs[e->op] : NULL;
}

static kn_status render_plain(kn_sql *sql, const kn_expr *e);

/* A part of the same computation is not looked at by itself. */
static kn_status render_operand(kn_sql *sql, const kn_expr *operand, int strength)
{
    const arithmetic *inner = arithmetic_of(operand);
    if (!inner)
        return knp_sql_operand(sql, operand, strength);
    if (inner->strength >= strength)
        return render_plain(sql, operand);
    KN_SQLITE_TRY(knp_sql_text(sql, "("));
    KN_SQLITE_TRY(render_plain(sql, operand));
    return knp_sql_text(sql, ")");
}

/* Without any look at the result. x / 0 and x % 0 are NULL by themselves. */
static kn_status render_plain(kn_sql *sql, const kn_expr *e)
{
    const arithmetic *own = arithmetic_of(e);
    if (!own)
        return knp_sql_operand(sql, e, 0);
    if (e->op == KN_OP_NEG) {
        KN_SQLITE_TRY(knp_sql_text(sql, "-("));
        KN_SQLITE_TRY(render_operand(sql, e->args[0], 0));
        return knp_sql_text(sql, ")");
    }
    for (const kn_expr *const *operand = e->args; *operand != KN_END; operand++) {
        if (operand != e->args)
            KN_SQLITE_TRY(knp_sql_text(sql, own->sign));
        KN_SQLITE_TRY(render_operand(sql, *operand, own->strength + (operand != e->args)));
    }
    return KN_OK;
}

static bool is_integer(const kn_type *type)
{
    return type->id == KN_TYPE_SMALL_INTEGER || type->id == KN_TYPE_INTEGER || type->id == KN_TYPE_BIG_INTEGER;
}

/* CASE WHEN <before> e <after> THEN fail ELSE e END */
static kn_status render_unless(kn_sql *sql, const char *before, const kn_expr *e, const char *after)
{
    KN_SQLITE_TRY(knp_sql_text(sql, "CASE WHEN "));
    KN_SQLITE_TRY(knp_sql_text(sql, before));
    KN_SQLITE_TRY(render_operand(sql, e, *before ? 0 : 5));
    KN_SQLITE_TRY(knp_sql_text(sql, after));
    KN_SQLITE_TRY(knp_sql_text(sql, " THEN " FAIL " ELSE "));
    KN_SQLITE_TRY(render_plain(sql, e));
    return knp_sql_text(sql, " END");
}

kn_status kn_sqlite_arithmetic(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = (const kn_expr *)(const void *)node;
    const kn_type *type = knp_expr_type(sql, e);
    if (type->id == KN_TYPE_NUMERIC)
        return knp_sql_refuse(sql, "exact arithmetic on Numeric");
    if (!is_integer(type))
        return render_plain(sql, e);
    return render_unless(sql, "typeof(", e, ") = 'real'");
}

static bool is_computed(const kn_expr *e)
{
    return arithmetic_of(e) != NULL;
}

static kn_status assign_integer(kn_sql *sql, const kn_type *to, const kn_expr *value)
{
    const kn_type *from = knp_expr_type(sql, value);
    if (to->id == KN_TYPE_BIG_INTEGER || (from->id <= to->id && !is_computed(value)))
        return knp_sql_operand(sql, value, 0);
    return render_unless(sql, "", value,
                         to->id == KN_TYPE_INTEGER ? " NOT BETWEEN -2147483648 AND 2147483647"
                                                   : " NOT BETWEEN -32768 AND 32767");
}

/* `length(x) > n` refuses what the column would not hold. */
static kn_status assign_sized(kn_sql *sql, const kn_type *to, const kn_expr *value)
{
    const kn_type *from = knp_expr_type(sql, value);
    if (!to->length || (from->length && from->length <= to->length))
        return knp_sql_operand(sql, value, 0);
    KN_SQLITE_TRY(knp_sql_text(sql, "CASE WHEN length("));
    KN_SQLITE_TRY(knp_sql_operand(sql, value, 0));
    KN_SQLITE_TRY(knp_sql_text(sql, ") > "));
    KN_SQLITE_TRY(kn_sqlite_text_uint(sql, to->length));
    KN_SQLITE_TRY(knp_sql_text(sql, " THEN " FAIL_LONG " ELSE "));
    KN_SQLITE_TRY(knp_sql_operand(sql, value, 0));
    return knp_sql_text(sql, " END");
}

static kn_status assign_numeric(kn_sql *sql, const kn_type *to, const kn_expr *value)
{
    const kn_type *from = knp_expr_type(sql, value);
    bool same = from->id == to->id && from->precision == to->precision && from->scale == to->scale;
    bool fits = from->id == KN_TYPE_NUMERIC && !kn_sqlite_is_wide(to) && !kn_sqlite_is_wide(from) &&
                from->scale <= to->scale && from->precision - from->scale <= to->precision - to->scale;
    if (same || fits)
        return knp_sql_operand(sql, value, 0);
    return knp_sql_refuse(sql, "assigning an expression to a Numeric of another precision or scale");
}

static kn_status assign_float(kn_sql *sql, const kn_expr *value)
{
    return is_computed(value) ? render_unless(sql, "abs(", value, ") > 1.7976931348623157e+308")
                              : knp_sql_operand(sql, value, 0);
}

kn_status kn_sqlite_assign(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = (const kn_expr *)(const void *)node, *value = e->args[1];
    const kn_type *to = knp_expr_type(sql, e->args[0]);
    KN_SQLITE_TRY(knp_sql_operand(sql, e->args[0], 0));
    KN_SQLITE_TRY(knp_sql_text(sql, " = "));
    if (value->node.kind == KN_NODE_VALUE || value->node.kind == KN_NODE_ARG)
        return knp_sql_bind(sql, value, KN_BIND_AS_IT_IS); /* the column makes a number of it */
    if (value->node.kind == KN_NODE_RAW)
        return knp_sql_operand(sql, value, 0);
    switch (to->id) {
    case KN_TYPE_SMALL_INTEGER:
    case KN_TYPE_INTEGER:
    case KN_TYPE_BIG_INTEGER:
        return assign_integer(sql, to, value);
    case KN_TYPE_FLOAT:
        return assign_float(sql, value);
    case KN_TYPE_NUMERIC:
        return assign_numeric(sql, to, value);
    case KN_TYPE_STRING:
    case KN_TYPE_UNICODE:
    case KN_TYPE_LARGE_BINARY:
        return assign_sized(sql, to, value);
    default:
        return knp_sql_operand(sql, value, 0);
    }
}
