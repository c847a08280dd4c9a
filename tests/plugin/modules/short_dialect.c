/* SPDX-License-Identifier: MIT */
/* A dialect that ends before members that every dialect has. */
#include <koine/plugin/plugin.h>

static const kn_dialect dialect = {.size_ = offsetof(kn_dialect, catalog), .name = "short_dialect"};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
KN_PLUGIN_DEFINE(.name = "short_dialect", .version = "1", .dialects = dialects);
