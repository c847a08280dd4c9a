/* SPDX-License-Identifier: MIT */
/* Prepare, execute, fetch, end.
 *
 * execute reads the first row, so that its errors come from execute on every backend. */
#include <string.h>

#include "mysql_driver.h"

static void free_statement(md_statement *s)
{
    const kn_allocator *allocator = s->connection->allocator;
    md_columns_free(s);
    md_resize(allocator, s->binds, s->n_parameters * sizeof *s->binds, 0);
    md_resize(allocator, s->parameters, s->n_parameters * sizeof *s->parameters, 0);
    md_resize(allocator, s->scales, s->n_scales * sizeof *s->scales, 0);
    md_resize(allocator, s->sql, s->sql_size + 1, 0);
    md_resize(allocator, s, sizeof *s, 0);
}

static kn_status make_parameters(md_statement *s, size_t n, kn_error *error)
{
    const kn_allocator *allocator = s->connection->allocator;
    if (!n)
        return KN_OK;
    s->binds = md_resize(allocator, NULL, 0, n * sizeof *s->binds);
    s->parameters = s->binds ? md_resize(allocator, NULL, 0, n * sizeof *s->parameters) : NULL;
    if (!s->parameters) {
        md_resize(allocator, s->binds, s->binds ? n * sizeof *s->binds : 0, 0);
        s->binds = NULL;
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    }
    memset(s->binds, 0, n * sizeof *s->binds);
    memset(s->parameters, 0, n * sizeof *s->parameters);
    s->n_parameters = n;
    return KN_OK;
}

static kn_status keep_scales(md_statement *s, const kn_prepare_request *request, kn_error *error)
{
    size_t n = request->columns ? request->n_columns : 0;
    if (!n)
        return KN_OK;
    s->scales = md_resize(s->connection->allocator, NULL, 0, n * sizeof *s->scales);
    if (!s->scales)
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    s->n_scales = n;
    for (size_t i = 0; i < n; i++) {
        const kn_type *type = request->columns[i];
        s->scales[i] = type && type->id == KN_TYPE_NUMERIC ? type->scale : MD_NO_SCALE;
    }
    return KN_OK;
}

/* Some statements cannot be prepared (1295): they run as text. */
static kn_status prepare_on_server(md_statement *s, int64_t deadline_us, kn_error *error)
{
    enum { NOT_PREPARABLE = 1295 };
    md_connection *c = s->connection;
    kn_status status = KN_OK;
    s->handle = mysql_stmt_init(c->mysql);
    if (!s->handle)
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    md_enter(c);
    int failed = md_stmt_prepare(s, deadline_us);
    unsigned code = md_code_of(s);
    if (failed) {
        if (code != NOT_PREPARABLE)
            status = md_fail_statement(s, MD_PREPARING, error);
        md_note_failure(c, code, false);
        mysql_stmt_close(s->handle);
        s->handle = NULL;
    }
    md_leave(c);
    s->generation = c->generation;
    s->bound = false;
    return status;
}

static kn_status create(md_connection *c, const kn_prepare_request *request, md_statement **out, kn_error *error)
{
    kn_text sql = request->sql;
    if (sql.size >= c->packet_max)
        return knp_error_set(error, KN_TOO_LONG, "the SQL text has %zu bytes; the server takes less than %llu",
                             sql.size, (unsigned long long)c->packet_max);
    md_statement *s = md_resize(c->allocator, NULL, 0, sizeof *s);
    if (!s)
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    *s = (md_statement){.connection = c};
    s->sql = md_resize(c->allocator, NULL, 0, sql.size + 1);
    if (!s->sql) {
        md_resize(c->allocator, s, sizeof *s, 0);
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    }
    memcpy(s->sql, sql.data, sql.size);
    s->sql[sql.size] = '\0';
    s->sql_size = sql.size;
    unsigned effects = md_sql_effects(sql.data, sql.size);
    s->counts = (effects & MD_COUNTS) != 0;
    s->alters = (effects & MD_ALTERS) != 0;
    *out = s;
    return KN_OK;
}

static kn_status check_free(md_connection *c, kn_error *error)
{
    MD_TRY(md_check_alive(c, error));
    return c->open ? knp_error_set(error, KN_STATE, "another result is open on this connection; close it first")
                   : KN_OK;
}

