/* SPDX-License-Identifier: MIT */
/* SQLite's own allocations through a failing_allocator: they are counted, and fail, in one row with Koine's.
 *
 *     sqlite_memory = &f;
 *     sqlite_memory_install();   before anything of SQLite is called */
#ifndef KOINE_TESTS_SQLITE_MEMORY_H
#define KOINE_TESTS_SQLITE_MEMORY_H

#include <sqlite3.h>

#include "support/failing_allocator.h"

/* Only to be exchanged while SQLite holds nothing but what it keeps for the process. */
static failing_allocator *sqlite_memory;

static inline void *sqlite_memory_malloc(int size)
{
    size_t *block = failing_now(sqlite_memory) ? NULL : malloc((size_t)size + sizeof(max_align_t));
    if (!block)
        return NULL;
    *block = (size_t)size;
    sqlite_memory->live_blocks++;
    return (char *)block + sizeof(max_align_t);
}

static inline size_t *sqlite_memory_block(void *p)
{
    return (size_t *)(void *)((char *)p - sizeof(max_align_t));
}

static inline void sqlite_memory_free(void *p)
{
    if (!p)
        return;
    sqlite_memory->live_blocks--;
    free(sqlite_memory_block(p));
}

static inline void *sqlite_memory_realloc(void *p, int size)
{
    void *fresh = sqlite_memory_malloc(size);
    if (!fresh)
        return NULL;
    size_t old = *sqlite_memory_block(p);
    memcpy(fresh, p, old < (size_t)size ? old : (size_t)size);
    sqlite_memory_free(p);
    return fresh;
}

static inline int sqlite_memory_size(void *p)
{
    return (int)*sqlite_memory_block(p);
}

static inline int sqlite_memory_roundup(int size)
{
    return (size + 7) & ~7;
}

static inline int sqlite_memory_init(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static inline void sqlite_memory_shutdown(void *unused)
{
    (void)unused;
}

static inline bool sqlite_memory_install(void)
{
    static const sqlite3_mem_methods methods = {.xMalloc = sqlite_memory_malloc,
                                                .xFree = sqlite_memory_free,
                                                .xRealloc = sqlite_memory_realloc,
                                                .xSize = sqlite_memory_size,
                                                .xRoundup = sqlite_memory_roundup,
                                                .xInit = sqlite_memory_init,
                                                .xShutdown = sqlite_memory_shutdown};

    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK && sqlite3_initialize() == SQLITE_OK;
}

#endif
