/* SPDX-License-Identifier: MIT */
/* Its note tells this ABI, its descriptor another. */
#include "raw.h"

NOTE(KN_PLUGIN_ABI);
const kn_plugin *koine_plugin(const kn_host *host)
{
    static const kn_plugin plugin = {
        .magic = KN_PLUGIN_MAGIC, .abi = KN_PLUGIN_ABI + 6, .size_ = sizeof plugin, .name = "descriptor_abi"};
    KN_PLUGIN_HOST = host;
    return &plugin;
}
