/* SPDX-License-Identifier: MIT */
/* One function a family of opcodes, one table that says which opcode is which; what is not in the table does not
 * exist. */
#include <string.h>

#include "base/utf8.h"
#include "type/double.h"
#include "type/pickle_stack.h"

typedef kn__unpickler unpickler;

typedef struct opcode {
    const char *name;
    kn_status (*run)(unpickler *u, const struct opcode *op); /* NULL: refused */
    uint8_t kind;                                            /* kn_any_kind that it makes or fills */
    uint8_t width; /* bytes of the number that follows; values that it takes; 1 for true */
} opcode;

/* Operands */

static kn_status malformed(unpickler *u, const char *what)
{
    return kn_error_set(u->error, KN_MALFORMED, "%s", what);
}

static kn_status take(unpickler *u, uint64_t size, const unsigned char **out)
{
    if (size > (size_t)(u->end - u->at))
        return malformed(u, "cut short");
    *out = u->at;
    u->at += size;
    return KN_OK;
}

/* Little-endian and unsigned, as all numbers but the text ones and BINFLOAT. */
static kn_status take_number(unpickler *u, size_t width, uint64_t *out)
{
    const unsigned char *bytes = NULL;
    kn_status status = take(u, width, &bytes);
    uint64_t number = 0;
    for (size_t i = 0; status == KN_OK && i < width; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    *out = number;
    return status;
}

/* Up to the next newline, which goes too. */
static kn_status take_line(unpickler *u, kn_text *out)
{
    const unsigned char *start = u->at, *newline = NULL;
    if (u->at < u->end)
        newline = memchr(u->at, '\n', (size_t)(u->end - u->at));
    if (!newline)
        return malformed(u, "cut short");
    *out = (kn_text){(const char *)start, (size_t)(newline - start)};
    u->at = newline + 1;
    return KN_OK;
}

/* A size and as many bytes. */
static kn_status take_sized(unpickler *u, size_t width, kn_text *out)
{
    uint64_t size = 0;
    const unsigned char *bytes = NULL;
    kn_status status = take_number(u, width, &size);
    if (status == KN_OK)
        status = take(u, size, &bytes);
    if (status == KN_OK)
        *out = (kn_text){(const char *)bytes, (size_t)size};
    return status;
}

/* Scalars */

static kn_status run_none(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_push_any(u, kn_any_none());
}

static kn_status run_bool(unpickler *u, const opcode *op)
{
    return kn__unpickler_push_any(u, kn_any_bool(op->width != 0));
}

static kn_status push_int(unpickler *u, int64_t i)
{
    kn_status status = kn__unpickler_afford(u, sizeof(kn_any));
    return status == KN_OK ? kn__unpickler_push_any(u, kn_any_int(u->arena, i)) : status;
}

static kn_status run_binint(unpickler *u, const opcode *op)
{
    uint64_t number = 0;
    kn_status status = take_number(u, op->width, &number);
    if (status != KN_OK)
        return status;
    /* only the one of four bytes has a sign */
    return push_int(u, op->width == 4 ? (int64_t)(number ^ 0x80000000u) - INT64_C(0x80000000) : (int64_t)number);
}

/* [-]digits as CPython writes them: no leading zeros. */
static bool is_int_text(kn_text text)
{
    size_t i = text.size && text.data[0] == '-';
    if (i == text.size || (text.data[i] == '0' && text.size > i + 1))
        return false;
    for (; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return true;
}

static kn_status push_int_text(unpickler *u, kn_text text)
{
    if (!is_int_text(text))
        return malformed(u, "an int that is no decimal number");
    kn_status status = kn__unpickler_afford(u, sizeof(kn__any_text) + text.size);
    return status == KN_OK ? kn__unpickler_push_any(u, kn_any_bigint(u->arena, text)) : status;
}

/* Protocols 0 and 1 have no opcodes for False and True but I00 and I01. */
static kn_status run_int(unpickler *u, const opcode *op)
{
    kn_text line;
    kn_status status = take_line(u, &line);
    (void)op;
    if (status != KN_OK)
        return status;
    if (line.size == 2 && line.data[0] == '0' && (line.data[1] == '0' || line.data[1] == '1'))
        return kn__unpickler_push_any(u, kn_any_bool(line.data[1] == '1'));
    return push_int_text(u, line);
}

static kn_status run_long(unpickler *u, const opcode *op)
{
    kn_text line;
    kn_status status = take_line(u, &line);
    (void)op;
    if (status != KN_OK)
        return status;
    if (line.size && line.data[line.size - 1] == 'L')
        line.size--;
    return push_int_text(u, line);
}

static int64_t small_long(kn_text bytes)
{
    uint64_t number = bytes.size && bytes.data[bytes.size - 1] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = bytes.size; i-- > 0;)
        number = number << 8 | (unsigned char)bytes.data[i];
    return number <= INT64_MAX ? (int64_t)number : -(int64_t)(UINT64_MAX - number) - 1;
}

static kn_status run_binary_long(unpickler *u, const opcode *op)
{
    kn_text bytes;
    kn_status status = take_sized(u, op->width, &bytes);
    if (status != KN_OK)
        return status;
    if (bytes.size <= sizeof(int64_t))
        return push_int(u, small_long(bytes));
    if (!kn__pickle_afford_int(&u->work, bytes.size))
        return kn_error_set(u->error, KN_LIMIT, "ints of too many digits to convert");
    status = kn__unpickler_room(u, kn__pickle_int_room(bytes.size));
    if (status != KN_OK)
        return status;
    return push_int_text(u, kn__pickle_int_read((const unsigned char *)bytes.data, bytes.size, u->room));
}

static kn_status push_float(unpickler *u, double d)
{
    kn_status status = kn__unpickler_afford(u, sizeof(kn_any));
    return status == KN_OK ? kn__unpickler_push_any(u, kn_any_float(u->arena, d)) : status;
}

static kn_status run_float(unpickler *u, const opcode *op)
{
    kn_text line;
    double d = 0;
    kn_status status = take_line(u, &line);
    (void)op;
    if (status == KN_OK)
        status = kn__double_parse(line, &d, u->error);
    return status == KN_OK ? push_float(u, d) : status;
}

static kn_status run_binfloat(unpickler *u, const opcode *op)
{
    const unsigned char *bytes = NULL;
    uint64_t bits = 0;
    kn_status status = take(u, op->width, &bytes);
    if (status != KN_OK)
        return status;
    for (size_t i = 0; i < op->width; i++)
        bits = bits << 8 | bytes[i];
    return push_float(u, kn__double_of_bits(bits));
}

static kn_status push_text(unpickler *u, kn_any_kind kind, kn_text text)
{
    kn_status status = kn__unpickler_afford(u, sizeof(kn__any_text) + text.size);
    if (status != KN_OK)
        return status;
    kn__any_text *any = kn__any_open_text(kind, u->arena, text.size);
    if (any && text.size)
        memcpy(any->data, text.data, text.size);
    return kn__unpickler_push_any(u, any ? kn__any_close_text(any) : NULL);
}

static kn_status not_utf8(unpickler *u)
{
    return kn_error_set(u->error, KN_ENCODING, "a str that is not valid UTF-8, or has surrogates that are no pair");
}

static kn_status run_sized(unpickler *u, const opcode *op)
{
    kn_text text;
    kn_status status = take_sized(u, op->width, &text);
    if (status != KN_OK)
        return status;
    if (op->kind == KN_ANY_STR && kn__utf8_length(text.data, text.size) == SIZE_MAX)
        return not_utf8(u);
    return push_text(u, (kn_any_kind)op->kind, text);
}

/* Hexadecimal digits after \u or \U; UINT32_MAX when they are none. */
static uint32_t hex_value(const char *digits, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = digits[i];
        char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return UINT32_MAX;
    }
    return value;
}

