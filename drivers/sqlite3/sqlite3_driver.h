/* SPDX-License-Identifier: MIT */
/* Inside of the sqlite3 driver.
 *
 * CANCEL. sqlite3_interrupt may be called from any thread, but it hits whatever runs when it arrives. `activity` makes
 * sure that this is what the cancel was meant for: the owner says RUNNING while something runs or has rows to come,
 * IDLE otherwise. A cancel goes RUNNING -> CANCELLING -> interrupt -> CANCELLED; the owner leaves RUNNING by a
 * compare-exchange and, when that finds CANCELLING, waits for the few instructions until the interrupt is out. So no
 * interrupt arrives after the end. SQLite itself forgets an interrupt when the next statement starts and none is
 * active; when others are active, what they have left is ended first (sq_settle). DEADLINES. A progress handler is
 * installed while an execution with a deadline is open. Waiting for a lock is done by a busy handler of our own, which
 * ends at the busy timeout, the deadline or a cancel, whichever is first. READ-ONLY transactions are enforced here, by
 * sqlite3_stmt_readonly: PRAGMA query_only would make every prepared statement compile again. */
#ifndef KOINE_SQLITE3_DRIVER_H
#define KOINE_SQLITE3_DRIVER_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include <koine/plugin/plugin.h>

enum { SQ_MODE_RWC, SQ_MODE_RW, SQ_MODE_RO }; /* order of the choices */
enum { SQ_JOURNAL_AUTO, SQ_JOURNAL_WAL, SQ_JOURNAL_DELETE, SQ_JOURNAL_TRUNCATE, SQ_JOURNAL_MEMORY, SQ_JOURNAL_OFF };
enum { SQ_SYNCHRONOUS_FULL, SQ_SYNCHRONOUS_NORMAL, SQ_SYNCHRONOUS_OFF, SQ_SYNCHRONOUS_EXTRA };

/* The URL's options; every member is filled through the table in settings.c. */
typedef struct sq_settings {
    int64_t mode, busy_timeout_ms, journal, synchronous, foreign_keys, cache_kib, mmap_mib;
} sq_settings;

/* sq_connection.activity */
enum { SQ_IDLE, SQ_RUNNING, SQ_CANCELLING, SQ_CANCELLED };

/* sq_connection.transaction. SQLite ends a transaction by itself after some failures; what follows would then be stored
 * statement by statement. So it counts as aborted, and nothing runs until it is rolled back. */
enum { SQ_NO_TRANSACTION, SQ_WRITING, SQ_READING, SQ_ABORTED };

/* Statements of the transaction verbs, kept prepared. Those of savepoints are for the name that was used last. */
#define SQ_NAME_MAX 256
typedef struct sq_verb {
    sqlite3_stmt *handle;
    char name[SQ_NAME_MAX];
} sq_verb;
enum {
    SQ_VERB_BEGIN_WRITE,
    SQ_VERB_BEGIN_READ,
    SQ_VERB_COMMIT,
    SQ_VERB_ROLLBACK,
    SQ_VERB_SAVEPOINT,
    SQ_VERB_RELEASE,
    SQ_VERB_ROLLBACK_TO,
    SQ_VERBS
};

typedef struct sq_statement sq_statement;
typedef struct sq_connection {
    const kn_allocator *allocator;
    sqlite3 *db;
    sq_statement *open;    /* executions with rows to come */
    int64_t deadline_us;   /* of what runs now; 0 = none */
    int64_t busy_since_us; /* when the busy handler was first asked for the lock it waits for */
    uint64_t length_max;   /* bytes of a value */
    uint32_t deadlines;    /* open executions that have one */
    bool timed_out;        /* by the deadline, while what runs now */
    uint8_t transaction;   /* what was begun by sq_transact, and what became of it */
    bool memory;           /* in memory */
    bool altered;          /* something ran that may have changed the session: reset looks closer */
    atomic_int activity;
    pthread_mutex_t mutex; /* these two only for waking the busy handler */
    pthread_cond_t wake;
    sq_settings settings;
    sq_verb verbs[SQ_VERBS];
} sq_connection;

/* sq_statement.state */
enum {
    SQ_ENDED,     /* nothing runs */
    SQ_PENDING,   /* stands on the first row, which fetch has not given yet */
    SQ_STREAMING, /* stands on a row that was given */
    SQ_DONE,      /* after the last row, or failed */
    SQ_STOPPED    /* ended by a cancel while another statement was about to start */
};

