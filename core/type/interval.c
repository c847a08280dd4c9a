/* SPDX-License-Identifier: MIT */
#include "type/decimal_wide.h"
#include "type/scan.h"

#include <koine/datetime.h>

#include <string.h>

bool kn_interval_valid(kn_interval i)
{
    return i.us >= KN_DATETIME_MIN && i.us <= KN_DATETIME_MAX;
}

/* printing */

/* "5H", or nothing for 0. */
static size_t print_part(char *out, uint64_t n, char unit)
{
    size_t size;

    if (n == 0)
        return 0;
    size = kn__u64_digits(n);
    kn__u64_put(n, (uint32_t)size, out + size);
    out[size] = unit;
    return size + 1;
}

/* "4S", "4.000005S", without zeros at the end of the fraction; nothing for 0. */
static size_t print_seconds(char *out, uint64_t us)
{
    uint64_t fraction = us % (uint64_t)KN_US_PER_SECOND;
    size_t size;

    if (us == 0)
        return 0;
    size = kn__u64_digits(us / (uint64_t)KN_US_PER_SECOND);
    kn__u64_put(us / (uint64_t)KN_US_PER_SECOND, (uint32_t)size, out + size);
    if (fraction) {
        out[size++] = '.';
        for (uint64_t unit = 100000; fraction; unit /= 10) {
            out[size++] = (char)('0' + fraction / unit);
            fraction %= unit;
        }
    }
    out[size++] = 'S';
    return size;
}

size_t kn_interval_print(kn_interval i, char out[KN_INTERVAL_SIZE])
{
    uint64_t us = i.us < 0 ? UINT64_C(0) - (uint64_t)i.us : (uint64_t)i.us;
    uint64_t clock = us % (uint64_t)KN_US_PER_DAY;
    uint64_t minutes = clock / (60 * (uint64_t)KN_US_PER_SECOND);
    size_t size = 0;

    if (us == 0) {
        memcpy(out, "PT0S", 4);
        return 4;
    }
    if (i.us < 0)
        out[size++] = '-';
    out[size++] = 'P';
    size += print_part(out + size, us / (uint64_t)KN_US_PER_DAY, 'D');
    if (clock == 0)
        return size;
    out[size++] = 'T';
    size += print_part(out + size, minutes / 60, 'H');
    size += print_part(out + size, minutes % 60, 'M');
    return size + print_seconds(out + size, clock % (60 * (uint64_t)KN_US_PER_SECOND));
}

/* parsing */

/* No part may pass it, so that the sum of four cannot overflow; an Interval is at most an eighth of it. */
#define PART_MAX INT64_C(2000000000000000000)

typedef struct sum {
    int64_t us;
    const char *too_large; /* the first part past PART_MAX */
} sum;

static void add(sum *total, const char *at, int64_t n, int64_t unit)
{
    if (n <= PART_MAX / unit)
        total->us += n * unit;
    else if (!total->too_large)
        total->too_large = at;
}

static bool take_sign(kn__scan *scan)
{
    bool is_negative = kn__scan_take(scan, '-');

    if (!is_negative)
        (void)kn__scan_take(scan, '+');
    return is_negative;
}

static kn_status refuse_months(kn__scan *scan, const char *at)
{
    return kn__scan_refuse(scan, at, KN_OUT_OF_RANGE, "an Interval has no years and months, their length varies");
}

typedef struct unit {
    char name;
    bool is_clock, is_last;
    int64_t us;
} unit;

/* In the order in which they may follow each other. */
enum { WEEK, DAY, HOUR, MINUTE, SECOND, UNIT_COUNT };
static const unit units[UNIT_COUNT] = {
    [WEEK] = {'W', false, true, 7 * KN_US_PER_DAY},       [DAY] = {'D', false, false, KN_US_PER_DAY},
    [HOUR] = {'H', true, false, 3600 * KN_US_PER_SECOND}, [MINUTE] = {'M', true, false, 60 * KN_US_PER_SECOND},
    [SECOND] = {'S', true, true, KN_US_PER_SECOND},
};

/* The unit at the cursor, when it is *next or a later one. */
static const unit *take_unit(kn__scan *scan, bool is_clock, int *next)
{
    for (int i = *next; i < UNIT_COUNT; i++)
        if (units[i].is_clock == is_clock && kn__scan_take(scan, units[i].name)) {
            *next = units[i].is_last ? UNIT_COUNT : i + 1;
            return &units[i];
        }
    return NULL;
}

static bool months_are_next(const kn__scan *scan, bool is_clock)
{
    return !is_clock && scan->at != scan->end && (*scan->at == 'Y' || *scan->at == 'M');
}

/* "2H" */
static kn_status read_part(kn__scan *scan, bool is_clock, int *next, sum *total)
{
    const char *at = scan->at, *number_end;
    const unit *found;
    int64_t n;
    int32_t us = 0;
    kn_status status = kn__scan_number(scan, PART_MAX, &n);

    if (status != KN_OK)
        return status;
    if (months_are_next(scan, is_clock))
        return refuse_months(scan, at);
    number_end = scan->at;
    status = is_clock ? kn__scan_fraction(scan, &us) : KN_OK;
    if (status != KN_OK)
        return status;
    if (scan->at != number_end && *next < SECOND)
        *next = SECOND; /* only seconds have a fraction */
    found = take_unit(scan, is_clock, next);
    if (!found)
        return kn__scan_expected(scan, "expected a unit that may stand here");
    add(total, at, n, found->us);
    total->us += us;
    return KN_OK;
}

