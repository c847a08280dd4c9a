/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Defaults are values like any other: what the program gives, what a function computes and what stands in the DDL come
 * back exactly. And a secret is told to nobody. */
#include <float.h>

#include "exact.h"

#define VALUE(...) KN_NODE_(KN_NODE_VALUE, .value = __VA_ARGS__)

typedef enum Mood { MOOD_CALM = -3, MOOD_ODD = 8 } Mood;
static const kn_enum moods = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_ODD, "it's \"odd\" \\ %"));

/* One column a type. What is compared after an insert that gives none of them is this table. */
typedef struct Given {
    int64_t id;
    kn_opt_int16 small;
    kn_opt_int32 whole;
    kn_opt_int64 least;
    kn_opt_int64 most;
    kn_opt_bool yes;
    kn_opt_bool no;
    kn_opt_double tenth;
    kn_opt_double largest;
    kn_opt_double smallest;
    kn_opt_float third;
    kn_opt_decimal money;
    kn_opt_decimal hard;
    kn_opt_decimal wide;
    const char *empty;
    const char *quoted;
    const char *slashed;
    kn_text lines;
    kn_text music;
    kn_opt_text marks;
    kn_opt_bytes bytes;
    kn_opt_date leap;
    kn_opt_time late;
    kn_opt_datetime first;
    kn_opt_instant last;
    kn_opt_interval before;
    kn_opt_enum mood;
} Given;

/* column, type, default, and the value that must be read */
#define GIVEN(X)                                                                                                       \
    X(small, KN_SMALL_INTEGER, KN_INT(-32768), EXACT_INT(-32768))                                                      \
    X(whole, KN_INTEGER, KN_INT(2147483647), EXACT_INT(2147483647))                                                    \
    X(least, KN_BIG_INTEGER, KN_INT(INT64_MIN), EXACT_INT(INT64_MIN))                                                  \
    X(most, KN_BIG_INTEGER, KN_INT(INT64_MAX), EXACT_INT(INT64_MAX))                                                   \
    X(yes, KN_BOOLEAN, KN_BOOL(true), EXACT_BOOL(true))                                                                \
    X(no, KN_BOOLEAN, KN_BOOL(false), EXACT_BOOL(false))                                                               \
    X(tenth, KN_FLOAT, KN_DOUBLE(-0.1), EXACT_FLOAT(-0.1))                                                             \
    X(largest, KN_FLOAT, KN_DOUBLE(DBL_MAX), EXACT_FLOAT(DBL_MAX))                                                     \
    X(smallest, KN_FLOAT, KN_DOUBLE(0x1p-1074), EXACT_FLOAT(0x1p-1074))                                                \
    X(third, KN_FLOAT_OF(24), KN_DOUBLE((double)(1.0f / 3.0f)), EXACT_FLOAT((double)(1.0f / 3.0f)))                    \
    X(money, KN_NUMERIC(12, 2), KN_DEC(-999999999999, -2), EXACT_DECIMAL(-999999999999, -2))                           \
    X(hard, KN_NUMERIC(15, 15), KN_DEC(151074238479754, -15), EXACT_DECIMAL(151074238479754, -15))                     \
    X(wide, KN_NUMERIC(38, 20), KN_DEC(-1234567890123456789, -18), EXACT_DECIMAL(-1234567890123456789, -18))           \
    X(empty, KN_STRING(9), KN_TEXT(""), EXACT_TEXT(""))                                                                \
    X(quoted, KN_STRING(9), KN_TEXT("it's '' "), EXACT_TEXT("it's '' "))                                               \
    X(slashed, KN_STRING(9), KN_TEXT("\\ \\' \\n"), EXACT_TEXT("\\ \\' \\n"))                                          \
    X(lines, KN_STRING(9), KN_TEXT("a\r\nb\tc"), EXACT_TEXT("a\r\nb\tc"))                                              \
    X(music, KN_UNICODE(9), KN_TEXT("\xf0\x9d\x84\x9e\xe2\x82\xac"), EXACT_TEXT("\xf0\x9d\x84\x9e\xe2\x82\xac"))       \
    X(marks, KN_UNICODE(9), KN_TEXT("?:v$1%_\""), EXACT_TEXT("?:v$1%_\""))                                             \
    X(bytes, KN_LARGE_BINARY_OF(9), VALUE(EXACT_BYTES("\0'\xff\\")), EXACT_BYTES("\0'\xff\\"))                         \
    X(leap, KN_DATE, VALUE(EXACT_DATE(19782)), EXACT_DATE(19782))                                                      \
    X(late, KN_TIME, VALUE(EXACT_TIME(INT64_C(86399999999))), EXACT_TIME(INT64_C(86399999999)))                        \
    X(first, KN_DATETIME, VALUE(EXACT_DATETIME(KN_DATETIME_MIN)), EXACT_DATETIME(KN_DATETIME_MIN))                     \
    X(last, KN_DATETIME_TZ, VALUE(EXACT_INSTANT(KN_DATETIME_MAX)), EXACT_INSTANT(KN_DATETIME_MAX))                     \
    X(before, KN_INTERVAL, VALUE(EXACT_INTERVAL(-1)), EXACT_INTERVAL(-1))                                              \
    X(mood, KN_ENUM(moods), KN_INT(MOOD_ODD), EXACT_TEXT("it's \"odd\" \\ %"))

