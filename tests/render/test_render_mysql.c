/* SPDX-License-Identifier: MIT */
/* What MySQL and MariaDB get, as tables. */
#include "support/failing_allocator.h"
#include "support/render.h"

#include "schema/plan.h"
#include "support/music.h"

kn_plugin_entry koine_plugin_mysql, koine_plugin_mariadb;

typedef struct fixture {
    kn__dialect mysql, mariadb;
    kn__target on_mysql, on_mariadb;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    kn_error error = {0};
    if (kn__dialect_flatten(koine_plugin_mysql(&kn__host)->dialects[0], kn__dialect_ansi(), &f.mysql, &error) != KN_OK)
        fail_msg("%s", error.message);
    if (kn__dialect_flatten(koine_plugin_mariadb(&kn__host)->dialects[0], &f.mysql, &f.mariadb, &error) != KN_OK)
        fail_msg("%s", error.message);
    kn__target_init(&f.on_mysql, &f.mysql, "mysql", 80400);
    kn__target_init(&f.on_mariadb, &f.mariadb, "mariadb", 101100);
    *state = &f;
    return 0;
}

extern const kn_model every, shelf;
#define E(name_) KN_COL_NAMED(&every, name_)
#define VALUE(kind_, member, ...)                                                                                      \
    KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_##kind_, .as = {.member = __VA_ARGS__}})

static const kn_enum odd = KN_ENUM_TYPE("odd", KN_LABEL(0, "it's"), KN_LABEL(1, "back\\slash"));
static const kn_column every_columns[] = {
    KN_TABLE_COLUMN("id", KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_YES, .comment = "the 'key'"),
    KN_TABLE_COLUMN("small", KN_SMALL_INTEGER, .server_default = KN_INT(-5)),
    KN_TABLE_COLUMN("flag", KN_BOOLEAN, .server_default = KN_BOOL(true), .nullable = KN_NO),
    KN_TABLE_COLUMN("ratio", KN_FLOAT_OF(24)),
    KN_TABLE_COLUMN("length", KN_FLOAT_OF(25)),
    KN_TABLE_COLUMN("price", KN_NUMERIC(65, 30), .server_default = KN_DEC(-1250, -2),
                    .check = KN_GE(E("price"), KN_DEC(-995, -1))),
    KN_TABLE_COLUMN("code", KN_UNICODE(8), .collation = "utf8mb4_general_ci", .server_default = KN_TEXT("a\\b'c")),
    KN_TABLE_COLUMN("note", KN_TEXT, .comment = "looks noted [koine: Interval]"),
    KN_TABLE_COLUMN("thumb", KN_LARGE_BINARY_OF(300)),
    KN_TABLE_COLUMN("day", KN_DATE, .server_default = VALUE(DATE, date, {.days = 1})),
    KN_TABLE_COLUMN("clock", KN_TIME, .server_default = VALUE(TIME, time, {.us = 1500000})),
    KN_TABLE_COLUMN("at", KN_DATETIME, .server_default = KN_NOW),
    KN_TABLE_COLUMN("since", KN_DATETIME_TZ, .server_default = VALUE(INSTANT, instant, {.us = 0})),
    KN_TABLE_COLUMN("pause", KN_INTERVAL, .server_default = VALUE(INTERVAL, interval, {.us = -INT64_C(90000000001)}),
                    .comment = "it's over"),
    KN_TABLE_COLUMN("odd", KN_ENUM(odd), .server_default = KN_INT(1)),
    KN_TABLE_COLUMN("prefs", KN_PICKLE),
    KN_TABLE_COLUMN("twice", KN_BIG_INTEGER, .computed = KN_DIV(E("small"), KN_INT(2)), .computed_stored = 1,
                    .nullable = KN_NO),
};
const kn_model every = {.size_ = sizeof(kn_model),
                        .table = "every",
                        .columns = every_columns,
                        .n_columns = KN_COUNT_OF(every_columns),
                        .column_size = sizeof(kn_column),
                        .comment = "all \\ types"};

