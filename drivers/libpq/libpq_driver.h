/* SPDX-License-Identifier: MIT */
/* Inside of the libpq driver.
 *
 * STEPS. libpq always runs non-blocking here. What a step waits for is waited for in lp_wait: on a blocking connection
 * by poll, else by returning KN_WAIT, and the step goes on where its `stage` says. One command runs at a time on a
 * connection: lp_begin, then its results are taken (lp_take, lp_drain), then lp_done.
 * CANCEL. cancel.c says how. When the server has passed the request on, what is sent after it is never hit; `activity`
 * keeps the owner from sending before. A server that has not read the command yet drops the request, so the owner
 * repeats it while the command runs. DEADLINES. When one has passed the command is cancelled; when it does not end
 * within a grace period, the link is given up. */
#ifndef KOINE_LIBPQ_DRIVER_H
#define KOINE_LIBPQ_DRIVER_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <koine/plugin/plugin.h>

/* Types of the server, as its pg_type.dat numbers them. */
enum {
    LP_BOOL = 16,
    LP_BYTEA = 17,
    LP_CHAR = 18,
    LP_NAME = 19,
    LP_INT8 = 20,
    LP_INT2 = 21,
    LP_INT4 = 23,
    LP_TEXT = 25,
    LP_OID = 26,
    LP_JSON = 114,
    LP_XML = 142,
    LP_FLOAT4 = 700,
    LP_FLOAT8 = 701,
    LP_UNKNOWN = 705,
    LP_BPCHAR = 1042,
    LP_VARCHAR = 1043,
    LP_DATE = 1082,
    LP_TIME = 1083,
    LP_TIMESTAMP = 1114,
    LP_TIMESTAMPTZ = 1184,
    LP_INTERVAL = 1186,
    LP_NUMERIC = 1700,
    LP_REGTYPE = 2206,
    LP_VOID = 2278,
    LP_UUID = 2950,
    LP_JSONB = 3802,
    LP_FIRST_OF_USERS = 16384
};

/* 2000-01-01, from which the server counts. */
#define LP_EPOCH_DAYS 10957
#define LP_EPOCH_US (LP_EPOCH_DAYS * KN_US_PER_DAY)

/* Rows of lp_options, in its order. */
enum {
    LP_OPTION_CONNECT_TIMEOUT,
    LP_OPTION_TLS,
    LP_OPTION_TLS_CA,
    LP_OPTION_TLS_CRL,
    LP_OPTION_TLS_CERT,
    LP_OPTION_TLS_KEY,
    LP_OPTION_TLS_KEY_PASSWORD,
    LP_OPTION_TLS_MIN,
    LP_OPTION_APPLICATION_NAME,
    LP_OPTION_PREPARE,
    LP_OPTION_TARGET_SESSION_ATTRS
};

/* lp_connection.policy */
enum { LP_PREPARE_AUTO, LP_PREPARE_NEVER, LP_PREPARE_ALWAYS };

/* lp_connection.activity */
enum {
    LP_IDLE,
    LP_RUNNING,
    LP_CANCELLING, /* a cancel is on its way: the step does not end */
    LP_CANCELLED,
    LP_SETTLED /* non-blocking: the command has ended, and a cancel comes too late */
};

/* What was being done when an error came. */
typedef enum lp_phase { LP_OPENING, LP_ASKING, LP_EXECUTING, LP_COMMITTING, LP_UNDOING } lp_phase;

/* A second connection, that asks the server to stop what the first one does. */
typedef struct lp_killer {
    PGconn *pg;
    int64_t until_us;
    int pid;
    uint8_t stage;
    bool begun;
} lp_killer;

