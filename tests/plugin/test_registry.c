/* SPDX-License-Identifier: MIT */
/* labels: plugin threads */
/* What comes out of a registry is complete: dialects laid over their bases, drivers without a hole; from 16 threads
 * too. */
#include "files.h"

#include <pthread.h>

#include "plugin/registry.h"

kn_plugin_entry koine_plugin_good; /* linked in */

static kn_registry *fresh(const kn_allocator *allocator)
{
    kn_error error = {0};
    kn_registry *registry = NULL;
    if (kn_registry_create(allocator, &registry, &error) != KN_OK ||
        kn_registry_search(registry, MODULES_DIR, &error) != KN_OK)
        fail_msg("%s", error.message);
    return registry;
}

static void test_registry__a_linked_plugin_is_added_once(void **state)
{
    (void)state;
    kn_registry *registry = NULL;
    kn_error error = {0};
    assert_int_equal(kn_registry_create(NULL, &registry, &error), KN_OK);
    assert_int_equal(kn_registry_add(registry, koine_plugin_good, &error), KN_OK);
    assert_int_equal(kn_registry_add(registry, koine_plugin_good, &error), KN_OK);
    assert_int_equal(kn_registry_add(registry, NULL, &error), KN_INVALID);
    const kn__driver *driver = kn__registry_driver(registry, "good", &error);
    assert_non_null(driver);
    assert_null(driver->path);
    assert_string_equal(driver->plugin, "good");
    assert_string_equal(driver->version, "1.2.3");
    assert_ptr_equal(kn__registry_driver(registry, "good", &error), driver);
    /* the file holds another plugin of the same names */
    assert_int_equal(kn_registry_load(registry, MODULE("good"), &error), KN_EXISTS);
    kn_registry_destroy(registry);
    kn_registry_destroy(NULL);
}

static void test_registry__a_driver_is_complete(void **state)
{
    (void)state;
    kn_registry *registry = fresh(NULL);
    kn_error error = {0};
    void *object = &error;
    int64_t stored = 7;
    const kn__driver *driver = kn__registry_driver(registry, "good", &error);
    assert_non_null(driver);
    assert_int_equal(driver->call.flags, KN_DRIVER_MULTI_RESULT);
    assert_non_null(driver->path);
    assert_false(driver->can_cancel || driver->can_bulk);
    assert_non_null(driver->call.options);
    assert_null(driver->call.options[0].name);
    assert_false(driver->call.single(NULL));
    assert_int_equal(driver->call.alive(NULL, NULL, &error), KN_OK);
    assert_int_equal(driver->call.cancel_create(NULL, &object, &error), KN_UNSUPPORTED);
    assert_null(object);
    assert_int_equal(driver->call.cancel_send(NULL, NULL, &error), KN_UNSUPPORTED);
    driver->call.cancel_destroy(NULL);
    object = &error;
    assert_int_equal(driver->call.bulk_begin(NULL, NULL, NULL, NULL, 0, &object, NULL, &error), KN_UNSUPPORTED);
    assert_null(object);
    assert_int_equal(driver->call.bulk_rows(NULL, NULL, 0, NULL, &error), KN_UNSUPPORTED);
    assert_int_equal(driver->call.bulk_end(NULL, 1, &stored, NULL, &error), KN_UNSUPPORTED);
    assert_int_equal(stored, 0);
    /* its own functions, which reach the host */
    assert_int_equal(driver->call.open(NULL, &object, NULL, &error), KN_CONNECT);
    assert_string_equal(error.message, "nothing to open, 1 letter");
    kn_registry_destroy(registry);
}

