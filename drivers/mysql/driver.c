/* SPDX-License-Identifier: MIT */
#include "mysql_driver.h"

static const kn_driver driver = {
    KN_DRIVER_INIT,
    .name = "mysql",
    .flags = MD_IS_CONNECTOR_C ? KN_DRIVER_NON_BLOCKING | KN_DRIVER_WHOLE | KN_DRIVER_OBJECTS : 0,
    .kinds = KN_KIND_BIT(KN_KIND_INT) | KN_KIND_BIT(KN_KIND_FLOAT) | KN_KIND_BIT(KN_KIND_DECIMAL) |
             KN_KIND_BIT(KN_KIND_TEXT) | KN_KIND_BIT(KN_KIND_BYTES) | KN_KIND_BIT(KN_KIND_DATE) |
             KN_KIND_BIT(KN_KIND_TIME) | KN_KIND_BIT(KN_KIND_DATETIME),
    .options = md_options,
    .open = md_open,
    .close = md_close,
    .abandon = md_abandon,
    .reset = md_reset,
    .alive = md_alive,
    .info = md_info,
    .prepare = md_prepare,
    .finish = md_finish,
    .execute = md_execute,
    .fetch = md_fetch,
    .end = md_end,
    .column_name = md_column_name,
    .transact = md_transact,
    .in_transaction = md_in_transaction,
    .cancel_create = md_cancel_create,
    .cancel_send = md_cancel_send,
    .cancel_destroy = md_cancel_destroy,
    .bulk_begin = md_bulk_begin,
    .bulk_rows = md_bulk_rows,
    .bulk_end = md_bulk_end,
    .fetch_into = md_fetch_into,
    .execute_many = md_execute_many,
};

/* dialects/mysql, which is part of this plugin: both have the name that is looked for. */
extern const kn_dialect kn_mysql_dialect;

static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&kn_mysql_dialect);
static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);

KN_PLUGIN_DEFINE(.name = "mysql", .version = KN_VERSION_STRING, .dialects = dialects, .drivers = drivers);
