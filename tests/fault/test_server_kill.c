/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* testbed: --durable */
/* A server is killed with -9 while clients work on it, and comes back on its data. What Koine said of each transaction
 * is held against what is there then, as the server's own command line client tells it: what was acknowledged is there,
 * what was said to have failed is not, what is unknown may be either, and nothing is there in part or twice.
 *
 * KOINE_KILLS says how often; scripts/campaign kill makes it a thousand. */
#include "support/cmocka.h"

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#include "support/database.h"
#include "support/native_client.h"

#define CLIENTS 4
#define ACCOUNTS 8
#define PAGES 300
#define MANY 12        /* deeds of one insert_many */
#define KILLS_SAMPLE 5 /* when nothing else is asked for */
#define PATIENCE_S 120 /* for a server to come back, or a client to end its transaction */

typedef struct Account {
    int64_t id;
    int64_t balance;
} Account;
typedef struct Deed {
    int64_t number; /* of the transaction, which is never given twice */
    int64_t source, target, amount;
} Deed;
typedef struct Page {
    int64_t id;
    char text[101];
} Page;
KN_MODEL(Account);
KN_MODEL(Deed);
KN_MODEL(Page);
KN_COLUMNS(Account) = {
    KN_COLUMN(Account, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Account, balance, KN_BIG_INTEGER),
};
KN_COLUMNS(Deed) = {
    KN_COLUMN(Deed, number, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Deed, source, KN_BIG_INTEGER),
    KN_COLUMN(Deed, target, KN_BIG_INTEGER),
    KN_COLUMN(Deed, amount, KN_BIG_INTEGER),
};
KN_COLUMNS(Page) = {
    KN_COLUMN(Page, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Page, text, KN_STRING(100)),
};
KN_DEFINE(Account, "accounts");
KN_DEFINE(Deed, "deeds");
KN_DEFINE(Page, "pages");
static const kn_select all_pages = KN_SELECT(KN_FROM(Page), .order_by = KN_LIST(KN_ASC(KN_COL(Page, id))));

/* What Koine said of a transaction. */
typedef enum label { FAILED, ACKNOWLEDGED, UNKNOWN, N_LABELS } label;

/* One transaction: `n` deeds, numbered from `number` on. */
typedef struct entry {
    int64_t number;
    int n, found;
    label label;
} entry;

typedef struct client {
    struct chaos *chaos;
    pthread_t thread;
    uint64_t random;
    int64_t next; /* number */
    entry *entries;
    size_t n, room;
    unsigned long refused; /* connections */
    atomic_uint worked;    /* transactions acknowledged since the kill */
} client;

typedef struct chaos {
    test_database *db;
    kn_engine *engine;
    const char *backend;
    pthread_mutex_t mutex;
    pthread_cond_t change;
    bool running, over;
    int parked;
    client clients[CLIENTS];
    atomic_ulong wrong;
    char first_wrong[400];
    unsigned long labels[N_LABELS], unknown_there;
} chaos;

/* xorshift64 */
static unsigned draw(uint64_t *random, unsigned below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (unsigned)(*random >> 33) % below;
}

/* Something that must not be; the first one is told. */
static void wrong(chaos *x, const char *what, int64_t number, kn_status status, const kn_error *error)
{
    if (atomic_fetch_add(&x->wrong, 1) == 0)
        snprintf(x->first_wrong, sizeof(x->first_wrong), "%s: transaction %lld: %s, commit %d, retry %d: %.200s", what,
                 (long long)number, kn_status_name(status), error->commit, error->retry, error->message);
}

