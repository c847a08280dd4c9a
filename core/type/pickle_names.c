/* SPDX-License-Identifier: MIT */
/* The closed table of names, and how each builds its value. Nothing is looked up anywhere else. */
#include <string.h>

#include <koine/datetime.h>
#include <koine/decimal.h>

#include "base/utf8.h"
#include "type/pickle.h"

typedef const kn__pickle_name *named;

#define DAYS_MAX 999999999 /* of a timedelta */
#define FOLD_BIT 0x80      /* in the month of a datetime, the hour of a time */

static kn_status out_of_memory(kn_error *error)
{
    return kn_error_set(error, KN_NOMEM, "no memory for a value of a pickle");
}

static kn_status bad_arguments(named n, kn_error *error)
{
    return kn_error_set(error, KN_MALFORMED, "%s.%s with arguments that it does not take", n->module, n->name);
}

static kn_status bad_state(named n, kn_error *error)
{
    return kn_error_set(error, KN_OUT_OF_RANGE, "%s.%s with a state that is no such value", n->module, n->name);
}

static kn_status made(const kn_any *any, const kn_any **out, kn_error *error)
{
    if (!any)
        return out_of_memory(error);
    *out = any;
    return KN_OK;
}

static bool is_kind(const kn_any *any, kn_any_kind kind)
{
    return any && any->kind == kind;
}

/* set([..]), frozenset([..]) */
static kn_status call_set(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    const kn_any *list = kn_any_item(arguments, 0);
    if (kn_any_count(arguments) == 0)
        return kn__pickle_make(n->kind, arena, NULL, 0, out, error);
    if (kn_any_count(arguments) != 1 || !is_kind(list, KN_ANY_LIST))
        return bad_arguments(n, error);
    return kn__pickle_make(n->kind, arena, kn__any_as_items(list)->item, kn_any_count(list), out, error);
}

/* The next code point of valid UTF-8. */
static uint32_t next_code_point(const unsigned char **at)
{
    const unsigned char *p = *at;
    int more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    uint32_t c = more ? p[0] & (0x3fu >> more) : p[0];
    for (int i = 1; i <= more; i++)
        c = c << 6 | (p[i] & 0x3f);
    *at = p + more + 1;
    return c;
}

static bool is_latin1(const kn_any *any)
{
    static const char *const spellings[] = {"latin1", "latin-1"};
    kn_text text;
    bool found = false;
    for (size_t i = 0; i < KN_COUNT_OF(spellings) && kn_any_get_str(any, &text); i++)
        found = found || kn_text_equal(text, kn_text_of(spellings[i]));
    return found;
}

/* encode(text, 'latin1'): how protocols 0 to 2 write bytes. */
static kn_status call_encode(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    kn_text text;
    if (kn_any_count(arguments) != 2 || !kn_any_get_str(kn_any_item(arguments, 0), &text))
        return bad_arguments(n, error);
    if (!is_latin1(kn_any_item(arguments, 1)))
        return kn_error_set(error, KN_UNSUPPORTED, "%s.%s to another encoding than latin1", n->module, n->name);
    const unsigned char *at = (const unsigned char *)text.data;
    size_t size = kn__utf8_length(text.data, text.size);
    kn__any_text *any = kn__any_open_text(KN_ANY_BYTES, arena, size);
    if (!any)
        return out_of_memory(error);
    for (size_t i = 0; i < size; i++) {
        uint32_t c = next_code_point(&at);
        if (c > 0xff)
            return kn_error_set(error, KN_MALFORMED, "%s.%s of text that is not latin1", n->module, n->name);
        any->data[i] = (char)c;
    }
    *out = kn__any_close_text(any);
    return KN_OK;
}

/* bytes(): the empty one of protocols 0 to 2. bytearray() too, bytearray(bytes), and in old versions bytearray(text,
 * 'latin-1'). */
static kn_status call_bytes(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    const kn_any *first = kn_any_item(arguments, 0);
    bool is_bytearray = strcmp(n->name, "bytearray") == 0;
    if (kn_any_count(arguments) == 0)
        return made(kn_any_bytes(arena, (kn_bytes){"", 0}), out, error);
    if (is_bytearray && kn_any_count(arguments) == 2)
        return call_encode(n, arena, arguments, out, error);
    if (!is_bytearray || kn_any_count(arguments) != 1 || !is_kind(first, KN_ANY_BYTES))
        return bad_arguments(n, error);
    *out = first;
    return KN_OK;
}

