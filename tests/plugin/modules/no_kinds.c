/* SPDX-License-Identifier: MIT */
/* A driver that moves no kind of value. */
#include "driver.h"

#pragma GCC diagnostic ignored "-Woverride-init"
static const kn_driver driver = MINIMAL_DRIVER("no_kinds", .kinds = 0);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);
KN_PLUGIN_DEFINE(.name = "no_kinds", .version = "1", .drivers = drivers);
