/* SPDX-License-Identifier: MIT */
/* The core's base dialect with nothing changed: every type is stored in its own kind under its own name. */
#include "fake_driver.h"

static const kn_type_rule types[] = {
#define FAKE_X(id, number, label, kind_) {.type = KN_TYPE_##id, .storage = KN_KIND_##kind_, .ddl = label},
    KN_TYPE_MAP(FAKE_X)
#undef FAKE_X
        {.type = KN_TYPE_NONE},
};

const kn_dialect fake_dialect = {
    KN_DIALECT_INIT,
    .name = "fake",
    .driver = "fake",
    .features = KN_FEATURE_BIT(KN_FEATURE_RETURNING) | KN_FEATURE_BIT(KN_FEATURE_LAST_KEY) |
                KN_FEATURE_BIT(KN_FEATURE_MULTI_ROW_INSERT) | KN_FEATURE_BIT(KN_FEATURE_SAVEPOINT) |
                KN_FEATURE_BIT(KN_FEATURE_TRANSACTIONAL_DDL) | KN_FEATURE_BIT(KN_FEATURE_IF_NOT_EXISTS),
    .types = types,
};
