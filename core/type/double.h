/* SPDX-License-Identifier: MIT */
/* Doubles and decimal text, exactly and without the locale. */
#ifndef KOINE_CORE_TYPE_DOUBLE_H
#define KOINE_CORE_TYPE_DOUBLE_H

#include <koine/error.h>

/* digits x 10^exponent (ASCII digits, at least one) as the nearest double, ties to even; infinity when too large.
 * True when the double is exactly that number. */
bool kn__double_of_digits(bool negative, const char *digits, size_t size, int64_t exponent, double *out);

/* [+-] digits [. digits] [(e|E) [+-] digits] with at least one digit, or inf, infinity, nan in any case: the whole
 * text, to the nearest double. KN_MALFORMED. Too large is infinity, as in IEEE 754. */
kn_status kn__double_parse(kn_text text, double *out, kn_error *error);

/* The shortest text that parses back to `d`, as Python's repr writes it: "0.1", "1e-05", "-0.0", "1e+16", "inf", "nan".
 * Writes no NUL; returns the bytes written. */
#define KN__DOUBLE_SIZE 32
size_t kn__double_print(double d, char out[KN__DOUBLE_SIZE]);

/* The bits, sign first. */
uint64_t kn__double_bits(double d);
double kn__double_of_bits(uint64_t bits);

#endif
