/* SPDX-License-Identifier: MIT */
/* The printed forms of dates and times, which fill the rows of backends that store text: decoded eight bytes at a time,
 * inline where rows are read. False for every other text, right or wrong: the parsers know those. */
#ifndef KOINE_CORE_TYPE_DATETIME_DECODE_H
#define KOINE_CORE_TYPE_DATETIME_DECODE_H

#include "type/calendar.h"

#define KN__WORD(a, b, c, d, e, f, g, h)                                                                               \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 |            \
     (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* What is exclusive-ored away, so that digits become 0 to 9 and separators 0; and what carries a byte past them to its
 * top bit. */
typedef struct kn__digit_pattern {
    uint64_t zero, carry;
} kn__digit_pattern;

#define KN__D 0x76 /* 9 + 0x76 = 0x7f */
#define KN__S 0x7f /* 0 + 0x7f = 0x7f */
static const kn__digit_pattern kn__year_month = {KN__WORD('0', '0', '0', '0', '-', '0', '0', '-'),
                                                 KN__WORD(KN__D, KN__D, KN__D, KN__D, KN__S, KN__D, KN__D, KN__S)};
static const kn__digit_pattern kn__month_day = {KN__WORD('0', '0', '-', '0', '0', '-', '0', '0'),
                                                KN__WORD(KN__D, KN__D, KN__S, KN__D, KN__D, KN__S, KN__D, KN__D)};
static const kn__digit_pattern kn__day_hour_minute = {KN__WORD('0', '0', ' ', '0', '0', ':', '0', '0'),
                                                      KN__WORD(KN__D, KN__D, KN__S, KN__D, KN__D, KN__S, KN__D, KN__D)};
static const kn__digit_pattern kn__minute_second = {KN__WORD(':', '0', '0', '.', '0', '0', '0', '0'),
                                                    KN__WORD(KN__S, KN__D, KN__D, KN__S, KN__D, KN__D, KN__D, KN__D)};
static const kn__digit_pattern kn__hour_minute_second = {
    KN__WORD('0', '0', ':', '0', '0', ':', '0', '0'), KN__WORD(KN__D, KN__D, KN__S, KN__D, KN__D, KN__S, KN__D, KN__D)};
static const kn__digit_pattern kn__second_fraction = {KN__WORD('0', '.', '0', '0', '0', '0', '0', '0'),
                                                      KN__WORD(KN__D, KN__S, KN__D, KN__D, KN__D, KN__D, KN__D, KN__D)};
#undef KN__D
#undef KN__S

/* Compilers make one load of this where bytes are in that order. */
static inline uint64_t kn__digits_load(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    return KN__WORD(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
}

/* Byte i of the result is the two digits at text[i], text[i + 1] as a number; *bad is not 0 when a byte is wrong. */
static inline uint64_t kn__digits_decode(const char *text, kn__digit_pattern p, uint64_t *bad)
{
    uint64_t w = kn__digits_load(text) ^ p.zero;

    *bad |= (w | (w + p.carry)) & UINT64_C(0x8080808080808080);
    return w * 10 + (w >> 8);
}

static inline uint32_t kn__digits_pair(uint64_t pairs, int at)
{
    return (uint32_t)(pairs >> (8 * at)) & 0xff;
}

static inline uint64_t kn__clock_of(uint32_t hour, uint32_t minute, uint32_t second, uint64_t fraction)
{
    uint32_t us =
        kn__digits_pair(fraction, 2) * 10000 + kn__digits_pair(fraction, 4) * 100 + kn__digits_pair(fraction, 6);
    return (uint64_t)(hour * 3600 + minute * 60 + second) * (uint64_t)KN_US_PER_SECOND + us;
}

static inline bool kn__clock_exists(uint32_t hour, uint32_t minute, uint32_t second)
{
    return (hour < 24) & (minute < 60) & (second < 60);
}

/* YYYY-MM-DD */
static inline bool kn__decode_date(const char *text, kn_date *out)
{
    uint64_t bad = 0;
    uint64_t head = kn__digits_decode(text, kn__year_month, &bad),
             tail = kn__digits_decode(text + 2, kn__month_day, &bad);
    uint32_t year = kn__digits_pair(head, 0) * 100 + kn__digits_pair(head, 2), month = kn__digits_pair(head, 5),
             day = kn__digits_pair(tail, 6);

    if (bad || !kn__ymd_exists(year, month, day))
        return false;
    out->days = kn__days_of(year, month, day);
    return true;
}

/* HH:MM:SS.ffffff */
static inline bool kn__decode_time(const char *text, kn_time *out)
{
    uint64_t bad = 0;
    uint64_t head = kn__digits_decode(text, kn__hour_minute_second, &bad),
             tail = kn__digits_decode(text + 7, kn__second_fraction, &bad);
    uint32_t hour = kn__digits_pair(head, 0), minute = kn__digits_pair(head, 3), second = kn__digits_pair(head, 6);

    if (bad || !kn__clock_exists(hour, minute, second))
        return false;
    out->us = (int64_t)kn__clock_of(hour, minute, second, tail);
    return true;
}

/* YYYY-MM-DD HH:MM:SS.ffffff */
static inline bool kn__decode_datetime(const char *text, int64_t *out)
{
    uint64_t bad = 0;
    uint64_t head = kn__digits_decode(text, kn__year_month, &bad),
             middle = kn__digits_decode(text + 8, kn__day_hour_minute, &bad);
    uint64_t tail = kn__digits_decode(text + 16, kn__minute_second, &bad),
             fraction = kn__digits_decode(text + 18, kn__second_fraction, &bad);
    uint32_t year = kn__digits_pair(head, 0) * 100 + kn__digits_pair(head, 2), month = kn__digits_pair(head, 5),
             day = kn__digits_pair(middle, 0);
    uint32_t hour = kn__digits_pair(middle, 3), minute = kn__digits_pair(middle, 6), second = kn__digits_pair(tail, 1);

    if (bad || !kn__ymd_exists(year, month, day) || !kn__clock_exists(hour, minute, second))
        return false;
    *out = kn__days_of(year, month, day) * KN_US_PER_DAY + (int64_t)kn__clock_of(hour, minute, second, fraction);
    return true;
}

#endif
