/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Default functions, server defaults, KN_ONLY, bounds of lists, counts, the generated key, on a real backend. */
#include "support/database.h"

#include <koine/object.h>

static int calls;

static kn_status make_token(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    char text[24];

    (void)context;
    (void)error;
    snprintf(text, sizeof(text), "made %d", ++calls);
    *out = kn_textn(kn_arena_copy(arena, text, strlen(text)), strlen(text));
    return out->as.text.data ? KN_OK : KN_NOMEM;
}

typedef struct Note {
    int64_t id;
    const char *text;
    const char *token;
    kn_opt_int32 stars;
    kn_opt_text grade;
    kn_opt_decimal price;
    kn_opt_int64 twice;
} Note;
KN_MODEL(Note);
KN_COLUMNS(Note) = {
    KN_COLUMN(Note, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Note, text, KN_STRING(4000)),
    KN_COLUMN(Note, token, KN_STRING(40), .initial = KN_CALL(make_token, NULL), .onupdate = KN_CALL(make_token, NULL)),
    KN_COLUMN(Note, stars, KN_INTEGER, .initial = KN_INT(3)),
    KN_COLUMN(Note, grade, KN_STRING(8), .server_default = KN_TEXT("it's")),
    KN_COLUMN(Note, price, KN_NUMERIC(12, 2), .server_default = KN_DEC(-1250, -2)),
    KN_COLUMN(Note, twice, KN_BIG_INTEGER, .computed = KN_MUL(KN_COL(Note, stars), KN_INT(2)), .computed_stored = 1),
};
KN_DEFINE(Note, "notes");

typedef struct Small {
    int16_t id;
    kn_opt_text name;
} Small;
KN_MODEL(Small);
KN_COLUMNS(Small) = {
    KN_COLUMN(Small, id, KN_SMALL_INTEGER, .primary_key = true),
    KN_COLUMN(Small, name, KN_STRING(40)),
};
KN_DEFINE(Small, "smalls");

static const kn_select page =
    KN_SELECT(KN_FROM(Note), .where = KN_GT(KN_COL(Note, id), KN_ARG(0)),
              .order_by = KN_LIST(KN_DESC(KN_COL(Note, id))), .limit = KN_ARG(1), .offset = KN_ARG(2));
static const kn_select all_notes = KN_SELECT(KN_FROM(Note), .order_by = KN_LIST(KN_COL(Note, id)));

static int open_notes(void **state)
{
    test_database *db;

    calls = 0;
    test_database_open(state);
    db = test_database_of(state);
    test_database_create(db, &Note_model, &Small_model);
    return 0;
}

static void read_note(test_database *db, kn_arena *arena, Note *note)
{
    assert_ok(db, kn_get(db->c, KN_OBJECT(Note, note), arena, &db->error));
}

/* By the program's function, by its constant, by the backend, and what the backend computes. */
static void test_defaults__each_side_gives_what_is_unset(void **state)
{
    test_database *db = test_database_of(state);
    Note note = {.text = "a"}, read = {0};
    kn_arena arena = {0};

    assert_ok(db, kn_insert(db->c, KN_OBJECT(Note, &note), &db->error));
    read.id = note.id;
    read_note(db, &arena, &read);
    assert_string_equal(read.token, "made 1");
    assert_int_equal(read.stars.value, 3);
    assert_true(kn_text_equal(read.grade.value, kn_text_of("it's")));
    assert_int_equal(kn_decimal_compare(read.price.value, kn_decimal_of(-1250, -2)), 0);
    assert_int_equal(read.twice.value, 6);
    note = (Note){.id = note.id, .text = "b", .stars = KN_SOME(4), .grade = KN_NOTHING};
    assert_ok(db, kn_update(db->c, KN_OBJECT(Note, &note), &db->error));
    read_note(db, &arena, &read);
    assert_string_equal(read.token, "made 2");
    assert_int_equal(read.grade.state, KN_NULL);
    assert_int_equal(read.price.state, KN_SET); /* left alone */
    assert_int_equal(read.twice.value, 8);
    kn_arena_finish(&arena);
}

/* Shapes that change at every object, and runs: each row has its own default. */
static void test_defaults__many_take_the_same_defaults_as_one(void **state)
{
    enum { COUNT = 250 };
    test_database *db = test_database_of(state);
    Note *notes = calloc(COUNT, sizeof(*notes));
    kn_rows *rows = NULL;
    size_t i = 0;

    for (int k = 0; k < COUNT; k++) {
        notes[k].text = "x";
        if (k < 100 ? k % 2 : k > 200)
            notes[k].stars = (kn_opt_int32)KN_SOME(k);
    }
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Note, notes), COUNT, &db->error));
    assert_int_equal(calls, COUNT);
    assert_ok(db, kn_list(db->c, &all_notes, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, COUNT);
    for
        KN_EACH_ROW(Note, note, rows)
        {
            char token[24];
            int stars = notes[i].stars.state == KN_SET ? (int)i : 3;
            snprintf(token, sizeof(token), "made %d", (int)i + 1);
            assert_string_equal(note->token, token);
            assert_int_equal(note->stars.value, stars);
            assert_int_equal(note->twice.value, 2 * stars);
            assert_true(kn_text_equal(note->grade.value, kn_text_of("it's")));
            i++;
        }
    kn_rows_free(rows);
    free(notes);
}

