/* SPDX-License-Identifier: MIT */
#include "naive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "native.h"

static inline const naive_driver *driver_of(const native_handle *h)
{
    return h->options->backend->naive;
}

static void *open_naive(const bench_options *options)
{
    return native_make(options, options->backend->naive->open(options->url));
}

static void close_naive(void *client)
{
    native_handle *h = client;
    driver_of(h)->close(h->db);
    native_free(h);
}

static void connect_naive(void *client)
{
    const native_handle *h = client;
    for (int64_t i = 0; i < h->options->rows; i++)
        driver_of(h)->close(driver_of(h)->open(h->options->url));
}

void naive_settle(const bench_options *options)
{
    const naive_driver *driver = options->backend->naive;
    if (!options->backend->settle)
        return;
    void *db = driver->open(options->url);
    driver->run(db, options->backend->settle);
    driver->close(db);
}

static void insert_row(native_handle *h, const bench_fields *row)
{
    static const char *const bools[] = {"NULL", "FALSE", "TRUE"};
    char sql[1024], title[2 * BENCH_TITLE_ROOM + 1], added[40];
    time_t seconds = (time_t)(row->us / 1000000);
    struct tm tm;
    driver_of(h)->escape(h->db, title, row->title, row->title_size);
    gmtime_r(&seconds, &tm);
    strftime(added, sizeof added, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(sql, sizeof sql,
             "INSERT INTO tracks (id, title, gain, price, added, loved)"
             " VALUES (%lld, '%s', %.17g, %s%lld.%02lld, '%s.%06lld', %s)",
             (long long)row->id, title, row->gain, row->cents < 0 ? "-" : "", llabs(row->cents) / 100,
             llabs(row->cents) % 100, added, (long long)(row->us % 1000000), bools[row->loved + 1]);
    driver_of(h)->run(h->db, sql);
}

static void insert_naive(void *client)
{
    native_handle *h = client;
    driver_of(h)->run(h->db, "BEGIN");
    for (int64_t i = 0; i < h->count; i++)
        insert_row(h, &h->rows[i]);
    driver_of(h)->run(h->db, "COMMIT");
}

static int64_t parse_cents(const char *text)
{
    char *end;
    long long whole = strtoll(text, &end, 10), part = 0;
    if (*end == '.') {
        part = strtoll(end + 1, NULL, 10);
        if (strlen(end + 1) == 1)
            part *= 10;
    }
    return *text == '-' ? whole * 100 - part : whole * 100 + part;
}

static int64_t parse_added(const char *text)
{
    unsigned year, month, day, hour, minute;
    double second;
    if (sscanf(text, "%u-%u-%u %u:%u:%lf", &year, &month, &day, &hour, &minute, &second) != 6)
        bench_fail("not a date and time");
    return native_days_of(year, month, day) * NATIVE_DAY + ((int64_t)hour * 3600 + (int64_t)minute * 60) * 1000000 +
           (int64_t)(second * 1000000 + 0.5);
}

static int parse_loved(const char *text)
{
    return text ? *text == '1' || *text == 't' : -1;
}

static void take_track(void *context, char **cells)
{
    bench_fields row = {
        .id = strtoll(cells[0], NULL, 10),
        .title = cells[1],
        .title_size = strlen(cells[1]),
        .gain = strtod(cells[2], NULL),
        .cents = parse_cents(cells[3]),
        .us = parse_added(cells[4]),
        .loved = parse_loved(cells[5]),
    };
    bench_take(context, &row);
}

static void select_naive(void *client, const int64_t *keys, int64_t count, bench_reader *reader)
{
    native_handle *h = client;
    char sql[128];
    for (int64_t i = 0; i < count; i++) {
        snprintf(sql, sizeof sql, "SELECT id, title, gain, price, added, loved FROM tracks WHERE id = %lld",
                 (long long)keys[i]);
        driver_of(h)->query(h->db, sql, take_track, reader);
    }
}

static void scan_naive(void *client, bench_reader *reader)
{
    native_handle *h = client;
    driver_of(h)->query(h->db, "SELECT id, title, gain, price, added, loved FROM tracks ORDER BY id", take_track,
                        reader);
}

static void take_artist(void *context, char **cells)
{
    native_add_artist(context, strtoll(cells[0], NULL, 10), cells[1], strlen(cells[1]));
}

static void take_song(void *context, char **cells)
{
    native_song *song = native_add_song(context);
    song->artist_id = strtoll(cells[1], NULL, 10);
    song->fields = (bench_fields){
        .id = strtoll(cells[0], NULL, 10),
        .title_size = strlen(cells[2]),
        .cents = parse_cents(cells[3]),
        .us = parse_added(cells[4]),
        .loved = parse_loved(cells[5]),
    };
    song->fields.title = native_keep(context, cells[2], song->fields.title_size);
}

static void load_naive(void *client)
{
    native_handle *h = client;
    driver_of(h)->query(h->db, NATIVE_SELECT_ARTISTS, take_artist, &h->objects);
    driver_of(h)->query(h->db, NATIVE_SELECT_SONGS, take_song, &h->objects);
    native_join(&h->objects);
}

const bench_client naive = {
    .name = "naive",
    .open = open_naive,
    .close = close_naive,
    .connect = connect_naive,
    .insert_loop = insert_naive,
    .batch_insert = insert_naive,
    .bulk_insert = insert_naive,
    .point_select = select_naive,
    .scan = scan_naive,
    .stream = scan_naive,
    .object_load = load_naive,
    .each_object = native_each_object,
};
