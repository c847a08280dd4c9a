/* SPDX-License-Identifier: MIT */
#include "engine/object.h"

kn_status kn__row_init_own(kn__row *row, kn_arena *arena, kn_error *error)
{
    size_t n = 2 * row->plan->n + 1;

    row->columns = kn_arena_alloc(arena, n * sizeof(*row->columns));
    row->values = kn_arena_alloc(arena, n * sizeof(*row->values));
    if (!row->columns || !row->values)
        return kn_error_set(error, KN_NOMEM, "out of memory for a row of '%s'", row->plan->model->table);
    return KN_OK;
}

static bool is_named(kn_only only, const kn_column *column)
{
    if (column->ctype == KN_C_NONE)
        return false;
    for (; *only != SIZE_MAX; only++)
        if (*only == column->offset)
            return true;
    return false;
}

/* A member that no column stands for, or that the backend computes, would be left out in silence. */
static kn_status check_only(const kn__plan *plan, kn_only only, kn_error *error)
{
    for (; only && *only != SIZE_MAX; only++) {
        const size_t one[] = {*only, SIZE_MAX};
        const kn__writer *found = NULL;
        for (size_t i = 0; i < plan->n && !found; i++)
            if (is_named(one, plan->writers[i].column))
                found = &plan->writers[i];
        if (!found)
            return kn_error_set(error, KN_INVALID, "KN_ONLY names a member of '%s' (at byte %zu) that has no column",
                                plan->model->table, *only);
        if (found->computed)
            return kn_error_set(error, KN_INVALID, "KN_ONLY names %s.%s, which the backend computes",
                                plan->model->table, kn_column_name(found->column));
    }
    return KN_OK;
}

static kn_status name_column(const kn__row *row, const kn__writer *writer, kn_status status)
{
    kn_error_prefix(row->into.error, "%s.%s", row->plan->model->table, kn_column_name(writer->column));
    return status;
}

static inline void add_value(kn__row *row, const kn__writer *writer)
{
    row->columns[row->n_columns++] = writer->number;
    row->n_values++;
}

/* A program's function may fail without saying why. */
static kn_status call_default(const kn_expr *e, kn_arena *arena, kn_value *out, kn_error *error)
{
    kn_error why = {0};
    kn_status status = e->call(e->context, arena, out, &why);

    if (status == KN_OK)
        return KN_OK;
    if (why.status != (int32_t)status)
        kn_error_set(&why, status, "its default function failed");
    if (error)
        *error = why;
    return status;
}

/* A column's `initial` or `onupdate`: a value, a call, or an expression for the backend. */
static kn_status add_default(kn__row *row, const kn__writer *writer, const kn_expr *e)
{
    const kn__write_into *into = &row->into;
    kn_value given = {.kind = KN_KIND_UNSET}, *value = &row->values[row->n_values];
    kn_status status = KN_OK;

    if (e->node.kind == KN_NODE_VALUE) {
        given = e->value;
    } else if (e->node.kind == KN_NODE_CALL) {
        status = call_default(e, into->arena, &given, into->error);
    } else {
        row->columns[row->n_columns++] = (uint16_t)(writer->number | KN__COLUMN_EXPR);
        row->mixed = true;
        return KN_OK;
    }
    if (status != KN_OK || given.kind == KN_KIND_UNSET)
        return status;
    /* unlike a member's, its kind need not be the canonical one */
    status = kn_value_check(&writer->column->type, &given, into->arena, into->error);
    if (status == KN_OK && given.kind != KN_KIND_NULL)
        status = kn__writer_encode(writer, &given, into, value);
    else
        value->kind = KN_KIND_NULL;
    if (status == KN_OK)
        add_value(row, writer);
    return status;
}

static kn_status refuse_null(const kn__row *row, const kn__writer *writer)
{
    return kn_error_set(row->into.error, KN_NULL_VALUE, "%s.%s is NOT NULL and has no default: it needs a value",
                        row->plan->model->table, kn_column_name(writer->column));
}

/* A column of an insert that is not given (KN_KIND_UNSET), or NULL where it may not be. */
__attribute__((noinline)) static kn_status insert_absent(kn__row *row, const kn__writer *writer, uint16_t kind)
{
    kn_status status;

    if (kind == KN_KIND_NULL)
        return refuse_null(row, writer);
    if (writer->initial) {
        status = add_default(row, writer, writer->initial);
        return status == KN_OK ? KN_OK : name_column(row, writer, status);
    }
    row->keyless |= writer->slot.generated;
    return writer->filled ? KN_OK : refuse_null(row, writer);
}

static inline void set_end(kn__row *row, const uint16_t *column, const kn_value *value)
{
    row->n_columns = (size_t)(column - row->columns);
    row->n_values = (size_t)(value - row->values);
}

static inline kn_status insert_given(kn__row *row, const void *object)
{
    const kn__writer *end = row->plan->writers + row->plan->n_written;
    uint16_t *column = row->columns; /* where the next goes */
    kn_value *value = row->values;

    for (const kn__writer *writer = row->plan->writers; writer < end; writer++) {
        kn_status status = KN_OK;
        if (!kn__write_usual(writer, object, value))
            status = writer->write(writer, object, &row->into, value);
        if (status != KN_OK)
            return name_column(row, writer, status);
        if (value->kind > KN_KIND_NULL || (value->kind == KN_KIND_NULL && writer->slot.nullable)) {
            *column++ = writer->number;
            value++;
            continue;
        }
        set_end(row, column, value);
        status = insert_absent(row, writer, value->kind);
        if (status != KN_OK)
            return status;
        column = row->columns + row->n_columns;
        value = row->values + row->n_values;
    }
    set_end(row, column, value);
    return KN_OK;
}

