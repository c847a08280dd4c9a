/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include <koine/any.h>

#include "pickle_cases.h"
#include "support/failing_allocator.h"

static kn_arena arena;

static int setup(void **state)
{
    (void)state;
    kn_arena_init(&arena, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kn_arena_finish(&arena);
    return 0;
}

static const kn_any *read_back(kn_bytes pickle)
{
    const kn_any *any = NULL;
    kn_error error = {0};
    if (kn_pickle_read(pickle, NULL, &arena, &any, &error) != KN_OK)
        fail_msg("%s", error.message);
    return any;
}

static kn_bytes write_all(const kn_any *any)
{
    kn_bytes bytes = {NULL, 0};
    kn_error error = {0};
    if (kn_pickle_write(any, NULL, &arena, &bytes, &error) != KN_OK)
        fail_msg("%s", error.message);
    return bytes;
}

/* Ints past 64 bits are memoised too, which CPython does not. */
static bool has_its_own_form(const pickle_case *c)
{
    static const char *const names[] = {"int over64",  "int under64", "int 10**30",     "int -2**79",
                                        "int 2**2040", "bytearray",   "bytearray empty"};
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        if (strcmp(c->name, names[i]) == 0)
            return true;
    }
    return false;
}

/* Opcodes, memo, frames: byte for byte. */
static void test_pickle_write__writes_what_cpython_writes(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        const pickle_case *c = &pickle_corpus[i];
        if (c->protocol != 4 || has_its_own_form(c))
            continue;
        kn_bytes bytes = write_all(read_back((kn_bytes){c->pickle, c->size}));
        if (bytes.size != c->size || memcmp(bytes.data, c->pickle, c->size) != 0)
            fail_msg("%s", c->name);
        compared++;
    }
    assert_true(compared > 60);
}

/* One MEMOIZE more before the STOP; the size of the frame, which says so, stands at 3. */
static void test_pickle_write__large_ints_are_as_short_as_cpython_writes_them(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        const pickle_case *c = &pickle_corpus[i];
        kn_text digits;
        const kn_any *any = read_back((kn_bytes){c->pickle, c->size});
        if (c->protocol != 4 || !kn_any_get_bigint(any, &digits))
            continue;
        kn_bytes bytes = write_all(any);
        const char *p = bytes.data;
        assert_int_equal(bytes.size, c->size + 1);
        assert_memory_equal(p + 11, c->pickle + 11, c->size - 12);
        assert_memory_equal(p + c->size - 1, "\224.", 2);
        compared++;
    }
    assert_int_equal(compared, 5);
}

static void test_pickle_write__what_was_read_reads_back_the_same(void **state)
{
    (void)state;
    static char before[8192], after[8192];
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        const pickle_case *c = &pickle_corpus[i];
        const kn_any *any = read_back((kn_bytes){c->pickle, c->size});
        kn_bytes bytes = write_all(any);
        const kn_any *back = read_back(bytes);
        assert_int_equal(kn_any_kind_of(any), kn_any_kind_of(back));
        assert_true(kn_any_equal(any, back));
        (void)kn_any_print(any, before, sizeof before);
        (void)kn_any_print(back, after, sizeof after);
        assert_string_equal(before, after); /* equality does not tell 1 from 1.0 */
    }
}

static const kn_any *text_of_size(size_t size)
{
    char *data = malloc(size + 1);
    assert_non_null(data);
    memset(data, 'x', size);
    const kn_any *any = kn_any_str(&arena, (kn_text){data, size});
    free(data);
    assert_non_null(any);
    return any;
}

static uint64_t frame_size_at(const unsigned char *p)
{
    uint64_t size = 0;
    for (int i = 0; i < 8; i++)
        size |= (uint64_t)p[1 + i] << 8 * i;
    return size;
}

