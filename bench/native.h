/* SPDX-License-Identifier: MIT */
/* The floor: the SQLite C interface used as well as one can by hand, for one table known beforehand, with the promises
 * that Koine gives: what is stored is what Koine stores, text is valid UTF-8 both ways, every digit is checked.
 *
 * Prepared once, bound without copies, no mutex, cells read through sqlite3_value calls, conversions inlined. A Numeric
 * is bound as the number that its column stores in the end: text, which SQLite would convert, costs more. */
#ifndef KOINE_BENCH_NATIVE_H
#define KOINE_BENCH_NATIVE_H

#include "common.h"

#include <sqlite3.h>
#include <string.h>

/* The same settings as a Koine connection. */
sqlite3 *native_open(const char *path);
void native_close(sqlite3 *db);
void native_run(sqlite3 *db, const char *sql);
sqlite3_stmt *native_prepare(sqlite3 *db, const char *sql);
void native_check(sqlite3 *db, int code, int expected);

#define INSERT_TRACK "INSERT INTO tracks (id, title, gain, price, added, loved) VALUES (?, ?, ?, ?, ?, ?)"

/* The tables of all workloads, with the types that Koine declares. */
void native_create(const bench_options *options);
/* Fills tracks with rows 0 to rows - 1. */
void native_fill_tracks(const bench_options *options);
/* Every cell of tracks is stored as it must be, whoever wrote it. */
void native_verify_tracks(const bench_options *options);

/* What a hand-written program would have: the scaled integer for the decimal. */
typedef struct native_track {
    int64_t id;
    const char *title; /* borrowed */
    size_t title_size;
    double gain;
    int64_t cents;
    int64_t us;
    int8_t loved;
} native_track;

/* Rows 0 to rows - 1; `titles` is where their texts live. Both are the caller's to free. */
native_track *native_tracks(int64_t rows, char **titles);

static inline bench_fields native_fields(const native_track *row)
{
    return (bench_fields){row->id, row->title, row->title_size, row->gain, row->cents, row->us, row->loved};
}

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

/* date and time: days by the algorithms of Neri and Schneider, digits eight at a time */

#define NATIVE_DATETIME 26
#define NATIVE_DAY INT64_C(86400000000)
#define NATIVE_FIRST_US (INT64_C(-719162) * NATIVE_DAY)
#define NATIVE_LAST_US (INT64_C(2932897) * NATIVE_DAY - 1)

static inline void native_pair(char *out, uint32_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    memcpy(out, pairs + (size_t)2 * n, 2);
}

static inline void native_put_date(char *out, uint32_t days) /* since 0000-03-01 */
{
    uint32_t n = 4 * days + 3, century = n / 146097;
    uint64_t p = UINT64_C(2939745) * (n % 146097 | 3);
    uint32_t year_day = (uint32_t)p / 2939745 / 4, m = 2141 * year_day + 197913, late = year_day >= 306;
    uint32_t year = 100 * century + (uint32_t)(p >> 32) + late;
    native_pair(out, year / 100);
    native_pair(out + 2, year % 100);
    out[4] = '-';
    native_pair(out + 5, (m >> 16) - 12 * late);
    out[7] = '-';
    native_pair(out + 8, (m & 0xffff) / 2141 + 1);
}

static inline void native_put_datetime(char out[NATIVE_DATETIME], int64_t us)
{
    uint64_t since = (uint64_t)(us - NATIVE_FIRST_US), days = since / (uint64_t)NATIVE_DAY;
    uint64_t clock = since - days * (uint64_t)NATIVE_DAY;
    uint32_t second = (uint32_t)(clock / 1000000), fraction = (uint32_t)(clock % 1000000), minute = second / 60;
    native_put_date(out, (uint32_t)days + 306);
    out[10] = ' ';
    native_pair(out + 11, minute / 60);
    out[13] = ':';
    native_pair(out + 14, minute % 60);
    out[16] = ':';
    native_pair(out + 17, second % 60);
    out[19] = '.';
    native_pair(out + 20, fraction / 10000);
    native_pair(out + 22, fraction / 100 % 100);
    native_pair(out + 24, fraction % 100);
}

