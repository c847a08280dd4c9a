/* SPDX-License-Identifier: MIT */
/* Runs for each bound value: one indirect call a value, no copy of text or bytes, nothing allocated but the bytes of a
 * pickle given as a tree. */
#include "type/value_check.h"

#include <float.h>
#include <string.h>

#include "base/utf8.h"
#include "type/decimal_wide.h"

static kn_status refuse_kind(const kn_type *type, const kn_value *value, kn_error *error)
{
    kn_type_id id = (kn_type_id)type->id;
    return kn_error_set(error, KN_TYPE_MISMATCH, "%s takes the kind %s, not %s", kn_type_name(id),
                        kn_kind_name(kn_type_kind(id)), kn_kind_name((kn_kind)value->kind));
}

static kn_status refuse_range(const kn_type *type, const char *range, kn_error *error)
{
    return kn_error_set(error, KN_OUT_OF_RANGE, "value is outside the range of %s, %s",
                        kn_type_name((kn_type_id)type->id), range);
}

static kn_status refuse_pointer(const kn_type *type, kn_error *error)
{
    return kn_error_set(error, KN_INVALID, "value of %s has a NULL pointer: kn_null() is NULL",
                        kn_type_name((kn_type_id)type->id));
}

/* numbers */

static kn_status check_small_integer(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_INT)
        return refuse_kind(type, value, error);
    if (value->as.i < INT16_MIN || value->as.i > INT16_MAX)
        return refuse_range(type, "-32768 to 32767", error);
    return KN_OK;
}

static kn_status check_integer(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_INT)
        return refuse_kind(type, value, error);
    if (value->as.i < INT32_MIN || value->as.i > INT32_MAX)
        return refuse_range(type, "-2147483648 to 2147483647", error);
    return KN_OK;
}

static kn_status check_big_integer(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    return value->kind == KN_KIND_INT ? KN_OK : refuse_kind(type, value, error);
}

static kn_status check_boolean(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind == KN_KIND_BOOL)
        return KN_OK;
    if (value->kind != KN_KIND_INT)
        return refuse_kind(type, value, error);
    if (value->as.i != 0 && value->as.i != 1)
        return refuse_range(type, "0 and 1", error);
    *value = kn_bool(value->as.i == 1);
    return KN_OK;
}

/* An int as the double that is exactly it. */
static kn_status float_of_int(kn_value *value, kn_error *error)
{
    double d = (double)value->as.i;

    /* 2^63 is a double but no int64_t */
    if (d >= 0x1p63 || (int64_t)d != value->as.i)
        return kn_error_set(error, KN_INEXACT, "an int of more than 53 bits is no exact Float");
    *value = kn_float(d);
    return KN_OK;
}

static kn_status check_float(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind == KN_KIND_INT) {
        kn_status status = float_of_int(value, error);
        if (status != KN_OK)
            return status;
    }
    if (value->kind != KN_KIND_FLOAT)
        return refuse_kind(type, value, error);
    double d = value->as.d;
    if (!(d >= -DBL_MAX && d <= DBL_MAX)) /* NaN fails both */
        return refuse_range(type, "finite numbers", error);
    if (type->precision <= 24) {
        if (d < -FLT_MAX || d > FLT_MAX)
            return refuse_range(type, "finite numbers of 24 bits", error);
        if ((double)(float)d != d)
            return kn_error_set(error, KN_INEXACT, "double is no exact Float(%u)", (unsigned)type->precision);
    }
    value->as.d = d + 0.0; /* -0.0 becomes 0.0 */
    return KN_OK;
}

static kn_status check_any_numeric(const kn_type *type, kn_value *value, kn_error *error)
{
    kn_decimal *d = &value->as.decimal;

    if (value->kind == KN_KIND_INT)
        *value = kn_decimal_value(kn_decimal_of(value->as.i, 0));
    if (value->kind != KN_KIND_DECIMAL)
        return refuse_kind(type, value, error);
    if (d->form > 1 || (d->form == 1 && (!d->u.digits || d->n == 0)))
        return kn_error_set(error, KN_INVALID, "decimal is not well formed");
    if (kn_decimal_is_zero(*d)) {
        /* without sign, and without an exponent that would print as a million zeros */
        *d = kn_decimal_of(0, -(int32_t)type->scale);
        return KN_OK;
    }
    return kn_decimal_fits(*d, type->precision, type->scale, error);
}

static kn_status check_numeric(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind == KN_KIND_DECIMAL && kn__decimal_is_plain(&value->as.decimal, type))
        return KN_OK;
    return check_any_numeric(type, value, error);
}

/* text and bytes */

static kn_status refuse_encoding(const kn_type *type, kn_text text, kn_error *error)
{
    size_t at = kn__utf8_fault(text.data, text.size);
    return kn_error_set(error, KN_ENCODING, "text of %s %s at byte %zu", kn_type_name((kn_type_id)type->id),
                        at < text.size && text.data[at] == '\0' ? "holds U+0000" : "is not UTF-8", at + 1);
}

static kn_status refuse_length(const kn_type *type, size_t length, const char *unit, kn_error *error)
{
    return kn_error_set(error, KN_TOO_LONG, "%zu %s do not fit %s(%llu)", length, unit,
                        kn_type_name((kn_type_id)type->id), (unsigned long long)type->length);
}

/* Measures the text; its pointer is not NULL after. */
static kn_status take_text(const kn_type *type, kn_value *value, kn_error *error)
{
    if (value->kind != KN_KIND_TEXT)
        return refuse_kind(type, value, error);
    if (!value->as.text.data)
        return refuse_pointer(type, error);
    if (value->as.text.size == SIZE_MAX)
        value->as.text.size = strlen(value->as.text.data);
    return KN_OK;
}

