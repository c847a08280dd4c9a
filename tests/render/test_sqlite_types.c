/* SPDX-License-Identifier: MIT */
/* The sqlite dialect's encoders and decoders, with and without SQLite between them. */
#include "support/render.h"

#include <koine/koine.h>

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(1, "calm"), KN_LABEL(2, "gr\xc3\xbc\xc3\x9f"));

typedef struct fixture {
    render_fixture render;
    kn_arena arena;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    render_fixture_begin(&f.render, NULL);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    kn_arena_finish(&f->arena);
    render_fixture_end(&f->render);
    return 0;
}

static kn_status encode(fixture *f, const kn_type *type, kn_value value, kn_value *out)
{
    const kn_type_rule *rule = &f->render.sqlite.types[type->id];
    kn_status status = kn_value_check(type, &value, &f->arena, NULL);
    *out = value;
    return status == KN_OK && rule->encode ? rule->encode(type, &value, &f->arena, out, NULL) : status;
}

/* As the core reads a cell: of the canonical kind it is checked, else decoded. */
static kn_status decode(fixture *f, const kn_type *type, const kn_value *cell, kn_value *out, kn_error *error)
{
    const kn_type_rule *rule = &f->render.sqlite.types[type->id];
    memset(out, 0, sizeof(*out));
    if (rule->storage == kn_type_kind((kn_type_id)type->id) && cell->kind == rule->storage) {
        *out = *cell;
        return kn_value_check(type, out, &f->arena, error);
    }
    if (!rule->decode)
        return kn_error_set(error, KN_TYPE_MISMATCH, "stored as another kind");
    return rule->decode(type, cell, &f->arena, out, error);
}

static kn_decimal decimal(fixture *f, const char *text)
{
    kn_decimal d;
    assert_int_equal(kn_decimal_parse(kn_text_of(text), &f->arena, &d, NULL), KN_OK);
    return d;
}

/* A value through a column of its type in a real table. */
static void store_and_read(fixture *f, const kn_type *type, const kn_value *stored, kn_value *out)
{
    sqlite3 *db = f->render.db;
    sqlite3_stmt *s = NULL;
    kn__buffer ddl;
    const kn_column column = {.name = "v", .type = *type};
    const kn_ddl_column node = {.node = {KN_NODE_COLUMN_DEF, sizeof(kn_ddl_column), 0},
                                .column = &column,
                                .name = "v",
                                .type = type,
                                .nullable = true};
    kn__buffer_init(&ddl, NULL, 4096);
    kn__buffer_string(&ddl, "DROP TABLE IF EXISTS t; CREATE TABLE t (");
    assert_int_equal(kn__render_ddl(&f->render.on_sqlite, &node.node, &ddl, NULL), KN_OK);
    kn__buffer_string(&ddl, ")");
    assert_int_equal(sqlite3_exec(db, kn__buffer_string_of(&ddl), NULL, NULL, NULL), SQLITE_OK);
    kn__buffer_finish(&ddl);
    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?) RETURNING v", -1, &s, NULL), SQLITE_OK);
    switch (stored->kind) {
    case KN_KIND_INT:
        sqlite3_bind_int64(s, 1, stored->as.i);
        break;
    case KN_KIND_FLOAT:
        sqlite3_bind_double(s, 1, stored->as.d);
        break;
    case KN_KIND_TEXT:
        sqlite3_bind_text(s, 1, stored->as.text.data, (int)stored->as.text.size, SQLITE_TRANSIENT);
        break;
    default:
        assert_int_equal(stored->kind, KN_KIND_BYTES);
        sqlite3_bind_blob(s, 1, stored->as.bytes.data, (int)stored->as.bytes.size, SQLITE_TRANSIENT);
        break;
    }
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int size = sqlite3_column_bytes(s, 0);
    switch (sqlite3_column_type(s, 0)) {
    case SQLITE_INTEGER:
        *out = kn_int(sqlite3_column_int64(s, 0));
        break;
    case SQLITE_FLOAT:
        *out = kn_float(sqlite3_column_double(s, 0));
        break;
    case SQLITE_TEXT:
        *out = kn_textn(kn_arena_copy(&f->arena, sqlite3_column_text(s, 0), (size_t)size), (size_t)size);
        break;
    default:
        *out = kn_blob(kn_arena_copy(&f->arena, size ? sqlite3_column_blob(s, 0) : "", (size_t)size), (size_t)size);
        break;
    }
    sqlite3_finalize(s);
}