typedef struct lp_statement lp_statement;
typedef struct lp_bulk lp_bulk;
typedef struct lp_connection {
    const kn_allocator *allocator;
    PGconn *pg;
    PGcancel *cancel;
    lp_killer killer;               /* the owner's, for deadlines */
    lp_statement *open;             /* its rows are to come */
    lp_statement *preparing;        /* by a step of lp_prepare */
    struct lp_bulk *bulk;           /* by a step of lp_bulk_begin */
    PGresult *failure;              /* the first of the running command, until it has ended */
    uint64_t *dropped;              /* numbers of prepared statements that nobody needs */
    size_t n_dropped, room_dropped; /* room for every name that is in use besides */
    size_t n_named;
    uint64_t last_number;
    uint64_t tag;          /* in the names of its statements: behind a proxy many connections use one session */
    int64_t deadline_us;   /* of what runs; 0 = none */
    int64_t give_up_us;    /* when the grace period ends; 0 = no deadline has passed */
    int64_t repeat_us;     /* when a cancel is sent again */
    int64_t host_until_us; /* of the host that is tried; 0 = not known yet */
    uint32_t host, deaf;   /* its index; a bit for each of those that said nothing */
    void (*notice)(void *context, const kn_error *said); /* NULL = nobody listens */
    void *notice_context;
    atomic_int activity;
    pthread_mutex_t mutex; /* held while a cancel is being sent */
    uint8_t stage;         /* of open, reset, alive, transact */
    uint8_t policy;        /* LP_PREPARE_ */
    uint8_t phase;         /* lp_phase */
    uint8_t aborted;       /* kn_retry of the failure that the transaction has not survived */
    bool blocking, dead;
    atomic_bool stray;  /* a cancel was sent of which it is not known whether it arrived: nothing may follow */
    int server_pid;     /* non-blocking: the backend's; 0 = a pooler hides it */
    bool inside;        /* the running command began in a transaction */
    bool answered;      /* the server said that the running command is done, but not yet that it is ready for another */
    bool altered;       /* something ran that may have changed the session: reset looks closer */
    bool discards;      /* the same, at any time: names may be gone */
    bool shares;        /* a proxy gives the session to others: no names are used any more */
    bool copies;        /* a COPY is wanted */
    bool sent;          /* just now: no answer can be there yet */
    bool rested;        /* nothing was sent since it was reset: the server may have gone meanwhile */
    int64_t last_count; /* of the last command's tag: "COPY 12" */
    char version[40];
    char last_word[8]; /* of the last command's tag: "COMMIT" */
} lp_connection;

typedef kn_status lp_decode_fn(lp_statement *s, const char *data, int size, kn_value *out, kn_error *error);

/* lp_column.form: what is read in place; the others by `decode`. */
enum {
    LP_FORM_OTHER,
    LP_FORM_INT4,
    LP_FORM_INT8,
    LP_FORM_FLOAT8,
    LP_FORM_TEXT,
    LP_FORM_TIMESTAMP,
    LP_FORM_BOOL,
    LP_FORM_NUMERIC
};

typedef struct lp_column {
    Oid type;
    uint32_t form;
    /* what its type says when it is a Numeric; LP_NO_EXPONENT */
    int32_t exponent;
    lp_decode_fn *decode;
} lp_column;

#define LP_NO_SCALE UINT16_MAX
#define LP_NO_EXPONENT INT32_MAX
#define LP_NAME_SIZE 40
#define LP_FIXED 24

/* lp_statement.stage */
enum {
    LP_AT_REST,
    LP_DROPPING,
    LP_PREPARING,
    LP_SENT,
    LP_ENDING,
    LP_PIPING,
    LP_TAKING_BACK,
    LP_ASKING_TYPES,
    LP_ASKED_TYPES,
    LP_COPYING /* its first row is waited for */
};
/* lp_statement.state */
enum { LP_ENDED, LP_STREAMING, LP_LAST };

/* An execute_many that is under way. */
typedef struct lp_batch {
    size_t next, asked;      /* sets that were queued; and those whose answers the server was told to send */
    size_t answered, failed; /* sets; the index of the first that failed */
    size_t queued;           /* about so many bytes since all was sent */
    int64_t changed;
    kn_status refused; /* by the driver, why it stopped */
    uint8_t leading;   /* answers before those of the sets: to SAVEPOINT, to the preparing of the unnamed statement */
    bool whole;        /* behind a savepoint */
    bool encoded;      /* the only set is */
    bool stands;       /* the savepoint is set and not released */
    bool stopped;      /* no more sets are queued */
    bool synced;       /* the end was queued */
} lp_batch;

/* lp_copy.part */
enum { LP_COPY_HEADER, LP_COPY_ROWS, LP_COPY_MARKED };

/* copy_row.c */
typedef struct lp_step lp_step;
/* The row in hand. */
typedef struct lp_copied_row {
    char *at, *end;          /* what is not read yet */
    const lp_column *column; /* whose length is at `at` */
    /* on its way into an object */
    void *object;
    const kn_receiver *into;
    kn_error *error;
    lp_statement *s;
    kn_value cell;    /* that a sink is called with */
    kn_status status; /* why no step follows */
} lp_copied_row;
typedef kn_status lp_step_fn(const lp_step *step, char *at, lp_copied_row *row);

