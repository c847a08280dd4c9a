/* SPDX-License-Identifier: MIT */
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include <koine/type.h>

#include "base/utf8.h"

/* RFC 3629 section 3, written down the slow way: decode, then look at the value. SIZE_MAX when not valid. */
static size_t reference_length(const unsigned char *p, size_t size, bool no_nul)
{
    size_t count = 0;
    while (size) {
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
        if (n == 0 || n > size)
            return SIZE_MAX;
        uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
        for (size_t i = 1; i < n; i++) {
            if (p[i] >> 6 != 2)
                return SIZE_MAX;
            c = c << 6 | (p[i] & 0x3F);
        }
        if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || (no_nul && c == 0))
            return SIZE_MAX;
        p += n;
        size -= n;
        count++;
    }
    return count;
}

/* A heap copy of the exact size, so that a sanitizer sees any byte read too many. */
static void assert_like_reference(const unsigned char *bytes, size_t size)
{
    char *exact = malloc(size + !size);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    size_t length = reference_length(bytes, size, false), check = reference_length(bytes, size, true);
    assert_int_equal(kn__utf8_length(exact, size), length);
    assert_int_equal(kn__utf8_check(exact, size), check);
    assert_int_equal(kn_utf8_length((kn_text){exact, size}), length);
    size_t fault = kn__utf8_fault(exact, size);
    assert_int_equal(fault == size, check != SIZE_MAX);
    assert_true(reference_length(bytes, fault, true) != SIZE_MAX);
    free(exact);
}

static void test_utf8__every_sequence_of_two_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++)
        assert_like_reference((unsigned char[]){(unsigned char)(i >> 8), (unsigned char)i}, 2);
}

/* Leads E0 to FF with every second byte, and third and fourth bytes at the borders of their ranges. */
static void test_utf8__borders_of_three_and_four_bytes(void **state)
{
    (void)state;
    static const unsigned char border[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (unsigned lead = 0xE0; lead <= 0xFF; lead++) {
        for (unsigned second = 0; second <= 0xFF; second++) {
            for (size_t i = 0; i < sizeof border * sizeof border; i++) {
                unsigned char bytes[] = {(unsigned char)lead, (unsigned char)second, border[i / sizeof border],
                                         border[i % sizeof border]};
                assert_like_reference(bytes, 3);
                assert_like_reference(bytes, 4);
            }
        }
    }
}

/* One odd thing at every place of texts of every size up to 40: all the ways into and out of the fast path. */
static void test_utf8__every_place_in_short_texts(void **state)
{
    (void)state;
    static const char *const odd[] = {"\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x80",
                                      "\xff",     "\xc3",         "\xf0\x9f",         ""};
    for (size_t size = 0; size <= 40; size++) {
        for (size_t o = 0; o < KN_COUNT_OF(odd); o++) {
            size_t n = strlen(odd[o]) + (odd[o][0] == '\0'); /* the last is U+0000 */
            for (size_t at = 0; at + n <= size; at++) {
                unsigned char bytes[40];
                memset(bytes, 'a' + (int)at % 26, sizeof bytes);
                memcpy(bytes + at, odd[o], n);
                assert_like_reference(bytes, size);
            }
        }
    }
}

static void test_utf8__random_mixtures(void **state)
{
    (void)state;
    static const char *const unit[] = {"a",
                                       "0",
                                       " ",
                                       "\x01",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80"};
    uint32_t random = 1;
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[128];
        size_t size = 0;
        while (size < 100) {
            random = random * 1664525u + 1013904223u;
            const char *u = unit[(random >> 16) % (KN_COUNT_OF(unit) - (random >> 30 != 0))];
            memcpy(bytes + size, u, strlen(u));
            size += strlen(u);
            if ((random >> 8) % 40 == 0)
                break;
        }
        assert_like_reference(bytes, size);
        assert_like_reference(bytes, size - 1);
    }
}

static void test_utf8__known_lengths(void **state)
{
    (void)state;
    assert_int_equal(kn__utf8_length(NULL, 0), 0);
    assert_int_equal(kn__utf8_check(NULL, 0), 0);
    assert_int_equal(kn_utf8_length(kn_text_of("\xce\xba\xce\xbf\xce\xb9\xce\xbd\xce\xae")), 5); /* koine, in Greek */
    assert_int_equal(kn_utf8_length(kn_text_of("caf\xc3\xa9 \xf0\x9f\x98\x80 and much more")), 20);
    assert_int_equal(kn_utf8_length((kn_text){"a\0b", 3}), 3);
    assert_int_equal(kn__utf8_check("a\0b", 3), SIZE_MAX);
    assert_int_equal(kn__utf8_fault("abc\xff", 4), 3);
    assert_int_equal(kn__utf8_fault("\xc3\xbc\0", 3), 2);
}

static void test_utf8__cut_ends_at_a_border(void **state)
{
    (void)state;
    static const char text[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z"; /* borders 0 1 3 6 10 11 */
    static const size_t cut[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t max = 0; max < KN_COUNT_OF(cut); max++)
        assert_int_equal(kn__utf8_cut(text, 11, max), cut[max]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__every_sequence_of_two_bytes),
        cmocka_unit_test(test_utf8__borders_of_three_and_four_bytes),
        cmocka_unit_test(test_utf8__every_place_in_short_texts),
        cmocka_unit_test(test_utf8__random_mixtures),
        cmocka_unit_test(test_utf8__known_lengths),
        cmocka_unit_test(test_utf8__cut_ends_at_a_border),
    };
    return cmocka_run_group_tests_name("unit/base/utf8", tests, NULL, NULL);
}
