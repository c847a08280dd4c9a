/* SPDX-License-Identifier: MIT */
/* koine/schema.h - metadata: the set of tables a program knows, their order, and their DDL. */
#ifndef KOINE_SCHEMA_H
#define KOINE_SCHEMA_H

#include <koine/model.h>

KN_BEGIN_DECLS

/* A set of models. Not thread-safe while it is filled; afterwards read-only and shareable. */
typedef struct kn_metadata kn_metadata;
typedef struct kn_registry kn_registry;     /* koine/registry.h */
typedef struct kn_connection kn_connection; /* koine/connection.h */

KN_API kn_status kn_metadata_create(const kn_allocator *allocator, kn_metadata **out, kn_error *error);
KN_API void kn_metadata_destroy(kn_metadata *metadata);

/* Adds a model (borrowed). The same table twice is fine when the models are equal (kn_model_equal), KN_INVALID when
 * they differ or when two tables of one schema are equal under ASCII case folding. Runs kn_model_check. */
KN_API kn_status kn_metadata_add(kn_metadata *metadata, const kn_model *model, kn_error *error);
/* kn_metadata_add for a list ended by NULL: kn_metadata_add_all(m, &error, &Role_model, &User_model, NULL). Stops at
 * the first failure. */
KN_API kn_status kn_metadata_add_all(kn_metadata *metadata, kn_error *error, ...);

KN_API size_t kn_metadata_count(const kn_metadata *metadata);

/* Resolves every reference and checks what needs more than one table: references to missing tables or columns, types
 * that differ across a foreign key, a referenced column that is neither key nor unique, enums of one name with
 * different labels, relationships whose `via` or `back` does not fit, given names that clash: tables, indexes,
 * constraints and Enum types of one schema stand in one scope, ASCII case not counted (a generated name that is taken
 * gets a hash). Called by the functions below. */
KN_API kn_status kn_metadata_check(kn_metadata *metadata, kn_error *error);

/* The i-th model in dependency order: a table comes after every table it references, ties in order of addition. In a
 * cycle the order of addition decides, and the foreign keys that point forward are created afterwards where the backend
 * can. Valid until the next kn_metadata_add. KN_INVALID as kn_metadata_check. */
KN_API kn_status kn_metadata_sorted(kn_metadata *metadata, const kn_model *const **out, size_t *count, kn_error *error);

/* CREATE of what does not exist, in order, in one transaction where the backend has transactional DDL: types, tables,
 * their indexes, the foreign keys of cycles. An existing table is left alone, whatever it looks like; its missing
 * indexes too. KN_STATE when a transaction is open that the backend's DDL would commit: there each statement commits by
 * itself, what was created before a failure stays, and the next kn_create_all goes on behind it. */
KN_API kn_status kn_create_all(kn_connection *connection, kn_metadata *metadata, kn_error *error);
/* DROP of what exists, in reverse order; the foreign keys of cycles first. Where those cannot be dropped by themselves,
 * their nullable columns are set to NULL. In one transaction or not as kn_create_all is. */
KN_API kn_status kn_drop_all(kn_connection *connection, kn_metadata *metadata, kn_error *error);

/* One statement of DDL text, without its semicolon, ready to be executed by itself. */
typedef kn_status kn_ddl_sink(void *context, kn_text statement, kn_error *error);

/* The whole script for a dialect by name, without any connection: "NAME", or "NAME@10.11" for what that version can
 * besides. Everything is rendered first, then statements reach the sink in the order kn_create_all runs them; a status
 * from the sink stops it.
 * KN_NO_BACKEND, KN_UNSUPPORTED naming feature and backend, KN_INVALID. */
KN_API kn_status kn_ddl_create_all(kn_registry *registry, const char *dialect, kn_metadata *metadata, kn_ddl_sink *sink,
                                   void *context, kn_error *error);
KN_API kn_status kn_ddl_drop_all(kn_registry *registry, const char *dialect, kn_metadata *metadata, kn_ddl_sink *sink,
                                 void *context, kn_error *error);

KN_END_DECLS
#endif
