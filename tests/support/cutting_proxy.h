/* SPDX-License-Identifier: MIT */
/* A proxy on a port of loopback before a server's socket, which ends one stream after a given number of bytes: as a
 * peer that closes, as one that resets, as a link that swallows what comes after in that direction, or as a network
 * that swallows everything, also what new links say. One thread moves the bytes of all links. It counts the round
 * trips, and may put other words into what a client says.
 *
 *     cutting_proxy_start(&proxy, "/run/x/.s.PGSQL.5432");     the client calls 127.0.0.1 at proxy.port
 *     cutting_proxy_plan(&proxy, (cutting_plan){...});         for the links that begin from now on
 *     ... cutting_proxy_settle(&proxy) ...                      both sides have closed: the server has done what it got
 *     cutting_proxy_stop(&proxy); */
#ifndef KOINE_TESTS_CUTTING_PROXY_H
#define KOINE_TESTS_CUTTING_PROXY_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/cmocka.h"

#include <koine/url.h>

enum { TO_SERVER, TO_CLIENT };
typedef enum cutting_way { CUT_NOTHING, CUT_FIN, CUT_RST, CUT_STALL, CUT_DEAD, N_CUTTING_WAYS } cutting_way;

/* Which link since the plan was made, which direction of it, and after how many bytes. */
typedef struct cutting_plan {
    unsigned link;
    int direction;
    size_t after;
    cutting_way way;
} cutting_plan;

#define CUTTING_LINKS 16
/* Direction d is read from ends[d] and sent to ends[!d]: ends[TO_SERVER] is the client's, ends[TO_CLIENT] the server's.
 */
typedef struct cutting_link {
    bool used;
    int ends[2]; /* -1 = closed */
    size_t moved[2];
    bool ended[2];    /* nothing more is read */
    bool swallows[2]; /* what is read is not sent on */
    bool counted;     /* it is the link of the plan */
    bool heard;       /* the server spoke last */
    cutting_way way;  /* still to come */
    int direction;
    size_t after;
} cutting_link;

typedef struct cutting_proxy {
    struct sockaddr_un server;
    int listener, wake[2];
    unsigned port;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t settled;
    cutting_plan plan;
    unsigned begun;                    /* links, since the plan was made */
    unsigned open;                     /* links */
    size_t moved[2];                   /* by the link of the plan */
    atomic_bool dead;                  /* all links, until the next plan */
    bool cut;                          /* the plan came to pass */
    unsigned trips;                    /* round trips of all links: a client spoke after the server had */
    const char *finds, *puts;          /* what a client says next, and what the server hears; as long */
    cutting_link links[CUTTING_LINKS]; /* the thread's */
} cutting_proxy;

static inline void cutting_close_end(cutting_link *l, int end)
{
    if (l->ends[end] >= 0)
        close(l->ends[end]);
    l->ends[end] = -1;
    l->ended[end] = true;
}

static inline void cutting_close(cutting_proxy *p, cutting_link *l)
{
    cutting_close_end(l, TO_SERVER);
    cutting_close_end(l, TO_CLIENT);
    l->used = false;
    pthread_mutex_lock(&p->mutex);
    p->open--;
    pthread_cond_broadcast(&p->settled);
    pthread_mutex_unlock(&p->mutex);
}

static inline void cutting_accept(cutting_proxy *p)
{
    const int yes = 1;
    cutting_link *l = p->links;
    int client = accept(p->listener, NULL, NULL), server = socket(AF_UNIX, SOCK_STREAM, 0);

    while (l < p->links + CUTTING_LINKS && l->used)
        l++;
    if (client < 0 || l == p->links + CUTTING_LINKS ||
        connect(server, (struct sockaddr *)&p->server, sizeof(p->server)) != 0) {
        close(client);
        close(server);
        return;
    }
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    *l = (cutting_link){.used = true, .ends = {client, server}};
    pthread_mutex_lock(&p->mutex);
    l->counted = p->plan.link == p->begun;
    if (l->counted) {
        l->way = p->plan.way;
        l->direction = p->plan.direction;
        l->after = p->plan.after;
    }
    p->begun++;
    p->open++;
    pthread_mutex_unlock(&p->mutex);
}

