/* SPDX-License-Identifier: MIT */
/* backends: all */
#include "support/database.h"

#include "support/failing_allocator.h"
#include "support/music.h"

static kn_metadata *metadata_of(test_database *db, const kn_model *const *models, size_t count)
{
    kn_metadata *metadata = NULL;
    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    for (size_t i = 0; i < count; i++)
        assert_ok(db, kn_metadata_add(metadata, models[i], &db->error));
    return metadata;
}
#define METADATA(db, ...)                                                                                              \
    metadata_of(db, (const kn_model *const[]){__VA_ARGS__}, KN_COUNT_OF(((const kn_model *const[]){__VA_ARGS__})))

/* A table's name in the backend's quotes. */
static kn_status look_for(test_database *db, const char *name)
{
    const char quote = (char)kn__connection_target(db->c)->dialect->quote;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT 1 FROM %c%s%c WHERE 1 = 0", quote, name, quote);
    kn_status status = kn_prepare(db->c, kn_unchecked_sql(sql), &statement, &db->error);
    if (status == KN_OK)
        status = kn_open(statement, NULL, 0, &result, &db->error);
    if (status == KN_OK)
        status = kn_next(result, &db->error);
    kn_result_close(result);
    kn_statement_finish(statement);
    return status;
}

static bool has_table(test_database *db, const char *name)
{
    kn_status status = look_for(db, name);
    assert_true(status == KN_DONE || status == KN_NO_SUCH);
    return status == KN_DONE;
}

static void test_create_all__creates_and_drops_again_and_again(void **state)
{
    test_database *db = test_database_of(state);
    kn_metadata *music = METADATA(db, &User_model, &Role_model);
    for (int i = 0; i < 2; i++) {
        assert_false(has_table(db, "users"));
        assert_ok(db, kn_create_all(db->c, music, &db->error));
        assert_ok(db, kn_create_all(db->c, music, &db->error));
        assert_true(has_table(db, "users"));
        assert_true(has_table(db, "roles"));
        Role role = {.name = "admin"};
        assert_ok(db, kn_insert(db->c, KN_OBJECT(Role, &role), &db->error));
        assert_ok(db, kn_drop_all(db->c, music, &db->error));
        assert_ok(db, kn_drop_all(db->c, music, &db->error));
        assert_false(has_table(db, "roles"));
        assert_false(kn_in_transaction(db->c));
    }
    kn_metadata_destroy(music);
}

static void test_create_all__leaves_alone_what_is_there(void **state)
{
    test_database *db = test_database_of(state);
    kn_metadata *music = METADATA(db, &User_model, &Role_model);
    test_database_run(db, "CREATE TABLE roles (id INTEGER PRIMARY KEY, something_else TEXT)");
    test_database_run(db, "INSERT INTO roles VALUES (1, 'kept')");
    assert_ok(db, kn_create_all(db->c, music, &db->error));
    test_database_run(db, "UPDATE roles SET something_else = 'still' WHERE id = 1");
    assert_true(has_table(db, "users"));
    kn_metadata_destroy(music);
}

static const kn_column bad_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true, .check = KN_RAW("no_such_function(id)")),
    KN_TABLE_COLUMN("role_id", KN_INTEGER, .references = KN_REF_NAMED("roles", "id"))};
static const kn_model bad_model = {.size_ = sizeof(kn_model),
                                   .table = "bad",
                                   .columns = bad_columns,
                                   .n_columns = 2,
                                   .column_size = sizeof bad_columns[0]};

/* The second table cannot be created: where DDL can be rolled back the first is not there either, elsewhere it stays.
 */
static void test_create_all__is_all_or_nothing_where_ddl_can_be_rolled_back(void **state)
{
    test_database *db = test_database_of(state);
    kn_model roles = Role_model;
    roles.n_relationships = 0;
    kn_metadata *metadata = METADATA(db, &bad_model, &roles);
    assert_int_not_equal(kn_create_all(db->c, metadata, &db->error), KN_OK);
    assert_non_null(strstr(db->error.message, "bad"));
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(has_table(db, "roles"), !test_database_has(db, KN_FEATURE_TRANSACTIONAL_DDL));
    assert_false(has_table(db, "bad"));
    assert_ok(db, kn_drop_all(db->c, metadata, &db->error)); /* of what is there */
    assert_false(has_table(db, "roles"));
    kn_metadata_destroy(metadata);
}

static void test_create_all__joins_an_open_transaction(void **state)
{
    test_database *db = test_database_of(state);
    kn_metadata *music = METADATA(db, &User_model, &Role_model);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    if (test_database_has(db, KN_FEATURE_TRANSACTIONAL_DDL)) {
        assert_ok(db, kn_create_all(db->c, music, &db->error));
        assert_true(has_table(db, "users"));
    } else {
        assert_incapable(db, KN_STATE, "a transaction is open", kn_create_all(db->c, music, &db->error));
        assert_incapable(db, KN_STATE, "a transaction is open", kn_drop_all(db->c, music, &db->error));
    }
    assert_true(kn_in_transaction(db->c));
    assert_ok(db, kn_rollback(db->c, &db->error));
    assert_false(has_table(db, "users"));
    kn_metadata_destroy(music);
}

