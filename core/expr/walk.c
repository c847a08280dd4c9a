/* SPDX-License-Identifier: MIT */
#include "expr/walk.h"

/* IN lists of up to this many literals are as long as a power of two, so that few shapes are prepared; longer ones
 * would come near the limits of backends. */
#define PADDED_MAX ((size_t)4096)

static bool is_absent(const kn_expr *e)
{
    return e && e->node.kind == KN_NODE_ABSENT;
}

static kn__operands operands_from(const kn_expr *const *list, size_t skip_from)
{
    return (kn__operands){.next = list, .skip_from = skip_from};
}

static bool take(kn__operands *operands, const kn_expr **out)
{
    while (operands->next && *operands->next != KN_END) {
        *out = *operands->next++;
        if (operands->given < operands->skip_from || !is_absent(*out)) {
            operands->given++;
            return true;
        }
    }
    return false;
}

/* How often the last literal of an IN list is repeated. Lists with anything but literals stay as they are. */
static size_t repeats_of(kn__operands operands)
{
    const kn_expr *e;
    size_t count = 0, padded = 1;
    if (!take(&operands, &e))
        return 0;
    for (; take(&operands, &e); count++) {
        if (!e || e->node.kind != KN_NODE_VALUE)
            return 0;
    }
    if (!count || count > PADDED_MAX)
        return 0;
    while (padded < count)
        padded *= 2;
    return padded - count;
}

kn__operands kn__operands_of(const kn_expr *e)
{
    if (e->node.kind != KN_NODE_OP)
        return operands_from(NULL, SIZE_MAX);
    switch (e->op) {
    case KN_OP_AND:
    case KN_OP_OR:
        return operands_from(e->args, 0);
    case KN_OP_IN:
    case KN_OP_NOT_IN: {
        kn__operands operands = operands_from(e->args, 1);
        operands.repeats = repeats_of(operands);
        return operands;
    }
    default:
        return operands_from(e->args, SIZE_MAX);
    }
}

kn__operands kn__elements_of(const kn_expr *const *list)
{
    return operands_from(list, 0);
}

bool kn__operands_next(kn__operands *operands, const kn_expr **out)
{
    if (take(operands, out)) {
        operands->last = *out;
        return true;
    }
    if (!operands->repeats)
        return false;
    operands->repeats--;
    *out = operands->last;
    return true;
}

size_t kn__operands_count(kn__operands operands)
{
    const kn_expr *e;
    size_t count = 0;
    while (kn__operands_next(&operands, &e))
        count++;
    return count;
}

bool kn__walk_expr(const kn_expr *e, unsigned depth, kn__visit *visit, void *context)
{
    kn__walk step = visit(context, e, depth);
    if (step != KN__WALK_ON || !e || depth >= KN__DEPTH_MAX)
        return step != KN__WALK_STOP;
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    while (kn__operands_next(&operands, &operand)) {
        if (!kn__walk_expr(operand, depth + 1, visit, context))
            return false;
    }
    return true;
}
