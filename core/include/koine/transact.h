/* SPDX-License-Identifier: MIT */
/* koine/transact.h - the work of a transaction in a callback, run again when the backend says that it may be. */
#ifndef KOINE_TRANSACT_H
#define KOINE_TRANSACT_H

#include <koine/connection.h>

KN_BEGIN_DECLS

/* The work of one transaction, between its begin and its end, both of which are kn_transact's: in here kn_begin,
 * kn_commit, kn_rollback and kn_transact are KN_STATE, savepoints are allowed. KN_OK commits, any other status rolls
 * back. It may run several times, each time on a database that knows nothing of the times before; what it does
 * elsewhere (a file, a counter, memory) is not undone.
 * Fill `error` by giving it to the calls: what it says decides about another run. A callback that knows better sets
 * error->retry itself. A status without its error is never run again. */
typedef kn_status kn_transact_fn(void *context, kn_connection *connection, kn_error *error);

/* Waits before the next run. */
typedef void kn_transact_wait_fn(void *context, int64_t microseconds);

/* Zero members take the default. KN_TRANSACT_OPTIONS(.attempts = 3) fills in the size. */
typedef struct kn_transact_options {
    size_t size_;
    uint32_t attempts; /* at most; default 8; 1 = never again */
    /* The wait before run n + 1 is between one half and all of backoff_ms doubled n - 1 times, at most backoff_max_ms;
     * which, is random. Default 10 and 1000. */
    uint32_t backoff_ms;
    uint32_t backoff_max_ms;
    /* No run begins later than this after the first; default 30000; UINT32_MAX = no end. It does not stop what runs:
     * kn_statement_timeout does. */
    uint32_t deadline_ms;
    kn_transact_wait_fn *wait; /* NULL = the thread sleeps; for programs with a scheduler or a clock of their own */
    void *wait_context;
} kn_transact_options;
KN_NO_TAIL_PADDING(kn_transact_options, wait_context, void *);
#ifndef __cplusplus
#define KN_TRANSACT_OPTIONS(...) (&(const kn_transact_options){.size_ = sizeof(kn_transact_options), __VA_ARGS__})
#endif

/* Begins, calls, commits. When one of the three fails with KN_RETRY_STATEMENT or KN_RETRY_TRANSACTION (a deadlock, a
 * serialization failure, a lock held too long), the transaction is rolled back and all of it is run again, after a
 * wait. Never run again: what is or may be committed (KN_COMMIT_UNKNOWN, error->commit KN_COMMIT_LOST or
 * KN_COMMIT_DONE); a lost link (KN_RETRY_CONNECTION: nothing connects by itself; release the connection, take another
 * and call again); a failure that would come again. Returns KN_OK after the commit, else the failure of the last run,
 * `error` as that left it (with error->retry, so that a caller who waits longer can tell), and the number of runs
 * before its message when there were several. KN_STATE: a transaction is open already: to be part of it, call the
 * callback itself (behind a kn_savepoint if its failure is not to end all). KN_INVALID: no callback, or options without
 * their size. A callback that has ended the transaction by SQL text of its own (COMMIT; what commits by itself, as DDL
 * does on some backends) is never run again: KN_NOT_IN_TRANSACTION when it returned KN_OK, else what it failed with;
 * error->commit is KN_COMMIT_LOST. `options` may be NULL. */
KN_API kn_status kn_transact(kn_connection *connection, kn_access access, kn_transact_fn *callback, void *context,
                             const kn_transact_options *options, kn_error *error);

KN_END_DECLS
#endif
