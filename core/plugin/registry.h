/* SPDX-License-Identifier: MIT */
/* What the engine asks of a registry: dialects and drivers that are complete, so that no call site checks for NULL. */
#ifndef KOINE_CORE_PLUGIN_REGISTRY_H
#define KOINE_CORE_PLUGIN_REGISTRY_H

#include <koine/plugin/driver.h>
#include <koine/registry.h>

#include "sql/dialect.h"

/* A driver as the core uses it. Lives as long as the registry. */
typedef struct kn__driver {
    kn_driver call;        /* a complete copy: every slot can be called, defaults stand where the plugin has none */
    const kn_driver *desc; /* as the plugin gave it */
    bool can_cancel;       /* the plugin has cancel_*; otherwise they return KN_UNSUPPORTED */
    bool can_bulk;         /* the plugin has bulk_*; otherwise they return KN_UNSUPPORTED */
    const char *plugin, *version;
    const char *path; /* of the file; NULL = built in or registered */
} kn__driver;

/* The dialect flattened over its bases, or the driver; loads the plugin when needed. NULL on failure, with the reason
 * in `error` (KN_NO_BACKEND, KN_INCOMPLETE, KN_INVALID, KN_LIMIT, KN_NOMEM), which must not be NULL here: it
 * is the only place where the status is. What is returned lives as long as the registry and is never changed. */
const kn__dialect *kn__registry_dialect(kn_registry *registry, const char *name, kn_error *error);
const kn__driver *kn__registry_driver(kn_registry *registry, const char *name, kn_error *error);

#endif
