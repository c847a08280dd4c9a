/* SPDX-License-Identifier: MIT */
/* A SELECT of very many rows as COPY ... TO STDOUT in binary form: the server sends what it sends for rows, but libpq
 * makes no result of each.
 *
 * COPY does not tell types. They are asked for beforehand, together with a condition on each column that is true for
 * every row, costs nothing while rows come, and is no SQL when the column has another type: array_larger takes two
 * arrays of exactly one type. So whatever has changed between the question and COPY, a row is never read as what it is
 * not: the server refuses before anything runs, and is asked anew. That wants no transaction around the two. */
#include <stdio.h>
#include <string.h>

#include "libpq_driver.h"

#define COLUMN_ROOM sizeof "pg_catalog.pg_typeof(q.c65535), "
#define HEADER_SIZE 19 /* and what its last four bytes say */

/* One row: what rows of the query would have, so that its columns are described, and the conditions; NULL when one
 * cannot be made. The query is in it twice. Nothing else is found by the search path. */
static const char question_types[] =
    "SELECT n.*, (SELECT CASE WHEN pg_catalog.bool_and("
    "t.typtype OPERATOR(pg_catalog.=) ANY (ARRAY['b', 'e']::pg_catalog.\"char\"[])"
    " AND t.typarray OPERATOR(pg_catalog.<>) 0 AND pg_catalog.has_schema_privilege(s.oid, 'USAGE'))"
    " THEN pg_catalog.string_agg(pg_catalog.format("
    "' OR pg_catalog.array_larger(ARRAY[c%s], NULL::%I.%I[]) IS NULL', u.i, s.nspname, t.typname), '') END"
    " FROM pg_catalog.unnest(ARRAY[";
static const char question_names[] =
    "]) WITH ORDINALITY AS u (type, i) JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) u.type"
    " JOIN pg_catalog.pg_namespace AS s ON s.oid OPERATOR(pg_catalog.=) t.typnamespace)"
    " FROM (VALUES (1)) AS one (x) LEFT JOIN (SELECT * FROM (\n";
static const char question_again[] = "\n) AS q LIMIT 0) AS n ON true LEFT JOIN (SELECT * FROM (\n";
static const char question_columns[] = "\n) AS q (";
static const char question_end[] = ") LIMIT 0) AS q ON true";
static const char copy_query[] = "COPY (SELECT q.* FROM (\n";
static const char copy_where[] = ") WHERE true";
static const char copy_end[] = ") TO STDOUT WITH (FORMAT binary)";

void lp_copy_forget(lp_statement *s)
{
    lp_copy *y = &s->copy;
    lp_resize(s->connection->allocator, y->sql, y->sql_room, 0);
    y->sql = NULL;
    y->sql_room = 0;
    y->is_ready = false;
    if (y->names)
        PQclear(y->names);
    y->names = NULL;
}

void lp_copy_finish(lp_statement *s)
{
    lp_copy_forget(s);
    lp_copy_forget_steps(s);
    PQfreemem(s->copy.row);
}

static char *put(char *out, const char *text)
{
    size_t size = strlen(text);
    memcpy(out, text, size + 1);
    return out + size;
}

/* "before1after, before2after" */
static char *put_columns(char *out, int n, const char *before, const char *after)
{
    for (int i = 1; i <= n; i++)
        out += snprintf(out, COLUMN_ROOM, "%s%sc%d%s", i > 1 ? ", " : "", before, i, after);
    return out;
}

static kn_status make_room(lp_statement *s, size_t room, kn_error *error)
{
    lp_copy *y = &s->copy;
    char *sql = lp_resize(s->connection->allocator, NULL, 0, room);
    if (!sql)
        return lp_no_memory(error);
    lp_resize(s->connection->allocator, y->sql, y->sql_room, 0);
    y->sql = sql;
    y->sql_room = room;
    return KN_OK;
}

