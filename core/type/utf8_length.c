/* SPDX-License-Identifier: MIT */
#include <koine/type.h>

#include "base/utf8.h"

size_t kn_utf8_length(kn_text text)
{
    return kn__utf8_length(text.data, text.size);
}