/* A form such as "0000-00-": what makes digits 0 to 9 and separators 0, and what carries a byte past them. */
#define NATIVE_BYTE(c, at) ((uint64_t)(unsigned char)(c) << 8 * (at))
#define NATIVE_CARRY(c, at) NATIVE_BYTE((c) == '0' ? 0x76 : 0x7f, at)
#define NATIVE_WORD(M, a, b, c, d, e, f, g, h)                                                                         \
    (M(a, 0) | M(b, 1) | M(c, 2) | M(d, 3) | M(e, 4) | M(f, 5) | M(g, 6) | M(h, 7))

/* Pairs of digits become numbers; *bad is not 0 when a byte is wrong. */
#define NATIVE_DIGITS(text, bad, ...)                                                                                  \
    native_digits(text, NATIVE_WORD(NATIVE_BYTE, __VA_ARGS__), NATIVE_WORD(NATIVE_CARRY, __VA_ARGS__), bad)
static inline uint64_t native_digits(const char *text, uint64_t zero, uint64_t carry, uint64_t *bad)
{
    uint64_t word = native_load8(text) ^ zero;
    *bad |= (word | (word + carry)) & NATIVE_HIGH;
    return word * 10 + (word >> 8);
}

static inline uint32_t native_two(uint64_t pairs, int at)
{
    return (uint32_t)(pairs >> 8 * at) & 0xff;
}

static inline uint32_t native_month_days(uint32_t year, uint32_t month)
{
    if (month != 2)
        return 30 | (month ^ (month >> 3));
    return (year & (year % 100 == 0 ? 15U : 3U)) == 0 ? 29 : 28;
}

