/* SPDX-License-Identifier: MIT */
/* Prepare, execute, fetch, end.
 *
 * execute makes the first step, so that its errors come from execute on every backend, the number of columns is that of
 * the schema as it is now, and an INSERT ... RETURNING has done all its work. */
#include <limits.h>

#include "sqlite3_driver.h"

static kn_status refuse_at(kn_error *error, kn_status status, size_t offset, const char *message)
{
    knp_error_set(error, status, "%s", message);
    if (error)
        error->position = (uint32_t)offset + 1;
    return status;
}

static kn_status compile(sq_connection *c, const kn_prepare_request *request, sqlite3_stmt **out, kn_error *error)
{
    kn_text sql = request->sql;
    if (sql.size >= INT_MAX)
        return knp_error_set(error, KN_TOO_LONG, "the SQL text has %zu bytes", sql.size);
    const char *tail = NULL;
    unsigned flags = request->once ? 0 : SQLITE_PREPARE_PERSISTENT;
    int code = sqlite3_prepare_v3(c->db, sql.data, (int)sql.size + 1, flags, out, &tail);
    if (code != SQLITE_OK)
        return sq_fail(c, code, SQ_PREPARING, error);
    if (!*out)
        return knp_error_set(error, KN_SYNTAX, "the SQL text holds no statement");
    const char *end = sql.data + sql.size;
    tail = sq_sql_skip(tail, end);
    if (tail == end)
        return KN_OK;
    sqlite3_finalize(*out);
    *out = NULL;
    return refuse_at(error, KN_INVALID, (size_t)(tail - sql.data), "one statement at a time: another one starts here");
}

kn_status sq_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error)
{
    sq_connection *c = connection;
    sqlite3_stmt *handle = NULL;
    unsigned effects = sq_sql_effects(request->sql.data, request->sql.data + request->sql.size);
    bool alters = (effects & SQ_ALTERS) != 0;
    c->altered |= alters; /* some PRAGMAs act when they are compiled */
    sq_enter(c);          /* reading the schema may have to wait for a lock */
    c->deadline_us = wait ? wait->deadline_us : 0;
    kn_status status = compile(c, request, &handle, error);
    sq_leave(c);
    if (status)
        return status;
    sq_statement *s = c->allocator->resize(c->allocator->context, NULL, 0, sizeof *s);
    if (!s) {
        sqlite3_finalize(handle);
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    }
    *s = (sq_statement){.connection = c, .handle = handle, .alters = alters};
    s->n_parameters = sqlite3_bind_parameter_count(handle);
    s->n_columns = sqlite3_column_count(handle);
    s->readonly = sqlite3_stmt_readonly(handle) != 0;
    s->counts = !s->readonly && (effects & SQ_COUNTS);
    *statement = s;
    return KN_OK;
}

static void link_open(sq_statement *s)
{
    sq_connection *c = s->connection;
    s->previous = NULL;
    s->next = c->open;
    if (c->open)
        c->open->previous = s;
    c->open = s;
}

static void unlink_open(sq_statement *s)
{
    sq_connection *c = s->connection;
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else if (c->open == s)
        c->open = s->next;
    s->next = s->previous = NULL;
}

/* Nothing of an execution that is not linked is left running: locks are gone, a cancel has no aim. */
static inline void halt(sq_statement *s, uint8_t state)
{
    sq_connection *c = s->connection;
    sqlite3_reset(s->handle);
    if (s->deadline_us) {
        sq_deadline_clear(c, s->deadline_us);
        s->deadline_us = 0;
    }
    s->state = state;
    sq_leave(c);
}

static void stop(sq_statement *s, uint8_t state)
{
    unlink_open(s);
    halt(s, state);
}

void sq_statement_stop(sq_statement *s)
{
    stop(s, SQ_STOPPED);
}

static inline void note_changes(sq_statement *s)
{
    if (!s->counts)
        return;
    s->changed = sqlite3_changes64(s->connection->db);
    s->last_key = s->changed ? sqlite3_last_insert_rowid(s->connection->db) : 0;
}

