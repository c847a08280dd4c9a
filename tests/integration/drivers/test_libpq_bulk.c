/* SPDX-License-Identifier: MIT */
/* backends: postgresql */
/* Many rows through COPY: all or none, whatever stops it. */
#include "libpq_fixture.h"

#include <koine/decimal.h>

static const kn_type bulk_types[] = {
    {.id = KN_TYPE_BIG_INTEGER}, {.id = KN_TYPE_STRING, .length = 8}, {.id = KN_TYPE_NUMERIC, .precision = 60},
    {.id = KN_TYPE_FLOAT},       {.id = KN_TYPE_DATETIME_TZ},         {.id = KN_TYPE_ENUM},
    {.id = KN_TYPE_LARGE_BINARY}};
static const char *const bulk_columns[] = {"id", "\"a\"\"'b\"", "n", "f", "at", "e", "y"};

static kn_status bulk(void *c, const char *table, size_t columns, int commit, int64_t rows, int64_t *stored,
                      kn_error *error)
{
    const kn_type *types[7];
    void *b = NULL;
    kn_wait wait = {.fd = -1};
    kn_status status;
    for (size_t i = 0; i < 7; i++)
        types[i] = &bulk_types[i];
    do
        status = libpq_driver()->bulk_begin(c, table, bulk_columns, types, columns, &b, &wait, error);
    while (again(status, &wait));
    if (status)
        return status;
    for (int64_t i = 0; !status && i < rows; i++) {
        const kn_value row[7] = {kn_int(i),
                                 kn_textn("text", 4),
                                 kn_decimal_value(kn_decimal_of(i * 123456789, -3)),
                                 kn_float(0.5),
                                 kn_instant_value((kn_instant){i * 1000000}),
                                 i % 2 ? kn_textn("loud", 4) : kn_null(),
                                 kn_blob("\x00\xff", 2)};
        do
            status = libpq_driver()->bulk_rows(b, row, 1, &wait, error);
        while (again(status, &wait));
    }
    kn_status ended;
    do
        ended = libpq_driver()->bulk_end(b, commit && !status, stored, &wait, error);
    while (again(ended, &wait));
    return status ? status : ended;
}

#define BULK_TABLE(id)                                                                                                 \
    "CREATE TEMP TABLE \"My t\" (id " id " UNIQUE, \"a\"\"'b\" varchar(8), n numeric(60, 3), f real, at timestamptz,"  \
    " e pg_temp.bulk_mood, y bytea)"

static void test_libpq_bulk__copies_rows_in_or_says_that_it_cannot(void **state)
{
    int64_t stored = -1;
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        void *c = open_with(NULL, blocking);
        must_run(c, "CREATE TYPE pg_temp.bulk_mood AS ENUM ('loud')");
        must_run(c, BULK_TABLE("int"));
        must(bulk(c, "\"My t\"", 7, 1, 20000, &stored, &error), KN_OK);
        assert_int_equal(stored, 20000);
        assert_int_equal(number(c,
                                "SELECT count(*) FROM \"My t\" WHERE n = id * 123456.789 AND f = 0.5 AND y = '\\x00ff'"
                                " AND \"a\"\"'b\" = 'text' AND (e = 'loud') IS NOT DISTINCT FROM"
                                " CASE id % 2 WHEN 1 THEN true END AND at = to_timestamp(id)"),
                         20000);
        must(bulk(c, "\"My t\"", 1, 1, 1, &stored, &error), KN_UNIQUE);
        must(bulk(c, "\"My t\"", 1, 0, 1, &stored, &error), KN_OK);
        assert_int_equal(stored, 0);
        must(bulk(c, "nothing", 1, 1, 1, &stored, &error), KN_UNSUPPORTED);
        must_run(c, "ALTER TABLE \"My t\" ALTER id TYPE text");
        must(bulk(c, "\"My t\"", 1, 1, 1, &stored, &error), KN_UNSUPPORTED);
        must_run(c, "DROP TABLE \"My t\"");
        must_run(c, BULK_TABLE("smallint"));
        must(bulk(c, "\"My t\"", 7, 1, 40000, &stored, &error), KN_OUT_OF_RANGE);
        assert_int_equal(number(c, "SELECT count(*) FROM \"My t\""), 0);
        must_run(c, "CREATE TEMP VIEW v AS SELECT 1 AS id");
        must(bulk(c, "v", 1, 1, 1, &stored, &error), KN_UNSUPPORTED);
        close_it(c);
    }
}

