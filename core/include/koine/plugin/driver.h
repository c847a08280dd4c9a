/* SPDX-License-Identifier: MIT */
/* koine/plugin/driver.h - the contract of a driver: a client library behind a const table of functions.
 *
 * STEPS. A function with a `kn_wait *wait` is a step: on a non-blocking connection it may return KN_WAIT with what to
 * wait for, and is then called again with the same arguments until it returns something else (a request says the same
 * then, and what it points to stays, but it may be another copy); nothing else may be called on that connection in
 * between, but in_transaction, info and a cancel. On a blocking connection
 * (kn_open_request.blocking, the only kind a driver without KN_DRIVER_NON_BLOCKING knows) it never returns KN_WAIT, and
 * `wait` may be ignored. On a non-blocking one nothing ever blocks, but the resolution of names in open: not a
 * deadline's cancel either. cancel_send is a step of its own there, which may wait beside the one that it stops; the
 * latter does not end before it.
 * GIVING UP. In place of a step that waits, and of the end of an execution, core may give the connection up: then
 * cancel_destroy, finish of its statements and close are all that is called. What a waiting prepare had begun is freed
 * by close.
 * OWNERSHIP. A driver object (connection, statement, cancel) is made with the allocator of the open request and freed
 * by its own close/finish, which cannot fail. Values given to execute live until the execution has ended; values given
 * back by fetch live until the next call on the statement.
 * THREADS. One connection is used by one thread at a time; only cancel_send comes from others.
 * ERRORS. Each driver maps SQLSTATEs or native codes to kn_status by one table, and fills native, sqlstate, retry,
 * commit, constraint, table and column as far as the backend tells. A link that is dead is KN_LINK_LOST; when it died
 * after COMMIT was sent, KN_COMMIT_UNKNOWN.
 * MUST and MAY: slots marked MAY may be NULL; the registry then puts a default that the comment names. All others MUST
 * be there, else the plugin is KN_INCOMPLETE. Members are only ever added at the end, all of them MAY. */
#ifndef KOINE_PLUGIN_DRIVER_H
#define KOINE_PLUGIN_DRIVER_H

#include <koine/plugin/option.h>
#include <koine/plugin/slot.h>
#include <koine/type.h>
#include <koine/url.h>
#include <koine/wait.h>

KN_BEGIN_DECLS

/* What open gets. What it points to is borrowed until open has returned something other than KN_WAIT. */
typedef struct kn_open_request {
    size_t size_;
    const kn_allocator *allocator; /* never NULL; lives as long as the connection */
    const kn_url *url;             /* options checked against the driver's table */
    const char *const *values;     /* one a kn_option row, in order: the URL's value or the fallback; NULL = none */
    uint32_t blocking;             /* 1 = steps may block and never return KN_WAIT */
    uint32_t zero_;
    int64_t deadline_us; /* CLOCK_MONOTONIC; 0 = none */
    /* Takes what the backend says besides, during any call on the connection for as long as that lives: message and
     * sqlstate of an error with status KN_OK, borrowed for the call. NULL = nobody listens. */
    void (*notice)(void *context, const kn_error *said);
    void *notice_context;
} kn_open_request;

/* What is on the other side. Texts live as long as the connection. */
typedef struct kn_server_info {
    size_t size_;
    const char *product; /* lower case: the name feature rules use */
    const char *version;
    uint32_t version_number; /* major * 10000 + minor * 100 + patch */
    uint32_t zero_;
} kn_server_info;

/* What prepare gets. Borrowed for the call, except that `sql` is copied if needed. */
typedef struct kn_prepare_request {
    size_t size_;
    kn_text sql;                      /* in the dialect's placeholders; NUL-ended at sql.data[sql.size] */
    const kn_type *const *parameters; /* neutral types where known; an element may be NULL, the list too */
    size_t n_parameters;
    const kn_type *const *columns; /* neutral types of the result where known */
    size_t n_columns;
    uint32_t once;      /* 1 = will run once: do not keep it on the server */
    uint32_t rows_most; /* it gives at most so many rows, which need not be streamed; 0 = any number */
    /* 1 = a SELECT without locks, of n_columns columns, that is expected to give very many rows: what costs more once
     * and less for each of them pays. Core sets it for rendered statements only. Look at size_ before it. */
    uint32_t large;
    uint32_t zero_;
} kn_prepare_request;

