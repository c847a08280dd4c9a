/* SPDX-License-Identifier: MIT */
/* kn_transact on a backend that fails where it is told to: how often the work runs, what is sent, what comes back. */
#include "support/fake_backend.h"

#include "engine/clock.h"

/* The callback: two statements, and what it saw. */
typedef struct work {
    unsigned runs;
    kn_status gives;  /* after its statements, when they succeeded */
    bool without;     /* gives its statements no error */
    bool own;         /* makes an error of its own: KN_INVALID, to be tried again */
    bool leaves_open; /* a result */
    unsigned until;   /* `gives` and `own` only in runs before this one; 0 = in all */
} work;

static kn_status two_statements(void *context, kn_connection *c, kn_error *error)
{
    work *w = context;
    kn_error *inner = w->without ? NULL : error;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status;

    w->runs++;
    assert_true(kn_in_transaction(c));
    status = kn_execute(c, KN_SQL("UPDATE one"), KN_NO_ARGS, NULL, inner);
    if (status == KN_OK)
        status = kn_execute(c, KN_SQL("UPDATE two"), KN_NO_ARGS, NULL, inner);
    if (status == KN_OK && w->leaves_open) {
        status = kn_prepare(c, KN_SQL("SELECT 1"), &statement, inner);
        if (status == KN_OK)
            status = kn_open(statement, KN_NO_ARGS, &result, inner);
    }
    if (status != KN_OK || (w->until && w->runs >= w->until))
        return status;
    if (w->own) {
        kn_error_set(error, KN_INVALID, "the program's own verdict");
        error->retry = KN_RETRY_TRANSACTION;
        return KN_INVALID;
    }
    return w->gives;
}

/* Waits that take no time. */
typedef struct waits {
    unsigned n;
    int64_t us[16];
} waits;

static void note_wait(void *context, int64_t microseconds)
{
    waits *w = context;

    if (w->n < KN_COUNT_OF(w->us))
        w->us[w->n] = microseconds;
    w->n++;
}

static unsigned count_verbs(const fake_backend *b, const char *verb)
{
    unsigned n = 0;
    fake_call call;

    for (size_t i = 0; fake_server_call(b->server, i, &call); i++)
        n += call.slot == FAKE_TRANSACT && strncmp(call.text, verb, strlen(verb)) == 0;
    return n;
}

static unsigned count_sql(const fake_backend *b, const char *sql)
{
    unsigned n = 0;
    fake_call call;

    for (size_t i = 0; fake_server_call(b->server, i, &call); i++)
        n += call.slot == FAKE_EXECUTE && strstr(call.text, sql);
    return n;
}

typedef struct failure {
    const char *name;
    fake_fault fault;
    bool again;
} failure;

static const failure failures[] = {
    {"busy", {.status = KN_BUSY, .retry = KN_RETRY_STATEMENT, .commit = KN_COMMIT_OPEN}, true},
    {"lock timeout", {.status = KN_BUSY, .retry = KN_RETRY_TRANSACTION, .commit = KN_COMMIT_OPEN}, true},
    {"deadlock", {.status = KN_DEADLOCK, .retry = KN_RETRY_TRANSACTION, .commit = KN_COMMIT_OPEN}, true},
    {"serialization", {.status = KN_SERIALIZATION, .retry = KN_RETRY_TRANSACTION, .commit = KN_COMMIT_OPEN}, true},
    {"unique", {.status = KN_UNIQUE, .commit = KN_COMMIT_OPEN}, false},
    {"timeout", {.status = KN_TIMEOUT, .commit = KN_COMMIT_OPEN}, false},
    {"cancelled", {.status = KN_CANCELLED, .commit = KN_COMMIT_OPEN}, false},
    {"no memory", {.status = KN_NOMEM, .commit = KN_COMMIT_OPEN}, false},
    {"full", {.status = KN_FULL}, false},
    {"lost", {.status = KN_LINK_LOST, .retry = KN_RETRY_CONNECTION, .drops = true}, false},
    {"unknown", {.status = KN_COMMIT_UNKNOWN, .commit = KN_COMMIT_LOST, .drops = true}, false},
    /* however a driver calls it, what may be stored is not done twice */
    {"unknown, said to be retryable",
     {.status = KN_COMMIT_UNKNOWN, .commit = KN_COMMIT_NOT, .retry = KN_RETRY_TRANSACTION},
     false},
    {"lost, said to be retryable", {.status = KN_BUSY, .commit = KN_COMMIT_LOST, .retry = KN_RETRY_TRANSACTION}, false},
    {"done, said to be retryable", {.status = KN_BUSY, .commit = KN_COMMIT_DONE, .retry = KN_RETRY_TRANSACTION}, false},
};

