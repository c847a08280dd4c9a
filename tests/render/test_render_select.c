/* SPDX-License-Identifier: MIT */
#include "support/render.h"

#include "support/failing_allocator.h"
#include "support/music.h"

typedef struct Track {
    int64_t id;
    const char *title, *album;
    double length;
    bool live;
    kn_decimal price, worth;
    kn_date released;
    kn_datetime added;
    kn_instant played;
    kn_interval pause;
    kn_bytes cover;
    int16_t side;
    int32_t disc;
} Track;
KN_MODEL(Track);
KN_COLUMNS(Track) = {
    KN_COLUMN(Track, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Track, title, KN_STRING(100)),
    KN_COLUMN(Track, album, KN_TEXT, .name = "order"),
    KN_COLUMN(Track, length, KN_FLOAT),
    KN_COLUMN(Track, live, KN_BOOLEAN),
    KN_COLUMN(Track, price, KN_NUMERIC(10, 2)),
    KN_COLUMN(Track, worth, KN_NUMERIC(30, 4)),
    KN_COLUMN(Track, released, KN_DATE),
    KN_COLUMN(Track, added, KN_DATETIME),
    KN_COLUMN(Track, played, KN_DATETIME_TZ),
    KN_COLUMN(Track, pause, KN_INTERVAL),
    KN_COLUMN(Track, cover, KN_LARGE_BINARY),
    KN_COLUMN(Track, side, KN_SMALL_INTEGER),
    KN_COLUMN(Track, disc, KN_INTEGER),
};
KN_DEFINE(Track, "Track", .schema = "main");

static const char *const tables[] = {
    "CREATE TABLE roles (id INTEGER, name VARCHAR(64))",
    "CREATE TABLE users (id INTEGER, username VARCHAR(64), role_id INTEGER, saldo NUMERIC(12, 2), mood VARCHAR(4),"
    " last_mood VARCHAR(4), plays BIGINT, token VARCHAR(32), prefs BLOB)",
    "CREATE TABLE \"Track\" (id INTEGER, title VARCHAR(100), \"order\" TEXT, length FLOAT, live BOOLEAN,"
    " price NUMERIC(10, 2), worth TEXT_NUMERIC(30, 4), released DATE, added DATETIME, played DATETIME, pause DATETIME,"
    " cover BLOB, side SMALLINT, disc INTEGER)",
    NULL,
};

#define T(m) KN_COL(Track, m)
#define WHERE(...) &(const kn_select)KN_SELECT(KN_FROM(Track), .columns = KN_LIST(T(id)), .where = __VA_ARGS__).node
#define SHOW(...) &(const kn_select)KN_SELECT(KN_FROM(Track), .columns = KN_LIST(__VA_ARGS__)).node
#define FROM_TRACK "SELECT id FROM main.\"Track\" WHERE "
#define SHOWN(s) "SELECT " s " FROM main.\"Track\""
#define GUARD(e) "CASE WHEN typeof(" e ") = 'real' THEN abs(-9223372036854775807 - 1) ELSE " e " END"

