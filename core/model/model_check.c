/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "model/check.h"
#include "model/mapping.h"

/* Column indexes travel as uint16_t. */
#define COLUMNS_MAX 65535

kn_status kn__model_refuse(const kn__model_check *check, const char *column, const char *format, ...)
{
    if (!check->error)
        return KN_INVALID;
    char why[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    const char *table = check->full.table ? check->full.table : "?";
    kn_error_set(check->error, KN_INVALID, "table '%s'%s%s%s: %s", table, column ? ": column '" : "",
                 column ? column : "", column ? "'" : "", why);
    (void)snprintf(check->error->table, sizeof check->error->table, "%s", table);
    (void)snprintf(check->error->column, sizeof check->error->column, "%s", column ? column : "");
    return KN_INVALID;
}

/* The same about a status that came with a message. */
static kn_status name_column(const kn__model_check *check, const kn_column *column, kn_status status)
{
    return status == KN_OK ? KN_OK : kn__member_failed(&check->full, column, status, check->error);
}

static bool is_name(const char *name)
{
    return name && *name && kn__utf8_check(name, strlen(name)) != SIZE_MAX;
}

static bool is_name_or_null(const char *name)
{
    return !name || is_name(name);
}

static bool is_text_or_null(const char *text)
{
    return !text || kn__utf8_check(text, strlen(text)) != SIZE_MAX;
}

/* A model is read only as far as its own header went; these sizes must be right before anything else is looked at. */
static kn_status check_sizes(kn_error *error, const kn_model *model)
{
    if (!model)
        return kn_error_set(error, KN_INVALID, "no model was given");
    if (model->size_ < KN__MODEL_SIZE_MIN)
        return kn_error_set(error, KN_INVALID, "a model's size_ is not set: define it with KN_DEFINE");
    if (model->n_columns && (model->column_size < KN__COLUMN_SIZE_MIN || model->column_size % _Alignof(kn_column)))
        return kn_error_set(error, KN_INVALID, "table '%s': column_size is %zu, which no header ever had",
                            model->table ? model->table : "?", model->column_size);
    if (model->n_relationships &&
        (model->relationship_size < KN__RELATIONSHIP_SIZE_MIN || model->relationship_size % _Alignof(kn_relationship)))
        return kn_error_set(error, KN_INVALID, "table '%s': relationship_size is %zu, which no header ever had",
                            model->table ? model->table : "?", model->relationship_size);
    return KN_OK;
}

static kn_status check_table(const kn__model_check *c)
{
    const kn_model *m = &c->full;
    if (!is_name(m->table))
        return kn__model_refuse(c, NULL, "the table has no name, or one that is not UTF-8");
    if (!is_name_or_null(m->schema))
        return kn__model_refuse(c, NULL, "the schema is empty or not UTF-8 (NULL is the connection's own)");
    if (!is_text_or_null(m->comment))
        return kn__model_refuse(c, NULL, "the comment is not UTF-8");
    if (!m->columns || !m->n_columns)
        return kn__model_refuse(c, NULL, "has no columns");
    if (m->n_columns > COLUMNS_MAX)
        return kn__model_refuse(c, NULL, "has %zu columns, more than %d", m->n_columns, COLUMNS_MAX);
    if (m->name && !m->object_size)
        return kn__model_refuse(c, NULL, "struct %s has no size: define the model with KN_DEFINE", m->name);
    return KN_OK;
}

static const uint64_t holds[KN_TYPE_END_] = {
    [KN_TYPE_SMALL_INTEGER] = KN_HOLD_KN_SMALL_INTEGER,
    [KN_TYPE_INTEGER] = KN_HOLD_KN_INTEGER,
    [KN_TYPE_BIG_INTEGER] = KN_HOLD_KN_BIG_INTEGER,
    [KN_TYPE_BOOLEAN] = KN_HOLD_KN_BOOLEAN,
    [KN_TYPE_FLOAT] = KN_HOLD_KN_FLOAT,
    [KN_TYPE_NUMERIC] = KN_HOLD_KN_NUMERIC(1, 0),
    [KN_TYPE_STRING] = KN_HOLD_KN_STRING(1),
    [KN_TYPE_UNICODE] = KN_HOLD_KN_UNICODE(1),
    [KN_TYPE_TEXT] = KN_HOLD_KN_TEXT,
    [KN_TYPE_UNICODE_TEXT] = KN_HOLD_KN_UNICODE_TEXT,
    [KN_TYPE_LARGE_BINARY] = KN_HOLD_KN_LARGE_BINARY,
    [KN_TYPE_DATE] = KN_HOLD_KN_DATE,
    [KN_TYPE_TIME] = KN_HOLD_KN_TIME,
    [KN_TYPE_DATETIME] = KN_HOLD_KN_DATETIME,
    [KN_TYPE_DATETIME_TZ] = KN_HOLD_KN_DATETIME_TZ,
    [KN_TYPE_INTERVAL] = KN_HOLD_KN_INTERVAL,
    [KN_TYPE_ENUM] = KN_HOLD_KN_ENUM(0),
    [KN_TYPE_PICKLE] = KN_HOLD_KN_PICKLE,
};

static uint64_t holds_of(const kn_type *type)
{
    if (type->id == KN_TYPE_FLOAT)
        return KN_HOLD_KN_FLOAT_OF(type->precision);
    if (type->id == KN_TYPE_PICKLE && type->codec)
        return KN_HOLD_KN_PICKLE_OF(0);
    return holds[type->id];
}

/* Bytes a char[N] must have for the type; 1 where the type says nothing. */
static size_t chars_needed(const kn_type *type)
{
    bool counted = type->id == KN_TYPE_STRING || type->id == KN_TYPE_UNICODE;
    return counted && type->length < SIZE_MAX ? (size_t)type->length + 1 : 1;
}

/* The macros check this when a model is compiled; models also come from builders and other languages. */
static kn_status check_member(const kn__model_check *c, const kn_column *column, const char *name)
{
    if (!c->full.name)
        return column->ctype == KN_C_NONE ? KN_OK
                                          : kn__model_refuse(c, name, "has a struct member, but the table no struct");
    if (column->ctype == KN_C_NONE || !column->member)
        return kn__model_refuse(c, name, "has no member in struct %s", c->full.name);
    if (column->ctype >= KN_C_END_)
        return kn__model_refuse(c, name, "member '%s' has C type %u, which this library does not know", column->member,
                                column->ctype);
    if (!(holds_of(&column->type) >> column->ctype & 1u))
        return kn__model_refuse(c, name, "member '%s' is %s, which cannot hold %s", column->member,
                                kn__ctype_name(column->ctype), kn_type_name((kn_type_id)column->type.id));
    if (column->ctype == KN_C_CHARS && column->member_size < chars_needed(&column->type))
        return kn__model_refuse(c, name, "member '%s' has %u bytes, %s needs %zu with the ending NUL", column->member,
                                column->member_size, kn_type_name((kn_type_id)column->type.id),
                                chars_needed(&column->type));
    size_t size = column->ctype == KN_C_STRUCT ? column->type.codec->object_size : kn__ctype_size(column->ctype);
    if (column->ctype != KN_C_CHARS && column->member_size != size)
        return kn__model_refuse(c, name, "member '%s' has %u bytes, %s has %zu", column->member, column->member_size,
                                column->ctype == KN_C_STRUCT ? "what its codec writes" : kn__ctype_name(column->ctype),
                                size);
    return KN_OK;
}

static kn_status check_choices(const kn__model_check *c, const kn_column *column, const char *name)
{
    bool refers = column->references.model || column->references.table;
    if (column->nullable > KN_NO || column->autoincrement > KN_NO || column->on_delete > KN_RESTRICT ||
        column->on_update > KN_RESTRICT || column->deferral > KN_INITIALLY_DEFERRED || column->computed_stored > 1)
        return kn__model_refuse(c, name, "an option has a value that it does not know");
    if (column->nullable == KN_YES && column->primary_key)
        return kn__model_refuse(c, name, "is a key and nullable; keys are NOT NULL on every backend");
    if (column->nullable == KN_YES && !kn__ctype_has_null(column->ctype))
        return kn__model_refuse(c, name,
                                "is nullable, but its member (%s) cannot be NULL: take a kn_opt_* or a pointer",
                                kn__ctype_name(column->ctype));
    if (!refers && (column->on_delete || column->on_update || column->deferral))
        return kn__model_refuse(c, name, "has on_delete, on_update or deferral but no references");
    if (column->references.model && column->references.table)
        return kn__model_refuse(c, name, "references a struct and a name; one of them is meant");
    if (column->references.table && (!is_name(column->references.table) || !is_name(column->references.column)))
        return kn__model_refuse(c, name, "references a table or column without a name");
    return KN_OK;
}

static kn_status check_key(const kn__model_check *c, const kn_column *column, const char *name)
{
    size_t first = 0;
    bool sole = column->primary_key && kn__model_key_count(&c->full, &first) == 1;
    if (column->autoincrement == KN_YES && (!sole || !kn__type_is_integer(&column->type)))
        return kn__model_refuse(c, name, "is autoincrement, which only an integer can be that is the whole key");
    if (column->autoincrement == KN_YES && (column->initial || column->server_default || column->computed))
        return kn__model_refuse(c, name, "is autoincrement and has a default");
    if (column->type.id == KN_TYPE_PICKLE && (column->primary_key || column->unique || column->index))
        return kn__model_refuse(c, name,
                                "is a PickleType, of which equal values may differ in bytes: it is no key and "
                                "has no index");
    bool is_text = column->type.id >= KN_TYPE_STRING && column->type.id <= KN_TYPE_UNICODE_TEXT;
    if (column->collation && (!is_text || !is_name(column->collation)))
        return kn__model_refuse(c, name, "has a collation, which is empty or of a type that has none");
    if (!is_text_or_null(column->comment))
        return kn__model_refuse(c, name, "the comment is not UTF-8");
    return KN_OK;
}

static kn_status check_column(const kn__model_check *c, size_t i)
{
    kn_column column = kn__column_load(&c->full, i);
    const char *name = kn_column_name(&column);
    if (!is_name(name))
        return kn__model_refuse(c, NULL, "column %zu has no name, or one that is not UTF-8", i);
    for (size_t j = 0; j < i; j++) {
        const char *other = kn_column_name(kn_model_column(&c->full, j));
        if (kn__ascii_equal(name, other))
            return kn__model_refuse(c, name, "has the name of column '%s', case not counted", other);
    }
    kn_status status = name_column(c, &column, kn_type_check(&column.type, c->error));
    if (status == KN_OK)
        status = check_choices(c, &column, name);
    if (status == KN_OK)
        status = check_member(c, &column, name);
    if (status == KN_OK)
        status = check_key(c, &column, name);
    return status == KN_OK ? kn__model_check_values(c, &column) : status;
}

static kn_status check_shown(const kn__model_check *c)
{
    if (!c->full.shown)
        return KN_OK;
    for (size_t i = 0; i < c->full.n_columns; i++) {
        const kn_column *column = kn_model_column(&c->full, i);
        if (column->member && strcmp(column->member, c->full.shown) == 0)
            return KN_OK;
    }
    return kn__model_refuse(c, NULL, ".shown is '%s', which is no member of a column", c->full.shown);
}

kn_status kn_model_check(const kn_model *model, kn_error *error)
{
    kn_status status = check_sizes(error, model);
    if (status != KN_OK)
        return status;
    kn__model_check c = {.model = model, .full = kn__model_load(model), .error = error};
    status = check_table(&c);
    for (size_t i = 0; status == KN_OK && i < c.full.n_columns; i++)
        status = check_column(&c, i);
    if (status == KN_OK)
        status = check_shown(&c);
    if (status == KN_OK)
        status = kn__model_check_parts(&c);
    return status == KN_OK ? kn__model_check_members(&c) : status;
}
