/* SPDX-License-Identifier: MIT */
/* The ways into and out of a box. */
#ifndef KOINE_TESTS_EXACT_RUN_H
#define KOINE_TESTS_EXACT_RUN_H

#include "exact.h"

/* Whoever uses a box as a table: the rows of the whole run are numbered by the case, plus a base for the way in. */
enum { EXACT_BY_MEMBER = 0, EXACT_BY_MANY = 100000, EXACT_BY_UPDATE = 200000, EXACT_BY_STATEMENT = 300000 };

typedef struct Exact {
    test_database *db;
    const kn_model *model;
    const kn_type *type;
    const Exact_case *cases;
    size_t n;
    const char *way; /* for messages */
    kn_arena arena;
} Exact;

/* false when the backend cannot declare such a column, which only a Numeric beyond every server's common limit, 65
 * digits with 30 after the point, may be a reason for. */
static inline bool exact_create(test_database *db, const kn_model *model)
{
    kn_metadata *metadata = NULL;
    kn_status status;
    const kn_type *type = &exact_column(model)->type;

    assert_ok(db, kn_metadata_create(NULL, &metadata, &db->error));
    assert_ok(db, kn_metadata_add(metadata, model, &db->error));
    status = kn_create_all(db->c, metadata, &db->error);
    kn_metadata_destroy(metadata);
    if (status == KN_UNSUPPORTED && type->id == KN_TYPE_NUMERIC && (type->precision > 65 || type->scale > 30)) {
        char feature[40];
        snprintf(feature, sizeof(feature), "Numeric(%u, %u)", type->precision, type->scale);
        test_database_note_refusal(db, feature);
        return false;
    }
    if (status != KN_OK)
        fail_msg("create '%s': %s: %s", model->table, kn_status_name(status), db->error.message);
    return true;
}

static inline int64_t exact_count(test_database *db, const kn_model *model)
{
    int64_t count = -1;

    assert_ok(db, kn_count(db->c, KN_QUERY(.from = model), KN_NO_ARGS, &count, &db->error));
    return count;
}

/* The refused value is not in the message, whatever it was. */
static inline void exact_assert_silent(const Exact *run, const Exact_case *c)
{
    const kn_text text = c->value.as.text;
    const char *message = run->db->error.message;

    assert_true(message[0] != '\0');
    if (c->value.kind != KN_KIND_TEXT || text.size < 8)
        return;
    for (size_t i = 0; i + 8 <= strlen(message) && i < sizeof(run->db->error.message); i++)
        if (memcmp(message + i, text.data, 8) == 0)
            fail_msg("%s, '%s': the message tells the value: %s", run->way, c->name, message);
}

/* As the case says, and a refusal leaves the table as it was. */
static inline void exact_expect(const Exact *run, const Exact_case *c, kn_status status, int64_t before)
{
    if (status != c->status)
        fail_msg("%s, %s: '%s' gave %s instead of %s: %s", run->model->table, run->way, c->name, kn_status_name(status),
                 kn_status_name(c->status), status == KN_OK ? "" : run->db->error.message);
    if (c->status == KN_OK)
        return;
    exact_assert_silent(run, c);
    if (exact_count(run->db, run->model) != before)
        fail_msg("%s, %s: '%s' was refused but changed the table", run->model->table, run->way, c->name);
    assert_false(kn_in_transaction(run->db->c));
}

static inline void *exact_new(const Exact *run, size_t count)
{
    void *objects = calloc(count ? count : 1, run->model->object_size);

    assert_non_null(objects);
    return objects;
}

static inline void *exact_at(const Exact *run, void *objects, size_t i)
{
    return (char *)objects + i * run->model->object_size;
}

