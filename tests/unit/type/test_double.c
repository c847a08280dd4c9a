/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <string.h>

#include "type/double.h"

/* Expected bits and texts: CPython's float() and repr(). */
static const struct {
    const char *text;
    uint64_t bits;
} parsed[] = {
    {"0", UINT64_C(0x0000000000000000)},
    {"-0", UINT64_C(0x8000000000000000)},
    {"1", UINT64_C(0x3ff0000000000000)},
    {"-1", UINT64_C(0xbff0000000000000)},
    {"0.1", UINT64_C(0x3fb999999999999a)},
    {"1e22", UINT64_C(0x4480f0cf064dd592)},
    {"1e23", UINT64_C(0x44b52d02c7e14af6)},
    {"9007199254740993", UINT64_C(0x4340000000000000)},
    {"9007199254740992.5", UINT64_C(0x4340000000000000)},
    {"9007199254740993.0000000000000000000000001", UINT64_C(0x4340000000000001)},
    {"1.7976931348623157e308", UINT64_C(0x7fefffffffffffff)},
    {"1.7976931348623158e308", UINT64_C(0x7fefffffffffffff)},
    {"1.7976931348623159e308", UINT64_C(0x7ff0000000000000)},
    {"1e309", UINT64_C(0x7ff0000000000000)},
    {"-1e400", UINT64_C(0xfff0000000000000)},
    {"4.9e-324", UINT64_C(0x0000000000000001)},
    {"2.4703282292062327e-324", UINT64_C(0x0000000000000000)},
    {"2.4703282292062328e-324", UINT64_C(0x0000000000000001)},
    {"2.47032822920623272088284396434110686182e-324", UINT64_C(0x0000000000000000)},
    {"1e-400", UINT64_C(0x0000000000000000)},
    {"2.2250738585072014e-308", UINT64_C(0x0010000000000000)},
    {"2.2250738585072011e-308", UINT64_C(0x000fffffffffffff)},
    {"2.225073858507201e-308", UINT64_C(0x000fffffffffffff)},
    {"0.5", UINT64_C(0x3fe0000000000000)},
    {"123456789012345678901234567890", UINT64_C(0x45f8ee90ff6c373e)},
    {"3.141592653589793238462643383279", UINT64_C(0x400921fb54442d18)},
    {"8.5e-5", UINT64_C(0x3f164840e1719f80)},
    {"1.", UINT64_C(0x3ff0000000000000)},
    {"+.5", UINT64_C(0x3fe0000000000000)},
    {"1e+05", UINT64_C(0x40f86a0000000000)},
    {"00012.50", UINT64_C(0x4029000000000000)},
    {"6.0221e23", UINT64_C(0x44dfe177a620ab35)},
    {"5e-324", UINT64_C(0x0000000000000001)},
    {"1e-323", UINT64_C(0x0000000000000002)},
    {"72057594037927945", UINT64_C(0x4370000000000001)},
    {"72057594037927935e0", UINT64_C(0x4370000000000000)},
    {"9e999999999999999999", UINT64_C(0x7ff0000000000000)},
    {"9e-999999999999999999", UINT64_C(0x0000000000000000)},
    {"0e99999999999", UINT64_C(0x0000000000000000)},
    {"0.000000000000000000000000000000000000000001e42", UINT64_C(0x3ff0000000000000)},
    {"inf", UINT64_C(0x7ff0000000000000)},
    {"-Infinity", UINT64_C(0xfff0000000000000)},
    {"+INF", UINT64_C(0x7ff0000000000000)},
};

