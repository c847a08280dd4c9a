/* SPDX-License-Identifier: MIT */
#include "schema/plan_table.h"

#include <string.h>

#include "expr/columns.h"
#include "expr/pair.h"

kn_status kn__plan_no_memory(kn__planner *planner)
{
    return kn_error_set(planner->error, KN_NOMEM, "out of memory for the DDL of a metadata");
}

/* "index of table 'users'": who has a name. */
static const char *owner_of(kn__planner *planner, const char *what, const kn__table *table)
{
    size_t size = strlen(what) + strlen(table->model->table) + sizeof " of table ''";
    char *owner = kn_arena_alloc(planner->arena, size);
    if (!owner)
        return NULL;
    const char *parts[] = {what, " of table '", table->model->table, "'"};
    char *p = owner;
    for (size_t i = 0; i < KN_COUNT_OF(parts); i++) {
        memcpy(p, parts[i], strlen(parts[i]));
        p += strlen(parts[i]);
    }
    *p = '\0';
    return owner;
}

static kn_status take(kn__planner *planner, const kn__table *table, const char *name, const char *what)
{
    if (!name)
        return KN_OK;
    const char *owner = owner_of(planner, what, table);
    if (!owner)
        return kn__plan_no_memory(planner);
    return kn__names_take(&planner->names, table->model->schema, name, owner, planner->error);
}

kn_status kn__plan_take_names(kn__planner *planner, const kn__table *table)
{
    const kn_model *full = &table->full;
    kn_status status = kn__names_take(&planner->names, full->schema, full->table, "a table", planner->error);
    for (const kn_unique_key *u = full->unique_keys; status == KN_OK && u && u->columns; u++)
        status = take(planner, table, u->name, "a unique key");
    for (const kn_table_index *x = full->indexes; status == KN_OK && x && x->parts; x++)
        status = take(planner, table, x->name, "an index");
    for (const kn_table_check *c = full->checks; status == KN_OK && c && c->expr; c++)
        status = take(planner, table, c->name, "a check");
    for (const kn_table_reference *r = full->foreign_keys; status == KN_OK && r && r->columns; r++)
        status = take(planner, table, r->name, "a foreign key");
    return status;
}

/* A table while its nodes are made. */
typedef struct draft {
    kn__planner *planner;
    const kn__table *table;
    const kn_ddl_column *const *columns;
    const kn_node **constraints;
    size_t n_constraints;
    const kn_ddl_index **indexes;
    size_t n_indexes;
} draft;

static kn_status make_name(const draft *d, const char *prefix, const char *const *columns, size_t n, uint64_t salt,
                           const char **out)
{
    const kn_model *model = d->table->model;
    kn__name_parts parts = {.prefix = prefix,
                            .schema = model->schema,
                            .table = model->table,
                            .columns = columns,
                            .n_columns = n,
                            .salt = salt};
    return *out ? KN_OK : kn__names_make(&d->planner->names, &parts, out, d->planner->error);
}

static kn_ddl_column *make_column(const draft *d, size_t i)
{
    const kn_model *model = d->table->model;
    kn_ddl_column *node = kn__plan_node(d->planner, KN_NODE_COLUMN_DEF, sizeof *node);
    kn_column *column = kn_arena_alloc(d->planner->arena, sizeof *column);
    if (!node || !column)
        return NULL;
    const kn_column *declared = kn_model_column(model, i);
    size_t first = 0, keys = kn__model_key_count(model, &first);
    *column = kn__column_load(model, i);
    node->model = model;
    node->column = column;
    node->name = kn_column_name(column);
    node->type = &column->type;
    node->nullable = kn_column_is_nullable(model, declared);
    node->primary_key = column->primary_key;
    node->sole_key = column->primary_key && keys == 1;
    node->generated = kn_column_is_generated_key(model, declared);
    node->unique = column->unique && !column->index && !node->sole_key;
    return node;
}

static kn_status make_columns(draft *d)
{
    size_t n = d->table->full.n_columns;
    const kn_ddl_column **columns = kn_arena_array(d->planner->arena, n, sizeof *columns);
    if (!columns)
        return kn__plan_no_memory(d->planner);
    for (size_t i = 0; i < n; i++) {
        columns[i] = make_column(d, i);
        if (!columns[i])
            return kn__plan_no_memory(d->planner);
    }
    d->columns = columns;
    return KN_OK;
}

/* A key over `n` columns, whose names the array keeps. */
static kn_status add_key(draft *d, kn_node_kind kind, const char *name, const char *const *columns, size_t n)
{
    kn_ddl_key *node = kn__plan_node(d->planner, kind, sizeof *node);
    if (!node)
        return kn__plan_no_memory(d->planner);
    bool primary = kind == KN_NODE_PRIMARY_KEY;
    node->name = name;
    node->model = d->table->model;
    node->columns = columns;
    node->n_columns = n;
    d->constraints[d->n_constraints++] = &node->node;
    return make_name(d, primary ? "pk" : "uq", columns, primary ? 0 : n, 0, &node->name);
}

