/* SPDX-License-Identifier: MIT */
/* backends: postgresql mariadb */
/* The option tls means the same on every server: a matrix of the server's certificates and the client's wishes, each
 * cell with its outcome. The authorities are made here, by openssl; whether a connection is encrypted the server says.
 */
#include "support/testbed.h"

#include <sys/stat.h>

/* Of the server. */
typedef enum certificate { RIGHT, WRONG_HOST, EXPIRED, SELF_SIGNED, NO_TLS, CERTIFICATES } certificate;
static const char *const certificate_names[] = {"right", "wronghost", "expired", "selfsigned", "none"};

static char folder[64];
static testbed encrypting, plain;

/* openssl x509 takes days from now only: what is expired was made by `ca`, with dates. */
static const char make_certificates[] =
    "cd %s; exec 2>log; umask 022\n"
    "authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=$1"
    " -keyout $1.key -out $1.pem; }\n"
    "request() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=$2 -keyout $1.key -out"
    " $1.csr; printf 'subjectAltName=%%s\\n' $3 >$1.ext; }\n"
    "sign() { openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out"
    " $1.pem; }\n"
    "authority ca; authority otherca\n"
    "request right localhost DNS:localhost,IP:127.0.0.1; sign right\n"
    "request wronghost elsewhere DNS:elsewhere.example; sign wronghost\n"
    "request expired localhost DNS:localhost,IP:127.0.0.1\n"
    "mkdir db; : >db/index; echo 01 >db/serial\n"
    "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=db/index\\nserial=db/serial\\nnew_certs_dir=db\\n"
    "default_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' >ca.conf\n"
    "openssl ca -batch -config ca.conf -in expired.csr -cert ca.pem -keyfile ca.key -extfile expired.ext"
    " -startdate 20200101000000Z -enddate 20200201000000Z -notext -out expired.pem\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout selfsigned.key -out selfsigned.pem\n"
    "cp right.pem server.pem; cp right.key server.key; chmod 640 *.key\n"
    "if [ $(id -u) = 0 ]; then chgrp nogroup *.key; else chmod 600 *.key; fi\n";

static int make_servers(void **state)
{
    static const char *const postgresql[] = {"ssl=on", "ssl_cert_file=", "ssl_key_file=", NULL};
    static const char *const mariadb[] = {"ssl_cert=", "ssl_key=", NULL};
    static char set[2][200];
    const char *settings[4] = {NULL};
    char script[4096];
    bool first = !testbed_is_mariadb();

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/koine-tls-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    snprintf(script, sizeof(script), make_certificates, folder);
    testbed_shell(script);
    snprintf(set[0], sizeof(set[0]), "%s%s/server.pem", (first ? postgresql[1] : mariadb[0]), folder);
    snprintf(set[1], sizeof(set[1]), "%s%s/server.key", (first ? postgresql[2] : mariadb[1]), folder);
    settings[0] = first ? postgresql[0] : set[0];
    settings[1] = first ? set[0] : set[1];
    settings[2] = first ? set[1] : NULL;
    testbed_start(&encrypting, settings);
    testbed_start(&plain, NULL);
    return 0;
}

static int stop_servers(void **state)
{
    char script[200];

    (void)state;
    testbed_stop(&encrypting);
    testbed_stop(&plain);
    snprintf(script, sizeof(script), "rm -rf %s", folder);
    testbed_shell(script);
    return 0;
}

/* The server takes another certificate. */
static void present(kn_registry *registry, certificate which)
{
    char script[512];
    guest g;

    snprintf(script, sizeof(script), "cd %s; cp %s.pem server.pem; cp %s.key server.key", folder,
             certificate_names[which], certificate_names[which]);
    testbed_shell(script);
    if (!testbed_is_mariadb()) {
        testbed_reload(&encrypting, registry);
        return;
    }
    assert_ok(&g, guest_open(&g, registry, encrypting.url, 20000));
    assert_ok(&g, guest_run(&g, "FLUSH SSL"));
    guest_close(&g);
}

static bool is_encrypted(guest *g)
{
    char answer[100] = "";

    if (testbed_is_mariadb())
        assert_ok(g, guest_ask(g,
                               "SELECT variable_value FROM information_schema.session_status"
                               " WHERE variable_name = 'Ssl_cipher'",
                               answer, sizeof(answer)));
    else
        assert_ok(g, guest_ask(g,
                               "SELECT CASE WHEN ssl THEN cipher ELSE '' END FROM pg_stat_ssl"
                               " WHERE pid = pg_backend_pid()",
                               answer, sizeof(answer)));
    return answer[0] != '\0';
}

