/* SPDX-License-Identifier: MIT */
/* The floor on MariaDB: its client library used as well as one can by hand. Prepared once, binary both ways, bound
 * straight to variables, rows not buffered, arrays of rows for many. */
#include <mysql.h>
#include <stdio.h>

#include "naive.h"
#include "native.h"

static _Noreturn void fail(MYSQL *db)
{
    bench_fail("mysql: %s", mysql_error(db));
}

static _Noreturn void fail_statement(MYSQL_STMT *s)
{
    bench_fail("mysql: %s", mysql_stmt_error(s));
}

static void execute(MYSQL *db, const char *sql)
{
    if (mysql_query(db, sql))
        fail(db);
}

static void connect_to(MYSQL *db, const char *url)
{
    bench_place place = bench_place_of(url);
    bool is_socket = place.host && *place.host == '/';
    if (!mysql_real_connect(db, is_socket ? NULL : place.host, place.user, place.password, place.database, place.port,
                            is_socket ? place.host : NULL, CLIENT_FOUND_ROWS))
        fail(db);
}

/* The same settings as a Koine connection, by one statement. */
static void *open_database(const char *url)
{
    MYSQL *db = mysql_init(NULL);
    if (!db)
        bench_fail("out of memory");
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    connect_to(db, url);
    execute(db, "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, SESSION time_zone = '+00:00', SESSION autocommit = 1,"
                " SESSION lc_messages = 'en_US', SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
                "NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,NO_AUTO_VALUE_ON_ZERO', SESSION foreign_key_checks = 1,"
                " SESSION unique_checks = 1, SESSION sql_auto_is_null = 0, SESSION sql_safe_updates = 0,"
                " SESSION sql_select_limit = 18446744073709551615, SESSION max_sort_length = GREATEST(1024,"
                " @@GLOBAL.max_sort_length), SESSION div_precision_increment = 4, SESSION completion_type = 'NO_CHAIN',"
                " SESSION default_storage_engine = InnoDB, timestamp = DEFAULT, SESSION check_constraint_checks = 1");
    return db;
}

static void close_database(void *db)
{
    mysql_close(db);
}

static MYSQL_STMT *prepare(MYSQL *db, const char *sql)
{
    MYSQL_STMT *s = mysql_stmt_init(db);
    if (!s)
        bench_fail("out of memory");
    if (mysql_stmt_prepare(s, sql, strlen(sql)))
        fail_statement(s);
    return s;
}

/* NUMERIC(12, 2) is a text */

#define PRICE_MAX 16

static inline unsigned long put_price(char out[PRICE_MAX], int64_t cents)
{
    char digits[PRICE_MAX], *p = digits + sizeof digits;
    uint64_t n = (uint64_t)(cents < 0 ? -cents : cents);
    native_check_cents(cents);
    *--p = (char)('0' + n % 10);
    *--p = (char)('0' + n / 10 % 10);
    *--p = '.';
    n /= 100;
    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    if (cents < 0)
        *--p = '-';
    unsigned long size = (unsigned long)(digits + sizeof digits - p);
    memcpy(out, p, size);
    return size;
}

static inline int64_t get_price(const char *text, size_t size)
{
    bool negative = size && *text == '-';
    const char *p = text + negative, *end = text + size;
    int64_t cents = 0;
    if (end - p < 4 || end - p > 13 || end[-3] != '.')
        bench_fail("not a NUMERIC(12, 2)");
    for (; p < end; p++) {
        if (p == end - 3)
            continue;
        if ((unsigned char)(*p - '0') > 9)
            bench_fail("not a NUMERIC(12, 2)");
        cents = cents * 10 + (*p - '0');
    }
    return negative ? -cents : cents;
}

static inline void put_added(MYSQL_TIME *out, int64_t us)
{
    uint64_t since = (uint64_t)(us - NATIVE_FIRST_US), days = since / (uint64_t)NATIVE_DAY;
    uint64_t clock = since - days * (uint64_t)NATIVE_DAY;
    uint32_t seconds = (uint32_t)(clock / 1000000);
    native_date date = native_date_of((int64_t)days - 719162);
    out->year = date.year;
    out->month = date.month;
    out->day = date.day;
    out->hour = seconds / 3600;
    out->minute = seconds / 60 % 60;
    out->second = seconds % 60;
    out->second_part = (unsigned long)(clock % 1000000);
    out->neg = 0;
    out->time_type = MYSQL_TIMESTAMP_DATETIME;
}

