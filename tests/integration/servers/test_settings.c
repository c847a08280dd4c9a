/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* A server whose settings are not the usual ones: what is stored, read, refused and rolled back stays the same, or the
 * connection is refused. Each setting is known to change something for a client that takes what it finds. */
#include "support/testbed.h"

typedef struct Probe {
    int64_t id;
    kn_opt_int64 parent;
    char name[41];
    const char *body, *note;
    kn_decimal amount;
    double real;
    bool flag;
    kn_bytes blob;
    kn_datetime at;
    kn_instant seen;
    kn_opt_interval span, late;
} Probe;
KN_MODEL(Probe);
KN_COLUMNS(Probe) = {
    KN_COLUMN(Probe, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Probe, parent, KN_INTEGER, .references = KN_REF(Probe, id)),
    KN_COLUMN(Probe, name, KN_STRING(10), .unique = true),
    KN_COLUMN(Probe, body, KN_TEXT),
    KN_COLUMN(Probe, note, KN_STRING(20), .server_default = KN_TEXT("it's \\n")),
    KN_COLUMN(Probe, amount, KN_NUMERIC(12, 4), .check = KN_GE(KN_COL(Probe, amount), KN_DEC(-1000, 0))),
    KN_COLUMN(Probe, real, KN_FLOAT),
    KN_COLUMN(Probe, flag, KN_BOOLEAN),
    KN_COLUMN(Probe, blob, KN_LARGE_BINARY),
    KN_COLUMN(Probe, at, KN_DATETIME),
    KN_COLUMN(Probe, seen, KN_DATETIME_TZ),
    KN_COLUMN(Probe, span, KN_INTERVAL),
    KN_COLUMN(Probe, late, KN_INTERVAL,
              .server_default = KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_INTERVAL,
                                                                  .as = {.interval = {-INT64_C(86399000000)}}})),
};
KN_DEFINE(Probe, "probes");

static const kn_select by_body = KN_SELECT(KN_FROM(Probe), .order_by = KN_LIST(KN_DESC(KN_COL(Probe, body))));
static const kn_select tenths = KN_SELECT(KN_FROM(Probe), .where = KN_EQ(KN_COL(Probe, real), KN_DOUBLE(0.1)));

static testbed server;
static kn_registry *registry;
static guest administrator; /* whose session began before any setting was changed */
static char plain_url[600]; /* of who is no administrator of MariaDB, and whose settings are changed on PostgreSQL */

static Probe probe(int64_t id, const char *name, const char *body)
{
    Probe p = {.id = id,
               .body = body,
               .amount = KN_DECIMAL(-9995000, -4),
               .real = 0.1,
               .flag = true,
               .blob = {"\x00\xff\\'\"", 5},
               .at = {KN_DATETIME_MAX},
               .seen = {-1},
               .span = {{-INT64_C(90061000001)}, KN_SET, 0}};

    snprintf(p.name, sizeof(p.name), "%s", name);
    return p;
}

#define same(member) assert_int_equal(got.member, p.member)

/* What is stored is what was given, and the defaults what was declared. */
static void check_values(guest *g, const char *name)
{
    Probe p = probe(1, name, "b\\'\"\n\t%_;--"), got = {.id = 1};
    kn_arena arena;
    kn_value a, b;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(g, kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error));
    assert_ok(g, kn_get(g->c, KN_OBJECT(Probe, &got), &arena, &g->error));
    assert_string_equal(got.name, p.name);
    assert_string_equal(got.body, p.body);
    assert_string_equal(got.note, "it's \\n");
    a = kn_decimal_value(got.amount);
    b = kn_decimal_value(p.amount);
    assert_true(kn_value_equal(&a, &b));
    assert_true(got.real == p.real);
    same(flag);
    same(blob.size);
    assert_memory_equal(got.blob.data, p.blob.data, p.blob.size);
    same(at.us);
    same(seen.us);
    same(span.value.us);
    assert_int_equal(got.late.value.us, -INT64_C(86399000000));
    kn_arena_finish(&arena);
}

