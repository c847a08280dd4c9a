/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* What goes wrong with a real server: each with its kind, its codes, what may be tried again and what is stored, in
 * time, once, and with a pool that is usable afterwards. */
#include "support/testbed.h"

#include <sys/resource.h>

#include "engine/clock.h"

#define MS(us) ((us) / 1000)

static testbed server;
static kn_registry *registry;

static void run_all(guest *g, const char *const *statements)
{
    for (size_t i = 0; statements[i]; i++)
        assert_ok(g, guest_run(g, statements[i]));
}

static void administer(const char *const *statements)
{
    guest g;

    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    run_all(&g, statements);
    guest_close(&g);
}

/* ---- connecting ---- */
static const char *const postgresql_guests[] = {
    "CREATE ROLE plain LOGIN",
    "CREATE ROLE locked LOGIN PASSWORD 'right'",
    "CREATE ROLE barred NOLOGIN",
    "CREATE ROLE stale LOGIN PASSWORD 'right' VALID UNTIL '2020-01-01'",
    "CREATE ROLE single LOGIN CONNECTION LIMIT 0",
    "CREATE DATABASE closed ALLOW_CONNECTIONS false",
    "CREATE DATABASE private",
    "REVOKE CONNECT ON DATABASE private FROM PUBLIC",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO t VALUES (1, 0), (2, 0)",
    "CREATE SEQUENCE ticks",
    "GRANT ALL ON t, ticks TO plain",
    "CREATE PROCEDURE sleep_for(s double precision) LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(s); END'",
    NULL,
};
static const char *const mariadb_guests[] = {
    "CREATE USER plain@localhost, plain@127.0.0.1",
    "GRANT SELECT, INSERT, UPDATE, CREATE, DELETE, DROP ON koine.* TO plain@localhost, plain@127.0.0.1",
    "CREATE USER locked@localhost IDENTIFIED BY 'right'",
    "GRANT SELECT ON koine.* TO locked@localhost",
    "CREATE USER barred@localhost ACCOUNT LOCK",
    "CREATE USER stale@localhost IDENTIFIED BY 'right' PASSWORD EXPIRE",
    "CREATE USER single@localhost WITH MAX_USER_CONNECTIONS 1",
    "GRANT SELECT ON koine.* TO single@localhost",
    "CREATE DATABASE private",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
    "INSERT INTO t VALUES (1, 0), (2, 0)",
    "CREATE SEQUENCE ticks NOCACHE",
    NULL,
};

static int start_server(void **state)
{
    static const char *const postgresql[] = {"max_connections=12", "superuser_reserved_connections=1", NULL};
    static const char *const mariadb[] = {"max_connections=10", NULL};
    char script[1400], path[300] = "";
    guest g;

    *state = &server;
    registry = test_database_registry();
    testbed_start(&server, testbed_is_mariadb() ? mariadb : postgresql);
    server.registry = registry;
    administer(testbed_is_mariadb() ? mariadb_guests : postgresql_guests);
    if (testbed_is_mariadb())
        return 0;
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    assert_ok(&g, guest_ask(&g, "SHOW hba_file", path, sizeof(path)));
    guest_close(&g);
    snprintf(script, sizeof(script),
             "{ echo 'host all locked,stale 127.0.0.1/32 scram-sha-256'; cat %s; } >%s.new; cat %s.new >%s", path, path,
             path, path);
    testbed_shell(script);
    testbed_reload(&server, registry);
    return 0;
}

/* The server's URL over TCP for another user and database. */
static void guest_url(const char *user, const char *database, char *out, size_t room)
{
    const char *host = strchr(server.tcp, '@'), *end = strrchr(server.tcp, '/');

    snprintf(out, room, "%.*s://%s%.*s/%s", (int)strcspn(server.tcp, ":"), server.tcp, user, (int)(end - host), host,
             database);
}

typedef struct refusal {
    const char *name, *user, *database;
    kn_status status;
    const char *sqlstate;
    int32_t native;
    kn_retry retry;
} refusal;