static const render_row rows[] = {
    {"all columns", &KN_QUERY(KN_FROM(Role))->node, "SELECT id, name FROM roles", NULL, "", NULL},
    {"the tour",
     &KN_QUERY(KN_FROM(Role), .where = KN_LIKE(KN_COL(Role, name), KN_ARG(0)),
               .order_by = KN_LIST(KN_ASC(KN_COL(Role, id))), .limit = KN_INT(10))
          ->node,
     "SELECT id, name FROM roles WHERE name LIKE ? ESCAPE '\\' ORDER BY id NULLS FIRST LIMIT ?",
     "SELECT id, name FROM roles WHERE name GLOB ? ORDER BY id LIMIT ?", "A0:Text V0:BigInteger~4",
     "A0:Text~5 V0:BigInteger~4"},
    {"a reserved column and a schema", SHOW(T(album)), SHOWN("\"order\""), NULL, "", NULL},
    {"distinct",
     &KN_QUERY(KN_FROM(Role), .columns = KN_LIST(KN_COL(Role, name)), .distinct = 1,
               .order_by = KN_LIST(KN_COL(Role, name)))
          ->node,
     "SELECT DISTINCT name FROM roles ORDER BY name NULLS FIRST", "SELECT DISTINCT name FROM roles ORDER BY name", "",
     NULL},
    {"distinct ordered by a computation",
     &KN_QUERY(KN_FROM(Role), .columns = KN_LIST(KN_LOWER(KN_COL(Role, name))), .distinct = 1,
               .order_by = KN_LIST(KN_DESC(KN_LOWER(KN_COL(Role, name)))))
          ->node,
     "SELECT DISTINCT lower(name) FROM roles ORDER BY lower(name) DESC NULLS LAST",
     "SELECT DISTINCT lower(name) FROM roles ORDER BY lower(name) DESC", "", NULL},
    {"order both ways",
     &KN_QUERY(KN_FROM(Role), .order_by = KN_LIST(KN_DESC(KN_COL(Role, name)), KN_COL(Role, id)))->node,
     "SELECT id, name FROM roles ORDER BY name DESC NULLS LAST, id NULLS FIRST",
     "SELECT id, name FROM roles ORDER BY name DESC, id", "", NULL},
    {"an order that is left out", &KN_QUERY(KN_FROM(Role), .order_by = KN_LIST(&kn_absent_))->node,
     "SELECT id, name FROM roles", NULL, "", NULL},
    {"enums are ordered by declaration",
     &KN_QUERY(KN_FROM(User), .columns = KN_LIST(KN_COL(User, id)), .where = KN_LT(KN_COL(User, mood), KN_TEXT("loud")),
               .order_by = KN_LIST(KN_DESC(KN_COL(User, mood))))
          ->node,
     "SELECT id FROM users WHERE mood < ? ORDER BY mood DESC NULLS LAST",
     "SELECT id FROM users WHERE CASE mood WHEN 'calm' THEN 1 WHEN 'loud' THEN 2 END < CASE ? WHEN 'calm' THEN 1 WHEN"
     " 'loud' THEN 2 END ORDER BY CASE mood WHEN 'calm' THEN 1 WHEN 'loud' THEN 2 END DESC",
     "V0:Enum", NULL},
    {"limit and offset", &KN_QUERY(KN_FROM(Role), .limit = KN_ARG(0), .offset = KN_ARG(1))->node,
     "SELECT id, name FROM roles LIMIT ? OFFSET ?", NULL, "A0:BigInteger~4 A1:BigInteger~4", NULL},
    {"offset alone", &KN_QUERY(KN_FROM(Role), .offset = KN_INT(5))->node, "SELECT id, name FROM roles OFFSET ?",
     "SELECT id, name FROM roles LIMIT -1 OFFSET ?", "V0:BigInteger~4", NULL},
    {"all rows is no condition", &KN_QUERY(KN_FROM(Role), .where = KN_ALL_ROWS)->node, "SELECT id, name FROM roles",
     NULL, "", NULL},
    {"a condition that is left out", &KN_QUERY(KN_FROM(Role), .where = &kn_absent_)->node, "SELECT id, name FROM roles",
     NULL, "", NULL},
    {"all conditions left out", &KN_QUERY(KN_FROM(Role), .where = KN_AND(&kn_absent_, KN_AND(&kn_absent_)))->node,
     "SELECT id, name FROM roles", NULL, "", NULL},

    {"one condition of several is left", WHERE(KN_AND(&kn_absent_, KN_EQ(T(id), KN_INT(1)), &kn_absent_)),
     FROM_TRACK "id = ?", NULL, "V0:BigInteger", NULL},
    {"OR of nothing is false", WHERE(KN_OR(&kn_absent_)), FROM_TRACK "1 = 0", NULL, "", NULL},
    {"AND of nothing is true, within", WHERE(KN_NOT(KN_AND(&kn_absent_))), FROM_TRACK "NOT 1 = 1", NULL, "", NULL},
    {"parentheses: OR in AND", WHERE(KN_AND(KN_OR(KN_EQ(T(id), KN_INT(1)), KN_EQ(T(id), KN_INT(2))), T(live))),
     FROM_TRACK "(id = ? OR id = ?) AND live", NULL, "V0:BigInteger V1:BigInteger", NULL},
    {"parentheses: AND in OR", WHERE(KN_OR(KN_AND(T(live), KN_NOT(T(live))), T(live))),
     FROM_TRACK "live AND NOT live OR live", NULL, "", NULL},
    {"parentheses: NOT of AND", WHERE(KN_NOT(KN_AND(T(live), T(live)))), FROM_TRACK "NOT (live AND live)", NULL, "",
     NULL},
    {"parentheses: NOT of NOT", WHERE(KN_NOT(KN_NOT(T(live)))), FROM_TRACK "NOT (NOT live)", NULL, "", NULL},
    {"an OR of one is its operand", WHERE(KN_AND(T(live), KN_OR(KN_AND(T(live), KN_OR(T(live), T(live)))))),
     FROM_TRACK "live AND live AND (live OR live)", NULL, "", NULL},
    {"comparisons do not associate", WHERE(KN_EQ(KN_EQ(T(id), KN_INT(1)), KN_BOOL(true))), FROM_TRACK "(id = ?) = ?",
     NULL, "V0:BigInteger V1:Boolean", NULL},
    {"a Boolean column alone", WHERE(T(live)), FROM_TRACK "live", NULL, "", NULL},
    {"a Boolean argument alone", WHERE(KN_ARG(0)), FROM_TRACK "?", NULL, "A0:Boolean", NULL},
    {"raw SQL passes through", WHERE(KN_RAW("length(title) > 3")), FROM_TRACK "length(title) > 3", NULL, "", NULL},
    {"raw SQL beside others", WHERE(KN_AND(KN_RAW("id > 3 OR id < 1"), T(live))),
     FROM_TRACK "(id > 3 OR id < 1) AND live", NULL, "", NULL},

    {"IS NULL", WHERE(KN_AND(KN_IS_NULL(T(title)), KN_IS_NOT_NULL(T(live)))),
     FROM_TRACK "title IS NULL AND live IS NOT NULL", NULL, "", NULL},
    {"IS NULL of a comparison", WHERE(KN_IS_NULL(KN_EQ(T(id), KN_INT(1)))), FROM_TRACK "(id = ?) IS NULL", NULL,
     "V0:BigInteger", NULL},
    {"between", WHERE(KN_BETWEEN(T(id), KN_INT(1), KN_ARG(0))), FROM_TRACK "id BETWEEN ? AND ?", NULL,
     "V0:BigInteger A0:BigInteger", NULL},
    {"a text of any length may be looked for", WHERE(KN_EQ(T(title), KN_ARG(0))), FROM_TRACK "title = ?", NULL,
     "A0:Text", NULL},
    {"integers of any width compare", WHERE(KN_NE(T(side), T(disc))), FROM_TRACK "side <> disc", NULL, "", NULL},
    {"an integer literal for a Float", WHERE(KN_GT(T(length), KN_INT(3))), FROM_TRACK "length > ?", NULL, "V0:Float",
     NULL},
    {"an integer with a Numeric", WHERE(KN_GE(T(price), T(id))), FROM_TRACK "price >= id", NULL, "", NULL},
    {"a decimal literal takes the column's type", WHERE(KN_LE(T(price), KN_DEC(1250, -2))), FROM_TRACK "price <= ?",
     FROM_TRACK "price <= ?", "V0:Numeric(10, 2)", NULL},
    {"a wide Numeric compares in its stored form", WHERE(KN_EQ(T(worth), KN_ARG(0))), FROM_TRACK "worth = ?", NULL,
     "A0:Numeric(30, 4)", NULL},
    {"the first operand may be the literal", WHERE(KN_LT(KN_ARG(0), T(released))), FROM_TRACK "? < released", NULL,
     "A0:Date", NULL},
    {"now takes the type beside it", WHERE(KN_LT(T(added), KN_NOW)), FROM_TRACK "added < CURRENT_TIMESTAMP",
     FROM_TRACK "added < strftime('%Y-%m-%d %H:%M:%f000', 'now')", "", NULL},
    {"two arguments of unknown type", WHERE(KN_EQ(KN_ARG(0), KN_ARG(1, KN_DATE))), FROM_TRACK "? = ?", NULL,
     "A0:Date A1:Date", NULL},

    {"an argument beside raw SQL", WHERE(KN_EQ(KN_RAW("lower(title)"), KN_ARG(0))), FROM_TRACK "(lower(title)) = ?",
     NULL, "A0:?", NULL},
    {"an enum beside raw SQL",
     &KN_QUERY(KN_FROM(User), .columns = KN_LIST(KN_COL(User, id)),
               .where = KN_LT(KN_RAW("last_mood"), KN_COL(User, mood)))
          ->node,
     "SELECT id FROM users WHERE (last_mood) < mood",
     "SELECT id FROM users WHERE CASE (last_mood) WHEN 'calm' THEN 1 WHEN 'loud' THEN 2 END < CASE mood WHEN 'calm' "
     "THEN 1 WHEN"
     " 'loud' THEN 2 END",
     "", NULL},
    {"like", WHERE(KN_LIKE(T(title), KN_TEXT("a%"))), FROM_TRACK "title LIKE ? ESCAPE '\\'", FROM_TRACK "title GLOB ?",
     "V0:Text", "V0:Text~5"},
    {"ilike", WHERE(KN_ILIKE(T(title), KN_ARG(0))), FROM_TRACK "lower(title) LIKE lower(?) ESCAPE '\\'",
     FROM_TRACK "title LIKE ? ESCAPE '\\'", "A0:Text", NULL},
    {"contains", WHERE(KN_CONTAINS(T(title), KN_ARG(0))), FROM_TRACK "title LIKE ? ESCAPE '\\'",
     FROM_TRACK "instr(title, ?) > 0", "A0:Text~1", "A0:Text"},
    {"starts with", WHERE(KN_STARTS_WITH(T(title), KN_TEXT("a"))), FROM_TRACK "title LIKE ? ESCAPE '\\'",
     FROM_TRACK "title GLOB ?", "V0:Text~2", "V0:Text~6"},
    {"ends with", WHERE(KN_ENDS_WITH(T(title), KN_TEXT("a"))), FROM_TRACK "title LIKE ? ESCAPE '\\'",
     FROM_TRACK "title GLOB ?", "V0:Text~3", "V0:Text~7"},
    {"contains a column", WHERE(KN_CONTAINS(T(title), T(album))), FROM_TRACK "position(\"order\" IN title) > 0",
     FROM_TRACK "instr(title, \"order\") > 0", "", NULL},
    {"starts with a column", WHERE(KN_STARTS_WITH(T(title), T(album))),
     FROM_TRACK "substring(title FROM 1 FOR char_length(\"order\")) = \"order\"",
     FROM_TRACK "substr(title, 1, length(\"order\")) = \"order\"", "", NULL},
    {"ends with a column", WHERE(KN_ENDS_WITH(T(title), T(album))),
     FROM_TRACK "substring(title FROM char_length(title) - char_length(\"order\") + 1) = \"order\"",
     FROM_TRACK "substr(title, length(title) - length(\"order\") + 1) = \"order\"", "", NULL},
    {"like of a concatenation", WHERE(KN_ILIKE(KN_CONCAT(T(title), T(album)), KN_ARG(0))),
     FROM_TRACK "lower(title || \"order\") LIKE lower(?) ESCAPE '\\'",
     FROM_TRACK "title || \"order\" LIKE ? ESCAPE '\\'", "A0:Text", NULL},

    {"in, one", WHERE(KN_IN(T(id), KN_INT(7))), FROM_TRACK "id IN (?)", NULL, "V0:BigInteger", NULL},
    {"in, three are padded to four", WHERE(KN_IN(T(id), KN_INT(7), KN_INT(8), KN_INT(9))),
     FROM_TRACK "id IN (?, ?, ?, ?)", NULL, "V0:BigInteger V1:BigInteger V2:BigInteger V3:BigInteger", NULL},
    {"in, one of two is left out", WHERE(KN_IN(T(id), &kn_absent_, KN_INT(8))), FROM_TRACK "id IN (?)", NULL,
     "V0:BigInteger", NULL},
    {"in, arguments are as many as they are", WHERE(KN_IN(T(id), KN_ARG(0), KN_ARG(1), KN_ARG(2))),
     FROM_TRACK "id IN (?, ?, ?)", NULL, "A0:BigInteger A1:BigInteger A2:BigInteger", NULL},
    {"in nothing is false", WHERE(KN_IN(T(id), &kn_absent_)), FROM_TRACK "1 = 0", NULL, "", NULL},
    {"not in nothing is true", WHERE(KN_NOT_IN(T(id), &kn_absent_)), FROM_TRACK "1 = 1", NULL, "", NULL},
    {"not in", WHERE(KN_NOT_IN(KN_LOWER(T(title)), KN_TEXT("a"), KN_TEXT("b"))),
     FROM_TRACK "lower(title) NOT IN (?, ?)", NULL, "V0:Text V1:Text", NULL},
    {"in, of narrow decimals", WHERE(KN_IN(T(price), KN_DEC(1, 0), KN_INT(2))), FROM_TRACK "price IN (?, ?)",
     FROM_TRACK "price IN (?, ?)", "V0:Numeric(10, 2) V1:Numeric(10, 2)", NULL},

    {"integer arithmetic", SHOW(KN_ADD(T(id), KN_MUL(T(disc), KN_INT(2)))), SHOWN("id + disc * ?"),
     SHOWN(GUARD("id + disc * ?")), "V0:BigInteger", "V0:BigInteger V0:BigInteger"},
    {"parentheses: subtraction", SHOW(KN_SUB(T(length), KN_SUB(T(length), T(length)))),
     SHOWN("length - (length - length)"), NULL, "", NULL},
    {"parentheses: product of sums", SHOW(KN_MUL(KN_ADD(T(length), T(length)), KN_NEG(KN_NEG(T(length))))),
     SHOWN("(length + length) * -(-length)"), SHOWN("(length + length) * -(-(length))"), "", NULL},
    {"division", SHOW(KN_DIV(T(id), T(disc)), KN_MOD(T(id), KN_INT(3))),
     SHOWN("id / nullif(disc, 0), id % nullif(?, 0)"), SHOWN(GUARD("id / disc") ", " GUARD("id % ?")), "V0:BigInteger",
     "V0:BigInteger V0:BigInteger"},
    {"division in a product", SHOW(KN_MUL(T(length), KN_DIV(T(length), T(length)))),
     SHOWN("length * (length / nullif(length, 0))"), SHOWN("length * (length / length)"), "", NULL},
    {"a float literal beside integers", SHOW(KN_MUL(T(id), KN_DOUBLE(0.5))), SHOWN("id * ?"), NULL, "V0:Float", NULL},
    {"concatenation", SHOW(KN_CONCAT(T(title), KN_TEXT("-"), KN_LOWER(T(album)))),
     SHOWN("title || ? || lower(\"order\")"), NULL, "V0:Text", NULL},
    {"functions", SHOW(KN_UPPER(T(title)), KN_LENGTH(T(title)), KN_LENGTH(T(cover)), KN_ABS(T(length))),
     SHOWN("upper(title), char_length(title), octet_length(cover), abs(length)"),
     SHOWN("upper(title), length(title), length(cover), abs(length)"), "", NULL},
    {"coalesce", SHOW(KN_COALESCE(T(title), T(album), KN_TEXT(""))), SHOWN("coalesce(title, \"order\", ?)"), NULL,
     "V0:Text", NULL},
    {"aggregates", SHOW(KN_COUNT_ROWS, KN_COUNT(T(title)), KN_MIN(T(released)), KN_MAX(T(worth)), KN_SUM(T(id))),
     SHOWN("count(*), count(title), min(released), max(worth), sum(id)"), NULL, "", NULL},
    {"an argument twice", WHERE(KN_OR(KN_EQ(T(id), KN_ARG(0)), KN_EQ(T(disc), KN_ARG(0)))),
     FROM_TRACK "id = ? OR disc = ?", NULL, "A0:BigInteger A0:BigInteger", NULL},
};

