/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Rows in and out by every way there is: what goes in by one comes out by all, and what is refused is refused by all.
 */
#include "support/database.h"

typedef struct Sample {
    int64_t id;
    int64_t number; /* Integer in 64 bits */
    kn_text title;
    const char *note;
    char code[9];
    double ratio;
    kn_decimal price, wide;
    kn_datetime at;
    kn_time time;
    kn_instant seen;
    bool live;
    kn_opt_bool loved;
    kn_opt_text remark;
} Sample;
KN_MODEL(Sample);
KN_COLUMNS(Sample) = {
    KN_COLUMN(Sample, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Sample, number, KN_INTEGER),
    KN_COLUMN(Sample, title, KN_STRING(12)),
    KN_COLUMN(Sample, note, KN_TEXT),
    KN_COLUMN(Sample, code, KN_STRING(8)),
    KN_COLUMN(Sample, ratio, KN_FLOAT),
    KN_COLUMN(Sample, price, KN_NUMERIC(12, 2)),
    KN_COLUMN(Sample, wide, KN_NUMERIC(40, 2)),
    KN_COLUMN(Sample, at, KN_DATETIME),
    KN_COLUMN(Sample, time, KN_TIME),
    KN_COLUMN(Sample, seen, KN_DATETIME_TZ),
    KN_COLUMN(Sample, live, KN_BOOLEAN),
    KN_COLUMN(Sample, loved, KN_BOOLEAN),
    KN_COLUMN(Sample, remark, KN_STRING(4)),
};
KN_DEFINE(Sample, "samples");

/* The same columns in another struct, and all but the last of the same type. */
typedef struct Mirror {
    kn_opt_text remark;
    kn_opt_bool loved;
    bool live;
    kn_instant seen;
    kn_time time;
    kn_datetime at;
    kn_decimal wide, price;
    double ratio;
    char code[9];
    const char *note;
    kn_text title;
    int64_t number, id;
} Mirror, Stranger;
#define MIRRORED(S, last)                                                                                              \
    KN_MODEL(S);                                                                                                       \
    KN_COLUMNS(S) = {KN_COLUMN(S, id, KN_BIG_INTEGER, .primary_key = true),                                            \
                     KN_COLUMN(S, number, KN_INTEGER),                                                                 \
                     KN_COLUMN(S, title, KN_STRING(12)),                                                               \
                     KN_COLUMN(S, note, KN_TEXT),                                                                      \
                     KN_COLUMN(S, code, KN_STRING(8)),                                                                 \
                     KN_COLUMN(S, ratio, KN_FLOAT),                                                                    \
                     KN_COLUMN(S, price, KN_NUMERIC(12, 2)),                                                           \
                     KN_COLUMN(S, wide, KN_NUMERIC(40, 2)),                                                            \
                     KN_COLUMN(S, at, KN_DATETIME),                                                                    \
                     KN_COLUMN(S, time, KN_TIME),                                                                      \
                     KN_COLUMN(S, seen, KN_DATETIME_TZ),                                                               \
                     KN_COLUMN(S, live, KN_BOOLEAN),                                                                   \
                     KN_COLUMN(S, loved, KN_BOOLEAN),                                                                  \
                     KN_COLUMN(S, remark, last)};                                                                      \
    KN_DEFINE(S, "samples")
MIRRORED(Mirror, KN_STRING(4));
MIRRORED(Stranger, KN_STRING(5));

static const kn_select all_samples = KN_SELECT(KN_FROM(Sample), .order_by = KN_LIST(KN_COL(Sample, id)));
static const kn_select large_samples = KN_SELECT(KN_FROM(Sample), .order_by = KN_LIST(KN_COL(Sample, id)), .large = 1);

