/* SPDX-License-Identifier: MIT */
/* Rows that become structs, disturbed: each cell in turn is what its column cannot hold, the driver fails behind each
 * cell, each allocation fails; by a driver that stores cells by itself, and by one that gives rows. */
#include <stdio.h>

#include "support/failing_allocator.h"
#include "support/fake_backend.h"

/* A member of each way to be stored. */
typedef struct Part {
    int64_t id;
    const char *name;
    char code[5];
    kn_bytes data;
    double weight;
    kn_decimal price, exact;
    kn_datetime made;
    kn_opt_bool sold;
    kn_opt_text note;
} Part;
KN_MODEL(Part);
KN_COLUMNS(Part) = {
    KN_COLUMN(Part, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Part, name, KN_STRING(8), .nullable = KN_NO),
    KN_COLUMN(Part, code, KN_STRING(4)),
    KN_COLUMN(Part, data, KN_LARGE_BINARY),
    KN_COLUMN(Part, weight, KN_FLOAT),
    KN_COLUMN(Part, price, KN_NUMERIC(10, 2)),
    KN_COLUMN(Part, exact, KN_NUMERIC(50, 10)),
    KN_COLUMN(Part, made, KN_DATETIME),
    KN_COLUMN(Part, sold, KN_BOOLEAN),
    KN_COLUMN(Part, note, KN_TEXT),
};
KN_DEFINE(Part, "parts");

enum { COLUMNS = 10, ROWS = 3 };
static const kn_select parts = KN_SELECT(KN_FROM(Part));

#define INT(value)                                                                                                     \
    {                                                                                                                  \
        .kind = KN_KIND_INT, .as.i = (value)                                                                           \
    }
#define TEXT(value)                                                                                                    \
    {                                                                                                                  \
        .kind = KN_KIND_TEXT, .as.text = { value, sizeof(value) - 1 }                                                  \
    }
#define DECIMAL(coefficient)                                                                                           \
    {                                                                                                                  \
        .kind = KN_KIND_DECIMAL, .as.decimal = KN_DECIMAL(coefficient, -2)                                             \
    }
#define ROW(id)                                                                                                        \
    INT(id), TEXT("a name"), TEXT("code"), {.kind = KN_KIND_BYTES, .as.bytes = {"\0\xff", 2}},                         \
        {.kind = KN_KIND_FLOAT, .as.d = 0.5}, DECIMAL(995), DECIMAL(-1), {.kind = KN_KIND_DATETIME, .as.i = 1},        \
        {.kind = KN_KIND_BOOL, .as.b = true}, TEXT("a note")
static const kn_value good[ROWS * COLUMNS] = {ROW(1), ROW(2), ROW(3)};

static const char *const urls[] = {"fake://s/", "fake+fake_rows://s/"};

/* The rows with one cell of the second replaced. */
typedef struct table {
    kn_value cells[ROWS * COLUMNS];
    fake_answer answer;
} table;

static void answer_with(fake_backend *b, table *t, size_t column, const kn_value *cell)
{
    memcpy(t->cells, good, sizeof(good));
    if (cell)
        t->cells[COLUMNS + column] = *cell;
    t->answer = (fake_answer){.sql = "SELECT", .n_columns = COLUMNS, .rows = t->cells, .n_rows = ROWS};
    assert_int_equal(fake_server_answer(b->server, &t->answer), KN_OK);
}

static void assert_part(const Part *part, int64_t id)
{
    assert_int_equal(part->id, id);
    assert_string_equal(part->name, "a name");
    assert_string_equal(part->code, "code");
    assert_int_equal(part->data.size, 2);
    assert_memory_equal(part->data.data, "\0\xff", 2);
    assert_true(part->weight == 0.5);
    assert_int_equal(kn_decimal_compare(part->price, (kn_decimal)KN_DECIMAL(995, -2)), 0);
    assert_int_equal(kn_decimal_compare(part->exact, (kn_decimal)KN_DECIMAL(-1, -2)), 0);
    assert_int_equal(part->made.us, 1);
    assert_int_equal(part->sold.state, KN_SET);
    assert_true(part->sold.value);
    assert_int_equal(part->note.state, KN_SET);
    assert_string_equal(part->note.value.data, "a note");
}

