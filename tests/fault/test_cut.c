/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* The stream between Koine and a server ends after every byte of an exchange, in either direction, as a peer that
 * closes, as one that resets, as a link that stalls, and as a network that swallows everything. Each time: a clear
 * failure within the deadline or none, what is in the database agrees with what was said of it, what was read is right,
 * and the pool gives a working connection next.
 *
 * KOINE_CUT_STEP says every how many bytes (1 = all; scripts/campaign cut), KOINE_CUT_WORKERS how many at a time. */
#include "support/cmocka.h"

#include <stdatomic.h>

#include "support/cutting_proxy.h"
#include "support/database.h"

#define STEP_SAMPLE 61
#define WORKERS_SAMPLE 64
#define WORKERS_MAX 128
#define PAGES 9
#define MANY 24
#define SETS 5
/* Deadlines, where only they end the waiting; elsewhere nothing may need them. */
#define STALL_MS 400
#define STALL_CONNECT_MS 1500
#define LONG_MS 60000
#define GRACE_MS 2000 /* both drivers' */
#define SLACK_MS 4000 /* of a busy machine */
#define SETTLE_S 20

typedef struct Mark {
    int64_t run; /* one case */
    int64_t verb, n;
} Mark;
typedef struct Page {
    int64_t id;
    char text[33];
} Page;
KN_MODEL(Mark);
KN_MODEL(Page);
KN_COLUMNS(Mark) = {
    KN_COLUMN(Mark, run, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Mark, verb, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Mark, n, KN_BIG_INTEGER, .primary_key = true),
};
KN_COLUMNS(Page) = {
    KN_COLUMN(Page, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Page, text, KN_STRING(32)),
};
KN_DEFINE(Mark, "marks");
KN_DEFINE(Page, "pages");
static const kn_select all_pages = KN_SELECT(KN_FROM(Page), .order_by = KN_LIST(KN_ASC(KN_COL(Page, id))));
static const kn_select large_pages =
    KN_SELECT(KN_FROM(Page), .order_by = KN_LIST(KN_ASC(KN_COL(Page, id))), .large = 1);
static const kn_select marks_of =
    KN_SELECT(KN_FROM(Mark), .where = KN_EQ(KN_COL(Mark, run), KN_ARG(0)), .limit = KN_INT(1000));

/* One case, while it runs. */
typedef struct subject {
    kn_connection *c;
    int64_t run;
    bool wrong_rows;
    kn_error error;
} subject;

static Page page(int i)
{
    Page p = {.id = i + 1};

    memset(p.text, 'a' + i, sizeof(p.text) - 1);
    return p;
}

/* The exchange. Each verb leaves `leaves` marks behind when it is KN_OK, all or none. */

static kn_status mark(subject *s, int verb, int n)
{
    Mark m = {.run = s->run, .verb = verb, .n = n};

    return kn_insert(s->c, KN_OBJECT(Mark, &m), &s->error);
}

static kn_status insert_one(subject *s, int verb)
{
    return mark(s, verb, 0);
}

static kn_status read_pages(subject *s, const kn_select *query)
{
    kn_rows *rows = NULL;
    kn_status status = kn_list(s->c, query, KN_NO_ARGS, 0, &rows, &s->error);

    if (status != KN_OK)
        return status;
    s->wrong_rows = rows->count != PAGES;
    for (size_t i = 0; i < rows->count && !s->wrong_rows; i++) {
        const Page wanted = page((int)i), *got = (const Page *)rows->items + i;
        s->wrong_rows = got->id != wanted.id || strcmp(got->text, wanted.text) != 0;
    }
    kn_rows_free(rows);
    return status;
}

static kn_status read_list(subject *s, int verb)
{
    (void)verb;
    return read_pages(s, &all_pages);
}

static kn_status read_large(subject *s, int verb)
{
    (void)verb;
    return read_pages(s, &large_pages);
}

