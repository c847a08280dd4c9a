/* SPDX-License-Identifier: MIT */
/* Operands, and the opcodes that make a scalar of them. */
#include <string.h>

#include "base/utf8.h"
#include "type/double.h"
#include "type/pickle_opcode.h"

typedef kn__unpickler unpickler;
typedef kn__opcode opcode;

kn_status kn__pickle_malformed(unpickler *u, const char *what)
{
    return kn_error_set(u->error, KN_MALFORMED, "%s", what);
}

kn_status kn__pickle_take(unpickler *u, uint64_t size, const unsigned char **out)
{
    if (size > (size_t)(u->end - u->at))
        return kn__pickle_malformed(u, "cut short");
    *out = u->at;
    u->at += size;
    return KN_OK;
}

kn_status kn__pickle_take_number(unpickler *u, size_t width, uint64_t *out)
{
    const unsigned char *bytes = NULL;
    kn_status status = kn__pickle_take(u, width, &bytes);
    uint64_t number = 0;
    for (size_t i = 0; status == KN_OK && i < width; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    *out = number;
    return status;
}

kn_status kn__pickle_take_line(unpickler *u, kn_text *out)
{
    const unsigned char *start = u->at, *newline = NULL;
    if (u->at < u->end)
        newline = memchr(u->at, '\n', (size_t)(u->end - u->at));
    if (!newline)
        return kn__pickle_malformed(u, "cut short");
    *out = (kn_text){(const char *)start, (size_t)(newline - start)};
    u->at = newline + 1;
    return KN_OK;
}

/* A size and as many bytes. */
static kn_status take_sized(unpickler *u, size_t width, kn_text *out)
{
    uint64_t size = 0;
    const unsigned char *bytes = NULL;
    kn_status status = kn__pickle_take_number(u, width, &size);
    if (status == KN_OK)
        status = kn__pickle_take(u, size, &bytes);
    if (status == KN_OK)
        *out = (kn_text){(const char *)bytes, (size_t)size};
    return status;
}

kn_status kn__pickle_run_none(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_push_any(u, kn_any_none());
}

kn_status kn__pickle_run_bool(unpickler *u, const opcode *op)
{
    return kn__unpickler_push_any(u, kn_any_bool(op->width != 0));
}

static kn_status push_int(unpickler *u, int64_t i)
{
    kn_status status = kn__unpickler_afford(u, sizeof(kn_any));
    return status == KN_OK ? kn__unpickler_push_any(u, kn_any_int(u->arena, i)) : status;
}

kn_status kn__pickle_run_binint(unpickler *u, const opcode *op)
{
    uint64_t number = 0;
    kn_status status = kn__pickle_take_number(u, op->width, &number);
    if (status != KN_OK)
        return status;
    /* only the one of four bytes has a sign */
    return push_int(u, op->width == 4 ? (int64_t)(number ^ 0x80000000u) - INT64_C(0x80000000) : (int64_t)number);
}

bool kn__pickle_is_int_text(kn_text text)
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
    if (!kn__pickle_is_int_text(text))
        return kn__pickle_malformed(u, "an int that is no decimal number");
    kn_status status = kn__unpickler_afford(u, sizeof(kn__any_text) + text.size);
    return status == KN_OK ? kn__unpickler_push_any(u, kn_any_bigint(u->arena, text)) : status;
}

/* Protocols 0 and 1 have no opcodes for False and True but I00 and I01. */
kn_status kn__pickle_run_int(unpickler *u, const opcode *op)
{
    kn_text line;
    kn_status status = kn__pickle_take_line(u, &line);
    (void)op;
    if (status != KN_OK)
        return status;
    if (line.size == 2 && line.data[0] == '0' && (line.data[1] == '0' || line.data[1] == '1'))
        return kn__unpickler_push_any(u, kn_any_bool(line.data[1] == '1'));
    return push_int_text(u, line);
}

kn_status kn__pickle_run_long(unpickler *u, const opcode *op)
{
    kn_text line;
    kn_status status = kn__pickle_take_line(u, &line);
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

kn_status kn__pickle_run_binary_long(unpickler *u, const opcode *op)
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

kn_status kn__pickle_run_float(unpickler *u, const opcode *op)
{
    kn_text line;
    double d = 0;
    kn_status status = kn__pickle_take_line(u, &line);
    (void)op;
    if (status == KN_OK)
        status = kn__double_parse(line, &d, u->error);
    return status == KN_OK ? push_float(u, d) : status;
}

kn_status kn__pickle_run_binfloat(unpickler *u, const opcode *op)
{
    const unsigned char *bytes = NULL;
    uint64_t bits = 0;
    kn_status status = kn__pickle_take(u, op->width, &bytes);
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

kn_status kn__pickle_run_sized(unpickler *u, const opcode *op)
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

kn_status kn__pickle_run_unicode(unpickler *u, const opcode *op)
{
    kn_text line;
    size_t size = 0;
    bool shielded = false;
    kn_status status = kn__pickle_take_line(u, &line);
    (void)op;
    if (status == KN_OK) /* a byte may become two, and an escape is always longer than what it stands for */
        status = kn__unpickler_room(u, 2 * line.size + 1);
    if (status != KN_OK)
        return status;
    char *out = u->room;
    for (size_t at = 0; at < line.size;) {
        uint32_t c = next_escaped(line, &at, &shielded);
        if (c == UINT32_MAX)
            return kn__pickle_malformed(u, "a str with a cut escape");
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return not_utf8(u);
        size += put_code_point(c, out + size);
    }
    return push_text(u, KN_ANY_STR, (kn_text){out, size});
}
