/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include <stdio.h>

#include "base/hash.h"

static uint64_t hash_two(uint64_t seed, const char *a, const char *b)
{
    kn__hash hash = kn__hash_begin(seed);
    kn__hash_text(&hash, kn_text_of(a));
    kn__hash_text(&hash, kn_text_of(b));
    return kn__hash_end(hash);
}

static void test_hash__depends_on_seed_content_and_borders(void **state)
{
    (void)state;
    assert_true(hash_two(1, "ab", "c") == hash_two(1, "ab", "c"));
    assert_true(hash_two(1, "ab", "c") != hash_two(2, "ab", "c"));
    assert_true(hash_two(1, "ab", "c") != hash_two(1, "a", "bc"));
    assert_true(hash_two(1, "ab", "c") != hash_two(1, "c", "ab"));
    assert_true(hash_two(1, "", "c") != hash_two(1, "c", ""));
    kn__hash zero = kn__hash_begin(0), zeros = kn__hash_begin(0);
    kn__hash_bytes(&zero, "\0", 1);
    kn__hash_bytes(&zeros, "\0\0", 2);
    assert_true(kn__hash_end(zero) != kn__hash_end(zeros));
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Small pairs of integers are what structures hash to: no collision in 64 bits, and the low bits spread. */
static void test_hash__spreads_small_integers(void **state)
{
    (void)state;
    enum { SIDE = 256, BUCKETS = 4096 };
    static uint64_t all[SIDE * SIDE];
    static unsigned bucket[BUCKETS];
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        kn__hash hash = kn__hash_begin(7);
        kn__hash_u64(&hash, i / SIDE);
        kn__hash_u64(&hash, i % SIDE);
        all[i] = kn__hash_end(hash);
        bucket[all[i] % BUCKETS]++;
    }
    qsort(all, SIDE * SIDE, sizeof *all, by_value);
    for (size_t i = 1; i < SIDE * SIDE; i++)
        assert_true(all[i] != all[i - 1]);
    for (size_t i = 0; i < BUCKETS; i++) /* 16 expected; 5 standard deviations */
        assert_true(bucket[i] < 40);
}

static kn_text key_of(char room[static 24], size_t i)
{
    snprintf(room, 24, "key%zu", i);
    return kn_text_of(room);
}

static void test_map__adds_and_finds(void **state)
{
    (void)state;
    enum { KEYS = 2000 };
    static char names[KEYS][24];
    static bool present[KEYS];
    kn__map map;
    kn__map_init(&map, NULL, 42);
    assert_null(kn__map_get(&map, kn_text_of("none")));
    uint32_t random = 3;
    size_t count = 0;
    for (int round = 0; round < 40000; round++) {
        random = random * 1664525u + 1013904223u;
        size_t i = (random >> 8) % KEYS;
        kn_text key = key_of(names[i], i);
        if (random >> 31) {
            assert_int_equal(kn__map_add(&map, key, &present[i]), present[i] ? KN_EXISTS : KN_OK);
            count += !present[i];
            present[i] = true;
        } else {
            assert_ptr_equal(kn__map_get(&map, key), present[i] ? &present[i] : NULL);
        }
        assert_int_equal(map.count, count);
    }
    for (size_t i = 0; i < KEYS; i++)
        assert_ptr_equal(kn__map_get(&map, key_of(names[i], i)), present[i] ? &present[i] : NULL);
    size_t at = 0, seen = 0;
    for (const kn__map_entry *entry; (entry = kn__map_next(&map, &at)); seen++)
        assert_true(*(bool *)entry->value);
    assert_int_equal(seen, count);
    kn__map_finish(&map);
    kn__map_finish(&map);
}

static void test_map__empty_text_is_a_key_and_no_text_is_none(void **state)
{
    (void)state;
    kn__map map;
    kn__map_init(&map, NULL, 1);
    int value = 0;
    assert_int_equal(kn__map_add(&map, kn_text_of(""), &value), KN_OK);
    assert_ptr_equal(kn__map_get(&map, kn_text_of("")), &value);
    assert_null(kn__map_get(&map, kn_text_of(NULL)));
    kn__map_finish(&map);
}

static kn_status fill_map(const kn_allocator *allocator, void *context)
{
    (void)context;
    static char names[100][24];
    kn_status status = KN_OK;
    kn__map map;
    kn__map_init(&map, allocator, 1);
    size_t added = 0;
    for (; status == KN_OK && added < 100; added += status == KN_OK)
        status = kn__map_add(&map, key_of(names[added], added), names[added]);
    for (size_t i = 0; i < added; i++) /* what was there is still there */
        assert_ptr_equal(kn__map_get(&map, kn_text_of(names[i])), names[i]);
    kn__map_finish(&map);
    return status;
}

static void test_map__survives_allocation_failure(void **state)
{
    (void)state;
    assert_int_equal(each_allocation_failure(fill_map, NULL), 5); /* 16, 32, 64, 128, 256 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__depends_on_seed_content_and_borders),
        cmocka_unit_test(test_hash__spreads_small_integers),
        cmocka_unit_test(test_map__adds_and_finds),
        cmocka_unit_test(test_map__empty_text_is_a_key_and_no_text_is_none),
        cmocka_unit_test(test_map__survives_allocation_failure),
    };
    return cmocka_run_group_tests_name("unit/base/hash", tests, NULL, NULL);
}
