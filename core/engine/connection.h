/* SPDX-License-Identifier: MIT */
/* core/engine/connection.h - a connection, what is prepared on it, and executions, as the engine's own files see them.
 */
#ifndef KOINE_ENGINE_CONNECTION_H
#define KOINE_ENGINE_CONNECTION_H

#include <koine/nonblocking.h>

#include "base/buffer.h"
#include "engine/clock.h"
#include "engine/engine.h"
#include "model/mapping.h"
#include "type/value_check.h"

typedef struct kn__prepared kn__prepared;
typedef struct kn__plan kn__plan; /* engine/object.h */

typedef struct kn__read_into {
    kn_receiver to;
    const kn_result *result;
    kn_arena *arena;     /* NULL: texts are borrowed */
    kn_arena *row_arena; /* lives until the next row */
    kn_error *error;
} kn__read_into;

static inline kn_receiver kn__receiver(uint32_t version, void *object, const kn_arena *arena)
{
    return (kn_receiver){object, arena != NULL, 2 * version + (arena != NULL)};
}

typedef struct kn__reader kn__reader;
typedef kn_status kn__take_fn(const kn_sink *sink, kn_value *cell, const kn_receiver *into); /* of a kn__read_into */

/* How a result column becomes a value, and a value a member. Chosen once a statement. */
struct kn__reader {
    kn_sink sink;            /* a kn__take_fn */
    const kn_column *column; /* of the mapped model; NULL = none */
    kn__store_fn *store;     /* NULL = the column has no member */
    kn_status (*decode)(const kn_type *type, const kn_value *in, kn_arena *arena, kn_value *out, kn_error *error);
    kn__check_fn *check; /* of a cell that has the canonical kind; NULL = the kind says all */
    uint16_t storage;    /* kn_kind */
    bool canonical;      /* storage is the canonical kind */
    bool needs_arena;    /* even when texts are borrowed */
    kn_type type;        /* id 0 = not known */
};

typedef enum kn__result_state {
    KN__RESULT_CLOSED,
    KN__RESULT_OPEN,
    KN__RESULT_ROW,
    KN__RESULT_WAITING, /* for a row */
    KN__RESULT_DONE,
    KN__RESULT_FAILED
} kn__result_state;

struct kn_result {
    kn__prepared *prepared;
    kn__result_state state;
    bool release_after; /* the prepared statement was taken for this result alone */
    kn_status failed;   /* what ended its rows early, for the trace */
    uint32_t zero_;
    int64_t rows, started_us;
    kn__read_into into; /* what is the same for every row is set once */
    kn_wait wait;       /* of fetch_into */
};

/* A statement of the driver's, on one connection, with the room its executions need. */
struct kn__prepared {
    kn_connection *connection;
    kn__shape *shape;
    void *statement;
    /* The driver's, or in its place kn__fetch_then_take. */
    kn_status (*fetch_into)(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into,
                            kn_wait *wait, kn_error *error);
    kn_value *parameters; /* n_binds: what goes to the driver */
    kn_value *cells;      /* n_columns: what comes back */
    kn__reader *readers;  /* n_columns */
    size_t n_columns;     /* as the driver said at the last execution */
    size_t room_columns;
    const kn_model *mapped;   /* for which the readers' stores are chosen */
    uint32_t version;         /* counts what they were chosen for */
    kn_arena parameter_arena; /* encoded values, until the execution ends */
    kn_arena row_arena;       /* decoded values, until the next row */
    struct kn_result result;
    kn__prepared *next_in_bucket, *newer, *older; /* newer/older: order of use */
    kn__prepared **last;                          /* the plan's shortcut to it; NULL = none */
    kn__prepared *next_executing, **back_executing;
    unsigned users; /* statements, results and verbs that hold it; it may go when 0 */
    bool plain;     /* its parameters are its arguments, in order, as they are */
    bool executing; /* execute succeeded, end has not been called */
    bool cached;
};

