/* SPDX-License-Identifier: MIT */
/* Cells: the server's binary forms to values. What is sent as bytes is not copied; it lies in the row, with a NUL
 * behind it that libpq puts there, or in a row of COPY we. What no type of Koine holds (infinity, years outside of 1 to
 * 9999, months) is given as a value outside of the type's domain: whoever reads the cell is refused, and the rest of
 * the row can be read. */
#include <string.h>

#include "cell.h"

static kn_status refuse_size(const char *type, int size, kn_error *error)
{
    return knp_error_set(error, KN_CORRUPT, "a %s of %d bytes", type, size);
}

#define DECODER(name) static kn_status name(lp_statement *s, const char *data, int size, kn_value *out, kn_error *error)

DECODER(decode_bool)
{
    (void)s;
    if (size != 1)
        return refuse_size("boolean", size, error);
    out->kind = KN_KIND_BOOL;
    out->as.b = *data != 0;
    return KN_OK;
}

DECODER(decode_int)
{
    (void)s;
    out->kind = KN_KIND_INT;
    switch (size) {
    case 2:
        out->as.i = (int16_t)lp_get16(data);
        return KN_OK;
    case 4:
        out->as.i = (int32_t)lp_get32(data);
        return KN_OK;
    case 8:
        out->as.i = (int64_t)lp_get64(data);
        return KN_OK;
    default:
        return refuse_size("integer", size, error);
    }
}

DECODER(decode_oid)
{
    (void)s;
    if (size != 4)
        return refuse_size("oid", size, error);
    out->kind = KN_KIND_INT;
    out->as.i = lp_get32(data);
    return KN_OK;
}

DECODER(decode_float)
{
    (void)s;
    if (size == 4) {
        uint32_t bits = lp_get32(data);
        float f;
        memcpy(&f, &bits, sizeof f);
        out->as.d = f;
    } else if (size == 8) {
        uint64_t bits = lp_get64(data);
        memcpy(&out->as.d, &bits, sizeof bits);
    } else {
        return refuse_size("float", size, error);
    }
    out->kind = KN_KIND_FLOAT;
    return KN_OK;
}

DECODER(decode_text)
{
    (void)s;
    (void)error;
    out->kind = KN_KIND_TEXT;
    out->as.text.data = data;
    out->as.text.size = (size_t)size;
    return KN_OK;
}

DECODER(decode_jsonb)
{
    if (size < 1 || *data != 1)
        return refuse_size("jsonb of another version", size, error);
    return decode_text(s, data + 1, size - 1, out, error);
}

DECODER(decode_bytes)
{
    (void)s;
    (void)error;
    out->kind = KN_KIND_BYTES;
    out->as.bytes.data = data;
    out->as.bytes.size = (size_t)size;
    return KN_OK;
}

DECODER(decode_date)
{
    (void)s;
    if (size != 4)
        return refuse_size("date", size, error);
    int32_t days = (int32_t)lp_get32(data);
    out->kind = KN_KIND_DATE;
    out->as.date.days = days > INT32_MAX - LP_EPOCH_DAYS ? INT32_MAX : days + LP_EPOCH_DAYS;
    return KN_OK;
}

DECODER(decode_time)
{
    (void)s;
    if (size != 8)
        return refuse_size("time", size, error);
    out->kind = KN_KIND_TIME;
    out->as.time.us = (int64_t)lp_get64(data);
    return KN_OK;
}

DECODER(decode_timestamp)
{
    (void)s;
    if (size != 8)
        return refuse_size("timestamp", size, error);
    out->kind = KN_KIND_DATETIME;
    out->as.datetime.us = lp_us_since_1970(data);
    return KN_OK;
}

DECODER(decode_timestamptz)
{
    (void)s;
    if (size != 8)
        return refuse_size("timestamptz", size, error);
    out->kind = KN_KIND_INSTANT;
    out->as.instant.us = lp_us_since_1970(data);
    return KN_OK;
}

/* How long a month is depends on where it begins. */
DECODER(decode_interval)
{
    (void)s;
    if (size != 16)
        return refuse_size("interval", size, error);
    int64_t us = (int64_t)lp_get64(data), days = (int32_t)lp_get32(data + 8), most = 4 * KN_DATETIME_MAX;
    bool fits =
        !lp_get32(data + 12) && us <= most && us >= -most && days <= 2 * KN_DATE_MAX && days >= -2 * KN_DATE_MAX;
    out->kind = KN_KIND_INTERVAL;
    out->as.interval.us = fits ? us + days * KN_US_PER_DAY : INT64_MAX;
    return KN_OK;
}

