/* SPDX-License-Identifier: MIT */
/* SQLite keeps the text of CREATE TABLE, so what its types do not tell stands in it as comments: the neutral type
 * behind the declared one, the comment of a column at its end and that of the table behind the parenthesis. */
#include <string.h>

#include "sqlite_dialect.h"

kn_status kn_sqlite_check_name(kn_text name, kn_error *error)
{
    static const char prefix[] = "sqlite_";
    size_t n = 0;
    while (n < sizeof(prefix) - 1 && n < name.size && (name.data[n] | 0x20) == (prefix[n] | 0x20))
        n++;
    if (n == sizeof(prefix) - 1)
        return knp_error_set(error, KN_INVALID, "names that begin with sqlite_ belong to SQLite");
    return KN_OK;
}

/* AUTOINCREMENT needs the primary key in the column itself. */
static bool is_autoincrement(const kn_ddl_column *column)
{
    return column->generated && column->column->autoincrement == KN_YES;
}

/* Only an INTEGER key is the rowid, which SQLite generates. */
static const kn_type *declared_type(const kn_ddl_column *column)
{
    static const kn_type integer = {.id = KN_TYPE_INTEGER};
    return column->generated ? &integer : column->type;
}

/* An INTEGER that is the only key would be the rowid, and a row without it would get one. INT is no such key. */
static bool is_given_key(const kn_ddl_column *column)
{
    return column->sole_key && !column->generated && column->type->id == KN_TYPE_INTEGER;
}

/* Does the declared type not tell the neutral one? */
static bool needs_note(const kn_ddl_column *column)
{
    const kn_type *type = column->type;
    switch (type->id) {
    case KN_TYPE_FLOAT:
        return type->precision != 53;
    case KN_TYPE_LARGE_BINARY:
        return type->length != 0;
    case KN_TYPE_UNICODE:
    case KN_TYPE_UNICODE_TEXT:
    case KN_TYPE_DATETIME_TZ:
    case KN_TYPE_INTERVAL:
    case KN_TYPE_ENUM:
    case KN_TYPE_PICKLE:
        return true;
    default:
        return is_given_key(column) || (column->generated && type->id != KN_TYPE_INTEGER);
    }
}

static kn_status render_constraint(kn_sql *sql, const char *name)
{
    if (!name)
        return KN_OK;
    KN_SQLITE_TRY(knp_sql_text(sql, " CONSTRAINT "));
    return knp_sql_name(sql, name);
}

static kn_status render_key(kn_sql *sql, const char *name)
{
    KN_SQLITE_TRY(render_constraint(sql, name));
    return knp_sql_text(sql, " PRIMARY KEY AUTOINCREMENT");
}

static kn_status render_computed(kn_sql *sql, const kn_column *column)
{
    bool stored = column->computed_stored;
    if (!knp_sql_has(sql, stored ? KN_FEATURE_COMPUTED_STORED : KN_FEATURE_COMPUTED_VIRTUAL))
        return knp_sql_refuse(sql, "a computed column");
    KN_SQLITE_TRY(knp_sql_text(sql, " GENERATED ALWAYS AS ("));
    KN_SQLITE_TRY(knp_sql_node(sql, &column->computed->node));
    return knp_sql_text(sql, stored ? ") STORED" : ") VIRTUAL");
}

/* The constraint has the Enum's name; that of a further column of one Enum has the column's behind it, so that an error
 * tells them apart. What is too long for that is as the first. */
static kn_status render_labels_name(kn_sql *sql, const kn_ddl_column *column, bool again)
{
    const char *own = column->type->labels->name;
    char both[256];
    size_t n = own ? strlen(own) : 0, m = strlen(column->name);
    if (!own || !again || n + m + 2 > sizeof both)
        return render_constraint(sql, own);
    memcpy(both, own, n);
    both[n] = '_';
    memcpy(both + n + 1, column->name, m + 1);
    return render_constraint(sql, both);
}

/* The labels, since the declared type has only their longest length. */
static kn_status render_labels(kn_sql *sql, const kn_ddl_column *column, bool again)
{
    const kn_label *first = column->type->labels->labels;
    KN_SQLITE_TRY(render_labels_name(sql, column, again));
    KN_SQLITE_TRY(knp_sql_text(sql, " CHECK ("));
    KN_SQLITE_TRY(knp_sql_name(sql, column->name));
    for (const kn_label *label = first; label->label; label++) {
        kn_text text = {label->label, strlen(label->label)};
        KN_SQLITE_TRY(knp_sql_text(sql, label == first ? " IN (" : ", "));
        KN_SQLITE_TRY(knp_sql_string(sql, text));
    }
    return knp_sql_text(sql, "))");
}

