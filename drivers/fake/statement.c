/* SPDX-License-Identifier: MIT */
/* Statements: their answers, row by row. */
#include <stdio.h>
#include <string.h>

#include "fake_driver.h"

static void count(fake_connection *c, uint32_t *own, uint32_t *live, int change)
{
    pthread_mutex_lock(&c->server->mutex);
    *own += (uint32_t)change;
    *live += (uint32_t)change;
    pthread_mutex_unlock(&c->server->mutex);
}

static void count_statements(fake_connection *c, int change)
{
    count(c, &c->statements, &c->server->live.statements, change);
}

static void count_executions(fake_connection *c, int change)
{
    count(c, &c->executions, &c->server->live.executions, change);
}

static fake_statement *make(fake_connection *c, kn_text sql)
{
    fake_statement *s = fake_allocate(c->allocator, sizeof *s);
    if (!s)
        return NULL;
    s->connection = c;
    s->sql_size = sql.size + 1;
    s->sql = fake_allocate(c->allocator, s->sql_size);
    if (!s->sql) {
        fake_free(c->allocator, s, sizeof *s);
        return NULL;
    }
    memcpy(s->sql, sql.data, sql.size);
    count_statements(c, 1);
    return s;
}

kn_status fake_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                       kn_error *error)
{
    fake_connection *c = connection;
    kn_text sql = request->sql;
    if (sql.data[sql.size] != '\0')
        fake_violate(c->server, "prepare: the SQL has no NUL at its end");
    kn_status status = fake_call_begin(c, FAKE_PREPARE, c, sql.data, wait ? wait->deadline_us : 0, wait, error);
    if (status)
        return status;
    fake_statement *s = make(c, sql);
    if (!s)
        status = knp_error_set(error, KN_NOMEM, "no memory for a statement");
    status = fake_call_end(c, sql.data, "", status, error);
    if (!status)
        *statement = s;
    else if (s)
        fake_finish(s);
    return status;
}

/* What the row that was given points to is gone with the next call. */
static void drop_row(fake_statement *s)
{
    fake_free(s->connection->allocator, s->held, s->held_size);
    s->held = NULL;
    s->held_size = 0;
}

void fake_finish(void *statement)
{
    fake_statement *s = statement;
    if (!s)
        return;
    fake_connection *c = s->connection;
    fake_call_note(c, FAKE_FINISH, s->sql);
    if (s->executing && !c->given_up)
        fake_violate(c->server, "finish: the execution was not ended");
    if (s->executing)
        count_executions(c, -1);
    drop_row(s);
    count_statements(c, -1);
    fake_free(c->allocator, s->sql, s->sql_size);
    fake_free(c->allocator, s, sizeof *s);
}

kn_status fake_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                       kn_error *error)
{
    fake_statement *s = statement;
    fake_connection *c = s->connection;
    if (s->executing) {
        fake_violate(c->server, "execute: the execution before was not ended");
        return knp_error_set(error, KN_STATE, "the execution before was not ended");
    }
    kn_status status = fake_call_begin(c, FAKE_EXECUTE, s, s->sql, request->deadline_us, wait, error);
    if (status)
        return status;
    char values[256];
    fake_values_print(request->values, request->n_values, values, sizeof values);
    pthread_mutex_lock(&c->server->mutex);
    s->answer = fake_server_find_answer(c->server, s->sql);
    pthread_mutex_unlock(&c->server->mutex);
    status = fake_call_end(c, s->sql, values, KN_OK, error);
    if (status)
        return status;
    s->next_row = 0;
    s->deadline_us = request->deadline_us;
    s->executing = true;
    count_executions(c, 1);
    outcome->changed = s->answer.n_columns ? -1 : s->answer.changed;
    outcome->last_key = s->answer.last_key;
    outcome->n_columns = s->answer.n_columns;
    return KN_OK;
}

kn_status fake_execute_many(void *statement, const kn_execute_request *request, size_t count_, kn_outcome *outcome,
                            size_t *failed, kn_wait *wait, kn_error *error)
{
    fake_statement *s = statement;
    fake_connection *c = s->connection;
    char values[256] = "whole|";
    size_t said = request->whole ? strlen(values) : 0;
    fake_answer answer;
    if (s->executing)
        fake_violate(c->server, "execute_many: the execution before was not ended");
    if (request->whole && !c->in_transaction && !c->dead)
        fake_violate(c->server, "execute_many: there is no transaction of which it could be a whole");
    kn_status status = fake_call_begin(c, FAKE_EXECUTE_MANY, s, s->sql, request->deadline_us, wait, error);
    if (!status) {
        fake_values_print(request->values, count_ * request->n_values, values + said, sizeof values - said);
        pthread_mutex_lock(&c->server->mutex);
        answer = fake_server_find_answer(c->server, s->sql);
        pthread_mutex_unlock(&c->server->mutex);
        outcome->changed = answer.changed * (int64_t)count_;
        if (answer.n_columns)
            status = knp_error_set(error, KN_INVALID, "the statement gives rows");
        status = fake_call_end(c, s->sql, values, status, error);
    }
    if (status && status != KN_WAIT && status != KN_UNSUPPORTED)
        *failed = count_ - 1;
    return status;
}

