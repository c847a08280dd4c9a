/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* The link ends with the answer to a statement: was the statement done, and may it be tried again? */
#include "libpq_script.h"

/* 08P01 is what pgbouncer says, which may have lost the server when the statement was done there. PostgreSQL itself
 * says 57P01 in the place of an answer: then nothing is stored. */
static const struct {
    const char *severity, *state; /* NULL: nothing is said */
    bool inside;                  /* a transaction */
    kn_status status;
    kn_retry retry;
    uint8_t commit;
} cases[] = {
    {NULL, NULL, false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {NULL, NULL, true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {"FATAL", "08P01", false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {"FATAL", "08P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {"ERROR", "08P01", false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {"ERROR", "08P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {"FATAL", "57P01", false, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {"FATAL", "57P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {"ERROR", "23505", false, KN_UNIQUE, KN_RETRY_NEVER, KN_COMMIT_NOT},
    {"ERROR", "23505", true, KN_UNIQUE, KN_RETRY_NEVER, KN_COMMIT_NOT},
    {"ERROR", "40001", true, KN_SERIALIZATION, KN_RETRY_TRANSACTION, KN_COMMIT_NOT},
};

static void put_failure(script *s, const char *severity, const char *state)
{
    char body[100];
    int size = snprintf(body, sizeof body, "S%s%cV%s%cC%s%cMof the test%c", severity, 0, severity, 0, state, 0, 0);
    put_message(s, 'E', body, (size_t)size + 1);
}

static void check(size_t n)
{
    script says[4] = {{.size = 0}};
    tcp_turn turns[4];
    tcp_peer peer;
    kn_error error = {0};
    char url[100];
    void *c = NULL;
    size_t at = 0;
    greet(&says[at++]);
    settle(&says[at++]);
    if (cases[n].inside) {
        MESSAGE(&says[at], 'C', "BEGIN\0");
        MESSAGE(&says[at++], 'Z', "T");
    }
    if (cases[n].state)
        put_failure(&says[at], cases[n].severity, cases[n].state);
    at++;
    for (size_t i = 0; i < at; i++)
        turns[i] = (tcp_turn){.hears = true, .says = says[i].bytes, .size = says[i].size};
    tcp_peer_start(&peer, turns, at, TCP_CLOSES);
    snprintf(url, sizeof url, "postgresql://u@127.0.0.1:%u/d", peer.port);
    must(open_on(&fixture_memory.allocator, url, OPTIONS("tls=disable", "prepare=never"), true, 0, &c, &error), KN_OK);
    if (cases[n].inside)
        must(transact(c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    kn_status status = run(c, "INSERT INTO t VALUES (1)", &error);
    if (status != cases[n].status || error.retry != cases[n].retry || error.commit != cases[n].commit)
        fail_msg("%zu: %s, retry %u, commit %u: %s", n, kn_status_name(status), (unsigned)error.retry,
                 (unsigned)error.commit, error.message);
    if (cases[n].state) {
        assert_string_equal(error.sqlstate, cases[n].state);
        assert_non_null(strstr(error.message, "of the test"));
    }
    must(run(c, "SELECT 1", &error), KN_LINK_LOST);
    close_it(c);
    tcp_peer_stop(&peer);
}

static void test_libpq_lost__what_may_be_stored_is_not_tried_again(void **state)
{
    (void)state;
    for (size_t n = 0; n < KN_COUNT_OF(cases); n++)
        check(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libpq_lost__what_may_be_stored_is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
