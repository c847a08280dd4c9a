/* SPDX-License-Identifier: MIT */
/* Values as other programs leave them. */
#ifndef KOINE_TESTS_EXACT_FOUND_CASES_H
#define KOINE_TESTS_EXACT_FOUND_CASES_H

#include "exact.h"

typedef char found_chars[5];
enum Found_mood { FOUND_CALM = 1, FOUND_LOUD = 2 };
static const kn_enum found_moods =
    KN_ENUM_TYPE("found_mood", KN_LABEL(FOUND_CALM, "calm"), KN_LABEL(FOUND_LOUD, "loud"));

EXACT_BOX(Found_small, "found_small", kn_opt_int16, KN_SMALL_INTEGER);
EXACT_BOX(Found_int, "found_int", kn_opt_int32, KN_INTEGER);
EXACT_BOX(Found_big, "found_big", kn_opt_int64, KN_BIG_INTEGER);
EXACT_BOX(Found_bool, "found_bool", kn_opt_bool, KN_BOOLEAN);
EXACT_BOX(Found_float, "found_float", kn_opt_double, KN_FLOAT);
EXACT_BOX(Found_float24, "found_float24", kn_opt_float, KN_FLOAT_OF(24));
EXACT_BOX(Found_money, "found_money", kn_opt_decimal, KN_NUMERIC(12, 2));
EXACT_BOX(Found_wide, "found_wide", kn_opt_decimal, KN_NUMERIC(20, 2));
EXACT_BOX(Found_string, "found_string", const char *, KN_STRING(4));
EXACT_BOX(Found_chars, "found_chars", found_chars, KN_STRING(4));
EXACT_BOX(Found_text, "found_text", kn_text, KN_TEXT);
EXACT_BOX(Found_pointer, "found_pointer", const char *, KN_TEXT);
EXACT_BOX(Found_bytes, "found_bytes", kn_opt_bytes, KN_LARGE_BINARY_OF(4));
EXACT_BOX(Found_date, "found_date", kn_opt_date, KN_DATE);
EXACT_BOX(Found_time, "found_time", kn_opt_time, KN_TIME);
EXACT_BOX(Found_datetime, "found_datetime", kn_opt_datetime, KN_DATETIME);
EXACT_BOX(Found_instant, "found_instant", kn_opt_instant, KN_DATETIME_TZ);
EXACT_BOX(Found_interval, "found_interval", kn_opt_interval, KN_INTERVAL);
EXACT_BOX(Found_enum, "found_enum", kn_opt_enum, KN_ENUM(found_moods));
EXACT_BOX(Found_label, "found_label", const char *, KN_ENUM(found_moods));
EXACT_BOX(Found_pickle, "found_pickle", kn_any *, KN_PICKLE);
EXACT_BOX(Found_int_plain, "found_int_plain", int32_t, KN_INTEGER);
EXACT_BOX(Found_bool_plain, "found_bool_plain", bool, KN_BOOLEAN);
EXACT_BOX(Found_decimal_plain, "found_decimal_plain", kn_decimal, KN_NUMERIC(12, 2));
EXACT_BOX(Found_date_plain, "found_date_plain", kn_date, KN_DATE);

typedef struct Found_case {
    const char *dialect;
    const kn_model *model;
    const char *name, *ddl;
    const char *good, *found; /* SQL of a value inside the domain, and of the one that is not */
    kn_status status;
    bool only_member; /* the type holds it, the C member does not */
} Found_case;

/* clang-format off */
#define SQLITE(S, ...) {"sqlite", &S##_model, __VA_ARGS__, false}
#define SQLITE_MEMBER(S, ...) {"sqlite", &S##_model, __VA_ARGS__, true}
#define SQLITE_FORM(S, ...) {"sqlite", &S##_model, __VA_ARGS__}
#define POSTGRESQL(S, ...) {"postgresql", &S##_model, __VA_ARGS__, false}
#define POSTGRESQL_MEMBER(S, ...) {"postgresql", &S##_model, __VA_ARGS__, true}
#define POSTGRESQL_FORM(S, ...) {"postgresql", &S##_model, __VA_ARGS__}
#define MARIADB(S, ...) {"mariadb", &S##_model, __VA_ARGS__, false}
#define MARIADB_MEMBER(S, ...) {"mariadb", &S##_model, __VA_ARGS__, true}
#define MARIADB_FORM(S, ...) {"mariadb", &S##_model, __VA_ARGS__}
/* clang-format on */

