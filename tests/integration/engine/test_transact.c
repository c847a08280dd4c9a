/* SPDX-License-Identifier: MIT */
/* backends: all */
/* kn_transact against real locks: deadlocks, lock timeouts, serialization failures and a killed link. What is counted
 * in the database says how often the work took effect. */
#include <pthread.h>

#include "support/database.h"

#include <koine/transact.h>

static bool is_file(const test_database *db)
{
    return db->folder[0] != 0;
}

static bool is_mariadb(const test_database *db)
{
    return strcmp(kn_connection_backend(db->c)->product, "mariadb") == 0;
}

static int open_counters(void **state)
{
    test_database *db;

    test_database_prepare(state);
    db = test_database_of(state);
    if (is_file(db)) /* a lock is not waited for by the backend: kn_transact does */
        snprintf(db->url + strlen(db->url), sizeof(db->url) - strlen(db->url), "?busy_timeout_ms=0");
    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = 10));
    assert_ok(db, kn_execute(db->c, KN_SQL("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"),
                             KN_NO_ARGS, NULL, &db->error));
    assert_ok(db,
              kn_execute(db->c, KN_SQL("INSERT INTO counters VALUES (1, 0), (2, 0)"), KN_NO_ARGS, NULL, &db->error));
    return 0;
}

static int64_t first_cell(test_database *db, kn_connection *c, const char *sql)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t n = -1;

    assert_ok(db, kn_prepare(c, kn_unchecked_sql(sql), &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_int(result, 0, &n, &db->error));
    kn_result_close(result);
    kn_statement_finish(statement);
    return n;
}

static int64_t counter(test_database *db, int id)
{
    return first_cell(db, db->c,
                      id == 1 ? "SELECT n FROM counters WHERE id = 1" : "SELECT n FROM counters WHERE id = 2");
}

static kn_status count_up(kn_connection *c, int64_t id, kn_error *error)
{
    const kn_value key = kn_int(id);

    return kn_execute(c, KN_SQL("UPDATE counters SET n = n + 1 WHERE id = ?"), &key, 1, NULL, error);
}

static kn_status run_sql(kn_connection *c, const char *sql, kn_error *error)
{
    return kn_execute(c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, error);
}

/* ---- a lock that another holds, until the work waits for its next run ---- */
typedef struct held {
    test_database *db;
    kn_connection *other;
    unsigned runs;
    int64_t waited_us;
} held;

static void let_go(void *context, int64_t microseconds)
{
    held *h = context;

    h->waited_us += microseconds;
    if (kn_in_transaction(h->other))
        assert_int_equal(kn_rollback(h->other, NULL), KN_OK);
}

static kn_status count_impatiently(void *context, kn_connection *c, kn_error *error)
{
    held *h = context;
    kn_status status = KN_OK;

    h->runs++;
    if (!is_file(h->db))
        status = run_sql(
            c, is_mariadb(h->db) ? "SET SESSION innodb_lock_wait_timeout = 1" : "SET LOCAL lock_timeout = '20ms'",
            error);
    if (status == KN_OK)
        status = count_up(c, 2, error);
    return status ? status : count_up(c, 1, error);
}

static void test_transact__a_lock_held_too_long_is_tried_again(void **state)
{
    test_database *db = test_database_of(state);
    held h = {.db = db};

    assert_ok(db, kn_connect(db->engine, &h.other, &db->error));
    assert_ok(db, kn_begin(h.other, KN_WRITE, &db->error));
    assert_ok(db, count_up(h.other, 1, &db->error));
    assert_ok(db, kn_transact(db->c, KN_WRITE, count_impatiently, &h,
                              KN_TRANSACT_OPTIONS(.wait = let_go, .wait_context = &h), &db->error));
    assert_int_equal(h.runs, is_file(db) ? 1 : 2); /* where one may write at a time, the begin is refused */
    assert_true(h.waited_us > 0);
    assert_int_equal(counter(db, 1), 1);
    assert_int_equal(counter(db, 2), 1);
    kn_release(h.other);
}

