/* SPDX-License-Identifier: MIT */
/* Expressions of a declaration: what they may hold, and constants that must fit their column. */
#include "expr/check.h"
#include "expr/type.h"
#include "model/check.h"
#include "model/mapping.h"

typedef struct look {
    const kn__model_check *check;
    const char *column; /* the one that the expression is declared for, or NULL */
    const char *what;
    kn__use use;
    kn_status status;
} look;

static kn__walk refuse(look *l, const char *why)
{
    l->status = kn__model_refuse(l->check, l->column, "%s: %s", l->what, why);
    return KN__WALK_STOP;
}

static kn__walk look_at(void *context, const kn_expr *e, unsigned depth)
{
    look *l = context;
    (void)depth;
    if (e && e->node.kind == KN_NODE_CALL)
        return refuse(l, "KN_CALL runs in the program, not in the database");
    if (!e || e->node.kind != KN_NODE_COLUMN)
        return KN__WALK_ON;
    if (l->use == KN__USE_VALUE)
        return refuse(l, "a default cannot depend on a column");
    return kn__model_index_of(l->check->model, e) == SIZE_MAX ? refuse(l, "names a column that is not of this table")
                                                              : KN__WALK_ON;
}

/* The refusals of others, as a refusal of the declaration. */
static kn_status name_failure(const kn__model_check *check, const kn_column *column, const char *what, kn_status status)
{
    if (status == KN_OK || status == KN_NOMEM)
        return status;
    kn_error_prefix(check->error, "%s", what);
    if (column)
        kn__member_failed(&check->full, column, status, check->error);
    else
        kn__model_failed(&check->full, status, check->error);
    if (check->error)
        check->error->status = KN_INVALID;
    return KN_INVALID;
}

static kn_status check_typed(const kn__model_check *check, const kn_column *column, kn_expr *e, kn__use use)
{
    kn__check k = {.model = check->model, .error = check->error, .in_ddl = true};
    if (use == KN__USE_CONDITION)
        return kn__check_condition(&k, e);
    if (use == KN__USE_PART)
        return kn__check_part(&k, e);
    kn_status status = kn__check_value(&k, e, &column->type);
    if (status == KN_OK && e->type.id && !kn__type_stores(&column->type, &e->type))
        return kn_error_set(check->error, KN_INVALID, "%s cannot be stored as %s", kn_type_name((kn_type_id)e->type.id),
                            kn_type_name((kn_type_id)column->type.id));
    return status;
}

kn_status kn__model_check_expr(const kn__model_check *check, const kn_column *column, const char *what,
                               const kn_expr *e, kn__use use)
{
    look l = {.check = check, .column = column ? kn_column_name(column) : NULL, .what = what, .use = use};
    if (!kn__walk_expr(e, 0, look_at, &l))
        return l.status;
    kn_arena arena = {0};
    kn__copying copying = {.arena = &arena, .values = true};
    kn_expr *copy = kn__expr_copy(&copying, e, 0);
    kn_status status = KN_OK;
    if (copying.no_memory)
        status = kn_error_set(check->error, KN_NOMEM, "out of memory for the check of a model");
    else if (copying.too_deep)
        status = kn_error_set(check->error, KN_INVALID, "the expression is nested too deeply");
    else
        status = check_typed(check, column, copy, use);
    kn_arena_finish(&arena);
    return name_failure(check, column, what, status);
}

/* A constant that the column could not hold would be refused at each insert. */
static kn_status check_constant(const kn__model_check *check, const kn_column *column, const char *what,
                                const kn_expr *e)
{
    const char *name = kn_column_name(column);
    kn_arena arena = {0};
    kn_value value = e->value;
    if (value.kind == KN_KIND_UNSET)
        return kn__model_refuse(check, name, "%s: has no value", what);
    if (value.kind == KN_KIND_NULL)
        return kn_column_is_nullable(&check->full, column)
                   ? KN_OK
                   : kn__model_refuse(check, name, "%s: is NULL, but the column is NOT NULL", what);
    kn_status status = kn_value_check(&column->type, &value, &arena, check->error);
    kn_arena_finish(&arena);
    return name_failure(check, column, what, status);
}

/* initial, onupdate or server_default. */
static kn_status check_default(const kn__model_check *check, const kn_column *column, const char *what,
                               const kn_expr *e, kn__use use, bool call)
{
    if (!e)
        return KN_OK;
    if (e->node.kind == KN_NODE_VALUE)
        return check_constant(check, column, what, e);
    if (e->node.kind == KN_NODE_CALL && call)
        return e->call ? KN_OK
                       : kn__model_refuse(check, kn_column_name(column), "%s: KN_CALL without a function", what);
    return kn__model_check_expr(check, column, what, e, use);
}

/* Does the expression name the column? Its own columns are known to be there. */
static bool mentions(const kn__model_check *check, const kn_expr *e, const kn_column *column)
{
    size_t i = kn__model_index_of(check->model, e);
    if (i != SIZE_MAX && strcmp(kn_column_name(kn_model_column(&check->full, i)), kn_column_name(column)) == 0)
        return true;
    for (const kn_expr *const *arg = e->args; arg && *arg != KN_END; arg++) {
        if (mentions(check, *arg, column))
            return true;
    }
    return false;
}

static kn_status check_computed(const kn__model_check *check, const kn_column *column)
{
    const char *name = kn_column_name(column);
    if (!column->computed)
        return column->computed_stored ? kn__model_refuse(check, name, "computed_stored without computed") : KN_OK;
    if (column->initial || column->onupdate || column->server_default)
        return kn__model_refuse(check, name, "is computed, so it has no default");
    if (column->primary_key || column->references.model || column->references.table)
        return kn__model_refuse(check, name, "is computed, so it is neither a key nor a foreign key");
    kn_status status = kn__model_check_expr(check, column, "computed", column->computed, KN__USE_COMPUTED);
    if (status == KN_OK && mentions(check, column->computed, column))
        return kn__model_refuse(check, name, "is computed from itself");
    return status;
}

kn_status kn__model_check_values(const kn__model_check *check, const kn_column *column)
{
    const char *name = kn_column_name(column);
    if (column->onupdate && column->primary_key)
        return kn__model_refuse(check, name, "is a key, which no update changes: onupdate has no meaning");
    kn_status status = check_computed(check, column);
    if (status == KN_OK)
        status = check_default(check, column, "initial", column->initial, KN__USE_VALUE, true);
    if (status == KN_OK)
        status = check_default(check, column, "onupdate", column->onupdate, KN__USE_UPDATE, true);
    if (status == KN_OK && column->server_default && column->server_default->node.kind == KN_NODE_OP)
        status = kn__model_refuse(check, name, "server_default: only a value, KN_NOW or KN_RAW is the same everywhere");
    if (status == KN_OK)
        status = check_default(check, column, "server_default", column->server_default, KN__USE_VALUE, false);
    if (status == KN_OK && column->check)
        status = kn__model_check_expr(check, column, "check", column->check, KN__USE_CONDITION);
    return status;
}
