/* SPDX-License-Identifier: MIT */
#include "sql/check.h"

#include <string.h>

#include "expr/check.h"
#include "expr/type.h"

static kn_status refuse(kn__check *check, const char *what)
{
    return kn_error_set(check->error, KN_INVALID, "%s", what);
}

static bool is_absent(const kn_expr *e)
{
    return !e || e->node.kind == KN_NODE_ABSENT;
}

/* Nothing but operands that were left out: a condition that would let every row through. */
static bool is_empty(const kn_expr *e)
{
    if (is_absent(e))
        return true;
    if (e->node.kind != KN_NODE_OP || e->op != KN_OP_AND)
        return false;
    kn__operands operands = kn__operands_of(e);
    const kn_expr *operand;
    while (kn__operands_next(&operands, &operand)) {
        if (!is_empty(operand))
            return false;
    }
    return true;
}

/* .where of a SELECT: what is left out or says all rows is no condition. */
static kn_status check_optional_where(kn__check *check, const kn_expr **where)
{
    if (is_empty(*where) || (*where)->node.kind == KN_NODE_ALL_ROWS) {
        *where = NULL;
        return KN_OK;
    }
    return kn__check_condition(check, kn__own(*where));
}

/* .where of UPDATE and DELETE: must be said. */
static kn_status check_needed_where(kn__check *check, const kn_expr **where)
{
    if (is_empty(*where))
        return refuse(check,
                      *where ? "every condition of .where is left out; say .where = KN_ALL_ROWS if all rows are meant"
                             : "no .where; say .where = KN_ALL_ROWS if all rows are meant");
    return check_optional_where(check, where);
}

static kn_status check_count(kn__check *check, const char *what, const kn_expr **e)
{
    if (is_absent(*e)) {
        *e = NULL;
        return KN_OK;
    }
    bool is_value = (*e)->node.kind == KN_NODE_VALUE;
    if ((!is_value && (*e)->node.kind != KN_NODE_ARG) || (is_value && (*e)->value.kind != KN_KIND_INT))
        return kn_error_set(check->error, KN_INVALID, "%s is KN_INT or KN_ARG", what);
    return kn__check_value(check, kn__own(*e), &kn__type_big_integer);
}

typedef kn_status check_element(kn__check *check, kn_expr *e);

static kn_status check_column_or_value(kn__check *check, kn_expr *e)
{
    return kn__check_value(check, e, NULL);
}

static kn_status check_list(kn__check *check, const char *what, const kn_expr *const *list, check_element *element)
{
    kn__operands elements = kn__elements_of(list);
    const kn_expr *e;
    size_t n = 0;
    while (kn__operands_next(&elements, &e)) {
        kn_status status = e ? element(check, kn__own(e)) : refuse(check, "it is NULL");
        if (status != KN_OK) {
            kn_error_prefix(check->error, "%s %zu", what, n + 1);
            return status;
        }
        n++;
    }
    return KN_OK;
}

static kn_status check_selected(kn__check *check, const kn_select *select)
{
    if (!select->columns)
        return KN_OK;
    if (*select->columns == KN_END)
        return refuse(check, "no columns; without .columns it is all of the table");
    check->aggregates = true;
    kn_status status = check_list(check, "column", select->columns, check_column_or_value);
    check->aggregates = false;
    if (status == KN_OK && check->has_aggregate && check->has_plain_column)
        return refuse(check, "aggregates beside columns of single rows");
    return status;
}

static kn__walk stop_at_placeholder(void *context, const kn_expr *e, unsigned depth)
{
    (void)context, (void)depth;
    return e && (e->node.kind == KN_NODE_VALUE || e->node.kind == KN_NODE_ARG) ? KN__WALK_STOP : KN__WALK_ON;
}

/* Each placeholder is a value of its own to the backend, so two expressions with one are never the same. */
static bool is_selected(const kn_select *select, const kn_expr *e)
{
    if (e->node.kind == KN_NODE_OP && (e->op == KN_OP_ASC || e->op == KN_OP_DESC))
        e = e->args[0];
    if (!kn__walk_expr(e, 0, stop_at_placeholder, NULL))
        return false;
    for (const kn_expr *const *column = select->columns; *column != KN_END; column++) {
        if (kn__expr_equal(*column, e))
            return true;
    }
    return false;
}

static kn_status check_order_by(kn__check *check, const kn_select *select)
{
    kn_status status = check_list(check, "order_by", select->order_by, kn__check_order);
    if (status != KN_OK || !select->columns || !select->order_by || *select->order_by == KN_END)
        return status;
    if (check->has_aggregate)
        return refuse(check, "order_by beside aggregates, which give one row");
    for (const kn_expr *const *e = select->order_by; select->distinct && *e != KN_END; e++) {
        if (!is_selected(select, *e))
            return refuse(check, "with .distinct, order_by must be among the selected columns");
    }
    return KN_OK;
}

