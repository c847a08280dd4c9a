/* SPDX-License-Identifier: MIT */
/* backends: mariadb */
/* Many sets of values in one message. */
#include "mysql_fixture.h"

enum { COLUMNS = 8 };

static const char table[] =
    "CREATE OR REPLACE TEMPORARY TABLE mm_t (id BIGINT PRIMARY KEY, n DECIMAL(65,30), t VARCHAR(20), b LONGBLOB, d "
    "DOUBLE,"
    " day DATE, clock TIME(6), moment DATETIME(6)) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
static const char insert[] = "INSERT INTO mm_t (id, n, t, b, d, day, clock, moment) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

static size_t failed;
static size_t count;

static kn_status many_step(fixture *f, kn_wait *wait)
{
    failed = count;
    return f->driver->execute_many(f->statement, &f->execution, count, &f->outcome, &failed, wait, &f->error);
}

/* With a point anywhere among the digits, or zeros before them. */
static kn_value scaled_number(int64_t i)
{
    uint64_t digits = i % 31 < 9 ? (uint64_t)i : (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15);
    return kn_decimal_value(
        (kn_decimal){.u = {.word = {digits, 0}}, .exponent = -(int32_t)(i % 31), .sign = digits && i & 4});
}

/* Of any value there is another kind, NULL, an empty one and a long one; the days are of all months and centuries. */
static void fill(kn_value *v, int64_t i, const char *big, size_t size)
{
    int64_t day = -719162 + i * 50023 % 3652059, clock = i * 17280000001 % 86400000000;
    v[0] = kn_int(i);
    v[1] = i % 4 == 0   ? kn_null()
           : i % 4 == 1 ? kn_int(-i)
           : i % 4 == 2 ? kn_decimal_value((kn_decimal){.u = {.word = {(uint64_t)i, 7}}, .sign = i & 8})
                        : scaled_number(i);
    v[2] = i % 5 == 0 ? kn_string("") : i % 5 == 1 ? kn_null() : kn_textn("\xf0\x9f\x8e\xb5 x ", 7);
    v[3] = i % 7 ? kn_blob("a\0b", 3) : kn_blob(big, size);
    v[4] = kn_float((double)i / 8);
    v[5] = kn_date_value((kn_date){.days = (int32_t)day});
    v[6] = kn_time_value((kn_time){.us = clock});
    v[7] = kn_datetime_value((kn_datetime){.us = day * 86400000000 + (i % 9 ? clock : 0)});
}

static bool same_number(const kn_value *got, const kn_value *want)
{
    kn_decimal expected = want->kind == KN_KIND_INT ? kn_decimal_of(want->as.i, 0) : want->as.decimal;
    return kn_decimal_compare(got->as.decimal, expected) == 0;
}

static void check_row(const kn_value *got, const kn_value *want)
{
    assert_int_equal(got[0].as.i, want[0].as.i);
    for (size_t i = 1; i < COLUMNS; i++)
        assert_int_equal(got[i].kind == KN_KIND_NULL, want[i].kind == KN_KIND_NULL);
    assert_true(want[1].kind == KN_KIND_NULL || same_number(&got[1], &want[1]));
    if (want[2].kind != KN_KIND_NULL) {
        size_t size = want[2].as.text.size == SIZE_MAX ? strlen(want[2].as.text.data) : want[2].as.text.size;
        assert_int_equal(got[2].as.text.size, size);
        assert_memory_equal(got[2].as.text.data, want[2].as.text.data, size);
    }
    assert_int_equal(got[3].as.bytes.size, want[3].as.bytes.size);
    assert_memory_equal(got[3].as.bytes.data, want[3].as.bytes.data, want[3].as.bytes.size);
    assert_true(got[4].as.d == want[4].as.d);
    assert_int_equal(got[5].as.date.days, want[5].as.date.days);
    assert_int_equal(got[6].as.time.us, want[6].as.time.us);
    assert_int_equal(got[7].as.datetime.us, want[7].as.datetime.us);
}

