/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* The fake backend does what it is told, and sees what it must not. */
#include <fake.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "support/failing_allocator.h"
#include "support/plugin_host.h"

static failing_allocator memory;
static fake_server *server;

static const kn_driver *driver(size_t n)
{
    return koine_plugin_fake(plugin_host())->drivers[n];
}

static int setup(void **state)
{
    (void)state;
    failing_allocator_init(&memory, 0, false);
    server = fake_server_start("s", &memory.allocator);
    return server ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    fake_live live = fake_server_live(server);
    fake_server_stop(server);
    assert_int_equal(live.connections + live.statements + live.executions + live.cancels + live.bulks, 0);
    failing_allocator_finish(&memory);
    return 0;
}

static int64_t now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

typedef struct opening {
    const char *host, *fail, *waits;
    bool blocking;
    int64_t deadline_us;
    const kn_allocator *allocator;
} opening;

static kn_status try_open(opening how, void **out, kn_wait *wait, kn_error *error)
{
    kn_url_host host = {.name = how.host ? how.host : "s"};
    kn_url url = {.size_ = sizeof url, .dialect = "fake", .hosts = &host, .n_hosts = 1};
    const char *values[8] = {NULL};
    const kn_option *options = driver(0)->options;
    for (size_t i = 0; options[i].name; i++) {
        values[i] = options[i].fallback;
        if (strcmp(options[i].name, "fail") == 0)
            values[i] = how.fail;
        if (strcmp(options[i].name, "waits") == 0 && how.waits)
            values[i] = how.waits;
    }
    kn_open_request request = {.size_ = sizeof request,
                               .allocator = how.allocator ? how.allocator : &memory.allocator,
                               .url = &url,
                               .values = values,
                               .blocking = how.blocking,
                               .deadline_us = how.deadline_us};
    return driver(0)->open(&request, out, wait, error);
}

static void *open_blocking(void)
{
    void *c = NULL;
    assert_int_equal(try_open((opening){.blocking = true}, &c, NULL, NULL), KN_OK);
    return c;
}

static kn_status try_prepare(void *c, const char *sql, void **out, kn_wait *wait, kn_error *error)
{
    kn_prepare_request request = {.size_ = sizeof request, .sql = {sql, strlen(sql)}};
    return driver(0)->prepare(c, &request, out, wait, error);
}

static void *prepare(void *c, const char *sql)
{
    void *s = NULL;
    assert_int_equal(try_prepare(c, sql, &s, NULL, NULL), KN_OK);
    return s;
}

static kn_status execute(void *s, const kn_value *values, size_t count, int64_t deadline_us, kn_outcome *outcome,
                         kn_wait *wait, kn_error *error)
{
    kn_execute_request request = {
        .size_ = sizeof request, .values = values, .n_values = count, .deadline_us = deadline_us};
    *outcome = (kn_outcome){.size_ = sizeof *outcome};
    return driver(0)->execute(s, &request, outcome, wait, error);
}

static void test_fake__gives_the_answers_it_was_given(void **state)
{
    (void)state;
    static const char *const names[] = {"id", "name"};
    const kn_value rows[] = {kn_int(1), kn_string("ann"), kn_int(2), kn_null()};
    const fake_answer users = {
        .sql = "FROM users", .columns = names, .n_columns = 2, .rows = rows, .n_rows = 2, .changed = 0};
    assert_int_equal(fake_server_answer(server, &users), KN_OK);
    assert_int_equal(fake_server_answer(server, &(fake_answer){.sql = "INSERT", .changed = 3, .last_key = 9}), KN_OK);
    void *c = open_blocking();
    void *s = prepare(c, "SELECT * FROM users");
    kn_outcome outcome;
    kn_value row[2];
    assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, NULL), KN_OK);
    assert_int_equal(outcome.n_columns, 2);
    assert_string_equal(driver(0)->column_name(s, 1), "name");
    assert_int_equal(driver(0)->fetch(s, row, NULL, NULL), KN_OK);
    assert_int_equal(row[0].as.i, 1);
    assert_true(kn_text_equal(row[1].as.text, kn_text_of("ann")));
    assert_ptr_not_equal(row[1].as.text.data, rows[1].as.text.data);
    assert_int_equal(driver(0)->fetch(s, row, NULL, NULL), KN_OK);
    assert_int_equal(row[1].kind, KN_KIND_NULL);
    assert_int_equal(driver(0)->fetch(s, row, NULL, NULL), KN_DONE);
    assert_int_equal(driver(0)->end(s, &outcome, NULL, NULL), KN_OK);
    driver(0)->finish(s);
    s = prepare(c, "INSERT INTO users");
    const kn_value bound[] = {kn_int(5), kn_string("bob"), kn_null(), kn_blob("xy", 2)};
    assert_int_equal(execute(s, bound, 4, 0, &outcome, NULL, NULL), KN_OK);
    assert_int_equal(outcome.changed, 3);
    assert_int_equal(outcome.last_key, 9);
    fake_call call;
    assert_true(fake_server_call(server, 9, &call));
    assert_int_equal(call.slot, FAKE_EXECUTE);
    assert_string_equal(call.text, "INSERT INTO users");
    assert_string_equal(call.values, "int 5|text bob|null|bytes [2]");
    assert_int_equal(driver(0)->end(s, NULL, NULL, NULL), KN_OK);
    driver(0)->finish(s);
    driver(0)->close(c);
    assert_null(fake_server_violation(server));
}

