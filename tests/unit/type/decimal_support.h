/* SPDX-License-Identifier: MIT */
/* Shared by the decimal tests: text in, text out. */
#ifndef KOINE_TESTS_DECIMAL_SUPPORT_H
#define KOINE_TESTS_DECIMAL_SUPPORT_H

#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include <koine/decimal.h>

#include "decimal_cases.h"

static inline kn_decimal decimal_of(const char *text, kn_arena *arena)
{
    kn_decimal d;
    kn_error error = {0};
    if (kn_decimal_parse(kn_text_of(text), arena, &d, &error) != KN_OK)
        fail_msg("%s: %s", text, error.message);
    return d;
}

/* Prints into a block of exactly the stated size, so that a sanitizer sees a byte too many. */
static inline void assert_prints(kn_decimal d, const char *plain)
{
    size_t size = kn_decimal_print_size(d);
    char *out = malloc(size);
    assert_non_null(out);
    size_t written = kn_decimal_print(d, out);
    assert_true(written <= size);
    assert_int_equal(written, strlen(plain));
    assert_memory_equal(out, plain, written);
    free(out);
}

/* No result keeps a coefficient in digits that fits inline, has leading zeros, or a negative zero. */
static inline void assert_canonical(kn_decimal d)
{
    if (d.form) {
        assert_int_equal(d.form, 1);
        assert_true(d.n > KN_DECIMAL_INLINE && d.u.digits[0] != '0');
    } else {
        assert_int_equal(d.n, 0);
        assert_true(kn_decimal_digits(d) <= KN_DECIMAL_INLINE);
        assert_false(d.sign && kn_decimal_is_zero(d));
    }
}

#endif
