/* SPDX-License-Identifier: MIT */
/* A dialect over one that is not to be found. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "nowhere", .base = "utopia"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "nowhere", .version = "1", .dialects = dialects);
