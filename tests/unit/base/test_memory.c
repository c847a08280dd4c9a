/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include <errno.h>

/* Under AddressSanitizer: a request that is too large fails as it would without, instead of ending the program. */
KN_API const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void assert_aligned(const void *p)
{
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 16, 0);
}

static void test_memory__default_allocator_keeps_the_law(void **state)
{
    (void)state;
    const kn_allocator *a = kn_allocator_default();
    char *p = a->resize(a->context, NULL, 0, 4);
    assert_non_null(p);
    memcpy(p, "abc", 4);
    p = a->resize(a->context, p, 4, 100000);
    assert_non_null(p);
    assert_string_equal(p, "abc");
    errno = EDOM;
    assert_null(a->resize(a->context, p, 100000, 0));
    assert_int_equal(errno, EDOM);
    assert_null(a->resize(a->context, NULL, 0, 0));
}

static void test_memory__default_allocator_fails_cleanly(void **state)
{
    (void)state;
    const kn_allocator *a = kn_allocator_default();
    char *p = a->resize(a->context, NULL, 0, 4);
    volatile size_t huge = SIZE_MAX / 2 + 1; /* compilers warn of the constant */
    assert_null(a->resize(a->context, p, 4, huge));
    memcpy(p, "abc", 4); /* still valid */
    a->resize(a->context, p, 4, 0);
}

static void test_arena__every_size_is_aligned_and_its_own(void **state)
{
    (void)state;
    failing_allocator f;
    failing_allocator_init(&f, 0, false);
    kn_arena arena;
    kn_arena_init(&arena, &f.allocator, 0);
    assert_int_equal(f.requests, 0);
    enum { SIZES = 3000 };
    static unsigned char *blocks[SIZES];
    for (size_t i = 0; i < SIZES; i++) {
        blocks[i] = kn_arena_alloc(&arena, i);
        assert_aligned(blocks[i]);
        memset(blocks[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < SIZES; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal(blocks[i][k], i % 251);
    }
    assert_true(f.live_blocks < 40); /* grows by doubling, not block by block */
    kn_arena_finish(&arena);
    failing_allocator_finish(&f);
}

static void test_arena__used_counts_what_was_handed_out(void **state)
{
    (void)state;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    kn_arena_alloc(&arena, 1);
    assert_int_equal(arena.used, 16);
    kn_arena_alloc(&arena, 17);
    assert_int_equal(arena.used, 48);
    kn_arena_alloc(&arena, 100000);
    assert_int_equal(arena.used, 100048);
    kn_arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    kn_arena_finish(&arena);
}

static void test_arena__a_large_block_does_not_waste_the_current(void **state)
{
    (void)state;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    char *first = kn_arena_alloc(&arena, 16);
    assert_aligned(kn_arena_alloc(&arena, 5000000));
    char *second = kn_arena_alloc(&arena, 16);
    assert_ptr_equal(second, first + 16);
    kn_arena_finish(&arena);
}

static void test_arena__limit_is_exact_in_units_of_16(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 16, 17, 100, 1000, 5000, 65536};
    for (size_t limit = 1; limit < 200000; limit = limit * 3 + 1) {
        for (size_t s = 0; s < KN_COUNT_OF(steps); s++) {
            size_t step = (steps[s] + 15) / 16 * 16, allowed = (limit + 15) / 16 * 16 / step;
            kn_arena arena;
            kn_arena_init(&arena, NULL, limit);
            for (int round = 0; round < 2; round++) {
                for (size_t i = 0; i < allowed; i++)
                    assert_aligned(kn_arena_alloc(&arena, steps[s]));
                assert_null(kn_arena_alloc(&arena, steps[s]));
                assert_null(kn_arena_alloc(&arena, SIZE_MAX - 100));
                kn_arena_reset(&arena);
            }
            kn_arena_finish(&arena);
        }
    }
}

static void test_arena__limit_holds_across_large_and_small(void **state)
{
    (void)state;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 10000);
    assert_aligned(kn_arena_alloc(&arena, 16));
    assert_aligned(kn_arena_alloc(&arena, 9900)); /* of its own; 84 of the limit are left */
    for (int i = 0; i < 5; i++)
        assert_aligned(kn_arena_alloc(&arena, 16));
    assert_null(kn_arena_alloc(&arena, 16));
    assert_int_equal(arena.used, 16 + 9904 + 80);
    kn_arena_finish(&arena);
}

