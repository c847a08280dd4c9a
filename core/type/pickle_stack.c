/* SPDX-License-Identifier: MIT */
#include "type/pickle_stack.h"

#include <string.h>

#include "base/checked.h"
#include "type/any_sort.h"

#define FIRST_ROOM ((size_t)16)
/* Memo indices may have gaps, which pickletools.optimize leaves, but CPython never had more of them than bytes. */
#define MEMO_ALWAYS 256

void kn__unpickler_init(kn__unpickler *u, kn_bytes pickle, const kn_pickle_limits *limits, kn_arena *arena,
                        kn_error *error)
{
    const unsigned char *start = pickle.data;
    *u = (kn__unpickler){.start = start,
                         .at = start,
                         .end = start + pickle.size,
                         .frame_end = start,
                         .arena = arena,
                         .arena_used = arena->used,
                         .allocator = arena->allocator ? arena->allocator : kn_allocator_default(),
                         .limits = *limits,
                         .error = error};
    kn_arena_init(&u->scratch, u->allocator, 0);
}

static void give_back(kn__unpickler *u, void *data, size_t size)
{
    if (data)
        u->allocator->resize(u->allocator->context, data, size, 0);
}

void kn__unpickler_finish(kn__unpickler *u)
{
    give_back(u, u->stack, u->stack_room * sizeof *u->stack);
    give_back(u, u->marks, u->mark_room * sizeof *u->marks);
    give_back(u, u->memo, u->memo_room * sizeof *u->memo);
    give_back(u, u->room, u->room_size);
    kn_arena_finish(&u->scratch);
}

static kn_status no_memory(kn__unpickler *u)
{
    return kn_error_set(u->error, KN_NOMEM, "no memory for a value of a pickle");
}

kn_status kn__unpickler_afford(kn__unpickler *u, size_t size)
{
    size_t spent = u->arena->used - u->arena_used + u->scratch.used + u->room_size +
                   (u->stack_room + u->memo_room) * sizeof(kn__slot) + u->mark_room * sizeof *u->marks;
    if (spent <= u->limits.memory && size <= u->limits.memory - spent)
        return KN_OK;
    return kn_error_set(u->error, KN_LIMIT, "its values take more than the %zu bytes of memory allowed",
                        u->limits.memory);
}

/* Grows *array, of *room elements, to `needed` or more. */
static kn_status grow(kn__unpickler *u, void **array, size_t *room, size_t needed, size_t element)
{
    size_t wanted = *room ? *room : FIRST_ROOM, bytes = 0;
    while (wanted < needed && wanted <= SIZE_MAX / 2)
        wanted *= 2;
    if (wanted < needed || !kn__size_mul(wanted, element, &bytes))
        return no_memory(u);
    kn_status status = kn__unpickler_afford(u, bytes - *room * element);
    if (status != KN_OK)
        return status;
    void *grown = u->allocator->resize(u->allocator->context, *array, *room * element, bytes);
    if (!grown)
        return no_memory(u);
    *array = grown;
    *room = wanted;
    return KN_OK;
}

kn_status kn__unpickler_room(kn__unpickler *u, size_t size)
{
    return size <= u->room_size ? KN_OK : grow(u, &u->room, &u->room_size, size, 1);
}

kn_status kn__unpickler_push(kn__unpickler *u, kn__slot slot)
{
    if (u->depth == u->stack_room) {
        void *stack = u->stack;
        kn_status status = grow(u, &stack, &u->stack_room, u->depth + 1, sizeof slot);
        u->stack = stack;
        if (status != KN_OK)
            return status;
    }
    u->stack[u->depth++] = slot;
    return KN_OK;
}

kn_status kn__unpickler_push_any(kn__unpickler *u, const kn_any *any)
{
    return any ? kn__unpickler_push(u, (kn__slot){.kind = KN__SLOT_VALUE, .as = {.any = any}}) : no_memory(u);
}

