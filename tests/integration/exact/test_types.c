/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Every type but Numeric and PickleType, which have programs of their own: each through every C member that can hold
 * it, plain and nullable. */
#include "exact_run.h"
#include "scalar_cases.h"
#include "text_cases.h"

typedef char chars_10[10];
typedef char chars_37[37];

EXACT_BOX(Small, "exact_small", int16_t, KN_SMALL_INTEGER);
EXACT_BOX(Small_opt, "exact_small_opt", kn_opt_int16, KN_SMALL_INTEGER);
EXACT_BOX(Integer32, "exact_integer32", int32_t, KN_INTEGER);
EXACT_BOX(Integer32_opt, "exact_integer32_opt", kn_opt_int32, KN_INTEGER);
EXACT_BOX(Integer64, "exact_integer64", int64_t, KN_INTEGER);
EXACT_BOX(Integer64_opt, "exact_integer64_opt", kn_opt_int64, KN_INTEGER);
EXACT_BOX(Big, "exact_big", long long, KN_BIG_INTEGER);
EXACT_BOX(Big_opt, "exact_big_opt", kn_opt_int64, KN_BIG_INTEGER);
EXACT_BOX(Boolean, "exact_boolean", bool, KN_BOOLEAN);
EXACT_BOX(Boolean_opt, "exact_boolean_opt", kn_opt_bool, KN_BOOLEAN);
EXACT_BOX(Float, "exact_float", double, KN_FLOAT);
EXACT_BOX(Float_opt, "exact_float_opt", kn_opt_double, KN_FLOAT);
EXACT_BOX(Float24, "exact_float24", float, KN_FLOAT_OF(24));
EXACT_BOX(Float24_opt, "exact_float24_opt", kn_opt_float, KN_FLOAT_OF(24));
EXACT_BOX(Float24_double, "exact_float24_double", kn_opt_double, KN_FLOAT_OF(24));
EXACT_BOX(Float53, "exact_float53", double, KN_FLOAT_OF(53));
EXACT_BOX(Day, "exact_date", kn_date, KN_DATE);
EXACT_BOX(Day_opt, "exact_date_opt", kn_opt_date, KN_DATE);
EXACT_BOX(Clock, "exact_time", kn_time, KN_TIME);
EXACT_BOX(Clock_opt, "exact_time_opt", kn_opt_time, KN_TIME);
EXACT_BOX(Wall, "exact_datetime", kn_datetime, KN_DATETIME);
EXACT_BOX(Wall_opt, "exact_datetime_opt", kn_opt_datetime, KN_DATETIME);
EXACT_BOX(Instant, "exact_instant", kn_instant, KN_DATETIME_TZ);
EXACT_BOX(Instant_opt, "exact_instant_opt", kn_opt_instant, KN_DATETIME_TZ);
EXACT_BOX(Span, "exact_interval", kn_interval, KN_INTERVAL);
EXACT_BOX(Span_opt, "exact_interval_opt", kn_opt_interval, KN_INTERVAL);

EXACT_BOX(String_pointer, "exact_string_pointer", const char *, KN_STRING(9));
EXACT_BOX(String_text, "exact_string_text", kn_text, KN_STRING(9));
EXACT_BOX(String_opt, "exact_string_opt", kn_opt_text, KN_STRING(9));
EXACT_BOX(String_chars, "exact_string_chars", chars_37, KN_STRING(9));
EXACT_BOX(String_short, "exact_string_short", chars_10, KN_STRING(9));
EXACT_BOX(Unicode_pointer, "exact_unicode", char *, KN_UNICODE(9));
EXACT_BOX(Unicode_opt, "exact_unicode_opt", kn_opt_text, KN_UNICODE(9));
EXACT_BOX(Text_pointer, "exact_text", const char *, KN_TEXT);
EXACT_BOX(Text_text, "exact_text_text", kn_text, KN_TEXT);
EXACT_BOX(Text_opt, "exact_text_opt", kn_opt_text, KN_TEXT);
EXACT_BOX(Unitext_pointer, "exact_unicode_text", char *, KN_UNICODE_TEXT);
EXACT_BOX(Unitext_opt, "exact_unicode_text_opt", kn_opt_text, KN_UNICODE_TEXT);
EXACT_BOX(Binary, "exact_binary", kn_bytes, KN_LARGE_BINARY);
EXACT_BOX(Binary_opt, "exact_binary_opt", kn_opt_bytes, KN_LARGE_BINARY);
EXACT_BOX(Binary4, "exact_binary4", kn_bytes, KN_LARGE_BINARY_OF(4));

