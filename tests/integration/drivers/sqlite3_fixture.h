/* SPDX-License-Identifier: MIT */
/* The sqlite3 driver, called through its descriptor, on files in a folder of its own. */
#ifndef KOINE_TESTS_SQLITE3_FIXTURE_H
#define KOINE_TESTS_SQLITE3_FIXTURE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/failing_allocator.h"
#include "support/plugin_host.h"

#include <koine/connection.h>

kn_plugin_entry koine_plugin_sqlite3;

static inline const kn_driver *sqlite3_driver(void)
{
    static const kn_driver *driver;
    if (!driver)
        driver = koine_plugin_sqlite3(plugin_host())->drivers[0];
    return driver;
}

static char fixture_folder[64];
static failing_allocator fixture_memory;

static inline int fixture_setup(void **state)
{
    (void)state;
    snprintf(fixture_folder, sizeof fixture_folder, "/tmp/koine_sqlite3_XXXXXX");
    failing_allocator_init(&fixture_memory, 0, false);
    return mkdtemp(fixture_folder) ? 0 : -1;
}

static inline void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int size = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (size > 0 && (size_t)size < sizeof path && unlink(path) != 0)
            remove_folder(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    remove_folder(fixture_folder);
    failing_allocator_finish(&fixture_memory);
    return 0;
}

/* The path of `name` in the folder; good until four calls later. */
static inline const char *in_folder(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", fixture_folder, name);
    return path;
}

/* Opens `database` (NULL = in memory) with options as "name=value", ended by NULL. */
static inline kn_status open_with(const char *database, const char *const *options, int64_t deadline_us, void **out,
                                  kn_error *error)
{
    const kn_driver *driver = sqlite3_driver();
    kn_url url = {.size_ = sizeof url, .dialect = "sqlite", .database = database};
    const char *values[16];
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
                               .allocator = &fixture_memory.allocator,
                               .url = &url,
                               .values = values,
                               .blocking = 1,
                               .deadline_us = deadline_us};
    kn_wait wait = {.fd = -1};
    *out = NULL;
    return driver->open(&request, out, &wait, error);
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline void *open_file(const char *name, const char *const *options)
{
    kn_error error = {0};
    void *connection = NULL;
    if (open_with(in_folder(name), options, 0, &connection, &error))
        fail_msg("open: %s", error.message);
    return connection;
}

static inline void *open_memory(void)
{
    kn_error error = {0};
    void *connection = NULL;
    if (open_with(NULL, NULL, 0, &connection, &error))
        fail_msg("open: %s", error.message);
    return connection;
}

static inline kn_status try_prepare(void *connection, const char *sql, void **out, kn_error *error)
{
    kn_prepare_request request = {.size_ = sizeof request, .sql = {sql, strlen(sql)}};
    *out = NULL;
    return sqlite3_driver()->prepare(connection, &request, out, NULL, error);
}

static inline void *prepare(void *connection, const char *sql)
{
    kn_error error = {0};
    void *statement = NULL;
    if (try_prepare(connection, sql, &statement, &error))
        fail_msg("prepare %s: %s", sql, error.message);
    return statement;
}

static inline kn_status try_execute(void *statement, const kn_value *values, size_t count, int64_t deadline_us,
                                    kn_outcome *outcome, kn_error *error)
{
    kn_execute_request request = {
        .size_ = sizeof request, .values = values, .n_values = count, .deadline_us = deadline_us};
    *outcome = (kn_outcome){.size_ = sizeof *outcome};
    return sqlite3_driver()->execute(statement, &request, outcome, NULL, error);
}

/* Prepares, executes, fetches all, ends, finishes. The first failure is the result; *outcome is final. */
static inline kn_status run(void *connection, const char *sql, const kn_value *values, size_t count,
                            kn_outcome *outcome, kn_error *error)
{
    const kn_driver *driver = sqlite3_driver();
    kn_outcome scratch = {.size_ = sizeof scratch};
    outcome = outcome ? outcome : &scratch;
    void *statement = NULL;
    kn_status status = try_prepare(connection, sql, &statement, error);
    if (status)
        return status;
    status = try_execute(statement, values, count, 0, outcome, error);
    if (!status) {
        kn_value row[64];
        while (!status && outcome->n_columns)
            status = driver->fetch(statement, row, NULL, error);
        kn_status ended = driver->end(statement, outcome, NULL, error);
        status = status == KN_DONE || !status ? ended : status;
    }
    driver->finish(statement);
    return status;
}

static inline void must_run(void *connection, const char *sql)
{
    kn_error error = {0};
    if (run(connection, sql, NULL, 0, NULL, &error))
        fail_msg("%s: %s", sql, error.message);
}

/* The first cell of the first row as a number; NULL and no row are -1. */
static inline int64_t number(void *connection, const char *sql)
{
    const kn_driver *driver = sqlite3_driver();
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[64];
    void *statement = prepare(connection, sql);
    if (try_execute(statement, NULL, 0, 0, &outcome, &error))
        fail_msg("%s: %s", sql, error.message);
    int64_t n = -1;
    if (driver->fetch(statement, row, NULL, &error) == KN_OK && row[0].kind == KN_KIND_INT)
        n = row[0].as.i;
    driver->end(statement, NULL, NULL, NULL);
    driver->finish(statement);
    return n;
}

/* The first cell as text, good until the next call. */
static inline const char *word(void *connection, const char *sql)
{
    static char text[256];
    const kn_driver *driver = sqlite3_driver();
    kn_error error = {0};
    kn_outcome outcome;
    kn_value row[64];
    void *statement = prepare(connection, sql);
    if (try_execute(statement, NULL, 0, 0, &outcome, &error))
        fail_msg("%s: %s", sql, error.message);
    text[0] = '\0';
    if (driver->fetch(statement, row, NULL, &error) == KN_OK && row[0].kind == KN_KIND_TEXT)
        snprintf(text, sizeof text, "%.*s", (int)row[0].as.text.size, row[0].as.text.data);
    driver->end(statement, NULL, NULL, NULL);
    driver->finish(statement);
    return text;
}

static inline kn_status transact(void *connection, kn_transact_verb verb, uint32_t access, kn_error *error)
{
    return sqlite3_driver()->transact(connection, verb, access, NULL, NULL, error);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

#endif
