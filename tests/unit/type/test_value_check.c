/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/type.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "support/failing_allocator.h"

enum { CALM = 1, LOUD = -2 };
static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud"));

static const kn_type small_integer = {KN_INIT_KN_SMALL_INTEGER};
static const kn_type integer = {KN_INIT_KN_INTEGER};
static const kn_type big_integer = {KN_INIT_KN_BIG_INTEGER};
static const kn_type boolean = {KN_INIT_KN_BOOLEAN};
static const kn_type double_float = {KN_INIT_KN_FLOAT};
static const kn_type float_25 = {KN_INIT_KN_FLOAT_OF(25)};
static const kn_type float_24 = {KN_INIT_KN_FLOAT_OF(24)};
static const kn_type numeric = {KN_INIT_KN_NUMERIC(5, 2)};
static const kn_type string = {KN_INIT_KN_STRING(3)};
static const kn_type unicode = {KN_INIT_KN_UNICODE(3)};
static const kn_type text = {KN_INIT_KN_TEXT};
static const kn_type unicode_text = {KN_INIT_KN_UNICODE_TEXT};
static const kn_type binary = {KN_INIT_KN_LARGE_BINARY};
static const kn_type binary_3 = {KN_INIT_KN_LARGE_BINARY_OF(3)};
static const kn_type date = {KN_INIT_KN_DATE};
static const kn_type time_of_day = {KN_INIT_KN_TIME};
static const kn_type datetime = {KN_INIT_KN_DATETIME};
static const kn_type datetime_tz = {KN_INIT_KN_DATETIME_TZ};
static const kn_type interval = {KN_INIT_KN_INTERVAL};
static const kn_type enumeration = {KN_INIT_KN_ENUM(mood)};
static const kn_type pickle = {KN_INIT_KN_PICKLE};

static const kn_type *const all[] = {
    &small_integer, &integer, &big_integer, &boolean,     &double_float, &numeric,     &string,   &unicode,     &text,
    &unicode_text,  &binary,  &date,        &time_of_day, &datetime,     &datetime_tz, &interval, &enumeration, &pickle,
};

typedef struct row {
    const kn_type *type;
    kn_value value;
    kn_status status;
} row;

static void check_row(const row *r, size_t index)
{
    kn_value value = r->value;
    kn_error error = {0};
    kn_status status = kn_value_check(r->type, &value, NULL, &error);
    if (status != r->status)
        fail_msg("row %zu, %s: %s %s", index, kn_type_name((kn_type_id)r->type->id), kn_status_name(status),
                 error.message);
    assert_int_equal(error.status, status);
    if (status == KN_OK)
        assert_int_equal(value.kind, kn_type_kind((kn_type_id)r->type->id));
    value = r->value;
    assert_int_equal(kn_value_check(r->type, &value, NULL, NULL), r->status);
}

#define CHECK(rows)                                                                                                    \
    do {                                                                                                               \
        for (size_t i = 0; i < KN_COUNT_OF(rows); i++)                                                                 \
            check_row(&(rows)[i], i);                                                                                  \
    } while (0)

static void test_value_check__integers_hold_their_range(void **state)
{
    const row rows[] = {
        {&small_integer, kn_int(-32768), KN_OK},
        {&small_integer, kn_int(32767), KN_OK},
        {&small_integer, kn_int(-32769), KN_OUT_OF_RANGE},
        {&small_integer, kn_int(32768), KN_OUT_OF_RANGE},
        {&small_integer, kn_int(65536), KN_OUT_OF_RANGE},
        {&integer, kn_int(INT32_MIN), KN_OK},
        {&integer, kn_int(INT32_MAX), KN_OK},
        {&integer, kn_int(INT64_C(-2147483649)), KN_OUT_OF_RANGE},
        {&integer, kn_int(INT64_C(2147483648)), KN_OUT_OF_RANGE},
        {&integer, kn_int(INT64_C(4294967296)), KN_OUT_OF_RANGE},
        {&integer, kn_int(INT64_MIN), KN_OUT_OF_RANGE},
        {&big_integer, kn_int(INT64_MIN), KN_OK},
        {&big_integer, kn_int(INT64_MAX), KN_OK},
        {&integer, kn_bool(true), KN_TYPE_MISMATCH},
        {&integer, kn_float(1), KN_TYPE_MISMATCH},
        {&integer, kn_string("1"), KN_TYPE_MISMATCH},
        {&integer, kn_decimal_value((kn_decimal)KN_DECIMAL(1, 0)), KN_TYPE_MISMATCH},
    };
    (void)state;
    CHECK(rows);
}