static kn_status write_question(lp_statement *s, kn_error *error)
{
    lp_copy *y = &s->copy;
    kn_status status =
        make_room(s,
                  sizeof question_types + sizeof question_names + sizeof question_again + sizeof question_columns +
                      sizeof question_end + 2 * s->sql_size + 2 * (size_t)y->n_columns * COLUMN_ROOM,
                  error);
    if (status)
        return status;
    char *out = put_columns(put(y->sql, question_types), y->n_columns, "pg_catalog.pg_typeof(q.", ")");
    out = put(out, question_names);
    y->query_at = (size_t)(out - y->sql);
    out = put(put(put(out, s->sql), question_again), s->sql);
    put(put_columns(put(out, question_columns), y->n_columns, "", ""), question_end);
    return KN_OK;
}

static kn_status write_copy(lp_statement *s, const char *conditions, kn_error *error)
{
    lp_copy *y = &s->copy;
    kn_status status = make_room(s,
                                 sizeof copy_query + sizeof question_columns + sizeof copy_where + sizeof copy_end +
                                     s->sql_size + strlen(conditions) + (size_t)y->n_columns * COLUMN_ROOM,
                                 error);
    if (status)
        return status;
    char *out = put(y->sql, copy_query);
    y->query_at = (size_t)(out - y->sql);
    out = put_columns(put(put(out, s->sql), question_columns), y->n_columns, "", "");
    put(put(put(out, copy_where), conditions), copy_end);
    y->is_ready = true;
    return KN_OK;
}

/* Where none can be made the rows are taken one by one. */
static kn_status take_conditions(lp_statement *s, PGresult *answer, kn_error *error)
{
    lp_copy *y = &s->copy;
    s->copies = PQntuples(answer) == 1 && PQnfields(answer) == y->n_columns + 1;
    s->copies = s->copies && !PQgetisnull(answer, 0, y->n_columns);
    if (!s->copies)
        return KN_OK;
    s->n_columns = y->n_columns;
    kn_status status = lp_describe(s, answer, error);
    if (!status)
        s->copies = lp_reads_columns(s);
    if (status || !s->copies)
        return status;
    status = write_copy(s, PQgetvalue(answer, 0, y->n_columns), error);
    y->names = status ? NULL : PQcopyResult(answer, PG_COPYRES_ATTRS);
    return status || y->names ? status : lp_no_memory(error);
}

kn_status lp_copy_fail(lp_statement *s, kn_error *error)
{
    const lp_copy *y = &s->copy;
    kn_status status = lp_fail(s->connection, y->sql, error);
    if (error && error->position) {
        bool within = error->position > y->query_at && error->position <= y->query_at + s->sql_size;
        error->position = within ? error->position - (uint32_t)y->query_at : 0;
    }
    return status;
}

static kn_status send_sql(lp_statement *s, uint8_t stage, kn_error *error)
{
    lp_connection *c = s->connection;
    if (!PQsendQueryParams(c->pg, s->copy.sql, 0, NULL, NULL, NULL, NULL, 1))
        return lp_lost(c, error);
    c->sent = true;
    s->stage = stage;
    return KN_OK;
}

/* The first result of what was sent; NULL: a failure, which is kept. */
static kn_status take_result(lp_statement *s, PGresult **out, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    c->copies = true;
    kn_status status = lp_take(c, out, wait, error);
    c->copies = false;
    if (status || !*out)
        return status ? status : lp_lost(c, error);
    if (lp_is_failure(*out)) {
        c->failure = *out;
        *out = NULL;
    }
    return KN_OK;
}

static kn_status take_answer(lp_statement *s, kn_wait *wait, kn_error *error)
{
    PGresult *answer = NULL;
    kn_status status = take_result(s, &answer, wait, error);
    if (status)
        return status;
    s->stage = LP_ASKED_TYPES;
    s->copy.no_memory = answer && take_conditions(s, answer, NULL);
    PQclear(answer);
    return KN_OK;
}

/* What is wrong with the query itself is said of it as it is, not of the question, where asking once more is possible.
 */
static kn_status fail_question(lp_statement *s, kn_error *error)
{
    lp_connection *c = s->connection;
    const char *state = PQresultErrorField(c->failure, PG_DIAG_SQLSTATE);
    bool of_query = state && (strncmp(state, "42", 2) == 0 || strncmp(state, "22", 2) == 0);
    if (c->inside || PQstatus(c->pg) != CONNECTION_OK || !of_query)
        return lp_copy_fail(s, error);
    PQclear(c->failure);
    c->failure = NULL;
    s->copies = false;
    return KN_OK;
}

