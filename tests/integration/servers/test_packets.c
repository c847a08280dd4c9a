/* SPDX-License-Identifier: MIT */
/* backends: mariadb */
/* A server that takes messages of less than 1024 bytes, the least there is: what goes in many small ones goes, by
 * whatever way, and what is too large by itself is refused by its size and the limit, before it is sent. */
#include "support/testbed.h"

typedef struct Parcel {
    int64_t id;
    kn_opt_int64 n;
    const char *body;
} Parcel;
KN_MODEL(Parcel);
KN_COLUMNS(Parcel) = {
    KN_COLUMN(Parcel, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Parcel, n, KN_INTEGER),
    KN_COLUMN(Parcel, body, KN_TEXT),
};
KN_DEFINE(Parcel, "parcels");

enum { LIMIT = 1024, MANY = 250 };

static testbed server;
static kn_registry *registry;
static char letters[2 * LIMIT];

static int start_server(void **state)
{
    static const char *const settings[] = {"max_allowed_packet=1024", "net_buffer_length=1024", NULL};

    *state = &server;
    memset(letters, 'x', sizeof(letters) - 1);
    registry = test_database_registry();
    testbed_start(&server, settings);
    server.registry = registry;
    return 0;
}

/* A guest with an empty table. */
static void begin(guest *g)
{
    assert_ok(g, guest_open(g, registry, server.url, 20000));
    assert_ok(g, guest_run(g, "DROP TABLE IF EXISTS parcels"));
    assert_ok(g, guest_run(g, "CREATE TABLE parcels (id INT PRIMARY KEY AUTO_INCREMENT, n INT, body TEXT NOT NULL)"));
}

static Parcel parcel(size_t i, size_t size)
{
    return (Parcel){.id = (int64_t)i + 1,
                    .n = {.value = (int64_t)i, .state = i % 3 ? KN_SET : KN_NULL},
                    .body = letters + sizeof(letters) - 1 - size};
}

static void assert_stored(guest *g, size_t n, size_t bytes)
{
    char sql[200], text[20];

    snprintf(sql, sizeof(sql),
             "SELECT IF(COUNT(*) = %zu AND IFNULL(SUM(LENGTH(body)), 0) = %zu, 'all', COUNT(*)) FROM parcels", n,
             bytes);
    assert_ok(g, guest_ask(g, sql, text, sizeof(text)));
    assert_string_equal(text, "all");
}

/* Rows of 0 to 400 bytes: a few go together. */
static void test_packets__many_objects_go_in_small_messages(void **state)
{
    static Parcel parcels[MANY];
    size_t bytes = 0;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        bytes += i * 37 % 400;
    for (int way = 0; way < 4; way++) {
        bool inside = way & 1, generated = way & 2;
        guest g;
        begin(&g);
        for (size_t i = 0; i < MANY; i++) {
            parcels[i] = parcel(i, i * 37 % 400);
            parcels[i].id = generated ? 0 : parcels[i].id;
        }
        if (inside)
            assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
        assert_ok(&g, kn_insert_many(g.c, &Parcel_model, parcels, MANY, &g.error));
        if (inside)
            assert_ok(&g, kn_commit(g.c, &g.error));
        assert_stored(&g, MANY, bytes);
        guest_close(&g);
    }
}

/* The statement is known, and knows the kinds; of the second four the first two and the last two go together. */
static void test_packets__a_batch_that_is_larger_than_the_last_goes_too(void **state)
{
    Parcel small[4], large[4];
    guest g;

    (void)state;
    begin(&g);
    for (size_t i = 0; i < 4; i++) {
        small[i] = parcel(i, 5);
        large[i] = parcel(10 + i, 300);
        small[i].n = large[i].n = (kn_opt_int64){.value = 7, .state = KN_SET};
    }
    assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
    assert_ok(&g, kn_insert_many(g.c, &Parcel_model, small, 4, &g.error));
    assert_ok(&g, kn_insert_many(g.c, &Parcel_model, large, 4, &g.error));
    assert_stored(&g, 8, 4 * 305);
    assert_ok(&g, kn_commit(g.c, &g.error));
    guest_close(&g);
}

