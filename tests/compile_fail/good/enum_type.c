/* SPDX-License-Identifier: MIT */
/* An Enum type is constant data of static lifetime. */
#include <koine/type.h>

enum mood { MOOD_CALM, MOOD_LOUD };

extern const kn_enum mood_type, *const moods[];
const kn_enum mood_type = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud"));
const kn_enum *const moods[] = {&mood_type};
