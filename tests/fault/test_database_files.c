/* SPDX-License-Identifier: MIT */
/* Database files that are missing, shut, damaged, locked, full or torn away, seen through the public calls: the status
 * is the precise one, the message says what to do, nothing that was stored is lost, and the same engine goes on as soon
 * as the cause is gone. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/database.h"

typedef struct Line {
    int64_t id;
    const char *text;
    int64_t amount;
} Line;
KN_MODEL(Line);
KN_COLUMNS(Line) = {
    KN_COLUMN(Line, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Line, text, KN_TEXT),
    KN_COLUMN(Line, amount, KN_BIG_INTEGER),
};
KN_DEFINE(Line, "lines");

/* No struct member of it is read: only its pages lie in the way of the damage. */
typedef struct Other {
    int64_t id;
    int64_t number;
} Other;
KN_MODEL(Other);
KN_COLUMNS(Other) = {
    KN_COLUMN(Other, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Other, number, KN_BIG_INTEGER),
};
KN_DEFINE(Other, "others");

static const kn_select all_lines = KN_SELECT(KN_FROM(Line), .order_by = KN_LIST(KN_ASC(KN_COL(Line, id))));
static const kn_select all_others = KN_SELECT(KN_FROM(Other));
static const kn_update_rows grow_all =
    KN_UPDATE(Line, .set = KN_LIST(KN_ASSIGN(KN_COL(Line, amount), KN_ADD(KN_COL(Line, amount), KN_INT(1)))),
              .where = KN_ALL_ROWS);

static const char *path_of(const test_database *db, const char *name)
{
    static char path[2][400];
    static int turn;

    turn = !turn;
    (void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", db->folder, name);
    return path[turn];
}

/* An engine for a file of the folder; no connection yet. */
static void use_file(test_database *db, const char *name, const char *options)
{
    (void)snprintf(db->url, sizeof(db->url), "sqlite:///%s/%s%s", db->folder, name, options);
    assert_ok(db, kn_engine_create(db->url, KN_ENGINE_OPTIONS(.registry = db->registry, .pool_wait_ms = UINT32_MAX),
                                   &db->engine, &db->error));
}

static void connect(test_database *db)
{
    assert_ok(db, kn_connect(db->engine, &db->c, &db->error));
}

/* A file with three lines, closed. */
static void make_file(test_database *db, const char *name, const char *options)
{
    Line lines[3] = {{.text = "a", .amount = 1}, {.text = "b", .amount = 2}, {.text = "c", .amount = 3}};

    use_file(db, name, options);
    connect(db);
    test_database_create(db, &Line_model, &Other_model);
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Line, lines), 3, &db->error));
    test_database_disconnect(db);
}

static int64_t count_lines(test_database *db)
{
    int64_t count = -1;

    assert_ok(db, kn_count(db->c, &all_lines, KN_NO_ARGS, &count, &db->error));
    return count;
}

/* Connecting fails like this, as often as one likes: no place of the pool is lost. */
static void refuse_to_connect(test_database *db, kn_status status, const char *says)
{
    for (int i = 0; i < 8; i++) {
        assert_refused(db, status, kn_connect(db->engine, &db->c, &db->error));
        assert_null(db->c);
        if (!strstr(db->error.message, says))
            fail_msg("'%s' is not in: %s", says, db->error.message);
    }
}

static void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), (ssize_t)size);
    close(fd);
}

static void test_database_files__what_is_in_the_way_is_named_and_may_be_removed(void **state)
{
    test_database *db = test_database_of(state);

    use_file(db, "test.db", "");
    assert_int_equal(mkdir(path_of(db, "test.db"), 0700), 0);
    refuse_to_connect(db, KN_CONNECT, "folder");
    assert_int_equal(rmdir(path_of(db, "test.db")), 0);
    assert_int_equal(mkfifo(path_of(db, "test.db"), 0600), 0);
    refuse_to_connect(db, KN_CONNECT, "not a regular file");
    assert_int_equal(unlink(path_of(db, "test.db")), 0);
    write_file(path_of(db, "test.db"), "This is a letter, and by no means a database. It is long enough to tell.", 72);
    refuse_to_connect(db, KN_CORRUPT, "not a database");
    assert_int_equal(unlink(path_of(db, "test.db")), 0);
    write_file(path_of(db, "test.db"), "", 0); /* an empty file is an empty database */
    connect(db);
    test_database_create(db, &Line_model, NULL);
    assert_int_equal(count_lines(db), 0);
    test_database_disconnect(db);
}

