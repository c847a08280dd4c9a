/* SPDX-License-Identifier: MIT */
/* Values in and out: the hot paths. */
#include <string.h>

#include "mysql_driver.h"

#define DAY_US INT64_C(86400000000)
#define SECOND_US INT64_C(1000000)

/* Charset number of bytes. */
#define BINARY_CHARSET 63

/* A buffer for a text starts between these, and is given back after an execution when it got larger. */
#define ROOM_LEAST 64
#define ROOM_MOST 1024
#define ROOM_KEPT ((size_t)1 << 20)

/* Civil from days and back: Howard Hinnant's algorithms, years from March on. */
static void set_date(MYSQL_TIME *t, int64_t days)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    t->day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    t->month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    t->year = (unsigned)(yoe + era * 400 + (t->month <= 2));
}

static int64_t days_of(const MYSQL_TIME *t)
{
    int64_t year = (int64_t)t->year - (t->month <= 2), era = year / 400, yoe = year - era * 400;
    int64_t mp = (int64_t)t->month + (t->month > 2 ? -3 : 9), doy = (153 * mp + 2) / 5 + (int64_t)t->day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool is_date(const MYSQL_TIME *t)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = t->year % 4 == 0 && (t->year % 100 != 0 || t->year % 400 == 0);
    return t->year >= 1 && t->year <= 9999 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days[t->month - 1] + (unsigned)(leap && t->month == 2);
}

static void set_clock(MYSQL_TIME *t, int64_t us)
{
    int64_t seconds = us / SECOND_US;
    t->second_part = (unsigned long)(us % SECOND_US);
    t->second = (unsigned)(seconds % 60);
    t->minute = (unsigned)(seconds / 60 % 60);
    t->hour = (unsigned)(seconds / 3600);
}

static int64_t clock_of(const MYSQL_TIME *t)
{
    return ((int64_t)t->hour * 3600 + (int64_t)t->minute * 60 + (int64_t)t->second) * SECOND_US +
           (int64_t)t->second_part;
}

/* In. */

typedef struct bound {
    enum enum_field_types type;
    const void *data; /* NULL: md_parameter.fixed */
    size_t size;
} bound;

static kn_status refuse_kind(size_t index, unsigned kind, kn_error *error)
{
    return knp_error_set(error, KN_INVALID, "parameter %zu has kind '%s', which this driver does not take", index + 1,
                         knp_kind_name((kn_kind)kind));
}

static kn_status bind_decimal(md_parameter *p, kn_decimal d, bound *out, kn_error *error)
{
    if (knp_decimal_print_size(d) > sizeof p->fixed.decimal)
        return knp_error_set(error, KN_OUT_OF_RANGE, "a decimal of more than 65 digits");
    out->type = MYSQL_TYPE_NEWDECIMAL;
    out->size = knp_decimal_print(d, p->fixed.decimal);
    return KN_OK;
}

static void bind_time(md_parameter *p, const kn_value *v, bound *out)
{
    MYSQL_TIME *t = &p->fixed.time;
    memset(t, 0, sizeof *t);
    if (v->kind == KN_KIND_DATE) {
        out->type = MYSQL_TYPE_DATE;
        t->time_type = MYSQL_TIMESTAMP_DATE;
        set_date(t, v->as.date.days);
    } else if (v->kind == KN_KIND_TIME) {
        out->type = MYSQL_TYPE_TIME;
        t->time_type = MYSQL_TIMESTAMP_TIME;
        set_clock(t, v->as.time.us);
    } else {
        int64_t us = v->as.datetime.us, days = us / DAY_US - (us % DAY_US < 0);
        out->type = MYSQL_TYPE_DATETIME;
        t->time_type = MYSQL_TIMESTAMP_DATETIME;
        set_date(t, days);
        set_clock(t, us - days * DAY_US);
    }
}

