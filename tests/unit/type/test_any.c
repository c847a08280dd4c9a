/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <stdio.h>
#include <string.h>

#include <koine/any.h>
#include <koine/datetime.h>
#include <koine/decimal.h>

#include "support/failing_allocator.h"

static kn_arena arena;

static int setup(void **state)
{
    (void)state;
    kn_arena_init(&arena, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kn_arena_finish(&arena);
    return 0;
}

#define ITEMS(...) ((const kn_any *const[]){__VA_ARGS__}), sizeof((const kn_any *const[]){__VA_ARGS__}) / sizeof(void *)
#define LIST(...) kn_any_list(&arena, ITEMS(__VA_ARGS__))
#define TUPLE(...) kn_any_tuple(&arena, ITEMS(__VA_ARGS__))
#define SET(...) kn_any_set(&arena, ITEMS(__VA_ARGS__))
#define FROZENSET(...) kn_any_frozenset(&arena, ITEMS(__VA_ARGS__))
#define PAIRS(...)                                                                                                     \
    ((const kn_any *const[]){__VA_ARGS__}), sizeof((const kn_any *const[]){__VA_ARGS__}) / sizeof(void *) / 2
#define DICT(...) kn_any_dict(&arena, PAIRS(__VA_ARGS__))

static const kn_any *integer(int64_t i)
{
    return kn_any_int(&arena, i);
}

static const kn_any *number(double d)
{
    return kn_any_float(&arena, d);
}

static const kn_any *big(const char *digits)
{
    return kn_any_bigint(&arena, kn_text_of(digits));
}

static const kn_any *str(const char *s)
{
    return kn_any_str(&arena, kn_text_of(s));
}

static const kn_any *bytes(const char *s)
{
    return kn_any_bytes(&arena, (kn_bytes){s, strlen(s)});
}

static const kn_any *decimal(const char *text)
{
    kn_decimal d;
    assert_int_equal(kn_decimal_parse(kn_text_of(text), &arena, &d, NULL), KN_OK);
    return kn_any_decimal(&arena, d);
}

static const kn_any *date(int year, int month, int day)
{
    kn_date d;
    assert_int_equal(kn_date_make(year, month, day, &d, NULL), KN_OK);
    return kn_any_date(&arena, d);
}

static const kn_any *clock_time(int hour, int minute, int second, int us)
{
    kn_time t;
    assert_int_equal(kn_time_make(hour, minute, second, us, &t, NULL), KN_OK);
    return kn_any_time(&arena, t);
}

static const kn_any *datetime(int year, int second, int us)
{
    kn_civil civil = {.year = year, .month = 2, .day = 3, .hour = 4, .minute = 5, .second = second, .microsecond = us};
    kn_datetime t;
    assert_int_equal(kn_datetime_make(&civil, &t, NULL), KN_OK);
    return kn_any_datetime(&arena, t);
}

static const kn_any *span(int64_t us)
{
    return kn_any_timedelta(&arena, (kn_interval){us});
}

static void test_any__reads_what_was_made(void **state)
{
    (void)state;
    bool b = false;
    int64_t i = 0;
    double d = 0;
    kn_text text;
    kn_bytes raw;
    kn_date day;
    kn_time hour;
    kn_datetime moment;
    kn_interval length;
    kn_decimal exact;
    assert_int_equal(kn_any_kind_of(kn_any_none()), KN_ANY_NONE);
    assert_true(kn_any_get_bool(kn_any_bool(true), &b) && b);
    assert_true(kn_any_get_bool(kn_any_bool(false), &b) && !b);
    assert_true(kn_any_get_int(integer(INT64_MIN), &i) && i == INT64_MIN);
    assert_true(kn_any_get_float(number(2.5), &d) && d == 2.5);
    assert_true(kn_any_get_bigint(big("-9223372036854775809"), &text));
    assert_true(kn_text_equal(text, kn_text_of("-9223372036854775809")));
    assert_true(kn_any_get_str(kn_any_str(&arena, (kn_text){"a\0b", 3}), &text) && text.size == 3);
    assert_memory_equal(text.data, "a\0b", 4);
    assert_true(kn_any_get_bytes(kn_any_bytes(&arena, (kn_bytes){"\xff\0", 2}), &raw) && raw.size == 2);
    assert_memory_equal(raw.data, "\xff", 2);
    assert_true(kn_any_get_date(date(1969, 12, 31), &day) && day.days == -1);
    assert_true(kn_any_get_time(clock_time(0, 0, 1, 5), &hour) && hour.us == 1000005);
    assert_true(kn_any_get_datetime(datetime(1, 0, 0), &moment) && kn_datetime_civil(moment).year == 1);
    assert_true(kn_any_get_timedelta(span(-7), &length) && length.us == -7);
    assert_true(kn_any_get_decimal(decimal("-1.50"), &exact) && exact.exponent == -2 && exact.sign == 1);
}

/* Every reader refuses every other kind and leaves the room alone. */
static void test_any__readers_refuse_other_kinds(void **state)
{
    (void)state;
    const kn_any *const kinds[] = {
        kn_any_none(),
        kn_any_bool(true),
        integer(1),
        big("99999999999999999999"),
        number(1),
        str("a"),
        bytes("a"),
        LIST(integer(1)),
        TUPLE(integer(1)),
        DICT(str("a"), str("b")),
        SET(integer(1)),
        FROZENSET(integer(1)),
        date(2000, 1, 1),
        clock_time(1, 0, 0, 0),
        datetime(2000, 0, 0),
        span(1),
        decimal("1"),
    };
    bool b;
    int64_t i;
    double d;
    kn_text text = {NULL, 0};
    kn_bytes raw;
    kn_date day;
    kn_time hour;
    kn_datetime moment;
    kn_interval length;
    kn_decimal exact;
    for (size_t k = 0; k < KN_COUNT_OF(kinds); k++) {
        const kn_any *any = kinds[k];
        assert_non_null(any);
        assert_int_equal(kn_any_kind_of(any), k);
        assert_int_equal(kn_any_get_bool(any, &b), k == KN_ANY_BOOL);
        assert_int_equal(kn_any_get_int(any, &i), k == KN_ANY_INT);
        assert_int_equal(kn_any_get_bigint(any, &text), k == KN_ANY_BIGINT);
        assert_int_equal(kn_any_get_float(any, &d), k == KN_ANY_FLOAT);
        assert_int_equal(kn_any_get_str(any, &text), k == KN_ANY_STR);
        assert_int_equal(kn_any_get_bytes(any, &raw), k == KN_ANY_BYTES);
        assert_int_equal(kn_any_get_date(any, &day), k == KN_ANY_DATE);
        assert_int_equal(kn_any_get_time(any, &hour), k == KN_ANY_TIME);
        assert_int_equal(kn_any_get_datetime(any, &moment), k == KN_ANY_DATETIME);
        assert_int_equal(kn_any_get_timedelta(any, &length), k == KN_ANY_TIMEDELTA);
        assert_int_equal(kn_any_get_decimal(any, &exact), k == KN_ANY_DECIMAL);
        assert_int_equal(kn_any_count(any), k >= KN_ANY_LIST && k <= KN_ANY_FROZENSET);
        assert_int_equal(kn_any_item(any, 0) != NULL, k >= KN_ANY_LIST && k <= KN_ANY_FROZENSET && k != KN_ANY_DICT);
        assert_int_equal(kn_any_key(any, 0) != NULL, k == KN_ANY_DICT);
        assert_int_equal(kn_any_value_at(any, 0) != NULL, k == KN_ANY_DICT);
        assert_int_equal(kn_any_find(any, "a") != NULL, k == KN_ANY_DICT);
        assert_null(kn_any_item(any, 1));
        assert_null(kn_any_key(any, 1));
    }
    assert_false(kn_any_get_int(NULL, &i));
    assert_int_equal(kn_any_kind_of(NULL), KN_ANY_NONE);
    assert_int_equal(kn_any_count(NULL), 0);
    assert_null(kn_any_item(NULL, 0));
    assert_null(kn_any_find(NULL, "a"));
}

static void test_any__bigint_is_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *digits;
        int64_t fits;
    } small[] = {{"0", 0},
                 {"-0", 0},
                 {"0007", 7},
                 {"-0007", -7},
                 {"9223372036854775807", INT64_MAX},
                 {"-9223372036854775808", INT64_MIN},
                 {"0000000000000000000000000001", 1}};
    static const struct {
        const char *digits, *canonical;
    } large[] = {{"9223372036854775808", "9223372036854775808"},
                 {"-9223372036854775809", "-9223372036854775809"},
                 {"00099999999999999999999", "99999999999999999999"},
                 {"-00099999999999999999999", "-99999999999999999999"}};
    static const char *const refused[] = {"", "-", "+1", "1 ", "--1", "1e5", "0x10", "1_0"};
    for (size_t k = 0; k < KN_COUNT_OF(small); k++) {
        int64_t i = 99;
        assert_true(kn_any_get_int(big(small[k].digits), &i));
        assert_true(i == small[k].fits);
    }
    for (size_t k = 0; k < KN_COUNT_OF(large); k++) {
        kn_text text;
        assert_true(kn_any_get_bigint(big(large[k].digits), &text));
        assert_string_equal(text.data, large[k].canonical);
    }
    for (size_t k = 0; k < KN_COUNT_OF(refused); k++)
        assert_null(big(refused[k]));
    assert_null(kn_any_bigint(&arena, (kn_text){NULL, 0}));
}

