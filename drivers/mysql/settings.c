/* SPDX-License-Identifier: MIT */
/* The URL and its options. */
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <koine/plugin/tls.h>

#include "mysql_driver.h"

#ifdef MARIADB_UNIX_ADDR
#define DEFAULT_SOCKET MARIADB_UNIX_ADDR
#else
#define DEFAULT_SOCKET MYSQL_UNIX_ADDR
#endif
#define DEFAULT_PORT 3306
/* Of a socket in a folder. */
#define SOCKET_NAME "/mysqld.sock"
/* Longest path of a socket, with room to say that it is too long. */
#define PATH_ROOM 128

#define OPTION(member) .name = #member, .offset = (uint32_t)offsetof(md_settings, member)

const kn_option md_options[] = {
    {OPTION(socket), .kind = KN_OPTION_TEXT, .help = "path of the server's Unix socket, instead of a host"},
    {OPTION(tls), .kind = KN_OPTION_CHOICE, .choices = "disable|require|verify-ca|verify-full",
     .help = "verify-full unless the server is on this machine; require does not prove who the server is"},
    {OPTION(tls_ca), .kind = KN_OPTION_TEXT, .help = "file of the certificates to trust; default: the system's"},
    {OPTION(tls_cert), .kind = KN_OPTION_TEXT, .help = "file of the client's own certificate"},
    {OPTION(tls_key), .kind = KN_OPTION_TEXT, .help = "file of the key of tls_cert"},
    {OPTION(grace_ms), .kind = KN_OPTION_INTEGER, .fallback = "2000", .least = 100, .most = 60000,
     .help = "how long a statement that was killed at its deadline may take to end before its link is cut"},
    {OPTION(blocking_handshake), .kind = KN_OPTION_CHOICE, .choices = "false|true", .fallback = "false",
     .help = "on a non-blocking connection: TLS may be agreed on although that blocks"},
    {.name = NULL},
};

static kn_status read_option(const kn_option *option, const char *value, md_settings *out, kn_error *error)
{
    void *place = (char *)out + option->offset;
    if (option->kind == KN_OPTION_TEXT) {
        *(const char **)place = value;
        return KN_OK;
    }
    return kn_option_number(option, value, place)
               ? KN_OK
               : knp_error_set(error, KN_INVALID, "option '%s' cannot have this value", option->name);
}

/* The texts that live with the connection, one after another in one allocation. */
typedef struct text_row {
    const char **place;
    size_t room; /* 0 = as long as it is */
} text_row;

static size_t room_of(const text_row *row)
{
    return !*row->place ? 0 : row->room ? row->room : strlen(*row->place) + 1;
}

static kn_status keep_texts(md_connection *c, const text_row *rows, size_t n, kn_error *error)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += room_of(&rows[i]);
    c->texts = md_resize(c->allocator, NULL, 0, size);
    if (!c->texts)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    c->texts_size = size;
    char *text = c->texts;
    for (size_t i = 0; i < n; i++) {
        size_t room = room_of(&rows[i]);
        if (!room)
            continue;
        memcpy(text, *rows[i].place, strlen(*rows[i].place) + 1);
        *rows[i].place = text;
        text += room;
    }
    return KN_OK;
}

/* Given, or that of the process; never from the environment. */
static const char *user_of(const kn_url *url, struct passwd *entry, char *buffer, size_t size)
{
    struct passwd *found = NULL;
    if (url->user)
        return url->user;
    return getpwuid_r(geteuid(), entry, buffer, size, &found) == 0 && found ? found->pw_name : "";
}

static size_t longest_host(const kn_url *url)
{
    size_t most = PATH_ROOM;
    for (size_t i = 0; i < url->n_hosts; i++) {
        size_t size = strlen(url->hosts[i].name) + 1;
        most = size > most ? size : most;
    }
    return most;
}

kn_status md_settings_read(md_connection *c, const kn_open_request *request, kn_error *error)
{
    const kn_url *url = request->url;
    struct passwd entry;
    char buffer[1024];
    md_settings settings = {.tls = -1};
    for (size_t i = 0; md_options[i].name; i++) {
        const char *value = request->values[i] ? request->values[i] : md_options[i].fallback;
        if (value)
            MD_TRY(read_option(&md_options[i], value, &settings, error));
    }
    if (settings.tls_cert && !settings.tls_key)
        return knp_error_set(error, KN_INVALID, "option 'tls_cert' needs 'tls_key' beside it");
    c->settings = settings;
    /* NULL instead of "" would be taken from MYSQL_PWD */
    c->peer = (md_peer){.host = "", /* room for each of the hosts */
                        .user = user_of(url, &entry, buffer, sizeof buffer),
                        .password = url->password ? url->password : "",
                        .database = url->database};
    const text_row rows[] = {
        {&c->settings.socket, 0},   {&c->settings.tls_ca, 0},
        {&c->settings.tls_cert, 0}, {&c->settings.tls_key, 0},
        {&c->peer.user, 0},         {&c->peer.password, 0},
        {&c->peer.database, 0},     {&c->peer.host, longest_host(url)},
    };
    return keep_texts(c, rows, KN_COUNT_OF(rows), error);
}

/* A folder with a socket, or the socket itself. The room is that of md_settings_read. */
static kn_status set_socket(md_connection *c, char *place, const char *path, kn_error *error)
{
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    size_t size = strlen(path), more = folder ? sizeof SOCKET_NAME : 1;
    if (size + more > PATH_ROOM)
        return knp_error_set(error, KN_INVALID, "the path of the socket has more than %d bytes", PATH_ROOM - 1);
    memcpy(place, path, size);
    memcpy(place + size, folder ? SOCKET_NAME : "", more);
    c->peer.socket = place;
    c->peer.host = NULL;
    return KN_OK;
}

/* localhost without a port is the socket, as everywhere with these servers. */
kn_status md_settings_host(md_connection *c, const kn_url_host *host, kn_error *error)
{
    const char *name = host ? host->name : "localhost";
    char *place = (char *)(c->peer.host ? c->peer.host : c->peer.socket);
    const char *path = c->settings.socket                                        ? c->settings.socket
                       : *name == '/'                                            ? name
                       : strcmp(name, "localhost") == 0 && !(host && host->port) ? DEFAULT_SOCKET
                                                                                 : NULL;
    bool local = path || kn_tls_is_loopback(name);
    c->peer.tls = c->settings.tls >= 0 ? (int)c->settings.tls : local ? MD_TLS_DISABLE : MD_TLS_VERIFY_FULL;
    if (c->settings.tls_ca && c->peer.tls < MD_TLS_VERIFY_CA)
        return knp_error_set(error, KN_INVALID, "tls_ca is used by tls=verify-ca and tls=verify-full only");
    if (path)
        return set_socket(c, place, path, error);
    memcpy(place, name, strlen(name) + 1);
    c->peer.host = place;
    c->peer.socket = NULL;
    c->peer.port = host && host->port ? host->port : DEFAULT_PORT;
    return KN_OK;
}
