/* SPDX-License-Identifier: MIT */
#include "cxx_models.h"

KN_COLUMNS(Role) = {
    KN_COLUMN(Role, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Role, name, KN_STRING(64), .unique = true),
};
KN_RELATIONSHIPS(Role) = {KN_TO_MANY(Role, users, User, .via = KN_REF(User, role_id), .back = "role")};
KN_DEFINE(Role, "roles", KN_WITH_RELATIONSHIPS(Role));

KN_COLUMNS(User) = {
    KN_COLUMN(User, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(User, username, KN_STRING(64), .unique = true),
    KN_COLUMN(User, role_id, KN_INTEGER, .references = KN_REF(Role, id)),
    KN_COLUMN(User, balance, KN_NUMERIC(12, 2)),
};
KN_RELATIONSHIPS(User) = {KN_TO_ONE(User, role, Role, .via = KN_REF(User, role_id), .back = "users")};
KN_DEFINE(User, "users", KN_WITH_RELATIONSHIPS(User));