static const refusal postgresql_refusals[] = {
    {"wrong password", "locked:canary", "koine", KN_AUTH, "28P01", 0, KN_RETRY_NEVER},
    {"no password", "locked", "koine", KN_AUTH, "", 0, KN_RETRY_NEVER},
    {"unknown user", "nobody_at_all", "koine", KN_AUTH, "28000", 0, KN_RETRY_NEVER},
    {"a user who may not", "barred", "koine", KN_AUTH, "28000", 0, KN_RETRY_NEVER},
    {"a password that has expired", "stale:right", "koine", KN_AUTH, "28P01", 0, KN_RETRY_NEVER},
    {"unknown database", "plain", "nowhere", KN_NO_SUCH, "3D000", 0, KN_RETRY_NEVER},
    {"a database of others", "plain", "private", KN_DENIED, "42501", 0, KN_RETRY_NEVER},
    {"a database that is closed", "koine", "closed", KN_SERVER_STATE, "55000", 0, KN_RETRY_NEVER},
    {"a user's limit", "single", "koine", KN_CONNECT, "53300", 0, KN_RETRY_CONNECTION},
};
static const refusal mariadb_refusals[] = {
    {"wrong password", "locked:canary", "koine", KN_AUTH, "28000", 1045, KN_RETRY_NEVER},
    {"no password", "locked", "koine", KN_AUTH, "28000", 1045, KN_RETRY_NEVER},
    {"unknown user", "nobody_at_all", "koine", KN_AUTH, "28000", 1045, KN_RETRY_NEVER},
    {"a user who may not", "barred", "", KN_AUTH, "HY000", 4151, KN_RETRY_NEVER},
    {"a password that has expired", "stale:right", "", KN_AUTH, "HY000", 1820, KN_RETRY_NEVER},
    {"unknown database", "koine", "nowhere", KN_NO_SUCH, "42000", 1049, KN_RETRY_NEVER},
    {"a database of others", "plain", "private", KN_DENIED, "42000", 1044, KN_RETRY_NEVER},
    {"a user's limit", "single", "koine", KN_CONNECT, "42000", 1226, KN_RETRY_CONNECTION},
};

static void test_conditions__whoever_may_not_connect_is_told_why(void **state)
{
    const refusal *rows = testbed_is_mariadb() ? mariadb_refusals : postgresql_refusals;
    size_t n = testbed_is_mariadb() ? KN_COUNT_OF(mariadb_refusals) : KN_COUNT_OF(postgresql_refusals);
    guest single;
    char url[600];

    (void)state;
    guest_url("single", "koine", url, sizeof(url));
    (void)guest_open(&single, registry, url, 20000); /* takes the only place, where there is one */
    for (size_t i = 0; i < n; i++) {
        const refusal *r = &rows[i];
        guest g;
        kn_status status;
        guest_url(r->user, r->database, url, sizeof(url));
        status = guest_open(&g, registry, url, 20000);
        if (status != r->status || strcmp(g.error.sqlstate, r->sqlstate) != 0 || g.error.native != r->native ||
            g.error.retry != (uint8_t)r->retry)
            fail_msg("%s: %s, SQLSTATE '%s', %d, retry %u: %s", r->name, kn_status_name(status), g.error.sqlstate,
                     (int)g.error.native, (unsigned)g.error.retry, g.error.message);
        assert_null(strstr(g.error.message, "canary"));
        assert_int_equal(g.error.commit, KN_COMMIT_NOT);
        guest_close(&g);
    }
    guest_close(&single);
}

/* At the other's port: who speaks first is not agreed on, or what is said is not understood. */
static void test_conditions__another_servers_port_is_told(void **state)
{
    bool mariadb = testbed_is_mariadb();
    char url[200];
    guest g;

    (void)state;
    snprintf(url, sizeof(url), "%s%s", mariadb ? "postgresql://koine" : "mysql://koine", strchr(server.tcp, '@'));
    kn_status status = guest_open(&g, registry, url, 300);
    if (status != (mariadb ? KN_CONNECT : KN_TIMEOUT) || g.error.retry != KN_RETRY_CONNECTION)
        fail_msg("%s, retry %u: %s", kn_status_name(status), (unsigned)g.error.retry, g.error.message);
    guest_close(&g);
}

