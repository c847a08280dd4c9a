/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/type.h>

#include <string.h>

#define DECIMAL(coefficient, exponent) kn_decimal_value((kn_decimal)KN_DECIMAL(coefficient, exponent))

static kn_value unset(void)
{
    kn_value v = {0};
    return v;
}

static void check_pair(const kn_value *a, const kn_value *b, bool equal)
{
    assert_int_equal(kn_value_equal(a, b), equal);
    assert_int_equal(kn_value_equal(b, a), equal);
}

static void test_value_equal__as_the_database_sees_it(void **state)
{
    static const char copy[] = "abc";
    const struct {
        kn_value a, b;
        bool equal;
    } rows[] = {
        {kn_null(), kn_null(), true},
        {unset(), unset(), true},
        {unset(), kn_null(), false},
        {kn_null(), kn_int(0), false},
        {kn_bool(true), kn_bool(true), true},
        {kn_bool(true), kn_bool(false), false},
        {kn_bool(true), kn_int(1), false},
        {kn_int(5), kn_int(5), true},
        {kn_int(5), kn_int(INT64_C(4294967301)), false},
        {kn_float(0.0), kn_float(-0.0), true},
        {kn_float(0.5), kn_float(0.25), false},
        {DECIMAL(10, -1), DECIMAL(100, -2), true},
        {DECIMAL(1, 0), DECIMAL(10, -1), true},
        {DECIMAL(1, 0), DECIMAL(-1, 0), false},
        {DECIMAL(1, 0), DECIMAL(1, -1), false},
        {kn_string("abc"), kn_textn(copy, 3), true},
        {kn_textn("abcd", 3), kn_string(copy), true},
        {kn_string("abc"), kn_string("abd"), false},
        {kn_string("abc"), kn_string("abc "), false},
        {kn_string("abc"), kn_string("ABC"), false},
        {kn_textn("a\0b", 3), kn_textn("a\0c", 3), false},
        {kn_string(""), kn_textn(NULL, 0), false},
        {kn_textn(NULL, SIZE_MAX), kn_textn(NULL, 0), true},
        {kn_blob("a\0b", 3), kn_blob("a\0b", 3), true},
        {kn_blob("a\0b", 3), kn_blob("a\0c", 3), false},
        {kn_blob("a", 1), kn_blob("", 0), false},
        {kn_blob("abc", 3), kn_string("abc"), false},
        {kn_date_value((kn_date){1}), kn_date_value((kn_date){1}), true},
        {kn_date_value((kn_date){1}), kn_date_value((kn_date){2}), false},
        {kn_time_value((kn_time){1}), kn_time_value((kn_time){1}), true},
        {kn_time_value((kn_time){1}), kn_time_value((kn_time){2}), false},
        {kn_datetime_value((kn_datetime){1}), kn_datetime_value((kn_datetime){1}), true},
        {kn_datetime_value((kn_datetime){1}), kn_datetime_value((kn_datetime){2}), false},
        {kn_datetime_value((kn_datetime){1}), kn_instant_value((kn_instant){1}), false},
        {kn_instant_value((kn_instant){1}), kn_instant_value((kn_instant){1}), true},
        {kn_instant_value((kn_instant){1}), kn_instant_value((kn_instant){2}), false},
        {kn_interval_value((kn_interval){1}), kn_interval_value((kn_interval){1}), true},
        {kn_interval_value((kn_interval){1}), kn_interval_value((kn_interval){2}), false},
        {kn_any_value(kn_any_none()), kn_any_value(kn_any_none()), true},
        {kn_any_value(kn_any_none()), kn_any_value(kn_any_bool(false)), false},
        {kn_any_value(kn_any_none()), kn_any_value(NULL), false},
        {kn_any_value(NULL), kn_any_value(NULL), true},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++)
        check_pair(&rows[i].a, &rows[i].b, rows[i].equal);
}

static void test_value_equal__trees_are_equal_by_content(void **state)
{
    kn_arena arena;
    (void)state;
    kn_arena_init(&arena, NULL, 0);
    kn_value a = kn_any_value(kn_any_int(&arena, 1000)), b = kn_any_value(kn_any_float(&arena, 1000.0));
    kn_value c = kn_any_value(kn_any_int(&arena, 1001));
    check_pair(&a, &b, true); /* as Python has it */
    check_pair(&a, &c, false);
    kn_arena_finish(&arena);
}

static void test_value_equal__a_number_of_no_kind_equals_nothing(void **state)
{
    kn_value a = {.kind = KN_KIND_END_}, b = {.kind = KN_KIND_END_};
    (void)state;
    check_pair(&a, &b, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_equal__as_the_database_sees_it),
        cmocka_unit_test(test_value_equal__trees_are_equal_by_content),
        cmocka_unit_test(test_value_equal__a_number_of_no_kind_equals_nothing),
    };
    return cmocka_run_group_tests_name("unit/type/value_equal", tests, NULL, NULL);
}