static const Sample samples[] = {
    {.id = 1,
     .number = INT32_MAX,
     .title = {"twelve bytes", 12},
     .note = "a note",
     .code = "12345678",
     .ratio = 0.1,
     .price = KN_DECIMAL(999999999999, -2),
     .wide = KN_DECIMAL(-1, -2),
     .at = {1},
     .time = {KN_US_PER_DAY - 1},
     .seen = {-1},
     .live = true,
     .loved = KN_SOME(true),
     .remark = KN_SOME({"r\xc3\xa9m", 4})},
    {.id = INT64_MIN,
     .number = INT32_MIN,
     .title = {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 24},
     .note = "",
     .ratio = -1.7976931348623157e308,
     .price = KN_DECIMAL(-5, -2),
     .wide = KN_DECIMAL(123, 0),
     .at = {KN_DATETIME_MIN},
     .seen = {KN_DATETIME_MAX},
     .loved = KN_SOME(false),
     .remark = KN_NOTHING},
    /* every member that may be is NULL */
    {.id = 3, .title = {NULL, 0}, .at = {KN_DATETIME_MAX}, .loved = KN_NOTHING, .remark = KN_NOTHING},
    {.id = 4, .title = {"short", 5}, .note = "\xf0\x9f\x8e\xb5", .loved = KN_NOTHING, .remark = KN_SOME({"", 0})},
};
#define COUNT KN_COUNT_OF(samples)

/* The drivers as they would be without the slots that a driver may leave out: plain_NAME. */
static const kn_plugin *plain_plugin(const kn_host *host)
{
    enum { DRIVERS = 3 };
    static char names[DRIVERS][32];
    static kn_driver plain[DRIVERS];
    static const kn_driver *const drivers[] = {&plain[0], &plain[1], &plain[2], NULL};
    static const kn_plugin plugin = {.magic = KN_PLUGIN_MAGIC,
                                     .abi = KN_PLUGIN_ABI,
                                     .size_ = sizeof(kn_plugin),
                                     .name = "plain",
                                     .version = "1",
                                     .drivers = drivers};
    kn_plugin_entry *const whole[DRIVERS] = {koine_plugin_sqlite3, koine_plugin_libpq, koine_plugin_mysql};

    for (size_t i = 0; i < DRIVERS; i++) {
        plain[i] = *whole[i](host)->drivers[0];
        snprintf(names[i], sizeof(names[i]), "plain_%s", whole[i](host)->drivers[0]->name);
        plain[i].name = names[i];
        plain[i].fetch_into = NULL;
        plain[i].bulk_objects = NULL;
    }
    return &plugin;
}

/* dialect://... becomes dialect+plain_driver://... */
static void choose_plain_driver(test_database *db)
{
    char url[KN_TESTING_URL_MAX];
    const char *rest = strstr(db->url, "://");
    kn_engine *engine = NULL;

    assert_ok(db, kn_engine_create(db->url, KN_ENGINE_OPTIONS(.registry = db->registry), &engine, &db->error));
    snprintf(url, sizeof(url), "%.*s+plain_%s%s", (int)(rest - db->url), db->url, kn_engine_driver(engine), rest);
    kn_engine_destroy(engine);
    snprintf(db->url, sizeof(db->url), "%s", url);
}

static int open_rows(void **state, bool plain)
{
    test_database *db;

    test_database_prepare(state);
    db = test_database_of(state);
    assert_ok(db, kn_registry_add(db->registry, plain_plugin, &db->error));
    if (plain)
        choose_plain_driver(db);
    test_database_connect(db, NULL);
    test_database_create(db, &Sample_model, NULL);
    return 0;
}

static int open_direct(void **state)
{
    return open_rows(state, false);
}

static int open_plain(void **state)
{
    return open_rows(state, true);
}

static void assert_same_text(kn_text got, kn_text expected)
{
    assert_int_equal(got.data == NULL, expected.data == NULL);
    assert_int_equal(got.size, expected.size);
    if (expected.data) {
        assert_memory_equal(got.data, expected.data, expected.size);
        assert_int_equal(got.data[got.size], '\0');
    }
}

static void assert_same(const Sample *got, const Sample *expected)
{
    assert_true(got->id == expected->id);
    assert_true(got->number == expected->number);
    assert_same_text(got->title, expected->title);
    assert_same_text(kn_text_of(got->note), kn_text_of(expected->note));
    assert_memory_equal(got->code, expected->code, sizeof(got->code));
    assert_true(got->ratio == expected->ratio);
    assert_int_equal(kn_decimal_compare(got->price, expected->price), 0);
    assert_int_equal(got->price.exponent, -2);
    assert_int_equal(kn_decimal_compare(got->wide, expected->wide), 0);
    assert_true(got->at.us == expected->at.us);
    assert_true(got->time.us == expected->time.us);
    assert_true(got->seen.us == expected->seen.us);
    assert_int_equal(got->live, expected->live);
    assert_int_equal(got->loved.state, expected->loved.state);
    assert_int_equal(got->loved.value, expected->loved.value);
    assert_int_equal(got->remark.state, expected->remark.state);
    if (expected->remark.state == KN_SET)
        assert_same_text(got->remark.value, expected->remark.value);
}

