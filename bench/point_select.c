/* SPDX-License-Identifier: MIT */
/* One row by its key, each in a read transaction of its own, keys in no order. */
#include "models.h"
#include "native.h"

#include <stdlib.h>

static int64_t key_of(int64_t i, int64_t rows)
{
    return (int64_t)(bench_random((uint64_t)i) % (uint64_t)rows) + 1;
}

static void expect(const bench_fields *got, int64_t key)
{
    char title[BENCH_TITLE_ROOM];
    bench_fields expected = bench_row(key - 1, title);
    bench_expect(got, &expected);
}

typedef struct native_state {
    sqlite3 *db;
    sqlite3_stmt *select;
    int64_t *keys;
    int64_t count;
    uint64_t sum;
} native_state;

static int64_t *make_keys(int64_t count)
{
    int64_t *keys = bench_alloc((size_t)count, sizeof *keys);
    for (int64_t i = 0; i < count; i++)
        keys[i] = key_of(i, count);
    return keys;
}

static void *open_native(const bench_options *options)
{
    native_state *state = bench_alloc(1, sizeof *state);
    state->db = native_open(options->database);
    state->count = options->rows;
    state->keys = make_keys(options->rows);
    return state;
}

/* The text is copied, since it outlives the statement's execution. */
static void get_native(native_state *state, int64_t key, native_track *row, char title[4 * BENCH_TITLE_MAX + 1])
{
    native_check(state->db, sqlite3_bind_int64(state->select, 1, key), SQLITE_OK);
    native_check(state->db, sqlite3_step(state->select), SQLITE_ROW);
    native_read(state->select, row);
    if (row->title_size > 4 * BENCH_TITLE_MAX)
        bench_fail("title is too long");
    memcpy(title, row->title, row->title_size + 1);
    row->title = title;
    sqlite3_reset(state->select);
}

static void run_native(void *p)
{
    native_state *state = p;
    char title[4 * BENCH_TITLE_MAX + 1];
    state->select = native_prepare(state->db, "SELECT id, title, gain, price, added, loved FROM tracks WHERE id = ?");
    for (int64_t i = 0; i < state->count; i++) {
        native_track row;
        get_native(state, state->keys[i], &row, title);
        bench_fields got = native_fields(&row);
        state->sum += bench_use(&got);
    }
}

static void close_native(void *p)
{
    native_state *state = p;
    sqlite3_finalize(state->select);
    native_close(state->db);
    free(state->keys);
    free(state);
}

typedef struct koine_state {
    koine_link link;
    int64_t *keys;
    int64_t count;
    uint64_t sum;
} koine_state;

static void *open_koine(const bench_options *options)
{
    koine_state *state = bench_alloc(1, sizeof *state);
    state->link = koine_open(options);
    state->count = options->rows;
    state->keys = make_keys(options->rows);
    return state;
}

static void run_koine(void *p)
{
    koine_state *state = p;
    kn_error error = {0};
    kn_arena arena = {0};
    for (int64_t i = 0; i < state->count; i++) {
        Track row = {.id = state->keys[i]};
        koine_check(kn_get(state->link.connection, KN_OBJECT(Track, &row), &arena, &error), &error);
        bench_fields got = koine_fields(&row);
        state->sum += bench_use(&got);
        kn_arena_reset(&arena);
    }
    kn_arena_finish(&arena);
}

static void close_koine(void *p)
{
    koine_state *state = p;
    koine_close(&state->link);
    free(state->keys);
    free(state);
}

static uint64_t expected_sum(const int64_t *keys, int64_t count)
{
    char title[BENCH_TITLE_ROOM];
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        bench_fields row = bench_row(keys[i] - 1, title);
        sum += bench_use(&row);
    }
    return sum;
}

static void verify_native(native_state *state)
{
    char title[4 * BENCH_TITLE_MAX + 1];
    for (int64_t i = 0; i < state->count; i++) {
        native_track row;
        get_native(state, state->keys[i], &row, title);
        bench_fields got = native_fields(&row);
        expect(&got, state->keys[i]);
    }
    if (state->sum != expected_sum(state->keys, state->count))
        bench_fail("the sum over all values is wrong");
}

static void verify_koine(koine_state *state)
{
    kn_error error = {0};
    kn_arena arena = {0};
    for (int64_t i = 0; i < state->count; i++) {
        Track row = {.id = state->keys[i]};
        koine_check(kn_get(state->link.connection, KN_OBJECT(Track, &row), &arena, &error), &error);
        bench_fields got = koine_fields(&row);
        expect(&got, state->keys[i]);
        kn_arena_reset(&arena);
    }
    kn_arena_finish(&arena);
    if (state->sum != expected_sum(state->keys, state->count))
        bench_fail("the sum over all values is wrong");
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
        .name = "point_select",
        .prepare = native_fill_tracks,
        .native = {open_native, run_native, close_native},
        .koine = {open_koine, run_koine, close_koine},
        .verify = verify,
    };
    return bench_main(argc, argv, &program);
}
