/* SPDX-License-Identifier: MIT */
/* A server of a test's own, with the settings that the test wants, of the backend that KOINE_TEST_URL names; and a
 * shell for what only programs can do. */
#ifndef KOINE_TESTS_TESTBED_H
#define KOINE_TESTS_TESTBED_H

#include <fcntl.h>
#include <sys/wait.h>

#include "support/database.h"

typedef struct testbed {
    pid_t pid;
    int alive; /* the server ends when this is closed */
    char url[480], tcp[480];
    kn_registry *registry; /* of its engines, where testbed_teardown is to end it */
} testbed;

/* "postgresql" or "mariadb", as koine-testbed calls them. */
static inline const char *testbed_backend(void)
{
    const char *url = getenv("KOINE_TEST_URL");

    return url && strncmp(url, "postgresql:", 11) == 0 ? "postgresql" : "mariadb";
}

static inline bool testbed_is_mariadb(void)
{
    return strcmp(testbed_backend(), "mariadb") == 0;
}

/* What stands between the quotes of `export NAME='...'`. */
static inline void testbed_copy(const char *line, const char *name, char *out, size_t room)
{
    const char *from = strstr(line, name);
    size_t size = from ? strcspn(from + strlen(name), "'") : 0;

    if (from && size < room)
        snprintf(out, room, "%.*s", (int)size, from + strlen(name));
}

/* The exports end with the line of KOINE_TEST_..._TCP. */
static inline void testbed_read(testbed *t, int from)
{
    static const char *const names[][2] = {{"KOINE_TEST_POSTGRESQL='", "KOINE_TEST_POSTGRESQL_TCP='"},
                                           {"KOINE_TEST_MARIADB='", "KOINE_TEST_MARIADB_TCP='"}};
    const char *const *mine = names[testbed_is_mariadb()];
    char text[4096] = "";
    size_t size = 0;
    ssize_t n = 1;

    while (n > 0 && (!strstr(text, mine[1]) || text[size - 1] != '\n') && size < sizeof(text) - 1) {
        n = read(from, text + size, sizeof(text) - 1 - size);
        size += n > 0 ? (size_t)n : 0;
        text[size] = '\0';
    }
    testbed_copy(text, mine[0], t->url, sizeof(t->url));
    testbed_copy(text, mine[1], t->tcp, sizeof(t->tcp));
}

/* `settings`: "NAME=VALUE", ended by NULL. The test fails when the server does not start. */
static inline void testbed_start(testbed *t, const char *const *settings)
{
    char options[16][400];
    char *arguments[40] = {(char *)(uintptr_t) "koine-testbed", (char *)(uintptr_t) "--tcp",
                           (char *)(uintptr_t) "--backends", (char *)(uintptr_t)testbed_backend()};
    size_t n = 4;
    int in[2], out[2];

    *t = (testbed){.pid = -1};
    for (size_t i = 0; settings && settings[i]; i++) {
        assert_true(i < KN_COUNT_OF(options));
        snprintf(options[i], sizeof(options[i]), "%s:%s", testbed_backend(), settings[i]);
        arguments[n++] = (char *)(uintptr_t) "--set";
        arguments[n++] = options[i];
    }
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_true(fcntl(in[1], F_SETFD, FD_CLOEXEC) == 0 && fcntl(out[0], F_SETFD, FD_CLOEXEC) == 0);
    t->pid = fork();
    assert_true(t->pid >= 0);
    if (t->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(out[1]);
        execv(KOINE_SOURCE_DIR "/scripts/koine-testbed", arguments);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    t->alive = in[1];
    testbed_read(t, out[0]);
    close(out[0]);
    if (!t->url[0] || !t->tcp[0])
        fail_msg("koine-testbed did not start a %s", testbed_backend());
}

static inline void testbed_stop(testbed *t)
{
    if (t->pid <= 0)
        return;
    close(t->alive);
    assert_int_equal(waitpid(t->pid, NULL, 0), t->pid);
    t->pid = -1;
}

/* Fixture: the end of a group whose *state is the server that it began with. */
static inline int testbed_teardown(void **state)
{
    testbed *t = (testbed *)*state;

    testbed_stop(t);
    kn_registry_destroy(t->registry);
    return 0;
}

/* Runs a script of sh, which must succeed. */
static inline void testbed_shell(const char *script)
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        execl("/bin/sh", "sh", "-ec", script, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("this failed: %s", script);
}

/* An engine and a connection of it for one case. */
typedef struct guest {
    kn_engine *engine;
    kn_connection *c;
    kn_error error;
} guest;

static inline kn_status guest_open(guest *g, kn_registry *registry, const char *url, uint32_t timeout_ms)
{
    *g = (guest){.engine = NULL};
    kn_status status =
        kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = registry, .connect_timeout_ms = timeout_ms, .pool_max = 30),
                         &g->engine, &g->error);
    return status == KN_OK ? kn_connect(g->engine, &g->c, &g->error) : status;
}

static inline void guest_close(guest *g)
{
    kn_release(g->c);
    kn_engine_destroy(g->engine);
    *g = (guest){.engine = NULL};
}

static inline kn_status guest_run(guest *g, const char *sql)
{
    return kn_execute(g->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &g->error);
}

/* The first cell as text. */
static inline kn_status guest_ask(guest *g, const char *sql, char *out, size_t room)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_text text = {"", 0};
    kn_status status = kn_prepare(g->c, kn_unchecked_sql(sql), &statement, &g->error);

    if (status == KN_OK)
        status = kn_open(statement, KN_NO_ARGS, &result, &g->error);
    if (status == KN_OK)
        status = kn_next(result, &g->error);
    if (status == KN_OK)
        status = kn_get_text(result, 0, &text, &g->error);
    snprintf(out, room, "%.*s", (int)text.size, text.data);
    kn_result_close(result);
    kn_statement_finish(statement);
    return status;
}

/* PostgreSQL reads its files again; over when connections begin that have them. */
static inline void testbed_reload(const testbed *t, kn_registry *registry)
{
    char before[64] = "", now[64] = "";
    guest g;

    assert_ok(&g, guest_open(&g, registry, t->url, 20000));
    assert_ok(&g, guest_ask(&g, "SELECT pg_conf_load_time()::text", before, sizeof(before)));
    assert_ok(&g, guest_ask(&g, "SELECT pg_reload_conf()::text", now, sizeof(now)));
    do { /* the server's first process makes them when it has read the files */
        guest_close(&g);
        assert_ok(&g, guest_open(&g, registry, t->url, 20000));
        assert_ok(&g, guest_ask(&g, "SELECT pg_conf_load_time()::text", now, sizeof(now)));
    } while (strcmp(before, now) == 0);
    guest_close(&g);
}

#endif
