/* SPDX-License-Identifier: MIT */
/* The one rule for names of plugins, dialects and drivers: they stand in URLs and in file names. */
#ifndef KOINE_CORE_PLUGIN_NAME_H
#define KOINE_CORE_PLUGIN_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define KN__NAME_MAX 32
#define KN__NAME_RULE "a name is a-z, then up to 31 of a-z 0-9 _"

/* Bytes at the start of text[0..size) that can stand in a name; more than KN__NAME_MAX of them are still none. */
static inline size_t kn__name_span(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size &&
           ((text[n] >= 'a' && text[n] <= 'z') || (n && text[n] >= '0' && text[n] <= '9') || (n && text[n] == '_')))
        n++;
    return n;
}

/* NULL is none. */
static inline bool kn__name_valid(const char *name)
{
    size_t size = name ? strnlen(name, KN__NAME_MAX + 1) : 0;
    return size && size <= KN__NAME_MAX && kn__name_span(name, size) == size;
}

#endif