kn_status kn__unpickler_push_mark(kn__unpickler *u)
{
    /* a set in an old protocol has two for one level of nesting, and no value has more than a few of its own */
    if (u->mark_count > 2 * (size_t)u->limits.depth + 8)
        return kn_error_set(u->error, KN_LIMIT, "values nested deeper than %u", (unsigned)u->limits.depth);
    if (u->mark_count == u->mark_room) {
        void *marks = u->marks;
        kn_status status = grow(u, &marks, &u->mark_room, u->mark_count + 1, sizeof *u->marks);
        u->marks = marks;
        if (status != KN_OK)
            return status;
    }
    u->marks[u->mark_count++] = u->depth;
    return KN_OK;
}

static size_t floor_of(const kn__unpickler *u)
{
    return u->mark_count ? u->marks[u->mark_count - 1] : 0;
}

kn_status kn__unpickler_peek(kn__unpickler *u, size_t below, kn__slot **out)
{
    if (u->depth - floor_of(u) <= below)
        return kn_error_set(u->error, KN_MALFORMED, "too few values on the stack");
    *out = &u->stack[u->depth - 1 - below];
    return KN_OK;
}

kn_status kn__unpickler_pop(kn__unpickler *u, kn__slot *out)
{
    kn__slot *top = NULL;
    kn_status status = kn__unpickler_peek(u, 0, &top);
    if (status != KN_OK)
        return status;
    *out = *top;
    u->depth--;
    return KN_OK;
}

kn_status kn__unpickler_pop_mark(kn__unpickler *u, size_t *first)
{
    if (!u->mark_count)
        return kn_error_set(u->error, KN_MALFORMED, "no mark on the stack");
    *first = u->marks[--u->mark_count];
    return KN_OK;
}

static kn_status check_height(kn__unpickler *u, const kn_any *any)
{
    if (any->height > u->limits.depth + KN__ANY_HEIGHT_ROOM)
        return kn_error_set(u->error, KN_LIMIT, "values nested deeper than %u", (unsigned)u->limits.depth);
    return KN_OK;
}

/* Items and head, and for what has keys their order and what sorting them takes. */
static kn_status afford_items(kn__unpickler *u, kn_any_kind kind, size_t count)
{
    size_t each = sizeof(kn_any *), keyed = sizeof(uint32_t) + 2 * sizeof(kn__sorted_key) + sizeof(uint32_t);
    if (kind != KN_ANY_LIST && kind != KN_ANY_TUPLE)
        each += kind == KN_ANY_DICT ? keyed / 2 : keyed;
    return kn__unpickler_afford(u, count <= SIZE_MAX / 128 ? count * each + sizeof(kn__any_items) : SIZE_MAX);
}

static kn_status finish_open(kn__unpickler *u, kn__open_items *open)
{
    size_t count = open->kind == KN_ANY_DICT ? open->count / 2 : open->count;
    kn_status status = afford_items(u, open->kind, open->count);
    if (status == KN_OK)
        status = kn__pickle_make(open->kind, u->arena, open->item, count, &open->done, u->error);
    return status == KN_OK ? check_height(u, open->done) : status;
}

kn_status kn__unpickler_value(kn__unpickler *u, const kn__slot *slot, const kn_any **out)
{
    kn_status status = KN_OK;
    if (slot->kind == KN__SLOT_NAME)
        return kn_error_set(u->error, KN_UNSUPPORTED, "%s.%s itself as a value", slot->as.name->module,
                            slot->as.name->name);
    if (slot->kind == KN__SLOT_VALUE) {
        *out = slot->as.any;
        return KN_OK;
    }
    if (!slot->as.open->done)
        status = finish_open(u, slot->as.open);
    *out = slot->as.open->done;
    return status;
}

kn_status kn__unpickler_pop_value(kn__unpickler *u, const kn_any **out)
{
    kn__slot slot;
    kn_status status = kn__unpickler_pop(u, &slot);
    return status == KN_OK ? kn__unpickler_value(u, &slot, out) : status;
}

