/* SPDX-License-Identifier: MIT */
/* The exactness suite: values go in on every way there is, the database is closed and opened again, and they come back
 * equal on every way there is; or they are refused before anything is sent.
 *
 * A box is a table of a key and one value. The harness moves plain kn_values in and out of its member by its C type,
 * with code of its own, so that what is compared has gone through the library's mapping twice. */
#ifndef KOINE_TESTS_EXACT_H
#define KOINE_TESTS_EXACT_H

#include <inttypes.h>

#include "support/database.h"

#define EXACT_BOX(S, table, member, T)                                                                                 \
    typedef struct S {                                                                                                 \
        int64_t id;                                                                                                    \
        member v;                                                                                                      \
    } S;                                                                                                               \
    KN_MODEL(S);                                                                                                       \
    KN_COLUMNS(S) = {                                                                                                  \
        KN_COLUMN(S, id, KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_NO),                                 \
        KN_COLUMN(S, v, T),                                                                                            \
    };                                                                                                                 \
    KN_DEFINE(S, table)

/* A value and what the library must say of it: KN_OK, or the refusal. */
typedef struct Exact_case {
    const char *name;
    kn_value value;
    kn_status status;
} Exact_case;

/* clang-format off */
#define EXACT_NULL {.kind = KN_KIND_NULL}
#define EXACT_INT(x) {.kind = KN_KIND_INT, .as = {.i = (x)}}
#define EXACT_BOOL(x) {.kind = KN_KIND_BOOL, .as = {.b = (x)}}
#define EXACT_FLOAT(x) {.kind = KN_KIND_FLOAT, .as = {.d = (x)}}
#define EXACT_TEXT(s) {.kind = KN_KIND_TEXT, .as = {.text = {(s), sizeof(s) - 1}}}
#define EXACT_BYTES(s) {.kind = KN_KIND_BYTES, .as = {.bytes = {(s), sizeof(s) - 1}}}
#define EXACT_DATE(x) {.kind = KN_KIND_DATE, .as = {.date = {(x)}}}
#define EXACT_TIME(x) {.kind = KN_KIND_TIME, .as = {.time = {(x)}}}
#define EXACT_DATETIME(x) {.kind = KN_KIND_DATETIME, .as = {.datetime = {(x)}}}
#define EXACT_INSTANT(x) {.kind = KN_KIND_INSTANT, .as = {.instant = {(x)}}}
#define EXACT_INTERVAL(x) {.kind = KN_KIND_INTERVAL, .as = {.interval = {(x)}}}
#define EXACT_DECIMAL(c, e) {.kind = KN_KIND_DECIMAL, .as = {.decimal = KN_DECIMAL(c, e)}}
/* clang-format on */

static inline const kn_column *exact_column(const kn_model *model)
{
    return kn_model_column(model, 1);
}

static inline void *exact_member(const kn_model *model, void *object)
{
    return (char *)object + exact_column(model)->offset;
}

static inline int64_t exact_id(const void *object)
{
    return *(const int64_t *)object;
}

/* members: the test's own mapping */

#define EXACT_PUT(T, v)                                                                                                \
    *(T *)member = (v);                                                                                                \
    return true
#define EXACT_PUT_OPT(O, T, field)                                                                                     \
    *(O *)member = value->kind == KN_KIND_NULL ? (O)KN_NOTHING : (O)KN_SOME((T)value->as.field);                       \
    return true
#define EXACT_PUT_OPT_STRUCT(O, field)                                                                                 \
    *(O *)member = value->kind == KN_KIND_NULL ? (O)KN_NOTHING : (O)KN_SOME(value->as.field);                          \
    return true

/* Does a C member of this type have room for the value at all? */
static inline bool exact_member_has_room(const kn_column *column, const kn_value *value)
{
    bool i32 = value->kind != KN_KIND_INT || (value->as.i >= INT32_MIN && value->as.i <= INT32_MAX);
    bool i16 = value->kind != KN_KIND_INT || (value->as.i >= INT16_MIN && value->as.i <= INT16_MAX);
    bool f32 = value->kind != KN_KIND_FLOAT || value->as.d != value->as.d || (double)(float)value->as.d == value->as.d;

    switch (column->ctype) {
    case KN_C_INT16:
    case KN_C_OPT_INT16:
        return i16;
    case KN_C_INT32:
    case KN_C_OPT_INT32:
        return i32;
    case KN_C_FLOAT:
    case KN_C_OPT_FLOAT:
        return f32;
    case KN_C_CSTR: /* a NUL inside would end it: that is another value */
        return value->kind == KN_KIND_NULL || !memchr(value->as.text.data, 0, value->as.text.size);
    case KN_C_CHARS:
        return value->kind == KN_KIND_TEXT && value->as.text.size < column->member_size &&
               !memchr(value->as.text.data, 0, value->as.text.size);
    default:
        return true;
    }
}

