/* SPDX-License-Identifier: MIT */
/* For modules that write the note and the descriptor by hand, to get them wrong. */
#ifndef KOINE_TESTS_PLUGIN_RAW_H
#define KOINE_TESTS_PLUGIN_RAW_H

#include <koine/plugin/plugin.h>

#define NOTE(note_abi)                                                                                                 \
    __attribute__((section(".note.koine"), used, aligned(4))) static const struct {                                    \
        uint32_t name_size, size, type;                                                                                \
        char name[8];                                                                                                  \
        uint32_t abi;                                                                                                  \
    } note = {6, 4, 1, "Koine", (note_abi)};                                                                           \
    const kn_host *KN_PLUGIN_HOST

/* The entry, exported unless a module wants it otherwise. */
#ifndef ENTRY_VISIBILITY
#define ENTRY_VISIBILITY "default"
#endif
__attribute__((visibility(ENTRY_VISIBILITY))) const kn_plugin *koine_plugin(const kn_host *host);

#endif
