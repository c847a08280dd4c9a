/* SPDX-License-Identifier: MIT */
/* labels: threads */
/* The cache of what statements are, shared by the connections of an engine. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "support/failing_allocator.h"
#include "support/fake_backend.h"

#include "engine/connection.h"

/* A maker that only counts; a shape without a statement. */
static kn_status make_nothing(void *context, kn__shape *shape, kn_error *error)
{
    (void)shape;
    (void)error;
    atomic_fetch_add((atomic_uint *)context, 1);
    return KN_OK;
}

static kn_status fail_to_make(void *context, kn__shape *shape, kn_error *error)
{
    (void)context;
    (void)shape;
    return kn_error_set(error, KN_SYNTAX, "not made");
}

static kn__key key_of(const char *text)
{
    kn__key key;

    kn__key_of_text(&key, kn_text_of(text), 1);
    return key;
}

static kn__shape *acquire(kn__shape_cache *cache, const char *text, atomic_uint *made)
{
    kn__key key = key_of(text);
    kn__shape *shape = NULL;

    assert_int_equal(kn__shape_acquire(cache, &key, make_nothing, made, &shape, NULL), KN_OK);
    assert_non_null(shape);
    return shape;
}

static void test_shape__what_was_made_is_found_again(void **state)
{
    kn__shape_cache cache;
    atomic_uint made = 0;
    char text[] = "SELECT 1";
    kn__shape *first, *again, *other;

    (void)state;
    assert_int_equal(kn__shape_cache_init(&cache, kn_allocator_default(), NULL), KN_OK);
    first = acquire(&cache, text, &made);
    text[7] = '2'; /* the key is the cache's own copy */
    other = acquire(&cache, text, &made);
    again = acquire(&cache, "SELECT 1", &made);
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other);
    assert_int_equal(made, 2);
    assert_int_equal(cache.count, 2);
    kn__shape_release(&cache, first);
    kn__shape_release(&cache, again);
    kn__shape_release(&cache, other);
    assert_ptr_equal(acquire(&cache, "SELECT 1", &made), first); /* released is not forgotten */
    kn__shape_cache_finish(&cache);
}

static void test_shape__what_fails_to_be_made_is_not_kept(void **state)
{
    kn__shape_cache cache;
    kn__key key = key_of("x");
    kn__shape *shape = NULL;
    kn_error error = {0};

    (void)state;
    assert_int_equal(kn__shape_cache_init(&cache, kn_allocator_default(), NULL), KN_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kn__shape_acquire(&cache, &key, fail_to_make, NULL, &shape, &error), KN_SYNTAX);
        assert_null(shape);
        assert_string_equal(error.message, "not made");
    }
    assert_int_equal(cache.count, 0);
    kn__shape_cache_finish(&cache);
}

/* Keys of equal hash are told apart by what they are. */
static void test_shape__keys_are_compared_not_only_hashed(void **state)
{
    static const uint16_t ab[] = {1, 2}, ba[] = {2, 1};
    static const kn_select select = KN_SELECT(KN_FROM(Item));
    kn__key keys[9];

    (void)state;
    kn__key_of_text(&keys[0], kn_text_of("a"), 7);
    kn__key_of_text(&keys[1], kn_text_of("ab"), 7);
    kn__key_of_text(&keys[2], kn_text_of(""), 7);
    kn__key_of_query(&keys[3], &select.node, 7);
    kn__key_of_verb(&keys[4], KN__VERB_INSERT, &Item_model, ab, 2, 1, 7);
    kn__key_of_verb(&keys[5], KN__VERB_INSERT, &Item_model, ba, 2, 1, 7);
    kn__key_of_verb(&keys[6], KN__VERB_UPDATE, &Item_model, ab, 2, 1, 7);
    kn__key_of_verb(&keys[7], KN__VERB_INSERT, &Item_model, ab, 2, 2, 7);
    keys[8] = keys[0];
    keys[8].features = 1;
    for (size_t i = 0; i < KN_COUNT_OF(keys); i++)
        for (size_t k = 0; k < KN_COUNT_OF(keys); k++) {
            keys[i].hash = keys[k].hash = 4711;
            assert_int_equal(kn__key_equal(&keys[i], &keys[k]), i == k);
        }
}