/* A plain scalar has no NULL. */
static inline bool exact_member_says_null(const kn_column *column)
{
    return column->ctype >= KN_C_OPT_BOOL || column->ctype == KN_C_CSTR || column->ctype == KN_C_TEXT ||
           column->ctype == KN_C_BYTES || column->ctype == KN_C_ANY;
}

static inline bool exact_put_plain(const kn_column *column, const kn_value *value, void *member)
{
    switch (column->ctype) {
    case KN_C_BOOL:
        EXACT_PUT(bool, value->as.b);
    case KN_C_INT16:
        EXACT_PUT(int16_t, (int16_t)value->as.i);
    case KN_C_INT32:
        EXACT_PUT(int32_t, (int32_t)value->as.i);
    case KN_C_INT64:
        EXACT_PUT(int64_t, value->as.i);
    case KN_C_FLOAT:
        EXACT_PUT(float, (float)value->as.d);
    case KN_C_DOUBLE:
        EXACT_PUT(double, value->as.d);
    case KN_C_DECIMAL:
        EXACT_PUT(kn_decimal, value->as.decimal);
    case KN_C_DATE:
        EXACT_PUT(kn_date, value->as.date);
    case KN_C_TIME:
        EXACT_PUT(kn_time, value->as.time);
    case KN_C_DATETIME:
        EXACT_PUT(kn_datetime, value->as.datetime);
    case KN_C_INSTANT:
        EXACT_PUT(kn_instant, value->as.instant);
    case KN_C_INTERVAL:
        EXACT_PUT(kn_interval, value->as.interval);
    default:
        return false;
    }
}

static inline bool exact_put_opt(const kn_column *column, const kn_value *value, void *member)
{
    switch (column->ctype) {
    case KN_C_OPT_BOOL:
        EXACT_PUT_OPT(kn_opt_bool, bool, b);
    case KN_C_OPT_INT16:
        EXACT_PUT_OPT(kn_opt_int16, int16_t, i);
    case KN_C_OPT_INT32:
        EXACT_PUT_OPT(kn_opt_int32, int32_t, i);
    case KN_C_OPT_INT64:
        EXACT_PUT_OPT(kn_opt_int64, int64_t, i);
    case KN_C_OPT_FLOAT:
        EXACT_PUT_OPT(kn_opt_float, float, d);
    case KN_C_OPT_DOUBLE:
        EXACT_PUT_OPT(kn_opt_double, double, d);
    case KN_C_OPT_DECIMAL:
        EXACT_PUT_OPT_STRUCT(kn_opt_decimal, decimal);
    case KN_C_OPT_DATE:
        EXACT_PUT_OPT_STRUCT(kn_opt_date, date);
    case KN_C_OPT_TIME:
        EXACT_PUT_OPT_STRUCT(kn_opt_time, time);
    case KN_C_OPT_DATETIME:
        EXACT_PUT_OPT_STRUCT(kn_opt_datetime, datetime);
    case KN_C_OPT_INSTANT:
        EXACT_PUT_OPT_STRUCT(kn_opt_instant, instant);
    case KN_C_OPT_INTERVAL:
        EXACT_PUT_OPT_STRUCT(kn_opt_interval, interval);
    case KN_C_OPT_TEXT:
        EXACT_PUT_OPT_STRUCT(kn_opt_text, text);
    case KN_C_OPT_BYTES:
        EXACT_PUT_OPT_STRUCT(kn_opt_bytes, bytes);
    default:
        return false;
    }
}

static inline kn_text exact_text_of(const kn_value *value)
{
    return value->kind == KN_KIND_NULL ? (kn_text){NULL, 0} : value->as.text;
}

/* The constant of a label, looked up here and not by the library. */
static inline bool exact_put_constant(const kn_column *column, const kn_value *value, void *member)
{
    for (const kn_label *label = column->type.labels->labels; value->kind == KN_KIND_TEXT && label->label; label++)
        if (strlen(label->label) == value->as.text.size &&
            !memcmp(label->label, value->as.text.data, value->as.text.size)) {
            if (column->ctype == KN_C_OPT_ENUM)
                *(kn_opt_enum *)member = (kn_opt_enum)KN_SOME(label->value);
            else
                *(int32_t *)member = label->value;
            return true;
        }
    if (column->ctype == KN_C_OPT_ENUM && value->kind == KN_KIND_NULL)
        *(kn_opt_enum *)member = (kn_opt_enum)KN_NOTHING;
    return column->ctype == KN_C_OPT_ENUM && value->kind == KN_KIND_NULL;
}

