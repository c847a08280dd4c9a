/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "model/mapping.h"

#include <koine/koine.h>

#include <string.h>

typedef struct Point {
    int32_t x, y;
} Point;

/* One member a C type. */
typedef struct All {
    bool b;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    unsigned color;
    int mood;
    float f;
    double d;
    const char *cstr;
    char chars[9];
    kn_text text;
    kn_bytes bytes;
    kn_decimal decimal;
    kn_date date;
    kn_time time;
    kn_datetime datetime;
    kn_instant instant;
    kn_interval interval;
    kn_opt_bool ob;
    kn_opt_int16 oi16;
    kn_opt_int32 oi32;
    kn_opt_int64 oi64;
    kn_opt_float of;
    kn_opt_double od;
    kn_opt_enum oe;
    kn_opt_decimal odecimal;
    kn_opt_date odate;
    kn_opt_time otime;
    kn_opt_datetime odatetime;
    kn_opt_instant oinstant;
    kn_opt_interval ointerval;
    kn_opt_text otext;
    kn_opt_bytes obytes;
    Point point;
    const char *label;
    kn_text label_text;
} All;
KN_MODEL(All);

static kn_status point_write(const void *object, kn_arena *arena, kn_bytes *out, kn_error *error)
{
    const Point *p = object;
    if (p->x < 0)
        return kn_error_set(error, KN_OUT_OF_RANGE, "a point left of the edge");
    char *copy = p->y < 0 ? NULL : kn_arena_copy(arena, p, sizeof *p);
    *out = (kn_bytes){copy, sizeof *p};
    return KN_OK;
}

static kn_status point_read(kn_bytes bytes, kn_arena *arena, void *object, kn_error *error)
{
    (void)arena;
    if (bytes.size != sizeof(Point))
        return kn_error_set(error, KN_MALFORMED, "not a point");
    memcpy(object, bytes.data, bytes.size);
    return KN_OK;
}

enum { RED = 1, BLUE = 7, CALM = 1, LOUD = -4 };
static const kn_codec point_codec = {
    .size_ = sizeof(kn_codec), .name = "point", .object_size = sizeof(Point), .write = point_write, .read = point_read};
static const kn_enum color_type = KN_ENUM_TYPE("color", KN_LABEL(RED, "red"), KN_LABEL(BLUE, "blue"));
static const kn_enum mood_type = KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud"));

KN_COLUMNS(All) = {
    KN_COLUMN(All, b, KN_BOOLEAN),
    KN_COLUMN(All, i16, KN_SMALL_INTEGER),
    KN_COLUMN(All, i32, KN_INTEGER),
    KN_COLUMN(All, i64, KN_BIG_INTEGER),
    KN_COLUMN(All, color, KN_ENUM(color_type)),
    KN_COLUMN(All, mood, KN_ENUM(mood_type)),
    KN_COLUMN(All, f, KN_FLOAT_OF(24)),
    KN_COLUMN(All, d, KN_FLOAT),
    KN_COLUMN(All, cstr, KN_TEXT),
    KN_COLUMN(All, chars, KN_STRING(8)),
    KN_COLUMN(All, text, KN_TEXT),
    KN_COLUMN(All, bytes, KN_LARGE_BINARY),
    KN_COLUMN(All, decimal, KN_NUMERIC(50, 2)),
    KN_COLUMN(All, date, KN_DATE),
    KN_COLUMN(All, time, KN_TIME),
    KN_COLUMN(All, datetime, KN_DATETIME),
    KN_COLUMN(All, instant, KN_DATETIME_TZ),
    KN_COLUMN(All, interval, KN_INTERVAL),
    KN_COLUMN(All, ob, KN_BOOLEAN),
    KN_COLUMN(All, oi16, KN_SMALL_INTEGER),
    KN_COLUMN(All, oi32, KN_INTEGER),
    KN_COLUMN(All, oi64, KN_BIG_INTEGER),
    KN_COLUMN(All, of, KN_FLOAT_OF(24)),
    KN_COLUMN(All, od, KN_FLOAT),
    KN_COLUMN(All, oe, KN_ENUM(mood_type)),
    KN_COLUMN(All, odecimal, KN_NUMERIC(50, 2)),
    KN_COLUMN(All, odate, KN_DATE),
    KN_COLUMN(All, otime, KN_TIME),
    KN_COLUMN(All, odatetime, KN_DATETIME),
    KN_COLUMN(All, oinstant, KN_DATETIME_TZ),
    KN_COLUMN(All, ointerval, KN_INTERVAL),
    KN_COLUMN(All, otext, KN_TEXT),
    KN_COLUMN(All, obytes, KN_LARGE_BINARY),
    KN_COLUMN(All, point, KN_PICKLE_OF(point_codec)),
    KN_COLUMN(All, label, KN_ENUM(color_type)),
    KN_COLUMN(All, label_text, KN_ENUM(color_type)),
};
KN_DEFINE(All, "everything");

