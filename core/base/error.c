/* SPDX-License-Identifier: MIT */
#include <koine/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

/* Longer than any message, so that a cut by vsnprintf always lies behind the cut made here. */
#define RAW_SIZE 1024
/* A name of thousands of bytes may not push out what is wrong with it. */
#define PREFIX_SIZE 200

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

/* Copies `raw` escaped into out[0..size), NUL-ended. What does not fit ends in "..." behind a whole character or
 * escape. */
static void write_clean(char *out, size_t size, const char *raw)
{
    size_t left = strlen(raw), at = 0, cut = 0;
    while (left) {
        char unit[KN__ESCAPE_ROOM];
        size_t taken = 0;
        size_t bytes = kn__escape_one(raw, left, unit, &taken);
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
    char raw[RAW_SIZE], whole[PREFIX_SIZE + sizeof error->message + 2];
    va_list arguments;
    va_start(arguments, format);
    format_raw(raw, format, arguments);
    va_end(arguments);
    write_clean(whole, PREFIX_SIZE, raw);
    size_t at = strlen(whole);
    memcpy(whole + at, ": ", 2);
    memcpy(whole + at + 2, error->message, strlen(error->message) + 1);
    write_clean(error->message, sizeof error->message, whole);
}

void kn_error_clear(kn_error *error)
{
    if (error)
        memset(error, 0, sizeof *error);
}
