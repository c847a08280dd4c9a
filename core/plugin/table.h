/* SPDX-License-Identifier: MIT */
/* What a registry holds. Rows are only ever added, so that what was handed out stays; all are guarded by the lock,
 * which every kn__registry_* call here expects to be held. */
#ifndef KOINE_CORE_PLUGIN_TABLE_H
#define KOINE_CORE_PLUGIN_TABLE_H

#include <pthread.h>

#include <koine/plugin/plugin.h>

#include "plugin/registry.h"

typedef struct kn__plugin_row {
    struct kn__plugin_row *next;
    const kn_plugin *desc; /* as the plugin gave it */
    const char *name, *version;
    const char *path; /* NULL = built in or registered */
} kn__plugin_row;

typedef struct kn__dialect_row {
    struct kn__dialect_row *next;
    const kn__plugin_row *plugin;
    const kn_dialect *desc;  /* as the plugin gave it */
    kn_dialect copy;         /* with zero for what an older plugin's lacks */
    kn__dialect *room;       /* for `flat`, kept between attempts */
    const kn__dialect *flat; /* NULL until it is asked for */
    bool resolving;
} kn__dialect_row;

typedef struct kn__driver_row {
    struct kn__driver_row *next;
    const kn__plugin_row *plugin;
    kn__driver driver;
} kn__driver_row;

/* A file that was tried in vain. */
typedef struct kn__refused_row {
    struct kn__refused_row *next;
    const char *path;
    char reason[sizeof((kn_error *)0)->message]; /* "" once it could be loaded */
} kn__refused_row;

typedef struct kn__folder_row {
    struct kn__folder_row *next;
    const char *path;
} kn__folder_row;

struct kn_registry {
    const kn_allocator *allocator;
    pthread_mutex_t lock;
    kn_arena arena;
    kn__plugin_row *plugins;
    kn__dialect_row *dialects;
    kn__driver_row *drivers;
    kn__refused_row *refused;
    kn__folder_row *folders; /* those of kn_registry_search, of the environment, of the installation */
    size_t n_own_folders;
    bool environment_ignored; /* KOINE_PLUGIN_PATH is set, but privileges are raised */
};

typedef enum kn__sort { KN__SORT_DIALECT = 0, KN__SORT_DRIVER = 1 } kn__sort;

/* "dialect", "driver". */
const char *kn__sort_name(kn__sort sort);

/* Has the registry a row of this name? */
kn__dialect_row *kn__registry_dialect_row(const kn_registry *registry, const char *name);
kn__driver_row *kn__registry_driver_row(const kn_registry *registry, const char *name);
bool kn__registry_has(const kn_registry *registry, kn__sort sort, const char *name);

/* Calls the entry of a plugin and adds all it offers, or nothing. `path` (copied) NULL = not from a file. */
kn_status kn__registry_enter(kn_registry *registry, kn_plugin_entry *entry, const char *path, kn_error *error);

/* The folders of the environment and of the installation. */
kn_status kn__registry_init_folders(kn_registry *registry, kn_error *error);
kn_status kn__registry_add_folder(kn_registry *registry, const char *path, kn_error *error);

/* Loads one file; a refusal is also kept. */
kn_status kn__registry_load_file(kn_registry *registry, const char *path, kn_error *error);
/* Looks in the folders until the name is there. KN_NO_BACKEND, KN_NOMEM. */
kn_status kn__registry_find(kn_registry *registry, kn__sort sort, const char *name, kn_error *error);
/* Loads every plugin file of every folder, as far as it can be loaded. KN_NOMEM. */
kn_status kn__registry_scan(kn_registry *registry, kn_error *error);

#endif