typedef struct trip {
    kn_type type;
    kn_value value;
    const char *numeric; /* of a decimal, instead of `value` */
    const char *stored;  /* as text; NULL: not looked at */
} trip;

#define US(d, h, m, s, us) ((((((d)*INT64_C(24) + (h)) * 60 + (m)) * 60) + (s)) * 1000000 + (us))
#define VALUE(kind_, member, ...)                                                                                      \
    {                                                                                                                  \
        .kind = KN_KIND_##kind_, .as = {.member = __VA_ARGS__ }                                                        \
    }
#define TEXT_VALUE(s) VALUE(TEXT, text, {.data = (s), .size = sizeof(s) - 1})
#define D(p, s, number, stored_)                                                                                       \
    {                                                                                                                  \
        {KN_INIT_KN_NUMERIC(p, s)}, {0}, (number), (stored_)                                                           \
    }

static const trip trips[] = {
    {{KN_INIT_KN_SMALL_INTEGER}, VALUE(INT, i, INT16_MIN), NULL, NULL},
    {{KN_INIT_KN_SMALL_INTEGER}, VALUE(INT, i, INT16_MAX), NULL, NULL},
    {{KN_INIT_KN_INTEGER}, VALUE(INT, i, INT32_MIN), NULL, NULL},
    {{KN_INIT_KN_INTEGER}, VALUE(INT, i, INT32_MAX), NULL, NULL},
    {{KN_INIT_KN_BIG_INTEGER}, VALUE(INT, i, INT64_MIN), NULL, NULL},
    {{KN_INIT_KN_BIG_INTEGER}, VALUE(INT, i, INT64_MAX), NULL, NULL},
    {{KN_INIT_KN_BOOLEAN}, VALUE(BOOL, b, true), NULL, NULL},
    {{KN_INIT_KN_BOOLEAN}, VALUE(BOOL, b, false), NULL, NULL},
    {{KN_INIT_KN_FLOAT}, VALUE(FLOAT, d, 0.1), NULL, NULL},
    {{KN_INIT_KN_FLOAT}, VALUE(FLOAT, d, 9007199254740993.0), NULL, NULL},
    {{KN_INIT_KN_FLOAT}, VALUE(FLOAT, d, -1.7976931348623157e308), NULL, NULL},
    {{KN_INIT_KN_FLOAT}, VALUE(FLOAT, d, 4.9406564584124654e-324), NULL, NULL},
    {{KN_INIT_KN_FLOAT}, VALUE(FLOAT, d, 3), NULL, NULL},
    {{KN_INIT_KN_STRING(4)}, TEXT_VALUE("gr\xc3\xbc\xc3\x9f"), NULL, "gr\xc3\xbc\xc3\x9f"},
    {{KN_INIT_KN_STRING(4)}, TEXT_VALUE("0123"), NULL, "0123"},
    {{KN_INIT_KN_TEXT}, TEXT_VALUE(""), NULL, ""},
    {{KN_INIT_KN_TEXT}, TEXT_VALUE("1e5 "), NULL, "1e5 "},
    {{KN_INIT_KN_LARGE_BINARY}, VALUE(BYTES, bytes, {.data = "\0\xff", .size = 2}), NULL, NULL},
    {{KN_INIT_KN_LARGE_BINARY}, VALUE(BYTES, bytes, {.data = "", .size = 0}), NULL, NULL},
    {{KN_INIT_KN_DATE}, VALUE(DATE, date, {KN_DATE_MIN}), NULL, "0001-01-01"},
    {{KN_INIT_KN_DATE}, VALUE(DATE, date, {KN_DATE_MAX}), NULL, "9999-12-31"},
    {{KN_INIT_KN_TIME}, VALUE(TIME, time, {US(0, 0, 0, 0, 0)}), NULL, "00:00:00.000000"},
    {{KN_INIT_KN_TIME}, VALUE(TIME, time, {US(0, 23, 59, 59, 999999)}), NULL, "23:59:59.999999"},
    {{KN_INIT_KN_DATETIME}, VALUE(DATETIME, datetime, {KN_DATETIME_MIN}), NULL, "0001-01-01 00:00:00.000000"},
    {{KN_INIT_KN_DATETIME}, VALUE(DATETIME, datetime, {KN_DATETIME_MAX}), NULL, "9999-12-31 23:59:59.999999"},
    {{KN_INIT_KN_DATETIME}, VALUE(DATETIME, datetime, {US(1, 2, 3, 4, 5)}), NULL, "1970-01-02 02:03:04.000005"},
    {{KN_INIT_KN_DATETIME_TZ}, VALUE(INSTANT, instant, {-1}), NULL, "1969-12-31 23:59:59.999999"},
    /* sqlalchemy.md 1.2 */
    {{KN_INIT_KN_INTERVAL}, VALUE(INTERVAL, interval, {US(1, 2, 0, 3, 4)}), NULL, "1970-01-02 02:00:03.000004"},
    {{KN_INIT_KN_INTERVAL}, VALUE(INTERVAL, interval, {US(-1, 0, 0, 0, 0)}), NULL, "1969-12-31 00:00:00.000000"},
    {{KN_INIT_KN_ENUM(mood)}, TEXT_VALUE("gr\xc3\xbc\xc3\x9f"), NULL, NULL},
    {{KN_INIT_KN_PICKLE}, VALUE(BYTES, bytes, {.data = "\x80\x04N.", .size = 4}), NULL, NULL},
    D(12, 2, "12.50", NULL),
    D(12, 2, "-0.01", NULL),
    D(12, 2, "0", NULL),
    D(15, 0, "999999999999999", NULL),
    D(15, 0, "-999999999999999", NULL),
    D(15, 15, "0.999999999999999", NULL),
    D(15, 15, "0.000000000000001", NULL),
    D(15, 2, "9999999999999.99", NULL),
    D(15, 7, "0.1", NULL),
    D(16, 2, "12.5", "00000000000012.50"),
    D(16, 2, "-12.5", "-99999999999987.49"),
    D(16, 2, "0", "00000000000000.00"),
    D(16, 2, "99999999999999.99", "99999999999999.99"),
    D(16, 2, "-99999999999999.99", "-00000000000000.00"),
    D(16, 0, "-1", "-9999999999999998"),
    D(16, 0, "1234567890123456", "1234567890123456"),
    D(16, 16, "0.5", ".5000000000000000"),
    D(16, 16, "-0.0000000000000001", "-.9999999999999998"),
    D(38, 20, "123456789012345678.12345678901234567890", "123456789012345678.12345678901234567890"),
    D(50, 10, "-1234567890123456789012345678901234567890.0123456789",
      "-8765432109876543210987654321098765432109.9876543210"),
};

