/* SPDX-License-Identifier: MIT */
/* backends: all */
#include "support/database.h"

typedef struct Track {
    int64_t id;
    char title[33];
    const char *lyrics;
    kn_opt_int32 plays;
    kn_decimal price;
    bool live;
    kn_opt_datetime released;
} Track;
KN_MODEL(Track);

KN_COLUMNS(Track) = {
    KN_COLUMN(Track, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Track, title, KN_STRING(32), .unique = true),
    KN_COLUMN(Track, lyrics, KN_TEXT),
    KN_COLUMN(Track, plays, KN_INTEGER, .initial = KN_INT(7)),
    KN_COLUMN(Track, price, KN_NUMERIC(10, 2)),
    KN_COLUMN(Track, live, KN_BOOLEAN),
    KN_COLUMN(Track, released, KN_DATETIME, .onupdate = KN_NOW),
};
KN_DEFINE(Track, "tracks");

/* A composite key without anything the backend generates. */
typedef struct Entry {
    int32_t list, position;
    const char *note;
} Entry;
KN_MODEL(Entry);
KN_COLUMNS(Entry) = {
    KN_COLUMN(Entry, list, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Entry, position, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Entry, note, KN_STRING(20)),
};
KN_DEFINE(Entry, "entries");

static const kn_select all_tracks = KN_SELECT(KN_FROM(Track), .order_by = KN_LIST(KN_ASC(KN_COL(Track, id))));
static const kn_select some_tracks =
    KN_SELECT(KN_FROM(Track),
              .where = KN_AND(KN_LIKE(KN_COL(Track, title), KN_ARG(0)),
                              KN_OR(KN_GT(KN_COL(Track, plays), KN_INT(2)), KN_IS_NULL(KN_COL(Track, plays)))),
              .order_by = KN_LIST(KN_DESC(KN_COL(Track, title))), .limit = KN_ARG(1), .offset = KN_INT(1));

static int open_tables(void **state)
{
    test_database_open(state);
    test_database_create(test_database_of(state), &Track_model, &Entry_model);
    return 0;
}

static Track make_track(const char *title)
{
    Track track = {.price = KN_DECIMAL(99, -2), .live = true};

    snprintf(track.title, sizeof(track.title), "%s", title);
    return track;
}

static void test_object__insert_gives_the_key_back_and_get_reads_it_equal(void **state)
{
    test_database *db = test_database_of(state);
    Track track = make_track("One"), read = {0};
    kn_arena arena;

    track.lyrics = "la la";
    track.released = (kn_opt_datetime)KN_SOME(((kn_datetime){123456789}));
    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &track), &db->error));
    assert_int_equal(track.id, 1);
    test_database_reopen(db);
    read.id = 1;
    assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &read), &arena, &db->error));
    assert_string_equal(read.title, "One");
    assert_string_equal(read.lyrics, "la la");
    assert_int_equal(read.plays.state, KN_SET);
    assert_int_equal(read.plays.value, 7); /* unset took its `initial` */
    assert_int_equal(kn_decimal_compare(read.price, track.price), 0);
    assert_int_equal(read.price.exponent, -2);
    assert_true(read.live);
    assert_int_equal(read.released.value.us, 123456789);
    kn_arena_finish(&arena);
}