static void test_conditions__a_server_that_is_full_is_told_until_there_is_room(void **state)
{
    kn_connection *taken[24] = {NULL};
    kn_status status = KN_OK;
    size_t n = 0;
    guest g;

    (void)state;
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    while (status == KN_OK && n < KN_COUNT_OF(taken))
        status = kn_connect(g.engine, &taken[n++], &g.error);
    assert_int_equal(status, KN_CONNECT);
    assert_string_equal(g.error.sqlstate, testbed_is_mariadb() ? "HY000" : "53300");
    assert_int_equal(g.error.native, testbed_is_mariadb() ? 1040 : 0);
    assert_int_equal(g.error.retry, KN_RETRY_CONNECTION);
    assert_in_range(n, 8, 14);
    kn_release(taken[0]);
    kn_engine_close_idle(g.engine);
    do /* the server needs a moment to see that one has gone */
        status = kn_connect(g.engine, &taken[0], &g.error);
    while (status == KN_CONNECT);
    assert_ok(&g, status);
    for (size_t i = 0; i < n; i++)
        kn_release(taken[i]);
    guest_close(&g);
}

/* ---- statements ---- */
typedef struct condition {
    const char *name;
    const char *user;       /* NULL: the administrator */
    const char *global[3];  /* by the administrator, before and after */
    const char *session[3]; /* by the guest */
    const char *other[3];   /* by another, whose transaction is open meanwhile */
    enum { ALONE, WRITES, READS } transaction;
    const char *statement; /* NULL: nothing, until the server has ended the session; then any */
    kn_status status;
    const char *sqlstate;
    int32_t native;
    kn_retry retry;
    kn_commit_state commit;
    int ticks; /* how often it ran */
} condition;

