/* SPDX-License-Identifier: MIT */
/* Natural numbers as little-endian 32-bit limbs: just enough to move between decimal digits and binary, exactly. */
#ifndef KOINE_CORE_TYPE_BIGNUM_H
#define KOINE_CORE_TYPE_BIGNUM_H

#include <koine/base.h>

/* n limbs, the highest of them not 0; n = 0 is zero. The caller owns the room. */
typedef struct kn__bignum {
    uint32_t *limb;
    size_t n;
} kn__bignum;

/* *a = *a x factor + addend; the room must have one limb more than it uses. */
void kn__bignum_mul_add(kn__bignum *a, uint32_t factor, uint32_t addend);

/* *a = *a x 5^power. */
void kn__bignum_mul_pow5(kn__bignum *a, uint32_t power);

/* *a = *a x 2^bits, *a > 0; the room must have bits / 32 + 1 limbs more. */
void kn__bignum_shift_left(kn__bignum *a, size_t bits);

/* *a = *a / 10^9; returns the remainder. */
uint32_t kn__bignum_divide_1e9(kn__bignum *a);

/* Floor of *a / *b, where *a is 63 bits longer, which makes a quotient of 63 or 64 bits. Room: one limb more in both.
 * *a becomes the remainder, shifted left by a few bits as *b is too: whether it is 0 is all that is left to ask. */
uint64_t kn__bignum_divide(kn__bignum *a, kn__bignum *b);

size_t kn__bignum_bits(const kn__bignum *a);

/* Reads `size` ASCII digits into *a, whose room must have kn__bignum_limbs_of_digits(size) limbs. */
void kn__bignum_of_digits(kn__bignum *a, const char *digits, size_t size);

static inline size_t kn__bignum_limbs_of_digits(size_t digits)
{
    return digits / 9 + 2;
}

/* Destroys *a and writes its decimal digits, without leading zeros, at the end of out[0..size); returns how many (1
 * for zero). size must be at least kn__bignum_digits_room(a->n). */
size_t kn__bignum_to_digits(kn__bignum *a, char *out, size_t size);

static inline size_t kn__bignum_digits_room(size_t limbs)
{
    return limbs * 10 + 9;
}

#endif