static void test_value_check__booleans_are_0_and_1(void **state)
{
    const row rows[] = {
        {&boolean, kn_bool(true), KN_OK},
        {&boolean, kn_bool(false), KN_OK},
        {&boolean, kn_int(0), KN_OK},
        {&boolean, kn_int(1), KN_OK},
        {&boolean, kn_int(2), KN_OUT_OF_RANGE},
        {&boolean, kn_int(-1), KN_OUT_OF_RANGE},
        {&boolean, kn_int(256), KN_OUT_OF_RANGE},
        {&boolean, kn_int(INT64_C(1) << 32), KN_OUT_OF_RANGE},
        {&boolean, kn_float(1), KN_TYPE_MISMATCH},
    };
    kn_value value = kn_int(1);
    (void)state;
    CHECK(rows);
    assert_int_equal(kn_value_check(&boolean, &value, NULL, NULL), KN_OK);
    assert_true(value.as.b);
}

static void test_value_check__floats_are_finite_and_exact(void **state)
{
    const double largest_float = (double)FLT_MAX;
    const row rows[] = {
        {&double_float, kn_float(0.1), KN_OK},
        {&double_float, kn_float(DBL_MAX), KN_OK},
        {&double_float, kn_float(-DBL_MAX), KN_OK},
        {&double_float, kn_float(DBL_MIN / 4), KN_OK},
        {&double_float, kn_float((double)INFINITY), KN_OUT_OF_RANGE},
        {&double_float, kn_float(-(double)INFINITY), KN_OUT_OF_RANGE},
        {&double_float, kn_float((double)NAN), KN_OUT_OF_RANGE},
        {&float_25, kn_float(0.1), KN_OK},
        {&float_24, kn_float(0.5), KN_OK},
        {&float_24, kn_float((double)0.1F), KN_OK},
        {&float_24, kn_float(0.1), KN_INEXACT},
        {&float_24, kn_float(16777216), KN_OK},
        {&float_24, kn_float(16777217), KN_INEXACT},
        {&float_24, kn_float(largest_float), KN_OK},
        {&float_24, kn_float(-largest_float), KN_OK},
        {&float_24, kn_float(largest_float * (1 + DBL_EPSILON)), KN_OUT_OF_RANGE},
        {&float_24, kn_float(1e39), KN_OUT_OF_RANGE},
        {&float_24, kn_float(-1e39), KN_OUT_OF_RANGE},
        {&float_24, kn_float((double)FLT_MIN), KN_OK},
        {&float_24, kn_float(1e-60), KN_INEXACT},
        {&float_24, kn_float((double)NAN), KN_OUT_OF_RANGE},
        {&float_24, kn_float((double)INFINITY), KN_OUT_OF_RANGE},
        {&double_float, kn_int(0), KN_OK},
        {&double_float, kn_int(INT64_C(9007199254740992)), KN_OK}, /* 2^53 */
        {&double_float, kn_int(INT64_C(9007199254740993)), KN_INEXACT},
        {&double_float, kn_int(INT64_C(-9007199254740993)), KN_INEXACT},
        {&double_float, kn_int(INT64_C(9007199254740994)), KN_OK},
        {&double_float, kn_int(INT64_MIN), KN_OK}, /* -2^63 */
        {&double_float, kn_int(INT64_MAX), KN_INEXACT},
        {&double_float, kn_int(INT64_C(0x7FFFFFFFFFFFFC00)), KN_OK}, /* the largest double below 2^63 */
        {&double_float, kn_int(INT64_C(0x7FFFFFFFFFFFFDFF)), KN_INEXACT},
        {&float_24, kn_int(16777216), KN_OK},
        {&float_24, kn_int(16777217), KN_INEXACT},
        {&double_float, kn_bool(true), KN_TYPE_MISMATCH},
        {&double_float, kn_decimal_value((kn_decimal)KN_DECIMAL(1, 0)), KN_TYPE_MISMATCH},
        {&double_float, kn_string("1"), KN_TYPE_MISMATCH},
    };
    (void)state;
    CHECK(rows);
}