static void test_any__refuses_what_is_not_allowed(void **state)
{
    (void)state;
    const kn_any *one = integer(1), *list = LIST(one);
    assert_null(kn_any_str(&arena, kn_text_of("\xed\xa0\x80"))); /* a surrogate */
    assert_null(kn_any_str(&arena, kn_text_of("a\xff")));
    assert_null(kn_any_str(&arena, (kn_text){NULL, 0}));
    assert_null(kn_any_bytes(&arena, (kn_bytes){NULL, 0}));
    assert_null(kn_any_date(&arena, (kn_date){KN_DATE_MAX + 1}));
    assert_null(kn_any_time(&arena, (kn_time){KN_US_PER_DAY}));
    assert_null(kn_any_datetime(&arena, (kn_datetime){KN_DATETIME_MIN - 1}));
    assert_null(kn_any_timedelta(&arena, (kn_interval){INT64_MAX}));
    assert_null(LIST(one, NULL));
    assert_null(kn_any_tuple(&arena, NULL, 1));
    assert_null(DICT(one, NULL));
    assert_null(SET(list));
    assert_null(SET(DICT(one, one)));
    assert_null(SET(SET(one)));
    assert_null(DICT(TUPLE(one, list), one));
    assert_null(FROZENSET(TUPLE(one, TUPLE(SET(one)))));
    assert_non_null(SET(FROZENSET(one), TUPLE(one, FROZENSET(one))));
    assert_non_null(DICT(one, list));
    assert_null(kn_any_list(&arena, &one, (size_t)UINT32_MAX + 1));
}

