/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "expr/columns.h"
#include "support/music.h"

#include <string.h>

/* A deep copy of User_model: nothing of it has an address of the original. */
typedef struct twin {
    kn_arena arena;
    kn_model model;
    kn_column columns[KN_COUNT_OF(User_columns_)];
    kn_relationship relationships[KN_COUNT_OF(User_relationships_)];
    kn_table_index indexes[2];
    kn_model role;
    kn_enum mood;
    kn_label labels[3];
    char texts[64][24];
    size_t n_texts;
} twin;

static const char *copied(twin *t, const char *text)
{
    if (!text)
        return NULL;
    assert_true(t->n_texts < 64 && strlen(text) < sizeof t->texts[0]);
    return memcpy(t->texts[t->n_texts++], text, strlen(text) + 1);
}

static void make_twin(twin *t)
{
    memset(t, 0, sizeof *t);
    t->model = User_model;
    t->role = Role_model;
    memcpy(t->columns, User_columns_, sizeof t->columns);
    memcpy(t->relationships, User_relationships_, sizeof t->relationships);
    memcpy(t->indexes, User_model.indexes, sizeof t->indexes);
    memcpy(t->labels, mood_type.labels, sizeof t->labels);
    t->labels[0].label = copied(t, "calm");
    t->mood = (kn_enum){.size_ = sizeof(kn_enum), .name = copied(t, "mood"), .labels = t->labels};
    t->model.name = copied(t, "User");
    t->model.table = copied(t, "users");
    t->model.columns = t->columns;
    t->model.relationships = t->relationships;
    t->model.indexes = t->indexes;
    t->role.table = copied(t, "roles");
    for (size_t i = 0; i < KN_COUNT_OF(t->columns); i++) {
        t->columns[i].member = copied(t, t->columns[i].member);
        t->columns[i].name = copied(t, t->columns[i].name);
        if (t->columns[i].type.labels)
            t->columns[i].type.labels = &t->mood;
        if (t->columns[i].initial)
            t->columns[i].initial = kn_expr_copy(&t->arena, t->columns[i].initial);
        if (t->columns[i].check)
            t->columns[i].check = kn_expr_copy(&t->arena, t->columns[i].check);
    }
    t->columns[2].references.model = &t->role;
    t->relationships[0].target = &t->role;
    t->relationships[0].via.model = &t->model;
}

static void test_fingerprint__is_of_the_structure_and_not_of_addresses(void **state)
{
    (void)state;
    twin t;
    make_twin(&t);
    assert_true(kn_model_equal(&t.model, &User_model));
    assert_true(kn_model_equal(&User_model, &t.model));
    assert_int_equal(kn_model_fingerprint(&t.model), kn_model_fingerprint(&User_model));
    kn_arena_finish(&t.arena);
}

static void test_fingerprint__equal_takes_null(void **state)
{
    (void)state;
    assert_true(kn_model_equal(NULL, NULL));
    assert_false(kn_model_equal(NULL, &User_model));
    assert_false(kn_model_equal(&User_model, NULL));
    assert_true(kn_model_equal(&User_model, &User_model));
    assert_false(kn_model_equal(&User_model, &Role_model));
}

/* After the change the twin is another model; both ways, and by its fingerprint. */
#define DIFFERS(...)                                                                                                   \
    do {                                                                                                               \
        twin t;                                                                                                        \
        make_twin(&t);                                                                                                 \
        __VA_ARGS__;                                                                                                   \
        assert_false(kn_model_equal(&t.model, &User_model));                                                           \
        assert_false(kn_model_equal(&User_model, &t.model));                                                           \
        assert_true(kn_model_fingerprint(&t.model) != kn_model_fingerprint(&User_model));                              \
        kn_arena_finish(&t.arena);                                                                                     \
    } while (0)

