/* SPDX-License-Identifier: MIT */
#include "koine.h"

#include <koine/koine.h>
#include <stdlib.h>

#include "objects.h"

/* the tables */

typedef struct Track {
    int64_t id;
    kn_text title;
    double gain;
    kn_decimal price;
    kn_datetime added;
    kn_opt_bool loved;
} Track;
KN_MODEL(Track);

KN_COLUMNS(Track) = {
    KN_COLUMN(Track, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Track, title, KN_STRING(BENCH_TITLE_MAX), .nullable = KN_NO),
    KN_COLUMN(Track, gain, KN_FLOAT),
    KN_COLUMN(Track, price, KN_NUMERIC(12, 2)),
    KN_COLUMN(Track, added, KN_DATETIME),
    KN_COLUMN(Track, loved, KN_BOOLEAN),
};
KN_DEFINE(Track, "tracks");

typedef struct Artist Artist;
typedef struct Song {
    int64_t id;
    int64_t artist_id;
    kn_text title;
    kn_decimal price;
    kn_datetime added;
    kn_opt_bool loved;
    Artist *artist;
} Song;
KN_MODEL(Song);

struct Artist {
    int64_t id;
    kn_text name;
    KN_MANY(Song) songs;
};
KN_MODEL(Artist);

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

/* connections */

typedef struct handle {
    const bench_options *options;
    kn_registry *registry;
    kn_engine *engine;
    kn_connection *connection;
    Track *rows; /* to be written */
    char *titles;
    int64_t count;
    kn_rows *artists, *songs;
    Song **links;
} handle;

static inline void check(kn_status status, const kn_error *error)
{
    if (status != KN_OK)
        bench_fail("koine: %s", error->message);
}

static handle *open_engine(const bench_options *options)
{
    handle *h = bench_alloc(1, sizeof *h);
    h->options = options;
    kn_error error = {0};
    check(kn_registry_create(NULL, &h->registry, &error), &error);
    check(kn_registry_search(h->registry, options->plugins ? options->plugins : KOINE_PLUGIN_BUILD_DIR, &error),
          &error);
    check(kn_engine_create(options->url, KN_ENGINE_OPTIONS(.registry = h->registry), &h->engine, &error), &error);
    return h;
}

static kn_decimal price_of(const bench_fields *row)
{
    kn_decimal price = KN_DECIMAL(row->cents, -2);
    return price;
}

static kn_opt_bool loved_of(const bench_fields *row)
{
    return (kn_opt_bool){.value = row->loved == 1, .state = row->loved < 0 ? KN_NULL : KN_SET};
}

static Track track_of(const bench_fields *row)
{
    return (Track){row->id, {row->title, row->title_size}, row->gain, price_of(row), {row->us}, loved_of(row)};
}

static void *open_koine(const bench_options *options)
{
    handle *h = open_engine(options);
    kn_error error = {0};
    check(kn_connect(h->engine, &h->connection, &error), &error);
    if (!options->writes)
        return h;
    h->count = options->rows;
    h->rows = bench_alloc((size_t)h->count, sizeof *h->rows);
    h->titles = bench_alloc((size_t)h->count, BENCH_TITLE_ROOM);
    for (int64_t i = 0; i < h->count; i++) {
        bench_fields row = bench_row(i, h->titles + i * BENCH_TITLE_ROOM);
        h->rows[i] = track_of(&row);
    }
    return h;
}

static void close_koine(void *client)
{
    handle *h = client;
    kn_rows_free(h->artists);
    kn_rows_free(h->songs);
    kn_release(h->connection);
    kn_engine_destroy(h->engine);
    kn_registry_destroy(h->registry);
    free(h->links);
    free(h->rows);
    free(h->titles);
    free(h);
}

/* workloads */

/* New connections, none from the pool. */
static void connect_koine(void *client)
{
    handle *h = client;
    kn_error error = {0};
    for (int64_t i = 0; i < h->options->rows; i++) {
        kn_connection *c = NULL;
        check(kn_connect(h->engine, &c, &error), &error);
        kn_release(c);
        kn_engine_close_idle(h->engine);
    }
}

