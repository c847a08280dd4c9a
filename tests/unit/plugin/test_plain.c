/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/plugin/plain.h>
#include <string.h>

#define LONGEST 70

/* ASCII from 1 to 127, at any place in memory. */
static char *text_at(char room[2 * LONGEST], size_t shift, size_t size)
{
    for (size_t i = 0; i < size; i++)
        room[shift + i] = (char)(1 + (i * 37 + size + 126) % 127);
    return room + shift;
}

static bool copies(const char *data, size_t size)
{
    char out[LONGEST + 2];
    bool good;

    memset(out, '#', sizeof out);
    good = kn_plain_text_copy(out + 1, data, size);
    assert_int_equal(out[0], '#');
    assert_int_equal(out[size + 1], '#');
    if (good)
        assert_memory_equal(out + 1, data, size);
    return good;
}

static void test_plain__ascii_of_eight_bytes_and_more_is_told(void **state)
{
    char room[2 * LONGEST];

    (void)state;
    for (size_t size = 0; size <= LONGEST; size++)
        for (size_t shift = 0; shift < 16; shift++) {
            const char *data = text_at(room, shift, size);
            assert_int_equal(kn_plain_text(data, size), size >= 8);
            assert_int_equal(copies(data, size), size >= 8);
        }
}

static void test_plain__one_byte_that_is_not_ascii_or_is_nul_is_told_wherever_it_stands(void **state)
{
    static const char bad[] = {'\0', '\x80', '\xc3', '\xff'};
    char room[2 * LONGEST];

    (void)state;
    for (size_t size = 8; size <= LONGEST; size++)
        for (size_t at = 0; at < size; at++)
            for (size_t i = 0; i < sizeof bad; i++) {
                char *data = text_at(room, 3, size);
                data[at] = bad[i];
                assert_false(kn_plain_text(data, size));
                assert_false(copies(data, size));
            }
}

static void test_plain__what_stands_beside_the_text_does_not_count(void **state)
{
    char room[2 * LONGEST];

    (void)state;
    for (size_t size = 8; size <= LONGEST; size++) {
        memset(room, '\xff', sizeof room);
        assert_true(kn_plain_text(text_at(room, 5, size), size));
    }
}

static void test_plain__decimals_of_the_exponent_below_the_bound_are_told(void **state)
{
    static const struct {
        kn_decimal d;
        bool plain;
    } cases[] = {
        {{.u = {.word = {1, 0}}, .exponent = -2}, true},
        {{.u = {.word = {999, 0}}, .exponent = -2, .sign = 1}, true},
        {{.u = {.word = {1000, 0}}, .exponent = -2}, false},
        {{.u = {.word = {0, 0}}, .exponent = -2}, false},
        {{.u = {.word = {1, 1}}, .exponent = -2}, false},
        {{.u = {.word = {1, 0}}, .exponent = -1}, false},
        {{.u = {.digits = "1"}, .n = 1, .form = 1, .exponent = -2}, false},
    };

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++)
        assert_int_equal(kn_plain_decimal(&cases[i].d, -2, 1000), cases[i].plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain__ascii_of_eight_bytes_and_more_is_told),
        cmocka_unit_test(test_plain__one_byte_that_is_not_ascii_or_is_nul_is_told_wherever_it_stands),
        cmocka_unit_test(test_plain__what_stands_beside_the_text_does_not_count),
        cmocka_unit_test(test_plain__decimals_of_the_exponent_below_the_bound_are_told),
    };
    return cmocka_run_group_tests_name("unit/plugin/plain", tests, NULL, NULL);
}
