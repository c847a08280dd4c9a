/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <string.h>

#include <koine/koine.h>

#include "sql/render.h"

typedef struct Item {
    int64_t id;
} Item;
KN_MODEL(Item);
KN_COLUMNS(Item) = {KN_COLUMN(Item, id, KN_INTEGER, .primary_key = true)};
KN_DEFINE(Item, "items");

static kn_status keep(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)type, (void)arena, (void)error;
    *out = *in;
    return KN_OK;
}

static const kn_dialect first_desc, second_desc;

/* (second: (first: ansi)) */
static kn_status first_eq(kn_sql *sql, const kn_node *node)
{
    kn_status status = kn__sql_text(sql, "(first: ");
    if (status == KN_OK)
        status = kn__sql_super(sql, &first_desc, node);
    return status == KN_OK ? kn__sql_text(sql, ")") : status;
}

static kn_status second_eq(kn_sql *sql, const kn_node *node)
{
    kn_status status = kn__sql_text(sql, "(second: ");
    if (status == KN_OK)
        status = kn__sql_super(sql, &second_desc, node);
    return status == KN_OK ? kn__sql_text(sql, ")") : status;
}

static kn_status any_operator(kn_sql *sql, const kn_node *node)
{
    (void)node;
    return kn__sql_text(sql, "op");
}

static const kn_node_rule first_nodes[] = {{.kind = KN_NODE_OP, .op = KN_OP_EQ, .render = first_eq},
                                           {.kind = KN_NODE_NONE}};
static const kn_node_rule second_nodes[] = {{.kind = KN_NODE_OP, .op = KN_OP_EQ, .render = second_eq},
                                            {.kind = KN_NODE_NONE}};
static const char *const words[] = {"items", NULL};
static const kn_type_rule second_types[] = {
    {.type = KN_TYPE_INTEGER, .storage = KN_KIND_TEXT, .ddl = "INTTEXT", .encode = keep, .decode = keep},
    {.type = KN_TYPE_NONE}};
static const kn_feature_rule first_rules[] = {
    {.product = "p", .version_number = 20000, .set = KN_FEATURE_BIT(KN_FEATURE_CHECK)},
    {.product = "p", .version_number = 30000, .clear = KN_FEATURE_BIT(KN_FEATURE_COMMENT)},
    {.product = NULL}};
static const kn_feature_rule second_rules[] = {{.version_number = 40000, .set = KN_FEATURE_BIT(KN_FEATURE_COMMENT)},
                                               {.product = NULL}};
static const kn_dialect first_desc = {KN_DIALECT_INIT,
                                      .name = "first",
                                      .quote = '`',
                                      .reserved = words,
                                      .nodes = first_nodes,
                                      .features =
                                          KN_FEATURE_BIT(KN_FEATURE_COMMENT) | KN_FEATURE_BIT(KN_FEATURE_RETURNING),
                                      .feature_rules = first_rules,
                                      .limits = {.name_max = 10}};
static const kn_dialect second_desc = {KN_DIALECT_INIT,
                                       .name = "second",
                                       .base = "first",
                                       .nodes = second_nodes,
                                       .types = second_types,
                                       .features_off = KN_FEATURE_BIT(KN_FEATURE_RETURNING),
                                       .feature_rules = second_rules,
                                       .limits = {.parameters_max = 5}};

typedef struct fixture {
    kn__dialect first, second;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    assert_int_equal(kn__dialect_flatten(&first_desc, kn__dialect_ansi(), &f.first, NULL), KN_OK);
    assert_int_equal(kn__dialect_flatten(&second_desc, &f.first, &f.second, NULL), KN_OK);
    *state = &f;
    return 0;
}

static void test_dialect__inherits_what_it_does_not_say(void **state)
{
    const fixture *f = *state;
    assert_string_equal(f->second.name, "second");
    assert_int_equal(f->second.quote, '`');
    assert_int_equal(f->second.placeholder, KN_PLACEHOLDER_QUESTION);
    assert_int_equal(f->second.limits.name_max, 10);
    assert_int_equal(f->second.limits.name_unit, KN_NAME_CODE_POINTS);
    assert_int_equal(f->second.limits.parameters_max, 5);
    assert_int_equal(f->first.limits.parameters_max, kn__dialect_ansi()->limits.parameters_max);
    assert_string_equal(f->second.types[KN_TYPE_INTEGER].ddl, "INTTEXT");
    assert_string_equal(f->first.types[KN_TYPE_INTEGER].ddl, "INTEGER");
    assert_int_equal(f->second.features, KN_FEATURE_BIT(KN_FEATURE_COMMENT));
}