/* Rows by COPY. */
typedef struct lp_copy {
    char *sql;                 /* the question for the types, then COPY */
    size_t sql_room, query_at; /* where the statement begins in it */
    PGresult *names;           /* no rows: the columns */
    char *row;                 /* the current one, libpq's, with a NUL behind it */
    lp_copied_row current;
    lp_step *steps; /* of its rows into objects, one a column */
    size_t room_steps;
    lp_step_fn *first;
    uint32_t version;       /* of the receivers that the steps are chosen for; 0: they are not */
    int n_columns;          /* that it is said to have */
    unsigned char count[2]; /* the same, as each row begins */
    uint8_t part;
    bool is_ready;  /* sql is COPY */
    bool flows;     /* the next message is a row, or tells the end */
    bool is_ahead;  /* the row has not been fetched yet */
    bool no_memory; /* for the answer */
} lp_copy;

struct lp_statement {
    lp_connection *connection;
    char *sql; /* NUL-ended */
    size_t sql_size;
    uint16_t *types;  /* kn_type_id of each parameter, 0 = not known */
    uint16_t *scales; /* of each column that is said to be Numeric; LP_NO_SCALE for others */
    Oid *oids;        /* with which it is prepared */
    const char **values;
    int *lengths, *formats;
    unsigned char (*fixed)[LP_FIXED]; /* numbers and times as sent */
    uint16_t *kinds;                  /* of the values that it is prepared for, 0 = none yet */
    void *block;                      /* all of the above */
    size_t block_size;
    unsigned char *scratch; /* longer parameters as sent */
    size_t scratch_room;
    PGresult *result; /* the current row is in it */
    PGresult *names;  /* no rows: the columns' names, once they were asked for */
    int row, n_rows;  /* its number there; rows that are there */
    lp_column *columns;
    size_t room_columns;
    char *row_scratch; /* decoded cells that do not lie in the result */
    size_t row_room, row_used;
    lp_batch batch;
    lp_copy copy;
    int64_t changed;
    uint64_t number;    /* of its name; 0 = not prepared */
    uint64_t described; /* the name for which `columns` are chosen: its columns stay as they are */
    char name[LP_NAME_SIZE];
    int n_parameters, n_columns, n_scales;
    uint8_t stage, state;
    bool named;   /* to be prepared under a name */
    bool streams; /* its rows are taken one by one */
    bool copies;  /* by COPY, as far as is known */
    bool copying; /* the last execution did */
    bool untyped; /* a parameter's type is seen when it is executed */
    bool alters;  /* may change the session */
    bool rowless; /* when it ran last, it gave no rows */
    bool retried;
    bool was_gone; /* the server once did not know its name */
};

/* settings.c */
extern const kn_option lp_options[];
unsigned lp_port_of(const kn_url_host *host);
/* The connection string; to be freed by lp_wipe. `without`: a bit for each host that is left out. */
kn_status lp_conninfo(const kn_open_request *request, uint32_t without, char **out, size_t *size, kn_error *error);
void lp_wipe(const kn_allocator *allocator, char *text, size_t size);

/* connection.c */
kn_status lp_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error);
void lp_close(void *connection);
void lp_abandon(void *connection);
kn_status lp_alive(void *connection, kn_wait *wait, kn_error *error);
void lp_info(void *connection, kn_server_info *out);

/* session.c: the session's settings, made and verified. */
const char *lp_session_sql(void);
const char *lp_session_question(void);
kn_status lp_session_verify(lp_connection *c, kn_error *error);
bool lp_session_is_right(const lp_connection *c);
kn_status lp_reset(void *connection, kn_wait *wait, kn_error *error);
bool lp_sql_alters(const char *sql, size_t size);
/* A number that no other connection has, of this program or another. */
uint64_t lp_session_tag(const lp_connection *c);

/* What a cancel is sent with. */
typedef struct lp_cancel {
    lp_connection *connection;
    lp_killer killer; /* of a non-blocking connection */
} lp_cancel;

/* cancel.c */
/* Of a blocking connection: sends it, and is back by then (0 = no deadline). */
bool lp_cancel_by(lp_connection *c, int64_t until_us);
void lp_kill_begin(lp_killer *k, const lp_connection *c, int64_t until_us);
/* A step: KN_OK when the server has sent its signal. */
kn_status lp_kill_go(lp_killer *k, kn_wait *wait);
void lp_kill_end(lp_killer *k);
/* From then on the signal may come, until it has answered. */
bool lp_kill_has_asked(const lp_killer *k);
kn_status lp_cancel_create(void *connection, void **cancel, kn_error *error);
kn_status lp_cancel_send(void *cancel, kn_wait *wait, kn_error *error);
void lp_cancel_destroy(void *cancel);

