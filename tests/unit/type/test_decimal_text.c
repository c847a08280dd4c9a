/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include "decimal_support.h"

#define NINES_19 "9999999999999999999"
#define NINES_38 NINES_19 NINES_19

static void test_decimal_text__keeps_number_and_scale(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
        uint64_t low;
        int32_t exponent;
    } cases[] = {
        {"0", "0", 0, 0},
        {"-0", "0", 0, 0},
        {"+0.00", "0.00", 0, -2},
        {"-0.0", "0.0", 0, -1},
        {"0e5", "0", 0, 5},
        {"-0.0000000000000000000000000", "0.0000000000000000000000000", 0, -25},
        {"-0e2", "0", 0, 2},
        {"000", "0", 0, 0},
        {"12345.67", "12345.67", 1234567, -2},
        {"-12.50", "-12.50", 1250, -2},
        {"+1", "1", 1, 0},
        {"1200", "1200", 1200, 0},
        {"12e2", "1200", 12, 2},
        {"12E+2", "1200", 12, 2},
        {"12e-2", "0.12", 12, -2},
        {"1.50e3", "1500", 150, 1},
        {"0.05", "0.05", 5, -2},
        {".5", "0.5", 5, -1},
        {"5.", "5", 5, 0},
        {"-.5e1", "-5", 5, 0},
        {"007", "7", 7, 0},
        {"-000.0070", "-0.0070", 70, -4},
        {"1e-3", "0.001", 1, -3},
        {"1e00000000000000000000000000002", "100", 1, 2},
        {"0.000000000000000001", "0.000000000000000001", 1, -18},
        {"0.0000000000000000001", "0.0000000000000000001", 1, -19},
        {"9223372036854775807", "9223372036854775807", INT64_MAX, 0},
        {"18446744073709551615", "18446744073709551615", UINT64_MAX, 0},
        {"-1844674407370955.1615", "-1844674407370955.1615", UINT64_MAX, -4},
        {NINES_19, NINES_19, UINT64_C(9999999999999999999), 0},
        {"0." NINES_19, "0." NINES_19, UINT64_C(9999999999999999999), -19},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_decimal d = decimal_of(cases[i].text, NULL);
        assert_int_equal(d.form, 0);
        assert_true(d.u.word[0] == cases[i].low && d.u.word[1] == 0);
        assert_int_equal(d.exponent, cases[i].exponent);
        assert_prints(d, cases[i].plain);
        assert_canonical(d);
    }
}

static void test_decimal_text__refuses_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t position;
    } cases[] = {
        {"", 1},         {"-", 2},    {"+", 2},     {".", 2},        {"-.", 3},
        {"e5", 1},       {".e5", 2},  {"1e", 3},    {"1e+", 4},      {"1e-x", 4},
        {" 1", 1},       {"1 ", 2},   {"1\n", 2},   {"--1", 2},      {"+-1", 2},
        {"1.2.3", 4},    {"1,5", 2},  {"0x10", 2},  {"NaN", 1},      {"nan", 1},
        {"Infinity", 1}, {"-inf", 2}, {"1_000", 2}, {"1e5.0", 4},    {"12345678901234567890123x", 24},
        {"1-", 2},       {"1/", 2},   {"1:", 2},    {"\xd9\xa1", 1}, {"1e5e5", 4},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_decimal d = KN_DECIMAL(77, 0);
        kn_error error = {0};
        assert_int_equal(kn_decimal_parse(kn_text_of(cases[i].text), NULL, &d, &error), KN_MALFORMED);
        assert_int_equal(error.status, KN_MALFORMED);
        assert_int_equal(error.position, cases[i].position);
        assert_int_equal(d.u.word[0], 77);
        assert_int_equal(kn_decimal_parse(kn_text_of(cases[i].text), NULL, &d, NULL), KN_MALFORMED);
    }
    kn_decimal d;
    assert_int_equal(kn_decimal_parse(kn_text_of(NULL), NULL, &d, NULL), KN_MALFORMED);
    assert_int_equal(kn_decimal_parse((kn_text){"1\0", 2}, NULL, &d, NULL), KN_MALFORMED);
}