static const kn_column *column(const char *name)
{
    const kn_column *found = kn_model_column_named(&All_model, name);
    assert_non_null(found);
    return found;
}

static void test_mapping__every_c_type_has_functions_a_size_and_a_name(void **state)
{
    (void)state;
    assert_int_equal(KN_COUNT_OF(All_columns_), 36);
    for (uint32_t c = KN_C_NONE + 1; c < KN_C_END_; c++) {
        assert_ptr_not_equal(kn__member_loader(c), NULL);
        assert_ptr_not_equal(kn__member_storer(c), NULL);
        assert_non_null(kn__ctype_name(c));
        assert_int_equal(kn__ctype_size(c) == 0, c == KN_C_CHARS || c == KN_C_STRUCT);
    }
    assert_int_equal(kn__ctype_size(KN_C_OPT_INT16), sizeof(kn_opt_int16));
    assert_string_equal(kn__ctype_name(KN_C_OPT_DATE), "kn_opt_date");
    assert_int_equal(kn__ctype_size(KN_C_END_), 0);
    assert_string_equal(kn__ctype_name(KN_C_END_), "?");
    kn_column none = {.name = "c"}, strange = {.name = "c", .ctype = 4711};
    All all = {0};
    kn_value value = kn_int(1);
    kn_error error = {0};
    assert_int_equal(kn__member_load(&none, &all, NULL, &value, &error), KN_INVALID);
    assert_int_equal(kn__member_load(&strange, &all, NULL, &value, &error), KN_INVALID);
    assert_int_equal(kn__member_store(&none, &value, NULL, &all, &error), KN_INVALID);
    assert_int_equal(kn__member_store(&strange, &value, NULL, &all, &error), KN_INVALID);
    assert_string_equal(error.column, "c");
}

#define NUMBER_40 "1234567890123456789012345678901234567890"

static All filled(void)
{
    return (All){
        .b = true,
        .i16 = INT16_MIN,
        .i32 = INT32_MAX,
        .i64 = INT64_MIN,
        .color = BLUE,
        .mood = LOUD,
        .f = 0.1f,
        .d = -2.5,
        .cstr = "c\xc3\xa9",
        .chars = "12345678",
        .text = {"ab", 2},
        .bytes = {"\0\1", 2},
        .decimal = KN_DECIMAL(-1250, -2),
        .date = {19000},
        .time = {KN_US_PER_DAY - 1},
        .datetime = {-1},
        .instant = {INT64_C(1700000000000001)},
        .interval = {-5},
        .ob = KN_SOME(true),
        .oi16 = KN_SOME(-7),
        .oi32 = KN_SOME(-70000),
        .oi64 = KN_SOME(INT64_MAX),
        .of = KN_SOME(0.5f),
        .od = KN_SOME(1e300),
        .oe = KN_SOME(CALM),
        .odecimal = {.value = {.u = {.digits = NUMBER_40}, .n = 40, .form = 1}, .state = KN_SET},
        .odate = KN_SOME({KN_DATE_MIN}),
        .otime = KN_SOME({1}),
        .odatetime = KN_SOME({2}),
        .oinstant = KN_SOME({3}),
        .ointerval = KN_SOME({4}),
        .otext = {.value = {"", 0}, .state = KN_SET},
        .obytes = {.value = {"", 0}, .state = KN_SET},
        .point = {3, 4},
        .label = "red",
        .label_text = {"blue", 4},
    };
}

