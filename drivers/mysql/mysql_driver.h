/* SPDX-License-Identifier: MIT */
/* Inside of the mysql driver: MariaDB Connector/C, or MySQL's libmysqlclient.
 *
 * ROWS are not stored by the client: they are read from the link one by one, into buffers that are bound once and grow
 * when a value is longer. Only one statement of a connection can have rows to come. Statements that give rows and
 * change some (INSERT ... RETURNING) are the exception: theirs are stored, so that execute tells whether all went in.
 * CANCEL is KILL QUERY on a connection of its own. It would hit whatever the server runs when it arrives: `activity`
 * says whether that is still what it was meant for. The owner says RUNNING while something runs or has rows to come; a
 * cancel makes it CANCELLING until the server has taken the KILL, and the owner does not go on before. A KILL that came
 * when its aim had ended waits in the server for the next statement: md_leave gives it an empty one.
 * STEPS are made of calls of the client. A step starts one and names who goes on when it has ended
 * (md_connection.then); md_run waits for it, and for those that are started then. On a connection that may block, a
 * call without a deadline is the client's own blocking one; all others are its non-blocking ones. Where it is blocking,
 * executing and fetching go on at once, without md_run. DEADLINES: past one the statement is killed; when it does not
 * end within a grace period the link is cut. A FAILURE THAT ENDS THE TRANSACTION (deadlock) leaves the server in
 * autocommit, where what follows would be stored statement by statement: nothing runs until it is rolled back. RESET
 * costs nothing when only plain statements ran. Else the session is made anew, which drops the server's prepared
 * statements: `generation` tells each that it must be prepared again. */
#ifndef KOINE_MYSQL_DRIVER_H
#define KOINE_MYSQL_DRIVER_H

#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>

#include <koine/plugin/plugin.h>

#ifdef MARIADB_PACKAGE_VERSION_ID
typedef my_bool md_flag;
#else
typedef bool md_flag;
#endif
/* Has the client what libmysqlclient has not? A build may say no, to try the part that both have. */
#ifndef MD_IS_CONNECTOR_C
#ifdef MARIADB_PACKAGE_VERSION_ID
#define MD_IS_CONNECTOR_C 1
#else
#define MD_IS_CONNECTOR_C 0
#endif
#endif