static int set_up(void **state)
{
    return render_set_up(state, tables);
}

static void test_render_select__renders_each_statement_for_each_dialect(void **state)
{
    const render_fixture *f = *state;
    must_render_rows(f, &f->on_ansi, rows, KN_COUNT_OF(rows));
}

static const kn_model other_model = {.size_ = sizeof(kn_model)};
static kn_status give(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context, (void)arena, (void)error;
    *out = kn_int(1);
    return KN_OK;
}

static const kn_enum other_enum = KN_ENUM_TYPE("other", KN_LABEL(MOOD_CALM, "calm"));

/* What no dialect may render. */
static const render_refusal refusals[] = {
    {"a NULL literal", WHERE(KN_EQ(T(id), KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_NULL}))), KN_INVALID,
     "KN_IS_NULL"},
    {"a NULL literal in a list",
     WHERE(KN_IN(T(id), KN_INT(1), KN_NODE_(KN_NODE_VALUE, .value = {.kind = KN_KIND_NULL}))), KN_INVALID,
     "KN_IS_NULL"},
    {"a value of no kind", WHERE(KN_EQ(T(id), KN_NODE_(KN_NODE_VALUE, .index = 0))), KN_INVALID, "no kind"},
    {"a NULL operand", WHERE(KN_EQ(T(id), NULL)), KN_INVALID, "operand 2 of = is NULL"},
    {"a NULL operand of AND", WHERE(KN_AND(T(live), NULL)), KN_INVALID, "operand 2 of AND is NULL"},
    {"a NULL column", SHOW(T(id), NULL), KN_INVALID, "column 2"},
    {"no columns", SHOW(&kn_absent_), KN_INVALID, "no columns"},
    {"an operand left out", WHERE(KN_EQ(T(id), &kn_absent_)), KN_INVALID, "KN_WHEN"},
    {"all rows within a condition", WHERE(KN_AND(T(live), KN_ALL_ROWS)), KN_INVALID, "KN_ALL_ROWS"},
    {"a function as a value", WHERE(KN_EQ(T(id), KN_CALL(give, NULL))), KN_INVALID, "KN_CALL"},
    {"a column of another table", WHERE(KN_EQ(T(id), KN_COL(Role, id))), KN_INVALID, "roles.id"},
    {"a column that is not there", WHERE(KN_EQ(KN_COL_NAMED(&Track_model, "nope"), KN_INT(1))), KN_INVALID, "nope"},
    {"an offset of no column", WHERE(KN_EQ(KN_NODE_(KN_NODE_COLUMN, .model = &Track_model, .offset = 9999), KN_INT(1))),
     KN_INVALID, "9999"},
    {"no table", &KN_QUERY(.from = NULL)->node, KN_INVALID, "no table"},
    {"a table without columns", &KN_QUERY(.from = &other_model)->node, KN_INVALID, "no table"},
    {"types: column and column", WHERE(KN_EQ(T(id), T(title))), KN_TYPE_MISMATCH, "Track.title (String(100))"},
    {"types: column and value", WHERE(KN_EQ(T(id), KN_TEXT("1"))), KN_TYPE_MISMATCH, "Track.id (BigInteger)"},
    {"types: Float and Numeric", WHERE(KN_EQ(T(length), T(price))), KN_TYPE_MISMATCH, "Track.length (Float)"},
    {"types: Float and Integer columns", WHERE(KN_EQ(T(length), T(id))), KN_TYPE_MISMATCH, ""},
    {"types: a float literal for an Integer", WHERE(KN_EQ(T(id), KN_DOUBLE(1))), KN_TYPE_MISMATCH, ""},
    {"types: Date and DateTime", WHERE(KN_EQ(T(released), T(added))), KN_TYPE_MISMATCH, ""},
    {"types: DateTime with and without zone", WHERE(KN_EQ(T(played), T(added))), KN_TYPE_MISMATCH, ""},
    {"types: now and a Date", WHERE(KN_EQ(T(released), KN_NOW)), KN_TYPE_MISMATCH, ""},
    {"types: an Enum and a text column",
     &KN_QUERY(KN_FROM(User), .where = KN_EQ(KN_COL(User, mood), KN_COL(User, username)))->node, KN_TYPE_MISMATCH, ""},
    {"types: an Enum and another",
     &KN_QUERY(KN_FROM(User), .where = KN_EQ(KN_COL(User, mood), KN_ARG(0, KN_ENUM(other_enum))))->node,
     KN_TYPE_MISMATCH, ""},
    {"types: pickles", &KN_QUERY(KN_FROM(User), .where = KN_EQ(KN_COL(User, prefs), KN_ARG(0)))->node, KN_TYPE_MISMATCH,
     ""},
    {"types: in a list", WHERE(KN_IN(T(id), KN_INT(1), KN_TEXT("2"))), KN_TYPE_MISMATCH, ""},
    {"types: a condition that is a number", WHERE(T(id)), KN_TYPE_MISMATCH, "no condition"},
    {"types: a condition that is a text", WHERE(KN_AND(T(live), KN_TEXT("x"))), KN_TYPE_MISMATCH, ""},
    {"types: LIKE of a number", WHERE(KN_LIKE(T(id), KN_TEXT("1%"))), KN_TYPE_MISMATCH, "LIKE takes text"},
    {"types: sum of texts", SHOW(KN_ADD(T(title), T(title))), KN_TYPE_MISMATCH, ""},
    {"types: concatenating a number", SHOW(KN_CONCAT(T(title), T(id))), KN_TYPE_MISMATCH, ""},
    {"types: remainder of floats", SHOW(KN_MOD(T(length), T(length))), KN_UNSUPPORTED, "every backend"},
    {"types: the least Boolean", SHOW(KN_MIN(T(live))), KN_TYPE_MISMATCH, ""},
    {"types: the sum of dates", SHOW(KN_SUM(T(released))), KN_TYPE_MISMATCH, ""},
    {"IS NULL of a literal", WHERE(KN_IS_NULL(KN_INT(1))), KN_INVALID, "IS NULL"},
    {"two arguments of no known type", WHERE(KN_EQ(KN_ARG(0), KN_ARG(1))), KN_INVALID, "KN_ARG(0, TYPE)"},
    {"arithmetic of arguments only", WHERE(KN_EQ(T(price), KN_ADD(KN_ARG(0), KN_ARG(1)))), KN_INVALID,
     "KN_ARG(0, TYPE)"},
    {"an argument alone", SHOW(KN_ARG(3)), KN_INVALID, "argument 3"},
    {"aggregates in a condition", WHERE(KN_GT(KN_COUNT_ROWS, KN_INT(1))), KN_INVALID, "count"},
    {"aggregates of aggregates", SHOW(KN_MAX(KN_COUNT_ROWS)), KN_INVALID, "another aggregate"},
    {"aggregates beside columns", SHOW(T(id), KN_COUNT_ROWS), KN_INVALID, "single rows"},
    {"order_by beside aggregates",
     &KN_QUERY(KN_FROM(Track), .columns = KN_LIST(KN_COUNT_ROWS), .order_by = KN_LIST(T(id)))->node, KN_INVALID,
     "order_by"},
    {"distinct ordered by what is not selected",
     &KN_QUERY(KN_FROM(Track), .columns = KN_LIST(T(title)), .distinct = 1, .order_by = KN_LIST(T(id)))->node,
     KN_INVALID, "distinct"},
    {"distinct ordered by a computation with a value",
     &KN_QUERY(KN_FROM(Track), .columns = KN_LIST(KN_ADD(T(id), KN_INT(1))), .distinct = 1,
               .order_by = KN_LIST(KN_ADD(T(id), KN_INT(1))))
          ->node,
     KN_INVALID, "distinct"},
    {"an order within a condition", WHERE(KN_EQ(KN_ASC(T(id)), KN_INT(1))), KN_INVALID, "ASC"},
    {"an order by a value", &KN_QUERY(KN_FROM(Track), .order_by = KN_LIST(KN_INT(1)))->node, KN_INVALID,
     "orders nothing"},
    {"an assignment as a condition", WHERE(KN_ASSIGN(T(live), KN_BOOL(true))), KN_INVALID, "ASSIGN"},
    {"a limit that is a column", &KN_QUERY(KN_FROM(Track), .limit = T(id))->node, KN_INVALID, "limit"},
    {"a limit that is a text", &KN_QUERY(KN_FROM(Track), .limit = KN_TEXT("1"))->node, KN_INVALID, "limit"},
    {"an operator that is not there", WHERE(KN_OP_(33, T(id), T(id))), KN_INVALID, "33"},
    {"an operator without operands", WHERE(KN_NODE_(KN_NODE_OP, .op = KN_OP_EQ)), KN_INVALID, "without operands"},
    {"three operands for =", WHERE(KN_OP_(KN_OP_EQ, T(id), T(id), T(id))), KN_INVALID, "3 operands"},
    {"a node kind that is not there", WHERE(KN_NODE_(19, .op = 1)), KN_INVALID, "19"},
};

