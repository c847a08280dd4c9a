/* SPDX-License-Identifier: MIT */
#include "support/render.h"

#include "support/failing_allocator.h"

#include <koine/koine.h>

static const kn_enum level = KN_ENUM_TYPE("level", KN_LABEL(0, "low"), KN_LABEL(1, "high"));

/* A table without a struct has every type. */
static const kn_column stock_columns[] = {
    KN_TABLE_COLUMN("id", KN_BIG_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("small", KN_SMALL_INTEGER),
    KN_TABLE_COLUMN("count", KN_INTEGER),
    KN_TABLE_COLUMN("big", KN_BIG_INTEGER),
    KN_TABLE_COLUMN("code", KN_STRING(8)),
    KN_TABLE_COLUMN("title", KN_STRING(80)),
    KN_TABLE_COLUMN("note", KN_TEXT),
    KN_TABLE_COLUMN("ratio", KN_FLOAT),
    KN_TABLE_COLUMN("price", KN_NUMERIC(10, 2)),
    KN_TABLE_COLUMN("cost", KN_NUMERIC(12, 4)),
    KN_TABLE_COLUMN("worth", KN_NUMERIC(30, 4)),
    KN_TABLE_COLUMN("level", KN_ENUM(level)),
    KN_TABLE_COLUMN("live", KN_BOOLEAN),
    KN_TABLE_COLUMN("added", KN_DATETIME),
    KN_TABLE_COLUMN("twice", KN_BIG_INTEGER, .computed = KN_RAW("big * 2")),
    KN_TABLE_COLUMN("picture", KN_LARGE_BINARY_OF(100)),
    KN_TABLE_COLUMN("thumb", KN_LARGE_BINARY_OF(10)),
};
static const kn_model stock = {.size_ = sizeof(kn_model),
                               .table = "stock",
                               .columns = stock_columns,
                               .n_columns = KN_COUNT_OF(stock_columns),
                               .column_size = sizeof(kn_column)};

static const char *const tables[] = {
    "CREATE TABLE stock (id INTEGER PRIMARY KEY, small SMALLINT, count INTEGER, big BIGINT, code VARCHAR(8),"
    " title VARCHAR(80), note TEXT, ratio FLOAT, price NUMERIC(10, 2), cost NUMERIC(12, 4),"
    " worth TEXT_NUMERIC(30, 4), level VARCHAR(4), live BOOLEAN, added DATETIME,"
    " twice BIGINT GENERATED ALWAYS AS (big * 2), picture BLOB, thumb BLOB)",
    NULL,
};

#define C(name_) KN_COL_NAMED(&stock, name_)
#define NULL_LITERAL KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_NULL})
#define UPDATE_(...)                                                                                                   \
    (&(const kn_update_rows){.node = {KN_NODE_UPDATE, sizeof(kn_update_rows), 0}, .table = &stock, __VA_ARGS__}.node)
#define SET(...) UPDATE_(.set = KN_LIST(__VA_ARGS__), .where = KN_ALL_ROWS)
#define DELETE_(...)                                                                                                   \
    (&(const kn_delete_rows){.node = {KN_NODE_DELETE, sizeof(kn_delete_rows), 0}, .from = &stock, __VA_ARGS__}.node)
#define INDEXES(...) ((const uint16_t[]){__VA_ARGS__})
#define INSERT_(...)                                                                                                   \
    (&(const kn_insert_rows){.node = {KN_NODE_INSERT, sizeof(kn_insert_rows), 0}, .into = &stock, __VA_ARGS__}.node)
#define FAIL "abs(-9223372036854775807 - 1)"
#define LONG "zeroblob(9223372036854775807)"
#define OVER(e) "CASE WHEN typeof(" e ") = 'real' THEN " FAIL " ELSE " e " END"
#define OUTSIDE(e, range) "CASE WHEN " e " NOT BETWEEN " range " THEN " FAIL " ELSE " e " END"

static const render_row rows[] = {
    {"insert a row", INSERT_(.columns = INDEXES(0, 4, 8), .n_columns = 3, .rows = 1),
     "INSERT INTO stock (id, code, price) VALUES (?, ?, ?)", NULL, "A0:BigInteger A1:String(8) A2:Numeric(10, 2)",
     NULL},
    {"insert three rows", INSERT_(.columns = INDEXES(12, 10), .n_columns = 2, .rows = 3),
     "INSERT INTO stock (live, worth) VALUES (?, ?), (?, ?), (?, ?)", NULL,
     "A0:Boolean A1:Numeric(30, 4) A2:Boolean A3:Numeric(30, 4) A4:Boolean A5:Numeric(30, 4)", NULL},
    {"insert defaults", INSERT_(.rows = 1), "INSERT INTO stock DEFAULT VALUES", NULL, "", NULL},
    {"insert returning",
     INSERT_(.columns = INDEXES(3), .n_columns = 1, .rows = 1, .returning = INDEXES(0, 14), .n_returning = 2),
     "INSERT INTO stock (big) VALUES (?) RETURNING id, twice", NULL, "A0:BigInteger", NULL},
    {"insert defaults returning", INSERT_(.rows = 1, .returning = INDEXES(0), .n_returning = 1),
     "INSERT INTO stock DEFAULT VALUES RETURNING id", NULL, "", NULL},

    {"insert expressions beside placeholders",
     INSERT_(.columns = INDEXES(3, 13, 4, 7), .n_columns = 4,
             .values = ((const kn_expr *const[]){NULL, KN_NOW, KN_TEXT("x"), KN_RAW("1.5")}), .rows = 2),
     "INSERT INTO stock (big, added, code, ratio) VALUES (?, CURRENT_TIMESTAMP, ?, 1.5), (?, CURRENT_TIMESTAMP, ?, "
     "1.5)",
     "INSERT INTO stock (big, added, code, ratio) VALUES (?, strftime('%Y-%m-%d %H:%M:%f000', 'now'), ?, 1.5),"
     " (?, strftime('%Y-%m-%d %H:%M:%f000', 'now'), ?, 1.5)",
     "A0:BigInteger V0:String(8) A1:BigInteger V0:String(8)", NULL},

    {"update",
     UPDATE_(.set = KN_LIST(KN_ASSIGN(C("code"), KN_ARG(0)), KN_ASSIGN(C("price"), KN_DEC(5, -1))),
             .where = KN_EQ(C("id"), KN_ARG(1))),
     "UPDATE stock SET code = ?, price = ? WHERE id = ?", NULL, "A0:String(8) V0:Numeric(10, 2) A1:BigInteger", NULL},
    {"an assignment left out", SET(KN_ASSIGN(C("code"), KN_TEXT("x")), &kn_absent_), "UPDATE stock SET code = ?", NULL,
     "V0:String(8)", NULL},
    {"set NULL", SET(KN_ASSIGN(C("code"), NULL_LITERAL)), "UPDATE stock SET code = ?", NULL, "V0:String(8)", NULL},
    {"set a label by its constant", SET(KN_ASSIGN(C("level"), KN_INT(1))), "UPDATE stock SET level = ?", NULL,
     "V0:Enum", NULL},
    {"set a column to a column", SET(KN_ASSIGN(C("big"), C("small")), KN_ASSIGN(C("title"), C("code"))),
     "UPDATE stock SET big = small, title = code", NULL, "", NULL},
    {"set now", SET(KN_ASSIGN(C("added"), KN_NOW)), "UPDATE stock SET added = CURRENT_TIMESTAMP",
     "UPDATE stock SET added = strftime('%Y-%m-%d %H:%M:%f000', 'now')", "", NULL},
    {"set raw SQL", SET(KN_ASSIGN(C("big"), KN_RAW("random()"))), "UPDATE stock SET big = random()", NULL, "", NULL},
    {"set a condition", SET(KN_ASSIGN(C("live"), KN_GT(C("big"), KN_INT(0)))), "UPDATE stock SET live = big > ?", NULL,
     "V0:BigInteger", NULL},
    {"count up",
     UPDATE_(.set = KN_LIST(KN_ASSIGN(C("big"), KN_ADD(C("big"), KN_INT(1)))), .where = KN_EQ(C("id"), KN_ARG(0))),
     "UPDATE stock SET big = big + ? WHERE id = ?", "UPDATE stock SET big = " OVER("big + ?") " WHERE id = ?",
     "V0:BigInteger A0:BigInteger", "V0:BigInteger V0:BigInteger A0:BigInteger"},
    {"count up, 32 bits", SET(KN_ASSIGN(C("count"), KN_ADD(C("count"), KN_INT(1)))),
     "UPDATE stock SET \"count\" = \"count\" + ?",
     "UPDATE stock SET \"count\" = " OUTSIDE("\"count\" + ?", "-2147483648 AND 2147483647"), "V0:BigInteger",
     "V0:BigInteger V0:BigInteger"},
    {"narrowing", SET(KN_ASSIGN(C("small"), C("big"))), "UPDATE stock SET small = big",
     "UPDATE stock SET small = " OUTSIDE("big", "-32768 AND 32767"), "", NULL},
    {"narrowing in several steps", SET(KN_ASSIGN(C("small"), KN_MUL(KN_SUB(C("small"), C("count")), KN_NEG(C("big"))))),
     "UPDATE stock SET small = (small - \"count\") * -big",
     "UPDATE stock SET small = " OUTSIDE("(small - \"count\") * -(big)", "-32768 AND 32767"), "", NULL},
    {"a longer text", SET(KN_ASSIGN(C("code"), C("title"))), "UPDATE stock SET code = title",
     "UPDATE stock SET code = CASE WHEN length(title) > 8 THEN " LONG " ELSE title END", "", NULL},
    {"a text of unknown length", SET(KN_ASSIGN(C("code"), KN_CONCAT(C("code"), KN_TEXT("x")))),
     "UPDATE stock SET code = code || ?",
     "UPDATE stock SET code = CASE WHEN length(code || ?) > 8 THEN " LONG " ELSE code || ? END", "V0:Text",
     "V0:Text V0:Text"},
    {"longer bytes", SET(KN_ASSIGN(C("thumb"), C("picture")), KN_ASSIGN(C("picture"), C("thumb"))),
     "UPDATE stock SET thumb = picture, picture = thumb",
     "UPDATE stock SET thumb = CASE WHEN length(picture) > 10 THEN " LONG " ELSE picture END, picture = thumb", "",
     NULL},
    {"a float that grows", SET(KN_ASSIGN(C("ratio"), KN_MUL(C("ratio"), KN_DOUBLE(2)))),
     "UPDATE stock SET ratio = ratio * ?",
     "UPDATE stock SET ratio = CASE WHEN abs(ratio * ?) > 1.7976931348623157e+308 THEN " FAIL " ELSE ratio * ? END",
     "V0:Float", "V0:Float V0:Float"},
    {"a Numeric that fits", SET(KN_ASSIGN(C("cost"), KN_COALESCE(C("cost"), KN_DEC(1, 0)))),
     "UPDATE stock SET cost = coalesce(cost, ?)", "UPDATE stock SET cost = coalesce(cost, ?)", "V0:Numeric(12, 4)",
     NULL},
    {"a Numeric into one with more digits on both sides", SET(KN_ASSIGN(C("cost"), C("price"))),
     "UPDATE stock SET cost = price", NULL, "", NULL},

    {"delete", DELETE_(.where = KN_IN(C("id"), KN_INT(1), KN_INT(2))), "DELETE FROM stock WHERE id IN (?, ?)", NULL,
     "V0:BigInteger V1:BigInteger", NULL},
    {"delete all", DELETE_(.where = KN_ALL_ROWS), "DELETE FROM stock", NULL, "", NULL},
    {"delete by what is left of a condition", DELETE_(.where = KN_AND(&kn_absent_, C("live"))),
     "DELETE FROM stock WHERE live", NULL, "", NULL},
};

static int set_up(void **state)
{
    return render_set_up(state, tables);
}

static void test_render_dml__renders_each_statement_for_each_dialect(void **state)
{
    const render_fixture *f = *state;
    must_render_rows(f, &f->on_all, rows, KN_COUNT_OF(rows));
}

static const render_refusal refusals[] = {
    {"update without where", UPDATE_(.set = KN_LIST(KN_ASSIGN(C("code"), KN_TEXT("x")))), KN_INVALID, "KN_ALL_ROWS"},
    {"update where all is left out",
     UPDATE_(.set = KN_LIST(KN_ASSIGN(C("code"), KN_TEXT("x"))), .where = KN_AND(&kn_absent_, KN_AND(&kn_absent_))),
     KN_INVALID, "left out"},
    {"delete without where", DELETE_(.where = NULL), KN_INVALID, "KN_ALL_ROWS"},
    {"delete where it is left out", DELETE_(.where = &kn_absent_), KN_INVALID, "left out"},
    {"update nothing", UPDATE_(.set = KN_LIST(&kn_absent_), .where = KN_ALL_ROWS), KN_INVALID, "sets nothing"},
    {"update without set", UPDATE_(.where = KN_ALL_ROWS), KN_INVALID, "sets nothing"},
    {"set what is no assignment", SET(KN_EQ(C("code"), KN_TEXT("x"))), KN_INVALID, "KN_ASSIGN"},
    {"set what is no column", SET(KN_ASSIGN(KN_INT(1), KN_INT(1))), KN_INVALID, "sets a column"},
    {"set a computed column", SET(KN_ASSIGN(C("twice"), KN_INT(1))), KN_INVALID, "stock.twice is computed"},
    {"set an unknown column", SET(KN_ASSIGN(C("nope"), KN_INT(1))), KN_INVALID, "no column nope"},
    {"set a column twice", SET(KN_ASSIGN(C("code"), KN_TEXT("a")), KN_ASSIGN(C("code"), KN_TEXT("b"))), KN_INVALID,
     "code is set twice"},
    {"set a text to a number", SET(KN_ASSIGN(C("code"), KN_INT(1))), KN_TYPE_MISMATCH, "stock.code (String(8))"},
    {"set a number to a text column", SET(KN_ASSIGN(C("big"), C("code"))), KN_TYPE_MISMATCH, "stock.big (BigInteger)"},
    {"set an integer to a float column", SET(KN_ASSIGN(C("big"), C("ratio"))), KN_TYPE_MISMATCH, ""},
    {"set an enum to a text column", SET(KN_ASSIGN(C("level"), C("code"))), KN_TYPE_MISMATCH, ""},
    {"set to a NULL of an operand", SET(KN_ASSIGN(C("big"), KN_ADD(C("big"), NULL_LITERAL))), KN_INVALID, "KN_IS_NULL"},
    {"set to an aggregate", SET(KN_ASSIGN(C("big"), KN_COUNT_ROWS)), KN_INVALID, "count"},
    {"insert no rows", INSERT_(.columns = INDEXES(1), .n_columns = 1), KN_INVALID, "no rows"},
    {"insert several rows of nothing", INSERT_(.rows = 2), KN_INVALID, "without columns"},
    {"insert a computed column", INSERT_(.columns = INDEXES(14), .n_columns = 1, .rows = 1), KN_INVALID,
     "stock.twice is computed"},
    {"insert a column twice", INSERT_(.columns = INDEXES(1, 1), .n_columns = 2, .rows = 1), KN_INVALID,
     "small stands there twice"},
    {"insert a column that is not there", INSERT_(.columns = INDEXES(99), .n_columns = 1, .rows = 1), KN_INVALID,
     "number 99"},
    {"return a column that is not there", INSERT_(.rows = 1, .returning = INDEXES(99), .n_returning = 1), KN_INVALID,
     "number 99"},
    {"insert a column of a row that is not there",
     INSERT_(.columns = INDEXES(3), .n_columns = 1, .values = ((const kn_expr *const[]){C("small")}), .rows = 1),
     KN_INVALID, "stock.small"},
    {"insert an argument with a number",
     INSERT_(.columns = INDEXES(3), .n_columns = 1, .values = ((const kn_expr *const[]){KN_ARG(0)}), .rows = 1),
     KN_INVALID, "argument 0"},
    {"insert what the column does not hold",
     INSERT_(.columns = INDEXES(3), .n_columns = 1, .values = ((const kn_expr *const[]){KN_NOW}), .rows = 1),
     KN_TYPE_MISMATCH, "column stock.big"},
    {"insert a condition as a number",
     INSERT_(.columns = INDEXES(3), .n_columns = 1, .values = ((const kn_expr *const[]){KN_EQ(KN_INT(1), KN_INT(1))}),
             .rows = 1),
     KN_TYPE_MISMATCH, "Boolean"},
    {"columns that are counted only", INSERT_(.n_columns = 1, .rows = 1), KN_INVALID, "not there"},
};

static void test_render_dml__refuses_with_a_reason(void **state)
{
    const render_fixture *f = *state;
    must_refuse_rows(f, &f->on_all, refusals, KN_COUNT_OF(refusals));
}

static const render_refusal by_features[] = {
    {"defaults only", INSERT_(.rows = 1), KN_UNSUPPORTED, "defaults only"},
    {"two rows", INSERT_(.columns = INDEXES(1), .n_columns = 1, .rows = 2), KN_UNSUPPORTED, "several rows"},
    {"returning", INSERT_(.columns = INDEXES(1), .n_columns = 1, .rows = 1, .returning = INDEXES(0), .n_returning = 1),
     KN_UNSUPPORTED, "RETURNING"},
    {"rounding", SET(KN_ASSIGN(C("price"), C("cost"))), KN_UNSUPPORTED, "Numeric"},
    {"decimal sum", SET(KN_ASSIGN(C("price"), KN_ADD(C("price"), C("price")))), KN_UNSUPPORTED, "Numeric"},
};

static void test_render_dml__asks_for_features(void **state)
{
    const render_fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(by_features); i++) {
        const render_refusal *r = &by_features[i];
        must_render(f, &f->on_ansi, r->name, r->statement, NULL, NULL, r->status, r->says);
        must_render(f, &f->on_all, r->name, r->statement, NULL, NULL, KN_OK, NULL);
    }
    kn__target old;
    kn__target_init(&old, &f->sqlite, "sqlite", 33400);
    must_render(f, &old, "returning", by_features[2].statement, NULL, NULL, KN_UNSUPPORTED, "(sqlite 3.34)");
    must_render(f, &f->on_sqlite, "rounding", by_features[3].statement, NULL, NULL, KN_UNSUPPORTED, "Numeric");
}

