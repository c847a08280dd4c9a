/* SPDX-License-Identifier: MIT */
/* Numbers of different kinds that are equal: 1, 1.0, True and Decimal("1.00"); and the parts that texts of them are
 * made of. */
#include <stdio.h>
#include <string.h>

#include <koine/datetime.h>
#include <koine/decimal.h>

#include "type/any_node.h"
#include "type/double.h"

/* 5^23 has more than 53 bits: no double is an odd multiple of 10^23. */
#define DECADES_EXACT 22
/* 5^-1075 and less: below every double's last bit. */
#define FRACTION_MAX 1074

static void strip_zeros(kn__any_number *number)
{
    while (number->size && *number->digits == '0') {
        number->digits++;
        number->size--;
    }
    while (number->size && number->digits[number->size - 1] == '0') {
        number->size--;
        number->exponent++;
    }
}

/* Rules out, without arithmetic, nearly all numbers that are no double: to be one, d x 10^-x must have 5^x in d and
 * little else, d x 10^x little besides 5^x. What passes costs a conversion that is short of a thousand digits. */
static bool may_be_double(const kn__any_number *number)
{
    if (number->exponent >= 0)
        return number->exponent <= DECADES_EXACT && number->size <= 309;
    size_t x = number->exponent < -FRACTION_MAX ? FRACTION_MAX + 1 : (size_t)-number->exponent;
    return x <= FRACTION_MAX && number->digits[number->size - 1] == '5' && number->size >= x * 69 / 100 &&
           number->size <= x * 70 / 100 + 18;
}

static void find_double(kn__any_number *number)
{
    strip_zeros(number);
    if (!number->size) {
        number->d = 0;
        number->is_double = true;
    } else if (may_be_double(number)) {
        number->is_double =
            kn__double_of_digits(number->negative, number->digits, number->size, number->exponent, &number->d);
    }
}

static void of_int(int64_t i, kn__any_number *out)
{
    const double TWO_63 = 9223372036854775808.0;
    out->d = (double)i;
    out->is_double = out->d < TWO_63 && (int64_t)out->d == i;
    if (out->is_double)
        return;
    out->negative = i < 0;
    out->digits = out->room;
    out->size = 19; /* zero padded, which is stripped below */
    (void)kn__u64_put(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, 19, out->room + 19);
    strip_zeros(out);
}

static void of_bigint(const kn__any_text *any, kn__any_number *out)
{
    out->negative = any->data[0] == '-';
    out->digits = any->data + out->negative;
    out->size = any->head.as.size - out->negative;
    find_double(out);
}

static void of_decimal(const kn_decimal *decimal, kn__any_number *out)
{
    kn__digits digits = kn__decimal_view(decimal, out->room);
    out->negative = decimal->sign != 0;
    out->digits = digits.at;
    out->size = digits.n;
    out->exponent = decimal->exponent;
    find_double(out);
}

bool kn__any_number_of(const kn_any *any, kn__any_number *out)
{
    out->is_double = out->negative = false;
    out->exponent = 0;
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_BOOL:
        of_int(any->flags & KN__ANY_TRUE, out);
        return true;
    case KN_ANY_INT:
        of_int(any->as.i, out);
        return true;
    case KN_ANY_FLOAT:
        out->d = any->as.d;
        out->is_double = true;
        return true;
    case KN_ANY_BIGINT:
        of_bigint(kn__any_as_text(any), out);
        return true;
    case KN_ANY_DECIMAL:
        of_decimal(&kn__any_as_decimal(any)->value, out);
        return true;
    default:
        return false;
    }
}

bool kn__any_number_equal(const kn_any *a, const kn_any *b)
{
    kn__any_number x, y;
    if (!kn__any_number_of(a, &x) || !kn__any_number_of(b, &y) || x.is_double != y.is_double)
        return false;
    if (x.is_double)
        return x.d == y.d || (x.d != x.d && y.d != y.d);
    return x.negative == y.negative && x.exponent == y.exponent && x.size == y.size &&
           memcmp(x.digits, y.digits, x.size) == 0;
}

static void add_part(kn__any_decimal_text *text, const char *data, size_t size)
{
    text->part[text->count++] = (kn_text){data, size};
}

/* General Decimal Arithmetic, to-scientific-string: an exponent where the plain form would add zeros at the end or
 * more than five after the point. */
kn__any_decimal_text kn__any_decimal_text_of(const kn_decimal *decimal, char room[KN__DECIMAL_ROOM])
{
    enum { LEFT_MIN = -5 };
    kn__any_decimal_text text = {.count = 0};
    kn__digits digits = kn__decimal_view(decimal, room);
    if (!digits.n)
        digits = (kn__digits){"0", 1};
    char *tail = room + KN__DIGITS_ROOM;
    int64_t size = digits.n, left = decimal->exponent + size;
    bool plain = decimal->exponent <= 0 && left >= LEFT_MIN;
    int64_t point = plain ? left : 1;

    if (decimal->sign)
        add_part(&text, "-", 1);
    if (point <= 0)
        add_part(&text, "0.00000", (size_t)(2 - point));
    else
        add_part(&text, digits.at, (size_t)point);
    if (point > 0 && point < size)
        add_part(&text, ".", 1);
    if (point < size)
        add_part(&text, digits.at + (point > 0 ? point : 0), (size_t)(size - (point > 0 ? point : 0)));
    if (!plain)
        add_part(&text, tail,
                 (size_t)snprintf(tail, KN__DECIMAL_ROOM - KN__DIGITS_ROOM, "E%+lld", (long long)(left - point)));
    return text;
}

kn__any_span kn__any_span_of(int64_t us)
{
    int64_t days = us / KN_US_PER_DAY, rest = us % KN_US_PER_DAY;
    if (rest < 0) {
        rest += KN_US_PER_DAY;
        days--;
    }
    return (kn__any_span){.days = (int32_t)days,
                          .seconds = (int32_t)(rest / KN_US_PER_SECOND),
                          .microseconds = (int32_t)(rest % KN_US_PER_SECOND)};
}