static void test_database_files__a_missing_folder_may_be_made_later(void **state)
{
    test_database *db = test_database_of(state);

    use_file(db, "new/test.db", "");
    refuse_to_connect(db, KN_CONNECT, "folder does not exist");
    assert_int_equal(mkdir(path_of(db, "new"), 0700), 0);
    connect(db);
    test_database_disconnect(db);
    kn_testing_remove_folder(path_of(db, "new"));
    use_file(db, "none.db", "?mode=rw");
    refuse_to_connect(db, KN_CONNECT, "mode=rwc");
    test_database_disconnect(db);
}

/* Permissions bind only who is not root. */
static bool become_nobody(const test_database *db)
{
    if (geteuid() != 0)
        return true;
    return chmod(db->folder, 0777) == 0 && chown(db->folder, 65534, (gid_t)-1) == 0 && seteuid(65534) == 0;
}

static void become_root(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void test_database_files__a_file_that_may_not_be_written_is_read(void **state)
{
    test_database *db = test_database_of(state);
    Line line = {.text = "d"};
    int64_t changed = 0;

    if (!become_nobody(db))
        skip();
    make_file(db, "test.db", "?journal=delete");
    assert_int_equal(chmod(path_of(db, "test.db"), 0400), 0);
    use_file(db, "test.db", "");
    refuse_to_connect(db, KN_READ_ONLY, "mode=ro");
    test_database_disconnect(db);
    use_file(db, "test.db", "?mode=ro");
    connect(db);
    assert_int_equal(count_lines(db), 3);
    assert_refused(db, KN_READ_ONLY, kn_insert(db->c, KN_OBJECT(Line, &line), &db->error));
    assert_refused(db, KN_READ_ONLY, kn_insert_many(db->c, KN_OBJECT(Line, &line), 1, &db->error));
    assert_refused(db, KN_READ_ONLY, kn_execute_query(db->c, &grow_all.node, KN_NO_ARGS, &changed, &db->error));
    assert_false(kn_in_transaction(db->c));
    assert_ok(db, kn_begin(db->c, KN_READ, &db->error));
    assert_int_equal(count_lines(db), 3);
    assert_ok(db, kn_commit(db->c, &db->error));
    test_database_disconnect(db);
    assert_int_equal(chmod(path_of(db, "test.db"), 0), 0);
    use_file(db, "test.db", "?mode=ro");
    refuse_to_connect(db, KN_DENIED, "permission");
    assert_int_equal(chmod(path_of(db, "test.db"), 0600), 0);
    connect(db);
    assert_int_equal(count_lines(db), 3);
    test_database_disconnect(db);
    become_root();
}

enum { PAGE = 4096, MANY = 2000 };

/* Overwrites a page in the middle of a table; the others are read as before. */
static void test_database_files__damage_is_told_and_the_rest_is_read(void **state)
{
    test_database *db = test_database_of(state);
    Line *lines = (Line *)calloc(MANY, sizeof(*lines));
    Other other = {.number = 1};
    kn_rows *rows = NULL;
    int64_t count = 0;
    char page[PAGE];
    int fd;

    make_file(db, "test.db", "?journal=delete");
    use_file(db, "test.db", "");
    connect(db);
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Other, &other), &db->error));
    for (int i = 0; i < MANY; i++)
        lines[i] = (Line){.text = "a line that fills a page with some others like it", .amount = i};
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Line, lines), MANY, &db->error));
    free(lines);
    test_database_disconnect(db);
    memset(page, 0xA5, sizeof(page));
    fd = open(path_of(db, "test.db"), O_WRONLY);
    assert_int_equal(pwrite(fd, page, sizeof(page), PAGE * 20), PAGE);
    close(fd);
    use_file(db, "test.db", "");
    connect(db);
    for (int i = 0; i < 2; i++) {
        assert_refused(db, KN_CORRUPT, kn_list(db->c, &all_lines, KN_NO_ARGS, 0, &rows, &db->error));
        assert_null(rows);
        assert_ok(db, kn_count(db->c, &all_others, KN_NO_ARGS, &count, &db->error));
        assert_int_equal(count, 1);
    }
    assert_refused(db, KN_CORRUPT, kn_execute_query(db->c, &grow_all.node, KN_NO_ARGS, NULL, &db->error));
    other.id = 0;
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Other, &other), &db->error));
    test_database_disconnect(db);
}