kn_status sq_complete(sq_statement *s, int code, kn_error *error)
{
    if (code == SQLITE_DONE) {
        note_changes(s);
        stop(s, SQ_DONE);
        return KN_DONE;
    }
    kn_status status = sq_fail(s->connection, code, SQ_EXECUTING, error);
    sq_note_abort(s->connection, s->inside);
    stop(s, SQ_DONE);
    return status;
}

void sq_finish(void *statement)
{
    sq_statement *s = statement;
    if (!s)
        return;
    if (s->state == SQ_PENDING || s->state == SQ_STREAMING)
        stop(s, SQ_ENDED);
    sq_connection *c = s->connection;
    sqlite3_finalize(s->handle);
    c->allocator->resize(c->allocator->context, s, sizeof *s, 0);
}

static kn_status check_deadline(int64_t deadline_us, kn_error *error)
{
    if (!deadline_us || sq_now_us() < deadline_us)
        return KN_OK;
    return knp_error_set(error, KN_TIMEOUT, "the deadline had passed before the statement started");
}

static kn_status start(sq_statement *s, const kn_execute_request *request, kn_error *error)
{
    sq_connection *c = s->connection;
    kn_status status = KN_OK;
    if (c->transaction > SQ_WRITING)
        status = sq_check_transaction(c, s->readonly, error);
    if (!status && request->deadline_us)
        status = check_deadline(request->deadline_us, error);
    if (!status)
        status = sq_bind(s, request->values, request->n_values, error);
    return status;
}

kn_status sq_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error)
{
    sq_statement *s = statement;
    sq_connection *c = s->connection;
    (void)wait;
    kn_status status = start(s, request, error);
    if (status)
        return status;
    sq_enter(c);
    c->altered |= s->alters;
    s->changed = s->last_key = 0;
    s->inside = sq_is_open(c);
    if (request->deadline_us) {
        s->deadline_us = request->deadline_us;
        sq_deadline_set(c, s->deadline_us);
    }
    int code = sq_step(s);
    if (code == SQLITE_DONE) {
        note_changes(s);
        halt(s, SQ_DONE);
    } else if (code == SQLITE_ROW) {
        s->state = SQ_PENDING;
        link_open(s);
    } else {
        return sq_complete(s, code, error);
    }
    if (s->n_columns)
        s->n_columns = sqlite3_column_count(s->handle); /* a changed schema makes SQLite compile anew */
    outcome->changed = code == SQLITE_ROW && s->counts ? -1 : s->changed;
    outcome->last_key = s->last_key;
    outcome->n_columns = (size_t)s->n_columns;
    return KN_OK;
}

kn_status sq_step_other(sq_statement *s, kn_error *error)
{
    switch (s->state) {
    case SQ_PENDING:
        s->state = SQ_STREAMING;
        return KN_OK;
    case SQ_DONE:
        return KN_DONE;
    case SQ_STOPPED:
        return knp_error_set(error, KN_CANCELLED, "cancelled");
    default:
        return knp_error_set(error, KN_STATE, "the statement has no open execution");
    }
}

/* Rows that nobody fetched: a statement that changes rows runs to its end, so that what it did counts and is stored. */
static kn_status finish_rows(sq_statement *s, kn_error *error)
{
    if (s->readonly) {
        stop(s, SQ_DONE);
        return KN_OK;
    }
    int code;
    do
        code = sq_step(s);
    while (code == SQLITE_ROW);
    kn_status status = sq_complete(s, code, error);
    return status == KN_DONE ? KN_OK : status;
}

kn_status sq_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error)
{
    sq_statement *s = statement;
    (void)wait;
    kn_status status = KN_OK;
    if (s->state == SQ_PENDING || s->state == SQ_STREAMING)
        status = finish_rows(s, error);
    s->state = SQ_ENDED;
    if (outcome) {
        outcome->changed = s->changed;
        outcome->last_key = s->last_key;
        outcome->n_columns = (size_t)s->n_columns;
    }
    return status;
}

const char *sq_column_name(void *statement, size_t column)
{
    const sq_statement *s = statement;
    return column < (size_t)s->n_columns ? sqlite3_column_name(s->handle, (int)column) : NULL;
}
