/* SPDX-License-Identifier: MIT */
/* COPY ... FROM STDIN in binary form. The server converts nothing there, so the columns' real types are asked for
 * first; a table that COPY treats in another way than INSERT (rules, row security, a view) is refused, and so is a
 * column whose type the values do not have: the core then inserts. */
#include <string.h>

#include "libpq_driver.h"

#define CHUNK 65536
#define VALUE_MAX 1073741823

/* lp_bulk.stage */
enum { ASKING, ASKED, STARTING, REFUSED, READY, SENDING, LAST_SENDING, ENDING, STOPPING, STOPPED };

struct lp_bulk {
    lp_connection *connection;
    Oid *types;
    size_t n_columns;
    char *sql; /* the question, then COPY */
    size_t sql_size, sql_room;
    unsigned char *data;
    size_t size, room;
    size_t next; /* row of those that a step was given */
    int stage;
    bool fits;
    bool no_memory;
};

static void free_bulk(lp_bulk *b)
{
    const kn_allocator *allocator = b->connection->allocator;
    lp_resize(allocator, b->types, b->types ? (b->n_columns + 1) * sizeof *b->types : 0, 0);
    lp_resize(allocator, b->sql, b->sql_room, 0);
    lp_resize(allocator, b->data, b->room, 0);
    lp_resize(allocator, b, sizeof *b, 0);
}

__attribute__((noinline)) static unsigned char *grow(lp_bulk *b, size_t size)
{
    size_t room = (b->size + size) * 2 + CHUNK;
    unsigned char *grown = lp_resize(b->connection->allocator, b->data, b->room, room);
    if (!grown) {
        b->no_memory = true;
        return NULL;
    }
    b->data = grown;
    b->room = room;
    return b->data + b->size;
}

static inline unsigned char *reserve(lp_bulk *b, size_t size)
{
    return b->room - b->size < size ? grow(b, size) : b->data + b->size;
}

static void put_sql(lp_bulk *b, const char *text)
{
    for (; *text && !b->no_memory; text++) {
        if (b->sql_size + 1 >= b->sql_room) {
            size_t room = b->sql_room ? b->sql_room * 2 : 1024;
            char *grown = lp_resize(b->connection->allocator, b->sql, b->sql_room, room);
            if (!grown) {
                b->no_memory = true;
                return;
            }
            b->sql = grown;
            b->sql_room = room;
        }
        b->sql[b->sql_size++] = *text;
        b->sql[b->sql_size] = '\0';
    }
}

/* A quoted name as a string: '"a"' for regclass, 'a' (`bare`) for attname. */
static void put_sql_string(lp_bulk *b, const char *name, bool bare)
{
    bool quoted = bare && *name == '"';
    put_sql(b, "'");
    for (const char *p = name + quoted; *p && !(quoted && *p == '"' && !p[1]); p++) {
        char one[3] = {*p, '\0', '\0'};
        if (*p == '\'')
            one[1] = '\'';
        if (quoted && *p == '"')
            p++;
        put_sql(b, one);
    }
    put_sql(b, "'");
}

/* One row: may COPY stand for INSERT, then the type of each column: of an Enum text's, NULL for what it cannot write.
 */
static void write_question(lp_bulk *b, const char *table, const char *const *columns)
{
    put_sql(b, "SELECT c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT row_security_active(c.oid)");
    for (size_t i = 0; i < b->n_columns; i++) {
        put_sql(b, ", (SELECT CASE t.typtype WHEN 'e' THEN 25 ELSE t.oid END FROM pg_catalog.pg_attribute a"
                   " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid"
                   " AND a.attidentity <> 'a' AND a.attname = ");
        put_sql_string(b, columns[i], true);
        put_sql(b, ")");
    }
    put_sql(b, " FROM pg_catalog.pg_class c WHERE c.oid = to_regclass(");
    put_sql_string(b, table, false);
    put_sql(b, ")");
}

static void write_copy(lp_bulk *b, const char *table, const char *const *columns)
{
    b->sql_size = 0;
    put_sql(b, "COPY ");
    put_sql(b, table);
    for (size_t i = 0; i < b->n_columns; i++) {
        put_sql(b, i ? ", " : " (");
        put_sql(b, columns[i]);
    }
    put_sql(b, ") FROM STDIN WITH (FORMAT binary)");
}

static bool is_copied(unsigned type, Oid oid)
{
    switch (type) {
    case KN_TYPE_SMALL_INTEGER:
    case KN_TYPE_INTEGER:
    case KN_TYPE_BIG_INTEGER:
        return oid == LP_INT2 || oid == LP_INT4 || oid == LP_INT8;
    case KN_TYPE_FLOAT:
        return oid == LP_FLOAT8 || oid == LP_FLOAT4;
    case KN_TYPE_STRING:
    case KN_TYPE_UNICODE:
    case KN_TYPE_TEXT:
    case KN_TYPE_UNICODE_TEXT:
    case KN_TYPE_ENUM:
        return oid == LP_TEXT || oid == LP_VARCHAR;
    default:
        return lp_oid_of_type(type) && oid == lp_oid_of_type(type);
    }
}

