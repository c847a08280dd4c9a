/* SPDX-License-Identifier: MIT */
/* Values in and out: the hot paths. Nothing is copied; a cell gets its kind and the one member that goes with it. */
#include <string.h>

#include "sqlite3_driver.h"

/* No result code of SQLite's: the value is not one that it takes. */
#define REFUSED (-1)

/* Why bind_one took no value, or what SQLite said. */
static kn_status refuse(sq_statement *s, int index, const kn_value *v, int code, kn_error *error)
{
    size_t size = v->kind == KN_KIND_BYTES ? v->as.bytes.size : v->kind == KN_KIND_TEXT ? v->as.text.size : 0;
    if (code != REFUSED)
        return sq_fail(s->connection, code, SQ_EXECUTING, error);
    if (v->kind == KN_KIND_FLOAT)
        return knp_error_set(error, KN_OUT_OF_RANGE, "parameter %d is not finite", index);
    if (!size)
        return knp_error_set(error, KN_INVALID, "parameter %d has kind '%s', which this driver does not take", index,
                             knp_kind_name((kn_kind)v->kind));
    if (size == SIZE_MAX)
        size = strlen(v->as.text.data);
    return knp_error_set(error, KN_TOO_LONG, "parameter %d has %llu bytes; SQLite takes %llu", index,
                         (unsigned long long)size, (unsigned long long)s->connection->length_max);
}

static inline int bind_text(sqlite3_stmt *handle, int index, kn_text text, uint64_t length_max)
{
    if (text.size == SIZE_MAX && text.data)
        text.size = strlen(text.data);
    return text.size <= length_max ? sqlite3_bind_text(handle, index, text.data, (int)text.size, SQLITE_STATIC)
                                   : REFUSED;
}

/* SQLITE_STATIC everywhere: values live until the execution has ended. The size is looked at because the calls take a
 * negative one for "up to the NUL"; a double, because SQLite would store NULL for a NaN. */
static inline int bind_one(sqlite3_stmt *handle, int index, const kn_value *v, uint64_t length_max)
{
    if (v->kind == KN_KIND_TEXT) /* the commonest first: a jump through a table costs more */
        return bind_text(handle, index, v->as.text, length_max);
    if (v->kind == KN_KIND_INT)
        return sqlite3_bind_int64(handle, index, v->as.i);
    switch (v->kind) {
    case KN_KIND_NULL:
        return sqlite3_bind_null(handle, index);
    case KN_KIND_FLOAT:
        return v->as.d - v->as.d == 0 ? sqlite3_bind_double(handle, index, v->as.d) : REFUSED;
    case KN_KIND_BYTES: /* {non-NULL, 0} is an empty blob, {NULL, 0} is NULL */
        return v->as.bytes.size <= length_max
                   ? sqlite3_bind_blob(handle, index, v->as.bytes.data, (int)v->as.bytes.size, SQLITE_STATIC)
                   : REFUSED;
    default:
        return REFUSED;
    }
}

kn_status sq_bind(sq_statement *s, const kn_value *values, size_t count, kn_error *error)
{
    sqlite3_stmt *handle = s->handle;
    uint64_t length_max = s->connection->length_max;
    int n = s->n_parameters;
    if (count != (size_t)n)
        return knp_error_set(error, KN_INVALID, "the statement has %d parameters, %zu values were given", n, count);
    for (int i = 1; i <= n; i++, values++) {
        int code = bind_one(handle, i, values, length_max);
        if (code != SQLITE_OK)
            return refuse(s, i, values, code, error);
    }
    return KN_OK;
}

static kn_status no_memory(sq_statement *s, kn_error *error)
{
    return sq_fail(s->connection, SQLITE_NOMEM, SQ_EXECUTING, error);
}

/* SQLite gives NULL for an empty blob, and when out of memory. */
static bool read_blob(sqlite3_value *v, kn_value *cell)
{
    cell->kind = KN_KIND_BYTES;
    cell->as.bytes.data = sqlite3_value_blob(v);
    cell->as.bytes.size = (size_t)sqlite3_value_bytes(v);
    if (cell->as.bytes.data || cell->as.bytes.size)
        return cell->as.bytes.data != NULL;
    cell->as.bytes.data = "";
    return true;
}

/* False when out of memory. sqlite3_column_value and the sqlite3_value calls cost less than the sqlite3_column calls,
 * each of which finds the cell anew. They are safe here: a connection is used by one thread. The text is asked for
 * before its size, since it may be converted. */
static inline __attribute__((always_inline)) bool read_cell(sqlite3_stmt *handle, int column, kn_value *cell)
{
    sqlite3_value *v = sqlite3_column_value(handle, column);
    int type = sqlite3_value_type(v);
    if (type == SQLITE_TEXT) {
        cell->kind = KN_KIND_TEXT;
        cell->as.text.data = (const char *)sqlite3_value_text(v);
        cell->as.text.size = (unsigned)sqlite3_value_bytes(v);
        return cell->as.text.data != NULL;
    }
    if (type == SQLITE_INTEGER) {
        cell->kind = KN_KIND_INT;
        cell->as.i = sqlite3_value_int64(v);
    } else if (type == SQLITE_FLOAT) {
        cell->kind = KN_KIND_FLOAT;
        cell->as.d = sqlite3_value_double(v);
    } else if (type == SQLITE_BLOB) {
        return read_blob(v, cell);
    } else {
        cell->kind = KN_KIND_NULL;
    }
    return true;
}

/* The next row, unless execute stands on it already. */
static inline kn_status step_row(sq_statement *s, kn_error *error)
{
    if (s->state != SQ_STREAMING)
        return sq_step_other(s, error);
    int code = sq_step(s);
    return code == SQLITE_ROW ? KN_OK : sq_complete(s, code, error);
}

kn_status sq_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error)
{
    sq_statement *s = statement;
    (void)wait;
    kn_status status = step_row(s, error);
    for (int i = 0, n = s->n_columns; i < n && !status; i++, row++)
        status = read_cell(s->handle, i, row) ? KN_OK : no_memory(s, error);
    return status;
}

kn_status sq_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                        kn_error *error)
{
    sq_statement *s = statement;
    const kn_sink *sink = first;
    kn_value cell;
    (void)wait;
    kn_status status = step_row(s, error);
    if (status)
        return status;
    sqlite3_stmt *handle = s->handle;
    int n = s->n_columns;
    for (int i = 0; i < n; i++) {
        if (!read_cell(handle, i, &cell))
            return no_memory(s, error);
        status = sink->take(sink, &cell, into);
        if (status)
            return status;
        sink = (const kn_sink *)(const void *)((const char *)sink + stride);
    }
    return KN_OK;
}
