/* SPDX-License-Identifier: MIT */
/* backends: all */
/* What the server turns out to be: a sibling found at the first connection, its version, its features. */
#include "items.h"

static void test_dialect__the_first_connection_finds_what_the_server_is(void **state)
{
    test_database *db = test_database_of(state);
    const char *scheme_end = strstr(db->url, "://");
    char scheme[32];
    kn_engine *engine = NULL;
    kn_connection *c = NULL;

    snprintf(scheme, sizeof(scheme), "%.*s", (int)(scheme_end - db->url), db->url);
    assert_ok(db, kn_engine_create(db->url, KN_ENGINE_OPTIONS(.registry = db->registry), &engine, &db->error));
    assert_string_equal(kn_engine_dialect(engine), scheme);
    assert_ok(db, kn_connect(engine, &c, &db->error));
    const kn_backend *backend = kn_connection_backend(c);
    assert_string_equal(backend->product, backend->dialect); /* every dialect here is named as its product */
    assert_string_equal(kn_engine_dialect(engine), backend->dialect);
    assert_string_equal(kn_engine_driver(engine), backend->driver);
    kn_release(c);
    kn_engine_destroy(engine);
}

/* The number is the text's: major * 10000 + minor * 100 + patch, or what the product makes of it. */
static void test_dialect__the_version_is_a_number_and_a_text(void **state)
{
    test_database *db = test_database_of(state);
    unsigned major = 0;

    test_database_connect(db, NULL);
    const kn_backend *backend = kn_connection_backend(db->c);
    assert_int_equal(sscanf(backend->version, "%u", &major), 1);
    assert_int_equal(backend->version_number / 10000, major);
    assert_int_equal(backend->zero_, 0);
}

/* As a URL of the sibling's own name has it from the beginning. */
static void test_dialect__its_own_name_is_a_url_too(void **state)
{
    test_database *db = test_database_of(state);
    char url[KN_TESTING_URL_MAX + 32];
    kn_engine *engine = NULL;
    kn_connection *c = NULL;

    test_database_connect(db, NULL);
    insert_item(db, "one");
    snprintf(url, sizeof(url), "%s%s", kn_engine_dialect(db->engine), strstr(db->url, "://"));
    assert_ok(db, kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = db->registry), &engine, &db->error));
    assert_ok(db, kn_connect(engine, &c, &db->error));
    assert_int_equal(count_items(c), 1);
    kn_release(c);
    kn_engine_destroy(engine);
}

/* A key comes back whichever way the backend has: RETURNING, or the last key. */
static void test_dialect__generated_keys_come_back_in_order(void **state)
{
    test_database *db = test_database_of(state);
    int64_t last = 0;

    test_database_connect(db, NULL);
    assert_true(test_database_has(db, KN_FEATURE_RETURNING) || test_database_has(db, KN_FEATURE_LAST_KEY));
    for (int i = 0; i < 10; i++) {
        Item item = {.stock = KN_SOME(i)}, read = {0};
        kn_arena arena = {0};
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
        assert_true(item.id > last);
        last = read.id = item.id;
        assert_ok(db, kn_get(db->c, KN_OBJECT(Item, &read), &arena, &db->error));
        assert_int_equal(read.stock.value, i);
        kn_arena_finish(&arena);
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_items, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_dialect__the_first_connection_finds_what_the_server_is),
        EACH(test_dialect__the_version_is_a_number_and_a_text),
        EACH(test_dialect__its_own_name_is_a_url_too),
        EACH(test_dialect__generated_keys_come_back_in_order),
    };
    return cmocka_run_group_tests_name("integration/live/dialect", tests, NULL, NULL);
}
