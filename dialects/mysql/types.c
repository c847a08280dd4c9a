/* SPDX-License-Identifier: MIT */
/* How the neutral types live in MySQL and MariaDB. The driver moves numbers, decimals, texts, bytes, dates, times and
 * datetimes as they are; the server has neither booleans, instants nor intervals. */
#include <string.h>

#include "mysql_dialect.h"

kn_status kn_mysql_text_uint(kn_sql *sql, uint64_t n)
{
    char text[20];
    size_t at = sizeof text;
    do
        text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    return knp_sql_bytes(sql, text + at, sizeof text - at);
}

static bool int64_of(kn_decimal d, int64_t *out)
{
    uint64_t magnitude = d.u.word[0], most = (uint64_t)INT64_MAX + (d.sign != 0);
    if (d.form || d.u.word[1] || magnitude > most)
        return false;
    *out = d.sign ? -(int64_t)(magnitude - (magnitude != 0)) - (magnitude != 0) : (int64_t)magnitude;
    return true;
}

static bool fits(const kn_type *type, int64_t i)
{
    switch (type->id) {
    case KN_TYPE_SMALL_INTEGER:
        return i >= INT16_MIN && i <= INT16_MAX;
    case KN_TYPE_INTEGER:
        return i >= INT32_MIN && i <= INT32_MAX;
    default:
        return true;
    }
}

/* A sum of integers is a decimal. */
static kn_status decode_integer(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                kn_error *error)
{
    kn_decimal d;
    int64_t i;
    if (in->kind != KN_KIND_DECIMAL)
        return knp_refuse_stored_kind(type, in, error);
    KN_MYSQL_TRY(knp_decimal_rescale(in->as.decimal, 0, arena, &d, error));
    if (!int64_of(d, &i) || !fits(type, i))
        return knp_refuse_stored_range(type, error);
    out->kind = KN_KIND_INT;
    out->as.i = i;
    return KN_OK;
}

/* Instants in UTC, and intervals as 1970-01-01 plus them: all microseconds since that day. */
static kn_status encode_datetime(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                 kn_error *error)
{
    (void)arena, (void)error;
    int64_t us = type->id == KN_TYPE_DATETIME_TZ ? in->as.instant.us : in->as.interval.us;
    out->kind = KN_KIND_DATETIME;
    out->as.datetime.us = us;
    return KN_OK;
}

/* 0001-01-01 to the end of 9999-12-31. */
#define DAY_US INT64_C(86400000000)
#define MOMENT_LEAST (INT64_C(-719162) * DAY_US)
#define MOMENT_MOST (INT64_C(2932897) * DAY_US - 1)

static kn_status decode_datetime(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                 kn_error *error)
{
    (void)arena;
    if (in->kind != KN_KIND_DATETIME)
        return knp_refuse_stored_kind(type, in, error);
    int64_t us = in->as.datetime.us;
    if (us < MOMENT_LEAST || us > MOMENT_MOST)
        return knp_refuse_stored_range(type, error);
    if (type->id == KN_TYPE_DATETIME_TZ) {
        out->kind = KN_KIND_INSTANT;
        out->as.instant.us = us;
    } else {
        out->kind = KN_KIND_INTERVAL;
        out->as.interval.us = us;
    }
    return KN_OK;
}

/* FLOAT has 24 bits. */
static kn_status render_float(kn_sql *sql, const kn_type *type)
{
    return knp_sql_text(sql, type->precision <= 24 ? "FLOAT" : "DOUBLE");
}

static kn_status render_numeric(kn_sql *sql, const kn_type *type)
{
    KN_MYSQL_TRY(knp_sql_text(sql, "DECIMAL("));
    KN_MYSQL_TRY(kn_mysql_text_uint(sql, type->precision));
    KN_MYSQL_TRY(knp_sql_text(sql, ", "));
    KN_MYSQL_TRY(kn_mysql_text_uint(sql, type->scale));
    return knp_sql_text(sql, ")");
}

static kn_status render_string(kn_sql *sql, const kn_type *type)
{
    KN_MYSQL_TRY(knp_sql_text(sql, "VARCHAR("));
    KN_MYSQL_TRY(kn_mysql_text_uint(sql, type->length));
    return knp_sql_text(sql, ")");
}

/* BLOB(n) is the smallest of the four that holds n bytes. */
static kn_status render_binary(kn_sql *sql, const kn_type *type)
{
    if (!type->length || type->length > UINT32_MAX)
        return knp_sql_text(sql, "LONGBLOB");
    KN_MYSQL_TRY(knp_sql_text(sql, "BLOB("));
    KN_MYSQL_TRY(kn_mysql_text_uint(sql, type->length));
    return knp_sql_text(sql, ")");
}

