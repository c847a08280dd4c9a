/* SPDX-License-Identifier: MIT */
/* What the server turns out to be: where the generated key comes from, siblings, versions that differ in one engine. */
#include "support/fake_backend.h"

/* The nth SQL text that was executed since the server started. */
static void executed(const fake_backend *b, size_t nth, char out[static 256])
{
    fake_call call;

    for (size_t i = 0; fake_server_call(b->server, i, &call); i++)
        if (call.slot == FAKE_EXECUTE && nth-- == 0) {
            memcpy(out, call.text, 256);
            return;
        }
    fail_msg("there were not so many executions");
}

static void test_dialect__a_key_comes_back_as_a_row(void **state)
{
    Item item = {.name = "a"};
    char sql[256];
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "returning://s/", NULL);
    fake_ok(&b, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
    assert_int_equal(item.id, 7);
    executed(&b, 0, sql);
    assert_non_null(strstr(sql, "RETURNING"));
    fake_backend_close(&b);
}

static void test_dialect__a_key_that_was_given_is_not_asked_for(void **state)
{
    Item item = {.id = 3, .name = "a"};
    char sql[256];
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "returning://s/", NULL);
    fake_ok(&b, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
    assert_int_equal(item.id, 3);
    executed(&b, 0, sql);
    assert_null(strstr(sql, "RETURNING"));
    fake_backend_close(&b);
}

/* A row that never comes, too many, a value that is none, and a failure at each step of reading it. */
static void test_dialect__a_key_that_does_not_come_back_is_told(void **state)
{
    static const kn_value two[] = {{.kind = KN_KIND_INT, .as.i = 1}, {.kind = KN_KIND_INT, .as.i = 2}};
    static const kn_value text = {.kind = KN_KIND_TEXT, .as.text = {"x", 1}};
    static const struct {
        const kn_value *rows;
        size_t n_rows;
        kn_status status;
    } cases[] = {{two, 0, KN_SERVER}, {two, 2, KN_SERVER}, {&text, 1, KN_TYPE_MISMATCH}};
    static const struct {
        fake_slot slot;
        uint32_t nth;
    } faults[] = {{FAKE_FETCH, 1}, {FAKE_FETCH, 2}, {FAKE_END, 1}};
    Item item = {.name = "a"}, one[1] = {{.name = "b"}};
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "returning://s/", NULL);
    for (size_t i = 0; i < KN_COUNT_OF(faults); i++) {
        fake_server_fail(b.server, (fake_fault){.slot = faults[i].slot, .nth = faults[i].nth, .status = KN_DEADLOCK});
        fake_refused(&b, KN_DEADLOCK, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
        assert_int_equal(item.id, 0);
        fake_server_heal(b.server);
        fake_server_fail(b.server, (fake_fault){.slot = faults[i].slot, .nth = faults[i].nth, .status = KN_DEADLOCK});
        fake_refused(&b, KN_DEADLOCK, kn_insert_many(b.c, KN_OBJECT(Item, one), 1, &b.error));
        assert_false(kn_in_transaction(b.c));
        fake_server_heal(b.server);
    }
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        fake_server_answer(
            b.server,
            &(fake_answer){.sql = "RETURNING", .n_columns = 1, .rows = cases[i].rows, .n_rows = cases[i].n_rows});
        fake_refused(&b, cases[i].status, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
        assert_int_equal(item.id, 0);
    }
    fake_backend_close(&b);
}

typedef struct Small {
    int16_t id;
    const char *name;
} Small;
KN_MODEL(Small);
KN_COLUMNS(Small) = {
    KN_COLUMN(Small, id, KN_SMALL_INTEGER, .primary_key = true),
    KN_COLUMN(Small, name, KN_STRING(40)),
};
KN_DEFINE(Small, "smalls");

