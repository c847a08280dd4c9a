/* SPDX-License-Identifier: MIT */
/* The file has not the dialect it is named for. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "another"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "other", .version = "1", .dialects = dialects);
