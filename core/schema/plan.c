/* SPDX-License-Identifier: MIT */
#include "schema/plan.h"

#include <string.h>

#include "base/ascii.h"
#include "expr/columns.h"
#include "schema/plan_table.h"

/* The whole plan while it is made. Tables are planned in the order of addition, so that names do not depend on the
 * order of creation; steps follow metadata->order. */
typedef struct draft {
    kn__planner planner;
    kn__planned_table *tables; /* by index in the metadata */
    size_t *table_objects;     /* the same */
    const kn_enum **enums;
    kn__object *objects;
    kn__step *steps;
    size_t n_enums, n_objects, n_steps;
} draft;

static bool knows_enum(const draft *d, const kn_enum *e)
{
    for (size_t i = 0; i < d->n_enums; i++) {
        if (kn__ascii_equal(d->enums[i]->name, e->name))
            return true;
    }
    return false;
}

/* Every Enum of the metadata once, in the order of first use. */
static kn_status collect_enums(draft *d)
{
    const kn_metadata *metadata = d->planner.metadata;
    size_t most = 0;
    for (size_t t = 0; t < metadata->count; t++)
        most += metadata->tables[t]->full.n_columns;
    d->enums = kn_arena_array(d->planner.arena, most, sizeof *d->enums);
    if (!d->enums)
        return kn__plan_no_memory(&d->planner);
    for (size_t t = 0; t < metadata->count; t++) {
        for (size_t c = 0; c < metadata->tables[t]->full.n_columns; c++) {
            const kn_type *type = &kn_model_column(metadata->tables[t]->model, c)->type;
            if (type->id == KN_TYPE_ENUM && !knows_enum(d, type->labels))
                d->enums[d->n_enums++] = type->labels;
        }
    }
    return KN_OK;
}

static kn_status take_names(draft *d)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < d->n_enums; i++)
        status = kn__names_take(&d->planner.names, NULL, d->enums[i]->name, "an Enum type", d->planner.error);
    for (size_t t = 0; status == KN_OK && t < d->planner.metadata->count; t++)
        status = kn__plan_take_names(&d->planner, d->planner.metadata->tables[t]);
    return status;
}

static kn_status plan_tables(draft *d)
{
    size_t n = d->planner.metadata->count;
    kn_status status = KN_OK;
    d->tables = kn_arena_array(d->planner.arena, n, sizeof *d->tables);
    d->table_objects = kn_arena_array(d->planner.arena, n, sizeof *d->table_objects);
    if (!d->tables || !d->table_objects)
        return kn__plan_no_memory(&d->planner);
    for (size_t t = 0; status == KN_OK && t < n; t++)
        status = kn__plan_table(&d->planner, d->planner.metadata->tables[t], &d->tables[t]);
    return status;
}

/* Room for all steps: what a table has, with a comment for it and each of its columns. */
static kn_status make_room(draft *d)
{
    const kn_metadata *metadata = d->planner.metadata;
    size_t steps = d->n_enums;
    for (size_t t = 0; t < metadata->count; t++) {
        const kn__table *table = metadata->tables[t];
        steps += 2 + d->tables[t].n_indexes + 2 * table->n_references + table->full.n_columns;
    }
    d->steps = kn_arena_array(d->planner.arena, steps, sizeof *d->steps);
    d->objects = kn_arena_array(d->planner.arena, d->n_enums + metadata->count, sizeof *d->objects);
    return d->steps && d->objects ? KN_OK : kn__plan_no_memory(&d->planner);
}

static size_t add_object(draft *d, uint32_t kind, kn_ddl_name name)
{
    d->objects[d->n_objects] = (kn__object){.kind = kind, .name = name};
    return d->n_objects++;
}

static void add_step(draft *d, const kn_node *node, size_t object)
{
    d->steps[d->n_steps++] = (kn__step){.node = node, .object = object};
}

static void add_objects(draft *d)
{
    const kn_metadata *metadata = d->planner.metadata;
    for (size_t i = 0; i < d->n_enums; i++)
        add_object(d, KN_CATALOG_HAS_ENUM, (kn_ddl_name){NULL, d->enums[i]->name});
    for (size_t i = 0; i < metadata->count; i++) {
        size_t t = metadata->order[i];
        d->table_objects[t] = add_object(d, KN_CATALOG_HAS_TABLE, d->tables[t].create->name);
    }
}

