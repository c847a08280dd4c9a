/* SPDX-License-Identifier: MIT */
/* The tests of somebody who has Koine installed: each backend of koine-testbed, an empty database for each test. */
#include <koine/testing.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct Note {
    int64_t id;
    char text[41];
} Note;
KN_MODEL(Note);
KN_COLUMNS(Note) = {
    KN_COLUMN(Note, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Note, text, KN_STRING(40), .unique = true),
};
KN_DEFINE(Note, "notes");

static void store_one(kn_testing *t)
{
    kn_metadata *tables = NULL;
    Note note = {.text = "the only one"};

    assert_int_equal(kn_metadata_create(NULL, &tables, &t->error), KN_OK);
    assert_int_equal(kn_metadata_add(tables, &Note_model, &t->error), KN_OK);
    assert_int_equal(kn_create_all(t->c, tables, &t->error), KN_OK);
    kn_metadata_destroy(tables);
    assert_int_equal(kn_insert(t->c, KN_OBJECT(Note, &note), &t->error), KN_OK);
    assert_int_equal(kn_insert(t->c, KN_OBJECT(Note, &note), &t->error), KN_UNIQUE);
}

/* Two tests that would be in each other's way in one database. */
static void first(void **state)
{
    store_one(*state);
}

static void second(void **state)
{
    kn_testing *t = *state;
    int64_t count = 0;

    store_one(t);
    kn_testing_disconnect(t);
    assert_int_equal(kn_testing_connect(t, KN_ENGINE_OPTIONS(.pool_max = 2)), KN_OK);
    assert_int_equal(kn_count(t->c, KN_QUERY(KN_FROM(Note)), KN_NO_ARGS, &count, &t->error), KN_OK);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first, kn_testing_setup, kn_testing_teardown),
        cmocka_unit_test_setup_teardown(second, kn_testing_setup, kn_testing_teardown),
    };
    int failed = 0;

    while (kn_testing_next()) {
        printf("on %s\n", kn_testing_backend());
        failed += cmocka_run_group_tests_name(kn_testing_backend(), tests, NULL, NULL);
    }
    return failed;
}
