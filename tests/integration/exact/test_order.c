/* SPDX-License-Identifier: MIT */
/* backends: all */
/* ORDER BY and comparison are as exact as the values: some hundred values a type, pseudo-random but the same in every
 * run, with the borders among them. */
#include <float.h>

#include "exact_order.h"

#define ROWS 300

EXACT_BOX(Small, "order_small", int16_t, KN_SMALL_INTEGER);
EXACT_BOX(Integer, "order_integer", int32_t, KN_INTEGER);
EXACT_BOX(Big, "order_big", int64_t, KN_BIG_INTEGER);
EXACT_BOX(Boolean, "order_boolean", bool, KN_BOOLEAN);
EXACT_BOX(Float, "order_float", double, KN_FLOAT);
EXACT_BOX(Float24, "order_float24", float, KN_FLOAT_OF(24));
EXACT_BOX(Day, "order_date", kn_date, KN_DATE);
EXACT_BOX(Clock, "order_time", kn_time, KN_TIME);
EXACT_BOX(Wall, "order_datetime", kn_datetime, KN_DATETIME);
EXACT_BOX(Instant, "order_instant", kn_instant, KN_DATETIME_TZ);
EXACT_BOX(Span, "order_interval", kn_interval, KN_INTERVAL);
EXACT_BOX(String, "order_string", kn_opt_text, KN_STRING(12));
EXACT_BOX(Text, "order_text", kn_opt_text, KN_TEXT);
EXACT_BOX(Binary, "order_binary", kn_bytes, KN_LARGE_BINARY);
EXACT_BOX(Numeric_12_2, "order_numeric_12_2", kn_decimal, KN_NUMERIC(12, 2));
EXACT_BOX(Numeric_9_3, "order_numeric_9_3", kn_opt_decimal, KN_NUMERIC(9, 3));
EXACT_BOX(Numeric_20_3, "order_numeric_20_3", kn_opt_decimal, KN_NUMERIC(20, 3));
EXACT_BOX(Numeric_15_0, "order_numeric_15_0", kn_decimal, KN_NUMERIC(15, 0));
EXACT_BOX(Numeric_15_15, "order_numeric_15_15", kn_decimal, KN_NUMERIC(15, 15));
EXACT_BOX(Numeric_15_5, "order_numeric_15_5", kn_decimal, KN_NUMERIC(15, 5));
EXACT_BOX(Numeric_16_4, "order_numeric_16_4", kn_decimal, KN_NUMERIC(16, 4));
EXACT_BOX(Numeric_16_16, "order_numeric_16_16", kn_decimal, KN_NUMERIC(16, 16));
EXACT_BOX(Numeric_38_20, "order_numeric_38_20", kn_decimal, KN_NUMERIC(38, 20));
EXACT_BOX(Numeric_38_0, "order_numeric_38_0", kn_decimal, KN_NUMERIC(38, 0));
EXACT_BOX(Numeric_65_30, "order_numeric_65_30", kn_decimal, KN_NUMERIC(65, 30));
EXACT_BOX(Numeric_200_100, "order_numeric_200_100", kn_decimal, KN_NUMERIC(200, 100));
EXACT_BOX(Numeric_1000_500, "order_numeric_1000_500", kn_decimal, KN_NUMERIC(1000, 500));
EXACT_BOX(Numeric_1000_0, "order_numeric_1000_0", kn_decimal, KN_NUMERIC(1000, 0));

enum Card { CARD_ACE = 14, CARD_KING = 13, CARD_TEN = 10, CARD_TWO = 2, CARD_JOKER = -1 };
static const kn_enum cards =
    KN_ENUM_TYPE("card", KN_LABEL(CARD_TWO, "two"), KN_LABEL(CARD_TEN, "Ten"), KN_LABEL(CARD_KING, "king"),
                 KN_LABEL(CARD_ACE, "ace"), KN_LABEL(CARD_JOKER, "'joker'"));
EXACT_BOX(Hand, "order_enum", kn_opt_enum, KN_ENUM(cards));

/* comparisons of C values */