/* Everything but the steps. */
static kn_status begin(draft *d, kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn_error *error)
{
    *d = (draft){.planner = {.metadata = metadata, .target = target, .arena = arena, .error = error}};
    kn__names_init(&d->planner.names, metadata->allocator, arena, target ? &target->dialect->limits : NULL);
    kn_status status = collect_enums(d);
    if (status == KN_OK)
        status = take_names(d);
    if (status == KN_OK)
        status = plan_tables(d);
    if (!kn__planner_has(&d->planner, KN_FEATURE_NATIVE_ENUM))
        d->n_enums = 0;
    if (status == KN_OK)
        status = make_room(d);
    if (status == KN_OK)
        add_objects(d);
    return status;
}

static void finish(draft *d, kn__ddl_plan *out)
{
    kn__names_finish(&d->planner.names);
    *out = (kn__ddl_plan){.objects = d->objects, .n_objects = d->n_objects, .steps = d->steps, .n_steps = d->n_steps};
}

static kn_status add_enums(draft *d, kn_node_kind kind)
{
    for (size_t i = 0; i < d->n_enums; i++) {
        kn_ddl_enum *node = kn__plan_node(&d->planner, kind, sizeof *node);
        if (!node)
            return kn__plan_no_memory(&d->planner);
        node->name.name = d->enums[i]->name;
        node->labels = d->enums[i];
        add_step(d, &node->node, i);
    }
    return KN_OK;
}

/* `column` and `type` are NULL for the table's. */
static kn_status add_comment(draft *d, size_t t, const char *column, const char *text, const kn_type *type)
{
    if (!text && !(type && kn__comment_is_noted(d->planner.target->dialect, text, type)))
        return KN_OK;
    kn_ddl_comment *node = kn__plan_node(&d->planner, KN_NODE_COMMENT, sizeof *node);
    if (!node)
        return kn__plan_no_memory(&d->planner);
    node->table = d->tables[t].create->name;
    node->column = column;
    node->text = text;
    node->type = type;
    add_step(d, &node->node, d->table_objects[t]);
    return KN_OK;
}

static kn_status add_comments(draft *d, size_t t)
{
    const kn_ddl_table *create = d->tables[t].create;
    kn_status status = add_comment(d, t, NULL, create->comment, NULL);
    for (size_t i = 0; status == KN_OK && i < create->n_columns; i++) {
        const kn_ddl_column *column = create->columns[i];
        status = add_comment(d, t, column->name, column->column->comment, column->type);
    }
    return status;
}

static kn_status add_creation(draft *d)
{
    const kn_metadata *metadata = d->planner.metadata;
    kn_status status = add_enums(d, KN_NODE_CREATE_ENUM);
    for (size_t i = 0; status == KN_OK && i < metadata->count; i++) {
        size_t t = metadata->order[i];
        add_step(d, &d->tables[t].create->node, d->table_objects[t]);
        for (size_t x = 0; x < d->tables[t].n_indexes; x++)
            add_step(d, &d->tables[t].indexes[x]->node, d->table_objects[t]);
        if (kn__planner_has(&d->planner, KN_FEATURE_COMMENT))
            status = add_comments(d, t);
    }
    for (size_t i = 0; status == KN_OK && i < metadata->count; i++) {
        size_t t = metadata->order[i];
        for (size_t r = 0; r < metadata->tables[t]->n_references; r++) {
            if (d->tables[t].late[r])
                add_step(d, &d->tables[t].late[r]->node, d->table_objects[t]);
        }
    }
    return status;
}

static kn_status add_drop_of_reference(draft *d, size_t t, const kn_ddl_reference *late)
{
    kn_ddl_reference *drop = kn__plan_node(&d->planner, KN_NODE_DROP_FOREIGN_KEY, sizeof *drop);
    if (!drop)
        return kn__plan_no_memory(&d->planner);
    kn_node node = drop->node;
    *drop = *late;
    drop->node = node;
    add_step(d, &drop->node, d->table_objects[t]);
    return KN_OK;
}