DECODER(decode_uuid)
{
    static const char digits[] = "0123456789abcdef";
    char *text = size == 16 ? lp_row_alloc(s, 37, error) : NULL, *p = text;
    if (size != 16)
        return refuse_size("uuid", size, error);
    if (!text)
        return KN_NOMEM;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = digits[(unsigned char)data[i] >> 4];
        *p++ = digits[data[i] & 15];
    }
    *p = '\0';
    return decode_text(s, text, 36, out, error);
}

DECODER(decode_unknown)
{
    (void)s;
    (void)data;
    (void)size;
    (void)out;
    return knp_error_set(error, KN_UNSUPPORTED, "a type that this driver does not read: cast it to text");
}

typedef struct oid_rule {
    Oid type;
    uint32_t form; /* LP_FORM_ */
    lp_decode_fn *decode;
} oid_rule;

static const oid_rule rules[] = {
    {LP_INT4, LP_FORM_INT4, decode_int},
    {LP_INT8, LP_FORM_INT8, decode_int},
    {LP_VARCHAR, LP_FORM_TEXT, decode_text},
    {LP_TEXT, LP_FORM_TEXT, decode_text},
    {LP_NUMERIC, LP_FORM_NUMERIC, lp_numeric_decode},
    {LP_TIMESTAMP, LP_FORM_TIMESTAMP, decode_timestamp},
    {LP_TIMESTAMPTZ, 0, decode_timestamptz},
    {LP_BOOL, LP_FORM_BOOL, decode_bool},
    {LP_FLOAT8, LP_FORM_FLOAT8, decode_float},
    {LP_FLOAT4, 0, decode_float},
    {LP_INT2, 0, decode_int},
    {LP_BYTEA, 0, decode_bytes},
    {LP_DATE, 0, decode_date},
    {LP_TIME, 0, decode_time},
    {LP_INTERVAL, 0, decode_interval},
    {LP_UUID, 0, decode_uuid},
    {LP_JSON, 0, decode_text},
    {LP_JSONB, 0, decode_jsonb},
    {LP_BPCHAR, 0, decode_text},
    {LP_NAME, 0, decode_text},
    {LP_CHAR, 0, decode_text},
    {LP_XML, 0, decode_text},
    {LP_UNKNOWN, 0, decode_text},
    {LP_VOID, 0, decode_text},
    {LP_OID, 0, decode_oid},
    {LP_REGTYPE, 0, decode_oid},
};

/* Of the types that users make, Enums are sent as their label. Others hold bytes that are no text, which is refused
 * when it is read as one. */
static lp_column column_of(Oid type)
{
    for (size_t i = 0; i < KN_COUNT_OF(rules); i++) {
        if (rules[i].type == type)
            return (lp_column){.type = type, .form = rules[i].form, .decode = rules[i].decode};
    }
    return (lp_column){.type = type, .decode = type >= LP_FIRST_OF_USERS ? decode_text : decode_unknown};
}

static int32_t exponent_of(const lp_statement *s, int i)
{
    return i < s->n_scales && s->scales[i] != LP_NO_SCALE ? -(int32_t)s->scales[i] : LP_NO_EXPONENT;
}

kn_status lp_describe(lp_statement *s, const PGresult *result, kn_error *error)
{
    size_t n = (size_t)s->n_columns;
    if (n > s->room_columns) {
        lp_column *grown =
            lp_resize(s->connection->allocator, s->columns, s->room_columns * sizeof *grown, n * sizeof *grown);
        if (!grown)
            return lp_no_memory(error);
        memset(grown + s->room_columns, 0, (n - s->room_columns) * sizeof *grown);
        s->columns = grown;
        s->room_columns = n;
    }
    for (int i = 0; i < s->n_columns; i++) {
        Oid type = PQftype(result, i);
        if (s->columns[i].type != type)
            s->columns[i] = column_of(type);
        s->columns[i].exponent = exponent_of(s, i);
    }
    s->described = s->number;
    return KN_OK;
}

bool lp_reads_columns(const lp_statement *s)
{
    for (int i = 0; i < s->n_columns; i++) {
        if (s->columns[i].decode == decode_unknown)
            return false;
    }
    return true;
}

static size_t room_of(const lp_column *column, const char *data, int size)
{
    if (column->decode == lp_numeric_decode)
        return lp_numeric_room(data, size);
    return column->decode == decode_uuid ? 37 : 0;
}

static size_t room_of_result(const lp_statement *s)
{
    size_t total = 0;
    for (int i = 0; i < s->n_columns; i++)
        total += room_of(&s->columns[i], PQgetvalue(s->result, s->row, i), PQgetlength(s->result, s->row, i));
    return total;
}

/* Of the cells behind the one that is decoded. */
static size_t room_of_copied(const lp_statement *s)
{
    size_t total = 0;
    const char *at = s->copy.current.at, *end = s->copy.current.end;
    const lp_column *behind = s->columns + s->n_columns;
    for (const lp_column *column = s->copy.current.column; column < behind && end - at >= 4; column++) {
        int size = (int)lp_get32(at);
        at += 4;
        if (size > end - at)
            break;
        if (size > 0) {
            total += room_of(column, at, size);
            at += size;
        }
    }
    return total;
}

