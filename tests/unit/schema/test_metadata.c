/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "support/failing_allocator.h"
#include "support/music.h"

#include <stdarg.h>
#include <string.h>

#define TABLE(name_, columns_, ...)                                                                                    \
    {                                                                                                                  \
        .size_ = sizeof(kn_model), .table = (name_), .columns = (columns_), .n_columns = KN_COUNT_OF(columns_),        \
        .column_size = sizeof(kn_column), __VA_ARGS__                                                                  \
    }

/* What kn_metadata_check says of these models; NULL = nothing. */
static void assert_check(const char *wanted, const kn_model *const *models, size_t count)
{
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    const kn_model *const *sorted = NULL;
    size_t n = 0;
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    for (size_t i = 0; i < count; i++) {
        if (kn_metadata_add(metadata, models[i], &error) != KN_OK)
            fail_msg("%s", error.message);
    }
    kn_status status = kn_metadata_check(metadata, &error);
    if (!wanted && status != KN_OK)
        fail_msg("%s", error.message);
    if (wanted) {
        assert_int_equal(status, KN_INVALID);
        if (!strstr(error.message, wanted))
            fail_msg("'%s' is not in '%s'", wanted, error.message);
        assert_int_equal(kn_metadata_sorted(metadata, &sorted, &n, &error), KN_INVALID);
        assert_null(sorted);
    }
    kn_metadata_destroy(metadata);
}
#define ASSERT_CHECK(wanted, ...)                                                                                      \
    assert_check(wanted, (const kn_model *const[]){__VA_ARGS__}, KN_COUNT_OF(((const kn_model *const[]){__VA_ARGS__})))

static const kn_column parent_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("code", KN_STRING(8), .unique = true),
    KN_TABLE_COLUMN("both", KN_INTEGER, .unique = true, .index = true),
    KN_TABLE_COLUMN("plain", KN_INTEGER),
    KN_TABLE_COLUMN("x", KN_INTEGER),
    KN_TABLE_COLUMN("y", KN_INTEGER),
    KN_TABLE_COLUMN("z", KN_INTEGER),
};
extern const kn_model parent;
#define P(name) KN_COL_NAMED(&parent, name)
const kn_model parent =
    TABLE("parent", parent_columns, .unique_keys = KN_UNIQUE_KEYS({.columns = KN_LIST(P("x"), P("y"))}),
          .indexes = KN_INDEXES({.parts = KN_LIST(P("y"), KN_DESC(P("z"))), .unique = 1},
                                {.parts = KN_LIST(P("z")), .unique = 1, .where = KN_GT(P("x"), KN_INT(0))},
                                {.parts = KN_LIST(P("plain"))}));

/* A child whose column of this type references a column of the parent by name. */
static void assert_reference(const char *wanted, kn_column column)
{
    kn_column columns[] = {KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true), column};
    kn_model child = TABLE("child", columns, .comment = NULL);
    ASSERT_CHECK(wanted, &child, &parent);
}

static void test_metadata__a_foreign_key_points_to_a_key(void **state)
{
    (void)state;
#define TO(T, table, column_, ...)                                                                                     \
    ((kn_column)KN_TABLE_COLUMN("ref", T, .references = KN_REF_NAMED(table, column_), __VA_ARGS__))
    assert_reference(NULL, TO(KN_INTEGER, "parent", "id", .comment = NULL));
    assert_reference(NULL, TO(KN_STRING(8), "parent", "code", .comment = NULL));
    assert_reference(NULL, TO(KN_INTEGER, "parent", "both", .comment = NULL));
    assert_reference("neither its primary key nor unique", TO(KN_INTEGER, "parent", "plain", .comment = NULL));
    assert_reference("neither its primary key nor unique", TO(KN_INTEGER, "parent", "x", .comment = NULL));
    assert_reference("neither its primary key nor unique", TO(KN_INTEGER, "parent", "z", .comment = NULL));
    assert_reference("column 'nothing' of table 'parent', which has no such column",
                     TO(KN_INTEGER, "parent", "nothing", .comment = NULL));
    assert_reference("table 'nowhere', which is not in the metadata", TO(KN_INTEGER, "nowhere", "id", .comment = NULL));
    assert_reference("table 's.parent', which is not in the metadata",
                     TO(KN_INTEGER, "s.parent", "id", .comment = NULL));
}

