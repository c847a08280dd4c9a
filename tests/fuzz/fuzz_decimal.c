/* SPDX-License-Identifier: MIT */
/* One or two decimal texts, separated by a newline: what is read is printed and read as itself, order agrees with the
 * order of the printed texts, scale goes up and down without loss. The first bytes are also read as a double. */
#include "support/fuzz.h"

#include <string.h>

#include <koine/decimal.h>

typedef struct number {
    kn_decimal d;
    char *plain; /* NUL-ended */
    size_t size;
} number;

static bool read_number(kn_text text, kn_arena *arena, number *out)
{
    kn_error error = {0};
    kn_status status = kn_decimal_parse(text, arena, &out->d, &error);
    FUZZ_CHECK(error.status == (int32_t)status);
    if (status != KN_OK) {
        FUZZ_CHECK(status == KN_MALFORMED || status == KN_LIMIT);
        FUZZ_CHECK(status != KN_MALFORMED || (error.position >= 1 && error.position <= text.size + 1));
        return false;
    }
    size_t room = kn_decimal_print_size(out->d);
    char *exact = malloc(room); /* so that a sanitizer sees a byte too many */
    FUZZ_CHECK(exact);
    out->size = kn_decimal_print(out->d, exact);
    FUZZ_CHECK(out->size >= 1 && out->size <= room);
    out->plain = kn_arena_copy(arena, exact, out->size);
    free(exact);
    FUZZ_CHECK(out->plain && strspn(out->plain, "-.0123456789") == out->size);
    return true;
}

static void check_round_trip(const number *n, kn_arena *arena)
{
    number again = {0};
    /* plain notation may need more digits than the limit */
    if (n->d.exponent > 0 && n->size > KN_DECIMAL_DIGITS_MAX)
        return;
    FUZZ_CHECK(read_number((kn_text){n->plain, n->size}, arena, &again));
    FUZZ_CHECK(again.size == n->size && memcmp(again.plain, n->plain, n->size) == 0);
    FUZZ_CHECK(kn_decimal_compare(n->d, again.d) == 0 && kn_decimal_compare(again.d, n->d) == 0);
    FUZZ_CHECK(again.d.exponent == (n->d.exponent < 0 ? n->d.exponent : 0));
}

/* The order of two printed numbers without sign: more digits before the point, else bytewise with zeros filled in. */
static int order_of_texts(const char *a, const char *b)
{
    size_t whole_a = strcspn(a, "."), whole_b = strcspn(b, ".");
    if (whole_a != whole_b)
        return whole_a < whole_b ? -1 : 1;
    while (*a || *b) {
        char x = *a ? *a++ : '0', y = *b ? *b++ : '0';
        x = x == '.' ? '0' : x;
        y = y == '.' ? '0' : y;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static void check_order(const number *a, const number *b)
{
    bool negative_a = a->plain[0] == '-', negative_b = b->plain[0] == '-';
    bool zero_a = kn_decimal_is_zero(a->d), zero_b = kn_decimal_is_zero(b->d);
    negative_a = negative_a && !zero_a;
    negative_b = negative_b && !zero_b;
    int order =
        negative_a != negative_b ? (negative_a ? -1 : 1) : order_of_texts(a->plain + negative_a, b->plain + negative_b);
    if (negative_a && negative_b)
        order = -order;
    FUZZ_CHECK(kn_decimal_compare(a->d, b->d) == order);
    FUZZ_CHECK(kn_decimal_compare(b->d, a->d) == -order);
}

static void check_scale(kn_decimal d, uint32_t scale, kn_arena *arena)
{
    kn_decimal up, down;
    kn_status status = kn_decimal_rescale(d, scale, arena, &up, NULL);
    FUZZ_CHECK(status == KN_OK || status == KN_INEXACT || status == KN_LIMIT);
    FUZZ_CHECK((status == KN_INEXACT) == (kn_decimal_fits(d, 200000, scale, NULL) == KN_INEXACT));
    if (status != KN_OK)
        return;
    uint32_t digits = kn_decimal_digits(up);
    FUZZ_CHECK(up.exponent == -(int32_t)scale && kn_decimal_compare(d, up) == 0);
    FUZZ_CHECK(digits < scale || kn_decimal_fits(d, digits, scale, NULL) == KN_OK);
    FUZZ_CHECK(digits <= scale || kn_decimal_is_zero(d) ||
               kn_decimal_fits(d, digits - 1, scale, NULL) == KN_OUT_OF_RANGE);
    if (d.exponent > 0)
        return;
    FUZZ_CHECK(kn_decimal_rescale(up, (uint32_t)-d.exponent, arena, &down, NULL) == KN_OK);
    FUZZ_CHECK(down.exponent == d.exponent && down.form == d.form && kn_decimal_compare(down, d) == 0);
}

static void check_int64(kn_decimal d)
{
    int64_t whole = 0;
    kn_status status = kn_decimal_to_int64(d, &whole, NULL);
    FUZZ_CHECK(status == KN_OK || status == KN_OUT_OF_RANGE || status == KN_INEXACT);
    if (status == KN_OK)
        FUZZ_CHECK(kn_decimal_compare(d, kn_decimal_of(whole, 0)) == 0);
}

static void check_double(const uint8_t *data, size_t size)
{
    double v;
    kn_decimal d;
    if (size < sizeof v + 1)
        return;
    memcpy(&v, data, sizeof v);
    if (kn_decimal_from_double15(v, data[sizeof v] % 40, &d, NULL) != KN_OK)
        return;
    char plain[64] = "";
    FUZZ_CHECK(kn_decimal_digits(d) <= 15 && d.exponent == -(int32_t)(data[sizeof v] % 40));
    FUZZ_CHECK(kn_decimal_print_size(d) < sizeof plain);
    kn_decimal_print(d, plain);
    FUZZ_CHECK(strtod(plain, NULL) == v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *line = size ? memchr(text, '\n', size) : NULL;
    size_t first = line ? (size_t)(line - text) : size;
    number a, b;
    kn_arena arena = {0};

    check_double(data, size);
    bool has_a = read_number((kn_text){text, first}, &arena, &a);
    bool has_b = line && read_number((kn_text){line + 1, size - first - 1}, &arena, &b);
    if (has_a) {
        check_round_trip(&a, &arena);
        check_scale(a.d, (uint32_t)(size * 3 % 64), &arena);
        check_scale(a.d, a.d.exponent < 0 ? (uint32_t)-a.d.exponent / 2 : 0, &arena);
        check_int64(a.d);
    }
    if (has_a && has_b)
        check_order(&a, &b);
    kn_arena_finish(&arena);
    return 0;
}