/* All that the row's decoders may take is made at once: what has been given out must not move. */
static kn_status make_row_room(lp_statement *s, size_t size, kn_error *error)
{
    size_t total = s->copying ? size + room_of_copied(s) : room_of_result(s);
    if (total <= s->row_room)
        return KN_OK;
    char *grown = lp_resize(s->connection->allocator, s->row_scratch, s->row_room, total);
    if (!grown)
        return lp_no_memory(error);
    s->row_scratch = grown;
    s->row_room = total;
    return KN_OK;
}

char *lp_row_alloc(lp_statement *s, size_t size, kn_error *error)
{
    if (!s->row_used && make_row_room(s, size, error))
        return NULL;
    char *data = s->row_scratch + s->row_used;
    s->row_used += size;
    return data;
}

/* A NUMERIC without a scale, as others make them, gives each number at its own; the column's type has one. What cannot
 * have it stays as it is, and is refused where it is read. */
__attribute__((noinline, cold)) static void rescale(int32_t exponent, kn_value *cell)
{
    kn_decimal d = cell->as.decimal;
    if (knp_decimal_rescale(d, (uint32_t)-exponent, NULL, &d, NULL) == KN_OK)
        cell->as.decimal = d;
}

kn_status lp_name_column(const lp_statement *s, int i, kn_status status, kn_error *error)
{
    char message[sizeof error->message];
    if (error) {
        memcpy(message, error->message, sizeof message);
        knp_error_set(error, status, "column %d, '%s': %s", i + 1, PQfname(s->copying ? s->copy.names : s->result, i),
                      message);
    }
    return status;
}

kn_status lp_end_numeric(lp_statement *s, int i, kn_status status, kn_value *cell, kn_error *error)
{
    int32_t exponent = s->columns[i].exponent;
    if (status)
        return lp_name_column(s, i, status, error);
    if (exponent != LP_NO_EXPONENT)
        rescale(exponent, cell);
    return KN_OK;
}

__attribute__((noinline)) static kn_status read_other(lp_statement *s, int i, const char *data, int size,
                                                      kn_value *cell, kn_error *error)
{
    if (!size && PQgetisnull(s->result, s->row, i)) {
        cell->kind = KN_KIND_NULL;
        return KN_OK;
    }
    kn_status status = s->columns[i].decode(s, data, size, cell, error);
    return status ? lp_name_column(s, i, status, error) : KN_OK;
}

static inline __attribute__((always_inline)) kn_status read_cell(lp_statement *s, const lp_column *column, int i,
                                                                 kn_value *cell, kn_error *error)
{
    int size = PQgetlength(s->result, s->row, i);
    const char *data = PQgetvalue(s->result, s->row, i);
    if (lp_read_usual(column->form, data, (uint32_t)size, cell))
        return KN_OK;
    if (column->form == LP_FORM_NUMERIC && size > 0)
        return lp_read_numeric(s, column, data, size, cell, error);
    return read_other(s, i, data, size, cell, error);
}

__attribute__((noinline)) static kn_status fetch_result(lp_statement *s, kn_value *row, kn_wait *wait, kn_error *error)
{
    kn_status status = lp_next(s, wait, error);
    s->row_used = 0;
    for (int i = 0; !status && i < s->n_columns; i++)
        status = read_cell(s, &s->columns[i], i, &row[i], error);
    return status;
}

__attribute__((noinline)) static kn_status fetch_result_into(lp_statement *s, const kn_sink *sink, size_t stride,
                                                             const kn_receiver *into, kn_wait *wait, kn_error *error)
{
    const lp_column *column = s->columns;
    kn_value cell;
    kn_status status = lp_next(s, wait, error);
    if (status)
        return status;
    s->row_used = 0;
    for (int i = 0, n = s->n_columns; i < n; i++, column++) {
        status = read_cell(s, column, i, &cell, error);
        if (!status)
            status = sink->take(sink, &cell, into);
        if (status)
            return status;
        sink = (const kn_sink *)(const void *)((const char *)sink + stride);
    }
    return KN_OK;
}

kn_status lp_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error)
{
    lp_statement *s = statement;
    return s->copying ? lp_fetch_copied(s, row, wait, error) : fetch_result(s, row, wait, error);
}

kn_status lp_fetch_into(void *statement, const kn_sink *sink, size_t stride, const kn_receiver *into, kn_wait *wait,
                        kn_error *error)
{
    lp_statement *s = statement;
    return s->copying ? lp_fetch_copied_into(s, sink, stride, into, wait, error)
                      : fetch_result_into(s, sink, stride, into, wait, error);
}
