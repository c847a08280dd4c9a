/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Names that nobody should use, as tables, columns and constraints: they work, or are refused before anything is sent.
 */
#include "support/database.h"

#include <sqlite3.h>

typedef struct name_case {
    const char *name;
    kn_status status;    /* of making a table with it */
    const char *feature; /* NULL, or what a backend may say that it does not support */
} name_case;

static const name_case names[] = {
    {"plain", KN_OK, NULL},
    {"Upper Case", KN_OK, NULL},
    {"select", KN_OK, NULL},
    {"ORDER", KN_OK, NULL},
    {"group by", KN_OK, NULL},
    {"quo\"te", KN_OK, NULL},
    {"\"\"", KN_OK, NULL},
    {"apos'trophe", KN_OK, NULL},
    {"back`tick", KN_OK, NULL},
    {"[bracket]", KN_OK, NULL},
    {"back\\slash", KN_OK, NULL},
    {"semi;colon", KN_OK, NULL},
    {"dash -- dash", KN_OK, NULL},
    {"star /* star */", KN_OK, NULL},
    {"question?", KN_OK, NULL},
    {":colon", KN_OK, NULL},
    {"per%cent%s%n", KN_OK, NULL},
    {"new\nline", KN_OK, NULL},
    {"tab\there", KN_OK, NULL},
    {"1digit", KN_OK, NULL},
    {"$dollar", KN_OK, NULL},
    {"x'); DROP TABLE canary; --", KN_OK, NULL},
    {"\xc3\xbcmlaut", KN_OK, NULL},
    {"\xe6\x97\xa5\xe6\x9c\xac", KN_OK, NULL},
    {"\xf0\x9f\x8e\xb5", KN_OK, "a name with a character outside the Basic Multilingual Plane"},
    {"behind\xf0\x9f\x8e\xb5", KN_OK, "a name with a character outside the Basic Multilingual Plane"},
    {"trailing ", KN_OK, "a name that ends in a space"},
    {" leading", KN_OK, NULL},
    {"", KN_INVALID, NULL},
    {"\xff", KN_INVALID, NULL},
    {"\xc0\x80", KN_INVALID, NULL},
    {"\xed\xa0\x80", KN_INVALID, NULL},
};

static kn_status make_table(kn_arena *arena, const char *table, const char *column, const kn_model **out,
                            kn_error *error)
{
    kn_table_builder *builder = kn_table_begin(arena, NULL, table);
    kn_column id = {.name = "id", .type = KN_TYPE(KN_INTEGER), .primary_key = true};
    kn_column text = {
        .name = column, .type = KN_TYPE(KN_STRING(40)), .unique = true, .server_default = KN_TEXT("it's; --")};

    kn_table_add_column(builder, &id);
    kn_table_add_column(builder, &text);
    return kn_table_build(builder, out, error);
}

static kn_status create(test_database *db, const kn_model *model)
{
    kn_metadata *metadata = NULL;
    kn_status status = kn_metadata_create(NULL, &metadata, &db->error);

    if (status == KN_OK)
        status = kn_metadata_add(metadata, model, &db->error);
    if (status == KN_OK)
        status = kn_create_all(db->c, metadata, &db->error);
    if (status == KN_OK)
        status = kn_create_all(db->c, metadata, &db->error); /* it is found again under its name */
    kn_metadata_destroy(metadata);
    return status;
}

