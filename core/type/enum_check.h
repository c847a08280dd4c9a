/* SPDX-License-Identifier: MIT */
#ifndef KOINE_TYPE_ENUM_CHECK_H
#define KOINE_TYPE_ENUM_CHECK_H

#include <koine/type.h>

#include "base/writer.h"

#define KN__LABEL_MAX 63 /* bytes */

/* Is the declaration sound? KN_INVALID says what is not. */
kn_status kn__enum_check(const kn_enum *e, kn_error *error);

/* Same name, labels and values, in the same order. */
bool kn__enum_equal(const kn_enum *a, const kn_enum *b);

/* NAME mood, as a type is printed (kn_type_print). */
void kn__enum_write_name(kn__writer *w, const kn_enum *e);

#endif
