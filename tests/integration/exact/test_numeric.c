/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Numeric, at precisions on both sides of every border: 15 digits (what a double holds), 38 (what a kn_decimal holds
 * inline), 65 and 30 (what every server has), 1000. The cases are made of digits for each precision and scale. */
#include "exact_run.h"

EXACT_BOX(Numeric_12_2, "exact_numeric_12_2", kn_decimal, KN_NUMERIC(12, 2));
EXACT_BOX(Numeric_12_2_opt, "exact_numeric_12_2_opt", kn_opt_decimal, KN_NUMERIC(12, 2));
EXACT_BOX(Numeric_1_0, "exact_numeric_1_0", kn_opt_decimal, KN_NUMERIC(1, 0));
EXACT_BOX(Numeric_1_1, "exact_numeric_1_1", kn_opt_decimal, KN_NUMERIC(1, 1));
EXACT_BOX(Numeric_15_0, "exact_numeric_15_0", kn_opt_decimal, KN_NUMERIC(15, 0));
EXACT_BOX(Numeric_15_15, "exact_numeric_15_15", kn_opt_decimal, KN_NUMERIC(15, 15));
EXACT_BOX(Numeric_15_7, "exact_numeric_15_7", kn_opt_decimal, KN_NUMERIC(15, 7));
EXACT_BOX(Numeric_16_4, "exact_numeric_16_4", kn_decimal, KN_NUMERIC(16, 4));
EXACT_BOX(Numeric_16_16, "exact_numeric_16_16", kn_opt_decimal, KN_NUMERIC(16, 16));
EXACT_BOX(Numeric_38_20, "exact_numeric_38_20", kn_opt_decimal, KN_NUMERIC(38, 20));
EXACT_BOX(Numeric_38_0, "exact_numeric_38_0", kn_decimal, KN_NUMERIC(38, 0));
EXACT_BOX(Numeric_39_1, "exact_numeric_39_1", kn_opt_decimal, KN_NUMERIC(39, 1));
EXACT_BOX(Numeric_65_30, "exact_numeric_65_30", kn_opt_decimal, KN_NUMERIC(65, 30));
EXACT_BOX(Numeric_1000_500, "exact_numeric_1000_500", kn_opt_decimal, KN_NUMERIC(1000, 500));
EXACT_BOX(Numeric_1000_0, "exact_numeric_1000_0", kn_decimal, KN_NUMERIC(1000, 0));

/* Cases of one column while they are made. */
typedef struct Maker {
    kn_arena arena;
    Exact_case cases[64];
    size_t n;
    uint32_t whole, scale; /* digits before and after the point */
} Maker;

static void add(Maker *maker, const char *name, const char *text, kn_status status)
{
    Exact_case *c = &maker->cases[maker->n++];
    kn_decimal d;
    kn_error error = {0};

    assert_true(maker->n <= KN_COUNT_OF(maker->cases));
    if (kn_decimal_parse(kn_text_of(text), &maker->arena, &d, &error) != KN_OK)
        fail_msg("'%s': %s", name, error.message);
    *c = (Exact_case){name, kn_decimal_value(d), status};
}

/* sign, `whole` digits, point, `fraction` digits, `tail`; the digits repeat `pattern`. */
static const char *digits(Maker *maker, const char *sign, uint32_t whole, uint32_t fraction, const char *pattern,
                          const char *tail)
{
    size_t length = strlen(pattern), at = strlen(sign);
    char *text = kn_arena_zalloc(&maker->arena, strlen(sign) + whole + fraction + strlen(tail) + 3);

    memcpy(text, sign, at);
    if (!whole)
        text[at++] = '0';
    for (uint32_t i = 0; i < whole; i++)
        text[at++] = pattern[i % length];
    if (fraction || tail[0])
        text[at++] = '.';
    for (uint32_t i = 0; i < fraction; i++)
        text[at++] = pattern[(whole + i) % length];
    memcpy(text + at, tail, strlen(tail));
    return text;
}

