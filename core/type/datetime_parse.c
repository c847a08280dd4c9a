/* SPDX-License-Identifier: MIT */
/* Two parsers: the printed form of a value, which fills the rows of backends that store text, is decoded eight bytes at
 * a time; every other form, and everything refused, goes to the strict parser, which knows what was wrong and where. */
#include "type/calendar.h"
#include "type/datetime_forms.h"

/* the printed forms */

#define WORD(a, b, c, d, e, f, g, h)                                                                                   \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 |            \
     (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* What is exclusive-ored away, so that digits become 0 to 9 and separators 0; and what carries a byte past them to its
 * top bit. */
typedef struct pattern {
    uint64_t zero, carry;
} pattern;

#define D 0x76 /* 9 + 0x76 = 0x7f */
#define S 0x7f /* 0 + 0x7f = 0x7f */
static const pattern year_month = {WORD('0', '0', '0', '0', '-', '0', '0', '-'), WORD(D, D, D, D, S, D, D, S)};
static const pattern month_day = {WORD('0', '0', '-', '0', '0', '-', '0', '0'), WORD(D, D, S, D, D, S, D, D)};
static const pattern day_hour_minute = {WORD('0', '0', ' ', '0', '0', ':', '0', '0'), WORD(D, D, S, D, D, S, D, D)};
static const pattern minute_second = {WORD(':', '0', '0', '.', '0', '0', '0', '0'), WORD(S, D, D, S, D, D, D, D)};
static const pattern hour_minute_second = {WORD('0', '0', ':', '0', '0', ':', '0', '0'), WORD(D, D, S, D, D, S, D, D)};
static const pattern second_fraction = {WORD('0', '.', '0', '0', '0', '0', '0', '0'), WORD(D, S, D, D, D, D, D, D)};
#undef D
#undef S

/* Compilers make one load of this where bytes are in that order. */
static inline uint64_t load(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    return WORD(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
}

/* Byte i of the result is the two digits at text[i], text[i + 1] as a number; *bad is not 0 when a byte is wrong. */
static inline uint64_t decode(const char *text, pattern p, uint64_t *bad)
{
    uint64_t w = load(text) ^ p.zero;

    *bad |= (w | (w + p.carry)) & UINT64_C(0x8080808080808080);
    return w * 10 + (w >> 8);
}

static inline uint32_t pair(uint64_t pairs, int at)
{
    return (uint32_t)(pairs >> (8 * at)) & 0xff;
}

static inline uint64_t clock_of(uint32_t hour, uint32_t minute, uint32_t second, uint64_t fraction)
{
    uint32_t us = pair(fraction, 2) * 10000 + pair(fraction, 4) * 100 + pair(fraction, 6);
    return (uint64_t)(hour * 3600 + minute * 60 + second) * (uint64_t)KN_US_PER_SECOND + us;
}

static inline bool clock_exists(uint32_t hour, uint32_t minute, uint32_t second)
{
    return (hour < 24) & (minute < 60) & (second < 60);
}

/* YYYY-MM-DD */
static inline bool decode_date(const char *text, kn_date *out)
{
    uint64_t bad = 0;
    uint64_t head = decode(text, year_month, &bad), tail = decode(text + 2, month_day, &bad);
    uint32_t year = pair(head, 0) * 100 + pair(head, 2), month = pair(head, 5), day = pair(tail, 6);

    if (bad || !kn__ymd_exists(year, month, day))
        return false;
    out->days = kn__days_of(year, month, day);
    return true;
}

/* HH:MM:SS.ffffff */
static inline bool decode_time(const char *text, kn_time *out)
{
    uint64_t bad = 0;
    uint64_t head = decode(text, hour_minute_second, &bad), tail = decode(text + 7, second_fraction, &bad);
    uint32_t hour = pair(head, 0), minute = pair(head, 3), second = pair(head, 6);

    if (bad || !clock_exists(hour, minute, second))
        return false;
    out->us = (int64_t)clock_of(hour, minute, second, tail);
    return true;
}

/* YYYY-MM-DD HH:MM:SS.ffffff */
static inline __attribute__((always_inline)) bool decode_datetime(const char *text, int64_t *out)
{
    uint64_t bad = 0;
    uint64_t head = decode(text, year_month, &bad), middle = decode(text + 8, day_hour_minute, &bad);
    uint64_t tail = decode(text + 16, minute_second, &bad), fraction = decode(text + 18, second_fraction, &bad);
    uint32_t year = pair(head, 0) * 100 + pair(head, 2), month = pair(head, 5), day = pair(middle, 0);
    uint32_t hour = pair(middle, 3), minute = pair(middle, 6), second = pair(tail, 1);

    if (bad || !kn__ymd_exists(year, month, day) || !clock_exists(hour, minute, second))
        return false;
    *out = kn__days_of(year, month, day) * KN_US_PER_DAY + (int64_t)clock_of(hour, minute, second, fraction);
    return true;
}

kn_status kn_date_parse(kn_text text, kn_date *out, kn_error *error)
{
    if (text.data && text.size == KN_DATE_SIZE && decode_date(text.data, out))
        return KN_OK;
    return kn__date_parse_any(text, out, error);
}

kn_status kn_time_parse(kn_text text, kn_time *out, kn_error *error)
{
    if (text.data && text.size == KN_TIME_SIZE && decode_time(text.data, out))
        return KN_OK;
    return kn__time_parse_any(text, out, error);
}

kn_status kn_datetime_parse(kn_text text, kn_datetime *out, kn_error *error)
{
    if (text.data && text.size == KN_DATETIME_SIZE && decode_datetime(text.data, &out->us))
        return KN_OK;
    return kn__datetime_parse_any(text, out, error);
}

kn_status kn_instant_parse(kn_text text, kn_instant *out, kn_error *error)
{
    if (text.data && text.size == KN_DATETIME_SIZE + 1 && text.data[KN_DATETIME_SIZE] == 'Z' &&
        decode_datetime(text.data, &out->us))
        return KN_OK;
    return kn__instant_parse_any(text, out, error);
}
