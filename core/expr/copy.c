/* SPDX-License-Identifier: MIT */
#include "expr/structure.h"

#include <string.h>

static const char *copy_bytes(kn__copying *copying, const void *data, size_t size)
{
    const char *copy = kn_arena_copy(copying->arena, data, size);
    copying->no_memory = copying->no_memory || !copy;
    return copy;
}

static const char *copy_string(kn__copying *copying, const char *s)
{
    return s ? copy_bytes(copying, s, strlen(s)) : NULL;
}

/* A tree has no copy of its own, but a pickle is as good: it is what is bound. */
static void copy_tree(kn__copying *copying, kn_value *value)
{
    kn_bytes pickle;
    if (!value->as.any || kn_pickle_write(value->as.any, NULL, copying->arena, &pickle, NULL) != KN_OK) {
        copying->no_memory = true;
        return;
    }
    value->kind = KN_KIND_BYTES;
    value->as.bytes = pickle;
}

/* What a value points to. */
static void copy_value(kn__copying *copying, kn_value *value)
{
    kn_text *text = &value->as.text;
    kn_bytes *bytes = &value->as.bytes;
    kn_decimal *decimal = &value->as.decimal;
    switch (value->kind) {
    case KN_KIND_TEXT:
        if (text->data && text->size == SIZE_MAX)
            text->size = strlen(text->data);
        if (text->data)
            text->data = copy_bytes(copying, text->data, text->size);
        break;
    case KN_KIND_BYTES:
        if (bytes->data)
            bytes->data = copy_bytes(copying, bytes->data, bytes->size);
        break;
    case KN_KIND_DECIMAL:
        if (decimal->form == 1)
            decimal->u.digits = copy_bytes(copying, decimal->u.digits, decimal->n);
        break;
    case KN_KIND_ANY:
        if (copying->pickles)
            copy_tree(copying, value);
        break;
    default:
        break;
    }
}

static const kn_expr *const *copy_all(kn__copying *copying, kn__operands operands, unsigned depth)
{
    const kn_expr *e;
    size_t n = 0, count = kn__operands_count(operands);
    const kn_expr **copies = kn_arena_array(copying->arena, count + 1, sizeof(*copies));
    if (!copies) {
        copying->no_memory = true;
        return NULL;
    }
    while (kn__operands_next(&operands, &e) && !copying->no_memory)
        copies[n++] = kn__expr_copy(copying, e, depth);
    copies[count] = KN_END;
    return copies;
}

static void copy_parts(kn__copying *copying, kn_expr *copy, unsigned depth)
{
    copy->name = copy_string(copying, copy->name);
    if (copy->node.kind == KN_NODE_VALUE) {
        copy->index = copying->slots++;
        if (copying->values)
            copy_value(copying, &copy->value);
        else
            copy->value = (kn_value){.kind = copy->value.kind};
    }
    if (copy->node.kind == KN_NODE_OP && copy->args)
        copy->args = copy_all(copying, kn__operands_of(copy), depth + 1);
}

kn_expr *kn__expr_copy(kn__copying *copying, const kn_expr *e, unsigned depth)
{
    if (!e || depth > KN__DEPTH_MAX) {
        copying->null_operand = copying->null_operand || !e;
        copying->too_deep = copying->too_deep || e;
        return NULL;
    }
    kn_expr *copy = kn_arena_zalloc(copying->arena, sizeof(*copy));
    if (!copy) {
        copying->no_memory = true;
        return NULL;
    }
    memcpy(copy, e, e->node.size < sizeof(*copy) ? e->node.size : sizeof(*copy));
    copy->node.size = sizeof(*copy);
    copy->zero_ = 0;
    copy_parts(copying, copy, depth);
    return copy;
}

const kn_expr *const *kn__list_copy(kn__copying *copying, const kn_expr *const *list)
{
    return list ? copy_all(copying, kn__elements_of(list), 0) : NULL;
}