static int compare_int(const kn_value *a, const kn_value *b)
{
    return (a->as.i > b->as.i) - (a->as.i < b->as.i);
}

static int compare_date(const kn_value *a, const kn_value *b)
{
    return (a->as.date.days > b->as.date.days) - (a->as.date.days < b->as.date.days);
}

static int compare_bool(const kn_value *a, const kn_value *b)
{
    return (int)a->as.b - (int)b->as.b;
}

static int compare_float(const kn_value *a, const kn_value *b)
{
    return (a->as.d > b->as.d) - (a->as.d < b->as.d);
}

static int compare_decimal(const kn_value *a, const kn_value *b)
{
    return kn_decimal_compare(a->as.decimal, b->as.decimal);
}

/* The next code point of valid UTF-8. */
static uint32_t next_code_point(const char *s, size_t *at)
{
    unsigned char first = (unsigned char)s[(*at)++];
    uint32_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t c = more ? first & (0x3fu >> more) : first;

    while (more--)
        c = c << 6 | ((unsigned char)s[(*at)++] & 0x3fu);
    return c;
}

static int compare_text(const kn_value *a, const kn_value *b)
{
    const kn_text *x = &a->as.text, *y = &b->as.text;
    size_t i = 0, k = 0;

    while (i < x->size && k < y->size) {
        uint32_t c = next_code_point(x->data, &i), d = next_code_point(y->data, &k);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return (int)(i < x->size) - (int)(k < y->size);
}

static int compare_bytes(const kn_value *a, const kn_value *b)
{
    size_t least = a->as.bytes.size < b->as.bytes.size ? a->as.bytes.size : b->as.bytes.size;
    int order = least ? memcmp(a->as.bytes.data, b->as.bytes.data, least) : 0;

    return order ? order : (a->as.bytes.size > b->as.bytes.size) - (a->as.bytes.size < b->as.bytes.size);
}

static int place_of_label(const kn_value *v)
{
    int place = 0;

    while (strlen(cards.labels[place].label) != v->as.text.size ||
           memcmp(cards.labels[place].label, v->as.text.data, v->as.text.size) != 0)
        place++;
    return place;
}

static int compare_label(const kn_value *a, const kn_value *b)
{
    return place_of_label(a) - place_of_label(b);
}

/* values */

/* Any of 64 bits, small ones as often as large ones. */
static int64_t random_int(uint64_t *state)
{
    unsigned shift = (unsigned)(exact_random(state) % 64);

    return (int64_t)exact_random(state) >> shift;
}

static void check_ints(void **state, const kn_model *model, kn_kind kind, int64_t low, int64_t high)
{
    kn_value values[ROWS];
    const int64_t borders[] = {low, low + 1, high, high - 1, 0, low > -1 ? 1 : -1, 1};
    uint64_t seed = 0x9e3779b97f4a7c15;

    for (size_t i = 0; i < ROWS; i++) {
        int64_t x = i < KN_COUNT_OF(borders) ? borders[i] : random_int(&seed);
        if (x < low || x > high)
            x = low + (int64_t)(exact_random(&seed) % ((uint64_t)high - (uint64_t)low + 1));
        values[i] = kn_int(x);
        values[i].kind = (uint16_t)kind;
        if (kind == KN_KIND_DATE)
            values[i] = kn_date_value((kn_date){(int32_t)x});
    }
    exact_check_order(test_database_of(state), model, values, ROWS, NULL, 0,
                      kind == KN_KIND_DATE ? compare_date : compare_int);
}

static void test_order__integers(void **state)
{
    check_ints(state, &Small_model, KN_KIND_INT, INT16_MIN, INT16_MAX);
    check_ints(state, &Integer_model, KN_KIND_INT, INT32_MIN, INT32_MAX);
    check_ints(state, &Big_model, KN_KIND_INT, INT64_MIN + 1, INT64_MAX - 1);
}

static void test_order__days_and_clocks(void **state)
{
    check_ints(state, &Day_model, KN_KIND_DATE, KN_DATE_MIN, KN_DATE_MAX);
    check_ints(state, &Clock_model, KN_KIND_TIME, 0, INT64_C(86399999999));
    check_ints(state, &Wall_model, KN_KIND_DATETIME, KN_DATETIME_MIN, KN_DATETIME_MAX);
    check_ints(state, &Instant_model, KN_KIND_INSTANT, KN_DATETIME_MIN, KN_DATETIME_MAX);
    check_ints(state, &Span_model, KN_KIND_INTERVAL, KN_DATETIME_MIN, KN_DATETIME_MAX);
}

static void test_order__booleans(void **state)
{
    kn_value values[20];

    for (size_t i = 0; i < KN_COUNT_OF(values); i++)
        values[i] = kn_bool(i % 3 == 0);
    exact_check_order(test_database_of(state), &Boolean_model, values, KN_COUNT_OF(values), NULL, 0, compare_bool);
}

static double random_double(uint64_t *state)
{
    union {
        uint64_t bits;
        double d;
    } u;

    do
        u.bits = exact_random(state);
    while (u.d - u.d != 0); /* not finite */
    return u.d;
}

static void test_order__floats(void **state)
{
    static const double borders[] = {
        0.0,     -0.0,     1.0,    -1.0,    0x1p-1074,          -0x1p-1074, DBL_MAX, -DBL_MAX,
        0.1,     0.1 * 3,  0x1p63, -0x1p63, 9007199254740992.0, 1e15,       0.3,     1e16,
        DBL_MIN, -DBL_MIN, 1e300,  -1e-300};
    kn_value values[ROWS];
    uint64_t seed = 0x853c49e6748fea9b;

    for (size_t i = 0; i < ROWS; i++)
        values[i] = kn_float(i < KN_COUNT_OF(borders) ? borders[i] : random_double(&seed));
    for (size_t i = KN_COUNT_OF(borders); i + 1 < ROWS; i += 7) /* neighbours */
        values[i + 1] = kn_float(values[i].as.d * (1 + DBL_EPSILON));
    exact_check_order(test_database_of(state), &Float_model, values, ROWS, NULL, 0, compare_float);
}

static void test_order__floats_of_24_bits(void **state)
{
    static const float borders[] = {0.0f, -0.0f, 0.1f, 0.3f, FLT_MAX, -FLT_MAX, 0x1p-149f, 16777216.0f, 16777215.0f};
    kn_value values[ROWS], pivots[] = {kn_float((double)0.1f), kn_float((double)0.3f), kn_float(0.5)};
    uint64_t seed = 77;

    for (size_t i = 0; i < ROWS; i++) {
        double d = (double)(int32_t)exact_random(&seed) / 3.0;
        values[i] = kn_float((double)(i < KN_COUNT_OF(borders) ? borders[i] : (float)d));
    }
    exact_check_order(test_database_of(state), &Float24_model, values, ROWS, pivots, KN_COUNT_OF(pivots),
                      compare_float);
}

/* Characters whose order differs between code points, UTF-16 and any language. */
static const char *const letters[] = {"a",
                                      "A",
                                      "b",
                                      "B",
                                      "z",
                                      "Z",
                                      " ",
                                      "  ",
                                      "0",
                                      "9",
                                      "10",
                                      "_",
                                      "%",
                                      "\xc3\xa4",
                                      "\xc3\x84",
                                      "\xc3\x9f",
                                      "ss",
                                      "\xce\xa9",
                                      "\x01",
                                      "\x7f",
                                      "\xcc\x81",
                                      "\n",
                                      "\\",
                                      "'",
                                      "\xef\xbf\xbf",
                                      "-",
                                      "\xee\x80\x80",
                                      "\xf0\x90\x80\x80",
                                      "\xf0\x9f\x98\x80",
                                      "\xf4\x8f\xbf\xbf"};

static kn_value random_text(uint64_t *state, kn_arena *arena)
{
    char text[64] = "";
    size_t n = exact_random(state) % 7, size;

    for (size_t i = 0; i < n; i++)
        strncat(text, letters[exact_random(state) % KN_COUNT_OF(letters)], sizeof(text) - strlen(text) - 1);
    size = strlen(text);
    return kn_textn(kn_arena_copy(arena, text, size), size);
}

static void check_texts(void **state, const kn_model *model)
{
    kn_value values[ROWS];
    const kn_value pivots[] = {kn_textn("", 0),
                               kn_textn("a", 1),
                               kn_textn("a ", 2),
                               kn_textn("B", 1),
                               kn_textn("\xee\x80\x80", 3),
                               kn_textn("\xf0\x90\x80\x80", 4),
                               kn_textn("longer than the column may hold", 31)};
    uint64_t seed = 0xda3e39cb94b95bdb;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < ROWS; i++)
        values[i] = i < KN_COUNT_OF(letters) ? kn_textn(letters[i], strlen(letters[i])) : random_text(&seed, &arena);
    values[40] = values[77] = values[78] = kn_null();
    exact_check_order(test_database_of(state), model, values, ROWS, pivots, KN_COUNT_OF(pivots), compare_text);
    kn_arena_finish(&arena);
}

