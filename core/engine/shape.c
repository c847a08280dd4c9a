/* SPDX-License-Identifier: MIT */
#include "engine/shape.h"

#include <string.h>

#include "base/hash.h"
#include "engine/clock.h"
#include "engine/fork.h"

void kn__key_of_text(kn__key *key, kn_text sql, uint64_t seed)
{
    kn__hash hash = kn__hash_begin(seed);

    kn__hash_text(&hash, sql);
    *key = (kn__key){.hash = kn__hash_end(hash), .text = sql};
}

void kn__key_of_query(kn__key *key, const kn_node *query, uint64_t seed)
{
    *key = (kn__key){.hash = kn__structure_hash(query, seed), .query = query};
}

void kn__key_of_verb(kn__key *key, kn__verb verb, const kn_model *model, const uint16_t *columns, size_t n_columns,
                     size_t rows, uint64_t seed)
{
    kn__hash hash = kn__hash_begin(seed);
    kn_text text = {(const char *)columns, n_columns * sizeof(*columns)};

    kn__hash_u64(&hash, (uint64_t)(uintptr_t)model ^ (uint64_t)verb);
    kn__hash_u64(&hash, rows);
    kn__hash_text(&hash, text);
    *key = (kn__key){.verb = verb, .hash = kn__hash_end(hash), .model = model, .text = text, .rows = rows};
}

bool kn__key_equal(const kn__key *a, const kn__key *b)
{
    if (a->hash != b->hash || a->verb != b->verb || a->model != b->model || a->rows != b->rows ||
        a->features != b->features)
        return false;
    if (a->query || b->query)
        return a->query && b->query && kn__structure_equal(a->query, b->query);
    return a->text.size == b->text.size && (a->text.size == 0 || memcmp(a->text.data, b->text.data, a->text.size) == 0);
}

static kn_status copy_key(kn__shape *shape, const kn__key *key, kn_error *error)
{
    shape->key = *key;
    if (key->query)
        shape->key.query = kn__structure_copy(&shape->arena, key->query);
    if (key->text.data)
        shape->key.text.data = kn_arena_copy(&shape->arena, key->text.data, key->text.size);
    if ((key->query && !shape->key.query) || (key->text.data && !shape->key.text.data))
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    return KN_OK;
}

kn_status kn__shape_cache_init(kn__shape_cache *cache, const kn_allocator *allocator, kn_error *error)
{
    *cache = (kn__shape_cache){.allocator = allocator};
    cache->seed = (uint64_t)kn__clock_us() ^ (uint64_t)(uintptr_t)cache;
    if (pthread_mutex_init(&cache->mutex, NULL) != 0)
        return kn_error_set(error, KN_NOMEM, "cannot make a mutex");
    return KN_OK;
}

static void destroy_shape(kn__shape_cache *cache, kn__shape *shape)
{
    kn__compiled_free(shape->compiled);
    kn_arena_finish(&shape->arena);
    cache->allocator->resize(cache->allocator->context, shape, sizeof(*shape), 0);
}

void kn__shape_cache_finish(kn__shape_cache *cache)
{
    for (size_t i = 0; i < KN__SHAPE_BUCKETS; i++)
        while (cache->buckets[i]) {
            kn__shape *shape = cache->buckets[i];
            cache->buckets[i] = shape->next;
            destroy_shape(cache, shape);
        }
    pthread_mutex_destroy(&cache->mutex);
}

void kn__shape_cache_start_over(kn__shape_cache *cache)
{
    if (kn__fork_renew(&cache->mutex))
        return;
    memset(cache->buckets, 0, sizeof(cache->buckets));
    cache->count = 0;
}

/* Under the mutex. */
static kn__shape *find(kn__shape_cache *cache, const kn__key *key)
{
    kn__shape *shape = cache->buckets[key->hash % KN__SHAPE_BUCKETS];

    while (shape && !kn__key_equal(&shape->key, key))
        shape = shape->next;
    if (shape)
        shape->users++;
    return shape;
}

/* Under the mutex: makes room by dropping every shape that no connection holds. */
static void drop_unused(kn__shape_cache *cache)
{
    for (size_t i = 0; i < KN__SHAPE_BUCKETS; i++)
        for (kn__shape **at = &cache->buckets[i]; *at;) {
            kn__shape *shape = *at;
            if (shape->users) {
                at = &shape->next;
                continue;
            }
            *at = shape->next;
            cache->count--;
            destroy_shape(cache, shape);
        }
}

static kn_status make_shape(kn__shape_cache *cache, const kn__key *key, kn__shape_maker *make, void *context,
                            kn__shape **out, kn_error *error)
{
    kn__shape *shape = cache->allocator->resize(cache->allocator->context, NULL, 0, sizeof(*shape));
    kn_status status;

    if (!shape)
        return kn_error_set(error, KN_NOMEM, "out of memory for a statement");
    *shape = (kn__shape){.users = 1};
    kn_arena_init(&shape->arena, cache->allocator, 0);
    status = copy_key(shape, key, error);
    if (status == KN_OK)
        status = make(context, shape, error);
    if (status != KN_OK)
        destroy_shape(cache, shape);
    else
        *out = shape;
    return status;
}

kn_status kn__shape_acquire(kn__shape_cache *cache, const kn__key *key, kn__shape_maker *make, void *context,
                            kn__shape **out, kn_error *error)
{
    kn__shape *made = NULL, *there;
    kn_status status;

    pthread_mutex_lock(&cache->mutex);
    there = find(cache, key);
    pthread_mutex_unlock(&cache->mutex);
    *out = there;
    if (there)
        return KN_OK;
    status = make_shape(cache, key, make, context, &made, error);
    if (status != KN_OK)
        return status;
    pthread_mutex_lock(&cache->mutex);
    there = find(cache, key);
    if (!there) {
        if (cache->count >= KN__SHAPES_MAX)
            drop_unused(cache);
        made->next = cache->buckets[key->hash % KN__SHAPE_BUCKETS];
        cache->buckets[key->hash % KN__SHAPE_BUCKETS] = made;
        cache->count++;
    }
    pthread_mutex_unlock(&cache->mutex);
    *out = there ? there : made;
    if (there)
        destroy_shape(cache, made);
    return KN_OK;
}

void kn__shape_release(kn__shape_cache *cache, kn__shape *shape)
{
    pthread_mutex_lock(&cache->mutex);
    shape->users--;
    pthread_mutex_unlock(&cache->mutex);
}
