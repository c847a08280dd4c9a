/* SPDX-License-Identifier: MIT */
/* core/engine/write_usual.h - the commonest pairs of type and member, where the driver takes the value as it is: in the
 * loop over the columns itself, since a call costs as much as what it does. */
#ifndef KOINE_ENGINE_WRITE_USUAL_H
#define KOINE_ENGINE_WRITE_USUAL_H

#include <float.h>
#include <string.h>

#include "base/utf8.h"
#include "engine/object.h"

static inline void kn__set_kind(kn_value *out, kn_kind kind)
{
    out->kind = (uint16_t)kind;
    out->zero_ = 0;
    out->zero2_ = 0;
}

/* Not through bool: memory that nobody set may hold neither 0 nor 1. */
static inline unsigned char kn__byte_of(const void *b)
{
    unsigned char byte;

    memcpy(&byte, b, 1);
    return byte;
}

static inline bool kn__write_opt_bool(const kn_opt_bool *b, kn_kind kind, kn_value *out)
{
    unsigned char byte = kn__byte_of(&b->value);

    if (b->state == KN_NULL)
        kind = KN_KIND_NULL;
    else if (b->state != KN_SET || byte > 1)
        return false;
    kn__set_kind(out, kind);
    out->as.i = 0;
    if (kind == KN_KIND_BOOL)
        out->as.b = byte;
    else
        out->as.i = byte;
    return true;
}

/* False: it is not one of these, or not in its domain, or not given. `way` is the writer's. */
static inline __attribute__((always_inline)) bool kn__write_by(kn__way way, const kn__writer *writer,
                                                               const void *object, kn_value *out)
{
    const void *member = (const char *)object + writer->offset;
    int64_t i;

    switch (way) {
    case KN__WAY_INT64:
        i = *(const int64_t *)member;
        if (i < writer->least || i > writer->most || (i == 0 && writer->generated))
            return false;
        kn__set_kind(out, KN_KIND_INT);
        out->as.i = i;
        return true;
    case KN__WAY_MOMENT: /* date and time, time, instant, interval: microseconds in a struct of their own */
        i = *(const int64_t *)member;
        if (i < writer->least || i > writer->most)
            return false;
        kn__set_kind(out, (kn_kind)writer->kind);
        out->as.i = i;
        return true;
    case KN__WAY_DOUBLE:
        out->as.d = *(const double *)member + 0.0; /* -0.0 becomes 0.0 */
        kn__set_kind(out, KN_KIND_FLOAT);
        return __builtin_fabs(out->as.d) <= DBL_MAX; /* neither infinite nor NaN */
    case KN__WAY_TEXT:
        out->as.text = *(const kn_text *)member;
        kn__set_kind(out, KN_KIND_TEXT);
        return out->as.text.data && out->as.text.size <= writer->plain_size &&
               kn__utf8_is_plain(out->as.text.data, out->as.text.size);
    case KN__WAY_DECIMAL:
        out->as.decimal = *(const kn_decimal *)member;
        kn__set_kind(out, KN_KIND_DECIMAL);
        return kn__decimal_is_plain(&out->as.decimal, &writer->column->type);
    case KN__WAY_OPT_BOOL:
        return kn__write_opt_bool(member, KN_KIND_BOOL, out);
    case KN__WAY_OPT_BOOL_INT:
        return kn__write_opt_bool(member, KN_KIND_INT, out);
    default:
        return false;
    }
}

static inline __attribute__((always_inline)) bool kn__write_usual(const kn__writer *writer, const void *object,
                                                                  kn_value *out)
{
    return kn__write_by((kn__way)writer->way, writer, object, out);
}

#endif
