/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/datetime.h>

#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000)
#define H (3600 * S)
#define D (24 * H)

static const struct {
    int64_t us;
    const char *text;
} canonical[] = {
    {0, "PT0S"},
    {1, "PT0.000001S"},
    {-1, "-PT0.000001S"},
    {500000, "PT0.5S"},
    {S, "PT1S"},
    {10 * S, "PT10S"},
    {60 * S, "PT1M"},
    {61 * S, "PT1M1S"},
    {H, "PT1H"},
    {H + 1, "PT1H0.000001S"},
    {D, "P1D"},
    {-D, "-P1D"},
    {D - 1, "PT23H59M59.999999S"},
    {D + 2 * H + 3 * 60 * S + 4 * S + 5, "P1DT2H3M4.000005S"},
    {-(D + 2 * H + 3 * 60 * S + 4 * S + 120000), "-P1DT2H3M4.12S"},
    {10 * D + 60 * S, "P10DT1M"},
    {INT64_C(253402300799999999), "P2932896DT23H59M59.999999S"},
    {INT64_C(-62135596800000000), "-P719162D"},
};

static void test_interval__canonical_texts_are_printed_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(canonical); i++) {
        char out[KN_INTERVAL_SIZE + 1];
        kn_interval read = {42};
        memset(out, '#', sizeof out);
        size_t size = kn_interval_print((kn_interval){canonical[i].us}, out);
        assert_int_equal(size, strlen(canonical[i].text));
        assert_memory_equal(out, canonical[i].text, size);
        assert_int_equal(out[size], '#');
        assert_int_equal(kn_interval_parse(kn_text_of(canonical[i].text), &read, NULL), KN_OK);
        assert_true(read.us == canonical[i].us);
    }
}

static void test_interval__any_number_prints_within_the_stated_size(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } extremes[] = {{INT64_MIN, "-P106751991DT4H54.775808S"}, {INT64_MAX, "P106751991DT4H54.775807S"}};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(extremes); i++) {
        char out[KN_INTERVAL_SIZE];
        size_t size = kn_interval_print((kn_interval){extremes[i].us}, out);
        assert_int_equal(size, strlen(extremes[i].text));
        assert_memory_equal(out, extremes[i].text, size);
    }
}

static const struct {
    const char *text;
    int64_t us;
} accepted[] = {
    /* ISO 8601 */
    {"P1W", 7 * D},
    {"-P2W", -14 * D},
    {"+P1D", D},
    {"P0D", 0},
    {"P01DT02H", D + 2 * H},
    {"PT90M", 90 * 60 * S},
    {"PT36H", 36 * H},
    {"P1DT25H", D + 25 * H},
    {"PT1.5S", 1500000},
    {"PT1,5S", 1500000},
    {"PT0.000001S", 1},
    {"PT0.0000010S", 1},
    {"-PT0.25S", -250000},
    {"PT1H2S", H + 2 * S},
    {"P1DT1S", D + S},
    {"PT100000000000S", 100000 * INT64_C(1000000) * S},
    /* PostgreSQL's and MySQL's ways */
    {"00:00:00", 0},
    {"01:02:03", H + 123 * S},
    {"-01:02:03.5", -(H + 123 * S + 500000)},
    {"+01:02:03", H + 123 * S},
    {"838:59:59", 838 * H + 3599 * S},
    {"1 day", D},
    {"2 days", 2 * D},
    {"-1 days", -D},
    {"+3 days", 3 * D},
    {"1 day 02:03:04", D + 2 * H + 184 * S},
    {"-1 days +02:03:00", -D + 2 * H + 180 * S},
    {"-1 days -02:03:00", -D - 2 * H - 180 * S},
    {"1 day -00:00:01", D - S},
    /* str(timedelta) of Python */
    {"0:00:00", 0},
    {"1 day, 0:00:00", D},
    {"-1 day, 23:59:59", -S},
    {"-1 day, 23:59:59.999999", -1},
    {"2 days, 3:04:05.000006", 2 * D + 3 * H + 245 * S + 6},
    /* parts that leave the domain may add up to one that is in it */
    {"-719163 days +24:00:00", -719162 * D},
    {"2932897 days, -0:00:00.000001", 2932897 * D - 1},
};

static void test_interval__accepted_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(accepted); i++) {
        kn_interval read = {42};
        kn_error error = {0};
        if (kn_interval_parse(kn_text_of(accepted[i].text), &read, &error) != KN_OK || read.us != accepted[i].us)
            fail_msg("%s: %lld, %s", accepted[i].text, (long long)read.us, error.message);
    }
}