static inline int64_t get_added(const MYSQL_TIME *t)
{
    if (!native_is_date(t->year, t->month, t->day) || t->hour > 23 || t->minute > 59 || t->second > 59)
        bench_fail("not a date and time");
    return native_days_of(t->year, t->month, t->day) * NATIVE_DAY +
           (int64_t)(t->hour * 3600 + t->minute * 60 + t->second) * 1000000 + (int64_t)t->second_part;
}

/* parameters */

typedef struct parameters {
    int64_t id;
    double gain;
    unsigned long title_size, price_size;
    MYSQL_TIME added;
    char price[PRICE_MAX];
    signed char loved;
    my_bool loved_null;
} parameters;

static void bind_parameters(MYSQL_STMT *s, MYSQL_BIND binds[BENCH_COLUMNS], parameters *p)
{
    memset(binds, 0, BENCH_COLUMNS * sizeof *binds);
    binds[0] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &p->id};
    binds[1] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING, .length = &p->title_size};
    binds[2] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &p->gain};
    binds[3] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_NEWDECIMAL, .buffer = p->price, .length = &p->price_size};
    binds[4] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DATETIME, .buffer = &p->added};
    binds[5] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_TINY, .buffer = &p->loved, .is_null = &p->loved_null};
    if (mysql_stmt_bind_param(s, binds))
        fail_statement(s);
}

static inline void fill(parameters *p, const bench_fields *row)
{
    native_check_row(row);
    p->id = row->id;
    p->gain = row->gain + 0.0;
    p->title_size = (unsigned long)row->title_size;
    p->price_size = put_price(p->price, row->cents);
    put_added(&p->added, row->us);
    p->loved = row->loved == 1;
    p->loved_null = row->loved < 0;
}

/* the client */

#define INSERT_TRACK "INSERT INTO tracks (id, title, gain, price, added, loved) VALUES (?, ?, ?, ?, ?, ?)"

/* The place of a text differs from row to row: the client's copy of the bind is told, as binding anew costs more. */
static void best_insert_loop(void *client)
{
    native_handle *h = client;
    MYSQL_BIND binds[BENCH_COLUMNS];
    parameters p;
    MYSQL_STMT *s = prepare(h->db, INSERT_TRACK);
    bind_parameters(s, binds, &p);
    execute(h->db, "START TRANSACTION");
    for (int64_t i = 0; i < h->count; i++) {
        fill(&p, &h->rows[i]);
        s->params[1].buffer = (void *)(uintptr_t)h->rows[i].title;
        if (mysql_stmt_execute(s))
            fail_statement(s);
    }
    execute(h->db, "COMMIT");
    mysql_stmt_close(s);
}

#define ROWS_AT_ONCE 1000

typedef struct columns {
    int64_t id[ROWS_AT_ONCE];
    double gain[ROWS_AT_ONCE];
    char *title[ROWS_AT_ONCE], *price[ROWS_AT_ONCE];
    unsigned long title_size[ROWS_AT_ONCE], price_size[ROWS_AT_ONCE];
    MYSQL_TIME *added[ROWS_AT_ONCE], moments[ROWS_AT_ONCE];
    signed char loved[ROWS_AT_ONCE];
    signed char loved_state[ROWS_AT_ONCE];
    char price_text[ROWS_AT_ONCE][PRICE_MAX];
} columns;

static void bind_columns(MYSQL_STMT *s, columns *c)
{
    MYSQL_BIND binds[BENCH_COLUMNS] = {
        {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = c->id},
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = c->title, .length = c->title_size},
        {.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = c->gain},
        {.buffer_type = MYSQL_TYPE_NEWDECIMAL, .buffer = c->price, .length = c->price_size},
        {.buffer_type = MYSQL_TYPE_DATETIME, .buffer = c->added},
        {.buffer_type = MYSQL_TYPE_TINY, .buffer = c->loved, .u.indicator = (char *)c->loved_state},
    };
    if (mysql_stmt_bind_param(s, binds))
        fail_statement(s);
}

