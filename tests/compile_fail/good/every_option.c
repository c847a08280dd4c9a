/* SPDX-License-Identifier: MIT */
/* Every option of a column, a table and a relationship. */
#include <koine/koine.h>

typedef struct Role Role;
typedef struct User User;
struct Role {
    int64_t id;
    const char *name;
    KN_MANY(User) users;
};
struct User {
    int64_t id;
    char username[65];
    kn_opt_int64 role_id;
    int64_t plays;
    kn_opt_int64 twice;
    const char *token;
    kn_datetime seen;
    Role *role;
    const User *mentor;
    kn_opt_int64 mentor_id;
};
KN_MODEL(Role);
KN_MODEL(User);

static kn_status make_token(void *context, kn_arena *arena, kn_value *out, kn_error *error)
{
    (void)context, (void)arena, (void)error;
    *out = kn_string("token");
    return KN_OK;
}

KN_COLUMNS(Role) = {
    KN_COLUMN(Role, id, KN_INTEGER, .primary_key = true, .autoincrement = KN_YES),
    KN_COLUMN(Role, name, KN_STRING(64), .unique = true, .nullable = KN_NO, .collation = "nocase", .comment = "shown"),
};
KN_RELATIONSHIPS(Role) = {
    KN_TO_MANY(Role, users, User, .via = KN_REF(User, role_id), .back = "role", .cascade = KN_CASCADE_SAVE),
};
KN_DEFINE(Role, "roles", KN_WITH_RELATIONSHIPS(Role), .schema = "app", .comment = "who may what", .shown = "name");

KN_COLUMNS(User) = {
    KN_COLUMN(User, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(User, username, KN_STRING(64), .name = "login", .unique = true, .index = true),
    KN_COLUMN(User, role_id, KN_INTEGER, .references = KN_REF(Role, id), .on_delete = KN_SET_NULL,
              .on_update = KN_CASCADE, .deferral = KN_INITIALLY_DEFERRED),
    KN_COLUMN(User, plays, KN_BIG_INTEGER, .initial = KN_INT(0), .server_default = KN_INT(0),
              .check = KN_GE(KN_COL(User, plays), KN_INT(0)), .onupdate = KN_ADD(KN_COL(User, plays), KN_INT(1))),
    KN_COLUMN(User, twice, KN_BIG_INTEGER, .computed = KN_MUL(KN_COL(User, plays), KN_INT(2)), .computed_stored = 1),
    KN_COLUMN(User, token, KN_STRING(32), .secret = true, .initial = KN_CALL(make_token, NULL)),
    KN_COLUMN(User, seen, KN_DATETIME, .initial = KN_NOW, .onupdate = KN_NOW, .server_default = KN_NOW),
    KN_COLUMN(User, mentor_id, KN_INTEGER, .references = KN_REF_NAMED("users", "id")),
};
KN_RELATIONSHIPS(User) = {
    KN_TO_ONE(User, role, Role, .via = KN_REF(User, role_id), .back = "users"),
    KN_TO_ONE(User, mentor, User, .via = KN_REF(User, mentor_id)),
};
KN_DEFINE(User, "users", KN_WITH_RELATIONSHIPS(User),
          .unique_keys = KN_UNIQUE_KEYS({.columns = KN_LIST(KN_COL(User, role_id), KN_COL(User, username))}),
          .indexes = KN_INDEXES({.parts = KN_LIST(KN_DESC(KN_COL(User, plays)), KN_PREFIX(KN_COL(User, username), 8)),
                                 .where = KN_IS_NOT_NULL(KN_COL(User, role_id)),
                                 .name = "busy"}),
          .checks = KN_CHECKS({.expr = KN_RAW("plays < 1000000"), .name = "sane"}),
          .foreign_keys = KN_FOREIGN_KEYS({.columns = KN_LIST(KN_COL(User, mentor_id)),
                                           .references = KN_LIST(KN_COL(User, id)),
                                           .on_delete = KN_RESTRICT}));

static const kn_column plain_columns[] = {
    KN_TABLE_COLUMN("id", KN_INTEGER, .primary_key = true),
    KN_TABLE_COLUMN("name", KN_STRING(8)),
};
extern const kn_model plain;
const kn_model plain = {.size_ = sizeof(kn_model),
                        .table = "plain",
                        .columns = plain_columns,
                        .n_columns = KN_COUNT_OF(plain_columns),
                        .column_size = sizeof(kn_column)};
