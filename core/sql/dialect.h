/* SPDX-License-Identifier: MIT */
/* core/sql/dialect.h - a dialect as the core uses it: flattened over its bases, complete, never NULL-checked again. */
#ifndef KOINE_SQL_DIALECT_H
#define KOINE_SQL_DIALECT_H

#include <koine/plugin/dialect.h>

/* Made by the registry when a dialect is loaded; lives as long as the process. */
typedef struct kn__dialect {
    const kn_dialect *desc;         /* as the plugin gave it: what knp_sql_super is called with */
    const struct kn__dialect *base; /* NULL for "ansi" */
    const char *name;
    uint32_t quote, placeholder, lexis;
    kn_limits limits;
    uint64_t features;                 /* before feature rules */
    kn_render_fn *nodes[KN_NODE_END_]; /* a kind nobody renders has a renderer that refuses it */
    kn_render_fn *ops[KN_OP_END_];
    kn_type_rule types[KN_TYPE_END_]; /* a type nobody maps has type KN_TYPE_NONE */
    const char *catalog[8];           /* by kn_catalog_kind; NULL = none */
    kn_dialect own;                   /* desc as far as the plugin knew its members, the rest zero */
} kn__dialect;

/* "ansi", the base of all. Static. */
const kn__dialect *kn__dialect_ansi(void);

/* Lays `desc`, as the plugin gave it, over `base`. KN_INVALID or KN_INCOMPLETE names what is wrong with the descriptor
 * (unknown kinds of a newer ABI are ignored). */
kn_status kn__dialect_flatten(const kn_dialect *desc, const kn__dialect *base, kn__dialect *out, kn_error *error);

/* A dialect at a product and version: what is rendered for. product may be NULL (unknown: only what always holds). */
typedef struct kn__target {
    const kn__dialect *dialect;
    const char *product;
    uint32_t version_number;
    uint32_t zero_;
    uint64_t features; /* after the rules */
} kn__target;
void kn__target_init(kn__target *target, const kn__dialect *dialect, const char *product, uint32_t version_number);
static inline bool kn__target_has(const kn__target *target, kn_feature feature)
{
    return target->features >> feature & 1u;
}

/* Does a note stand behind this comment (NULL: none) of a column of this type? See sql_column_comment. */
bool kn__comment_is_noted(const kn__dialect *dialect, const char *comment, const kn_type *type);

#endif