/* Row by row. The end must not come before the last. */
static kn_status read_stream(subject *s, int verb)
{
    kn_statement *statement = NULL;
    kn_result *result = NULL;
    kn_value least = kn_int(3);
    int64_t id = 0, next = 3;
    kn_status status =
        kn_prepare(s->c, KN_SQL("SELECT id, text FROM pages WHERE id >= ? ORDER BY id"), &statement, &s->error);

    (void)verb;
    if (status == KN_OK)
        status = kn_open(statement, &least, 1, &result, &s->error);
    while (status == KN_OK && (status = kn_next(result, &s->error)) == KN_OK) {
        kn_text text;
        if (kn_get_int(result, 0, &id, &s->error) != KN_OK || id != next++ ||
            kn_get_text(result, 1, &text, &s->error) != KN_OK || text.size != 32 || text.data[31] != 'a' + id - 1)
            s->wrong_rows = true;
    }
    if (status == KN_DONE)
        s->wrong_rows = s->wrong_rows || next != PAGES + 1;
    kn_result_close(result);
    kn_statement_finish(statement);
    return status == KN_DONE ? KN_OK : status;
}

/* Ends after a failure too, as a program would; the label of the first failure counts. */
static kn_status end(subject *s, kn_status status)
{
    if (status == KN_OK)
        return kn_commit(s->c, &s->error);
    if (kn_in_transaction(s->c) && kn_rollback(s->c, NULL) == KN_OK)
        s->error.commit = KN_COMMIT_NOT;
    return status;
}

static kn_status commit_two(subject *s, int verb)
{
    kn_status status = kn_begin(s->c, KN_WRITE, &s->error);

    if (status == KN_OK)
        status = mark(s, verb, 0);
    if (status == KN_OK)
        status = kn_savepoint(s->c, "here", &s->error);
    if (status == KN_OK)
        status = mark(s, verb, 9);
    if (status == KN_OK)
        status = kn_savepoint_rollback(s->c, "here", &s->error);
    if (status == KN_OK)
        status = mark(s, verb, 1);
    return end(s, status);
}

static kn_status roll_back(subject *s, int verb)
{
    kn_status status = kn_begin(s->c, KN_WRITE, &s->error);

    if (status == KN_OK)
        status = mark(s, verb, 0);
    if (status == KN_OK)
        status = kn_rollback(s->c, &s->error);
    return status == KN_OK ? KN_OK : end(s, status);
}

static kn_status insert_objects(subject *s, int verb, int first)
{
    Mark marks[MANY];

    for (int i = 0; i < MANY; i++)
        marks[i] = (Mark){.run = s->run, .verb = verb, .n = first + i};
    return kn_insert_many(s->c, KN_OBJECT(Mark, marks), MANY, &s->error);
}

static kn_status insert_many(subject *s, int verb)
{
    return insert_objects(s, verb, 0);
}

static kn_status run_sets(subject *s, int verb, int first)
{
    kn_statement *statement = NULL;
    kn_value values[SETS * 3];
    kn_status status =
        kn_prepare(s->c, KN_SQL("INSERT INTO marks (run, verb, n) VALUES (?, ?, ?)"), &statement, &s->error);

    for (int i = 0; i < SETS; i++) {
        values[3 * i] = kn_int(s->run);
        values[3 * i + 1] = kn_int(verb);
        values[3 * i + 2] = kn_int(first + i);
    }
    if (status == KN_OK)
        status = kn_run_many(statement, values, SETS, 3, NULL, &s->error);
    kn_statement_finish(statement);
    return status;
}

static kn_status run_many(subject *s, int verb)
{
    return run_sets(s, verb, 0);
}

/* Both again, in a transaction of the program's: at the end all is prepared. */
static kn_status many_inside(subject *s, int verb)
{
    kn_status status = kn_begin(s->c, KN_WRITE, &s->error);

    if (status == KN_OK)
        status = insert_many(s, verb);
    if (status == KN_OK)
        status = run_sets(s, verb, MANY);
    if (status == KN_OK)
        status = insert_objects(s, verb, MANY + SETS);
    return end(s, status);
}

typedef struct verb {
    const char *name;
    kn_status (*run)(subject *s, int verb);
    int leaves;
} verb;

