/* SPDX-License-Identifier: MIT */
/* What the reader and the writer of pickles share. The facts are CPython's: pickletools.py describes every opcode, and
 * Lib/pickle.py, Modules/_pickle.c and the __reduce_ex__ of datetime and decimal say what is written for which value.
 */
#ifndef KOINE_CORE_TYPE_PICKLE_H
#define KOINE_CORE_TYPE_PICKLE_H

#include <koine/any.h>

#include "type/any_node.h"

/* Every opcode of protocols 0 to 5, those that are refused included. */
#define KN__PICKLE_OPCODES(X)                                                                                          \
    X(MARK, '(')                                                                                                       \
    X(STOP, '.')                                                                                                       \
    X(POP, '0')                                                                                                        \
    X(POP_MARK, '1')                                                                                                   \
    X(DUP, '2')                                                                                                        \
    X(FLOAT, 'F')                                                                                                      \
    X(INT, 'I')                                                                                                        \
    X(BININT, 'J')                                                                                                     \
    X(BININT1, 'K')                                                                                                    \
    X(LONG, 'L')                                                                                                       \
    X(BININT2, 'M')                                                                                                    \
    X(NONE, 'N')                                                                                                       \
    X(PERSID, 'P')                                                                                                     \
    X(BINPERSID, 'Q')                                                                                                  \
    X(REDUCE, 'R')                                                                                                     \
    X(STRING, 'S')                                                                                                     \
    X(BINSTRING, 'T')                                                                                                  \
    X(SHORT_BINSTRING, 'U')                                                                                            \
    X(UNICODE, 'V')                                                                                                    \
    X(BINUNICODE, 'X')                                                                                                 \
    X(APPEND, 'a')                                                                                                     \
    X(BUILD, 'b')                                                                                                      \
    X(GLOBAL, 'c')                                                                                                     \
    X(DICT, 'd')                                                                                                       \
    X(EMPTY_DICT, '}')                                                                                                 \
    X(APPENDS, 'e')                                                                                                    \
    X(GET, 'g')                                                                                                        \
    X(BINGET, 'h')                                                                                                     \
    X(INST, 'i')                                                                                                       \
    X(LONG_BINGET, 'j')                                                                                                \
    X(LIST, 'l')                                                                                                       \
    X(EMPTY_LIST, ']')                                                                                                 \
    X(OBJ, 'o')                                                                                                        \
    X(PUT, 'p')                                                                                                        \
    X(BINPUT, 'q')                                                                                                     \
    X(LONG_BINPUT, 'r')                                                                                                \
    X(SETITEM, 's')                                                                                                    \
    X(TUPLE, 't')                                                                                                      \
    X(EMPTY_TUPLE, ')')                                                                                                \
    X(SETITEMS, 'u')                                                                                                   \
    X(BINFLOAT, 'G')                                                                                                   \
    X(PROTO, 0x80)                                                                                                     \
    X(NEWOBJ, 0x81)                                                                                                    \
    X(EXT1, 0x82)                                                                                                      \
    X(EXT2, 0x83)                                                                                                      \
    X(EXT4, 0x84)                                                                                                      \
    X(TUPLE1, 0x85)                                                                                                    \
    X(TUPLE2, 0x86)                                                                                                    \
    X(TUPLE3, 0x87)                                                                                                    \
    X(NEWTRUE, 0x88)                                                                                                   \
    X(NEWFALSE, 0x89)                                                                                                  \
    X(LONG1, 0x8a)                                                                                                     \
    X(LONG4, 0x8b)                                                                                                     \
    X(BINBYTES, 'B')                                                                                                   \
    X(SHORT_BINBYTES, 'C')                                                                                             \
    X(SHORT_BINUNICODE, 0x8c)                                                                                          \
    X(BINUNICODE8, 0x8d)                                                                                               \
    X(BINBYTES8, 0x8e)                                                                                                 \
    X(EMPTY_SET, 0x8f)                                                                                                 \
    X(ADDITEMS, 0x90)                                                                                                  \
    X(FROZENSET, 0x91)                                                                                                 \
    X(NEWOBJ_EX, 0x92)                                                                                                 \
    X(STACK_GLOBAL, 0x93)                                                                                              \
    X(MEMOIZE, 0x94)                                                                                                   \
    X(FRAME, 0x95)                                                                                                     \
    X(BYTEARRAY8, 0x96)                                                                                                \
    X(NEXT_BUFFER, 0x97)                                                                                               \
    X(READONLY_BUFFER, 0x98)

enum kn__pickle_opcode {
#define KN_X(name, byte) KN__OP_##name = (byte),
    KN__PICKLE_OPCODES(KN_X)
#undef KN_X
};

#define KN__PICKLE_PROTOCOL_MAX 5 /* read */
#define KN__PICKLE_PROTOCOL 4     /* written */

/* The limits with their defaults filled in. KN_INVALID: size_ not set, depth over 1000. */
kn_status kn__pickle_limits_of(const kn_pickle_limits *given, kn_pickle_limits *out, kn_error *error);

/* Steps of limb arithmetic that one pickle may cost in turning integers from binary to decimal or back, which is
 * quadratic in their size: some seconds, one integer of 400000 digits. */
#define KN__PICKLE_WORK_MAX UINT64_C(1000000000)

/* Adds the cost of converting an integer of that many bytes to *work; false when that is too much. */
bool kn__pickle_afford_int(uint64_t *work, size_t bytes);

/* LONG1, LONG4: little-endian two's complement to decimal text, "-" and all, at the end of `room`, whose size must be
 * kn__pickle_int_room(size); returns the text. */
kn_text kn__pickle_int_read(const unsigned char *bytes, size_t size, void *room);
size_t kn__pickle_int_room(size_t size);

/* And back: bytes as few as can be, at the start of `room` of kn__pickle_int_bytes(digits) bytes, aligned for
 * uint32_t; returns how many. */
size_t kn__pickle_int_write(kn_text digits, void *room);
size_t kn__pickle_int_bytes(kn_text digits);

/* The names a pickle may hold, and what calling each builds from checked arguments. */
typedef struct kn__pickle_name {
    const char *module, *name;
    /* `arguments` is a TUPLE. */
    kn_status (*call)(const struct kn__pickle_name *name, kn_arena *arena, const kn_any *arguments, const kn_any **out,
                      kn_error *error);
    kn_any_kind kind; /* of what is built */
    uint32_t zero_;
} kn__pickle_name;

/* NULL when it is not in the table. */
const kn__pickle_name *kn__pickle_name_find(kn_text module, kn_text name);

/* The first name that builds this kind: what the writer writes. There must be one. */
const kn__pickle_name *kn__pickle_name_of_kind(kn_any_kind kind);

/* The first name of a module that is in the table. */
const kn__pickle_name *kn__pickle_name_of_module(const char *module);

/* kn__any_make_items with the reason in words. */
kn_status kn__pickle_make(kn_any_kind kind, kn_arena *arena, const kn_any *const *items, size_t count,
                          const kn_any **out, kn_error *error);

/* Fixed-size states of datetime, big-endian as CPython packs them; returns the bytes of the state. */
#define KN__PICKLE_STATE_MAX 10
size_t kn__pickle_state(const kn_any *any, unsigned char state[KN__PICKLE_STATE_MAX]);

#endif
