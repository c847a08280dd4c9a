/* SPDX-License-Identifier: MIT */
/* Rows of one INSERT straight from the objects: each column in a loop of its own, in which the kind of member is a
 * constant. Values travel as those of the execution before did; where one would not, the batch is not taken. */
#include "parameter.h"

#if MD_IS_CONNECTOR_C

/* A value that lives no longer than this call, of a kind that travels as the parameter's do. */
static inline __attribute__((always_inline)) void put_kind(unsigned kind, md_parameter *p, const kn_value *v,
                                                           MYSQL_BIND *bind)
{
    switch (kind) {
    case KN_KIND_INT:
        p->fixed.i64 = v->as.i;
        break;
    case KN_KIND_FLOAT:
        p->fixed.d = v->as.d;
        break;
    default:
        md_put_of(kind, p, v, bind);
        return;
    }
    bind->buffer = &p->fixed;
}

/* Of those of the calendar one stands for all. */
static inline unsigned kind_of(kn_slot_way way)
{
    return way == KN_SLOT_DOUBLE    ? KN_KIND_FLOAT
           : way == KN_SLOT_TEXT    ? KN_KIND_TEXT
           : way == KN_SLOT_DECIMAL ? KN_KIND_DECIMAL
           : way == KN_SLOT_MOMENT  ? KN_KIND_DATETIME
                                    : KN_KIND_INT;
}

/* By the slot's way, which is a constant where this is called. False: its slot must say more. */
static inline __attribute__((always_inline)) bool put_plain(kn_slot_way way, md_parameter *p, MYSQL_BIND *bind,
                                                            const kn_slot *slot, const void *object, uint64_t *sum)
{
    kn_value v;
    if (!kn_slot_plain(way, slot, object, &v))
        return false;
    p->null = v.kind == KN_KIND_NULL;
    if (p->null)
        return true;
    if (v.kind != p->kind || !md_is_plain_of(kind_of(way), &v, sum))
        return false;
    put_kind(kind_of(way), p, &v, bind);
    return true;
}

__attribute__((noinline)) static bool put_other(md_parameter *p, MYSQL_BIND *bind, const kn_slot *slot,
                                                const void *object, void *context, uint64_t *sum)
{
    kn_value v;
    if (!slot->other(slot, object, context, &v))
        return false;
    p->null = v.kind == KN_KIND_NULL;
    if (p->null)
        return true;
    if (!md_is_plain(p, &v, sum))
        return false;
    put_kind(v.kind, p, &v, bind);
    return true;
}

static inline __attribute__((always_inline)) bool put_each(kn_slot_way way, md_statement *s, size_t column,
                                                           const kn_slot *slot, const kn_object_rows *rows,
                                                           uint64_t *total)
{
    md_parameter *p = &s->parameters[column];
    MYSQL_BIND *bind = &s->handle->params[column];
    size_t n = rows->n_slots, stride = rows->stride;
    const char *object = rows->objects, *end = object + rows->count * stride;
    uint64_t sum = 0, more;
    for (; object < end; object += stride, p += n, bind += n) {
        if (put_plain(way, p, bind, slot, object, &sum))
            continue;
        more = 0;
        if (!put_other(p, bind, slot, object, rows->context, &more))
            return false;
        sum += more;
    }
    *total += sum;
    return true;
}

static bool put_column(md_statement *s, size_t column, const kn_slot *slot, const kn_object_rows *rows, uint64_t *sum)
{
    switch (slot->way) {
    case KN_SLOT_INT64:
        return put_each(KN_SLOT_INT64, s, column, slot, rows, sum);
    case KN_SLOT_MOMENT:
        return put_each(KN_SLOT_MOMENT, s, column, slot, rows, sum);
    case KN_SLOT_DOUBLE:
        return put_each(KN_SLOT_DOUBLE, s, column, slot, rows, sum);
    case KN_SLOT_TEXT:
        return put_each(KN_SLOT_TEXT, s, column, slot, rows, sum);
    case KN_SLOT_DECIMAL:
        return put_each(KN_SLOT_DECIMAL, s, column, slot, rows, sum);
    case KN_SLOT_OPT_BOOL_INT:
        return put_each(KN_SLOT_OPT_BOOL_INT, s, column, slot, rows, sum);
    default:
        return put_each(KN_SLOT_OTHER, s, column, slot, rows, sum);
    }
}

bool md_put_objects(md_statement *s, const kn_object_rows *rows)
{
    uint64_t sum = MD_MESSAGE_BYTES(s->n_parameters) + MD_HEAD_MOST * (uint64_t)s->n_parameters;
    const char *slot = (const char *)rows->slots;
    for (size_t i = 0; i < rows->n_slots; i++, slot += rows->slot_stride)
        if (!put_column(s, i, (const kn_slot *)(const void *)slot, rows, &sum))
            return false;
    return sum < s->connection->packet_max;
}
#else
typedef int md_not_this_client;
#endif
