/* SPDX-License-Identifier: MIT */
#include "fake_driver.h"

/* All that a driver can be asked to move. */
#define KINDS                                                                                                          \
    (KN_KIND_BIT(KN_KIND_BOOL) | KN_KIND_BIT(KN_KIND_INT) | KN_KIND_BIT(KN_KIND_FLOAT) |                               \
     KN_KIND_BIT(KN_KIND_DECIMAL) | KN_KIND_BIT(KN_KIND_TEXT) | KN_KIND_BIT(KN_KIND_BYTES) |                           \
     KN_KIND_BIT(KN_KIND_DATE) | KN_KIND_BIT(KN_KIND_TIME) | KN_KIND_BIT(KN_KIND_DATETIME) |                           \
     KN_KIND_BIT(KN_KIND_INSTANT) | KN_KIND_BIT(KN_KIND_INTERVAL))

/* The slots that every driver must have. */
#define MUST                                                                                                           \
    KN_DRIVER_INIT, .kinds = KINDS, .options = fake_options, .open = fake_open, .close = fake_close,                   \
                    .abandon = fake_abandon, .reset = fake_reset, .info = fake_info, .prepare = fake_prepare,          \
                    .finish = fake_finish, .execute = fake_execute, .fetch = fake_fetch, .end = fake_end,              \
                    .column_name = fake_column_name, .transact = fake_transact, .in_transaction = fake_in_transaction

static const kn_driver full = {
    MUST,
    .name = "fake",
    .flags = KN_DRIVER_NON_BLOCKING | KN_DRIVER_MULTI_RESULT | KN_DRIVER_MEMORY_POOL_OF_ONE,
    .single = fake_single,
    .alive = fake_alive,
    .cancel_create = fake_cancel_create,
    .cancel_send = fake_cancel_send,
    .cancel_destroy = fake_cancel_destroy,
    .bulk_begin = fake_bulk_begin,
    .bulk_rows = fake_bulk_rows,
    .bulk_end = fake_bulk_end,
    .fetch_into = fake_fetch_into,
    .execute_many = fake_execute_many,
};

static const kn_driver plain = {
    MUST,
    .name = "fake_plain",
};

static const kn_driver *const drivers[] = KN_PLUGIN_LIST(&full, &plain);
static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&fake_dialect);

KN_PLUGIN_DEFINE(.name = "fake", .version = KN_VERSION_STRING, .dialects = dialects, .drivers = drivers);
