/* SPDX-License-Identifier: MIT */
/* Rows of a client that gives them in no other way than into buffers that are bound, which grow when a value is longer.
 */
#include <string.h>

#include "calendar.h"
#include "mysql_driver.h"

#if !MD_IS_CONNECTOR_C

/* Charset number of bytes. */
#define BINARY_CHARSET 63

/* A buffer for a text starts between these, and is given back after an execution when it got larger. */
#define ROOM_LEAST 64
#define ROOM_MOST 1024
#define ROOM_KEPT ((size_t)1 << 20)

const MYSQL_FIELD *md_fields(md_statement *s)
{
    MYSQL_RES *result = mysql_stmt_result_metadata(s->handle);
    const MYSQL_FIELD *fields = result ? mysql_fetch_fields(result) : NULL; /* they live with the statement */
    mysql_free_result(result);
    return fields;
}

unsigned md_row_warnings(const md_statement *s)
{
    return s->counts ? 0 : mysql_warning_count(s->connection->mysql);
}

void md_rows_ready(md_statement *s)
{
    (void)s;
}

void md_row_begin(md_statement *s)
{
    (void)s;
}

static void set_int(kn_value *cell, int64_t i)
{
    cell->kind = KN_KIND_INT;
    cell->as.i = i;
}

static void read_i8(md_column *c, kn_value *cell)
{
    set_int(cell, c->is_unsigned ? (uint8_t)c->fixed.i8 : c->fixed.i8);
}

static void read_i16(md_column *c, kn_value *cell)
{
    set_int(cell, c->is_unsigned ? (uint16_t)c->fixed.i16 : c->fixed.i16);
}

static void read_i32(md_column *c, kn_value *cell)
{
    set_int(cell, c->is_unsigned ? (int64_t)(uint32_t)c->fixed.i32 : c->fixed.i32);
}

static void read_i64(md_column *c, kn_value *cell)
{
    if (!c->is_unsigned || c->fixed.i64 >= 0) {
        set_int(cell, c->fixed.i64);
        return;
    }
    cell->kind = KN_KIND_DECIMAL;
    cell->as.decimal = (kn_decimal){.u = {.word = {(uint64_t)c->fixed.i64, 0}}};
}

static void read_float(md_column *c, kn_value *cell)
{
    cell->kind = KN_KIND_FLOAT;
    cell->as.d = (double)c->fixed.f;
}

static void read_double(md_column *c, kn_value *cell)
{
    cell->kind = KN_KIND_FLOAT;
    cell->as.d = c->fixed.d;
}

static int32_t days_of(const MYSQL_TIME *t)
{
    return md_days_of(t->year, t->month, t->day);
}

static int64_t clock_of(const MYSQL_TIME *t)
{
    return md_clock_of(t->hour, t->minute, t->second, (unsigned)t->second_part);
}

static void read_date(md_column *c, kn_value *cell)
{
    cell->kind = KN_KIND_DATE;
    cell->as.date.days = days_of(&c->fixed.time);
}

static void read_time(md_column *c, kn_value *cell)
{
    const MYSQL_TIME *t = &c->fixed.time;
    cell->kind = KN_KIND_TIME;
    cell->as.time.us = t->neg || t->day || t->hour > 23 ? MD_NO_TIME : clock_of(t);
}

static void read_datetime(md_column *c, kn_value *cell)
{
    const MYSQL_TIME *t = &c->fixed.time;
    cell->kind = KN_KIND_DATETIME;
    cell->as.datetime.us = md_moment_of(days_of(t), clock_of(t));
}

static void read_null(md_column *c, kn_value *cell)
{
    (void)c;
    cell->kind = KN_KIND_NULL;
}

static void read_text(md_column *c, kn_value *cell)
{
    c->data[c->length] = '\0';
    cell->kind = KN_KIND_TEXT;
    cell->as.text.data = c->data;
    cell->as.text.size = c->length;
}

static void read_bytes(md_column *c, kn_value *cell)
{
    cell->kind = KN_KIND_BYTES;
    cell->as.bytes.data = c->data;
    cell->as.bytes.size = c->length;
}

static void read_decimal(md_column *c, kn_value *cell)
{
    md_read_decimal(c->data, c->length, c->scale, cell);
}

static void release_data(md_statement *s, md_column *column)
{
    md_resize(s->connection->allocator, column->data, column->room, 0);
    column->data = NULL;
    column->room = 0;
}