/* A row in, found by its text, and out again. */
static void use(test_database *db, const kn_model *model, const char *column)
{
    static const uint16_t both[] = {0, 1};
    const kn_insert_rows insert = {.node = {.kind = KN_NODE_INSERT, .size = sizeof(insert)},
                                   .into = model,
                                   .columns = both,
                                   .n_columns = 2,
                                   .rows = 1};
    const kn_select select = KN_SELECT(.from = model, .where = KN_EQ(KN_COL_NAMED(model, column), KN_ARG(0)));
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_text text;

    assert_ok(db, kn_execute_query(db->c, &insert.node, KN_ARGS(kn_int(7), kn_string(column)), NULL, &db->error));
    assert_ok(db, kn_prepare_query(db->c, &select.node, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_ARGS(kn_string(column)), &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_ok(db, kn_get_text(result, 1, &text, &db->error));
    assert_true(kn_text_equal(text, kn_text_of(column)));
    assert_string_equal(kn_result_name(result, 1), column);
    kn_statement_finish(statement);
}

static void drop(test_database *db, const kn_model *model)
{
    kn_metadata *metadata = NULL;
    kn_statement *statement = NULL;
    const kn_select select = KN_SELECT(.from = model);

    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    assert_ok(db, kn_metadata_add(metadata, model, &db->error));
    assert_ok(db, kn_drop_all(db->c, metadata, &db->error));
    assert_refused(db, KN_NO_SUCH, kn_prepare_query(db->c, &select.node, &statement, &db->error));
    kn_metadata_destroy(metadata);
}

/* The model lives in `arena`, which must outlive the engine: an engine knows a model by its address. */
static void try_name(test_database *db, kn_arena *arena, const char *table, const char *column,
                     const name_case *expected)
{
    const kn_model *model = NULL;
    kn_status status;

    kn_error_clear(&db->error);
    status = make_table(arena, table, column, &model, &db->error);
    if (status == KN_OK)
        status = create(db, model);
    if (status == KN_UNSUPPORTED && expected->feature)
        test_database_note_refusal(db, expected->feature);
    else if (status != expected->status)
        fail_msg("table '%s', column '%s': %s: %s", table, column, kn_status_name(status), db->error.message);
    if (status == KN_OK) {
        use(db, model, column);
        drop(db, model);
    }
}

static void test_names__each_works_or_is_refused_as_table_and_as_column(void **state)
{
    test_database *db = test_database_of(state);
    int64_t canary = 0;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_execute(db->c, KN_SQL("CREATE TABLE canary (x INTEGER)"), KN_NO_ARGS, NULL, &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        try_name(db, &arena, names[i].name, "c", &names[i]);
        try_name(db, &arena, "t", names[i].name, &names[i]);
        try_name(db, &arena, names[i].name, names[i].name, &names[i]);
    }
    assert_ok(db, kn_execute(db->c, KN_SQL("INSERT INTO canary VALUES (1)"), KN_NO_ARGS, &canary, &db->error));
    assert_int_equal(canary, 1);
    test_database_disconnect(db);
    kn_arena_finish(&arena);
}

static void test_names__too_long_is_refused_and_never_cut(void **state)
{
    test_database *db = test_database_of(state);
    char *name = malloc(10001);
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    memset(name, 'n', 10000);
    name[10000] = '\0';
    const name_case too_long = {name, KN_TOO_LONG, NULL};
    try_name(db, &arena, name, "c", &too_long);
    try_name(db, &arena, "t", name, &too_long);
    test_database_disconnect(db);
    kn_arena_finish(&arena);
    free(name);
}

/* The first column of what `sql` gives, in small letters. */
static size_t ask_words(test_database *db, kn_sql_text sql, kn_arena *arena, const char **out, size_t room)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_text word;
    size_t n = 0;

    assert_ok(db, kn_prepare(db->c, sql, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    while (kn_next(result, &db->error) == KN_OK) {
        assert_ok(db, kn_get_text(result, 0, &word, &db->error));
        assert_true(n < room);
        out[n++] = kn_arena_copy(arena, word.data, word.size);
    }
    kn_statement_finish(statement);
    return n;
}

/* All that the backend itself calls a keyword. */
static size_t list_keywords(test_database *db, kn_arena *arena, const char **out, size_t room)
{
    const char *backend = test_database_backend(db), *word;
    size_t n = 0;
    int size;

    if (strcmp(backend, "postgresql") == 0)
        return ask_words(db, KN_SQL("SELECT word FROM pg_get_keywords()"), arena, out, room);
    if (strcmp(backend, "mariadb") == 0)
        return ask_words(db, KN_SQL("SELECT DISTINCT lower(word) FROM information_schema.keywords"), arena, out, room);
    for (; sqlite3_keyword_name((int)n, &word, &size) == SQLITE_OK; n++) {
        char *copy = kn_arena_copy(arena, word, (size_t)size);
        for (char *c = copy; *c; c++)
            *c |= 0x20;
        out[n] = copy;
    }
    return n;
}

/* In one table: a word that the dialect does not know to be reserved is a syntax error. */
static void test_names__every_keyword_of_the_backend_is_a_name(void **state)
{
    enum { MOST = 1000 };
    static const char *words[MOST];
    test_database *db = test_database_of(state);
    const kn_model *model = NULL;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    size_t n = list_keywords(db, &arena, words, MOST);
    assert_in_range(n, 140, MOST);
    kn_table_builder *builder = kn_table_begin(&arena, NULL, "words");
    for (size_t i = 0; i < n; i++) {
        const kn_column column = {.name = words[i], .type = KN_TYPE(KN_SMALL_INTEGER), .primary_key = i == 0};
        kn_table_add_column(builder, &column);
    }
    assert_ok(db, kn_table_build(builder, &model, &db->error));
    assert_ok(db, create(db, model));
    const kn_select select = KN_SELECT(.from = model, .order_by = KN_LIST(KN_ASC(KN_COL_NAMED(model, words[n - 1]))));
    int64_t rows = -1;
    assert_ok(db, kn_count(db->c, &select, KN_NO_ARGS, &rows, &db->error));
    assert_int_equal(rows, 0);
    drop(db, model);
    test_database_disconnect(db);
    kn_arena_finish(&arena);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_names__each_works_or_is_refused_as_table_and_as_column),
        EACH(test_names__too_long_is_refused_and_never_cut),
        EACH(test_names__every_keyword_of_the_backend_is_a_name),
    };
    return cmocka_run_group_tests_name("integration/engine/names", tests, NULL, NULL);
}
