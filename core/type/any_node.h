/* SPDX-License-Identifier: MIT */
/* How a kn_any lies in memory, for the files that build and walk them.
 *
 * Every node knows its height, so that a walk may recurse, and all but the small ones carry a keyed digest of what
 * they are equal to, made once from the digests of their children. Shared children make a tree of n nodes stand for
 * 2^n values: with digests, telling two of them apart and finding repeated keys never walks that tree. */
#ifndef KOINE_CORE_TYPE_ANY_NODE_H
#define KOINE_CORE_TYPE_ANY_NODE_H

#include <koine/any.h>

#include "type/decimal_wide.h"
#include "type/digest.h"

/* Nesting of containers that any walk may meet; a scalar has height 0, an empty list 1. The pickle reader builds two
 * levels more around a set of an old protocol, which never leave it. */
#define KN__ANY_HEIGHT_MAX 1000
#define KN__ANY_HEIGHT_ROOM 2

enum {
    KN__ANY_TRUE = 1,       /* BOOL */
    KN__ANY_FOLD = 2,       /* TIME, DATETIME: the second of two equal readings; kept, not compared, as in Python */
    KN__ANY_UNHASHABLE = 4, /* is or holds a list, dict or set: no key, no item of a set */
};

struct kn_any {
    uint8_t kind; /* kn_any_kind */
    uint8_t flags;
    uint16_t height;
    uint32_t zero_;
    union {
        int64_t i; /* INT, and the member of DATE (days), TIME, DATETIME, TIMEDELTA (us) */
        double d;
        size_t size;  /* STR, BYTES, BIGINT: bytes */
        size_t count; /* items, pairs of a dict */
    } as;
};

/* STR, BYTES, BIGINT */
typedef struct kn__any_text {
    kn_any head;
    kn__digest digest;
    char data[]; /* and a NUL */
} kn__any_text;

typedef struct kn__any_decimal {
    kn_any head;
    kn__digest digest;
    kn_decimal value;
} kn__any_decimal;

/* LIST, TUPLE, DICT, SET, FROZENSET */
typedef struct kn__any_items {
    kn_any head;
    kn__digest digest;
    const uint32_t *order; /* dicts and sets: the items or pairs sorted by the digest of the item or key */
    const kn_any *item[];  /* key, value, key, value... in a dict */
} kn__any_items;

static inline const kn__any_text *kn__any_as_text(const kn_any *any)
{
    return (const kn__any_text *)(const void *)any;
}
static inline const kn__any_decimal *kn__any_as_decimal(const kn_any *any)
{
    return (const kn__any_decimal *)(const void *)any;
}
static inline const kn__any_items *kn__any_as_items(const kn_any *any)
{
    return (const kn__any_items *)(const void *)any;
}
static inline bool kn__any_is_container(const kn_any *any)
{
    return any->kind >= KN_ANY_LIST && any->kind <= KN_ANY_FROZENSET;
}

/* The digest of what `any` is equal to: equal values have equal ones. */
kn__digest kn__any_digest(const kn_any *any, const kn__digest_key *key);

/* The parts of it: a STR or BYTES with this content; any number. */
kn__digest kn__any_text_digest(kn_any_kind kind, kn_text text, const kn__digest_key *key);
kn__digest kn__any_number_digest(const kn_any *any, const kn__digest_key *key);

/* A STR or BYTES of `size` bytes, for the caller to fill before it is closed; NULL when memory is out. */
kn__any_text *kn__any_open_text(kn_any_kind kind, kn_arena *arena, size_t size);
const kn_any *kn__any_close_text(kn__any_text *any);

/* The makers of containers with the reason: KN_NOMEM, KN_LIMIT (2^32 items), KN_NULL_VALUE (a NULL child),
 * KN_INVALID (not hashable), KN_EXISTS (repeated key or item). Scratch memory comes from the arena's allocator. */
kn_status kn__any_make_items(kn_any_kind kind, kn_arena *arena, const kn_any *const *items, size_t count,
                             const kn_any **out);

/* A number as equality sees it: a double when it is exactly one, else digits x 10^exponent without leading or trailing
 * zeros. Two numbers are equal when both are doubles and those are equal, or neither is and their digits, exponents
 * and signs are. */
typedef struct kn__any_number {
    bool is_double, negative;
    double d;
    const char *digits; /* of the BIGINT, the decimal or the room below */
    size_t size;
    int64_t exponent;
    char room[KN__DIGITS_ROOM];
} kn__any_number;

/* False when `any` is no number (BOOL is one). The result may point into itself: not to be copied. */
bool kn__any_number_of(const kn_any *any, kn__any_number *out);
bool kn__any_number_equal(const kn_any *a, const kn_any *b);

/* A decimal as Python's str() writes it, exponent kept: its parts one after the other are the text. */
#define KN__DECIMAL_ROOM (KN__DIGITS_ROOM + 16)
typedef struct kn__any_decimal_text {
    kn_text part[5];
    size_t count;
} kn__any_decimal_text;
kn__any_decimal_text kn__any_decimal_text_of(const kn_decimal *decimal, char room[KN__DECIMAL_ROOM]);

/* A TIMEDELTA as Python holds it: only the days are ever negative. */
typedef struct kn__any_span {
    int32_t days, seconds, microseconds;
    uint32_t zero_;
} kn__any_span;
kn__any_span kn__any_span_of(int64_t us);

/* A TIME or DATETIME with the fold bit; `us` is valid. NULL when memory is out. */
const kn_any *kn__any_make_folded(kn_any_kind kind, kn_arena *arena, int64_t us);

#endif