static void test_sqlite_types__keep_every_value_through_sqlite(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(trips); i++) {
        const trip *t = &trips[i];
        kn_value given = t->numeric ? kn_decimal_value(decimal(f, t->numeric)) : t->value, stored, cell, got;
        kn_error error = {0};
        assert_int_equal(encode(f, &t->type, given, &stored), KN_OK);
        if (t->type.id != KN_TYPE_NUMERIC || t->type.precision > 15)
            assert_int_equal(stored.kind, f->render.sqlite.types[t->type.id].storage);
        if (t->stored) {
            assert_int_equal(stored.as.text.size, strlen(t->stored));
            assert_memory_equal(stored.as.text.data, t->stored, strlen(t->stored));
        }
        store_and_read(f, &t->type, &stored, &cell);
        if (decode(f, &t->type, &cell, &got, &error) != KN_OK)
            fail_msg("trip %zu (%s): %s", i, t->numeric ? t->numeric : kn_type_name((kn_type_id)t->type.id),
                     error.message);
        assert_int_equal(got.kind, kn_type_kind((kn_type_id)t->type.id));
        if (!kn_value_equal(&got, &given))
            fail_msg("trip %zu (%s): another value", i, t->numeric ? t->numeric : kn_type_name((kn_type_id)t->type.id));
        if (t->numeric) /* reads have the column's scale */
            assert_int_equal(got.as.decimal.exponent, -(int)t->type.scale);
    }
}

typedef struct cell_case {
    kn_type type;
    kn_value cell;
    kn_status status;
    int64_t expected; /* of the integer in the value, when OK */
} cell_case;

