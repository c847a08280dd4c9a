/* SPDX-License-Identifier: MIT */
#include "sql/render.h"

#include <string.h>

#include "expr/check.h"
#include "expr/op.h"

static kn_status buffer_status(kn_sql *sql)
{
    return sql->buffer.status == KN_OK ? KN_OK : kn__buffer_status(&sql->buffer, "the statement", sql->error);
}

kn_status kn__sql_bytes(kn_sql *sql, const char *data, size_t size)
{
    kn__buffer_append(&sql->buffer, data, size);
    return buffer_status(sql);
}

kn_status kn__sql_text(kn_sql *sql, const char *text)
{
    return kn__sql_bytes(sql, text, strlen(text));
}

kn_status kn__sql_refuse(kn_sql *sql, const char *feature)
{
    const char *product = sql->target->product;
    if (product && sql->target->version_number)
        return kn_error_set(sql->error, KN_UNSUPPORTED, "%s is not supported by dialect '%s' (%s %u.%u)", feature,
                            sql->target->dialect->name, product, sql->target->version_number / 10000,
                            sql->target->version_number / 100 % 100);
    return kn_error_set(sql->error, KN_UNSUPPORTED,
                        "%s is not supported by dialect '%s' of no stated version; '%s@MAJOR.MINOR' states one",
                        feature, sql->target->dialect->name, sql->target->dialect->name);
}

kn_status kn__sql_op(kn_sql *sql, uint32_t op)
{
    const char *sign = kn__op_of(op)->text;
    if (!sign)
        return kn_error_set(sql->error, KN_INVALID, "operator %u has no sign", op);
    kn__sql_text(sql, " "); /* a failure stays with the buffer */
    kn__sql_text(sql, sign);
    return kn__sql_text(sql, " ");
}

bool kn__sql_has(const kn_sql *sql, kn_feature feature)
{
    return kn__target_has(sql->target, feature);
}

bool kn__sql_in_ddl(const kn_sql *sql)
{
    return sql->in_ddl;
}

const char *kn__sql_product(const kn_sql *sql)
{
    return sql->target->product ? sql->target->product : "";
}

kn_error *kn__sql_error(kn_sql *sql)
{
    return sql->error;
}

/* Whose columns the expressions below a DDL node may name. */
static const kn_model *model_of_ddl(const kn_node *node)
{
    const void *n = node;
    switch (node->kind) {
    case KN_NODE_CREATE_TABLE:
    case KN_NODE_DROP_TABLE:
        return ((const kn_ddl_table *)n)->model;
    case KN_NODE_COLUMN_DEF:
        return ((const kn_ddl_column *)n)->model;
    case KN_NODE_CHECK:
        return ((const kn_ddl_check *)n)->model;
    case KN_NODE_CREATE_INDEX:
    case KN_NODE_DROP_INDEX:
        return ((const kn_ddl_index *)n)->model;
    default:
        return NULL;
    }
}

/* An expression in DDL comes as the program wrote it. */
static kn_status resolve(kn_sql *sql, const kn_expr **e)
{
    kn__copying copying = {.arena = sql->arena, .values = true};
    kn__check check = {.model = sql->model, .error = sql->error, .in_ddl = true};
    kn_expr *copy = kn__expr_copy(&copying, *e, 0);
    if (copying.no_memory)
        return kn_error_set(sql->error, KN_NOMEM, "no memory for an expression");
    if (copying.too_deep)
        return kn_error_set(sql->error, KN_LIMIT, "an expression nested more than %d deep", KN__DEPTH_MAX);
    *e = copy;
    return kn__check_part(&check, copy);
}

static bool is_expr(unsigned kind)
{
    return kind < KN_NODE_SELECT;
}

static kn_render_fn *rule_of(const kn__dialect *dialect, unsigned kind, unsigned op)
{
    if (kind == KN_NODE_OP)
        return op < KN_OP_END_ ? dialect->ops[op] : NULL;
    return kind < KN_NODE_END_ ? dialect->nodes[kind] : NULL;
}

/* Runs one rule, and is again what it was afterwards. */
static kn_status run(kn_sql *sql, const kn__dialect *dialect, unsigned kind, unsigned op, const kn_node *node)
{
    uint16_t outer_kind = sql->kind, outer_op = sql->op;
    kn_render_fn *render = rule_of(dialect, kind, op);
    if (!render && kind == KN_NODE_OP && kn__op_of(op))
        return kn__sql_refuse(sql, kn__op_shown(kn__op_of(op)));
    if (!render)
        return kn_error_set(sql->error, KN_UNSUPPORTED, "dialect '%s' does not know node kind %u", dialect->name, kind);
    if (sql->depth >= KN__DEPTH_MAX)
        return kn_error_set(sql->error, KN_LIMIT, "a statement nested more than %d deep", KN__DEPTH_MAX);
    sql->kind = (uint16_t)kind;
    sql->op = (uint16_t)op;
    sql->depth++;
    kn_status status = render(sql, node);
    sql->depth--;
    sql->kind = outer_kind;
    sql->op = outer_op;
    return status != KN_OK ? status : buffer_status(sql);
}