typedef struct position {
    const char *name;
    fake_slot slot;
    const char *sql;
    unsigned runs, first; /* the callback, and UPDATE one, up to the failure */
} position;

static const position positions[] = {
    {"begin", FAKE_TRANSACT, "begin", 0, 0},
    {"prepare of the first", FAKE_PREPARE, "one", 1, 0},
    {"the first statement", FAKE_EXECUTE, "one", 1, 1},
    {"end of the first", FAKE_END, "one", 1, 1},
    {"the second statement", FAKE_EXECUTE, "two", 1, 1},
    {"commit", FAKE_TRANSACT, "commit", 1, 1},
};

/* Once everywhere: run again exactly when that is allowed, and nothing that may be stored is sent again. */
static void one_failure(const position *p, const failure *f)
{
    fake_backend b;
    work w = {0};
    waits waited = {0};
    fake_fault fault = f->fault;
    kn_status status;

    fault.slot = p->slot;
    fault.sql = p->sql;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_fail(b.server, fault);
    status = kn_transact(b.c, KN_WRITE, two_statements, &w,
                         KN_TRANSACT_OPTIONS(.wait = note_wait, .wait_context = &waited), &b.error);
    if (status != (f->again ? KN_OK : fault.status) || w.runs != p->runs + f->again ||
        count_sql(&b, "one") != p->first + f->again || waited.n != f->again)
        fail_msg("%s at %s: %s after %u runs, %u waits: %s", f->name, p->name, kn_status_name(status), w.runs, waited.n,
                 b.error.message);
    if (f->again) {
        assert_int_equal(b.error.status, KN_OK); /* left alone on success */
        assert_int_equal(count_verbs(&b, "commit"), 1 + (strcmp(p->name, "commit") == 0));
    } else {
        assert_int_equal(b.error.status, fault.status);
        assert_int_equal(b.error.commit, fault.commit == KN_COMMIT_OPEN ? KN_COMMIT_NOT : fault.commit);
        assert_int_equal(count_verbs(&b, "commit"), strcmp(p->name, "commit") == 0);
        assert_null(strstr(b.error.message, "runs"));
    }
    assert_false(kn_in_transaction(b.c));
    fake_backend_close(&b);
}

static void test_transact__each_failure_in_each_place_runs_it_again_or_not(void **state)
{
    (void)state;
    for (size_t p = 0; p < KN_COUNT_OF(positions); p++)
        for (size_t f = 0; f < KN_COUNT_OF(failures); f++)
            one_failure(&positions[p], &failures[f]);
}

/* A backend that refuses for ever. */
static void test_transact__tries_as_often_as_it_may(void **state)
{
    (void)state;
    for (unsigned attempts = 0; attempts < 5; attempts++) {
        fake_backend b;
        work w = {0};
        waits waited = {0};
        unsigned runs = attempts ? attempts : 8;
        fake_backend_open(&b, "fake://s/", NULL);
        fake_server_fail(b.server, (fake_fault){.slot = FAKE_EXECUTE,
                                                .sql = "two",
                                                .status = KN_DEADLOCK,
                                                .retry = KN_RETRY_TRANSACTION,
                                                .for_ever = true});
        fake_refused(&b, KN_DEADLOCK,
                     kn_transact(b.c, KN_WRITE, two_statements, &w,
                                 KN_TRANSACT_OPTIONS(.attempts = attempts, .wait = note_wait, .wait_context = &waited),
                                 &b.error));
        assert_int_equal(w.runs, runs);
        assert_int_equal(waited.n, runs - 1);
        assert_int_equal(count_verbs(&b, "begin"), runs);
        assert_int_equal(count_verbs(&b, "commit"), 0);
        assert_int_equal(b.error.retry, KN_RETRY_TRANSACTION);
        assert_int_equal(b.error.commit, KN_COMMIT_NOT);
        if (runs > 1)
            assert_non_null(strstr(b.error.message, "runs: "));
        else
            assert_null(strstr(b.error.message, "runs: "));
        fake_backend_close(&b);
    }
}

