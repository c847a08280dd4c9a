/* SPDX-License-Identifier: MIT */
#include "model/mapping_rules.h"

#include <string.h>

#define LOADER(name)                                                                                                   \
    static kn_status load_##name(const kn_column *column, const void *object, kn_arena *arena, kn_value *out,          \
                                 kn_error *error)

/* Only the head: the rest of the union is not read. */
static void set_kind(kn_value *out, kn_kind kind)
{
    out->kind = (uint16_t)kind;
    out->zero_ = 0;
    out->zero2_ = 0;
}

LOADER(refused)
{
    (void)object, (void)arena, (void)out;
    return kn__member_refuse(column, KN_INVALID, error, "has no struct member that can be read");
}

/* Not through bool: memory that nobody set may hold neither 0 nor 1. */
LOADER(boolean)
{
    (void)arena;
    unsigned char byte = *(const unsigned char *)kn__member_of(column, object);
    if (byte > 1)
        return kn__member_refuse(column, KN_OUT_OF_RANGE, error, "the bool member is neither true nor false");
    set_kind(out, KN_KIND_BOOL);
    out->as.b = byte;
    return KN_OK;
}

static kn_status label_of(const kn_column *column, int32_t constant, kn_value *out, kn_error *error)
{
    const char *label = kn_enum_label(column->type.labels, constant);
    if (!label)
        return kn__member_refuse(column, KN_OUT_OF_RANGE, error, "the constant has no label in the Enum");
    set_kind(out, KN_KIND_TEXT);
    out->as.text = kn_text_of(label);
    return KN_OK;
}

LOADER(enum)
{
    (void)arena;
    return label_of(column, *(const int32_t *)kn__member_of(column, object), out, error);
}

/* Also a C enum that the compiler made signed. */
LOADER(int32)
{
    if (column->type.id == KN_TYPE_ENUM)
        return load_enum(column, object, arena, out, error);
    set_kind(out, KN_KIND_INT);
    out->as.i = *(const int32_t *)kn__member_of(column, object);
    return KN_OK;
}

#define LOAD_PLAIN(name, T, KIND, field)                                                                               \
    LOADER(name)                                                                                                       \
    {                                                                                                                  \
        (void)arena, (void)error;                                                                                      \
        set_kind(out, KIND);                                                                                           \
        out->as.field = *(const T *)kn__member_of(column, object);                                                     \
        return KN_OK;                                                                                                  \
    }
LOAD_PLAIN(int16, int16_t, KN_KIND_INT, i)
LOAD_PLAIN(int64, int64_t, KN_KIND_INT, i)
LOAD_PLAIN(float, float, KN_KIND_FLOAT, d)
LOAD_PLAIN(double, double, KN_KIND_FLOAT, d)
LOAD_PLAIN(decimal, kn_decimal, KN_KIND_DECIMAL, decimal)
LOAD_PLAIN(date, kn_date, KN_KIND_DATE, date)
LOAD_PLAIN(time, kn_time, KN_KIND_TIME, time)
LOAD_PLAIN(datetime, kn_datetime, KN_KIND_DATETIME, datetime)
LOAD_PLAIN(instant, kn_instant, KN_KIND_INSTANT, instant)
LOAD_PLAIN(interval, kn_interval, KN_KIND_INTERVAL, interval)

LOADER(cstr)
{
    (void)arena, (void)error;
    const char *s = *(const char *const *)kn__member_of(column, object);
    set_kind(out, s ? KN_KIND_TEXT : KN_KIND_UNSET);
    out->as.text = kn_text_of(s);
    return KN_OK;
}

LOADER(chars)
{
    (void)arena;
    const char *s = kn__member_of(column, object);
    const char *end = memchr(s, '\0', column->member_size);
    if (!end)
        return kn__member_refuse(column, KN_INVALID, error, "the char array has no ending NUL");
    set_kind(out, KN_KIND_TEXT);
    out->as.text = (kn_text){s, (size_t)(end - s)};
    return KN_OK;
}

LOADER(text)
{
    (void)arena, (void)error;
    out->as.text = *(const kn_text *)kn__member_of(column, object);
    set_kind(out, out->as.text.data ? KN_KIND_TEXT : KN_KIND_UNSET);
    return KN_OK;
}

LOADER(bytes)
{
    (void)arena, (void)error;
    out->as.bytes = *(const kn_bytes *)kn__member_of(column, object);
    set_kind(out, out->as.bytes.data ? KN_KIND_BYTES : KN_KIND_UNSET);
    return KN_OK;
}

LOADER(any)
{
    const kn_any *any = *(const kn_any *const *)kn__member_of(column, object);
    set_kind(out, any ? KN_KIND_BYTES : KN_KIND_UNSET);
    if (!any)
        return KN_OK;
    if (!arena)
        return kn__member_refuse(column, KN_INVALID, error, "a PickleType needs an arena");
    return kn_pickle_write(any, NULL, arena, &out->as.bytes, error);
}

