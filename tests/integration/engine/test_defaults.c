/* SPDX-License-Identifier: MIT */
/* Default functions, KN_ONLY, bounds of lists, counts: what the object verbs do besides sending values. */
#include <stdio.h>
#include <stdlib.h>

#include "support/fake_backend.h"

static const kn_select all_items = KN_SELECT(KN_FROM(Item));
static const kn_select old_items = KN_SELECT(KN_FROM(Item), .where = KN_GT(KN_COL(Item, id), KN_INT(0)));
static const kn_select page =
    KN_SELECT(KN_FROM(Item), .where = KN_GT(KN_COL(Item, id), KN_ARG(0)),
              .order_by = KN_LIST(KN_DESC(KN_COL(Item, id))), .limit = KN_ARG(1), .offset = KN_ARG(2));
static const kn_select distinct = KN_SELECT(KN_FROM(Item), .distinct = 1);

/* What the default functions below are told to do, and how often they were called. */
static struct {
    kn_connection *c;
    int calls;
    kn_status status;
    bool says_why, inserts, counts, numbers;
} told;

/* "made", with the number of the call when that is told. */
static kn_value numbered(kn_arena *arena)
{
    char text[24];

    (void)snprintf(text, sizeof(text), told.numbers ? "made %d" : "made", told.calls);
    return kn_textn(kn_arena_copy(arena, text, strlen(text)), strlen(text));
}

static kn_status count_up(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    kn_status status = KN_OK;
    Item item = {.name = "from within, with a text long enough to fill memory"};
    int64_t count = 0;

    (void)context;
    told.calls++;
    if (told.inserts)
        status = kn_insert(told.c, KN_OBJECT(Item, &item), error);
    if (status == KN_OK && told.counts)
        status = kn_count(told.c, &old_items, KN_NO_ARGS, &count, error);
    if (status == KN_OK)
        *out = numbered(arena);
    if (told.status && told.says_why)
        kn_error_set(error, told.status, "the reason");
    return told.status ? told.status : status;
}

typedef struct Note {
    int64_t id;
    const char *text;
    const char *token;
    kn_opt_int32 stars;
    int64_t twice;
    int unmapped;
} Note;
KN_MODEL(Note);
KN_COLUMNS(Note) = {
    KN_COLUMN(Note, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Note, text, KN_STRING(60)),
    KN_COLUMN(Note, token, KN_STRING(40), .initial = KN_CALL(count_up, NULL), .onupdate = KN_CALL(count_up, NULL)),
    KN_COLUMN(Note, stars, KN_INTEGER),
    KN_COLUMN(Note, twice, KN_BIG_INTEGER, .computed = KN_MUL(KN_COL(Note, stars), KN_INT(2))),
};
KN_DEFINE(Note, "notes");

static void begin(fake_backend *b)
{
    fake_backend_open(b, "fake://s/", NULL);
    memset(&told, 0, sizeof(told));
    told.c = b->c;
}

/* The values of the nth execution of a text that holds `sql`. */
static void values_of(const fake_backend *b, const char *sql, size_t nth, char out[static 256])
{
    fake_call call;

    for (size_t i = 0; fake_server_call(b->server, i, &call); i++)
        if (call.slot == FAKE_EXECUTE && strstr(call.text, sql) && nth-- == 0) {
            memcpy(out, call.values, 256);
            return;
        }
    fail_msg("there were not so many executions of %s", sql);
}

/* A function may use the connection: the verb it is called from keeps its own memory. */
static void test_defaults__a_default_may_use_the_connection(void **state)
{
    Note note = {.text = "outer"};
    char values[256];
    fake_backend b;

    (void)state;
    begin(&b);
    told.inserts = told.counts = true;
    fake_ok(&b, kn_insert(b.c, KN_OBJECT(Note, &note), &b.error));
    values_of(&b, "notes", 0, values);
    assert_string_equal(values, "text outer|text made");
    fake_ok(&b, kn_update(b.c, KN_OBJECT(Note, &note), &b.error));
    values_of(&b, "UPDATE", 0, values);
    assert_string_equal(values, "text outer|text made|int 7");
    fake_ok(&b, kn_insert_many(b.c, KN_OBJECT(Note, &note), 1, &b.error));
    fake_backend_close(&b);
}

static void test_defaults__a_default_is_asked_once_an_object(void **state)
{
    enum { COUNT = 250 };
    Note *notes = calloc(COUNT, sizeof(*notes));
    fake_backend b;

    (void)state;
    begin(&b);
    told.numbers = true;
    for (int i = 0; i < COUNT; i++) { /* shapes that change at every object, and runs */
        notes[i].text = "x";
        if (i < 100 ? i % 2 : i > 200)
            notes[i].stars = (kn_opt_int32)KN_SOME(i);
    }
    fake_ok(&b, kn_insert_many(b.c, KN_OBJECT(Note, notes), COUNT, &b.error));
    assert_int_equal(told.calls, COUNT);
    for (int i = 0; i < 100; i++) { /* each sent by itself, with its own text still whole */
        char values[256], expected[64];
        values_of(&b, "notes", (size_t)i, values);
        (void)snprintf(expected, sizeof(expected), i % 2 ? "text x|text made %d|int %d" : "text x|text made %d", i + 1,
                       i);
        assert_string_equal(values, expected);
    }
    free(notes);
    fake_backend_close(&b);
}

