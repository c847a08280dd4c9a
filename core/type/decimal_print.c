/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "type/decimal_wide.h"

size_t kn_decimal_print_size(kn_decimal d)
{
    size_t n = kn__decimal_significant(&d);
    if (!n)
        n = 1;
    if (d.exponent >= 0)
        return d.sign + n + (size_t)d.exponent;
    size_t scale = (size_t) - (int64_t)d.exponent;
    return d.sign + (n > scale ? n : scale + 1) + 1;
}

/* Coefficients of one word with 0 to 18 digits after the point: the last digits first, no copy. */
static inline size_t print_short(uint64_t v, uint32_t scale, bool negative, char *out)
{
    uint32_t n = kn__u64_digits(v);
    uint32_t whole = n > scale ? n - scale : 1;
    *out = '-';
    char *point = out + (negative && v) + whole, *end = point;
    if (scale) {
        end += scale + 1;
        v = kn__u64_put(v, scale, end);
        *point = '.';
    }
    kn__u64_put(v, whole, point);
    return (size_t)(end - out);
}

/* `digits` with the point `scale` places before its end. */
static size_t place_point(kn__digits digits, size_t scale, char *out)
{
    char *p = out;
    size_t whole = digits.n > scale ? digits.n - scale : 0;
    if (whole) {
        memcpy(p, digits.at, whole);
        p += whole;
    } else {
        *p++ = '0';
    }
    *p++ = '.';
    size_t padding = digits.n < scale ? scale - digits.n : 0;
    memset(p, '0', padding);
    p += padding;
    memcpy(p, digits.at + whole, digits.n - whole);
    return (size_t)(p - out) + digits.n - whole;
}

__attribute__((noinline)) static size_t print_long(const kn_decimal *d, char *out)
{
    char room[KN__DIGITS_ROOM];
    kn__digits digits = kn__decimal_view(d, room);
    char *p = out;
    if (d->sign && digits.n)
        *p++ = '-';
    if (d->exponent < 0)
        return (size_t)(p - out) + place_point(digits, (size_t) - (int64_t)d->exponent, p);
    if (!digits.n) {
        *p = '0';
        return 1;
    }
    memcpy(p, digits.at, digits.n);
    memset(p + digits.n, '0', (size_t)d->exponent);
    return (size_t)(p - out) + digits.n + (size_t)d->exponent;
}

size_t kn_decimal_print(kn_decimal d, char *out)
{
    if (!d.form && !d.u.word[1] && d.exponent <= 0 && d.exponent >= -18)
        return print_short(d.u.word[0], (uint32_t)-d.exponent, d.sign, out);
    return print_long(&d, out);
}