#define EVERY_START                                                                                                    \
    "CREATE TABLE every (\n"                                                                                           \
    "    id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'the ''key''',\n"                                                   \
    "    small SMALLINT DEFAULT -5,\n"                                                                                 \
    "    flag BOOL NOT NULL DEFAULT 1 COMMENT '[koine: Boolean]',\n"                                                   \
    "    ratio FLOAT,\n"                                                                                               \
    "    length DOUBLE COMMENT '[koine: Float(25)]',\n"                                                                \
    "    price DECIMAL(65, 30) DEFAULT -12.50,\n"                                                                      \
    "    code VARCHAR(8) COLLATE utf8mb4_general_ci DEFAULT 'a\\\\b''c' COMMENT '[koine: Unicode(8)]',\n"              \
    "    note LONGTEXT COMMENT 'looks noted [koine: Interval] [koine: Text]',\n"                                       \
    "    thumb BLOB(300) COMMENT '[koine: LargeBinary(300)]',\n"                                                       \
    "    day DATE DEFAULT DATE '1970-01-02',\n"                                                                        \
    "    clock TIME(6) DEFAULT TIME '00:00:01.500000',\n"                                                              \
    "    `at` DATETIME(6) DEFAULT (utc_timestamp(6)),\n"                                                               \
    "    since DATETIME(6) DEFAULT TIMESTAMP '1970-01-01 00:00:00.000000' COMMENT '[koine: DateTime(timezone)]',\n"    \
    "    pause DATETIME(6) DEFAULT TIMESTAMP '1969-12-30 22:59:59.999999' COMMENT 'it''s over [koine: Interval]',\n"   \
    "    odd ENUM('it''s', 'back\\\\slash') DEFAULT 'back\\\\slash' COMMENT '[koine: Enum NAME odd]',\n"               \
    "    prefs LONGBLOB COMMENT '[koine: PickleType]',\n"
#define EVERY_END                                                                                                      \
    "    CONSTRAINT pk_every PRIMARY KEY (id),\n"                                                                      \
    "    CONSTRAINT ck_every_price CHECK (price >= -99.5)"