#define CELL(T, value_, status_, ...)                                                                                  \
    {                                                                                                                  \
        {KN_INIT_##T}, value_, KN_##status_, __VA_ARGS__                                                               \
    }

static const cell_case cells[] = {
    CELL(KN_SMALL_INTEGER, VALUE(INT, i, 32768), OUT_OF_RANGE, 0),
    CELL(KN_SMALL_INTEGER, VALUE(INT, i, -32769), OUT_OF_RANGE, 0),
    CELL(KN_INTEGER, VALUE(INT, i, INT64_C(2147483648)), OUT_OF_RANGE, 0),
    CELL(KN_BIG_INTEGER, VALUE(FLOAT, d, 9.3e18), OUT_OF_RANGE, 0),
    CELL(KN_BIG_INTEGER, TEXT_VALUE("7"), TYPE_MISMATCH, 0),
    CELL(KN_BOOLEAN, VALUE(INT, i, 2), OUT_OF_RANGE, 0),
    CELL(KN_BOOLEAN, TEXT_VALUE("t"), TYPE_MISMATCH, 0),
    CELL(KN_FLOAT, VALUE(INT, i, (INT64_C(1) << 53) + 1), OUT_OF_RANGE, 0),
    CELL(KN_FLOAT, TEXT_VALUE("0.1"), TYPE_MISMATCH, 0),
    CELL(KN_STRING(2), TEXT_VALUE("abc"), TOO_LONG, 0),
    CELL(KN_STRING(2), TEXT_VALUE("\xc3\xbc\xc3\xbc"), OK, 0),
    CELL(KN_STRING(2), VALUE(INT, i, 1), TYPE_MISMATCH, 0),
    CELL(KN_TEXT, TEXT_VALUE("a\0b"), ENCODING, 0),
    CELL(KN_TEXT, TEXT_VALUE("a\xff"), ENCODING, 0),
    CELL(KN_TEXT, VALUE(BYTES, bytes, {.data = "a", .size = 1}), TYPE_MISMATCH, 0),
    CELL(KN_LARGE_BINARY_OF(1), VALUE(BYTES, bytes, {.data = "ab", .size = 2}), TOO_LONG, 0),
    CELL(KN_LARGE_BINARY, TEXT_VALUE("a"), TYPE_MISMATCH, 0),
    CELL(KN_ENUM(mood), TEXT_VALUE("loud"), OUT_OF_RANGE, 0),
    CELL(KN_ENUM(mood), TEXT_VALUE("cal"), OUT_OF_RANGE, 0),
    CELL(KN_ENUM(mood), TEXT_VALUE("calm "), OUT_OF_RANGE, 0),
    CELL(KN_ENUM(mood), VALUE(INT, i, 1), TYPE_MISMATCH, 0),
    /* NUMERIC affinity made an integer of the text 20240101 */
    CELL(KN_DATE, VALUE(INT, i, 20240101), TYPE_MISMATCH, 0),
    CELL(KN_DATE, TEXT_VALUE("1970-01-02"), OK, 1),
    CELL(KN_DATE, TEXT_VALUE("1970-02-30"), OUT_OF_RANGE, 0),
    CELL(KN_DATE, TEXT_VALUE("1970-01-02 00:00:00"), MALFORMED, 0),
    CELL(KN_DATETIME, VALUE(FLOAT, d, 2440587.5), TYPE_MISMATCH, 0),
    CELL(KN_DATETIME, TEXT_VALUE("0000-00-00 00:00:00"), OUT_OF_RANGE, 0),
    /* older and foreign forms */
    CELL(KN_DATETIME, TEXT_VALUE("1970-01-01 00:00:01"), OK, 1000000),
    CELL(KN_DATETIME, TEXT_VALUE("1970-01-01T00:00:01.5"), OK, 1500000),
    CELL(KN_DATETIME, TEXT_VALUE("1970-01-01"), OK, 0),
    CELL(KN_DATETIME_TZ, TEXT_VALUE("1970-01-01 00:00:01"), OK, 1000000),
    CELL(KN_DATETIME_TZ, TEXT_VALUE("1970-01-01T01:00:01+01:00"), OK, 1000000),
    CELL(KN_DATETIME_TZ, TEXT_VALUE("1970-01-01T00:00:01Z"), OK, 1000000),
    CELL(KN_DATETIME_TZ, TEXT_VALUE("soon"), MALFORMED, 0),
    CELL(KN_TIME, TEXT_VALUE("00:00:01"), OK, 1000000),
    CELL(KN_TIME, TEXT_VALUE("24:00:00"), OUT_OF_RANGE, 0),
    CELL(KN_INTERVAL, TEXT_VALUE("1969-12-31 23:59:59.500000"), OK, -500000),
    CELL(KN_NUMERIC(5, 2), VALUE(INT, i, 1000), OUT_OF_RANGE, 0),
    CELL(KN_NUMERIC(5, 2), VALUE(FLOAT, d, 0.125), INEXACT, 0),
    CELL(KN_NUMERIC(5, 2), VALUE(FLOAT, d, 1e300), INEXACT, 0),
    CELL(KN_NUMERIC(5, 2), TEXT_VALUE("abc"), MALFORMED, 0),
    CELL(KN_NUMERIC(5, 2), VALUE(BYTES, bytes, {.data = "1", .size = 1}), TYPE_MISMATCH, 0),
    CELL(KN_NUMERIC(16, 2), VALUE(INT, i, 1), TYPE_MISMATCH, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("12.50"), MALFORMED, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("+00000000000012.50"), MALFORMED, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("0000000000001250."), MALFORMED, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("0000000000001.250"), MALFORMED, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("0000000000 012.50"), MALFORMED, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("00000000000012.5"), MALFORMED, 0),
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE("-99999999999999.99"), MALFORMED, 0), /* -0 has no form */
    CELL(KN_NUMERIC(16, 2), TEXT_VALUE(""), MALFORMED, 0),
};

