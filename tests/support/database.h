/* SPDX-License-Identifier: MIT */
/* A database of its own for each test, on a real backend, with every plugin linked statically.
 *
 *     static int open_each(void **state) { return test_database_open(state); }
 *
 * Tests ask `test_database_of(state)` and never name a backend. */
#ifndef KOINE_TESTS_DATABASE_H
#define KOINE_TESTS_DATABASE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/cmocka.h"

#include <koine/koine.h>
#include <koine/plugin/plugin.h>

kn_plugin_entry koine_plugin_sqlite, koine_plugin_sqlite3;

typedef struct test_database {
    kn_registry *registry;
    kn_engine *engine;
    kn_connection *c;
    kn_error error; /* of the last call that was given it */
    char folder[64];
    char url[160];
} test_database;

/* KN_OK or the test fails with the error's own words. */
#define assert_ok(db, call)                                                                                            \
    do {                                                                                                               \
        kn_error_clear(&(db)->error);                                                                                  \
        kn_status status_ = (call);                                                                                    \
        if (status_ != KN_OK)                                                                                          \
            fail_msg("%s: %s: %s", #call, kn_status_name(status_), (db)->error.message);                               \
    } while (0)

/* Exactly this status, with a message. */
#define assert_refused(db, expected, call)                                                                             \
    do {                                                                                                               \
        kn_error_clear(&(db)->error);                                                                                  \
        kn_status status_ = (call);                                                                                    \
        if (status_ != (expected))                                                                                     \
            fail_msg("%s: %s instead of %s: %s", #call, kn_status_name(status_), kn_status_name(expected),             \
                     (db)->error.message);                                                                             \
        assert_int_equal((db)->error.status, (expected));                                                              \
        assert_true((db)->error.message[0] != '\0');                                                                   \
    } while (0)

static inline test_database *test_database_of(void **state)
{
    return (test_database *)*state;
}

static inline void test_database_remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[400];

    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static inline void test_database_connect(test_database *db, const kn_engine_options *options)
{
    kn_engine_options with = options ? *options : (kn_engine_options){.size_ = sizeof(with)};

    with.registry = db->registry;
    assert_ok(db, kn_engine_create(db->url, &with, &db->engine, &db->error));
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
}

static inline void test_database_disconnect(test_database *db)
{
    kn_release(db->c);
    kn_engine_destroy(db->engine);
    db->c = NULL;
    db->engine = NULL;
}

/* Closes everything and opens it again: what a test reads then was stored. */
static inline void test_database_reopen(test_database *db)
{
    test_database_disconnect(db);
    test_database_connect(db, NULL);
}

/* A registry and an empty folder, no engine yet. */
static inline int test_database_prepare(void **state)
{
    test_database *db = (test_database *)calloc(1, sizeof(*db));

    *state = db;
    assert_ok(db, kn_registry_create(NULL, &db->registry, &db->error));
    assert_ok(db, kn_registry_add(db->registry, koine_plugin_sqlite, &db->error));
    assert_ok(db, kn_registry_add(db->registry, koine_plugin_sqlite3, &db->error));
    snprintf(db->folder, sizeof(db->folder), "/tmp/koine-test-XXXXXX");
    assert_non_null(mkdtemp(db->folder));
    snprintf(db->url, sizeof(db->url), "sqlite:///%s/test.db", db->folder);
    return 0;
}

static inline int test_database_open(void **state)
{
    test_database_prepare(state);
    test_database_connect(test_database_of(state), NULL);
    return 0;
}

static inline int test_database_close(void **state)
{
    test_database *db = test_database_of(state);

    test_database_disconnect(db);
    kn_registry_destroy(db->registry);
    test_database_remove_folder(db->folder);
    free(db);
    return 0;
}

/* CREATE of these models, ended by NULL. */
static inline void test_database_create(test_database *db, const kn_model *first, const kn_model *second)
{
    kn_metadata *metadata = NULL;

    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    assert_ok(db, kn_metadata_add(metadata, first, &db->error));
    if (second)
        assert_ok(db, kn_metadata_add(metadata, second, &db->error));
    assert_ok(db, kn_create_all(db->c, metadata, &db->error));
    kn_metadata_destroy(metadata);
}

#endif
