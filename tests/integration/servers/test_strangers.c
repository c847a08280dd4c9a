/* SPDX-License-Identifier: MIT */
/* What answers at a port is not always the server that was meant: deaf, gone, of another kind, too old, or mad. Each
 * driver says so, in time, and the pool is as before. No server is needed: these are the ones that cannot be had. */
#include "support/database.h"
#include "support/tcp_peer.h"

#include <sys/wait.h>

#include "engine/clock.h"

enum { WITHIN_MS = 400, SLACK_MS = 1500 };

static const char noise[] = "\x8f\x1c\xe3\x5a\x07\xd9\x44\xb2\x61\xfe\x13\x90\xca\x2d\x77\x3b\xa8\x05\xdf\x6c\x92\x4e"
                            "\xf1\x38\x0b\xc7\x59\xe6\x81\x2a\xbd\x40\x99\x17\xd3\x6f\x24\xeb\x5d\xa0\x08\xf7\x33\xce";
static const char zeros[512];

typedef struct stranger {
    const char *name;
    tcp_turn turns[4];
    tcp_ending ending;
    kn_status postgresql, mysql;
} stranger;

static const stranger strangers[] = {
    {"deaf", {{0}}, TCP_STAYS, KN_TIMEOUT, KN_TIMEOUT},
    {"closes at once", {{0}}, TCP_CLOSES, KN_CONNECT, KN_CONNECT},
    {"resets at once", {{0}}, TCP_RESETS, KN_CONNECT, KN_CONNECT},
    {"hears, then closes", {TCP_ANSWERS("")}, TCP_CLOSES, KN_CONNECT, KN_TIMEOUT},
    {"HTTP",
     {TCP_ANSWERS("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")},
     TCP_CLOSES,
     KN_CONNECT,
     KN_TIMEOUT}, /* who speaks first is not agreed on: both wait */
    {"SMTP", {TCP_SAYS("220 mail.example ESMTP ready\r\n")}, TCP_STAYS, KN_CONNECT, KN_CONNECT},
    {"SSH", {TCP_SAYS("SSH-2.0-OpenSSH_9.2\r\n")}, TCP_STAYS, KN_CONNECT, KN_CONNECT},
    {"noise, then closes", {{.says = noise, .size = sizeof(noise) - 1}}, TCP_CLOSES, KN_CONNECT, KN_CONNECT},
    {"noise without end", {{.says = noise, .size = sizeof(noise) - 1}}, TCP_REPEATS, KN_CONNECT, KN_CONNECT},
    {"zeros without end", {{.says = zeros, .size = sizeof(zeros)}}, TCP_REPEATS, KN_CONNECT, KN_CONNECT},
    {"letters without end",
     {TCP_SAYS("RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR")},
     TCP_REPEATS,
     KN_CONNECT,
     KN_CONNECT},
    {"a MySQL that is full",
     {TCP_SAYS("\x17\x00\x00\x00\xff\x10\x04Too many connections")},
     TCP_CLOSES,
     KN_CONNECT,
     KN_CONNECT},
    {"a PostgreSQL that is full",
     {TCP_ANSWERS("E\x00\x00\x00\x44SFATAL\x00VFATAL\x00"
                  "C53300\x00Msorry, too many clients already\x00"
                  "Fx\x00Rinit\x00\x00")},
     TCP_CLOSES,
     KN_CONNECT,
     KN_TIMEOUT},
    {"a PostgreSQL that is starting up",
     {TCP_ANSWERS("E\x00\x00\x00\x44SFATAL\x00VFATAL\x00"
                  "C57P03\x00Mthe database system is starting\x00"
                  "Fx\x00Rinit\x00\x00")},
     TCP_CLOSES,
     KN_CONNECT,
     KN_TIMEOUT},
};

static const char *const urls[] = {"postgresql://u:canary@127.0.0.1:#/d", "mysql://u:canary@127.0.0.1:#/d"};

/* Opens on a pool of one, which has its place back after every failure. */
static kn_status open_stranger(kn_registry *registry, const char *format, unsigned port, kn_error *error)
{
    kn_pool_stats stats = {.size_ = sizeof(stats)};
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_status status = KN_OK;
    char url[100];

    snprintf(url, sizeof(url), "%.*s%u%s", (int)(strchr(format, '#') - format), format, port, strchr(format, '#') + 1);
    assert_int_equal(kn_engine_create(url,
                                      KN_ENGINE_OPTIONS(.registry = registry, .pool_max = 1, .pool_wait_ms = UINT32_MAX,
                                                        .connect_timeout_ms = WITHIN_MS),
                                      &engine, error),
                     KN_OK);
    for (int i = 0; i < 2; i++) {
        int64_t started = kn__clock_us();
        kn_status was = status;
        status = kn_connect(engine, &c, error);
        if (kn__clock_us() - started > (WITHIN_MS + SLACK_MS) * INT64_C(1000))
            fail_msg("took %lld us", (long long)(kn__clock_us() - started));
        assert_null(c);
        if (i)
            assert_int_equal(status, was);
    }
    kn_engine_stats(engine, &stats);
    assert_int_equal(stats.open, 0);
    kn_engine_destroy(engine);
    assert_int_equal(error->status, status);
    assert_true(error->message[0] != '\0');
    assert_null(strstr(error->message, "canary"));
    assert_null(strchr(error->message, '\n'));
    return status;
}

