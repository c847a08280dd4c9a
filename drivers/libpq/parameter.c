/* SPDX-License-Identifier: MIT */
/* Values to what is sent: binary, in the type that the parameter is prepared with. Text goes without a type where it is
 * for a column, so that the server takes it for an Enum too; text that nothing tells a type of goes in text form, which
 * every type reads. */
#include <string.h>

#include "numeric.h"

/* The server's own bound on a value. */
#define VALUE_MAX 1073741823

static const uint16_t oids_of_types[KN_TYPE_END_] = {
    [KN_TYPE_SMALL_INTEGER] = LP_INT2,
    [KN_TYPE_INTEGER] = LP_INT4,
    [KN_TYPE_BIG_INTEGER] = LP_INT8,
    [KN_TYPE_BOOLEAN] = LP_BOOL,
    [KN_TYPE_FLOAT] = LP_FLOAT8,
    [KN_TYPE_NUMERIC] = LP_NUMERIC,
    [KN_TYPE_LARGE_BINARY] = LP_BYTEA,
    [KN_TYPE_DATE] = LP_DATE,
    [KN_TYPE_TIME] = LP_TIME,
    [KN_TYPE_DATETIME] = LP_TIMESTAMP,
    [KN_TYPE_DATETIME_TZ] = LP_TIMESTAMPTZ,
    [KN_TYPE_INTERVAL] = LP_INTERVAL,
    [KN_TYPE_PICKLE] = LP_BYTEA,
};

static const uint16_t oids_of_kinds[KN_KIND_END_] = {
    [KN_KIND_BOOL] = LP_BOOL,         [KN_KIND_INT] = LP_INT8,           [KN_KIND_FLOAT] = LP_FLOAT8,
    [KN_KIND_DECIMAL] = LP_NUMERIC,   [KN_KIND_BYTES] = LP_BYTEA,        [KN_KIND_DATE] = LP_DATE,
    [KN_KIND_TIME] = LP_TIME,         [KN_KIND_DATETIME] = LP_TIMESTAMP, [KN_KIND_INSTANT] = LP_TIMESTAMPTZ,
    [KN_KIND_INTERVAL] = LP_INTERVAL,
};

Oid lp_oid_of_type(unsigned type)
{
    return type < KN_TYPE_END_ ? oids_of_types[type] : 0;
}

static bool is_integer(Oid oid)
{
    return oid == LP_INT2 || oid == LP_INT4 || oid == LP_INT8;
}

/* The type of the parameter, unless the value is of another kind. */
static Oid oid_of(unsigned type, unsigned kind)
{
    Oid of_type = lp_oid_of_type(type), of_kind = kind < KN_KIND_END_ ? oids_of_kinds[kind] : 0;
    return of_kind == LP_INT8 && is_integer(of_type) ? of_type : of_kind;
}

static kn_status refuse(int index, kn_status status, const char *why, kn_error *error)
{
    return knp_error_set(error, status, "parameter %d %s", index + 1, why);
}

/* The forms of fixed size; 0 = another kind. */
static size_t put_integer(unsigned char *out, Oid oid, int64_t n)
{
    if (oid == LP_INT2)
        lp_put16(out, (uint16_t)n);
    else if (oid == LP_INT4)
        lp_put32(out, (uint32_t)n);
    else
        lp_put64(out, (uint64_t)n);
    return oid == LP_INT2 ? 2 : oid == LP_INT4 ? 4 : 8;
}

static bool is_in_range(Oid oid, int64_t n)
{
    int64_t most = oid == LP_INT2 ? INT16_MAX : oid == LP_INT4 ? INT32_MAX : INT64_MAX;
    return n <= most && n >= -most - 1;
}

static size_t put_float(unsigned char *out, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    lp_put64(out, bits);
    return 8;
}

static size_t put_us(unsigned char *out, int64_t us)
{
    lp_put64(out, (uint64_t)us);
    return 8;
}

