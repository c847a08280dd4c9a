/* SPDX-License-Identifier: MIT */
/* Values to parameters. */
#include <string.h>

#include "parameter.h"

const char md_digits[200] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

typedef struct bound {
    enum enum_field_types type;
    const void *data; /* NULL: md_parameter.fixed */
    size_t size;
} bound;

static kn_status refuse_kind(size_t index, unsigned kind, kn_error *error)
{
    return knp_error_set(error, KN_INVALID, "parameter %zu has kind '%s', which this driver does not take", index + 1,
                         knp_kind_name((kn_kind)kind));
}

static kn_status bind_decimal(md_parameter *p, kn_decimal d, bound *out, kn_error *error)
{
    if (knp_decimal_print_size(d) > sizeof p->fixed.decimal)
        return knp_error_set(error, KN_OUT_OF_RANGE, "a decimal of more than 65 digits");
    out->type = MYSQL_TYPE_NEWDECIMAL;
    out->size = knp_decimal_print(d, p->fixed.decimal);
    return KN_OK;
}

static void bind_time(md_parameter *p, const kn_value *v, bound *out)
{
    out->type = v->kind == KN_KIND_DATE   ? MYSQL_TYPE_DATE
                : v->kind == KN_KIND_TIME ? MYSQL_TYPE_TIME
                                          : MYSQL_TYPE_DATETIME;
    md_set_time(&p->fixed.time, v);
}

static kn_status value_of(md_parameter *p, size_t index, const kn_value *v, bound *out, kn_error *error)
{
    switch (v->kind) {
    case KN_KIND_INT:
        out->type = MYSQL_TYPE_LONGLONG;
        p->fixed.i64 = v->as.i;
        return KN_OK;
    case KN_KIND_FLOAT:
        if (!(v->as.d - v->as.d == 0))
            return knp_error_set(error, KN_OUT_OF_RANGE, "parameter %zu is not finite", index + 1);
        out->type = MYSQL_TYPE_DOUBLE;
        p->fixed.d = v->as.d;
        return KN_OK;
    case KN_KIND_DECIMAL:
        return bind_decimal(p, v->as.decimal, out, error);
    case KN_KIND_TEXT:
        out->type = MYSQL_TYPE_STRING;
        out->data = v->as.text.data;
        out->size = v->as.text.size == SIZE_MAX && out->data ? strlen(out->data) : v->as.text.size;
        return KN_OK;
    case KN_KIND_BYTES:
        out->type = MYSQL_TYPE_LONG_BLOB;
        out->data = v->as.bytes.data;
        out->size = v->as.bytes.size;
        return KN_OK;
    case KN_KIND_DATE:
    case KN_KIND_TIME:
    case KN_KIND_DATETIME:
        bind_time(p, v, out);
        return KN_OK;
    default:
        return refuse_kind(index, v->kind, error);
    }
}

const uint8_t md_heads[MD_N_KINDS] = {
    [KN_KIND_INT] = 8,       [KN_KIND_FLOAT] = 8,   [KN_KIND_DATE] = 5, [KN_KIND_TIME] = 13,
    [KN_KIND_DATETIME] = 12, [KN_KIND_DECIMAL] = 1, [KN_KIND_TEXT] = 9, [KN_KIND_BYTES] = 9,
};

/* Where the client looks for it: its own copy of the bind, where that is open to all. */
static MYSQL_BIND *place_of(md_statement *s, size_t i)
{
#if MD_IS_CONNECTOR_C
    if (s->bound)
        return &s->handle->params[i];
#endif
    s->bound = s->bound && MD_IS_CONNECTOR_C;
    return &s->binds[i];
}

static void lay(md_statement *s, size_t i, const bound *b)
{
    md_parameter *p = &s->parameters[i];
    MYSQL_BIND *own = &s->binds[i];
    void *data = b->data ? (void *)(uintptr_t)b->data : (void *)&p->fixed;
    p->length = (unsigned long)b->size;
    if (own->buffer_type != b->type || !own->length) {
        own->buffer_type = b->type;
        s->bound = false;
    }
    own->length = &p->length;
    own->is_null = &p->null;
    own->buffer = data;
    own->buffer_length = p->length;
    MYSQL_BIND *place = place_of(s, i);
    place->buffer = data;
    place->buffer_length = p->length;
}

static kn_status bind_one(md_statement *s, size_t i, const kn_value *v, uint64_t *sum, kn_error *error)
{
    md_parameter *p = &s->parameters[i];
    bound b = {MYSQL_TYPE_NULL, NULL, 0};
    p->null = v->kind == KN_KIND_NULL;
    if (p->null) {
        b.type = s->binds[i].length ? s->binds[i].buffer_type : MYSQL_TYPE_NULL;
        lay(s, i, &b);
        return KN_OK;
    }
    MD_TRY(value_of(p, i, v, &b, error));
    uint64_t most = s->connection->packet_max;
    if (b.size >= most || (*sum += b.size + md_heads[v->kind]) >= most)
        return knp_error_set(error, KN_TOO_LONG,
                             "the values of the statement take %llu bytes; the server takes less than %llu",
                             (unsigned long long)(b.size >= most ? b.size : *sum), (unsigned long long)most);
    lay(s, i, &b);
    p->kind = v->kind;
    return KN_OK;
}

