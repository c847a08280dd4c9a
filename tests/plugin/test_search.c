/* SPDX-License-Identifier: MIT */
/* labels: plugin */
/* Where plugins are looked for, in which order, and what is said when there is none. */
#define _XOPEN_SOURCE 700
#include "files.h"

#include <limits.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <koine/registry.h>

static kn_registry *fresh(void)
{
    kn_error error = {0};
    kn_registry *registry = NULL;
    if (kn_registry_create(NULL, &registry, &error) != KN_OK)
        fail_msg("%s", error.message);
    return registry;
}

static kn_status note_path(void *context, const kn_registry_item *item)
{
    assert_int_equal(item->size_, sizeof *item);
    if (item->dialect && strcmp(item->dialect, "good") == 0) {
        assert_string_equal(item->plugin, "good");
        assert_string_equal(item->version, "1.2.3");
        snprintf(context, 512, "%s", item->path ? item->path : "none");
    }
    return KN_OK;
}

static void assert_from(kn_registry *registry, const char *place)
{
    char path[512] = "", real[PATH_MAX];
    assert_int_equal(kn_registry_each(registry, false, note_path, path, NULL), KN_OK);
    assert_non_null(realpath(place, real));
    assert_true(strncmp(path, real, strlen(real)) == 0 && path[strlen(real)] == '/');
}

static void test_search__added_folders_come_before_the_environment(void **state)
{
    folder *d = *state;
    char both[700];
    copy_file(MODULE("good"), file_in(d, "koine_good.so"), 0644);
    snprintf(both, sizeof both, "relative::/no/such/folder:%s:%s", d->path, MODULES_DIR);

    assert_int_equal(setenv("KOINE_PLUGIN_PATH", both, 1), 0);
    kn_registry *registry = fresh();
    assert_int_equal(kn_registry_require_driver(registry, "good", NULL), KN_OK);
    assert_from(registry, d->path); /* the first of the environment that has it */
    kn_registry_destroy(registry);

    registry = fresh();
    assert_int_equal(unsetenv("KOINE_PLUGIN_PATH"), 0); /* it was read when the registry was made */
    assert_int_equal(kn_registry_search(registry, MODULES_DIR, NULL), KN_OK);
    assert_int_equal(kn_registry_require_dialect(registry, "good", NULL), KN_OK);
    assert_from(registry, MODULES_DIR);
    kn_registry_destroy(registry);

    registry = fresh();
    assert_int_equal(kn_registry_search(registry, d->path, NULL), KN_OK);
    assert_int_equal(kn_registry_search(registry, MODULES_DIR, NULL), KN_OK);
    assert_int_equal(kn_registry_require_dialect(registry, "good", NULL), KN_OK);
    assert_from(registry, d->path); /* in the order they were added */
    kn_registry_destroy(registry);
}

static void test_search__relative_folders_are_never_searched(void **state)
{
    folder *d = *state;
    char before[PATH_MAX];
    copy_file(MODULE("good"), file_in(d, "koine_good.so"), 0644);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(d->path), 0);
    assert_int_equal(setenv("KOINE_PLUGIN_PATH", ".::./", 1), 0);
    kn_registry *registry = fresh();
    assert_int_equal(unsetenv("KOINE_PLUGIN_PATH"), 0);
    assert_int_equal(kn_registry_require_driver(registry, "good", NULL), KN_NO_BACKEND);
    /* one that the program adds is taken for what it is now */
    assert_int_equal(kn_registry_search(registry, ".", NULL), KN_OK);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(kn_registry_require_driver(registry, "good", NULL), KN_OK);
    assert_from(registry, d->path);
    kn_registry_destroy(registry);
}

static void test_search__a_refused_file_does_not_hide_a_good_one_behind_it(void **state)
{
    folder *d = *state;
    kn_registry *registry = fresh();
    kn_error error = {0};
    write_whole(file_in(d, "koine_good.so"), "nonsense", 8, 0644);
    assert_int_equal(kn_registry_search(registry, d->path, NULL), KN_OK);
    assert_int_equal(kn_registry_search(registry, MODULES_DIR, NULL), KN_OK);
    assert_int_equal(kn_registry_require_driver(registry, "good", &error), KN_OK);
    assert_int_equal(error.status, KN_OK); /* untouched by what was refused on the way */
    assert_from(registry, MODULES_DIR);
    kn_registry_destroy(registry);
}

static void test_search__folders_must_be_there(void **state)
{
    folder *d = *state;
    kn_registry *registry = fresh();
    kn_error error = {0};
    assert_int_equal(kn_registry_search(registry, "/no/such/folder", &error), KN_INVALID);
    assert_non_null(strstr(error.message, "/no/such/folder: no such folder"));
    write_whole(file_in(d, "file"), "", 0, 0644);
    assert_int_equal(kn_registry_search(registry, d->file, &error), KN_INVALID);
    assert_int_equal(kn_registry_search(registry, NULL, &error), KN_INVALID);
    assert_int_equal(kn_registry_require_driver(registry, NULL, &error), KN_INVALID);
    static const char *const names[] = {
        "", "../good", "Good", "koine_good.so", "9", "a-b", "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        assert_int_equal(kn_registry_require_driver(registry, names[i], &error), KN_INVALID);
        assert_int_equal(kn_registry_require_dialect(registry, names[i], NULL), KN_INVALID);
        assert_non_null(strstr(error.message, "cannot name a driver"));
    }
    kn_registry_destroy(registry);
}

