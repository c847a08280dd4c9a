/* SPDX-License-Identifier: MIT */
/* Its descriptor ends before the name. */
#include "raw.h"

NOTE(KN_PLUGIN_ABI);
const kn_plugin *koine_plugin(const kn_host *host)
{
    static const kn_plugin plugin = {
        .magic = KN_PLUGIN_MAGIC, .abi = KN_PLUGIN_ABI, .size_ = offsetof(kn_plugin, name), .name = "tiny"};
    KN_PLUGIN_HOST = host;
    return &plugin;
}