/* Constraints hold, all rows come, in order, and a comparison is what it says. */
static void check_rules(guest *g)
{
#define BEGINNING "the same beginning, of more bytes than the least that a server may be told to sort by: "
    static const char *const bodies[] = {BEGINNING "1", BEGINNING "2", BEGINNING "3"};
    Probe p = probe(10, "orphan", "");
    kn_rows *rows = NULL;
    int64_t n = 0;

    p.parent = (kn_opt_int64){.value = 999, .state = KN_SET};
    assert_int_equal(kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error), KN_FOREIGN_KEY);
    p = probe(11, "poor", "");
    p.amount = (kn_decimal)KN_DECIMAL(-1001, 0);
    assert_int_equal(kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error), KN_CHECK);
    p = probe(12, "one", "");
    for (size_t i = 0; i < KN_COUNT_OF(bodies); i++) {
        snprintf(p.name, sizeof(p.name), "n%u", (unsigned)i);
        p.id = 20 + (int64_t)i;
        p.body = bodies[i];
        assert_ok(g, kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error));
    }
    p.id = 30;
    assert_int_equal(kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error), KN_UNIQUE);
    assert_ok(g, kn_list(g->c, &by_body, KN_NO_ARGS, 0, &rows, &g->error));
    assert_int_equal(rows->count, 4);
    for (size_t i = 0; i < KN_COUNT_OF(bodies); i++)
        assert_string_equal(((const Probe *)rows->items)[i].body, bodies[KN_COUNT_OF(bodies) - 1 - i]);
    kn_rows_free(rows);
    assert_ok(g, kn_count(g->c, &tenths, KN_NO_ARGS, &n, &g->error));
    assert_int_equal(n, 4);
}

static int64_t count_rows(guest *g)
{
    int64_t n = -1;

    assert_ok(g, kn_count(g->c, &by_body, KN_NO_ARGS, &n, &g->error));
    return n;
}

/* A transaction begins and ends where it is told, as another connection sees it; in tables that SQL text made, too. */
static void check_transactions(guest *g)
{
    Probe p = probe(40, "back", "");
    guest other = {.engine = NULL};
    char n[20] = "";

    assert_ok(g, guest_run(g, "CREATE TABLE by_text (n INTEGER)"));
    assert_ok(g, kn_begin(g->c, KN_WRITE, &g->error));
    assert_ok(g, guest_run(g, "INSERT INTO by_text VALUES (1)"));
    assert_ok(g, kn_rollback(g->c, &g->error));
    assert_ok(g, guest_ask(g, "SELECT CAST(COUNT(*) AS CHAR(9)) FROM by_text", n, sizeof(n)));
    assert_true(n[0] == '0');
    assert_ok(g, guest_run(g, "DROP TABLE by_text"));

    assert_ok(g, kn_begin(g->c, KN_WRITE, &g->error));
    assert_ok(g, kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error));
    assert_ok(g, kn_rollback(g->c, &g->error));
    assert_false(kn_in_transaction(g->c));
    assert_int_equal(count_rows(g), 4);
    assert_ok(g, kn_begin(g->c, KN_WRITE, &g->error));
    assert_ok(g, kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error));
    assert_ok(g, kn_commit(g->c, &g->error));
    assert_false(kn_in_transaction(g->c));
    p.id = 41;
    snprintf(p.name, sizeof(p.name), "alone");
    assert_ok(g, kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error)); /* by itself */
    assert_ok(g, kn_connect(g->engine, &other.c, &g->error));
    assert_int_equal(count_rows(&other), 6);
    kn_release(other.c);
}

static void check_all(guest *g, const char *name)
{
    kn_metadata *metadata = NULL;

    assert_ok(g, kn_metadata_create(NULL, &metadata, &g->error));
    assert_ok(g, kn_metadata_add(metadata, &Probe_model, &g->error));
    assert_ok(g, kn_create_all(g->c, metadata, &g->error));
    check_values(g, name);
    check_rules(g);
    check_transactions(g);
    assert_ok(g, kn_drop_all(g->c, metadata, &g->error));
    kn_metadata_destroy(metadata);
}

/* ---- the settings of settings.table ---- */
typedef struct row {
    char how[20], setting[200];
    char told[100]; /* "": nothing changes */

} row;