/* "FRAME_SIZE_TARGET" of pickle.py: 64 KiB and more stand outside, between frames. */
static void test_pickle_write__large_texts_stand_outside_of_frames(void **state)
{
    (void)state;
    enum { TARGET = 65536 };
    const kn_any *items[2] = {text_of_size(TARGET), kn_any_bool(true)};
    kn_bytes bytes = write_all(kn_any_list(&arena, items, 2));
    const unsigned char *p = bytes.data;
    /* PROTO 4, EMPTY_LIST MEMOIZE MARK in too few bytes for a frame, BINUNICODE, then a frame: MEMOIZE NEWTRUE APPENDS
     * STOP */
    assert_memory_equal(p, "\200\004]\224(X\000\000\001\000x", 11);
    assert_memory_equal(p + 10 + TARGET, "\225\004\0\0\0\0\0\0\0\224\210e.", 13);
    assert_int_equal(bytes.size, 10 + TARGET + 13);
    /* one byte less is inside */
    bytes = write_all(text_of_size(TARGET - 1));
    p = bytes.data;
    assert_memory_equal(p, "\200\004\225\006\000\001\000\0\0\0\0X\377\377\000\000x", 17);
    assert_int_equal(bytes.size, 11 + 5 + TARGET - 1 + 2);
}

static void test_pickle_write__frames_end_after_64_kib(void **state)
{
    (void)state;
    enum { ITEMS = 50000 };
    const kn_any **items = malloc(ITEMS * sizeof *items);
    assert_non_null(items);
    for (int i = 0; i < ITEMS; i++)
        items[i] = kn_any_float(&arena, i);
    kn_bytes bytes = write_all(kn_any_tuple(&arena, items, ITEMS));
    free(items);
    const unsigned char *p = (const unsigned char *)bytes.data + 2,
                        *end = (const unsigned char *)bytes.data + bytes.size;
    size_t frames = 0;
    for (; p < end; frames++) {
        assert_int_equal(*p, 0x95);
        uint64_t size = frame_size_at(p);
        p += 9 + size;
        if (p < end)
            assert_in_range(size, 65536, 65536 + 9);
    }
    assert_ptr_equal(p, end);
    assert_int_equal(frames, (ITEMS * 9 + 4) / 65536 + 1);
    assert_int_equal(kn_any_count(read_back(bytes)), ITEMS);
}

static void test_pickle_write__bounds_depth_bytes_and_memo(void **state)
{
    (void)state;
    kn_pickle_limits limits = {.size_ = sizeof limits, .depth = 2};
    const kn_any *one = kn_any_int(&arena, 1), *any = one;
    kn_bytes bytes = {"", 1};
    kn_error error = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kn_pickle_write(any, &limits, &arena, &bytes, NULL), KN_OK);
        any = kn_any_list(&arena, &any, 1);
    }
    assert_int_equal(kn_pickle_write(any, &limits, &arena, &bytes, &error), KN_LIMIT);
    assert_int_equal(error.status, KN_LIMIT);
    assert_null(bytes.data);
    assert_int_equal(kn_pickle_write(NULL, NULL, &arena, &bytes, NULL), KN_NULL_VALUE);
    limits.size_ = 0;
    assert_int_equal(kn_pickle_write(one, &limits, &arena, &bytes, NULL), KN_INVALID);
    limits = (kn_pickle_limits){.size_ = sizeof limits, .bytes = 1000};
    assert_int_equal(kn_pickle_write(text_of_size(1000), &limits, &arena, &bytes, NULL), KN_LIMIT);
    assert_int_equal(kn_pickle_write(text_of_size(900), &limits, &arena, &bytes, NULL), KN_OK);
}

/* Past the memo nothing is memoised, so that the reader's same limit is kept; sharing then meets the limit on bytes. */
static void test_pickle_write__keeps_the_memo_within_its_limit(void **state)
{
    (void)state;
    const kn_pickle_limits limits = {.size_ = sizeof limits, .memo = 3, .bytes = 100000};
    const kn_any *items[20], *any = kn_any_none(), *back = NULL;
    kn_bytes bytes;
    for (size_t i = 0; i < KN_COUNT_OF(items); i++)
        items[i] = text_of_size(i + 1);
    any = kn_any_list(&arena, items, KN_COUNT_OF(items));
    assert_int_equal(kn_pickle_write(any, &limits, &arena, &bytes, NULL), KN_OK);
    assert_int_equal(kn_pickle_read(bytes, &limits, &arena, &back, NULL), KN_OK);
    assert_true(kn_any_equal(any, back));
    for (int i = 0; i < 150; i++)
        any = kn_any_list(&arena, (const kn_any *const[]){any, any}, 2);
    assert_int_equal(kn_pickle_write(any, &limits, &arena, &bytes, NULL), KN_LIMIT);
    assert_int_equal(kn_pickle_write(any, NULL, &arena, &bytes, NULL), KN_OK);
    assert_in_range(bytes.size, 300, 3000);
}

