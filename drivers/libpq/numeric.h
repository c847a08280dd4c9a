/* SPDX-License-Identifier: MIT */
/* NUMERIC as the server has it; see numeric.c. */
#ifndef KOINE_LIBPQ_NUMERIC_H
#define KOINE_LIBPQ_NUMERIC_H

#include "libpq_driver.h"

#define LP_NUMERIC_HEADER 8
#define LP_POSITIVE 0x0000
#define LP_NEGATIVE 0x4000
#define LP_NO_SIGNS UINT64_C(0xBFFF)                /* neither */
#define LP_EACH_SECOND UINT64_C(0x0000FFFF0000FFFF) /* group of four */
#define LP_DSCALE_MAX 0x3FFF
#define LP_SHORT_BELOW UINT64_C(10000000000000) /* times 1000 it has 16 digits */

#define LP_U64_DIGITS 19 /* any number of so many digits fits */

extern const uint16_t lp_tens[5];
extern const uint64_t lp_low_groups[5];             /* so many of four */
extern const uint64_t lp_powers[LP_U64_DIGITS - 3]; /* of ten */

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

/* Is each of four groups below 10000? */
static inline bool lp_are_groups(uint64_t groups)
{
    return ((groups | (groups + UINT64_C(0x58F058F058F058F0))) & UINT64_C(0x8000800080008000)) == 0;
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

typedef struct lp_short_numeric {
    uint64_t coefficient;
    int32_t exponent;
    bool negative; /* 0 may be, too */
} lp_short_numeric;

/* Most numbers: one to four groups, which are the coefficient after at most some zeros were added or taken away. False
 * for others. */
static inline __attribute__((always_inline)) bool lp_numeric_get_short(const char *data, uint32_t size,
                                                                       lp_short_numeric *out)
{
    if (size - LP_NUMERIC_HEADER - 1 >= sizeof(uint64_t))
        return false;
    uint64_t header = lp_get64(data);
    int64_t count = (int64_t)(header >> 48), dscale = header & 0xFFFF;
    int64_t digits = 4 * ((int16_t)(header >> 32) + INT64_C(1)) + dscale, zeros = digits - 4 * count;
    if (size != LP_NUMERIC_HEADER + 2 * count || (header & LP_NO_SIGNS << 16) || zeros < -3 || digits > LP_U64_DIGITS)
        return false;
    /* The last eight bytes: what stands before the first group is the header's. */
    uint64_t groups = lp_get64(data + size - sizeof groups) & lp_low_groups[count];
    if (!lp_are_groups(groups))
        return false;
    uint64_t pairs = (groups >> 16 & LP_EACH_SECOND) * 10000 + (groups & LP_EACH_SECOND);
    uint64_t n = (pairs >> 32) * 100000000 + (uint32_t)pairs;
    if (zeros < 0 && n % lp_tens[-zeros])
        return false;
    out->coefficient = zeros < 0 ? n / lp_tens[-zeros] : n * lp_powers[zeros];
    out->exponent = (int32_t)-dscale;
    out->negative = (header & LP_NEGATIVE << 16) != 0;
    return true;
}

#endif