/* SERVER HOW SETTING [| OUTCOME]... */
static bool read_row(const char *line, row *out)
{
    char server_name[20] = "";
    const char *outcome = strstr(line, " | ");
    int from = 0, end = outcome ? (int)(outcome - line) : (int)strcspn(line, "\n");

    *out = (row){.how = ""};
    if (line[0] == '#' || sscanf(line, "%19s %19s %n", server_name, out->how, &from) < 2)
        return false;
    snprintf(out->setting, sizeof(out->setting), "%.*s", end - from, line + from);
    if (outcome && strncmp(outcome, " | told ", 8) == 0) {
        const char *words = outcome + 8, *next = strstr(words, " | ");
        snprintf(out->told, sizeof(out->told), "%.*s", next ? (int)(next - words) : (int)strcspn(words, "\n"), words);
    }
    return strcmp(server_name, testbed_backend()) == 0 && strcmp(out->how, "text") != 0;
}

/* By who has opened his session before, so that nothing reaches it. */
static kn_status try_administer(const char *words, const char *setting, const char *end)
{
    char sql[400];

    snprintf(sql, sizeof(sql), "%s%s%s", words, setting, end);
    return guest_run(&administrator, sql);
}

static void administer(const char *words, const char *setting, const char *end)
{
    assert_ok(&administrator, try_administer(words, setting, end));
}

/* False: another version of the server has it. */
static bool put_setting(const row *r)
{
    enum { UNKNOWN_VARIABLE = 1193 };
    kn_status status;

    if (strcmp(r->how, "role") == 0)
        status = try_administer("ALTER ROLE plain SET ", r->setting, "");
    else if (strcmp(r->how, "connect") == 0)
        status = try_administer("SET GLOBAL init_connect = \"", r->setting, "\"");
    else
        status = try_administer("SET GLOBAL ", r->setting, "");
    if (status == KN_NO_SUCH || (status != KN_OK && administrator.error.native == UNKNOWN_VARIABLE))
        return false;
    assert_ok(&administrator, status);
    return true;
}

static void take_setting(const row *r)
{
    char name[100];

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(r->setting, " ="), r->setting);
    if (strcmp(r->how, "role") == 0)
        administer("ALTER ROLE plain RESET ALL", "", "");
    else if (strcmp(r->how, "connect") == 0)
        administer("SET GLOBAL init_connect = ''", "", "");
    else
        administer("SET GLOBAL ", name, " = DEFAULT");
}

/* What fails first of what anybody does. */
static kn_status try_all(guest *g)
{
    Probe p = probe(1, "name", "body"), got = {.id = 1};
    kn_metadata *metadata = NULL;
    kn_rows *rows = NULL;
    kn_arena arena;
    kn_status status;

    kn_arena_init(&arena, NULL, 0);
    assert_ok(g, kn_metadata_create(NULL, &metadata, &g->error));
    assert_ok(g, kn_metadata_add(metadata, &Probe_model, &g->error));
    status = kn_create_all(g->c, metadata, &g->error);
    if (status == KN_OK)
        status = kn_insert(g->c, KN_OBJECT(Probe, &p), &g->error);
    if (status == KN_OK)
        status = kn_get(g->c, KN_OBJECT(Probe, &got), &arena, &g->error);
    if (status == KN_OK)
        status = kn_list(g->c, &by_body, KN_NO_ARGS, 0, &rows, &g->error);
    kn_rows_free(rows);
    kn_metadata_destroy(metadata);
    kn_arena_finish(&arena);
    return status;
}

static void drop_leftovers(void)
{
    kn_metadata *metadata = NULL;

    assert_ok(&administrator, kn_metadata_create(NULL, &metadata, &administrator.error));
    assert_ok(&administrator, kn_metadata_add(metadata, &Probe_model, &administrator.error));
    assert_ok(&administrator, kn_drop_all(administrator.c, metadata, &administrator.error));
    kn_metadata_destroy(metadata);
}

