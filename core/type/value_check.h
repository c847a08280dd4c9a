/* SPDX-License-Identifier: MIT */
/* kn_value_check for who checks many values of one type: the function is chosen once. */
#ifndef KOINE_CORE_TYPE_VALUE_CHECK_H
#define KOINE_CORE_TYPE_VALUE_CHECK_H

#include <koine/plugin/plain.h>
#include <koine/type.h>

#include "type/decimal_wide.h"

/* As kn_value_check, of a type with the id it was chosen for and a value that is neither NULL nor UNSET. */
typedef kn_status kn__check_fn(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error);

/* NULL when the id is of no type. */
kn__check_fn *kn__value_checker(uint16_t type);

/* The same for values that have the type's canonical kind: NULL when every such value is in the domain. */
kn__check_fn *kn__domain_checker(uint16_t type);

/* Text of so many bytes, all of them ASCII, is in the type's domain. */
static inline size_t kn__plain_size(const kn_type *type)
{
    return type->length ? (size_t)type->length : SIZE_MAX - 1; /* SIZE_MAX says that the size is not known */
}

/* The domain of an integer or a moment in microseconds; every int64_t for others. */
static inline void kn__integer_range(const kn_type *type, int64_t *least, int64_t *most)
{
    bool moment = type->id == KN_TYPE_DATETIME || type->id == KN_TYPE_DATETIME_TZ || type->id == KN_TYPE_INTERVAL;

    *most = type->id == KN_TYPE_SMALL_INTEGER ? INT16_MAX : type->id == KN_TYPE_INTEGER ? INT32_MAX : INT64_MAX;
    *least = -*most - 1;
    if (moment) {
        *least = KN_DATETIME_MIN;
        *most = KN_DATETIME_MAX;
    } else if (type->id == KN_TYPE_TIME) {
        *least = 0;
        *most = KN_US_PER_DAY - 1;
    }
}

/* The coefficient of a decimal with the type's own scale that is surely in its domain is less. */
static inline uint64_t kn__plain_below(const kn_type *type)
{
    return type->precision < KN_COUNT_OF(kn__pow10_u64) ? kn__pow10_u64[type->precision] : UINT64_MAX;
}

static inline bool kn__decimal_is_plain(const kn_decimal *d, const kn_type *type)
{
    return kn_plain_decimal(d, -(int32_t)type->scale, kn__plain_below(type));
}

#endif