static void test_fingerprint__tables_differ(void **state)
{
    (void)state;
    DIFFERS(t.model.name = "Usher");
    DIFFERS(t.model.name = NULL);
    DIFFERS(t.model.table = "user");
    DIFFERS(t.model.schema = "");
    DIFFERS(t.model.object_size += 8);
    DIFFERS(t.model.n_columns--);
    DIFFERS(t.model.comment = "people");
    DIFFERS(t.model.shown = "username");
    DIFFERS(t.model.n_relationships = 0);
    DIFFERS(t.model.indexes = NULL);
}

static void test_fingerprint__columns_differ(void **state)
{
    (void)state;
    DIFFERS(t.columns[3].member = "money");
    DIFFERS(t.columns[1].name = "name");
    DIFFERS(t.columns[1].type.length = 63);
    DIFFERS(t.columns[1].type.id = KN_TYPE_UNICODE);
    DIFFERS(t.columns[3].type.precision = 13);
    DIFFERS(t.columns[3].type.scale = 3);
    DIFFERS(t.columns[1].offset++);
    DIFFERS(t.columns[1].ctype = KN_C_TEXT);
    DIFFERS(t.columns[1].member_size++);
    DIFFERS(t.columns[1].unique = false);
    DIFFERS(t.columns[1].index = false);
    DIFFERS(t.columns[0].primary_key = false);
    DIFFERS(t.columns[7].secret = false);
    DIFFERS(t.columns[2].nullable = KN_NO);
    DIFFERS(t.columns[0].autoincrement = KN_YES);
    DIFFERS(t.columns[2].on_delete = KN_CASCADE);
    DIFFERS(t.columns[2].on_update = KN_CASCADE);
    DIFFERS(t.columns[2].deferral = KN_DEFERRABLE);
    DIFFERS(t.columns[2].references.offset = offsetof(Role, name));
    DIFFERS(t.role.table = "rules");
    DIFFERS(t.role.schema = "s");
    DIFFERS(t.columns[1].collation = "x");
    DIFFERS(t.columns[1].comment = "x");
    DIFFERS(t.columns[1].computed_stored = 1);
    DIFFERS(t.columns[2].references = (kn_member){0});
    DIFFERS(t.columns[2].references = (kn_member)KN_REF_NAMED("roles", "id"));
}

static void test_fingerprint__expressions_differ(void **state)
{
    (void)state;
    DIFFERS(t.columns[3].initial = NULL);
    DIFFERS(t.columns[3].initial = KN_DEC(1, 0));
    DIFFERS(t.columns[3].initial = KN_DEC(0, -1));
    DIFFERS(t.columns[3].initial = KN_INT(0));
    DIFFERS(t.columns[3].server_default = KN_DEC(0, 0));
    DIFFERS(t.columns[3].onupdate = KN_DEC(0, 0));
    DIFFERS(t.columns[3].computed = KN_RAW("1"));
    DIFFERS(t.columns[6].check = KN_GT(KN_COL(User, plays), KN_INT(0)));
    DIFFERS(t.columns[6].check = KN_GE(KN_COL(User, plays), KN_INT(1)));
    DIFFERS(t.columns[6].check = KN_GE(KN_COL(User, id), KN_INT(0)));
    DIFFERS(t.columns[6].check = KN_RAW("1"));
    DIFFERS(t.indexes[0].unique = 1);
    DIFFERS(t.indexes[0].name = "x");
    DIFFERS(t.indexes[0].where = KN_GT(KN_COL(User, plays), KN_INT(0)));
    DIFFERS(t.indexes[0].parts = KN_LIST(KN_COL(User, role_id)));
    DIFFERS(t.indexes[0].parts = KN_LIST(KN_COL(User, role_id), KN_ASC(KN_COL(User, plays))));
    DIFFERS(t.model.unique_keys = KN_UNIQUE_KEYS({.columns = KN_LIST(KN_COL(User, plays))}));
    DIFFERS(t.model.checks = KN_CHECKS({.expr = KN_RAW("1")}));
    DIFFERS(t.model.foreign_keys =
                KN_FOREIGN_KEYS({.columns = KN_LIST(KN_COL(User, id)), .references = KN_LIST(KN_COL(Role, id))}));
}

