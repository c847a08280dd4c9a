/* SPDX-License-Identifier: MIT */
/* What the decimal files share: the 128-bit coefficient, powers of ten, digits in and out. */
#ifndef KOINE_CORE_TYPE_DECIMAL_WIDE_H
#define KOINE_CORE_TYPE_DECIMAL_WIDE_H

#include <koine/decimal.h>

#include <string.h>

__extension__ typedef unsigned __int128 kn__u128;

#define KN__EXPONENT_MAX 99999 /* of either sign, in what koine makes itself */
#define KN__POW10_COUNT 39

/* 10^0 to 10^19, and {low, high} words of 10^0 to 10^38. */
extern const uint64_t kn__pow10_u64[20];
extern const uint64_t kn__pow10_words[KN__POW10_COUNT][2];

static inline kn__u128 kn__u128_of(uint64_t low, uint64_t high)
{
    return (kn__u128)high << 64 | low;
}

static inline kn__u128 kn__pow10_u128(uint32_t n)
{
    return kn__u128_of(kn__pow10_words[n][0], kn__pow10_words[n][1]);
}

/* Form 0 only. */
static inline kn__u128 kn__decimal_coefficient(const kn_decimal *d)
{
    return kn__u128_of(d->u.word[0], d->u.word[1]);
}

static inline kn_decimal kn__decimal_make(kn__u128 coefficient, int32_t exponent, bool negative)
{
    return (kn_decimal){.u = {.word = {(uint64_t)coefficient, (uint64_t)(coefficient >> 64)}},
                        .exponent = exponent,
                        .sign = negative && coefficient != 0};
}

/* Decimal digits of v; 0 has 1. 1233 / 4096 is log10(2) to five places, a little under. */
static inline uint32_t kn__u64_digits(uint64_t v)
{
    uint32_t bits = 64 - (uint32_t)__builtin_clzll(v | 1);
    uint32_t guess = bits * 1233 >> 12;
    return guess + ((v | 1) >= kn__pow10_u64[guess]);
}

uint32_t kn__u128_digits(kn__u128 v);

/* "00" to "99". */
extern const char kn__digit_pairs[200];

/* Writes the last `count` digits of v, zero padded, so that they end before `end`; returns v without them. */
static inline uint64_t kn__u64_put(uint64_t v, uint32_t count, char *end)
{
    for (; count >= 2; count -= 2) {
        uint64_t rest = v / 100;
        end -= 2;
        memcpy(end, kn__digit_pairs + 2 * (v - rest * 100), 2);
        v = rest;
    }
    if (count) {
        uint64_t rest = v / 10;
        end[-1] = (char)('0' + (v - rest * 10));
        v = rest;
    }
    return v;
}

/* Writes exactly `n` digits, n = kn__u128_digits(v). */
void kn__u128_put(kn__u128 v, uint32_t n, char *out);

/* The value of n digits, n <= 38. */
kn__u128 kn__digits_value(const char *digits, uint32_t n);

/* The digits of any form, without leading zeros: n == 0 for zero. `room` holds those of form 0. */
typedef struct kn__digits {
    const char *at;
    uint32_t n;
} kn__digits;
#define KN__DIGITS_ROOM 40
kn__digits kn__decimal_view(const kn_decimal *d, char room[static KN__DIGITS_ROOM]);

/* The number of those digits, without writing them. */
uint32_t kn__decimal_significant_wide(const kn_decimal *d);
static inline uint32_t kn__decimal_significant(const kn_decimal *d)
{
    if (d->form || d->u.word[1])
        return kn__decimal_significant_wide(d);
    return d->u.word[0] ? kn__u64_digits(d->u.word[0]) : 0;
}

/* The shortest form that holds `n` digits without leading zeros: inline, else pointing at them. */
kn_decimal kn__decimal_of_digits(const char *digits, uint32_t n, int32_t exponent, bool negative);

/* The number of zeros at the end. */
uint32_t kn__trailing_zeros(kn__digits digits);

#endif
