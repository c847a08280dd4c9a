/* SPDX-License-Identifier: MIT */
/* koine/registry.h - where dialects and drivers come from. */
#ifndef KOINE_REGISTRY_H
#define KOINE_REGISTRY_H

#include <koine/error.h>
#include <koine/memory.h>

KN_BEGIN_DECLS

typedef struct kn_registry kn_registry;
typedef struct kn_plugin kn_plugin; /* koine/plugin/plugin.h */
typedef struct kn_host kn_host;
/* What a plugin exports, or is linked statically under another name. */
typedef const kn_plugin *kn_plugin_entry(const kn_host *host);

/* An empty registry: it knows the built-in plugins, then finds the others by name when asked. Thread-safe. Plugins are
 * never unloaded, also not when the registry ends. */
KN_API kn_status kn_registry_create(const kn_allocator *allocator, kn_registry **out, kn_error *error);
/* After every engine made with it. */
KN_API void kn_registry_destroy(kn_registry *registry);

/* Registers a statically linked plugin. KN_ABI, KN_INCOMPLETE, KN_EXISTS when a name is taken by another. */
KN_API kn_status kn_registry_add(kn_registry *registry, kn_plugin_entry *entry, kn_error *error);

/* Loads one plugin file by path. The file is examined before its code runs: a regular file, not writable by others, a
 * complete ELF shared object of this machine that carries Koine's ABI note and exports koine_plugin. KN_PLUGIN or
 * KN_ABI with the reason. */
KN_API kn_status kn_registry_load(kn_registry *registry, const char *path, kn_error *error);

/* Adds a folder to search, behind those added before. A plugin for dialect or driver NAME is the file koine_NAME.so.
 * After these folders come those of KOINE_PLUGIN_PATH (colon-separated absolute folders, read when the registry is
 * made; ignored when the process runs with raised privileges), then the install folder. KN_INVALID: there is no such
 * folder. */
KN_API kn_status kn_registry_search(kn_registry *registry, const char *folder, kn_error *error);

/* Makes sure that the dialect or driver is there, loading its plugin when needed. KN_NO_BACKEND lists what was
 * searched, what each candidate was refused for, and what would help. */
KN_API kn_status kn_registry_require_dialect(kn_registry *registry, const char *name, kn_error *error);
KN_API kn_status kn_registry_require_driver(kn_registry *registry, const char *name, kn_error *error);

/* One line of kn_registry_each. Borrowed for the call. */
typedef struct kn_registry_item {
    size_t size_;
    const char *plugin, *version; /* of the plugin; NULL for a refused file */
    const char *dialect, *driver; /* one of them, or neither for a refused file */
    const char *path;             /* NULL = built in or registered */
    const char *refused;          /* why, or NULL */
} kn_registry_item;
/* Everything known so far, and with `scan` everything in the search folders too (which loads it). A status other than
 * KN_OK from the callback stops. */
KN_API kn_status kn_registry_each(kn_registry *registry, bool scan,
                                  kn_status (*visit)(void *context, const kn_registry_item *item), void *context,
                                  kn_error *error);

KN_END_DECLS
#endif
