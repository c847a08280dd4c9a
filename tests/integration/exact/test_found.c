/* SPDX-License-Identifier: MIT */
/* backends: all */
/* What other programs left in a database and no column of ours could hold: each is a precise error on read, on every
 * way out, never NULL, and the rows around it can still be read.
 *
 * Such tables are made by the backend's own SQL: each row of the table below is for one dialect, and is passed over on
 * the others, which could not hold such a value or hold it in another way. */
#include "exact_run.h"
#include "found_cases.h"

typedef struct Found {
    test_database *db;
    const Found_case *c;
    kn_arena arena;
} Found;

static void run_sql(test_database *db, const char *sql)
{
    assert_ok(db, kn_execute(db->c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &db->error));
}

/* Rows 1 and 3 are good, row 2 is what was found. */
static void make_table(const Found *found)
{
    char sql[600];
    const char *const values[] = {found->c->good, found->c->found, found->c->good};

    snprintf(sql, sizeof(sql), "CREATE TABLE %s (id BIGINT NOT NULL PRIMARY KEY, v %s)", found->c->model->table,
             found->c->ddl);
    run_sql(found->db, sql);
    for (int i = 0; i < 3; i++) {
        snprintf(sql, sizeof(sql), "INSERT INTO %s (id, v) VALUES (%d, %s)", found->c->model->table, i + 1, values[i]);
        run_sql(found->db, sql);
    }
}

static void drop_table(const Found *found)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "DROP TABLE %s", found->c->model->table);
    run_sql(found->db, sql);
}

static void expect(const Found *found, const char *way, kn_status wanted, kn_status status)
{
    if (status != wanted)
        fail_msg("%s, %s, %s: %s instead of %s: %s", found->c->model->table, found->c->name, way,
                 kn_status_name(status), kn_status_name(wanted), status ? found->db->error.message : "");
    if (wanted != KN_OK && !found->db->error.message[0])
        fail_msg("%s, %s, %s: no message", found->c->model->table, found->c->name, way);
}

static void get_rows(Found *found)
{
    char *object = calloc(1, found->c->model->object_size);

    for (int64_t id = 1; id <= 3; id++) {
        kn_status wanted = id == 2 ? found->c->status : KN_OK;
        *(int64_t *)(void *)object = id;
        expect(found, "get", wanted, kn_get(found->db->c, found->c->model, object, &found->arena, &found->db->error));
    }
    free(object);
}

static void list_rows(Found *found)
{
    const kn_model *model = found->c->model;
    kn_rows *rows = NULL;

    expect(found, "list", found->c->status,
           kn_list(found->db->c, KN_QUERY(.from = model), KN_NO_ARGS, 0, &rows, &found->db->error));
    assert_null(rows);
    assert_ok(found->db,
              kn_list(found->db->c, KN_QUERY(.from = model, .where = KN_GT(KN_COL_NAMED(model, "id"), KN_INT(2))),
                      KN_NO_ARGS, 0, &rows, &found->db->error));
    assert_int_equal(rows->count, 1);
    kn_rows_free(rows);
}

/* A cell that is refused is not the end: the next row can be asked for, and gives its values. */
static void stream_rows(Found *found)
{
    const kn_model *model = found->c->model;
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    void *object = calloc(1, model->object_size);

    assert_ok(found->db,
              kn_prepare_query(found->db->c,
                               &KN_QUERY(.from = model, .order_by = KN_LIST(KN_ASC(KN_COL_NAMED(model, "id"))))->node,
                               &statement, &found->db->error));
    assert_ok(found->db, kn_open(statement, NULL, 0, &result, &found->db->error));
    for (int64_t id = 1; id <= 3; id++) {
        kn_status wanted = id == 2 ? found->c->status : KN_OK;
        kn_value value = {.kind = KN_KIND_UNSET};
        assert_ok(found->db, kn_next(result, &found->db->error));
        expect(found, "fetch", wanted, kn_fetch(result, model, object, &found->db->error));
        if (!found->c->only_member)
            expect(found, "get_value", wanted,
                   kn_get_value(result, 1, &exact_column(model)->type, &value, &found->db->error));
        assert_int_equal(value.kind == KN_KIND_UNSET, id == 2 || found->c->only_member);
        assert_false(kn_get_is_null(result, 1));
    }
    assert_done(found->db, kn_next(result, &found->db->error));
    kn_result_close(result);
    kn_statement_finish(statement);
    free(object);
}

