/* SPDX-License-Identifier: MIT */
/* backends: all */
/* The sum of decimals, from values in to the value out: exact for few digits and for many, as CPython's decimal has it.
 */
#include "support/database.h"

#include <koine/decimal.h>

typedef struct Invoice {
    int64_t id;
    kn_decimal small;
    kn_opt_decimal large;
} Invoice;
KN_MODEL(Invoice);
KN_COLUMNS(Invoice) = {
    KN_COLUMN(Invoice, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Invoice, small, KN_NUMERIC(10, 2)),
    KN_COLUMN(Invoice, large, KN_NUMERIC(30, 4)),
};
KN_DEFINE(Invoice, "invoices");

static const kn_select sums =
    KN_SELECT(KN_FROM(Invoice), .columns = KN_LIST(KN_SUM(KN_COL(Invoice, small)), KN_SUM(KN_COL(Invoice, large))));

static kn_decimal decimal(const char *text)
{
    kn_decimal d = {.form = 0};
    assert_int_equal(kn_decimal_parse(kn_text_of(text), NULL, &d, NULL), KN_OK);
    return d;
}

static void add(test_database *db, const char *small, const char *large)
{
    Invoice invoice = {.small = decimal(small)};
    if (large)
        invoice.large = (kn_opt_decimal)KN_SOME(decimal(large));
    assert_ok(db, kn_insert(db->c, &Invoice_model, &invoice, &db->error));
}

static void assert_sum(test_database *db, kn_result *result, size_t column, kn_type type, const char *expected)
{
    kn_value value;
    assert_ok(db, kn_get_value(result, column, &type, &value, &db->error));
    assert_int_equal(value.kind, expected ? KN_KIND_DECIMAL : KN_KIND_NULL);
    if (expected)
        assert_int_equal(kn_decimal_compare(value.as.decimal, decimal(expected)), 0);
}

static void assert_sums(test_database *db, const char *small, const char *large)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    assert_ok(db, kn_prepare_query(db->c, &sums.node, &statement, &db->error));
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    assert_ok(db, kn_next(result, &db->error));
    assert_sum(db, result, 0, (kn_type){.id = KN_TYPE_NUMERIC, .precision = 29, .scale = 2}, small);
    assert_sum(db, result, 1, (kn_type){.id = KN_TYPE_NUMERIC, .precision = 49, .scale = 4}, large);
    kn_statement_finish(statement);
}

static void test_sum__of_decimals_is_exact(void **state)
{
    test_database *db = test_database_of(state);
    test_database_create(db, &Invoice_model, NULL);
    assert_sums(db, NULL, NULL);
    add(db, "0.10", NULL);
    assert_sums(db, "0.10", NULL);
    add(db, "0.20", "12345678901234567890.1234");
    add(db, "99999999.99", "-0.1235");
    add(db, "-0.30", "87654321098765432109.0001");
    test_database_reopen(db);
    assert_sums(db, "99999999.99", "99999999999999999999.0000");
}

/* 1,000 times 0.10 is 100.00; as doubles it is 99.9999999999986. */
static void test_sum__does_not_drift(void **state)
{
    test_database *db = test_database_of(state);
    test_database_create(db, &Invoice_model, NULL);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    for (int i = 0; i < 1000; i++)
        add(db, "0.10", "-0.0001");
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_sums(db, "100.00", "-0.1");
}

#define WITH_DATABASE(f) cmocka_unit_test_setup_teardown(f, test_database_open, test_database_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DATABASE(test_sum__of_decimals_is_exact),
        WITH_DATABASE(test_sum__does_not_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