/* So many rows of a large value at once. */
static kn_status bulk_large(void *c, void (*started)(void *c), size_t rows, size_t size, int64_t *stored, kn_error *why)
{
    static const kn_type type = {.id = KN_TYPE_LARGE_BINARY};
    const kn_type *types[] = {&type};
    const char *const columns[] = {"y"};
    char *data = calloc(1, size);
    kn_value *values = calloc(rows, sizeof *values);
    void *b = NULL;
    kn_wait wait = {.fd = -1};
    kn_error error = {0};
    kn_status status, ended;
    for (size_t i = 0; i < rows; i++)
        values[i] = kn_blob(data, size);
    do
        status = libpq_driver()->bulk_begin(c, "large", columns, types, 1, &b, &wait, &error);
    while (again(status, &wait));
    must(status, KN_OK);
    if (started)
        started(c);
    do
        status = libpq_driver()->bulk_rows(b, values, rows, &wait, &error);
    while (again(status, &wait));
    do
        ended = libpq_driver()->bulk_end(b, !status, stored, &wait, status ? NULL : &error);
    while (again(ended, &wait));
    free(values);
    free(data);
    *why = error;
    return status ? status : ended;
}

static void test_libpq_bulk__copies_large_rows_in_little_memory(void **state)
{
    int64_t stored = -1;
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        void *c = open_with(NULL, blocking);
        must_run(c, "CREATE TEMP TABLE large (y bytea)");
        must(bulk_large(c, NULL, 200, 200000, &stored, &error), KN_OK);
        assert_int_equal(stored, 200);
        assert_int_equal(number(c, "SELECT sum(length(y)) FROM large"), 200 * 200000);
        assert_true(fixture_memory.peak_bytes < 2000000);
        close_it(c);
    }
}

static void cancel_it(void *c)
{
    void *cancel = NULL;
    kn_wait wait = {.fd = -1};
    kn_error error = {0};
    kn_status status;
    must(libpq_driver()->cancel_create(c, &cancel, &error), KN_OK);
    do
        status = libpq_driver()->cancel_send(cancel, &wait, &error);
    while (again(status, &wait));
    must(status, KN_OK);
    libpq_driver()->cancel_destroy(cancel);
}

/* The rows before the last are not all sent first. */
static void test_libpq_bulk__a_cancel_ends_a_bulk_insert_among_its_rows(void **state)
{
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        kn_error error = {0};
        int64_t stored = -1;
        void *c = open_with(NULL, blocking);
        must_run(c, "CREATE TEMP TABLE large (y bytea)");
        must(bulk_large(c, cancel_it, 20, 200000, &stored, &error), KN_CANCELLED);
        assert_string_equal(error.sqlstate, "57014");
        assert_int_equal(stored, 0);
        assert_int_equal(number(c, "SELECT count(*) FROM large"), 0);
        close_it(c);
    }
}

typedef struct Thing {
    int64_t id;
    double f;
    kn_text t;
    kn_decimal n;
    kn_datetime at;
    kn_opt_bool b;
    bool refused;
} Thing;

#define THINGS 3000
#define SLOT(way_, member, ...)                                                                                        \
    {                                                                                                                  \
        .other = read_thing, .way = way_, .offset = offsetof(Thing, member), __VA_ARGS__                               \
    }
static bool read_thing(const kn_slot *slot, const void *object, void *context, kn_value *out);
static const kn_slot thing_slots[] = {
    SLOT(KN_SLOT_INT64, id, .least = 0, .most = 100000, .kind = KN_KIND_INT),
    SLOT(KN_SLOT_DOUBLE, f, .kind = KN_KIND_FLOAT),
    SLOT(KN_SLOT_TEXT, t, .plain_size = 1000000, .kind = KN_KIND_TEXT),
    SLOT(KN_SLOT_DECIMAL, n, .below = UINT64_MAX, .exponent = -2, .kind = KN_KIND_DECIMAL),
    SLOT(KN_SLOT_MOMENT, at, .least = INT64_MIN, .most = INT64_MAX, .kind = KN_KIND_DATETIME),
    SLOT(KN_SLOT_OPT_BOOL, b, .nullable = true, .kind = KN_KIND_BOOL),
};

/* What a slot's way leaves. */
static bool read_thing(const kn_slot *slot, const void *object, void *context, kn_value *out)
{
    const Thing *thing = object;
    ++*(int *)context;
    if (thing->refused)
        return false;
    *out = slot == &thing_slots[0]   ? kn_int(thing->id)
           : slot == &thing_slots[1] ? kn_float(thing->f)
           : slot == &thing_slots[2] ? kn_textn(thing->t.data, thing->t.size)
           : slot == &thing_slots[3] ? kn_decimal_value(thing->n)
           : slot == &thing_slots[4] ? kn_datetime_value(thing->at)
                                     : kn_null();
    return true;
}

