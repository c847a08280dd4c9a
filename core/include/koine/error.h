/* SPDX-License-Identifier: MIT */
/* koine/error.h - statuses and the error object.
 *
 * One X-macro gives the enumerator, its stable number, its name and its text, so that a status without text cannot
 * exist. Numbers are append-only. */
#ifndef KOINE_ERROR_H
#define KOINE_ERROR_H

#include <koine/base.h>

#define KN_STATUS_MAP(X)                                                                                               \
    /* not errors */                                                                                                   \
    X(OK, 0, "success")                                                                                                \
    X(DONE, 1, "no more rows")                                                                                         \
    X(WAIT, 2, "the operation waits for its file descriptor; call again")                                              \
    X(NOT_FOUND, 3, "no such row or object")                                                                           \
    /* the program's own: nothing was sent */                                                                          \
    X(NOMEM, 10, "out of memory")                                                                                      \
    X(INVALID, 11, "invalid argument or declaration")                                                                  \
    X(STATE, 12, "not allowed in this state")                                                                          \
    X(MALFORMED, 13, "text that does not parse")                                                                       \
    X(ENCODING, 14, "text that is not valid UTF-8 or holds U+0000")                                                    \
    X(OUT_OF_RANGE, 15, "value outside the range of its type")                                                         \
    X(TOO_LONG, 16, "value longer than its type or buffer allows")                                                     \
    X(INEXACT, 17, "value that cannot be stored or read exactly")                                                      \
    X(TYPE_MISMATCH, 18, "value of another type than its column or parameter")                                         \
    X(NULL_VALUE, 19, "NULL where a value is needed")                                                                  \
    X(UNSUPPORTED, 20, "not supported by this backend")                                                                \
    X(LIMIT, 21, "a stated bound was reached")                                                                         \
    X(FORKED, 22, "handle of another process")                                                                         \
    X(MISUSE, 23, "a handle used by two at once or after its end")                                                     \
    /* backends and plugins */                                                                                         \
    X(NO_BACKEND, 30, "no plugin for this backend")                                                                    \
    X(PLUGIN, 31, "plugin file refused")                                                                               \
    X(ABI, 32, "plugin built for another ABI")                                                                         \
    X(INCOMPLETE, 33, "plugin lacks a part it must have")                                                              \
    /* connecting */                                                                                                   \
    X(CONNECT, 40, "cannot connect")                                                                                   \
    X(AUTH, 41, "authentication refused")                                                                              \
    X(TLS, 42, "the connection could not be secured as asked")                                                         \
    X(LINK_LOST, 43, "connection lost")                                                                                \
    X(SERVER_STATE, 44, "server in a state that cannot be used")                                                       \
    /* waiting */                                                                                                      \
    X(TIMEOUT, 50, "deadline passed")                                                                                  \
    X(CANCELLED, 51, "cancelled")                                                                                      \
    X(BUSY, 52, "locked by another")                                                                                   \
    X(DEADLOCK, 53, "deadlock")                                                                                        \
    X(SERIALIZATION, 54, "could not serialize access")                                                                 \
    X(COMMIT_UNKNOWN, 55, "the link died after COMMIT was sent: it may or may not have happened")                      \
    /* constraints */                                                                                                  \
    X(UNIQUE, 60, "unique constraint violated")                                                                        \
    X(FOREIGN_KEY, 61, "foreign key constraint violated")                                                              \
    X(NOT_NULL, 62, "not-null constraint violated")                                                                    \
    X(CHECK, 63, "check constraint violated")                                                                          \
    X(EXCLUSION, 64, "exclusion constraint violated")                                                                  \
    X(RESTRICTED, 65, "other objects depend on it")                                                                    \
    /* the server's verdicts */                                                                                        \
    X(SYNTAX, 70, "SQL that the server does not accept")                                                               \
    X(NO_SUCH, 71, "no such table, column or other database object")                                                   \
    X(EXISTS, 72, "object exists already")                                                                             \
    X(DENIED, 73, "permission denied")                                                                                 \
    X(READ_ONLY, 74, "read-only database or transaction")                                                              \
    X(FULL, 75, "disk or quota full")                                                                                  \
    X(CORRUPT, 76, "database damaged or not a database")                                                               \
    X(IO, 77, "input/output failure")                                                                                  \
    X(DATA, 78, "value the server refused")                                                                            \
    X(NOT_IN_TRANSACTION, 79, "transaction aborted or absent")                                                         \
    X(SERVER, 99, "server error outside the portable kinds: see its native code")

KN_BEGIN_DECLS

typedef enum kn_status {
#define KN_X(name, number, text) KN_##name = (number),
    KN_STATUS_MAP(KN_X)
#undef KN_X
} kn_status;

/* May I try again, and what? */
typedef enum kn_retry {
    KN_RETRY_NEVER = 0,       /* it would fail the same way, or may have happened */
    KN_RETRY_STATEMENT = 1,   /* the same statement, in the same transaction */
    KN_RETRY_TRANSACTION = 2, /* the whole transaction, from its first statement */
    KN_RETRY_CONNECTION = 3   /* the whole transaction, on another connection */
} kn_retry;

/* Did it commit? */
typedef enum kn_commit_state {
    KN_COMMIT_NOT = 0,  /* nothing of the transaction is stored */
    KN_COMMIT_OPEN = 1, /* the transaction is still open: roll back or go on */
    KN_COMMIT_LOST = 2, /* unknown: the link died after COMMIT was sent */
    KN_COMMIT_DONE = 3  /* committed; what failed came after */
} kn_commit_state;

/* Caller-owned, fixed size, no heap: failing needs no memory. Zero-initialise or let a call overwrite it; a call that
 * succeeds leaves it untouched. Texts are NUL-ended UTF-8; one that did not fit ends in "...". Never contains a bound
 * value or a password. */
typedef struct kn_error {
    int32_t status;    /* kn_status */
    int32_t native;    /* the client library's or server's own code; 0 = none */
    char sqlstate[6];  /* "" = the backend has none */
    uint8_t retry;     /* kn_retry */
    uint8_t commit;    /* kn_commit_state */
    uint32_t position; /* 1-based byte in the text that was refused (SQL, URL, literal); 0 = none */
    uint32_t zero_;
    char constraint[128]; /* name of the violated constraint, or "" */
    char table[128];
    char column[128];
    char message[616];
} kn_error;
KN_NO_TAIL_PADDING(kn_error, message, char[616]);

/* "UNIQUE", "NOMEM"...; "?" for a number that is no status. Static. */
KN_API const char *kn_status_name(kn_status status);

/* "unique constraint violated"...; Static. */
KN_API const char *kn_status_text(kn_status status);

/* Fills `error` (may be NULL) and returns `status`. `format` as printf; a message that does not fit is cut at a
 * character border and ends in "...". Control bytes are written as \xNN so that a server's text cannot forge log
 * lines. */
KN_API kn_status kn_error_set(kn_error *error, kn_status status, const char *format, ...) KN_PRINTF(3, 4);

/* Puts "prefix: " before the message that is there. A prefix over 199 bytes is cut, so that the message is seen. */
KN_API void kn_error_prefix(kn_error *error, const char *format, ...) KN_PRINTF(2, 3);

/* Empties it. NULL is fine. */
KN_API void kn_error_clear(kn_error *error);

KN_END_DECLS
#endif