/* What KN_ONLY does not name is not given, and what it names is given even when it is unset. */
static kn_status insert_named(kn__row *row, const kn__writer *writer, const void *object)
{
    kn_value *value = &row->values[row->n_values];
    kn_status status = writer->write(writer, object, &row->into, value);

    if (status != KN_OK)
        return name_column(row, writer, status);
    if (value->kind == KN_KIND_UNSET && writer->slot.generated)
        return insert_absent(row, writer, KN_KIND_UNSET);
    if (value->kind <= KN_KIND_NULL && !writer->slot.nullable)
        return refuse_null(row, writer);
    if (value->kind == KN_KIND_UNSET)
        value->kind = KN_KIND_NULL;
    add_value(row, writer);
    return KN_OK;
}

__attribute__((noinline)) static kn_status insert_only(kn__row *row, const void *object, kn_only only)
{
    const kn__plan *plan = row->plan;
    kn_status status = check_only(plan, only, row->into.error);

    for (size_t i = 0; i < plan->n_written && status == KN_OK; i++) {
        const kn__writer *writer = &plan->writers[i];
        status = is_named(only, writer->column) ? insert_named(row, writer, object)
                                                : insert_absent(row, writer, KN_KIND_UNSET);
    }
    return status;
}

kn_status kn__row_of_insert(kn__row *row, const void *object, kn_only only)
{
    row->n_columns = row->n_values = 0;
    row->keyless = row->mixed = false;
    return only ? insert_only(row, object, only) : insert_given(row, object);
}

/* One column of `count` objects; how many of them give it. */
static inline __attribute__((always_inline)) size_t write_by(kn_slot_way way, const kn__plan *plan, const kn_slot *slot,
                                                             kn_arena *arena, const char *object, size_t count,
                                                             kn_value *value)
{
    size_t stride = plan->model->object_size, n = plan->n_written;

    for (size_t i = 0; i < count; i++, object += stride, value += n)
        if (!kn_slot_plain(way, slot, object, value) && !slot->other(slot, object, arena, value))
            return i;
    return count;
}

static size_t write_column(const kn__plan *plan, const kn_slot *slot, kn_arena *arena, const char *object, size_t count,
                           kn_value *value)
{
    switch (slot->way) {
    case KN_SLOT_INT64:
        return write_by(KN_SLOT_INT64, plan, slot, arena, object, count, value);
    case KN_SLOT_MOMENT:
        return write_by(KN_SLOT_MOMENT, plan, slot, arena, object, count, value);
    case KN_SLOT_DOUBLE:
        return write_by(KN_SLOT_DOUBLE, plan, slot, arena, object, count, value);
    case KN_SLOT_TEXT:
        return write_by(KN_SLOT_TEXT, plan, slot, arena, object, count, value);
    case KN_SLOT_DECIMAL:
        return write_by(KN_SLOT_DECIMAL, plan, slot, arena, object, count, value);
    case KN_SLOT_OPT_BOOL:
        return write_by(KN_SLOT_OPT_BOOL, plan, slot, arena, object, count, value);
    default:
        return write_by((kn_slot_way)slot->way, plan, slot, arena, object, count, value);
    }
}

size_t kn__rows_of_insert(const kn__plan *plan, kn_arena *arena, const void *objects, size_t count, kn_value *values)
{
    for (size_t i = 0; i < plan->n_written; i++)
        count = write_column(plan, &plan->writers[i].slot, arena, objects, count, values + i);
    return count;
}

static kn_status update_column(kn__row *row, const kn__writer *writer, const void *object, kn_only only)
{
    kn_value *value = &row->values[row->n_values];
    bool named = only && is_named(only, writer->column);
    kn_status status = KN_OK;

    value->kind = KN_KIND_UNSET;
    if (!only || named)
        status = writer->write(writer, object, &row->into, value);
    if (status != KN_OK)
        return name_column(row, writer, status);
    if (value->kind == KN_KIND_UNSET && named)
        value->kind = KN_KIND_NULL;
    if (value->kind == KN_KIND_NULL && !writer->slot.nullable)
        return refuse_null(row, writer);
    if (value->kind != KN_KIND_UNSET)
        add_value(row, writer);
    else if (writer->onupdate)
        status = add_default(row, writer, writer->onupdate);
    return status == KN_OK ? KN_OK : name_column(row, writer, status);
}

kn_status kn__row_of_update(kn__row *row, const void *object, kn_only only)
{
    const kn__plan *plan = row->plan;
    kn_status status = check_only(plan, only, row->into.error);

    for (size_t i = 0; i < plan->n_written && status == KN_OK; i++)
        if (!plan->writers[i].key)
            status = update_column(row, &plan->writers[i], object, only);
    return status;
}

kn_status kn__row_add_key(kn__row *row, const void *object)
{
    const kn__plan *plan = row->plan;

    for (size_t i = 0; i < plan->n_keys; i++) {
        const kn__writer *writer = plan->keys[i];
        kn_value *value = &row->values[row->n_values];
        kn_status status = KN_OK;
        if (!kn__write_usual(writer, object, value))
            status = writer->write(writer, object, &row->into, value);
        if (status != KN_OK)
            return name_column(row, writer, status);
        if (value->kind <= KN_KIND_NULL)
            return kn_error_set(row->into.error, KN_INVALID, "%s.%s: the object's key is not set", plan->model->table,
                                kn_column_name(writer->column));
        row->n_values++;
    }
    if (!plan->n_keys)
        return kn_error_set(row->into.error, KN_INVALID, "table '%s' has no primary key", plan->model->table);
    return KN_OK;
}