static void test_registry__older_and_newer_structs_are_taken(void **state)
{
    (void)state;
    kn_registry *registry = fresh(NULL);
    kn_error error = {0};
    const kn__driver *older = kn__registry_driver(registry, "older", &error);
    if (!older)
        fail_msg("%s", error.message);
    assert_int_equal(older->call.cancel_send(NULL, NULL, &error), KN_UNSUPPORTED); /* not what lies behind its end */
    assert_int_equal(older->call.fetch(NULL, NULL, NULL, &error), KN_DONE);
    const kn__driver *newer = kn__registry_driver(registry, "newer", &error);
    if (!newer)
        fail_msg("%s", error.message);
    assert_int_equal(newer->call.flags, UINT32_C(1) << 31);
    const kn__dialect *dialect = kn__registry_dialect(registry, "newer", &error);
    if (!dialect)
        fail_msg("%s", error.message);
    assert_string_equal(dialect->name, "newer");
    kn_registry_destroy(registry);
}

static void test_registry__a_base_is_loaded_when_it_is_needed(void **state)
{
    (void)state;
    kn_registry *registry = fresh(NULL);
    kn_error error = {0};
    const kn__dialect *derived = kn__registry_dialect(registry, "derived", &error);
    if (!derived)
        fail_msg("%s", error.message);
    assert_string_equal(derived->name, "derived");
    assert_string_equal(derived->base->name, "good");
    assert_ptr_equal(derived->base->base, kn__dialect_ansi());
    assert_int_equal(derived->features & 3, 3); /* its own and its base's */
    assert_ptr_equal(kn__registry_dialect(registry, "good", &error), derived->base);
    assert_ptr_equal(kn__registry_dialect(registry, "derived", &error), derived);
    assert_ptr_equal(kn__registry_dialect(registry, "ansi", &error), kn__dialect_ansi());
    kn_registry_destroy(registry);
}

static const struct {
    const char *name;
    kn_status status;
    const char *reason;
} unusable[] = {
    {"nowhere", KN_NO_BACKEND, "dialect 'nowhere' is based on 'utopia': no dialect 'utopia'"},
    {"ring_a", KN_INVALID,
     "dialect 'ring_a' is based on 'ring_b': dialect 'ring_b' is based on 'ring_c': dialect 'ring_c' is based on "
     "'ring_a': its bases lead back to dialect 'ring_a'"},
    {"ring_b", KN_INVALID, "its bases lead back to dialect 'ring_b'"},
    {"short_dialect", KN_INCOMPLETE, "is shorter than any"},
    {"bad_rule", KN_INCOMPLETE, "dialect 'bad_rule': type Interval is stored as another kind, but has no encoder"},
};

static void test_registry__a_dialect_that_cannot_work_is_refused(void **state)
{
    (void)state;
    kn_registry *registry = fresh(NULL);
    for (size_t i = 0; i < 2 * KN_COUNT_OF(unusable); i++) { /* asked again, they say the same */
        size_t n = i % KN_COUNT_OF(unusable);
        kn_error error = {0};
        assert_null(kn__registry_dialect(registry, unusable[n].name, &error));
        if (error.status != (int32_t)unusable[n].status || !strstr(error.message, unusable[n].reason))
            fail_msg("%s: %s", unusable[n].name, error.message);
        assert_int_equal(kn_registry_require_dialect(registry, unusable[n].name, NULL), unusable[n].status);
    }
    assert_int_equal(kn_registry_require_dialect(registry, "derived", NULL), KN_OK);
    kn_registry_destroy(registry);
}

enum { THREADS = 16 };

typedef struct shared {
    kn_registry *registry;
    pthread_barrier_t barrier;
} shared;

typedef struct asked {
    shared *of;
    size_t number;
    const kn__dialect *dialect;
    const kn__driver *driver;
} asked;

static void *ask(void *context)
{
    static const char *const dialects[] = {"derived", "good"};
    asked *a = context;
    kn_error error;
    pthread_barrier_wait(&a->of->barrier);
    a->dialect = kn__registry_dialect(a->of->registry, dialects[a->number % 2], &error);
    a->driver = kn__registry_driver(a->of->registry, "good", &error);
    kn_registry_require_dialect(a->of->registry, "ring_a", &error);
    return NULL;
}

