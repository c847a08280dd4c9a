/* SPDX-License-Identifier: MIT */
#include "type/scan.h"

kn__scan kn__scan_of(kn_text text, const char *what, kn_error *error)
{
    const char *begin = text.data ? text.data : "";

    return (kn__scan){
        .begin = begin, .at = begin, .end = text.data ? begin + text.size : begin, .what = what, .error = error};
}

kn_status kn__scan_refuse(kn__scan *scan, const char *at, kn_status status, const char *problem)
{
    size_t position = (size_t)(at - scan->begin) + 1;

    kn_error_set(scan->error, status, "%s: %s, at byte %zu", scan->what, problem, position);
    if (scan->error)
        scan->error->position = position > UINT32_MAX ? UINT32_MAX : (uint32_t)position;
    return status;
}

kn_status kn__scan_expected(kn__scan *scan, const char *expected)
{
    return kn__scan_refuse(scan, scan->at, KN_MALFORMED, expected);
}

kn_status kn__scan_end(kn__scan *scan)
{
    return scan->at == scan->end ? KN_OK : kn__scan_expected(scan, "expected the end of the text");
}

kn_status kn__scan_digits(kn__scan *scan, int count, int32_t *out)
{
    int32_t n = 0;

    for (int i = 0; i < count; i++) {
        if (!kn__scan_digit_is_next(scan))
            return kn__scan_expected(scan, "expected a digit");
        n = n * 10 + (*scan->at++ - '0');
    }
    *out = n;
    return KN_OK;
}

kn_status kn__scan_number(kn__scan *scan, int64_t limit, int64_t *out)
{
    int64_t n = 0;

    if (!kn__scan_digit_is_next(scan))
        return kn__scan_expected(scan, "expected a digit");
    for (; kn__scan_digit_is_next(scan); scan->at++) {
        int digit = *scan->at - '0';
        n = n > (limit - digit) / 10 ? limit : n * 10 + digit;
    }
    *out = n;
    return KN_OK;
}

kn_status kn__scan_fraction(kn__scan *scan, int32_t *us)
{
    int32_t n = 0;
    int count = 0;

    *us = 0;
    if (!kn__scan_take(scan, '.') && !kn__scan_take(scan, ','))
        return KN_OK;
    if (!kn__scan_digit_is_next(scan))
        return kn__scan_expected(scan, "expected a digit of the fraction");
    for (; kn__scan_digit_is_next(scan); scan->at++) {
        if (count < 6) {
            n = n * 10 + (*scan->at - '0');
            count++;
        } else if (*scan->at != '0' && !scan->inexact) {
            scan->inexact = scan->at;
        }
    }
    for (; count < 6; count++)
        n *= 10;
    *us = n;
    return KN_OK;
}