static void insert_koine(void *client)
{
    handle *h = client;
    kn_connection *c = h->connection;
    kn_error error = {0};
    check(kn_begin(c, KN_WRITE, &error), &error);
    for (int64_t i = 0; i < h->count; i++)
        check(kn_insert(c, KN_OBJECT(Track, &h->rows[i]), &error), &error);
    check(kn_commit(c, &error), &error);
}

static void batch_koine(void *client)
{
    handle *h = client;
    kn_connection *c = h->connection;
    kn_error error = {0};
    check(kn_begin(c, KN_WRITE, &error), &error);
    for (int64_t i = 0; i < h->count; i += BENCH_BATCH) {
        int64_t left = h->count - i;
        check(
            kn_insert_many(c, KN_OBJECT(Track, &h->rows[i]), (size_t)(left < BENCH_BATCH ? left : BENCH_BATCH), &error),
            &error);
    }
    check(kn_commit(c, &error), &error);
}

static void bulk_koine(void *client)
{
    handle *h = client;
    kn_error error = {0};
    check(kn_insert_many(h->connection, KN_OBJECT(Track, h->rows), (size_t)h->count, &error), &error);
}

static inline int64_t cents_of(kn_decimal d)
{
    return d.sign ? -(int64_t)d.u.word[0] : (int64_t)d.u.word[0];
}

static inline int loved_value(kn_opt_bool loved)
{
    return loved.state == KN_SET ? loved.value : -1;
}

static inline bench_fields fields_of(const Track *row)
{
    return (bench_fields){row->id,       row->title.data,        row->title.size, row->gain, cents_of(row->price),
                          row->added.us, loved_value(row->loved)};
}

static void select_koine(void *client, const int64_t *keys, int64_t count, bench_reader *reader)
{
    handle *h = client;
    kn_error error = {0};
    kn_arena arena = {0};
    for (int64_t i = 0; i < count; i++) {
        Track row = {.id = keys[i]};
        check(kn_get(h->connection, KN_OBJECT(Track, &row), &arena, &error), &error);
        bench_fields got = fields_of(&row);
        bench_take(reader, &got);
        kn_arena_reset(&arena);
    }
    kn_arena_finish(&arena);
}

static const kn_select all_tracks = KN_SELECT(KN_FROM(Track), .order_by = KN_LIST(KN_COL(Track, id)));
static const kn_select all_tracks_at_once =
    KN_SELECT(KN_FROM(Track), .order_by = KN_LIST(KN_COL(Track, id)), .large = 1);
static const kn_select all_artists = KN_SELECT(KN_FROM(Artist), .order_by = KN_LIST(KN_COL(Artist, id)), .large = 1);
static const kn_select all_songs = KN_SELECT(KN_FROM(Song), .order_by = KN_LIST(KN_COL(Song, id)), .large = 1);

static void read_tracks(handle *h, const kn_select *query, bench_reader *reader)
{
    kn_error error = {0};
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status;
    Track row;
    check(kn_prepare_query(h->connection, &query->node, &statement, &error), &error);
    check(kn_open(statement, KN_NO_ARGS, &result, &error), &error);
    while ((status = kn_next_into(result, KN_OBJECT(Track, &row), &error)) == KN_OK) {
        bench_fields fields = fields_of(&row);
        bench_take(reader, &fields);
    }
    if (status != KN_DONE)
        check(status, &error);
    kn_result_close(result);
    kn_statement_finish(statement);
}

static void scan_koine(void *client, bench_reader *reader)
{
    read_tracks(client, &all_tracks_at_once, reader);
}

static void stream_koine(void *client, bench_reader *reader)
{
    read_tracks(client, &all_tracks, reader);
}

static void load_koine(void *client)
{
    handle *h = client;
    kn_error error = {0};
    check(kn_list(h->connection, &all_artists, KN_NO_ARGS, 0, &h->artists, &error), &error);
    check(kn_list(h->connection, &all_songs, KN_NO_ARGS, 0, &h->songs, &error), &error);
    h->links = bench_alloc(h->songs->count, sizeof *h->links);
    Artist *artists = h->artists->items;
    Song *songs = h->songs->items;
    OBJECT_JOIN(artists, h->artists->count, songs, h->songs->count, h->links, songs.items, songs.count);
}

