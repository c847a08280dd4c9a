/* SPDX-License-Identifier: MIT */
/* A growable text with a maximum stated at birth and a sticky status: append freely, look at the status once at the
 * end. */
#ifndef KOINE_CORE_BASE_BUFFER_H
#define KOINE_CORE_BASE_BUFFER_H

#include <koine/error.h>
#include <koine/memory.h>

typedef struct kn__buffer {
    const kn_allocator *allocator;
    char *data;       /* NULL until the first append; then data[size] is NUL */
    size_t size;      /* bytes of text, without the NUL */
    size_t capacity;  /* bytes allocated, the NUL's included */
    size_t max;       /* of `size` */
    kn_status status; /* KN_OK, KN_NOMEM or KN_LIMIT; once not OK, every append does nothing */
} kn__buffer;

/* Allocates nothing. `allocator` NULL = default. */
void kn__buffer_init(kn__buffer *buffer, const kn_allocator *allocator, size_t max);

/* Frees the text; safe on zeroed memory and twice. */
void kn__buffer_finish(kn__buffer *buffer);

/* Empties the text, keeps the memory, forgets the status. */
void kn__buffer_clear(kn__buffer *buffer);

/* Appended bytes must not be the buffer's own. */
void kn__buffer_append(kn__buffer *buffer, const void *data, size_t size);
void kn__buffer_text(kn__buffer *buffer, kn_text text);
void kn__buffer_string(kn__buffer *buffer, const char *s);
void kn__buffer_printf(kn__buffer *buffer, const char *format, ...) KN_PRINTF(2, 3);

/* Appends `size` bytes for the caller to fill; NULL when the status is not OK. Valid until the next append. */
char *kn__buffer_extend(kn__buffer *buffer, size_t size);

/* Shortens the text to `size` bytes, which it must have had. */
void kn__buffer_truncate(kn__buffer *buffer, size_t size);

static inline void kn__buffer_char(kn__buffer *buffer, char c)
{
    char *p = kn__buffer_extend(buffer, 1);
    if (p)
        *p = c;
}

/* The text so far, NUL-ended, never NULL; borrowed until the next append. */
static inline const char *kn__buffer_string_of(const kn__buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}
static inline kn_text kn__buffer_text_of(const kn__buffer *buffer)
{
    return (kn_text){kn__buffer_string_of(buffer), buffer->size};
}

/* The sticky status; sets `error` when it is not OK, naming `what` the buffer holds ("the statement"). */
kn_status kn__buffer_status(const kn__buffer *buffer, const char *what, kn_error *error);

/* Moves the text out: *out has *size bytes and a NUL, was allocated with size *size + 1 and is the caller's to free
 * with the allocator. The buffer is empty after. Fails with the sticky status or KN_NOMEM; then *out is NULL. */
kn_status kn__buffer_take(kn__buffer *buffer, const char *what, char **out, size_t *size, kn_error *error);

/* Copies the text NUL-ended into `arena`. Fails like kn__buffer_take; the buffer is left as it is. */
kn_status kn__buffer_copy(const kn__buffer *buffer, const char *what, kn_arena *arena, kn_text *out, kn_error *error);

#endif