#define S(name_) KN_COL_NAMED(&shelf, name_)
static const kn_column shelf_columns[] = {
    KN_TABLE_COLUMN("room", KN_STRING(4), .primary_key = true),
    KN_TABLE_COLUMN("Nr", KN_SMALL_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("title", KN_STRING(80)),
    KN_TABLE_COLUMN("rank", KN_BOOLEAN, .unique = true),
    KN_TABLE_COLUMN("text", KN_TEXT),
};
const kn_model shelf = {
    .size_ = sizeof(kn_model),
    .table = "shelf",
    .schema = "other",
    .columns = shelf_columns,
    .n_columns = KN_COUNT_OF(shelf_columns),
    .column_size = sizeof(kn_column),
    .indexes = KN_INDEXES({.parts = KN_LIST(KN_DESC(S("Nr")), S("title")), .name = "by_nr"},
                          {.parts = KN_LIST(KN_PREFIX(S("text"), 768)), .name = "most", .unique = 1}),
};

typedef struct script {
    const char *name;
    const kn_model *model;
    const char *mysql[4], *mariadb[4];
} script;

#define ENDS(collation) "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=" collation
#define SHELF                                                                                                          \
    "CREATE TABLE other.shelf (\n    room VARCHAR(4) NOT NULL,\n    `Nr` SMALLINT NOT NULL,\n    title VARCHAR(80),\n" \
    "    `rank` BOOL COMMENT '[koine: Boolean]',\n    text LONGTEXT,\n    CONSTRAINT pk_shelf PRIMARY KEY (room, "     \
    "`Nr`),\n"                                                                                                         \
    "    CONSTRAINT uq_shelf_rank UNIQUE (`rank`)"
#define SHELF_INDEXES                                                                                                  \
    "CREATE INDEX by_nr ON other.shelf (`Nr` DESC, title)", "CREATE UNIQUE INDEX most ON other.shelf (text(768))"

static const script scripts[] = {
    {"every type",
     &every,
     {EVERY_START "    twice BIGINT GENERATED ALWAYS AS (small DIV 2) STORED NOT NULL,\n" EVERY_END ENDS(
         "utf8mb4_0900_bin") " COMMENT='all \\\\ types'"},
     {EVERY_START "    twice BIGINT GENERATED ALWAYS AS (small DIV 2) STORED,\n" EVERY_END
                  ",\n    CHECK (twice IS NOT NULL)" ENDS("utf8mb4_nopad_bin") " COMMENT='all \\\\ types'"}},
    {"keys and indexes",
     &shelf,
     {SHELF ENDS("utf8mb4_0900_bin"), SHELF_INDEXES},
     {SHELF ENDS("utf8mb4_nopad_bin"), SHELF_INDEXES}},
};

static void run_script(const kn__target *target, const script *s, const char *const *expected)
{
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    kn_arena arena = {0};
    kn__ddl_plan plan;
    assert_int_equal(kn_metadata_create(NULL, &metadata, NULL), KN_OK);
    if (kn_metadata_add(metadata, s->model, &error) != KN_OK ||
        kn__plan_create_all(metadata, target, &arena, &plan, &error) != KN_OK)
        fail_msg("%s: %s", s->name, error.message);
    for (size_t i = 0; i < plan.n_steps; i++) {
        kn__buffer text;
        kn__buffer_init(&text, NULL, 1 << 20);
        if (kn__render_ddl(target, plan.steps[i].node, &text, &error) != KN_OK)
            fail_msg("%s: %s", s->name, error.message);
        assert_string_equal(kn__buffer_string_of(&text), expected[i]);
        kn__buffer_finish(&text);
    }
    assert_null(expected[plan.n_steps]);
    kn_arena_finish(&arena);
    kn_metadata_destroy(metadata);
}

static void test_render_mysql__creates_tables(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(scripts); i++) {
        run_script(&f->on_mysql, &scripts[i], scripts[i].mysql);
        run_script(&f->on_mariadb, &scripts[i], scripts[i].mariadb);
    }
}

static kn_status plan_and_render(const kn_allocator *allocator, void *context)
{
    const kn__target *target = context;
    kn_metadata *metadata = NULL;
    kn_arena arena;
    kn__ddl_plan plan = {0};
    kn_status status = kn_metadata_create(allocator, &metadata, NULL);
    kn_arena_init(&arena, allocator, 0);
    if (status == KN_OK)
        status = kn_metadata_add(metadata, &every, NULL);
    if (status == KN_OK)
        status = kn__plan_create_all(metadata, target, &arena, &plan, NULL);
    for (size_t i = 0; status == KN_OK && i < plan.n_steps; i++) {
        kn__buffer text;
        kn__buffer_init(&text, allocator, 1 << 20);
        status = kn__render_ddl(target, plan.steps[i].node, &text, NULL);
        kn__buffer_finish(&text);
    }
    kn_arena_finish(&arena);
    kn_metadata_destroy(metadata);
    return status;
}

static void test_render_mysql__every_failing_allocation_is_nomem(void **state)
{
    fixture *f = *state;
    assert_true(each_allocation_failure(plan_and_render, &f->on_mariadb) > 10);
}

/* What the servers would weaken or refuse in their own words. */

#define MODEL(name_, columns_)                                                                                         \
    static const kn_model name_ = {.size_ = sizeof(kn_model),                                                          \
                                   .table = #name_,                                                                    \
                                   .columns = (columns_),                                                              \
                                   .n_columns = KN_COUNT_OF(columns_),                                                 \
                                   .column_size = sizeof(kn_column)}