/* The value that each member of filled() is. */
static kn_value expected(const char *name)
{
    kn_decimal wide = {.u = {.digits = NUMBER_40}, .n = 40, .form = 1};
    static const Point point = {3, 4};
    const struct {
        const char *name;
        kn_value value;
    } cases[] = {
        {"b", kn_bool(true)},
        {"i16", kn_int(-32768)},
        {"i32", kn_int(2147483647)},
        {"i64", kn_int(INT64_MIN)},
        {"color", kn_textn("blue", 4)},
        {"mood", kn_textn("loud", 4)},
        {"f", kn_float(0.100000001490116119384765625)},
        {"d", kn_float(-2.5)},
        {"cstr", kn_textn("c\xc3\xa9", 3)},
        {"chars", kn_textn("12345678", 8)},
        {"text", kn_textn("ab", 2)},
        {"bytes", kn_blob("\0\1", 2)},
        {"decimal", kn_decimal_value(kn_decimal_of(-1250, -2))},
        {"date", kn_date_value((kn_date){19000})},
        {"time", kn_time_value((kn_time){INT64_C(86399999999)})},
        {"datetime", kn_datetime_value((kn_datetime){-1})},
        {"instant", kn_instant_value((kn_instant){INT64_C(1700000000000001)})},
        {"interval", kn_interval_value((kn_interval){-5})},
        {"ob", kn_bool(true)},
        {"oi16", kn_int(-7)},
        {"oi32", kn_int(-70000)},
        {"oi64", kn_int(INT64_MAX)},
        {"of", kn_float(0.5)},
        {"od", kn_float(1e300)},
        {"oe", kn_textn("calm", 4)},
        {"odecimal", kn_decimal_value(wide)},
        {"odate", kn_date_value((kn_date){KN_DATE_MIN})},
        {"otime", kn_time_value((kn_time){1})},
        {"odatetime", kn_datetime_value((kn_datetime){2})},
        {"oinstant", kn_instant_value((kn_instant){3})},
        {"ointerval", kn_interval_value((kn_interval){4})},
        {"otext", kn_textn("", 0)},
        {"obytes", kn_blob("", 0)},
        {"point", kn_blob(&point, sizeof point)},
        {"label", kn_textn("red", 3)},
        {"label_text", kn_textn("blue", 4)},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        if (strcmp(cases[i].name, name) == 0)
            return cases[i].value;
    }
    fail_msg("no case for %s", name);
    return kn_null();
}

static void assert_same(const kn_value *a, const kn_value *b)
{
    assert_int_equal(a->kind, b->kind);
    switch (a->kind) {
    case KN_KIND_BOOL:
        assert_int_equal(a->as.b, b->as.b);
        break;
    case KN_KIND_FLOAT:
        assert_true(a->as.d <= b->as.d && a->as.d >= b->as.d);
        break;
    case KN_KIND_TEXT:
        assert_int_equal(a->as.text.size, b->as.text.size);
        assert_memory_equal(a->as.text.data, b->as.text.data, a->as.text.size);
        break;
    case KN_KIND_BYTES:
        assert_int_equal(a->as.bytes.size, b->as.bytes.size);
        assert_memory_equal(a->as.bytes.data, b->as.bytes.data, a->as.bytes.size);
        break;
    case KN_KIND_DECIMAL:
        assert_int_equal(kn_decimal_compare(a->as.decimal, b->as.decimal), 0);
        break;
    case KN_KIND_DATE:
        assert_int_equal(a->as.date.days, b->as.date.days);
        break;
    default:
        assert_int_equal(a->as.i, b->as.i);
        break;
    }
}

static void test_mapping__loads_every_member_as_the_value_it_is(void **state)
{
    (void)state;
    All all = filled();
    kn_arena arena = {0};
    for (size_t i = 0; i < All_model.n_columns; i++) {
        const kn_column *c = kn_model_column(&All_model, i);
        kn_value value, wanted = expected(c->member);
        kn_error error = {0};
        memset(&value, 0x5a, sizeof value);
        assert_int_equal(kn__member_load(c, &all, &arena, &value, &error), KN_OK);
        assert_same(&value, &wanted);
        assert_int_equal(value.zero_, 0);
        assert_int_equal(value.zero2_, 0);
    }
    kn_arena_finish(&arena);
}

