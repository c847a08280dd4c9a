/* SPDX-License-Identifier: MIT */
/* backends: mariadb */
/* Rows of one INSERT straight from the members of structs. */
#include "mysql_fixture.h"

enum { ROWS = 3, COLUMNS = 8, VALUES = ROWS * COLUMNS };

static const char table[] =
    "CREATE OR REPLACE TEMPORARY TABLE mo_t (id BIGINT PRIMARY KEY, n DECIMAL(12,2), t VARCHAR(64), d DOUBLE,"
    " moment DATETIME(6), clock TIME(6), b TINYINT, raw LONGBLOB) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
#define INSERT "INSERT INTO mo_t VALUES (?,?,?,?,?,?,?,?),(?,?,?,?,?,?,?,?),(?,?,?,?,?,?,?,?)"

typedef struct Thing {
    int64_t id;
    kn_decimal n;
    kn_text t;
    double d;
    kn_datetime moment;
    kn_time clock;
    kn_opt_bool b;
    kn_value raw; /* as its slot gives it */
    bool refused; /* by the slot of `raw` */
} Thing;

#define PRICE(coefficient, negative)                                                                                   \
    {                                                                                                                  \
        .u = {.word = {coefficient, 0}}, .exponent = -2, .sign = negative                                              \
    }
#define RAW(text)                                                                                                      \
    {                                                                                                                  \
        .kind = KN_KIND_BYTES, .as.bytes = { text, sizeof(text) - 1 }                                                  \
    }
#define TEXT(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }
#define DAY_US INT64_C(86400000000)
#define FIRST_US (-719162 * DAY_US)        /* 0001-01-01 */
#define LAST_US (2932897 * DAY_US - 1)     /* 9999-12-31 23:59:59.999999 */
#define LEAP_US (11016 * DAY_US + 1000000) /* 2000-02-29 00:00:01 */

static const Thing things[] = {
    {1, PRICE(1, false), TEXT("a"), 1.5, {0}, {0}, {.value = true, .state = KN_SET}, RAW("a\0b"), false},
    {INT64_MAX,
     PRICE(UINT64_C(999999999999), true),
     TEXT("0123456789abcdef and more"),
     -0.0,
     {FIRST_US},
     {DAY_US - 1},
     {.value = false, .state = KN_SET},
     RAW(""),
     false},
    {INT64_MIN,
     PRICE(100, false),
     TEXT(""),
     -2.2250738585072014e-308,
     {LAST_US},
     {1},
     {.state = KN_NULL},
     {.kind = KN_KIND_NULL},
     false},
    {4,
     PRICE(0, false),
     TEXT("\xf0\x9f\x8e\xb5 is not plain"),
     0.1,
     {LEAP_US},
     {0},
     {.state = KN_NULL},
     RAW("x"),
     false},
    {5, PRICE(5, true), TEXT("x "), 1e300, {-1}, {3600000000}, {.value = true, .state = KN_SET}, RAW("y"), false},
    {6, PRICE(12345, false), TEXT("\x7f"), 0, {1}, {0}, {.value = true, .state = KN_SET}, RAW("\xff\xfe"), false},
};

static bool other(const kn_slot *slot, const void *object, void *context, kn_value *out);

#define SLOT(member, way_, kind_, ...)                                                                                 \
    {                                                                                                                  \
        .other = other, .offset = offsetof(Thing, member), .way = way_, .kind = kind_, __VA_ARGS__                     \
    }
static const kn_slot slots[COLUMNS] = {
    SLOT(id, KN_SLOT_INT64, KN_KIND_INT, .least = INT64_MIN, .most = INT64_MAX),
    SLOT(n, KN_SLOT_DECIMAL, KN_KIND_DECIMAL, .below = UINT64_C(1000000000000), .exponent = -2),
    SLOT(t, KN_SLOT_TEXT, KN_KIND_TEXT, .plain_size = 64),
    SLOT(d, KN_SLOT_DOUBLE, KN_KIND_FLOAT, .nullable = false),
    SLOT(moment, KN_SLOT_MOMENT, KN_KIND_DATETIME, .least = FIRST_US, .most = LAST_US),
    SLOT(clock, KN_SLOT_MOMENT, KN_KIND_TIME, .least = 0, .most = DAY_US - 1),
    SLOT(b, KN_SLOT_OPT_BOOL_INT, KN_KIND_INT, .nullable = true),
    SLOT(raw, KN_SLOT_OTHER, KN_KIND_BYTES, .nullable = true),
};

