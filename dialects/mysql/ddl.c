/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mysql_dialect.h"

/* InnoDB, pages of 16 KiB, the row formats that are the default. */
#define KEY_BYTES_MAX 3072
#define ROW_BYTES_MAX 65535

/* Characters. */
#define COLUMN_COMMENT_MAX 1024
#define TABLE_COMMENT_MAX 2048

/* The server keeps names in UTF-8 of three bytes, and cuts spaces off their ends. */
kn_status kn_mysql_check_name(kn_text name, kn_error *error)
{
    for (size_t i = 0; i < name.size; i++) {
        if ((unsigned char)name.data[i] >= 0xF0)
            return knp_error_set(error, KN_UNSUPPORTED,
                                 "a name with a character outside the Basic Multilingual Plane: %.*s", (int)name.size,
                                 name.data);
    }
    if (name.size && name.data[name.size - 1] == ' ')
        return knp_error_set(error, KN_UNSUPPORTED, "a name that ends in a space: '%.*s'", (int)name.size, name.data);
    return KN_OK;
}

static kn_status render_computed(kn_sql *sql, const kn_column *column)
{
    bool stored = column->computed_stored;
    KN_MYSQL_TRY(knp_sql_text(sql, " GENERATED ALWAYS AS ("));
    KN_MYSQL_TRY(knp_sql_node(sql, &column->computed->node));
    return knp_sql_text(sql, stored ? ") STORED" : ") VIRTUAL");
}

static bool is_long(const kn_type *type)
{
    return type->id == KN_TYPE_TEXT || type->id == KN_TYPE_UNICODE_TEXT || type->id == KN_TYPE_LARGE_BINARY ||
           type->id == KN_TYPE_PICKLE;
}

static kn_status render_default(kn_sql *sql, const kn_ddl_column *column)
{
    const kn_expr *given = column->column->server_default;
    if (given && given->node.kind == KN_NODE_VALUE && given->value.kind != KN_KIND_NULL && is_long(column->type) &&
        !kn_mysql_is_mariadb(sql))
        return knp_sql_refuse(sql, "a literal default of a Text, LargeBinary or PickleType column");
    return knp_sql_default(sql, column);
}

static kn_status render_collation(kn_sql *sql, const char *collation)
{
    if (!collation)
        return KN_OK;
    KN_MYSQL_TRY(knp_sql_text(sql, " COLLATE "));
    return knp_sql_name(sql, collation);
}

static bool is_outside_bmp(const char *text)
{
    while (*text && (unsigned char)*text < 0xF0)
        text++;
    return *text;
}

/* The server keeps comments in UTF-8 of three bytes, and writes ? for the rest. `type` is NULL for the table's. */
static kn_status render_comment(kn_sql *sql, const char *before, const char *comment, const kn_type *type)
{
    if ((comment && is_outside_bmp(comment)) || (type && type->labels && is_outside_bmp(type->labels->name)))
        return knp_sql_refuse(sql, "a character outside the Basic Multilingual Plane in a comment");
    return knp_sql_column_comment(sql, before, comment, type, type ? COLUMN_COMMENT_MAX : TABLE_COMMENT_MAX);
}

/* MariaDB takes no NOT NULL of a computed column: render_not_nulls says it as a check. */
static bool is_checked(const kn_sql *sql, const kn_ddl_column *column)
{
    return column->column->computed && !column->nullable && kn_mysql_is_mariadb(sql);
}

kn_status kn_mysql_column_def(kn_sql *sql, const kn_node *node)
{
    const kn_ddl_column *column = (const kn_ddl_column *)(const void *)node;
    KN_MYSQL_TRY(knp_sql_name(sql, column->name));
    KN_MYSQL_TRY(knp_sql_text(sql, " "));
    KN_MYSQL_TRY(knp_sql_type(sql, column->type));
    KN_MYSQL_TRY(render_collation(sql, column->column->collation));
    if (column->column->computed)
        KN_MYSQL_TRY(render_computed(sql, column->column));
    if (!column->nullable && !is_checked(sql, column))
        KN_MYSQL_TRY(knp_sql_text(sql, " NOT NULL"));
    if (column->generated)
        KN_MYSQL_TRY(knp_sql_text(sql, " AUTO_INCREMENT"));
    else if (!column->column->computed)
        KN_MYSQL_TRY(render_default(sql, column));
    return render_comment(sql, " COMMENT ", column->column->comment, column->type);
}

static kn_status refuse_key(kn_sql *sql, const char *key)
{
    return knp_error_set(
        knp_sql_error(sql), KN_UNSUPPORTED,
        "dialect '%s': key %s may pass %u bytes, the most of a key: shorten its columns, or index a prefix "
        "(KN_PREFIX)",
        knp_sql_product(sql), key ? key : "", KEY_BYTES_MAX);
}