static void test_render_select__refuses_with_a_reason(void **state)
{
    const render_fixture *f = *state;
    must_refuse_rows(f, &f->on_ansi, refusals, KN_COUNT_OF(refusals));
}

/* What SQLite cannot do exactly, while others may. */
static const render_refusal on_sqlite[] = {
    {"decimal arithmetic", SHOW(KN_ADD(T(price), KN_INT(1))), KN_UNSUPPORTED, "Numeric"},
    {"the absolute value of a decimal", SHOW(KN_ABS(T(price))), KN_UNSUPPORTED, "Numeric"},
    {"negating a decimal", SHOW(KN_NEG(T(worth))), KN_UNSUPPORTED, "Numeric"},
    {"wide and narrow", WHERE(KN_EQ(T(worth), T(price))), KN_UNSUPPORTED, "15 digits"},
    {"wide and integer", WHERE(KN_LT(T(worth), T(id))), KN_UNSUPPORTED, "15 digits"},
    {"wide among others", SHOW(KN_COALESCE(T(worth), T(price))), KN_UNSUPPORTED, "15 digits"},
    {"a pattern that is a column", WHERE(KN_LIKE(T(title), T(album))), KN_UNSUPPORTED, "LIKE"},
    {"the least Enum", &KN_QUERY(KN_FROM(User), .columns = KN_LIST(KN_MIN(KN_COL(User, mood))))->node, KN_UNSUPPORTED,
     "Enum"},
};