static kn_status add_primary_key(draft *d)
{
    size_t all = d->table->full.n_columns, n = 0;
    const char **columns = kn_arena_array(d->planner->arena, all, sizeof *columns);
    if (!columns)
        return kn__plan_no_memory(d->planner);
    for (size_t i = 0; i < all; i++) {
        if (d->columns[i]->primary_key)
            columns[n++] = d->columns[i]->name;
    }
    return n ? add_key(d, KN_NODE_PRIMARY_KEY, NULL, columns, n) : KN_OK;
}

static size_t list_length(const kn_expr *const *list)
{
    size_t n = 0;
    while (list[n] && list[n] != KN_END)
        n++;
    return n;
}

static kn_status add_unique_list(draft *d, const kn_unique_key *unique)
{
    size_t n = list_length(unique->columns);
    const char **columns = kn_arena_array(d->planner->arena, n, sizeof *columns);
    if (!columns)
        return kn__plan_no_memory(d->planner);
    for (size_t i = 0; i < n; i++)
        columns[i] = d->columns[kn__model_index_of(d->table->model, unique->columns[i])]->name;
    return add_key(d, KN_NODE_UNIQUE_KEY, unique->name, columns, n);
}

static kn_status add_uniques(draft *d)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < d->table->full.n_columns; i++) {
        if (d->columns[i]->unique)
            status = add_key(d, KN_NODE_UNIQUE_KEY, NULL, &d->columns[i]->name, 1);
    }
    for (const kn_unique_key *u = d->table->full.unique_keys; status == KN_OK && u && u->columns; u++)
        status = add_unique_list(d, u);
    return status;
}

static kn_ddl_name name_of(const kn__table *table)
{
    return (kn_ddl_name){table->model->schema, table->model->table};
}

static kn_status add_reference(draft *d, size_t i, kn__planned_table *out)
{
    const kn__reference *r = &d->table->references[i];
    bool late = r->late && kn__planner_has(d->planner, KN_FEATURE_ALTER_CONSTRAINT);
    kn_node_kind kind = late ? KN_NODE_ADD_FOREIGN_KEY : KN_NODE_FOREIGN_KEY;
    kn_ddl_reference *node = kn__plan_node(d->planner, kind, sizeof *node);
    if (!node)
        return kn__plan_no_memory(d->planner);
    node->name = r->name;
    node->table = name_of(d->table);
    node->columns = r->columns;
    node->target = name_of(d->planner->metadata->tables[r->target]);
    node->target_columns = r->target_columns;
    node->n_columns = r->n_columns;
    node->on_delete = r->on_delete;
    node->on_update = r->on_update;
    node->deferral = r->deferral;
    if (late)
        out->late[i] = node;
    else
        d->constraints[d->n_constraints++] = &node->node;
    return make_name(d, "fk", r->named_by, r->n_columns, i, &node->name);
}

/* What tells two expressions apart that name the same columns. */
static uint64_t salt_of(const kn_expr *e)
{
    kn__pair pair = kn__pair_begin();
    kn__pair_expr(&pair, e, e);
    return kn__hash_end(pair.hash);
}

static bool has_string(const char *const *list, size_t n, const char *s)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], s) == 0)
            return true;
    }
    return false;
}

/* The columns that an expression names, each once, in the order of their first mention. `room` is enough. */
static void collect_columns(const draft *d, const kn_expr *e, const char **columns, size_t *n)
{
    if (!e || e == KN_END)
        return;
    size_t i = kn__model_index_of(d->table->model, e);
    if (i != SIZE_MAX && !has_string(columns, *n, d->columns[i]->name))
        columns[(*n)++] = d->columns[i]->name;
    for (const kn_expr *const *arg = e->args; arg && *arg && *arg != KN_END; arg++)
        collect_columns(d, *arg, columns, n);
}

static const char **new_collection(const draft *d)
{
    return kn_arena_array(d->planner->arena, d->table->full.n_columns, sizeof(const char *));
}

static kn_status add_check(draft *d, const char *name, const kn_expr *expr)
{
    size_t n = 0;
    const char **columns = new_collection(d);
    kn_ddl_check *node = kn__plan_node(d->planner, KN_NODE_CHECK, sizeof *node);
    if (!node || !columns)
        return kn__plan_no_memory(d->planner);
    node->name = name;
    node->model = d->table->model;
    node->expr = expr;
    d->constraints[d->n_constraints++] = &node->node;
    collect_columns(d, expr, columns, &n);
    return make_name(d, "ck", columns, n, salt_of(expr), &node->name);
}