static void test_dialect__super_goes_to_the_base_of_who_asks(void **state)
{
    const fixture *f = *state;
    kn__target target;
    kn__compiled *compiled = NULL;
    kn__target_init(&target, &f->second, NULL, 0);
    const kn_node *query = &KN_QUERY(KN_FROM(Item), .where = KN_NOT(KN_EQ(KN_COL(Item, id), KN_INT(1))))->node;
    assert_int_equal(kn__compile(&target, query, NULL, &compiled, NULL), KN_OK);
    assert_string_equal(compiled->sql.data, "SELECT id FROM `items` WHERE NOT (second: (first: id = ?))");
    kn__compiled_free(compiled);
}

static void test_dialect__a_rule_for_all_operators_is_for_all(void **state)
{
    (void)state;
    static const kn_node_rule nodes[] = {{.kind = KN_NODE_OP, .render = any_operator},
                                         {.kind = 63, .render = any_operator},
                                         {.kind = 9999, .render = any_operator}, /* of a newer ABI */
                                         {.kind = KN_NODE_OP, .op = 9999, .render = any_operator},
                                         {.kind = KN_NODE_NONE}};
    const kn_dialect desc = {KN_DIALECT_INIT, .name = "x", .nodes = nodes};
    kn__dialect dialect;
    assert_int_equal(kn__dialect_flatten(&desc, kn__dialect_ansi(), &dialect, NULL), KN_OK);
    for (size_t i = 0; i < KN_OP_END_; i++)
        assert_true(dialect.ops[i] == any_operator);
}

static void test_dialect__features_follow_product_and_version(void **state)
{
    const fixture *f = *state;
    static const struct {
        const char *product;
        uint32_t version;
        bool check, comment;
    } cases[] = {{NULL, 0, false, true},    {"p", 19999, false, true}, {"p", 20000, true, true},
                 {"p", 30000, true, false}, {"p", 40000, true, true},  {"q", 35000, false, true},
                 {NULL, 35000, false, true}};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn__target target;
        kn__target_init(&target, &f->second, cases[i].product, cases[i].version);
        assert_int_equal(kn__target_has(&target, KN_FEATURE_CHECK), cases[i].check);
        assert_int_equal(kn__target_has(&target, KN_FEATURE_COMMENT), cases[i].comment);
    }
}

static void test_dialect__an_unknown_kind_is_unsupported(void **state)
{
    const fixture *f = *state;
    const kn_node node = {.kind = 62, .size = sizeof(kn_node)};
    kn__target target;
    kn__buffer text;
    kn_error error = {0};
    kn__target_init(&target, &f->first, NULL, 0);
    kn__buffer_init(&text, NULL, 100);
    assert_int_equal(kn__render_ddl(&target, &node, &text, &error), KN_UNSUPPORTED);
    assert_non_null(strstr(error.message, "62"));
    kn__buffer_finish(&text);
}

/* A member that an older plugin's descriptor does not have is not read. */
static void test_dialect__reads_no_more_of_a_descriptor_than_there_is(void **state)
{
    (void)state;
    kn__dialect dialect;
    kn_error error = {0};
    kn_dialect desc = {KN_DIALECT_INIT, .name = "x"};
    desc.size_ = sizeof(kn_dialect) + 64; /* of a newer host */
    assert_int_equal(kn__dialect_flatten(&desc, kn__dialect_ansi(), &dialect, &error), KN_OK);
    desc.size_ = 16;
    assert_int_equal(kn__dialect_flatten(&desc, kn__dialect_ansi(), &dialect, &error), KN_INCOMPLETE);
}

typedef struct fault {
    const char *says;
    kn_status status;
    kn_dialect desc;
} fault;

static const char *const upper[] = {"Select", NULL};
static const char *const unsorted[] = {"b", "a", NULL};
static const kn_type_rule without_text[] = {{.type = KN_TYPE_DATE, .storage = KN_KIND_DATE}, {.type = KN_TYPE_NONE}};
static const kn_type_rule without_codec[] = {
    {.type = KN_TYPE_DATE, .storage = KN_KIND_TEXT, .ddl = "D", .encode = keep}, {.type = KN_TYPE_NONE}};
