/* SPDX-License-Identifier: MIT */
/* Values to what the client sends: the usual ones at once. */
#ifndef KOINE_MYSQL_PARAMETER_H
#define KOINE_MYSQL_PARAMETER_H

#include <string.h>

#include "calendar.h"
#include "mysql_driver.h"

/* Room for any decimal of which md_is_plain says yes. */
#define MD_DECIMAL_BYTES sizeof(((md_fixed *)0)->decimal)

static inline void md_set_date(MYSQL_TIME *t, int64_t days)
{
    uint32_t z = (uint32_t)(days + 719468), era = z / 146097, doe = z - era * 146097;
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    t->day = doy - (153 * mp + 2) / 5 + 1;
    t->month = mp < 10 ? mp + 3 : mp - 9;
    t->year = yoe + era * 400 + (t->month <= 2);
}

static inline void md_set_clock(MYSQL_TIME *t, uint64_t us)
{
    uint32_t seconds = (uint32_t)(us / (uint64_t)MD_SECOND_US);
    t->second_part = (unsigned long)(us - seconds * (uint64_t)MD_SECOND_US);
    t->hour = seconds / 3600;
    seconds -= t->hour * 3600;
    t->minute = seconds / 60;
    t->second = seconds - t->minute * 60;
}

/* Of a kind that is one. */
static inline void md_set_time(MYSQL_TIME *t, const kn_value *v)
{
    t->year = t->month = t->day = t->hour = t->minute = t->second = 0;
    t->second_part = 0;
    t->neg = 0;
    if (v->kind == KN_KIND_DATE) {
        t->time_type = MYSQL_TIMESTAMP_DATE;
        md_set_date(t, v->as.date.days);
    } else if (v->kind == KN_KIND_TIME) {
        t->time_type = MYSQL_TIMESTAMP_TIME;
        md_set_clock(t, (uint64_t)v->as.time.us);
    } else {
        int64_t us = v->as.datetime.us, days = us / MD_DAY_US - (us % MD_DAY_US < 0);
        t->time_type = MYSQL_TIMESTAMP_DATETIME;
        md_set_date(t, days);
        md_set_clock(t, (uint64_t)(us - days * MD_DAY_US));
    }
}

/* One word, and a point among its digits or zeros before them. */
static inline size_t md_print_decimal(kn_decimal d, char *out)
{
    char digits[40], *p = digits + sizeof digits;
    uint64_t n = d.u.word[0];
    if (d.form || d.u.word[1] || d.exponent > 0 || d.exponent < -18)
        return knp_decimal_print(d, out);
    for (int32_t left = -d.exponent; left > 0; left--, n /= 10)
        *--p = (char)('0' + n % 10);
    if (d.exponent)
        *--p = '.';
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (d.sign)
        *--p = '-';
    size_t size = (size_t)(digits + sizeof digits - p);
    memcpy(out, p, size);
    return size;
}

/* Travels as `type`, and nothing can be wrong with it: how many bytes are to be counted. What is no plain one is looked
 * at by md_measure. */
static inline bool md_is_plain(const kn_value *v, enum enum_field_types type, size_t *size)
{
    *size = 0;
    switch (v->kind) {
    case KN_KIND_INT:
        return type == MYSQL_TYPE_LONGLONG;
    case KN_KIND_TEXT:
        *size = v->as.text.size;
        return type == MYSQL_TYPE_STRING && *size < UINT32_MAX;
    case KN_KIND_BYTES:
        *size = v->as.bytes.size;
        return type == MYSQL_TYPE_LONG_BLOB && *size < UINT32_MAX;
    case KN_KIND_FLOAT:
        return type == MYSQL_TYPE_DOUBLE && v->as.d - v->as.d == 0;
    case KN_KIND_DECIMAL:
        *size = MD_DECIMAL_BYTES;
        return type == MYSQL_TYPE_NEWDECIMAL && !v->as.decimal.form && v->as.decimal.exponent <= 0 &&
               v->as.decimal.exponent >= -30;
    case KN_KIND_DATE:
        return type == MYSQL_TYPE_DATE;
    case KN_KIND_TIME:
        return type == MYSQL_TYPE_TIME;
    case KN_KIND_DATETIME:
        return type == MYSQL_TYPE_DATETIME;
    default:
        return false;
    }
}

/* Tells the client where a value is that is not NULL and was looked at. */
static inline void md_put(md_parameter *p, const kn_value *v, MYSQL_BIND *bind)
{
    const void *data = &p->fixed;
    size_t size;
    switch (v->kind) {
    case KN_KIND_INT:
        bind->buffer = (void *)(uintptr_t)&v->as.i;
        return;
    case KN_KIND_FLOAT:
        bind->buffer = (void *)(uintptr_t)&v->as.d;
        return;
    case KN_KIND_TEXT:
        data = v->as.text.data;
        size = v->as.text.size == SIZE_MAX && data ? strlen(data) : v->as.text.size;
        break;
    case KN_KIND_BYTES:
        data = v->as.bytes.data;
        size = v->as.bytes.size;
        break;
    case KN_KIND_DECIMAL:
        size = md_print_decimal(v->as.decimal, p->fixed.decimal);
        break;
    default:
        md_set_time(&p->fixed.time, v);
        bind->buffer = &p->fixed;
        return;
    }
    bind->buffer = (void *)(uintptr_t)data;
    bind->buffer_length = p->length = (unsigned long)size;
}

#endif
