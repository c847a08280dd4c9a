/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS UINT64_C(0x0101010101010101)

static inline bool continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The second byte alone decides about overlong forms (E0, F0), surrogates (ED) and the end of the code space (F4). */
static inline size_t wide_sequence(const unsigned char *p, size_t left)
{
    unsigned char lead = p[0];
    if (lead < 0xE0)
        return lead >= 0xC2 && left >= 2 && continues(p[1]) ? 2 : 0;
    if (lead < 0xF0) {
        if (left < 3 || !continues(p[1]) || !continues(p[2]))
            return 0;
        return (lead == 0xE0 && p[1] < 0xA0) || (lead == 0xED && p[1] > 0x9F) ? 0 : 3;
    }
    if (lead > 0xF4 || left < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3]))
        return 0;
    return (lead == 0xF0 && p[1] < 0x90) || (lead == 0xF4 && p[1] > 0x8F) ? 0 : 4;
}

size_t kn__utf8_sequence(const char *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    return p[0] < 0x80 ? 1 : wide_sequence(p, size);
}

/* Has a high bit for bytes that are not ASCII, with `no_nul` also for 0: subtracting 1 from each byte sets a high bit
 * only by a borrow, so the first is right, and whether there is one. */
static inline uint64_t faults_of(uint64_t word, bool no_nul)
{
    return (no_nul ? word | (word - LOW_BITS) : word) & HIGH_BITS;
}

static inline bool plain(uint64_t word, bool no_nul)
{
    return faults_of(word, no_nul) == 0;
}

/* Bytes in front of the first fault, at least. */
static inline size_t before(uint64_t faults)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (size_t)__builtin_ctzll(faults) / 8 : 0;
}

static inline uint64_t load8(const unsigned char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* All of 1 to 7 bytes in one word, some of them twice, the rest spaces. */
static inline uint64_t load_short(const unsigned char *p, size_t size)
{
    if (size >= 4) {
        uint32_t first, last;
        memcpy(&first, p, 4);
        memcpy(&last, p + size - 4, 4);
        return first | (uint64_t)last << 32;
    }
    return UINT64_C(0x2020202020000000) | p[0] | (uint64_t)p[size / 2] << 8 | (uint64_t)p[size - 1] << 16;
}

/* Code points = bytes - continuation bytes, so that runs of ASCII need no counting. */
static inline size_t length(const unsigned char *p, size_t size, bool no_nul)
{
    const unsigned char *end = p + size;
    size_t continuations = 0;
    while (p < end) {
        uint64_t faults = end - p >= 8 ? faults_of(load8(p), no_nul) : 1;
        if (!faults) {
            p += 8;
            continue;
        }
        p += before(faults);
        if (*p < 0x80) {
            if (no_nul && *p == 0)
                return SIZE_MAX;
            p++;
        }
        while (p < end && *p >= 0x80) {
            size_t step = wide_sequence(p, (size_t)(end - p));
            if (step == 0)
                return SIZE_MAX;
            continuations += step - 1;
            p += step;
        }
    }
    return size - continuations;
}

/* The common case without a loop over single bytes: the last word overlaps the one before. */
static inline bool all_plain(const unsigned char *p, size_t size, bool no_nul)
{
    if (size < 8)
        return size == 0 || plain(load_short(p, size), no_nul);
    for (size_t at = 0; at + 8 < size; at += 8) {
        if (!plain(load8(p + at), no_nul))
            return false;
    }
    return plain(load8(p + size - 8), no_nul);
}

size_t kn__utf8_length(const char *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    return all_plain(p, size, false) ? size : length(p, size, false);
}

size_t kn__utf8_check(const char *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    return all_plain(p, size, true) ? size : length(p, size, true);
}

size_t kn__utf8_fault(const char *data, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t step = data[at] ? kn__utf8_sequence(data + at, size - at) : 0;
        if (step == 0)
            break;
        at += step;
    }
    return at;
}

size_t kn__utf8_cut(const char *data, size_t size, size_t max)
{
    if (size <= max)
        return size;
    size_t at = max;
    while (at > 0 && max - at < 4 && continues((unsigned char)data[at]))
        at--;
    return at;
}
