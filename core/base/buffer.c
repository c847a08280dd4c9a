/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)128)

void kn__buffer_init(kn__buffer *buffer, const kn_allocator *allocator, size_t max)
{
    *buffer = (kn__buffer){
        .allocator = allocator ? allocator : kn_allocator_default(),
        .max = max < SIZE_MAX ? max : SIZE_MAX - 1, /* room for the NUL */
    };
}

void kn__buffer_finish(kn__buffer *buffer)
{
    if (buffer->data)
        buffer->allocator->resize(buffer->allocator->context, buffer->data, buffer->capacity, 0);
    *buffer = (kn__buffer){.allocator = buffer->allocator, .max = buffer->max};
}

void kn__buffer_clear(kn__buffer *buffer)
{
    buffer->status = KN_OK;
    kn__buffer_truncate(buffer, 0);
}

void kn__buffer_truncate(kn__buffer *buffer, size_t size)
{
    buffer->size = size;
    if (buffer->data)
        buffer->data[size] = '\0';
}

/* Room for `more` bytes and the NUL. Doubles, within max. */
static bool grow(kn__buffer *buffer, size_t more)
{
    if (more > buffer->max - buffer->size) {
        buffer->status = KN_LIMIT;
        return false;
    }
    size_t needed = buffer->size + more + 1;
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
    if (capacity > buffer->max + 1)
        capacity = buffer->max + 1;
    char *data = buffer->allocator->resize(buffer->allocator->context, buffer->data, buffer->capacity, capacity);
    if (!data) {
        buffer->status = KN_NOMEM;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *kn__buffer_extend(kn__buffer *buffer, size_t size)
{
    if (buffer->status != KN_OK)
        return NULL;
    if (size >= buffer->capacity - buffer->size && !grow(buffer, size))
        return NULL;
    char *p = buffer->data + buffer->size;
    buffer->size += size;
    p[size] = '\0';
    return p;
}

void kn__buffer_append(kn__buffer *buffer, const void *data, size_t size)
{
    char *p = kn__buffer_extend(buffer, size);
    if (p && size)
        memcpy(p, data, size);
}

void kn__buffer_text(kn__buffer *buffer, kn_text text)
{
    kn__buffer_append(buffer, text.data, text.size);
}

void kn__buffer_string(kn__buffer *buffer, const char *s)
{
    kn__buffer_append(buffer, s, strlen(s));
}

void kn__buffer_printf(kn__buffer *buffer, const char *format, ...)
{
    char small[256];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        if (buffer->status == KN_OK)
            buffer->status = KN_INVALID;
        return;
    }
    size_t size = (size_t)printed;
    char *p = kn__buffer_extend(buffer, size);
    if (!p)
        return;
    if (size < sizeof small) {
        memcpy(p, small, size);
        return;
    }
    va_start(arguments, format);
    vsnprintf(p, size + 1, format, arguments); /* the byte behind is the NUL's */
    va_end(arguments);
}

kn_status kn__buffer_status(const kn__buffer *buffer, const char *what, kn_error *error)
{
    switch (buffer->status) {
    case KN_OK:
        return KN_OK;
    case KN_LIMIT:
        return kn_error_set(error, KN_LIMIT, "%s would be longer than %zu bytes", what, buffer->max);
    case KN_NOMEM:
        return kn_error_set(error, KN_NOMEM, "no memory for %s", what);
    default:
        return kn_error_set(error, buffer->status, "%s could not be formatted", what);
    }
}

kn_status kn__buffer_take(kn__buffer *buffer, const char *what, char **out, size_t *size, kn_error *error)
{
    *out = NULL;
    *size = 0;
    kn_status status = kn__buffer_status(buffer, what, error);
    if (status != KN_OK)
        return status;
    char *data =
        buffer->allocator->resize(buffer->allocator->context, buffer->data, buffer->capacity, buffer->size + 1);
    if (!data)
        return kn_error_set(error, KN_NOMEM, "no memory for %s", what);
    data[buffer->size] = '\0';
    *size = buffer->size;
    *out = data;
    *buffer = (kn__buffer){.allocator = buffer->allocator, .max = buffer->max};
    return KN_OK;
}

kn_status kn__buffer_copy(const kn__buffer *buffer, const char *what, kn_arena *arena, kn_text *out, kn_error *error)
{
    kn_status status = kn__buffer_status(buffer, what, error);
    if (status != KN_OK)
        return status;
    char *copy = kn_arena_copy(arena, buffer->data, buffer->size);
    if (!copy)
        return kn_error_set(error, KN_NOMEM, "no memory for %s", what);
    *out = (kn_text){copy, buffer->size};
    return KN_OK;
}
