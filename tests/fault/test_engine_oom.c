/* SPDX-License-Identifier: MIT */
/* Every allocation below the public calls fails, once and for ever: of the core, of the driver, of SQLite itself. Each
 * call then says KN_NOMEM (or does without), leaves nothing behind but what its caller can close, and works on the same
 * handles when there is memory again. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/fake_backend.h"
#include "support/sqlite_memory.h"

kn_plugin_entry koine_plugin_sqlite, koine_plugin_sqlite3;

/* A row with something of each kind that is encoded, decoded or copied. */
typedef enum Size { SIZE_S = 1, SIZE_L = 3 } Size;
typedef struct Thing {
    int64_t id;
    const char *name;
    char code[9];
    kn_bytes data;
    kn_decimal price, exact;
    kn_opt_datetime made;
    Size size;
    kn_opt_int32 stock;
} Thing;
KN_MODEL(Thing);
static const kn_enum size_type = KN_ENUM_TYPE("size", KN_LABEL(SIZE_S, "small"), KN_LABEL(SIZE_L, "large"));
KN_COLUMNS(Thing) = {
    KN_COLUMN(Thing, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Thing, name, KN_STRING(200), .nullable = KN_NO),
    KN_COLUMN(Thing, code, KN_STRING(8), .index = true),
    KN_COLUMN(Thing, data, KN_LARGE_BINARY),
    KN_COLUMN(Thing, price, KN_NUMERIC(10, 2)),
    KN_COLUMN(Thing, exact, KN_NUMERIC(50, 10)),
    KN_COLUMN(Thing, made, KN_DATETIME, .onupdate = KN_NOW),
    KN_COLUMN(Thing, size, KN_ENUM(size_type)),
    KN_COLUMN(Thing, stock, KN_INTEGER, .initial = KN_INT(1)),
};
KN_DEFINE(Thing, "things");

static const kn_select some_things = KN_SELECT(
    KN_FROM(Thing), .where = KN_AND(KN_LIKE(KN_COL(Thing, name), KN_ARG(0)), KN_GE(KN_COL(Thing, stock), KN_INT(0))),
    .order_by = KN_LIST(KN_ASC(KN_COL(Thing, id))), .limit = KN_INT(100));
static const kn_update_rows reprice =
    KN_UPDATE(Thing, .set = KN_LIST(KN_ASSIGN(KN_COL(Thing, stock), KN_ADD(KN_COL(Thing, stock), KN_INT(1)))),
              .where = KN_EQ(KN_COL(Thing, code), KN_ARG(0)));

static failing_allocator memory; /* of all */
static char folder[64];

typedef struct world {
    bool on_fake;
    char url[120];
    fake_server *server;
    kn_registry *registry;
    kn_metadata *metadata;
    kn_engine *engine;
    kn_connection *c;
    kn_error error;
} world;

static kn_status add_plugins(kn_registry *registry, kn_error *error)
{
    static kn_plugin_entry *const entries[] = {koine_plugin_fake, koine_plugin_sqlite, koine_plugin_sqlite3};
    kn_status status = KN_OK;

    for (size_t i = 0; status == KN_OK && i < KN_COUNT_OF(entries); i++)
        status = kn_registry_add(registry, entries[i], error);
    return status;
}

static Thing make_thing(const char *name)
{
    static const char text[] = "a text that is longer than what an arena would hand out for nothing";
    kn_decimal exact = {0};
    Thing thing = {.name = name ? name : text,
                   .code = "c-1",
                   .data = {text, sizeof(text)},
                   .price = KN_DECIMAL(995, -2),
                   .made = KN_SOME(((kn_datetime){123456789})),
                   .size = SIZE_L};

    assert_int_equal(kn_decimal_parse(kn_text_of("1234567890123456789012345678.5"), NULL, &exact, NULL), KN_OK);
    thing.exact = exact;
    return thing;
}

