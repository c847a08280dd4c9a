/* SPDX-License-Identifier: MIT */
#include "expr/op.h"

const kn_expr kn_absent_ = {.node = {.kind = KN_NODE_ABSENT, .size = sizeof(kn_expr)}};
const kn_expr kn_all_rows_ = {.node = {.kind = KN_NODE_ALL_ROWS, .size = sizeof(kn_expr)}};
const kn_expr kn_now_ = {.node = {.kind = KN_NODE_NOW, .size = sizeof(kn_expr)}};

static const kn__op ops[KN_OP_END_] = {
#define KN_X(op, number, text_, fewest_, most_, strength_)                                                             \
    [KN_OP_##op] = {.name = #op, .text = (text_), .fewest = (fewest_), .most = (most_), .strength = (strength_)},
    KN_OP_MAP(KN_X)
#undef KN_X
};

const kn__op *kn__op_of(unsigned op)
{
    return op < KN_OP_END_ && ops[op].name ? &ops[op] : NULL;
}
