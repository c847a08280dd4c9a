/* SPDX-License-Identifier: MIT */
/* Protocol 4 as CPython's C pickler writes it: the same opcodes, memo and frames. Only ints past 64 bits are memoised
 * too, which CPython does not, so that a shared one is written once. */
#include <string.h>

#include "base/buffer.h"
#include "base/checked.h"
#include "type/double.h"
#include "type/pickle.h"

#define FRAME_HEADER 9
#define FRAME_MIN 4
#define FRAME_TARGET ((size_t)64 * 1024)
#define BATCH 1000
#define NO_FRAME SIZE_MAX
#define FIRST_MEMO ((size_t)64)

/* What was written, by address; a name is one of the closed table or one of its two texts. */
typedef struct memo_entry {
    const void *key; /* NULL: free */
    size_t index;
} memo_entry;

typedef struct pickler {
    kn__buffer out;
    size_t frame; /* where its header starts, NO_FRAME between frames */
    memo_entry *memo;
    size_t memo_count, memo_room; /* room: 0 or a power of two */
    kn_pickle_limits limits;
    const kn_allocator *allocator;
    uint64_t work;
    kn_status status; /* sticky, beside the buffer's own */
} pickler;

/* Frames */

static void put_le(char *at, uint64_t number, size_t width)
{
    for (size_t i = 0; i < width; i++)
        at[i] = (char)(number >> 8 * i);
}

static void end_frame(pickler *p)
{
    if (p->frame == NO_FRAME || p->out.status != KN_OK)
        return;
    size_t body = p->out.size - p->frame - FRAME_HEADER;
    char *header = p->out.data + p->frame;
    if (body >= FRAME_MIN) {
        header[0] = (char)KN__OP_FRAME;
        put_le(header + 1, body, 8);
    } else {
        memmove(header, header + FRAME_HEADER, body);
        kn__buffer_truncate(&p->out, p->out.size - FRAME_HEADER);
    }
    p->frame = NO_FRAME;
}

/* Between two values. */
static void turn_frame(pickler *p)
{
    if (p->frame != NO_FRAME && p->out.size - p->frame - FRAME_HEADER >= FRAME_TARGET)
        end_frame(p);
}

static void put(pickler *p, const void *data, size_t size)
{
    if (p->frame == NO_FRAME) {
        p->frame = p->out.size;
        (void)kn__buffer_extend(&p->out, FRAME_HEADER);
    }
    kn__buffer_append(&p->out, data, size);
}

static void put_op(pickler *p, enum kn__pickle_opcode op)
{
    unsigned char byte = (unsigned char)op;
    put(p, &byte, 1);
}

/* An opcode and a number of `width` bytes. */
static void put_numbered(pickler *p, enum kn__pickle_opcode op, uint64_t number, size_t width)
{
    char bytes[9] = {(char)op};
    put_le(bytes + 1, number, width);
    put(p, bytes, 1 + width);
}

/* The same and that many bytes. Large ones stand outside of frames. */
static void put_sized(pickler *p, enum kn__pickle_opcode op, size_t width, const void *data, size_t size)
{
    char bytes[9] = {(char)op};
    if (size < FRAME_TARGET) {
        put_numbered(p, op, size, width);
        put(p, data, size);
        return;
    }
    end_frame(p);
    put_le(bytes + 1, size, width);
    kn__buffer_append(&p->out, bytes, 1 + width);
    kn__buffer_append(&p->out, data, size);
}

/* The memo */

