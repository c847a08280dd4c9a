/* SPDX-License-Identifier: MIT */
/* Servers: what they were told, what they saw. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fake_driver.h"

/* Those that URLs find by name. */
static pthread_mutex_t servers_mutex = PTHREAD_MUTEX_INITIALIZER;
static fake_server *servers;

void *fake_allocate(const kn_allocator *allocator, size_t size)
{
    void *memory = allocator->resize(allocator->context, NULL, 0, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

void fake_free(const kn_allocator *allocator, void *memory, size_t size)
{
    if (memory)
        allocator->resize(allocator->context, memory, size, 0);
}

const char *fake_slot_name(fake_slot slot)
{
    static const char *const names[FAKE_SLOTS] = {
#define FAKE_X(slot_, name) [FAKE_##slot_] = name,
        FAKE_SLOT_MAP(FAKE_X)
#undef FAKE_X
    };
    return (size_t)slot < FAKE_SLOTS ? names[slot] : "?";
}

fake_server *fake_server_make(const char *name, const kn_allocator *allocator)
{
    fake_server *server = fake_allocate(allocator, sizeof *server);
    if (!server)
        return NULL;
    if (pthread_mutex_init(&server->mutex, NULL)) {
        fake_free(allocator, server, sizeof *server);
        return NULL;
    }
    server->allocator = allocator;
    server->product = "fake";
    server->version_number = 10000;
    snprintf(server->name, sizeof server->name, "%s", name);
    return server;
}

void fake_server_free(fake_server *server)
{
    pthread_mutex_destroy(&server->mutex);
    fake_free(server->allocator, server->log, server->log_room * sizeof *server->log);
    fake_free(server->allocator, server, sizeof *server);
}

static fake_server *find_locked(const char *name)
{
    for (fake_server *server = servers; server; server = server->next) {
        if (strcmp(server->name, name) == 0)
            return server;
    }
    return NULL;
}

fake_server *fake_server_find(const char *name)
{
    pthread_mutex_lock(&servers_mutex);
    fake_server *server = find_locked(name);
    pthread_mutex_unlock(&servers_mutex);
    return server;
}

fake_server *fake_server_start(const char *name, const kn_allocator *allocator)
{
    fake_server *server = fake_server_make(name, allocator);
    if (!server)
        return NULL;
    pthread_mutex_lock(&servers_mutex);
    bool taken = find_locked(server->name) != NULL;
    if (!taken) {
        server->next = servers;
        servers = server;
    }
    pthread_mutex_unlock(&servers_mutex);
    if (!taken)
        return server;
    fake_server_free(server);
    return NULL;
}

void fake_server_stop(fake_server *server)
{
    if (!server)
        return;
    pthread_mutex_lock(&servers_mutex);
    for (fake_server **at = &servers; *at; at = &(*at)->next) {
        if (*at == server) {
            *at = server->next;
            break;
        }
    }
    pthread_mutex_unlock(&servers_mutex);
    fake_server_free(server);
}

/* The mutex may be locked although the server is const for whoever asks. */
static fake_server *lock(const fake_server *server)
{
    fake_server *mutable = (fake_server *)(uintptr_t)server;
    pthread_mutex_lock(&mutable->mutex);
    return mutable;
}

kn_status fake_server_fail(fake_server *server, fake_fault fault)
{
    lock(server);
    bool room = server->n_faults < FAKE_FAULTS_MAX;
    if (room) {
        fake_armed *armed = &server->faults[server->n_faults++];
        *armed = (fake_armed){.fault = fault};
        armed->fault.nth = fault.nth ? fault.nth : 1;
        if (fault.sql) {
            snprintf(armed->sql, sizeof armed->sql, "%s", fault.sql);
            armed->fault.sql = armed->sql;
        }
    }
    pthread_mutex_unlock(&server->mutex);
    return room ? KN_OK : KN_LIMIT;
}

void fake_server_heal(fake_server *server)
{
    lock(server);
    server->n_faults = 0;
    pthread_mutex_unlock(&server->mutex);
}

kn_status fake_server_answer(fake_server *server, const fake_answer *answer)
{
    lock(server);
    bool room = server->n_answers < FAKE_ANSWERS_MAX;
    if (room)
        server->answers[server->n_answers++] = *answer;
    pthread_mutex_unlock(&server->mutex);
    return room ? KN_OK : KN_LIMIT;
}

void fake_server_waits(fake_server *server, uint32_t waits)
{
    lock(server);
    server->waits = waits;
    pthread_mutex_unlock(&server->mutex);
}

void fake_server_version(fake_server *server, const char *product, uint32_t version_number)
{
    lock(server);
    server->product = product;
    server->version_number = version_number;
    pthread_mutex_unlock(&server->mutex);
}

/* Locked by the caller, like the next two. */
fake_fault fake_server_find_fault(fake_server *server, fake_slot slot, const char *text)
{
    fake_fault found = {.slot = slot, .status = KN_OK};
    bool fires = false;
    for (size_t i = 0; i < server->n_faults; i++) {
        fake_armed *armed = &server->faults[i];
        if (armed->fault.slot != slot || (armed->fault.sql && !strstr(text, armed->sql)))
            continue;
        armed->seen++;
        bool now = armed->seen == armed->fault.nth || (armed->fault.for_ever && armed->seen > armed->fault.nth);
        if (now && !fires) {
            found = armed->fault;
            fires = true;
        }
    }
    return found;
}

fake_answer fake_server_find_answer(fake_server *server, const char *sql)
{
    for (size_t i = server->n_answers; i-- > 0;) {
        if (!server->answers[i].sql || strstr(sql, server->answers[i].sql))
            return server->answers[i];
    }
    return (fake_answer){.sql = NULL};
}

/* Failing to keep a record is not the caller's failure. */
void fake_server_record(fake_server *server, const fake_call *call)
{
    server->counts[call->slot]++;
    if (server->n_log == server->log_room && server->log_room < FAKE_LOG_MAX) {
        size_t room = server->log_room ? server->log_room * 2 : 64;
        const kn_allocator *a = server->allocator;
        fake_call *log = a->resize(a->context, server->log, server->log_room * sizeof *log, room * sizeof *log);
        if (!log)
            return;
        server->log = log;
        server->log_room = room;
    }
    if (server->n_log < server->log_room)
        server->log[server->n_log++] = *call;
}

bool fake_server_call(const fake_server *server, size_t nth, fake_call *out)
{
    fake_server *s = lock(server);
    bool there = nth < s->n_log;
    if (there)
        *out = s->log[nth];
    pthread_mutex_unlock(&s->mutex);
    return there;
}

uint64_t fake_server_count(const fake_server *server, fake_slot slot)
{
    fake_server *s = lock(server);
    uint64_t count = (size_t)slot < FAKE_SLOTS ? s->counts[slot] : 0;
    pthread_mutex_unlock(&s->mutex);
    return count;
}

fake_live fake_server_live(const fake_server *server)
{
    fake_server *s = lock(server);
    fake_live live = s->live;
    pthread_mutex_unlock(&s->mutex);
    return live;
}

const char *fake_server_violation(const fake_server *server)
{
    fake_server *s = lock(server);
    const char *violation = s->violation[0] ? s->violation : NULL;
    pthread_mutex_unlock(&s->mutex);
    return violation;
}

void fake_violate(fake_server *server, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lock(server);
    if (!server->violation[0])
        vsnprintf(server->violation, sizeof server->violation, format, arguments);
    pthread_mutex_unlock(&server->mutex);
    va_end(arguments);
}
