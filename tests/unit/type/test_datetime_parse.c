/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <koine/datetime.h>

#include <stdlib.h>
#include <string.h>

typedef struct accepted {
    const char *text;
    int64_t value;
} accepted;

typedef struct refused {
    const char *text;
    kn_status status;
    uint32_t position;
} refused;

typedef kn_status (*parser)(kn_text text, int64_t *out, kn_error *error);

#define PARSER(name, T, member)                                                                                        \
    static kn_status name(kn_text text, int64_t *out, kn_error *error)                                                 \
    {                                                                                                                  \
        kn_##T value = {42};                                                                                           \
        kn_status status = kn_##T##_parse(text, &value, error);                                                        \
        *out = value.member;                                                                                           \
        return status;                                                                                                 \
    }
PARSER(parse_date, date, days)
PARSER(parse_time, time, us)
PARSER(parse_datetime, datetime, us)
PARSER(parse_instant, instant, us)

/* In a block of its own size, so that a sanitizer sees a read past the end. */
static kn_status parse_alone(parser parse, const char *text, int64_t *out, kn_error *error)
{
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    kn_status status = parse((kn_text){copy, size}, out, error);
    free(copy);
    return status;
}

static void check_accepted(parser parse, const accepted *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        kn_error error = {0};
        int64_t value = 0;
        kn_status status = parse_alone(parse, rows[i].text, &value, &error);
        if (status != KN_OK || value != rows[i].value)
            fail_msg("%s: %s %s, %lld", rows[i].text, kn_status_name(status), error.message, (long long)value);
        assert_int_equal(error.status, 0);
    }
}

static void check_refused(parser parse, const refused *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        kn_error error = {0};
        int64_t value = 0;
        kn_status status = parse_alone(parse, rows[i].text, &value, &error);
        if (status != rows[i].status || error.position != rows[i].position)
            fail_msg("\"%s\": %s at %u: %s", rows[i].text, kn_status_name(status), error.position, error.message);
        assert_int_equal(error.status, status);
        assert_int_equal(value, 42);
        assert_int_equal(parse_alone(parse, rows[i].text, &value, NULL), status);
    }
}

#define ACCEPTS(parse, rows) check_accepted(parse, rows, KN_COUNT_OF(rows))
#define REFUSES(parse, rows) check_refused(parse, rows, KN_COUNT_OF(rows))

static void test_datetime_parse__dates(void **state)
{
    static const accepted good[] = {
        {"0001-01-01", -719162}, {"00010101", -719162}, {"1970-01-01", 0},       {"1969-12-31", -1},
        {"2024-02-29", 19782},   {"20240229", 19782},   {"9999-12-31", 2932896}, {"99991231", 2932896},
    };
    static const refused bad[] = {
        {"", KN_MALFORMED, 1},
        {"2024", KN_MALFORMED, 5},
        {"2024-", KN_MALFORMED, 6},
        {"2024-02", KN_MALFORMED, 8},
        {"2024-02-2", KN_MALFORMED, 10},
        {"2024-2-29", KN_MALFORMED, 7},
        {"2024-0229", KN_MALFORMED, 8},
        {"202402-29", KN_MALFORMED, 7},
        {"2024/02/29", KN_MALFORMED, 5},
        {"2024-02/29", KN_MALFORMED, 8},
        {"24-02-29", KN_MALFORMED, 3},
        {" 2024-02-29", KN_MALFORMED, 1},
        {"2024-02-29 ", KN_MALFORMED, 11},
        {"2024-02-290", KN_MALFORMED, 11},
        {"2024-02-29 00:00", KN_MALFORMED, 11},
        {"+2024-02-29", KN_MALFORMED, 1},
        {"-001-02-29", KN_MALFORMED, 1},
        {"2024-02-2:", KN_MALFORMED, 10},
        {"2024-02-2/", KN_MALFORMED, 10},
        {"\xb2\x30\x32\x34-02-29", KN_MALFORMED, 1}, /* '2' with the top bit */
        {"2024\xad"
         "02-29",
         KN_MALFORMED, 5}, /* '-' with the top bit */
        {"2024-W09-4", KN_MALFORMED, 6},
        {"2024-060", KN_MALFORMED, 8},
        {"infinity", KN_MALFORMED, 1},
        {"0000-00-00", KN_OUT_OF_RANGE, 1},
        {"0000-01-01", KN_OUT_OF_RANGE, 1},
        {"2024-00-01", KN_OUT_OF_RANGE, 6},
        {"2024-13-01", KN_OUT_OF_RANGE, 6},
        {"20241301", KN_OUT_OF_RANGE, 5},
        {"2024-02-30", KN_OUT_OF_RANGE, 9},
        {"2023-02-29", KN_OUT_OF_RANGE, 9},
        {"20230229", KN_OUT_OF_RANGE, 7},
        {"2024-04-31", KN_OUT_OF_RANGE, 9},
        {"2024-01-00", KN_OUT_OF_RANGE, 9},
        {"2024-13-01x", KN_MALFORMED, 11}, /* form before value */
    };
    (void)state;
    ACCEPTS(parse_date, good);
    REFUSES(parse_date, bad);
}

