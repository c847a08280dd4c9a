/* SPDX-License-Identifier: MIT */
/* backends: all */
/* Expressions that some backend cannot do exactly: each backend gives the row that the others give, or refuses before
 * anything is sent, naming the feature and itself. */
#include "support/database.h"

typedef enum Mood { MOOD_CALM = 1, MOOD_LOUD = 2 } Mood;
static const kn_enum moods = KN_ENUM_TYPE("moods", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud"));

typedef struct Price {
    int64_t id;
    kn_decimal net, rate, wide, fine;
    const char *label, *pattern;
    Mood mood;
} Price;
KN_MODEL(Price);
KN_COLUMNS(Price) = {
    KN_COLUMN(Price, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Price, net, KN_NUMERIC(12, 2)),
    KN_COLUMN(Price, rate, KN_NUMERIC(6, 4)),
    KN_COLUMN(Price, wide, KN_NUMERIC(30, 2)),
    KN_COLUMN(Price, fine, KN_NUMERIC(30, 20)),
    KN_COLUMN(Price, label, KN_STRING(20)),
    KN_COLUMN(Price, pattern, KN_STRING(20)),
    KN_COLUMN(Price, mood, KN_ENUM(moods)),
};
KN_DEFINE(Price, "prices");
#define C(name) KN_COL(Price, name)

/* The row is found when the backend can: net 10.50, rate 0.5000, wide 3.00, fine 0.5, label "a_b", pattern "a\_%". */
static const struct {
    const char *feature; /* of the refusal */
    const kn_expr *where;
    const char *another; /* what else a backend may lack of it */
} cases[] = {
    {"exact arithmetic on Numeric", KN_EQ(KN_MUL(C(net), C(rate)), KN_DEC(525, -2)), NULL},
    {"exact arithmetic on Numeric", KN_EQ(KN_ADD(C(net), C(wide)), KN_DEC(1350, -2)), NULL},
    {"exact arithmetic on Numeric", KN_EQ(KN_SUB(C(net), C(rate)), KN_DEC(10, 0)), NULL},
    {"exact arithmetic on Numeric", KN_EQ(KN_NEG(C(net)), KN_DEC(-1050, -2)), NULL},
    {"a product of more than 30 digits after the point", KN_GT(KN_MUL(C(fine), C(fine)), KN_DEC(0, 0)),
     "exact arithmetic on Numeric"},
    {"mixing Numeric of more than 15 digits with another precision or scale", KN_GT(C(net), C(wide)), NULL},
    {"LIKE with a pattern that is neither a value nor an argument", KN_LIKE(C(label), C(pattern)), NULL},
};

static int open_prices(void **state)
{
    Price price = {.net = KN_DECIMAL(1050, -2),
                   .rate = KN_DECIMAL(5000, -4),
                   .wide = KN_DECIMAL(300, -2),
                   .fine = KN_DECIMAL(5, -1),
                   .label = "a_b",
                   .pattern = "a\\_%",
                   .mood = MOOD_CALM};
    test_database *db;

    test_database_open(state);
    db = test_database_of(state);
    test_database_create(db, &Price_model, NULL);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Price, &price), &db->error));
    return 0;
}

/* KN_OK and the row, or a refusal that is noted. */
static void works_or_is_refused(test_database *db, const char *feature, const char *another, const kn_select *query,
                                size_t rows)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_status status;
    size_t found = 0;

    kn_error_clear(&db->error);
    status = kn_prepare_query(db->c, &query->node, &statement, &db->error);
    if (status == KN_UNSUPPORTED) {
        assert_null(statement);
        test_database_note_refusal(db, another && strstr(db->error.message, another) ? another : feature);
        return;
    }
    if (status != KN_OK)
        fail_msg("%s: %s: %s", feature, kn_status_name(status), db->error.message);
    assert_ok(db, kn_open(statement, KN_NO_ARGS, &result, &db->error));
    while ((status = kn_next(result, &db->error)) == KN_OK)
        found++;
    if (status != KN_DONE || found != rows)
        fail_msg("%s: %zu rows: %s %s", feature, found, kn_status_name(status), db->error.message);
    kn_statement_finish(statement);
}

static void test_refusals__a_condition_holds_or_is_refused(void **state)
{
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < KN_COUNT_OF(cases); i++)
        works_or_is_refused(db, cases[i].feature, cases[i].another, KN_QUERY(KN_FROM(Price), .where = cases[i].where),
                            1);
}

static void test_refusals__an_aggregate_is_exact_or_is_refused(void **state)
{
    test_database *db = test_database_of(state);

    works_or_is_refused(db, "the least or greatest of Enum values", NULL,
                        KN_QUERY(KN_FROM(Price), .columns = KN_LIST(KN_MIN(C(mood)))), 1);
    works_or_is_refused(db, "the least or greatest of Enum values", NULL,
                        KN_QUERY(KN_FROM(Price), .columns = KN_LIST(KN_MAX(C(mood)))), 1);
}

/* Assigning rounds to the column's scale, or is refused. */
static void test_refusals__an_assignment_is_exact_or_is_refused(void **state)
{
    test_database *db = test_database_of(state);
    const kn_update_rows narrow =
        KN_UPDATE(Price, .set = KN_LIST(KN_ASSIGN(C(net), C(wide))), .where = KN_EQ(C(mood), KN_INT(MOOD_CALM)));
    int64_t changed = 0;
    kn_status status;

    kn_error_clear(&db->error);
    status = kn_execute_query(db->c, &narrow.node, KN_NO_ARGS, &changed, &db->error);
    if (status == KN_UNSUPPORTED) {
        test_database_note_refusal(db, "assigning an expression to a Numeric of another precision or scale");
        return;
    }
    assert_int_equal(status, KN_OK);
    assert_int_equal(changed, 1);
    works_or_is_refused(db, "equality", NULL, KN_QUERY(KN_FROM(Price), .where = KN_EQ(C(net), KN_DEC(3, 0))), 1);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_prices, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_refusals__a_condition_holds_or_is_refused),
        EACH(test_refusals__an_aggregate_is_exact_or_is_refused),
        EACH(test_refusals__an_assignment_is_exact_or_is_refused),
    };
    return cmocka_run_group_tests_name("integration/live/refusals", tests, NULL, NULL);
}
