/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <string.h>

#include "support/failing_allocator.h"
#include "type/storage.h"

#define VALUE(KIND, field, ...)                                                                                        \
    {                                                                                                                  \
        .kind = KN_KIND_##KIND, .as = {.field = __VA_ARGS__ }                                                          \
    }
#define TEXT(s) VALUE(TEXT, text, {.data = (s), .size = sizeof(s) - 1})

static const struct {
    kn_type type;
    kn_value value, stored;
} forms[] = {
    {{KN_INIT_KN_BOOLEAN}, VALUE(BOOL, b, false), VALUE(INT, i, 0)},
    {{KN_INIT_KN_BOOLEAN}, VALUE(BOOL, b, true), VALUE(INT, i, 1)},
    {{KN_INIT_KN_DATE}, VALUE(DATE, date, {KN_DATE_MIN}), TEXT("0001-01-01")},
    {{KN_INIT_KN_DATE}, VALUE(DATE, date, {11016}), TEXT("2000-02-29")}, /* date(2000, 2, 29) - date(1970, 1, 1) */
    {{KN_INIT_KN_TIME}, VALUE(TIME, time, {0}), TEXT("00:00:00.000000")},
    {{KN_INIT_KN_TIME}, VALUE(TIME, time, {KN_US_PER_DAY - 1}), TEXT("23:59:59.999999")},
    {{KN_INIT_KN_DATETIME}, VALUE(DATETIME, datetime, {-1}), TEXT("1969-12-31 23:59:59.999999")},
    {{KN_INIT_KN_DATETIME}, VALUE(DATETIME, datetime, {KN_DATETIME_MAX}), TEXT("9999-12-31 23:59:59.999999")},
};

static void test_storage__writes_and_reads_the_usual_forms(void **state)
{
    kn_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(forms); i++) {
        kn__convert_fn *encode = NULL, *decode = NULL;
        kn_value stored, back;
        assert_true(kn__storage_usual(forms[i].type.id, forms[i].stored.kind, &encode, &decode));
        assert_int_equal(encode(&forms[i].type, &forms[i].value, &arena, &stored, NULL), KN_OK);
        assert_int_equal(stored.kind, forms[i].stored.kind);
        assert_true(kn_value_equal(&stored, &forms[i].stored));
        assert_int_equal(decode(&forms[i].type, &forms[i].stored, &arena, &back, NULL), KN_OK);
        assert_int_equal(back.kind, forms[i].value.kind);
        assert_true(kn_value_equal(&back, &forms[i].value));
    }
    kn_arena_finish(&arena);
}

static const struct {
    kn_type type;
    uint16_t storage;
    kn_value cell;
    kn_status status;
} refused[] = {
    {{KN_INIT_KN_BOOLEAN}, KN_KIND_INT, VALUE(INT, i, 2), KN_OUT_OF_RANGE},
    {{KN_INIT_KN_BOOLEAN}, KN_KIND_INT, VALUE(INT, i, -1), KN_OUT_OF_RANGE},
    {{KN_INIT_KN_BOOLEAN}, KN_KIND_INT, VALUE(FLOAT, d, 1), KN_TYPE_MISMATCH},
    {{KN_INIT_KN_DATE}, KN_KIND_TEXT, TEXT("2001-02-29"), KN_OUT_OF_RANGE},
    {{KN_INIT_KN_TIME}, KN_KIND_TEXT, TEXT("12:00:00.0000001"), KN_INEXACT},
    {{KN_INIT_KN_DATETIME}, KN_KIND_TEXT, TEXT("now"), KN_MALFORMED},
    {{KN_INIT_KN_DATETIME}, KN_KIND_TEXT, VALUE(INT, i, 20010101), KN_TYPE_MISMATCH},
};

static void test_storage__refuses_what_is_no_value_of_the_type(void **state)
{
    kn_arena arena = {0};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(refused); i++) {
        kn__convert_fn *encode = NULL, *decode = NULL;
        kn_value value;
        kn_error error = {0};
        assert_true(kn__storage_usual(refused[i].type.id, refused[i].storage, &encode, &decode));
        assert_int_equal(decode(&refused[i].type, &refused[i].cell, &arena, &value, &error), refused[i].status);
        assert_int_equal(error.status, refused[i].status);
    }
    kn_arena_finish(&arena);
}

static void test_storage__knows_no_other_pair(void **state)
{
    kn__convert_fn *encode = NULL, *decode = NULL;
    (void)state;
    assert_false(kn__storage_usual(KN_TYPE_BOOLEAN, KN_KIND_TEXT, &encode, &decode));
    assert_false(kn__storage_usual(KN_TYPE_NUMERIC, KN_KIND_TEXT, &encode, &decode));
    assert_false(kn__storage_usual(KN_TYPE_DATETIME_TZ, KN_KIND_TEXT, &encode, &decode));
    assert_null(encode);
}

static kn_status encode_moment(const kn_allocator *allocator, void *context)
{
    const kn_type type = {KN_INIT_KN_DATETIME};
    const kn_value value = kn_datetime_value((kn_datetime){0});
    kn_arena arena;
    kn_value stored;
    kn_error error = {0};
    (void)context;
    kn_arena_init(&arena, allocator, 0);
    kn_status status = kn__text_of_datetime(&type, &value, &arena, &stored, &error);
    kn_arena_finish(&arena);
    return status;
}

static void test_storage__says_when_memory_is_out(void **state)
{
    (void)state;
    each_allocation_failure(encode_moment, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storage__writes_and_reads_the_usual_forms),
        cmocka_unit_test(test_storage__refuses_what_is_no_value_of_the_type),
        cmocka_unit_test(test_storage__knows_no_other_pair),
        cmocka_unit_test(test_storage__says_when_memory_is_out),
    };
    return cmocka_run_group_tests_name("unit/type/storage", tests, NULL, NULL);
}
