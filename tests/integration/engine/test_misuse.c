/* SPDX-License-Identifier: MIT */
/* Calls in the wrong order, with the wrong things, at the wrong time: each is refused or does what its header says, and
 * the driver sees nothing that its contract forbids. */
#include <stdlib.h>

#include "support/fake_backend.h"

#include "engine/connection.h"

static void test_misuse__rollback_ends_the_transaction_also_while_rows_are_read(void **state)
{
    static const char *const urls[] = {"fake://s/", "fake+fake_single://s/"};
    fake_backend b;

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(urls); i++) {
        kn_statement *statement = NULL;
        kn_result *result = NULL;
        fake_backend_open(&b, urls[i], NULL);
        fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
        fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 1"), &statement, &b.error));
        fake_ok(&b, kn_open(statement, KN_NO_ARGS, &result, &b.error));
        fake_ok(&b, kn_next(result, &b.error));
        fake_refused(&b, KN_STATE, kn_commit(b.c, &b.error)); /* what would become of the rows? */
        fake_refused(&b, KN_STATE, kn_savepoint(b.c, "s", &b.error));
        fake_ok(&b, kn_rollback(b.c, &b.error));
        assert_false(kn_in_transaction(b.c));
        fake_refused(&b, KN_STATE, kn_next(result, &b.error));
        assert_null(kn_result_name(result, 0));
        kn_result_close(result);
        kn_statement_finish(statement);
        fake_backend_close(&b);
    }
}

static void test_misuse__one_result_at_a_time_where_the_driver_cannot_have_two(void **state)
{
    fake_backend b;
    kn_statement *reader = NULL, *other = NULL, *third = NULL;
    kn_result *result = NULL, *second = NULL;

    (void)state;
    fake_backend_open(&b, "fake+fake_single://s/", NULL);
    fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 1"), &reader, &b.error));
    fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 2"), &other, &b.error));
    fake_ok(&b, kn_open(reader, KN_NO_ARGS, &result, &b.error));
    fake_refused(&b, KN_STATE, kn_open(other, KN_NO_ARGS, &second, &b.error));
    fake_refused(&b, KN_STATE, kn_begin(b.c, KN_WRITE, &b.error));
    fake_refused(&b, KN_STATE, kn_prepare(b.c, KN_SQL("SELECT 3"), &third, &b.error));
    fake_refused(&b, KN_STATE, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    fake_ok(&b, kn_next(result, &b.error));
    kn_result_close(result);
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    kn_statement_finish(reader);
    kn_statement_finish(other);
    fake_backend_close(&b);
}

/* What finish would send has to wait until the rows of another statement are read. */
static void test_misuse__a_statement_finished_while_another_is_read_goes_afterwards(void **state)
{
    fake_backend b;
    kn_statement *reader = NULL, *gone = NULL;
    kn_result *result = NULL;

    (void)state;
    fake_backend_open(&b, "fake+fake_single://s/", KN_ENGINE_OPTIONS(.statement_cache = UINT32_MAX));
    fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 1"), &reader, &b.error));
    fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 2"), &gone, &b.error));
    fake_ok(&b, kn_open(reader, KN_NO_ARGS, &result, &b.error));
    kn_statement_finish(gone);
    assert_int_equal(fake_server_count(b.server, FAKE_FINISH), 0);
    fake_ok(&b, kn_next(result, &b.error));
    kn_result_close(result);
    assert_int_equal(fake_server_count(b.server, FAKE_FINISH), 1);
    kn_statement_finish(reader);
    assert_int_equal(fake_server_count(b.server, FAKE_FINISH), 2);
    fake_backend_close(&b);
}

static void test_misuse__many_roll_back_when_the_commit_is_refused(void **state)
{
    static const kn_status statuses[] = {KN_BUSY, KN_SERIALIZATION, KN_IO, KN_FULL};
    Item items[2] = {{.name = "a"}, {.name = "b"}};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(statuses); i++) {
        fake_backend b;
        fake_backend_open(&b, "fake://s/", NULL);
        fake_server_fail(
            b.server,
            (fake_fault){.slot = FAKE_TRANSACT, .sql = "commit", .status = statuses[i], .commit = KN_COMMIT_OPEN});
        fake_refused(&b, statuses[i], kn_insert_many(b.c, KN_OBJECT(Item, items), 2, &b.error));
        assert_false(kn_in_transaction(b.c));
        assert_int_equal(b.error.commit, KN_COMMIT_NOT);
        fake_ok(&b, kn_insert_many(b.c, KN_OBJECT(Item, items), 2, &b.error));
        fake_backend_close(&b);
    }
}

