/* SPDX-License-Identifier: MIT */
/* Built for the next ABI; its code would end the process, but must not run. */
#include "raw.h"

NOTE(KN_PLUGIN_ABI + 1);
__attribute__((constructor)) static void run(void)
{
    __builtin_trap();
}

const kn_plugin *koine_plugin(const kn_host *host)
{
    KN_PLUGIN_HOST = host;
    return NULL;
}