/* Days and time of day apart, as the server's other clients write it; months stay 0. */
static size_t put_interval(unsigned char *out, int64_t us)
{
    lp_put64(out, (uint64_t)(us % KN_US_PER_DAY));
    lp_put32(out + 8, (uint32_t)(int32_t)(us / KN_US_PER_DAY));
    lp_put32(out + 12, 0);
    return 16;
}

static size_t put_fixed(unsigned char *out, Oid oid, const kn_value *v)
{
    switch (v->kind) {
    case KN_KIND_BOOL:
        out[0] = v->as.b;
        return 1;
    case KN_KIND_INT:
        return put_integer(out, oid, v->as.i);
    case KN_KIND_FLOAT:
        return put_float(out, v->as.d);
    case KN_KIND_DATE:
        lp_put32(out, (uint32_t)(v->as.date.days - LP_EPOCH_DAYS));
        return 4;
    case KN_KIND_TIME:
        return put_us(out, v->as.time.us);
    case KN_KIND_DATETIME:
        return put_us(out, v->as.datetime.us - LP_EPOCH_US);
    case KN_KIND_INSTANT:
        return put_us(out, v->as.instant.us - LP_EPOCH_US);
    case KN_KIND_INTERVAL:
        return put_interval(out, v->as.interval.us);
    default:
        return 0;
    }
}

/* NULL = nothing against it. */
static const char *objection(Oid oid, const kn_value *v)
{
    if (v->kind == KN_KIND_INT && !is_in_range(oid, v->as.i))
        return "is out of the range of its type";
    if (v->kind == KN_KIND_FLOAT && !(v->as.d - v->as.d == 0))
        return "is not finite";
    return NULL;
}

static size_t put_bytes(unsigned char *out, const void *data, size_t size)
{
    if (size)
        memcpy(out, data, size);
    return size;
}

kn_status lp_put_value(unsigned char *out, Oid oid, const kn_value *v, size_t *size, kn_error *error)
{
    const char *why = objection(oid, v);
    if (why)
        return knp_error_set(error, KN_OUT_OF_RANGE, "a value %s", why);
    switch (v->kind) {
    case KN_KIND_DECIMAL:
        return lp_numeric_encode(v->as.decimal, out, size, error);
    case KN_KIND_TEXT:
        *size =
            put_bytes(out, v->as.text.data, v->as.text.size == SIZE_MAX ? strlen(v->as.text.data) : v->as.text.size);
        return KN_OK;
    case KN_KIND_BYTES:
        *size = put_bytes(out, v->as.bytes.data, v->as.bytes.size);
        return KN_OK;
    default:
        *size = put_fixed(out, oid, v);
        return *size ? KN_OK : knp_error_set(error, KN_INVALID, "a value of a kind that this driver does not take");
    }
}

static inline void set(lp_statement *s, int i, const void *data, size_t size, int format)
{
    s->values[i] = data;
    s->lengths[i] = (int)size;
    s->formats[i] = format;
}

static size_t text_size(kn_text text)
{
    return text.size == SIZE_MAX && text.data ? strlen(text.data) : text.size;
}

/* What is sent from where it lies. */
static inline kn_status lend(lp_statement *s, int i, const void *data, size_t size, kn_error *error)
{
    if (size > VALUE_MAX)
        return refuse(i, KN_TOO_LONG, "has more than 1073741823 bytes", error);
    set(s, i, data ? data : "", size, 1);
    return KN_OK;
}

/* Text whose type nothing tells ends in a NUL, and a long number needs room: *later is how much, their turn comes when
 * all that is known. */
static kn_status put_later(int i, size_t size, size_t *later, kn_error *error)
{
    *later += size; /* at most 65535 of 2^30 */
    return size > VALUE_MAX ? refuse(i, KN_TOO_LONG, "has more than 1073741823 bytes", error) : KN_OK;
}

__attribute__((noinline)) static kn_status put_fixed_value(lp_statement *s, int i, const kn_value *v, kn_error *error)
{
    const char *why = objection(s->oids[i], v);
    size_t size = why ? 0 : put_fixed(s->fixed[i], s->oids[i], v);
    if (!size)
        return refuse(i, why ? KN_OUT_OF_RANGE : KN_INVALID, why ? why : "has a kind that this driver does not take",
                      error);
    set(s, i, s->fixed[i], size, 1);
    return KN_OK;
}

