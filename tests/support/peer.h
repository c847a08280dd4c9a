/* SPDX-License-Identifier: MIT */
/* The system's own Python running a script, with a pipe in each direction. */
#ifndef KOINE_TESTS_PEER_H
#define KOINE_TESTS_PEER_H

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"

#define PEER_PYTHON "/usr/bin/python3"

typedef struct peer {
    pid_t pid;
    int from, to;
} peer;

/* SIGPIPE is ignored from here on: a peer that died is found by its exit status. */
static inline void peer_start(peer *p, const char *script)
{
    int from[2], to[2];
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(from), 0);
    assert_int_equal(pipe(to), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        if (dup2(to[0], STDIN_FILENO) >= 0 && dup2(from[1], STDOUT_FILENO) >= 0) {
            (void)close(from[0]);
            (void)close(to[1]);
            execl(PEER_PYTHON, PEER_PYTHON, script, (char *)NULL);
        }
        perror(PEER_PYTHON);
        _exit(127);
    }
    (void)close(from[1]);
    (void)close(to[0]);
    p->from = from[0];
    p->to = to[1];
}

/* After both pipes were closed: how it ended, 0 when it was content. */
static inline int peer_wait(const peer *p)
{
    int status = -1;
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