/* The smallest number of `scale` digits after the point: 0.00...01. */
static const char *step(Maker *maker, const char *sign, uint32_t scale)
{
    char *text = kn_arena_zalloc(&maker->arena, scale + 8);

    snprintf(text, scale + 8, "%s%s", sign, scale ? "0." : "1");
    if (!scale)
        return text;
    for (uint32_t i = 1; i < scale; i++)
        memcpy(text + strlen(text), "0", 2);
    memcpy(text + strlen(text), "1", 2);
    return text;
}

static const char *power(Maker *maker, const char *sign, uint32_t exponent)
{
    char *text = kn_arena_zalloc(&maker->arena, 24);

    snprintf(text, 24, "%s1e%u", sign, exponent);
    return text;
}

static void add_good(Maker *maker)
{
    uint32_t whole = maker->whole, scale = maker->scale;

    add(maker, "maximum", digits(maker, "", whole, scale, "9", ""), KN_OK);
    add(maker, "minimum", digits(maker, "-", whole, scale, "9", ""), KN_OK);
    add(maker, "maximum with zeros behind", digits(maker, "", whole, scale, "9", "000000"), KN_OK);
    add(maker, "smallest step", step(maker, "", scale), KN_OK);
    add(maker, "smallest step down", step(maker, "-", scale), KN_OK);
    add(maker, "zero", "0", KN_OK);
    add(maker, "negative zero", "-0", KN_OK);
    add(maker, "zero with a long fraction", "-0.00000000000000000000000000000000000000000000", KN_OK);
    add(maker, "zero with a large exponent", "0e9000", KN_OK);
    add(maker, "zero with a small exponent", "-0e-9000", KN_OK);
    add(maker, "counting digits", digits(maker, "", whole, scale, "1234567890", ""), KN_OK);
    add(maker, "counting digits below zero", digits(maker, "-", whole, scale, "1234567890", ""), KN_OK);
    add(maker, "threes", digits(maker, "", whole, scale, "3", ""), KN_OK);
    add(maker, "ones and zeros", digits(maker, "-", whole, scale, "10", ""), KN_OK);
    if (whole) {
        add(maker, "one", "1", KN_OK);
        add(maker, "minus one", "-1", KN_OK);
        add(maker, "one with zeros behind", "1.00000000000000000000000000000000000000000000000000", KN_OK);
        add(maker, "largest power of ten", power(maker, "", whole - 1), KN_OK);
        add(maker, "largest power of ten below zero", power(maker, "-", whole - 1), KN_OK);
        add(maker, "whole digits only", digits(maker, "", whole, 0, "9", ""), KN_OK);
    }
    if (scale) {
        add(maker, "a tenth", "0.1", KN_OK);
        add(maker, "minus a tenth", "-0.10", KN_OK);
        add(maker, "fraction digits only", digits(maker, "", 0, scale, "9", ""), KN_OK);
        add(maker, "fraction digits only, below zero", digits(maker, "-", 0, scale, "9", ""), KN_OK);
    }
    maker->cases[maker->n++] = (Exact_case){"NULL", EXACT_NULL, KN_OK};
}

