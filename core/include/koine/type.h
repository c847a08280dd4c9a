/* SPDX-License-Identifier: MIT */
/* koine/type.h - the neutral column types: what a column may hold, the same on every backend. */
#ifndef KOINE_TYPE_H
#define KOINE_TYPE_H

#include <koine/any.h>
#include <koine/datetime.h>
#include <koine/decimal.h>
#include <koine/error.h>
#include <koine/memory.h>
#include <koine/value.h>

/* One line a type: enumerator, number (append-only, stored nowhere), name in Koine script, canonical kind of its
 * values. */
#define KN_TYPE_MAP(X)                                                                                                 \
    X(SMALL_INTEGER, 1, "SmallInteger", INT)                                                                           \
    X(INTEGER, 2, "Integer", INT)                                                                                      \
    X(BIG_INTEGER, 3, "BigInteger", INT)                                                                               \
    X(BOOLEAN, 4, "Boolean", BOOL)                                                                                     \
    X(FLOAT, 5, "Float", FLOAT)                                                                                        \
    X(NUMERIC, 6, "Numeric", DECIMAL)                                                                                  \
    X(STRING, 7, "String", TEXT)                                                                                       \
    X(UNICODE, 8, "Unicode", TEXT)                                                                                     \
    X(TEXT, 9, "Text", TEXT)                                                                                           \
    X(UNICODE_TEXT, 10, "UnicodeText", TEXT)                                                                           \
    X(LARGE_BINARY, 11, "LargeBinary", BYTES)                                                                          \
    X(DATE, 12, "Date", DATE)                                                                                          \
    X(TIME, 13, "Time", TIME)                                                                                          \
    X(DATETIME, 14, "DateTime", DATETIME)                                                                              \
    X(DATETIME_TZ, 15, "DateTime(timezone)", INSTANT)                                                                  \
    X(INTERVAL, 16, "Interval", INTERVAL)                                                                              \
    X(ENUM, 17, "Enum", TEXT)                                                                                          \
    X(PICKLE, 18, "PickleType", BYTES)

KN_BEGIN_DECLS

typedef enum kn_type_id {
    KN_TYPE_NONE = 0,
#define KN_X(id, number, name, kind) KN_TYPE_##id = (number),
    KN_TYPE_MAP(KN_X)
#undef KN_X
        KN_TYPE_END_
} kn_type_id;

/* A label of an Enum: the text in the database, the constant in the program. */
typedef struct kn_label {
    const char *label; /* 1 to 63 bytes of UTF-8, no trailing space; NULL ends the list */
    int32_t value;
    uint32_t zero_;
} kn_label;

/* An Enum type. Declaration order is its order. Labels must differ under ASCII case folding, values must differ.
 * Two columns (of any tables) that name the same `name` must have the same labels. */
typedef struct kn_enum {
    size_t size_;
    const char *name; /* of the type in the database, where it has one */
    const kn_label *labels;
} kn_enum;

#ifndef __cplusplus
/* clang-format off */
#define KN_LABEL(constant, text) {.label = (text), .value = (constant)}
/* clang-format on */
#define KN_LABELS(...) ((const kn_label[]){__VA_ARGS__, {.label = NULL}})
/* static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud")); */
/* clang-format off */
#define KN_ENUM_TYPE(n, ...) {.size_ = sizeof(kn_enum), .name = (n), .labels = KN_LABELS(__VA_ARGS__)}
/* clang-format on */
#endif

/* A program's own encoding of a struct in a PickleType column, instead of kn_any: the member is the struct itself.
 * Both calls may use `arena`; what they leave in `out` must live as long as it. Any kn_status but OK refuses the
 * value. */
typedef struct kn_codec {
    size_t size_;
    const char *name;
    size_t object_size; /* sizeof the member */
    kn_status (*write)(const void *object, kn_arena *arena, kn_bytes *out, kn_error *error);
    kn_status (*read)(kn_bytes bytes, kn_arena *arena, void *object, kn_error *error);
} kn_codec;

/* A column type: fixed for ever, it has its own reserve. Made by the KN_* type words below. */
typedef struct kn_type {
    uint16_t id;        /* kn_type_id */
    uint16_t precision; /* Numeric: digits in all, 1 to 16383; Float: bits, 1 to 53 */
    uint16_t scale;     /* Numeric: digits after the point, at most precision */
    uint16_t zero_;
    uint64_t length;       /* String, Unicode: code points; LargeBinary: bytes; 0 = unbounded (LargeBinary only) */
    const kn_enum *labels; /* Enum */
    const kn_codec *codec; /* PickleType with a codec */
    const void *reserved_[2];
} kn_type;

/* The words. They are not macros themselves: KN_COLUMN(User, name, KN_STRING(64)) pastes them to one of two families,
 * the initialiser of the kn_type and the mask of C members that can hold it.
 *   KN_SMALL_INTEGER KN_INTEGER KN_BIG_INTEGER KN_BOOLEAN KN_FLOAT KN_FLOAT_OF(bits) KN_NUMERIC(precision, scale)
 *   KN_STRING(n) KN_UNICODE(n) KN_TEXT KN_UNICODE_TEXT KN_LARGE_BINARY KN_LARGE_BINARY_OF(bytes)
 *   KN_DATE KN_TIME KN_DATETIME KN_DATETIME_TZ KN_INTERVAL KN_ENUM(e) KN_PICKLE KN_PICKLE_OF(codec) */
