/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* Behind a proxy that gives the session to somebody else after each transaction: with prepare=never, and with auto once
 * it has noticed, everything works, and nothing ever runs twice or in another's name. */
#include "support/pgbouncer.h"

typedef struct Note {
    int64_t id;
    kn_text text;
    kn_opt_int32 stock;
} Note;
KN_MODEL(Note);
KN_COLUMNS(Note) = {
    KN_COLUMN(Note, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Note, text, KN_STRING(40)),
    KN_COLUMN(Note, stock, KN_INTEGER),
};
KN_DEFINE(Note, "notes");

static const kn_select all_notes = KN_SELECT(KN_FROM(Note), .order_by = KN_LIST(KN_ASC(KN_COL(Note, id))));

static const kn_select large_notes =
    KN_SELECT(KN_FROM(Note), .order_by = KN_LIST(KN_ASC(KN_COL(Note, id))), .large = 1);

static pgbouncer bouncer;

static int open_tables(void **state)
{
    test_database *db;

    test_database_open(state);
    db = test_database_of(state);
    test_database_create(db, &Note_model, NULL);
    assert_ok(db, kn_execute(db->c, KN_SQL("CREATE SEQUENCE runs"), KN_NO_ARGS, NULL, &db->error));
    pgbouncer_start(&bouncer);
    return 0;
}

/* A database that the proxy still has sessions of cannot be dropped. */
static int close_tables(void **state)
{
    pgbouncer_stop(&bouncer);
    return test_database_close(state);
}

/* A client of the proxy. */
typedef struct client {
    kn_engine *engine;
    kn_connection *c;
    kn_error error;
} client;

static void open_client(test_database *db, client *me, const char *options)
{
    char url[480];

    pgbouncer_url(&bouncer, db->name, options, url, sizeof(url));
    *me = (client){.engine = NULL};
    assert_ok(me, kn_engine_create(url, KN_ENGINE_OPTIONS(.registry = db->registry), &me->engine, &me->error));
    assert_ok(me, kn_connect(me->engine, &me->c, &me->error));
}

static void close_client(client *me)
{
    kn_release(me->c);
    kn_engine_destroy(me->engine);
}

static kn_status ask(client *me, kn_statement *statement, int64_t *out)
{
    kn_result *result = NULL;
    kn_status status = kn_open(statement, KN_NO_ARGS, &result, &me->error);

    if (status == KN_OK)
        status = kn_next(result, &me->error);
    if (status == KN_OK)
        status = kn_get_int(result, 0, out, &me->error);
    kn_result_close(result);
    return status;
}

static int64_t must_ask(client *me, kn_sql_text sql)
{
    kn_statement *statement = NULL;
    int64_t out = -1;

    assert_ok(me, kn_prepare(me->c, sql, &statement, &me->error));
    assert_ok(me, ask(me, statement, &out));
    kn_statement_finish(statement);
    return out;
}

/* The proxy has all its sessions to this database from now on: as many transactions at once. */
static void open_sessions(test_database *db)
{
    client many[PGBOUNCER_SESSIONS];

    for (int i = 0; i < PGBOUNCER_SESSIONS; i++) {
        open_client(db, &many[i], "?prepare=never");
        assert_ok(&many[i], kn_begin(many[i].c, KN_WRITE, &many[i].error));
        must_ask(&many[i], KN_SQL("SELECT pg_backend_pid()"));
    }
    for (int i = 0; i < PGBOUNCER_SESSIONS; i++) {
        assert_ok(&many[i], kn_rollback(many[i].c, &many[i].error));
        close_client(&many[i]);
    }
}

/* In how many sessions so many executions run, each a transaction. */
static int count_sessions(client *me, int executions)
{
    int64_t seen[PGBOUNCER_SESSIONS] = {0};
    int n = 0;

    for (int i = 0; i < executions; i++) {
        int64_t pid = must_ask(me, KN_SQL("SELECT pg_backend_pid()"));
        int at = 0;
        while (at < n && seen[at] != pid)
            at++;
        assert_true(at < PGBOUNCER_SESSIONS);
        seen[at] = pid;
        n += at == n;
    }
    return n;
}