static kn_status value_of(md_parameter *p, size_t index, const kn_value *v, bound *out, kn_error *error)
{
    switch (v->kind) {
    case KN_KIND_INT:
        out->type = MYSQL_TYPE_LONGLONG;
        p->fixed.i64 = v->as.i;
        return KN_OK;
    case KN_KIND_FLOAT:
        if (!(v->as.d - v->as.d == 0))
            return knp_error_set(error, KN_OUT_OF_RANGE, "parameter %zu is not finite", index + 1);
        out->type = MYSQL_TYPE_DOUBLE;
        p->fixed.d = v->as.d;
        return KN_OK;
    case KN_KIND_DECIMAL:
        return bind_decimal(p, v->as.decimal, out, error);
    case KN_KIND_TEXT:
        out->type = MYSQL_TYPE_STRING;
        out->data = v->as.text.data;
        out->size = v->as.text.size == SIZE_MAX && out->data ? strlen(out->data) : v->as.text.size;
        return KN_OK;
    case KN_KIND_BYTES:
        out->type = MYSQL_TYPE_LONG_BLOB;
        out->data = v->as.bytes.data;
        out->size = v->as.bytes.size;
        return KN_OK;
    case KN_KIND_DATE:
    case KN_KIND_TIME:
    case KN_KIND_DATETIME:
        bind_time(p, v, out);
        return KN_OK;
    default:
        return refuse_kind(index, v->kind, error);
    }
}

/* Where the client looks for it: its own copy of the bind, where that is open to all. */
static MYSQL_BIND *place_of(md_statement *s, size_t i)
{
#if MD_IS_CONNECTOR_C
    if (s->bound)
        return &s->handle->params[i];
#endif
    s->bound = s->bound && MD_IS_CONNECTOR_C;
    return &s->binds[i];
}

static void lay(md_statement *s, size_t i, const bound *b)
{
    md_parameter *p = &s->parameters[i];
    MYSQL_BIND *own = &s->binds[i];
    void *data = b->data ? (void *)(uintptr_t)b->data : (void *)&p->fixed;
    p->length = (unsigned long)b->size;
    if (own->buffer_type != b->type || !own->length) {
        own->buffer_type = b->type;
        s->bound = false;
    }
    own->length = &p->length;
    own->is_null = &p->null;
    own->buffer = data;
    own->buffer_length = p->length;
    MYSQL_BIND *place = place_of(s, i);
    place->buffer = data;
    place->buffer_length = p->length;
}

static kn_status bind_one(md_statement *s, size_t i, const kn_value *v, uint64_t *sum, kn_error *error)
{
    md_parameter *p = &s->parameters[i];
    bound b = {MYSQL_TYPE_NULL, NULL, 0};
    p->null = v->kind == KN_KIND_NULL;
    if (p->null) {
        b.type = s->binds[i].length ? s->binds[i].buffer_type : MYSQL_TYPE_NULL;
        lay(s, i, &b);
        return KN_OK;
    }
    MD_TRY(value_of(p, i, v, &b, error));
    uint64_t most = s->connection->packet_max;
    if (b.size >= most || (*sum += b.size) >= most)
        return knp_error_set(error, KN_TOO_LONG, "the values of the statement have %llu bytes; the server takes %llu",
                             (unsigned long long)(b.size >= most ? b.size : *sum), (unsigned long long)most);
    lay(s, i, &b);
    return KN_OK;
}

kn_status md_bind(md_statement *s, const kn_value *values, size_t n, kn_error *error)
{
    uint64_t sum = 16 * (uint64_t)s->n_parameters; /* what a value takes besides its bytes */
    if (n != s->n_parameters)
        return knp_error_set(error, KN_INVALID, "the statement has %zu parameters, %zu values were given",
                             s->n_parameters, n);
    for (size_t i = 0; i < n; i++)
        MD_TRY(bind_one(s, i, &values[i], &sum, error));
    if (s->bound || !n)
        return KN_OK;
    if (mysql_stmt_bind_param(s->handle, s->binds))
        return md_fail_statement(s, MD_EXECUTING, error);
    s->bound = true;
    return KN_OK;
}

/* Out. */

/* What the server can hold and Koine cannot is given as a value that is in no type's domain, so that the rest of the
 * row can be read. */
#define NO_DATE INT32_MIN
#define NO_MOMENT INT64_MIN
#define NO_TIME DAY_US

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

static void read_date(md_column *c, kn_value *cell)
{
    cell->kind = KN_KIND_DATE;
    cell->as.date.days = is_date(&c->fixed.time) ? (int32_t)days_of(&c->fixed.time) : NO_DATE;
}