static inline void fill_columns(columns *c, size_t i, const bench_fields *row)
{
    native_check_row(row);
    c->id[i] = row->id;
    c->title[i] = (char *)(uintptr_t)row->title;
    c->title_size[i] = (unsigned long)row->title_size;
    c->gain[i] = row->gain + 0.0;
    c->price[i] = c->price_text[i];
    c->price_size[i] = put_price(c->price_text[i], row->cents);
    c->added[i] = &c->moments[i];
    put_added(c->added[i], row->us);
    c->loved[i] = row->loved == 1;
    c->loved_state[i] = (signed char)(row->loved < 0 ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
}

static void insert_arrays(native_handle *h, unsigned most)
{
    columns *c = bench_alloc(1, sizeof *c);
    MYSQL_STMT *s = prepare(h->db, INSERT_TRACK);
    execute(h->db, "START TRANSACTION");
    for (int64_t done = 0; done < h->count;) {
        int64_t left = h->count - done;
        unsigned count = left < most ? (unsigned)left : most;
        for (unsigned i = 0; i < count; i++)
            fill_columns(c, i, &h->rows[done + i]);
        mysql_stmt_attr_set(s, STMT_ATTR_ARRAY_SIZE, &count);
        if (!done)
            bind_columns(s, c);
        if (mysql_stmt_execute(s))
            fail_statement(s);
        done += count;
    }
    execute(h->db, "COMMIT");
    mysql_stmt_close(s);
    free(c);
}

static void best_batch_insert(void *client)
{
    insert_arrays(client, BENCH_BATCH);
}

static void best_bulk_insert(void *client)
{
    insert_arrays(client, ROWS_AT_ONCE);
}

/* results: bound once, read from there */

typedef struct cells {
    int64_t id, artist_id;
    double gain;
    unsigned long title_size, price_size;
    MYSQL_TIME added;
    char title[4 * BENCH_TITLE_MAX + 1], price[PRICE_MAX];
    signed char loved;
    my_bool loved_null, null;
} cells;

static void start_rows(MYSQL_STMT *s, MYSQL_BIND *binds)
{
    if (mysql_stmt_execute(s) || mysql_stmt_bind_result(s, binds))
        fail_statement(s);
}

static inline bool next_row(MYSQL_STMT *s)
{
    int got = mysql_stmt_fetch(s);
    if (got && got != MYSQL_NO_DATA)
        fail_statement(s);
    return got == 0;
}

#define BIND_ID(c)                                                                                                     \
    {                                                                                                                  \
        .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &(c).id, .is_null = &(c).null                                    \
    }
#define BIND_TITLE(c)                                                                                                  \
    {                                                                                                                  \
        .buffer_type = MYSQL_TYPE_STRING, .buffer = (c).title, .buffer_length = sizeof(c).title,                       \
        .length = &(c).title_size, .is_null = &(c).null                                                                \
    }
#define BIND_REST(c)                                                                                                   \
    {.buffer_type = MYSQL_TYPE_NEWDECIMAL,                                                                             \
     .buffer = (c).price,                                                                                              \
     .buffer_length = sizeof(c).price,                                                                                 \
     .length = &(c).price_size,                                                                                        \
     .is_null = &(c).null},                                                                                            \
        {.buffer_type = MYSQL_TYPE_DATETIME, .buffer = &(c).added, .is_null = &(c).null},                              \
    {                                                                                                                  \
        .buffer_type = MYSQL_TYPE_TINY, .buffer = &(c).loved, .is_null = &(c).loved_null                               \
    }

static inline int read_bool(const cells *c)
{
    if (c->loved_null)
        return -1;
    if (c->loved != 0 && c->loved != 1)
        bench_fail("not a boolean");
    return c->loved;
}

static inline void read_track(cells *c, bench_fields *row)
{
    native_check_text(c->title, c->title_size);
    c->title[c->title_size] = '\0';
    native_check_gain(c->gain);
    *row = (bench_fields){
        c->id,       c->title, c->title_size, c->gain, get_price(c->price, c->price_size), get_added(&c->added),
        read_bool(c)};
}

/* The title has been copied out of the packet already. */
static void best_point_select(void *client, const int64_t *keys, int64_t count, bench_reader *reader)
{
    native_handle *h = client;
    int64_t key;
    cells c;
    MYSQL_BIND parameter = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &key};
    MYSQL_BIND binds[] = {BIND_ID(c),
                          BIND_TITLE(c),
                          {.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &c.gain, .is_null = &c.null},
                          BIND_REST(c)};
    MYSQL_STMT *s = prepare(h->db, "SELECT id, title, gain, price, added, loved FROM tracks WHERE id = ?");
    if (mysql_stmt_bind_param(s, &parameter) || mysql_stmt_bind_result(s, binds))
        fail_statement(s);
    for (int64_t i = 0; i < count; i++) {
        bench_fields row;
        key = keys[i];
        if (mysql_stmt_execute(s))
            fail_statement(s);
        if (!next_row(s))
            bench_fail("no row");
        read_track(&c, &row);
        bench_take(reader, &row);
        if (next_row(s))
            bench_fail("more than one row");
    }
    mysql_stmt_close(s);
}

