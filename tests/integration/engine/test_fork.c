/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* A forked child holds the parent's handles. Whatever it does with them, nothing reaches the parent's server. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/fake_backend.h"

#include "engine/engine.h"

/* Runs in a child; the exit code is the number of the check that failed, 0 = none. */
static void in_child(int (*check)(fake_backend *b, void *context), fake_backend *b, void *context)
{
    int code = -1;
    pid_t child = fork();

    if (child == 0) {
        int failed = check(b, context);
        _exit(failed);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
}

static uint64_t sent(const fake_server *server)
{
    uint64_t calls = 0;

    for (int slot = 0; slot < FAKE_SLOTS; slot++)
        if (slot != FAKE_ABANDON)
            calls += fake_server_count(server, (fake_slot)slot);
    return calls;
}

typedef struct handles {
    kn_statement *idle, *reading;
    kn_result *result;
} handles;

static int use_what_is_inherited(fake_backend *b, void *context)
{
    handles *h = context;
    uint64_t before = sent(b->server);
    Item item = {.id = 1};
    kn_error error = {0};
    kn_statement *other = NULL;
    kn_rows *rows = NULL;
    static const kn_select items = KN_SELECT(KN_FROM(Item));

    if (kn_next(h->result, &error) != KN_FORKED)
        return 1;
    if (kn_run(h->idle, KN_NO_ARGS, NULL, &error) != KN_FORKED)
        return 2;
    if (kn_prepare(b->c, KN_SQL("Z"), &other, &error) != KN_FORKED || kn_cancel(b->c, &error) != KN_FORKED)
        return 3;
    if (kn_begin(b->c, KN_WRITE, &error) != KN_FORKED || kn_commit(b->c, &error) != KN_FORKED ||
        kn_rollback(b->c, &error) != KN_FORKED || kn_savepoint(b->c, "s", &error) != KN_FORKED)
        return 4;
    if (kn_insert(b->c, KN_OBJECT(Item, &item), &error) != KN_FORKED ||
        kn_insert_many(b->c, KN_OBJECT(Item, &item), 1, &error) != KN_FORKED ||
        kn_update(b->c, KN_OBJECT(Item, &item), &error) != KN_FORKED ||
        kn_delete(b->c, KN_OBJECT(Item, &item), &error) != KN_FORKED ||
        kn_list(b->c, &items, KN_NO_ARGS, 0, &rows, &error) != KN_FORKED)
        return 5;
    kn_result_close(h->result);
    kn_statement_finish(h->reading);
    kn_statement_finish(h->idle);
    kn_release(b->c);
    if (sent(b->server) != before || fake_server_count(b->server, FAKE_ABANDON) != 1)
        return 6;
    kn_engine_destroy(b->engine);
    return sent(b->server) == before ? 0 : 7;
}

static void test_fork__a_child_sends_nothing_through_what_it_inherits(void **state)
{
    static const uint32_t caches[] = {0, UINT32_MAX};
    fake_backend b;
    handles h;

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(caches); i++) {
        int64_t id = 0;
        fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.statement_cache = caches[i]));
        fake_ok(&b, kn_begin(b.c, KN_WRITE, &b.error));
        fake_ok(&b, kn_prepare(b.c, KN_SQL("X"), &h.idle, &b.error));
        fake_ok(&b, kn_prepare(b.c, KN_SQL("SELECT 1"), &h.reading, &b.error));
        fake_ok(&b, kn_open(h.reading, KN_NO_ARGS, &h.result, &b.error));
        fake_ok(&b, kn_next(h.result, &b.error));
        in_child(use_what_is_inherited, &b, &h);
        fake_ok(&b, kn_get_int(h.result, 0, &id, &b.error)); /* and the parent goes on */
        fake_ok(&b, kn_next(h.result, &b.error));
        kn_result_close(h.result);
        fake_ok(&b, kn_run(h.idle, KN_NO_ARGS, NULL, &b.error));
        fake_ok(&b, kn_commit(b.c, &b.error));
        fake_backend_close(&b);
    }
}

