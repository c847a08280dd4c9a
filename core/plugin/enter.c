/* SPDX-License-Identifier: MIT */
/* What a plugin offers becomes rows of the registry: complete, or the plugin is refused with what it lacks. */
#include "plugin/table.h"

#include <string.h>

#include "plugin/loader.h"
#include "plugin/name.h"

const char *kn__sort_name(kn__sort sort)
{
    return sort == KN__SORT_DIALECT ? "dialect" : "driver";
}

kn__dialect_row *kn__registry_dialect_row(const kn_registry *registry, const char *name)
{
    kn__dialect_row *row = registry->dialects;
    while (row && strcmp(row->copy.name, name) != 0)
        row = row->next;
    return row;
}

kn__driver_row *kn__registry_driver_row(const kn_registry *registry, const char *name)
{
    kn__driver_row *row = registry->drivers;
    while (row && strcmp(row->driver.call.name, name) != 0)
        row = row->next;
    return row;
}

bool kn__registry_has(const kn_registry *registry, kn__sort sort, const char *name)
{
    return sort == KN__SORT_DIALECT ? kn__registry_dialect_row(registry, name) != NULL
                                    : kn__registry_driver_row(registry, name) != NULL;
}

/* Drivers: what stands where a plugin has nothing. */

static bool no_single(const kn_url *url)
{
    (void)url;
    return false;
}

static kn_status taken_for_alive(void *connection, kn_wait *wait, kn_error *error)
{
    (void)connection, (void)wait, (void)error;
    return KN_OK;
}

static kn_status no_cancel_create(void *connection, void **cancel, kn_error *error)
{
    (void)connection;
    *cancel = NULL;
    return kn_error_set(error, KN_UNSUPPORTED, "this driver cannot cancel");
}

static kn_status no_cancel_send(void *cancel, kn_wait *wait, kn_error *error)
{
    (void)cancel, (void)wait;
    return kn_error_set(error, KN_UNSUPPORTED, "this driver cannot cancel");
}

static void no_cancel_destroy(void *cancel)
{
    (void)cancel;
}

static kn_status no_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                               const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait,
                               kn_error *error)
{
    (void)connection, (void)table_quoted, (void)columns_quoted, (void)types, (void)n_columns, (void)wait;
    *bulk = NULL;
    return kn_error_set(error, KN_UNSUPPORTED, "this driver has no bulk insert of its own");
}

static kn_status no_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error)
{
    (void)bulk, (void)rows, (void)count, (void)wait;
    return kn_error_set(error, KN_UNSUPPORTED, "this driver has no bulk insert of its own");
}

static kn_status no_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error)
{
    (void)bulk, (void)commit, (void)wait;
    *stored = 0;
    return kn_error_set(error, KN_UNSUPPORTED, "this driver has no bulk insert of its own");
}

typedef void slot_fn(void);
typedef struct slot {
    size_t offset;
    const char *name;
} slot;
#define SLOT(member)                                                                                                   \
    {                                                                                                                  \
        offsetof(kn_driver, member), #member                                                                           \
    }

static const slot must[] = {
    SLOT(open),    SLOT(close), SLOT(abandon), SLOT(reset),       SLOT(info),     SLOT(prepare),        SLOT(finish),
    SLOT(execute), SLOT(fetch), SLOT(end),     SLOT(column_name), SLOT(transact), SLOT(in_transaction),
};
static const slot cancel_slots[] = {SLOT(cancel_create), SLOT(cancel_send), SLOT(cancel_destroy)};
static const slot bulk_slots[] = {SLOT(bulk_begin), SLOT(bulk_rows), SLOT(bulk_end)};

static bool has_slot(const kn_driver *driver, const slot *which)
{
    slot_fn *function = NULL;
    memcpy(&function, (const char *)driver + which->offset, sizeof function);
    return function != NULL;
}

static kn_status check_slots(const kn_driver *driver, const slot *slots, size_t n, kn_error *error)
{
    for (size_t i = 0; i < n; i++) {
        if (!has_slot(driver, &slots[i]))
            return kn_error_set(error, KN_INCOMPLETE, "driver '%s' has no function '%s'", driver->name, slots[i].name);
    }
    return KN_OK;
}

