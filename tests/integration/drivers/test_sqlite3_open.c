/* SPDX-License-Identifier: MIT */
/* What the sqlite3 driver opens, what it refuses and how it says so, and what a connection is set to. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "integration/drivers/sqlite3_fixture.h"

/* A byte of the header of every SQLite file: the format's manual, section 1.3. */
enum { HEADER_WRITE_VERSION = 18, WAL_VERSION = 2, PAGE = 4096 };

static void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), (ssize_t)size);
    close(fd);
}

static void overwrite(const char *path, off_t at, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, size, at), (ssize_t)size);
    close(fd);
}

static int byte_at(const char *path, off_t at)
{
    unsigned char byte = 0;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    close(fd);
    return byte;
}

/* A file with a table of a few pages. */
static void make_database(const char *name)
{
    void *c = open_file(name, OPTIONS("journal=delete"));
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "INSERT INTO t SELECT hex(zeroblob(1000)) FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9))");
    sqlite3_driver()->close(c);
}

static void assert_refused(const char *path, const char *const *options, kn_status status, const char *message)
{
    kn_error error = {0};
    void *c = NULL;
    kn_status got = open_with(path, options, 0, &c, &error);
    if (got == KN_OK)
        sqlite3_driver()->close(c);
    if (got != status || !strstr(error.message, message))
        fail_msg("%s: status %s, message: %s; expected %s with '%s'", path, kn_status_name(got), error.message,
                 kn_status_name(status), message);
    assert_int_equal(error.status, status);
    assert_null(c);
}

static void test_sqlite3_open__what_is_no_file_is_refused_by_its_reason(void **state)
{
    (void)state;
    static char longest[PATH_MAX + 10];
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    make_database("t.db");
    assert_int_equal(mkdir(in_folder("folder"), 0755), 0);
    assert_int_equal(mkfifo(in_folder("fifo"), 0644), 0);
    assert_int_equal(symlink("loop", in_folder("loop")), 0);
    assert_refused(in_folder("folder"), NULL, KN_CONNECT, "is a folder");
    assert_refused(in_folder("fifo"), OPTIONS("mode=ro"), KN_CONNECT, "not a regular file");
    assert_refused("/dev/null", NULL, KN_CONNECT, "not a regular file");
    assert_refused(in_folder("loop"), NULL, KN_CONNECT, "too many symbolic links");
    assert_refused(in_folder("none/t.db"), NULL, KN_CONNECT, "its folder does not exist");
    assert_refused(in_folder("t.db/t.db"), NULL, KN_CONNECT, "not a folder");
    assert_refused(in_folder("none.db"), OPTIONS("mode=rw"), KN_CONNECT, "no such file");
    assert_refused(in_folder("none.db"), OPTIONS("mode=ro"), KN_CONNECT, "no such file");
    assert_refused(longest, NULL, KN_CONNECT, "too long");
    assert_int_equal(access(in_folder("none.db"), F_OK), -1);
}

static void test_sqlite3_open__what_is_no_database_is_refused(void **state)
{
    (void)state;
    char junk[2 * PAGE];
    memset(junk, 'j', sizeof junk);
    write_file(in_folder("text"), "just a few words\n", 17);
    write_file(in_folder("long_text"), junk, sizeof junk);
    make_database("header.db");
    overwrite(in_folder("header.db"), 0, "SQLite format 4", 16);
    make_database("schema.db"); /* the page of the schema is no b-tree page */
    overwrite(in_folder("schema.db"), 100, junk, 200);
    make_database("newer.db"); /* written by a format of the future */
    overwrite(in_folder("newer.db"), HEADER_WRITE_VERSION, "\x09\x09", 2);
    assert_refused(in_folder("text"), NULL, KN_CORRUPT, "not a database");
    assert_refused(in_folder("long_text"), NULL, KN_CORRUPT, "not a database");
    assert_refused(in_folder("header.db"), NULL, KN_CORRUPT, "not a database");
    assert_refused(in_folder("schema.db"), NULL, KN_CORRUPT, "malformed");
    assert_refused(in_folder("newer.db"), NULL, KN_CORRUPT, "not a database");
}

