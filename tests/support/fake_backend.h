/* SPDX-License-Identifier: MIT */
/* An engine over the fake backend, and a plugin of variants of that backend:
 *
 *   drivers   fake_steps    not blocking: its steps return KN_WAIT when the server is told so
 *             fake_single   one open result a connection
 *             fake_rows     hands out whole rows: no fetch_into; takes back by itself what fails of many sets
 *             fake_lossy    its bulk insert stores a row less than it was given
 *   dialects  returning     a generated key comes back as a row, not as the last key
 *             aging         the same from version 2.0 on; before, the last key
 *             listed        has a catalog, which is empty
 *             elder         becomes "younger", which has no savepoints, when the product says so
 *
 * A test opens one with fake_backend_open and ends with fake_backend_close, which finds what leaks and every breach of
 * the driver contract. */
#ifndef KOINE_TESTS_FAKE_BACKEND_H
#define KOINE_TESTS_FAKE_BACKEND_H

#include <string.h>

#include "support/cmocka.h"

#include <koine/koine.h>

#include "../drivers/fake/fake.h"

static kn_driver fake_steps, fake_single, fake_rows, fake_lossy;
static const kn_driver *fake_whole;

static inline kn_status fake_steps_open(const kn_open_request *request, void **connection, kn_wait *wait,
                                        kn_error *error)
{
    kn_open_request stepwise = *request;

    stepwise.blocking = 0;
    return fake_whole->open(&stepwise, connection, wait, error);
}

static inline kn_status fake_lossy_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error)
{
    kn_status status = fake_whole->bulk_end(bulk, commit, stored, wait, error);

    *stored -= *stored > 0;
    return status;
}

static inline const char *fake_elder_sibling(const char *product, uint32_t version_number)
{
    (void)version_number;
    return strcmp(product, "younger") == 0 ? "younger" : strcmp(product, "lost") == 0 ? "nowhere" : NULL;
}

static inline const kn_plugin *fake_variants(const kn_host *host)
{
    static const kn_feature_rule aging_rules[] = {
        {.version_number = 20000, .clear = KN_FEATURE_BIT(KN_FEATURE_LAST_KEY)},
        {.version_number = 0},
    };
    static const kn_dialect returning = {KN_DIALECT_INIT, .name = "returning", .base = "fake", .driver = "fake",
                                         .features_off = KN_FEATURE_BIT(KN_FEATURE_LAST_KEY)};
    static const kn_dialect aging = {KN_DIALECT_INIT, .name = "aging", .base = "fake", .driver = "fake",
                                     .feature_rules = aging_rules};
    static const kn_catalog_rule rules[] = {
        {.kind = KN_CATALOG_HAS_TABLE, .sql = "SELECT 1 FROM catalog WHERE name = ? AND schema = ?"},
        {.kind = KN_CATALOG_NONE},
    };
    static const kn_dialect listed = {KN_DIALECT_INIT, .name = "listed", .base = "fake", .driver = "fake",
                                      .catalog = rules};
    static const kn_dialect elder = {KN_DIALECT_INIT, .name = "elder", .base = "fake", .driver = "fake",
                                     .sibling = fake_elder_sibling};
    static const kn_dialect younger = {KN_DIALECT_INIT, .name = "younger", .base = "fake", .driver = "fake",
                                       .features_off = KN_FEATURE_BIT(KN_FEATURE_SAVEPOINT)};
    static const kn_dialect *const dialects[] = {&returning, &aging, &listed, &elder, &younger, NULL};
    static const kn_driver *const drivers[] = {&fake_steps, &fake_single, &fake_rows, &fake_lossy, NULL};
    static const kn_plugin plugin = {.magic = KN_PLUGIN_MAGIC,
                                     .abi = KN_PLUGIN_ABI,
                                     .size_ = sizeof(kn_plugin),
                                     .name = "fake_variants",
                                     .version = "1",
                                     .dialects = dialects,
                                     .drivers = drivers};

    fake_whole = koine_plugin_fake(host)->drivers[0];
    fake_steps = fake_single = fake_rows = fake_lossy = *fake_whole;
    fake_steps.name = "fake_steps";
    fake_steps.open = fake_steps_open;
    fake_rows.name = "fake_rows";
    fake_rows.fetch_into = NULL;
    fake_rows.flags |= KN_DRIVER_WHOLE;
    fake_lossy.name = "fake_lossy";
    fake_lossy.bulk_end = fake_lossy_end;
    fake_single.name = "fake_single";
    fake_single.flags &= ~(uint32_t)KN_DRIVER_MULTI_RESULT;
    return &plugin;
}

