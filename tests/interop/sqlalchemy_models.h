/* SPDX-License-Identifier: MIT */
/* The lesson's two tables and one of all types, as sqlalchemy_peer.py declares them: same names, same order. */
#ifndef KOINE_TESTS_SQLALCHEMY_MODELS_H
#define KOINE_TESTS_SQLALCHEMY_MODELS_H

#include <koine/koine.h>

typedef struct Role {
    int64_t id;
    const char *name;
} Role;

typedef struct User {
    int64_t id;
    const char *username;
    kn_opt_int64 role_id;
} User;

typedef enum Mood { MOOD_CALM = 1, MOOD_LOUD = -4, MOOD_EXUBERANT = 7 } Mood;

typedef struct Everything {
    int64_t id;
    kn_opt_int16 small_integer;
    kn_opt_int32 integer;
    kn_opt_int64 big_integer;
    kn_opt_bool boolean;
    kn_opt_double floating, twice;
    kn_opt_decimal numeric, wide;
    const char *string;
    kn_text unicode;
    kn_text text;
    const char *unicode_text;
    kn_bytes large_binary;
    kn_opt_date date;
    kn_opt_time time;
    kn_opt_datetime datetime;
    kn_opt_instant instant;
    kn_opt_interval interval;
    kn_opt_enum mood;
    const kn_any *pickle;
} Everything;

KN_MODEL(Role);
KN_MODEL(User);
KN_MODEL(Everything);

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud"),
                                         KN_LABEL(MOOD_EXUBERANT, "\xc3\x9c"
                                                                  "berschw\xc3\xa4nglich"));

KN_COLUMNS(Role) = {
    KN_COLUMN(Role, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Role, name, KN_STRING(64), .unique = true),
};
KN_DEFINE(Role, "roles");

KN_COLUMNS(User) = {
    KN_COLUMN(User, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(User, username, KN_STRING(64), .unique = true, .index = true),
    KN_COLUMN(User, role_id, KN_INTEGER, .references = KN_REF(Role, id)),
};
KN_DEFINE(User, "users");

KN_COLUMNS(Everything) = {
    KN_COLUMN(Everything, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Everything, small_integer, KN_SMALL_INTEGER),
    KN_COLUMN(Everything, integer, KN_INTEGER),
    KN_COLUMN(Everything, big_integer, KN_BIG_INTEGER),
    KN_COLUMN(Everything, boolean, KN_BOOLEAN),
    KN_COLUMN(Everything, floating, KN_FLOAT),
    KN_COLUMN(Everything, twice, KN_FLOAT, .name = "double"),
    KN_COLUMN(Everything, numeric, KN_NUMERIC(12, 2)),
    KN_COLUMN(Everything, wide, KN_NUMERIC(38, 20)),
    KN_COLUMN(Everything, string, KN_STRING(40)),
    KN_COLUMN(Everything, unicode, KN_UNICODE(40)),
    KN_COLUMN(Everything, text, KN_TEXT),
    KN_COLUMN(Everything, unicode_text, KN_UNICODE_TEXT),
    KN_COLUMN(Everything, large_binary, KN_LARGE_BINARY),
    KN_COLUMN(Everything, date, KN_DATE),
    KN_COLUMN(Everything, time, KN_TIME),
    KN_COLUMN(Everything, datetime, KN_DATETIME),
    KN_COLUMN(Everything, instant, KN_DATETIME_TZ),
    KN_COLUMN(Everything, interval, KN_INTERVAL),
    KN_COLUMN(Everything, mood, KN_ENUM(mood)),
    KN_COLUMN(Everything, pickle, KN_PICKLE),
};
KN_DEFINE(Everything, "everything");

#endif
