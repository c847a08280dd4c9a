/* SPDX-License-Identifier: MIT */
#include "expr/columns.h"
#include "expr/pair.h"

static void pair_rules(kn__pair *pair, const kn_column *a, const kn_column *b)
{
    kn__pair_member(pair, &a->references, &b->references);
    kn__pair_u64(pair, a->on_delete, b->on_delete);
    kn__pair_u64(pair, a->on_update, b->on_update);
    kn__pair_u64(pair, a->deferral, b->deferral);
    kn__pair_u64(pair, a->primary_key, b->primary_key);
    kn__pair_u64(pair, a->unique, b->unique);
    kn__pair_u64(pair, a->index, b->index);
    kn__pair_u64(pair, a->secret, b->secret);
    kn__pair_u64(pair, a->nullable, b->nullable);
    kn__pair_u64(pair, a->autoincrement, b->autoincrement);
    kn__pair_u64(pair, a->computed_stored, b->computed_stored);
}

static void pair_columns(kn__pair *pair, const kn_column *a, const kn_column *b)
{
    kn__pair_string(pair, a->member, b->member);
    kn__pair_string(pair, kn_column_name(a), kn_column_name(b));
    kn__pair_type(pair, &a->type, &b->type);
    kn__pair_u64(pair, a->offset, b->offset);
    kn__pair_u64(pair, a->ctype, b->ctype);
    kn__pair_u64(pair, a->member_size, b->member_size);
    pair_rules(pair, a, b);
    kn__pair_expr(pair, a->initial, b->initial);
    kn__pair_expr(pair, a->onupdate, b->onupdate);
    kn__pair_expr(pair, a->server_default, b->server_default);
    kn__pair_expr(pair, a->computed, b->computed);
    kn__pair_expr(pair, a->check, b->check);
    kn__pair_string(pair, a->collation, b->collation);
    kn__pair_string(pair, a->comment, b->comment);
}

static void pair_relationship(kn__pair *pair, const kn_relationship *a, const kn_relationship *b)
{
    kn_member target_a = {.model = a->target}, target_b = {.model = b->target};
    kn__pair_string(pair, a->member, b->member);
    kn__pair_u64(pair, a->offset, b->offset);
    kn__pair_member(pair, &target_a, &target_b);
    kn__pair_u64(pair, a->side, b->side);
    kn__pair_u64(pair, a->cascade, b->cascade);
    kn__pair_member(pair, &a->via, &b->via);
    kn__pair_string(pair, a->back, b->back);
}

/* Walks two lists of table parts in step: each ends where its first pointer is NULL, or is NULL itself. */
#define PAIR_PARTS(pair, T, first, list_a, list_b, walk)                                                               \
    do {                                                                                                               \
        const T *a_ = (list_a), *b_ = (list_b);                                                                        \
        for (; a_ && a_->first && b_ && b_->first; a_++, b_++)                                                         \
            walk(pair, a_, b_);                                                                                        \
        kn__pair_u64(pair, a_ && a_->first, b_ && b_->first);                                                          \
    } while (0)

static void pair_unique(kn__pair *pair, const kn_unique_key *a, const kn_unique_key *b)
{
    kn__pair_list(pair, a->columns, b->columns);
    kn__pair_string(pair, a->name, b->name);
}

static void pair_check(kn__pair *pair, const kn_table_check *a, const kn_table_check *b)
{
    kn__pair_expr(pair, a->expr, b->expr);
    kn__pair_string(pair, a->name, b->name);
}

static void pair_index(kn__pair *pair, const kn_table_index *a, const kn_table_index *b)
{
    kn__pair_list(pair, a->parts, b->parts);
    kn__pair_string(pair, a->name, b->name);
    kn__pair_expr(pair, a->where, b->where);
    kn__pair_u64(pair, a->unique, b->unique);
}

static void pair_reference(kn__pair *pair, const kn_table_reference *a, const kn_table_reference *b)
{
    kn__pair_list(pair, a->columns, b->columns);
    kn__pair_list(pair, a->references, b->references);
    kn__pair_string(pair, a->name, b->name);
    kn__pair_u64(pair, a->on_delete, b->on_delete);
    kn__pair_u64(pair, a->on_update, b->on_update);
    kn__pair_u64(pair, a->deferral, b->deferral);
}

static void pair_parts(kn__pair *pair, const kn_model *a, const kn_model *b)
{
    PAIR_PARTS(pair, kn_unique_key, columns, a->unique_keys, b->unique_keys, pair_unique);
    PAIR_PARTS(pair, kn_table_index, parts, a->indexes, b->indexes, pair_index);
    PAIR_PARTS(pair, kn_table_check, expr, a->checks, b->checks, pair_check);
    PAIR_PARTS(pair, kn_table_reference, columns, a->foreign_keys, b->foreign_keys, pair_reference);
}

/* Sizes of kn_model and kn_column do not count: a model compiled with an older header is the same model. */
static void pair_models(kn__pair *pair, const kn_model *model_a, const kn_model *model_b)
{
    kn_model a = kn__model_load(model_a), b = kn__model_load(model_b);
    kn__pair_string(pair, a.name, b.name);
    kn__pair_string(pair, a.table, b.table);
    kn__pair_string(pair, a.schema, b.schema);
    kn__pair_u64(pair, a.object_size, b.object_size);
    kn__pair_u64(pair, a.n_columns, b.n_columns);
    kn__pair_u64(pair, a.n_relationships, b.n_relationships);
    for (size_t i = 0; pair->equal && i < a.n_columns; i++) {
        kn_column x = kn__column_load(&a, i), y = kn__column_load(&b, i);
        pair_columns(pair, &x, &y);
    }
    for (size_t i = 0; pair->equal && i < a.n_relationships; i++) {
        kn_relationship x = kn__relationship_load(&a, i), y = kn__relationship_load(&b, i);
        pair_relationship(pair, &x, &y);
    }
    if (pair->equal)
        pair_parts(pair, &a, &b);
    kn__pair_string(pair, a.comment, b.comment);
    kn__pair_string(pair, a.shown, b.shown);
}

uint64_t kn_model_fingerprint(const kn_model *model)
{
    kn__pair pair = kn__pair_begin();
    pair_models(&pair, model, model);
    return kn__hash_end(pair.hash);
}

bool kn_model_equal(const kn_model *a, const kn_model *b)
{
    if (a == b || !a || !b)
        return a == b;
    kn__pair pair = kn__pair_begin();
    pair_models(&pair, a, b);
    return pair.equal;
}
