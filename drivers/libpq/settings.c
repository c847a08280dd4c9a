/* SPDX-License-Identifier: MIT */
/* From the URL to libpq's connection string. Every keyword that libpq would take from the environment is stated, empty
 * where it has no default: only a connection string can say "empty". */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <koine/plugin/tls.h>

#include "libpq_driver.h"

extern char **environ;

const kn_option lp_options[] = {
    [LP_OPTION_CONNECT_TIMEOUT] = {.name = "connect_timeout",
                                   .kind = KN_OPTION_INTEGER,
                                   .fallback = "0",
                                   .least = 0,
                                   .most = 86400,
                                   .help = "seconds for connecting, all hosts; 0 = the engine's"},
    [LP_OPTION_TLS] = {.name = "tls",
                       .kind = KN_OPTION_CHOICE,
                       .choices = "disable|require|verify-ca|verify-full",
                       .help = "default: verify-full, but disable where every host is a socket or loopback"},
    [LP_OPTION_TLS_CA] = {.name = "tls_ca",
                          .kind = KN_OPTION_TEXT,
                          .help = "file of the certificates to trust; default: the system's"},
    [LP_OPTION_TLS_CRL] = {.name = "tls_crl", .kind = KN_OPTION_TEXT, .help = "file of revoked certificates"},
    [LP_OPTION_TLS_CERT] = {.name = "tls_cert", .kind = KN_OPTION_TEXT, .help = "file of the client's certificate"},
    [LP_OPTION_TLS_KEY] = {.name = "tls_key", .kind = KN_OPTION_TEXT, .help = "file of the client's private key"},
    [LP_OPTION_TLS_KEY_PASSWORD] = {.name = "tls_key_password",
                                    .kind = KN_OPTION_TEXT,
                                    .secret = 1,
                                    .help = "password of the client's private key"},
    [LP_OPTION_TLS_MIN] = {.name = "tls_min",
                           .kind = KN_OPTION_CHOICE,
                           .fallback = "1.2",
                           .choices = "1.2|1.3",
                           .help = "oldest version of TLS"},
    [LP_OPTION_APPLICATION_NAME] = {.name = "application_name",
                                    .kind = KN_OPTION_TEXT,
                                    .help = "what pg_stat_activity shows"},
    [LP_OPTION_PREPARE] =
        {.name = "prepare",
         .kind = KN_OPTION_CHOICE,
         .fallback = "auto",
         .choices = "auto|never|always",
         .help = "never: no prepared statements, for a proxy that shares sessions; auto: until one is met"},
    [LP_OPTION_TARGET_SESSION_ATTRS] = {.name = "target_session_attrs",
                                        .kind = KN_OPTION_CHOICE,
                                        .fallback = "any",
                                        .choices = "any|read-write|read-only|primary|standby|prefer-standby",
                                        .help = "which of several hosts will do"},
    {.name = NULL},
};

#define STATED_MAX 32

typedef struct text {
    const kn_allocator *allocator;
    char *data;
    size_t size, room;
    const char *stated[STATED_MAX]; /* keywords that are in it, but for those of put_defaults */
    size_t n_stated;
    bool no_memory;
} text;

void lp_wipe(const kn_allocator *allocator, char *data, size_t size)
{
    static void *(*const volatile fill)(void *, int, size_t) = memset; /* no compiler knows that it may be left out */
    if (!data)
        return;
    fill(data, 0, size);
    lp_resize(allocator, data, size, 0);
}

/* What was written may be a password: it is not left behind in memory that is given back. */
static void grow(text *t, size_t size)
{
    size_t room = t->room ? t->room * 2 : 1024;
    while (room < size)
        room *= 2;
    char *data = lp_resize(t->allocator, NULL, 0, room);
    if (!data) {
        t->no_memory = true;
        return;
    }
    if (t->size)
        memcpy(data, t->data, t->size);
    lp_wipe(t->allocator, t->data, t->room);
    t->data = data;
    t->room = room;
}

