/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* The pool over the fake backend: bounds, order, reset, faults, forks, threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"

#include <koine/koine.h>

#include "../drivers/fake/fake.h"

typedef struct pool_fixture {
    fake_server *server;
    kn_registry *registry;
    kn_engine *engine;
} pool_fixture;

static void start(pool_fixture *f, const kn_engine_options *options)
{
    kn_engine_options with = *options;

    *f = (pool_fixture){.server = fake_server_start("pool", kn_allocator_default())};
    assert_non_null(f->server);
    assert_int_equal(kn_registry_create(NULL, &f->registry, NULL), KN_OK);
    assert_int_equal(kn_registry_add(f->registry, koine_plugin_fake, NULL), KN_OK);
    with.registry = f->registry;
    assert_int_equal(kn_engine_create("fake://pool/", &with, &f->engine, NULL), KN_OK);
}

static kn_pool_stats stats_of(const pool_fixture *f)
{
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    kn_engine_stats(f->engine, &stats);
    return stats;
}

/* Everything went back, nothing was broken, nothing leaked. */
static void stop(pool_fixture *f)
{
    fake_live live;

    kn_engine_destroy(f->engine);
    kn_registry_destroy(f->registry);
    live = fake_server_live(f->server);
    assert_int_equal(live.connections, 0);
    assert_int_equal(live.statements, 0);
    assert_int_equal(live.executions, 0);
    assert_int_equal(live.transactions, 0);
    assert_int_equal(live.cancels, 0);
    assert_null(fake_server_violation(f->server));
    fake_server_stop(f->server);
}

static void test_pool__opens_when_needed_and_hands_out_the_last_returned(void **state)
{
    pool_fixture f;
    kn_connection *a = NULL, *b = NULL, *c = NULL;

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 3));
    assert_int_equal(stats_of(&f).open, 0);
    assert_int_equal(kn_connect(f.engine, &a, NULL), KN_OK);
    assert_int_equal(kn_connect(f.engine, &b, NULL), KN_OK);
    assert_int_equal(stats_of(&f).open, 2);
    assert_int_equal(stats_of(&f).in_use, 2);
    kn_release(a);
    kn_release(b);
    assert_int_equal(stats_of(&f).idle, 2);
    assert_int_equal(kn_connect(f.engine, &c, NULL), KN_OK);
    assert_ptr_equal(c, b);
    assert_int_equal(stats_of(&f).opened, 2);
    kn_release(c);
    kn_release(NULL);
    stop(&f);
}

static void test_pool__a_full_pool_times_out_and_goes_on(void **state)
{
    pool_fixture f;
    kn_connection *a = NULL, *b = NULL;
    kn_error error = {0};

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 1, .pool_wait_ms = 20));
    assert_int_equal(kn_connect(f.engine, &a, NULL), KN_OK);
    assert_int_equal(kn_connect(f.engine, &b, &error), KN_TIMEOUT);
    assert_null(b);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
    assert_int_equal(stats_of(&f).timed_out, 1);
    assert_int_equal(stats_of(&f).waiting, 0);
    kn_release(a);
    assert_int_equal(kn_connect(f.engine, &b, NULL), KN_OK);
    kn_release(b);
    stop(&f);
}

static void test_pool__a_failed_open_gives_its_place_back(void **state)
{
    pool_fixture f;
    kn_connection *a = NULL;
    kn_error error = {0};

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 1, .pool_wait_ms = 20));
    fake_server_fail(f.server, (fake_fault){.slot = FAKE_OPEN, .status = KN_AUTH});
    assert_int_equal(kn_connect(f.engine, &a, &error), KN_AUTH);
    assert_int_equal(stats_of(&f).open, 0);
    assert_int_equal(kn_connect(f.engine, &a, &error), KN_OK);
    kn_release(a);
    stop(&f);
}

