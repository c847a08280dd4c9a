/* SPDX-License-Identifier: MIT */
#include "type/calendar.h"

#include <errno.h>
#include <string.h>
#include <time.h>

bool kn_date_valid(kn_date d)
{
    return d.days >= KN_DATE_MIN && d.days <= KN_DATE_MAX;
}

bool kn_time_valid(kn_time t)
{
    return t.us >= 0 && t.us < KN_US_PER_DAY;
}

static bool us_valid(int64_t us)
{
    return us >= KN_DATETIME_MIN && us <= KN_DATETIME_MAX;
}

bool kn_datetime_valid(kn_datetime t)
{
    return us_valid(t.us);
}

bool kn_instant_valid(kn_instant t)
{
    return us_valid(t.us);
}

/* makers */

kn_status kn_date_make(int year, int month, int day, kn_date *out, kn_error *error)
{
    if (!kn__ymd_exists((uint32_t)year, (uint32_t)month, (uint32_t)day))
        return kn_error_set(error, KN_OUT_OF_RANGE, "no such date: year %d, month %d, day %d", year, month, day);
    out->days = kn__days_of((uint32_t)year, (uint32_t)month, (uint32_t)day);
    return KN_OK;
}

kn_status kn_time_make(int hour, int minute, int second, int microsecond, kn_time *out, kn_error *error)
{
    if ((uint32_t)hour > 23 || (uint32_t)minute > 59 || (uint32_t)second > 59 || (uint32_t)microsecond > 999999)
        return kn_error_set(error, KN_OUT_OF_RANGE, "no such time: hour %d, minute %d, second %d, microsecond %d", hour,
                            minute, second, microsecond);
    out->us = (hour * 3600 + minute * 60 + second) * KN_US_PER_SECOND + microsecond;
    return KN_OK;
}

kn_status kn_datetime_make(const kn_civil *civil, kn_datetime *out, kn_error *error)
{
    kn_date date = {0};
    kn_time time = {0};
    kn_status status = kn_date_make(civil->year, civil->month, civil->day, &date, error);

    if (status == KN_OK)
        status = kn_time_make(civil->hour, civil->minute, civil->second, civil->microsecond, &time, error);
    if (status == KN_OK)
        *out = kn_datetime_of(date, time);
    return status;
}

kn_datetime kn_datetime_of(kn_date d, kn_time t)
{
    return (kn_datetime){d.days * KN_US_PER_DAY + t.us};
}

/* taking apart */

/* Days and clock of a valid reading; counted from year 1, so that division is of unsigned numbers. */
static int32_t split_days(int64_t us, uint64_t *clock)
{
    uint64_t since = (uint64_t)(us - KN_DATETIME_MIN);
    uint64_t days = since / (uint64_t)KN_US_PER_DAY;

    *clock = since - days * (uint64_t)KN_US_PER_DAY;
    return (int32_t)days + KN_DATE_MIN;
}

kn_civil kn_date_civil(kn_date d)
{
    kn__ymd date = kn__ymd_of(d.days);

    return (kn_civil){
        .year = (int32_t)date.year,
        .month = (int32_t)date.month,
        .day = (int32_t)date.day,
        .weekday = (d.days - KN_DATE_MIN) % 7 + 1, /* 0001-01-01 is a Monday */
    };
}

kn_civil kn_time_civil(kn_time t)
{
    int32_t seconds = (int32_t)(t.us / KN_US_PER_SECOND);

    return (kn_civil){
        .hour = seconds / 3600,
        .minute = seconds / 60 % 60,
        .second = seconds % 60,
        .microsecond = (int32_t)(t.us % KN_US_PER_SECOND),
    };
}

kn_civil kn_datetime_civil(kn_datetime t)
{
    uint64_t clock;
    kn_civil civil = kn_date_civil((kn_date){split_days(t.us, &clock)});
    kn_civil time = kn_time_civil((kn_time){(int64_t)clock});

    civil.hour = time.hour;
    civil.minute = time.minute;
    civil.second = time.second;
    civil.microsecond = time.microsecond;
    return civil;
}

/* printing */

static inline void print_pair(char *out, uint32_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    memcpy(out, pairs + (size_t)2 * n, 2);
}

static inline void print_date(char *out, int32_t days)
{
    kn__ymd date = kn__ymd_of(days);

    print_pair(out, date.year / 100);
    print_pair(out + 2, date.year % 100);
    out[4] = '-';
    print_pair(out + 5, date.month);
    out[7] = '-';
    print_pair(out + 8, date.day);
}

static inline __attribute__((always_inline)) void print_clock(char *out, uint64_t clock)
{
    uint32_t seconds = (uint32_t)(clock / (uint64_t)KN_US_PER_SECOND);
    uint32_t us = (uint32_t)(clock - seconds * (uint64_t)KN_US_PER_SECOND);
    uint32_t minutes = seconds / 60;

    print_pair(out, minutes / 60);
    out[2] = ':';
    print_pair(out + 3, minutes % 60);
    out[5] = ':';
    print_pair(out + 6, seconds % 60);
    out[8] = '.';
    print_pair(out + 9, us / 10000);
    print_pair(out + 11, us / 100 % 100);
    print_pair(out + 13, us % 100);
}

void kn_date_print(kn_date d, char out[KN_DATE_SIZE])
{
    print_date(out, d.days);
}

void kn_time_print(kn_time t, char out[KN_TIME_SIZE])
{
    print_clock(out, (uint64_t)t.us);
}

void kn_datetime_print(kn_datetime t, char separator, char out[KN_DATETIME_SIZE])
{
    uint64_t clock;

    print_date(out, split_days(t.us, &clock));
    out[KN_DATE_SIZE] = separator;
    print_clock(out + KN_DATE_SIZE + 1, clock);
}

void kn_instant_print_iso(kn_instant t, char out[KN_DATETIME_SIZE + 1])
{
    kn_datetime_print((kn_datetime){t.us}, 'T', out);
    out[KN_DATETIME_SIZE] = 'Z';
}

/* clock */

kn_status kn_instant_now(kn_instant *out, kn_error *error)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return kn_error_set(error, KN_IO, "no system clock: error %d", errno);
    if (now.tv_sec < KN_DATETIME_MIN / KN_US_PER_SECOND || now.tv_sec > KN_DATETIME_MAX / KN_US_PER_SECOND)
        return kn_error_set(error, KN_OUT_OF_RANGE, "the system clock is outside the years 1 to 9999");
    out->us = now.tv_sec * KN_US_PER_SECOND + now.tv_nsec / 1000;
    return KN_OK;
}