/* Stores what filled() holds into an empty object, then loads it again. */
static void round_trip(kn_arena *keep)
{
    kn_arena arena = {0};
    All all = {0};
    for (size_t i = 0; i < All_model.n_columns; i++) {
        const kn_column *c = kn_model_column(&All_model, i);
        kn_value wanted = expected(c->member), value;
        kn_error error = {0};
        kn_arena *into = kn__member_needs_arena(c) ? &arena : keep;
        assert_int_equal(kn__member_store(c, &wanted, into, &all, &error), KN_OK);
        assert_int_equal(kn__member_load(c, &all, &arena, &value, &error), KN_OK);
        assert_same(&value, &wanted);
    }
    assert_int_equal(all.color, BLUE);
    assert_int_equal(all.mood, LOUD);
    assert_int_equal(all.oe.value, CALM);
    assert_int_equal(all.point.y, 4);
    assert_string_equal(all.label, "red");
    kn_arena_finish(&arena);
}

static void test_mapping__stores_what_it_loads(void **state)
{
    (void)state;
    kn_arena keep = {0};
    round_trip(NULL);
    round_trip(&keep);
    kn_arena_finish(&keep);
}

static void test_mapping__with_an_arena_nothing_is_borrowed(void **state)
{
    (void)state;
    kn_arena arena = {0};
    kn_error error = {0};
    char source[] = "hello";
    char digits[] = NUMBER_40;
    kn_value text = kn_textn(source, 4), bytes = kn_blob(source, 5);
    kn_value decimal = kn_decimal_value((kn_decimal){.u = {.digits = digits}, .n = 40, .form = 1});
    All all = {0};
    assert_int_equal(kn__member_store(column("cstr"), &text, &arena, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("text"), &text, &arena, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("otext"), &text, &arena, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("bytes"), &bytes, &arena, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("obytes"), &bytes, &arena, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("decimal"), &decimal, &arena, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("odecimal"), &decimal, &arena, &all, &error), KN_OK);
    memset(source, 'x', sizeof source);
    memset(digits, '9', sizeof digits);
    assert_string_equal(all.cstr, "hell");
    assert_string_equal(all.text.data, "hell");
    assert_string_equal(all.otext.value.data, "hell");
    assert_memory_equal(all.bytes.data, "hello", 5);
    assert_memory_equal(all.obytes.value.data, "hello", 5);
    assert_memory_equal(all.decimal.u.digits, NUMBER_40, 40);
    assert_memory_equal(all.odecimal.value.u.digits, NUMBER_40, 40);
    kn_arena_finish(&arena);
}

static void test_mapping__without_an_arena_texts_are_borrowed(void **state)
{
    (void)state;
    kn_error error = {0};
    const char source[] = "hello";
    kn_value text = kn_textn(source, 5), measured = kn_textn(source, SIZE_MAX);
    All all = {0};
    assert_int_equal(kn__member_store(column("cstr"), &text, NULL, &all, &error), KN_OK);
    assert_ptr_equal(all.cstr, source);
    assert_int_equal(kn__member_store(column("text"), &measured, NULL, &all, &error), KN_OK);
    assert_ptr_equal(all.text.data, source);
    assert_int_equal(all.text.size, 5);
    /* not ended where it ends: kn_text can hold it, char * cannot */
    kn_value part = kn_textn(source, 4);
    assert_int_equal(kn__member_store(column("text"), &part, NULL, &all, &error), KN_OK);
    assert_int_equal(kn__member_store(column("cstr"), &part, NULL, &all, &error), KN_INVALID);
    assert_ptr_equal(all.cstr, source);
}

static void test_mapping__unset_and_null_are_two_things(void **state)
{
    (void)state;
    All all = {0};
    kn_arena arena = {0};
    kn_value value;
    kn_error error = {0};
    for (size_t i = 0; i < All_model.n_columns; i++) {
        const kn_column *c = kn_model_column(&All_model, i);
        if (!kn_column_is_nullable(&All_model, c))
            continue;
        assert_int_equal(kn__member_load(c, &all, &arena, &value, &error), KN_OK);
        assert_int_equal(value.kind, KN_KIND_UNSET);
        kn_value null = kn_null();
        memset((char *)&all + c->offset, 0x01, c->member_size);
        assert_int_equal(kn__member_store(c, &null, NULL, &all, &error), KN_OK);
        assert_int_equal(kn__member_load(c, &all, &arena, &value, &error), KN_OK);
        bool twin = c->ctype >= KN_C_OPT_BOOL && c->ctype <= KN_C_OPT_BYTES;
        assert_int_equal(value.kind, twin ? KN_KIND_NULL : KN_KIND_UNSET);
    }
    assert_null(all.cstr);
    assert_int_equal(all.oi16.value, 0);
    kn_arena_finish(&arena);
}

