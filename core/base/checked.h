/* SPDX-License-Identifier: MIT */
/* Size arithmetic that says when it wrapped. */
#ifndef KOINE_CORE_BASE_CHECKED_H
#define KOINE_CORE_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *out = a + b; false, and *out untouched, when the sum does not fit. */
static inline bool kn__size_add(size_t a, size_t b, size_t *out)
{
    if (b > SIZE_MAX - a)
        return false;
    *out = a + b;
    return true;
}

/* *out = a * b; false, and *out untouched, when the product does not fit. */
static inline bool kn__size_mul(size_t a, size_t b, size_t *out)
{
    if (a && b > SIZE_MAX / a)
        return false;
    *out = a * b;
    return true;
}

#endif