kn_status kn__unpickler_open(kn__unpickler *u, kn_any_kind kind, kn__open_items **out)
{
    kn_status status = kn__unpickler_afford(u, sizeof **out);
    if (status != KN_OK)
        return status;
    kn__open_items *open = kn_arena_zalloc(&u->scratch, sizeof *open);
    if (!open)
        return no_memory(u);
    open->kind = kind;
    *out = open;
    return kn__unpickler_push(u, (kn__slot){.kind = KN__SLOT_OPEN, .as = {.open = open}});
}

static kn_status reserve(kn__unpickler *u, kn__open_items *open, size_t more)
{
    size_t needed = open->count + more, wanted = open->room ? open->room : 4;
    if (needed <= open->room)
        return KN_OK;
    while (wanted < needed)
        wanted *= 2; /* needed is at most the depth of a stack that is in memory */
    kn_status status = kn__unpickler_afford(u, wanted * sizeof *open->item);
    if (status != KN_OK)
        return status;
    const kn_any **item = kn_arena_alloc(&u->scratch, wanted * sizeof *item);
    if (!item)
        return no_memory(u);
    if (open->count)
        memcpy(item, open->item, open->count * sizeof *item);
    open->item = item;
    open->room = wanted;
    return KN_OK;
}

kn_status kn__unpickler_fill(kn__unpickler *u, kn__open_items *target, size_t first)
{
    kn_status status = reserve(u, target, u->depth - first);
    for (size_t i = first; i < u->depth && status == KN_OK; i++) {
        const kn_any *any = NULL;
        status = kn__unpickler_value(u, &u->stack[i], &any);
        /* it may have been used long ago, or just now as its own item */
        if (status == KN_OK && target->done)
            status = kn_error_set(u->error, KN_UNSUPPORTED, "a value that contains itself, or changes after its use");
        if (status == KN_OK)
            target->item[target->count++] = any;
    }
    u->depth = first;
    return status;
}

kn_status kn__unpickler_close(kn__unpickler *u, kn_any_kind kind, size_t first)
{
    size_t count = u->depth - first;
    const kn_any *any = NULL, **item;
    kn_status status = kn__unpickler_room(u, count * sizeof *item);
    if (status == KN_OK)
        status = afford_items(u, kind, count);
    item = u->room;
    for (size_t i = 0; i < count && status == KN_OK; i++)
        status = kn__unpickler_value(u, &u->stack[first + i], &item[i]);
    if (status == KN_OK)
        status = kn__pickle_make(kind, u->arena, item, count, &any, u->error);
    if (status == KN_OK)
        status = check_height(u, any);
    u->depth = first;
    return status == KN_OK ? kn__unpickler_push_any(u, any) : status;
}

kn_status kn__unpickler_memo_put(kn__unpickler *u, uint64_t index)
{
    kn__slot *top = NULL;
    kn_status status = kn__unpickler_peek(u, 0, &top);
    if (status != KN_OK)
        return status;
    if (index >= u->limits.memo)
        return kn_error_set(u->error, KN_LIMIT, "more than the %u memo entries allowed", (unsigned)u->limits.memo);
    if (index >= MEMO_ALWAYS && index > (size_t)(u->at - u->start))
        return kn_error_set(u->error, KN_LIMIT, "a memo entry far beyond the others");
    if (index >= u->memo_room) {
        void *memo = u->memo;
        status = grow(u, &memo, &u->memo_room, (size_t)index + 1, sizeof *u->memo);
        u->memo = memo;
        if (status != KN_OK)
            return status;
    }
    for (; u->memo_size <= index; u->memo_size++)
        u->memo[u->memo_size].kind = KN__SLOT_EMPTY;
    u->memo_count += u->memo[index].kind == KN__SLOT_EMPTY;
    u->memo[index] = *top;
    return KN_OK;
}

kn_status kn__unpickler_memo_get(kn__unpickler *u, uint64_t index)
{
    if (index >= u->memo_size || u->memo[index].kind == KN__SLOT_EMPTY)
        return kn_error_set(u->error, KN_MALFORMED, "no memo entry %llu", (unsigned long long)index);
    return kn__unpickler_push(u, u->memo[index]);
}