static size_t find_place(const pickler *p, const void *key)
{
    size_t mask = p->memo_room - 1;
    size_t at = (size_t)((uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;
    while (p->memo[at].key && p->memo[at].key != key)
        at = (at + 1) & mask;
    return at;
}

static bool grow_memo(pickler *p)
{
    memo_entry *old = p->memo;
    size_t old_room = p->memo_room, room = old_room ? 2 * old_room : FIRST_MEMO, bytes = 0;
    memo_entry *grown = NULL;
    if (kn__size_mul(room, sizeof *grown, &bytes))
        grown = p->allocator->resize(p->allocator->context, NULL, 0, bytes);
    if (!grown) {
        p->status = KN_NOMEM;
        return false;
    }
    memset(grown, 0, bytes);
    p->memo = grown;
    p->memo_room = room;
    for (size_t i = 0; i < old_room; i++) {
        if (old[i].key)
            grown[find_place(p, old[i].key)] = old[i];
    }
    if (old)
        p->allocator->resize(p->allocator->context, old, old_room * sizeof *old, 0);
    return true;
}

/* Past the limit nothing more is memoised: what is shared is written again, and the limit on bytes holds. */
static void memoize(pickler *p, const void *key)
{
    if (p->memo_count >= p->limits.memo)
        return;
    if (2 * p->memo_count >= p->memo_room && !grow_memo(p))
        return;
    p->memo[find_place(p, key)] = (memo_entry){.key = key, .index = p->memo_count++};
    put_op(p, KN__OP_MEMOIZE);
}

/* Writes a reference when `key` was written before. */
static bool put_known(pickler *p, const void *key)
{
    if (!p->memo_room)
        return false;
    const memo_entry *entry = &p->memo[find_place(p, key)];
    if (!entry->key)
        return false;
    bool small = entry->index <= UINT8_MAX;
    put_numbered(p, small ? KN__OP_BINGET : KN__OP_LONG_BINGET, entry->index, small ? 1 : 4);
    return true;
}

/* Scalars */

static void write_int(pickler *p, int64_t i)
{
    if (i >= 0 && i <= UINT8_MAX) {
        put_numbered(p, KN__OP_BININT1, (uint64_t)i, 1);
    } else if (i >= 0 && i <= UINT16_MAX) {
        put_numbered(p, KN__OP_BININT2, (uint64_t)i, 2);
    } else if (i >= INT32_MIN && i <= INT32_MAX) {
        put_numbered(p, KN__OP_BININT, (uint64_t)i, 4);
    } else {
        char bytes[2 + 8] = {(char)KN__OP_LONG1};
        size_t size = 5;
        while (size < 8 && (i >> (8 * size - 1)) != 0 && (i >> (8 * size - 1)) != -1)
            size++;
        bytes[1] = (char)size;
        put_le(bytes + 2, (uint64_t)i, size);
        put(p, bytes, 2 + size);
    }
}

static void write_bigint(pickler *p, const kn_any *any)
{
    kn_text digits = {kn__any_as_text(any)->data, any->as.size};
    size_t room_size = kn__pickle_int_bytes(digits);
    if (!kn__pickle_afford_int(&p->work, room_size)) {
        p->status = KN_LIMIT;
        return;
    }
    void *room = p->allocator->resize(p->allocator->context, NULL, 0, room_size);
    if (!room) {
        p->status = KN_NOMEM;
        return;
    }
    size_t size = kn__pickle_int_write(digits, room);
    bool small = size <= UINT8_MAX;
    put_numbered(p, small ? KN__OP_LONG1 : KN__OP_LONG4, size, small ? 1 : 4);
    put(p, room, size);
    p->allocator->resize(p->allocator->context, room, room_size, 0);
    memoize(p, any);
}

static void write_float(pickler *p, double d)
{
    char bytes[9] = {(char)KN__OP_BINFLOAT};
    uint64_t bits = kn__double_bits(d);
    for (size_t i = 8; i > 0; i--, bits >>= 8)
        bytes[i] = (char)bits;
    put(p, bytes, sizeof bytes);
}

static void write_text(pickler *p, const char *data, size_t size)
{
    if (size <= UINT8_MAX)
        put_sized(p, KN__OP_SHORT_BINUNICODE, 1, data, size);
    else if (size <= UINT32_MAX)
        put_sized(p, KN__OP_BINUNICODE, 4, data, size);
    else
        put_sized(p, KN__OP_BINUNICODE8, 8, data, size);
}

static void write_bytes(pickler *p, const void *data, size_t size)
{
    if (size <= UINT8_MAX)
        put_sized(p, KN__OP_SHORT_BINBYTES, 1, data, size);
    else if (size <= UINT32_MAX)
        put_sized(p, KN__OP_BINBYTES, 4, data, size);
    else
        put_sized(p, KN__OP_BINBYTES8, 8, data, size);
}

/* A name is memoised with its module, which is shared by all its names, and its own text, as CPython's strings are.
 * Each has the address of one member, since that of the first one is that of the whole too. */
static void write_name(pickler *p, const kn__pickle_name *name)
{
    const kn__pickle_name *first = kn__pickle_name_of_module(name->module);
    turn_frame(p);
    if (put_known(p, &name->call))
        return;
    if (!put_known(p, &first->module)) {
        write_text(p, name->module, strlen(name->module));
        memoize(p, &first->module);
    }
    write_text(p, name->name, strlen(name->name));
    memoize(p, &name->name);
    put_op(p, KN__OP_STACK_GLOBAL);
    memoize(p, &name->call);
}

/* The arguments of a call are memoised too. Nothing refers to them, but they take an index: each its own address. */
static const void *part_of(const kn_any *any, size_t part)
{
    return (const char *)any + part;
}

static void write_state(pickler *p, const kn_any *any)
{
    unsigned char state[KN__PICKLE_STATE_MAX];
    size_t size = kn__pickle_state(any, state);
    write_bytes(p, state, size);
    memoize(p, part_of(any, 1));
}

static void write_decimal(pickler *p, const kn_any *any)
{
    char room[KN__DECIMAL_ROOM];
    kn__any_decimal_text text = kn__any_decimal_text_of(&kn__any_as_decimal(any)->value, room);
    size_t size = 0;
    for (size_t i = 0; i < text.count; i++)
        size += text.part[i].size;
    bool small = size <= UINT8_MAX;
    put_numbered(p, small ? KN__OP_SHORT_BINUNICODE : KN__OP_BINUNICODE, size, small ? 1 : 4);
    for (size_t i = 0; i < text.count; i++)
        put(p, text.part[i].data, text.part[i].size);
    memoize(p, part_of(any, 1));
}

static void write_span(pickler *p, const kn_any *any)
{
    kn__any_span span = kn__any_span_of(any->as.i);
    write_int(p, span.days);
    write_int(p, span.seconds);
    write_int(p, span.microseconds);
}

/* DATE to DECIMAL: a name called with its arguments. */
static void write_call(pickler *p, const kn_any *any)
{
    kn_any_kind kind = (kn_any_kind)any->kind;
    write_name(p, kn__pickle_name_of_kind(kind));
    turn_frame(p);
    if (kind == KN_ANY_DECIMAL)
        write_decimal(p, any);
    else if (kind == KN_ANY_TIMEDELTA)
        write_span(p, any);
    else
        write_state(p, any);
    put_op(p, kind == KN_ANY_TIMEDELTA ? KN__OP_TUPLE3 : KN__OP_TUPLE1);
    memoize(p, part_of(any, 2));
    put_op(p, KN__OP_REDUCE);
    memoize(p, any);
}

/* What CPython memoises. */
static void write_long_scalar(pickler *p, const kn_any *any)
{
    if (put_known(p, any))
        return;
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_STR:
        write_text(p, kn__any_as_text(any)->data, any->as.size);
        memoize(p, any);
        break;
    case KN_ANY_BYTES:
        write_bytes(p, kn__any_as_text(any)->data, any->as.size);
        memoize(p, any);
        break;
    case KN_ANY_BIGINT:
        write_bigint(p, any);
        break;
    default:
        write_call(p, any);
        break;
    }
}

/* Out of line, so that its room is not taken again at each level of nesting. */
__attribute__((noinline)) static void write_scalar(pickler *p, const kn_any *any)
{
    switch ((kn_any_kind)any->kind) {
    case KN_ANY_NONE:
        put_op(p, KN__OP_NONE);
        break;
    case KN_ANY_BOOL:
        put_op(p, any->flags & KN__ANY_TRUE ? KN__OP_NEWTRUE : KN__OP_NEWFALSE);
        break;
    case KN_ANY_INT:
        write_int(p, any->as.i);
        break;
    case KN_ANY_FLOAT:
        write_float(p, any->as.d);
        break;
    default:
        write_long_scalar(p, any);
        break;
    }
}

/* Containers. The recursion is as deep as the value, which kn_pickle_write looked at. */

static void write_any(pickler *p, const kn_any *any);

static bool failed(const pickler *p)
{
    return p->status != KN_OK || p->out.status != KN_OK;
}

static void write_range(pickler *p, const kn_any *any, size_t from, size_t to)
{
    const kn__any_items *items = kn__any_as_items(any);
    for (size_t i = from; i < to && !failed(p); i++)
        write_any(p, items->item[i]);
}

static void write_tuple(pickler *p, const kn_any *any)
{
    static const enum kn__pickle_opcode small[] = {KN__OP_EMPTY_TUPLE, KN__OP_TUPLE1, KN__OP_TUPLE2, KN__OP_TUPLE3};
    size_t count = any->as.count;
    bool marked = count >= KN_COUNT_OF(small);
    if (marked)
        put_op(p, KN__OP_MARK);
    write_range(p, any, 0, count);
    put_op(p, marked ? KN__OP_TUPLE : small[count]);
    if (count)
        memoize(p, any);
}

static void write_frozenset(pickler *p, const kn_any *any)
{
    put_op(p, KN__OP_MARK);
    write_range(p, any, 0, any->as.count);
    put_op(p, KN__OP_FROZENSET);
    memoize(p, any);
}

typedef struct batches {
    enum kn__pickle_opcode empty, one, many; /* one: MARK where there is no opcode for a single item */
    bool empty_tail;                         /* CPython ends these with an empty batch after a full one */
} batches;

/* A container that is made empty, memoised, and then filled in batches. */
static void write_batches(pickler *p, const kn_any *any, const batches *as)
{
    size_t step = any->kind == KN_ANY_DICT ? 2 : 1, count = any->as.count, at = 0;
    put_op(p, as->empty);
    memoize(p, any);
    if (count == 1 && as->one != KN__OP_MARK) {
        write_range(p, any, 0, step);
        put_op(p, as->one);
        return;
    }
    for (bool more = count != 0; more && !failed(p);) {
        size_t batch = count - at < BATCH ? count - at : BATCH;
        put_op(p, KN__OP_MARK);
        write_range(p, any, at * step, (at + batch) * step);
        put_op(p, as->many);
        at += batch;
        more = at < count || (as->empty_tail && batch == BATCH);
    }
}

static void write_container(pickler *p, const kn_any *any)
{
    static const batches list = {KN__OP_EMPTY_LIST, KN__OP_APPEND, KN__OP_APPENDS, false};
    static const batches dict = {KN__OP_EMPTY_DICT, KN__OP_SETITEM, KN__OP_SETITEMS, true};
    static const batches set = {KN__OP_EMPTY_SET, KN__OP_MARK, KN__OP_ADDITEMS, true};
    if (any->kind == KN_ANY_TUPLE)
        write_tuple(p, any);
    else if (any->kind == KN_ANY_FROZENSET)
        write_frozenset(p, any);
    else
        write_batches(p, any, any->kind == KN_ANY_LIST ? &list : any->kind == KN_ANY_DICT ? &dict : &set);
}

static void write_any(pickler *p, const kn_any *any)
{
    turn_frame(p);
    if (!kn__any_is_container(any))
        write_scalar(p, any);
    else if (!put_known(p, any))
        write_container(p, any);
}

static void write_whole(pickler *p, const kn_any *any)
{
    static const unsigned char proto[] = {KN__OP_PROTO, KN__PICKLE_PROTOCOL};
    kn__buffer_append(&p->out, proto, sizeof proto);
    write_any(p, any);
    put_op(p, KN__OP_STOP);
    end_frame(p);
}

static kn_status status_of(const pickler *p, kn_error *error)
{
    if (p->status == KN_LIMIT)
        return kn_error_set(error, KN_LIMIT, "ints of too many digits to convert");
    if (p->status != KN_OK)
        return kn_error_set(error, p->status, "no memory for the pickle");
    return kn__buffer_status(&p->out, "the pickle", error);
}

kn_status kn_pickle_write(const kn_any *any, const kn_pickle_limits *limits, kn_arena *arena, kn_bytes *out,
                          kn_error *error)
{
    pickler p = {.frame = NO_FRAME};
    kn_text text = {NULL, 0};
    *out = (kn_bytes){NULL, 0};
    kn_status status = kn__pickle_limits_of(limits, &p.limits, error);
    if (status != KN_OK)
        return status;
    if (!any)
        return kn_error_set(error, KN_NULL_VALUE, "no value to pickle");
    if (any->height > p.limits.depth)
        return kn_error_set(error, KN_LIMIT, "values nested deeper than %u", (unsigned)p.limits.depth);
    p.allocator = arena->allocator ? arena->allocator : kn_allocator_default();
    kn__buffer_init(&p.out, p.allocator, p.limits.bytes);
    write_whole(&p, any);
    status = status_of(&p, error);
    if (status == KN_OK)
        status = kn__buffer_copy(&p.out, "the pickle", arena, &text, error);
    if (status == KN_OK)
        *out = (kn_bytes){text.data, text.size};
    if (p.memo)
        p.allocator->resize(p.allocator->context, p.memo, p.memo_room * sizeof *p.memo, 0);
    kn__buffer_finish(&p.out);
    return status;
}