/* As they are stored: TINYINT for a bool, and no negative zero. */
static void values_of(const Thing *thing, kn_value *row)
{
    row[0] = kn_int(thing->id);
    row[1] = kn_decimal_value(thing->n);
    row[2] = kn_textn(thing->t.data, thing->t.size);
    row[3] = kn_float(thing->d + 0.0);
    row[4] = kn_datetime_value(thing->moment);
    row[5] = kn_time_value(thing->clock);
    row[6] = thing->b.state == KN_NULL ? kn_null() : kn_int(thing->b.value);
    row[7] = thing->raw;
}

static bool other(const kn_slot *slot, const void *object, void *context, kn_value *out)
{
    kn_value row[COLUMNS];
    assert_ptr_equal(context, things);
    values_of(object, row);
    *out = row[slot - slots];
    return !((const Thing *)object)->refused;
}

static kn_object_rows rows_of(const Thing *first)
{
    return (kn_object_rows){.size_ = sizeof(kn_object_rows),
                            .slots = slots,
                            .slot_stride = sizeof(*slots),
                            .n_slots = COLUMNS,
                            .objects = first,
                            .stride = sizeof(Thing),
                            .count = ROWS,
                            .context = (void *)(uintptr_t)things};
}

static size_t failed;

static kn_status objects_step(fixture *f, kn_wait *wait)
{
    failed = 1;
    return f->driver->execute_many(f->statement, &f->execution, 1, &f->outcome, &failed, wait, &f->error);
}

static void execute_values(fixture *f, const Thing *first)
{
    kn_value values[VALUES];
    for (size_t i = 0; i < ROWS; i++)
        values_of(first + i, values + i * COLUMNS);
    f->execution = (kn_execute_request){.size_ = sizeof f->execution, .values = values, .n_values = VALUES};
    assert_step(f, KN_OK, execute_step);
    assert_step(f, KN_OK, end_step);
}

static void from_objects(fixture *f, const kn_object_rows *rows)
{
    f->execution = (kn_execute_request){
        .size_ = sizeof f->execution, .n_values = rows->count * rows->n_slots, .whole = 1, .objects = rows};
}

static void begin_again(fixture *f)
{
    void *kept = f->statement;
    f->statement = NULL;
    run(f, "DELETE FROM mo_t");
    f->statement = kept;
}

static void assert_same(const kn_value *got, const kn_value *want)
{
    for (size_t i = 0; i < COLUMNS; i++)
        assert_int_equal(got[i].kind, want[i].kind);
    assert_int_equal(got[0].as.i, want[0].as.i);
    assert_int_equal(kn_decimal_compare(got[1].as.decimal, want[1].as.decimal), 0);
    assert_int_equal(got[2].as.text.size, want[2].as.text.size);
    assert_memory_equal(got[2].as.text.data, want[2].as.text.data, want[2].as.text.size);
    assert_memory_equal(&got[3].as.d, &want[3].as.d, sizeof(double));
    assert_int_equal(got[4].as.datetime.us, want[4].as.datetime.us);
    assert_int_equal(got[5].as.time.us, want[5].as.time.us);
    if (want[6].kind != KN_KIND_NULL)
        assert_int_equal(got[6].as.i, want[6].as.i);
    if (want[7].kind == KN_KIND_NULL)
        return;
    assert_int_equal(got[7].as.bytes.size, want[7].as.bytes.size);
    assert_memory_equal(got[7].as.bytes.data, want[7].as.bytes.data, want[7].as.bytes.size);
}

/* All that is stored, which is in the order of their ids these ones. */
static void assert_stored(fixture *f, const Thing *const *expected, size_t n)
{
    void *kept = f->statement;
    kn_value got[COLUMNS], want[COLUMNS];
    f->execution = (kn_execute_request){.size_ = sizeof f->execution};
    say(f, "SELECT * FROM mo_t ORDER BY id");
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, execute_step);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f->driver->fetch(f->statement, got, NULL, &f->error), KN_OK);
        values_of(expected[i], want);
        assert_same(got, want);
    }
    assert_int_equal(f->driver->fetch(f->statement, got, NULL, &f->error), KN_DONE);
    assert_step(f, KN_OK, end_step);
    f->driver->finish(f->statement);
    f->statement = kept;
}

