/* SPDX-License-Identifier: MIT */
/* Two parsers: the printed form of a value, which fills the rows of backends that store text, is decoded eight bytes at
 * a time; every other form, and everything refused, goes to the strict parser, which knows what was wrong and where. */
#include "type/calendar.h"
#include "type/scan.h"

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
static uint64_t load(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    return WORD(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
}

/* Byte i of the result is the two digits at text[i], text[i + 1] as a number; *bad is not 0 when a byte does not fit.
 */
static uint64_t decode(const char *text, pattern p, uint64_t *bad)
{
    uint64_t w = load(text) ^ p.zero;

    *bad |= (w | (w + p.carry)) & UINT64_C(0x8080808080808080);
    return w * 10 + (w >> 8);
}

static uint32_t pair(uint64_t pairs, int at)
{
    return (uint32_t)(pairs >> (8 * at)) & 0xff;
}

static uint64_t clock_of(uint32_t hour, uint32_t minute, uint32_t second, uint64_t fraction)
{
    uint32_t us = pair(fraction, 2) * 10000 + pair(fraction, 4) * 100 + pair(fraction, 6);
    return (uint64_t)(hour * 3600 + minute * 60 + second) * (uint64_t)KN_US_PER_SECOND + us;
}

static bool clock_exists(uint32_t hour, uint32_t minute, uint32_t second)
{
    return (hour < 24) & (minute < 60) & (second < 60);
}

/* YYYY-MM-DD */
static bool decode_date(const char *text, kn_date *out)
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
static bool decode_time(const char *text, kn_time *out)
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
static bool decode_datetime(const char *text, int64_t *out)
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

/* every form */

typedef struct field {
    const char *at; /* NULL = absent, then n is 0 */
    int32_t n;
} field;

/* A text taken apart; whether the values exist is asked when the form is known to be right. */
typedef struct parts {
    field year, month, day;
    field hour, minute, second;
    field zone_hour, zone_minute, zone_second;
    int32_t us;
    bool is_west;
} parts;

static kn_status read_field(kn__scan *scan, int count, field *out)
{
    out->at = scan->at;
    return kn__scan_digits(scan, count, &out->n);
}

/* ["-"] MM ["-"] DD */
static kn_status read_month_day(kn__scan *scan, bool is_extended, parts *out)
{
    kn_status status = read_field(scan, 2, &out->month);

    if (status != KN_OK)
        return status;
    if (is_extended && !kn__scan_take(scan, '-'))
        return kn__scan_expected(scan, "expected '-'");
    return read_field(scan, 2, &out->day);
}

static kn_status read_date(kn__scan *scan, parts *out)
{
    kn_status status = read_field(scan, 4, &out->year);

    return status == KN_OK ? read_month_day(scan, kn__scan_take(scan, '-'), out) : status;
}

static kn_status read_time(kn__scan *scan, parts *out)
{
    bool is_extended;
    kn_status status = read_field(scan, 2, &out->hour);

    if (status != KN_OK)
        return status;
    is_extended = kn__scan_take(scan, ':');
    status = read_field(scan, 2, &out->minute);
    if (status != KN_OK || !(is_extended ? kn__scan_take(scan, ':') : kn__scan_digit_is_next(scan)))
        return status;
    status = read_field(scan, 2, &out->second);
    return status == KN_OK ? kn__scan_fraction(scan, &out->us) : status;
}

static kn_status read_datetime(kn__scan *scan, parts *out)
{
    kn_status status = read_date(scan, out);

    if (status != KN_OK)
        return status;
    if (kn__scan_take(scan, ' ') || kn__scan_take(scan, 'T') || kn__scan_take(scan, 't'))
        return read_time(scan, out);
    return KN_OK;
}

static kn_status read_zone(kn__scan *scan, parts *out)
{
    kn_status status;

    if (kn__scan_take(scan, 'Z') || kn__scan_take(scan, 'z'))
        return KN_OK;
    out->is_west = kn__scan_take(scan, '-');
    if (!out->is_west && !kn__scan_take(scan, '+'))
        return kn__scan_expected(scan, "expected a zone: Z, +HH:MM or -HH:MM");
    status = read_field(scan, 2, &out->zone_hour);
    if (status == KN_OK && kn__scan_take(scan, ':'))
        status = read_field(scan, 2, &out->zone_minute);
    else
        return status;
    return status == KN_OK && kn__scan_take(scan, ':') ? read_field(scan, 2, &out->zone_second) : status;
}

static kn_status check_fields(kn__scan *scan, const parts *p)
{
    const struct {
        const field *field;
        int32_t min, max;
        const char *problem;
    } rules[] = {
        {&p->year, 1, 9999, "no such year"},      {&p->month, 1, 12, "no such month"},
        {&p->hour, 0, 23, "no such hour"},        {&p->minute, 0, 59, "no such minute"},
        {&p->second, 0, 59, "no such second"},    {&p->zone_hour, 0, 23, "no such zone"},
        {&p->zone_minute, 0, 59, "no such zone"}, {&p->zone_second, 0, 59, "no such zone"},
    };

    for (size_t i = 0; i < KN_COUNT_OF(rules); i++)
        if (rules[i].field->at && (rules[i].field->n < rules[i].min || rules[i].field->n > rules[i].max))
            return kn__scan_refuse(scan, rules[i].field->at, KN_OUT_OF_RANGE, rules[i].problem);
    if (p->day.at && !kn__ymd_exists((uint32_t)p->year.n, (uint32_t)p->month.n, (uint32_t)p->day.n))
        return kn__scan_refuse(scan, p->day.at, KN_OUT_OF_RANGE, "no such day in that month");
    return KN_OK;
}

/* After the form was read: nothing may follow, and the value must exist exactly. */
static kn_status finish(kn__scan *scan, const parts *p)
{
    kn_status status = kn__scan_end(scan);

    if (status == KN_OK)
        status = check_fields(scan, p);
    if (status == KN_OK && scan->inexact)
        return kn__scan_refuse(scan, scan->inexact, KN_INEXACT, "finer than a microsecond");
    return status;
}

static int64_t date_of(const parts *p)
{
    return kn__days_of((uint32_t)p->year.n, (uint32_t)p->month.n, (uint32_t)p->day.n);
}

static int64_t time_of(const parts *p)
{
    return (p->hour.n * 3600 + p->minute.n * 60 + p->second.n) * KN_US_PER_SECOND + p->us;
}

static int64_t zone_of(const parts *p)
{
    int64_t us = (p->zone_hour.n * 3600 + p->zone_minute.n * 60 + p->zone_second.n) * KN_US_PER_SECOND;
    return p->is_west ? -us : us;
}

kn_status kn_date_parse(kn_text text, kn_date *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "date", error);
    parts p = {0};
    kn_status status;

    if (text.data && text.size == KN_DATE_SIZE && decode_date(text.data, out))
        return KN_OK;
    status = read_date(&scan, &p);
    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status == KN_OK)
        out->days = (int32_t)date_of(&p);
    return status;
}