/* The state of a date or time: its only argument, unless it is aware. */
static kn_status get_state(named n, const kn_any *arguments, size_t size, const unsigned char **state, kn_error *error)
{
    kn_bytes bytes;
    if (kn_any_count(arguments) == 2)
        return kn_error_set(error, KN_UNSUPPORTED, "%s.%s with a time zone", n->module, n->name);
    if (kn_any_count(arguments) != 1 || !kn_any_get_bytes(kn_any_item(arguments, 0), &bytes) || bytes.size != size)
        return bad_arguments(n, error);
    *state = bytes.data;
    return KN_OK;
}

static kn_status call_date(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    const unsigned char *s = NULL;
    kn_date date;
    kn_status status = get_state(n, arguments, 4, &s, error);
    if (status != KN_OK)
        return status;
    if (kn_date_make(s[0] << 8 | s[1], s[2], s[3], &date, NULL) != KN_OK)
        return bad_state(n, error);
    return made(kn_any_date(arena, date), out, error);
}

static int32_t three_bytes(const unsigned char *s)
{
    return s[0] << 16 | s[1] << 8 | s[2];
}

static kn_status call_time(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    const unsigned char *s = NULL;
    kn_time time;
    kn_status status = get_state(n, arguments, 6, &s, error);
    if (status != KN_OK)
        return status;
    if (kn_time_make(s[0] & ~FOLD_BIT, s[1], s[2], three_bytes(s + 3), &time, NULL) != KN_OK)
        return bad_state(n, error);
    bool fold = s[0] & FOLD_BIT;
    return made(fold ? kn__any_make_folded(KN_ANY_TIME, arena, time.us) : kn_any_time(arena, time), out, error);
}

static kn_status call_datetime(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    const unsigned char *s = NULL;
    kn_datetime t;
    kn_status status = get_state(n, arguments, 10, &s, error);
    if (status != KN_OK)
        return status;
    kn_civil civil = {.year = s[0] << 8 | s[1],
                      .month = s[2] & ~FOLD_BIT,
                      .day = s[3],
                      .hour = s[4],
                      .minute = s[5],
                      .second = s[6],
                      .microsecond = three_bytes(s + 7)};
    if (kn_datetime_make(&civil, &t, NULL) != KN_OK)
        return bad_state(n, error);
    bool fold = s[2] & FOLD_BIT;
    return made(fold ? kn__any_make_folded(KN_ANY_DATETIME, arena, t.us) : kn_any_datetime(arena, t), out, error);
}

/* timedelta(days, seconds, microseconds), normalised: only the days are ever negative. */
static kn_status call_timedelta(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    int64_t days, seconds, us;
    if (kn_any_count(arguments) != 3 || !kn_any_get_int(kn_any_item(arguments, 0), &days) ||
        !kn_any_get_int(kn_any_item(arguments, 1), &seconds) || !kn_any_get_int(kn_any_item(arguments, 2), &us) ||
        days < -DAYS_MAX || days > DAYS_MAX || seconds < 0 || seconds >= 86400 || us < 0 || us >= KN_US_PER_SECOND)
        return bad_arguments(n, error);
    /* every kn_interval is well below this many days, and this many days of microseconds fit */
    bool fits = days > -KN_DATE_MAX - 1 && days < KN_DATE_MAX + 1;
    kn_interval interval = {fits ? days * KN_US_PER_DAY + seconds * KN_US_PER_SECOND + us : INT64_MAX};
    if (!kn_interval_valid(interval))
        return kn_error_set(error, KN_OUT_OF_RANGE, "%s.%s of %lld days: 1970-01-01 and it is not in years 1 to 9999",
                            n->module, n->name, (long long)days);
    return made(kn_any_timedelta(arena, interval), out, error);
}