/* Bytes that a cell points to. */
static kn_bytes pointed(const kn_value *v)
{
    if (v->kind == KN_KIND_TEXT && v->as.text.data)
        return (kn_bytes){v->as.text.data, v->as.text.size == SIZE_MAX ? strlen(v->as.text.data) : v->as.text.size};
    if (v->kind == KN_KIND_BYTES && v->as.bytes.data)
        return v->as.bytes;
    if (v->kind == KN_KIND_DECIMAL && v->as.decimal.form == 1)
        return (kn_bytes){v->as.decimal.u.digits, v->as.decimal.n};
    return (kn_bytes){NULL, 0};
}

static void point_to(kn_value *v, char *copy, size_t size)
{
    if (v->kind == KN_KIND_TEXT)
        v->as.text = (kn_text){copy, size};
    else if (v->kind == KN_KIND_BYTES)
        v->as.bytes = (kn_bytes){copy, size};
    else
        v->as.decimal.u.digits = copy;
}

/* Memory of this row alone, for what its cells point to. */
static kn_status hold_row(fake_statement *s, const kn_value *cells, kn_error *error)
{
    size_t size = 1;
    for (size_t i = 0; i < s->answer.n_columns; i++)
        size += pointed(&cells[i]).size + 1;
    s->held = fake_allocate(s->connection->allocator, size);
    if (!s->held)
        return knp_error_set(error, KN_NOMEM, "no memory for a row");
    s->held_size = size;
    s->next_row++;
    return KN_OK;
}

/* A copy of a cell, and at *at of the row's memory of what it points to, with a NUL behind it. */
static kn_value held_cell(fake_statement *s, const kn_value *cell, size_t *at)
{
    kn_value held = *cell;
    kn_bytes bytes = pointed(cell);
    if (bytes.data) {
        memcpy(s->held + *at, bytes.data, bytes.size);
        point_to(&held, s->held + *at, bytes.size);
        *at += bytes.size + 1;
    }
    return held;
}

/* The cells of the next row, or a status that ends the call. */
static kn_status begin_row(fake_statement *s, const kn_value **cells, kn_wait *wait, kn_error *error)
{
    fake_connection *c = s->connection;
    if (!s->executing) {
        fake_violate(c->server, "fetch: there is no execution");
        return knp_error_set(error, KN_STATE, "there is no execution");
    }
    kn_status status = fake_call_begin(c, FAKE_FETCH, s, s->sql, s->deadline_us, wait, error);
    if (status)
        return status;
    drop_row(s);
    *cells = s->answer.rows + s->next_row * s->answer.n_columns;
    status = s->next_row < s->answer.n_rows ? hold_row(s, *cells, error) : KN_DONE;
    return status ? fake_call_end(c, s->sql, "", status, error) : KN_OK;
}

kn_status fake_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error)
{
    fake_statement *s = statement;
    const kn_value *cells;
    size_t at = 0;
    kn_status status = begin_row(s, &cells, wait, error);
    if (status)
        return status;
    for (size_t i = 0; i < s->answer.n_columns; i++)
        row[i] = held_cell(s, &cells[i], &at);
    return fake_call_end(s->connection, s->sql, "", KN_OK, error);
}

kn_status fake_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                          kn_error *error)
{
    fake_statement *s = statement;
    const fake_fault *fault = &s->connection->step.fault;
    const kn_value *cells;
    size_t at = 0;
    kn_status status = begin_row(s, &cells, wait, error);
    if (status)
        return status;
    size_t n = fault->after && fault->cells ? fault->cells : s->answer.n_columns;
    for (size_t i = 0; i < n && !status; i++) {
        const kn_sink *sink = (const kn_sink *)(const void *)((const char *)first + i * stride);
        kn_value cell = held_cell(s, &cells[i], &at);
        status = sink->take(sink, &cell, into);
    }
    return fake_call_end(s->connection, s->sql, "", status, error);
}

kn_status fake_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error)
{
    fake_statement *s = statement;
    fake_connection *c = s->connection;
    if (!s->executing) {
        fake_violate(c->server, "end: there is no execution");
        return knp_error_set(error, KN_STATE, "there is no execution");
    }
    kn_status status = fake_call_begin(c, FAKE_END, s, s->sql, wait ? wait->deadline_us : 0, wait, error);
    if (status != KN_WAIT) {
        drop_row(s);
        s->executing = false;
        count_executions(c, -1);
    }
    if (status)
        return status;
    if (outcome) {
        outcome->changed = s->answer.changed;
        outcome->last_key = s->answer.last_key;
        outcome->n_columns = s->answer.n_columns;
    }
    return fake_call_end(c, s->sql, "", KN_OK, error);
}

const char *fake_column_name(void *statement, size_t column)
{
    fake_statement *s = statement;
    if (column >= s->answer.n_columns)
        return NULL;
    if (s->answer.columns)
        return s->answer.columns[column];
    snprintf(s->column, sizeof s->column, "c%zu", column);
    return s->column;
}
