/* SPDX-License-Identifier: MIT */
/* kn_sum: sums by hand, and of random cells as a sum of 128-bit integers has them. */
#include <inttypes.h>
#include <math.h>

#include "integration/drivers/sqlite3_fixture.h"

typedef struct sum_case {
    const char *cells; /* of VALUES */
    const char *type;  /* p, s, P */
    const char *sum;   /* "" = NULL */
} sum_case;

static void test_sqlite3_decimal__sums_are_exact(void **state)
{
    (void)state;
    static const sum_case cases[] = {
        {"(0.1), (0.2)", "10, 2, 29", "000000000000000000000000000.30"},
        {"(1), (NULL), (2.50)", "10, 2, 29", "000000000000000000000000003.50"},
        {"(-1), (0.25)", "10, 2, 29", "-999999999999999999999999999.24"},
        {"(-1), (1)", "10, 2, 29", "000000000000000000000000000.00"},
        {"(0.07), (-0.07), (-0.0)", "10, 2, 29", "000000000000000000000000000.00"},
        {"(999999999999999), (1)", "15, 0, 34", "0000000000000000001000000000000000"},
        {"(99999999999999.9), (99999999999999.9)", "15, 1, 34", "000000000000000000199999999999999.8"},
        {"(0.000000000000001), (0.999999999999999)", "15, 15, 34", "0000000000000000001.000000000000000"},
        {"('1.5'), ('-2')", "10, 2, 29", "-999999999999999999999999999.49"}, /* text that others left */
        {"(NULL)", "10, 2, 29", ""},
        /* Numeric(16, 2): -12.50 is 12.50 with its digits taken from nine */
        {"('00000000000012.50'), ('-99999999999987.49')", "16, 2, 35", "000000000000000000000000000000000.00"},
        {"('-99999999999987.49'), ('-99999999999987.49')", "16, 2, 35", "-999999999999999999999999999999974.99"},
        {"('99999999999999.99'), ('99999999999999.99')", "16, 2, 35", "000000000000000000199999999999999.98"},
        {"('-0000000000000000'), ('0000000000000001')", "16, 0, 35", "-99999999999999999990000000000000001"},
        {"('.0000000000000001'), ('.9999999999999999')", "16, 16, 35", "0000000000000000001.0000000000000000"},
        {"('9999999999999999'), ('0000000000000001')", "16, 0, 17", "10000000000000000"},
        {"('.9999999999999999'), ('-.9999999999999998')", "16, 16, 16", ".9999999999999998"},
    };
    void *c = open_memory();
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        char sql[400];
        snprintf(sql, sizeof sql, "SELECT kn_sum(column1, %s) FROM (VALUES %s)", cases[i].type, cases[i].cells);
        if (strcmp(word(c, sql), cases[i].sum) != 0)
            fail_msg("%s: %s", sql, word(c, sql));
    }
    assert_string_equal(word(c, "SELECT kn_sum(1, 10, 2, 29) WHERE 0"), "");
    sqlite3_driver()->close(c);
}

static void test_sqlite3_decimal__what_is_no_numeric_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *type;
        kn_status status;
    } cases[] = {
        {"0.123", "10, 2, 29", KN_DATA},
        {"1e300", "10, 2, 29", KN_DATA},
        {"9e999", "10, 2, 29", KN_DATA},
        {"'1.234'", "10, 2, 29", KN_DATA},
        {"'1e2'", "10, 2, 29", KN_DATA},
        {"''", "10, 2, 29", KN_DATA},
        {"'-'", "10, 2, 29", KN_DATA},
        {"'1.2.3'", "10, 2, 29", KN_DATA},
        {"x'31'", "10, 2, 29", KN_DATA},
        {"1", "16, 2, 35", KN_DATA},
        {"1.5", "16, 2, 35", KN_DATA},
        {"'1.50'", "16, 2, 35", KN_DATA},
        {"'000000000000012.50'", "16, 2, 35", KN_DATA},
        {"'0000000000001.250'", "16, 2, 35", KN_DATA},
        {"'9999999999999999'", "15, 0, 16", KN_OK},
        {"'99999999999999999'", "15, 0, 16", KN_OUT_OF_RANGE},
        {"'123456789012345678901234567890'", "15, 0, 16", KN_DATA},
        {"1", "0, 0, 29", KN_DATA},
        {"1", "10, 11, 29", KN_DATA},
        {"1", "10, -1, 29", KN_DATA},
        {"1", "10, 2, 15", KN_DATA},
        {"1", "10, 2, 16384", KN_DATA},
        {"1", "99999999999, 2, 999999999999", KN_DATA},
    };
    void *c = open_memory();
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        char sql[200];
        kn_error error = {0};
        kn_status wanted = cases[i].status;
        snprintf(sql, sizeof sql, "SELECT kn_sum(%s, %s)", cases[i].cell, cases[i].type);
        if (run(c, sql, NULL, 0, NULL, &error) != wanted)
            fail_msg("%s: %s: %s", sql, kn_status_name((kn_status)error.status), error.message);
    }
    assert_int_equal(
        run(c, "SELECT kn_sum(column1, 15, 0, 16) FROM (VALUES ('-999999999999999999'), ('-1'))", NULL, 0, NULL, NULL),
        KN_OUT_OF_RANGE);
    /* the type of the first cell holds for all, and so does the memory that was made for it */
    must_run(c, "CREATE TABLE t (v, p)");
    must_run(c, "INSERT INTO t VALUES ('1', 16), ('1', 16000)");
    kn_outcome outcome;
    kn_error error = {0};
    assert_int_equal(run(c, "SELECT kn_sum(v, 10, 0, p) FROM (SELECT * FROM t ORDER BY p)", NULL, 0, &outcome, &error),
                     KN_OK);
    must_run(c, "INSERT INTO t VALUES ('1' || hex(zeroblob(5000)), 16)");
    assert_int_equal(run(c, "SELECT kn_sum(v, 10, 0, p) FROM (SELECT * FROM t ORDER BY p)", NULL, 0, &outcome, &error),
                     KN_DATA);
    sqlite3_driver()->close(c);
}

