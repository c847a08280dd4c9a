/* SPDX-License-Identifier: MIT */
/* A dialect whose type is stored as another kind, but nothing makes it so. */
#include <koine/plugin/plugin.h>

static const kn_type_rule types[] = {{.type = KN_TYPE_INTERVAL, .storage = KN_KIND_TEXT, .ddl = "TEXT"},
                                     {.type = KN_TYPE_NONE}};
static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "bad_rule", .types = types};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "bad_rule", .version = "1", .dialects = dialects);