/* Longer ones are cut or refused, as the server's settings are. */
static kn_status add_key_bytes(kn_sql *sql, const char *key, uint64_t bytes, uint64_t *sum)
{
    if (bytes > KEY_BYTES_MAX || (*sum += bytes) > KEY_BYTES_MAX)
        return refuse_key(sql, key);
    return KN_OK;
}

static const kn_type *type_of(const kn_ddl_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i]->name, name) == 0)
            return table->columns[i]->type;
    }
    return NULL;
}

static kn_status check_columns(kn_sql *sql, const kn_ddl_table *table, const char *key, const char *const *columns,
                               size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const kn_type *type = type_of(table, columns[i]);
        if (type)
            KN_MYSQL_TRY(add_key_bytes(sql, key, kn_mysql_key_bytes(type), &sum));
    }
    return KN_OK;
}

/* A foreign key makes an index of its columns. */
static kn_status check_keys(kn_sql *sql, const kn_ddl_table *table)
{
    for (size_t i = 0; i < table->n_constraints; i++) {
        const kn_node *node = table->constraints[i];
        const kn_ddl_key *key = (const kn_ddl_key *)(const void *)node;
        const kn_ddl_reference *reference = (const kn_ddl_reference *)(const void *)node;
        if (node->kind == KN_NODE_PRIMARY_KEY || node->kind == KN_NODE_UNIQUE_KEY)
            KN_MYSQL_TRY(check_columns(sql, table, key->name, key->columns, key->n_columns));
        else if (node->kind == KN_NODE_FOREIGN_KEY)
            KN_MYSQL_TRY(check_columns(sql, table, reference->name, reference->columns, reference->n_columns));
    }
    return KN_OK;
}

/* What is not stored beside the row: all but the long ones. */
static kn_status check_row(kn_sql *sql, const kn_ddl_table *table)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < table->n_columns; i++) {
        uint64_t bytes = kn_mysql_key_bytes(table->columns[i]->type);
        sum += bytes == UINT64_MAX ? 12 : bytes + 3; /* a length and a bit for NULL at most */
        if (sum > ROW_BYTES_MAX)
            return knp_error_set(
                knp_sql_error(sql), KN_UNSUPPORTED,
                "dialect '%s': table %s: its columns may pass %u bytes a row; make some of its Strings Text",
                knp_sql_product(sql), table->name.name, ROW_BYTES_MAX);
    }
    return KN_OK;
}

static bool names_column(const kn_expr *e, const kn_ddl_column *column)
{
    if (!e || e->node.kind == KN_NODE_RAW)
        return false;
    if (e->node.kind == KN_NODE_COLUMN)
        return e->name ? strcmp(e->name, column->name) == 0 : e->offset == column->column->offset;
    for (const kn_expr *const *arg = e->args; arg && *arg && *arg != KN_END; arg++) {
        if (names_column(*arg, column))
            return true;
    }
    return false;
}

/* By a foreign key, when the row that it points to changes. */
static bool is_changed(const kn_ddl_table *table, const char *column)
{
    for (size_t i = 0; i < table->n_constraints; i++) {
        const kn_ddl_reference *r = (const kn_ddl_reference *)(const void *)table->constraints[i];
        if (r->node.kind != KN_NODE_FOREIGN_KEY ||
            (r->on_delete != KN_SET_NULL && r->on_update != KN_CASCADE && r->on_update != KN_SET_NULL))
            continue;
        for (size_t c = 0; c < r->n_columns; c++) {
            if (strcmp(r->columns[c], column) == 0)
                return true;
        }
    }
    return false;
}

/* What the server would not look at again when it makes a key or follows a foreign key, it does not take. */
static kn_status check_expression(kn_sql *sql, const kn_ddl_table *table, const kn_expr *e, bool is_kept)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const kn_ddl_column *column = table->columns[i];
        if (!names_column(e, column))
            continue;
        if (column->generated)
            return knp_sql_refuse(sql, "a check or computed column over the key that is generated");
        if (is_kept && is_changed(table, column->name))
            return knp_sql_refuse(sql, "a check or stored column over a column that a foreign key changes");
    }
    return KN_OK;
}

static kn_status check_expressions(kn_sql *sql, const kn_ddl_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const kn_column *column = table->columns[i]->column;
        if (column->computed)
            KN_MYSQL_TRY(check_expression(sql, table, column->computed, column->computed_stored != 0));
    }
    for (size_t i = 0; i < table->n_constraints; i++) {
        const kn_ddl_check *check = (const kn_ddl_check *)(const void *)table->constraints[i];
        if (check->node.kind == KN_NODE_CHECK)
            KN_MYSQL_TRY(check_expression(sql, table, check->expr, true));
    }
    return KN_OK;
}