/* One character of raw-unicode-escape at *at: \uXXXX, \UXXXXXXXX, else the byte as Latin-1. A backslash before another
 * character stands for itself and shields that one. UINT32_MAX when malformed. */
static uint32_t next_escaped(kn_text text, size_t *at, bool *shielded)
{
    const char *p = text.data + *at;
    size_t left = text.size - *at, width = 0;
    bool backslash = *p == '\\' && !*shielded;
    *shielded = false;
    if (backslash && left > 1)
        width = p[1] == 'u' ? 4 : p[1] == 'U' ? 8 : 0;
    if (!width) {
        *shielded = backslash;
        *at += 1;
        return (unsigned char)*p;
    }
    if (left < 2 + width)
        return UINT32_MAX;
    *at += 2 + width;
    return hex_value(p + 2, width);
}

/* Writes c, at most U+10FFFF and no surrogate, as UTF-8; returns the bytes. */
static size_t put_code_point(uint32_t c, char *out)
{
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[size] | c);
    return size;
}

static kn_status run_unicode(unpickler *u, const opcode *op)
{
    kn_text line;
    size_t size = 0;
    bool shielded = false;
    kn_status status = take_line(u, &line);
    (void)op;
    if (status == KN_OK) /* a byte may become two, and an escape is always longer than what it stands for */
        status = kn__unpickler_room(u, 2 * line.size + 1);
    if (status != KN_OK)
        return status;
    char *out = u->room;
    for (size_t at = 0; at < line.size;) {
        uint32_t c = next_escaped(line, &at, &shielded);
        if (c == UINT32_MAX)
            return malformed(u, "a str with a cut escape");
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return not_utf8(u);
        size += put_code_point(c, out + size);
    }
    return push_text(u, KN_ANY_STR, (kn_text){out, size});
}

