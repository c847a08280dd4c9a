/* SPDX-License-Identifier: MIT */
#include "model/mapping_rules.h"

#include <string.h>

#define STORER(name)                                                                                                   \
    static kn_status store_##name(const kn_column *column, const kn_value *value, kn_arena *arena, void *object,       \
                                  kn_error *error)

STORER(refused)
{
    (void)value, (void)arena, (void)object;
    return kn__member_refuse(column, KN_INVALID, error, "has no struct member that can be written");
}

/* Any other kind than the one the member takes. */
static kn_status refuse_kind(const kn_column *column, const kn_value *value, kn_error *error)
{
    if (value->kind == KN_KIND_NULL)
        return kn__member_refuse(column, KN_NULL_VALUE, error,
                                 "is NULL, and its member cannot say so (a kn_opt_* or pointer member could)");
    return kn__member_refuse(column, KN_TYPE_MISMATCH, error, "the value is of another kind than its type");
}

static kn_status refuse_range(const kn_column *column, kn_error *error)
{
    return kn__member_refuse(column, KN_OUT_OF_RANGE, error, "the value is outside the range of its member");
}

/* Conversions to what a member holds: KN_OK, or a refusal that says why. The kind is already right. */
static kn_status to_int16(const kn_column *column, const kn_value *value, int16_t *out, kn_error *error)
{
    if (value->as.i < INT16_MIN || value->as.i > INT16_MAX)
        return refuse_range(column, error);
    *out = (int16_t)value->as.i;
    return KN_OK;
}

static kn_status to_int32(const kn_column *column, const kn_value *value, int32_t *out, kn_error *error)
{
    if (value->as.i < INT32_MIN || value->as.i > INT32_MAX)
        return refuse_range(column, error);
    *out = (int32_t)value->as.i;
    return KN_OK;
}

/* FLT_MAX and the half step above it, from which on the conversion would be undefined; NaN passes no comparison. */
static kn_status to_float(const kn_column *column, const kn_value *value, float *out, kn_error *error)
{
    double d = value->as.d;
    if (!(d > -0x1.ffffffp127 && d < 0x1.ffffffp127))
        return refuse_range(column, error);
    float f = (float)d;
    if ((double)f < d || (double)f > d)
        return kn__member_refuse(column, KN_INEXACT, error, "the value would be rounded in its float member");
    *out = f;
    return KN_OK;
}

static kn_status to_constant(const kn_column *column, const kn_value *value, int32_t *out, kn_error *error)
{
    if (!kn_enum_value(column->type.labels, value->as.text, out))
        return kn__member_refuse(column, KN_OUT_OF_RANGE, error, "the stored label is not one of the Enum's");
    return KN_OK;
}

static kn_status to_decimal(const kn_column *column, const kn_value *value, kn_arena *arena, kn_decimal *out,
                            kn_error *error)
{
    (void)column;
    if (arena && value->as.decimal.form)
        return kn_decimal_copy(value->as.decimal, arena, out, error);
    *out = value->as.decimal;
    return KN_OK;
}

/* The label as the declaration has it, which lives longer than any row. */
static kn_status to_label(const kn_column *column, const kn_value *value, kn_text *out, kn_error *error)
{
    int32_t constant = 0;
    kn_status status = to_constant(column, value, &constant, error);
    if (status == KN_OK)
        *out = kn_text_of(kn_enum_label(column->type.labels, constant));
    return status;
}

static kn_status to_text(const kn_column *column, const kn_value *value, kn_arena *arena, kn_text *out, kn_error *error)
{
    if (column->type.id == KN_TYPE_ENUM)
        return to_label(column, value, out, error);
    kn_text text = value->as.text;
    if (!text.data)
        return kn__member_refuse(column, KN_INVALID, error, "the text has no data");
    if (text.size == SIZE_MAX)
        text.size = strlen(text.data);
    if (arena && !(text.data = kn_arena_copy(arena, text.data, text.size)))
        return kn__member_refuse(column, KN_NOMEM, error, "out of memory");
    *out = text;
    return KN_OK;
}

