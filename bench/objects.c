/* SPDX-License-Identifier: MIT */
#include "objects.h"

void object_index_init(object_index *index, size_t count)
{
    size_t room = 16;
    while (room < count * 2)
        room *= 2;
    index->keys = bench_alloc(room, sizeof *index->keys);
    index->positions = bench_alloc(room, sizeof *index->positions);
    index->mask = room - 1;
}

void object_index_finish(object_index *index)
{
    free(index->keys);
    free(index->positions);
}

void native_add_texts(native_objects *objects)
{
    native_texts *block = malloc(sizeof *block);
    if (!block)
        bench_fail("out of memory");
    block->next = objects->texts;
    objects->texts = block;
    objects->texts_used = 0;
}

void native_join(native_objects *objects)
{
    objects->links = bench_alloc(objects->n_songs, sizeof *objects->links);
    OBJECT_JOIN(objects->artists, objects->n_artists, objects->songs, objects->n_songs, objects->links, songs, n_songs);
}

void native_objects_free(native_objects *objects)
{
    while (objects->texts) {
        native_texts *block = objects->texts;
        objects->texts = block->next;
        free(block);
    }
    free(objects->artists);
    free(objects->songs);
    free(objects->links);
    *objects = (native_objects){0};
}

void native_objects_each(const native_objects *objects, bench_object_fn *parent, bench_object_fn *child, void *context)
{
    for (size_t i = 0; i < objects->n_artists; i++) {
        const native_artist *artist = &objects->artists[i];
        bench_object object = {.fields = {.id = artist->id, .title = artist->name, .title_size = artist->name_size}};
        OBJECT_LINKED(artist, songs, n_songs, object.linked);
        parent(context, &object);
    }
    for (size_t i = 0; i < objects->n_songs; i++) {
        const native_song *song = &objects->songs[i];
        bench_object object = {song->fields, song->artist_id, song->artist->id};
        child(context, &object);
    }
}