static void test_order__texts_by_code_point(void **state)
{
    check_texts(state, &String_model);
    check_texts(state, &Text_model);
}

static void test_order__bytes(void **state)
{
    kn_value values[ROWS];
    uint64_t seed = 5;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < ROWS; i++) {
        uint64_t bytes = exact_random(&seed) & UINT64_C(0xff00ff01ff80007f);
        size_t size = exact_random(&seed) % 9;
        values[i] = kn_blob(kn_arena_copy(&arena, &bytes, size), size);
    }
    exact_check_order(test_database_of(state), &Binary_model, values, ROWS, NULL, 0, compare_bytes);
    kn_arena_finish(&arena);
}

static void test_order__enums_as_they_are_declared(void **state)
{
    kn_value values[40];
    uint64_t seed = 9;

    for (size_t i = 0; i < KN_COUNT_OF(values); i++) {
        const char *label = cards.labels[exact_random(&seed) % 5].label;
        values[i] = kn_textn(label, strlen(label));
    }
    values[3] = values[17] = kn_null();
    exact_check_order(test_database_of(state), &Hand_model, values, KN_COUNT_OF(values), NULL, 0, compare_label);
}

/* decimals */

enum { NUMERIC_TEXT = 1100 }; /* the digits of the widest type, sign and point */

