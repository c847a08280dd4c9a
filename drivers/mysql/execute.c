/* SPDX-License-Identifier: MIT */
/* Executing, and taking the rows.
 *
 * execute reads the first row, so that its errors come from execute on every backend. */
#include "mysql_driver.h"

/* Calls the client, then whoever goes on. */
static inline void call_statement(md_statement *s, md_call_kind kind, int (*function)(MYSQL_STMT *), md_then *then)
{
    md_connection *c = s->connection;
    if (!md_is_direct(c)) {
        md_start_statement(s, kind, then);
        return;
    }
    c->running = s;
    c->call.failed = function(s->handle);
    then(c);
}

static void drained(md_connection *c)
{
    md_statement *s = c->running;
    if (c->open == s)
        c->open = NULL;
    if (s->warnings && !c->dead && (c->status == KN_OK || c->status == KN_DONE))
        md_read_warnings(c);
    else
        md_leave(c, md_close_finished);
}

static void free_result(md_connection *c);

static void next_result(md_connection *c)
{
    md_statement *s = c->running;
    if (c->call.failed > 0 && (c->status == KN_OK || c->status == KN_DONE)) {
        c->status = md_fail_statement(s, MD_EXECUTING, &c->failure);
        md_note_failure(c, md_code_of(s), s->inside);
    }
    if (c->call.failed == 0)
        md_start_statement(s, MD_CALL_STMT_FREE, free_result);
    else
        drained(c);
}

static void free_result(md_connection *c)
{
    md_statement *s = c->running;
    if (mysql_stmt_more_results(s->handle))
        md_start_statement(s, MD_CALL_STMT_NEXT, next_result);
    else
        drained(c);
}

/* The rows that are left, and what a procedure gives after them, are read away. */
static void stop(md_statement *s, uint8_t state, bool rows)
{
    md_connection *c = s->connection;
    c->running = s;
    s->state = state;
    if (s->handle && !c->dead && (rows || mysql_stmt_more_results(s->handle)))
        md_start_statement(s, MD_CALL_STMT_FREE, free_result);
    else
        drained(c);
}

static void fail_and_stop(md_statement *s)
{
    md_connection *c = s->connection;
    unsigned code = md_code_of(s);
    c->status =
        s->handle ? md_fail_statement(s, MD_EXECUTING, &c->failure) : md_fail(c, c->mysql, md_phase_of(s), &c->failure);
    md_note_failure(c, code, s->inside);
    stop(s, MD_DONE, true);
}

/* A row was read, or not: c->status is KN_OK or KN_DONE. Whatever is not KN_OK has ended the execution. */
static void fetched(md_connection *c)
{
    md_statement *s = c->running;
    int got = c->call.failed;
    if (got == MYSQL_NO_DATA) {
        s->warnings = md_row_warnings(s);
        c->status = KN_DONE;
        stop(s, MD_DONE, s->counts);
    } else if (got == 0 || got == MYSQL_DATA_TRUNCATED) {
        c->status = md_row_end(s, &c->failure);
        if (c->status != KN_OK)
            stop(s, MD_DONE, true);
    } else {
        fail_and_stop(s);
    }
}

static void read_row(md_statement *s)
{
    md_row_begin(s);
    call_statement(s, MD_CALL_STMT_FETCH, mysql_stmt_fetch, fetched);
}

static void stored(md_connection *c)
{
    md_statement *s = c->running;
    if (c->call.failed) {
        fail_and_stop(s);
        return;
    }
    s->changed = (int64_t)mysql_stmt_num_rows(s->handle);
    read_row(s);
}

/* Rows of statements that change some are stored: their number is that of the changes. */
static void begin_rows(md_statement *s)
{
    md_connection *c = s->connection;
    c->open = s;
    c->status = md_columns_bind(s, &c->failure);
    s->state = MD_PENDING;
    if (c->status != KN_OK)
        stop(s, MD_DONE, true);
    else if (s->counts)
        md_start_statement(s, MD_CALL_STMT_STORE, stored);
    else
        read_row(s);
}

static void executed(md_connection *c)
{
    md_statement *s = c->running;
    if (c->call.failed) {
        fail_and_stop(s);
        return;
    }
    s->n_columns = mysql_stmt_field_count(s->handle);
    if (s->n_columns) {
        begin_rows(s);
        return;
    }
    s->changed = (int64_t)mysql_stmt_affected_rows(s->handle);
    s->last_key = (int64_t)mysql_stmt_insert_id(s->handle);
    stop(s, MD_DONE, false);
}

/* What gives rows as text cannot be read. */
static void text_stored(md_connection *c)
{
    mysql_free_result(c->call.rows);
    c->call.rows = NULL;
    c->status =
        knp_error_set(&c->failure, KN_UNSUPPORTED, "the server does not prepare this statement, which gives rows");
    stop(c->running, MD_DONE, false);
}

static void text_ran(md_connection *c)
{
    md_statement *s = c->running;
    if (c->call.failed) {
        fail_and_stop(s);
    } else if (mysql_field_count(c->mysql)) {
        md_start(c, MD_CALL_STORE, text_stored);
    } else {
        s->changed = (int64_t)mysql_affected_rows(c->mysql);
        stop(s, MD_DONE, false);
    }
}

static void start(md_statement *s)
{
    s->connection->running = s;
    if (s->handle)
        call_statement(s, MD_CALL_STMT_EXECUTE, mysql_stmt_execute, executed);
    else
        md_start_query(s->connection, s->sql, s->sql_size, text_ran);
}

