/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "support/failing_allocator.h"
#include "support/music.h"

#include <string.h>

static void test_metadata__sorts_tables_by_what_they_reference(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    const kn_model *const *sorted = NULL;
    size_t count = 0;
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_add_all(metadata, &error, &User_model, &Role_model, NULL), KN_OK);
    assert_int_equal(kn_metadata_count(metadata), 2);
    assert_int_equal(kn_metadata_sorted(metadata, &sorted, &count, &error), KN_OK);
    assert_int_equal(count, 2);
    assert_ptr_equal(sorted[0], &Role_model);
    assert_ptr_equal(sorted[1], &User_model);
    kn_metadata_destroy(metadata);
}

static void test_metadata__the_same_model_twice_is_one(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    kn_model twin = Role_model;
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_add_all(metadata, &error, &Role_model, &Role_model, &twin, NULL), KN_OK);
    assert_int_equal(kn_metadata_count(metadata), 1);
    kn_metadata_destroy(metadata);
    kn_metadata_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata__sorts_tables_by_what_they_reference),
        cmocka_unit_test(test_metadata__the_same_model_twice_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
