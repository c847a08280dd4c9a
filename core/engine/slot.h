/* SPDX-License-Identifier: MIT */
/* core/engine/slot.h - which columns and members have values that are read and written in one step. */
#ifndef KOINE_ENGINE_SLOT_H
#define KOINE_ENGINE_SLOT_H

#include <koine/model.h>
#include <koine/plugin/slot.h>

/* How the backend holds a column's values. */
typedef enum kn__held {
    KN__HELD_AS_IS,
    KN__HELD_AS_INT, /* a Boolean: 0 or 1 */
    KN__HELD_CONVERTED
} kn__held;

/* All but `other`. */
void kn__slot_init(kn_slot *slot, const kn_column *column, kn__held held);

static inline bool kn__is_moment(uint32_t ctype)
{
    return ctype == KN_C_DATETIME || ctype == KN_C_TIME || ctype == KN_C_INSTANT || ctype == KN_C_INTERVAL;
}

#endif