#define MD_TRY(call)                                                                                                   \
    do {                                                                                                               \
        kn_status try_status_ = (call);                                                                                \
        if (try_status_ != KN_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)

enum { MD_TLS_DISABLE, MD_TLS_REQUIRE, MD_TLS_VERIFY_CA, MD_TLS_VERIFY_FULL }; /* order of the choices */

/* The URL's options; every member is filled through the table in settings.c. Texts live in the connection. */
typedef struct md_settings {
    int64_t tls; /* -1 = by the host: verify-full, on this machine disable */
    int64_t grace_ms;
    int64_t blocking_handshake;
    const char *socket, *tls_ca, *tls_cert, *tls_key;
} md_settings;

/* Whom to call. */
typedef struct md_peer {
    const char *host, *socket; /* one of both */
    const char *user, *password, *database;
    unsigned port;
    int tls;
} md_peer;

/* A call of the client. */
typedef enum md_call_kind {
    MD_CALL_CONNECT,
    MD_CALL_QUERY,
    MD_CALL_STORE,
    MD_CALL_PING,
    MD_CALL_RESET,
    MD_CALL_STMT_PREPARE,
    MD_CALL_STMT_EXECUTE,
    MD_CALL_STMT_STORE,
    MD_CALL_STMT_FETCH,
    MD_CALL_STMT_FREE,
    MD_CALL_STMT_NEXT,
} md_call_kind;

typedef struct md_call {
    MYSQL *mysql;
    MYSQL_STMT *stmt;
    const md_peer *peer; /* of MD_CALL_CONNECT */
    const char *sql;
    size_t sql_size;
    int events; /* what the client waits for; 0 = it has ended */
    int failed; /* what it gave back, by its type: this, or one of those below */
    md_flag flag;
    uint8_t kind;
    bool tls;
    MYSQL *connected;
    MYSQL_RES *rows;
} md_call;

typedef struct md_connection md_connection;
typedef void md_then(md_connection *c);

/* A KILL QUERY and its link. */
typedef struct md_killer {
    md_connection *connection;
    md_call call;
    int64_t deadline_us;
    uint8_t stage;
    char sql[48];
} md_killer;

typedef struct md_cancel {
    md_connection *connection;
    md_killer killer;
    bool sends; /* is on its way */
    int before; /* md_connection.activity, when it began */
} md_cancel;

/* md_connection.at_deadline: what is done when until_us has passed. MD_KILLS: the server is asked to end the statement,
 * which has a grace period for it; MD_KILLING: it is being asked; MD_CUTS: the link is cut. */
enum { MD_KILLS, MD_KILLING, MD_CUTS };
/* md_connection.activity */
enum { MD_IDLE, MD_RUNNING, MD_CANCELLING, MD_CANCELLED };
/* md_connection.transaction */
enum { MD_NO_TRANSACTION, MD_BEGUN, MD_ABORTED };

typedef struct md_statement md_statement;
typedef struct md_bulk md_bulk;
struct md_connection {
    const kn_allocator *allocator;
    MYSQL *mysql;
    md_call call;
    md_then *then;         /* goes on when the call has ended; NULL = no step is on its way */
    md_then *after_leave;  /* goes on when md_leave is over */
    md_statement *running; /* of the step */
    md_statement *preparing;
    md_bulk *bulk;    /* that is being begun */
    kn_status status; /* of the step, as far as it got; its reason is in `failure` */
    int64_t until_us; /* deadline of the call; 0 = none */
    const kn_open_request *request;
    size_t host;      /* that is tried */
    md_killer killer; /* at a deadline */
    char *texts;      /* one allocation for those of `peer` and `settings`; wiped before it is freed */
    size_t texts_size;
    md_peer peer;
    md_settings settings;
    md_statement *open;    /* has rows to come */
    md_statement *closing; /* finished while another one had rows to come */
    uint64_t packet_max;   /* the server's max_allowed_packet */
    unsigned long thread_id;
    uint32_t generation;
    uint32_t version_number;
    bool blocking;
    bool can_many; /* takes many sets of values in a message */
    bool pauses;   /* nothing to wait for but time */
    bool mariadb;
    bool altered;         /* something ran that may have changed the session */
    bool dead;            /* the link is gone */
    bool opening;         /* there is no session yet to be saved: what lasts too long is cut */
    bool rested;          /* nothing was sent since it was reset: the server may have gone meanwhile */
    bool timed_out;       /* by the deadline of what runs now */
    bool ends_at_timeout; /* a lock held too long ends the transaction of who waits for it */
    uint8_t transaction;
    uint8_t at_deadline;
    uint8_t verb; /* of md_transact */
    atomic_int activity;
    atomic_bool leaves;   /* what was cancelled has ended: nobody cancels it once more */
    pthread_mutex_t kill; /* of a blocking connection: held while a cancel is on its way */
    char version[64];
    char text[1024]; /* of the SQL that the driver itself sends */
    kn_error failure;
};

/* What a value or a cell of fixed size is kept in. */
typedef union md_fixed {
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    float f;
    double d;
    MYSQL_TIME time;
    char decimal[72]; /* 65 digits, a sign and a point */
} md_fixed;

#define MD_NO_KIND UINT16_MAX
typedef struct md_parameter {
    md_fixed fixed;
    unsigned long length;
    uint16_t kind;         /* of the values that travel as the type that the client knows; MD_NO_KIND at first */
    uint16_t message_kind; /* of those in the message of many sets; MD_NO_KIND: none yet that is not NULL */
    md_flag null;
    bool nulls;     /* are any in that message NULL? */
    char indicator; /* of the set of values that is being written */
} md_parameter;

#define MD_NO_SCALE UINT16_MAX
#if MD_IS_CONNECTOR_C
typedef struct md_column {
    unsigned type, flags, charset; /* as the server describes it */
    uint8_t form;
    uint16_t scale; /* of a Numeric; MD_NO_SCALE for others */
} md_column;
#else
struct md_column;
typedef void md_reader(struct md_column *column, kn_value *cell);
typedef struct md_column {
    md_fixed fixed;
    md_reader *read;
    char *data; /* NULL where `fixed` holds the cell */
    size_t room;
    unsigned long length;
    uint32_t type;  /* as the server describes it */
    uint16_t scale; /* of a Numeric; MD_NO_SCALE for others */
    bool is_unsigned, is_binary;
    md_flag null, error;
} md_column;
#endif

/* md_statement.state */
enum {
    MD_ENDED,     /* nothing runs */
    MD_PENDING,   /* a row was read that fetch has not given yet */
    MD_STREAMING, /* the last row that was read was given */
    MD_DONE,      /* after the last row, or failed */
};

struct md_statement {
    md_connection *connection;
    md_statement *next; /* in md_connection.closing */
    MYSQL_STMT *handle; /* NULL: as text, since the server does not prepare it */
    char *sql;
    size_t sql_size;
    const kn_execute_request *request; /* until execute is over */
    int64_t deadline_us;
    int64_t changed, last_key; /* of the execution that ended last */
    MYSQL_BIND *binds;         /* of parameters, then of columns */
    md_parameter *parameters;
    md_column *columns;
#if MD_IS_CONNECTOR_C
    kn_value *cells;          /* of the row that was fetched last */
    unsigned char *nul, none; /* where the NUL of the last text goes; or nowhere */
    unsigned char *kept_end;  /* of the row, where the client keeps it */
    char *copy;
    size_t copy_room;
#else
    MYSQL_BIND *column_binds;
#endif
    uint16_t *scales; /* of the columns that are said to be Numeric; MD_NO_SCALE for others */
    size_t n_parameters, n_columns, room_columns, n_scales;
    const kn_value *sets; /* of many: those that are not sent, how many, and how many go with the next message */
    size_t sets_left, sets_now;
    uint32_t generation;
    unsigned warnings; /* that the server has about the rows, which were read to their end */
    uint8_t state;
    bool bound;  /* the parameters' types and places are known to the client */
    bool counts; /* changes rows */
    bool alters; /* may change the session */
    bool inside; /* the execution started in a transaction */
};

/* What was being done when an error came. MD_STORING: a statement outside of a transaction, which commits by itself. */
typedef enum md_phase { MD_CONNECTING, MD_PREPARING, MD_EXECUTING, MD_STORING, MD_BEGINNING, MD_COMMITTING } md_phase;

static inline void *md_resize(const kn_allocator *allocator, void *ptr, size_t old_size, size_t size)
{
    return allocator->resize(allocator->context, ptr, old_size, size);
}

/* The client's code for a prepared statement that gives other columns than before. */
#define MD_OTHER_COLUMNS 2057

/* error.c: fills `error` from the last failure of the connection, or of the statement. */
kn_status md_fail(md_connection *c, MYSQL *mysql, md_phase phase, kn_error *error);
kn_status md_fail_statement(md_statement *s, md_phase phase, kn_error *error);
/* It has run, and gives other columns than it was prepared for: it is prepared anew when it runs again. */
kn_status md_fail_columns(md_statement *s, kn_error *error);
/* The code of the last failure of the statement. */
unsigned md_code_of(const md_statement *s);
bool md_is_lost(unsigned code);

/* settings.c */
extern const kn_option md_options[];
/* Fills settings and what all hosts have in common of `peer`. */
kn_status md_settings_read(md_connection *c, const kn_open_request *request, kn_error *error);
kn_status md_settings_host(md_connection *c, const kn_url_host *host, kn_error *error);

/* connection.c */
kn_status md_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error);
void md_close(void *connection);
void md_abandon(void *connection);
kn_status md_alive(void *connection, kn_wait *wait, kn_error *error);
void md_info(void *connection, kn_server_info *out);
/* Starts a call that links call->mysql, which is made, to where the connection goes; md_dial_end when it has ended. */
kn_status md_dial(md_connection *c, md_call *call, bool blocking, int64_t deadline_us, kn_error *error);
kn_status md_dial_end(md_connection *c, const md_call *call, kn_error *error);
/* The session is set, or c->status says why not. */
void md_opened(md_connection *c);
/* Is the link known to be dead, or seen to be, where it has rested? */
kn_status md_check_alive(md_connection *c, kn_error *error);
/* MD_EXECUTING or MD_STORING. */
md_phase md_phase_of(const md_statement *s);
/* May a few bytes be written without waiting, or is waiting allowed? */
bool md_may_write(const md_connection *c);

