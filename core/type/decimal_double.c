/* SPDX-License-Identifier: MIT */
#include <float.h>

#include "type/decimal_wide.h"

_Static_assert(FLT_RADIX == 2 && DBL_MANT_DIG == 53 && FLT_EVAL_METHOD == 0,
               "doubles are IEEE 754 binary64, evaluated as such");

/* All that a double holds exactly. */
static const double pow10_double[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Why this is exact: m < 10^15 < 2^53 and 10^scale are doubles without error, so m / 10^scale is the double nearest to
 * the decimal (one correctly rounded operation), which is what a backend stores for it. Reversed, d is m / 10^scale
 * within a factor of 1 +- 2^-53, and the product below is off by as much again: |product - m| < 0.25, so rounding to
 * the nearest integer finds m if there is one, and dividing back proves it. m = 10^15 would need a product that rounds
 * up to it, and at no scale does the double of that decimal give one. */
kn_status kn_decimal_from_double15(double d, uint32_t scale, kn_decimal *out, kn_error *error)
{
    double magnitude = d < 0 ? -d : d;
    if (!(magnitude <= DBL_MAX))
        return kn_error_set(error, KN_OUT_OF_RANGE, "not a finite number");
    if (scale < KN_COUNT_OF(pow10_double)) {
        double product = magnitude * pow10_double[scale];
        if (product < 1e15) {
            int64_t m = (int64_t)(product + 0.5);
            if ((double)m / pow10_double[scale] == magnitude) {
                *out = (kn_decimal){.u = {.word = {(uint64_t)m, 0}}, .exponent = -(int32_t)scale, .sign = d < 0};
                return KN_OK;
            }
        }
    } else if (magnitude == 0 && scale <= KN__EXPONENT_MAX) {
        *out = (kn_decimal){.exponent = -(int32_t)scale};
        return KN_OK;
    }
    return kn_error_set(error, KN_INEXACT,
                        "floating-point number that is no decimal of 15 digits with %u after the point",
                        (unsigned)scale);
}
