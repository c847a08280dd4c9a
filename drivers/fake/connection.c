/* SPDX-License-Identifier: MIT */
/* Connections, transactions, cancel. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake_driver.h"

enum { OPTION_FAIL, OPTION_WAITS, OPTION_VERSION, OPTION_PRODUCT };

const kn_option fake_options[] = {
    [OPTION_FAIL] = {.name = "fail", .kind = KN_OPTION_TEXT, .help = "slot:nth:status[:ever][:drop], comma-separated"},
    [OPTION_WAITS] = {.name = "waits",
                      .kind = KN_OPTION_INTEGER,
                      .fallback = "0",
                      .least = 0,
                      .most = 1000,
                      .help = "KN_WAITs before each step of a non-blocking connection ends"},
    [OPTION_VERSION] = {.name = "version",
                        .kind = KN_OPTION_INTEGER,
                        .fallback = "10000",
                        .least = 0,
                        .most = 999999999,
                        .help = "version number to report"},
    [OPTION_PRODUCT] = {.name = "product", .kind = KN_OPTION_TEXT, .fallback = "fake", .help = "product to report"},
    {.name = NULL},
};

bool fake_single(const kn_url *url)
{
    return url->database && strcmp(url->database, ":memory:") == 0;
}

/* The next part of "a:b:c" or "a,b,c": up to `separator` or the end. */
static kn_text next_part(const char **text, const char *separators)
{
    kn_text part = {*text, strcspn(*text, separators)};
    *text += part.size;
    if (**text == separators[0])
        ++*text;
    return part;
}

static bool is_word(kn_text part, const char *word)
{
    return strlen(word) == part.size && memcmp(part.data, word, part.size) == 0;
}

static bool read_number(kn_text part, uint32_t *out)
{
    uint32_t n = 0;
    if (!part.size || part.size > 9)
        return false;
    for (size_t i = 0; i < part.size; i++) {
        if (part.data[i] < '0' || part.data[i] > '9')
            return false;
        n = n * 10 + (uint32_t)(part.data[i] - '0');
    }
    *out = n;
    return true;
}

static bool read_slot(kn_text part, fake_slot *out)
{
    for (int slot = 0; slot < FAKE_SLOTS; slot++) {
        if (is_word(part, fake_slot_name((fake_slot)slot))) {
            *out = (fake_slot)slot;
            return true;
        }
    }
    return false;
}

static bool read_status(kn_text part, kn_status *out)
{
    static const struct {
        const char *name;
        kn_status status;
    } statuses[] = {
#define FAKE_X(name, number, text) {#name, KN_##name},
        KN_STATUS_MAP(FAKE_X)
#undef FAKE_X
    };
    for (size_t i = 0; i < KN_COUNT_OF(statuses); i++) {
        if (is_word(part, statuses[i].name)) {
            *out = statuses[i].status;
            return true;
        }
    }
    return false;
}

/* One "slot:nth:status[:ever][:drop]"; *text then stands behind it. */
static bool read_fault(const char **text, fake_fault *out)
{
    if (!read_slot(next_part(text, ":,"), &out->slot) || !read_number(next_part(text, ":,"), &out->nth) ||
        !read_status(next_part(text, ":,"), &out->status))
        return false;
    while (**text && **text != ',') {
        kn_text flag = next_part(text, ":,");
        if (is_word(flag, "ever"))
            out->for_ever = true;
        else if (is_word(flag, "drop"))
            out->drops = true;
        else
            return false;
    }
    return true;
}

static kn_status read_faults(fake_server *server, const char *text, kn_error *error)
{
    while (*text) {
        fake_fault fault = {.nth = 0};
        if (!read_fault(&text, &fault))
            return knp_error_set(error, KN_INVALID, "option 'fail' is slot:nth:status[:ever][:drop], comma-separated");
        kn_status status = fake_server_fail(server, fault);
        if (status)
            return knp_error_set(error, status, "option 'fail' has more than %d faults", FAKE_FAULTS_MAX);
        if (*text == ',')
            text++;
    }
    return KN_OK;
}

static kn_status program(fake_server *server, const char *const *values, kn_error *error)
{
    uint32_t waits = 0, version = 0;
    const char *n = values[OPTION_WAITS], *v = values[OPTION_VERSION];
    if ((n && !read_number((kn_text){n, strlen(n)}, &waits)) || (v && !read_number((kn_text){v, strlen(v)}, &version)))
        return knp_error_set(error, KN_INVALID, "options 'waits' and 'version' are numbers");
    if (waits)
        fake_server_waits(server, waits);
    return values[OPTION_FAIL] ? read_faults(server, values[OPTION_FAIL], error) : KN_OK;
}

static bool make_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