static void test_dialect__a_key_too_large_for_its_member_says_that_the_row_is_stored(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_answer(b.server, &(fake_answer){.sql = "INSERT", .changed = 1, .last_key = 40000});
    for (int in_transaction = 0; in_transaction <= 1; in_transaction++) {
        Small small = {.name = "a"};
        if (in_transaction)
            fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
        fake_refused(&b, KN_OUT_OF_RANGE, kn_insert(b.c, KN_OBJECT(Small, &small), &b.error));
        assert_int_equal(b.error.commit, in_transaction ? KN_COMMIT_OPEN : KN_COMMIT_DONE);
        assert_int_equal(small.id, 0);
    }
    fake_backend_close(&b);
}

static void test_dialect__the_first_connection_finds_the_sibling(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_start(&b, "elder://s/", NULL);
    assert_string_equal(kn_engine_dialect(b.engine), "elder");
    fake_server_version(b.server, "younger", 30000);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    assert_string_equal(kn_engine_dialect(b.engine), "younger");
    assert_string_equal(kn_connection_backend(b.c)->dialect, "younger");
    assert_int_equal(kn_connection_backend(b.c)->version_number, 30000);
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
    fake_refused(&b, KN_UNSUPPORTED, kn_savepoint(b.c, "s", &b.error)); /* the younger has none */
    fake_ok(&b, kn_rollback(b.c, &b.error));
    fake_backend_close(&b);
}

/* A cluster half of which was replaced: what one half understands, the other may not. */
static void test_dialect__another_product_behind_the_same_url_is_refused(void **state)
{
    kn_connection *other = NULL;
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "elder://s/", NULL);
    assert_string_equal(kn_engine_dialect(b.engine), "elder");
    fake_server_version(b.server, "younger", 30000);
    fake_refused(&b, KN_SERVER_STATE, kn_connect(b.engine, &other, &b.error));
    assert_null(other);
    assert_string_equal(kn_engine_dialect(b.engine), "elder");
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
    fake_ok(&b, kn_savepoint(b.c, "s", &b.error));
    fake_backend_close(&b);
}

static void test_dialect__a_sibling_without_a_plugin_is_told_and_may_come_later(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_start(&b, "elder://s/", NULL);
    fake_server_version(b.server, "lost", 1);
    fake_refused(&b, KN_NO_BACKEND, kn_connect(b.engine, &b.c, &b.error));
    assert_non_null(strstr(b.error.message, "nowhere"));
    assert_null(b.c);
    fake_server_version(b.server, "elder", 1);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    fake_backend_close(&b);
}

/* Statements are rendered once an engine, for servers of equal features only. */
static void test_dialect__servers_of_two_versions_get_their_own_text(void **state)
{
    kn_connection *newer = NULL;
    Item item = {.name = "a"};
    char sql[256];
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "aging://s/", NULL);
    fake_server_version(b.server, "fake", 20000);
    fake_ok(&b, kn_connect(b.engine, &newer, &b.error));
    fake_ok(&b, kn_insert(b.c, KN_OBJECT(Item, &item), &b.error));
    item.id = 0;
    fake_ok(&b, kn_insert(newer, KN_OBJECT(Item, &item), &b.error));
    assert_int_equal(item.id, 7);
    executed(&b, 0, sql);
    assert_null(strstr(sql, "RETURNING"));
    executed(&b, 1, sql);
    assert_non_null(strstr(sql, "RETURNING"));
    kn_release(newer);
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialect__a_key_comes_back_as_a_row),
        cmocka_unit_test(test_dialect__a_key_that_was_given_is_not_asked_for),
        cmocka_unit_test(test_dialect__a_key_that_does_not_come_back_is_told),
        cmocka_unit_test(test_dialect__a_key_too_large_for_its_member_says_that_the_row_is_stored),
        cmocka_unit_test(test_dialect__the_first_connection_finds_the_sibling),
        cmocka_unit_test(test_dialect__another_product_behind_the_same_url_is_refused),
        cmocka_unit_test(test_dialect__a_sibling_without_a_plugin_is_told_and_may_come_later),
        cmocka_unit_test(test_dialect__servers_of_two_versions_get_their_own_text),
    };
    return cmocka_run_group_tests_name("integration/engine/dialect", tests, NULL, NULL);
}
