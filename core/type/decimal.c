/* SPDX-License-Identifier: MIT */
#include <koine/decimal.h>

#include <string.h>

#include "type/decimal_wide.h"

kn_decimal kn_decimal_of(int64_t coefficient, int32_t exponent)
{
    uint64_t magnitude = coefficient < 0 ? UINT64_C(0) - (uint64_t)coefficient : (uint64_t)coefficient;
    return kn__decimal_make(magnitude, exponent, coefficient < 0);
}

bool kn_decimal_is_zero(kn_decimal d)
{
    return d.form ? kn__decimal_significant(&d) == 0 : (d.u.word[0] | d.u.word[1]) == 0;
}

uint32_t kn_decimal_digits(kn_decimal d)
{
    uint32_t n = kn__decimal_significant(&d);
    return n ? n : 1;
}

kn_status kn_decimal_copy(kn_decimal d, kn_arena *arena, kn_decimal *out, kn_error *error)
{
    if (d.form) {
        if (!arena)
            return kn_error_set(error, KN_INVALID, "copying a decimal of %u digits needs an arena", (unsigned)d.n);
        d.u.digits = kn_arena_copy(arena, d.u.digits, d.n);
        if (!d.u.digits)
            return kn_error_set(error, KN_NOMEM, "no memory for a decimal of %u digits", (unsigned)d.n);
    }
    *out = d;
    return KN_OK;
}

/* Digits before the point; 0 or less when the number is below 1. Not for zero. */
static int64_t whole_digits(const kn_decimal *d, uint32_t significant)
{
    return (int64_t)significant + d->exponent;
}

/* Compares digits that start at the same decimal place. */
static int compare_digits(kn__digits a, kn__digits b)
{
    uint32_t common = a.n < b.n ? a.n : b.n;
    int order = memcmp(a.at, b.at, common);
    if (order)
        return order < 0 ? -1 : 1;
    if (a.n > common)
        return kn__trailing_zeros((kn__digits){a.at + common, a.n - common}) < a.n - common;
    return -(kn__trailing_zeros((kn__digits){b.at + common, b.n - common}) < b.n - common);
}

static int compare_magnitudes(const kn_decimal *a, const kn_decimal *b)
{
    char room_a[KN__DIGITS_ROOM], room_b[KN__DIGITS_ROOM];
    kn__digits x = kn__decimal_view(a, room_a), y = kn__decimal_view(b, room_b);
    if (!x.n || !y.n)
        return (x.n != 0) - (y.n != 0);
    int64_t whole_x = whole_digits(a, x.n), whole_y = whole_digits(b, y.n);
    if (whole_x != whole_y)
        return whole_x < whole_y ? -1 : 1;
    return compare_digits(x, y);
}

int kn_decimal_compare(kn_decimal a, kn_decimal b)
{
    bool negative_a = a.sign && !kn_decimal_is_zero(a), negative_b = b.sign && !kn_decimal_is_zero(b);
    if (negative_a != negative_b)
        return negative_a ? -1 : 1;
    int order = 0;
    if (!a.form && !b.form && a.exponent == b.exponent) {
        kn__u128 x = kn__decimal_coefficient(&a), y = kn__decimal_coefficient(&b);
        order = (x > y) - (x < y);
    } else {
        order = compare_magnitudes(&a, &b);
    }
    return negative_a ? -order : order;
}

/* Appends `zeros` zeros to the coefficient: the number stays, its exponent falls. */
static kn_status widen(const kn_decimal *d, uint32_t significant, int64_t zeros, kn_arena *arena, kn_decimal *out,
                       kn_error *error)
{
    int64_t n = significant + zeros;
    int32_t exponent = (int32_t)(d->exponent - zeros);
    if (n > KN_DECIMAL_DIGITS_MAX)
        return kn_error_set(error, KN_LIMIT, "decimal would have more than %d digits", KN_DECIMAL_DIGITS_MAX);
    if (n <= KN_DECIMAL_INLINE && !d->form) {
        *out = kn__decimal_make(kn__decimal_coefficient(d) * kn__pow10_u128((uint32_t)zeros), exponent, d->sign);
        return KN_OK;
    }
    char room[KN__DIGITS_ROOM], short_digits[KN_DECIMAL_INLINE], *digits = short_digits;
    kn__digits old = kn__decimal_view(d, room);
    if (n > KN_DECIMAL_INLINE) {
        if (!arena)
            return kn_error_set(error, KN_INVALID, "decimal of %d digits needs an arena", (int)n);
        digits = kn_arena_alloc(arena, (size_t)n);
        if (!digits)
            return kn_error_set(error, KN_NOMEM, "no memory for a decimal of %d digits", (int)n);
    }
    memcpy(digits, old.at, old.n);
    memset(digits + old.n, '0', (size_t)zeros);
    *out = kn__decimal_of_digits(digits, (uint32_t)n, exponent, d->sign);
    return KN_OK;
}

