/* SPDX-License-Identifier: MIT */
/* What the postgresql dialect writes in its own way. With KOINE_TEST_POSTGRESQL set, the server itself reads every
 * text: no such statement is a syntax error, and every parameter has a type. */
#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <koine/koine.h>
#include <koine/plugin/plugin.h>

#include "plugin/loader.h"
#include "sql/compile.h"

kn_plugin_entry koine_plugin_postgresql, koine_plugin_libpq;

static kn__dialect dialect;
static kn__target target;
static kn_registry *registry;
static kn_engine *engine;
static kn_connection *server; /* NULL = none */

static const kn_enum mood = KN_ENUM_TYPE("thing_mood", KN_LABEL(0, "it's"), KN_LABEL(1, "back\\slash"));
typedef struct Thing {
    int64_t id;
    int32_t amount;
    int16_t side;
    const char *name, *code;
    kn_bytes cover;
    kn_decimal price;
    float ratio;
    kn_opt_enum mood;
    kn_opt_datetime moment;
    kn_opt_instant since;
} Thing;
KN_MODEL(Thing);
KN_COLUMNS(Thing) = {
    KN_COLUMN(Thing, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Thing, amount, KN_INTEGER),
    KN_COLUMN(Thing, side, KN_SMALL_INTEGER),
    KN_COLUMN(Thing, name, KN_STRING(8), .nullable = KN_NO),
    KN_COLUMN(Thing, code, KN_TEXT),
    KN_COLUMN(Thing, cover, KN_LARGE_BINARY_OF(4)),
    KN_COLUMN(Thing, price, KN_NUMERIC(10, 2)),
    KN_COLUMN(Thing, ratio, KN_FLOAT_OF(24)),
    KN_COLUMN(Thing, mood, KN_ENUM(mood)),
    KN_COLUMN(Thing, moment, KN_DATETIME),
    KN_COLUMN(Thing, since, KN_DATETIME_TZ),
};
KN_DEFINE(Thing, "thing");

#define T(m) KN_COL(Thing, m)
#define WHERE(...) &(const kn_select)KN_SELECT(KN_FROM(Thing), .columns = KN_LIST(T(id)), .where = __VA_ARGS__).node
#define SHOW(...) &(const kn_select)KN_SELECT(KN_FROM(Thing), .columns = KN_LIST(__VA_ARGS__)).node
#define ORDER(...)                                                                                                     \
    &(const kn_select)KN_SELECT(KN_FROM(Thing), .columns = KN_LIST(T(id)), .order_by = KN_LIST(__VA_ARGS__)).node
#define SET(...) &(const kn_update_rows)KN_UPDATE(Thing, .set = KN_LIST(__VA_ARGS__), .where = KN_ALL_ROWS).node
#define FROM_THING "SELECT id FROM thing WHERE "

typedef struct row {
    const kn_node *statement;
    const char *sql;
} row;