static void assert_told(const kn_error *error, const char *part)
{
    if (!strstr(error->message, part))
        fail_msg("'%s' is not in: %s", part, error->message);
}

static void test_search__the_message_says_what_was_tried_and_what_helps(void **state)
{
    folder *d = *state;
    kn_registry *registry = fresh();
    kn_error error = {0};
    char expected[300];
    assert_int_equal(kn_registry_search(registry, d->path, NULL), KN_OK);
    assert_int_equal(kn_registry_require_dialect(registry, "mine", &error), KN_NO_BACKEND);
    assert_told(&error,
                "no dialect 'mine': it is neither linked in nor found as koine_mine.so; KOINE_PLUGIN_PATH names "
                "folders to search; not in ");
    assert_told(&error, d->path);
    assert_null(strstr(error.message, "refused"));
    assert_null(strstr(error.message, "privileges"));

    write_whole(file_in(d, "koine_mine.so"), "", 0, 0644);
    copy_file(MODULE("other"), file_in(d, "koine_other.so"), 0644);
    write_whole(file_in(d, "koine_.so"), "", 0, 0644); /* names nothing */
    write_whole(file_in(d, "koine_Bad.so"), "", 0, 0644);
    assert_int_equal(kn_registry_require_driver(registry, "mine", &error), KN_NO_BACKEND);
    snprintf(expected, sizeof expected, "; refused: %s/koine_mine.so: empty; not in ", d->path);
    assert_told(&error, expected);
    assert_told(&error, "no driver 'mine'");
    assert_told(&error, "; plugins there: mine, other");

    assert_int_equal(kn_registry_require_dialect(registry, "other", &error), KN_NO_BACKEND);
    snprintf(expected, sizeof expected, "; refused: %s/koine_other.so has no dialect of this name; not in ", d->path);
    assert_told(&error, expected);
    const char *known = strstr(error.message, "; known dialects: "); /* those that are linked in come first */
    assert_true(known && strstr(known, "another"));
    assert_int_equal(kn_registry_require_dialect(registry, "another", &error), KN_OK);
    kn_registry_destroy(registry);
}

static void test_search__a_long_message_is_cut_not_lost(void **state)
{
    folder *d = *state;
    char list[4000] = "";
    for (int i = 0; i < 30; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "/a/folder/that/is/not/there/number/%d:", i);
    assert_int_equal(setenv("KOINE_PLUGIN_PATH", list, 1), 0);
    kn_registry *registry = fresh();
    assert_int_equal(unsetenv("KOINE_PLUGIN_PATH"), 0);
    assert_int_equal(kn_registry_search(registry, d->path, NULL), KN_OK);
    write_whole(file_in(d, "koine_mine.so"), "", 0, 0644);
    kn_error error = {0};
    assert_int_equal(kn_registry_require_driver(registry, "mine", &error), KN_NO_BACKEND);
    assert_told(&error, "KOINE_PLUGIN_PATH names folders");
    assert_told(&error, "koine_mine.so: empty");
    assert_string_equal(error.message + strlen(error.message) - 3, "...");
    kn_registry_destroy(registry);
}

/* What a scan shows, one line an item. */
static kn_status list_item(void *context, const kn_registry_item *item)
{
    char *text = context;
    size_t size = strlen(text);
    const char *file = item->path ? strrchr(item->path, '/') + 1 : "-";
    if (item->plugin)
        snprintf(text + size, 4096 - size, "%s %s %s%s\n", item->plugin, item->dialect ? item->dialect : "-",
                 item->driver ? item->driver : "-", item->refused ? " refused" : "");
    else
        snprintf(text + size, 4096 - size, "%s: %s\n", file, strchr(item->refused, ':') + 2);
    return KN_OK;
}

static kn_status stop(void *context, const kn_registry_item *item)
{
    (void)item;
    return ++*(int *)context == 2 ? KN_CANCELLED : KN_OK;
}

