/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include "type/digest.h"

/* From the reference implementation's vectors.h (128-bit form, key 00 01 .. 0f, message 00 01 .. n-1). */
static const struct {
    size_t size;
    unsigned char expected[16];
} vectors[] = {
    {0, {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93}},
    {1, {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45}},
    {15, {0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0, 0xa8, 0x11, 0x7e, 0x08, 0xec, 0x0f, 0x97, 0xcf, 0xc3, 0xd9}},
    {63, {0x51, 0x50, 0xd1, 0x77, 0x2f, 0x50, 0x83, 0x4a, 0x50, 0x3e, 0x06, 0x9a, 0x97, 0x3f, 0xbd, 0x7c}},
};

static void test_digest__is_siphash_2_4_128(void **state)
{
    (void)state;
    kn__digest_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    unsigned char message[64];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        kn__digester digester = kn__digest_begin(&key);
        kn__digest_bytes(&digester, message, vectors[i].size);
        kn__digest digest = kn__digest_end(digester);
        for (int byte = 0; byte < 16; byte++)
            assert_int_equal(digest.word[byte / 8] >> 8 * (byte % 8) & 0xff, vectors[i].expected[byte]);
    }
}

static void test_digest__orders_by_both_words(void **state)
{
    (void)state;
    kn__digest low = {{1, 2}}, high = {{1, 3}}, higher = {{2, 0}};
    assert_int_equal(kn__digest_compare(&low, &low), 0);
    assert_int_equal(kn__digest_compare(&low, &high), -1);
    assert_int_equal(kn__digest_compare(&higher, &high), 1);
}

static void test_digest__keeps_its_key(void **state)
{
    (void)state;
    kn__digest_key a = kn__digest_process_key(), b = kn__digest_process_key();
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.word[0] != 0 || a.word[1] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest__is_siphash_2_4_128),
        cmocka_unit_test(test_digest__orders_by_both_words),
        cmocka_unit_test(test_digest__keeps_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