static void test_pool__a_broken_connection_is_closed_and_replaced(void **state)
{
    static const fake_slot slots[] = {FAKE_PREPARE, FAKE_EXECUTE, FAKE_END, FAKE_RESET};
    pool_fixture f;

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 1));
    for (size_t i = 0; i < KN_COUNT_OF(slots); i++) {
        kn_connection *c = NULL;
        kn_error error = {0};
        kn_status status;
        assert_int_equal(kn_connect(f.engine, &c, NULL), KN_OK);
        fake_server_fail(f.server, (fake_fault){.slot = slots[i], .status = KN_LINK_LOST, .drops = true});
        status = kn_execute(c, KN_SQL("X"), KN_NO_ARGS, NULL, &error);
        assert_int_equal(status, slots[i] == FAKE_RESET ? KN_OK : KN_LINK_LOST);
        if (status != KN_OK) /* and it stays so: nothing reconnects in silence */
            assert_int_equal(kn_execute(c, KN_SQL("X"), KN_NO_ARGS, NULL, &error), KN_LINK_LOST);
        kn_release(c);
        assert_int_equal(stats_of(&f).open, 0);
        assert_int_equal(stats_of(&f).broken, i + 1);
        assert_int_equal(kn_connect(f.engine, &c, NULL), KN_OK);
        assert_int_equal(kn_execute(c, KN_SQL("X"), KN_NO_ARGS, NULL, &error), KN_OK);
        kn_release(c);
    }
    stop(&f);
}

static void test_pool__close_idle_closes_the_idle_now_and_the_used_when_returned(void **state)
{
    pool_fixture f;
    kn_connection *c = NULL;

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 2));
    assert_int_equal(kn_connect(f.engine, &c, NULL), KN_OK);
    kn_release(c);
    kn_engine_close_idle(f.engine);
    assert_int_equal(stats_of(&f).open, 0);
    assert_int_equal(kn_connect(f.engine, &c, NULL), KN_OK);
    kn_engine_close_idle(f.engine);
    assert_int_equal(stats_of(&f).open, 1);
    kn_release(c);
    assert_int_equal(stats_of(&f).open, 0);
    stop(&f);
}

static void test_pool__what_was_left_open_is_ended_on_return(void **state)
{
    static const kn_value row = {.kind = KN_KIND_INT};
    pool_fixture f;
    kn_connection *c = NULL;
    kn_statement *statement = NULL;
    kn_result *result = NULL;

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 1));
    fake_server_answer(f.server, &(fake_answer){.sql = "SELECT", .n_columns = 1, .rows = &row, .n_rows = 1});
    assert_int_equal(kn_connect(f.engine, &c, NULL), KN_OK);
    assert_int_equal(kn_begin(c, KN_WRITE, NULL), KN_OK);
    assert_int_equal(kn_prepare(c, KN_SQL("SELECT 1"), &statement, NULL), KN_OK);
    assert_int_equal(kn_open(statement, KN_NO_ARGS, &result, NULL), KN_OK);
    kn_release(c);
    assert_int_equal(fake_server_live(f.server).executions, 0);
    assert_int_equal(fake_server_live(f.server).transactions, 0);
    stop(&f);
}

static void test_pool__a_forked_child_abandons_what_it_inherits(void **state)
{
    pool_fixture f;
    kn_connection *used = NULL, *idle = NULL;
    int code = -1;
    pid_t child;

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = 3));
    assert_int_equal(kn_connect(f.engine, &used, NULL), KN_OK);
    assert_int_equal(kn_connect(f.engine, &idle, NULL), KN_OK);
    kn_release(idle);
    child = fork();
    if (child == 0) {
        kn_connection *own = NULL;
        kn_error error = {0};
        bool ok = kn_execute(used, KN_SQL("X"), KN_NO_ARGS, NULL, &error) == KN_FORKED;
        ok = ok && kn_connect(f.engine, &own, NULL) == KN_OK;
        ok = ok && kn_execute(own, KN_SQL("X"), KN_NO_ARGS, NULL, NULL) == KN_OK;
        ok = ok && kn_execute(used, KN_SQL("X"), KN_NO_ARGS, NULL, NULL) == KN_FORKED;
        kn_release(own);
        kn_release(used);
        ok = ok && fake_server_count(f.server, FAKE_ABANDON) == 2 && fake_server_count(f.server, FAKE_CLOSE) == 0;
        kn_engine_destroy(f.engine);
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_int_equal(kn_execute(used, KN_SQL("X"), KN_NO_ARGS, NULL, NULL), KN_OK);
    kn_release(used);
    stop(&f);
}

