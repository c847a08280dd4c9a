/* SPDX-License-Identifier: MIT */
/* backends: mariadb */
/* The steps of the mysql driver on a connection that may not block, called through its descriptor. A relay stands
 * before the server: while it is silent, a call that blocked would never return. */
#include "mysql_fixture.h"

#include <sys/resource.h>

/* What is readied before a step, the step, and what it must give in the end. */
typedef struct scene {
    const char *name;
    void (*ready)(fixture *f);
    step *call;
    kn_status status;
    bool rows; /* the step is called again while rows come that are there already */
} scene;

static void open_nothing(fixture *f)
{
    f->driver->close(f->connection);
    f->connection = NULL;
}

static void say_one(fixture *f)
{
    say(f, "SELECT 1");
}

static void prepare_one(fixture *f)
{
    say_one(f);
    assert_step(f, KN_OK, prepare_step);
}

static void prepare_insert(fixture *f)
{
    run(f, "CREATE OR REPLACE TEMPORARY TABLE ms_t (a INT)");
    say(f, "INSERT INTO ms_t VALUES (1) RETURNING a");
    assert_step(f, KN_OK, prepare_step);
}

static void prepare_text(fixture *f)
{
    say(f, "LOCK TABLES mysql.user READ");
    assert_step(f, KN_OK, prepare_step);
}

static void prepare_before_reset(fixture *f)
{
    prepare_one(f);
    void *kept = f->statement;
    run(f, "SET @a = 1");
    f->statement = kept;
    assert_step(f, KN_OK, reset_step);
}

static void execute_cut(fixture *f)
{
    run(f, "SET SESSION group_concat_max_len = 4");
    say(f, "SELECT GROUP_CONCAT(seq) FROM seq_1_to_9");
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, execute_step);
}

static void execute_many(fixture *f)
{
    say(f, "SELECT seq, repeat('x', 10000) FROM seq_1_to_9999");
    assert_step(f, KN_OK, prepare_step);
    assert_step(f, KN_OK, execute_step);
}

static const kn_value five[] = {{.kind = KN_KIND_INT, .as.i = 1},
                                {.kind = KN_KIND_INT, .as.i = 2},
                                {.kind = KN_KIND_NULL},
                                {.kind = KN_KIND_INT, .as.i = 4},
                                {.kind = KN_KIND_INT, .as.i = 5}};

static void make_table(fixture *f)
{
    run(f, "CREATE OR REPLACE TEMPORARY TABLE ms_t (a INT)");
}

static void prepare_many(fixture *f)
{
    make_table(f);
    say(f, "INSERT INTO ms_t (a) VALUES (?)");
    assert_step(f, KN_OK, prepare_step);
    f->execution.values = five;
    f->execution.n_values = 1;
}

static kn_status many_step(fixture *f, kn_wait *wait)
{
    size_t failed = 5;
    return f->driver->execute_many(f->statement, &f->execution, 5, &f->outcome, &failed, wait, &f->error);
}

static const kn_slot number_slot = {.way = KN_SLOT_INT64, .kind = KN_KIND_INT, .least = 1, .most = 9};
static const int64_t numbers[] = {1, 2, 3, 4, 5};
static const kn_object_rows objects = {.size_ = sizeof objects,
                                       .slots = &number_slot,
                                       .n_slots = 1,
                                       .objects = numbers,
                                       .stride = sizeof *numbers,
                                       .count = KN_COUNT_OF(numbers)};

/* The statement knows what they travel as. */
static void prepare_objects(fixture *f)
{
    static const kn_value ones[] = {{.kind = KN_KIND_INT, .as.i = 1},
                                    {.kind = KN_KIND_INT, .as.i = 1},
                                    {.kind = KN_KIND_INT, .as.i = 1},
                                    {.kind = KN_KIND_INT, .as.i = 1},
                                    {.kind = KN_KIND_INT, .as.i = 1}};
    make_table(f);
    say(f, "INSERT INTO ms_t (a) VALUES (?), (?), (?), (?), (?)");
    assert_step(f, KN_OK, prepare_step);
    f->execution.values = ones;
    f->execution.n_values = KN_COUNT_OF(ones);
    assert_step(f, KN_OK, execute_step);
    assert_step(f, KN_OK, end_step);
    f->execution.whole = 1;
    f->execution.objects = &objects;
}

static kn_status objects_step(fixture *f, kn_wait *wait)
{
    size_t failed = 1;
    return f->driver->execute_many(f->statement, &f->execution, 1, &f->outcome, &failed, wait, &f->error);
}

