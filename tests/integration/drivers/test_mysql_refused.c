/* SPDX-License-Identifier: MIT */
/* A Unix socket that nobody listens on: no descriptor is closed that is not open, which might be another thread's. */
#include "support/database.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

long syscall(long number, ...);

static int closed_twice;

/* In place of the C library's, for the client library too. */
__attribute__((visibility("default"))) int close(int fd)
{
    long result = syscall(SYS_close, fd);

    if (result < 0 && errno == EBADF)
        closed_twice++;
    return (int)result;
}

/* What a server leaves that was killed. */
static void leave_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static void assert_told(const char *folder, int number)
{
    kn_registry *registry = test_database_registry();
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_error error = {0};
    char url[200], words[40];

    snprintf(url, sizeof(url), "mysql://koine@localhost/koine?socket=%s/socket", folder);
    snprintf(words, sizeof(words), "/socket' (%d)", number);
    assert_int_equal(kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = registry), &engine, &error), KN_OK);
    closed_twice = 0;
    assert_int_equal(kn_connect(engine, &c, &error), KN_CONNECT);
    assert_int_equal(closed_twice, 0);
    assert_int_equal(error.native, 2002);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
    assert_int_equal(error.commit, KN_COMMIT_NOT);
    assert_string_equal(error.sqlstate, "HY000");
    assert_non_null(strstr(error.message, words));
    kn_engine_destroy(engine);
    kn_registry_destroy(registry);
}

static void test_mysql_refused__closes_nothing_twice(void **state)
{
    char folder[] = "/tmp/koine-refused-XXXXXX", path[60];

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_told(folder, ENOENT);
    snprintf(path, sizeof(path), "%s/socket", folder);
    leave_socket(path);
    assert_told(folder, ECONNREFUSED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mysql_refused__closes_nothing_twice)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
