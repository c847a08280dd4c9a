/* SPDX-License-Identifier: MIT */
#include "type/double.h"

#include <string.h>

#include "type/bignum.h"

_Static_assert(sizeof(double) == 8, "doubles are IEEE 754 binary64");

#define FRACTION_BITS 52
#define EXPONENT_BIAS 1023
#define EXPONENT_MIN (-1022)
#define INFINITY_BITS UINT64_C(0x7ff0000000000000)
#define SIGN_BIT UINT64_C(0x8000000000000000)

/* No double, and no midpoint between two, has more significant digits: what follows can only say "a little more". */
#define DIGITS_MAX 800
/* 10^308 < the largest double < 10^309; half the smallest one is > 10^-324. */
#define DECADE_MAX 309
#define DECADE_MIN (-324)
/* For DIGITS_MAX digits, and for 5^(DIGITS_MAX + 324) with 64 bits more. */
#define LIMBS 96

uint64_t kn__double_bits(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

double kn__double_of_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

/* (q + a little, if `inexact`) x 2^exponent to the nearest double's bits; q is not 0. */
static uint64_t round_to_bits(uint64_t q, int64_t exponent, bool *inexact)
{
    for (; !(q & SIGN_BIT); q <<= 1)
        exponent--;
    int64_t top = exponent + 63; /* of the leading bit */
    int64_t dropped = 63 - FRACTION_BITS;
    if (top < EXPONENT_MIN)
        dropped += EXPONENT_MIN - top; /* subnormal */
    if (dropped > 64) {
        *inexact = true;
        return 0;
    }
    uint64_t kept = dropped == 64 ? 0 : q >> dropped;
    uint64_t rest = dropped == 64 ? q : q << (64 - dropped);
    bool up = rest > SIGN_BIT || (rest == SIGN_BIT && (*inexact || (kept & 1)));
    *inexact = *inexact || rest != 0;
    /* a carry out of the fraction moves on into the exponent, as it should */
    uint64_t biased = top < EXPONENT_MIN ? 0 : (uint64_t)(top + EXPONENT_BIAS - 1) << FRACTION_BITS;
    uint64_t bits = biased + kept + (up ? 1 : 0);
    if (bits >= INFINITY_BITS) {
        *inexact = true;
        return INFINITY_BITS;
    }
    return bits;
}

/* As kn__double_of_digits, for 1 to DIGITS_MAX digits, the first not 0, and a number between 10^DECADE_MIN / 10 and
 * 10^DECADE_MAX. 10^x is 5^x and a shift, so that only powers of five are multiplied out. */
static uint64_t convert(const char *digits, size_t size, int32_t exponent, bool *inexact)
{
    uint32_t above_room[LIMBS * 2], below_room[LIMBS * 2];
    kn__bignum above = {above_room, 0}, below = {below_room, 1};
    below_room[0] = 1;
    kn__bignum_of_digits(&above, digits, size);
    if (exponent > 0)
        kn__bignum_mul_pow5(&above, (uint32_t)exponent);
    else
        kn__bignum_mul_pow5(&below, (uint32_t)-exponent);
    /* a quotient of 63 or 64 bits */
    int64_t shift = 63 - ((int64_t)kn__bignum_bits(&above) - (int64_t)kn__bignum_bits(&below));
    if (shift > 0)
        kn__bignum_shift_left(&above, (size_t)shift);
    else
        kn__bignum_shift_left(&below, (size_t)-shift);
    uint64_t quotient = kn__bignum_divide(&above, &below);
    *inexact = *inexact || above.n != 0;
    return round_to_bits(quotient, exponent - shift, inexact);
}

bool kn__double_of_digits(bool negative, const char *digits, size_t size, int64_t exponent, double *out)
{
    uint64_t bits = 0;
    bool inexact = false;

    while (size && *digits == '0') {
        digits++;
        size--;
    }
    while (size && digits[size - 1] == '0') {
        size--;
        exponent++;
    }
    int64_t decade = exponent > INT32_MAX || exponent < -INT32_MAX ? exponent : exponent + (int64_t)size;
    if (!size) {
        bits = 0;
    } else if (decade > DECADE_MAX) {
        bits = INFINITY_BITS;
        inexact = true;
    } else if (decade <= DECADE_MIN) {
        inexact = true;
    } else {
        if (size > DIGITS_MAX) {
            exponent += (int64_t)(size - DIGITS_MAX);
            size = DIGITS_MAX;
            inexact = true; /* the last digit was not 0, so there is a little more */
        }
        bits = convert(digits, size, (int32_t)exponent, &inexact);
    }
    *out = kn__double_of_bits(bits | (negative ? SIGN_BIT : 0));
    return !inexact;
}

/* Digits of a literal gathered without its point: leading zeros are skipped, so that the room bounds significant
 * ones. */
typedef struct literal {
    char digits[DIGITS_MAX + 2];
    size_t size;
    int64_t exponent;
    bool any, rest; /* a digit at all; one other than 0 that had no room */
} literal;

static void literal_digit(literal *l, char c, bool fraction)
{
    l->any = true;
    if (l->size < DIGITS_MAX) {
        if (l->size || c != '0')
            l->digits[l->size++] = c;
        l->exponent -= fraction;
    } else {
        l->rest = l->rest || c != '0';
        l->exponent += !fraction;
    }
}

static const char *read_digits(literal *l, const char *p, const char *end, bool fraction)
{
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        literal_digit(l, *p, fraction);
    return p;
}

/* NULL when no exponent follows the letter. */
static const char *read_exponent(literal *l, const char *p, const char *end)
{
    const int64_t ENOUGH = INT32_MAX;
    bool negative = p < end && *p == '-';
    int64_t value = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *first = p;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        value = value > ENOUGH ? value : value * 10 + (*p - '0');
    l->exponent += negative ? -value : value;
    return p > first ? p : NULL;
}

static bool matches(const char *p, const char *end, const char *word)
{
    for (; p < end && *word && (*p | 0x20) == *word; p++)
        word++;
    return p == end && !*word;
}

static bool parse_special(const char *p, const char *end, uint64_t sign, double *out)
{
    if (matches(p, end, "nan"))
        *out = kn__double_of_bits(sign | INFINITY_BITS | UINT64_C(1) << (FRACTION_BITS - 1));
    else if (matches(p, end, "inf") || matches(p, end, "infinity"))
        *out = kn__double_of_bits(sign | INFINITY_BITS);
    else
        return false;
    return true;
}

kn_status kn__double_parse(kn_text text, double *out, kn_error *error)
{
    const char *p = text.data, *end = p ? p + text.size : NULL;
    literal l = {.size = 0};
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (parse_special(p, end, negative ? SIGN_BIT : 0, out))
        return KN_OK;
    p = read_digits(&l, p, end, false);
    if (p < end && *p == '.')
        p = read_digits(&l, p + 1, end, true);
    if (l.any && p < end && (*p == 'e' || *p == 'E'))
        p = read_exponent(&l, p + 1, end);
    if (!l.any || !p || p != end)
        return kn_error_set(error, KN_MALFORMED, "text that is no floating-point number");
    if (l.rest) {
        l.digits[l.size++] = '1';
        l.exponent--;
    }
    if (!l.size)
        l.digits[l.size++] = '0';
    (void)kn__double_of_digits(negative, l.digits, l.size, l.exponent, out);
    return KN_OK;
}

/* The exact digits of a finite positive double, without leading zeros: digits x 10^*exponent. */
static size_t exact_digits(double d, char *out, size_t room, int32_t *exponent, const char **first)
{
    uint32_t limbs[LIMBS];
    uint64_t bits = kn__double_bits(d) & ~SIGN_BIT;
    uint64_t fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    int32_t biased = (int32_t)(bits >> FRACTION_BITS);
    int32_t power = (biased ? biased : 1) - EXPONENT_BIAS - FRACTION_BITS;
    if (biased)
        fraction |= UINT64_C(1) << FRACTION_BITS;
    kn__bignum number = {limbs, fraction >> 32 ? 2 : 1};
    limbs[0] = (uint32_t)fraction;
    limbs[1] = (uint32_t)(fraction >> 32);
    if (power >= 0)
        kn__bignum_shift_left(&number, (size_t)power);
    else
        kn__bignum_mul_pow5(&number, (uint32_t)-power);
    *exponent = power < 0 ? power : 0;
    size_t size = kn__bignum_to_digits(&number, out, room);
    *first = out + room - size;
    return size;
}

/* Adds one to the last of `size` digits; true when that made one digit more, 10...0, of which the first `size` stay. */
static bool increment(char *digits, size_t size)
{
    while (size > 0 && digits[size - 1] == '9')
        digits[--size] = '0';
    if (size > 0)
        digits[size - 1]++;
    else
        digits[0] = '1';
    return size == 0;
}

/* Is what follows the first `kept` digits, which are exact, more than half of the last of them, or half of an odd
 * one? */
static bool rounds_up(const char *digits, size_t size, size_t kept)
{
    if (digits[kept] != '5')
        return digits[kept] > '5';
    for (size_t i = kept + 1; i < size; i++) {
        if (digits[i] != '0')
            return true;
    }
    return (digits[kept - 1] - '0') & 1;
}

static bool gives_back(double d, const char *digits, size_t size, int32_t decade)
{
    double back;
    (void)kn__double_of_digits(false, digits, size, decade - (int32_t)size, &back);
    return kn__double_bits(back) == kn__double_bits(d);
}

/* `digits` cut to `wanted` so that they give `d` back. Next to a power of two, where doubles below are twice as dense,
 * the nearest text can miss while the next one up does not. */
static bool cut_digits(double d, const char *digits, size_t size, size_t wanted, char *out, int32_t *decade)
{
    int32_t whole = *decade;
    memcpy(out, digits, wanted);
    for (int tries = rounds_up(digits, size, wanted) ? 1 : 0; tries < 2; tries++) {
        if (tries && increment(out, wanted))
            *decade = whole + 1;
        if (gives_back(d, out, wanted, *decade))
            return true;
    }
    *decade = whole;
    return false;
}

/* The shortest digits that give `d` (finite, positive) back, at most 17: 0.DIGITS x 10^*decade. */
static size_t shortest_digits(double d, char out[18], int32_t *decade)
{
    enum { ALWAYS_ENOUGH = 17, ALWAYS_KEPT = 15 };
    char room[DIGITS_MAX + 100];
    const char *digits;
    int32_t exponent;
    size_t size = exact_digits(d, room, sizeof room, &exponent, &digits);
    *decade = exponent + (int32_t)size;
    /* every text of up to 15 digits survives a normal double, so that none shorter needs a try: its zeros come off
     * below */
    size_t wanted = kn__double_bits(d) >> FRACTION_BITS ? ALWAYS_KEPT : 1;
    while (wanted < ALWAYS_ENOUGH && wanted < size && !cut_digits(d, digits, size, wanted, out, decade))
        wanted++;
    if (wanted >= size) {
        wanted = size;
        memcpy(out, digits, size);
    } else if (wanted == ALWAYS_ENOUGH) {
        (void)cut_digits(d, digits, size, wanted, out, decade);
    }
    while (wanted > 1 && out[wanted - 1] == '0')
        wanted--;
    return wanted;
}

static char *put(char *at, const void *data, size_t size)
{
    memcpy(at, data, size);
    return at + size;
}

static char *put_zeros(char *at, int32_t count)
{
    for (; count > 0; count--)
        *at++ = '0';
    return at;
}

static char *put_fixed(char *at, const char *digits, int32_t size, int32_t decade)
{
    int32_t whole = decade < 0 ? 0 : decade < size ? decade : size;
    at = put(at, whole ? digits : "0", whole ? (size_t)whole : 1);
    at = put_zeros(at, decade - size);
    *at++ = '.';
    at = put_zeros(at, -decade);
    if (whole == size)
        *at++ = '0';
    return put(at, digits + whole, (size_t)(size - whole));
}

static char *put_scientific(char *at, const char *digits, int32_t size, int32_t decade)
{
    int32_t exponent = decade - 1, magnitude = exponent < 0 ? -exponent : exponent;
    *at++ = digits[0];
    if (size > 1) {
        *at++ = '.';
        at = put(at, digits + 1, (size_t)(size - 1));
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    if (magnitude >= 100)
        *at++ = (char)('0' + magnitude / 100);
    *at++ = (char)('0' + magnitude / 10 % 10);
    *at++ = (char)('0' + magnitude % 10);
    return at;
}

size_t kn__double_print(double d, char out[KN__DOUBLE_SIZE])
{
    enum { FIXED_MIN = -3, FIXED_MAX = 16 }; /* Python's choice */
    char digits[18], *at = out;
    int32_t decade = 1;
    uint64_t bits = kn__double_bits(d), magnitude = bits & ~SIGN_BIT;

    if (magnitude > INFINITY_BITS)
        return (size_t)(put(out, "nan", 3) - out);
    if (bits & SIGN_BIT)
        *at++ = '-';
    if (magnitude == INFINITY_BITS)
        return (size_t)(put(at, "inf", 3) - out);
    if (magnitude == 0)
        return (size_t)(put(at, "0.0", 3) - out);
    int32_t size = (int32_t)shortest_digits(kn__double_of_bits(magnitude), digits, &decade);
    bool fixed = decade >= FIXED_MIN && decade <= FIXED_MAX;
    at = fixed ? put_fixed(at, digits, size, decade) : put_scientific(at, digits, size, decade);
    return (size_t)(at - out);
}