static void test_value_check__negative_zero_becomes_zero(void **state)
{
    const kn_type *const floats[] = {&double_float, &float_24};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(floats); i++) {
        kn_value value = kn_float(-0.0);
        assert_int_equal(kn_value_check(floats[i], &value, NULL, NULL), KN_OK);
        assert_false(signbit(value.as.d));
        value = kn_float(-1.5);
        assert_int_equal(kn_value_check(floats[i], &value, NULL, NULL), KN_OK);
        assert_true(value.as.d == -1.5);
    }
    kn_value value = kn_int(-7);
    assert_int_equal(kn_value_check(&double_float, &value, NULL, NULL), KN_OK);
    assert_true(value.as.d == -7.0);
}

#define DECIMAL(coefficient, exponent) kn_decimal_value((kn_decimal)KN_DECIMAL(coefficient, exponent))

static void test_value_check__numerics_fit_without_change(void **state)
{
    const row rows[] = {
        {&numeric, DECIMAL(99999, -2), KN_OK},
        {&numeric, DECIMAL(-99999, -2), KN_OK},
        {&numeric, DECIMAL(100000, -2), KN_OUT_OF_RANGE},
        {&numeric, DECIMAL(1, -2), KN_OK},
        {&numeric, DECIMAL(1, -3), KN_INEXACT},
        {&numeric, DECIMAL(10, -3), KN_OK},
        {&numeric, DECIMAL(9, 2), KN_OK},
        {&numeric, DECIMAL(1, 3), KN_OUT_OF_RANGE},
        {&numeric, kn_int(999), KN_OK},
        {&numeric, kn_int(-999), KN_OK},
        {&numeric, kn_int(1000), KN_OUT_OF_RANGE},
        {&numeric, kn_int(INT64_MIN), KN_OUT_OF_RANGE},
        {&numeric, kn_float(1), KN_TYPE_MISMATCH},
        {&numeric, kn_string("1"), KN_TYPE_MISMATCH},
        {&numeric, kn_decimal_value((kn_decimal){.form = 2}), KN_INVALID},
        {&numeric, kn_decimal_value((kn_decimal){.form = 1, .n = 3}), KN_INVALID},
        {&numeric, kn_decimal_value((kn_decimal){.u = {.digits = "1"}, .form = 1}), KN_INVALID},
    };
    kn_value value = kn_int(-999);
    (void)state;
    CHECK(rows);
    assert_int_equal(kn_value_check(&numeric, &value, NULL, NULL), KN_OK);
    assert_int_equal(kn_decimal_compare(value.as.decimal, (kn_decimal)KN_DECIMAL(-99900, -2)), 0);
}

static void test_value_check__decimal_zero_has_no_sign_and_a_short_text(void **state)
{
    const kn_decimal zeros[] = {
        {.sign = 1}, {.exponent = INT32_MAX}, {.exponent = INT32_MIN}, {.exponent = -2}, {.exponent = -7, .sign = 1},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(zeros); i++) {
        kn_value value = kn_decimal_value(zeros[i]);
        char out[8];
        assert_int_equal(kn_value_check(&numeric, &value, NULL, NULL), KN_OK);
        assert_int_equal(kn_decimal_print_size(value.as.decimal), 4);
        assert_int_equal(kn_decimal_print(value.as.decimal, out), 4);
        assert_memory_equal(out, "0.00", 4);
        assert_int_equal(value.as.decimal.sign, 0);
    }
}

