/* SPDX-License-Identifier: MIT */
/* A host table for tests that call a plugin's descriptor directly, without a registry: what drivers need, no rendering.
 */
#ifndef KOINE_TESTS_PLUGIN_HOST_H
#define KOINE_TESTS_PLUGIN_HOST_H

#include "support/cmocka.h"

#include <koine/decimal.h>
#include <koine/plugin/plugin.h>

static inline const kn_host *plugin_host(void)
{
    static const kn_host host = {
        .size_ = sizeof(kn_host),
        .abi = KN_PLUGIN_ABI,
        .version = KN_VERSION_STRING,
        .error_set = kn_error_set,
        .kind_name = kn_kind_name,
        .decimal_from_double15 = kn_decimal_from_double15,
    };
    return &host;
}

#endif
