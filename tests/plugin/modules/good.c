/* SPDX-License-Identifier: MIT */
/* A dialect and a driver, nothing wrong with them. */
#include "driver.h"

static const kn_dialect dialect = {KN_DIALECT_INIT, .name = "good", .driver = "good", .features = 1};
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&dialect);
static const kn_driver driver = MINIMAL_DRIVER("good", .flags = KN_DRIVER_MULTI_RESULT);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);
KN_PLUGIN_DEFINE(.name = "good", .version = "1.2.3", .dialects = dialects, .drivers = drivers);
