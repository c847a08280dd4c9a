/* SPDX-License-Identifier: MIT */
/* backends: all */
/* What expressions mean, on a real backend: the same on all of them. */
#include "support/database.h"

#include <inttypes.h>

typedef enum Mood { CALM = 1, LOUD = 2, ABLE = 3 } Mood;
typedef struct Fact {
    int64_t id;
    const char *name;
    kn_opt_int16 small;
    kn_opt_int32 count;
    kn_opt_int64 big;
    kn_opt_double ratio;
    kn_opt_decimal price, worth;
    kn_opt_enum mood;
    kn_opt_bool live;
    kn_opt_datetime at;
    const char *code;
} Fact;
KN_MODEL(Fact);

/* declared in another order than that of the letters */
static const kn_enum mood_type =
    KN_ENUM_TYPE("mood", KN_LABEL(CALM, "calm"), KN_LABEL(LOUD, "loud"), KN_LABEL(ABLE, "able"));

KN_COLUMNS(Fact) = {
    KN_COLUMN(Fact, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Fact, name, KN_STRING(40)),
    KN_COLUMN(Fact, small, KN_SMALL_INTEGER),
    KN_COLUMN(Fact, count, KN_INTEGER),
    KN_COLUMN(Fact, big, KN_BIG_INTEGER),
    KN_COLUMN(Fact, ratio, KN_FLOAT),
    KN_COLUMN(Fact, price, KN_NUMERIC(12, 7)),
    KN_COLUMN(Fact, worth, KN_NUMERIC(20, 2)),
    KN_COLUMN(Fact, mood, KN_ENUM(mood_type)),
    KN_COLUMN(Fact, live, KN_BOOLEAN),
    KN_COLUMN(Fact, at, KN_DATETIME),
    KN_COLUMN(Fact, code, KN_STRING(3)),
};
KN_DEFINE(Fact, "facts");

#define F(m) KN_COL(Fact, m)
static const Fact facts[] = {
    {.id = 1,
     .name = "Ken",
     .small = KN_SOME(7),
     .count = KN_SOME(2),
     .big = KN_SOME(10),
     .ratio = KN_SOME(0.5),
     .price = KN_SOME(KN_DECIMAL(11019540346, -7)),
     .worth = KN_SOME(KN_DECIMAL(-1250, -2)),
     .mood = KN_SOME(LOUD),
     .live = KN_SOME(true),
     .at = KN_SOME({0}),
     .code = "abc"},
    {.id = 2,
     .name = "ken",
     .small = KN_SOME(-7),
     .count = KN_SOME(0),
     .big = KN_SOME(INT64_MAX),
     .ratio = KN_SOME(-0.5),
     .price = KN_SOME(KN_DECIMAL(1, 0)),
     .worth = KN_SOME(KN_DECIMAL(3, 0)),
     .mood = KN_SOME(CALM),
     .live = KN_SOME(false),
     .at = KN_SOME({1000000}),
     .code = "ABC"},
    {.id = 3,
     .name = "50%_\\[*?]",
     .small = KN_SOME(7),
     .count = KN_SOME(3),
     .big = KN_SOME(INT64_MIN),
     .worth = KN_SOME(KN_DECIMAL(-1300, -2)),
     .mood = KN_SOME(ABLE),
     .live = KN_SOME(true)},
    {.id = 4,
     .name = "\xc3\x84"
             "b "},
    {.id = 5, .name = ""},
    {.id = 6},
};

static int open_facts(void **state)
{
    test_database_open(state);
    test_database *db = test_database_of(state);
    test_database_create(db, &Fact_model, NULL);
    assert_ok(db, kn_insert_many(db->c, &Fact_model, facts, KN_COUNT_OF(facts), &db->error));
    return 0;
}

/* "1 3": the ids that a query finds, in its order. */
static void ids_of(test_database *db, const kn_select *query, const kn_value *values, size_t count, char *out,
                   size_t size)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    size_t n = 0;
    out[0] = '\0';
    assert_ok(db, kn_prepare_query(db->c, &query->node, &statement, &db->error));
    assert_ok(db, kn_open(statement, values, count, &result, &db->error));
    kn_status status;
    while ((status = kn_next(result, &db->error)) == KN_OK) {
        int64_t id = 0;
        assert_ok(db, kn_get_int(result, 0, &id, &db->error));
        n += (size_t)snprintf(out + n, size - n, "%s%" PRId64, n ? " " : "", id);
    }
    assert_done(db, status);
    kn_result_close(result);
    kn_statement_finish(statement);
}

