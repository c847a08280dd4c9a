/* SPDX-License-Identifier: MIT */
/* The floor on SQLite: its C interface used as well as one can by hand. Prepared once, bound without copies, no mutex,
 * cells read through sqlite3_value calls. A Numeric is bound as the number that its column stores in the end: text,
 * which SQLite would convert, costs more. */
#include <sqlite3.h>
#include <stdio.h>

#include "naive.h"
#include "native.h"

#define INSERT_TRACK "INSERT INTO tracks (id, title, gain, price, added, loved) VALUES (?, ?, ?, ?, ?, ?)"
#define SELECT_TRACKS "SELECT id, title, gain, price, added, loved FROM tracks"

static void check(sqlite3 *db, int code, int expected)
{
    if (code != expected)
        bench_fail("sqlite: %s", db ? sqlite3_errmsg(db) : "no memory");
}

static void execute(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL), SQLITE_OK);
    return s;
}

static void *open_file(const char *url)
{
    const char *path = bench_place_of(url).database;
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    check(db, sqlite3_open_v2(path, &db, flags, NULL), SQLITE_OK);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(db, 5000);
    execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cell_size_check=ON; PRAGMA case_sensitive_like=ON");
    return db;
}

static void close_file(void *db)
{
    check(db, sqlite3_close(db), SQLITE_OK);
}

/* date and time as text, digits eight at a time */

#define DATETIME_SIZE 26

static inline void put_pair(char *out, uint32_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    memcpy(out, pairs + (size_t)2 * n, 2);
}

static inline void put_date(char *out, int64_t days)
{
    native_date date = native_date_of(days);
    put_pair(out, date.year / 100);
    put_pair(out + 2, date.year % 100);
    out[4] = '-';
    put_pair(out + 5, date.month);
    out[7] = '-';
    put_pair(out + 8, date.day);
}

static inline void put_datetime(char out[DATETIME_SIZE], int64_t us)
{
    uint64_t since = (uint64_t)(us - NATIVE_FIRST_US), days = since / (uint64_t)NATIVE_DAY;
    uint64_t clock = since - days * (uint64_t)NATIVE_DAY;
    uint32_t second = (uint32_t)(clock / 1000000), fraction = (uint32_t)(clock % 1000000), minute = second / 60;
    put_date(out, (int64_t)days - 719162);
    out[10] = ' ';
    put_pair(out + 11, minute / 60);
    out[13] = ':';
    put_pair(out + 14, minute % 60);
    out[16] = ':';
    put_pair(out + 17, second % 60);
    out[19] = '.';
    put_pair(out + 20, fraction / 10000);
    put_pair(out + 22, fraction / 100 % 100);
    put_pair(out + 24, fraction % 100);
}

/* A form such as "0000-00-": what makes digits 0 to 9 and separators 0, and what carries a byte past them. */
#define DIGIT_BYTE(c, at) ((uint64_t)(unsigned char)(c) << 8 * (at))
#define DIGIT_CARRY(c, at) DIGIT_BYTE((c) == '0' ? 0x76 : 0x7f, at)
#define DIGIT_WORD(M, a, b, c, d, e, f, g, h)                                                                          \
    (M(a, 0) | M(b, 1) | M(c, 2) | M(d, 3) | M(e, 4) | M(f, 5) | M(g, 6) | M(h, 7))

/* Pairs of digits become numbers; *bad is not 0 when a byte is wrong. */
#define DIGITS(text, bad, ...)                                                                                         \
    get_digits(text, DIGIT_WORD(DIGIT_BYTE, __VA_ARGS__), DIGIT_WORD(DIGIT_CARRY, __VA_ARGS__), bad)
static inline uint64_t get_digits(const char *text, uint64_t zero, uint64_t carry, uint64_t *bad)
{
    uint64_t word = native_load8(text) ^ zero;
    *bad |= (word | (word + carry)) & NATIVE_HIGH;
    return word * 10 + (word >> 8);
}

