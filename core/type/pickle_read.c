/* SPDX-License-Identifier: MIT */
/* The reader: one table says which opcode is which, one loop runs them. */
#include "type/pickle_opcode.h"

typedef kn__unpickler unpickler;
typedef kn__opcode opcode;

static kn_status run_proto(unpickler *u, const opcode *op)
{
    uint64_t protocol = 0;
    kn_status status = kn__pickle_take_number(u, op->width, &protocol);
    if (status == KN_OK && protocol > KN__PICKLE_PROTOCOL_MAX)
        status = kn_error_set(u->error, KN_UNSUPPORTED, "protocol %u: the last one known is %d", (unsigned)protocol,
                              KN__PICKLE_PROTOCOL_MAX);
    return status;
}

static kn_status run_frame(unpickler *u, const opcode *op)
{
    uint64_t size = 0;
    bool inside = u->at <= u->frame_end; /* this opcode is one byte behind */
    kn_status status = kn__pickle_take_number(u, op->width, &size);
    if (status != KN_OK)
        return status;
    if (size > (size_t)(u->end - u->at))
        return kn__pickle_malformed(u, "cut short");
    if (inside)
        return kn__pickle_malformed(u, "a frame inside of a frame");
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

#define OWN(NAME, run, kind, width) [KN__OP_##NAME] = {#NAME, run, kind, width}
#define OP(NAME, run, kind, width) OWN(NAME, kn__pickle_run_##run, kind, width)
#define REFUSED(NAME) OWN(NAME, NULL, 0, 0)

/* What is not here does not exist. */
static const opcode opcodes[256] = {
    OWN(PROTO, run_proto, 0, 1),
    OWN(FRAME, run_frame, 0, 8),
    OWN(STOP, run_stop, 0, 0),
    OP(MARK, mark, 0, 0),
    OP(POP, pop, 0, 0),
    OP(POP_MARK, pop_mark, 0, 0),
    OP(DUP, dup, 0, 0),
    OP(NONE, none, 0, 0),
    OP(NEWTRUE, bool, 0, 1),
    OP(NEWFALSE, bool, 0, 0),
    OP(INT, int, 0, 0),
    OP(BININT, binint, 0, 4),
    OP(BININT1, binint, 0, 1),
    OP(BININT2, binint, 0, 2),
    OP(LONG, long, 0, 0),
    OP(LONG1, binary_long, 0, 1),
    OP(LONG4, binary_long, 0, 4),
    OP(FLOAT, float, 0, 0),
    OP(BINFLOAT, binfloat, 0, 8),
    OP(UNICODE, unicode, KN_ANY_STR, 0),
    OP(SHORT_BINUNICODE, sized, KN_ANY_STR, 1),
    OP(BINUNICODE, sized, KN_ANY_STR, 4),
    OP(BINUNICODE8, sized, KN_ANY_STR, 8),
    OP(SHORT_BINBYTES, sized, KN_ANY_BYTES, 1),
    OP(BINBYTES, sized, KN_ANY_BYTES, 4),
    OP(BINBYTES8, sized, KN_ANY_BYTES, 8),
    OP(BYTEARRAY8, sized, KN_ANY_BYTES, 8),
    OP(EMPTY_LIST, empty, KN_ANY_LIST, 0),
    OP(EMPTY_TUPLE, empty, KN_ANY_TUPLE, 0),
    OP(EMPTY_DICT, empty, KN_ANY_DICT, 0),
    OP(EMPTY_SET, empty, KN_ANY_SET, 0),
    OP(LIST, marked_open, KN_ANY_LIST, 0),
    OP(DICT, marked_open, KN_ANY_DICT, 0),
    OP(TUPLE, marked, KN_ANY_TUPLE, 0),
    OP(FROZENSET, marked, KN_ANY_FROZENSET, 0),
    OP(TUPLE1, small_tuple, KN_ANY_TUPLE, 1),
    OP(TUPLE2, small_tuple, KN_ANY_TUPLE, 2),
    OP(TUPLE3, small_tuple, KN_ANY_TUPLE, 3),
    OP(APPEND, fill_one, KN_ANY_LIST, 1),
    OP(SETITEM, fill_one, KN_ANY_DICT, 2),
    OP(APPENDS, fill, KN_ANY_LIST, 0),
    OP(SETITEMS, fill, KN_ANY_DICT, 0),
    OP(ADDITEMS, fill, KN_ANY_SET, 0),
    OP(PUT, put, 0, 0),
    OP(BINPUT, put, 0, 1),
    OP(LONG_BINPUT, put, 0, 4),
    OP(GET, get, 0, 0),
    OP(BINGET, get, 0, 1),
    OP(LONG_BINGET, get, 0, 4),
    OP(MEMOIZE, memoize, 0, 0),
    OP(GLOBAL, global, 0, 0),
    OP(STACK_GLOBAL, stack_global, 0, 0),
    OP(REDUCE, reduce, 0, 0),
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
        return kn__pickle_malformed(u, "it passes the end of its frame");
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
    return say_where(u, u->end, "its end", kn__pickle_malformed(u, "cut short: no STOP"));
}

/* The one value that must be left. */
static kn_status result(unpickler *u, const kn_any **out)
{
    const kn_any *any = NULL;
    kn_status status = KN_OK;
    if (u->depth != 1 || u->mark_count)
        status = kn__pickle_malformed(u, "it leaves more or less than one value");
    else if (u->at != u->end)
        status = kn__pickle_malformed(u, "bytes after it");
    else
        status = kn__unpickler_pop_value(u, &any);
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