static void test_metadata__both_sides_of_a_foreign_key_have_one_type(void **state)
{
    (void)state;
    assert_reference("is BigInteger, but column 'id' of table 'parent' that it references is Integer",
                     TO(KN_BIG_INTEGER, "parent", "id", .comment = NULL));
    assert_reference("is String(9), but column 'code' of table 'parent' that it references is String(8)",
                     TO(KN_STRING(9), "parent", "code", .comment = NULL));
    assert_reference("is Unicode(8), but", TO(KN_UNICODE(8), "parent", "code", .comment = NULL));
}

static void test_metadata__set_null_needs_a_nullable_column(void **state)
{
    (void)state;
    assert_reference("set to NULL, but column 'ref' is NOT NULL",
                     TO(KN_INTEGER, "parent", "id", .nullable = KN_NO, .on_delete = KN_SET_NULL));
    assert_reference("set to NULL, but column 'ref' is NOT NULL",
                     TO(KN_INTEGER, "parent", "id", .nullable = KN_NO, .on_update = KN_SET_NULL));
    assert_reference(NULL, TO(KN_INTEGER, "parent", "id", .on_delete = KN_SET_NULL));
}

static void test_metadata__a_reference_by_name_finds_its_schema(void **state)
{
    (void)state;
    static const kn_column id[] = {KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true)};
    static const kn_model in_s = TABLE("target", id, .schema = "s"), dotted = TABLE("s.target", id, .comment = NULL);
    static const kn_column by_name[] = {
        KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true, .references = KN_REF_NAMED("s.target", "id"))};
    static const kn_model from = TABLE("from", by_name, .comment = NULL);
    static const kn_column own[] = {
        KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true, .references = KN_REF_NAMED("target", "id"))};
    static const kn_model from_own = TABLE("from", own, .comment = NULL);
    ASSERT_CHECK(NULL, &from, &in_s);
    ASSERT_CHECK(NULL, &from, &dotted);
    ASSERT_CHECK("table 'target', which is not in the metadata", &from_own, &in_s);
}

static kn_table_reference reference_of(const kn_expr *const *columns, const kn_expr *const *references)
{
    return (kn_table_reference){.columns = columns, .references = references};
}

static void test_metadata__composite_foreign_keys(void **state)
{
    (void)state;
    static const kn_column columns[] = {
        KN_TABLE_COLUMN("a", KN_INTEGER, .primary_key = true),
        KN_TABLE_COLUMN("b", KN_INTEGER),
        KN_TABLE_COLUMN("c", KN_INTEGER),
    };
    static kn_model child = TABLE("child", columns, .comment = NULL);
#define C(name) KN_COL_NAMED(&child, name)
    kn_table_reference references[2] = {{0}};
    child.foreign_keys = references;
    const kn_model *const both[] = {&child, &parent};
    references[0] = reference_of(KN_LIST(C("b"), C("c")), KN_LIST(P("x"), P("y")));
    assert_check(NULL, both, 2);
    references[0] = reference_of(KN_LIST(C("b"), C("c")), KN_LIST(P("y"), P("x")));
    assert_check(NULL, both, 2);
    references[0] = reference_of(KN_LIST(C("b"), C("c")), KN_LIST(P("z"), P("y")));
    assert_check(NULL, both, 2);
    references[0] = reference_of(KN_LIST(C("b"), C("c")), KN_LIST(P("x"), P("z")));
    assert_check("are together neither its primary key nor unique", both, 2);
    references[0] = reference_of(KN_LIST(C("b"), C("c")), KN_LIST(P("x"), P("x")));
    assert_check("are together neither its primary key nor unique", both, 2);
    references[0] = reference_of(KN_LIST(C("b"), C("c")), KN_LIST(P("x"), C("a")));
    assert_check("references columns of two tables, 'parent' and 'child'", both, 2);
    references[0] = reference_of(KN_LIST(C("b")), KN_LIST(C("a")));
    assert_check(NULL, both, 2);
    references[0] = reference_of(KN_LIST(C("b")), KN_LIST(P("nothing")));
    references[0].name = "my_key";
    assert_check("foreign key 'my_key' references column 'nothing'", both, 2);
    child.foreign_keys = NULL;
}

