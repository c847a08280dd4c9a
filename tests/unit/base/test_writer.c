/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "base/writer.h"

#include <string.h>

static void test_writer__what_fits_is_whole(void **state)
{
    char out[12];
    kn__writer w = kn__writer_of(out, sizeof out);
    (void)state;
    kn__writer_string(&w, "abc");
    kn__writer_char(&w, '=');
    kn__writer_int(&w, -123456);
    assert_false(w.is_cut);
    assert_int_equal(kn__writer_end(&w), 11);
    assert_string_equal(out, "abc=-123456");
}

static void test_writer__numbers_of_all_lengths(void **state)
{
    static const struct {
        int64_t n;
        const char *text;
    } rows[] = {{0, "0"},
                {9, "9"},
                {10, "10"},
                {-1, "-1"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        char out[32];
        kn__writer w = kn__writer_of(out, sizeof out);
        kn__writer_int(&w, rows[i].n);
        assert_int_equal(kn__writer_end(&w), strlen(rows[i].text));
        assert_string_equal(out, rows[i].text);
    }
}

static void test_writer__what_does_not_fit_ends_in_dots(void **state)
{
    static const char *const cut[] = {NULL, "", ".", "..", "...", "a...", "ab...", "abc...", "abcdefgh"};
    (void)state;
    for (size_t size = 0; size < KN_COUNT_OF(cut); size++) {
        const char *text = size == 8 ? "abcdefgh" : "abcdefghi";
        char out[16];
        kn__writer w = kn__writer_of(out, size == 8 ? 9 : size);
        memset(out, '#', sizeof out);
        kn__writer_append(&w, text, 3);
        kn__writer_string(&w, text + 3);
        size_t written = kn__writer_end(&w);
        assert_int_equal(written, cut[size] ? strlen(cut[size]) : 0);
        if (cut[size])
            assert_string_equal(out, cut[size]);
        else
            assert_int_equal(out[0], '#');
    }
}

static void test_writer__characters_are_never_split(void **state)
{
    static const char *const cut[] = {"...", "a...", "a...", "a\xc3\xa9...", "a\xc3\xa9...", "a\xc3\xa9..."};
    (void)state;
    /* a, e acute (2 bytes), euro (3 bytes), and a tail */
    for (size_t i = 0; i < KN_COUNT_OF(cut); i++) {
        char out[16];
        kn__writer w = kn__writer_of(out, i + 4);
        kn__writer_string(&w, "a\xc3\xa9\xe2\x82\xac"
                              "bcdefghijk");
        assert_int_equal(kn__writer_end(&w), strlen(cut[i]));
        assert_string_equal(out, cut[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer__what_fits_is_whole),
        cmocka_unit_test(test_writer__numbers_of_all_lengths),
        cmocka_unit_test(test_writer__what_does_not_fit_ends_in_dots),
        cmocka_unit_test(test_writer__characters_are_never_split),
    };
    return cmocka_run_group_tests_name("unit/base/writer", tests, NULL, NULL);
}
