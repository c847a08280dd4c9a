/* SPDX-License-Identifier: MIT */
/* koine/any.h - trees of plain values (what a PickleType column holds) and the pickle codec.
 *
 * A kn_any is immutable once made and lives in the arena it was made in; children are shared, never copied. The closed
 * set of values is the one Python's pickle of plain data can hold; nothing else is ever built, no name is ever
 * imported.
 *
 * Sharing makes n nodes stand for up to 2^n values. Nothing here takes more than the n for it: each container holds its
 * depth and a 128-bit digest, keyed at random for this process, of what it is equal to, made when it is made. Unequal
 * containers are told apart by their digests, repeated keys are found by sorting them. */
#ifndef KOINE_ANY_H
#define KOINE_ANY_H

#include <koine/error.h>
#include <koine/memory.h>
#include <koine/value.h>

KN_BEGIN_DECLS

typedef enum kn_any_kind {
    KN_ANY_NONE = 0,
    KN_ANY_BOOL = 1,
    KN_ANY_INT = 2,    /* fits int64_t */
    KN_ANY_BIGINT = 3, /* does not: exact, as decimal text */
    KN_ANY_FLOAT = 4,  /* any double, NaN and infinities included: Python has them */
    KN_ANY_STR = 5,    /* valid UTF-8 (U+0000 allowed); lone surrogates are refused */
    KN_ANY_BYTES = 6,
    KN_ANY_LIST = 7,
    KN_ANY_TUPLE = 8,
    /* pairs in insertion order; keys hashable and distinct as Python sees them (1, 1.0 and True are one) */
    KN_ANY_DICT = 9,
    KN_ANY_SET = 10,
    KN_ANY_FROZENSET = 11,
    KN_ANY_DATE = 12,
    KN_ANY_TIME = 13,     /* naive; a fold bit that was read is kept and written, and not compared, as in Python */
    KN_ANY_DATETIME = 14, /* the same */
    KN_ANY_TIMEDELTA = 15,
    KN_ANY_DECIMAL = 16 /* finite decimals only */
} kn_any_kind;

KN_API kn_any_kind kn_any_kind_of(const kn_any *any);

/* Makers. All copy what they are given (text, bytes, digits) but share children. NULL when memory is out, when a child
 * is NULL, or when the value is not allowed (text not UTF-8, date out of range, unhashable or repeated key, more than
 * 1000 containers in each other, 2^32 items). */
KN_API const kn_any *kn_any_none(void);   /* static */
KN_API const kn_any *kn_any_bool(bool b); /* static */
KN_API const kn_any *kn_any_int(kn_arena *arena, int64_t i);
KN_API const kn_any *kn_any_bigint(kn_arena *arena, kn_text decimal_digits); /* [-]digits; becomes INT when it fits */
KN_API const kn_any *kn_any_float(kn_arena *arena, double d);
KN_API const kn_any *kn_any_str(kn_arena *arena, kn_text text);
KN_API const kn_any *kn_any_bytes(kn_arena *arena, kn_bytes bytes);
KN_API const kn_any *kn_any_list(kn_arena *arena, const kn_any *const *items, size_t count);
KN_API const kn_any *kn_any_tuple(kn_arena *arena, const kn_any *const *items, size_t count);
KN_API const kn_any *kn_any_set(kn_arena *arena, const kn_any *const *items, size_t count);
KN_API const kn_any *kn_any_frozenset(kn_arena *arena, const kn_any *const *items, size_t count);
/* k, v, k, v... */
KN_API const kn_any *kn_any_dict(kn_arena *arena, const kn_any *const *keys_and_values, size_t pairs);
KN_API const kn_any *kn_any_date(kn_arena *arena, kn_date date);
KN_API const kn_any *kn_any_time(kn_arena *arena, kn_time time);
KN_API const kn_any *kn_any_datetime(kn_arena *arena, kn_datetime datetime);
KN_API const kn_any *kn_any_timedelta(kn_arena *arena, kn_interval interval);
KN_API const kn_any *kn_any_decimal(kn_arena *arena, kn_decimal decimal);

