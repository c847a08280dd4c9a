/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* Several hosts in one URL: the first that will do. And what a server says besides, which goes to the trace function
 * and nowhere else. */
#include "support/database.h"
#include "support/tcp_peer.h"

#include <fcntl.h>

#include <koine/nonblocking.h>

#include "engine/clock.h"

#define NOBODY "%2Fnonexistent" /* no socket is there */

/* A URL of the test's database whose hosts are those of `format`, where %s is the server. */
static void write_url(test_database *db, const char *format, const char *options, char *out, size_t room)
{
    const char *url = getenv("KOINE_TEST_URL"), *host = strchr(url, '@') + 1, *end = strchr(host, '/');
    char real[300], hosts[400];

    snprintf(real, sizeof(real), "%.*s", (int)(end - host), host);
    for (size_t at = 0; *format && at + 1 < sizeof(hosts); format++) {
        if (format[0] == '%' && format[1] == 's') {
            at += (size_t)snprintf(hosts + at, sizeof(hosts) - at, "%s", real);
            format++;
            continue;
        }
        hosts[at++] = *format;
        hosts[at] = '\0';
    }
    snprintf(out, room, "%.*s%s/%s%s", (int)(host - url), url, hosts, db->name, options);
}

static bool is_postgresql(const test_database *db)
{
    return strcmp(test_database_backend(db), "postgresql") == 0;
}

static kn_status connect_in_steps(kn_engine *engine, kn_connection **out, kn_error *error)
{
    kn_status status = kn_connect_start(engine, out, error);

    while (status == KN_OK && (status = kn_connect_step(*out, error)) == KN_WAIT) {
        kn_wait wait = kn_connection_wait(*out);
        struct pollfd p = {.fd = wait.fd};
        p.events = (short)((wait.events & KN_WAIT_READ ? POLLIN : 0) | (wait.events & KN_WAIT_WRITE ? POLLOUT : 0));
        poll(&p, 1, kn_wait_milliseconds(&wait));
        status = KN_OK;
    }
    return status;
}

static kn_status open_by(test_database *db, const char *format, const char *options, uint32_t timeout_ms,
                         kn_status (*connect_by)(kn_engine *, kn_connection **, kn_error *), kn_error *error)
{
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    char url[600];
    kn_status status;

    write_url(db, format, options, url, sizeof(url));
    kn_error_clear(error);
    status = kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = db->registry, .connect_timeout_ms = timeout_ms),
                              &engine, error);
    if (status == KN_OK)
        status = connect_by(engine, &c, error);
    kn_release(c);
    kn_engine_destroy(engine);
    return status;
}

static kn_status open_url(test_database *db, const char *format, const char *options, kn_error *error)
{
    return open_by(db, format, options, 12000, kn_connect, error);
}

static void test_hosts__the_first_that_answers_is_taken(void **state)
{
    test_database *db = test_database_of(state);
    kn_error error = {0};

    assert_int_equal(open_url(db, "%s", "", &error), KN_OK);
    assert_int_equal(open_url(db, NOBODY ":1,%s", "", &error), KN_OK);
    assert_int_equal(open_url(db, "%s," NOBODY ":1", "", &error), KN_OK);
    assert_int_equal(open_url(db, "127.0.0.1:1," NOBODY ":1,%s", "", &error), KN_OK);
    assert_int_equal(open_url(db, NOBODY ":1," NOBODY ":2", "", &error), KN_CONNECT);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
}