static kn_status create(lp_connection *c, const char *table, const char *const *columns, size_t n, lp_bulk **out,
                        kn_error *error)
{
    lp_bulk *b = lp_resize(c->allocator, NULL, 0, sizeof *b);
    if (!b)
        return lp_no_memory(error);
    *b = (lp_bulk){.connection = c, .n_columns = n};
    b->types = lp_resize(c->allocator, NULL, 0, (n + 1) * sizeof *b->types);
    b->no_memory = !b->types;
    if (!b->no_memory)
        write_question(b, table, columns);
    if (b->no_memory) {
        free_bulk(b);
        return lp_no_memory(error);
    }
    *out = b;
    return KN_OK;
}

static bool read_answer(lp_bulk *b, const PGresult *r, const kn_type *const *types)
{
    bool fits = PQntuples(r) == 1 && *PQgetvalue(r, 0, 0) == 't';
    for (size_t i = 0; fits && i < b->n_columns; i++) {
        Oid oid = 0;
        for (const char *p = PQgetvalue(r, 0, (int)i + 1); *p >= '0' && *p <= '9'; p++)
            oid = oid * 10 + (Oid)(*p - '0');
        b->types[i] = oid;
        fits = is_copied(types[i]->id, oid);
    }
    return fits;
}

static kn_status take_answer(lp_bulk *b, const kn_type *const *types, kn_wait *wait, kn_error *error)
{
    lp_connection *c = b->connection;
    PGresult *result = NULL;
    kn_status status = lp_take(c, &result, wait, error);
    if (status || !result)
        return status ? status : lp_lost(c, error);
    if (lp_is_failure(result)) {
        c->failure = result;
    } else {
        b->fits = read_answer(b, result, types);
        PQclear(result);
    }
    b->stage = ASKED;
    return KN_OK;
}

static kn_status end_question(lp_bulk *b, kn_wait *wait, kn_error *error)
{
    lp_connection *c = b->connection;
    kn_status status = lp_drain(c, wait, error);
    if (!status && c->failure)
        status = lp_fail(c, NULL, error);
    if (!status && !b->fits)
        status = knp_error_set(error, KN_UNSUPPORTED, "COPY cannot write this table");
    return status;
}

/* Before COPY runs, so that nothing fails between its start and the first row. */
static void put_header(lp_bulk *b)
{
    static const unsigned char header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    unsigned char *out = reserve(b, sizeof header);
    if (!out)
        return;
    memcpy(out, header, sizeof header);
    b->size += sizeof header;
}

static kn_status start_copy(lp_bulk *b, kn_wait *wait, kn_error *error)
{
    lp_connection *c = b->connection;
    PGresult *result = NULL;
    kn_status status = KN_OK;
    if (b->stage == STARTING) {
        c->copies = true;
        status = lp_take(c, &result, wait, error);
        c->copies = false;
        if (status || !result)
            return status ? status : lp_lost(c, error);
        b->stage = lp_is_failure(result) ? REFUSED : READY;
        if (b->stage == REFUSED)
            c->failure = result;
        else
            PQclear(result);
    }
    if (b->stage == READY)
        return KN_OK;
    status = lp_drain(c, wait, error);
    return status ? status : lp_fail(c, NULL, error);
}

static kn_status begin(lp_connection *c, const char *table, const char *const *columns, const kn_type *const *types,
                       size_t n, kn_wait *wait, kn_error *error)
{
    lp_bulk *b = c->bulk;
    kn_status status = KN_OK;
    if (!b) {
        status = lp_check_link(c, error);
        if (!status && c->open)
            status = knp_error_set(error, KN_STATE, "close the open result first");
        if (!status)
            status = create(c, table, columns, n, &b, error);
        if (status)
            return status;
        c->bulk = b;
        lp_begin(c, LP_EXECUTING, wait->deadline_us);
        status = lp_send(c, b->sql, error);
    }
    if (!status && b->stage == ASKING)
        status = take_answer(b, types, wait, error);
    if (!status && b->stage == ASKED) {
        status = end_question(b, wait, error);
        if (status)
            return status;
        write_copy(b, table, columns);
        put_header(b);
        status = b->no_memory ? lp_no_memory(error) : lp_send(c, b->sql, error);
        b->stage = STARTING;
    }
    return status ? status : start_copy(b, wait, error);
}

