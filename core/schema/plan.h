/* SPDX-License-Identifier: MIT */
/* What creating or dropping a metadata means for a target: DDL nodes in the order in which they run. What a target
 * cannot do is refused when a node is rendered, not here. */
#ifndef KOINE_CORE_SCHEMA_PLAN_H
#define KOINE_CORE_SCHEMA_PLAN_H

#include <koine/plugin/dialect.h>
#include <koine/schema.h>

#include "sql/dialect.h"

/* A table or a native enum type; its existence decides about steps. */
typedef struct kn__object {
    uint32_t kind; /* kn_catalog_kind: the query that tells */
    kn_ddl_name name;
} kn__object;

typedef struct kn__step {
    const kn_node *node;
    size_t object; /* create: runs when the object was not there; drop: when it was */
} kn__step;

typedef struct kn__ddl_plan {
    const kn__object *objects;
    size_t n_objects;
    const kn__step *steps;
    size_t n_steps;
} kn__ddl_plan;

/* Everything lives in `arena` and borrows from the metadata. KN_INVALID as kn_metadata_check, or when names that were
 * shortened for the target clash. */
kn_status kn__plan_create_all(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn__ddl_plan *out,
                              kn_error *error);
kn_status kn__plan_drop_all(kn_metadata *metadata, const kn__target *target, kn_arena *arena, kn__ddl_plan *out,
                            kn_error *error);

/* Do all names of a resolved metadata differ where no target limits them? */
kn_status kn__plan_check_names(kn_metadata *metadata, kn_error *error);

#endif