static void read_back(fixture *f, const kn_value *values, size_t n)
{
    kn_value row[COLUMNS];
    say(f, "SELECT * FROM mm_t ORDER BY id");
    assert_step(f, KN_OK, prepare_step);
    f->execution = (kn_execute_request){.size_ = sizeof f->execution};
    assert_step(f, KN_OK, execute_step);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f->driver->fetch(f->statement, row, NULL, &f->error), KN_OK);
        check_row(row, values + i * COLUMNS);
    }
    assert_int_equal(f->driver->fetch(f->statement, row, NULL, &f->error), KN_DONE);
    assert_step(f, KN_OK, end_step);
    f->driver->finish(f->statement);
    f->statement = NULL;
}

static int set_blocking(void **state)
{
    set_relay(state);
    fixture *f = *state;
    set_up(f, &f->memory.allocator, 1);
    assert_step(f, KN_OK, open_step);
    run(f, table);
    say(f, insert);
    assert_step(f, KN_OK, prepare_step);
    return 0;
}

static void set_values(fixture *f, const kn_value *values)
{
    f->execution.values = values;
    f->execution.n_values = COLUMNS;
}

static kn_value *make_values(size_t n, const char *big, size_t size)
{
    kn_value *values = calloc(n * COLUMNS, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        fill(values + i * COLUMNS, (int64_t)i, big, size);
    return values;
}

/* More sets than a message takes, types that change on the way, then one set by itself, then many again. */
static void test_mysql_many__every_value_arrives(void **state)
{
    fixture *f = *state;
    enum { SETS = 5003 };
    size_t size = 20000;
    char *big = malloc(size);
    assert_non_null(big);
    memset(big, 'y', size);
    kn_value *values = make_values(SETS, big, size);
    set_values(f, values);
    count = 5000;
    assert_step(f, KN_OK, many_step);
    assert_int_equal(f->outcome.changed, 5000);
    set_values(f, values + 5000 * COLUMNS);
    assert_step(f, KN_OK, execute_step);
    assert_int_equal(f->outcome.changed, 1);
    assert_step(f, KN_OK, end_step);
    set_values(f, values + 5001 * COLUMNS);
    count = 2;
    assert_step(f, KN_OK, many_step);
    f->driver->finish(f->statement);
    read_back(f, values, SETS);
    free(values);
    free(big);
}

/* A value of no bytes need not point anywhere, and is not NULL: whether it is the first of its type, or alone. */
static void test_mysql_many__empty_is_not_null(void **state)
{
    static const kn_text no_text = {NULL, 0};
    fixture *f = *state;
    kn_value values[4 * COLUMNS];
    for (size_t i = 0; i < 4; i++) {
        fill(values + i * COLUMNS, (int64_t)i * 20 + 5, "", 0); /* of the same types */
        values[i * COLUMNS + 2].kind = KN_KIND_TEXT;
        values[i * COLUMNS + 2].as.text = no_text;
        values[i * COLUMNS + 3] = kn_blob(NULL, 0);
    }
    for (size_t i = 0; i < 2; i++) {
        set_values(f, values + i * COLUMNS);
        assert_step(f, KN_OK, execute_step);
        assert_step(f, KN_OK, end_step);
    }
    set_values(f, values + 2 * COLUMNS);
    count = 2;
    assert_step(f, KN_OK, many_step);
    f->driver->finish(f->statement);
    for (size_t i = 0; i < 4; i++)
        values[i * COLUMNS + 2] = kn_string("");
    read_back(f, values, 4);
}

/* Larger than a message may be, all together. */
static void test_mysql_many__messages_are_not_too_large(void **state)
{
    fixture *f = *state;
    enum { SETS = 9 };
    size_t size = 3 << 20;
    char *big = malloc(size);
    assert_non_null(big);
    memset(big, 'z', size);
    kn_value *values = make_values(SETS, big, size);
    for (size_t i = 0; i < SETS; i++)
        values[i * COLUMNS + 3] = kn_blob(big, size - i);
    set_values(f, values);
    count = SETS;
    assert_step(f, KN_OK, many_step);
    f->driver->finish(f->statement);
    read_back(f, values, SETS);
    free(values);
    free(big);
}

static int64_t ask(fixture *f, const char *sql)
{
    kn_value row[1];
    void *kept = f->statement;
    say(f, sql);
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, execute_step);
    assert_int_equal(f->driver->fetch(f->statement, row, NULL, &f->error), KN_OK);
    assert_step(f, KN_OK, end_step);
    f->driver->finish(f->statement);
    f->statement = kept;
    return row[0].as.i;
}

