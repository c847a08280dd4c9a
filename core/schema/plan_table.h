/* SPDX-License-Identifier: MIT */
/* The nodes of one table. */
#ifndef KOINE_CORE_SCHEMA_PLAN_TABLE_H
#define KOINE_CORE_SCHEMA_PLAN_TABLE_H

#include "schema/metadata.h"
#include "schema/name.h"
#include "schema/plan.h"

typedef struct kn__planner {
    kn_metadata *metadata;    /* resolved */
    const kn__target *target; /* NULL = no limits, no features: only names are looked at */
    kn_arena *arena;
    kn__names names;
    kn_error *error;
} kn__planner;

typedef struct kn__planned_table {
    kn_ddl_table *create;
    const kn_ddl_index **indexes;
    size_t n_indexes;
    /* in the order of the table's references; NULL where they stand inline */
    kn_ddl_reference **late;
} kn__planned_table;

/* Takes the names that the program gave: of the table, its parts and its enums. */
kn_status kn__plan_take_names(kn__planner *planner, const kn__table *table);
/* Makes the nodes, and the names that were not given. */
kn_status kn__plan_table(kn__planner *planner, const kn__table *table, kn__planned_table *out);

static inline bool kn__planner_has(const kn__planner *planner, kn_feature feature)
{
    return planner->target && kn__target_has(planner->target, feature);
}

/* A zeroed node; NULL when memory is out. */
static inline void *kn__plan_node(kn__planner *planner, kn_node_kind kind, size_t size)
{
    kn_node *node = kn_arena_zalloc(planner->arena, size);
    if (node)
        *node = (kn_node){.kind = (uint16_t)kind, .size = (uint16_t)size};
    return node;
}

kn_status kn__plan_no_memory(kn__planner *planner);

#endif