/* One that answers nothing takes no more than its share of the time. */
static void test_hosts__a_deaf_one_is_passed_over(void **state)
{
    test_database *db = test_database_of(state);
    char hosts[100];
    kn_error error = {0};
    tcp_peer deaf;

    tcp_peer_start(&deaf, NULL, 0, TCP_STAYS);
    snprintf(hosts, sizeof(hosts), "127.0.0.1:%u,%%s", deaf.port);
    assert_int_equal(open_url(db, hosts, "", &error), KN_OK);
    assert_int_equal(open_by(db, hosts, "", 12000, connect_in_steps, &error), KN_OK);
    snprintf(hosts, sizeof(hosts), "127.0.0.1:1,127.0.0.1:%u,%s:1,%%s", deaf.port, NOBODY);
    assert_int_equal(open_url(db, hosts, "", &error), KN_OK);
    int64_t started = kn__clock_us();
    snprintf(hosts, sizeof(hosts), "127.0.0.1:%u,127.0.0.1:%u", deaf.port, deaf.port);
    assert_int_equal(open_by(db, hosts, "", 2000, kn_connect, &error), KN_TIMEOUT);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
    assert_in_range(kn__clock_us() - started, 2000000, 60000000);
    tcp_peer_stop(&deaf);
}

static void test_hosts__what_a_host_must_be_is_asked_of_it(void **state)
{
    static const struct {
        const char *attributes;
        bool for_writable, for_read_only; /* will the server do? */
    } cases[] = {
        {"any", true, true},     {"read-write", true, false}, {"read-only", false, true},
        {"primary", true, true}, {"standby", false, false},   {"prefer-standby", true, true},
    };
    test_database *db = test_database_of(state);
    char options[64], sql[200];

    if (!is_postgresql(db))
        return; /* it has no such option */
    for (int read_only = 0; read_only <= 1; read_only++) {
        snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET default_transaction_read_only = %s", db->name,
                 read_only ? "on" : "off");
        assert_ok(db, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
        for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
            kn_error error = {0};
            snprintf(options, sizeof(options), "?target_session_attrs=%s", cases[i].attributes);
            kn_status status = open_url(db, NOBODY ":1,%s", options, &error);
            bool will_do = read_only ? cases[i].for_read_only : cases[i].for_writable;
            if (status != (will_do ? KN_OK : KN_CONNECT))
                fail_msg("%s, read-only %d: %s: %s", cases[i].attributes, read_only, kn_status_name(status),
                         error.message);
        }
    }
}

typedef struct heard {
    int notices, others_with_errors;
    kn_error said;
} heard;

static void hear(void *context, const kn_event *event)
{
    heard *h = context;

    if (event->kind != KN_EVENT_NOTICE) {
        h->others_with_errors += event->error != NULL;
        return;
    }
    h->notices++;
    assert_int_equal(event->status, KN_OK);
    h->said = *event->error;
}

static int redirect_stderr(FILE *to)
{
    int before = dup(STDERR_FILENO);

    fflush(stderr);
    dup2(fileno(to), STDERR_FILENO);
    return before;
}

static void test_hosts__notices_go_to_the_trace_and_nowhere_else(void **state)
{
    test_database *db = test_database_of(state);
    heard h = {.notices = 0};
    FILE *file = tmpfile();
    int before = is_postgresql(db) ? redirect_stderr(file) : -1;

    if (before < 0) { /* its client says nothing by itself */
        fclose(file);
        return;
    }
    for (int traced = 0; traced <= 1; traced++) {
        test_database_disconnect(db);
        test_database_connect(db, traced ? KN_ENGINE_OPTIONS(.trace = hear, .trace_context = &h) : NULL);
        assert_ok(db, kn_execute(db->c, KN_SQL("DO $$BEGIN RAISE WARNING 'well, %', 3 USING ERRCODE = '01234'; END$$"),
                                 KN_NO_ARGS, NULL, &db->error));
        assert_int_equal(h.notices, traced);
    }
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
    fclose(file);
    assert_string_equal(h.said.message, "well, 3");
    assert_string_equal(h.said.sqlstate, "01234");
    assert_int_equal(h.others_with_errors, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, test_database_open, test_database_close)
        TEST(test_hosts__the_first_that_answers_is_taken),
        TEST(test_hosts__a_deaf_one_is_passed_over),
        TEST(test_hosts__what_a_host_must_be_is_asked_of_it),
        TEST(test_hosts__notices_go_to_the_trace_and_nowhere_else),
    };

    return cmocka_run_group_tests_name("servers/hosts", tests, NULL, NULL);
}