static const kn_column wide_columns[] = {KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
                                         KN_TABLE_COLUMN("a", KN_STRING(768)), KN_TABLE_COLUMN("b", KN_STRING(1)),
                                         KN_TABLE_COLUMN("t", KN_TEXT), KN_TABLE_COLUMN("p", KN_LARGE_BINARY)};
extern const kn_model wide;
#define W(name_) KN_COL_NAMED(&wide, name_)
const kn_model wide = {.size_ = sizeof(kn_model),
                       .table = "wide",
                       .columns = wide_columns,
                       .n_columns = KN_COUNT_OF(wide_columns),
                       .column_size = sizeof(kn_column)};
static const kn_column digits_columns[] = {KN_TABLE_COLUMN("a", KN_NUMERIC(66, 30))};
static const kn_column places_columns[] = {KN_TABLE_COLUMN("a", KN_NUMERIC(65, 31))};
static const kn_column long_columns[] = {KN_TABLE_COLUMN("a", KN_STRING(16384))};
static const kn_column row_columns[] = {KN_TABLE_COLUMN("a", KN_STRING(16000)), KN_TABLE_COLUMN("b", KN_STRING(400))};
static const kn_column text_key_columns[] = {KN_TABLE_COLUMN("a", KN_TEXT, .primary_key = true)};
static const kn_column unique_columns[] = {KN_TABLE_COLUMN("a", KN_STRING(769), .unique = true)};
static const kn_column note_columns[] = {KN_TABLE_COLUMN("\xf0\x9f\x8e\xb5", KN_INTEGER)};
static const kn_column space_columns[] = {KN_TABLE_COLUMN("a ", KN_INTEGER)};
#define TIMES_8(s) s s s s s s s s
#define COMMENT_1024 TIMES_8(TIMES_8(TIMES_8("\xc3\xa9\xc3\xa9")))
static const kn_column comment_columns[] = {KN_TABLE_COLUMN("a", KN_INTEGER, .comment = COMMENT_1024 "x")};
static const kn_column noted_columns[] = {KN_TABLE_COLUMN("a", KN_INTERVAL, .comment = COMMENT_1024)};
static const kn_column music_columns[] = {KN_TABLE_COLUMN("a", KN_INTEGER, .comment = "\xf0\x9f\x8e\xb5")};
static const kn_enum music_enum = KN_ENUM_TYPE("\xf0\x9f\x8e\xb5", KN_LABEL(1, "a"));
static const kn_column music_enum_columns[] = {KN_TABLE_COLUMN("a", KN_ENUM(music_enum))};
MODEL(comment, comment_columns);
MODEL(noted, noted_columns);
MODEL(music, music_columns);
MODEL(music_name, music_enum_columns);
static const kn_model table_comment = {.size_ = sizeof(kn_model),
                                       .table = "table_comment",
                                       .columns = row_columns,
                                       .n_columns = 1,
                                       .column_size = sizeof(kn_column),
                                       .comment = TIMES_8(TIMES_8(TIMES_8("xxxx"))) "x"};
MODEL(digits, digits_columns);
MODEL(places, places_columns);
MODEL(too_long, long_columns);
MODEL(row_bytes, row_columns);
MODEL(text_key, text_key_columns);
MODEL(unique_key, unique_columns);
MODEL(note, note_columns);
MODEL(space, space_columns);
static const kn_column short_columns[] = {KN_TABLE_COLUMN("a", KN_INTEGER, .primary_key = true)};
extern const kn_model key_check;
static const kn_table_check key_checks[] = {{.expr = KN_GT(KN_COL_NAMED(&key_check, "a"), KN_INT(0))}, {.expr = NULL}};
const kn_model key_check = {.size_ = sizeof(kn_model),
                            .table = "key_check",
                            .columns = short_columns,
                            .n_columns = 1,
                            .column_size = sizeof(kn_column),
                            .checks = key_checks};
typedef struct refusal {
    const kn_model *model;
    const char *says;
} refusal;