/* None that stands behind it has an effect, and the statement can be used again. */
static void test_mysql_many__a_set_that_fails_ends_it(void **state)
{
    fixture *f = *state;
    static const struct {
        size_t column;
        kn_value value;
        kn_status status;
        bool refused; /* before it is sent */
    } rows[] = {
        {0, {.kind = KN_KIND_INT, .as.i = 1}, KN_UNIQUE, false},
        {2, {.kind = KN_KIND_TEXT, .as.text = {"123456789012345678901", 21}}, KN_TOO_LONG, false},
        {0, {.kind = KN_KIND_NULL}, KN_NOT_NULL, false},
        {4, {.kind = KN_KIND_FLOAT, .as.d = 1e308 * 10}, KN_OUT_OF_RANGE, true},
        {4, {.kind = KN_KIND_BOOL}, KN_INVALID, true},
        {3, {.kind = KN_KIND_BYTES, .as.bytes = {"", SIZE_MAX}}, KN_TOO_LONG, true},
    };
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        kn_value *values = make_values(100, "x", 1);
        values[50 * COLUMNS + rows[i].column] = rows[i].value;
        f->execution = (kn_execute_request){.size_ = sizeof f->execution};
        void *kept = f->statement;
        run(f, "DELETE FROM mm_t");
        f->statement = kept;
        set_values(f, values);
        count = 100;
        assert_step(f, rows[i].status, many_step);
        assert_int_equal(failed, rows[i].refused ? 50 : SIZE_MAX); /* the server does not say which */
        f->execution = (kn_execute_request){.size_ = sizeof f->execution};
        assert_int_equal(ask(f, "SELECT count(*) FROM mm_t WHERE id > 50"), 0);
        run(f, "DELETE FROM mm_t");
        f->statement = kept;
        fill(values + 50 * COLUMNS, 50, "x", 1);
        set_values(f, values);
        assert_step(f, KN_OK, many_step);
        assert_int_equal(f->outcome.changed, 100);
        free(values);
    }
}

/* What was changed counts as it does one by one: what matched. */
static void test_mysql_many__counts_what_matched(void **state)
{
    fixture *f = *state;
    kn_value *values = make_values(3, "x", 1);
    const kn_value keys[] = {kn_int(0), kn_int(7), kn_int(2), kn_null()};
    set_values(f, values);
    count = 3;
    assert_step(f, KN_OK, many_step);
    f->driver->finish(f->statement);
    say(f, "UPDATE mm_t SET d = d WHERE id = ?");
    assert_step(f, KN_OK, prepare_step);
    f->execution = (kn_execute_request){.size_ = sizeof f->execution, .values = keys, .n_values = 1};
    count = 4;
    assert_step(f, KN_OK, many_step);
    assert_int_equal(f->outcome.changed, 2);
    f->driver->finish(f->statement);
    say(f, "DELETE FROM mm_t WHERE id = ?");
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, many_step);
    assert_int_equal(f->outcome.changed, 2);
    free(values);
}

static void test_mysql_many__others_are_left_to_the_core(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *sql;
        kn_status status;
    } rows[] = {
        {"SELECT ?", KN_UNSUPPORTED},
        {"DO ?", KN_UNSUPPORTED},
        {"INSERT INTO mm_t (id) VALUES (?) RETURNING id", KN_INVALID},
    };
    const kn_value keys[] = {kn_int(1), kn_int(2)};
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        f->driver->finish(f->statement);
        say(f, rows[i].sql);
        assert_step(f, KN_OK, prepare_step);
        f->execution = (kn_execute_request){.size_ = sizeof f->execution, .values = keys, .n_values = 1};
        count = 2;
        assert_step(f, rows[i].status, many_step);
        assert_true(failed == 2 || rows[i].status == KN_INVALID);
    }
}

static const char *const bulk_columns[] = {"`id`", "`t`"};