static void test_fake__fails_the_call_it_was_told_to(void **state)
{
    (void)state;
    const fake_fault third = {.slot = FAKE_EXECUTE, .nth = 3, .status = KN_BUSY, .retry = KN_RETRY_STATEMENT};
    const fake_fault unique = {.slot = FAKE_EXECUTE,
                               .sql = "users",
                               .status = KN_UNIQUE,
                               .native = 7,
                               .constraint = "uq_users",
                               .for_ever = true};
    void *c = open_blocking();
    void *s = prepare(c, "UPDATE t"), *u = prepare(c, "INSERT INTO users");
    kn_outcome outcome;
    kn_error error = {0};
    fake_server_fail(server, third);
    for (int i = 1; i <= 4; i++) {
        assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, &error), i == 3 ? KN_BUSY : KN_OK);
        if (i != 3)
            assert_int_equal(driver(0)->end(s, NULL, NULL, NULL), KN_OK);
    }
    assert_int_equal(error.retry, KN_RETRY_STATEMENT);
    fake_server_fail(server, unique);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(execute(u, NULL, 0, 0, &outcome, NULL, &error), KN_UNIQUE);
        assert_string_equal(error.constraint, "uq_users");
        assert_int_equal(error.native, 7);
    }
    fake_server_heal(server);
    assert_int_equal(execute(u, NULL, 0, 0, &outcome, NULL, &error), KN_OK);
    driver(0)->end(u, NULL, NULL, NULL);
    driver(0)->finish(s);
    driver(0)->finish(u);
    driver(0)->close(c);
    assert_int_equal(fake_server_count(server, FAKE_EXECUTE), 8);
    assert_null(fake_server_violation(server));
}

static void test_fake__a_dropped_link_stays_dropped(void **state)
{
    (void)state;
    void *c = open_blocking();
    assert_int_equal(driver(0)->transact(c, KN_TRANSACT_BEGIN, 0, NULL, NULL, NULL), KN_OK);
    assert_int_equal(fake_server_live(server).transactions, 1);
    fake_server_fail(server, (fake_fault){.slot = FAKE_TRANSACT,
                                          .sql = "commit",
                                          .status = KN_COMMIT_UNKNOWN,
                                          .commit = KN_COMMIT_LOST,
                                          .drops = true,
                                          .after = true});
    kn_error error = {0};
    assert_int_equal(driver(0)->transact(c, KN_TRANSACT_COMMIT, 0, NULL, NULL, &error), KN_COMMIT_UNKNOWN);
    assert_int_equal(error.commit, KN_COMMIT_LOST);
    assert_false(driver(0)->in_transaction(c));
    assert_int_equal(fake_server_live(server).transactions, 0);
    void *s = NULL;
    assert_int_equal(driver(0)->alive(c, NULL, NULL), KN_LINK_LOST);
    assert_int_equal(try_prepare(c, "SELECT", &s, NULL, NULL), KN_LINK_LOST);
    assert_int_equal(driver(0)->reset(c, NULL, NULL), KN_LINK_LOST);
    driver(0)->close(c);
}

/* Every step of a non-blocking connection says WAIT as often as it was told, with a descriptor that poll finds ready.
 */
static kn_status waited(kn_status status, const kn_wait *wait, int *times)
{
    if (status == KN_WAIT) {
        struct pollfd ready = {.fd = wait->fd, .events = POLLIN};
        assert_int_equal(wait->events, KN_WAIT_READ);
        assert_int_equal(poll(&ready, 1, 1000), 1);
        ++*times;
    }
    return status;
}
#define STEPS(expected, call)                                                                                          \
    do {                                                                                                               \
        kn_wait wait = {.fd = -1};                                                                                     \
        int times = 0;                                                                                                 \
        kn_status status;                                                                                              \
        while ((status = waited((call), &wait, &times)) == KN_WAIT)                                                    \
            ;                                                                                                          \
        assert_int_equal(status, expected);                                                                            \
        assert_int_equal(times, 2);                                                                                    \
    } while (0)