static kn_status bulk_begin_step(fixture *f, kn_wait *wait)
{
    static const char *const columns[] = {"`a`"};
    static const kn_type type = {.id = KN_TYPE_INTEGER};
    const kn_type *types[] = {&type};
    return f->driver->bulk_begin(f->connection, "`ms_t`", columns, types, 1, &f->bulk, wait, &f->error);
}

static kn_status bulk_rows_step(fixture *f, kn_wait *wait)
{
    return f->driver->bulk_rows(f->bulk, five, 5, wait, &f->error);
}

static void begin_bulk(fixture *f)
{
    make_table(f);
    assert_step(f, KN_OK, bulk_begin_step);
}

static void alter(fixture *f)
{
    run(f, "SET @a = 1");
}

static void begin(fixture *f)
{
    f->verb = KN_TRANSACT_BEGIN;
    assert_step(f, KN_OK, transact_step);
}

static void say_begin(fixture *f)
{
    f->verb = KN_TRANSACT_BEGIN;
}

static void say_commit(fixture *f)
{
    begin(f);
    f->verb = KN_TRANSACT_COMMIT;
}

static void say_rollback(fixture *f)
{
    begin(f);
    f->verb = KN_TRANSACT_ROLLBACK;
}

static void say_savepoint(fixture *f)
{
    begin(f);
    f->verb = KN_TRANSACT_SAVEPOINT;
}

static const scene scenes[] = {
    {"open", open_nothing, open_step, KN_OK, false},
    {"prepare", say_one, prepare_step, KN_OK, false},
    {"execute", prepare_one, execute_step, KN_OK, false},
    {"execute with rows that are stored", prepare_insert, execute_step, KN_OK, false},
    {"execute as text", prepare_text, execute_step, KN_OK, false},
    {"execute after preparing again", prepare_before_reset, execute_step, KN_OK, false},
    {"fetch", execute_many, fetch_step, KN_DONE, true},
    {"end", execute_many, end_step, KN_OK, false},
    {"end of a result that was cut", execute_cut, end_step, KN_LIMIT, false},
    {"execute many", prepare_many, many_step, KN_OK, false},
    {"execute objects", prepare_objects, objects_step, KN_OK, false},
    {"begin of a bulk insert", make_table, bulk_begin_step, KN_OK, false},
    {"rows of a bulk insert", begin_bulk, bulk_rows_step, KN_OK, false},
    {"begin", say_begin, transact_step, KN_OK, false},
    {"commit", say_commit, transact_step, KN_OK, false},
    {"rollback", say_rollback, transact_step, KN_OK, false},
    {"savepoint", say_savepoint, transact_step, KN_OK, false},
    {"reset of a changed session", alter, reset_step, KN_OK, false},
    {"reset in a transaction", begin, reset_step, KN_OK, false},
};

/* Of what runs already: readying takes a part of it, on a machine that stands still much. */
static bool has_deadline_before(const scene *s)
{
    return s->call == fetch_step || s->call == end_step;
}

/* The peer says nothing; the step waits. Gives the deadline. */
static int64_t start_in_silence(fixture *f, const scene *s, bool deadline)
{
    kn_wait wait;
    kn_status status;
    int64_t deadline_us = deadline && has_deadline_before(s) ? now_us() + 3000000 : 0;
    f->execution.deadline_us = deadline_us;
    s->ready(f);
    if (deadline && !deadline_us)
        f->request.deadline_us = f->execution.deadline_us = deadline_us = now_us() + 1000000;
    relay_set(&f->relay, RELAY_IS_SILENT);
    do {
        wait = (kn_wait){.fd = -1, .deadline_us = deadline_us};
        status = s->call(f, &wait);
    } while (s->rows && status == KN_OK);
    if (status != KN_WAIT)
        fail_msg("%s: %s instead of a wait", s->name, kn_status_name(status));
    assert_true(wait.fd >= 0);
    assert_true(wait.events != 0);
    assert_true(!deadline_us || (wait.deadline_us && wait.deadline_us <= deadline_us));
    return deadline_us;
}