static kn_status render_enum(kn_sql *sql, const kn_type *type)
{
    const kn_label *first = type->labels->labels;
    for (const kn_label *label = first; label->label; label++) {
        kn_text text = {label->label, strlen(label->label)};
        KN_MYSQL_TRY(knp_sql_text(sql, label == first ? "ENUM(" : ", "));
        KN_MYSQL_TRY(knp_sql_string(sql, text));
    }
    return knp_sql_text(sql, ")");
}

/* Nine digits in four bytes, the rest of either side in what it needs. */
static uint64_t decimal_bytes(uint64_t digits)
{
    static const uint8_t rest[] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
    return digits / 9 * 4 + rest[digits % 9];
}

uint64_t kn_mysql_key_bytes(const kn_type *type)
{
    switch (type->id) {
    case KN_TYPE_BOOLEAN:
        return 1;
    case KN_TYPE_SMALL_INTEGER:
    case KN_TYPE_ENUM:
        return 2;
    case KN_TYPE_DATE:
        return 3;
    case KN_TYPE_INTEGER:
        return 4;
    case KN_TYPE_FLOAT:
        return type->precision <= 24 ? 4 : 8;
    case KN_TYPE_TIME:
        return 6;
    case KN_TYPE_BIG_INTEGER:
    case KN_TYPE_DATETIME:
    case KN_TYPE_DATETIME_TZ:
    case KN_TYPE_INTERVAL:
        return 8;
    case KN_TYPE_NUMERIC:
        return decimal_bytes((uint64_t)type->precision - type->scale) + decimal_bytes(type->scale);
    case KN_TYPE_STRING:
    case KN_TYPE_UNICODE:
        return type->length <= UINT32_MAX ? 4 * type->length : UINT64_MAX;
    default:
        return UINT64_MAX;
    }
}

/* TINYINT(1) is others' small number too; BLOB(n) becomes the next larger of four sizes. */
bool kn_mysql_needs_note(const kn_type *type)
{
    switch (type->id) {
    case KN_TYPE_FLOAT:
        return type->precision != 24 && type->precision != 53;
    case KN_TYPE_LARGE_BINARY:
        return type->length != 0;
    case KN_TYPE_BOOLEAN:
    case KN_TYPE_UNICODE:
    case KN_TYPE_UNICODE_TEXT:
    case KN_TYPE_DATETIME_TZ:
    case KN_TYPE_INTERVAL:
    case KN_TYPE_ENUM:
    case KN_TYPE_PICKLE:
        return true;
    default:
        return false;
    }
}

#define RULE(type_, kind, ...)                                                                                         \
    {                                                                                                                  \
        .type = KN_TYPE_##type_, .storage = KN_KIND_##kind, __VA_ARGS__                                                \
    }
const kn_type_rule kn_mysql_types[] = {
    RULE(SMALL_INTEGER, INT, .ddl = "SMALLINT", .decode = decode_integer),
    RULE(INTEGER, INT, .ddl = "INTEGER", .decode = decode_integer),
    RULE(BIG_INTEGER, INT, .ddl = "BIGINT", .decode = decode_integer),
    RULE(BOOLEAN, INT, .ddl = "BOOL"),
    RULE(FLOAT, FLOAT, .render = render_float),
    RULE(NUMERIC, DECIMAL, .render = render_numeric),
    RULE(STRING, TEXT, .render = render_string),
    RULE(UNICODE, TEXT, .render = render_string),
    RULE(TEXT, TEXT, .ddl = "LONGTEXT"),
    RULE(UNICODE_TEXT, TEXT, .ddl = "LONGTEXT"),
    RULE(LARGE_BINARY, BYTES, .render = render_binary),
    RULE(DATE, DATE, .ddl = "DATE"),
    RULE(TIME, TIME, .ddl = "TIME(6)"),
    RULE(DATETIME, DATETIME, .ddl = "DATETIME(6)"),
    RULE(DATETIME_TZ, DATETIME, .ddl = "DATETIME(6)", .encode = encode_datetime, .decode = decode_datetime),
    RULE(INTERVAL, DATETIME, .ddl = "DATETIME(6)", .encode = encode_datetime, .decode = decode_datetime),
    RULE(ENUM, TEXT, .render = render_enum),
    RULE(PICKLE, BYTES, .ddl = "LONGBLOB"),
    {.type = KN_TYPE_NONE},
};
