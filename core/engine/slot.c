/* SPDX-License-Identifier: MIT */
#include "engine/slot.h"
#include "type/value_check.h"

static kn_slot_way choose_way(const kn_column *column, uint16_t kind, kn__held held)
{
    uint32_t ctype = column->ctype;

    if (held != KN__HELD_AS_IS)
        return held == KN__HELD_AS_INT && ctype == KN_C_OPT_BOOL ? KN_SLOT_OPT_BOOL_INT : KN_SLOT_OTHER;
    if (kn__is_moment(ctype))
        return KN_SLOT_MOMENT;
    switch (kind) {
    case KN_KIND_INT:
        return ctype == KN_C_INT64 ? KN_SLOT_INT64 : KN_SLOT_OTHER;
    case KN_KIND_FLOAT:
        return ctype == KN_C_DOUBLE && column->type.precision > 24 ? KN_SLOT_DOUBLE : KN_SLOT_OTHER;
    case KN_KIND_TEXT:
        return ctype == KN_C_TEXT && column->type.id != KN_TYPE_ENUM ? KN_SLOT_TEXT : KN_SLOT_OTHER;
    case KN_KIND_DECIMAL:
        return ctype == KN_C_DECIMAL ? KN_SLOT_DECIMAL : KN_SLOT_OTHER;
    case KN_KIND_BOOL:
        return ctype == KN_C_OPT_BOOL ? KN_SLOT_OPT_BOOL : KN_SLOT_OTHER;
    default:
        return KN_SLOT_OTHER;
    }
}

void kn__slot_init(kn_slot *slot, const kn_column *column, kn__held held)
{
    const kn_type *type = &column->type;

    slot->offset = column->offset;
    slot->plain_size = kn__plain_size(type);
    slot->below = kn__plain_below(type);
    slot->exponent = -(int32_t)type->scale;
    kn__integer_range(type, &slot->least, &slot->most);
    slot->kind = (uint16_t)kn_type_kind((kn_type_id)type->id);
    slot->way = (uint16_t)choose_way(column, slot->kind, held);
}
