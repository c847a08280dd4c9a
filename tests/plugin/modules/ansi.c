/* SPDX-License-Identifier: MIT */
/* Wants to be the base of all. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "ansi"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "ansi", .version = "1", .dialects = dialects);
