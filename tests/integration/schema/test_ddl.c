/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Every option of columns and tables on a real backend: created, found there by what it does or by the catalog, left
 * alone by a second kn_create_all, and taken away without a rest; or refused before anything is sent. */
#include "support/catalog.h"

#define TABLE_OF(name_, ...)                                                                                           \
    {                                                                                                                  \
        .size_ = sizeof(kn_model), .table = (name_), .column_size = sizeof(kn_column), __VA_ARGS__                     \
    }
#define COLUMNS(array) .columns = (array), .n_columns = KN_COUNT_OF(array)
#define ID KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true)

typedef struct ddl_case {
    const kn_model *models[3];
    struct {
        const char *dialect, *feature; /* KN_UNSUPPORTED there, naming it */
    } lacks[2];
    void (*look)(test_database *db); /* at what is there */
} ddl_case;

static const char *lacking(const test_database *db, const ddl_case *c)
{
    for (size_t i = 0; i < KN_COUNT_OF(c->lacks); i++)
        if (c->lacks[i].dialect && strcmp(c->lacks[i].dialect, test_database_backend(db)) == 0)
            return c->lacks[i].feature;
    return NULL;
}

static bool is_on(const test_database *db, const char *dialect)
{
    return strcmp(test_database_backend(db), dialect) == 0;
}

static kn_metadata *metadata_of(test_database *db, const kn_model *const *models, size_t n)
{
    kn_metadata *metadata = NULL;

    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    for (size_t i = 0; i < n && models[i]; i++)
        assert_ok(db, kn_metadata_add(metadata, models[i], &db->error));
    return metadata;
}

/* Nothing of what was made is left. */
static void drop(test_database *db, kn_metadata *metadata)
{
    assert_ok(db, kn_drop_all(db->c, metadata, &db->error));
    assert_catalog(db, CATALOG_OBJECTS, NULL, NULL, "0");
    assert_ok(db, kn_drop_all(db->c, metadata, &db->error));
}

static void run_case(void **state, const ddl_case *c)
{
    test_database *db = test_database_of(state);
    kn_metadata *metadata = metadata_of(db, c->models, KN_COUNT_OF(c->models));
    const char *lacks = lacking(db, c);

    if (lacks) {
        assert_unsupported(db, lacks, kn_create_all(db->c, metadata, &db->error));
        assert_catalog(db, CATALOG_OBJECTS, NULL, NULL, "0");
    } else {
        assert_ok(db, kn_create_all(db->c, metadata, &db->error));
        assert_ok(db, kn_create_all(db->c, metadata, &db->error)); /* skips what is there */
        if (is_on(db, "mariadb"))                                  /* reads again what it has written of the tables */
            test_database_run(db, "FLUSH TABLES");
        c->look(db);
        drop(db, metadata);
        assert_ok(db, kn_create_all(db->c, metadata, &db->error));
        drop(db, metadata);
    }
    kn_metadata_destroy(metadata);
}

/* The only number that a SELECT gives. */
static int64_t number(test_database *db, const char *sql)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t value = -1;

    assert_ok(db, kn_prepare(db->c, test_database_sql(db, sql), &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_int(result, 0, &value, &db->error));
    kn_statement_finish(statement);
    return value;
}

static void refused(test_database *db, kn_status expected, const char *sql)
{
    kn_status status = test_database_try(db, sql);

    if (status != expected)
        fail_msg("%s: %s instead of %s: %s", sql, kn_status_name(status), kn_status_name(expected), db->error.message);
}

/* --- options of columns --- */

static const kn_column option_columns[] = {
    ID,
    KN_TABLE_COLUMN("a", KN_STRING(20), .nullable = KN_NO),
    KN_TABLE_COLUMN("b", KN_STRING(20), .unique = true),
    KN_TABLE_COLUMN("c", KN_STRING(20), .index = true),
    KN_TABLE_COLUMN("d", KN_STRING(20), .unique = true, .index = true),
    KN_TABLE_COLUMN("e", KN_INTEGER, .nullable = KN_YES, .server_default = KN_INT(7)),
    KN_TABLE_COLUMN("f", KN_INTEGER, .nullable = KN_NO, .server_default = KN_RAW("3 + 4")),
    KN_TABLE_COLUMN("g", KN_DATETIME, .nullable = KN_NO, .server_default = KN_NOW),
    KN_TABLE_COLUMN("h", KN_STRING(20), .initial = KN_TEXT("of the program")),
};
static const kn_model options = TABLE_OF("options", COLUMNS(option_columns));

