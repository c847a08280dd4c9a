/* SPDX-License-Identifier: MIT */
/* Of object_load: the join in memory, the same code for every client, and the objects of the native ones. */
#ifndef KOINE_BENCH_OBJECTS_H
#define KOINE_BENCH_OBJECTS_H

#include <stdlib.h>
#include <string.h>

#include "common.h"

/* Key to position. */
typedef struct object_index {
    int64_t *keys; /* 0 = free */
    uint32_t *positions;
    uint64_t mask;
} object_index;
void object_index_init(object_index *index, size_t count);
void object_index_finish(object_index *index);

static inline uint64_t object_slot(const object_index *index, int64_t key)
{
    uint64_t slot = (uint64_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 20 & index->mask;
    while (index->keys[slot] && index->keys[slot] != key)
        slot = (slot + 1) & index->mask;
    return slot;
}

static inline void object_index_add(object_index *index, int64_t key, uint32_t position)
{
    uint64_t slot = object_slot(index, key);
    index->keys[slot] = key;
    index->positions[slot] = position;
}

static inline uint32_t object_index_find(const object_index *index, int64_t key)
{
    uint64_t slot = object_slot(index, key);
    if (!index->keys[slot])
        bench_fail("a child has no parent");
    return index->positions[slot];
}

/* Each child finds its parent and is counted, then the parents' arrays are filled, from `links`. */
#define OBJECT_JOIN(artists, n_artists, songs, n_songs, links, song_array, song_count)                                 \
    do {                                                                                                               \
        object_index index;                                                                                            \
        size_t next = 0;                                                                                               \
        object_index_init(&index, n_artists);                                                                          \
        for (size_t i = 0; i < (n_artists); i++)                                                                       \
            object_index_add(&index, (artists)[i].id, (uint32_t)i);                                                    \
        for (size_t i = 0; i < (n_songs); i++) {                                                                       \
            (songs)[i].artist = &(artists)[object_index_find(&index, (songs)[i].artist_id)];                           \
            (songs)[i].artist->song_count++;                                                                           \
        }                                                                                                              \
        for (size_t i = 0; i < (n_artists); i++) {                                                                     \
            (artists)[i].song_array = (links) + next;                                                                  \
            next += (artists)[i].song_count;                                                                           \
            (artists)[i].song_count = 0;                                                                               \
        }                                                                                                              \
        for (size_t i = 0; i < (n_songs); i++)                                                                         \
            (songs)[i].artist->song_array[(songs)[i].artist->song_count++] = &(songs)[i];                              \
        object_index_finish(&index);                                                                                   \
    } while (0)

/* How many children of one parent point back at it. */
#define OBJECT_LINKED(parent, song_array, song_count, sum)                                                             \
    do {                                                                                                               \
        for (size_t n = 0; n < (parent)->song_count; n++)                                                              \
            (sum) += (parent)->song_array[n]->artist == (parent);                                                      \
    } while (0)

/* The native clients': texts go into blocks of 64 KiB, objects into arrays that double. */

typedef struct native_artist native_artist;
typedef struct native_song {
    bench_fields fields; /* without gain */
    int64_t artist_id;
    native_artist *artist;
} native_song;
struct native_artist {
    int64_t id;
    const char *name;
    size_t name_size;
    native_song **songs;
    size_t n_songs;
};

#define NATIVE_TEXTS 65536
typedef struct native_texts {
    struct native_texts *next;
    char bytes[NATIVE_TEXTS];
} native_texts;

typedef struct native_objects {
    native_texts *texts;
    size_t texts_used;
    native_artist *artists;
    native_song *songs;
    native_song **links;
    size_t n_artists, n_songs;
} native_objects;

void native_add_texts(native_objects *objects);
void native_join(native_objects *objects);
void native_objects_free(native_objects *objects);
void native_objects_each(const native_objects *objects, bench_object_fn *parent, bench_object_fn *child, void *context);

static inline const char *native_keep(native_objects *objects, const char *text, size_t size)
{
    if (size >= NATIVE_TEXTS)
        bench_fail("text is too long");
    if (!objects->texts || NATIVE_TEXTS - objects->texts_used < size + 1)
        native_add_texts(objects);
    char *copy = objects->texts->bytes + objects->texts_used;
    memcpy(copy, text, size);
    copy[size] = '\0';
    objects->texts_used += size + 1;
    return copy;
}

/* Room for one more in an array that has `count`. */
static inline void *native_grow(void *items, size_t count, size_t size)
{
    if (count & (count - 1) || count == 1)
        return items;
    void *grown = realloc(items, (count ? count * 2 : 2) * size);
    if (!grown)
        bench_fail("out of memory");
    return grown;
}

static inline void native_add_artist(native_objects *objects, int64_t id, const char *name, size_t size)
{
    objects->artists = native_grow(objects->artists, objects->n_artists, sizeof *objects->artists);
    objects->artists[objects->n_artists++] =
        (native_artist){.id = id, .name = native_keep(objects, name, size), .name_size = size};
}

/* Of which everything but the artist is to be set; the title by native_keep. */
static inline native_song *native_add_song(native_objects *objects)
{
    objects->songs = native_grow(objects->songs, objects->n_songs, sizeof *objects->songs);
    return &objects->songs[objects->n_songs++];
}

#endif