static int set_table(void **state)
{
    set_relay(state);
    fixture *f = *state;
    set_up(f, &f->memory.allocator, 1);
    assert_step(f, KN_OK, open_step);
    run(f, table);
    say(f, INSERT);
    assert_step(f, KN_OK, prepare_step);
    return 0;
}

/* Whose statement knows all kinds. */
static int set_known(void **state)
{
    Thing all[ROWS];
    set_table(state);
    memcpy(all, things, sizeof all);
    all[2].b = all[0].b;
    all[2].raw = all[0].raw;
    execute_values(*state, all);
    begin_again(*state);
    return 0;
}

static void test_mysql_objects__every_member_arrives(void **state)
{
    fixture *f = *state;
    const Thing *const expected[] = {&things[2], &things[0], &things[3], &things[4], &things[5], &things[1]};
    for (size_t i = 0; i < KN_COUNT_OF(things); i += ROWS) {
        const kn_object_rows rows = rows_of(things + i);
        from_objects(f, &rows);
        assert_step(f, KN_OK, objects_step);
        assert_int_equal(f->outcome.changed, ROWS);
        assert_step(f, KN_STATE, fetch_step); /* it is over */
    }
    assert_stored(f, expected, KN_COUNT_OF(expected));
}

static void changes_nothing(fixture *f, Thing *all)
{
    (void)f, (void)all;
}

static void prepares_anew(fixture *f, Thing *all)
{
    (void)all;
    f->driver->finish(f->statement);
    say(f, INSERT);
    assert_step(f, KN_OK, prepare_step);
}

static void gives_rows(fixture *f, Thing *all)
{
    prepares_anew(f, all);
    f->driver->finish(f->statement);
    say(f, INSERT " RETURNING id");
    assert_step(f, KN_OK, prepare_step);
    execute_values(f, things + ROWS);
    begin_again(f);
}

/* What travels as NULL's type would be lost. */
static void was_null(fixture *f, Thing *all)
{
    Thing nulls[ROWS];
    prepares_anew(f, all);
    memcpy(nulls, all, sizeof nulls);
    for (size_t i = 0; i < ROWS; i++)
        nulls[i].b.state = KN_NULL;
    execute_values(f, nulls);
    begin_again(f);
}

static void forgets_the_session(fixture *f, Thing *all)
{
    void *kept = f->statement;
    (void)all;
    f->statement = NULL;
    run(f, "SET @a = 1");
    f->statement = kept;
    assert_step(f, KN_OK, reset_step);
    f->statement = NULL;
    run(f, table);
    f->statement = kept;
}

static void refuses_one(fixture *f, Thing *all)
{
    (void)f;
    all[2].refused = true;
}

static void has_another_kind(fixture *f, Thing *all)
{
    (void)f;
    all[1].raw = kn_int(1);
}

static void is_no_number(fixture *f, Thing *all)
{
    (void)f;
    all[0].d = 0.0 / 0.0;
    all[0].refused = true;
}

/* Together, for the 256 MiB of the testbed. They are not there: who refuses them has not looked at them. */
static void is_too_large(fixture *f, Thing *all)
{
    (void)f;
    for (size_t i = 0; i < ROWS; i++)
        all[i].raw = kn_blob("", (size_t)90 << 20);
}

/* Then not a byte of it has gone, and the same rows may be looked at one by one. */
static void test_mysql_objects__what_is_not_plain_is_not_taken(void **state)
{
    static const struct {
        const char *name;
        void (*ready)(fixture *f, Thing *all);
        size_t n_values;
        bool takes;
    } cases[] = {
        {"a batch that is taken", changes_nothing, VALUES, true},
        {"a statement that was never executed", prepares_anew, VALUES, false},
        {"a statement that gives rows", gives_rows, VALUES, false},
        {"a session that was made anew", forgets_the_session, VALUES, false},
        {"a member that its slot refuses", refuses_one, VALUES, false},
        {"a double that its slot refuses", is_no_number, VALUES, false},
        {"a member that was NULL when it was bound", was_null, VALUES, false},
        {"a value of another kind", has_another_kind, VALUES, false},
        {"fewer values than parameters", changes_nothing, VALUES - 1, false},
        {"more bytes than the server takes", is_too_large, VALUES, false},
    };
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        Thing all[ROWS];
        const Thing *const expected[] = {&things[3], &things[4], &things[5]};
        const kn_object_rows rows = rows_of(all);
        memcpy(all, things + ROWS, sizeof all);
        cases[i].ready(f, all);
        from_objects(f, &rows);
        f->execution.n_values = cases[i].n_values;
        kn_status status = finish(f, objects_step, 0);
        if (cases[i].takes ? status != KN_OK : status != KN_UNSUPPORTED || failed != 1)
            fail_msg("%s: %s, failed %zu", cases[i].name, kn_status_name(status), failed);
        assert_stored(f, expected, cases[i].takes ? ROWS : 0);
        if (!cases[i].takes)
            execute_values(f, things + ROWS);
        assert_stored(f, expected, ROWS);
        tear_down(state);
        set_known(state);
        f = *state;
    }
}

