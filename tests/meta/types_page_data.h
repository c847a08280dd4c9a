/* SPDX-License-Identifier: MIT */
/* What no code tells of a type, and the values that are shown of it. */
#ifndef KOINE_TESTS_TYPES_PAGE_DATA_H
#define KOINE_TESTS_TYPES_PAGE_DATA_H

#include <koine/koine.h>

/* A value offered to the type; `name` where the value prints badly. The first is the example that is sent. */
typedef struct probe {
    kn_value value;
    const char *name;
} probe;

typedef struct entry {
    const char *word; /* as a program writes it */
    kn_type type;
    uint64_t hold;
    const char *domain;
    const char *backends[3];   /* a remark on sqlite, postgresql, mysql */
    const char *sqlalchemy[3]; /* what it declares there */
    const char *neighbour;     /* who loses what */
    probe probes[12];          /* ended by KN_KIND_UNSET */
} entry;

enum page_mood { PAGE_CALM = 1, PAGE_LOUD = -4 };
static const kn_enum page_mood = KN_ENUM_TYPE("mood", KN_LABEL(PAGE_CALM, "calm"), KN_LABEL(PAGE_LOUD, "loud"));

/* clang-format off */
#define TYPE(word_, T) .word = word_, .type = {KN_INIT_##T}, .hold = (KN_HOLD_##T)
#define INT_(x) {.kind = KN_KIND_INT, .as = {.i = (x)}}
#define BOOL_(x) {.kind = KN_KIND_BOOL, .as = {.b = (x)}}
#define FLOAT_(x) {.kind = KN_KIND_FLOAT, .as = {.d = (x)}}
#define DECIMAL_(c, e) {.kind = KN_KIND_DECIMAL, .as = {.decimal = KN_DECIMAL(c, e)}}
#define TEXT_(s) {.kind = KN_KIND_TEXT, .as = {.text = {(s), sizeof(s) - 1}}}
#define BYTES_(s) {.kind = KN_KIND_BYTES, .as = {.bytes = {(s), sizeof(s) - 1}}}
#define DATE_(x) {.kind = KN_KIND_DATE, .as = {.date = {(x)}}}
#define TIME_(x) {.kind = KN_KIND_TIME, .as = {.time = {(x)}}}
#define DATETIME_(x) {.kind = KN_KIND_DATETIME, .as = {.datetime = {(x)}}}
#define INSTANT_(x) {.kind = KN_KIND_INSTANT, .as = {.instant = {(x)}}}
#define INTERVAL_(x) {.kind = KN_KIND_INTERVAL, .as = {.interval = {(x)}}}
/* clang-format on */
#define TEN(s) s s s s s s s s s s
#define LEAP_DAY 19782                                    /* 2024-02-29 */
#define SHOWN_US (INT64_C(1709210096) * 1000000 + 250000) /* 2024-02-29 12:34:56.25 */
#define SAME(ddl)                                                                                                      \
    {                                                                                                                  \
        ddl, ddl, ddl                                                                                                  \
    }

#define TEXTS                                                                                                          \
    {TEXT_("bj\xc3\xb6rk "), NULL}, {TEXT_(""), NULL}, {TEXT_("\xff"), "bytes that are not UTF-8"},                    \
        {TEXT_("a\0b"), "U+0000 inside"}, {BYTES_("a"), NULL},                                                         \
    {                                                                                                                  \
        INT_(1), NULL                                                                                                  \
    }

