/* SPDX-License-Identifier: MIT */
/* expect: KN_INIT_KN_STRING */
#include <koine/type.h>

extern kn_type type(void);
kn_type type(void)
{
    return KN_TYPE(KN_STRING);
}