static kn_status render_collation(kn_sql *sql, const char *collation)
{
    if (!collation)
        return KN_OK;
    KN_SQLITE_TRY(knp_sql_text(sql, " COLLATE "));
    return knp_sql_name(sql, collation);
}

static kn_status render_comment(kn_sql *sql, const char *comment)
{
    if (!comment)
        return KN_OK;
    kn_text text = {comment, strlen(comment)};
    KN_SQLITE_TRY(knp_sql_text(sql, " "));
    return knp_sql_comment(sql, "COMMENT ", text);
}

static kn_status render_note(kn_sql *sql, const kn_ddl_column *column)
{
    if (!needs_note(column))
        return KN_OK;
    KN_SQLITE_TRY(knp_sql_text(sql, " "));
    return knp_sql_type_comment(sql, column->type);
}

/* `key`: the name of the primary key where it stands in the column; `again`: a column before it has its Enum. */
static kn_status render_column(kn_sql *sql, const kn_ddl_column *column, const char *key, bool again)
{
    KN_SQLITE_TRY(knp_sql_name(sql, column->name));
    KN_SQLITE_TRY(knp_sql_text(sql, " "));
    KN_SQLITE_TRY(is_given_key(column) ? knp_sql_text(sql, "INT") : knp_sql_type(sql, declared_type(column)));
    KN_SQLITE_TRY(render_note(sql, column));
    if (is_autoincrement(column))
        KN_SQLITE_TRY(render_key(sql, key));
    KN_SQLITE_TRY(column->column->computed ? render_computed(sql, column->column) : knp_sql_default(sql, column));
    if (!column->nullable)
        KN_SQLITE_TRY(knp_sql_text(sql, " NOT NULL"));
    KN_SQLITE_TRY(render_collation(sql, column->column->collation));
    if (column->type->id == KN_TYPE_ENUM)
        KN_SQLITE_TRY(render_labels(sql, column, again));
    return render_comment(sql, column->column->comment);
}

kn_status kn_sqlite_column_def(kn_sql *sql, const kn_node *node)
{
    return render_column(sql, (const kn_ddl_column *)(const void *)node, NULL, false);
}

static const kn_ddl_key *primary_key_of(const kn_ddl_table *table)
{
    for (size_t i = 0; i < table->n_constraints; i++) {
        if (table->constraints[i]->kind == KN_NODE_PRIMARY_KEY)
            return (const kn_ddl_key *)(const void *)table->constraints[i];
    }
    return NULL;
}

static bool has_enum_before(const kn_ddl_table *table, size_t column)
{
    const kn_type *type = table->columns[column]->type;
    for (size_t i = 0; i < column && type->id == KN_TYPE_ENUM; i++) {
        const kn_type *other = table->columns[i]->type;
        if (other->id == KN_TYPE_ENUM && other->labels->name && type->labels->name &&
            strcmp(other->labels->name, type->labels->name) == 0)
            return true;
    }
    return false;
}

kn_status kn_sqlite_create_table(kn_sql *sql, const kn_node *node)
{
    const kn_ddl_table *table = (const kn_ddl_table *)(const void *)node;
    const kn_ddl_key *key = primary_key_of(table);
    bool key_in_column = false;
    KN_SQLITE_TRY(knp_sql_text(sql, "CREATE TABLE "));
    KN_SQLITE_TRY(knp_sql_table(sql, table->name));
    KN_SQLITE_TRY(knp_sql_text(sql, " ("));
    KN_SQLITE_TRY(render_comment(sql, table->comment));
    for (size_t i = 0; i < table->n_columns; i++) {
        KN_SQLITE_TRY(knp_sql_text(sql, i ? ",\n    " : "\n    "));
        KN_SQLITE_TRY(render_column(sql, table->columns[i], key ? key->name : NULL, has_enum_before(table, i)));
        key_in_column = key_in_column || is_autoincrement(table->columns[i]);
    }
    for (size_t i = 0; i < table->n_constraints; i++) {
        if (key_in_column && table->constraints[i]->kind == KN_NODE_PRIMARY_KEY)
            continue;
        KN_SQLITE_TRY(knp_sql_text(sql, ",\n    "));
        KN_SQLITE_TRY(knp_sql_node(sql, table->constraints[i]));
    }
    return knp_sql_text(sql, "\n)");
}

/* A foreign key stays within its database, so its target has no schema. */
kn_status kn_sqlite_foreign_key(kn_sql *sql, const kn_node *node)
{
    kn_ddl_reference reference;
    memcpy(&reference, node, sizeof(reference));
    const char *own = reference.table.schema, *target = reference.target.schema;
    if ((own || target) && !(own && target && strcmp(own, target) == 0))
        return knp_sql_refuse(sql, "a foreign key into another database");
    reference.target.schema = NULL;
    return knp_sql_super(sql, &kn_sqlite_dialect, &reference.node);
}