static inline uint32_t get_two(uint64_t pairs, int at)
{
    return (uint32_t)(pairs >> 8 * at) & 0xff;
}

static inline bool get_datetime(const char *text, size_t size, int64_t *us)
{
    if (size != DATETIME_SIZE)
        return false;
    uint64_t bad = 0;
    uint64_t a = DIGITS(text, &bad, '0', '0', '0', '0', '-', '0', '0', '-');
    uint64_t b = DIGITS(text + 8, &bad, '0', '0', ' ', '0', '0', ':', '0', '0');
    uint64_t c = DIGITS(text + 16, &bad, ':', '0', '0', '.', '0', '0', '0', '0');
    uint64_t d = DIGITS(text + 18, &bad, '0', '.', '0', '0', '0', '0', '0', '0');
    uint32_t year = get_two(a, 0) * 100 + get_two(a, 2), month = get_two(a, 5), day = get_two(b, 0);
    uint32_t hour = get_two(b, 3), minute = get_two(b, 6), second = get_two(c, 1);
    if (bad || !native_is_date(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t days = native_days_of(year, month, day);
    uint32_t fraction = get_two(d, 2) * 10000 + get_two(d, 4) * 100 + get_two(d, 6);
    *us = days * NATIVE_DAY + (int64_t)(hour * 3600 + minute * 60 + second) * 1000000 + fraction;
    return true;
}

/* into parameters: six of them from `at` on */

static inline int bind_price(sqlite3_stmt *s, int at, int64_t cents)
{
    native_check_cents(cents);
    if (cents % 100 == 0)
        return sqlite3_bind_int64(s, at, cents / 100);
    return sqlite3_bind_double(s, at, (double)cents / 100.0); /* the nearest double, as SQLite reads the text */
}

/* `room` lives until the statement has been run. */
static inline void bind_row(sqlite3_stmt *s, int at, const bench_fields *row, char room[DATETIME_SIZE])
{
    native_check_title(row);
    native_check_gain(row->gain);
    native_check_us(row->us);
    put_datetime(room, row->us);
    int code = sqlite3_bind_int64(s, at, row->id);
    code |= sqlite3_bind_text(s, at + 1, row->title, (int)row->title_size, SQLITE_STATIC);
    code |= sqlite3_bind_double(s, at + 2, row->gain + 0.0);
    code |= bind_price(s, at + 3, row->cents);
    code |= sqlite3_bind_text(s, at + 4, room, DATETIME_SIZE, SQLITE_STATIC);
    code |= row->loved < 0 ? sqlite3_bind_null(s, at + 5) : sqlite3_bind_int64(s, at + 5, row->loved);
    if (code != SQLITE_OK)
        bench_fail("bind: %s", sqlite3_errstr(code));
}

/* out of columns */

static inline int64_t read_int(sqlite3_value *v)
{
    if (sqlite3_value_type(v) != SQLITE_INTEGER)
        bench_fail("not an integer");
    return sqlite3_value_int64(v);
}

static inline const char *read_text(sqlite3_value *v, size_t *size)
{
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        bench_fail("not a text");
    const char *text = (const char *)sqlite3_value_text(v);
    *size = (size_t)sqlite3_value_bytes(v);
    native_check_text(text, *size);
    return text;
}

static inline double read_double(sqlite3_value *v)
{
    if (sqlite3_value_type(v) != SQLITE_FLOAT)
        bench_fail("not a double");
    double d = sqlite3_value_double(v);
    if (!native_finite(d))
        bench_fail("not finite");
    return d;
}

static inline int64_t read_cents(sqlite3_value *v)
{
    if (sqlite3_value_type(v) == SQLITE_INTEGER) {
        int64_t whole = sqlite3_value_int64(v);
        if (whole < -INT64_C(9999999999) || whole > INT64_C(9999999999))
            bench_fail("not a NUMERIC(12, 2)");
        return whole * 100;
    }
    double d = read_double(v), magnitude = d < 0 ? -d : d, product = magnitude * 100;
    if (!(product < 1e12))
        bench_fail("not a NUMERIC(12, 2)");
    int64_t cents = (int64_t)(product + 0.5);
    if ((double)cents / 100.0 != magnitude)
        bench_fail("not a NUMERIC(12, 2)");
    return d < 0 ? -cents : cents;
}

/* A text of fixed width needs no validation but that of its digits. */
static inline int64_t read_datetime(sqlite3_value *v)
{
    int64_t us = 0;
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        bench_fail("not a date and time");
    const char *text = (const char *)sqlite3_value_text(v);
    if (!text || !get_datetime(text, (size_t)sqlite3_value_bytes(v), &us))
        bench_fail("not a date and time");
    return us;
}

static inline int read_bool(sqlite3_value *v)
{
    int type = sqlite3_value_type(v);
    if (type == SQLITE_NULL)
        return -1;
    int64_t n = type == SQLITE_INTEGER ? sqlite3_value_int64(v) : 2;
    if (n != 0 && n != 1)
        bench_fail("not a boolean");
    return (int)n;
}

static inline void read_row(sqlite3_stmt *s, bench_fields *row)
{
    row->id = read_int(sqlite3_column_value(s, 0));
    row->title = read_text(sqlite3_column_value(s, 1), &row->title_size);
    row->gain = read_double(sqlite3_column_value(s, 2));
    row->cents = read_cents(sqlite3_column_value(s, 3));
    row->us = read_datetime(sqlite3_column_value(s, 4));
    row->loved = read_bool(sqlite3_column_value(s, 5));
}

/* the client */

static void best_insert_loop(void *client)
{
    native_handle *h = client;
    char room[DATETIME_SIZE];
    sqlite3_stmt *s = prepare(h->db, INSERT_TRACK);
    execute(h->db, "BEGIN IMMEDIATE");
    for (int64_t i = 0; i < h->count; i++) {
        bind_row(s, 1, &h->rows[i], room);
        check(h->db, sqlite3_step(s), SQLITE_DONE);
        sqlite3_reset(s);
    }
    execute(h->db, "COMMIT");
    sqlite3_finalize(s);
}

static void insert_rows(native_handle *h, sqlite3_stmt *s, const bench_fields *rows, int count)
{
    char room[BENCH_BATCH][DATETIME_SIZE];
    for (int i = 0; i < count; i++)
        bind_row(s, i * BENCH_COLUMNS + 1, &rows[i], room[i]);
    check(h->db, sqlite3_step(s), SQLITE_DONE);
    sqlite3_reset(s);
}

static sqlite3_stmt *prepare_rows(sqlite3 *db, int rows)
{
    char sql[sizeof INSERT_TRACK + BENCH_BATCH * 24];
    int size = snprintf(sql, sizeof sql, "%s", INSERT_TRACK);
    for (int i = 1; i < rows; i++)
        size += snprintf(sql + size, sizeof sql - (size_t)size, ", (?, ?, ?, ?, ?, ?)");
    return prepare(db, sql);
}

static void best_bulk_insert(void *client)
{
    native_handle *h = client;
    sqlite3_stmt *s = prepare_rows(h->db, BENCH_BATCH);
    int64_t done = 0, left = h->count % BENCH_BATCH;
    execute(h->db, "BEGIN IMMEDIATE");
    for (; done < h->count - left; done += BENCH_BATCH)
        insert_rows(h, s, h->rows + done, BENCH_BATCH);
    sqlite3_finalize(s);
    if (left) {
        s = prepare_rows(h->db, (int)left);
        insert_rows(h, s, h->rows + done, (int)left);
        sqlite3_finalize(s);
    }
    execute(h->db, "COMMIT");
}

/* The text is copied, since it outlives the statement's execution. */
static void best_point_select(void *client, const int64_t *keys, int64_t count, bench_reader *reader)
{
    native_handle *h = client;
    char title[4 * BENCH_TITLE_MAX + 1];
    sqlite3_stmt *s = prepare(h->db, SELECT_TRACKS " WHERE id = ?");
    for (int64_t i = 0; i < count; i++) {
        bench_fields row;
        check(h->db, sqlite3_bind_int64(s, 1, keys[i]), SQLITE_OK);
        check(h->db, sqlite3_step(s), SQLITE_ROW);
        read_row(s, &row);
        native_copy_title(&row, title);
        sqlite3_reset(s);
        bench_take(reader, &row);
    }
    sqlite3_finalize(s);
}

static void best_scan(void *client, bench_reader *reader)
{
    native_handle *h = client;
    sqlite3_stmt *s = prepare(h->db, SELECT_TRACKS " ORDER BY id");
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        bench_fields row;
        read_row(s, &row);
        bench_take(reader, &row);
    }
    check(h->db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

static void load_artists(native_handle *h)
{
    sqlite3_stmt *s = prepare(h->db, NATIVE_SELECT_ARTISTS);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        size_t size;
        const char *name = read_text(sqlite3_column_value(s, 1), &size);
        native_add_artist(&h->objects, read_int(sqlite3_column_value(s, 0)), name, size);
    }
    check(h->db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

static void load_songs(native_handle *h)
{
    sqlite3_stmt *s = prepare(h->db, NATIVE_SELECT_SONGS);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        native_song *song = native_add_song(&h->objects);
        bench_fields *row = &song->fields;
        row->id = read_int(sqlite3_column_value(s, 0));
        song->artist_id = read_int(sqlite3_column_value(s, 1));
        row->title = read_text(sqlite3_column_value(s, 2), &row->title_size);
        row->title = native_keep(&h->objects, row->title, row->title_size);
        row->gain = 0;
        row->cents = read_cents(sqlite3_column_value(s, 3));
        row->us = read_datetime(sqlite3_column_value(s, 4));
        row->loved = read_bool(sqlite3_column_value(s, 5));
    }
    check(h->db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

static const bench_client best = {
    .name = "best",
    .open = native_open,
    .close = native_close,
    .connect = native_connect,
    .insert_loop = best_insert_loop,
    .batch_insert = best_bulk_insert,
    .bulk_insert = best_bulk_insert, /* more rows a statement are not faster */
    .point_select = best_point_select,
    .scan = best_scan,
    .stream = best_scan,
    .object_load = native_object_load,
    .each_object = native_each_object,
};

/* by hand, without care */

static void *naive_open(const char *url)
{
    sqlite3 *db = NULL;
    check(db, sqlite3_open(bench_place_of(url).database, &db), SQLITE_OK);
    return db;
}

static void naive_run(void *db, const char *sql)
{
    execute(db, sql);
}

static void naive_escape(void *db, char *out, const char *text, size_t size)
{
    (void)db;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'')
            *out++ = '\'';
        *out++ = text[i];
    }
    *out = '\0';
}

/* SQLite's own text of a double has 15 digits, which is not all of it. */
static void naive_query(void *db, const char *sql, naive_row_fn *row, void *context)
{
    sqlite3_stmt *s = NULL;
    char *cells[BENCH_COLUMNS], number[40];
    int code;
    check(db, sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        for (int n = 0; n < sqlite3_column_count(s); n++)
            cells[n] = (char *)(uintptr_t)sqlite3_column_text(s, n);
        if (sqlite3_column_type(s, 2) == SQLITE_FLOAT)
            cells[2] = sqlite3_snprintf(sizeof number, number, "%!.17g", sqlite3_column_double(s, 2));
        row(context, cells);
    }
    check(db, code, SQLITE_DONE);
    sqlite3_finalize(s);
}

static const naive_driver by_hand = {naive_open, close_file, naive_run, naive_escape, naive_query};

int main(int argc, char **argv)
{
    static const bench_client *const natives[] = {&best, NULL};
    static const bench_backend backend = {.natives = natives,
                                          .connect = open_file,
                                          .disconnect = close_file,
                                          .load_artists = load_artists,
                                          .load_songs = load_songs,
                                          .naive = &by_hand};
    return bench_main(argc, argv, &backend);
}
