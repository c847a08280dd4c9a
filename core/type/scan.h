/* SPDX-License-Identifier: MIT */
/* A cursor over text for the parsers of dates, times and intervals. */
#ifndef KOINE_TYPE_SCAN_H
#define KOINE_TYPE_SCAN_H

#include <koine/error.h>

typedef struct kn__scan {
    const char *begin, *at, *end;
    const char *what;    /* "date": starts every message */
    const char *inexact; /* first digit that microseconds cannot hold; NULL = none */
    kn_error *error;
} kn__scan;

kn__scan kn__scan_of(kn_text text, const char *what, kn_error *error);

/* Steps over `c` when it is next. */
static inline bool kn__scan_take(kn__scan *scan, char c)
{
    bool is_next = scan->at != scan->end && *scan->at == c;
    scan->at += is_next;
    return is_next;
}

static inline bool kn__scan_digit_is_next(const kn__scan *scan)
{
    return scan->at != scan->end && (unsigned char)(*scan->at - '0') <= 9;
}

/* Exactly `count` (1 to 9) digits. */
kn_status kn__scan_digits(kn__scan *scan, int count, int32_t *out);

/* One or more digits; what passes `limit` stays at `limit`. */
kn_status kn__scan_number(kn__scan *scan, int64_t limit, int64_t *out);

/* [(.|,) digits] as microseconds; a digit past the sixth that is not 0 is kept in scan->inexact. */
kn_status kn__scan_fraction(kn__scan *scan, int32_t *us);

/* The end of the text, or KN_MALFORMED. */
kn_status kn__scan_end(kn__scan *scan);

/* KN_MALFORMED where the cursor stands. */
kn_status kn__scan_expected(kn__scan *scan, const char *expected);

/* `status` at the byte `at`, "what: problem". */
kn_status kn__scan_refuse(kn__scan *scan, const char *at, kn_status status, const char *problem);

#endif
