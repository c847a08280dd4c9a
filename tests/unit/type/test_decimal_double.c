/* SPDX-License-Identifier: MIT */
#include "decimal_support.h"

#include <float.h>
#include <stdio.h>

static void test_decimal_double__reads_what_was_written(void **state)
{
    (void)state;
    static const struct {
        double d;
        uint32_t scale;
        const char *plain; /* NULL = KN_INEXACT */
    } cases[] = {
        {12345.67, 2, "12345.67"},
        {-12345.67, 2, "-12345.67"},
        {12345.67, 3, "12345.670"},
        {12345.67, 1, NULL},
        {0.1, 1, "0.1"},
        {0.1 + 0.2, 1, NULL}, /* 0.30000000000000004 */
        {0.3, 1, "0.3"},
        {0.1, 15, "0.100000000000000"},
        {0.1, 16, NULL},                  /* 1000000000000000 has 16 digits */
        {0.01, 16, "0.0100000000000000"}, /* 15 */
        {0.0, 0, "0"},
        {-0.0, 2, "0.00"},
        {1.0 / 3, 15, NULL},
        {0.333333333333333, 15, "0.333333333333333"},
        {999999999999999.0, 0, "999999999999999"},
        {1000000000000000.0, 0, NULL},
        {9999999999999.99, 2, "9999999999999.99"},
        {99999999999999.9, 1, "99999999999999.9"},
        {1e20, 0, NULL},
        {DBL_MAX, 22, NULL},
        {DBL_MIN, 22, NULL},
        {-DBL_TRUE_MIN, 15, NULL},
        {1e-22, 22, "0.0000000000000000000001"},
        {1e-23, 23, NULL},
        {0.0, 30, "0.000000000000000000000000000000"},
        {0.0, 100000, NULL},
        {0.5, 0, NULL},
        {1.5, 0, NULL},
        {4503599627370496.5, 1, NULL},
        {1.005, 3, "1.005"},
        {2.675, 2, NULL},
        {123456789.123456, 6, "123456789.123456"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_decimal d = KN_DECIMAL(77, 0);
        kn_error error = {0};
        kn_status status = kn_decimal_from_double15(cases[i].d, cases[i].scale, &d, &error);
        assert_int_equal(status, cases[i].plain ? KN_OK : KN_INEXACT);
        assert_int_equal(error.status, status);
        assert_int_equal(d.exponent, status == KN_OK ? -(int32_t)cases[i].scale : 0);
        assert_prints(d, cases[i].plain ? cases[i].plain : "77");
    }
}

static void test_decimal_double__refuses_what_is_not_finite(void **state)
{
    (void)state;
    volatile double zero = 0.0;
    const double odd[] = {1 / zero, -1 / zero, zero / zero};
    for (size_t i = 0; i < KN_COUNT_OF(odd); i++) {
        for (uint32_t scale = 0; scale < 40; scale += 13) {
            kn_decimal d;
            kn_error error = {0};
            assert_int_equal(kn_decimal_from_double15(odd[i], scale, &d, &error), KN_OUT_OF_RANGE);
            assert_int_equal(error.status, KN_OUT_OF_RANGE);
        }
    }
}

static void test_decimal_double__agrees_with_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(doubles); i++) {
        kn_decimal d;
        kn_status status = kn_decimal_from_double15(doubles[i].d, doubles[i].scale, &d, NULL);
        assert_int_equal(status, *doubles[i].plain ? KN_OK : KN_INEXACT);
        if (status == KN_OK)
            assert_prints(d, doubles[i].plain);
    }
}

static void test_decimal_double__sixteen_digits_are_too_many_at_every_scale(void **state)
{
    (void)state;
    for (uint32_t scale = 0; scale <= 22; scale++) {
        char text[32];
        snprintf(text, sizeof text, "1e%d", 15 - (int)scale);
        kn_decimal d;
        assert_int_equal(kn_decimal_from_double15(strtod(text, NULL), scale, &d, NULL), KN_INEXACT);
        snprintf(text, sizeof text, "999999999999999e-%u", (unsigned)scale);
        assert_int_equal(kn_decimal_from_double15(strtod(text, NULL), scale, &d, NULL), KN_OK);
    }
}

/* Against the C library's exact conversions: every decimal of 15 digits comes back, its neighbours are refused. */
static void test_decimal_double__every_decimal_comes_back(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int round = 0; round < 100000; round++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t scale = (uint32_t)(random >> 32) % 23, shorter = (uint32_t)(random >> 40) % 15;
        int64_t m = (int64_t)((random >> 8) % UINT64_C(1000000000000000));
        for (uint32_t i = 0; i < shorter; i++)
            m /= 10;
        m = random & 1 ? -m : m;
        char text[64];
        snprintf(text, sizeof text, "%llde-%u", (long long)m, (unsigned)scale);
        double d = strtod(text, NULL);
        kn_decimal out;
        assert_int_equal(kn_decimal_from_double15(d, scale, &out, NULL), KN_OK);
        assert_int_equal(kn_decimal_compare(out, kn_decimal_of(m, -(int32_t)scale)), 0);
        /* 15 digits tell doubles apart only one way: the next double has another 15-digit decimal or none */
        double next = d * (1 + DBL_EPSILON);
        if (next != d && kn_decimal_from_double15(next, scale, &out, NULL) == KN_OK)
            assert_int_not_equal(kn_decimal_compare(out, kn_decimal_of(m, -(int32_t)scale)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_double__reads_what_was_written),
        cmocka_unit_test(test_decimal_double__refuses_what_is_not_finite),
        cmocka_unit_test(test_decimal_double__agrees_with_python),
        cmocka_unit_test(test_decimal_double__sixteen_digits_are_too_many_at_every_scale),
        cmocka_unit_test(test_decimal_double__every_decimal_comes_back),
    };
    return cmocka_run_group_tests_name("unit/type/decimal_double", tests, NULL, NULL);
}