static const struct {
    const char *name;
    kn_value value;
} expected[] = {
#define X(name_, type_, default_, value_) {#name_, value_},
    GIVEN(X)
#undef X
};

/* The program's default: sent with the row. */
KN_MODEL(Given);
KN_COLUMNS(Given) = {KN_COLUMN(Given, id, KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_NO),
#define X(name_, type_, default_, value_) KN_COLUMN(Given, name_, type_, .initial = default_),
                     GIVEN(X)
#undef X
};
KN_DEFINE(Given, "defaults_given");

/* The backend's: text in the DDL, nothing is sent. */
typedef Given Served;
KN_MODEL(Served);
KN_COLUMNS(Served) = {KN_COLUMN(Served, id, KN_BIG_INTEGER, .primary_key = true, .autoincrement = KN_NO),
#define X(name_, type_, default_, value_) KN_COLUMN(Served, name_, type_, .server_default = default_),
                      GIVEN(X)
#undef X
};
KN_DEFINE(Served, "defaults_served");

/* As the harness reads a member, for the i-th column behind the key. */
static kn_value member_of(const kn_model *model, size_t i, const void *object)
{
    const kn_column columns[] = {{.member = "id"}, *kn_model_column(model, i + 1)};
    const kn_model box = {.columns = columns, .n_columns = 2, .column_size = sizeof(kn_column)};

    return exact_take(&box, object);
}

static void assert_defaults(const kn_model *model, const void *object)
{
    for (size_t i = 0; i < KN_COUNT_OF(expected); i++) {
        kn_value read = member_of(model, i, object);
        exact_assert_same(&kn_model_column(model, i + 1)->type, model->table, expected[i].name, &expected[i].value,
                          &read);
    }
}

static void check_defaults(test_database *db, const kn_model *model)
{
    Given rows[3] = {{.id = 1}, {.id = 2}, {.id = 3}};
    kn_rows *list = NULL;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    test_database_create(db, model, NULL);
    assert_ok(db, kn_insert(db->c, model, &rows[0], &db->error));
    assert_ok(db, kn_insert_many(db->c, model, rows + 1, 2, &db->error));
    test_database_reopen(db);
    for (int64_t id = 1; id <= 3; id++) {
        Given read = {.id = id};
        assert_ok(db, kn_get(db->c, model, &read, &arena, &db->error));
        assert_defaults(model, &read);
    }
    assert_ok(db, kn_list(db->c, KN_QUERY(.from = model), KN_NO_ARGS, 0, &list, &db->error));
    assert_int_equal(list->count, 3);
    kn_rows_free(list);
    kn_arena_finish(&arena);
}

static void test_defaults__of_the_program_come_back(void **state)
{
    check_defaults(test_database_of(state), &Given_model);
}

static void test_defaults__in_the_ddl_come_back(void **state)
{
    check_defaults(test_database_of(state), &Served_model);
}

