/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/datetime.h>

#include <string.h>
#include <time.h>

/* From CPython: date.toordinal, date.isoweekday. */
static const struct {
    int year, month, day;
    int32_t days, weekday;
} dates[] = {
    {1, 1, 1, -719162, 1},    {1, 12, 31, -718798, 1},  {4, 2, 29, -718008, 7},     {100, 2, 28, -682945, 7},
    {100, 3, 1, -682944, 1},  {400, 2, 29, -573372, 2}, {1582, 10, 15, -141427, 5}, {1899, 12, 31, -25568, 7},
    {1900, 2, 28, -25509, 3}, {1900, 3, 1, -25508, 4},  {1969, 12, 31, -1, 3},      {1970, 1, 1, 0, 4},
    {2000, 2, 29, 11016, 2},  {2000, 3, 1, 11017, 3},   {2023, 2, 28, 19416, 2},    {2024, 2, 29, 19782, 4},
    {2038, 1, 19, 24855, 2},  {2100, 2, 28, 47540, 7},  {2100, 3, 1, 47541, 1},     {9999, 12, 31, 2932896, 5},
};

static void test_datetime__dates_are_those_of_the_gregorian_calendar(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(dates); i++) {
        kn_date d = {0};
        assert_int_equal(kn_date_make(dates[i].year, dates[i].month, dates[i].day, &d, NULL), KN_OK);
        assert_int_equal(d.days, dates[i].days);
        kn_civil civil = kn_date_civil(d);
        assert_int_equal(civil.year, dates[i].year);
        assert_int_equal(civil.month, dates[i].month);
        assert_int_equal(civil.day, dates[i].day);
        assert_int_equal(civil.weekday, dates[i].weekday);
        assert_int_equal(civil.hour | civil.minute | civil.second | civil.microsecond, 0);
    }
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (is_leap && month == 2);
}

static int failures_of_a_day(int year, int month, int day, int32_t days, int weekday)
{
    kn_civil civil = kn_date_civil((kn_date){days});
    kn_date made = {0};
    kn_status status = kn_date_make(year, month, day, &made, NULL);
    return status != KN_OK || made.days != days || civil.year != year || civil.month != month || civil.day != day ||
           civil.weekday != weekday;
}

/* Walks the calendar as one turns its leaves. */
static void test_datetime__every_day_of_9999_years_in_both_directions(void **state)
{
    int32_t days = -719162;
    int weekday = 1, failures = 0;
    (void)state;
    for (int year = 1; year <= 9999; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= month_days(year, month); day++) {
                failures += failures_of_a_day(year, month, day, days++, weekday);
                weekday = weekday % 7 + 1;
            }
    assert_int_equal(failures, 0);
    assert_int_equal(days, 2932896 + 1);
}

static void test_datetime__no_month_has_a_day_after_its_last(void **state)
{
    int failures = 0;
    kn_date d = {42};
    (void)state;
    for (int year = 1; year <= 9999; year++)
        for (int month = 1; month <= 12; month++) {
            failures += kn_date_make(year, month, month_days(year, month) + 1, &d, NULL) != KN_OUT_OF_RANGE;
            failures += kn_date_make(year, month, 0, &d, NULL) != KN_OUT_OF_RANGE;
        }
    assert_int_equal(failures, 0);
    assert_int_equal(d.days, 42);
}

static void test_datetime__dates_that_do_not_exist_are_refused(void **state)
{
    static const int none[][3] = {
        {0, 1, 1},     {-1, 1, 1},        {10000, 1, 1},        {2023, 0, 1},         {2023, 13, 1},
        {2023, -1, 1}, {2023, 1, -1},     {2023, 2, 29},        {1900, 2, 29},        {2023, 1, 32},
        {2023, 4, 31}, {INT32_MIN, 1, 1}, {2023, INT32_MAX, 1}, {2023, 1, INT32_MIN},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(none); i++) {
        kn_date d = {42};
        kn_error error = {0};
        assert_int_equal(kn_date_make(none[i][0], none[i][1], none[i][2], &d, &error), KN_OUT_OF_RANGE);
        assert_int_equal(error.status, KN_OUT_OF_RANGE);
        assert_int_equal(d.days, 42);
    }
}

