/* SPDX-License-Identifier: MIT */
/* The machine that a pickle is a program for: a stack with marks, a memo, and containers that still grow.
 *
 * A list, dict or set is open from the opcode that makes it until something uses it; then it is made for good, and a
 * later change is refused. CPython writes the content of a container before anything refers to it, unless it contains
 * itself: so nothing else is lost, and no value can ever contain itself. */
#ifndef KOINE_CORE_TYPE_PICKLE_STACK_H
#define KOINE_CORE_TYPE_PICKLE_STACK_H

#include "type/pickle.h"

typedef enum kn__slot_kind {
    KN__SLOT_EMPTY = 0, /* of the memo only */
    KN__SLOT_VALUE,
    KN__SLOT_OPEN,
    KN__SLOT_NAME,
} kn__slot_kind;

typedef struct kn__open_items {
    kn_any_kind kind;
    uint32_t zero_;
    const kn_any *done; /* NULL while it is open */
    const kn_any **item;
    size_t count, room; /* pointers: two a pair of a dict */
} kn__open_items;

typedef struct kn__slot {
    kn__slot_kind kind;
    uint32_t zero_;
    union {
        const kn_any *any;
        kn__open_items *open;
        const kn__pickle_name *name;
    } as;
} kn__slot;

typedef struct kn__unpickler {
    const unsigned char *start, *at, *end;
    const unsigned char *frame_end; /* of the frame that was last opened; `start` before the first */
    kn_arena *arena;                /* of the values */
    size_t arena_used;              /* before the first */
    kn_arena scratch;               /* of open containers */
    const kn_allocator *allocator;
    kn_pickle_limits limits;
    kn__slot *stack;
    size_t depth, stack_room;
    size_t *marks; /* depths of the stack */
    size_t mark_count, mark_room;
    kn__slot *memo;
    size_t memo_size, memo_room; /* slots, used or not */
    size_t memo_count;           /* used */
    void *room;                  /* of conversions */
    size_t room_size;
    uint64_t work; /* see kn__pickle_afford_int */
    kn_error *error;
} kn__unpickler;

void kn__unpickler_init(kn__unpickler *u, kn_bytes pickle, const kn_pickle_limits *limits, kn_arena *arena,
                        kn_error *error);
void kn__unpickler_finish(kn__unpickler *u);

/* KN_LIMIT when `size` more bytes would pass limits.memory. To be asked before what follows the size of the pickle. */
kn_status kn__unpickler_afford(kn__unpickler *u, size_t size);

/* u->room with at least `size` bytes. */
kn_status kn__unpickler_room(kn__unpickler *u, size_t size);

kn_status kn__unpickler_push(kn__unpickler *u, kn__slot slot);

/* `any` == NULL: memory was out. */
kn_status kn__unpickler_push_any(kn__unpickler *u, const kn_any *any);
kn_status kn__unpickler_push_mark(kn__unpickler *u);

/* The slot `below` places under the top, which must lie above the last mark. */
kn_status kn__unpickler_peek(kn__unpickler *u, size_t below, kn__slot **out);
kn_status kn__unpickler_pop(kn__unpickler *u, kn__slot *out);

/* Takes the last mark away; *first is the depth it stood at, what is above it stays on the stack. */
kn_status kn__unpickler_pop_mark(kn__unpickler *u, size_t *first);

/* The value in a slot; an open container is made for good. KN_UNSUPPORTED for a name. */
kn_status kn__unpickler_value(kn__unpickler *u, const kn__slot *slot, const kn_any **out);

/* The two in one. */
kn_status kn__unpickler_pop_value(kn__unpickler *u, const kn_any **out);

/* A new empty container that is open. */
kn_status kn__unpickler_open(kn__unpickler *u, kn_any_kind kind, kn__open_items **out);

/* Moves the values from depth `first` up into the open container in `target`; the stack ends there after. */
kn_status kn__unpickler_fill(kn__unpickler *u, kn__open_items *target, size_t first);

/* Makes the values from depth `first` up into a TUPLE or FROZENSET, which takes their place. */
kn_status kn__unpickler_close(kn__unpickler *u, kn_any_kind kind, size_t first);

kn_status kn__unpickler_memo_put(kn__unpickler *u, uint64_t index);
kn_status kn__unpickler_memo_get(kn__unpickler *u, uint64_t index);

#endif
