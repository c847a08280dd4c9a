/* SPDX-License-Identifier: MIT */
/* Offers nothing. */
#include <koine/plugin/plugin.h>

KN_PLUGIN_DEFINE(.name = "nothing", .version = "1");