static void test_sqlite3_open__damage_further_in_is_seen_when_it_is_read(void **state)
{
    (void)state;
    char junk[PAGE];
    memset(junk, 0xEE, sizeof junk);
    make_database("page.db");
    for (off_t page = 1; page < 4; page++)
        overwrite(in_folder("page.db"), page * PAGE, junk, sizeof junk);
    void *c = open_file("page.db", NULL);
    kn_error error = {0};
    assert_int_equal(run(c, "SELECT count(v) FROM t", NULL, 0, NULL, &error), KN_CORRUPT);
    assert_int_equal(error.retry, KN_RETRY_NEVER);
    sqlite3_driver()->close(c);
    make_database("short.db");
    assert_int_equal(truncate(in_folder("short.db"), PAGE + 100), 0);
    kn_status status = open_with(in_folder("short.db"), NULL, 0, &c, &error);
    if (!status) {
        status = run(c, "SELECT count(v) FROM t", NULL, 0, NULL, &error);
        sqlite3_driver()->close(c);
    }
    assert_int_equal(status, KN_CORRUPT);
}

/* Runs as somebody who is not root; skipped, and said so, when that is not possible. */
static bool become_nobody(void)
{
    if (geteuid() != 0)
        return true;
    return chmod(fixture_folder, 0777) == 0 && chown(fixture_folder, 65534, (gid_t)-1) == 0 && seteuid(65534) == 0;
}

static void become_root(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void test_sqlite3_open__permissions(void **state)
{
    (void)state;
    if (!become_nobody())
        skip();
    make_database("closed.db");
    make_database("locked.db");
    assert_int_equal(mkdir(in_folder("shut"), 0700), 0);
    assert_int_equal(chmod(in_folder("closed.db"), 0), 0);
    assert_int_equal(chmod(in_folder("locked.db"), 0444), 0);
    assert_int_equal(chmod(in_folder("shut"), 0555), 0);
    assert_refused(in_folder("closed.db"), NULL, KN_DENIED, "permission denied");
    assert_refused(in_folder("closed.db"), OPTIONS("mode=ro"), KN_DENIED, "permission denied");
    assert_refused(in_folder("shut/new.db"), NULL, KN_DENIED, "permission denied");
    assert_refused(in_folder("locked.db"), NULL, KN_READ_ONLY, "mode=ro");
    void *c = open_file("locked.db", OPTIONS("mode=ro"));
    kn_error error = {0};
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 9);
    assert_int_equal(run(c, "INSERT INTO t VALUES (1)", NULL, 0, NULL, &error), KN_READ_ONLY);
    sqlite3_driver()->close(c);
    assert_int_equal(chmod(in_folder("shut"), 0), 0);
    assert_refused(in_folder("shut/new.db"), NULL, KN_DENIED, "permission denied");
    assert_int_equal(chmod(in_folder("shut"), 0755), 0);
    become_root();
}

static void test_sqlite3_open__the_url_is_checked(void **state)
{
    (void)state;
    const kn_url_host host = {.name = "localhost"};
    const kn_url urls[] = {
        {.size_ = sizeof(kn_url), .hosts = &host, .n_hosts = 1, .database = "t.db"},
        {.size_ = sizeof(kn_url), .user = "ann", .database = "t.db"},
        {.size_ = sizeof(kn_url), .user = "ann", .password = "s3cret", .database = "t.db"},
    };
    static const char *const words[] = {"no host", "no user", "no user"};
    const char *values[16] = {NULL};
    for (size_t i = 0; i < KN_COUNT_OF(urls); i++) {
        kn_error error = {0};
        void *c = NULL;
        kn_open_request request = {.size_ = sizeof request,
                                   .allocator = &fixture_memory.allocator,
                                   .url = &urls[i],
                                   .values = values,
                                   .blocking = 1};
        assert_int_equal(sqlite3_driver()->open(&request, &c, NULL, &error), KN_INVALID);
        assert_non_null(strstr(error.message, words[i]));
        assert_null(strstr(error.message, "s3cret"));
    }
}