static void test_interval__refused_forms(void **state)
{
    static const struct {
        const char *text;
        kn_status status;
        uint32_t position;
    } refused[] = {
        {"", KN_MALFORMED, 1},
        {"-", KN_MALFORMED, 2},
        {"P", KN_MALFORMED, 2},
        {"-P", KN_MALFORMED, 3},
        {"PT", KN_MALFORMED, 3},
        {"P1", KN_MALFORMED, 3},
        {"P1DT", KN_MALFORMED, 5},
        {"P-1D", KN_MALFORMED, 2},
        {"--P1D", KN_MALFORMED, 2},
        {"p1d", KN_MALFORMED, 1},
        {"P1d", KN_MALFORMED, 3},
        {"P1D1D", KN_MALFORMED, 5},
        {"P1W1D", KN_MALFORMED, 5},
        {"P1DT1H1H", KN_MALFORMED, 8},
        {"P1WT1H", KN_MALFORMED, 4},
        {"P1D2W", KN_MALFORMED, 5},
        {"P1.5D", KN_MALFORMED, 3},
        {"PT1.5H", KN_MALFORMED, 6},
        {"PT1.5M", KN_MALFORMED, 6},
        {"PT1.S", KN_MALFORMED, 5},
        {"PT.5S", KN_MALFORMED, 3},
        {"PT1S1M", KN_MALFORMED, 6},
        {"PT1M1H", KN_MALFORMED, 6},
        {"PT1D", KN_MALFORMED, 4},
        {"P1H", KN_MALFORMED, 3},
        {"P1DT1HT1M", KN_MALFORMED, 7},
        {" P1D", KN_MALFORMED, 1},
        {"P1D ", KN_MALFORMED, 4},
        {"1", KN_MALFORMED, 2},
        {"1:02", KN_MALFORMED, 5},
        {"01:02:3", KN_MALFORMED, 8},
        {"01:2:03", KN_MALFORMED, 5},
        {"01:02:03.", KN_MALFORMED, 10},
        {"01:02:03 ", KN_MALFORMED, 9},
        {"01:02:03 1 day", KN_MALFORMED, 9},
        {"1 ", KN_MALFORMED, 3},
        {"1 da", KN_MALFORMED, 3},
        {"1 hour", KN_MALFORMED, 3},
        {"1  day", KN_MALFORMED, 3},
        {"1 days,", KN_MALFORMED, 8},
        {"1 days ", KN_MALFORMED, 8},
        {"1 day1:00:00", KN_MALFORMED, 6},
        {"1 day, 1 day", KN_MALFORMED, 9},
        {"@ 1 day", KN_MALFORMED, 1},
        /* not spans of a known length */
        {"P1Y", KN_OUT_OF_RANGE, 2},
        {"P1M", KN_OUT_OF_RANGE, 2},
        {"P1Y2M3D", KN_OUT_OF_RANGE, 2},
        {"1 mon", KN_OUT_OF_RANGE, 1},
        {"-1 mons +2 days", KN_OUT_OF_RANGE, 2},
        {"1 year 2 mons", KN_OUT_OF_RANGE, 1},
        /* beyond the domain */
        {"P2932897D", KN_OUT_OF_RANGE, 1},
        {"P2932896DT24H", KN_OUT_OF_RANGE, 1},
        {"-P719162DT0.000001S", KN_OUT_OF_RANGE, 1},
        {"P99999999999999999999D", KN_OUT_OF_RANGE, 2},
        {"PT18446744073709551616S", KN_OUT_OF_RANGE, 3},
        {"PT1H99999999999999999999999999999999S", KN_OUT_OF_RANGE, 5},
        {"P2000000000000000000DT2000000000000000000H2000000000000000000M", KN_OUT_OF_RANGE, 2},
        {"P100000000DT2000000000H", KN_OUT_OF_RANGE, 2}, /* each fits 63 bits, not their sum */
        {"99999999999999999999:00:00", KN_OUT_OF_RANGE, 1},
        {"1 day 99999999999999999999:00:00", KN_OUT_OF_RANGE, 7},
        {"-99999999999999999999 days", KN_OUT_OF_RANGE, 2},
        {"00:60:00", KN_OUT_OF_RANGE, 4},
        {"00:00:60", KN_OUT_OF_RANGE, 7},
        {"1 day 00:00:60", KN_OUT_OF_RANGE, 13},
        {"00:00:00.0000001", KN_INEXACT, 16},
        {"PT0.1234567S", KN_INEXACT, 11},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(refused); i++) {
        size_t size = strlen(refused[i].text);
        char *copy = malloc(size ? size : 1);
        kn_interval read = {42};
        kn_error error = {0};
        assert_non_null(copy);
        memcpy(copy, refused[i].text, size);
        kn_status status = kn_interval_parse((kn_text){copy, size}, &read, &error);
        free(copy);
        if (status != refused[i].status || error.position != refused[i].position)
            fail_msg("\"%s\": %s at %u: %s", refused[i].text, kn_status_name(status), error.position, error.message);
        if (status != KN_OK)
            assert_int_equal(read.us, 42);
    }
}

/* SQLAlchemy keeps an Interval as the DATETIME 1970-01-01 plus it. */
static void test_interval__is_stored_as_the_datetime_after_1970(void **state)
{
    static const struct {
        const char *interval, *stored;
    } rows[] = {
        {"PT0S", "1970-01-01 00:00:00.000000"},
        {"P1DT2H3M4.000005S", "1970-01-02 02:03:04.000005"},
        {"-PT0.000001S", "1969-12-31 23:59:59.999999"},
        {"-P719162D", "0001-01-01 00:00:00.000000"},
        {"P2932896DT23H59M59.999999S", "9999-12-31 23:59:59.999999"},
    };
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(rows); i++) {
        kn_interval interval = {0};
        kn_datetime stored = {0};
        char text[KN_DATETIME_SIZE];
        assert_int_equal(kn_interval_parse(kn_text_of(rows[i].interval), &interval, NULL), KN_OK);
        kn_datetime_print((kn_datetime){interval.us}, ' ', text);
        assert_memory_equal(text, rows[i].stored, sizeof text);
        assert_int_equal(kn_datetime_parse(kn_text_of(rows[i].stored), &stored, NULL), KN_OK);
        assert_true(stored.us == interval.us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval__canonical_texts_are_printed_and_read),
        cmocka_unit_test(test_interval__any_number_prints_within_the_stated_size),
        cmocka_unit_test(test_interval__accepted_forms),
        cmocka_unit_test(test_interval__refused_forms),
        cmocka_unit_test(test_interval__is_stored_as_the_datetime_after_1970),
    };
    return cmocka_run_group_tests_name("unit/type/interval", tests, NULL, NULL);
}
