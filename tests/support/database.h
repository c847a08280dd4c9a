/* SPDX-License-Identifier: MIT */
/* A database of its own for each test, on a real backend, with every plugin linked statically: koine/testing.h for
 * cmocka and Koine's own tests.
 *
 *     static int open_each(void **state) { return test_database_open(state); }
 *
 * Tests ask `test_database_of(state)` and never name a backend. What a backend cannot do they ask of its features, and
 * assert its refusal (assert_unsupported). */
#ifndef KOINE_TESTS_DATABASE_H
#define KOINE_TESTS_DATABASE_H

#include "support/cmocka.h"

#include <koine/plugin/plugin.h>
#include <koine/testing.h>

#include "engine/connection.h"

kn_plugin_entry koine_plugin_sqlite, koine_plugin_sqlite3, koine_plugin_postgresql, koine_plugin_libpq,
    koine_plugin_mysql, koine_plugin_mariadb;

typedef kn_testing test_database;

/* KN_OK or the test fails with the error's own words. */
#define assert_ok(db, call)                                                                                            \
    do {                                                                                                               \
        kn_error_clear(&(db)->error);                                                                                  \
        kn_status status_ = (call);                                                                                    \
        if (status_ != KN_OK)                                                                                          \
            fail_msg("%s: %s: %s", #call, kn_status_name(status_), (db)->error.message);                               \
    } while (0)

/* There are no more rows: `call` is what asked for one, or what that gave. */
#define assert_done(db, call)                                                                                          \
    do {                                                                                                               \
        kn_status status_ = (call);                                                                                    \
        if (status_ != KN_DONE)                                                                                        \
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

/* What this backend cannot do, and another can: exactly this status, and a message that names the feature and the
 * backend. scripts/test collects the lines that are printed. */
#define assert_incapable(db, expected, feature, call)                                                                  \
    do {                                                                                                               \
        assert_refused(db, expected, call);                                                                            \
        test_database_note_refusal(db, feature);                                                                       \
    } while (0)
#define assert_unsupported(db, feature, call) assert_incapable(db, KN_UNSUPPORTED, feature, call)

static inline test_database *test_database_of(void **state)
{
    return (test_database *)*state;
}

/* The backend as messages name it. */
static inline const char *test_database_backend(const test_database *db)
{
    return kn_engine_dialect(db->engine);
}

/* Results that may be open at once on a connection: many, or one. */
static inline bool test_database_has_many_results(const test_database *db)
{
    return db->c->driver->flags & KN_DRIVER_MULTI_RESULT;
}
#define TEST_DATABASE_MANY_RESULTS "another result is open"

/* Of what the server turned out to be. */
static inline bool test_database_has(const test_database *db, kn_feature feature)
{
    return kn__target_has(kn__connection_target(db->c), feature);
}

static inline void test_database_note_refusal(const test_database *db, const char *feature)
{
    const char *backend = test_database_backend(db);

    bool named = strstr(db->error.message, backend) || strstr(db->error.message, kn_engine_driver(db->engine));

    if (!strstr(db->error.message, feature) || !named)
        fail_msg("'%s' does not name '%s' and '%s'", db->error.message, feature, backend);
    printf("refused: %s: %s\n", backend, feature);
}

static inline void test_database_connect(test_database *db, const kn_engine_options *options)
{
    assert_ok(db, kn_testing_connect(db, options));
}

static inline void test_database_disconnect(test_database *db)
{
    kn_testing_disconnect(db);
}

/* Closes everything and opens it again: what a test reads then was stored. */
static inline void test_database_reopen(test_database *db)
{
    test_database_disconnect(db);
    test_database_connect(db, NULL);
}

static inline kn_registry *test_database_registry(void)
{
    static kn_plugin_entry *const plugins[] = {koine_plugin_sqlite, koine_plugin_sqlite3, koine_plugin_postgresql,
                                               koine_plugin_libpq,  koine_plugin_mysql,   koine_plugin_mariadb};
    kn_registry *registry = NULL;

    assert_int_equal(kn_registry_create(NULL, &registry, NULL), KN_OK);
    for (size_t i = 0; i < KN_COUNT_OF(plugins); i++)
        assert_int_equal(kn_registry_add(registry, plugins[i], NULL), KN_OK);
    return registry;
}

/* A registry and an empty database, no engine yet. KOINE_TEST_URL names a server (koine-testbed starts one); without it
 * the database is a file. */
static inline int test_database_prepare(void **state)
{
    test_database *db = (test_database *)calloc(1, sizeof(*db));
    const char *url = getenv("KOINE_TEST_URL");

    *state = db;
    assert_ok(db, kn_testing_begin(db, url ? url : "sqlite:////tmp/koine-test", test_database_registry()));
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
    kn_registry *registry = db->registry;

    assert_ok(db, kn_testing_end(db));
    kn_registry_destroy(registry);
    free(db);
    return 0;
}

/* SQL whose names are quoted as in the standard, in the backend's own quotes. Strings in it hold no '"'. */
static inline kn_sql_text test_database_sql(test_database *db, const char *sql)
{
    static char own[2048];
    const char quote = (char)kn__connection_target(db->c)->dialect->quote;
    size_t n = strlen(sql);

    assert_true(n < sizeof(own));
    for (size_t i = 0; i <= n; i++)
        own[i] = (char)(sql[i] == '"' ? quote : sql[i]);
    return kn_unchecked_sql(own);
}

static inline kn_status test_database_try(test_database *db, const char *sql)
{
    kn_error_clear(&db->error);
    return kn_execute(db->c, test_database_sql(db, sql), KN_NO_ARGS, NULL, &db->error);
}

static inline void test_database_run(test_database *db, const char *sql)
{
    if (test_database_try(db, sql) != KN_OK)
        fail_msg("%s: %s: %s", sql, kn_status_name((kn_status)db->error.status), db->error.message);
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
