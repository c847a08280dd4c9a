/* SPDX-License-Identifier: MIT */
/* The floor on PostgreSQL: libpq used as well as one can by hand. Prepared once, binary both ways, rows streamed, COPY
 * for many rows. Numbers are turned by hand, since everything about the one table is known. */
#include <libpq-fe.h>
#include <stdio.h>

#include "naive.h"
#include "native.h"

enum { BOOL = 16, INT8 = 20, FLOAT8 = 701, VARCHAR = 1043, TIMESTAMP = 1114, NUMERIC = 1700 };

#define EPOCH_US INT64_C(946684800000000) /* 2000-01-01, from which the server counts */

static _Noreturn void fail(PGconn *db, PGresult *result)
{
    bench_fail("libpq: %s", result ? PQresultErrorMessage(result) : PQerrorMessage(db));
}

static void check(PGconn *db, PGresult *result, ExecStatusType expected)
{
    if (PQresultStatus(result) != expected)
        fail(db, result);
}

static void finish(PGconn *db, PGresult *result, ExecStatusType expected)
{
    check(db, result, expected);
    PQclear(result);
}

static void execute(PGconn *db, const char *sql)
{
    finish(db, PQexec(db, sql), PGRES_COMMAND_OK);
}

/* The same settings as a Koine connection, in the message that starts the session. */
static void *open_database(const char *url)
{
    static const char *const names[] = {"dbname", "client_encoding", "options", "gssencmode", NULL};
    const char *const values[] = {url, "UTF8", "-c TimeZone=UTC -c DateStyle=ISO,YMD -c standard_conforming_strings=on",
                                  "disable", NULL};
    PGconn *db = PQconnectdbParams(names, values, 1);
    if (PQstatus(db) != CONNECTION_OK)
        fail(db, NULL);
    return db;
}

static void close_database(void *db)
{
    PQfinish(db);
}

static void prepare(PGconn *db, const char *name, const char *sql, int n, const Oid *types)
{
    finish(db, PQprepare(db, name, sql, n, types), PGRES_COMMAND_OK);
}

/* bytes: the server's are big-endian */

static inline void put16(char *out, uint16_t n)
{
    n = __builtin_bswap16(n);
    memcpy(out, &n, sizeof n);
}

static inline void put32(char *out, uint32_t n)
{
    n = __builtin_bswap32(n);
    memcpy(out, &n, sizeof n);
}

static inline void put64(char *out, uint64_t n)
{
    n = __builtin_bswap64(n);
    memcpy(out, &n, sizeof n);
}

static inline uint16_t get16(const char *data)
{
    uint16_t n;
    memcpy(&n, data, sizeof n);
    return __builtin_bswap16(n);
}

static inline uint32_t get32(const char *data)
{
    uint32_t n;
    memcpy(&n, data, sizeof n);
    return __builtin_bswap32(n);
}

static inline uint64_t get64(const char *data)
{
    uint64_t n;
    memcpy(&n, data, sizeof n);
    return __builtin_bswap64(n);
}

/* NUMERIC: groups of four digits, of which the first has `weight`; here at most three groups and two decimals. */

#define PRICE_MAX 16

static inline size_t put_price(char *out, int64_t cents)
{
    uint64_t magnitude = (uint64_t)(cents < 0 ? -cents : cents), whole = magnitude / 100;
    uint16_t groups[4] = {(uint16_t)(whole / 100000000), (uint16_t)(whole / 10000 % 10000), (uint16_t)(whole % 10000),
                          (uint16_t)(magnitude % 100 * 100)};
    int first = 0, end = 4;
    native_check_cents(cents);
    while (end > 0 && !groups[end - 1])
        end--;
    while (first < end && !groups[first])
        first++;
    put16(out, (uint16_t)(end - first));
    put16(out + 2, (uint16_t)(first < end ? 2 - first : 0));
    put16(out + 4, cents < 0 ? 0x4000 : 0);
    put16(out + 6, 2);
    for (int i = first; i < end; i++)
        put16(out + 8 + 2 * (i - first), groups[i]);
    return 8 + 2 * (size_t)(end - first);
}