/* The operations. Each may be run again on the same world, whatever became of it before. */
static kn_status make_an_engine(world *w)
{
    kn_registry *registry = NULL;
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_status status = kn_registry_create(&memory.allocator, &registry, &w->error);

    if (status == KN_OK)
        status = add_plugins(registry, &w->error);
    if (status == KN_OK)
        status = kn_engine_create(w->url, KN_ENGINE_OPTIONS(.allocator = &memory.allocator, .registry = registry),
                                  &engine, &w->error);
    if (status == KN_OK)
        status = kn_connect(engine, &c, &w->error);
    kn_release(c);
    kn_engine_destroy(engine);
    kn_registry_destroy(registry);
    return status;
}

static kn_status connect_again(world *w)
{
    kn_status status;

    kn_release(w->c);
    w->c = NULL;
    kn_engine_close_idle(w->engine);
    status = kn_connect(w->engine, &w->c, &w->error);
    if (status == KN_OK)
        status = kn_execute(w->c, KN_SQL("DELETE FROM things WHERE id = ?"), KN_ARGS(kn_int(-1)), NULL, &w->error);
    return status;
}

static kn_status use_names(world *w)
{
    kn_statement *statement = NULL;
    kn_type type = {.id = KN_TYPE_NUMERIC, .precision = 50, .scale = 10};
    kn_status status =
        kn_prepare(w->c, KN_SQL("UPDATE things SET exact = :exact WHERE name = :name AND code = :code AND 1 = :one"),
                   &statement, &w->error);

    if (status == KN_OK)
        status = kn_bind_name(statement, "name", kn_string("n"), &w->error);
    if (status == KN_OK)
        status = kn_bind_name(statement, "code", kn_string("c"), &w->error);
    if (status == KN_OK)
        status = kn_bind_name(statement, "one", kn_int(2), &w->error);
    if (status == KN_OK)
        status = kn_bind_name(statement, "exact", kn_decimal_value(make_thing(NULL).exact), &w->error);
    if (status == KN_OK)
        status = kn_bind_type(statement, 0, &type, &w->error);
    if (status == KN_OK)
        status = kn_run(statement, KN_NO_ARGS, NULL, &w->error);
    kn_statement_finish(statement);
    return status;
}

static kn_status read_all(kn_result *result, kn_error *error)
{
    kn_status status;

    while ((status = kn_next(result, error)) == KN_OK) {
        Thing thing = {0};
        status = kn_fetch(result, &Thing_model, &thing, error);
        if (status != KN_OK)
            return status;
    }
    return status == KN_DONE ? KN_OK : status;
}

static kn_status use_a_query(world *w)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status = kn_prepare_query(w->c, &some_things.node, &statement, &w->error);

    if (status == KN_OK)
        status = kn_open(statement, KN_ARGS(kn_string("%text%")), &result, &w->error);
    if (status == KN_OK)
        status = read_all(result, &w->error);
    kn_statement_finish(statement);
    if (status == KN_OK)
        status = kn_execute_query(w->c, &reprice.node, KN_ARGS(kn_string("c-1")), NULL, &w->error);
    return status;
}

static kn_status use_objects(world *w)
{
    Thing thing = make_thing(NULL), read;
    kn_arena arena;
    kn_status status;

    kn_arena_init(&arena, &memory.allocator, 0);
    status = kn_insert(w->c, KN_OBJECT(Thing, &thing), &w->error);
    read = thing;
    if (status == KN_OK)
        status = kn_get(w->c, KN_OBJECT(Thing, &read), &arena, &w->error);
    if (status == KN_OK)
        status = kn_update(w->c, KN_OBJECT(Thing, &thing), &w->error);
    if (status == KN_OK)
        status = kn_update_only(w->c, KN_OBJECT(Thing, &thing), KN_ONLY(Thing, data, stock), &w->error);
    if (status == KN_OK)
        status = kn_delete(w->c, KN_OBJECT(Thing, &thing), &w->error);
    kn_arena_finish(&arena);
    return status;
}

