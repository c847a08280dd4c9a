/* SPDX-License-Identifier: MIT */
#include "schema/metadata.h"

#include <stdarg.h>
#include <string.h>

#include "base/ascii.h"
#include "base/checked.h"
#include "expr/columns.h"
#include "schema/plan.h"

static kn_status no_memory(kn_error *error)
{
    return kn_error_set(error, KN_NOMEM, "out of memory for a metadata");
}

kn_status kn_metadata_create(const kn_allocator *allocator, kn_metadata **out, kn_error *error)
{
    *out = NULL;
    if (!allocator)
        allocator = kn_allocator_default();
    kn_metadata *metadata = allocator->resize(allocator->context, NULL, 0, sizeof *metadata);
    if (!metadata)
        return no_memory(error);
    *metadata = (kn_metadata){.allocator = allocator};
    if (pthread_mutex_init(&metadata->lock, NULL) != 0) {
        allocator->resize(allocator->context, metadata, sizeof *metadata, 0);
        return no_memory(error);
    }
    kn_arena_init(&metadata->arena, allocator, 0);
    kn_arena_init(&metadata->resolved, allocator, 0);
    kn__map_init(&metadata->by_name, allocator, 0);
    *out = metadata;
    return KN_OK;
}

void kn_metadata_destroy(kn_metadata *metadata)
{
    if (!metadata)
        return;
    const kn_allocator *allocator = metadata->allocator;
    kn__map_finish(&metadata->by_name);
    kn_arena_finish(&metadata->resolved);
    kn_arena_finish(&metadata->arena);
    allocator->resize(allocator->context, metadata->tables, metadata->room * sizeof(kn__table *), 0);
    (void)pthread_mutex_destroy(&metadata->lock);
    allocator->resize(allocator->context, metadata, sizeof *metadata, 0);
}

/* Tables that differ in ASCII case only have one key. */
static kn_text key_of(kn_arena *arena, const char *schema, const char *table)
{
    size_t schema_size = schema ? strlen(schema) : 0, table_size = strlen(table);
    char *key = kn_arena_alloc(arena, schema_size + 1 + table_size);
    if (!key)
        return (kn_text){0};
    for (size_t i = 0; i < schema_size; i++)
        key[i] = kn__ascii_fold(schema[i]);
    key[schema_size] = '\0';
    for (size_t i = 0; i < table_size; i++)
        key[schema_size + 1 + i] = kn__ascii_fold(table[i]);
    return (kn_text){key, schema_size + 1 + table_size};
}

static bool same_schema(const char *a, const char *b)
{
    return !a || !b ? a == b : strcmp(a, b) == 0;
}

size_t kn__metadata_find(const kn_metadata *metadata, const char *schema, const char *table)
{
    for (size_t i = 0; i < metadata->count; i++) {
        const kn_model *model = metadata->tables[i]->model;
        if (strcmp(model->table, table) == 0 && same_schema(model->schema, schema))
            return i;
    }
    return SIZE_MAX;
}

static kn_status refuse_twin(const kn_model *has, const kn_model *model, kn_error *error)
{
    if (strcmp(has->table, model->table) != 0 || !same_schema(has->schema, model->schema))
        return kn_error_set(error, KN_INVALID, "tables '%s' and '%s' differ only in case, which some backends ignore",
                            has->table, model->table);
    return kn_error_set(error, KN_INVALID, "table '%s' is there already, declared differently (struct %s, now %s)",
                        model->table, has->name ? has->name : "none", model->name ? model->name : "none");
}

static bool grow(kn_metadata *metadata)
{
    if (metadata->count < metadata->room)
        return true;
    size_t room = metadata->room ? metadata->room * 2 : 16, size = 0;
    if (!kn__size_mul(room, sizeof(kn__table *), &size))
        return false;
    const kn_allocator *allocator = metadata->allocator;
    kn__table **tables =
        allocator->resize(allocator->context, metadata->tables, metadata->room * sizeof(kn__table *), size);
    if (!tables)
        return false;
    metadata->tables = tables;
    metadata->room = room;
    return true;
}

kn_status kn_metadata_add(kn_metadata *metadata, const kn_model *model, kn_error *error)
{
    kn_status status = kn_model_check(model, error);
    if (status != KN_OK)
        return status;
    kn_text key = key_of(&metadata->arena, model->schema, model->table);
    if (!key.data)
        return no_memory(error);
    const kn__table *has = kn__map_get(&metadata->by_name, key);
    if (has)
        return kn_model_equal(has->model, model) ? KN_OK : refuse_twin(has->model, model, error);
    kn__table *table = kn_arena_zalloc(&metadata->arena, sizeof *table);
    if (!table || !grow(metadata) || kn__map_add(&metadata->by_name, key, table) != KN_OK)
        return no_memory(error);
    table->model = model;
    table->full = kn__model_load(model);
    metadata->tables[metadata->count++] = table;
    metadata->is_resolved = false;
    return KN_OK;
}

kn_status kn_metadata_add_all(kn_metadata *metadata, kn_error *error, ...)
{
    va_list models;
    va_start(models, error);
    kn_status status = KN_OK;
    for (const kn_model *model; status == KN_OK && (model = va_arg(models, const kn_model *)) != NULL;)
        status = kn_metadata_add(metadata, model, error);
    va_end(models);
    return status;
}

size_t kn_metadata_count(const kn_metadata *metadata)
{
    return metadata->count;
}

/* Everything that is found out, in the order in which each needs the other. */
static kn_status resolve(kn_metadata *metadata, kn_error *error)
{
    kn_arena_reset(&metadata->resolved);
    kn_status status = kn__resolve_references(metadata, error);
    if (status == KN_OK)
        status = kn__check_enums(metadata, error);
    if (status == KN_OK)
        status = kn__check_relationships(metadata, error);
    if (status != KN_OK)
        return status;
    metadata->order = kn_arena_array(&metadata->resolved, metadata->count, sizeof *metadata->order);
    metadata->sorted = kn_arena_array(&metadata->resolved, metadata->count, sizeof *metadata->sorted);
    if (!metadata->order || !metadata->sorted)
        return no_memory(error);
    status = kn__sort_tables(metadata, metadata->order, error);
    if (status != KN_OK)
        return status;
    for (size_t i = 0; i < metadata->count; i++)
        metadata->sorted[i] = metadata->tables[metadata->order[i]]->model;
    metadata->is_resolved = true;
    return kn__plan_check_names(metadata, error);
}

kn_status kn__metadata_resolve(kn_metadata *metadata, kn_error *error)
{
    kn_status status = KN_OK;
    (void)pthread_mutex_lock(&metadata->lock);
    if (!metadata->is_resolved) {
        status = resolve(metadata, error);
        metadata->is_resolved = status == KN_OK;
    }
    (void)pthread_mutex_unlock(&metadata->lock);
    return status;
}

kn_status kn_metadata_check(kn_metadata *metadata, kn_error *error)
{
    return kn__metadata_resolve(metadata, error);
}

kn_status kn_metadata_sorted(kn_metadata *metadata, const kn_model *const **out, size_t *count, kn_error *error)
{
    *out = NULL;
    *count = 0;
    kn_status status = kn__metadata_resolve(metadata, error);
    if (status != KN_OK)
        return status;
    *out = metadata->sorted;
    *count = metadata->count;
    return KN_OK;
}
