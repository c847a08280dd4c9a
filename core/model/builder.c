/* SPDX-License-Identifier: MIT */
/* Models from data. Parts are collected in chains; kn_table_build lays them out as arrays. */
#include "expr/columns.h"
#include "expr/structure.h"

typedef struct chain_item {
    struct chain_item *next;
} chain_item;
typedef struct chain {
    chain_item *first, **end;
    size_t count;
} chain;

typedef struct column_item {
    chain_item item;
    kn_column column;
} column_item;
typedef struct unique_item {
    chain_item item;
    kn_unique_key unique;
} unique_item;
typedef struct check_item {
    chain_item item;
    kn_table_check check;
} check_item;
typedef struct index_item {
    chain_item item;
    kn_table_index index;
} index_item;
typedef struct reference_item {
    chain_item item;
    kn_table_reference reference;
} reference_item;

struct kn_table_builder {
    kn_arena *arena;
    kn_model *model; /* expressions name its columns before it is whole */
    chain columns, uniques, checks, indexes, references;
    kn_status status; /* KN_OK, KN_NOMEM or KN_INVALID */
    const char *why;  /* of KN_INVALID; static */
};

static void *fail(kn_table_builder *builder, kn_status status, const char *why)
{
    if (builder->status == KN_OK) {
        builder->status = status;
        builder->why = why;
    }
    return NULL;
}

/* Chains are begun late, because the builder that holds them is zeroed memory. */
static void *append(kn_table_builder *builder, chain *parts, size_t size)
{
    chain_item *item = kn_arena_zalloc(builder->arena, size);
    if (!item)
        return fail(builder, KN_NOMEM, NULL);
    if (!parts->first)
        parts->end = &parts->first;
    *parts->end = item;
    parts->end = &item->next;
    parts->count++;
    return item;
}

/* NULL stays NULL. */
static const char *copy_text(kn_table_builder *builder, const char *text)
{
    if (!text)
        return NULL;
    const char *copy = kn_arena_copy(builder->arena, text, strlen(text));
    return copy ? copy : fail(builder, KN_NOMEM, NULL);
}

/* A column of no model is one of the table that is being built. */
static kn__walk own_columns(void *context, const kn_expr *e, unsigned depth)
{
    kn_table_builder *builder = context;
    (void)depth;
    if (e && e->node.kind == KN_NODE_COLUMN && !e->model)
        kn__own(e)->model = builder->model;
    return KN__WALK_ON;
}

/* The models that it names are borrowed. */
static const kn_expr *copy_expr(kn_table_builder *builder, const kn_expr *e)
{
    kn__copying copying = {.arena = builder->arena, .values = true};
    if (!e)
        return NULL;
    const kn_expr *copy = kn__expr_copy(&copying, e, 0);
    (void)kn__walk_expr(copy, 0, own_columns, builder);
    if (copying.no_memory)
        return fail(builder, KN_NOMEM, NULL);
    return copying.null_operand || copying.too_deep
               ? fail(builder, KN_INVALID, "an expression has a NULL operand or is nested too deeply")
               : copy;
}

static const kn_expr *const *copy_list(kn_table_builder *builder, const kn_expr *const *list)
{
    size_t n = 0;
    while (list[n] && list[n] != KN_END)
        n++;
    const kn_expr **copy = kn_arena_array(builder->arena, n + 1, sizeof *copy);
    if (!copy)
        return fail(builder, KN_NOMEM, NULL);
    for (size_t i = 0; i < n; i++)
        copy[i] = copy_expr(builder, list[i]);
    copy[n] = KN_END;
    return copy;
}

kn_table_builder *kn_table_begin(kn_arena *arena, const char *schema, const char *table)
{
    kn_table_builder *builder = kn_arena_zalloc(arena, sizeof *builder);
    kn_model *model = kn_arena_zalloc(arena, sizeof *model);
    if (!builder || !model)
        return NULL;
    builder->arena = arena;
    builder->model = model;
    model->size_ = sizeof *model;
    model->schema = copy_text(builder, schema);
    model->table = copy_text(builder, table);
    model->column_size = sizeof(kn_column);
    return builder;
}

/* Labels and codecs are what a kn_type points to: declarations, which are borrowed like models. */
void kn_table_add_column_sized(kn_table_builder *builder, const kn_column *column, size_t column_size)
{
    bool whole = column && column_size >= KN__COLUMN_SIZE_MIN;
    if (builder && !whole)
        fail(builder, KN_INVALID, "a column is NULL, or smaller than any header had it");
    column_item *item = builder && whole ? append(builder, &builder->columns, sizeof *item) : NULL;
    if (!item)
        return;
    kn_column *copy = &item->column;
    memcpy(copy, column, kn__size_least(column_size, sizeof *copy));
    copy->member = copy_text(builder, copy->member);
    copy->name = copy_text(builder, copy->name);
    copy->references.table = copy_text(builder, copy->references.table);
    copy->references.column = copy_text(builder, copy->references.column);
    copy->initial = copy_expr(builder, copy->initial);
    copy->onupdate = copy_expr(builder, copy->onupdate);
    copy->server_default = copy_expr(builder, copy->server_default);
    copy->computed = copy_expr(builder, copy->computed);
    copy->check = copy_expr(builder, copy->check);
    copy->collation = copy_text(builder, copy->collation);
    copy->comment = copy_text(builder, copy->comment);
}