static const condition postgresql_conditions[] = {
    {"statement timeout", .session = {"SET statement_timeout = '50ms'"},
     .statement = "SELECT nextval('ticks')::text, pg_sleep(10)", .status = KN_TIMEOUT, .sqlstate = "57014", .ticks = 1},
    {"statement timeout in a transaction", .session = {"SET statement_timeout = '50ms'"}, .transaction = WRITES,
     .statement = "SELECT nextval('ticks')::text, pg_sleep(10)", .status = KN_TIMEOUT, .sqlstate = "57014",
     .commit = KN_COMMIT_OPEN, .ticks = 1},
    {"transaction that idled", .session = {"SET idle_in_transaction_session_timeout = '200ms'"}, .transaction = WRITES,
     .status = KN_LINK_LOST, .sqlstate = "25P03", .retry = KN_RETRY_CONNECTION},
    {"session that idled", .session = {"SET idle_session_timeout = '200ms'"}, .status = KN_LINK_LOST,
     .sqlstate = "57P05", .retry = KN_RETRY_CONNECTION},
    {"lock timeout", .session = {"SET lock_timeout = '30ms'"}, .other = {"UPDATE t SET n = n WHERE id = 1"},
     .statement = "UPDATE t SET n = n + nextval('ticks') WHERE id = 1", .status = KN_BUSY, .sqlstate = "55P03",
     .retry = KN_RETRY_STATEMENT, .ticks = 1},
    {"lock timeout in a transaction", .session = {"SET lock_timeout = '30ms'"},
     .other = {"UPDATE t SET n = n WHERE id = 1"}, .transaction = WRITES,
     .statement = "UPDATE t SET n = n + 1 WHERE id = 1", .status = KN_BUSY, .sqlstate = "55P03",
     .retry = KN_RETRY_TRANSACTION, .commit = KN_COMMIT_OPEN},
    {"NOWAIT", .other = {"UPDATE t SET n = n WHERE id = 1"},
     .statement = "SELECT n FROM t WHERE id = 1 FOR UPDATE NOWAIT", .status = KN_BUSY, .sqlstate = "55P03",
     .retry = KN_RETRY_STATEMENT},
    {"a transaction that only reads", .transaction = READS, .statement = "UPDATE t SET n = n", .status = KN_READ_ONLY,
     .sqlstate = "25006", .commit = KN_COMMIT_OPEN},
    {"a server that only reads", "plain",
     .global = {"ALTER ROLE plain SET default_transaction_read_only = on",
                "ALTER ROLE plain RESET default_transaction_read_only"},
     .statement = "UPDATE t SET n = n", .status = KN_READ_ONLY, .sqlstate = "25006"},
    {"no right", "plain", .statement = "DROP TABLE t", .status = KN_DENIED, .sqlstate = "42501"},
    {"no right to read", "plain", .statement = "SELECT * FROM pg_authid", .status = KN_DENIED, .sqlstate = "42501"},
    {"disk full", .statement = "COPY (SELECT repeat('x', 100000)) TO '/dev/full'", .status = KN_FULL,
     .sqlstate = "53100"},
    {"a temporary file that is too large", .session = {"SET temp_file_limit = '1MB'", "SET work_mem = '64kB'"},
     .statement = "SELECT count(*) FROM (SELECT x FROM generate_series(1, 500000) x ORDER BY -x) s", .status = KN_LIMIT,
     .sqlstate = "53400"},
    {"a link that is killed",
     .statement = "SELECT nextval('ticks')::text, pg_terminate_backend(pg_backend_pid()), pg_sleep(5)",
     .status = KN_LINK_LOST, .sqlstate = "57P01", .retry = KN_RETRY_CONNECTION, .ticks = 1},
    {"a link that is killed in a transaction", .transaction = WRITES,
     .statement = "SELECT nextval('ticks')::text, pg_terminate_backend(pg_backend_pid()), pg_sleep(5)",
     .status = KN_LINK_LOST, .sqlstate = "57P01", .retry = KN_RETRY_CONNECTION, .ticks = 1},
    {"a statement that is cancelled",
     .statement = "SELECT nextval('ticks')::text, pg_cancel_backend(pg_backend_pid()), pg_sleep(5)",
     .status = KN_CANCELLED, .sqlstate = "57014", .ticks = 1},
    {"stack too deep",
     .session = {"SET max_stack_depth = '100kB'",
                 "CREATE OR REPLACE FUNCTION deep(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN "
                 "deep(n + 1); END'"},
     .statement = "SELECT deep(1)", .status = KN_LIMIT, .sqlstate = "54001"},
};
static const condition mariadb_conditions[] = {
    {"statement timeout", .session = {"SET SESSION max_statement_time = 0.05"},
     .statement = "SELECT NEXTVAL(ticks), (SELECT COUNT(*) FROM seq_1_to_100000000 a, seq_1_to_1000000 b)",
     .status = KN_TIMEOUT, .sqlstate = "70100", .native = 1969, .ticks = -1},
    {"transaction that idled", .session = {"SET SESSION idle_transaction_timeout = 1"}, .transaction = WRITES,
     .statement = NULL, .status = KN_LINK_LOST, .sqlstate = "HY000", .native = 2006, .retry = KN_RETRY_CONNECTION},
    {"lock timeout", .session = {"SET SESSION innodb_lock_wait_timeout = 1"},
     .other = {"UPDATE t SET n = n WHERE id = 1"}, .statement = "UPDATE t SET n = n + 1 WHERE id = 1",
     .status = KN_BUSY, .sqlstate = "HY000", .native = 1205, .retry = KN_RETRY_TRANSACTION},
    {"lock timeout in a transaction", .session = {"SET SESSION innodb_lock_wait_timeout = 1"},
     .other = {"UPDATE t SET n = n WHERE id = 1"}, .transaction = WRITES,
     .statement = "UPDATE t SET n = n + 1 WHERE id = 1", .status = KN_BUSY, .sqlstate = "HY000", .native = 1205,
     .retry = KN_RETRY_TRANSACTION, .commit = KN_COMMIT_OPEN},
    {"NOWAIT", .other = {"UPDATE t SET n = n WHERE id = 1"},
     .statement = "SELECT n FROM t WHERE id = 1 FOR UPDATE NOWAIT", .status = KN_BUSY, .sqlstate = "HY000",
     .native = 1205, .retry = KN_RETRY_TRANSACTION},
    {"a lock on the table", .session = {"SET SESSION lock_wait_timeout = 1"},
     .other = {"SELECT COUNT(*) INTO @n FROM t"}, .statement = "ALTER TABLE t COMMENT 'x'", .status = KN_BUSY,
     .sqlstate = "HY000", .native = 1205, .retry = KN_RETRY_TRANSACTION},
    {"a transaction that only reads", .transaction = READS, .statement = "UPDATE t SET n = n", .status = KN_READ_ONLY,
     .sqlstate = "25006", .native = 1792, .commit = KN_COMMIT_OPEN},
    {"a server that only reads", "plain", .global = {"SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"},
     .statement = "UPDATE t SET n = n", .status = KN_READ_ONLY, .sqlstate = "HY000", .native = 1290},
    {"sessions that only read", .global = {"SET GLOBAL tx_read_only = 1", "SET GLOBAL tx_read_only = 0"},
     .statement = "UPDATE t SET n = n", .status = KN_READ_ONLY, .sqlstate = "25006", .native = 1792},
    {"no right", "plain", .statement = "CREATE USER x", .status = KN_DENIED, .sqlstate = "42000", .native = 1227},
    {"no right to read", "plain", .statement = "SELECT * FROM mysql.user", .status = KN_DENIED, .sqlstate = "42000",
     .native = 1142},
    {"a table that is full",
     .session = {"SET SESSION max_heap_table_size = 16384", "CREATE TEMPORARY TABLE m (x CHAR(200)) ENGINE=MEMORY"},
     .statement = "INSERT INTO m SELECT REPEAT('x', 200) FROM seq_1_to_10000", .status = KN_FULL, .sqlstate = "HY000",
     .native = 1114},
    {"a link that is killed", .statement = "KILL CONNECTION_ID()", .status = KN_LINK_LOST, .sqlstate = "70100",
     .native = 1927, .retry = KN_RETRY_NEVER, .commit = KN_COMMIT_LOST},
    {"a link that is killed in a transaction", .transaction = WRITES, .statement = "KILL CONNECTION_ID()",
     .status = KN_LINK_LOST, .sqlstate = "70100", .native = 1927, .retry = KN_RETRY_CONNECTION},
    {"a statement that is cancelled", .statement = "KILL QUERY CONNECTION_ID()", .status = KN_CANCELLED,
     .sqlstate = "70100", .native = 1317},
};