/* All verbs, one transaction after the other. */
static void use_everything(client *me)
{
    enum { COUNT = 400 };
    static Note notes[COUNT];
    Note note = {.id = 1, .text = {"one", 3}}, got = {.id = 1};
    kn_value sets[] = {kn_int(7), kn_int(1), kn_int(8), kn_int(2), kn_int(9), kn_int(3)};
    kn_statement *update = NULL;
    kn_rows *rows = NULL;
    kn_arena arena;
    int64_t changed = 0;

    for (int i = 0; i < COUNT; i++)
        notes[i] = (Note){.id = i + 2, .text = {"bj\xc3\xb6rk", 6}};
    kn_arena_init(&arena, NULL, 0);
    assert_ok(me, kn_insert(me->c, KN_OBJECT(Note, &note), &me->error));
    assert_ok(me, kn_insert_many(me->c, KN_OBJECT(Note, notes), 3, &me->error));
    assert_ok(me, kn_insert_many(me->c, KN_OBJECT(Note, notes + 3), COUNT - 3, &me->error));
    assert_ok(me, kn_get(me->c, KN_OBJECT(Note, &got), &arena, &me->error));
    assert_int_equal(got.text.size, 3);
    note.stock = (kn_opt_int32)KN_SOME(5);
    assert_ok(me, kn_update(me->c, KN_OBJECT(Note, &note), &me->error));
    assert_ok(me, kn_prepare(me->c, KN_SQL("UPDATE notes SET stock = ? WHERE id = ?"), &update, &me->error));
    assert_ok(me, kn_run_many(update, sets, 3, 2, &changed, &me->error));
    assert_int_equal(changed, 3);
    kn_statement_finish(update);
    assert_ok(me, kn_begin(me->c, KN_WRITE, &me->error));
    assert_ok(me, kn_savepoint(me->c, "here", &me->error));
    assert_ok(me, kn_delete(me->c, KN_OBJECT(Note, &note), &me->error));
    assert_ok(me, kn_savepoint_rollback(me->c, "here", &me->error));
    assert_ok(me, kn_commit(me->c, &me->error));
    assert_ok(me, kn_list(me->c, &all_notes, KN_NO_ARGS, 0, &rows, &me->error));
    assert_int_equal(rows->count, COUNT + 1);
    assert_int_equal(((const Note *)rows->items)[2].stock.value, 9);
    kn_rows_free(rows);
    assert_ok(me, kn_list(me->c, &large_notes, KN_NO_ARGS, 0, &rows, &me->error));
    assert_int_equal(rows->count, COUNT + 1);
    assert_int_equal(((const Note *)rows->items)[2].stock.value, 9);
    kn_rows_free(rows);
    assert_ok(me, kn_execute(me->c, KN_SQL("DELETE FROM notes"), KN_NO_ARGS, &changed, &me->error));
    assert_int_equal(changed, COUNT + 1);
    kn_arena_finish(&arena);
}

static void test_pgbouncer__without_names_every_verb_works(void **state)
{
    test_database *db = test_database_of(state);
    client me;

    open_sessions(db);
    open_client(db, &me, "?prepare=never");
    assert_int_equal(count_sessions(&me, 12), PGBOUNCER_SESSIONS); /* or this would show nothing */
    for (int i = 0; i < PGBOUNCER_SESSIONS + 1; i++)
        use_everything(&me);
    close_client(&me);
}

/* COPY has no name; and nothing else tells that a query which says that it is large came by it. */
static void test_pgbouncer__a_large_query_wants_no_names(void **state)
{
    test_database *db = test_database_of(state);
    const kn_select *query = KN_QUERY(
        KN_FROM(Note), .columns = KN_LIST(KN_RAW("(SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid())")),
        .large = 1);
    Note note = {.id = 1, .text = {"one", 3}};
    client me;

    open_sessions(db);
    open_client(db, &me, "?prepare=never");
    assert_ok(&me, kn_insert(me.c, KN_OBJECT(Note, &note), &me.error));
    close_client(&me);
    open_client(db, &me, "?prepare=always");
    for (int i = 0; i < PGBOUNCER_SESSIONS + 3; i++) {
        kn_statement *statement = NULL;
        kn_result *result = NULL;
        kn_text sent;
        assert_ok(&me, kn_prepare_query(me.c, &query->node, &statement, &me.error));
        assert_ok(&me, kn_open(statement, KN_NO_ARGS, &result, &me.error));
        assert_ok(&me, kn_next(result, &me.error));
        assert_ok(&me, kn_get_text(result, 0, &sent, &me.error));
        assert_memory_equal(sent.data, "COPY (", 6);
        kn_result_close(result);
        kn_statement_finish(statement);
    }
    close_client(&me);
}

/* What it would be without: the name is in one session, the execution in another. */
static void test_pgbouncer__names_alone_do_not_work(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *next = NULL;
    kn_status status = KN_OK;
    int64_t got = 0, runs = 0;
    client me;

    open_sessions(db);
    open_client(db, &me, "?prepare=always");
    status = kn_prepare(me.c, KN_SQL("SELECT nextval('runs')"), &next, &me.error);
    for (int i = 0; i < 20 && status == KN_OK; i++) {
        status = ask(&me, next, &got);
        runs += status == KN_OK;
    }
    assert_int_equal(status, KN_SERVER_STATE);
    assert_string_equal(me.error.sqlstate, "26000");
    assert_int_equal(me.error.retry, KN_RETRY_STATEMENT);
    assert_non_null(strstr(me.error.message, "prepare=never"));
    kn_statement_finish(next);
    close_client(&me);
    if (runs) /* what failed did not run */
        assert_int_equal(got, runs);
}

