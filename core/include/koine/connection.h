/* SPDX-License-Identifier: MIT */
/* koine/connection.h - transactions, statements with parameters, results.
 *
 * A connection, its statements and its results belong to one thread at a time; kn_cancel may come from any. One result
 * may be open a connection at a time unless the driver says otherwise (KN_STATE). */
#ifndef KOINE_CONNECTION_H
#define KOINE_CONNECTION_H

#include <koine/engine.h>
#include <koine/query.h>

KN_BEGIN_DECLS

typedef struct kn_statement kn_statement;
typedef struct kn_result kn_result;

/* What is on the other side. Borrowed from the connection. */
typedef struct kn_backend {
    size_t size_;
    const char *dialect, *driver;
    const char *product;     /* as the server names itself */
    const char *version;     /* its version text */
    uint32_t version_number; /* major * 10000 + minor * 100 + patch */
    uint32_t zero_;
} kn_backend;
KN_API const kn_backend *kn_connection_backend(const kn_connection *connection);

/* Transactions. Without one, each statement commits by itself.
 * KN_WRITE takes what is needed to write at once, so that the first write cannot fail for a lock taken later; KN_READ
 * refuses writes (KN_READ_ONLY). KN_STATE when one is open already, or when none is (commit, rollback, savepoints).
 * koine/transact.h runs one from a callback, again when it may be. */
typedef enum kn_access { KN_WRITE = 0, KN_READ = 1 } kn_access;
KN_API kn_status kn_begin(kn_connection *connection, kn_access access, kn_error *error);
/* error->commit tells whether it happened when this fails. After a failure other than KN_BUSY the transaction is
 * over. */
KN_API kn_status kn_commit(kn_connection *connection, kn_error *error);
/* Always ends the transaction, and closes the results that are open; a failure means that the connection is broken, or
 * that the backend could not take back all (KN_SERVER_STATE, with KN_COMMIT_LOST): then it is to be released too. */
KN_API kn_status kn_rollback(kn_connection *connection, kn_error *error);
KN_API bool kn_in_transaction(const kn_connection *connection);
/* Named marks inside a transaction; any name (quoted by the dialect), up to 63 bytes. */
KN_API kn_status kn_savepoint(kn_connection *connection, const char *name, kn_error *error);
KN_API kn_status kn_savepoint_release(kn_connection *connection, const char *name, kn_error *error);
KN_API kn_status kn_savepoint_rollback(kn_connection *connection, const char *name, kn_error *error);

/* Asks the backend to stop what the connection does now; from any thread, once it is open (kn_connect, or
 * kn_connect_step, has said KN_OK) and while it is not released. What it did ends with KN_CANCELLED, or has ended
 * already: a later statement is never hit. A rollback is never stopped, nor one to a savepoint. */
KN_API kn_status kn_cancel(kn_connection *connection, kn_error *error);

/* SQL text that a person wrote. KN_SQL takes a literal only: a variable does not compile. */
typedef struct kn_sql_text {
    const char *text;
    size_t size;
} kn_sql_text;
#ifndef __cplusplus
#define KN_SQL(s) ((kn_sql_text){.text = "" s "", .size = sizeof("" s "") - 1})
#endif
/* Text made at run time. Whoever calls this answers for where it came from. */
KN_API kn_sql_text kn_unchecked_sql(const char *text);

/* A statement with parameters: `?` in order, or `:name` (one name may stand several times); not both in one text
 * (KN_INVALID). The scanner knows the strings, quoted names, comments and dollar quotes of the dialect; `::` is not a
 * parameter. One statement a text (KN_INVALID names the position of the second). At most 1 MiB of text, 32766
 * parameters or the backend's limit. Prepared once a connection and cached. */
KN_API kn_status kn_prepare(kn_connection *connection, kn_sql_text sql, kn_statement **out, kn_error *error);
/* The same for a query in data; arguments are KN_ARG(0), KN_ARG(1)... `query` is a kn_select, kn_update_rows,
 * kn_delete_rows or kn_insert_rows (KN_INVALID: it is none); it is read only during the call. */
KN_API kn_status kn_prepare_query(kn_connection *connection, const kn_node *query, kn_statement **out, kn_error *error);
/* Before the connection is released (which ends those that are left). NULL is fine. */
KN_API void kn_statement_finish(kn_statement *statement);

KN_API size_t kn_statement_parameters(const kn_statement *statement);
/* "" for `?`; NULL past the end. */
KN_API const char *kn_statement_parameter_name(const kn_statement *statement, size_t index);
/* The SQL as it is sent. Borrowed. */
KN_API kn_text kn_statement_sql(const kn_statement *statement);