kn_status md_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error)
{
    md_connection *c = connection;
    md_statement *s = NULL;
    MD_TRY(check_free(c, error));
    MD_TRY(create(c, request, &s, error));
    kn_status status = keep_scales(s, request, error);
    if (status == KN_OK)
        status = prepare_on_server(s, wait ? wait->deadline_us : 0, error);
    if (status == KN_OK)
        status = make_parameters(s, s->handle ? mysql_stmt_param_count(s->handle) : 0, error);
    if (status == KN_OK) {
        *statement = s;
        return KN_OK;
    }
    if (s->handle)
        mysql_stmt_close(s->handle);
    free_statement(s);
    return status;
}

static void close_statement(md_statement *s)
{
    if (s->handle)
        mysql_stmt_close(s->handle);
    free_statement(s);
}

/* The rows that are left, and what a procedure gives after them. */
static kn_status drain(md_statement *s, kn_error *error)
{
    mysql_stmt_free_result(s->handle);
    for (;;) {
        int more = mysql_stmt_more_results(s->handle) ? mysql_stmt_next_result(s->handle) : -1;
        if (more < 0)
            return KN_OK;
        if (more > 0) {
            kn_status status = md_fail_statement(s, MD_EXECUTING, error);
            md_note_failure(s->connection, md_code_of(s), s->inside);
            return status;
        }
        mysql_stmt_free_result(s->handle);
    }
}

/* Nothing of the execution is left; the connection is free. */
static kn_status stop(md_statement *s, uint8_t state, kn_error *error)
{
    md_connection *c = s->connection;
    kn_status status = s->handle && !c->dead ? drain(s, error) : KN_OK;
    s->state = state;
    if (c->open == s)
        c->open = NULL;
    md_leave(c);
    while (c->closing && !c->open) {
        md_statement *closing = c->closing;
        c->closing = closing->next;
        close_statement(closing);
    }
    return status;
}

/* Closing one reads away the rows of another. */
void md_finish(void *statement)
{
    md_statement *s = statement;
    if (!s)
        return;
    md_connection *c = s->connection;
    if (s->state == MD_PENDING || s->state == MD_STREAMING)
        (void)stop(s, MD_ENDED, NULL);
    if (!c->open) {
        close_statement(s);
        return;
    }
    s->next = c->closing;
    c->closing = s;
}

static kn_status fail_and_stop(md_statement *s, kn_error *error)
{
    md_connection *c = s->connection;
    unsigned code = md_code_of(s);
    kn_status status =
        s->handle ? md_fail_statement(s, MD_EXECUTING, error) : md_fail(c, c->mysql, md_phase_of(s), error);
    md_note_failure(c, code, s->inside);
    (void)stop(s, MD_DONE, NULL);
    return status;
}

/* The next row into the buffers: KN_OK, KN_DONE. Whatever is not KN_OK has ended the execution. */
static kn_status read_row(md_statement *s, kn_error *error)
{
    int got = md_stmt_fetch(s);
    if (got == 0)
        return KN_OK;
    if (got == MYSQL_DATA_TRUNCATED) {
        kn_status status = md_columns_complete(s, error);
        if (status != KN_OK)
            (void)stop(s, MD_DONE, NULL);
        return status;
    }
    if (got != MYSQL_NO_DATA)
        return fail_and_stop(s, error);
    kn_status status = stop(s, MD_DONE, error);
    return status == KN_OK ? KN_DONE : status;
}

/* Rows of statements that change some are stored: their number is that of the changes. */
static kn_status begin_rows(md_statement *s, kn_error *error)
{
    md_connection *c = s->connection;
    kn_status status = md_columns_bind(s, error);
    c->open = s;
    if (status != KN_OK) {
        (void)stop(s, MD_DONE, NULL);
        return status;
    }
    if (s->counts) {
        if (md_stmt_store(s))
            return fail_and_stop(s, error);
        s->changed = (int64_t)mysql_stmt_num_rows(s->handle);
    }
    s->state = MD_PENDING;
    status = read_row(s, error);
    return status == KN_DONE ? KN_OK : status;
}