static int look_first(fake_backend *b, void *context)
{
    kn_pool_stats stats = {.size_ = sizeof(stats)};

    (void)context;
    alarm(20); /* a mutex that nobody will release must not be waited for */
    if (strcmp(kn_engine_dialect(b->engine), "fake") != 0)
        return 1;
    kn_engine_stats(b->engine, &stats);
    if (stats.open != 0 || stats.max != 5)
        return 2;
    kn_release(b->c);
    b->c = NULL;
    if (kn_connect(b->engine, &b->c, NULL) != KN_OK)
        return 3;
    kn_release(b->c);
    kn_engine_destroy(b->engine);
    return 0;
}

static void test_fork__a_child_starts_with_an_empty_pool(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    in_child(look_first, &b, NULL);
    fake_backend_close(&b);
}

/* Threads of the child that come at once: one of them starts over, once. */
enum { THREADS = 8 };

typedef struct starter {
    kn_engine *engine;
    kn_connection *inherited;
    pthread_barrier_t *barrier;
    bool ok;
} starter;

static void *connect_at_once(void *argument)
{
    starter *s = argument;
    kn_connection *c = NULL;

    pthread_barrier_wait(s->barrier);
    s->ok = kn_connect(s->engine, &c, NULL) == KN_OK && kn_execute(c, KN_SQL("X"), KN_NO_ARGS, NULL, NULL) == KN_OK &&
            kn_begin(s->inherited, KN_WRITE, NULL) == KN_FORKED;
    kn_release(c);
    return NULL;
}

static int start_over_at_once(fake_backend *b, void *context)
{
    pthread_t threads[THREADS];
    starter starters[THREADS];
    pthread_barrier_t barrier;
    kn_pool_stats stats = {.size_ = sizeof(stats)};
    bool ok = true;

    (void)context;
    alarm(60);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        starters[i] = (starter){.engine = b->engine, .inherited = b->c, .barrier = &barrier};
        if (pthread_create(&threads[i], NULL, connect_at_once, &starters[i]) != 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ok = ok && starters[i].ok;
    }
    kn_engine_stats(b->engine, &stats);
    return !ok ? 2 : stats.checked_out != THREADS ? 3 : stats.in_use != 0 ? 4 : 0;
}

static void test_fork__threads_of_a_child_start_over_once(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        fake_backend b;
        fake_backend_open(&b, "fake://s/", NULL);
        in_child(start_over_at_once, &b, NULL);
        fake_backend_close(&b);
    }
}

static int work_in_child(fake_backend *b, void *context)
{
    kn_connection *c = NULL;

    (void)context;
    alarm(20);
    for (int i = 0; i < 50; i++) {
        char sql[32];
        snprintf(sql, sizeof(sql), "X %d", i);
        if (kn_connect(b->engine, &c, NULL) != KN_OK)
            return 1;
        if (kn_execute(c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, NULL) != KN_OK)
            return 2;
        kn_release(c);
    }
    return 0;
}

/* As if threads that the child lacks were in the pool, in the cache and in the choice of the dialect. */
static void test_fork__locks_that_were_held_do_not_hold_up_the_child(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_execute(b.c, KN_SQL("X 1"), KN_NO_ARGS, NULL, &b.error));
    pthread_mutex_lock(&b.engine->pool.mutex);
    pthread_mutex_lock(&b.engine->shapes.mutex);
    pthread_mutex_lock(&b.engine->target_mutex);
    in_child(work_in_child, &b, NULL);
    pthread_mutex_unlock(&b.engine->pool.mutex);
    pthread_mutex_unlock(&b.engine->shapes.mutex);
    pthread_mutex_unlock(&b.engine->target_mutex);
    fake_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fork__a_child_sends_nothing_through_what_it_inherits),
        cmocka_unit_test(test_fork__a_child_starts_with_an_empty_pool),
        cmocka_unit_test(test_fork__threads_of_a_child_start_over_once),
        cmocka_unit_test(test_fork__locks_that_were_held_do_not_hold_up_the_child),
    };
    return cmocka_run_group_tests_name("integration/engine/fork", tests, NULL, NULL);
}
