/* SPDX-License-Identifier: MIT */
/* kn_value_check for who checks many values of one type: the function is chosen once. */
#ifndef KOINE_CORE_TYPE_VALUE_CHECK_H
#define KOINE_CORE_TYPE_VALUE_CHECK_H

#include <koine/type.h>

/* As kn_value_check, of a type with the id it was chosen for and a value that is neither NULL nor UNSET. */
typedef kn_status kn__check_fn(const kn_type *type, kn_value *value, kn_arena *arena, kn_error *error);

/* NULL when the id is of no type. */
kn__check_fn *kn__value_checker(uint16_t type);

/* The same for values that have the type's canonical kind: NULL when every such value is in the domain. */
kn__check_fn *kn__domain_checker(uint16_t type);

#endif