/* All of them, or none: *any. */
static kn_status check_group(const kn_driver *driver, const slot *slots, size_t n, bool *any, kn_error *error)
{
    *any = false;
    for (size_t i = 0; i < n; i++)
        *any = *any || has_slot(driver, &slots[i]);
    return *any ? check_slots(driver, slots, n, error) : KN_OK;
}

static void fill_driver(kn__driver *driver)
{
    static const kn_option no_options[] = {{.name = NULL}};
    kn_driver *call = &driver->call;
    if (!call->options)
        call->options = no_options;
    if (!call->single)
        call->single = no_single;
    if (!call->alive)
        call->alive = taken_for_alive;
    if (!driver->can_cancel) {
        call->cancel_create = no_cancel_create;
        call->cancel_send = no_cancel_send;
        call->cancel_destroy = no_cancel_destroy;
    }
    if (!driver->can_bulk) {
        call->bulk_begin = no_bulk_begin;
        call->bulk_rows = no_bulk_rows;
        call->bulk_end = no_bulk_end;
    }
}

/* The first `size` bytes of `from`, the rest zero: members that an older plugin does not know take their default, those
 * that this library does not know are left out. */
static void copy_prefix(void *to, size_t to_size, const void *from, size_t size)
{
    memset(to, 0, to_size);
    memcpy(to, from, size < to_size ? size : to_size);
}

/* What one plugin is about to add: rows that are linked among themselves, but not yet in the registry. */
typedef struct entering {
    kn_registry *registry;
    kn__plugin_row *plugin;
    kn__dialect_row *dialects;
    kn__driver_row *drivers;
    kn_error *error;
} entering;

static kn_status check_name(const entering *e, kn__sort sort, const char *name, size_t size, size_t least)
{
    const char *what = kn__sort_name(sort);
    if (size < least)
        return kn_error_set(e->error, KN_INCOMPLETE, "a %s of %zu bytes has no room for a name", what, size);
    if (!kn__name_valid(name))
        return kn_error_set(e->error, KN_INVALID, "'%.40s' cannot name a %s; " KN__NAME_RULE, name ? name : "", what);
    bool taken = kn__registry_has(e->registry, sort, name) || (sort == KN__SORT_DIALECT && strcmp(name, "ansi") == 0);
    for (const kn__dialect_row *row = e->dialects; row && sort == KN__SORT_DIALECT; row = row->next)
        taken = taken || strcmp(row->copy.name, name) == 0;
    for (const kn__driver_row *row = e->drivers; row && sort == KN__SORT_DRIVER; row = row->next)
        taken = taken || strcmp(row->driver.call.name, name) == 0;
    return taken ? kn_error_set(e->error, KN_EXISTS, "there is a %s '%s' already", what, name) : KN_OK;
}

static kn_status no_memory(const entering *e)
{
    return kn_error_set(e->error, KN_NOMEM, "no memory to register a plugin");
}

static kn_status enter_dialect(entering *e, const kn_dialect *desc)
{
    kn__dialect_row *row = kn_arena_zalloc(&e->registry->arena, sizeof *row), **end = &e->dialects;
    if (!row)
        return no_memory(e);
    copy_prefix(&row->copy, sizeof row->copy, desc, desc->size_);
    kn_status status =
        check_name(e, KN__SORT_DIALECT, row->copy.name, desc->size_, offsetof(kn_dialect, name) + sizeof desc->name);
    if (status != KN_OK)
        return status;
    row->plugin = e->plugin;
    row->desc = desc;
    while (*end)
        end = &(*end)->next;
    *end = row;
    return KN_OK;
}

