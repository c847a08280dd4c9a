/* SPDX-License-Identifier: MIT */
/* Offers a name of its own and one that another plugin has. */
#include <koine/plugin/plugin.h>

static const kn_dialect own = {KN_DIALECT_INIT, .name = "twin"};
static const kn_dialect taken = {KN_DIALECT_INIT, .name = "good"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&own, &taken);
KN_PLUGIN_DEFINE(.name = "twin", .version = "1", .dialects = dialects);
