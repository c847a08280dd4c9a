/* SPDX-License-Identifier: MIT */
/* NUMERIC on the wire: 16-bit fields ndigits, weight, sign, dscale, then ndigits digits of base 10000, the first of
 * which counts 10000^weight. dscale is the number of decimal digits shown after the point. */
#include <string.h>

#include "numeric.h"

const uint16_t lp_tens[5] = {1, 10, 100, 1000, 10000};
const uint64_t lp_low_groups[5] = {0, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFF, UINT64_MAX};
const uint64_t lp_powers[LP_U64_DIGITS - 3] = {UINT64_C(1),
                                               UINT64_C(10),
                                               UINT64_C(100),
                                               UINT64_C(1000),
                                               UINT64_C(10000),
                                               UINT64_C(100000),
                                               UINT64_C(1000000),
                                               UINT64_C(10000000),
                                               UINT64_C(100000000),
                                               UINT64_C(1000000000),
                                               UINT64_C(10000000000),
                                               UINT64_C(100000000000),
                                               UINT64_C(1000000000000),
                                               UINT64_C(10000000000000),
                                               UINT64_C(100000000000000),
                                               UINT64_C(1000000000000000)};

static int floor_div4(int n)
{
    return n >= 0 ? n / 4 : -((3 - n) / 4);
}

size_t lp_numeric_bound(kn_decimal d)
{
    size_t digits = d.form ? d.n : KN_DECIMAL_INLINE + 1;
    return LP_NUMERIC_HEADER + 2 * (digits / 4 + 2);
}

/* The digits of the coefficient, no sign, no leading zeros. */
static size_t coefficient_of(kn_decimal d, const char **out, char room[KN_DECIMAL_INLINE + 2])
{
    if (d.form) {
        *out = d.u.digits;
        return d.n;
    }
    size_t at = KN_DECIMAL_INLINE + 2, size = 0;
    if (d.u.word[1]) {
        d.sign = 0;
        d.exponent = 0;
        size = knp_decimal_print(d, room);
        *out = room;
        return size;
    }
    for (uint64_t n = d.u.word[0]; n; n /= 10)
        room[--at] = (char)('0' + n % 10);
    *out = room + at;
    return KN_DECIMAL_INLINE + 2 - at;
}

size_t lp_numeric_encode_short(const kn_decimal *d, unsigned char *out)
{
    int32_t exponent = d->exponent;
    if (d->form || d->u.word[1] || d->u.word[0] >= LP_SHORT_BELOW || !lp_is_short_exponent(exponent))
        return 0;
    if (d->u.word[0])
        return lp_numeric_put_short(out, lp_numeric_form_of(exponent), d->u.word[0], d->sign);
    lp_numeric_header(out, 0, 0, false, (uint16_t)-exponent);
    return LP_NUMERIC_HEADER;
}

/* Digit i of n counts 10^(n - 1 - i + exponent). */
static kn_status encode_long(kn_decimal d, unsigned char *out, size_t *size, kn_error *error)
{
    char room[KN_DECIMAL_INLINE + 2];
    const char *digits = NULL;
    int n = (int)coefficient_of(d, &digits, room), dscale = d.exponent < 0 ? -d.exponent : 0;
    int most = floor_div4(n - 1 + d.exponent), weight = most, count = 0;
    unsigned group = 0;
    if (dscale > LP_DSCALE_MAX || d.exponent > 4 * INT16_MAX - KN_DECIMAL_DIGITS_MAX)
        return knp_error_set(error, KN_OUT_OF_RANGE, "a decimal with %d as its exponent", (int)d.exponent);
    for (int i = 0; i < n; i++) {
        int place = n - 1 - i + d.exponent, of = floor_div4(place);
        group += (unsigned)(digits[i] - '0') * lp_tens[place - 4 * of];
        if (place == 4 * of || i == n - 1) {
            lp_put16(out + LP_NUMERIC_HEADER + 2 * count++, (uint16_t)group);
            group = 0;
        }
    }
    while (count && lp_get16(out + LP_NUMERIC_HEADER + 2 * (count - 1)) == 0)
        count--;
    lp_numeric_header(out, (unsigned)count, count ? weight : 0, d.sign && count, (unsigned)dscale);
    *size = LP_NUMERIC_HEADER + 2 * (size_t)count;
    return KN_OK;
}

kn_status lp_numeric_encode(kn_decimal d, unsigned char *out, size_t *size, kn_error *error)
{
    *size = lp_numeric_encode_short(&d, out);
    return *size ? KN_OK : encode_long(d, out, size, error);
}

typedef struct wire {
    const char *digits;
    int count, weight, sign, dscale;
} wire;

static bool read_wire(const char *data, int size, wire *out)
{
    if (size < LP_NUMERIC_HEADER)
        return false;
    *out = (wire){.digits = data + LP_NUMERIC_HEADER,
                  .count = lp_get16(data),
                  .weight = (int16_t)lp_get16(data + 2),
                  .sign = lp_get16(data + 4),
                  .dscale = lp_get16(data + 6)};
    if (size != LP_NUMERIC_HEADER + 2 * out->count)
        return false;
    for (int i = 0; i < out->count; i++) {
        if (lp_get16(out->digits + 2 * i) > 9999)
            return false;
    }
    return true;
}