static void look_at_options(test_database *db)
{
    test_database_run(db, "INSERT INTO options (a, b, c, d) VALUES ('x', 'x', 'x', 'x')");
    test_database_run(db, "INSERT INTO options (a, b, c, d, e) VALUES ('x', 'y', 'x', 'y', NULL)");
    refused(db, KN_NOT_NULL, "INSERT INTO options (a) VALUES (NULL)");
    refused(db, KN_NOT_NULL, "INSERT INTO options (b) VALUES ('z')");
    refused(db, KN_NOT_NULL, "INSERT INTO options (a, f) VALUES ('x', NULL)");
    refused(db, KN_UNIQUE, "INSERT INTO options (a, b) VALUES ('x', 'x')");
    refused(db, KN_UNIQUE, "INSERT INTO options (a, d) VALUES ('x', 'x')");
    assert_int_equal(number(db, "SELECT count(*) FROM options WHERE e = 7 AND f = 7 AND g > '2020-01-01'"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM options WHERE e IS NULL AND h IS NULL"), 1);
    assert_catalog(db, CATALOG_INDEXES, "options", NULL, "3");
    assert_catalog(db, CATALOG_INDEX, "options", "ix_options_c", "plain");
    assert_catalog(db, CATALOG_INDEX, "options", "ix_options_d", "unique");
}
static const ddl_case case_options = {{&options}, {{0}}, look_at_options};

/* --- keys --- */

static const kn_column pair_columns[] = {
    KN_TABLE_COLUMN("a", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("b", KN_STRING(10), .primary_key = true),
    KN_TABLE_COLUMN("c", KN_INTEGER),
    KN_TABLE_COLUMN("d", KN_INTEGER),
};
static const kn_model pairs =
    TABLE_OF("pairs", COLUMNS(pair_columns),
             .unique_keys = KN_UNIQUE_KEYS({.columns = KN_LIST(KN_COL_NAMED(&pairs, "c"), KN_COL_NAMED(&pairs, "d"))},
                                           {.columns = KN_LIST(KN_COL_NAMED(&pairs, "d"), KN_COL_NAMED(&pairs, "b")),
                                            .name = "its \"own\" `name`"}));

static void look_at_pairs(test_database *db)
{
    test_database_run(db, "INSERT INTO pairs VALUES (1, 'x', 1, 1)");
    test_database_run(db, "INSERT INTO pairs VALUES (1, 'X', 1, NULL), (2, 'x', 1, NULL)");
    refused(db, KN_UNIQUE, "INSERT INTO pairs VALUES (1, 'x', 2, 2)");
    refused(db, KN_UNIQUE, "INSERT INTO pairs VALUES (3, 'y', 1, 1)");
    refused(db, KN_UNIQUE, "INSERT INTO pairs VALUES (3, 'x', 2, 1)");
    refused(db, KN_NOT_NULL, "INSERT INTO pairs VALUES (NULL, 'x', 2, 2)");
    refused(db, KN_NOT_NULL, "INSERT INTO pairs VALUES (3, NULL, 2, 2)");
    assert_catalog(db, CATALOG_INDEXES, "pairs", NULL, "2");
}
static const ddl_case case_pairs = {{&pairs}, {{0}}, look_at_pairs};

static const kn_column small_columns[] = {
    KN_TABLE_COLUMN("id", KN_SMALL_INTEGER, .primary_key = true, .autoincrement = KN_YES),
    KN_TABLE_COLUMN("v", KN_INTEGER),
};
static const kn_column big_columns[] = {KN_TABLE_COLUMN("id", KN_BIG_INTEGER, .primary_key = true),
                                        KN_TABLE_COLUMN("v", KN_INTEGER)};
static const kn_column given_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true, .autoincrement = KN_NO), KN_TABLE_COLUMN("v", KN_INTEGER)};
static const kn_model small = TABLE_OF("small", COLUMNS(small_columns)), big = TABLE_OF("big", COLUMNS(big_columns)),
                      given = TABLE_OF("given", COLUMNS(given_columns));

static void look_at_generated(test_database *db)
{
    static const char *const tables[] = {"small", "big"};
    char sql[100];

    for (size_t i = 0; i < KN_COUNT_OF(tables); i++) {
        for (int v = 1; v <= 2; v++) {
            snprintf(sql, sizeof(sql), "INSERT INTO \"%s\" (v) VALUES (%d)", tables[i], v);
            test_database_run(db, sql);
        }
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%s\" WHERE id = v", tables[i]);
        assert_int_equal(number(db, sql), 2);
    }
    test_database_run(db, "INSERT INTO big (id, v) VALUES (9223372036854775807, 3)");
    test_database_run(db, "INSERT INTO given (id, v) VALUES (0, 1)");
    refused(db, KN_NOT_NULL, "INSERT INTO given (v) VALUES (2)");
    assert_int_equal(number(db, "SELECT id FROM given"), 0);
}
static const ddl_case case_generated = {{&small, &big, &given}, {{0}}, look_at_generated};

/* --- foreign keys --- */

static const kn_column node_columns[] = {
    ID, KN_TABLE_COLUMN("parent_id", KN_INTEGER, .references = KN_REF_NAMED("nodes", "id"))};
static const kn_model nodes = TABLE_OF("nodes", COLUMNS(node_columns));

static void look_at_nodes(test_database *db)
{
    test_database_run(db, "INSERT INTO nodes VALUES (1, 1), (2, 1), (3, NULL)");
    refused(db, KN_FOREIGN_KEY, "INSERT INTO nodes VALUES (4, 5)");
    refused(db, KN_FOREIGN_KEY, "DELETE FROM nodes WHERE id = 1");
    test_database_run(db, "DELETE FROM nodes WHERE id = 3");
}
static const ddl_case case_self_reference = {{&nodes}, {{0}}, look_at_nodes};

static const kn_column room_columns[] = {KN_TABLE_COLUMN("house", KN_STRING(10), .primary_key = true),
                                         KN_TABLE_COLUMN("nr", KN_SMALL_INTEGER, .primary_key = true)};
static const kn_model rooms = TABLE_OF("rooms", COLUMNS(room_columns));
static const kn_column guest_columns[] = {ID, KN_TABLE_COLUMN("house", KN_STRING(10)),
                                          KN_TABLE_COLUMN("nr", KN_SMALL_INTEGER)};
#define G(name) KN_COL_NAMED(&guests, name)
static const kn_model guests = TABLE_OF(
    "guests", COLUMNS(guest_columns),
    .foreign_keys = KN_FOREIGN_KEYS({.columns = KN_LIST(G("house"), G("nr")),
                                     .references = KN_LIST(KN_COL_NAMED(&rooms, "house"), KN_COL_NAMED(&rooms, "nr")),
                                     .name = "sleeps \"in\"",
                                     .on_delete = KN_CASCADE,
                                     .on_update = KN_CASCADE}));

static void look_at_guests(test_database *db)
{
    test_database_run(db, "INSERT INTO rooms VALUES ('a', 1), ('a', 2)");
    test_database_run(db, "INSERT INTO guests (house, nr) VALUES ('a', 1), ('a', 2), (NULL, 7)");
    refused(db, KN_FOREIGN_KEY, "INSERT INTO guests (house, nr) VALUES ('a', 3)");
    refused(db, KN_FOREIGN_KEY, "INSERT INTO guests (house, nr) VALUES ('A', 1)");
    test_database_run(db, "UPDATE rooms SET nr = 3 WHERE nr = 2");
    test_database_run(db, "DELETE FROM rooms WHERE nr = 1");
    assert_int_equal(number(db, "SELECT count(*) FROM guests"), 2);
    assert_int_equal(number(db, "SELECT count(*) FROM guests WHERE nr = 3"), 1);
    assert_catalog(db, CATALOG_ON_DELETE, "guests", NULL, "CASCADE");
    assert_catalog(db, CATALOG_ON_UPDATE, "guests", NULL, "CASCADE");
}
static const ddl_case case_composite_reference = {{&guests, &rooms}, {{0}}, look_at_guests};