/* Each wait lies between a half and all of a bound that doubles up to its end; not all are the same. */
static void test_transact__waits_longer_each_time(void **state)
{
    static const int64_t most[] = {3000, 6000, 12000, 24000, 40000, 40000, 40000, 40000, 40000, 40000, 40000};
    fake_backend b;
    work w = {0};
    waits waited = {0};
    unsigned different = 0;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_TRANSACT,
                                            .sql = "commit",
                                            .status = KN_BUSY,
                                            .retry = KN_RETRY_STATEMENT,
                                            .commit = KN_COMMIT_OPEN,
                                            .for_ever = true});
    fake_refused(&b, KN_BUSY,
                 kn_transact(b.c, KN_WRITE, two_statements, &w,
                             KN_TRANSACT_OPTIONS(.attempts = 12, .backoff_ms = 3, .backoff_max_ms = 40,
                                                 .wait = note_wait, .wait_context = &waited),
                             &b.error));
    assert_int_equal(waited.n, KN_COUNT_OF(most));
    for (size_t i = 0; i < KN_COUNT_OF(most); i++) {
        assert_in_range((uintmax_t)waited.us[i], (uintmax_t)most[i] / 2, (uintmax_t)most[i]);
        different += waited.us[i] != waited.us[KN_COUNT_OF(most) - 1];
    }
    assert_true(different > 4);
    fake_backend_close(&b);
}

static void test_transact__begins_no_run_after_its_deadline(void **state)
{
    static const uint32_t deadlines[] = {1, 9, UINT32_MAX, 0};
    static const unsigned runs[] = {1, 1, 4, 4};

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(deadlines); i++) {
        fake_backend b;
        work w = {0};
        waits waited = {0};
        fake_backend_open(&b, "fake://s/", NULL);
        fake_server_fail(b.server, (fake_fault){.slot = FAKE_EXECUTE,
                                                .sql = "one",
                                                .status = KN_SERIALIZATION,
                                                .retry = KN_RETRY_TRANSACTION,
                                                .for_ever = true});
        fake_refused(&b, KN_SERIALIZATION,
                     kn_transact(b.c, KN_WRITE, two_statements, &w,
                                 KN_TRANSACT_OPTIONS(.attempts = 4, .deadline_ms = deadlines[i], .backoff_ms = 20,
                                                     .wait = note_wait, .wait_context = &waited),
                                 &b.error));
        assert_int_equal(w.runs, runs[i]);
        assert_int_equal(waited.n, runs[i] - 1);
        fake_backend_close(&b);
    }
}

/* Without a hook the thread sleeps, at least as long as it should. */
static void test_transact__sleeps_by_itself(void **state)
{
    fake_backend b;
    work w = {0};
    int64_t started;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_fail(
        b.server, (fake_fault){.slot = FAKE_EXECUTE, .sql = "one", .status = KN_BUSY, .retry = KN_RETRY_TRANSACTION});
    started = kn__clock_us();
    fake_ok(&b, kn_transact(b.c, KN_WRITE, two_statements, &w, KN_TRANSACT_OPTIONS(.backoff_ms = 4), &b.error));
    assert_true(kn__clock_us() - started >= 2000);
    assert_int_equal(w.runs, 2);
    fake_backend_close(&b);
}

