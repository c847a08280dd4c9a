/* SPDX-License-Identifier: MIT */
/* Rows of MariaDB Connector/C: decoded where they lie in the client's buffer.
 *
 * The client calls back for each cell, in order, once it has seen that the cell is in the packet.
 * A text gets its NUL where the next cell begins, once that has been read; behind the last one the client has a byte,
 * but not in the rows that it keeps. */
#include <string.h>

#include "calendar.h"
#include "mysql_driver.h"

#if MD_IS_CONNECTOR_C

/* Charset number of bytes. */
#define BINARY_CHARSET 63

/* md_column.form */
enum { I8, U8, I16, U16, I32, U32, I64, U64, F32, F64, DATE, TIME, DATETIME, TEXT, BYTES, DECIMAL };

typedef struct type_rule {
    uint8_t type, form, form_unsigned;
} type_rule;

static const type_rule types[] = {
    {MYSQL_TYPE_TINY, I8, U8},
    {MYSQL_TYPE_SHORT, I16, U16},
    {MYSQL_TYPE_YEAR, U16, U16},
    {MYSQL_TYPE_INT24, I32, U32},
    {MYSQL_TYPE_LONG, I32, U32},
    {MYSQL_TYPE_LONGLONG, I64, U64},
    {MYSQL_TYPE_FLOAT, F32, F32},
    {MYSQL_TYPE_DOUBLE, F64, F64},
    {MYSQL_TYPE_DATE, DATE, DATE},
    {MYSQL_TYPE_NEWDATE, DATE, DATE},
    {MYSQL_TYPE_TIME, TIME, TIME},
    {MYSQL_TYPE_DATETIME, DATETIME, DATETIME},
    {MYSQL_TYPE_TIMESTAMP, DATETIME, DATETIME},
    {MYSQL_TYPE_DECIMAL, DECIMAL, DECIMAL},
    {MYSQL_TYPE_NEWDECIMAL, DECIMAL, DECIMAL},
};

static uint8_t form_of(const MYSQL_FIELD *field)
{
    for (size_t i = 0; i < KN_COUNT_OF(types); i++) {
        if (types[i].type == (unsigned)field->type)
            return field->flags & UNSIGNED_FLAG ? types[i].form_unsigned : types[i].form;
    }
    return field->charsetnr == BINARY_CHARSET ? BYTES : TEXT;
}

/* All that its form depends on. */
static inline bool is_as_before(const md_column *column, const MYSQL_FIELD *field)
{
    return column->type == (unsigned)field->type && column->flags == field->flags &&
           column->charset == field->charsetnr;
}

const MYSQL_FIELD *md_fields(md_statement *s)
{
    return mariadb_stmt_fetch_fields(s->handle);
}

/* The server's bytes, the lowest first. */