static const kn_column parent_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true, .autoincrement = KN_NO)};
static const kn_model parents = TABLE_OF("parents", COLUMNS(parent_columns));

/* The child's parent after the parent was deleted, or moved to 3: 0 = the child is gone, -1 = NULL. */
static int64_t parent_after(test_database *db, const char *sql)
{
    test_database_run(db, sql);
    return number(db, "SELECT count(*) FROM children") == 0
               ? 0
               : number(db, "SELECT coalesce(min(parent_id), -1) FROM children");
}

static void check_action(test_database *db, unsigned action, const char *sql, int64_t cascaded)
{
    static const int64_t after[] = {[KN_SET_NULL] = -1, [KN_SET_DEFAULT] = 2, [KN_RESTRICT] = 0};

    test_database_run(db, "INSERT INTO parents VALUES (1), (2)");
    test_database_run(db, "INSERT INTO children (id, parent_id) VALUES (1, 1)");
    if (action == KN_NO_ACTION || action == KN_RESTRICT)
        refused(db, KN_FOREIGN_KEY, sql);
    else
        assert_int_equal(parent_after(db, sql), action == KN_CASCADE ? cascaded : after[action]);
    test_database_run(db, "DELETE FROM children");
    test_database_run(db, "DELETE FROM parents");
}

/* Every ON DELETE with every ON UPDATE. */
static void test_ddl__every_action_of_a_foreign_key(void **state)
{
    static const char *const names[] = {NULL, "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"};
    test_database *db = test_database_of(state);

    for (uint8_t i = 0; i < 25; i++) {
        uint8_t on_delete = i / 5, on_update = i % 5;
        const kn_column child_columns[] = {ID, KN_TABLE_COLUMN("parent_id", KN_INTEGER, .server_default = KN_INT(2),
                                                               .references = KN_REF_NAMED("parents", "id"),
                                                               .on_delete = on_delete, .on_update = on_update)};
        const kn_model children = TABLE_OF("children", COLUMNS(child_columns));
        kn_metadata *metadata = metadata_of(db, (const kn_model *const[]){&parents, &children}, 2);
        if ((on_delete == KN_SET_DEFAULT || on_update == KN_SET_DEFAULT) &&
            !test_database_has(db, KN_FEATURE_SET_DEFAULT)) {
            assert_unsupported(db, "SET DEFAULT in a foreign key", kn_create_all(db->c, metadata, &db->error));
        } else {
            assert_ok(db, kn_create_all(db->c, metadata, &db->error));
            check_action(db, on_delete, "DELETE FROM parents WHERE id = 1", 0);
            check_action(db, on_update, "UPDATE parents SET id = 3 WHERE id = 1", 3);
            if (names[on_delete])
                assert_catalog(db, CATALOG_ON_DELETE, "children", NULL, names[on_delete]);
            if (names[on_update])
                assert_catalog(db, CATALOG_ON_UPDATE, "children", NULL, names[on_update]);
        }
        drop(db, metadata);
        kn_metadata_destroy(metadata);
    }
}

static const kn_column deferred_columns[] = {ID, KN_TABLE_COLUMN("parent_id", KN_INTEGER,
                                                                 .references = KN_REF_NAMED("parents", "id"),
                                                                 .deferral = KN_INITIALLY_DEFERRED)};
static const kn_model deferred = TABLE_OF("deferred", COLUMNS(deferred_columns));

static void look_at_deferred(test_database *db)
{
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    test_database_run(db, "INSERT INTO deferred VALUES (1, 9)");
    test_database_run(db, "INSERT INTO parents VALUES (9)");
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    test_database_run(db, "INSERT INTO deferred VALUES (2, 10)");
    assert_refused(db, KN_FOREIGN_KEY, kn_commit(db->c, &db->error));
    assert_int_equal(number(db, "SELECT count(*) FROM deferred"), 1);
}
static const ddl_case case_deferred = {
    {&parents, &deferred}, {{"mariadb", "a deferrable foreign key"}}, look_at_deferred};

static const kn_column deferrable_columns[] = {
    ID,
    KN_TABLE_COLUMN("parent_id", KN_INTEGER, .references = KN_REF_NAMED("parents", "id"), .deferral = KN_DEFERRABLE)};
static const kn_model deferrable = TABLE_OF("deferrable", COLUMNS(deferrable_columns));

static void look_at_deferrable(test_database *db)
{
    refused(db, KN_FOREIGN_KEY, "INSERT INTO \"deferrable\" VALUES (1, 9)"); /* at once, unless told otherwise */
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    test_database_run(db, is_on(db, "sqlite") ? "PRAGMA defer_foreign_keys = 1" : "SET CONSTRAINTS ALL DEFERRED");
    test_database_run(db, "INSERT INTO \"deferrable\" VALUES (1, 9)");
    test_database_run(db, "INSERT INTO parents VALUES (9)");
    assert_ok(db, kn_commit(db->c, &db->error));
}
static const ddl_case case_deferrable = {
    {&parents, &deferrable}, {{"mariadb", "a deferrable foreign key"}}, look_at_deferrable};

/* Three tables round; one of the keys is added afterwards where that can be. */
static const kn_column ring_a_columns[] = {
    ID, KN_TABLE_COLUMN("b_id", KN_INTEGER, .references = KN_REF_NAMED("ring_b", "id"), .on_delete = KN_SET_NULL)};
static const kn_column ring_b_columns[] = {
    ID, KN_TABLE_COLUMN("c_id", KN_INTEGER, .references = KN_REF_NAMED("ring_c", "id"), .on_delete = KN_SET_NULL)};
static const kn_column ring_c_columns[] = {
    ID, KN_TABLE_COLUMN("a_id", KN_INTEGER, .references = KN_REF_NAMED("ring_a", "id"), .on_delete = KN_SET_NULL)};