/* Digits of the coefficient at scale dscale, leading zeros counted. */
static int digits_of(const wire *w)
{
    return (w->weight >= 0 ? 4 * (w->weight + 1) : 0) + w->dscale;
}

static unsigned group_at(const wire *w, int i)
{
    return i >= 0 && i < w->count ? lp_get16(w->digits + 2 * i) : 0;
}

/* Groups that lie wholly above the last shown digit; of the next one the first dscale % 4 digits are shown. */
static int whole_groups(const wire *w)
{
    return w->weight + w->dscale / 4 + 1;
}

static uint64_t short_coefficient(const wire *w)
{
    uint64_t n = 0;
    int whole = whole_groups(w), rest = w->dscale % 4;
    for (int i = 0; i < whole; i++)
        n = n * 10000 + group_at(w, i);
    return rest ? n * lp_tens[rest] + group_at(w, whole) / lp_tens[4 - rest] : n;
}

static size_t write_group(char *out, unsigned group, int digits)
{
    for (int i = 0; i < digits; i++)
        out[i] = (char)('0' + group / lp_tens[3 - i] % 10);
    return (size_t)digits;
}

static size_t long_coefficient(const wire *w, char *out)
{
    size_t size = 0;
    int whole = whole_groups(w), rest = w->dscale % 4;
    for (int i = 0; i < whole; i++)
        size += write_group(out + size, group_at(w, i), 4);
    if (rest)
        size += write_group(out + size, group_at(w, whole), rest);
    return size;
}

size_t lp_numeric_room(const char *data, int size)
{
    wire w;
    if (!read_wire(data, size, &w) || digits_of(&w) <= LP_U64_DIGITS)
        return 0;
    return (size_t)digits_of(&w) + 4;
}

/* No digit is hidden behind dscale: a server does not send such a number. */
static bool hides_digits(const wire *w)
{
    int whole = whole_groups(w), rest = w->dscale % 4;
    if (rest && group_at(w, whole) % lp_tens[4 - rest])
        return true;
    for (int i = whole + (rest != 0); i < w->count; i++) {
        if (i >= 0 && group_at(w, i))
            return true;
    }
    return false;
}

/* In no NUMERIC(p, s): stands for NaN, infinity and numbers of too many digits. */
static const kn_decimal beyond = {.u = {.word = {1, 0}}, .exponent = 99999};

static kn_status decode_long(lp_statement *s, const wire *w, kn_decimal *out, kn_error *error)
{
    char *text = lp_row_alloc(s, (size_t)digits_of(w) + 4, error);
    if (!text)
        return KN_NOMEM;
    size_t size = long_coefficient(w, text);
    while (size && *text == '0') {
        text++;
        size--;
    }
    if (size > KN_DECIMAL_DIGITS_MAX) {
        *out = beyond;
        return KN_OK;
    }
    if (size <= KN_DECIMAL_INLINE)
        return size ? knp_decimal_parse((kn_text){text, size}, NULL, out, error) : KN_OK;
    out->u.digits = text;
    out->n = (uint16_t)size;
    out->form = 1;
    return KN_OK;
}

__attribute__((noinline)) static kn_status decode_other(lp_statement *s, const char *data, int size, kn_value *out,
                                                        kn_error *error)
{
    kn_decimal d = {.form = 0};
    kn_status status = KN_OK;
    wire w;
    if (!read_wire(data, size, &w))
        return knp_error_set(error, KN_CORRUPT, "a NUMERIC of %d bytes", size);
    out->kind = KN_KIND_DECIMAL;
    out->as.decimal = beyond;
    if (w.sign != LP_POSITIVE && w.sign != LP_NEGATIVE)
        return KN_OK;
    if (hides_digits(&w))
        return knp_error_set(error, KN_INEXACT, "a NUMERIC with digits behind its scale");
    if (digits_of(&w) <= LP_U64_DIGITS)
        d.u.word[0] = short_coefficient(&w);
    else
        status = decode_long(s, &w, &d, error);
    if (d.exponent == beyond.exponent)
        return status;
    d.exponent = -w.dscale;
    d.sign = w.sign == LP_NEGATIVE && (d.form || d.u.word[0] || d.u.word[1]);
    out->as.decimal = d;
    return status;
}

kn_status lp_numeric_decode(lp_statement *s, const char *data, int size, kn_value *out, kn_error *error)
{
    lp_short_numeric n;
    if (!lp_numeric_get_short(data, (uint32_t)size, &n))
        return decode_other(s, data, size, out, error);
    out->kind = KN_KIND_DECIMAL;
    out->as.decimal =
        (kn_decimal){.u = {.word = {n.coefficient, 0}}, .exponent = n.exponent, .sign = n.negative && n.coefficient};
    return KN_OK;
}
