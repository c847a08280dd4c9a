/* SPDX-License-Identifier: MIT */
/* koine/base.h - what every other header stands on: visibility, version, counted text and bytes.
 *
 * Conventions of the whole API:
 *   - a returned pointer is borrowed from the argument it was asked of; a value through `T **out` is yours, and NULL on
 *     failure;
 *   - create/destroy allocate, init/finish do not; every destroyer takes NULL;
 *   - a call that can fail returns kn_status and takes a caller-owned `kn_error *` (may be NULL) as its last parameter;
 *   - nothing here writes to stdio, installs a signal handler, starts a thread or keeps a thread-local error. */
#ifndef KOINE_BASE_H
#define KOINE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KN_VERSION_MAJOR 0
#define KN_VERSION_MINOR 1
#define KN_VERSION_PATCH 0
#define KN_VERSION_STRING "0.1.0"

#if defined(__GNUC__)
#define KN_API __attribute__((visibility("default")))
#define KN_MUST_CHECK __attribute__((warn_unused_result))
#define KN_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define KN_API
#define KN_MUST_CHECK
#define KN_PRINTF(string, first)
#endif

#ifdef __cplusplus
#define KN_BEGIN_DECLS extern "C" {
#define KN_END_DECLS }
#else
#define KN_BEGIN_DECLS
#define KN_END_DECLS
#endif

/* A layout that may never have bytes the compiler adds at the end: a new member must change sizeof. C only. */
#ifdef __cplusplus
#define KN_NO_TAIL_PADDING(T, last, last_type)
#else
#define KN_NO_TAIL_PADDING(T, last, last_type)                                                                         \
    _Static_assert(sizeof(T) == offsetof(T, last) + sizeof(last_type),                                                 \
                   #T ": no tail padding, new members must change sizeof")
#endif

#define KN_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

KN_BEGIN_DECLS

/* Text: UTF-8, counted, not necessarily NUL-ended unless a call says so. data == NULL is "no text" (NULL), "" is
 * {non-NULL, 0}. */
typedef struct kn_text {
    const char *data;
    size_t size; /* bytes */
} kn_text;

/* Bytes: any content. data == NULL is "no bytes" (NULL), empty bytes are {non-NULL, 0}. */
typedef struct kn_bytes {
    const void *data;
    size_t size;
} kn_bytes;

/* Wraps a NUL-ended string; NULL gives {NULL, 0}. Borrowed: lives as long as `s`. */
KN_API kn_text kn_text_of(const char *s);

/* Bytewise equality; two NULL texts are equal, NULL and "" are not. */
KN_API bool kn_text_equal(kn_text a, kn_text b);

/* "0.1.0", of the library that is loaded (KN_VERSION_STRING is of the header that was compiled). Static. */
KN_API const char *kn_version(void);

KN_END_DECLS
#endif
