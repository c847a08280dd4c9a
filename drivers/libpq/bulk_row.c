/* SPDX-License-Identifier: MIT */
/* Rows as COPY has them in binary form: the number of columns, then each cell's size and bytes. The usual values are
 * put in the loop over the columns itself, since a call costs as much as what it does. */
#include <string.h>

#include "bulk.h"
#include "numeric.h"

#define VALUE_MAX 1073741823

unsigned char *lp_bulk_grow(lp_bulk *b, size_t size)
{
    size_t room = (b->size + size) * 2 + LP_BULK_CHUNK;
    unsigned char *grown = lp_resize(b->connection->allocator, b->data, b->room, room);
    if (!grown) {
        b->no_memory = true;
        return NULL;
    }
    b->data = grown;
    b->room = room;
    return b->data + b->size;
}

static kn_status refuse(size_t column, const char *why, kn_error *error)
{
    return knp_error_set(error, KN_OUT_OF_RANGE, "column %zu %s", column + 1, why);
}

static size_t room_of(const kn_value *v)
{
    switch (v->kind) {
    case KN_KIND_TEXT:
        return 4 + (v->as.text.size == SIZE_MAX && v->as.text.data ? strlen(v->as.text.data) : v->as.text.size);
    case KN_KIND_BYTES:
        return 4 + v->as.bytes.size;
    case KN_KIND_DECIMAL:
        return 4 + lp_numeric_bound(v->as.decimal);
    default:
        return 4 + LP_FIXED;
    }
}

/* One that is not NULL: as it is in a parameter, but for floats of single precision. */
__attribute__((noinline)) static kn_status put_value(lp_bulk *b, size_t column, const kn_value *v, kn_error *error)
{
    Oid oid = b->types[column];
    size_t room = room_of(v), size = 0;
    kn_status status = KN_OK;
    if (room > VALUE_MAX)
        return refuse(column, "has more than 1073741823 bytes", error);
    unsigned char *out = lp_bulk_reserve(b, room);
    if (!out)
        return lp_no_memory(error);
    if (v->kind == KN_KIND_FLOAT && oid == LP_FLOAT4) {
        float f = (float)v->as.d;
        uint32_t bits;
        memcpy(&bits, &f, sizeof bits);
        lp_put32(out + 4, bits);
        size = 4;
    } else {
        status = lp_put_value(out + 4, oid, v, &size, error);
    }
    lp_put32(out, (uint32_t)size);
    b->size += 4 + size;
    return status;
}

/* What a cell takes, but for the text, bytes and long numbers in it. */
#define CELL_ROOM (4 + LP_FIXED)

static inline unsigned char *put_cell64(unsigned char *out, uint64_t n)
{
    lp_put32(out, 8);
    lp_put64(out + 4, n);
    return out + 12;
}

/* Where rows go. As long as `out` is not behind `most` there is room for all cells of a row but their text. */
typedef struct row_place {
    unsigned char *out;
    const unsigned char *most;
    const unsigned char *full; /* from here on it is sent first */
} row_place;

static kn_status make_place(lp_bulk *b, row_place *p, kn_error *error)
{
    size_t cells = 2 + b->n_columns * CELL_ROOM, rest = b->size < LP_BULK_CHUNK ? LP_BULK_CHUNK - b->size : 0;
    p->out = lp_bulk_reserve(b, rest + cells);
    if (!p->out)
        return lp_no_memory(error);
    p->most = b->data + b->room - cells;
    p->full = p->out + rest;
    return KN_OK;
}

static inline bool has_room(const row_place *p, const unsigned char *out, size_t text)
{
    return out <= p->most && text <= (size_t)(p->most - out);
}

