/* SPDX-License-Identifier: MIT */
/* Text into a caller's array of fixed size: append freely, then end it, cut or refused where it did not fit. */
#ifndef KOINE_CORE_BASE_WRITER_H
#define KOINE_CORE_BASE_WRITER_H

#include <koine/base.h>

typedef struct kn__writer {
    char *out;
    size_t room; /* without the NUL */
    size_t size;
    bool has_nul; /* room for it: the array is not empty */
    bool is_cut;  /* something did not fit */
} kn__writer;

/* Writes nothing. `out` may be NULL when size is 0. */
kn__writer kn__writer_of(char *out, size_t size);

/* As much as fits. */
void kn__writer_append(kn__writer *writer, const void *data, size_t size);
void kn__writer_string(kn__writer *writer, const char *s);
void kn__writer_int(kn__writer *writer, int64_t n);

static inline void kn__writer_char(kn__writer *writer, char c)
{
    kn__writer_append(writer, &c, 1);
}

/* Puts "..." at the end of what was cut, behind a whole character, and the NUL. Returns the bytes written without it.
 */
size_t kn__writer_end(kn__writer *writer);

#endif