static void do_nothing(void *context, int64_t microseconds)
{
    (void)context;
    (void)microseconds;
}

static void test_transact__a_lock_that_stays_is_told(void **state)
{
    test_database *db = test_database_of(state);
    held h = {.db = db};

    assert_ok(db, kn_connect(db->engine, &h.other, &db->error));
    assert_ok(db, kn_begin(h.other, KN_WRITE, &db->error));
    assert_ok(db, count_up(h.other, 1, &db->error));
    assert_refused(db, KN_BUSY,
                   kn_transact(db->c, KN_WRITE, count_impatiently, &h,
                               KN_TRANSACT_OPTIONS(.attempts = 2, .wait = do_nothing), &db->error));
    assert_int_equal(db->error.retry, KN_RETRY_TRANSACTION);
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_true(db->error.native != 0 || db->error.sqlstate[0]);
    assert_ok(db, kn_rollback(h.other, &db->error));
    kn_release(h.other);
    assert_int_equal(counter(db, 1), 0);
    assert_int_equal(counter(db, 2), 0);
}

/* ---- a row that has changed since it was read ---- */
static kn_status read_then_count(void *context, kn_connection *c, kn_error *error)
{
    held *h = context;
    kn_status status;

    h->runs++;
    status = is_mariadb(h->db) ? KN_OK : run_sql(c, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", error);
    if (status != KN_OK)
        return status;
    assert_int_equal(first_cell(h->db, c, "SELECT n FROM counters WHERE id = 1"), h->runs - 1);
    if (h->runs == 1)
        assert_ok(h->db, count_up(h->other, 1, &h->db->error));
    return count_up(c, 1, error);
}

static void test_transact__a_serialization_failure_is_tried_again(void **state)
{
    test_database *db = test_database_of(state);
    held h = {.db = db};

    if (is_file(db))
        return; /* KN_WRITE lets nobody else write: there is no such failure */
    if (is_mariadb(db) &&
        kn_execute(db->c, KN_SQL("SET SESSION innodb_snapshot_isolation = ON"), KN_NO_ARGS, NULL, NULL) != KN_OK)
        return; /* older ones read what is committed when they write, whatever was read before */
    assert_ok(db, kn_connect(db->engine, &h.other, &db->error));
    assert_ok(db,
              kn_transact(db->c, KN_WRITE, read_then_count, &h, KN_TRANSACT_OPTIONS(.wait = do_nothing), &db->error));
    assert_int_equal(h.runs, 2);
    assert_int_equal(counter(db, 1), 2);
    kn_release(h.other);
}

/* ---- two that lock the same rows in opposite orders ---- */
enum { ROUNDS = 20 };

typedef struct crossing {
    kn_engine *engine;
    pthread_barrier_t *meet; /* NULL: they cannot be between their statements at the same time */
    int64_t first;
    unsigned runs;
    bool met;
    kn_status status;
    kn_error error;
} crossing;

static kn_status count_both(void *context, kn_connection *c, kn_error *error)
{
    crossing *x = context;
    kn_status status = count_up(c, x->first, error);

    x->runs++;
    if (x->meet && !x->met) {
        x->met = true;
        pthread_barrier_wait(x->meet);
    }
    return status ? status : count_up(c, 3 - x->first, error);
}

static void *cross(void *context)
{
    crossing *x = context;
    kn_connection *c = NULL;

    x->status = kn_connect(x->engine, &c, &x->error);
    for (int i = 0; i < ROUNDS && x->status == KN_OK; i++)
        x->status = kn_transact(c, KN_WRITE, count_both, x,
                                KN_TRANSACT_OPTIONS(.attempts = 500, .backoff_ms = 2, .backoff_max_ms = 50), &x->error);
    kn_release(c);
    return NULL;
}

static void test_transact__deadlocks_are_tried_again_and_counted_once(void **state)
{
    test_database *db = test_database_of(state);
    crossing all[2];
    pthread_t threads[2];
    pthread_barrier_t meet;
    unsigned runs = 0;

    assert_int_equal(pthread_barrier_init(&meet, NULL, 2), 0);
    for (size_t i = 0; i < KN_COUNT_OF(all); i++)
        all[i] = (crossing){.engine = db->engine, .meet = is_file(db) ? NULL : &meet, .first = 1 + (int64_t)(i % 2)};
    for (size_t i = 0; i < KN_COUNT_OF(all); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, cross, &all[i]), 0);
    for (size_t i = 0; i < KN_COUNT_OF(all); i++) {
        pthread_join(threads[i], NULL);
        if (all[i].status != KN_OK)
            fail_msg("%s: %s", kn_status_name(all[i].status), all[i].error.message);
        runs += all[i].runs;
    }
    pthread_barrier_destroy(&meet);
    if (!is_file(db))
        assert_true(runs > 2 * ROUNDS); /* there was a deadlock */
    assert_int_equal(counter(db, 1), 2 * ROUNDS);
    assert_int_equal(counter(db, 2), 2 * ROUNDS);
}

