/* SPDX-License-Identifier: MIT */
/* core/base/arena.h - kn_arena_alloc where a call would cost as much as what it does. */
#ifndef KOINE_BASE_ARENA_H
#define KOINE_BASE_ARENA_H

#include <koine/memory.h>

#define KN__ARENA_ALIGNMENT ((size_t)16)

static inline size_t kn__arena_round(size_t size)
{
    return (size + KN__ARENA_ALIGNMENT - 1) & ~(KN__ARENA_ALIGNMENT - 1);
}

/* From the newest block; NULL = kn_arena_alloc may still have some. */
static inline void *kn__arena_take(kn_arena *arena, size_t size)
{
    /* size 0 wraps; the room is a multiple of the alignment, so size <= room is enough */
    if (size - 1 >= (size_t)(arena->end - arena->next))
        return NULL;
    char *result = arena->next;
    size_t rounded = kn__arena_round(size);
    arena->next = result + rounded;
    arena->used += rounded;
    return result;
}

#endif