static void test_metadata__a_struct_is_referenced_by_its_member(void **state)
{
    (void)state;
    ASSERT_CHECK(NULL, &User_model, &Role_model);
    ASSERT_CHECK("references table 'roles', which is not in the metadata", &User_model);
    kn_model other = Role_model;
    other.comment = "another";
    ASSERT_CHECK("references another declaration of table 'roles'", &User_model, &other);
    kn_column columns[KN_COUNT_OF(User_columns_)];
    memcpy(columns, User_columns_, sizeof columns);
    columns[2].references.offset = offsetof(Role, users);
    kn_model user = User_model;
    user.columns = columns;
    user.n_relationships = 0;
    user.indexes = NULL;
    columns[6].check = NULL; /* it names a column of another model now */
    kn_model role = Role_model;
    role.n_relationships = 0;
    columns[2].references.model = &role;
    ASSERT_CHECK("of table 'roles', which has no such column", &user, &role);
}

static void test_metadata__the_same_model_twice_is_one(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    kn_model twin = Role_model;
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_add_all(metadata, &error, &Role_model, &Role_model, &twin, NULL), KN_OK);
    assert_int_equal(kn_metadata_count(metadata), 1);
    kn_metadata_destroy(metadata);
    kn_metadata_destroy(NULL);
}

static void test_metadata__another_model_of_a_table_is_refused(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    kn_model other = Role_model, upper = Role_model, elsewhere = Role_model;
    other.object_size += 8;
    upper.table = "Roles";
    elsewhere.schema = "other";
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_add(metadata, &Role_model, &error), KN_OK);
    assert_int_equal(kn_metadata_add(metadata, &other, &error), KN_INVALID);
    assert_non_null(strstr(error.message, "declared differently"));
    assert_int_equal(kn_metadata_add(metadata, &upper, &error), KN_INVALID);
    assert_non_null(strstr(error.message, "differ only in case"));
    assert_int_equal(kn_metadata_add(metadata, &elsewhere, &error), KN_OK);
    assert_int_equal(kn_metadata_add_all(metadata, &error, &User_model, &other, NULL), KN_INVALID);
    assert_int_equal(kn_metadata_count(metadata), 3);
    kn_metadata_destroy(metadata);
}

static void test_metadata__grows_and_is_sorted_anew(void **state)
{
    (void)state;
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    const kn_model *const *sorted = NULL;
    size_t count = 0;
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_sorted(metadata, &sorted, &count, &error), KN_OK);
    assert_int_equal(count, 0);
    assert_int_equal(kn_metadata_add(metadata, &User_model, &error), KN_OK);
    assert_int_equal(kn_metadata_check(metadata, &error), KN_INVALID);
    assert_int_equal(kn_metadata_add(metadata, &Role_model, &error), KN_OK);
    assert_int_equal(kn_metadata_sorted(metadata, &sorted, &count, &error), KN_OK);
    assert_int_equal(count, 2);
    assert_ptr_equal(sorted[0], &Role_model);
    assert_ptr_equal(sorted[1], &User_model);
    kn_metadata_destroy(metadata);
}

static void test_metadata__enums_of_one_name_have_the_same_labels(void **state)
{
    (void)state;
    const kn_enum one = KN_ENUM_TYPE("mood", KN_LABEL(1, "calm")), same = KN_ENUM_TYPE("mood", KN_LABEL(1, "calm"));
    const kn_enum other = KN_ENUM_TYPE("mood", KN_LABEL(1, "loud")), upper = KN_ENUM_TYPE("Mood", KN_LABEL(2, "x"));
    const kn_enum *enums[] = {&same, &other, &upper};
    for (size_t i = 0; i < KN_COUNT_OF(enums); i++) {
        kn_column a[] = {KN_TABLE_COLUMN("m", KN_ENUM(one)), KN_TABLE_COLUMN("n", KN_ENUM(one))};
        kn_column b[] = {KN_TABLE_COLUMN("m", KN_ENUM(one))};
        b[0].type.labels = enums[i];
        kn_model first = TABLE("first", a, .comment = NULL), second = TABLE("second", b, .comment = NULL);
        ASSERT_CHECK(i ? "one name, different labels" : NULL, &first, &second);
        a[1].type.labels = enums[i];
        ASSERT_CHECK(i ? "one name, different labels" : NULL, &first);
    }
}