static void test_value_check__text_is_utf8_of_so_many_characters(void **state)
{
    const row rows[] = {
        {&string, kn_string(""), KN_OK},
        {&string, kn_string("abc"), KN_OK},
        {&string, kn_string("abcd"), KN_TOO_LONG},
        {&string, kn_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), KN_OK}, /* 3 characters, 9 bytes */
        {&string, kn_string("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), KN_TOO_LONG},
        {&string, kn_textn("abcd", 3), KN_OK},
        {&string, kn_textn("ab\0", 3), KN_ENCODING},
        {&string, kn_textn("\0", 1), KN_ENCODING},
        {&string, kn_string("a\xff"), KN_ENCODING},
        {&string, kn_string("\xc0\x80"), KN_ENCODING},
        {&string, kn_string("\xed\xa0\x80"), KN_ENCODING},
        {&string, kn_textn("\xc3\xa9", 1), KN_ENCODING},
        {&string, kn_string("abcdefgh\xff"), KN_ENCODING}, /* rather than too long */
        {&unicode, kn_string("\xc3\xa9\xc3\xa9\xc3\xa9"), KN_OK},
        {&unicode, kn_string("abcd"), KN_TOO_LONG},
        {&text, kn_string("a text of any length at all, up to what memory holds"), KN_OK},
        {&text, kn_textn("a\0b", 3), KN_ENCODING},
        {&unicode_text, kn_string("\xe2\x82\xac"), KN_OK},
        {&unicode_text, kn_string("\x80"), KN_ENCODING},
        {&text, kn_textn(NULL, SIZE_MAX), KN_INVALID},
        {&string, kn_textn(NULL, 0), KN_INVALID},
        {&string, kn_int(1), KN_TYPE_MISMATCH},
        {&string, kn_blob("abc", 3), KN_TYPE_MISMATCH},
        {&text, kn_date_value((kn_date){0}), KN_TYPE_MISMATCH},
    };
    (void)state;
    CHECK(rows);
}

static void test_value_check__text_is_measured_and_not_copied(void **state)
{
    const char *s = "abc";
    kn_value value = kn_string(s);
    (void)state;
    assert_int_equal(kn_value_check(&string, &value, NULL, NULL), KN_OK);
    assert_ptr_equal(value.as.text.data, s);
    assert_int_equal(value.as.text.size, 3);
    value = kn_string("loud");
    assert_int_equal(kn_value_check(&enumeration, &value, NULL, NULL), KN_OK);
    assert_int_equal(value.as.text.size, 4);
}

static void test_value_check__the_error_names_the_byte_and_never_the_text(void **state)
{
    kn_value value = kn_string("secret\xff");
    kn_error error = {0};
    (void)state;
    assert_int_equal(kn_value_check(&text, &value, NULL, &error), KN_ENCODING);
    assert_non_null(strstr(error.message, "at byte 7"));
    assert_null(strstr(error.message, "secret"));
    value = kn_string("secret");
    assert_int_equal(kn_value_check(&string, &value, NULL, &error), KN_TOO_LONG);
    assert_non_null(strstr(error.message, "6 characters do not fit String(3)"));
    assert_int_equal(kn_value_check(&enumeration, &value, NULL, &error), KN_OUT_OF_RANGE);
    assert_null(strstr(error.message, "secret"));
    value = kn_int(42424242);
    assert_int_equal(kn_value_check(&small_integer, &value, NULL, &error), KN_OUT_OF_RANGE);
    assert_null(strstr(error.message, "42424242"));
}

static void test_value_check__bytes_fit(void **state)
{
    const row rows[] = {
        {&binary, kn_blob("a\0b\xff", 4), KN_OK},      {&binary, kn_blob("", 0), KN_OK},
        {&binary_3, kn_blob("abc", 3), KN_OK},         {&binary_3, kn_blob("abcd", 4), KN_TOO_LONG},
        {&binary, kn_blob(NULL, 0), KN_INVALID},       {&binary_3, kn_blob(NULL, 3), KN_INVALID},
        {&binary, kn_string("abc"), KN_TYPE_MISMATCH}, {&pickle, kn_blob("N.", 2), KN_OK},
        {&pickle, kn_blob(NULL, 0), KN_INVALID},       {&pickle, kn_string("N."), KN_TYPE_MISMATCH},
    };
    (void)state;
    CHECK(rows);
}

/* As CPython: pickle.dumps([1, None], 4). */
static const char one_and_none[] = "\x80\x04\x95\x08\0\0\0\0\0\0\0]\x94(K\x01Ne.";

static kn_status check_list(kn_arena *arena, kn_value *value)
{
    const kn_any *items[] = {kn_any_int(arena, 1), kn_any_none()};
    const kn_any *list = kn_any_list(arena, items, KN_COUNT_OF(items));

    if (!list)
        return KN_NOMEM;
    *value = kn_any_value(list);
    return kn_value_check(&pickle, value, arena, NULL);
}

static void test_value_check__a_tree_becomes_a_pickle(void **state)
{
    kn_arena arena;
    kn_value value;
    (void)state;
    kn_arena_init(&arena, NULL, 0);
    assert_int_equal(check_list(&arena, &value), KN_OK);
    assert_int_equal(value.kind, KN_KIND_BYTES);
    assert_int_equal(value.as.bytes.size, sizeof one_and_none - 1);
    assert_memory_equal(value.as.bytes.data, one_and_none, sizeof one_and_none - 1);
    kn_arena_finish(&arena);
}

static void test_value_check__a_tree_needs_an_arena_and_a_pointer(void **state)
{
    kn_arena arena;
    kn_value value = kn_any_value(kn_any_none());
    (void)state;
    assert_int_equal(kn_value_check(&pickle, &value, NULL, NULL), KN_INVALID);
    kn_arena_init(&arena, NULL, 0);
    assert_int_equal(kn_value_check(&binary, &value, &arena, NULL), KN_TYPE_MISMATCH);
    value = kn_any_value(NULL);
    assert_int_equal(kn_value_check(&pickle, &value, &arena, NULL), KN_INVALID);
    assert_int_equal(kn_value_check(&pickle, &value, NULL, NULL), KN_INVALID);
    kn_arena_finish(&arena);
}

static kn_status pickle_workload(const kn_allocator *allocator, void *context)
{
    kn_arena arena;
    kn_value value;
    (void)context;
    kn_arena_init(&arena, allocator, 0);
    kn_status status = check_list(&arena, &value);
    kn_arena_finish(&arena);
    return status;
}

static void test_value_check__a_pickle_without_memory_is_refused(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(pickle_workload, NULL) > 0);
}