struct kn_statement {
    kn_connection *connection;
    kn__prepared *prepared;
    kn_statement *next, **back; /* the connection's list */
    kn_arena arena;             /* literals' copies */
    kn_value *literals;
    kn_value *values; /* bound */
    kn_type *types;   /* stated by kn_bind_type; NULL = none */
    size_t n_values;
    uint32_t timeout_ms;
};

/* A verb of a non-blocking connection, as far as it can be the one that waits. */
#define KN__STEP_MAP(X)                                                                                                \
    X(CONNECT, "kn_connect_step")                                                                                      \
    X(RELEASE, "kn_release_step")                                                                                      \
    X(PREPARE, "kn_prepare")                                                                                           \
    X(RUN, "kn_run")                                                                                                   \
    X(OPEN, "kn_open")                                                                                                 \
    X(NEXT, "kn_next")                                                                                                 \
    X(END, "kn_result_end")                                                                                            \
    X(BEGIN, "kn_begin")                                                                                               \
    X(COMMIT, "kn_commit")                                                                                             \
    X(ROLLBACK, "kn_rollback")                                                                                         \
    X(SAVEPOINT, "kn_savepoint")                                                                                       \
    X(SAVEPOINT_RELEASE, "kn_savepoint_release")                                                                       \
    X(SAVEPOINT_ROLLBACK, "kn_savepoint_rollback")
typedef enum kn__step_verb {
    KN__STEP_NONE,
#define KN__X(step, name) KN__STEP_##step,
    KN__STEP_MAP(KN__X)
#undef KN__X
} kn__step_verb;

/* The verb that waits, and what it goes on with. */
typedef struct kn__paused {
    kn__step_verb step;
    uint32_t part;      /* RUN: 1 = it is at its end; ROLLBACK, RELEASE: 1 = a result is being ended for it */
    const void *object; /* what the verb was called on */
    kn_wait wait;
    int64_t deadline_us, started_us;
    union {
        kn_prepare_request prepare; /* PREPARE */
        kn_outcome outcome;         /* RUN, part 1 */
        kn__buffer name;            /* of a savepoint, quoted */
    } as;
} kn__paused;

/* Why a verb is not simply done; 0 = it is. */
enum {
    KN__NOT_LENT = 1, /* before kn_connect and after kn_release */
    KN__BROKEN = 2,
    KN__STEPWISE = 4, /* non-blocking */
    KN__WAITING = 8,  /* a verb has returned KN_WAIT */
    KN__OPENING = 16, /* kn_connect_step has not ended */
    KN__GIVEN_UP = 32 /* the driver may only be asked to close */
};

#define KN__PREPARED_BUCKETS 64
struct kn_connection {
    kn_engine *engine;
    const kn_driver *driver;
    void *link; /* the driver's connection */
    void *cancel;
    kn__target target;
    kn_backend backend;
    kn_connection *next_idle;
    kn_statement *statements;
    kn__prepared *buckets[KN__PREPARED_BUCKETS];
    kn__prepared *newest, *oldest;
    size_t n_prepared;
    kn__plan *plans;         /* of the models that object verbs have seen */
    kn__prepared *executing; /* those between execute and end */
    kn__prepared *doomed;    /* not held any more, to be finished when nothing executes; by next_in_bucket */
    kn_arena scratch;        /* of the object verbs: see kn__scratch_take */
    bool scratch_is_taken;
    int64_t opened_us, returned_us;
    int64_t cancel_until_us; /* kn_cancel_step waits; 0 = it does not */
    uint32_t generation, epoch;
    uint32_t hindrance; /* KN__NOT_LENT... */
    bool stepwise_link; /* opened non-blocking */
    bool checked;       /* CONNECT: the pooled link is being looked at */
    uint32_t marks;     /* kn__mark that are set, one within the other */
    bool transacting;   /* a callback of kn_transact runs, whose transaction is not its own to end */
    kn__paused paused;
};

/* When something that begins now, and has no deadline of its own, must have ended; 0 = no end. */
static inline int64_t kn__connection_deadline(const kn_connection *connection)
{
    return kn__deadline_us(connection->engine->options.statement_timeout_ms);
}

/* Is it the parent's, seen from a forked child? */
static inline bool kn__connection_is_inherited(const kn_connection *connection)
{
    return !kn__same_process(&connection->engine->fork) || connection->epoch != connection->engine->epoch;
}

