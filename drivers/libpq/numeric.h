/* SPDX-License-Identifier: MIT */
/* NUMERIC as the server has it; see numeric.c. */
#ifndef KOINE_LIBPQ_NUMERIC_H
#define KOINE_LIBPQ_NUMERIC_H

#include "libpq_driver.h"

#define LP_NUMERIC_HEADER 8
#define LP_POSITIVE 0x0000
#define LP_NEGATIVE 0x4000
#define LP_DSCALE_MAX 0x3FFF
#define LP_SHORT_BELOW UINT64_C(10000000000000) /* times 1000 it has 16 digits */

extern const uint16_t lp_tens[5];

static inline void lp_numeric_header(unsigned char *out, unsigned count, int weight, bool negative, unsigned dscale)
{
    lp_put32(out, count << 16 | (uint16_t)weight);
    lp_put32(out + 4, (uint32_t)negative * LP_NEGATIVE << 16 | dscale);
}

static inline bool lp_is_short_exponent(int32_t exponent)
{
    return exponent <= 0 && exponent >= -LP_DSCALE_MAX;
}

/* Four groups of digits, the first in the highest bits; n < 10^16. */
static inline uint64_t lp_numeric_groups(uint64_t n)
{
    uint64_t high = n / 100000000, low = n % 100000000;
    return (high / 10000) << 48 | (high % 10000) << 32 | (low / 10000) << 16 | low % 10000;
}

/* What numbers of one exponent have in common. */
typedef struct lp_numeric_form {
    int32_t weight; /* of the first of four groups */
    uint16_t times; /* makes a group end at the point */
    uint16_t dscale;
} lp_numeric_form;

static inline lp_numeric_form lp_numeric_form_of(int32_t exponent)
{
    int32_t quotient = exponent >> 2; /* rounded down */
    return (lp_numeric_form){quotient + 3, lp_tens[exponent & 3], (uint16_t)-exponent};
}

/* Most numbers: a coefficient below LP_SHORT_BELOW, not 0, with a short exponent; 16 bytes at most. Groups that are 0
 * at either end are left out. */
static inline size_t lp_numeric_put_short(unsigned char *out, lp_numeric_form form, uint64_t coefficient, bool negative)
{
    uint64_t groups = lp_numeric_groups(coefficient * form.times);
    unsigned before = (unsigned)__builtin_clzll(groups) / 16, behind = (unsigned)__builtin_ctzll(groups) / 16;
    unsigned count = 4 - before - behind;
    lp_numeric_header(out, count, form.weight - (int)before, negative, form.dscale);
    lp_put64(out + LP_NUMERIC_HEADER, groups << 16 * before); /* what is behind the last does not count */
    return LP_NUMERIC_HEADER + 2 * (size_t)count;
}

#endif