/* control.c */
int64_t lp_now_us(void);
kn_status lp_check_link(lp_connection *c, kn_error *error);
void lp_begin(lp_connection *c, lp_phase phase, int64_t deadline_us);
void lp_done(lp_connection *c);
/* Waits for the socket, minding deadline and cancel. */
kn_status lp_wait(lp_connection *c, uint32_t events, kn_wait *wait, kn_error *error);
/* The next result of the running command; NULL = it has ended. */
kn_status lp_take(lp_connection *c, PGresult **out, kn_wait *wait, kn_error *error);
/* All that is left of it; the first failure is kept in c->failure. */
kn_status lp_drain(lp_connection *c, kn_wait *wait, kn_error *error);
/* Sends a simple command; lp_drain follows. */
kn_status lp_send(lp_connection *c, const char *sql, kn_error *error);

/* transact.c */
kn_status lp_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error);
bool lp_in_transaction(void *connection);

/* error.c */
bool lp_is_failure(const PGresult *result);
/* Where in `sql` (may be NULL) it is, from 1; 0 = not known. */
uint32_t lp_byte_position(const PGresult *result, const char *sql);
/* Fills `error` from c->failure, which it clears. `sql` (may be NULL): for the position. */
kn_status lp_fail(lp_connection *c, const char *sql, kn_error *error);
/* The link is dead: says so, with what became of the transaction. */
kn_status lp_lost(lp_connection *c, kn_error *error);
/* From the message of a connection that could not be made. */
kn_status lp_fail_open(lp_connection *c, bool securing, kn_error *error);
kn_status lp_no_memory(kn_error *error);

/* statement.c */
kn_status lp_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error);
void lp_finish(void *statement);
/* A step: the statement is prepared with the types of s->oids. */
kn_status lp_statement_prepare(lp_statement *s, kn_wait *wait, kn_error *error);
/* Its name is no longer good. */
void lp_statement_drop(lp_statement *s);
void lp_statement_name(const lp_connection *c, uint64_t number, char out[LP_NAME_SIZE]);
static inline bool lp_is_named(const lp_statement *s)
{
    return s->named && !s->connection->shares;
}
/* What runs may change the session, if it does that at all. */
static inline void lp_note_alters(const lp_statement *s)
{
    s->connection->altered |= s->alters;
    s->connection->discards |= s->alters;
}

/* execute.c */
kn_status lp_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error);
/* The next row, in s->result: KN_OK, KN_DONE. */
kn_status lp_next(lp_statement *s, kn_wait *wait, kn_error *error);
/* The rows are over, or failed. */
kn_status lp_end_rows(lp_statement *s, kn_wait *wait, kn_error *error);
kn_status lp_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error);
const char *lp_column_name(void *statement, size_t column);

/* The results of the last execution go. */
void lp_clear(lp_statement *s);
/* Fills `error` from the failure of the execution, also one because the prepared statement is no longer good. */
kn_status lp_fail_execute(lp_statement *s, kn_error *error);
kn_status lp_check_start(const lp_statement *s, const kn_execute_request *request, kn_error *error);
/* The number at the end of "INSERT 0 3" or "DELETE 3"; what was only read counts as nothing. */
int64_t lp_count_changed(const char *tag);

/* copy_out.c */
/* A step: asks for the types, unless they are known. Clears s->copies when the statement cannot be copied. */
kn_status lp_copy_ask(lp_statement *s, kn_wait *wait, kn_error *error);
/* A step: the same, then starts COPY, up to the first row (s is c->open), or its end or failure (LP_ENDING). */
kn_status lp_copy_start(lp_statement *s, kn_wait *wait, kn_error *error);
/* copy_row.c: as lp_fetch and lp_fetch_into. */
kn_status lp_fetch_copied(lp_statement *s, kn_value *row, kn_wait *wait, kn_error *error);
kn_status lp_fetch_copied_into(lp_statement *s, const kn_sink *sink, size_t stride, const kn_receiver *into,
                               kn_wait *wait, kn_error *error);