void md_columns_free(md_statement *s)
{
    const kn_allocator *allocator = s->connection->allocator;
    for (size_t i = 0; i < s->room_columns; i++)
        release_data(s, &s->columns[i]);
    md_resize(allocator, s->columns, s->room_columns * sizeof *s->columns, 0);
    md_resize(allocator, s->column_binds, s->room_columns * sizeof *s->column_binds, 0);
    s->columns = NULL;
    s->column_binds = NULL;
    s->room_columns = 0;
}

static kn_status make_columns(md_statement *s, size_t n, kn_error *error)
{
    const kn_allocator *allocator = s->connection->allocator;
    if (n == s->room_columns)
        return KN_OK;
    md_columns_free(s);
    s->columns = md_resize(allocator, NULL, 0, n * sizeof *s->columns);
    s->column_binds = s->columns ? md_resize(allocator, NULL, 0, n * sizeof *s->column_binds) : NULL;
    if (!s->column_binds) {
        md_resize(allocator, s->columns, s->columns ? n * sizeof *s->columns : 0, 0);
        s->columns = NULL;
        return knp_error_set(error, KN_NOMEM, "no memory for a row of %zu columns", n);
    }
    memset(s->columns, 0, n * sizeof *s->columns);
    memset(s->column_binds, 0, n * sizeof *s->column_binds);
    for (size_t i = 0; i < n; i++)
        s->columns[i].type = UINT32_MAX;
    s->room_columns = n;
    return KN_OK;
}

/* As which type a column is asked for, and who reads it; NULL: a text or bytes. */
typedef struct type_rule {
    enum enum_field_types type, bound;
    md_reader *read;
} type_rule;

static const type_rule types[] = {
    {MYSQL_TYPE_TINY, MYSQL_TYPE_TINY, read_i8},
    {MYSQL_TYPE_SHORT, MYSQL_TYPE_SHORT, read_i16},
    {MYSQL_TYPE_YEAR, MYSQL_TYPE_SHORT, read_i16},
    {MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, read_i32},
    {MYSQL_TYPE_LONG, MYSQL_TYPE_LONG, read_i32},
    {MYSQL_TYPE_LONGLONG, MYSQL_TYPE_LONGLONG, read_i64},
    {MYSQL_TYPE_FLOAT, MYSQL_TYPE_FLOAT, read_float},
    {MYSQL_TYPE_DOUBLE, MYSQL_TYPE_DOUBLE, read_double},
    {MYSQL_TYPE_DATE, MYSQL_TYPE_DATE, read_date},
    {MYSQL_TYPE_NEWDATE, MYSQL_TYPE_DATE, read_date},
    {MYSQL_TYPE_TIME, MYSQL_TYPE_TIME, read_time},
    {MYSQL_TYPE_DATETIME, MYSQL_TYPE_DATETIME, read_datetime},
    {MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_DATETIME, read_datetime},
    {MYSQL_TYPE_NULL, MYSQL_TYPE_NULL, read_null},
};

static const type_rule *find_type(unsigned type)
{
    for (size_t i = 0; i < KN_COUNT_OF(types); i++) {
        if ((unsigned)types[i].type == type)
            return &types[i];
    }
    return NULL;
}

static kn_status grow(md_statement *s, md_column *column, size_t room, kn_error *error)
{
    char *data = md_resize(s->connection->allocator, column->data, column->room, room);
    if (!data)
        return knp_error_set(error, KN_NOMEM, "no memory for a value of %zu bytes", room - 1);
    column->data = data;
    column->room = room;
    return KN_OK;
}

static void point_to_data(MYSQL_BIND *bind, const md_column *column)
{
    bind->buffer = column->data;
    bind->buffer_length = (unsigned long)(column->room - 1); /* a NUL follows */
}