/* What follows P. */
static kn_status read_iso(kn__scan *scan, sum *total)
{
    int next = WEEK;
    bool is_clock = false;
    kn_status status;

    do {
        if (!is_clock && next < UNIT_COUNT)
            is_clock = kn__scan_take(scan, 'T');
        status = read_part(scan, is_clock, &next, total);
    } while (status == KN_OK && scan->at != scan->end);
    return status;
}

/* Steps over `word` when it is next. */
static bool take_word(kn__scan *scan, const char *word)
{
    size_t size = strlen(word);
    bool is_next = (size_t)(scan->end - scan->at) >= size && memcmp(scan->at, word, size) == 0;

    scan->at += is_next ? size : 0;
    return is_next;
}

/* :MM:SS[.f] after hours. */
static kn_status read_clock(kn__scan *scan, const char *at, int64_t hours, sum *total)
{
    static const char *const problems[] = {"no such minute", "no such second"};
    const char *field_at[2] = {NULL, NULL};
    int32_t fields[2] = {0, 0}, us = 0;
    kn_status status = KN_OK;

    for (int i = 0; i < 2 && status == KN_OK; i++) {
        if (!kn__scan_take(scan, ':'))
            return kn__scan_expected(scan, "expected ':'");
        field_at[i] = scan->at;
        status = kn__scan_digits(scan, 2, &fields[i]);
    }
    if (status == KN_OK)
        status = kn__scan_fraction(scan, &us);
    if (status == KN_OK)
        status = kn__scan_end(scan);
    for (int i = 0; i < 2 && status == KN_OK; i++)
        if (fields[i] > 59)
            status = kn__scan_refuse(scan, field_at[i], KN_OUT_OF_RANGE, problems[i]);
    add(total, at, hours, 3600 * KN_US_PER_SECOND);
    total->us += (fields[0] * 60 + fields[1]) * KN_US_PER_SECOND + us;
    return status;
}

static kn_status read_signed_clock(kn__scan *scan, sum *total)
{
    const char *at = scan->at;
    bool is_negative = take_sign(scan);
    sum clock = {0, NULL};
    int64_t hours;
    kn_status status = kn__scan_number(scan, PART_MAX, &hours);

    if (status == KN_OK)
        status = read_clock(scan, at, hours, &clock);
    total->us += is_negative ? -clock.us : clock.us;
    if (!total->too_large)
        total->too_large = clock.too_large;
    return status;
}

/* "day[s][[,] clock]" after the number of days. */
static kn_status read_days(kn__scan *scan, const char *at, sum *total)
{
    if (take_word(scan, "mon") || take_word(scan, "year"))
        return refuse_months(scan, at);
    if (!take_word(scan, "day"))
        return kn__scan_expected(scan, "expected \"days\"");
    (void)kn__scan_take(scan, 's');
    if (!kn__scan_take(scan, ',') && scan->at == scan->end)
        return KN_OK;
    return kn__scan_take(scan, ' ') ? read_signed_clock(scan, total) : kn__scan_expected(scan, "expected a space");
}

/* "2 days, 03:04:05" or "03:04:05"; a sign belongs to the number it stands before. */
static kn_status read_words(kn__scan *scan, bool is_negative, sum *total)
{
    const char *at = scan->at;
    int64_t n;
    kn_status status = kn__scan_number(scan, PART_MAX, &n);

    if (status != KN_OK)
        return status;
    if (!kn__scan_take(scan, ' ')) {
        status = read_clock(scan, at, n, total);
        total->us = is_negative ? -total->us : total->us;
        return status;
    }
    add(total, at, n, KN_US_PER_DAY);
    total->us = is_negative ? -total->us : total->us;
    return read_days(scan, at, total);
}

kn_status kn_interval_parse(kn_text text, kn_interval *out, kn_error *error)
{
    kn__scan scan = kn__scan_of(text, "interval", error);
    bool is_negative = take_sign(&scan);
    sum total = {0, NULL};
    kn_status status;

    if (kn__scan_take(&scan, 'P')) {
        status = read_iso(&scan, &total);
        total.us = is_negative ? -total.us : total.us;
    } else {
        status = read_words(&scan, is_negative, &total);
    }
    if (status != KN_OK)
        return status;
    if (total.too_large || !kn_interval_valid((kn_interval){total.us}))
        return kn__scan_refuse(&scan, total.too_large ? total.too_large : scan.begin, KN_OUT_OF_RANGE,
                               "1970-01-01 plus it is outside the years 1 to 9999");
    if (scan.inexact)
        return kn__scan_refuse(&scan, scan.inexact, KN_INEXACT, "finer than a microsecond");
    out->us = total.us;
    return KN_OK;
}