/* By the driver's function, with the type of the operand and the digits of the sum: 19 more. */
static void test_render_select__sums_decimals_exactly_on_sqlite(void **state)
{
    const render_fixture *f = *state;
    const kn_node *both = SHOW(KN_SUM(T(price)), KN_SUM(T(worth)));
    must_render(f, &f->on_ansi, "sums", both, NULL, NULL, KN_UNSUPPORTED, "Numeric");
    must_render(f, &f->on_all, "sums", both, SHOWN("sum(price), sum(worth)"), "", KN_OK, NULL);
    must_render(f, &f->on_sqlite, "sums", both, SHOWN("kn_sum(price, 10, 2, 29), kn_sum(worth, 30, 4, 49)"), "", KN_OK,
                NULL);
}

static void test_render_select__refuses_on_sqlite_what_would_not_be_exact(void **state)
{
    const render_fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(on_sqlite); i++) {
        const render_refusal *r = &on_sqlite[i];
        must_render(f, &f->on_all, r->name, r->statement, NULL, NULL, KN_OK, NULL);
        must_render(f, &f->on_sqlite, r->name, r->statement, NULL, NULL, r->status, r->says);
    }
}

/* Comparing decimals of up to 15 digits is exact whatever their precision. */
static void test_render_select__compares_narrow_decimals_of_different_scales(void **state)
{
    const render_fixture *f = *state;
    must_render(f, &f->on_sqlite, "narrow decimals", WHERE(KN_EQ(T(price), KN_ARG(0, KN_NUMERIC(15, 5)))),
                FROM_TRACK "price = ?", "A0:Numeric(15, 5)", KN_OK, NULL);
}