static void test_sqlite3_open__options_are_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "mode=rwx",
        "mode=",
        "mode=rw|ro",
        "busy_timeout_ms=-1",
        "busy_timeout_ms=86400001",
        "cache_kib=1x",
        "cache_kib=",
        "journal=WAL",
        "journal=persist",
        "busy_timeout_ms=99999999999999999999",
        "mmap_mib= 1",
        "synchronous=yes",
        "foreign_keys=ja",
        "foreign_keys=2",
        "cache_kib=2147483648",
    };
    for (size_t i = 0; i < KN_COUNT_OF(bad); i++) {
        char name[64];
        snprintf(name, sizeof name, "'%.*s'", (int)strcspn(bad[i], "="), bad[i]);
        assert_refused(in_folder("t.db"), OPTIONS(bad[i]), KN_INVALID, name);
    }
    assert_int_equal(access(in_folder("t.db"), F_OK), -1);
    assert_refused(NULL, OPTIONS("mode=ro"), KN_INVALID, "'mode'");
    assert_refused(NULL, OPTIONS("journal=wal"), KN_INVALID, "'journal'");
}

static void test_sqlite3_open__names_mean_files_and_nothing_else(void **state)
{
    (void)state;
    static const char *const names[] = {"file:x.db?mode=memory", ":memory:x", "a b?c=d#e%41", "-x", "\xc3\xa4.db"};
    char before[PATH_MAX];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(fixture_folder), 0);
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        void *c = NULL;
        assert_int_equal(open_with(names[i], NULL, 0, &c, NULL), KN_OK);
        must_run(c, "CREATE TABLE t (v)");
        sqlite3_driver()->close(c);
        assert_int_equal(access(in_folder(names[i]), F_OK), 0);
    }
    assert_int_equal(chdir(before), 0);
}

static void test_sqlite3_open__in_memory_is_single(void **state)
{
    (void)state;
    static const struct {
        const char *database;
        bool single;
    } cases[] = {{NULL, true}, {"", true}, {":memory:", true}, {"t.db", false}, {"/t.db", false}, {":memory:x", false}};
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        kn_url url = {.size_ = sizeof url, .database = cases[i].database};
        assert_int_equal(sqlite3_driver()->single(&url), cases[i].single);
    }
    void *c = NULL;
    assert_int_equal(open_with(":memory:", NULL, 0, &c, NULL), KN_OK);
    assert_string_equal(word(c, "PRAGMA journal_mode"), "memory");
    sqlite3_driver()->close(c);
}

