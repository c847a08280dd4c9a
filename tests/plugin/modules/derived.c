/* SPDX-License-Identifier: MIT */
/* A dialect over one in another file. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "derived", .base = "good", .features = 2};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "derived", .version = "1", .dialects = dialects);