static void test_sqlite_types__refuse_what_is_no_value_of_the_type(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(cells); i++) {
        kn_value got;
        kn_error error = {0};
        kn_status status = decode(f, &cells[i].type, &cells[i].cell, &got, &error);
        if (status != cells[i].status)
            fail_msg("cell %zu (%s): %s, expected %s: %s", i, kn_type_name((kn_type_id)cells[i].type.id),
                     kn_status_name(status), kn_status_name(cells[i].status), error.message);
        if (status == KN_OK && got.kind != KN_KIND_TEXT)
            assert_int_equal(got.kind == KN_KIND_DATE ? got.as.date.days : got.as.i, cells[i].expected);
        if (status != KN_OK)
            assert_int_equal(error.status, status);
    }
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A number of up to p digits; near another one every second time. */
static kn_decimal random_decimal(fixture *f, const kn_type *type, uint64_t *seed, const char *near)
{
    char text[80];
    size_t n = 0, digits = 1 + (size_t)(next(seed) % type->precision);
    text[n++] = next(seed) % 2 ? '-' : '+';
    for (size_t i = 0; i < digits; i++)
        text[n++] = (char)('0' + next(seed) % 10);
    text[n] = '\0';
    if (near[0] && next(seed) % 2) {
        memcpy(text, near, strlen(near) + 1);
        text[1 + next(seed) % (strlen(near) - 1)] = (char)('0' + next(seed) % 10);
        text[0] = next(seed) % 8 ? near[0] : text[0];
    }
    kn_decimal d = decimal(f, text);
    d.exponent = -(int32_t)type->scale;
    return d;
}

static void test_sqlite_types__wide_numerics_sort_bytewise(void **state)
{
    fixture *f = *state;
    const kn_type types[] = {{KN_INIT_KN_NUMERIC(16, 2)},
                             {KN_INIT_KN_NUMERIC(30, 0)},
                             {KN_INIT_KN_NUMERIC(20, 20)},
                             {KN_INIT_KN_NUMERIC(60, 13)}};
    uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; i < 20000; i++) {
        const kn_type *type = &types[i % 4];
        char near[80] = "";
        kn_decimal a = random_decimal(f, type, &seed, near), unscaled = a;
        unscaled.exponent = 0;
        size_t n = kn_decimal_print(unscaled, near + 1);
        near[n + 1] = '\0';
        if (near[1] == '-')
            memmove(near, near + 1, n + 1);
        else
            near[0] = '+';
        kn_decimal b = random_decimal(f, type, &seed, near);
        kn_value x, y, back;
        assert_int_equal(encode(f, type, kn_decimal_value(a), &x), KN_OK);
        assert_int_equal(encode(f, type, kn_decimal_value(b), &y), KN_OK);
        size_t least = x.as.text.size < y.as.text.size ? x.as.text.size : y.as.text.size;
        int order = memcmp(x.as.text.data, y.as.text.data, least);
        assert_int_equal((order > 0) - (order < 0), kn_decimal_compare(a, b));
        assert_int_equal(decode(f, type, &x, &back, NULL), KN_OK);
        assert_int_equal(kn_decimal_compare(back.as.decimal, a), 0);
        if (i % 1000 == 0)
            kn_arena_reset(&f->arena);
    }
}

/* Up to 15 digits doubles lose nothing and are in the order of the decimals; what others bound as text, which SQLite
 * makes a double of, is read as well. */
