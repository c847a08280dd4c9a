/* SPDX-License-Identifier: MIT */
/* koine/object.h - rows as structs: insert, get, update, delete, list.
 *
 * `model, object` are written KN_OBJECT(User, &user), which refuses a pointer of another type at compile time.
 * What counts as given (on insert; an ungiven column takes `initial`, then server_default, then NULL or the generated
 * key): a plain scalar, decimal, date... always; a generated key holding 0 never; kn_opt_* when not UNSET; a pointer,
 * kn_text, kn_bytes, kn_any * when not NULL; char[N] always. KN_ONLY names the members to write: then NULL means NULL,
 * and nothing else is written. */
#ifndef KOINE_OBJECT_H
#define KOINE_OBJECT_H

#include <koine/connection.h>

KN_BEGIN_DECLS

/* A set of members: offsets, ended by SIZE_MAX. KN_ONLY(User, username, role_id), up to 16 members. NULL = by the rules
 * above. */
typedef const size_t *kn_only;
#ifndef __cplusplus
#define KN_ONLY(S, ...)                                                                                                \
    ((const size_t[]){                                                                                                 \
        KN_ONLY_PICK_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)(S, __VA_ARGS__),          \
        SIZE_MAX})
#define KN_ONLY_PICK_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, N, ...) KN_ONLY_##N##_
#define KN_ONLY_1_(S, a) offsetof(S, a)
#define KN_ONLY_2_(S, a, ...) offsetof(S, a), KN_ONLY_1_(S, __VA_ARGS__)
#define KN_ONLY_3_(S, a, ...) offsetof(S, a), KN_ONLY_2_(S, __VA_ARGS__)
#define KN_ONLY_4_(S, a, ...) offsetof(S, a), KN_ONLY_3_(S, __VA_ARGS__)
#define KN_ONLY_5_(S, a, ...) offsetof(S, a), KN_ONLY_4_(S, __VA_ARGS__)
#define KN_ONLY_6_(S, a, ...) offsetof(S, a), KN_ONLY_5_(S, __VA_ARGS__)
#define KN_ONLY_7_(S, a, ...) offsetof(S, a), KN_ONLY_6_(S, __VA_ARGS__)
#define KN_ONLY_8_(S, a, ...) offsetof(S, a), KN_ONLY_7_(S, __VA_ARGS__)
#define KN_ONLY_9_(S, a, ...) offsetof(S, a), KN_ONLY_8_(S, __VA_ARGS__)
#define KN_ONLY_10_(S, a, ...) offsetof(S, a), KN_ONLY_9_(S, __VA_ARGS__)
#define KN_ONLY_11_(S, a, ...) offsetof(S, a), KN_ONLY_10_(S, __VA_ARGS__)
#define KN_ONLY_12_(S, a, ...) offsetof(S, a), KN_ONLY_11_(S, __VA_ARGS__)
#define KN_ONLY_13_(S, a, ...) offsetof(S, a), KN_ONLY_12_(S, __VA_ARGS__)
#define KN_ONLY_14_(S, a, ...) offsetof(S, a), KN_ONLY_13_(S, __VA_ARGS__)
#define KN_ONLY_15_(S, a, ...) offsetof(S, a), KN_ONLY_14_(S, __VA_ARGS__)
#define KN_ONLY_16_(S, a, ...) offsetof(S, a), KN_ONLY_15_(S, __VA_ARGS__)
#endif

/* Inserts one row. The generated key is written back into the object. Every value is checked before anything is
 * sent. */
KN_API kn_status kn_insert(kn_connection *connection, const kn_model *model, void *object, kn_error *error);
KN_API kn_status kn_insert_only(kn_connection *connection, const kn_model *model, void *object, kn_only only,
                                kn_error *error);

/* Inserts `count` structs that stand one after the other, on the fastest path the backend has: all or none. In a
 * transaction of its own when none is open, else behind a savepoint, where the backend has them and no result is open.
 * Generated keys are not written back. Objects may differ in what they give: runs of equal shape are batched.
 * error->message names the index of the object a value of which was refused. */
KN_API kn_status kn_insert_many(kn_connection *connection, const kn_model *model, const void *objects, size_t count,
                                kn_error *error);

/* The key of an object, for the calls that follow: all its columns must be set (KN_INVALID). A generated key of 0 is
 * not set, so that an object that was never stored means no row; where others left a row with that key, a query reaches
 * it (kn_select, kn_update_rows, kn_delete_rows).
 *
 * Reads the row whose key the object holds, into the object. Texts, bytes, wide decimals and kn_any are copied into
 * `arena` (KN_INVALID when NULL and the model has such members). KN_NOT_FOUND: the object is untouched. */
KN_API kn_status kn_get(kn_connection *connection, const kn_model *model, void *object, kn_arena *arena,
                        kn_error *error);

/* Writes the row whose key the object holds: given members (UNSET kn_opt_* are left alone; a NULL pointer writes NULL
 * only through KN_ONLY), plus `onupdate` of ungiven ones. KN_NOT_FOUND when no row has that key. */
KN_API kn_status kn_update(kn_connection *connection, const kn_model *model, const void *object, kn_error *error);
KN_API kn_status kn_update_only(kn_connection *connection, const kn_model *model, const void *object, kn_only only,
                                kn_error *error);

/* Deletes the row whose key the object holds. KN_NOT_FOUND when no row has that key. */
KN_API kn_status kn_delete(kn_connection *connection, const kn_model *model, const void *object, kn_error *error);

/* All rows of a query as an array of structs with an arena of its own. */
typedef struct kn_rows {
    size_t size_;
    void *items; /* count structs of the model */
    size_t count;
    size_t object_size, room;
    kn_arena arena;
    const kn_allocator *allocator;
} kn_rows;
/* `limit_bytes` bounds the memory, 0 = no bound (KN_LIMIT). */
KN_API kn_status kn_list(kn_connection *connection, const kn_select *query, const kn_value *values, size_t count,
                         size_t limit_bytes, kn_rows **out, kn_error *error);
KN_API void kn_rows_free(kn_rows *rows);
#ifndef __cplusplus
/* The arguments of a query: KN_ARGS(kn_string("a"), kn_int(3)) for `values, count`; KN_NO_ARGS for none. */
#define KN_ARGS(...) ((const kn_value[]){__VA_ARGS__}), (sizeof((const kn_value[]){__VA_ARGS__}) / sizeof(kn_value))
#define KN_NO_ARGS NULL, 0
/* for KN_EACH_ROW(User, u, rows) printf("%s\n", u->username); */
#define KN_EACH_ROW(S, x, rows) (S *x = (rows)->items, *x##_end_ = x + (rows)->count; x != x##_end_; x++)
#endif

/* How many rows a query has, without reading them (order and limit do not count). */
KN_API kn_status kn_count(kn_connection *connection, const kn_select *query, const kn_value *values, size_t count,
                          int64_t *out, kn_error *error);

KN_END_DECLS
#endif
