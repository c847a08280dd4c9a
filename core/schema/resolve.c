/* SPDX-License-Identifier: MIT */
/* Foreign keys: from members and names to tables and columns of the metadata. */
#include <string.h>

#include "expr/columns.h"
#include "schema/metadata.h"

/* A foreign key while it is looked at. */
typedef struct link {
    kn_metadata *metadata;
    const kn__table *table;
    const kn__table *target;
    size_t *own, *theirs; /* indexes of columns, pair by pair */
    size_t n;
    const char *shown; /* "table 'users', column 'role_id'": who refers */
    kn_error *error;
} link;

static kn_status no_memory(kn_error *error)
{
    return kn_error_set(error, KN_NOMEM, "out of memory for a foreign key");
}

static const char *column_name(const kn__table *table, size_t i)
{
    return kn_column_name(kn_model_column(table->model, i));
}

static kn_status find_model(link *l, const kn_model *model, size_t *out)
{
    size_t i = model->table ? kn__metadata_find(l->metadata, model->schema, model->table) : SIZE_MAX;
    if (i == SIZE_MAX)
        return kn_error_set(l->error, KN_INVALID, "%s references table '%s', which is not in the metadata: add it",
                            l->shown, model->table ? model->table : "?");
    if (!kn_model_equal(l->metadata->tables[i]->model, model))
        return kn_error_set(l->error, KN_INVALID,
                            "%s references another declaration of table '%s' than the metadata has", l->shown,
                            model->table);
    *out = i;
    return KN_OK;
}

/* "table" or "schema.table"; a table with a dot in its name is found by its whole name. */
static kn_status find_named(link *l, const char *name, size_t *out)
{
    size_t i = kn__metadata_find(l->metadata, NULL, name);
    const char *dot = strchr(name, '.');
    if (i == SIZE_MAX && dot) {
        char *schema = kn_arena_copy(&l->metadata->resolved, name, (size_t)(dot - name));
        if (!schema)
            return no_memory(l->error);
        i = kn__metadata_find(l->metadata, schema, dot + 1);
    }
    if (i == SIZE_MAX)
        return kn_error_set(l->error, KN_INVALID, "%s references table '%s', which is not in the metadata: add it",
                            l->shown, name);
    *out = i;
    return KN_OK;
}

static kn_status find_member(link *l, const kn_member *member, size_t *table, size_t *column)
{
    kn_status status = member->model ? find_model(l, member->model, table) : find_named(l, member->table, table);
    if (status != KN_OK)
        return status;
    const kn_model *model = l->metadata->tables[*table]->model;
    if (member->model && !member->column)
        *column = kn__model_index_at(member->model, member->offset);
    else
        *column = member->column ? kn__model_index_named(model, member->column) : SIZE_MAX;
    if (*column == SIZE_MAX)
        return kn_error_set(l->error, KN_INVALID, "%s references column '%s' of table '%s', which has no such column",
                            l->shown, member->column ? member->column : "?", model->table);
    return KN_OK;
}

/* Both sides hold the same values, and an action has what it needs. */
static kn_status check_pair(const link *l, size_t i, uint8_t on_delete, uint8_t on_update)
{
    const kn_column *own = kn_model_column(l->table->model, l->own[i]);
    const kn_column *theirs = kn_model_column(l->target->model, l->theirs[i]);
    if (!kn_type_equal(&own->type, &theirs->type)) {
        char a[96] = "", b[96] = "";
        (void)kn_type_print(&own->type, a, sizeof a, NULL);
        (void)kn_type_print(&theirs->type, b, sizeof b, NULL);
        return kn_error_set(l->error, KN_INVALID, "%s is %s, but column '%s' of table '%s' that it references is %s",
                            l->shown, a, kn_column_name(theirs), l->target->model->table, b);
    }
    bool sets_null = on_delete == KN_SET_NULL || on_update == KN_SET_NULL;
    if (sets_null && !kn_column_is_nullable(l->table->model, own))
        return kn_error_set(l->error, KN_INVALID, "%s is to be set to NULL, but column '%s' is NOT NULL", l->shown,
                            kn_column_name(own));
    return KN_OK;
}

/* A key of the target, as indexes of its columns. */
typedef struct key {
    size_t *columns;
    size_t n;
} key;