/* ---- failures that are not tried again ---- */
static kn_status count_and_fail(void *context, kn_connection *c, kn_error *error)
{
    unsigned *runs = context;
    kn_status status = count_up(c, 1, error);

    ++*runs;
    return status ? status : run_sql(c, "INSERT INTO counters VALUES (2, 0)", error);
}

static void test_transact__a_constraint_rolls_back_and_runs_once(void **state)
{
    test_database *db = test_database_of(state);
    unsigned runs = 0;

    assert_refused(db, KN_UNIQUE, kn_transact(db->c, KN_WRITE, count_and_fail, &runs, NULL, &db->error));
    assert_int_equal(runs, 1);
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_int_equal(counter(db, 1), 0);
}

/* Its error is hidden: what the transaction did is not stored, on a backend that goes on and on one that does not. */
static kn_status fail_in_secret(void *context, kn_connection *c, kn_error *error)
{
    unsigned *runs = context;

    (void)error;
    ++*runs;
    return run_sql(c, "INSERT INTO counters VALUES (2, 0)", NULL) == KN_UNIQUE ? KN_OK : KN_INVALID;
}

static void test_transact__a_hidden_failure_is_not_repeated(void **state)
{
    test_database *db = test_database_of(state);
    unsigned runs = 0;
    kn_status status =
        kn_transact(db->c, KN_WRITE, fail_in_secret, &runs, KN_TRANSACT_OPTIONS(.wait = do_nothing), &db->error);

    if (status != KN_OK)
        assert_int_equal(status, KN_NOT_IN_TRANSACTION);
    assert_int_equal(runs, 1);
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(counter(db, 2), 0);
}

static kn_status commit_in_secret(void *context, kn_connection *c, kn_error *error)
{
    unsigned *runs = context;
    kn_status status = count_up(c, 1, error);

    ++*runs;
    return status ? status : run_sql(c, "COMMIT", error);
}

static void test_transact__a_commit_in_raw_sql_is_told(void **state)
{
    test_database *db = test_database_of(state);
    unsigned runs = 0;

    assert_refused(db, KN_NOT_IN_TRANSACTION, kn_transact(db->c, KN_WRITE, commit_in_secret, &runs, NULL, &db->error));
    assert_int_equal(runs, 1);
    assert_int_equal(db->error.commit, KN_COMMIT_LOST);
    assert_int_equal(counter(db, 1), 1);
}

/* What was committed is not done again for a failure behind it. */
static kn_status commit_and_fail(void *context, kn_connection *c, kn_error *error)
{
    kn_status status = commit_in_secret(context, c, error);

    if (status != KN_OK)
        return status;
    kn_error_set(error, KN_BUSY, "the program's own verdict");
    error->retry = KN_RETRY_TRANSACTION;
    return KN_BUSY;
}

