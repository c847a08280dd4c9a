/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include <koine/type.h>

static const kn_codec codec = {.size_ = sizeof(kn_codec), .name = "point"};

extern const kn_type type;
const kn_type type = {KN_INIT_KN_ENUM(codec)};
