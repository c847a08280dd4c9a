/* SPDX-License-Identifier: MIT */
/* Days as numbers and as year, month and day. Howard Hinnant's algorithms, whose years begin in March. */
#ifndef KOINE_MYSQL_CALENDAR_H
#define KOINE_MYSQL_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define MD_DAY_US INT64_C(86400000000)
#define MD_SECOND_US INT64_C(1000000)
/* What the server can hold and Koine cannot is given as a value that is in no type's domain, so that the rest of the
 * row can be read. */
#define MD_NO_DATE INT32_MIN
#define MD_NO_MOMENT INT64_MIN
#define MD_NO_TIME MD_DAY_US

static inline bool md_is_date(unsigned year, unsigned month, unsigned day)
{
    if (year - 1 >= 9999 || month - 1 >= 12 || day - 1 >= 31)
        return false;
    if (day <= 28)
        return true;
    if (month != 2)
        return day <= 30 + ((month + month / 8) & 1);
    return day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Since 1970; of a date. */
static inline int32_t md_day_number(unsigned year, unsigned month, unsigned day)
{
    unsigned y = year - (month <= 2), m = month + (month <= 2 ? 9 : -3u), century = y / 100;
    return (int32_t)(y * 365 + y / 4 - century + century / 4 + (153 * m + 2) / 5 + day - 1) - 719468;
}

static inline int32_t md_days_of(unsigned year, unsigned month, unsigned day)
{
    return md_is_date(year, month, day) ? md_day_number(year, month, day) : MD_NO_DATE;
}

static inline int64_t md_clock_of(unsigned hour, unsigned minute, unsigned second, unsigned us)
{
    return (int64_t)(hour * 3600 + minute * 60 + second) * MD_SECOND_US + us;
}

static inline int64_t md_moment_of(int32_t days, int64_t clock_us)
{
    return days == MD_NO_DATE ? MD_NO_MOMENT : days * MD_DAY_US + clock_us;
}

#endif
