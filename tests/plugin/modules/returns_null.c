/* SPDX-License-Identifier: MIT */
/* Refuses the host. */
#include "raw.h"

NOTE(KN_PLUGIN_ABI);
const kn_plugin *koine_plugin(const kn_host *host)
{
    KN_PLUGIN_HOST = host;
    return NULL;
}