static void add_refused(Maker *maker)
{
    uint32_t whole = maker->whole, scale = maker->scale;

    add(maker, "maximum and one more fraction digit", digits(maker, "", whole, scale, "9", "9"), KN_INEXACT);
    add(maker, "minimum and one more fraction digit", digits(maker, "-", whole, scale, "9", "1"), KN_INEXACT);
    add(maker, "a tenth of the smallest step", step(maker, "", scale + 1), KN_INEXACT);
    add(maker, "minus half the smallest step", digits(maker, "-", 0, scale, "0", "5"), KN_INEXACT);
    add(maker, "a digit far behind", step(maker, "", scale + 300), KN_INEXACT);
    add(maker, "10^-90000", "1e-90000", KN_INEXACT);
    add(maker, "one more whole digit", power(maker, "", whole), KN_OUT_OF_RANGE);
    add(maker, "one more whole digit below zero", power(maker, "-", whole), KN_OUT_OF_RANGE);
    add(maker, "all nines and one more", digits(maker, "", whole + 1, scale, "9", ""), KN_OUT_OF_RANGE);
    add(maker, "10^90000", "1e90000", KN_OUT_OF_RANGE);
    maker->cases[maker->n++] = (Exact_case){"a double", EXACT_FLOAT(1.5), KN_TYPE_MISMATCH};
    maker->cases[maker->n++] = (Exact_case){"text", EXACT_TEXT("1.5"), KN_TYPE_MISMATCH};
}

static void check(void **state, const kn_model *model)
{
    const kn_type *type = &exact_column(model)->type;
    Maker maker = {.whole = (uint32_t)type->precision - type->scale, .scale = type->scale};

    kn_arena_init(&maker.arena, NULL, 0);
    add_good(&maker);
    add_refused(&maker);
    exact_check(test_database_of(state), model, maker.cases, maker.n);
    kn_arena_finish(&maker.arena);
}

#define TEST_NUMERIC(test, ...)                                                                                        \
    static void test_numeric__##test(void **state)                                                                     \
    {                                                                                                                  \
        const kn_model *const boxes[] = {__VA_ARGS__};                                                                 \
        for (size_t i = 0; i < KN_COUNT_OF(boxes); i++)                                                                \
            check(state, boxes[i]);                                                                                    \
    }

TEST_NUMERIC(money_is_exact, &Numeric_12_2_model, &Numeric_12_2_opt_model)
TEST_NUMERIC(one_digit_is_exact, &Numeric_1_0_model, &Numeric_1_1_model)
TEST_NUMERIC(fifteen_digits_are_exact, &Numeric_15_0_model, &Numeric_15_15_model, &Numeric_15_7_model)
TEST_NUMERIC(sixteen_digits_are_exact, &Numeric_16_4_model, &Numeric_16_16_model)
TEST_NUMERIC(thirty_eight_digits_are_exact, &Numeric_38_20_model, &Numeric_38_0_model)
TEST_NUMERIC(more_digits_than_fit_inline_are_exact, &Numeric_39_1_model, &Numeric_65_30_model)
TEST_NUMERIC(a_thousand_digits_are_exact_or_not_declared, &Numeric_1000_500_model, &Numeric_1000_0_model)

/* The text of every number of two digits after the point near zero and at the ends, as a person would write it. */
static void test_numeric__what_is_read_prints_with_the_scale_of_its_column(void **state)
{
    static const struct {
        int64_t coefficient;
        int32_t exponent;
        const char *text;
    } rows[] = {{0, 0, "0.00"},
                {5, -2, "0.05"},
                {-5, -2, "-0.05"},
                {5, -1, "0.50"},
                {5, 0, "5.00"},
                {5, 3, "5000.00"},
                {-150, -2, "-1.50"},
                {15000, -4, "1.50"},
                {999999999999, -2, "9999999999.99"},
                {-999999999999, -2, "-9999999999.99"}};
    test_database *db = test_database_of(state);

    assert_true(exact_create(db, &Numeric_12_2_model));
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        Numeric_12_2 row = {.id = (int64_t)i + 1, .v = kn_decimal_of(rows[i].coefficient, rows[i].exponent)},
                     read = row;
        char text[64];
        kn_arena arena;
        kn_arena_init(&arena, NULL, 0);
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Numeric_12_2, &row), &db->error));
        test_database_reopen(db);
        assert_ok(db, kn_get(db->c, KN_OBJECT(Numeric_12_2, &read), &arena, &db->error));
        text[kn_decimal_print(read.v, text)] = '\0';
        assert_string_equal(text, rows[i].text);
        kn_arena_finish(&arena);
    }
}