/* "After a failure other than KN_BUSY the transaction is over", whatever the driver left. */
static void test_misuse__a_failed_commit_ends_the_transaction_unless_busy(void **state)
{
    static const kn_status statuses[] = {KN_BUSY, KN_SERIALIZATION, KN_IO, KN_FOREIGN_KEY};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(statuses); i++) {
        fake_backend b;
        fake_backend_open(&b, "fake://s/", NULL);
        fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
        fake_server_fail(b.server, (fake_fault){.slot = FAKE_TRANSACT, .sql = "commit", .status = statuses[i]});
        fake_refused(&b, statuses[i], kn_commit(b.c, &b.error));
        assert_int_equal(kn_in_transaction(b.c), statuses[i] == KN_BUSY);
        if (statuses[i] == KN_BUSY)
            fake_ok(&b, kn_commit(b.c, &b.error));
        fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
        fake_ok(&b, kn_rollback(b.c, &b.error));
        fake_backend_close(&b);
    }
}

static void test_misuse__arguments_that_are_not_there_are_refused(void **state)
{
    fake_backend b;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_rows *rows = NULL;
    int64_t count = 0;
    static const kn_select items = KN_SELECT(KN_FROM(Item));
    static const kn_node no_query = {.kind = KN_NODE_CREATE_TABLE, .size = sizeof(no_query)};
    kn_connection *none = NULL;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_refused(&b, KN_INVALID, kn_execute(b.c, KN_SQL("X ?"), NULL, 1, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_execute(b.c, KN_SQL("X ?"), KN_NO_ARGS, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_execute(b.c, KN_SQL("X ?"), KN_ARGS(kn_int(1), kn_int(2)), NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_execute(b.c, (kn_sql_text){.text = NULL}, KN_NO_ARGS, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_list(b.c, &items, NULL, 1, 0, &rows, &b.error));
    fake_refused(&b, KN_INVALID, kn_list(b.c, NULL, KN_NO_ARGS, 0, &rows, &b.error));
    fake_refused(&b, KN_INVALID, kn_count(b.c, NULL, KN_NO_ARGS, &count, &b.error));
    fake_refused(&b, KN_INVALID, kn_insert(b.c, &Item_model, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_insert(b.c, NULL, &b, &b.error));
    fake_refused(&b, KN_INVALID, kn_insert_many(b.c, &Item_model, NULL, 1, &b.error));
    fake_refused(&b, KN_INVALID, kn_prepare_query(b.c, NULL, &statement, &b.error));
    fake_refused(&b, KN_INVALID, kn_prepare_query(b.c, &no_query, &statement, &b.error));
    fake_refused(&b, KN_INVALID, kn_begin(b.c, (kn_access)7, &b.error));
    fake_refused(&b, KN_INVALID, kn_connect(NULL, &none, &b.error));
    assert_null(statement);
    fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT :a"), &statement, &b.error));
    fake_refused(&b, KN_INVALID, kn_bind(statement, 1, kn_int(1), &b.error));
    fake_refused(&b, KN_INVALID, kn_bind_name(statement, "b", kn_int(1), &b.error));
    fake_refused(&b, KN_INVALID, kn_bind_name(statement, NULL, kn_int(1), &b.error));
    fake_refused(&b, KN_INVALID, kn_bind_type(statement, 0, NULL, &b.error));
    fake_ok(&b, kn_bind(statement, 0, kn_int(1), &b.error));
    fake_ok(&b, kn_open(statement, KN_NO_ARGS, &result, &b.error));
    fake_refused(&b, KN_STATE, kn_bind(statement, 0, kn_int(1), &b.error));
    fake_refused(&b, KN_STATE, kn_open(statement, KN_NO_ARGS, &result, &b.error));
    kn_statement_finish(statement);
    fake_backend_close(&b);
}

/* A model that no metadata has checked is checked before an object is read or written through its offsets. */
static void test_misuse__a_model_outside_of_its_struct_is_refused(void **state)
{
    fake_backend b;
    kn_column columns[KN_COUNT_OF(Item_columns_)];
    kn_model model = Item_model;
    kn_select all = KN_SELECT(.from = &model);
    Item item = {.id = 1, .name = "x"};
    kn_rows *rows = NULL;
    kn_arena arena = {0};

    (void)state;
    memcpy(columns, Item_columns_, sizeof(columns));
    columns[1].offset = sizeof(Item) - 4;
    model.columns = columns;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_refused(&b, KN_INVALID, kn_insert(b.c, &model, &item, &b.error));
    fake_refused(&b, KN_INVALID, kn_insert_many(b.c, &model, &item, 1, &b.error));
    fake_refused(&b, KN_INVALID, kn_get(b.c, &model, &item, &arena, &b.error));
    fake_refused(&b, KN_INVALID, kn_update(b.c, &model, &item, &b.error));
    fake_refused(&b, KN_INVALID, kn_delete(b.c, &model, &item, &b.error));
    fake_refused(&b, KN_INVALID, kn_list(b.c, &all, KN_NO_ARGS, 0, &rows, &b.error));
    fake_backend_close(&b);
}

/* SQL text is what its size says, and nothing that C would end early. */
static void test_misuse__sql_text_is_as_long_as_it_says(void **state)
{
    fake_backend b;
    fake_call call;
    size_t n = 0;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    assert_int_not_equal(
        kn_execute(b.c, (kn_sql_text){.text = "A\0DROP TABLE t", .size = 14}, KN_NO_ARGS, NULL, &b.error), KN_OK);
    fake_ok(&b, kn_execute(b.c, (kn_sql_text){.text = "ABC; DROP TABLE t", .size = 3}, KN_NO_ARGS, NULL, &b.error));
    for (size_t i = 0; fake_server_call(b.server, i, &call); i++)
        if (call.slot == FAKE_EXECUTE) {
            assert_string_equal(call.text, "ABC");
            n++;
        }
    assert_int_equal(n, 1);
    fake_backend_close(&b);
}

static void test_misuse__a_type_that_is_none_reads_nothing(void **state)
{
    static const kn_type bad[] = {
        {.id = KN_TYPE_ENUM},
        {.id = KN_TYPE_END_},
        {.id = UINT16_MAX},
        {.id = KN_TYPE_NUMERIC, .scale = 9},
    };
    fake_backend b;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_value value;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 1"), &statement, &b.error));
    fake_ok(&b, kn_open(statement, KN_NO_ARGS, &result, &b.error));
    fake_ok(&b, kn_next(result, &b.error));
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++)
        for (size_t column = 0; column < 2; column++)
            assert_int_not_equal(kn_get_value(result, column, &bad[i], &value, &b.error), KN_OK);
    kn_statement_finish(statement);
    fake_backend_close(&b);
}

/* A handle that went back is no longer anyone's. */
static void test_misuse__a_released_connection_refuses_work(void **state)
{
    fake_backend b;
    kn_connection *c;
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    (void)state;
    fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.pool_max = 2));
    c = b.c;
    b.c = NULL;
    kn_release(c);
    fake_refused(&b, KN_MISUSE, kn_execute(c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    fake_refused(&b, KN_MISUSE, kn_begin(c, KN_WRITE, &b.error));
    kn_engine_stats(b.engine, &stats);
    assert_int_equal(stats.idle, 1);
    fake_ok(&b, kn_connect(b.engine, &b.c, &b.error));
    fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error));
    fake_backend_close(&b);
}

/* Options without their size would be ignored in silence. */
static void test_misuse__options_without_their_size_are_refused(void **state)
{
    kn_engine *engine = NULL;
    fake_backend b = {.engine = NULL};
    const kn_engine_options sizeless = {.pool_max = 3};

    (void)state;
    fake_refused(&b, KN_INVALID, kn_engine_create("sqlite:///x", &sizeless, &engine, &b.error));
    assert_null(engine);
    fake_refused(&b, KN_INVALID, kn_engine_create(NULL, NULL, &engine, &b.error));
}

/* A program built when the struct was shorter. */
static void test_misuse__statistics_fill_no_more_than_they_are_given(void **state)
{
    fake_backend b;
    union {
        kn_pool_stats stats;
        unsigned char bytes[sizeof(kn_pool_stats)];
    } u;
    size_t size = offsetof(kn_pool_stats, opened);

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    memset(u.bytes, 0xEE, sizeof(u.bytes));
    u.stats.size_ = size;
    kn_engine_stats(b.engine, &u.stats);
    assert_int_equal(u.stats.size_, size);
    assert_int_equal(u.stats.open, 1);
    for (size_t i = size; i < sizeof(u.bytes); i++)
        assert_int_equal(u.bytes[i], 0xEE);
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misuse__rollback_ends_the_transaction_also_while_rows_are_read),
        cmocka_unit_test(test_misuse__one_result_at_a_time_where_the_driver_cannot_have_two),
        cmocka_unit_test(test_misuse__a_statement_finished_while_another_is_read_goes_afterwards),
        cmocka_unit_test(test_misuse__many_roll_back_when_the_commit_is_refused),
        cmocka_unit_test(test_misuse__a_failed_commit_ends_the_transaction_unless_busy),
        cmocka_unit_test(test_misuse__arguments_that_are_not_there_are_refused),
        cmocka_unit_test(test_misuse__a_model_outside_of_its_struct_is_refused),
        cmocka_unit_test(test_misuse__sql_text_is_as_long_as_it_says),
        cmocka_unit_test(test_misuse__a_type_that_is_none_reads_nothing),
        cmocka_unit_test(test_misuse__a_released_connection_refuses_work),
        cmocka_unit_test(test_misuse__options_without_their_size_are_refused),
        cmocka_unit_test(test_misuse__statistics_fill_no_more_than_they_are_given),
    };
    return cmocka_run_group_tests_name("integration/engine/misuse", tests, NULL, NULL);
}