typedef struct found {
    const char *name;
    const kn_expr *where;
    const char *ids;
} found;

static const found conditions[] = {
    {"like is case sensitive", KN_LIKE(F(name), KN_TEXT("k%")), "2"},
    {"like: one character", KN_LIKE(F(name), KN_TEXT("_en")), "1 2"},
    {"like: one character is a code point", KN_LIKE(F(name), KN_TEXT("_b%")), "4"},
    {"like: escaped wildcards", KN_LIKE(F(name), KN_TEXT("50\\%\\_\\\\%")), "3"},
    {"like: what is wild elsewhere is not here", KN_LIKE(F(name), KN_TEXT("%[*?]")), "3"},
    {"like: a star is a star", KN_LIKE(F(name), KN_TEXT("K*")), ""},
    {"like: a set is no set", KN_LIKE(F(name), KN_TEXT("[K]en")), ""},
    {"like: all but NULL", KN_LIKE(F(name), KN_TEXT("%")), "1 2 3 4 5"},
    {"like: nothing", KN_LIKE(F(name), KN_TEXT("")), "5"},
    {"like: spaces at the end count",
     KN_LIKE(F(name), KN_TEXT("\xc3\x84"
                              "b")),
     ""},
    {"not like", KN_NOT(KN_LIKE(F(name), KN_TEXT("%en"))), "3 4 5"},
    {"ilike folds letters", KN_ILIKE(F(name), KN_TEXT("KE%")), "1 2"},
    {"ilike folds ASCII only",
     KN_ILIKE(F(name), KN_TEXT("\xc3\xa4"
                               "b ")),
     ""},
    {"ilike: escaped wildcards", KN_ILIKE(F(name), KN_TEXT("50\\%\\_%")), "3"},
    {"contains: nothing is wild", KN_CONTAINS(F(name), KN_TEXT("%_\\")), "3"},
    {"contains: % is no wildcard", KN_CONTAINS(F(name), KN_TEXT("e%")), ""},
    {"contains is case sensitive", KN_CONTAINS(F(name), KN_TEXT("K")), "1"},
    {"contains the empty text", KN_CONTAINS(F(name), KN_TEXT("")), "1 2 3 4 5"},
    {"starts with", KN_STARTS_WITH(F(name), KN_TEXT("50%_\\[*")), "3"},
    {"starts with, case sensitive", KN_STARTS_WITH(F(name), KN_TEXT("k")), "2"},
    {"ends with", KN_ENDS_WITH(F(name), KN_TEXT("*?]")), "3"},
    {"ends with a space", KN_ENDS_WITH(F(name), KN_TEXT(" ")), "4"},
    {"starts with an expression", KN_STARTS_WITH(F(name), KN_CONCAT(KN_TEXT("K"), KN_TEXT("e"))), "1"},
    {"ends with an expression", KN_ENDS_WITH(F(name), KN_LOWER(KN_TEXT("EN"))), "1 2"},
    {"ends with a longer expression", KN_ENDS_WITH(KN_TEXT("en"), KN_LOWER(F(name))), "5"},
    {"texts compare by code point", KN_LT(F(name), KN_TEXT("a")), "1 3 5"},
    {"texts: spaces at the end count",
     KN_EQ(F(name), KN_TEXT("\xc3\x84"
                            "b")),
     ""},
    {"texts longer than the column", KN_EQ(F(code), KN_TEXT("abcd")), ""},

    {"equal to a value", KN_EQ(F(small), KN_INT(7)), "1 3"},
    {"equal to what no column can hold", KN_EQ(F(small), KN_INT(100000)), ""},
    {"NULL is not unequal", KN_NE(F(small), KN_INT(7)), "2"},
    {"NOT of NULL is NULL", KN_NOT(KN_EQ(F(small), KN_INT(7))), "2"},
    {"is NULL", KN_IS_NULL(F(name)), "6"},
    {"OR with NULL", KN_OR(KN_EQ(F(small), KN_INT(-7)), KN_IS_NULL(F(name))), "2 6"},
    {"in", KN_IN(F(id), KN_INT(6), KN_INT(1), KN_INT(99)), "1 6"},
    {"in nothing", KN_IN(F(id), &kn_absent_), ""},
    {"not in nothing, NULL or not", KN_NOT_IN(F(small), &kn_absent_), "1 2 3 4 5 6"},
    {"not in leaves NULL out", KN_NOT_IN(F(small), KN_INT(7)), "2"},
    {"between has both ends", KN_BETWEEN(F(id), KN_INT(2), KN_INT(4)), "2 3 4"},
    {"a Boolean column alone", F(live), "1 3"},
    {"not a Boolean column", KN_NOT(F(live)), "2"},
    {"a Boolean column and a value", KN_EQ(F(live), KN_BOOL(false)), "2"},
    {"precedence: AND before OR", KN_OR(KN_EQ(F(id), KN_INT(1)), KN_AND(F(live), KN_EQ(F(id), KN_INT(3)))), "1 3"},
    {"precedence: written otherwise", KN_AND(KN_OR(KN_EQ(F(id), KN_INT(1)), F(live)), KN_EQ(F(id), KN_INT(3))), "3"},

    {"enums in order of declaration", KN_GT(F(mood), KN_INT(CALM)), "1 3"},
    {"enums: between", KN_BETWEEN(F(mood), KN_TEXT("calm"), KN_TEXT("loud")), "1 2"},
    {"enums: equal", KN_EQ(F(mood), KN_TEXT("able")), "3"},
    {"decimals: equal", KN_EQ(F(price), KN_DEC(11019540346, -7)), "1"},
    {"decimals: 1 is 1.0000000", KN_EQ(F(price), KN_INT(1)), "2"},
    {"decimals: in", KN_IN(F(price), KN_DEC(1, 0), KN_DEC(11019540346, -7)), "1 2"},
    {"decimals: beside an integer column", KN_GT(F(price), F(id)), "1"},
    {"wide decimals: negative ones are less", KN_LT(F(worth), KN_DEC(-125, -1)), "3"},
    {"wide decimals: between", KN_BETWEEN(F(worth), KN_DEC(-1250, -2), KN_INT(3)), "1 2"},
    {"wide decimals: nothing or a value", KN_GE(KN_COALESCE(F(worth), KN_INT(0)), KN_INT(0)), "2 4 5 6"},
    {"datetimes", KN_LT(F(at), KN_NOW), "1 2"},
    {"datetimes: equal",
     KN_EQ(F(at), KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_DATETIME, .as = {.datetime = {1000000}}})), "2"},

    {"division truncates towards zero", KN_EQ(KN_DIV(F(small), KN_INT(2)), KN_INT(-3)), "2"},
    {"the remainder has the sign of the dividend", KN_EQ(KN_MOD(F(small), KN_INT(4)), KN_INT(-3)), "2"},
    {"division by zero is NULL", KN_AND(KN_IS_NULL(KN_DIV(F(small), F(count))), KN_IS_NOT_NULL(F(small))), "2"},
    {"remainder by zero is NULL", KN_AND(KN_IS_NULL(KN_MOD(F(big), F(count))), KN_IS_NOT_NULL(F(big))), "2"},
    {"float division by zero is NULL",
     KN_AND(KN_IS_NULL(KN_DIV(F(ratio), KN_SUB(F(ratio), F(ratio)))), KN_IS_NOT_NULL(F(ratio))), "1 2"},
    {"minus binds tighter", KN_EQ(KN_SUB(F(small), KN_SUB(KN_INT(1), KN_INT(2))), KN_INT(8)), "1 3"},
    {"concatenation with NULL is NULL", KN_IS_NULL(KN_CONCAT(F(name), KN_TEXT("x"))), "6"},
    {"lower folds ASCII only",
     KN_EQ(KN_LOWER(F(name)), KN_TEXT("\xc3\x84"
                                      "b ")),
     "4"},
    {"length counts code points", KN_EQ(KN_LENGTH(F(name)), KN_INT(3)), "1 2 4"},
};

