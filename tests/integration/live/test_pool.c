/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* backends: all */
/* The pool over real connections: what the fake backend is asked in engine/test_pool.c, asked of each backend. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "items.h"

static void test_pool__opens_when_needed_and_hands_out_the_last_returned(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *other = NULL, *again = NULL;

    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = 3));
    assert_int_equal(stats_of(db).open, 1);
    assert_ok(db, kn_connect(db->engine, &other, &db->error));
    assert_int_equal(stats_of(db).open, 2);
    assert_int_equal(stats_of(db).in_use, 2);
    kn_release(other);
    assert_int_equal(stats_of(db).idle, 1);
    assert_ok(db, kn_connect(db->engine, &again, &db->error));
    assert_ptr_equal(again, other);
    assert_int_equal(count_items(again), 0);
    assert_int_equal(stats_of(db).opened, 2);
    kn_release(again);
}

static void test_pool__a_full_pool_times_out_and_goes_on(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *second = NULL;

    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = 1, .pool_wait_ms = 20));
    assert_refused(db, KN_TIMEOUT, kn_connect(db->engine, &second, &db->error));
    assert_null(second);
    assert_int_equal(db->error.retry, KN_RETRY_CONNECTION);
    assert_int_equal(stats_of(db).timed_out, 1);
    insert_item(db, "a");
    kn_release(db->c);
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
    assert_int_equal(count_items(db->c), 1);
}

/* An open that fails: of a database that is not there, until it is. */
static void test_pool__a_failed_open_gives_its_place_back(void **state)
{
    test_database *db = test_database_of(state);
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    char url[KN_TESTING_URL_MAX + 16];
    const char *options = strchr(db->url, '?');
    int head = (int)(options ? (size_t)(options - db->url) : strlen(db->url));

    snprintf(url, sizeof(url), "%.*s/no/such%s", head, db->url, options ? options : "");
    assert_ok(db, kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = db->registry, .pool_max = 1, .pool_wait_ms = 20),
                                   &engine, &db->error));
    for (int i = 0; i < 3; i++) {
        kn_status status = kn_connect(engine, &c, &db->error);
        kn_pool_stats stats = {.size_ = sizeof(stats)};
        assert_true(status == KN_CONNECT || status == KN_NO_SUCH);
        assert_null(c);
        kn_engine_stats(engine, &stats);
        assert_int_equal(stats.open, 0);
        assert_int_equal(stats.timed_out, 0);
    }
    kn_engine_destroy(engine);
}

static void test_pool__close_idle_closes_the_idle_now_and_the_used_when_returned(void **state)
{
    test_database *db = test_database_of(state);

    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = 2));
    kn_release(db->c);
    kn_engine_close_idle(db->engine);
    assert_int_equal(stats_of(db).open, 0);
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
    kn_engine_close_idle(db->engine);
    assert_int_equal(stats_of(db).open, 1);
    insert_item(db, "a");
    kn_release(db->c);
    db->c = NULL;
    assert_int_equal(stats_of(db).open, 0);
}