/* Decimal(text). */
static kn_status call_decimal(named n, kn_arena *arena, const kn_any *arguments, const kn_any **out, kn_error *error)
{
    kn_text text;
    kn_decimal decimal;
    if (kn_any_count(arguments) != 1 || !kn_any_get_str(kn_any_item(arguments, 0), &text))
        return bad_arguments(n, error);
    const char *first = text.size && (*text.data == '-' || *text.data == '+') ? text.data + 1 : text.data;
    if (*first == 'N' || *first == 's' || *first == 'I')
        return kn_error_set(error, KN_OUT_OF_RANGE, "a Decimal that is not finite");
    kn_status status = kn_decimal_parse(text, arena, &decimal, error);
    if (status != KN_OK)
        return status;
    decimal.sign = *text.data == '-'; /* of -0 too, which is kept though it equals 0 */
    return made(kn_any_decimal(arena, decimal), out, error);
}

/* Protocols 0 to 2 use the module names of Python 2. */
static const kn__pickle_name names[] = {
    {"datetime", "date", call_date, KN_ANY_DATE, 0},
    {"datetime", "time", call_time, KN_ANY_TIME, 0},
    {"datetime", "datetime", call_datetime, KN_ANY_DATETIME, 0},
    {"datetime", "timedelta", call_timedelta, KN_ANY_TIMEDELTA, 0},
    {"decimal", "Decimal", call_decimal, KN_ANY_DECIMAL, 0},
    {"builtins", "set", call_set, KN_ANY_SET, 0},
    {"builtins", "frozenset", call_set, KN_ANY_FROZENSET, 0},
    {"builtins", "bytes", call_bytes, KN_ANY_BYTES, 0},
    {"builtins", "bytearray", call_bytes, KN_ANY_BYTES, 0},
    {"__builtin__", "set", call_set, KN_ANY_SET, 0},
    {"__builtin__", "frozenset", call_set, KN_ANY_FROZENSET, 0},
    {"__builtin__", "bytes", call_bytes, KN_ANY_BYTES, 0},
    {"__builtin__", "bytearray", call_bytes, KN_ANY_BYTES, 0},
    {"_codecs", "encode", call_encode, KN_ANY_BYTES, 0},
};

const kn__pickle_name *kn__pickle_name_find(kn_text module, kn_text name)
{
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        if (kn_text_equal(name, kn_text_of(names[i].name)) && kn_text_equal(module, kn_text_of(names[i].module)))
            return &names[i];
    }
    return NULL;
}

const kn__pickle_name *kn__pickle_name_of_kind(kn_any_kind kind)
{
    size_t i = 0;
    while (names[i].kind != kind)
        i++;
    return &names[i];
}

const kn__pickle_name *kn__pickle_name_of_module(const char *module)
{
    size_t i = 0;
    while (strcmp(names[i].module, module) != 0)
        i++;
    return &names[i];
}

static void put_three_bytes(unsigned char *s, int32_t v)
{
    s[0] = (unsigned char)(v >> 16);
    s[1] = (unsigned char)(v >> 8);
    s[2] = (unsigned char)v;
}

static size_t put_date(const kn_civil *c, unsigned char *s)
{
    s[0] = (unsigned char)(c->year >> 8);
    s[1] = (unsigned char)c->year;
    s[2] = (unsigned char)c->month;
    s[3] = (unsigned char)c->day;
    return 4;
}

static size_t put_time(const kn_civil *c, unsigned char *s)
{
    s[0] = (unsigned char)c->hour;
    s[1] = (unsigned char)c->minute;
    s[2] = (unsigned char)c->second;
    put_three_bytes(s + 3, c->microsecond);
    return 6;
}

size_t kn__pickle_state(const kn_any *any, unsigned char state[KN__PICKLE_STATE_MAX])
{
    unsigned char fold = any->flags & KN__ANY_FOLD ? FOLD_BIT : 0;
    kn_civil civil;
    size_t size;
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_DATE:
        civil = kn_date_civil((kn_date){(int32_t)any->as.i});
        return put_date(&civil, state);
    case KN_ANY_TIME:
        civil = kn_time_civil((kn_time){any->as.i});
        size = put_time(&civil, state);
        state[0] |= fold;
        return size;
    default:
        civil = kn_datetime_civil((kn_datetime){any->as.i});
        size = put_date(&civil, state);
        state[2] |= fold;
        return size + put_time(&civil, state + size);
    }
}
