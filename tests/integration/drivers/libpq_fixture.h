/* SPDX-License-Identifier: MIT */
/* The libpq driver, called through its descriptor, on the server that KOINE_TEST_POSTGRESQL names:
 * scripts/koine-testbed sets it. */
#ifndef KOINE_TESTS_LIBPQ_FIXTURE_H
#define KOINE_TESTS_LIBPQ_FIXTURE_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/failing_allocator.h"

#include <koine/connection.h>
#include <koine/plugin/plugin.h>
#include <koine/url.h>

#include "plugin/loader.h"

kn_plugin_entry koine_plugin_libpq;

static inline const kn_driver *libpq_driver(void)
{
    static const kn_driver *driver;
    if (!driver)
        driver = koine_plugin_libpq(&kn__host)->drivers[0];
    return driver;
}

static failing_allocator fixture_memory;

static inline int fixture_setup(void **state)
{
    (void)state;
    failing_allocator_init(&fixture_memory, 0, false);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    failing_allocator_finish(&fixture_memory);
    return 0;
}

static inline int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Calls a step until it is over. */
static inline bool again(kn_status status, kn_wait *wait)
{
    if (status != KN_WAIT)
        return false;
    struct pollfd descriptor = {.fd = wait->fd};
    descriptor.events =
        (short)((wait->events & KN_WAIT_READ ? POLLIN : 0) | (wait->events & KN_WAIT_WRITE ? POLLOUT : 0));
    int64_t left = wait->deadline_us ? (wait->deadline_us - now_us()) / 1000 + 1 : 10000;
    poll(&descriptor, 1, left < 0 ? 0 : (int)left);
    return true;
}