static void test_sqlite_types__narrow_numerics_are_exact_in_sqlite(void **state)
{
    fixture *f = *state;
    const kn_type types[] = {{KN_INIT_KN_NUMERIC(15, 2)},
                             {KN_INIT_KN_NUMERIC(15, 15)},
                             {KN_INIT_KN_NUMERIC(15, 7)},
                             {KN_INIT_KN_NUMERIC(9, 4)}};
    uint64_t seed = 88172645463325252;
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_prepare_v2(f->render.db,
                                        "SELECT CAST(?1 AS NUMERIC), (?1 > ?2) - (?1 < ?2), CAST(?3 AS NUMERIC)", -1,
                                        &s, NULL),
                     SQLITE_OK);
    for (int i = 0; i < 20000; i++) {
        const kn_type *type = &types[i % 4];
        kn_decimal a = random_decimal(f, type, &seed, ""), b = a;
        int64_t near = (int64_t)(next(&seed) % 3) - 1;
        b.u.word[0] = b.u.word[0] && near < 0 ? b.u.word[0] - 1 : b.u.word[0] + (near > 0 && b.u.word[0] < 99999999);
        kn_value x, y, back;
        assert_int_equal(encode(f, type, kn_decimal_value(a), &x), KN_OK);
        assert_int_equal(encode(f, type, kn_decimal_value(b), &y), KN_OK);
        char text[80];
        size_t size = kn_decimal_print(a, text);
        sqlite3_bind_double(s, 1, x.as.d);
        sqlite3_bind_double(s, 2, y.as.d);
        sqlite3_bind_text(s, 3, text, (int)size, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(s, 1), kn_decimal_compare(a, b));
        for (int column = 0; column <= 2; column += 2) {
            kn_value cell = sqlite3_column_type(s, column) == SQLITE_INTEGER
                                ? kn_int(sqlite3_column_int64(s, column))
                                : kn_float(sqlite3_column_double(s, column));
            assert_int_equal(decode(f, type, &cell, &back, NULL), KN_OK);
            assert_int_equal(kn_decimal_compare(back.as.decimal, a), 0);
        }
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
}

static void test_sqlite_types__wide_columns_have_text_affinity(void **state)
{
    fixture *f = *state;
    const kn_type type = {KN_INIT_KN_NUMERIC(16, 2)};
    kn_value stored, cell;
    assert_int_equal(encode(f, &type, kn_decimal_value(decimal(f, "12.50")), &stored), KN_OK);
    store_and_read(f, &type, &stored, &cell);
    assert_int_equal(cell.kind, KN_KIND_TEXT);
    assert_int_equal(cell.as.text.size, 17);
}

static void test_sqlite_types__finds_tables_through_the_catalog(void **state)
{
    fixture *f = *state;
    sqlite3 *db = f->render.db;
    static const struct {
        const char *table, *schema;
        int there;
    } cases[] = {{"Here", NULL, 1},  {"HERE", NULL, 1},     {"Here", "main", 1}, {"Here", "other", 0},
                 {"there", NULL, 0}, {"there", "other", 0}, {"away", "other", 1}};
    assert_int_equal(sqlite3_exec(db, "ATTACH ':memory:' AS other; CREATE TABLE Here (a); CREATE TABLE other.away (a)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        sqlite3_stmt *s = NULL;
        assert_int_equal(sqlite3_prepare_v2(db, f->render.sqlite.catalog[KN_CATALOG_HAS_TABLE], -1, &s, NULL),
                         SQLITE_OK);
        sqlite3_bind_text(s, 1, cases[i].table, -1, SQLITE_STATIC);
        if (cases[i].schema)
            sqlite3_bind_text(s, 2, cases[i].schema, -1, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(s), cases[i].there ? SQLITE_ROW : SQLITE_DONE);
        sqlite3_finalize(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite_types__keep_every_value_through_sqlite),
        cmocka_unit_test(test_sqlite_types__refuse_what_is_no_value_of_the_type),
        cmocka_unit_test(test_sqlite_types__wide_numerics_sort_bytewise),
        cmocka_unit_test(test_sqlite_types__narrow_numerics_are_exact_in_sqlite),
        cmocka_unit_test(test_sqlite_types__wide_columns_have_text_affinity),
        cmocka_unit_test(test_sqlite_types__finds_tables_through_the_catalog),
    };
    return cmocka_run_group_tests_name("sqlite types", tests, set_up, tear_down);
}
