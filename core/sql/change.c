/* SPDX-License-Identifier: MIT */
#include "sql/compile.h"

#include <string.h>

/* One byte of plain text or of a LIKE pattern becomes at most three. */
#define GROWTH 3

typedef struct pattern {
    char *out;
    size_t size;
} pattern;

static void put(pattern *p, char c)
{
    p->out[p->size++] = c;
}

static void put_like(pattern *p, kn_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%' || c == '_' || c == '\\')
            put(p, '\\');
        put(p, c);
    }
}

/* A character for itself: a set of one where it would be wild. */
static void put_glob_char(pattern *p, char c)
{
    bool wild = c == '*' || c == '?' || c == '[';
    if (wild)
        put(p, '[');
    put(p, c);
    if (wild)
        put(p, ']');
}

static void put_glob(pattern *p, kn_text text)
{
    for (size_t i = 0; i < text.size; i++)
        put_glob_char(p, text.data[i]);
}

static kn_status put_glob_of_like(pattern *p, kn_text text, kn_error *error)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%' || c == '_') {
            put(p, c == '%' ? '*' : '?');
            continue;
        }
        if (c == '\\' && ++i == text.size)
            return kn_error_set(error, KN_MALFORMED, "a LIKE pattern must not end in its escape character, \\");
        put_glob_char(p, text.data[i]);
    }
    return KN_OK;
}

static kn_status put_pattern(pattern *p, uint32_t change, kn_text text, kn_error *error)
{
    switch (change) {
    case KN_BIND_CONTAINS:
    case KN_BIND_ENDS_WITH:
        put(p, '%');
        put_like(p, text);
        if (change == KN_BIND_CONTAINS)
            put(p, '%');
        return KN_OK;
    case KN_BIND_STARTS_WITH:
        put_like(p, text);
        put(p, '%');
        return KN_OK;
    case KN_BIND_GLOB:
        return put_glob_of_like(p, text, error);
    case KN_BIND_GLOB_STARTS_WITH:
        put_glob(p, text);
        put(p, '*');
        return KN_OK;
    case KN_BIND_GLOB_ENDS_WITH:
        put(p, '*');
        put_glob(p, text);
        return KN_OK;
    default:
        return kn_error_set(error, KN_INVALID, "unknown change %u of a bound value", change);
    }
}

static kn_status change_text(uint32_t change, kn_arena *arena, kn_value *value, kn_error *error)
{
    kn_text text = value->as.text;
    if (!text.data)
        return kn_error_set(error, KN_NULL_VALUE, "NULL is no pattern");
    if (text.size == SIZE_MAX)
        text.size = strlen(text.data);
    pattern p = {0};
    p.out = text.size < (SIZE_MAX - 2) / GROWTH ? kn_arena_alloc(arena, text.size * GROWTH + 2) : NULL;
    if (!p.out)
        return kn_error_set(error, KN_NOMEM, "no memory for a pattern of %zu bytes", text.size);
    kn_status status = put_pattern(&p, change, text, error);
    if (status == KN_OK)
        value->as.text = (kn_text){p.out, p.size};
    return status;
}

kn_status kn__bind_change_apply(uint32_t change, kn_arena *arena, kn_value *value, kn_error *error)
{
    if (change == KN_BIND_AS_IT_IS)
        return KN_OK;
    if (value->kind == KN_KIND_NULL)
        return kn_error_set(error, KN_NULL_VALUE, "NULL is no pattern and no count");
    if (change == KN_BIND_COUNT) {
        if (value->kind != KN_KIND_INT)
            return kn_error_set(error, KN_TYPE_MISMATCH, "LIMIT and OFFSET take a whole number");
        if (value->as.i < 0)
            return kn_error_set(error, KN_OUT_OF_RANGE, "LIMIT and OFFSET must not be negative");
        return KN_OK;
    }
    if (value->kind != KN_KIND_TEXT)
        return kn_error_set(error, KN_TYPE_MISMATCH, "a pattern must be text");
    return change_text(change, arena, value, error);
}
