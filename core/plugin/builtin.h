/* SPDX-License-Identifier: MIT */
/* The plugins that are linked into the library. The build writes the table from KOINE_BUILTIN (core/CMakeLists.txt). */
#ifndef KOINE_CORE_PLUGIN_BUILTIN_H
#define KOINE_CORE_PLUGIN_BUILTIN_H

#include <koine/registry.h>

/* Ended by NULL. */
extern kn_plugin_entry *const kn__builtin_plugins[];

#endif
