/* SPDX-License-Identifier: MIT */
/* Numbers, days and clocks. Days since 1970-01-01 were counted by another implementation of the proleptic calendar. */
#ifndef KOINE_TESTS_EXACT_SCALAR_CASES_H
#define KOINE_TESTS_EXACT_SCALAR_CASES_H

#include <float.h>
#include <math.h>

#include "exact.h"

static const Exact_case small_cases[] = {
    {"zero", EXACT_INT(0), KN_OK},
    {"one", EXACT_INT(1), KN_OK},
    {"minus one", EXACT_INT(-1), KN_OK},
    {"a byte and more", EXACT_INT(256), KN_OK},
    {"maximum", EXACT_INT(32767), KN_OK},
    {"minimum", EXACT_INT(-32768), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"one past the maximum", EXACT_INT(32768), KN_OUT_OF_RANGE},
    {"one past the minimum", EXACT_INT(-32769), KN_OUT_OF_RANGE},
    {"65536, zero in 16 bits", EXACT_INT(65536), KN_OUT_OF_RANGE},
    {"maximum of 64 bits", EXACT_INT(INT64_MAX), KN_OUT_OF_RANGE},
    {"text", EXACT_TEXT("1"), KN_TYPE_MISMATCH},
    {"a double", EXACT_FLOAT(1.0), KN_TYPE_MISMATCH},
    {"a decimal", EXACT_DECIMAL(1, 0), KN_TYPE_MISMATCH},
    {"a bool", EXACT_BOOL(true), KN_TYPE_MISMATCH},
};

static const Exact_case integer_cases[] = {
    {"zero", EXACT_INT(0), KN_OK},
    {"one", EXACT_INT(1), KN_OK},
    {"minus one", EXACT_INT(-1), KN_OK},
    {"typical", EXACT_INT(1234567), KN_OK},
    {"maximum", EXACT_INT(INT32_MAX), KN_OK},
    {"minimum", EXACT_INT(INT32_MIN), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"one past the maximum", EXACT_INT(INT64_C(2147483648)), KN_OUT_OF_RANGE},
    {"one past the minimum", EXACT_INT(INT64_C(-2147483649)), KN_OUT_OF_RANGE},
    {"2^32, zero in 32 bits", EXACT_INT(INT64_C(4294967296)), KN_OUT_OF_RANGE},
    {"minimum of 64 bits", EXACT_INT(INT64_MIN), KN_OUT_OF_RANGE},
    {"text", EXACT_TEXT("1"), KN_TYPE_MISMATCH},
    {"a double", EXACT_FLOAT(1.0), KN_TYPE_MISMATCH},
};

static const Exact_case big_cases[] = {
    {"zero", EXACT_INT(0), KN_OK},
    {"one", EXACT_INT(1), KN_OK},
    {"minus one", EXACT_INT(-1), KN_OK},
    {"maximum of 32 bits and one", EXACT_INT(INT64_C(2147483648)), KN_OK},
    {"2^53", EXACT_INT(INT64_C(9007199254740992)), KN_OK},
    {"2^53 and one, no double", EXACT_INT(INT64_C(9007199254740993)), KN_OK},
    {"maximum less one", EXACT_INT(INT64_MAX - 1), KN_OK},
    {"maximum", EXACT_INT(INT64_MAX), KN_OK},
    {"minimum", EXACT_INT(INT64_MIN), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"a double", EXACT_FLOAT(1.0), KN_TYPE_MISMATCH},
};

static const Exact_case boolean_cases[] = {
    {"true", EXACT_BOOL(true), KN_OK},
    {"false", EXACT_BOOL(false), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"the integer 2", EXACT_INT(2), KN_OUT_OF_RANGE},
    {"-1", EXACT_INT(-1), KN_OUT_OF_RANGE},
    {"text", EXACT_TEXT("true"), KN_TYPE_MISMATCH},
};