/* kn_init gives the same before anything is inserted. */
static void test_defaults__fill_an_object(void **state)
{
    test_database *db = test_database_of(state);
    Given object;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    memset(&object, 0xa5, sizeof(object));
    assert_ok(db, kn_init(&Given_model, &object, &arena, &db->error));
    assert_int_equal(object.id, 0);
    for (size_t i = 0; i < KN_COUNT_OF(expected); i++) {
        kn_value filled = member_of(&Given_model, i, &object);
        assert_true(kn_value_equal(&filled, &expected[i].value));
    }
    kn_arena_finish(&arena);
}

/* functions, the clock, and what is written on update */

typedef struct Note {
    int64_t id;
    const char *token;
    kn_opt_int32 number;
    kn_opt_date day;
    kn_opt_datetime made;
    kn_opt_instant made_at;
    kn_opt_instant served_at;
    kn_opt_instant changed_at;
    kn_opt_int32 changes;
    const char *text;
} Note;

static int tokens_made;

static kn_status make_token(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%s-%d", (const char *)context, ++tokens_made);
    char *copy = kn_arena_copy(arena, text, (size_t)n);

    if (!copy)
        return kn_error_set(error, KN_NOMEM, "out of memory for a token");
    *out = kn_textn(copy, (size_t)n);
    return KN_OK;
}

static kn_status make_number(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    const int64_t *number = context;

    (void)arena;
    if (*number < 0)
        return kn_error_set(error, KN_LIMIT, "no numbers left");
    *out = *number == 0 ? kn_null() : kn_int(*number);
    return KN_OK;
}

static char token_prefix[] = "token";
static int64_t next_number = 41;

KN_MODEL(Note);
KN_COLUMNS(Note) = {
    KN_COLUMN(Note, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Note, token, KN_STRING(20), .initial = KN_CALL(make_token, token_prefix), .unique = true),
    KN_COLUMN(Note, number, KN_INTEGER, .initial = KN_CALL(make_number, &next_number)),
    KN_COLUMN(Note, day, KN_DATE),
    KN_COLUMN(Note, made, KN_DATETIME, .initial = KN_NOW),
    KN_COLUMN(Note, made_at, KN_DATETIME_TZ, .initial = KN_NOW),
    KN_COLUMN(Note, served_at, KN_DATETIME_TZ, .server_default = KN_NOW),
    KN_COLUMN(Note, changed_at, KN_DATETIME_TZ, .onupdate = KN_NOW),
    KN_COLUMN(Note, changes, KN_INTEGER, .initial = KN_INT(0), .onupdate = KN_INT(1)),
    KN_COLUMN(Note, text, KN_TEXT),
};
KN_DEFINE(Note, "defaults_note");

static void assert_between(int64_t us, kn_instant before, kn_instant after)
{
    assert_true(us >= before.us - 1000 && us <= after.us + 1000); /* a backend's clock may have milliseconds */
}

static void test_defaults__of_functions_and_the_clock_are_taken_once_a_row(void **state)
{
    test_database *db = test_database_of(state);
    Note one = {.text = "one"}, many[3] = {{.text = "two"}, {.text = "three"}, {.text = "four"}}, read = {0};
    kn_instant before, after;
    kn_rows *rows = NULL;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    test_database_create(db, &Note_model, NULL);
    tokens_made = 0;
    assert_ok(db, kn_instant_now(&before, &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Note, &one), &db->error));
    assert_ok(db, kn_instant_now(&after, &db->error));
    assert_int_equal(tokens_made, 1);
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Note, many), 3, &db->error)); /* unique: each has its own token */
    assert_int_equal(tokens_made, 4);
    test_database_reopen(db);
    read.id = one.id;
    assert_ok(db, kn_get(db->c, KN_OBJECT(Note, &read), &arena, &db->error));
    assert_string_equal(read.token, "token-1");
    assert_int_equal(read.number.value, 41);
    assert_int_equal(read.day.state, KN_NULL);
    assert_between(read.made.value.us, before, after);
    assert_between(read.made_at.value.us, before, after);
    assert_between(read.served_at.value.us, before, after);
    assert_int_equal(read.changed_at.state, KN_NULL);
    assert_int_equal(read.changes.value, 0);
    assert_ok(db, kn_list(db->c, KN_QUERY(KN_FROM(Note), .order_by = KN_LIST(KN_COL(Note, id))), KN_NO_ARGS, 0, &rows,
                          &db->error));
    assert_int_equal(rows->count, 4);
    assert_string_equal(((Note *)rows->items)[3].token, "token-4");
    kn_rows_free(rows);
    kn_arena_finish(&arena);
}

