/* SPDX-License-Identifier: MIT */
/* Values in and out: the hot paths. Nothing is copied; a cell gets its kind and the one member that goes with it. */
#include <string.h>

#include "sqlite3_driver.h"

static kn_status refuse_size(const sq_connection *c, int index, uint64_t size, kn_error *error)
{
    return knp_error_set(error, KN_TOO_LONG, "parameter %d has %llu bytes; SQLite takes %llu", index,
                         (unsigned long long)size, (unsigned long long)c->length_max);
}

static kn_status refuse_kind(int index, unsigned kind, kn_error *error)
{
    return knp_error_set(error, KN_INVALID, "parameter %d has kind '%s', which this driver does not take", index,
                         knp_kind_name((kn_kind)kind));
}

static kn_status refuse_float(int index, kn_error *error)
{
    return knp_error_set(error, KN_OUT_OF_RANGE, "parameter %d is not finite", index);
}

/* SQLITE_STATIC everywhere: values live until the execution has ended. The size check comes first because the calls
 * take a negative size for "up to the NUL". */
static kn_status bind_one(sq_statement *s, int index, const kn_value *v, kn_error *error)
{
    const sq_connection *c = s->connection;
    int code;
    switch (v->kind) {
    case KN_KIND_NULL:
        code = sqlite3_bind_null(s->handle, index);
        break;
    case KN_KIND_INT:
        code = sqlite3_bind_int64(s->handle, index, v->as.i);
        break;
    case KN_KIND_FLOAT:
        if (!(v->as.d - v->as.d == 0)) /* SQLite would store NULL for a NaN */
            return refuse_float(index, error);
        code = sqlite3_bind_double(s->handle, index, v->as.d);
        break;
    case KN_KIND_TEXT: {
        size_t size = v->as.text.size;
        if (size == SIZE_MAX && v->as.text.data)
            size = strlen(v->as.text.data);
        if (size > c->length_max)
            return refuse_size(c, index, size, error);
        code = sqlite3_bind_text(s->handle, index, v->as.text.data, (int)size, SQLITE_STATIC);
        break;
    }
    case KN_KIND_BYTES: /* {non-NULL, 0} is an empty blob, {NULL, 0} is NULL */
        if (v->as.bytes.size > c->length_max)
            return refuse_size(c, index, v->as.bytes.size, error);
        code = sqlite3_bind_blob(s->handle, index, v->as.bytes.data, (int)v->as.bytes.size, SQLITE_STATIC);
        break;
    default:
        return refuse_kind(index, v->kind, error);
    }
    return code == SQLITE_OK ? KN_OK : sq_fail(s->connection, code, SQ_EXECUTING, error);
}

kn_status sq_bind(sq_statement *s, const kn_value *values, size_t count, kn_error *error)
{
    if (count != (size_t)s->n_parameters)
        return knp_error_set(error, KN_INVALID, "the statement has %d parameters, %zu values were given",
                             s->n_parameters, count);
    for (int i = 0; i < s->n_parameters; i++) {
        kn_status status = bind_one(s, i + 1, &values[i], error);
        if (status)
            return status;
    }
    return KN_OK;
}

static kn_status no_memory(sq_statement *s, kn_error *error)
{
    return sq_fail(s->connection, SQLITE_NOMEM, SQ_EXECUTING, error);
}

/* sqlite3_column_value and the sqlite3_value calls cost less than the sqlite3_column calls, each of which finds the
 * cell anew. They are safe here: a connection is used by one thread. The text is asked for before its size, since it
 * may be converted. */
kn_status sq_row(sq_statement *s, kn_value *row, kn_error *error)
{
    sqlite3_stmt *handle = s->handle;
    int n = s->n_columns;
    kn_value *cell = row;
    for (int i = 0; i < n; i++, cell++) {
        sqlite3_value *v = sqlite3_column_value(handle, i);
        switch (sqlite3_value_type(v)) {
        case SQLITE_INTEGER:
            cell->kind = KN_KIND_INT;
            cell->as.i = sqlite3_value_int64(v);
            break;
        case SQLITE_FLOAT:
            cell->kind = KN_KIND_FLOAT;
            cell->as.d = sqlite3_value_double(v);
            break;
        case SQLITE_TEXT:
            cell->kind = KN_KIND_TEXT;
            cell->as.text.data = (const char *)sqlite3_value_text(v);
            if (!cell->as.text.data)
                return no_memory(s, error);
            cell->as.text.size = (size_t)sqlite3_value_bytes(v);
            break;
        case SQLITE_BLOB:
            cell->kind = KN_KIND_BYTES;
            cell->as.bytes.data = sqlite3_value_blob(v);
            cell->as.bytes.size = (size_t)sqlite3_value_bytes(v);
            if (!cell->as.bytes.data) { /* SQLite gives NULL for an empty blob, or out of memory */
                if (cell->as.bytes.size)
                    return no_memory(s, error);
                cell->as.bytes.data = "";
            }
            break;
        default:
            cell->kind = KN_KIND_NULL;
            break;
        }
    }
    return KN_OK;
}
