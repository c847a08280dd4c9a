/* SPDX-License-Identifier: MIT */
/* The tour: the same program on any backend, chosen by URL.
 *
 *     music                                   a file of its own: sqlite:///music.db
 *     music postgresql://me@localhost/music   any other backend
 *
 * Running it twice works: what exists is left alone, who is there is not added again. */
#include <stdio.h>
#include <stdlib.h>

#include "music.h"

#define DEFAULT_URL "sqlite:///music.db"

static const char *const role_names[] = {"user", "moderator", "administrator"};

typedef struct Newcomer {
    const char *username, *role;
    Mood mood;
    kn_decimal balance;
} Newcomer;

static const Newcomer newcomers[] = {
    {"ken", "administrator", MOOD_CALM, KN_DECIMAL(123456, -2)},
    {"dana", "moderator", MOOD_LOUD, KN_DECIMAL(1995, -2)},
    {"bj\xc3\xb6rk", "user", MOOD_DREAMY, KN_DECIMAL(-5, -2)},
    {"lu", NULL, MOOD_CALM, KN_DECIMAL(0, 0)},
};

static const kn_select every_user = KN_SELECT(KN_FROM(User), .order_by = KN_LIST(KN_ASC(KN_COL(User, username))));
static const kn_select role_by_name = KN_SELECT(KN_FROM(Role), .where = KN_EQ(KN_COL(Role, name), KN_ARG(0)));
static const kn_select user_by_name = KN_SELECT(KN_FROM(User), .where = KN_EQ(KN_COL(User, username), KN_ARG(0)));
static const kn_select users_like = KN_SELECT(
    KN_FROM(User), .where = KN_AND(KN_LIKE(KN_COL(User, username), KN_ARG(0)), KN_GT(KN_COL(User, balance), KN_INT(0))),
    .order_by = KN_LIST(KN_DESC(KN_COL(User, balance))), .limit = KN_INT(10));

/* Adds the roles that are not there yet, and counts them. */
static kn_status add_roles(kn_connection *c, int *added, kn_error *error)
{
    for (size_t i = 0; i < KN_COUNT_OF(role_names); i++) {
        Role role = {.name = role_names[i]};
        int64_t there = 0;
        kn_status status = kn_count(c, &role_by_name, KN_ARGS(kn_string(role.name)), &there, error);
        if (status == KN_OK && !there) {
            status = kn_insert(c, KN_OBJECT(Role, &role), error);
            if (status == KN_OK && ++*added)
                printf("  + role %lld, %s\n", (long long)role.id, role.name);
        }
        if (status != KN_OK)
            return status;
    }
    return KN_OK;
}

/* The id of a role, NULL for no role. */
static kn_status find_role(kn_connection *c, const char *name, kn_opt_int64 *out, kn_error *error)
{
    kn_rows *rows = NULL;
    kn_status status;

    *out = (kn_opt_int64)KN_NOTHING;
    if (!name)
        return KN_OK;
    status = kn_list(c, &role_by_name, KN_ARGS(kn_string(name)), 0, &rows, error);
    if (status == KN_OK && rows->count)
        *out = (kn_opt_int64)KN_SOME(((Role *)rows->items)->id);
    kn_rows_free(rows);
    return status;
}

static kn_status add_user(kn_connection *c, const Newcomer *newcomer, int *added, kn_error *error)
{
    User user = {.mood = newcomer->mood, .balance = newcomer->balance};
    int64_t there = 0;
    kn_status status = kn_count(c, &user_by_name, KN_ARGS(kn_string(newcomer->username)), &there, error);

    if (status != KN_OK || there)
        return status;
    snprintf(user.username, sizeof(user.username), "%s", newcomer->username);
    status = kn_instant_now(&user.joined, error);
    if (status == KN_OK)
        status = find_role(c, newcomer->role, &user.role_id, error);
    if (status == KN_OK)
        status = kn_insert(c, KN_OBJECT(User, &user), error);
    if (status == KN_OK && ++*added)
        printf("  + user %lld, %s\n", (long long)user.id, user.username);
    return status;
}

static kn_status add_users(kn_connection *c, int *added, kn_error *error)
{
    kn_status status = KN_OK;

    for (size_t i = 0; i < KN_COUNT_OF(newcomers) && status == KN_OK; i++)
        status = add_user(c, &newcomers[i], added, error);
    return status;
}

/* One transaction: all of it or nothing. */
static kn_status fill(kn_connection *c, kn_error *error)
{
    int added = 0;
    kn_status status = kn_begin(c, KN_WRITE, error);

    if (status != KN_OK)
        return status;
    status = add_roles(c, &added, error);
    if (status == KN_OK)
        status = add_users(c, &added, error);
    if (status == KN_OK && !added)
        printf("  nobody: everyone is here already\n");
    if (status == KN_OK)
        return kn_commit(c, error);
    kn_rollback(c, NULL);
    return status;
}

static void print_rows(const kn_rows *rows)
{
    char text[512];

    for
        KN_EACH_ROW(User, user, rows)
        {
            kn_print(&User_model, user, KN_PRINT_FULL, text, sizeof(text));
            printf("  %s\n", text);
        }
}

static kn_status show(kn_connection *c, const char *title, const kn_select *query, const kn_value *values, size_t count,
                      kn_error *error)
{
    kn_rows *rows = NULL;
    kn_status status = kn_list(c, query, values, count, 0, &rows, error);

    if (status != KN_OK)
        return status;
    printf("\n%s\n", title);
    print_rows(rows);
    kn_rows_free(rows);
    return KN_OK;
}

static kn_status tour(kn_connection *c, kn_metadata *metadata, kn_error *error)
{
    const kn_backend *backend = kn_connection_backend(c);
    kn_status status;

    printf("%s %s, through driver %s\n", backend->product, backend->version, backend->driver);
    printf("\nTables (those that exist are left alone)\n");
    status = kn_create_all(c, metadata, error);
    if (status == KN_OK) {
        printf("  roles, users\n\nWho is new\n");
        status = fill(c, error);
    }
    if (status == KN_OK)
        status = show(c, "With money, and an \"n\" in the name", &users_like, KN_ARGS(kn_string("%n%")), error);
    if (status == KN_OK)
        status = show(c, "Everyone", &every_user, KN_NO_ARGS, error);
    return status;
}

static kn_status run(const char *url, kn_error *error)
{
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_metadata *metadata = NULL;
    kn_status status = kn_engine_create(url, NULL, &engine, error);

    if (status == KN_OK)
        status = kn_metadata_create(NULL, &metadata, error);
    if (status == KN_OK)
        status = kn_metadata_add_all(metadata, error, &Role_model, &User_model, NULL);
    if (status == KN_OK)
        status = kn_connect(engine, &c, error);
    if (status == KN_OK)
        status = tour(c, metadata, error);
    kn_release(c);
    kn_metadata_destroy(metadata);
    kn_engine_destroy(engine);
    return status;
}

int main(int argc, char **argv)
{
    kn_error error = {0};

    if (argc > 2) {
        fprintf(stderr, "usage: %s [URL]\n", argv[0]);
        return 2;
    }
    if (run(argc > 1 ? argv[1] : DEFAULT_URL, &error) == KN_OK)
        return EXIT_SUCCESS;
    fprintf(stderr, "music: %s: %s\n", kn_status_name((kn_status)error.status), error.message);
    return EXIT_FAILURE;
}