static void test_fake__steps_wait(void **state)
{
    (void)state;
    const kn_value rows[] = {kn_int(1)};
    const fake_answer one = {.n_columns = 1, .rows = rows, .n_rows = 1};
    fake_server_answer(server, &one);
    fake_server_waits(server, 2);
    void *c = NULL, *s = NULL;
    kn_outcome outcome;
    kn_value row;
    STEPS(KN_OK, try_open((opening){.blocking = false}, &c, &wait, NULL));
    STEPS(KN_OK, try_prepare(c, "SELECT 1", &s, &wait, NULL));
    STEPS(KN_OK, execute(s, NULL, 0, 0, &outcome, &wait, NULL));
    STEPS(KN_OK, driver(0)->fetch(s, &row, &wait, NULL));
    STEPS(KN_DONE, driver(0)->fetch(s, &row, &wait, NULL));
    STEPS(KN_OK, driver(0)->end(s, &outcome, &wait, NULL));
    STEPS(KN_OK, driver(0)->transact(c, KN_TRANSACT_BEGIN, 0, NULL, &wait, NULL));
    STEPS(KN_OK, driver(0)->reset(c, &wait, NULL));
    assert_null(fake_server_violation(server));
    kn_wait wait = {.fd = -1};
    assert_int_equal(driver(0)->alive(c, &wait, NULL), KN_WAIT);
    assert_int_equal(driver(0)->reset(c, &wait, NULL), KN_WAIT); /* not allowed in between */
    assert_string_equal(fake_server_violation(server), "reset was called while alive waits");
    driver(0)->finish(s);
    driver(0)->close(c);
    fake_call call;
    assert_true(fake_server_call(server, 0, &call));
    assert_int_equal(call.waits, 2);
}

static void test_fake__a_half_open_connection_closes(void **state)
{
    (void)state;
    fake_server_waits(server, 1);
    void *c = NULL;
    kn_wait wait = {.fd = -1};
    assert_int_equal(try_open((opening){.blocking = false}, &c, &wait, NULL), KN_WAIT);
    assert_non_null(c);
    driver(0)->close(c);
    assert_null(fake_server_violation(server));
    fake_server_fail(server, (fake_fault){.slot = FAKE_OPEN, .status = KN_CONNECT});
    c = NULL;
    assert_int_equal(try_open((opening){.blocking = true}, &c, NULL, NULL), KN_CONNECT);
    assert_null(c);
}

static void *send_cancel(void *cancel)
{
    while (!fake_server_count(server, FAKE_PREPARE))
        ;
    assert_int_equal(driver(0)->cancel_send(cancel, NULL, NULL), KN_OK);
    return NULL;
}

static void test_fake__a_cancel_ends_what_hangs_and_nothing_later(void **state)
{
    (void)state;
    void *c = open_blocking(), *cancel = NULL;
    assert_int_equal(driver(0)->cancel_create(c, &cancel, NULL), KN_OK);
    assert_int_equal(driver(0)->cancel_send(cancel, NULL, NULL), KN_OK); /* nothing runs */
    void *s = prepare(c, "SELECT sleep");
    kn_outcome outcome;
    int cancelled = 0;
    for (int i = 0; i < 100; i++) {
        fake_server_fail(server, (fake_fault){.slot = FAKE_EXECUTE, .hangs = true});
        pthread_t thread;
        kn_status status;
        assert_int_equal(pthread_create(&thread, NULL, send_cancel, cancel), 0);
        /* the cancel may come before the execution: then it has no effect and the deadline ends it */
        status = execute(s, NULL, 0, now_us() + 20000, &outcome, NULL, NULL);
        assert_true(status == KN_CANCELLED || status == KN_TIMEOUT);
        cancelled += status == KN_CANCELLED;
        pthread_join(thread, NULL);
        fake_server_heal(server);
        assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, NULL), KN_OK);
        assert_int_equal(driver(0)->end(s, NULL, NULL, NULL), KN_OK);
    }
    assert_true(cancelled > 0);
    driver(0)->finish(s);
    driver(0)->cancel_destroy(cancel);
    driver(0)->close(c);
    assert_null(fake_server_violation(server));
}

