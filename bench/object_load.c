/* SPDX-License-Identifier: MIT */
/* Parents and children as objects in memory, joined by key: two scans, then pointers both ways. */
#include "models.h"
#include "native.h"

#include <stdio.h>
#include <stdlib.h>

#define SELECT_ARTISTS "SELECT id, name FROM artists ORDER BY id"
#define SELECT_SONGS "SELECT id, artist_id, title, price, added, loved FROM songs ORDER BY id"

/* Artists have names from rows after the songs', so that nothing is equal by accident. */
static bench_fields artist_row(int64_t i, int64_t rows, char name[BENCH_TITLE_ROOM])
{
    bench_fields row = bench_row(rows + i, name);
    row.id = i + 1;
    return row;
}

static void prepare(const bench_options *options)
{
    char title[BENCH_TITLE_ROOM], room[NATIVE_DATETIME];
    native_create(options);
    sqlite3 *db = native_open(options->database);
    sqlite3_stmt *artist = native_prepare(db, "INSERT INTO artists (id, name) VALUES (?, ?)");
    sqlite3_stmt *song =
        native_prepare(db, "INSERT INTO songs (id, artist_id, title, price, added, loved) VALUES (?, ?, ?, ?, ?, ?)");
    native_run(db, "BEGIN IMMEDIATE");
    for (int64_t i = 0; i < bench_parents(options->rows); i++) {
        bench_fields f = artist_row(i, options->rows, title);
        sqlite3_bind_int64(artist, 1, f.id);
        sqlite3_bind_text(artist, 2, f.title, (int)f.title_size, SQLITE_STATIC);
        native_check(db, sqlite3_step(artist), SQLITE_DONE);
        sqlite3_reset(artist);
    }
    for (int64_t i = 0; i < options->rows; i++) {
        bench_fields f = bench_row(i, title);
        sqlite3_bind_int64(song, 1, f.id);
        sqlite3_bind_int64(song, 2, bench_parent_of(i, options->rows));
        sqlite3_bind_text(song, 3, f.title, (int)f.title_size, SQLITE_STATIC);
        native_bind_price(song, 4, f.cents);
        native_bind_added(song, 5, f.us, room);
        if (f.loved < 0)
            sqlite3_bind_null(song, 6);
        else
            sqlite3_bind_int(song, 6, f.loved);
        native_check(db, sqlite3_step(song), SQLITE_DONE);
        sqlite3_reset(song);
    }
    native_run(db, "COMMIT");
    sqlite3_finalize(artist);
    sqlite3_finalize(song);
    native_run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    native_close(db);
}

/* One song as both sides have it, for the comparison. */
static void expect_song(const bench_fields *got, int64_t artist_id, int64_t i, int64_t rows)
{
    char title[BENCH_TITLE_ROOM];
    bench_fields expected = bench_row(i, title);
    expected.gain = 0;
    bench_expect(got, &expected);
    if (artist_id != bench_parent_of(i, rows))
        bench_fail("song %lld has another artist", (long long)got->id);
}

static void expect_artist(int64_t id, const char *name, size_t size, int64_t i, int64_t rows)
{
    char room[BENCH_TITLE_ROOM];
    bench_fields expected = artist_row(i, rows, room);
    if (id != expected.id || size != expected.title_size || memcmp(name, expected.title, size) != 0)
        bench_fail("artist %lld is wrong", (long long)expected.id);
}

/* native: texts go into blocks of 64 KiB, objects into arrays that double */

typedef struct native_artist native_artist;
typedef struct native_song {
    int64_t id, artist_id;
    const char *title;
    size_t title_size;
    int64_t cents, us;
    native_artist *artist;
    int8_t loved;
} native_song;
struct native_artist {
    int64_t id;
    const char *name;
    size_t name_size;
    native_song **songs;
    size_t n_songs;
};

#define TEXT_BLOCK 65536
typedef struct text_block {
    struct text_block *next;
    char bytes[TEXT_BLOCK];
} text_block;

typedef struct native_state {
    sqlite3 *db;
    text_block *texts;
    size_t texts_used;
    native_artist *artists;
    native_song *songs;
    native_song **links;
    size_t n_artists, n_songs;
    int64_t rows;
} native_state;