static kn_value parse(const char *text, kn_arena *arena)
{
    kn_decimal d;

    if (kn_decimal_parse(kn_text_of(text), arena, &d, NULL) != KN_OK)
        fail_msg("'%s' is no decimal", text);
    return kn_decimal_value(d);
}

/* Up to `whole` digits, point, up to `fraction` digits. */
static kn_value random_decimal(uint64_t *state, uint32_t whole, uint32_t fraction, kn_arena *arena)
{
    char text[NUMERIC_TEXT];
    size_t n = 0, w = whole ? exact_random(state) % (whole + 1) : 0,
           f = fraction ? exact_random(state) % (fraction + 1) : 0;

    if (exact_random(state) % 2)
        text[n++] = '-';
    text[n++] = '0';
    for (size_t i = 0; i < w; i++)
        text[n++] = (char)('0' + exact_random(state) % 10);
    text[n++] = '.';
    for (size_t i = 0; i < f; i++)
        text[n++] = (char)('0' + exact_random(state) % 10);
    text[n] = '\0';
    return parse(text, arena);
}

/* v with a last digit one more or less, where that fits. */
static kn_value neighbour(const kn_value *v, const kn_type *type, kn_arena *arena)
{
    kn_decimal d;
    char text[NUMERIC_TEXT];
    size_t n;

    if (kn_decimal_rescale(v->as.decimal, type->scale, arena, &d, NULL) != KN_OK)
        fail_msg("a decimal does not rescale");
    n = kn_decimal_print(d, text);
    text[n] = '\0';
    text[n - 1] = (char)(text[n - 1] == '9' ? '8' : text[n - 1] + 1);
    return parse(text, arena);
}