static const refusal refusals[] = {
    {&digits, "at most 65 digits"},
    {&places, "at most 30 digits after the point"},
    {&too_long, "16383 characters"},
    {&row_bytes, "65535 bytes a row"},
    {&text_key, "KN_PREFIX"},
    {&unique_key, "3072 bytes"},
    {&note, "Basic Multilingual Plane"},
    {&space, "ends in a space"},
    {&comment, "a comment of more than 1024 characters"},
    {&noted, "a comment of more than 1024 characters"},
    {&table_comment, "a comment of more than 2048 characters"},
    {&music, "Basic Multilingual Plane in a comment"},
    {&music_name, "Basic Multilingual Plane in a comment"},
    {&key_check, "over the key that is generated"},
};

static void refuse_all(const kn__target *target)
{
    for (size_t i = 0; i < KN_COUNT_OF(refusals); i++) {
        kn_metadata *metadata = NULL;
        kn_error error = {0};
        kn_arena arena = {0};
        kn__ddl_plan plan;
        kn__buffer text;
        assert_int_equal(kn_metadata_create(NULL, &metadata, NULL), KN_OK);
        kn_status status = kn_metadata_add(metadata, refusals[i].model, &error);
        if (status == KN_OK)
            status = kn__plan_create_all(metadata, target, &arena, &plan, &error);
        kn__buffer_init(&text, NULL, 1 << 20);
        if (status == KN_OK)
            status = kn__render_ddl(target, plan.steps[0].node, &text, &error);
        kn__buffer_finish(&text);
        if (status != KN_UNSUPPORTED || !strstr(error.message, refusals[i].says) ||
            !strstr(error.message, target->dialect->name))
            fail_msg("%s: %s \"%s\" does not say \"%s\"", refusals[i].model->table, kn_status_name(status),
                     error.message, refusals[i].says);
        kn_arena_finish(&arena);
        kn_metadata_destroy(metadata);
    }
}

static void test_render_mysql__refuses_by_name(void **state)
{
    const fixture *f = *state;
    refuse_all(&f->on_mariadb);
    refuse_all(&f->on_mysql);
}

/* From which version on each of the two has what; 1 = always. Without a version it is as the oldest that is connected
 * to, MySQL 8.0.17 and MariaDB 10.8. */
static const struct {
    kn_feature feature;
    uint32_t mysql, mariadb; /* 0 = never */
} versions[] = {
    {KN_FEATURE_CHECK, 80016, 100201},       {KN_FEATURE_DESC_INDEX, 80001, 100800},
    {KN_FEATURE_EXPRESSION_INDEX, 80013, 0}, {KN_FEATURE_RETURNING, 0, 100500},
    {KN_FEATURE_COMPUTED_STORED, 1, 1},      {KN_FEATURE_PREFIX_INDEX, 1, 1},
    {KN_FEATURE_PARTIAL_INDEX, 0, 0},        {KN_FEATURE_DEFERRABLE, 0, 0},
    {KN_FEATURE_SET_DEFAULT, 0, 0},          {KN_FEATURE_TRANSACTIONAL_DDL, 0, 0},
};

static void check_version(const kn__dialect *dialect, kn_feature feature, uint32_t from)
{
    const uint32_t numbers[] = {from > 1 ? from - 1 : 50700, from ? from : 200000, 200000, 0};
    for (size_t i = 0; i < KN_COUNT_OF(numbers); i++) {
        kn__target target;
        kn__target_init(&target, dialect, dialect->name, numbers[i]);
        bool expected = from && (!numbers[i] || numbers[i] >= from);
        if (kn__target_has(&target, feature) != expected)
            fail_msg("feature %d of %s %u: %d", (int)feature, dialect->name, numbers[i], !expected);
    }
}

static void test_render_mysql__versions_decide(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(versions); i++) {
        check_version(&f->mysql, versions[i].feature, versions[i].mysql);
        check_version(&f->mariadb, versions[i].feature, versions[i].mariadb);
    }
}