/* It notices, and from then on goes without. */
static void test_pgbouncer__auto_finds_out(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *next = NULL;
    client me;

    open_sessions(db);
    open_client(db, &me, "");
    assert_ok(&me, kn_prepare(me.c, KN_SQL("SELECT nextval('runs')"), &next, &me.error));
    for (int64_t i = 1, got = 0; i <= 20; i++) {
        assert_ok(&me, ask(&me, next, &got));
        assert_int_equal(got, i); /* each ran once */
    }
    kn_statement_finish(next);
    use_everything(&me);
    use_everything(&me);
    close_client(&me);
}

/* In a transaction it cannot be made good, but the next one works. */
static void test_pgbouncer__auto_finds_out_in_a_transaction(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *next = NULL;
    int failed = 0;
    client me;

    open_sessions(db);
    open_client(db, &me, "?prepare=auto");
    assert_ok(&me, kn_prepare(me.c, KN_SQL("SELECT nextval('runs')"), &next, &me.error));
    for (int i = 0; i < 10; i++) {
        int64_t got = 0;
        assert_ok(&me, kn_begin(me.c, KN_WRITE, &me.error));
        if (ask(&me, next, &got) != KN_OK) {
            assert_int_equal(me.error.status, KN_SERVER_STATE);
            assert_int_equal(me.error.retry, KN_RETRY_TRANSACTION);
            failed++;
        }
        assert_ok(&me, kn_rollback(me.c, &me.error));
    }
    assert_int_equal(failed, 1);
    kn_statement_finish(next);
    close_client(&me);
}

/* Two clients whose statements have the same number. */
static void test_pgbouncer__nobody_runs_the_statement_of_another(void **state)
{
    test_database *db = test_database_of(state);
    kn_statement *mine[2] = {NULL, NULL};
    client both[2];

    open_sessions(db);
    for (int i = 0; i < 2; i++)
        open_client(db, &both[i], "?prepare=always");
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 2; i++) {
            int64_t got = -1;
            if (!mine[i] && kn_prepare(both[i].c, i ? KN_SQL("SELECT 1000") : KN_SQL("SELECT 0"), &mine[i],
                                       &both[i].error) != KN_OK)
                fail_msg("%s", both[i].error.message);
            if (ask(&both[i], mine[i], &got) == KN_OK)
                assert_int_equal(got, 1000 * i);
            else
                assert_string_equal(both[i].error.sqlstate, "26000");
        }
    }
    for (int i = 0; i < 2; i++) {
        kn_statement_finish(mine[i]);
        close_client(&both[i]);
    }
}

/* A session that another client has turned upside down is put right before it is used. */
static void test_pgbouncer__the_session_is_as_it_should_be(void **state)
{
    static const char *const wrong[] = {"SET TimeZone = 'Asia/Tokyo'", "SET DateStyle = 'SQL, DMY'",
                                        "SET client_encoding = 'LATIN1'", "SET standard_conforming_strings = off"};
    test_database *db = test_database_of(state);
    client me, other;

    open_sessions(db);
    open_client(db, &other, "?prepare=never");
    open_client(db, &me, "?prepare=never");
    for (size_t i = 0; i < 3 * KN_COUNT_OF(wrong); i++) {
        assert_ok(&other,
                  kn_execute(other.c, kn_unchecked_sql(wrong[i % KN_COUNT_OF(wrong)]), KN_NO_ARGS, NULL, &other.error));
        assert_int_equal(must_ask(&me, KN_SQL("SELECT count(*) FROM pg_settings WHERE (name, setting) IN (('TimeZone',"
                                              " 'UTC'), ('DateStyle', 'ISO, YMD'), ('client_encoding', 'UTF8'),"
                                              " ('standard_conforming_strings', 'on'))")),
                         4);
    }
    kn_release(other.c); /* and its own, when it is given back */
    other.c = NULL;
    assert_ok(&other, kn_connect(other.engine, &other.c, &other.error));
    for (int i = 0; i < PGBOUNCER_SESSIONS; i++)
        assert_int_equal(must_ask(&other, KN_SQL("SELECT count(*) FROM pg_settings WHERE name = 'TimeZone' AND"
                                                 " setting = 'UTC'")),
                         1);
    close_client(&me);
    close_client(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_tables, close_tables)
        TEST(test_pgbouncer__without_names_every_verb_works),
        TEST(test_pgbouncer__a_large_query_wants_no_names),
        TEST(test_pgbouncer__names_alone_do_not_work),
        TEST(test_pgbouncer__auto_finds_out),
        TEST(test_pgbouncer__auto_finds_out_in_a_transaction),
        TEST(test_pgbouncer__nobody_runs_the_statement_of_another),
        TEST(test_pgbouncer__the_session_is_as_it_should_be),
    };

    return cmocka_run_group_tests_name("servers/pgbouncer", tests, NULL, NULL);
}