/* Which cases have a row of this way in. A member without room for a value, or without NULL, cannot give it. */
static inline bool exact_has_row(Exact *run, size_t i, int64_t base)
{
    void *object = exact_new(run, 1);
    bool given = base == EXACT_BY_UPDATE || base == EXACT_BY_STATEMENT ||
                 exact_put(run->model, &run->cases[i].value, object, &run->arena);

    free(object);
    if (run->cases[i].value.kind == KN_KIND_NULL && !kn_column_is_nullable(run->model, exact_column(run->model)))
        return false;
    return given && run->cases[i].status == KN_OK;
}

/* ways in */

static inline void exact_insert_by_member(Exact *run)
{
    const size_t both[] = {0, exact_column(run->model)->offset, SIZE_MAX};

    run->way = "insert";
    for (size_t i = 0; i < run->n; i++) {
        const Exact_case *c = &run->cases[i];
        int64_t before = exact_count(run->db, run->model);
        void *object = exact_new(run, 1);
        *(int64_t *)object = (int64_t)i + 1;
        if (exact_put(run->model, &c->value, object, &run->arena)) /* named: then NULL pointers mean NULL */
            exact_expect(run, c,
                         c->value.kind == KN_KIND_NULL
                             ? kn_insert_only(run->db->c, run->model, object, both, &run->db->error)
                             : kn_insert(run->db->c, run->model, object, &run->db->error),
                         before);
        free(object);
    }
}

/* All good cases at once; then all of them again with a bad one behind, which changes nothing. */
static inline void exact_insert_many(Exact *run)
{
    void *objects = exact_new(run, run->n + 1);
    size_t count = 0;

    run->way = "insert_many";
    for (size_t i = 0; i < run->n; i++)
        if (exact_has_row(run, i, EXACT_BY_MANY)) {
            void *object = exact_at(run, objects, count++);
            *(int64_t *)object = EXACT_BY_MANY + (int64_t)i + 1;
            exact_put(run->model, &run->cases[i].value, object, &run->arena);
        }
    assert_ok(run->db, kn_insert_many(run->db->c, run->model, objects, count, &run->db->error));
    for (size_t i = 0; i < run->n; i++) {
        int64_t before = exact_count(run->db, run->model);
        void *object = exact_at(run, objects, count);
        if (run->cases[i].status == KN_OK || !exact_put(run->model, &run->cases[i].value, object, &run->arena))
            continue;
        for (size_t k = 0; k <= count; k++)
            *(int64_t *)exact_at(run, objects, k) = 900000 + (int64_t)k;
        exact_expect(run, &run->cases[i], kn_insert_many(run->db->c, run->model, objects, count + 1, &run->db->error),
                     before);
    }
    free(objects);
}

/* UPDATE with the value as an argument, or as a literal of the query. */
static inline kn_status exact_set(Exact *run, const kn_value *value, int64_t from, int64_t to, bool literal)
{
    const kn_expr *id = KN_COL_NAMED(run->model, "id"), *v = KN_COL_NAMED(run->model, "v");
    const kn_expr *operand = literal ? KN_VALUE(*value) : KN_ARG(2);
    const kn_update_rows update = {.node = {.kind = KN_NODE_UPDATE, .size = sizeof(update)},
                                   .table = run->model,
                                   .set = KN_LIST(KN_ASSIGN(v, operand), KN_ASSIGN(id, KN_ARG(0))),
                                   .where = KN_EQ(id, KN_ARG(1))};
    const kn_value arguments[] = {kn_int(to), kn_int(from), *value};
    int64_t changed = -1;
    kn_status status =
        kn_execute_query(run->db->c, &update.node, arguments, literal ? 2 : 3, &changed, &run->db->error);

    if (status == KN_OK)
        assert_int_equal(changed, 1);
    return status;
}