/* Another process, told what to do by lines on a pipe; each is answered when it is done. */
typedef struct helper {
    pid_t pid;
    int to, from;
} helper;

static void serve(const test_database *db, int from, int to)
{
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    kn_error error = {0};
    char order;
    bool ok = kn_engine_create(db->url, KN_ENGINE_OPTIONS(.registry = db->registry), &engine, &error) == KN_OK &&
              kn_connect(engine, &c, &error) == KN_OK;
    kn_rows *rows = NULL;
    Line line = {.text = "of the other process"};

    while (read(from, &order, 1) == 1) {
        switch (order) {
        case 'w': /* holds the lock of writers */
            ok = ok && kn_begin(c, KN_WRITE, &error) == KN_OK;
            break;
        case 'i':
            line.id = 0;
            ok = ok && kn_insert(c, KN_OBJECT(Line, &line), &error) == KN_OK;
            break;
        case 'r': /* holds the lock of readers */
            ok = ok && kn_begin(c, KN_READ, &error) == KN_OK &&
                 kn_list(c, &all_lines, KN_NO_ARGS, 0, &rows, &error) == KN_OK;
            break;
        default:
            ok = ok && kn_rollback(c, &error) == KN_OK;
        }
        if (write(to, ok ? "+" : "-", 1) != 1)
            _exit(2);
    }
    _exit(0);
}

static helper start_helper(const test_database *db)
{
    int orders[2], answers[2];
    helper h;

    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    h.pid = fork();
    assert_true(h.pid >= 0);
    if (h.pid == 0) {
        close(orders[1]);
        close(answers[0]);
        serve(db, orders[0], answers[1]);
    }
    close(orders[0]);
    close(answers[1]);
    h.to = orders[1];
    h.from = answers[0];
    return h;
}

static void order(const helper *h, char what)
{
    char answer = '?';

    assert_int_equal(write(h->to, &what, 1), 1);
    assert_int_equal(read(h->from, &answer, 1), 1);
    assert_int_equal(answer, '+');
}

static void end_helper(helper *h)
{
    int code;

    close(h->to);
    close(h->from);
    assert_int_equal(waitpid(h->pid, &code, 0), h->pid);
}

static void test_database_files__a_lock_of_another_process_is_waited_for(void **state)
{
    test_database *db = test_database_of(state);
    Line line = {.text = "d"};
    helper h;

    make_file(db, "test.db", "?journal=delete");
    use_file(db, "test.db", "?busy_timeout_ms=30");
    h = start_helper(db);
    connect(db);
    order(&h, 'w');
    assert_refused(db, KN_BUSY, kn_insert(db->c, KN_OBJECT(Line, &line), &db->error));
    assert_int_not_equal(db->error.retry, KN_RETRY_NEVER);
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_refused(db, KN_BUSY, kn_begin(db->c, KN_WRITE, &db->error));
    assert_false(kn_in_transaction(db->c));
    assert_refused(db, KN_BUSY, kn_insert_many(db->c, KN_OBJECT(Line, &line), 1, &db->error));
    assert_false(kn_in_transaction(db->c));
    assert_int_equal(count_lines(db), 3); /* readers are let in */
    order(&h, 'x');
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Line, &line), &db->error));
    assert_int_equal(count_lines(db), 4);
    end_helper(&h);
    test_database_disconnect(db);
}

