/* SPDX-License-Identifier: MIT */
#include "support/render.h"

#include "schema/plan.h"
#include "support/failing_allocator.h"
#include "support/music.h"

static const kn_enum odd = KN_ENUM_TYPE("odd", KN_LABEL(0, "it's */ over"), KN_LABEL(1, "back\\slash"));

extern const kn_model every, shelf;
#define E(name_) KN_COL_NAMED(&every, name_)
#define VALUE(kind_, member, ...)                                                                                      \
    KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_##kind_, .as = {.member = __VA_ARGS__}})

static const kn_column every_columns[] = {
    KN_TABLE_COLUMN("id", KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_YES, .comment = "the */ key"),
    KN_TABLE_COLUMN("small", KN_SMALL_INTEGER, .server_default = KN_INT(-5)),
    KN_TABLE_COLUMN("flag", KN_BOOLEAN, .server_default = KN_BOOL(true), .nullable = KN_NO),
    KN_TABLE_COLUMN("ratio", KN_FLOAT_OF(24), .server_default = KN_DOUBLE(0.5)),
    KN_TABLE_COLUMN("length", KN_FLOAT, .server_default = KN_INT(3)),
    KN_TABLE_COLUMN("price", KN_NUMERIC(10, 2), .server_default = KN_DEC(-1250, -2),
                    .check = KN_GE(E("price"), KN_DEC(-995, -1))),
    KN_TABLE_COLUMN("worth", KN_NUMERIC(20, 4), .server_default = KN_DEC(-1250, -2),
                    .check = KN_GT(E("worth"), KN_INT(-13))),
    KN_TABLE_COLUMN("code", KN_UNICODE(8), .collation = "NOCASE", .server_default = KN_TEXT("it's")),
    KN_TABLE_COLUMN("note", KN_TEXT, .server_default = KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_NULL})),
    KN_TABLE_COLUMN("thumb", KN_LARGE_BINARY_OF(10),
                    .server_default = VALUE(BYTES, bytes, {.data = "\x00\xff", .size = 2})),
    KN_TABLE_COLUMN("day", KN_DATE, .server_default = VALUE(DATE, date, {.days = 1})),
    KN_TABLE_COLUMN("clock", KN_TIME, .server_default = VALUE(TIME, time, {.us = 1500000})),
    KN_TABLE_COLUMN("at", KN_DATETIME, .server_default = KN_NOW),
    KN_TABLE_COLUMN("since", KN_DATETIME_TZ, .server_default = VALUE(INSTANT, instant, {.us = 0})),
    KN_TABLE_COLUMN("pause", KN_INTERVAL, .server_default = VALUE(INTERVAL, interval, {.us = -INT64_C(90000000001)})),
    KN_TABLE_COLUMN("odd", KN_ENUM(odd), .server_default = KN_INT(1)),
    KN_TABLE_COLUMN("prefs", KN_PICKLE),
    KN_TABLE_COLUMN("twice", KN_BIG_INTEGER, .computed = KN_MUL(E("small"), KN_INT(2)), .computed_stored = 1),
    KN_TABLE_COLUMN("lucky", KN_INTEGER, .server_default = KN_RAW("abs(-7)"), .computed_stored = 0),
};
const kn_model every = {.size_ = sizeof(kn_model),
                        .table = "every",
                        .columns = every_columns,
                        .n_columns = KN_COUNT_OF(every_columns),
                        .column_size = sizeof(kn_column),
                        .comment = "all \\ types"};