/* Never more than the bound and what is held. */
static void test_shape__the_cache_is_bounded(void **state)
{
    enum { HELD = 10, TEXTS = KN__SHAPES_MAX + 500 };
    kn__shape_cache cache;
    kn__shape *held[HELD];
    atomic_uint made = 0;
    char text[32];

    (void)state;
    assert_int_equal(kn__shape_cache_init(&cache, kn_allocator_default(), NULL), KN_OK);
    for (int i = 0; i < TEXTS; i++) {
        kn__shape *shape;
        (void)snprintf(text, sizeof(text), "text %d", i);
        shape = acquire(&cache, text, &made);
        if (i < HELD)
            held[i] = shape;
        else
            kn__shape_release(&cache, shape);
        assert_in_range(cache.count, 1, KN__SHAPES_MAX);
    }
    assert_int_equal(made, TEXTS);
    for (int i = 0; i < HELD; i++) { /* what was held is still there */
        (void)snprintf(text, sizeof(text), "text %d", i);
        assert_ptr_equal(acquire(&cache, text, &made), held[i]);
    }
    assert_int_equal(made, TEXTS);
    kn__shape_cache_finish(&cache);
}

/* When every one is held the bound gives way, rather than the program. */
static void test_shape__what_is_held_is_never_dropped(void **state)
{
    enum { TEXTS = KN__SHAPES_MAX + 50 };
    kn__shape_cache cache;
    kn__shape *shapes[TEXTS];
    atomic_uint made = 0;
    char text[32];

    (void)state;
    assert_int_equal(kn__shape_cache_init(&cache, kn_allocator_default(), NULL), KN_OK);
    for (int i = 0; i < TEXTS; i++) {
        (void)snprintf(text, sizeof(text), "text %d", i);
        shapes[i] = acquire(&cache, text, &made);
    }
    for (int i = 0; i < TEXTS; i++) {
        (void)snprintf(text, sizeof(text), "text %d", i);
        assert_ptr_equal(acquire(&cache, text, &made), shapes[i]);
        assert_string_equal(shapes[i]->key.text.data, text);
    }
    assert_int_equal(made, TEXTS);
    kn__shape_cache_finish(&cache);
}

/* Threads that ask for the same texts at once, while others make room. */
enum { THREADS = 8, ROUNDS = 3000 };

typedef struct sharing {
    kn__shape_cache *cache;
    atomic_uint *made;
    atomic_uint *wrong;
    unsigned seed;
} sharing;

static void *share(void *argument)
{
    const sharing *s = argument;
    char text[32];

    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned n = i % 4 ? i % 16 : (i + s->seed * ROUNDS); /* some that all want, some that nobody else does */
        kn__shape *shape = NULL;
        kn__key key;
        (void)snprintf(text, sizeof(text), "text %u", n);
        key = key_of(text);
        if (kn__shape_acquire(s->cache, &key, make_nothing, s->made, &shape, NULL) != KN_OK ||
            strcmp(shape->key.text.data, text) != 0)
            atomic_fetch_add(s->wrong, 1);
        else
            kn__shape_release(s->cache, shape);
    }
    return NULL;
}

static void test_shape__threads_may_make_the_same_at_once(void **state)
{
    kn__shape_cache cache;
    pthread_t threads[THREADS];
    sharing each[THREADS];
    atomic_uint made = 0, wrong = 0;

    (void)state;
    assert_int_equal(kn__shape_cache_init(&cache, kn_allocator_default(), NULL), KN_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        each[i] = (sharing){&cache, &made, &wrong, i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, share, &each[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wrong, 0);
    assert_in_range(cache.count, 1, KN__SHAPES_MAX);
    kn__shape_cache_finish(&cache);
}

/* Both are in the maker before either has ended: one of the two is kept, the other one freed. */
static atomic_int blocks;

static void *count_blocks(void *context, void *ptr, size_t old_size, size_t size)
{
    const kn_allocator *plain = kn_allocator_default();

    (void)context;
    atomic_fetch_add(&blocks, (size && !ptr) - (ptr && !size));
    return plain->resize(plain->context, ptr, old_size, size);
}

static kn_status meet_in_maker(void *context, kn__shape *shape, kn_error *error)
{
    (void)shape;
    (void)error;
    pthread_barrier_wait(context);
    return KN_OK;
}

typedef struct meeting {
    kn__shape_cache *cache;
    pthread_barrier_t *barrier;
    kn__shape *got;
} meeting;

static void *meet(void *argument)
{
    meeting *m = argument;
    kn__key key = key_of("the same");

    (void)kn__shape_acquire(m->cache, &key, meet_in_maker, m->barrier, &m->got, NULL);
    return NULL;
}

static void test_shape__of_two_made_at_once_one_is_kept(void **state)
{
    static const kn_allocator counting = {.resize = count_blocks};
    kn__shape_cache cache;
    pthread_barrier_t barrier;
    pthread_t thread;
    meeting a = {&cache, &barrier, NULL}, b = {&cache, &barrier, NULL};

    (void)state;
    atomic_store(&blocks, 0);
    assert_int_equal(kn__shape_cache_init(&cache, &counting, NULL), KN_OK);
    pthread_barrier_init(&barrier, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, meet, &a), 0);
    meet(&b);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&barrier);
    assert_non_null(a.got);
    assert_ptr_equal(a.got, b.got);
    assert_int_equal(a.got->users, 2);
    assert_int_equal(cache.count, 1);
    kn__shape_cache_finish(&cache);
    assert_int_equal(atomic_load(&blocks), 0);
}

