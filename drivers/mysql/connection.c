/* SPDX-License-Identifier: MIT */
/* Opening and closing. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <koine/plugin/tls.h>

#include "mysql_driver.h"

/* No plugin that sends the password as it is, nor the broken one of old. */
#define AUTH_PLUGINS "mysql_native_password,caching_sha2_password,client_ed25519,sha256_password,parsec"

static int library_failed;

/* The client ignores SIGPIPE for the whole process, which is the program's to decide; its own writes do not raise it.
 */
static void init_library(void)
{
    struct sigaction before;
    sigaction(SIGPIPE, NULL, &before);
    library_failed = mysql_library_init(0, NULL, NULL);
    sigaction(SIGPIPE, &before, NULL);
}

/* What cannot be undone is refused: these make the client load code that nobody here asked for, or trust anybody. */
static kn_status check_environment(kn_error *error)
{
    static const char *const names[] = {
        "LIBMYSQL_PLUGINS",
        "MARIADB_TLS_DISABLE_PEER_VERIFICATION",
#ifndef MD_CLIENT_PLUGINS
        "MARIADB_PLUGIN_DIR",
#endif
    };
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        if (getenv(names[i]))
            return knp_error_set(error, KN_CONNECT,
                                 "the environment variable %s would change what the client library does: unset it",
                                 names[i]);
    }
    return KN_OK;
}

static kn_status load_library(kn_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    MD_TRY(check_environment(error));
    pthread_once(&once, init_library);
    return library_failed ? knp_error_set(error, KN_NOMEM, "the client library could not be initialised") : KN_OK;
}

/* Servers may ask for any file in answer to any statement. */
static int refuse_file(void **out, const char *name, void *context)
{
    (void)name, (void)context;
    *out = NULL;
    return 1;
}

static int refuse_read(void *file, char *buffer, unsigned size)
{
    (void)file, (void)buffer, (void)size;
    return -1;
}

static void refuse_end(void *file)
{
    (void)file;
}

static int refuse_error(void *file, char *buffer, unsigned size)
{
    (void)file;
    snprintf(buffer, size, "this program gives no files to servers");
    return 2; /* file not found */
}

/* Seconds, rounded up. */
static unsigned seconds_until(int64_t deadline_us)
{
    int64_t left = deadline_us - md_now_us();
    return left <= 0 ? 1 : (unsigned)((left + 999999) / 1000000);
}

static void set_tls(MYSQL *mysql, const md_connection *c)
{
    const md_settings *s = &c->settings;
    const int tls = c->peer.tls;
#if MD_IS_CONNECTOR_C
    md_flag enforce = tls != MD_TLS_DISABLE, verify = tls == MD_TLS_VERIFY_FULL;
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
    static const unsigned modes[] = {SSL_MODE_DISABLED, SSL_MODE_REQUIRED, SSL_MODE_VERIFY_CA,
                                     SSL_MODE_VERIFY_IDENTITY};
    mysql_options(mysql, MYSQL_OPT_SSL_MODE, &modes[tls]);
#endif
    if (tls == MD_TLS_DISABLE)
        return;
#if MD_IS_CONNECTOR_C
    mysql_options(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
#endif
    if (tls >=
        MD_TLS_VERIFY_CA) /* who signed is looked at when authorities are given, the name beside it by `verify` */
        mysql_options(mysql, MYSQL_OPT_SSL_CA, s->tls_ca ? s->tls_ca : kn_tls_authorities());
    if (s->tls_cert) {
        mysql_options(mysql, MYSQL_OPT_SSL_CERT, s->tls_cert);
        mysql_options(mysql, MYSQL_OPT_SSL_KEY, s->tls_key);
    }
}

static void set_options(MYSQL *mysql, const md_connection *c, int64_t deadline_us)
{
    const unsigned off = 0, protocol = c->peer.socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const md_flag no = 0, yes = 1;
    mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_set_local_infile_handler(mysql, refuse_file, refuse_read, refuse_end, refuse_error, NULL);
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_options(mysql, MYSQL_REPORT_DATA_TRUNCATION, &yes);
#ifdef MD_CLIENT_PLUGINS
    mysql_options(mysql, MYSQL_PLUGIN_DIR, MD_CLIENT_PLUGINS);
#endif
#if MD_IS_CONNECTOR_C
    mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, AUTH_PLUGINS);
    mysql_options(mysql, MYSQL_OPT_NONBLOCK, NULL);
#endif
    if (deadline_us) {
        unsigned seconds = seconds_until(deadline_us);
        mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    }
    set_tls(mysql, c);
}