static int64_t ticks(void)
{
    char text[64] = "";
    guest g;

    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    assert_ok(&g, guest_ask(&g,
                            testbed_is_mariadb()
                                ? "SELECT CAST(next_not_cached_value AS CHAR) FROM ticks"
                                : "SELECT (last_value + CASE WHEN is_called THEN 1 ELSE 0 END)::text FROM ticks",
                            text, sizeof(text)));
    guest_close(&g);
    return strtoll(text, NULL, 10);
}

/* Until the server has ended the session, which must not be asked meanwhile. */
static void wait_for_end(guest *g, guest *other)
{
    char id[64] = "", sql[200], left[64] = "";

    assert_ok(
        g, guest_ask(g, testbed_is_mariadb() ? "SELECT CAST(connection_id() AS CHAR)" : "SELECT pg_backend_pid()::text",
                     id, sizeof(id)));
    snprintf(sql, sizeof(sql),
             testbed_is_mariadb() ? "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.processlist WHERE id = %s"
                                  : "SELECT count(*)::text FROM pg_stat_activity WHERE pid = %s",
             id);
    do { /* what is seen in a transaction stays the same there */
        assert_ok(other, kn_rollback(other->c, &other->error));
        assert_ok(other, guest_ask(other, sql, left, sizeof(left)));
        assert_ok(other, kn_begin(other->c, KN_WRITE, &other->error));
    } while (strcmp(left, "0") != 0);
}

static kn_status fail_so(guest *g, guest *other, const condition *c)
{
    char text[100];

    if (c->transaction != ALONE)
        assert_ok(g, kn_begin(g->c, c->transaction == READS ? KN_READ : KN_WRITE, &g->error));
    if (!c->statement)
        wait_for_end(g, other);
    return guest_ask(g, c->statement ? c->statement : "SELECT 'x'", text, sizeof(text));
}