static kn_status bulk_things(void *c, const Thing *things, size_t count, int *looked, int64_t *stored, kn_error *error)
{
    static const kn_type types[] = {{.id = KN_TYPE_BIG_INTEGER}, {.id = KN_TYPE_FLOAT},
                                    {.id = KN_TYPE_TEXT},        {.id = KN_TYPE_NUMERIC, .precision = 20, .scale = 2},
                                    {.id = KN_TYPE_DATETIME},    {.id = KN_TYPE_BOOLEAN}};
    static const char *const columns[] = {"id", "f", "t", "n", "at", "b"};
    const kn_type *each[] = {&types[0], &types[1], &types[2], &types[3], &types[4], &types[5]};
    kn_object_rows rows = {.size_ = sizeof rows,
                           .slots = thing_slots,
                           .slot_stride = sizeof *thing_slots,
                           .n_slots = 6,
                           .stride = sizeof *things,
                           .context = looked};
    void *b = NULL;
    kn_wait wait = {.fd = -1};
    kn_status status, ended;
    do
        status = libpq_driver()->bulk_begin(c, "things", columns, each, 6, &b, &wait, error);
    while (again(status, &wait));
    if (status)
        return status;
    for (size_t i = 0, done; !status && i < count; i += done + (done < rows.count)) {
        done = 0;
        rows.objects = things + i;
        rows.count = count - i;
        do
            status = libpq_driver()->bulk_objects(b, &rows, &done, &wait, error);
        while (again(status, &wait));
        if (!status && i + done < count)
            assert_true(things[i + done].refused);
    }
    do
        ended = libpq_driver()->bulk_end(b, !status, stored, &wait, status ? NULL : error);
    while (again(ended, &wait));
    return status ? status : ended;
}

/* Every 97th text is long enough to need more room, every 7th not ASCII, every 11th short; numbers of up to 16 digits.
 */
static Thing *make_things(char *letters, size_t letters_size)
{
    Thing *things = calloc(THINGS, sizeof *things);
    memset(letters, 'x', letters_size);
    for (int64_t i = 0; i < THINGS; i++) {
        size_t size = i % 97 == 96 ? letters_size : i % 11 == 10 ? 3 : (size_t)(8 + i % 40);
        things[i] = (Thing){.id = i,
                            .f = (double)i / 4,
                            .t = i % 7 == 6 ? (kn_text){"\xc3\xa9t\xc3\xa9 1984", 10} : (kn_text){letters, size},
                            .n = kn_decimal_of(i % 2 ? -i * 9999991 * 100000 : i, -2),
                            .at = {i * 1000003},
                            .b = {.value = i % 3 == 1, .state = i % 3 ? KN_SET : KN_NULL},
                            .refused = i % 1000 == 999};
    }
    return things;
}

#define THINGS_ARE                                                                                                     \
    "f = id / 4.0 AND n = CASE id % 2 WHEN 1 THEN id::numeric * -999999100000 ELSE id END / 100.0"                     \
    " AND t = CASE WHEN id % 7 = 6 THEN '\xc3\xa9t\xc3\xa9 1984' WHEN id % 97 = 96 THEN repeat('x', 300000)"           \
    " WHEN id % 11 = 10 THEN 'xxx' ELSE repeat('x', 8 + (id % 40)::int) END"                                           \
    " AND at = timestamp '1970-01-01' + id * interval '1.000003 s' AND b IS NOT DISTINCT FROM"                         \
    " CASE id % 3 WHEN 1 THEN true WHEN 2 THEN false END"

static void test_libpq_bulk__takes_objects_into_columns_of_any_fitting_type(void **state)
{
    static const char *const tables[] = {
        "CREATE TEMP TABLE things (id bigint, f float8, t text, n numeric(20, 2), at timestamp, b bool)",
        "CREATE TEMP TABLE things (id smallint, f real, t varchar(300000), n numeric, at timestamp, b bool)"};
    static char letters[300000];
    Thing *things = make_things(letters, sizeof letters);
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++)
        for (size_t i = 0; i < KN_COUNT_OF(tables); i++) {
            kn_error error = {0};
            int64_t stored = -1;
            int looked = 0;
            void *c = open_with(NULL, blocking);
            must_run(c, tables[i]);
            must(bulk_things(c, things, THINGS, &looked, &stored, &error), KN_OK);
            assert_int_equal(stored, THINGS - 3);
            assert_true(looked > THINGS / 7);
            assert_int_equal(number(c, "SELECT count(*) FROM things WHERE " THINGS_ARE), THINGS - 3);
            close_it(c);
        }
    free(things);
}

