/* SPDX-License-Identifier: MIT */
/* What a database says of itself: one question, one text for an answer, the same on every backend. */
#ifndef KOINE_TESTS_CATALOG_H
#define KOINE_TESTS_CATALOG_H

#include "support/database.h"

typedef enum catalog_question {
    CATALOG_OBJECTS,        /* how many tables, indexes, types, sequences there are */
    CATALOG_INDEXES,        /* how many indexes a table has besides those of its primary and foreign keys */
    CATALOG_INDEX,          /* of a table: "unique", "plain"; and "desc" when its first part is descending */
    CATALOG_ON_DELETE,      /* of a table's only foreign key */
    CATALOG_ON_UPDATE,      /* the same */
    CATALOG_CHECKS,         /* how many check constraints of this name a table has */
    CATALOG_TABLE_COMMENT,  /* of a table */
    CATALOG_COLUMN_COMMENT, /* of a column of a table */
    CATALOG_COLLATION,      /* of a column of a table */
    CATALOG_COMPUTED,       /* of a column of a table: "stored", "virtual" */
    CATALOG_LONGEST_NAME,   /* of all indexes and constraints, in the backend's unit */
    CATALOG_QUESTIONS
} catalog_question;

/* Parameters: table, then index, constraint or column; as many as the text has. */
typedef struct catalog_backend {
    const char *dialect;
    const char *sql[CATALOG_QUESTIONS];
} catalog_backend;

#define CATALOG_IN_SCHEMA " AND table_schema = database()"
#define CATALOG_PG_TABLE "to_regclass(quote_ident(CAST(? AS text)))"
#define CATALOG_PG_ACTION(column)                                                                                      \
    "SELECT CASE " column " WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'"                \
    " WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END FROM pg_constraint WHERE contype = 'f' AND conrelid"             \
    " = " CATALOG_PG_TABLE