static void test_search__a_scan_shows_everything_there_is(void **state)
{
    folder *d = *state;
    char text[4096] = "";
    int visited = 0;
    kn_registry *registry = fresh();
    kn_error error = {0};
    assert_int_equal(symlink(MODULE("derived"), file_in(d, "koine_derived.so")), 0);
    assert_int_equal(symlink(MODULE("good"), file_in(d, "koine_good.so")), 0);
    assert_int_equal(symlink(MODULE("nowhere"), file_in(d, "koine_nowhere.so")), 0);
    assert_int_equal(symlink(MODULE("tiny"), file_in(d, "koine_tiny.so")), 0);
    write_whole(file_in(d, "koine_zero.so"), "", 0, 0644);
    write_whole(file_in(d, "unrelated.so"), "", 0, 0644);
    assert_int_equal(kn_registry_search(registry, d->path, NULL), KN_OK);

    assert_int_equal(kn_registry_each(registry, false, list_item, text, &error), KN_OK);
    assert_null(strstr(text, "good"));
    for (int i = 0; i < 2; i++) { /* the same again: nothing is listed twice */
        text[0] = '\0';
        assert_int_equal(kn_registry_each(registry, true, list_item, text, &error), KN_OK);
        assert_non_null(strstr(text, "derived derived -\ngood good -\nnowhere nowhere - refused\n"));
        assert_non_null(strstr(text, "good - good\n"));
        assert_non_null(strstr(text, "koine_tiny.so: its descriptor of 16 bytes has no room for a name\n"
                                     "koine_zero.so: empty\n"));
    }
    assert_int_equal(kn_registry_each(registry, false, stop, &visited, &error), KN_CANCELLED);
    assert_int_equal(visited, 2);
    kn_registry_destroy(registry);
}

/* A visitor may use the registry. */
static kn_status require_more(void *context, const kn_registry_item *item)
{
    (void)item;
    return kn_registry_require_dialect(context, "derived", NULL);
}

static void test_search__a_visitor_may_use_the_registry(void **state)
{
    (void)state;
    kn_registry *registry = fresh();
    assert_int_equal(kn_registry_search(registry, MODULES_DIR, NULL), KN_OK);
    assert_int_equal(kn_registry_require_dialect(registry, "good", NULL), KN_OK);
    assert_int_equal(kn_registry_each(registry, false, require_more, registry, NULL), KN_OK);
    kn_registry_destroy(registry);
}

enum { NOBODY = 65534 };

/* Runs the program as a user, with the folder as KOINE_PLUGIN_PATH; its exit status. */
static int run_as(unsigned user, const char *program, const char *path)
{
    char variable[512];
    snprintf(variable, sizeof variable, "KOINE_PLUGIN_PATH=%s", path);
    char *const arguments[] = {(char *)(uintptr_t)program, NULL};
    char *const environment[] = {variable, NULL};
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (setgid(user) != 0 || setuid(user) != 0)
            _exit(100);
        execve(program, arguments, environment);
        _exit(101);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_search__raised_privileges_ignore_the_environment(void **state)
{
    folder *d = *state;
    struct statvfs mounted;
    if (geteuid() != 0 || statvfs(d->path, &mounted) != 0 || (mounted.f_flag & ST_NOSUID))
        skip(); /* only root can make a program of another user that raises privileges, and not on every file system */
    assert_int_equal(chmod(d->path, 0755), 0);
    copy_file(MODULE("good"), file_in(d, "koine_good.so"), 0644);
    copy_file(RAISED_PROGRAM, file_in(d, "plain"), 0755);
    assert_int_equal(run_as(NOBODY, d->file, d->path), 0);
    copy_file(RAISED_PROGRAM, file_in(d, "user"), 04755);
    assert_int_equal(run_as(NOBODY, d->file, d->path), 2);
    copy_file(RAISED_PROGRAM, file_in(d, "group"), 02755);
    assert_int_equal(run_as(NOBODY, d->file, d->path), 2);
}

/* Whoever owns the program decides already what code runs in it. */
static void test_search__the_owner_of_the_program_is_trusted(void **state)
{
    folder *d = *state;
    if (geteuid() != 0)
        skip(); /* only root can give files away */
    copy_file(RAISED_PROGRAM, file_in(d, "program"), 0755);
    copy_file(MODULE("good"), file_in(d, "koine_good.so"), 0644);
    assert_int_equal(chown(d->file, NOBODY, 0), 0);
    assert_int_equal(run_as(0, file_in(d, "program"), d->path), 3);
    assert_int_equal(chown(d->file, NOBODY, 0), 0);
    assert_int_equal(run_as(0, d->file, d->path), 0);
}

int main(void)
{
    unsetenv("KOINE_PLUGIN_PATH");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search__added_folders_come_before_the_environment, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(test_search__relative_folders_are_never_searched, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_search__a_refused_file_does_not_hide_a_good_one_behind_it, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(test_search__folders_must_be_there, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_search__the_message_says_what_was_tried_and_what_helps, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(test_search__a_long_message_is_cut_not_lost, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(test_search__a_scan_shows_everything_there_is, make_folder, drop_folder),
        cmocka_unit_test(test_search__a_visitor_may_use_the_registry),
        cmocka_unit_test_setup_teardown(test_search__raised_privileges_ignore_the_environment, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(test_search__the_owner_of_the_program_is_trusted, make_folder, drop_folder),
    };
    return cmocka_run_group_tests_name("plugin/search", tests, NULL, NULL);
}
