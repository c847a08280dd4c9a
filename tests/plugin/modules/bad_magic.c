/* SPDX-License-Identifier: MIT */
/* Returns something else than the descriptor of a plugin. */
#include "raw.h"

NOTE(KN_PLUGIN_ABI);
const kn_plugin *koine_plugin(const kn_host *host)
{
    static const kn_plugin plugin = {.magic = 0xDEADBEEF, .abi = KN_PLUGIN_ABI, .size_ = sizeof plugin, .name = "x"};
    KN_PLUGIN_HOST = host;
    return &plugin;
}