static void test_create_all__names_what_is_wrong_with_the_metadata(void **state)
{
    test_database *db = test_database_of(state);
    kn_metadata *lonely = METADATA(db, &User_model);
    assert_refused(db, KN_INVALID, kn_create_all(db->c, lonely, &db->error));
    assert_non_null(strstr(db->error.message, "'roles', which is not in the metadata"));
    kn_metadata_destroy(lonely);
    kn_metadata *nothing = NULL;
    assert_refused(db, KN_INVALID, kn_create_all(db->c, nothing, &db->error));
    assert_refused(db, KN_INVALID, kn_drop_all(db->c, nothing, &db->error));
    assert_ok(db, kn_metadata_create(NULL, &nothing, &db->error));
    assert_ok(db, kn_create_all(db->c, nothing, &db->error));
    assert_ok(db, kn_drop_all(db->c, nothing, &db->error));
    kn_metadata_destroy(nothing);
}

/* Two tables that reference each other and themselves, with rows that do. */
static const kn_column left_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("right_id", KN_INTEGER, .references = KN_REF_NAMED("right", "id")),
};
static const kn_column right_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("left_id", KN_INTEGER, .references = KN_REF_NAMED("left", "id")),
    KN_TABLE_COLUMN("parent_id", KN_INTEGER, .references = KN_REF_NAMED("right", "id")),
};
static const kn_model left_model = {.size_ = sizeof(kn_model),
                                    .table = "left",
                                    .columns = left_columns,
                                    .n_columns = 2,
                                    .column_size = sizeof(kn_column)};
static const kn_model right_model = {.size_ = sizeof(kn_model),
                                     .table = "right",
                                     .columns = right_columns,
                                     .n_columns = 3,
                                     .column_size = sizeof(kn_column)};

static const kn_update_rows let_go =
    KN_UPDATE(left, .set = KN_LIST(KN_ASSIGN(KN_COL_NAMED(&left_model, "right_id"), KN_INT(3))), .where = KN_ALL_ROWS);

static void test_create_all__cycles_with_rows_are_dropped(void **state)
{
    test_database *db = test_database_of(state);
    kn_metadata *cycle = METADATA(db, &left_model, &right_model);
    assert_ok(db, kn_create_all(db->c, cycle, &db->error));
    test_database_run(db, "INSERT INTO \"left\" VALUES (1, NULL)");
    test_database_run(db, "INSERT INTO \"right\" VALUES (1, 1, NULL), (2, 1, 1)");
    test_database_run(db, "UPDATE \"left\" SET right_id = 2");
    assert_refused(db, KN_FOREIGN_KEY, kn_execute_query(db->c, &let_go.node, NULL, 0, NULL, &db->error));
    assert_ok(db, kn_drop_all(db->c, cycle, &db->error));
    assert_false(has_table(db, "left"));
    assert_false(has_table(db, "right"));
    kn_metadata_destroy(cycle);
}

static kn_status collect(void *context, kn_text statement, kn_error *error)
{
    (void)error;
    kn_connection *c = context;
    assert_int_equal(statement.data[statement.size], '\0');
    return kn_execute(c, kn_unchecked_sql(statement.data), NULL, 0, NULL, error);
}

static kn_status stop(void *context, kn_text statement, kn_error *error)
{
    (void)statement;
    ++*(int *)context;
    return kn_error_set(error, KN_LIMIT, "enough");
}

/* What the script says does what kn_create_all does. */
static void test_create_all__the_script_is_the_same(void **state)
{
    test_database *db = test_database_of(state);
    const char *dialect = kn_engine_dialect(db->engine);
    kn_metadata *music = METADATA(db, &User_model, &Role_model);
    assert_ok(db, kn_ddl_create_all(db->registry, dialect, music, collect, db->c, &db->error));
    assert_true(has_table(db, "users"));
    Role role = {.name = "admin"};
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Role, &role), &db->error));
    assert_ok(db, kn_ddl_drop_all(db->registry, dialect, music, collect, db->c, &db->error));
    assert_false(has_table(db, "users"));
    int calls = 0;
    assert_refused(db, KN_LIMIT, kn_ddl_create_all(db->registry, dialect, music, stop, &calls, &db->error));
    assert_int_equal(calls, 1);
    kn_metadata_destroy(music);
}