static kn_status note_changes(md_statement *s, kn_error *error)
{
    s->changed = (int64_t)mysql_stmt_affected_rows(s->handle);
    s->last_key = (int64_t)mysql_stmt_insert_id(s->handle);
    return stop(s, MD_DONE, error);
}

/* As text; what gives rows that way cannot be read. */
static kn_status run_text(md_statement *s, kn_error *error)
{
    md_connection *c = s->connection;
    if (md_query(c, s->sql, s->sql_size, s->deadline_us))
        return fail_and_stop(s, error);
    bool rows = mysql_field_count(c->mysql) != 0;
    mysql_free_result(rows ? mysql_store_result(c->mysql) : NULL);
    s->changed = rows ? 0 : (int64_t)mysql_affected_rows(c->mysql);
    (void)stop(s, MD_DONE, NULL);
    return rows ? knp_error_set(error, KN_UNSUPPORTED, "the server does not prepare this statement, which gives rows")
                : KN_OK;
}

static kn_status run(md_statement *s, kn_error *error)
{
    if (!s->handle)
        return run_text(s, error);
    if (md_stmt_execute(s))
        return fail_and_stop(s, error);
    s->n_columns = mysql_stmt_field_count(s->handle);
    return s->n_columns ? begin_rows(s, error) : note_changes(s, error);
}

/* The server forgot it when the session was made anew. */
static kn_status prepare_again(md_statement *s, int64_t deadline_us, kn_error *error)
{
    size_t n = s->n_parameters;
    if (s->generation == s->connection->generation)
        return KN_OK;
    if (s->handle)
        mysql_stmt_close(s->handle);
    s->handle = NULL;
    md_columns_free(s);
    MD_TRY(prepare_on_server(s, deadline_us, error));
    return !s->handle || mysql_stmt_param_count(s->handle) == n
               ? KN_OK
               : knp_error_set(error, KN_SERVER_STATE, "the statement has other parameters than before");
}

static kn_status start(md_statement *s, const kn_execute_request *request, kn_error *error)
{
    md_connection *c = s->connection;
    MD_TRY(check_free(c, error));
    MD_TRY(md_check_transaction(c, error));
    if (request->deadline_us && md_now_us() >= request->deadline_us)
        return knp_error_set(error, KN_TIMEOUT, "the deadline had passed before the statement started");
    MD_TRY(prepare_again(s, request->deadline_us, error));
    return md_bind(s, request->values, request->n_values, error);
}

kn_status md_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error)
{
    md_statement *s = statement;
    md_connection *c = s->connection;
    (void)wait;
    MD_TRY(start(s, request, error));
    c->altered |= s->alters;
    s->changed = s->last_key = 0;
    s->n_columns = 0;
    s->inside = md_in_transaction(c);
    s->deadline_us = request->deadline_us;
    md_enter(c);
    MD_TRY(run(s, error));
    outcome->changed = s->changed;
    outcome->last_key = s->last_key;
    outcome->n_columns = s->n_columns;
    return KN_OK;
}

/* The row that is to be given is in the buffers: KN_OK, KN_DONE. */
static kn_status next_row(md_statement *s, kn_error *error)
{
    switch (s->state) {
    case MD_STREAMING:
        return read_row(s, error);
    case MD_PENDING:
        s->state = MD_STREAMING;
        return KN_OK;
    case MD_DONE:
        return KN_DONE;
    default:
        return knp_error_set(error, KN_STATE, "the statement has no open execution");
    }
}

kn_status md_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error)
{
    md_statement *s = statement;
    (void)wait;
    kn_status status = next_row(s, error);
    if (status == KN_OK)
        md_row(s, row);
    return status;
}

kn_status md_fetch_into(void *statement, const kn_sink *first, size_t stride, const void *into, kn_wait *wait,
                        kn_error *error)
{
    md_statement *s = statement;
    (void)wait;
    kn_status status = next_row(s, error);
    return status == KN_OK ? md_row_into(s, first, stride, into) : status;
}

kn_status md_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error)
{
    md_statement *s = statement;
    kn_status status = KN_OK;
    (void)wait;
    if (s->state == MD_PENDING || s->state == MD_STREAMING)
        status = stop(s, MD_ENDED, error);
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