/* session.c: the session's settings, made and verified. */
void md_session_set(md_connection *c);
kn_status md_reset(void *connection, kn_wait *wait, kn_error *error);

/* call.c */
int64_t md_now_us(void);
/* Calls the client; `waits`: may come back before it has ended, and then wants md_call_go. */
void md_call_start(md_call *k, md_call_kind kind, bool waits);
/* Until it has ended: KN_OK. KN_TIMEOUT at `until_us` (0 = never): it has not ended. KN_WAIT unless `blocking`. */
kn_status md_call_go(md_call *k, bool blocking, int64_t until_us, kn_wait *wait);
void md_close_link(MYSQL *mysql, bool tls);
void md_close_handle(const md_connection *c, MYSQL_STMT *handle);
/* Ends a call at once, with its link. */
void md_call_cut(md_call *k);
/* The same for the call of the step, with `then` to go on. */
void md_start(md_connection *c, md_call_kind kind, md_then *then);
void md_start_query(md_connection *c, const char *sql, size_t size, md_then *then);
void md_start_statement(md_statement *s, md_call_kind kind, md_then *then);
/* Are its calls simply the client's, without a deadline or signals to be held back? Then no step is made of them. */
static inline bool md_is_direct(const md_connection *c)
{
    return c->blocking && !c->until_us && !c->call.tls;
}
/* Brings the step that was begun further: KN_WAIT, or its status. */
kn_status md_run_step(md_connection *c, kn_wait *wait, kn_error *error);
static inline kn_status md_run(md_connection *c, kn_wait *wait, kn_error *error)
{
    return c->then || c->status != KN_OK ? md_run_step(c, wait, error) : KN_OK;
}
/* No cancel hits: a rollback that does not happen is worse than one that takes its time. */
static inline void md_enter_undoing(md_connection *c, int64_t deadline_us)
{
    c->timed_out = false;
    c->until_us = deadline_us;
    c->at_deadline = MD_KILLS;
}
/* From here on a cancel hits; md_leave ends that, then `then` (may be NULL) goes on. */
static inline void md_enter(md_connection *c, int64_t deadline_us)
{
    md_enter_undoing(c, deadline_us);
    atomic_store(&c->activity, MD_RUNNING);
}
void md_leave(md_connection *c, md_then *then);
/* For what no cancel hits, and where at the deadline the link is cut at once. */
void md_enter_alone(md_connection *c, int64_t deadline_us);