#define KN_INIT_KN_SMALL_INTEGER .id = KN_TYPE_SMALL_INTEGER
#define KN_INIT_KN_INTEGER .id = KN_TYPE_INTEGER
#define KN_INIT_KN_BIG_INTEGER .id = KN_TYPE_BIG_INTEGER
#define KN_INIT_KN_BOOLEAN .id = KN_TYPE_BOOLEAN
#define KN_INIT_KN_FLOAT .id = KN_TYPE_FLOAT, .precision = 53
#define KN_INIT_KN_FLOAT_OF(p) .id = KN_TYPE_FLOAT, .precision = (p)
#define KN_INIT_KN_NUMERIC(p, s) .id = KN_TYPE_NUMERIC, .precision = (p), .scale = (s)
#define KN_INIT_KN_STRING(n) .id = KN_TYPE_STRING, .length = (n)
#define KN_INIT_KN_UNICODE(n) .id = KN_TYPE_UNICODE, .length = (n)
#define KN_INIT_KN_TEXT .id = KN_TYPE_TEXT
#define KN_INIT_KN_UNICODE_TEXT .id = KN_TYPE_UNICODE_TEXT
#define KN_INIT_KN_LARGE_BINARY .id = KN_TYPE_LARGE_BINARY
#define KN_INIT_KN_LARGE_BINARY_OF(n) .id = KN_TYPE_LARGE_BINARY, .length = (n)
#define KN_INIT_KN_DATE .id = KN_TYPE_DATE
#define KN_INIT_KN_TIME .id = KN_TYPE_TIME
#define KN_INIT_KN_DATETIME .id = KN_TYPE_DATETIME
#define KN_INIT_KN_DATETIME_TZ .id = KN_TYPE_DATETIME_TZ
#define KN_INIT_KN_INTERVAL .id = KN_TYPE_INTERVAL
#define KN_INIT_KN_ENUM(e) .id = KN_TYPE_ENUM, .labels = &(e)
#define KN_INIT_KN_PICKLE .id = KN_TYPE_PICKLE
#define KN_INIT_KN_PICKLE_OF(c) .id = KN_TYPE_PICKLE, .codec = &(c)
#ifndef __cplusplus
/* A kn_type value, for calls: KN_TYPE(KN_NUMERIC(12, 2)). */
#define KN_TYPE(T) ((kn_type){KN_INIT_##T})
#endif

/* "Numeric"; "?" for no type. Static. */
KN_API const char *kn_type_name(kn_type_id id);

/* The canonical kind of the type's values: what a kn_value of this type is above the driver. KN_KIND_UNSET for no
 * type. */
KN_API kn_kind kn_type_kind(kn_type_id id);

/* "Numeric(12, 2)", as Koine script writes it, NUL-ended, at most `size` bytes. An Enum lists its labels and names
 * itself: "Enum('calm', 'loud') NAME mood". KN_TOO_LONG when it does not fit, KN_INVALID when kn_type_check refuses the
 * type; `out` is then not to be used. */
KN_API kn_status kn_type_print(const kn_type *type, char *out, size_t size, kn_error *error);

/* Is the declaration itself sound: precision 1 to KN_DECIMAL_DIGITS_MAX (Float: 53) and scale at most precision, length
 * of String and Unicode 1 to 10485760 (the longest that every backend can declare; longer text is Text), of LargeBinary
 * at most 4294967295, labels well formed, no parameter that the type does not have? KN_INVALID says what is not. */
KN_API kn_status kn_type_check(const kn_type *type, kn_error *error);

/* Same neutral type and parameters (enums: same name, labels and values). A codec is the program's view, not part of
 * the column: it is not compared. */
KN_API bool kn_type_equal(const kn_type *a, const kn_type *b);

/* Brings `value` into the type's domain, or refuses it; never rounds, never cuts. On KN_OK *value has the canonical
 * kind (or is NULL) and is in the type's domain. Accepted besides the canonical kind: TEXT with SIZE_MAX (measured);
 * INT for Boolean only when 0 or 1, for Numeric, for Float when exact; INT for Enum (its constant, becomes the label);
 * ANY for PickleType (encoded into `arena`, which then must not be NULL). -0.0 becomes 0.0; a decimal zero loses its
 * sign and takes the type's scale. Nothing but a pickle is allocated, text and bytes stay where they are.
 * KN_TYPE_MISMATCH, KN_OUT_OF_RANGE, KN_TOO_LONG, KN_ENCODING, KN_INEXACT, KN_INVALID (UNSET, a NULL pointer, no such
 * type), KN_NOMEM, and what kn_pickle_write returns. After a failure *value is not to be used. */
KN_API kn_status kn_value_check(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error);

/* Equality of two values of one type as the database sees it: decimals numerically, text bytewise, -0.0 equals 0.0; two
 * NULLs are equal here. */
KN_API bool kn_value_equal(const kn_value *a, const kn_value *b);

/* A value as a person reads it: numbers plain (a decimal longer than 256 bytes with an exponent), text in quotes with
 * control bytes escaped, bytes as x'..', dates ISO, NULL. Cut to `size` with "..." at a character border; NUL-ended;
 * returns the bytes written. Not a literal of any SQL. */
KN_API size_t kn_value_print(const kn_value *value, char *out, size_t size);

/* Number of code points, or SIZE_MAX when not valid UTF-8 (RFC 3629: shortest forms, no surrogates, at most U+10FFFF).
 * U+0000 counts as one here. */
KN_API size_t kn_utf8_length(kn_text text);

/* The label of a constant, NULL when unlisted; the constant of a label (false when unlisted; exact bytes). */
KN_API const char *kn_enum_label(const kn_enum *e, int32_t value);
KN_API bool kn_enum_value(const kn_enum *e, kn_text label, int32_t *out);

KN_END_DECLS
#endif