/* The commit itself has to wait for readers: it may be tried again, and nothing is lost meanwhile. */
static void test_database_files__a_commit_that_meets_a_reader_may_be_tried_again(void **state)
{
    test_database *db = test_database_of(state);
    Line lines[2] = {{.text = "d"}, {.text = "e"}};
    helper h;

    make_file(db, "test.db", "?journal=delete");
    use_file(db, "test.db", "?busy_timeout_ms=30");
    h = start_helper(db);
    connect(db);
    order(&h, 'r');
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Line, &lines[0]), &db->error));
    assert_refused(db, KN_BUSY, kn_commit(db->c, &db->error));
    assert_int_equal(db->error.commit, KN_COMMIT_OPEN);
    assert_true(kn_in_transaction(db->c));
    order(&h, 'x');
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_lines(db), 4);
    lines[0].id = 0;
    order(&h, 'r'); /* a transaction that nobody else knows of is rolled back */
    assert_refused(db, KN_BUSY, kn_insert_many(db->c, KN_OBJECT(Line, lines), 2, &db->error));
    assert_int_equal(db->error.commit, KN_COMMIT_NOT);
    assert_false(kn_in_transaction(db->c));
    order(&h, 'x');
    assert_int_equal(count_lines(db), 4);
    assert_ok(db, kn_insert_many(db->c, KN_OBJECT(Line, lines), 2, &db->error));
    assert_int_equal(count_lines(db), 6);
    end_helper(&h);
    test_database_disconnect(db);
}

static void test_database_files__a_process_that_is_killed_leaves_what_it_committed(void **state)
{
    static const char *const journals[] = {"?journal=delete", "?journal=wal"};
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < KN_COUNT_OF(journals); i++) {
        char name[20];
        helper h;
        (void)snprintf(name, sizeof(name), "test%zu.db", i);
        make_file(db, name, journals[i]);
        use_file(db, name, "");
        h = start_helper(db);
        order(&h, 'i');
        order(&h, 'w');
        order(&h, 'i');
        assert_int_equal(kill(h.pid, SIGKILL), 0);
        end_helper(&h);
        connect(db);
        assert_int_equal(count_lines(db), 4);
        test_database_disconnect(db);
    }
}

/* Files may not grow past this: the disk is full. Runs in a child; the exit code tells the line that failed. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return __LINE__ % 250 + 1;                                                                                 \
    } while (0)

static int fill_the_disk(test_database *db, const char *journal)
{
    enum { COUNT = 500 };
    static Line lines[COUNT];
    static char text[400];
    struct rlimit limit;
    int64_t count = 0, changed = 0;

    signal(SIGXFSZ, SIG_IGN);
    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < COUNT; i++)
        lines[i] = (Line){.text = text};
    use_file(db, "test.db", journal);
    CHECK(kn_connect(db->engine, &db->c, &db->error) == KN_OK);
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = 60000;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(kn_insert_many(db->c, KN_OBJECT(Line, lines), COUNT, &db->error) == KN_FULL);
    CHECK(db->error.status == KN_FULL && db->error.commit == KN_COMMIT_NOT);
    CHECK(!kn_in_transaction(db->c));
    CHECK(kn_count(db->c, &all_lines, KN_NO_ARGS, &count, &db->error) == KN_OK && count == 3);
    CHECK(kn_begin(db->c, KN_WRITE, &db->error) == KN_OK);
    CHECK(kn_execute_query(db->c, &grow_all.node, KN_NO_ARGS, &changed, &db->error) == KN_OK && changed == 3);
    CHECK(kn_commit(db->c, &db->error) == KN_OK); /* what needs no room can be stored */
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(kn_insert_many(db->c, KN_OBJECT(Line, lines), COUNT, &db->error) == KN_OK);
    kn_release(db->c);
    kn_engine_destroy(db->engine);
    return 0;
}

