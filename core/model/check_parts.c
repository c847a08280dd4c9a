/* SPDX-License-Identifier: MIT */
/* Unique keys, indexes, checks, foreign keys, members and relationships. */
#include "base/utf8.h"
#include "model/check.h"

static kn_status check_name(const kn__model_check *c, const char *what, const char *name)
{
    if (!name || (*name && kn__utf8_check(name, strlen(name)) != SIZE_MAX))
        return KN_OK;
    return kn__model_refuse(c, NULL, "the name of %s is empty or not UTF-8", what);
}

static const char *column_name(const kn__model_check *c, size_t i)
{
    return kn_column_name(kn_model_column(&c->full, i));
}

/* Is the element one of the columns that stand before it in the list? */
static bool repeats(const kn__model_check *c, const kn_expr *const *list, const kn_expr *const *element, size_t column)
{
    for (; list != element; list++) {
        if (kn__model_index_of(c->model, *list) == column)
            return true;
    }
    return false;
}

/* Plain columns of this table, each once. */
static kn_status check_columns(const kn__model_check *c, const char *what, const kn_expr *const *list)
{
    if (*list == KN_END)
        return kn__model_refuse(c, NULL, "%s has no columns", what);
    for (const kn_expr *const *e = list; *e != KN_END; e++) {
        size_t i = kn__model_index_of(c->model, *e);
        if (i == SIZE_MAX)
            return kn__model_refuse(c, NULL, "%s: element %zu is no column of this table", what, (size_t)(e - list));
        if (repeats(c, list, e, i))
            return kn__model_refuse(c, column_name(c, i), "stands twice in %s", what);
    }
    return KN_OK;
}

static kn_status refuse_pickle(const kn__model_check *c, const char *what, const kn_expr *const *list)
{
    for (; *list != KN_END; list++) {
        size_t i = kn__model_index_of(c->model, *list);
        if (i != SIZE_MAX && kn_model_column(&c->full, i)->type.id == KN_TYPE_PICKLE)
            return kn__model_refuse(c, column_name(c, i), "is a PickleType, which cannot stand in %s", what);
    }
    return KN_OK;
}

static kn_status check_uniques(const kn__model_check *c)
{
    kn_status status = KN_OK;
    for (const kn_unique_key *u = c->full.unique_keys; status == KN_OK && u && u->columns; u++) {
        status = check_name(c, "a unique key", u->name);
        if (status == KN_OK)
            status = check_columns(c, "a unique key", u->columns);
        if (status == KN_OK)
            status = refuse_pickle(c, "a unique key", u->columns);
    }
    return status;
}

static bool is_op(const kn_expr *e, kn_op op)
{
    return e && e->node.kind == KN_NODE_OP && e->op == op;
}

static size_t count_operands(const kn_expr *e)
{
    size_t n = 0;
    while (e->args && e->args[n] != KN_END)
        n++;
    return n;
}

/* KN_PREFIX(column, n): of text or bytes, at least one, at most all. */
static kn_status check_prefix(const kn__model_check *c, const kn_expr *e)
{
    if (count_operands(e) != 2)
        return kn__model_refuse(c, NULL, "an index: KN_PREFIX takes a column and a length");
    size_t i = kn__model_index_of(c->model, e->args[0]);
    if (i == SIZE_MAX)
        return kn__model_refuse(c, NULL, "an index: KN_PREFIX is of a column of this table");
    const kn_type *type = &kn_model_column(&c->full, i)->type;
    bool has_prefix = type->id >= KN_TYPE_STRING && type->id <= KN_TYPE_LARGE_BINARY;
    if (!has_prefix)
        return kn__model_refuse(c, column_name(c, i), "an index: KN_PREFIX is for text and binary columns");
    const kn_expr *n = e->args[1];
    if (!n || n->node.kind != KN_NODE_VALUE || n->value.kind != KN_KIND_INT || n->value.as.i < 1 ||
        (type->length && (uint64_t)n->value.as.i > type->length))
        return kn__model_refuse(c, column_name(c, i), "an index: the prefix is at least 1 and at most the length");
    return KN_OK;
}

/* A part without its order. */
static const kn_expr *bare_part(const kn_expr *e)
{
    bool ordered = is_op(e, KN_OP_ASC) || is_op(e, KN_OP_DESC);
    return ordered && count_operands(e) == 1 ? e->args[0] : e;
}

