/* SPDX-License-Identifier: MIT */
/* never_blocks SERVER-URL STALLING-URL SILENT-URL [blocking]: a hundred queries on one thread, and beside them some to
 * a server that stops answering while it is asked and to one that never says a word. Between two marks on standard
 * error nothing but the one poll over all descriptors may wait; the script of this name looks at the system calls. With
 * "blocking" one connection more is opened, by kn_connect to the one that says nothing, which must be found. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queries.h"

#define GOOD 100
#define STALLED 5
#define SILENT 3
#define ALL (GOOD + STALLED + SILENT)

static query queries[ALL];
static struct pollfd descriptors[ALL];
static kn_engine *engines[3];
static int waits, at_once;

/* A system call of its own in the trace. */
static void mark(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(3);
}

static int gather(void)
{
    int least = -1, waiting = 0;

    for (int i = 0; i < ALL; i++) {
        const query *q = &queries[i];
        int left = q->status == KN_WAIT ? kn_wait_milliseconds(&q->wait) : -1;
        descriptors[i] = (struct pollfd){.fd = q->status == KN_WAIT ? q->wait.fd : -1};
        descriptors[i].events =
            (short)((q->wait.events & KN_WAIT_READ ? POLLIN : 0) | (q->wait.events & KN_WAIT_WRITE ? POLLOUT : 0));
        if (left >= 0 && (least < 0 || left < least))
            least = left;
        waiting += q->status == KN_WAIT;
    }
    waits++;
    at_once = waiting > at_once ? waiting : at_once;
    return least;
}

static bool any_waits(void)
{
    for (int i = 0; i < ALL; i++)
        if (queries[i].status == KN_WAIT)
            return true;
    return false;
}

static void run(void)
{
    for (int i = 0; i < ALL; i++)
        query_go(&queries[i]);
    while (any_waits()) {
        (void)poll(descriptors, ALL, gather());
        for (int i = 0; i < ALL; i++)
            if (queries[i].status == KN_WAIT && (descriptors[i].revents || kn_wait_milliseconds(&queries[i].wait) == 0))
                query_go(&queries[i]);
    }
}

static kn_status start(char **urls, kn_error *error)
{
    static const int counts[] = {GOOD, STALLED, SILENT + 1};
    kn_status status = KN_OK;

    for (int e = 0; e < 3 && status == KN_OK; e++)
        status = kn_engine_create(
            urls[e],
            KN_ENGINE_OPTIONS(.pool_max = (uint32_t)counts[e], .connect_timeout_ms = e ? 3000 : 60000,
                              .statement_timeout_ms = e ? 3000 : 60000), /* of what is not given its own: preparing */
            &engines[e], error);
    if (status == KN_OK)
        status = make_numbers(engines[0], error);
    if (status == KN_OK)
        kn_engine_close_idle(engines[0]);
    for (int i = 0; i < ALL && status == KN_OK; i++) {
        int e = i < GOOD ? 0 : i < GOOD + STALLED ? 1 : 2;
        status = query_start(engines[e], &queries[i], i, error);
        queries[i].timeout_ms = e ? 3000 : 60000;
    }
    return status;
}

static bool tell(void)
{
    bool right = queries_tell(queries, GOOD, at_once, waits);

    for (int i = GOOD; i < ALL; i++)
        if (queries[i].status != KN_TIMEOUT) {
            printf("stalled query %d, at its verb %u: %s: %s\n", i, queries[i].stage, kn_status_name(queries[i].status),
                   queries[i].error.message);
            right = false;
        }
    return right;
}

int main(int argc, char **argv)
{
    kn_connection *blocking = NULL;
    kn_error error = {0};
    kn_status status = argc > 3 ? start(argv + 1, &error) : KN_INVALID;

    if (status != KN_OK) {
        fprintf(stderr, "%s: %s\n", kn_status_name(status), error.message);
        return 2;
    }
    mark("-- from here");
    if (argc > 4)
        status = kn_connect(engines[2], &blocking, &error);
    run();
    mark("-- up to here");
    kn_release(blocking);
    for (int e = 0; e < 3; e++)
        kn_engine_destroy(engines[e]);
    return status == KN_OK && tell() ? 0 : 1;
}
