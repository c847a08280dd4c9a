/* SPDX-License-Identifier: MIT */
/* From a path to the entry function of a plugin. */
#ifndef KOINE_CORE_PLUGIN_LOADER_H
#define KOINE_CORE_PLUGIN_LOADER_H

#include <limits.h>

#include <koine/registry.h>

/* The host's table, the same for every plugin. */
extern const kn_host kn__host;

/* What is open right now of a file that may become a plugin. */
typedef struct kn__plugin_file {
    char path[PATH_MAX]; /* absolute, without symbolic links */
    kn_plugin_entry *entry;
} kn__plugin_file;

/* Examines the file and loads it, for good. KN_PLUGIN or KN_ABI with the reason, `path` before it. */
kn_status kn__plugin_load(const char *path, kn__plugin_file *out, kn_error *error);

/* Calls the entry and checks what it returns: magic, ABI, size. *plugin is the plugin's own, *copy has what the
 * plugin's version of the struct lacks as zero. */
kn_status kn__plugin_enter(kn_plugin_entry *entry, const kn_plugin **plugin, kn_plugin *copy, kn_error *error);

/* Does the process have rights that its caller lacks (setuid, setgid, file capabilities)? Then the environment says
 * nothing about where code comes from. */
bool kn__privileges_raised(void);

#endif