static void test_fingerprint__enums_and_relationships_differ(void **state)
{
    (void)state;
    DIFFERS(t.mood.name = "moods");
    DIFFERS(t.labels[1].label = "noisy");
    DIFFERS(t.labels[1].value = 5);
    DIFFERS(t.labels[1].label = NULL);
    DIFFERS(t.relationships[0].member = "rule");
    DIFFERS(t.relationships[0].offset++);
    DIFFERS(t.relationships[0].side = KN_SIDE_MANY);
    DIFFERS(t.relationships[0].cascade = KN_CASCADE_DELETE);
    DIFFERS(t.relationships[0].back = NULL);
    DIFFERS(t.relationships[0].via.offset = offsetof(User, id));
    DIFFERS(t.relationships[0].target = &User_model);
}

/* Of two tables without structs that differ in one thing alone. */
static void test_fingerprint__small_things_count(void **state)
{
    (void)state;
    kn_column a_columns[] = {KN_TABLE_COLUMN("n", KN_INTEGER, .references = KN_REF_NAMED("a", "id"))};
    kn_column b_columns[] = {KN_TABLE_COLUMN("n", KN_INTEGER, .references = KN_REF_NAMED("a", "id"))};
    kn_model a = {
        .size_ = sizeof a, .table = "t", .columns = a_columns, .n_columns = 1, .column_size = sizeof(kn_column)};
    kn_model b = a;
    b.columns = b_columns;
    assert_true(kn_model_equal(&a, &b));
    b_columns[0].references.table = "b";
    assert_false(kn_model_equal(&a, &b));
    b_columns[0].references = (kn_member)KN_REF_NAMED("a", "di");
    assert_false(kn_model_equal(&a, &b));
    b.columns = a_columns;
    b.schema = "s";
    assert_false(kn_model_equal(&a, &b));
    b.schema = NULL;
    const kn_expr *const list[] = {KN_COL(Role, id), KN_END};
    kn_table_reference of_a[] = {{.columns = list, .references = list}, {.columns = NULL}};
    kn_table_reference of_b[] = {{.columns = list, .references = list}, {.columns = NULL}};
    const kn_table_reference plain = of_b[0];
    a.foreign_keys = of_a;
    b.foreign_keys = of_b;
    assert_true(kn_model_equal(&a, &b));
    of_b[0].on_delete = KN_CASCADE;
    assert_false(kn_model_equal(&a, &b));
    of_b[0] = plain;
    of_b[0].on_update = KN_CASCADE;
    assert_false(kn_model_equal(&a, &b));
    of_b[0] = plain;
    of_b[0].deferral = KN_DEFERRABLE;
    assert_false(kn_model_equal(&a, &b));
    of_b[0] = plain;
    of_b[0].name = "x";
    assert_false(kn_model_equal(&a, &b));
    const kn_expr *const other[] = {KN_COL(Role, name), KN_END};
    of_b[0] = plain;
    of_b[0].references = other;
    assert_false(kn_model_equal(&a, &b));
}

/* The name of a column says the same as its member. */
static void test_fingerprint__a_name_may_be_left_to_the_member(void **state)
{
    (void)state;
    twin t;
    make_twin(&t);
    t.columns[1].name = "username";
    assert_true(kn_model_equal(&t.model, &User_model));
    assert_int_equal(kn_model_fingerprint(&t.model), kn_model_fingerprint(&User_model));
    kn_arena_finish(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint__is_of_the_structure_and_not_of_addresses),
        cmocka_unit_test(test_fingerprint__equal_takes_null),
        cmocka_unit_test(test_fingerprint__tables_differ),
        cmocka_unit_test(test_fingerprint__columns_differ),
        cmocka_unit_test(test_fingerprint__expressions_differ),
        cmocka_unit_test(test_fingerprint__enums_and_relationships_differ),
        cmocka_unit_test(test_fingerprint__small_things_count),
        cmocka_unit_test(test_fingerprint__a_name_may_be_left_to_the_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