static void one_condition(const condition *c)
{
    int64_t before = ticks(), started, took;
    guest g, other;
    char url[600];
    kn_status status;

    if (c->global[0])
        administer((const char *const[]){c->global[0], NULL});
    guest_url(c->user ? c->user : "koine", "koine", url, sizeof(url));
    assert_ok(&g, guest_open(&g, registry, url, 20000));
    run_all(&g, c->session);
    assert_ok(&other, guest_open(&other, registry, server.url, 20000));
    assert_ok(&other, kn_begin(other.c, KN_WRITE, &other.error));
    run_all(&other, c->other);
    started = kn__clock_us();
    status = fail_so(&g, &other, c);
    took = MS(kn__clock_us() - started);
    if (status != c->status || strcmp(g.error.sqlstate, c->sqlstate) != 0 || g.error.native != c->native ||
        g.error.retry != (uint8_t)c->retry || g.error.commit != (uint8_t)c->commit || took > 5000)
        fail_msg("%s: %s, SQLSTATE '%s', %d, retry %u, commit %u, %lld ms: %s", c->name, kn_status_name(status),
                 g.error.sqlstate, (int)g.error.native, (unsigned)g.error.retry, (unsigned)g.error.commit,
                 (long long)took, g.error.message);
    if (kn_in_transaction(g.c))
        assert_ok(&g, kn_rollback(g.c, &g.error));
    assert_ok(&other, kn_rollback(other.c, &other.error));
    guest_close(&other);
    kn_release(g.c); /* the pool has a connection that works */
    assert_ok(&g, kn_connect(g.engine, &g.c, &g.error));
    assert_ok(&g, guest_ask(&g, "SELECT 'there'", url, sizeof(url)));
    assert_string_equal(url, "there");
    guest_close(&g);
    if (c->global[1])
        administer((const char *const[]){c->global[1], NULL});
    if (c->ticks >= 0 && ticks() - before != c->ticks)
        fail_msg("%s: ran %lld times", c->name, (long long)(ticks() - before));
}

static void test_conditions__each_has_its_kind(void **state)
{
    const condition *rows = testbed_is_mariadb() ? mariadb_conditions : postgresql_conditions;
    size_t n = testbed_is_mariadb() ? KN_COUNT_OF(mariadb_conditions) : KN_COUNT_OF(postgresql_conditions);

    (void)state;
    for (size_t i = 0; i < n; i++)
        one_condition(&rows[i]);
}

/* ---- while nobody looks ---- */
static void test_conditions__connections_that_died_idle_are_replaced(void **state)
{
    static const char *const kill_postgresql =
        "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE"
        " usename = 'plain'";
    static const char *const killed_postgresql = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'plain'";
    static const char *const killed_mariadb =
        "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.processlist WHERE user = 'plain'";
    kn_connection *both[2];
    kn_pool_stats stats = {.size_ = sizeof(stats)};
    char url[600], text[64];
    guest g, admin;

    (void)state;
    guest_url("plain", "koine", url, sizeof(url));
    assert_ok(&admin, guest_open(&admin, registry, server.url, 20000));
    assert_ok(&g, guest_open(&g, registry, url, 20000));
    assert_ok(&g, kn_connect(g.engine, &both[1], &g.error));
    kn_release(both[1]);
    if (testbed_is_mariadb())
        assert_ok(&admin, guest_run(&admin, "KILL USER plain"));
    else
        assert_ok(&admin, guest_ask(&admin, kill_postgresql, text, sizeof(text)));
    do
        assert_ok(&admin,
                  guest_ask(&admin, testbed_is_mariadb() ? killed_mariadb : killed_postgresql, text, sizeof(text)));
    while (strcmp(text, "0") != 0);
    assert_int_equal(guest_ask(&g, "SELECT 'there'", text, sizeof(text)), KN_LINK_LOST); /* the one in use */
    assert_int_equal(g.error.retry, KN_RETRY_CONNECTION);                                /* nothing of it was done */
    assert_int_equal(g.error.commit, KN_COMMIT_NOT);
    kn_release(g.c);
    g.c = NULL;
    for (size_t i = 0; i < KN_COUNT_OF(both); i++) { /* the idle one is found dead when it is used, or before */
        kn_status status;
        assert_ok(&g, kn_connect(g.engine, &g.c, &g.error));
        status = guest_ask(&g, "SELECT 'there'", text, sizeof(text));
        assert_true(status == KN_OK || (status == KN_LINK_LOST && i == 0));
        kn_release(g.c);
        g.c = NULL;
    }
    kn_engine_stats(g.engine, &stats);
    assert_int_equal(stats.open, 1);
    guest_close(&g);
    guest_close(&admin);
}

