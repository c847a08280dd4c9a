/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include "base/buffer.h"
#include "base/checked.h"

static void test_buffer__appends(void **state)
{
    (void)state;
    kn__buffer b;
    kn__buffer_init(&b, NULL, 1000);
    assert_string_equal(kn__buffer_string_of(&b), "");
    kn__buffer_string(&b, "SELECT ");
    kn__buffer_text(&b, (kn_text){"abcdef", 2});
    kn__buffer_char(&b, ',');
    kn__buffer_printf(&b, "%d:%s", -7, "x");
    kn__buffer_append(&b, "\0z", 2);
    kn__buffer_append(&b, NULL, 0);
    assert_int_equal(b.size, 16);
    assert_memory_equal(kn__buffer_string_of(&b), "SELECT ab,-7:x\0z", 17);
    kn__buffer_truncate(&b, 6);
    assert_string_equal(kn__buffer_string_of(&b), "SELECT");
    assert_int_equal(kn__buffer_text_of(&b).size, 6);
    assert_int_equal(kn__buffer_status(&b, "it", NULL), KN_OK);
    kn__buffer_finish(&b);
    kn__buffer_finish(&b);
}

static void test_buffer__long_printf(void **state)
{
    (void)state;
    for (int width = 250; width < 262; width++) {
        kn__buffer b;
        kn__buffer_init(&b, NULL, 1000);
        kn__buffer_printf(&b, "%*d|", width, 5);
        assert_int_equal(b.size, width + 1);
        assert_int_equal(strlen(b.data), width + 1);
        assert_memory_equal(b.data + width - 2, " 5|", 4);
        kn__buffer_finish(&b);
    }
}

static void test_buffer__maximum_is_exact_and_sticky(void **state)
{
    (void)state;
    for (size_t max = 0; max < 600; max += 7) {
        kn__buffer b;
        kn__buffer_init(&b, NULL, max);
        for (size_t i = 0; i < max; i++)
            kn__buffer_char(&b, 'x');
        assert_int_equal(b.status, KN_OK);
        assert_int_equal(strlen(kn__buffer_string_of(&b)), max);
        assert_true(b.capacity <= max + 1);
        kn__buffer_append(&b, "", 0);
        assert_int_equal(b.status, KN_OK);
        kn__buffer_char(&b, 'y');
        assert_int_equal(b.status, KN_LIMIT);
        kn__buffer_truncate(&b, 0);
        kn__buffer_string(&b, "z");
        assert_null(kn__buffer_extend(&b, 0));
        assert_int_equal(b.size, 0);
        kn_error error = {0};
        assert_int_equal(kn__buffer_status(&b, "the statement", &error), KN_LIMIT);
        assert_memory_equal(error.message, "the statement would be longer than ", 35);
        kn__buffer_clear(&b);
        assert_int_equal(b.status, KN_OK);
        kn__buffer_finish(&b);
    }
}

static void test_buffer__sizes_do_not_wrap(void **state)
{
    (void)state;
    kn__buffer b;
    kn__buffer_init(&b, NULL, SIZE_MAX);
    kn__buffer_char(&b, 'x');
    assert_null(kn__buffer_extend(&b, SIZE_MAX));
    assert_int_equal(b.status, KN_LIMIT);
    kn__buffer_finish(&b);
    size_t out = 7;
    assert_false(kn__size_add(SIZE_MAX, 1, &out));
    assert_false(kn__size_mul(SIZE_MAX / 2 + 1, 2, &out));
    assert_int_equal(out, 7);
    assert_true(kn__size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    assert_true(kn__size_mul(SIZE_MAX / 3, 3, &out) && out == SIZE_MAX);
    assert_true(kn__size_mul(0, SIZE_MAX, &out) && out == 0);
}

static void test_buffer__take_gives_exactly_the_text(void **state)
{
    (void)state;
    failing_allocator f;
    failing_allocator_init(&f, 0, false);
    kn__buffer b;
    kn__buffer_init(&b, &f.allocator, 100);
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(kn__buffer_take(&b, "it", &text, &size, NULL), KN_OK); /* never appended to */
    assert_string_equal(text, "");
    f.allocator.resize(f.allocator.context, text, size + 1, 0);
    kn__buffer_string(&b, "abc");
    assert_int_equal(kn__buffer_take(&b, "it", &text, &size, NULL), KN_OK);
    assert_string_equal(text, "abc");
    assert_int_equal(size, 3);
    assert_int_equal(f.live_bytes, 4);
    f.allocator.resize(f.allocator.context, text, size + 1, 0);
    for (int i = 0; i < 101; i++)
        kn__buffer_char(&b, 'x');
    assert_int_equal(kn__buffer_take(&b, "it", &text, &size, NULL), KN_LIMIT);
    assert_null(text);
    kn__buffer_finish(&b);
    failing_allocator_finish(&f);
}

static kn_status write_much(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn__buffer b;
    kn_arena arena;
    kn_text copy = {0};
    char *taken = NULL;
    size_t size = 0;
    kn_error error = {0};
    kn_arena_init(&arena, allocator, 0);
    kn__buffer_init(&b, allocator, 100000);
    for (int i = 0; i < 1000; i++)
        kn__buffer_printf(&b, "%03d", i);
    kn_status status = kn__buffer_copy(&b, "the numbers", &arena, &copy, &error);
    if (status == KN_OK)
        status = kn__buffer_take(&b, "the numbers", &taken, &size, &error);
    if (status == KN_OK) {
        assert_int_equal(size, 3000);
        assert_memory_equal(copy.data, taken, 3001);
        allocator->resize(allocator->context, taken, size + 1, 0);
    } else {
        assert_string_equal(error.message, "no memory for the numbers");
    }
    kn__buffer_finish(&b);
    kn_arena_finish(&arena);
    return status;
}

static void test_buffer__survives_allocation_failure(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(write_much, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer__appends),
        cmocka_unit_test(test_buffer__long_printf),
        cmocka_unit_test(test_buffer__maximum_is_exact_and_sticky),
        cmocka_unit_test(test_buffer__sizes_do_not_wrap),
        cmocka_unit_test(test_buffer__take_gives_exactly_the_text),
        cmocka_unit_test(test_buffer__survives_allocation_failure),
    };
    return cmocka_run_group_tests_name("unit/base/buffer", tests, NULL, NULL);
}