static void put_bytes(text *t, const char *data, size_t size)
{
    if (size > t->room - t->size && !t->no_memory)
        grow(t, t->size + size);
    if (t->no_memory)
        return;
    memcpy(t->data + t->size, data, size);
    t->size += size;
}

static void put(text *t, char c)
{
    put_bytes(t, &c, 1);
}

static void put_quoted(text *t, const char *s)
{
    for (const char *end = s;; end++) {
        if (*end && *end != '\'' && *end != '\\')
            continue;
        put_bytes(t, s, (size_t)(end - s));
        if (!*end)
            return;
        put(t, '\\');
        s = end;
    }
}

static void open_pair(text *t, const char *keyword)
{
    put(t, ' ');
    put_bytes(t, keyword, strlen(keyword));
    put_bytes(t, "='", 2);
    if (t->n_stated < STATED_MAX)
        t->stated[t->n_stated++] = keyword;
}

static void put_pair(text *t, const char *keyword, const char *value)
{
    open_pair(t, keyword);
    put_quoted(t, value ? value : "");
    put(t, '\'');
}

static bool is_socket(const char *host)
{
    return host[0] == '/' || host[0] == '@';
}

static bool is_all_local(const kn_url *url)
{
    for (size_t i = 0; i < url->n_hosts; i++) {
        const char *host = url->hosts[i].name;
        if (!is_socket(host) && !kn_tls_is_loopback(host))
            return false;
    }
    return true;
}

unsigned lp_port_of(const kn_url_host *host)
{
    return host->port ? host->port : 5432;
}

static void put_number(text *t, unsigned n)
{
    if (n >= 10)
        put_number(t, n / 10);
    put(t, (char)('0' + n % 10));
}

static kn_status put_hosts(text *t, const kn_url *url, uint32_t without, kn_error *error)
{
    for (int ports = 0; ports <= 1; ports++) {
        const char *between = "";
        open_pair(t, ports ? "port" : "host");
        for (size_t i = 0; i < url->n_hosts; i++) {
            if (strchr(url->hosts[i].name, ','))
                return knp_error_set(error, KN_INVALID, "a host with a comma in its name");
            if (without >> i & 1)
                continue;
            put_quoted(t, between);
            between = ",";
            if (ports)
                put_number(t, lp_port_of(&url->hosts[i]));
            else
                put_quoted(t, url->hosts[i].name);
        }
        put(t, '\'');
    }
    return KN_OK;
}

/* Without one in the URL: who runs the program. */
static kn_status put_user(text *t, const char *user, kn_error *error)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    if (!user || !*user) {
        if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) != 0 || !found)
            return knp_error_set(error, KN_INVALID, "the URL names no user, and the one who runs this has no name");
        user = found->pw_name;
    }
    put_pair(t, "user", user);
    return KN_OK;
}

/* The client encrypts TCP only, and would say nothing of a wish for more. */
static bool has_socket(const kn_url *url)
{
    for (size_t i = 0; i < url->n_hosts; i++) {
        if (is_socket(url->hosts[i].name))
            return true;
    }
    return !url->n_hosts;
}

static const char *or_no_file(const char *path)
{
    return path && *path ? path : KN_TLS_NO_FILE;
}

