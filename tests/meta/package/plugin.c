/* SPDX-License-Identifier: MIT */
/* The smallest plugin of somebody who has Koine installed. */
#include <koine/plugin/plugin.h>

KN_PLUGIN_DEFINE(.name = "stranger", .version = "1.0");