static void test_registry__threads_get_the_same(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        shared s = {.registry = fresh(NULL)};
        asked asks[THREADS];
        pthread_t threads[THREADS];
        assert_int_equal(pthread_barrier_init(&s.barrier, NULL, THREADS), 0);
        for (size_t i = 0; i < THREADS; i++) {
            asks[i] = (asked){.of = &s, .number = i};
            assert_int_equal(pthread_create(&threads[i], NULL, ask, &asks[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t i = 0; i < THREADS; i++) {
            assert_non_null(asks[i].dialect);
            assert_non_null(asks[i].driver);
            assert_ptr_equal(asks[i].dialect, asks[i % 2].dialect);
            assert_ptr_equal(asks[i].driver, asks[0].driver);
        }
        pthread_barrier_destroy(&s.barrier);
        kn_registry_destroy(s.registry);
    }
}

/* Registries of their own, which load the same files at the same time. */
static void *own_registry(void *context)
{
    asked *a = context;
    kn_error error;
    pthread_barrier_wait(&a->of->barrier);
    kn_registry *registry = NULL;
    if (kn_registry_create(NULL, &registry, &error) == KN_OK &&
        kn_registry_search(registry, MODULES_DIR, &error) == KN_OK)
        a->driver = kn__registry_driver(registry, "good", &error);
    void *connection = NULL;
    if (a->driver && a->driver->call.open(NULL, &connection, NULL, &error) != KN_CONNECT)
        a->driver = NULL;
    a->number = a->driver != NULL;
    kn_registry_destroy(registry);
    return NULL;
}

static void test_registry__registries_of_threads_share_the_code(void **state)
{
    (void)state;
    shared s = {0};
    asked asks[THREADS];
    pthread_t threads[THREADS];
    assert_int_equal(pthread_barrier_init(&s.barrier, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++) {
        asks[i] = (asked){.of = &s};
        assert_int_equal(pthread_create(&threads[i], NULL, own_registry, &asks[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(asks[i].number, 1);
    }
    pthread_barrier_destroy(&s.barrier);
}

static kn_status note(void *context, const kn_registry_item *item)
{
    (void)item;
    ++*(size_t *)context;
    return KN_OK;
}

static kn_status everything(const kn_allocator *allocator, void *context)
{
    kn_registry *registry = NULL;
    kn_error error = {0};
    size_t rows = 0;
    (void)context;
    kn_status status = kn_registry_create(allocator, &registry, &error);
    if (status == KN_OK)
        status = kn_registry_search(registry, MODULES_DIR, &error);
    if (status == KN_OK)
        status = kn_registry_require_dialect(registry, "derived", &error);
    if (status == KN_OK)
        status = kn_registry_require_driver(registry, "older", &error);
    if (status == KN_OK)
        status = kn_registry_load(registry, MODULE("tiny"), &error) == KN_INCOMPLETE ? KN_OK : KN_NOMEM;
    if (status == KN_OK)
        status = kn_registry_each(registry, true, note, &rows, &error);
    assert_true(status == KN_OK || error.status == (int32_t)status);
    kn_registry_destroy(registry);
    return status;
}

static void test_registry__survives_allocation_failure(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(everything, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry__a_linked_plugin_is_added_once),
        cmocka_unit_test(test_registry__a_driver_is_complete),
        cmocka_unit_test(test_registry__older_and_newer_structs_are_taken),
        cmocka_unit_test(test_registry__a_base_is_loaded_when_it_is_needed),
        cmocka_unit_test(test_registry__a_dialect_that_cannot_work_is_refused),
        cmocka_unit_test(test_registry__threads_get_the_same),
        cmocka_unit_test(test_registry__registries_of_threads_share_the_code),
        cmocka_unit_test(test_registry__survives_allocation_failure),
    };
    return cmocka_run_group_tests_name("plugin/registry", tests, NULL, NULL);
}