static kn_status to_bytes(const kn_column *column, const kn_value *value, kn_arena *arena, kn_bytes *out,
                          kn_error *error)
{
    kn_bytes bytes = value->as.bytes;
    if (!bytes.data)
        bytes = (kn_bytes){"", 0}; /* no data is NULL, and this is a value */
    if (arena && !(bytes.data = kn_arena_copy(arena, bytes.data, bytes.size)))
        return kn__member_refuse(column, KN_NOMEM, error, "out of memory");
    *out = bytes;
    return KN_OK;
}

static kn_status to_cstr(const kn_column *column, const kn_value *value, kn_arena *arena, const char **out,
                         kn_error *error)
{
    kn_text text = {0};
    kn_status status = to_text(column, value, arena, &text, error);
    if (status != KN_OK)
        return status;
    if (memchr(text.data, '\0', text.size))
        return kn__member_refuse(column, KN_ENCODING, error, "the text holds U+0000, which would end it");
    if (text.data[text.size])
        return kn__member_refuse(column, KN_INVALID, error, "the text that is lent has no ending NUL");
    *out = text.data;
    return KN_OK;
}

/* Conversions that need nothing: the field is what the member holds. */
#define STORE_PLAIN(name, T, opt, KIND, field)                                                                         \
    STORER(name)                                                                                                       \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        if (value->kind != (KIND))                                                                                     \
            return refuse_kind(column, value, error);                                                                  \
        *(T *)kn__member_in(column, object) = value->as.field;                                                         \
        return KN_OK;                                                                                                  \
    }                                                                                                                  \
    STORER(opt_##name)                                                                                                 \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        opt *member = kn__member_in(column, object);                                                                   \
        if (value->kind == KN_KIND_NULL)                                                                               \
            *member = (opt)KN_NOTHING;                                                                                 \
        else if (value->kind == (KIND))                                                                                \
            *member = (opt)KN_SOME(value->as.field);                                                                   \
        else                                                                                                           \
            return refuse_kind(column, value, error);                                                                  \
        return KN_OK;                                                                                                  \
    }
STORE_PLAIN(boolean, bool, kn_opt_bool, KN_KIND_BOOL, b)
STORE_PLAIN(int64, int64_t, kn_opt_int64, KN_KIND_INT, i)
STORE_PLAIN(double, double, kn_opt_double, KN_KIND_FLOAT, d)
STORE_PLAIN(date, kn_date, kn_opt_date, KN_KIND_DATE, date)
STORE_PLAIN(time, kn_time, kn_opt_time, KN_KIND_TIME, time)
STORE_PLAIN(datetime, kn_datetime, kn_opt_datetime, KN_KIND_DATETIME, datetime)
STORE_PLAIN(instant, kn_instant, kn_opt_instant, KN_KIND_INSTANT, instant)
STORE_PLAIN(interval, kn_interval, kn_opt_interval, KN_KIND_INTERVAL, interval)

/* Conversions that may refuse; `convert` is a call that fills `converted`. */
#define STORE_CONVERTED(name, T, KIND, convert)                                                                        \
    STORER(name)                                                                                                       \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        if (value->kind != (KIND))                                                                                     \
            return refuse_kind(column, value, error);                                                                  \
        T converted = {0};                                                                                             \
        kn_status status = convert;                                                                                    \
        if (status == KN_OK)                                                                                           \
            *(T *)kn__member_in(column, object) = converted;                                                           \
        return status;                                                                                                 \
    }
