/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <string.h>

#include "base/checked.h"

#define FIRST_CAPACITY ((size_t)16)

void kn__hash_bytes(kn__hash *hash, const void *data, size_t size)
{
    const unsigned char *p = data;
    size_t left = size;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        kn__hash_u64(hash, word);
    }
    uint64_t tail = 0;
    if (left)
        memcpy(&tail, p, left);
    kn__hash_u64(hash, tail);
    kn__hash_u64(hash, size);
}

void kn__map_init(kn__map *map, const kn_allocator *allocator, uint64_t seed)
{
    *map = (kn__map){.allocator = allocator ? allocator : kn_allocator_default(), .seed = seed};
}

void kn__map_finish(kn__map *map)
{
    if (map->entries)
        map->allocator->resize(map->allocator->context, map->entries, map->capacity * sizeof *map->entries, 0);
    kn__map_init(map, map->allocator, map->seed);
}

static uint64_t hash_key(const kn__map *map, kn_text key)
{
    kn__hash hash = kn__hash_begin(map->seed);
    kn__hash_text(&hash, key);
    return kn__hash_end(hash);
}

/* The slot of `key`, or the free slot where it belongs. The table is never full. */
static kn__map_entry *find(const kn__map *map, kn_text key, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        kn__map_entry *entry = &map->entries[i];
        if (!entry->key.data || (entry->hash == hash && kn_text_equal(entry->key, key)))
            return entry;
    }
}

/* Doubles the table once it is three quarters full. */
static bool make_room(kn__map *map)
{
    if (map->capacity && map->count < map->capacity / 4 * 3)
        return true;
    size_t capacity = FIRST_CAPACITY, bytes = 0;
    if ((map->capacity && !kn__size_mul(map->capacity, 2, &capacity)) ||
        !kn__size_mul(capacity, sizeof(kn__map_entry), &bytes))
        return false;
    kn__map grown = *map;
    grown.entries = map->allocator->resize(map->allocator->context, NULL, 0, bytes);
    if (!grown.entries)
        return false;
    memset(grown.entries, 0, bytes);
    grown.capacity = capacity;
    size_t at = 0;
    for (const kn__map_entry *entry; (entry = kn__map_next(map, &at));)
        *find(&grown, entry->key, entry->hash) = *entry;
    kn__map_finish(map);
    *map = grown;
    return true;
}

void *kn__map_get(const kn__map *map, kn_text key)
{
    return map->count && key.data ? find(map, key, hash_key(map, key))->value : NULL;
}

kn_status kn__map_add(kn__map *map, kn_text key, void *value)
{
    if (kn__map_get(map, key))
        return KN_EXISTS;
    if (!make_room(map))
        return KN_NOMEM;
    uint64_t hash = hash_key(map, key);
    *find(map, key, hash) = (kn__map_entry){.key = key, .hash = hash, .value = value};
    map->count++;
    return KN_OK;
}

const kn__map_entry *kn__map_next(const kn__map *map, size_t *at)
{
    while (*at < map->capacity) {
        const kn__map_entry *entry = &map->entries[(*at)++];
        if (entry->key.data)
            return entry;
    }
    return NULL;
}
