/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include "decimal_support.h"
#include "type/decimal_wide.h"

static void test_decimal__of_int64(void **state)
{
    (void)state;
    assert_prints(kn_decimal_of(0, -2), "0.00");
    assert_prints(kn_decimal_of(INT64_MIN, 0), "-9223372036854775808");
    assert_prints(kn_decimal_of(INT64_MAX, -19), "0.9223372036854775807");
    assert_prints(kn_decimal_of(-5, 3), "-5000");
    assert_true(kn_decimal_is_zero((kn_decimal){.exponent = 0}));
    assert_true(kn_decimal_is_zero((kn_decimal){.form = 1, .u = {.digits = "0"}, .n = 1}));
    assert_false(kn_decimal_is_zero(kn_decimal_of(1, -9)));
    assert_false(kn_decimal_is_zero((kn_decimal){.u = {.word = {0, 1}}}));
    assert_int_equal(kn_decimal_digits(kn_decimal_of(0, -5)), 1);
    assert_int_equal(kn_decimal_digits(kn_decimal_of(1000, 5)), 4);
}

/* Around every power of two and ten of 128 bits, counted by dividing. */
static void test_decimal__counts_digits(void **state)
{
    (void)state;
    kn__u128 two = 1, ten = 1;
    for (uint32_t i = 0; i < 127; i++) {
        const kn__u128 around[] = {two, two - 1, two + 1, ten, ten - 1, ten + 1};
        for (size_t k = 0; k < KN_COUNT_OF(around); k++) {
            uint32_t digits = 1;
            for (kn__u128 rest = around[k] / 10; rest; rest /= 10)
                digits++;
            assert_int_equal(kn__u128_digits(around[k]), digits);
            assert_int_equal(kn_decimal_digits(kn__decimal_make(around[k], 0, false)), digits);
        }
        two *= 2;
        ten = i < 38 ? ten * 10 : ten;
    }
}

static void assert_order(kn_decimal a, kn_decimal b, int order)
{
    assert_int_equal(kn_decimal_compare(a, b), order);
    assert_int_equal(kn_decimal_compare(b, a), -order);
    assert_int_equal(kn_decimal_compare(a, a), 0);
}

static void test_decimal__compares_by_value_across_forms(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"1.0", "1.00", 0},
        {"-0", "0.000", 0},
        {"0", "-0.1", 1},
        {"0e50", "1e-50", -1},
        {"-2", "-1", -1},
        {"10", "9.99", 1},
        {"1e40", "10000000000000000000000000000000000000000", 0},
        {"1e-40", "0.0000000000000000000000000000000000000001", 0},
        {"99999999999999999999999999999999999999", "100000000000000000000000000000000000000", -1},
        {"1.00000000000000000000000000000000000000000000", "1", 0},
        {"1.00000000000000000000000000000000000000000001", "1", 1},
        {"-1.00000000000000000000000000000000000000000001", "-1", -1},
        {"1e99999", "1e-99999", 1},
        {"1e99999", "9e99998", 1},
    };
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++)
        assert_order(decimal_of(cases[i].a, &arena), decimal_of(cases[i].b, &arena), cases[i].order);
    for (size_t i = 0; i < KN_COUNT_OF(compared); i++)
        assert_order(decimal_of(compared[i].a, &arena), decimal_of(compared[i].b, &arena), compared[i].order);
    assert_order((kn_decimal){.form = 1, .u = {.digits = "150"}, .n = 3, .exponent = -2}, kn_decimal_of(15, -1), 0);
    assert_order((kn_decimal){.sign = 1}, kn_decimal_of(0, 0), 0);
    kn_arena_finish(&arena);
}