static void test_transact__a_failure_behind_a_commit_in_raw_sql_is_not_repeated(void **state)
{
    test_database *db = test_database_of(state);
    unsigned runs = 0;

    assert_refused(
        db, KN_BUSY,
        kn_transact(db->c, KN_WRITE, commit_and_fail, &runs, KN_TRANSACT_OPTIONS(.wait = do_nothing), &db->error));
    assert_int_equal(runs, 1);
    assert_int_equal(db->error.commit, KN_COMMIT_LOST);
    assert_int_equal(db->error.retry, KN_RETRY_NEVER);
    assert_int_equal(counter(db, 1), 1);
}

/* The code of a deadlock from a program in the server, which has ended no transaction. */
static kn_status count_and_signal(void *context, kn_connection *c, kn_error *error)
{
    held *h = context;
    kn_status status = count_up(c, 1, error);

    if (status != KN_OK || ++h->runs > 1)
        return status;
    return run_sql(c,
                   is_mariadb(h->db) ? "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213"
                                     : "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END$$",
                   error);
}

static void test_transact__a_signalled_deadlock_is_rolled_back(void **state)
{
    test_database *db = test_database_of(state);
    held h = {.db = db};

    if (is_file(db))
        return;
    assert_ok(db,
              kn_transact(db->c, KN_WRITE, count_and_signal, &h, KN_TRANSACT_OPTIONS(.wait = do_nothing), &db->error));
    assert_int_equal(h.runs, 2);
    assert_int_equal(counter(db, 1), 1);
}

static kn_status count_and_die(void *context, kn_connection *c, kn_error *error)
{
    held *h = context;
    char sql[80];
    int64_t id;
    kn_status status = count_up(c, 1, error);

    h->runs++;
    if (status != KN_OK)
        return status;
    id = first_cell(h->db, c, is_mariadb(h->db) ? "SELECT connection_id()" : "SELECT pg_backend_pid()");
    snprintf(sql, sizeof(sql), is_mariadb(h->db) ? "KILL %lld" : "DO $$BEGIN PERFORM pg_terminate_backend(%lld); END$$",
             (long long)id);
    assert_ok(h->db, run_sql(h->other, sql, &h->db->error));
    return count_up(c, 2, error);
}

static void test_transact__a_lost_link_is_not_replaced_in_silence(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *fresh = NULL;
    held h = {.db = db};

    if (is_file(db))
        return; /* there is no link */
    assert_ok(db, kn_connect(db->engine, &h.other, &db->error));
    assert_ok(db, kn_connect(db->engine, &fresh, &db->error));
    assert_refused(db, KN_LINK_LOST, kn_transact(fresh, KN_WRITE, count_and_die, &h, NULL, &db->error));
    assert_int_equal(h.runs, 1);
    assert_int_equal(db->error.retry, KN_RETRY_CONNECTION);
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_refused(db, KN_LINK_LOST, kn_transact(fresh, KN_WRITE, count_and_die, &h, NULL, &db->error));
    assert_int_equal(h.runs, 1);
    kn_release(fresh);
    assert_ok(db, kn_connect(db->engine, &fresh, &db->error)); /* another one works */
    assert_ok(db, count_up(fresh, 2, &db->error));
    kn_release(fresh);
    kn_release(h.other);
    assert_int_equal(counter(db, 1), 0);
    assert_int_equal(counter(db, 2), 1);
}

#define ON(f) cmocka_unit_test_setup_teardown(f, open_counters, test_database_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(test_transact__a_lock_held_too_long_is_tried_again),
        ON(test_transact__a_lock_that_stays_is_told),
        ON(test_transact__a_serialization_failure_is_tried_again),
        ON(test_transact__deadlocks_are_tried_again_and_counted_once),
        ON(test_transact__a_constraint_rolls_back_and_runs_once),
        ON(test_transact__a_hidden_failure_is_not_repeated),
        ON(test_transact__a_commit_in_raw_sql_is_told),
        ON(test_transact__a_failure_behind_a_commit_in_raw_sql_is_not_repeated),
        ON(test_transact__a_signalled_deadlock_is_rolled_back),
        ON(test_transact__a_lost_link_is_not_replaced_in_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
