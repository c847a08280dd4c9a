/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* A server that has no room left for what it is given: which kind comes out, what is stored of it, and whether the
 * connection is of use when room was made. No disk is filled: the files of the server may not grow over a limit, that
 * of the process on PostgreSQL, that of the tablespace on MariaDB. */
#include "support/testbed.h"

#include <sys/resource.h>

/* Over the 16 MB of a file of the write-ahead log, and not of whole pages: one is written in part, as on a disk. */
#define FILE_MOST ((rlim_t)20001 * 1024)
#define AT_ONCE 100
#define PAGES_MOST 40000 /* many more than fit */

typedef struct Page {
    int64_t id;
    char text[1001];
} Page;
KN_MODEL(Page);
KN_COLUMNS(Page) = {
    KN_COLUMN(Page, id, KN_BIG_INTEGER, .primary_key = true),
    KN_COLUMN(Page, text, KN_STRING(1000)),
};
KN_DEFINE(Page, "pages");
static const kn_select all_pages = KN_SELECT(KN_FROM(Page));

static testbed server;
static kn_registry *registry;

static void start_small(void)
{
    static const char *const mariadb[] = {"innodb_data_file_path=ibdata1:12M:autoextend:max:24M",
                                          "innodb_file_per_table=0", NULL};
    struct rlimit before, small;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    if (!testbed_is_mariadb())
        small.rlim_cur = FILE_MOST;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0); /* the server inherits it */
    testbed_start(&server, testbed_is_mariadb() ? mariadb : NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static kn_status insert_pages(guest *g, int64_t from)
{
    Page *pages = (Page *)calloc(AT_ONCE, sizeof(*pages));
    kn_status status;

    assert_non_null(pages);
    for (int i = 0; i < AT_ONCE; i++) {
        pages[i].id = from + i;
        memset(pages[i].text, 'a' + i % 26, sizeof(pages[i].text) - 1);
    }
    status = kn_insert_many(g->c, KN_OBJECT(Page, pages), AT_ONCE, &g->error);
    free(pages);
    return status;
}

/* Until the server says no; the pages that it took. */
static int64_t fill(guest *g, int64_t from, kn_status *status)
{
    int64_t id = from;

    while ((*status = insert_pages(g, id)) == KN_OK) {
        id += AT_ONCE;
        assert_true(id < from + PAGES_MOST);
    }
    return id - from;
}

static int64_t count_pages(guest *g)
{
    int64_t n = -1;

    assert_ok(g, kn_count(g->c, &all_pages, KN_NO_ARGS, &n, &g->error));
    return n;
}

static void assert_full(const guest *g, kn_status status, kn_commit_state commit)
{
    if (status != KN_FULL || strcmp(g->error.sqlstate, testbed_is_mariadb() ? "HY000" : "53100") != 0 ||
        g->error.native != (testbed_is_mariadb() ? 1114 : 0) || g->error.retry != KN_RETRY_NEVER ||
        g->error.commit != (uint8_t)commit)
        fail_msg("%s, SQLSTATE '%s', %d, retry %u, commit %u: %s", kn_status_name(status), g->error.sqlstate,
                 (int)g->error.native, (unsigned)g->error.retry, (unsigned)g->error.commit, g->error.message);
}

static void make_room(guest *g)
{
    assert_ok(g, guest_run(g, "DELETE FROM pages WHERE id > 2000"));
    if (!testbed_is_mariadb())
        assert_ok(g, guest_run(g, "VACUUM pages"));
}

/* MariaDB gives the room back when nobody waits for it. */
static void insert_when_there_is_room(guest *g, int64_t from)
{
    kn_status status;

    do
        status = insert_pages(g, from);
    while (status == KN_FULL && testbed_is_mariadb());
    assert_ok(g, status);
}

static void test_full__nothing_is_stored_in_part_and_all_goes_on_when_there_is_room(void **state)
{
    kn_metadata *metadata = NULL;
    kn_status status;
    int64_t n;
    guest g;

    (void)state;
    start_small();
    assert_ok(&g, guest_open(&g, registry, server.url, 20000));
    assert_ok(&g, kn_metadata_create(NULL, &metadata, &g.error));
    assert_ok(&g, kn_metadata_add(metadata, &Page_model, &g.error));
    assert_ok(&g, kn_create_all(g.c, metadata, &g.error));
    kn_metadata_destroy(metadata);

    assert_ok(&g, kn_begin(g.c, KN_WRITE, &g.error));
    assert_true(fill(&g, 1, &status) > 2000);
    assert_full(&g, status, KN_COMMIT_OPEN);
    assert_true(kn_in_transaction(g.c));
    assert_ok(&g, kn_rollback(g.c, &g.error));
    assert_int_equal(count_pages(&g), 0);
    if (!testbed_is_mariadb())
        assert_ok(&g, guest_run(&g, "VACUUM pages"));

    insert_when_there_is_room(&g, 1);
    n = AT_ONCE + fill(&g, 1 + AT_ONCE, &status);
    assert_full(&g, status, KN_COMMIT_NOT);
    assert_int_equal(count_pages(&g), n); /* of the last ones, none */
    make_room(&g);
    insert_when_there_is_room(&g, 1 + n);
    assert_int_equal(count_pages(&g), 2000 + AT_ONCE);
    guest_close(&g);
    testbed_stop(&server);
}

static int create_registry(void **state)
{
    (void)state;
    registry = test_database_registry();
    return 0;
}

static int destroy_registry(void **state)
{
    (void)state;
    kn_registry_destroy(registry);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full__nothing_is_stored_in_part_and_all_goes_on_when_there_is_room),
    };

    return cmocka_run_group_tests(tests, create_registry, destroy_registry);
}