static const catalog_backend catalog_backends[] = {
    {"sqlite",
     {
         [CATALOG_OBJECTS] = "SELECT CAST(count(*) AS TEXT) FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE"
                             " '\\'",
         [CATALOG_INDEXES] = "SELECT CAST(count(*) AS TEXT) FROM pragma_index_list(?) WHERE origin <> 'pk'",
         [CATALOG_INDEX] = "SELECT CASE l.\"unique\" WHEN 1 THEN 'unique' ELSE 'plain' END || CASE x.\"desc\" WHEN 1"
                           " THEN ' desc' ELSE '' END FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x"
                           " WHERE l.name = ? AND x.seqno = 0",
         [CATALOG_ON_DELETE] = "SELECT on_delete FROM pragma_foreign_key_list(?)",
         [CATALOG_ON_UPDATE] = "SELECT on_update FROM pragma_foreign_key_list(?)",
         [CATALOG_CHECKS] = "SELECT CAST(count(*) AS TEXT) FROM sqlite_master WHERE name = ? AND instr(sql,"
                            " 'CONSTRAINT ' || ? || ' CHECK') > 0",
         [CATALOG_TABLE_COMMENT] = "SELECT substr(sql, instr(sql, 'COMMENT ') + 8, instr(sql, ' */') - instr(sql,"
                                   " 'COMMENT ') - 8) FROM sqlite_master WHERE name = ?",
         [CATALOG_COLUMN_COMMENT] = "WITH t AS (SELECT substr(m.sql, instr(m.sql, ? || ' ')) AS sql FROM"
                                    " sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%')"
                                    " SELECT substr(sql, instr(sql, 'COMMENT ') + 8, instr(sql, ' */') - instr(sql,"
                                    " 'COMMENT ') - 8) FROM t",
         [CATALOG_COLLATION] = "SELECT x.coll FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x WHERE x.name ="
                               " ? LIMIT 1",
         [CATALOG_COMPUTED] = "SELECT CASE hidden WHEN 2 THEN 'virtual' WHEN 3 THEN 'stored' END FROM"
                              " pragma_table_xinfo(?) WHERE name = ?",
         [CATALOG_LONGEST_NAME] = "SELECT CAST(max(length(CAST(name AS BLOB))) AS TEXT) FROM sqlite_master",
     }},
    {"postgresql",
     {
         [CATALOG_OBJECTS] = "SELECT CAST((SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace) +"
                             " (SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace) AS text)",
         [CATALOG_INDEXES] = "SELECT CAST(count(*) AS text) FROM pg_index WHERE NOT indisprimary AND indrelid"
                             " = " CATALOG_PG_TABLE,
         [CATALOG_INDEX] = "SELECT CASE WHEN indisunique THEN 'unique' ELSE 'plain' END || CASE WHEN indoption[0] & 1 ="
                           " 1 THEN ' desc' ELSE '' END FROM pg_index WHERE indrelid = " CATALOG_PG_TABLE
                           " AND indexrelid = " CATALOG_PG_TABLE,
         [CATALOG_ON_DELETE] = CATALOG_PG_ACTION("confdeltype"),
         [CATALOG_ON_UPDATE] = CATALOG_PG_ACTION("confupdtype"),
         [CATALOG_CHECKS] = "SELECT CAST(count(*) AS text) FROM pg_constraint WHERE contype = 'c' AND conrelid"
                            " = " CATALOG_PG_TABLE " AND conname = CAST(? AS text)",
         [CATALOG_TABLE_COMMENT] = "SELECT obj_description(" CATALOG_PG_TABLE ", 'pg_class')",
         [CATALOG_COLUMN_COMMENT] = "SELECT col_description(attrelid, attnum) FROM pg_attribute a JOIN pg_class c ON"
                                    " c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace ="
                                    " 'public'::regnamespace WHERE attname = CAST(? AS text)",
         [CATALOG_COLLATION] = "SELECT CAST(l.collname AS text) FROM pg_attribute a JOIN pg_collation l ON l.oid ="
                               " a.attcollation WHERE attrelid = " CATALOG_PG_TABLE " AND attname = CAST(? AS text)",
         [CATALOG_COMPUTED] = "SELECT CASE attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END FROM"
                              " pg_attribute WHERE attrelid = " CATALOG_PG_TABLE " AND attname = CAST(? AS text)",
         [CATALOG_LONGEST_NAME] = "SELECT CAST(max(octet_length(name)) AS text) FROM (SELECT CAST(relname AS text) FROM"
                                  " pg_class WHERE relnamespace = 'public'::regnamespace UNION SELECT CAST(conname AS"
                                  " text) FROM pg_constraint WHERE connamespace = 'public'::regnamespace) n (name)",
     }},
    {"mariadb",
     {
         [CATALOG_OBJECTS] = "SELECT CAST(count(*) AS char) FROM information_schema.tables WHERE 1 = 1"
                             " " CATALOG_IN_SCHEMA,
         [CATALOG_INDEXES] = "SELECT CAST(count(DISTINCT index_name) AS char) FROM information_schema.statistics WHERE"
                             " table_name = ? AND index_name <> 'PRIMARY' AND index_name NOT LIKE"
                             " 'fk%'" CATALOG_IN_SCHEMA,
         [CATALOG_INDEX] = "SELECT concat(if(non_unique, 'plain', 'unique'), if(collation = 'D', ' desc', '')) FROM"
                           " information_schema.statistics WHERE table_name = ? AND index_name = ? AND seq_in_index ="
                           " 1" CATALOG_IN_SCHEMA,
         [CATALOG_ON_DELETE] = "SELECT delete_rule FROM information_schema.referential_constraints WHERE table_name = ?"
                               " AND constraint_schema = database()",
         [CATALOG_ON_UPDATE] = "SELECT update_rule FROM information_schema.referential_constraints WHERE table_name = ?"
                               " AND constraint_schema = database()",
         [CATALOG_CHECKS] = "SELECT CAST(count(*) AS char) FROM information_schema.check_constraints WHERE table_name ="
                            " ? AND constraint_name = ? AND constraint_schema = database()",
         [CATALOG_TABLE_COMMENT] = "SELECT table_comment FROM information_schema.tables WHERE table_name ="
                                   " ?" CATALOG_IN_SCHEMA,
         [CATALOG_COLUMN_COMMENT] = "SELECT column_comment FROM information_schema.columns WHERE column_name ="
                                    " ?" CATALOG_IN_SCHEMA,
         [CATALOG_COLLATION] = "SELECT collation_name FROM information_schema.columns WHERE table_name = ? AND"
                               " column_name = ?" CATALOG_IN_SCHEMA,
         [CATALOG_COMPUTED] = "SELECT CASE WHEN extra LIKE '%STORED%' THEN 'stored' WHEN extra LIKE '%VIRTUAL%' THEN"
                              " 'virtual' END FROM information_schema.columns WHERE table_name = ? AND column_name ="
                              " ?" CATALOG_IN_SCHEMA,
         [CATALOG_LONGEST_NAME] = "SELECT CAST(max(char_length(constraint_name)) AS char) FROM"
                                  " information_schema.table_constraints WHERE constraint_schema = database()",
     }},
};

/* The answer, "" for NULL or none. Valid until the next one. */
static inline const char *catalog_ask(test_database *db, catalog_question question, const char *table, const char *name)
{
    static char answer[400];
    const kn_value values[] = {kn_string(table), kn_string(name)};
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_text text = {NULL, 0};
    size_t i = 0;

    while (strcmp(catalog_backends[i].dialect, test_database_backend(db)) != 0)
        assert_true(++i < KN_COUNT_OF(catalog_backends));
    assert_ok(db, kn_prepare(db->c, kn_unchecked_sql(catalog_backends[i].sql[question]), &statement, &db->error));
    assert_ok(db, kn_open(statement, values, kn_statement_parameters(statement), &result, &db->error));
    if (kn_next(result, &db->error) == KN_OK && !kn_get_is_null(result, 0))
        assert_ok(db, kn_get_text(result, 0, &text, &db->error));
    snprintf(answer, sizeof(answer), "%.*s", (int)text.size, text.data ? text.data : "");
    kn_statement_finish(statement);
    return answer;
}

static inline void catalog_expect(test_database *db, catalog_question question, const char *shown, const char *table,
                                  const char *name, const char *expected)
{
    const char *answer = catalog_ask(db, question, table, name);

    if (strcmp(answer, expected) != 0)
        fail_msg("%s of %s, %s: '%s' instead of '%s'", shown, table ? table : "", name ? name : "", answer, expected);
}

#define assert_catalog(db, question, table, name, expected)                                                            \
    catalog_expect(db, question, #question, table, name, expected)

#endif