static void test_mysql_step__each_step_waits_and_goes_on(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(scenes); i++) {
        const scene *s = &scenes[i];
        kn_wait wait = {.fd = -1};
        (void)start_in_silence(f, s, false);
        kn_status status = s->call(f, &wait); /* too early is no harm */
        if (status != KN_WAIT && !(s->rows && status == KN_OK))
            fail_msg("%s: %s instead of a wait", s->name, kn_status_name(status));
        relay_set(&f->relay, i % 2 ? RELAY_FLOWS : RELAY_DRIPS);
        status = finish(f, s->call, 0);
        if (s->rows) {
            relay_set(&f->relay, RELAY_FLOWS);
            while (status == KN_OK)
                status = finish(f, s->call, 0);
        }
        if (status != s->status)
            fail_msg("%s: %s: %s", s->name, kn_status_name(status), f->error.message);
        relay_set(&f->relay, RELAY_FLOWS);
        if (f->statement && s->call != prepare_step && s->call != end_step && s->call != many_step &&
            s->call != objects_step)
            assert_step(f, KN_OK, end_step);
        let_go(f);
        assert_step(f, KN_OK, open_step);
    }
}

/* A step that waits is given up: nothing is left of it. */
static void test_mysql_step__closing_does_not_wait(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(scenes); i++) {
        (void)start_in_silence(f, &scenes[i], false);
        let_go(f);
        relay_set(&f->relay, RELAY_FLOWS);
        assert_step(f, KN_OK, open_step);
    }
}

/* Then 200 ms of grace: the server is deaf to the cancel too. */
static void test_mysql_step__deadlines_are_kept_in_silence(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < KN_COUNT_OF(scenes); i++) {
        const scene *s = &scenes[i];
        int64_t deadline_us = start_in_silence(f, s, true);
        kn_status status = KN_OK;
        do /* rows that were on their way when it fell silent */
            status = finish(f, s->call, deadline_us);
        while (s->rows && status == KN_OK);
        bool commits = s->call == transact_step && f->verb == KN_TRANSACT_COMMIT;
        bool forgives = s->call == end_step && s->status == KN_OK; /* rows that nobody wants */
        kn_status expected = commits ? KN_COMMIT_UNKNOWN : forgives ? KN_OK : KN_TIMEOUT;
        if (status != expected)
            fail_msg("%s: %s: %s", s->name, kn_status_name(status), f->error.message);
        assert_in_range(now_us() - deadline_us, 0, 15000000);
        f->request.deadline_us = f->execution.deadline_us = 0;
        let_go(f);
        relay_set(&f->relay, RELAY_FLOWS);
        assert_step(f, KN_OK, open_step);
    }
}

/* In the place of the answer to whatever it is: not a byte of it is given away. */
static void test_mysql_step__a_server_gets_no_file(void **state)
{
    static const char secret[] = "what nobody may have";
    char path[] = "/tmp/koine-secret-XXXXXX";
    fixture *f = *state;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, secret, sizeof secret), sizeof secret);
    close(fd);
    f->relay.asks_for = path;
    for (size_t i = 0; i < KN_COUNT_OF(scenes); i++) {
        const scene *s = &scenes[i];
        if (s->call == open_step || s->rows || s->call == end_step)
            continue; /* what the server says is not an answer to a command of theirs */
        s->ready(f);
        f->relay.asked = NULL;
        f->relay.n_heard = 0;
        relay_set(&f->relay, RELAY_ASKS);
        f->execution.deadline_us = now_us() + 300000; /* most wait for another answer then */
        kn_status status = finish(f, s->call, f->execution.deadline_us);
        f->execution.deadline_us = 0;
        relay_set(&f->relay, RELAY_FLOWS);
        if (status == KN_OK || !f->relay.asked)
            fail_msg("%s: %s", s->name, kn_status_name(status));
        for (size_t at = 0; at + sizeof secret <= f->relay.n_heard; at++)
            if (memcmp(f->relay.heard + at, secret, sizeof secret) == 0)
                fail_msg("%s: the server was given the file", s->name);
        let_go(f);
        assert_step(f, KN_OK, open_step);
    }
    unlink(path);
}

/* A KILL QUERY that comes before the statement begins may pass it by. */
static void wait_until_it_sleeps(void)
{
    void *state = NULL;
    set_relay(&state);
    fixture *watcher = state;
    set_up(watcher, &watcher->memory.allocator, 1);
    assert_step(watcher, KN_OK, open_step);
    say(watcher, "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT sleep(30)'");
    assert_step(watcher, KN_OK, prepare_step);
    for (int64_t n = 0, until_us = now_us() + 20000000; !n && now_us() < until_us;) {
        assert_step(watcher, KN_OK, execute_step);
        assert_step(watcher, KN_OK, fetch_step);
        n = watcher->row[0].as.i;
        assert_step(watcher, KN_OK, end_step);
    }
    tear_down(&state);
}