/* Of rows that held the first good case. */
static inline void exact_update(Exact *run)
{
    size_t first = 0;

    run->way = "update";
    while (!exact_has_row(run, first, EXACT_BY_MEMBER))
        first++;
    for (size_t i = 0; i < run->n; i++) {
        int64_t from = 800000 + (int64_t)i, before;
        void *object = exact_new(run, 1);
        kn_status status;
        if (run->cases[i].status == KN_OK && !exact_has_row(run, i, EXACT_BY_UPDATE)) {
            free(object);
            continue;
        }
        *(int64_t *)object = from;
        exact_put(run->model, &run->cases[first].value, object, &run->arena);
        assert_ok(run->db, kn_insert(run->db->c, run->model, object, &run->db->error));
        before = exact_count(run->db, run->model);
        status = exact_set(run, &run->cases[i].value, from, EXACT_BY_UPDATE + (int64_t)i + 1, i % 2);
        exact_expect(run, &run->cases[i], status, before);
        if (status != KN_OK)
            assert_ok(run->db, kn_delete(run->db->c, run->model, object, &run->db->error));
        free(object);
    }
}

/* As a parameter of SQL text, with its type stated. */
static inline void exact_insert_by_statement(Exact *run)
{
    char sql[200];
    kn_statement *statement = NULL;

    run->way = "statement";
    snprintf(sql, sizeof(sql), "INSERT INTO %s (id, v) VALUES (:id, :v)", run->model->table);
    assert_ok(run->db, kn_prepare(run->db->c, kn_unchecked_sql(sql), &statement, &run->db->error));
    assert_ok(run->db, kn_bind_type(statement, 1, run->type, &run->db->error));
    for (size_t i = 0; i < run->n; i++) {
        int64_t before = exact_count(run->db, run->model);
        if (run->cases[i].status == KN_OK && !exact_has_row(run, i, EXACT_BY_STATEMENT))
            continue;
        assert_ok(run->db, kn_bind(statement, 0, kn_int(EXACT_BY_STATEMENT + (int64_t)i + 1), &run->db->error));
        assert_ok(run->db, kn_bind_name(statement, "v", run->cases[i].value, &run->db->error));
        exact_expect(run, &run->cases[i], kn_run(statement, NULL, 0, NULL, &run->db->error), before);
    }
    kn_statement_finish(statement);
}

/* ways out */

static inline const Exact_case *exact_case_of(const Exact *run, int64_t id)
{
    int64_t i = id % 100000 - 1;

    assert_in_range(i, 0, run->n - 1);
    return &run->cases[i];
}

/* A text that came over another way than a char[] may not fit one. */
static inline bool exact_can_be_read(const Exact *run, const Exact_case *c)
{
    const kn_column *column = exact_column(run->model);

    return exact_member_has_room(column, &c->value) &&
           (c->value.kind != KN_KIND_NULL || exact_member_says_null(column));
}

static inline void exact_read_by_key(Exact *run, int64_t base)
{
    for (size_t i = 0; i < run->n; i++) {
        void *object = exact_new(run, 1);
        kn_value read;
        *(int64_t *)object = base + (int64_t)i + 1;
        if (exact_has_row(run, i, base) && exact_can_be_read(run, &run->cases[i])) {
            assert_ok(run->db, kn_get(run->db->c, run->model, object, &run->arena, &run->db->error));
            read = exact_take(run->model, object);
            exact_assert_same(run->type, "get", run->cases[i].name, &run->cases[i].value, &read);
        }
        free(object);
    }
}

/* The rows whose values a struct can hold, by key. */
static inline const kn_select *exact_readable(Exact *run)
{
    const kn_model *model = run->model;
    kn_arena *arena = &run->arena;
    const kn_expr *key = kn_expr_column(arena, model, "id"), *where = NULL;
    kn_select *select = kn_arena_zalloc(arena, sizeof(*select));
    const kn_expr **order = kn_arena_zalloc(arena, 2 * sizeof(*order));

    for (size_t i = 0; i < run->n; i++)
        if (!exact_can_be_read(run, &run->cases[i]))
            for (int64_t base = 0; base <= EXACT_BY_STATEMENT; base += 100000) {
                const kn_expr *not_it =
                    kn_expr_op2(arena, KN_OP_NE, key, kn_expr_value(arena, kn_int(base + (int64_t)i + 1)));
                where = where ? kn_and(arena, where, not_it) : not_it;
            }
    order[0] = key;
    order[1] = KN_END;
    select->node = (kn_node){.kind = KN_NODE_SELECT, .size = sizeof(*select)};
    select->from = model;
    select->where = where;
    select->order_by = order;
    return select;
}

