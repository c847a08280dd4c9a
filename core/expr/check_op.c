/* SPDX-License-Identifier: MIT */
/* The operators: what each takes and gives, as a table of rules. */
#include "expr/check_node.h"
#include "expr/op.h"
#include "expr/type.h"

typedef kn_status rule(kn__check *check, kn_expr *e, unsigned depth);

static kn_status refuse_operand(kn__check *check, const kn_expr *e, const kn_expr *operand, const char *takes)
{
    char shown[KN__SHOWN_SIZE];
    kn__expr_show(operand, shown);
    return kn_error_set(check->error, KN_TYPE_MISMATCH, "%s takes %s, not %s", kn__op_shown(kn__op_of(e->op)), takes,
                        shown);
}

kn_status kn__check_operands(kn__check *check, const kn_expr *e)
{
    const kn__op *op = kn__op_of(e->op);
    if (!op)
        return kn_error_set(check->error, KN_INVALID, "operator %u does not exist", e->op);
    if (!e->args)
        return kn_error_set(check->error, KN_INVALID, "%s without operands", kn__op_shown(op));
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    size_t n = 0;
    while (kn__operands_next(&operands, &operand)) {
        if (!operand)
            return kn_error_set(check->error, KN_INVALID, "operand %zu of %s is NULL", n + 1, kn__op_shown(op));
        n++;
    }
    bool may_be_empty = e->op == KN_OP_AND || e->op == KN_OP_OR; /* all of them left out */
    if ((n < op->fewest && !may_be_empty) || (op->most && n > op->most))
        return kn_error_set(check->error, KN_INVALID, "%s with %zu operands", kn__op_shown(op), n);
    return KN_OK;
}

/* A type for operands that all have none of their own. */
static void adopt_soft(const kn_expr *e, kn_type *common, const kn_expr **by)
{
    if (common->id)
        return;
    if (e->node.kind == KN_NODE_NOW)
        *common = kn__type_instant;
    else if (e->node.kind == KN_NODE_VALUE)
        *common = *kn__type_of_kind(e->value.kind);
    if (common->id)
        *by = e;
}

typedef struct joining {
    kn_type common;
    const kn_expr *by;
    const char *what; /* "compare" */
} joining;

/* Is there one of which nothing can be known? */
static bool has_unknown(const kn_expr *e)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    while (kn__operands_next(&operands, &operand)) {
        if (kn__expr_is_checked(operand) && !operand->type.id)
            return true;
    }
    return false;
}

/* Operands with a type of their own, from the first one on, must agree. */
static kn_status join_typed(kn__check *check, const kn_expr *e, joining *j, unsigned depth)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    while (kn__operands_next(&operands, &operand)) {
        if (kn__expr_is_soft(operand))
            continue;
        kn_status status = kn__check_node(check, kn__own(operand), NULL, depth + 1);
        if (status != KN_OK)
            return status;
        if (!operand->type.id)
            continue;
        if (!j->common.id) {
            j->common = operand->type;
            j->by = operand;
            continue;
        }
        if (!kn__types_compare(&j->common, &operand->type))
            return kn__check_refuse_pair(check, j->what, j->by, operand);
        j->common = kn__type_common(&j->common, &operand->type);
    }
    return KN_OK;
}

static kn_status join_soft(kn__check *check, const kn_expr *e, joining *j, unsigned depth)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    for (kn__operands scan = operands; kn__operands_next(&scan, &operand);)
        if (kn__expr_is_soft(operand))
            adopt_soft(operand, &j->common, &j->by);
    kn_type wanted_type = kn__type_compared(&j->common);
    kn__wanted wanted = {&wanted_type, j->by};
    check->untyped_ok = has_unknown(e);
    while (kn__operands_next(&operands, &operand)) {
        if (!kn__expr_is_soft(operand))
            continue;
        kn_status status = kn__check_node(check, kn__own(operand), j->common.id ? &wanted : NULL, depth + 1);
        if (status != KN_OK)
            return status;
    }
    check->untyped_ok = false;
    return KN_OK;
}

/* All operands are of one type, which typed ones decide and literals take. */
static kn_status join(kn__check *check, kn_expr *e, joining *j, unsigned depth)
{
    kn_status status = join_typed(check, e, j, depth);
    return status == KN_OK ? join_soft(check, e, j, depth) : status;
}

static kn_status check_logic(kn__check *check, kn_expr *e, unsigned depth)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    kn_status status = KN_OK;
    while (status == KN_OK && kn__operands_next(&operands, &operand))
        status = kn__check_boolean(check, kn__own(operand), depth + 1);
    e->type = kn__type_boolean;
    return status;
}