static void test_expressions__find_the_same_rows_on_every_backend(void **state)
{
    test_database *db = test_database_of(state);
    for (size_t i = 0; i < KN_COUNT_OF(conditions); i++) {
        char got[64];
        const kn_select query = KN_SELECT(KN_FROM(Fact), .columns = KN_LIST(F(id)), .where = conditions[i].where,
                                          .order_by = KN_LIST(F(id)));
        ids_of(db, &query, NULL, 0, got, sizeof(got));
        if (strcmp(got, conditions[i].ids) != 0)
            fail_msg("%s: found \"%s\", not \"%s\"", conditions[i].name, got, conditions[i].ids);
    }
}

typedef struct ordered {
    const char *name;
    const kn_expr *const *order_by;
    const char *ids;
} ordered;

static const ordered orders[] = {
    {"NULL first", KN_LIST(F(small), F(id)), "4 5 6 2 1 3"},
    {"NULL last when descending", KN_LIST(KN_DESC(F(small)), KN_DESC(F(id))), "3 1 2 6 5 4"},
    {"enums by declaration", KN_LIST(KN_ASC(F(mood)), F(id)), "4 5 6 2 1 3"},
    {"enums by declaration, descending", KN_LIST(KN_DESC(F(mood)), F(id)), "3 1 2 4 5 6"},
    {"texts by code point", KN_LIST(F(name)), "6 5 3 1 2 4"},
    {"wide decimals", KN_LIST(F(worth), F(id)), "4 5 6 3 1 2"},
    {"an expression", KN_LIST(KN_DESC(KN_COALESCE(F(small), KN_INT(0))), F(id)), "1 3 4 5 6 2"},
};