/* core/engine/connection.c */
/* A connection without a link. */
kn_status kn__connection_create(kn_engine *engine, bool stepwise, kn_connection **out, kn_error *error);
/* Opens its link. A step; `waited`: it is called again. */
kn_status kn__connection_link(kn_connection *connection, bool waited, kn_error *error);
/* Takes the link away, and all that was prepared on it. */
void kn__connection_unlink(kn_connection *connection);
/* Sends nothing in a forked child. */
void kn__connection_close(kn_connection *connection);
/* Back to a fresh session; a status other than KN_OK and KN_WAIT means that it must be closed. A step. */
kn_status kn__connection_reset(kn_connection *connection, kn_error *error);
kn_status kn__connection_alive(kn_connection *connection, bool waited, kn_error *error);
const kn__target *kn__connection_target(const kn_connection *connection);
/* KN_FORKED, KN_MISUSE when it was released, KN_LINK_LOST when it is broken, KN_UNSUPPORTED: for verbs that are no
 * steps when it is non-blocking. */
kn_status kn__connection_refuse(const kn_connection *connection, kn_error *error);
static inline bool kn__connection_is_unhindered(const kn_connection *connection)
{
    return !kn__connection_is_inherited(connection) && !connection->hindrance;
}
static inline kn_status kn__connection_usable(const kn_connection *connection, kn_error *error)
{
    return kn__connection_is_unhindered(connection) ? KN_OK : kn__connection_refuse(connection, error);
}

/* core/engine/step.c: steps of a non-blocking connection. A verb that is one begins with kn__step_begin, and passes
 * what its driver calls return through kn__again. */
/* KN_OK: begin; KN_WAIT: it is the verb that waits, called again: go on; else it is refused. */
kn_status kn__step_resume(kn_connection *connection, kn__step_verb step, const void *object, kn_error *error);
static inline kn_status kn__step_begin(kn_connection *connection, kn__step_verb step, const void *object,
                                       kn_error *error)
{
    return kn__connection_is_unhindered(connection) ? KN_OK : kn__step_resume(connection, step, object, error);
}
/* A driver's step wants to wait. Waits and returns true; or on a non-blocking connection notes who waits, and returns
 * false. */
bool kn__step_wait(kn_connection *connection, kn__step_verb step, const void *object, kn_wait *wait,
                   int64_t deadline_us);
/* After a driver's step: true = call it again. Usage: do status = step(..., &wait, error);
 * while (kn__again(status, connection, KN__STEP_..., object, &wait, deadline)); */
static inline bool kn__again(kn_status status, kn_connection *connection, kn__step_verb step, const void *object,
                             kn_wait *wait, int64_t deadline_us)
{
    return status == KN_WAIT && kn__step_wait(connection, step, object, wait, deadline_us);
}
/* When the verb was called first. 0 = nobody wants to know. */
int64_t kn__step_clock(kn_connection *connection);
static inline int64_t kn__step_started(kn_connection *connection)
{
    return kn__traced(connection->engine) ? kn__step_clock(connection) : 0;
}
/* Nothing but closing it is left: something would have to be waited for where that cannot be. */
void kn__step_give_up(kn_connection *connection);

static inline bool kn__connection_is_broken(const kn_connection *connection)
{
    return (connection->hindrance & KN__BROKEN) != 0;
}

/* May the driver be called for one statement while the rows of another are read? */
static inline bool kn__connection_is_free(const kn_connection *connection)
{
    return !connection->executing ||
           (connection->driver->flags & KN_DRIVER_MULTI_RESULT && !(connection->hindrance & KN__STEPWISE));
}

/* Ends the results that are open, for `step`. A step; other failures are not told. */
kn_status kn__connection_end_results(kn_connection *connection, kn__step_verb step);

/* The scratch memory of a verb, empty: the connection's, or when that is taken, by the verb from within which another
 * one was called (by a column's default function), the verb's own. */