typedef struct index_row {
    const kn_expr *const *parts;
    const kn_expr *where;
    const char *expected; /* begins with "!": a refusal that says the rest */
} index_row;

static const index_row index_rows[] = {
    {KN_LIST(W("a")), NULL, "CREATE INDEX ix ON wide (a)"},
    {KN_LIST(W("a"), W("b")), NULL, "!3072 bytes"},
    {KN_LIST(W("t")), NULL, "!3072 bytes"},
    {KN_LIST(KN_DESC(KN_PREFIX(W("t"), 768))), NULL, "CREATE INDEX ix ON wide (t(768) DESC)"},
    {KN_LIST(KN_PREFIX(W("t"), 769)), NULL, "!3072 bytes"},
    {KN_LIST(KN_PREFIX(W("p"), 3072)), NULL, "CREATE INDEX ix ON wide (p(3072))"},
    {KN_LIST(KN_PREFIX(W("p"), 3073)), NULL, "!3072 bytes"},
    {KN_LIST(W("b")), KN_GT(W("id"), KN_INT(3)), "!a partial index"},
    {KN_LIST(KN_LENGTH(W("b"))), NULL, "!an index over an expression"},
};

static void test_render_mysql__indexes_keep_to_the_length_of_keys(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(index_rows); i++) {
        const index_row *row = &index_rows[i];
        const kn_ddl_index index = {.node = {KN_NODE_CREATE_INDEX, sizeof(index), 0},
                                    .name = "ix",
                                    .table = {NULL, "wide"},
                                    .model = &wide,
                                    .parts = row->parts,
                                    .where = row->where};
        kn__buffer text;
        kn_error error = {0};
        kn__buffer_init(&text, NULL, 1 << 20);
        kn_status status = kn__render_ddl(&f->on_mariadb, &index.node, &text, &error);
        const char *got = status == KN_OK ? kn__buffer_string_of(&text) : error.message;
        bool right = *row->expected == '!' ? status == KN_UNSUPPORTED && strstr(got, row->expected + 1)
                                           : strcmp(got, row->expected) == 0;
        if (!right)
            fail_msg("%zu: %s: %s, expected %s", i, kn_status_name(status), got, row->expected);
        kn__buffer_finish(&text);
    }
}

static const char *const words_a[] = {"a"}, *const words_b[] = {"b"};

static void test_render_mysql__alters(void **state)
{
    const fixture *f = *state;
    const kn_ddl_reference drop = {
        .node = {KN_NODE_DROP_FOREIGN_KEY, sizeof(drop), 0}, .name = "fk", .table = {NULL, "t"}};
    const kn_ddl_reference add = {.node = {KN_NODE_ADD_FOREIGN_KEY, sizeof(add), 0},
                                  .name = "fk",
                                  .table = {"s", "t"},
                                  .columns = words_a,
                                  .target = {"s", "u"},
                                  .target_columns = words_b,
                                  .n_columns = 1,
                                  .on_delete = KN_RESTRICT};
    const kn_ddl_index index = {
        .node = {KN_NODE_DROP_INDEX, sizeof(index), 0}, .name = "ix", .table = {"s", "t"}, .model = &wide};
    const struct {
        const kn_node *node;
        const char *expected;
    } rows[] = {
        {&drop.node, "ALTER TABLE t DROP FOREIGN KEY fk"},
        {&add.node, "ALTER TABLE s.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES s.u (b) ON DELETE RESTRICT"},
        {&index.node, "DROP INDEX ix ON s.t"},
    };
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        kn__buffer text;
        kn_error error = {0};
        kn__buffer_init(&text, NULL, 1 << 20);
        if (kn__render_ddl(&f->on_mysql, rows[i].node, &text, &error) != KN_OK)
            fail_msg("%s", error.message);
        assert_string_equal(kn__buffer_string_of(&text), rows[i].expected);
        kn__buffer_finish(&text);
    }
}