/* Position of `column` in the pairs, SIZE_MAX when it is in none. */
static size_t pair_of(const link *l, size_t column)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->theirs[i] == column)
            return i;
    }
    return SIZE_MAX;
}

/* The same columns, in whatever order? Then puts the pairs into the order of the key, as some backends want it. */
static bool take_key(link *l, const key *k)
{
    if (k->n != l->n)
        return false;
    for (size_t i = 0; i < k->n; i++) {
        if (pair_of(l, k->columns[i]) == SIZE_MAX)
            return false;
    }
    for (size_t i = 0; i < k->n; i++) {
        size_t at = pair_of(l, k->columns[i]), own = l->own[at];
        l->own[at] = l->own[i];
        l->theirs[at] = l->theirs[i];
        l->own[i] = own;
        l->theirs[i] = k->columns[i];
    }
    return true;
}

static bool take_primary_key(link *l, key *k)
{
    k->n = 0;
    for (size_t i = 0; i < l->target->full.n_columns; i++) {
        if (kn_model_column(l->target->model, i)->primary_key)
            k->columns[k->n++] = i;
    }
    return k->n && take_key(l, k);
}

static bool take_unique_column(link *l, key *k)
{
    k->columns[0] = l->theirs[0];
    k->n = 1;
    return kn_model_column(l->target->model, l->theirs[0])->unique && take_key(l, k);
}

/* A list of plain columns; what is anything else is no key. */
static bool take_list(link *l, const kn_expr *const *list, key *k)
{
    k->n = 0;
    for (; *list && *list != KN_END && k->n < l->target->full.n_columns; list++) {
        const kn_expr *e = *list;
        if (e->node.kind == KN_NODE_OP && (e->op == KN_OP_ASC || e->op == KN_OP_DESC))
            e = e->args[0];
        size_t i = kn__model_index_of(l->target->model, e);
        if (i == SIZE_MAX)
            return false;
        k->columns[k->n++] = i;
    }
    return *list == KN_END && take_key(l, k);
}

/* Is what the pairs point to a key of the target? */
static kn_status match_key(link *l)
{
    const kn_model *full = &l->target->full;
    key k = {.columns = kn_arena_array(&l->metadata->resolved, full->n_columns, sizeof *k.columns)};
    if (!k.columns)
        return no_memory(l->error);
    if (take_primary_key(l, &k) || take_unique_column(l, &k))
        return KN_OK;
    for (const kn_unique_key *u = full->unique_keys; u && u->columns; u++) {
        if (take_list(l, u->columns, &k))
            return KN_OK;
    }
    for (const kn_table_index *x = full->indexes; x && x->parts; x++) {
        if (x->unique && !x->where && take_list(l, x->parts, &k))
            return KN_OK;
    }
    return kn_error_set(l->error, KN_INVALID,
                        "%s references column%s of table '%s' (the first is '%s') that %s neither "
                        "its primary key nor unique",
                        l->shown, l->n > 1 ? "s" : "", l->target->model->table, column_name(l->target, l->theirs[0]),
                        l->n > 1 ? "are together" : "is");
}

static const char **names_of(link *l, const kn__table *table, const size_t *indexes)
{
    const char **names = kn_arena_array(&l->metadata->resolved, l->n, sizeof *names);
    for (size_t i = 0; names && i < l->n; i++)
        names[i] = column_name(table, indexes[i]);
    return names;
}

/* What the actions and the name are is filled in already. */
static kn_status finish_link(link *l, kn__reference *out)
{
    kn_status status = KN_OK;
    l->target = l->metadata->tables[out->target];
    out->named_by = names_of(l, l->table, l->own);
    for (size_t i = 0; status == KN_OK && i < l->n; i++)
        status = check_pair(l, i, out->on_delete, out->on_update);
    if (status == KN_OK)
        status = match_key(l);
    if (status != KN_OK)
        return status;
    out->columns = names_of(l, l->table, l->own);
    out->target_columns = names_of(l, l->target, l->theirs);
    out->n_columns = l->n;
    return out->named_by && out->columns && out->target_columns ? KN_OK : no_memory(l->error);
}