typedef enum outcome { PLAIN, ENCRYPTED, REFUSED } outcome;

/* By certificate: right, wrong host, expired, self-signed, no TLS at all. */
static const struct {
    const char *options;
    outcome of[CERTIFICATES];
} wishes[] = {
    {"tls=disable", {PLAIN, PLAIN, PLAIN, PLAIN, PLAIN}},
    {"tls=require", {ENCRYPTED, ENCRYPTED, ENCRYPTED, ENCRYPTED, REFUSED}},
    {"tls=verify-ca&tls_ca=ca", {ENCRYPTED, ENCRYPTED, REFUSED, REFUSED, REFUSED}},
    {"tls=verify-full&tls_ca=ca", {ENCRYPTED, REFUSED, REFUSED, REFUSED, REFUSED}},
    {"tls=verify-ca&tls_ca=otherca", {REFUSED, REFUSED, REFUSED, REFUSED, REFUSED}},
    {"tls=verify-full&tls_ca=otherca", {REFUSED, REFUSED, REFUSED, REFUSED, REFUSED}},
    {"tls=verify-ca", {REFUSED, REFUSED, REFUSED, REFUSED, REFUSED}}, /* by the system's authorities */
    {"tls=verify-full", {REFUSED, REFUSED, REFUSED, REFUSED, REFUSED}},
    {"", {PLAIN, PLAIN, PLAIN, PLAIN, PLAIN}}, /* loopback */
};

/* The URL of a server with other options, and the names of authorities as paths. */
static void wish_url(const char *tcp, const char *host, const char *options, char *out, size_t room)
{
    const char *at = strstr(tcp, "127.0.0.1"), *ca = strstr(options, "tls_ca=");
    int head = (int)(at - tcp), own = (int)(ca ? ca - options : (ptrdiff_t)strlen(options));

    snprintf(out, room, "%.*s%s%s%s%.*s", head, tcp, host, at + strlen("127.0.0.1"), *options ? "?" : "", own, options);
    if (ca)
        snprintf(out + strlen(out), room - strlen(out), "tls_ca=%s/%s.pem", folder, ca + strlen("tls_ca="));
}

static void one_wish(kn_registry *registry, const char *tcp, const char *host, certificate which, const char *options,
                     outcome expected)
{
    char url[900];
    kn_status status;
    guest g;

    wish_url(tcp, host, options, url, sizeof(url));
    status = guest_open(&g, registry, url, 20000);
    if (status != (expected == REFUSED ? KN_TLS : KN_OK))
        fail_msg("%s at %s with certificate '%s': %s: %s", options, host, certificate_names[which],
                 kn_status_name(status), g.error.message);
    if (status == KN_OK && is_encrypted(&g) != (expected == ENCRYPTED))
        fail_msg("%s at %s with certificate '%s': the server says that it is %sencrypted", options, host,
                 certificate_names[which], expected == ENCRYPTED ? "not " : "");
    if (status != KN_OK) {
        assert_int_equal(g.error.retry, KN_RETRY_NEVER);
        assert_true(g.error.message[0] != '\0');
        assert_null(strchr(g.error.message, '\n'));
    }
    guest_close(&g);
}

static void test_tls__means_the_same_on_every_server(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    kn_registry *registry = test_database_registry();

    (void)state;
    for (unsigned which = 0; which < CERTIFICATES; which++) {
        if (which != NO_TLS)
            present(registry, (certificate)which);
        for (size_t h = 0; h < KN_COUNT_OF(hosts); h++)
            for (size_t i = 0; i < KN_COUNT_OF(wishes); i++)
                one_wish(registry, which == NO_TLS ? plain.tcp : encrypting.tcp, hosts[h], (certificate)which,
                         wishes[i].options, wishes[i].of[which]);
    }
    kn_registry_destroy(registry);
}

/* What is no loopback is verified without being asked: its own name would be resolved by nobody, so the address of
 * loopback is written another way. */
static void test_tls__a_server_elsewhere_is_verified_by_default(void **state)
{
    kn_registry *registry = test_database_registry();

    (void)state;
    present(registry, RIGHT);
    one_wish(registry, encrypting.tcp, "0.0.0.0", RIGHT, "", REFUSED);
    one_wish(registry, plain.tcp, "0.0.0.0", NO_TLS, "", REFUSED);
    one_wish(registry, encrypting.tcp, "0.0.0.0", RIGHT, "tls=disable", PLAIN);
    one_wish(registry, encrypting.tcp, "0.0.0.0", RIGHT, "tls=verify-ca&tls_ca=ca", ENCRYPTED);
    one_wish(registry, encrypting.tcp, "0.0.0.0", RIGHT, "tls=verify-full&tls_ca=ca", REFUSED);
    kn_registry_destroy(registry);
}