static void test_datetime__times_from_midnight_to_its_last_microsecond(void **state)
{
    kn_time t = {-1};
    (void)state;
    assert_int_equal(kn_time_make(0, 0, 0, 0, &t, NULL), KN_OK);
    assert_int_equal(t.us, 0);
    assert_int_equal(kn_time_make(23, 59, 59, 999999, &t, NULL), KN_OK);
    assert_int_equal(t.us, INT64_C(86399999999));
    assert_int_equal(kn_time_make(1, 2, 3, 4, &t, NULL), KN_OK);
    assert_int_equal(t.us, INT64_C(3723000004));

    kn_civil civil = kn_time_civil((kn_time){INT64_C(86399999999)});
    assert_int_equal(civil.hour, 23);
    assert_int_equal(civil.minute, 59);
    assert_int_equal(civil.second, 59);
    assert_int_equal(civil.microsecond, 999999);
    assert_int_equal(civil.year | civil.month | civil.day | civil.weekday, 0);
}

static void test_datetime__times_that_do_not_exist_are_refused(void **state)
{
    static const int none[][4] = {
        {24, 0, 0, 0},   {-1, 0, 0, 0}, {0, 60, 0, 0}, {0, -1, 0, 0},      {0, 0, 60, 0},
        {23, 59, 60, 0}, {0, 0, -1, 0}, {0, 0, 0, -1}, {0, 0, 0, 1000000},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(none); i++) {
        kn_time t = {42};
        assert_int_equal(kn_time_make(none[i][0], none[i][1], none[i][2], none[i][3], &t, NULL), KN_OUT_OF_RANGE);
        assert_int_equal(t.us, 42);
    }
}

static void test_datetime__the_maker_of_datetimes_checks_date_and_time(void **state)
{
    kn_civil civil = {.year = 2024, .month = 2, .day = 29, .hour = 12, .minute = 34, .second = 56};
    kn_datetime t = {42};
    (void)state;
    civil.microsecond = 789012;
    civil.weekday = 99; /* ignored */
    assert_int_equal(kn_datetime_make(&civil, &t, NULL), KN_OK);
    assert_int_equal(t.us, INT64_C(1709210096789012));

    t.us = 42;
    civil.year = 2023;
    assert_int_equal(kn_datetime_make(&civil, &t, NULL), KN_OUT_OF_RANGE);
    civil.year = 2024;
    civil.hour = 24;
    assert_int_equal(kn_datetime_make(&civil, &t, NULL), KN_OUT_OF_RANGE);
    assert_int_equal(t.us, 42);
}

/* From CPython: datetime.fromisoformat(text) - datetime(1970, 1, 1). */
static const struct {
    int64_t us;
    const char *text;
} datetimes[] = {
    {INT64_C(-62135596800000000), "0001-01-01 00:00:00.000000"},
    {-1, "1969-12-31 23:59:59.999999"},
    {0, "1970-01-01 00:00:00.000000"},
    {1, "1970-01-01 00:00:00.000001"},
    {INT64_C(1709210096789012), "2024-02-29 12:34:56.789012"},
    {INT64_C(-2203891200000000), "1900-03-01 00:00:00.000000"},
    {INT64_C(2147483648000000), "2038-01-19 03:14:08.000000"},
    {INT64_C(253402300799999999), "9999-12-31 23:59:59.999999"},
};

static void test_datetime__printing_is_fixed_width(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(datetimes); i++) {
        const char *text = datetimes[i].text;
        char out[KN_DATETIME_SIZE + 2];
        memset(out, '#', sizeof out);
        kn_datetime_print((kn_datetime){datetimes[i].us}, ' ', out);
        assert_memory_equal(out, text, KN_DATETIME_SIZE);
        assert_int_equal(out[KN_DATETIME_SIZE], '#');

        kn_instant_print_iso((kn_instant){datetimes[i].us}, out);
        assert_memory_equal(out, text, KN_DATE_SIZE);
        assert_int_equal(out[KN_DATE_SIZE], 'T');
        assert_memory_equal(out + 11, text + 11, KN_TIME_SIZE);
        assert_int_equal(out[KN_DATETIME_SIZE], 'Z');
        assert_int_equal(out[KN_DATETIME_SIZE + 1], '#');
    }
}