/* Decimals of 15 digits of which a conversion to the nearest double that is not quite correct makes its neighbour. */
static void test_numeric__digits_that_are_hard_to_round_stay_what_they_are(void **state)
{
    static const char *const hard_15[] = {"0.151074238479754", "0.336081056276647", "0.864187405183863",
                                          "0.293613121211625"};
    static const char *const hard_7[] = {"54493978.248257", "10784888.8458904", "46911298.6651478"};
    test_database *db = test_database_of(state);
    Exact_case cases[8];
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < KN_COUNT_OF(hard_15); i++) {
        kn_decimal d;
        assert_ok(db, kn_decimal_parse(kn_text_of(hard_15[i]), &arena, &d, &db->error));
        cases[2 * i] = (Exact_case){hard_15[i], kn_decimal_value(d), KN_OK};
        d.sign = 1;
        cases[2 * i + 1] = (Exact_case){hard_15[i], kn_decimal_value(d), KN_OK};
    }
    exact_check(db, &Numeric_15_15_model, cases, 2 * KN_COUNT_OF(hard_15));
    for (size_t i = 0; i < KN_COUNT_OF(hard_7); i++) {
        kn_decimal d;
        assert_ok(db, kn_decimal_parse(kn_text_of(hard_7[i]), &arena, &d, &db->error));
        cases[i] = (Exact_case){hard_7[i], kn_decimal_value(d), KN_OK};
    }
    exact_check(db, &Numeric_15_7_model, cases, KN_COUNT_OF(hard_7));
    kn_arena_finish(&arena);
}

/* An integer is a number too, where its column is a Numeric. */
static void test_numeric__integers_are_taken_as_they_are(void **state)
{
    static const struct {
        int64_t i;
        kn_status status;
    } rows[] = {{0, KN_OK},
                {7, KN_OK},
                {-7, KN_OK},
                {INT64_C(9999999999), KN_OK},
                {INT64_C(10000000000), KN_OUT_OF_RANGE},
                {INT64_MIN, KN_OUT_OF_RANGE}};
    test_database *db = test_database_of(state);
    const kn_update_rows update =
        KN_UPDATE(Numeric_12_2, .set = KN_LIST(KN_ASSIGN(KN_COL(Numeric_12_2, v), KN_ARG(0))), .where = KN_ALL_ROWS);
    Numeric_12_2 row = {.id = 1};
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_true(exact_create(db, &Numeric_12_2_model));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Numeric_12_2, &row), &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        int64_t changed = -1, read = -1;
        if (rows[i].status != KN_OK) {
            assert_refused(db, rows[i].status,
                           kn_execute_query(db->c, &update.node, KN_ARGS(kn_int(rows[i].i)), &changed, &db->error));
            continue;
        }
        assert_ok(db, kn_execute_query(db->c, &update.node, KN_ARGS(kn_int(rows[i].i)), &changed, &db->error));
        assert_ok(db, kn_get(db->c, KN_OBJECT(Numeric_12_2, &row), &arena, &db->error));
        assert_ok(db, kn_decimal_to_int64(row.v, &read, &db->error));
        assert_int_equal(read, rows[i].i);
    }
    kn_arena_finish(&arena);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_numeric__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(money_is_exact),
        EACH(one_digit_is_exact),
        EACH(fifteen_digits_are_exact),
        EACH(sixteen_digits_are_exact),
        EACH(thirty_eight_digits_are_exact),
        EACH(more_digits_than_fit_inline_are_exact),
        EACH(a_thousand_digits_are_exact_or_not_declared),
        EACH(what_is_read_prints_with_the_scale_of_its_column),
        EACH(digits_that_are_hard_to_round_stay_what_they_are),
        EACH(integers_are_taken_as_they_are),
    };
    return cmocka_run_group_tests_name("integration/exact/numeric", tests, NULL, NULL);
}