/* Containers */

static kn_status run_empty(unpickler *u, const opcode *op)
{
    kn__open_items *open = NULL;
    if (op->kind == KN_ANY_TUPLE)
        return kn__unpickler_close(u, KN_ANY_TUPLE, u->depth);
    return kn__unpickler_open(u, (kn_any_kind)op->kind, &open);
}

/* TUPLE1 to TUPLE3 */
static kn_status run_small_tuple(unpickler *u, const opcode *op)
{
    kn__slot *first = NULL;
    kn_status status = kn__unpickler_peek(u, op->width - 1u, &first);
    return status == KN_OK ? kn__unpickler_close(u, KN_ANY_TUPLE, u->depth - op->width) : status;
}

static kn_status run_marked(unpickler *u, const opcode *op)
{
    size_t first = 0;
    kn_status status = kn__unpickler_pop_mark(u, &first);
    return status == KN_OK ? kn__unpickler_close(u, (kn_any_kind)op->kind, first) : status;
}

static kn_status fill(unpickler *u, kn__open_items *target, size_t first)
{
    if (target->kind == KN_ANY_DICT && (u->depth - first) % 2)
        return malformed(u, "a dict with a key that has no value");
    return kn__unpickler_fill(u, target, first);
}

/* LIST and DICT of protocol 0 */
static kn_status run_marked_open(unpickler *u, const opcode *op)
{
    size_t first = 0;
    kn__open_items *open = NULL;
    kn_status status = kn__unpickler_pop_mark(u, &first);
    if (status == KN_OK)
        status = kn__unpickler_open(u, (kn_any_kind)op->kind, &open);
    if (status != KN_OK)
        return status;
    kn__slot slot = u->stack[--u->depth];
    status = fill(u, open, first);
    return status == KN_OK ? kn__unpickler_push(u, slot) : status;
}

static kn_status fill_below(unpickler *u, const opcode *op, size_t first)
{
    kn__slot *target = NULL;
    kn_status status = kn__unpickler_peek(u, u->depth - first, &target);
    if (status != KN_OK)
        return status;
    if (target->kind != KN__SLOT_OPEN || target->as.open->kind != (kn_any_kind)op->kind)
        return malformed(u, "items for what is no such container");
    return fill(u, target->as.open, first);
}

/* APPEND, SETITEM */
static kn_status run_fill_one(unpickler *u, const opcode *op)
{
    kn__slot *first = NULL;
    kn_status status = kn__unpickler_peek(u, op->width, &first);
    return status == KN_OK ? fill_below(u, op, u->depth - op->width) : status;
}

/* APPENDS, SETITEMS, ADDITEMS */
static kn_status run_fill(unpickler *u, const opcode *op)
{
    size_t first = 0;
    kn_status status = kn__unpickler_pop_mark(u, &first);
    return status == KN_OK ? fill_below(u, op, first) : status;
}

/* The stack and the memo */

static kn_status run_mark(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_push_mark(u);
}

/* A mark that is on top goes too, as in CPython. */
static kn_status run_pop(unpickler *u, const opcode *op)
{
    kn__slot slot;
    size_t first = 0;
    (void)op;
    if (u->mark_count && u->marks[u->mark_count - 1] == u->depth)
        return kn__unpickler_pop_mark(u, &first);
    return kn__unpickler_pop(u, &slot);
}

static kn_status run_pop_mark(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_pop_mark(u, &u->depth);
}