/* Connector/C looks at who signed without looking at the name where it is built with OpenSSL. */
static bool can_verify_ca(void)
{
#if MD_IS_CONNECTOR_C
    const char *library = NULL;
    return mariadb_get_infov(NULL, MARIADB_TLS_LIBRARY, &library) == 0 && library && strstr(library, "OpenSSL");
#else
    return true;
#endif
}

#if MD_IS_CONNECTOR_C
/* In a call that is not to block, Connector/C closes the descriptor twice when a Unix socket refuses it at once: the
 * second time it may be another thread's. So that is found out before, by a socket of the wrong type, of which the
 * server hears nothing. */
static kn_status check_listener(const char *path, kn_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size >= sizeof address.sun_path)
        return knp_error_set(error, KN_INVALID, "the path of the socket has more than %zu bytes",
                             sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, size);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return KN_OK; /* nor will the client get one */
    int found = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(fd);
    if (found == EPROTOTYPE)
        return KN_OK;
    knp_error_set(error, KN_CONNECT, "Can't connect to local server through socket '%s' (%d)", path, found);
    if (error) {
        error->native = 2002;
        error->retry = KN_RETRY_CONNECTION;
        snprintf(error->sqlstate, sizeof error->sqlstate, "HY000");
    }
    return KN_CONNECT;
}
#endif

kn_status md_dial(md_connection *c, md_call *call, bool blocking, int64_t deadline_us, kn_error *error)
{
    if (c->peer.tls == MD_TLS_VERIFY_CA && !can_verify_ca())
        return knp_error_set(error, KN_TLS,
                             "this client library cannot verify a certificate without the name in it: use verify-full");
    if (c->peer.tls != MD_TLS_DISABLE && !blocking && !c->settings.blocking_handshake)
        return knp_error_set(error, KN_UNSUPPORTED,
                             "this client library blocks while it agrees on TLS: option blocking_handshake=true lets "
                             "it do so, for as long as connecting may take; all else does not block");
#if MD_IS_CONNECTOR_C
    if (c->peer.socket)
        MD_TRY(check_listener(c->peer.socket, error));
#endif
    call->tls = c->peer.tls != MD_TLS_DISABLE;
    call->mysql = mysql_init(NULL);
    if (!call->mysql)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    call->peer = &c->peer;
    set_options(call->mysql, c, deadline_us);
    md_call_start(call, MD_CALL_CONNECT, !blocking || deadline_us);
    return KN_OK;
}

static kn_status no_answer(kn_error *error)
{
    knp_error_set(error, KN_TIMEOUT, "the deadline passed before the server answered");
    if (error)
        error->retry = KN_RETRY_CONNECTION;
    return KN_TIMEOUT;
}