static inline bool exact_is_constant(const kn_column *column)
{
    return column->type.id == KN_TYPE_ENUM &&
           (column->ctype == KN_C_ENUM || column->ctype == KN_C_INT32 || column->ctype == KN_C_OPT_ENUM);
}

/* Text behind a pointer must be NUL-ended: `copies` owns such copies. */
static inline bool exact_put(const kn_model *model, const kn_value *value, void *object, kn_arena *copies)
{
    const kn_column *column = exact_column(model);
    void *member = exact_member(model, object);

    if (value->kind != KN_KIND_NULL && value->kind != kn_type_kind((kn_type_id)column->type.id))
        return false;
    if (exact_is_constant(column))
        return exact_put_constant(column, value, member);
    if (value->kind == KN_KIND_NULL && !exact_member_says_null(column))
        return false;
    if (!exact_member_has_room(column, value))
        return false;
    switch (column->ctype) {
    case KN_C_CSTR:
        *(const char **)member =
            value->kind == KN_KIND_NULL ? NULL : kn_arena_copy(copies, value->as.text.data, value->as.text.size);
        return true;
    case KN_C_CHARS:
        memset(member, 0, column->member_size);
        memcpy(member, value->as.text.data, value->as.text.size);
        return true;
    case KN_C_TEXT:
        *(kn_text *)member = exact_text_of(value);
        return true;
    case KN_C_BYTES:
        *(kn_bytes *)member = value->kind == KN_KIND_NULL ? (kn_bytes){NULL, 0} : value->as.bytes;
        return true;
    default:
        return exact_put_plain(column, value, member) || exact_put_opt(column, value, member);
    }
}

#define EXACT_TAKE(T, make) return make(*(const T *)member)
#define EXACT_TAKE_OPT(O, make)                                                                                        \
    do {                                                                                                               \
        const O *opt = (const O *)member;                                                                              \
        assert_true(opt->state == KN_NULL || opt->state == KN_SET); /* what is read is never unset */                  \
        return opt->state == KN_NULL ? kn_null() : make(opt->value);                                                   \
    } while (0)

static inline kn_value exact_text_value(kn_text text)
{
    return text.data ? kn_textn(text.data, text.size) : kn_null();
}

static inline kn_value exact_bytes_value(kn_bytes bytes)
{
    return bytes.data ? kn_blob(bytes.data, bytes.size) : kn_null();
}

static inline kn_value exact_cstr_value(const char *s)
{
    return s ? kn_textn(s, strlen(s)) : kn_null();
}

static inline kn_value exact_take_opt(const kn_column *column, const void *member)
{
    switch (column->ctype) {
    case KN_C_OPT_BOOL:
        EXACT_TAKE_OPT(kn_opt_bool, kn_bool);
    case KN_C_OPT_INT16:
        EXACT_TAKE_OPT(kn_opt_int16, kn_int);
    case KN_C_OPT_INT32:
        EXACT_TAKE_OPT(kn_opt_int32, kn_int);
    case KN_C_OPT_INT64:
        EXACT_TAKE_OPT(kn_opt_int64, kn_int);
    case KN_C_OPT_FLOAT:
        EXACT_TAKE_OPT(kn_opt_float, kn_float);
    case KN_C_OPT_DOUBLE:
        EXACT_TAKE_OPT(kn_opt_double, kn_float);
    case KN_C_OPT_DECIMAL:
        EXACT_TAKE_OPT(kn_opt_decimal, kn_decimal_value);
    case KN_C_OPT_DATE:
        EXACT_TAKE_OPT(kn_opt_date, kn_date_value);
    case KN_C_OPT_TIME:
        EXACT_TAKE_OPT(kn_opt_time, kn_time_value);
    case KN_C_OPT_DATETIME:
        EXACT_TAKE_OPT(kn_opt_datetime, kn_datetime_value);
    case KN_C_OPT_INSTANT:
        EXACT_TAKE_OPT(kn_opt_instant, kn_instant_value);
    case KN_C_OPT_INTERVAL:
        EXACT_TAKE_OPT(kn_opt_interval, kn_interval_value);
    case KN_C_OPT_TEXT:
        EXACT_TAKE_OPT(kn_opt_text, exact_text_value);
    case KN_C_OPT_BYTES:
        EXACT_TAKE_OPT(kn_opt_bytes, exact_bytes_value);
    default:
        fail_msg("a member of C type %u is not known to the exactness suite", column->ctype);
        return kn_null();
    }
}

