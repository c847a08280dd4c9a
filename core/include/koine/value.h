/* SPDX-License-Identifier: MIT */
/* koine/value.h - the C value types of the seventeen column types, their nullable twins, and the tagged value.
 *
 * All of these are plain structs passed by value; they never grow (they carry reserve). Zeroed memory is a valid value
 * of each. */
#ifndef KOINE_VALUE_H
#define KOINE_VALUE_H

#include <koine/base.h>

KN_BEGIN_DECLS

/* Days since 1970-01-01 in the proleptic Gregorian calendar (ISO 8601). Valid: 0001-01-01 (-719162) to 9999-12-31
 * (2932896). */
typedef struct kn_date {
    int32_t days;
} kn_date;

/* Microseconds since midnight, 0 to 86399999999 (no leap second, no 24:00). */
typedef struct kn_time {
    int64_t us;
} kn_time;

/* A wall clock reading without a zone: microseconds since 1970-01-01 00:00 of that same clock. Years 1 to 9999. */
typedef struct kn_datetime {
    int64_t us;
} kn_datetime;

/* A point in time: microseconds since 1970-01-01T00:00:00Z (POSIX, leap seconds not counted). Years 1 to 9999 in
 * UTC. */
typedef struct kn_instant {
    int64_t us;
} kn_instant;

/* A span of time in microseconds; 1970-01-01 plus it must stay in years 1 to 9999. */
typedef struct kn_interval {
    int64_t us;
} kn_interval;

/* An exact decimal: (-1)^sign x coefficient x 10^exponent. Finite always.
 * form 0: the coefficient is the 128-bit integer u.word[1]:u.word[0], up to KN_DECIMAL_INLINE digits; no pointer, copy
 *         freely.
 * form 1: the coefficient is the n ASCII digits at u.digits (no sign, no leading zero), borrowed from an arena or the
 *         caller.
 * All zero bytes = 0. Compare with kn_decimal_compare: 1.0 and 1.00 are equal but not the same bytes. */
#define KN_DECIMAL_INLINE 38
#define KN_DECIMAL_DIGITS_MAX 16383
typedef struct kn_decimal {
    union {
        uint64_t word[2];
        const char *digits;
    } u;
    int32_t exponent;
    uint16_t n; /* form 1: number of digits */
    uint8_t form;
    uint8_t sign; /* 1 = negative */
} kn_decimal;

/* A tree of plain values, as PickleType holds: koine/any.h. */
typedef struct kn_any kn_any;

/* Nullable twins. Zeroed memory is UNSET. On insert UNSET takes the column's default and NULL writes NULL; on update
 * UNSET leaves the column alone. What is read from a row is always NULL or SET. */
/* clang-format off */
typedef enum kn_state { KN_UNSET = 0, KN_NULL = 1, KN_SET = 2 } kn_state;

typedef struct kn_opt_bool { bool value; uint8_t zero_[3]; kn_state state; } kn_opt_bool;
typedef struct kn_opt_int16 { int16_t value; uint16_t zero_; kn_state state; } kn_opt_int16;
typedef struct kn_opt_int32 { int32_t value; kn_state state; } kn_opt_int32;
typedef struct kn_opt_int64 { int64_t value; kn_state state; uint32_t zero_; } kn_opt_int64;
typedef struct kn_opt_float { float value; kn_state state; } kn_opt_float;
typedef struct kn_opt_double { double value; kn_state state; uint32_t zero_; } kn_opt_double;
typedef struct kn_opt_enum { int32_t value; kn_state state; } kn_opt_enum;
typedef struct kn_opt_decimal { kn_decimal value; kn_state state; uint32_t zero_; } kn_opt_decimal;
typedef struct kn_opt_date { kn_date value; kn_state state; } kn_opt_date;
typedef struct kn_opt_time { kn_time value; kn_state state; uint32_t zero_; } kn_opt_time;
typedef struct kn_opt_datetime { kn_datetime value; kn_state state; uint32_t zero_; } kn_opt_datetime;
typedef struct kn_opt_instant { kn_instant value; kn_state state; uint32_t zero_; } kn_opt_instant;
typedef struct kn_opt_interval { kn_interval value; kn_state state; uint32_t zero_; } kn_opt_interval;
typedef struct kn_opt_text { kn_text value; kn_state state; uint32_t zero_; } kn_opt_text;
typedef struct kn_opt_bytes { kn_bytes value; kn_state state; uint32_t zero_; } kn_opt_bytes;

/* {.value = v, .state = KN_SET}, for initialisers of any twin: KN_SOME(3), KN_SOME({"ab", 2}),
 * KN_SOME(KN_DECIMAL(1250, -2)); KN_NOTHING is the NULL one. In an assignment the type stands before it:
 * user.role_id = (kn_opt_int64)KN_SOME(3). */
#define KN_SOME(...) {.value = __VA_ARGS__, .state = KN_SET}
#define KN_NOTHING {.state = KN_NULL}
/* clang-format on */

