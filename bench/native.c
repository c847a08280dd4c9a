/* SPDX-License-Identifier: MIT */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>

void native_check(sqlite3 *db, int code, int expected)
{
    if (code != expected)
        bench_fail("sqlite: %s", db ? sqlite3_errmsg(db) : "no memory");
}

void native_run(sqlite3 *db, const char *sql)
{
    native_check(db, sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

sqlite3_stmt *native_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    native_check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL), SQLITE_OK);
    return s;
}

sqlite3 *native_open(const char *path)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    native_check(db, sqlite3_open_v2(path, &db, flags, NULL), SQLITE_OK);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(db, 5000);
    native_run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                   "PRAGMA cell_size_check=ON; PRAGMA case_sensitive_like=ON");
    return db;
}

void native_close(sqlite3 *db)
{
    native_check(db, sqlite3_close(db), SQLITE_OK);
}

void native_create(const bench_options *options)
{
    sqlite3 *db = native_open(options->database);
    native_run(db, "CREATE TABLE tracks (id INTEGER NOT NULL, title VARCHAR(64) NOT NULL, gain FLOAT NOT NULL,"
                   " price NUMERIC(12, 2) NOT NULL, added DATETIME NOT NULL, loved BOOLEAN, PRIMARY KEY (id));"
                   "CREATE TABLE artists (id INTEGER NOT NULL, name VARCHAR(64) NOT NULL, PRIMARY KEY (id));"
                   "CREATE TABLE songs (id INTEGER NOT NULL, artist_id BIGINT NOT NULL REFERENCES artists (id),"
                   " title VARCHAR(64) NOT NULL, price NUMERIC(12, 2) NOT NULL, added DATETIME NOT NULL,"
                   " loved BOOLEAN, PRIMARY KEY (id))");
    native_close(db);
}

/* The same check for the second byte of a long form as the standard's table 3-7: no overlong forms, no surrogates. */
static size_t sequence(const unsigned char *p, size_t left)
{
    size_t size = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (size == 0 || left < size)
        return 0;
    unsigned char least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    bool good = p[1] >= least && p[1] <= most;
    for (size_t i = 2; i < size; i++)
        good = good && (p[i] & 0xC0) == 0x80;
    return good ? size : 0;
}

size_t native_utf8_slow(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + size;
    size_t count = 0;
    for (; p < end; count++) {
        size_t step = *p < 0x80 ? *p != 0 : sequence(p, (size_t)(end - p));
        if (step == 0)
            return SIZE_MAX;
        p += step;
    }
    return count;
}

static native_track track_of(const bench_fields *row)
{
    return (native_track){row->id, row->title, row->title_size, row->gain, row->cents, row->us, (int8_t)row->loved};
}

native_track *native_tracks(int64_t rows, char **titles)
{
    native_track *tracks = bench_alloc((size_t)rows, sizeof *tracks);
    char *room = *titles = bench_alloc((size_t)rows, BENCH_TITLE_ROOM);
    for (int64_t i = 0; i < rows; i++) {
        bench_fields row = bench_row(i, room + i * BENCH_TITLE_ROOM);
        tracks[i] = track_of(&row);
    }
    return tracks;
}

void native_fill_tracks(const bench_options *options)
{
    native_create(options);
    sqlite3 *db = native_open(options->database);
    sqlite3_stmt *s = native_prepare(db, INSERT_TRACK);
    char title[BENCH_TITLE_ROOM], room[NATIVE_DATETIME];
    native_run(db, "BEGIN IMMEDIATE");
    for (int64_t i = 0; i < options->rows; i++) {
        bench_fields fields = bench_row(i, title);
        native_track row = track_of(&fields);
        native_bind(s, 1, &row, room);
        native_check(db, sqlite3_step(s), SQLITE_DONE);
        sqlite3_reset(s);
    }
    native_run(db, "COMMIT");
    sqlite3_finalize(s);
    native_run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    native_close(db);
}

static void verify_storage(sqlite3_stmt *s, const bench_fields *expected)
{
    char added[NATIVE_DATETIME];
    native_put_datetime(added, expected->us);
    int price = expected->cents % 100 == 0 ? SQLITE_INTEGER : SQLITE_FLOAT;
    if (sqlite3_column_type(s, 3) != price || sqlite3_column_type(s, 4) != SQLITE_TEXT ||
        memcmp(sqlite3_column_text(s, 4), added, sizeof added) != 0)
        bench_fail("row %lld is not stored as it must be", (long long)expected->id);
}

void native_verify_tracks(const bench_options *options)
{
    sqlite3 *db = native_open(options->database);
    sqlite3_stmt *s = native_prepare(db, "SELECT id, title, gain, price, added, loved FROM tracks ORDER BY id");
    char title[BENCH_TITLE_ROOM];
    for (int64_t i = 0; i < options->rows; i++) {
        native_track row;
        native_check(db, sqlite3_step(s), SQLITE_ROW);
        native_read(s, &row);
        bench_fields got = native_fields(&row), expected = bench_row(i, title);
        bench_expect(&got, &expected);
        verify_storage(s, &expected);
    }
    native_check(db, sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
    native_close(db);
}