static inline int64_t get_price(const char *data, size_t size)
{
    static const int64_t scales[] = {0, 100, 1000000, INT64_C(10000000000)}; /* by weight + 1, in cents */
    if (size < 8 || size != 8 + 2 * (size_t)get16(data))
        bench_fail("not a numeric");
    int n = get16(data), weight = (int16_t)get16(data + 2);
    uint16_t sign = get16(data + 4);
    int64_t cents = 0;
    if ((sign && sign != 0x4000) || weight > 2 || weight < -1 || n > weight + 2 || get16(data + 6) != 2)
        bench_fail("not a NUMERIC(12, 2)");
    for (int i = 0; i < n; i++) {
        uint16_t group = get16(data + 8 + 2 * i);
        if (group > 9999 || (i == weight + 1 && group % 100))
            bench_fail("not a NUMERIC(12, 2)");
        cents += i == weight + 1 ? group / 100 : group * scales[weight - i + 1];
    }
    if (cents > NATIVE_CENTS_MAX)
        bench_fail("not a NUMERIC(12, 2)");
    return sign ? -cents : cents;
}

/* cells: binary, wherever they stand */

typedef struct cell {
    const char *data;
    int size; /* -1 = NULL */
} cell;

static inline cell cell_of(const PGresult *result, int row, int column)
{
    int size = PQgetlength(result, row, column);
    return (cell){PQgetvalue(result, row, column), size || !PQgetisnull(result, row, column) ? size : -1};
}

static inline int64_t read_int(cell c)
{
    if (c.size != 8)
        bench_fail("not a bigint");
    return (int64_t)get64(c.data);
}

static inline const char *read_text(cell c, size_t *size)
{
    if (c.size < 0)
        bench_fail("not a text");
    *size = (size_t)c.size;
    native_check_text(c.data, *size);
    return c.data;
}

static inline double read_double(cell c)
{
    double d;
    if (c.size != 8)
        bench_fail("not a double");
    uint64_t bits = get64(c.data);
    memcpy(&d, &bits, sizeof d);
    native_check_gain(d);
    return d;
}

static inline int64_t read_price(cell c)
{
    if (c.size < 0)
        bench_fail("not a numeric");
    return get_price(c.data, (size_t)c.size);
}

static inline int64_t read_added(cell c)
{
    if (c.size != 8)
        bench_fail("not a timestamp");
    int64_t us = (int64_t)get64(c.data);
    if (us < NATIVE_FIRST_US - EPOCH_US || us > NATIVE_LAST_US - EPOCH_US)
        bench_fail("added is outside years 1 to 9999");
    return us + EPOCH_US;
}

static inline int read_bool(cell c)
{
    if (c.size < 0)
        return -1;
    if (c.size != 1)
        bench_fail("not a boolean");
    return *c.data != 0;
}

static inline void read_track(const PGresult *result, int row, bench_fields *fields)
{
    fields->id = read_int(cell_of(result, row, 0));
    fields->title = read_text(cell_of(result, row, 1), &fields->title_size);
    fields->gain = read_double(cell_of(result, row, 2));
    fields->cents = read_price(cell_of(result, row, 3));
    fields->us = read_added(cell_of(result, row, 4));
    fields->loved = read_bool(cell_of(result, row, 5));
}

/* Rows that COPY sends: one a message, each cell behind its length. The text before the last cell that was asked for
 * has no NUL behind it, which no native code here needs. */
typedef struct copied {
    char *row, *at, *end;
    bool begun;
} copied;