/* At `ms` from now, for pthread_cond_timedwait. */
static struct timespec in_ms(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* Deeds. */

static kn_status move(kn_connection *c, const Deed *deed, kn_error *error)
{
    const kn_sql_text update = KN_SQL("UPDATE accounts SET balance = balance + ? WHERE id = ?");
    bool upward = deed->source < deed->target; /* in one order, so that two do not wait for each other */
    int64_t first = upward ? deed->source : deed->target, second = upward ? deed->target : deed->source;
    int64_t amount = upward ? -deed->amount : deed->amount;
    kn_status status = kn_execute(c, update, KN_ARGS(kn_int(amount), kn_int(first)), NULL, error);

    return status == KN_OK ? kn_execute(c, update, KN_ARGS(kn_int(-amount), kn_int(second)), NULL, error) : status;
}

/* A deed and two accounts; every eighth is taken back again. */
static kn_status transfer(client *a, kn_connection *c, Deed *deed, bool keep, kn_error *error)
{
    kn_status status = kn_begin(c, KN_WRITE, error);

    (void)a;
    if (status == KN_OK)
        status = kn_insert(c, KN_OBJECT(Deed, deed), error);
    if (status == KN_OK)
        status = move(c, deed, error);
    if (status == KN_OK)
        return keep ? kn_commit(c, error) : kn_rollback(c, error);
    if (kn_in_transaction(c) && kn_rollback(c, NULL) == KN_OK)
        error->commit = KN_COMMIT_NOT;
    return status;
}

static kn_status deed_alone(client *a, kn_connection *c, Deed *deed, bool keep, kn_error *error)
{
    (void)a, (void)keep;
    deed->amount = 0;
    return kn_insert(c, KN_OBJECT(Deed, deed), error);
}

static kn_status many_deeds(client *a, kn_connection *c, Deed *deed, bool keep, kn_error *error)
{
    Deed deeds[MANY];

    (void)a, (void)keep;
    for (int i = 0; i < MANY; i++)
        deeds[i] = (Deed){.number = deed->number + i};
    return kn_insert_many(c, KN_OBJECT(Deed, deeds), MANY, error);
}

typedef struct verb {
    kn_status (*run)(client *a, kn_connection *c, Deed *deed, bool keep, kn_error *error);
    int n; /* deeds */
    bool keep;
} verb;

static const verb verbs[] = {
    {transfer, 1, true}, {transfer, 1, true},  {transfer, 1, true},   {transfer, 1, true},
    {transfer, 1, true}, {transfer, 1, false}, {deed_alone, 1, true}, {many_deeds, MANY, true},
};

/* All pages or a failure. */
static void read_pages(client *a, kn_connection *c)
{
    kn_error error = {0};
    kn_rows *rows = NULL;
    kn_status status = kn_list(c, &all_pages, KN_NO_ARGS, 0, &rows, &error);

    if (status == KN_OK && rows->count != PAGES)
        wrong(a->chaos, "rows were lost", (int64_t)rows->count, status, &error);
    if (status != KN_OK && status != KN_LINK_LOST) /* whether it ran is for the statement's author to judge */
        wrong(a->chaos, "a read", 0, status, &error);
    kn_rows_free(rows);
}

/* Labels. */

/* What a failure says, and whether it may say so. */
static label label_of(chaos *x, int64_t number, kn_status status, const kn_error *error)
{
    if ((kn_status)error->status != status || !error->message[0])
        wrong(x, "an error without its status or its words", number, status, error);
    if ((status == KN_COMMIT_UNKNOWN) != (error->commit == KN_COMMIT_LOST) && status != KN_LINK_LOST)
        wrong(x, "a status that contradicts its commit state", number, status, error);
    if (status != KN_LINK_LOST && status != KN_COMMIT_UNKNOWN)
        wrong(x, "not what a kill does", number, status, error);
    if (error->commit == KN_COMMIT_LOST && error->retry != KN_RETRY_NEVER)
        wrong(x, "a retry of what may have happened", number, status, error);
    if (error->commit == KN_COMMIT_NOT && error->retry == KN_RETRY_NEVER)
        wrong(x, "no retry of what has not happened", number, status, error);
    if (error->commit == KN_COMMIT_LOST)
        return UNKNOWN;
    if (error->commit != KN_COMMIT_NOT)
        wrong(x, "neither failed nor unknown", number, status, error);
    return FAILED;
}

static entry *new_entry(client *a, const verb *v)
{
    if (a->n == a->room) {
        a->room = a->room ? 2 * a->room : 256;
        a->entries = (entry *)realloc(a->entries, a->room * sizeof(*a->entries));
        assert_non_null(a->entries);
    }
    a->entries[a->n] = (entry){.number = a->next, .n = v->n, .label = FAILED};
    a->next += v->n;
    return &a->entries[a->n++];
}

/* A connection, or NULL: the server is down. */
static kn_connection *dial(client *a)
{
    kn_connection *c = NULL;
    kn_error error = {0};
    kn_status status = kn_connect(a->chaos->engine, &c, &error);

    if (status == KN_OK)
        return c;
    if ((status != KN_CONNECT && status != KN_LINK_LOST) || error.retry != KN_RETRY_CONNECTION)
        wrong(a->chaos, "a connection", 0, status, &error);
    a->refused++;
    return NULL;
}

static bool is_running(client *a, unsigned wait_ms)
{
    chaos *x = a->chaos;
    struct timespec until = in_ms(wait_ms);
    bool running;

    pthread_mutex_lock(&x->mutex);
    if (wait_ms && x->running)
        pthread_cond_timedwait(&x->change, &x->mutex, &until);
    running = x->running;
    pthread_mutex_unlock(&x->mutex);
    return running;
}

/* Once. True when the transaction is settled. */
static bool attempt(client *a, const verb *v, entry *e, Deed deed)
{
    kn_connection *c = dial(a);
    kn_error error = {0};
    kn_status status;

    if (!c)
        return false;
    if (draw(&a->random, 4) == 0)
        read_pages(a, c);
    status = v->run(a, c, &deed, v->keep, &error);
    if (status == KN_OK)
        e->label = v->keep ? ACKNOWLEDGED : FAILED;
    else if (v->keep || error.status != KN_LINK_LOST)
        e->label = label_of(a->chaos, e->number, status, &error);
    if (status == KN_OK)
        atomic_fetch_add(&a->worked, 1);
    kn_release(c);
    return status == KN_OK || error.retry == KN_RETRY_NEVER || !v->keep;
}

/* What failed is tried again under the same number, as an application would: if the label was wrong, it is there twice.
 */
static void work(client *a)
{
    const verb *v = &verbs[draw(&a->random, KN_COUNT_OF(verbs))];
    entry *e = new_entry(a, v);
    Deed deed = {.number = e->number,
                 .source = 1 + draw(&a->random, ACCOUNTS),
                 .target = 1 + draw(&a->random, ACCOUNTS),
                 .amount = 1 + draw(&a->random, 100)};

    while (!attempt(a, v, e, deed) && is_running(a, 2))
        ;
}

static void *client_main(void *context)
{
    client *a = (client *)context;
    chaos *x = a->chaos;

    for (;;) {
        pthread_mutex_lock(&x->mutex);
        if (!x->running && !x->over) {
            x->parked++;
            pthread_cond_broadcast(&x->change);
            while (!x->running && !x->over)
                pthread_cond_wait(&x->change, &x->mutex);
            x->parked--;
        }
        pthread_mutex_unlock(&x->mutex);
        if (x->over)
            return NULL;
        work(a);
    }
}

/* The killer. */

static void run_clients(chaos *x)
{
    for (int i = 0; i < CLIENTS; i++)
        atomic_store(&x->clients[i].worked, 0);
    pthread_mutex_lock(&x->mutex);
    x->running = true;
    pthread_cond_broadcast(&x->change);
    pthread_mutex_unlock(&x->mutex);
}

static void park_clients(chaos *x)
{
    struct timespec until = in_ms(PATIENCE_S * 1000);
    int failed = 0;

    pthread_mutex_lock(&x->mutex);
    x->running = false;
    pthread_cond_broadcast(&x->change);
    while (x->parked < CLIENTS && !failed)
        failed = pthread_cond_timedwait(&x->change, &x->mutex, &until);
    pthread_mutex_unlock(&x->mutex);
    if (failed)
        fail_msg("a client has not ended its transaction in %d s", PATIENCE_S);
}

/* Until each client has had as many transactions acknowledged. */
static void await_work(chaos *x, unsigned n)
{
    struct timespec until = in_ms(PATIENCE_S * 1000), now;

    for (int i = 0; i < CLIENTS; i++) {
        while (atomic_load(&x->clients[i].worked) < n) {
            (void)is_running(&x->clients[i], 2);
            clock_gettime(CLOCK_MONOTONIC, &now);
            if (now.tv_sec > until.tv_sec)
                fail_msg("client %d has no working connection after %d s: %s", i, PATIENCE_S, x->first_wrong);
        }
    }
}

static void crash(chaos *x)
{
    char *const arguments[] = {getenv("KOINE_TESTBED"), (char *)"crash", (char *)(uintptr_t)x->backend, NULL};
    extern char **environ;
    pid_t pid = 0;
    int status = -1;

    if (!arguments[0])
        fail_msg("run this under scripts/koine-testbed --durable");
    assert_int_equal(posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* The verdict. */

enum { ROW_DEED, ROW_ACCOUNT };

static entry *entry_of(chaos *x, long long number)
{
    for (int i = 0; i < CLIENTS; i++) {
        client *a = &x->clients[i];
        for (size_t k = 0; k < a->n; k++) {
            entry *e = &a->entries[k];
            if (number >= e->number && number < e->number + e->n)
                return e;
        }
    }
    return NULL;
}

static void take_row(void *context, long long kind, long long value)
{
    chaos *x = (chaos *)context;
    const kn_error none = {0};
    entry *e = kind == ROW_DEED ? entry_of(x, value) : NULL;

    if (kind == ROW_ACCOUNT && value != 0)
        wrong(x, "an account that its deeds do not explain", value, KN_OK, &none);
    if (kind == ROW_DEED && !e)
        wrong(x, "a deed that nobody did", value, KN_OK, &none);
    if (e)
        e->found++;
}

static void judge(chaos *x, const entry *e, unsigned long *count)
{
    const kn_error none = {0};

    count[e->label]++;
    x->unknown_there += e->label == UNKNOWN && e->found == e->n;
    if (e->label == ACKNOWLEDGED && e->found != e->n)
        wrong(x, "acknowledged and not there", e->number, KN_OK, &none);
    if (e->label == FAILED && e->found)
        wrong(x, "failed and there", e->number, KN_OK, &none);
    if (e->found != 0 && e->found != e->n)
        wrong(x, "there in part", e->number, KN_OK, &none);
}

/* Holds what is there against the labels, with nobody at work; prints the verdict. */
static void check(chaos *x, unsigned kill)
{
    static const char rows[] = "SELECT 0, number FROM deeds UNION ALL SELECT 1, a.balance"
                               " - COALESCE((SELECT SUM(amount) FROM deeds WHERE target = a.id), 0)"
                               " + COALESCE((SELECT SUM(amount) FROM deeds WHERE source = a.id), 0) FROM accounts a";
    unsigned long count[N_LABELS] = {0};

    if (!native_query(x->db->url, rows, take_row, x))
        fail_msg("the server's own client failed");
    for (int i = 0; i < CLIENTS; i++) {
        for (size_t k = 0; k < x->clients[i].n; k++)
            judge(x, &x->clients[i].entries[k], count);
    }
    for (int i = 0; i < N_LABELS; i++)
        x->labels[i] += count[i];
    printf("%s kill %u: %lu acknowledged, %lu failed, %lu unknown\n", atomic_load(&x->wrong) == 0 ? "ok" : "not", kill,
           count[ACKNOWLEDGED], count[FAILED], count[UNKNOWN]);
    if (x->first_wrong[0])
        printf("  %lu wrong, the first: %s\n", atomic_load(&x->wrong), x->first_wrong);
    fflush(stdout);
    atomic_store(&x->wrong, 0);
}

static void must(chaos *x, kn_connection *c, kn_sql_text sql)
{
    assert_ok(x->db, kn_execute(c, sql, KN_NO_ARGS, NULL, &x->db->error));
}

/* An empty table of deeds, and accounts of nothing. */
static void start_over(chaos *x)
{
    kn_connection *c = NULL;

    assert_ok(x->db, kn_connect(x->engine, &c, &x->db->error));
    must(x, c, KN_SQL("DELETE FROM deeds"));
    must(x, c, KN_SQL("UPDATE accounts SET balance = 0"));
    kn_release(c);
    for (int i = 0; i < CLIENTS; i++)
        x->clients[i].n = 0;
}

static void fill(test_database *db)
{
    Account accounts[ACCOUNTS] = {{0}};
    Page *pages = (Page *)calloc(PAGES, sizeof(*pages));

    test_database_create(db, &Account_model, &Deed_model);
    test_database_create(db, &Page_model, NULL);
    for (int i = 0; i < ACCOUNTS; i++)
        accounts[i].id = i + 1;
    for (int i = 0; i < PAGES; i++) {
        pages[i].id = i + 1;
        memset(pages[i].text, 'a' + i % 26, sizeof(pages[i].text) - 1);
    }
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Account, accounts), ACCOUNTS, &db->error));
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Page, pages), PAGES, &db->error));
    free(pages);
}

