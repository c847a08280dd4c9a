/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Calls in the wrong order, with the wrong things, at the wrong time, on a real backend: refused alike on each, and the
 * connection is usable afterwards. */
#include "items.h"

typedef struct Nowhere {
    int64_t id;
} Nowhere;
KN_MODEL(Nowhere);
KN_COLUMNS(Nowhere) = {KN_COLUMN(Nowhere, id, KN_INTEGER, .primary_key = true)};
KN_DEFINE(Nowhere, "nowhere");

static int open_connected(void **state)
{
    test_database *db;

    open_items(state);
    db = test_database_of(state);
    test_database_connect(db, NULL);
    insert_item(db, "one");
    insert_item(db, "two");
    return 0;
}

static kn_result *read_one(test_database *db, kn_statement **statement)
{
    kn_result *result = NULL;

    assert_ok(db, kn_prepare_query(db->c, &all_items.node, statement, &db->error));
    assert_ok(db, kn_open(*statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    return result;
}

static void test_misuse__rollback_ends_the_transaction_also_while_rows_are_read(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result;

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "three");
    result = read_one(db, &statement);
    assert_refused(db, KN_STATE, kn_commit(db->c, &db->error)); /* what would become of the rows? */
    assert_refused(db, KN_STATE, kn_savepoint(db->c, "s", &db->error));
    assert_ok(db, kn_rollback(db->c, &db->error));
    assert_false(kn_in_transaction(db->c));
    assert_refused(db, KN_STATE, kn_next(result, &db->error));
    kn_result_close(result);
    kn_statement_finish(statement);
    assert_int_equal(count_items(db->c), 2);
}

/* Where the driver has one result at a time, whatever would be sent beside it is refused; where it has several, it is
 * done. Afterwards all is as before. */
static void test_misuse__a_second_use_beside_open_rows_is_done_or_refused(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *reader = NULL, *other = NULL;
    kn_result *result = read_one(db, &reader), *second = NULL;
    Item item = {.name = "three"};

    if (test_database_has_many_results(db)) {
        assert_ok(db, kn_prepare_query(db->c, &all_items.node, &other, &db->error));
        assert_ok(db, kn_open(other, KN_NO_ARGS, &second, &db->error));
        assert_ok(db, kn_next(second, &db->error));
        kn_statement_finish(other);
    } else {
        assert_incapable(db, KN_STATE, TEST_DATABASE_MANY_RESULTS,
                         kn_prepare_query(db->c, &all_items.node, &other, &db->error));
        assert_null(other);
        assert_refused(db, KN_STATE, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
        assert_refused(db, KN_STATE, kn_begin(db->c, KN_WRITE, &db->error));
        assert_refused(db, KN_STATE, kn_execute(db->c, KN_SQL("DELETE FROM items"), KN_NO_ARGS, NULL, &db->error));
    }
    assert_ok(db, kn_next(result, &db->error));
    assert_int_equal(kn_next(result, &db->error), KN_DONE);
    kn_statement_finish(reader);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
    assert_int_equal(count_items(db->c), 3);
}

/* Where one failure ends the whole transaction, the server says so; it is over either way when it is rolled back. */
static void test_misuse__a_failed_statement_leaves_a_transaction_that_can_be_rolled_back(void **state)
{
    test_database *db = test_database_of(state);
    Item same = {.name = "one"}, item = {.name = "three"};

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "three");
    assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(Item, &same), &db->error));
    assert_int_equal(db->error.commit, KN_COMMIT_OPEN);
    assert_true(kn_in_transaction(db->c));
    assert_ok(db, kn_rollback(db->c, &db->error));
    assert_int_equal(count_items(db->c), 2);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
}

static void test_misuse__a_savepoint_takes_a_failed_statement_back(void **state)
{
    test_database *db = test_database_of(state);
    Item same = {.name = "one"};

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "three");
    assert_ok(db, kn_savepoint(db->c, "s", &db->error));
    assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(Item, &same), &db->error));
    assert_ok(db, kn_savepoint_rollback(db->c, "s", &db->error));
    insert_item(db, "four");
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_items(db->c), 4);
}

static void test_misuse__many_are_stored_all_or_none(void **state)
{
    test_database *db = test_database_of(state);
    Item items[] = {{.name = "three"}, {.name = "four"}, {.name = "one"}, {.name = "five"}};

    assert_refused(db, KN_UNIQUE, kn_insert_many(db->c, KN_OBJECT(Item, items), KN_COUNT_OF(items), &db->error));
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(count_items(db->c), 2);
    items[2].name = "six";
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Item, items), KN_COUNT_OF(items), &db->error));
    assert_int_equal(count_items(db->c), 6);
}