/* Opens the server with options as "name=value", ended by NULL. */
static inline kn_status open_on(const kn_allocator *allocator, const char *url_text, const char *const *options,
                                bool blocking, int64_t deadline_us, void **out, kn_error *error)
{
    const kn_driver *driver = libpq_driver();
    const char *values[32];
    kn_url *url = NULL;
    assert_int_equal(kn_url_parse(url_text, NULL, &url, error), KN_OK);
    for (size_t i = 0; driver->options[i].name; i++) {
        const char *name = driver->options[i].name;
        values[i] = driver->options[i].fallback;
        for (const char *const *o = options; o && *o; o++) {
            size_t size = strlen(name);
            if (strncmp(*o, name, size) == 0 && (*o)[size] == '=')
                values[i] = *o + size + 1;
        }
    }
    kn_open_request request = {.size_ = sizeof request,
                               .allocator = allocator,
                               .url = url,
                               .values = values,
                               .blocking = blocking,
                               .deadline_us = deadline_us};
    kn_wait wait = {.fd = -1};
    kn_status status;
    *out = NULL;
    do
        status = driver->open(&request, out, &wait, error);
    while (again(status, &wait));
    kn_url_destroy(url);
    return status;
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline void *open_with(const char *const *options, bool blocking)
{
    kn_error error = {0};
    void *connection = NULL;
    if (open_on(&fixture_memory.allocator, getenv("KOINE_TEST_POSTGRESQL"), options, blocking, 0, &connection, &error))
        fail_msg("open: %s", error.message);
    return connection;
}

static inline void *open_plain(void)
{
    return open_with(NULL, true);
}

static inline kn_status try_prepare(void *connection, const char *sql, size_t parameters, void **out, kn_error *error)
{
    kn_prepare_request request = {.size_ = sizeof request, .sql = {sql, strlen(sql)}, .n_parameters = parameters};
    kn_wait wait = {.fd = -1};
    kn_status status;
    *out = NULL;
    do
        status = libpq_driver()->prepare(connection, &request, out, &wait, error);
    while (again(status, &wait));
    return status;
}

static inline void *prepare(void *connection, const char *sql, size_t parameters)
{
    kn_error error = {0};
    void *statement = NULL;
    if (try_prepare(connection, sql, parameters, &statement, &error))
        fail_msg("prepare %s: %s", sql, error.message);
    return statement;
}

static inline kn_status try_execute(void *statement, const kn_value *values, size_t count, int64_t deadline_us,
                                    kn_outcome *outcome, kn_error *error)
{
    kn_execute_request request = {
        .size_ = sizeof request, .values = values, .n_values = count, .deadline_us = deadline_us};
    kn_wait wait = {.fd = -1};
    kn_status status;
    *outcome = (kn_outcome){.size_ = sizeof *outcome};
    do
        status = libpq_driver()->execute(statement, &request, outcome, &wait, error);
    while (again(status, &wait));
    return status;
}

static inline kn_status fetch(void *statement, kn_value *row, kn_error *error)
{
    kn_wait wait = {.fd = -1};
    kn_status status;
    do
        status = libpq_driver()->fetch(statement, row, &wait, error);
    while (again(status, &wait));
    return status;
}

static inline kn_status end(void *statement, kn_outcome *outcome, kn_error *error)
{
    kn_wait wait = {.fd = -1};
    kn_status status;
    do
        status = libpq_driver()->end(statement, outcome, &wait, error);
    while (again(status, &wait));
    return status;
}

/* Prepares, executes, fetches all, ends, finishes. The first failure is the result. */
static inline kn_status run_until(void *connection, const char *sql, const kn_value *values, size_t count,
                                  int64_t deadline_us, kn_outcome *outcome, kn_error *error)
{
    kn_outcome scratch = {.size_ = sizeof scratch};
    outcome = outcome ? outcome : &scratch;
    void *statement = NULL;
    kn_status status = try_prepare(connection, sql, count, &statement, error);
    if (status)
        return status;
    status = try_execute(statement, values, count, deadline_us, outcome, error);
    if (!status) {
        kn_value row[64];
        while (!status && outcome->n_columns)
            status = fetch(statement, row, error);
        kn_status ended = end(statement, outcome, error);
        status = status == KN_DONE || !status ? ended : status;
    }
    libpq_driver()->finish(statement);
    return status;
}

static inline kn_status run(void *connection, const char *sql, kn_error *error)
{
    return run_until(connection, sql, NULL, 0, 0, NULL, error);
}

/* What became of many sets of values. */
typedef struct batch {
    kn_status status;
    size_t failed;
    int64_t changed;
    kn_error error;
} batch;

static inline batch run_sets(void *statement, const kn_value *values, size_t sets, size_t count, int64_t deadline_us,
                             bool whole)
{
    batch b = {.failed = sets};
    kn_execute_request request = {
        .size_ = sizeof request, .values = values, .n_values = count, .deadline_us = deadline_us, .whole = whole};
    kn_outcome outcome = {.size_ = sizeof outcome, .changed = -1};
    kn_wait wait = {.fd = -1};
    do
        b.status = libpq_driver()->execute_many(statement, &request, sets, &outcome, &b.failed, &wait, &b.error);
    while (again(b.status, &wait));
    b.changed = outcome.changed;
    return b;
}

static inline void must_run(void *connection, const char *sql)
{
    kn_error error = {0};
    if (run(connection, sql, &error))
        fail_msg("%s: %s", sql, error.message);
}

/* The first cell of the first row; texts and long decimals are good until the next call. */
static inline kn_value cell_of(void *connection, const char *sql, const kn_value *values, size_t count)
{
    static char room[40000];
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[64] = {{.kind = KN_KIND_UNSET}};
    void *statement = prepare(connection, sql, count);
    if (try_execute(statement, values, count, 0, &outcome, &error) || fetch(statement, row, &error))
        fail_msg("%s: %s", sql, error.message);
    if (row[0].kind == KN_KIND_TEXT || row[0].kind == KN_KIND_BYTES) {
        assert_true(row[0].as.text.size < sizeof room);
        memcpy(room, row[0].as.text.data, row[0].as.text.size + 1);
        row[0].as.text.data = room;
    } else if (row[0].kind == KN_KIND_DECIMAL && row[0].as.decimal.form) {
        memcpy(room, row[0].as.decimal.u.digits, row[0].as.decimal.n);
        row[0].as.decimal.u.digits = room;
    }
    assert_int_equal(end(statement, NULL, &error), KN_OK);
    libpq_driver()->finish(statement);
    return row[0];
}

static inline int64_t number(void *connection, const char *sql)
{
    kn_value v = cell_of(connection, sql, NULL, 0);
    assert_int_equal(v.kind, KN_KIND_INT);
    return v.as.i;
}

static inline const char *word(void *connection, const char *sql)
{
    kn_value v = cell_of(connection, sql, NULL, 0);
    assert_int_equal(v.kind, KN_KIND_TEXT);
    return v.as.text.data;
}

static inline kn_status transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name,
                                 kn_error *error)
{
    kn_wait wait = {.fd = -1};
    kn_status status;
    do
        status = libpq_driver()->transact(connection, verb, access, name, &wait, error);
    while (again(status, &wait));
    return status;
}

static inline kn_status reset(void *connection, kn_error *error)
{
    kn_wait wait = {.fd = -1};
    kn_status status;
    do
        status = libpq_driver()->reset(connection, &wait, error);
    while (again(status, &wait));
    return status;
}

/* Tells `error` when it is another status. */
#define must(status, expected)                                                                                         \
    do {                                                                                                               \
        kn_status got_ = (status);                                                                                     \
        if (got_ != (expected))                                                                                        \
            fail_msg("%s: %s instead of %s: %s", #status, kn_status_name(got_), kn_status_name(expected),              \
                     error.message);                                                                                   \
    } while (0)

static inline void close_it(void *c)
{
    libpq_driver()->close(c);
}

#define WITH_SERVER(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

#endif
