/* SPDX-License-Identifier: MIT */
/* Values to what the client sends: the usual ones at once. */
#ifndef KOINE_MYSQL_PARAMETER_H
#define KOINE_MYSQL_PARAMETER_H

#include <string.h>

#include "calendar.h"
#include "mysql_driver.h"

/* Room for any decimal of which md_is_plain says yes. */
#define MD_DECIMAL_BYTES sizeof(((md_fixed *)0)->decimal)

/* A message with one set of so many values takes at most this, and of each that is not NULL its head and, of texts,
 * bytes and decimals, its bytes. */
#define MD_MESSAGE_BYTES(n) (16 + 3 * (uint64_t)(n))
#define MD_HEAD_MOST 13
enum { MD_N_KINDS = KN_KIND_DATETIME + 1 };
extern const uint8_t md_heads[MD_N_KINDS]; /* by kind */

#define MD_DAYS_TO_1970 719468u /* from 0000-03-01 */

/* "00" to "99", in value.c. */
extern const char md_digits[200];

/* Days since 0000-03-01, by the algorithm of Neri and Schneider. */
static inline void md_set_date(MYSQL_TIME *t, uint32_t days)
{
    uint32_t n = 4 * days + 3, century = n / 146097;
    uint64_t p = UINT64_C(2939745) * (n % 146097 | 3);
    uint32_t year_day = (uint32_t)p / 2939745 / 4, m = 2141 * year_day + 197913, late = year_day >= 306;
    t->year = 100 * century + (uint32_t)(p >> 32) + late;
    t->month = (m >> 16) - 12 * late;
    t->day = (m & 0xffff) / 2141 + 1;
}

static inline void md_set_clock(MYSQL_TIME *t, uint64_t us)
{
    uint32_t seconds = (uint32_t)(us / (uint64_t)MD_SECOND_US), minutes = seconds / 60, hours = minutes / 60;
    t->second_part = (unsigned long)(us - seconds * (uint64_t)MD_SECOND_US);
    t->hour = hours;
    t->minute = minutes - hours * 60;
    t->second = seconds - minutes * 60;
}

/* Of a kind that is one. */
static inline void md_set_time(MYSQL_TIME *t, const kn_value *v)
{
    if (v->kind == KN_KIND_DATETIME) {
        uint64_t us = (uint64_t)v->as.datetime.us + MD_DAYS_TO_1970 * (uint64_t)MD_DAY_US;
        uint64_t days = us / (uint64_t)MD_DAY_US;
        md_set_date(t, (uint32_t)days);
        md_set_clock(t, us - days * (uint64_t)MD_DAY_US);
        t->neg = 0;
        t->time_type = MYSQL_TIMESTAMP_DATETIME;
    } else if (v->kind == KN_KIND_DATE) {
        *t = (MYSQL_TIME){.time_type = MYSQL_TIMESTAMP_DATE};
        md_set_date(t, (uint32_t)v->as.date.days + MD_DAYS_TO_1970);
    } else {
        *t = (MYSQL_TIME){.time_type = MYSQL_TIMESTAMP_TIME};
        md_set_clock(t, (uint64_t)v->as.time.us);
    }
}

static inline char *md_put_pair(char *end, uint64_t below_100)
{
    memcpy(end - 2, md_digits + 2 * below_100, 2);
    return end - 2;
}

/* One word, and a point among its digits or zeros before them: gives back where it begins in `room`. */
static inline const char *md_print_decimal(const kn_decimal *d, char room[MD_DECIMAL_BYTES], size_t *size)
{
    char *end = room + MD_DECIMAL_BYTES, *p = end;
    uint64_t n = d->u.word[0];
    uint32_t left = 0u - (uint32_t)d->exponent;
    if (d->form || d->u.word[1] || left > 18) {
        *size = knp_decimal_print(*d, room);
        return room;
    }
    for (; left > 1; left -= 2, n /= 100)
        p = md_put_pair(p, n % 100);
    for (; left > 0; left--, n /= 10)
        *--p = (char)('0' + n % 10);
    if (d->exponent)
        *--p = '.';
    for (; n >= 100; n /= 100)
        p = md_put_pair(p, n % 100);
    if (n >= 10)
        p = md_put_pair(p, n);
    else
        *--p = (char)('0' + n);
    if (d->sign)
        *--p = '-';
    *size = (size_t)(end - p);
    return p;
}

/* Can nothing be wrong with a value of this kind, which is its own? Adds how many bytes are to be counted. */
__attribute__((always_inline)) static inline bool md_is_plain_of(unsigned kind, const kn_value *v, uint64_t *sum)
{
    size_t size = 0;
    bool plain = true;
    switch (kind) {
    case KN_KIND_TEXT:
        size = v->as.text.size;
        plain = size < UINT32_MAX;
        break;
    case KN_KIND_BYTES:
        size = v->as.bytes.size;
        plain = size < UINT32_MAX;
        break;
    case KN_KIND_FLOAT:
        return v->as.d - v->as.d == 0;
    case KN_KIND_DECIMAL:
        size = MD_DECIMAL_BYTES;
        plain = !v->as.decimal.form && 0u - (uint32_t)v->as.decimal.exponent <= 30;
        break;
    default:
        return true;
    }
    *sum += plain ? size : 0;
    return plain;
}

/* Travels as the parameter's values do, and nothing can be wrong with it. What is no plain one is looked at by
 * md_measure. */
static inline bool md_is_plain(const md_parameter *p, const kn_value *v, uint64_t *sum)
{
    return v->kind == p->kind && md_is_plain_of(v->kind, v, sum);
}

/* Tells the client where a value is that is not NULL and was looked at. */
__attribute__((always_inline)) static inline void md_put_of(unsigned kind, md_parameter *p, const kn_value *v,
                                                            MYSQL_BIND *bind)
{
    const void *data = &p->fixed;
    size_t size;
    switch (kind) {
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
        data = md_print_decimal(&v->as.decimal, p->fixed.decimal, &size);
        break;
    default:
        md_set_time(&p->fixed.time, v);
        bind->buffer = &p->fixed;
        return;
    }
    bind->buffer = data ? (void *)(uintptr_t)data : &p->fixed; /* NULL would be NULL for the client */
    bind->buffer_length = p->length = (unsigned long)size;
}

static inline void md_put(md_parameter *p, const kn_value *v, MYSQL_BIND *bind)
{
    md_put_of(v->kind, p, v, bind);
}

#endif