static void test_expressions__order_the_same_on_every_backend(void **state)
{
    test_database *db = test_database_of(state);
    for (size_t i = 0; i < KN_COUNT_OF(orders); i++) {
        char got[64];
        const kn_select query = KN_SELECT(KN_FROM(Fact), .columns = KN_LIST(F(id)), .order_by = orders[i].order_by);
        ids_of(db, &query, NULL, 0, got, sizeof(got));
        if (strcmp(got, orders[i].ids) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", orders[i].name, got, orders[i].ids);
    }
}

static void test_expressions__limit_and_offset_take_arguments(void **state)
{
    test_database *db = test_database_of(state);
    const kn_select page = KN_SELECT(KN_FROM(Fact), .columns = KN_LIST(F(id)), .order_by = KN_LIST(F(id)),
                                     .limit = KN_ARG(0), .offset = KN_ARG(1));
    const kn_select rest =
        KN_SELECT(KN_FROM(Fact), .columns = KN_LIST(F(id)), .order_by = KN_LIST(F(id)), .offset = KN_INT(4));
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    char got[64];
    ids_of(db, &page, KN_ARGS(kn_int(2), kn_int(3)), got, sizeof(got));
    assert_string_equal(got, "4 5");
    ids_of(db, &page, KN_ARGS(kn_int(0), kn_int(0)), got, sizeof(got));
    assert_string_equal(got, "");
    ids_of(db, &rest, KN_NO_ARGS, got, sizeof(got));
    assert_string_equal(got, "5 6");
    assert_ok(db, kn_prepare_query(db->c, &page.node, &statement, &db->error));
    assert_refused(db, KN_OUT_OF_RANGE, kn_open(statement, KN_ARGS(kn_int(-1), kn_int(0)), &result, &db->error));
    assert_refused(db, KN_TYPE_MISMATCH, kn_open(statement, KN_ARGS(kn_string("1"), kn_int(0)), &result, &db->error));
    kn_statement_finish(statement);
}

/* The first column of the first row, as text. */
static void one_of(test_database *db, const kn_expr *e, char *out, size_t size)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_value value;
    const kn_expr *const columns[] = {e, KN_END};
    const kn_select query =
        KN_SELECT(KN_FROM(Fact), .columns = columns, .where = KN_LE(F(id), KN_INT(2)), .limit = KN_INT(1));
    assert_ok(db, kn_prepare_query(db->c, &query.node, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_value(result, 0, NULL, &value, &db->error));
    kn_value_print(&value, out, size);
    kn_result_close(result);
    kn_statement_finish(statement);
}

typedef struct computed {
    const kn_expr *e;
    const char *value;
} computed;

static const computed results[] = {
    {KN_COUNT_ROWS, "2"},         {KN_COUNT(F(name)), "2"},
    {KN_MIN(F(small)), "-7"},     {KN_MAX(F(worth)), "3.00"},
    {KN_MIN(F(worth)), "-12.50"}, {KN_MIN(F(at)), "1970-01-01T00:00:00.000000"},
    {KN_SUM(F(small)), "0"},      {KN_SUM(F(ratio)), "0.0"},
    {KN_MAX(F(name)), "'ken'"},   {KN_MAX(F(price)), "1101.9540346"},
};

static void test_expressions__aggregates_have_the_types_of_columns(void **state)
{
    test_database *db = test_database_of(state);
    for (size_t i = 0; i < KN_COUNT_OF(results); i++) {
        char got[64];
        one_of(db, results[i].e, got, sizeof(got));
        if (strncmp(got, results[i].value, strlen(results[i].value)) != 0)
            fail_msg("result %zu: %s, not %s", i, got, results[i].value);
    }
}

typedef struct change {
    const char *name;
    int64_t id;
    const kn_expr *set;
} change;

/* What does not fit the column's domain is an error and changes nothing. */
static const change failing[] = {
    {"64 bits over", 2, KN_ASSIGN(F(big), KN_ADD(F(big), KN_INT(1)))},
    {"64 bits under", 3, KN_ASSIGN(F(big), KN_SUB(F(big), KN_INT(1)))},
    {"64 bits: a product", 2, KN_ASSIGN(F(big), KN_MUL(F(big), F(big)))},
    {"64 bits: the negative", 3, KN_ASSIGN(F(big), KN_NEG(F(big)))},
    {"64 bits: on the way only", 2, KN_ASSIGN(F(big), KN_SUB(KN_ADD(F(big), KN_INT(1)), KN_INT(1)))},
    {"32 bits", 1, KN_ASSIGN(F(count), KN_ADD(F(count), KN_INT(INT32_MAX)))},
    {"16 bits", 1, KN_ASSIGN(F(small), KN_MUL(F(small), KN_INT(10000)))},
    {"16 bits: from a wider column", 2, KN_ASSIGN(F(small), F(big))},
    {"a longer text", 1, KN_ASSIGN(F(code), KN_CONCAT(F(code), KN_TEXT("d")))},
    {"a text of a longer column", 3, KN_ASSIGN(F(code), F(name))},
    {"an infinite float", 1, KN_ASSIGN(F(ratio), KN_MUL(F(ratio), KN_DOUBLE(1.7e308), KN_DOUBLE(1.7e308)))},
};

static const change passing[] = {
    {"one more", 1, KN_ASSIGN(F(big), KN_ADD(F(big), KN_INT(1)))},
    {"NULL plus one is NULL", 6, KN_ASSIGN(F(big), KN_ADD(F(big), KN_INT(1)))},
    {"the greatest", 1, KN_ASSIGN(F(count), KN_ADD(F(count), KN_INT(INT32_MAX - 2)))},
    {"a NULL that would not fit", 6, KN_ASSIGN(F(code), F(name))},
    {"a text that just fits", 1, KN_ASSIGN(F(code), F(name))},
    {"a division by zero", 1, KN_ASSIGN(F(big), KN_DIV(F(big), KN_SUB(F(id), KN_INT(1))))},
    {"a float", 1, KN_ASSIGN(F(ratio), KN_MUL(F(ratio), KN_DOUBLE(1e308)))},
    {"a decimal to NULL", 1, KN_ASSIGN(F(price), KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_NULL}))},
    {"now", 1, KN_ASSIGN(F(at), KN_NOW)},
};

