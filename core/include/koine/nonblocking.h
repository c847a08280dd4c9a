/* SPDX-License-Identifier: MIT */
/* koine/nonblocking.h - many connections on one thread.
 *
 * A connection of kn_connect_start never blocks. On it these verbs are steps: kn_connect_step, kn_release_step,
 * kn_prepare, kn_prepare_query, kn_run, kn_open, kn_next, kn_next_into, kn_result_end, kn_begin, kn_commit,
 * kn_rollback, kn_savepoint, kn_savepoint_release, kn_savepoint_rollback. A step may return KN_WAIT: ask
 * kn_connection_wait what for, wait as the program's event loop does, then call the same verb with the same arguments
 * again, until it returns something else. What its arguments point to is borrowed until then. Calling too early or too
 * late does no harm; calling late ends deadlines late.
 *
 *     while ((status = kn_run(statement, NULL, 0, &changed, &error)) == KN_WAIT) {
 *         kn_wait wait = kn_connection_wait(connection);
 *         ... poll(2) on wait.fd for wait.events, kn_wait_milliseconds(&wait) at most ...
 *     }
 *
 * The descriptor belongs to the connection: watch it, nothing else. The next KN_WAIT may name another one, and while
 * connecting another one with the same number, so that a loop which keeps descriptors registered registers anew.
 * While a verb waits any other on that connection is KN_STATE, but kn_cancel_step, kn_in_transaction and the two
 * releases.
 * One result may be open a connection. Verbs made of several statements (those of koine/object.h and koine/schema.h,
 * kn_execute, kn_execute_query, kn_run_many, kn_transact) are KN_UNSUPPORTED.
 *
 * DEADLINES hold as on other connections (connect_timeout_ms, kn_statement_timeout): the verb that is called again
 * after one has passed cancels, gives a grace period, and then gives the link up; it may return KN_WAIT meanwhile.
 * NAMES of hosts are resolved by the client library in the first kn_connect_step, which may block; addresses and
 * sockets are not. What returns nothing cannot wait: kn_result_close, kn_statement_finish and kn_release give a link
 * up that would have to be waited for. */
#ifndef KOINE_NONBLOCKING_H
#define KOINE_NONBLOCKING_H

#include <koine/connection.h>
#include <koine/wait.h>

KN_BEGIN_DECLS

/* A place in the pool for a non-blocking connection: yours until kn_release or kn_release_step. Nothing is sent;
 * kn_connect_step goes on. KN_TIMEOUT when pool_max connections are in use, KN_UNSUPPORTED when the driver blocks. */
KN_API kn_status kn_connect_start(kn_engine *engine, kn_connection **out, kn_error *error);
/* Opens it, or looks whether the pooled link is alive: KN_WAIT, KN_OK when it can be used, else what the driver says of
 * opening; then only releasing is left. KN_OK on any other connection that is open. */
KN_API kn_status kn_connect_step(kn_connection *connection, kn_error *error);

/* What the verb that returned KN_WAIT waits for; when none did, nothing: {-1, 0, 0}. */
KN_API kn_wait kn_connection_wait(const kn_connection *connection);

/* kn_cancel as a step, beside the verb that waits: KN_WAIT fills in *wait, which is not that of the verb. Call both
 * until they end; the verb, with KN_CANCELLED unless it had ended, does not end before. Not while kn_cancel of another
 * thread runs; that one blocks here too. */
KN_API kn_status kn_cancel_step(kn_connection *connection, kn_wait *wait, kn_error *error);

/* Ends a result like kn_result_close, and tells what came of it. KN_WAIT: call again. NULL is fine. */
KN_API kn_status kn_result_end(kn_result *result, kn_error *error);

/* kn_release as a step: KN_WAIT while results are ended and the session is reset, KN_OK when the connection is gone.
 * A link on which another verb waits is closed. NULL is fine. */
KN_API kn_status kn_release_step(kn_connection *connection);

KN_END_DECLS
#endif
