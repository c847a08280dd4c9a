/* SPDX-License-Identifier: MIT */
/* Opening and closing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sqlite3_driver.h"

static kn_status init_wake(sq_connection *c, kn_error *error)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes))
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    int failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!failed)
        failed = pthread_cond_init(&c->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (failed)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    failed = pthread_mutex_init(&c->mutex, NULL);
    if (failed)
        pthread_cond_destroy(&c->wake);
    return failed ? knp_error_set(error, KN_NOMEM, "no memory for a connection") : KN_OK;
}

static kn_status create(const kn_allocator *allocator, sq_connection **out, kn_error *error)
{
    sq_connection *c = allocator->resize(allocator->context, NULL, 0, sizeof *c);
    if (!c)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    memset(c, 0, sizeof *c);
    c->allocator = allocator;
    atomic_init(&c->activity, SQ_IDLE);
    kn_status status = init_wake(c, error);
    if (status)
        allocator->resize(allocator->context, c, sizeof *c, 0);
    else
        *out = c;
    return status;
}

void sq_close(void *connection)
{
    sq_connection *c = connection;
    for (int i = 0; i < SQ_VERBS; i++)
        sqlite3_finalize(c->verbs[i].handle);
    sqlite3_close_v2(c->db);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->mutex);
    c->allocator->resize(c->allocator->context, c, sizeof *c, 0);
}

/* sqlite3_close in a child could checkpoint or remove the parent's files. Everything stays as it is. */
void sq_abandon(void *connection)
{
    (void)connection;
}

static kn_status refuse_path(kn_error *error, kn_status status, const char *path, const char *why)
{
    knp_error_set(error, status, "cannot open: %s: '%s'", why, path);
    if (error)
        error->native = SQLITE_CANTOPEN;
    return status;
}

static kn_status refuse_errno(kn_error *error, const char *path, int number)
{
    bool denied = number == EACCES || number == EPERM;
    const char *text = sq_errno_text(number);
    return refuse_path(error, denied ? KN_DENIED : KN_CONNECT, path, text ? text : "the file cannot be opened");
}

/* SQLite tells these apart by one code; and opening a FIFO would wait for ever. */
static kn_status check_path(const sq_settings *settings, const char *path, kn_error *error)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return refuse_path(error, KN_CONNECT, path, "it is a folder");
        if (!S_ISREG(st.st_mode))
            return refuse_path(error, KN_CONNECT, path, "it is not a regular file");
        return KN_OK;
    }
    if (errno != ENOENT)
        return refuse_errno(error, path, errno);
    if (settings->mode != SQ_MODE_RWC)
        return refuse_path(error, KN_CONNECT, path, "there is no such file, and mode=rwc was not given to create it");
    return KN_OK;
}

/* The file could not be opened or made although check_path found nothing. SQLite's errno is of its last try, for
 * reading only; the folder tells more. `path` is cut at its last slash meanwhile. */
static kn_status refuse_file(sq_connection *c, char *path, kn_error *error)
{
    char *slash = strrchr(path, '/');
    int number = sqlite3_system_errno(c->db);
    if (number == ENOENT && slash && slash != path) {
        struct stat st;
        *slash = '\0';
        if (stat(path, &st) == 0)
            number = faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
        *slash = '/';
    }
    if (number == ENOENT)
        return refuse_path(error, KN_CONNECT, path, "its folder does not exist");
    return refuse_errno(error, path, number);
}

static kn_status open_file(sq_connection *c, char *path, kn_error *error)
{
    static const int modes[] = {
        [SQ_MODE_RWC] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
        [SQ_MODE_RW] = SQLITE_OPEN_READWRITE,
        [SQ_MODE_RO] = SQLITE_OPEN_READONLY,
    };
    int flags = modes[c->settings.mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int code = sqlite3_open_v2(path, &c->db, flags, NULL);
    if (!c->db)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    if ((code & 0xFF) == SQLITE_CANTOPEN)
        return refuse_file(c, path, error);
    return code == SQLITE_OK ? KN_OK : sq_fail(c, code, SQ_OPENING, error);
}

/* SQLite opens a file that it may not write for reading only, and says nothing. */
static kn_status check_writable(sq_connection *c, const char *path, kn_error *error)
{
    if (c->memory || c->settings.mode == SQ_MODE_RO || sqlite3_db_readonly(c->db, "main") == 0)
        return KN_OK;
    knp_error_set(error, KN_READ_ONLY, "'%s' cannot be written: open it with mode=ro, or give it write permission",
                  path);
    if (error)
        error->native = SQLITE_READONLY;
    return KN_READ_ONLY;
}

static kn_status open_all(sq_connection *c, char *path, kn_error *error)
{
    kn_status status = open_file(c, path, error);
    if (!status)
        status = check_writable(c, path, error);
    if (!status)
        status = sq_session_secure(c, error);
    if (!status)
        status = sq_session_journal(c, error);
    if (!status)
        status = sq_session_tune(c, error);
    if (!status)
        status = sq_register_functions(c, error);
    return status;
}

/* A relative path gets "./" before it: no name is then special, as "file:..." and ":..." would be. */
static char *make_path(const sq_connection *c, const char *database, size_t *size)
{
    const char *before = c->memory ? "" : database[0] == '/' ? "" : "./";
    const char *name = c->memory ? ":memory:" : database;
    size_t prefix = strlen(before), length = strlen(name);
    *size = prefix + length + 1;
    char *path = c->allocator->resize(c->allocator->context, NULL, 0, *size);
    if (path) {
        memcpy(path, before, prefix);
        memcpy(path + prefix, name, length + 1);
    }
    return path;
}

static kn_status open_path(sq_connection *c, const kn_open_request *request, kn_error *error)
{
    size_t size = 0;
    char *path = make_path(c, request->url->database, &size);
    if (!path)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    kn_status status = c->memory ? KN_OK : check_path(&c->settings, path, error);
    c->deadline_us = request->deadline_us;
    if (!status)
        status = open_all(c, path, error);
    c->deadline_us = 0;
    c->allocator->resize(c->allocator->context, path, size, 0);
    return status;
}

kn_status sq_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error)
{
    sq_connection *c = NULL;
    sq_settings settings;
    (void)wait;
    if (!sqlite3_threadsafe())
        return knp_error_set(error, KN_UNSUPPORTED, "the SQLite library (%s) was built without thread safety",
                             sqlite3_libversion());
    kn_status status = sq_settings_read(request, &settings, error);
    if (!status)
        status = create(request->allocator, &c, error);
    if (status)
        return status;
    c->settings = settings;
    c->memory = sq_single(request->url);
    status = open_path(c, request, error);
    if (status)
        sq_close(c);
    else
        *connection = c;
    return status;
}

/* A file that was moved or deleted under the connection still takes writes, which nobody would see again. */
kn_status sq_alive(void *connection, kn_wait *wait, kn_error *error)
{
    sq_connection *c = connection;
    int moved = 0;
    (void)wait;
    if (c->memory || sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
        return KN_OK;
    knp_error_set(error, KN_LINK_LOST, "the database file was moved, replaced or deleted");
    if (error) {
        error->native = SQLITE_READONLY_DBMOVED;
        error->retry = KN_RETRY_CONNECTION;
    }
    return KN_LINK_LOST;
}

void sq_info(void *connection, kn_server_info *out)
{
    int number = sqlite3_libversion_number(); /* major * 1000000 + minor * 1000 + patch */
    (void)connection;
    out->product = "sqlite";
    out->version = sqlite3_libversion();
    out->version_number = (uint32_t)(number / 1000000 * 10000 + number / 1000 % 1000 * 100 + number % 1000);
}