static const verb verbs[] = {
    {"insert", insert_one, 1},          {"list", read_list, 0},
    {"insert again", insert_one, 1},    {"stream", read_stream, 0},
    {"transaction", commit_two, 2},     {"rollback", roll_back, 0},
    {"insert many", insert_many, MANY}, {"run many", run_many, SETS},
    {"list again", read_list, 0},       {"large", read_large, 0},
    {"large again", read_large, 0},     {"both in a transaction", many_inside, 2 * MANY + SETS},
};
#define N_VERBS ((int)KN_COUNT_OF(verbs))
#define CONNECT (-1)

/* A case and its verdict. */

static const char *const directions[] = {"to the server", "to the client"};
static const char *const ways[] = {"nothing", "closed", "reset", "stalled", "dead"};

typedef struct campaign {
    test_database *db;
    const char *server; /* path of the socket */
    size_t step, total[2], n_cases;
    atomic_size_t next, passed, failed, uncut;
    atomic_llong run;
    pthread_mutex_t printing;
} campaign;

typedef struct worker {
    campaign *campaign;
    cutting_proxy proxy;
    kn_engine *engines[N_CUTTING_WAYS]; /* one for each way: stalls have other deadlines */
    pthread_t thread;
    char why[600]; /* the case fails */
} worker;