static kn_status insert_many(world *w)
{
    enum { COUNT = 40 };
    Thing things[COUNT];

    for (int i = 0; i < COUNT; i++) {
        things[i] = make_thing(NULL);
        if (i > 20 && i < 30) /* runs of three shapes */
            things[i].stock = (kn_opt_int32)KN_SOME(i);
        if (i == 25)
            things[i].data = (kn_bytes){NULL, 0};
    }
    return kn_insert_many(w->c, KN_OBJECT(Thing, things), COUNT, &w->error);
}

/* Enough for a driver's own bulk insert. */
static kn_status insert_bulk(world *w)
{
    enum { COUNT = 300 };
    static Item items[COUNT];

    for (int i = 0; i < COUNT; i++)
        items[i] = (Item){.name = "x", .stock = {.value = i, .state = i < 200 ? KN_SET : KN_UNSET}};
    return kn_insert_many(w->c, KN_OBJECT(Item, items), COUNT, &w->error);
}

static kn_status run_many(world *w)
{
    enum { SETS = 3 };
    kn_value values[2 * SETS];
    kn_statement *statement = NULL;
    kn_status status =
        kn_prepare(w->c, KN_SQL("UPDATE things SET name = ? WHERE id = -1 AND code = ?"), &statement, &w->error);

    for (int i = 0; i < 2 * SETS; i++)
        values[i] = kn_string(make_thing(NULL).name);
    if (status == KN_OK)
        status = kn_run_many(statement, values, SETS, 2, NULL, &w->error);
    kn_statement_finish(statement);
    return status;
}

static kn_status list_and_count(world *w)
{
    kn_rows *rows = NULL;
    int64_t count = 0;
    kn_status status = kn_list(w->c, &some_things, KN_ARGS(kn_string("%text%")), 0, &rows, &w->error);

    kn_rows_free(rows);
    if (status == KN_OK)
        status = kn_count(w->c, &some_things, KN_ARGS(kn_string("%text%")), &count, &w->error);
    return status;
}

static kn_status use_a_transaction(world *w)
{
    kn_status status = kn_begin(w->c, KN_WRITE, &w->error), ended;

    if (status != KN_OK)
        return status;
    status = kn_savepoint(w->c, "a \"name\"", &w->error);
    if (status == KN_OK)
        status = kn_execute(w->c, KN_SQL("DELETE FROM things WHERE id = -1"), KN_NO_ARGS, NULL, &w->error);
    if (status == KN_OK)
        status = kn_savepoint_rollback(w->c, "a \"name\"", &w->error);
    if (status == KN_OK)
        status = kn_savepoint_release(w->c, "a \"name\"", &w->error);
    if (status == KN_OK)
        status = kn_commit(w->c, &w->error);
    if (!kn_in_transaction(w->c))
        return status;
    ended = kn_rollback(w->c, &w->error);
    return status == KN_OK ? ended : status;
}

static kn_status drop_and_create(world *w)
{
    kn_metadata *metadata = NULL;
    kn_status status = kn_metadata_create(&memory.allocator, &metadata, &w->error);

    if (status == KN_OK)
        status = kn_metadata_add_all(metadata, &w->error, &Thing_model, &Item_model, NULL);
    if (status == KN_OK)
        status = kn_drop_all(w->c, metadata, &w->error);
    if (status == KN_OK)
        status = kn_create_all(w->c, metadata, &w->error);
    kn_metadata_destroy(metadata);
    return status;
}

static kn_status pass_over(void *context, kn_text statement, kn_error *error)
{
    (void)error;
    *(size_t *)context += statement.size;
    return KN_OK;
}

static kn_status write_ddl(world *w)
{
    size_t bytes = 0;
    kn_status status =
        kn_ddl_create_all(w->registry, w->on_fake ? "fake" : "sqlite", w->metadata, pass_over, &bytes, &w->error);

    if (status == KN_OK)
        status =
            kn_ddl_drop_all(w->registry, w->on_fake ? "fake" : "sqlite", w->metadata, pass_over, &bytes, &w->error);
    return status;
}