static const Exact_case float_cases[] = {
    {"zero", EXACT_FLOAT(0.0), KN_OK},
    {"negative zero", EXACT_FLOAT(-0.0), KN_OK},
    {"one", EXACT_FLOAT(1.0), KN_OK},
    {"a tenth", EXACT_FLOAT(0.1), KN_OK},
    {"a tenth and the next", EXACT_FLOAT(0.1 + 0.2), KN_OK},
    {"a third", EXACT_FLOAT(1.0 / 3.0), KN_OK},
    {"17 digits", EXACT_FLOAT(1.2345678901234567), KN_OK},
    {"one and epsilon", EXACT_FLOAT(1.0 + DBL_EPSILON), KN_OK},
    {"less than one", EXACT_FLOAT(1.0 - DBL_EPSILON / 2), KN_OK},
    {"2^53", EXACT_FLOAT(9007199254740992.0), KN_OK},
    {"2^63", EXACT_FLOAT(0x1p63), KN_OK},
    {"-2^63", EXACT_FLOAT(-0x1p63), KN_OK},
    {"1e22", EXACT_FLOAT(1e22), KN_OK},
    {"1e23, the classic", EXACT_FLOAT(1e23), KN_OK},
    {"a hard one", EXACT_FLOAT(2.2250738585072011e-308), KN_OK},
    {"maximum", EXACT_FLOAT(DBL_MAX), KN_OK},
    {"minimum", EXACT_FLOAT(-DBL_MAX), KN_OK},
    {"smallest normal", EXACT_FLOAT(DBL_MIN), KN_OK},
    {"largest denormal", EXACT_FLOAT(DBL_MIN - 0x1p-1074), KN_OK},
    {"smallest denormal", EXACT_FLOAT(0x1p-1074), KN_OK},
    {"smallest denormal below zero", EXACT_FLOAT(-0x1p-1074), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"NaN", EXACT_FLOAT((double)NAN), KN_OUT_OF_RANGE},
    {"infinity", EXACT_FLOAT((double)INFINITY), KN_OUT_OF_RANGE},
    {"negative infinity", EXACT_FLOAT(-(double)INFINITY), KN_OUT_OF_RANGE},
    {"an integer of 54 bits", EXACT_INT(INT64_C(9007199254740993)), KN_INEXACT},
    {"text", EXACT_TEXT("1.0"), KN_TYPE_MISMATCH},
};

static const Exact_case float24_cases[] = {
    {"zero", EXACT_FLOAT(0.0), KN_OK},
    {"negative zero", EXACT_FLOAT(-0.0), KN_OK},
    {"a tenth as a float", EXACT_FLOAT((double)0.1f), KN_OK},
    {"a third as a float", EXACT_FLOAT((double)(1.0f / 3.0f)), KN_OK},
    {"2^24", EXACT_FLOAT(16777216.0), KN_OK},
    {"maximum", EXACT_FLOAT((double)FLT_MAX), KN_OK},
    {"minimum", EXACT_FLOAT(-(double)FLT_MAX), KN_OK},
    {"smallest normal", EXACT_FLOAT((double)FLT_MIN), KN_OK},
    {"smallest denormal", EXACT_FLOAT(0x1p-149), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"a tenth as a double", EXACT_FLOAT(0.1), KN_INEXACT},
    {"2^24 and one", EXACT_FLOAT(16777217.0), KN_INEXACT},
    {"half the smallest denormal", EXACT_FLOAT(0x1p-150), KN_INEXACT},
    {"one past the maximum", EXACT_FLOAT(0x1p128), KN_OUT_OF_RANGE},
    {"NaN", EXACT_FLOAT((double)NAN), KN_OUT_OF_RANGE},
    {"infinity", EXACT_FLOAT((double)INFINITY), KN_OUT_OF_RANGE},
};

static const Exact_case date_cases[] = {
    {"0001-01-01", EXACT_DATE(-719162), KN_OK},
    {"0004-02-29", EXACT_DATE(-718008), KN_OK},
    {"0999-12-31", EXACT_DATE(-354286), KN_OK},
    {"1582-10-04", EXACT_DATE(-141438), KN_OK},
    {"1600-02-29", EXACT_DATE(-135081), KN_OK},
    {"1900-02-28", EXACT_DATE(-25509), KN_OK},
    {"1900-03-01", EXACT_DATE(-25508), KN_OK},
    {"1969-12-31", EXACT_DATE(-1), KN_OK},
    {"1970-01-01", EXACT_DATE(0), KN_OK},
    {"2000-02-29", EXACT_DATE(11016), KN_OK},
    {"2024-02-29", EXACT_DATE(19782), KN_OK},
    {"2038-01-19", EXACT_DATE(24855), KN_OK},
    {"2100-02-28", EXACT_DATE(47540), KN_OK},
    {"9996-02-29", EXACT_DATE(2931495), KN_OK},
    {"9999-12-31", EXACT_DATE(2932896), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"0000-12-31", EXACT_DATE(-719163), KN_OUT_OF_RANGE},
    {"10000-01-01", EXACT_DATE(2932897), KN_OUT_OF_RANGE},
    {"the least days", EXACT_DATE(INT32_MIN), KN_OUT_OF_RANGE},
    {"the most days", EXACT_DATE(INT32_MAX), KN_OUT_OF_RANGE},
    {"a datetime", EXACT_DATETIME(0), KN_TYPE_MISMATCH},
    {"text", EXACT_TEXT("2024-02-29"), KN_TYPE_MISMATCH},
};