static const struct {
    size_t column;
    kn_status status;
    kn_value cell;
} bad[] = {
    {0, KN_TYPE_MISMATCH, TEXT("1")},
    {1, KN_TOO_LONG, TEXT("nine char")},
    {1, KN_ENCODING, TEXT("a\xff")},
    {1, KN_ENCODING, TEXT("a\0b")},
    {2, KN_TOO_LONG, TEXT("five.")},
    {3, KN_TYPE_MISMATCH, INT(1)},
    {4, KN_TYPE_MISMATCH, TEXT("0.5")},
    {5, KN_OUT_OF_RANGE, {.kind = KN_KIND_DECIMAL, .as.decimal = KN_DECIMAL(1, 8)}},
    {5, KN_INEXACT, {.kind = KN_KIND_DECIMAL, .as.decimal = KN_DECIMAL(1, -3)}},
    {6, KN_INEXACT, {.kind = KN_KIND_DECIMAL, .as.decimal = KN_DECIMAL(1, -11)}},
    {7, KN_OUT_OF_RANGE, {.kind = KN_KIND_DATETIME, .as.i = KN_DATETIME_MAX + 1}},
    {8, KN_TYPE_MISMATCH, TEXT("t")},
    {9, KN_TYPE_MISMATCH, {.kind = KN_KIND_BYTES, .as.bytes = {"x", 1}}},
};

static void assert_names(const fake_backend *b, size_t column)
{
    static const char *const names[COLUMNS] = {"id",    "name",  "code", "data", "weight",
                                               "price", "exact", "made", "sold", "note"};
    char quoted[40];

    snprintf(quoted, sizeof(quoted), "'%s'", names[column]);
    if (!strstr(b->error.message, quoted))
        fail_msg("\"%s\" does not name %s", b->error.message, quoted);
}

static void refuse(fake_backend *b, size_t i)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_rows *rows = NULL;
    Part part;

    fake_ok(b, kn_prepare_query(b->c, &parts.node, &statement, &b->error));
    fake_ok(b, kn_open(statement, KN_NO_ARGS, &result, &b->error));
    fake_ok(b, kn_next_into(result, KN_OBJECT(Part, &part), &b->error));
    assert_part(&part, 1);
    fake_refused(b, bad[i].status, kn_next_into(result, KN_OBJECT(Part, &part), &b->error));
    assert_names(b, bad[i].column);
    fake_refused(b, KN_STATE, kn_next_into(result, KN_OBJECT(Part, &part), &b->error));
    fake_ok(b, kn_result_end(result, &b->error));
    fake_ok(b, kn_open(statement, KN_NO_ARGS, &result, &b->error));
    fake_ok(b, kn_next(result, &b->error));
    fake_ok(b, kn_next(result, &b->error));
    fake_refused(b, bad[i].status, kn_fetch(result, KN_OBJECT(Part, &part), &b->error));
    assert_names(b, bad[i].column);
    fake_ok(b, kn_next(result, &b->error)); /* the rows behind it can be read */
    fake_ok(b, kn_fetch(result, KN_OBJECT(Part, &part), &b->error));
    assert_part(&part, 3);
    kn_result_close(result);
    kn_statement_finish(statement);
    fake_refused(b, bad[i].status, kn_list(b->c, &parts, KN_NO_ARGS, 0, &rows, &b->error));
    assert_names(b, bad[i].column);
    assert_null(rows);
}

static void test_engine_structs__a_cell_that_is_no_value_is_named_and_harms_no_other(void **state)
{
    (void)state;
    for (size_t u = 0; u < KN_COUNT_OF(urls); u++)
        for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
            fake_backend b;
            table t, healed;
            kn_rows *rows = NULL;
            fake_backend_open(&b, urls[u], NULL);
            answer_with(&b, &t, bad[i].column, &bad[i].cell);
            refuse(&b, i);
            answer_with(&b, &healed, 0, NULL);
            fake_ok(&b, kn_list(b.c, &parts, KN_NO_ARGS, 0, &rows, &b.error)); /* the same statement */
            assert_int_equal(rows->count, ROWS);
            assert_part((const Part *)rows->items + 2, 3);
            kn_rows_free(rows);
            fake_backend_close(&b);
        }
}

