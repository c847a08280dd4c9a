/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: shortest forms, no surrogates, at most U+10FFFF. */
#ifndef KOINE_CORE_BASE_UTF8_H
#define KOINE_CORE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KN__ASCII_HIGH UINT64_C(0x8080808080808080)
#define KN__ASCII_ONES UINT64_C(0x0101010101010101)

/* Eight bytes; the result has a high bit set when one of them is not ASCII or is 0 (subtracting 1 from each byte sets
 * it by a borrow). */
static inline uint64_t kn__ascii_faults(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word | (word - KN__ASCII_ONES);
}

/* ASCII without U+0000, as most text is: nothing more need be looked at, and there are as many characters as bytes. The
 * last eight bytes overlap those before, so that no loop goes over single bytes; shorter text is never told here. */
static inline bool kn__utf8_is_plain(const char *data, size_t size)
{
    if (size < 8)
        return false;
    uint64_t faults = kn__ascii_faults(data + size - 8);
    for (size_t at = 0; at + 8 < size; at += 8)
        faults |= kn__ascii_faults(data + at);
    return (faults & KN__ASCII_HIGH) == 0;
}

/* Number of code points, SIZE_MAX when not valid. U+0000 counts as one. `data` may be NULL when size is 0. */
size_t kn__utf8_length(const char *data, size_t size);

/* The same, but U+0000 is not valid either: what a text value must pass. */
size_t kn__utf8_check(const char *data, size_t size);

/* Bytes of the valid sequence that starts at data[0], 1 to 4; 0 when there is none. size > 0. */
size_t kn__utf8_sequence(const char *data, size_t size);

/* Offset of the first byte that kn__utf8_check refuses; `size` when it refuses none. For messages. */
size_t kn__utf8_fault(const char *data, size_t size);

/* The largest n <= max such that data[0..n) ends at a character border of valid text. */
size_t kn__utf8_cut(const char *data, size_t size, size_t max);

#endif
