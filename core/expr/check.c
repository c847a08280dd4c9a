/* SPDX-License-Identifier: MIT */
#include "expr/check.h"

#include "expr/check_node.h"
#include "expr/op.h"
#include "expr/type.h"

static kn_status check_column(kn__check *check, kn_expr *e)
{
    const kn_column *column = kn__expr_column(e);
    if (!e->model)
        return kn_error_set(check->error, KN_INVALID, "a column of no model");
    if (!column && e->name)
        return kn_error_set(check->error, KN_INVALID, "table %s has no column %s", e->model->table, e->name);
    if (!column)
        return kn_error_set(check->error, KN_INVALID, "no column of table %s is mapped to offset %zu of its struct",
                            e->model->table, e->offset);
    if (e->model != check->model && !(check->model && kn_model_equal(e->model, check->model)))
        return kn_error_set(check->error, KN_INVALID, "column %s.%s in a statement of table %s", e->model->table,
                            kn_column_name(column), check->model ? check->model->table : "(none)");
    e->name = kn_column_name(column);
    e->offset = column->offset;
    e->type = column->type;
    check->has_plain_column = check->has_plain_column || !check->in_aggregate;
    return KN_OK;
}

bool kn__expr_is_soft(const kn_expr *e)
{
    return ((e->node.kind == KN_NODE_VALUE || e->node.kind == KN_NODE_ARG) && !e->type.id) ||
           e->node.kind == KN_NODE_NOW;
}

kn_status kn__check_refuse_pair(kn__check *check, const char *what, const kn_expr *a, const kn_expr *b)
{
    char shown_a[KN__SHOWN_SIZE], shown_b[KN__SHOWN_SIZE];
    kn__expr_show(a, shown_a);
    kn__expr_show(b, shown_b);
    return kn_error_set(check->error, KN_TYPE_MISMATCH, "cannot %s %s and %s: they have different types", what, shown_a,
                        shown_b);
}

/* The literal is not of the type. */
static kn_status refuse_literal(kn__check *check, const kn_expr *e, const kn__wanted *wanted)
{
    char shown[KN__SHOWN_SIZE];
    if (wanted->by)
        return kn__check_refuse_pair(check, "combine", wanted->by, e);
    kn__expr_show(e, shown);
    return kn_error_set(check->error, KN_TYPE_MISMATCH, "%s where %s is expected", shown,
                        kn_type_name((kn_type_id)wanted->type->id));
}

static kn_status check_literal(kn__check *check, kn_expr *e, const kn__wanted *wanted)
{
    if (e->value.kind == KN_KIND_UNSET || e->value.kind >= KN_KIND_END_)
        return kn_error_set(check->error, KN_INVALID, "a value of no kind");
    if (wanted && !e->type.id)
        e->type = *wanted->type;
    if (e->value.kind == KN_KIND_NULL) {
        if (check->null_ok)
            return KN_OK;
        return kn_error_set(check->error, KN_INVALID,
                            "a NULL literal is equal to nothing, not even to NULL; ask with KN_IS_NULL");
    }
    if (!e->type.id)
        e->type = *kn__type_of_kind(e->value.kind);
    else if (!kn__type_takes_kind(&e->type, e->value.kind))
        return refuse_literal(check, e, wanted ? wanted : &(kn__wanted){&e->type, NULL});
    return KN_OK;
}

static kn_status check_argument(kn__check *check, kn_expr *e, const kn__wanted *wanted)
{
    if (check->in_ddl)
        return kn_error_set(check->error, KN_INVALID, "argument %u in DDL, which takes none", e->index);
    if (check->no_arguments)
        return kn_error_set(check->error, KN_INVALID, "argument %u where a placeholder has no number", e->index);
    if (wanted && !e->type.id)
        e->type = *wanted->type;
    if (!e->type.id && !check->untyped_ok)
        return kn_error_set(check->error, KN_INVALID, "nothing tells the type of argument %u; say KN_ARG(%u, TYPE)",
                            e->index, e->index);
    return KN_OK;
}

static kn_status check_now(kn__check *check, kn_expr *e, const kn__wanted *wanted)
{
    e->type = kn__type_instant;
    if (!wanted)
        return KN_OK;
    if (wanted->type->id != KN_TYPE_DATETIME && wanted->type->id != KN_TYPE_DATETIME_TZ)
        return refuse_literal(check, e, wanted);
    e->type = *wanted->type;
    return KN_OK;
}

static kn_status check_kind(kn__check *check, kn_expr *e, const kn__wanted *wanted, unsigned depth)
{
    switch (e->node.kind) {
    case KN_NODE_COLUMN:
        return check_column(check, e);
    case KN_NODE_VALUE:
        return check_literal(check, e, wanted);
    case KN_NODE_ARG:
        return check_argument(check, e, wanted);
    case KN_NODE_OP:
        return kn__check_op(check, e, depth);
    case KN_NODE_RAW:
        return e->name ? KN_OK : kn_error_set(check->error, KN_INVALID, "raw SQL without a text");
    case KN_NODE_NOW:
        return check_now(check, e, wanted);
    case KN_NODE_CALL:
        return kn_error_set(check->error, KN_INVALID,
                            "KN_CALL gives the default of a column; it cannot stand in a statement");
    case KN_NODE_ABSENT:
        return kn_error_set(
            check->error, KN_INVALID,
            "KN_WHEN left out an operand that cannot be left out; it may stand in KN_AND, KN_OR and lists");
    case KN_NODE_ALL_ROWS:
        return kn_error_set(check->error, KN_INVALID, "KN_ALL_ROWS is a whole .where, not a part of one");
    default:
        return kn_error_set(check->error, KN_INVALID, "node kind %u is no expression", e->node.kind);
    }
}