static inline kn_value exact_take_constant(const kn_column *column, const void *member)
{
    const kn_opt_enum *opt = (const kn_opt_enum *)member;
    int32_t constant;

    if (column->ctype == KN_C_OPT_ENUM && opt->state == KN_NULL)
        return kn_null();
    constant = column->ctype == KN_C_OPT_ENUM ? opt->value : *(const int32_t *)member;
    for (const kn_label *label = column->type.labels->labels; label->label; label++)
        if (label->value == constant)
            return exact_cstr_value(label->label);
    fail_msg("the constant %d was read and has no label", (int)constant);
    return kn_null();
}

static inline kn_value exact_take(const kn_model *model, const void *object)
{
    const kn_column *column = exact_column(model);
    const void *member = (const char *)object + column->offset;

    if (exact_is_constant(column))
        return exact_take_constant(column, member);
    switch (column->ctype) {
    case KN_C_BOOL:
        EXACT_TAKE(bool, kn_bool);
    case KN_C_INT16:
        EXACT_TAKE(int16_t, kn_int);
    case KN_C_INT32:
        EXACT_TAKE(int32_t, kn_int);
    case KN_C_INT64:
        EXACT_TAKE(int64_t, kn_int);
    case KN_C_FLOAT:
        EXACT_TAKE(float, kn_float);
    case KN_C_DOUBLE:
        EXACT_TAKE(double, kn_float);
    case KN_C_DECIMAL:
        EXACT_TAKE(kn_decimal, kn_decimal_value);
    case KN_C_DATE:
        EXACT_TAKE(kn_date, kn_date_value);
    case KN_C_TIME:
        EXACT_TAKE(kn_time, kn_time_value);
    case KN_C_DATETIME:
        EXACT_TAKE(kn_datetime, kn_datetime_value);
    case KN_C_INSTANT:
        EXACT_TAKE(kn_instant, kn_instant_value);
    case KN_C_INTERVAL:
        EXACT_TAKE(kn_interval, kn_interval_value);
    case KN_C_TEXT:
        EXACT_TAKE(kn_text, exact_text_value);
    case KN_C_BYTES:
        EXACT_TAKE(kn_bytes, exact_bytes_value);
    case KN_C_CSTR:
        return exact_cstr_value(*(const char *const *)member);
    case KN_C_CHARS:
        return exact_cstr_value((const char *)member);
    default:
        return exact_take_opt(column, member);
    }
}

/* equality and order of values, as the types promise them */

static inline bool exact_same_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

/* Is `read` what a column of `type` must give for `written`? */
static inline bool exact_same(const kn_type *type, const kn_value *written, const kn_value *read)
{
    double plus_zero;

    if (written->kind != read->kind)
        return false;
    switch ((kn_kind)written->kind) {
    case KN_KIND_NULL:
        return true;
    case KN_KIND_BOOL:
        return written->as.b == read->as.b;
    case KN_KIND_FLOAT: /* bit by bit, but for the sign of zero */
        plus_zero = written->as.d == 0 ? 0.0 : written->as.d;
        return memcmp(&plus_zero, &read->as.d, sizeof(double)) == 0;
    case KN_KIND_DECIMAL:
        return kn_decimal_compare(written->as.decimal, read->as.decimal) == 0 &&
               read->as.decimal.exponent == -(int32_t)type->scale;
    case KN_KIND_TEXT:
        return exact_same_bytes(written->as.text.data, written->as.text.size, read->as.text.data, read->as.text.size);
    case KN_KIND_BYTES:
        return exact_same_bytes(written->as.bytes.data, written->as.bytes.size, read->as.bytes.data,
                                read->as.bytes.size);
    case KN_KIND_DATE:
        return written->as.date.days == read->as.date.days;
    case KN_KIND_INT:
    case KN_KIND_TIME:
    case KN_KIND_DATETIME:
    case KN_KIND_INSTANT:
    case KN_KIND_INTERVAL:
        return written->as.i == read->as.i; /* each is one int64_t */
    default:
        return false;
    }
}

static inline void exact_assert_same(const kn_type *type, const char *way, const char *name, const kn_value *written,
                                     const kn_value *read)
{
    char type_text[256], written_text[120], read_text[120];

    if (exact_same(type, written, read))
        return;
    kn_type_print(type, type_text, sizeof(type_text), NULL);
    kn_value_print(written, written_text, sizeof(written_text));
    kn_value_print(read, read_text, sizeof(read_text));
    fail_msg("%s, %s: '%s' was written as %s and read as %s", type_text, way, name, written_text, read_text);
}

#endif
