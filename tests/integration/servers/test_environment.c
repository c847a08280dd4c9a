/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* What client libraries read besides what they are told: variables of the environment and files of the home folder.
 * None of it changes who connects where, as whom, and what the session is like; what cannot be shut out is refused by
 * name. Each case has a process of its own, since libraries read some of it once. */
#include "support/testbed.h"

static char home[64];

/* "~" at the beginning of a value is the home folder with the files below. */
typedef struct variable {
    const char *name, *value;
    bool refused;
} variable;

static const variable postgresql_variables[] = {
    {"PGHOST", "/nonexistent", false},
    {"PGHOSTADDR", "192.0.2.1", false},
    {"PGPORT", "1", false},
    {"PGDATABASE", "nothing", false},
    {"PGUSER", "nobody", false},
    {"PGPASSWORD", "wrong", false},
    {"PGPASSFILE", "~/.pgpass", false},
    {"PGREALM", "NOWHERE", false},
    {"PGOPTIONS", "-c work_mem=77", false},
    {"PGAPPNAME", "other", false},
    {"PGSSLMODE", "verify-full", false},
    {"PGREQUIRESSL", "1", false},
    {"PGSSLCOMPRESSION", "1", false},
    {"PGSSLCERT", "~/garbage", false},
    {"PGSSLKEY", "~/garbage", false},
    {"PGSSLROOTCERT", "~/garbage", false},
    {"PGSSLCRL", "~/garbage", false},
    {"PGSSLCRLDIR", "~", false},
    {"PGSSLSNI", "0", false},
    {"PGSSLCERTMODE", "require", false},
    {"PGREQUIREPEER", "nobody_at_all", false},
    {"PGREQUIREAUTH", "scram-sha-256", false},
    {"PGSSLMINPROTOCOLVERSION", "TLSv1.3", false},
    {"PGSSLMAXPROTOCOLVERSION", "TLSv1", false},
    {"PGGSSENCMODE", "require", false},
    {"PGKRBSRVNAME", "nothing", false},
    {"PGGSSLIB", "gssapi", false},
    {"PGGSSDELEGATION", "1", false},
    {"PGCHANNELBINDING", "require", false},
    {"PGCONNECT_TIMEOUT", "-5", false},
    {"PGCLIENTENCODING", "LATIN1", false},
    {"PGCLIENTENCODING", "no such encoding", false},
    {"PGTARGETSESSIONATTRS", "standby", false},
    {"PGLOADBALANCEHOSTS", "random", false},
    {"PGDATESTYLE", "SQL, DMY", false},
    {"PGTZ", "Asia/Tokyo", false},
    {"PGGEQO", "off", true},
    {"PGLOCALEDIR", "~", false},
    {"PGSYSCONFDIR", "~", false},
    {"PGSERVICEFILE", "~/.pg_service.conf", false},
    {"PGSERVICE", "evil", true},
    {"PGSERVICE", "nowhere", true},
    {"PGSERVICE", "", true},
    {"HOME", "~", false},
    {"SSL_CERT_FILE", "~/garbage", false},
    {"SSL_CERT_DIR", "~", false},
};
static const variable mariadb_variables[] = {
    {"MYSQL_HOST", "192.0.2.1", false},
    {"MYSQL_TCP_PORT", "1", false},
    {"MYSQL_UNIX_PORT", "/nonexistent", false},
    {"MYSQL_PWD", "wrong", false},
    {"MYSQL_HOME", "~", false},
    {"MYSQL_GROUP_SUFFIX", "evil", false},
    {"MYSQL_TEST_LOGIN_FILE", "~/garbage", false},
    {"MYSQL_DEBUG", "d:t:o,/nonexistent/trace", false},
    {"MARIADB_HOST", "192.0.2.1", false},
    {"MARIADB_HOME", "~", false},
    {"MARIADB_PLUGIN_DIR", "~", false},
    {"LIBMYSQL_PLUGIN_DIR", "~", false},
    {"LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN", "1", false},
    {"LIBMYSQL_PLUGINS", "evil", true},
    {"MARIADB_TLS_DISABLE_PEER_VERIFICATION", "1", true},
    {"USER", "nobody", false},
    {"LOGNAME", "nobody", false},
    {"HOME", "~", false},
    {"SSL_CERT_FILE", "~/garbage", false},
    {"SSL_CERT_DIR", "~", false},
};