/* cancel.c */
void md_kill_begin(md_killer *k, md_connection *c, int64_t deadline_us);
/* A step. After any status but KN_WAIT nothing of it is left. */
kn_status md_kill_go(md_killer *k, bool blocking, kn_wait *wait, kn_error *error);
void md_kill_end(md_killer *k);
kn_status md_cancel_create(void *connection, void **cancel, kn_error *error);
kn_status md_cancel_send(void *cancel, kn_wait *wait, kn_error *error);
void md_cancel_destroy(void *cancel);

/* transact.c */
kn_status md_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error);
bool md_in_transaction(void *connection);
static inline bool md_is_inside(const md_connection *c)
{
    return c->transaction == MD_ABORTED || (c->mysql->server_status & SERVER_STATUS_IN_TRANS);
}
/* May a statement run? */
kn_status md_check_transaction(const md_connection *c, kn_error *error);
/* Does a failure with this code roll the whole transaction back? */
bool md_ends_transaction(const md_connection *c, unsigned code);
/* Something failed with this code. */
void md_note_failure(md_connection *c, unsigned code, bool inside);

/* statement.c */
/* May a statement begin? */
kn_status md_check_free(md_connection *c, kn_error *error);
kn_status md_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error);
void md_finish(void *statement);
/* The step that waits will not go on: its link is cut. */
void md_give_up(md_connection *c);
/* Those that were finished when it could not be said to the server. */
void md_close_finished(md_connection *c);
/* Starts to prepare it on the server; md_prepared when that has ended, and `then` may go on. */
kn_status md_start_prepare(md_statement *s, md_then *then, kn_error *error);
kn_status md_prepared(md_statement *s, kn_error *error);

