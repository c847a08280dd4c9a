/* SPDX-License-Identifier: MIT */
/* One walk over two structures that both compares and hashes them, so that what is compared is what is hashed:
 * equality is the walk over (a, b), a fingerprint is the walk over (a, a). Addresses never count: models are known by
 * schema and table, functions by their presence. */
#ifndef KOINE_CORE_EXPR_PAIR_H
#define KOINE_CORE_EXPR_PAIR_H

#include <koine/model.h>

#include "base/hash.h"

typedef struct kn__pair {
    kn__hash hash; /* of the first */
    bool equal;
} kn__pair;

static inline kn__pair kn__pair_begin(void)
{
    return (kn__pair){.hash = kn__hash_begin(0), .equal = true};
}

static inline void kn__pair_u64(kn__pair *pair, uint64_t a, uint64_t b)
{
    pair->equal = pair->equal && a == b;
    kn__hash_u64(&pair->hash, a);
}

/* Both there? Feeds the presence; only then is there something to go into. */
static inline bool kn__pair_both(kn__pair *pair, const void *a, const void *b)
{
    kn__pair_u64(pair, a != NULL, b != NULL);
    return a && b;
}

void kn__pair_bytes(kn__pair *pair, const void *a, size_t a_size, const void *b, size_t b_size);
/* NUL-ended; NULL and "" differ. */
void kn__pair_string(kn__pair *pair, const char *a, const char *b);
void kn__pair_type(kn__pair *pair, const kn_type *a, const kn_type *b);
void kn__pair_value(kn__pair *pair, const kn_value *a, const kn_value *b);
/* A member of a model: schema, table and column name. */
void kn__pair_member(kn__pair *pair, const kn_member *a, const kn_member *b);
/* Values count. Either may be NULL. */
void kn__pair_expr(kn__pair *pair, const kn_expr *a, const kn_expr *b);
/* Lists ended by KN_END. Either may be NULL. */
void kn__pair_list(kn__pair *pair, const kn_expr *const *a, const kn_expr *const *b);

#endif