static const char make_home[] =
    "cd %s; echo garbage >garbage; chmod 600 garbage\n"
    "echo '*:*:*:*:wrong' >.pgpass; chmod 600 .pgpass\n"
    "printf '[evil]\\nhost=192.0.2.1\\nuser=nobody\\noptions=-c work_mem=77\\nreplication=true\\n' >.pg_service.conf\n"
    "cp .pg_service.conf pg_service.conf\n"
    "mkdir .postgresql; for f in root.crt root.crl postgresql.crt postgresql.key; do cp garbage .postgresql/$f; done\n"
    "printf '[client]\\nhost=192.0.2.1\\npassword=wrong\\ninit-command=SET sql_mode=ANSI_QUOTES\\n"
    "default-character-set=latin1\\nplugin-dir=/nonexistent\\n' >.my.cnf\n"
    "cp .my.cnf my.cnf; cp garbage .mylogin.cnf\n";

static int make_folder(void **state)
{
    char script[1400];

    (void)state;
    snprintf(home, sizeof(home), "/tmp/koine-home-XXXXXX");
    assert_non_null(mkdtemp(home));
    snprintf(script, sizeof(script), make_home, home);
    testbed_shell(script);
    return 0;
}

static int remove_folder(void **state)
{
    char script[200];

    (void)state;
    snprintf(script, sizeof(script), "rm -rf %s", home);
    testbed_shell(script);
    return 0;
}

/* Who is connected to what, and what the session is like. */
static kn_status describe(kn_registry *registry, char *out, size_t room, kn_error *error)
{
    guest g;
    kn_status status = guest_open(&g, registry, getenv("KOINE_TEST_URL"), 20000);

    if (status == KN_OK)
        status = guest_ask(
            &g,
            testbed_is_mariadb()
                ? "SELECT CONCAT_WS('|', CURRENT_USER(), DATABASE(), @@character_set_client, @@character_set_results,"
                  " @@collation_connection, @@sql_mode, @@time_zone, @@autocommit, @@lc_messages, @@socket)"
                : "SELECT concat_ws('|', current_user, session_user, current_database(), inet_server_port(),"
                  " (SELECT string_agg(name || '=' || setting, ',' ORDER BY name) FROM pg_settings WHERE name IN"
                  " ('TimeZone', 'DateStyle', 'IntervalStyle', 'client_encoding', 'application_name', 'work_mem',"
                  " 'geqo', 'extra_float_digits', 'standard_conforming_strings')))",
            out, room);
    *error = g.error;
    guest_close(&g);
    return status;
}

enum { UNCHANGED, CHANGED, REFUSED };

/* In a process of its own. */
static int outcome_of(const variable *v, const char *usual)
{
    char value[200], found[2000] = "";
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        kn_registry *registry = test_database_registry();
        kn_error error;
        snprintf(value, sizeof(value), "%s%s", v->value[0] == '~' ? home : "", v->value + (v->value[0] == '~'));
        setenv(v->name, value, 1);
        kn_status got = describe(registry, found, sizeof(found), &error);
        bool says = strstr(error.message, v->name) != NULL;
        kn_registry_destroy(registry);
        if (got != KN_OK && !(v->refused && says))
            print_error("%s: %s: %s\n", v->name, kn_status_name(got), error.message);
        if (got == KN_OK && strcmp(found, usual) != 0)
            print_error("%s: %s\nis usually %s\n", v->name, found, usual);
        fflush(NULL);
        _exit(got == KN_OK ? (strcmp(found, usual) == 0 ? UNCHANGED : CHANGED) : says ? REFUSED : CHANGED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The parent's own connection would be inherited: what is usual is told by a child too. */
static void usual_description(char *out, size_t room)
{
    int channel[2];
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(channel), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char found[2000] = "";
        kn_registry *registry = test_database_registry();
        kn_error error;
        kn_status status = describe(registry, found, sizeof(found), &error);
        kn_registry_destroy(registry);
        _exit(status == KN_OK && write(channel[1], found, strlen(found) + 1) > 0 ? 0 : 1);
    }
    close(channel[1]);
    n = read(channel[0], out, room - 1);
    close(channel[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(n > 10);
}

static void test_environment__changes_nothing_or_is_refused(void **state)
{
    const variable *rows = testbed_is_mariadb() ? mariadb_variables : postgresql_variables;
    size_t n = testbed_is_mariadb() ? KN_COUNT_OF(mariadb_variables) : KN_COUNT_OF(postgresql_variables);
    char usual[2000] = "";
    int wrong = 0;

    (void)state;
    usual_description(usual, sizeof(usual));
    for (size_t i = 0; i < n; i++) {
        int outcome = outcome_of(&rows[i], usual);
        if (outcome != (rows[i].refused ? REFUSED : UNCHANGED)) {
            print_error("%s=%s: %s\n", rows[i].name, rows[i].value,
                        outcome == REFUSED     ? "is refused"
                        : outcome == UNCHANGED ? "is not refused"
                                               : "changes it");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment__changes_nothing_or_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