static const row rows[] = {
    {WHERE(KN_AND(KN_EQ(T(id), KN_ARG(0)), KN_LT(T(name), KN_TEXT("x")))), FROM_THING "id = $1 AND name < $2"},
    {WHERE(KN_LIKE(T(name), KN_ARG(0))), FROM_THING "name LIKE $1 ESCAPE '\\'"},
    {WHERE(KN_ILIKE(T(name), KN_ARG(0))),
     FROM_THING "lower(name COLLATE \"C\") LIKE lower($1 COLLATE \"C\") ESCAPE '\\'"},
    {WHERE(KN_CONTAINS(T(name), KN_ARG(0))), FROM_THING "name LIKE $1 ESCAPE '\\'"},
    {WHERE(KN_STARTS_WITH(T(name), T(code))), FROM_THING "substring(name FROM 1 FOR char_length(code)) = code"},
    {WHERE(KN_EQ(KN_UPPER(KN_CONCAT(T(name), KN_ARG(0))), KN_LOWER(T(code)))),
     FROM_THING "upper((name || $1) COLLATE \"C\") = lower(code COLLATE \"C\")"},
    {WHERE(KN_IS_NULL(KN_ARG(0, KN_TEXT))), FROM_THING "CAST($1 AS TEXT) IS NULL"},
    {WHERE(KN_IS_NOT_NULL(KN_ARG(0, KN_DATE))), FROM_THING "$1 IS NOT NULL"},
    {WHERE(KN_IN(T(mood), KN_INT(0), KN_ARG(0))), FROM_THING "mood IN ($1, $2)"},
    {WHERE(KN_EQ(KN_LENGTH(T(cover)), KN_LENGTH(T(name)))), FROM_THING "octet_length(cover) = char_length(name)"},
    {WHERE(KN_LT(T(moment), KN_NOW)), FROM_THING "moment < (statement_timestamp() AT TIME ZONE 'UTC')"},
    {WHERE(KN_LT(T(since), KN_NOW)), FROM_THING "since < statement_timestamp()"},
    {SHOW(KN_ADD(T(amount), T(amount), KN_INT(1))), "SELECT CAST(amount AS BIGINT) + amount + $1 FROM thing"},
    {SHOW(KN_MUL(KN_SUB(T(amount), T(side)), T(id))), "SELECT (CAST(amount AS BIGINT) - side) * id FROM thing"},
    {SHOW(KN_DIV(T(side), T(amount)), KN_MOD(T(id), KN_INT(0))),
     "SELECT CAST(side AS BIGINT) / nullif(amount, 0), id % nullif($1, 0) FROM thing"},
    {SHOW(KN_NEG(T(side)), KN_ABS(T(amount)), KN_ABS(T(price))),
     "SELECT -(CAST(side AS BIGINT)), abs(CAST(amount AS BIGINT)), abs(price) FROM thing"},
    {SHOW(KN_SUM(T(id)), KN_SUM(T(side)), KN_SUM(T(price)), KN_SUM(T(ratio))),
     "SELECT CAST(sum(id) AS BIGINT), CAST(sum(side) AS BIGINT), sum(price), sum(CAST(ratio AS DOUBLE PRECISION))"
     " FROM thing"},
    {ORDER(KN_ASC(T(id)), KN_DESC(T(name)), KN_ASC(T(code)), KN_DESC(T(mood))),
     "SELECT id FROM thing ORDER BY id, name DESC, code NULLS FIRST, mood DESC NULLS LAST"},
    {SET(KN_ASSIGN(T(name), KN_CONCAT(T(name), KN_TEXT(" "))), KN_ASSIGN(T(code), T(name)),
         KN_ASSIGN(T(amount), KN_ADD(T(amount), KN_INT(1)))),
     "UPDATE thing SET name = CASE WHEN char_length(name || $1) > 8 THEN (name || $2) || '!' ELSE name || $3 END,"
     " code = name, amount = CAST(amount AS BIGINT) + $4"},
    {SET(KN_ASSIGN(T(cover), KN_COALESCE(T(cover), KN_ARG(0, KN_LARGE_BINARY))), KN_ASSIGN(T(mood), KN_ARG(1))),
     "UPDATE thing SET cover = CASE WHEN octet_length(coalesce(cover, $1)) > 4 THEN"
     " set_byte(coalesce(cover, $2), octet_length(coalesce(cover, $3)), 0) ELSE coalesce(cover, $4) END, mood = $5"},
};

#define INDEX(...)                                                                                                     \
    (const uint16_t[])                                                                                                 \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
static const kn_insert_rows two_rows = {.node = {KN_NODE_INSERT, sizeof(kn_insert_rows), 0},
                                        .into = &Thing_model,
                                        .columns = INDEX(3, 8),
                                        .n_columns = 2,
                                        .rows = 2,
                                        .returning = INDEX(0),
                                        .n_returning = 1};

static void must_be(const kn_node *statement, const char *sql)
{
    kn_error error = {0};
    kn__compiled *compiled = NULL;
    if (kn__compile(&target, statement, NULL, &compiled, &error) != KN_OK)
        fail_msg("%s: %s", sql, error.message);
    assert_string_equal(compiled->sql.data, sql);
    kn__compiled_free(compiled);
    kn_statement *prepared = NULL;
    if (server && kn_prepare_query(server, statement, &prepared, &error) != KN_OK && statement != &two_rows.node)
        fail_msg("the server refuses %s: %s", sql, error.message);
    kn_statement_finish(prepared);
}

static void test_postgresql__renders_statements(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++)
        must_be(rows[i].statement, rows[i].sql);
    must_be(&two_rows.node, "INSERT INTO thing (name, mood) VALUES ($1, $2), ($3, $4) RETURNING id");
}

extern const kn_model stock;
#define S(name_) KN_COL_NAMED(&stock, name_)
#define VALUE(kind_, member, ...)                                                                                      \
    KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_##kind_, .as = {.member = __VA_ARGS__}})
