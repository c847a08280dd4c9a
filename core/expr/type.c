/* SPDX-License-Identifier: MIT */
#include "expr/type.h"

#include <koine/expr.h>

const kn_type kn__type_boolean = {.id = KN_TYPE_BOOLEAN};
const kn_type kn__type_big_integer = {.id = KN_TYPE_BIG_INTEGER};
const kn_type kn__type_float = {.id = KN_TYPE_FLOAT, .precision = 53};
const kn_type kn__type_text = {.id = KN_TYPE_TEXT};
const kn_type kn__type_binary = {.id = KN_TYPE_LARGE_BINARY};
const kn_type kn__type_instant = {.id = KN_TYPE_DATETIME_TZ};

static const uint8_t classes[KN_TYPE_END_] = {
    [KN_TYPE_SMALL_INTEGER] = KN__CLASS_INT,   [KN_TYPE_INTEGER] = KN__CLASS_INT,
    [KN_TYPE_BIG_INTEGER] = KN__CLASS_INT,     [KN_TYPE_BOOLEAN] = KN__CLASS_BOOL,
    [KN_TYPE_FLOAT] = KN__CLASS_FLOAT,         [KN_TYPE_NUMERIC] = KN__CLASS_NUMERIC,
    [KN_TYPE_STRING] = KN__CLASS_TEXT,         [KN_TYPE_UNICODE] = KN__CLASS_TEXT,
    [KN_TYPE_TEXT] = KN__CLASS_TEXT,           [KN_TYPE_UNICODE_TEXT] = KN__CLASS_TEXT,
    [KN_TYPE_LARGE_BINARY] = KN__CLASS_BYTES,  [KN_TYPE_DATE] = KN__CLASS_DATE,
    [KN_TYPE_TIME] = KN__CLASS_TIME,           [KN_TYPE_DATETIME] = KN__CLASS_DATETIME,
    [KN_TYPE_DATETIME_TZ] = KN__CLASS_INSTANT, [KN_TYPE_INTERVAL] = KN__CLASS_INTERVAL,
    [KN_TYPE_ENUM] = KN__CLASS_ENUM,           [KN_TYPE_PICKLE] = KN__CLASS_PICKLE,
};

kn__class kn__class_of(const kn_type *type)
{
    return type->id < KN_TYPE_END_ ? (kn__class)classes[type->id] : KN__CLASS_UNKNOWN;
}

static const kn_type types_of_kinds[KN_KIND_END_] = {
    [KN_KIND_BOOL] = {.id = KN_TYPE_BOOLEAN},
    [KN_KIND_INT] = {.id = KN_TYPE_BIG_INTEGER},
    [KN_KIND_FLOAT] = {.id = KN_TYPE_FLOAT, .precision = 53},
    [KN_KIND_TEXT] = {.id = KN_TYPE_TEXT},
    [KN_KIND_BYTES] = {.id = KN_TYPE_LARGE_BINARY},
    [KN_KIND_DATE] = {.id = KN_TYPE_DATE},
    [KN_KIND_TIME] = {.id = KN_TYPE_TIME},
    [KN_KIND_DATETIME] = {.id = KN_TYPE_DATETIME},
    [KN_KIND_INSTANT] = {.id = KN_TYPE_DATETIME_TZ},
    [KN_KIND_INTERVAL] = {.id = KN_TYPE_INTERVAL},
    [KN_KIND_ANY] = {.id = KN_TYPE_PICKLE},
};

const kn_type *kn__type_of_kind(unsigned kind)
{
    return &types_of_kinds[kind < KN_KIND_END_ ? kind : KN_KIND_UNSET];
}

#define KINDS2(a, b) (KN_KIND_BIT(KN_KIND_##a) | KN_KIND_BIT(KN_KIND_##b))
static const uint32_t kinds[KN__CLASS_END] = {
    [KN__CLASS_UNKNOWN] = UINT32_MAX,
    [KN__CLASS_BOOL] = KINDS2(BOOL, INT),
    [KN__CLASS_INT] = KN_KIND_BIT(KN_KIND_INT),
    [KN__CLASS_FLOAT] = KINDS2(FLOAT, INT),
    [KN__CLASS_NUMERIC] = KINDS2(DECIMAL, INT),
    [KN__CLASS_TEXT] = KN_KIND_BIT(KN_KIND_TEXT),
    [KN__CLASS_BYTES] = KN_KIND_BIT(KN_KIND_BYTES),
    [KN__CLASS_DATE] = KN_KIND_BIT(KN_KIND_DATE),
    [KN__CLASS_TIME] = KN_KIND_BIT(KN_KIND_TIME),
    [KN__CLASS_DATETIME] = KN_KIND_BIT(KN_KIND_DATETIME),
    [KN__CLASS_INSTANT] = KN_KIND_BIT(KN_KIND_INSTANT),
    [KN__CLASS_INTERVAL] = KN_KIND_BIT(KN_KIND_INTERVAL),
    [KN__CLASS_ENUM] = KINDS2(TEXT, INT),
    [KN__CLASS_PICKLE] = KINDS2(ANY, BYTES),
};

bool kn__type_takes_kind(const kn_type *type, unsigned kind)
{
    return kind < KN_KIND_END_ && (kinds[kn__class_of(type)] >> kind & 1u);
}