static void test_render_select__numbers_dollar_placeholders(void **state)
{
    static const kn_dialect dollars = {KN_DIALECT_INIT, .name = "dollars", .placeholder = KN_PLACEHOLDER_DOLLAR};
    const render_fixture *f = *state;
    kn__dialect dialect;
    kn__target target;
    assert_int_equal(kn__dialect_flatten(&dollars, kn__dialect_ansi(), &dialect, NULL), KN_OK);
    kn__target_init(&target, &dialect, NULL, 0);
    must_render(f, &target, "dollars", WHERE(KN_BETWEEN(T(id), KN_ARG(1), KN_ARG(0))),
                FROM_TRACK "id BETWEEN $1 AND $2", "A1:BigInteger A0:BigInteger", KN_OK, NULL);
}

static void test_render_select__describes_the_result(void **state)
{
    const render_fixture *f = *state;
    kn__compiled *c = NULL;
    assert_int_equal(kn__compile(&f->on_ansi, SHOW(T(album), KN_LENGTH(T(title)), KN_RAW("1")), NULL, &c, NULL), KN_OK);
    assert_int_equal(c->n_columns, 3);
    assert_string_equal(c->columns[0].name, "order");
    assert_int_equal(c->columns[0].model_column, 2);
    assert_int_equal(c->columns[0].type.id, KN_TYPE_TEXT);
    assert_string_equal(c->columns[1].name, "length");
    assert_int_equal(c->columns[1].model_column, SIZE_MAX);
    assert_int_equal(c->columns[1].type.id, KN_TYPE_BIG_INTEGER);
    assert_int_equal(c->columns[2].type.id, KN_TYPE_NONE);
    kn__compiled_free(c);
    assert_int_equal(kn__compile(&f->on_ansi, &KN_QUERY(KN_FROM(Track))->node, NULL, &c, NULL), KN_OK);
    assert_int_equal(c->n_columns, Track_model.n_columns);
    for (size_t i = 0; i < c->n_columns; i++)
        assert_int_equal(c->columns[i].model_column, i);
    kn__compiled_free(c);
}

