/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/plugin/option.h>

static const kn_option count = {.name = "count", .kind = KN_OPTION_INTEGER, .least = -10, .most = 100};
static const kn_option flag = {.name = "flag", .kind = KN_OPTION_BOOL};
static const kn_option mode = {.name = "mode", .kind = KN_OPTION_CHOICE, .choices = "ro|rw|rwc"};
static const kn_option one = {.name = "one", .kind = KN_OPTION_CHOICE, .choices = "only"};
static const kn_option text = {.name = "text", .kind = KN_OPTION_TEXT};

/* What is refused is in unit/engine/options. */
static void test_option__values_are_numbers(void **state)
{
    static const struct {
        const kn_option *option;
        const char *value;
        int64_t number;
    } cases[] = {
        {&count, "0", 0}, {&count, "-10", -10}, {&count, "100", 100}, {&count, "007", 7}, {&flag, "off", 0},
        {&flag, "on", 1}, {&flag, "false", 0},  {&flag, "true", 1},   {&flag, "0", 0},    {&flag, "1", 1},
        {&mode, "ro", 0}, {&mode, "rw", 1},     {&mode, "rwc", 2},    {&one, "only", 0},
    };

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        int64_t number = -1;
        if (!kn_option_number(cases[i].option, cases[i].value, &number) || number != cases[i].number)
            fail_msg("%s=%s: %lld", cases[i].option->name, cases[i].value, (long long)number);
    }
}

static void test_option__a_text_has_no_number(void **state)
{
    int64_t number = 0;

    (void)state;
    assert_false(kn_option_number(&text, "1", &number));
    assert_false(kn_option_number(&one, "", &number));
    assert_false(kn_option_number(&one, "on", &number));
    assert_false(kn_option_number(&one, "only|", &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option__values_are_numbers),
        cmocka_unit_test(test_option__a_text_has_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
