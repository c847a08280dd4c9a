/* SPDX-License-Identifier: MIT */
/* expect-gcc: makes pointer from integer */
/* expect-clang: incompatible integer to pointer conversion */
#include <koine/type.h>

enum mood { MOOD_CALM = 1, MOOD_LOUD };

extern const kn_enum mood_type;
const kn_enum mood_type = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, MOOD_LOUD));
