/* SPDX-License-Identifier: MIT */
/* core/engine/shape.h - what a statement is before any connection prepares it: its text, where its parameters come
 * from, what its columns are. Rendered once an engine and shared by its connections. */
#ifndef KOINE_ENGINE_SHAPE_H
#define KOINE_ENGINE_SHAPE_H

#include <pthread.h>

#include "sql/compile.h"

/* What the object verbs prepare. */
typedef enum kn__verb {
    KN__VERB_NONE,
    KN__VERB_INSERT,
    KN__VERB_GET,
    KN__VERB_UPDATE,
    KN__VERB_DELETE,
    KN__VERB_END
} kn__verb;

/* In a verb's list of column numbers: this one takes an SQL expression (its `initial` or `onupdate`) instead of a
 * value. */
#define KN__COLUMN_EXPR 0x8000u
#define KN__COLUMN_NUMBER 0x7fffu

/* By what a shape is found. A text, a query's structure, or an object verb over some columns of a model: then `text`
 * holds the column numbers and `rows` the rows of an insert. Models live as long as the engine, so their address names
 * them. */
typedef struct kn__key {
    uint32_t verb; /* kn__verb */
    uint32_t zero_;
    uint64_t hash;
    const kn_model *model;
    const kn_node *query;
    kn_text text;
    size_t rows;
    uint64_t features; /* of the server it is rendered for: those of one engine may differ in version */
} kn__key;

void kn__key_of_text(kn__key *key, kn_text sql, uint64_t seed);
void kn__key_of_query(kn__key *key, const kn_node *query, uint64_t seed);
void kn__key_of_verb(kn__key *key, kn__verb verb, const kn_model *model, const uint16_t *columns, size_t n_columns,
                     size_t rows, uint64_t seed);
bool kn__key_equal(const kn__key *a, const kn__key *b);

/* Immutable but for `users`, which the cache's mutex guards. */
typedef struct kn__shape {
    kn__key key; /* its own copy */
    kn__compiled *compiled;
    const char *const *names; /* of the parameters of a text; NULL for queries */
    kn_arena arena;           /* of the key's copy and the names */
    struct kn__shape *next;   /* in its bucket */
    unsigned users;
    uint32_t zero_;
} kn__shape;

/* Makes the compiled statement of a key that was not there: KN_OK and *out. */
typedef kn_status kn__shape_maker(void *context, kn__shape *shape, kn_error *error);

#define KN__SHAPE_BUCKETS 256
#define KN__SHAPES_MAX 1024
typedef struct kn__shape_cache {
    const kn_allocator *allocator;
    pthread_mutex_t mutex;
    uint64_t seed;
    size_t count;
    kn__shape *buckets[KN__SHAPE_BUCKETS];
} kn__shape_cache;

kn_status kn__shape_cache_init(kn__shape_cache *cache, const kn_allocator *allocator, kn_error *error);
void kn__shape_cache_finish(kn__shape_cache *cache);
/* In a forked child: a mutex that a thread of the parent held, and then what it was changing, is given up. */
void kn__shape_cache_start_over(kn__shape_cache *cache);

/* Finds or makes; the caller holds it until kn__shape_release. Making happens with no lock held: two threads may make
 * the same shape, one of them is kept. */
kn_status kn__shape_acquire(kn__shape_cache *cache, const kn__key *key, kn__shape_maker *make, void *context,
                            kn__shape **out, kn_error *error);
void kn__shape_release(kn__shape_cache *cache, kn__shape *shape);

#endif
