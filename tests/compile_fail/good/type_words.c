/* SPDX-License-Identifier: MIT */
/* Every type word is a value of kn_type. */
#include <koine/type.h>

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(0, "calm"));
static const kn_codec codec = {.size_ = sizeof(kn_codec), .name = "point"};

void every_word(void (*use)(kn_type));
void every_word(void (*use)(kn_type))
{
    use(KN_TYPE(KN_SMALL_INTEGER));
    use(KN_TYPE(KN_INTEGER));
    use(KN_TYPE(KN_BIG_INTEGER));
    use(KN_TYPE(KN_BOOLEAN));
    use(KN_TYPE(KN_FLOAT));
    use(KN_TYPE(KN_FLOAT_OF(24)));
    use(KN_TYPE(KN_NUMERIC(12, 2)));
    use(KN_TYPE(KN_STRING(64)));
    use(KN_TYPE(KN_UNICODE(64)));
    use(KN_TYPE(KN_TEXT));
    use(KN_TYPE(KN_UNICODE_TEXT));
    use(KN_TYPE(KN_LARGE_BINARY));
    use(KN_TYPE(KN_LARGE_BINARY_OF(16)));
    use(KN_TYPE(KN_DATE));
    use(KN_TYPE(KN_TIME));
    use(KN_TYPE(KN_DATETIME));
    use(KN_TYPE(KN_DATETIME_TZ));
    use(KN_TYPE(KN_INTERVAL));
    use(KN_TYPE(KN_ENUM(mood)));
    use(KN_TYPE(KN_PICKLE));
    use(KN_TYPE(KN_PICKLE_OF(codec)));
}
