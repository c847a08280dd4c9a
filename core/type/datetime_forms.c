/* SPDX-License-Identifier: MIT */
#include "type/datetime_forms.h"

#include "type/calendar.h"
#include "type/scan.h"

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

kn_status kn__date_parse_any(kn_text text, kn_date *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "date", error);
    parts p = {0};
    kn_status status = read_date(&scan, &p);

    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status == KN_OK)
        out->days = (int32_t)date_of(&p);
    return status;
}

kn_status kn__time_parse_any(kn_text text, kn_time *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "time", error);
    parts p = {0};
    kn_status status = read_time(&scan, &p);

    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status == KN_OK)
        out->us = time_of(&p);
    return status;
}

kn_status kn__datetime_parse_any(kn_text text, kn_datetime *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "datetime", error);
    parts p = {0};
    kn_status status = read_datetime(&scan, &p);

    if (status == KN_OK)
        status = finish(&scan, &p);
    if (status == KN_OK)
        out->us = date_of(&p) * KN_US_PER_DAY + time_of(&p);
    return status;
}

kn_status kn__instant_parse_any(kn_text text, kn_instant *out, kn_error *error)
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
