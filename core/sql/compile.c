/* SPDX-License-Identifier: MIT */
#include "sql/compile.h"

#include <string.h>

#include "expr/check.h"
#include "expr/op.h"
#include "sql/check.h"
#include "sql/render.h"
#include "sql/statement.h"

static void begin(kn_sql *sql, const kn__target *target, const kn_allocator *allocator, kn_error *error)
{
    uint32_t most = target->dialect->limits.sql_max;
    *sql = (kn_sql){.target = target, .error = error};
    kn__buffer_init(&sql->buffer, allocator, most ? most : KN__SQL_MAX);
}

/* Arguments are numbered by the program; the highest says how many there must be. */
static kn__walk count_argument(void *context, const kn_expr *e, unsigned depth)
{
    size_t *n = context;
    (void)depth;
    if (e && e->node.kind == KN_NODE_ARG && e->index >= *n)
        *n = (size_t)e->index + 1;
    return KN__WALK_ON;
}

static size_t arguments_of(const kn_node *statement)
{
    kn__clause clauses[KN__CLAUSES_MAX];
    size_t n = 0, count = kn__statement_clauses(statement, clauses);
    if (statement->kind == KN_NODE_INSERT) {
        const kn_insert_rows *insert = (const kn_insert_rows *)(const void *)statement;
        for (size_t i = 0; i < insert->n_columns; i++)
            n += !insert->values || !insert->values[i];
        return insert->rows * n; /* bounded: each has its placeholder by now */
    }
    for (size_t i = 0; i < count; i++) {
        kn__operands elements = kn__elements_of(clauses[i].list);
        const kn_expr *e;
        while (kn__operands_next(&elements, &e))
            kn__walk_expr(e, 0, count_argument, &n);
        if (clauses[i].one)
            kn__walk_expr(clauses[i].one, 0, count_argument, &n);
    }
    return n;
}

static kn__result_column result_of_column(const kn_model *model, size_t index)
{
    const kn_column *column = kn_model_column(model, index);
    return (kn__result_column){.type = column->type, .name = kn_column_name(column), .model_column = index};
}

static kn__result_column result_of_expr(const kn_model *model, const kn_expr *e)
{
    const kn__op *op = e->node.kind == KN_NODE_OP ? kn__op_of(e->op) : NULL;
    for (size_t i = 0; e->node.kind == KN_NODE_COLUMN && i < model->n_columns; i++) {
        if (strcmp(kn_column_name(kn_model_column(model, i)), e->name) == 0)
            return result_of_column(model, i);
    }
    return (kn__result_column){.type = e->type, .name = op ? kn__op_shown(op) : "expression", .model_column = SIZE_MAX};
}

static kn__result_column *make_columns(kn__compiled *compiled, size_t count)
{
    kn__result_column *columns = kn_arena_array(&compiled->arena, count, sizeof(*columns));
    compiled->columns = columns;
    compiled->n_columns = columns ? count : 0;
    return columns;
}

static bool describe_select(kn__compiled *compiled, const kn_select *select)
{
    kn__operands elements = kn__elements_of(select->columns);
    const kn_expr *e;
    size_t count = select->columns ? kn__operands_count(elements) : select->from->n_columns;
    kn__result_column *columns = make_columns(compiled, count);
    for (size_t i = 0; columns && i < count; i++) {
        if (!select->columns)
            columns[i] = result_of_column(select->from, i);
        else if (kn__operands_next(&elements, &e))
            columns[i] = result_of_expr(select->from, e);
    }
    return columns;
}

static bool describe_insert(kn__compiled *compiled, const kn_insert_rows *insert)
{
    if (!insert->n_returning)
        return true;
    kn__result_column *columns = make_columns(compiled, insert->n_returning);
    for (size_t i = 0; columns && i < insert->n_returning; i++)
        columns[i] = result_of_column(insert->into, insert->returning[i]);
    return columns;
}

static kn_status describe_result(kn__compiled *compiled, const kn_node *statement, kn_error *error)
{
    bool done =
        statement->kind == KN_NODE_SELECT   ? describe_select(compiled, (const kn_select *)(const void *)statement)
        : statement->kind == KN_NODE_INSERT ? describe_insert(compiled, (const kn_insert_rows *)(const void *)statement)
                                            : true;
    return done ? KN_OK : kn_error_set(error, KN_NOMEM, "no memory for the columns of a statement");
}

/* No byte of it can be NUL: names and texts are checked, raw SQL is NUL-ended. */
static kn_status finish(kn_sql *sql, kn__compiled *compiled)
{
    compiled->binds = sql->binds;
    compiled->n_binds = sql->n_binds;
    return kn__buffer_copy(&sql->buffer, "the statement", &compiled->arena, &compiled->sql, sql->error);
}