/* All is as without the setting, or what is refused is refused with its words: nothing happens otherwise in silence. */
static void one_setting(const row *r)
{
    guest g;

    if (!put_setting(r)) {
        print_message("  is not known here\n");
        return;
    }
    kn_status status = guest_open(&g, registry, plain_url, 20000);
    if (!r->told[0]) {
        assert_ok(&g, status);
        check_all(&g, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xb5");
    } else if (status == KN_OK) {
        status = try_all(&g);
    }
    if (status != KN_OK && !strstr(g.error.message, r->told))
        fail_msg("%s: '%s' is not in '%s'", r->setting, r->told, g.error.message);
    guest_close(&g);
    take_setting(r);
    if (r->told[0])
        drop_leftovers();
}

static void test_settings__change_nothing_or_are_told(void **state)
{
    FILE *table = fopen(KOINE_SOURCE_DIR "/tests/integration/servers/settings.table", "r");
    char line[400];
    unsigned n = 0;
    row r;

    (void)state;
    assert_non_null(table);
    while (fgets(line, sizeof(line), table)) {
        if (!read_row(line, &r))
            continue;
        print_message("%s%s%s\n", r.setting, r.told[0] ? ": told " : "", r.told);
        one_setting(&r);
        n++;
    }
    fclose(table);
    assert_in_range(n, 40, 200);
}

/* ---- databases in other character sets ---- */
static void test_settings__text_that_a_database_cannot_hold_is_refused(void **state)
{
    static const struct {
        const char *create;
        kn_status connects, holds; /* the musical note */
    } postgresql[] =
        {
            {"CREATE DATABASE other ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", KN_OK, KN_ENCODING},
            {"CREATE DATABASE other ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0", KN_SERVER_STATE, KN_OK},
            {"CREATE DATABASE other ENCODING 'EUC_JP' LOCALE 'C' TEMPLATE template0", KN_SERVER_STATE, KN_OK},
            {"CREATE DATABASE other ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0", KN_OK, KN_OK},
        },
      mariadb[] = {
          {"CREATE DATABASE other CHARACTER SET latin1", KN_OK, KN_OK}, /* each table says its own */
          {"CREATE DATABASE other CHARACTER SET ucs2", KN_OK, KN_OK},
          {"CREATE DATABASE other CHARACTER SET utf8mb3 COLLATE utf8mb3_turkish_ci", KN_OK, KN_OK},
      };
    size_t n = testbed_is_mariadb() ? KN_COUNT_OF(mariadb) : KN_COUNT_OF(postgresql);
    char url[600];
    guest g;

    (void)state;
    snprintf(url, sizeof(url), "%.*s/other", (int)(strrchr(server.url, '/') - server.url), server.url);
    for (size_t i = 0; i < n; i++) {
        kn_status connects = testbed_is_mariadb() ? mariadb[i].connects : postgresql[i].connects;
        kn_status holds = testbed_is_mariadb() ? mariadb[i].holds : postgresql[i].holds;
        administer(testbed_is_mariadb() ? mariadb[i].create : postgresql[i].create, "", "");
        assert_int_equal(guest_open(&g, registry, url, 20000), connects);
        if (connects != KN_OK)
            assert_int_equal(g.error.retry, KN_RETRY_NEVER);
        else
            check_all(&g, holds == KN_OK ? "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xb5" : "gr\xc3\xbc\xc3\x9f");
        if (connects == KN_OK && holds != KN_OK) {
            const kn_value note = kn_string("\xf0\x9f\x8e\xb5");
            assert_ok(&g, guest_run(&g, "CREATE TABLE words (word VARCHAR(10))"));
            assert_int_equal(kn_execute(g.c, KN_SQL("INSERT INTO words VALUES (?)"), &note, 1, NULL, &g.error), holds);
            assert_int_equal(g.error.commit, KN_COMMIT_NOT);
        }
        guest_close(&g);
        administer("DROP DATABASE other", "", "");
    }
}

static int start_server(void **state)
{
    static const char *const postgresql[] = {"CREATE ROLE plain SUPERUSER LOGIN", "CREATE ROLE stranger SUPERUSER"};
    static const char *const mariadb[] = {"CREATE USER plain@localhost", "GRANT ALL ON koine.* TO plain@localhost"};

    (void)state;
    registry = test_database_registry();
    testbed_start(&server, NULL);
    snprintf(plain_url, sizeof(plain_url), "%.*s://plain%s", (int)strcspn(server.url, ":"), server.url,
             strchr(server.url, '@'));
    assert_ok(&administrator, guest_open(&administrator, registry, server.url, 20000));
    for (size_t i = 0; i < KN_COUNT_OF(mariadb); i++)
        administer(testbed_is_mariadb() ? mariadb[i] : postgresql[i], "", "");
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    guest_close(&administrator);
    testbed_stop(&server);
    kn_registry_destroy(registry);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings__change_nothing_or_are_told),
        cmocka_unit_test(test_settings__text_that_a_database_cannot_hold_is_refused),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
