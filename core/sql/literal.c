/* SPDX-License-Identifier: MIT */
/* Values as text, for DDL only: everywhere else they are bound. */
#include <koine/datetime.h>
#include <koine/decimal.h>

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "sql/render.h"
#include "type/double.h"

kn_status kn__sql_string(kn_sql *sql, kn_text text)
{
    bool backslash = sql->target->dialect->lexis & KN_LEXIS_BACKSLASH_STRINGS;
    size_t size = text.data && text.size == SIZE_MAX ? strlen(text.data) : text.size;
    if (!text.data)
        return kn_error_set(sql->error, KN_NULL_VALUE, "a text literal is NULL");
    if (kn__utf8_check(text.data, size) == SIZE_MAX)
        return kn_error_set(sql->error, KN_ENCODING, "a text literal is not valid UTF-8 or holds U+0000");
    kn__buffer_char(&sql->buffer, '\'');
    for (size_t i = 0; i < size; i++) {
        if (text.data[i] == '\'' || (backslash && text.data[i] == '\\'))
            kn__buffer_char(&sql->buffer, text.data[i]);
        kn__buffer_char(&sql->buffer, text.data[i]);
    }
    return kn__sql_bytes(sql, "'", 1);
}

static kn_status write_bytes(kn_sql *sql, kn_bytes bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *p = bytes.data;
    kn_status status = kn__sql_text(sql, "X'");
    for (size_t i = 0; status == KN_OK && i < bytes.size; i++) {
        char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        status = kn__sql_bytes(sql, pair, 2);
    }
    return status == KN_OK ? kn__sql_text(sql, "'") : status;
}

static kn_status write_decimal(kn_sql *sql, kn_decimal d)
{
    char *out = kn__buffer_extend(&sql->buffer, kn_decimal_print_size(d));
    if (out)
        kn__buffer_truncate(&sql->buffer, (size_t)(out - sql->buffer.data) + kn_decimal_print(d, out));
    return kn__sql_text(sql, "");
}

static kn_status write_float(kn_sql *sql, double d)
{
    char text[KN__DOUBLE_SIZE];
    return kn__sql_bytes(sql, text, kn__double_print(d, text));
}

static kn_status write_int(kn_sql *sql, int64_t i)
{
    kn__buffer_printf(&sql->buffer, "%" PRId64, i);
    return kn__sql_text(sql, "");
}

/* DATE '...' and the like. */
static kn_status write_typed(kn_sql *sql, const char *type, const char *text, size_t size, const char *end)
{
    kn_status status = kn__sql_text(sql, type);
    if (status == KN_OK)
        status = kn__sql_text(sql, " '");
    if (status == KN_OK)
        status = kn__sql_bytes(sql, text, size);
    return status == KN_OK ? kn__sql_text(sql, end) : status;
}

static kn_status write_moment(kn_sql *sql, const kn_value *value)
{
    char text[KN_DATETIME_SIZE];
    switch (value->kind) {
    case KN_KIND_DATE:
        kn_date_print(value->as.date, text);
        return write_typed(sql, "DATE", text, KN_DATE_SIZE, "'");
    case KN_KIND_TIME:
        kn_time_print(value->as.time, text);
        return write_typed(sql, "TIME", text, KN_TIME_SIZE, "'");
    case KN_KIND_DATETIME:
        kn_datetime_print(value->as.datetime, ' ', text);
        return write_typed(sql, "TIMESTAMP", text, KN_DATETIME_SIZE, "'");
    default:
        kn_datetime_print((kn_datetime){value->as.instant.us}, ' ', text);
        return write_typed(sql, "TIMESTAMP", text, KN_DATETIME_SIZE, "+00:00'");
    }
}

static kn_status write_interval(kn_sql *sql, kn_interval interval)
{
    uint64_t us = interval.us < 0 ? UINT64_C(0) - (uint64_t)interval.us : (uint64_t)interval.us;
    char clock[KN_TIME_SIZE];
    kn_time_print((kn_time){(int64_t)(us % (uint64_t)KN_US_PER_DAY)}, clock);
    kn__buffer_printf(&sql->buffer, "INTERVAL %s'%" PRIu64 " %.*s' DAY TO SECOND", interval.us < 0 ? "-" : "",
                      us / (uint64_t)KN_US_PER_DAY, KN_TIME_SIZE, clock);
    return kn__sql_text(sql, "");
}

static kn_status write_value(kn_sql *sql, const kn_value *value)
{
    switch (value->kind) {
    case KN_KIND_NULL:
        return kn__sql_text(sql, "NULL");
    case KN_KIND_BOOL:
        return kn__sql_text(sql, value->as.b ? "TRUE" : "FALSE");
    case KN_KIND_INT:
        return write_int(sql, value->as.i);
    case KN_KIND_FLOAT:
        return write_float(sql, value->as.d);
    case KN_KIND_DECIMAL:
        return write_decimal(sql, value->as.decimal);
    case KN_KIND_TEXT:
        return kn__sql_string(sql, value->as.text);
    case KN_KIND_BYTES:
        return write_bytes(sql, value->as.bytes);
    case KN_KIND_DATE:
    case KN_KIND_TIME:
    case KN_KIND_DATETIME:
    case KN_KIND_INSTANT:
        return write_moment(sql, value);
    case KN_KIND_INTERVAL:
        return write_interval(sql, value->as.interval);
    default:
        return kn_error_set(sql->error, KN_UNSUPPORTED, "a value of kind %s has no literal",
                            kn_kind_name((kn_kind)value->kind));
    }
}

kn_status kn__sql_literal(kn_sql *sql, const kn_type *type, const kn_value *value)
{
    kn_value checked = *value, stored;
    const kn_type_rule *rule = type->id < KN_TYPE_END_ ? &sql->target->dialect->types[type->id] : NULL;
    kn_status status = KN_OK;
    if (type->id && checked.kind != KN_KIND_NULL)
        status = kn_value_check(type, &checked, sql->arena, sql->error);
    if (status != KN_OK || checked.kind == KN_KIND_NULL || !rule || !rule->encode)
        return status == KN_OK ? write_value(sql, &checked) : status;
    stored = checked;
    status = rule->encode(type, &checked, sql->arena, &stored, sql->error);
    return status == KN_OK ? write_value(sql, &stored) : status;
}