/* Every byte in every place of a short number, against the rule said in another way. */
static void test_decimal_text__no_byte_slips_through(void **state)
{
    (void)state;
    for (size_t at = 0; at < 5; at++) {
        for (unsigned byte = 0; byte <= 0xFF; byte++) {
            char text[] = "12345";
            text[at] = (char)byte;
            bool digit = byte >= '0' && byte <= '9';
            bool good = digit || byte == '.' || (at == 0 && (byte == '-' || byte == '+')) ||
                        (at > 0 && at < 4 && (byte == 'e' || byte == 'E'));
            kn_decimal d;
            kn_status status = kn_decimal_parse((kn_text){text, 5}, NULL, &d, NULL);
            assert_int_equal(status, good ? KN_OK : KN_MALFORMED);
        }
    }
}

static void test_decimal_text__agrees_with_python(void **state)
{
    (void)state;
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(printed); i++) {
        kn_decimal d = decimal_of(printed[i].text, &arena);
        assert_int_equal(d.exponent, printed[i].exponent);
        assert_int_equal(kn_decimal_digits(d), printed[i].digits);
        assert_canonical(d);
        assert_prints(d, printed[i].plain);
        kn_decimal again = decimal_of(printed[i].plain, &arena);
        assert_int_equal(kn_decimal_compare(d, again), 0);
    }
    kn_arena_finish(&arena);
}

/* n digits that are no palindrome, with the point after `whole` of them. */
static void write_number(char *out, size_t n, size_t whole)
{
    for (size_t i = 0; i < n; i++) {
        if (i == whole && i > 0)
            *out++ = '.';
        *out++ = (char)('1' + (i * 7) % 9);
    }
    *out = '\0';
}

/* Every number of digits across the borders of one word, two words and digit text, with the point everywhere. */
static void test_decimal_text__round_trips_at_every_size(void **state)
{
    (void)state;
    kn_arena arena = {0};
    for (size_t n = 1; n <= 80; n++) {
        for (size_t whole = 1; whole <= n; whole++) {
            char text[100];
            write_number(text, n, whole);
            kn_decimal d = decimal_of(text, &arena);
            assert_int_equal(d.form, n > KN_DECIMAL_INLINE);
            assert_int_equal(kn_decimal_digits(d), n);
            assert_int_equal(d.exponent, -(int)(n - whole));
            assert_prints(d, text);
        }
        kn_arena_reset(&arena);
    }
    kn_arena_finish(&arena);
}

static void test_decimal_text__38_digits_are_inline_39_are_not(void **state)
{
    (void)state;
    kn_decimal d = decimal_of(NINES_38, NULL);
    assert_int_equal(d.form, 0);
    assert_true(d.u.word[0] == UINT64_C(687399551400673279) &&
                d.u.word[1] == UINT64_C(5421010862427522170)); /* 10^38 - 1 */
    assert_prints(d, NINES_38);
    d = decimal_of("0000000" NINES_38, NULL);
    assert_prints(d, NINES_38);
    d = decimal_of("-0.0000000" NINES_38, NULL);
    assert_prints(d, "-0.0000000" NINES_38);
    kn_error error = {0};
    assert_int_equal(kn_decimal_parse(kn_text_of(NINES_38 "9"), NULL, &d, &error), KN_INVALID);
    assert_string_equal(error.message, "decimal of 39 digits needs an arena");
    kn_arena arena = {0};
    d = decimal_of("-00" NINES_38 ".9", &arena);
    assert_int_equal(d.form, 1);
    assert_int_equal(d.n, 39);
    assert_prints(d, "-" NINES_38 ".9");
    kn_arena_finish(&arena);
}

static void test_decimal_text__long_numbers_up_to_the_limit(void **state)
{
    (void)state;
    static const size_t sizes[] = {1000, 16382, KN_DECIMAL_DIGITS_MAX};
    static char text[KN_DECIMAL_DIGITS_MAX + 100];
    kn_arena arena = {0};
    for (size_t i = 0; i < KN_COUNT_OF(sizes); i++) {
        write_number(text, sizes[i], sizes[i] / 3);
        kn_decimal d = decimal_of(text, &arena);
        assert_int_equal(kn_decimal_digits(d), sizes[i]);
        assert_prints(d, text);
    }
    kn_decimal d;
    write_number(text, KN_DECIMAL_DIGITS_MAX + 1, 5);
    assert_int_equal(kn_decimal_parse(kn_text_of(text), &arena, &d, NULL), KN_LIMIT);
    memset(text, '0', KN_DECIMAL_DIGITS_MAX + 2); /* leading zeros are no digits */
    write_number(text + 50, KN_DECIMAL_DIGITS_MAX, KN_DECIMAL_DIGITS_MAX);
    assert_int_equal(kn_decimal_parse(kn_text_of(text), &arena, &d, NULL), KN_OK);
    assert_prints(d, text + 50);
    kn_arena_finish(&arena);
}