static void test_sqlite3_open__wal_is_chosen_only_for_a_file_that_was_made_here(void **state)
{
    (void)state;
    void *c = open_file("new.db", NULL);
    assert_string_equal(word(c, "PRAGMA journal_mode"), "wal");
    must_run(c, "CREATE TABLE t (v)");
    sqlite3_driver()->close(c);
    assert_int_equal(byte_at(in_folder("new.db"), HEADER_WRITE_VERSION), WAL_VERSION);
    write_file(in_folder("empty.db"), "", 0); /* as tempfile and touch make them */
    c = open_file("empty.db", NULL);
    assert_string_equal(word(c, "PRAGMA journal_mode"), "wal");
    sqlite3_driver()->close(c);
    make_database("old.db");
    c = open_file("old.db", NULL);
    assert_string_equal(word(c, "PRAGMA journal_mode"), "delete");
    must_run(c, "INSERT INTO t VALUES (1)");
    sqlite3_driver()->close(c);
    assert_int_not_equal(byte_at(in_folder("old.db"), HEADER_WRITE_VERSION), WAL_VERSION);
    write_file(in_folder("empty_ro.db"), "", 0);
    c = open_file("empty_ro.db", OPTIONS("mode=ro"));
    sqlite3_driver()->close(c);
    struct stat st;
    assert_int_equal(stat(in_folder("empty_ro.db"), &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void test_sqlite3_open__options_take_effect(void **state)
{
    (void)state;
    static const struct {
        const char *option, *ask, *text;
        int64_t number;
    } cases[] = {
        {"journal=wal", "PRAGMA journal_mode", "wal", 0},
        {"journal=truncate", "PRAGMA journal_mode", "truncate", 0},
        {"journal=memory", "PRAGMA journal_mode", "memory", 0},
        {"journal=off", "PRAGMA journal_mode", "off", 0},
        {"journal=delete", "PRAGMA journal_mode", "delete", 0},
        {"synchronous=full", "PRAGMA synchronous", NULL, 2},
        {"synchronous=normal", "PRAGMA synchronous", NULL, 1},
        {"synchronous=off", "PRAGMA synchronous", NULL, 0},
        {"synchronous=extra", "PRAGMA synchronous", NULL, 3},
        {"foreign_keys=on", "PRAGMA foreign_keys", NULL, 1},
        {"foreign_keys=off", "PRAGMA foreign_keys", NULL, 0},
        {"foreign_keys=0", "PRAGMA foreign_keys", NULL, 0},
        {"foreign_keys=true", "PRAGMA foreign_keys", NULL, 1},
        {"cache_kib=4096", "PRAGMA cache_size", NULL, -4096},
        {"mmap_mib=2", "PRAGMA mmap_size", NULL, 2097152},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        void *c = open_file("t.db", OPTIONS(cases[i].option));
        if (cases[i].text)
            assert_string_equal(word(c, cases[i].ask), cases[i].text);
        else
            assert_int_equal(number(c, cases[i].ask), cases[i].number);
        sqlite3_driver()->close(c);
    }
}

/* What every connection is set to, seen through SQL. */
static void assert_defaults(void *c)
{
    static const struct {
        const char *ask;
        int64_t wanted;
    } cases[] = {
        {"PRAGMA foreign_keys", 1},
        {"PRAGMA synchronous", 2},
        {"PRAGMA trusted_schema", 0},
        {"PRAGMA cell_size_check", 1},
        {"SELECT 'a' LIKE 'A'", 1},
        {"SELECT 'a' LIKE 'a'", 1},
        {"PRAGMA query_only", 0},
        {"PRAGMA recursive_triggers", 0},
        {"PRAGMA ignore_check_constraints", 0},
        {"PRAGMA legacy_alter_table", 0},
        {"PRAGMA writable_schema", 0},
        {"PRAGMA read_uncommitted", 0},
        {"PRAGMA short_column_names", 1},
        {"SELECT count(*) FROM sqlite_temp_schema", 0},
        {"SELECT count(*) FROM pragma_database_list WHERE seq > 1", 0},
    };
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        if (number(c, cases[i].ask) != cases[i].wanted)
            fail_msg("%s", cases[i].ask);
    }
    assert_int_equal(run(c, "SELECT \"no_column\"", NULL, 0, NULL, NULL), KN_NO_SUCH);
    assert_int_equal(run(c, "SELECT load_extension('x')", NULL, 0, NULL, NULL), KN_DENIED);
    assert_int_equal(run(c, "UPDATE sqlite_schema SET sql = ''", NULL, 0, NULL, NULL), KN_DENIED);
}

static void meddle_and_reset(void *c)
{
    static const char *const meddling[] = {
        "PRAGMA foreign_keys=OFF",
        "PRAGMA synchronous=OFF",
        "PRAGMA trusted_schema=ON",
        "PRAGMA cell_size_check=OFF",
        "PRAGMA case_sensitive_like=ON",
        "PRAGMA query_only=ON",
        "PRAGMA recursive_triggers=ON",
        "PRAGMA ignore_check_constraints=ON",
        "PRAGMA legacy_alter_table=ON",
        "PRAGMA writable_schema=ON",
        "PRAGMA read_uncommitted=ON",
        "PRAGMA short_column_names=OFF",
        "PRAGMA busy_timeout=1",
        "PRAGMA locking_mode=EXCLUSIVE",
        "EXPLAIN PRAGMA foreign_keys=OFF",
        "/* x */ PRAGMA synchronous=1",
        "CREATE TEMP TABLE tt (v)",
        "CREATE TEMP VIEW \"v \"\" w\" AS SELECT 1",
        "CREATE TEMP TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
        "ATTACH ':memory:' AS \"other \"\" one\"",
    };
    const kn_driver *d = sqlite3_driver();
    kn_outcome outcome;
    must_run(c, "CREATE TABLE t (v)");
    assert_defaults(c);
    for (size_t i = 0; i < KN_COUNT_OF(meddling); i++) {
        kn_error error = {0};
        must_run(c, meddling[i]);
        if (d->reset(c, NULL, &error))
            fail_msg("%s: %s", meddling[i], error.message);
        assert_defaults(c);
    }
    void *again = prepare(c, "PRAGMA synchronous=OFF");
    assert_int_equal(d->reset(c, NULL, NULL), KN_OK);
    assert_int_equal(try_execute(again, NULL, 0, 0, &outcome, NULL), KN_OK); /* prepared before the reset */
    d->end(again, NULL, NULL, NULL);
    assert_int_equal(d->reset(c, NULL, NULL), KN_OK);
    assert_defaults(c);
    d->finish(again);
    for (size_t i = 0; i < KN_COUNT_OF(meddling); i++) {
        if (run(c, meddling[i], NULL, 0, NULL, NULL)) /* some are refused after others */
            continue;
    }
    assert_int_equal(d->reset(c, NULL, NULL), KN_OK);
    assert_defaults(c);
}

static void test_sqlite3_open__a_session_is_secured_and_reset_secures_it_again(void **state)
{
    (void)state;
    void *c = open_file("t.db", NULL), *m = open_memory();
    meddle_and_reset(c);
    assert_string_equal(word(c, "PRAGMA locking_mode"), "normal");
    meddle_and_reset(m);
    sqlite3_driver()->close(c);
    sqlite3_driver()->close(m);
}

static void test_sqlite3_open__reset_ends_transactions_and_results(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    kn_outcome outcome;
    kn_value row;
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "BEGIN");
    must_run(c, "INSERT INTO t VALUES (1), (2)");
    void *s = prepare(c, "SELECT v FROM t");
    assert_int_equal(try_execute(s, NULL, 0, 0, &outcome, NULL), KN_OK);
    assert_int_equal(d->fetch(s, &row, NULL, NULL), KN_OK);
    assert_int_equal(d->reset(c, NULL, NULL), KN_OK);
    assert_false(d->in_transaction(c));
    assert_int_equal(d->fetch(s, &row, NULL, NULL), KN_CANCELLED);
    assert_int_equal(d->end(s, NULL, NULL, NULL), KN_OK);
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 0);
    d->transact(c, KN_TRANSACT_BEGIN, KN_READ, NULL, NULL, NULL);
    assert_int_equal(d->reset(c, NULL, NULL), KN_OK);
    must_run(c, "INSERT INTO t VALUES (1)"); /* not read-only any more */
    d->finish(s);
    d->close(c);
}

