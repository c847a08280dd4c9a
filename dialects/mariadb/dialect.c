/* SPDX-License-Identifier: MIT */
/* MariaDB, 10.8 and later: MySQL's dialect but for what follows. Where the two spell the same thing differently, the
 * dialect of MySQL asks for the product. */
#include <koine/plugin/plugin.h>

static const kn_feature_rule feature_rules[] = {
    {.product = "mariadb",
     .version_number = 1,
     .clear = KN_FEATURE_BIT(KN_FEATURE_DESC_INDEX) | KN_FEATURE_BIT(KN_FEATURE_CHECK) |
              KN_FEATURE_BIT(KN_FEATURE_RETURNING)},
    {.product = "mariadb", .version_number = 100201, .set = KN_FEATURE_BIT(KN_FEATURE_CHECK)},
    {.product = "mariadb", .version_number = 100500, .set = KN_FEATURE_BIT(KN_FEATURE_RETURNING)},
    {.product = "mariadb", .version_number = 100800, .set = KN_FEATURE_BIT(KN_FEATURE_DESC_INDEX)},
    {.product = NULL},
};

static const kn_dialect mariadb_dialect = {
    KN_DIALECT_INIT,
    .name = "mariadb",
    .base = "mysql",
    .driver = "mysql",
    .features = KN_FEATURE_BIT(KN_FEATURE_RETURNING),
    .feature_rules = feature_rules,
    .features_off = KN_FEATURE_BIT(KN_FEATURE_EXPRESSION_INDEX),
};

static const kn_dialect *const dialects[] = KN_PLUGIN_LIST(&mariadb_dialect);

KN_PLUGIN_DEFINE(.name = "mariadb", .version = KN_VERSION_STRING, .dialects = dialects);