static void fault(worker *w, const char *what, const char *where, kn_status status, const kn_error *error)
{
    if (!w->why[0])
        snprintf(w->why, sizeof(w->why), "%s at %s: %s, commit %d, retry %d, native %d: %.200s", what, where,
                 kn_status_name(status), error->commit, error->retry, error->native, error->message);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* May a cut be told like this? */
static void check_failure(worker *w, cutting_way way, int at, kn_status status, const kn_error *error)
{
    const char *where = at == CONNECT ? "connect" : verbs[at].name;
    bool writes = at != CONNECT && verbs[at].leaves > 0;
    bool known = status == KN_LINK_LOST || (status == KN_COMMIT_UNKNOWN && writes);

    if (at == CONNECT)
        known = status == KN_CONNECT || status == KN_LINK_LOST;
    if (way >= CUT_STALL)
        known = status == KN_TIMEOUT || (status == KN_COMMIT_UNKNOWN && writes);
    if (!known)
        fault(w, "not what happened", where, status, error);
    if ((kn_status)error->status != status || strlen(error->message) < 10)
        fault(w, "no words for it", where, status, error);
    if (status == KN_COMMIT_UNKNOWN && error->commit != KN_COMMIT_LOST)
        fault(w, "unknown, and then not", where, status, error);
    if (error->commit == KN_COMMIT_LOST && error->retry != KN_RETRY_NEVER)
        fault(w, "a retry of what may have happened", where, status, error);
    if (error->commit != KN_COMMIT_LOST && status != KN_TIMEOUT && error->retry != KN_RETRY_CONNECTION)
        fault(w, "no retry of what has not happened", where, status, error);
    if (error->commit != KN_COMMIT_LOST && error->commit != KN_COMMIT_NOT)
        fault(w, "a transaction without a link", where, status, error);
}

/* Runs the exchange up to the first failure. Returns how many verbs were KN_OK, CONNECT when there was no connection.
 */
static int run_exchange(worker *w, cutting_way way, subject *s, kn_status *status)
{
    int64_t started = now_ms();
    int at = CONNECT;
    const int allowed = way >= CUT_STALL ? STALL_CONNECT_MS + GRACE_MS + SLACK_MS : LONG_MS / 2;

    *status = kn_connect(w->engines[way], &s->c, &s->error);
    while (*status == KN_OK && ++at < N_VERBS) {
        started = now_ms();
        *status = verbs[at].run(s, at);
        if (s->wrong_rows)
            fault(w, "wrong rows", verbs[at].name, *status, &s->error);
    }
    if (now_ms() - started > allowed)
        fault(w, "too late", at == CONNECT ? "connect" : verbs[at < N_VERBS ? at : 0].name, *status, &s->error);
    if (*status != KN_OK)
        check_failure(w, way, at, *status, &s->error);
    kn_release(s->c);
    s->c = NULL;
    kn_engine_close_idle(w->engines[way]);
    return at;
}

/* What is there agrees with what was said: `at` verbs were KN_OK, the next one failed with this commit state. */
static void check_marks(worker *w, const kn_rows *rows, int at, kn_status status, const kn_error *error)
{
    int there[KN_COUNT_OF(verbs)] = {0};

    for (size_t i = 0; i < rows->count; i++)
        there[((const Mark *)rows->items)[i].verb]++;
    for (int i = 0; i < N_VERBS; i++) {
        int leaves = verbs[i].leaves;
        bool right = there[i] == (i < at ? leaves : 0);
        if (i == at && status != KN_OK && error->commit == KN_COMMIT_LOST)
            right = right || there[i] == leaves;
        if (!right)
            fault(w, there[i] ? "there, against the label" : "not there, against the label", verbs[i].name, status,
                  error);
    }
}

/* The next connection of the pool works, and tells what is there. Deadlines this short pass on a busy machine without
 * anything being wrong, so it may try a few times. */
static void check_next(worker *w, cutting_way way, int64_t run, int at, kn_status status, const kn_error *error)
{
    kn_status next = KN_TIMEOUT;
    kn_value wanted = kn_int(run);

    for (int i = 0; i < 6 && next == KN_TIMEOUT; i++) {
        kn_connection *c = NULL;
        kn_rows *rows = NULL;
        kn_error why = {0};
        next = kn_connect(w->engines[way], &c, &why);
        if (next == KN_OK)
            next = kn_list(c, &marks_of, &wanted, 1, 0, &rows, &why);
        if (next == KN_OK)
            check_marks(w, rows, at, status, error);
        else if (next != KN_TIMEOUT || way < CUT_STALL || i == 5)
            fault(w, "no working connection next", "select", next, &why);
        kn_rows_free(rows);
        kn_release(c);
    }
    kn_engine_close_idle(w->engines[way]);
}

static void run_case(worker *w, const cutting_plan *plan)
{
    campaign *x = w->campaign;
    subject s = {.run = atomic_fetch_add(&x->run, 1)};
    kn_status status;
    bool cut;

    w->why[0] = '\0';
    cutting_proxy_plan(&w->proxy, *plan);
    int at = run_exchange(w, plan->way, &s, &status);
    if (!cutting_proxy_settle(&w->proxy, SETTLE_S))
        fault(w, "the server does not end", "close", status, &s.error);
    pthread_mutex_lock(&w->proxy.mutex);
    cut = w->proxy.cut;
    pthread_mutex_unlock(&w->proxy.mutex);
    if (!cut && status != KN_OK && status != KN_TIMEOUT)
        fault(w, "a failure without a cut", "the exchange", status, &s.error);
    cutting_proxy_plan(&w->proxy, (cutting_plan){.way = CUT_NOTHING});
    check_next(w, plan->way, s.run, at, status, &s.error);
    atomic_fetch_add(&x->uncut, !cut);
    atomic_fetch_add(w->why[0] ? &x->failed : &x->passed, 1);
    pthread_mutex_lock(&x->printing);
    printf("%s %s after byte %zu %s: %s\n", w->why[0] ? "not" : "ok", ways[plan->way], plan->after,
           directions[plan->direction], w->why[0] ? w->why : kn_status_name(status));
    pthread_mutex_unlock(&x->printing);
}

/* Cases are numbered by way, then offset, then direction, so that those who wait are among those who do not. */
static bool take_case(campaign *x, cutting_plan *plan)
{
    size_t i = atomic_fetch_add(&x->next, 1), offset = i / (N_CUTTING_WAYS - 1);

    if (i >= x->n_cases)
        return false;
    *plan = (cutting_plan){.way = (cutting_way)(CUT_FIN + i % (N_CUTTING_WAYS - 1)), .after = offset * x->step};
    if (plan->after > x->total[TO_SERVER]) {
        offset -= x->total[TO_SERVER] / x->step + 1;
        plan->after = offset * x->step;
        plan->direction = TO_CLIENT;
    }
    return true;
}

static void *worker_main(void *context)
{
    worker *w = (worker *)context;
    cutting_plan plan;

    while (take_case(w->campaign, &plan))
        run_case(w, &plan);
    return NULL;
}

static void start_worker(campaign *x, worker *w)
{
    const kn_engine_options patient = {.size_ = sizeof(patient),
                                       .registry = x->db->registry,
                                       .pool_max = 2,
                                       .connect_timeout_ms = LONG_MS,
                                       .statement_timeout_ms = LONG_MS};
    kn_engine_options hasty = patient;
    char url[256];

    *w = (worker){.campaign = x};
    cutting_proxy_start(&w->proxy, x->server);
    hasty.connect_timeout_ms = STALL_CONNECT_MS;
    hasty.statement_timeout_ms = STALL_MS;
    snprintf(url, sizeof(url), "%.*s://koine@127.0.0.1:%u/%s?tls=disable", (int)strcspn(x->db->url, ":"), x->db->url,
             w->proxy.port, x->db->name);
    for (int way = CUT_NOTHING; way < N_CUTTING_WAYS; way++)
        assert_ok(x->db, kn_engine_create(url, way >= CUT_STALL ? &hasty : &patient, &w->engines[way], &x->db->error));
}

static void stop_worker(worker *w)
{
    for (int way = CUT_NOTHING; way < N_CUTTING_WAYS; way++)
        kn_engine_destroy(w->engines[way]);
    cutting_proxy_stop(&w->proxy);
}

/* The exchange as it is without a cut: how many bytes it has. */
static void record(campaign *x, worker *w)
{
    subject s = {.run = atomic_fetch_add(&x->run, 1)};
    kn_status status;

    cutting_proxy_plan(&w->proxy, (cutting_plan){.way = CUT_NOTHING});
    assert_int_equal(run_exchange(w, CUT_NOTHING, &s, &status), N_VERBS);
    assert_true(cutting_proxy_settle(&w->proxy, SETTLE_S));
    if (w->why[0] || status != KN_OK)
        fail_msg("without a cut: %s", w->why);
    for (int i = 0; i < 2; i++)
        x->total[i] = w->proxy.moved[i];
    check_next(w, CUT_NOTHING, s.run, N_VERBS, KN_OK, &s.error);
    if (w->why[0])
        fail_msg("without a cut: %s", w->why);
    x->n_cases = (x->total[0] / x->step + 1 + x->total[1] / x->step + 1) * (N_CUTTING_WAYS - 1);
}

static size_t number_of(const char *name, size_t otherwise)
{
    const char *text = getenv(name);

    return text ? (size_t)strtoul(text, NULL, 10) : otherwise;
}

static void fill(test_database *db)
{
    Page pages[PAGES];

    test_database_create(db, &Mark_model, &Page_model);
    for (int i = 0; i < PAGES; i++)
        pages[i] = page(i);
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Page, pages), PAGES, &db->error));
}