static void test_object__unset_null_and_zero_are_three_things(void **state)
{
    test_database *db = test_database_of(state);
    Track unset = make_track("unset"), null = make_track("null"), zero = make_track("zero");
    Track *tracks[] = {&unset, &null, &zero};
    kn_arena arena;

    null.plays = (kn_opt_int32)KN_NOTHING;
    zero.plays = (kn_opt_int32)KN_SOME(0);
    kn_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, tracks[i]), &db->error));
        assert_ok(db, kn_get(db->c, KN_OBJECT(Track, tracks[i]), &arena, &db->error));
    }
    assert_int_equal(unset.plays.value, 7);
    assert_int_equal(null.plays.state, KN_NULL);
    assert_int_equal(zero.plays.state, KN_SET);
    assert_int_equal(zero.plays.value, 0);
    /* on update UNSET leaves the column alone, NULL writes NULL */
    zero.plays = (kn_opt_int32){.state = KN_UNSET};
    unset.plays = (kn_opt_int32)KN_NOTHING;
    assert_ok(db, kn_update(db->c, KN_OBJECT(Track, &zero), &db->error));
    assert_ok(db, kn_update(db->c, KN_OBJECT(Track, &unset), &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &zero), &arena, &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &unset), &arena, &db->error));
    assert_int_equal(zero.plays.state, KN_SET);
    assert_int_equal(unset.plays.state, KN_NULL);
    kn_arena_finish(&arena);
}

static void test_object__only_names_the_members_and_then_null_means_null(void **state)
{
    test_database *db = test_database_of(state);
    Track track = make_track("only");
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    track.lyrics = "words";
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &track), &db->error));
    track.lyrics = NULL;
    track.live = false;
    assert_ok(db, kn_update(db->c, KN_OBJECT(Track, &track), &db->error)); /* a NULL pointer is unset */
    assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &track), &arena, &db->error));
    assert_string_equal(track.lyrics, "words");
    assert_false(track.live);
    track.lyrics = NULL;
    track.live = true;
    assert_ok(db, kn_update_only(db->c, KN_OBJECT(Track, &track), KN_ONLY(Track, lyrics), &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &track), &arena, &db->error));
    assert_null(track.lyrics);
    assert_false(track.live); /* not named: not written */
    kn_arena_finish(&arena);
}

static void test_object__onupdate_writes_what_is_not_given(void **state)
{
    test_database *db = test_database_of(state);
    Track track = make_track("now");
    kn_instant before, after;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &track), &db->error));
    assert_ok(db, kn_instant_now(&before, &db->error));
    assert_ok(db, kn_update(db->c, KN_OBJECT(Track, &track), &db->error));
    assert_ok(db, kn_instant_now(&after, &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &track), &arena, &db->error));
    assert_int_equal(track.released.state, KN_SET);
    assert_true(track.released.value.us >= before.us - 1000 && track.released.value.us <= after.us + 1000);
    kn_arena_finish(&arena);
}

static void test_object__verbs_on_a_key_that_is_not_there_say_so(void **state)
{
    test_database *db = test_database_of(state);
    Track track = make_track("none"), other = make_track("other");
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &other), &db->error));
    for (int again = 0; again < 2; again++) {
        track.id = 4711;
        assert_refused(db, KN_NOT_FOUND, kn_get(db->c, KN_OBJECT(Track, &track), &arena, &db->error));
        assert_string_equal(track.title, "none");
        assert_ok(db, kn_get(db->c, KN_OBJECT(Track, &other), &arena, &db->error));
    }
    assert_refused(db, KN_NOT_FOUND, kn_update(db->c, KN_OBJECT(Track, &track), &db->error));
    assert_refused(db, KN_NOT_FOUND, kn_delete(db->c, KN_OBJECT(Track, &track), &db->error));
    assert_refused(db, KN_INVALID, kn_get(db->c, KN_OBJECT(Track, &track), NULL, &db->error));
    kn_arena_finish(&arena);
}

static void test_object__composite_keys_work_with_every_verb(void **state)
{
    test_database *db = test_database_of(state);
    Entry entry = {.list = 1, .position = 0, .note = "first"}, other = {.list = 1, .position = 1};
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Entry, &entry), &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Entry, &other), &db->error));
    assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(Entry, &entry), &db->error));
    entry.note = "changed";
    assert_ok(db, kn_update(db->c, KN_OBJECT(Entry, &entry), &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Entry, &other), &arena, &db->error));
    assert_null(other.note);
    assert_ok(db, kn_delete(db->c, KN_OBJECT(Entry, &other), &db->error));
    assert_refused(db, KN_NOT_FOUND, kn_get(db->c, KN_OBJECT(Entry, &other), &arena, &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Entry, &entry), &arena, &db->error));
    assert_string_equal(entry.note, "changed");
    kn_arena_finish(&arena);
}