static kn_status put_tls(text *t, const kn_open_request *request, kn_error *error)
{
    const char *const *v = request->values;
    const char *mode = v[LP_OPTION_TLS], *ca = v[LP_OPTION_TLS_CA];
    if (!mode)
        mode = is_all_local(request->url) ? "disable" : "verify-full";
    bool verifies = strncmp(mode, "verify", 6) == 0;
    if (strcmp(mode, "disable") != 0 && has_socket(request->url))
        return knp_error_set(error, KN_TLS,
                             "this client does not encrypt what goes over a socket: tls=disable, or "
                             "connect by TCP");
    if (ca && !verifies)
        return knp_error_set(error, KN_INVALID, "tls_ca is used by tls=verify-ca and tls=verify-full only");
    put_pair(t, "sslmode", mode);
    if (strcmp(mode, "disable") == 0)
        return KN_OK;
    put_pair(t, "sslrootcert", ca ? ca : verifies ? kn_tls_authorities() : KN_TLS_NO_FILE);
    put_pair(t, "sslcrl", or_no_file(v[LP_OPTION_TLS_CRL]));
    put_pair(t, "sslcert", or_no_file(v[LP_OPTION_TLS_CERT]));
    put_pair(t, "sslkey", or_no_file(v[LP_OPTION_TLS_KEY]));
    put_pair(t, "sslpassword", v[LP_OPTION_TLS_KEY_PASSWORD]);
    put_pair(t, "ssl_min_protocol_version", strcmp(v[LP_OPTION_TLS_MIN], "1.3") == 0 ? "TLSv1.3" : "TLSv1.2");
    return KN_OK;
}

static void put_rest(text *t, const kn_open_request *request)
{
    put_pair(t, "password", request->url->password);
    put_pair(t, "dbname", request->url->database);
    put_pair(t, "passfile", KN_TLS_NO_FILE);
    put_pair(t, "client_encoding", "UTF8");
    put_pair(t, "application_name", request->values[LP_OPTION_APPLICATION_NAME]);
    put_pair(t, "gssencmode", "disable");
    put_pair(t, "target_session_attrs", request->values[LP_OPTION_TARGET_SESSION_ATTRS]);
}

static bool is_stated(const text *t, const char *keyword)
{
    for (size_t i = 0; i < t->n_stated; i++) {
        if (strcmp(t->stated[i], keyword) == 0)
            return true;
    }
    return false;
}

/* Every variable that a libpq has ever looked at begins with these letters. */
static bool is_environment_silent(void)
{
    for (char *const *variable = environ; variable && *variable; variable++) {
        if ((*variable)[0] == 'P' && (*variable)[1] == 'G')
            return false;
    }
    return true;
}

/* The others that this libpq takes from the environment, with what it has when the environment is silent. */
static kn_status put_defaults(text *t, kn_error *error)
{
    PQconninfoOption *defaults = PQconndefaults();
    if (!defaults)
        return lp_no_memory(error);
    size_t n = t->n_stated;
    for (const PQconninfoOption *o = defaults; o->keyword; o++) {
        if (strcmp(o->keyword, "service") != 0 && o->envvar && !t->no_memory && !is_stated(t, o->keyword))
            put_pair(t, o->keyword, o->compiled);
        t->n_stated = n; /* the names go with the list */
    }
    PQconninfoFree(defaults);
    return KN_OK;
}

/* What the string above cannot shut out is refused: a service may set what no variable does, and the planner's setting
 * goes into the first message. */
static kn_status check_environment(kn_error *error)
{
    static const char *const names[] = {"PGSERVICE", "PGGEQO"};
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        if (getenv(names[i]))
            return knp_error_set(error, KN_CONNECT,
                                 "the environment variable %s would change what the client library does: unset it",
                                 names[i]);
    }
    return KN_OK;
}

kn_status lp_conninfo(const kn_open_request *request, uint32_t without, char **out, size_t *size, kn_error *error)
{
    text t = {.allocator = request->allocator};
    kn_status status = check_environment(error);
    if (!status)
        status = put_hosts(&t, request->url, without, error);
    if (!status)
        status = put_user(&t, request->url->user, error);
    if (!status)
        status = put_tls(&t, request, error);
    if (!status) {
        put_rest(&t, request);
        if (!is_environment_silent())
            status = put_defaults(&t, error);
    }
    put(&t, '\0');
    if (!status && t.no_memory)
        status = lp_no_memory(error);
    if (status) {
        lp_wipe(t.allocator, t.data, t.room);
        return status;
    }
    *out = t.data;
    *size = t.room;
    return KN_OK;
}