static const Found_case found_cases[] = {
    SQLITE(Found_small, "past 16 bits", "SMALLINT", "1", "32768", KN_OUT_OF_RANGE),
    SQLITE(Found_small, "below 16 bits", "SMALLINT", "1", "-32769", KN_OUT_OF_RANGE),
    SQLITE(Found_int, "past 32 bits", "INTEGER", "1", "2147483648", KN_OUT_OF_RANGE),
    SQLITE(Found_int, "text", "INTEGER", "1", "'one'", KN_TYPE_MISMATCH),
    SQLITE(Found_int, "empty text", "INTEGER", "1", "''", KN_TYPE_MISMATCH),
    SQLITE(Found_int, "a blob of a digit", "INTEGER", "1", "x'31'", KN_TYPE_MISMATCH),
    SQLITE(Found_int, "a fraction", "INTEGER", "1", "1.5", KN_OUT_OF_RANGE),
    SQLITE(Found_big, "2^63, a REAL", "BIGINT", "1", "9223372036854775808", KN_OUT_OF_RANGE),
    SQLITE(Found_big, "text", "BIGINT", "1", "'12 apples'", KN_TYPE_MISMATCH),
    SQLITE(Found_bool, "2", "BOOLEAN", "1", "2", KN_OUT_OF_RANGE),
    SQLITE(Found_bool, "-1", "BOOLEAN", "0", "-1", KN_OUT_OF_RANGE),
    SQLITE(Found_bool, "text", "BOOLEAN", "0", "'true'", KN_TYPE_MISMATCH),
    SQLITE(Found_bool, "a half", "BOOLEAN", "0", "0.5", KN_TYPE_MISMATCH),
    SQLITE(Found_float, "infinity", "FLOAT", "1.5", "9e999", KN_OUT_OF_RANGE),
    SQLITE(Found_float, "minus infinity", "FLOAT", "1.5", "-9e999", KN_OUT_OF_RANGE),
    SQLITE(Found_float, "text", "FLOAT", "1.5", "'NaN'", KN_TYPE_MISMATCH),
    SQLITE(Found_float, "a blob", "FLOAT", "1.5", "x'00'", KN_TYPE_MISMATCH),
    SQLITE(Found_float24, "a double that is no float", "FLOAT", "0.5", "0.1", KN_INEXACT),
    SQLITE(Found_float24, "past the largest float", "FLOAT", "0.5", "1e300", KN_OUT_OF_RANGE),
    SQLITE(Found_money, "three digits behind the point", "NUMERIC(12, 2)", "1.25", "1.255", KN_INEXACT),
    SQLITE(Found_money, "a third", "NUMERIC(12, 2)", "1.25", "1.0/3", KN_INEXACT),
    SQLITE(Found_money, "too large an integer", "NUMERIC(12, 2)", "1.25", "10000000000", KN_OUT_OF_RANGE),
    SQLITE(Found_money, "too large a REAL", "NUMERIC(12, 2)", "1.25", "10000000000.5", KN_OUT_OF_RANGE),
    SQLITE(Found_money, "17 digits", "NUMERIC(12, 2)", "1.25", "123456789012345.67", KN_INEXACT),
    SQLITE(Found_money, "infinity", "NUMERIC(12, 2)", "1.25", "9e999", KN_OUT_OF_RANGE),
    SQLITE(Found_money, "text", "NUMERIC(12, 2)", "1.25", "'1,25'", KN_MALFORMED),
    SQLITE(Found_money, "NaN as text", "NUMERIC(12, 2)", "1.25", "'NaN'", KN_MALFORMED),
    SQLITE(Found_money, "a blob", "NUMERIC(12, 2)", "1.25", "x'31'", KN_TYPE_MISMATCH),
    SQLITE(Found_wide, "plain text", "TEXT_NUMERIC(20, 2)", "'000000000000000001.25'", "'1.25'", KN_MALFORMED),
    SQLITE(Found_wide, "negative zero", "TEXT_NUMERIC(20, 2)", "'000000000000000001.25'", "'-999999999999999999.99'",
           KN_MALFORMED),
    SQLITE(Found_wide, "the point elsewhere", "TEXT_NUMERIC(20, 2)", "'000000000000000001.25'",
           "'00000000000000001.250'", KN_MALFORMED),
    SQLITE(Found_wide, "letters", "TEXT_NUMERIC(20, 2)", "'000000000000000001.25'", "'00000000000000000A.25'",
           KN_MALFORMED),
    SQLITE(Found_wide, "a blob", "TEXT_NUMERIC(20, 2)", "'000000000000000001.25'", "x'31'", KN_TYPE_MISMATCH),
    SQLITE(Found_wide, "a number in a column without affinity", "BLOB", "'000000000000000001.25'", "1.25",
           KN_TYPE_MISMATCH),
    SQLITE(Found_string, "five characters", "VARCHAR(4)", "'abcd'", "'abcde'", KN_TOO_LONG),
    SQLITE(Found_string, "four and a space", "VARCHAR(4)", "'abcd'", "'abcd '", KN_TOO_LONG),
    SQLITE(Found_string, "not UTF-8", "VARCHAR(4)", "'abcd'", "CAST(x'ff' AS TEXT)", KN_ENCODING),
    SQLITE(Found_string, "a number in a column without affinity", "BLOB", "'1'", "1", KN_TYPE_MISMATCH),
    SQLITE(Found_string, "a blob", "VARCHAR(4)", "'abcd'", "x'61'", KN_TYPE_MISMATCH),
    SQLITE_MEMBER(Found_chars, "characters that do not fit the array", "VARCHAR(4)", "'abcd'", "'abc\xc3\xa4'",
                  KN_TOO_LONG),
    SQLITE(Found_chars, "U+0000 inside", "VARCHAR(4)", "'abcd'", "CAST(x'610062' AS TEXT)", KN_ENCODING),
    SQLITE(Found_text, "FF", "TEXT", "'a'", "CAST(x'ff' AS TEXT)", KN_ENCODING),
    SQLITE(Found_text, "a surrogate", "TEXT", "'a'", "CAST(x'eda080' AS TEXT)", KN_ENCODING),
    SQLITE(Found_text, "overlong", "TEXT", "'a'", "CAST(x'c0af' AS TEXT)", KN_ENCODING),
    SQLITE(Found_text, "cut inside a character", "TEXT", "'a'", "CAST(x'61e282' AS TEXT)", KN_ENCODING),
    SQLITE(Found_text, "U+0000 inside", "TEXT", "'a'", "CAST(x'610062' AS TEXT)", KN_ENCODING),
    SQLITE(Found_pointer, "U+0000 inside", "TEXT", "'a'", "CAST(x'610062' AS TEXT)", KN_ENCODING),
    SQLITE(Found_pointer, "U+0000 at the end", "TEXT", "'a'", "CAST(x'6100' AS TEXT)", KN_ENCODING),
    SQLITE(Found_pointer, "ISO 8859-1", "TEXT", "'a'", "CAST(x'636166e9' AS TEXT)", KN_ENCODING),
    SQLITE(Found_bytes, "five bytes", "BLOB", "x'00ff00ff'", "x'0000000000'", KN_TOO_LONG),
    SQLITE(Found_bytes, "text", "BLOB", "x''", "'text'", KN_TYPE_MISMATCH),
    SQLITE(Found_date, "30 February", "DATE", "'2024-02-29'", "'2024-02-30'", KN_OUT_OF_RANGE),
    SQLITE(Found_date, "29 February of no leap year", "DATE", "'2024-02-29'", "'1900-02-29'", KN_OUT_OF_RANGE),
    SQLITE(Found_date, "the zero date", "DATE", "'2024-02-29'", "'0000-00-00'", KN_OUT_OF_RANGE),
    SQLITE(Found_date, "year 10000", "DATE", "'2024-02-29'", "'10000-01-01'", KN_MALFORMED),
    SQLITE(Found_date, "a word", "DATE", "'2024-02-29'", "'today'", KN_MALFORMED),
    SQLITE(Found_date, "empty", "DATE", "'2024-02-29'", "''", KN_MALFORMED),
    SQLITE(Found_date, "a German date", "DATE", "'2024-02-29'", "'29.02.2024'", KN_MALFORMED),
    SQLITE(Found_date, "a day number", "DATE", "'2024-02-29'", "2460370", KN_TYPE_MISMATCH),
    SQLITE(Found_date, "a moment", "DATE", "'2024-02-29'", "'2024-02-29 12:00:00'", KN_MALFORMED),
    SQLITE(Found_time, "24:00", "TIME", "'12:00:00.000000'", "'24:00:00.000000'", KN_OUT_OF_RANGE),
    SQLITE(Found_time, "a leap second", "TIME", "'12:00:00.000000'", "'23:59:60.000000'", KN_OUT_OF_RANGE),
    SQLITE(Found_time, "a duration", "TIME", "'12:00:00.000000'", "'838:59:59'", KN_MALFORMED),
    SQLITE(Found_time, "nanoseconds", "TIME", "'12:00:00.000000'", "'12:00:00.000000001'", KN_INEXACT),
    SQLITE(Found_datetime, "31 April", "DATETIME", "'2024-04-30 00:00:00.000000'", "'2024-04-31 00:00:00.000000'",
           KN_OUT_OF_RANGE),
    SQLITE(Found_datetime, "with a zone", "DATETIME", "'2024-04-30 00:00:00.000000'", "'2024-04-30 00:00:00+02:00'",
           KN_MALFORMED),
    SQLITE(Found_datetime, "seconds since 1970", "DATETIME", "'2024-04-30 00:00:00.000000'", "1714435200",
           KN_TYPE_MISMATCH),
    SQLITE(Found_datetime, "seven digits", "DATETIME", "'2024-04-30 00:00:00.000000'", "'2024-04-30 00:00:00.1234567'",
           KN_INEXACT),
    SQLITE(Found_instant, "25 o'clock", "DATETIME", "'2024-04-30 00:00:00.000000'", "'2024-04-30 25:00:00.000000'",
           KN_OUT_OF_RANGE),
    SQLITE(Found_instant, "before year 1 in UTC", "DATETIME", "'2024-04-30 00:00:00.000000'",
           "'0001-01-01 00:00:00+02:00'", KN_OUT_OF_RANGE),
    SQLITE(Found_interval, "a word", "DATETIME", "'1970-01-02 00:00:00.000000'", "'1 day'", KN_MALFORMED),
    SQLITE(Found_interval, "a number", "DATETIME", "'1970-01-02 00:00:00.000000'", "86400", KN_TYPE_MISMATCH),
    SQLITE(Found_enum, "not listed", "VARCHAR(4)", "'calm'", "'wild'", KN_OUT_OF_RANGE),
    SQLITE(Found_enum, "another case", "VARCHAR(4)", "'calm'", "'CALM'", KN_OUT_OF_RANGE),
    SQLITE(Found_enum, "a space behind", "VARCHAR(4)", "'calm'", "'calm '", KN_OUT_OF_RANGE),
    SQLITE(Found_enum, "empty", "VARCHAR(4)", "'calm'", "''", KN_OUT_OF_RANGE),
    SQLITE(Found_enum, "a number in a column without affinity", "BLOB", "'calm'", "1", KN_TYPE_MISMATCH),
    SQLITE(Found_label, "not listed", "VARCHAR(4)", "'loud'", "'wild'", KN_OUT_OF_RANGE),
    SQLITE_MEMBER(Found_pickle, "no pickle", "BLOB", "x'80044b012e'", "x'00'", KN_MALFORMED),
    SQLITE_MEMBER(Found_pickle, "cut short", "BLOB", "x'80044b012e'", "x'80044b01'", KN_MALFORMED),
    SQLITE_MEMBER(Found_pickle, "empty", "BLOB", "x'80044b012e'", "x''", KN_MALFORMED),
    SQLITE_MEMBER(Found_pickle, "bytes behind its end", "BLOB", "x'80044b012e'", "x'80044b012e00'", KN_MALFORMED),
    /* cos\nsystem\n(S'true'\ntR. */
    SQLITE_MEMBER(Found_pickle, "a call", "BLOB", "x'80044b012e'", "x'636f730a73797374656d0a28532774727565270a74522e'",
                  KN_UNSUPPORTED),
    SQLITE(Found_pickle, "text", "BLOB", "x'80044b012e'", "'N.'", KN_TYPE_MISMATCH),

    POSTGRESQL(Found_small, "past 16 bits", "INTEGER", "1", "32768", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_small, "below 16 bits", "BIGINT", "-32768", "-32769", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_int, "past 32 bits", "BIGINT", "2147483647", "2147483648", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_float, "infinity", "FLOAT8", "1.5", "'Infinity'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_float, "minus infinity", "FLOAT8", "1.5", "'-Infinity'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_float, "NaN", "FLOAT8", "-0.0", "'NaN'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_float24, "infinity", "REAL", "1.5", "'Infinity'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_float24, "a double that is no float", "FLOAT8", "0.5", "0.1", KN_INEXACT),
    POSTGRESQL(Found_float24, "past the largest float", "FLOAT8", "0.5", "1e300", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_money, "NaN", "NUMERIC(12, 2)", "1.25", "'NaN'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_money, "three digits behind the point", "NUMERIC", "1.250", "1.255", KN_INEXACT),
    POSTGRESQL(Found_money, "too large", "NUMERIC", "9999999999.99", "10000000000", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_money, "far too large", "NUMERIC", "1.25", "10 ^ 20000::numeric", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_wide, "NaN", "NUMERIC(20, 2)", "-123456789012345678.25", "'NaN'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_wide, "too many digits", "NUMERIC", "123456789012345678.25", "1234567890123456789",
               KN_OUT_OF_RANGE),
    POSTGRESQL(Found_string, "five characters", "TEXT", "'abcd'", "'abcde'", KN_TOO_LONG),
    POSTGRESQL(Found_string, "four and a space", "TEXT", "'abcd'", "'abcd '", KN_TOO_LONG),
    POSTGRESQL_MEMBER(Found_chars, "characters that do not fit the array", "VARCHAR(4)", "'abcd'", "'abc\xc3\xa4'",
                      KN_TOO_LONG),
    POSTGRESQL(Found_bytes, "five bytes", "BYTEA", "'\\x00ff00ff'", "'\\x0000000000'", KN_TOO_LONG),
    POSTGRESQL(Found_date, "infinity", "DATE", "'9999-12-31'", "'infinity'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_date, "minus infinity", "DATE", "'0001-01-01'", "'-infinity'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_date, "before year 1", "DATE", "'0001-01-01'", "'0001-12-31 BC'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_date, "year 10000", "DATE", "'9999-12-31'", "'10000-01-01'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_date, "the last day", "DATE", "'9999-12-31'", "'5874897-12-31'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_time, "24:00", "TIME", "'23:59:59.999999'", "'24:00'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_datetime, "infinity", "TIMESTAMP", "'9999-12-31 23:59:59.999999'", "'infinity'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_datetime, "before year 1", "TIMESTAMP", "'0001-01-01'", "'0001-12-31 23:59:59.999999 BC'",
               KN_OUT_OF_RANGE),
    POSTGRESQL(Found_datetime, "the last moment", "TIMESTAMP", "'9999-12-31'", "'294276-12-31 23:59:59.999999'",
               KN_OUT_OF_RANGE),
    POSTGRESQL(Found_instant, "minus infinity", "TIMESTAMPTZ", "'2024-04-30 00:00:00+02'", "'-infinity'",
               KN_OUT_OF_RANGE),
    POSTGRESQL(Found_instant, "before year 1 in UTC", "TIMESTAMPTZ", "'0001-01-01 00:00:00+00'",
               "'0001-01-01 00:00:00+02:00'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_interval, "a month", "INTERVAL", "'30 days'", "'1 month'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_interval, "a year and minus twelve months", "INTERVAL", "'1 year -12 months'", "'1 year'",
               KN_OUT_OF_RANGE),
    POSTGRESQL(Found_interval, "too many days", "INTERVAL", "'-25:00:00.000001'", "'2147483647 days'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_enum, "not listed", "VARCHAR(4)", "'calm'", "'wild'", KN_OUT_OF_RANGE),
    POSTGRESQL(Found_enum, "another case", "TEXT", "'calm'", "'CALM'", KN_OUT_OF_RANGE),
    POSTGRESQL_MEMBER(Found_pickle, "no pickle", "BYTEA", "'\\x80044b012e'", "'\\x00'", KN_MALFORMED),
    POSTGRESQL_MEMBER(Found_pickle, "empty", "BYTEA", "'\\x80044b012e'", "''", KN_MALFORMED),

    MARIADB(Found_small, "past 16 bits", "INTEGER", "32767", "32768", KN_OUT_OF_RANGE),
    MARIADB(Found_small, "below 16 bits, of 24", "MEDIUMINT", "-32768", "-32769", KN_OUT_OF_RANGE),
    MARIADB(Found_int, "past 32 bits, unsigned", "INTEGER UNSIGNED", "2147483647", "2147483648", KN_OUT_OF_RANGE),
    MARIADB(Found_big, "2^63, unsigned", "BIGINT UNSIGNED", "9223372036854775807", "9223372036854775808",
            KN_OUT_OF_RANGE),
    MARIADB(Found_big, "the last unsigned", "BIGINT UNSIGNED", "1", "18446744073709551615", KN_OUT_OF_RANGE),
    MARIADB(Found_big, "2^63, a decimal", "DECIMAL(20, 0)", "-9223372036854775808", "9223372036854775808",
            KN_OUT_OF_RANGE),
    MARIADB(Found_big, "a fraction", "DECIMAL(20, 1)", "7.0", "7.5", KN_INEXACT),
    MARIADB(Found_bool, "2", "BOOL", "1", "2", KN_OUT_OF_RANGE),
    MARIADB(Found_bool, "-1", "BOOL", "0", "-1", KN_OUT_OF_RANGE),
    MARIADB(Found_float24, "a double that is no float", "DOUBLE", "0.5", "0.1", KN_INEXACT),
    MARIADB(Found_float24, "past the largest float", "DOUBLE", "0.5", "1e300", KN_OUT_OF_RANGE),
    MARIADB(Found_money, "three digits behind the point", "DECIMAL(12, 3)", "1.250", "1.255", KN_INEXACT),
    MARIADB(Found_money, "too large", "DECIMAL(13, 2)", "9999999999.99", "10000000000", KN_OUT_OF_RANGE),
    MARIADB(Found_wide, "65 digits", "DECIMAL(65, 2)", "-123456789012345678.25",
            "123456789012345678901234567890123456789012345678901234567890123.25", KN_OUT_OF_RANGE),
    MARIADB(Found_string, "five characters", "TEXT", "'abcd'", "'abcde'", KN_TOO_LONG),
    MARIADB(Found_string, "four and a space", "VARCHAR(5)", "'abcd'", "'abcd '", KN_TOO_LONG),
    MARIADB_MEMBER(Found_chars, "characters that do not fit the array", "VARCHAR(4)", "'abcd'", "'abc\xc3\xa4'",
                   KN_TOO_LONG),
    MARIADB(Found_text, "U+0000 inside", "LONGTEXT", "'a'", "'a\\0b'", KN_ENCODING),
    MARIADB(Found_pointer, "U+0000 at the end", "LONGTEXT", "'a'", "'a\\0'", KN_ENCODING),
    MARIADB(Found_bytes, "five bytes", "LONGBLOB", "x'00ff00ff'", "x'0000000000'", KN_TOO_LONG),
    MARIADB(Found_date, "year 0", "DATE", "'0001-01-01'", "'0000-12-31'", KN_OUT_OF_RANGE),
    MARIADB(Found_time, "24:00", "TIME(6)", "'23:59:59.999999'", "'24:00:00'", KN_OUT_OF_RANGE),
    MARIADB(Found_time, "the longest", "TIME", "'12:00:00'", "'838:59:59'", KN_OUT_OF_RANGE),
    MARIADB(Found_time, "before midnight", "TIME(6)", "'00:00:00'", "'-00:00:00.000001'", KN_OUT_OF_RANGE),
    MARIADB(Found_datetime, "year 0", "DATETIME(6)", "'0001-01-01'", "'0000-12-31 23:59:59.999999'", KN_OUT_OF_RANGE),
    MARIADB(Found_instant, "year 0", "DATETIME(6)", "'9999-12-31 23:59:59.999999'", "'0000-12-31 23:59:59.999999'",
            KN_OUT_OF_RANGE),
    MARIADB(Found_interval, "year 0", "DATETIME(6)", "'1969-12-31'", "'0000-01-01'", KN_OUT_OF_RANGE),
    MARIADB(Found_enum, "not listed", "ENUM('calm', 'wild')", "'calm'", "'wild'", KN_OUT_OF_RANGE),
    MARIADB(Found_enum, "another case", "VARCHAR(4)", "'calm'", "'CALM'", KN_OUT_OF_RANGE),
    MARIADB_MEMBER(Found_pickle, "no pickle", "LONGBLOB", "x'80044b012e'", "x'00'", KN_MALFORMED),
    MARIADB_MEMBER(Found_pickle, "empty", "LONGBLOB", "x'80044b012e'", "''", KN_MALFORMED),
};

typedef struct Read_case {
    const char *dialect;
    const kn_model *model;
    const char *ddl, *written;
    kn_value value;
} Read_case;

/* 2024-02-29 is day 19782; 12:34:56 is 45296 seconds. */
#define MOMENT INT64_C(1709210096000000)
static const Read_case read_cases[] = {
    SQLITE_FORM(Found_money, "NUMERIC(12, 2)", "7", EXACT_DECIMAL(700, -2)),
    SQLITE_FORM(Found_money, "NUMERIC(12, 2)", "7.5", EXACT_DECIMAL(750, -2)),
    SQLITE_FORM(Found_money, "NUMERIC(12, 2)", "0.1", EXACT_DECIMAL(10, -2)),
    SQLITE_FORM(Found_money, "NUMERIC(12, 2)", "-9999999999.99", EXACT_DECIMAL(-999999999999, -2)),
    SQLITE_FORM(Found_money, "TEXT", "'7.50'", EXACT_DECIMAL(750, -2)),
    SQLITE_FORM(Found_money, "TEXT", "'7.500'", EXACT_DECIMAL(750, -2)),
    SQLITE_FORM(Found_float, "BLOB", "3", EXACT_FLOAT(3.0)),
    SQLITE_FORM(Found_bool, "INTEGER", "1", EXACT_BOOL(true)),
    SQLITE_FORM(Found_date, "TEXT", "'20240229'", EXACT_DATE(19782)),
    SQLITE_FORM(Found_time, "TIME", "'12:34'", EXACT_TIME(INT64_C(45240000000))),
    SQLITE_FORM(Found_time, "TIME", "'12:34:56'", EXACT_TIME(INT64_C(45296000000))),
    SQLITE_FORM(Found_time, "TIME", "'12:34:56.5'", EXACT_TIME(INT64_C(45296500000))),
    SQLITE_FORM(Found_datetime, "DATETIME", "'2024-02-29 12:34:56'", EXACT_DATETIME(MOMENT)),
    SQLITE_FORM(Found_datetime, "DATETIME", "'2024-02-29T12:34:56'", EXACT_DATETIME(MOMENT)),
    SQLITE_FORM(Found_datetime, "DATETIME", "'2024-02-29 12:34:56.250'", EXACT_DATETIME(MOMENT + 250000)),
    SQLITE_FORM(Found_datetime, "DATETIME", "'2024-02-29'", EXACT_DATETIME(MOMENT - INT64_C(45296000000))),
    SQLITE_FORM(Found_instant, "DATETIME", "'2024-02-29 12:34:56'", EXACT_INSTANT(MOMENT)),
    SQLITE_FORM(Found_instant, "DATETIME", "'2024-02-29T12:34:56Z'", EXACT_INSTANT(MOMENT)),
    SQLITE_FORM(Found_instant, "DATETIME", "'2024-02-29 14:34:56+02:00'", EXACT_INSTANT(MOMENT)),
    SQLITE_FORM(Found_interval, "DATETIME", "'1970-01-01 00:00:01'", EXACT_INTERVAL(1000000)),
    SQLITE_FORM(Found_interval, "DATETIME", "'1969-12-31 23:59:59.000000'", EXACT_INTERVAL(-1000000)),

    POSTGRESQL_FORM(Found_small, "BIGINT", "-32768", EXACT_INT(-32768)),
    POSTGRESQL_FORM(Found_big, "SMALLINT", "7", EXACT_INT(7)),
    POSTGRESQL_FORM(Found_money, "NUMERIC", "7", EXACT_DECIMAL(700, -2)),
    POSTGRESQL_FORM(Found_money, "NUMERIC", "-0.000", EXACT_DECIMAL(0, -2)),
    POSTGRESQL_FORM(Found_money, "NUMERIC(40, 30)", "1234567890.5", EXACT_DECIMAL(123456789050, -2)),
    POSTGRESQL_FORM(Found_money, "NUMERIC", "1e9", EXACT_DECIMAL(100000000000, -2)),
    POSTGRESQL_FORM(Found_float, "REAL", "0.5", EXACT_FLOAT(0.5)),
    POSTGRESQL_FORM(Found_date, "DATE", "'2024-02-29'", EXACT_DATE(19782)),
    POSTGRESQL_FORM(Found_time, "TIME", "'12:34'", EXACT_TIME(INT64_C(45240000000))),
    POSTGRESQL_FORM(Found_datetime, "TIMESTAMP(0)", "'2024-02-29T12:34:56'", EXACT_DATETIME(MOMENT)),
    POSTGRESQL_FORM(Found_instant, "TIMESTAMPTZ", "'2024-02-29 14:34:56+02'", EXACT_INSTANT(MOMENT)),
    POSTGRESQL_FORM(Found_interval, "INTERVAL", "'-1 day 00:00:01'", EXACT_INTERVAL(-INT64_C(86399000000))),

    MARIADB_FORM(Found_small, "MEDIUMINT", "-32768", EXACT_INT(-32768)),
    MARIADB_FORM(Found_small, "TINYINT UNSIGNED", "255", EXACT_INT(255)),
    MARIADB_FORM(Found_small, "YEAR", "2155", EXACT_INT(2155)),
    MARIADB_FORM(Found_big, "BIGINT UNSIGNED", "9223372036854775807", EXACT_INT(INT64_MAX)),
    MARIADB_FORM(Found_big, "DECIMAL(19, 0)", "-9223372036854775808", EXACT_INT(INT64_MIN)),
    MARIADB_FORM(Found_big, "DECIMAL(19, 2)", "12.00", EXACT_INT(12)),
    MARIADB_FORM(Found_money, "DECIMAL(12, 0)", "7", EXACT_DECIMAL(700, -2)),
    MARIADB_FORM(Found_money, "DECIMAL(40, 30)", "1234567890.5", EXACT_DECIMAL(123456789050, -2)),
    MARIADB_FORM(Found_money, "DECIMAL(12, 2)", "-0.05", EXACT_DECIMAL(-5, -2)),
    MARIADB_FORM(Found_float, "FLOAT", "0.5", EXACT_FLOAT(0.5)),
    MARIADB_FORM(Found_time, "TIME", "'12:34'", EXACT_TIME(INT64_C(45240000000))),
    MARIADB_FORM(Found_datetime, "DATETIME", "'2024-02-29T12:34:56'", EXACT_DATETIME(MOMENT)),
    MARIADB_FORM(Found_instant, "TIMESTAMP", "'2024-02-29 12:34:56'", EXACT_INSTANT(MOMENT)),
    MARIADB_FORM(Found_interval, "DATETIME(3)", "'1970-01-01 00:00:01'", EXACT_INTERVAL(1000000)),
};

#endif
