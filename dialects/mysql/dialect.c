/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mysql_dialect.h"

/* A table is looked up as lower_case_table_names says: the server finds the name itself, not by the column's collation.
 * The catalog has no characters beyond utf8mb3. */
static const kn_catalog_rule catalog[] = {
    {.kind = KN_CATALOG_HAS_TABLE,
     .sql = "SELECT 1 FROM information_schema.tables WHERE table_name = convert(? USING utf8mb3)"
            " AND table_schema = coalesce(convert(? USING utf8mb3), database()) LIMIT 1"},
    {.kind = KN_CATALOG_NONE},
};

/* mysql:// finds a MariaDB server behind it. */
static const char *sibling(const char *product, uint32_t version_number)
{
    (void)version_number;
    return strcmp(product, "mariadb") == 0 ? "mariadb" : NULL;
}

/* Older versions, for which a script may be written, ignore CHECK and DESC without a word. */
static const kn_feature_rule feature_rules[] = {
    {.product = "mysql",
     .version_number = 1,
     .clear = KN_FEATURE_BIT(KN_FEATURE_DESC_INDEX) | KN_FEATURE_BIT(KN_FEATURE_EXPRESSION_INDEX) |
              KN_FEATURE_BIT(KN_FEATURE_CHECK)},
    {.product = "mysql", .version_number = 80001, .set = KN_FEATURE_BIT(KN_FEATURE_DESC_INDEX)},
    {.product = "mysql", .version_number = 80013, .set = KN_FEATURE_BIT(KN_FEATURE_EXPRESSION_INDEX)},
    {.product = "mysql", .version_number = 80016, .set = KN_FEATURE_BIT(KN_FEATURE_CHECK)},
    {.product = NULL},
};

const kn_dialect kn_mysql_dialect = {
    KN_DIALECT_INIT,
    .name = "mysql",
    .driver = "mysql",
    .quote = '`',
    .lexis =
        KN_LEXIS_BACKSLASH_STRINGS | KN_LEXIS_BACKTICK_NAMES | KN_LEXIS_HASH_COMMENTS | KN_LEXIS_DOUBLE_QUOTED_STRINGS,
    .limits =
        {
            .name_max = 64,
            .name_unit = KN_NAME_CODE_POINTS,
            .parameters_max = 65535,
            .numeric_precision_max = 65,
            .numeric_scale_max = 30,
            .string_max = 16383, /* 65535 bytes a row, four a character */
            .insert_rows = 1000,
        },
    .features = KN_FEATURE_BIT(KN_FEATURE_ALTER_CONSTRAINT) | KN_FEATURE_BIT(KN_FEATURE_LAST_KEY) |
                KN_FEATURE_BIT(KN_FEATURE_MULTI_ROW_INSERT) | KN_FEATURE_BIT(KN_FEATURE_DEFAULT_KEYWORD) |
                KN_FEATURE_BIT(KN_FEATURE_DEFAULT_VALUES) | KN_FEATURE_BIT(KN_FEATURE_ATOMIC_STATEMENT) |
                KN_FEATURE_BIT(KN_FEATURE_EXPRESSION_INDEX) | KN_FEATURE_BIT(KN_FEATURE_DESC_INDEX) |
                KN_FEATURE_BIT(KN_FEATURE_PREFIX_INDEX) | KN_FEATURE_BIT(KN_FEATURE_COMPUTED_STORED) |
                KN_FEATURE_BIT(KN_FEATURE_COMPUTED_VIRTUAL) | KN_FEATURE_BIT(KN_FEATURE_CHECK) |
                KN_FEATURE_BIT(KN_FEATURE_SCHEMAS) | KN_FEATURE_BIT(KN_FEATURE_IF_NOT_EXISTS) |
                KN_FEATURE_BIT(KN_FEATURE_SAVEPOINT) | KN_FEATURE_BIT(KN_FEATURE_DECIMAL_MATH) |
                KN_FEATURE_BIT(KN_FEATURE_WIDE_DECIMAL_MATH),
    .feature_rules = feature_rules,
    .reserved = kn_mysql_reserved,
    .types = kn_mysql_types,
    .nodes = kn_mysql_nodes,
    .catalog = catalog,
    .sibling = sibling,
    .check_name = kn_mysql_check_name,
    .needs_note = kn_mysql_needs_note,
};
