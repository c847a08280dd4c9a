/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "expr/columns.h"
#include "support/music.h"

static void test_model__finds_a_column_by_member_and_by_name(void **state)
{
    (void)state;
    const kn_column *saldo = kn_model_column_at(&User_model, offsetof(User, balance));
    assert_ptr_equal(saldo, &User_columns_[3]);
    assert_string_equal(saldo->member, "balance");
    assert_ptr_equal(kn_model_column_named(&User_model, "saldo"), saldo);
    assert_null(kn_model_column_named(&User_model, "balance"));
    assert_null(kn_model_column_named(&User_model, NULL));
    assert_null(kn_model_column_named(&User_model, ""));
    assert_null(kn_model_column_at(&User_model, offsetof(User, role)));
    assert_null(kn_model_column_at(&User_model, 1));
}

static void test_model__nullable_follows_the_member(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool nullable;
    } cases[] = {{"id", false},    {"username", false}, {"role_id", true}, {"saldo", false}, {"mood", false},
                 {"plays", false}, {"last_mood", true}, {"token", true},   {"prefs", true}};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        const kn_column *column = kn_model_column_named(&User_model, cases[i].name);
        assert_non_null(column);
        assert_int_equal(kn_column_is_nullable(&User_model, column), cases[i].nullable);
    }
}

static kn_column column_of(uint32_t ctype, uint8_t choice, bool key)
{
    return (kn_column){
        .name = "c", .type = {KN_INIT_KN_INTEGER}, .ctype = ctype, .nullable = choice, .primary_key = key};
}

static void test_model__a_stated_nullable_wins_but_never_for_a_key(void **state)
{
    (void)state;
    kn_column optional_no = column_of(KN_C_OPT_INT64, KN_NO, false), text_no = column_of(KN_C_CSTR, KN_NO, false);
    kn_column none = column_of(KN_C_NONE, KN_DEFAULT, false), none_no = column_of(KN_C_NONE, KN_NO, false);
    kn_column key = column_of(KN_C_OPT_INT64, KN_DEFAULT, true), key_yes = column_of(KN_C_OPT_INT64, KN_YES, true);
    kn_column codec = column_of(KN_C_STRUCT, KN_DEFAULT, false);
    assert_false(kn_column_is_nullable(&User_model, &optional_no));
    assert_false(kn_column_is_nullable(&User_model, &text_no));
    assert_true(kn_column_is_nullable(&User_model, &none));
    assert_false(kn_column_is_nullable(&User_model, &none_no));
    assert_false(kn_column_is_nullable(&User_model, &key));
    assert_false(kn_column_is_nullable(&User_model, &key_yes));
    assert_false(kn_column_is_nullable(&User_model, &codec));
}

static bool generated(const kn_column *columns, size_t count, const kn_table_reference *references)
{
    kn_model model = {.size_ = sizeof model,
                      .table = "t",
                      .columns = columns,
                      .n_columns = count,
                      .column_size = sizeof *columns,
                      .foreign_keys = references};
    return kn_column_is_generated_key(&model, &columns[0]);
}

static void test_model__a_sole_integer_key_is_generated(void **state)
{
    (void)state;
    kn_column c[2] = {column_of(KN_C_NONE, 0, true), column_of(KN_C_NONE, 0, false)};
    assert_true(generated(c, 2, NULL));
    c[0].type.id = KN_TYPE_SMALL_INTEGER;
    assert_true(generated(c, 2, NULL));
    c[0].autoincrement = KN_NO;
    assert_false(generated(c, 2, NULL));
    c[0].autoincrement = KN_DEFAULT;
    c[1].primary_key = true;
    assert_false(generated(c, 2, NULL));
    c[1].primary_key = false;
    c[0].type.id = KN_TYPE_NUMERIC;
    assert_false(generated(c, 2, NULL));
    c[0].type.id = KN_TYPE_BIG_INTEGER;
    c[0].primary_key = false;
    assert_false(generated(c, 2, NULL));
}

static void test_model__defaults_and_references_end_generation_unless_stated(void **state)
{
    (void)state;
    kn_column c[1] = {column_of(KN_C_NONE, 0, true)};
    c[0].initial = KN_INT(7);
    assert_false(generated(c, 1, NULL));
    c[0].initial = NULL;
    c[0].server_default = KN_INT(7);
    assert_false(generated(c, 1, NULL));
    c[0].server_default = NULL;
    c[0].references = (kn_member)KN_REF_NAMED("roles", "id");
    assert_false(generated(c, 1, NULL));
    c[0].autoincrement = KN_YES;
    assert_true(generated(c, 1, NULL));
    c[0].references = (kn_member)KN_REF(Role, id);
    c[0].autoincrement = KN_DEFAULT;
    assert_false(generated(c, 1, NULL));
    c[0].references = (kn_member){0};
    kn_model shape = {.size_ = sizeof shape, .table = "t", .columns = c, .n_columns = 1, .column_size = sizeof c[0]};
    const kn_table_reference over_key[] = {
        {.columns = KN_LIST(KN_COL_NAMED(&shape, "c")), .references = KN_LIST(KN_COL(Role, id))}, {.columns = NULL}};
    kn_model with = shape;
    with.foreign_keys = over_key;
    assert_true(kn_column_is_generated_key(&shape, &c[0]));
    const kn_expr own = {.node = {KN_NODE_COLUMN, sizeof own, 0}, .model = &with, .name = "c"};
    const kn_expr *const columns[] = {&own, KN_END};
    const kn_table_reference own_key[] = {{.columns = columns, .references = over_key[0].references},
                                          {.columns = NULL}};
    with.foreign_keys = own_key;
    assert_false(kn_column_is_generated_key(&with, &c[0]));
}

/* What a program compiled with another kn_column has in its arrays. */
typedef struct older_column {
    _Alignas(kn_column) char members[KN__COLUMN_SIZE_MIN];
} older_column;
typedef struct newer_column {
    kn_column known;
    const void *unknown[3];
} newer_column;

static void test_model__reads_columns_of_an_older_and_of_a_newer_header(void **state)
{
    (void)state;
    older_column older[2];
    newer_column newer[2];
    memset(newer, 0xff, sizeof newer);
    for (size_t i = 0; i < 2; i++) {
        memcpy(&older[i], &Role_columns_[i], sizeof older[i]);
        newer[i].known = Role_columns_[i];
    }
    kn_model a = Role_model, b = Role_model;
    a.columns = (const kn_column *)(const void *)older;
    a.column_size = sizeof older[0];
    b.columns = &newer[0].known;
    b.column_size = sizeof newer[0];
    assert_string_equal(kn_model_column_named(&a, "name")->member, "name");
    assert_true(kn_column_is_generated_key(&a, kn_model_column(&a, 0)));
    assert_int_equal(kn_model_column_at(&b, offsetof(Role, name))->type.length, 64);
    kn_column full = kn__column_load(&a, 1);
    assert_null(full.initial);
    assert_null(full.comment);
    assert_true(kn_model_equal(&a, &Role_model));
    assert_true(kn_model_equal(&b, &a));
    assert_int_equal(kn_model_fingerprint(&a), kn_model_fingerprint(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__finds_a_column_by_member_and_by_name),
        cmocka_unit_test(test_model__nullable_follows_the_member),
        cmocka_unit_test(test_model__a_stated_nullable_wins_but_never_for_a_key),
        cmocka_unit_test(test_model__a_sole_integer_key_is_generated),
        cmocka_unit_test(test_model__defaults_and_references_end_generation_unless_stated),
        cmocka_unit_test(test_model__reads_columns_of_an_older_and_of_a_newer_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
