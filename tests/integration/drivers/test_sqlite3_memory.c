/* SPDX-License-Identifier: MIT */
/* Every allocation of the driver and of SQLite itself fails once, and for ever from then on: the error is KN_NOMEM,
 * nothing leaks, the connection can be closed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/plugin_host.h"
#include "support/sqlite_memory.h"

kn_plugin_entry koine_plugin_sqlite3;

/* The driver's and SQLite's own allocations count in one row. */
static failing_allocator memory;

static char path[] = "/tmp/koine_memory_XXXXXX";

typedef struct session {
    const kn_driver *driver;
    void *connection, *statement;
} session;

static kn_status open_session(session *s, const char *database, const kn_allocator *allocator, kn_error *error)
{
    const char *values[16];
    kn_url url = {.size_ = sizeof url, .database = database};
    for (size_t i = 0; s->driver->options[i].name; i++)
        values[i] = s->driver->options[i].fallback;
    kn_open_request request = {
        .size_ = sizeof request, .allocator = allocator, .url = &url, .values = values, .blocking = 1};
    return s->driver->open(&request, &s->connection, NULL, error);
}

static kn_status run(session *s, const char *sql, const kn_value *values, size_t count, kn_error *error)
{
    const kn_driver *d = s->driver;
    kn_prepare_request prepare = {.size_ = sizeof prepare, .sql = {sql, strlen(sql)}};
    kn_execute_request request = {.size_ = sizeof request, .values = values, .n_values = count};
    kn_outcome outcome = {.size_ = sizeof outcome};
    kn_value row[8];
    void *statement = NULL;
    kn_status status = d->prepare(s->connection, &prepare, &statement, NULL, error);
    if (status)
        return status;
    status = d->execute(statement, &request, &outcome, NULL, error);
    if (!status) {
        while (!status && outcome.n_columns)
            status = d->fetch(statement, row, NULL, error);
        kn_status ended = d->end(statement, NULL, NULL, error);
        status = status == KN_DONE || !status ? ended : status;
    }
    d->finish(statement);
    return status;
}

static kn_status use(session *s, kn_error *error)
{
    static const kn_value values[] = {{.kind = KN_KIND_TEXT, .as.text = {"some text", SIZE_MAX}},
                                      {.kind = KN_KIND_BYTES, .as.bytes = {"bytes", 5}}};
    kn_status status = run(s, "CREATE TABLE IF NOT EXISTS t (a UNIQUE, b)", NULL, 0, error);
    if (!status)
        status = s->driver->transact(s->connection, KN_TRANSACT_BEGIN, 0, NULL, NULL, error);
    if (!status)
        status = s->driver->transact(s->connection, KN_TRANSACT_SAVEPOINT, 0, "\"a\"", NULL, error);
    if (!status)
        status = run(s, "INSERT INTO t VALUES (?, ?)", values, 2, error);
    if (!status)
        status = run(s, "SELECT a || b, b, count(*) FROM t GROUP BY a ORDER BY b", NULL, 0, error);
    if (!status)
        status = s->driver->transact(s->connection, KN_TRANSACT_ROLLBACK, 0, NULL, NULL, error);
    if (!status)
        status = s->driver->reset(s->connection, NULL, error);
    return status;
}

static char workload_message[616];

static kn_status workload(const char *database)
{
    kn_error error = {0};
    session s = {.driver = koine_plugin_sqlite3(plugin_host())->drivers[0]};
    kn_status status = open_session(&s, database, &memory.allocator, &error);
    if (!status) {
        status = use(&s, &error);
        s.driver->close(s.connection);
    }
    if (status)
        assert_int_equal(error.status, status);
    memcpy(workload_message, error.message, sizeof workload_message);
    return status;
}

static void fail_each(const char *database)
{
    size_t failed = 0;
    failing_allocator_init(&memory, 0, false); /* what SQLite keeps for the process is allocated now */
    assert_int_equal(workload(path), KN_OK);
    for (int for_ever = 0; for_ever <= 1; for_ever++) {
        for (size_t n = 1;; n++) {
            failing_allocator_init(&memory, n, for_ever == 1);
            kn_status status = workload(database);
            if (memory.live_blocks != 0)
                fail_msg("allocation %zu: %zu blocks are left", n, memory.live_blocks);
            if (!memory.fired) {
                assert_int_equal(status, KN_OK);
                break;
            }
            /* SQLite does without some of its caches */
            if (status != KN_NOMEM && status != KN_OK)
                fail_msg("allocation %zu: %s: %s", n, kn_status_name(status), workload_message);
            if (status == KN_OK && for_ever)
                fail_msg("allocation %zu: no failure although there was no memory any more", n);
            failed += status == KN_NOMEM;
        }
    }
    print_message("%zu failures\n", failed);
    assert_true(failed > 200);
}

static void test_sqlite3_memory__every_allocation_may_fail_in_memory(void **state)
{
    (void)state;
    fail_each(NULL);
}

static void test_sqlite3_memory__every_allocation_may_fail_on_a_file(void **state)
{
    (void)state;
    fail_each(path);
}

static int setup(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    failing_allocator_init(&memory, 0, false);
    if (fd < 0 || close(fd) != 0)
        return -1;
    sqlite_memory = &memory;
    return sqlite_memory_install() ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[64];
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(ends); i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite3_memory__every_allocation_may_fail_in_memory),
        cmocka_unit_test(test_sqlite3_memory__every_allocation_may_fail_on_a_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
