/* SPDX-License-Identifier: MIT */
#include "plugin/registry.h"

#include <stdio.h>
#include <string.h>

#include "plugin/builtin.h"
#include "plugin/name.h"
#include "plugin/table.h"

#define ANSI "ansi"
#define BASES_MAX 16

static kn_status add_builtins(kn_registry *registry, kn_error *error)
{
    for (kn_plugin_entry *const *entry = kn__builtin_plugins; *entry; entry++) {
        kn_status status = kn__registry_enter(registry, *entry, NULL, error);
        if (status != KN_OK)
            return status;
    }
    return KN_OK;
}

kn_status kn_registry_create(const kn_allocator *allocator, kn_registry **out, kn_error *error)
{
    *out = NULL;
    if (!allocator)
        allocator = kn_allocator_default();
    kn_registry *registry = allocator->resize(allocator->context, NULL, 0, sizeof *registry);
    if (!registry)
        return kn_error_set(error, KN_NOMEM, "no memory for a registry");
    *registry = (kn_registry){.allocator = allocator};
    kn_arena_init(&registry->arena, allocator, 0);
    if (pthread_mutex_init(&registry->lock, NULL) != 0) {
        allocator->resize(allocator->context, registry, sizeof *registry, 0);
        return kn_error_set(error, KN_NOMEM, "no mutex for a registry");
    }
    kn_status status = kn__registry_init_folders(registry, error);
    if (status == KN_OK)
        status = add_builtins(registry, error);
    if (status != KN_OK) {
        kn_registry_destroy(registry);
        return status;
    }
    *out = registry;
    return KN_OK;
}

void kn_registry_destroy(kn_registry *registry)
{
    if (!registry)
        return;
    const kn_allocator *allocator = registry->allocator;
    kn_arena_finish(&registry->arena);
    pthread_mutex_destroy(&registry->lock);
    allocator->resize(allocator->context, registry, sizeof *registry, 0);
}

kn_status kn_registry_add(kn_registry *registry, kn_plugin_entry *entry, kn_error *error)
{
    if (!entry)
        return kn_error_set(error, KN_INVALID, "the entry of the plugin is NULL");
    pthread_mutex_lock(&registry->lock);
    kn_status status = kn__registry_enter(registry, entry, NULL, error);
    pthread_mutex_unlock(&registry->lock);
    return status;
}

kn_status kn_registry_load(kn_registry *registry, const char *path, kn_error *error)
{
    if (!path)
        return kn_error_set(error, KN_INVALID, "the path of the plugin is NULL");
    pthread_mutex_lock(&registry->lock);
    kn_status status = kn__registry_load_file(registry, path, error);
    pthread_mutex_unlock(&registry->lock);
    return status;
}

kn_status kn_registry_search(kn_registry *registry, const char *folder, kn_error *error)
{
    if (!folder)
        return kn_error_set(error, KN_INVALID, "the folder to search is NULL");
    pthread_mutex_lock(&registry->lock);
    kn_status status = kn__registry_add_folder(registry, folder, error);
    pthread_mutex_unlock(&registry->lock);
    return status;
}

/* Finds what is there, or searches for it. */
static kn_status require(kn_registry *registry, kn__sort sort, const char *name, kn_error *error)
{
    if (!kn__name_valid(name))
        return kn_error_set(error, KN_INVALID, "'%.40s' cannot name a %s; " KN__NAME_RULE, name ? name : "",
                            kn__sort_name(sort));
    return kn__registry_has(registry, sort, name) ? KN_OK : kn__registry_find(registry, sort, name, error);
}

static kn_status resolve(kn_registry *registry, const char *name, unsigned depth, const kn__dialect **out,
                         kn_error *error);

static kn_status resolve_base(kn_registry *registry, const kn__dialect_row *row, unsigned depth,
                              const kn__dialect **out, kn_error *error)
{
    const char *base = row->copy.base ? row->copy.base : ANSI;
    if (depth == BASES_MAX)
        return kn_error_set(error, KN_LIMIT, "more than %d dialects are based one on the other", BASES_MAX);
    kn_status status = resolve(registry, base, depth + 1, out, error);
    if (status != KN_OK && status != KN_NOMEM)
        kn_error_prefix(error, "dialect '%s' is based on '%.40s'", row->copy.name, base);
    return status;
}

static kn_status flatten(kn_registry *registry, kn__dialect_row *row, const kn__dialect *base, kn_error *error)
{
    if (!row->room)
        row->room = kn_arena_zalloc(&registry->arena, sizeof *row->room);
    if (!row->room)
        return kn_error_set(error, KN_NOMEM, "no memory for dialect '%s'", row->copy.name);
    *row->room = (kn__dialect){0};
    kn_status status = kn__dialect_flatten(row->desc, base, row->room, error);
    if (status != KN_OK)
        return status;
    row->flat = row->room;
    return KN_OK;
}

static kn_status resolve(kn_registry *registry, const char *name, unsigned depth, const kn__dialect **out,
                         kn_error *error)
{
    const kn__dialect *base = NULL;
    if (name && strcmp(name, ANSI) == 0) {
        *out = kn__dialect_ansi();
        return KN_OK;
    }
    kn_status status = require(registry, KN__SORT_DIALECT, name, error);
    if (status != KN_OK)
        return status;
    kn__dialect_row *row = kn__registry_dialect_row(registry, name);
    if (row->resolving)
        return kn_error_set(error, KN_INVALID, "its bases lead back to dialect '%s'", name);
    if (!row->flat) {
        row->resolving = true;
        status = resolve_base(registry, row, depth, &base, error);
        row->resolving = false;
        if (status == KN_OK)
            status = flatten(registry, row, base, error);
    }
    *out = row->flat;
    return status;
}

