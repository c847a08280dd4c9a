/* SPDX-License-Identifier: MIT */
/* Between the members of a struct and values. These run for every value of every row: a statement chooses its functions
 * once (kn__member_loader, kn__member_storer) and then calls them. They read only the members of kn_column that every
 * header has had, so a column may come from kn_model_column(). */
#ifndef KOINE_CORE_MODEL_MAPPING_H
#define KOINE_CORE_MODEL_MAPPING_H

#include <koine/model.h>

/* The member as a value of the column's canonical kind, not yet checked against its type's domain (kn_value_check does
 * that), or
 *   KN_KIND_UNSET   kn_opt_* that is UNSET; NULL in char *, kn_text.data, kn_bytes.data, kn_any *
 *   KN_KIND_NULL    kn_opt_* that is NULL
 * (a generated key holding 0 is the caller's to know). Texts and bytes are borrowed from the object; pickles are
 * written into `arena`, which then must not be NULL. Fails with KN_INVALID (char[N] without its NUL, a state that is
 * none), KN_OUT_OF_RANGE (a constant without a label, a bool that is neither), what the codec says, KN_NOMEM. */
typedef kn_status kn__load_fn(const kn_column *column, const void *object, kn_arena *arena, kn_value *out,
                              kn_error *error);

/* The value (canonical kind and in the type's domain, or NULL) into the member.
 * With an arena, texts, bytes and digits are copied into it, texts NUL-ended: the object owns its memory. With NULL
 * they are borrowed, and a text must have its NUL at data[size], as drivers and decoders give it. Pickles and codecs
 * need an arena. KN_NULL_VALUE: NULL for a member that has none; KN_TOO_LONG: char[N]; KN_ENCODING: U+0000 for a
 * NUL-ended member; KN_OUT_OF_RANGE: a label or number that the member cannot hold; KN_INEXACT: a number that a float
 * would round; KN_INVALID: needs an arena; KN_NOMEM. On failure the member is untouched. */
typedef kn_status kn__store_fn(const kn_column *column, const kn_value *value, kn_arena *arena, void *object,
                               kn_error *error);

/* Never NULL: for a C type that is none, a function that refuses. */
kn__load_fn *kn__member_loader(uint32_t ctype);
kn__store_fn *kn__member_storer(uint32_t ctype);

static inline kn_status kn__member_load(const kn_column *column, const void *object, kn_arena *arena, kn_value *out,
                                        kn_error *error)
{
    return kn__member_loader(column->ctype)(column, object, arena, out, error);
}

static inline kn_status kn__member_store(const kn_column *column, const kn_value *value, kn_arena *arena, void *object,
                                         kn_error *error)
{
    return kn__member_storer(column->ctype)(column, value, arena, object, error);
}

/* Does storing the column need an arena, whatever the value? Does keeping what it stored? */
bool kn__member_needs_arena(const kn_column *column);
bool kn__member_owns_memory(const kn_column *column);

/* Sizes and alignment of a member of the C type; 0 for char[N], structs and what is none. */
size_t kn__ctype_size(uint32_t ctype);
/* "kn_opt_int64", for messages. Static. */
const char *kn__ctype_name(uint32_t ctype);

/* Add the table, and the column, to an error about them; return the status that came in. */
kn_status kn__model_failed(const kn_model *model, kn_status status, kn_error *error);
kn_status kn__member_failed(const kn_model *model, const kn_column *column, kn_status status, kn_error *error);

#endif