static inline bool native_get_datetime(const char *text, size_t size, int64_t *us)
{
    if (size != NATIVE_DATETIME)
        return false;
    uint64_t bad = 0;
    uint64_t a = NATIVE_DIGITS(text, &bad, '0', '0', '0', '0', '-', '0', '0', '-');
    uint64_t b = NATIVE_DIGITS(text + 8, &bad, '0', '0', ' ', '0', '0', ':', '0', '0');
    uint64_t c = NATIVE_DIGITS(text + 16, &bad, ':', '0', '0', '.', '0', '0', '0', '0');
    uint64_t d = NATIVE_DIGITS(text + 18, &bad, '0', '.', '0', '0', '0', '0', '0', '0');
    uint32_t year = native_two(a, 0) * 100 + native_two(a, 2), month = native_two(a, 5), day = native_two(b, 0);
    uint32_t hour = native_two(b, 3), minute = native_two(b, 6), second = native_two(c, 1);
    if (bad || year - 1 >= 9999 || month - 1 >= 12 || day - 1 >= native_month_days(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    uint32_t late = month <= 2, y = year - late, m = month + 12 * late, century = y / 100;
    int64_t days = (int64_t)(1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + day - 1) - 719468;
    uint32_t fraction = native_two(d, 2) * 10000 + native_two(d, 4) * 100 + native_two(d, 6);
    *us = days * NATIVE_DAY + (int64_t)(hour * 3600 + minute * 60 + second) * 1000000 + fraction;
    return true;
}

/* into parameters: six of them from `at` on */

static inline int native_bind_price(sqlite3_stmt *s, int at, int64_t cents)
{
    if (cents < -INT64_C(999999999999) || cents > INT64_C(999999999999))
        bench_fail("price does not fit NUMERIC(12, 2)");
    if (cents % 100 == 0)
        return sqlite3_bind_int64(s, at, cents / 100);
    return sqlite3_bind_double(s, at, (double)cents / 100.0); /* the nearest double, as SQLite reads the text */
}

static inline int native_bind_title(sqlite3_stmt *s, int at, const native_track *row)
{
    if (native_utf8(row->title, row->title_size) > BENCH_TITLE_MAX)
        bench_fail("title is not UTF-8, or too long");
    return sqlite3_bind_text(s, at, row->title, (int)row->title_size, SQLITE_STATIC);
}

/* `room` lives until the statement has been run. */
static inline int native_bind_added(sqlite3_stmt *s, int at, int64_t us, char room[NATIVE_DATETIME])
{
    if (us < NATIVE_FIRST_US || us > NATIVE_LAST_US)
        bench_fail("added is outside years 1 to 9999");
    native_put_datetime(room, us);
    return sqlite3_bind_text(s, at, room, NATIVE_DATETIME, SQLITE_STATIC);
}

static inline void native_bind(sqlite3_stmt *s, int at, const native_track *row, char room[NATIVE_DATETIME])
{
    if (!(row->gain - row->gain == 0))
        bench_fail("gain is not finite");
    int code = sqlite3_bind_int64(s, at, row->id);
    code |= native_bind_title(s, at + 1, row);
    code |= sqlite3_bind_double(s, at + 2, row->gain + 0.0);
    code |= native_bind_price(s, at + 3, row->cents);
    code |= native_bind_added(s, at + 4, row->us, room);
    code |= row->loved < 0 ? sqlite3_bind_null(s, at + 5) : sqlite3_bind_int64(s, at + 5, row->loved);
    if (code != SQLITE_OK)
        bench_fail("bind: %s", sqlite3_errstr(code));
}

/* out of columns */

static inline int64_t native_int(sqlite3_value *v)
{
    if (sqlite3_value_type(v) != SQLITE_INTEGER)
        bench_fail("not an integer");
    return sqlite3_value_int64(v);
}

static inline const char *native_text(sqlite3_value *v, size_t *size)
{
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        bench_fail("not a text");
    const char *text = (const char *)sqlite3_value_text(v);
    *size = (size_t)sqlite3_value_bytes(v);
    if (!text || native_utf8(text, *size) == SIZE_MAX)
        bench_fail("not UTF-8");
    return text;
}

static inline double native_double(sqlite3_value *v)
{
    if (sqlite3_value_type(v) != SQLITE_FLOAT)
        bench_fail("not a double");
    double d = sqlite3_value_double(v);
    if (!(d - d == 0))
        bench_fail("not finite");
    return d;
}

static inline int64_t native_cents(sqlite3_value *v)
{
    if (sqlite3_value_type(v) == SQLITE_INTEGER) {
        int64_t whole = sqlite3_value_int64(v);
        if (whole < -INT64_C(9999999999) || whole > INT64_C(9999999999))
            bench_fail("not a NUMERIC(12, 2)");
        return whole * 100;
    }
    double d = native_double(v), magnitude = d < 0 ? -d : d, product = magnitude * 100;
    if (!(product < 1e12))
        bench_fail("not a NUMERIC(12, 2)");
    int64_t cents = (int64_t)(product + 0.5);
    if ((double)cents / 100.0 != magnitude)
        bench_fail("not a NUMERIC(12, 2)");
    return d < 0 ? -cents : cents;
}

/* A text of fixed width needs no validation but that of its digits. */
static inline int64_t native_datetime(sqlite3_value *v)
{
    int64_t us = 0;
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        bench_fail("not a date and time");
    const char *text = (const char *)sqlite3_value_text(v);
    if (!text || !native_get_datetime(text, (size_t)sqlite3_value_bytes(v), &us))
        bench_fail("not a date and time");
    return us;
}

static inline int8_t native_bool(sqlite3_value *v)
{
    int type = sqlite3_value_type(v);
    if (type == SQLITE_NULL)
        return -1;
    int64_t n = type == SQLITE_INTEGER ? sqlite3_value_int64(v) : 2;
    if (n != 0 && n != 1)
        bench_fail("not a boolean");
    return (int8_t)n;
}

static inline void native_read(sqlite3_stmt *s, native_track *row)
{
    row->id = native_int(sqlite3_column_value(s, 0));
    row->title = native_text(sqlite3_column_value(s, 1), &row->title_size);
    row->gain = native_double(sqlite3_column_value(s, 2));
    row->cents = native_cents(sqlite3_column_value(s, 3));
    row->us = native_datetime(sqlite3_column_value(s, 4));
    row->loved = native_bool(sqlite3_column_value(s, 5));
}

#endif
