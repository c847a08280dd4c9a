/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: shortest forms, no surrogates, at most U+10FFFF. */
#ifndef KOINE_CORE_BASE_UTF8_H
#define KOINE_CORE_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

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