#define S(name_) KN_COL_NAMED(&shelf, name_)
static const kn_column shelf_columns[] = {
    KN_TABLE_COLUMN("room", KN_STRING(4), .primary_key = true),
    KN_TABLE_COLUMN("Nr", KN_SMALL_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("title", KN_STRING(80)),
    KN_TABLE_COLUMN("order", KN_BOOLEAN, .unique = true),
    KN_TABLE_COLUMN("above_room", KN_STRING(4)),
    KN_TABLE_COLUMN("above_nr", KN_SMALL_INTEGER),
};
const kn_model shelf = {
    .size_ = sizeof(kn_model),
    .table = "shelf",
    .columns = shelf_columns,
    .n_columns = KN_COUNT_OF(shelf_columns),
    .column_size = sizeof(kn_column),
    .unique_keys = KN_UNIQUE_KEYS({.columns = KN_LIST(S("room"), S("title")), .name = "room title"}),
    .checks = KN_CHECKS(
        {.expr = KN_OR(KN_IN(S("room"), KN_TEXT("a'b"), KN_TEXT("c"), KN_TEXT("d")), S("order")), .name = "rooms"},
        {.expr = KN_RAW("\"Nr\" > 0 OR room = ''"), .name = "numbers"}),
    .indexes = KN_INDEXES({.parts = KN_LIST(KN_DESC(S("Nr")), S("title")), .name = "by_nr"},
                          {.parts = KN_LIST(KN_LOWER(S("title")), KN_DESC(KN_LENGTH(S("title")))), .name = "by_lower"},
                          {.parts = KN_LIST(S("title")),
                           .name = "few",
                           .unique = 1,
                           .where = KN_AND(S("order"), KN_LIKE(S("title"), KN_TEXT("50\\%[%")))},
                          {.parts = KN_LIST(KN_PREFIX(S("title"), 10)), .name = "ten"}),
    .foreign_keys = KN_FOREIGN_KEYS({.columns = KN_LIST(S("above_room"), S("above_nr")),
                                     .references = KN_LIST(S("room"), S("Nr")),
                                     .name = "above",
                                     .on_delete = KN_SET_DEFAULT,
                                     .on_update = KN_CASCADE,
                                     .deferral = KN_INITIALLY_DEFERRED}),
};

typedef struct script {
    const char *name;
    const kn_model *models[3];
    const char *all[8], *sqlite[8];
} script;

#define MUSIC_INDEXES                                                                                                  \
    "CREATE UNIQUE INDEX ix_users_username ON users (username)",                                                       \
        "CREATE INDEX ix_users_role_id_plays ON users (role_id, plays DESC)"
#define MUSIC_CONSTRAINTS                                                                                              \
    "    CONSTRAINT pk_users PRIMARY KEY (id),\n"                                                                      \
    "    CONSTRAINT fk_users_role_id FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE SET NULL,\n"                \
    "    CONSTRAINT ck_users_plays CHECK (plays >= 0)\n)"

static const script scripts[] = {
    {"music",
     {&Role_model, &User_model},
     {"CREATE TYPE mood AS ENUM ('calm', 'loud')",
      "CREATE TABLE roles (\n"
      "    id INTEGER GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n"
      "    name VARCHAR(64),\n"
      "    CONSTRAINT pk_roles PRIMARY KEY (id),\n"
      "    CONSTRAINT uq_roles_name UNIQUE (name)\n)",
      "CREATE TABLE users (\n"
      "    id INTEGER GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n"
      "    username VARCHAR(64) NOT NULL,\n"
      "    role_id INTEGER,\n"
      "    saldo NUMERIC(12, 2) NOT NULL,\n"
      "    mood VARCHAR(4) NOT NULL,\n"
      "    last_mood VARCHAR(4),\n"
      "    plays BIGINT NOT NULL,\n"
      "    token VARCHAR(32),\n"
      "    prefs BLOB,\n" MUSIC_CONSTRAINTS,
      MUSIC_INDEXES},
     {"CREATE TABLE roles (\n"
      "    id INTEGER NOT NULL,\n"
      "    name VARCHAR(64),\n"
      "    CONSTRAINT pk_roles PRIMARY KEY (id),\n"
      "    CONSTRAINT uq_roles_name UNIQUE (name)\n)",
      "CREATE TABLE users (\n"
      "    id INTEGER NOT NULL,\n"
      "    username VARCHAR(64) NOT NULL,\n"
      "    role_id INTEGER,\n"
      "    saldo NUMERIC(12, 2) NOT NULL,\n"
      "    mood VARCHAR(4) /* Enum('calm', 'loud') NAME mood */ NOT NULL CONSTRAINT mood CHECK (mood IN ('calm', "
      "'loud')),\n"
      "    last_mood VARCHAR(4) /* Enum('calm', 'loud') NAME mood */ CONSTRAINT mood_last_mood CHECK (last_mood IN "
      "('calm', "
      "'loud')),\n"
      "    plays BIGINT NOT NULL,\n"
      "    token VARCHAR(32),\n"
      "    prefs BLOB /* PickleType */,\n" MUSIC_CONSTRAINTS,
      MUSIC_INDEXES}},
    {"every type",
     {&every},
     {"CREATE TYPE odd AS ENUM ('it''s */ over', 'back\\slash')",
      "CREATE TABLE every (\n"
      "    id BIGINT GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n"
      "    small SMALLINT DEFAULT -5,\n"
      "    flag BOOLEAN DEFAULT TRUE NOT NULL,\n"
      "    ratio FLOAT(24) DEFAULT 0.5,\n"
      "    length DOUBLE PRECISION DEFAULT 3.0,\n"
      "    price NUMERIC(10, 2) DEFAULT -12.50,\n"
      "    worth NUMERIC(20, 4) DEFAULT -12.50,\n"
      "    code VARCHAR(8) COLLATE \"NOCASE\" DEFAULT 'it''s',\n"
      "    note CLOB DEFAULT NULL,\n"
      "    thumb BLOB DEFAULT X'00FF',\n"
      "    day DATE DEFAULT DATE '1970-01-02',\n"
      "    clock TIME(6) DEFAULT TIME '00:00:01.500000',\n"
      "    \"at\" TIMESTAMP(6) DEFAULT (CURRENT_TIMESTAMP),\n"
      "    since TIMESTAMP(6) WITH TIME ZONE DEFAULT TIMESTAMP '1970-01-01 00:00:00.000000+00:00',\n"
      "    pause INTERVAL DAY TO SECOND(6) DEFAULT INTERVAL -'1 01:00:00.000001' DAY TO SECOND,\n"
      "    odd VARCHAR(12) DEFAULT 'back\\slash',\n"
      "    prefs BLOB,\n"
      "    twice BIGINT GENERATED ALWAYS AS (small * 2) STORED,\n"
      "    lucky INTEGER DEFAULT (abs(-7)),\n"
      "    CONSTRAINT pk_every PRIMARY KEY (id),\n"
      "    CONSTRAINT ck_every_price CHECK (price >= -99.5),\n"
      "    CONSTRAINT ck_every_worth CHECK (worth > -13)\n)",
      "COMMENT ON TABLE every IS 'all \\ types'", "COMMENT ON COLUMN every.id IS 'the */ key'"},
     {"CREATE TABLE every ( /* COMMENT all \\\\ types */\n"
      "    id INTEGER /* BigInteger */ CONSTRAINT pk_every PRIMARY KEY AUTOINCREMENT NOT NULL /* COMMENT the *\\/ key "
      "*/,\n"
      "    small SMALLINT DEFAULT -5,\n"
      "    flag BOOLEAN DEFAULT 1 NOT NULL,\n"
      "    ratio FLOAT /* Float(24) */ DEFAULT 0.5,\n"
      "    length FLOAT DEFAULT 3.0,\n"
      "    price NUMERIC(10, 2) DEFAULT -12.50,\n"
      "    worth TEXT_NUMERIC(20, 4) DEFAULT '-9999999999999987.4999',\n"
      "    code VARCHAR(8) /* Unicode(8) */ DEFAULT 'it''s' COLLATE \"NOCASE\",\n"
      "    note TEXT DEFAULT NULL,\n"
      "    thumb BLOB /* LargeBinary(10) */ DEFAULT X'00FF',\n"
      "    day DATE DEFAULT '1970-01-02',\n"
      "    clock TIME DEFAULT '00:00:01.500000',\n"
      "    \"at\" DATETIME DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')),\n"
      "    since DATETIME /* DateTime(timezone) */ DEFAULT '1970-01-01 00:00:00.000000',\n"
      "    pause DATETIME /* Interval */ DEFAULT '1969-12-30 22:59:59.999999',\n"
      "    odd VARCHAR(12) /* Enum('it''s *\\/ over', 'back\\\\slash') NAME odd */ DEFAULT 'back\\slash'"
      " CONSTRAINT odd CHECK (odd IN ('it''s */ over', 'back\\slash')),\n"
      "    prefs BLOB /* PickleType */,\n"
      "    twice BIGINT GENERATED ALWAYS AS (CASE WHEN typeof(small * 2) = 'real'"
      " THEN abs(-9223372036854775807 - 1) ELSE small * 2 END) STORED,\n"
      "    lucky INTEGER DEFAULT (abs(-7)),\n"
      "    CONSTRAINT ck_every_price CHECK (price >= -99.5),\n"
      "    CONSTRAINT ck_every_worth CHECK (worth > '-9999999999999986.9999')\n)"}},
    {"keys and indexes",
     {&shelf},
     {"CREATE TABLE shelf (\n"
      "    room VARCHAR(4) NOT NULL,\n"
      "    \"Nr\" SMALLINT NOT NULL,\n"
      "    title VARCHAR(80),\n"
      "    \"order\" BOOLEAN,\n"
      "    above_room VARCHAR(4),\n"
      "    above_nr SMALLINT,\n"
      "    CONSTRAINT pk_shelf PRIMARY KEY (room, \"Nr\"),\n"
      "    CONSTRAINT uq_shelf_order UNIQUE (\"order\"),\n"
      "    CONSTRAINT \"room title\" UNIQUE (room, title),\n"
      "    CONSTRAINT above FOREIGN KEY (above_room, above_nr) REFERENCES shelf (room, \"Nr\") ON DELETE SET DEFAULT"
      " ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,\n"
      "    CONSTRAINT rooms CHECK (room IN ('a''b', 'c', 'd', 'd') OR \"order\"),\n"
      "    CONSTRAINT numbers CHECK (\"Nr\" > 0 OR room = '')\n)",
      "CREATE INDEX by_nr ON shelf (\"Nr\" DESC, title)",
      "CREATE INDEX by_lower ON shelf ((lower(title)), (char_length(title)) DESC)",
      "CREATE UNIQUE INDEX few ON shelf (title) WHERE \"order\" AND title LIKE '50\\%[%' ESCAPE '\\'",
      "CREATE INDEX ten ON shelf (title(10))"},
     {"CREATE TABLE shelf (\n"
      "    room VARCHAR(4) NOT NULL,\n"
      "    \"Nr\" SMALLINT NOT NULL,\n"
      "    title VARCHAR(80),\n"
      "    \"order\" BOOLEAN,\n"
      "    above_room VARCHAR(4),\n"
      "    above_nr SMALLINT,\n"
      "    CONSTRAINT pk_shelf PRIMARY KEY (room, \"Nr\"),\n"
      "    CONSTRAINT uq_shelf_order UNIQUE (\"order\"),\n"
      "    CONSTRAINT \"room title\" UNIQUE (room, title),\n"
      "    CONSTRAINT above FOREIGN KEY (above_room, above_nr) REFERENCES shelf (room, \"Nr\") ON DELETE SET DEFAULT"
      " ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,\n"
      "    CONSTRAINT rooms CHECK (room IN ('a''b', 'c', 'd', 'd') OR \"order\"),\n"
      "    CONSTRAINT numbers CHECK (\"Nr\" > 0 OR room = '')\n)",
      "CREATE INDEX by_nr ON shelf (\"Nr\" DESC, title)",
      "CREATE INDEX by_lower ON shelf ((lower(title)), (length(title)) DESC)",
      "CREATE UNIQUE INDEX few ON shelf (title) WHERE \"order\" AND title GLOB '50%[[]*'",
      "CREATE INDEX ten ON shelf (title)"}},
};

static int set_up(void **state)
{
    return render_set_up(state, NULL);
}

/* One statement, and on sqlite it is executed. */
static void must_be(const render_fixture *f, const kn__target *target, const kn_node *node, const char *expected)
{
    kn__buffer text;
    kn_error error = {0};
    kn__buffer_init(&text, NULL, 1 << 20);
    if (kn__render_ddl(target, node, &text, &error) != KN_OK)
        fail_msg("%s: %s", expected, error.message);
    assert_string_equal(kn__buffer_string_of(&text), expected);
    if (target == &f->on_sqlite && sqlite3_exec(f->db, kn__buffer_string_of(&text), NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("SQLite refuses: %s\n%s", sqlite3_errmsg(f->db), expected);
    kn__buffer_finish(&text);
}

static void run_script(const render_fixture *f, const kn__target *target, const script *s, const char *const *expected)
{
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    kn_arena arena = {0};
    kn__ddl_plan plan;
    assert_int_equal(kn_metadata_create(NULL, &metadata, NULL), KN_OK);
    for (size_t i = 0; s->models[i]; i++) {
        if (kn_metadata_add(metadata, s->models[i], &error) != KN_OK)
            fail_msg("%s: %s", s->name, error.message);
    }
    if (kn__plan_create_all(metadata, target, &arena, &plan, &error) != KN_OK)
        fail_msg("%s: %s", s->name, error.message);
    for (size_t i = 0; i < plan.n_steps; i++) {
        assert_non_null(expected[i]);
        must_be(f, target, plan.steps[i].node, expected[i]);
    }
    assert_null(expected[plan.n_steps]);
    kn_arena_finish(&arena);
    kn_metadata_destroy(metadata);
}

static void test_render_ddl__creates_tables_for_each_dialect(void **state)
{
    const render_fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(scripts); i++) {
        run_script(f, &f->on_all, &scripts[i], scripts[i].all);
        run_script(f, &f->on_sqlite, &scripts[i], scripts[i].sqlite);
    }
}

/* What the comments and defaults became in the database that SQLite made of them. */
static void test_render_ddl__sqlite_keeps_comments_and_understands_defaults(void **state)
{
    const render_fixture *f = *state;
    sqlite3_stmt *s = NULL;
    const char *sql =
        "SELECT small, flag, length, price, worth, code, note, hex(thumb), day, clock, odd, lucky, twice,"
        " length(\"at\"), (SELECT sql LIKE '%/* DateTime(timezone) */%' FROM sqlite_schema WHERE name = 'every')"
        " FROM every";
    static const char *const expected[] = {"-5",          "1",  "3.0",  "-12.5",      "-9999999999999987.4999",
                                           "it's",        NULL, "00FF", "1970-01-02", "00:00:01.500000",
                                           "back\\slash", "7",  "-10",  "26",         "1"};
    assert_int_equal(sqlite3_exec(f->db, "INSERT INTO every DEFAULT VALUES", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(f->db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    for (int i = 0; i < (int)KN_COUNT_OF(expected); i++) {
        const char *got = (const char *)sqlite3_column_text(s, i);
        if (!expected[i])
            assert_null(got);
        else
            assert_string_equal(got, expected[i]);
    }
    sqlite3_finalize(s);
    /* the labels hold, in a table whose comment ends with nothing but itself */
    assert_int_equal(sqlite3_exec(f->db, "INSERT INTO every (odd) VALUES ('other')", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(f->db, "INSERT INTO every (odd) VALUES ('it''s */ over')", NULL, NULL, NULL),
                     SQLITE_OK);
}

static const char *const words_a[] = {"a"}, *const words_b[] = {"b"};

typedef struct single {
    const kn_node *node;
    const char *all;
} single;

static const kn_ddl_reference reference = {.node = {KN_NODE_ADD_FOREIGN_KEY, sizeof(kn_ddl_reference), 0},
                                           .name = "fk_t_a",
                                           .table = {"s", "t"},
                                           .columns = words_a,
                                           .target = {NULL, "u"},
                                           .target_columns = words_b,
                                           .n_columns = 1,
                                           .on_delete = KN_RESTRICT,
                                           .deferral = KN_DEFERRABLE};
static const kn_ddl_reference drop_reference = {
    .node = {KN_NODE_DROP_FOREIGN_KEY, sizeof(kn_ddl_reference), 0}, .name = "fk_t_a", .table = {NULL, "t"}};
static const kn_ddl_table drop_table = {.node = {KN_NODE_DROP_TABLE, sizeof(kn_ddl_table), 0}, .name = {"s", "every"}};
static const kn_ddl_index drop_index = {
    .node = {KN_NODE_DROP_INDEX, sizeof(kn_ddl_index), 0}, .name = "by \"nr\"", .table = {"s", "every"}};
static const kn_ddl_index create_index = {.node = {KN_NODE_CREATE_INDEX, sizeof(kn_ddl_index), 0},
                                          .name = "by_title",
                                          .table = {"main", "shelf"},
                                          .model = &shelf,
                                          .parts = KN_LIST(S("title"))};
static const kn_ddl_enum drop_enum = {
    .node = {KN_NODE_DROP_ENUM, sizeof(kn_ddl_enum), 0}, .name = {"s", "odd"}, .labels = &odd};
static const kn_ddl_comment no_comment = {
    .node = {KN_NODE_COMMENT, sizeof(kn_ddl_comment), 0}, .table = {NULL, "t"}, .column = "a"};

static void test_render_ddl__alters_and_drops(void **state)
{
    const render_fixture *f = *state;
    const single singles[] = {
        {&reference.node,
         "ALTER TABLE s.t ADD CONSTRAINT fk_t_a FOREIGN KEY (a) REFERENCES u (b) ON DELETE RESTRICT DEFERRABLE"},
        {&drop_reference.node, "ALTER TABLE t DROP CONSTRAINT fk_t_a"},
        {&drop_table.node, "DROP TABLE s.every"},
        {&drop_index.node, "DROP INDEX s.\"by \"\"nr\"\"\""},
        {&drop_enum.node, "DROP TYPE s.odd"},
        {&no_comment.node, "COMMENT ON COLUMN t.a IS NULL"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(singles); i++)
        must_be(f, &f->on_all, singles[i].node, singles[i].all);
    /* where an index is, its table says or its name */
    must_be(f, &f->on_sqlite, &create_index.node, "CREATE INDEX main.by_title ON shelf (title)");
    kn__target schemas = f->on_ansi;
    must_be(f, &schemas, &create_index.node, "CREATE INDEX by_title ON main.shelf (title)");
}

/* `says` NULL: any message. */
static void must_refuse(const kn__target *target, const kn_node *node, kn_status status, const char *says)
{
    kn__buffer text;
    kn_error error = {0};
    kn__buffer_init(&text, NULL, 1 << 20);
    assert_int_equal(kn__render_ddl(target, node, &text, &error), status);
    if (!strstr(error.message, says))
        fail_msg("\"%s\" does not say \"%s\"", error.message, says);
    assert_int_equal(text.size, 0);
    kn__buffer_finish(&text);
}

/* A backend that has none of it gets none of it in silence. */
static void test_render_ddl__refuses_what_the_backend_lacks(void **state)
{
    const render_fixture *f = *state;
    const kn_ddl_check check = {.node = {KN_NODE_CHECK, sizeof(kn_ddl_check), 0}, .model = &shelf, .expr = S("order")};
    kn_ddl_reference key = reference;
    key.node.kind = KN_NODE_FOREIGN_KEY;
    must_refuse(&f->on_ansi, &reference.node, KN_UNSUPPORTED, "foreign key of a table that exists");
    must_refuse(&f->on_ansi, &key.node, KN_UNSUPPORTED, "deferrable");
    key.on_update = KN_SET_DEFAULT;
    must_refuse(&f->on_ansi, &key.node, KN_UNSUPPORTED, "SET DEFAULT");
    must_refuse(&f->on_ansi, &check.node, KN_UNSUPPORTED, "CHECK");
    must_refuse(&f->on_ansi, &drop_enum.node, KN_UNSUPPORTED, "enum");
    must_refuse(&f->on_ansi, &no_comment.node, KN_UNSUPPORTED, "COMMENT");
    must_refuse(&f->on_sqlite, &key.node, KN_UNSUPPORTED, "another database");
    static const char *const says[] = {"descending", "expression", "partial"};
    for (size_t i = 0; i < KN_COUNT_OF(says); i++) {
        const kn_table_index *index = &shelf.indexes[i];
        const kn_ddl_index node = {.node = {KN_NODE_CREATE_INDEX, sizeof(kn_ddl_index), 0},
                                   .name = index->name,
                                   .table = {NULL, "shelf"},
                                   .model = &shelf,
                                   .parts = index->parts,
                                   .where = index->where};
        must_refuse(&f->on_ansi, &node.node, KN_UNSUPPORTED, says[i]);
    }
    kn_ddl_index prefix = {.node = {KN_NODE_CREATE_INDEX, sizeof(kn_ddl_index), 0},
                           .name = "i",
                           .table = {NULL, "shelf"},
                           .model = &shelf,
                           .parts = shelf.indexes[3].parts,
                           .unique = 1};
    must_refuse(&f->on_sqlite, &prefix.node, KN_UNSUPPORTED, "unique index over a prefix");
    prefix.parts = KN_LIST(KN_PREFIX(S("Nr"), 3));
    must_refuse(&f->on_all, &prefix.node, KN_INVALID, "text or binary");
    prefix.parts = KN_LIST(KN_COL(Role, id));
    must_refuse(&f->on_all, &prefix.node, KN_INVALID, "roles.id");
    prefix.parts = KN_LIST(KN_EQ(S("Nr"), KN_ARG(0)));
    must_refuse(&f->on_all, &prefix.node, KN_INVALID, "argument 0");
}

/* A literal in DDL is the very number: SQLite's reading of one with many digits behind its point may be another. */
static void test_render_ddl__sqlite_reads_numeric_literals_exactly(void **state)
{
    static const double floats[] = {0.1,
                                    -0.5,
                                    1e-7,
                                    0.30000000000000004,
                                    1.7976931348623157e308,
                                    4.9406564584124654e-324,
                                    2.2250738585072014e-308,
                                    -123456.78901234567,
                                    1e22,
                                    5e-5,
                                    9007199254740993.0};
    static const char *const decimals[] = {"12.50", "1101.9540346", "0.000000008069259", "-0.107151486705",
                                           "0.1",   "-7",           "999999999999999",   "0.999999999999999"};
    const render_fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(floats) + KN_COUNT_OF(decimals); i++) {
        bool is_float = i < KN_COUNT_OF(floats);
        const char *text = is_float ? NULL : decimals[i - KN_COUNT_OF(floats)];
        kn_decimal d = {{{0}}, 0, 0, 0, 0};
        if (text)
            assert_int_equal(kn_decimal_parse(kn_text_of(text), NULL, &d, NULL), KN_OK);
        const kn_expr value = {.node = {KN_NODE_VALUE, sizeof(kn_expr), 0},
                               .value = is_float ? kn_float(floats[i]) : kn_decimal_value(d)};
        kn_column column = {.name = "v", .server_default = &value};
        column.type = is_float ? (kn_type){KN_INIT_KN_FLOAT}
                               : (kn_type){.id = KN_TYPE_NUMERIC, .precision = 15, .scale = (uint16_t)-d.exponent};
        const kn_ddl_column node = {.node = {KN_NODE_COLUMN_DEF, sizeof(kn_ddl_column), 0},
                                    .column = &column,
                                    .name = "v",
                                    .type = &column.type,
                                    .nullable = true};
        kn__buffer ddl;
        kn_error error = {0};
        kn__buffer_init(&ddl, NULL, 1 << 16);
        kn__buffer_string(&ddl, "DROP TABLE IF EXISTS n; CREATE TABLE n (");
        if (kn__render_ddl(&f->on_sqlite, &node.node, &ddl, &error) != KN_OK)
            fail_msg("%s", error.message);
        kn__buffer_string(&ddl, "); INSERT INTO n DEFAULT VALUES");
        if (sqlite3_exec(f->db, kn__buffer_string_of(&ddl), NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s: %s", kn__buffer_string_of(&ddl), sqlite3_errmsg(f->db));
        sqlite3_stmt *s = NULL;
        assert_int_equal(sqlite3_prepare_v2(f->db, "SELECT v FROM n", -1, &s, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        double got = sqlite3_column_double(s, 0), expected = is_float ? floats[i] : strtod(text, NULL);
        if (got < expected || got > expected)
            fail_msg("%s: %.17g, not %.17g", kn__buffer_string_of(&ddl), got, expected);
        sqlite3_finalize(s);
        kn__buffer_finish(&ddl);
    }
}

typedef struct name_case {
    const char *name, *written;
    kn_status status;
} name_case;

static void test_render_ddl__quotes_and_refuses_names(void **state)
{
    const render_fixture *f = *state;
    char long_name[130];
    memset(long_name, 'a', sizeof(long_name));
    long_name[129] = '\0';
    const name_case cases[] = {
        {"users", "users", KN_OK},
        {"_a1", "_a1", KN_OK},
        {"Users", "\"Users\"", KN_OK},
        {"1a", "\"1a\"", KN_OK},
        {"a b", "\"a b\"", KN_OK},
        {"a$", "\"a$\"", KN_OK},
        {"a\"b", "\"a\"\"b\"", KN_OK},
        {"a;--", "\"a;--\"", KN_OK},
        {"select", "\"select\"", KN_OK},
        {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"", KN_OK},
        {"", NULL, KN_INVALID},
        {"\xff", NULL, KN_ENCODING},
        {"\xed\xa0\x80", NULL, KN_ENCODING},
        {long_name, NULL, KN_TOO_LONG},
        {long_name + 1, long_name + 1, KN_OK},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn__buffer text;
        kn_error error = {0};
        kn__buffer_init(&text, NULL, 1 << 10);
        assert_int_equal(kn__render_name(&f->on_ansi, cases[i].name, &text, &error), cases[i].status);
        assert_string_equal(kn__buffer_string_of(&text), cases[i].written ? cases[i].written : "");
        if (cases[i].status == KN_TOO_LONG)
            assert_non_null(strstr(error.message, long_name));
        kn__buffer_finish(&text);
    }
    kn__buffer text;
    kn_error error = {0};
    kn__buffer_init(&text, NULL, 1 << 10);
    assert_int_equal(kn__render_name(&f->on_sqlite, "SQLite_x", &text, &error), KN_INVALID);
    assert_int_equal(kn__render_name(&f->on_sqlite, "glob", &text, &error), KN_OK);
    assert_string_equal(kn__buffer_string_of(&text), "\"glob\"");
    kn__buffer_finish(&text);
}

/* SQLite's own list of keywords: each must be quoted. */
static void test_render_ddl__quotes_every_keyword_of_sqlite(void **state)
{
    const render_fixture *f = *state;
    assert_true(sqlite3_keyword_count() > 140);
    for (int i = 0; i < sqlite3_keyword_count(); i++) {
        const char *keyword;
        int size;
        char name[32], quoted[40];
        kn__buffer text;
        assert_int_equal(sqlite3_keyword_name(i, &keyword, &size), SQLITE_OK);
        for (int c = 0; c < size; c++)
            name[c] = (char)(keyword[c] >= 'A' && keyword[c] <= 'Z' ? keyword[c] + 32 : keyword[c]);
        name[size] = '\0';
        snprintf(quoted, sizeof(quoted), "\"%s\"", name);
        kn__buffer_init(&text, NULL, 100);
        assert_int_equal(kn__render_name(&f->on_sqlite, name, &text, NULL), KN_OK);
        assert_string_equal(kn__buffer_string_of(&text), quoted);
        kn__buffer_finish(&text);
    }
}

static void test_render_ddl__counts_names_in_the_unit_of_the_dialect(void **state)
{
    static const char name[] = "\xf0\x9f\x8e\xb5\xc3\xbc"; /* U+1F3B5 U+00FC: 6 bytes, 2 characters, 3 UTF-16 units */
    static const uint32_t lengths[] = {[KN_NAME_BYTES] = 6, [KN_NAME_CODE_POINTS] = 2, [KN_NAME_UTF16] = 3};
    (void)state;
    for (uint32_t unit = KN_NAME_BYTES; unit <= KN_NAME_UTF16; unit++) {
        for (uint32_t less = 0; less <= 1; less++) {
            const kn_dialect desc = {KN_DIALECT_INIT, .name = "x",
                                     .limits = {.name_max = lengths[unit] - less, .name_unit = unit}};
            kn__dialect dialect;
            kn__target target;
            kn__buffer text;
            assert_int_equal(kn__dialect_flatten(&desc, kn__dialect_ansi(), &dialect, NULL), KN_OK);
            kn__target_init(&target, &dialect, NULL, 0);
            kn__buffer_init(&text, NULL, 100);
            assert_int_equal(kn__render_name(&target, name, &text, NULL), less ? KN_TOO_LONG : KN_OK);
            kn__buffer_finish(&text);
        }
    }
}

static kn_status create_every(const kn_allocator *allocator, void *context)
{
    const render_fixture *f = context;
    kn_ddl_column columns[KN_COUNT_OF(every_columns)];
    const kn_ddl_column *list[KN_COUNT_OF(every_columns)];
    for (size_t i = 0; i < KN_COUNT_OF(every_columns); i++) {
        columns[i] = (kn_ddl_column){.node = {KN_NODE_COLUMN_DEF, sizeof(kn_ddl_column), 0},
                                     .model = &every,
                                     .column = &every_columns[i],
                                     .name = every_columns[i].name,
                                     .type = &every_columns[i].type};
        list[i] = &columns[i];
    }
    const kn_ddl_table table = {.node = {KN_NODE_CREATE_TABLE, sizeof(kn_ddl_table), 0},
                                .model = &every,
                                .name = {NULL, "every"},
                                .columns = list,
                                .n_columns = KN_COUNT_OF(every_columns)};
    kn__buffer text;
    kn__buffer_init(&text, allocator, 1 << 20);
    kn_status status = kn__render_ddl(&f->on_sqlite, &table.node, &text, NULL);
    kn__buffer_finish(&text);
    return status;
}

static void test_render_ddl__survives_every_allocation_failure(void **state)
{
    assert_true(each_allocation_failure(create_every, *state) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render_ddl__creates_tables_for_each_dialect),
        cmocka_unit_test(test_render_ddl__sqlite_keeps_comments_and_understands_defaults),
        cmocka_unit_test(test_render_ddl__alters_and_drops),
        cmocka_unit_test(test_render_ddl__refuses_what_the_backend_lacks),
        cmocka_unit_test(test_render_ddl__sqlite_reads_numeric_literals_exactly),
        cmocka_unit_test(test_render_ddl__quotes_and_refuses_names),
        cmocka_unit_test(test_render_ddl__quotes_every_keyword_of_sqlite),
        cmocka_unit_test(test_render_ddl__counts_names_in_the_unit_of_the_dialect),
        cmocka_unit_test(test_render_ddl__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests_name("render ddl", tests, set_up, render_tear_down);
}
