/* SPDX-License-Identifier: MIT */
/* Decimals, which the server gives as text. */
#include <string.h>

#include "mysql_driver.h"

/* The digits without sign, point and leading zeros, moved together in place. */
static size_t squeeze(char *text, size_t size, bool *negative, int32_t *exponent)
{
    size_t n = 0;
    bool point = false;
    *exponent = 0;
    *negative = size && text[0] == '-';
    for (size_t i = *negative; i < size; i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        *exponent -= point;
        if (n || text[i] != '0')
            text[n++] = text[i];
    }
    return n;
}

/* Up to 19 digits at a time, so that the wide multiplication is done once or twice. */
static void set_words(kn_decimal *d, const char *digits, size_t n)
{
    __extension__ typedef unsigned __int128 wide;
    wide sum = 0;
    while (n) {
        uint64_t part = 0, scale = 1;
        size_t now = n < 19 ? n : 19;
        for (size_t i = 0; i < now; i++, scale *= 10)
            part = part * 10 + (uint64_t)(digits[i] - '0');
        sum = sum * scale + part;
        digits += now;
        n -= now;
    }
    d->u.word[0] = (uint64_t)sum;
    d->u.word[1] = (uint64_t)(sum >> 64);
}

/* A table that others made may have another scale than the model; what cannot be exact is left for the check. */
static void set_scale(kn_decimal *d, uint16_t scale)
{
    kn_decimal scaled;
    if (knp_decimal_rescale(*d, scale, NULL, &scaled, NULL) == KN_OK)
        *d = scaled;
}

/* Any length. */
static void read_long_decimal(char *text, size_t size, kn_decimal *d)
{
    bool negative;
    size_t n = squeeze(text, size, &negative, &d->exponent);
    if (n <= KN_DECIMAL_INLINE) {
        set_words(d, text, n);
    } else {
        d->form = 1;
        d->n = (uint16_t)n;
        d->u.digits = text;
    }
    d->sign = negative && n;
}

/* Up to 19 characters: the number is one word. */
static void read_short_decimal(const char *text, size_t size, kn_decimal *d)
{
    const char *p = text, *end = text + size, *point = end - 1;
    uint64_t n = 0;
    bool negative = size && *p == '-';
    for (p += negative; p < end; p++) {
        if (*p == '.')
            point = p;
        else
            n = n * 10 + (uint64_t)(*p - '0');
    }
    d->u.word[0] = n;
    d->exponent = (int32_t)(point + 1 - end);
    d->sign = negative && n;
}

static inline uint64_t add_digits(uint64_t n, const char *p, const char *end)
{
    for (; p < end; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    return n;
}

/* The point stands where the model says: false when not. */
static inline bool read_usual_decimal(const char *text, size_t size, uint16_t scale, kn_decimal *d)
{
    if (size > 19 || (size_t)scale + 1 >= size)
        return false;
    const char *end = text + size, *point = end - scale - 1;
    if (*point != '.')
        return false;
    uint64_t n = add_digits(add_digits(0, text + (*text == '-'), point), point + 1, end);
    d->u.word[0] = n;
    d->exponent = -(int32_t)scale;
    d->sign = *text == '-' && n;
    return true;
}

void md_read_decimal(char *text, size_t size, uint16_t scale, kn_value *cell)
{
    kn_decimal *d = &cell->as.decimal;
    cell->kind = KN_KIND_DECIMAL;
    memset(d, 0, sizeof *d);
    if (read_usual_decimal(text, size, scale, d))
        return;
    if (size <= 19)
        read_short_decimal(text, size, d);
    else
        read_long_decimal(text, size, d);
    if (scale != MD_NO_SCALE && d->exponent != -(int32_t)scale)
        set_scale(d, scale);
}