static const kn_column stock_columns[] = {
    KN_TABLE_COLUMN("id", KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_YES, .comment = "the key's"),
    KN_TABLE_COLUMN("small", KN_SMALL_INTEGER, .server_default = KN_INT(-5)),
    KN_TABLE_COLUMN("ratio", KN_FLOAT_OF(24), .server_default = KN_DOUBLE(0.5)),
    KN_TABLE_COLUMN("length", KN_FLOAT),
    KN_TABLE_COLUMN("price", KN_NUMERIC(1000, 2), .check = KN_GT(S("price"), KN_DEC(-995, -1))),
    KN_TABLE_COLUMN("code", KN_UNICODE(8), .server_default = KN_TEXT("it's \\")),
    KN_TABLE_COLUMN("note", KN_TEXT, .collation = "POSIX", .nullable = KN_NO),
    KN_TABLE_COLUMN("thumb", KN_LARGE_BINARY, .server_default = VALUE(BYTES, bytes, {.data = "\x00\xff", .size = 2})),
    KN_TABLE_COLUMN("day", KN_DATE, .server_default = VALUE(DATE, date, {.days = 1})),
    KN_TABLE_COLUMN("clock", KN_TIME),
    KN_TABLE_COLUMN("user", KN_DATETIME, .server_default = KN_NOW),
    KN_TABLE_COLUMN("since", KN_DATETIME_TZ, .server_default = VALUE(INSTANT, instant, {.us = 0})),
    KN_TABLE_COLUMN("pause", KN_INTERVAL, .server_default = VALUE(INTERVAL, interval, {.us = -INT64_C(90000000001)})),
    KN_TABLE_COLUMN("mood", KN_ENUM(mood), .server_default = KN_INT(1)),
    KN_TABLE_COLUMN("prefs", KN_PICKLE, .comment = "theirs"),
    KN_TABLE_COLUMN("twice", KN_BIG_INTEGER, .computed = KN_MUL(S("small"), KN_INT(2)), .computed_stored = 1),
};
const kn_model stock = {
    .size_ = sizeof(kn_model),
    .table = "stock",
    .columns = stock_columns,
    .n_columns = KN_COUNT_OF(stock_columns),
    .column_size = sizeof(kn_column),
    .comment = "all",
    .indexes = KN_INDEXES({.parts = KN_LIST(KN_DESC(S("note")), S("code")), .name = "by_note"},
                          {.parts = KN_LIST(KN_LOWER(S("code")), KN_DESC(KN_LENGTH(S("code")))), .name = "by_lower"},
                          {.parts = KN_LIST(KN_PREFIX(S("note"), 10)),
                           .name = "ten",
                           .unique = 1,
                           .where = KN_LIKE(S("code"), KN_TEXT("50\\%%"))}),
};

static const char *const script[] = {
    "CREATE TYPE thing_mood AS ENUM ('it''s', 'back\\slash')",
    "CREATE TABLE stock (\n"
    "    id BIGINT GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n"
    "    small SMALLINT DEFAULT -5,\n"
    "    ratio FLOAT(24) DEFAULT 0.5,\n"
    "    length DOUBLE PRECISION,\n"
    "    price NUMERIC(1000, 2),\n"
    "    code VARCHAR(8) COLLATE \"C\" DEFAULT 'it''s \\',\n"
    "    note TEXT COLLATE \"POSIX\" NOT NULL,\n"
    "    thumb BYTEA DEFAULT '\\x00ff'::bytea,\n"
    "    day DATE DEFAULT DATE '1970-01-02',\n"
    "    clock TIME,\n"
    "    \"user\" TIMESTAMP DEFAULT ((statement_timestamp() AT TIME ZONE 'UTC')),\n"
    "    since TIMESTAMPTZ DEFAULT TIMESTAMPTZ '1970-01-01 00:00:00.000000+00:00',\n"
    "    pause INTERVAL DEFAULT INTERVAL '-1 days -01:00:00.000001',\n"
    "    mood thing_mood DEFAULT 'back\\slash',\n"
    "    prefs BYTEA,\n"
    "    twice BIGINT GENERATED ALWAYS AS (CAST(small AS BIGINT) * 2) STORED,\n"
    "    CONSTRAINT pk_stock PRIMARY KEY (id),\n"
    "    CONSTRAINT ck_stock_price CHECK (price > -99.5)\n)",
    "CREATE INDEX by_note ON stock (note DESC, code NULLS FIRST)",
    "CREATE INDEX by_lower ON stock ((lower(code COLLATE \"C\")) NULLS FIRST, (char_length(code)) DESC NULLS LAST)",
    "CREATE UNIQUE INDEX ten ON stock ((substr(note, 1, 10)) NULLS FIRST) WHERE code LIKE '50\\%%' ESCAPE '\\'",
    "COMMENT ON TABLE stock IS 'all'",
    "COMMENT ON COLUMN stock.id IS 'the key''s'",
    "COMMENT ON COLUMN stock.code IS '[koine: Unicode(8)]'",
    "COMMENT ON COLUMN stock.prefs IS 'theirs [koine: PickleType]'",
};

static kn_status next_statement(void *context, kn_text sql, kn_error *error)
{
    size_t *n = context;
    assert_true(*n < KN_COUNT_OF(script));
    assert_string_equal(sql.data, script[*n]);
    ++*n;
    if (!server)
        return KN_OK;
    return kn_execute(server, kn_unchecked_sql(sql.data), NULL, 0, NULL, error);
}