static void test_object__a_refused_value_names_its_column_and_nothing_is_stored(void **state)
{
    test_database *db = test_database_of(state);
    Track tracks[3] = {make_track("a"), make_track("b"), make_track("c")};
    int64_t count = -1;

    tracks[2].price = (kn_decimal)KN_DECIMAL(12345, -3); /* three digits after the point */
    assert_refused(db, KN_INEXACT, kn_insert(db->c, KN_OBJECT(Track, &tracks[2]), &db->error));
    assert_non_null(strstr(db->error.message, "tracks.price"));
    assert_refused(db, KN_INEXACT, kn_insert_many(db->c, KN_OBJECT(Track, tracks), 3, &db->error));
    assert_non_null(strstr(db->error.message, "tracks.price"));
    assert_ok(db, kn_count(db->c, &all_tracks, KN_NO_ARGS, &count, &db->error));
    assert_int_equal(count, 0);
    assert_false(kn_in_transaction(db->c));
}

static void test_object__many_are_all_or_none_and_may_differ_in_shape(void **state)
{
    test_database *db = test_database_of(state);
    enum { COUNT = 1234 };
    Track *tracks = calloc(COUNT, sizeof(*tracks));
    kn_rows *rows = NULL;
    int64_t count = -1;

    for (int i = 0; i < COUNT; i++) {
        snprintf(tracks[i].title, sizeof(tracks[i].title), "track %d", i);
        tracks[i].price = (kn_decimal)KN_DECIMAL(i, -2);
        if (i % 300 > 200)
            tracks[i].lyrics = "x";
    }
    snprintf(tracks[1000].title, sizeof(tracks[1000].title), "track 999"); /* twice */
    assert_refused(db, KN_UNIQUE, kn_insert_many(db->c, KN_OBJECT(Track, tracks), COUNT, &db->error));
    assert_ok(db, kn_count(db->c, &all_tracks, KN_NO_ARGS, &count, &db->error));
    assert_int_equal(count, 0);
    snprintf(tracks[1000].title, sizeof(tracks[1000].title), "track 1000");
    assert_refused(db, KN_INVALID, kn_insert_many(db->c, KN_OBJECT(Track, tracks), SIZE_MAX, &db->error));
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Track, tracks), COUNT, &db->error));
    assert_ok(db, kn_list(db->c, &all_tracks, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const Track *track = (const Track *)rows->items + i;
        assert_string_equal(track->title, tracks[i].title);
        assert_int_equal(kn_decimal_compare(track->price, tracks[i].price), 0);
        assert_int_equal(track->plays.value, 7);
        assert_int_equal(track->lyrics != NULL, i % 300 > 200);
    }
    kn_rows_free(rows);
    free(tracks);
}

static void test_object__list_filters_orders_and_limits(void **state)
{
    test_database *db = test_database_of(state);
    static const char *const titles[] = {"Alpha", "alps", "Album", "Al\xc3\xa4", "Beta", "Al%"};
    kn_rows *rows = NULL;

    for (size_t i = 0; i < KN_COUNT_OF(titles); i++) {
        Track track = make_track(titles[i]);
        track.plays = i == 2 ? (kn_opt_int32)KN_NOTHING : (kn_opt_int32)KN_SOME((int32_t)i + 2);
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &track), &db->error));
    }
    /* case sensitive: not "alps"; not Alpha: it has 2 plays. In descending order of bytes: Alä, Album, Al% */
    assert_ok(db, kn_list(db->c, &some_tracks, KN_ARGS(kn_string("Al%"), kn_int(10)), 0, &rows, &db->error));
    assert_int_equal(rows->count, 2);
    assert_string_equal(((Track *)rows->items)[0].title, "Album");
    assert_string_equal(((Track *)rows->items)[1].title, "Al%");
    kn_rows_free(rows);
    assert_ok(db, kn_list(db->c, &some_tracks, KN_ARGS(kn_string("Al\\%"), kn_int(10)), 0, &rows, &db->error));
    assert_int_equal(rows->count, 0); /* one matches, the offset passes it */
    kn_rows_free(rows);
    assert_refused(db, KN_OUT_OF_RANGE,
                   kn_list(db->c, &some_tracks, KN_ARGS(kn_string("Al%"), kn_int(-1)), 0, &rows, &db->error));
    assert_refused(db, KN_INVALID, kn_list(db->c, &some_tracks, KN_ARGS(kn_string("Al%")), 0, &rows, &db->error));
}