LOADER(struct)
{
    if (!arena)
        return kn__member_refuse(column, KN_INVALID, error, "a PickleType needs an arena");
    kn_bytes bytes = {0};
    kn_status status = column->type.codec->write(kn__member_of(column, object), arena, &bytes, error);
    if (status != KN_OK)
        return status;
    if (!bytes.data)
        return kn__member_refuse(column, KN_INVALID, error, "the codec wrote no bytes");
    set_kind(out, KN_KIND_BYTES);
    out->as.bytes = bytes;
    return KN_OK;
}

/* What a nullable twin without a value is. */
static kn_status load_state(const kn_column *column, unsigned state, kn_value *out, kn_error *error)
{
    if (state != KN_UNSET && state != KN_NULL)
        return kn__member_refuse(column, KN_INVALID, error, "the state is none of KN_UNSET, KN_NULL, KN_SET");
    set_kind(out, state == KN_NULL ? KN_KIND_NULL : KN_KIND_UNSET);
    return KN_OK;
}

#define LOAD_OPT(name, T, KIND, field)                                                                                 \
    LOADER(name)                                                                                                       \
    {                                                                                                                  \
        (void)arena;                                                                                                   \
        const T *member = kn__member_of(column, object);                                                               \
        if (member->state != KN_SET)                                                                                   \
            return load_state(column, (unsigned)member->state, out, error);                                            \
        set_kind(out, KIND);                                                                                           \
        out->as.field = member->value;                                                                                 \
        return KN_OK;                                                                                                  \
    }
LOAD_OPT(opt_int16, kn_opt_int16, KN_KIND_INT, i)
LOAD_OPT(opt_int32, kn_opt_int32, KN_KIND_INT, i)
LOAD_OPT(opt_int64, kn_opt_int64, KN_KIND_INT, i)
LOAD_OPT(opt_float, kn_opt_float, KN_KIND_FLOAT, d)
LOAD_OPT(opt_double, kn_opt_double, KN_KIND_FLOAT, d)
LOAD_OPT(opt_decimal, kn_opt_decimal, KN_KIND_DECIMAL, decimal)
LOAD_OPT(opt_date, kn_opt_date, KN_KIND_DATE, date)
LOAD_OPT(opt_time, kn_opt_time, KN_KIND_TIME, time)
LOAD_OPT(opt_datetime, kn_opt_datetime, KN_KIND_DATETIME, datetime)
LOAD_OPT(opt_instant, kn_opt_instant, KN_KIND_INSTANT, instant)
LOAD_OPT(opt_interval, kn_opt_interval, KN_KIND_INTERVAL, interval)

LOADER(opt_boolean)
{
    const kn_opt_bool *member = kn__member_of(column, object);
    if (member->state != KN_SET)
        return load_state(column, (unsigned)member->state, out, error);
    return load_boolean(column, object, arena, out, error); /* the value stands first */
}
_Static_assert(offsetof(kn_opt_bool, value) == 0 && offsetof(kn_opt_enum, value) == 0, "read as plain members");

LOADER(opt_enum)
{
    const kn_opt_enum *member = kn__member_of(column, object);
    if (member->state != KN_SET)
        return load_state(column, (unsigned)member->state, out, error);
    return load_enum(column, object, arena, out, error);
}

/* SET without data is a mistake, not NULL: the state says what is meant. */
LOADER(opt_text)
{
    (void)arena;
    const kn_opt_text *member = kn__member_of(column, object);
    if (member->state != KN_SET)
        return load_state(column, (unsigned)member->state, out, error);
    if (!member->value.data)
        return kn__member_refuse(column, KN_INVALID, error, "the text is set but has no data");
    set_kind(out, KN_KIND_TEXT);
    out->as.text = member->value;
    return KN_OK;
}

LOADER(opt_bytes)
{
    (void)arena;
    const kn_opt_bytes *member = kn__member_of(column, object);
    if (member->state != KN_SET)
        return load_state(column, (unsigned)member->state, out, error);
    if (!member->value.data)
        return kn__member_refuse(column, KN_INVALID, error, "the bytes are set but have no data");
    set_kind(out, KN_KIND_BYTES);
    out->as.bytes = member->value;
    return KN_OK;
}

kn__load_fn *const kn__loaders[KN_C_END_] = {
#define KN_X(number, suffix, T) [number] = load_##suffix,
    KN__CTYPE_MAP(KN_X)
#undef KN_X
        [KN_C_NONE] = load_refused,
    [KN_C_CHARS] = load_chars,
    [KN_C_STRUCT] = load_struct,
};