static kn_status assign(test_database *db, const change *c, int64_t *changed)
{
    const kn_expr *const set[] = {c->set, KN_END};
    const kn_update_rows update = {.node = {KN_NODE_UPDATE, sizeof(kn_update_rows), 0},
                                   .table = &Fact_model,
                                   .set = set,
                                   .where = KN_EQ(F(id), KN_ARG(0))};
    return kn_execute_query(db->c, &update.node, KN_ARGS(kn_int(c->id)), changed, &db->error);
}

/* A chain that is longer than a backend lets its trees be deep. */
static void test_expressions__a_thousand_conditions_are_no_depth(void **state)
{
    test_database *db = test_database_of(state);
    enum { MOST = 2000 };
    const kn_op ops[] = {KN_OP_OR, KN_OP_AND};
    const kn_expr *terms[MOST];
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    for (size_t o = 0; o < KN_COUNT_OF(ops); o++)
        for (size_t n = 250; n <= MOST; n = n < 260 ? n + 1 : n * 2) {
            for (size_t i = 0; i < n; i++) { /* the last alone decides */
                const kn_expr *pair[] = {F(id), kn_expr_value(&arena, kn_int(i + 1 == n ? 1 : 1000 + (int64_t)i))};
                terms[i] = kn_expr_op(&arena, o ? (i + 1 == n ? KN_OP_EQ : KN_OP_NE) : KN_OP_EQ, pair, 2);
            }
            const kn_select query = KN_SELECT(KN_FROM(Fact), .where = kn_expr_op(&arena, ops[o], terms, n));
            int64_t matching = -1;
            assert_ok(db, kn_count(db->c, &query, KN_NO_ARGS, &matching, &db->error));
            assert_int_equal(matching, 1);
        }
    kn_arena_finish(&arena);
}

