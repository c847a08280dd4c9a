/* SPDX-License-Identifier: MIT */
#include "sql/ansi.h"

static kn_status write_indexes(kn_sql *sql, const kn_model *model, const uint16_t *indexes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            KN__TRY(kn__sql_text(sql, ", "));
        KN__TRY(kn__sql_name(sql, kn_column_name(kn_model_column(model, indexes[i]))));
    }
    return KN_OK;
}

/* *argument: the number of the next placeholder. */
static kn_status write_row(kn_sql *sql, const kn_insert_rows *insert, size_t *argument)
{
    for (size_t i = 0; i < insert->n_columns; i++) {
        const kn_expr *value = insert->values ? insert->values[i] : NULL;
        KN__TRY(kn__sql_text(sql, i ? ", " : "("));
        KN__TRY(value ? kn__sql_operand(sql, value, 0)
                      : kn__sql_argument(sql, (*argument)++, &kn_model_column(insert->into, insert->columns[i])->type));
    }
    return kn__sql_text(sql, ")");
}

static kn_status write_values(kn_sql *sql, const kn_insert_rows *insert)
{
    if (!insert->n_columns)
        return kn__sql_has(sql, KN_FEATURE_DEFAULT_VALUES) ? kn__sql_text(sql, " DEFAULT VALUES")
                                                           : kn__sql_refuse(sql, "INSERT of a row of defaults only");
    if (insert->rows > 1 && !kn__sql_has(sql, KN_FEATURE_MULTI_ROW_INSERT))
        return kn__sql_refuse(sql, "INSERT of several rows at once");
    KN__TRY(kn__sql_text(sql, " ("));
    KN__TRY(write_indexes(sql, insert->into, insert->columns, insert->n_columns));
    KN__TRY(kn__sql_text(sql, ") VALUES "));
    size_t argument = 0;
    for (size_t row = 0; row < insert->rows; row++) {
        if (row)
            KN__TRY(kn__sql_text(sql, ", "));
        KN__TRY(write_row(sql, insert, &argument));
    }
    return KN_OK;
}

kn_status kn__ansi_insert(kn_sql *sql, const kn_node *node)
{
    const kn_insert_rows *insert = (const kn_insert_rows *)(const void *)node;
    KN__TRY(kn__sql_text(sql, "INSERT INTO "));
    KN__TRY(kn__sql_table(sql, (kn_ddl_name){insert->into->schema, insert->into->table}));
    KN__TRY(write_values(sql, insert));
    return insert->n_returning ? kn__sql_as(sql, KN_NODE_RETURNING, node) : KN_OK;
}

kn_status kn__ansi_returning(kn_sql *sql, const kn_node *node)
{
    const kn_insert_rows *insert = (const kn_insert_rows *)(const void *)node;
    if (!kn__sql_has(sql, KN_FEATURE_RETURNING))
        return kn__sql_refuse(sql, "INSERT ... RETURNING");
    KN__TRY(kn__sql_text(sql, " RETURNING "));
    return write_indexes(sql, insert->into, insert->returning, insert->n_returning);
}

kn_status kn__ansi_update(kn_sql *sql, const kn_node *node)
{
    const kn_update_rows *update = (const kn_update_rows *)(const void *)node;
    KN__TRY(kn__sql_text(sql, "UPDATE "));
    KN__TRY(kn__sql_table(sql, (kn_ddl_name){update->table->schema, update->table->table}));
    KN__TRY(kn__sql_text(sql, " SET "));
    KN__TRY(kn__sql_list(sql, update->set, ", "));
    return kn__ansi_where(sql, update->where);
}

kn_status kn__ansi_delete(kn_sql *sql, const kn_node *node)
{
    const kn_delete_rows *delete = (const kn_delete_rows *)(const void *)node;
    KN__TRY(kn__sql_text(sql, "DELETE FROM "));
    KN__TRY(kn__sql_table(sql, (kn_ddl_name){delete->from->schema, delete->from->table}));
    return kn__ansi_where(sql, delete->where);
}