static void test_sqlite3_open__a_file_that_was_replaced_is_no_longer_alive(void **state)
{
    (void)state;
    const kn_driver *d = sqlite3_driver();
    make_database("t.db");
    void *c = open_file("t.db", NULL), *m = open_memory();
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 9);
    assert_int_equal(d->alive(c, NULL, NULL), KN_OK);
    assert_int_equal(d->alive(m, NULL, NULL), KN_OK);
    assert_int_equal(rename(in_folder("t.db"), in_folder("moved.db")), 0);
    kn_error error = {0};
    assert_int_equal(d->alive(c, NULL, &error), KN_LINK_LOST);
    assert_int_equal(error.retry, KN_RETRY_CONNECTION);
    d->close(c);
    d->close(m);
}

/* In a child: opens what another connection of this process, in the parent, holds. Ends with the status. */
static int in_child(int (*work)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(work());
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

static int open_locked(void)
{
    kn_error error = {0};
    void *c = NULL;
    kn_status status = open_with(in_folder("t.db"), OPTIONS("busy_timeout_ms=30"), 0, &c, &error);
    return status == KN_BUSY && (error.native & 0xFF) == 5 ? KN_BUSY : 255;
}

static int open_locked_until(void)
{
    void *c = NULL;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t deadline_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + 30000;
    return (int)open_with(in_folder("t.db"), NULL, deadline_us, &c, NULL);
}

static void test_sqlite3_open__a_file_locked_by_another_process_is_busy(void **state)
{
    (void)state;
    make_database("t.db");
    void *c = open_file("t.db", NULL);
    must_run(c, "BEGIN EXCLUSIVE");
    assert_int_equal(in_child(open_locked), KN_BUSY);
    assert_int_equal(in_child(open_locked_until), KN_TIMEOUT);
    must_run(c, "ROLLBACK");
    sqlite3_driver()->close(c);
}

/* The disk is as full as it gets: files may not grow. */
static int write_too_much(void)
{
    static char block[30000];
    const struct rlimit limit = {16384, 16384};
    signal(SIGXFSZ, SIG_IGN);
    void *c = NULL;
    kn_error error = {0};
    if (open_with(in_folder("full.db"), OPTIONS("journal=delete"), 0, &c, &error))
        return 254;
    if (run(c, "CREATE TABLE t (v)", NULL, 0, NULL, &error))
        return 253;
    if (setrlimit(RLIMIT_FSIZE, &limit))
        return 252;
    const kn_value big = kn_blob(block, sizeof block);
    kn_status status = run(c, "INSERT INTO t VALUES (?)", &big, 1, NULL, &error);
    if (sqlite3_driver()->in_transaction(c) || error.commit != KN_COMMIT_NOT)
        return 251;
    if (number(c, "SELECT count(*) FROM t") != 0)
        return 250;
    sqlite3_driver()->close(c);
    return (int)status;
}

static void test_sqlite3_open__a_full_disk_is_said_to_be_full(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_too_much), KN_FULL);
}

