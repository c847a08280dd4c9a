/* SPDX-License-Identifier: MIT */
/* COPY ... FROM STDIN in binary form. The server converts nothing there, so the columns' real types are asked for
 * first; a table that COPY treats in another way than INSERT (rules, row security, a view) is refused, and so is a
 * column whose type the values do not have: the core then inserts. */
#include <string.h>

#include "bulk.h"

/* lp_bulk.stage */
enum { ASKING, ASKED, STARTING, REFUSED, READY, SENDING, LAST_SENDING, ENDING, STOPPING, STOPPED };

/* Of the columns' cells, and their types. */
static size_t columns_size(size_t n)
{
    return (n + 1) * (sizeof(lp_cell) + sizeof(Oid));
}

static void free_bulk(lp_bulk *b)
{
    const kn_allocator *allocator = b->connection->allocator;
    lp_resize(allocator, b->cells, b->cells ? columns_size(b->n_columns) : 0, 0);
    lp_resize(allocator, b->sql, b->sql_room, 0);
    lp_resize(allocator, b->data, b->room, 0);
    lp_resize(allocator, b, sizeof *b, 0);
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
    b->cells = lp_resize(c->allocator, NULL, 0, columns_size(n));
    b->no_memory = !b->cells;
    if (b->cells)
        b->types = (Oid *)(b->cells + n + 1);
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
    unsigned char *out = lp_bulk_reserve(b, sizeof header);
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

/* What rows are put from: values or objects. */
typedef struct source {
    const kn_value *values;
    const kn_object_rows *objects;
    size_t count;
} source;

static kn_status put_rows(lp_bulk *b, const source *from, kn_error *error)
{
    kn_status status = KN_OK;
    if (from->objects)
        return lp_bulk_put_objects(b, from->objects, error);
    while (!status && b->next < from->count && b->size < LP_BULK_CHUNK)
        status = lp_bulk_put_row(b, from->values + b->next++ * b->n_columns, error);
    return status;
}

/* What was put is sent whenever it is much, however many rows come at once. */
static kn_status take_rows(lp_bulk *b, const source *from, kn_wait *wait, kn_error *error)
{
    kn_wait none = {.fd = -1};
    kn_status status = KN_OK;
    wait = wait ? wait : &none;
    while (!status && ((b->next < from->count && !b->refused) || b->size >= LP_BULK_CHUNK || b->stage == SENDING)) {
        if (b->stage == STOPPING || (b->stage == READY && b->size >= LP_BULK_CHUNK && is_stopped(b->connection)))
            status = stop(b, wait, error);
        else if (b->stage == SENDING || b->size >= LP_BULK_CHUNK)
            status = send_rows(b, wait, error);
        else
            status = put_rows(b, from, error);
    }
    return status;
}

kn_status lp_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error)
{
    lp_bulk *b = bulk;
    const source from = {.values = rows, .count = count};
    kn_status status = take_rows(b, &from, wait, error);
    if (status != KN_WAIT)
        b->next = 0;
    return status;
}

kn_status lp_bulk_objects(void *bulk, const kn_object_rows *objects, size_t *done, kn_wait *wait, kn_error *error)
{
    lp_bulk *b = bulk;
    const source from = {.objects = objects, .count = objects->count};
    kn_status status = take_rows(b, &from, wait, error);
    if (status == KN_WAIT)
        return status;
    *done = b->next;
    b->next = 0;
    b->refused = false;
    return status;
}

static kn_status put_trailer(lp_bulk *b, kn_error *error)
{
    unsigned char *out = lp_bulk_reserve(b, 2);
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
