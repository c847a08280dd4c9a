/* SPDX-License-Identifier: MIT */
/* The system's own Python pickles values in every protocol; what Koine read and wrote again it must load as the same
 * values. The values and the verdict are in pickle_peer.py. */
#include "support/cmocka.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <koine/any.h>

#include "support/peer.h"

#define SCRIPT KOINE_SOURCE_DIR "/tests/interop/pickle_peer.py"
#define LARGEST ((size_t)64 * 1024 * 1024)

/* False at the end of the stream. */
static bool receive(int fd, void *data, size_t size)
{
    char *at = data;
    while (size) {
        ssize_t got = read(fd, at, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static bool send_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        ssize_t put = write(fd, at, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        size -= (size_t)put;
    }
    return true;
}

static bool send_frame(int fd, kn_bytes bytes)
{
    unsigned char head[4];
    for (int i = 0; i < 4; i++)
        head[i] = (unsigned char)(bytes.size >> 8 * i);
    return send_all(fd, head, sizeof head) && send_all(fd, bytes.data, bytes.size);
}

/* What Koine makes of one pickle. */
static bool answer(int fd, kn_bytes pickle, kn_arena *arena)
{
    static const char prefix[] = "refused: ";
    char text[sizeof prefix + sizeof(((kn_error *)0)->message)];
    const kn_any *any = NULL;
    kn_bytes bytes = {NULL, 0};
    kn_error error = {0};
    kn_status status = kn_pickle_read(pickle, NULL, arena, &any, &error);
    if (status == KN_OK)
        status = kn_pickle_write(any, NULL, arena, &bytes, &error);
    if (status != KN_OK) {
        int size = snprintf(text, sizeof text, "%s%s", prefix, error.message);
        bytes = (kn_bytes){text, (size_t)size};
    }
    return send_frame(fd, bytes);
}

/* The number of pickles that were answered. */
static size_t serve(const peer *p)
{
    kn_arena arena;
    unsigned char head[4];
    size_t count = 0;
    bool ok = true;
    kn_arena_init(&arena, NULL, 0);
    while (ok && receive(p->from, head, sizeof head)) {
        size_t size = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
        /* exactly as long as the pickle, so that a sanitizer sees a read past its end */
        void *data = size <= LARGEST ? malloc(size ? size : 1) : NULL;
        ok = data && receive(p->from, data, size) && answer(p->to, (kn_bytes){data, size}, &arena);
        free(data);
        kn_arena_reset(&arena);
        count += ok;
    }
    kn_arena_finish(&arena);
    return count;
}

static void test_pickle_python__loads_what_koine_wrote(void **state)
{
    (void)state;
    peer p;
    peer_start(&p, SCRIPT);
    size_t count = serve(&p);
    (void)close(p.to);
    (void)close(p.from);
    assert_int_equal(peer_wait(&p), 0);
    assert_true(count >= 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pickle_python__loads_what_koine_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
