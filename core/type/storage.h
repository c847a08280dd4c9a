/* SPDX-License-Identifier: MIT */
/* How types are usually stored where a backend has no such type: what a dialect's type rule leaves to the core. */
#ifndef KOINE_CORE_TYPE_STORAGE_H
#define KOINE_CORE_TYPE_STORAGE_H

#include <koine/type.h>

/* As kn_type_rule's encode and decode. */
typedef kn_status kn__convert_fn(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out,
                                 kn_error *error);

/* Boolean as INT: 0 and 1. Date, Time and DateTime as TEXT: written YYYY-MM-DD, HH:MM:SS.ffffff and both with a space
 * between, read in every form that the parsers take. */
kn__convert_fn kn__int_of_bool, kn__bool_of_int, kn__text_of_date, kn__date_of_text, kn__text_of_time, kn__time_of_text,
    kn__text_of_datetime, kn__datetime_of_text;

/* The pair of a type and a storage kind; false when there is none. */
bool kn__storage_usual(uint16_t type, uint16_t storage, kn__convert_fn **encode, kn__convert_fn **decode);

#endif