static kn_status run_expr(kn_sql *sql, const kn_expr *e)
{
    if (e == KN_END)
        return kn_error_set(sql->error, KN_INVALID, "an operand is missing");
    if (sql->in_ddl && !sql->in_expr && !kn__expr_is_checked(e)) {
        kn_status status = resolve(sql, &e);
        if (status != KN_OK)
            return status;
    }
    bool outer = sql->in_expr;
    sql->in_expr = true;
    kn_status status = run(sql, sql->target->dialect, e->node.kind, e->op, &e->node);
    sql->in_expr = outer;
    return status;
}

kn_status kn__sql_node(kn_sql *sql, const kn_node *node)
{
    if (!node)
        return kn_error_set(sql->error, KN_INVALID, "a part of the statement is NULL");
    if (node == &KN_END->node || is_expr(node->kind))
        return run_expr(sql, (const kn_expr *)(const void *)node);
    return kn__sql_as(sql, (kn_node_kind)node->kind, node);
}

kn_status kn__sql_as(kn_sql *sql, kn_node_kind kind, const kn_node *node)
{
    const kn_model *outer = sql->model;
    const kn_model *model = model_of_ddl(node);
    if (model)
        sql->model = model;
    kn_status status = run(sql, sql->target->dialect, kind, 0, node);
    sql->model = outer;
    return status;
}

kn_status kn__sql_super(kn_sql *sql, const kn_dialect *self, const kn_node *node)
{
    const kn__dialect *dialect = sql->target->dialect;
    while (dialect && dialect->desc != self)
        dialect = dialect->base;
    if (!dialect || !dialect->base)
        return kn_error_set(sql->error, KN_INVALID, "dialect '%s' has no base to render by", self ? self->name : "?");
    return run(sql, dialect->base, sql->kind, sql->op, node);
}

/* AND and OR of one operand are that operand. */
static int strength_of(const kn_expr *e)
{
    if (e->node.kind == KN_NODE_RAW)
        return 0; /* nobody knows what is in it */
    if (e->node.kind != KN_NODE_OP || !kn__op_of(e->op))
        return KN__STRENGTH_ATOM;
    int strength = kn__op_of(e->op)->strength;
    if (e->op == KN_OP_AND || e->op == KN_OP_OR) {
        kn__operands operands = kn__operands_of(e);
        const kn_expr *only = NULL;
        size_t n = kn__operands_count(operands);
        if (n == 0)
            return kn__op_of(KN_OP_EQ)->strength; /* it becomes a comparison of constants */
        if (n == 1 && kn__operands_next(&operands, &only) && only)
            return strength_of(only);
    }
    return strength ? strength : KN__STRENGTH_ATOM;
}

kn_status kn__sql_operand(kn_sql *sql, const kn_expr *operand, int strength)
{
    if (!operand || operand == KN_END)
        return kn_error_set(sql->error, KN_INVALID, "an operand is missing");
    bool parentheses = strength_of(operand) < strength;
    kn_status status = parentheses ? kn__sql_text(sql, "(") : KN_OK;
    if (status == KN_OK)
        status = kn__sql_node(sql, &operand->node);
    return status == KN_OK && parentheses ? kn__sql_text(sql, ")") : status;
}

kn_status kn__sql_list(kn_sql *sql, const kn_expr *const *list, const char *separator)
{
    kn__operands elements = kn__elements_of(list);
    const kn_expr *e;
    kn_status status = KN_OK;
    for (size_t n = 0; status == KN_OK && kn__operands_next(&elements, &e); n++) {
        if (n)
            status = kn__sql_text(sql, separator);
        if (status == KN_OK)
            status = kn__sql_node(sql, e ? &e->node : NULL);
    }
    return status;
}

/* Types of nodes that were not checked: a part of an index before it is rendered. */
const kn_type *kn__expr_type(const kn_sql *sql, const kn_expr *e)
{
    static const kn_type unknown;
    (void)sql;
    if (!e || e == KN_END)
        return &unknown;
    if (!kn__expr_is_checked(e) && e->node.kind == KN_NODE_COLUMN)
        return kn__expr_column(e) ? &kn__expr_column(e)->type : &unknown;
    return &e->type;
}