typedef struct Row {
    int64_t id;
    int32_t n;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, n, KN_INTEGER),
};
KN_DEFINE(Row, "t");

/* Also kn_get, which has a way of its own once the statement was used. */
static void test_conditions__the_engines_deadline_is_kn_gets_too(void **state)
{
    const kn_engine_options *hasty = KN_ENGINE_OPTIONS(.registry = registry, .statement_timeout_ms = 300);
    bool mariadb = testbed_is_mariadb();
    Row row = {.id = 1};
    guest g = {.engine = NULL}, other;
    int64_t started;

    (void)state;
    assert_ok(&g, kn_engine_create(server.url, hasty, &g.engine, &g.error));
    assert_ok(&g, kn_connect(g.engine, &g.c, &g.error));
    for (int i = 0; i < 2; i++)
        assert_ok(&g, kn_get(g.c, KN_OBJECT(Row, &row), NULL, &g.error));
    assert_ok(&other, guest_open(&other, registry, server.url, 20000));
    if (!mariadb) /* there LOCK TABLES ends a transaction */
        assert_ok(&other, kn_begin(other.c, KN_WRITE, &other.error));
    assert_ok(&other, guest_run(&other, mariadb ? "LOCK TABLES t WRITE" : "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"));
    started = kn__clock_us();
    assert_int_equal(kn_get(g.c, KN_OBJECT(Row, &row), NULL, &g.error), KN_TIMEOUT);
    assert_in_range(MS(kn__clock_us() - started), 300, 10000);
    assert_ok(&other, mariadb ? guest_run(&other, "UNLOCK TABLES") : kn_rollback(other.c, &other.error));
    assert_ok(&g, kn_get(g.c, KN_OBJECT(Row, &row), NULL, &g.error));
    guest_close(&other);
    guest_close(&g);
}

/* Where poll refuses to wait, a driver asks the link until the answer is there, or the deadline: nobody waits for ever,
 * and no statement is left half done. */
static void test_conditions__a_statement_is_finished_although_poll_fails(void **state)
{
    static const uint32_t timeouts_ms[] = {20000, 300};
    struct rlimit before, none;

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(timeouts_ms); i++) {
        kn_statement *statement = NULL;
        bool in_time = timeouts_ms[i] != 300;
        kn_status status;
        guest g;
        assert_ok(&g, guest_open(&g, registry, server.url, 20000));
        assert_ok(&g, kn_prepare(g.c, testbed_is_mariadb() ? KN_SQL("DO SLEEP(?)") : KN_SQL("CALL sleep_for(?)"),
                                 &statement, &g.error));
        kn_statement_timeout(statement, timeouts_ms[i]);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = before;
        none.rlim_cur = 0; /* poll says EINVAL */
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        status = kn_run(statement, KN_ARGS(kn_float(in_time ? 0.1 : 30)), NULL, &g.error);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (status != (in_time ? KN_OK : KN_TIMEOUT))
            fail_msg("%u ms: %s: %s", (unsigned)timeouts_ms[i], kn_status_name(status), g.error.message);
        kn_statement_finish(statement);
        guest_close(&g);
    }
}

/* A value that the server would not take is refused before anything is sent. */
static void test_conditions__a_packet_that_is_too_large_is_not_sent(void **state)
{
    enum { SIZE = 3 << 20 };
    char *text;
    kn_value value;
    guest g;

    (void)state;
    if (!testbed_is_mariadb())
        return; /* there is no such limit */
    administer((const char *const[]){"SET GLOBAL max_allowed_packet = 1048576", NULL});
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'x', SIZE);
    value = kn_textn(text, SIZE);
    assert_int_equal(kn_execute(g.c, KN_SQL("SET @x = ?"), &value, 1, NULL, &g.error), KN_TOO_LONG);
    value.as.text.size = 1000;
    assert_ok(&g, kn_execute(g.c, KN_SQL("SET @x = ?"), &value, 1, NULL, &g.error)); /* the link is as it was */
    free(text);
    guest_close(&g);
    administer((const char *const[]){"SET GLOBAL max_allowed_packet = 268435456", NULL});
}

