/* SPDX-License-Identifier: MIT */
#include "support/failing_allocator.h"

#include <string.h>

#include <koine/koine.h>

typedef struct Item {
    int64_t id;
    const char *name;
} Item;
KN_COLUMNS(Item) = {
    KN_COLUMN(Item, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Item, name, KN_STRING(10)),
};
KN_MODEL(Item);
KN_DEFINE(Item, "items");

static size_t operands(const kn_expr *e)
{
    size_t n = 0;
    while (e->args[n] != KN_END)
        n++;
    return n;
}

/* Everything that was given is overwritten before the result is looked at. */
static void test_builders__copy_what_they_are_given(void **state)
{
    (void)state;
    kn_arena arena = {0};
    char text[] = "ken", column[] = "name", sql[] = "1 + 1", bytes[] = "\1\2", digits[51];
    memset(digits, '7', 50);
    digits[50] = '\0';
    kn_decimal wide = {.u = {.digits = digits}, .n = 50, .form = 1};
    const kn_expr *a = kn_expr_column(&arena, &Item_model, column);
    const kn_expr *b = kn_expr_value(&arena, kn_string(text));
    const kn_expr *c = kn_expr_unchecked_sql(&arena, sql, NULL);
    const kn_expr *d = kn_expr_value(&arena, kn_blob(bytes, 2));
    const kn_expr *e = kn_expr_value(&arena, kn_decimal_value(wide));
    memset(text, 'x', sizeof(text));
    memset(column, 'x', sizeof(column));
    memset(sql, 'x', sizeof(sql));
    memset(bytes, 'x', sizeof(bytes));
    memset(digits, 'x', sizeof(digits));
    assert_string_equal(a->name, "name");
    assert_ptr_equal(a->model, &Item_model);
    assert_int_equal(b->value.as.text.size, 3);
    assert_memory_equal(b->value.as.text.data, "ken", 3);
    assert_string_equal(c->name, "1 + 1");
    assert_memory_equal(d->value.as.bytes.data, "\1\2", 2);
    assert_memory_equal(e->value.as.decimal.u.digits, "77777777777777777777777777777777777777777777777777", 50);
    kn_arena_finish(&arena);
}

static void test_builders__copy_trees_as_what_is_bound(void **state)
{
    (void)state;
    kn_arena arena = {0}, other = {0};
    const kn_any *tree = kn_any_str(&other, kn_text_of("a long-lived text"));
    const kn_expr *e = kn_expr_value(&arena, kn_any_value(tree));
    kn_arena_finish(&other);
    const kn_any *back = NULL;
    kn_text text;
    assert_int_equal(e->value.kind, KN_KIND_BYTES);
    assert_int_equal(kn_pickle_read(e->value.as.bytes, NULL, &arena, &back, NULL), KN_OK);
    assert_true(kn_any_get_str(back, &text));
    assert_true(kn_text_equal(text, kn_text_of("a long-lived text")));
    assert_null(kn_expr_value(&arena, kn_any_value(NULL)));
    kn_arena_finish(&arena);
}

/* The trap of DESIGN section 4: a literal dies at the end of its block. */
static const kn_expr *of_dying_literals(kn_arena *arena)
{
    char name[] = "short-lived";
    return kn_and(arena, KN_EQ(KN_COL(Item, name), KN_TEXT(name)), KN_GT(KN_COL(Item, id), KN_INT(3)));
}

static void clobber_stack(void)
{
    volatile char noise[4096];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)0xA5;
}

static void test_builders__outlive_the_literals_they_copied(void **state)
{
    (void)state;
    kn_arena arena = {0};
    const kn_expr *e = of_dying_literals(&arena);
    clobber_stack();
    assert_int_equal(e->op, KN_OP_AND);
    assert_int_equal(operands(e), 2);
    assert_int_equal(e->args[0]->args[0]->offset, offsetof(Item, name));
    assert_memory_equal(e->args[0]->args[1]->value.as.text.data, "short-lived", 11);
    assert_int_equal(e->args[1]->args[1]->value.as.i, 3);
    kn_arena_finish(&arena);
}