static kn_status run_dup(unpickler *u, const opcode *op)
{
    kn__slot *top = NULL;
    kn_status status = kn__unpickler_peek(u, 0, &top);
    (void)op;
    return status == KN_OK ? kn__unpickler_push(u, *top) : status;
}

/* A number of op->width bytes, or a line of digits when that is 0. */
static kn_status take_index(unpickler *u, const opcode *op, uint64_t *out)
{
    kn_text line;
    if (op->width)
        return take_number(u, op->width, out);
    kn_status status = take_line(u, &line);
    if (status != KN_OK)
        return status;
    if (!is_int_text(line) || line.data[0] == '-' || line.size > 18)
        return malformed(u, "a memo index that is no number");
    *out = 0;
    for (size_t i = 0; i < line.size; i++)
        *out = *out * 10 + (uint64_t)(line.data[i] - '0');
    return KN_OK;
}

static kn_status run_put(unpickler *u, const opcode *op)
{
    uint64_t index = 0;
    kn_status status = take_index(u, op, &index);
    return status == KN_OK ? kn__unpickler_memo_put(u, index) : status;
}

static kn_status run_get(unpickler *u, const opcode *op)
{
    uint64_t index = 0;
    kn_status status = take_index(u, op, &index);
    return status == KN_OK ? kn__unpickler_memo_get(u, index) : status;
}

static kn_status run_memoize(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_memo_put(u, u->memo_count);
}

/* Names */

static kn_status refuse_name(unpickler *u, kn_text module, kn_text name)
{
    enum { LONGEST = 80 };
    size_t m = kn__utf8_cut(module.data, module.size, LONGEST), n = kn__utf8_cut(name.data, name.size, LONGEST);
    if (kn__utf8_length(module.data, module.size) == SIZE_MAX || kn__utf8_length(name.data, name.size) == SIZE_MAX)
        return kn_error_set(u->error, KN_UNSUPPORTED, "a name that is not valid UTF-8");
    return kn_error_set(u->error, KN_UNSUPPORTED, "the name %.*s.%.*s: only plain values are read", (int)m, module.data,
                        (int)n, name.data);
}

static kn_status push_name(unpickler *u, kn_text module, kn_text name)
{
    const kn__pickle_name *found = kn__pickle_name_find(module, name);
    if (!found)
        return refuse_name(u, module, name);
    return kn__unpickler_push(u, (kn__slot){.kind = KN__SLOT_NAME, .as = {.name = found}});
}

static kn_status run_global(unpickler *u, const opcode *op)
{
    kn_text module, name;
    kn_status status = take_line(u, &module);
    (void)op;
    if (status == KN_OK)
        status = take_line(u, &name);
    return status == KN_OK ? push_name(u, module, name) : status;
}

static kn_status pop_value(unpickler *u, const kn_any **out)
{
    kn__slot slot;
    kn_status status = kn__unpickler_pop(u, &slot);
    return status == KN_OK ? kn__unpickler_value(u, &slot, out) : status;
}

static kn_status run_stack_global(unpickler *u, const opcode *op)
{
    const kn_any *name = NULL, *module = NULL;
    kn_text name_text, module_text;
    kn_status status = pop_value(u, &name);
    (void)op;
    if (status == KN_OK)
        status = pop_value(u, &module);
    if (status != KN_OK)
        return status;
    if (!kn_any_get_str(name, &name_text) || !kn_any_get_str(module, &module_text))
        return malformed(u, "a name that is no str");
    return push_name(u, module_text, name_text);
}

static kn_status run_reduce(unpickler *u, const opcode *op)
{
    const kn_any *arguments = NULL, *any = NULL;
    kn__slot callee;
    kn_status status = pop_value(u, &arguments);
    (void)op;
    if (status == KN_OK)
        status = kn__unpickler_pop(u, &callee);
    if (status != KN_OK)
        return status;
    if (callee.kind != KN__SLOT_NAME || kn_any_kind_of(arguments) != KN_ANY_TUPLE)
        return malformed(u, "a call of what is no name, or with what is no tuple");
    const kn_any *first = kn_any_item(arguments, 0);
    size_t size = !first ? 0 : first->kind == KN_ANY_STR ? first->as.size : 64 * kn_any_count(first);
    status = kn__unpickler_afford(u, sizeof(kn__any_items) + 2 * sizeof(kn_any) + size);
    if (status == KN_OK)
        status = callee.as.name->call(callee.as.name, u->arena, arguments, &any, u->error);
    return status == KN_OK ? kn__unpickler_push_any(u, any) : status;
}