static void start_clients(chaos *x, uint64_t seed)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&x->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&x->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (int i = 0; i < CLIENTS; i++) {
        client *a = &x->clients[i];
        *a = (client){.chaos = x, .random = seed + (uint64_t)i * 7919 + 1, .next = (int64_t)(i + 1) << 40};
        assert_int_equal(pthread_create(&a->thread, NULL, client_main, a), 0);
    }
}

static void stop_clients(chaos *x)
{
    pthread_mutex_lock(&x->mutex);
    x->over = true;
    pthread_cond_broadcast(&x->change);
    pthread_mutex_unlock(&x->mutex);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(x->clients[i].thread, NULL);
        free(x->clients[i].entries);
    }
    pthread_cond_destroy(&x->change);
    pthread_mutex_destroy(&x->mutex);
}

/* In the middle of the work, or when all connections idle in the pool: then the clients find dead ones there. */
static void kill_once(chaos *x, unsigned kill, uint64_t *random)
{
    run_clients(x);
    await_work(x, 1 + draw(random, 8));
    (void)is_running(&x->clients[0], 1 + draw(random, 20));
    if (draw(random, 5) == 0)
        park_clients(x);
    crash(x);
    run_clients(x);
    await_work(x, 2);
    park_clients(x);
    check(x, kill);
    start_over(x);
}

