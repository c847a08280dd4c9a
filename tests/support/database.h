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

kn_plugin_entry koine_plugin_sqlite, koine_plugin_sqlite3, koine_plugin_postgresql, koine_plugin_libpq,
    koine_plugin_mysql, koine_plugin_mariadb;

typedef struct test_database {
    kn_registry *registry;
    kn_engine *engine;
    kn_connection *c;
    kn_error error;  /* of the last call that was given it */
    char folder[64]; /* of the file; "" on a server */
    char admin[400]; /* URL of the server's own database; "" for a file */
    char name[64];   /* of the database on the server */
    char url[480];
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

static inline kn_registry *test_database_registry(test_database *db)
{
    static kn_plugin_entry *const plugins[] = {koine_plugin_sqlite, koine_plugin_sqlite3, koine_plugin_postgresql,
                                               koine_plugin_libpq,  koine_plugin_mysql,   koine_plugin_mariadb};
    kn_registry *registry = NULL;

    assert_ok(db, kn_registry_create(NULL, &registry, &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(plugins); i++)
        assert_ok(db, kn_registry_add(registry, plugins[i], &db->error));
    return registry;
}

/* One statement on the server's own database. */
static inline void test_database_admin(test_database *db, const char *verb)
{
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    char sql[128];

    snprintf(sql, sizeof(sql), "%s DATABASE %s", verb, db->name);
    assert_ok(db, kn_engine_create(db->admin, KN_ENGINE_OPTIONS(.registry = db->registry), &engine, &db->error));
    assert_ok(db, kn_connect(engine, &c, &db->error));
    assert_ok(db, kn_execute(c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
    kn_release(c);
    kn_engine_destroy(engine);
}

/* A file in a folder of its own. */
static inline void test_database_on_file(test_database *db)
{
    snprintf(db->folder, sizeof(db->folder), "/tmp/koine-test-XXXXXX");
    assert_non_null(mkdtemp(db->folder));
    snprintf(db->url, sizeof(db->url), "sqlite:///%s/test.db", db->folder);
}

/* A database of its own on the server of `url`, whose last part is the server's. */
static inline void test_database_on_server(test_database *db, const char *url)
{
    static unsigned number;
    const char *end = strrchr(url, '/');

    snprintf(db->admin, sizeof(db->admin), "%s", url);
    snprintf(db->name, sizeof(db->name), "koine_%ld_%u", (long)getpid(), number++);
    snprintf(db->url, sizeof(db->url), "%.*s/%s", (int)(end - url), url, db->name);
    test_database_admin(db, "CREATE");
}

/* A registry and an empty database, no engine yet. KOINE_TEST_URL names a server (koine-testbed starts one); without it
 * the database is a file. */
static inline int test_database_prepare(void **state)
{
    test_database *db = (test_database *)calloc(1, sizeof(*db));
    const char *url = getenv("KOINE_TEST_URL");

    *state = db;
    db->registry = test_database_registry(db);
    if (url)
        test_database_on_server(db, url);
    else
        test_database_on_file(db);
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
    if (db->admin[0])
        test_database_admin(db, "DROP");
    else
        test_database_remove_folder(db->folder);
    kn_registry_destroy(db->registry);
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