static const Sample *sample_of(int64_t id)
{
    for (size_t i = 0; i < COUNT; i++)
        if (samples[i].id == id)
            return &samples[i];
    fail_msg("no sample %lld", (long long)id);
    return NULL;
}

static kn_result *open_all(test_database *db, const kn_select *query, kn_statement **statement)
{
    kn_result *result = NULL;

    assert_ok(db, kn_prepare_query(db->c, &query->node, statement, &db->error));
    assert_ok(db, kn_open(*statement, KN_NO_ARGS, &result, &db->error));
    return result;
}

static void read_query(test_database *db, const kn_select *query)
{
    kn_statement *statement = NULL;
    kn_result *result = open_all(db, query, &statement);
    kn_rows *rows = NULL;
    Sample row;
    size_t n = 0;

    while (kn_next(result, &db->error) == KN_OK) {
        memset(&row, 0x55, sizeof(row));
        assert_ok(db, kn_fetch(result, KN_OBJECT(Sample, &row), &db->error));
        assert_same(&row, sample_of(row.id));
        n++;
    }
    assert_int_equal(n, COUNT);
    kn_result_close(result);
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    for (n = 0; memset(&row, 0x55, sizeof(row)), kn_next_into(result, KN_OBJECT(Sample, &row), &db->error) == KN_OK;
         n++)
        assert_same(&row, sample_of(row.id));
    assert_int_equal(n, COUNT);
    kn_statement_finish(statement);
    assert_ok(db, kn_list(db->c, query, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, COUNT);
    for (n = 0; n < COUNT; n++)
        assert_same((const Sample *)rows->items + n, sample_of(((const Sample *)rows->items)[n].id));
    kn_rows_free(rows);
}

static void read_by_every_way(test_database *db)
{
    kn_arena arena = {0};

    read_query(db, &all_samples);
    read_query(db, &large_samples);
    for (size_t n = 0; n < COUNT; n++) {
        Sample one = {.id = samples[n].id};
        assert_ok(db, kn_get(db->c, KN_OBJECT(Sample, &one), &arena, &db->error));
        assert_same(&one, &samples[n]);
    }
    kn_arena_finish(&arena);
}

static void test_rows__one_by_one_are_read_by_every_way(void **state)
{
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < COUNT; i++) {
        Sample row = samples[i];
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Sample, &row), &db->error));
    }
    test_database_reopen(db);
    read_by_every_way(db);
}

static void test_rows__many_are_read_by_every_way(void **state)
{
    test_database *db = test_database_of(state);

    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Sample, samples), COUNT, &db->error));
    test_database_reopen(db);
    read_by_every_way(db);
}

/* So many that a driver's own bulk insert is worth it. */
#define MANY 1000

static Sample *make_many(void)
{
    Sample *many = calloc(MANY, sizeof(*many));

    for (size_t i = 0; i < MANY; i++) {
        many[i] = samples[i % COUNT];
        many[i].id = (int64_t)i + 1;
    }
    return many;
}

static void test_rows__very_many_are_read_as_they_went_in(void **state)
{
    test_database *db = test_database_of(state);
    Sample *many = make_many();
    kn_rows *rows = NULL;

    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Sample, many), MANY, &db->error));
    test_database_reopen(db);
    assert_ok(db, kn_list(db->c, &all_samples, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_same((const Sample *)rows->items + i, &many[i]);
    kn_rows_free(rows);
    free(many);
}

#define BATCH 100
#define BATCHES 5 /* of each sample: the first prepares a statement that the others find */

/* In the program's own transaction, with one that is refused behind those that are stored. */
static void test_rows__batches_in_a_transaction_are_read_as_they_went_in(void **state)
{
    test_database *db = test_database_of(state);
    Sample *many = calloc(COUNT * BATCHES * BATCH, sizeof(*many)), twice[BATCH];
    kn_rows *rows = NULL;

    for (size_t i = 0; i < COUNT * BATCHES * BATCH; i++) {
        many[i] = samples[i / (BATCHES * BATCH)];
        many[i].id = (int64_t)i + 1;
        many[i].price = kn_decimal_of((int64_t)(i % BATCH) - 50, -2);
    }
    many[3 * BATCHES * BATCH + 250].title = (kn_text){"\xf0\x9f\x8e\xb5 not plain", 14};
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    for (size_t i = 0; i < COUNT * BATCHES; i++) {
        assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Sample, &many[i * BATCH]), BATCH, &db->error));
        memcpy(twice, &many[i * BATCH], sizeof twice);
        for (size_t j = 0; j < BATCH; j++)
            twice[j].id += 1000000;
        twice[BATCH - 1].id = twice[0].id;
        assert_refused(db, KN_UNIQUE, kn_insert_many(db->c, KN_OBJECT(Sample, twice), BATCH, &db->error));
        twice[BATCH / 2].price.exponent = -3;
        twice[BATCH / 2].price.u.word[0] = 1;
        assert_refused(db, KN_INEXACT, kn_insert_many(db->c, KN_OBJECT(Sample, twice), BATCH, &db->error));
        assert_memory_equal(db->error.message, "object 50: samples.price: ", 26);
        assert_true(kn_in_transaction(db->c));
    }
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_ok(db, kn_list(db->c, &all_samples, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, COUNT * BATCHES * BATCH);
    for (size_t i = 0; i < rows->count; i++)
        assert_same((const Sample *)rows->items + i, &many[i]);
    kn_rows_free(rows);
    free(many);
}