static void test_strangers__are_told_in_time(void **state)
{
    kn_registry *registry = test_database_registry();

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(strangers); i++) {
        const stranger *s = &strangers[i];
        for (size_t u = 0; u < KN_COUNT_OF(urls); u++) {
            kn_status expected = u ? s->mysql : s->postgresql, status;
            kn_error error = {0};
            size_t n = 0;
            tcp_peer peer;
            while (n < KN_COUNT_OF(s->turns) && (s->turns[n].says || s->turns[n].hears))
                n++;
            tcp_peer_start(&peer, s->turns, n, s->ending);
            status = open_stranger(registry, urls[u], peer.port, &error);
            tcp_peer_stop(&peer);
            if (status != expected)
                fail_msg("%s, %s: %s: %s", s->name, u ? "mysql" : "postgresql", kn_status_name(status), error.message);
            assert_int_equal(error.retry, KN_RETRY_CONNECTION);
            assert_int_equal(error.commit, KN_COMMIT_NOT);
        }
    }
    kn_registry_destroy(registry);
}

static void test_strangers__nobody_is_there(void **state)
{
    static const char *const nowhere[] = {
        "postgresql://u:canary@127.0.0.1:1/d?application_name=#",
        "mysql://u:canary@127.0.0.1:1/d?grace_ms=#",
        "postgresql://u:canary@no-such-host.invalid/d?application_name=#",
        "mysql://u:canary@no-such-host.invalid/d?grace_ms=#",
        "postgresql://u:canary@%2Fno%2Fsuch%2Ffolder/d?application_name=#",
        "mysql://u:canary@localhost/d?socket=/no/such/socket&grace_ms=#",
        /* a name that begins like an address of loopback is no loopback: its authorities are looked at */
        "postgresql://u:canary@127.0.0.1.example.invalid/d?tls_ca=/no/such/file&application_name=#",
        "mysql://u:canary@127.0.0.1.example.invalid/d?tls_ca=/no/such/file&grace_ms=#",
    };
    kn_registry *registry = test_database_registry();

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(nowhere); i++) {
        kn_error error = {0};
        kn_status status = open_stranger(registry, nowhere[i], 1000, &error);
        if (status != KN_CONNECT || error.retry != KN_RETRY_CONNECTION)
            fail_msg("%s: %s, retry %u: %s", nowhere[i], kn_status_name(status), (unsigned)error.retry, error.message);
    }
    kn_registry_destroy(registry);
}

/* Where the URL says nothing of the port, the environment does not either. In a process of its own, since libraries
 * read some of it once. */
static void test_strangers__the_environment_names_no_server(void **state)
{
    static const char *const variables[] = {"PGPORT", "MYSQL_TCP_PORT"};
    static const char *const hosts[] = {"PGHOST", "PGHOSTADDR", "MYSQL_HOST", "MARIADB_HOST"};
    static const char *const silent[] = {"postgresql://u:canary@127.0.0.1/d", "postgresql:///d",
                                         "mysql://u:canary@127.0.0.1/d", "mysql:///d"};
    struct pollfd caller = {.events = POLLIN};
    char number[16];
    unsigned port;
    int status = -1;

    (void)state;
    caller.fd = tcp_listener(&port); /* without a thread: a child forked beside one may inherit a lock that it holds */
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        kn_registry *registry = test_database_registry();
        snprintf(number, sizeof(number), "%u", port);
        for (size_t i = 0; i < KN_COUNT_OF(variables); i++)
            setenv(variables[i], number, 1);
        for (size_t i = 0; i < KN_COUNT_OF(hosts); i++)
            setenv(hosts[i], "127.0.0.1", 1);
        for (size_t i = 0; i < KN_COUNT_OF(silent); i++) {
            kn_engine *engine = NULL;
            kn_connection *c = NULL;
            if (kn_engine_create(silent[i], KN_ENGINE_OPTIONS(.registry = registry, .connect_timeout_ms = WITHIN_MS),
                                 &engine, NULL) == KN_OK)
                (void)kn_connect(engine, &c, NULL); /* to whatever is where a server usually is */
            kn_release(c);
            kn_engine_destroy(engine);
        }
        kn_registry_destroy(registry);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(poll(&caller, 1, 0), 0); /* nobody waits to be let in */
    close(caller.fd);
}

