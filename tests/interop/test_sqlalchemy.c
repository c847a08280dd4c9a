/* SPDX-License-Identifier: MIT */
/* backends: all */
/* One database, two programs: Flask-SQLAlchemy and Koine, on tables that the one made or the other. Each writes rows,
 * reads those of the other, changes them and adds more. The values, what is lost and the verdict are in
 * sqlalchemy_peer.py. */
#include <stdarg.h>
#include <stddef.h>

#include "model/mapping.h"
#include "sqlalchemy_models.h"
#include "support/database.h"
#include "support/peer.h"

#define SCRIPT KOINE_SOURCE_DIR "/tests/interop/sqlalchemy_peer.py"

static struct {
    peer process;
    FILE *from, *to;
    char *line; /* the last one */
    size_t room;
} python;

static const kn_model *const models[] = {&Role_model, &User_model, &Everything_model};

static void say(const char *format, ...) KN_PRINTF(1, 2);
static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(python.to, format, arguments);
    va_end(arguments);
}

/* The next line of the answer, without its end; NULL at the end of the answer. */
static char *hear(void)
{
    fflush(python.to);
    ssize_t size = getline(&python.line, &python.room, python.from);
    if (size <= 0)
        fail_msg("the Python side ended; what it said is above");
    python.line[size - 1] = '\0';
    if (python.line[0] == '!')
        fail_msg("%s", python.line + 1);
    return strcmp(python.line, ".") == 0 ? NULL : python.line;
}

static void assert_content(void)
{
    for (char *line; (line = hear());)
        fail_msg("unexpected answer: %s", line);
}

/* The whole answer is this one line. */
static void assert_answer(const char *expected)
{
    char *line = hear();
    assert_non_null(line);
    assert_string_equal(line, expected);
    assert_content();
}

/* Cells. */