static inline cell next_cell(copied *rows)
{
    if (rows->end - rows->at < 4)
        bench_fail("COPY sent a part of a row");
    cell c = {rows->at + 4, (int)get32(rows->at)};
    rows->at += 4;
    if (c.size > rows->end - rows->at)
        bench_fail("COPY sent a part of a cell");
    rows->at += c.size > 0 ? c.size : 0;
    return c;
}

static void start_copy(PGconn *db, const char *sql)
{
    finish(db, PQexec(db, sql), PGRES_COPY_OUT);
}

static void end_copy(PGconn *db, copied *rows, int size)
{
    if (size != -1)
        fail(db, NULL);
    finish(db, PQgetResult(db), PGRES_COMMAND_OK);
    finish(db, PQgetResult(db), PGRES_FATAL_ERROR); /* which NULL is: there is no more */
    rows->row = NULL;
}

/* False: that was the last. */
static inline bool next_copied(PGconn *db, copied *rows, int columns)
{
    for (;;) {
        PQfreemem(rows->row);
        int size = PQgetCopyData(db, &rows->row, 0);
        if (size <= 0) {
            end_copy(db, rows, size);
            return false;
        }
        rows->at = rows->row;
        rows->end = rows->row + size;
        if (!rows->begun) {
            rows->begun = true;
            rows->at += 19;
        }
        if (rows->end - rows->at < 2)
            bench_fail("COPY sent no row");
        int n = (int16_t)get16(rows->at);
        rows->at += 2;
        if (n == columns)
            return true;
        if (n != -1)
            bench_fail("COPY sent other columns");
    }
}

/* parameters */

typedef struct parameters {
    const char *values[BENCH_COLUMNS];
    int sizes[BENCH_COLUMNS];
    char id[8], gain[8], price[PRICE_MAX], added[8], loved;
} parameters;

static const int binary[BENCH_COLUMNS] = {1, 1, 1, 1, 1, 1};
static const Oid track_types[BENCH_COLUMNS] = {INT8, VARCHAR, FLOAT8, NUMERIC, TIMESTAMP, BOOL};

