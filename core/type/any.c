/* SPDX-License-Identifier: MIT */
/* Makers and readers of plain values; containers are made in any_items.c. */
#include <koine/any.h>

#include <string.h>

#include <koine/datetime.h>
#include <koine/decimal.h>

#include "base/checked.h"
#include "base/utf8.h"
#include "type/any_node.h"

static const kn_any none = {.kind = KN_ANY_NONE};
static const kn_any no = {.kind = KN_ANY_BOOL};
static const kn_any yes = {.kind = KN_ANY_BOOL, .flags = KN__ANY_TRUE};

kn_any_kind kn_any_kind_of(const kn_any *any)
{
    return any ? (kn_any_kind)any->kind : KN_ANY_NONE;
}

const kn_any *kn_any_none(void)
{
    return &none;
}

const kn_any *kn_any_bool(bool b)
{
    return b ? &yes : &no;
}

static const kn_any *make_word(kn_arena *arena, kn_any_kind kind, int64_t i)
{
    kn_any *any = kn_arena_alloc(arena, sizeof *any);
    if (any)
        *any = (kn_any){.kind = (uint8_t)kind, .as = {.i = i}};
    return any;
}

const kn_any *kn__any_make_folded(kn_any_kind kind, kn_arena *arena, int64_t us)
{
    kn_any *any = kn_arena_alloc(arena, sizeof *any);
    if (any)
        *any = (kn_any){.kind = (uint8_t)kind, .flags = KN__ANY_FOLD, .as = {.i = us}};
    return any;
}

const kn_any *kn_any_int(kn_arena *arena, int64_t i)
{
    return make_word(arena, KN_ANY_INT, i);
}

const kn_any *kn_any_float(kn_arena *arena, double d)
{
    kn_any *any = kn_arena_alloc(arena, sizeof *any);
    if (any)
        *any = (kn_any){.kind = KN_ANY_FLOAT, .as = {.d = d}};
    return any;
}

kn__any_text *kn__any_open_text(kn_any_kind kind, kn_arena *arena, size_t size)
{
    size_t all = 0;
    if (!kn__size_add(offsetof(kn__any_text, data) + 1, size, &all))
        return NULL;
    kn__any_text *any = kn_arena_alloc(arena, all);
    if (any) {
        any->head = (kn_any){.kind = (uint8_t)kind, .as = {.size = size}};
        any->data[size] = '\0';
    }
    return any;
}

const kn_any *kn__any_close_text(kn__any_text *any)
{
    kn__digest_key key = kn__digest_process_key();
    kn_any_kind kind = (kn_any_kind)any->head.kind;
    if (kind == KN_ANY_BIGINT)
        any->digest = kn__any_number_digest(&any->head, &key);
    else
        any->digest = kn__any_text_digest(kind, (kn_text){any->data, any->head.as.size}, &key);
    return &any->head;
}

static const kn_any *make_text(kn_arena *arena, kn_any_kind kind, kn_text text)
{
    kn__any_text *any = kn__any_open_text(kind, arena, text.size);
    if (!any)
        return NULL;
    if (text.size)
        memcpy(any->data, text.data, text.size);
    return kn__any_close_text(any);
}

const kn_any *kn_any_str(kn_arena *arena, kn_text text)
{
    if (!text.data || kn__utf8_length(text.data, text.size) == SIZE_MAX)
        return NULL;
    return make_text(arena, KN_ANY_STR, text);
}

const kn_any *kn_any_bytes(kn_arena *arena, kn_bytes bytes)
{
    return bytes.data ? make_text(arena, KN_ANY_BYTES, (kn_text){bytes.data, bytes.size}) : NULL;
}

/* False when it does not fit; `digits` is well formed and at most 19 long. */
static bool small_int(kn_text digits, bool negative, int64_t *out)
{
    uint64_t u = 0, max = (uint64_t)INT64_MAX + negative;
    for (size_t i = 0; i < digits.size; i++)
        u = u * 10 + (uint64_t)(digits.data[i] - '0');
    if (u > max)
        return false;
    *out = negative ? (u > INT64_MAX ? INT64_MIN : -(int64_t)u) : (int64_t)u;
    return true;
}

static bool all_digits(kn_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size != 0;
}

