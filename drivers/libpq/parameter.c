/* SPDX-License-Identifier: MIT */
/* Values to what is sent: binary, in the type that the parameter is prepared with. Text goes without a type where it is
 * for a column, so that the server takes it for an Enum too; text that nothing tells a type of goes in text form, which
 * every type reads. */
#include <string.h>

#include "libpq_driver.h"

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

/* Bytes that the value takes beside the fixed ones. */
static kn_status measure(const lp_statement *s, int i, const kn_value *v, size_t *out, kn_error *error)
{
    size_t size = 0;
    if (v->kind == KN_KIND_TEXT) {
        size = v->as.text.size;
        if (size == SIZE_MAX && v->as.text.data)
            size = strlen(v->as.text.data);
        *out = s->types[i] ? 0 : size + 1;
    } else if (v->kind == KN_KIND_BYTES) {
        size = v->as.bytes.size;
        *out = 0;
    } else {
        *out = v->kind == KN_KIND_DECIMAL ? lp_numeric_bound(v->as.decimal) : 0;
    }
    return size > VALUE_MAX ? refuse(i, KN_TOO_LONG, "has more than 1073741823 bytes", error) : KN_OK;
}

static kn_status make_room(lp_statement *s, const kn_value *values, kn_error *error)
{
    size_t total = 0;
    for (int i = 0; i < s->n_parameters; i++) {
        size_t size = 0;
        kn_status status = measure(s, i, &values[i], &size, error);
        if (status)
            return status;
        total += size; /* at most 65535 of 2^30 */
    }
    if (total <= s->scratch_room)
        return KN_OK;
    unsigned char *grown = lp_resize(s->connection->allocator, s->scratch, s->scratch_room, total);
    if (!grown)
        return lp_no_memory(error);
    s->scratch = grown;
    s->scratch_room = total;
    return KN_OK;
}

static void set(lp_statement *s, int i, const void *data, size_t size)
{
    s->values[i] = data;
    s->lengths[i] = (int)size;
    s->formats[i] = 1;
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

static void set_text(lp_statement *s, int i, kn_text text, unsigned char **scratch)
{
    size_t size = text.size == SIZE_MAX && text.data ? strlen(text.data) : text.size;
    if (s->types[i]) {
        set(s, i, text.data ? text.data : "", size);
        return;
    }
    if (size)
        memcpy(*scratch, text.data, size);
    (*scratch)[size] = '\0';
    set(s, i, *scratch, size);
    s->formats[i] = 0;
    *scratch += size + 1;
}

static kn_status set_decimal(lp_statement *s, int i, kn_decimal d, unsigned char **scratch, kn_error *error)
{
    size_t size = 0;
    kn_status status = lp_numeric_encode(d, *scratch, &size, error);
    if (status)
        return status;
    set(s, i, *scratch, size);
    *scratch += size;
    return KN_OK;
}

static kn_status set_value(lp_statement *s, int i, const kn_value *v, unsigned char **scratch, kn_error *error)
{
    const char *why = objection(s->oids[i], v);
    size_t size;
    if (why)
        return refuse(i, KN_OUT_OF_RANGE, why, error);
    switch (v->kind) {
    case KN_KIND_NULL:
        set(s, i, NULL, 0);
        return KN_OK;
    case KN_KIND_DECIMAL:
        return set_decimal(s, i, v->as.decimal, scratch, error);
    case KN_KIND_TEXT:
        set_text(s, i, v->as.text, scratch);
        return KN_OK;
    case KN_KIND_BYTES:
        set(s, i, v->as.bytes.data ? v->as.bytes.data : "", v->as.bytes.size);
        return KN_OK;
    default:
        size = put_fixed(s->fixed[i], s->oids[i], v);
        set(s, i, s->fixed[i], size);
        return size ? KN_OK : refuse(i, KN_INVALID, "has a kind that this driver does not take", error);
    }
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

kn_status lp_encode(lp_statement *s, const kn_value *values, size_t count, bool *changed, kn_error *error)
{
    if (count != (size_t)s->n_parameters)
        return knp_error_set(error, KN_INVALID, "the statement has %d parameters, %zu values were given",
                             s->n_parameters, count);
    kn_status status = make_room(s, values, error);
    unsigned char *scratch = s->scratch;
    for (int i = 0; !status && i < s->n_parameters; i++) {
        const kn_value *v = &values[i];
        Oid oid = v->kind == KN_KIND_NULL ? s->oids[i] : oid_of(s->types[i], v->kind);
        if (oid != s->oids[i]) {
            s->oids[i] = oid;
            *changed = true;
        }
        status = set_value(s, i, v, &scratch, error);
    }
    if (status && *changed)
        lp_statement_drop(s); /* it is not prepared with these types */
    return status;
}