static void prepared_again(md_connection *c)
{
    md_statement *s = c->running;
    c->status = md_prepared(s, &c->failure);
    if (c->status == KN_OK && s->handle && mysql_stmt_param_count(s->handle) != s->n_parameters)
        c->status = knp_error_set(&c->failure, KN_SERVER_STATE, "the statement has other parameters than before");
    if (c->status == KN_OK)
        c->status = md_bind(s, s->request->values, s->request->n_values, &c->failure);
    if (c->status == KN_OK)
        start(s);
    else
        md_leave(c, NULL);
}

/* The server forgot it when the session was made anew. */
void md_prepare_again(md_statement *s, md_then *then)
{
    md_connection *c = s->connection;
    if (s->handle)
        md_close_handle(c, s->handle);
    s->handle = NULL;
    md_columns_free(s);
    c->status = md_start_prepare(s, then, &c->failure);
    if (c->status != KN_OK)
        md_leave(c, NULL);
}

kn_status md_check_hindered(md_statement *s, int64_t deadline_us, kn_error *error)
{
    md_connection *c = s->connection;
    MD_TRY(md_check_free(c, error));
    MD_TRY(md_check_transaction(c, error));
    return deadline_us && md_now_us() >= deadline_us
               ? knp_error_set(error, KN_TIMEOUT, "the deadline had passed before the statement started")
               : KN_OK;
}

void md_begin(md_statement *s, int64_t deadline_us)
{
    md_connection *c = s->connection;
    s->n_columns = 0;
    s->state = MD_ENDED;
    s->warnings = 0;
    s->inside = md_is_inside(c);
    s->deadline_us = deadline_us;
    c->altered |= s->alters;
    md_enter(c, deadline_us);
}

void md_start_execution(md_statement *s, int64_t deadline_us)
{
    s->changed = s->last_key = 0;
    md_begin(s, deadline_us);
    start(s);
}

static kn_status begin(md_statement *s, const kn_execute_request *request, kn_error *error)
{
    bool known = s->generation == s->connection->generation;
    MD_TRY(md_check_start(s, request->deadline_us, error));
    s->request = request;
    if (known) {
        MD_TRY(md_bind(s, request->values, request->n_values, error));
        md_start_execution(s, request->deadline_us);
        return KN_OK;
    }
    s->changed = s->last_key = 0;
    md_begin(s, request->deadline_us);
    md_prepare_again(s, prepared_again);
    return KN_OK;
}

kn_status md_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error)
{
    md_statement *s = statement;
    md_connection *c = s->connection;
    s->request = request; /* the same each time, maybe at another address */
    if (!c->then)
        MD_TRY(begin(s, request, error));
    kn_status status = md_run(c, wait, error);
    if (status != KN_OK && status != KN_DONE)
        return status;
    outcome->changed = s->changed;
    outcome->last_key = s->last_key;
    outcome->n_columns = s->n_columns;
    return KN_OK;
}

/* The row that is to be given is in the buffers: KN_OK, KN_DONE. */
static kn_status next_row(md_statement *s, kn_wait *wait, kn_error *error)
{
    md_connection *c = s->connection;
    switch (s->state) {
    case MD_STREAMING:
        if (c->blocking && !c->until_us) {
            md_row_begin(s);
            c->call.failed = mysql_stmt_fetch(s->handle);
            if (c->call.failed == 0)
                return md_row_end(s, error);
            c->running = s;
            fetched(c);
        } else if (!c->then) {
            read_row(s);
        }
        return md_run(c, wait, error);
    case MD_PENDING:
        s->state = MD_STREAMING;
        return KN_OK;
    case MD_DONE:
        return c->then ? md_run(c, wait, error) : KN_DONE;
    default:
        return knp_error_set(error, KN_STATE, "the statement has no open execution");
    }
}

kn_status md_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error)
{
    md_statement *s = statement;
    kn_status status = next_row(s, wait, error);
    if (status == KN_OK)
        md_row(s, row);
    return status;
}

kn_status md_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                        kn_error *error)
{
    md_statement *s = statement;
    if (s->state == MD_PENDING)
        s->state = MD_STREAMING;
    else
        MD_TRY(next_row(s, wait, error));
    return md_row_into(s, first, stride, into);
}

/* Mostly there are none left: then the row that is not there ends it more cheaply than reading rows away. What goes
 * wrong with rows that nobody wants is no failure of the end, whichever of the two meets it: what the statement has
 * changed was known before its first row. */
static void looked(md_connection *c)
{
    md_statement *s = c->running;
    bool none = c->call.failed == MYSQL_NO_DATA;
    s->warnings = none ? md_row_warnings(s) : 0;
    if (!none && c->call.failed && c->call.failed != MYSQL_DATA_TRUNCATED)
        md_note_failure(c, md_code_of(s), s->inside);
    stop(s, MD_ENDED, !none || s->counts);
}

kn_status md_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error)
{
    md_statement *s = statement;
    md_connection *c = s->connection;
    if (!c->then && (s->state == MD_PENDING || s->state == MD_STREAMING)) {
        md_row_begin(s);
        call_statement(s, MD_CALL_STMT_FETCH, mysql_stmt_fetch, looked);
    }
    kn_status status = md_run(c, wait, error);
    if (status == KN_WAIT)
        return status;
    s->state = MD_ENDED;
    if (outcome) {
        outcome->changed = s->changed;
        outcome->last_key = s->last_key;
        outcome->n_columns = s->n_columns;
    }
    return status;
}

const char *md_column_name(void *statement, size_t column)
{
    md_statement *s = statement;
    return s->handle && column < s->n_columns ? md_fields(s)[column].name : NULL;
}
