/* SPDX-License-Identifier: MIT */
/* The opcodes of containers, of the stack and the memo, and of names. */
#include "base/utf8.h"
#include "type/pickle_opcode.h"

typedef kn__unpickler unpickler;
typedef kn__opcode opcode;

/* Containers */

kn_status kn__pickle_run_empty(unpickler *u, const opcode *op)
{
    kn__open_items *open = NULL;
    if (op->kind == KN_ANY_TUPLE)
        return kn__unpickler_close(u, KN_ANY_TUPLE, u->depth);
    return kn__unpickler_open(u, (kn_any_kind)op->kind, &open);
}

/* TUPLE1 to TUPLE3 */
kn_status kn__pickle_run_small_tuple(unpickler *u, const opcode *op)
{
    kn__slot *first = NULL;
    kn_status status = kn__unpickler_peek(u, op->width - 1u, &first);
    return status == KN_OK ? kn__unpickler_close(u, KN_ANY_TUPLE, u->depth - op->width) : status;
}

kn_status kn__pickle_run_marked(unpickler *u, const opcode *op)
{
    size_t first = 0;
    kn_status status = kn__unpickler_pop_mark(u, &first);
    return status == KN_OK ? kn__unpickler_close(u, (kn_any_kind)op->kind, first) : status;
}

static kn_status fill(unpickler *u, kn__open_items *target, size_t first)
{
    if (target->kind == KN_ANY_DICT && (u->depth - first) % 2)
        return kn__pickle_malformed(u, "a dict with a key that has no value");
    return kn__unpickler_fill(u, target, first);
}

/* LIST and DICT of protocol 0 */
kn_status kn__pickle_run_marked_open(unpickler *u, const opcode *op)
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
        return kn__pickle_malformed(u, "items for what is no such container");
    return fill(u, target->as.open, first);
}

/* APPEND, SETITEM */
kn_status kn__pickle_run_fill_one(unpickler *u, const opcode *op)
{
    kn__slot *first = NULL;
    kn_status status = kn__unpickler_peek(u, op->width, &first);
    return status == KN_OK ? fill_below(u, op, u->depth - op->width) : status;
}

/* APPENDS, SETITEMS, ADDITEMS */
kn_status kn__pickle_run_fill(unpickler *u, const opcode *op)
{
    size_t first = 0;
    kn_status status = kn__unpickler_pop_mark(u, &first);
    return status == KN_OK ? fill_below(u, op, first) : status;
}

/* The stack and the memo */

kn_status kn__pickle_run_mark(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_push_mark(u);
}

/* A mark that is on top goes too, as in CPython. */
kn_status kn__pickle_run_pop(unpickler *u, const opcode *op)
{
    kn__slot slot;
    size_t first = 0;
    (void)op;
    if (u->mark_count && u->marks[u->mark_count - 1] == u->depth)
        return kn__unpickler_pop_mark(u, &first);
    return kn__unpickler_pop(u, &slot);
}

kn_status kn__pickle_run_pop_mark(unpickler *u, const opcode *op)
{
    (void)op;
    return kn__unpickler_pop_mark(u, &u->depth);
}

kn_status kn__pickle_run_dup(unpickler *u, const opcode *op)
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
        return kn__pickle_take_number(u, op->width, out);
    kn_status status = kn__pickle_take_line(u, &line);
    if (status != KN_OK)
        return status;
    if (!kn__pickle_is_int_text(line) || line.data[0] == '-' || line.size > 18)
        return kn__pickle_malformed(u, "a memo index that is no number");
    *out = 0;
    for (size_t i = 0; i < line.size; i++)
        *out = *out * 10 + (uint64_t)(line.data[i] - '0');
    return KN_OK;
}

kn_status kn__pickle_run_put(unpickler *u, const opcode *op)
{
    uint64_t index = 0;
    kn_status status = take_index(u, op, &index);
    return status == KN_OK ? kn__unpickler_memo_put(u, index) : status;
}

kn_status kn__pickle_run_get(unpickler *u, const opcode *op)
{
    uint64_t index = 0;
    kn_status status = take_index(u, op, &index);
    return status == KN_OK ? kn__unpickler_memo_get(u, index) : status;
}

kn_status kn__pickle_run_memoize(unpickler *u, const opcode *op)
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

kn_status kn__pickle_run_global(unpickler *u, const opcode *op)
{
    kn_text module, name;
    kn_status status = kn__pickle_take_line(u, &module);
    (void)op;
    if (status == KN_OK)
        status = kn__pickle_take_line(u, &name);
    return status == KN_OK ? push_name(u, module, name) : status;
}

kn_status kn__pickle_run_stack_global(unpickler *u, const opcode *op)
{
    const kn_any *name = NULL, *module = NULL;
    kn_text name_text, module_text;
    kn_status status = kn__unpickler_pop_value(u, &name);
    (void)op;
    if (status == KN_OK)
        status = kn__unpickler_pop_value(u, &module);
    if (status != KN_OK)
        return status;
    if (!kn_any_get_str(name, &name_text) || !kn_any_get_str(module, &module_text))
        return kn__pickle_malformed(u, "a name that is no str");
    return push_name(u, module_text, name_text);
}

kn_status kn__pickle_run_reduce(unpickler *u, const opcode *op)
{
    const kn_any *arguments = NULL, *any = NULL;
    kn__slot callee;
    kn_status status = kn__unpickler_pop_value(u, &arguments);
    (void)op;
    if (status == KN_OK)
        status = kn__unpickler_pop(u, &callee);
    if (status != KN_OK)
        return status;
    if (callee.kind != KN__SLOT_NAME || kn_any_kind_of(arguments) != KN_ANY_TUPLE)
        return kn__pickle_malformed(u, "a call of what is no name, or with what is no tuple");
    const kn_any *first = kn_any_item(arguments, 0);
    size_t size = !first ? 0 : first->kind == KN_ANY_STR ? first->as.size : 64 * kn_any_count(first);
    status = kn__unpickler_afford(u, sizeof(kn__any_items) + 2 * sizeof(kn_any) + size);
    if (status == KN_OK)
        status = callee.as.name->call(callee.as.name, u->arena, arguments, &any, u->error);
    return status == KN_OK ? kn__unpickler_push_any(u, any) : status;
}
