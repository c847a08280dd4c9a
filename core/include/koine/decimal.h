/* SPDX-License-Identifier: MIT */
/* koine/decimal.h - exact decimals. No call rounds unless its name says so; none depends on the locale. */
#ifndef KOINE_DECIMAL_H
#define KOINE_DECIMAL_H

#include <koine/error.h>
#include <koine/memory.h>
#include <koine/value.h>

KN_BEGIN_DECLS

/* Literal for initialisers: KN_DECIMAL(1250, -2) is 12.50. `coefficient` fits int64_t; negative allowed. */
/* clang-format off */
#define KN_DECIMAL(coefficient, exp10)                                                                        \
    {.u = {.word = {(coefficient) < 0 ? UINT64_C(0) - (uint64_t)(coefficient) : (uint64_t)(coefficient), 0}}, \
     .exponent = (exp10), .sign = (coefficient) < 0}
/* clang-format on */

/* coefficient x 10^exponent. Cannot fail. */
KN_API kn_decimal kn_decimal_of(int64_t coefficient, int32_t exponent);

/* Text to decimal: [+-] digits [. digits] [(e|E) [+-] digits], at least one digit before or after the point; nothing
 * else, no spaces, no NaN, no infinity. Keeps the scale as written ("1.50" has exponent -2); -0 is 0. More than 38
 * digits, leading zeros not counted, need `arena` for the digits.
 * KN_MALFORMED, with the byte in error->position; KN_LIMIT over KN_DECIMAL_DIGITS_MAX digits or |exponent| > 99999;
 * KN_NOMEM; KN_INVALID when the arena that is needed is NULL (here and in the calls below). */
KN_API kn_status kn_decimal_parse(kn_text text, kn_arena *arena, kn_decimal *out, kn_error *error);

/* Bytes kn_decimal_print may need, without the ending NUL. */
KN_API size_t kn_decimal_print_size(kn_decimal d);

/* Plain notation, never an exponent: "-12.50", "1200", "0.00"; zero never has a sign. Writes no NUL; returns the bytes
 * written. `out` must have kn_decimal_print_size(d) bytes. */
KN_API size_t kn_decimal_print(kn_decimal d, char *out);

/* -1, 0, 1 by numeric value: 1.0 equals 1.00, -0 equals 0. */
KN_API int kn_decimal_compare(kn_decimal a, kn_decimal b);

KN_API bool kn_decimal_is_zero(kn_decimal d);

/* Number of significant digits (0 has 1), trailing zeros of the coefficient counted. */
KN_API uint32_t kn_decimal_digits(kn_decimal d);

/* The same number with exactly `scale` digits after the point. KN_INEXACT when a digit other than 0 would be lost,
 * nothing is rounded; KN_LIMIT over the digits or scale > 99999. Needs `arena` only past 38 digits; the result may
 * share the digits of `d`. */
KN_API kn_status kn_decimal_rescale(kn_decimal d, uint32_t scale, kn_arena *arena, kn_decimal *out, kn_error *error);

/* Does it fit NUMERIC(precision, scale) without change? KN_OK, KN_OUT_OF_RANGE (integer digits) or KN_INEXACT
 * (fraction). */
KN_API kn_status kn_decimal_fits(kn_decimal d, uint32_t precision, uint32_t scale, kn_error *error);

/* Exact conversions. KN_OUT_OF_RANGE or KN_INEXACT when the number is none. */
KN_API kn_status kn_decimal_to_int64(kn_decimal d, int64_t *out, kn_error *error);

/* The digits of form-1 decimals copied into `arena`; others are returned as they are. */
KN_API kn_status kn_decimal_copy(kn_decimal d, kn_arena *arena, kn_decimal *out, kn_error *error);

/* A double read as a decimal with at most 15 significant digits at `scale`: what a NUMERIC column with REAL storage
 * means. The result has exactly that scale. KN_INEXACT when the double has no such decimal: its nearest decimal at that
 * scale is another double, or has more than 15 digits (trailing zeros counted), or scale > 22 and the double is not 0,
 * which no column of 15 digits means. KN_OUT_OF_RANGE when not finite. */
KN_API kn_status kn_decimal_from_double15(double d, uint32_t scale, kn_decimal *out, kn_error *error);

KN_END_DECLS
#endif
