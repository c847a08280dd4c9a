/* SPDX-License-Identifier: MIT */
/* Inside of the fake driver: see fake.h for what it does.
 *
 * Every slot that can wait or fail runs through fake_call_begin / fake_call_end (call.c): the first finds the fault, if
 * any, and plays the waiting; the slot then takes effect; the second records. The server's mutex protects all that
 * connections share; a connection's own state belongs to its user, but what a cancel touches. */
#ifndef KOINE_FAKE_DRIVER_H
#define KOINE_FAKE_DRIVER_H

#include <pthread.h>

#include "fake.h"

enum { FAKE_FAULTS_MAX = 64, FAKE_ANSWERS_MAX = 64, FAKE_LOG_MAX = 65536 };

typedef struct fake_armed {
    fake_fault fault;
    char sql[128];
    uint32_t seen;
} fake_armed;

struct fake_server {
    const kn_allocator *allocator;
    pthread_mutex_t mutex;
    fake_server *next;
    char name[64];
    fake_armed faults[FAKE_FAULTS_MAX];
    fake_answer answers[FAKE_ANSWERS_MAX];
    size_t n_faults, n_answers;
    uint32_t waits;
    uint32_t version_number;
    const char *product;
    fake_call *log;
    size_t n_log, log_room;
    uint64_t counts[FAKE_SLOTS];
    fake_live live;
    uint32_t numbered; /* connections opened so far */
    char violation[160];
};

/* A call that is under way: it lives from the first try to the one that does not return KN_WAIT. */
typedef struct fake_step {
    bool active;
    fake_slot slot;
    const void *object; /* what it was called with, to be called again with the same */
    fake_fault fault;   /* .status KN_OK and nothing else set when none */
    uint32_t waits_left, waited;
    int64_t ready_us;
} fake_step;

typedef struct fake_connection {
    const kn_allocator *allocator;
    fake_server *server;
    bool own_server; /* stops with the connection */
    bool blocking;
    bool dead; /* the link is lost */
    bool in_transaction;
    bool opened;    /* open has succeeded */
    bool given_up;  /* instead of a step that waited: only to be closed */
    bool cancelled; /* under the server's mutex */
    bool working;   /* under the server's mutex: a call is under way, maybe between two of its steps */
    bool in_use;    /* under the server's mutex: two threads at once are seen */
    uint32_t number;
    uint32_t executions; /* open ones; under the server's mutex, as a cancel looks */
    uint32_t statements, cancels, bulks;
    uint32_t marks; /* savepoints */
    int fds[2];     /* a byte in it makes fds[0] readable */
    fake_step step;
} fake_connection;

typedef struct fake_statement {
    fake_connection *connection;
    char *sql;
    size_t sql_size;
    fake_answer answer;
    size_t next_row;
    int64_t deadline_us;
    bool executing;
    char *held; /* copy of what the row that was given points to: gone at the next call, so that a stale pointer is
                   found */
    size_t held_size;
    char column[32];
} fake_statement;

typedef struct fake_bulk {
    fake_connection *connection;
    size_t n_columns;
    int64_t rows;
} fake_bulk;

/* server.c */
fake_server *fake_server_find(const char *name);
/* A server nobody finds by name. */
fake_server *fake_server_make(const char *name, const kn_allocator *allocator);
void fake_server_free(fake_server *server);
void fake_violate(fake_server *server, const char *format, ...) KN_PRINTF(2, 3);
void *fake_allocate(const kn_allocator *allocator, size_t size);
void fake_free(const kn_allocator *allocator, void *memory, size_t size);
fake_answer fake_server_find_answer(fake_server *server, const char *sql);
fake_fault fake_server_find_fault(fake_server *server, fake_slot slot, const char *text);
void fake_server_record(fake_server *server, const fake_call *call);

/* call.c */
int64_t fake_now_us(void);
/* The beginning of a call, and of a repeated one. KN_OK: go on, take effect, then fake_call_end. Anything else: return
 * it. */
kn_status fake_call_begin(fake_connection *c, fake_slot slot, const void *object, const char *text, int64_t deadline_us,
                          kn_wait *wait, kn_error *error);
/* The call took effect; may turn it into a failure (fault.after). */
kn_status fake_call_end(fake_connection *c, const char *text, const char *values, kn_status status, kn_error *error);
/* A call that can neither wait nor fail. */
void fake_call_note(fake_connection *c, fake_slot slot, const char *text);
void fake_values_print(const kn_value *values, size_t count, char *out, size_t size);

/* connection.c */
extern const kn_option fake_options[];
bool fake_single(const kn_url *url);
kn_status fake_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error);
void fake_close(void *connection);
void fake_abandon(void *connection);
kn_status fake_reset(void *connection, kn_wait *wait, kn_error *error);
kn_status fake_alive(void *connection, kn_wait *wait, kn_error *error);
void fake_info(void *connection, kn_server_info *out);
kn_status fake_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                        kn_error *error);
bool fake_in_transaction(void *connection);
void fake_set_transaction(fake_connection *c, bool open);
kn_status fake_cancel_create(void *connection, void **cancel, kn_error *error);
kn_status fake_cancel_send(void *cancel, kn_wait *wait, kn_error *error);
void fake_cancel_destroy(void *cancel);

/* statement.c */
kn_status fake_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                       kn_error *error);
void fake_finish(void *statement);
kn_status fake_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                       kn_error *error);
kn_status fake_execute_many(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                            size_t *failed, kn_wait *wait, kn_error *error);
kn_status fake_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error);
kn_status fake_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                          kn_error *error);
kn_status fake_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error);
const char *fake_column_name(void *statement, size_t column);

/* bulk.c */
kn_status fake_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                          const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error);
kn_status fake_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error);
kn_status fake_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error);

/* dialect.c */
extern const kn_dialect fake_dialect;

#endif