static const kn_model ring_a = TABLE_OF("ring_a", COLUMNS(ring_a_columns)),
                      ring_b = TABLE_OF("ring_b", COLUMNS(ring_b_columns)),
                      ring_c = TABLE_OF("ring_c", COLUMNS(ring_c_columns));

static void look_at_ring(test_database *db)
{
    static const char *const tables[] = {"ring_a", "ring_b", "ring_c"};

    test_database_run(db, "INSERT INTO ring_a VALUES (1, NULL)");
    test_database_run(db, "INSERT INTO ring_c VALUES (1, 1)");
    test_database_run(db, "INSERT INTO ring_b VALUES (1, 1)");
    test_database_run(db, "UPDATE ring_a SET b_id = 1");
    refused(db, KN_FOREIGN_KEY, "UPDATE ring_a SET b_id = 2");
    refused(db, KN_FOREIGN_KEY, "UPDATE ring_b SET c_id = 2");
    refused(db, KN_FOREIGN_KEY, "UPDATE ring_c SET a_id = 2");
    for (size_t i = 0; i < KN_COUNT_OF(tables); i++)
        assert_catalog(db, CATALOG_ON_DELETE, tables[i], NULL, "SET NULL");
}
static const ddl_case case_ring = {{&ring_a, &ring_b, &ring_c}, {{0}}, look_at_ring};

/* --- checks, comments, computed columns, collations --- */

static const kn_model limited, stored, unstored; /* whose columns name their own */
#define L(name) KN_COL_NAMED(&limited, name)
static const kn_column limited_columns[] = {ID, KN_TABLE_COLUMN("a", KN_INTEGER, .check = KN_GE(L("a"), KN_INT(0))),
                                            KN_TABLE_COLUMN("b", KN_STRING(10)),
                                            KN_TABLE_COLUMN("c", KN_NUMERIC(10, 2))};
static const kn_model limited = TABLE_OF(
    "limited", COLUMNS(limited_columns),
    .checks = KN_CHECKS({.expr = KN_OR(KN_IN(L("b"), KN_TEXT("it's"), KN_TEXT("\"b\\"), KN_TEXT("\xf0\x9f\x8e\xb5")),
                                       KN_GT(L("a"), KN_INT(100))),
                         .name = "few_words"},
                        {.expr = KN_LT(L("c"), KN_DEC(10050, -2)), .name = "cheap"}, {.expr = KN_RAW("a <> 13")}));

static void look_at_limited(test_database *db)
{
    test_database_run(db, "INSERT INTO limited (a, b, c) VALUES (1, 'it''s', 100.49), (101, 'other', -1)");
    test_database_run(db, "INSERT INTO limited (a, b, c) VALUES (NULL, '\xf0\x9f\x8e\xb5', NULL)");
    refused(db, KN_CHECK, "INSERT INTO limited (a, b) VALUES (-1, 'it''s')");
    assert_string_equal(db->error.constraint, "ck_limited_a");
    refused(db, KN_CHECK, "INSERT INTO limited (a, b) VALUES (1, 'other')");
    assert_string_equal(db->error.constraint, "few_words");
    refused(db, KN_CHECK, "INSERT INTO limited (a, b) VALUES (1, 'IT''S')");
    refused(db, KN_CHECK, "INSERT INTO limited (b, c) VALUES ('it''s', 100.50)");
    assert_string_equal(db->error.constraint, "cheap");
    refused(db, KN_CHECK, "INSERT INTO limited (a, b) VALUES (13, 'it''s')");
    assert_catalog(db, CATALOG_CHECKS, "limited", "few_words", "1");
    assert_catalog(db, CATALOG_CHECKS, "limited", "ck_limited_a", "1");
}
static const ddl_case case_checks = {{&limited}, {{0}}, look_at_limited};

#define TOLD "it's 100% \"right\"; -- \xc3\xbc"
static const kn_column told_columns[] = {ID, KN_TABLE_COLUMN("told_of", KN_INTEGER, .comment = "a column: " TOLD)};
static const kn_model told = TABLE_OF("told", COLUMNS(told_columns), .comment = "a table: " TOLD);

static void look_at_comments(test_database *db)
{
    assert_catalog(db, CATALOG_TABLE_COMMENT, "told", NULL, "a table: " TOLD);
    assert_catalog(db, CATALOG_COLUMN_COMMENT, "told_of", NULL, "a column: " TOLD);
}
static const ddl_case case_comments = {{&told}, {{0}}, look_at_comments};

static const kn_column musical_columns[] = {
    ID, KN_TABLE_COLUMN("told_of", KN_INTEGER, .comment = "music \xf0\x9f\x8e\xb5")};
static const kn_model musical = TABLE_OF("musical", COLUMNS(musical_columns));
static void look_at_musical(test_database *db)
{
    assert_catalog(db, CATALOG_COLUMN_COMMENT, "told_of", NULL, "music \xf0\x9f\x8e\xb5");
}
static const ddl_case case_emoji_in_a_comment = {
    {&musical}, {{"mariadb", "a character outside the Basic Multilingual Plane in a comment"}}, look_at_musical};

#define DIGITS100 "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
#define DIGITS1000 DIGITS100 DIGITS100 DIGITS100 DIGITS100 DIGITS100 DIGITS100 DIGITS100 DIGITS100 DIGITS100 DIGITS100
static const kn_column talkative_columns[] = {
    ID, KN_TABLE_COLUMN("told_of", KN_INTEGER, .comment = DIGITS1000 "1234567890123456789012345")};
static const kn_model talkative = TABLE_OF("talkative", COLUMNS(talkative_columns));
static void look_at_nothing(test_database *db)
{
    assert_false(kn_in_transaction(db->c));
}
static const ddl_case case_long_comment = {
    {&talkative}, {{"mariadb", "a comment of more than 1024 characters"}}, look_at_nothing};

#define TWICE(model) KN_MUL(KN_COL_NAMED(&model, "a"), KN_INT(2))
static const kn_column stored_columns[] = {
    ID, KN_TABLE_COLUMN("a", KN_INTEGER),
    KN_TABLE_COLUMN("s", KN_BIG_INTEGER, .computed = TWICE(stored), .computed_stored = 1, .nullable = KN_NO)};
