/* SPDX-License-Identifier: MIT */
#include "music.h"

static const kn_enum mood =
    KN_ENUM_TYPE("mood", KN_LABEL(MOOD_CALM, "calm"), KN_LABEL(MOOD_LOUD, "loud"), KN_LABEL(MOOD_DREAMY, "dreamy"));

KN_COLUMNS(Role) = {
    KN_COLUMN(Role, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Role, name, KN_STRING(64), .unique = true, .nullable = KN_NO),
};
KN_RELATIONSHIPS(Role) = {
    KN_TO_MANY(Role, users, User, .via = KN_REF(User, role_id), .back = "role"),
};
KN_DEFINE(Role, "roles", KN_WITH_RELATIONSHIPS(Role), .shown = "name");

KN_COLUMNS(User) = {
    KN_COLUMN(User, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(User, username, KN_STRING(64), .unique = true, .index = true),
    KN_COLUMN(User, role_id, KN_INTEGER, .references = KN_REF(Role, id), .on_delete = KN_SET_NULL),
    KN_COLUMN(User, mood, KN_ENUM(mood), .server_default = KN_TEXT("calm")),
    KN_COLUMN(User, balance, KN_NUMERIC(12, 2)),
    KN_COLUMN(User, joined, KN_DATETIME_TZ),
};
KN_RELATIONSHIPS(User) = {
    KN_TO_ONE(User, role, Role, .via = KN_REF(User, role_id), .back = "users"),
};
KN_DEFINE(User, "users", KN_WITH_RELATIONSHIPS(User), .shown = "username");
