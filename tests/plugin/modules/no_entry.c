/* SPDX-License-Identifier: MIT */
/* Has the note, but its entry is not exported. */
#define ENTRY_VISIBILITY "hidden"
#include "raw.h"

NOTE(KN_PLUGIN_ABI);
const kn_plugin *koine_plugin(const kn_host *host)
{
    KN_PLUGIN_HOST = host;
    return NULL;
}
