/* SPDX-License-Identifier: MIT */
/* Every type word with every C type that holds it. */
#include <koine/koine.h>

typedef enum Mood { MOOD_LOUD = -4, MOOD_CALM = 1 } Mood;     /* signed */
typedef enum Color { COLOR_RED, COLOR_BLUE = 1000000 } Color; /* unsigned in most compilers */
typedef struct Point {
    int x, y;
} Point;

typedef struct Every {
    int16_t i16;
    kn_opt_int16 oi16;
    int32_t i32;
    int64_t i64;
    int plain;
    long l;
    long long ll;
    kn_opt_int32 oi32;
    kn_opt_int64 oi64;
    bool b;
    kn_opt_bool ob;
    float f;
    kn_opt_float of;
    double d;
    kn_opt_double od;
    kn_decimal decimal;
    kn_opt_decimal odecimal;
    char *s;
    const char *cs;
    char chars[65];
    char bytes_for_text[5];
    kn_text text;
    kn_opt_text otext;
    kn_bytes bytes;
    kn_opt_bytes obytes;
    kn_date date;
    kn_opt_date odate;
    kn_time time;
    kn_opt_time otime;
    kn_datetime datetime;
    kn_opt_datetime odatetime;
    kn_instant instant;
    kn_opt_instant oinstant;
    kn_interval interval;
    kn_opt_interval ointerval;
    Mood mood;
    Color color;
    kn_opt_enum oenum;
    const char *label;
    kn_text label_text;
    kn_any *any;
    const kn_any *const_any;
    Point point;
} Every;
KN_MODEL(Every);

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud"));
static const kn_enum color = KN_ENUM_TYPE("color", KN_LABEL(COLOR_RED, "red"), KN_LABEL(COLOR_BLUE, "blue"));
static const kn_codec point_codec = {.size_ = sizeof(kn_codec), .name = "point", .object_size = sizeof(Point)};

KN_COLUMNS(Every) = {
    KN_COLUMN(Every, i16, KN_SMALL_INTEGER),
    KN_COLUMN(Every, oi16, KN_SMALL_INTEGER),
    KN_COLUMN(Every, i32, KN_INTEGER),
    KN_COLUMN(Every, i64, KN_INTEGER),
    KN_COLUMN(Every, plain, KN_INTEGER),
    KN_COLUMN(Every, l, KN_INTEGER),
    KN_COLUMN(Every, ll, KN_BIG_INTEGER),
    KN_COLUMN(Every, oi32, KN_INTEGER),
    KN_COLUMN(Every, oi64, KN_BIG_INTEGER),
    KN_COLUMN(Every, b, KN_BOOLEAN),
    KN_COLUMN(Every, ob, KN_BOOLEAN),
    KN_COLUMN(Every, f, KN_FLOAT_OF(24)),
    KN_COLUMN(Every, of, KN_FLOAT_OF(1)),
    KN_COLUMN(Every, d, KN_FLOAT_OF(10)),
    KN_COLUMN(Every, od, KN_FLOAT),
    KN_COLUMN(Every, decimal, KN_NUMERIC(12, 2)),
    KN_COLUMN(Every, odecimal, KN_NUMERIC(38, 0)),
    KN_COLUMN(Every, s, KN_STRING(64)),
    KN_COLUMN(Every, cs, KN_UNICODE(64)),
    KN_COLUMN(Every, chars, KN_STRING(64)),
    KN_COLUMN(Every, bytes_for_text, KN_TEXT),
    KN_COLUMN(Every, text, KN_UNICODE_TEXT),
    KN_COLUMN(Every, otext, KN_UNICODE(3)),
    KN_COLUMN(Every, bytes, KN_LARGE_BINARY),
    KN_COLUMN(Every, obytes, KN_LARGE_BINARY_OF(16)),
    KN_COLUMN(Every, date, KN_DATE),
    KN_COLUMN(Every, odate, KN_DATE),
    KN_COLUMN(Every, time, KN_TIME),
    KN_COLUMN(Every, otime, KN_TIME),
    KN_COLUMN(Every, datetime, KN_DATETIME),
    KN_COLUMN(Every, odatetime, KN_DATETIME),
    KN_COLUMN(Every, instant, KN_DATETIME_TZ),
    KN_COLUMN(Every, oinstant, KN_DATETIME_TZ),
    KN_COLUMN(Every, interval, KN_INTERVAL),
    KN_COLUMN(Every, ointerval, KN_INTERVAL),
    KN_COLUMN(Every, mood, KN_ENUM(mood)),
    KN_COLUMN(Every, color, KN_ENUM(color)),
    KN_COLUMN(Every, oenum, KN_ENUM(color)),
    KN_COLUMN(Every, label, KN_ENUM(color)),
    KN_COLUMN(Every, label_text, KN_ENUM(color)),
    KN_COLUMN(Every, any, KN_PICKLE),
    KN_COLUMN(Every, const_any, KN_PICKLE),
    KN_COLUMN(Every, point, KN_PICKLE_OF(point_codec)),
};
KN_DEFINE(Every, "every");