static void test_expressions__assignments_keep_to_the_domain(void **state)
{
    test_database *db = test_database_of(state);
    for (size_t i = 0; i < KN_COUNT_OF(failing); i++) {
        kn_status status = assign(db, &failing[i], NULL);
        if (status != (strstr(failing[i].name, "text") ? KN_TOO_LONG : KN_OUT_OF_RANGE))
            fail_msg("%s: %s: %s", failing[i].name, kn_status_name(status), db->error.message);
    }
    for (size_t i = 0; i < KN_COUNT_OF(facts); i++) {
        kn_arena arena = {0};
        Fact fact = {.id = facts[i].id};
        assert_ok(db, kn_get(db->c, KN_OBJECT(Fact, &fact), &arena, &db->error));
        assert_int_equal(fact.big.value, facts[i].big.value);
        assert_int_equal(fact.count.value, facts[i].count.value);
        assert_int_equal(fact.small.value, facts[i].small.value);
        assert_true(!fact.code || strcmp(fact.code, facts[i].code) == 0);
        kn_arena_finish(&arena);
    }
    for (size_t i = 0; i < KN_COUNT_OF(passing); i++) {
        int64_t changed = 0;
        if (assign(db, &passing[i], &changed) != KN_OK)
            fail_msg("%s: %s", passing[i].name, db->error.message);
        assert_int_equal(changed, 1);
    }
    kn_arena arena = {0};
    Fact fact = {.id = 1};
    assert_ok(db, kn_get(db->c, KN_OBJECT(Fact, &fact), &arena, &db->error));
    assert_int_equal(fact.big.state, KN_NULL);
    assert_int_equal(fact.count.value, INT32_MAX);
    assert_string_equal(fact.code, "Ken");
    assert_int_equal(fact.price.state, KN_NULL);
    assert_true(fact.at.value.us > INT64_C(1700000000) * 1000000);
    kn_arena_finish(&arena);
}

/* A comparison whose arithmetic overflows is an error too, not a comparison with something else. */
static void test_expressions__overflow_in_a_condition_is_an_error(void **state)
{
    test_database *db = test_database_of(state);
    const kn_select query =
        KN_SELECT(KN_FROM(Fact), .columns = KN_LIST(F(id)), .where = KN_GT(KN_ADD(F(big), KN_INT(1)), KN_INT(0)));
    int64_t count = 0;
    assert_true(kn_count(db->c, &query, KN_NO_ARGS, &count, &db->error) != KN_OK);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_facts, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_expressions__find_the_same_rows_on_every_backend),
        EACH(test_expressions__order_the_same_on_every_backend),
        EACH(test_expressions__limit_and_offset_take_arguments),
        EACH(test_expressions__aggregates_have_the_types_of_columns),
        EACH(test_expressions__assignments_keep_to_the_domain),
        EACH(test_expressions__a_thousand_conditions_are_no_depth),
        EACH(test_expressions__overflow_in_a_condition_is_an_error),
    };
    return cmocka_run_group_tests_name("integration/engine/expressions", tests, NULL, NULL);
}