static void test_postgresql__creates_every_type(void **state)
{
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    size_t n = 0;
    (void)state;
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_add(metadata, &stock, &error), KN_OK);
    if (server)
        assert_int_equal(kn_begin(server, KN_WRITE, &error), KN_OK);
    if (kn_ddl_create_all(registry, "postgresql@15", metadata, next_statement, &n, &error) != KN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(n, KN_COUNT_OF(script));
    if (server) {
        assert_int_equal(kn_execute(server, KN_SQL("INSERT INTO stock (note) VALUES ('n')"), NULL, 0, NULL, &error),
                         KN_OK);
        assert_int_equal(kn_rollback(server, &error), KN_OK);
    }
    n = 0;
    assert_int_equal(kn_ddl_create_all(registry, "postgresql@11.5", metadata, next_statement, &n, &error),
                     KN_UNSUPPORTED);
    assert_int_equal(n, 0);
    kn_metadata_destroy(metadata);
}

static void test_postgresql__names_have_63_bytes(void **state)
{
    char name[65];
    kn_error error = {0};
    (void)state;
    memset(name, 'a', 64);
    name[64] = '\0';
    for (int i = 0; i < 2; i++) {
        kn__buffer text;
        kn__buffer_init(&text, NULL, 200);
        assert_int_equal(kn__render_name(&target, name + i, &text, &error), i ? KN_OK : KN_TOO_LONG);
        kn__buffer_finish(&text);
    }
}

/* The server's own list. */
static void test_postgresql__quotes_every_keyword_that_it_must(void **state)
{
    kn_error error = {0};
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_text word;
    (void)state;
    if (!server)
        skip();
    assert_int_equal(
        kn_prepare(server, KN_SQL("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'"), &statement, &error),
        KN_OK);
    assert_int_equal(kn_open(statement, NULL, 0, &result, &error), KN_OK);
    while (kn_next(result, &error) == KN_OK) {
        kn__buffer text;
        assert_int_equal(kn_get_text(result, 0, &word, &error), KN_OK);
        kn__buffer_init(&text, NULL, 200);
        assert_int_equal(kn__render_name(&target, word.data, &text, &error), KN_OK);
        assert_int_equal(*kn__buffer_string_of(&text), '"');
        kn__buffer_finish(&text);
    }
    kn_statement_finish(statement);
}

static int set_up(void **state)
{
    kn_error error = {0};
    kn_metadata *metadata = NULL;
    const char *url = getenv("KOINE_TEST_POSTGRESQL");
    (void)state;
    assert_int_equal(
        kn__dialect_flatten(koine_plugin_postgresql(&kn__host)->dialects[0], kn__dialect_ansi(), &dialect, &error),
        KN_OK);
    kn__target_init(&target, &dialect, "postgresql", 150000);
    assert_int_equal(kn_registry_create(NULL, &registry, &error), KN_OK);
    assert_int_equal(kn_registry_add(registry, koine_plugin_postgresql, &error), KN_OK);
    assert_int_equal(kn_registry_add(registry, koine_plugin_libpq, &error), KN_OK);
    if (!url)
        return 0;
    assert_int_equal(kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = registry), &engine, &error), KN_OK);
    assert_int_equal(kn_connect(engine, &server, &error), KN_OK);
    assert_int_equal(kn_metadata_create(NULL, &metadata, &error), KN_OK);
    assert_int_equal(kn_metadata_add(metadata, &Thing_model, &error), KN_OK);
    if (kn_execute(server, KN_SQL("CREATE SCHEMA rendered"), NULL, 0, NULL, &error) != KN_OK ||
        kn_execute(server, KN_SQL("SET search_path = rendered"), NULL, 0, NULL, &error) != KN_OK ||
        kn_create_all(server, metadata, &error) != KN_OK)
        fail_msg("%s", error.message);
    if (kn_execute(server, KN_SQL("ALTER TYPE thing_mood RENAME TO kept_mood"), NULL, 0, NULL, &error) != KN_OK)
        fail_msg("%s", error.message);
    kn_metadata_destroy(metadata);
    return 0;
}

static int tear_down(void **state)
{
    kn_error error = {0};
    (void)state;
    if (server)
        assert_int_equal(kn_execute(server, KN_SQL("DROP SCHEMA rendered CASCADE"), NULL, 0, NULL, &error), KN_OK);
    kn_release(server);
    kn_engine_destroy(engine);
    kn_registry_destroy(registry);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postgresql__renders_statements),
        cmocka_unit_test(test_postgresql__creates_every_type),
        cmocka_unit_test(test_postgresql__names_have_63_bytes),
        cmocka_unit_test(test_postgresql__quotes_every_keyword_that_it_must),
    };
    return cmocka_run_group_tests_name("render postgresql", tests, set_up, tear_down);
}