static void test_database_files__a_full_disk_takes_nothing_and_loses_nothing(void **state)
{
    static const char *const journals[] = {"?journal=delete", "?journal=wal"};
    test_database *db = test_database_of(state);

    for (size_t i = 0; i < KN_COUNT_OF(journals); i++) {
        int code = 0;
        pid_t child;
        make_file(db, "test.db", journals[i]);
        child = fork();
        if (child == 0)
            _exit(fill_the_disk(db, journals[i]));
        assert_int_equal(waitpid(child, &code, 0), child);
        assert_int_equal(code, 0);
        use_file(db, "test.db", "");
        connect(db);
        assert_int_equal(count_lines(db), 503);
        test_database_disconnect(db);
        kn_testing_remove_folder(db->folder);
        assert_int_equal(mkdir(db->folder, 0700), 0);
    }
}

/* No file descriptor is left: refused, and as soon as there is one it works. */
static int run_out_of_descriptors(test_database *db)
{
    struct rlimit limit;
    int fd = open("/dev/null", O_RDONLY);

    use_file(db, "test.db", "");
    CHECK(fd >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)fd;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    for (int i = 0; i < 8; i++) {
        kn_status status = kn_connect(db->engine, &db->c, &db->error);
        CHECK(status == KN_CONNECT || status == KN_IO || status == KN_LIMIT);
        CHECK(db->error.status == (int32_t)status && db->error.message[0]);
    }
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(kn_connect(db->engine, &db->c, &db->error) == KN_OK);
    kn_release(db->c);
    kn_engine_destroy(db->engine);
    return 0;
}

static void test_database_files__descriptors_may_be_used_up(void **state)
{
    test_database *db = test_database_of(state);
    int code = 0;
    pid_t child;

    make_file(db, "test.db", "");
    child = fork();
    if (child == 0)
        _exit(run_out_of_descriptors(db));
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
}

static int use_the_parents(test_database *db)
{
    Line line = {.text = "of the child"};
    int64_t count = 0;

    CHECK(kn_insert(db->c, KN_OBJECT(Line, &line), &db->error) == KN_FORKED);
    kn_release(db->c);
    CHECK(kn_connect(db->engine, &db->c, &db->error) == KN_OK);
    CHECK(kn_count(db->c, &all_lines, KN_NO_ARGS, &count, &db->error) == KN_OK && count == 3);
    kn_release(db->c);
    kn_engine_destroy(db->engine);
    return 0;
}

static void test_database_files__a_child_does_not_end_what_its_parent_has_open(void **state)
{
    test_database *db = test_database_of(state);
    Line line = {.text = "of the parent"};
    int code = 0;
    pid_t child;

    make_file(db, "test.db", "?journal=wal");
    use_file(db, "test.db", "");
    connect(db);
    assert_ok(db, kn_begin(db->c, KN_WRITE, &db->error));
    assert_ok(db, kn_insert(db->c, KN_OBJECT(Line, &line), &db->error));
    child = fork();
    if (child == 0)
        _exit(use_the_parents(db));
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_true(kn_in_transaction(db->c));
    assert_ok(db, kn_commit(db->c, &db->error));
    assert_int_equal(count_lines(db), 4);
    test_database_disconnect(db);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, test_database_prepare, test_database_close)
    const struct CMUnitTest tests[] = {
        EACH(test_database_files__what_is_in_the_way_is_named_and_may_be_removed),
        EACH(test_database_files__a_missing_folder_may_be_made_later),
        EACH(test_database_files__a_file_that_may_not_be_written_is_read),
        EACH(test_database_files__damage_is_told_and_the_rest_is_read),
        EACH(test_database_files__a_lock_of_another_process_is_waited_for),
        EACH(test_database_files__a_commit_that_meets_a_reader_may_be_tried_again),
        EACH(test_database_files__a_process_that_is_killed_leaves_what_it_committed),
        EACH(test_database_files__a_full_disk_takes_nothing_and_loses_nothing),
        EACH(test_database_files__descriptors_may_be_used_up),
        EACH(test_database_files__a_child_does_not_end_what_its_parent_has_open),
    };
    return cmocka_run_group_tests_name("fault/database_files", tests, NULL, NULL);
}