void lp_bulk_give_up(lp_connection *c)
{
    if (c->bulk)
        free_bulk(c->bulk);
    c->bulk = NULL;
}

kn_status lp_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                        const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error)
{
    lp_connection *c = connection;
    kn_wait none = {.fd = -1};
    kn_status status = begin(c, table_quoted, columns_quoted, types, n_columns, wait ? wait : &none, error);
    if (status == KN_WAIT)
        return status;
    *bulk = status ? NULL : c->bulk;
    if (status && c->bulk) {
        lp_bulk_give_up(c);
        lp_done(c);
    }
    c->bulk = NULL;
    return status;
}

static kn_status refuse(size_t column, const char *why, kn_error *error)
{
    return knp_error_set(error, KN_OUT_OF_RANGE, "column %zu %s", column + 1, why);
}

static size_t room_of(const kn_value *v)
{
    switch (v->kind) {
    case KN_KIND_TEXT:
        return 4 + (v->as.text.size == SIZE_MAX && v->as.text.data ? strlen(v->as.text.data) : v->as.text.size);
    case KN_KIND_BYTES:
        return 4 + v->as.bytes.size;
    case KN_KIND_DECIMAL:
        return 4 + lp_numeric_bound(v->as.decimal);
    default:
        return 4 + LP_FIXED;
    }
}

/* One that is not NULL: as it is in a parameter, but for floats of single precision. */
__attribute__((noinline)) static kn_status put_value(lp_bulk *b, size_t column, const kn_value *v, kn_error *error)
{
    Oid oid = b->types[column];
    size_t room = room_of(v), size = 0;
    kn_status status = KN_OK;
    if (room > VALUE_MAX)
        return refuse(column, "has more than 1073741823 bytes", error);
    unsigned char *out = reserve(b, room);
    if (!out)
        return lp_no_memory(error);
    if (v->kind == KN_KIND_FLOAT && oid == LP_FLOAT4) {
        float f = (float)v->as.d;
        uint32_t bits;
        memcpy(&bits, &f, sizeof bits);
        lp_put32(out + 4, bits);
        size = 4;
    } else {
        status = lp_put_value(out + 4, oid, v, &size, error);
    }
    lp_put32(out, (uint32_t)size);
    b->size += 4 + size;
    return status;
}

/* What a cell takes, but for the text, bytes and long numbers in it. */
#define CELL_ROOM (4 + LP_FIXED)

static inline unsigned char *put_cell64(unsigned char *out, uint64_t n)
{
    lp_put32(out, 8);
    lp_put64(out + 4, n);
    return out + 12;
}

/* The usual values; NULL = another one. There is room up to `end`, of which `cells` bytes are for a row without its
 * text. */
static inline unsigned char *put_usual(unsigned char *out, const unsigned char *end, size_t cells, const Oid *type,
                                       const kn_value *v)
{
    uint64_t bits;
    size_t size;
    switch (v->kind) {
    case KN_KIND_NULL:
        lp_put32(out, UINT32_MAX);
        return out + 4;
    case KN_KIND_INT:
        return *type == LP_INT8 ? put_cell64(out, (uint64_t)v->as.i) : NULL;
    case KN_KIND_FLOAT:
        if (*type != LP_FLOAT8 || !(v->as.d - v->as.d == 0))
            return NULL;
        memcpy(&bits, &v->as.d, sizeof bits);
        return put_cell64(out, bits);
    case KN_KIND_DATETIME:
    case KN_KIND_INSTANT:
        return put_cell64(out, (uint64_t)(v->as.i - LP_EPOCH_US)); /* both are microseconds */
    case KN_KIND_BOOL:
        lp_put32(out, 1);
        out[4] = v->as.b;
        return out + 5;
    case KN_KIND_DECIMAL:
        size = lp_numeric_encode_short(&v->as.decimal, out + 4);
        lp_put32(out, (uint32_t)size);
        return size ? out + 4 + size : NULL;
    case KN_KIND_TEXT:
        size = v->as.text.size;
        if (size - 1 >= CHUNK || (size_t)(end - out) < size + cells)
            return NULL;
        lp_put32(out, (uint32_t)size);
        memcpy(out + 4, v->as.text.data, size);
        return out + 4 + size;
    default:
        return NULL;
    }
}

static kn_status put_row(lp_bulk *b, const kn_value *row, kn_error *error)
{
    size_t n = b->n_columns, cells = n * CELL_ROOM;
    const kn_value *last = row + n;
    const Oid *type = b->types;
    unsigned char *out = reserve(b, 2 + cells), *end;
    if (!out)
        return lp_no_memory(error);
    end = b->data + b->room;
    lp_put16(out, (uint16_t)n);
    out += 2;
    for (const kn_value *v = row; v < last; v++, type++) {
        unsigned char *next = put_usual(out, end, cells, type, v);
        if (next) {
            out = next;
            continue;
        }
        b->size = (size_t)(out - b->data);
        kn_status status = put_value(b, (size_t)(v - row), v, error);
        if (status)
            return status;
        out = reserve(b, cells);
        if (!out)
            return lp_no_memory(error);
        end = b->data + b->room;
    }
    b->size = (size_t)(out - b->data);
    return KN_OK;
}