const kn__dialect *kn__registry_dialect(kn_registry *registry, const char *name, kn_error *error)
{
    const kn__dialect *dialect = NULL;
    pthread_mutex_lock(&registry->lock);
    kn_status status = resolve(registry, name, 0, &dialect, error);
    pthread_mutex_unlock(&registry->lock);
    return status == KN_OK ? dialect : NULL;
}

const kn__driver *kn__registry_driver(kn_registry *registry, const char *name, kn_error *error)
{
    pthread_mutex_lock(&registry->lock);
    kn_status status = require(registry, KN__SORT_DRIVER, name, error);
    const kn__driver *driver = status == KN_OK ? &kn__registry_driver_row(registry, name)->driver : NULL;
    pthread_mutex_unlock(&registry->lock);
    return driver;
}

kn_status kn_registry_require_dialect(kn_registry *registry, const char *name, kn_error *error)
{
    kn_error local;
    if (!error)
        error = &local;
    return kn__registry_dialect(registry, name, error) ? KN_OK : (kn_status)error->status;
}

kn_status kn_registry_require_driver(kn_registry *registry, const char *name, kn_error *error)
{
    kn_error local;
    if (!error)
        error = &local;
    return kn__registry_driver(registry, name, error) ? KN_OK : (kn_status)error->status;
}

/* Where a walk over the rows is; each row is looked at under the lock and shown without it, so that the visitor may use
 * the registry. */
typedef struct walk {
    kn_registry *registry;
    bool scan;
    const kn__dialect_row *dialect;
    const kn__driver_row *driver;
    const kn__refused_row *refused;
    char reason[sizeof((kn_error *)0)->message];
    kn_registry_item item;
} walk;

static void show_plugin(walk *w, const kn__plugin_row *plugin)
{
    w->item = (kn_registry_item){
        .size_ = sizeof w->item, .plugin = plugin->name, .version = plugin->version, .path = plugin->path};
}

static void show_reason(walk *w, const char *reason)
{
    snprintf(w->reason, sizeof w->reason, "%s", reason);
    w->item.refused = w->reason;
}

static kn_status next_dialect(walk *w, bool *found, kn_error *error)
{
    const kn__dialect *flat = NULL;
    kn_error why = {0};
    w->dialect = w->dialect ? w->dialect->next : w->registry->dialects;
    *found = w->dialect != NULL;
    if (!*found)
        return KN_OK;
    show_plugin(w, w->dialect->plugin);
    w->item.dialect = w->dialect->copy.name;
    kn_status status = w->scan ? resolve(w->registry, w->item.dialect, 0, &flat, &why) : KN_OK;
    if (status == KN_NOMEM)
        return kn_error_set(error, KN_NOMEM, "%s", why.message);
    if (status != KN_OK)
        show_reason(w, why.message);
    return KN_OK;
}

static kn_status next_driver(walk *w, bool *found, kn_error *error)
{
    (void)error;
    w->driver = w->driver ? w->driver->next : w->registry->drivers;
    *found = w->driver != NULL;
    if (*found) {
        show_plugin(w, w->driver->plugin);
        w->item.driver = w->driver->driver.call.name;
    }
    return KN_OK;
}

static kn_status next_refused(walk *w, bool *found, kn_error *error)
{
    (void)error;
    do
        w->refused = w->refused ? w->refused->next : w->registry->refused;
    while (w->refused && !w->refused->reason[0]);
    *found = w->refused != NULL;
    if (*found) {
        w->item = (kn_registry_item){.size_ = sizeof w->item, .path = w->refused->path};
        show_reason(w, w->refused->reason);
    }
    return KN_OK;
}

typedef kn_status next_fn(walk *w, bool *found, kn_error *error);

static kn_status visit_all(walk *w, next_fn *next, kn_status (*visit)(void *context, const kn_registry_item *item),
                           void *context, kn_error *error)
{
    for (;;) {
        bool found = false;
        pthread_mutex_lock(&w->registry->lock);
        kn_status status = next(w, &found, error);
        pthread_mutex_unlock(&w->registry->lock);
        if (status != KN_OK || !found)
            return status;
        status = visit(context, &w->item);
        if (status != KN_OK)
            return kn_error_set(error, status, "the visitor of the registry stopped: %s", kn_status_text(status));
    }
}

kn_status kn_registry_each(kn_registry *registry, bool scan,
                           kn_status (*visit)(void *context, const kn_registry_item *item), void *context,
                           kn_error *error)
{
    static next_fn *const lists[] = {next_dialect, next_driver, next_refused};
    kn_status status = KN_OK;
    walk w = {.registry = registry, .scan = scan};
    if (scan) {
        pthread_mutex_lock(&registry->lock);
        status = kn__registry_scan(registry, error);
        pthread_mutex_unlock(&registry->lock);
    }
    for (size_t i = 0; i < KN_COUNT_OF(lists) && status == KN_OK; i++)
        status = visit_all(&w, lists[i], visit, context, error);
    return status;
}