/* What the program did in its transaction stays, and so does the transaction. */
static void test_misuse__many_are_all_or_none_in_the_programs_transaction(void **state)
{
    test_database *db = test_database_of(state);
    Item items[600], late[] = {{.name = "last"}, {.name = "one"}};
    char names[600][16];

    for (size_t i = 0; i < KN_COUNT_OF(items); i++) {
        snprintf(names[i], sizeof(names[i]), "item %zu", i);
        items[i] = (Item){.name = names[i]};
    }
    items[599].name = "one"; /* is there already: found by the last of several statements */
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "three");
    assert_refused(db, KN_UNIQUE, kn_insert_many(db->c, KN_OBJECT(Item, items), KN_COUNT_OF(items), &db->error));
    assert_true(kn_in_transaction(db->c));
    assert_int_equal(count_items(db->c), 3);
    assert_refused(db, KN_UNIQUE, kn_insert_many(db->c, KN_OBJECT(Item, late), KN_COUNT_OF(late), &db->error));
    items[599].name = "six hundred";
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Item, items), KN_COUNT_OF(items), &db->error));
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_items(db->c), 603);
}

/* One statement, again and again: the first time it is not prepared yet. */
static void test_misuse__so_are_a_hundred_whichever_is_refused(void **state)
{
    static const struct {
        size_t place;
        const char *name;
        kn_opt_int32 stock;
        kn_status status;
    } cases[] = {
        {0, "one", {.state = KN_UNSET}, KN_UNIQUE},
        {99, "one", {.state = KN_UNSET}, KN_UNIQUE},
        {50, "one", {.state = KN_UNSET}, KN_UNIQUE},
        {0, "x", KN_SOME(-1), KN_CHECK},
        {99, "x", KN_SOME(-1), KN_CHECK},
        {0, "\xff", KN_SOME(1), KN_ENCODING},
        {99, "\xff", KN_SOME(1), KN_ENCODING},
    };
    test_database *db = test_database_of(state);
    Item items[100];
    char names[100][16];

    for (size_t i = 0; i < KN_COUNT_OF(items); i++)
        snprintf(names[i], sizeof(names[i]), "item %zu", i);
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        for (int run = 0; run < 2; run++) {
            for (size_t j = 0; j < KN_COUNT_OF(items); j++)
                items[j] = (Item){.id = 100 + (int64_t)j, .name = names[j], .stock = KN_SOME(1)};
            assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
            insert_item(db, "three");
            items[cases[i].place].name = cases[i].name;
            if (cases[i].stock.state == KN_SET)
                items[cases[i].place].stock = cases[i].stock;
            assert_refused(db, cases[i].status, kn_insert_many(db->c, KN_OBJECT(Item, items), 100, &db->error));
            assert_int_equal(count_items(db->c), 3);
            items[cases[i].place].name = names[cases[i].place];
            items[cases[i].place].stock = (kn_opt_int32)KN_SOME(1);
            assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Item, items), 100, &db->error));
            assert_int_equal(count_items(db->c), 103);
            assert_ok(db, kn_commit(db->c, &db->error));
            test_database_run(db, "DELETE FROM \"items\" WHERE \"id\" > 99 OR \"name\" = 'three'");
        }
    }
}

static void test_misuse__so_are_sets_whichever_is_refused(void **state)
{
    test_database *db = test_database_of(state);
    kn_value values[100];
    kn_statement *statement = NULL;

    assert_ok(db, kn_prepare(db->c, KN_SQL("INSERT INTO items (id) VALUES (?)"), &statement, &db->error));
    for (size_t run = 0; run < 8; run++) {
        size_t place = run % 3 * 99 / 2;
        for (size_t i = 0; i < KN_COUNT_OF(values); i++)
            values[i] = kn_int(100 + (int64_t)i);
        assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
        insert_item(db, "three");
        if (run != 0) { /* the first is not taken back: it is prepared */
            values[place] = kn_int(1);
            assert_refused(db, KN_UNIQUE, kn_run_many(statement, values, 100, 1, NULL, &db->error));
            assert_int_equal(count_items(db->c), 3);
            values[place] = kn_int(100 + (int64_t)place);
        }
        assert_ok(db, kn_run_many(statement, values, 100, 1, NULL, &db->error));
        assert_ok(db, kn_commit(db->c, &db->error));
        assert_int_equal(count_items(db->c), 103);
        test_database_run(db, "DELETE FROM \"items\" WHERE \"id\" > 99 OR \"name\" = 'three'");
    }
    kn_statement_finish(statement);
}

