/* SPDX-License-Identifier: MIT */
/* Numeric(p, s) of more than 15 digits: p digits and, where s is not 0, a point before the last s; a negative number
 * has
 * '-' before it and each digit replaced by its difference to nine. '-' sorts before every digit and a greater magnitude
 * has the smaller complement, so memcmp of two such texts gives the order of the numbers:
 *     Numeric(16, 2):  12.5  00000000000012.50    -12.5  -99999999999987.49    -13  -99999999999986.99 */
#include <string.h>

#include "sqlite_dialect.h"

static char complement(char digit)
{
    return (char)('0' + '9' - digit);
}

/* `plain` has exactly s digits behind its point, and perhaps an integer part of "0" where the type has none. */
static size_t lay_out(const kn_type *type, const char *plain, size_t size, char *out)
{
    bool negative = size && plain[0] == '-';
    size_t fraction = type->scale ? (size_t)type->scale + 1 : 0; /* with the point */
    size_t whole = (size_t)type->precision - type->scale, n = 0;
    const char *digits = plain + negative;
    size_t given = size - negative - fraction;
    if (given > whole) { /* the 0 before the point */
        digits += given - whole;
        given = whole;
    }
    if (negative)
        out[n++] = '-';
    for (size_t i = given; i < whole; i++)
        out[n++] = negative ? '9' : '0';
    for (size_t i = 0; i < given + fraction; i++)
        out[n++] = negative && digits[i] != '.' ? complement(digits[i]) : digits[i];
    return n;
}

kn_status kn_sqlite_encode_wide(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    kn_decimal d;
    KN_SQLITE_TRY(knp_decimal_rescale(in->as.decimal, type->scale, arena, &d, error));
    size_t room = knp_decimal_print_size(d);
    char *plain = knp_arena_alloc(arena, room);
    char *text = knp_arena_alloc(arena, (size_t)type->precision + 2);
    if (!plain || !text)
        return knp_error_set(error, KN_NOMEM, "no memory for a value");
    size_t size = knp_decimal_print(d, plain);
    out->kind = KN_KIND_TEXT;
    out->as.text.data = text;
    out->as.text.size = lay_out(type, plain, size, text);
    return KN_OK;
}

static kn_status refuse(const kn_type *type, kn_error *error)
{
    return knp_error_set(error, KN_MALFORMED, "a stored value is not in the form of Numeric(%u, %u)", type->precision,
                         type->scale);
}

/* The number in plain notation; false when the text is not exactly of the form. */
static bool read_plain(const kn_type *type, const char *text, bool negative, char *out)
{
    size_t size = (size_t)type->precision + (type->scale != 0);
    size_t point = type->scale ? (size_t)type->precision - type->scale : SIZE_MAX;
    bool zero = true;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (i == point) {
            if (c != '.')
                return false;
            out[i] = c;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        out[i] = negative ? complement(c) : c;
        zero = zero && out[i] == '0';
    }
    return !(negative && zero);
}

kn_status kn_sqlite_decode_wide(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    kn_text text = in->as.text;
    size_t size = (size_t)type->precision + (type->scale != 0);
    if (in->kind != KN_KIND_TEXT)
        return knp_error_set(error, KN_TYPE_MISMATCH, "%s found where text in the form of Numeric(%u, %u) is expected",
                             knp_kind_name((kn_kind)in->kind), type->precision, type->scale);
    bool negative = text.size && text.data[0] == '-';
    if (text.size != size + negative)
        return refuse(type, error);
    /* a sign, and a 0 for a number that has nothing before its point */
    char *plain = knp_arena_alloc(arena, size + 2);
    if (!plain)
        return knp_error_set(error, KN_NOMEM, "no memory for a value");
    plain[0] = negative ? '-' : '+';
    plain[1] = '0';
    if (!read_plain(type, text.data + negative, negative, plain + 2))
        return refuse(type, error);
    kn_decimal d;
    KN_SQLITE_TRY(knp_decimal_parse((kn_text){plain, size + 2}, arena, &d, error));
    out->kind = KN_KIND_DECIMAL;
    out->as.decimal = d;
    return KN_OK;
}