/* Binding keeps the value for the executions that follow. What it points to is borrowed until the execution that uses
 * it has ended (its result closed). KN_INVALID past the last parameter or for an unknown name. */
KN_API kn_status kn_bind(kn_statement *statement, size_t index, kn_value value, kn_error *error);
KN_API kn_status kn_bind_name(kn_statement *statement, const char *name, kn_value value, kn_error *error);
/* States the type of a parameter whose value alone does not tell how it is stored: a decimal, on a backend without
 * exact decimals of its own (KN_INEXACT without it), since Numeric columns of different precision store it differently.
 */
KN_API kn_status kn_bind_type(kn_statement *statement, size_t index, const kn_type *type, kn_error *error);

/* Runs it to its end; rows it gives are an error (KN_INVALID). *changed (may be NULL) = rows inserted, matched by an
 * update, or deleted. Unbound parameters are KN_INVALID. `values` replaces what was bound when not NULL. */
KN_API kn_status kn_run(kn_statement *statement, const kn_value *values, size_t count, int64_t *changed,
                        kn_error *error);
/* Runs it once for each of `sets` sets of `count` values, which stand in `values` one after the other, in their order;
 * what was bound is not used. Every value of every set is checked before anything is sent. All or none: in a
 * transaction of its own when none is open, else behind a savepoint, where the backend has them and no result is open.
 * Where the backend can, a set is sent before the outcome of those before it is known. error->message names the set,
 * counted from 0, where that is known; *changed (may be NULL) = the sum of all. kn_statement_timeout is for all sets
 * together. */
KN_API kn_status kn_run_many(kn_statement *statement, const kn_value *values, size_t sets, size_t count,
                             int64_t *changed, kn_error *error);
/* Starts it and gives its rows, streamed. The result must be closed before the statement runs again (KN_STATE). */
KN_API kn_status kn_open(kn_statement *statement, const kn_value *values, size_t count, kn_result **out,
                         kn_error *error);
/* Stops with KN_TIMEOUT after this long; 0 = no limit. For this statement's executions to come. */
KN_API void kn_statement_timeout(kn_statement *statement, uint32_t milliseconds);

/* Prepare, run, finish, for statements run once. */
KN_API kn_status kn_execute(kn_connection *connection, kn_sql_text sql, const kn_value *values, size_t count,
                            int64_t *changed, kn_error *error);
KN_API kn_status kn_execute_query(kn_connection *connection, const kn_node *query, const kn_value *values, size_t count,
                                  int64_t *changed, kn_error *error);

/* The next row: KN_OK, or KN_DONE after the last (again and again). After a failure only kn_result_close is left. */
KN_API kn_status kn_next(kn_result *result, kn_error *error);
/* Ends it early or late. NULL is fine. */
KN_API void kn_result_close(kn_result *result);

KN_API size_t kn_result_columns(const kn_result *result);
/* As the backend names it; borrowed until the result is closed; NULL past the end. */
KN_API const char *kn_result_name(const kn_result *result, size_t column);

/* Typed getters for the current row. Texts and bytes are borrowed until the next kn_next. KN_NULL_VALUE for NULL,
 * KN_TYPE_MISMATCH, KN_OUT_OF_RANGE, KN_INEXACT, KN_ENCODING; never a silent conversion. KN_STATE when there is no
 * row. */
KN_API kn_status kn_get_value(kn_result *result, size_t column, const kn_type *type, kn_value *out, kn_error *error);
KN_API kn_status kn_get_bool(kn_result *result, size_t column, bool *out, kn_error *error);
KN_API kn_status kn_get_int(kn_result *result, size_t column, int64_t *out, kn_error *error);
KN_API kn_status kn_get_double(kn_result *result, size_t column, double *out, kn_error *error);
KN_API kn_status kn_get_text(kn_result *result, size_t column, kn_text *out, kn_error *error);
KN_API kn_status kn_get_bytes(kn_result *result, size_t column, kn_bytes *out, kn_error *error);
KN_API bool kn_get_is_null(kn_result *result, size_t column);

/* The current row of a kn_select over a model with its columns in order (columns NULL), decoded straight into a struct.
 * Texts are borrowed until the next kn_next. Members without a column are left alone. */
KN_API kn_status kn_fetch(kn_result *result, const kn_model *model, void *object, kn_error *error);
/* kn_next and kn_fetch in one, which is faster: KN_OK, or KN_DONE after the last row, the object untouched. The getters
 * have no row after it. A failure ends the result: kn_next goes on behind a row that kn_fetch refuses.
 *   while ((status = kn_next_into(result, KN_OBJECT(User, &user), &error)) == KN_OK) ... */
KN_API kn_status kn_next_into(kn_result *result, const kn_model *model, void *object, kn_error *error);

KN_END_DECLS
#endif