/* What the verbs work on. */
typedef struct Item {
    int64_t id;
    const char *name;
    kn_opt_int32 stock;
} Item;
KN_MODEL(Item);
KN_COLUMNS(Item) = {
    KN_COLUMN(Item, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Item, name, KN_TEXT),
    KN_COLUMN(Item, stock, KN_INTEGER),
};
KN_DEFINE(Item, "items");

typedef struct fake_backend {
    fake_server *server;
    kn_registry *registry;
    kn_engine *engine;
    kn_connection *c;
    kn_error error;
} fake_backend;

#define fake_ok(b, call)                                                                                               \
    do {                                                                                                               \
        kn_error_clear(&(b)->error);                                                                                   \
        kn_status status_ = (call);                                                                                    \
        if (status_ != KN_OK)                                                                                          \
            fail_msg("%s: %s: %s", #call, kn_status_name(status_), (b)->error.message);                                \
    } while (0)

#define fake_refused(b, expected, call)                                                                                \
    do {                                                                                                               \
        kn_error_clear(&(b)->error);                                                                                   \
        kn_status status_ = (call);                                                                                    \
        if (status_ != (expected))                                                                                     \
            fail_msg("%s: %s instead of %s: %s", #call, kn_status_name(status_), kn_status_name(expected),             \
                     (b)->error.message);                                                                              \
        assert_int_equal((b)->error.status, (expected));                                                               \
        assert_true((b)->error.message[0] != '\0');                                                                    \
    } while (0)

/* Two items, one count, one row changed, 7 as the generated key. */
static inline void fake_backend_answers(fake_server *server)
{
    static const kn_value rows[] = {
        {.kind = KN_KIND_INT, .as.i = 1},
        {.kind = KN_KIND_TEXT, .as.text = {"one", 3}},
        {.kind = KN_KIND_NULL},
        {.kind = KN_KIND_INT, .as.i = 2},
        {.kind = KN_KIND_TEXT, .as.text = {"two", 3}},
        {.kind = KN_KIND_INT, .as.i = 5},
    };
    static const kn_value seven = {.kind = KN_KIND_INT, .as.i = 7};

    fake_server_answer(server, &(fake_answer){.changed = 1, .last_key = 7});
    fake_server_answer(server, &(fake_answer){.sql = "SELECT", .n_columns = 3, .rows = rows, .n_rows = 2});
    fake_server_answer(server, &(fake_answer){.sql = "FROM catalog", .n_columns = 1, .rows = &seven});
    fake_server_answer(server, &(fake_answer){.sql = "COUNT(", .n_columns = 1, .rows = &seven, .n_rows = 1});
    fake_server_answer(server, &(fake_answer){.sql = "count(", .n_columns = 1, .rows = &seven, .n_rows = 1});
    fake_server_answer(server, &(fake_answer){.sql = "RETURNING", .n_columns = 1, .rows = &seven, .n_rows = 1});
}

/* The server of a test that has not ended well, so that those after it are not failed by it. */
static fake_server *fake_left;

/* Server and engine; no connection yet. The server's name is "s". */
static inline void fake_backend_start(fake_backend *b, const char *url, const kn_engine_options *options)
{
    kn_engine_options with = options ? *options : (kn_engine_options){.size_ = sizeof(with)};

    fake_server_stop(fake_left);
    *b = (fake_backend){.server = fake_server_start("s", kn_allocator_default())};
    fake_left = b->server;
    assert_non_null(b->server);
    fake_backend_answers(b->server);
    fake_ok(b, kn_registry_create(NULL, &b->registry, &b->error));
    fake_ok(b, kn_registry_add(b->registry, koine_plugin_fake, &b->error));
    fake_ok(b, kn_registry_add(b->registry, fake_variants, &b->error));
    with.registry = b->registry;
    fake_ok(b, kn_engine_create(url, &with, &b->engine, &b->error));
}

static inline void fake_backend_open(fake_backend *b, const char *url, const kn_engine_options *options)
{
    fake_backend_start(b, url, options);
    fake_ok(b, kn_connect(b->engine, &b->c, &b->error));
}

static inline void fake_backend_close(fake_backend *b)
{
    fake_live live;
    const char *violation;

    kn_release(b->c);
    kn_engine_destroy(b->engine);
    kn_registry_destroy(b->registry);
    live = fake_server_live(b->server);
    violation = fake_server_violation(b->server);
    if (violation)
        fail_msg("contract: %s", violation);
    assert_int_equal(live.connections, 0);
    assert_int_equal(live.statements, 0);
    assert_int_equal(live.executions, 0);
    assert_int_equal(live.transactions, 0);
    assert_int_equal(live.cancels, 0);
    assert_int_equal(live.bulks, 0);
    fake_left = NULL;
    fake_server_stop(b->server);
}

#endif
