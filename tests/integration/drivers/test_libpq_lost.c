/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* The link ends with the answer to a statement: was the statement done, and may it be tried again? */
#include "libpq_script.h"

#define DONE "INSERT 0 1"
#define TURNS 5

/* 08P01 is what pgbouncer says, which may have lost the server when the statement was done there. PostgreSQL itself
 * says 57P01 in the place of an answer: then nothing is stored. Behind the answer it may be. */
static const struct {
    const char *answer;           /* NULL: none before the failure */
    const char *severity, *state; /* NULL: nothing is said */
    bool inside;                  /* a transaction */
    kn_status status;
    kn_retry retry;
    uint8_t commit;
} cases[] = {
    {NULL, NULL, NULL, false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {NULL, NULL, NULL, true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {NULL, "FATAL", "08P01", false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {NULL, "FATAL", "08P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {NULL, "ERROR", "08P01", false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {NULL, "ERROR", "08P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {NULL, "FATAL", "57P01", false, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {NULL, "FATAL", "57P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {NULL, "ERROR", "23505", false, KN_UNIQUE, KN_RETRY_NEVER, KN_COMMIT_NOT},
    {NULL, "ERROR", "23505", true, KN_UNIQUE, KN_RETRY_NEVER, KN_COMMIT_NOT},
    {NULL, "ERROR", "40001", true, KN_SERIALIZATION, KN_RETRY_TRANSACTION, KN_COMMIT_NOT},
    {DONE, NULL, NULL, false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {DONE, NULL, NULL, true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {DONE, "FATAL", "57P01", false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {DONE, "FATAL", "57P01", true, KN_LINK_LOST, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {DONE, "FATAL", "53200", false, KN_LINK_LOST, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {DONE, "ERROR", "23505", false, KN_UNIQUE, KN_RETRY_NEVER, KN_COMMIT_NOT},
};

static void put_failure(script *s, const char *severity, const char *state)
{
    char body[100];
    int size = snprintf(body, sizeof body, "S%s%cV%s%cC%s%cMof the test%c", severity, 0, severity, 0, state, 0, 0);
    put_message(s, 'E', body, (size_t)size + 1);
}

/* The peer, and a connection to it. */
typedef struct scene {
    script says[TURNS]; /* the first two are not the test's */
    tcp_turn turns[TURNS];
    tcp_peer peer;
    void *c;
} scene;

static void scene_open(scene *e, size_t turns)
{
    kn_error error = {0};
    char url[100];
    greet(&e->says[0]);
    settle(&e->says[1]);
    for (size_t i = 0; i < turns; i++)
        e->turns[i] = (tcp_turn){.hears = true, .says = e->says[i].bytes, .size = e->says[i].size};
    tcp_peer_start(&e->peer, e->turns, turns, TCP_ENDS);
    snprintf(url, sizeof url, "postgresql://u@127.0.0.1:%u/d", e->peer.port);
    must(open_on(&fixture_memory.allocator, url, OPTIONS("tls=disable", "prepare=never"), true, 0, &e->c, &error),
         KN_OK);
}

static void scene_close(scene *e)
{
    kn_error error = {0};
    must(run(e->c, "SELECT 1", &error), KN_LINK_LOST);
    close_it(e->c);
    tcp_peer_stop(&e->peer);
}

static void check(size_t n)
{
    scene e = {.c = NULL};
    kn_error error = {0};
    script *says = &e.says[2];
    if (cases[n].inside) {
        MESSAGE(says, 'C', "BEGIN\0");
        MESSAGE(says++, 'Z', "T");
    }
    if (cases[n].answer)
        put_message(says, 'C', cases[n].answer, strlen(cases[n].answer) + 1);
    if (cases[n].state)
        put_failure(says, cases[n].severity, cases[n].state);
    scene_open(&e, cases[n].inside ? 4 : 3);
    if (cases[n].inside)
        must(transact(e.c, KN_TRANSACT_BEGIN, 0, NULL, &error), KN_OK);
    kn_status status = run(e.c, "INSERT INTO t VALUES (1)", &error);
    if (status != cases[n].status || error.retry != cases[n].retry || error.commit != cases[n].commit)
        fail_msg("%zu: %s, retry %u, commit %u: %s", n, kn_status_name(status), (unsigned)error.retry,
                 (unsigned)error.commit, error.message);
    if (cases[n].state) {
        assert_string_equal(error.sqlstate, cases[n].state);
        assert_non_null(strstr(error.message, "of the test"));
    }
    scene_close(&e);
}

static void test_libpq_lost__what_may_be_stored_is_not_tried_again(void **state)
{
    (void)state;
    for (size_t n = 0; n < KN_COUNT_OF(cases); n++)
        check(n);
}

/* The sets of a pipeline are stored together, behind the last answer. */
static const struct {
    size_t answers;
    enum { BY_CLOSE, BY_WORD, BY_NOISE } ends;
    kn_retry retry;
    uint8_t commit;
} batches[] = {
    {0, BY_CLOSE, KN_RETRY_NEVER, KN_COMMIT_LOST},    {1, BY_CLOSE, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {2, BY_CLOSE, KN_RETRY_NEVER, KN_COMMIT_LOST},    {0, BY_WORD, KN_RETRY_CONNECTION, KN_COMMIT_NOT},
    {1, BY_WORD, KN_RETRY_CONNECTION, KN_COMMIT_NOT}, {2, BY_WORD, KN_RETRY_NEVER, KN_COMMIT_LOST},
    {1, BY_NOISE, KN_RETRY_NEVER, KN_COMMIT_LOST},
};

static void test_libpq_lost__a_batch_is_unknown_once_all_of_it_was_answered(void **state)
{
    (void)state;
    for (size_t n = 0; n < KN_COUNT_OF(batches); n++) {
        scene e = {.c = NULL};
        script *says = &e.says[2];
        MESSAGE(says, '1', "");
        for (size_t i = 0; i < batches[n].answers; i++) {
            MESSAGE(says, '2', "");
            MESSAGE(says, 'n', "");
            MESSAGE(says, 'C', DONE "\0");
        }
        if (batches[n].ends == BY_WORD)
            put_failure(says, "FATAL", "57P01");
        if (batches[n].ends == BY_NOISE)
            put(says, "C\0\0\0", 5); /* no message is that short */
        scene_open(&e, 3);
        void *s = prepare(e.c, "INSERT INTO t VALUES ($1)", 1);
        batch b = run_sets(s, (const kn_value[]){kn_int(1), kn_int(2)}, 2, 1, 0, false);
        if (b.status != KN_LINK_LOST || b.error.retry != batches[n].retry || b.error.commit != batches[n].commit)
            fail_msg("%zu: %s, retry %u, commit %u: %s", n, kn_status_name(b.status), (unsigned)b.error.retry,
                     (unsigned)b.error.commit, b.error.message);
        assert_true(batches[n].ends != BY_WORD || strcmp(b.error.sqlstate, "57P01") == 0);
        libpq_driver()->finish(s);
        scene_close(&e);
    }
}

static kn_status copy_one_row(void *c, kn_error *error)
{
    static const kn_type type = {.id = KN_TYPE_BIG_INTEGER};
    const kn_type *types[] = {&type};
    const char *columns[] = {"\"n\""};
    const kn_value row = kn_int(1);
    kn_wait wait = {.fd = -1};
    kn_status status;
    int64_t stored = -1;
    void *b = NULL;
    do
        status = libpq_driver()->bulk_begin(c, "\"t\"", columns, types, 1, &b, &wait, error);
    while (again(status, &wait));
    if (status)
        return status;
    do
        status = libpq_driver()->bulk_rows(b, &row, 1, &wait, error);
    while (again(status, &wait));
    if (status)
        return status;
    do
        status = libpq_driver()->bulk_end(b, 1, &stored, &wait, error);
    while (again(status, &wait));
    assert_int_equal(stored, 0);
    return status;
}

/* The server commits a COPY before it answers. */
static void test_libpq_lost__a_copy_is_unknown_once_it_was_answered(void **state)
{
    (void)state;
    for (int answered = 0; answered < 2; answered++) {
        scene e = {.c = NULL};
        kn_error error = {0};
        MESSAGE(&e.says[2], 'T',
                "\0\2f\0\0\0\0\0\0\0\0\0\0\x10\0\1\xff\xff\xff\xff\0\0"
                "t\0\0\0\0\0\0\0\0\0\0\x1a\0\4\xff\xff\xff\xff\0\0");
        MESSAGE(&e.says[2], 'D',
                "\0\2\0\0\0\1t\0\0\0\2"
                "20");
        MESSAGE(&e.says[2], 'C', "SELECT 1\0");
        MESSAGE(&e.says[2], 'Z', "I");
        MESSAGE(&e.says[3], 'G', "\1\0\1\0\1");
        if (answered)
            MESSAGE(&e.says[4], 'C', "COPY 1\0");
        put_failure(&e.says[4], "FATAL", "57P01");
        scene_open(&e, 5);
        must(copy_one_row(e.c, &error), KN_LINK_LOST);
        assert_int_equal(error.retry, answered ? KN_RETRY_NEVER : KN_RETRY_CONNECTION);
        assert_int_equal(error.commit, answered ? KN_COMMIT_LOST : KN_COMMIT_NOT);
        assert_string_equal(error.sqlstate, "57P01");
        scene_close(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libpq_lost__what_may_be_stored_is_not_tried_again),
        cmocka_unit_test(test_libpq_lost__a_batch_is_unknown_once_all_of_it_was_answered),
        cmocka_unit_test(test_libpq_lost__a_copy_is_unknown_once_it_was_answered),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