static void test_defaults__a_function_may_say_null_or_refuse(void **state)
{
    test_database *db = test_database_of(state);
    Note null = {.text = "null"}, refused = {.text = "refused"}, wrong = {.text = "wrong"};
    int64_t count = -1;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    test_database_create(db, &Note_model, NULL);
    next_number = 0;
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Note, &null), &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Note, &null), &arena, &db->error));
    assert_int_equal(null.number.state, KN_NULL);
    next_number = -1;
    assert_refused(db, KN_LIMIT, kn_insert(db->c, KN_OBJECT(Note, &refused), &db->error));
    assert_non_null(strstr(db->error.message, "no numbers left"));
    next_number = INT64_C(1) << 40; /* what a function gives is checked like anything else */
    assert_refused(db, KN_OUT_OF_RANGE, kn_insert(db->c, KN_OBJECT(Note, &wrong), &db->error));
    assert_non_null(strstr(db->error.message, "defaults_note.number"));
    next_number = 41;
    assert_ok(db, kn_count(db->c, KN_QUERY(KN_FROM(Note)), KN_NO_ARGS, &count, &db->error));
    assert_int_equal(count, 1);
    kn_arena_finish(&arena);
}

static void test_defaults__on_update_are_written_when_not_given(void **state)
{
    test_database *db = test_database_of(state);
    Note note = {.text = "first"}, read = {0}, change;
    kn_instant before, after;
    kn_arena arena;

    kn_arena_init(&arena, NULL, 0);
    test_database_create(db, &Note_model, NULL);
    tokens_made = 0;
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Note, &note), &db->error));
    change = (Note){.id = note.id, .text = "second"};
    assert_ok(db, kn_instant_now(&before, &db->error));
    assert_ok(db, kn_update(db->c, KN_OBJECT(Note, &change), &db->error));
    assert_ok(db, kn_instant_now(&after, &db->error));
    test_database_reopen(db);
    read.id = note.id;
    assert_ok(db, kn_get(db->c, KN_OBJECT(Note, &read), &arena, &db->error));
    assert_string_equal(read.text, "second");
    assert_string_equal(read.token, "token-1"); /* an `initial` is for inserts only */
    assert_int_equal(read.changes.value, 1);
    assert_between(read.changed_at.value.us, before, after);
    change.changes = (kn_opt_int32)KN_SOME(7);
    change.changed_at = (kn_opt_instant)KN_NOTHING;
    assert_ok(db, kn_update(db->c, KN_OBJECT(Note, &change), &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Note, &read), &arena, &db->error));
    assert_int_equal(read.changes.value, 7);
    assert_int_equal(read.changed_at.state, KN_NULL);
    kn_arena_finish(&arena);
}

/* A default that its own column could not hold never gets as far as a table. */
static void test_defaults__outside_the_domain_are_refused_with_the_model(void **state)
{
    const struct {
        kn_type type;
        const kn_expr *value;
    } wrong[] = {
        {{KN_INIT_KN_SMALL_INTEGER}, KN_INT(32768)},
        {{KN_INIT_KN_INTEGER}, KN_TEXT("1")},
        {{KN_INIT_KN_STRING(3)}, KN_TEXT("four")},
        {{KN_INIT_KN_TEXT}, KN_TEXT("\xff")},
        {{KN_INIT_KN_NUMERIC(5, 2)}, KN_DEC(1, -3)},
        {{KN_INIT_KN_NUMERIC(5, 2)}, KN_DEC(1000, 0)},
        {{KN_INIT_KN_FLOAT_OF(24)}, KN_DOUBLE(0.1)},
        {{KN_INIT_KN_ENUM(moods)}, KN_TEXT("wild")},
        {{KN_INIT_KN_DATE}, VALUE(EXACT_DATE(KN_DATE_MAX + 1))},
    };
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < KN_COUNT_OF(wrong) * 2; i++) {
        kn_column columns[] = {{.name = "id", .type = {KN_INIT_KN_INTEGER}, .primary_key = true},
                               {.name = "v", .type = wrong[i / 2].type}};
        const kn_model model = {.size_ = sizeof(model),
                                .table = "defaults_wrong",
                                .columns = columns,
                                .n_columns = 2,
                                .column_size = sizeof(kn_column)};
        kn_metadata *metadata = NULL;
        if (i % 2)
            columns[1].initial = wrong[i / 2].value;
        else
            columns[1].server_default = wrong[i / 2].value;
        assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
        assert_refused(db, KN_INVALID, kn_metadata_add(metadata, &model, &db->error));
        if (!strstr(db->error.message, "'defaults_wrong': column 'v'"))
            fail_msg("default %zu: %s", i, db->error.message);
        kn_metadata_destroy(metadata);
    }
}

