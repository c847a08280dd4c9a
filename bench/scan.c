/* SPDX-License-Identifier: MIT */
/* All rows of a table, streamed, each into a struct. */
#include "models.h"
#include "native.h"

#include <stdlib.h>

/* What is done with each row: its values are summed, or compared with those that were written. */
typedef struct row_reader {
    uint64_t sum;
    int64_t count;
    bool compare;
} row_reader;

static void compare(const row_reader *reader, const bench_fields *row)
{
    char title[BENCH_TITLE_ROOM];
    bench_fields expected = bench_row(reader->count, title);
    bench_expect(row, &expected);
}

static inline void take(row_reader *reader, const bench_fields *row)
{
    if (reader->compare)
        compare(reader, row);
    reader->sum += bench_use(row);
    reader->count++;
}

typedef struct native_state {
    sqlite3 *db;
    row_reader reader;
} native_state;

static void *open_native(const bench_options *options)
{
    native_state *state = bench_alloc(1, sizeof *state);
    state->db = native_open(options->database);
    return state;
}

static void run_native(void *p)
{
    native_state *state = p;
    sqlite3_stmt *s = native_prepare(state->db, "SELECT id, title, gain, price, added, loved FROM tracks ORDER BY id");
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        native_track row;
        native_read(s, &row);
        bench_fields fields = native_fields(&row);
        take(&state->reader, &fields);
    }
    native_check(state->db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

static void close_native(void *p)
{
    native_state *state = p;
    native_close(state->db);
    free(state);
}

typedef struct koine_state {
    koine_link link;
    row_reader reader;
} koine_state;

static void *open_koine(const bench_options *options)
{
    koine_state *state = bench_alloc(1, sizeof *state);
    state->link = koine_open(options);
    return state;
}

static const kn_select all_tracks = KN_SELECT(KN_FROM(Track), .order_by = KN_LIST(KN_COL(Track, id)));

static void run_koine(void *p)
{
    koine_state *state = p;
    kn_error error = {0};
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status;
    koine_check(kn_prepare_query(state->link.connection, &all_tracks.node, &statement, &error), &error);
    koine_check(kn_open(statement, KN_NO_ARGS, &result, &error), &error);
    Track row;
    while ((status = kn_next_into(result, KN_OBJECT(Track, &row), &error)) == KN_OK) {
        bench_fields fields = koine_fields(&row);
        take(&state->reader, &fields);
    }
    if (status != KN_DONE)
        koine_fail(&error);
    kn_result_close(result);
    kn_statement_finish(statement);
}

static void close_koine(void *p)
{
    koine_state *state = p;
    koine_close(&state->link);
    free(state);
}

static void verify(const bench_options *options, void *state, bool koine)
{
    row_reader *reader = koine ? &((koine_state *)state)->reader : &((native_state *)state)->reader;
    if (reader->count != options->rows || reader->sum != bench_use_all(options->rows))
        bench_fail("the sum over all values is wrong");
    *reader = (row_reader){.compare = true};
    if (koine)
        run_koine(state);
    else
        run_native(state);
    if (reader->count != options->rows)
        bench_fail("rows are missing");
}

int main(int argc, char **argv)
{
    static const bench_program program = {
        .name = "scan",
        .prepare = native_fill_tracks,
        .native = {open_native, run_native, close_native},
        .koine = {open_koine, run_koine, close_koine},
        .verify = verify,
    };
    return bench_main(argc, argv, &program);
}