static inline uint16_t get16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const unsigned char *p)
{
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline uint64_t get64(const unsigned char *p)
{
    return (uint64_t)get32(p) | (uint64_t)get32(p + 4) << 32;
}

__attribute__((noinline)) static size_t get_long_size(unsigned char **p)
{
    unsigned char *at = *p;
    unsigned bytes = *at == 0xfc ? 2 : *at == 0xfd ? 3 : 8;
    uint64_t size = 0;
    for (unsigned i = bytes; i > 0; i--)
        size = size << 8 | at[i];
    *p = at + 1 + bytes;
    return (size_t)size;
}

static inline size_t get_size(unsigned char **p)
{
    return **p < 251 ? *(*p)++ : get_long_size(p);
}

static inline void set_int(kn_value *cell, int64_t i)
{
    cell->kind = KN_KIND_INT;
    cell->as.i = i;
}

static void read_u64(const unsigned char *p, kn_value *cell)
{
    uint64_t n = get64(p);
    set_int(cell, (int64_t)n);
    if (n > INT64_MAX) {
        cell->kind = KN_KIND_DECIMAL;
        cell->as.decimal = (kn_decimal){.u = {.word = {n, 0}}};
    }
}

static void read_float(const unsigned char *p, kn_value *cell)
{
    uint32_t bits = get32(p);
    float f;
    memcpy(&f, &bits, sizeof f);
    cell->kind = KN_KIND_FLOAT;
    cell->as.d = (double)f;
}

static inline void read_double(const unsigned char *p, kn_value *cell)
{
    uint64_t bits = get64(p);
    memcpy(&cell->as.d, &bits, sizeof bits);
    cell->kind = KN_KIND_FLOAT;
}

/* What is zero at the end is not sent. */

static int32_t days_at(const unsigned char *p, size_t size)
{
    return size < 4 ? MD_NO_DATE : md_days_of(get16(p), p[2], p[3]);
}

static void read_date(const unsigned char *p, size_t size, kn_value *cell)
{
    cell->kind = KN_KIND_DATE;
    cell->as.date.days = days_at(p, size);
}

static void read_time(const unsigned char *p, size_t size, kn_value *cell)
{
    unsigned us = size >= 12 ? get32(p + 8) : 0;
    cell->kind = KN_KIND_TIME;
    cell->as.time.us = size < 8                                 ? 0
                       : p[0] || get32(p + 1) != 0 || p[5] > 23 ? MD_NO_TIME
                                                                : md_clock_of(p[5], p[6], p[7], us);
}

static void read_datetime(const unsigned char *p, size_t size, kn_value *cell)
{
    unsigned us = size >= 11 ? get32(p + 7) : 0;
    cell->kind = KN_KIND_DATETIME;
    cell->as.datetime.us = md_moment_of(days_at(p, size), size >= 7 ? md_clock_of(p[4], p[5], p[6], us) : 0);
}

/* Of those whose first bytes say how long they are; gives back where the next cell begins. */
static inline unsigned char *read_sized(const md_column *column, unsigned char *p, kn_value *cell)
{
    size_t size = get_size(&p);
    switch (column->form) {
    case DATE:
        read_date(p, size, cell);
        break;
    case TIME:
        read_time(p, size, cell);
        break;
    case DATETIME:
        read_datetime(p, size, cell);
        break;
    case DECIMAL:
        md_read_decimal((char *)p, size, column->scale, cell);
        break;
    case TEXT:
        cell->kind = KN_KIND_TEXT;
        cell->as.text.data = (char *)p;
        cell->as.text.size = size;
        break;
    default:
        cell->kind = KN_KIND_BYTES;
        cell->as.bytes.data = p;
        cell->as.bytes.size = size;
        break;
    }
    return p + size;
}

/* Of those whose type says how long they are. */
static inline unsigned char *read_fixed(const md_column *column, unsigned char *p, kn_value *cell)
{
    switch (column->form) {
    case I8:
        set_int(cell, (int8_t)*p);
        return p + 1;
    case U8:
        set_int(cell, *p);
        return p + 1;
    case I16:
        set_int(cell, (int16_t)get16(p));
        return p + 2;
    case U16:
        set_int(cell, get16(p));
        return p + 2;
    case I32:
        set_int(cell, (int32_t)get32(p));
        return p + 4;
    case U32:
        set_int(cell, get32(p));
        return p + 4;
    case I64:
        set_int(cell, (int64_t)get64(p));
        return p + 8;
    case U64:
        read_u64(p, cell);
        return p + 8;
    case F32:
        read_float(p, cell);
        return p + 4;
    default:
        read_double(p, cell);
        return p + 8;
    }
}

/* Apart from the others, which call nothing. */
__attribute__((noinline)) static void take_sized(md_statement *s, const md_column *column, unsigned char **row,
                                                 kn_value *cell)
{
    unsigned char *end = read_sized(column, *row, cell);
    *row = end;
    *s->nul = '\0';
    if (column->form == TEXT)
        s->nul = end;
}

/* NULL for a cell that is NULL. */
static void take_cell(void *statement, unsigned i, unsigned char **row)
{
    md_statement *s = statement;
    kn_value *cell = &s->cells[i];
    const md_column *column = &s->columns[i];
    if (!row) {
        cell->kind = KN_KIND_NULL;
    } else if (column->form > F64) {
        take_sized(s, column, row, cell);
    } else {
        *row = read_fixed(column, *row, cell);
        *s->nul = '\0';
    }
}

/* The client passes over what the last packet says besides; it still lies where it was read. */
unsigned md_row_warnings(const md_statement *s)
{
    enum { END_OF_ROWS = 0xfe };
    const unsigned char *packet = s->connection->mysql->net.read_pos;
    return s->counts || packet[0] != END_OF_ROWS ? 0 : get16(packet + 1);
}

void md_rows_ready(md_statement *s)
{
    static const ps_result_callback callback = take_cell;
    const void *place;
    memcpy(&place, &callback, sizeof place);
    mysql_stmt_attr_set(s->handle, STMT_ATTR_CB_USER_DATA, s);
    mysql_stmt_attr_set(s->handle, STMT_ATTR_CB_RESULT, place);
}

void md_columns_free(md_statement *s)
{
    const kn_allocator *allocator = s->connection->allocator;
    md_resize(allocator, s->columns, s->room_columns * sizeof *s->columns, 0);
    md_resize(allocator, s->cells, s->room_columns * sizeof *s->cells, 0);
    md_resize(allocator, s->copy, s->copy_room, 0);
    s->columns = NULL;
    s->cells = NULL;
    s->copy = NULL;
    s->room_columns = s->copy_room = 0;
}

static kn_status make_columns(md_statement *s, size_t n, kn_error *error)
{
    const kn_allocator *allocator = s->connection->allocator;
    md_columns_free(s);
    s->columns = md_resize(allocator, NULL, 0, n * sizeof *s->columns);
    s->cells = s->columns ? md_resize(allocator, NULL, 0, n * sizeof *s->cells) : NULL;
    if (!s->cells) {
        md_resize(allocator, s->columns, s->columns ? n * sizeof *s->columns : 0, 0);
        s->columns = NULL;
        return knp_error_set(error, KN_NOMEM, "no memory for a row of %zu columns", n);
    }
    memset(s->columns, 0xff, n * sizeof *s->columns);
    s->room_columns = n;
    return KN_OK;
}

/* The client takes over all that the server says of the columns anew, but for their names. */
static bool is_renamed(const md_statement *s, const MYSQL_FIELD *fields)
{
    const MYSQL_FIELD *said = s->connection->mysql->fields;
    for (size_t i = 0; said && said != fields && i < s->n_columns; i++) {
        if (strcmp(said[i].name, fields[i].name) != 0)
            return true;
    }
    return false;
}

/* Columns that were all told when it was prepared are those that its text names. */
static bool has_told_columns(const md_statement *s)
{
    return s->n_scales == s->n_columns;
}

static bool are_as_before(const md_statement *s, const MYSQL_FIELD *fields)
{
    if (s->n_columns != s->room_columns || !has_told_columns(s))
        return false;
    for (const md_column *column = s->columns, *end = column + s->n_columns; column < end; column++, fields++) {
        if (!is_as_before(column, fields))
            return false;
    }
    return true;
}

__attribute__((noinline)) static kn_status plan_columns(md_statement *s, const MYSQL_FIELD *fields, kn_error *error)
{
    size_t n = s->n_columns;
    if (!fields)
        return md_fail_statement(s, MD_EXECUTING, error);
    if (!has_told_columns(s) && is_renamed(s, fields))
        return md_fail_columns(s, error);
    if (n != s->room_columns)
        MD_TRY(make_columns(s, n, error));
    for (size_t i = 0; i < n; i++) {
        if (!is_as_before(&s->columns[i], &fields[i]))
            s->columns[i] = (md_column){.type = (unsigned)fields[i].type,
                                        .flags = fields[i].flags,
                                        .charset = fields[i].charsetnr,
                                        .form = form_of(&fields[i]),
                                        .scale = i < s->n_scales ? s->scales[i] : MD_NO_SCALE};
    }
    return KN_OK;
}

kn_status md_columns_bind(md_statement *s, kn_error *error)
{
    const MYSQL_FIELD *fields = md_fields(s);
    return fields && are_as_before(s, fields) ? KN_OK : plan_columns(s, fields, error);
}

/* The row of those that the client keeps, which it reads next. */
static const MYSQL_ROWS *kept_row(const md_statement *s)
{
    return s->counts ? s->handle->result_cursor : NULL;
}

void md_row_begin(md_statement *s)
{
    const MYSQL_ROWS *kept = kept_row(s);
    s->kept_end = kept ? (unsigned char *)kept->data + kept->length : NULL;
    s->nul = &s->none;
}

/* The text that ends with a row that the client keeps has no byte behind it. */
static kn_status copy_last_text(md_statement *s, kn_error *error)
{
    kn_value *cell = s->cells + s->n_columns - 1;
    while (cell->kind != KN_KIND_TEXT)
        cell--;
    size_t size = cell->as.text.size;
    if (s->copy_room <= size) {
        char *copy = md_resize(s->connection->allocator, s->copy, s->copy_room, size + 1);
        if (!copy)
            return knp_error_set(error, KN_NOMEM, "no memory for a text of %zu bytes", size);
        s->copy = copy;
        s->copy_room = size + 1;
    }
    memcpy(s->copy, cell->as.text.data, size);
    s->copy[size] = '\0';
    cell->as.text.data = s->copy;
    return KN_OK;
}

kn_status md_row_end(md_statement *s, kn_error *error)
{
    if (s->nul == s->kept_end)
        return copy_last_text(s, error);
    *s->nul = '\0';
    return KN_OK;
}

void md_row(md_statement *s, kn_value *row)
{
    memcpy(row, s->cells, s->n_columns * sizeof *row);
}

kn_status md_row_into(md_statement *s, const kn_sink *first, size_t stride, const kn_receiver *into)
{
    const kn_value *end = s->cells + s->n_columns;
    const char *place = (const char *)first;
    for (kn_value *cell = s->cells; cell < end; cell++, place += stride) {
        const kn_sink *sink = (const kn_sink *)(const void *)place;
        MD_TRY(sink->take(sink, cell, into));
    }
    return KN_OK;
}
#else
typedef int md_not_this_client;
#endif
