/* SPDX-License-Identifier: MIT */
/* Numbers as literals, in DDL. SQLite reads a number with up to four digits behind the point as the double nearest to
 * it; with more it rounds twice, and now and then is off by one unit in the last place. Others are written as a
 * quotient or a product of doubles that it reads exactly, whose result is exact or rounded once. */
#include <string.h>

#include "sqlite_dialect.h"

#define PLAIN_SCALE 4

static kn_status super(kn_sql *sql, const kn_node *node)
{
    return knp_sql_super(sql, &kn_sqlite_dialect, node);
}

static const kn_type unknown = {.id = KN_TYPE_NONE};

static kn_status render_quotient(kn_sql *sql, bool negative, uint64_t coefficient, uint32_t scale)
{
    KN_SQLITE_TRY(knp_sql_text(sql, negative ? "(-" : "("));
    KN_SQLITE_TRY(kn_sqlite_text_uint(sql, coefficient));
    KN_SQLITE_TRY(knp_sql_text(sql, " / 1"));
    while (scale--)
        KN_SQLITE_TRY(knp_sql_text(sql, "0"));
    return knp_sql_text(sql, ".0)");
}

static kn_status render_decimal(kn_sql *sql, const kn_value *value)
{
    kn_decimal d = value->as.decimal;
    if (knp_decimal_digits(d) > KN_SQLITE_EXACT_DIGITS || d.form)
        return knp_error_set(knp_sql_error(sql), KN_INEXACT, "a decimal literal of more than %d digits",
                             KN_SQLITE_EXACT_DIGITS);
    while (d.exponent < 0 && d.u.word[0] && d.u.word[0] % 10 == 0) {
        d.u.word[0] /= 10;
        d.exponent++;
    }
    if (d.exponent >= -PLAIN_SCALE || !d.u.word[0])
        return knp_sql_literal(sql, &unknown, value);
    return render_quotient(sql, d.sign, d.u.word[0], (uint32_t)-d.exponent);
}

/* m * 2^e with a whole m of up to 53 bits: by powers of two that are whole numbers of int64_t. */
#define POWER 62
static kn_status render_scaled(kn_sql *sql, bool negative, uint64_t m, int e)
{
    KN_SQLITE_TRY(knp_sql_text(sql, negative ? "(-" : "("));
    KN_SQLITE_TRY(kn_sqlite_text_uint(sql, m));
    KN_SQLITE_TRY(knp_sql_text(sql, ".0"));
    while (e) {
        int step = e > POWER ? POWER : e < -POWER ? -POWER : e;
        KN_SQLITE_TRY(knp_sql_text(sql, step > 0 ? " * " : " / "));
        KN_SQLITE_TRY(kn_sqlite_text_uint(sql, UINT64_C(1) << (step > 0 ? step : -step)));
        KN_SQLITE_TRY(knp_sql_text(sql, ".0"));
        e -= step;
    }
    return knp_sql_text(sql, ")");
}

static kn_status render_float(kn_sql *sql, const kn_value *value)
{
    kn_decimal plain;
    uint64_t bits, m;
    if (value->kind != KN_KIND_FLOAT || knp_decimal_from_double15(value->as.d, PLAIN_SCALE, &plain, NULL) == KN_OK)
        return knp_sql_literal(sql, &unknown, value);
    memcpy(&bits, &value->as.d, sizeof(bits));
    int e = (int)(bits >> 52 & 0x7ff);
    m = bits & ((UINT64_C(1) << 52) - 1);
    m |= e ? UINT64_C(1) << 52 : 0;
    e = (e ? e : 1) - 1075;
    while (!(m & 1)) {
        m >>= 1;
        e++;
    }
    return render_scaled(sql, bits >> 63, m, e);
}

kn_status kn_sqlite_value(kn_sql *sql, const kn_node *node)
{
    const kn_expr *e = (const kn_expr *)(const void *)node;
    const kn_type *type = knp_expr_type(sql, e);
    if (!knp_sql_in_ddl(sql) || kn_sqlite_is_wide(type))
        return super(sql, node);
    if (e->value.kind == KN_KIND_DECIMAL)
        return render_decimal(sql, &e->value);
    return type->id == KN_TYPE_FLOAT && e->value.kind == KN_KIND_FLOAT ? render_float(sql, &e->value)
                                                                       : super(sql, node);
}
