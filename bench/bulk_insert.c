/* SPDX-License-Identifier: MIT */
/* All rows at once, from an array of structs. */
#include "models.h"
#include "native.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS_A_STATEMENT 100
#define COLUMNS 6

typedef struct native_state {
    sqlite3 *db;
    native_track *rows;
    char *titles;
    int64_t count;
} native_state;

static void *open_native(const bench_options *options)
{
    native_state *state = bench_alloc(1, sizeof *state);
    state->db = native_open(options->database);
    state->count = options->rows;
    state->rows = native_tracks(options->rows, &state->titles);
    return state;
}

static sqlite3_stmt *prepare_rows(sqlite3 *db, int rows)
{
    char sql[sizeof INSERT_TRACK + ROWS_A_STATEMENT * 24];
    int size = snprintf(sql, sizeof sql, "%s", INSERT_TRACK);
    for (int i = 1; i < rows; i++)
        size += snprintf(sql + size, sizeof sql - (size_t)size, ", (?, ?, ?, ?, ?, ?)");
    return native_prepare(db, sql);
}

static void insert_rows(native_state *state, sqlite3_stmt *s, const native_track *rows, int count)
{
    char room[ROWS_A_STATEMENT][NATIVE_DATETIME];
    for (int i = 0; i < count; i++)
        native_bind(s, i * COLUMNS + 1, &rows[i], room[i]);
    native_check(state->db, sqlite3_step(s), SQLITE_DONE);
    sqlite3_reset(s);
}

static void run_native(void *p)
{
    native_state *state = p;
    sqlite3_stmt *s = prepare_rows(state->db, ROWS_A_STATEMENT);
    int64_t done = 0;
    native_run(state->db, "BEGIN IMMEDIATE");
    for (; done + ROWS_A_STATEMENT <= state->count; done += ROWS_A_STATEMENT)
        insert_rows(state, s, state->rows + done, ROWS_A_STATEMENT);
    sqlite3_finalize(s);
    if (done < state->count) {
        s = prepare_rows(state->db, (int)(state->count - done));
        insert_rows(state, s, state->rows + done, (int)(state->count - done));
        sqlite3_finalize(s);
    }
    native_run(state->db, "COMMIT");
}

static void close_native(void *p)
{
    native_state *state = p;
    native_close(state->db);
    free(state->rows);
    free(state->titles);
    free(state);
}

typedef struct koine_state {
    koine_link link;
    Track *rows;
    char *titles;
    int64_t count;
} koine_state;

static void *open_koine(const bench_options *options)
{
    koine_state *state = bench_alloc(1, sizeof *state);
    state->link = koine_open(options);
    state->count = options->rows;
    state->rows = koine_tracks(options->rows, &state->titles);
    return state;
}

static void run_koine(void *p)
{
    koine_state *state = p;
    kn_error error = {0};
    koine_check(kn_insert_many(state->link.connection, KN_OBJECT(Track, state->rows), (size_t)state->count, &error),
                &error);
}

static void close_koine(void *p)
{
    koine_state *state = p;
    koine_close(&state->link);
    free(state->rows);
    free(state->titles);
    free(state);
}

static void verify(const bench_options *options, void *state, bool koine)
{
    (void)state, (void)koine;
    native_verify_tracks(options);
}

int main(int argc, char **argv)
{
    static const bench_program program = {
        .name = "bulk_insert",
        .prepare = native_create,
        .native = {open_native, run_native, close_native},
        .koine = {open_koine, run_koine, close_koine},
        .verify = verify,
    };
    return bench_main(argc, argv, &program);
}
