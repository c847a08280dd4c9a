/* SPDX-License-Identifier: MIT */
/* The two tables that most tests need, defined in place: for programs of one source file. */
#ifndef KOINE_TESTS_MUSIC_H
#define KOINE_TESTS_MUSIC_H

#include <koine/koine.h>

typedef struct Role Role;
typedef struct User User;
typedef enum Mood { MOOD_CALM = 1, MOOD_LOUD = -4 } Mood;
struct Role {
    int64_t id;
    const char *name;
    KN_MANY(User) users;
};
struct User {
    int64_t id;
    char username[65];
    kn_opt_int64 role_id;
    kn_decimal balance;
    Mood mood;
    kn_opt_enum last_mood;
    long long plays;
    const char *token;
    kn_any *prefs;
    Role *role;
};
KN_MODEL(Role);
KN_MODEL(User);

static const kn_enum mood_type = KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud"));

KN_COLUMNS(Role) = {
    KN_COLUMN(Role, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Role, name, KN_STRING(64), .unique = true),
};
KN_RELATIONSHIPS(Role) = {
    KN_TO_MANY(Role, users, User, .via = KN_REF(User, role_id), .back = "role"),
};
KN_DEFINE(Role, "roles", KN_WITH_RELATIONSHIPS(Role));

KN_COLUMNS(User) = {
    KN_COLUMN(User, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(User, username, KN_STRING(64), .unique = true, .index = true),
    KN_COLUMN(User, role_id, KN_INTEGER, .references = KN_REF(Role, id), .on_delete = KN_SET_NULL),
    KN_COLUMN(User, balance, KN_NUMERIC(12, 2), .name = "saldo", .initial = KN_DEC(0, 0)),
    KN_COLUMN(User, mood, KN_ENUM(mood_type), .initial = KN_INT(MOOD_CALM)),
    KN_COLUMN(User, last_mood, KN_ENUM(mood_type)),
    KN_COLUMN(User, plays, KN_BIG_INTEGER, .check = KN_GE(KN_COL(User, plays), KN_INT(0))),
    KN_COLUMN(User, token, KN_STRING(32), .secret = true),
    KN_COLUMN(User, prefs, KN_PICKLE),
};
KN_RELATIONSHIPS(User) = {
    KN_TO_ONE(User, role, Role, .via = KN_REF(User, role_id), .back = "users"),
};
KN_DEFINE(User, "users", KN_WITH_RELATIONSHIPS(User),
          .indexes = KN_INDEXES({.parts = KN_LIST(KN_COL(User, role_id), KN_DESC(KN_COL(User, plays)))}));

#endif
