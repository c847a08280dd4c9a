/* SPDX-License-Identifier: MIT */
/* Cells: the server's binary forms to values. What is sent as bytes is not copied; it lies in the result, with a NUL
 * behind it that libpq puts there. */
#include <string.h>

#include "libpq_driver.h"

static kn_status refuse_range(const char *what, kn_error *error)
{
    return knp_error_set(error, KN_OUT_OF_RANGE, "%s in the database", what);
}

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
    return out->as.d - out->as.d == 0 ? KN_OK : refuse_range("NaN or infinity", error);
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
    if (days == INT32_MAX || days == INT32_MIN)
        return refuse_range("an infinite date", error);
    if (days > KN_DATE_MAX - LP_EPOCH_DAYS || days < KN_DATE_MIN - LP_EPOCH_DAYS)
        return refuse_range("a date outside of years 1 to 9999", error);
    out->kind = KN_KIND_DATE;
    out->as.date.days = days + LP_EPOCH_DAYS;
    return KN_OK;
}

DECODER(decode_time)
{
    (void)s;
    if (size != 8)
        return refuse_size("time", size, error);
    int64_t us = (int64_t)lp_get64(data);
    if (us < 0 || us >= KN_US_PER_DAY)
        return refuse_range("24:00", error);
    out->kind = KN_KIND_TIME;
    out->as.time.us = us;
    return KN_OK;
}

static kn_status decode_us(const char *data, int size, int64_t *out, kn_error *error)
{
    if (size != 8)
        return refuse_size("timestamp", size, error);
    int64_t us = (int64_t)lp_get64(data);
    if (us == INT64_MAX || us == INT64_MIN)
        return refuse_range("an infinite timestamp", error);
    if (us > KN_DATETIME_MAX - LP_EPOCH_US || us < KN_DATETIME_MIN - LP_EPOCH_US)
        return refuse_range("a timestamp outside of years 1 to 9999", error);
    *out = us + LP_EPOCH_US;
    return KN_OK;
}

DECODER(decode_timestamp)
{
    (void)s;
    out->kind = KN_KIND_DATETIME;
    return decode_us(data, size, &out->as.datetime.us, error);
}

DECODER(decode_timestamptz)
{
    (void)s;
    out->kind = KN_KIND_INSTANT;
    return decode_us(data, size, &out->as.instant.us, error);
}

/* How long a month is depends on where it begins. */
DECODER(decode_interval)
{
    (void)s;
    if (size != 16)
        return refuse_size("interval", size, error);
    int64_t us = (int64_t)lp_get64(data), days = (int32_t)lp_get32(data + 8);
    if (lp_get32(data + 12))
        return refuse_range("an interval of months or years", error);
    if (us > KN_DATETIME_MAX * 4 || us < -KN_DATETIME_MAX * 4 || days > KN_DATE_MAX * 2 || days < -KN_DATE_MAX * 2)
        return refuse_range("an interval of more than 9999 years", error);
    out->kind = KN_KIND_INTERVAL;
    out->as.interval.us = us + days * KN_US_PER_DAY;
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
    uint32_t zero_;
    lp_decode_fn *decode;
} oid_rule;

static const oid_rule rules[] = {
    {LP_INT4, 0, decode_int},
    {LP_INT8, 0, decode_int},
    {LP_VARCHAR, 0, decode_text},
    {LP_TEXT, 0, decode_text},
    {LP_NUMERIC, 0, lp_numeric_decode},
    {LP_TIMESTAMP, 0, decode_timestamp},
    {LP_TIMESTAMPTZ, 0, decode_timestamptz},
    {LP_BOOL, 0, decode_bool},
    {LP_FLOAT8, 0, decode_float},
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
static lp_decode_fn *decoder_of(Oid type)
{
    for (size_t i = 0; i < KN_COUNT_OF(rules); i++) {
        if (rules[i].type == type)
            return rules[i].decode;
    }
    return type >= LP_FIRST_OF_USERS ? decode_text : decode_unknown;
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
            s->columns[i] = (lp_column){.type = type, .decode = decoder_of(type)};
    }
    return KN_OK;
}

/* All that the row's decoders may take is made at once: what has been given out must not move. */
static kn_status make_row_room(lp_statement *s, kn_error *error)
{
    size_t total = 0;
    for (int i = 0; i < s->n_columns; i++) {
        const char *data = PQgetvalue(s->result, 0, i);
        if (s->columns[i].decode == lp_numeric_decode)
            total += lp_numeric_room(data, PQgetlength(s->result, 0, i));
        else if (s->columns[i].decode == decode_uuid)
            total += 37;
    }
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
    if (!s->row_used && make_row_room(s, error))
        return NULL;
    char *data = s->row_scratch + s->row_used;
    s->row_used += size;
    return data;
}

kn_status lp_row(lp_statement *s, kn_value *row, kn_error *error)
{
    const PGresult *result = s->result;
    s->row_used = 0;
    for (int i = 0; i < s->n_columns; i++) {
        int size = PQgetlength(result, 0, i);
        if (!size && PQgetisnull(result, 0, i)) {
            row[i].kind = KN_KIND_NULL;
            continue;
        }
        kn_status status = s->columns[i].decode(s, PQgetvalue(result, 0, i), size, &row[i], error);
        if (status) {
            char message[sizeof error->message];
            if (error) {
                memcpy(message, error->message, sizeof message);
                knp_error_set(error, status, "column %d, '%s': %s", i + 1, PQfname(result, i), message);
            }
            return status;
        }
    }
    return KN_OK;
}