/* Wishes that contradict themselves, and files that are not there. */
static void test_tls__what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *options;
        kn_status status;
    } cases[] = {
        {"tls=require&tls_ca=ca", KN_INVALID}, /* which would not be looked at */
        {"tls=disable&tls_ca=ca", KN_INVALID},
        {"tls_ca=ca", KN_INVALID}, /* at loopback nothing is encrypted unless asked */
        {"tls=verify-full&tls_ca=nothere", KN_TLS},
        {"tls=verify-ca&tls_ca=nothere", KN_TLS},
        {"tls=prefer", KN_INVALID},
        {"tls=", KN_INVALID},
    };
    kn_registry *registry = test_database_registry();
    char url[900];
    guest g;

    (void)state;
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        wish_url(encrypting.tcp, "127.0.0.1", cases[i].options, url, sizeof(url));
        kn_status status = guest_open(&g, registry, url, 20000);
        if (status != cases[i].status)
            fail_msg("%s: %s instead of %s: %s", cases[i].options, kn_status_name(status),
                     kn_status_name(cases[i].status), g.error.message);
        guest_close(&g);
    }
    kn_registry_destroy(registry);
}

/* Over a socket: encrypted where the client can do that, never plain in silence. */
static void test_tls__a_socket_is_no_excuse(void **state)
{
    kn_registry *registry = test_database_registry();
    char url[600];
    guest g;

    (void)state;
    snprintf(url, sizeof(url), "%s?tls=require", encrypting.url);
    kn_status status = guest_open(&g, registry, url, 20000);
    if (status == KN_OK)
        assert_true(is_encrypted(&g));
    else
        assert_int_equal(status, KN_TLS);
    guest_close(&g);
    snprintf(url, sizeof(url), "%s?tls=require", plain.url);
    assert_int_equal(guest_open(&g, registry, url, 20000), KN_TLS);
    guest_close(&g);
    kn_registry_destroy(registry);
}

/* The right authority by the environment is no authority, and a wish is not taken back by it. */
static void test_tls__the_environment_weakens_nothing(void **state)
{
    static const struct {
        const char *name, *value, *options;
        outcome of;
    } cases[] = {
        {"SSL_CERT_FILE", "ca.pem", "tls=verify-full", REFUSED},
        {"SSL_CERT_FILE", "ca.pem", "tls=verify-ca", REFUSED},
        {"PGSSLROOTCERT", "ca.pem", "tls=verify-full", REFUSED},
        {"PGSSLMODE", "disable", "tls=require", ENCRYPTED},
        {"PGSSLMODE", "require", "tls=disable", PLAIN},
        {"PGSSLROOTCERT", "otherca.pem", "tls=require", ENCRYPTED},
        {"HOME", "home", "tls=require", ENCRYPTED},
        {"HOME", "home", "tls=verify-full", REFUSED},
    };
    kn_registry *registry = test_database_registry();
    char value[200];

    (void)state;
    present(registry, RIGHT);
    snprintf(value, sizeof(value), "cd %s; mkdir -p home/.postgresql; cp otherca.pem home/.postgresql/root.crt",
             folder);
    testbed_shell(value);
    for (size_t i = 0; i < KN_COUNT_OF(cases); i++) {
        const char *before = getenv(cases[i].name);
        char *keep = before ? strdup(before) : NULL;
        bool path = cases[i].name[0] != 'P' || strstr(cases[i].name, "CERT");
        snprintf(value, sizeof(value), "%s%s%s", path ? folder : "", path ? "/" : "", cases[i].value);
        setenv(cases[i].name, value, 1);
        one_wish(registry, encrypting.tcp, "127.0.0.1", RIGHT, cases[i].options, cases[i].of);
        if (keep)
            setenv(cases[i].name, keep, 1);
        else
            unsetenv(cases[i].name);
        free(keep);
    }
    kn_registry_destroy(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls__means_the_same_on_every_server),
        cmocka_unit_test(test_tls__a_server_elsewhere_is_verified_by_default),
        cmocka_unit_test(test_tls__what_cannot_be_is_refused),
        cmocka_unit_test(test_tls__a_socket_is_no_excuse),
        cmocka_unit_test(test_tls__the_environment_weakens_nothing),
    };

    return cmocka_run_group_tests(tests, make_servers, stop_servers);
}