static inline void set64(lp_statement *s, int i, uint64_t n)
{
    lp_put64(s->fixed[i], n);
    set(s, i, s->fixed[i], 8, 1);
}

static inline __attribute__((always_inline)) kn_status put(lp_statement *s, int i, const kn_value *v, size_t *later,
                                                           kn_error *error)
{
    size_t size;
    switch (v->kind) {
    case KN_KIND_NULL:
        set(s, i, NULL, 0, 1);
        return KN_OK;
    case KN_KIND_INT:
        if (s->oids[i] != LP_INT8)
            return put_fixed_value(s, i, v, error);
        set64(s, i, (uint64_t)v->as.i);
        return KN_OK;
    case KN_KIND_DATETIME:
    case KN_KIND_INSTANT:
        set64(s, i, (uint64_t)(v->as.i - LP_EPOCH_US)); /* both are microseconds */
        return KN_OK;
    case KN_KIND_FLOAT:
        if (!(v->as.d - v->as.d == 0))
            return put_fixed_value(s, i, v, error);
        put_float(s->fixed[i], v->as.d);
        set(s, i, s->fixed[i], 8, 1);
        return KN_OK;
    case KN_KIND_BOOL:
        s->fixed[i][0] = v->as.b;
        set(s, i, s->fixed[i], 1, 1);
        return KN_OK;
    case KN_KIND_TEXT:
        size = text_size(v->as.text);
        return s->types[i] ? lend(s, i, v->as.text.data, size, error) : put_later(i, size + 1, later, error);
    case KN_KIND_BYTES:
        return lend(s, i, v->as.bytes.data, v->as.bytes.size, error);
    case KN_KIND_DECIMAL:
        size = lp_numeric_encode_short(&v->as.decimal, s->fixed[i]);
        if (!size)
            return put_later(i, lp_numeric_bound(v->as.decimal), later, error);
        set(s, i, s->fixed[i], size, 1);
        return KN_OK;
    default:
        return put_fixed_value(s, i, v, error);
    }
}

static bool is_later(const lp_statement *s, int i, const kn_value *v)
{
    return (v->kind == KN_KIND_TEXT && !s->types[i]) ||
           (v->kind == KN_KIND_DECIMAL && !lp_numeric_encode_short(&v->as.decimal, s->fixed[i]));
}

static kn_status make_room(lp_statement *s, size_t total, kn_error *error)
{
    if (total <= s->scratch_room)
        return KN_OK;
    unsigned char *grown = lp_resize(s->connection->allocator, s->scratch, s->scratch_room, total);
    if (!grown)
        return lp_no_memory(error);
    s->scratch = grown;
    s->scratch_room = total;
    return KN_OK;
}

static kn_status put_rest(lp_statement *s, const kn_value *values, size_t total, kn_error *error)
{
    kn_status status = make_room(s, total, error);
    unsigned char *scratch = s->scratch;
    for (int i = 0; !status && i < s->n_parameters; i++) {
        const kn_value *v = &values[i];
        size_t size = v->kind == KN_KIND_TEXT ? text_size(v->as.text) : 0;
        if (!is_later(s, i, v))
            continue;
        if (v->kind == KN_KIND_TEXT) {
            put_bytes(scratch, v->as.text.data, size);
            scratch[size] = '\0';
        } else {
            status = lp_numeric_encode(v->as.decimal, scratch, &size, error);
        }
        set(s, i, scratch, size, v->kind != KN_KIND_TEXT);
        scratch += size + (v->kind == KN_KIND_TEXT);
    }
    return status;
}

/* A value of another kind than the parameter was prepared for. */
static void retype(lp_statement *s, int i, const kn_value *v, bool *changed)
{
    Oid oid = oid_of(s->types[i], v->kind);
    s->kinds[i] = v->kind;
    if (oid != s->oids[i]) {
        s->oids[i] = oid;
        *changed = true;
    }
}