static inline size_t exact_expected_rows(Exact *run)
{
    size_t rows = 0;

    for (size_t i = 0; i < run->n; i++)
        for (int64_t base = 0; base <= EXACT_BY_STATEMENT; base += 100000)
            rows += exact_has_row(run, i, base) && exact_can_be_read(run, &run->cases[i]);
    return rows;
}

static inline void exact_assert_object(Exact *run, const char *way, void *object)
{
    const Exact_case *c = exact_case_of(run, exact_id(object));
    kn_value read = exact_take(run->model, object);

    exact_assert_same(run->type, way, c->name, &c->value, &read);
}

static inline void exact_read_list(Exact *run)
{
    kn_rows *rows = NULL;

    assert_ok(run->db, kn_list(run->db->c, exact_readable(run), KN_NO_ARGS, 0, &rows, &run->db->error));
    assert_int_equal(rows->count, exact_expected_rows(run));
    for (size_t i = 0; i < rows->count; i++)
        exact_assert_object(run, "list", exact_at(run, rows->items, i));
    kn_rows_free(rows);
}

static inline void exact_read_stream(Exact *run)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    void *object = exact_new(run, 1);
    size_t rows = 0;
    kn_status status;

    assert_ok(run->db, kn_prepare_query(run->db->c, &exact_readable(run)->node, &statement, &run->db->error));
    assert_ok(run->db, kn_open(statement, NULL, 0, &result, &run->db->error));
    while ((status = kn_next(result, &run->db->error)) == KN_OK) {
        assert_ok(run->db, kn_fetch(result, run->model, object, &run->db->error));
        exact_assert_object(run, "fetch", object);
        rows++;
    }
    assert_done(run->db, status);
    assert_int_equal(rows, exact_expected_rows(run));
    kn_result_close(result);
    kn_statement_finish(statement);
    free(object);
}

/* SQL text, the type stated to the getter: whatever the member could not hold is seen here. */
static inline void exact_read_raw(Exact *run)
{
    char sql[200];
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status;

    snprintf(sql, sizeof(sql), "SELECT v, id FROM %s ORDER BY id", run->model->table);
    assert_ok(run->db, kn_prepare(run->db->c, kn_unchecked_sql(sql), &statement, &run->db->error));
    assert_ok(run->db, kn_open(statement, NULL, 0, &result, &run->db->error));
    while ((status = kn_next(result, &run->db->error)) == KN_OK) {
        const Exact_case *c;
        int64_t id = 0;
        kn_value read;
        assert_ok(run->db, kn_get_int(result, 1, &id, &run->db->error));
        c = exact_case_of(run, id);
        assert_ok(run->db, kn_get_value(result, 0, run->type, &read, &run->db->error));
        exact_assert_same(run->type, "get_value", c->name, &c->value, &read);
        assert_int_equal(kn_get_is_null(result, 0), c->value.kind == KN_KIND_NULL);
    }
    assert_done(run->db, status);
    kn_result_close(result);
    kn_statement_finish(statement);
}

