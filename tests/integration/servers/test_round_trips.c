/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* How often each verb waits for the server: the table of docs/performance.md. */
#include "support/cmocka.h"

#include "support/cutting_proxy.h"
#include "support/database.h"

#define SETTLE_S 20
#define ROWS 100
#define MORE_ROWS 228 /* 100 + 100 + 16 + 8 + 4 */

typedef struct Lap {
    int64_t id;
    kn_opt_int64 time;
} Lap;
KN_MODEL(Lap);
KN_COLUMNS(Lap) = {
    KN_COLUMN(Lap, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Lap, time, KN_BIG_INTEGER),
};
KN_DEFINE(Lap, "laps");

static const kn_select all_laps = KN_SELECT(KN_FROM(Lap));
static const kn_select large_laps = KN_SELECT(KN_FROM(Lap), .large = 1);

typedef struct track {
    kn_connection *c;
    kn_statement *statement;
    int64_t next;
    kn_error error;
} track;

static kn_status begin(track *t)
{
    return kn_begin(t->c, KN_WRITE, &t->error);
}

static kn_status commit(track *t)
{
    return kn_commit(t->c, &t->error);
}

static kn_status roll_back(track *t)
{
    return kn_rollback(t->c, &t->error);
}

static kn_status insert(track *t)
{
    Lap lap = {.id = ++t->next, .time = KN_SOME(1)};

    return kn_insert(t->c, KN_OBJECT(Lap, &lap), &t->error);
}

static kn_status insert_generated(track *t)
{
    Lap lap = {.time = KN_SOME(1)};
    kn_status status = kn_insert(t->c, KN_OBJECT(Lap, &lap), &t->error);

    if (lap.id > t->next) /* the next of one table, or of a sequence */
        t->next = lap.id;
    return status;
}

static kn_status get(track *t)
{
    Lap lap = {.id = 1001};

    return kn_get(t->c, KN_OBJECT(Lap, &lap), NULL, &t->error);
}

static kn_status update(track *t)
{
    Lap lap = {.id = 1001, .time = KN_SOME(t->next)};

    return kn_update(t->c, KN_OBJECT(Lap, &lap), &t->error);
}

static kn_status delete_one(track *t)
{
    Lap lap = {.id = t->next--};

    return kn_delete(t->c, KN_OBJECT(Lap, &lap), &t->error);
}

static kn_status insert_rows(track *t, size_t count)
{
    Lap laps[MORE_ROWS];

    for (size_t i = 0; i < count; i++)
        laps[i] = (Lap){.id = ++t->next, .time = KN_SOME(2)};
    return kn_insert_many(t->c, KN_OBJECT(Lap, laps), count, &t->error);
}

static kn_status insert_many(track *t)
{
    return insert_rows(t, ROWS);
}

static kn_status insert_more(track *t)
{
    return insert_rows(t, MORE_ROWS);
}

static kn_status insert_same(track *t)
{
    kn_status status;

    t->next -= ROWS;
    status = insert_rows(t, ROWS);
    return status == KN_UNIQUE ? KN_OK : KN_SERVER;
}

static kn_status run_many(track *t)
{
    kn_value values[2 * ROWS];

    for (size_t i = 0; i < ROWS; i++) {
        values[2 * i] = kn_int(++t->next);
        values[2 * i + 1] = kn_int(3);
    }
    return kn_run_many(t->statement, values, ROWS, 2, NULL, &t->error);
}

static kn_status read_rows(track *t, const kn_select *query)
{
    kn_rows *rows = NULL;
    kn_status status = kn_list(t->c, query, KN_NO_ARGS, 0, &rows, &t->error);

    kn_rows_free(rows);
    return status;
}

static kn_status list(track *t)
{
    return read_rows(t, &all_laps);
}

static kn_status list_large(track *t)
{
    return read_rows(t, &large_laps);
}

static const struct leg {
    const char *name;
    kn_status (*run)(track *t);
    unsigned postgresql, mariadb;
} legs[] = {
    {"insert, prepared", insert, 2, 2},
    {"insert", insert, 1, 1},
    {"insert with a generated key, prepared", insert_generated, 2, 2},
    {"insert with a generated key", insert_generated, 1, 1},
    {"get, prepared", get, 2, 2},
    {"get", get, 1, 1},
    {"update, prepared", update, 2, 2},
    {"update", update, 1, 1},
    {"delete, prepared", delete_one, 2, 2},
    {"delete", delete_one, 1, 1},
    {"begin", begin, 1, 1},
    {"insert_many in a transaction, prepared", insert_many, 4, 2},
    {"insert_many in a transaction", insert_many, 1, 1},
    {"insert_many in a transaction that fails", insert_same, 2, 1},
    {"insert_many in a transaction again", insert_many, 1, 1},
    {"insert_many of several statements in a transaction, prepared", insert_more, 10, 10},
    {"insert_many of several statements in a transaction", insert_more, 7, 7},
    {"run_many in a transaction, prepared, and seen to give no rows", run_many, 4, 3},
    {"run_many in a transaction", run_many, 1, 3},
    {"commit", commit, 1, 1},
    {"insert_many", insert_many, 3, 3},
    {"list, prepared", list, 2, 2},
    {"list", list, 1, 1},
    {"large list, its types asked for", list_large, 2, 2},
    {"large list", list_large, 1, 1},
    {"run_many", run_many, 3, 3},
    {"begin", begin, 1, 1},
    {"rollback", roll_back, 1, 1},
};

static void test_round_trips__are_as_many_as_the_manual_says(void **state)
{
    test_database *db = test_database_of(state);
    bool postgresql = strcmp(test_database_backend(db), "postgresql") == 0;
    track t = {.next = 1000};
    kn_engine *engine = NULL;
    cutting_proxy proxy;
    char text[256];
    int wrong = 0;

    test_database_create(db, &Lap_model, NULL);
    cutting_proxy_socket(db->url, text, sizeof(text));
    cutting_proxy_start(&proxy, text);
    cutting_proxy_plan(&proxy, (cutting_plan){.way = CUT_NOTHING});
    snprintf(text, sizeof(text), "%.*s://koine@127.0.0.1:%u/%s?tls=disable", (int)strcspn(db->url, ":"), db->url,
             proxy.port, db->name);
    assert_ok(db, kn_engine_create(text, KN_ENGINE_OPTIONS(.registry = db->registry), &engine, &db->error));
    assert_ok(db, kn_connect(engine, &t.c, &db->error));
    assert_ok(db, kn_prepare(t.c, KN_SQL("INSERT INTO laps (id, time) VALUES (?, ?)"), &t.statement, &db->error));
    (void)cutting_proxy_trips(&proxy);
    for (size_t i = 0; i < KN_COUNT_OF(legs); i++) {
        kn_status status = legs[i].run(&t);
        unsigned trips = cutting_proxy_trips(&proxy), wanted = postgresql ? legs[i].postgresql : legs[i].mariadb;
        if (status != KN_OK)
            print_error("%s: %s: %s\n", legs[i].name, kn_status_name(status), t.error.message);
        else if (trips != wanted)
            print_error("%s: %u round trips, not %u\n", legs[i].name, trips, wanted);
        wrong += status != KN_OK || trips != wanted;
    }
    kn_statement_finish(t.statement);
    kn_release(t.c);
    kn_engine_destroy(engine);
    assert_true(cutting_proxy_settle(&proxy, SETTLE_S));
    cutting_proxy_stop(&proxy);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trips__are_as_many_as_the_manual_says, test_database_open,
                                        test_database_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
