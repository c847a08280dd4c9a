/* SPDX-License-Identifier: MIT */
/* A driver that can make a cancel, but not send it. */
#include "driver.h"

static kn_status create(void *connection, void **cancel, kn_error *error)
{
    (void)error;
    *cancel = connection;
    return KN_OK;
}

static const kn_driver driver = MINIMAL_DRIVER("half_cancel", .cancel_create = create, .cancel_destroy = minimal_close);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);
KN_PLUGIN_DEFINE(.name = "half_cancel", .version = "1", .drivers = drivers);