bool lp_choose_types(lp_statement *s, const kn_value *values, size_t sets, bool *changed)
{
    for (int i = 0; i < s->n_parameters; i++) {
        const kn_value *v = values + i;
        unsigned kind = 0;
        for (size_t set = 0; set < sets; set++, v += s->n_parameters) {
            if (v->kind == KN_KIND_NULL || v->kind == kind)
                continue;
            if (kind)
                return false;
            kind = v->kind;
            if (kind != s->kinds[i])
                retype(s, i, v, changed);
        }
    }
    return true;
}

kn_status lp_encode(lp_statement *s, const kn_value *values, size_t count, bool *changed, kn_error *error)
{
    kn_status status = KN_OK;
    size_t later = 0;
    if (count != (size_t)s->n_parameters)
        return knp_error_set(error, KN_INVALID, "the statement has %d parameters, %zu values were given",
                             s->n_parameters, count);
    for (int i = 0, n = s->n_parameters; !status && i < n; i++) {
        const kn_value *v = &values[i];
        if (v->kind != s->kinds[i] && v->kind != KN_KIND_NULL)
            retype(s, i, v, changed);
        status = put(s, i, v, &later, error);
    }
    if (!status && later)
        status = put_rest(s, values, later, error);
    if (status && *changed)
        lp_statement_drop(s); /* it is not prepared with these types */
    return status;
}

/* Objects, column by column: parameters i, i + n, i + 2 n and so on. */

/* Of the statement: a copy, which no store can change. */
typedef struct places {
    const char **values;
    int *lengths, *formats;
    unsigned char (*fixed)[LP_FIXED];
    const uint16_t *kinds, *types;
    const Oid *oids;
    lp_numeric_form numeric; /* of a column of decimals */
} places;

static inline void put_cell(const places *to, size_t i, const void *data, int size)
{
    to->values[i] = data;
    to->lengths[i] = size;
    to->formats[i] = 1;
}

static inline void put_cell64(const places *to, size_t i, uint64_t n)
{
    lp_put64(to->fixed[i], n);
    put_cell(to, i, to->fixed[i], 8);
}

static inline bool is_kind(const places *to, size_t i, unsigned kind)
{
    return to->kinds[i] == kind;
}

static inline bool put_text(const places *to, size_t i, const kn_slot *slot, const kn_text *text)
{
    if (!is_kind(to, i, KN_KIND_TEXT) || !to->types[i] || !text->data || text->size > slot->plain_size ||
        text->size > VALUE_MAX || !kn_plain_text(text->data, text->size))
        return false;
    put_cell(to, i, text->data, (int)text->size);
    return true;
}

static inline bool put_decimal(const places *to, size_t i, const kn_slot *slot, const kn_decimal *d)
{
    if (!is_kind(to, i, KN_KIND_DECIMAL) || !kn_plain_decimal(d, slot->exponent, slot->below) ||
        d->u.word[0] >= LP_SHORT_BELOW)
        return false;
    put_cell(to, i, to->fixed[i], (int)lp_numeric_put_short(to->fixed[i], to->numeric, d->u.word[0], d->sign));
    return true;
}

static inline bool put_bool(const places *to, size_t i, const kn_value *v)
{
    if (v->kind == KN_KIND_NULL) {
        put_cell(to, i, NULL, 0);
        return true;
    }
    to->fixed[i][0] = v->as.b;
    put_cell(to, i, to->fixed[i], 1);
    return is_kind(to, i, KN_KIND_BOOL);
}

