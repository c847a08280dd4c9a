/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "support/failing_allocator.h"
#include "support/music.h"

#include <string.h>

typedef struct Filled {
    int64_t id;
    const char *text;
    char chars[5];
    kn_text made;
    const char *made_cstr;
    kn_opt_int32 none;
    kn_opt_int32 null;
    kn_opt_date date;
    kn_decimal price;
    const kn_any *prefs;
    kn_datetime seen;
    Mood mood;
    int32_t extra; /* no column */
} Filled;
KN_MODEL(Filled);

static const char *fixed_text = "constant";
static int calls;

/* Leaves a text without a NUL behind it. */
static kn_status make_text(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)error;
    calls++;
    char *text = kn_arena_alloc(arena, 4);
    if (!text)
        return KN_NOMEM;
    memcpy(text, context, 4);
    *out = kn_textn(text, 3);
    return KN_OK;
}

static kn_status make_tree(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context;
    const kn_any *items[] = {kn_any_int(arena, 7), kn_any_none()};
    const kn_any *list = kn_any_list(arena, items, 2);
    if (!list)
        return kn_error_set(error, KN_NOMEM, "out of memory for a list");
    *out = kn_any_value(list);
    return KN_OK;
}

static kn_status fail_quietly(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context, (void)arena, (void)out, (void)error;
    return KN_STATE;
}

static kn_status make_wrong(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context, (void)arena, (void)error;
    *out = kn_textn("ten", 3);
    return KN_OK;
}

static char seed[] = "abcX";
KN_COLUMNS(Filled) = {
    KN_COLUMN(Filled, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Filled, text, KN_TEXT, .initial = KN_TEXT("constant")),
    KN_COLUMN(Filled, chars, KN_STRING(4), .initial = KN_TEXT("four")),
    KN_COLUMN(Filled, made, KN_TEXT, .initial = KN_CALL(make_text, seed)),
    KN_COLUMN(Filled, made_cstr, KN_TEXT, .initial = KN_CALL(make_text, seed)),
    KN_COLUMN(Filled, none, KN_INTEGER),
    KN_COLUMN(Filled, null, KN_INTEGER, .initial = KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_NULL})),
    KN_COLUMN(Filled, date, KN_DATE,
              .initial = KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_DATE, .as = {.date = {19000}}})),
    KN_COLUMN(Filled, price, KN_NUMERIC(8, 2), .initial = KN_INT(12)),
    KN_COLUMN(Filled, prefs, KN_PICKLE, .initial = KN_CALL(make_tree, NULL)),
    KN_COLUMN(Filled, seen, KN_DATETIME, .initial = KN_NOW),
    KN_COLUMN(Filled, mood, KN_ENUM(mood_type), .initial = KN_INT(MOOD_LOUD)),
};
KN_DEFINE(Filled, "filled");

static void test_init__fills_what_the_program_knows(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_arena arena = {0};
    Filled f;
    assert_int_equal(kn_model_check(&Filled_model, &error), KN_OK);
    memset(&f, 0x55, sizeof f);
    calls = 0;
    if (kn_init(&Filled_model, &f, &arena, &error) != KN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(calls, 2);
    assert_int_equal(f.id, 0);
    assert_string_equal(f.text, fixed_text);
    assert_string_equal(f.chars, "four");
    assert_int_equal(f.made.size, 3);
    assert_memory_equal(f.made.data, "abc", 3);
    assert_string_equal(f.made_cstr, "abc");
    assert_int_equal(f.none.state, KN_UNSET);
    assert_int_equal(f.null.state, KN_NULL);
    assert_int_equal(f.date.state, KN_SET);
    assert_int_equal(f.date.value.days, 19000);
    assert_int_equal(kn_decimal_compare(f.price, kn_decimal_of(12, 0)), 0);
    assert_int_equal(kn_any_count(f.prefs), 2);
    assert_int_equal(f.seen.us, 0); /* SQL's to compute */
    assert_int_equal(f.mood, MOOD_LOUD);
    assert_int_equal(f.extra, 0);
    kn_arena_finish(&arena);
}

static void test_init__constants_need_no_arena(void **state)
{
    (void)state;
    kn_error error = {0};
    User user;
    if (kn_init(&User_model, &user, NULL, &error) != KN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(user.mood, MOOD_CALM);
    assert_null(user.role);
}

static void with_initial(kn_status status, const char *why, const kn_expr *initial)
{
    kn_error error = {0};
    kn_arena arena = {0};
    Filled f;
    kn_column columns[KN_COUNT_OF(Filled_columns_)];
    kn_model model = Filled_model;
    memcpy(columns, Filled_columns_, sizeof columns);
    model.columns = columns;
    columns[5].initial = initial;
    assert_int_equal(kn_init(&model, &f, &arena, &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.table, "filled");
    assert_string_equal(error.column, "none");
    if (!strstr(error.message, why))
        fail_msg("'%s' is not in '%s'", why, error.message);
    kn_arena_finish(&arena);
}

static void test_init__a_default_that_fails_is_named(void **state)
{
    (void)state;
    with_initial(KN_STATE, "the function of its default failed", KN_CALL(fail_quietly, NULL));
    with_initial(KN_TYPE_MISMATCH, "table 'filled': column 'none'", KN_CALL(make_wrong, NULL));
}

static void test_init__nothing_is_refused(void **state)
{
    Filled f;
    kn_error error = {0};

    (void)state;
    assert_int_equal(kn_init(NULL, &f, NULL, &error), KN_INVALID);
    assert_string_equal(error.message, "no model");
    assert_int_equal(kn_init(&Filled_model, NULL, NULL, &error), KN_INVALID);
    assert_string_equal(error.message, "no object");
}

static kn_status init_all(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn_arena arena;
    kn_error error = {0};
    Filled f;
    kn_arena_init(&arena, allocator, 0);
    kn_status status = kn_init(&Filled_model, &f, &arena, &error);
    assert_int_equal(error.status, status);
    kn_arena_finish(&arena);
    return status;
}

static void test_init__every_failing_allocation_is_nomem(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(init_all, NULL) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init__fills_what_the_program_knows),
        cmocka_unit_test(test_init__constants_need_no_arena),
        cmocka_unit_test(test_init__a_default_that_fails_is_named),
        cmocka_unit_test(test_init__nothing_is_refused),
        cmocka_unit_test(test_init__every_failing_allocation_is_nomem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
