/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "expr/pair.h"

#include <string.h>

static bool equal(const kn_expr *a, const kn_expr *b)
{
    kn__pair ab = kn__pair_begin(), ba = kn__pair_begin(), aa = kn__pair_begin(), bb = kn__pair_begin();
    kn__pair_expr(&ab, a, b);
    kn__pair_expr(&ba, b, a);
    kn__pair_expr(&aa, a, a);
    kn__pair_expr(&bb, b, b);
    assert_int_equal(ab.equal, ba.equal);
    assert_true(aa.equal && bb.equal);
    assert_int_equal(ab.equal, kn__hash_end(aa.hash) == kn__hash_end(bb.hash));
    return ab.equal;
}

static kn_value wide(const char *digits, uint8_t sign)
{
    kn_decimal d = {.u = {.digits = digits}, .n = (uint16_t)strlen(digits), .form = 1, .sign = sign};
    return kn_decimal_value(d);
}

/* Every value equals a copy of itself at another address, and none of the others. */
static void test_pair__values_are_compared_by_what_they_are(void **state)
{
    (void)state;
    static const char one[] = "1234567890123456789012345678901234567890",
                      two[] = "1234567890123456789012345678901234567891";
    char text[] = "text", bytes[] = "text", copy[sizeof one];
    memcpy(copy, one, sizeof one);
    kn_arena arena = {0};
    const kn_value values[] = {
        {0},
        kn_null(),
        kn_bool(false),
        kn_bool(true),
        kn_int(0),
        kn_int(1),
        kn_int(-1),
        kn_float(0),
        kn_float(0.5),
        kn_float(-0.5),
        kn_textn(text, 4),
        kn_textn(text, 3),
        kn_textn("", 0),
        kn_blob(bytes, 4),
        kn_blob(bytes, 0),
        kn_decimal_value(kn_decimal_of(5, 0)),
        kn_decimal_value(kn_decimal_of(-5, 0)),
        kn_decimal_value(kn_decimal_of(50, -1)),
        kn_decimal_value((kn_decimal){.u = {.word = {5, 1}}}),
        wide(one, 0),
        wide(one, 1),
        wide(two, 0),
        kn_date_value((kn_date){1}),
        kn_date_value((kn_date){-1}),
        kn_time_value((kn_time){1}),
        kn_datetime_value((kn_datetime){1}),
        kn_instant_value((kn_instant){1}),
        kn_interval_value((kn_interval){1}),
        kn_any_value(kn_any_none()),
        kn_any_value(kn_any_bool(true)),
    };
    for (size_t i = 0; i < KN_COUNT_OF(values); i++) {
        for (size_t j = 0; j < KN_COUNT_OF(values); j++) {
            const kn_expr a = {.node = {KN_NODE_VALUE, sizeof a, 0}, .value = values[i]};
            const kn_expr b = {.node = {KN_NODE_VALUE, sizeof b, 0}, .value = values[j]};
            assert_int_equal(equal(&a, &b), i == j);
        }
    }
    assert_true(
        equal(KN_TEXT("text"), &(kn_expr){.node = {KN_NODE_VALUE, sizeof(kn_expr), 0}, .value = kn_textn(text, 4)}));
    assert_true(equal(KN_VALUE(wide(one, 0)), KN_VALUE(wide(copy, 0))));
    const kn_any *items[] = {kn_any_int(&arena, 1)};
    const kn_any *list = kn_any_list(&arena, items, 1), *same = kn_any_list(&arena, items, 1);
    assert_true(equal(KN_VALUE(kn_any_value(list)), KN_VALUE(kn_any_value(same))));
    kn_arena_finish(&arena);
}

static kn_status give(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context, (void)arena, (void)out, (void)error;
    return KN_OK;
}

static void test_pair__nodes_are_compared_by_what_they_are(void **state)
{
    (void)state;
    const kn_expr *const nodes[] = {
        NULL,
        KN_INT(1),
        KN_RAW("1"),
        KN_RAW("2"),
        KN_RAW_OF("1", KN_INTEGER),
        KN_ARG(0),
        KN_ARG(1),
        KN_ARG(0, KN_DATE),
        KN_ARG(0, KN_STRING(3)),
        KN_ARG(0, KN_STRING(4)),
        KN_ARG(0, KN_NUMERIC(3, 1)),
        KN_ARG(0, KN_NUMERIC(4, 1)),
        KN_ARG(0, KN_NUMERIC(3, 2)),
        KN_NOW,
        KN_ALL_ROWS,
        KN_CALL(give, NULL),
        KN_NOT(KN_ARG(0)),
        KN_IS_NULL(KN_ARG(0)),
        KN_AND(KN_ARG(0)),
        KN_AND(KN_ARG(0), KN_ARG(1)),
        KN_AND(KN_ARG(1), KN_ARG(0)),
        KN_AND(KN_ARG(0), KN_AND(KN_ARG(1))),
        KN_COL_NAMED(NULL, "a"),
        KN_COL_NAMED(NULL, "b"),
        KN_COUNT_ROWS,
    };
    for (size_t i = 0; i < KN_COUNT_OF(nodes); i++) {
        for (size_t j = 0; j < KN_COUNT_OF(nodes); j++)
            assert_int_equal(equal(nodes[i], nodes[j]), i == j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair__values_are_compared_by_what_they_are),
        cmocka_unit_test(test_pair__nodes_are_compared_by_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