/* The rows of a text, all of them. */
static kn_status read_all(guest *g, const char *sql)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status = kn_prepare(g->c, kn_unchecked_sql(sql), &statement, &g->error);

    if (status == KN_OK)
        status = kn_open(statement, KN_NO_ARGS, &result, &g->error);
    while (status == KN_OK)
        status = kn_next(result, &g->error);
    kn_result_close(result);
    kn_statement_finish(statement);
    return status == KN_DONE ? KN_OK : status;
}

/* MariaDB would give NULL, or a part, and a warning that nobody reads. */
static void test_conditions__a_result_that_is_too_large_is_told(void **state)
{
    static const char *const postgresql[] = {"SELECT repeat('x', 1200000000)",
                                             "SELECT repeat('x', (n * 300000000)::int) FROM generate_series(4, 5) n",
                                             NULL};
    static const char *const mariadb[] = {
        "SELECT REPEAT('x', 2000000)", "SELECT seq, CONCAT('x', REPEAT('x', seq * 1048576)) FROM seq_1_to_2",
        "SELECT seq FROM seq_1_to_2 WHERE CONCAT('x', REPEAT('x', seq * 1048576)) = 'x'",
        "SELECT GROUP_CONCAT(REPEAT('x', 1000)) FROM seq_1_to_2000",
        /* behind more of other warnings than the server usually keeps */
        "SELECT CAST(CONCAT(seq, 'x') AS SIGNED), REPEAT('x', IF(seq = 300, 2000000, 1)) FROM seq_1_to_300", NULL};
    const char *const *rows = testbed_is_mariadb() ? mariadb : postgresql;
    char text[20];
    guest g;

    (void)state;
    if (testbed_is_mariadb())
        administer((const char *const[]){"SET GLOBAL max_allowed_packet = 1048576", NULL});
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    for (size_t i = 0; rows[i]; i++) {
        for (int inside = 0; inside <= 1; inside++) {
            if (inside)
                assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
            assert_refused(&g, KN_LIMIT, read_all(&g, rows[i]));
            assert_int_equal(g.error.retry, KN_RETRY_NEVER);
            assert_int_equal(g.error.commit, inside ? KN_COMMIT_OPEN : KN_COMMIT_NOT);
            if (inside)
                assert_ok(&g, kn_rollback(g.c, &g.error));
            assert_ok(&g, guest_ask(&g, "SELECT 'there'", text, sizeof(text)));
            assert_string_equal(text, "there");
        }
    }
    if (testbed_is_mariadb()) /* other warnings are none of its business */
        assert_ok(&g, read_all(&g, "SELECT CAST(CONCAT(seq, 'x') AS SIGNED) FROM seq_1_to_300"));
    if (testbed_is_mariadb()) { /* what cannot be looked at is not trusted */
        assert_ok(&g, guest_run(&g, "SET SESSION max_error_count = 0"));
        assert_refused(&g, KN_LIMIT, read_all(&g, "SELECT REPEAT('x', 2000000)"));
        assert_non_null(strstr(g.error.message, "max_error_count"));
        assert_ok(&g, read_all(&g, "SELECT 1"));
    }
    guest_close(&g);
    if (testbed_is_mariadb())
        administer((const char *const[]){"SET GLOBAL max_allowed_packet = 268435456", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions__whoever_may_not_connect_is_told_why),
        cmocka_unit_test(test_conditions__another_servers_port_is_told),
        cmocka_unit_test(test_conditions__a_server_that_is_full_is_told_until_there_is_room),
        cmocka_unit_test(test_conditions__each_has_its_kind),
        cmocka_unit_test(test_conditions__connections_that_died_idle_are_replaced),
        cmocka_unit_test(test_conditions__the_engines_deadline_is_kn_gets_too),
        cmocka_unit_test(test_conditions__a_statement_is_finished_although_poll_fails),
        cmocka_unit_test(test_conditions__a_result_that_is_too_large_is_told),
        cmocka_unit_test(test_conditions__a_packet_that_is_too_large_is_not_sent),
    };

    return cmocka_run_group_tests(tests, start_server, testbed_teardown);
}