static void test_transact__what_the_callback_returns_decides(void **state)
{
    static const struct {
        work w;
        kn_status status;
        unsigned runs;
        const char *says;
    } cases[] = {
        {{.gives = KN_OK}, KN_OK, 1, NULL},
        {{.gives = KN_INVALID}, KN_INVALID, 1, "callback of the transaction returned INVALID"},
        {{.gives = KN_DEADLOCK}, KN_DEADLOCK, 1, "returned DEADLOCK"}, /* without an error to say why */
        {{.gives = KN_NOT_FOUND}, KN_NOT_FOUND, 1, "returned NOT_FOUND"},
        {{.own = true}, KN_INVALID, 3, "after 3 runs: the program's own verdict"},
        {{.own = true, .until = 3}, KN_OK, 3, NULL},
        {{.leaves_open = true, .gives = KN_DATA}, KN_DATA, 1, "returned DATA"},
        {{.leaves_open = true}, KN_STATE, 1, "close the open result first"},
    };

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        fake_backend b;
        work w = cases[i].w;
        waits waited = {0};
        kn_status status;
        fake_backend_open(&b, "fake://s/", NULL);
        status = kn_transact(b.c, KN_WRITE, two_statements, &w,
                             KN_TRANSACT_OPTIONS(.attempts = 3, .wait = note_wait, .wait_context = &waited), &b.error);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(b.error.status, cases[i].status);
        assert_int_equal(w.runs, cases[i].runs);
        if (cases[i].says && !strstr(b.error.message, cases[i].says))
            fail_msg("case %zu: %s", i, b.error.message);
        assert_int_equal(count_verbs(&b, "commit"), status == KN_OK);
        assert_int_equal(count_verbs(&b, "rollback"), w.runs - (status == KN_OK));
        assert_false(kn_in_transaction(b.c));
        fake_ok(&b, kn_execute(b.c, KN_SQL("X"), KN_NO_ARGS, NULL, &b.error)); /* the connection is free */
        fake_backend_close(&b);
    }
}

/* A callback that hides the error of its statement hides what may be done about it. */
static void test_transact__a_hidden_error_is_not_run_again(void **state)
{
    fake_backend b;
    work w = {.without = true};

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_fail(b.server,
                     (fake_fault){.slot = FAKE_EXECUTE, .status = KN_DEADLOCK, .retry = KN_RETRY_TRANSACTION});
    fake_refused(&b, KN_DEADLOCK, kn_transact(b.c, KN_WRITE, two_statements, &w, NULL, &b.error));
    assert_int_equal(w.runs, 1);
    fake_backend_close(&b);
}

/* When the way back fails, the connection is lost, and with it the right to go on upon it. */
static void test_transact__a_rollback_that_fails_ends_it(void **state)
{
    fake_backend b;
    work w = {0};

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_EXECUTE,
                                            .status = KN_DEADLOCK,
                                            .commit = KN_COMMIT_OPEN,
                                            .retry = KN_RETRY_TRANSACTION});
    fake_server_fail(b.server, (fake_fault){.slot = FAKE_TRANSACT,
                                            .sql = "rollback",
                                            .status = KN_LINK_LOST,
                                            .retry = KN_RETRY_CONNECTION,
                                            .drops = true});
    fake_refused(&b, KN_DEADLOCK, kn_transact(b.c, KN_WRITE, two_statements, &w, NULL, &b.error));
    assert_int_equal(w.runs, 1);
    assert_int_equal(b.error.retry, KN_RETRY_CONNECTION);
    assert_int_equal(b.error.commit, KN_COMMIT_NOT);
    fake_refused(&b, KN_LINK_LOST, kn_transact(b.c, KN_WRITE, two_statements, &w, NULL, &b.error));
    assert_int_equal(w.runs, 1);
    assert_int_equal(fake_server_count(b.server, FAKE_OPEN), 1); /* nothing connected by itself */
    fake_backend_close(&b);
}

/* Inside: what is not the callback's. */
static kn_status meddle(void *context, kn_connection *c, kn_error *error)
{
    work *w = context;

    w->runs++;
    assert_int_equal(kn_begin(c, KN_WRITE, NULL), KN_STATE);
    assert_int_equal(kn_commit(c, NULL), KN_STATE);
    assert_int_equal(kn_rollback(c, NULL), KN_STATE);
    assert_int_equal(kn_transact(c, KN_WRITE, two_statements, w, NULL, error), KN_STATE);
    assert_true(kn_in_transaction(c));
    assert_int_equal(kn_savepoint(c, "mark", error), KN_OK);
    assert_int_equal(kn_savepoint_rollback(c, "mark", error), KN_OK);
    assert_int_equal(kn_savepoint_release(c, "mark", error), KN_OK);
    return two_statements(w, c, error); /* to be part of it, it is called */
}