static inline uint64_t bits_of(double d)
{
    uint64_t bits;
    d += 0.0;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static void fill(parameters *p, const bench_fields *row)
{
    native_check_row(row);
    put64(p->id, (uint64_t)row->id);
    put64(p->gain, bits_of(row->gain));
    put64(p->added, (uint64_t)(row->us - EPOCH_US));
    p->loved = row->loved == 1;
    p->values[0] = p->id;
    p->sizes[0] = sizeof p->id;
    p->values[1] = row->title;
    p->sizes[1] = (int)row->title_size;
    p->values[2] = p->gain;
    p->sizes[2] = sizeof p->gain;
    p->values[3] = p->price;
    p->sizes[3] = (int)put_price(p->price, row->cents);
    p->values[4] = p->added;
    p->sizes[4] = sizeof p->added;
    p->values[5] = row->loved < 0 ? NULL : &p->loved;
    p->sizes[5] = 1;
}

/* the client */

/* Each row's outcome is known before the next is sent. */
static void best_insert_loop(void *client)
{
    native_handle *h = client;
    parameters p;
    prepare(h->db, "insert",
            "INSERT INTO tracks (id, title, gain, price, added, loved) VALUES ($1, $2, $3, $4, $5, $6)", BENCH_COLUMNS,
            track_types);
    execute(h->db, "BEGIN");
    for (int64_t i = 0; i < h->count; i++) {
        fill(&p, &h->rows[i]);
        finish(h->db, PQexecPrepared(h->db, "insert", BENCH_COLUMNS, p.values, p.sizes, binary, 1), PGRES_COMMAND_OK);
    }
    execute(h->db, "COMMIT");
    execute(h->db, "DEALLOCATE \"insert\"");
}

/* One statement of many rows, between a savepoint and its release: a batch that fails leaves the others and the
 * transaction as they are. The three go in one exchange. */
typedef struct row_batch {
    parameters rows[BENCH_BATCH];
    const char *values[BENCH_BATCH * BENCH_COLUMNS];
    int sizes[BENCH_BATCH * BENCH_COLUMNS], formats[BENCH_BATCH * BENCH_COLUMNS];
    Oid types[BENCH_BATCH * BENCH_COLUMNS];
    char sql[128 + BENCH_BATCH * 48];
} row_batch;

static void prepare_batch(PGconn *db, row_batch *b, const char *name, int rows)
{
    int size = snprintf(b->sql, sizeof b->sql, "INSERT INTO tracks (id, title, gain, price, added, loved) VALUES");
    for (int i = 0, n = 1; i < rows; i++, n += BENCH_COLUMNS)
        size += snprintf(b->sql + size, sizeof b->sql - (size_t)size, "%s($%d, $%d, $%d, $%d, $%d, $%d)",
                         i ? ", " : " ", n, n + 1, n + 2, n + 3, n + 4, n + 5);
    for (int i = 0; i < rows * BENCH_COLUMNS; i++) {
        b->formats[i] = 1;
        b->types[i] = track_types[i % BENCH_COLUMNS];
    }
    prepare(db, name, b->sql, rows * BENCH_COLUMNS, b->types);
}

static void queue_word(PGconn *db, const char *name)
{
    if (!PQsendQueryPrepared(db, name, 0, NULL, NULL, NULL, 1))
        fail(db, NULL);
}

/* The answer of one statement in a pipeline, and the NULL behind it. */
static void finish_queued(PGconn *db)
{
    finish(db, PQgetResult(db), PGRES_COMMAND_OK);
    finish(db, PQgetResult(db), PGRES_FATAL_ERROR); /* which NULL is */
}

static void insert_batch(PGconn *db, row_batch *b, const char *name, const bench_fields *rows, int count)
{
    for (int i = 0; i < count; i++) {
        fill(&b->rows[i], &rows[i]);
        memcpy(b->values + i * BENCH_COLUMNS, b->rows[i].values, sizeof b->rows[i].values);
        memcpy(b->sizes + i * BENCH_COLUMNS, b->rows[i].sizes, sizeof b->rows[i].sizes);
    }
    queue_word(db, "mark");
    if (!PQsendQueryPrepared(db, name, count * BENCH_COLUMNS, b->values, b->sizes, b->formats, 1))
        fail(db, NULL);
    queue_word(db, "release");
    if (!PQpipelineSync(db))
        fail(db, NULL);
    for (int i = 0; i < 3; i++)
        finish_queued(db);
    finish(db, PQgetResult(db), PGRES_PIPELINE_SYNC);
}

static void insert_batches(PGconn *db, row_batch *b, const char *name, const bench_fields *rows, int64_t count,
                           int each)
{
    prepare_batch(db, b, name, each);
    if (!PQenterPipelineMode(db))
        fail(db, NULL);
    for (int64_t done = 0; done < count; done += each)
        insert_batch(db, b, name, rows + done, each);
    if (!PQexitPipelineMode(db))
        fail(db, NULL);
}

static void best_batch_insert(void *client)
{
    native_handle *h = client;
    row_batch *b = bench_alloc(1, sizeof *b);
    int64_t left = h->count % BENCH_BATCH, whole = h->count - left;
    execute(h->db, "BEGIN");
    prepare(h->db, "mark", "SAVEPOINT batch", 0, NULL);
    prepare(h->db, "release", "RELEASE batch", 0, NULL);
    insert_batches(h->db, b, "batch", h->rows, whole, BENCH_BATCH);
    if (left)
        insert_batches(h->db, b, "rest", h->rows + whole, left, (int)left);
    execute(h->db, "COMMIT");
    free(b);
}

#define CHUNK 65536
#define ROW_MAX 256 /* and 4 bytes a code point of the title */

static inline char *put_cell64(char *out, uint64_t n)
{
    put32(out, 8);
    put64(out + 4, n);
    return out + 12;
}

static inline char *put_row(char *out, const bench_fields *row)
{
    native_check_row(row);
    put16(out, BENCH_COLUMNS);
    out = put_cell64(out + 2, (uint64_t)row->id);
    put32(out, (uint32_t)row->title_size);
    memcpy(out + 4, row->title, row->title_size);
    out = put_cell64(out + 4 + row->title_size, bits_of(row->gain));
    size_t size = put_price(out + 4, row->cents);
    put32(out, (uint32_t)size);
    out = put_cell64(out + 4 + size, (uint64_t)(row->us - EPOCH_US));
    if (row->loved < 0) {
        put32(out, UINT32_MAX);
        return out + 4;
    }
    put32(out, 1);
    out[4] = row->loved == 1;
    return out + 5;
}

static void put_copy(PGconn *db, const char *data, const char *end)
{
    if (PQputCopyData(db, data, (int)(end - data)) != 1)
        fail(db, NULL);
}

static void best_bulk_insert(void *client)
{
    static const char header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    static char data[CHUNK + ROW_MAX + 4 * BENCH_TITLE_MAX];
    native_handle *h = client;
    char *out = data;
    execute(h->db, "BEGIN");
    finish(h->db, PQexec(h->db, "COPY tracks (id, title, gain, price, added, loved) FROM STDIN WITH (FORMAT binary)"),
           PGRES_COPY_IN);
    memcpy(out, header, sizeof header);
    out += sizeof header;
    for (int64_t i = 0; i < h->count; i++) {
        out = put_row(out, &h->rows[i]);
        if (out - data < CHUNK)
            continue;
        put_copy(h->db, data, out);
        out = data;
    }
    put16(out, UINT16_MAX);
    put_copy(h->db, data, out + 2);
    if (PQputCopyEnd(h->db, NULL) != 1)
        fail(h->db, NULL);
    finish(h->db, PQgetResult(h->db), PGRES_COMMAND_OK);
    finish(h->db, PQgetResult(h->db), PGRES_FATAL_ERROR); /* which NULL is: there is no more */
    execute(h->db, "COMMIT");
}

/* The text is copied, since it outlives the result. */
static void best_point_select(void *client, const int64_t *keys, int64_t count, bench_reader *reader)
{
    static const Oid type = INT8;
    native_handle *h = client;
    char key[8], title[4 * BENCH_TITLE_MAX + 1];
    const char *values[] = {key};
    const int sizes[] = {sizeof key};
    prepare(h->db, "get", "SELECT id, title, gain, price, added, loved FROM tracks WHERE id = $1", 1, &type);
    for (int64_t i = 0; i < count; i++) {
        bench_fields row;
        put64(key, (uint64_t)keys[i]);
        PGresult *result = PQexecPrepared(h->db, "get", 1, values, sizes, binary, 1);
        check(h->db, result, PGRES_TUPLES_OK);
        if (PQntuples(result) != 1)
            bench_fail("no row");
        read_track(result, 0, &row);
        native_copy_title(&row, title);
        PQclear(result);
        bench_take(reader, &row);
    }
    execute(h->db, "DEALLOCATE get");
}

static void start_rows(PGconn *db, const char *sql)
{
    if (!PQsendQueryParams(db, sql, 0, NULL, NULL, NULL, NULL, 1) || !PQsetSingleRowMode(db))
        fail(db, NULL);
}

/* The next row, NULL after the last. */
static inline PGresult *next_row(PGconn *db)
{
    PGresult *result = PQgetResult(db);
    if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
        return result;
    finish(db, result, PGRES_TUPLES_OK);
    while ((result = PQgetResult(db)))
        PQclear(result);
    return NULL;
}

static void best_stream(void *client, bench_reader *reader)
{
    native_handle *h = client;
    PGresult *result;
    start_rows(h->db, "SELECT id, title, gain, price, added, loved FROM tracks ORDER BY id");
    while ((result = next_row(h->db))) {
        bench_fields row;
        read_track(result, 0, &row);
        bench_take(reader, &row);
        PQclear(result);
    }
}

#define COPY(query) "COPY (" query ") TO STDOUT WITH (FORMAT binary)"

static void best_scan(void *client, bench_reader *reader)
{
    native_handle *h = client;
    copied rows = {.row = NULL};
    start_copy(h->db, COPY("SELECT id, title, gain, price, added, loved FROM tracks ORDER BY id"));
    while (next_copied(h->db, &rows, BENCH_COLUMNS)) {
        bench_fields row;
        row.id = read_int(next_cell(&rows));
        row.title = read_text(next_cell(&rows), &row.title_size);
        row.gain = read_double(next_cell(&rows));
        row.cents = read_price(next_cell(&rows));
        row.us = read_added(next_cell(&rows));
        row.loved = read_bool(next_cell(&rows));
        bench_take(reader, &row);
    }
}

static void load_artists(native_handle *h)
{
    copied rows = {.row = NULL};
    start_copy(h->db, COPY(NATIVE_SELECT_ARTISTS));
    while (next_copied(h->db, &rows, 2)) {
        size_t size;
        int64_t id = read_int(next_cell(&rows));
        const char *name = read_text(next_cell(&rows), &size);
        native_add_artist(&h->objects, id, name, size);
    }
}

static void load_songs(native_handle *h)
{
    copied rows = {.row = NULL};
    start_copy(h->db, COPY(NATIVE_SELECT_SONGS));
    while (next_copied(h->db, &rows, BENCH_COLUMNS)) {
        native_song *song = native_add_song(&h->objects);
        bench_fields *row = &song->fields;
        row->id = read_int(next_cell(&rows));
        song->artist_id = read_int(next_cell(&rows));
        row->title = read_text(next_cell(&rows), &row->title_size);
        row->title = native_keep(&h->objects, row->title, row->title_size);
        row->gain = 0;
        row->cents = read_price(next_cell(&rows));
        row->us = read_added(next_cell(&rows));
        row->loved = read_bool(next_cell(&rows));
    }
}

static const bench_client best = {
    .name = "best",
    .open = native_open,
    .close = native_close,
    .connect = native_connect,
    .insert_loop = best_insert_loop,
    .batch_insert = best_batch_insert,
    .bulk_insert = best_bulk_insert,
    .point_select = best_point_select,
    .scan = best_scan,
    .stream = best_stream,
    .object_load = native_object_load,
    .each_object = native_each_object,
};

/* by hand, without care */

static void *naive_open(const char *url)
{
    PGconn *db = PQconnectdb(url);
    if (PQstatus(db) != CONNECTION_OK)
        fail(db, NULL);
    return db;
}

static void naive_run(void *db, const char *sql)
{
    execute(db, sql);
}

static void naive_escape(void *db, char *out, const char *text, size_t size)
{
    PQescapeStringConn(db, out, text, size, NULL);
}

static void naive_query(void *db, const char *sql, naive_row_fn *row, void *context)
{
    PGresult *result = PQexec(db, sql);
    char *cells[BENCH_COLUMNS];
    check(db, result, PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(result); i++) {
        for (int n = 0; n < PQnfields(result); n++)
            cells[n] = PQgetisnull(result, i, n) ? NULL : PQgetvalue(result, i, n);
        row(context, cells);
    }
    PQclear(result);
}

static const naive_driver by_hand = {naive_open, close_database, naive_run, naive_escape, naive_query};

int main(int argc, char **argv)
{
    static const bench_client *const natives[] = {&best, NULL};
    static const bench_backend backend = {.natives = natives,
                                          .connect = open_database,
                                          .disconnect = close_database,
                                          .load_artists = load_artists,
                                          .load_songs = load_songs,
                                          .naive = &by_hand,
                                          .settle = "VACUUM ANALYZE"};
    return bench_main(argc, argv, &backend);
}