kn_status lp_copy_ask(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = KN_OK;
    if (s->copy.is_ready && s->stage != LP_ASKED_TYPES)
        return KN_OK;
    if (s->stage == LP_AT_REST) {
        lp_copy_forget(s);
        status = write_question(s, error);
        if (!status)
            status = send_sql(s, LP_ASKING_TYPES, error);
    }
    if (!status && s->stage == LP_ASKING_TYPES)
        status = take_answer(s, wait, error);
    if (!status && s->stage == LP_ASKED_TYPES)
        status = lp_drain(c, wait, error);
    if (status == KN_WAIT)
        return status;
    s->stage = LP_AT_REST;
    if (!status && c->failure)
        status = fail_question(s, error);
    else if (!status && s->copy.no_memory)
        status = lp_no_memory(error);
    if (status || !s->copies)
        lp_copy_forget(s);
    return status;
}

bool lp_copy_is_outdated(const lp_statement *s)
{
    const lp_copy *y = &s->copy;
    const PGresult *failure = s->connection->failure;
    const char *state = PQresultErrorField(failure, PG_DIAG_SQLSTATE);
    if (!y->is_ready || !state)
        return false;
    uint32_t position = lp_byte_position(failure, y->sql);
    if (position)
        return position > y->query_at + s->sql_size;
    return strcmp(state, "42P10") == 0; /* it has fewer columns */
}

/* Instead of a row this came. */
static kn_status end_early(lp_statement *s, kn_status status)
{
    lp_connection *c = s->connection;
    s->copy.flows = false;
    if (c->open == s) {
        s->state = LP_LAST;
        c->open = NULL;
        lp_done(c);
    }
    return status;
}

/* Nothing can be told from what follows. */
kn_status lp_copy_refuse(lp_statement *s, kn_error *error)
{
    s->connection->dead = true;
    knp_error_set(error, KN_CORRUPT, "what COPY sent is no row of the query's columns: the connection is given up");
    if (error) {
        error->retry = KN_RETRY_CONNECTION;
        error->commit = KN_COMMIT_NOT;
    }
    return end_early(s, KN_CORRUPT);
}

/* The next message, of which libpq has said `size`: KN_OK; KN_DONE: there is no more, the end is to be taken. */
static kn_status take_message(lp_statement *s, int size, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    lp_copy *y = &s->copy;
    for (bool taken = true; size <= 0; size = PQgetCopyData(c->pg, &y->row, 1)) {
        if (size == -1)
            return KN_DONE;
        if (size < 0 || !taken)
            return lp_lost(c, error);
        kn_status status = lp_wait(c, KN_WAIT_READ, wait, error);
        if (status)
            return status;
        taken = PQconsumeInput(c->pg); /* what came before the link broke can be taken all the same */
    }
    y->current.at = y->row;
    y->current.end = y->row + size;
    return KN_OK;
}

/* Before the first row. */
static kn_status skip_header(lp_statement *s, kn_error *error)
{
    lp_copy *y = &s->copy;
    size_t size = (size_t)(y->current.end - y->current.at);
    if (size < HEADER_SIZE || memcmp(y->current.at, "PGCOPY\n\377\r\n", 11) != 0 || lp_get16(y->current.at + 11) ||
        lp_get32(y->current.at + 15) > size - HEADER_SIZE)
        return lp_copy_refuse(s, error);
    y->current.at += HEADER_SIZE + lp_get32(y->current.at + 15);
    y->part = LP_COPY_ROWS;
    return KN_OK;
}

/* Behind the number of its columns; KN_DONE: it is the mark of the end. */
static kn_status begin_row(lp_statement *s, kn_error *error)
{
    lp_copy *y = &s->copy;
    if (y->current.end - y->current.at < 2)
        return lp_copy_refuse(s, error);
    unsigned n = lp_get16(y->current.at);
    y->current.at += 2;
    if (n == (unsigned)y->n_columns)
        return KN_OK;
    if (n != UINT16_MAX || y->current.at != y->current.end)
        return lp_copy_refuse(s, error);
    y->part = LP_COPY_MARKED;
    return KN_DONE;
}

