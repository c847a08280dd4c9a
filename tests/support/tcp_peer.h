/* SPDX-License-Identifier: MIT */
/* Something on a port of loopback that is not the server a driver expects: a thread that accepts connections, one after
 * the other, and says what a test gives it. */
#ifndef KOINE_TESTS_TCP_PEER_H
#define KOINE_TESTS_TCP_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka.h"

typedef enum tcp_ending { TCP_STAYS, TCP_ENDS, TCP_CLOSES, TCP_RESETS, TCP_REPEATS } tcp_ending;

/* What it does, in turns: waits for a message of the client (when `hears`), then says `says`. After the last it ends as
 * `ending` says: TCP_ENDS says no more, but hears what the client still sends, so that nothing it said is lost;
 * TCP_REPEATS says the last without end. */
typedef struct tcp_turn {
    bool hears;
    const void *says;
    size_t size;
} tcp_turn;
#define TCP_SAYS(text)                                                                                                 \
    {                                                                                                                  \
        .says = "" text, .size = sizeof(text) - 1                                                                      \
    }
#define TCP_ANSWERS(text)                                                                                              \
    {                                                                                                                  \
        .hears = true, .says = "" text, .size = sizeof(text) - 1                                                       \
    }

typedef struct tcp_peer {
    const tcp_turn *turns;
    size_t n_turns;
    tcp_ending ending;
    int listener, stop[2];
    unsigned port;
    pthread_t thread;
    char heard[4096]; /* after the last turn, by the last client: read it when the peer has stopped */
    size_t n_heard;
} tcp_peer;

/* Readable, or the test is over. */
static inline bool tcp_peer_wait(tcp_peer *p, int fd, short events)
{
    struct pollfd both[2] = {{.fd = fd, .events = events}, {.fd = p->stop[0], .events = POLLIN}};

    while (poll(both, 2, -1) <= 0)
        ;
    return !(both[1].revents & POLLIN);
}

/* False when the client has gone. */
static inline bool tcp_peer_say(tcp_peer *p, int fd, const void *says, size_t size)
{
    const char *at = says;

    while (size > 0 && tcp_peer_wait(p, fd, POLLOUT)) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return size == 0;
}

static inline void tcp_peer_listen_on(tcp_peer *p, int fd)
{
    ssize_t n = 1;

    while (n > 0 && tcp_peer_wait(p, fd, POLLIN)) {
        char sink[512];
        bool keeps = p->n_heard < sizeof(p->heard);
        n = keeps ? recv(fd, p->heard + p->n_heard, sizeof(p->heard) - p->n_heard, 0) : recv(fd, sink, sizeof(sink), 0);
        p->n_heard += keeps && n > 0 ? (size_t)n : 0;
    }
}

static inline void tcp_peer_serve(tcp_peer *p, int fd)
{
    struct linger at_once = {.l_onoff = 1};
    char sink[4096];
    bool there = true;

    for (size_t i = 0; i < p->n_turns && there; i++) {
        if (p->turns[i].hears)
            there = tcp_peer_wait(p, fd, POLLIN) && recv(fd, sink, sizeof(sink), 0) > 0;
        there = there && tcp_peer_say(p, fd, p->turns[i].says, p->turns[i].size);
    }
    p->n_heard = 0;
    while (there && p->ending == TCP_REPEATS)
        there = tcp_peer_say(p, fd, p->turns[p->n_turns - 1].says, p->turns[p->n_turns - 1].size);
    if (there && p->ending == TCP_ENDS)
        (void)shutdown(fd, SHUT_WR);
    if (there && (p->ending == TCP_STAYS || p->ending == TCP_ENDS))
        tcp_peer_listen_on(p, fd);
    if (p->ending == TCP_RESETS)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
}

static inline void *tcp_peer_run(void *context)
{
    tcp_peer *p = context;

    while (tcp_peer_wait(p, p->listener, POLLIN)) {
        int fd = accept(p->listener, NULL, NULL);
        if (fd >= 0)
            tcp_peer_serve(p, fd);
    }
    return NULL;
}

/* A socket that listens at a port of loopback nobody else has. */
static inline int tcp_listener(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static inline void tcp_peer_start(tcp_peer *p, const tcp_turn *turns, size_t n_turns, tcp_ending ending)
{
    *p = (tcp_peer){.turns = turns, .n_turns = n_turns, .ending = ending};
    p->listener = tcp_listener(&p->port);
    assert_int_equal(pipe(p->stop), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, tcp_peer_run, p), 0);
}

static inline void tcp_peer_stop(tcp_peer *p)
{
    assert_int_equal(write(p->stop[1], "!", 1), 1);
    pthread_join(p->thread, NULL);
    close(p->listener);
    close(p->stop[0]);
    close(p->stop[1]);
}

#endif