static void test_object__a_list_over_its_memory_bound_is_refused(void **state)
{
    test_database *db = test_database_of(state);
    kn_rows *rows = NULL;

    for (int i = 0; i < 100; i++) {
        char title[20];
        Track track;
        snprintf(title, sizeof(title), "%d", i);
        track = make_track(title);
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &track), &db->error));
    }
    assert_refused(db, KN_LIMIT, kn_list(db->c, &all_tracks, KN_NO_ARGS, 100 * sizeof(Track) - 1, &rows, &db->error));
    assert_null(rows);
    assert_ok(db, kn_list(db->c, &all_tracks, KN_NO_ARGS, 100 * sizeof(Track), &rows, &db->error));
    assert_int_equal(rows->count, 100);
    kn_rows_free(rows);
}

static void test_object__update_and_delete_of_rows_want_a_where(void **state)
{
    test_database *db = test_database_of(state);
    Track a = make_track("a"), b = make_track("b");
    int64_t changed = -1;

    assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &a), &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Track, &b), &db->error));
    assert_refused(
        db, KN_INVALID,
        kn_execute_query(db->c,
                         &KN_UPDATE_QUERY(Track, .set = KN_LIST(KN_ASSIGN(KN_COL(Track, live), KN_BOOL(false))))->node,
                         KN_NO_ARGS, &changed, &db->error));
    assert_refused(db, KN_INVALID,
                   kn_execute_query(db->c, &KN_DELETE_QUERY(KN_FROM(Track))->node, KN_NO_ARGS, &changed, &db->error));
    assert_ok(db,
              kn_execute_query(db->c,
                               &KN_UPDATE_QUERY(Track, .set = KN_LIST(KN_ASSIGN(KN_COL(Track, live), KN_BOOL(false))),
                                                .where = KN_EQ(KN_COL(Track, title), KN_ARG(0)))
                                    ->node,
                               KN_ARGS(kn_string("a")), &changed, &db->error));
    assert_int_equal(changed, 1);
    assert_ok(db, kn_execute_query(db->c, &KN_DELETE_QUERY(KN_FROM(Track), .where = KN_ALL_ROWS)->node, KN_NO_ARGS,
                                   &changed, &db->error));
    assert_int_equal(changed, 2);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_tables, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_object__insert_gives_the_key_back_and_get_reads_it_equal),
        EACH(test_object__unset_null_and_zero_are_three_things),
        EACH(test_object__only_names_the_members_and_then_null_means_null),
        EACH(test_object__onupdate_writes_what_is_not_given),
        EACH(test_object__verbs_on_a_key_that_is_not_there_say_so),
        EACH(test_object__composite_keys_work_with_every_verb),
        EACH(test_object__a_refused_value_names_its_column_and_nothing_is_stored),
        EACH(test_object__many_are_all_or_none_and_may_differ_in_shape),
        EACH(test_object__list_filters_orders_and_limits),
        EACH(test_object__a_list_over_its_memory_bound_is_refused),
        EACH(test_object__update_and_delete_of_rows_want_a_where),
    };
    return cmocka_run_group_tests_name("integration/engine/object", tests, NULL, NULL);
}