static void test_libpq_bulk__objects_survive_every_allocation_failure(void **state)
{
    static char letters[300000];
    Thing *things = make_things(letters, sizeof letters);
    size_t at = 1;
    void *c = open_with(NULL, true);
    (void)state;
    must_run(c, "CREATE TEMP TABLE things (id bigint, f float8, t text, n numeric(20, 2), at timestamp, b bool)");
    for (;; at++) {
        kn_error error = {0};
        int64_t stored = -1;
        int looked = 0;
        fixture_memory.requests = 0;
        fixture_memory.fail_at = at;
        fixture_memory.fired = false;
        kn_status status = bulk_things(c, things, 200, &looked, &stored, &error);
        fixture_memory.fail_at = 0;
        if (!fixture_memory.fired)
            break;
        must(status, KN_NOMEM);
        assert_int_equal(number(c, "SELECT count(*) FROM things"), 0);
    }
    assert_int_equal(number(c, "SELECT count(*) FROM things"), 200);
    assert_true(at > 3);
    close_it(c);
    free(things);
}

/* Whatever fails to be allocated: nothing is stored, and the connection is free again. */
static void test_libpq_bulk__a_bulk_insert_survives_every_allocation_failure(void **state)
{
    size_t at = 1;
    (void)state;
    for (int blocking = 0; blocking <= 1; blocking++) {
        void *c = open_with(NULL, blocking);
        must_run(c, "CREATE TEMP TABLE one (id bigint)");
        for (at = 1;; at++) {
            kn_error error = {0};
            int64_t stored = -1;
            fixture_memory.requests = 0;
            fixture_memory.fail_at = at;
            fixture_memory.fired = false;
            kn_status status = bulk(c, "one", 1, 1, 3, &stored, &error);
            fixture_memory.fail_at = 0;
            if (!fixture_memory.fired)
                break;
            must(status, KN_NOMEM);
            assert_int_equal(number(c, "SELECT count(*) FROM one"), 0);
        }
        assert_int_equal(number(c, "SELECT count(*) FROM one"), 3);
        close_it(c);
    }
    assert_true(at > 3);
}

static void must_stop(void *b)
{
    kn_error error = {0};
    int64_t stored = 0;
    kn_wait wait = {.fd = -1};
    kn_status status;
    do
        status = libpq_driver()->bulk_end(b, 0, &stored, &wait, &error);
    while (again(status, &wait));
    must(status, KN_OK);
}

/* Given up between its steps, it leaves nothing behind: the teardown looks for leaks. */
static void test_libpq_bulk__closing_does_not_wait_for_its_begin(void **state)
{
    kn_error error = {0};
    size_t waits = 0;
    (void)state;
    for (size_t at = 0; at <= waits; at++) {
        void *c = open_with(NULL, false), *b = NULL;
        const kn_type *types[] = {&bulk_types[0]};
        kn_status status = KN_WAIT;
        must_run(c, "CREATE TEMP TABLE one (id bigint)");
        for (size_t step = 0; step <= at && status == KN_WAIT; step++) {
            kn_wait wait = {.fd = -1};
            status = libpq_driver()->bulk_begin(c, "one", bulk_columns, types, 1, &b, &wait, &error);
            assert_int_equal(again(status, &wait), status == KN_WAIT);
        }
        if (status == KN_WAIT) {
            waits = at + 1;
        } else {
            must(status, KN_OK);
            must_stop(b);
        }
        close_it(c);
    }
    assert_true(waits > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_libpq_bulk__copies_rows_in_or_says_that_it_cannot),
        WITH_SERVER(test_libpq_bulk__copies_large_rows_in_little_memory),
        WITH_SERVER(test_libpq_bulk__a_cancel_ends_a_bulk_insert_among_its_rows),
        WITH_SERVER(test_libpq_bulk__takes_objects_into_columns_of_any_fitting_type),
        WITH_SERVER(test_libpq_bulk__objects_survive_every_allocation_failure),
        WITH_SERVER(test_libpq_bulk__a_bulk_insert_survives_every_allocation_failure),
        WITH_SERVER(test_libpq_bulk__closing_does_not_wait_for_its_begin),
    };
    return cmocka_run_group_tests_name("drivers/libpq_bulk", tests, NULL, NULL);
}