static void test_cut__every_byte_may_be_the_last(void **state)
{
    test_database *db = test_database_of(state);
    char socket[128];
    campaign x = {.db = db, .server = socket, .step = number_of("KOINE_CUT_STEP", STEP_SAMPLE)};
    size_t n = number_of("KOINE_CUT_WORKERS", WORKERS_SAMPLE);
    static worker workers[WORKERS_MAX];

    n = n > WORKERS_MAX ? WORKERS_MAX : n;
    atomic_init(&x.run, INT64_C(1) << 40); /* as many bytes in every case */
    cutting_proxy_socket(db->url, socket, sizeof(socket));
    fill(db);
    pthread_mutex_init(&x.printing, NULL);
    for (size_t i = 0; i < n; i++)
        start_worker(&x, &workers[i]);
    record(&x, &workers[0]);
    printf("%zu bytes to the server, %zu to the client\n", x.total[TO_SERVER], x.total[TO_CLIENT]);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]), 0);
    for (size_t i = 0; i < n; i++)
        pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < n; i++)
        stop_worker(&workers[i]);
    pthread_mutex_destroy(&x.printing);
    printf("%zu cases: %zu passed, %zu failed; in %zu the exchange was over before\n", x.n_cases,
           atomic_load(&x.passed), atomic_load(&x.failed), atomic_load(&x.uncut));
    assert_int_equal(atomic_load(&x.failed), 0);
    assert_int_equal(atomic_load(&x.passed), x.n_cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cut__every_byte_may_be_the_last, test_database_open, test_database_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