/* The usual values, to `out` of this place: where the next goes; NULL = another one. */
static inline __attribute__((always_inline)) unsigned char *put_usual(unsigned char *out, const row_place *p, Oid type,
                                                                      const kn_value *v)
{
    uint64_t bits;
    size_t size;
    switch (v->kind) {
    case KN_KIND_NULL:
        lp_put32(out, UINT32_MAX);
        return out + 4;
    case KN_KIND_INT:
        return type == LP_INT8 ? put_cell64(out, (uint64_t)v->as.i) : NULL;
    case KN_KIND_FLOAT:
        if (type != LP_FLOAT8 || !(v->as.d - v->as.d == 0))
            return NULL;
        memcpy(&bits, &v->as.d, sizeof bits);
        return put_cell64(out, bits);
    case KN_KIND_DATETIME:
    case KN_KIND_INSTANT:
        return put_cell64(out, (uint64_t)(v->as.i - LP_EPOCH_US)); /* both are microseconds */
    case KN_KIND_BOOL:
        lp_put32(out, 1);
        out[4] = v->as.b;
        return out + 5;
    case KN_KIND_DECIMAL:
        size = lp_numeric_encode_short(&v->as.decimal, out + 4);
        lp_put32(out, (uint32_t)size);
        return size ? out + 4 + size : NULL;
    case KN_KIND_TEXT:
        size = v->as.text.size;
        if (!size || !has_room(p, out, size))
            return NULL;
        lp_put32(out, (uint32_t)size);
        memcpy(out + 4, v->as.text.data, size);
        return out + 4 + size;
    default:
        return NULL;
    }
}

__attribute__((noinline)) static kn_status put_unusual(lp_bulk *b, row_place *p, size_t column, const kn_value *v,
                                                       kn_error *error)
{
    b->size = (size_t)(p->out - b->data);
    kn_status status = put_value(b, column, v, error);
    return status ? status : make_place(b, p, error);
}

kn_status lp_bulk_put_row(lp_bulk *b, const kn_value *row, kn_error *error)
{
    row_place p;
    kn_status status = make_place(b, &p, error);
    if (status)
        return status;
    lp_put16(p.out, (uint16_t)b->n_columns);
    p.out += 2;
    for (size_t i = 0; !status && i < b->n_columns; i++) {
        unsigned char *next = put_usual(p.out, &p, b->types[i], &row[i]);
        if (next)
            p.out = next;
        else
            status = put_unusual(b, &p, i, &row[i], error);
    }
    if (!status)
        b->size = (size_t)(p.out - b->data);
    return status;
}

static unsigned kind_of(const kn_slot *slot, Oid type)
{
    switch (slot->way) {
    case KN_SLOT_INT64:
        return type == LP_INT8 ? LP_CELL_INT64 : LP_CELL_OTHER;
    case KN_SLOT_MOMENT:
        return slot->kind == KN_KIND_DATETIME || slot->kind == KN_KIND_INSTANT ? LP_CELL_MOMENT : LP_CELL_OTHER;
    case KN_SLOT_DOUBLE:
        return type == LP_FLOAT8 ? LP_CELL_DOUBLE : LP_CELL_OTHER;
    case KN_SLOT_TEXT:
        return LP_CELL_TEXT;
    case KN_SLOT_DECIMAL:
        return lp_is_short_exponent(slot->exponent) ? LP_CELL_DECIMAL : LP_CELL_OTHER;
    case KN_SLOT_OPT_BOOL:
        return LP_CELL_BOOL;
    default:
        return LP_CELL_OTHER;
    }
}

static inline const kn_slot *slot_behind(const kn_object_rows *rows, const kn_slot *slot)
{
    return (const kn_slot *)((const char *)slot + rows->slot_stride);
}

static void choose_cells(lp_bulk *b, const kn_object_rows *rows)
{
    const kn_slot *slot = rows->slots;
    for (size_t i = 0; i < b->n_columns; i++, slot = slot_behind(rows, slot)) {
        b->cells[i].kind = kind_of(slot, b->types[i]);
        if (b->cells[i].kind == LP_CELL_DECIMAL)
            b->cells[i].numeric = lp_numeric_form_of(slot->exponent);
    }
}

static inline unsigned char *put_text(unsigned char *out, const row_place *p, const kn_slot *slot, const kn_text *text)
{
    size_t size = text->size;
    if (!text->data || size > slot->plain_size || !has_room(p, out, size) ||
        !kn_plain_text_copy(out + 4, text->data, size))
        return NULL;
    lp_put32(out, (uint32_t)size);
    return out + 4 + size;
}