/* Takes `count` zeros off the end of the coefficient; false when they are not all zeros. */
static bool narrow(const kn_decimal *d, int64_t count, kn_decimal *out)
{
    int32_t exponent = (int32_t)(d->exponent + count);
    if (!d->form && !d->u.word[1] && count <= 19) {
        uint64_t power = kn__pow10_u64[count], rest = d->u.word[0] / power;
        *out = kn__decimal_make(rest, exponent, d->sign);
        return rest * power == d->u.word[0];
    }
    char room[KN__DIGITS_ROOM];
    kn__digits digits = kn__decimal_view(d, room);
    if (kn__trailing_zeros(digits) < count)
        return false;
    if (d->form) {
        *out = kn__decimal_of_digits(digits.at, digits.n - (uint32_t)count, exponent, d->sign);
        return true;
    }
    *out = kn__decimal_make(kn__digits_value(digits.at, digits.n - (uint32_t)count), exponent, d->sign);
    return true;
}

kn_status kn_decimal_rescale(kn_decimal d, uint32_t scale, kn_arena *arena, kn_decimal *out, kn_error *error)
{
    if (scale > KN__EXPONENT_MAX)
        return kn_error_set(error, KN_LIMIT, "decimal scale beyond %d", KN__EXPONENT_MAX);
    int64_t shift = (int64_t)d.exponent + (int64_t)scale;
    if (shift == 0) {
        *out = d;
        return KN_OK;
    }
    uint32_t significant = kn__decimal_significant(&d);
    if (!significant) {
        *out = kn__decimal_make(0, -(int32_t)scale, false);
        return KN_OK;
    }
    if (shift > 0)
        return widen(&d, significant, shift, arena, out, error);
    kn_decimal narrowed;
    if (!narrow(&d, -shift, &narrowed))
        return kn_error_set(error, KN_INEXACT, "decimal has more than %u digits after the point", (unsigned)scale);
    *out = narrowed;
    return KN_OK;
}

kn_status kn_decimal_fits(kn_decimal d, uint32_t precision, uint32_t scale, kn_error *error)
{
    uint32_t significant = kn__decimal_significant(&d);
    if (!significant)
        return KN_OK;
    if (whole_digits(&d, significant) > (int64_t)precision - scale)
        return kn_error_set(error, KN_OUT_OF_RANGE, "decimal has too many digits before the point for Numeric(%u, %u)",
                            (unsigned)precision, (unsigned)scale);
    int64_t excess = -(int64_t)d.exponent - scale;
    kn_decimal narrowed;
    if (excess > 0 && !narrow(&d, excess, &narrowed))
        return kn_error_set(error, KN_INEXACT, "decimal has too many digits after the point for Numeric(%u, %u)",
                            (unsigned)precision, (unsigned)scale);
    return KN_OK;
}

kn_status kn_decimal_to_int64(kn_decimal d, int64_t *out, kn_error *error)
{
    char room[KN__DIGITS_ROOM];
    kn__digits digits = kn__decimal_view(&d, room);
    int64_t whole = digits.n ? whole_digits(&d, digits.n) : 0;
    if (whole > 19)
        return kn_error_set(error, KN_OUT_OF_RANGE, "decimal is beyond 64 bits");
    if (digits.n - kn__trailing_zeros(digits) > (whole > 0 ? (uint32_t)whole : 0))
        return kn_error_set(error, KN_INEXACT, "decimal is no whole number");
    uint32_t kept = digits.n < (uint32_t)whole ? digits.n : (uint32_t)whole;
    uint64_t v = (uint64_t)kn__digits_value(digits.at, kept) * kn__pow10_u64[(uint32_t)whole - kept];
    if (v > (uint64_t)INT64_MAX + (d.sign ? 1 : 0))
        return kn_error_set(error, KN_OUT_OF_RANGE, "decimal is beyond 64 bits");
    *out = d.sign ? (int64_t)(UINT64_C(0) - v) : (int64_t)v;
    return KN_OK;
}
