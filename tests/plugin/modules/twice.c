/* SPDX-License-Identifier: MIT */
/* Offers one name twice. */
#include "driver.h"

static const kn_driver one = MINIMAL_DRIVER("twice", .flags = 0), other = MINIMAL_DRIVER("twice", .flags = 0);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&one, &other);
KN_PLUGIN_DEFINE(.name = "twice", .version = "1", .drivers = drivers);