static kn_status check_select(kn__check *check, kn_select *select)
{
    kn_status status = check_selected(check, select);
    if (status == KN_OK)
        status = check_optional_where(check, &select->where);
    if (status == KN_OK)
        status = check_order_by(check, select);
    if (status == KN_OK)
        status = check_count(check, "limit", &select->limit);
    return status == KN_OK ? check_count(check, "offset", &select->offset) : status;
}

static kn_status check_set_once(kn__check *check, const kn_expr *const *set)
{
    for (const kn_expr *const *a = set; *a != KN_END; a++) {
        for (const kn_expr *const *b = set; b != a; b++) {
            if (strcmp((*a)->args[0]->name, (*b)->args[0]->name) == 0)
                return kn_error_set(check->error, KN_INVALID, "column %s is set twice", (*a)->args[0]->name);
        }
    }
    return KN_OK;
}

static kn_status check_update(kn__check *check, kn_update_rows *update)
{
    if (!update->set || *update->set == KN_END)
        return refuse(check, "UPDATE sets nothing");
    kn_status status = check_list(check, "set", update->set, kn__check_assign);
    if (status == KN_OK)
        status = check_set_once(check, update->set);
    return status == KN_OK ? check_needed_where(check, &update->where) : status;
}

static kn_status check_indexes(kn__check *check, const char *what, const kn_model *model, const uint16_t *indexes,
                               size_t n)
{
    if (n && !indexes)
        return refuse(check, "columns are counted but not there");
    for (size_t i = 0; i < n; i++) {
        if (indexes[i] >= model->n_columns)
            return kn_error_set(check->error, KN_INVALID, "%s: table %s has no column number %u", what, model->table,
                                indexes[i]);
        for (size_t j = 0; j < i; j++) {
            if (indexes[i] == indexes[j])
                return kn_error_set(check->error, KN_INVALID, "%s: column %s stands there twice", what,
                                    kn_column_name(kn_model_column(model, indexes[i])));
        }
    }
    return KN_OK;
}

/* An expression instead of a placeholder: of the column's type, and over no column, since there is no row yet. */
static kn_status check_written(kn__check *check, const kn_column *column, kn_expr *e)
{
    kn__check inner = {.error = check->error, .no_arguments = true, .null_ok = true};
    kn_status status = kn__check_value(&inner, e, &column->type);
    if (status == KN_OK && e->type.id && !kn__type_stores(&column->type, &e->type))
        status =
            kn_error_set(check->error, KN_TYPE_MISMATCH, "a value of type %s", kn_type_name((kn_type_id)e->type.id));
    if (status != KN_OK)
        kn_error_prefix(check->error, "column %s.%s", check->model->table, kn_column_name(column));
    return status;
}

static kn_status check_insert(kn__check *check, const kn_insert_rows *insert)
{
    if (!insert->rows)
        return refuse(check, "INSERT of no rows");
    if (!insert->n_columns && insert->rows > 1)
        return refuse(check, "INSERT of several rows without columns");
    kn_status status = check_indexes(check, "insert", check->model, insert->columns, insert->n_columns);
    for (size_t i = 0; status == KN_OK && i < insert->n_columns; i++) {
        const kn_column *column = kn_model_column(check->model, insert->columns[i]);
        if (kn__column_is_computed(check->model, column))
            status = kn_error_set(check->error, KN_INVALID, "column %s.%s is computed and cannot be written",
                                  check->model->table, kn_column_name(column));
        else if (insert->values && insert->values[i])
            status = check_written(check, column, kn__own(insert->values[i]));
    }
    return status == KN_OK ? check_indexes(check, "returning", check->model, insert->returning, insert->n_returning)
                           : status;
}

kn_status kn__statement_check(kn_node *statement, kn_error *error)
{
    kn__check check = {.model = kn__statement_model(statement), .error = error};
    if (!check.model || !check.model->table || !check.model->columns)
        return refuse(&check, "a statement of no table");
    switch (statement->kind) {
    case KN_NODE_SELECT:
        return check_select(&check, (kn_select *)(void *)statement);
    case KN_NODE_UPDATE:
        return check_update(&check, (kn_update_rows *)(void *)statement);
    case KN_NODE_DELETE:
        return check_needed_where(&check, &((kn_delete_rows *)(void *)statement)->where);
    default:
        return check_insert(&check, (const kn_insert_rows *)(const void *)statement);
    }
}
