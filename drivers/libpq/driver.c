/* SPDX-License-Identifier: MIT */
#include "libpq_driver.h"

static const kn_driver driver = {
    KN_DRIVER_INIT,
    .name = "libpq",
    .flags = KN_DRIVER_NON_BLOCKING | KN_DRIVER_WHOLE | KN_DRIVER_OBJECTS,
    .kinds = KN_KIND_BIT(KN_KIND_BOOL) | KN_KIND_BIT(KN_KIND_INT) | KN_KIND_BIT(KN_KIND_FLOAT) |
             KN_KIND_BIT(KN_KIND_DECIMAL) | KN_KIND_BIT(KN_KIND_TEXT) | KN_KIND_BIT(KN_KIND_BYTES) |
             KN_KIND_BIT(KN_KIND_DATE) | KN_KIND_BIT(KN_KIND_TIME) | KN_KIND_BIT(KN_KIND_DATETIME) |
             KN_KIND_BIT(KN_KIND_INSTANT) | KN_KIND_BIT(KN_KIND_INTERVAL),
    .options = lp_options,
    .open = lp_open,
    .close = lp_close,
    .abandon = lp_abandon,
    .reset = lp_reset,
    .alive = lp_alive,
    .info = lp_info,
    .prepare = lp_prepare,
    .finish = lp_finish,
    .execute = lp_execute,
    .fetch = lp_fetch,
    .end = lp_end,
    .column_name = lp_column_name,
    .transact = lp_transact,
    .in_transaction = lp_in_transaction,
    .cancel_create = lp_cancel_create,
    .cancel_send = lp_cancel_send,
    .cancel_destroy = lp_cancel_destroy,
    .bulk_begin = lp_bulk_begin,
    .bulk_rows = lp_bulk_rows,
    .bulk_objects = lp_bulk_objects,
    .bulk_end = lp_bulk_end,
    .fetch_into = lp_fetch_into,
    .execute_many = lp_execute_many,
};

static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);

KN_PLUGIN_DEFINE(.name = "libpq", .version = KN_VERSION_STRING, .drivers = drivers);
