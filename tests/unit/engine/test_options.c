/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/failing_allocator.h"

#include <koine/koine.h>

#include "engine/engine.h"

static const kn_option known[] = {
    {.name = "name", .kind = KN_OPTION_TEXT},
    {.name = "count", .kind = KN_OPTION_INTEGER, .fallback = "5", .least = -10, .most = 100},
    {.name = "any", .kind = KN_OPTION_INTEGER, .least = INT64_MIN, .most = INT64_MAX},
    {.name = "on", .kind = KN_OPTION_BOOL, .fallback = "off"},
    {.name = "mode", .kind = KN_OPTION_CHOICE, .choices = "ro|rw|rwc"},
    {.name = "token", .kind = KN_OPTION_TEXT, .secret = 1},
    {.name = "odd", .kind = 99},
    {.name = NULL},
};
static const kn_driver driver = {KN_DRIVER_INIT, .name = "driver", .options = known};
static const kn_driver bare = {KN_DRIVER_INIT, .name = "bare"};

static kn_status read_options(const kn_driver *of, const kn_url_option *options, size_t n, kn_arena *arena,
                              const char *const **out, kn_error *error)
{
    const kn_url url = {.size_ = sizeof(url), .dialect = "x", .options = options, .n_options = n};

    return kn__options_read(&url, of, arena, out, error);
}

static void test_options__values_take_their_row_and_the_others_their_fallback(void **state)
{
    static const kn_url_option given[] = {{"mode", "rw"}, {"name", ""}};
    const char *const *values = NULL;
    kn_arena arena = {0};

    (void)state;
    assert_int_equal(read_options(&driver, given, 2, &arena, &values, NULL), KN_OK);
    assert_string_equal(values[0], "");
    assert_string_equal(values[1], "5");
    assert_null(values[2]);
    assert_string_equal(values[3], "off");
    assert_string_equal(values[4], "rw");
    assert_null(values[5]);
    assert_int_equal(read_options(&driver, NULL, 0, &arena, &values, NULL), KN_OK);
    assert_string_equal(values[1], "5");
    assert_int_equal(read_options(&bare, NULL, 0, &arena, &values, NULL), KN_OK);
    kn_arena_finish(&arena);
}

static void test_options__each_kind_takes_its_values_only(void **state)
{
    static const struct {
        const char *name, *value;
        bool fits;
    } cases[] = {
        {"count", "0", true},
        {"count", "-10", true},
        {"count", "100", true},
        {"count", "007", true},
        {"count", "-0", true},
        {"count", "-11", false},
        {"count", "101", false},
        {"count", "", false},
        {"count", "-", false},
        {"count", "+1", false},
        {"count", "--1", false},
        {"count", " 1", false},
        {"count", "1 ", false},
        {"count", "1.0", false},
        {"count", "0x1", false},
        {"count", "1e1", false},
        {"count", "\xd9\xa1", false},
        {"any", "999999999999999999", true},
        {"any", "-999999999999999999", true}, /* eighteen digits; more could wrap */
        {"any", "9223372036854775808", false},
        {"any", "99999999999999999999999999", false},
        {"on", "on", true},
        {"on", "off", true},
        {"on", "true", true},
        {"on", "false", true},
        {"on", "1", true},
        {"on", "0", true},
        {"on", "yes", false},
        {"on", "ON", false},
        {"on", "", false},
        {"on", "o", false},
        {"on", "onn", false},
        {"on", "on|off", false},
        {"mode", "ro", true},
        {"mode", "rw", true},
        {"mode", "rwc", true},
        {"mode", "r", false},
        {"mode", "rwcx", false},
        {"mode", "", false},
        {"mode", "ro|rw", false},
        {"mode", "|", false},
        {"mode", "rw|", false},
        {"mode", "RO", false},
        {"name", "anything|at all", true},
    };

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        const kn_url_option given = {cases[i].name, cases[i].value};
        const char *const *values = NULL;
        kn_error error = {0};
        kn_arena arena = {0};
        kn_status status = read_options(&driver, &given, 1, &arena, &values, &error);
        if (status != (cases[i].fits ? KN_OK : KN_INVALID))
            fail_msg("%s=%s: %s", cases[i].name, cases[i].value, kn_status_name(status));
        if (status == KN_INVALID) {
            assert_null(values);
            assert_non_null(strstr(error.message, cases[i].name));
        }
        kn_arena_finish(&arena);
    }
}

static void test_options__a_refused_value_is_not_repeated(void **state)
{
    static const char *const names[] = {"count", "on", "mode"};
    const char *const *values = NULL;
    kn_arena arena = {0};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        const kn_url_option given = {names[i], "hunter2"};
        kn_error error = {0};
        assert_int_equal(read_options(&driver, &given, 1, &arena, &values, &error), KN_INVALID);
        assert_null(strstr(error.message, "hunter2"));
    }
    kn_arena_finish(&arena);
}

static void test_options__an_unknown_one_is_told_with_those_that_are_known(void **state)
{
    static const kn_url_option given[] = {{"cuont", "1"}}, at[] = {{"cuont", "1"}, {"x", "rest@host"}};
    const char *const *values = NULL;
    kn_arena arena = {0};
    kn_error error = {0};

    (void)state;
    assert_int_equal(read_options(&driver, given, 1, &arena, &values, &error), KN_INVALID);
    assert_non_null(strstr(error.message, "'cuont'"));
    assert_non_null(strstr(error.message, "name, count, any, on, mode"));
    assert_int_equal(read_options(&bare, given, 1, &arena, &values, &error), KN_INVALID);
    assert_non_null(strstr(error.message, "none"));
    assert_int_equal(read_options(&driver, at, 2, &arena, &values, &error), KN_INVALID);
    assert_null(strstr(error.message, "cuont"));
    assert_null(strstr(error.message, "rest"));
    kn_arena_finish(&arena);
}

static void test_options__a_kind_that_is_none_is_the_drivers_fault(void **state)
{
    static const kn_url_option given = {"odd", "1"};
    const char *const *values = NULL;
    kn_arena arena = {0};
    kn_error error = {0};

    (void)state;
    assert_int_equal(read_options(&driver, &given, 1, &arena, &values, &error), KN_INCOMPLETE);
    assert_non_null(strstr(error.message, "odd"));
    kn_arena_finish(&arena);
}

static kn_status read_with(const kn_allocator *allocator, void *context)
{
    static const kn_url_option given = {"mode", "rw"};
    const char *const *values = NULL;
    kn_arena arena;
    kn_status status;

    (void)context;
    kn_arena_init(&arena, allocator, 0);
    status = read_options(&driver, &given, 1, &arena, &values, NULL);
    kn_arena_finish(&arena);
    return status;
}

static void test_options__memory_may_be_out(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(read_with, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options__values_take_their_row_and_the_others_their_fallback),
        cmocka_unit_test(test_options__each_kind_takes_its_values_only),
        cmocka_unit_test(test_options__a_refused_value_is_not_repeated),
        cmocka_unit_test(test_options__an_unknown_one_is_told_with_those_that_are_known),
        cmocka_unit_test(test_options__a_kind_that_is_none_is_the_drivers_fault),
        cmocka_unit_test(test_options__memory_may_be_out),
    };
    return cmocka_run_group_tests_name("unit/engine/options", tests, NULL, NULL);
}