struct sq_statement {
    sq_connection *connection;
    sqlite3_stmt *handle;
    int64_t deadline_us;
    int64_t changed, last_key;     /* of the execution that ended last */
    sq_statement *next, *previous; /* in sq_connection.open */
    int n_parameters, n_columns;
    uint8_t state;
    bool inside;   /* the execution started in a transaction */
    bool readonly; /* changes no database */
    bool counts;   /* changes rows: sqlite3_changes64 tells how many */
    bool alters;   /* may change the session */
};

/* What was being done when an error came. */
typedef enum sq_phase { SQ_OPENING, SQ_PREPARING, SQ_EXECUTING, SQ_BEGINNING, SQ_COMMITTING } sq_phase;

/* error.c: fills `error` from the connection's last failure, which had result code `code`. */
kn_status sq_fail(sq_connection *c, int code, sq_phase phase, kn_error *error);
/* A short text for an errno; never locale-dependent. */
const char *sq_errno_text(int number);

/* names.c: the name of the unique key of the table over these columns ("t.a, t.b"), or of its primary key; "" when it
 * has none. */
void sq_name_key(sqlite3 *db, const char *table, const char *columns, bool primary, char out[static 128]);

/* settings.c */
extern const kn_option sq_options[];
bool sq_single(const kn_url *url);
kn_status sq_settings_read(const kn_open_request *request, sq_settings *out, kn_error *error);

/* connection.c */
kn_status sq_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error);
void sq_close(void *connection);
void sq_abandon(void *connection);
kn_status sq_alive(void *connection, kn_wait *wait, kn_error *error);
void sq_info(void *connection, kn_server_info *out);

/* session.c: the session's settings, made and verified. */
kn_status sq_session_secure(sq_connection *c, kn_error *error);
kn_status sq_session_journal(sq_connection *c, kn_error *error);
kn_status sq_session_tune(sq_connection *c, kn_error *error);
kn_status sq_reset(void *connection, kn_wait *wait, kn_error *error);

/* control.c: transactions, cancel, deadlines */
int64_t sq_now_us(void);
int sq_on_busy(void *connection, int count);
void sq_enter(sq_connection *c);
void sq_leave(sq_connection *c);
bool sq_is_cancelled(sq_connection *c);
/* Before anything new starts: what a cancel has hit is ended. */
void sq_settle(sq_connection *c);
void sq_deadline_set(sq_connection *c, int64_t deadline_us);
void sq_deadline_clear(sq_connection *c, int64_t deadline_us);
kn_status sq_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error);
bool sq_in_transaction(void *connection);
/* Has SQLite a transaction open? */
static inline bool sq_is_open(const sq_connection *c)
{
    return !sqlite3_get_autocommit(c->db);
}
/* May a statement run? Asked when the transaction is for reading, or aborted. */
kn_status sq_check_transaction(sq_connection *c, bool readonly, kn_error *error);
/* Something failed that had started `inside` a transaction. */
void sq_note_abort(sq_connection *c, bool inside);
kn_status sq_cancel_create(void *connection, void **cancel, kn_error *error);
kn_status sq_cancel_send(void *cancel, kn_wait *wait, kn_error *error);
void sq_cancel_destroy(void *cancel);

/* statement.c */
kn_status sq_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error);
void sq_finish(void *statement);
kn_status sq_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error);
kn_status sq_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error);
const char *sq_column_name(void *statement, size_t column);
static inline int sq_step(sq_statement *s)
{
    s->connection->deadline_us = s->deadline_us;
    return sqlite3_step(s->handle);
}
/* A step gave neither SQLITE_ROW nor something that goes on. */
kn_status sq_complete(sq_statement *s, int code, kn_error *error);
/* In another state than streaming: does the statement stand on a row? */
kn_status sq_step_other(sq_statement *s, kn_error *error);
/* Ends what is left of an open execution. */
void sq_statement_stop(sq_statement *s);

/* decimal.c: what SQLite cannot compute exactly. */
kn_status sq_register_functions(sq_connection *c, kn_error *error);

/* text.c */
enum {
    SQ_COUNTS = 1, /* may change rows: sqlite3_changes64 tells how many */
    SQ_ALTERS = 2  /* may change the session */
};
/* What a statement may do, by its first word. */
unsigned sq_sql_effects(const char *sql, const char *end);
/* Skips spaces, semicolons and comments: what stands before or after a statement. */
const char *sq_sql_skip(const char *p, const char *end);

/* value.c */
kn_status sq_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error);
kn_status sq_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                        kn_error *error);
kn_status sq_bind(sq_statement *s, const kn_value *values, size_t count, kn_error *error);
#endif