static kn_status render(const kn__target *target, kn__compiled *compiled, kn_node *copy, kn_error *error)
{
    kn_sql sql;
    begin(&sql, target, compiled->allocator, error);
    sql.arena = &compiled->arena;
    sql.model = kn__statement_model(copy);
    kn_status status = kn__statement_check(copy, error);
    if (status == KN_OK)
        status = kn__sql_node(&sql, copy);
    if (status == KN_OK)
        status = describe_result(compiled, copy, error);
    if (status == KN_OK)
        status = finish(&sql, compiled);
    compiled->n_args = status == KN_OK ? arguments_of(copy) : 0;
    kn__buffer_finish(&sql.buffer);
    return status;
}

static bool is_statement(const kn_node *node)
{
    return node && node->kind >= KN_NODE_SELECT && node->kind <= KN_NODE_DELETE;
}

static kn_status fill(const kn__target *target, kn__compiled *compiled, const kn_node *statement, kn_error *error)
{
    kn__copying copying = {.arena = &compiled->arena};
    kn_node *copy = kn__statement_copy(&copying, statement);
    if (!copy)
        return kn_error_set(error, KN_NOMEM, "no memory for a statement");
    if (copying.too_deep)
        return kn_error_set(error, KN_LIMIT, "an expression nested more than %d deep", KN__DEPTH_MAX);
    compiled->n_values = copying.slots;
    return render(target, compiled, copy, error);
}

kn_status kn__compile(const kn__target *target, const kn_node *statement, const kn_allocator *allocator,
                      kn__compiled **out, kn_error *error)
{
    *out = NULL;
    if (!is_statement(statement))
        return kn_error_set(error, KN_INVALID, "what is to be compiled is no statement");
    allocator = allocator ? allocator : kn_allocator_default();
    kn__compiled *compiled = allocator->resize(allocator->context, NULL, 0, sizeof(*compiled));
    if (!compiled)
        return kn_error_set(error, KN_NOMEM, "no memory for a statement");
    *compiled = (kn__compiled){.allocator = allocator};
    kn_arena_init(&compiled->arena, allocator, 0);
    kn_status status = fill(target, compiled, statement, error);
    if (status == KN_OK)
        *out = compiled;
    else
        kn__compiled_free(compiled);
    return status;
}

void kn__compiled_free(kn__compiled *compiled)
{
    if (!compiled)
        return;
    const kn_allocator *allocator = compiled->allocator;
    kn_arena_finish(&compiled->arena);
    allocator->resize(allocator->context, compiled, sizeof(*compiled), 0);
}

typedef kn_status writer(kn_sql *sql, const void *what);

/* Text outside of any compiled statement; what it needs on the way goes with it. */
static kn_status render_apart(const kn__target *target, writer *write, const void *what, kn__buffer *out,
                              kn_error *error)
{
    kn_sql sql;
    kn_arena arena;
    kn_arena_init(&arena, out->allocator, 0);
    begin(&sql, target, out->allocator, error);
    sql.arena = &arena;
    sql.in_ddl = true;
    kn_status status = write(&sql, what);
    if (status == KN_OK)
        status = kn__buffer_status(&sql.buffer, "the statement", error);
    if (status == KN_OK) {
        kn__buffer_text(out, kn__buffer_text_of(&sql.buffer));
        status = kn__buffer_status(out, "the statement", error);
    }
    kn__buffer_finish(&sql.buffer);
    kn_arena_finish(&arena);
    return status;
}

/* A statement that stands among DDL: its values are literals. */
static kn_status write_statement(kn_sql *sql, const kn_node *statement)
{
    kn__copying copying = {.arena = sql->arena, .values = true};
    kn_node *copy = kn__statement_copy(&copying, statement);
    if (!copy)
        return kn_error_set(sql->error, KN_NOMEM, "no memory for a statement");
    sql->model = kn__statement_model(copy);
    kn_status status = kn__statement_check(copy, sql->error);
    return status == KN_OK ? kn__sql_node(sql, copy) : status;
}

static kn_status write_node(kn_sql *sql, const void *node)
{
    return is_statement(node) ? write_statement(sql, node) : kn__sql_node(sql, node);
}

static kn_status write_name(kn_sql *sql, const void *name)
{
    return kn__sql_name(sql, name);
}

kn_status kn__render_ddl(const kn__target *target, const kn_node *node, kn__buffer *out, kn_error *error)
{
    return render_apart(target, write_node, node, out, error);
}

kn_status kn__render_name(const kn__target *target, const char *name, kn__buffer *out, kn_error *error)
{
    return render_apart(target, write_name, name, out, error);
}
