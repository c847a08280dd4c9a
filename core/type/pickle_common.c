/* SPDX-License-Identifier: MIT */
/* Limits, and integers of any size. */
#include <string.h>

#include "type/bignum.h"
#include "type/pickle.h"

#define DEPTH_DEFAULT 200
#define MEMO_DEFAULT 1000000
#define BYTES_DEFAULT ((size_t)64 * 1024 * 1024)
#define MEMORY_DEFAULT ((size_t)256 * 1024 * 1024)

kn_status kn__pickle_limits_of(const kn_pickle_limits *given, kn_pickle_limits *out, kn_error *error)
{
    kn_pickle_limits limits = {.size_ = sizeof limits};
    if (given) {
        if (given->size_ < sizeof given->size_)
            return kn_error_set(error, KN_INVALID, "kn_pickle_limits.size_ is not set to sizeof(kn_pickle_limits)");
        /* a program built with an older header knows fewer members */
        memcpy(&limits, given, given->size_ < sizeof limits ? given->size_ : sizeof limits);
    }
    if (limits.depth > KN__ANY_HEIGHT_MAX)
        return kn_error_set(error, KN_INVALID, "pickle limit: depth %u is over %d", (unsigned)limits.depth,
                            KN__ANY_HEIGHT_MAX);
    limits.depth = limits.depth ? limits.depth : DEPTH_DEFAULT;
    limits.memo = limits.memo ? limits.memo : MEMO_DEFAULT;
    limits.bytes = limits.bytes ? limits.bytes : BYTES_DEFAULT;
    limits.memory = limits.memory ? limits.memory : MEMORY_DEFAULT;
    *out = limits;
    return KN_OK;
}

bool kn__pickle_afford_int(uint64_t *work, size_t bytes)
{
    uint64_t limbs = bytes / 4 + 1;
    if (limbs > UINT32_MAX)
        return false;
    *work += limbs * limbs / 2 + 1;
    return *work <= KN__PICKLE_WORK_MAX;
}

static size_t limbs_of_bytes(size_t size)
{
    return size / 4 + 2;
}

size_t kn__pickle_int_room(size_t size)
{
    return limbs_of_bytes(size) * sizeof(uint32_t) + kn__bignum_digits_room(limbs_of_bytes(size)) + 1;
}

/* The magnitude: bytes are inverted and 1 is added when negative, which cannot carry out of them. */
static void load_limbs(kn__bignum *number, const unsigned char *bytes, size_t size, bool negative)
{
    uint32_t carry = negative;
    number->n = (size + 3) / 4;
    memset(number->limb, 0, number->n * sizeof *number->limb);
    for (size_t i = 0; i < size; i++) {
        uint32_t byte = (negative ? bytes[i] ^ 0xffu : bytes[i]) + carry;
        carry = byte >> 8;
        number->limb[i / 4] |= (byte & 0xff) << 8 * (i % 4);
    }
    while (number->n && !number->limb[number->n - 1])
        number->n--;
}

kn_text kn__pickle_int_read(const unsigned char *bytes, size_t size, void *room)
{
    kn__bignum number = {room, 0};
    size_t limb_bytes = limbs_of_bytes(size) * sizeof(uint32_t), text_size = kn__pickle_int_room(size) - limb_bytes;
    char *text = (char *)room + limb_bytes;
    bool negative = size && bytes[size - 1] & 0x80;
    load_limbs(&number, bytes, size, negative);
    size_t digits = kn__bignum_to_digits(&number, text, text_size);
    text += text_size - digits;
    if (negative) {
        *--text = '-';
        digits++;
    }
    return (kn_text){text, digits};
}

size_t kn__pickle_int_bytes(kn_text digits)
{
    return (kn__bignum_limbs_of_digits(digits.size) + 1) * sizeof(uint32_t);
}

/* In place, as each limb's bytes take its own room. */
static size_t store_limbs(const kn__bignum *number, unsigned char *bytes)
{
    size_t size = 4 * number->n;
    for (size_t i = 0; i < number->n; i++) {
        uint32_t limb = number->limb[i];
        for (size_t k = 0; k < 4; k++)
            bytes[4 * i + k] = (unsigned char)(limb >> 8 * k);
    }
    while (size && !bytes[size - 1])
        size--;
    if (!size || bytes[size - 1] & 0x80)
        bytes[size++] = 0;
    return size;
}

static size_t negate(unsigned char *bytes, size_t size)
{
    unsigned carry = 1;
    for (size_t i = 0; i < size; i++) {
        carry += bytes[i] ^ 0xffu;
        bytes[i] = (unsigned char)carry;
        carry >>= 8;
    }
    while (size > 1 && bytes[size - 1] == 0xff && bytes[size - 2] & 0x80)
        size--;
    return size;
}

size_t kn__pickle_int_write(kn_text digits, void *room)
{
    bool negative = digits.size && digits.data[0] == '-';
    kn__bignum number = {room, 0};
    kn__bignum_of_digits(&number, digits.data + negative, digits.size - negative);
    size_t size = store_limbs(&number, room);
    return negative ? negate(room, size) : size;
}

kn_status kn__pickle_make(kn_any_kind kind, kn_arena *arena, const kn_any *const *items, size_t count,
                          const kn_any **out, kn_error *error)
{
    kn_status status = kn__any_make_items(kind, arena, items, count, out);
    switch (status) {
    case KN_OK:
        return KN_OK;
    case KN_INVALID:
        return kn_error_set(error, KN_MALFORMED, "a list, dict or set as a key or as an item of a set");
    case KN_EXISTS:
        return kn_error_set(error, KN_UNSUPPORTED, "a dict or set with two keys that are equal");
    case KN_LIMIT:
        return kn_error_set(error, KN_LIMIT, "a value of %zu items", count);
    default:
        return kn_error_set(error, status, "no memory for the %zu items of a value", count);
    }
}
