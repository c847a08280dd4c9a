/* SPDX-License-Identifier: MIT */
/* The real pgbouncer in transaction mode before the server of KOINE_TEST_URL: it gives a connection some session or
 * other for each transaction, one after the other. It runs as an unprivileged user, in a folder of its own, and ends
 * with the test, whatever ends that. */
#ifndef KOINE_TESTS_PGBOUNCER_H
#define KOINE_TESTS_PGBOUNCER_H

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "support/database.h"

#define PGBOUNCER_PORT 6432
#define PGBOUNCER_SESSIONS 3

typedef struct pgbouncer {
    pid_t pid;
    char folder[64];
} pgbouncer;

/* Nothing is ignored that a client may ask for when it begins: what Koine sends must do without. */
static inline void pgbouncer_configure(const pgbouncer *b, const kn_url *server)
{
    char path[100];
    FILE *file;

    snprintf(path, sizeof(path), "%s/pgbouncer.ini", b->folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "[databases]\n* = host=%s port=%u user=%s\n", server->hosts[0].name,
            server->hosts[0].port ? server->hosts[0].port : 5432, server->user);
    fprintf(file,
            "[pgbouncer]\nlisten_port = %d\nunix_socket_dir = %s\nlogfile = %s/log\npidfile = %s/pid\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = %d\nserver_round_robin = 1\n",
            PGBOUNCER_PORT, b->folder, b->folder, b->folder, PGBOUNCER_SESSIONS);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0644), 0);
}

/* In the child. pgbouncer refuses to run as root, who becomes nobody. */
static inline void pgbouncer_become(const pgbouncer *b)
{
    const char *const program = "/usr/sbin/pgbouncer";
    char path[100];

    snprintf(path, sizeof(path), "%s/pgbouncer.ini", b->folder);
    if (geteuid() == 0)
        execlp("setpriv", "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL", program,
               "-q", path, (char *)NULL);
    else
        execlp("setpriv", "setpriv", "--pdeathsig=KILL", program, "-q", path, (char *)NULL);
    _exit(127);
}

/* Does it listen already? */
static inline bool pgbouncer_answers(const pgbouncer *b)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool answers;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%d", b->folder, PGBOUNCER_PORT);
    answers = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return answers;
}

static inline void pgbouncer_start(pgbouncer *b)
{
    kn_url *server = NULL;

    *b = (pgbouncer){.pid = -1};
    assert_int_equal(kn_url_parse(getenv("KOINE_TEST_URL"), NULL, &server, NULL), KN_OK);
    snprintf(b->folder, sizeof(b->folder), "/tmp/koine-bouncer-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    assert_int_equal(chmod(b->folder, 0777), 0);
    pgbouncer_configure(b, server);
    kn_url_destroy(server);
    b->pid = fork();
    assert_true(b->pid >= 0);
    if (b->pid == 0)
        pgbouncer_become(b);
    while (!pgbouncer_answers(b)) {
        if (waitpid(b->pid, NULL, WNOHANG) != 0)
            fail_msg("pgbouncer did not start (Debian: pgbouncer)");
        sched_yield();
    }
}

static inline void pgbouncer_stop(pgbouncer *b)
{
    static const char *const files[] = {"pgbouncer.ini", "log", "pid", ".s.PGSQL.6432"};
    char path[100];

    if (b->pid > 0) {
        kill(b->pid, SIGKILL);
        assert_int_equal(waitpid(b->pid, NULL, 0), b->pid);
    }
    b->pid = -1;
    for (size_t i = 0; i < KN_COUNT_OF(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", b->folder, files[i]);
        unlink(path);
    }
    rmdir(b->folder);
}

/* The database of a test, by way of it. */
static inline void pgbouncer_url(const pgbouncer *b, const char *database, const char *options, char *out, size_t room)
{
    size_t at = (size_t)snprintf(out, room, "postgresql://koine@");

    for (const char *p = b->folder; *p && at + 4 < room; p++)
        at += (size_t)snprintf(out + at, room - at, *p == '/' ? "%%2F" : "%c", *p);
    snprintf(out + at, room - at, ":%d/%s%s", PGBOUNCER_PORT, database, options);
}

#endif
