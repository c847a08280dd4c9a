/* SPDX-License-Identifier: MIT */
#include "type/digest.h"

#include <string.h>

#if defined(__linux__)
#include <sys/auxv.h>
#else
#include <unistd.h>
#endif

#if defined(__linux__)
/* Sixteen random bytes that the kernel gives every program it starts. */
static bool kernel_key(kn__digest_key *key)
{
    /* getauxval hands out an address as a number */
    const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);
    if (random)
        memcpy(key, random, sizeof *key);
    return random != NULL;
}
#endif

kn__digest_key kn__digest_process_key(void)
{
    static const char anchor = 0;
    kn__digest_key key = {{(uintptr_t)&anchor, 0}};
#if defined(__linux__)
    if (!kernel_key(&key))
        key.word[1] = (uintptr_t)&kernel_key;
#else
    /* where the loader put the program is all there is without asking the system for more */
    key.word[1] = (uint64_t)getpid();
#endif
    return key;
}

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

kn__digester kn__digest_begin(const kn__digest_key *key)
{
    uint64_t a = key->word[0], b = key->word[1];
    return (kn__digester){{a ^ UINT64_C(0x736f6d6570736575), b ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                           a ^ UINT64_C(0x6c7967656e657261), b ^ UINT64_C(0x7465646279746573)}};
}

void kn__digest_u64(kn__digester *digester, uint64_t word)
{
    uint64_t *v = digester->v;
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

static uint64_t load_le(const unsigned char *p, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

void kn__digest_bytes(kn__digester *digester, const void *data, size_t size)
{
    const unsigned char *p = data;
    size_t left = size;
    for (; left >= 8; left -= 8, p += 8)
        kn__digest_u64(digester, load_le(p, 8));
    kn__digest_u64(digester, load_le(p, left) | (uint64_t)size << 56);
}

kn__digest kn__digest_end(kn__digester digester)
{
    uint64_t *v = digester.v;
    kn__digest digest;
    v[2] ^= 0xee;
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 4; i++)
            sip_round(v);
        digest.word[half] = v[0] ^ v[1] ^ v[2] ^ v[3];
        v[1] ^= 0xdd;
    }
    return digest;
}