static const struct {
    uint64_t bits;
    const char *text;
} printed[] = {
    {UINT64_C(0x0000000000000000), "0.0"},
    {UINT64_C(0x8000000000000000), "-0.0"},
    {UINT64_C(0x3ff0000000000000), "1.0"},
    {UINT64_C(0xbff8000000000000), "-1.5"},
    {UINT64_C(0x3fb999999999999a), "0.1"},
    {UINT64_C(0x4341c37937e08000), "1e+16"},
    {UINT64_C(0x430c6bf526340000), "1000000000000000.0"},
    {UINT64_C(0x437b69b4ba630f35), "1.2345678901234568e+17"},
    {UINT64_C(0x4341c37937e07fff), "9999999999999998.0"},
    {UINT64_C(0x3f1a36e2eb1c432d), "0.0001"},
    {UINT64_C(0x3ee4f8b588e368f1), "1e-05"},
    {UINT64_C(0x3f202e4b6ce5dc68), "0.00012345"},
    {UINT64_C(0x7fefffffffffffff), "1.7976931348623157e+308"},
    {UINT64_C(0x0000000000000001), "5e-324"},
    {UINT64_C(0x0010000000000000), "2.2250738585072014e-308"},
    {UINT64_C(0x000fffffffffffff), "2.225073858507201e-308"},
    {UINT64_C(0x4480f0cf064dd592), "1e+22"},
    {UINT64_C(0x44b52d02c7e14af6), "1e+23"},
    {UINT64_C(0x444b1ae4d6e2ef50), "1e+21"},
    {UINT64_C(0x400921fb54442d18), "3.141592653589793"},
    {UINT64_C(0x3fe5555555555555), "0.6666666666666666"},
    {UINT64_C(0x4059000000000000), "100.0"},
    {UINT64_C(0x54b249ad2594c37d), "1e+100"},
    {UINT64_C(0xab2bff2ee48e0530), "-1e-100"},
    {UINT64_C(0x7ff0000000000000), "inf"},
    {UINT64_C(0xfff0000000000000), "-inf"},
    {UINT64_C(0x0000000000000002), "1e-323"},
    {UINT64_C(0x4330000000000002), "4503599627370498.0"},
    {UINT64_C(0x3fd3333333333333), "0.3"},
    {UINT64_C(0x4004000000000000), "2.5"},
    {UINT64_C(0x3f0a36e2eb1c432d), "5e-05"},
    {UINT64_C(0x4340000000000000), "9007199254740992.0"},
    {UINT64_C(0x3d30000000000000), "5.684341886080802e-14"},
    {UINT64_C(0x8008e0a3a2bc301f), "-1.2345678901234567e-308"},
};

/* 5^1074 */
#define SMALLEST                                                                                                       \
    "4940656458412465441765687928682213723650598026143247644255856825006755072702087518652998363616359923"             \
    "7979656469544571773092665671035593979639877479601078187812630071319031140452784581716784898210368871"             \
    "8636056998730723050006387409153564984387312473397273169615140031715385398074126238565591171026658556"             \
    "6867681870395603106249319452715914924553293054565444011274801297099995419319894090804165633245247571"             \
    "4786901472678015935523861155013480352649347201937902681071074917033322268447533357208324319360923828"             \
    "9345836806010601150616980975307834227731832924790498252473077637592724787465608477820373446969953364"             \
    "7017972677717585125660551199131504891101451037862738167250955837389733598993664809941164205702637090"             \
    "279242767544565229087538682506419718265533447265625"

static const char *const refused[] = {"",   "-",     "+",   ".",   "-.",  "e5",   "1e",   "1e+", "1e5.0", "1 ",
                                      " 1", "0x1p3", "1_0", "1,5", "--1", "infi", "nano", "in",  "1.2.3", "1e5e5"};

static void test_double__parses_to_the_nearest_ties_to_even(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(parsed); i++) {
        double d = -1;
        assert_int_equal(kn__double_parse(kn_text_of(parsed[i].text), &d, NULL), KN_OK);
        if (kn__double_bits(d) != parsed[i].bits)
            fail_msg("%s", parsed[i].text);
    }
}

static void test_double__parses_nan(void **state)
{
    (void)state;
    double d = 0;
    assert_int_equal(kn__double_parse(kn_text_of("-NaN"), &d, NULL), KN_OK);
    assert_true(d != d);
}

static void test_double__refuses_other_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(refused); i++) {
        double d = 7;
        kn_error error = {0};
        if (kn__double_parse(kn_text_of(refused[i]), &d, &error) != KN_MALFORMED || d != 7)
            fail_msg("%s", refused[i]);
        assert_int_equal(error.status, KN_MALFORMED);
    }
    double d = 7;
    assert_int_equal(kn__double_parse((kn_text){NULL, 0}, &d, NULL), KN_MALFORMED);
}