static inline unsigned char *put_decimal(unsigned char *out, lp_numeric_form form, const kn_slot *slot,
                                         const kn_decimal *d)
{
    if (!kn_plain_decimal(d, slot->exponent, slot->below) || d->u.word[0] >= LP_SHORT_BELOW)
        return NULL;
    size_t size = lp_numeric_put_short(out + 4, form, d->u.word[0], d->sign);
    lp_put32(out, (uint32_t)size);
    return out + 4 + size;
}

static inline unsigned char *put_bool(unsigned char *out, const kn_value *v)
{
    if (v->kind == KN_KIND_NULL) {
        lp_put32(out, UINT32_MAX);
        return out + 4;
    }
    lp_put32(out, 1);
    out[4] = v->as.b;
    return out + 5;
}

/* Where the next cell goes; NULL = its slot must say more. */
static inline unsigned char *put_plain(const lp_cell *cell, unsigned char *out, const row_place *p, const kn_slot *slot,
                                       const void *object)
{
    const void *member = (const char *)object + slot->offset;
    kn_value v;
    switch (cell->kind) {
    case LP_CELL_INT64:
        return kn_slot_plain(KN_SLOT_INT64, slot, object, &v) ? put_cell64(out, (uint64_t)v.as.i) : NULL;
    case LP_CELL_MOMENT:
        return kn_slot_plain(KN_SLOT_MOMENT, slot, object, &v) ? put_cell64(out, (uint64_t)(v.as.i - LP_EPOCH_US))
                                                               : NULL;
    case LP_CELL_DOUBLE:
        return kn_slot_plain(KN_SLOT_DOUBLE, slot, object, &v) ? put_cell64(out, (uint64_t)v.as.i) : NULL;
    case LP_CELL_TEXT:
        return put_text(out, p, slot, member);
    case LP_CELL_DECIMAL:
        return put_decimal(out, cell->numeric, slot, member);
    case LP_CELL_BOOL:
        return kn_slot_plain(KN_SLOT_OPT_BOOL, slot, object, &v) ? put_bool(out, &v) : NULL;
    case LP_CELL_OTHER:
        return NULL;
    default:
        __builtin_unreachable(); /* choose_cells makes no other */
    }
}

/* One that is looked at by itself. False: the row ends here, by *status or because it is refused. */
__attribute__((noinline)) static bool put_other(lp_bulk *b, row_place *p, size_t column, const kn_slot *slot,
                                                const void *object, void *context, kn_status *status, kn_error *error)
{
    kn_value v;
    b->refused = !slot->other(slot, object, context, &v);
    if (b->refused)
        return false;
    unsigned char *next = put_usual(p->out, p, b->types[column], &v);
    if (next)
        p->out = next;
    else
        *status = put_unusual(b, p, column, &v, error);
    return !*status;
}

/* False: nothing of it is put. */
static inline bool put_object(lp_bulk *b, row_place *p, const kn_object_rows *rows, const void *object,
                              kn_status *status, kn_error *error)
{
    const kn_slot *slot = rows->slots;
    const lp_cell *cell = b->cells, *end = cell + b->n_columns;
    size_t start = (size_t)(p->out - b->data);
    unsigned char *out = p->out;
    lp_put16(out, (uint16_t)b->n_columns);
    out += 2;
    for (; cell < end; cell++, slot = slot_behind(rows, slot)) {
        unsigned char *next = put_plain(cell, out, p, slot, object);
        if (!next) {
            p->out = out;
            if (!put_other(b, p, (size_t)(cell - b->cells), slot, object, rows->context, status, error)) {
                p->out = b->data + start;
                return false;
            }
            next = p->out;
        }
        out = next;
    }
    p->out = out;
    return true;
}

kn_status lp_bulk_put_objects(lp_bulk *b, const kn_object_rows *rows, kn_error *error)
{
    const char *first = rows->objects, *end = first + rows->count * rows->stride;
    const char *object = first + b->next * rows->stride;
    row_place p;
    kn_status status = make_place(b, &p, error);
    if (status)
        return status;
    choose_cells(b, rows);
    while (object < end && p.out < p.full && put_object(b, &p, rows, object, &status, error))
        object += rows->stride;
    b->size = (size_t)(p.out - b->data);
    b->next = (size_t)(object - first) / rows->stride;
    return status;
}