/* Some members are written by then; the status and the error's fields are the driver's. */
static void test_engine_structs__a_driver_may_fail_behind_each_cell(void **state)
{
    (void)state;
    for (uint32_t cells = 1; cells <= COLUMNS; cells++)
        for (int drops = 0; drops < 2; drops++) {
            fake_backend b;
            table t;
            kn_rows *rows = NULL;
            Part part = {.id = 1};
            kn_status status = drops ? KN_LINK_LOST : KN_SERVER;
            fake_fault fault = {.slot = FAKE_FETCH,
                                .nth = 2,
                                .status = status,
                                .after = true,
                                .cells = cells,
                                .drops = drops,
                                .native = 4711};
            fake_backend_open(&b, "fake://s/", NULL);
            answer_with(&b, &t, 0, NULL);
            fake_server_fail(b.server, fault);
            fake_refused(&b, status, kn_list(b.c, &parts, KN_NO_ARGS, 0, &rows, &b.error));
            assert_int_equal(b.error.native, 4711);
            assert_null(rows);
            fake_server_heal(b.server);
            if (drops)
                fake_refused(&b, KN_LINK_LOST, kn_get(b.c, KN_OBJECT(Part, &part), NULL, &b.error));
            else
                fake_ok(&b, kn_list(b.c, &parts, KN_NO_ARGS, 0, &rows, &b.error));
            kn_rows_free(rows);
            fake_backend_close(&b);
        }
}

/* One object by its key, and all of them, into arenas. */
static kn_status read_parts(const kn_allocator *allocator, fake_backend *b)
{
    kn_rows *rows = NULL;
    kn_arena arena;
    Part part = {.id = 1};
    kn_status status;

    kn_arena_init(&arena, allocator, 0);
    status = kn_get(b->c, KN_OBJECT(Part, &part), &arena, &b->error);
    if (status == KN_OK) {
        assert_part(&part, 1);
        status = kn_list(b->c, &parts, KN_NO_ARGS, 0, &rows, &b->error);
    }
    if (status == KN_OK)
        assert_part((const Part *)rows->items + 1, 2);
    kn_rows_free(rows);
    kn_arena_finish(&arena);
    return status;
}

/* The nth allocation fails; false when there were not so many. */
static bool fail_at(const char *url, size_t nth, bool for_ever)
{
    failing_allocator memory;
    fake_backend b;
    table t;
    kn_status status;
    bool fired;

    failing_allocator_init(&memory, 0, for_ever);
    fake_backend_open(&b, url, KN_ENGINE_OPTIONS(.allocator = &memory.allocator));
    answer_with(&b, &t, 0, NULL);
    memory.fail_at = memory.requests + nth;
    status = read_parts(&memory.allocator, &b);
    fired = memory.fired;
    memory.fail_at = 0;
    assert_int_equal(status, fired ? KN_NOMEM : KN_OK);
    if (fired)
        assert_int_equal(b.error.status, KN_NOMEM);
    fake_ok(&b, read_parts(&memory.allocator, &b)); /* with memory again */
    fake_backend_close(&b);
    assert_int_equal(memory.live_blocks, 0);
    return fired;
}

static void test_engine_structs__each_allocation_failure(void **state)
{
    (void)state;
    for (size_t u = 0; u < KN_COUNT_OF(urls); u++)
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            size_t nth = 1;
            while (fail_at(urls[u], nth, for_ever))
                nth++;
            assert_true(nth > 10);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_structs__a_cell_that_is_no_value_is_named_and_harms_no_other),
        cmocka_unit_test(test_engine_structs__a_driver_may_fail_behind_each_cell),
        cmocka_unit_test(test_engine_structs__each_allocation_failure),
    };

    return cmocka_run_group_tests_name("fault/engine_structs", tests, NULL, NULL);
}
