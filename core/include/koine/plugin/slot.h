/* SPDX-License-Identifier: MIT */
/* koine/plugin/slot.h - members of objects, for a driver that takes rows straight from them or puts rows straight into
 * them: what becomes of a member is checked, read and written in the driver's own loop over the columns, since a call
 * costs as much as what it does. */
#ifndef KOINE_PLUGIN_SLOT_H
#define KOINE_PLUGIN_SLOT_H

#include <float.h>

#include <koine/plugin/plain.h>

KN_BEGIN_DECLS

/* The commonest pairs of type and member, where the driver takes the value as it is. */
typedef enum kn_slot_way {
    KN_SLOT_OTHER,
    KN_SLOT_INT64,
    KN_SLOT_MOMENT, /* date and time, time, instant, interval: microseconds in a struct of their own */
    KN_SLOT_DOUBLE,
    KN_SLOT_TEXT,
    KN_SLOT_DECIMAL,
    KN_SLOT_OPT_BOOL,
    KN_SLOT_OPT_BOOL_INT /* where the backend has no booleans */
} kn_slot_way;

/* A column and its member. */
typedef struct kn_slot kn_slot;
struct kn_slot {
    /* Any member, in a kind of kn_driver.kinds, or NULL where the column may be. What it points to lives as long as the
     * call that was given the objects. False: not in the type's domain, not given, or the column may not be NULL. Of a
     * slot that is read into there is none: kn_sink.take takes what is not plain. */
    bool (*other)(const kn_slot *slot, const void *object, void *context, kn_value *out);
    size_t offset;       /* of the member */
    int64_t least, most; /* integers and microseconds that the type allows */
    size_t plain_size;   /* bytes of ASCII that it allows */
    uint64_t below;      /* the coefficient of a plain decimal, and its exponent */
    int32_t exponent;
    uint16_t kind; /* canonical: kn_kind */
    uint16_t way;  /* kn_slot_way */
    bool nullable;
    bool generated; /* the key that the backend makes: 0 is unset */
    uint16_t zero_;
    uint32_t zero2_;
};

/* Objects as rows. Slot i stands i * slot_stride bytes behind the first, object i i * stride bytes behind the first. */
typedef struct kn_object_rows {
    size_t size_;
    const kn_slot *slots;
    size_t slot_stride, n_slots;
    const void *objects;
    size_t stride, count;
    void *context; /* for kn_slot.other */
} kn_object_rows;

static inline void kn_slot_set_kind(kn_value *out, kn_kind kind)
{
    out->kind = (uint16_t)kind;
    out->zero_ = 0;
    out->zero2_ = 0;
}

/* Not through bool: memory that nobody set may hold neither 0 nor 1. */
static inline unsigned char kn_slot_byte(const void *b)
{
    unsigned char byte;

    memcpy(&byte, b, 1);
    return byte;
}

static inline bool kn_slot_opt_bool(const kn_slot *slot, const kn_opt_bool *b, kn_kind kind, kn_value *out)
{
    unsigned char byte = kn_slot_byte(&b->value);

    if (b->state == KN_NULL ? !slot->nullable : b->state != KN_SET || byte > 1)
        return false;
    kn_slot_set_kind(out, b->state == KN_NULL ? KN_KIND_NULL : kind);
    out->as.i = 0;
    if (kind == KN_KIND_BOOL)
        out->as.b = byte;
    else
        out->as.i = byte;
    return true;
}