#if MD_IS_CONNECTOR_C
/* Puts a plain one: each kind is told apart once for both. */
static inline bool put_plain(md_parameter *p, const kn_value *v, MYSQL_BIND *bind, uint64_t *sum)
{
#define PUT(kind)                                                                                                      \
    case kind:                                                                                                         \
        if (!md_is_plain_of(kind, v, sum))                                                                             \
            return false;                                                                                              \
        md_put_of(kind, p, v, bind);                                                                                   \
        return true
    switch (v->kind) {
        PUT(KN_KIND_INT);
        PUT(KN_KIND_FLOAT);
        PUT(KN_KIND_DECIMAL);
        PUT(KN_KIND_TEXT);
        PUT(KN_KIND_BYTES);
    default: /* of the calendar */
        md_put_of(KN_KIND_DATE, p, v, bind);
        return true;
    }
#undef PUT
}

/* Values that all travel as those of the execution before. */
static bool bind_plain(md_statement *s, const kn_value *values, size_t n, uint64_t sum)
{
    md_parameter *p = s->parameters;
    MYSQL_BIND *bind = s->handle->params;
    for (const kn_value *v = values, *end = v + n; v < end; v++, p++, bind++) {
        p->null = v->kind == KN_KIND_NULL;
        if (!p->null && (v->kind != p->kind || !put_plain(p, v, bind, &sum)))
            return false;
    }
    return sum < s->connection->packet_max;
}
#endif

kn_status md_bind(md_statement *s, const kn_value *values, size_t n, kn_error *error)
{
    uint64_t sum = MD_MESSAGE_BYTES(s->n_parameters);
    if (n != s->n_parameters)
        return knp_error_set(error, KN_INVALID, "the statement has %zu parameters, %zu values were given",
                             s->n_parameters, n);
#if MD_IS_CONNECTOR_C
    if (s->bound && bind_plain(s, values, n, sum + MD_HEAD_MOST * (uint64_t)n))
        return KN_OK;
#endif
    for (size_t i = 0; i < n; i++)
        MD_TRY(bind_one(s, i, &values[i], &sum, error));
    if (s->bound || !n)
        return KN_OK;
    if (mysql_stmt_bind_param(s->handle, s->binds))
        return md_fail_statement(s, MD_EXECUTING, error);
    s->bound = true;
    return KN_OK;
}

/* The types as which kinds are sent; 0 = not at all (MYSQL_TYPE_DECIMAL is older than all servers). */
static const uint8_t types[] = {
    [KN_KIND_INT] = MYSQL_TYPE_LONGLONG,       [KN_KIND_FLOAT] = MYSQL_TYPE_DOUBLE,
    [KN_KIND_DECIMAL] = MYSQL_TYPE_NEWDECIMAL, [KN_KIND_TEXT] = MYSQL_TYPE_STRING,
    [KN_KIND_BYTES] = MYSQL_TYPE_LONG_BLOB,    [KN_KIND_DATE] = MYSQL_TYPE_DATE,
    [KN_KIND_TIME] = MYSQL_TYPE_TIME,          [KN_KIND_DATETIME] = MYSQL_TYPE_DATETIME,
};

/* Those that no message holds are counted as enough to be refused. */
static uint64_t counted(size_t size)
{
    return size < UINT32_MAX ? size : UINT32_MAX;
}

static uint64_t text_size(kn_text text)
{
    return counted(text.size == SIZE_MAX && text.data ? strlen(text.data) : text.size);
}

kn_status md_measure(size_t index, const kn_value *v, enum enum_field_types *type, uint64_t *sum, kn_error *error)
{
    if (v->kind >= KN_COUNT_OF(types) || !types[v->kind])
        return refuse_kind(index, v->kind, error);
    *type = types[v->kind];
    if (v->kind == KN_KIND_TEXT)
        *sum += text_size(v->as.text);
    else if (v->kind == KN_KIND_BYTES)
        *sum += counted(v->as.bytes.size);
    else if (v->kind == KN_KIND_FLOAT && !(v->as.d - v->as.d == 0))
        return knp_error_set(error, KN_OUT_OF_RANGE, "parameter %zu is not finite", index + 1);
    else if (v->kind == KN_KIND_DECIMAL) {
        if (knp_decimal_print_size(v->as.decimal) > sizeof((md_fixed *)0)->decimal)
            return knp_error_set(error, KN_OUT_OF_RANGE, "a decimal of more than 65 digits");
        *sum += sizeof((md_fixed *)0)->decimal;
    }
    return KN_OK;
}