static const entry entries[] = {
    {TYPE("KN_SMALL_INTEGER", KN_SMALL_INTEGER), .domain = "Whole numbers of 16 bits.",
     .backends = {"the range is Koine's: SQLite itself has none", NULL, NULL}, .sqlalchemy = SAME("SMALLINT"),
     .probes = {{INT_(-32768), NULL}, {INT_(32767), NULL}, {INT_(32768), NULL}, {FLOAT_(1.0), NULL}}},
    {TYPE("KN_INTEGER", KN_INTEGER), .domain = "Whole numbers of 32 bits, whatever the member could hold.",
     .backends = {"a generated key is an `INTEGER`, whatever its width",
                  "a generated key is an identity; `SERIAL` of others is used as it is",
                  "a generated key is `AUTO_INCREMENT`"},
     .sqlalchemy = SAME("INTEGER"),
     .probes =
         {{INT_(INT32_MIN), NULL}, {INT_(INT32_MAX), NULL}, {INT_(INT64_C(2147483648)), NULL}, {TEXT_("1"), NULL}}},
    {TYPE("KN_BIG_INTEGER", KN_BIG_INTEGER), .domain = "Whole numbers of 64 bits.", .sqlalchemy = SAME("BIGINT"),
     .probes = {{INT_(INT64_MIN), NULL}, {INT_(INT64_MAX), NULL}, {DECIMAL_(1, 0), NULL}}},
    {TYPE("KN_BOOLEAN", KN_BOOLEAN),
     .domain = "false and true. Whatever is neither 0 nor 1 is an error when it is read.",
     .backends = {NULL, NULL, "`BOOL` is `TINYINT(1)`"}, .sqlalchemy = {"BOOLEAN", "BOOLEAN", "BOOL"},
     .neighbour = "SQLAlchemy takes any number but 0 for true when it reads; Koine refuses it.",
     .probes = {{BOOL_(true), NULL}, {BOOL_(false), NULL}, {INT_(1), NULL}, {INT_(2), NULL}}},
    {TYPE("KN_FLOAT", KN_FLOAT),
     .domain = "Finite doubles; -0.0 becomes 0.0. A number of few bits: `KN_FLOAT_OF(24)` fits a C float, and refuses "
               "a double that is none.",
     .sqlalchemy = {"FLOAT", "FLOAT", "FLOAT"},
     .neighbour =
         "SQLAlchemy's `Float` on MySQL and MariaDB is a column of 24 bits, which rounds what anybody writes; use "
         "`Float(53)`. It writes NaN and infinity as NULL on SQLite; Koine refuses them.",
     .probes = {{FLOAT_(0.1), NULL},
                {FLOAT_(1.7976931348623157e308), NULL},
                {FLOAT_(-0.0), NULL},
                {INT_(3), NULL},
                {INT_(INT64_C(9007199254740993)), NULL},
                {FLOAT_((double)__builtin_inff()), "infinity"},
                {FLOAT_((double)__builtin_nanf("")), "NaN"}}},
    {TYPE("KN_NUMERIC(p, s)", KN_NUMERIC(12, 2)),
     .domain =
         "Exact decimals of p digits, s of them behind the point. Nothing is rounded on its way in or out; equal means "
         "equal as numbers; what is read has the scale of the column.",
     .backends = {"up to 15 digits a double that means one decimal; over 15 digits `TEXT_NUMERIC(p, s)`, a text of "
                  "fixed width whose order is "
                  "that of the numbers",
                  NULL, NULL},
     .sqlalchemy = SAME("NUMERIC(12, 2)"),
     .neighbour = "Over 15 digits SQLAlchemy on SQLite makes doubles of them: such a column is not shared, Koine reads "
                  "an error from "
                  "it.",
     .probes = {{DECIMAL_(123450, -2), NULL},
                {DECIMAL_(INT64_C(999999999999), -2), NULL},
                {INT_(7), NULL},
                {DECIMAL_(INT64_C(1000000000000), -2), NULL},
                {DECIMAL_(5, -3), NULL},
                {FLOAT_(0.1), NULL}}},
    {TYPE("KN_STRING(n)", KN_STRING(40)),
     .domain = "Up to n characters (code points) of UTF-8 without U+0000. Compared, sorted and unique by code point: "
               "case, accents "
               "and spaces at the end count.",
     .backends = {"the length is Koine's: SQLite itself has none", NULL,
                  "at most 16383 characters; a key of more than 3072 bytes is refused"},
     .sqlalchemy = SAME("VARCHAR(40)"),
     .neighbour = "Tables that SQLAlchemy makes on servers have the collation of their database, which may take \"a\" "
                  "and \"A\" for one.",
     .probes = {TEXTS,
                {TEXT_(TEN("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4")), "40 umlauts"},
                {TEXT_(TEN("abcd") " "), "40 letters and a space"}}},
    {TYPE("KN_UNICODE(n)", KN_UNICODE(40)), .domain = "As String(n).", .sqlalchemy = SAME("VARCHAR(40)"),
     .probes = {{TEXT_("bj\xc3\xb6rk "), NULL}, {TEXT_(TEN("abcd") " "), "40 letters and a space"}}},
    {TYPE("KN_TEXT", KN_TEXT), .domain = "As String, of any length.", .sqlalchemy = SAME("TEXT"),
     .neighbour = "SQLAlchemy's `TEXT` on MySQL and MariaDB holds 64 KiB: more is refused there, whoever writes it.",
     .probes = {TEXTS}},
    {TYPE("KN_UNICODE_TEXT", KN_UNICODE_TEXT), .domain = "As Text.", .sqlalchemy = SAME("TEXT"),
     .neighbour = "As Text.", .probes = {{TEXT_("\xf0\x9f\x8e\xb5"), NULL}}},
    {TYPE("KN_LARGE_BINARY", KN_LARGE_BINARY), .domain = "Bytes. `KN_LARGE_BINARY_OF(n)`: at most n.",
     .backends = {NULL, NULL, "with a length `BLOB(n)`"}, .sqlalchemy = {"BLOB", "BYTEA", "BLOB"},
     .neighbour = "SQLAlchemy's `BLOB` on MySQL and MariaDB holds 64 KiB: more is refused there, whoever writes it.",
     .probes = {{BYTES_("\x00\xff'"), NULL}, {BYTES_(""), NULL}, {TEXT_("a"), NULL}}},
    {TYPE("KN_DATE", KN_DATE), .domain = "Days of the years 1 to 9999, proleptic Gregorian.",
     .sqlalchemy = SAME("DATE"),
     .probes = {{DATE_(LEAP_DAY), NULL},
                {DATE_(KN_DATE_MIN), NULL},
                {DATE_(KN_DATE_MAX), NULL},
                {DATE_(KN_DATE_MAX + 1), "the day after"},
                {DATETIME_(0), NULL}}},
    {TYPE("KN_TIME", KN_TIME), .domain = "Times of a day, in microseconds. No 24:00, no leap second.",
     .sqlalchemy = {"TIME", "TIME WITHOUT TIME ZONE", "TIME"},
     .neighbour = "SQLAlchemy's `TIME` on MySQL and MariaDB has no fraction: the server cuts what anybody writes.",
     .probes = {{TIME_(INT64_C(45296250000)), NULL},
                {TIME_(0), NULL},
                {TIME_(KN_US_PER_DAY - 1), NULL},
                {TIME_(KN_US_PER_DAY), "24:00"}}},
    {TYPE("KN_DATETIME", KN_DATETIME),
     .domain = "A Date and a Time of a clock on the wall, without a zone, in microseconds.",
     .backends = {"written with six digits; every older form is read", NULL, NULL},
     .sqlalchemy = {"DATETIME", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME"},
     .neighbour = "SQLAlchemy's `DATETIME` on MySQL and MariaDB has no fraction: the server cuts what anybody writes.",
     .probes = {{DATETIME_(SHOWN_US), NULL},
                {DATETIME_(KN_DATETIME_MIN), NULL},
                {DATETIME_(KN_DATETIME_MAX), NULL},
                {DATETIME_(KN_DATETIME_MAX + 1), "a microsecond later"},
                {DATE_(0), NULL}}},
    {TYPE("KN_DATETIME_TZ", KN_DATETIME_TZ),
     .domain = "Points in time, in microseconds; kept and read in UTC, the offset is not kept.",
     .backends = {"UTC", NULL, "UTC"}, .sqlalchemy = {"DATETIME", "TIMESTAMP WITH TIME ZONE", "DATETIME"},
     .neighbour = "On SQLite, MySQL and MariaDB SQLAlchemy drops the zone and writes the clock on the wall: share only "
                  "UTC there. On MySQL and "
                  "MariaDB its `DATETIME` has no fraction.",
     .probes = {{INSTANT_(SHOWN_US), NULL},
                {INSTANT_(KN_DATETIME_MIN), NULL},
                {INSTANT_(KN_DATETIME_MAX), NULL},
                {DATETIME_(0), NULL}}},
    {TYPE("KN_INTERVAL", KN_INTERVAL),
     .domain = "Spans of time in microseconds; 1970-01-01 and it stay in the years 1 to 9999.",
     .backends = {"1970-01-01 and it", "months and years that others stored are an error", "1970-01-01 and it"},
     .sqlalchemy = {"DATETIME", "INTERVAL", "DATETIME"},
     .neighbour = "SQLAlchemy's `DATETIME` on MySQL and MariaDB has no fraction: the server cuts what anybody writes.",
     .probes = {{INTERVAL_(INT64_C(93600250000)), NULL},
                {INTERVAL_(-1), NULL},
                {INTERVAL_(KN_DATETIME_MAX), NULL},
                {INTERVAL_(KN_DATETIME_MAX + 1), "a microsecond more"}}},
    {TYPE("KN_ENUM(e)", KN_ENUM(page_mood)),
     .domain = "The labels of a `kn_enum`, ordered as declared: 1 to 63 bytes, no space at the end, different when "
               "ASCII case is "
               "not counted. Programs use constants, databases labels.",
     .backends = {"the labels stand in a CHECK", "a type of its own, created before the first table that has it", NULL},
     .sqlalchemy = {"VARCHAR(4)", "mood (CREATE TYPE)", "ENUM('calm','loud')"},
     .neighbour = "SQLAlchemy stores the names of a Python enum's members: those are the labels. Its type on "
                  "PostgreSQL is called as the "
                  "Python class, in lower case.",
     .probes = {{TEXT_("calm"), NULL}, {INT_(-4), NULL}, {INT_(0), NULL}, {TEXT_("Calm"), NULL}}},
    {TYPE("KN_PICKLE", KN_PICKLE),
     .domain = "Trees of plain values, as Python's pickle writes them: None, bool, int, float, str, bytes, list, "
               "tuple, dict, set, "
               "frozenset, date, time, datetime, timedelta, Decimal. Protocols 0 to 5 are read, 4 is written; no name "
               "is imported, nothing is "
               "called. `KN_PICKLE_OF(codec)` holds a struct in an encoding of the program's own.",
     .sqlalchemy = {"BLOB", "BYTEA", "BLOB"},
     .neighbour = "PickleType both ways. SQLAlchemy's `BLOB` on MySQL and MariaDB holds 64 KiB: more is refused there, "
                  "whoever writes it.",
     .probes = {{BYTES_("\x80\x04K\x01."), NULL}, {TEXT_("a"), NULL}}},
};

#endif