kn_status kn__check_node(kn__check *check, kn_expr *e, const kn__wanted *wanted, unsigned depth)
{
    if (!e)
        return kn_error_set(check->error, KN_INVALID, "an expression is NULL");
    if (depth > KN__DEPTH_MAX)
        return kn_error_set(check->error, KN_LIMIT, "an expression nested more than %d deep", KN__DEPTH_MAX);
    if (kn__expr_is_checked(e))
        return KN_OK;
    bool null_ok = check->null_ok, untyped_ok = check->untyped_ok;
    if (e->node.kind != KN_NODE_VALUE)
        check->null_ok = false;
    if (e->node.kind != KN_NODE_ARG)
        check->untyped_ok = false;
    kn_status status = check_kind(check, e, wanted, depth);
    check->null_ok = null_ok;
    check->untyped_ok = untyped_ok;
    if (status == KN_OK)
        e->zero_ = KN__CHECKED;
    return status;
}

kn_status kn__check_boolean(kn__check *check, kn_expr *e, unsigned depth)
{
    char shown[KN__SHOWN_SIZE];
    kn_status status = kn__check_node(check, e, &(kn__wanted){&kn__type_boolean, NULL}, depth);
    if (status != KN_OK || !e->type.id || e->type.id == KN_TYPE_BOOLEAN)
        return status;
    kn__expr_show(e, shown);
    return kn_error_set(check->error, KN_TYPE_MISMATCH, "%s is no condition: a condition is Boolean", shown);
}

kn_status kn__check_value(kn__check *check, kn_expr *e, const kn_type *wanted)
{
    return kn__check_node(check, e, wanted ? &(kn__wanted){wanted, NULL} : NULL, 0);
}

kn_status kn__check_condition(kn__check *check, kn_expr *e)
{
    return kn__check_boolean(check, e, 0);
}

static kn_status check_target(kn__check *check, kn_expr *target)
{
    if (target->node.kind != KN_NODE_COLUMN)
        return kn_error_set(check->error, KN_INVALID, "KN_ASSIGN sets a column, and its first operand is none");
    kn_status status = kn__check_node(check, target, NULL, 1);
    if (status == KN_OK && kn__column_is_computed(target->model, kn__expr_column(target)))
        status = kn_error_set(check->error, KN_INVALID, "column %s.%s is computed and cannot be set",
                              target->model->table, target->name);
    return status;
}

kn_status kn__check_assign(kn__check *check, kn_expr *e)
{
    if (!e || e->node.kind != KN_NODE_OP || e->op != KN_OP_ASSIGN)
        return kn_error_set(check->error, KN_INVALID, "what is set must be KN_ASSIGN(column, value)");
    kn_status status = kn__check_operands(check, e);
    if (status != KN_OK)
        return status;
    kn_expr *target = kn__own(e->args[0]), *value = kn__own(e->args[1]);
    status = check_target(check, target);
    if (status != KN_OK)
        return status;
    check->null_ok = true;
    status = kn__check_node(check, value, &(kn__wanted){&target->type, target}, 1);
    check->null_ok = false;
    if (status == KN_OK && value->type.id && !kn__type_stores(&target->type, &value->type))
        return kn__check_refuse_pair(check, "assign between", target, value);
    e->type = target->type;
    e->zero_ = KN__CHECKED;
    return status;
}

/* The operand of ASC, DESC and PREFIX is in place of the node. */
static kn_status check_placed(kn__check *check, kn_expr *e, bool index, unsigned depth)
{
    if (!e || e->node.kind != KN_NODE_OP || (e->op != KN_OP_ASC && e->op != KN_OP_DESC && e->op != KN_OP_PREFIX)) {
        if (e && !index && (e->node.kind == KN_NODE_VALUE || e->node.kind == KN_NODE_ARG))
            return kn_error_set(check->error, KN_INVALID, "a value orders nothing");
        return kn__check_node(check, e, NULL, depth);
    }
    if (e->op == KN_OP_PREFIX && !index)
        return kn_error_set(check->error, KN_INVALID, "KN_PREFIX may stand in an index only");
    kn_status status = kn__check_operands(check, e);
    if (status != KN_OK)
        return status;
    kn_expr *operand = kn__own(e->args[0]);
    status = e->op == KN_OP_PREFIX ? kn__check_node(check, operand, NULL, depth + 1)
             : depth               ? kn_error_set(check->error, KN_INVALID, "an order within an order")
                                   : check_placed(check, operand, index, depth + 1);
    if (status == KN_OK && e->op == KN_OP_PREFIX) {
        kn__class class = kn__class_of(&operand->type);
        if (operand->node.kind != KN_NODE_COLUMN || (class != KN__CLASS_TEXT && class != KN__CLASS_BYTES))
            return kn_error_set(check->error, KN_INVALID, "KN_PREFIX takes a column of text or binary");
        status = kn__check_value(check, kn__own(e->args[1]), &kn__type_big_integer);
    }
    e->type = operand->type;
    e->zero_ = KN__CHECKED;
    return status;
}

kn_status kn__check_order(kn__check *check, kn_expr *e)
{
    kn_status status = check_placed(check, e, false, 0);
    if (status == KN_OK && e->type.id == KN_TYPE_PICKLE)
        status = kn_error_set(check->error, KN_TYPE_MISMATCH, "PickleType values have no order");
    return status;
}

kn_status kn__check_part(kn__check *check, kn_expr *e)
{
    return check_placed(check, e, true, 0);
}
