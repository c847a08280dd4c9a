/* SPDX-License-Identifier: MIT */
/* koine/memory.h - the allocator hook and arenas. */
#ifndef KOINE_MEMORY_H
#define KOINE_MEMORY_H

#include <koine/base.h>
#include <koine/error.h>

KN_BEGIN_DECLS

/* One function does all (as in Lua):
 *   ptr == NULL: allocate `size` bytes; size == 0: free `ptr`, return NULL; else resize, keeping ptr valid on failure.
 * `old_size` is the size the block was allocated with. Blocks are aligned for any type. The function must be callable
 * from every thread that uses handles made with it. Everything in Koine that allocates takes one; NULL =
 * malloc/realloc/free. */
typedef struct kn_allocator {
    void *(*resize)(void *context, void *ptr, size_t old_size, size_t size);
    void *context;
} kn_allocator;

/* malloc/realloc/free of the C library. */
KN_API const kn_allocator *kn_allocator_default(void);

/* An arena: many allocations, freed together. Not thread-safe. The struct is the caller's; treat members as private. */
typedef struct kn_arena_block kn_arena_block;
typedef struct kn_arena {
    const kn_allocator *allocator; /* NULL = default */
    kn_arena_block *blocks;
    char *next, *end;
    size_t used;    /* bytes handed out since init or reset */
    size_t limit;   /* 0 = none; an allocation that would pass it fails */
    size_t refused; /* bytes of the last allocation that would have passed the limit; 0 = none */
    void *reserved_[1];
} kn_arena;

/* Allocates nothing. `limit` bounds the bytes handed out, 0 = no bound. Sizes and limit count in units of 16 bytes,
 * rounded up. A zeroed arena is as good: default allocator, no limit. */
KN_API void kn_arena_init(kn_arena *arena, const kn_allocator *allocator, size_t limit);

/* Frees everything; the arena may be used again. NULL is fine. */
KN_API void kn_arena_finish(kn_arena *arena);

/* Forgets everything but keeps the largest block for reuse. */
KN_API void kn_arena_reset(kn_arena *arena);

/* `size` bytes aligned for any type, not cleared; NULL when memory or the limit is exhausted. size 0 gives a non-NULL
 * pointer. */
KN_API void *kn_arena_alloc(kn_arena *arena, size_t size);

/* The same, cleared. */
KN_API void *kn_arena_zalloc(kn_arena *arena, size_t size);

/* `count` elements of `size` bytes, cleared; NULL on overflow too. */
KN_API void *kn_arena_array(kn_arena *arena, size_t count, size_t size);

/* A NUL-ended copy of `size` bytes. */
KN_API char *kn_arena_copy(kn_arena *arena, const void *data, size_t size);

KN_END_DECLS
#endif
