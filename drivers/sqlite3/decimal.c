/* SPDX-License-Identifier: MIT */
/* kn_sum(x, p, s, P): the exact sum of Numeric(p, s) cells, which SQLite's own sum() would add up as doubles. It is a
 * Numeric(P, s) with P over 15, in the form in which the dialect stores those: P digits, a point before the last s, and
 * for a negative number '-' before digits that are each replaced by their difference to nine. NULLs do not count; the
 * sum of none is NULL.
 *
 * The sum is kept in limbs of nine digits that take their share of each cell with its sign, and carry only at the end:
 * a limb has room for 9 * 10^9 cells. */
#include <stdio.h>
#include <string.h>

#include "sqlite3_driver.h"

enum { LIMB_DIGITS = 9, LIMB = 1000000000, EXACT_DIGITS = 15, DIGITS_MAX = KN_DECIMAL_DIGITS_MAX };
#define CELLS_MAX INT64_C(9000000000)

typedef struct sum {
    int64_t count;
    uint32_t precision, scale; /* of the cells */
    uint32_t digits;           /* of the sum */
    uint32_t n_limbs;
    int64_t limbs[]; /* the lowest first */
} sum;

/* A cell as an integer of 10^-scale. */
typedef struct cell {
    bool negative;
    uint32_t n;
    char digits[DIGITS_MAX + 20];
} cell;

static void put_number(cell *out, uint64_t n, uint32_t zeros)
{
    out->n = (uint32_t)snprintf(out->digits, 24, "%llu", (unsigned long long)n);
    memset(out->digits + out->n, '0', zeros);
    out->n += zeros;
}

static bool read_integer(int64_t i, const sum *s, cell *out)
{
    out->negative = i < 0;
    put_number(out, i < 0 ? UINT64_C(0) - (uint64_t)i : (uint64_t)i, s->scale);
    return true;
}

/* The double beside this one; its bits count as the doubles do. */
static double beside(double d, int64_t by)
{
    int64_t bits;
    memcpy(&bits, &d, sizeof bits);
    bits += by;
    memcpy(&d, &bits, sizeof d);
    return d;
}

/* Others may have written the double beside the one that is meant (see the dialect); no two decimals are that near. */
static bool read_double(double d, const sum *s, cell *out)
{
    static const int64_t places[] = {0, 1, -1};
    kn_decimal decimal;
    for (size_t i = 0; i < KN_COUNT_OF(places) && (i == 0 || d != 0); i++) {
        if (knp_decimal_from_double15(beside(d, places[i]), s->scale, &decimal, NULL) != KN_OK)
            continue;
        out->negative = decimal.sign;
        put_number(out, decimal.u.word[0], 0);
        return true;
    }
    return false;
}

/* Digits around a point; `fraction` is how many stand behind it. */
static bool read_digits(const char *text, size_t size, char zero, cell *out, uint32_t *fraction)
{
    bool point = false;
    out->n = *fraction = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || out->n == DIGITS_MAX)
            return false;
        out->digits[out->n++] = zero == '9' ? (char)('0' + '9' - text[i]) : text[i];
        *fraction += point;
    }
    return out->n > 0;
}

/* The form of many digits is complete; what others left as text in a column of few may lack digits behind its point. */
static bool read_text(const char *text, size_t size, const sum *s, cell *out)
{
    bool wide = s->precision > EXACT_DIGITS;
    uint32_t fraction;
    out->negative = size && *text == '-';
    text += out->negative;
    size -= out->negative;
    if (!read_digits(text, size, wide && out->negative ? '9' : '0', out, &fraction))
        return false;
    if (wide)
        return out->n == s->precision && fraction == s->scale;
    if (fraction > s->scale)
        return false;
    memset(out->digits + out->n, '0', s->scale - fraction);
    out->n += s->scale - fraction;
    return true;
}

static bool read_cell(sqlite3_value *value, const sum *s, cell *out)
{
    bool narrow = s->precision <= EXACT_DIGITS;
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        return narrow && read_integer(sqlite3_value_int64(value), s, out);
    case SQLITE_FLOAT:
        return narrow && read_double(sqlite3_value_double(value), s, out);
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_value_text(value);
        return text && read_text(text, (size_t)sqlite3_value_bytes(value), s, out);
    }
    default:
        return false;
    }
}