/* The stream */

static kn_status run_proto(unpickler *u, const opcode *op)
{
    uint64_t protocol = 0;
    kn_status status = take_number(u, op->width, &protocol);
    if (status == KN_OK && protocol > KN__PICKLE_PROTOCOL_MAX)
        status = kn_error_set(u->error, KN_UNSUPPORTED, "protocol %u: the last one known is %d", (unsigned)protocol,
                              KN__PICKLE_PROTOCOL_MAX);
    return status;
}

static kn_status run_frame(unpickler *u, const opcode *op)
{
    uint64_t size = 0;
    bool inside = u->at <= u->frame_end; /* this opcode is one byte behind */
    kn_status status = take_number(u, op->width, &size);
    if (status != KN_OK)
        return status;
    if (size > (size_t)(u->end - u->at))
        return malformed(u, "cut short");
    if (inside)
        return malformed(u, "a frame inside of a frame");
    u->frame_end = u->at + size;
    return KN_OK;
}

/* DONE; the caller looks at what is left. */
static kn_status run_stop(unpickler *u, const opcode *op)
{
    (void)u;
    (void)op;
    return KN_DONE;
}

#define OP(NAME, ...) [KN__OP_##NAME] = {#NAME, __VA_ARGS__}
#define REFUSED(NAME) [KN__OP_##NAME] = {#NAME, NULL, 0, 0}

static const opcode opcodes[256] = {
    OP(PROTO, run_proto, 0, 1),
    OP(FRAME, run_frame, 0, 8),
    OP(STOP, run_stop, 0, 0),
    OP(MARK, run_mark, 0, 0),
    OP(POP, run_pop, 0, 0),
    OP(POP_MARK, run_pop_mark, 0, 0),
    OP(DUP, run_dup, 0, 0),
    OP(NONE, run_none, 0, 0),
    OP(NEWTRUE, run_bool, 0, 1),
    OP(NEWFALSE, run_bool, 0, 0),
    OP(INT, run_int, 0, 0),
    OP(BININT, run_binint, 0, 4),
    OP(BININT1, run_binint, 0, 1),
    OP(BININT2, run_binint, 0, 2),
    OP(LONG, run_long, 0, 0),
    OP(LONG1, run_binary_long, 0, 1),
    OP(LONG4, run_binary_long, 0, 4),
    OP(FLOAT, run_float, 0, 0),
    OP(BINFLOAT, run_binfloat, 0, 8),
    OP(UNICODE, run_unicode, KN_ANY_STR, 0),
    OP(SHORT_BINUNICODE, run_sized, KN_ANY_STR, 1),
    OP(BINUNICODE, run_sized, KN_ANY_STR, 4),
    OP(BINUNICODE8, run_sized, KN_ANY_STR, 8),
    OP(SHORT_BINBYTES, run_sized, KN_ANY_BYTES, 1),
    OP(BINBYTES, run_sized, KN_ANY_BYTES, 4),
    OP(BINBYTES8, run_sized, KN_ANY_BYTES, 8),
    OP(BYTEARRAY8, run_sized, KN_ANY_BYTES, 8),
    OP(EMPTY_LIST, run_empty, KN_ANY_LIST, 0),
    OP(EMPTY_TUPLE, run_empty, KN_ANY_TUPLE, 0),
    OP(EMPTY_DICT, run_empty, KN_ANY_DICT, 0),
    OP(EMPTY_SET, run_empty, KN_ANY_SET, 0),
    OP(LIST, run_marked_open, KN_ANY_LIST, 0),
    OP(DICT, run_marked_open, KN_ANY_DICT, 0),
    OP(TUPLE, run_marked, KN_ANY_TUPLE, 0),
    OP(FROZENSET, run_marked, KN_ANY_FROZENSET, 0),
    OP(TUPLE1, run_small_tuple, KN_ANY_TUPLE, 1),
    OP(TUPLE2, run_small_tuple, KN_ANY_TUPLE, 2),
    OP(TUPLE3, run_small_tuple, KN_ANY_TUPLE, 3),
    OP(APPEND, run_fill_one, KN_ANY_LIST, 1),
    OP(SETITEM, run_fill_one, KN_ANY_DICT, 2),
    OP(APPENDS, run_fill, KN_ANY_LIST, 0),
    OP(SETITEMS, run_fill, KN_ANY_DICT, 0),
    OP(ADDITEMS, run_fill, KN_ANY_SET, 0),
    OP(PUT, run_put, 0, 0),
    OP(BINPUT, run_put, 0, 1),
    OP(LONG_BINPUT, run_put, 0, 4),
    OP(GET, run_get, 0, 0),
    OP(BINGET, run_get, 0, 1),
    OP(LONG_BINGET, run_get, 0, 4),
    OP(MEMOIZE, run_memoize, 0, 0),
    OP(GLOBAL, run_global, 0, 0),
    OP(STACK_GLOBAL, run_stack_global, 0, 0),
    OP(REDUCE, run_reduce, 0, 0),
    REFUSED(STRING), /* the three of Python 2's str, which may be bytes or text */
    REFUSED(BINSTRING),
    REFUSED(SHORT_BINSTRING),
    REFUSED(PERSID),
    REFUSED(BINPERSID),
    REFUSED(BUILD),
    REFUSED(INST),
    REFUSED(OBJ),
    REFUSED(NEWOBJ),
    REFUSED(NEWOBJ_EX),
    REFUSED(EXT1),
    REFUSED(EXT2),
    REFUSED(EXT4),
    REFUSED(NEXT_BUFFER),
    REFUSED(READONLY_BUFFER),
};