static void test_double__prints_as_python_repr(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(printed); i++) {
        char out[KN__DOUBLE_SIZE + 1];
        size_t size = kn__double_print(kn__double_of_bits(printed[i].bits), out);
        assert_in_range(size, 1, KN__DOUBLE_SIZE);
        out[size] = '\0';
        assert_string_equal(out, printed[i].text);
    }
    char out[KN__DOUBLE_SIZE];
    assert_int_equal(kn__double_print(kn__double_of_bits(UINT64_C(0xfff8000000000001)), out), 3);
    assert_memory_equal(out, "nan", 3);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

static void test_double__prints_what_parses_back(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(88172645463325252);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&seed);
        if (i % 4 == 0) /* subnormal */
            bits &= UINT64_C(0x800fffffffffffff) >> i % 50;
        double d = kn__double_of_bits(bits), back = 0;
        char out[KN__DOUBLE_SIZE];
        size_t size = kn__double_print(d, out);
        assert_int_equal(kn__double_parse((kn_text){out, size}, &back, NULL), KN_OK);
        assert_true(kn__double_bits(back) == bits || (back != back && d != d));
    }
}

/* One digit far behind the tie decides. */
static void test_double__looks_at_every_digit_of_long_text(void **state)
{
    (void)state;
    static char text[3000];
    double d = 0;
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    assert_int_equal(kn__double_parse((kn_text){text, sizeof text}, &d, NULL), KN_OK);
    assert_true(d == 9007199254740992.0);
    text[sizeof text - 1] = '1';
    assert_int_equal(kn__double_parse((kn_text){text, sizeof text}, &d, NULL), KN_OK);
    assert_true(d == 9007199254740994.0);
    /* 1 and 2994 zeros, scaled back not far enough, then so far that it is 1 */
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + sizeof text - 5, "e-299", 5);
    assert_int_equal(kn__double_parse((kn_text){text, sizeof text}, &d, NULL), KN_OK);
    assert_true(kn__double_bits(d) == UINT64_C(0x7ff0000000000000));
    memset(text + sizeof text - 6, 0, 6);
    memcpy(text + sizeof text - 6, "e-2993", 6);
    assert_int_equal(kn__double_parse((kn_text){text, sizeof text}, &d, NULL), KN_OK);
    assert_true(d == 1);
}

static void test_double__tells_exact_from_rounded(void **state)
{
    (void)state;
    double d = 0;
    assert_true(kn__double_of_digits(false, "0", 1, 5, &d));
    assert_true(kn__double_of_digits(true, "12500", 5, -3, &d));
    assert_true(d == -12.5);
    assert_true(kn__double_of_digits(false, "1", 1, 22, &d));
    assert_false(kn__double_of_digits(false, "1", 1, 23, &d));
    assert_false(kn__double_of_digits(false, "1", 1, -1, &d));
    assert_false(kn__double_of_digits(false, "9007199254740993", 16, 0, &d));
    assert_false(kn__double_of_digits(false, "1", 1, 400, &d));
    assert_false(kn__double_of_digits(false, "1", 1, -400, &d));
    assert_false(kn__double_of_digits(false, "1", 1, INT64_MAX - 1, &d));
    assert_false(kn__double_of_digits(false, "1", 1, INT64_MIN, &d));
    /* 2^-1074, all 751 digits of it */
    double smallest = kn__double_of_bits(1);
    assert_true(kn__double_of_digits(false, SMALLEST, sizeof SMALLEST - 1, -1074, &d));
    assert_true(d == smallest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_double__parses_to_the_nearest_ties_to_even),
        cmocka_unit_test(test_double__parses_nan),
        cmocka_unit_test(test_double__refuses_other_text),
        cmocka_unit_test(test_double__prints_as_python_repr),
        cmocka_unit_test(test_double__prints_what_parses_back),
        cmocka_unit_test(test_double__looks_at_every_digit_of_long_text),
        cmocka_unit_test(test_double__tells_exact_from_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