/* By the slot's way, which is a constant where this is called. False: its slot must say more. */
static inline __attribute__((always_inline)) bool put_plain(kn_slot_way way, const places *to, size_t i,
                                                            const kn_slot *slot, const void *object)
{
    const void *member = (const char *)object + slot->offset;
    kn_value v;
    switch (way) {
    case KN_SLOT_INT64:
        if (to->oids[i] != LP_INT8 || !is_kind(to, i, KN_KIND_INT) || !kn_slot_plain(KN_SLOT_INT64, slot, object, &v))
            return false;
        put_cell64(to, i, (uint64_t)v.as.i);
        return true;
    case KN_SLOT_MOMENT:
        if ((slot->kind != KN_KIND_DATETIME && slot->kind != KN_KIND_INSTANT) || !is_kind(to, i, slot->kind) ||
            !kn_slot_plain(KN_SLOT_MOMENT, slot, object, &v))
            return false;
        put_cell64(to, i, (uint64_t)(v.as.i - LP_EPOCH_US));
        return true;
    case KN_SLOT_DOUBLE:
        if (!is_kind(to, i, KN_KIND_FLOAT) || !kn_slot_plain(KN_SLOT_DOUBLE, slot, object, &v))
            return false;
        put_cell64(to, i, (uint64_t)v.as.i);
        return true;
    case KN_SLOT_TEXT:
        return put_text(to, i, slot, member);
    case KN_SLOT_DECIMAL:
        return put_decimal(to, i, slot, member);
    case KN_SLOT_OPT_BOOL:
        return kn_slot_plain(KN_SLOT_OPT_BOOL, slot, object, &v) && put_bool(to, i, &v);
    default:
        return false;
    }
}

__attribute__((noinline)) static bool put_other(lp_statement *s, int i, const kn_slot *slot, const void *object,
                                                void *context, bool *changed)
{
    size_t later = 0;
    kn_value v;
    if (!slot->other(slot, object, context, &v))
        return false;
    if (v.kind != s->kinds[i] && v.kind != KN_KIND_NULL)
        retype(s, i, &v, changed);
    return put(s, i, &v, &later, NULL) == KN_OK && !later;
}

static inline __attribute__((always_inline)) bool
put_each(kn_slot_way way, lp_statement *s, size_t i, const kn_object_rows *rows, const kn_slot *slot, bool *changed)
{
    const places to = {
        s->values, s->lengths, s->formats, s->fixed,
        s->kinds,  s->types,   s->oids,    lp_numeric_form_of(way == KN_SLOT_DECIMAL ? slot->exponent : 0)};
    size_t n = rows->n_slots, stride = rows->stride;
    const char *object = rows->objects, *end = object + rows->count * stride;
    for (; object < end; object += stride, i += n)
        if (!put_plain(way, &to, i, slot, object) && !put_other(s, (int)i, slot, object, rows->context, changed))
            return false;
    return true;
}

static bool put_column(lp_statement *s, size_t i, const kn_object_rows *rows, const kn_slot *slot, bool *changed)
{
    switch (slot->way) {
    case KN_SLOT_INT64:
        return put_each(KN_SLOT_INT64, s, i, rows, slot, changed);
    case KN_SLOT_MOMENT:
        return put_each(KN_SLOT_MOMENT, s, i, rows, slot, changed);
    case KN_SLOT_DOUBLE:
        return put_each(KN_SLOT_DOUBLE, s, i, rows, slot, changed);
    case KN_SLOT_TEXT:
        return put_each(KN_SLOT_TEXT, s, i, rows, slot, changed);
    case KN_SLOT_DECIMAL:
        if (!lp_is_short_exponent(slot->exponent))
            break;
        return put_each(KN_SLOT_DECIMAL, s, i, rows, slot, changed);
    case KN_SLOT_OPT_BOOL:
        return put_each(KN_SLOT_OPT_BOOL, s, i, rows, slot, changed);
    default:
        break;
    }
    return put_each(KN_SLOT_OTHER, s, i, rows, slot, changed);
}

kn_status lp_encode_objects(lp_statement *s, const kn_object_rows *rows, bool *changed, kn_error *error)
{
    const char *slots = (const char *)rows->slots;
    for (size_t i = 0; i < rows->n_slots; i++, slots += rows->slot_stride)
        if (!put_column(s, i, rows, (const kn_slot *)slots, changed))
            return knp_error_set(error, KN_UNSUPPORTED, "an object must be looked at by itself");
    return KN_OK;
}