static void test_pool__what_was_left_open_is_ended_on_return(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result = NULL;

    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = 1));
    insert_item(db, "kept");
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "forgotten");
    assert_ok(db, kn_prepare_query(db->c, &all_items.node, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    kn_release(db->c);
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
    assert_int_equal(stats_of(db).opened, 1);
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(count_items(db->c), 1);
    insert_item(db, "another");
}

/* What the child does with what it inherits reaches nobody: the parent's transaction goes on. */
static int use_in_child(test_database *db, kn_result *reading)
{
    kn_connection *own = NULL;
    Item item = {.name = "of the child"};

    if (kn_next(reading, NULL) != KN_FORKED || kn_commit(db->c, NULL) != KN_FORKED ||
        kn_rollback(db->c, NULL) != KN_FORKED || kn_cancel(db->c, NULL) != KN_FORKED)
        return 1;
    if (kn_insert(db->c, KN_OBJECT(Item, &item), NULL) != KN_FORKED)
        return 2;
    kn_result_close(reading);
    kn_release(db->c);
    if (kn_connect(db->engine, &own, NULL) != KN_OK)
        return 3;
    if (count_items(own) != 1) /* of its own, it does not see what is not committed */
        return 4;
    kn_release(own);
    kn_engine_destroy(db->engine);
    return 0;
}

static void test_pool__a_forked_child_abandons_what_it_inherits(void **state)
{
    test_database *db = test_database_of(state);
    kn_connection *idle = NULL;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int code = -1;
    pid_t child;

    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = 3));
    insert_item(db, "a");
    assert_ok(db, kn_connect(db->engine, &idle, &db->error));
    kn_release(idle);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    insert_item(db, "b");
    assert_ok(db, kn_prepare_query(db->c, &all_items.node, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    child = fork();
    if (child == 0)
        _exit(use_in_child(db, result));
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_ok(db, kn_next(result, &db->error));
    assert_int_equal(kn_next(result, &db->error), KN_DONE);
    kn_statement_finish(statement);
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_ok(db, kn_connect(db->engine, &idle, &db->error));
    assert_int_equal(count_items(idle), 2);
    kn_release(idle);
    assert_int_equal(stats_of(db).broken, 0);
}

/* Sixteen threads, four connections; each round takes one, uses it alone, gives it back in whatever state. */
enum { THREADS = 16, ROUNDS = 20, PLACES = 4 };

typedef struct crowd {
    kn_engine *engine;
    atomic_uint in_use, most, failures;
} crowd;

static void use(crowd *all, kn_connection *c, unsigned round)
{
    unsigned now = atomic_fetch_add(&all->in_use, 1) + 1, most = atomic_load(&all->most);
    Item item = {.stock = KN_SOME((int32_t)round)};

    while (now > most && !atomic_compare_exchange_weak(&all->most, &most, now))
        continue;
    if (kn_begin(c, KN_WRITE, NULL) != KN_OK || kn_insert(c, KN_OBJECT(Item, &item), NULL) != KN_OK)
        atomic_fetch_add(&all->failures, 1);
    if (round % 2 && kn_commit(c, NULL) != KN_OK)
        atomic_fetch_add(&all->failures, 1);
    atomic_fetch_sub(&all->in_use, 1);
}

static void *worker(void *argument)
{
    crowd *all = argument;

    for (unsigned i = 0; i < ROUNDS; i++) {
        kn_connection *c = NULL;
        if (kn_connect(all->engine, &c, NULL) != KN_OK) {
            atomic_fetch_add(&all->failures, 1);
            continue;
        }
        use(all, c, i);
        kn_release(c);
        if (i % 7 == 0)
            kn_engine_close_idle(all->engine);
    }
    return NULL;
}

static void test_pool__sixteen_threads_share_four_connections(void **state)
{
    test_database *db = test_database_of(state);
    pthread_t threads[THREADS];
    crowd all;
    kn_pool_stats stats;

    test_database_connect(db, KN_ENGINE_OPTIONS(.pool_max = PLACES, .pool_wait_ms = 60000));
    kn_release(db->c);
    all.engine = db->engine;
    atomic_init(&all.in_use, 0);
    atomic_init(&all.most, 0);
    atomic_init(&all.failures, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker, &all), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    stats = stats_of(db);
    assert_int_equal(atomic_load(&all.failures), 0);
    assert_in_range(atomic_load(&all.most), 1, PLACES);
    assert_int_equal(stats.checked_out, THREADS * ROUNDS + 1);
    assert_int_equal(stats.in_use, 0);
    assert_int_equal(stats.opened - stats.closed, stats.open);
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
    assert_int_equal(count_items(db->c), THREADS * ROUNDS / 2);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_items, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_pool__opens_when_needed_and_hands_out_the_last_returned),
        EACH(test_pool__a_full_pool_times_out_and_goes_on),
        EACH(test_pool__a_failed_open_gives_its_place_back),
        EACH(test_pool__close_idle_closes_the_idle_now_and_the_used_when_returned),
        EACH(test_pool__what_was_left_open_is_ended_on_return),
        EACH(test_pool__a_forked_child_abandons_what_it_inherits),
        EACH(test_pool__sixteen_threads_share_four_connections),
    };
    return cmocka_run_group_tests_name("integration/live/pool", tests, NULL, NULL);
}