static void test_decimal__rescales_exactly_or_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t scale;
        kn_status status;
        const char *plain;
    } cases[] = {
        {"1.5", 1, KN_OK, "1.5"},
        {"1.5", 4, KN_OK, "1.5000"},
        {"1.5000", 1, KN_OK, "1.5"},
        {"1.5000", 0, KN_INEXACT, ""},
        {"0.00", 0, KN_OK, "0"},
        {"-0.000", 99999, KN_OK, NULL},
        {"12e3", 0, KN_OK, "12000"},
        {"12e3", 2, KN_OK, "12000.00"},
        {"1e-50", 10, KN_INEXACT, ""},
        {"5", 37, KN_OK, "5.0000000000000000000000000000000000000"},
        {"5", 38, KN_OK, "5.00000000000000000000000000000000000000"}, /* 39 digits */
        {"5.00000000000000000000000000000000000000", 37, KN_OK, "5.0000000000000000000000000000000000000"},
        {"5.00000000000000000000000000000000000001", 37, KN_INEXACT, ""},
        {"123456789012345678901234567890.5000000000000", 1, KN_OK, "123456789012345678901234567890.5"},
        {"1e99999", 0, KN_LIMIT, ""},
        {"1", 16382, KN_OK, NULL},
        {"1", 16383, KN_LIMIT, ""},
        {"1", 100000, KN_LIMIT, ""},
        {"0", 100000, KN_LIMIT, ""},
    };
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_decimal d = decimal_of(cases[i].text, &arena), out = KN_DECIMAL(77, 0);
        kn_error error = {0};
        assert_int_equal(kn_decimal_rescale(d, cases[i].scale, &arena, &out, &error), cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        if (cases[i].status != KN_OK) {
            assert_int_equal(out.u.word[0], 77);
            continue;
        }
        assert_int_equal(out.exponent, -(int32_t)cases[i].scale);
        assert_canonical(out);
        assert_int_equal(kn_decimal_compare(out, d), 0);
        if (cases[i].plain)
            assert_prints(out, cases[i].plain);
    }
    kn_decimal out;
    assert_int_equal(kn_decimal_rescale(kn_decimal_of(5, 0), 38, NULL, &out, NULL), KN_INVALID);
    kn_arena_finish(&arena);
}

static void test_decimal__rescale_agrees_with_python(void **state)
{
    (void)state;
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(rescaled); i++) {
        kn_decimal out, d = decimal_of(rescaled[i].text, &arena);
        kn_status status = kn_decimal_rescale(d, rescaled[i].scale, &arena, &out, NULL);
        assert_int_equal(status, *rescaled[i].plain ? KN_OK : KN_INEXACT);
        if (status == KN_OK) {
            assert_canonical(out);
            assert_prints(out, rescaled[i].plain);
        }
    }
    kn_arena_finish(&arena);
}

/* 10^a widened to every scale and back: every count of zeros in every form. */
static void test_decimal__rescale_up_then_down_gives_back(void **state)
{
    (void)state;
    kn_arena arena = {0};
    for (int32_t exponent = -45; exponent <= 45; exponent++) {
        for (uint32_t scale = 45; scale <= 90; scale += 3) {
            static const int64_t coefficients[] = {1, -9, 10, 123456789, INT64_MAX, INT64_MIN};
            for (size_t i = 0; i < KN_COUNT_OF(coefficients); i++) {
                kn_decimal d = kn_decimal_of(coefficients[i], exponent), up, down;
                assert_int_equal(kn_decimal_rescale(d, scale, &arena, &up, NULL), KN_OK);
                assert_int_equal(kn_decimal_compare(d, up), 0);
                if (exponent > 0)
                    continue;
                assert_int_equal(kn_decimal_rescale(up, (uint32_t)-exponent, &arena, &down, NULL), KN_OK);
                assert_memory_equal(&down, &d, sizeof d);
            }
        }
        kn_arena_reset(&arena);
    }
    kn_arena_finish(&arena);
}

static void test_decimal__fits_numeric(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t precision, scale;
        kn_status status;
    } cases[] = {
        {"0", 1, 1, KN_OK},
        {"0e99", 1, 0, KN_OK},
        {"999.99", 5, 2, KN_OK},
        {"-999.99", 5, 2, KN_OK},
        {"1000", 5, 2, KN_OUT_OF_RANGE},
        {"1e3", 5, 2, KN_OUT_OF_RANGE},
        {"0.001", 5, 2, KN_INEXACT},
        {"0.010", 5, 2, KN_OK},
        {"1000.001", 5, 2, KN_OUT_OF_RANGE},
        {"0.99", 2, 2, KN_OK},
        {"1", 2, 2, KN_OUT_OF_RANGE},
        {"1e-40", 45, 40, KN_OK},
        {"1e-41", 45, 40, KN_INEXACT},
        {"99999999999999999999999999999999999999", 38, 0, KN_OK},
        {"100000000000000000000000000000000000000", 38, 0, KN_OUT_OF_RANGE},
    };
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_error error = {0};
        kn_decimal d = decimal_of(cases[i].text, &arena);
        assert_int_equal(kn_decimal_fits(d, cases[i].precision, cases[i].scale, &error), cases[i].status);
        assert_int_equal(error.status, cases[i].status);
    }
    for (size_t i = 0; i < KN_COUNT_OF(fitted); i++) {
        kn_decimal d = decimal_of(fitted[i].text, &arena);
        assert_int_equal(kn_decimal_fits(d, fitted[i].precision, fitted[i].scale, NULL), fitted[i].status);
    }
    kn_arena_finish(&arena);
}