static void test_value_check__dates_and_times_exist(void **state)
{
    const int64_t first = INT64_C(-62135596800000000), last = INT64_C(253402300799999999);
    const row rows[] = {
        {&date, kn_date_value((kn_date){-719162}), KN_OK},
        {&date, kn_date_value((kn_date){2932896}), KN_OK},
        {&date, kn_date_value((kn_date){-719163}), KN_OUT_OF_RANGE},
        {&date, kn_date_value((kn_date){2932897}), KN_OUT_OF_RANGE},
        {&time_of_day, kn_time_value((kn_time){0}), KN_OK},
        {&time_of_day, kn_time_value((kn_time){INT64_C(86399999999)}), KN_OK},
        {&time_of_day, kn_time_value((kn_time){-1}), KN_OUT_OF_RANGE},
        {&time_of_day, kn_time_value((kn_time){INT64_C(86400000000)}), KN_OUT_OF_RANGE},
        {&datetime, kn_datetime_value((kn_datetime){first}), KN_OK},
        {&datetime, kn_datetime_value((kn_datetime){last}), KN_OK},
        {&datetime, kn_datetime_value((kn_datetime){first - 1}), KN_OUT_OF_RANGE},
        {&datetime, kn_datetime_value((kn_datetime){last + 1}), KN_OUT_OF_RANGE},
        {&datetime_tz, kn_instant_value((kn_instant){first}), KN_OK},
        {&datetime_tz, kn_instant_value((kn_instant){last}), KN_OK},
        {&datetime_tz, kn_instant_value((kn_instant){first - 1}), KN_OUT_OF_RANGE},
        {&datetime_tz, kn_instant_value((kn_instant){last + 1}), KN_OUT_OF_RANGE},
        {&interval, kn_interval_value((kn_interval){first}), KN_OK},
        {&interval, kn_interval_value((kn_interval){last}), KN_OK},
        {&interval, kn_interval_value((kn_interval){first - 1}), KN_OUT_OF_RANGE},
        {&interval, kn_interval_value((kn_interval){last + 1}), KN_OUT_OF_RANGE},
        /* a wall clock is no point in time, and no type takes the kind of another */
        {&datetime, kn_instant_value((kn_instant){0}), KN_TYPE_MISMATCH},
        {&datetime_tz, kn_datetime_value((kn_datetime){0}), KN_TYPE_MISMATCH},
        {&date, kn_datetime_value((kn_datetime){0}), KN_TYPE_MISMATCH},
        {&time_of_day, kn_interval_value((kn_interval){0}), KN_TYPE_MISMATCH},
        {&interval, kn_time_value((kn_time){0}), KN_TYPE_MISMATCH},
        {&datetime, kn_string("2024-02-29"), KN_TYPE_MISMATCH},
        {&date, kn_int(0), KN_TYPE_MISMATCH},
    };
    (void)state;
    CHECK(rows);
}

