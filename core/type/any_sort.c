/* SPDX-License-Identifier: MIT */
#include "type/any_sort.h"

#include <string.h>

#define MOVES_PER_KEY 16 /* far more than evenly spread digests need */

static void sift_down(kn__sorted_key *keys, size_t root, size_t count)
{
    kn__sorted_key moved = keys[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && kn__digest_compare(&keys[child].digest, &keys[child + 1].digest) < 0)
            child++;
        if (kn__digest_compare(&moved.digest, &keys[child].digest) >= 0)
            break;
        keys[root] = keys[child];
    }
    keys[root] = moved;
}

static void heap_sort(kn__sorted_key *keys, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(keys, i, count);
    for (size_t end = count; end > 1; end--) {
        kn__sorted_key largest = keys[0];
        keys[0] = keys[end - 1];
        keys[end - 1] = largest;
        sift_down(keys, 0, end - 1);
    }
}

/* False when that takes more moves than allowed; then the keys are in some order. */
static bool insertion_sort(kn__sorted_key *keys, size_t count, size_t moves)
{
    for (size_t i = 1; i < count; i++) {
        kn__sorted_key moved = keys[i];
        size_t at = i;
        for (; at > 0 && moves && kn__digest_compare(&keys[at - 1].digest, &moved.digest) > 0; at--, moves--)
            keys[at] = keys[at - 1];
        keys[at] = moved;
    }
    return moves != 0;
}

/* The number of buckets is 2^this: between half as many as keys and as many. */
static unsigned bucket_bits(size_t count)
{
    unsigned bits = 0;
    while (count >> bits > 1)
        bits++;
    return bits;
}

/* Counts, then places each key where its bucket begins: after this keys are out of order inside of buckets only. */
static void spread(kn__sorted_key *keys, size_t count, kn__sorted_key *spare, uint32_t *starts)
{
    unsigned bits = bucket_bits(count), shift = 64 - bits;
    size_t buckets = (size_t)1 << bits;
    uint32_t before = 0;
    memset(starts, 0, buckets * sizeof *starts);
    for (size_t i = 0; i < count; i++)
        starts[keys[i].digest.word[0] >> shift]++;
    for (size_t i = 0; i < buckets; i++) {
        uint32_t here = starts[i];
        starts[i] = before;
        before += here;
    }
    for (size_t i = 0; i < count; i++)
        spare[starts[keys[i].digest.word[0] >> shift]++] = keys[i];
    memcpy(keys, spare, count * sizeof *keys);
}

size_t kn__any_sort_room(size_t count)
{
    return count <= KN__ANY_FEW ? 0
                                : count * sizeof(kn__sorted_key) + ((size_t)1 << bucket_bits(count)) * sizeof(uint32_t);
}

void kn__any_sort(kn__sorted_key *keys, size_t count, void *room)
{
    if (count > KN__ANY_FEW)
        spread(keys, count, room, (uint32_t *)(void *)((kn__sorted_key *)room + count));
    if (!insertion_sort(keys, count, count * MOVES_PER_KEY + 1))
        heap_sort(keys, count);
}
