/* SPDX-License-Identifier: MIT */
/* A relay between a client and a server on Unix sockets, which can be made silent or slow. */
#ifndef KOINE_TESTS_RELAY_H
#define KOINE_TESTS_RELAY_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* RELAY_ASKS: the server hears nothing; in its place a client is asked for the file `asks_for`, once, and told that all
 * is well. */
enum { RELAY_FLOWS, RELAY_DRIPS, RELAY_IS_SILENT, RELAY_ASKS, RELAY_ENDS };
enum { RELAY_LINKS = 64 };

typedef struct relay {
    char folder[64], path[96], to[108];
    int listener, wake[2];
    int ends[RELAY_LINKS][2]; /* client, server; -1 = closed */
    size_t links;
    atomic_int mode;
    atomic_int mode_seen;
    atomic_int sends; /* perhaps to somebody who does not read */
    const char *asks_for;
    char heard[256]; /* what came for the file; read it once the client has an answer */
    size_t n_heard;
    int *asked; /* the ends of whom */
    pthread_t thread;
} relay;

static inline void relay_address(struct sockaddr_un *out, const char *path)
{
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    snprintf(out->sun_path, sizeof out->sun_path, "%s", path);
}

static inline void relay_accept(relay *r)
{
    struct sockaddr_un address;
    relay_address(&address, r->to);
    if (r->links == RELAY_LINKS)
        abort();
    int *ends = r->ends[r->links++];
    ends[0] = accept(r->listener, NULL, NULL);
    ends[1] = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(ends[1], (struct sockaddr *)&address, sizeof address) != 0)
        abort();
}

/* One way, as much as there is, or one byte. */
static inline void relay_move(relay *r, int *ends, int from, int mode)
{
    char data[16384];
    ssize_t n = read(ends[from], data, mode == RELAY_DRIPS ? 1 : sizeof data);
    atomic_store(&r->sends, 1);
    for (ssize_t sent = 0; sent < n;) {
        ssize_t part = send(ends[!from], data + sent, (size_t)(n - sent), MSG_NOSIGNAL);
        if (part < 0) {
            n = 0;
            break;
        }
        sent += part;
    }
    atomic_store(&r->sends, 0);
    if (n <= 0) {
        for (int i = 0; i < 2; i++) {
            close(ends[i]);
            ends[i] = -1;
        }
    }
    if (mode == RELAY_DRIPS)
        sched_yield();
}

/* A MySQL server may ask for any file in answer to any command. */
static inline void relay_ask(relay *r, int *ends)
{
    static const unsigned char ok[] = {7, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0};
    unsigned char request[128] = {(unsigned char)(strlen(r->asks_for) + 1), 0, 0, 1, 0xfb};
    char data[sizeof r->heard];
    ssize_t n = read(ends[0], data, sizeof data - r->n_heard);
    if (n > 0 && r->asked == ends) {
        memcpy(r->heard + r->n_heard, data, (size_t)n);
        r->n_heard += (size_t)n;
        (void)!send(ends[0], ok, sizeof ok, MSG_NOSIGNAL);
    } else if (n > 0 && !r->asked) {
        memcpy(request + 5, r->asks_for, strlen(r->asks_for));
        (void)!send(ends[0], request, 5 + strlen(r->asks_for), MSG_NOSIGNAL);
        r->asked = ends;
    } else if (n <= 0) {
        close(ends[0]);
        ends[0] = -1;
    }
}

static inline void *relay_run(void *context)
{
    relay *r = context;
    for (;;) {
        struct pollfd p[2 + 2 * RELAY_LINKS] = {{.fd = r->wake[0], .events = POLLIN}};
        int mode = atomic_load(&r->mode);
        atomic_store(&r->mode_seen, mode);
        if (mode == RELAY_ENDS)
            return NULL;
        p[1] = (struct pollfd){.fd = mode == RELAY_IS_SILENT ? -1 : r->listener, .events = POLLIN};
        for (size_t i = 0; i < 2 * r->links; i++)
            p[2 + i] = (struct pollfd){.fd = mode == RELAY_IS_SILENT ? -1 : r->ends[i / 2][i % 2], .events = POLLIN};
        size_t links = r->links;
        if (poll(p, (nfds_t)(2 + 2 * links), -1) < 0 && errno != EINTR)
            abort();
        if (p[0].revents) {
            char byte;
            (void)!read(r->wake[0], &byte, 1);
            continue;
        }
        for (size_t i = 0; i < 2 * links; i++)
            if (p[2 + i].revents && r->ends[i / 2][i % 2] >= 0 && mode == RELAY_ASKS && i % 2 == 0)
                relay_ask(r, r->ends[i / 2]);
            else if (p[2 + i].revents && r->ends[i / 2][i % 2] >= 0)
                relay_move(r, r->ends[i / 2], (int)(i % 2), mode);
        if (p[1].revents)
            relay_accept(r);
    }
}

/* When it returns nothing is moved in the old way any more, but what was on its way. */
static inline void relay_set(relay *r, int mode)
{
    atomic_store(&r->mode, mode);
    (void)!write(r->wake[1], "", 1);
    while (atomic_load(&r->mode_seen) != mode && !atomic_load(&r->sends))
        sched_yield();
}

static inline void relay_init(relay *r, const char *to)
{
    struct sockaddr_un address;
    memset(r, 0, sizeof *r);
    snprintf(r->folder, sizeof r->folder, "/tmp/koine-relay.XXXXXX");
    if (!mkdtemp(r->folder) || pipe(r->wake) != 0)
        abort();
    snprintf(r->path, sizeof r->path, "%s/socket", r->folder);
    snprintf(r->to, sizeof r->to, "%s", to);
    relay_address(&address, r->path);
    r->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(r->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(r->listener, 50) != 0 ||
        pthread_create(&r->thread, NULL, relay_run, r) != 0)
        abort();
}

static inline void relay_finish(relay *r)
{
    atomic_store(&r->mode, RELAY_ENDS);
    (void)!write(r->wake[1], "", 1);
    pthread_join(r->thread, NULL);
    for (size_t i = 0; i < 2 * r->links; i++)
        if (r->ends[i / 2][i % 2] >= 0)
            close(r->ends[i / 2][i % 2]);
    close(r->listener);
    close(r->wake[0]);
    close(r->wake[1]);
    unlink(r->path);
    rmdir(r->folder);
}

#endif