static void test_value_check__enums_hold_their_labels(void **state)
{
    static const kn_type no_labels = {.id = KN_TYPE_ENUM};
    const row rows[] = {
        {&enumeration, kn_string("calm"), KN_OK},
        {&enumeration, kn_textn("loudest", 4), KN_OK},
        {&enumeration, kn_string("Calm"), KN_OUT_OF_RANGE},
        {&enumeration, kn_string("calm "), KN_OUT_OF_RANGE},
        {&enumeration, kn_string(""), KN_OUT_OF_RANGE},
        {&enumeration, kn_textn("calm\0", 5), KN_OUT_OF_RANGE},
        {&enumeration, kn_textn(NULL, 0), KN_INVALID},
        {&enumeration, kn_int(CALM), KN_OK},
        {&enumeration, kn_int(LOUD), KN_OK},
        {&enumeration, kn_int(0), KN_OUT_OF_RANGE},
        {&enumeration, kn_int((INT64_C(1) << 32) + CALM), KN_OUT_OF_RANGE},
        {&enumeration, kn_bool(true), KN_TYPE_MISMATCH},
        {&enumeration, kn_blob("calm", 4), KN_TYPE_MISMATCH},
        {&no_labels, kn_string("calm"), KN_INVALID},
        {&no_labels, kn_int(1), KN_INVALID},
    };
    kn_value value = kn_int(LOUD);
    (void)state;
    CHECK(rows);
    assert_int_equal(kn_value_check(&enumeration, &value, NULL, NULL), KN_OK);
    assert_true(kn_text_equal(value.as.text, kn_text_of("loud")));
}

static void test_value_check__null_is_of_every_type_and_unset_of_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(all); i++) {
        kn_value value = kn_null();
        assert_int_equal(kn_value_check(all[i], &value, NULL, NULL), KN_OK);
        assert_int_equal(value.kind, KN_KIND_NULL);
        memset(&value, 0, sizeof value);
        assert_int_equal(kn_value_check(all[i], &value, NULL, NULL), KN_INVALID);
        value.kind = KN_KIND_END_;
        assert_int_equal(kn_value_check(all[i], &value, NULL, NULL), KN_TYPE_MISMATCH);
    }
}

static void test_value_check__no_type_takes_no_value(void **state)
{
    static const kn_type none[] = {{.id = KN_TYPE_NONE}, {.id = KN_TYPE_END_}, {.id = 65535}};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(none); i++) {
        kn_value value = kn_int(1);
        assert_int_equal(kn_value_check(&none[i], &value, NULL, NULL), KN_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_check__integers_hold_their_range),
        cmocka_unit_test(test_value_check__booleans_are_0_and_1),
        cmocka_unit_test(test_value_check__floats_are_finite_and_exact),
        cmocka_unit_test(test_value_check__negative_zero_becomes_zero),
        cmocka_unit_test(test_value_check__numerics_fit_without_change),
        cmocka_unit_test(test_value_check__decimal_zero_has_no_sign_and_a_short_text),
        cmocka_unit_test(test_value_check__text_is_utf8_of_so_many_characters),
        cmocka_unit_test(test_value_check__text_is_measured_and_not_copied),
        cmocka_unit_test(test_value_check__the_error_names_the_byte_and_never_the_text),
        cmocka_unit_test(test_value_check__bytes_fit),
        cmocka_unit_test(test_value_check__a_tree_becomes_a_pickle),
        cmocka_unit_test(test_value_check__a_tree_needs_an_arena_and_a_pointer),
        cmocka_unit_test(test_value_check__a_pickle_without_memory_is_refused),
        cmocka_unit_test(test_value_check__dates_and_times_exist),
        cmocka_unit_test(test_value_check__enums_hold_their_labels),
        cmocka_unit_test(test_value_check__null_is_of_every_type_and_unset_of_none),
        cmocka_unit_test(test_value_check__no_type_takes_no_value),
    };
    return cmocka_run_group_tests_name("unit/type/value_check", tests, NULL, NULL);
}
