/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "sql/compile.h"

typedef struct change_case {
    kn_bind_change change;
    const char *in, *out; /* out NULL = refused */
} change_case;

static const change_case cases[] = {
    {KN_BIND_AS_IT_IS, "a%b_\\", "a%b_\\"},
    {KN_BIND_CONTAINS, "a%b_\\", "%a\\%b\\_\\\\%"},
    {KN_BIND_CONTAINS, "", "%%"},
    {KN_BIND_STARTS_WITH, "50%", "50\\%%"},
    {KN_BIND_ENDS_WITH, "_x", "%\\_x"},
    {KN_BIND_GLOB, "a%b_", "a*b?"},
    {KN_BIND_GLOB, "\\%\\_\\\\", "%_\\"},
    {KN_BIND_GLOB, "*?[]", "[*][?][[]]"},
    {KN_BIND_GLOB, "\\*", "[*]"},
    {KN_BIND_GLOB, "abc\\", NULL},
    {KN_BIND_GLOB, "\xc3\xa4_", "\xc3\xa4?"},
    {KN_BIND_GLOB_STARTS_WITH, "a*%", "a[*]%*"},
    {KN_BIND_GLOB_ENDS_WITH, "[x]", "*[[]x]"},
};

static void test_change__makes_plain_text_and_like_patterns_what_the_dialect_wants(void **state)
{
    kn_arena arena;

    (void)state;
    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_value value = kn_string(cases[i].in);
        kn_status status = kn__bind_change_apply(cases[i].change, &arena, &value, NULL);
        assert_int_equal(status, cases[i].out ? KN_OK : KN_MALFORMED);
        if (cases[i].out)
            assert_true(
                kn_text_equal(cases[i].change == KN_BIND_AS_IT_IS ? kn_text_of(value.as.text.data) : value.as.text,
                              kn_text_of(cases[i].out)));
    }
    kn_arena_finish(&arena);
}

static void test_change__refuses_null_other_kinds_and_negative_counts(void **state)
{
    kn_value null = kn_null(), number = kn_int(5), negative = kn_int(-1), text = kn_string("5");
    kn_arena arena;

    (void)state;
    kn_arena_init(&arena, NULL, 0);
    assert_int_equal(kn__bind_change_apply(KN_BIND_CONTAINS, &arena, &null, NULL), KN_NULL_VALUE);
    assert_int_equal(kn__bind_change_apply(KN_BIND_CONTAINS, &arena, &number, NULL), KN_TYPE_MISMATCH);
    assert_int_equal(kn__bind_change_apply(KN_BIND_COUNT, &arena, &null, NULL), KN_NULL_VALUE);
    assert_int_equal(kn__bind_change_apply(KN_BIND_COUNT, &arena, &number, NULL), KN_OK);
    assert_int_equal(kn__bind_change_apply(KN_BIND_COUNT, &arena, &negative, NULL), KN_OUT_OF_RANGE);
    assert_int_equal(kn__bind_change_apply(KN_BIND_COUNT, &arena, &text, NULL), KN_TYPE_MISMATCH);
    assert_int_equal(kn__bind_change_apply((kn_bind_change)99, &arena, &text, NULL), KN_INVALID);
    kn_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_change__makes_plain_text_and_like_patterns_what_the_dialect_wants),
        cmocka_unit_test(test_change__refuses_null_other_kinds_and_negative_counts),
    };
    return cmocka_run_group_tests_name("unit/sql/change", tests, NULL, NULL);
}