static void test_mapping__null_into_a_plain_member_is_refused(void **state)
{
    (void)state;
    size_t plain = 0;
    for (size_t i = 0; i < All_model.n_columns; i++) {
        const kn_column *c = kn_model_column(&All_model, i);
        if (kn_column_is_nullable(&All_model, c))
            continue;
        All all = filled(), before = filled();
        kn_value null = kn_null();
        kn_error error = {0};
        kn_arena arena = {0};
        assert_int_equal(kn__member_store(c, &null, &arena, &all, &error), KN_NULL_VALUE);
        assert_string_equal(error.column, c->member);
        assert_memory_equal((char *)&all + c->offset, (char *)&before + c->offset, c->member_size);
        kn__member_failed(&All_model, c, KN_NULL_VALUE, &error);
        assert_string_equal(error.table, "everything");
        assert_non_null(strstr(error.message, "table 'everything': column '"));
        kn_arena_finish(&arena);
        plain++;
    }
    assert_int_equal(plain, 16);
}

static void test_mapping__refuses_what_a_member_cannot_hold(void **state)
{
    (void)state;
    const struct {
        const char *name;
        kn_value value;
        kn_status status;
    } cases[] = {
        {"i16", kn_int(32768), KN_OUT_OF_RANGE},
        {"i16", kn_int(-32769), KN_OUT_OF_RANGE},
        {"oi16", kn_int(32768), KN_OUT_OF_RANGE},
        {"i32", kn_int(INT64_C(2147483648)), KN_OUT_OF_RANGE},
        {"oi32", kn_int(INT64_C(-2147483649)), KN_OUT_OF_RANGE},
        {"i64", kn_float(1), KN_TYPE_MISMATCH},
        {"i64", kn_textn("1", 1), KN_TYPE_MISMATCH},
        {"b", kn_int(1), KN_TYPE_MISMATCH},
        {"ob", kn_int(1), KN_TYPE_MISMATCH},
        {"f", kn_float(0.1), KN_INEXACT},
        {"of", kn_float(0.1), KN_INEXACT},
        {"f", kn_float(1e39), KN_OUT_OF_RANGE},
        {"f", kn_float(-1e39), KN_OUT_OF_RANGE},
        {"f", kn_float(0x1.ffffffp127), KN_OUT_OF_RANGE},
        {"f", kn_float(1e-300), KN_INEXACT},
        {"color", kn_textn("green", 5), KN_OUT_OF_RANGE},
        {"color", kn_textn("Red", 3), KN_OUT_OF_RANGE},
        {"mood", kn_int(1), KN_TYPE_MISMATCH},
        {"oe", kn_textn("calm ", 5), KN_OUT_OF_RANGE},
        {"label", kn_textn("green", 5), KN_OUT_OF_RANGE},
        {"label_text", kn_textn("", 0), KN_OUT_OF_RANGE},
        {"chars", kn_textn("123456789", 9), KN_TOO_LONG},
        {"chars", kn_textn("1\0003", 3), KN_ENCODING},
        {"cstr", kn_textn("1\0003", 3), KN_ENCODING},
        {"cstr", kn_textn(NULL, 0), KN_INVALID},
        {"cstr", kn_blob("a", 1), KN_TYPE_MISMATCH},
        {"bytes", kn_textn("a", 1), KN_TYPE_MISMATCH},
        {"date", kn_datetime_value((kn_datetime){0}), KN_TYPE_MISMATCH},
        {"datetime", kn_instant_value((kn_instant){0}), KN_TYPE_MISMATCH},
        {"decimal", kn_int(1), KN_TYPE_MISMATCH},
        {"point", kn_blob("abc", 3), KN_MALFORMED},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        All all = filled(), before = all;
        kn_arena arena = {0};
        kn_error error = {0};
        const kn_column *c = column(cases[i].name);
        assert_int_equal(kn__member_store(c, &cases[i].value, &arena, &all, &error), cases[i].status);
        assert_int_equal(error.status, cases[i].status);
        assert_memory_equal((char *)&all + c->offset, (char *)&before + c->offset, c->member_size);
        kn_arena_finish(&arena);
    }
}

