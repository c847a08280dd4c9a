/* SPDX-License-Identifier: MIT */
/* What the best native clients share: the promises that Koine gives about values, for one table known beforehand. Text
 * is valid UTF-8 both ways and of the column's length, numbers and dates are within their domain, every digit is
 * checked. Conversions are inlined. */
#ifndef KOINE_BENCH_NATIVE_H
#define KOINE_BENCH_NATIVE_H

#include <string.h>

#include "common.h"
#include "objects.h"

/* Of every native client, naive ones too. */
struct native_handle {
    const bench_options *options;
    void *db;
    bench_fields *rows; /* to be written */
    char *titles;
    int64_t count;
    native_objects objects;
};
native_handle *native_make(const bench_options *options, void *db);
void native_free(native_handle *handle);

/* Of the best client, by the backend's connect and disconnect. */
void *native_open(const bench_options *options);
void native_close(void *client);
void native_connect(void *client);
void native_object_load(void *client);
void native_each_object(void *client, bench_object_fn *parent, bench_object_fn *child, void *context);

#define NATIVE_SELECT_ARTISTS "SELECT id, name FROM artists ORDER BY id"
#define NATIVE_SELECT_SONGS "SELECT id, artist_id, title, price, added, loved FROM songs ORDER BY id"

/* text */

#define NATIVE_HIGH UINT64_C(0x8080808080808080)
#define NATIVE_ONES UINT64_C(0x0101010101010101)

static inline uint64_t native_load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Code points of valid UTF-8 without U+0000, SIZE_MAX when it is not; for text that is not ASCII. */
size_t native_utf8_slow(const char *p, size_t size);

static inline size_t native_utf8(const char *p, size_t size)
{
    if (size < 8)
        return native_utf8_slow(p, size);
    uint64_t last = native_load8(p + size - 8);
    uint64_t bad = last | (last - NATIVE_ONES);
    for (size_t at = 0; at + 8 < size; at += 8) {
        uint64_t word = native_load8(p + at);
        bad |= word | (word - NATIVE_ONES);
    }
    return bad & NATIVE_HIGH ? native_utf8_slow(p, size) : size;
}

/* values on their way in */

#define NATIVE_CENTS_MAX INT64_C(999999999999) /* NUMERIC(12, 2) */
#define NATIVE_DAY INT64_C(86400000000)
#define NATIVE_FIRST_US (INT64_C(-719162) * NATIVE_DAY)
#define NATIVE_LAST_US (INT64_C(2932897) * NATIVE_DAY - 1)

static inline bool native_finite(double d)
{
    return d - d == 0;
}

static inline void native_check_title(const bench_fields *row)
{
    if (native_utf8(row->title, row->title_size) > BENCH_TITLE_MAX)
        bench_fail("title is not UTF-8, or too long");
}

static inline void native_check_gain(double gain)
{
    if (!native_finite(gain))
        bench_fail("gain is not finite");
}

static inline void native_check_cents(int64_t cents)
{
    if (cents < -NATIVE_CENTS_MAX || cents > NATIVE_CENTS_MAX)
        bench_fail("not a NUMERIC(12, 2)");
}

static inline void native_check_us(int64_t us)
{
    if (us < NATIVE_FIRST_US || us > NATIVE_LAST_US)
        bench_fail("added is outside years 1 to 9999");
}

static inline void native_check_row(const bench_fields *row)
{
    native_check_title(row);
    native_check_gain(row->gain);
    native_check_cents(row->cents);
    native_check_us(row->us);
}

/* and out */

static inline void native_check_text(const char *text, size_t size)
{
    if (!text || native_utf8(text, size) == SIZE_MAX)
        bench_fail("not UTF-8");
}

/* For a row that outlives what it was read from. */
static inline void native_copy_title(bench_fields *row, char room[4 * BENCH_TITLE_MAX + 1])
{
    if (row->title_size > 4 * BENCH_TITLE_MAX)
        bench_fail("title is too long");
    memcpy(room, row->title, row->title_size);
    room[row->title_size] = '\0';
    row->title = room;
}

/* dates: days by the algorithms of Neri and Schneider */

typedef struct native_date {
    uint32_t year, month, day;
} native_date;

static inline native_date native_date_of(int64_t days) /* since 1970-01-01 */
{
    uint32_t n = 4 * (uint32_t)(days + 719468) + 3, century = n / 146097;
    uint64_t p = UINT64_C(2939745) * (n % 146097 | 3);
    uint32_t year_day = (uint32_t)p / 2939745 / 4, m = 2141 * year_day + 197913, late = year_day >= 306;
    return (native_date){100 * century + (uint32_t)(p >> 32) + late, (m >> 16) - 12 * late, (m & 0xffff) / 2141 + 1};
}

static inline uint32_t native_month_days(uint32_t year, uint32_t month)
{
    if (month != 2)
        return 30 | (month ^ (month >> 3));
    return (year & (year % 100 == 0 ? 15U : 3U)) == 0 ? 29 : 28;
}

static inline bool native_is_date(uint32_t year, uint32_t month, uint32_t day)
{
    return year - 1 < 9999 && month - 1 < 12 && day - 1 < native_month_days(year, month);
}

static inline int64_t native_days_of(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t late = month <= 2, y = year - late, m = month + 12 * late, century = y / 100;
    return (int64_t)(1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + day - 1) - 719468;
}

#endif