static int open_and_write(void)
{
    void *c = NULL;
    kn_status status = open_with(in_folder("t.db"), OPTIONS("busy_timeout_ms=20"), 0, &c, NULL);
    return (int)(status ? status : transact(c, KN_TRANSACT_BEGIN, KN_WRITE, NULL));
}

static int abandon_and_leave(void **connection)
{
    sqlite3_driver()->abandon(*connection);
    return 0;
}

static void test_sqlite3_open__a_child_that_abandons_leaves_the_parent_alone(void **state)
{
    (void)state;
    void *c = open_file("t.db", NULL);
    must_run(c, "CREATE TABLE t (v)");
    must_run(c, "BEGIN IMMEDIATE");
    must_run(c, "INSERT INTO t VALUES (1)");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(abandon_and_leave(&c));
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    assert_int_equal(in_child(open_and_write), KN_BUSY); /* the lock is still there */
    must_run(c, "COMMIT");
    assert_int_equal(number(c, "SELECT count(*) FROM t"), 1);
    assert_int_equal(access(in_folder("t.db-wal"), F_OK), 0);
    sqlite3_driver()->close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_sqlite3_open__what_is_no_file_is_refused_by_its_reason),
        WITH_FOLDER(test_sqlite3_open__what_is_no_database_is_refused),
        WITH_FOLDER(test_sqlite3_open__damage_further_in_is_seen_when_it_is_read),
        WITH_FOLDER(test_sqlite3_open__permissions),
        WITH_FOLDER(test_sqlite3_open__the_url_is_checked),
        WITH_FOLDER(test_sqlite3_open__options_are_checked),
        WITH_FOLDER(test_sqlite3_open__names_mean_files_and_nothing_else),
        WITH_FOLDER(test_sqlite3_open__in_memory_is_single),
        WITH_FOLDER(test_sqlite3_open__wal_is_chosen_only_for_a_file_that_was_made_here),
        WITH_FOLDER(test_sqlite3_open__options_take_effect),
        WITH_FOLDER(test_sqlite3_open__a_session_is_secured_and_reset_secures_it_again),
        WITH_FOLDER(test_sqlite3_open__reset_ends_transactions_and_results),
        WITH_FOLDER(test_sqlite3_open__a_file_that_was_replaced_is_no_longer_alive),
        WITH_FOLDER(test_sqlite3_open__a_file_locked_by_another_process_is_busy),
        WITH_FOLDER(test_sqlite3_open__a_full_disk_is_said_to_be_full),
        WITH_FOLDER(test_sqlite3_open__a_child_that_abandons_leaves_the_parent_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