static void test_decimal__to_int64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kn_status status;
        int64_t value;
    } cases[] = {
        {"0", KN_OK, 0},
        {"0.000", KN_OK, 0},
        {"0e9", KN_OK, 0},
        {"-1", KN_OK, -1},
        {"1.0", KN_OK, 1},
        {"12e2", KN_OK, 1200},
        {"9223372036854775807", KN_OK, INT64_MAX},
        {"9223372036854775808", KN_OUT_OF_RANGE, 0},
        {"-9223372036854775808", KN_OK, INT64_MIN},
        {"-9223372036854775808.00000000000000000000000000000", KN_OK, INT64_MIN},
        {"-9223372036854775809", KN_OUT_OF_RANGE, 0},
        {"9999999999999999999", KN_OUT_OF_RANGE, 0},
        {"10000000000000000000", KN_OUT_OF_RANGE, 0},
        {"1e19", KN_OUT_OF_RANGE, 0},
        {"18446744073709551617", KN_OUT_OF_RANGE, 0}, /* 2^64 + 1 */
        {"-36893488147419103233.0", KN_OUT_OF_RANGE, 0},
        {"1e18", KN_OK, INT64_C(1000000000000000000)},
        {"1e99999", KN_OUT_OF_RANGE, 0},
        {"1e-99999", KN_INEXACT, 0},
        {"0.5", KN_INEXACT, 0},
        {"1.5", KN_INEXACT, 0},
        {"100000000000000000.1", KN_INEXACT, 0},
        {"100.0000000000000000000000000000000000000000", KN_OK, 100},
        {"100.0000000000000000000000000000000000000001", KN_INEXACT, 0},
    };
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        int64_t value = 77;
        kn_error error = {0};
        kn_status status = kn_decimal_to_int64(decimal_of(cases[i].text, &arena), &value, &error);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_true(value == (status == KN_OK ? cases[i].value : 77));
    }
    kn_arena_finish(&arena);
}

static void test_decimal__copy_owns_its_digits(void **state)
{
    (void)state;
    char digits[] = "1234567890123456789012345678901234567890";
    kn_decimal d = {.u = {.digits = digits}, .n = 40, .form = 1, .sign = 1, .exponent = -1}, copy;
    kn_arena arena = {0};
    assert_int_equal(kn_decimal_copy(d, NULL, &copy, NULL), KN_INVALID);
    assert_int_equal(kn_decimal_copy(d, &arena, &copy, NULL), KN_OK);
    memset(digits, 'x', 40);
    assert_prints(copy, "-123456789012345678901234567890123456789.0");
    assert_int_equal(kn_decimal_copy(kn_decimal_of(15, -1), NULL, &copy, NULL), KN_OK);
    assert_prints(copy, "1.5");
    kn_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal__of_int64),
        cmocka_unit_test(test_decimal__counts_digits),
        cmocka_unit_test(test_decimal__compares_by_value_across_forms),
        cmocka_unit_test(test_decimal__rescales_exactly_or_refuses),
        cmocka_unit_test(test_decimal__rescale_agrees_with_python),
        cmocka_unit_test(test_decimal__rescale_up_then_down_gives_back),
        cmocka_unit_test(test_decimal__fits_numeric),
        cmocka_unit_test(test_decimal__to_int64),
        cmocka_unit_test(test_decimal__copy_owns_its_digits),
    };
    return cmocka_run_group_tests_name("unit/type/decimal", tests, NULL, NULL);
}