/* What the backend's own columns hold besides. */
#define BAD(dialect, name, expression, status_)                                                                        \
    {                                                                                                                  \
        dialect, name, "UPDATE samples SET " name " = " expression " WHERE id = 1", status_                            \
    }
static const struct {
    const char *dialect, *column, *sql;
    kn_status status;
} bad[] = {
    BAD("sqlite", "number", "2147483648", KN_OUT_OF_RANGE),
    BAD("sqlite", "number", "1.5", KN_OUT_OF_RANGE),
    BAD("sqlite", "title", "'thirteen bytes'", KN_TOO_LONG),
    BAD("sqlite", "title", "CAST(x'6162ff6465666768' AS TEXT)", KN_ENCODING),
    BAD("sqlite", "title", "CAST(x'6162006465666768' AS TEXT)", KN_ENCODING),
    BAD("sqlite", "title", "x'61'", KN_TYPE_MISMATCH),
    BAD("sqlite", "ratio", "9e999", KN_OUT_OF_RANGE),
    BAD("sqlite", "ratio", "'x'", KN_TYPE_MISMATCH),
    BAD("sqlite", "price", "0.001", KN_INEXACT),
    BAD("sqlite", "price", "1e10", KN_OUT_OF_RANGE),
    BAD("sqlite", "at", "'2001-02-29 00:00:00'", KN_OUT_OF_RANGE),
    BAD("sqlite", "at", "20010228", KN_TYPE_MISMATCH),
    BAD("sqlite", "time", "'x'", KN_MALFORMED),
    BAD("sqlite", "live", "2", KN_OUT_OF_RANGE),
    BAD("sqlite", "loved", "-1", KN_OUT_OF_RANGE),
    BAD("sqlite", "loved", "'t'", KN_TYPE_MISMATCH),
    BAD("postgresql", "ratio", "'NaN'", KN_OUT_OF_RANGE),
    BAD("postgresql", "ratio", "'-Infinity'", KN_OUT_OF_RANGE),
    BAD("postgresql", "price", "'NaN'", KN_OUT_OF_RANGE),
    BAD("postgresql", "at", "'infinity'", KN_OUT_OF_RANGE),
    BAD("postgresql", "at", "'0001-12-31 BC'", KN_OUT_OF_RANGE),
    BAD("postgresql", "seen", "'10000-01-01 00:00:00+00'", KN_OUT_OF_RANGE),
    BAD("postgresql", "time", "'24:00'", KN_OUT_OF_RANGE),
    {"postgresql", "time", /* the last: nothing can be inserted then */
     "ALTER TABLE samples ALTER COLUMN time TYPE timestamp USING '1970-01-01 00:00:01'", KN_TYPE_MISMATCH},
    BAD("mariadb", "at", "'0000-12-31 00:00:00'", KN_OUT_OF_RANGE),
    BAD("mariadb", "time", "'24:00:00'", KN_OUT_OF_RANGE),
    BAD("mariadb", "time", "'-00:00:01'", KN_OUT_OF_RANGE),
    BAD("mariadb", "title", "'a\\0b'", KN_ENCODING),
    BAD("mariadb", "note", "'a\\0'", KN_ENCODING),
    BAD("mariadb", "live", "2", KN_OUT_OF_RANGE),
    BAD("mariadb", "loved", "-1", KN_OUT_OF_RANGE),
};