/* A peer that goes is gone for both; one that is not heard any more may still hear. */
static inline void cutting_cut(cutting_proxy *p, cutting_link *l)
{
    const struct linger at_once = {.l_onoff = 1};
    bool towards_client = l->direction == TO_CLIENT;

    l->swallows[l->direction] = true;
    if (l->way == CUT_FIN) {
        (void)shutdown(l->ends[TO_CLIENT], SHUT_WR);
        l->swallows[TO_SERVER] = true;
        if (towards_client)
            (void)shutdown(l->ends[TO_SERVER], SHUT_WR);
    }
    if (l->way == CUT_RST) {
        (void)setsockopt(l->ends[TO_SERVER], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        cutting_close_end(l, TO_SERVER);
        (void)shutdown(l->ends[TO_CLIENT], SHUT_WR);
        l->swallows[TO_CLIENT] = true;
    }
    if (l->way == CUT_DEAD)
        atomic_store(&p->dead, true);
    l->way = CUT_NOTHING;
}

static inline bool cutting_send(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return true;
}

/* The one who sent in this direction has gone. The client does not hear of it where it hears nothing. */
static inline void cutting_ended(cutting_proxy *p, cutting_link *l, int direction)
{
    l->ended[direction] = true;
    if (l->ends[!direction] >= 0 && (direction == TO_SERVER || !(l->swallows[direction] || atomic_load(&p->dead))))
        (void)shutdown(l->ends[!direction], SHUT_WR);
    if (l->ended[TO_SERVER] && l->ended[TO_CLIENT])
        cutting_close(p, l);
}

/* What is found must not be split over two reads: a short message to an idle server is not. */
static inline void cutting_look(cutting_proxy *p, cutting_link *l, int direction, char *data, size_t size)
{
    pthread_mutex_lock(&p->mutex);
    p->trips += direction == TO_SERVER && l->heard;
    l->heard = direction == TO_CLIENT;
    for (size_t i = 0, n = p->finds ? strlen(p->finds) : 0; p->finds && direction == TO_SERVER && i + n <= size; i++)
        if (memcmp(data + i, p->finds, n) == 0) {
            memcpy(data + i, p->puts, n);
            p->finds = NULL;
        }
    pthread_mutex_unlock(&p->mutex);
}

static inline void cutting_move(cutting_proxy *p, cutting_link *l, int direction)
{
    char data[16384];
    ssize_t n = recv(l->ends[direction], data, sizeof(data), 0);
    bool reached = false;
    size_t size = n > 0 ? (size_t)n : 0;

    if (n <= 0) {
        cutting_ended(p, l, direction);
        return;
    }
    if (l->swallows[direction] || atomic_load(&p->dead))
        return;
    if (l->way != CUT_NOTHING && l->direction == direction && l->after - l->moved[direction] <= size) {
        size = l->after - l->moved[direction];
        reached = true;
    }
    cutting_look(p, l, direction, data, size);
    if (!cutting_send(l->ends[!direction], data, size))
        l->swallows[direction] = true;
    l->moved[direction] += size;
    if (reached)
        cutting_cut(p, l);
    if (!l->counted)
        return;
    pthread_mutex_lock(&p->mutex);
    p->moved[direction] = l->moved[direction];
    p->cut = p->cut || reached;
    pthread_mutex_unlock(&p->mutex);
}

static inline void *cutting_run(void *context)
{
    cutting_proxy *p = (cutting_proxy *)context;

    for (;;) {
        struct pollfd fds[2 + 2 * CUTTING_LINKS] = {{.fd = p->wake[0], .events = POLLIN},
                                                    {.fd = p->listener, .events = POLLIN}};
        for (int i = 0; i < 2 * CUTTING_LINKS; i++) {
            const cutting_link *l = &p->links[i / 2];
            fds[2 + i] = (struct pollfd){.fd = l->used && !l->ended[i % 2] ? l->ends[i % 2] : -1, .events = POLLIN};
        }
        if (poll(fds, 2 + 2 * CUTTING_LINKS, -1) < 0)
            continue;
        if (fds[0].revents)
            break;
        for (int i = 0; i < 2 * CUTTING_LINKS; i++) {
            cutting_link *l = &p->links[i / 2];
            if (fds[2 + i].revents && l->used && l->ends[i % 2] >= 0)
                cutting_move(p, l, i % 2);
        }
        if (fds[1].revents)
            cutting_accept(p);
    }
    for (int i = 0; i < CUTTING_LINKS; i++) {
        if (p->links[i].used)
            cutting_close(p, &p->links[i]);
    }
    return NULL;
}

static inline void cutting_proxy_start(cutting_proxy *p, const char *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_condattr_t monotonic;

    memset(p, 0, sizeof(*p));
    p->server.sun_family = AF_UNIX;
    assert_true(strlen(server) < sizeof(p->server.sun_path));
    memcpy(p->server.sun_path, server, strlen(server) + 1);
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(p->listener, 16), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&address, &size), 0);
    p->port = ntohs(address.sin_port);
    assert_int_equal(pipe(p->wake), 0);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    assert_int_equal(pthread_create(&p->thread, NULL, cutting_run, p), 0);
}