/* What execute gets and gives. */
typedef struct kn_execute_request {
    size_t size_;
    const kn_value *values; /* in kinds of kn_driver.kinds, or KN_KIND_NULL */
    size_t n_values;
    int64_t deadline_us; /* CLOCK_MONOTONIC; 0 = none. Past it the driver stops the statement: KN_TIMEOUT */
    uint32_t whole;      /* execute_many, KN_DRIVER_WHOLE: 1 = what a failure leaves is taken back */
    uint32_t zero_;
    const kn_object_rows *objects; /* execute_many of one set, KN_DRIVER_OBJECTS: in place of `values` */
} kn_execute_request;

typedef struct kn_outcome {
    size_t size_;
    int64_t changed;  /* rows inserted, matched or deleted; -1 = not known; final only when no rows follow */
    int64_t last_key; /* KN_FEATURE_LAST_KEY: key generated by a one-row insert */
    size_t n_columns; /* of the result; 0 = no rows follow */
} kn_outcome;

typedef enum kn_transact_verb {
    KN_TRANSACT_BEGIN = 1, /* access: kn_access (0 write, 1 read) */
    KN_TRANSACT_COMMIT = 2,
    KN_TRANSACT_ROLLBACK = 3,
    KN_TRANSACT_SAVEPOINT = 4, /* name: already quoted by the dialect */
    KN_TRANSACT_RELEASE = 5,
    KN_TRANSACT_ROLLBACK_TO = 6
} kn_transact_verb;

/* Where a row goes. */
typedef struct kn_receiver {
    void *object;
    uint32_t keeps; /* 1 = texts must outlive the row: only `take` may be given them */
    /* Not 0. As long as it is the same, and no execution begins, the statement's sinks are the same at the same place,
     * and so is `keeps`: a driver need not choose anew what to do by them. */
    uint32_t version;
} kn_receiver;

/* Where the cells of a column go: `take` is called with each, which it may change, and `into` as fetch_into got it. A
 * driver may put a value into the slot's member itself instead, see kn_slot_put. */
typedef struct kn_sink kn_sink;
struct kn_sink {
    kn_status (*take)(const kn_sink *sink, kn_value *cell, const kn_receiver *into);
    kn_slot slot;
};

/* kn_driver.flags */
enum {
    KN_DRIVER_NON_BLOCKING = 1, /* open with blocking = 0 works */
    /* several results may be open at once on a connection. Without it, between execute and end nothing is called on the
     * connection but fetch, column_name, in_transaction, info and a cancel: not prepare, finish or transact either */
    KN_DRIVER_MULTI_RESULT = 2,
    KN_DRIVER_MEMORY_POOL_OF_ONE = 4, /* `single` below tells whether this URL means one connection only */
    /* execute_many looks at `whole`, which is asked for in an open transaction only: after a failure no set has an
     * effect, and the transaction goes on as it was before the call, unless it or the link is over. No cancel stops
     * what takes back. */
    KN_DRIVER_WHOLE = 8,
    /* execute_many takes `objects`, with `whole`: the values of one set, row after row, by their slots. KN_UNSUPPORTED
     * where one of these refuses, or is not of the usual kind. */
    KN_DRIVER_OBJECTS = 16
};