/* Sixteen threads, four connections; each round takes one, uses it alone, gives it back. */
enum { THREADS = 16, ROUNDS = 300, PLACES = 4 };

typedef struct crowd {
    pool_fixture *f;
    atomic_uint in_use, most, failures;
} crowd;

static void use(crowd *all, kn_connection *c, unsigned round)
{
    unsigned now = atomic_fetch_add(&all->in_use, 1) + 1, most = atomic_load(&all->most);

    while (now > most && !atomic_compare_exchange_weak(&all->most, &most, now))
        continue;
    if (kn_begin(c, KN_WRITE, NULL) != KN_OK)
        atomic_fetch_add(&all->failures, 1);
    if (kn_execute(c, KN_SQL("INSERT ?"), KN_ARGS(kn_int(round)), NULL, NULL) != KN_OK)
        atomic_fetch_add(&all->failures, 1);
    if (round % 3 && kn_commit(c, NULL) != KN_OK)
        atomic_fetch_add(&all->failures, 1);
    atomic_fetch_sub(&all->in_use, 1);
}

static void *worker(void *argument)
{
    crowd *all = argument;

    for (unsigned i = 0; i < ROUNDS; i++) {
        kn_connection *c = NULL;
        if (kn_connect(all->f->engine, &c, NULL) != KN_OK) {
            atomic_fetch_add(&all->failures, 1);
            continue;
        }
        use(all, c, i);
        kn_release(c);
        if (i % 97 == 0)
            kn_engine_close_idle(all->f->engine);
    }
    return NULL;
}

static void test_pool__sixteen_threads_share_four_connections(void **state)
{
    pool_fixture f;
    pthread_t threads[THREADS];
    crowd all;
    kn_pool_stats stats;

    (void)state;
    start(&f, KN_ENGINE_OPTIONS(.pool_max = PLACES, .pool_wait_ms = 60000));
    all.f = &f;
    atomic_init(&all.in_use, 0);
    atomic_init(&all.most, 0);
    atomic_init(&all.failures, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker, &all), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    stats = stats_of(&f);
    assert_int_equal(atomic_load(&all.failures), 0);
    assert_in_range(atomic_load(&all.most), 1, PLACES);
    assert_in_range(fake_server_live(f.server).most_connections, 1, PLACES);
    assert_int_equal(stats.checked_out, THREADS * ROUNDS);
    assert_int_equal(stats.in_use, 0);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.opened - stats.closed, stats.open);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__opens_when_needed_and_hands_out_the_last_returned),
        cmocka_unit_test(test_pool__a_full_pool_times_out_and_goes_on),
        cmocka_unit_test(test_pool__a_failed_open_gives_its_place_back),
        cmocka_unit_test(test_pool__a_broken_connection_is_closed_and_replaced),
        cmocka_unit_test(test_pool__close_idle_closes_the_idle_now_and_the_used_when_returned),
        cmocka_unit_test(test_pool__what_was_left_open_is_ended_on_return),
        cmocka_unit_test(test_pool__a_forked_child_abandons_what_it_inherits),
        cmocka_unit_test(test_pool__sixteen_threads_share_four_connections),
    };
    return cmocka_run_group_tests_name("integration/engine/pool", tests, NULL, NULL);
}