/* warning.c: md_leave after an execution that has warnings; a failure, where they tell of one. */
void md_read_warnings(md_connection *c);

/* execute.c */
/* May an execution start? Then md_begin starts it. */
kn_status md_check_hindered(md_statement *s, int64_t deadline_us, kn_error *error);
static inline kn_status md_check_start(md_statement *s, int64_t deadline_us, kn_error *error)
{
    const md_connection *c = s->connection;
    bool free = !(c->rested | c->dead) && !c->open && c->transaction != MD_ABORTED;
    return free && !deadline_us ? KN_OK : md_check_hindered(s, deadline_us, error);
}
void md_begin(md_statement *s, int64_t deadline_us);
/* An execution of a statement that the session knows, whose parameters are in place. */
void md_start_execution(md_statement *s, int64_t deadline_us);
/* For a session that was made anew. */
void md_prepare_again(md_statement *s, md_then *then);
kn_status md_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error);
kn_status md_fetch(void *statement, kn_value *row, kn_wait *wait, kn_error *error);
kn_status md_fetch_into(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into, kn_wait *wait,
                        kn_error *error);
kn_status md_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error);
const char *md_column_name(void *statement, size_t column);

/* many.c */
bool md_can_many(MYSQL *mysql);
kn_status md_execute_many(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                          size_t *failed, kn_wait *wait, kn_error *error);
kn_status md_bulk_begin(void *connection, const char *table_quoted, const char *const *columns_quoted,
                        const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error);
kn_status md_bulk_rows(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error);
kn_status md_bulk_end(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error);
void md_bulk_give_up(md_connection *c);

/* text.c */
enum {
    MD_COUNTS = 1, /* may change rows */
    MD_ALTERS = 2  /* may change the session */
};
/* What a statement may do, by its words. */
unsigned md_sql_effects(const char *sql, size_t size);

/* value.c */
/* The first `n` are of the statement `s`, which keeps what they point to until the execution has ended. */
kn_status md_bind(md_statement *s, const kn_value *values, size_t n, kn_error *error);
#if MD_IS_CONNECTOR_C
/* objects.c: the same from objects, where each value is of its parameter's kind, as those bound before were. */
bool md_put_objects(md_statement *s, const kn_object_rows *rows);
#endif
/* Adds the bytes of a value, which is not NULL, if it can be sent; and as what. */
kn_status md_measure(size_t index, const kn_value *v, enum enum_field_types *type, uint64_t *sum, kn_error *error);
/* A number as text; its digits may be moved together. */
void md_read_decimal(char *text, size_t size, uint16_t scale, kn_value *cell);

/* row.c, or bound.c for libmysqlclient */
/* The statement has been prepared. */
void md_rows_ready(md_statement *s);
/* The execution gives columns. */
kn_status md_columns_bind(md_statement *s, kn_error *error);
/* Before the client fetches a row, and after it. */
void md_row_begin(md_statement *s);
kn_status md_row_end(md_statement *s, kn_error *error);
/* The row that was fetched last. */
void md_row(md_statement *s, kn_value *row);
kn_status md_row_into(md_statement *s, const kn_sink *first, size_t stride, const kn_receiver *into);
void md_columns_free(md_statement *s);
/* The client has just read that there are no more rows: how many warnings does the server say that it has? */
unsigned md_row_warnings(const md_statement *s);
const MYSQL_FIELD *md_fields(md_statement *s);

#endif