static const kn_type_rule without_storage[] = {{.type = KN_TYPE_DATE, .ddl = "D"}, {.type = KN_TYPE_NONE}};
static const kn_node_rule without_renderer[] = {{.kind = KN_NODE_SELECT}, {.kind = KN_NODE_NONE}};
static const kn_catalog_rule without_sql[] = {{.kind = KN_CATALOG_HAS_TABLE}, {.kind = KN_CATALOG_NONE}};

static void test_dialect__faults_are_found_when_it_is_loaded(void **state)
{
    (void)state;
    const fault faults[] = {
        {"name", KN_INVALID, {KN_DIALECT_INIT}},
        {"name", KN_INVALID, {KN_DIALECT_INIT, .name = ""}},
        {"quote", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .quote = 'a'}},
        {"quote", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .quote = 0x1f3b5}},
        {"placeholder", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .placeholder = 9}},
        {"unit", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .limits = {.name_unit = 9}}},
        {"Select", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .reserved = upper}},
        {"order", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .reserved = unsorted}},
        {"Date", KN_INCOMPLETE, {KN_DIALECT_INIT, .name = "x", .types = without_text}},
        {"decoder", KN_INCOMPLETE, {KN_DIALECT_INIT, .name = "x", .types = without_codec}},
        {"storage", KN_INVALID, {KN_DIALECT_INIT, .name = "x", .types = without_storage}},
        {"renderer", KN_INCOMPLETE, {KN_DIALECT_INIT, .name = "x", .nodes = without_renderer}},
        {"catalog", KN_INCOMPLETE, {KN_DIALECT_INIT, .name = "x", .catalog = without_sql}},
    };
    for (size_t i = 0; i < KN_COUNT_OF(faults); i++) {
        kn__dialect dialect;
        kn_error error = {0};
        assert_int_equal(kn__dialect_flatten(&faults[i].desc, kn__dialect_ansi(), &dialect, &error), faults[i].status);
        if (!strstr(error.message, faults[i].says))
            fail_msg("\"%s\" does not say \"%s\"", error.message, faults[i].says);
    }
}

/* A value that a renderer makes itself would be SQL text, or a value from nowhere. */
static kn_status made_up_value(kn_sql *sql, const kn_node *node)
{
    (void)node;
    return kn__sql_node(sql, &KN_INT(7)->node);
}

static void test_dialect__renderers_cannot_make_up_values(void **state)
{
    (void)state;
    static const kn_node_rule nodes[] = {{.kind = KN_NODE_OP, .op = KN_OP_EQ, .render = made_up_value},
                                         {.kind = KN_NODE_NONE}};
    const kn_dialect desc = {KN_DIALECT_INIT, .name = "x", .nodes = nodes};
    kn__dialect dialect;
    kn__target target;
    kn__compiled *compiled = NULL;
    kn_error error = {0};
    assert_int_equal(kn__dialect_flatten(&desc, kn__dialect_ansi(), &dialect, NULL), KN_OK);
    kn__target_init(&target, &dialect, NULL, 0);
    const kn_node *query = &KN_QUERY(KN_FROM(Item), .where = KN_EQ(KN_COL(Item, id), KN_INT(1)))->node;
    assert_int_equal(kn__compile(&target, query, NULL, &compiled, &error), KN_INVALID);
    assert_non_null(strstr(error.message, "'x'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialect__inherits_what_it_does_not_say),
        cmocka_unit_test(test_dialect__super_goes_to_the_base_of_who_asks),
        cmocka_unit_test(test_dialect__a_rule_for_all_operators_is_for_all),
        cmocka_unit_test(test_dialect__features_follow_product_and_version),
        cmocka_unit_test(test_dialect__an_unknown_kind_is_unsupported),
        cmocka_unit_test(test_dialect__reads_no_more_of_a_descriptor_than_there_is),
        cmocka_unit_test(test_dialect__faults_are_found_when_it_is_loaded),
        cmocka_unit_test(test_dialect__renderers_cannot_make_up_values),
    };
    return cmocka_run_group_tests_name("sql/dialect", tests, set_up, NULL);
}