static void test_fake__delays_and_deadlines(void **state)
{
    (void)state;
    void *c = open_blocking();
    void *s = prepare(c, "SELECT");
    kn_outcome outcome;
    fake_server_fail(server, (fake_fault){.slot = FAKE_EXECUTE, .delay_us = 20000, .for_ever = true});
    int64_t before = now_us();
    assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, NULL), KN_OK);
    assert_true(now_us() - before >= 20000);
    driver(0)->end(s, NULL, NULL, NULL);
    before = now_us();
    assert_int_equal(execute(s, NULL, 0, before + 5000, &outcome, NULL, NULL), KN_TIMEOUT);
    assert_true(now_us() - before >= 5000);
    driver(0)->finish(s);
    driver(0)->close(c);
}

static void test_fake__sees_breaches_of_the_contract(void **state)
{
    (void)state;
    kn_outcome outcome;
    kn_value row;
    void *c = open_blocking();
    void *s = prepare(c, "SELECT");
    assert_int_equal(driver(0)->fetch(s, &row, NULL, NULL), KN_STATE);
    assert_string_equal(fake_server_violation(server), "fetch: there is no execution");
    assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, NULL), KN_OK);
    assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, NULL), KN_STATE);
    driver(0)->finish(s);
    driver(0)->close(c);
    assert_string_equal(fake_server_violation(server), "fetch: there is no execution"); /* the first is kept */
}

static void *hang(void *statement)
{
    kn_outcome outcome;
    kn_status status;
    while ((status = execute(statement, NULL, 0, 0, &outcome, NULL, NULL)) == KN_MISUSE) /* the other was in */
        ;
    if (status != KN_CANCELLED)
        abort();
    return NULL;
}

static void test_fake__sees_two_threads_on_one_connection(void **state)
{
    (void)state;
    void *c = open_blocking(), *cancel = NULL;
    void *s = prepare(c, "SELECT");
    pthread_t thread;
    assert_int_equal(driver(0)->cancel_create(c, &cancel, NULL), KN_OK);
    fake_server_fail(server, (fake_fault){.slot = FAKE_EXECUTE, .hangs = true});
    assert_int_equal(pthread_create(&thread, NULL, hang, s), 0);
    while (driver(0)->alive(c, NULL, NULL) == KN_OK) /* until the other is in */
        ;
    assert_non_null(strstr(fake_server_violation(server), "the connection is used by two at once"));
    assert_int_equal(driver(0)->cancel_send(cancel, NULL, NULL), KN_OK);
    pthread_join(thread, NULL);
    driver(0)->cancel_destroy(cancel);
    driver(0)->finish(s);
    driver(0)->close(c);
}

static void test_fake__savepoints_and_transactions_are_counted(void **state)
{
    (void)state;
    static const struct {
        kn_transact_verb verb;
        const char *name;
        kn_status status;
    } cases[] = {
        {KN_TRANSACT_COMMIT, NULL, KN_NOT_IN_TRANSACTION},
        {KN_TRANSACT_BEGIN, NULL, KN_OK},
        {KN_TRANSACT_BEGIN, NULL, KN_STATE},
        {KN_TRANSACT_RELEASE, "a", KN_NO_SUCH},
        {KN_TRANSACT_SAVEPOINT, "a", KN_OK},
        {KN_TRANSACT_ROLLBACK_TO, "a", KN_OK},
        {KN_TRANSACT_RELEASE, "a", KN_OK},
        {KN_TRANSACT_RELEASE, "a", KN_NO_SUCH},
        {KN_TRANSACT_COMMIT, NULL, KN_OK},
        {KN_TRANSACT_ROLLBACK, NULL, KN_OK},
        {(kn_transact_verb)99, NULL, KN_INVALID},
    };
    void *c = open_blocking();
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++)
        assert_int_equal(driver(0)->transact(c, cases[i].verb, 0, cases[i].name, NULL, NULL), cases[i].status);
    driver(0)->close(c);
}

static void test_fake__bulk_counts_rows(void **state)
{
    (void)state;
    void *c = open_blocking(), *b = NULL;
    const kn_value rows[] = {kn_int(1), kn_int(2), kn_int(3), kn_int(4)};
    int64_t stored = -1;
    assert_int_equal(driver(0)->bulk_begin(c, "\"t\"", NULL, NULL, 2, &b, NULL, NULL), KN_OK);
    assert_int_equal(driver(0)->bulk_rows(b, rows, 2, NULL, NULL), KN_OK);
    assert_int_equal(driver(0)->bulk_rows(b, rows, 1, NULL, NULL), KN_OK);
    assert_int_equal(driver(0)->bulk_end(b, 1, &stored, NULL, NULL), KN_OK);
    assert_int_equal(stored, 3);
    driver(0)->close(c);
    assert_null(fake_server_violation(server));
}

