/* SPDX-License-Identifier: MIT */
/* A driver with every function it must have, which opens nothing; what each module changes of it is the module's point.
 */
#ifndef KOINE_TESTS_PLUGIN_DRIVER_H
#define KOINE_TESTS_PLUGIN_DRIVER_H

#include <koine/plugin/plugin.h>

static kn_status minimal_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error)
{
    (void)request, (void)wait;
    *connection = NULL;
    return knp_error_set(error, KN_CONNECT, "nothing to open, %zu letter", knp_utf8_length((kn_text){"\xc3\xa4", 2}));
}

static void minimal_close(void *connection)
{
    (void)connection;
}

static kn_status minimal_step(void *connection, kn_wait *wait, kn_error *error)
{
    (void)connection, (void)wait, (void)error;
    return KN_OK;
}

static void minimal_info(void *connection, kn_server_info *out)
{
    (void)connection;
    *out = (kn_server_info){.size_ = sizeof *out, .product = "minimal", .version = "1", .version_number = 10000};
}

static kn_status minimal_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                                 kn_error *error)
{
    (void)connection, (void)request, (void)wait;
    *statement = NULL;
    return knp_error_set(error, KN_UNSUPPORTED, "nothing to prepare");
}

static kn_status minimal_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                                 kn_error *error)
{
    (void)statement, (void)request, (void)outcome, (void)wait, (void)error;
    return KN_OK;
}

static kn_status minimal_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error)
{
    (void)statement, (void)row, (void)wait, (void)error;
    return KN_DONE;
}

static kn_status minimal_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error)
{
    (void)statement, (void)outcome, (void)wait, (void)error;
    return KN_OK;
}

static const char *minimal_column_name(void *statement, size_t column)
{
    (void)statement, (void)column;
    return "";
}

static kn_status minimal_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name,
                                  kn_wait *wait, kn_error *error)
{
    (void)connection, (void)verb, (void)access, (void)name, (void)wait, (void)error;
    return KN_OK;
}

static bool minimal_in_transaction(void *connection)
{
    (void)connection;
    return false;
}

/* Later designators win: MINIMAL_DRIVER("x", .fetch = NULL). */
#define MINIMAL_DRIVER(n, ...)                                                                                         \
    {                                                                                                                  \
        .size_ = sizeof(kn_driver), .name = (n), .kinds = KN_KIND_BIT(KN_KIND_INT), .open = minimal_open,              \
        .close = minimal_close, .abandon = minimal_close, .reset = minimal_step, .info = minimal_info,                 \
        .prepare = minimal_prepare, .finish = minimal_close, .execute = minimal_execute, .fetch = minimal_fetch,       \
        .end = minimal_end, .column_name = minimal_column_name, .transact = minimal_transact,                          \
        .in_transaction = minimal_in_transaction, __VA_ARGS__                                                          \
    }

#endif
