/* SPDX-License-Identifier: MIT */
/* koine/plugin/plain.h - values that are in their type's domain at the first look, as most are. What is not plain may
 * be in it all the same: kn_value_check tells. */
#ifndef KOINE_PLUGIN_PLAIN_H
#define KOINE_PLUGIN_PLAIN_H

#include <koine/value.h>
#include <string.h>

KN_BEGIN_DECLS

/* Eight bytes; the result has a high bit set when one of them is not ASCII or is 0 (subtracting 1 from each byte sets
 * it by a borrow). */
static inline uint64_t kn_plain_faults(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word | (word - UINT64_C(0x0101010101010101));
}

/* Sixteen bytes, of which those that are not ASCII are less than 0. */
typedef int8_t kn_plain_block __attribute__((vector_size(16)));

static inline kn_plain_block kn_plain_load(const char *p)
{
    kn_plain_block block;

    memcpy(&block, p, sizeof block);
    return block;
}

static inline bool kn_plain_all(kn_plain_block good)
{
    uint64_t half[2];

    memcpy(half, &good, sizeof half);
    return (half[0] & half[1]) == UINT64_MAX;
}

/* 8 to 15 bytes: two words that overlap. */
static inline bool kn_plain_short(const char *data, size_t size)
{
    return ((kn_plain_faults(data) | kn_plain_faults(data + size - 8)) & UINT64_C(0x8080808080808080)) == 0;
}

/* ASCII without U+0000: nothing more need be looked at, and there are as many characters as bytes. The last bytes that
 * are looked at together overlap those before, so that no loop goes over single ones; text of fewer than 8 is never
 * told here. */
static inline bool kn_plain_text(const char *data, size_t size)
{
    const kn_plain_block zero = {0};
    kn_plain_block good;

    if (size < 16)
        return size >= 8 && kn_plain_short(data, size);
    good = kn_plain_load(data + size - 16) > zero;
    for (size_t at = 0; at + 16 < size; at += 16)
        good &= kn_plain_load(data + at) > zero;
    return kn_plain_all(good);
}

/* The same, and copies it on the way; what is in `out` after false does not count. They do not overlap. */
static inline bool kn_plain_text_copy(void *out, const char *data, size_t size)
{
    const kn_plain_block zero = {0};
    kn_plain_block block, good;

    if (size < 16) {
        if (size < 8)
            return false;
        memcpy(out, data, 8);
        memcpy((char *)out + size - 8, data + size - 8, 8);
        return kn_plain_short(data, size);
    }
    block = kn_plain_load(data + size - 16);
    good = block > zero;
    memcpy((char *)out + size - 16, &block, 16);
    for (size_t at = 0; at + 16 < size; at += 16) {
        block = kn_plain_load(data + at);
        good &= block > zero;
        memcpy((char *)out + at, &block, 16);
    }
    return kn_plain_all(good);
}

/* Of one word that is neither 0 nor as large as `below`, with this exponent. */
static inline bool kn_plain_decimal(const kn_decimal *d, int32_t exponent, uint64_t below)
{
    return !d->form && !d->u.word[1] && d->u.word[0] - 1 < below - 1 && d->exponent == exponent;
}

KN_END_DECLS
#endif
