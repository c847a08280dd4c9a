/* SPDX-License-Identifier: MIT */
/* A plugin without a name. */
#include <koine/plugin/plugin.h>

KN_PLUGIN_DEFINE(.version = "1");
