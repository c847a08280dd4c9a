/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include <koine/error.h>

#include "base/utf8.h"

static void test_error__every_status_has_a_name_and_a_text(void **state)
{
    (void)state;
    static const struct {
        kn_status status;
        const char *name;
    } all[] = {
#define KN_X(name, number, text) {(kn_status)(number), #name},
        KN_STATUS_MAP(KN_X)
#undef KN_X
    };
    for (size_t i = 0; i < KN_COUNT_OF(all); i++) {
        assert_string_equal(kn_status_name(all[i].status), all[i].name);
        assert_string_not_equal(kn_status_text(all[i].status), "unknown status");
        assert_true(strlen(kn_status_text(all[i].status)) > 0);
    }
    assert_string_equal(kn_status_name(KN_UNIQUE), "UNIQUE");
    assert_string_equal(kn_status_text(KN_NOMEM), "out of memory");
    assert_string_equal(kn_status_name((kn_status)1234), "?");
    assert_string_equal(kn_status_text((kn_status)1234), "unknown status");
}

static void test_error__set_fills_and_returns(void **state)
{
    (void)state;
    kn_error error;
    memset(&error, 0xA5, sizeof error);
    assert_int_equal(kn_error_set(&error, KN_LIMIT, "%d of %s", 3, "four"), KN_LIMIT);
    assert_int_equal(error.status, KN_LIMIT);
    assert_string_equal(error.message, "3 of four");
    assert_int_equal(error.native, 0);
    assert_string_equal(error.sqlstate, "");
    assert_string_equal(error.constraint, "");
    assert_int_equal(kn_error_set(NULL, KN_STATE, "x"), KN_STATE);
}

static void test_error__arguments_may_come_from_the_old_message(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_error_set(&error, KN_IO, "disk on fire");
    kn_error_set(&error, KN_SERVER, "while writing: %s", error.message);
    assert_string_equal(error.message, "while writing: disk on fire");
    kn_error_prefix(&error, "table %s", "t");
    assert_string_equal(error.message, "table t: while writing: disk on fire");
    assert_int_equal(error.status, KN_SERVER);
    kn_error_prefix(NULL, "x");
}

static void test_error__clear_empties(void **state)
{
    (void)state;
    kn_error error, zero;
    memset(&zero, 0, sizeof zero);
    kn_error_set(&error, KN_IO, "x");
    error.native = 5;
    kn_error_clear(&error);
    assert_memory_equal(&error, &zero, sizeof zero);
    kn_error_clear(NULL);
}

static void test_error__control_and_invalid_bytes_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *clean;
    } cases[] = {
        {"a\nb", "a\\x0ab"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\x7f\t\r", "\\x7f\\x09\\x0d"},
        {"latin1 \xe9t\xe9", "latin1 \\xe9t\\xe9"},
        {"\xc2\x9b", "\\xc2\\x9b"}, /* U+009B, CSI */
        {"\xc2\xa0|", "\xc2\xa0|"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"back\\slash", "back\\slash"},
    };
    kn_error error;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_error_set(&error, KN_SERVER, "%s", cases[i].raw);
        assert_string_equal(error.message, cases[i].clean);
        kn_error_prefix(&error, "p");
        assert_string_equal(error.message + 3, cases[i].clean); /* not escaped twice */
    }
}

/* Messages of every length around the border, made of characters of 1 to 4 bytes and of escapes. */
static void test_error__long_message_is_cut_at_a_character_border(void **state)
{
    (void)state;
    static const char *const units[] = {"a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\n"};
    static const size_t written[] = {1, 2, 3, 4, 4};
    const size_t room = sizeof((kn_error *)0)->message - 1;
    for (size_t u = 0; u < KN_COUNT_OF(units); u++) {
        for (size_t padding = 0; padding < 5; padding++) {
            for (size_t count = 100; count < 900; count++) {
                char raw[4096] = "";
                memset(raw, 'x', padding);
                size_t at = padding, unit = strlen(units[u]);
                for (size_t i = 0; i < count; i++, at += unit)
                    memcpy(raw + at, units[u], unit + 1);
                kn_error error;
                memset(&error, 0xA5, sizeof error);
                kn_error_set(&error, KN_SERVER, "%s", raw);
                size_t whole = padding + count * written[u], size = strlen(error.message);
                assert_true(kn__utf8_length(error.message, size) != SIZE_MAX);
                if (whole <= room) {
                    assert_int_equal(size, whole);
                    continue;
                }
                assert_true(size <= room && size + written[u] > room);
                assert_string_equal(error.message + size - 3, "...");
                assert_int_equal((size - 3 - padding) % written[u], 0);
            }
        }
    }
}

static void test_error__prefix_keeps_the_start_of_a_long_message(void **state)
{
    (void)state;
    kn_error error;
    kn_error_set(&error, KN_SERVER, "%0600d", 1);
    kn_error_prefix(&error, "%s", "here is a prefix that pushes the end out");
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_memory_equal(error.message, "here is a prefix that pushes the end out: 0000", 46);
    assert_string_equal(error.message + sizeof error.message - 5, "0...");
}

static void test_error__a_long_prefix_leaves_the_message(void **state)
{
    (void)state;
    kn_error error;
    kn_error_set(&error, KN_TOO_LONG, "a name of %d bytes", 10000);
    kn_error_prefix(&error, "%0600d", 1);
    assert_int_equal(strlen(error.message), 199 + strlen(": a name of 10000 bytes"));
    assert_memory_equal(error.message, "0000", 4);
    assert_string_equal(error.message + 196, "...: a name of 10000 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__every_status_has_a_name_and_a_text),
        cmocka_unit_test(test_error__set_fills_and_returns),
        cmocka_unit_test(test_error__arguments_may_come_from_the_old_message),
        cmocka_unit_test(test_error__clear_empties),
        cmocka_unit_test(test_error__control_and_invalid_bytes_are_escaped),
        cmocka_unit_test(test_error__long_message_is_cut_at_a_character_border),
        cmocka_unit_test(test_error__prefix_keeps_the_start_of_a_long_message),
        cmocka_unit_test(test_error__a_long_prefix_leaves_the_message),
    };
    return cmocka_run_group_tests_name("unit/base/error", tests, NULL, NULL);
}
