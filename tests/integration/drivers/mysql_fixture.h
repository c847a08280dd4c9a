/* SPDX-License-Identifier: MIT */
/* The mysql driver, called through its descriptor, on the server that KOINE_TEST_MARIADB names, with a relay before it.
 */
#ifndef KOINE_TESTS_MYSQL_FIXTURE_H
#define KOINE_TESTS_MYSQL_FIXTURE_H

#include "support/cmocka.h"

#include <time.h>

#include <koine/plugin/plugin.h>
#include <koine/url.h>

#include "plugin/loader.h"
#include "support/failing_allocator.h"
#include "support/relay.h"

kn_plugin_entry koine_plugin_mysql;

typedef struct fixture {
    relay relay;
    failing_allocator memory;
    const kn_driver *driver;
    kn_url *url;
    const char *values[16];
    kn_open_request request, copies[2];
    size_t turn;
    kn_prepare_request text;
    kn_execute_request execution;
    kn_outcome outcome;
    kn_transact_verb verb;
    void *connection, *statement, *cancel, *bulk;
    kn_value row[4];
    size_t waits;
    kn_error error;
} fixture;

typedef kn_status step(fixture *f, kn_wait *wait);

static inline int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline kn_status open_step(fixture *f, kn_wait *wait)
{
    kn_open_request *copy = &f->copies[f->turn++ % KN_COUNT_OF(f->copies)]; /* another at each step */
    *copy = f->request;
    kn_status status = f->driver->open(copy, &f->connection, wait, &f->error);
    memset(copy, 0, sizeof *copy);
    return status;
}

static inline kn_status prepare_step(fixture *f, kn_wait *wait)
{
    return f->driver->prepare(f->connection, &f->text, &f->statement, wait, &f->error);
}

static inline kn_status execute_step(fixture *f, kn_wait *wait)
{
    return f->driver->execute(f->statement, &f->execution, &f->outcome, wait, &f->error);
}

static inline kn_status fetch_step(fixture *f, kn_wait *wait)
{
    return f->driver->fetch(f->statement, f->row, wait, &f->error);
}

static inline kn_status end_step(fixture *f, kn_wait *wait)
{
    return f->driver->end(f->statement, NULL, wait, &f->error);
}

static inline kn_status transact_step(fixture *f, kn_wait *wait)
{
    return f->driver->transact(f->connection, f->verb, 0, "`s`", wait, &f->error);
}

static inline kn_status reset_step(fixture *f, kn_wait *wait)
{
    return f->driver->reset(f->connection, wait, &f->error);
}

static inline kn_status cancel_step(fixture *f, kn_wait *wait)
{
    return f->driver->cancel_send(f->cancel, wait, &f->error);
}

/* Waits as a program with a loop of its own would. */
static inline void wait_as_told(fixture *f, const kn_wait *wait)
{
    struct pollfd p = {.fd = wait->fd};
    p.events = (short)((wait->events & KN_WAIT_READ ? POLLIN : 0) | (wait->events & KN_WAIT_WRITE ? POLLOUT : 0));
    int64_t left_us = wait->deadline_us ? wait->deadline_us - now_us() : 20000000;
    f->waits++;
    assert_true(wait->fd >= 0 || wait->deadline_us);
    poll(&p, 1, left_us < 0 ? 0 : (int)(left_us / 1000 + 1));
}

static inline kn_status finish(fixture *f, step *call, int64_t deadline_us)
{
    for (;;) {
        kn_wait wait = {.fd = -1, .deadline_us = deadline_us};
        kn_status status = call(f, &wait);
        if (status != KN_WAIT)
            return status;
        wait_as_told(f, &wait);
    }
}

#define assert_step(f, expected, call)                                                                                 \
    do {                                                                                                               \
        kn_error_clear(&(f)->error);                                                                                   \
        kn_status status_ = finish(f, call, 0);                                                                        \
        if (status_ != (expected))                                                                                     \
            fail_msg("%s: %s instead of %s: %s", #call, kn_status_name(status_), kn_status_name(expected),             \
                     (f)->error.message);                                                                              \
    } while (0)

static inline void say(fixture *f, const char *sql)
{
    f->text = (kn_prepare_request){.size_ = sizeof f->text, .sql = {sql, strlen(sql)}};
}

static inline void run(fixture *f, const char *sql)
{
    const kn_execute_request kept = f->execution;
    f->execution.n_values = 0;
    f->execution.objects = NULL;
    say(f, sql);
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, execute_step);
    assert_step(f, KN_OK, end_step);
    f->driver->finish(f->statement);
    f->statement = NULL;
    f->execution = kept;
}

static inline void set_up(fixture *f, const kn_allocator *allocator, uint32_t blocking)
{
    f->request = (kn_open_request){
        .size_ = sizeof f->request, .allocator = allocator, .url = f->url, .values = f->values, .blocking = blocking};
    f->execution = (kn_execute_request){.size_ = sizeof f->execution};
    f->outcome = (kn_outcome){.size_ = sizeof f->outcome};
}

static inline int set_relay(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    kn_url *real = NULL;
    char text[512];
    assert_non_null(f);
    *state = f;
    f->driver = koine_plugin_mysql(&kn__host)->drivers[0];
    assert_int_equal(kn_url_parse(getenv("KOINE_TEST_MARIADB"), NULL, &real, &f->error), KN_OK);
    relay_init(&f->relay, real->hosts[0].name);
    snprintf(text, sizeof text, "mysql://%s@localhost/%s", real->user, real->database);
    assert_int_equal(kn_url_parse(text, NULL, &f->url, &f->error), KN_OK);
    kn_url_destroy(real);
    for (size_t i = 0; f->driver->options[i].name; i++)
        f->values[i] = strcmp(f->driver->options[i].name, "socket") == 0     ? f->relay.path
                       : strcmp(f->driver->options[i].name, "grace_ms") == 0 ? "200"
                                                                             : f->driver->options[i].fallback;
    failing_allocator_init(&f->memory, 0, false);
    set_up(f, &f->memory.allocator, 0);
    return 0;
}

static inline int set_connection(void **state)
{
    set_relay(state);
    assert_step((fixture *)*state, KN_OK, open_step);
    return 0;
}

static inline void let_go(fixture *f)
{
    if (f->cancel)
        f->driver->cancel_destroy(f->cancel);
    if (f->bulk) {
        int64_t stored = 0;
        kn_wait wait = {.fd = -1};
        assert_int_equal(f->driver->bulk_end(f->bulk, 0, &stored, &wait, NULL), KN_OK);
    }
    if (f->statement)
        f->driver->finish(f->statement);
    if (f->connection)
        f->driver->close(f->connection);
    f->cancel = f->bulk = f->statement = f->connection = NULL;
    f->execution = (kn_execute_request){.size_ = sizeof f->execution, .deadline_us = f->execution.deadline_us};
}

static inline int tear_down(void **state)
{
    fixture *f = *state;
    let_go(f);
    relay_finish(&f->relay);
    kn_url_destroy(f->url);
    failing_allocator_finish(&f->memory);
    free(f);
    return 0;
}

static inline int run_with_server(int (*tests)(void))
{
    if (!getenv("KOINE_TEST_MARIADB")) {
        puts("KOINE_TEST_MARIADB names no server; run it under scripts/koine-testbed");
        return 1;
    }
    alarm(300);
    return tests();
}

#endif