static void test_datetime_parse__times(void **state)
{
    static const accepted good[] = {
        {"00:00:00.000000", 0},
        {"23:59:59.999999", INT64_C(86399999999)},
        {"01:02:03.000004", INT64_C(3723000004)},
        {"01:02", INT64_C(3720000000)},
        {"01:02:03", INT64_C(3723000000)},
        {"01:02:03.5", INT64_C(3723500000)},
        {"01:02:03,5", INT64_C(3723500000)},
        {"01:02:03.000040", INT64_C(3723000040)},
        {"01:02:03.00004", INT64_C(3723000040)},
        {"01:02:03.1234560", INT64_C(3723123456)},
        {"01:02:03.123456000000000", INT64_C(3723123456)},
        {"0102", INT64_C(3720000000)},
        {"010203", INT64_C(3723000000)},
        {"010203.25", INT64_C(3723250000)},
        {"010203,25", INT64_C(3723250000)},
    };
    static const refused bad[] = {
        {"", KN_MALFORMED, 1},
        {"1", KN_MALFORMED, 2},
        {"12", KN_MALFORMED, 3},
        {"12:", KN_MALFORMED, 4},
        {"1:02", KN_MALFORMED, 2},
        {"12:3", KN_MALFORMED, 5},
        {"12:34:", KN_MALFORMED, 7},
        {"12:34:5", KN_MALFORMED, 8},
        {"12:3456", KN_MALFORMED, 6},
        {"1234:56", KN_MALFORMED, 5},
        {"12:34:56.", KN_MALFORMED, 10},
        {"12:34:56,", KN_MALFORMED, 10},
        {"12:34.5", KN_MALFORMED, 6},
        {"1234.5", KN_MALFORMED, 5},
        {"12:34:56.5 ", KN_MALFORMED, 11},
        {" 12:34:56", KN_MALFORMED, 1},
        {"12:34:56Z", KN_MALFORMED, 9},
        {"12:34:56+00", KN_MALFORMED, 9},
        {"12:34:56 PM", KN_MALFORMED, 9},
        {"12:34:56.12345x", KN_MALFORMED, 15},
        {"12:34:56;123456", KN_MALFORMED, 9},
        {"T12:34:56", KN_MALFORMED, 1},
        {"-1:00:00", KN_MALFORMED, 1},
        {"838:59:59", KN_MALFORMED, 4},
        {"24:00", KN_OUT_OF_RANGE, 1},
        {"24:00:00.000000", KN_OUT_OF_RANGE, 1},
        {"23:60:00.000000", KN_OUT_OF_RANGE, 4},
        {"23:59:60.000000", KN_OUT_OF_RANGE, 7},
        {"235960", KN_OUT_OF_RANGE, 5},
        {"12:34:56.1234567", KN_INEXACT, 16},
        {"12:34:56.12345600001", KN_INEXACT, 20},
        {"12:34:56.0000001", KN_INEXACT, 16},
        {"24:00:00.0000001", KN_OUT_OF_RANGE, 1},
        {"12:34:56.0000001x", KN_MALFORMED, 17},
    };
    (void)state;
    ACCEPTS(parse_time, good);
    REFUSES(parse_time, bad);
}

