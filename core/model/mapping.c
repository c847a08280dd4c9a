/* SPDX-License-Identifier: MIT */
#include "model/mapping_rules.h"

#include <stdio.h>

kn__load_fn *kn__member_loader(uint32_t ctype)
{
    return kn__loaders[ctype < KN_C_END_ ? ctype : KN_C_NONE];
}

kn__store_fn *kn__member_storer(uint32_t ctype)
{
    return kn__storers[ctype < KN_C_END_ ? ctype : KN_C_NONE];
}

bool kn__member_needs_arena(const kn_column *column)
{
    return column->ctype == KN_C_ANY || column->ctype == KN_C_STRUCT;
}

bool kn__member_owns_memory(const kn_column *column)
{
    switch (column->ctype) {
    case KN_C_CSTR:
    case KN_C_TEXT:
    case KN_C_OPT_TEXT:
        return column->type.id != KN_TYPE_ENUM; /* labels are the declaration's own */
    case KN_C_BYTES:
    case KN_C_OPT_BYTES:
    case KN_C_ANY:
    case KN_C_STRUCT:
        return true;
    case KN_C_DECIMAL:
    case KN_C_OPT_DECIMAL:
        return column->type.precision > KN_DECIMAL_INLINE;
    default:
        return false;
    }
}

static const struct {
    size_t size;
    const char *name;
} ctypes[KN_C_END_] = {
#define KN_X(number, suffix, T) [number] = {sizeof(T), #T},
    KN__CTYPE_MAP(KN_X)
#undef KN_X
        [KN_C_NONE] = {0, "no member"},
    [KN_C_CHARS] = {0, "char[]"},
    [KN_C_STRUCT] = {0, "struct"},
};

size_t kn__ctype_size(uint32_t ctype)
{
    return ctype < KN_C_END_ ? ctypes[ctype].size : 0;
}

const char *kn__ctype_name(uint32_t ctype)
{
    return ctype < KN_C_END_ ? ctypes[ctype].name : "?";
}

/* Names come from declarations; a longer one than any backend takes is cut. */
static void name_into(char *out, size_t size, const char *name)
{
    (void)snprintf(out, size, "%s", name ? name : "");
}

kn_status kn__member_refuse(const kn_column *column, kn_status status, kn_error *error, const char *why)
{
    const char *name = kn_column_name(column);
    kn_error_set(error, status, "column '%s': %s", name ? name : "?", why);
    if (error)
        name_into(error->column, sizeof error->column, name);
    return status;
}

kn_status kn__model_failed(const kn_model *model, kn_status status, kn_error *error)
{
    if (!error)
        return status;
    kn_error_prefix(error, "table '%s'", model->table);
    name_into(error->table, sizeof error->table, model->table);
    return status;
}

kn_status kn__member_failed(const kn_model *model, const kn_column *column, kn_status status, kn_error *error)
{
    if (!error)
        return status;
    if (!error->column[0]) {
        kn_error_prefix(error, "column '%s'", kn_column_name(column));
        name_into(error->column, sizeof error->column, kn_column_name(column));
    }
    return kn__model_failed(model, status, error);
}