static void test_metadata__names_of_a_schema_differ(void **state)
{
    (void)state;
    const kn_enum e = KN_ENUM_TYPE("second", KN_LABEL(1, "calm"));
    kn_column columns[] = {KN_TABLE_COLUMN("a", KN_INTEGER, .primary_key = true), KN_TABLE_COLUMN("b", KN_INTEGER)};
    kn_column with_enum[] = {KN_TABLE_COLUMN("m", KN_ENUM(e))};
    kn_model first = TABLE("first", columns, .comment = NULL), second = TABLE("second", columns, .comment = NULL);
    kn_model third = TABLE("third", with_enum, .comment = NULL);
    const kn_expr a = {.node = {KN_NODE_COLUMN, sizeof a, 0}, .model = &first, .name = "a"};
    const kn_expr *const list[] = {&a, KN_END};
    kn_table_index indexes[] = {{.parts = list, .name = "Second"}, {.parts = NULL}};
    first.indexes = indexes;
    ASSERT_CHECK("the name 'second' of a table is taken by an index of table 'first'", &first, &second);
    indexes[0].name = "by_a";
    kn_unique_key uniques[] = {{.columns = list, .name = "BY_A"}, {.columns = NULL}};
    first.unique_keys = uniques;
    ASSERT_CHECK("the name 'by_a' of an index of table 'first' is taken by a unique key of table 'first'", &first,
                 &second);
    uniques[0].name = NULL;
    ASSERT_CHECK(NULL, &first, &second);
    ASSERT_CHECK("taken by an Enum type", &second, &third);
}

/* ---- relationships ---- */

typedef struct Node Node;
typedef struct Leaf Leaf;
struct Node {
    int64_t id;
    KN_MANY(Leaf) leaves;
    Leaf *best;
};
struct Leaf {
    int64_t id;
    int64_t node_id;
    int64_t plain;
    Node *node;
};
KN_MODEL(Node);
KN_MODEL(Leaf);
KN_COLUMNS(Node) = {KN_COLUMN(Node, id, KN_INTEGER, .primary_key = true)};
KN_DEFINE(Node, "nodes");
KN_COLUMNS(Leaf) = {
    KN_COLUMN(Leaf, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Leaf, node_id, KN_INTEGER, .references = KN_REF(Node, id)),
    KN_COLUMN(Leaf, plain, KN_INTEGER),
};
KN_DEFINE(Leaf, "leaves");

/* Both models with these relationships, which point to the copies. */
static void assert_relationships(const char *wanted, const kn_relationship *of_node, const kn_relationship *of_leaf)
{
    static kn_model node, leaf;
    static kn_column leaf_columns[KN_COUNT_OF(Leaf_columns_)];
    kn_relationship sides[2] = {{0}};
    node = Node_model;
    leaf = Leaf_model;
    memcpy(leaf_columns, Leaf_columns_, sizeof leaf_columns);
    leaf.columns = leaf_columns;
    const kn_relationship *given[2] = {of_node, of_leaf};
    kn_model *owners[2] = {&node, &leaf};
    for (size_t i = 0; i < 2; i++) {
        if (!given[i])
            continue;
        sides[i] = *given[i];
        owners[i]->relationships = &sides[i];
        owners[i]->n_relationships = 1;
        owners[i]->relationship_size = sizeof sides[i];
    }
    leaf_columns[1].references.model = &node;
    for (size_t i = 0; i < 2; i++) {
        if (sides[i].target == &Node_model || sides[i].target == &Leaf_model)
            sides[i].target = sides[i].target == &Node_model ? &node : &leaf;
        if (sides[i].via.model == &Node_model || sides[i].via.model == &Leaf_model)
            sides[i].via.model = sides[i].via.model == &Node_model ? &node : &leaf;
    }
    ASSERT_CHECK(wanted, &node, &leaf);
}
#define LEAVES(...) &(const kn_relationship)KN_TO_MANY(Node, leaves, Leaf, __VA_ARGS__)
#define BEST(...) &(const kn_relationship)KN_TO_ONE(Node, best, Leaf, __VA_ARGS__)
#define NODE(...) &(const kn_relationship)KN_TO_ONE(Leaf, node, Node, __VA_ARGS__)