/* Statements. */

#define U(m) KN_COL(User, m)
#define SHOW(...) &(const kn_select)KN_SELECT(KN_FROM(User), .columns = KN_LIST(__VA_ARGS__)).node
#define WHERE(...) &(const kn_select)KN_SELECT(KN_FROM(User), .columns = KN_LIST(U(id)), .where = __VA_ARGS__).node
#define FROM_USERS "SELECT id FROM users WHERE "
#define RANK(e) "CASE " e " WHEN 'calm' THEN 1 WHEN 'loud' THEN 2 END"
#define FOLDED(function, e)                                                                                            \
    "convert(cast(" function "(convert(cast(" e " AS BINARY) USING geostd8)) AS BINARY) USING utf8mb4) COLLATE "       \
    "utf8mb4_nopad_bin"

typedef struct row {
    const char *name;
    const kn_node *statement;
    const char *mariadb, *binds;
} row;

static const uint16_t key[] = {0};
static const kn_insert_rows defaults = {
    .node = {KN_NODE_INSERT, sizeof(kn_insert_rows), 0}, .into = &Role_model, .rows = 1};
static const kn_insert_rows defaults_back = {.node = {KN_NODE_INSERT, sizeof(kn_insert_rows), 0},
                                             .into = &Role_model,
                                             .rows = 1,
                                             .returning = key,
                                             .n_returning = 1};

static const row rows[] = {
    {"the tour",
     &KN_QUERY(KN_FROM(Role), .where = KN_LIKE(KN_COL(Role, name), KN_ARG(0)),
               .order_by = KN_LIST(KN_ASC(KN_COL(Role, id)), KN_DESC(KN_COL(Role, name))), .limit = KN_INT(10))
          ->node,
     "SELECT id, name FROM roles WHERE name LIKE ? ESCAPE '\\\\' ORDER BY id, name DESC LIMIT ?",
     "A0:Text V0:BigInteger~4"},
    {"offset alone", &KN_QUERY(KN_FROM(Role), .offset = KN_INT(5))->node,
     "SELECT id, name FROM roles LIMIT 18446744073709551615 OFFSET ?", "V0:BigInteger~4"},
    {"a contained text", WHERE(KN_CONTAINS(U(username), KN_ARG(0))), FROM_USERS "username LIKE ? ESCAPE '\\\\'",
     "A0:Text~1"},
    {"a contained column", WHERE(KN_CONTAINS(U(username), U(token))), FROM_USERS "position(token IN username) > 0", ""},
    {"enums compare by rank", WHERE(KN_LT(U(mood), KN_TEXT("loud"))), FROM_USERS RANK("mood") " < " RANK("?"),
     "V0:Enum"},
    {"enums between", WHERE(KN_BETWEEN(U(mood), KN_TEXT("calm"), KN_ARG(0))),
     FROM_USERS RANK("mood") " BETWEEN " RANK("?") " AND " RANK("?"), "V0:Enum A0:Enum"},
    {"enums are equal as text", WHERE(KN_EQ(U(mood), KN_TEXT("loud"))), FROM_USERS "mood = ?", "V0:Enum"},
    {"an Enum column orders itself, a computed one by rank",
     &KN_QUERY(KN_FROM(User), .columns = KN_LIST(U(id)),
               .order_by = KN_LIST(U(mood), KN_DESC(KN_COALESCE(U(last_mood), U(mood)))))
          ->node,
     "SELECT id FROM users ORDER BY mood, " RANK("coalesce(last_mood, mood)") " DESC", ""},
    {"the least of Enums", SHOW(KN_MIN(U(mood))), "!the least or greatest of Enum values", NULL},
    {"integers divide whole", SHOW(KN_DIV(U(plays), KN_INT(2))), "SELECT plays DIV ? FROM users", "V0:BigInteger"},
    {"remainders", SHOW(KN_MOD(KN_ADD(U(plays), KN_INT(1)), KN_INT(2))), "SELECT (plays + ?) % ? FROM users",
     "V0:BigInteger V1:BigInteger"},
    {"concatenation", SHOW(KN_CONCAT(U(username), KN_TEXT("x"), U(token))),
     "SELECT concat(username, ?, token) FROM users", "V0:Text"},
    {"ASCII letters fold", SHOW(KN_LOWER(U(username)), KN_UPPER(U(token))),
     "SELECT (" FOLDED("lower", "username") "), (" FOLDED("upper", "token") ") FROM users", ""},
    {"ILIKE", WHERE(KN_ILIKE(U(username), KN_ARG(0))),
     FROM_USERS FOLDED("lower", "username") " LIKE " FOLDED("lower", "?") " ESCAPE '\\\\'", "A0:Text"},
    {"lengths", SHOW(KN_LENGTH(U(username))), "SELECT char_length(username) FROM users", ""},
    {"exact sums", SHOW(KN_SUM(U(balance))), "SELECT sum(saldo) FROM users", ""},
    {"exact products", SHOW(KN_MUL(U(balance), U(balance))), "SELECT saldo * saldo FROM users", ""},
    {"the time", SHOW(KN_NOW), "SELECT utc_timestamp(6) FROM users", ""},
    {"a row of defaults", &defaults.node, "INSERT INTO roles () VALUES ()", ""},
    {"a row of defaults, and its key", &defaults_back.node, "INSERT INTO roles () VALUES () RETURNING id", ""},
};