static void test_arena__reset_keeps_the_largest_block(void **state)
{
    (void)state;
    failing_allocator f;
    failing_allocator_init(&f, 0, false);
    kn_arena arena;
    kn_arena_init(&arena, &f.allocator, 0);
    kn_arena_reset(&arena); /* empty: nothing to do */
    kn_arena_alloc(&arena, 10);
    kn_arena_alloc(&arena, 30000);
    kn_arena_alloc(&arena, 900);
    kn_arena_alloc(&arena, 900);
    assert_true(f.live_blocks > 2);
    kn_arena_reset(&arena);
    assert_int_equal(f.live_blocks, 1);
    assert_true(f.live_bytes >= 30000);
    size_t before = f.requests;
    assert_aligned(kn_arena_alloc(&arena, 30000));
    assert_int_equal(f.requests, before);
    kn_arena_finish(&arena);
    kn_arena_finish(&arena);
    kn_arena_finish(NULL);
    failing_allocator_finish(&f);
    assert_aligned(kn_arena_alloc(&arena, 1)); /* usable again */
    kn_arena_finish(&arena);
}

static void test_arena__helpers(void **state)
{
    (void)state;
    kn_arena arena = {0}; /* zeroed is as good as kn_arena_init(&arena, NULL, 0) */
    assert_aligned(kn_arena_alloc(&arena, 0));
    memset(kn_arena_alloc(&arena, 64), 0xFF, 64);
    kn_arena_reset(&arena);
    const char *zeroed = kn_arena_zalloc(&arena, 64);
    for (int i = 0; i < 64; i++)
        assert_int_equal(zeroed[i], 0);
    assert_aligned(kn_arena_array(&arena, 3, 5));
    assert_aligned(kn_arena_array(&arena, 0, 5));
    assert_null(kn_arena_array(&arena, SIZE_MAX / 4, 8));
    assert_null(kn_arena_alloc(&arena, SIZE_MAX));
    assert_null(kn_arena_copy(&arena, "", SIZE_MAX));
    assert_string_equal(kn_arena_copy(&arena, "abcdef", 3), "abc");
    assert_string_equal(kn_arena_copy(&arena, NULL, 0), "");
    kn_arena_finish(&arena);
}

static kn_status fill_arena(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn_status status = KN_NOMEM;
    kn_arena arena;
    kn_arena_init(&arena, allocator, 0);
    for (size_t size = 1; size < 50000; size += size / 2 + 1) {
        if (!kn_arena_alloc(&arena, size) || !kn_arena_zalloc(&arena, 40))
            goto done;
    }
    status = KN_OK;
done:
    kn_arena_reset(&arena);
    kn_arena_finish(&arena);
    return status;
}

static void test_arena__survives_allocation_failure(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(fill_arena, NULL) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__default_allocator_keeps_the_law),
        cmocka_unit_test(test_memory__default_allocator_fails_cleanly),
        cmocka_unit_test(test_arena__every_size_is_aligned_and_its_own),
        cmocka_unit_test(test_arena__used_counts_what_was_handed_out),
        cmocka_unit_test(test_arena__a_large_block_does_not_waste_the_current),
        cmocka_unit_test(test_arena__limit_is_exact_in_units_of_16),
        cmocka_unit_test(test_arena__limit_holds_across_large_and_small),
        cmocka_unit_test(test_arena__reset_keeps_the_largest_block),
        cmocka_unit_test(test_arena__helpers),
        cmocka_unit_test(test_arena__survives_allocation_failure),
    };
    return cmocka_run_group_tests_name("unit/base/memory", tests, NULL, NULL);
}
