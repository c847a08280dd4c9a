/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/type.h>

#include <string.h>

#define LABEL_OF_63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const kn_enum mood =
    KN_ENUM_TYPE("mood", KN_LABEL(-3, "calm"), KN_LABEL(INT32_MAX, "loud"), KN_LABEL(0, "\xc3\xa9"));

static void test_enum__labels_of_constants(void **state)
{
    (void)state;
    assert_string_equal(kn_enum_label(&mood, -3), "calm");
    assert_string_equal(kn_enum_label(&mood, INT32_MAX), "loud");
    assert_string_equal(kn_enum_label(&mood, 0), "\xc3\xa9");
    assert_null(kn_enum_label(&mood, 1));
    assert_null(kn_enum_label(&mood, INT32_MIN));
}

static void test_enum__constants_of_labels_are_found_by_exact_bytes(void **state)
{
    static const struct {
        kn_text label;
        bool found;
        int32_t value;
    } rows[] = {
        {{"calm", 4}, true, -3},    {{"calmer", 4}, true, -3},  {{"loud", 4}, true, INT32_MAX},
        {{"\xc3\xa9", 2}, true, 0}, {{"Calm", 4}, false, 42},   {{"calm ", 5}, false, 42},
        {{"cal", 3}, false, 42},    {{"calm\0", 5}, false, 42}, {{"c\0lm", 4}, false, 42},
        {{"", 0}, false, 42},       {{NULL, 0}, false, 42},     {{"\xc3", 1}, false, 42},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        int32_t value = 42;
        assert_int_equal(kn_enum_value(&mood, rows[i].label, &value), rows[i].found);
        assert_int_equal(value, rows[i].value);
    }
}

static const struct {
    kn_enum e;
    const char *says; /* NULL = sound */
} declarations[] = {
    {KN_ENUM_TYPE("e", KN_LABEL(1, "a")), NULL},
    {KN_ENUM_TYPE("e", KN_LABEL(1, LABEL_OF_63)), NULL},
    {KN_ENUM_TYPE("e", KN_LABEL(1, LABEL_OF_63 "h")), "64 bytes"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "a"), KN_LABEL(2, "")), "0 bytes"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, " a b")), NULL},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "a ")), "ends in a space"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, " ")), "ends in a space"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "\xc3\xa9")), NULL},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "\xc3")), "not UTF-8"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "\xed\xa0\x80")), "not UTF-8"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "a"), KN_LABEL(2, "b"), KN_LABEL(3, "a")), "case"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "Zebra"), KN_LABEL(2, "zEbra")), "case"},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "a"), KN_LABEL(2, "ab")), NULL},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "@"), KN_LABEL(2, "`")), NULL}, /* 0x40 and 0x60 are no letters */
    {KN_ENUM_TYPE("e", KN_LABEL(1, "["), KN_LABEL(2, "{")), NULL},
    {KN_ENUM_TYPE("e", KN_LABEL(1, "\xc3\x89"), KN_LABEL(2, "\xc3\xa9")), NULL}, /* ASCII folding only */
    {KN_ENUM_TYPE("e", KN_LABEL(1, "a"), KN_LABEL(1, "b")), "one value"},
    {KN_ENUM_TYPE("e", KN_LABEL(INT32_MIN, "a"), KN_LABEL(INT32_MAX, "b")), NULL},
    {KN_ENUM_TYPE(NULL, KN_LABEL(1, "a")), "no name"},
    {KN_ENUM_TYPE("", KN_LABEL(1, "a")), "no name"},
    {KN_ENUM_TYPE("\xff", KN_LABEL(1, "a")), "no name"},
    {{.size_ = sizeof(kn_enum), .name = "e", .labels = NULL}, "no labels"},
    {KN_ENUM_TYPE("e", {.label = NULL}), "no labels"},
    {{.name = "e"}, "size_"},
};

static void test_enum__declarations_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(declarations); i++) {
        kn_type type = KN_TYPE(KN_ENUM(declarations[i].e));
        kn_error error = {0};
        assert_int_equal(kn_type_check(&type, &error), declarations[i].says ? KN_INVALID : KN_OK);
        if (declarations[i].says && !strstr(error.message, declarations[i].says))
            fail_msg("\"%s\" does not say \"%s\"", error.message, declarations[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enum__labels_of_constants),
        cmocka_unit_test(test_enum__constants_of_labels_are_found_by_exact_bytes),
        cmocka_unit_test(test_enum__declarations_are_checked),
    };
    return cmocka_run_group_tests_name("unit/type/enum", tests, NULL, NULL);
}