EXACT_BOX(Odd_enum, "exact_enum", Odd, KN_ENUM(odd_enum));
EXACT_BOX(Odd_opt, "exact_enum_opt", kn_opt_enum, KN_ENUM(odd_enum));
EXACT_BOX(Odd_int, "exact_enum_int", int32_t, KN_ENUM(odd_enum));
EXACT_BOX(Odd_pointer, "exact_enum_pointer", const char *, KN_ENUM(odd_enum));
EXACT_BOX(Odd_text, "exact_enum_text", kn_text, KN_ENUM(odd_enum));

#define TEST_CASES(test, cases, ...)                                                                                   \
    static void test_types__##test(void **state)                                                                       \
    {                                                                                                                  \
        const kn_model *const boxes[] = {__VA_ARGS__};                                                                 \
        for (size_t i = 0; i < KN_COUNT_OF(boxes); i++)                                                                \
            exact_check(test_database_of(state), boxes[i], cases, KN_COUNT_OF(cases));                                 \
    }

TEST_CASES(small_integers_are_exact_to_16_bits, small_cases, &Small_model, &Small_opt_model)
TEST_CASES(integers_are_exact_to_32_bits, integer_cases, &Integer32_model, &Integer32_opt_model, &Integer64_model,
           &Integer64_opt_model)
TEST_CASES(big_integers_are_exact_to_64_bits, big_cases, &Big_model, &Big_opt_model)
TEST_CASES(booleans_are_true_or_false, boolean_cases, &Boolean_model, &Boolean_opt_model)
TEST_CASES(floats_are_exact_to_the_bit, float_cases, &Float_model, &Float_opt_model, &Float53_model)
TEST_CASES(floats_of_24_bits_are_floats, float24_cases, &Float24_model, &Float24_opt_model, &Float24_double_model)
TEST_CASES(dates_are_exact_from_year_1_to_9999, date_cases, &Day_model, &Day_opt_model)
TEST_CASES(times_are_exact_to_the_microsecond, time_cases, &Clock_model, &Clock_opt_model)
TEST_CASES(datetimes_are_exact_to_the_microsecond, datetime_cases, &Wall_model, &Wall_opt_model)
TEST_CASES(instants_are_exact_to_the_microsecond, instant_cases, &Instant_model, &Instant_opt_model)
TEST_CASES(intervals_are_exact_to_the_microsecond, interval_cases, &Span_model, &Span_opt_model)
TEST_CASES(strings_hold_n_code_points, string9_cases, &String_pointer_model, &String_text_model, &String_opt_model,
           &String_chars_model, &Unicode_pointer_model, &Unicode_opt_model)
TEST_CASES(a_short_char_array_holds_what_fits, string9_cases, &String_short_model)
TEST_CASES(texts_are_exact, text_cases, &Text_pointer_model, &Text_text_model, &Text_opt_model, &Unitext_pointer_model,
           &Unitext_opt_model)
TEST_CASES(broken_text_is_refused, broken_cases, &String_pointer_model, &Text_text_model, &Text_opt_model,
           &Unicode_opt_model, &Unitext_opt_model)
TEST_CASES(bytes_are_exact, bytes_cases, &Binary_model, &Binary_opt_model)
TEST_CASES(bytes_of_a_stated_length_are_no_longer, bytes4_cases, &Binary4_model)
TEST_CASES(enums_hold_their_labels, odd_cases, &Odd_enum_model, &Odd_opt_model, &Odd_int_model, &Odd_pointer_model,
           &Odd_text_model)

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_types__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(small_integers_are_exact_to_16_bits),
        EACH(integers_are_exact_to_32_bits),
        EACH(big_integers_are_exact_to_64_bits),
        EACH(booleans_are_true_or_false),
        EACH(floats_are_exact_to_the_bit),
        EACH(floats_of_24_bits_are_floats),
        EACH(dates_are_exact_from_year_1_to_9999),
        EACH(times_are_exact_to_the_microsecond),
        EACH(datetimes_are_exact_to_the_microsecond),
        EACH(instants_are_exact_to_the_microsecond),
        EACH(intervals_are_exact_to_the_microsecond),
        EACH(strings_hold_n_code_points),
        EACH(a_short_char_array_holds_what_fits),
        EACH(texts_are_exact),
        EACH(broken_text_is_refused),
        EACH(bytes_are_exact),
        EACH(bytes_of_a_stated_length_are_no_longer),
        EACH(enums_hold_their_labels),
    };
    return cmocka_run_group_tests_name("integration/exact/types", tests, NULL, NULL);
}