static const kn_column virtual_columns[] = {ID, KN_TABLE_COLUMN("a", KN_INTEGER),
                                            KN_TABLE_COLUMN("v", KN_BIG_INTEGER, .computed = TWICE(unstored))};
static const kn_model stored = TABLE_OF("stored", COLUMNS(stored_columns)),
                      unstored = TABLE_OF("unstored", COLUMNS(virtual_columns));

static void look_at_computed(test_database *db, const char *table, const char *column, const char *kind)
{
    char sql[100];

    snprintf(sql, sizeof(sql), "INSERT INTO \"%s\" (a) VALUES (4)", table);
    test_database_run(db, sql);
    snprintf(sql, sizeof(sql), "UPDATE \"%s\" SET a = 1000000000", table);
    test_database_run(db, sql);
    snprintf(sql, sizeof(sql), "SELECT %s FROM \"%s\"", column, table);
    assert_int_equal(number(db, sql), 2000000000);
    snprintf(sql, sizeof(sql), "INSERT INTO \"%s\" (a, %s) VALUES (4, 8)", table, column);
    assert_int_not_equal(test_database_try(db, sql), KN_OK);
    assert_catalog(db, CATALOG_COMPUTED, table, column, kind);
}

static void look_at_stored(test_database *db)
{
    kn_status status = test_database_try(db, "INSERT INTO stored (a) VALUES (NULL)");

    assert_true(status == KN_NOT_NULL || status == KN_CHECK);
    look_at_computed(db, "stored", "s", "stored");
}
static void look_at_unstored(test_database *db)
{
    look_at_computed(db, "unstored", "v", "virtual");
}
static const ddl_case case_computed_stored = {{&stored}, {{0}}, look_at_stored};
static const ddl_case case_computed_virtual = {
    {&unstored}, {{"postgresql", "a computed column that is not stored"}}, look_at_unstored};

