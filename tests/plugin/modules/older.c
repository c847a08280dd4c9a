/* SPDX-License-Identifier: MIT */
/* Built when the struct was shorter: what lies behind its size is not its own, and poisoned here. */
#pragma GCC diagnostic ignored "-Woverride-init"
#include "driver.h"

static kn_status poison(void *cancel, kn_wait *wait, kn_error *error)
{
    (void)cancel, (void)wait, (void)error;
    __builtin_trap();
}

static const kn_driver driver =
    MINIMAL_DRIVER("older", .size_ = offsetof(kn_driver, cancel_create), .cancel_send = poison);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);
KN_PLUGIN_DEFINE(.name = "older", .version = "0.0.1", .drivers = drivers);