/* The column of a foreign key that may be NULL: with one of them NULL it points nowhere. */
static const char *nullable_column(const kn_model *model, const kn__reference *reference)
{
    for (size_t i = 0; i < reference->n_columns; i++) {
        const kn_column *column = kn_model_column_named(model, reference->columns[i]);
        if (kn_column_is_nullable(model, column))
            return reference->columns[i];
    }
    return NULL;
}

/* UPDATE table SET column = NULL: the rows of a cycle let go of each other. */
static kn_status add_detachment(draft *d, size_t t, const char *column)
{
    const kn_model *model = d->planner.metadata->tables[t]->model;
    const kn_expr e = {.node = {.kind = KN_NODE_COLUMN, .size = sizeof e}, .model = model, .name = column};
    const kn_expr null = {.node = {.kind = KN_NODE_VALUE, .size = sizeof null}, .value = {.kind = KN_KIND_NULL}};
    const kn_expr *const operands[] = {&e, &null};
    const kn_expr **set = kn_arena_array(d->planner.arena, 2, sizeof *set);
    kn_update_rows *update = kn__plan_node(&d->planner, KN_NODE_UPDATE, sizeof *update);
    const kn_expr *assign = kn_expr_op(d->planner.arena, KN_OP_ASSIGN, operands, 2);
    const kn_expr *where = kn_expr_op(d->planner.arena, KN_OP_IS_NOT_NULL, operands, 1);
    if (!set || !update || !assign || !where)
        return kn__plan_no_memory(&d->planner);
    set[0] = assign;
    set[1] = KN_END;
    update->table = model;
    update->set = set;
    update->where = where;
    add_step(d, &update->node, d->table_objects[t]);
    return KN_OK;
}

/* Takes the foreign keys of cycles away first, so that any order will do; where they cannot be taken away, what they
 * hold. */
static kn_status add_drops_of_references(draft *d, size_t t)
{
    const kn__table *table = d->planner.metadata->tables[t];
    kn_status status = KN_OK;
    for (size_t r = 0; status == KN_OK && r < table->n_references; r++) {
        const char *column = table->references[r].late ? nullable_column(table->model, &table->references[r]) : NULL;
        if (d->tables[t].late[r])
            status = add_drop_of_reference(d, t, d->tables[t].late[r]);
        else if (column)
            status = add_detachment(d, t, column);
    }
    return status;
}

static kn_status add_removal(draft *d)
{
    const kn_metadata *metadata = d->planner.metadata;
    kn_status status = KN_OK;
    for (size_t i = metadata->count; status == KN_OK && i-- > 0;)
        status = add_drops_of_references(d, metadata->order[i]);
    for (size_t i = metadata->count; status == KN_OK && i-- > 0;) {
        size_t t = metadata->order[i];
        kn_ddl_table *drop = kn__plan_node(&d->planner, KN_NODE_DROP_TABLE, sizeof *drop);
        if (!drop)
            return kn__plan_no_memory(&d->planner);
        kn_node node = drop->node;
        *drop = *d->tables[t].create;
        drop->node = node;
        add_step(d, &drop->node, d->table_objects[t]);
    }
    return status == KN_OK ? add_enums(d, KN_NODE_DROP_ENUM) : status;
}

static kn_status draw_up(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn_status (*add)(draft *d),
                         kn__ddl_plan *out, kn_error *error)
{
    draft d;
    *out = (kn__ddl_plan){0};
    kn_status status =
        metadata ? kn__metadata_resolve(metadata, error) : kn_error_set(error, KN_INVALID, "no metadata");
    if (status != KN_OK)
        return status;
    status = begin(&d, metadata, target, arena, error);
    if (status == KN_OK)
        status = add(&d);
    finish(&d, out);
    return status;
}

kn_status kn__plan_create_all(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn__ddl_plan *out,
                              kn_error *error)
{
    return draw_up(metadata, target, arena, add_creation, out, error);
}

kn_status kn__plan_drop_all(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn__ddl_plan *out,
                            kn_error *error)
{
    return draw_up(metadata, target, arena, add_removal, out, error);
}
kn_status kn__plan_check_names(kn_metadata *metadata, kn_error *error)
{
    draft d;
    kn_arena arena;
    kn_arena_init(&arena, metadata->allocator, 0);
    kn_status status = begin(&d, metadata, NULL, &arena, error);
    kn__names_finish(&d.planner.names);
    kn_arena_finish(&arena);
    return status;
}
