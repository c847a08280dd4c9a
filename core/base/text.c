/* SPDX-License-Identifier: MIT */
#include <koine/base.h>

#include <string.h>

kn_text kn_text_of(const char *s)
{
    return (kn_text){.data = s, .size = s ? strlen(s) : 0};
}

bool kn_text_equal(kn_text a, kn_text b)
{
    if (!a.data || !b.data)
        return !a.data && !b.data;
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

const char *kn_version(void)
{
    return KN_VERSION_STRING;
}