/* What libpq cannot send at once it keeps, so that is waited for. */
static kn_status send_data(lp_bulk *b, kn_wait *wait, kn_error *error)
{
    lp_connection *c = b->connection;
    int put = b->size ? PQputCopyData(c->pg, (const char *)b->data, (int)b->size) : 1;
    if (!put)
        return lp_no_memory(error); /* of libpq's: on a non-blocking connection it says no more */
    if (put < 0)
        return lp_lost(c, error);
    b->size = 0;
    for (;;) {
        int unsent = PQflush(c->pg);
        if (!unsent)
            return KN_OK;
        if (unsent < 0)
            return lp_lost(c, error);
        kn_status status = lp_wait(c, KN_WAIT_WRITE | KN_WAIT_READ, wait, error);
        if (status)
            return status;
        if (!PQconsumeInput(c->pg))
            return lp_lost(c, error);
    }
}

static kn_status send_rows(lp_bulk *b, kn_wait *wait, kn_error *error)
{
    if (b->size > INT32_MAX)
        return knp_error_set(error, KN_TOO_LONG, "a row of more than 2147483647 bytes");
    kn_status status = send_data(b, wait, error);
    b->stage = status == KN_WAIT ? SENDING : READY;
    return status;
}

/* A failed COPY goes on to take rows, so a cancel, or the deadline's, would not be seen before the last of them. */
static bool is_stopped(const lp_connection *c)
{
    return c->give_up_us || atomic_load(&c->activity) == LP_CANCELLED;
}

/* To COPY that it is given up: what the server then says has the code of a cancel, whichever came first. */
static kn_status stop(lp_bulk *b, kn_wait *wait, kn_error *error)
{
    lp_connection *c = b->connection;
    if (b->stage != STOPPING && PQputCopyEnd(c->pg, "cancelled") != 1)
        return lp_lost(c, error);
    b->stage = STOPPING;
    kn_status status = lp_drain(c, wait, error);
    if (status == KN_WAIT)
        return status;
    b->stage = STOPPED;
    return status || !c->failure ? status : lp_fail(c, NULL, error);
}

/* What was put is sent whenever it is much, however many rows come at once. */
kn_status lp_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error)
{
    lp_bulk *b = bulk;
    kn_wait none = {.fd = -1};
    kn_status status = KN_OK;
    wait = wait ? wait : &none;
    while (!status && (b->next < count || b->size >= CHUNK || b->stage == SENDING)) {
        if (b->stage == STOPPING || (b->stage == READY && b->size >= CHUNK && is_stopped(b->connection)))
            status = stop(b, wait, error);
        else if (b->stage == SENDING || b->size >= CHUNK)
            status = send_rows(b, wait, error);
        else
            status = put_row(b, rows + b->next++ * b->n_columns, error);
    }
    if (status != KN_WAIT)
        b->next = 0;
    return status;
}

static kn_status put_trailer(lp_bulk *b, kn_error *error)
{
    unsigned char *out = reserve(b, 2);
    if (!out)
        return lp_no_memory(error);
    lp_put16(out, UINT16_MAX);
    b->size += 2;
    b->stage = LAST_SENDING;
    return KN_OK;
}

static kn_status send_end(lp_bulk *b, int commit, kn_wait *wait, kn_error *error)
{
    kn_status status = KN_OK;
    if (commit && b->stage != LAST_SENDING)
        status = put_trailer(b, error);
    if (!status && commit)
        status = send_data(b, wait, error);
    if (status)
        return status;
    b->stage = ENDING;
    return PQputCopyEnd(b->connection->pg, commit ? NULL : "given up") == 1 ? KN_OK : lp_lost(b->connection, error);
}

kn_status lp_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error)
{
    lp_bulk *b = bulk;
    lp_connection *c = b->connection;
    kn_wait none = {.fd = -1};
    kn_status status = KN_OK;
    wait = wait ? wait : &none;
    if (b->stage != ENDING && b->stage != STOPPED)
        status = send_end(b, commit, wait, error);
    if (!status)
        status = lp_drain(c, wait, error);
    if (status == KN_WAIT)
        return status;
    lp_done(c);
    if (!status && c->failure && commit)
        status = lp_fail(c, NULL, error);
    PQclear(c->failure);
    c->failure = NULL;
    *stored = !status && commit ? c->last_count : 0;
    free_bulk(b);
    return status;
}
