/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/plugin/tls.h>

static void test_tls__only_an_address_or_localhost_is_this_machine(void **state)
{
    static const struct {
        const char *host;
        bool here;
    } cases[] = {
        {"localhost", true},
        {"127.0.0.1", true},
        {"127.255.255.254", true},
        {"::1", true},
        {"127.0.0.1.org", false},
        {"127.example.org", false},
        {"127.1", false},
        {"1270.0.0.1", false},
        {"127.0.0.256", false},
        {"localhost.org", false},
        {"Localhost", false},
        {"::2", false},
        {"", false},
        {"::ffff:127.0.0.1", false},
        {"10.0.0.1", false},
        {"0.0.0.0", false},
    };

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++)
        if (kn_tls_is_loopback(cases[i].host) != cases[i].here)
            fail_msg("'%s'", cases[i].host);
}

/* Whatever there is can be read; what is told where there is none cannot. */
static void test_tls__the_authorities_are_a_file_or_none(void **state)
{
    const char *file = kn_tls_authorities();

    (void)state;
    assert_int_equal(access(KN_TLS_NO_FILE, F_OK), -1);
    assert_true(access(file, R_OK) == 0 || strcmp(file, KN_TLS_NO_FILE) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls__only_an_address_or_localhost_is_this_machine),
        cmocka_unit_test(test_tls__the_authorities_are_a_file_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
