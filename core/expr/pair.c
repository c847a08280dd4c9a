/* SPDX-License-Identifier: MIT */
#include "expr/pair.h"

#include <string.h>

void kn__pair_bytes(kn__pair *pair, const void *a, size_t a_size, const void *b, size_t b_size)
{
    pair->equal = pair->equal && a_size == b_size && (!a_size || memcmp(a, b, a_size) == 0);
    kn__hash_bytes(&pair->hash, a, a_size);
}

void kn__pair_string(kn__pair *pair, const char *a, const char *b)
{
    if (kn__pair_both(pair, a, b))
        kn__pair_bytes(pair, a, strlen(a), b, strlen(b));
}

static void pair_enum(kn__pair *pair, const kn_enum *a, const kn_enum *b)
{
    kn__pair_string(pair, a->name, b->name);
    if (!kn__pair_both(pair, a->labels, b->labels))
        return;
    for (size_t i = 0; kn__pair_both(pair, a->labels[i].label, b->labels[i].label); i++) {
        kn__pair_string(pair, a->labels[i].label, b->labels[i].label);
        kn__pair_u64(pair, (uint64_t)a->labels[i].value, (uint64_t)b->labels[i].value);
    }
}

void kn__pair_type(kn__pair *pair, const kn_type *a, const kn_type *b)
{
    kn__pair_u64(pair, a->id, b->id);
    kn__pair_u64(pair, a->precision, b->precision);
    kn__pair_u64(pair, a->scale, b->scale);
    kn__pair_u64(pair, a->length, b->length);
    if (kn__pair_both(pair, a->labels, b->labels))
        pair_enum(pair, a->labels, b->labels);
    if (kn__pair_both(pair, a->codec, b->codec)) {
        kn__pair_string(pair, a->codec->name, b->codec->name);
        kn__pair_u64(pair, a->codec->object_size, b->codec->object_size);
    }
}

static size_t text_size(kn_text text)
{
    return text.data && text.size == SIZE_MAX ? strlen(text.data) : text.size;
}

static void pair_decimal(kn__pair *pair, const kn_decimal *a, const kn_decimal *b)
{
    kn__pair_u64(pair, a->form, b->form);
    kn__pair_u64(pair, a->sign, b->sign);
    kn__pair_u64(pair, (uint64_t)a->exponent, (uint64_t)b->exponent);
    if (a->form != b->form)
        return;
    if (a->form) {
        kn__pair_bytes(pair, a->u.digits, a->n, b->u.digits, b->n);
    } else {
        kn__pair_u64(pair, a->u.word[0], b->u.word[0]);
        kn__pair_u64(pair, a->u.word[1], b->u.word[1]);
    }
}

static uint64_t double_bits(double d)
{
    uint64_t bits = 0;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

void kn__pair_value(kn__pair *pair, const kn_value *a, const kn_value *b)
{
    kn__pair_u64(pair, a->kind, b->kind);
    if (a->kind != b->kind)
        return;
    switch (a->kind) {
    case KN_KIND_UNSET:
    case KN_KIND_NULL:
        break;
    case KN_KIND_BOOL:
        kn__pair_u64(pair, a->as.b, b->as.b);
        break;
    case KN_KIND_FLOAT:
        kn__pair_u64(pair, double_bits(a->as.d), double_bits(b->as.d));
        break;
    case KN_KIND_TEXT:
        kn__pair_bytes(pair, a->as.text.data, text_size(a->as.text), b->as.text.data, text_size(b->as.text));
        break;
    case KN_KIND_BYTES:
        kn__pair_bytes(pair, a->as.bytes.data, a->as.bytes.size, b->as.bytes.data, b->as.bytes.size);
        break;
    case KN_KIND_DECIMAL:
        pair_decimal(pair, &a->as.decimal, &b->as.decimal);
        break;
    case KN_KIND_DATE:
        kn__pair_u64(pair, (uint64_t)a->as.date.days, (uint64_t)b->as.date.days);
        break;
    case KN_KIND_ANY:
        /* its digest is keyed at random: for a fingerprint that holds in every process, the kind must do */
        kn__pair_u64(pair, kn_any_kind_of(a->as.any), kn_any_kind_of(b->as.any));
        pair->equal = pair->equal && kn_any_equal(a->as.any, b->as.any);
        break;
    default: /* one 64-bit integer each */
        kn__pair_u64(pair, (uint64_t)a->as.i, (uint64_t)b->as.i);
        break;
    }
}

/* The column that an expression or a reference means, by name; NULL when there is none. */
static const char *member_name(const kn_model *model, size_t offset, const char *name)
{
    if (name || !model)
        return name;
    const kn_column *column = kn_model_column_at(model, offset);
    return column ? kn_column_name(column) : NULL;
}

void kn__pair_member(kn__pair *pair, const kn_member *a, const kn_member *b)
{
    kn__pair_string(pair, a->table, b->table);
    if (kn__pair_both(pair, a->model, b->model)) {
        kn__pair_string(pair, a->model->schema, b->model->schema);
        kn__pair_string(pair, a->model->table, b->model->table);
    }
    kn__pair_string(pair, member_name(a->model, a->offset, a->column), member_name(b->model, b->offset, b->column));
}

static void pair_column(kn__pair *pair, const kn_expr *a, const kn_expr *b)
{
    kn_member x = {.model = a->model, .offset = a->offset, .column = a->name};
    kn_member y = {.model = b->model, .offset = b->offset, .column = b->name};
    kn__pair_member(pair, &x, &y);
}

void kn__pair_expr(kn__pair *pair, const kn_expr *a, const kn_expr *b)
{
    if (!kn__pair_both(pair, a, b))
        return;
    kn__pair_u64(pair, a->node.kind, b->node.kind);
    kn__pair_u64(pair, a->op, b->op);
    if (a->node.kind != b->node.kind || !pair->equal)
        return;
    kn__pair_u64(pair, a->index, b->index);
    kn__pair_type(pair, &a->type, &b->type);
    kn__pair_value(pair, &a->value, &b->value);
    if (a->node.kind == KN_NODE_COLUMN)
        pair_column(pair, a, b);
    else
        kn__pair_string(pair, a->name, b->name);
    kn__pair_list(pair, a->args, b->args);
}

void kn__pair_list(kn__pair *pair, const kn_expr *const *a, const kn_expr *const *b)
{
    if (!kn__pair_both(pair, a, b))
        return;
    for (; *a && *a != KN_END && *b && *b != KN_END; a++, b++)
        kn__pair_expr(pair, *a, *b);
    kn__pair_u64(pair, *a == KN_END, *b == KN_END);
}
