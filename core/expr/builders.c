/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "expr/op.h"
#include "expr/structure.h"

/* NULL where the rule of the builders says so. */
static const kn_expr *copied(kn_arena *arena, const kn_expr *e)
{
    kn__copying copying = {.arena = arena, .values = true, .pickles = true};
    const kn_expr *copy = kn__expr_copy(&copying, e, 0);
    return copying.no_memory || copying.null_operand || copying.too_deep ? NULL : copy;
}

const kn_expr *kn_expr_copy(kn_arena *arena, const kn_expr *e)
{
    return copied(arena, e);
}

const kn_expr *kn_expr_column(kn_arena *arena, const kn_model *model, const char *column)
{
    const kn_expr e = {.node = {.kind = KN_NODE_COLUMN, .size = sizeof(kn_expr)}, .model = model, .name = column};
    return column ? copied(arena, &e) : NULL;
}

const kn_expr *kn_expr_value(kn_arena *arena, kn_value value)
{
    const kn_expr e = {.node = {.kind = KN_NODE_VALUE, .size = sizeof(kn_expr)}, .value = value};
    return copied(arena, &e);
}

const kn_expr *kn_expr_arg(kn_arena *arena, uint32_t index, const kn_type *type)
{
    kn_expr e = {.node = {.kind = KN_NODE_ARG, .size = sizeof(kn_expr)}, .index = index};
    if (type)
        e.type = *type;
    return copied(arena, &e);
}

const kn_expr *kn_expr_unchecked_sql(kn_arena *arena, const char *text, const kn_type *type)
{
    kn_expr e = {.node = {.kind = KN_NODE_RAW, .size = sizeof(kn_expr)}, .name = text};
    if (type)
        e.type = *type;
    return text ? copied(arena, &e) : NULL;
}

const kn_expr *kn_expr_op(kn_arena *arena, kn_op op, const kn_expr *const *operands, size_t count)
{
    const kn__op *info = kn__op_of(op);
    if (!info || (count && !operands))
        return NULL;
    const kn_expr **list = kn_arena_array(arena, count + 1, sizeof(*list));
    if (!list)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        list[i] = operands[i] == KN_END ? NULL : operands[i];
        if (!list[i])
            return NULL;
    }
    list[count] = KN_END;
    const kn_expr e = {.node = {.kind = KN_NODE_OP, .size = sizeof(kn_expr)}, .op = (uint16_t)op, .args = list};
    return copied(arena, &e);
}