/* ---- servers that are too old: they greet, and let anybody in ---- */
static size_t put_greeting(char *out, const char *version)
{
    static const char rest[] =
        "\x2a\x00\x00\x00\x41\x42\x43\x44\x45\x46\x47\x48\x00\xff\xf7\x08\x02\x00\x0f\x80\x15\x00"
        "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x41\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x00"
        "mysql_native_password";
    size_t n = strlen(version) + 1, size = 1 + n + sizeof(rest);

    out[0] = (char)size;
    out[1] = out[2] = out[3] = 0;
    out[4] = 10;
    memcpy(out + 5, version, n);
    memcpy(out + 5 + n, rest, sizeof(rest));
    return 4 + size;
}

static void test_strangers__an_old_mysql_is_refused(void **state)
{
    static const struct {
        const char *version;
        const char *says;
    } cases[] = {
        {"5.0.95", "MySQL 5.0.95"},
        {"5.7.44-log", "MySQL 5.7.44"},
        {"8.0.12", "MySQL 8.0.12"},
        {"5.5.68-MariaDB", "MariaDB 5.5.68"},
        {"5.5.5-10.1.48-MariaDB", "MariaDB 10.1.48"},
        {"5.5.5-10.7.8-MariaDB-1:10.7.8+maria~ubu2004", "MariaDB 10.7.8"},
        {"5.5.5-10.11.6-MariaDB-0+deb12u1", NULL}, /* lets in, and is deaf then */
        {"8.4.2", NULL},
    };
    static const char welcome[] = "\x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00";
    kn_registry *registry = test_database_registry();

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        char greeting[200];
        tcp_turn turns[] = {{.says = greeting, .size = put_greeting(greeting, cases[i].version)},
                            {.hears = true, .says = welcome, .size = sizeof(welcome) - 1}};
        kn_error error = {0};
        tcp_peer peer;
        tcp_peer_start(&peer, turns, KN_COUNT_OF(turns), TCP_STAYS);
        kn_status status = open_stranger(registry, urls[1], peer.port, &error);
        tcp_peer_stop(&peer);
        if (status != (cases[i].says ? KN_UNSUPPORTED : KN_TIMEOUT) ||
            (cases[i].says && !strstr(error.message, cases[i].says)))
            fail_msg("%s: %s: %s", cases[i].version, kn_status_name(status), error.message);
        assert_int_equal(error.retry, cases[i].says ? KN_RETRY_NEVER : KN_RETRY_CONNECTION);
        if (!cases[i].says)
            continue;
        assert_non_null(strstr(error.message, "needs"));
        for (size_t at = 4; at < peer.n_heard; at += 5) /* nothing was asked of it: it is told good-bye at most */
            assert_int_equal(peer.heard[at], 1);
    }
    kn_registry_destroy(registry);
}

static size_t put_message(char *out, char kind, const char *body, size_t size)
{
    out[0] = kind;
    out[1] = out[2] = 0;
    out[3] = (char)((size + 4) >> 8);
    out[4] = (char)(size + 4);
    memcpy(out + 5, body, size);
    return size + 5;
}

static void test_strangers__an_old_postgresql_is_refused(void **state)
{
    static const char *const versions[] = {"8.4.22", "9.6.24", "15.6"};
    kn_registry *registry = test_database_registry();

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(versions); i++) {
        char words[200], parameter[64] = "server_version";
        size_t n = put_message(words, 'R', "\0\0\0\0", 4), name = strlen(parameter) + 1;
        memcpy(parameter + name, versions[i], strlen(versions[i]) + 1);
        n += put_message(words + n, 'S', parameter, name + strlen(versions[i]) + 1);
        n += put_message(words + n, 'K', "\0\0\0\1\0\0\0\2", 8);
        n += put_message(words + n, 'Z', "I", 1);
        tcp_turn turn = {.hears = true, .says = words, .size = n};
        kn_error error = {0};
        tcp_peer peer;
        tcp_peer_start(&peer, &turn, 1, TCP_STAYS);
        kn_status status = open_stranger(registry, urls[0], peer.port, &error);
        tcp_peer_stop(&peer);
        if (versions[i][0] == '1') { /* lets in, and is deaf then */
            assert_int_equal(status, KN_TIMEOUT);
            assert_int_equal(error.retry, KN_RETRY_CONNECTION);
            continue;
        }
        if (status != KN_UNSUPPORTED || !strstr(error.message, "needs 10 or later"))
            fail_msg("%s: %s: %s", versions[i], kn_status_name(status), error.message);
        if (peer.n_heard)
            assert_int_equal(peer.heard[0], 'X'); /* good-bye */
    }
    kn_registry_destroy(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers__the_environment_names_no_server), /* before any library is used */
        cmocka_unit_test(test_strangers__are_told_in_time),
        cmocka_unit_test(test_strangers__nobody_is_there),
        cmocka_unit_test(test_strangers__an_old_mysql_is_refused),
        cmocka_unit_test(test_strangers__an_old_postgresql_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
