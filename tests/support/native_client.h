/* SPDX-License-Identifier: MIT */
/* What is in a database, as its own command line client tells it: a witness that shares nothing with Koine. */
#ifndef KOINE_TESTS_NATIVE_CLIENT_H
#define KOINE_TESTS_NATIVE_CLIENT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <koine/url.h>

/* Is called with a row of two integers. */
typedef void native_row_fn(void *context, long long first, long long second);

static inline void native_exec(const kn_url *url, const char *sql)
{
    const char *host = url->hosts[0].name;
    char port[16];

    snprintf(port, sizeof(port), "%u", url->hosts[0].port ? url->hosts[0].port : 5432U);
    if (strcmp(url->dialect, "postgresql") == 0)
        execlp("psql", "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port,
               "-U", url->user, "-c", sql, url->database, (char *)NULL);
    else
        execlp("mariadb", "mariadb", "--no-defaults", "-N", "-B", "-S", host, "-u", url->user, "-e", sql, url->database,
               (char *)NULL);
    _exit(127);
}

/* Runs a query that gives rows of two integers on the database of `text`, a URL. False when the client fails. */
static inline bool native_query(const char *text, const char *sql, native_row_fn *take, void *context)
{
    kn_url *url = NULL;
    int ends[2], status = -1;
    char line[128];
    pid_t pid;
    FILE *rows;

    if (kn_url_parse(text, NULL, &url, NULL) != KN_OK || pipe(ends) != 0)
        return false;
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        native_exec(url, sql);
    }
    close(ends[1]);
    rows = fdopen(ends[0], "r");
    while (fgets(line, sizeof(line), rows)) {
        char *second = NULL;
        long long first = strtoll(line, &second, 10);
        take(context, first, strtoll(second, NULL, 10));
    }
    fclose(rows);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    kn_url_destroy(url);
    return pid > 0 && status == 0;
}

#endif