static void test_found__what_no_column_holds_is_a_precise_error(void **state)
{
    Found found = {.db = test_database_of(state)};
    size_t held = 0;

    for (size_t i = 0; i < KN_COUNT_OF(found_cases); i++) {
        found.c = &found_cases[i];
        if (strcmp(found.c->dialect, kn_engine_dialect(found.db->engine)) != 0)
            continue;
        held++;
        kn_arena_init(&found.arena, NULL, 0);
        make_table(&found);
        test_database_reopen(found.db);
        get_rows(&found);
        list_rows(&found);
        stream_rows(&found);
        kn_arena_finish(&found.arena);
        drop_table(&found);
    }
    assert_true(held > 0); /* a backend without a row here was forgotten */
}

/* Forms that others write and that mean one value: they are read. */
static void test_found__other_forms_of_one_value_are_read(void **state)
{
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < KN_COUNT_OF(read_cases); i++) {
        const Read_case *c = &read_cases[i];
        Found found = {
            .db = db,
            .c = &(const Found_case){.model = c->model, .ddl = c->ddl, .good = c->written, .found = c->written}};
        void *object = calloc(1, c->model->object_size);
        kn_value read;
        if (strcmp(c->dialect, kn_engine_dialect(db->engine)) != 0) {
            free(object);
            continue;
        }
        kn_arena_init(&found.arena, NULL, 0);
        make_table(&found);
        *(int64_t *)object = 2;
        if (kn_get(db->c, c->model, object, &found.arena, &db->error) != KN_OK)
            fail_msg("%s as %s: %s", c->written, c->ddl, db->error.message);
        read = exact_take(c->model, object);
        exact_assert_same(&exact_column(c->model)->type, c->ddl, c->written, &c->value, &read);
        free(object);
        kn_arena_finish(&found.arena);
        drop_table(&found);
    }
}

/* NULL where the program's struct has no NULL. */
static void test_found__null_where_a_member_has_none_is_an_error(void **state)
{
    test_database *db = test_database_of(state);
    static const kn_model *const models[] = {&Found_int_plain_model, &Found_chars_model, &Found_decimal_plain_model,
                                             &Found_date_plain_model, &Found_bool_plain_model};

    for (size_t i = 0; i < KN_COUNT_OF(models); i++) {
        void *object = calloc(1, models[i]->object_size), *before = calloc(1, models[i]->object_size);
        kn_arena arena;
        char sql[200];
        kn_arena_init(&arena, NULL, 0);
        snprintf(sql, sizeof(sql), "CREATE TABLE %s (id BIGINT NOT NULL PRIMARY KEY, v INTEGER)", models[i]->table);
        run_sql(db, sql);
        snprintf(sql, sizeof(sql), "INSERT INTO %s (id, v) VALUES (1, NULL)", models[i]->table);
        run_sql(db, sql);
        *(int64_t *)object = *(int64_t *)before = 1;
        assert_refused(db, KN_NULL_VALUE, kn_get(db->c, models[i], object, &arena, &db->error));
        assert_non_null(strstr(db->error.message, "'v'"));
        assert_memory_equal(object, before, models[i]->object_size);
        kn_arena_finish(&arena);
        free(object);
        free(before);
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test_found__##test, test_database_open, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(what_no_column_holds_is_a_precise_error),
        EACH(other_forms_of_one_value_are_read),
        EACH(null_where_a_member_has_none_is_an_error),
    };
    return cmocka_run_group_tests_name("integration/exact/found", tests, NULL, NULL);
}
