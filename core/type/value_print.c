/* SPDX-License-Identifier: MIT */
#include <koine/type.h>

#include <string.h>

#include "base/escape.h"
#include "base/writer.h"
#include "type/decimal_wide.h"
#include "type/double.h"

static void print_null(kn__writer *w, const kn_value *value)
{
    kn__writer_string(w, value->kind == KN_KIND_NULL ? "NULL" : "UNSET");
}

static void print_bool(kn__writer *w, const kn_value *value)
{
    kn__writer_string(w, value->as.b ? "true" : "false");
}

static void print_int(kn__writer *w, const kn_value *value)
{
    kn__writer_int(w, value->as.i);
}

static void print_float(kn__writer *w, const kn_value *value)
{
    char text[KN__DOUBLE_SIZE];
    kn__writer_append(w, text, kn__double_print(value->as.d, text));
}

/* Plain as long as that is short: an exponent may stand for a hundred thousand zeros. */
static void print_decimal(kn__writer *w, const kn_value *value)
{
    const kn_decimal *d = &value->as.decimal;
    char text[256], room[KN__DIGITS_ROOM];
    kn__digits digits;

    if (kn_decimal_print_size(*d) <= sizeof text) {
        kn__writer_append(w, text, kn_decimal_print(*d, text));
        return;
    }
    digits = kn__decimal_view(d, room);
    kn__writer_string(w, d->sign && digits.n ? "-" : "");
    if (digits.n)
        kn__writer_append(w, digits.at, digits.n);
    else
        kn__writer_char(w, '0');
    kn__writer_char(w, 'e');
    kn__writer_int(w, d->exponent);
}

static void print_text(kn__writer *w, const kn_value *value)
{
    kn_text text = value->as.text;
    size_t taken = 0;

    if (!text.data) {
        kn__writer_string(w, "NULL pointer");
        return;
    }
    if (text.size == SIZE_MAX)
        text.size = strlen(text.data);
    kn__writer_char(w, '\'');
    for (size_t at = 0; at < text.size && !w->is_cut; at += taken) {
        char unit[KN__ESCAPE_ROOM];
        size_t size = kn__escape_one(text.data + at, text.size - at, unit, &taken);
        if (unit[0] == '\'' || (unit[0] == '\\' && size == 1))
            kn__writer_char(w, '\\');
        kn__writer_append(w, unit, size);
    }
    kn__writer_char(w, '\'');
}

static void print_bytes(kn__writer *w, const kn_value *value)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *data = value->as.bytes.data;

    if (!data) {
        kn__writer_string(w, "NULL pointer");
        return;
    }
    kn__writer_string(w, "x'");
    for (size_t i = 0; i < value->as.bytes.size && !w->is_cut; i++) {
        kn__writer_char(w, hex[data[i] >> 4]);
        kn__writer_char(w, hex[data[i] & 15]);
    }
    kn__writer_char(w, '\'');
}

static void print_moment(kn__writer *w, const kn_value *value)
{
    char text[KN_INTERVAL_SIZE];
    size_t size = 0;

    if (value->kind == KN_KIND_DATE && kn_date_valid(value->as.date)) {
        kn_date_print(value->as.date, text);
        size = KN_DATE_SIZE;
    } else if (value->kind == KN_KIND_TIME && kn_time_valid(value->as.time)) {
        kn_time_print(value->as.time, text);
        size = KN_TIME_SIZE;
    } else if (value->kind == KN_KIND_DATETIME && kn_datetime_valid(value->as.datetime)) {
        kn_datetime_print(value->as.datetime, 'T', text);
        size = KN_DATETIME_SIZE;
    } else if (value->kind == KN_KIND_INSTANT && kn_instant_valid(value->as.instant)) {
        kn_instant_print_iso(value->as.instant, text);
        size = KN_DATETIME_SIZE + 1;
    } else if (value->kind == KN_KIND_INTERVAL) {
        size = kn_interval_print(value->as.interval, text);
    }
    if (size)
        kn__writer_append(w, text, size);
    else
        kn__writer_string(w, "out of range");
}

typedef void (*printer)(kn__writer *w, const kn_value *value);

static const printer printers[KN_KIND_END_] = {
    [KN_KIND_UNSET] = print_null,      [KN_KIND_NULL] = print_null,       [KN_KIND_BOOL] = print_bool,
    [KN_KIND_INT] = print_int,         [KN_KIND_FLOAT] = print_float,     [KN_KIND_DECIMAL] = print_decimal,
    [KN_KIND_TEXT] = print_text,       [KN_KIND_BYTES] = print_bytes,     [KN_KIND_DATE] = print_moment,
    [KN_KIND_TIME] = print_moment,     [KN_KIND_DATETIME] = print_moment, [KN_KIND_INSTANT] = print_moment,
    [KN_KIND_INTERVAL] = print_moment,
};

size_t kn_value_print(const kn_value *value, char *out, size_t size)
{
    kn__writer w = kn__writer_of(out, size);

    if (value->kind == KN_KIND_ANY && value->as.any)
        return size ? kn_any_print(value->as.any, out, size) : 0;
    if (value->kind < KN_KIND_END_ && printers[value->kind])
        printers[value->kind](&w, value);
    else
        kn__writer_char(&w, '?');
    return kn__writer_end(&w);
}
