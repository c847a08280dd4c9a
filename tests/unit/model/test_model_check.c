/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "expr/columns.h"
#include "support/failing_allocator.h"
#include "support/music.h"

#include <string.h>

/* A model of one to four columns that a case spoils. */
typedef struct T {
    int64_t id;
    char name[9];
    kn_opt_int32 n;
    kn_any *any;
} T;
KN_MODEL(T);
KN_COLUMNS(T) = {
    KN_COLUMN(T, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(T, name, KN_STRING(8)),
    KN_COLUMN(T, n, KN_INTEGER),
    KN_COLUMN(T, any, KN_PICKLE),
};
KN_DEFINE(T, "t");
enum { ID, NAME, N, ANY };

static kn_column columns[4];
static kn_model model;

static void reset(void)
{
    memcpy(columns, T_columns_, sizeof columns);
    model = T_model;
    model.columns = columns;
}

static void refused(const char *why)
{
    kn_error error = {0};
    assert_int_equal(kn_model_check(&model, &error), KN_INVALID);
    assert_int_equal(error.status, KN_INVALID);
    if (!strstr(error.message, why))
        fail_msg("'%s' is not in '%s'", why, error.message);
    assert_int_equal(kn_model_check(&model, NULL), KN_INVALID);
}

static void accepted(void)
{
    kn_error error = {0};
    if (kn_model_check(&model, &error) != KN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(error.status, 0);
}

/* Runs a change on a fresh model: ok, or refused with the text. */
#define GOOD(...) (reset(), __VA_ARGS__, accepted())
#define BAD(why, ...) (reset(), __VA_ARGS__, refused(why))
#define COL(name_) KN_COL_NAMED(&model, name_)

static void test_model_check__the_sketch_is_sound(void **state)
{
    (void)state;
    kn_error error = {0};
    assert_int_equal(kn_model_check(&User_model, &error), KN_OK);
    assert_int_equal(kn_model_check(&Role_model, &error), KN_OK);
    assert_int_equal(kn_model_check(NULL, &error), KN_INVALID);
    reset();
    accepted();
}

static void test_model_check__sizes_of_other_headers(void **state)
{
    (void)state;
    BAD("size_ is not set", model.size_ = 0);
    BAD("size_ is not set", model.size_ = KN__MODEL_SIZE_MIN - 1);
    GOOD(model.size_ = KN__MODEL_SIZE_MIN);
    BAD("column_size is 8, which no header ever had", model.column_size = 8);
    BAD("column_size is", model.column_size = sizeof(kn_column) + 1);
    BAD("relationship_size is", model.relationships = User_relationships_, model.n_relationships = 1,
        model.relationship_size = 3);
}

static void test_model_check__tables(void **state)
{
    (void)state;
    BAD("table '?': the table has no name", model.table = NULL);
    BAD("the table has no name", model.table = "");
    BAD("not UTF-8", model.table = "\xff");
    BAD("schema is empty", model.schema = "");
    GOOD(model.schema = "s");
    BAD("comment is not UTF-8", model.comment = "\xc0\x80");
    BAD("has no columns", model.n_columns = 0);
    BAD("has no columns", model.columns = NULL);
    BAD("struct T has no size", model.object_size = 0);
    GOOD(columns[ID].primary_key = false); /* a table may have no key */
    BAD(".shown is 'nobody', which is no member", model.shown = "nobody");
    GOOD(model.shown = "name");
}

static void test_model_check__names_of_columns(void **state)
{
    (void)state;
    BAD("column 1 has no name", columns[NAME].member = NULL);
    BAD("column 1 has no name", columns[NAME].name = "");
    BAD("column 2 has no name, or one that is not UTF-8", columns[N].name = "\xed\xa0\x80");
    BAD("table 't': column 'ID': has the name of column 'id', case not counted", columns[N].name = "ID");
    GOOD(columns[N].name = "\xc3\x89", columns[NAME].name = "\xc3\xa9"); /* only ASCII is folded */
}

static void test_model_check__types_are_sound(void **state)
{
    (void)state;
    BAD("table 't': column 'n': ", columns[N].type.id = 0);
    BAD("table 't': column 'n': ", columns[N].type.id = 99);
    BAD("table 't': column 'name': ", columns[NAME].type.length = 0);
    static const kn_type no_labels = {.id = KN_TYPE_ENUM};
    BAD("table 't': column 'name': ", columns[NAME].type = no_labels);
}

static void test_model_check__members_hold_their_types(void **state)
{
    (void)state;
    BAD("member 'n' is kn_opt_int32, which cannot hold String", columns[N].type = KN_TYPE(KN_STRING(3)));
    BAD("cannot hold SmallInteger", columns[N].type = KN_TYPE(KN_SMALL_INTEGER));
    BAD("member 'id' is int64_t, which cannot hold Float", columns[ID].type = KN_TYPE(KN_FLOAT),
        columns[ID].primary_key = false);
    BAD("has C type 77, which this library does not know", columns[N].ctype = 77);
    BAD("has no member in struct T", columns[N].ctype = KN_C_NONE);
    BAD("has no member in struct T", columns[N].member = NULL, columns[N].name = "n");
    BAD("has 9 bytes, String needs 10 with the ending NUL", columns[NAME].type.length = 9);
    BAD("has 4 bytes, kn_opt_int32 has 8", columns[N].member_size = 4);
    BAD("has a struct member, but the table no struct", model.name = NULL);
    BAD("member 'n' is float, which cannot hold Float", columns[N].ctype = KN_C_FLOAT,
        columns[N].type = KN_TYPE(KN_FLOAT), columns[N].member_size = 4);
    GOOD(columns[N].ctype = KN_C_FLOAT, columns[N].type = KN_TYPE(KN_FLOAT_OF(24)), columns[N].member_size = 4);
}

static kn_status no_write(const void *object, kn_arena *arena, kn_bytes *out, kn_error *error)
{
    (void)object, (void)arena, (void)out, (void)error;
    return KN_INVALID;
}

static kn_status no_read(kn_bytes bytes, kn_arena *arena, void *object, kn_error *error)
{
    (void)object, (void)arena, (void)bytes, (void)error;
    return KN_INVALID;
}

static void test_model_check__codecs_fit_their_struct(void **state)
{
    (void)state;
    static const kn_codec codec = {
        .size_ = sizeof codec, .name = "eight", .object_size = 8, .write = no_write, .read = no_read};
    GOOD(columns[N].type = KN_TYPE(KN_PICKLE_OF(codec)), columns[N].ctype = KN_C_STRUCT);
    BAD("what its codec writes has 8", columns[N].type = KN_TYPE(KN_PICKLE_OF(codec)), columns[N].ctype = KN_C_STRUCT,
        columns[N].member_size = 12);
    BAD("cannot hold PickleType", columns[ANY].type = KN_TYPE(KN_PICKLE_OF(codec)));
    BAD("is nullable, but its member (struct)", columns[N].type = KN_TYPE(KN_PICKLE_OF(codec)),
        columns[N].ctype = KN_C_STRUCT, columns[N].nullable = KN_YES);
}

static void test_model_check__nullable(void **state)
{
    (void)state;
    BAD("is a key and nullable", columns[ID].nullable = KN_YES);
    GOOD(columns[ID].nullable = KN_NO);
    BAD("is nullable, but its member (char[]) cannot be NULL", columns[NAME].nullable = KN_YES);
    BAD("is nullable, but its member (int64_t)", columns[ID].primary_key = false, columns[ID].nullable = KN_YES);
    GOOD(columns[N].nullable = KN_YES);
    GOOD(columns[N].nullable = KN_NO);
    BAD("has a value that it does not know", columns[N].nullable = 3);
}

static void test_model_check__autoincrement_and_keys(void **state)
{
    (void)state;
    GOOD(columns[ID].autoincrement = KN_YES);
    BAD("is autoincrement, which only an integer can be that is the whole key", columns[N].autoincrement = KN_YES);
    BAD("is autoincrement, which only", columns[ID].autoincrement = KN_YES, columns[NAME].primary_key = true);
    BAD("is autoincrement and has a default", columns[ID].autoincrement = KN_YES, columns[ID].initial = KN_INT(1));
    BAD("is autoincrement and has a default", columns[ID].autoincrement = KN_YES,
        columns[ID].server_default = KN_INT(1));
    BAD("has a value that it does not know", columns[ID].autoincrement = 3);
    GOOD(columns[NAME].primary_key = true);
    BAD("is a PickleType", columns[ANY].unique = true);
    BAD("is a PickleType", columns[ANY].index = true);
    BAD("is a PickleType", columns[ANY].primary_key = true);
}

static void test_model_check__options_of_references(void **state)
{
    (void)state;
    GOOD(columns[N].references = (kn_member)KN_REF_NAMED("x", "id"), columns[N].on_delete = KN_CASCADE);
    BAD("but no references", columns[N].on_delete = KN_CASCADE);
    BAD("but no references", columns[N].on_update = KN_SET_NULL);
    BAD("but no references", columns[N].deferral = KN_DEFERRABLE);
    BAD("has a value that it does not know", columns[N].references = (kn_member)KN_REF_NAMED("x", "id"),
        columns[N].on_delete = 5);
    BAD("references a table or column without a name", columns[N].references = (kn_member)KN_REF_NAMED("x", NULL));
    BAD("references a table or column without a name", columns[N].references = (kn_member)KN_REF_NAMED("", "id"));
    BAD("references a struct and a name", columns[N].references = (kn_member)KN_REF(Role, id),
        columns[N].references.table = "roles");
}

static kn_status give(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context, (void)arena, (void)error;
    *out = kn_int(1);
    return KN_OK;
}

static void test_model_check__defaults_fit_their_column(void **state)
{
    (void)state;
    GOOD(columns[N].initial = KN_INT(7));
    BAD("table 't': column 'n': initial: ", columns[N].initial = KN_INT(INT64_C(1) << 31));
    BAD("column 'n': initial: ", columns[N].initial = KN_TEXT("7"));
    BAD("column 'n': server_default: ", columns[N].server_default = KN_TEXT("7"));
    BAD("column 'n': onupdate: ", columns[N].onupdate = KN_DOUBLE(1.5));
    GOOD(columns[NAME].initial = KN_TEXT("12345678"), columns[NAME].server_default = KN_TEXT(""));
    BAD("column 'name': initial: ", columns[NAME].initial = KN_TEXT("123456789"));
    BAD("column 'name': initial: ", columns[NAME].initial = KN_TEXT("\xff"));
    BAD("is NULL, but the column is NOT NULL", columns[NAME].initial = KN_VALUE(kn_null()));
    GOOD(columns[N].initial = KN_VALUE(kn_null()));
    BAD("has no value", columns[N].initial = KN_VALUE((kn_value){0}));
    GOOD(columns[N].initial = KN_CALL(give, NULL), columns[N].onupdate = KN_CALL(give, NULL));
    BAD("KN_CALL without a function", columns[N].initial = KN_CALL(NULL, NULL));
    BAD("KN_CALL runs in the program, not in the database", columns[N].server_default = KN_CALL(give, NULL));
    BAD("KN_CALL runs in the program, not in the database",
        columns[N].initial = KN_ADD(KN_CALL(give, NULL), KN_INT(1)));
    BAD("which takes none", columns[N].initial = KN_ADD(KN_ARG(0), KN_INT(1)));
}

static void test_model_check__default_expressions(void **state)
{
    (void)state;
    GOOD(columns[N].initial = KN_ADD(KN_INT(1), KN_INT(2)));
    GOOD(columns[N].initial = KN_RAW("abs(-3)"), columns[N].server_default = KN_RAW("1 + 1"));
    BAD("column 'n': initial: ", columns[N].initial = KN_CONCAT(KN_TEXT("a"), KN_TEXT("b")));
    BAD("a default cannot depend on a column", columns[N].initial = COL("id"));
    GOOD(columns[N].onupdate = KN_ADD(COL("n"), KN_INT(1)));
    BAD("names a column that is not of this table", columns[N].onupdate = KN_COL(Role, id));
    BAD("is the same everywhere", columns[N].server_default = KN_ADD(KN_INT(1), KN_INT(2)));
    BAD("column 'n': initial: ", columns[N].initial = KN_NOW);
    BAD("column 'n': initial: ", columns[N].initial = KN_ALL_ROWS);
    BAD("column 'n': initial: ", columns[N].initial = KN_ADD(KN_INT(1), NULL));
    BAD("is a key, which no update changes", columns[ID].onupdate = KN_INT(1));
    GOOD(columns[N].type = KN_TYPE(KN_DATETIME), columns[N].ctype = KN_C_DATETIME, columns[N].server_default = KN_NOW,
         columns[N].initial = KN_NOW);
    GOOD(columns[N].type = KN_TYPE(KN_DATETIME_TZ), columns[N].ctype = KN_C_INSTANT, columns[N].onupdate = KN_NOW);
}

static void test_model_check__computed_columns(void **state)
{
    (void)state;
    GOOD(columns[N].computed = KN_ADD(COL("id"), KN_INT(1)), columns[N].type = KN_TYPE(KN_BIG_INTEGER),
         columns[N].ctype = KN_C_INT64);
    GOOD(columns[N].computed = KN_RAW("id + 1"), columns[N].computed_stored = 1);
    BAD("column 'n': computed: ", columns[N].computed = COL("name"));
    BAD("is computed, so it has no default", columns[N].computed = KN_RAW("1"), columns[N].initial = KN_INT(1));
    BAD("is computed, so it has no default", columns[N].computed = KN_RAW("1"), columns[N].onupdate = KN_INT(1));
    BAD("is computed, so it has no default", columns[N].computed = KN_RAW("1"), columns[N].server_default = KN_INT(1));
    BAD("is neither a key nor a foreign key", columns[ID].computed = KN_RAW("1"));
    BAD("is neither a key nor a foreign key", columns[N].computed = KN_RAW("1"),
        columns[N].references = (kn_member)KN_REF_NAMED("x", "id"));
    BAD("is computed from itself", columns[N].computed = KN_COALESCE(COL("n"), KN_INT(1)));
    BAD("computed_stored without computed", columns[N].computed_stored = 1);
    BAD("KN_CALL runs in the program", columns[N].computed = KN_CALL(give, NULL));
    BAD("names a column that is not of this table", columns[N].computed = KN_COL(Role, id));
}

static void test_model_check__checks(void **state)
{
    (void)state;
    GOOD(columns[N].check = KN_GT(COL("n"), COL("id")));
    BAD("column 'n': check: ", columns[N].check = COL("n"));
    BAD("column 'n': check: ", columns[N].check = KN_GT(COL("n"), KN_TEXT("a")));
    BAD("names a column that is not of this table", columns[N].check = KN_GT(KN_COL(Role, id), KN_INT(0)));
    BAD("column 'n': check: ", columns[N].check = KN_GT(COL("n"), KN_ARG(0)));
    BAD("column 'n': check: ", columns[N].check = KN_GT(COL("n"), NULL));
    kn_table_check checks[] = {{.expr = KN_EQ(COL("name"), KN_TEXT("a"))}, {.expr = NULL}};
    GOOD(model.checks = checks);
    BAD("name of a check is empty", model.checks = checks, checks[0].name = "");
    BAD("a check: ", model.checks = checks, checks[0].name = NULL, checks[0].expr = KN_EQ(COL("name"), KN_INT(1)));
    BAD("names a column that is not of this table", model.checks = checks, checks[0].expr = KN_EQ(COL("x"), KN_INT(1)));
}

static void test_model_check__unique_keys(void **state)
{
    (void)state;
    kn_unique_key keys[] = {{.columns = KN_LIST(COL("name"), COL("n"))}, {.columns = NULL}};
    const kn_expr *const none[] = {KN_END};
    GOOD(model.unique_keys = keys);
    BAD("name of a unique key is empty", model.unique_keys = keys, keys[0].name = "");
    keys[0].name = NULL;
    BAD("a unique key has no columns", model.unique_keys = keys, keys[0].columns = none);
    BAD("column 'n': stands twice", model.unique_keys = keys, keys[0].columns = KN_LIST(COL("n"), COL("id"), COL("n")));
    BAD("element 1 is no column of this table", model.unique_keys = keys,
        keys[0].columns = KN_LIST(COL("n"), COL("x")));
    BAD("element 0 is no column of this table", model.unique_keys = keys,
        keys[0].columns = KN_LIST(KN_LOWER(COL("name"))));
    BAD("element 0 is no column of this table", model.unique_keys = keys, keys[0].columns = KN_LIST(NULL));
    BAD("is a PickleType, which cannot stand in a unique key", model.unique_keys = keys,
        keys[0].columns = KN_LIST(COL("any")));
}

static void test_model_check__indexes(void **state)
{
    (void)state;
    kn_table_index indexes[] = {{.parts = KN_LIST(COL("name"), KN_DESC(COL("n")))}, {.parts = NULL}};
    const kn_expr *const none[] = {KN_END};
#define PARTS(...) model.indexes = indexes, indexes[0].parts = KN_LIST(__VA_ARGS__)
    GOOD(model.indexes = indexes);
    GOOD(PARTS(KN_LOWER(COL("name")), KN_DESC(KN_ADD(COL("n"), KN_INT(1)))));
    GOOD(PARTS(KN_PREFIX(COL("name"), 8)));
    GOOD(PARTS(KN_DESC(KN_PREFIX(COL("name"), 1))));
    BAD("an index has no parts", model.indexes = indexes, indexes[0].parts = none);
    BAD("the prefix is at least 1", PARTS(KN_PREFIX(COL("name"), 0)));
    BAD("the prefix is at least 1 and at most the length", PARTS(KN_PREFIX(COL("name"), 9)));
    BAD("KN_PREFIX is for text and binary", PARTS(KN_PREFIX(COL("n"), 2)));
    BAD("KN_PREFIX is of a column of this table", PARTS(KN_PREFIX(KN_LOWER(COL("name")), 2)));
    BAD("column 'n': stands twice in an index", PARTS(COL("n"), KN_DESC(COL("name")), COL("n")));
    BAD("is a PickleType, which cannot stand in an index", PARTS(COL("any")));
    BAD("names a column that is not of this table", PARTS(KN_COL(Role, id)));
    BAD("names a column that is not of this table", PARTS(COL("nothing")));
    BAD("an index: ", PARTS(KN_ASC(KN_DESC(COL("n")))));
    BAD("an index: ", PARTS(NULL));
    indexes[0] = (kn_table_index){.parts = KN_LIST(COL("n")), .where = KN_GT(COL("n"), KN_INT(0))};
    GOOD(model.indexes = indexes);
    indexes[0].where = COL("n");
    BAD("the condition of an index: ", model.indexes = indexes);
    indexes[0].where = NULL;
    indexes[0].name = "";
    BAD("name of an index is empty", model.indexes = indexes);
    indexes[0].name = NULL;
    indexes[0].unique = 2;
    BAD("unique is 0 or 1", model.indexes = indexes);
}

static void test_model_check__foreign_keys(void **state)
{
    (void)state;
    kn_table_reference keys[] = {
        {.columns = KN_LIST(COL("n"), COL("id")), .references = KN_LIST(KN_COL(User, id), KN_COL(User, role_id))},
        {.columns = NULL}};
    const kn_table_reference sound = keys[0];
    const kn_expr *const none[] = {KN_END};
    GOOD(model.foreign_keys = keys);
    BAD("has 2 columns and references 1", model.foreign_keys = keys, keys[0].references = KN_LIST(KN_COL(User, id)));
    BAD("has 2 columns and references 0", model.foreign_keys = keys, keys[0].references = NULL);
    BAD("references what is no column", model.foreign_keys = keys, keys[0].references = KN_LIST(KN_INT(1), KN_INT(2)));
    keys[0] = sound;
    BAD("a foreign key has no columns", model.foreign_keys = keys, keys[0].columns = none);
    BAD("is no column of this table", model.foreign_keys = keys, keys[0].columns = KN_LIST(KN_COL(User, id)));
    keys[0] = sound;
    BAD("has an option that it does not know", model.foreign_keys = keys, keys[0].on_update = 9);
    keys[0] = sound;
    BAD("name of a foreign key is empty", model.foreign_keys = keys, keys[0].name = "");
}

static void test_model_check__members_stand_apart_inside_the_struct(void **state)
{
    (void)state;
    BAD("members 'id' and 'n' of struct T overlap", columns[N].offset = 4);
    BAD("members 'name' and 'n' of struct T overlap", columns[N].offset = offsetof(T, name) + 8);
    BAD("member 'any' stands outside of struct T", columns[ANY].offset = sizeof(T) - 4);
    BAD("member 'any' stands outside of struct T", columns[ANY].offset = SIZE_MAX);
    kn_relationship r[1] = {{.member = "other", .offset = offsetof(T, any), .target = &Role_model}};
#define RELATED model.relationships = r, model.n_relationships = 1, model.relationship_size = sizeof r[0]
    BAD("members 'any' and 'other' of struct T overlap", RELATED);
    GOOD(RELATED, model.n_columns = 3);
    BAD("member 'other' stands outside", RELATED, model.n_columns = 3, r[0].side = KN_SIDE_MANY);
    r[0].side = KN_SIDE_ONE;
    BAD("relationship 0 has no member", RELATED, model.n_columns = 3, r[0].member = NULL);
    r[0].member = "other";
    BAD("has no target", RELATED, model.n_columns = 3, r[0].target = NULL);
    r[0].target = &Role_model;
    BAD("has an option that it does not know", RELATED, model.n_columns = 3, r[0].cascade = 8);
}

static void test_model_check__collation_and_comment(void **state)
{
    (void)state;
    GOOD(columns[NAME].collation = "nocase", columns[NAME].comment = "caf\xc3\xa9");
    BAD("has a collation", columns[N].collation = "nocase");
    BAD("has a collation", columns[NAME].collation = "");
    BAD("comment is not UTF-8", columns[NAME].comment = "\xe9");
}

static void test_model_check__a_table_without_a_struct(void **state)
{
    (void)state;
    static const kn_column plain[] = {KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
                                      KN_TABLE_COLUMN("name", KN_STRING(3), .nullable = KN_YES)};
    reset();
    model = (kn_model){
        .size_ = sizeof model, .table = "plain", .columns = plain, .n_columns = 2, .column_size = sizeof(kn_column)};
    accepted();
    kn_relationship r[1] = {{.member = "other", .target = &Role_model}};
    RELATED;
    refused("has relationships, but no struct");
}

/* Deeper than an expression may be. */
static void test_model_check__deep_expressions_are_refused(void **state)
{
    (void)state;
    enum { DEEP = 5000 };
    static kn_expr nodes[DEEP];
    static const kn_expr *lists[DEEP][2];
    for (size_t i = 0; i < DEEP; i++) {
        nodes[i] = (kn_expr){.node = {KN_NODE_OP, sizeof(kn_expr), 0}, .op = KN_OP_NOT, .args = lists[i]};
        lists[i][0] = i + 1 < DEEP ? &nodes[i + 1] : KN_BOOL(true);
        lists[i][1] = KN_END;
    }
    BAD("nested too deeply", columns[N].check = &nodes[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_check__the_sketch_is_sound),
        cmocka_unit_test(test_model_check__sizes_of_other_headers),
        cmocka_unit_test(test_model_check__tables),
        cmocka_unit_test(test_model_check__names_of_columns),
        cmocka_unit_test(test_model_check__types_are_sound),
        cmocka_unit_test(test_model_check__members_hold_their_types),
        cmocka_unit_test(test_model_check__codecs_fit_their_struct),
        cmocka_unit_test(test_model_check__nullable),
        cmocka_unit_test(test_model_check__autoincrement_and_keys),
        cmocka_unit_test(test_model_check__options_of_references),
        cmocka_unit_test(test_model_check__defaults_fit_their_column),
        cmocka_unit_test(test_model_check__default_expressions),
        cmocka_unit_test(test_model_check__computed_columns),
        cmocka_unit_test(test_model_check__checks),
        cmocka_unit_test(test_model_check__unique_keys),
        cmocka_unit_test(test_model_check__indexes),
        cmocka_unit_test(test_model_check__foreign_keys),
        cmocka_unit_test(test_model_check__members_stand_apart_inside_the_struct),
        cmocka_unit_test(test_model_check__collation_and_comment),
        cmocka_unit_test(test_model_check__a_table_without_a_struct),
        cmocka_unit_test(test_model_check__deep_expressions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