static kn_status bulk_begin_step(fixture *f, kn_wait *wait)
{
    static const kn_type integer = {.id = KN_TYPE_BIG_INTEGER}, string = {.id = KN_TYPE_STRING, .length = 20};
    const kn_type *types[] = {&integer, &string};
    return f->driver->bulk_begin(f->connection, "`mm_t`", bulk_columns, types, 2, &f->bulk, wait, &f->error);
}

static void test_mysql_many__bulk_inserts_count_their_rows(void **state)
{
    fixture *f = *state;
    const kn_value rows[] = {kn_int(1), kn_null(), kn_int(2), kn_string("b"), kn_int(3), kn_string("c")};
    int64_t stored = 0;
    assert_step(f, KN_OK, bulk_begin_step);
    assert_int_equal(f->driver->bulk_rows(f->bulk, rows, 2, NULL, &f->error), KN_OK);
    assert_int_equal(f->driver->bulk_rows(f->bulk, rows + 4, 1, NULL, &f->error), KN_OK);
    assert_int_equal(f->driver->bulk_end(f->bulk, 1, &stored, NULL, &f->error), KN_OK);
    f->bulk = NULL;
    assert_int_equal(stored, 3);
    assert_int_equal(ask(f, "SELECT count(*) FROM mm_t WHERE (id, ifnull(t, '-')) IN ((1, '-'), (2, 'b'), (3, 'c'))"),
                     3);
    f->driver->finish(f->statement);
    run(f, "DROP TEMPORARY TABLE mm_t");
    assert_step(f, KN_NO_SUCH, bulk_begin_step);
    assert_null(f->bulk);
}

/* The deadline of its beginning is that of rows that come without one. */
static void test_mysql_many__bulk_inserts_end_at_the_deadline(void **state)
{
    fixture *f = *state;
    const kn_value row[] = {kn_int(1), kn_null()};
    int64_t deadline_us = now_us() + 1000000;
    kn_wait wait = {.fd = -1, .deadline_us = deadline_us};
    assert_int_equal(bulk_begin_step(f, &wait), KN_OK);
    relay_set(&f->relay, RELAY_IS_SILENT);
    assert_int_equal(f->driver->bulk_rows(f->bulk, row, 1, NULL, &f->error), KN_TIMEOUT);
    assert_true(now_us() >= deadline_us);
}

static kn_status workload(const kn_allocator *allocator, void *context)
{
    fixture *f = context;
    const kn_value rows[] = {kn_int(1), kn_string("a"), kn_int(2), kn_null()};
    int64_t stored = 0;
    set_up(f, allocator, 1);
    kn_status status = finish(f, open_step, 0);
    if (status == KN_OK) {
        say(f, table);
        status = finish(f, prepare_step, 0);
    }
    if (status == KN_OK)
        status = finish(f, execute_step, 0);
    if (status == KN_OK)
        status = finish(f, end_step, 0);
    if (status == KN_OK)
        status = finish(f, bulk_begin_step, 0);
    if (status == KN_OK)
        status = f->driver->bulk_rows(f->bulk, rows, 2, NULL, &f->error);
    if (f->bulk) {
        kn_status ended = f->driver->bulk_end(f->bulk, status == KN_OK, &stored, NULL, &f->error);
        status = status == KN_OK ? ended : status;
        f->bulk = NULL;
    }
    let_go(f);
    return status;
}

static void test_mysql_many__survives_every_allocation_failure(void **state)
{
    assert_true(each_allocation_failure(workload, *state) > 5);
}

static int run_all(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_blocking, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_mysql_many__every_value_arrives),
        EACH(test_mysql_many__empty_is_not_null),
        EACH(test_mysql_many__messages_are_not_too_large),
        EACH(test_mysql_many__a_set_that_fails_ends_it),
        EACH(test_mysql_many__counts_what_matched),
        EACH(test_mysql_many__others_are_left_to_the_core),
        EACH(test_mysql_many__bulk_inserts_count_their_rows),
        EACH(test_mysql_many__bulk_inserts_end_at_the_deadline),
        cmocka_unit_test_setup_teardown(test_mysql_many__survives_every_allocation_failure, set_relay, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_with_server(run_all);
}