static const kn_expr *column_expr(const draft *d, size_t i)
{
    kn_expr *e = kn__plan_node(d->planner, KN_NODE_COLUMN, sizeof *e);
    if (e) {
        e->model = d->table->model;
        e->name = d->columns[i]->name;
    }
    return e;
}

static kn_status add_checks(draft *d)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < d->table->full.n_columns; i++) {
        if (d->columns[i]->column->check)
            status = add_check(d, NULL, d->columns[i]->column->check);
    }
    for (const kn_table_check *c = d->table->full.checks; status == KN_OK && c && c->expr; c++)
        status = add_check(d, c->name, c->expr);
    return status;
}

static kn_status add_index(draft *d, const char *name, const kn_expr *const *parts, const kn_expr *where,
                           uint64_t unique)
{
    size_t n = 0;
    const char **columns = new_collection(d);
    kn_ddl_index *node = kn__plan_node(d->planner, KN_NODE_CREATE_INDEX, sizeof *node);
    if (!node || !columns)
        return kn__plan_no_memory(d->planner);
    node->name = name;
    node->table = name_of(d->table);
    node->model = d->table->model;
    node->parts = parts;
    node->where = where;
    node->unique = unique;
    d->indexes[d->n_indexes++] = node;
    kn__pair salt = kn__pair_begin();
    kn__pair_list(&salt, parts, parts);
    kn__pair_expr(&salt, where, where);
    for (const kn_expr *const *part = parts; *part && *part != KN_END; part++)
        collect_columns(d, *part, columns, &n);
    return make_name(d, "ix", columns, n, kn__hash_end(salt.hash) ^ unique, &node->name);
}

static kn_status add_column_index(draft *d, size_t i)
{
    const kn_expr **parts = kn_arena_array(d->planner->arena, 2, sizeof *parts);
    if (!parts)
        return kn__plan_no_memory(d->planner);
    parts[0] = column_expr(d, i);
    parts[1] = KN_END;
    return parts[0] ? add_index(d, NULL, parts, NULL, d->columns[i]->column->unique) : kn__plan_no_memory(d->planner);
}

static kn_status add_indexes(draft *d)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < d->table->full.n_columns; i++) {
        if (d->columns[i]->column->index && !d->columns[i]->sole_key)
            status = add_column_index(d, i);
    }
    for (const kn_table_index *x = d->table->full.indexes; status == KN_OK && x && x->parts; x++)
        status = add_index(d, x->name, x->parts, x->where, x->unique);
    return status;
}

/* Room for all that a table may have. */
static kn_status make_room(draft *d, kn__planned_table *out)
{
    const kn_model *full = &d->table->full;
    size_t constraints = 1 + 2 * full->n_columns + d->table->n_references, indexes = full->n_columns;
    for (const kn_unique_key *u = full->unique_keys; u && u->columns; u++)
        constraints++;
    for (const kn_table_check *c = full->checks; c && c->expr; c++)
        constraints++;
    for (const kn_table_index *x = full->indexes; x && x->parts; x++)
        indexes++;
    d->constraints = kn_arena_array(d->planner->arena, constraints, sizeof *d->constraints);
    d->indexes = kn_arena_array(d->planner->arena, indexes, sizeof *d->indexes);
    out->late = kn_arena_array(d->planner->arena, d->table->n_references, sizeof *out->late);
    out->create = kn__plan_node(d->planner, KN_NODE_CREATE_TABLE, sizeof *out->create);
    return d->constraints && d->indexes && out->late && out->create ? KN_OK : kn__plan_no_memory(d->planner);
}

kn_status kn__plan_table(kn__planner *planner, const kn__table *table, kn__planned_table *out)
{
    draft d = {.planner = planner, .table = table};
    kn_status status = make_room(&d, out);
    if (status == KN_OK)
        status = make_columns(&d);
    if (status == KN_OK)
        status = add_primary_key(&d);
    if (status == KN_OK)
        status = add_uniques(&d);
    for (size_t i = 0; status == KN_OK && i < table->n_references; i++)
        status = add_reference(&d, i, out);
    if (status == KN_OK)
        status = add_checks(&d);
    if (status == KN_OK)
        status = add_indexes(&d);
    if (status != KN_OK)
        return status;
    out->create->model = table->model;
    out->create->name = name_of(table);
    out->create->columns = d.columns;
    out->create->n_columns = table->full.n_columns;
    out->create->constraints = d.constraints;
    out->create->n_constraints = d.n_constraints;
    out->create->comment = table->full.comment;
    out->indexes = d.indexes;
    out->n_indexes = d.n_indexes;
    return KN_OK;
}