/* Nor many sets of values that are to be one whole, each of which is a statement for the server. */
static void test_mysql_objects__sets_are_no_whole(void **state)
{
    fixture *f = *state;
    kn_value values[VALUES];
    for (size_t i = 0; i < ROWS; i++)
        values_of(things + i, values + i * COLUMNS);
    f->execution = (kn_execute_request){.size_ = sizeof f->execution, .values = values, .n_values = VALUES, .whole = 1};
    assert_step(f, KN_UNSUPPORTED, objects_step);
    assert_int_equal(failed, 1);
    assert_stored(f, NULL, 0);
}

static void test_mysql_objects__a_failure_leaves_nothing_of_them(void **state)
{
    fixture *f = *state;
    Thing all[ROWS];
    const Thing *const before[] = {&things[3], &things[4], &things[5]};
    kn_object_rows rows = rows_of(things + ROWS);
    f->verb = KN_TRANSACT_BEGIN;
    assert_step(f, KN_OK, transact_step);
    from_objects(f, &rows);
    assert_step(f, KN_OK, objects_step);
    memcpy(all, things, sizeof all);
    all[2].id = things[4].id;
    rows = rows_of(all);
    assert_step(f, KN_UNIQUE, objects_step);
    assert_int_equal(failed, 0);
    assert_true(f->driver->in_transaction(f->connection));
    assert_stored(f, before, KN_COUNT_OF(before));
    all[2].id = 7;
    from_objects(f, &rows);
    assert_step(f, KN_OK, objects_step);
    assert_int_equal(f->outcome.changed, ROWS);
}

/* A look at them one by one would not help. */
static void test_mysql_objects__what_cannot_start_is_a_failure(void **state)
{
    fixture *f = *state;
    const kn_object_rows rows = rows_of(things);
    void *kept = f->statement;
    f->execution = (kn_execute_request){.size_ = sizeof f->execution};
    say(f, "SELECT seq FROM seq_1_to_9");
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, execute_step);
    void *open = f->statement;
    f->statement = kept;
    from_objects(f, &rows);
    assert_step(f, KN_STATE, objects_step);
    assert_int_equal(failed, 0);
    f->statement = open;
    assert_step(f, KN_OK, end_step);
    f->driver->finish(f->statement);
    f->statement = kept;
    f->execution.deadline_us = 1; /* long ago */
    assert_step(f, KN_TIMEOUT, objects_step);
    assert_int_equal(failed, 0);
    f->execution.deadline_us = 0;
    f->statement = NULL;
    say(f, "KILL CONNECTION_ID()");
    assert_step(f, KN_OK, prepare_step);
    void *kill = f->statement;
    const kn_execute_request objects = f->execution;
    f->execution = (kn_execute_request){.size_ = sizeof f->execution};
    assert_step(f, KN_LINK_LOST, execute_step);
    f->driver->finish(kill);
    f->statement = kept;
    f->execution = objects;
    assert_step(f, KN_LINK_LOST, objects_step);
    assert_int_equal(failed, 0);
}

static int run_all(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_known, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_mysql_objects__every_member_arrives),
        EACH(test_mysql_objects__what_is_not_plain_is_not_taken),
        EACH(test_mysql_objects__sets_are_no_whole),
        EACH(test_mysql_objects__a_failure_leaves_nothing_of_them),
        EACH(test_mysql_objects__what_cannot_start_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_with_server(run_all);
}
