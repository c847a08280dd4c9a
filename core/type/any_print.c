/* SPDX-License-Identifier: MIT */
/* A value as Python's repr writes it, into a room of fixed size. */
#include <koine/any.h>

#include <stdio.h>
#include <string.h>

#include <koine/datetime.h>

#include "base/utf8.h"
#include "type/any_node.h"
#include "type/double.h"

/* Once full nothing more is written and every loop ends: the work follows the room, not the value. */
typedef struct printer {
    char *out;
    size_t size, room; /* room: without the NUL */
    bool full;
} printer;

static void put(printer *p, const char *data, size_t size)
{
    size_t fits = p->room - p->size;
    if (size > fits) {
        p->full = true;
        size = fits;
    }
    if (size)
        memcpy(p->out + p->size, data, size);
    p->size += size;
}

static void put_string(printer *p, const char *s)
{
    put(p, s, strlen(s));
}

static void put_number(printer *p, const char *before, int64_t i)
{
    char digits[24];
    put_string(p, before);
    put(p, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)i));
}

static void put_escape(printer *p, char letter, int width, uint32_t c)
{
    char escape[12];
    put(p, escape, (size_t)snprintf(escape, sizeof escape, "\\%c%0*x", letter, width, (unsigned)c));
}

/* '"' only where there is a "'" and no '"', as Python chooses. */
static char quote_for(const char *data, size_t size)
{
    bool single = size && memchr(data, '\'', size);
    return single && !memchr(data, '"', size) ? '"' : '\'';
}

/* True when `c`, a byte below 128, was written as an escape. */
static bool put_escaped_ascii(printer *p, unsigned char c, char quote)
{
    static const char letters[] = {['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r'};
    bool letter = c < sizeof letters && letters[c];
    bool plain = !letter && c != '\\' && c != (unsigned char)quote;
    char pair[2] = {'\\', letter ? letters[c] : (char)c};
    if (plain && c >= 0x20 && c != 0x7f)
        return false;
    if (plain)
        put_escape(p, 'x', 2, c);
    else
        put(p, pair, 2);
    return true;
}

/* C1 controls and line separators could forge log lines as well as C0 can. */
static bool put_escaped_wide(printer *p, const char *s, size_t size)
{
    const unsigned char *u = (const unsigned char *)s;
    if (size == 2 && u[0] == 0xc2 && u[1] < 0xa0)
        put_escape(p, 'x', 2, u[1]);
    else if (size == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9))
        put_escape(p, 'u', 4, 0x2000u + u[2] - 0x80u);
    else
        return false;
    return true;
}

static void print_str(printer *p, const char *data, size_t size)
{
    char quote = quote_for(data, size);
    put(p, &quote, 1);
    for (size_t i = 0, n; i < size && !p->full; i += n) {
        n = kn__utf8_sequence(data + i, size - i);
        bool escaped = n == 1 ? put_escaped_ascii(p, (unsigned char)data[i], quote) : put_escaped_wide(p, data + i, n);
        if (!escaped)
            put(p, data + i, n);
    }
    put(p, &quote, 1);
}

static void print_bytes(printer *p, const char *data, size_t size)
{
    char quote = quote_for(data, size);
    put_string(p, "b");
    put(p, &quote, 1);
    for (size_t i = 0; i < size && !p->full; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c >= 0x80)
            put_escape(p, 'x', 2, c);
        else if (!put_escaped_ascii(p, c, quote))
            put(p, data + i, 1);
    }
    put(p, &quote, 1);
}

static void put_fold(printer *p, const kn_any *any)
{
    put_string(p, any->flags & KN__ANY_FOLD ? ", fold=1)" : ")");
}

/* Seconds and microseconds only where there are any. */
static void print_clock(printer *p, const kn_any *any, const kn_civil *c)
{
    put_number(p, any->kind == KN_ANY_TIME ? "datetime.time(" : ", ", c->hour);
    put_number(p, ", ", c->minute);
    if (c->second || c->microsecond)
        put_number(p, ", ", c->second);
    if (c->microsecond)
        put_number(p, ", ", c->microsecond);
    put_fold(p, any);
}

static void print_calendar(printer *p, const char *name, const kn_civil *c)
{
    put_number(p, name, c->year);
    put_number(p, ", ", c->month);
    put_number(p, ", ", c->day);
}

static void print_date(printer *p, const kn_any *any)
{
    kn_civil c = kn_date_civil((kn_date){(int32_t)any->as.i});
    print_calendar(p, "datetime.date(", &c);
    put_string(p, ")");
}

static void print_time(printer *p, const kn_any *any)
{
    kn_civil c = kn_time_civil((kn_time){any->as.i});
    print_clock(p, any, &c);
}

static void print_datetime(printer *p, const kn_any *any)
{
    kn_civil c = kn_datetime_civil((kn_datetime){any->as.i});
    print_calendar(p, "datetime.datetime(", &c);
    print_clock(p, any, &c);
}