static kn_status step(unpickler *u, const opcode *op, unsigned char byte)
{
    if (!op->name)
        return kn_error_set(u->error, KN_MALFORMED, "no opcode has the byte 0x%02x", byte);
    if (!op->run)
        return kn_error_set(u->error, KN_UNSUPPORTED, "only plain values are read");
    const unsigned char *frame_end = u->frame_end, *start = u->at - 1;
    kn_status status = op->run(u, op);
    if (status == KN_OK && start < frame_end && u->at > frame_end)
        return malformed(u, "it passes the end of its frame");
    return status;
}

static kn_status say_where(unpickler *u, const unsigned char *start, const char *name, kn_status status)
{
    if (u->error) {
        kn_error_prefix(u->error, "pickle, byte %zu, %s", (size_t)(start - u->start), name ? name : "?");
        u->error->position = (uint32_t)(start - u->start < UINT32_MAX ? start - u->start + 1 : 0);
    }
    return status;
}

static kn_status run(unpickler *u)
{
    while (u->at < u->end) {
        const unsigned char *start = u->at++;
        const opcode *op = &opcodes[*start];
        kn_status status = step(u, op, *start);
        if (status == KN_DONE)
            return KN_OK;
        if (status != KN_OK)
            return say_where(u, start, op->name, status);
    }
    return say_where(u, u->end, "its end", malformed(u, "cut short: no STOP"));
}

/* The one value that must be left. */
static kn_status result(unpickler *u, const kn_any **out)
{
    const kn_any *any = NULL;
    kn_status status = KN_OK;
    if (u->depth != 1 || u->mark_count)
        status = malformed(u, "it leaves more or less than one value");
    else if (u->at != u->end)
        status = malformed(u, "bytes after it");
    else
        status = pop_value(u, &any);
    if (status == KN_OK && any->height > u->limits.depth)
        status = kn_error_set(u->error, KN_LIMIT, "values nested deeper than %u", (unsigned)u->limits.depth);
    if (status != KN_OK)
        return say_where(u, u->at, "STOP", status);
    *out = any;
    return KN_OK;
}

kn_status kn_pickle_read(kn_bytes pickle, const kn_pickle_limits *limits, kn_arena *arena, const kn_any **out,
                         kn_error *error)
{
    kn_pickle_limits bounds;
    kn__unpickler u;
    *out = NULL;
    kn_status status = kn__pickle_limits_of(limits, &bounds, error);
    if (status != KN_OK)
        return status;
    if (!pickle.data)
        return kn_error_set(error, KN_NULL_VALUE, "no pickle");
    if (pickle.size > bounds.bytes)
        return kn_error_set(error, KN_LIMIT, "pickle of %zu bytes: at most %zu are allowed", pickle.size, bounds.bytes);
    kn__unpickler_init(&u, pickle, &bounds, arena, error);
    status = run(&u);
    if (status == KN_OK)
        status = result(&u, out);
    kn__unpickler_finish(&u);
    return status;
}