static kn_status check_driver(const entering *e, kn__driver *driver)
{
    const kn_driver *call = &driver->call;
    kn_status status =
        check_name(e, KN__SORT_DRIVER, call->name, driver->desc->size_, offsetof(kn_driver, name) + sizeof call->name);
    if (status == KN_OK && call->kinds == 0)
        return kn_error_set(e->error, KN_INCOMPLETE, "driver '%s' says of no kind of value that it moves it (kinds)",
                            call->name);
    if (status == KN_OK)
        status = check_slots(call, must, KN_COUNT_OF(must), e->error);
    if (status == KN_OK)
        status = check_group(call, cancel_slots, KN_COUNT_OF(cancel_slots), &driver->can_cancel, e->error);
    if (status == KN_OK)
        status = check_group(call, bulk_slots, KN_COUNT_OF(bulk_slots), &driver->can_bulk, e->error);
    return status;
}

static kn_status enter_driver(entering *e, const kn_driver *desc)
{
    kn__driver_row *row = kn_arena_zalloc(&e->registry->arena, sizeof *row), **end = &e->drivers;
    if (!row)
        return no_memory(e);
    copy_prefix(&row->driver.call, sizeof row->driver.call, desc, desc->size_);
    row->driver.desc = desc;
    kn_status status = check_driver(e, &row->driver);
    if (status != KN_OK)
        return status;
    fill_driver(&row->driver);
    row->plugin = e->plugin;
    row->driver.plugin = e->plugin->name;
    row->driver.version = e->plugin->version;
    row->driver.path = e->plugin->path;
    while (*end)
        end = &(*end)->next;
    *end = row;
    return KN_OK;
}

static kn_status enter_all(entering *e, const kn_plugin *copy)
{
    kn_status status = KN_OK;
    for (const kn_dialect *const *d = copy->dialects; d && *d && status == KN_OK; d++)
        status = enter_dialect(e, *d);
    for (const kn_driver *const *d = copy->drivers; d && *d && status == KN_OK; d++)
        status = enter_driver(e, *d);
    if (status == KN_OK && !e->dialects && !e->drivers)
        return kn_error_set(e->error, KN_INCOMPLETE, "it offers neither a dialect nor a driver");
    return status;
}

static kn_status make_plugin(entering *e, const kn_plugin *desc, const kn_plugin *copy, const char *path)
{
    kn_arena *arena = &e->registry->arena;
    if (!kn__name_valid(copy->name))
        return kn_error_set(e->error, KN_INVALID, "'%.40s' cannot name a plugin; " KN__NAME_RULE,
                            copy->name ? copy->name : "");
    e->plugin = kn_arena_zalloc(arena, sizeof *e->plugin);
    char *kept = path ? kn_arena_copy(arena, path, strlen(path)) : NULL;
    if (!e->plugin || (path && !kept))
        return no_memory(e);
    *e->plugin =
        (kn__plugin_row){.desc = desc, .name = copy->name, .version = copy->version ? copy->version : "", .path = kept};
    return KN_OK;
}

/* Cannot fail, so a plugin is in the registry with all it has, or not at all. */
static void commit(const entering *e)
{
    kn__plugin_row **plugins = &e->registry->plugins;
    kn__dialect_row **dialects = &e->registry->dialects;
    kn__driver_row **drivers = &e->registry->drivers;
    while (*plugins)
        plugins = &(*plugins)->next;
    while (*dialects)
        dialects = &(*dialects)->next;
    while (*drivers)
        drivers = &(*drivers)->next;
    *plugins = e->plugin;
    *dialects = e->dialects;
    *drivers = e->drivers;
}

static bool is_entered(const kn_registry *registry, const kn_plugin *desc)
{
    const kn__plugin_row *row = registry->plugins;
    while (row && row->desc != desc)
        row = row->next;
    return row != NULL;
}

kn_status kn__registry_enter(kn_registry *registry, kn_plugin_entry *entry, const char *path, kn_error *error)
{
    entering e = {.registry = registry, .error = error};
    const kn_plugin *desc = NULL;
    kn_plugin copy = {0};
    kn_status status = kn__plugin_enter(entry, &desc, &copy, error);
    if (status != KN_OK || is_entered(registry, desc))
        return status;
    status = make_plugin(&e, desc, &copy, path);
    if (status != KN_OK)
        return status;
    status = enter_all(&e, &copy);
    if (status == KN_OK)
        commit(&e);
    else if (status != KN_NOMEM)
        kn_error_prefix(error, "plugin '%s'", copy.name);
    return status;
}