static void test_builders__one_null_makes_all_null(void **state)
{
    (void)state;
    kn_arena arena = {0};
    const kn_expr *one = kn_expr_value(&arena, kn_int(1));
    assert_null(kn_and(&arena, kn_eq(&arena, NULL, one), one));
    assert_null(kn_or(&arena, one, NULL));
    assert_null(kn_expr_copy(&arena, NULL));
    assert_null(kn_expr_copy(&arena, KN_EQ(KN_INT(1), NULL)));
    assert_null(kn_expr_column(&arena, NULL, "id")->model); /* of the table that is being built */
    assert_null(kn_expr_column(&arena, &Item_model, NULL));
    assert_null(kn_expr_unchecked_sql(&arena, NULL, NULL));
    assert_null(kn_expr_op(&arena, (kn_op)39, &one, 1)); /* no such operator */
    assert_null(kn_expr_op(&arena, KN_OP_NONE, &one, 1));
    assert_null(kn_expr_op(&arena, KN_OP_NOT, NULL, 1));
    const kn_expr *const with_end[] = {one, KN_END};
    assert_null(kn_expr_op(&arena, KN_OP_AND, with_end, 2));
    kn_arena_finish(&arena);
}

static void test_builders__refuse_what_is_too_deep(void **state)
{
    (void)state;
    kn_arena arena = {0};
    const kn_expr *e = kn_expr_value(&arena, kn_bool(true));
    size_t depth = 0;
    while (e && depth < 1000) {
        e = kn_expr_op(&arena, KN_OP_NOT, &e, 1);
        depth++;
    }
    assert_int_equal(depth, 201);
    kn_arena_finish(&arena);
}

static void test_builders__keep_types_and_indexes(void **state)
{
    (void)state;
    kn_arena arena = {0};
    const kn_type date = KN_TYPE(KN_DATE);
    const kn_expr *e = kn_expr_arg(&arena, 7, &date);
    assert_int_equal(e->index, 7);
    assert_int_equal(e->type.id, KN_TYPE_DATE);
    assert_int_equal(kn_expr_arg(&arena, 7, NULL)->type.id, KN_TYPE_NONE);
    assert_int_equal(kn_expr_unchecked_sql(&arena, "x", &date)->type.id, KN_TYPE_DATE);
    assert_int_equal(kn_expr_copy(&arena, KN_NOW)->node.kind, KN_NODE_NOW);
    assert_int_equal(operands(kn_expr_op(&arena, KN_OP_COUNT, NULL, 0)), 0);
    kn_arena_finish(&arena);
}

/* An older program's node is shorter: what it does not have is zero. */
static void test_builders__read_no_more_of_a_node_than_there_is(void **state)
{
    (void)state;
    kn_arena arena = {0};
    const kn_expr whole = {.node = {KN_NODE_ARG, offsetof(kn_expr, call), 0}, .index = 3};
    void *old = malloc(whole.node.size);
    assert_non_null(old);
    memcpy(old, &whole, whole.node.size);
    const kn_expr *e = kn_expr_copy(&arena, old);
    free(old);
    assert_int_equal(e->index, 3);
    assert_null(e->context);
    assert_int_equal(e->node.size, sizeof(kn_expr));
    kn_arena_finish(&arena);
}

static kn_status build(const kn_allocator *allocator, void *context)
{
    (void)context;
    kn_arena arena;
    kn_arena_init(&arena, allocator, 0);
    const kn_expr *e = kn_expr_column(&arena, &Item_model, "name");
    for (int i = 0; i < 40; i++)
        e = kn_or(
            &arena,
            kn_eq(&arena, kn_expr_column(&arena, &Item_model, "name"), kn_expr_value(&arena, kn_string("some text"))),
            e);
    kn_status status = e ? KN_OK : KN_NOMEM;
    kn_arena_finish(&arena);
    return status;
}

static void test_builders__give_null_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(each_allocation_failure(build, NULL) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builders__copy_what_they_are_given),
        cmocka_unit_test(test_builders__copy_trees_as_what_is_bound),
        cmocka_unit_test(test_builders__outlive_the_literals_they_copied),
        cmocka_unit_test(test_builders__one_null_makes_all_null),
        cmocka_unit_test(test_builders__refuse_what_is_too_deep),
        cmocka_unit_test(test_builders__keep_types_and_indexes),
        cmocka_unit_test(test_builders__read_no_more_of_a_node_than_there_is),
        cmocka_unit_test(test_builders__give_null_when_memory_is_out),
    };
    return cmocka_run_group_tests_name("expr/builders", tests, NULL, NULL);
}
