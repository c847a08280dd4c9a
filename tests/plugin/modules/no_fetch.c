/* SPDX-License-Identifier: MIT */
/* A driver without a function it must have. */
#include "driver.h"

#pragma GCC diagnostic ignored "-Woverride-init"
static const kn_driver driver = MINIMAL_DRIVER("no_fetch", .fetch = NULL);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);
static kn_status (*const keep)(void *, kn_value *, kn_wait *, kn_error *) __attribute__((used)) = minimal_fetch;
KN_PLUGIN_DEFINE(.name = "no_fetch", .version = "1", .drivers = drivers);
