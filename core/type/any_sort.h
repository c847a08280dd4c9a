/* SPDX-License-Identifier: MIT */
/* Sorting by digest: what finds repeated keys, makes the digest of a dict or set, and leaves an index behind. */
#ifndef KOINE_CORE_TYPE_ANY_SORT_H
#define KOINE_CORE_TYPE_ANY_SORT_H

#include <koine/memory.h>

#include "type/digest.h"

typedef struct kn__sorted_key {
    kn__digest digest;
    uint32_t index; /* before it was sorted */
    uint32_t zero_;
} kn__sorted_key;

/* So many need no room: the keys of most dicts. */
#define KN__ANY_FEW 24

/* Sorts in time linear in `count` (at most 2^32 - 1): nobody can choose digests, so they spread evenly. Where keys
 * repeat so often that they do not, n log n. `room` has kn__any_sort_room(count) bytes; it may be NULL when that is 0.
 */
void kn__any_sort(kn__sorted_key *keys, size_t count, void *room);
size_t kn__any_sort_room(size_t count);

#endif