static void check_numeric(void **state, const kn_model *model)
{
    const kn_type *type = &exact_column(model)->type;
    uint32_t whole = (uint32_t)type->precision - type->scale;
    kn_value values[ROWS], pivots[6];
    uint64_t seed = type->precision * UINT64_C(1000003) + type->scale + 1;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < ROWS; i++)
        values[i] = random_decimal(&seed, whole, type->scale, &arena);
    for (size_t i = 0; i + 1 < ROWS; i += 3)
        values[i + 1] = neighbour(&values[i], type, &arena);
    values[5] = parse("0", &arena);
    values[8] = parse("-0.0", &arena);
    values[11] = values[10];
    if (kn_column_is_nullable(model, exact_column(model)))
        values[20] = values[21] = values[100] = kn_null();
    for (size_t i = 0; i < KN_COUNT_OF(pivots); i++) /* in no row, most likely */
        pivots[i] = random_decimal(&seed, whole, type->scale, &arena);
    exact_check_order(test_database_of(state), model, values, ROWS, pivots, KN_COUNT_OF(pivots), compare_decimal);
    kn_arena_finish(&arena);
}

static void test_order__numerics_of_15_digits(void **state)
{
    check_numeric(state, &Numeric_12_2_model);
    check_numeric(state, &Numeric_9_3_model);
    check_numeric(state, &Numeric_15_0_model);
    check_numeric(state, &Numeric_15_15_model);
    check_numeric(state, &Numeric_15_5_model);
}

static void test_order__numerics_of_more_digits(void **state)
{
    check_numeric(state, &Numeric_16_4_model);
    check_numeric(state, &Numeric_16_16_model);
    check_numeric(state, &Numeric_20_3_model);
    check_numeric(state, &Numeric_38_20_model);
    check_numeric(state, &Numeric_38_0_model);
    check_numeric(state, &Numeric_65_30_model);
    check_numeric(state, &Numeric_200_100_model);
    check_numeric(state, &Numeric_1000_500_model);
    check_numeric(state, &Numeric_1000_0_model);
}

/* A bound that the column could not hold is refused, not rounded to one that it could. */
static void test_order__a_bound_that_no_row_can_equal_is_refused(void **state)
{
    static const struct {
        const kn_model *model;
        const char *bound;
        kn_status status;
    } rows[] = {
        {&Numeric_12_2_model, "1.005", KN_INEXACT},
        {&Numeric_12_2_model, "10000000000", KN_OUT_OF_RANGE},
        {&Numeric_38_20_model, "0.000000000000000000001", KN_INEXACT},
        {&Numeric_38_20_model, "1e18", KN_OUT_OF_RANGE},
    };
    static const kn_op ops[] = {KN_OP_EQ, KN_OP_LT, KN_OP_GE, KN_OP_IN};
    test_database *db = test_database_of(state);
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++)
        for (size_t k = 0; k < KN_COUNT_OF(ops); k++) {
            kn_value bound = parse(rows[i].bound, &arena);
            Exact_order run = {.db = db, .model = rows[i].model, .arena = arena};
            const kn_expr *where = exact_condition(&run, ops[k], &bound, 1, false);
            int64_t count = -1;
            arena = run.arena;
            assert_true(exact_create(db, rows[i].model));
            assert_refused(
                db, rows[i].status,
                kn_count(db->c, KN_QUERY(.from = rows[i].model, .where = where), &bound, 1, &count, &db->error));
        }
    kn_arena_finish(&arena);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_order__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(integers),
        EACH(days_and_clocks),
        EACH(booleans),
        EACH(floats),
        EACH(floats_of_24_bits),
        EACH(texts_by_code_point),
        EACH(bytes),
        EACH(enums_as_they_are_declared),
        EACH(numerics_of_15_digits),
        EACH(numerics_of_more_digits),
        EACH(a_bound_that_no_row_can_equal_is_refused),
    };
    return cmocka_run_group_tests_name("integration/exact/order", tests, NULL, NULL);
}
