/* SPDX-License-Identifier: MIT */
#include <koine/memory.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/checked.h"

#define ALIGNMENT KN__ARENA_ALIGNMENT
#define FIRST_BLOCK ((size_t)1024)
#define LARGEST_GROWTH ((size_t)1024 * 1024)

_Static_assert(_Alignof(max_align_t) <= ALIGNMENT, "blocks must be aligned for any type");

static void *default_resize(void *context, void *ptr, size_t old_size, size_t size)
{
    (void)context;
    (void)old_size;
    if (size)
        return realloc(ptr, size);
    int saved = errno;
    free(ptr);
    errno = saved;
    return NULL;
}

const kn_allocator *kn_allocator_default(void)
{
    static const kn_allocator allocator = {.resize = default_resize};
    return &allocator;
}

/* The bytes for use follow the header, which is a multiple of ALIGNMENT. */
struct kn_arena_block {
    kn_arena_block *older;
    size_t size; /* of the block as allocated, header included: a multiple of ALIGNMENT */
};
#define HEADER ((sizeof(kn_arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

/* Invariants: [next, end) lies in the newest block and is a multiple of ALIGNMENT long; with a limit it is never longer
 * than what the limit still allows, so that the fast path need not look at it. `used` counts rounded sizes. */

static const kn_allocator *allocator_of(const kn_arena *arena)
{
    return arena->allocator ? arena->allocator : kn_allocator_default();
}

/* Rounded bytes that may still be handed out. */
static inline size_t allowance(const kn_arena *arena)
{
    if (!arena->limit)
        return SIZE_MAX;
    size_t limit = arena->limit && arena->limit <= SIZE_MAX - ALIGNMENT ? kn__arena_round(arena->limit) : SIZE_MAX;
    return limit - arena->used;
}

/* Makes the newest block the one that the fast path takes from. */
static inline void open_block(kn_arena *arena)
{
    kn_arena_block *block = arena->blocks;
    size_t room = block->size - HEADER, allowed = allowance(arena);
    arena->next = (char *)block + HEADER;
    arena->end = arena->next + (room < allowed ? room : allowed);
}

void kn_arena_init(kn_arena *arena, const kn_allocator *allocator, size_t limit)
{
    *arena = (kn_arena){.allocator = allocator, .limit = limit};
}

static void free_blocks(kn_arena *arena, kn_arena_block *keep)
{
    const kn_allocator *allocator = allocator_of(arena);
    for (kn_arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        if (block != keep)
            allocator->resize(allocator->context, block, block->size, 0);
    }
}

void kn_arena_finish(kn_arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena, NULL);
    kn_arena_init(arena, arena->allocator, arena->limit);
}

static void keep_largest(kn_arena *arena)
{
    kn_arena_block *largest = arena->blocks;
    for (kn_arena_block *block = largest->older; block; block = block->older) {
        if (block->size > largest->size)
            largest = block;
    }
    free_blocks(arena, largest);
    largest->older = NULL;
    arena->blocks = largest;
}

void kn_arena_reset(kn_arena *arena)
{
    if (!arena->blocks)
        return;
    if (arena->blocks->older)
        keep_largest(arena);
    arena->used = 0;
    open_block(arena);
}

static kn_arena_block *new_block(const kn_arena *arena, size_t size)
{
    const kn_allocator *allocator = allocator_of(arena);
    kn_arena_block *block = allocator->resize(allocator->context, NULL, 0, size);
    if (block)
        *block = (kn_arena_block){.size = size};
    return block;
}

/* What the arena would take from the allocator for small requests: twice the last time, within bounds. */
static size_t growth(const kn_arena *arena)
{
    if (!arena->blocks)
        return FIRST_BLOCK;
    return arena->blocks->size < LARGEST_GROWTH / 2 ? arena->blocks->size * 2 : LARGEST_GROWTH;
}

/* A request larger than a usual block gets its own, placed behind the newest: the room left there is not lost. */
static void *alloc_large(kn_arena *arena, size_t size)
{
    kn_arena_block *block = new_block(arena, HEADER + size);
    if (!block)
        return NULL;
    block->older = arena->blocks->older;
    arena->blocks->older = block;
    arena->used += size;
    size_t room = (size_t)(arena->end - arena->next), allowed = allowance(arena);
    if (room > allowed)
        arena->end = arena->next + allowed;
    return (char *)block + HEADER;
}

/* Out of line, so that kn_arena_alloc saves no registers. */
__attribute__((noinline, cold)) static void *alloc_slow(kn_arena *arena, size_t size)
{
    if (size > SIZE_MAX - HEADER - ALIGNMENT)
        return NULL;
    size = size ? kn__arena_round(size) : ALIGNMENT;
    if (size > allowance(arena)) {
        arena->refused = size;
        return NULL;
    }
    if (size > (size_t)(arena->end - arena->next)) {
        size_t grown = growth(arena);
        if (arena->blocks && HEADER + size > grown)
            return alloc_large(arena, size);
        kn_arena_block *block = new_block(arena, HEADER + size > grown ? HEADER + size : grown);
        if (!block)
            return NULL;
        block->older = arena->blocks;
        arena->blocks = block;
        open_block(arena);
    }
    char *result = arena->next;
    arena->next += size;
    arena->used += size;
    return result;
}

void *kn_arena_alloc(kn_arena *arena, size_t size)
{
    void *result = kn__arena_take(arena, size);
    return result ? result : alloc_slow(arena, size);
}

void *kn_arena_zalloc(kn_arena *arena, size_t size)
{
    void *result = kn_arena_alloc(arena, size);
    return result ? memset(result, 0, size) : NULL;
}

void *kn_arena_array(kn_arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    return kn__size_mul(count, size, &total) ? kn_arena_zalloc(arena, total) : NULL;
}

char *kn_arena_copy(kn_arena *arena, const void *data, size_t size)
{
    if (size == SIZE_MAX)
        return NULL;
    char *copy = kn_arena_alloc(arena, size + 1);
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}