static void test_datetime_parse__datetimes(void **state)
{
    static const accepted good[] = {
        {"0001-01-01 00:00:00.000000", INT64_C(-62135596800000000)},
        {"1969-12-31 23:59:59.999999", -1},
        {"2024-02-29 12:34:56.789012", INT64_C(1709210096789012)},
        {"9999-12-31 23:59:59.999999", INT64_C(253402300799999999)},
        {"2024-02-29T12:34:56.789012", INT64_C(1709210096789012)},
        {"2024-02-29t12:34:56.789012", INT64_C(1709210096789012)},
        {"2024-02-29 12:34:56", INT64_C(1709210096000000)},
        {"2024-02-29 12:34:56.789", INT64_C(1709210096789000)},
        {"2024-02-29 12:34:56.789012000", INT64_C(1709210096789012)},
        {"2024-02-29 12:34", INT64_C(1709210040000000)},
        {"20240229T123456", INT64_C(1709210096000000)},
        {"20240229T123456.789012", INT64_C(1709210096789012)},
        {"20240229 1234", INT64_C(1709210040000000)},
        {"2024-02-29", INT64_C(1709164800000000)},
        {"20240229", INT64_C(1709164800000000)},
    };
    static const refused bad[] = {
        {"", KN_MALFORMED, 1},
        {"2024-02-29 ", KN_MALFORMED, 12},
        {"2024-02-29T", KN_MALFORMED, 12},
        {"2024-02-29  12:34", KN_MALFORMED, 12},
        {"2024-02-29_12:34:56.789012", KN_MALFORMED, 11},
        {"2024-02-29 12:34:56.78901x", KN_MALFORMED, 26},
        {"2024-02-29 12:34:56.7890123", KN_INEXACT, 27},
        {"2024-02-29 12:34:56Z", KN_MALFORMED, 20},
        {"2024-02-29 12:34:56.789012Z", KN_MALFORMED, 27},
        {"2024-02-29 12:34:56+00:00", KN_MALFORMED, 20},
        {"2024-02-29-05:00", KN_MALFORMED, 11},
        {"2024-02-30 12:34:56.789012", KN_OUT_OF_RANGE, 9},
        {"2023-02-29 12:34:56.789012", KN_OUT_OF_RANGE, 9},
        {"2024-02-29 24:00:00.000000", KN_OUT_OF_RANGE, 12},
        {"2024-02-29 23:60:00.000000", KN_OUT_OF_RANGE, 15},
        {"2024-02-29 23:59:60.000000", KN_OUT_OF_RANGE, 18},
        {"0000-00-00 00:00:00.000000", KN_OUT_OF_RANGE, 1},
        {"0000-01-01 00:00:00.000000", KN_OUT_OF_RANGE, 1},
        {"2024-00-01 00:00:00.000000", KN_OUT_OF_RANGE, 6},
        {"2024-01-00 00:00:00.000000", KN_OUT_OF_RANGE, 9},
        {"10000-01-01 00:00:00.00000", KN_MALFORMED, 6},
        {"infinity", KN_MALFORMED, 1},
        {"0044-03-15 BC", KN_MALFORMED, 12},
    };
    (void)state;
    ACCEPTS(parse_datetime, good);
    REFUSES(parse_datetime, bad);
}

/* Each byte of a printed datetime, replaced by each other byte, must be refused or be a digit. */
static void test_datetime_parse__one_wrong_byte_is_never_taken_for_another(void **state)
{
    static const char text[] = "2011-11-11 11:11:11.111111";
    int accepted_count = 0;
    (void)state;
    for (size_t i = 0; i < KN_DATETIME_SIZE; i++)
        for (int c = 0; c < 256; c++) {
            char changed[sizeof text];
            kn_datetime t;
            memcpy(changed, text, sizeof text);
            changed[i] = (char)c;
            if (kn_datetime_parse((kn_text){changed, KN_DATETIME_SIZE}, &t, NULL) != KN_OK)
                continue;
            char printed[KN_DATETIME_SIZE];
            kn_datetime_print(t, ' ', printed);
            changed[10] = ' ';
            changed[19] = '.';
            assert_memory_equal(printed, changed, KN_DATETIME_SIZE);
            accepted_count++;
        }
    /* year 4 x 10, month 2 + 3, day 3 + 10, hour 3 + 10, minute and second 6 + 10 each, fraction 6 x 10; separators: '
     * ', T and t, '.' and ',', 4 that have no other form */
    assert_int_equal(accepted_count, 40 + 5 + 13 + 13 + 32 + 60 + 3 + 2 + 4);
}

