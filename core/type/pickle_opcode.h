/* SPDX-License-Identifier: MIT */
/* The families of opcodes that the reader knows: what stands in its table. */
#ifndef KOINE_CORE_TYPE_PICKLE_OPCODE_H
#define KOINE_CORE_TYPE_PICKLE_OPCODE_H

#include "type/pickle_stack.h"

typedef struct kn__opcode {
    const char *name;
    kn_status (*run)(kn__unpickler *u, const struct kn__opcode *op); /* NULL: refused */
    uint8_t kind;                                                    /* kn_any_kind that it makes or fills */
    uint8_t width; /* bytes of the number that follows; values that it takes; 1 for true */
} kn__opcode;

typedef kn_status kn__pickle_run(kn__unpickler *u, const kn__opcode *op);

/* Scalars: pickle_scalars.c */
kn__pickle_run kn__pickle_run_none, kn__pickle_run_bool, kn__pickle_run_binint, kn__pickle_run_int, kn__pickle_run_long,
    kn__pickle_run_binary_long, kn__pickle_run_float, kn__pickle_run_binfloat, kn__pickle_run_sized,
    kn__pickle_run_unicode;

/* Containers, the stack and the memo, names: pickle_values.c */
kn__pickle_run kn__pickle_run_empty, kn__pickle_run_small_tuple, kn__pickle_run_marked, kn__pickle_run_marked_open,
    kn__pickle_run_fill_one, kn__pickle_run_fill, kn__pickle_run_mark, kn__pickle_run_pop, kn__pickle_run_pop_mark,
    kn__pickle_run_dup, kn__pickle_run_put, kn__pickle_run_get, kn__pickle_run_memoize, kn__pickle_run_global,
    kn__pickle_run_stack_global, kn__pickle_run_reduce;

kn_status kn__pickle_malformed(kn__unpickler *u, const char *what);

/* Operands: KN_MALFORMED when they are cut short. A number is little-endian and unsigned, as all but BINFLOAT are. */
kn_status kn__pickle_take(kn__unpickler *u, uint64_t size, const unsigned char **out);
kn_status kn__pickle_take_number(kn__unpickler *u, size_t width, uint64_t *out);

/* Up to the next newline, which goes too. */
kn_status kn__pickle_take_line(kn__unpickler *u, kn_text *out);

/* [-]digits as CPython writes them: no leading zeros. */
bool kn__pickle_is_int_text(kn_text text);

#endif
