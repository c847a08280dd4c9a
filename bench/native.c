/* SPDX-License-Identifier: MIT */
#include "native.h"

/* The same check for the second byte of a long form as the standard's table 3-7: no overlong forms, no surrogates. */
static size_t sequence(const unsigned char *p, size_t left)
{
    size_t size = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (size == 0 || left < size)
        return 0;
    unsigned char least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    bool good = p[1] >= least && p[1] <= most;
    for (size_t i = 2; i < size; i++)
        good = good && (p[i] & 0xC0) == 0x80;
    return good ? size : 0;
}

size_t native_utf8_slow(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + size;
    size_t count = 0;
    for (; p < end; count++) {
        size_t step = *p < 0x80 ? *p != 0 : sequence(p, (size_t)(end - p));
        if (step == 0)
            return SIZE_MAX;
        p += step;
    }
    return count;
}

native_handle *native_make(const bench_options *options, void *db)
{
    native_handle *h = bench_alloc(1, sizeof *h);
    *h = (native_handle){.options = options, .db = db, .count = options->writes ? options->rows : 0};
    if (!h->count)
        return h;
    h->rows = bench_alloc((size_t)h->count, sizeof *h->rows);
    h->titles = bench_alloc((size_t)h->count, BENCH_TITLE_ROOM);
    for (int64_t i = 0; i < h->count; i++)
        h->rows[i] = bench_row(i, h->titles + i * BENCH_TITLE_ROOM);
    return h;
}

void native_free(native_handle *h)
{
    native_objects_free(&h->objects);
    free(h->rows);
    free(h->titles);
    free(h);
}

void *native_open(const bench_options *options)
{
    return native_make(options, options->backend->connect(options->url));
}

void native_close(void *client)
{
    native_handle *h = client;
    h->options->backend->disconnect(h->db);
    native_free(h);
}

void native_connect(void *client)
{
    const native_handle *h = client;
    const bench_backend *backend = h->options->backend;
    for (int64_t i = 0; i < h->options->rows; i++)
        backend->disconnect(backend->connect(h->options->url));
}

void native_object_load(void *client)
{
    native_handle *h = client;
    h->options->backend->load_artists(h);
    h->options->backend->load_songs(h);
    native_join(&h->objects);
}

void native_each_object(void *client, bench_object_fn *parent, bench_object_fn *child, void *context)
{
    native_objects_each(&((native_handle *)client)->objects, parent, child, context);
}