static void test_datetime_parse__instants(void **state)
{
    /* From CPython: datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=utc). */
    static const accepted good[] = {
        {"2024-02-29T12:34:56Z", INT64_C(1709210096000000)},
        {"2024-02-29T12:34:56.789012Z", INT64_C(1709210096789012)},
        {"2024-02-29 12:34:56.789012+00", INT64_C(1709210096789012)},
        {"2024-02-29 12:34:56.789012z", INT64_C(1709210096789012)},
        {"2024-02-29T12:34:56+02:00", INT64_C(1709202896000000)},
        {"2024-02-29T12:34:56-00:00", INT64_C(1709210096000000)},
        {"2024-02-29T12:34:56+02", INT64_C(1709202896000000)},
        {"20240229T123456+02", INT64_C(1709202896000000)},
        {"2000-01-01T00:00:00.5+05:30:15", INT64_C(946664985500000)},
        {"0001-01-01T00:00:00-23:59:59", INT64_C(-62135510401000000)},
        {"0001-01-01T05:00:00+05", INT64_C(-62135596800000000)},
        {"9999-12-31T22:59:59.999999-01", INT64_C(253402300799999999)},
        {"1970-01-01Z", 0},
        {"1970-01-01-01:30", INT64_C(5400000000)},
    };
    static const refused bad[] = {
        {"", KN_MALFORMED, 1},
        {"2024-02-29T12:34:56", KN_MALFORMED, 20},
        {"2024-02-29 12:34:56.789012", KN_MALFORMED, 27},
        {"2024-02-29", KN_MALFORMED, 11},
        {"2024-02-29T12:34:56 Z", KN_MALFORMED, 20},
        {"2024-02-29T12:34:56ZZ", KN_MALFORMED, 21},
        {"2024-02-29T12:34:56+2", KN_MALFORMED, 22},
        {"2024-02-29T12:34:56+0200", KN_MALFORMED, 23},
        {"2024-02-29T12:34:56+02:", KN_MALFORMED, 24},
        {"2024-02-29T12:34:56+02:00:", KN_MALFORMED, 27},
        {"2024-02-29T12:34:56+02:00:00.5", KN_MALFORMED, 29},
        {"2024-02-29T12:34:56UTC", KN_MALFORMED, 20},
        {"2024-02-29T12:34:56+24:00", KN_OUT_OF_RANGE, 21},
        {"2024-02-29T12:34:56+02:60", KN_OUT_OF_RANGE, 24},
        {"2024-02-29T12:34:56+02:00:60", KN_OUT_OF_RANGE, 27},
        {"2023-02-29T12:34:56Z", KN_OUT_OF_RANGE, 9},
        {"0001-01-01T00:00:00+00:00:01", KN_OUT_OF_RANGE, 1},
        {"9999-12-31T23:59:59.999999-00:00:01", KN_OUT_OF_RANGE, 1},
        {"2024-02-29T12:34:56.0000001Z", KN_INEXACT, 27},
    };
    (void)state;
    ACCEPTS(parse_instant, good);
    REFUSES(parse_instant, bad);
}

static void test_datetime_parse__no_text_is_malformed(void **state)
{
    static const parser all[] = {parse_date, parse_time, parse_datetime, parse_instant};
    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(all); i++) {
        kn_error error = {0};
        int64_t value;
        assert_int_equal(all[i]((kn_text){NULL, 0}, &value, &error), KN_MALFORMED);
        assert_int_equal(error.position, 1);
        assert_int_equal(all[i]((kn_text){NULL, KN_DATETIME_SIZE}, &value, &error), KN_MALFORMED);
    }
}

static void test_datetime_parse__what_is_printed_is_read(void **state)
{
    int failures = 0;
    (void)state;
    for (int32_t days = KN_DATE_MIN; days <= KN_DATE_MAX; days += 7) {
        int64_t clock = (int64_t)(days - KN_DATE_MIN) * 7919 * 100003 % KN_US_PER_DAY;
        kn_datetime t = kn_datetime_of((kn_date){days}, (kn_time){clock}), read = {0};
        kn_date d = {0};
        kn_time c = {0};
        char text[KN_DATETIME_SIZE];
        kn_datetime_print(t, ' ', text);
        failures += kn_datetime_parse((kn_text){text, sizeof text}, &read, NULL) != KN_OK || read.us != t.us;
        failures += kn_date_parse((kn_text){text, KN_DATE_SIZE}, &d, NULL) != KN_OK || d.days != days;
        failures += kn_time_parse((kn_text){text + 11, KN_TIME_SIZE}, &c, NULL) != KN_OK || c.us != clock;
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datetime_parse__dates),
        cmocka_unit_test(test_datetime_parse__times),
        cmocka_unit_test(test_datetime_parse__datetimes),
        cmocka_unit_test(test_datetime_parse__one_wrong_byte_is_never_taken_for_another),
        cmocka_unit_test(test_datetime_parse__instants),
        cmocka_unit_test(test_datetime_parse__no_text_is_malformed),
        cmocka_unit_test(test_datetime_parse__what_is_printed_is_read),
    };
    return cmocka_run_group_tests_name("unit/type/datetime_parse", tests, NULL, NULL);
}
