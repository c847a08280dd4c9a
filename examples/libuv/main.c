/* SPDX-License-Identifier: MIT */
/* The queries of examples/poll, under libuv:
 *
 *     libuv postgresql://me@localhost/numbers [HOW MANY]
 *
 * A descriptor is watched for one wait only: the next one may be another, or another with the same number. */
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "queries.h"

#define AT_MOST 1000

typedef struct watcher {
    query q;
    uv_poll_t *descriptor; /* libuv frees it later than it is closed */
    uv_timer_t timer;
    uv_loop_t *loop;
} watcher;

static watcher watchers[AT_MOST];
static int waiting, at_once, waits;

static void go(watcher *w);

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void stop_watching(watcher *w)
{
    uv_timer_stop(&w->timer);
    if (w->descriptor)
        uv_close((uv_handle_t *)w->descriptor, free_handle);
    w->descriptor = NULL;
    waiting--;
}

static void on_descriptor(uv_poll_t *handle, int status, int events)
{
    watcher *w = (watcher *)handle->data;

    (void)status; /* of the descriptor: the verb finds out by itself */
    (void)events;
    stop_watching(w);
    go(w);
}

static void on_time(uv_timer_t *timer)
{
    watcher *w = (watcher *)timer->data;

    stop_watching(w);
    go(w);
}

static void watch(watcher *w)
{
    const kn_wait *wait = &w->q.wait;
    int left = kn_wait_milliseconds(wait);

    waits++;
    if (++waiting > at_once)
        at_once = waiting;
    if (left >= 0)
        uv_timer_start(&w->timer, on_time, (uint64_t)left, 0);
    if (wait->fd < 0)
        return;
    w->descriptor = (uv_poll_t *)malloc(sizeof(*w->descriptor));
    if (!w->descriptor || uv_poll_init(w->loop, w->descriptor, wait->fd) != 0)
        abort();
    w->descriptor->data = w;
    uv_poll_start(w->descriptor,
                  (wait->events & KN_WAIT_READ ? UV_READABLE : 0) | (wait->events & KN_WAIT_WRITE ? UV_WRITABLE : 0),
                  on_descriptor);
}

static void go(watcher *w)
{
    if (query_go(&w->q) == KN_WAIT)
        watch(w);
    else
        uv_close((uv_handle_t *)&w->timer, NULL);
}

static bool run(int count)
{
    static query ended[AT_MOST];
    uv_loop_t *loop = uv_default_loop();

    for (int i = 0; i < count; i++) {
        watchers[i].loop = loop;
        watchers[i].timer.data = &watchers[i];
        uv_timer_init(loop, &watchers[i].timer);
        go(&watchers[i]);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    for (int i = 0; i < count; i++)
        ended[i] = watchers[i].q;
    return queries_tell(ended, count, at_once, waits);
}

int main(int argc, char **argv)
{
    int count = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100;
    kn_engine *engine = NULL;
    kn_error error = {0};
    bool right = false;
    kn_status status;

    if (argc < 2 || count < 1 || count > AT_MOST) {
        fprintf(stderr, "usage: %s URL [HOW MANY, at most %d]\n", argv[0], AT_MOST);
        return 2;
    }
    status = kn_engine_create(argv[1], KN_ENGINE_OPTIONS(.pool_max = (uint32_t)count), &engine, &error);
    if (status == KN_OK)
        status = make_numbers(engine, &error);
    for (int i = 0; i < count && status == KN_OK; i++)
        status = query_start(engine, &watchers[i].q, i, &error);
    if (status == KN_OK) {
        right = run(count);
    } else {
        fprintf(stderr, "%s: %s\n", kn_status_name(status), error.message);
        for (int i = 0; i < count; i++)
            kn_release(watchers[i].q.c);
    }
    kn_engine_destroy(engine);
    return right ? 0 : 1;
}