static void print_timedelta(printer *p, const kn_any *any)
{
    kn__any_span span = kn__any_span_of(any->as.i);
    const char *before = "datetime.timedelta(";
    if (!any->as.i)
        put_string(p, "datetime.timedelta(0");
    if (span.days) {
        put_number(p, "datetime.timedelta(days=", span.days);
        before = ", ";
    }
    if (span.seconds) {
        put_string(p, before);
        put_number(p, "seconds=", span.seconds);
        before = ", ";
    }
    if (span.microseconds) {
        put_string(p, before);
        put_number(p, "microseconds=", span.microseconds);
    }
    put_string(p, ")");
}

static void print_decimal(printer *p, const kn_any *any)
{
    char room[KN__DECIMAL_ROOM];
    kn__any_decimal_text text = kn__any_decimal_text_of(&kn__any_as_decimal(any)->value, room);
    put_string(p, "Decimal('");
    for (size_t i = 0; i < text.count; i++)
        put(p, text.part[i].data, text.part[i].size);
    put_string(p, "')");
}

static void print_float(printer *p, const kn_any *any)
{
    char room[KN__DOUBLE_SIZE];
    put(p, room, kn__double_print(any->as.d, room));
}

/* Out of line, so that its room is not taken again at each level of nesting. */
__attribute__((noinline)) static void print_scalar(printer *p, const kn_any *any)
{
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_NONE:
        put_string(p, "None");
        break;
    case KN_ANY_BOOL:
        put_string(p, any->flags & KN__ANY_TRUE ? "True" : "False");
        break;
    case KN_ANY_INT:
        put_number(p, "", any->as.i);
        break;
    case KN_ANY_BIGINT:
        put(p, kn__any_as_text(any)->data, any->as.size);
        break;
    case KN_ANY_FLOAT:
        print_float(p, any);
        break;
    case KN_ANY_STR:
        print_str(p, kn__any_as_text(any)->data, any->as.size);
        break;
    case KN_ANY_BYTES:
        print_bytes(p, kn__any_as_text(any)->data, any->as.size);
        break;
    case KN_ANY_DATE:
        print_date(p, any);
        break;
    case KN_ANY_TIME:
        print_time(p, any);
        break;
    case KN_ANY_DATETIME:
        print_datetime(p, any);
        break;
    case KN_ANY_TIMEDELTA:
        print_timedelta(p, any);
        break;
    case KN_ANY_DECIMAL:
        print_decimal(p, any);
        break;
    default:
        break;
    }
}

static void print(printer *p, const kn_any *any);

static void print_items(printer *p, const kn_any *any, const char *open, const char *close)
{
    size_t count = kn_any_count(any);
    put_string(p, open);
    for (size_t i = 0; i < count && !p->full; i++) {
        if (i)
            put_string(p, ", ");
        print(p, kn_any_item(any, i));
    }
    put_string(p, close);
}

static void print_dict(printer *p, const kn_any *any)
{
    size_t count = kn_any_count(any);
    put_string(p, "{");
    for (size_t i = 0; i < count && !p->full; i++) {
        if (i)
            put_string(p, ", ");
        print(p, kn_any_key(any, i));
        put_string(p, ": ");
        print(p, kn_any_value_at(any, i));
    }
    put_string(p, "}");
}

static void print_container(printer *p, const kn_any *any)
{
    bool empty = !kn_any_count(any);
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_LIST:
        print_items(p, any, "[", "]");
        break;
    case KN_ANY_TUPLE:
        print_items(p, any, "(", kn_any_count(any) == 1 ? ",)" : ")");
        break;
    case KN_ANY_SET:
        print_items(p, any, empty ? "set(" : "{", empty ? ")" : "}");
        break;
    case KN_ANY_FROZENSET:
        print_items(p, any, empty ? "frozenset(" : "frozenset({", empty ? ")" : "})");
        break;
    default:
        print_dict(p, any);
        break;
    }
}

static void print(printer *p, const kn_any *any)
{
    if (kn__any_is_container(any))
        print_container(p, any);
    else
        print_scalar(p, any);
}

/* Ends a text that was cut in dots, at a character border. */
static size_t add_dots(printer *p)
{
    size_t dots = p->room < 3 ? p->room : 3;
    size_t kept = kn__utf8_cut(p->out, p->size, p->room - dots);
    memcpy(p->out + kept, "...", dots);
    return kept + dots;
}

size_t kn_any_print(const kn_any *any, char *out, size_t size)
{
    if (!size)
        return 0;
    printer p = {.out = out, .room = size - 1};
    if (any)
        print(&p, any);
    else
        put_string(&p, "NULL");
    size_t written = p.full ? add_dots(&p) : p.size;
    out[written] = '\0';
    return written;
}