/* Through TLS the client reads and writes as the descriptor does, also in calls that are not to block. */
static void do_not_block(MYSQL *mysql)
{
    int fd = (int)mysql_get_socket(mysql), flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

kn_status md_dial_end(md_connection *c, const md_call *call, kn_error *error)
{
    if (!call->connected && c->timed_out && c->opening)
        return no_answer(error);
    if (!call->connected)
        return md_fail(c, call->mysql, MD_CONNECTING, error);
    if (c->peer.tls != MD_TLS_DISABLE && !mysql_get_ssl_cipher(call->mysql))
        return knp_error_set(error, KN_TLS, "the server did not encrypt the connection");
    if (call->tls)
        do_not_block(call->mysql);
    return KN_OK;
}

static uint32_t version_of(const char *text)
{
    static const uint32_t weights[] = {10000, 100, 1};
    uint32_t version = 0;
    for (size_t part = 0; part < KN_COUNT_OF(weights); part++) {
        uint32_t n = 0;
        while (*text >= '0' && *text <= '9' && n < 1000)
            n = n * 10 + (uint32_t)(*text++ - '0');
        version += n * weights[part];
        if (*text++ != '.')
            break;
    }
    return version;
}

/* MariaDB may stand behind "5.5.5-". */
static void learn_server(md_connection *c)
{
    static const char disguise[] = "5.5.5-";
    const char *text = mysql_get_server_info(c->mysql);
    text = text ? text : "";
    c->mariadb = strstr(text, "MariaDB") != NULL;
    if (c->mariadb && strncmp(text, disguise, sizeof disguise - 1) == 0)
        text += sizeof disguise - 1;
    snprintf(c->version, sizeof c->version, "%s", text);
    c->version_number = version_of(text);
    c->thread_id = mysql_thread_id(c->mysql);
    c->can_many = md_can_many(c->mysql);
}

/* From when on the dialects' collations, checks and indexes are all there. */
static kn_status check_server(const md_connection *c, kn_error *error)
{
    enum { MARIADB_OLDEST = 100800, MYSQL_OLDEST = 80017 };
    if (c->version_number >= (c->mariadb ? MARIADB_OLDEST : MYSQL_OLDEST))
        return KN_OK;
    return knp_error_set(error, KN_UNSUPPORTED, "the server is %s %u.%u.%u; this driver needs %s or later",
                         c->mariadb ? "MariaDB" : "MySQL", (unsigned)c->version_number / 10000,
                         (unsigned)c->version_number / 100 % 100, (unsigned)c->version_number % 100,
                         c->mariadb ? "MariaDB 10.8" : "MySQL 8.0.17");
}

static void hang_up(md_connection *c)
{
    md_close_link(c->mysql, c->call.tls);
    c->mysql = c->call.mysql = NULL;
    c->dead = false;
}

/* A Unix socket whose queue is full says EAGAIN, which Connector/C 3.3 takes for a connect under way; reading from what
 * nobody has connected is EINVAL. Nothing was sent, and nothing but time can be waited for. */
static bool was_not_queued(const md_connection *c)
{
    char invalid[32];
    snprintf(invalid, sizeof invalid, "system error: %d", EINVAL);
    return !c->call.connected && c->peer.socket && strstr(mysql_error(c->mysql), invalid);
}

static void try_host(md_connection *c);

static void dialled(md_connection *c)
{
    c->mysql = c->call.mysql;
    bool was_full = was_not_queued(c);
    c->timed_out = c->timed_out || (was_full && c->until_us && md_now_us() >= c->until_us);
    if (was_full && !c->timed_out) {
        hang_up(c);
        c->pauses = true;
        c->then = try_host;
        return;
    }
    c->status = md_dial_end(c, &c->call, &c->failure);
    if (c->status == KN_OK) {
        learn_server(c);
        c->status = check_server(c, &c->failure);
    }
    if (c->status == KN_OK)
        md_session_set(c);
    else
        md_opened(c);
}

static void try_host(md_connection *c)
{
    const kn_url *url = c->request->url;
    c->status = md_settings_host(c, url->n_hosts ? &url->hosts[c->host] : NULL, &c->failure);
    if (c->status == KN_OK)
        c->status = md_dial(c, &c->call, c->blocking, c->until_us, &c->failure);
    if (c->status == KN_OK)
        c->then = dialled;
    else
        md_opened(c);
}

/* Each host has its share of the time that is left, so that a deaf one leaves some to the next. */
static void begin_host(md_connection *c)
{
    int64_t now_us = md_now_us(), until_us = c->request->deadline_us;
    size_t n = c->request->url->n_hosts, left = n > c->host ? n - c->host : 1;
    c->until_us = until_us > now_us ? now_us + (until_us - now_us) / (int64_t)left : until_us;
    c->timed_out = false;
    try_host(c);
}

/* The first that can be reached is taken. */
void md_opened(md_connection *c)
{
    if (c->status == KN_OK) {
        c->opening = false;
        return;
    }
    bool away = c->status == KN_CONNECT || c->status == KN_LINK_LOST || c->status == KN_TIMEOUT;
    if (!away || c->host + 1 >= c->request->url->n_hosts)
        return;
    hang_up(c);
    c->host++;
    begin_host(c);
}

static void free_connection(md_connection *c)
{
    const kn_allocator *allocator = c->allocator;
    volatile char *text = c->texts;
    for (size_t i = 0; i < c->texts_size; i++)
        text[i] = 0;
    md_resize(allocator, c->texts, c->texts_size, 0);
    pthread_mutex_destroy(&c->kill);
    md_resize(allocator, c, sizeof *c, 0);
}

static kn_status create(const kn_open_request *request, md_connection **out, kn_error *error)
{
    md_connection *c = md_resize(request->allocator, NULL, 0, sizeof *c);
    if (!c)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    memset(c, 0, sizeof *c);
    c->allocator = request->allocator;
    c->blocking = request->blocking || !MD_IS_CONNECTOR_C;
    c->opening = true;
    c->at_deadline = MD_CUTS; /* there is nothing to kill */
    atomic_init(&c->activity, MD_IDLE);
    atomic_init(&c->leaves, false);
    if (pthread_mutex_init(&c->kill, NULL)) {
        md_resize(request->allocator, c, sizeof *c, 0);
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    }
    *out = c;
    return KN_OK;
}

kn_status md_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error)
{
    md_connection *c = *connection;
    kn_status status = KN_OK;
    bool begins = !c;
    if (begins) {
        MD_TRY(load_library(error));
        MD_TRY(create(request, &c, error));
        *connection = c;
        status = md_settings_read(c, request, error);
    }
    c->request = request; /* the same each time, maybe at another address */
    if (status == KN_OK && begins)
        begin_host(c);
    if (status == KN_OK)
        status = md_run(c, wait, error);
    if (status != KN_OK && status != KN_WAIT) {
        md_close(c);
        *connection = NULL;
    }
    return status;
}