kn_status kn_time_parse(kn_text text, kn_time *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "time", error);
    parts p = {0};
    kn_status status;

    if (text.data && text.size == KN_TIME_SIZE && decode_time(text.data, out))
        return KN_OK;
    status = read_time(&scan, &p);
    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status == KN_OK)
        out->us = time_of(&p);
    return status;
}

kn_status kn_datetime_parse(kn_text text, kn_datetime *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "datetime", error);
    parts p = {0};
    kn_status status;

    if (text.data && text.size == KN_DATETIME_SIZE && decode_datetime(text.data, &out->us))
        return KN_OK;
    status = read_datetime(&scan, &p);
    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status == KN_OK)
        out->us = date_of(&p) * KN_US_PER_DAY + time_of(&p);
    return status;
}

kn_status kn_instant_parse(kn_text text, kn_instant *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "instant", error);
    parts p = {0};
    kn_instant instant;
    kn_status status = read_datetime(&scan, &p);

    if (status == KN_OK)
        status = read_zone(&scan, &p);
    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status != KN_OK)
        return status;
    instant.us = date_of(&p) * KN_US_PER_DAY + time_of(&p) - zone_of(&p);
    if (!kn_instant_valid(instant))
        return kn__scan_refuse(&scan, scan.begin, KN_OUT_OF_RANGE, "in UTC it is outside the years 1 to 9999");
    *out = instant;
    return KN_OK;
}
