/* SPDX-License-Identifier: MIT */
/* The tables of a music-sharing app: people, and what each may do. */
#ifndef MUSIC_H
#define MUSIC_H

#include <koine/koine.h>

typedef struct Role Role;
typedef struct User User;

typedef enum Mood { MOOD_CALM = 1, MOOD_LOUD = 2, MOOD_DREAMY = 3 } Mood;

/* What a person may do. A role has many users. */
struct Role {
    int64_t id;
    const char *name;
    KN_MANY(User) users;
};

/* A person. `role_id` may be NULL: someone who has just signed up has no role yet. */
struct User {
    int64_t id;
    char username[65];
    kn_opt_int64 role_id;
    Mood mood;
    kn_decimal balance;
    kn_instant joined;
    Role *role;
};

KN_MODEL(Role);
KN_MODEL(User);

#endif
