/* SPDX-License-Identifier: MIT */
/* A table for the tests of an engine on a real backend, in a database of its own. */
#ifndef KOINE_TESTS_LIVE_ITEMS_H
#define KOINE_TESTS_LIVE_ITEMS_H

#include "support/database.h"

typedef struct Item {
    int64_t id;
    const char *name;
    kn_opt_int32 stock;
} Item;
KN_MODEL(Item);
KN_COLUMNS(Item) = {
    KN_COLUMN(Item, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Item, name, KN_STRING(60), .unique = true),
    KN_COLUMN(Item, stock, KN_INTEGER, .check = KN_GE(KN_COL(Item, stock), KN_INT(0))),
};
KN_DEFINE(Item, "items");

static const kn_select all_items = KN_SELECT(KN_FROM(Item), .order_by = KN_LIST(KN_COL(Item, id)));

static inline int64_t count_items(kn_connection *c)
{
    int64_t count = -1;
    kn_error error = {0};

    if (kn_count(c, &all_items, KN_NO_ARGS, &count, &error) != KN_OK)
        fail_msg("%s: %s", kn_status_name((kn_status)error.status), error.message);
    return count;
}

/* With the table, and not connected. */
static inline int open_items(void **state)
{
    test_database_open(state);
    test_database_create(test_database_of(state), &Item_model, NULL);
    test_database_disconnect(test_database_of(state));
    return 0;
}

static inline void insert_item(test_database *db, const char *name)
{
    Item item = {.name = name};

    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
    assert_true(item.id > 0);
}

static inline kn_pool_stats stats_of(const test_database *db)
{
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    kn_engine_stats(db->engine, &stats);
    return stats;
}

#endif