static void test_datetime__date_and_time_print_as_the_parts_of_a_datetime(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(datetimes); i++) {
        kn_civil civil = kn_datetime_civil((kn_datetime){datetimes[i].us});
        kn_date d;
        kn_time t;
        char out[KN_TIME_SIZE + 1] = "###############";
        assert_int_equal(kn_date_make(civil.year, civil.month, civil.day, &d, NULL), KN_OK);
        assert_int_equal(kn_time_make(civil.hour, civil.minute, civil.second, civil.microsecond, &t, NULL), KN_OK);
        assert_int_equal(kn_datetime_of(d, t).us, datetimes[i].us);
        assert_int_equal(kn_date_civil(d).weekday, civil.weekday);
        kn_date_print(d, out);
        assert_memory_equal(out, datetimes[i].text, KN_DATE_SIZE);
        assert_int_equal(out[KN_DATE_SIZE], '#');
        kn_time_print(t, out);
        assert_memory_equal(out, datetimes[i].text + 11, KN_TIME_SIZE);
    }
}

static void test_datetime__validity_ends_with_the_years_1_and_9999(void **state)
{
    (void)state;
    assert_true(kn_date_valid((kn_date){KN_DATE_MIN}));
    assert_true(kn_date_valid((kn_date){KN_DATE_MAX}));
    assert_false(kn_date_valid((kn_date){KN_DATE_MIN - 1}));
    assert_false(kn_date_valid((kn_date){KN_DATE_MAX + 1}));
    assert_false(kn_date_valid((kn_date){INT32_MIN}));
    assert_false(kn_date_valid((kn_date){INT32_MAX}));
    assert_true(kn_time_valid((kn_time){0}));
    assert_true(kn_time_valid((kn_time){KN_US_PER_DAY - 1}));
    assert_false(kn_time_valid((kn_time){-1}));
    assert_false(kn_time_valid((kn_time){KN_US_PER_DAY}));
    static const struct {
        int64_t us;
        bool valid;
    } readings[] = {
        {INT64_C(-62135596800000000), true},
        {INT64_C(-62135596800000001), false},
        {0, true},
        {INT64_C(253402300799999999), true},
        {INT64_C(253402300800000000), false},
        {INT64_MIN, false},
        {INT64_MAX, false},
    };
    for (size_t i = 0; i < KN_COUNT_OF(readings); i++) {
        assert_int_equal(kn_datetime_valid((kn_datetime){readings[i].us}), readings[i].valid);
        assert_int_equal(kn_instant_valid((kn_instant){readings[i].us}), readings[i].valid);
        assert_int_equal(kn_interval_valid((kn_interval){readings[i].us}), readings[i].valid);
    }
}

static void test_datetime__now_lies_between_two_looks_at_the_clock(void **state)
{
    struct timespec before, after;
    kn_instant now = {0};
    (void)state;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &before), 0);
    assert_int_equal(kn_instant_now(&now, NULL), KN_OK);
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &after), 0);
    assert_true(now.us >= before.tv_sec * KN_US_PER_SECOND + before.tv_nsec / 1000);
    assert_true(now.us <= after.tv_sec * KN_US_PER_SECOND + after.tv_nsec / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datetime__dates_are_those_of_the_gregorian_calendar),
        cmocka_unit_test(test_datetime__every_day_of_9999_years_in_both_directions),
        cmocka_unit_test(test_datetime__no_month_has_a_day_after_its_last),
        cmocka_unit_test(test_datetime__dates_that_do_not_exist_are_refused),
        cmocka_unit_test(test_datetime__times_from_midnight_to_its_last_microsecond),
        cmocka_unit_test(test_datetime__times_that_do_not_exist_are_refused),
        cmocka_unit_test(test_datetime__the_maker_of_datetimes_checks_date_and_time),
        cmocka_unit_test(test_datetime__printing_is_fixed_width),
        cmocka_unit_test(test_datetime__date_and_time_print_as_the_parts_of_a_datetime),
        cmocka_unit_test(test_datetime__validity_ends_with_the_years_1_and_9999),
        cmocka_unit_test(test_datetime__now_lies_between_two_looks_at_the_clock),
    };
    return cmocka_run_group_tests_name("unit/type/datetime", tests, NULL, NULL);
}
