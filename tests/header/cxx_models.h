/* SPDX-License-Identifier: MIT */
/* Seen by C and C++ alike. */
#ifndef KOINE_TESTS_CXX_MODELS_H
#define KOINE_TESTS_CXX_MODELS_H

#include <koine/koine.h>

KN_BEGIN_DECLS

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
    kn_decimal balance;
    Role *role;
};
KN_MODEL(Role);
KN_MODEL(User);

KN_END_DECLS
#endif