static bool add_cell(sum *s, const cell *c)
{
    uint32_t left = c->n;
    for (uint32_t at = 0; left; at++) {
        uint32_t from = left > LIMB_DIGITS ? left - LIMB_DIGITS : 0;
        int64_t limb = 0;
        for (uint32_t i = from; i < left; i++)
            limb = limb * 10 + (c->digits[i] - '0');
        if (limb && at >= s->n_limbs)
            return false;
        if (limb)
            s->limbs[at] += c->negative ? -limb : limb;
        left = from;
    }
    return true;
}

static sum *start(sqlite3_context *context, sqlite3_value **arguments)
{
    int64_t p = sqlite3_value_int64(arguments[1]), scale = sqlite3_value_int64(arguments[2]);
    int64_t digits = sqlite3_value_int64(arguments[3]);
    if (p < 1 || scale < 0 || scale > p || digits < p || digits <= EXACT_DIGITS || digits > DIGITS_MAX) {
        sqlite3_result_error(context, "kn_sum: the precision or scale is out of range", -1);
        return NULL;
    }
    uint32_t n_limbs = (uint32_t)digits / LIMB_DIGITS + 1;
    sum *s = sqlite3_aggregate_context(context, (int)(sizeof *s + n_limbs * sizeof s->limbs[0]));
    if (!s) {
        sqlite3_result_error_nomem(context);
        return NULL;
    }
    if (!s->n_limbs) /* the first cell: its memory is for what was said there */
        *s = (sum){.precision = (uint32_t)p, .scale = (uint32_t)scale, .digits = (uint32_t)digits, .n_limbs = n_limbs};
    return s;
}

static void step(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    sum *s = start(context, arguments);
    cell c;
    if (!s || sqlite3_value_type(arguments[0]) == SQLITE_NULL)
        return;
    if (++s->count > CELLS_MAX)
        sqlite3_result_error(context, "kn_sum: the sum has too many cells", -1);
    else if (!read_cell(arguments[0], s, &c) || !add_cell(s, &c))
        sqlite3_result_error(context, "kn_sum: a stored value is not a Numeric of its column's type", -1);
}

/* Leaves every limb from 0 to LIMB - 1; what the top one does not hold is returned. */
static int64_t carry(sum *s)
{
    int64_t over = 0;
    for (uint32_t i = 0; i < s->n_limbs; i++) {
        int64_t limb = s->limbs[i] + over;
        over = limb / LIMB;
        limb %= LIMB;
        if (limb < 0) {
            limb += LIMB;
            over--;
        }
        s->limbs[i] = limb;
    }
    return over;
}

/* -1, when it is too large, or its sign: 1 is negative. */
static int settle(sum *s)
{
    int64_t over = carry(s);
    bool negative = over < 0;
    if (negative) { /* LIMB^n + over * LIMB^n is what the limbs hold: turn it round */
        for (uint32_t i = 0; i < s->n_limbs; i++)
            s->limbs[i] = -s->limbs[i];
        over = -over + carry(s);
    }
    return over ? -1 : negative;
}

static char digit_of(const sum *s, uint32_t place)
{
    int64_t limb = place / LIMB_DIGITS < s->n_limbs ? s->limbs[place / LIMB_DIGITS] : 0;
    for (uint32_t i = place % LIMB_DIGITS; i; i--)
        limb /= 10;
    return (char)('0' + limb % 10);
}

static int print(const sum *s, bool negative, char *out)
{
    int n = 0;
    if (negative)
        out[n++] = '-';
    for (uint32_t place = s->digits; place-- > 0;) {
        char digit = digit_of(s, place);
        if (place + 1 == s->scale)
            out[n++] = '.';
        out[n++] = negative ? (char)('0' + '9' - digit) : digit;
    }
    return n;
}

static bool fits(const sum *s)
{
    for (uint32_t place = s->digits; place < s->n_limbs * LIMB_DIGITS; place++) {
        if (digit_of(s, place) != '0')
            return false;
    }
    return true;
}

static void finish(sqlite3_context *context)
{
    sum *s = sqlite3_aggregate_context(context, 0);
    char text[DIGITS_MAX + 2];
    if (!s || !s->count) {
        sqlite3_result_null(context);
        return;
    }
    int sign = settle(s);
    if (sign < 0 || !fits(s))
        sqlite3_result_error(context, "kn_sum: the sum has more digits than its type", -1);
    else
        sqlite3_result_text(context, text, print(s, sign == 1, text), SQLITE_TRANSIENT);
}

kn_status sq_register_functions(sq_connection *c, kn_error *error)
{
    int code = sqlite3_create_function_v2(c->db, "kn_sum", 4, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                          NULL, NULL, step, finish, NULL);
    return code == SQLITE_OK ? KN_OK : sq_fail(c, code, SQ_OPENING, error);
}