static kn_status check_index(const kn__model_check *c, const kn_table_index *index)
{
    if (index->parts[0] == KN_END)
        return kn__model_refuse(c, NULL, "an index has no parts");
    kn_status status = refuse_pickle(c, "an index", index->parts);
    for (const kn_expr *const *p = index->parts; status == KN_OK && *p != KN_END; p++) {
        const kn_expr *part = bare_part(*p);
        size_t i = kn__model_index_of(c->model, part);
        if (i != SIZE_MAX && repeats(c, index->parts, p, i))
            return kn__model_refuse(c, column_name(c, i), "stands twice in an index");
        if (is_op(part, KN_OP_PREFIX))
            status = check_prefix(c, part);
        if (status == KN_OK)
            status = kn__model_check_expr(c, NULL, "an index", *p, KN__USE_PART);
    }
    if (status == KN_OK && index->unique > 1)
        return kn__model_refuse(c, NULL, "an index: unique is 0 or 1");
    if (status == KN_OK && index->where)
        status = kn__model_check_expr(c, NULL, "the condition of an index", index->where, KN__USE_CONDITION);
    return status == KN_OK ? check_name(c, "an index", index->name) : status;
}

static kn_status check_checks(const kn__model_check *c)
{
    kn_status status = KN_OK;
    for (const kn_table_check *k = c->full.checks; status == KN_OK && k && k->expr; k++) {
        status = check_name(c, "a check", k->name);
        if (status == KN_OK)
            status = kn__model_check_expr(c, NULL, "a check", k->expr, KN__USE_CONDITION);
    }
    return status;
}

static kn_status check_reference(const kn__model_check *c, const kn_table_reference *r)
{
    kn_status status = check_name(c, "a foreign key", r->name);
    if (status == KN_OK)
        status = check_columns(c, "a foreign key", r->columns);
    if (status != KN_OK)
        return status;
    if (r->on_delete > KN_RESTRICT || r->on_update > KN_RESTRICT || r->deferral > KN_INITIALLY_DEFERRED)
        return kn__model_refuse(c, NULL, "a foreign key has an option that it does not know");
    size_t own = 0, theirs = 0;
    while (r->columns[own] != KN_END)
        own++;
    for (; r->references && r->references[theirs] && r->references[theirs] != KN_END; theirs++) {
        const kn_expr *e = r->references[theirs];
        if (e->node.kind != KN_NODE_COLUMN || !e->model)
            return kn__model_refuse(c, NULL, "a foreign key references what is no column");
    }
    if (own != theirs)
        return kn__model_refuse(c, NULL, "a foreign key has %zu columns and references %zu", own, theirs);
    return KN_OK;
}

kn_status kn__model_check_parts(const kn__model_check *c)
{
    kn_status status = check_uniques(c);
    for (const kn_table_index *x = c->full.indexes; status == KN_OK && x && x->parts; x++)
        status = check_index(c, x);
    if (status == KN_OK)
        status = check_checks(c);
    for (const kn_table_reference *r = c->full.foreign_keys; status == KN_OK && r && r->columns; r++)
        status = check_reference(c, r);
    return status;
}

/* A member of the struct: of a column or of a relationship. */
typedef struct member {
    const char *name;
    size_t offset, size;
} member;

static member member_of(const kn__model_check *c, size_t i)
{
    if (i < c->full.n_columns) {
        const kn_column *column = kn_model_column(&c->full, i);
        return (member){column->member, column->offset, column->member_size};
    }
    kn_relationship r = kn__relationship_load(&c->full, i - c->full.n_columns);
    return (member){r.member, r.offset, r.side == KN_SIDE_MANY ? sizeof(KN_MANY(void)) : sizeof(void *)};
}

static kn_status check_member(const kn__model_check *c, size_t i)
{
    member a = member_of(c, i);
    if (a.offset > c->full.object_size || a.size > c->full.object_size - a.offset)
        return kn__model_refuse(c, NULL, "member '%s' stands outside of struct %s", a.name, c->full.name);
    for (size_t j = 0; j < i; j++) {
        member b = member_of(c, j);
        if (a.offset < b.offset + b.size && b.offset < a.offset + a.size)
            return kn__model_refuse(c, NULL, "members '%s' and '%s' of struct %s overlap", b.name, a.name,
                                    c->full.name);
    }
    return KN_OK;
}

static kn_status check_relationship(const kn__model_check *c, size_t i)
{
    kn_relationship r = kn__relationship_load(&c->full, i);
    if (!c->full.name)
        return kn__model_refuse(c, NULL, "has relationships, but no struct");
    if (!r.member || !*r.member)
        return kn__model_refuse(c, NULL, "relationship %zu has no member", i);
    if (!r.target)
        return kn__model_refuse(c, NULL, "relationship '%s' has no target", r.member);
    if (r.side > KN_SIDE_MANY || r.cascade > (KN_CASCADE_SAVE | KN_CASCADE_DELETE | KN_CASCADE_ORPHANS))
        return kn__model_refuse(c, NULL, "relationship '%s' has an option that it does not know", r.member);
    return KN_OK;
}

kn_status kn__model_check_members(const kn__model_check *c)
{
    kn_status status = KN_OK;
    for (size_t i = 0; status == KN_OK && i < c->full.n_relationships; i++)
        status = check_relationship(c, i);
    size_t members = c->full.name ? c->full.n_columns + c->full.n_relationships : 0;
    for (size_t i = 0; status == KN_OK && i < members; i++)
        status = check_member(c, i);
    return status;
}
