/* SPDX-License-Identifier: MIT */
/* A hundred queries on a hundred connections and one thread, over poll(2).
 *
 *     poll postgresql://me@localhost/numbers [HOW MANY]
 *
 * Nothing but poll ever waits: a server that is slow to answer one of them holds up none of the others. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "queries.h"

#define AT_MOST 1000

static query queries[AT_MOST];
static struct pollfd descriptors[AT_MOST];

/* Fills in what is waited for; how long at most, in milliseconds. */
static int gather(int count, int *waiting)
{
    int least = -1;

    *waiting = 0;
    for (int i = 0; i < count; i++) {
        const kn_wait *wait = &queries[i].wait;
        int left = queries[i].status == KN_WAIT ? kn_wait_milliseconds(wait) : -1;
        descriptors[i] = (struct pollfd){.fd = -1};
        if (queries[i].status != KN_WAIT)
            continue;
        ++*waiting;
        descriptors[i].fd = wait->fd;
        descriptors[i].events =
            (short)((wait->events & KN_WAIT_READ ? POLLIN : 0) | (wait->events & KN_WAIT_WRITE ? POLLOUT : 0));
        if (left >= 0 && (least < 0 || left < least))
            least = left;
    }
    return least;
}

/* Until every query has ended; how many waited at once. */
static int run(int count, int *waits)
{
    int most = 0, waiting = 0;

    for (int i = 0; i < count; i++)
        if (queries[i].status == KN_WAIT)
            query_go(&queries[i]);
    for (;;) {
        int timeout = gather(count, &waiting);
        if (!waiting)
            return most;
        most = waiting > most ? waiting : most;
        ++*waits;
        (void)poll(descriptors, (nfds_t)count, timeout);
        for (int i = 0; i < count; i++)
            if (queries[i].status == KN_WAIT && (descriptors[i].revents || kn_wait_milliseconds(&queries[i].wait) == 0))
                query_go(&queries[i]);
    }
}

int main(int argc, char **argv)
{
    int count = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100;
    kn_engine *engine = NULL;
    kn_error error = {0};
    int waits = 0, at_once;
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
        status = query_start(engine, &queries[i], i, &error);
    if (status == KN_OK) {
        at_once = run(count, &waits);
        right = queries_tell(queries, count, at_once, waits);
    } else {
        fprintf(stderr, "%s: %s\n", kn_status_name(status), error.message);
        for (int i = 0; i < count; i++)
            kn_release(queries[i].c);
    }
    kn_engine_destroy(engine);
    return right ? 0 : 1;
}