static void test_render_select__bounds_depth_parameters_and_text(void **state)
{
    const render_fixture *f = *state;
    kn_arena arena = {0};
    const kn_expr *e = kn_expr_value(&arena, kn_bool(true));
    static kn_expr chain[300];
    for (size_t i = 0; i < 300; i++) { /* by hand: the builders refuse such a depth themselves */
        static const kn_expr *lists[300][2];
        lists[i][0] = i ? &chain[i - 1] : e;
        lists[i][1] = KN_END;
        chain[i] = (kn_expr){.node = {.kind = KN_NODE_OP, .size = sizeof(kn_expr)}, .op = KN_OP_NOT, .args = lists[i]};
    }
    must_render(f, &f->on_ansi, "deep", WHERE(&chain[299]), NULL, NULL, KN_LIMIT, "200");
    must_render(f, &f->on_ansi, "nearly as deep", WHERE(&chain[150]), NULL, NULL, KN_OK, NULL);
    kn_arena_finish(&arena);

    static const kn_dialect small = {KN_DIALECT_INIT, .name = "small", .limits = {.parameters_max = 2, .sql_max = 60}};
    kn__dialect dialect;
    kn__target target;
    assert_int_equal(kn__dialect_flatten(&small, kn__dialect_ansi(), &dialect, NULL), KN_OK);
    kn__target_init(&target, &dialect, NULL, 0);
    must_render(f, &target, "parameters", WHERE(KN_IN(T(id), KN_ARG(0), KN_ARG(1), KN_ARG(2))), NULL, NULL, KN_LIMIT,
                "more than 2 parameters");
    must_render(f, &target, "text", WHERE(KN_RAW("title <> '123456789012345678901234567890'")), NULL, NULL, KN_LIMIT,
                "60");
}

static kn_status compile_tour(const kn_allocator *allocator, void *context)
{
    kn_error error = {0};
    const render_fixture *f = context;
    kn__compiled *compiled = NULL;
    kn_status status = kn__compile(&f->on_sqlite, rows[1].statement, allocator, &compiled, &error);
    assert_int_equal(error.status, status);
    kn__compiled_free(compiled);
    return status;
}

static void test_render_select__survives_every_allocation_failure(void **state)
{
    assert_true(each_allocation_failure(compile_tour, *state) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render_select__renders_each_statement_for_each_dialect),
        cmocka_unit_test(test_render_select__refuses_with_a_reason),
        cmocka_unit_test(test_render_select__refuses_on_sqlite_what_would_not_be_exact),
        cmocka_unit_test(test_render_select__sums_decimals_exactly_on_sqlite),
        cmocka_unit_test(test_render_select__compares_narrow_decimals_of_different_scales),
        cmocka_unit_test(test_render_select__numbers_dollar_placeholders),
        cmocka_unit_test(test_render_select__describes_the_result),
        cmocka_unit_test(test_render_select__bounds_depth_parameters_and_text),
        cmocka_unit_test(test_render_select__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests_name("render select", tests, set_up, render_tear_down);
}