static void test_create_all__the_script_asks_for_a_known_dialect(void **state)
{
    test_database *db = test_database_of(state);
    kn_model role = Role_model; /* what every version of every backend has */
    static const char *const bad[] = {"@", "@x", "@1.", "@1.100", "@1000", "@1.2.3.4", "@ 1", "@-1"};
    static const char *const good[] = {"@3", "@3.40", "@3.40.1", "@999.99.99"};
    char name[64];
    int calls = 0;
    role.n_relationships = 0;
    kn_metadata *roles = METADATA(db, &role);
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
        snprintf(name, sizeof name, "%s%s", kn_engine_dialect(db->engine), bad[i]);
        assert_refused(db, KN_INVALID, kn_ddl_create_all(db->registry, name, roles, stop, &calls, &db->error));
    }
    assert_refused(db, KN_NO_BACKEND, kn_ddl_create_all(db->registry, "klingon", roles, stop, &calls, &db->error));
    assert_int_equal(kn_ddl_create_all(db->registry, "klingon@1", roles, stop, &calls, NULL), KN_NO_BACKEND);
    assert_int_equal(calls, 0);
    for (size_t i = 0; i < KN_COUNT_OF(good); i++) {
        snprintf(name, sizeof name, "%s%s", kn_engine_dialect(db->engine), good[i]);
        assert_refused(db, KN_LIMIT, kn_ddl_create_all(db->registry, name, roles, stop, &calls, &db->error));
    }
    kn_metadata_destroy(roles);
}

/* What some version of a backend cannot do: a computed column, or what none of its versions can. */
static const kn_column computed_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("next", KN_INTEGER, .computed = KN_RAW("id + 1"), .computed_stored = 1)};
static const kn_column late_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("role_id", KN_INTEGER, .references = KN_REF_NAMED("roles", "id"), .deferral = KN_DEFERRABLE)};
#define TABLE(columns_)                                                                                                \
    {                                                                                                                  \
        .size_ = sizeof(kn_model), .table = "z", .columns = (columns_), .n_columns = 2,                                \
        .column_size = sizeof(kn_column)                                                                               \
    }
static const kn_model computed = TABLE(computed_columns), late = TABLE(late_columns);
static const struct {
    const char *dialect, *feature, *from; /* the version that has it; NULL = none */
    const kn_model *model;
} lacking[] = {
    {"sqlite", "a computed column", "3.40", &computed},
    {"postgresql", "a computed column that is stored", "12", &computed},
    {"mariadb", "a deferrable foreign key", NULL, &late},
};

/* Nothing of a script is given out when a part of it cannot be. */
static void test_create_all__a_script_that_cannot_be_whole_is_not_begun(void **state)
{
    test_database *db = test_database_of(state);
    const char *dialect = kn_engine_dialect(db->engine);
    kn_model roles = Role_model;
    char name[64];
    int calls = 0;
    size_t i = 0;
    while (strcmp(lacking[i].dialect, dialect) != 0)
        assert_true(++i < KN_COUNT_OF(lacking));
    roles.n_relationships = 0;
    kn_metadata *metadata = METADATA(db, &roles, lacking[i].model);
    assert_unsupported(db, lacking[i].feature,
                       kn_ddl_create_all(db->registry, dialect, metadata, stop, &calls, &db->error));
    assert_int_equal(calls, 0);
    if (lacking[i].from) {
        snprintf(name, sizeof name, "%s@%s", dialect, lacking[i].from);
        assert_refused(db, KN_LIMIT, kn_ddl_create_all(db->registry, name, metadata, stop, &calls, &db->error));
        assert_int_equal(calls, 1);
    }
    kn_metadata_destroy(metadata);
}

/* Everything of Koine's that allocates, from the engine to the last statement. What the client library allocates by
 * itself does not fail here. */
static kn_status create_and_drop(const kn_allocator *allocator, void *context)
{
    test_database *db = context;
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_metadata *metadata = NULL;
    kn_error error = {0};
    kn_engine_options options = {.size_ = sizeof options, .registry = db->registry, .allocator = allocator};
    kn_status status = kn_engine_create(db->url, &options, &engine, &error);
    if (status == KN_OK)
        status = kn_connect(engine, &c, &error);
    if (status == KN_OK)
        status = kn_metadata_create(allocator, &metadata, &error);
    if (status == KN_OK)
        status = kn_metadata_add_all(metadata, &error, &User_model, &Role_model, &left_model, &right_model, NULL);
    if (status == KN_OK)
        status = kn_create_all(c, metadata, &error);
    if (status == KN_OK)
        status = kn_drop_all(c, metadata, &error);
    assert_int_equal(error.status, status);
    if (c)
        assert_false(kn_in_transaction(c));
    kn_metadata_destroy(metadata);
    kn_release(c);
    kn_engine_destroy(engine);
    return status;
}

static void test_create_all__every_failing_allocation_is_nomem(void **state)
{
    assert_true(each_allocation_failure(create_and_drop, test_database_of(state)) > 20);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, test_database_open, test_database_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(test_create_all__creates_and_drops_again_and_again),
        EACH(test_create_all__leaves_alone_what_is_there),
        EACH(test_create_all__is_all_or_nothing_where_ddl_can_be_rolled_back),
        EACH(test_create_all__joins_an_open_transaction),
        EACH(test_create_all__names_what_is_wrong_with_the_metadata),
        EACH(test_create_all__cycles_with_rows_are_dropped),
        EACH(test_create_all__the_script_is_the_same),
        EACH(test_create_all__the_script_asks_for_a_known_dialect),
        EACH(test_create_all__a_script_that_cannot_be_whole_is_not_begun),
        EACH(test_create_all__every_failing_allocation_is_nomem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
