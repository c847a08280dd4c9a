/* SPDX-License-Identifier: MIT */
/* koine/testing.h - a database of its own for each test, on every backend that koine-testbed started.
 *
 * Header only, for programs in C on POSIX (-std=gnu11, or -D_POSIX_C_SOURCE=200809L); koine/koine.h does not include
 * it. It knows no test framework; kn_testing_setup and kn_testing_teardown fit the fixtures of cmocka as they are:
 *
 *   static void ken_is_stored(void **state)
 *   {
 *       kn_testing *t = *state;
 *       assert_int_equal(kn_create_all(t->c, tables, &t->error), KN_OK);   and so on, in an empty database
 *   }
 *   int main(void)
 *   {
 *       const struct CMUnitTest tests[] = {
 *           cmocka_unit_test_setup_teardown(ken_is_stored, kn_testing_setup, kn_testing_teardown),
 *       };
 *       int failed = 0;
 *       while (kn_testing_next())
 *           failed += cmocka_run_group_tests_name(kn_testing_backend(), tests, NULL, NULL);
 *       return failed;
 *   }
 *
 *   koine-testbed -- ./program
 *
 * A URL with a host is a server's: each test gets a database that is created there and dropped after it. One without is
 * a file's: each test gets a file in a folder of its own beside it, removed after it. What a test that was killed
 * leaves on a server, `koine_PID_NUMBER`, goes with koine-testbed; on a server of your own it stays until you drop it:
 * only you know whether that process still runs, maybe on another machine. Calls return a status and leave its error in
 * t->error; nothing is written but by kn_testing_setup and kn_testing_teardown, to stderr. */
#ifndef KOINE_TESTING_H
#define KOINE_TESTING_H

#ifdef __cplusplus
#error "koine/testing.h is for programs in C"
#endif

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <koine/koine.h>

#define KN_TESTING_URL_MAX 1024

typedef struct kn_testing {
    kn_registry *registry;
    kn_engine *engine;
    kn_connection *c;
    kn_error error;
    char url[KN_TESTING_URL_MAX]; /* of the test's own database: for engines of the test's own */
    char name[64];                /* of that database on its server; "" for a file */
    char folder[256];             /* of the file; "" on a server */
    char server_[KN_TESTING_URL_MAX];
    bool owns_registry_;
} kn_testing;

static inline kn_status kn_testing_fail_(kn_testing *t, const char *what)
{
    return kn_error_set(&t->error, KN_INVALID, "%s", what);
}

/* One statement on the server's own database. */
static inline kn_status kn_testing_admin_(kn_testing *t, const char *verb)
{
    kn_engine *engine = NULL;
    kn_connection *c = NULL;
    char sql[128];

    (void)snprintf(sql, sizeof(sql), "%s DATABASE %s", verb, t->name);
    kn_status status = kn_engine_create(t->server_, KN_ENGINE_OPTIONS(.registry = t->registry), &engine, &t->error);
    if (status == KN_OK)
        status = kn_connect(engine, &c, &t->error);
    if (status == KN_OK)
        status = kn_execute(c, kn_unchecked_sql(sql), KN_NO_ARGS, NULL, &t->error);
    kn_release(c);
    kn_engine_destroy(engine);
    return status;
}

/* A URL ends its authority at the first slash: users and passwords have theirs written as %2F. */
static inline kn_status kn_testing_on_server_(kn_testing *t, const char *url)
{
    static unsigned number;
    const char *authority = strstr(url, "://") + 3, *options = strchr(authority, '?');
    int head = (int)(strcspn(authority, "/?") + (size_t)(authority - url));

    (void)snprintf(t->name, sizeof(t->name), "koine_%ld_%u", (long)getpid(), number++);
    (void)snprintf(t->server_, sizeof(t->server_), "%s", url);
    int n = snprintf(t->url, sizeof(t->url), "%.*s/%s%s", head, url, t->name, options ? options : "");
    if (n < 0 || (size_t)n >= sizeof(t->url))
        return kn_testing_fail_(t, "a URL that is too long for a test");
    kn_status status = kn_testing_admin_(t, "CREATE");
    if (status != KN_OK)
        t->name[0] = '\0';
    return status;
}

static inline kn_status kn_testing_on_file_(kn_testing *t, const char *url, const char *path)
{
    const char *options = strchr(url, '?');
    int head = (int)(options ? options - url : (ptrdiff_t)strlen(url));
    int n = snprintf(t->folder, sizeof(t->folder), "%s-XXXXXX", path);

    if (n < 0 || (size_t)n >= sizeof(t->folder) || !mkdtemp(t->folder)) {
        t->folder[0] = '\0';
        return kn_testing_fail_(t, "no folder can be made beside the file of the URL");
    }
    n = snprintf(t->url, sizeof(t->url), "%.*s-%s/test.db%s", head, url, t->folder + n - 6, options ? options : "");
    return n >= 0 && (size_t)n < sizeof(t->url) ? KN_OK : kn_testing_fail_(t, "a URL that is too long for a test");
}

/* An empty database under `url`, and no engine yet. `registry` NULL: one of its own. Whatever it returns,
 * kn_testing_end takes away what was made. */