static inline void cutting_proxy_plan(cutting_proxy *p, cutting_plan plan)
{
    pthread_mutex_lock(&p->mutex);
    p->plan = plan;
    p->begun = 0;
    p->moved[0] = p->moved[1] = 0;
    p->cut = false;
    atomic_store(&p->dead, false);
    pthread_mutex_unlock(&p->mutex);
}

/* Round trips since the last call. */
static inline unsigned cutting_proxy_trips(cutting_proxy *p)
{
    pthread_mutex_lock(&p->mutex);
    unsigned trips = p->trips;
    p->trips = 0;
    pthread_mutex_unlock(&p->mutex);
    return trips;
}

/* The next time that a client says it. */
static inline void cutting_proxy_replace(cutting_proxy *p, const char *finds, const char *puts)
{
    pthread_mutex_lock(&p->mutex);
    p->finds = finds;
    p->puts = puts;
    pthread_mutex_unlock(&p->mutex);
}

/* No link is open any more. False after `seconds`. */
static inline bool cutting_proxy_settle(cutting_proxy *p, int seconds)
{
    struct timespec until;
    int failed = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&p->mutex);
    while (p->open && !failed)
        failed = pthread_cond_timedwait(&p->settled, &p->mutex, &until);
    pthread_mutex_unlock(&p->mutex);
    return !failed;
}

static inline void cutting_proxy_stop(cutting_proxy *p)
{
    assert_int_equal(write(p->wake[1], "!", 1), 1);
    pthread_join(p->thread, NULL);
    close(p->listener);
    close(p->wake[0]);
    close(p->wake[1]);
    pthread_cond_destroy(&p->settled);
    pthread_mutex_destroy(&p->mutex);
}

/* Where the server of a URL listens. */
static inline void cutting_proxy_socket(const char *text, char *out, size_t room)
{
    kn_url *url = NULL;
    struct stat st;

    assert_int_equal(kn_url_parse(text, NULL, &url, NULL), KN_OK);
    const kn_url_host *host = &url->hosts[0];
    if (strcmp(url->dialect, "postgresql") == 0)
        snprintf(out, room, "%s/.s.PGSQL.%u", host->name, host->port ? host->port : 5432U);
    else
        snprintf(out, room, "%s", host->name);
    kn_url_destroy(url);
    if (stat(out, &st) != 0 || !S_ISSOCK(st.st_mode))
        fail_msg("the server's socket is not at %s", out);
}

#endif