static void *open_native(const bench_options *options)
{
    native_state *state = bench_alloc(1, sizeof *state);
    state->db = native_open(options->database);
    state->rows = options->rows;
    return state;
}

static const char *keep(native_state *state, const char *text, size_t size)
{
    if (size >= TEXT_BLOCK)
        bench_fail("text is too long");
    if (!state->texts || TEXT_BLOCK - state->texts_used < size + 1) {
        text_block *block = malloc(sizeof *block);
        if (!block)
            bench_fail("out of memory");
        block->next = state->texts;
        state->texts = block;
        state->texts_used = 0;
    }
    char *copy = state->texts->bytes + state->texts_used;
    memcpy(copy, text, size + 1);
    state->texts_used += size + 1;
    return copy;
}

/* Room for one more in an array that has `count`. */
static inline void *grow(void *items, size_t count, size_t size)
{
    if (count & (count - 1) || count == 1)
        return items;
    void *grown = realloc(items, (count ? count * 2 : 2) * size);
    if (!grown)
        bench_fail("out of memory");
    return grown;
}

static void load_native_artists(native_state *state)
{
    sqlite3_stmt *s = native_prepare(state->db, SELECT_ARTISTS);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        state->artists = grow(state->artists, state->n_artists, sizeof *state->artists);
        native_artist *artist = &state->artists[state->n_artists++];
        *artist = (native_artist){.id = native_int(sqlite3_column_value(s, 0))};
        artist->name = native_text(sqlite3_column_value(s, 1), &artist->name_size);
        artist->name = keep(state, artist->name, artist->name_size);
    }
    native_check(state->db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

static void load_native_songs(native_state *state)
{
    sqlite3_stmt *s = native_prepare(state->db, SELECT_SONGS);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        state->songs = grow(state->songs, state->n_songs, sizeof *state->songs);
        native_song *song = &state->songs[state->n_songs++];
        song->id = native_int(sqlite3_column_value(s, 0));
        song->artist_id = native_int(sqlite3_column_value(s, 1));
        song->title = native_text(sqlite3_column_value(s, 2), &song->title_size);
        song->title = keep(state, song->title, song->title_size);
        song->cents = native_cents(sqlite3_column_value(s, 3));
        song->us = native_datetime(sqlite3_column_value(s, 4));
        song->loved = native_bool(sqlite3_column_value(s, 5));
    }
    native_check(state->db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

/* Both sides join alike: each child finds its parent and is counted, then the parents' arrays are filled. */
#define JOIN(artists, n_artists, songs, n_songs, links, song_array, song_count)                                        \
    do {                                                                                                               \
        bench_index index;                                                                                             \
        size_t next = 0;                                                                                               \
        bench_index_init(&index, n_artists);                                                                           \
        for (size_t i = 0; i < (n_artists); i++)                                                                       \
            bench_index_add(&index, (artists)[i].id, (uint32_t)i);                                                     \
        for (size_t i = 0; i < (n_songs); i++) {                                                                       \
            (songs)[i].artist = &(artists)[bench_index_find(&index, (songs)[i].artist_id)];                            \
            (songs)[i].artist->song_count++;                                                                           \
        }                                                                                                              \
        for (size_t i = 0; i < (n_artists); i++) {                                                                     \
            (artists)[i].song_array = (links) + next;                                                                  \
            next += (artists)[i].song_count;                                                                           \
            (artists)[i].song_count = 0;                                                                               \
        }                                                                                                              \
        for (size_t i = 0; i < (n_songs); i++)                                                                         \
            (songs)[i].artist->song_array[(songs)[i].artist->song_count++] = &(songs)[i];                              \
        bench_index_finish(&index);                                                                                    \
    } while (0)

static void run_native(void *p)
{
    native_state *state = p;
    load_native_artists(state);
    load_native_songs(state);
    state->links = bench_alloc(state->n_songs, sizeof *state->links);
    JOIN(state->artists, state->n_artists, state->songs, state->n_songs, state->links, songs, n_songs);
}

static void close_native(void *p)
{
    native_state *state = p;
    while (state->texts) {
        text_block *block = state->texts;
        state->texts = block->next;
        free(block);
    }
    free(state->artists);
    free(state->songs);
    free(state->links);
    native_close(state->db);
    free(state);
}

static void verify_native(const native_state *state)
{
    size_t linked = 0;
    if (state->n_artists != (size_t)bench_parents(state->rows) || state->n_songs != (size_t)state->rows)
        bench_fail("objects are missing");
    for (size_t i = 0; i < state->n_songs; i++) {
        const native_song *song = &state->songs[i];
        bench_fields got = {song->id, song->title, song->title_size, 0, song->cents, song->us, song->loved};
        expect_song(&got, song->artist->id, (int64_t)i, state->rows);
    }
    for (size_t i = 0; i < state->n_artists; i++) {
        const native_artist *artist = &state->artists[i];
        expect_artist(artist->id, artist->name, artist->name_size, (int64_t)i, state->rows);
        for (size_t n = 0; n < artist->n_songs; n++)
            linked += artist->songs[n]->artist == artist;
    }
    if (linked != state->n_songs)
        bench_fail("children are missing");
}

/* koine */

typedef struct koine_state {
    koine_link link;
    kn_rows *artists, *songs;
    Song **links;
    int64_t rows;
} koine_state;

static void *open_koine(const bench_options *options)
{
    koine_state *state = bench_alloc(1, sizeof *state);
    state->link = koine_open(options);
    state->rows = options->rows;
    return state;
}

static const kn_select all_artists = KN_SELECT(KN_FROM(Artist), .order_by = KN_LIST(KN_COL(Artist, id)));
static const kn_select all_songs = KN_SELECT(KN_FROM(Song), .order_by = KN_LIST(KN_COL(Song, id)));

static void run_koine(void *p)
{
    koine_state *state = p;
    kn_connection *c = state->link.connection;
    kn_error error = {0};
    koine_check(kn_list(c, &all_artists, KN_NO_ARGS, 0, &state->artists, &error), &error);
    koine_check(kn_list(c, &all_songs, KN_NO_ARGS, 0, &state->songs, &error), &error);
    state->links = bench_alloc(state->songs->count, sizeof *state->links);
    Artist *artists = state->artists->items;
    Song *songs = state->songs->items;
    JOIN(artists, state->artists->count, songs, state->songs->count, state->links, songs.items, songs.count);
}

static void close_koine(void *p)
{
    koine_state *state = p;
    kn_rows_free(state->artists);
    kn_rows_free(state->songs);
    koine_close(&state->link);
    free(state->links);
    free(state);
}

static void verify_koine(const koine_state *state)
{
    const Artist *artists = state->artists->items;
    const Song *songs = state->songs->items;
    size_t linked = 0;
    if (state->artists->count != (size_t)bench_parents(state->rows) || state->songs->count != (size_t)state->rows)
        bench_fail("objects are missing");
    for (size_t i = 0; i < state->songs->count; i++) {
        const Song *song = &songs[i];
        bench_fields got = {song->id,       song->title.data,        song->title.size, 0, koine_cents(song->price),
                            song->added.us, koine_loved(song->loved)};
        expect_song(&got, song->artist->id, (int64_t)i, state->rows);
    }
    for (size_t i = 0; i < state->artists->count; i++) {
        const Artist *artist = &artists[i];
        expect_artist(artist->id, artist->name.data, artist->name.size, (int64_t)i, state->rows);
        for (size_t n = 0; n < artist->songs.count; n++)
            linked += artist->songs.items[n]->artist == artist;
    }
    if (linked != state->songs->count)
        bench_fail("children are missing");
}

static void verify(const bench_options *options, void *state, bool koine)
{
    (void)options;
    if (koine)
        verify_koine(state);
    else
        verify_native(state);
}

int main(int argc, char **argv)
{
    static const bench_program program = {
        .name = "object_load",
        .prepare = prepare,
        .native = {open_native, run_native, close_native},
        .koine = {open_koine, run_koine, close_koine},
        .verify = verify,
    };
    return bench_main(argc, argv, &program);
}