static void test_mapping__a_float_member_takes_every_float(void **state)
{
    (void)state;
    static const double exact[] = {
        0.0, 1.5, -0.100000001490116119384765625, 3.4028234663852886e38, -3.4028234663852886e38, 1.401298464324817e-45};
    for (size_t i = 0; i < KN_COUNT_OF(exact); i++) {
        All all = {0};
        kn_value value = kn_float(exact[i]), back;
        assert_int_equal(kn__member_store(column("f"), &value, NULL, &all, NULL), KN_OK);
        assert_int_equal(kn__member_load(column("f"), &all, NULL, &back, NULL), KN_OK);
        assert_true(back.as.d >= exact[i] && back.as.d <= exact[i]);
    }
}

static void test_mapping__refuses_members_in_a_bad_state(void **state)
{
    (void)state;
    All all = filled();
    kn_arena arena = {0};
    kn_value value;
    kn_error error = {0};
    memset(all.chars, 'x', sizeof all.chars);
    assert_int_equal(kn__member_load(column("chars"), &all, NULL, &value, &error), KN_INVALID);
    memset(&all.b, 2, 1);
    assert_int_equal(kn__member_load(column("b"), &all, NULL, &value, &error), KN_OUT_OF_RANGE);
    memset(&all.ob.value, 255, 1);
    assert_int_equal(kn__member_load(column("ob"), &all, NULL, &value, &error), KN_OUT_OF_RANGE);
    all.color = 2;
    assert_int_equal(kn__member_load(column("color"), &all, NULL, &value, &error), KN_OUT_OF_RANGE);
    all.mood = 0;
    assert_int_equal(kn__member_load(column("mood"), &all, NULL, &value, &error), KN_OUT_OF_RANGE);
    all.oe.value = 99;
    assert_int_equal(kn__member_load(column("oe"), &all, NULL, &value, &error), KN_OUT_OF_RANGE);
    all.oi32.state = (kn_state)3;
    assert_int_equal(kn__member_load(column("oi32"), &all, NULL, &value, &error), KN_INVALID);
    all.otext.value.data = NULL;
    assert_int_equal(kn__member_load(column("otext"), &all, NULL, &value, &error), KN_INVALID);
    all.obytes.value.data = NULL;
    assert_int_equal(kn__member_load(column("obytes"), &all, NULL, &value, &error), KN_INVALID);
    assert_int_equal(kn__member_load(column("point"), &all, NULL, &value, &error), KN_INVALID);
    all.point.x = -1;
    assert_int_equal(kn__member_load(column("point"), &all, &arena, &value, &error), KN_OUT_OF_RANGE);
    all.point = (Point){0, -1};
    assert_int_equal(kn__member_load(column("point"), &all, &arena, &value, &error), KN_INVALID);
    value = kn_blob("12345678", 8);
    assert_int_equal(kn__member_store(column("point"), &value, NULL, &all, &error), KN_INVALID);
    kn_arena_finish(&arena);
}

typedef struct Tree {
    const kn_any *any;
    kn_any *plain;
} Tree;
KN_MODEL(Tree);
KN_COLUMNS(Tree) = {KN_COLUMN(Tree, any, KN_PICKLE), KN_COLUMN(Tree, plain, KN_PICKLE)};
KN_DEFINE(Tree, "trees");