static void read_time(md_column *c, kn_value *cell)
{
    const MYSQL_TIME *t = &c->fixed.time;
    cell->kind = KN_KIND_TIME;
    cell->as.time.us = t->neg || t->day || t->hour > 23 ? NO_TIME : clock_of(t);
}

static void read_datetime(md_column *c, kn_value *cell)
{
    const MYSQL_TIME *t = &c->fixed.time;
    cell->kind = KN_KIND_DATETIME;
    cell->as.datetime.us = is_date(t) ? days_of(t) * DAY_US + clock_of(t) : NO_MOMENT;
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

/* The digits without sign, point and leading zeros, moved together in place. */
static size_t squeeze(char *text, size_t size, bool *negative, int32_t *exponent)
{
    size_t n = 0;
    bool point = false;
    *exponent = 0;
    *negative = size && text[0] == '-';
    for (size_t i = *negative; i < size; i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        *exponent -= point;
        if (n || text[i] != '0')
            text[n++] = text[i];
    }
    return n;
}

/* Up to 19 digits at a time, so that the wide multiplication is done once or twice. */
static void set_words(kn_decimal *d, const char *digits, size_t n)
{
    __extension__ typedef unsigned __int128 wide;
    wide sum = 0;
    while (n) {
        uint64_t part = 0, scale = 1;
        size_t now = n < 19 ? n : 19;
        for (size_t i = 0; i < now; i++, scale *= 10)
            part = part * 10 + (uint64_t)(digits[i] - '0');
        sum = sum * scale + part;
        digits += now;
        n -= now;
    }
    d->u.word[0] = (uint64_t)sum;
    d->u.word[1] = (uint64_t)(sum >> 64);
}

/* A table that others made may have another scale than the model; what cannot be exact is left for the check. */
static void set_scale(kn_decimal *d, uint16_t scale)
{
    kn_decimal scaled;
    if (knp_decimal_rescale(*d, scale, NULL, &scaled, NULL) == KN_OK)
        *d = scaled;
}

/* Any length. */
static void read_long_decimal(md_column *c, kn_decimal *d)
{
    bool negative;
    size_t n = squeeze(c->data, c->length, &negative, &d->exponent);
    if (n <= KN_DECIMAL_INLINE) {
        set_words(d, c->data, n);
    } else {
        d->form = 1;
        d->n = (uint16_t)n;
        d->u.digits = c->data;
    }
    d->sign = negative && n;
}

/* Up to 19 characters: the number is one word. */
static void read_short_decimal(const char *text, size_t size, kn_decimal *d)
{
    const char *p = text, *end = text + size, *point = end - 1;
    uint64_t n = 0;
    bool negative = size && *p == '-';
    for (p += negative; p < end; p++) {
        if (*p == '.')
            point = p;
        else
            n = n * 10 + (uint64_t)(*p - '0');
    }
    d->u.word[0] = n;
    d->exponent = (int32_t)(point + 1 - end);
    d->sign = negative && n;
}

static void read_decimal(md_column *c, kn_value *cell)
{
    kn_decimal *d = &cell->as.decimal;
    memset(d, 0, sizeof *d);
    if (c->length <= 19)
        read_short_decimal(c->data, c->length, d);
    else
        read_long_decimal(c, d);
    if (c->scale != MD_NO_SCALE && d->exponent != -(int32_t)c->scale)
        set_scale(d, c->scale);
    cell->kind = KN_KIND_DECIMAL;
}

const MYSQL_FIELD *md_fields(md_statement *s)
{
#if MD_IS_CONNECTOR_C
    return mariadb_stmt_fetch_fields(s->handle);
#else
    MYSQL_RES *result = mysql_stmt_result_metadata(s->handle);
    const MYSQL_FIELD *fields = result ? mysql_fetch_fields(result) : NULL; /* they live with the statement */
    mysql_free_result(result);
    return fields;
#endif
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

kn_status md_columns_complete(md_statement *s, kn_error *error)
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

kn_status md_row_into(md_statement *s, const kn_sink *first, size_t stride, const void *into)
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