/* KN_DONE: there is no row in it. */
static kn_status read_message(lp_statement *s, kn_error *error)
{
    lp_copy *y = &s->copy;
    kn_status status = KN_OK;
    if (y->part == LP_COPY_MARKED)
        return lp_copy_refuse(s, error);
    if (y->part == LP_COPY_HEADER) {
        status = skip_header(s, error);
        if (!status && y->current.at == y->current.end)
            return KN_DONE;
    }
    return status ? status : begin_row(s, error);
}

/* KN_DONE: the end is to be taken. Each row comes in a message of its own, the header with the first or with the mark.
 */
static kn_status take_row(lp_statement *s, int size, kn_wait *wait, kn_error *error)
{
    for (;;) {
        kn_status status = take_message(s, size, wait, error);
        if (status)
            return status;
        status = read_message(s, error);
        if (status != KN_DONE)
            return status;
        size = lp_copy_ask_row(s);
    }
}

static kn_status take_copy(lp_statement *s, kn_wait *wait, kn_error *error)
{
    PGresult *result = NULL;
    kn_status status = take_result(s, &result, wait, error);
    if (status)
        return status;
    s->copying = PQresultStatus(result) == PGRES_COPY_OUT;
    s->stage = s->copying ? LP_COPYING : LP_ENDING;
    s->copy.part = LP_COPY_HEADER;
    s->copy.version = 0;
    PQclear(result);
    return s->copying || s->connection->failure ? KN_OK : lp_copy_refuse(s, error);
}

/* What a row that cannot be made fails of is told before the first one, as it is of rows that come one by one. */
static kn_status take_first(lp_statement *s, kn_wait *wait, kn_error *error)
{
    kn_status status = take_row(s, lp_copy_ask_row(s), wait, error);
    if (status == KN_WAIT)
        return status;
    s->stage = status == KN_DONE ? LP_ENDING : LP_AT_REST;
    s->state = status ? LP_LAST : LP_STREAMING;
    if (status)
        return status == KN_DONE ? KN_OK : status;
    s->copy.is_ahead = true;
    s->connection->open = s;
    return KN_OK;
}

kn_status lp_copy_start(lp_statement *s, kn_wait *wait, kn_error *error)
{
    kn_status status = lp_copy_ask(s, wait, error);
    if (status || !s->copies)
        return status;
    s->n_columns = s->copy.n_columns;
    if (s->stage == LP_AT_REST)
        status = send_sql(s, LP_SENT, error);
    if (!status && s->stage == LP_SENT)
        status = take_copy(s, wait, error);
    if (!status && s->stage == LP_COPYING)
        status = take_first(s, wait, error);
    return status;
}

__attribute__((noinline)) static kn_status end_copy(lp_statement *s, kn_status status, kn_wait *wait, kn_error *error)
{
    if (status == KN_WAIT)
        return status;
    if (status != KN_DONE)
        return end_early(s, status);
    s->copy.flows = false;
    s->stage = LP_ENDING;
    status = lp_end_rows(s, wait, error);
    return status ? status : KN_DONE;
}

kn_status lp_copy_take(lp_statement *s, int size, kn_wait *wait, kn_error *error)
{
    kn_wait none = {.fd = -1};
    wait = wait ? wait : &none;
    kn_status status = take_row(s, size, wait, error);
    return status ? end_copy(s, status, wait, error) : KN_OK;
}

kn_status lp_copy_next(lp_statement *s, kn_wait *wait, kn_error *error)
{
    kn_wait none = {.fd = -1};
    if (s->copy.flows)
        return lp_copy_take(s, lp_copy_ask_row(s), wait, error);
    if (s->copy.is_ahead) {
        s->copy.is_ahead = false;
        s->copy.flows = true;
        return KN_OK;
    }
    return s->stage == LP_ENDING ? end_copy(s, KN_DONE, wait ? wait : &none, error) : lp_next(s, wait, error);
}
