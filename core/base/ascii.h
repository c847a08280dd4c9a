/* SPDX-License-Identifier: MIT */
/* ASCII case, whatever the locale says. */
#ifndef KOINE_CORE_BASE_ASCII_H
#define KOINE_CORE_BASE_ASCII_H

#include <stdbool.h>

static inline char kn__ascii_fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* NUL-ended texts, equal but for the case of ASCII letters. */
static inline bool kn__ascii_equal(const char *a, const char *b)
{
    while (*a && kn__ascii_fold(*a) == kn__ascii_fold(*b)) {
        a++;
        b++;
    }
    return kn__ascii_fold(*a) == kn__ascii_fold(*b);
}

#endif