static void assert_names(const test_database *db, const char *column)
{
    char quoted[40];

    snprintf(quoted, sizeof(quoted), "'%s'", column);
    assert_non_null(strstr(db->error.message, quoted));
}

static void refused_by_query(test_database *db, const kn_select *query, const char *column, kn_status status)
{
    kn_statement *statement = NULL;
    kn_result *result = open_all(db, query, &statement);
    kn_rows *rows = NULL;
    Sample row = {.id = 1};

    assert_ok(db, kn_next(result, &db->error));
    assert_refused(db, status, kn_fetch(result, KN_OBJECT(Sample, &row), &db->error));
    assert_names(db, column);
    kn_result_close(result);
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_refused(db, status, kn_next_into(result, KN_OBJECT(Sample, &row), &db->error));
    assert_names(db, column);
    kn_statement_finish(statement);
    assert_refused(db, status, kn_list(db->c, query, KN_NO_ARGS, 0, &rows, &db->error));
    assert_names(db, column);
}

static void refused_by_every_way(test_database *db, const char *column, kn_status status)
{
    kn_arena arena = {0};
    Sample row = {.id = 1};

    refused_by_query(db, &all_samples, column, status);
    refused_by_query(db, &large_samples, column, status);
    for (int again = 0; again < 2; again++) { /* the statement is known then */
        row.id = 1;
        assert_refused(db, status, kn_get(db->c, KN_OBJECT(Sample, &row), &arena, &db->error));
        assert_names(db, column);
    }
    kn_arena_finish(&arena);
}

static void test_rows__what_is_no_value_is_refused_by_every_way(void **state)
{
    test_database *db = test_database_of(state);
    size_t tried = 0;

    for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
        Sample row = samples[0];
        if (strcmp(bad[i].dialect, test_database_backend(db)) != 0)
            continue;
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Sample, &row), &db->error));
        assert_ok(db, kn_execute(db->c, kn_unchecked_sql(bad[i].sql), KN_NO_ARGS, NULL, &db->error));
        refused_by_every_way(db, bad[i].column, bad[i].status);
        assert_ok(db, kn_delete(db->c, KN_OBJECT(Sample, &row), &db->error));
        tried++;
    }
    assert_in_range(tried, 5, KN_COUNT_OF(bad));
}

/* The same table as a program with wider types made it, with one value that the narrower ones do not hold. */
static const kn_column loose_columns[] = {
    KN_TABLE_COLUMN("id", KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_NO),
    KN_TABLE_COLUMN("number", KN_BIG_INTEGER, .server_default = KN_INT(0)),
    KN_TABLE_COLUMN("title", KN_TEXT),
    KN_TABLE_COLUMN("note", KN_TEXT),
    KN_TABLE_COLUMN("code", KN_STRING(40), .server_default = KN_TEXT("")),
    KN_TABLE_COLUMN("ratio", KN_FLOAT, .server_default = KN_DOUBLE(0)),
    KN_TABLE_COLUMN("price", KN_NUMERIC(15, 4), .server_default = KN_DEC(0, 0)),
    KN_TABLE_COLUMN("wide", KN_NUMERIC(40, 2), .server_default = KN_DEC(0, 0)),
    KN_TABLE_COLUMN("at", KN_DATETIME, .server_default = KN_NOW),
    KN_TABLE_COLUMN("time", KN_TIME,
                    .server_default = KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_TIME, .as = {.time = {0}}})),
    KN_TABLE_COLUMN("seen", KN_DATETIME_TZ, .server_default = KN_NOW),
    KN_TABLE_COLUMN("live", KN_BOOLEAN, .server_default = KN_BOOL(false)),
    KN_TABLE_COLUMN("loved", KN_BOOLEAN),
    KN_TABLE_COLUMN("remark", KN_STRING(40)),
};
static const kn_model loose = {.size_ = sizeof(kn_model),
                               .table = "samples",
                               .columns = loose_columns,
                               .n_columns = KN_COUNT_OF(loose_columns),
                               .column_size = sizeof(kn_column)};