static inline kn_arena *kn__scratch_take(kn_connection *connection, kn_arena *own)
{
    if (connection->scratch_is_taken) {
        kn_arena_init(own, connection->engine->allocator, 0);
        return own;
    }
    connection->scratch_is_taken = true;
    if (connection->scratch.used)
        kn_arena_reset(&connection->scratch);
    return &connection->scratch;
}

static inline void kn__scratch_give(kn_connection *connection, kn_arena *scratch)
{
    if (scratch == &connection->scratch)
        connection->scratch_is_taken = false;
    else
        kn_arena_finish(scratch);
}

/* core/engine/transaction.c: ends a transaction that a verb began for itself: commits after KN_OK, else rolls back,
 * also when the commit is refused. Returns the first failure. */
kn_status kn__transaction_end(kn_connection *connection, kn_status status, kn_error *error);
/* After the failure that `error` tells, and says then too when not all could be taken back. True when it was. */
bool kn__roll_back_for(kn_connection *connection, kn_error *error);

/* A savepoint of a verb's own in the program's transaction, to take back what the verb did and leave the rest. */
typedef struct kn__mark {
    char name[sizeof("koine_mark_a")];
    bool set;
} kn__mark;
/* Not below rows that are open: taking back could end them. */
bool kn__mark_may(const kn_connection *connection);
kn_status kn__mark_set(kn_connection *connection, kn__mark *mark, kn_error *error);
/* After KN_OK releases it, else goes back to it; nothing when it is not set. Returns the first failure. */
kn_status kn__mark_end(kn_connection *connection, kn__mark *mark, kn_status status, kn_error *error);

/* Looks at what a driver's call returned: a dead link marks the connection broken. Returns `status`. */
kn_status kn__connection_note_failure(kn_connection *connection, kn_status status);
static inline kn_status kn__connection_note(kn_connection *connection, kn_status status)
{
    return status == KN_OK ? KN_OK : kn__connection_note_failure(connection, status);
}

/* core/engine/prepare.c: the prepared statement of a key, from the connection's cache or new; the caller releases it.
 */
kn_status kn__prepare(kn_connection *connection, const kn__key *key, kn__shape_maker *make, void *context,
                      kn__prepared **out, kn_error *error);
void kn__prepared_release(kn__prepared *prepared);
/* The one that is there already, when nobody holds it; NULL. */
kn__prepared *kn__prepared_find(kn_connection *connection, const kn__key *key);
/* Takes one that was prepared before, when nobody holds it: what kn__prepare would find. */
bool kn__prepared_take(kn__prepared *prepared);
/* Finishes what was released while the driver was busy with another's rows. */
void kn__prepared_bury(kn_connection *connection);
/* All that nobody holds; with `all` also those that somebody does (the connection ends). */
void kn__prepared_drop(kn_connection *connection, bool all);

/* What an execution is given. */
typedef struct kn__arguments {
    const kn_value *values; /* KN_ARG(0)..., or rows x columns of an insert */
    size_t count;
    const kn_value *literals; /* kn__structure_values of the query; NULL when there are none */
    const kn_type *types;     /* stated, one a value; NULL = none */
    uint32_t timeout_ms;
    bool encoded; /* the values are checked and encoded already, and live until the execution ends */
} kn__arguments;

static inline int64_t kn__arguments_deadline(const kn_connection *connection, const kn__arguments *arguments)
{
    return arguments->timeout_ms ? kn__deadline_us(arguments->timeout_ms) : kn__connection_deadline(connection);
}

/* core/engine/execute.c: checks and encodes every value, then sends. On KN_OK the execution is open: kn__end it. */
kn_status kn__execute(kn__prepared *prepared, const kn__arguments *arguments, kn_outcome *outcome, kn_error *error);
/* A step: on KN_WAIT it is still open. */
kn_status kn__end(kn__prepared *prepared, kn_outcome *outcome, kn_error *error);
/* Where nothing can wait: the connection is given up if it would have to. */
kn_status kn__end_at_once(kn__prepared *prepared, kn_error *error);
/* Executes with encoded values, stores the first row straight into a struct, and ends: KN_OK, or KN_DONE when there is
 * none. For a connection that is usable and a statement that may be read so. */