static void best_scan(void *client, bench_reader *reader)
{
    native_handle *h = client;
    cells c;
    MYSQL_BIND binds[] = {BIND_ID(c),
                          BIND_TITLE(c),
                          {.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &c.gain, .is_null = &c.null},
                          BIND_REST(c)};
    MYSQL_STMT *s = prepare(h->db, "SELECT id, title, gain, price, added, loved FROM tracks ORDER BY id");
    start_rows(s, binds);
    while (next_row(s)) {
        bench_fields row;
        read_track(&c, &row);
        bench_take(reader, &row);
    }
    mysql_stmt_close(s);
}

static void load_artists(native_handle *h)
{
    cells c;
    MYSQL_BIND binds[] = {BIND_ID(c), BIND_TITLE(c)};
    MYSQL_STMT *s = prepare(h->db, NATIVE_SELECT_ARTISTS);
    start_rows(s, binds);
    while (next_row(s)) {
        native_check_text(c.title, c.title_size);
        native_add_artist(&h->objects, c.id, c.title, c.title_size);
    }
    mysql_stmt_close(s);
}

static void load_songs(native_handle *h)
{
    cells c = {.gain = 0};
    MYSQL_BIND binds[] = {BIND_ID(c),
                          {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &c.artist_id, .is_null = &c.null},
                          BIND_TITLE(c),
                          BIND_REST(c)};
    MYSQL_STMT *s = prepare(h->db, NATIVE_SELECT_SONGS);
    start_rows(s, binds);
    while (next_row(s)) {
        native_song *song = native_add_song(&h->objects);
        song->artist_id = c.artist_id;
        read_track(&c, &song->fields);
        song->fields.title = native_keep(&h->objects, c.title, c.title_size);
    }
    mysql_stmt_close(s);
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
    .stream = best_scan,
    .object_load = native_object_load,
    .each_object = native_each_object,
};

/* by hand, without care */

static void *naive_open(const char *url)
{
    MYSQL *db = mysql_init(NULL);
    if (!db)
        bench_fail("out of memory");
    connect_to(db, url);
    return db;
}

static void naive_run(void *db, const char *sql)
{
    execute(db, sql);
}

static void naive_escape(void *db, char *out, const char *text, size_t size)
{
    mysql_real_escape_string(db, out, text, (unsigned long)size);
}

static void naive_query(void *db, const char *sql, naive_row_fn *row, void *context)
{
    MYSQL_ROW row_cells;
    execute(db, sql);
    MYSQL_RES *result = mysql_store_result(db);
    if (!result)
        fail(db);
    while ((row_cells = mysql_fetch_row(result)))
        row(context, row_cells);
    mysql_free_result(result);
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
                                          .naive = &by_hand};
    return bench_main(argc, argv, &backend);
}
