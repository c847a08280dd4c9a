/* SPDX-License-Identifier: MIT */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>

KN_COLUMNS(Track) = {
    KN_COLUMN(Track, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Track, title, KN_STRING(BENCH_TITLE_MAX), .nullable = KN_NO),
    KN_COLUMN(Track, gain, KN_FLOAT),
    KN_COLUMN(Track, price, KN_NUMERIC(12, 2)),
    KN_COLUMN(Track, added, KN_DATETIME),
    KN_COLUMN(Track, loved, KN_BOOLEAN),
};
KN_DEFINE(Track, "tracks");

KN_COLUMNS(Song) = {
    KN_COLUMN(Song, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Song, artist_id, KN_BIG_INTEGER, .references = KN_REF(Artist, id)),
    KN_COLUMN(Song, title, KN_STRING(BENCH_TITLE_MAX), .nullable = KN_NO),
    KN_COLUMN(Song, price, KN_NUMERIC(12, 2)),
    KN_COLUMN(Song, added, KN_DATETIME),
    KN_COLUMN(Song, loved, KN_BOOLEAN),
};
KN_RELATIONSHIPS(Song) = {KN_TO_ONE(Song, artist, Artist, .via = KN_REF(Song, artist_id), .back = "songs")};
KN_DEFINE(Song, "songs", KN_WITH_RELATIONSHIPS(Song));

KN_COLUMNS(Artist) = {
    KN_COLUMN(Artist, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Artist, name, KN_STRING(BENCH_TITLE_MAX), .nullable = KN_NO),
};
KN_RELATIONSHIPS(Artist) = {KN_TO_MANY(Artist, songs, Song, .via = KN_REF(Song, artist_id), .back = "artist")};
KN_DEFINE(Artist, "artists", KN_WITH_RELATIONSHIPS(Artist));

void koine_fail(const kn_error *error)
{
    bench_fail("koine: %s", error->message);
}

koine_link koine_open(const bench_options *options)
{
    koine_link link = {0};
    kn_error error = {0};
    char url[4096];
    int size = snprintf(url, sizeof url, "sqlite:///%s", options->database);
    if (size < 0 || (size_t)size >= sizeof url)
        bench_fail("the path of the database is too long");
    koine_check(kn_registry_create(NULL, &link.registry, &error), &error);
    koine_check(kn_registry_search(link.registry, options->plugins ? options->plugins : KOINE_PLUGIN_BUILD_DIR, &error),
                &error);
    koine_check(kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = link.registry), &link.engine, &error), &error);
    koine_check(kn_connect(link.engine, &link.connection, &error), &error);
    return link;
}

void koine_close(koine_link *link)
{
    kn_release(link->connection);
    kn_engine_destroy(link->engine);
    kn_registry_destroy(link->registry);
}

static Track track_of(const bench_fields *row)
{
    return (Track){
        .id = row->id,
        .title = {row->title, row->title_size},
        .gain = row->gain,
        .price = KN_DECIMAL(row->cents, -2),
        .added = {row->us},
        .loved = {.value = row->loved == 1, .state = row->loved < 0 ? KN_NULL : KN_SET},
    };
}

Track *koine_tracks(int64_t rows, char **titles)
{
    Track *tracks = bench_alloc((size_t)rows, sizeof *tracks);
    char *room = *titles = bench_alloc((size_t)rows, BENCH_TITLE_ROOM);
    for (int64_t i = 0; i < rows; i++) {
        bench_fields row = bench_row(i, room + i * BENCH_TITLE_ROOM);
        tracks[i] = track_of(&row);
    }
    return tracks;
}