static void test_defaults__a_default_that_fails_names_its_column(void **state)
{
    Note note = {.text = "x"};
    fake_backend b;

    (void)state;
    begin(&b);
    told.status = KN_LIMIT;
    for (int says_why = 0; says_why <= 1; says_why++) {
        told.says_why = says_why == 1;
        fake_refused(&b, KN_LIMIT, kn_insert(b.c, KN_OBJECT(Note, &note), &b.error));
        assert_non_null(strstr(b.error.message, "token"));
        assert_int_equal(strstr(b.error.message, "the reason") != NULL, says_why);
        memset(&b.error, 0xEE, sizeof(b.error)); /* nobody need clear it */
        assert_int_equal(kn_insert_many(b.c, KN_OBJECT(Note, &note), 1, &b.error), KN_LIMIT);
        assert_non_null(strstr(b.error.message, "object 0"));
        assert_int_equal(kn_insert(b.c, KN_OBJECT(Note, &note), NULL), KN_LIMIT);
    }
    assert_int_equal(fake_server_count(b.server, FAKE_EXECUTE), 0);
    fake_backend_close(&b);
}

static void test_defaults__only_refuses_what_it_would_leave_out(void **state)
{
    Note note = {.id = 1, .text = "x"};
    fake_backend b;

    (void)state;
    begin(&b);
    fake_refused(&b, KN_INVALID, kn_insert_only(b.c, KN_OBJECT(Note, &note), KN_ONLY(Note, unmapped), &b.error));
    fake_refused(&b, KN_INVALID, kn_insert_only(b.c, KN_OBJECT(Note, &note), KN_ONLY(Note, text, twice), &b.error));
    fake_refused(&b, KN_INVALID, kn_update_only(b.c, KN_OBJECT(Note, &note), KN_ONLY(Note, unmapped), &b.error));
    fake_refused(&b, KN_INVALID, kn_update_only(b.c, KN_OBJECT(Note, &note), KN_ONLY(Note, twice), &b.error));
    assert_int_equal(fake_server_count(b.server, FAKE_PREPARE), 0);
    fake_ok(&b, kn_update_only(b.c, KN_OBJECT(Note, &note), KN_ONLY(Note, stars), &b.error));
    fake_backend_close(&b);
}

static void test_defaults__a_list_bound_counts_texts_too(void **state)
{
    static char text[4001];
    kn_value rows[2][3] = {{kn_int(1), kn_null(), kn_null()}, {kn_int(2), kn_null(), kn_null()}};
    kn_rows *got = NULL;
    fake_backend b;

    (void)state;
    begin(&b);
    memset(text, 'x', 4000);
    rows[0][1] = rows[1][1] = kn_textn(text, 4000);
    fake_server_answer(b.server, &(fake_answer){.sql = "items", .n_columns = 3, .rows = rows[0], .n_rows = 2});
    fake_refused(&b, KN_LIMIT, kn_list(b.c, &all_items, KN_NO_ARGS, 1, &got, &b.error));
    fake_refused(&b, KN_LIMIT, kn_list(b.c, &all_items, KN_NO_ARGS, 3000, &got, &b.error));
    fake_refused(&b, KN_LIMIT, kn_list(b.c, &all_items, KN_NO_ARGS, 7000, &got, &b.error));
    assert_null(got);
    fake_ok(&b, kn_list(b.c, &all_items, KN_NO_ARGS, 9000, &got, &b.error));
    assert_int_equal(got->count, 2);
    kn_rows_free(got);
    fake_backend_close(&b);
}

static void test_defaults__a_table_without_a_struct_has_no_objects(void **state)
{
    kn_arena arena;
    kn_table_builder *builder;
    const kn_column id = {.name = "id", .type = {.id = KN_TYPE_INTEGER}, .primary_key = true};
    const kn_model *model = NULL;
    kn_rows *rows = NULL;
    fake_backend b;

    (void)state;
    begin(&b);
    kn_arena_init(&arena, NULL, 0);
    builder = kn_table_begin(&arena, NULL, "bare");
    kn_table_add_column(builder, &id);
    fake_ok(&b, kn_table_build(builder, &model, &b.error));
    fake_refused(&b, KN_INVALID, kn_insert(b.c, model, &b, &b.error));
    fake_refused(&b, KN_INVALID, kn_insert_many(b.c, model, &b, 2, &b.error));
    fake_refused(&b, KN_INVALID, kn_get(b.c, model, &b, &arena, &b.error));
    fake_refused(&b, KN_INVALID, kn_list(b.c, &(kn_select)KN_SELECT(.from = model), KN_NO_ARGS, 0, &rows, &b.error));
    kn_arena_finish(&arena);
    fake_backend_close(&b);
}

/* "order and limit do not count": the query of a page tells how many rows all pages have. */
static void test_defaults__a_count_passes_order_limit_and_their_arguments(void **state)
{
    char values[256];
    int64_t count = 0;
    fake_backend b;

    (void)state;
    begin(&b);
    fake_ok(&b, kn_count(b.c, &page, KN_ARGS(kn_int(3), kn_int(10), kn_int(20)), &count, &b.error));
    assert_int_equal(count, 7);
    values_of(&b, "items", 0, values);
    assert_string_equal(values, "int 3");
    fake_refused(&b, KN_INVALID, kn_count(b.c, &page, KN_NO_ARGS, &count, &b.error));
    fake_refused(&b, KN_UNSUPPORTED, kn_count(b.c, &distinct, KN_NO_ARGS, &count, &b.error));
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults__a_default_may_use_the_connection),
        cmocka_unit_test(test_defaults__a_default_is_asked_once_an_object),
        cmocka_unit_test(test_defaults__a_default_that_fails_names_its_column),
        cmocka_unit_test(test_defaults__only_refuses_what_it_would_leave_out),
        cmocka_unit_test(test_defaults__a_list_bound_counts_texts_too),
        cmocka_unit_test(test_defaults__a_table_without_a_struct_has_no_objects),
        cmocka_unit_test(test_defaults__a_count_passes_order_limit_and_their_arguments),
    };
    return cmocka_run_group_tests_name("integration/engine/defaults", tests, NULL, NULL);
}