static kn_status check_text(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    kn_status status = take_text(type, value, error);
    size_t length;

    (void)arena;
    if (status != KN_OK)
        return status;
    if (value->as.text.size <= kn__plain_size(type) && kn_plain_text(value->as.text.data, value->as.text.size))
        return KN_OK;
    length = kn__utf8_check(value->as.text.data, value->as.text.size);
    if (length == SIZE_MAX)
        return refuse_encoding(type, value->as.text, error);
    if (type->length && length > type->length)
        return refuse_length(type, length, "characters", error);
    return KN_OK;
}

static kn_status check_bytes(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_BYTES)
        return refuse_kind(type, value, error);
    if (!value->as.bytes.data)
        return refuse_pointer(type, error);
    if (type->length && value->as.bytes.size > type->length)
        return refuse_length(type, value->as.bytes.size, "bytes", error);
    return KN_OK;
}

static kn_status refuse_label(const kn_type *type, kn_error *error)
{
    return kn_error_set(error, KN_OUT_OF_RANGE, "value is no label of Enum %s", type->labels->name);
}

static kn_status check_enum(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    const char *label;
    int32_t constant;
    kn_status status;

    (void)arena;
    if (!type->labels)
        return kn_error_set(error, KN_INVALID, "Enum without labels");
    if (value->kind == KN_KIND_INT) {
        constant = (int32_t)value->as.i;
        label = constant == value->as.i ? kn_enum_label(type->labels, constant) : NULL;
        if (!label)
            return refuse_label(type, error);
        *value = kn_textn(label, strlen(label));
        return KN_OK;
    }
    status = take_text(type, value, error);
    if (status == KN_OK && !kn_enum_value(type->labels, value->as.text, &constant))
        return refuse_label(type, error);
    return status;
}

/* dates and times */

static const char years[] = "years 1 to 9999";

static kn_status check_date(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_DATE)
        return refuse_kind(type, value, error);
    return kn_date_valid(value->as.date) ? KN_OK : refuse_range(type, years, error);
}

static kn_status check_time(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_TIME)
        return refuse_kind(type, value, error);
    return kn_time_valid(value->as.time) ? KN_OK : refuse_range(type, "00:00 to 23:59:59.999999", error);
}

static kn_status check_datetime(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_DATETIME)
        return refuse_kind(type, value, error);
    return kn_datetime_valid(value->as.datetime) ? KN_OK : refuse_range(type, years, error);
}

static kn_status check_instant(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_INSTANT)
        return refuse_kind(type, value, error);
    return kn_instant_valid(value->as.instant) ? KN_OK : refuse_range(type, "years 1 to 9999 in UTC", error);
}

static kn_status check_interval(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    (void)arena;
    if (value->kind != KN_KIND_INTERVAL)
        return refuse_kind(type, value, error);
    return kn_interval_valid(value->as.interval) ? KN_OK : refuse_range(type, "1970 plus it in years 1 to 9999", error);
}

/* pickles */

static kn_status check_pickle(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    kn_bytes pickle = {NULL, 0};
    kn_status status;

    if (value->kind != KN_KIND_ANY)
        return check_bytes(type, value, arena, error);
    if (!value->as.any)
        return refuse_pointer(type, error);
    if (!arena)
        return kn_error_set(error, KN_INVALID, "a tree of values for PickleType needs an arena");
    status = kn_pickle_write(value->as.any, NULL, arena, &pickle, error);
    if (status == KN_OK)
        *value = kn_blob(pickle.data, pickle.size);
    return status;
}

static kn__check_fn *const checkers[KN_TYPE_END_] = {
    [KN_TYPE_SMALL_INTEGER] = check_small_integer,
    [KN_TYPE_INTEGER] = check_integer,
    [KN_TYPE_BIG_INTEGER] = check_big_integer,
    [KN_TYPE_BOOLEAN] = check_boolean,
    [KN_TYPE_FLOAT] = check_float,
    [KN_TYPE_NUMERIC] = check_numeric,
    [KN_TYPE_STRING] = check_text,
    [KN_TYPE_UNICODE] = check_text,
    [KN_TYPE_TEXT] = check_text,
    [KN_TYPE_UNICODE_TEXT] = check_text,
    [KN_TYPE_LARGE_BINARY] = check_bytes,
    [KN_TYPE_DATE] = check_date,
    [KN_TYPE_TIME] = check_time,
    [KN_TYPE_DATETIME] = check_datetime,
    [KN_TYPE_DATETIME_TZ] = check_instant,
    [KN_TYPE_INTERVAL] = check_interval,
    [KN_TYPE_ENUM] = check_enum,
    [KN_TYPE_PICKLE] = check_pickle,
};

kn__check_fn *kn__value_checker(uint16_t type)
{
    return type < KN_TYPE_END_ ? checkers[type] : NULL;
}

kn__check_fn *kn__domain_checker(uint16_t type)
{
    return type == KN_TYPE_BIG_INTEGER || type == KN_TYPE_BOOLEAN ? NULL : kn__value_checker(type);
}

kn_status kn_value_check(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error)
{
    if (type->id >= KN_TYPE_END_ || !checkers[type->id])
        return kn_error_set(error, KN_INVALID, "%u is the number of no type", (unsigned)type->id);
    if (value->kind == KN_KIND_NULL)
        return KN_OK;
    if (value->kind == KN_KIND_UNSET)
        return kn_error_set(error, KN_INVALID, "no value given for a parameter of type %s",
                            kn_type_name((kn_type_id)type->id));
    return checkers[type->id](type, value, arena, error);
}
