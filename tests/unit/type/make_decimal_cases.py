#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cases for test_decimal.c, computed by CPython's decimal and fractions: python3 make_decimal_cases.py > decimal_cases.h"""
import decimal
import random
from decimal import Decimal
from fractions import Fraction

decimal.getcontext().prec = 40000
decimal.getcontext().Emax = decimal.MAX_EMAX
decimal.getcontext().Emin = decimal.MIN_EMIN
decimal.getcontext().traps[decimal.Inexact] = True
random.seed(20)


def digits(n):
    return "".join(random.choice("0123456789") for _ in range(n))


def number(most=60):
    n = random.choice([1, 2, 3, 7, 15, 18, 19, 20, 21, 37, 38, 39, 40, most])
    text = digits(n)
    if random.random() < 0.3:
        zeros = random.randint(0, n)
        text = text[: n - zeros] + "0" * zeros
    if random.random() < 0.2:
        text = "0" * random.randint(1, 5) + text
    point = random.randint(0, len(text))
    if random.random() < 0.7:
        text = text[:point] + "." + text[point:]
    if random.random() < 0.25:
        text += random.choice("eE") + random.choice(["", "+", "-"]) + str(random.randint(0, 30))
    return random.choice(["", "", "+", "-"]) + text


def plain(d):
    text = format(d, "f")
    return text.lstrip("-") if d == 0 else text


def rescaled(d, scale):
    try:
        return plain(d.quantize(Decimal(1).scaleb(-scale)))
    except decimal.Inexact:
        return ""


def fits(d, precision, scale):
    _, figures, exponent = d.as_tuple()
    if d == 0:
        return "KN_OK"
    if abs(d) >= Decimal(10) ** (precision - scale):
        return "KN_OUT_OF_RANGE"
    return "KN_OK" if rescaled(d, scale) else "KN_INEXACT"


def rows(name, members, lines):
    print("\nstatic const struct {\n    %s\n} %s[] = {" % (members, name))
    for line in lines:
        print("    {%s}," % line)
    print("};")


def neighbour(text):
    """A number equal to text, or nearly."""
    d = Decimal(text)
    sign, figures, exponent = d.as_tuple()
    figures = list(figures) + [0] * random.randint(0, 4)
    moved = exponent - (len(figures) - len(d.as_tuple()[1]))
    if random.random() < 0.5:
        figures[-1] = (figures[-1] + random.choice([0, 1])) % 10
    return format(Decimal((sign, tuple(figures), moved)), random.choice("fE") if abs(moved) < 50 else "E")


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Written by make_decimal_cases.py; do not edit. */\n/* clang-format off */")
    print("#ifndef KOINE_TESTS_DECIMAL_CASES_H\n#define KOINE_TESTS_DECIMAL_CASES_H\n\n#include <koine/decimal.h>")

    lines = []
    for _ in range(220):
        text = number()
        d = Decimal(text)
        lines.append('"%s", "%s", %d, %d' % (text, plain(d), d.as_tuple()[2], len(d.as_tuple()[1])))
    rows("printed", "const char *text, *plain; int32_t exponent; uint32_t digits;", lines)

    lines = []
    for i in range(220):
        a = number(45)
        b = neighbour(a) if i % 3 else number(45)
        x, y = Decimal(a), Decimal(b)
        lines.append('"%s", "%s", %d' % (a, b, (x > y) - (x < y)))
    rows("compared", "const char *a, *b; int order;", lines)

    lines = []
    for _ in range(200):
        a, scale = number(45), random.choice([0, 1, 2, 5, 10, 18, 19, 20, 30, 38, 45])
        lines.append('"%s", %d, "%s"' % (a, scale, rescaled(Decimal(a), scale)))
    rows("rescaled", "const char *text; uint32_t scale; const char *plain;", lines)

    lines = []
    for _ in range(150):
        a, precision = number(45), random.randint(1, 45)
        scale = random.randint(0, precision)
        lines.append('"%s", %d, %d, %s' % (a, precision, scale, fits(Decimal(a), precision, scale)))
    rows("fitted", "const char *text; uint32_t precision, scale; kn_status status;", lines)

    lines = []
    for i in range(300):
        scale = random.randint(0, 22) if i % 4 == 0 else random.randint(0, 15)
        m = int(digits(random.randint(1, 17)))
        d = m / 10**scale * random.choice([1, -1])
        if i % 5 == 0:
            d = float.fromhex(float(d).hex()) * (1 + random.choice([1, -1]) * 2.0**-52)
        exact = round(Fraction(d) * 10**scale)
        good = abs(exact) < 10**15 and exact / 10**scale == d
        lines.append('%s, %d, "%s"' % (d.hex(), scale, plain(Decimal(exact).scaleb(-scale)) if good else ""))
    rows("doubles", "double d; uint32_t scale; const char *plain;", lines)
    print("\n#endif")


main()
