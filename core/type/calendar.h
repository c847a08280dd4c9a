/* SPDX-License-Identifier: MIT */
/* The proleptic Gregorian calendar as arithmetic on days since 1970-01-01: no tables, no loops, one multiplication a
 * field. After C. Neri, L. Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022):
 * years begin on 1 March, so that the leap day is the last of its year. */
#ifndef KOINE_TYPE_CALENDAR_H
#define KOINE_TYPE_CALENDAR_H

#include <koine/datetime.h>

/* 0000-03-01 to 1970-01-01 */
#define KN_CALENDAR_EPOCH 719468

typedef struct kn__ymd {
    uint32_t year, month, day;
} kn__ymd;

static inline bool kn__year_is_leap(uint32_t year)
{
    /* a multiple of 100 is one of 400 exactly when it is one of 16 */
    return (year & (year % 100 == 0 ? 15U : 3U)) == 0;
}

/* month is 1 to 12 */
static inline uint32_t kn__month_days(uint32_t year, uint32_t month)
{
    if (month == 2)
        return kn__year_is_leap(year) ? 29 : 28;
    return 30 | (month ^ (month >> 3));
}

static inline bool kn__ymd_exists(uint32_t year, uint32_t month, uint32_t day)
{
    return year - 1 < 9999 && month - 1 < 12 && day - 1 < kn__month_days(year, month);
}

/* The date must exist. */
static inline int32_t kn__days_of(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t late = month <= 2; /* January and February belong to the year before */
    uint32_t y = year - late, m = month + 12 * late;
    uint32_t century = y / 100;

    return (int32_t)(1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + day - 1) - KN_CALENDAR_EPOCH;
}

/* The date must be valid. */
static inline kn__ymd kn__ymd_of(int32_t days)
{
    uint32_t n = 4 * (uint32_t)(days + KN_CALENDAR_EPOCH) + 3;
    uint32_t century = n / 146097;
    uint64_t p = UINT64_C(2939745) * (n % 146097 | 3); /* 2^32 / 1461, rounded up */
    uint32_t year_day = (uint32_t)p / 2939745 / 4;
    uint32_t m = 2141 * year_day + 197913;
    uint32_t late = year_day >= 306;

    return (kn__ymd){
        .year = 100 * century + (uint32_t)(p >> 32) + late,
        .month = (m >> 16) - 12 * late,
        .day = (m & 0xffff) / 2141 + 1,
    };
}

#endif
