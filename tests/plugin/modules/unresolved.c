/* SPDX-License-Identifier: MIT */
/* Needs a function that nobody has. */
#include <koine/plugin/plugin.h>

kn_status nobody_has_this(kn_text name, kn_error *error);
static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "unresolved", .check_name = nobody_has_this};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "unresolved", .version = "1", .dialects = dialects);