static void test_decimal_text__exponents_up_to_the_limit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kn_status status;
    } cases[] = {
        {"1e99999", KN_OK},
        {"1e100000", KN_LIMIT},
        {"1e-99999", KN_OK},
        {"1e-100000", KN_LIMIT},
        {"0.1e-99998", KN_OK},
        {"0.1e-99999", KN_LIMIT},
        {"0.01e100001", KN_OK},
        {"0e100000", KN_LIMIT},
        {"1e99999999999999999999999", KN_LIMIT},
        {"1e-99999999999999999999999999", KN_LIMIT},
        {"1e9223372036854775808", KN_LIMIT},
        {"1e4294967296", KN_LIMIT},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_decimal d;
        assert_int_equal(kn_decimal_parse(kn_text_of(cases[i].text), NULL, &d, NULL), cases[i].status);
    }
    static char text[100003];
    kn_decimal d = decimal_of("-1e99999", NULL);
    assert_int_equal(kn_decimal_print_size(d), 100001);
    memset(text, '0', 100001);
    memcpy(text, "-1", 2);
    assert_prints(d, text);
    d = decimal_of("-1e-99999", NULL);
    memset(text, '0', 100002);
    memcpy(text, "-0.", 3);
    text[100001] = '1';
    assert_prints(d, text);
}

static void test_decimal_text__prints_what_others_made(void **state)
{
    (void)state;
    assert_prints((kn_decimal){.sign = 1}, "0");
    assert_prints((kn_decimal){.sign = 1, .exponent = -2}, "0.00");
    assert_prints((kn_decimal){.form = 1, .u = {.digits = "0"}, .n = 1, .sign = 1, .exponent = -20},
                  "0.00000000000000000000");
    assert_prints((kn_decimal){.form = 1, .u = {.digits = ""}, .exponent = 3}, "0");
    assert_prints((kn_decimal){.form = 1, .u = {.digits = "125"}, .n = 3, .sign = 1, .exponent = -2}, "-1.25");
    assert_prints((kn_decimal){.u = {.word = {UINT64_MAX, UINT64_MAX}}, .exponent = -1},
                  "34028236692093846346337460743176821145.5");
    assert_prints((kn_decimal)KN_DECIMAL(INT64_MIN, -18), "-9.223372036854775808");
    assert_prints((kn_decimal)KN_DECIMAL(1250, -2), "12.50");
}

static kn_status parse_long(const kn_allocator *allocator, void *context)
{
    kn_arena arena;
    kn_arena_init(&arena, allocator, 0);
    kn_decimal a, b = {0};
    kn_error error = {0};
    kn_status status = kn_decimal_parse(kn_text_of(context), &arena, &a, &error);
    if (status == KN_OK)
        status = kn_decimal_rescale(a, 3000, &arena, &b, &error);
    if (status == KN_OK)
        status = kn_decimal_copy(b, &arena, &b, &error);
    assert_int_equal(error.status, status);
    if (status == KN_OK)
        assert_int_equal(kn_decimal_compare(a, b), 0);
    kn_arena_finish(&arena);
    return status;
}

static void test_decimal_text__survives_allocation_failure(void **state)
{
    (void)state;
    char text[2100];
    write_number(text, 2000, 900);
    assert_int_equal(each_allocation_failure(parse_long, text), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_text__keeps_number_and_scale),
        cmocka_unit_test(test_decimal_text__refuses_everything_else),
        cmocka_unit_test(test_decimal_text__no_byte_slips_through),
        cmocka_unit_test(test_decimal_text__agrees_with_python),
        cmocka_unit_test(test_decimal_text__round_trips_at_every_size),
        cmocka_unit_test(test_decimal_text__38_digits_are_inline_39_are_not),
        cmocka_unit_test(test_decimal_text__long_numbers_up_to_the_limit),
        cmocka_unit_test(test_decimal_text__exponents_up_to_the_limit),
        cmocka_unit_test(test_decimal_text__prints_what_others_made),
        cmocka_unit_test(test_decimal_text__survives_allocation_failure),
    };
    return cmocka_run_group_tests_name("unit/type/decimal_text", tests, NULL, NULL);
}
