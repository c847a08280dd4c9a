/* SPDX-License-Identifier: MIT */
/* "ansi": the base of all dialects. It has no feature bits: a bit is for what not everybody has, so a dialect says all
 * of its own and never gets one by forgetting it. */
#include "sql/ansi.h"

#define ANSI_DESC .size_ = sizeof(kn_dialect), .name = "ansi", .reserved = kn__ansi_reserved

static const kn_dialect desc = {ANSI_DESC};

#define PLAIN(type_, kind, ddl_) [KN_TYPE_##type_] = {.type = KN_TYPE_##type_, .storage = KN_KIND_##kind, .ddl = (ddl_)}
#define SHOWN(type_, kind, render_)                                                                                    \
    [KN_TYPE_##type_] = {.type = KN_TYPE_##type_, .storage = KN_KIND_##kind, .render = (render_)}

static const kn__dialect ansi = {
    .desc = &desc,
    .own = {ANSI_DESC},
    .name = "ansi",
    .quote = '"',
    .placeholder = KN_PLACEHOLDER_QUESTION,
    .lexis = KN_LEXIS_ANSI,
    .limits =
        {
            .name_max = 128, /* ISO 9075 */
            .name_unit = KN_NAME_CODE_POINTS,
            .parameters_max = 65535,
            .sql_max = KN__SQL_MAX,
            .numeric_precision_max = KN_DECIMAL_DIGITS_MAX,
            .numeric_scale_max = KN_DECIMAL_DIGITS_MAX,
            .string_max = 1073741823,
            .insert_rows = 100,
        },
    .nodes =
        {
            [KN_NODE_COLUMN] = kn__ansi_column,
            [KN_NODE_VALUE] = kn__ansi_value,
            [KN_NODE_ARG] = kn__ansi_value,
            [KN_NODE_RAW] = kn__ansi_raw,
            [KN_NODE_NOW] = kn__ansi_now,
            [KN_NODE_CALL] = kn__ansi_misplaced,
            [KN_NODE_ABSENT] = kn__ansi_misplaced,
            [KN_NODE_ALL_ROWS] = kn__ansi_misplaced,
            [KN_NODE_SELECT] = kn__ansi_select,
            [KN_NODE_INSERT] = kn__ansi_insert,
            [KN_NODE_UPDATE] = kn__ansi_update,
            [KN_NODE_DELETE] = kn__ansi_delete,
            [KN_NODE_LIMIT] = kn__ansi_limit,
            [KN_NODE_RETURNING] = kn__ansi_returning,
            [KN_NODE_CREATE_TABLE] = kn__ansi_create_table,
            [KN_NODE_DROP_TABLE] = kn__ansi_drop_table,
            [KN_NODE_COLUMN_DEF] = kn__ansi_column_def,
            [KN_NODE_PRIMARY_KEY] = kn__ansi_primary_key,
            [KN_NODE_UNIQUE_KEY] = kn__ansi_unique_key,
            [KN_NODE_FOREIGN_KEY] = kn__ansi_foreign_key,
            [KN_NODE_CHECK] = kn__ansi_check,
            [KN_NODE_CREATE_INDEX] = kn__ansi_create_index,
            [KN_NODE_DROP_INDEX] = kn__ansi_drop_index,
            [KN_NODE_ADD_FOREIGN_KEY] = kn__ansi_add_foreign_key,
            [KN_NODE_DROP_FOREIGN_KEY] = kn__ansi_drop_foreign_key,
            [KN_NODE_CREATE_ENUM] = kn__ansi_create_enum,
            [KN_NODE_DROP_ENUM] = kn__ansi_drop_enum,
            [KN_NODE_COMMENT] = kn__ansi_comment,
        },
    .ops =
        {
            [KN_OP_OR] = kn__ansi_logic,
            [KN_OP_AND] = kn__ansi_logic,
            [KN_OP_NOT] = kn__ansi_negation,
            [KN_OP_EQ] = kn__ansi_infix,
            [KN_OP_NE] = kn__ansi_infix,
            [KN_OP_LT] = kn__ansi_infix,
            [KN_OP_LE] = kn__ansi_infix,
            [KN_OP_GT] = kn__ansi_infix,
            [KN_OP_GE] = kn__ansi_infix,
            [KN_OP_IS_NULL] = kn__ansi_suffix,
            [KN_OP_IS_NOT_NULL] = kn__ansi_suffix,
            [KN_OP_LIKE] = kn__ansi_like,
            [KN_OP_ILIKE] = kn__ansi_ilike,
            [KN_OP_CONTAINS] = kn__ansi_contains,
            [KN_OP_STARTS_WITH] = kn__ansi_contains,
            [KN_OP_ENDS_WITH] = kn__ansi_contains,
            [KN_OP_IN] = kn__ansi_in,
            [KN_OP_NOT_IN] = kn__ansi_in,
            [KN_OP_BETWEEN] = kn__ansi_between,
            [KN_OP_ADD] = kn__ansi_arithmetic,
            [KN_OP_SUB] = kn__ansi_arithmetic,
            [KN_OP_MUL] = kn__ansi_arithmetic,
            [KN_OP_DIV] = kn__ansi_division,
            [KN_OP_MOD] = kn__ansi_division,
            [KN_OP_NEG] = kn__ansi_minus,
            [KN_OP_CONCAT] = kn__ansi_concat,
            [KN_OP_LOWER] = kn__ansi_function,
            [KN_OP_UPPER] = kn__ansi_function,
            [KN_OP_LENGTH] = kn__ansi_length,
            [KN_OP_COALESCE] = kn__ansi_function,
            [KN_OP_ABS] = kn__ansi_function,
            [KN_OP_COUNT] = kn__ansi_count,
            [KN_OP_MIN] = kn__ansi_function,
            [KN_OP_MAX] = kn__ansi_function,
            [KN_OP_SUM] = kn__ansi_sum,
            [KN_OP_ASC] = kn__ansi_order,
            [KN_OP_DESC] = kn__ansi_order,
            [KN_OP_ASSIGN] = kn__ansi_assign,
            [KN_OP_PREFIX] = kn__ansi_prefix,
        },
    .types =
        {
            PLAIN(SMALL_INTEGER, INT, "SMALLINT"),
            PLAIN(INTEGER, INT, "INTEGER"),
            PLAIN(BIG_INTEGER, INT, "BIGINT"),
            PLAIN(BOOLEAN, BOOL, "BOOLEAN"),
            SHOWN(FLOAT, FLOAT, kn__ansi_type_float),
            SHOWN(NUMERIC, DECIMAL, kn__ansi_type_numeric),
            SHOWN(STRING, TEXT, kn__ansi_type_varchar),
            SHOWN(UNICODE, TEXT, kn__ansi_type_varchar),
            PLAIN(TEXT, TEXT, "CLOB"),
            PLAIN(UNICODE_TEXT, TEXT, "CLOB"),
            PLAIN(LARGE_BINARY, BYTES, "BLOB"),
            PLAIN(DATE, DATE, "DATE"),
            PLAIN(TIME, TIME, "TIME(6)"),
            PLAIN(DATETIME, DATETIME, "TIMESTAMP(6)"),
            PLAIN(DATETIME_TZ, INSTANT, "TIMESTAMP(6) WITH TIME ZONE"),
            PLAIN(INTERVAL, INTERVAL, "INTERVAL DAY TO SECOND(6)"),
            SHOWN(ENUM, TEXT, kn__ansi_type_enum),
            PLAIN(PICKLE, BYTES, "BLOB"),
        },
};

const kn__dialect *kn__dialect_ansi(void)
{
    return &ansi;
}