static void each_koine(void *client, bench_object_fn *parent, bench_object_fn *child, void *context)
{
    handle *h = client;
    for
        KN_EACH_ROW(Artist, artist, h->artists)
        {
            bench_object object = {
                .fields = {.id = artist->id, .title = artist->name.data, .title_size = artist->name.size}};
            OBJECT_LINKED(artist, songs.items, songs.count, object.linked);
            parent(context, &object);
        }
    for
        KN_EACH_ROW(Song, song, h->songs)
        {
            bench_object object = {{song->id, song->title.data, song->title.size, 0, cents_of(song->price),
                                    song->added.us, loved_value(song->loved)},
                                   song->artist_id,
                                   song->artist->id};
            child(context, &object);
        }
}

const bench_client koine = {
    .name = "koine",
    .open = open_koine,
    .close = close_koine,
    .connect = connect_koine,
    .insert_loop = insert_koine,
    .batch_insert = batch_koine,
    .bulk_insert = bulk_koine,
    .point_select = select_koine,
    .scan = scan_koine,
    .stream = stream_koine,
    .object_load = load_koine,
    .each_object = each_koine,
};

/* what workloads start from */

void koine_create(const bench_options *options)
{
    handle *h = open_engine(options);
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    check(kn_connect(h->engine, &h->connection, &error), &error);
    check(kn_metadata_create(NULL, &metadata, &error), &error);
    check(kn_metadata_add_all(metadata, &error, &Track_model, &Artist_model, &Song_model, NULL), &error);
    check(kn_drop_all(h->connection, metadata, &error), &error);
    check(kn_create_all(h->connection, metadata, &error), &error);
    kn_metadata_destroy(metadata);
    close_koine(h);
}

void koine_fill_tracks(const bench_options *options)
{
    bench_options filled = *options;
    filled.writes = true;
    handle *h = open_koine(&filled);
    bulk_koine(h);
    close_koine(h);
}

#define OBJECTS_AT_ONCE 1000

static void fill_artists(handle *h, int64_t rows)
{
    static char names[OBJECTS_AT_ONCE][BENCH_TITLE_ROOM];
    static Artist artists[OBJECTS_AT_ONCE];
    kn_error error = {0};
    for (int64_t i = 0, n = 0; i < bench_parents(rows); i++) {
        bench_fields row = bench_parent_row(i, rows, names[n]);
        artists[n++] = (Artist){.id = row.id, .name = {row.title, row.title_size}};
        if (n < OBJECTS_AT_ONCE && i + 1 < bench_parents(rows))
            continue;
        check(kn_insert_many(h->connection, KN_OBJECT(Artist, artists), (size_t)n, &error), &error);
        n = 0;
    }
}

static void fill_songs(handle *h, int64_t rows)
{
    static char titles[OBJECTS_AT_ONCE][BENCH_TITLE_ROOM];
    static Song songs[OBJECTS_AT_ONCE];
    kn_error error = {0};
    for (int64_t i = 0, n = 0; i < rows; i++) {
        bench_fields row = bench_row(i, titles[n]);
        songs[n++] = (Song){
            .id = row.id,
            .artist_id = bench_parent_of(i, rows),
            .title = {row.title, row.title_size},
            .price = price_of(&row),
            .added = {row.us},
            .loved = loved_of(&row),
        };
        if (n < OBJECTS_AT_ONCE && i + 1 < rows)
            continue;
        check(kn_insert_many(h->connection, KN_OBJECT(Song, songs), (size_t)n, &error), &error);
        n = 0;
    }
}

void koine_fill_objects(const bench_options *options)
{
    handle *h = open_koine(options);
    fill_artists(h, options->rows);
    fill_songs(h, options->rows);
    close_koine(h);
}

bench_place bench_place_of(const char *text)
{
    static kn_url *url; /* one a program */
    kn_error error = {0};
    if (!url)
        check(kn_url_parse(text, NULL, &url, &error), &error);
    return (bench_place){
        .host = url->n_hosts ? url->hosts[0].name : NULL,
        .user = url->user,
        .password = url->password,
        .database = url->database,
        .port = url->n_hosts ? url->hosts[0].port : 0,
    };
}