static kn_status check_comparison(kn__check *check, kn_expr *e, unsigned depth)
{
    joining j = {.what = "compare"};
    kn_status status = join(check, e, &j, depth);
    if (status == KN_OK && j.common.id == KN_TYPE_PICKLE)
        return refuse_operand(check, e, j.by, "values that can be compared");
    e->type = kn__type_boolean;
    return status;
}

static kn_status check_null_test(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_expr *operand = kn__own(e->args[0]);
    if (operand->node.kind == KN_NODE_VALUE || (operand->node.kind == KN_NODE_ARG && !operand->type.id))
        return kn_error_set(check->error, KN_INVALID, "%s asks about a column or an expression, or KN_ARG(n, TYPE)",
                            kn__op_shown(kn__op_of(e->op)));
    e->type = kn__type_boolean;
    return kn__check_node(check, operand, NULL, depth + 1);
}

/* All operands are text. */
static kn_status check_texts(kn__check *check, kn_expr *e, unsigned depth)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    while (kn__operands_next(&operands, &operand)) {
        kn_status status = kn__check_node(check, kn__own(operand), &(kn__wanted){&kn__type_text, NULL}, depth + 1);
        if (status != KN_OK)
            return status;
        if (operand->type.id && kn__class_of(&operand->type) != KN__CLASS_TEXT)
            return refuse_operand(check, e, operand, "text");
    }
    e->type = kn__type_text;
    return KN_OK;
}

static kn_status check_pattern(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_status status = check_texts(check, e, depth);
    e->type = kn__type_boolean;
    return status;
}

static kn_status check_case(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_status status = check_texts(check, e, depth);
    if (status == KN_OK && e->args[0]->type.id)
        e->type = e->args[0]->type;
    return status;
}

static kn_status check_length(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_expr *operand = kn__own(e->args[0]);
    kn_status status = kn__check_node(check, operand, &(kn__wanted){&kn__type_text, NULL}, depth + 1);
    kn__class class = kn__class_of(&operand->type);
    if (status == KN_OK && class != KN__CLASS_TEXT && class != KN__CLASS_BYTES)
        return refuse_operand(check, e, operand, "text or binary of known type");
    e->type = kn__type_big_integer;
    return status;
}

/* What a literal beside `type` in arithmetic is: of that type, or a Float beside integers. */
static kn_type arithmetic_literal(const kn_expr *e, const kn_type *type)
{
    if (e->node.kind == KN_NODE_VALUE && e->value.kind == KN_KIND_FLOAT && kn__class_of(type) == KN__CLASS_INT)
        return kn__type_float;
    return kn__type_compared(type);
}

static kn_status check_typed_operands(kn__check *check, kn_expr *e, const kn_expr **typed, unsigned depth)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    while (kn__operands_next(&operands, &operand)) {
        if (kn__expr_is_soft(operand) && operand->node.kind != KN_NODE_NOW)
            continue;
        kn_status status = kn__check_node(check, kn__own(operand), NULL, depth + 1);
        if (status != KN_OK)
            return status;
        if (!*typed && operand->type.id)
            *typed = operand;
    }
    return KN_OK;
}

/* The operands' types one after the other; an operand of unknown type (raw SQL) makes the result unknown. */
static kn_status fold_arithmetic(kn__check *check, kn_expr *e)
{
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand, *first = NULL;
    bool known = true;
    while (kn__operands_next(&operands, &operand)) {
        if (!operand->type.id) {
            known = false;
            continue;
        }
        if (!kn__class_is_number(kn__class_of(&operand->type)))
            return refuse_operand(check, e, operand, "numbers");
        kn_type type =
            first ? kn__type_of_arithmetic(e->op, &e->type, &operand->type) : kn__type_compared(&operand->type);
        if (!type.id && kn__class_of(&e->type) != kn__class_of(&operand->type))
            return kn__check_refuse_pair(check, "calculate with", first, operand);
        if (!type.id)
            return kn_error_set(check->error, KN_UNSUPPORTED, "%s of %s values is not the same on every backend",
                                kn__op_shown(kn__op_of(e->op)), kn_type_name((kn_type_id)operand->type.id));
        first = first ? first : operand;
        e->type = type;
    }
    if (!known)
        e->type = (kn_type){.id = KN_TYPE_NONE};
    return KN_OK;
}

static kn_status check_arithmetic(kn__check *check, kn_expr *e, unsigned depth)
{
    const kn_expr *typed = NULL, *operand;
    kn_status status = check_typed_operands(check, e, &typed, depth);
    for (kn__operands scan = kn__operands_of(e); !typed && kn__operands_next(&scan, &operand);)
        if (operand->node.kind == KN_NODE_VALUE)
            typed = operand;
    kn_type base = !typed           ? (kn_type){.id = KN_TYPE_NONE}
                   : typed->type.id ? typed->type
                                    : *kn__type_of_kind(typed->value.kind);
    kn__operands operands = kn__operands_of(e);
    check->untyped_ok = status == KN_OK && has_unknown(e);
    while (status == KN_OK && kn__operands_next(&operands, &operand)) {
        kn_type literal = arithmetic_literal(operand, &base);
        status = kn__check_node(check, kn__own(operand), literal.id ? &(kn__wanted){&literal, typed} : NULL, depth + 1);
    }
    check->untyped_ok = false;
    return status == KN_OK ? fold_arithmetic(check, e) : status;
}