static void test_pickle_write__bounds_the_work_of_large_ints(void **state)
{
    (void)state;
    enum { DIGITS = 2000000 };
    kn_bytes bytes;
    kn_error error = {0};
    char *digits = malloc(DIGITS);
    assert_non_null(digits);
    memset(digits, '7', DIGITS);
    const kn_any *any = kn_any_bigint(&arena, (kn_text){digits, DIGITS});
    assert_int_equal(kn_pickle_write(any, NULL, &arena, &bytes, &error), KN_LIMIT);
    assert_non_null(strstr(error.message, "digits"));
    any = kn_any_bigint(&arena, (kn_text){digits, 10000});
    assert_true(kn_any_equal(read_back(write_all(any)), any));
    free(digits);
}

/* One shared int of 4000 digits, a thousand times. */
static void test_pickle_write__writes_shared_values_once(void **state)
{
    (void)state;
    static char digits[4000];
    const kn_any *items[1000], *values[4];
    memset(digits, '9', sizeof digits);
    values[0] = kn_any_bigint(&arena, (kn_text){digits, sizeof digits});
    values[1] = text_of_size(4000);
    values[2] = kn_any_bytes(&arena, (kn_bytes){digits, sizeof digits});
    values[3] = kn_any_frozenset(&arena, values, 3);
    for (size_t i = 0; i < KN_COUNT_OF(items); i++)
        items[i] = values[i % 4];
    kn_bytes bytes = write_all(kn_any_list(&arena, items, KN_COUNT_OF(items)));
    assert_in_range(bytes.size, 9000, 12000);
    const kn_any *back = read_back(bytes);
    assert_ptr_equal(kn_any_item(back, 0), kn_any_item(back, 996));
    assert_ptr_equal(kn_any_item(back, 3), kn_any_item(back, 999));
}

typedef struct failing_case {
    const pickle_case *of;
} failing_case;

static kn_status write_failing(const kn_allocator *allocator, void *context)
{
    const failing_case *c = context;
    const kn_any *any = read_back((kn_bytes){c->of->pickle, c->of->size});
    kn_arena own;
    kn_bytes bytes = {"", 1};
    kn_arena_init(&own, allocator, 0);
    kn_status status = kn_pickle_write(any, NULL, &own, &bytes, NULL);
    assert_int_equal(status == KN_OK, bytes.data != NULL);
    kn_arena_finish(&own);
    return status;
}

static void test_pickle_write__survives_every_allocation_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(pickle_corpus); i++) {
        failing_case c = {&pickle_corpus[i]};
        if (c.of->protocol == 4)
            assert_true(each_allocation_failure(write_failing, &c) >= 2);
        kn_arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pickle_write__writes_what_cpython_writes),
        cmocka_unit_test(test_pickle_write__large_ints_are_as_short_as_cpython_writes_them),
        cmocka_unit_test(test_pickle_write__what_was_read_reads_back_the_same),
        cmocka_unit_test(test_pickle_write__large_texts_stand_outside_of_frames),
        cmocka_unit_test(test_pickle_write__frames_end_after_64_kib),
        cmocka_unit_test(test_pickle_write__bounds_depth_bytes_and_memo),
        cmocka_unit_test(test_pickle_write__keeps_the_memo_within_its_limit),
        cmocka_unit_test(test_pickle_write__bounds_the_work_of_large_ints),
        cmocka_unit_test(test_pickle_write__writes_shared_values_once),
        cmocka_unit_test(test_pickle_write__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
