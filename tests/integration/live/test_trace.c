/* SPDX-License-Identifier: MIT */
/* backends: all */
/* What a trace function is told by a real backend: the same on each, in the same order, and no bound value. */
#include "items.h"

#define CANARY "c4n4ry"

typedef struct seen {
    char text[2048]; /* "connect prepare execute=1 ..." */
    char told[8192]; /* all SQL and messages, to look for what must not be */
    int without_error;
} seen;

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s", more);
}

static void note(void *context, const kn_event *event)
{
    static const char *const names[] = {"?",     "connect", "close",    "prepare", "execute",
                                        "begin", "commit",  "rollback", "wait"};
    seen *s = context;
    char line[80];

    snprintf(line, sizeof(line), "%s%s", s->text[0] ? " " : "", names[event->kind]);
    append(s->text, sizeof(s->text), line);
    if (event->sql.data)
        append(s->told, sizeof(s->told), event->sql.data);
    if (event->kind == KN_EVENT_EXECUTE) {
        snprintf(line, sizeof(line), "=%d", (int)event->rows);
        append(s->text, sizeof(s->text), line);
    }
    assert_true(event->duration_us >= 0);
    assert_int_equal(event->error == NULL, event->status == KN_OK);
    if (event->status == KN_OK)
        return;
    snprintf(line, sizeof(line), "!%s", kn_status_name(event->status));
    append(s->text, sizeof(s->text), line);
    append(s->told, sizeof(s->told), event->error->message);
    s->without_error += event->error->status != (int32_t)event->status;
}

static void expect(seen *s, const char *text)
{
    assert_string_equal(s->text, text);
    s->text[0] = '\0';
}

/* What programs collect goes in one statement, whatever number of rows the backend handles best. */
static void test_trace__a_hundred_objects_are_one_statement(void **state)
{
    test_database *db = test_database_of(state);
    Item items[100 + 2 * 100 + 3] = {{.id = 0}};
    char names[KN_COUNT_OF(items)][8];
    static seen s; /* the teardown closes the connection */

    for (size_t i = 0; i < KN_COUNT_OF(items); i++) {
        snprintf(names[i], sizeof(names[i]), "%zu", i);
        items[i].name = names[i];
    }
    test_database_connect(db, KN_ENGINE_OPTIONS(.trace = note, .trace_context = &s));
    expect(&s, "connect");
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Item, items), 100, &db->error));
    expect(&s, "begin prepare execute=100");
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Item, items + 100), KN_COUNT_OF(items) - 100, &db->error));
    expect(&s, "execute=100 execute=100 prepare execute=2 prepare execute=1");
    assert_ok(db, kn_commit(db->c, &db->error));
}

static void test_trace__tells_what_happened_in_order(void **state)
{
    test_database *db = test_database_of(state);
    Item item = {.name = CANARY "1"};
    kn_rows *rows = NULL;
    kn_connection *second = NULL;
    seen s = {.without_error = 0};

    test_database_connect(db, KN_ENGINE_OPTIONS(.trace = note, .trace_context = &s, .pool_max = 1, .pool_wait_ms = 1));
    expect(&s, "connect");
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
    item = (Item){.name = CANARY "2"};
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
    assert_ok(db, kn_commit(db->c, &db->error));
    expect(&s, "begin prepare execute=1 execute=1 commit");
    assert_ok(db, kn_list(db->c, &all_items, KN_NO_ARGS, 0, &rows, &db->error));
    assert_int_equal(rows->count, 2);
    kn_rows_free(rows);
    expect(&s, "prepare execute=2");
    assert_ok(db, kn_begin(db->c, KN_READ, &db->error));
    assert_ok(db, kn_rollback(db->c, &db->error));
    expect(&s, "begin rollback");
    assert_refused(db, KN_TIMEOUT, kn_connect(db->engine, &second, &db->error));
    expect(&s, "wait!TIMEOUT");
    kn_release(db->c);
    db->c = NULL;
    kn_engine_close_idle(db->engine);
    expect(&s, "close");
    assert_int_equal(s.without_error, 0);
    assert_null(strstr(s.told, CANARY)); /* a bound value */
}

/* What the server refuses is told with its error; the value that it refused, which a server's own words may quote, is
 * told to nobody. */
static void test_trace__tells_failures_with_their_error_and_without_the_value(void **state)
{
    test_database *db = test_database_of(state);
    Item item = {.name = CANARY}, same = {.name = CANARY}, negative = {.name = CANARY "-", .stock = KN_SOME(-777777)};
    seen s = {.without_error = 0};

    test_database_connect(db, KN_ENGINE_OPTIONS(.trace = note, .trace_context = &s));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Item, &item), &db->error));
    s.text[0] = '\0';
    assert_refused(db, KN_UNIQUE, kn_insert(db->c, KN_OBJECT(Item, &same), &db->error));
    expect(&s, "execute=0!UNIQUE");
    assert_null(strstr(db->error.message, CANARY));
    assert_refused(db, KN_CHECK, kn_insert(db->c, KN_OBJECT(Item, &negative), &db->error));
    expect(&s, "prepare execute=0!CHECK");
    assert_null(strstr(db->error.message, "777777"));
    assert_refused(db, KN_NO_SUCH, kn_execute(db->c, KN_SQL("DELETE FROM nowhere"), KN_NO_ARGS, NULL, &db->error));
    expect(&s, "prepare!NO_SUCH");
    assert_int_equal(s.without_error, 0);
    assert_null(strstr(s.told, CANARY));
    test_database_disconnect(db); /* tells s of it */
    assert_null(strstr(s.told, "777777"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_trace__a_hundred_objects_are_one_statement, open_items,
                                        test_database_close),
        cmocka_unit_test_setup_teardown(test_trace__tells_what_happened_in_order, open_items, test_database_close),
        cmocka_unit_test_setup_teardown(test_trace__tells_failures_with_their_error_and_without_the_value, open_items,
                                        test_database_close),
    };
    return cmocka_run_group_tests_name("integration/live/trace", tests, NULL, NULL);
}
