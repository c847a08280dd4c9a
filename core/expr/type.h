/* SPDX-License-Identifier: MIT */
/* Which types may meet in an expression, and what comes of it. */
#ifndef KOINE_EXPR_TYPE_H
#define KOINE_EXPR_TYPE_H

#include <koine/type.h>

/* Types that compare with each other whatever their parameters. */
typedef enum kn__class {
    KN__CLASS_UNKNOWN,
    KN__CLASS_BOOL,
    KN__CLASS_INT,
    KN__CLASS_FLOAT,
    KN__CLASS_NUMERIC,
    KN__CLASS_TEXT,
    KN__CLASS_BYTES,
    KN__CLASS_DATE,
    KN__CLASS_TIME,
    KN__CLASS_DATETIME,
    KN__CLASS_INSTANT,
    KN__CLASS_INTERVAL,
    KN__CLASS_ENUM,
    KN__CLASS_PICKLE,
    KN__CLASS_END
} kn__class;

kn__class kn__class_of(const kn_type *type);

static inline bool kn__class_is_number(kn__class c)
{
    return c == KN__CLASS_INT || c == KN__CLASS_FLOAT || c == KN__CLASS_NUMERIC;
}

/* The type of a value of which only the kind is known; id 0 for decimals, which have no precision of their own. Static.
 */
const kn_type *kn__type_of_kind(unsigned kind);

extern const kn_type kn__type_boolean, kn__type_big_integer, kn__type_float, kn__type_text, kn__type_binary,
    kn__type_instant;

/* May a value of this kind be given where the type is expected? (kn_value_check decides about the value itself.) */
bool kn__type_takes_kind(const kn_type *type, unsigned kind);

/* May the two be compared? Neither is unknown. */
bool kn__types_compare(const kn_type *a, const kn_type *b);
/* May an expression of type `from` be stored in a column of type `to`? */
bool kn__type_stores(const kn_type *to, const kn_type *from);

/* The type that holds the values of both; they compare. */
kn_type kn__type_common(const kn_type *a, const kn_type *b);
/* What a literal that is compared with the type may be: any length, any width. */
kn_type kn__type_compared(const kn_type *type);

/* The result of an operator on two numbers; id 0 when there is none. */
kn_type kn__type_of_arithmetic(unsigned op, const kn_type *a, const kn_type *b);
/* The sum of any number of them. */
kn_type kn__type_of_sum(const kn_type *type);

#endif