/* As a large result, which may come another way: all rows at once through COPY, on PostgreSQL. */
static inline void exact_read_large(Exact *run)
{
    const kn_expr *id = KN_COL_NAMED(run->model, "id"), *v = KN_COL_NAMED(run->model, "v");
    const kn_select *query =
        KN_QUERY(.from = run->model, .columns = KN_LIST(v, id, v), .order_by = KN_LIST(id), .large = 1);
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    int64_t rows = 0;
    kn_status status;

    assert_ok(run->db, kn_prepare_query(run->db->c, &query->node, &statement, &run->db->error));
    assert_ok(run->db, kn_open(statement, NULL, 0, &result, &run->db->error));
    for (; (status = kn_next(result, &run->db->error)) == KN_OK; rows++) {
        const Exact_case *c;
        int64_t key = 0;
        kn_value read;
        assert_ok(run->db, kn_get_int(result, 1, &key, &run->db->error));
        c = exact_case_of(run, key);
        for (size_t column = 0; column <= 2; column += 2) {
            assert_ok(run->db, kn_get_value(result, column, NULL, &read, &run->db->error));
            exact_assert_same(run->type, "large", c->name, &c->value, &read);
        }
    }
    assert_done(run->db, status);
    kn_result_close(result);
    kn_statement_finish(statement);
    assert_int_equal(rows, exact_count(run->db, run->model));
}

/* A longer text or a larger integer may be compared with a column: nothing equals it. */
static inline bool exact_may_be_compared(const Exact *run, const Exact_case *c)
{
    return c->status == KN_OK || (c->status == KN_TOO_LONG) ||
           (c->status == KN_OUT_OF_RANGE && c->value.kind == KN_KIND_INT &&
            kn_type_kind((kn_type_id)run->type->id) == KN_KIND_INT);
}

static inline int64_t exact_equal_rows(Exact *run, const Exact_case *c)
{
    int64_t rows = 0;

    for (size_t k = 0; k < run->n && c->status == KN_OK && c->value.kind != KN_KIND_NULL; k++)
        for (int64_t base = 0; base <= EXACT_BY_STATEMENT; base += 100000)
            rows += exact_has_row(run, k, base) && kn_value_equal(&c->value, &run->cases[k].value);
    return rows;
}

/* Equality in the backend: `v = value` finds exactly the rows of equal cases, and what no column could hold is refused
 * there as well. */
static inline void exact_find(Exact *run, size_t i)
{
    const Exact_case *c = &run->cases[i];
    const kn_select *query = KN_QUERY(.from = run->model, .where = KN_EQ(KN_COL_NAMED(run->model, "v"), KN_ARG(0)));
    int64_t expected = exact_equal_rows(run, c), found = -1, before = exact_count(run->db, run->model);
    kn_status status = kn_count(run->db->c, query, &c->value, 1, &found, &run->db->error);

    if (!exact_may_be_compared(run, c)) {
        exact_expect(run, c, status, before);
        return;
    }
    if (status != KN_OK || found != expected)
        fail_msg("%s: v = '%s' finds %lld rows instead of %lld: %s", run->model->table, c->name, (long long)found,
                 (long long)expected, status == KN_OK ? "" : run->db->error.message);
}

static inline void exact_find_all(Exact *run)
{
    run->way = "where";
    for (size_t i = 0; i < run->n; i++)
        exact_find(run, i);
}

/* The whole run over one box. */
static inline void exact_check(test_database *db, const kn_model *model, const Exact_case *cases, size_t n)
{
    Exact run = {.db = db, .model = model, .type = &exact_column(model)->type, .cases = cases, .n = n};

    if (!exact_create(db, model))
        return;
    kn_arena_init(&run.arena, NULL, 0);
    exact_insert_by_member(&run);
    exact_insert_many(&run);
    exact_update(&run);
    exact_insert_by_statement(&run);
    test_database_reopen(db);
    for (int64_t base = 0; base <= EXACT_BY_STATEMENT; base += 100000)
        exact_read_by_key(&run, base);
    exact_read_list(&run);
    exact_read_stream(&run);
    exact_read_raw(&run);
    exact_read_large(&run);
    exact_find_all(&run);
    kn_arena_finish(&run.arena);
}

#endif