static kn_status render_not_nulls(kn_sql *sql, const kn_ddl_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!is_checked(sql, table->columns[i]))
            continue;
        KN_MYSQL_TRY(knp_sql_text(sql, ",\n    CHECK ("));
        KN_MYSQL_TRY(knp_sql_name(sql, table->columns[i]->name));
        KN_MYSQL_TRY(knp_sql_text(sql, " IS NOT NULL)"));
    }
    return KN_OK;
}

kn_status kn_mysql_create_table(kn_sql *sql, const kn_node *node)
{
    const kn_ddl_table *table = (const kn_ddl_table *)(const void *)node;
    KN_MYSQL_TRY(check_keys(sql, table));
    KN_MYSQL_TRY(check_expressions(sql, table));
    KN_MYSQL_TRY(knp_sql_text(sql, "CREATE TABLE "));
    KN_MYSQL_TRY(knp_sql_table(sql, table->name));
    KN_MYSQL_TRY(knp_sql_text(sql, " ("));
    for (size_t i = 0; i < table->n_columns; i++) {
        KN_MYSQL_TRY(knp_sql_text(sql, i ? ",\n    " : "\n    "));
        KN_MYSQL_TRY(knp_sql_node(sql, &table->columns[i]->node));
    }
    KN_MYSQL_TRY(check_row(sql, table));
    for (size_t i = 0; i < table->n_constraints; i++) {
        KN_MYSQL_TRY(knp_sql_text(sql, ",\n    "));
        KN_MYSQL_TRY(knp_sql_node(sql, table->constraints[i]));
    }
    KN_MYSQL_TRY(render_not_nulls(sql, table));
    KN_MYSQL_TRY(knp_sql_text(sql, "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE="));
    KN_MYSQL_TRY(knp_sql_text(sql, kn_mysql_collation(sql)));
    return render_comment(sql, " COMMENT=", table->comment, NULL);
}

static kn_status check_part(kn_sql *sql, const char *key, const kn_expr *part, uint64_t *sum)
{
    if (part->node.kind == KN_NODE_OP && (part->op == KN_OP_ASC || part->op == KN_OP_DESC))
        part = part->args[0];
    if (part->node.kind == KN_NODE_COLUMN)
        return add_key_bytes(sql, key, kn_mysql_key_bytes(knp_expr_type(sql, part)), sum);
    if (part->node.kind != KN_NODE_OP || part->op != KN_OP_PREFIX)
        return KN_OK; /* an expression: the server knows how long it gets */
    unsigned type = knp_expr_type(sql, part->args[0])->id;
    bool binary = type == KN_TYPE_LARGE_BINARY || type == KN_TYPE_PICKLE;
    int64_t n = part->args[1]->value.as.i;
    return n > 0 && n <= KEY_BYTES_MAX ? add_key_bytes(sql, key, (uint64_t)n * (binary ? 1 : 4), sum)
                                       : refuse_key(sql, key);
}

kn_status kn_mysql_create_index(kn_sql *sql, const kn_node *node)
{
    const kn_ddl_index *index = (const kn_ddl_index *)(const void *)node;
    uint64_t sum = 0;
    for (const kn_expr *const *part = index->parts; part && *part != KN_END; part++) {
        if (*part)
            KN_MYSQL_TRY(check_part(sql, index->name, *part, &sum));
    }
    return knp_sql_super(sql, &kn_mysql_dialect, node);
}

kn_status kn_mysql_drop_index(kn_sql *sql, const kn_node *node)
{
    const kn_ddl_index *index = (const kn_ddl_index *)(const void *)node;
    KN_MYSQL_TRY(knp_sql_text(sql, "DROP INDEX "));
    KN_MYSQL_TRY(knp_sql_name(sql, index->name));
    KN_MYSQL_TRY(knp_sql_text(sql, " ON "));
    return knp_sql_table(sql, index->table);
}

kn_status kn_mysql_drop_foreign_key(kn_sql *sql, const kn_node *node)
{
    const kn_ddl_reference *reference = (const kn_ddl_reference *)(const void *)node;
    KN_MYSQL_TRY(knp_sql_text(sql, "ALTER TABLE "));
    KN_MYSQL_TRY(knp_sql_table(sql, reference->table));
    KN_MYSQL_TRY(knp_sql_text(sql, " DROP FOREIGN KEY "));
    return knp_sql_name(sql, reference->name);
}