static void test_defaults__only_writes_what_it_names(void **state)
{
    test_database *db = test_database_of(state);
    Note note = {.text = "a", .stars = KN_SOME(5)}, read = {0};
    kn_arena arena = {0};

    assert_refused(db, KN_INVALID,
                   kn_insert_only(db->c, KN_OBJECT(Note, &note), KN_ONLY(Note, text, twice), &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Note, &note), &db->error));
    note.text = "not this";
    note.stars = (kn_opt_int32)KN_SOME(7);
    assert_ok(db, kn_update_only(db->c, KN_OBJECT(Note, &note), KN_ONLY(Note, stars), &db->error));
    read.id = note.id;
    read_note(db, &arena, &read);
    assert_string_equal(read.text, "a");
    assert_int_equal(read.stars.value, 7);
    kn_arena_finish(&arena);
}

static void test_defaults__a_list_bound_counts_texts_too(void **state)
{
    static char text[4001];
    test_database *db = test_database_of(state);
    Note notes[2] = {{.text = text}, {.text = text}};
    kn_rows *got = NULL;

    memset(text, 'x', 4000);
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Note, notes), 2, &db->error));
    assert_refused(db, KN_LIMIT, kn_list(db->c, &all_notes, KN_NO_ARGS, 1, &got, &db->error));
    assert_refused(db, KN_LIMIT, kn_list(db->c, &all_notes, KN_NO_ARGS, 7000, &got, &db->error));
    assert_null(got);
    assert_ok(db, kn_list(db->c, &all_notes, KN_NO_ARGS, 20000, &got, &db->error));
    assert_int_equal(got->count, 2);
    kn_rows_free(got);
}

/* "order and limit do not count": the query of a page tells how many rows all pages have. */
static void test_defaults__a_count_passes_order_limit_and_their_arguments(void **state)
{
    test_database *db = test_database_of(state);
    Note notes[5] = {{.text = "a"}, {.text = "b"}, {.text = "c"}, {.text = "d"}, {.text = "e"}};
    kn_rows *rows = NULL;
    int64_t count = 0;

    for (size_t i = 0; i < 5; i++)
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Note, &notes[i]), &db->error));
    const kn_value arguments[] = {kn_int(notes[0].id), kn_int(2), kn_int(1)};
    assert_ok(db, kn_count(db->c, &page, arguments, 3, &count, &db->error));
    assert_int_equal(count, 4);
    assert_ok(db, kn_list(db->c, &page, arguments, 3, 0, &rows, &db->error));
    assert_int_equal(rows->count, 2);
    assert_string_equal(((const Note *)rows->items)[0].text, "d");
    assert_string_equal(((const Note *)rows->items)[1].text, "c");
    kn_rows_free(rows);
    assert_refused(db, KN_INVALID, kn_count(db->c, &page, KN_NO_ARGS, &count, &db->error));
}

/* A key of 16 bits is generated up to its last; then the row is refused, by the backend or, where its own keys are
 * wider, when it comes back, and it says that the row is stored. */
static void test_defaults__a_generated_key_of_16_bits_ends_where_they_end(void **state)
{
    test_database *db = test_database_of(state);
    Small last = {.id = 32766}, next = {.name = KN_SOME({"n", 1})};
    kn_status status;

    assert_ok(db, kn_insert(db->c, KN_OBJECT(Small, &last), &db->error));
    if (strcmp(test_database_backend(db), "postgresql") == 0) /* its sequence does not see keys that were given */
        test_database_run(db, "ALTER TABLE smalls ALTER COLUMN id RESTART WITH 32767");
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Small, &next), &db->error));
    assert_int_equal(next.id, INT16_MAX);
    next.id = 0;
    status = kn_insert(db->c, KN_OBJECT(Small, &next), &db->error);
    assert_int_not_equal(status, KN_OK);
    assert_int_equal(next.id, 0);
    if (status == KN_OUT_OF_RANGE && db->error.commit == KN_COMMIT_DONE) {
        int64_t count = 0;
        assert_ok(db, kn_count(db->c, KN_QUERY(KN_FROM(Small)), KN_NO_ARGS, &count, &db->error));
        assert_int_equal(count, 3);
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_notes, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_defaults__each_side_gives_what_is_unset),
        EACH(test_defaults__many_take_the_same_defaults_as_one),
        EACH(test_defaults__only_writes_what_it_names),
        EACH(test_defaults__a_list_bound_counts_texts_too),
        EACH(test_defaults__a_count_passes_order_limit_and_their_arguments),
        EACH(test_defaults__a_generated_key_of_16_bits_ends_where_they_end),
    };
    return cmocka_run_group_tests_name("integration/live/defaults", tests, NULL, NULL);
}
