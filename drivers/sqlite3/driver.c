/* SPDX-License-Identifier: MIT */
#include "sqlite3_driver.h"

static const kn_driver driver = {
    KN_DRIVER_INIT,
    .name = "sqlite3",
    .flags = KN_DRIVER_MULTI_RESULT | KN_DRIVER_MEMORY_POOL_OF_ONE,
    .kinds =
        KN_KIND_BIT(KN_KIND_INT) | KN_KIND_BIT(KN_KIND_FLOAT) | KN_KIND_BIT(KN_KIND_TEXT) | KN_KIND_BIT(KN_KIND_BYTES),
    .options = sq_options,
    .single = sq_single,
    .open = sq_open,
    .close = sq_close,
    .abandon = sq_abandon,
    .reset = sq_reset,
    .alive = sq_alive,
    .info = sq_info,
    .prepare = sq_prepare,
    .finish = sq_finish,
    .execute = sq_execute,
    .fetch = sq_fetch,
    .fetch_into = sq_fetch_into,
    .end = sq_end,
    .column_name = sq_column_name,
    .transact = sq_transact,
    .in_transaction = sq_in_transaction,
    .cancel_create = sq_cancel_create,
    .cancel_send = sq_cancel_send,
    .cancel_destroy = sq_cancel_destroy,
};

static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&driver);

KN_PLUGIN_DEFINE(.name = "sqlite3", .version = KN_VERSION_STRING, .drivers = drivers);
