/* SPDX-License-Identifier: MIT */
/* One of three dialects that are based on each other. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "ring_a", .base = "ring_b"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "ring_a", .version = "1", .dialects = dialects);