static kn_status plan_column(md_statement *s, size_t i, const MYSQL_FIELD *field, kn_error *error)
{
    md_column *column = &s->columns[i];
    MYSQL_BIND *bind = &s->column_binds[i];
    const type_rule *rule = find_type(field->type);
    column->type = field->type;
    column->scale = i < s->n_scales ? s->scales[i] : MD_NO_SCALE;
    column->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
    column->is_binary = field->charsetnr == BINARY_CHARSET;
    memset(bind, 0, sizeof *bind);
    bind->length = &column->length;
    bind->is_null = &column->null;
    bind->error = &column->error;
    bind->is_unsigned = column->is_unsigned;
    if (rule) {
        release_data(s, column);
        column->read = rule->read;
        bind->buffer_type = rule->bound;
        bind->buffer = &column->fixed;
        bind->buffer_length = sizeof column->fixed;
        return KN_OK;
    }
    bool decimal = field->type == MYSQL_TYPE_NEWDECIMAL || field->type == MYSQL_TYPE_DECIMAL;
    column->read = decimal ? read_decimal : column->is_binary ? read_bytes : read_text;
    bind->buffer_type = !decimal && column->is_binary ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
    size_t room = field->length < ROOM_LEAST ? ROOM_LEAST : field->length > ROOM_MOST ? ROOM_MOST : field->length;
    if (!column->data || column->room > ROOM_KEPT)
        MD_TRY(grow(s, column, room + 1, error));
    point_to_data(bind, column);
    return KN_OK;
}

static bool is_planned(const md_column *column, const MYSQL_FIELD *field)
{
    return column->type == field->type && column->is_unsigned == ((field->flags & UNSIGNED_FLAG) != 0) &&
           column->is_binary == (field->charsetnr == BINARY_CHARSET) && column->room <= ROOM_KEPT;
}

kn_status md_columns_bind(md_statement *s, kn_error *error)
{
    size_t n = s->n_columns;
    const MYSQL_FIELD *fields = md_fields(s);
    bool changed = n != s->room_columns;
    if (!fields)
        return md_fail_statement(s, MD_EXECUTING, error);
    MD_TRY(make_columns(s, n, error));
    for (size_t i = 0; i < n; i++) {
        if (is_planned(&s->columns[i], &fields[i]))
            continue;
        changed = true;
        kn_status status = plan_column(s, i, &fields[i], error);
        if (status != KN_OK) {
            md_columns_free(s);
            return status;
        }
    }
    return changed && mysql_stmt_bind_result(s->handle, s->column_binds) ? md_fail_statement(s, MD_EXECUTING, error)
                                                                         : KN_OK;
}

static bool is_cut(const md_column *column)
{
    return column->data && !column->null && column->length >= column->room;
}

/* Half as much again, so that rows that get longer one by one do not grow it each time. */
static kn_status fetch_again(md_statement *s, size_t i, kn_error *error)
{
    md_column *column = &s->columns[i];
    MYSQL_BIND bind = s->column_binds[i];
    size_t size = column->length;
    MD_TRY(grow(s, column, size < ROOM_KEPT ? size + size / 2 + 1 : size + 1, error));
    point_to_data(&s->column_binds[i], column);
    point_to_data(&bind, column);
    return mysql_stmt_fetch_column(s->handle, &bind, (unsigned)i, 0) ? md_fail_statement(s, MD_EXECUTING, error)
                                                                     : KN_OK;
}

kn_status md_row_end(md_statement *s, kn_error *error)
{
    bool changed = false;
    kn_status status = KN_OK;
    for (size_t i = 0; i < s->n_columns && status == KN_OK; i++) {
        if (!is_cut(&s->columns[i]))
            continue;
        changed = true;
        status = fetch_again(s, i, error);
    }
    if (changed && mysql_stmt_bind_result(s->handle, s->column_binds) && status == KN_OK)
        status = md_fail_statement(s, MD_EXECUTING, error);
    return status;
}

void md_row(md_statement *s, kn_value *row)
{
    md_column *column = s->columns, *end = column + s->n_columns;
    for (; column < end; column++, row++) {
        if (column->null)
            row->kind = KN_KIND_NULL;
        else
            column->read(column, row);
    }
}

kn_status md_row_into(md_statement *s, const kn_sink *first, size_t stride, const kn_receiver *into)
{
    const md_column *end = s->columns + s->n_columns;
    const char *place = (const char *)first;
    for (md_column *column = s->columns; column < end; column++, place += stride) {
        const kn_sink *sink = (const kn_sink *)(const void *)place;
        kn_value cell;
        if (column->null)
            cell.kind = KN_KIND_NULL;
        else
            column->read(column, &cell);
        MD_TRY(sink->take(sink, &cell, into));
    }
    return KN_OK;
}
#else
typedef int md_not_this_client;
#endif