/* The server that the URL names, or one of the connection's own. */
static kn_status find_server(fake_connection *c, const kn_open_request *request, kn_error *error)
{
    const char *name = request->url->n_hosts ? request->url->hosts[0].name : "";
    c->server = fake_server_find(name);
    if (c->server)
        return KN_OK;
    c->server = fake_server_make(name, c->allocator);
    c->own_server = true;
    if (!c->server)
        return knp_error_set(error, KN_NOMEM, "no memory for a server");
    const char *version = request->values[OPTION_VERSION];
    if (version)
        read_number((kn_text){version, strlen(version)}, &c->server->version_number);
    return program(c->server, request->values, error);
}

static void forget(fake_connection *c)
{
    if (c->fds[0] >= 0) {
        close(c->fds[0]);
        close(c->fds[1]);
    }
    if (c->own_server && c->server)
        fake_server_free(c->server);
    fake_free(c->allocator, c, sizeof *c);
}

static kn_status create(const kn_open_request *request, fake_connection **out, kn_error *error)
{
    fake_connection *c = fake_allocate(request->allocator, sizeof *c);
    if (!c)
        return knp_error_set(error, KN_NOMEM, "no memory for a connection");
    c->allocator = request->allocator;
    c->blocking = request->blocking != 0;
    c->fds[0] = c->fds[1] = -1;
    kn_status status = find_server(c, request, error);
    if (!status && !make_pipe(c->fds))
        status = knp_error_set(error, KN_LIMIT, "no file descriptor for a pipe");
    if (status) {
        forget(c);
        return status;
    }
    pthread_mutex_lock(&c->server->mutex);
    c->number = ++c->server->numbered;
    fake_live *live = &c->server->live;
    if (++live->connections > live->most_connections)
        live->most_connections = live->connections;
    pthread_mutex_unlock(&c->server->mutex);
    *out = c;
    return KN_OK;
}

static void unlive(fake_connection *c)
{
    pthread_mutex_lock(&c->server->mutex);
    c->server->live.connections--;
    if (c->in_transaction)
        c->server->live.transactions--;
    pthread_mutex_unlock(&c->server->mutex);
}

kn_status fake_open(const kn_open_request *request, void **connection, kn_wait *wait, kn_error *error)
{
    fake_connection *c = *connection;
    kn_status status = c ? KN_OK : create(request, &c, error);
    if (status)
        return status;
    status = fake_call_begin(c, FAKE_OPEN, c, request->url->database ? request->url->database : "",
                             request->deadline_us, wait, error);
    if (status == KN_OK)
        status = fake_call_end(c, request->url->database ? request->url->database : "", "", KN_OK, error);
    if (status == KN_OK || status == KN_WAIT) {
        c->opened = status == KN_OK;
        *connection = c;
        return status;
    }
    *connection = NULL;
    unlive(c);
    forget(c);
    return status;
}

void fake_close(void *connection)
{
    fake_connection *c = connection;
    fake_server *server = c->server;
    fake_call_note(c, FAKE_CLOSE, "");
    if ((c->executions && !c->given_up) || c->statements || c->bulks)
        fake_violate(server, "close: %u executions, %u statements, %u bulks are open", (unsigned)c->executions,
                     (unsigned)c->statements, (unsigned)c->bulks);
    if (c->cancels)
        fake_violate(server, "close: %u cancel objects are left", (unsigned)c->cancels);
    unlive(c);
    forget(c);
}

void fake_abandon(void *connection)
{
    fake_connection *c = connection;
    pthread_mutex_lock(&c->server->mutex);
    c->server->live.abandoned++;
    c->server->live.connections--;
    pthread_mutex_unlock(&c->server->mutex);
    fake_call_note(c, FAKE_ABANDON, "");
}

void fake_set_transaction(fake_connection *c, bool open)
{
    pthread_mutex_lock(&c->server->mutex);
    if (open && !c->in_transaction)
        c->server->live.transactions++;
    if (!open && c->in_transaction)
        c->server->live.transactions--;
    c->in_transaction = open;
    pthread_mutex_unlock(&c->server->mutex);
    c->marks = 0;
}

kn_status fake_reset(void *connection, kn_wait *wait, kn_error *error)
{
    fake_connection *c = connection;
    kn_status status = fake_call_begin(c, FAKE_RESET, c, "", wait ? wait->deadline_us : 0, wait, error);
    if (status)
        return status;
    if (c->executions)
        fake_violate(c->server, "reset: %u executions are open", (unsigned)c->executions);
    fake_set_transaction(c, false);
    return fake_call_end(c, "", "", KN_OK, error);
}

kn_status fake_alive(void *connection, kn_wait *wait, kn_error *error)
{
    fake_connection *c = connection;
    kn_status status = fake_call_begin(c, FAKE_ALIVE, c, "", wait ? wait->deadline_us : 0, wait, error);
    return status ? status : fake_call_end(c, "", "", KN_OK, error);
}

