/* SPDX-License-Identifier: MIT */
/* A keyed 128-bit digest (SipHash-2-4, 128-bit form: Aumasson and Bernstein 2012). Without the key nobody can make two
 * values collide, so that a hostile pickle can slow nothing down; it never leaves the process. */
#ifndef KOINE_CORE_TYPE_DIGEST_H
#define KOINE_CORE_TYPE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kn__digest {
    uint64_t word[2];
} kn__digest;

typedef struct kn__digest_key {
    uint64_t word[2];
} kn__digest_key;

typedef struct kn__digester {
    uint64_t v[4];
} kn__digester;

/* The key of this process: the same at every call. */
kn__digest_key kn__digest_process_key(void);

kn__digester kn__digest_begin(const kn__digest_key *key);
void kn__digest_u64(kn__digester *digester, uint64_t word);

/* At most once and last, since it pads; then begin, bytes, end is SipHash itself. */
void kn__digest_bytes(kn__digester *digester, const void *data, size_t size);
kn__digest kn__digest_end(kn__digester digester);

static inline int kn__digest_compare(const kn__digest *a, const kn__digest *b)
{
    int i = a->word[0] == b->word[0];
    return (a->word[i] > b->word[i]) - (a->word[i] < b->word[i]);
}

#endif