/* Without a word text is ordered by code point; a collation of the backend's own may be named. */
static void test_ddl__a_collation_overrides_the_order_by_code_point(void **state)
{
    static const struct {
        const char *dialect, *own, *other;
    } collations[] = {{"sqlite", "BINARY", "NOCASE"},
                      {"postgresql", "C", "und-x-icu"},
                      {"mariadb", "utf8mb4_nopad_bin", "utf8mb4_general_ci"}};
    test_database *db = test_database_of(state);
    size_t i = 0;

    while (!is_on(db, collations[i].dialect))
        assert_true(++i < KN_COUNT_OF(collations));
    const kn_column columns[] = {
        ID, KN_TABLE_COLUMN("plain", KN_STRING(20), .index = true),
        KN_TABLE_COLUMN("other", KN_STRING(20), .index = true, .collation = collations[i].other)};
    const kn_model collated = TABLE_OF("collated", COLUMNS(columns));
    kn_metadata *metadata = metadata_of(db, (const kn_model *const[]){&collated}, 1);

    assert_ok(db, kn_create_all(db->c, metadata, &db->error));
    test_database_run(db, "INSERT INTO collated (plain, other) VALUES ('a', 'a')");
    assert_int_equal(number(db, "SELECT count(*) FROM collated WHERE plain < 'B'"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM collated WHERE other < 'B'"), 1);
    assert_catalog(db, CATALOG_COLLATION, "collated", "plain", collations[i].own);
    assert_catalog(db, CATALOG_COLLATION, "collated", "other", collations[i].other);
    drop(db, metadata);
    kn_metadata_destroy(metadata);
}

/* --- indexes --- */

static const kn_column shelf_columns[] = {ID, KN_TABLE_COLUMN("title", KN_STRING(200)),
                                          KN_TABLE_COLUMN("body", KN_TEXT), KN_TABLE_COLUMN("lent", KN_BOOLEAN),
                                          KN_TABLE_COLUMN("year", KN_INTEGER)};
#define SHELF(name_, ...) TABLE_OF(name_, COLUMNS(shelf_columns), .indexes = KN_INDEXES(__VA_ARGS__))
#define FILL "INSERT INTO shelf (title, body, lent, year) VALUES "
#define NO "(1 = 0)"
#define YES "(1 = 1)"

static const kn_model partial_shelf = SHELF("shelf", {.parts = KN_LIST(KN_COL_NAMED(&partial_shelf, "title")),
                                                      .name = "lent_once",
                                                      .unique = 1,
                                                      .where = KN_COL_NAMED(&partial_shelf, "lent")});
static void look_at_partial(test_database *db)
{
    test_database_run(db, FILL "('a', '', " NO ", 1), ('a', '', " NO ", 2), ('a', '', " YES ", 3)");
    refused(db, KN_UNIQUE, FILL "('a', '', " YES ", 4)");
    assert_catalog(db, CATALOG_INDEX, "shelf", "lent_once", "unique");
}
static const ddl_case case_partial_index = {{&partial_shelf}, {{"mariadb", "a partial index"}}, look_at_partial};

static const kn_model folded_shelf =
    SHELF("shelf", {.parts = KN_LIST(KN_LOWER(KN_COL_NAMED(&folded_shelf, "title")),
                                     KN_DESC(KN_ADD(KN_COL_NAMED(&folded_shelf, "year"), KN_INT(1)))),
                    .unique = 1});
static void look_at_folded(test_database *db)
{
    test_database_run(db, FILL "('a', '', " NO ", 1), ('A', '', " NO ", 2), ('\xc3\xa4', '', " NO ", 1)");
    test_database_run(db, FILL "('\xc3\x84', '', " NO ", 1)"); /* only letters of ASCII fold */
    refused(db, KN_UNIQUE, FILL "('A', '', " NO ", 1)");
    assert_catalog(db, CATALOG_INDEX, "shelf", "ix_shelf_title_year", "unique");
}
static const ddl_case case_expression_index = {
    {&folded_shelf}, {{"mariadb", "an index over an expression"}}, look_at_folded};

static const kn_model falling_shelf = SHELF(
    "shelf", {.parts = KN_LIST(KN_DESC(KN_COL_NAMED(&falling_shelf, "year")), KN_COL_NAMED(&falling_shelf, "title"))},
    {.parts = KN_LIST(KN_ASC(KN_COL_NAMED(&falling_shelf, "lent")), KN_COL_NAMED(&falling_shelf, "year")),
     .name = "where \"?\" `select`"});
static void look_at_falling(test_database *db)
{
    test_database_run(db, FILL "('a', '', " NO ", 1), ('a', '', " NO ", 1)");
    assert_catalog(db, CATALOG_INDEX, "shelf", "ix_shelf_year_title", "plain desc");
    assert_catalog(db, CATALOG_INDEX, "shelf", "where \"?\" `select`", "plain");
}
static const ddl_case case_descending_index = {{&falling_shelf}, {{0}}, look_at_falling};

static const kn_model prefix_shelf =
    SHELF("shelf", {.parts = KN_LIST(KN_PREFIX(KN_COL_NAMED(&prefix_shelf, "body"), 4)), .name = "begins"});
static void look_at_prefix(test_database *db)
{
    test_database_run(db, FILL "('a', 'abcd1', " NO ", 1), ('a', 'abcd2', " NO ", 1)");
    assert_catalog(db, CATALOG_INDEX, "shelf", "begins", "plain");
}
static const ddl_case case_prefix_index = {{&prefix_shelf}, {{0}}, look_at_prefix};

static const kn_model unique_prefix_shelf =
    SHELF("shelf",
          {.parts = KN_LIST(KN_PREFIX(KN_COL_NAMED(&unique_prefix_shelf, "body"), 4)), .name = "begins", .unique = 1});
static void look_at_unique_prefix(test_database *db)
{
    test_database_run(db, FILL "('a', '\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4', " NO ", 1)");
    test_database_run(db, FILL "('a', '\xc3\xa4\xc3\xa4\xc3\xa4', " NO ", 1)");
    refused(db, KN_UNIQUE, FILL "('a', '\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4x', " NO ", 1)");
}
static const ddl_case case_unique_prefix_index = {
    {&unique_prefix_shelf}, {{"sqlite", "a unique index over a prefix"}}, look_at_unique_prefix};

/* --- enums --- */

static const kn_enum shade =
    KN_ENUM_TYPE("Shade of \"it\"", KN_LABEL(1, "it's"), KN_LABEL(2, "back\\slash"), KN_LABEL(3, "\xf0\x9f\x8e\xb5"));
static const kn_column light_columns[] = {ID, KN_TABLE_COLUMN("shade", KN_ENUM(shade), .server_default = KN_INT(2)),
                                          KN_TABLE_COLUMN("other", KN_ENUM(shade))};
static const kn_model light = TABLE_OF("light", COLUMNS(light_columns)),
                      dark = TABLE_OF("dark", COLUMNS(light_columns));

static void look_at_enums(test_database *db)
{
    test_database_run(db, "INSERT INTO light (other) VALUES ('it''s')");
    test_database_run(db, "INSERT INTO dark (shade, other) VALUES ('\xf0\x9f\x8e\xb5', NULL)");
    assert_int_equal(number(db, is_on(db, "mariadb") ? "SELECT count(*) FROM light WHERE shade = 'back\\\\slash'"
                                                     : "SELECT count(*) FROM light WHERE shade = 'back\\slash'"),
                     1);
    assert_int_not_equal(test_database_try(db, "INSERT INTO dark (shade) VALUES ('wild')"), KN_OK);
    assert_int_not_equal(test_database_try(db, "INSERT INTO dark (shade) VALUES ('')"), KN_OK);
}
static const ddl_case case_shared_enum = {{&light, &dark}, {{0}}, look_at_enums};

/* A table of two that share an Enum is there already. */
static void test_ddl__an_enum_that_is_there_is_used(void **state)
{
    test_database *db = test_database_of(state);
    kn_metadata *one = metadata_of(db, (const kn_model *const[]){&light}, 1);
    kn_metadata *both = metadata_of(db, (const kn_model *const[]){&dark, &light}, 2);

    assert_ok(db, kn_create_all(db->c, one, &db->error));
    assert_ok(db, kn_create_all(db->c, both, &db->error));
    look_at_enums(db);
    drop(db, both);
    kn_metadata_destroy(one);
    kn_metadata_destroy(both);
}

/* --- names --- */

#define A20 "aaaaaaaaaaaaaaaaaaaa"
#define U10 "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
static const kn_column long_columns[] = {
    ID,
    KN_TABLE_COLUMN(A20 A20 "1", KN_INTEGER, .unique = true),
    KN_TABLE_COLUMN(A20 A20 "2", KN_INTEGER, .unique = true),
    KN_TABLE_COLUMN(A20 A20 "3", KN_INTEGER, .index = true),
    KN_TABLE_COLUMN(U10 U10 U10, KN_INTEGER, .index = true),
    KN_TABLE_COLUMN(U10 U10 "b", KN_INTEGER, .references = KN_REF_NAMED(A20 A20 A20 "t", "id")),
    KN_TABLE_COLUMN(U10 U10 "c", KN_INTEGER, .references = KN_REF_NAMED(A20 A20 A20 "t", "id")),
};
#define LONG(model, name)                                                                                              \
    TABLE_OF(name, COLUMNS(long_columns),                                                                              \
             .checks = KN_CHECKS({.expr = KN_GE(KN_COL_NAMED(&model, U10 U10 U10), KN_INT(0))}))
static const kn_model long_named = LONG(long_named, A20 A20 A20 "t"),
                      long_umlauts = LONG(long_umlauts, U10 U10 U10 "t");

static void look_at_long_names(test_database *db)
{
    const kn_limits *limits = &kn__connection_target(db->c)->dialect->limits;
    long longest = strtol(catalog_ask(db, CATALOG_LONGEST_NAME, NULL, NULL), NULL, 10);

    assert_in_range(longest, 20, limits->name_max);
    test_database_run(db, "INSERT INTO \"" A20 A20 A20 "t\" (\"" A20 A20 "1\") VALUES (1)");
    refused(db, KN_UNIQUE, "INSERT INTO \"" A20 A20 A20 "t\" (\"" A20 A20 "1\") VALUES (1)");
    refused(db, KN_FOREIGN_KEY, "INSERT INTO \"" U10 U10 U10 "t\" (\"" U10 U10 "c\") VALUES (7)");
    refused(db, KN_CHECK, "INSERT INTO \"" U10 U10 U10 "t\" (\"" U10 U10 U10 "\") VALUES (-7)");
}
static const ddl_case case_long_names = {{&long_named, &long_umlauts}, {{0}}, look_at_long_names};

/* --- what would be weakened, or refused by the server only --- */

#define REFUSED(name, feature_, ...)                                                                                   \
    static const kn_column name##_columns[] = {ID, __VA_ARGS__};                                                       \
    static const kn_model name = TABLE_OF(#name, COLUMNS(name##_columns));                                             \
    static const ddl_case case_##name = {{&name}, {{"mariadb", feature_}}, look_at_nothing}
REFUSED(wide_key, "may pass 3072 bytes", KN_TABLE_COLUMN("a", KN_STRING(769), .unique = true));
REFUSED(wide_index, "may pass 3072 bytes", KN_TABLE_COLUMN("a", KN_STRING(769), .index = true));
REFUSED(text_key, "may pass 3072 bytes", KN_TABLE_COLUMN("a", KN_TEXT, .unique = true));
REFUSED(wide_string, "String(16384)", KN_TABLE_COLUMN("a", KN_STRING(16384)));
REFUSED(wide_row, "may pass 65535 bytes", KN_TABLE_COLUMN("a", KN_STRING(9000)), KN_TABLE_COLUMN("b", KN_STRING(9000)));
REFUSED(end_space, "a name that ends in a space", KN_TABLE_COLUMN("a ", KN_INTEGER));
REFUSED(digits, "Numeric(66, 2)", KN_TABLE_COLUMN("a", KN_NUMERIC(66, 2)));
REFUSED(fraction, "Numeric(40, 31)", KN_TABLE_COLUMN("a", KN_NUMERIC(40, 31)));

static const kn_model checked_key, counted_key, checked_parent, stored_parent;
#define TABLE_CHECK(expr_) .checks = KN_CHECKS({.expr = (expr_)})
static const kn_column changing_columns[] = {
    ID, KN_TABLE_COLUMN("p", KN_INTEGER, .references = KN_REF_NAMED("parents", "id"), .on_update = KN_CASCADE)};
static const kn_column counted_columns[] = {
    ID, KN_TABLE_COLUMN("n", KN_INTEGER, .computed = KN_ADD(KN_COL_NAMED(&counted_key, "id"), KN_INT(1)),
                        .computed_stored = 1)};
static const kn_column kept_columns[] = {
    ID, KN_TABLE_COLUMN("p", KN_INTEGER, .references = KN_REF_NAMED("parents", "id"), .on_delete = KN_SET_NULL),
    KN_TABLE_COLUMN("n", KN_INTEGER, .computed = KN_ADD(KN_COL_NAMED(&stored_parent, "p"), KN_INT(1)),
                    .computed_stored = 1)};
static const kn_column plain_columns[] = {ID, KN_TABLE_COLUMN("a", KN_INTEGER)};
static const kn_model checked_key = TABLE_OF("checked_key", COLUMNS(plain_columns),
                                             TABLE_CHECK(KN_LT(KN_COL_NAMED(&checked_key, "id"), KN_INT(3)))),
                      counted_key = TABLE_OF("counted_key", COLUMNS(counted_columns)),
                      checked_parent = TABLE_OF("checked_parent", COLUMNS(changing_columns),
                                                TABLE_CHECK(KN_NE(KN_COL_NAMED(&checked_parent, "p"), KN_INT(3)))),
                      stored_parent = TABLE_OF("stored_parent", COLUMNS(kept_columns));

static void look_at_checked_key(test_database *db)
{
    test_database_run(db, "INSERT INTO checked_key (a) VALUES (1), (2)");
    refused(db, KN_CHECK, "INSERT INTO checked_key (a) VALUES (3)");
}
#define OVER_A_KEY "a check or computed column over the key that is generated"
static const ddl_case case_checked_key = {{&checked_key}, {{"mariadb", OVER_A_KEY}}, look_at_checked_key};

static void look_at_counted_key(test_database *db)
{
    test_database_run(db, "INSERT INTO counted_key (id) VALUES (41)");
    assert_int_equal(number(db, "SELECT n FROM counted_key"), 42);
}
static const ddl_case case_counted_key = {{&counted_key}, {{"mariadb", OVER_A_KEY}}, look_at_counted_key};

static void look_at_changed(test_database *db)
{
    test_database_run(db, "INSERT INTO parents VALUES (1)");
    test_database_run(db, "INSERT INTO checked_parent (p) VALUES (1)");
    refused(db, KN_CHECK, "UPDATE parents SET id = 3");
    test_database_run(db, "UPDATE parents SET id = 4");
    assert_int_equal(number(db, "SELECT p FROM checked_parent"), 4);
}
#define OVER_A_REFERENCE "a check or stored column over a column that a foreign key changes"
static const ddl_case case_checked_parent = {
    {&parents, &checked_parent}, {{"mariadb", OVER_A_REFERENCE}}, look_at_changed};

static void look_at_stored_parent(test_database *db)
{
    test_database_run(db, "INSERT INTO parents VALUES (1)");
    test_database_run(db, "INSERT INTO stored_parent (p) VALUES (1)");
    test_database_run(db, "DELETE FROM parents");
    assert_int_equal(number(db, "SELECT count(*) FROM stored_parent WHERE n IS NULL"), 1);
}
static const ddl_case case_stored_parent = {
    {&parents, &stored_parent}, {{"mariadb", OVER_A_REFERENCE}}, look_at_stored_parent};

static const kn_model spaced_index =
    SHELF("shelf", {.parts = KN_LIST(KN_COL_NAMED(&spaced_index, "year")), .name = "ends "});
static const ddl_case case_spaced_index = {
    {&spaced_index}, {{"mariadb", "a name that ends in a space"}}, look_at_nothing};

/* Of the longest key that fits there is nothing to refuse. */
static const kn_column fitting_columns[] = {
    ID, KN_TABLE_COLUMN("a", KN_STRING(768), .unique = true),
    KN_TABLE_COLUMN("b", KN_STRING(16000), .nullable = KN_NO, .server_default = KN_TEXT(""))};
static const kn_column fitting_key_columns[] = {ID, KN_TABLE_COLUMN("a", KN_STRING(768), .unique = true)};
static const kn_model fitting = TABLE_OF("fitting", COLUMNS(fitting_key_columns)),
                      fitting_row = TABLE_OF("fitting_row", .columns = fitting_columns + 2, .n_columns = 1);
static void look_at_fitting(test_database *db)
{
    test_database_run(db, "INSERT INTO fitting (a) VALUES ('x')");
    refused(db, KN_UNIQUE, "INSERT INTO fitting (a) VALUES ('x')");
}
static const ddl_case case_fitting = {{&fitting, &fitting_row}, {{0}}, look_at_fitting};

/* --- schemas --- */

/* A schema is a database attached, a namespace, a database. */
static void test_ddl__tables_of_a_schema(void **state)
{
    test_database *db = test_database_of(state);
    char schema[80], sql[300];
    kn_arena arena = {0};
    const kn_model *models[2] = {NULL, NULL};
    const kn_column id = ID, title = KN_TABLE_COLUMN("title", KN_STRING(20), .unique = true, .index = true);

    if (is_on(db, "sqlite"))
        snprintf(schema, sizeof(schema), "main");
    else
        snprintf(schema, sizeof(schema), "%s of \"it\"", is_on(db, "mariadb") ? db->name : "schema");
    const char quote = (char)kn__connection_target(db->c)->dialect->quote;
    char quoted[100];
    snprintf(quoted, sizeof(quoted),
             quote == '`'          ? "`%s`"
             : is_on(db, "sqlite") ? "%s"
                                   : "\"schema of \"\"it\"\"\"",
             schema);
    kn_table_builder *builder = kn_table_begin(&arena, schema, "books");
    kn_table_add_column(builder, &id);
    kn_table_add_column(builder, &title);
    assert_ok(db, kn_table_build(builder, &models[0], &db->error));
    kn_column book = KN_TABLE_COLUMN("book_id", KN_INTEGER);
    snprintf(sql, sizeof(sql), "%s.books", schema);
    book.references = (kn_member)KN_REF_NAMED(sql, "id");
    builder = kn_table_begin(&arena, schema, "pages");
    kn_table_add_column(builder, &id);
    kn_table_add_column(builder, &book);
    assert_ok(db, kn_table_build(builder, &models[1], &db->error));
    kn_metadata *metadata = metadata_of(db, models, 2);

    if (!is_on(db, "sqlite")) {
        snprintf(sql, sizeof(sql), "CREATE %s %s", is_on(db, "mariadb") ? "DATABASE" : "SCHEMA", quoted);
        assert_ok(db, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
    }
    for (int i = 0; i < 2; i++) {
        assert_ok(db, kn_create_all(db->c, metadata, &db->error));
        assert_ok(db, kn_create_all(db->c, metadata, &db->error));
        snprintf(sql, sizeof(sql), "INSERT INTO %s.books (title) VALUES ('a')", quoted);
        assert_ok(db, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
        assert_refused(db, KN_UNIQUE, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
        snprintf(sql, sizeof(sql), "INSERT INTO %s.pages (book_id) VALUES (9)", quoted);
        assert_refused(db, KN_FOREIGN_KEY, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
        drop(db, metadata);
    }
    if (!is_on(db, "sqlite")) { /* refused as long as anything is in it, on one of the two */
        snprintf(sql, sizeof(sql), "DROP %s %s", is_on(db, "mariadb") ? "DATABASE" : "SCHEMA", quoted);
        assert_ok(db, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
    }
    kn_metadata_destroy(metadata);
    test_database_disconnect(db);
    kn_arena_finish(&arena);
}

#define CASES(X)                                                                                                       \
    X(options)                                                                                                         \
    X(pairs)                                                                                                           \
    X(generated)                                                                                                       \
    X(self_reference)                                                                                                  \
    X(composite_reference)                                                                                             \
    X(deferred)                                                                                                        \
    X(deferrable)                                                                                                      \
    X(ring)                                                                                                            \
    X(checks)                                                                                                          \
    X(comments)                                                                                                        \
    X(emoji_in_a_comment)                                                                                              \
    X(long_comment)                                                                                                    \
    X(computed_stored)                                                                                                 \
    X(computed_virtual)                                                                                                \
    X(partial_index)                                                                                                   \
    X(expression_index)                                                                                                \
    X(descending_index)                                                                                                \
    X(prefix_index)                                                                                                    \
    X(unique_prefix_index)                                                                                             \
    X(shared_enum)                                                                                                     \
    X(long_names)                                                                                                      \
    X(wide_key)                                                                                                        \
    X(wide_index)                                                                                                      \
    X(text_key)                                                                                                        \
    X(wide_string)                                                                                                     \
    X(wide_row)                                                                                                        \
    X(end_space)                                                                                                       \
    X(digits)                                                                                                          \
    X(fraction)                                                                                                        \
    X(spaced_index)                                                                                                    \
    X(fitting)                                                                                                         \
    X(checked_key)                                                                                                     \
    X(counted_key)                                                                                                     \
    X(checked_parent)                                                                                                  \
    X(stored_parent)

#define TEST(name)                                                                                                     \
    static void test_ddl__##name(void **state)                                                                         \
    {                                                                                                                  \
        run_case(state, &case_##name);                                                                                 \
    }
CASES(TEST)

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, test_database_open, test_database_close)
#define EACH_CASE(name) EACH(test_ddl__##name),
    const struct CMUnitTest tests[] = {
        CASES(EACH_CASE) EACH(test_ddl__every_action_of_a_foreign_key),
        EACH(test_ddl__a_collation_overrides_the_order_by_code_point),
        EACH(test_ddl__an_enum_that_is_there_is_used),
        EACH(test_ddl__tables_of_a_schema),
    };
    return cmocka_run_group_tests_name("integration/schema/ddl", tests, NULL, NULL);
}