/* By the slot's way, which is a constant where this is called. False: it is not plainly in the domain, or not given. */
static inline __attribute__((always_inline)) bool kn_slot_plain(kn_slot_way way, const kn_slot *slot,
                                                                const void *object, kn_value *out)
{
    const void *member = (const char *)object + slot->offset;
    int64_t i;

    switch (way) {
    case KN_SLOT_INT64:
        i = *(const int64_t *)member;
        if (i < slot->least || i > slot->most || (i == 0 && slot->generated))
            return false;
        kn_slot_set_kind(out, KN_KIND_INT);
        out->as.i = i;
        return true;
    case KN_SLOT_MOMENT:
        i = *(const int64_t *)member;
        if (i < slot->least || i > slot->most)
            return false;
        kn_slot_set_kind(out, (kn_kind)slot->kind);
        out->as.i = i;
        return true;
    case KN_SLOT_DOUBLE:
        out->as.d = *(const double *)member + 0.0; /* -0.0 becomes 0.0 */
        kn_slot_set_kind(out, KN_KIND_FLOAT);
        return __builtin_fabs(out->as.d) <= DBL_MAX; /* neither infinite nor NaN */
    case KN_SLOT_TEXT:
        out->as.text = *(const kn_text *)member;
        kn_slot_set_kind(out, KN_KIND_TEXT);
        return out->as.text.data && out->as.text.size <= slot->plain_size &&
               kn_plain_text(out->as.text.data, out->as.text.size);
    case KN_SLOT_DECIMAL:
        out->as.decimal = *(const kn_decimal *)member;
        kn_slot_set_kind(out, KN_KIND_DECIMAL);
        return kn_plain_decimal(&out->as.decimal, slot->exponent, slot->below);
    case KN_SLOT_OPT_BOOL:
        return kn_slot_opt_bool(slot, (const kn_opt_bool *)member, KN_KIND_BOOL, out);
    case KN_SLOT_OPT_BOOL_INT:
        return kn_slot_opt_bool(slot, (const kn_opt_bool *)member, KN_KIND_INT, out);
    case KN_SLOT_OTHER:
        break;
    }
    return false;
}

/* An integer, or microseconds. */
static inline bool kn_slot_put_integer(const kn_slot *slot, void *object, int64_t i)
{
    if (i < slot->least || i > slot->most)
        return false;
    *(int64_t *)(void *)((char *)object + slot->offset) = i;
    return true;
}

/* A decimal of one word. */
static inline bool kn_slot_put_decimal(const kn_slot *slot, void *object, uint64_t coefficient, int32_t exponent,
                                       bool negative)
{
    kn_decimal *member = (kn_decimal *)(void *)((char *)object + slot->offset);

    if (coefficient - 1 >= slot->below - 1 || exponent != slot->exponent)
        return false;
    memset(member, 0, sizeof *member);
    member->u.word[0] = coefficient;
    member->exponent = exponent;
    member->sign = negative;
    return true;
}

static inline void kn_slot_put_opt_bool(kn_opt_bool *member, bool is_set, bool set)
{
    memset(member, 0, sizeof *member);
    member->value = set;
    member->state = is_set ? KN_SET : KN_NULL;
}

/* The other way round: a value in the domain into the member. False: it is not plainly in the domain, or of another
 * kind; nothing is written then. A text is lent, not copied. */
static inline __attribute__((always_inline)) bool kn_slot_put(kn_slot_way way, const kn_slot *slot, void *object,
                                                              const kn_value *value)
{
    void *member = (char *)object + slot->offset;
    const kn_decimal *d;
    bool is_set = value->kind != KN_KIND_NULL;

    switch (way) {
    case KN_SLOT_INT64:
        return value->kind == KN_KIND_INT && kn_slot_put_integer(slot, object, value->as.i);
    case KN_SLOT_MOMENT:
        return value->kind == slot->kind && kn_slot_put_integer(slot, object, value->as.i);
    case KN_SLOT_DOUBLE:
        if (value->kind != KN_KIND_FLOAT || !(__builtin_fabs(value->as.d) <= DBL_MAX))
            return false;
        *(double *)member = value->as.d + 0.0;
        return true;
    case KN_SLOT_TEXT:
        if (value->kind != KN_KIND_TEXT || value->as.text.size > slot->plain_size ||
            !kn_plain_text(value->as.text.data, value->as.text.size))
            return false;
        *(kn_text *)member = value->as.text;
        return true;
    case KN_SLOT_DECIMAL:
        d = &value->as.decimal;
        return value->kind == KN_KIND_DECIMAL && !d->form && !d->u.word[1] &&
               kn_slot_put_decimal(slot, object, d->u.word[0], d->exponent, d->sign);
    case KN_SLOT_OPT_BOOL:
        if (is_set && value->kind != KN_KIND_BOOL)
            return false;
        kn_slot_put_opt_bool((kn_opt_bool *)member, is_set, is_set && value->as.b);
        return true;
    case KN_SLOT_OPT_BOOL_INT:
        if (is_set && (value->kind != KN_KIND_INT || (uint64_t)value->as.i > 1))
            return false;
        kn_slot_put_opt_bool((kn_opt_bool *)member, is_set, is_set && value->as.i);
        return true;
    case KN_SLOT_OTHER:
        break;
    }
    return false;
}

KN_END_DECLS
#endif