/* Readers: false (and *out untouched) when the value is of another kind. Results are borrowed. */
KN_API bool kn_any_get_bool(const kn_any *any, bool *out);
KN_API bool kn_any_get_int(const kn_any *any, int64_t *out);
KN_API bool kn_any_get_bigint(const kn_any *any, kn_text *out); /* BIGINT only */
KN_API bool kn_any_get_float(const kn_any *any, double *out);
KN_API bool kn_any_get_str(const kn_any *any, kn_text *out);
KN_API bool kn_any_get_bytes(const kn_any *any, kn_bytes *out);
KN_API bool kn_any_get_date(const kn_any *any, kn_date *out);
KN_API bool kn_any_get_time(const kn_any *any, kn_time *out);
KN_API bool kn_any_get_datetime(const kn_any *any, kn_datetime *out);
KN_API bool kn_any_get_timedelta(const kn_any *any, kn_interval *out);
KN_API bool kn_any_get_decimal(const kn_any *any, kn_decimal *out);

/* Items of a list, tuple, set or frozenset; pairs of a dict. 0 for other kinds. */
KN_API size_t kn_any_count(const kn_any *any);
/* NULL past the end. */
KN_API const kn_any *kn_any_item(const kn_any *any, size_t index);
KN_API const kn_any *kn_any_key(const kn_any *dict, size_t index);
KN_API const kn_any *kn_any_value_at(const kn_any *dict, size_t index);
/* The value under a text key, NULL when there is none. */
KN_API const kn_any *kn_any_find(const kn_any *dict, const char *key);

/* As Python's ==: 1 == 1.0 == True, list and tuple differ, order matters in lists and not in sets and dicts; NaN equals
 * NaN here (a stored value compares equal to itself). Equal digests are confirmed value by value until 2^24 values were
 * looked at; past that, which takes shared children, they are trusted. */
KN_API bool kn_any_equal(const kn_any *a, const kn_any *b);

/* Python-like text, for logs: "{'a': [1, 2.5, None]}". Writes at most `size` bytes with the ending NUL, ends in "..."
 * when it did not fit; returns the bytes written without the NUL. */
KN_API size_t kn_any_print(const kn_any *any, char *out, size_t size);

/* Bounds of the pickle codec; zero members take the default. `size_` is sizeof(kn_pickle_limits). */
typedef struct kn_pickle_limits {
    size_t size_;
    uint32_t depth; /* containers in each other, a scalar has 0; default 200, at most 1000 */
    uint32_t memo;  /* memo entries; default 1000000 */
    size_t bytes;   /* of the pickle; default 64 MiB */
    size_t memory;  /* of what is built, and what reading it takes meanwhile; default 256 MiB */
} kn_pickle_limits;
KN_NO_TAIL_PADDING(kn_pickle_limits, memory, size_t);

/* Reads one pickle, protocols 0 to 5 as CPython 3 writes them, whole (bytes after STOP are an error). Names are looked
 * up in a closed table: datetime.{date,time,datetime,timedelta}, decimal.Decimal,
 * {builtins,__builtin__}.{set,frozenset,bytes,bytearray}, _codecs.encode with latin1. bytearray reads as BYTES; what
 * was shared is shared again. `limits` may be NULL; on failure `arena` keeps what was taken from it until it is reset.
 * KN_UNSUPPORTED names the refused opcode or name; it is also an aware date or time, a value that contains itself or
 * changes after something used it, two equal keys (two NaN are), Python 2's str. KN_OUT_OF_RANGE is a date that does
 * not exist, a timedelta outside of kn_interval, a Decimal that is not finite; KN_ENCODING a str with lone surrogates;
 * KN_MALFORMED the rest of what CPython would not load; KN_LIMIT; KN_NOMEM. error->position is the byte.
 *
 * Time follows the bytes and what is built from them. Only an int goes with the square of its digits, from binary to
 * decimal: at most 10^9 steps a pickle, which one of 400000 digits takes, else KN_LIMIT. */
KN_API kn_status kn_pickle_read(kn_bytes pickle, const kn_pickle_limits *limits, kn_arena *arena, const kn_any **out,
                                kn_error *error);

/* Writes protocol 4 into `arena`, memoised and framed byte for byte as CPython does it (but ints past 64 bits are
 * memoised too), so that what is shared is written once. KN_LIMIT past depth, bytes, or the work of ints; past `memo`
 * entries it memoises no more. */
KN_API kn_status kn_pickle_write(const kn_any *any, const kn_pickle_limits *limits, kn_arena *arena, kn_bytes *out,
                                 kn_error *error);

KN_END_DECLS
#endif