static void test_fake__the_url_programs_a_server_of_its_own(void **state)
{
    (void)state;
    static const char *const bad[] = {"execute", "execute:x:BUSY", "nothing:1:BUSY", "execute:1:WHAT",
                                      "execute:1:BUSY:often"};
    void *c = NULL;
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++)
        assert_int_equal(try_open((opening){.host = "none", .fail = bad[i], .blocking = true}, &c, NULL, NULL),
                         KN_INVALID);
    opening good = {.host = "none", .fail = "prepare:2:LIMIT:ever,execute:1:LINK_LOST:drop", .blocking = true};
    assert_int_equal(try_open(good, &c, NULL, NULL), KN_OK);
    void *s = prepare(c, "SELECT"), *none = NULL;
    kn_outcome outcome;
    assert_int_equal(try_prepare(c, "SELECT", &none, NULL, NULL), KN_LIMIT);
    assert_int_equal(try_prepare(c, "SELECT", &none, NULL, NULL), KN_LIMIT);
    assert_int_equal(execute(s, NULL, 0, 0, &outcome, NULL, NULL), KN_LINK_LOST);
    driver(0)->finish(s);
    driver(0)->close(c);
}

static kn_status workload(const kn_allocator *allocator, void *context)
{
    static const kn_value rows[] = {{.kind = KN_KIND_TEXT, .as.text = {"text", 4}}};
    const fake_answer answer = {.n_columns = 1, .rows = rows, .n_rows = 1};
    void *c = NULL, *s = NULL;
    kn_outcome outcome;
    kn_value row;
    (void)context;
    fake_server *own = fake_server_start("own", allocator);
    if (!own)
        return KN_NOMEM;
    fake_server_answer(own, &answer);
    kn_status status = try_open((opening){.host = "own", .blocking = true, .allocator = allocator}, &c, NULL, NULL);
    if (!status)
        status = try_prepare(c, "SELECT", &s, NULL, NULL);
    if (!status)
        status = execute(s, NULL, 0, 0, &outcome, NULL, NULL);
    if (!status) {
        status = driver(0)->fetch(s, &row, NULL, NULL);
        driver(0)->end(s, NULL, NULL, NULL);
    }
    if (s)
        driver(0)->finish(s);
    if (c)
        driver(0)->close(c);
    assert_null(fake_server_violation(own));
    assert_int_equal(fake_server_live(own).connections, 0);
    fake_server_stop(own);
    return status;
}

/* The log is kept as far as memory allows: its growth may fail without anybody noticing. */
static void test_fake__allocation_failures_are_clean(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        failing_allocator f;
        failing_allocator_init(&f, n, true);
        kn_status status = workload(&f.allocator, NULL);
        failing_allocator_finish(&f);
        if (!f.fired) {
            assert_int_equal(status, KN_OK);
            assert_true(n > 5);
            break;
        }
        assert_true(status == KN_NOMEM || status == KN_OK);
    }
}

static void test_fake__the_plain_driver_leaves_out_what_it_may(void **state)
{
    (void)state;
    const kn_driver *plain = driver(1);
    assert_string_equal(plain->name, "fake_plain");
    assert_int_equal(plain->flags, 0);
    assert_true(!plain->single && !plain->alive && !plain->cancel_create && !plain->bulk_begin);
    assert_null(driver(2));
}

#define WITH_SERVER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_fake__gives_the_answers_it_was_given),
        WITH_SERVER(test_fake__fails_the_call_it_was_told_to),
        WITH_SERVER(test_fake__a_dropped_link_stays_dropped),
        WITH_SERVER(test_fake__steps_wait),
        WITH_SERVER(test_fake__a_half_open_connection_closes),
        WITH_SERVER(test_fake__a_cancel_ends_what_hangs_and_nothing_later),
        WITH_SERVER(test_fake__delays_and_deadlines),
        WITH_SERVER(test_fake__sees_breaches_of_the_contract),
        WITH_SERVER(test_fake__sees_two_threads_on_one_connection),
        WITH_SERVER(test_fake__savepoints_and_transactions_are_counted),
        WITH_SERVER(test_fake__bulk_counts_rows),
        WITH_SERVER(test_fake__the_url_programs_a_server_of_its_own),
        cmocka_unit_test(test_fake__allocation_failures_are_clean),
        cmocka_unit_test(test_fake__the_plain_driver_leaves_out_what_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