static void test_any__nests_to_a_thousand(void **state)
{
    (void)state;
    const kn_any *any = integer(1);
    for (int i = 0; i < 1000; i++) {
        any = LIST(any);
        assert_non_null(any);
    }
    assert_null(LIST(any));
    assert_null(DICT(str("a"), any));
    char out[4000];
    assert_int_equal(kn_any_print(any, out, sizeof out), 2001);
}

/* Repeated as Python sees it; all of these are one key. */
static void test_any__refuses_repeated_keys(void **state)
{
    (void)state;
    const kn_any *const ones[] = {integer(1), number(1), kn_any_bool(true), decimal("1.00"), decimal("100E-2")};
    for (size_t i = 0; i < KN_COUNT_OF(ones); i++) {
        for (size_t k = 0; k < KN_COUNT_OF(ones); k++) {
            assert_null(SET(ones[i], ones[k]));
            assert_null(DICT(ones[i], str("a"), integer(2), str("b"), ones[k], str("c")));
            assert_null(FROZENSET(TUPLE(ones[i]), TUPLE(ones[k])));
        }
    }
    assert_null(SET(str("a"), str("a")));
    assert_null(SET(number(0.0), number(-0.0)));
    assert_null(SET(FROZENSET(integer(1), integer(2)), FROZENSET(integer(2), integer(1))));
    assert_non_null(SET(str("1"), integer(1), bytes("1"), number(1.5), TUPLE(integer(1)), kn_any_none()));
    assert_non_null(SET(date(2000, 2, 3), datetime(2000, 0, 0)));
}

static void test_any__finds_keys(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    const kn_any *pairs[2 * MANY];
    char name[16];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "key%d", i);
        pairs[2 * i] = str(name);
        pairs[2 * i + 1] = integer(i);
    }
    const kn_any *dict = kn_any_dict(&arena, pairs, MANY);
    for (int i = 0; i < MANY; i++) {
        int64_t value = -1;
        (void)snprintf(name, sizeof name, "key%d", i);
        assert_true(kn_any_get_int(kn_any_find(dict, name), &value));
        assert_int_equal(value, i);
        assert_ptr_equal(kn_any_key(dict, (size_t)i), pairs[2 * i]); /* insertion order */
    }
    assert_null(kn_any_find(dict, "key5000"));
    assert_null(kn_any_find(dict, ""));
    assert_null(kn_any_find(dict, NULL));
    assert_null(kn_any_find(DICT(bytes("a"), integer(1)), "a"));
    assert_null(kn_any_find(kn_any_dict(&arena, NULL, 0), "a"));
}