static kn_status check_coalesce(kn__check *check, kn_expr *e, unsigned depth)
{
    joining j = {.what = "combine"};
    kn_status status = join(check, e, &j, depth);
    e->type = j.common;
    return status;
}

static kn_status check_aggregate(kn__check *check, kn_expr *e, unsigned depth)
{
    const kn__op *op = kn__op_of(e->op);
    if (!check->aggregates || check->in_ddl)
        return kn_error_set(check->error, KN_INVALID, "%s may stand among the selected columns only", kn__op_shown(op));
    if (check->in_aggregate)
        return kn_error_set(check->error, KN_INVALID, "%s within another aggregate", kn__op_shown(op));
    check->has_aggregate = check->in_aggregate = true;
    kn_status status = e->args[0] == KN_END ? KN_OK : kn__check_node(check, kn__own(e->args[0]), NULL, depth + 1);
    check->in_aggregate = false;
    return status;
}

static kn_status check_count(kn__check *check, kn_expr *e, unsigned depth)
{
    e->type = kn__type_big_integer;
    return check_aggregate(check, e, depth);
}

static kn_status check_extreme(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_status status = check_aggregate(check, e, depth);
    kn__class class = kn__class_of(&e->args[0]->type);
    if (status == KN_OK && (class == KN__CLASS_BOOL || class == KN__CLASS_BYTES || class == KN__CLASS_PICKLE))
        return refuse_operand(check, e, e->args[0], "numbers, text, dates and times");
    e->type = e->args[0]->type;
    return status;
}

static kn_status check_sum(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_status status = check_aggregate(check, e, depth);
    if (status != KN_OK || !e->args[0]->type.id)
        return status;
    e->type = kn__type_of_sum(&e->args[0]->type);
    return e->type.id ? KN_OK : refuse_operand(check, e, e->args[0], "numbers");
}

static kn_status check_misplaced(kn__check *check, kn_expr *e, unsigned depth)
{
    (void)depth;
    return kn_error_set(check->error, KN_INVALID, "%s cannot stand within an expression", kn__op_of(e->op)->name);
}

static rule *const rules[KN_OP_END_] = {
    [KN_OP_OR] = check_logic,
    [KN_OP_AND] = check_logic,
    [KN_OP_NOT] = check_logic,
    [KN_OP_EQ] = check_comparison,
    [KN_OP_NE] = check_comparison,
    [KN_OP_LT] = check_comparison,
    [KN_OP_LE] = check_comparison,
    [KN_OP_GT] = check_comparison,
    [KN_OP_GE] = check_comparison,
    [KN_OP_IS_NULL] = check_null_test,
    [KN_OP_IS_NOT_NULL] = check_null_test,
    [KN_OP_LIKE] = check_pattern,
    [KN_OP_ILIKE] = check_pattern,
    [KN_OP_CONTAINS] = check_pattern,
    [KN_OP_STARTS_WITH] = check_pattern,
    [KN_OP_ENDS_WITH] = check_pattern,
    [KN_OP_IN] = check_comparison,
    [KN_OP_NOT_IN] = check_comparison,
    [KN_OP_BETWEEN] = check_comparison,
    [KN_OP_ADD] = check_arithmetic,
    [KN_OP_SUB] = check_arithmetic,
    [KN_OP_MUL] = check_arithmetic,
    [KN_OP_DIV] = check_arithmetic,
    [KN_OP_MOD] = check_arithmetic,
    [KN_OP_NEG] = check_arithmetic,
    [KN_OP_CONCAT] = check_texts,
    [KN_OP_LOWER] = check_case,
    [KN_OP_UPPER] = check_case,
    [KN_OP_LENGTH] = check_length,
    [KN_OP_COALESCE] = check_coalesce,
    [KN_OP_ABS] = check_arithmetic,
    [KN_OP_COUNT] = check_count,
    [KN_OP_MIN] = check_extreme,
    [KN_OP_MAX] = check_extreme,
    [KN_OP_SUM] = check_sum,
    [KN_OP_ASC] = check_misplaced,
    [KN_OP_DESC] = check_misplaced,
    [KN_OP_ASSIGN] = check_misplaced,
    [KN_OP_PREFIX] = check_misplaced,
};

kn_status kn__check_op(kn__check *check, kn_expr *e, unsigned depth)
{
    kn_status status = kn__check_operands(check, e);
    return status == KN_OK ? rules[e->op](check, e, depth) : status;
}