static int hex(char c)
{
    return c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* In place, NUL-ended. */
static size_t unescape(char *text)
{
    size_t n = 0;
    for (const char *p = text; *p; n++) {
        bool escaped = *p == '%';
        text[n] = escaped ? (char)(hex(p[1]) << 4 | hex(p[2])) : *p;
        p += escaped ? 3 : 1;
    }
    text[n] = '\0';
    return n;
}

static void say_escaped(const void *data, size_t size)
{
    for (const unsigned char *p = data, *end = p + size; p < end; p++)
        say((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z' ? "%c" : "%%%02X", *p);
}

static kn_value parse_cell(const kn_column *column, char *cell, kn_arena *arena)
{
    kn_value value = {.kind = (uint16_t)kn_type_kind((kn_type_id)column->type.id)};
    size_t size;
    if (*cell++ == '-')
        return kn_null();
    switch (value.kind) {
    case KN_KIND_BOOL:
        value.as.b = *cell == '1';
        return value;
    case KN_KIND_DECIMAL:
        assert_int_equal(kn_decimal_parse((kn_text){cell, strlen(cell)}, arena, &value.as.decimal, NULL), KN_OK);
        return value;
    case KN_KIND_TEXT:
        size = unescape(cell);
        return kn_textn(cell, size);
    case KN_KIND_BYTES:
        size = unescape(cell);
        return kn_blob(cell, size);
    case KN_KIND_DATE:
        value.as.date.days = (int32_t)strtoll(cell, NULL, 10);
        return value;
    default: /* each is one number of 64 bits */
        value.as.i = strtoll(cell, NULL, 10);
        return value;
    }
}

static void say_cell(const kn_value *value)
{
    char digits[64];
    switch (value->kind) {
    case KN_KIND_NULL:
        say("-");
        return;
    case KN_KIND_BOOL:
        say("=%d", value->as.b);
        return;
    case KN_KIND_DECIMAL:
        assert_true(kn_decimal_print_size(value->as.decimal) <= sizeof digits);
        say("=%.*s", (int)kn_decimal_print(value->as.decimal, digits), digits);
        return;
    case KN_KIND_TEXT:
        say("=");
        say_escaped(value->as.text.data,
                    value->as.text.size == SIZE_MAX ? strlen(value->as.text.data) : value->as.text.size);
        return;
    case KN_KIND_BYTES:
        say("=");
        say_escaped(value->as.bytes.data, value->as.bytes.size);
        return;
    case KN_KIND_DATE:
        say("=%d", (int)value->as.date.days);
        return;
    default:
        say("=%lld", (long long)value->as.i);
        return;
    }
}

/* A row of cells into an object. The line must live as long as the object. */
static void take_row(const kn_model *model, char *line, kn_arena *arena, void *object)
{
    kn_error error;
    for (size_t i = 0; i < model->n_columns; i++) {
        const kn_column *column = kn_model_column(model, i);
        char *end = line + strcspn(line, "\t"), *next = *end ? end + 1 : end;
        *end = '\0';
        kn_value value = parse_cell(column, line, arena);
        if (kn__member_store(column, &value, arena, object, &error) != KN_OK)
            fail_msg("%s: %s", column->member, error.message);
        line = next;
    }
}

static void say_row(const kn_model *model, const void *object, kn_arena *arena)
{
    kn_error error;
    for (size_t i = 0; i < model->n_columns; i++) {
        const kn_column *column = kn_model_column(model, i);
        kn_value value = {.kind = KN_KIND_NULL};
        if (kn__member_load(column, object, arena, &value, &error) != KN_OK)
            fail_msg("%s: %s", column->member, error.message);
        if (value.kind == KN_KIND_UNSET) /* a pointer that is NULL */
            value.kind = KN_KIND_NULL;
        say(i ? "\t" : "");
        say_cell(&value);
    }
    say("\n");
}

/* What each side does. */

/* All members but the key: NULL pointers are NULL then. */
static void name_members(const kn_model *model, size_t *only)
{
    size_t n = 0;
    for (size_t i = 1; i < model->n_columns; i++)
        only[n++] = kn_model_column(model, i)->offset;
    only[n] = SIZE_MAX;
}

static void write_row(test_database *db, const kn_model *model, bool insert, void *object)
{
    size_t only[32];
    int64_t *id = object, wanted = *id;
    name_members(model, only);
    if (!insert) {
        assert_ok(db, kn_update_only(db->c, model, object, only, &db->error));
        return;
    }
    *id = 0; /* generated */
    assert_ok(db, kn_insert_only(db->c, model, object, only, &db->error));
    if (*id != wanted)
        fail_msg("%s: the database made the key %lld for row %lld", model->table, (long long)*id, (long long)wanted);
}

/* At once, on the fastest way that the backend has. */
static void koine_inserts_many(test_database *db, const kn_model *model, int first, int shift)
{
    static _Alignas(max_align_t) char rows[64 * 1024];
    size_t n = 0;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    memset(rows, 0, sizeof rows);
    say("cells\t%s\t%d\t%d\n", model->table, first, shift);
    for (char *line; (line = hear()); n++) {
        void *object = rows + n * model->object_size;
        assert_true((n + 1) * model->object_size <= sizeof rows);
        take_row(model, kn_arena_copy(&arena, line, strlen(line)), &arena, object);
        *(int64_t *)object = 0; /* generated */
    }
    assert_ok(db, kn_insert_many(db->c, model, rows, n, &db->error));
    kn_arena_finish(&arena);
}

static void koine_writes(test_database *db, const char *verb, const kn_model *model, int first, int shift)
{
    kn_arena arena;
    if (strcmp(verb, "insert_many") == 0) {
        koine_inserts_many(db, model, first, shift);
        return;
    }
    kn_arena_init(&arena, NULL, 0);
    say("cells\t%s\t%d\t%d\n", model->table, first, shift);
    for (char *line; (line = hear());) {
        void *object = calloc(1, model->object_size);
        take_row(model, line, &arena, object);
        write_row(db, model, strcmp(verb, "insert") == 0, object);
        free(object);
        kn_arena_reset(&arena);
    }
    kn_arena_finish(&arena);
}

static void sqlalchemy_writes(test_database *db, const char *verb, const kn_model *model, int first, int shift)
{
    (void)db;
    say("%s\t%s\t%d\t%d\n", verb, model->table, first, shift);
    assert_content();
}

static void koine_reads(test_database *db, const kn_model *model)
{
    kn_rows *rows = NULL;
    assert_ok(db, kn_list(db->c, KN_QUERY(.from = model, .order_by = KN_LIST(KN_ASC(KN_COL_NAMED(model, "id")))),
                          KN_NO_ARGS, 0, &rows, &db->error));
    say("judge\t%s\n", model->table);
    for (size_t i = 0; i < rows->count; i++)
        say_row(model, (const char *)rows->items + i * rows->object_size, &rows->arena);
    say(".\n");
    kn_rows_free(rows);
    assert_content();
}

static void both_read(test_database *db, const kn_model *model)
{
    koine_reads(db, model);
    say("check\t%s\n", model->table);
    assert_content();
}

static void koine_relates(test_database *db)
{
    kn_rows *users = NULL;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    assert_ok(db, kn_list(db->c, KN_QUERY(KN_FROM(User), .order_by = KN_LIST(KN_ASC(KN_COL(User, id)))), KN_NO_ARGS, 0,
                          &users, &db->error));
    say("relate\n");
    for
        KN_EACH_ROW(User, user, users)
        {
            Role role = {.id = user->role_id.value};
            say_escaped(user->username, strlen(user->username));
            say("\t");
            if (user->role_id.state == KN_SET) {
                assert_ok(db, kn_get(db->c, KN_OBJECT(Role, &role), &arena, &db->error));
                say_escaped(role.name, strlen(role.name));
                say("\n");
            } else {
                say("-\n");
            }
        }
    say(".\n");
    kn_rows_free(users);
    kn_arena_finish(&arena);
    assert_content();
}

static void on_all_tables(test_database *db, kn_status (*verb)(kn_connection *, kn_metadata *, kn_error *))
{
    kn_metadata *metadata = NULL;
    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    for (size_t i = 0; i < KN_COUNT_OF(models); i++)
        assert_ok(db, kn_metadata_add(metadata, models[i], &db->error));
    assert_ok(db, verb(db->c, metadata, &db->error));
    kn_metadata_destroy(metadata);
}

/* The side that comes second finds the tables and leaves them alone. */
static void make_tables(test_database *db, const char *maker)
{
    bool by_koine = strcmp(maker, "koine") == 0;
    say("connect\t%s\t%s\n", db->url, maker);
    assert_content();
    if (by_koine)
        on_all_tables(db, kn_create_all);
    say("create\n");
    assert_content();
    if (!by_koine)
        on_all_tables(db, kn_create_all);
}

static void close_tables(void)
{
    say("close\n");
    assert_content();
}

typedef void writer(test_database *db, const char *verb, const kn_model *model, int first, int shift);

/* Each side adds rows, changes those of the other and adds more; both read after each. */
static void share_table(test_database *db, const kn_model *model, int count, writer *one, writer *other)
{
    one(db, "insert", model, 1, 0);
    both_read(db, model);
    other(db, "update", model, 1, 1);
    other(db, "insert", model, 1 + count, 2);
    both_read(db, model);
    one(db, "update", model, 1 + count, 3);
    one(db, "insert_many", model, 1 + 2 * count, 4);
    other(db, "insert_many", model, 1 + 3 * count, 5);
    both_read(db, model);
}

static void assert_taken(test_database *db)
{
    kn_rows *rows = NULL;
    assert_ok(db, kn_list(db->c, KN_QUERY(KN_FROM(User), .limit = KN_INT(1)), KN_NO_ARGS, 0, &rows, &db->error));
    User *first = rows->items, second = {.username = first->username};
    assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(User, &second), &db->error));
    say("refused\t%s\n", first->username);
    kn_rows_free(rows);
    assert_content();
}

/* What was lost, into the log of the test. */
static void show_losses(const test_database *db, const char *maker)
{
    say("losses\n");
    for (char *line; (line = hear());)
        print_message("%s, made by %s: %s\n", kn_engine_dialect(db->engine), maker, line);
}

static void share(void **state, const char *maker, writer *one, writer *other)
{
    static const int counts[] = {4, 8, 13};
    test_database *db = test_database_of(state);
    make_tables(db, maker);
    for (size_t i = 0; i < KN_COUNT_OF(models); i++)
        share_table(db, models[i], counts[i], one, other);
    koine_relates(db);
    assert_taken(db);
    show_losses(db, maker);
    close_tables();
}

static void test_sqlalchemy__koine_uses_its_tables(void **state)
{
    share(state, "sqlalchemy", sqlalchemy_writes, koine_writes);
}

static void test_sqlalchemy__it_uses_koines_tables(void **state)
{
    share(state, "koine", koine_writes, sqlalchemy_writes);
}

static bool is_dialect(const test_database *db, const char *name)
{
    return strcmp(kn_engine_dialect(db->engine), name) == 0;
}

/* Over 64 KiB in a row, or in one column of it; the peer has the same values. */
static void make_large(Everything *row, kn_arena *arena)
{
    static char bytes[256 * 1024], text[70000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    memset(text, 'x', sizeof text);
    *row = (Everything){.large_binary = {bytes, sizeof bytes},
                        .text = {text, sizeof text},
                        .pickle = kn_any_bytes(arena, (kn_bytes){bytes, sizeof bytes})};
}

static bool same_large(const Everything *a, const Everything *b)
{
    return a->large_binary.size == b->large_binary.size &&
           memcmp(a->large_binary.data, b->large_binary.data, a->large_binary.size) == 0 &&
           a->text.size == b->text.size && memcmp(a->text.data, b->text.data, a->text.size) == 0 &&
           kn_any_equal(a->pickle, b->pickle);
}

/* SQLAlchemy makes BLOB and TEXT there, of 64 KiB: none of the three goes in, from either side. */
static void refuse_large(test_database *db, const Everything *large)
{
    Everything only[] = {
        {.large_binary = large->large_binary},
        {.text = large->text},
        {.pickle = large->pickle},
    };
    say("large\tinsert\n");
    assert_answer("refused 1406"); /* ER_DATA_TOO_LONG, in the strict mode that is the default */
    for (size_t i = 0; i < KN_COUNT_OF(only); i++)
        assert_refused(db, KN_TOO_LONG, kn_insert(db->c, KN_OBJECT(Everything, &only[i]), &db->error));
}

static void share_large(test_database *db, Everything *large, kn_arena *arena)
{
    Everything read = {.id = 1};
    say("large\tinsert\n");
    assert_answer("went in");
    assert_ok(db, kn_get(db->c, KN_OBJECT(Everything, &read), arena, &db->error));
    assert_true(same_large(&read, large));
    assert_ok(db, kn_delete(db->c, KN_OBJECT(Everything, &read), &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Everything, large), &db->error));
    say("large\tread\n");
    assert_content();
}

static void test_sqlalchemy__large_values_go_where_they_fit(void **state)
{
    test_database *db = test_database_of(state);
    Everything large;
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    make_large(&large, &arena);
    make_tables(db, "sqlalchemy");
    if (is_dialect(db, "mysql") || is_dialect(db, "mariadb"))
        refuse_large(db, &large);
    else
        share_large(db, &large, &arena);
    close_tables();
    on_all_tables(db, kn_drop_all);
    make_tables(db, "koine");
    share_large(db, &large, &arena);
    close_tables();
    kn_arena_finish(&arena);
}

static void make_wide(Everything *row, kn_arena *arena)
{
    static const char digits[] = "123456789012345678.12345678901234567890";
    *row = (Everything){.wide = {.state = KN_SET}};
    assert_int_equal(kn_decimal_parse((kn_text){digits, sizeof digits - 1}, arena, &row->wide.value, NULL), KN_OK);
}

/* Over 15 digits SQLAlchemy on SQLite stores doubles, and Koine texts: that one reads an error or another number, Koine
 * an error, and never another number. */
static void test_sqlalchemy__koine_refuses_doubles_for_wide_numbers(void **state)
{
    test_database *db = test_database_of(state);
    Everything row = {.id = 1};
    kn_arena arena;
    kn_arena_init(&arena, NULL, 0);
    if (!is_dialect(db, "sqlite")) {
        kn_arena_finish(&arena);
        return;
    }
    make_tables(db, "sqlalchemy"); /* NUMERIC(38, 20): what looks like a number becomes a double, whoever writes it */
    say("wide\tinsert\n");
    assert_answer("another");
    assert_refused(db, KN_TYPE_MISMATCH, kn_get(db->c, KN_OBJECT(Everything, &row), &arena, &db->error));
    make_wide(&row, &arena);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Everything, &row), &db->error));
    assert_refused(db, KN_TYPE_MISMATCH, kn_get(db->c, KN_OBJECT(Everything, &row), &arena, &db->error));
    close_tables();
    on_all_tables(db, kn_drop_all);
    make_tables(db, "koine");
    row.id = 0;
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Everything, &row), &db->error));
    assert_ok(db, kn_get(db->c, KN_OBJECT(Everything, &row), &arena, &db->error));
    say("wide\tread\n");
    assert_answer("refused TypeError");
    say("wide\tinsert\n");
    assert_answer("refused TypeError");
    row.id++;
    assert_refused(db, KN_MALFORMED, kn_get(db->c, KN_OBJECT(Everything, &row), &arena, &db->error));
    close_tables();
    kn_arena_finish(&arena);
}

/* A peer for each test: one that failed in the middle of an answer is not asked again. */
static int open_each(void **state)
{
    peer_start(&python.process, SCRIPT);
    python.from = fdopen(python.process.from, "r");
    python.to = fdopen(python.process.to, "w");
    return test_database_open(state);
}

static int close_each(void **state)
{
    fclose(python.to);
    fclose(python.from);
    int status = peer_wait(&python.process);
    free(python.line);
    memset(&python, 0, sizeof python);
    return test_database_close(state) || status;
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_sqlalchemy__##test, open_each, close_each)
    const struct CMUnitTest tests[] = {
        EACH(koine_uses_its_tables),
        EACH(it_uses_koines_tables),
        EACH(large_values_go_where_they_fit),
        EACH(koine_refuses_doubles_for_wide_numbers),
    };
    return cmocka_run_group_tests_name("interop/sqlalchemy", tests, NULL, NULL);
}