static void check_equal(const kn_any *a, const kn_any *b, bool expected)
{
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(kn_any_equal(a, b), expected);
    assert_int_equal(kn_any_equal(b, a), expected);
    /* what is equal is equal inside of others too */
    assert_int_equal(kn_any_equal(LIST(a), LIST(b)), expected);
    assert_int_equal(kn_any_equal(DICT(str("k"), a), DICT(str("k"), b)), expected);
}

/* The results are CPython's. */
static void test_any__numbers_are_equal_across_kinds(void **state)
{
    (void)state;
    check_equal(integer(1), kn_any_bool(true), true);
    check_equal(integer(0), kn_any_bool(false), true);
    check_equal(integer(1), number(1), true);
    check_equal(decimal("1.0"), kn_any_bool(true), true);
    check_equal(decimal("0.5"), number(0.5), true);
    check_equal(decimal("0.1"), number(0.1), false);
    check_equal(decimal("0.1000000000000000055511151231257827021181583404541015625"), number(0.1), true);
    /* 2^-100: no other digits than those of 5^100 */
    check_equal(decimal("7.888609052210118054117285652827862296732064351090230047702789306640625E-31"),
                number(0x1p-100), true);
    check_equal(decimal("7.888609052210118054117285652827862296732064351090230047702789306640635E-31"),
                number(0x1p-100), false);
    check_equal(decimal("1E+22"), number(1e22), true);
    check_equal(decimal("1E+23"), number(1e23), false);
    check_equal(decimal("1E+23"), big("100000000000000000000000"), true);
    check_equal(decimal("99999999999999991611392"), number(1e23), true);
    check_equal(big("100000000000000000000000"), number(1e23), false);
    check_equal(big("10000000000000000000000"), number(1e22), true);
    check_equal(big("18446744073709551616"), number(18446744073709551616.0), true);
    check_equal(integer(INT64_MAX), number(9223372036854775808.0), false);
    check_equal(integer(INT64_MIN), number(-9223372036854775808.0), true);
    check_equal(integer(9007199254740993), number(9007199254740992.0), false);
    check_equal(integer(9007199254740993), decimal("9007199254740993.00"), true);
    check_equal(integer(9007199254740993), decimal("-9007199254740993"), false);
    check_equal(number(0.0), number(-0.0), true);
    check_equal(number(0.0), decimal("0.000"), true);
    check_equal(number(1), number(2), false);
    check_equal(integer(1), integer(2), false);
    check_equal(decimal("1.10"), decimal("1.1"), true);
    check_equal(decimal("1.1"), decimal("11"), false);
    check_equal(big("99999999999999999999"), big("99999999999999999998"), false);
    check_equal(decimal("1E-99998"), decimal("10E-99999"), true);
}

static void test_any__nan_equals_nan(void **state)
{
    (void)state;
    double nan = 0;
    nan /= nan;
    check_equal(number(nan), number(-nan), true);
    check_equal(number(nan), number(1), false);
    check_equal(number(nan), integer(0), false);
}

static void test_any__kinds_are_equal_as_in_python(void **state)
{
    (void)state;
    const kn_any *one = integer(1), *two = integer(2);
    check_equal(kn_any_none(), kn_any_none(), true);
    check_equal(kn_any_none(), kn_any_bool(false), false);
    check_equal(str("a"), str("a"), true);
    check_equal(str("a"), bytes("a"), false);
    check_equal(str("1"), one, false);
    check_equal(LIST(one, two), LIST(number(1), decimal("2")), true);
    check_equal(LIST(one, two), LIST(two, one), false);
    check_equal(LIST(one, two), LIST(one), false);
    check_equal(LIST(one), TUPLE(one), false);
    check_equal(SET(one, two), SET(two, number(1)), true);
    check_equal(SET(one), FROZENSET(one), true);
    check_equal(SET(one), SET(two), false);
    check_equal(DICT(one, str("a"), two, str("b")), DICT(two, str("b"), number(1), str("a")), true);
    check_equal(DICT(one, str("a"), two, str("b")), DICT(one, str("b"), two, str("a")), false);
    check_equal(DICT(one, str("a")), LIST(one, str("a")), false);
    check_equal(date(2000, 2, 3), date(2000, 2, 3), true);
    check_equal(date(2000, 2, 3), date(2000, 2, 4), false);
    check_equal(date(2000, 2, 3), datetime(2000, 0, 0), false);
    check_equal(datetime(2000, 0, 1), datetime(2000, 0, 1), true);
    check_equal(datetime(2000, 0, 1), datetime(2000, 0, 2), false);
    check_equal(clock_time(1, 2, 3, 4), clock_time(1, 2, 3, 4), true);
    check_equal(span(5), span(5), true);
    check_equal(span(5), integer(5), false);
    check_equal(kn_any_list(&arena, NULL, 0), kn_any_list(&arena, NULL, 0), true);
    check_equal(kn_any_list(&arena, NULL, 0), kn_any_tuple(&arena, NULL, 0), false);
    assert_true(kn_any_equal(NULL, NULL));
    assert_false(kn_any_equal(NULL, one));
    assert_false(kn_any_equal(one, NULL));
}