static const Exact_case time_cases[] = {
    {"midnight", EXACT_TIME(0), KN_OK},
    {"00:00:00.000001", EXACT_TIME(1), KN_OK},
    {"00:00:00.1", EXACT_TIME(100000), KN_OK},
    {"00:00:00.999999", EXACT_TIME(999999), KN_OK},
    {"12:00", EXACT_TIME(INT64_C(43200000000)), KN_OK},
    {"13:14:15.000016", EXACT_TIME(INT64_C(47655000016)), KN_OK},
    {"23:59:59", EXACT_TIME(INT64_C(86399000000)), KN_OK},
    {"23:59:59.999999", EXACT_TIME(INT64_C(86399999999)), KN_OK},
    {"NULL", EXACT_NULL, KN_OK},
    {"24:00", EXACT_TIME(INT64_C(86400000000)), KN_OUT_OF_RANGE},
    {"before midnight", EXACT_TIME(-1), KN_OUT_OF_RANGE},
    {"the most", EXACT_TIME(INT64_MAX), KN_OUT_OF_RANGE},
    {"the least", EXACT_TIME(INT64_MIN), KN_OUT_OF_RANGE},
    {"an interval", EXACT_INTERVAL(1), KN_TYPE_MISMATCH},
};

/* The same for all three that count microseconds from 1970 within the years 1 to 9999. */
/* clang-format off */
#define SPAN_CASES(OF)                                                                                                 \
    {"0001-01-01 00:00", OF(INT64_C(-62135596800000000)), KN_OK},                                                      \
    {"0001-01-01 00:00:00.000001", OF(INT64_C(-62135596799999999)), KN_OK},                                            \
    {"0999-12-31 23:59:59.999999", OF(INT64_C(-30610224000000001)), KN_OK},                                            \
    {"1969-12-31 00:00", OF(INT64_C(-86400000000)), KN_OK},                                                            \
    {"1969-12-31 23:59:59", OF(INT64_C(-1000000)), KN_OK},                                                             \
    {"1969-12-31 23:59:59.999999", OF(INT64_C(-1)), KN_OK},                                                            \
    {"1970-01-01", OF(INT64_C(0)), KN_OK},                                                                             \
    {"1970-01-01 00:00:00.000001", OF(INT64_C(1)), KN_OK},                                                             \
    {"1970-01-01 00:00:00.5", OF(INT64_C(500000)), KN_OK},                                                             \
    {"1970-01-02", OF(INT64_C(86400000000)), KN_OK},                                                                   \
    {"2000-02-29 23:59:59.999999", OF(INT64_C(951868799999999)), KN_OK},                                               \
    {"2016-12-31 23:59:59, before a leap second", OF(INT64_C(1483228799000000)), KN_OK},                               \
    {"2024-03-31 02:30, no such time in Berlin", OF(INT64_C(1711852200000000)), KN_OK},                                \
    {"2024-10-27 02:30, twice in Berlin", OF(INT64_C(1729996200000000)), KN_OK},                                       \
    {"2038-01-19 03:14:08, past 32 bits", OF(INT64_C(2147483648000000)), KN_OK},                                       \
    {"9999-12-31 23:59:59.999998", OF(INT64_C(253402300799999998)), KN_OK},                                            \
    {"9999-12-31 23:59:59.999999", OF(INT64_C(253402300799999999)), KN_OK},                                            \
    {"NULL", EXACT_NULL, KN_OK},                                                                                       \
    {"one microsecond before year 1", OF(INT64_C(-62135596800000001)), KN_OUT_OF_RANGE},                               \
    {"one microsecond after year 9999", OF(INT64_C(253402300800000000)), KN_OUT_OF_RANGE},                             \
    {"the least", OF(INT64_MIN), KN_OUT_OF_RANGE},                                                                     \
    {"the most", OF(INT64_MAX), KN_OUT_OF_RANGE}
/* clang-format on */

static const Exact_case datetime_cases[] = {
    SPAN_CASES(EXACT_DATETIME),
    {"an instant", EXACT_INSTANT(0), KN_TYPE_MISMATCH},
    {"a date", EXACT_DATE(0), KN_TYPE_MISMATCH},
};
static const Exact_case instant_cases[] = {
    SPAN_CASES(EXACT_INSTANT),
    {"a naive datetime", EXACT_DATETIME(0), KN_TYPE_MISMATCH},
};
static const Exact_case interval_cases[] = {
    SPAN_CASES(EXACT_INTERVAL),
    {"a day less a microsecond", EXACT_INTERVAL(INT64_C(86399999999)), KN_OK},
    {"minus a day and a microsecond", EXACT_INTERVAL(INT64_C(-86400000001)), KN_OK},
    {"a time", EXACT_TIME(0), KN_TYPE_MISMATCH},
};

#endif