static const kn_expr *own_column(kn_table_builder *builder, const char *name)
{
    kn_expr *e = kn_arena_zalloc(builder->arena, sizeof *e);
    if (!e)
        return fail(builder, KN_NOMEM, NULL);
    e->node = (kn_node){.kind = KN_NODE_COLUMN, .size = sizeof *e};
    e->model = builder->model;
    e->name = copy_text(builder, name);
    return e;
}

void kn_table_add_unique(kn_table_builder *builder, const char *name, const char *const *columns, size_t count)
{
    if (builder && count && !columns)
        fail(builder, KN_INVALID, "a unique key has no columns");
    unique_item *item = builder && (columns || !count) ? append(builder, &builder->uniques, sizeof *item) : NULL;
    if (!item)
        return;
    const kn_expr **list = kn_arena_array(builder->arena, count < SIZE_MAX ? count + 1 : count, sizeof *list);
    if (!list) {
        fail(builder, KN_NOMEM, NULL);
        return;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = own_column(builder, columns[i]);
    list[count] = KN_END;
    item->unique.name = copy_text(builder, name);
    item->unique.columns = list;
}

void kn_table_add_check(kn_table_builder *builder, const char *name, const kn_expr *expr)
{
    if (builder && !expr)
        fail(builder, KN_INVALID, "a check is NULL");
    check_item *item = builder && expr ? append(builder, &builder->checks, sizeof *item) : NULL;
    if (!item)
        return;
    item->check.name = copy_text(builder, name);
    item->check.expr = copy_expr(builder, expr);
}

void kn_table_add_index(kn_table_builder *builder, const kn_table_index *index)
{
    if (builder && (!index || !index->parts))
        fail(builder, KN_INVALID, "an index has no parts");
    index_item *item = builder && index && index->parts ? append(builder, &builder->indexes, sizeof *item) : NULL;
    if (!item)
        return;
    item->index.name = copy_text(builder, index->name);
    item->index.parts = copy_list(builder, index->parts);
    item->index.where = copy_expr(builder, index->where);
    item->index.unique = index->unique;
}

void kn_table_add_reference(kn_table_builder *builder, const kn_table_reference *reference)
{
    if (builder && (!reference || !reference->columns || !reference->references))
        fail(builder, KN_INVALID, "a foreign key has no columns");
    reference_item *item =
        builder && builder->status == KN_OK ? append(builder, &builder->references, sizeof *item) : NULL;
    if (!item)
        return;
    item->reference = *reference;
    item->reference.name = copy_text(builder, reference->name);
    item->reference.columns = copy_list(builder, reference->columns);
    item->reference.references = copy_list(builder, reference->references);
}

void kn_table_set_comment(kn_table_builder *builder, const char *comment)
{
    if (builder)
        builder->model->comment = copy_text(builder, comment);
}

/* The elements of a chain as an array with a zeroed one behind the last; NULL when there is none, or no memory. */
static void *lay_out(kn_table_builder *builder, const chain *parts, size_t offset, size_t size)
{
    if (!parts->count)
        return NULL;
    char *array = kn_arena_array(builder->arena, parts->count + 1, size);
    if (!array)
        return fail(builder, KN_NOMEM, NULL);
    char *p = array;
    for (const chain_item *item = parts->first; item; item = item->next, p += size)
        memcpy(p, (const char *)item + offset, size);
    return array;
}
#define LAY_OUT(builder, chain, T, part)                                                                               \
    lay_out((builder), &(builder)->chain, offsetof(T, part), sizeof(((T *)0)->part))

kn_status kn_table_build(kn_table_builder *builder, const kn_model **out, kn_error *error)
{
    *out = NULL;
    if (!builder)
        return kn_error_set(error, KN_NOMEM, "out of memory for a table");
    kn_model *model = builder->model;
    model->columns = LAY_OUT(builder, columns, column_item, column);
    model->n_columns = builder->columns.count;
    model->unique_keys = LAY_OUT(builder, uniques, unique_item, unique);
    model->checks = LAY_OUT(builder, checks, check_item, check);
    model->indexes = LAY_OUT(builder, indexes, index_item, index);
    model->foreign_keys = LAY_OUT(builder, references, reference_item, reference);
    if (builder->status == KN_NOMEM)
        return kn_error_set(error, KN_NOMEM, "out of memory for a table");
    if (builder->status != KN_OK)
        return kn_error_set(error, builder->status, "table '%s': %s", model->table ? model->table : "?", builder->why);
    kn_status status = kn_model_check(model, error);
    if (status == KN_OK)
        *out = model;
    return status;
}
