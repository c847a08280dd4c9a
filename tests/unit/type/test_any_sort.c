/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <stdlib.h>

#include "type/any_sort.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

/* In order, and each key once where it came from. */
static void check_sorted(const kn__sorted_key *keys, size_t count, const kn__sorted_key *before)
{
    unsigned char *seen = calloc(count + 1, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || kn__digest_compare(&keys[i - 1].digest, &keys[i].digest) <= 0);
        assert_true(keys[i].index < count && !seen[keys[i].index]);
        assert_int_equal(kn__digest_compare(&keys[i].digest, &before[keys[i].index].digest), 0);
        seen[keys[i].index] = 1;
    }
    free(seen);
}

/* `distinct` keys at most; `mask` takes bits of the first word away. */
static void sort_random(size_t count, size_t distinct, uint64_t mask)
{
    kn__sorted_key *keys = calloc(count + 1, sizeof *keys), *before = calloc(count + 1, sizeof *before);
    void *room = malloc(kn__any_sort_room(count) + 1);
    uint64_t seed = 0x2545F4914F6CDD1Du + count;
    assert_true(keys && before && room);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = next_random(&seed) % distinct * UINT64_C(0x9E3779B97F4A7C15);
        keys[i] = (kn__sorted_key){.digest = {{(key ^ key >> 31) & mask, key >> 7}}, .index = (uint32_t)i};
        before[i] = keys[i];
    }
    kn__any_sort(keys, count, room);
    check_sorted(keys, count, before);
    free(keys);
    free(before);
    free(room);
}

static void test_any_sort__sorts_any_number_of_keys(void **state)
{
    (void)state;
    for (size_t count = 0; count < 200; count++)
        sort_random(count, SIZE_MAX, UINT64_MAX);
    sort_random(100000, SIZE_MAX, UINT64_MAX);
}

/* All in one bucket, or in a few: still no quadratic time. */
static void test_any_sort__sorts_keys_that_do_not_spread(void **state)
{
    (void)state;
    static const uint64_t masks[] = {0, 1, 0xff, UINT64_C(0xf000000000000000)};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        sort_random(30, SIZE_MAX, masks[i]);
        sort_random(200000, SIZE_MAX, masks[i]);
        sort_random(200000, 3, masks[i]);
    }
    sort_random(200000, 1, UINT64_MAX);
    sort_random(200000, 1000, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_sort__sorts_any_number_of_keys),
        cmocka_unit_test(test_any_sort__sorts_keys_that_do_not_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
