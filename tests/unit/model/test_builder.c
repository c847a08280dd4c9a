/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "support/failing_allocator.h"
#include "support/music.h"

#include <string.h>

static kn_status build_all(kn_arena *arena, const kn_model **out, kn_error *error)
{
    char table[] = "songs", title[] = "title", comment[] = "music";
    kn_table_builder *builder = kn_table_begin(arena, "s", table);
    kn_column id = KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true);
    kn_column text = KN_TABLE_COLUMN(title, KN_STRING(40), .collation = comment, .comment = comment,
                                     .server_default = KN_TEXT(title));
    kn_column role = KN_TABLE_COLUMN("role_id", KN_INTEGER, .references = KN_REF_NAMED(title, table),
                                     .check = KN_GT(KN_COL_NAMED(NULL, "role_id"), KN_INT(0)));
    const char *unique[] = {title, "role_id"};
    kn_table_index index = {.name = "by_title",
                            .parts = KN_LIST(KN_DESC(KN_LOWER(KN_COL_NAMED(NULL, title)))),
                            .where = KN_IS_NOT_NULL(KN_COL_NAMED(NULL, "role_id")),
                            .unique = 1};
    kn_table_reference reference = {.columns = KN_LIST(KN_COL_NAMED(NULL, "role_id")),
                                    .references = KN_LIST(KN_COL(Role, id)),
                                    .on_delete = KN_CASCADE};
    kn_table_add_column(builder, &id);
    kn_table_add_column(builder, &text);
    kn_table_add_column(builder, &role);
    kn_table_add_unique(builder, "uq", unique, 2);
    kn_table_add_unique(builder, NULL, unique, 1);
    kn_table_add_check(builder, "ck", KN_NE(KN_COL_NAMED(NULL, title), KN_TEXT("")));
    kn_table_add_index(builder, &index);
    kn_table_add_reference(builder, &reference);
    kn_table_set_comment(builder, comment);
    kn_status status = kn_table_build(builder, out, error);
    memset(table, '?', sizeof table - 1);
    memset(title, '?', sizeof title - 1);
    memset(comment, '?', sizeof comment - 1);
    return status;
}

extern const kn_model songs;
#define SONG(name) KN_COL_NAMED(&songs, name)
static const kn_column song_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("title", KN_STRING(40), .collation = "music", .comment = "music",
                    .server_default = KN_TEXT("title")),
    KN_TABLE_COLUMN("role_id", KN_INTEGER, .references = KN_REF_NAMED("title", "songs"),
                    .check = KN_GT(SONG("role_id"), KN_INT(0))),
};
const kn_model songs = {
    .size_ = sizeof(kn_model),
    .schema = "s",
    .table = "songs",
    .columns = song_columns,
    .n_columns = KN_COUNT_OF(song_columns),
    .column_size = sizeof(kn_column),
    .comment = "music",
    .unique_keys = KN_UNIQUE_KEYS({.columns = KN_LIST(SONG("title"), SONG("role_id")), .name = "uq"},
                                  {.columns = KN_LIST(SONG("title"))}),
    .checks = KN_CHECKS({.expr = KN_NE(SONG("title"), KN_TEXT("")), .name = "ck"}),
    .indexes = KN_INDEXES({.name = "by_title",
                           .parts = KN_LIST(KN_DESC(KN_LOWER(SONG("title")))),
                           .where = KN_IS_NOT_NULL(SONG("role_id")),
                           .unique = 1}),
    .foreign_keys = KN_FOREIGN_KEYS(
        {.columns = KN_LIST(SONG("role_id")), .references = KN_LIST(KN_COL(Role, id)), .on_delete = KN_CASCADE}),
};

static void test_builder__makes_what_the_macros_make(void **state)
{
    (void)state;
    kn_arena arena = {0};
    kn_error error = {0};
    const kn_model *model = NULL;
    if (build_all(&arena, &model, &error) != KN_OK)
        fail_msg("%s", error.message);
    assert_true(kn_model_equal(model, &songs));
    assert_int_equal(kn_model_fingerprint(model), kn_model_fingerprint(&songs));
    assert_ptr_equal(model->checks[0].expr->args[0]->model, model);
    assert_true(kn_column_is_generated_key(model, kn_model_column(model, 0)));
    kn_arena_finish(&arena);
}

static void test_builder__an_empty_table_is_refused(void **state)
{
    (void)state;
    kn_arena arena = {0};
    kn_error error = {0};
    const kn_model *model = &Role_model;
    assert_int_equal(kn_table_build(kn_table_begin(&arena, NULL, "t"), &model, &error), KN_INVALID);
    assert_null(model);
    assert_non_null(strstr(error.message, "table 't'"));
    assert_int_equal(kn_table_build(kn_table_begin(&arena, NULL, NULL), &model, &error), KN_INVALID);
    kn_arena_finish(&arena);
}

