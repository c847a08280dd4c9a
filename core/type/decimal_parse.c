/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "type/decimal_wide.h"

/* Digits that fit a uint64_t whatever they are, the point among them. */
#define SHORT_TEXT 19

static inline uint32_t digit_of(char c)
{
    return (uint32_t)(unsigned char)c - '0';
}

/* What nearly every number in a row looks like: [-] digits [. digits], short. False: let the full parser decide. */
static inline bool parse_short(const char *p, const char *end, kn_decimal *out)
{
    if (p == end)
        return false;
    bool negative = *p == '-';
    p += negative;
    if (end - p > SHORT_TEXT || p == end)
        return false;
    const char *start = p;
    uint64_t v = 0;
    uint32_t digit = 0;
    for (; p < end && (digit = digit_of(*p)) <= 9; p++)
        v = v * 10 + digit;
    int32_t scale = 0;
    if (p < end && *p == '.' && end - start > 1) {
        const char *fraction = ++p;
        for (; p < end && (digit = digit_of(*p)) <= 9; p++)
            v = v * 10 + digit;
        scale = (int32_t)(p - fraction);
    }
    if (p != end)
        return false;
    *out = (kn_decimal){.u = {.word = {v, 0}}, .exponent = -scale, .sign = negative && v != 0};
    return true;
}

/* The parts of a decimal text, as the grammar in decimal.h names them. */
typedef struct parts {
    bool negative;
    kn_text whole, fraction;
    int64_t exponent; /* as written, held within +-FAR */
} parts;
#define FAR INT64_C(1000000000000000)

static kn_text take_digits(const char **p, const char *end)
{
    const char *start = *p;
    while (*p < end && digit_of(**p) <= 9)
        ++*p;
    return (kn_text){start, (size_t)(*p - start)};
}

/* The number after e or E; false when it has no digit. */
static bool take_exponent(const char **p, const char *end, int64_t *out)
{
    bool negative = *p < end && **p == '-';
    *p += negative || (*p < end && **p == '+');
    kn_text digits = take_digits(p, end);
    int64_t v = 0;
    for (size_t i = 0; i < digits.size && v < FAR; i++)
        v = v * 10 + digit_of(digits.data[i]);
    *out = negative ? -v : v;
    return digits.size > 0;
}

/* The first byte that does not belong; NULL when all do. */
static const char *split(kn_text text, parts *out)
{
    const char *p = text.data, *end = text.data + text.size;
    out->negative = p < end && *p == '-';
    p += out->negative || (p < end && *p == '+');
    out->whole = take_digits(&p, end);
    if (p < end && *p == '.') {
        p++;
        out->fraction = take_digits(&p, end);
    }
    if (out->whole.size + out->fraction.size == 0)
        return p;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (!take_exponent(&p, end, &out->exponent))
            return p;
    }
    return p == end ? NULL : p;
}

static kn_text without_leading_zeros(kn_text digits)
{
    while (digits.size && *digits.data == '0') {
        digits.data++;
        digits.size--;
    }
    return digits;
}

static void join(const parts *number, char *out)
{
    if (number->whole.size)
        memcpy(out, number->whole.data, number->whole.size);
    if (number->fraction.size)
        memcpy(out + number->whole.size, number->fraction.data, number->fraction.size);
}

static kn_status malformed(kn_text text, const char *at, kn_error *error)
{
    size_t position = (size_t)(at - text.data) + 1;
    if (position > text.size)
        kn_error_set(error, KN_MALFORMED, "decimal text of %zu bytes ends too early: a digit is missing", text.size);
    else
        kn_error_set(error, KN_MALFORMED, "decimal text does not parse at byte %zu", position);
    if (error)
        error->position = position < UINT32_MAX ? (uint32_t)position : UINT32_MAX;
    return KN_MALFORMED;
}

/* Out of line, so that its registers and room are not paid for by short numbers. */
__attribute__((noinline)) static kn_status parse_full(kn_text text, kn_arena *arena, kn_decimal *out, kn_error *error)
{
    parts number = {.whole = {"", 0}, .fraction = {"", 0}};
    const char *bad = split(text, &number);
    if (bad)
        return malformed(text, bad, error);
    int64_t exponent = number.exponent - (int64_t)number.fraction.size;
    if (exponent < -KN__EXPONENT_MAX || exponent > KN__EXPONENT_MAX)
        return kn_error_set(error, KN_LIMIT, "decimal exponent beyond %d", KN__EXPONENT_MAX);
    number.whole = without_leading_zeros(number.whole);
    if (!number.whole.size)
        number.fraction = without_leading_zeros(number.fraction);
    size_t n = number.whole.size + number.fraction.size;
    if (n > KN_DECIMAL_DIGITS_MAX)
        return kn_error_set(error, KN_LIMIT, "decimal of %zu digits; the most is %d", n, KN_DECIMAL_DIGITS_MAX);
    char room[KN_DECIMAL_INLINE], *digits = room;
    if (n > KN_DECIMAL_INLINE) {
        if (!arena)
            return kn_error_set(error, KN_INVALID, "decimal of %zu digits needs an arena", n);
        digits = kn_arena_alloc(arena, n);
        if (!digits)
            return kn_error_set(error, KN_NOMEM, "no memory for a decimal of %zu digits", n);
    }
    join(&number, digits);
    *out = kn__decimal_of_digits(digits, (uint32_t)n, (int32_t)exponent, number.negative);
    return KN_OK;
}

kn_status kn_decimal_parse(kn_text text, kn_arena *arena, kn_decimal *out, kn_error *error)
{
    if (!text.data)
        return kn_error_set(error, KN_MALFORMED, "no decimal text (NULL)");
    if (parse_short(text.data, text.data + text.size, out))
        return KN_OK;
    return parse_full(text, arena, out, error);
}
