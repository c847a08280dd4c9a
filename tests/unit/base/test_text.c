/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/base.h>

static void test_text__null_and_empty_differ(void **state)
{
    (void)state;
    assert_null(kn_text_of(NULL).data);
    assert_true(kn_text_equal(kn_text_of(NULL), kn_text_of(NULL)));
    assert_false(kn_text_equal(kn_text_of(NULL), kn_text_of("")));
    assert_true(kn_text_equal(kn_text_of("a"), (kn_text){"ab", 1}));
    assert_false(kn_text_equal(kn_text_of("a"), kn_text_of("A")));
}

static void test_text__version_is_the_headers(void **state)
{
    (void)state;
    assert_string_equal(kn_version(), KN_VERSION_STRING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__null_and_empty_differ),
        cmocka_unit_test(test_text__version_is_the_headers),
    };
    return cmocka_run_group_tests_name("unit/base/text", tests, NULL, NULL);
}