const kn_any *kn_any_bigint(kn_arena *arena, kn_text decimal_digits)
{
    enum { INT64_DIGITS = 19 };
    kn_text digits = decimal_digits;
    int64_t i;
    bool negative = digits.data && digits.size && digits.data[0] == '-';
    if (negative)
        digits = (kn_text){digits.data + 1, digits.size - 1};
    if (!digits.data || !all_digits(digits))
        return NULL;
    while (digits.size > 1 && *digits.data == '0')
        digits = (kn_text){digits.data + 1, digits.size - 1};
    if (digits.size <= INT64_DIGITS && small_int(digits, negative, &i))
        return kn_any_int(arena, i);
    if (!negative)
        return make_text(arena, KN_ANY_BIGINT, digits);
    /* the sign stands before the digits, unless zeros did */
    if (digits.data[-1] == '-')
        return make_text(arena, KN_ANY_BIGINT, (kn_text){digits.data - 1, digits.size + 1});
    char *copy = kn_arena_alloc(arena, digits.size + 1);
    if (!copy)
        return NULL;
    copy[0] = '-';
    memcpy(copy + 1, digits.data, digits.size);
    return make_text(arena, KN_ANY_BIGINT, (kn_text){copy, digits.size + 1});
}

const kn_any *kn_any_date(kn_arena *arena, kn_date date)
{
    return kn_date_valid(date) ? make_word(arena, KN_ANY_DATE, date.days) : NULL;
}

const kn_any *kn_any_time(kn_arena *arena, kn_time time)
{
    return kn_time_valid(time) ? make_word(arena, KN_ANY_TIME, time.us) : NULL;
}

const kn_any *kn_any_datetime(kn_arena *arena, kn_datetime datetime)
{
    return kn_datetime_valid(datetime) ? make_word(arena, KN_ANY_DATETIME, datetime.us) : NULL;
}

const kn_any *kn_any_timedelta(kn_arena *arena, kn_interval interval)
{
    return kn_interval_valid(interval) ? make_word(arena, KN_ANY_TIMEDELTA, interval.us) : NULL;
}

const kn_any *kn_any_decimal(kn_arena *arena, kn_decimal decimal)
{
    kn__any_decimal *any = kn_arena_alloc(arena, sizeof *any);
    if (!any)
        return NULL;
    kn__digest_key key = kn__digest_process_key();
    any->head = (kn_any){.kind = KN_ANY_DECIMAL};
    if (kn_decimal_copy(decimal, arena, &any->value, NULL) != KN_OK)
        return NULL;
    any->digest = kn__any_number_digest(&any->head, &key);
    return &any->head;
}

/* Readers */

static bool is(const kn_any *any, kn_any_kind kind)
{
    return any && any->kind == kind;
}

bool kn_any_get_bool(const kn_any *any, bool *out)
{
    if (!is(any, KN_ANY_BOOL))
        return false;
    *out = any->flags & KN__ANY_TRUE;
    return true;
}

bool kn_any_get_int(const kn_any *any, int64_t *out)
{
    if (!is(any, KN_ANY_INT))
        return false;
    *out = any->as.i;
    return true;
}

bool kn_any_get_float(const kn_any *any, double *out)
{
    if (!is(any, KN_ANY_FLOAT))
        return false;
    *out = any->as.d;
    return true;
}

static bool get_text(const kn_any *any, kn_any_kind kind, kn_text *out)
{
    if (!is(any, kind))
        return false;
    *out = (kn_text){kn__any_as_text(any)->data, any->as.size};
    return true;
}

bool kn_any_get_bigint(const kn_any *any, kn_text *out)
{
    return get_text(any, KN_ANY_BIGINT, out);
}

bool kn_any_get_str(const kn_any *any, kn_text *out)
{
    return get_text(any, KN_ANY_STR, out);
}

bool kn_any_get_bytes(const kn_any *any, kn_bytes *out)
{
    kn_text text;
    if (!get_text(any, KN_ANY_BYTES, &text))
        return false;
    *out = (kn_bytes){text.data, text.size};
    return true;
}

bool kn_any_get_date(const kn_any *any, kn_date *out)
{
    if (!is(any, KN_ANY_DATE))
        return false;
    out->days = (int32_t)any->as.i;
    return true;
}

bool kn_any_get_time(const kn_any *any, kn_time *out)
{
    if (!is(any, KN_ANY_TIME))
        return false;
    out->us = any->as.i;
    return true;
}

bool kn_any_get_datetime(const kn_any *any, kn_datetime *out)
{
    if (!is(any, KN_ANY_DATETIME))
        return false;
    out->us = any->as.i;
    return true;
}

bool kn_any_get_timedelta(const kn_any *any, kn_interval *out)
{
    if (!is(any, KN_ANY_TIMEDELTA))
        return false;
    out->us = any->as.i;
    return true;
}

bool kn_any_get_decimal(const kn_any *any, kn_decimal *out)
{
    if (!is(any, KN_ANY_DECIMAL))
        return false;
    *out = kn__any_as_decimal(any)->value;
    return true;
}