static kn_status load_a_file(world *w)
{
    kn_registry *registry = NULL;
    kn_status status = kn_registry_create(&memory.allocator, &registry, &w->error);

    if (status == KN_OK)
        status = kn_registry_load(registry, MODULES_DIR "/koine_good.so", &w->error);
    if (status == KN_OK)
        status = kn_registry_search(registry, KOINE_PLUGIN_BUILD_DIR, &w->error);
    if (status == KN_OK)
        status = kn_registry_require_dialect(registry, "sqlite", &w->error);
    if (status == KN_OK)
        status = kn_registry_require_driver(registry, "sqlite3", &w->error);
    kn_registry_destroy(registry);
    return status;
}

static kn_status count_item(void *context, const kn_registry_item *item)
{
    (void)item;
    ++*(size_t *)context;
    return KN_OK;
}

static kn_status scan_a_folder(world *w)
{
    kn_registry *registry = NULL;
    size_t items = 0;
    kn_status status = kn_registry_create(&memory.allocator, &registry, &w->error);

    if (status == KN_OK)
        status = kn_registry_search(registry, KOINE_PLUGIN_BUILD_DIR, &w->error);
    if (status == KN_OK)
        status = kn_registry_each(registry, true, count_item, &items, &w->error);
    kn_registry_destroy(registry);
    return status;
}

static void make_world(world *w, bool on_fake)
{
    *w = (world){.on_fake = on_fake, .server = fake_server_start("s", kn_allocator_default())};
    assert_non_null(w->server);
    fake_backend_answers(w->server);
    snprintf(w->url, sizeof(w->url), on_fake ? "fake://s/" : "sqlite:///%s/test.db", folder);
    fake_ok(w, kn_registry_create(&memory.allocator, &w->registry, &w->error));
    fake_ok(w, add_plugins(w->registry, &w->error));
    fake_ok(w, kn_metadata_create(&memory.allocator, &w->metadata, &w->error));
    fake_ok(w, kn_metadata_add_all(w->metadata, &w->error, &Thing_model, &Item_model, NULL));
    fake_ok(w, kn_engine_create(w->url, KN_ENGINE_OPTIONS(.allocator = &memory.allocator, .registry = w->registry),
                                &w->engine, &w->error));
    fake_ok(w, kn_connect(w->engine, &w->c, &w->error));
}

static void end_world(world *w)
{
    kn_release(w->c);
    kn_engine_destroy(w->engine);
    kn_metadata_destroy(w->metadata);
    kn_registry_destroy(w->registry);
    if (fake_server_violation(w->server))
        fail_msg("contract: %s", fake_server_violation(w->server));
    assert_int_equal(fake_server_live(w->server).connections, 0);
    fake_server_stop(w->server);
}

typedef struct operation {
    const char *name;
    kn_status (*run)(world *w);
    bool not_on_fake; /* which cannot answer what it asks */
    bool only_on_fake;
} operation;

/* With memory again: the connection goes on, or says that it is lost and is replaced. */
static void work_again(world *w, const operation *o, size_t n)
{
    kn_status status;

    memory.fail_at = 0;
    if (w->c && (kn_begin(w->c, KN_WRITE, &w->error) != KN_OK || kn_rollback(w->c, &w->error) != KN_OK)) {
        if (w->error.status != KN_LINK_LOST)
            fail_msg("%s, allocation %zu: the connection cannot be used: %s", o->name, n, w->error.message);
        kn_release(w->c);
        w->c = NULL;
    }
    if (!w->c)
        fake_ok(w, kn_connect(w->engine, &w->c, &w->error));
    assert_false(kn_in_transaction(w->c));
    status = o->run(w);
    if (status != KN_OK)
        fail_msg("%s, allocation %zu, with memory again: %s: %s", o->name, n, kn_status_name(status), w->error.message);
}

