/* SPDX-License-Identifier: MIT */
/* One row at a time, in one transaction. */
#include "models.h"
#include "native.h"

#include <stdlib.h>

typedef struct native_state {
    sqlite3 *db;
    sqlite3_stmt *insert;
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

static void run_native(void *p)
{
    native_state *state = p;
    char room[NATIVE_DATETIME];
    state->insert = native_prepare(state->db, INSERT_TRACK);
    native_run(state->db, "BEGIN IMMEDIATE");
    for (int64_t i = 0; i < state->count; i++) {
        native_bind(state->insert, 1, &state->rows[i], room);
        native_check(state->db, sqlite3_step(state->insert), SQLITE_DONE);
        sqlite3_reset(state->insert);
    }
    native_run(state->db, "COMMIT");
}

static void close_native(void *p)
{
    native_state *state = p;
    sqlite3_finalize(state->insert);
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
    kn_connection *c = state->link.connection;
    kn_error error = {0};
    koine_check(kn_begin(c, KN_WRITE, &error), &error);
    for (int64_t i = 0; i < state->count; i++)
        koine_check(kn_insert(c, KN_OBJECT(Track, &state->rows[i]), &error), &error);
    koine_check(kn_commit(c, &error), &error);
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
        .name = "insert_loop",
        .prepare = native_create,
        .native = {open_native, run_native, close_native},
        .koine = {open_koine, run_koine, close_koine},
        .verify = verify,
    };
    return bench_main(argc, argv, &program);
}