#define LOOSE(column, value) column, KN_LIST(KN_ASSIGN(KN_COL_NAMED(&loose, column), value))
static const struct {
    const char *column;
    const kn_expr *const *set;
    kn_status status;
} too_wide[] = {
    {LOOSE("number", KN_INT(INT64_C(2147483648))), KN_OUT_OF_RANGE},
    {LOOSE("number", KN_INT(INT64_C(-2147483649))), KN_OUT_OF_RANGE},
    {LOOSE("title", KN_TEXT("thirteen byte")), KN_TOO_LONG},
    {LOOSE("title", KN_TEXT("twelve bytes ")), KN_TOO_LONG},
    {LOOSE("code", KN_TEXT("123456789")), KN_TOO_LONG},
    {LOOSE("code", KN_TEXT("1234567\xc3\xa9")), KN_TOO_LONG},
    {LOOSE("price", KN_DEC(1, -3)), KN_INEXACT},
    {LOOSE("price", KN_DEC(10000000000, 0)), KN_OUT_OF_RANGE},
    {LOOSE("remark", KN_TEXT("five.")), KN_TOO_LONG},
};

static void test_rows__what_is_too_wide_is_refused_by_every_way(void **state)
{
    static const uint16_t id[] = {0};
    const kn_insert_rows insert = {.node = {.kind = KN_NODE_INSERT, .size = sizeof(insert)},
                                   .into = &loose,
                                   .columns = id,
                                   .n_columns = 1,
                                   .rows = 1};
    test_database *db = test_database_of(state);

    assert_ok(db, kn_execute(db->c, KN_SQL("DROP TABLE samples"), KN_NO_ARGS, NULL, &db->error));
    test_database_create(db, &loose, NULL);
    assert_ok(db, kn_execute_query(db->c, &insert.node, KN_ARGS(kn_int(1)), NULL, &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(too_wide); i++) {
        assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
        assert_ok(db, kn_execute_query(
                          db->c,
                          &((const kn_update_rows){.node = {.kind = KN_NODE_UPDATE, .size = sizeof(kn_update_rows)},
                                                   .table = &loose,
                                                   .set = too_wide[i].set,
                                                   .where = KN_ALL_ROWS})
                               .node,
                          KN_NO_ARGS, NULL, &db->error));
        refused_by_every_way(db, too_wide[i].column, too_wide[i].status);
        assert_ok(db, kn_rollback(db->c, &db->error));
    }
}

static const struct {
    const char *column;
    Sample row;
    kn_status status;
} wrong[] = {
    {"number", {.id = 9, .number = INT64_C(2147483648)}, KN_OUT_OF_RANGE},
    {"title", {.id = 9, .title = {"thirteen byte", 13}}, KN_TOO_LONG},
    {"title", {.id = 9, .title = {"ab\0defghij", 10}}, KN_ENCODING},
    {"title", {.id = 9, .title = {"abcdefgh\xff", 9}}, KN_ENCODING},
    {"price", {.id = 9, .price = KN_DECIMAL(1, -3)}, KN_INEXACT},
    {"price", {.id = 9, .price = KN_DECIMAL(1000000000000, -2)}, KN_OUT_OF_RANGE},
    {"at", {.id = 9, .at = {KN_DATETIME_MAX + 1}}, KN_OUT_OF_RANGE},
    {"time", {.id = 9, .time = {-1}}, KN_OUT_OF_RANGE},
};

static void test_rows__values_outside_their_type_are_not_sent(void **state)
{
    test_database *db = test_database_of(state);
    int64_t count = -1;

    for (size_t i = 0; i < KN_COUNT_OF(wrong); i++) {
        Sample row = wrong[i].row;
        assert_refused(db, wrong[i].status, kn_insert(db->c, KN_OBJECT(Sample, &row), &db->error));
        assert_non_null(strstr(db->error.message, wrong[i].column));
        assert_refused(db, wrong[i].status, kn_insert_many(db->c, KN_OBJECT(Sample, &row), 1, &db->error));
        assert_non_null(strstr(db->error.message, wrong[i].column));
    }
    assert_ok(db, kn_count(db->c, &all_samples, KN_NO_ARGS, &count, &db->error));
    assert_int_equal(count, 0);
}

static void test_rows__one_outside_its_type_is_refused_among_very_many(void **state)
{
    static const size_t places[] = {0, 255, 256, 700, MANY - 1};
    test_database *db = test_database_of(state);
    Sample *many = make_many();
    int64_t count = -1;
    char expected[64];

    for (size_t i = 0; i < KN_COUNT_OF(wrong) * KN_COUNT_OF(places); i++) {
        size_t at = places[i % KN_COUNT_OF(places)], which = i / KN_COUNT_OF(places);
        Sample kept = many[at];
        many[at] = wrong[which].row;
        snprintf(expected, sizeof expected, "object %zu: samples.%s: ", at, wrong[which].column);
        assert_refused(db, wrong[which].status, kn_insert_many(db->c, KN_OBJECT(Sample, many), MANY, &db->error));
        assert_memory_equal(db->error.message, expected, strlen(expected));
        many[at] = kept;
    }
    assert_ok(db, kn_count(db->c, &all_samples, KN_NO_ARGS, &count, &db->error));
    assert_int_equal(count, 0);
    free(many);
}

static void test_rows__next_into_ends_and_leaves_no_row_to_the_getters(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *statement = NULL;
    kn_result *result;
    Sample row = samples[0];
    int64_t id = 0;

    assert_ok(db, kn_insert(db->c, KN_OBJECT(Sample, &row), &db->error));
    result = open_all(db, &all_samples, &statement);
    assert_ok(db, kn_next_into(result, KN_OBJECT(Sample, &row), &db->error));
    assert_refused(db, KN_STATE, kn_get_int(result, 0, &id, &db->error));
    row.number = 77;
    assert_done(db, kn_next_into(result, KN_OBJECT(Sample, &row), &db->error));
    assert_done(db, kn_next_into(result, KN_OBJECT(Sample, &row), &db->error));
    assert_int_equal(row.number, 77);
    kn_statement_finish(statement);
}

static Sample mirrored(const Mirror *m)
{
    Sample s = {.id = m->id,
                .number = m->number,
                .title = m->title,
                .note = m->note,
                .ratio = m->ratio,
                .price = m->price,
                .wide = m->wide,
                .at = m->at,
                .time = m->time,
                .seen = m->seen,
                .live = m->live,
                .loved = m->loved,
                .remark = m->remark};

    memcpy(s.code, m->code, sizeof(s.code));
    return s;
}

/* Some rows into one struct, the others into another, and after each one into one that is refused. */
static void read_into_structs(test_database *db, const kn_select *query)
{
    kn_statement *statement = NULL;
    kn_result *result = open_all(db, query, &statement);

    for (size_t n = 0; n < COUNT; n++) {
        Sample row = {.id = 0};
        Mirror mirror = {.id = 0};
        Stranger stranger = {.id = 0};
        if (n % 4 / 2) {
            assert_ok(db, kn_next_into(result, KN_OBJECT(Mirror, &mirror), &db->error));
            row = mirrored(&mirror);
        } else {
            assert_ok(db, kn_next_into(result, KN_OBJECT(Sample, &row), &db->error));
        }
        assert_same(&row, sample_of(row.id));
        assert_refused(db, KN_INVALID, kn_next_into(result, KN_OBJECT(Stranger, &stranger), &db->error));
    }
    kn_statement_finish(statement);
}

static void test_rows__one_result_is_read_into_several_structs(void **state)
{
    test_database *db = test_database_of(state);

    assert_ok(db, kn_insert_many(db->c, &Sample_model, samples, COUNT, &db->error));
    for (int again = 0; again < 2; again++) {
        read_into_structs(db, &all_samples);
        read_into_structs(db, &large_samples);
    }
}

int main(void)
{
#define BOTH(test)                                                                                                     \
    cmocka_unit_test_setup_teardown(test, open_direct, test_database_close),                                           \
        cmocka_unit_test_setup_teardown(test, open_plain, test_database_close)
    const struct CMUnitTest tests[] = {
        BOTH(test_rows__one_by_one_are_read_by_every_way),
        BOTH(test_rows__many_are_read_by_every_way),
        BOTH(test_rows__very_many_are_read_as_they_went_in),
        BOTH(test_rows__batches_in_a_transaction_are_read_as_they_went_in),
        BOTH(test_rows__what_is_no_value_is_refused_by_every_way),
        BOTH(test_rows__what_is_too_wide_is_refused_by_every_way),
        BOTH(test_rows__values_outside_their_type_are_not_sent),
        BOTH(test_rows__one_outside_its_type_is_refused_among_very_many),
        BOTH(test_rows__one_result_is_read_into_several_structs),
        BOTH(test_rows__next_into_ends_and_leaves_no_row_to_the_getters),
    };
    return cmocka_run_group_tests_name("integration/engine/rows", tests, NULL, NULL);
}