/* May a few bytes be written without waiting? */
static bool is_writable(MYSQL *mysql)
{
    struct pollfd p = {.fd = (int)mysql_get_socket(mysql), .events = POLLOUT};
    return p.fd >= 0 && poll(&p, 1, 0) > 0 && p.revents == POLLOUT;
}

bool md_may_write(const md_connection *c)
{
    return c->blocking || is_writable(c->mysql);
}

/* A server that takes nothing is not waited for. */
void md_close(void *connection)
{
    md_connection *c = connection;
    md_kill_end(&c->killer);
    if (c->then)
        md_give_up(c);
    c->mysql = c->call.mysql;
    if (c->mysql && !md_may_write(c)) {
        int fd = (int)mysql_get_socket(c->mysql);
        if (fd >= 0)
            (void)shutdown(fd, SHUT_RDWR);
    }
    md_bulk_give_up(c);
    md_close_link(c->mysql, c->call.tls);
    c->mysql = NULL;
    md_close_finished(c);
    free_connection(c);
}

/* mysql_close would end the parent's session. The memory stays. */
void md_abandon(void *connection)
{
    const md_connection *c = connection;
    MYSQL *const links[] = {c->call.mysql, c->killer.call.mysql};
    for (size_t i = 0; i < KN_COUNT_OF(links); i++) {
        int fd = links[i] ? (int)mysql_get_socket(links[i]) : -1;
        if (fd >= 0)
            close(fd);
    }
}

/* An idle server says nothing: bytes that are there are its last words, or those of TLS. -1 = nothing, 0 = it has gone.
 */
static int peek(const md_connection *c)
{
    char byte;
    int fd = (int)mysql_get_socket(c->mysql), saved = errno;
    ssize_t n = fd < 0 ? 0 : recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    bool quiet = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    errno = saved;
    return quiet ? -1 : n > 0 && c->peer.tls != MD_TLS_DISABLE;
}

kn_status md_check_alive(md_connection *c, kn_error *error)
{
    if (c->rested && peek(c) == 0)
        c->dead = true;
    c->rested = false;
    if (!c->dead)
        return KN_OK;
    knp_error_set(error, KN_LINK_LOST, "the connection to the server was lost");
    if (error)
        error->retry = KN_RETRY_CONNECTION;
    return KN_LINK_LOST;
}

static void pinged(md_connection *c)
{
    c->dead = c->call.failed != 0;
}

kn_status md_alive(void *connection, kn_wait *wait, kn_error *error)
{
    md_connection *c = connection;
    if (!c->then) {
        int found = c->dead ? 0 : peek(c);
        c->rested = false;
        c->dead = found == 0;
        if (found <= 0)
            return md_check_alive(c, error);
        md_enter_alone(c, wait ? wait->deadline_us : 0);
        md_start(c, MD_CALL_PING, pinged);
    }
    MD_TRY(md_run(c, wait, error));
    return md_check_alive(c, error);
}

void md_info(void *connection, kn_server_info *out)
{
    md_connection *c = connection;
    out->product = c->mariadb ? "mariadb" : "mysql";
    out->version = c->version;
    out->version_number = c->version_number;
}