static uint64_t random_bits(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 20;
}

/* Every decimal of up to 15 digits, stored as SQLite stores it: as the nearest double. */
static void test_sqlite3_decimal__random_sums_agree_with_integers(void **state)
{
    (void)state;
    static const int64_t tens[] = {1,
                                   10,
                                   100,
                                   1000,
                                   10000,
                                   100000,
                                   1000000,
                                   10000000,
                                   100000000,
                                   1000000000,
                                   10000000000,
                                   100000000000,
                                   1000000000000,
                                   10000000000000,
                                   100000000000000,
                                   1000000000000000};
    uint64_t seed = 42;
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (v NUMERIC)");
    void *insert = prepare(c, "INSERT INTO t VALUES (?)");
    for (int round = 0; round < 100; round++) {
        uint32_t scale = (uint32_t)(random_bits(&seed) % 16);
        int64_t total = 0;
        must_run(c, "DELETE FROM t");
        for (int i = 0; i < 50; i++) {
            int64_t m = (int64_t)(random_bits(&seed) % (uint64_t)tens[1 + random_bits(&seed) % 15]);
            if (random_bits(&seed) & 1)
                m = -m;
            total += m;
            const kn_value v = kn_float((double)m / (double)tens[scale]);
            kn_outcome outcome;
            assert_int_equal(try_execute(insert, &v, 1, 0, &outcome, NULL), KN_OK);
            sqlite3_driver()->end(insert, NULL, NULL, NULL);
        }
        /* the same total as one cell of the same sum */
        char expected[64], sql[200];
        char digits[40];
        snprintf(digits, sizeof digits, "%034" PRId64, total < 0 ? -total : total);
        if (total < 0) {
            for (char *d = digits; *d; d++)
                *d = (char)('0' + '9' - *d);
        }
        snprintf(expected, sizeof expected, "%s%.*s%s%s", total < 0 ? "-" : "", 34 - (int)scale, digits,
                 scale ? "." : "", digits + 34 - scale);
        snprintf(sql, sizeof sql, "SELECT kn_sum(v, 15, %u, 34) FROM t", scale);
        assert_string_equal(word(c, sql), expected);
    }
    sqlite3_driver()->finish(insert);
    sqlite3_driver()->close(c);
}

/* A double beside the one that is meant, as a bad conversion leaves it. */
static void test_sqlite3_decimal__a_double_beside_the_right_one_counts_as_it(void **state)
{
    (void)state;
    const kn_value cells[] = {kn_float(nextafter(0.1, 1)), kn_float(nextafter(0.2, 0)), kn_float(nextafter(-0.7, -1))};
    void *c = open_memory();
    must_run(c, "CREATE TABLE t (v NUMERIC)");
    for (size_t i = 0; i < KN_COUNT_OF(cells); i++)
        assert_int_equal(run(c, "INSERT INTO t VALUES (?)", &cells[i], 1, NULL, NULL), KN_OK);
    assert_string_equal(word(c, "SELECT kn_sum(v, 10, 1, 20) FROM t"), "-9999999999999999999.5");
    sqlite3_driver()->close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_sqlite3_decimal__sums_are_exact),
        WITH_FOLDER(test_sqlite3_decimal__what_is_no_numeric_is_refused),
        WITH_FOLDER(test_sqlite3_decimal__a_double_beside_the_right_one_counts_as_it),
        WITH_FOLDER(test_sqlite3_decimal__random_sums_agree_with_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