static void test_render_dml__bounds_the_rows_of_an_insert(void **state)
{
    const render_fixture *f = *state;
    kn_insert_rows insert = {.node = {KN_NODE_INSERT, sizeof(kn_insert_rows), 0},
                             .into = &stock,
                             .columns = INDEXES(0),
                             .n_columns = 1,
                             .rows = 32766};
    kn__compiled *compiled = NULL;
    kn_error error = {0};
    assert_int_equal(kn__compile(&f->on_sqlite, &insert.node, NULL, &compiled, &error), KN_OK);
    assert_int_equal(compiled->n_args, 32766);
    must_prepare(f, compiled->sql);
    kn__compiled_free(compiled);
    insert.rows = SIZE_MAX;
    must_render(f, &f->on_sqlite, "too many rows", &insert.node, NULL, NULL, KN_LIMIT, "32766");
}

static kn_status compile_insert(const kn_allocator *allocator, void *context)
{
    const render_fixture *f = context;
    kn__compiled *compiled = NULL;
    kn_status status = kn__compile(&f->on_sqlite, rows[3].statement, allocator, &compiled, NULL);
    kn__compiled_free(compiled);
    return status;
}

static void test_render_dml__survives_every_allocation_failure(void **state)
{
    assert_true(each_allocation_failure(compile_insert, *state) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render_dml__renders_each_statement_for_each_dialect),
        cmocka_unit_test(test_render_dml__refuses_with_a_reason),
        cmocka_unit_test(test_render_dml__asks_for_features),
        cmocka_unit_test(test_render_dml__bounds_the_rows_of_an_insert),
        cmocka_unit_test(test_render_dml__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests_name("render dml", tests, set_up, render_tear_down);
}