static bool are(kn__class a, kn__class b, kn__class x, kn__class y)
{
    return (a == x && b == y) || (a == y && b == x);
}

bool kn__types_compare(const kn_type *a, const kn_type *b)
{
    kn__class of_a = kn__class_of(a), of_b = kn__class_of(b);
    if (of_a == KN__CLASS_PICKLE || of_b == KN__CLASS_PICKLE)
        return false;
    if (of_a == KN__CLASS_ENUM && of_b == KN__CLASS_ENUM)
        return kn_type_equal(a, b);
    return of_a == of_b || are(of_a, of_b, KN__CLASS_INT, KN__CLASS_NUMERIC);
}

bool kn__type_stores(const kn_type *to, const kn_type *from)
{
    kn__class of_to = kn__class_of(to), of_from = kn__class_of(from);
    if (of_to == KN__CLASS_ENUM || of_to == KN__CLASS_PICKLE)
        return kn_type_equal(to, from);
    return of_to == of_from || (of_from == KN__CLASS_INT && kn__class_is_number(of_to));
}

static uint16_t capped(uint32_t precision)
{
    return (uint16_t)(precision < KN_DECIMAL_DIGITS_MAX ? precision : KN_DECIMAL_DIGITS_MAX);
}

/* Any integer is a Numeric of 19 digits. */
static kn_type as_numeric(const kn_type *type)
{
    return type->id == KN_TYPE_NUMERIC ? *type : (kn_type){.id = KN_TYPE_NUMERIC, .precision = 19};
}

/* Both fit; `more` integer digits on top. */
static kn_type numeric_over(const kn_type *a, const kn_type *b, uint32_t more)
{
    uint32_t whole_a = (uint32_t)a->precision - a->scale, whole_b = (uint32_t)b->precision - b->scale;
    uint32_t scale = a->scale > b->scale ? a->scale : b->scale;
    uint32_t whole = (whole_a > whole_b ? whole_a : whole_b) + more;
    return (kn_type){.id = KN_TYPE_NUMERIC, .precision = capped(whole + scale), .scale = (uint16_t)scale};
}

kn_type kn__type_common(const kn_type *a, const kn_type *b)
{
    if (kn_type_equal(a, b))
        return *a;
    switch (kn__class_of(a)) {
    case KN__CLASS_INT:
        if (kn__class_of(b) == KN__CLASS_INT)
            return a->id > b->id ? *a : *b; /* the ids of the integers are in the order of their widths */
        /* fall through */
    case KN__CLASS_NUMERIC: {
        kn_type x = as_numeric(a), y = as_numeric(b);
        return numeric_over(&x, &y, 0);
    }
    case KN__CLASS_TEXT:
        return kn__type_text;
    case KN__CLASS_BYTES:
        return kn__type_binary;
    case KN__CLASS_FLOAT:
        return kn__type_float;
    default:
        return *a;
    }
}

kn_type kn__type_compared(const kn_type *type)
{
    switch (kn__class_of(type)) {
    case KN__CLASS_INT:
        return kn__type_big_integer;
    case KN__CLASS_TEXT:
        return kn__type_text;
    case KN__CLASS_BYTES:
        return kn__type_binary;
    default:
        return *type;
    }
}

static kn_type numeric_result(unsigned op, const kn_type *a, const kn_type *b)
{
    kn_type x = as_numeric(a), y = as_numeric(b);
    switch (op) {
    case KN_OP_ADD:
    case KN_OP_SUB:
        return numeric_over(&x, &y, 1);
    case KN_OP_MUL:
        return (kn_type){.id = KN_TYPE_NUMERIC,
                         .precision = capped((uint32_t)x.precision + y.precision),
                         .scale = capped((uint32_t)x.scale + y.scale)};
    case KN_OP_MOD:
        return numeric_over(&x, &y, 0);
    default: /* the digits of a quotient differ from backend to backend */
        return (kn_type){.id = KN_TYPE_NONE};
    }
}

kn_type kn__type_of_arithmetic(unsigned op, const kn_type *a, const kn_type *b)
{
    kn__class of_a = kn__class_of(a), of_b = kn__class_of(b);
    if (of_a == KN__CLASS_INT && of_b == KN__CLASS_INT)
        return kn__type_big_integer;
    if (!kn__class_is_number(of_a) || !kn__class_is_number(of_b) || are(of_a, of_b, KN__CLASS_FLOAT, KN__CLASS_NUMERIC))
        return (kn_type){.id = KN_TYPE_NONE};
    if (of_a == KN__CLASS_NUMERIC || of_b == KN__CLASS_NUMERIC)
        return numeric_result(op, a, b);
    return op == KN_OP_MOD ? (kn_type){.id = KN_TYPE_NONE} : kn__type_float;
}

kn_type kn__type_of_sum(const kn_type *type)
{
    switch (kn__class_of(type)) {
    case KN__CLASS_INT:
        return kn__type_big_integer;
    case KN__CLASS_FLOAT:
        return kn__type_float;
    case KN__CLASS_NUMERIC:
        return (kn_type){
            .id = KN_TYPE_NUMERIC, .precision = capped((uint32_t)type->precision + 19), .scale = type->scale};
    default:
        return (kn_type){.id = KN_TYPE_NONE};
    }
}
