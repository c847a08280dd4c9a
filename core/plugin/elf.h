/* SPDX-License-Identifier: MIT */
/* A plugin file, looked at before any of its code runs. */
#ifndef KOINE_CORE_PLUGIN_ELF_H
#define KOINE_CORE_PLUGIN_ELF_H

#include <koine/error.h>

/* Is the open file, which has `size` bytes, a complete shared object of this machine that carries Koine's note with
 * this ABI and exports koine_plugin? KN_PLUGIN or KN_ABI with the reason; reads nothing outside of `size`. */
kn_status kn__elf_check(int fd, uint64_t size, kn_error *error);

#endif