static const kn_any *laughs(const kn_any *leaf, int levels)
{
    for (int i = 0; i < levels; i++)
        leaf = i % 2 ? LIST(leaf, leaf, leaf) : DICT(str("a"), leaf, str("b"), leaf, str("c"), leaf);
    return leaf;
}

/* 3^300 leaves; the test is that it ends. */
static void test_any__shared_children_cost_nothing(void **state)
{
    (void)state;
    const kn_any *a = laughs(str("lol"), 300), *b = laughs(str("lol"), 300), *c = laughs(str("loL"), 300);
    assert_true(kn_any_equal(a, b));
    assert_false(kn_any_equal(a, c));
    char out[100];
    assert_int_equal(kn_any_print(a, out, sizeof out), 99);
}

/* The texts are CPython's repr. */
static void test_any__prints_as_python(void **state)
{
    (void)state;
    const struct {
        const kn_any *any;
        const char *text;
    } cases[] = {
        {kn_any_none(), "None"},
        {kn_any_bool(true), "True"},
        {kn_any_bool(false), "False"},
        {integer(INT64_MIN), "-9223372036854775808"},
        {big("-99999999999999999999"), "-99999999999999999999"},
        {number(2.5), "2.5"},
        {number(1e300 * 1e10), "inf"},
        {number(-0.0), "-0.0"},
        {str(""), "''"},
        {str("it's"), "\"it's\""},
        {str("'\""), "'\\'\"'"},
        {str("\\\n\r\t\x01\x7f"), "'\\\\\\n\\r\\t\\x01\\x7f'"},
        {str("caf\xc3\xa9 \xf0\x9f\x98\x80"), "'caf\xc3\xa9 \xf0\x9f\x98\x80'"},
        {str("\xc2\x85\xe2\x80\xa8"), "'\\x85\\u2028'"},
        {kn_any_str(&arena, (kn_text){"a\0", 2}), "'a\\x00'"},
        {bytes("a'\xff\n"), "b\"a'\\xff\\n\""},
        {kn_any_list(&arena, NULL, 0), "[]"},
        {LIST(integer(1), number(2.5), kn_any_none()), "[1, 2.5, None]"},
        {kn_any_tuple(&arena, NULL, 0), "()"},
        {TUPLE(integer(1)), "(1,)"},
        {TUPLE(integer(1), integer(2)), "(1, 2)"},
        {kn_any_dict(&arena, NULL, 0), "{}"},
        {DICT(str("a"), LIST(integer(1)), integer(2), str("b")), "{'a': [1], 2: 'b'}"},
        {kn_any_set(&arena, NULL, 0), "set()"},
        {SET(integer(1)), "{1}"},
        {kn_any_frozenset(&arena, NULL, 0), "frozenset()"},
        {FROZENSET(integer(1)), "frozenset({1})"},
        {date(1, 1, 1), "datetime.date(1, 1, 1)"},
        {clock_time(23, 59, 0, 0), "datetime.time(23, 59)"},
        {clock_time(23, 59, 0, 5), "datetime.time(23, 59, 0, 5)"},
        {datetime(2020, 0, 0), "datetime.datetime(2020, 2, 3, 4, 5)"},
        {datetime(2020, 6, 0), "datetime.datetime(2020, 2, 3, 4, 5, 6)"},
        {datetime(2020, 6, 7), "datetime.datetime(2020, 2, 3, 4, 5, 6, 7)"},
        {span(0), "datetime.timedelta(0)"},
        {span(-1), "datetime.timedelta(days=-1, seconds=86399, microseconds=999999)"},
        {span(KN_US_PER_DAY), "datetime.timedelta(days=1)"},
        {span(1000001), "datetime.timedelta(seconds=1, microseconds=1)"},
        {decimal("-1.50"), "Decimal('-1.50')"},
        {decimal("1E+5"), "Decimal('1E+5')"},
        {decimal("12E+5"), "Decimal('1.2E+6')"},
        {decimal("0.000001"), "Decimal('0.000001')"},
        {decimal("0.0000001"), "Decimal('1E-7')"},
        {decimal("0.00000012"), "Decimal('1.2E-7')"},
        {decimal("0.00"), "Decimal('0.00')"},
        {decimal("0E-10"), "Decimal('0E-10')"},
        {decimal("1234567890123456789012345678901234567890.12"),
         "Decimal('1234567890123456789012345678901234567890.12')"},
        {NULL, "NULL"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        char out[200];
        assert_int_equal(kn_any_print(cases[i].any, out, sizeof out), strlen(cases[i].text));
        assert_string_equal(out, cases[i].text);
    }
}

static void test_any__print_cuts_at_a_character(void **state)
{
    (void)state;
    const kn_any *any = LIST(str("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"), integer(12));
    static const char whole[] = "['\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac', 12]";
    static const char *const expected[] = {[1] = "",
                                           [2] = ".",
                                           [3] = "..",
                                           [4] = "...",
                                           [5] = "[...",
                                           [6] = "['...",
                                           [7] = "['...",
                                           [8] = "['...",
                                           [9] = "['\xe2\x82\xac...",
                                           [10] = "['\xe2\x82\xac..."};
    char out[40];
    for (size_t size = 0; size < sizeof out; size++) {
        memset(out, 'x', sizeof out);
        size_t written = kn_any_print(any, out, size);
        if (size == 0)
            assert_int_equal(out[0], 'x');
        else if (size >= sizeof whole)
            assert_string_equal(out, whole);
        else
            assert_true(written == strlen(out) && written < size &&
                        (size < 4 || strcmp(out + written - 3, "...") == 0));
        if (size && size < KN_COUNT_OF(expected))
            assert_string_equal(out, expected[size]);
        if (size)
            assert_int_equal(written, strlen(out));
        assert_int_equal(out[size], 'x');
    }
}

static kn_status make_one_of_each(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn_arena own;
    kn_arena_init(&own, allocator, 0);
    static const char digits[] = "-0001234567890123456789012345678901234567890.5";
    kn_decimal d;
    const kn_any *items[40] = {0}, *set = NULL, *dict = NULL;
    char text[3000];
    memset(text, 'a', sizeof text);
    if (kn_decimal_parse(kn_text_of(digits), &own, &d, NULL) == KN_OK)
        items[0] = kn_any_decimal(&own, d);
    items[1] = kn_any_str(&own, (kn_text){text, sizeof text});
    items[2] = kn_any_bigint(&own, (kn_text){digits, sizeof digits - 3});
    items[3] = kn_any_bytes(&own, (kn_bytes){text, sizeof text});
    for (size_t i = 4; i < KN_COUNT_OF(items); i++) /* more than are sorted without memory */
        items[i] = kn_any_int(&own, (int64_t)i);
    set = kn_any_frozenset(&own, items, KN_COUNT_OF(items));
    dict = kn_any_dict(&own, (const kn_any *const[]){set, items[0]}, 1);
    dict = kn_any_list(&own, &dict, 1);
    kn_arena_finish(&own);
    return dict ? KN_OK : KN_NOMEM;
}

static void test_any__survives_every_allocation_failure(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(make_one_of_each, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any__reads_what_was_made),
        cmocka_unit_test(test_any__readers_refuse_other_kinds),
        cmocka_unit_test(test_any__bigint_is_canonical),
        cmocka_unit_test(test_any__refuses_what_is_not_allowed),
        cmocka_unit_test(test_any__nests_to_a_thousand),
        cmocka_unit_test(test_any__refuses_repeated_keys),
        cmocka_unit_test(test_any__finds_keys),
        cmocka_unit_test(test_any__numbers_are_equal_across_kinds),
        cmocka_unit_test(test_any__nan_equals_nan),
        cmocka_unit_test(test_any__kinds_are_equal_as_in_python),
        cmocka_unit_test(test_any__shared_children_cost_nothing),
        cmocka_unit_test(test_any__prints_as_python),
        cmocka_unit_test(test_any__print_cuts_at_a_character),
        cmocka_unit_test(test_any__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
