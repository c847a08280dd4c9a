/* SPDX-License-Identifier: MIT */
#include "type/bignum.h"

#include <string.h>

#define BILLION UINT32_C(1000000000)

void kn__bignum_mul_add(kn__bignum *a, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < a->n; i++) {
        carry += (uint64_t)a->limb[i] * factor;
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        a->limb[a->n++] = (uint32_t)carry;
}

void kn__bignum_mul_pow5(kn__bignum *a, uint32_t power)
{
    enum { LARGEST = 13, LARGEST_POWER = 1220703125 }; /* 5^13, the last below 2^32 */
    for (; power >= LARGEST; power -= LARGEST)
        kn__bignum_mul_add(a, LARGEST_POWER, 0);
    uint32_t rest = 1;
    for (; power; power--)
        rest *= 5;
    kn__bignum_mul_add(a, rest, 0);
}

void kn__bignum_shift_left(kn__bignum *a, size_t bits)
{
    size_t limbs = bits / 32;
    memmove(a->limb + limbs, a->limb, a->n * sizeof *a->limb);
    memset(a->limb, 0, limbs * sizeof *a->limb);
    a->n += limbs;
    kn__bignum_mul_add(a, UINT32_C(1) << (bits % 32), 0);
}

static void trim(kn__bignum *a)
{
    while (a->n && !a->limb[a->n - 1])
        a->n--;
}

uint32_t kn__bignum_divide_1e9(kn__bignum *a)
{
    uint64_t rest = 0;
    for (size_t i = a->n; i-- > 0;) {
        rest = rest << 32 | a->limb[i];
        a->limb[i] = (uint32_t)(rest / BILLION);
        rest %= BILLION;
    }
    trim(a);
    return (uint32_t)rest;
}

/* u[0..n] -= q x v[0..n); false when that went below zero, the result then being too small by a borrow out of u[n]. */
static bool subtract_product(uint32_t *u, const uint32_t *v, size_t n, uint64_t q)
{
    uint64_t carry = 0, borrow = 0;
    for (size_t i = 0; i < n; i++) {
        carry += q * v[i];
        uint64_t difference = (uint64_t)u[i] - (uint32_t)carry - borrow;
        u[i] = (uint32_t)difference;
        borrow = difference >> 63;
        carry >>= 32;
    }
    uint64_t difference = (uint64_t)u[n] - carry - borrow;
    u[n] = (uint32_t)difference;
    return difference >> 63 == 0;
}

static void add_back(uint32_t *u, const uint32_t *v, size_t n)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)u[i] + v[i];
        u[i] = (uint32_t)carry;
        carry >>= 32;
    }
    u[n] += (uint32_t)carry;
}

/* One digit of Knuth's algorithm D (The Art of Computer Programming, 4.3.1): u[0..n] / v[0..n), below 2^32, v's top
 * bit set. The estimate from the top limbs is never too small and at most 2 too large. */
static uint32_t divide_step(uint32_t *u, const uint32_t *v, size_t n)
{
    uint64_t q = ((uint64_t)u[n] << 32 | u[n - 1]) / v[n - 1];
    if (q > UINT32_MAX)
        q = UINT32_MAX;
    if (!subtract_product(u, v, n, q)) {
        do {
            q--;
            add_back(u, v, n);
        } while (u[n] != 0);
    }
    return (uint32_t)q;
}

uint64_t kn__bignum_divide(kn__bignum *a, kn__bignum *b)
{
    size_t shift = 32 * b->n - kn__bignum_bits(b);
    kn__bignum_shift_left(a, shift);
    kn__bignum_shift_left(b, shift);
    uint64_t quotient = 0;
    for (size_t i = a->n - b->n; i-- > 0;)
        quotient = quotient << 32 | divide_step(a->limb + i, b->limb, b->n);
    trim(a);
    return quotient;
}

size_t kn__bignum_bits(const kn__bignum *a)
{
    size_t bits = 32 * a->n;
    for (uint32_t top = a->n ? a->limb[a->n - 1] : UINT32_MAX; !(top & UINT32_C(0x80000000)); top <<= 1)
        bits--;
    return bits;
}

void kn__bignum_of_digits(kn__bignum *a, const char *digits, size_t size)
{
    a->n = 0;
    for (size_t i = 0; i < size;) {
        uint32_t factor = 1, chunk = 0;
        for (; i < size && factor < BILLION; i++, factor *= 10)
            chunk = chunk * 10 + (uint32_t)(digits[i] - '0');
        kn__bignum_mul_add(a, factor, chunk);
    }
}

size_t kn__bignum_to_digits(kn__bignum *a, char *out, size_t size)
{
    size_t at = size;
    do {
        uint32_t chunk = kn__bignum_divide_1e9(a);
        for (int i = 0; i < 9 && (a->n || chunk); i++, chunk /= 10)
            out[--at] = (char)('0' + chunk % 10);
    } while (a->n);
    if (at == size)
        out[--at] = '0';
    return size - at;
}
