/* SPDX-License-Identifier: MIT */
#include <koine/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Longer than any message, so that a cut by vsnprintf always lies behind the cut made here. */
#define RAW_SIZE 1024

const char *kn_status_name(kn_status status)
{
    switch (status) {
#define KN_X(name, number, text)                                                                                       \
    case KN_##name:                                                                                                    \
        return #name;
        KN_STATUS_MAP(KN_X)
#undef KN_X
    }
    return "?";
}

const char *kn_status_text(kn_status status)
{
    switch (status) {
#define KN_X(name, number, text)                                                                                       \
    case KN_##name:                                                                                                    \
        return text;
        KN_STATUS_MAP(KN_X)
#undef KN_X
    }
    return "unknown status";
}

/* C0, DEL and, two bytes long, C1: terminals act on all of them. */
static bool is_control(const char *p, size_t sequence)
{
    unsigned char byte = (unsigned char)p[0];
    if (sequence == 1)
        return byte < 0x20 || byte == 0x7F;
    return sequence == 2 && byte == 0xC2 && (unsigned char)p[1] < 0xA0;
}

/* One character of `p`, or its escape, into `unit`; *taken is what it took from `p`. Returns the bytes of the unit. */
static size_t escape_one(const char *p, size_t left, char unit[static 8], size_t *taken)
{
    size_t sequence = kn__utf8_sequence(p, left);
    if (sequence && !is_control(p, sequence)) {
        memcpy(unit, p, sequence);
        *taken = sequence;
        return sequence;
    }
    static const char hex[] = "0123456789abcdef";
    *taken = sequence ? sequence : 1;
    for (size_t i = 0; i < *taken; i++) {
        unsigned char byte = (unsigned char)p[i];
        memcpy(unit + 4 * i, (char[4]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
    }
    return 4 * *taken;
}

/* Copies `raw` escaped into out[0..size), NUL-ended. What does not fit ends in "..." behind a whole character or
 * escape. */
static void write_clean(char *out, size_t size, const char *raw)
{
    size_t left = strlen(raw), at = 0, cut = 0;
    while (left) {
        char unit[8];
        size_t taken = 0;
        size_t bytes = escape_one(raw, left, unit, &taken);
        if (at + bytes + 1 > size) {
            memcpy(out + cut, "...", 4);
            return;
        }
        memcpy(out + at, unit, bytes);
        at += bytes;
        if (at + 4 <= size)
            cut = at;
        raw += taken;
        left -= taken;
    }
    out[at] = '\0';
}

static void KN_PRINTF(2, 0) format_raw(char raw[static RAW_SIZE], const char *format, va_list arguments)
{
    static const char failed[] = "(the message could not be formatted)";
    if (vsnprintf(raw, RAW_SIZE, format, arguments) < 0)
        memcpy(raw, failed, sizeof failed);
}

kn_status kn_error_set(kn_error *error, kn_status status, const char *format, ...)
{
    if (!error)
        return status;
    char raw[RAW_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_raw(raw, format, arguments);
    va_end(arguments);
    /* only now: the arguments may point into the old content */
    kn_error_clear(error);
    error->status = (int32_t)status;
    write_clean(error->message, sizeof error->message, raw);
    return status;
}

void kn_error_prefix(kn_error *error, const char *format, ...)
{
    if (!error)
        return;
    char raw[RAW_SIZE + sizeof error->message + 3];
    va_list arguments;
    va_start(arguments, format);
    format_raw(raw, format, arguments);
    va_end(arguments);
    size_t at = strlen(raw);
    memcpy(raw + at, ": ", 2);
    memcpy(raw + at + 2, error->message, strlen(error->message) + 1);
    write_clean(error->message, sizeof error->message, raw);
}

void kn_error_clear(kn_error *error)
{
    if (error)
        memset(error, 0, sizeof *error);
}