static void test_packets__many_sets_go_in_small_messages(void **state)
{
    static kn_value values[MANY * 2];
    kn_statement *statement = NULL;
    size_t bytes = 0;
    guest g;

    (void)state;
    begin(&g);
    for (size_t i = 0; i < MANY; i++) {
        values[2 * i] = kn_int((int64_t)i + 1);
        values[2 * i + 1] = kn_textn(letters, i * 53 % 900);
        bytes += i * 53 % 900;
    }
    assert_ok(&g, kn_prepare(g.c, KN_SQL("INSERT INTO parcels (id, body) VALUES (?, ?)"), &statement, &g.error));
    assert_ok(&g, kn_run_many(statement, values, MANY, 2, NULL, &g.error));
    assert_stored(&g, MANY, bytes);
    kn_statement_finish(statement);
    guest_close(&g);
}

/* What is refused leaves nothing of all, and the connection as it was. */
static void test_packets__a_row_that_is_too_large_is_refused(void **state)
{
    static Parcel parcels[MANY];

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        parcels[i] = parcel(i, i == 170 ? LIMIT : 5);
    for (int inside = 0; inside <= 1; inside++) {
        guest g;
        begin(&g);
        if (inside)
            assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
        assert_refused(&g, KN_TOO_LONG, kn_insert_many(g.c, &Parcel_model, parcels, MANY, &g.error));
        assert_non_null(strstr(g.error.message, "less than 1024"));
        assert_int_equal(g.error.retry, KN_RETRY_NEVER);
        if (inside)
            assert_ok(&g, kn_commit(g.c, &g.error));
        assert_stored(&g, 0, 0);
        guest_close(&g);
    }
}

/* What each byte more does, up to the limit: stored, or refused, and nothing is lost on the way. */
static size_t largest(guest *g, bool many)
{
    kn_statement *statement = NULL;
    size_t most = 0;

    assert_ok(g, kn_prepare(g->c, KN_SQL("INSERT INTO parcels (body) VALUES (?)"), &statement, &g->error));
    for (size_t size = LIMIT - 100; size <= LIMIT; size++) {
        kn_value values[] = {kn_textn(letters, size), kn_textn(letters, size)};
        kn_status status = many ? kn_run_many(statement, values, 2, 1, NULL, &g->error)
                                : kn_run(statement, values, 1, NULL, &g->error);
        if (status == KN_OK && most == size - 1)
            most = size;
        else if (status == KN_OK && size == LIMIT - 100)
            most = size;
        else if (status != KN_TOO_LONG)
            fail_msg("%zu bytes, %s: %s: %s", size, many ? "many" : "one", kn_status_name(status), g->error.message);
    }
    kn_statement_finish(statement);
    return most;
}

static void test_packets__the_limit_is_the_servers(void **state)
{
    (void)state;
    for (int many = 0; many <= 1; many++) {
        guest g;
        begin(&g);
        size_t most = largest(&g, many);
        if (most < LIMIT - 40 || most >= LIMIT)
            fail_msg("%s: %zu bytes go", many ? "many" : "one", most);
        guest_close(&g);
    }
}

/* Many columns of few bytes are not counted as more than they are. */
static void test_packets__many_columns_take_what_they_take(void **state)
{
    char sql[LIMIT] = "CREATE OR REPLACE TABLE wide (";
    kn_value values[2 * 80];
    guest g;

    (void)state;
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    for (size_t i = 0, at = strlen(sql); i < 80; i++) {
        at += (size_t)snprintf(sql + at, sizeof(sql) - at, "c%zu INT%s", i, i < 79 ? "," : ")");
        values[i] = values[80 + i] = kn_int((int64_t)i);
    }
    assert_ok(&g, guest_run(&g, sql));
    snprintf(sql, sizeof(sql), "INSERT INTO wide VALUES (?");
    for (size_t i = 1, at = strlen(sql); i < 80; i++)
        at += (size_t)snprintf(sql + at, sizeof(sql) - at, ",?%s", i < 79 ? "" : ")");
    kn_statement *statement = NULL;
    assert_ok(&g, kn_prepare(g.c, kn_unchecked_sql(sql), &statement, &g.error));
    assert_ok(&g, kn_run_many(statement, values, 2, 80, NULL, &g.error));
    assert_ok(&g, kn_run(statement, values, 80, NULL, &g.error));
    kn_statement_finish(statement);
    guest_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets__many_objects_go_in_small_messages),
        cmocka_unit_test(test_packets__a_batch_that_is_larger_than_the_last_goes_too),
        cmocka_unit_test(test_packets__many_sets_go_in_small_messages),
        cmocka_unit_test(test_packets__a_row_that_is_too_large_is_refused),
        cmocka_unit_test(test_packets__the_limit_is_the_servers),
        cmocka_unit_test(test_packets__many_columns_take_what_they_take),
    };

    return cmocka_run_group_tests(tests, start_server, testbed_teardown);
}