/* One thread has both: what runs, and what cancels it. */
static void test_mysql_step__a_cancel_is_a_step_beside_another(void **state)
{
    fixture *f = *state;
    say(f, "SELECT sleep(30)");
    assert_step(f, KN_OK, prepare_step);
    assert_int_equal(f->driver->cancel_create(f->connection, &f->cancel, &f->error), KN_OK);
    for (int i = 0; i < 3; i++) {
        kn_wait wait = {.fd = -1};
        assert_int_equal(execute_step(f, &wait), KN_WAIT);
        wait_until_it_sleeps();
        relay_set(&f->relay, RELAY_IS_SILENT); /* the server may be faster than this thread */
        assert_int_equal(cancel_step(f, &wait), KN_WAIT);
        relay_set(&f->relay, RELAY_FLOWS);
        assert_step(f, KN_OK, cancel_step);
        assert_step(f, KN_CANCELLED, execute_step);
        assert_step(f, KN_OK, cancel_step); /* nothing runs */
        void *sleeper = f->statement;
        run(f, "DO sleep(0.01)");
        f->statement = sleeper;
    }
}

/* The owner does not go on before it is known whether the cancel hits; giving the cancel up sets it free. */
static void test_mysql_step__the_end_waits_for_a_cancel_that_is_on_its_way(void **state)
{
    fixture *f = *state;
    kn_wait wait = {.fd = -1};
    say(f, "DO sleep(0.2)");
    assert_step(f, KN_OK, prepare_step);
    assert_int_equal(f->driver->cancel_create(f->connection, &f->cancel, &f->error), KN_OK);
    relay_set(&f->relay, RELAY_IS_SILENT); /* the server may be faster than this thread */
    assert_int_equal(execute_step(f, &wait), KN_WAIT);
    assert_int_equal(cancel_step(f, &wait), KN_WAIT);
    relay_set(&f->relay, RELAY_FLOWS);
    for (int paused = 0; paused < 20;) { /* the end is there, and it does not go on */
        wait = (kn_wait){.fd = -1};
        assert_int_equal(execute_step(f, &wait), KN_WAIT);
        paused += wait.fd < 0;
        wait_as_told(f, &wait);
    }
    f->driver->cancel_destroy(f->cancel);
    f->cancel = NULL;
    assert_step(f, KN_OK, execute_step);
    assert_step(f, KN_OK, end_step);
}

static void test_mysql_step__values_are_those_of_a_blocking_connection(void **state)
{
    fixture *f = *state;
    static const char sql[] = "SELECT ?, repeat('y', 70000), NULL, CAST('1.50' AS DECIMAL(5,2))";
    const kn_value seven = kn_int(7);
    for (uint32_t blocking = 0; blocking < 2; blocking++) {
        let_go(f);
        set_up(f, &f->memory.allocator, blocking);
        f->waits = 0;
        assert_step(f, KN_OK, open_step);
        f->execution.values = &seven;
        f->execution.n_values = 1;
        say(f, sql);
        assert_step(f, KN_OK, prepare_step);
        if (!blocking) {
            relay_set(&f->relay, RELAY_IS_SILENT);
            assert_int_equal(execute_step(f, &(kn_wait){.fd = -1}), KN_WAIT);
            relay_set(&f->relay, RELAY_DRIPS);
        }
        assert_step(f, KN_OK, execute_step);
        assert_step(f, KN_OK, fetch_step);
        assert_true(!blocking || !f->waits);
        assert_int_equal(f->row[0].as.i, 7);
        assert_int_equal(f->row[1].as.text.size, 70000);
        assert_int_equal(f->row[1].as.text.data[69999], 'y');
        assert_int_equal(f->row[1].as.text.data[70000], 0);
        assert_int_equal(f->row[2].kind, KN_KIND_NULL);
        assert_int_equal(f->row[3].as.decimal.u.word[0], 150);
        assert_step(f, KN_DONE, fetch_step);
        assert_step(f, KN_OK, end_step);
    }
}

/* A Unix socket whose queue is full: nobody accepts. Gives the listener. */
static int listen_full(const char *path)
{
    struct sockaddr_un address;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), status;
    relay_address(&address, path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 0), 0);
    do { /* those that wait in the queue live as long as the listener, closed or not */
        int waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        status = connect(waiting, (struct sockaddr *)&address, sizeof address);
        assert_true(status == 0 || errno == EAGAIN);
        close(waiting);
    } while (status == 0);
    return listener;
}