static void test_metadata__relationships_go_by_a_foreign_key(void **state)
{
    (void)state;
    assert_relationships(NULL, LEAVES(.via = KN_REF(Leaf, node_id)), NULL);
    assert_relationships(NULL, NULL, NODE(.via = KN_REF(Leaf, node_id)));
    assert_relationships(NULL, BEST(.via = KN_REF(Leaf, node_id)), NULL); /* each of one */
    assert_relationships("relationship 'leaves': has no .via", LEAVES(.cascade = 0), NULL);
    assert_relationships(".via is no foreign key of the other table that points here, column 'plain'",
                         LEAVES(.via = KN_REF(Leaf, plain)), NULL);
    assert_relationships(".via is no foreign key of the other table that points here, column 'id'",
                         LEAVES(.via = KN_REF(Node, id)), NULL);
    assert_relationships(".via is no foreign key between the two tables, column 'plain'", NULL,
                         NODE(.via = KN_REF(Leaf, plain)));
    assert_relationships(".via is no column of either table", NULL, NODE(.via = KN_REF(Leaf, node)));
    assert_relationships(".via is no column of either table", NULL, NODE(.via = KN_REF(Role, id)));
    kn_relationship elsewhere = *LEAVES(.via = KN_REF(Leaf, node_id));
    elsewhere.target = &Role_model;
    assert_relationships("its target is not in the metadata, table 'roles'", &elsewhere, NULL);
}

static void test_metadata__the_other_side_of_a_relationship_means_this_one(void **state)
{
    (void)state;
    const kn_relationship *leaves = LEAVES(.via = KN_REF(Leaf, node_id), .back = "node");
    assert_relationships(NULL, leaves, NODE(.via = KN_REF(Leaf, node_id), .back = "leaves"));
    assert_relationships(NULL, leaves, NODE(.via = KN_REF(Leaf, node_id)));
    assert_relationships(".back is no relationship of the other struct, member 'node'", leaves, NULL);
    assert_relationships(".back has another .back, member 'node'", leaves,
                         NODE(.via = KN_REF(Leaf, node_id), .back = "others"));
    kn_relationship to_itself = *NODE(.via = KN_REF(Leaf, node_id));
    to_itself.target = &Leaf_model;
    assert_relationships(".back points to another struct than this one, member 'node'", leaves, &to_itself);
}

static kn_status fill(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    kn_status status = kn_metadata_create(allocator, &metadata, &error);
    if (status == KN_OK)
        status = kn_metadata_add_all(metadata, &error, &User_model, &Role_model, &parent, &Node_model, NULL);
    if (status == KN_OK)
        status = kn_metadata_check(metadata, &error);
    assert_int_equal(error.status, status);
    kn_metadata_destroy(metadata);
    return status;
}

static void test_metadata__every_failing_allocation_is_nomem(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(fill, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata__a_foreign_key_points_to_a_key),
        cmocka_unit_test(test_metadata__both_sides_of_a_foreign_key_have_one_type),
        cmocka_unit_test(test_metadata__set_null_needs_a_nullable_column),
        cmocka_unit_test(test_metadata__a_reference_by_name_finds_its_schema),
        cmocka_unit_test(test_metadata__composite_foreign_keys),
        cmocka_unit_test(test_metadata__a_struct_is_referenced_by_its_member),
        cmocka_unit_test(test_metadata__the_same_model_twice_is_one),
        cmocka_unit_test(test_metadata__another_model_of_a_table_is_refused),
        cmocka_unit_test(test_metadata__grows_and_is_sorted_anew),
        cmocka_unit_test(test_metadata__enums_of_one_name_have_the_same_labels),
        cmocka_unit_test(test_metadata__names_of_a_schema_differ),
        cmocka_unit_test(test_metadata__relationships_go_by_a_foreign_key),
        cmocka_unit_test(test_metadata__the_other_side_of_a_relationship_means_this_one),
        cmocka_unit_test(test_metadata__every_failing_allocation_is_nomem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
