/* SPDX-License-Identifier: MIT */
/* One of three dialects that are based on each other. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "ring_c", .base = "ring_a"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "ring_c", .version = "1", .dialects = dialects);