static void use_socket(fixture *f, const char *path)
{
    for (size_t i = 0; f->driver->options[i].name; i++)
        if (strcmp(f->driver->options[i].name, "socket") == 0)
            f->values[i] = path;
}

/* A hundred that connect at once are more than the queue of a server takes. */
static void test_mysql_step__a_full_queue_is_waited_for(void **state)
{
    fixture *f = *state;
    char path[sizeof f->relay.folder + 8];
    snprintf(path, sizeof path, "%s/full", f->relay.folder);
    int listener = listen_full(path);
    use_socket(f, path);
    for (int i = 0; i < 5; i++) {
        kn_wait wait = {.fd = -1};
        assert_int_equal(open_step(f, &wait), KN_WAIT);
        assert_true(wait.fd < 0);
        wait_as_told(f, &wait);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(f->relay.path, path), 0);
    assert_step(f, KN_OK, open_step);
    close(listener);
    unlink(path);
}

static void test_mysql_step__a_full_queue_is_waited_for_until_the_deadline(void **state)
{
    fixture *f = *state;
    char path[sizeof f->relay.folder + 8];
    snprintf(path, sizeof path, "%s/full", f->relay.folder);
    int listener = listen_full(path);
    use_socket(f, path);
    f->request.deadline_us = now_us() + 100000;
    kn_status status = finish(f, open_step, f->request.deadline_us);
    assert_true(now_us() >= f->request.deadline_us);
    if (status != KN_TIMEOUT)
        fail_msg("%s: %s", kn_status_name(status), f->error.message);
    assert_null(f->connection);
    close(listener);
    unlink(path);
}

/* Nothing has happened yet: the program is told at once that there is no waiting, not at the deadline. */
static void test_mysql_step__opening_ends_where_poll_fails(void **state)
{
    fixture *f = *state;
    char path[sizeof f->relay.folder + 8];
    struct sockaddr_un address;
    struct rlimit before, none;
    kn_wait wait = {.fd = -1};
    int deaf = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(path, sizeof path, "%s/deaf", f->relay.folder);
    relay_address(&address, path);
    assert_int_equal(bind(deaf, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(deaf, 16), 0); /* nobody accepts */
    use_socket(f, path);
    f->request.deadline_us = now_us() + 60000000;
    assert_int_equal(open_step(f, &wait), KN_WAIT);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0; /* poll says EINVAL */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    kn_status status = open_step(f, &wait);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    if (status != KN_CONNECT)
        fail_msg("%s: %s", kn_status_name(status), f->error.message);
    assert_int_equal(f->error.retry, KN_RETRY_CONNECTION);
    assert_null(f->connection);
    close(deaf);
    unlink(path);
}

static kn_status workload(const kn_allocator *allocator, void *context)
{
    fixture *f = context;
    set_up(f, allocator, 0);
    say(f, "SELECT 1, repeat('z', 5000), '', 2");
    kn_status status = finish(f, open_step, 0);
    if (status == KN_OK)
        status = f->driver->cancel_create(f->connection, &f->cancel, &f->error);
    if (status == KN_OK)
        status = finish(f, prepare_step, 0);
    if (status == KN_OK)
        status = finish(f, execute_step, 0);
    if (status == KN_OK) {
        status = finish(f, fetch_step, 0);
        kn_status ended = finish(f, end_step, 0);
        status = status == KN_OK ? ended : status;
    }
    let_go(f);
    return status;
}

static void test_mysql_step__survives_every_allocation_failure(void **state)
{
    assert_true(each_allocation_failure(workload, *state) > 5);
}

static int run_all(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_connection, tear_down)
#define WITHOUT(test) cmocka_unit_test_setup_teardown(test, set_relay, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_mysql_step__each_step_waits_and_goes_on),
        EACH(test_mysql_step__closing_does_not_wait),
        EACH(test_mysql_step__deadlines_are_kept_in_silence),
        EACH(test_mysql_step__a_server_gets_no_file),
        EACH(test_mysql_step__a_cancel_is_a_step_beside_another),
        EACH(test_mysql_step__the_end_waits_for_a_cancel_that_is_on_its_way),
        EACH(test_mysql_step__values_are_those_of_a_blocking_connection),
        WITHOUT(test_mysql_step__a_full_queue_is_waited_for),
        WITHOUT(test_mysql_step__a_full_queue_is_waited_for_until_the_deadline),
        WITHOUT(test_mysql_step__opening_ends_where_poll_fails),
        WITHOUT(test_mysql_step__survives_every_allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return run_with_server(run_all);
}