/* secrets */

typedef struct Account {
    int64_t id;
    const char *name;
    const char *password;
    kn_opt_int32 pin;
} Account;
KN_MODEL(Account);
KN_COLUMNS(Account) = {
    KN_COLUMN(Account, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Account, name, KN_STRING(20)),
    KN_COLUMN(Account, password, KN_STRING(20), .secret = true, .unique = true),
    KN_COLUMN(Account, pin, KN_INTEGER, .secret = true, .check = KN_GT(KN_COL(Account, pin), KN_INT(999))),
};
KN_DEFINE(Account, "defaults_account");

#define SECRET "hunter2-is-a-secret"

typedef struct Listener {
    size_t events, leaks;
} Listener;

static void listen(void *context, const kn_event *event)
{
    Listener *listener = context;
    char *sql = calloc(1, event->sql.size + 1);

    if (event->sql.size)
        memcpy(sql, event->sql.data, event->sql.size);
    listener->events++;
    listener->leaks += strstr(sql, SECRET) != NULL || (event->error && strstr(event->error->message, SECRET) != NULL);
    free(sql);
}

static void assert_kept(test_database *db)
{
    assert_null(strstr(db->error.message, SECRET));
    assert_null(strstr(db->error.message, "hunter2"));
    assert_null(strstr(db->error.message, "4711"));
}

static void test_defaults__a_secret_is_told_to_nobody(void **state)
{
    test_database *db = test_database_of(state);
    Account account = {.name = "ken", .password = SECRET, .pin = KN_SOME(1234)};
    Account again = {.name = "lu", .password = SECRET}, small = {.name = "lu", .pin = KN_SOME(471)};
    Account broken = {.name = "lu", .password = SECRET "\xff"}, longer = {.name = "lu", .password = SECRET "4711"};
    static Listener listener; /* closing tells it too */
    char text[300];

    test_database_create(db, &Account_model, NULL);
    test_database_disconnect(db);
    test_database_connect(db, KN_ENGINE_OPTIONS(.trace = listen, .trace_context = &listener));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Account, &account), &db->error));
    assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(Account, &again), &db->error));
    assert_kept(db);
    assert_refused(db, KN_CHECK, kn_insert(db->c, KN_OBJECT(Account, &small), &db->error));
    assert_null(strstr(db->error.message, "471"));
    assert_refused(db, KN_ENCODING, kn_insert(db->c, KN_OBJECT(Account, &broken), &db->error));
    assert_kept(db);
    assert_refused(db, KN_TOO_LONG, kn_insert(db->c, KN_OBJECT(Account, &longer), &db->error));
    assert_kept(db);
    kn_print(&Account_model, &account, KN_PRINT_FULL, text, sizeof(text));
    assert_null(strstr(text, SECRET));
    assert_null(strstr(text, "1234"));
    assert_non_null(strstr(text, "***"));
    assert_true(listener.events > 0);
    assert_int_equal(listener.leaks, 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_defaults__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(of_the_program_come_back),
        EACH(in_the_ddl_come_back),
        EACH(fill_an_object),
        EACH(of_functions_and_the_clock_are_taken_once_a_row),
        EACH(a_function_may_say_null_or_refuse),
        EACH(on_update_are_written_when_not_given),
        EACH(outside_the_domain_are_refused_with_the_model),
        EACH(a_secret_is_told_to_nobody),
    };
    return cmocka_run_group_tests_name("integration/exact/defaults", tests, NULL, NULL);
}