/* What is refused when it is prepared is a failure like others. */
static void test_misuse__so_are_objects_without_a_table(void **state)
{
    test_database *db = test_database_of(state);
    Nowhere objects[] = {{1}, {2}, {3}, {4}};

    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "three");
    assert_refused(db, KN_NO_SUCH, kn_insert_many(db->c, KN_OBJECT(Nowhere, objects), 4, &db->error));
    assert_true(kn_in_transaction(db->c));
    insert_item(db, "four");
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_items(db->c), 4);
}

static void test_misuse__transactions_are_begun_and_ended_in_pairs(void **state)
{
    test_database *db = test_database_of(state);

    assert_refused(db, KN_STATE, kn_commit(db->c, &db->error));
    assert_refused(db, KN_STATE, kn_rollback(db->c, &db->error));
    assert_refused(db, KN_STATE, kn_savepoint(db->c, "s", &db->error));
    assert_ok(db, kn_begin(db->c, KN_READ, &db->error));
    assert_refused(db, KN_STATE, kn_begin(db->c, KN_WRITE, &db->error));
    assert_refused(db, KN_INVALID, kn_savepoint(db->c, "", &db->error));
    assert_ok(db, kn_rollback(db->c, &db->error));
    insert_item(db, "three");
}

static void test_misuse__arguments_that_are_not_there_are_refused(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    const kn_sql_text two = KN_SQL("DELETE FROM items WHERE id = ? OR id = ?");

    assert_refused(db, KN_INVALID, kn_execute(db->c, two, KN_NO_ARGS, NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_execute(db->c, two, KN_ARGS(kn_int(1)), NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_execute(db->c, two, KN_ARGS(kn_int(1), kn_int(2), kn_int(3)), NULL, &db->error));
    assert_refused(db, KN_INVALID, kn_prepare(db->c, kn_unchecked_sql(NULL), &statement, &db->error));
    assert_null(statement);
    assert_int_equal(count_items(db->c), 2);
}

/* A handle that went back is no longer anyone's. */
static void test_misuse__a_released_connection_refuses_work(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *gone = db->c;
    Item item = {.name = "three"};

    kn_release(gone);
    db->c = NULL;
    assert_refused(db, KN_MISUSE, kn_insert(gone, KN_OBJECT(Item, &item), &db->error));
    assert_refused(db, KN_MISUSE, kn_begin(gone, KN_WRITE, &db->error));
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
    assert_int_equal(count_items(db->c), 2);
}

/* SQL text is what its size says, and nothing that C would end early. */
static void test_misuse__sql_text_is_as_long_as_it_says(void **state)
{
    static const char text[] = "DELETE FROM items WHERE id > 0; DROP TABLE items";
    test_database *db = test_database_of(state);
    int64_t changed = 0;

    assert_int_not_equal(kn_execute(db->c, (kn_sql_text){.text = "DELETE FROM items\0 WHERE id = 1", .size = 31},
                                    KN_NO_ARGS, NULL, &db->error),
                         KN_OK);
    assert_int_equal(count_items(db->c), 2);
    assert_refused(db, KN_INVALID, kn_execute(db->c, kn_unchecked_sql(text), KN_NO_ARGS, NULL, &db->error));
    assert_int_equal(count_items(db->c), 2);
    assert_ok(db, kn_execute(db->c, (kn_sql_text){.text = text, .size = 30}, KN_NO_ARGS, &changed, &db->error));
    assert_int_equal(changed, 2);
    assert_int_equal(count_items(db->c), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_connected, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_misuse__rollback_ends_the_transaction_also_while_rows_are_read),
        EACH(test_misuse__a_second_use_beside_open_rows_is_done_or_refused),
        EACH(test_misuse__a_failed_statement_leaves_a_transaction_that_can_be_rolled_back),
        EACH(test_misuse__a_savepoint_takes_a_failed_statement_back),
        EACH(test_misuse__many_are_stored_all_or_none),
        EACH(test_misuse__many_are_all_or_none_in_the_programs_transaction),
        EACH(test_misuse__so_are_a_hundred_whichever_is_refused),
        EACH(test_misuse__so_are_sets_whichever_is_refused),
        EACH(test_misuse__so_are_objects_without_a_table),
        EACH(test_misuse__transactions_are_begun_and_ended_in_pairs),
        EACH(test_misuse__arguments_that_are_not_there_are_refused),
        EACH(test_misuse__a_released_connection_refuses_work),
        EACH(test_misuse__sql_text_is_as_long_as_it_says),
    };
    return cmocka_run_group_tests_name("integration/live/misuse", tests, NULL, NULL);
}
