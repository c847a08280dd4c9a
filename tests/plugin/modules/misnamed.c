/* SPDX-License-Identifier: MIT */
/* A dialect whose name could stand in no URL. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "Mis-named"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "misnamed", .version = "1", .dialects = dialects);