static const char *show(link *l, const char *what, const char *name)
{
    const char *parts[] = {"table '", l->table->model->table, "', ", what, " '", name, "'"};
    size_t size = 0, at = 0;
    for (size_t i = 0; i < KN_COUNT_OF(parts); i++)
        size += strlen(parts[i]);
    char *shown = kn_arena_alloc(&l->metadata->resolved, size + 1);
    if (!shown)
        return NULL;
    for (size_t i = 0; i < KN_COUNT_OF(parts); i++) {
        memcpy(shown + at, parts[i], strlen(parts[i]));
        at += strlen(parts[i]);
    }
    shown[at] = '\0';
    return shown;
}

static bool begin_link(link *l, size_t n, const char *what, const char *name)
{
    l->own = kn_arena_array(&l->metadata->resolved, n, sizeof *l->own);
    l->theirs = kn_arena_array(&l->metadata->resolved, n, sizeof *l->theirs);
    l->shown = show(l, what, name);
    l->n = n;
    return l->own && l->theirs && l->shown;
}

static kn_status resolve_column(link *l, size_t i, kn__reference *out)
{
    const kn_column *column = kn_model_column(l->table->model, i);
    if (!begin_link(l, 1, "column", kn_column_name(column)))
        return no_memory(l->error);
    l->own[0] = i;
    out->on_delete = column->on_delete;
    out->on_update = column->on_update;
    out->deferral = column->deferral;
    kn_status status = find_member(l, &column->references, &out->target, &l->theirs[0]);
    return status == KN_OK ? finish_link(l, out) : status;
}

static size_t length_of(const kn_expr *const *list)
{
    size_t n = 0;
    while (list[n] && list[n] != KN_END)
        n++;
    return n;
}

/* kn_model_check has seen that both lists are there, as long as each other, and that the own columns are. */
static kn_status resolve_list(link *l, const kn_table_reference *reference, kn__reference *out)
{
    size_t n = length_of(reference->columns);
    const kn_expr *first = reference->columns[0];
    size_t own = kn__model_index_of(l->table->model, first);
    if (!begin_link(l, n, reference->name ? "foreign key" : "foreign key of column",
                    reference->name ? reference->name : column_name(l->table, own)))
        return no_memory(l->error);
    out->name = reference->name;
    out->on_delete = reference->on_delete;
    out->on_update = reference->on_update;
    out->deferral = reference->deferral;
    for (size_t i = 0; i < n; i++) {
        const kn_expr *e = reference->references[i];
        kn_member member = {.model = e->model, .offset = e->offset, .column = e->name};
        size_t target = 0;
        l->own[i] = kn__model_index_of(l->table->model, reference->columns[i]);
        kn_status status = find_member(l, &member, &target, &l->theirs[i]);
        if (status != KN_OK)
            return status;
        if (i && target != out->target)
            return kn_error_set(l->error, KN_INVALID, "%s references columns of two tables, '%s' and '%s'", l->shown,
                                l->metadata->tables[out->target]->model->table,
                                l->metadata->tables[target]->model->table);
        out->target = target;
    }
    return finish_link(l, out);
}

static bool refers(const kn_column *column)
{
    return column->references.model || column->references.table;
}

static size_t count_references(const kn__table *table)
{
    size_t n = 0;
    for (size_t i = 0; i < table->full.n_columns; i++)
        n += refers(kn_model_column(table->model, i));
    for (const kn_table_reference *r = table->full.foreign_keys; r && r->columns; r++)
        n++;
    return n;
}

static kn_status resolve_table(kn_metadata *metadata, kn__table *table, kn_error *error)
{
    link l = {.metadata = metadata, .table = table, .error = error};
    kn_status status = KN_OK;
    size_t n = 0;
    table->n_references = 0;
    table->references = kn_arena_array(&metadata->resolved, count_references(table), sizeof *table->references);
    if (!table->references)
        return no_memory(error);
    for (size_t i = 0; status == KN_OK && i < table->full.n_columns; i++) {
        if (refers(kn_model_column(table->model, i)))
            status = resolve_column(&l, i, &table->references[n++]);
    }
    for (const kn_table_reference *r = table->full.foreign_keys; status == KN_OK && r && r->columns; r++)
        status = resolve_list(&l, r, &table->references[n++]);
    table->n_references = n;
    return status;
}

kn_status kn__resolve_references(kn_metadata *metadata, kn_error *error)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < metadata->count; i++)
        status = resolve_table(metadata, metadata->tables[i], error);
    return status;
}