static void check_row(const kn__target *target, const row *r)
{
    kn_error error = {0};
    kn__compiled *compiled = NULL;
    char shown[512];
    kn_status status = kn__compile(target, r->statement, NULL, &compiled, &error);
    if (*r->mariadb == '!') {
        if (status != KN_UNSUPPORTED || !strstr(error.message, r->mariadb + 1))
            fail_msg("%s: %s: %s", r->name, kn_status_name(status), error.message);
        return;
    }
    if (status != KN_OK)
        fail_msg("%s: %s", r->name, error.message);
    if (strcmp(compiled->sql.data, r->mariadb) != 0)
        fail_msg("%s:\n  got      %s\n  expected %s", r->name, compiled->sql.data, r->mariadb);
    binds_as_text(compiled, shown, sizeof shown);
    assert_string_equal(shown, r->binds);
    kn__compiled_free(compiled);
}

static void test_render_mysql__renders_statements(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++)
        check_row(&f->on_mariadb, &rows[i]);
}

static void test_render_mysql__mysql_gives_no_rows_back(void **state)
{
    const fixture *f = *state;
    check_row(&f->on_mysql, &(row){"returning", &defaults_back.node, "!RETURNING", NULL});
    assert_true(kn__target_has(&f->on_mysql, KN_FEATURE_LAST_KEY));
}

/* mysql:// to a MariaDB server. */
static void test_render_mysql__names_its_sibling(void **state)
{
    const fixture *f = *state;
    assert_string_equal(f->mysql.own.sibling("mariadb", 101100), "mariadb");
    assert_null(f->mysql.own.sibling("mysql", 80400));
    assert_string_equal(f->mariadb.own.driver, "mysql");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render_mysql__creates_tables),
        cmocka_unit_test(test_render_mysql__every_failing_allocation_is_nomem),
        cmocka_unit_test(test_render_mysql__refuses_by_name),
        cmocka_unit_test(test_render_mysql__versions_decide),
        cmocka_unit_test(test_render_mysql__indexes_keep_to_the_length_of_keys),
        cmocka_unit_test(test_render_mysql__alters),
        cmocka_unit_test(test_render_mysql__renders_statements),
        cmocka_unit_test(test_render_mysql__mysql_gives_no_rows_back),
        cmocka_unit_test(test_render_mysql__names_its_sibling),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