static void test_server_kill__labels_tell_the_truth(void **state)
{
    test_database *db = test_database_of(state);
    const char *kills = getenv("KOINE_KILLS"), *given = getenv("KOINE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 1000 + (uint64_t)getpid();
    unsigned n = kills ? (unsigned)strtoul(kills, NULL, 10) : KILLS_SAMPLE, bad = 0;
    chaos x = {.db = db, .engine = db->engine, .backend = strncmp(db->url, "mysql", 5) == 0 ? "mariadb" : "postgresql"};
    unsigned long refused = 0;

    printf("seed %llu\n", (unsigned long long)seed);
    fill(db);
    kn_release(db->c);
    db->c = NULL;
    start_clients(&x, seed);
    seed ^= UINT64_C(0x9E3779B97F4A7C15);
    for (unsigned kill = 1; kill <= n; kill++) {
        x.first_wrong[0] = '\0';
        kill_once(&x, kill, &seed);
        bad += x.first_wrong[0] != '\0';
    }
    for (int i = 0; i < CLIENTS; i++)
        refused += x.clients[i].refused;
    stop_clients(&x);
    printf("%s: %u kills; %lu acknowledged, %lu failed, %lu unknown (%lu of them there); %lu connections refused\n",
           x.backend, n, x.labels[ACKNOWLEDGED], x.labels[FAILED], x.labels[UNKNOWN], x.unknown_there, refused);
    assert_int_equal(bad, 0);
}

static void ignore_row(void *context, long long first, long long second)
{
    (void)context, (void)first, (void)second;
}

/* Kills it, and waits until it is back and `ms` have passed. */
static void restart(chaos *x, int64_t ms)
{
    const struct timespec until = in_ms((unsigned)ms);
    struct timespec now;

    crash(x);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (!native_query(x->db->url, "SELECT 1, 1", ignore_row, NULL) || now.tv_sec < until.tv_sec ||
           (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
}

static void assert_not_run(const chaos *x, kn_status status)
{
    assert_int_equal(status, KN_LINK_LOST);
    assert_int_equal(x->db->error.commit, KN_COMMIT_NOT);
    assert_int_equal(x->db->error.retry, KN_RETRY_CONNECTION);
}

/* With statements that are prepared, so that nothing is asked before they run. */
static void let_two_idle(test_database *db, kn_engine *engine)
{
    kn_connection *c[2] = {NULL};

    for (int i = 0; i < 2; i++) {
        Deed deed = {.number = time(NULL) * 1000 + i, .source = 1, .target = 1};
        assert_ok(db, kn_connect(engine, &c[i], &db->error));
        assert_ok(db, kn_insert(c[i], KN_OBJECT(Deed, &deed), &db->error));
        assert_ok(db, kn_delete(c[i], KN_OBJECT(Deed, &deed), &db->error));
    }
    kn_release(c[0]);
    kn_release(c[1]);
}

/* Those that idled shortly are handed out unseen, and say by themselves that nothing was sent. */
static void test_server_kill__idle_connections_are_told_before_anything_runs(void **state)
{
    test_database *db = test_database_of(state);
    chaos x = {.db = db, .backend = strncmp(db->url, "mysql", 5) == 0 ? "mariadb" : "postgresql"};
    kn_pool_stats stats = {.size_ = sizeof(stats)};
    Deed deed = {.number = 1, .source = 1, .target = 1};
    kn_connection *c = NULL;

    fill(db);
    kn_release(db->c);
    db->c = NULL;
    let_two_idle(db, db->engine);
    restart(&x, 0);
    assert_ok(db, kn_connect(db->engine, &c, &db->error));
    assert_not_run(&x, kn_insert(c, KN_OBJECT(Deed, &deed), &db->error));
    kn_release(c);
    assert_ok(db, kn_connect(db->engine, &c, &db->error));
    assert_not_run(&x, kn_begin(c, KN_WRITE, &db->error));
    kn_release(c);
    assert_ok(db, kn_connect(db->engine, &c, &db->error));
    assert_ok(db, kn_insert(c, KN_OBJECT(Deed, &deed), &db->error));
    kn_release(c);
    kn_engine_stats(db->engine, &stats);
    assert_int_equal(stats.broken, 2);
    assert_int_equal(stats.in_use, 0);
}

/* Those that idled long are looked at, and replaced. */
static void test_server_kill__connections_that_idled_long_are_replaced(void **state)
{
    test_database *db = test_database_of(state);
    chaos x = {.db = db, .backend = strncmp(db->url, "mysql", 5) == 0 ? "mariadb" : "postgresql"};
    kn_engine *engine = NULL;
    kn_connection *c[2] = {NULL};

    fill(db);
    kn_release(db->c);
    db->c = NULL;
    assert_ok(db, kn_engine_create(db->url, KN_ENGINE_OPTIONS(.registry = db->registry, .pool_idle_check_s = 1),
                                   &engine, &db->error));
    let_two_idle(db, engine);
    restart(&x, 1100);
    for (int i = 0; i < 2; i++) {
        Deed deed = {.number = i + 1, .source = 1, .target = 1};
        assert_ok(db, kn_connect(engine, &c[i], &db->error));
        assert_ok(db, kn_insert(c[i], KN_OBJECT(Deed, &deed), &db->error));
    }
    kn_release(c[0]);
    kn_release(c[1]);
    kn_engine_destroy(engine);
    kn_engine_close_idle(db->engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_server_kill__idle_connections_are_told_before_anything_runs,
                                        test_database_open, test_database_close),
        cmocka_unit_test_setup_teardown(test_server_kill__connections_that_idled_long_are_replaced, test_database_open,
                                        test_database_close),
        cmocka_unit_test_setup_teardown(test_server_kill__labels_tell_the_truth, test_database_open,
                                        test_database_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
