/* SPDX-License-Identifier: MIT */
/* A seeded 64-bit hash, fed piece by piece, and a map keyed by text. Not for anything an adversary may forge: a hit is
 * always confirmed by comparison. */
#ifndef KOINE_CORE_BASE_HASH_H
#define KOINE_CORE_BASE_HASH_H

#include <koine/error.h>
#include <koine/memory.h>

typedef struct kn__hash {
    uint64_t state;
} kn__hash;

static inline kn__hash kn__hash_begin(uint64_t seed)
{
    return (kn__hash){seed ^ UINT64_C(0x9E3779B97F4A7C15)};
}

/* Each step is a bijection of the state, so pieces never cancel out; xor-shift brings high bits down. */
static inline void kn__hash_u64(kn__hash *hash, uint64_t v)
{
    uint64_t h = (hash->state ^ v) * UINT64_C(0xBF58476D1CE4E5B9);
    h ^= h >> 29;
    hash->state = h * UINT64_C(0x94D049BB133111EB) + v;
}

/* The size is part of the hash: "ab","c" differs from "a","bc". */
void kn__hash_bytes(kn__hash *hash, const void *data, size_t size);

static inline void kn__hash_text(kn__hash *hash, kn_text text)
{
    kn__hash_bytes(hash, text.data, text.size);
}

static inline uint64_t kn__hash_end(kn__hash hash)
{
    uint64_t h = hash.state;
    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    h ^= h >> 32;
    return h;
}

/* Text -> pointer. Open addressing; keys are borrowed and must outlive their entry. Values are not NULL. */
typedef struct kn__map_entry {
    kn_text key; /* data == NULL: free */
    uint64_t hash;
    void *value;
} kn__map_entry;

typedef struct kn__map {
    const kn_allocator *allocator;
    kn__map_entry *entries;
    size_t count;    /* entries in use */
    size_t capacity; /* 0 or a power of two */
    uint64_t seed;
} kn__map;

/* Allocates nothing. `allocator` NULL = default. */
void kn__map_init(kn__map *map, const kn_allocator *allocator, uint64_t seed);
void kn__map_finish(kn__map *map);

/* The value of `key`, NULL when there is none. */
void *kn__map_get(const kn__map *map, kn_text key);

/* KN_OK: stored; KN_EXISTS: the key is there with another entry, nothing changed; KN_NOMEM. Sets no error: the caller
 * knows the names. `key.data` and `value` are not NULL. */
kn_status kn__map_add(kn__map *map, kn_text key, void *value);

/* The next entry in use at or after *at (start with 0), in no order; NULL at the end. No changes in between. */
const kn__map_entry *kn__map_next(const kn__map *map, size_t *at);

#endif
