/* SPDX-License-Identifier: MIT */
/* fake.h - a backend that does what a test tells it, for testing everything above a driver.
 *
 * A test links koine_plugin_fake_static, starts a server and uses URLs with its name as the host:
 *
 *     fake_server *server = fake_server_start("s", allocator);
 *     kn_registry_add(registry, koine_plugin_fake, &error);
 *     fake_server_fail(server, (fake_fault){.slot = FAKE_EXECUTE, .nth = 3, .status = KN_LINK_LOST, .drops = true});
 *     fake_server_answer(server, &(fake_answer){.sql = "FROM users", .n_columns = 2, .rows = rows, .n_rows = 5});
 *     ... kn_engine_create("fake://s/", ...) or "anydialect+fake://s/"
 *     assert_null(fake_server_violation(server));
 *     fake_server_stop(server);
 *
 * Drivers of the plugin: "fake" does all a driver can do; "fake_plain" is blocking and leaves out every slot that may
 * be left out. The dialect "fake" is the core's base with every type stored as it is.
 *
 * Without a test's help (the plugin loaded from a file) a connection to a host that no server was started for has a
 * server of its own; the options of the URL program either kind: fail=slot:nth:status[:ever][:drop],...   what fails,
 * for example fail=execute:3:LINK_LOST:drop waits=N          every step returns KN_WAIT that often first (non-blocking
 * connections) version=N        version_number product=name
 *
 * Everything here may be called while the server is in use, from any thread. */
#ifndef KOINE_FAKE_H
#define KOINE_FAKE_H

#include <koine/plugin/plugin.h>

typedef struct fake_server fake_server;

/* The functions of a driver, as they are counted, recorded and made to fail. */
#define FAKE_SLOT_MAP(X)                                                                                               \
    X(OPEN, "open")                                                                                                    \
    X(CLOSE, "close")                                                                                                  \
    X(ABANDON, "abandon")                                                                                              \
    X(RESET, "reset")                                                                                                  \
    X(ALIVE, "alive")                                                                                                  \
    X(PREPARE, "prepare")                                                                                              \
    X(FINISH, "finish")                                                                                                \
    X(EXECUTE, "execute")                                                                                              \
    X(FETCH, "fetch")                                                                                                  \
    X(END, "end")                                                                                                      \
    X(TRANSACT, "transact")                                                                                            \
    X(CANCEL_CREATE, "cancel_create")                                                                                  \
    X(CANCEL_SEND, "cancel_send")                                                                                      \
    X(CANCEL_DESTROY, "cancel_destroy")                                                                                \
    X(BULK_BEGIN, "bulk_begin")                                                                                        \
    X(BULK_ROWS, "bulk_rows")                                                                                          \
    X(BULK_END, "bulk_end")                                                                                            \
    X(EXECUTE_MANY, "execute_many")
typedef enum fake_slot {
#define FAKE_X(slot, name) FAKE_##slot,
    FAKE_SLOT_MAP(FAKE_X)
#undef FAKE_X
        FAKE_SLOTS
} fake_slot;
const char *fake_slot_name(fake_slot slot);

/* `name` is the host of the URLs; one server of a name at a time. NULL: no memory, or the name is taken. */
fake_server *fake_server_start(const char *name, const kn_allocator *allocator);
/* Every connection must have been closed or abandoned. NULL is fine. */
void fake_server_stop(fake_server *server);

/* What happens to a call. close, abandon, finish and cancel_destroy cannot fail. */
typedef struct fake_fault {
    fake_slot slot;
    uint32_t nth; /* the nth call of the slot from now on, 1 = the next; 0 = 1 */
    const char
        *sql; /* only calls for SQL, a savepoint or a table with this in it count; NULL = all. At most 127 bytes */
    kn_status status; /* KN_OK: it only waits. execute_many: its last set fails; KN_UNSUPPORTED: it is not taken */
    kn_retry retry;
    kn_commit_state commit;
    int32_t native;
    const char *constraint; /* for the error; static */
    bool for_ever;          /* and all calls after it */
    bool drops;             /* the link is dead from then on: everything is KN_LINK_LOST */
    bool ends_transaction;  /* the backend rolls back by itself */
    bool after;             /* the call takes effect and fails then: a lost answer */
    uint32_t cells;         /* with `after`, of a fetch into a struct: behind that many cells; 0 = behind all */
    bool hangs;             /* runs until a cancel (KN_CANCELLED) or its deadline (KN_TIMEOUT) */
    uint32_t waits;         /* non-blocking: KN_WAIT on a file descriptor that often first */
    int64_t delay_us;       /* takes this long (non-blocking: KN_WAIT until a time) */
} fake_fault;
/* At most 64; KN_LIMIT. */
kn_status fake_server_fail(fake_server *server, fake_fault fault);
/* Forgets all faults. */
void fake_server_heal(fake_server *server);

/* What a statement gives. Everything is borrowed until the server stops. */
typedef struct fake_answer {
    const char *sql;            /* statements with this in their text; NULL = all. The answer given last wins */
    const char *const *columns; /* names; NULL = "c0", "c1"... */
    size_t n_columns;           /* 0 = no rows */
    const kn_value *rows;       /* n_rows times n_columns cells */
    size_t n_rows;
    int64_t changed, last_key;
} fake_answer;
/* At most 64; KN_LIMIT. A statement without an answer gives no rows and changes nothing. */
kn_status fake_server_answer(fake_server *server, const fake_answer *answer);

/* Every step returns KN_WAIT that often before it ends, on non-blocking connections. */
void fake_server_waits(fake_server *server, uint32_t waits);
/* What info reports; the product is static. */
void fake_server_version(fake_server *server, const char *product, uint32_t version_number);

/* One call, recorded when it returned something other than KN_WAIT. */
typedef struct fake_call {
    fake_slot slot;
    kn_status status;
    uint32_t connection; /* 1 = the first that was opened */
    uint32_t waits;      /* KN_WAITs before */
    char text[256];      /* the SQL, the verb and savepoint, the table; cut */
    char values[256];    /* execute, execute_many, bulk_rows: the values, as in "int 5|text ab|null", or in "whole|int
                            5|..."    where execute_many is to be one; cut */
} fake_call;
/* The nth call, 0 = the first; false when there are not so many. At most the first 65536 are kept. */
bool fake_server_call(const fake_server *server, size_t nth, fake_call *out);
/* Calls of a slot that returned something other than KN_WAIT, counted also when they are no longer recorded. */
uint64_t fake_server_count(const fake_server *server, fake_slot slot);

/* What is there now. All zero at the end of a test, or something leaks. */
typedef struct fake_live {
    uint32_t connections, statements, executions, transactions, cancels, bulks;
    uint32_t abandoned; /* connections, in this process */
    uint32_t most_connections;
} fake_live;
fake_live fake_server_live(const fake_server *server);

/* The first breach of the driver contract by the caller, NULL = none: a statement used after its end, a second
 * execution before the end of the first, another call while a step waits, two threads on one connection, something left
 * at close... */
const char *fake_server_violation(const fake_server *server);

kn_plugin_entry koine_plugin_fake; /* the entry of the plugin linked in */

#endif