/* The tagged value: what parameters, cells and defaults are made of, from the program down to the driver.
 * Each neutral type has one canonical kind (kn_type_kind in type.h); a dialect may ask that a type travel to the driver
 * as another kind (its storage kind), with an encoder and a decoder between the two. Append-only. */
typedef enum kn_kind {
    KN_KIND_UNSET = 0, /* no value given: take the default */
    KN_KIND_NULL = 1,
    KN_KIND_BOOL = 2,      /* as.b */
    KN_KIND_INT = 3,       /* as.i */
    KN_KIND_FLOAT = 4,     /* as.d, finite */
    KN_KIND_DECIMAL = 5,   /* as.decimal */
    KN_KIND_TEXT = 6,      /* as.text; enum labels travel as text */
    KN_KIND_BYTES = 7,     /* as.bytes; pickles travel as bytes */
    KN_KIND_DATE = 8,      /* as.date */
    KN_KIND_TIME = 9,      /* as.time */
    KN_KIND_DATETIME = 10, /* as.datetime */
    KN_KIND_INSTANT = 11,  /* as.instant */
    KN_KIND_INTERVAL = 12, /* as.interval */
    KN_KIND_ANY = 13,      /* as.any: only above the pickle codec, a driver never sees it */
    KN_KIND_END_ = 14
} kn_kind;
#define KN_KIND_BIT(kind) (UINT32_C(1) << (kind))

/* Pointers inside are borrowed: a value given to a call lives at least until the call returns (or as that call
 * says). */
typedef struct kn_value {
    uint16_t kind; /* kn_kind */
    uint16_t zero_;
    uint32_t zero2_;
    union {
        bool b;
        int64_t i;
        double d;
        kn_text text; /* size == SIZE_MAX: NUL-ended, measured when used */
        kn_bytes bytes;
        kn_decimal decimal;
        kn_date date;
        kn_time time;
        kn_datetime datetime;
        kn_instant instant;
        kn_interval interval;
        const kn_any *any;
        uint64_t reserved_[4];
    } as;
} kn_value;
KN_NO_TAIL_PADDING(kn_value, as, uint64_t[4]);

/* "int", "text"...; "?" when it is none. Static. */
KN_API const char *kn_kind_name(kn_kind kind);

/* Makers, for arguments and tests. Text and bytes are borrowed. */
/* clang-format off */
static inline kn_value kn_null(void) { kn_value v = {KN_KIND_NULL, 0, 0, {0}}; return v; }
static inline kn_value kn_bool(bool b) { kn_value v = {KN_KIND_BOOL, 0, 0, {0}}; v.as.b = b; return v; }
static inline kn_value kn_int(int64_t i) { kn_value v = {KN_KIND_INT, 0, 0, {0}}; v.as.i = i; return v; }
static inline kn_value kn_float(double d) { kn_value v = {KN_KIND_FLOAT, 0, 0, {0}}; v.as.d = d; return v; }
static inline kn_value kn_decimal_value(kn_decimal d)
{ kn_value v = {KN_KIND_DECIMAL, 0, 0, {0}}; v.as.decimal = d; return v; }
static inline kn_value kn_date_value(kn_date d) { kn_value v = {KN_KIND_DATE, 0, 0, {0}}; v.as.date = d; return v; }
static inline kn_value kn_time_value(kn_time t) { kn_value v = {KN_KIND_TIME, 0, 0, {0}}; v.as.time = t; return v; }
static inline kn_value kn_datetime_value(kn_datetime t)
{ kn_value v = {KN_KIND_DATETIME, 0, 0, {0}}; v.as.datetime = t; return v; }
static inline kn_value kn_instant_value(kn_instant t)
{ kn_value v = {KN_KIND_INSTANT, 0, 0, {0}}; v.as.instant = t; return v; }
static inline kn_value kn_interval_value(kn_interval t)
{ kn_value v = {KN_KIND_INTERVAL, 0, 0, {0}}; v.as.interval = t; return v; }
static inline kn_value kn_any_value(const kn_any *a) { kn_value v = {KN_KIND_ANY, 0, 0, {0}}; v.as.any = a; return v; }
/* clang-format on */
static inline kn_value kn_textn(const char *data, size_t size)
{
    kn_value v = {KN_KIND_TEXT, 0, 0, {0}};
    v.as.text.data = data;
    v.as.text.size = size;
    return v;
}
/* NUL-ended; NULL gives the NULL value. */
/* clang-format off */
static inline kn_value kn_string(const char *s) { return s ? kn_textn(s, SIZE_MAX) : kn_null(); }
/* clang-format on */
static inline kn_value kn_blob(const void *data, size_t size)
{
    kn_value v = {KN_KIND_BYTES, 0, 0, {0}};
    v.as.bytes.data = data;
    v.as.bytes.size = size;
    return v;
}

KN_END_DECLS
#endif
