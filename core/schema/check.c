/* SPDX-License-Identifier: MIT */
/* What kn_metadata_check looks at besides foreign keys and names. */
#include <string.h>

#include "base/ascii.h"
#include "expr/columns.h"
#include "schema/metadata.h"

static const kn_enum *enum_of(const kn__table *table, size_t column)
{
    const kn_column *c = kn_model_column(table->model, column);
    return c->type.id == KN_TYPE_ENUM ? c->type.labels : NULL;
}

static kn_status check_enum(const kn__table *table, const kn_enum *e, const kn__table *other, const kn_enum *f,
                            kn_error *error)
{
    kn_type a = {.id = KN_TYPE_ENUM, .labels = e}, b = {.id = KN_TYPE_ENUM, .labels = f};
    if (!kn__ascii_equal(e->name, f->name) || kn_type_equal(&a, &b))
        return KN_OK;
    return kn_error_set(error, KN_INVALID,
                        "Enum '%s' of table '%s' is another than Enum '%s' of table '%s': one name, "
                        "different labels",
                        f->name, other->model->table, e->name, table->model->table);
}

/* Against the first of the metadata that has each name. */
static kn_status check_enum_column(const kn_metadata *metadata, size_t table, size_t column, kn_error *error)
{
    const kn_enum *e = enum_of(metadata->tables[table], column);
    kn_status status = KN_OK;
    for (size_t t = 0; e && t <= table && status == KN_OK; t++) {
        const kn__table *other = metadata->tables[t];
        size_t end = t == table ? column : other->full.n_columns;
        for (size_t c = 0; c < end && status == KN_OK; c++) {
            const kn_enum *f = enum_of(other, c);
            if (f && f != e)
                status = check_enum(other, f, metadata->tables[table], e, error);
        }
    }
    return status;
}

kn_status kn__check_enums(const kn_metadata *metadata, kn_error *error)
{
    kn_status status = KN_OK;
    for (size_t t = 0; t < metadata->count; t++) {
        for (size_t c = 0; status == KN_OK && c < metadata->tables[t]->full.n_columns; c++)
            status = check_enum_column(metadata, t, c, error);
    }
    return status;
}

/* A relationship while it is looked at. */
typedef struct view {
    const kn_metadata *metadata;
    const kn__table *table, *target;
    size_t table_index, target_index;
    kn_relationship relationship;
    kn_error *error;
} view;

static kn_status refuse(const view *v, const char *why, const char *name)
{
    return kn_error_set(v->error, KN_INVALID, "struct %s, relationship '%s': %s%s%s%s", v->table->full.name,
                        v->relationship.member, why, name ? " '" : "", name ? name : "", name ? "'" : "");
}

/* Has table `from` a foreign key on the column named so that points to table `to`? */
static bool has_reference(const kn__table *from, const char *column, size_t to)
{
    for (size_t i = 0; i < from->n_references; i++) {
        const kn__reference *r = &from->references[i];
        for (size_t c = 0; r->target == to && c < r->n_columns; c++) {
            if (strcmp(r->columns[c], column) == 0)
                return true;
        }
    }
    return false;
}

static size_t find_equal(const kn_metadata *metadata, const kn_model *model)
{
    size_t i = model && model->table ? kn__metadata_find(metadata, model->schema, model->table) : SIZE_MAX;
    return i != SIZE_MAX && kn_model_equal(metadata->tables[i]->model, model) ? i : SIZE_MAX;
}

static const char *via_name(const kn_member *via)
{
    const kn_column *column = kn_model_column_at(via->model, via->offset);
    return column ? kn_column_name(column) : NULL;
}

/* The foreign key: to-many has it in the other table, to-one here, or there when each is of one. */
static kn_status check_via(const view *v)
{
    const kn_member *via = &v->relationship.via;
    if (!via->model)
        return refuse(v, "has no .via = KN_REF(struct, foreign key member)", NULL);
    size_t holder = find_equal(v->metadata, via->model);
    bool here = holder == v->table_index, there = holder == v->target_index;
    const char *column = via_name(via);
    if (!column || (!here && !there))
        return refuse(v, ".via is no column of either table", NULL);
    if (there && has_reference(v->target, column, v->table_index))
        return KN_OK;
    if (here && v->relationship.side == KN_SIDE_ONE && has_reference(v->table, column, v->target_index))
        return KN_OK;
    return refuse(v,
                  v->relationship.side == KN_SIDE_ONE
                      ? ".via is no foreign key between the two tables, column"
                      : ".via is no foreign key of the other table that points here, column",
                  column);
}

static bool same_via(const kn_member *a, const kn_member *b)
{
    return a->model && b->model && kn_model_equal(a->model, b->model) && a->offset == b->offset;
}

/* The other side, when it is named, means this one. */
static kn_status check_back(const view *v)
{
    const char *back = v->relationship.back;
    if (!back)
        return KN_OK;
    for (size_t i = 0; i < v->target->full.n_relationships; i++) {
        kn_relationship other = kn__relationship_load(&v->target->full, i);
        if (strcmp(other.member, back) != 0)
            continue;
        if (find_equal(v->metadata, other.target) != v->table_index)
            return refuse(v, ".back points to another struct than this one, member", back);
        if (!same_via(&other.via, &v->relationship.via))
            return refuse(v, ".back goes by another foreign key, member", back);
        if (other.side == KN_SIDE_MANY && v->relationship.side == KN_SIDE_MANY)
            return refuse(v, ".back is to-many too, member", back);
        if (other.back && strcmp(other.back, v->relationship.member) != 0)
            return refuse(v, ".back has another .back, member", back);
        return KN_OK;
    }
    return refuse(v, ".back is no relationship of the other struct, member", back);
}

static kn_status check_relationship(view *v, size_t i)
{
    v->relationship = kn__relationship_load(&v->table->full, i);
    v->target_index = find_equal(v->metadata, v->relationship.target);
    if (v->target_index == SIZE_MAX) {
        const kn_model *target = v->relationship.target;
        return refuse(v, "its target is not in the metadata, table", target && target->table ? target->table : "?");
    }
    v->target = v->metadata->tables[v->target_index];
    kn_status status = check_via(v);
    return status == KN_OK ? check_back(v) : status;
}

kn_status kn__check_relationships(const kn_metadata *metadata, kn_error *error)
{
    kn_status status = KN_OK;
    for (size_t t = 0; t < metadata->count; t++) {
        view v = {.metadata = metadata, .table = metadata->tables[t], .table_index = t, .error = error};
        for (size_t i = 0; status == KN_OK && i < v.table->full.n_relationships; i++)
            status = check_relationship(&v, i);
    }
    return status;
}
