/* SPDX-License-Identifier: MIT */
#include "expr/structure.h"

#include <string.h>

static bool type_equal(const kn_type *a, const kn_type *b)
{
    return a->id == b->id && a->precision == b->precision && a->scale == b->scale && a->length == b->length &&
           a->labels == b->labels && a->codec == b->codec;
}

static void hash_type(kn__hash *hash, const kn_type *type)
{
    kn__hash_u64(hash, type->id | (uint64_t)type->precision << 16 | (uint64_t)type->scale << 32);
    if (type->id) {
        kn__hash_u64(hash, type->length);
        kn__hash_u64(hash, (uintptr_t)type->labels);
    }
}

static void hash_string(kn__hash *hash, const char *s)
{
    kn__hash_bytes(hash, s ? s : "", s ? strlen(s) : 0);
}

static kn__walk hash_node(void *context, const kn_expr *e, unsigned depth)
{
    kn__hash *hash = context;
    (void)depth;
    if (!e) {
        kn__hash_u64(hash, UINT64_MAX);
        return KN__WALK_ON;
    }
    kn__hash_u64(hash, e->node.kind | (uint64_t)e->op << 16 | (uint64_t)e->index * (e->node.kind == KN_NODE_ARG) << 32);
    switch (e->node.kind) {
    case KN_NODE_COLUMN:
        kn__hash_u64(hash, (uintptr_t)e->model);
        e->name ? hash_string(hash, e->name) : kn__hash_u64(hash, e->offset);
        break;
    case KN_NODE_VALUE:
        kn__hash_u64(hash, e->value.kind);
        hash_type(hash, &e->type);
        break;
    case KN_NODE_ARG:
        hash_type(hash, &e->type);
        break;
    case KN_NODE_RAW:
        hash_string(hash, e->name);
        hash_type(hash, &e->type);
        break;
    case KN_NODE_CALL:
        kn__hash_u64(hash, (uintptr_t)e->call);
        kn__hash_u64(hash, (uintptr_t)e->context);
        break;
    case KN_NODE_OP:
        kn__hash_u64(hash, kn__operands_count(kn__operands_of(e)));
        break;
    default:
        break;
    }
    return KN__WALK_ON;
}

void kn__expr_hash(kn__hash *hash, const kn_expr *e)
{
    kn__walk_expr(e, 0, hash_node, hash);
}

static bool string_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* All but the operands. */
static bool node_equal(const kn_expr *a, const kn_expr *b)
{
    if (a->node.kind != b->node.kind)
        return false;
    switch (a->node.kind) {
    case KN_NODE_COLUMN:
        return a->model == b->model && string_equal(a->name, b->name) && (a->name || a->offset == b->offset);
    case KN_NODE_VALUE:
        return a->value.kind == b->value.kind && type_equal(&a->type, &b->type);
    case KN_NODE_ARG:
        return a->index == b->index && type_equal(&a->type, &b->type);
    case KN_NODE_RAW:
        return string_equal(a->name, b->name) && type_equal(&a->type, &b->type);
    case KN_NODE_CALL:
        return a->call == b->call && a->context == b->context;
    case KN_NODE_OP:
        return a->op == b->op;
    default:
        return true;
    }
}

static bool equal_below(const kn_expr *a, const kn_expr *b, unsigned depth)
{
    if (!a || !b)
        return a == b;
    if (depth > KN__DEPTH_MAX || !node_equal(a, b))
        return false;
    if (a->node.kind != KN_NODE_OP)
        return true;
    kn__operands of_a = kn__operands_of(a), of_b = kn__operands_of(b);
    for (;;) {
        const kn_expr *x = NULL, *y = NULL;
        bool more = kn__operands_next(&of_a, &x);
        if (kn__operands_next(&of_b, &y) != more)
            return false;
        if (!more)
            return true;
        if (!equal_below(x, y, depth + 1))
            return false;
    }
}

bool kn__expr_equal(const kn_expr *a, const kn_expr *b)
{
    return equal_below(a, b, 0);
}

static kn__walk take_literal(void *context, const kn_expr *e, unsigned depth)
{
    kn__literals *literals = context;
    (void)depth;
    if (e && e->node.kind == KN_NODE_VALUE) {
        if (literals->count < literals->room)
            literals->out[literals->count] = e->value;
        literals->count++;
    }
    return KN__WALK_ON;
}

void kn__expr_literals(const kn_expr *e, kn__literals *literals)
{
    kn__walk_expr(e, 0, take_literal, literals);
}