typedef struct kn_driver {
    size_t size_;
    const char *name;
    uint32_t flags;
    uint32_t kinds; /* KN_KIND_BIT of every kind that execute takes and fetch gives */
    const kn_option *options;

    /* Does this URL name a database that lives in one connection (in memory)? MAY: no. */
    bool (*single)(const kn_url *url);

    /* Opens, secures, sets and verifies the session defaults. A step: *connection is NULL at the first call and may be
     * set while it returns KN_WAIT (then close ends a half-open one). */
    kn_status (*open)(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error);
    /* Says goodbye and frees. */
    void (*close)(void *connection);
    /* In a forked child: frees nothing the parent shares and sends nothing. */
    void (*abandon)(void *connection);
    /* Back to the state after open: no transaction, session settings verified. A status other than OK closes it. */
    kn_status (*reset)(void *connection, kn_wait *wait, kn_error *error);
    /* Is the link alive? As cheap as the backend allows. MAY: OK. */
    kn_status (*alive)(void *connection, kn_wait *wait, kn_error *error);
    void (*info)(void *connection, kn_server_info *out);

    kn_status (*prepare)(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                         kn_error *error);
    void (*finish)(void *statement);
    /* Starts an execution; the one before must have been ended. */
    kn_status (*execute)(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                         kn_error *error);
    /* The next row into `row`, n_columns values: KN_OK, KN_DONE. A TEXT cell has a NUL at data[size], which size does
     * not count: programs are lent it as char *. */
    kn_status (*fetch)(void *statement, kn_value *row, kn_wait *wait, kn_error *error);
    /* Ends the execution, also in the middle of its rows; `outcome` (may be NULL) then is final. After it the
     * connection is free again. Called once for every execute that returned OK. */
    kn_status (*end)(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error);
    /* Name of a result column, after execute; lives until end. */
    const char *(*column_name)(void *statement, size_t column);

    kn_status (*transact)(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                          kn_error *error);
    /* Is a transaction open, as the backend sees it? One that a failure has ended counts as open until it is rolled
     * back: kn_transact repeats none that was ended in another way, which may be stored. */
    bool (*in_transaction)(void *connection);

    /* Cancel: an object made by the owner beforehand, sent from any thread, freed by the owner. MAY, all three
     * together: KN_UNSUPPORTED. cancel_send returns when the request is delivered; what ran ends with KN_CANCELLED, or
     * had ended.
     * KN_TRANSACT_ROLLBACK and _ROLLBACK_TO are left alone by it. */
    kn_status (*cancel_create)(void *connection, void **cancel, kn_error *error);
    kn_status (*cancel_send)(void *cancel, kn_wait *wait, kn_error *error);
    void (*cancel_destroy)(void *cancel);

    /* The fastest way to insert many rows of one shape, when that is more than a multi-row INSERT. MAY: not there; core
     * renders multi-row INSERTs of kn_limits.insert_rows. `rows` holds count x n_columns values. */
    kn_status (*bulk_begin)(void *connection, const char *table_quoted, const char *const *columns_quoted,
                            const kn_type *const *types, size_t n_columns, void **bulk, kn_wait *wait, kn_error *error);
    kn_status (*bulk_rows)(void *bulk, const kn_value *rows, size_t count, kn_wait *wait, kn_error *error);
    /* Ends and frees; *stored = rows that went in. `commit` 0 = give up. */
    kn_status (*bulk_end)(void *bulk, int commit, int64_t *stored, kn_wait *wait, kn_error *error);

    /* fetch without a row between: each cell goes to its sink as soon as it is there, in order of columns, the sink of
     * column i stands i * stride bytes behind the first. What a cell points to lives as with fetch. A status that a
     * sink gives ends the call with it; nothing more is fetched then. It waits before the first cell only. MAY: not
     * there; core calls fetch. */
    kn_status (*fetch_into)(void *statement, const kn_sink *first, size_t stride, const kn_receiver *into,
                            kn_wait *wait, kn_error *error);

    /* Runs a statement that gives no rows (else KN_INVALID, whatever it has done) once for each of `count` sets of
     * n_values values, which stand one after the other in request->values, in order; no `end` follows. outcome->changed
     * is the sum. No set that stands behind one that fails has an effect. *failed comes as `count`, and tells the index
     * of the set that failed, or SIZE_MAX when that is not known; left as it is with KN_UNSUPPORTED it says that the
     * driver does not take this batch and has sent nothing of it: core then executes set by set. MAY: core executes set
     * by set. */
    kn_status (*execute_many)(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                              size_t *failed, kn_wait *wait, kn_error *error);

    /* bulk_rows straight from objects, whose slots are the columns of bulk_begin: *done comes as 0 and tells how many
     * it took, which are those before the first that a slot has refused: core looks at that one itself. MAY: not there;
     * core calls bulk_rows. */
    kn_status (*bulk_objects)(void *bulk, const kn_object_rows *objects, size_t *done, kn_wait *wait, kn_error *error);
} kn_driver;
#define KN_DRIVER_INIT .size_ = sizeof(kn_driver)

KN_END_DECLS
#endif
