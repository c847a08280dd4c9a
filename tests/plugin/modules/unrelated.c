/* SPDX-License-Identifier: MIT */
/* A shared object that has nothing to do with Koine; its code must not run. */
#include <koine/base.h>

KN_API int unrelated(void);
int unrelated(void)
{
    return 1;
}

__attribute__((constructor)) static void run(void)
{
    __builtin_trap();
}
