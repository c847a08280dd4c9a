/* SPDX-License-Identifier: MIT */
/* A metadata inside: its tables in the order of addition, and what was found out about them. */
#ifndef KOINE_CORE_SCHEMA_METADATA_H
#define KOINE_CORE_SCHEMA_METADATA_H

#include <pthread.h>

#include <koine/schema.h>

#include "base/hash.h"

/* A foreign key, resolved: columns of this table to the columns of a key of another, pair by pair, in the order of that
 * key. */
typedef struct kn__reference {
    const char *name; /* NULL = by convention */
    size_t target;    /* index of the table */
    const char *const *columns;
    const char *const *target_columns;
    const char *const *named_by; /* the columns in the order in which they were declared, for the name */
    size_t n_columns;
    uint8_t on_delete, on_update, deferral; /* kn_action, kn_deferral */
    bool late;                              /* points to a table that is created after this one */
} kn__reference;

typedef struct kn__table {
    const kn_model *model; /* as it was added */
    kn_model full;         /* with what this header knows */
    kn__reference *references;
    size_t n_references;
} kn__table;

struct kn_metadata {
    const kn_allocator *allocator;
    kn_arena arena;  /* the tables and their keys */
    kn__map by_name; /* schema NUL folded table -> kn__table */
    kn__table **tables;
    size_t count, room;
    /* Made when first asked for; under the lock, so that a metadata that is full can be shared. */
    pthread_mutex_t lock;
    kn_arena resolved;
    bool is_resolved;
    const kn_model **sorted;
    size_t *order; /* indexes of tables, in order of creation */
};

/* kn_metadata_check, and then everything above may be read. */
kn_status kn__metadata_resolve(kn_metadata *metadata, kn_error *error);

/* The table, SIZE_MAX when there is none. */
size_t kn__metadata_find(const kn_metadata *metadata, const char *schema, const char *table);

/* Between the files of the area; they work on metadata->resolved. */

/* References of every table. */
kn_status kn__resolve_references(kn_metadata *metadata, kn_error *error);
/* What is left of kn_metadata_check: enums of one name, relationships, names. */
kn_status kn__check_enums(const kn_metadata *metadata, kn_error *error);
kn_status kn__check_relationships(const kn_metadata *metadata, kn_error *error);
/* Order of creation into `order` (count elements), and which references are late. */
kn_status kn__sort_tables(kn_metadata *metadata, size_t *order, kn_error *error);

#endif