static void test_builder__keeps_the_first_mistake(void **state)
{
    (void)state;
    kn_column id = KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true);
    kn_column bad = KN_TABLE_COLUMN("n", KN_INTEGER, .check = KN_GT(NULL, KN_INT(1)));
    const kn_table_index no_parts = {.name = "x"};
    const kn_table_reference no_columns = {.name = "x"};
    for (int i = 0; i < 9; i++) {
        kn_arena arena = {0};
        kn_error error = {0};
        const kn_model *model = NULL;
        kn_table_builder *builder = kn_table_begin(&arena, NULL, "t");
        kn_table_add_column(builder, &id);
        if (i == 0)
            kn_table_add_column(builder, &bad);
        if (i == 1)
            kn_table_add_check(builder, "c", NULL);
        if (i == 2)
            kn_table_add_index(builder, &no_parts);
        if (i == 3)
            kn_table_add_reference(builder, &no_columns);
        if (i == 4)
            kn_table_add_column(builder, NULL);
        if (i == 5)
            kn_table_add_index(builder, NULL);
        if (i == 6)
            kn_table_add_reference(builder, NULL);
        if (i == 7)
            kn_table_add_unique(builder, "u", NULL, 2);
        if (i == 8)
            kn_table_add_column_sized(builder, &bad, 16);
        kn_table_add_check(builder, "later", KN_RAW("1 = 1"));
        assert_int_equal(kn_table_build(builder, &model, &error), KN_INVALID);
        assert_non_null(strstr(error.message, "table 't': a"));
        assert_null(model);
        kn_arena_finish(&arena);
    }
}

/* What a program with an older header has behind its kn_column is not the library's to read. */
static void test_builder__reads_no_more_of_a_column_than_there_is(void **state)
{
    (void)state;
    kn_arena arena = {0};
    kn_error error = {0};
    const kn_model *model = NULL;
    const size_t size = offsetof(kn_column, comment);
    kn_column id = KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true, .collation = "own", .comment = "not there");
    char *old = malloc(size); /* a byte behind it is a finding of the address sanitizer */
    assert_non_null(old);
    memcpy(old, &id, size);
    kn_table_builder *builder = kn_table_begin(&arena, NULL, "t");
    kn_table_add_column_sized(builder, (const kn_column *)(const void *)old, size);
    free(old);
    assert_int_equal(kn_table_build(builder, &model, &error), KN_INVALID); /* a collation is for text */
    assert_non_null(strstr(error.message, "colla"));
    id.collation = NULL;
    builder = kn_table_begin(&arena, NULL, "t");
    kn_table_add_column_sized(builder, &id, size);
    assert_int_equal(kn_table_build(builder, &model, &error), KN_OK);
    assert_null(kn_model_column(model, 0)->comment);
    kn_arena_finish(&arena);
}

static void test_builder__null_is_out_of_memory(void **state)
{
    (void)state;
    kn_error error = {0};
    const kn_model *model = NULL;
    kn_table_add_column(NULL, &song_columns[0]);
    kn_table_add_unique(NULL, NULL, NULL, 0);
    kn_table_add_check(NULL, NULL, NULL);
    kn_table_add_index(NULL, NULL);
    kn_table_add_reference(NULL, NULL);
    kn_table_set_comment(NULL, NULL);
    assert_int_equal(kn_table_build(NULL, &model, &error), KN_NOMEM);
}

static kn_status build(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn_arena arena;
    kn_error error = {0};
    const kn_model *model = NULL;
    kn_arena_init(&arena, allocator, 0);
    kn_status status = build_all(&arena, &model, &error);
    assert_int_equal(error.status, status);
    assert_int_equal(status == KN_OK, model != NULL);
    kn_arena_finish(&arena);
    return status;
}

static void test_builder__every_failing_allocation_is_nomem(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(build, NULL) > 1);
}

/* The arena asks seldom; a limit lets each of its allocations fail. */
static void test_builder__every_limit_is_nomem(void **state)
{
    (void)state;
    kn_status status = KN_NOMEM;
    for (size_t limit = 16; status != KN_OK; limit += 16) {
        kn_arena arena;
        kn_error error = {0};
        const kn_model *model = NULL;
        kn_arena_init(&arena, NULL, limit);
        status = build_all(&arena, &model, &error);
        assert_true(status == KN_OK || status == KN_NOMEM);
        assert_true(limit < 100000);
        kn_arena_finish(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builder__makes_what_the_macros_make),
        cmocka_unit_test(test_builder__an_empty_table_is_refused),
        cmocka_unit_test(test_builder__keeps_the_first_mistake),
        cmocka_unit_test(test_builder__reads_no_more_of_a_column_than_there_is),
        cmocka_unit_test(test_builder__null_is_out_of_memory),
        cmocka_unit_test(test_builder__every_failing_allocation_is_nomem),
        cmocka_unit_test(test_builder__every_limit_is_nomem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