void fake_info(void *connection, kn_server_info *out)
{
    const fake_connection *c = connection;
    pthread_mutex_lock(&c->server->mutex);
    out->product = c->server->product;
    out->version = "fake";
    out->version_number = c->server->version_number;
    pthread_mutex_unlock(&c->server->mutex);
}

static kn_status move_transaction(fake_connection *c, kn_transact_verb verb, kn_error *error)
{
    switch (verb) {
    case KN_TRANSACT_BEGIN:
        if (c->in_transaction)
            return knp_error_set(error, KN_STATE, "a transaction is open");
        fake_set_transaction(c, true);
        return KN_OK;
    case KN_TRANSACT_COMMIT:
        if (!c->in_transaction)
            return knp_error_set(error, KN_NOT_IN_TRANSACTION, "no transaction is open");
        fake_set_transaction(c, false);
        return KN_OK;
    case KN_TRANSACT_ROLLBACK:
        fake_set_transaction(c, false);
        return KN_OK;
    case KN_TRANSACT_SAVEPOINT:
        c->marks++;
        return KN_OK;
    case KN_TRANSACT_RELEASE:
    case KN_TRANSACT_ROLLBACK_TO:
        if (!c->marks)
            return knp_error_set(error, KN_NO_SUCH, "no such savepoint");
        c->marks -= verb == KN_TRANSACT_RELEASE;
        return KN_OK;
    }
    return knp_error_set(error, KN_INVALID, "transaction verb %d is not known", (int)verb);
}

kn_status fake_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                        kn_error *error)
{
    static const char *const verbs[] = {"?", "begin", "commit", "rollback", "savepoint", "release", "rollback to"};
    fake_connection *c = connection;
    char text[160];
    const char *word = verbs[(size_t)verb < KN_COUNT_OF(verbs) ? (size_t)verb : 0];
    if (verb == KN_TRANSACT_BEGIN)
        name = access ? "read" : "write";
    snprintf(text, sizeof text, "%s%s%s", word, name ? " " : "", name ? name : "");
    kn_status status = fake_call_begin(c, FAKE_TRANSACT, c, text, wait ? wait->deadline_us : 0, wait, error);
    if (status)
        return status;
    status = move_transaction(c, verb, error);
    return fake_call_end(c, text, "", status, error);
}

bool fake_in_transaction(void *connection)
{
    const fake_connection *c = connection;
    return c->in_transaction;
}

static void count_cancels(fake_connection *c, int change)
{
    pthread_mutex_lock(&c->server->mutex);
    c->cancels += (uint32_t)change;
    c->server->live.cancels += (uint32_t)change;
    pthread_mutex_unlock(&c->server->mutex);
}

kn_status fake_cancel_create(void *connection, void **cancel, kn_error *error)
{
    fake_connection *c = connection;
    kn_status status = fake_call_begin(c, FAKE_CANCEL_CREATE, c, "", 0, NULL, error);
    if (status)
        return status;
    fake_connection **made = fake_allocate(c->allocator, sizeof *made);
    if (!made)
        status = knp_error_set(error, KN_NOMEM, "no memory for a cancel");
    status = fake_call_end(c, "", "", status, error);
    if (status) {
        fake_free(c->allocator, made, sizeof *made);
        return status;
    }
    *made = c;
    count_cancels(c, 1);
    *cancel = made;
    return KN_OK;
}

/* From any thread: only what the server's mutex protects may be touched. */
kn_status fake_cancel_send(void *cancel, kn_wait *wait, kn_error *error)
{
    fake_connection *c = *(fake_connection **)cancel;
    (void)wait;
    pthread_mutex_lock(&c->server->mutex);
    fake_fault fault = fake_server_find_fault(c->server, FAKE_CANCEL_SEND, "");
    fake_call call = {.slot = FAKE_CANCEL_SEND, .status = fault.status, .connection = c->number};
    fake_server_record(c->server, &call);
    bool sent = fault.status == KN_OK && (c->working || c->executions);
    c->cancelled = c->cancelled || sent;
    if (sent && write(c->fds[1], "!", 1) < 0)
        call.status = KN_OK; /* a full pipe is readable already */
    pthread_mutex_unlock(&c->server->mutex);
    return fault.status ? knp_error_set(error, fault.status, "the fake backend fails cancel_send") : KN_OK;
}

void fake_cancel_destroy(void *cancel)
{
    if (!cancel)
        return;
    fake_connection *c = *(fake_connection **)cancel;
    fake_call_note(c, FAKE_CANCEL_DESTROY, "");
    count_cancels(c, -1);
    fake_free(c->allocator, cancel, sizeof(fake_connection *));
}