kn_status kn__fetch_one(kn__prepared *prepared, const kn_value *values, const kn__read_into *into, kn_error *error);
static inline bool kn__may_fetch_one(const kn__prepared *prepared, const kn_model *model)
{
    const kn_connection *connection = prepared->connection;

    return prepared->mapped == model && prepared->plain && !connection->executing && !connection->hindrance &&
           !kn__traced(connection->engine);
}
/* The same as kn__run of `count` arguments that are encoded. */
kn_status kn__run_encoded(kn__prepared *prepared, const kn_value *values, size_t count, kn_outcome *outcome,
                          kn_error *error);
/* Execute and end, for what gives no rows. */
kn_status kn__run(kn__prepared *prepared, const kn__arguments *arguments, kn_outcome *outcome, kn_error *error);
/* Checks and encodes the arguments of an execution to come into n_binds values, with what they need in `arena`. */
kn_status kn__bind_values(const kn__prepared *prepared, const kn__arguments *arguments, kn_arena *arena,
                          kn_value *values, kn_error *error);
/* kn__run of what kn__bind_values gave; the connection is usable and free. */
kn_status kn__run_bound(kn__prepared *prepared, const kn_value *values, int64_t deadline_us, kn_outcome *outcome,
                        kn_error *error);

/* core/engine/batch.c */
/* In the program's transaction, one set of encoded values or of those of `objects`, of which a failure leaves nothing:
 * by the driver, where *taken is true after it. */
kn_status kn__run_whole(kn__prepared *prepared, const kn_value *values, const kn_object_rows *objects, size_t count,
                        bool *taken, kn_error *error);
/* kn__run once for each of `sets` sets of arguments, which stand one after the other in arguments->values. */
kn_status kn__run_many(kn__prepared *prepared, const kn__arguments *arguments, size_t sets, int64_t *changed,
                       kn_error *error);

/* core/engine/read.c */
void kn__reader_set_type(kn__reader *reader, const kn__target *target, const kn_type *type);
void kn__reader_set_column(kn__reader *reader, const kn_column *column);
/* A cell that is not NULL, as a value of the reader's type: *value is the cell itself, or `decoded`. */
kn_status kn__reader_decode(const kn__reader *reader, kn_value *cell, kn_arena *arena, kn_value *decoded,
                            const kn_value **value, kn_error *error);

/* core/engine/result.c: opens the result of an execution that has started. */
kn_status kn__result_open(kn__prepared *prepared, const kn__arguments *arguments, bool release_after, kn_result **out,
                          kn_error *error);
/* Ends it (NULL: there is none); what kn_result_close does not tell. */
kn_status kn__result_end(kn_result *result, kn_error *error);
/* Ends it; `status` is what came before, and stays when it is a failure. */
kn_status kn__result_finish(kn_result *result, kn_status status, kn_error *error);
/* kn_driver.fetch_into of one that fetches rows only; of a kn__read_into. */
kn_status kn__fetch_then_take(void *statement, const kn_sink *first, size_t stride, const kn_receiver *to,
                              kn_wait *wait, kn_error *error);
/* The current row into a struct: texts are copied to `arena`, or with NULL borrowed until the next row. */
kn_status kn__result_store(kn_result *result, const kn_model *model, void *object, kn_arena *arena, kn_error *error);
/* The next row, straight into a struct: KN_OK, KN_DONE. */
kn_status kn__result_next_into(kn_result *result, const kn_model *model, void *object, kn_arena *arena,
                               kn_error *error);
/* Adds a column's name to an error about it; returns the status. */
kn_status kn__result_name_column(const kn_result *result, size_t column, kn_status status, kn_error *error);

/* core/engine/plan.c */
void kn__plans_free(kn_connection *connection);

/* core/engine/query.c: shapes of queries. */
kn_status kn__prepare_node(kn_connection *connection, const kn_node *query, kn__prepared **out, kn_error *error);
/* The literals of a query, in `arena`; NULL in *out when it has none. */
kn_status kn__literals_of(const kn_node *query, size_t count, kn_arena *arena, kn_value **out, kn_error *error);

#endif