static inline kn_status kn_testing_begin(kn_testing *t, const char *url, kn_registry *registry)
{
    kn_url *parsed = NULL;
    kn_status status;

    memset(t, 0, sizeof(*t));
    t->registry = registry;
    t->owns_registry_ = !registry;
    if (!url)
        return kn_testing_fail_(t, "no backend to test on: KOINE_TEST_URLS is not set; run under koine-testbed");
    status = registry ? KN_OK : kn_registry_create(NULL, &t->registry, &t->error);
    if (status == KN_OK)
        status = kn_url_parse(url, NULL, &parsed, &t->error);
    if (status == KN_OK && parsed->n_hosts)
        status = kn_testing_on_server_(t, url);
    else if (status == KN_OK && parsed->database)
        status = kn_testing_on_file_(t, url, parsed->database);
    else if (status == KN_OK) /* in memory */
        (void)snprintf(t->url, sizeof(t->url), "%s", url);
    kn_url_destroy(parsed);
    return status;
}

/* t->engine and t->c. `options` may be NULL; their registry is t->registry whatever they say. */
static inline kn_status kn_testing_connect(kn_testing *t, const kn_engine_options *options)
{
    kn_engine_options with = options ? *options : (kn_engine_options){.size_ = sizeof(with)};

    with.registry = t->registry;
    kn_status status = kn_engine_create(t->url, &with, &t->engine, &t->error);
    return status == KN_OK ? kn_connect(t->engine, &t->c, &t->error) : status;
}

/* What is read after it and kn_testing_connect was stored. */
static inline void kn_testing_disconnect(kn_testing *t)
{
    kn_release(t->c);
    kn_engine_destroy(t->engine);
    t->c = NULL;
    t->engine = NULL;
}

/* A folder and the files in it. */
static inline void kn_testing_remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[600];

    while (dir && (entry = readdir(dir))) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        (void)unlink(path);
    }
    if (dir)
        (void)closedir(dir);
    (void)rmdir(folder);
}

/* Disconnects and takes the database away. Engines of the test's own end before it. */
static inline kn_status kn_testing_end(kn_testing *t)
{
    kn_status status = KN_OK;

    kn_testing_disconnect(t);
    if (t->name[0])
        status = kn_testing_admin_(t, "DROP");
    if (t->folder[0])
        kn_testing_remove_folder(t->folder);
    if (t->owns_registry_)
        kn_registry_destroy(t->registry);
    t->registry = NULL;
    t->name[0] = t->folder[0] = '\0';
    return status;
}

/* The backends of KOINE_TEST_URLS, whose URLs have spaces between them. */
static struct {
    bool begun;
    const char *next;
    char url[KN_TESTING_URL_MAX], backend[32];
} kn_testing_at_;

/* Goes to the next backend; false after the last. Without KOINE_TEST_URLS there is one, on which every setup fails. */
static inline bool kn_testing_next(void)
{
    const char *rest = kn_testing_at_.begun ? kn_testing_at_.next : getenv("KOINE_TEST_URLS");
    bool first = !kn_testing_at_.begun;

    kn_testing_at_.begun = true;
    rest = rest ? rest + strspn(rest, " ") : "";
    size_t n = strcspn(rest, " "), name = strcspn(rest, "+:");
    kn_testing_at_.next = rest + n;
    (void)snprintf(kn_testing_at_.url, sizeof(kn_testing_at_.url), "%.*s", (int)n, rest);
    (void)snprintf(kn_testing_at_.backend, sizeof(kn_testing_at_.backend), "%.*s", (int)(n ? name : 0), rest);
    return n || first;
}

/* Its name, as its URL begins; its URL, of which no test writes into the database; NULL when there is none. */
static inline const char *kn_testing_backend(void)
{
    return kn_testing_at_.backend[0] ? kn_testing_at_.backend : "no backend";
}
static inline const char *kn_testing_url(void)
{
    return kn_testing_at_.url[0] ? kn_testing_at_.url : NULL;
}

/* Fixtures: *state is a kn_testing, connected to an empty database on the present backend. 0, or -1 and why on stderr.
 */
static inline int kn_testing_setup(void **state)
{
    kn_testing *t = (kn_testing *)calloc(1, sizeof(*t));

    if (!t)
        return -1;
    kn_status status = kn_testing_begin(t, kn_testing_url(), NULL);
    if (status == KN_OK)
        status = kn_testing_connect(t, NULL);
    if (status == KN_OK) {
        *state = t;
        return 0;
    }
    (void)fprintf(stderr, "koine/testing.h: %s: %s\n", kn_status_name(status), t->error.message);
    (void)kn_testing_end(t);
    free(t);
    return -1;
}

static inline int kn_testing_teardown(void **state)
{
    kn_testing *t = (kn_testing *)*state;

    if (!t)
        return 0;
    *state = NULL;
    kn_status status = kn_testing_end(t);
    if (status != KN_OK)
        (void)fprintf(stderr, "koine/testing.h: %s: %s\n", kn_status_name(status), t->error.message);
    free(t);
    return status == KN_OK ? 0 : -1;
}

#endif