static void test_transact__inside_only_savepoints_are_allowed(void **state)
{
    fake_backend b;
    work w = {0};

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_transact(b.c, KN_READ, meddle, &w, NULL, &b.error));
    assert_int_equal(w.runs, 2);
    assert_int_equal(count_verbs(&b, "begin read"), 1);
    assert_int_equal(count_verbs(&b, "commit"), 1);
    fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error)); /* afterwards they are the program's again */
    fake_refused(&b, KN_STATE, kn_transact(b.c, KN_WRITE, two_statements, &w, NULL, &b.error));
    assert_true(kn_in_transaction(b.c)); /* which is left alone */
    assert_int_equal(w.runs, 2);
    fake_ok(&b, kn_rollback(b.c, &b.error));
    fake_backend_close(&b);
}

/* A transaction that is gone before it was rolled back may be stored, also when a failure came behind that: once is
 * enough. */
static kn_status swallow(void *context, kn_connection *c, kn_error *error)
{
    work *w = context;

    (void)error;
    w->runs++;
    (void)kn_execute(c, KN_SQL("UPDATE one"), KN_NO_ARGS, NULL, NULL);
    return KN_OK;
}

static void test_transact__a_transaction_that_ended_by_itself_is_told(void **state)
{
    fake_backend b;
    work w = {0};

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_server_fail(
        b.server,
        (fake_fault){.slot = FAKE_EXECUTE, .status = KN_BUSY, .retry = KN_RETRY_TRANSACTION, .ends_transaction = true});
    fake_refused(&b, KN_NOT_IN_TRANSACTION, kn_transact(b.c, KN_WRITE, swallow, &w, NULL, &b.error));
    assert_int_equal(w.runs, 1);
    assert_int_equal(b.error.commit, KN_COMMIT_LOST);
    assert_int_equal(b.error.retry, KN_RETRY_NEVER);
    fake_server_fail(
        b.server,
        (fake_fault){.slot = FAKE_EXECUTE, .status = KN_BUSY, .retry = KN_RETRY_TRANSACTION, .ends_transaction = true});
    fake_refused(&b, KN_BUSY, kn_transact(b.c, KN_WRITE, two_statements, &w, NULL, &b.error));
    assert_int_equal(w.runs, 2);
    assert_int_equal(b.error.commit, KN_COMMIT_LOST);
    assert_int_equal(b.error.retry, KN_RETRY_NEVER);
    fake_server_fail(
        b.server,
        (fake_fault){.slot = FAKE_EXECUTE, .status = KN_LINK_LOST, .retry = KN_RETRY_CONNECTION, .drops = true});
    fake_refused(&b, KN_LINK_LOST, kn_transact(b.c, KN_WRITE, swallow, &w, NULL, &b.error));
    assert_int_equal(w.runs, 3);
    fake_backend_close(&b);
}

static void test_transact__wrong_arguments_are_refused(void **state)
{
    kn_transact_options empty = {.size_ = 0}, later[2] = {{.size_ = sizeof(later), .attempts = 1}};
    fake_backend b;
    work w = {0};

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_refused(&b, KN_INVALID, kn_transact(b.c, KN_WRITE, NULL, &w, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_transact(NULL, KN_WRITE, two_statements, &w, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_transact(b.c, (kn_access)7, two_statements, &w, NULL, &b.error));
    fake_refused(&b, KN_INVALID, kn_transact(b.c, KN_WRITE, two_statements, &w, &empty, &b.error));
    assert_int_equal(count_verbs(&b, ""), 0);
    fake_ok(&b, kn_transact(b.c, KN_WRITE, two_statements, &w, later, &b.error)); /* of a later version */
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transact__each_failure_in_each_place_runs_it_again_or_not),
        cmocka_unit_test(test_transact__tries_as_often_as_it_may),
        cmocka_unit_test(test_transact__waits_longer_each_time),
        cmocka_unit_test(test_transact__begins_no_run_after_its_deadline),
        cmocka_unit_test(test_transact__sleeps_by_itself),
        cmocka_unit_test(test_transact__what_the_callback_returns_decides),
        cmocka_unit_test(test_transact__a_hidden_error_is_not_run_again),
        cmocka_unit_test(test_transact__a_rollback_that_fails_ends_it),
        cmocka_unit_test(test_transact__inside_only_savepoints_are_allowed),
        cmocka_unit_test(test_transact__a_transaction_that_ended_by_itself_is_told),
        cmocka_unit_test(test_transact__wrong_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
