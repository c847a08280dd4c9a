/* SPDX-License-Identifier: MIT */
#ifndef KOINE_TYPE_ENUM_CHECK_H
#define KOINE_TYPE_ENUM_CHECK_H

#include <koine/type.h>

#define KN__LABEL_MAX 63 /* bytes */

/* Is the declaration sound? KN_INVALID says what is not. */
kn_status kn__enum_check(const kn_enum *e, kn_error *error);

/* Same name, labels and values, in the same order. */
bool kn__enum_equal(const kn_enum *a, const kn_enum *b);

#endif
