/* SPDX-License-Identifier: MIT */
/* Preparing and finishing. */
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
    for (size_t i = 0; i < n; i++)
        s->parameters[i].kind = MD_NO_KIND;
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

kn_status md_start_prepare(md_statement *s, md_then *then, kn_error *error)
{
    md_connection *c = s->connection;
    s->handle = mysql_stmt_init(c->mysql);
    if (!s->handle)
        return knp_error_set(error, KN_NOMEM, "no memory for a statement");
    c->call.sql = s->sql;
    c->call.sql_size = s->sql_size;
    md_start_statement(s, MD_CALL_STMT_PREPARE, then);
    return KN_OK;
}

/* Some statements cannot be prepared (1295): they run as text. */
kn_status md_prepared(md_statement *s, kn_error *error)
{
    enum { NOT_PREPARABLE = 1295 };
    md_connection *c = s->connection;
    kn_status status = KN_OK;
    if (c->call.failed) {
        unsigned code = md_code_of(s);
        if (code != NOT_PREPARABLE)
            status = md_fail_statement(s, MD_PREPARING, error);
        md_note_failure(c, code, false);
        md_close_handle(c, s->handle);
        s->handle = NULL;
    }
    if (s->handle)
        md_rows_ready(s);
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

kn_status md_check_free(md_connection *c, kn_error *error)
{
    MD_TRY(md_check_alive(c, error));
    return c->open ? knp_error_set(error, KN_STATE, "another result is open on this connection; close it first")
                   : KN_OK;
}

static void close_statement(md_statement *s)
{
    if (s->handle)
        md_close_handle(s->connection, s->handle);
    free_statement(s);
}

static void prepared(md_connection *c)
{
    md_statement *s = c->running;
    c->status = md_prepared(s, &c->failure);
    if (c->status == KN_OK)
        c->status = make_parameters(s, s->handle ? mysql_stmt_param_count(s->handle) : 0, &c->failure);
    md_leave(c, NULL);
}

static kn_status start(md_connection *c, const kn_prepare_request *request, int64_t deadline_us, kn_error *error)
{
    md_statement *s = NULL;
    MD_TRY(md_check_free(c, error));
    MD_TRY(create(c, request, &s, error));
    kn_status status = keep_scales(s, request, error);
    if (status != KN_OK) {
        close_statement(s);
        return status;
    }
    c->preparing = s;
    md_enter(c, deadline_us);
    c->status = md_start_prepare(s, prepared, &c->failure);
    if (c->status != KN_OK)
        md_leave(c, NULL);
    return KN_OK;
}

kn_status md_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error)
{
    md_connection *c = connection;
    if (!c->then)
        MD_TRY(start(c, request, wait ? wait->deadline_us : 0, error));
    kn_status status = md_run(c, wait, error);
    if (status == KN_WAIT)
        return status;
    md_statement *s = c->preparing;
    c->preparing = NULL;
    if (status == KN_OK)
        *statement = s;
    else
        md_finish(s);
    return status;
}

/* Closing one reads away the rows of another, and is told to the server. */
static void close_later(md_statement *s)
{
    s->next = s->connection->closing;
    s->connection->closing = s;
}

void md_finish(void *statement)
{
    md_statement *s = statement;
    if (!s)
        return;
    md_connection *c = s->connection;
    if (c->then && c->running == s)
        md_give_up(c);
    if (c->open || !md_may_write(c))
        close_later(s);
    else
        close_statement(s);
}

void md_give_up(md_connection *c)
{
    md_statement *s = c->preparing;
    md_call_cut(&c->call);
    c->dead = true;
    c->then = c->after_leave = NULL;
    c->pauses = false;
    c->open = c->preparing = NULL;
    c->status = KN_OK;
    mysql_free_result(c->call.kind == MD_CALL_STORE ? c->call.rows : NULL);
    c->call.rows = NULL;
    if (s)
        close_statement(s);
}

void md_close_finished(md_connection *c)
{
    while (c->closing && (!c->mysql || md_may_write(c))) {
        md_statement *s = c->closing;
        c->closing = s->next;
        close_statement(s);
    }
}
