/* SPDX-License-Identifier: MIT */
/* expect: User.number must be Role * */
#include <koine/model.h>

typedef struct Role Role;
typedef struct User User;
struct Role {
    int64_t id;
    KN_MANY(User) users;
    KN_MANY(Role) wrong;
};
struct User {
    int64_t id;
    int64_t role_id;
    Role *role;
    User *other;
    int64_t number;
};
KN_MODEL(Role);
KN_MODEL(User);
KN_RELATIONSHIPS(User) = {KN_TO_ONE(User, number, Role, .via = KN_REF(User, role_id))};