static void test_mapping__trees_travel_as_pickles(void **state)
{
    (void)state;
    kn_arena arena = {0};
    kn_error error = {0};
    const kn_any *items[] = {kn_any_int(&arena, 1), kn_any_str(&arena, kn_text_of("two"))};
    Tree tree = {.any = kn_any_list(&arena, items, 2)}, back = {0};
    for (size_t i = 0; i < 2; i++) {
        const kn_column *c = kn_model_column(&Tree_model, i);
        kn_value value, null = kn_null();
        tree.plain = (kn_any *)(uintptr_t)tree.any;
        assert_int_equal(kn__member_load(c, &tree, &arena, &value, &error), KN_OK);
        assert_int_equal(value.kind, KN_KIND_BYTES);
        assert_memory_equal(value.as.bytes.data, "\x80\x04", 2);
        assert_int_equal(kn__member_store(c, &value, &arena, &back, &error), KN_OK);
        assert_true(kn_any_equal(i ? back.plain : back.any, tree.any));
        assert_int_equal(kn__member_load(c, &tree, NULL, &value, &error), KN_INVALID);
        value = kn_blob("\x80\x04N.", 4);
        assert_int_equal(kn__member_store(c, &value, NULL, &back, &error), KN_INVALID);
        value = kn_blob("not a pickle", 12);
        assert_int_not_equal(kn__member_store(c, &value, &arena, &back, &error), KN_OK);
        assert_true(kn_any_equal(i ? back.plain : back.any, tree.any));
        assert_int_equal(kn__member_store(c, &null, NULL, &back, &error), KN_OK);
        assert_int_equal(kn__member_load(c, &back, NULL, &value, &error), KN_OK);
        assert_int_equal(value.kind, KN_KIND_UNSET);
        assert_true(kn__member_needs_arena(c));
        assert_true(kn__member_owns_memory(c));
    }
    kn_arena_finish(&arena);
}

static void test_mapping__a_full_arena_is_nomem(void **state)
{
    (void)state;
    static const char *const names[] = {"cstr", "text", "otext", "bytes", "obytes", "decimal", "odecimal"};
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        kn_arena arena;
        kn_arena_init(&arena, NULL, 16);
        assert_non_null(kn_arena_alloc(&arena, 16));
        All all = {0};
        const kn_column *c = column(names[i]);
        kn_value value = kn_textn("text", 4);
        if (c->type.id == KN_TYPE_LARGE_BINARY)
            value = kn_blob("text", 4);
        if (c->type.id == KN_TYPE_NUMERIC)
            value = kn_decimal_value((kn_decimal){.u = {.digits = NUMBER_40}, .n = 40, .form = 1});
        kn_error error = {0};
        assert_int_equal(kn__member_store(c, &value, &arena, &all, &error), KN_NOMEM);
        assert_int_equal(error.status, KN_NOMEM);
        kn_arena_finish(&arena);
    }
}

static void test_mapping__knows_which_members_point_somewhere(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool owns, needs;
    } cases[] = {{"i64", 0, 0},        {"cstr", 1, 0},   {"chars", 0, 0},   {"text", 1, 0},  {"otext", 1, 0},
                 {"bytes", 1, 0},      {"obytes", 1, 0}, {"decimal", 1, 0}, {"point", 1, 1}, {"label", 0, 0},
                 {"label_text", 0, 0}, {"oe", 0, 0},     {"odecimal", 1, 0}};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        assert_int_equal(kn__member_owns_memory(column(cases[i].name)), cases[i].owns);
        assert_int_equal(kn__member_needs_arena(column(cases[i].name)), cases[i].needs);
    }
    kn_column narrow = *column("decimal");
    narrow.type.precision = 38;
    assert_false(kn__member_owns_memory(&narrow));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapping__every_c_type_has_functions_a_size_and_a_name),
        cmocka_unit_test(test_mapping__loads_every_member_as_the_value_it_is),
        cmocka_unit_test(test_mapping__stores_what_it_loads),
        cmocka_unit_test(test_mapping__with_an_arena_nothing_is_borrowed),
        cmocka_unit_test(test_mapping__without_an_arena_texts_are_borrowed),
        cmocka_unit_test(test_mapping__unset_and_null_are_two_things),
        cmocka_unit_test(test_mapping__null_into_a_plain_member_is_refused),
        cmocka_unit_test(test_mapping__refuses_what_a_member_cannot_hold),
        cmocka_unit_test(test_mapping__a_float_member_takes_every_float),
        cmocka_unit_test(test_mapping__refuses_members_in_a_bad_state),
        cmocka_unit_test(test_mapping__trees_travel_as_pickles),
        cmocka_unit_test(test_mapping__a_full_arena_is_nomem),
        cmocka_unit_test(test_mapping__knows_which_members_point_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
