/* SPDX-License-Identifier: MIT */
#include "type/decimal_wide.h"

#include <string.h>

const uint64_t kn__pow10_u64[20] = {UINT64_C(1),
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
                                    UINT64_C(1000000000000000),
                                    UINT64_C(10000000000000000),
                                    UINT64_C(100000000000000000),
                                    UINT64_C(1000000000000000000),
                                    UINT64_C(10000000000000000000)};

const uint64_t kn__pow10_words[KN__POW10_COUNT][2] = {{UINT64_C(1), UINT64_C(0)},
                                                      {UINT64_C(10), UINT64_C(0)},
                                                      {UINT64_C(100), UINT64_C(0)},
                                                      {UINT64_C(1000), UINT64_C(0)},
                                                      {UINT64_C(10000), UINT64_C(0)},
                                                      {UINT64_C(100000), UINT64_C(0)},
                                                      {UINT64_C(1000000), UINT64_C(0)},
                                                      {UINT64_C(10000000), UINT64_C(0)},
                                                      {UINT64_C(100000000), UINT64_C(0)},
                                                      {UINT64_C(1000000000), UINT64_C(0)},
                                                      {UINT64_C(10000000000), UINT64_C(0)},
                                                      {UINT64_C(100000000000), UINT64_C(0)},
                                                      {UINT64_C(1000000000000), UINT64_C(0)},
                                                      {UINT64_C(10000000000000), UINT64_C(0)},
                                                      {UINT64_C(100000000000000), UINT64_C(0)},
                                                      {UINT64_C(1000000000000000), UINT64_C(0)},
                                                      {UINT64_C(10000000000000000), UINT64_C(0)},
                                                      {UINT64_C(100000000000000000), UINT64_C(0)},
                                                      {UINT64_C(1000000000000000000), UINT64_C(0)},
                                                      {UINT64_C(10000000000000000000), UINT64_C(0)},
                                                      {UINT64_C(7766279631452241920), UINT64_C(5)},
                                                      {UINT64_C(3875820019684212736), UINT64_C(54)},
                                                      {UINT64_C(1864712049423024128), UINT64_C(542)},
                                                      {UINT64_C(200376420520689664), UINT64_C(5421)},
                                                      {UINT64_C(2003764205206896640), UINT64_C(54210)},
                                                      {UINT64_C(1590897978359414784), UINT64_C(542101)},
                                                      {UINT64_C(15908979783594147840), UINT64_C(5421010)},
                                                      {UINT64_C(11515845246265065472), UINT64_C(54210108)},
                                                      {UINT64_C(4477988020393345024), UINT64_C(542101086)},
                                                      {UINT64_C(7886392056514347008), UINT64_C(5421010862)},
                                                      {UINT64_C(5076944270305263616), UINT64_C(54210108624)},
                                                      {UINT64_C(13875954555633532928), UINT64_C(542101086242)},
                                                      {UINT64_C(9632337040368467968), UINT64_C(5421010862427)},
                                                      {UINT64_C(4089650035136921600), UINT64_C(54210108624275)},
                                                      {UINT64_C(4003012203950112768), UINT64_C(542101086242752)},
                                                      {UINT64_C(3136633892082024448), UINT64_C(5421010862427522)},
                                                      {UINT64_C(12919594847110692864), UINT64_C(54210108624275221)},
                                                      {UINT64_C(68739955140067328), UINT64_C(542101086242752217)},
                                                      {UINT64_C(687399551400673280), UINT64_C(5421010862427522170)}};

const char kn__digit_pairs[200] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                  "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

uint32_t kn__u128_digits(kn__u128 v)
{
    if (!(v >> 64))
        return kn__u64_digits((uint64_t)v);
    uint32_t n = 20; /* 2^64 has 20 */
    while (n < KN__POW10_COUNT && v >= kn__pow10_u128(n))
        n++;
    return n;
}

void kn__u128_put(kn__u128 v, uint32_t n, char *out)
{
    while (v >> 64) {
        kn__u128 rest = v / kn__pow10_u64[19];
        kn__u64_put((uint64_t)(v - rest * kn__pow10_u64[19]), 19, out + n);
        n -= 19;
        v = rest;
    }
    kn__u64_put((uint64_t)v, n, out + n);
}

static uint64_t digits_u64(const char *digits, uint32_t n)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < n; i++)
        v = v * 10 + (uint64_t)(digits[i] - '0');
    return v;
}

kn__u128 kn__digits_value(const char *digits, uint32_t n)
{
    if (n <= 19)
        return digits_u64(digits, n);
    return (kn__u128)digits_u64(digits, n - 19) * kn__pow10_u64[19] + digits_u64(digits + n - 19, 19);
}

kn__digits kn__decimal_view(const kn_decimal *d, char room[static KN__DIGITS_ROOM])
{
    if (d->form) {
        kn__digits digits = {d->u.digits, d->n};
        for (; digits.n && *digits.at == '0'; digits.n--)
            digits.at++;
        return digits;
    }
    kn__u128 coefficient = kn__decimal_coefficient(d);
    uint32_t n = coefficient ? kn__u128_digits(coefficient) : 0;
    kn__u128_put(coefficient, n, room);
    return (kn__digits){room, n};
}

uint32_t kn__decimal_significant_wide(const kn_decimal *d)
{
    if (!d->form)
        return kn__u128_digits(kn__decimal_coefficient(d));
    char unused[KN__DIGITS_ROOM];
    return kn__decimal_view(d, unused).n;
}

kn_decimal kn__decimal_of_digits(const char *digits, uint32_t n, int32_t exponent, bool negative)
{
    if (n <= KN_DECIMAL_INLINE)
        return kn__decimal_make(kn__digits_value(digits, n), exponent, negative);
    return (kn_decimal){.u = {.digits = digits}, .exponent = exponent, .n = (uint16_t)n, .form = 1, .sign = negative};
}

uint32_t kn__trailing_zeros(kn__digits digits)
{
    uint32_t zeros = 0;
    while (zeros < digits.n && digits.at[digits.n - 1 - zeros] == '0')
        zeros++;
    return zeros;
}