void lp_copy_forget_steps(lp_statement *s);
/* The next row, behind whose number of columns s->copy.current.at is: KN_OK, KN_DONE. */
kn_status lp_copy_next(lp_statement *s, kn_wait *wait, kn_error *error);
/* The same when it flows and lp_copy_ask_row has given `size`. */
kn_status lp_copy_take(lp_statement *s, int size, kn_wait *wait, kn_error *error);
static inline int lp_copy_ask_row(lp_statement *s)
{
    PQfreemem(s->copy.row);
    return PQgetCopyData(s->connection->pg, &s->copy.row, 1);
}
/* The row is not what COPY sends: KN_CORRUPT. */
kn_status lp_copy_refuse(lp_statement *s, kn_error *error);
/* Fills `error` from the failure; its position is in the statement. */
kn_status lp_copy_fail(lp_statement *s, kn_error *error);
/* Has COPY been refused because the columns are no longer of the types that were told? */
bool lp_copy_is_outdated(const lp_statement *s);
/* The types are no longer known. */
void lp_copy_forget(lp_statement *s);
void lp_copy_finish(lp_statement *s);

/* batch.c */
kn_status lp_execute_many(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                          size_t *failed, kn_wait *wait, kn_error *error);

/* parameter.c: chooses the parameters' types for all of these sets of values; false: they differ from set to set. */
bool lp_choose_types(lp_statement *s, const kn_value *values, size_t sets, bool *changed);
/* Encodes all values; *changed: the types are others than those it is prepared with. */
kn_status lp_encode(lp_statement *s, const kn_value *values, size_t count, bool *changed, kn_error *error);
/* The same of one set of a request for many, for which it may be prepared. KN_UNSUPPORTED: it is not of the usual kind.
 */
kn_status lp_encode_objects(lp_statement *s, const kn_object_rows *rows, bool *changed, kn_error *error);
Oid lp_oid_of_type(unsigned type);
/* One value that is not NULL, as `oid` has it: LP_FIXED bytes, or as many as the text, bytes or number take. */
kn_status lp_put_value(unsigned char *out, Oid oid, const kn_value *v, size_t *size, kn_error *error);

/* bulk.c */
/* One that a step of lp_bulk_begin has left. */
void lp_bulk_give_up(lp_connection *c);
kn_status lp_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                        const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error);
kn_status lp_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error);
kn_status lp_bulk_objects(void *bulk, const kn_object_rows *objects, size_t *done, kn_wait *wait, kn_error *error);
kn_status lp_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error);

/* value.c: chooses the decoders of the columns. */
kn_status lp_describe(lp_statement *s, const PGresult *result, kn_error *error);
/* Is there one for each? */
bool lp_reads_columns(const lp_statement *s);
static inline bool lp_is_described(const lp_statement *s)
{
    return s->described == s->number && lp_is_named(s);
}
kn_status lp_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error);
kn_status lp_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                        kn_error *error);
/* Room for what a row's decoders put beside the row. */
char *lp_row_alloc(lp_statement *s, size_t size, kn_error *error);

/* numeric.c: the server's base-10000 digits. */
size_t lp_numeric_bound(kn_decimal d);
/* Into LP_FIXED bytes; 0 = it is none of the usual numbers. */
size_t lp_numeric_encode_short(const kn_decimal *d, unsigned char *out);
kn_status lp_numeric_encode(kn_decimal d, unsigned char *out, size_t *size, kn_error *error);
size_t lp_numeric_room(const char *data, int size); /* what decoding may take of lp_row_alloc */
lp_decode_fn lp_numeric_decode;

/* Numbers as the protocol has them: the most significant byte first. */
static inline uint16_t lp_get16(const void *p)
{
    const unsigned char *b = p;
    return (uint16_t)(b[0] << 8 | b[1]);
}
static inline uint32_t lp_get32(const void *p)
{
    const unsigned char *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static inline uint64_t lp_get64(const void *p)
{
    const unsigned char *b = p;
    return (uint64_t)lp_get32(b) << 32 | lp_get32(b + 4);
}
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LP_BIG(bits, n) __builtin_bswap##bits(n)
#else
#define LP_BIG(bits, n) (n)
#endif
static inline void lp_put16(void *p, uint16_t n)
{
    n = LP_BIG(16, n);
    memcpy(p, &n, sizeof n);
}
static inline void lp_put32(void *p, uint32_t n)
{
    n = LP_BIG(32, n);
    memcpy(p, &n, sizeof n);
}
static inline void lp_put64(void *p, uint64_t n)
{
    n = LP_BIG(64, n);
    memcpy(p, &n, sizeof n);
}

static inline void *lp_resize(const kn_allocator *allocator, void *ptr, size_t old_size, size_t size)
{
    return allocator->resize(allocator->context, ptr, old_size, size);
}

#endif
