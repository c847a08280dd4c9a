/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/type.h>

#include <stdlib.h>
#include <string.h>

#define DECIMAL(coefficient, exponent) kn_decimal_value((kn_decimal)KN_DECIMAL(coefficient, exponent))

static void check_print(const kn_value *value, const char *expected)
{
    char out[128];
    size_t size = kn_value_print(value, out, sizeof out);
    assert_string_equal(out, expected);
    assert_int_equal(size, strlen(expected));
}

static void test_value_print__as_a_person_reads_it(void **state)
{
    const struct {
        kn_value value;
        const char *text;
    } rows[] = {
        {kn_null(), "NULL"},
        {{.kind = KN_KIND_UNSET}, "UNSET"},
        {{.kind = KN_KIND_END_}, "?"},
        {{.kind = 65535}, "?"},
        {kn_bool(true), "true"},
        {kn_bool(false), "false"},
        {kn_int(0), "0"},
        {kn_int(-42), "-42"},
        {kn_int(INT64_MIN), "-9223372036854775808"},
        {kn_float(0.1), "0.1"},
        {kn_float(-2.5), "-2.5"},
        {DECIMAL(-1250, -2), "-12.50"},
        {DECIMAL(5, 3), "5000"},
        {DECIMAL(5, -3), "0.005"},
        {DECIMAL(-5, 99999), "-5e99999"},
        {DECIMAL(5, -99999), "5e-99999"},
        {DECIMAL(0, -99999), "0e-99999"},
        {kn_string(""), "''"},
        {kn_string("it's \\ here"), "'it\\'s \\\\ here'"},
        {kn_string("a\nb\x1b[0m\x7f"), "'a\\x0ab\\x1b[0m\\x7f'"},
        {kn_textn("a\0b", 3), "'a\\x00b'"},
        {kn_string("\xc3\xa9\xe2\x82\xac"), "'\xc3\xa9\xe2\x82\xac'"},
        {kn_string("\xff\xc3"), "'\\xff\\xc3'"},
        {kn_string("\xc2\x9b"), "'\\xc2\\x9b'"}, /* CSI, a control character */
        {kn_textn("abcd", 2), "'ab'"},
        {kn_textn(NULL, 0), "NULL pointer"},
        {kn_blob("\x00\xff\x5a", 3), "x'00ff5a'"},
        {kn_blob("", 0), "x''"},
        {kn_blob(NULL, 0), "NULL pointer"},
        {kn_date_value((kn_date){19782}), "2024-02-29"},
        {kn_time_value((kn_time){INT64_C(3723000004)}), "01:02:03.000004"},
        {kn_datetime_value((kn_datetime){INT64_C(1709210096789012)}), "2024-02-29T12:34:56.789012"},
        {kn_instant_value((kn_instant){INT64_C(1709210096789012)}), "2024-02-29T12:34:56.789012Z"},
        {kn_interval_value((kn_interval){-86400000000}), "-P1D"},
        {kn_date_value((kn_date){INT32_MAX}), "out of range"},
        {kn_time_value((kn_time){-1}), "out of range"},
        {kn_datetime_value((kn_datetime){INT64_MAX}), "out of range"},
        {kn_instant_value((kn_instant){INT64_MIN}), "out of range"},
        {kn_interval_value((kn_interval){INT64_MIN}), "-P106751991DT4H54.775808S"},
        {kn_any_value(kn_any_none()), "None"},
        {kn_any_value(NULL), "?"},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++)
        check_print(&rows[i].value, rows[i].text);
}

/* Plain up to 256 bytes. */
static void test_value_print__decimals_turn_to_an_exponent_when_long(void **state)
{
    kn_value plain = DECIMAL(1, 255), with_exponent = DECIMAL(1, 256);
    char out[512];
    (void)state;
    assert_int_equal(kn_value_print(&plain, out, sizeof out), 256);
    assert_int_equal(strspn(out + 1, "0"), 255);
    assert_int_equal(kn_value_print(&with_exponent, out, sizeof out), 5);
    assert_string_equal(out, "1e256");
}

static void test_value_print__what_does_not_fit_is_cut_at_a_character(void **state)
{
    const kn_value values[] = {
        kn_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and a tail that goes on"),
        kn_blob("0123456789012345678901234567890", 31),
        kn_instant_value((kn_instant){0}),
        kn_int(INT64_MIN),
        kn_any_value(kn_any_none()),
        DECIMAL(INT64_MAX, -3),
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(values); i++) {
        char whole[128];
        size_t length = kn_value_print(&values[i], whole, sizeof whole);
        for (size_t size = 0; size <= length + 1; size++) {
            char *out = malloc(size ? size : 1);
            assert_non_null(out);
            size_t written = kn_value_print(&values[i], out, size);
            if (size == 0) {
                assert_int_equal(written, 0);
            } else {
                assert_int_equal(written, strlen(out));
                assert_true(written < size);
                assert_true(kn_utf8_length(kn_text_of(out)) != SIZE_MAX);
            }
            if (size > 3 && size <= length) {
                assert_string_equal(out + written - 3, "...");
                assert_memory_equal(out, whole, written - 3);
            }
            if (size == length + 1)
                assert_string_equal(out, whole);
            free(out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_print__as_a_person_reads_it),
        cmocka_unit_test(test_value_print__decimals_turn_to_an_exponent_when_long),
        cmocka_unit_test(test_value_print__what_does_not_fit_is_cut_at_a_character),
    };
    return cmocka_run_group_tests_name("unit/type/value_print", tests, NULL, NULL);
}