/* Returns false when the operation gets through without meeting the fault. */
static bool fail_one(const operation *o, bool on_fake, size_t n, bool for_ever, size_t *failed)
{
    world w;
    kn_status status;
    bool fired;

    failing_allocator_init(&memory, 0, false);
    make_world(&w, on_fake);
    memory.fail_at = memory.requests + n;
    memory.for_ever = for_ever;
    memory.fired = false;
    kn_error_clear(&w.error);
    status = o->run(&w);
    fired = memory.fired;
    if (status != KN_OK && (status != KN_NOMEM || !fired))
        fail_msg("%s, allocation %zu: %s: %s", o->name, n, kn_status_name(status), w.error.message);
    if (status == KN_NOMEM && (w.error.status != KN_NOMEM || !w.error.message[0]))
        fail_msg("%s, allocation %zu: the error says %s", o->name, n, kn_status_name((kn_status)w.error.status));
    if (status == KN_OK && fired && (on_fake || for_ever)) /* SQLite does without some of its caches */
        fail_msg("%s, allocation %zu: a failure was swallowed", o->name, n);
    *failed += status == KN_NOMEM;
    work_again(&w, o, n);
    end_world(&w);
    if (memory.live_blocks)
        fail_msg("%s, allocation %zu: %zu blocks are left", o->name, n, memory.live_blocks);
    return fired;
}

static void fail_each(const operation *o, bool on_fake)
{
    world w;
    size_t failed = 0;

    if (on_fake ? o->not_on_fake : o->only_on_fake)
        return;
    failing_allocator_init(&memory, 0, false);
    make_world(&w, on_fake); /* what is kept for the process is allocated now */
    if (o->run(&w) != KN_OK)
        fail_msg("%s: %s", o->name, w.error.message);
    end_world(&w);
    for (int for_ever = 0; for_ever <= 1; for_ever++)
        for (size_t n = 1; fail_one(o, on_fake, n, for_ever == 1, &failed); n++)
            continue;
    print_message("%s on %s: %zu failures\n", o->name, on_fake ? "fake" : "sqlite", failed);
    assert_true(failed > 4);
}

static const operation operations[] = {
    {"make an engine", make_an_engine, false, false},
    {"connect", connect_again, false, false},
    {"named parameters", use_names, false, false},
    {"queries", use_a_query, true, false},
    {"objects", use_objects, true, false},
    {"many", insert_many, false, false},
    {"bulk", insert_bulk, false, true},
    {"run many", run_many, false, false},
    {"list and count", list_and_count, true, false},
    {"transaction", use_a_transaction, false, false},
    {"drop and create", drop_and_create, true, false},
    {"DDL", write_ddl, false, false},
    {"load a file", load_a_file, false, false},
    {"scan a folder", scan_a_folder, false, false},
};

static void test_engine_oom__on_the_fake_backend(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(operations); i++)
        fail_each(&operations[i], true);
}

static void test_engine_oom__on_sqlite_with_its_own_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(operations); i++)
        fail_each(&operations[i], false);
}

/* The table, and a row to read. */
static int setup(void **state)
{
    world w;
    Thing thing = make_thing(NULL);

    (void)state;
    /* thousands of commits: where they need not reach a disk */
    snprintf(folder, sizeof(folder), "%s/koine-oom-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    sqlite_memory = &memory;
    failing_allocator_init(&memory, 0, false);
    if (!mkdtemp(folder) || !sqlite_memory_install())
        return -1;
    make_world(&w, false);
    fake_ok(&w, kn_create_all(w.c, w.metadata, &w.error));
    fake_ok(&w, kn_insert(w.c, KN_OBJECT(Thing, &thing), &w.error));
    end_world(&w);
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm", "test.db-journal"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_oom__on_the_fake_backend),
        cmocka_unit_test(test_engine_oom__on_sqlite_with_its_own_memory),
    };
    return cmocka_run_group_tests_name("fault/engine_oom", tests, setup, teardown);
}