/* The connections of one engine share; those of two engines do not. */
static void test_shape__connections_share_what_their_engine_knows(void **state)
{
    static const kn_select items = KN_SELECT(KN_FROM(Item));
    kn_connection *second = NULL, *foreign = NULL;
    kn_engine *other = NULL;
    kn_statement *a = NULL, *b_statement = NULL, *c = NULL;
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", NULL);
    fake_ok(&b, kn_engine_create("fake://s/", KN_ENGINE_OPTIONS(.registry = b.registry), &other, &b.error));
    fake_ok(&b, kn_connect(b.engine, &second, &b.error));
    fake_ok(&b, kn_connect(other, &foreign, &b.error));
    fake_ok(&b, kn_prepare_query(b.c, &items.node, &a, &b.error));
    fake_ok(&b, kn_prepare_query(second, &items.node, &b_statement, &b.error));
    fake_ok(&b, kn_prepare_query(foreign, &items.node, &c, &b.error));
    assert_ptr_equal(kn_statement_sql(a).data, kn_statement_sql(b_statement).data);
    assert_ptr_not_equal(kn_statement_sql(a).data, kn_statement_sql(c).data);
    assert_int_equal(b.engine->shapes.count, 1);
    kn_statement_finish(a);
    kn_statement_finish(b_statement);
    kn_statement_finish(c);
    kn_release(second);
    kn_release(foreign);
    kn_engine_destroy(other);
    fake_backend_close(&b);
}

/* Texts without end: neither the engine's cache nor a connection's grows past its bound. */
static void test_shape__an_engine_forgets_texts_that_nobody_holds(void **state)
{
    fake_backend b;

    (void)state;
    fake_backend_open(&b, "fake://s/", KN_ENGINE_OPTIONS(.statement_cache = 16));
    for (int i = 0; i < KN__SHAPES_MAX + 200; i++) {
        char sql[32];
        (void)snprintf(sql, sizeof(sql), "X %d", i);
        fake_ok(&b, kn_execute(b.c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &b.error));
        assert_in_range(fake_server_live(b.server).statements, 1, 16);
        assert_in_range(b.engine->shapes.count, 1, KN__SHAPES_MAX);
    }
    fake_backend_close(&b);
}

static kn_status acquire_with(const kn_allocator *allocator, void *context)
{
    kn__shape_cache cache;
    kn__key key = key_of("a text that is copied");
    kn__shape *shape = NULL;
    kn_status status = kn__shape_cache_init(&cache, allocator, NULL);

    if (status == KN_OK) {
        status = kn__shape_acquire(&cache, &key, make_nothing, context, &shape, NULL);
        kn__shape_cache_finish(&cache);
    }
    return status;
}

static void test_shape__memory_may_be_out(void **state)
{
    atomic_uint made = 0;

    (void)state;
    assert_true(each_allocation_failure(acquire_with, &made) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape__what_was_made_is_found_again),
        cmocka_unit_test(test_shape__what_fails_to_be_made_is_not_kept),
        cmocka_unit_test(test_shape__keys_are_compared_not_only_hashed),
        cmocka_unit_test(test_shape__the_cache_is_bounded),
        cmocka_unit_test(test_shape__what_is_held_is_never_dropped),
        cmocka_unit_test(test_shape__threads_may_make_the_same_at_once),
        cmocka_unit_test(test_shape__of_two_made_at_once_one_is_kept),
        cmocka_unit_test(test_shape__connections_share_what_their_engine_knows),
        cmocka_unit_test(test_shape__an_engine_forgets_texts_that_nobody_holds),
        cmocka_unit_test(test_shape__memory_may_be_out),
    };
    return cmocka_run_group_tests_name("unit/engine/shape", tests, NULL, NULL);
}