#define STORE_OPT(name, T, KIND, convert)                                                                              \
    STORER(opt_##name)                                                                                                 \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        kn_opt_##name *member = kn__member_in(column, object);                                                         \
        if (value->kind == KN_KIND_NULL) {                                                                             \
            *member = (kn_opt_##name)KN_NOTHING;                                                                       \
            return KN_OK;                                                                                              \
        }                                                                                                              \
        if (value->kind != (KIND))                                                                                     \
            return refuse_kind(column, value, error);                                                                  \
        T converted = {0};                                                                                             \
        kn_status status = convert;                                                                                    \
        if (status == KN_OK)                                                                                           \
            *member = (kn_opt_##name)KN_SOME(converted);                                                               \
        return status;                                                                                                 \
    }
#define STORE_BOTH(name, T, KIND, convert)                                                                             \
    STORE_CONVERTED(name, T, KIND, convert)                                                                            \
    STORE_OPT(name, T, KIND, convert)
STORE_BOTH(int16, int16_t, KN_KIND_INT, to_int16(column, value, &converted, error))
STORE_BOTH(float, float, KN_KIND_FLOAT, to_float(column, value, &converted, error))
STORE_BOTH(decimal, kn_decimal, KN_KIND_DECIMAL, to_decimal(column, value, arena, &converted, error))
STORE_BOTH(enum, int32_t, KN_KIND_TEXT, to_constant(column, value, &converted, error))
STORE_OPT(int32, int32_t, KN_KIND_INT, to_int32(column, value, &converted, error))
STORE_CONVERTED(plain_int32, int32_t, KN_KIND_INT, to_int32(column, value, &converted, error))
STORE_OPT(text, kn_text, KN_KIND_TEXT, to_text(column, value, arena, &converted, error))
STORE_OPT(bytes, kn_bytes, KN_KIND_BYTES, to_bytes(column, value, arena, &converted, error))

/* Also a C enum that the compiler made signed. */
STORER(int32)
{
    if (column->type.id == KN_TYPE_ENUM)
        return store_enum(column, value, arena, object, error);
    return store_plain_int32(column, value, arena, object, error);
}

/* Members that say NULL by being all zero. */
#define STORE_POINTER(name, T, KIND, convert)                                                                          \
    STORER(name)                                                                                                       \
    {                                                                                                                  \
        T converted = {0};                                                                                             \
        if (value->kind != KN_KIND_NULL) {                                                                             \
            if (value->kind != (KIND))                                                                                 \
                return refuse_kind(column, value, error);                                                              \
            kn_status status = convert;                                                                                \
            if (status != KN_OK)                                                                                       \
                return status;                                                                                         \
        }                                                                                                              \
        *(T *)kn__member_in(column, object) = converted;                                                               \
        return KN_OK;                                                                                                  \
    }
typedef const char *borrowed_cstr;
typedef const kn_any *borrowed_any;

static kn_status to_any(const kn_column *column, const kn_value *value, kn_arena *arena, borrowed_any *out,
                        kn_error *error)
{
    if (!arena)
        return kn__member_refuse(column, KN_INVALID, error, "a PickleType needs an arena to be read into");
    return kn_pickle_read(value->as.bytes, NULL, arena, out, error);
}

STORE_POINTER(cstr, borrowed_cstr, KN_KIND_TEXT, to_cstr(column, value, arena, &converted, error))
STORE_POINTER(text, kn_text, KN_KIND_TEXT, to_text(column, value, arena, &converted, error))
STORE_POINTER(bytes, kn_bytes, KN_KIND_BYTES, to_bytes(column, value, arena, &converted, error))
STORE_POINTER(any, borrowed_any, KN_KIND_BYTES, to_any(column, value, arena, &converted, error))

STORER(chars)
{
    (void)arena;
    if (value->kind != KN_KIND_TEXT)
        return refuse_kind(column, value, error);
    kn_text text = {0};
    kn_status status = to_text(column, value, NULL, &text, error);
    if (status != KN_OK)
        return status;
    if (memchr(text.data, '\0', text.size))
        return kn__member_refuse(column, KN_ENCODING, error, "the text holds U+0000, which would end it");
    if (text.size >= column->member_size)
        return kn__member_refuse(column, KN_TOO_LONG, error, "the stored text does not fit its char array");
    char *member = kn__member_in(column, object);
    memcpy(member, text.data, text.size);
    memset(member + text.size, 0, column->member_size - text.size);
    return KN_OK;
}

STORER(struct)
{
    if (value->kind != KN_KIND_BYTES)
        return refuse_kind(column, value, error);
    if (!arena)
        return kn__member_refuse(column, KN_INVALID, error, "a PickleType needs an arena to be read into");
    return column->type.codec->read(value->as.bytes, arena, kn__member_in(column, object), error);
}

kn__store_fn *const kn__storers[KN_C_END_] = {
#define KN_X(number, suffix, T) [number] = store_##suffix,
    KN__CTYPE_MAP(KN_X)
#undef KN_X
        [KN_C_NONE] = store_refused,
    [KN_C_CHARS] = store_chars,
    [KN_C_STRUCT] = store_struct,
};
