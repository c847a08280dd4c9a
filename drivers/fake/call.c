/* SPDX-License-Identifier: MIT */
/* One call of a driver function: its fault, its waiting, its record. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_driver.h"

int64_t fake_now_us(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool enter(fake_connection *c)
{
    pthread_mutex_lock(&c->server->mutex);
    bool taken = c->in_use;
    c->in_use = true;
    pthread_mutex_unlock(&c->server->mutex);
    return !taken;
}

static void leave(fake_connection *c)
{
    pthread_mutex_lock(&c->server->mutex);
    c->in_use = false;
    pthread_mutex_unlock(&c->server->mutex);
}

/* Makes fds[0] readable; full is as good. */
static void signal_ready(fake_connection *c)
{
    ssize_t written;
    do
        written = write(c->fds[1], "!", 1);
    while (written < 0 && errno == EINTR);
}

static void drain(fake_connection *c)
{
    char bytes[64];
    ssize_t got;
    do
        got = read(c->fds[0], bytes, sizeof bytes);
    while (got > 0 || (got < 0 && errno == EINTR));
}

static void start(fake_connection *c, fake_slot slot, const void *object, const char *text)
{
    fake_server *server = c->server;
    pthread_mutex_lock(&server->mutex);
    c->step = (fake_step){.active = true, .slot = slot, .object = object};
    c->step.fault = fake_server_find_fault(server, slot, text);
    c->step.waits_left = c->blocking ? 0 : server->waits + c->step.fault.waits;
    if (slot != FAKE_FETCH) /* a cancel was for what ran when it came */
        c->cancelled = false;
    c->working = true;
    pthread_mutex_unlock(&server->mutex);
    if (c->step.fault.delay_us)
        c->step.ready_us = fake_now_us() + c->step.fault.delay_us;
}

static bool is_cancelled(fake_connection *c)
{
    pthread_mutex_lock(&c->server->mutex);
    bool cancelled = c->cancelled;
    pthread_mutex_unlock(&c->server->mutex);
    return cancelled;
}

/* Is there something to wait for? Then for a readable file descriptor (*fd) or until a time, whichever is given. */
static bool must_wait(fake_connection *c, int *fd, int64_t *until_us)
{
    fake_step *step = &c->step;
    *fd = -1;
    *until_us = 0;
    if (is_cancelled(c))
        return false;
    if (step->fault.hangs) {
        *fd = c->fds[0];
        return true;
    }
    if (step->waits_left) {
        step->waits_left--;
        signal_ready(c);
        *fd = c->fds[0];
        return true;
    }
    *until_us = step->ready_us;
    return step->ready_us > fake_now_us();
}

static int64_t earlier(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}

static void block(int fd, int64_t until_us)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t left_us = until_us - fake_now_us();
    int timeout = !until_us ? -1 : left_us <= 0 ? 0 : left_us > 1000000000 ? 1000000 : (int)((left_us + 999) / 1000);
    poll(&ready, 1, timeout);
}

static kn_status stopped(fake_connection *c, int64_t deadline_us)
{
    if (deadline_us && fake_now_us() >= deadline_us)
        return KN_TIMEOUT;
    return is_cancelled(c) ? KN_CANCELLED : KN_OK;
}

/* KN_OK: it is time; KN_WAIT; KN_TIMEOUT; KN_CANCELLED. */
static kn_status play(fake_connection *c, int64_t deadline_us, kn_wait *wait)
{
    int fd;
    int64_t until_us;
    drain(c);
    while (must_wait(c, &fd, &until_us)) {
        if (deadline_us && fake_now_us() >= deadline_us)
            return KN_TIMEOUT;
        until_us = earlier(until_us, deadline_us);
        if (!c->blocking && wait) {
            *wait = (kn_wait){.fd = fd, .events = fd < 0 ? 0 : KN_WAIT_READ, .deadline_us = until_us};
            c->step.waited++;
            return KN_WAIT;
        }
        block(fd, until_us);
    }
    return stopped(c, deadline_us);
}

static kn_status fail(fake_connection *c, kn_error *error)
{
    const fake_fault *fault = &c->step.fault;
    if (fault->drops)
        c->dead = true;
    if (fault->ends_transaction || c->dead)
        fake_set_transaction(c, false);
    knp_error_set(error, fault->status, "the fake backend fails %s", fake_slot_name(fault->slot));
    if (!error)
        return fault->status;
    error->retry = (uint8_t)fault->retry;
    error->commit = (uint8_t)fault->commit;
    error->native = fault->native;
    if (fault->constraint)
        snprintf(error->constraint, sizeof error->constraint, "%s", fault->constraint);
    return fault->status;
}

/* The call is over: it is recorded, and a cancel no longer finds it. */
static void finish(fake_connection *c, const char *text, const char *values, kn_status status)
{
    fake_slot slot = c->step.slot;
    fake_call call = {.slot = slot, .status = status, .connection = c->number, .waits = c->step.waited};
    snprintf(call.text, sizeof call.text, "%s", text);
    snprintf(call.values, sizeof call.values, "%s", values);
    c->step.active = false;
    pthread_mutex_lock(&c->server->mutex);
    fake_server_record(c->server, &call);
    c->working = false;
    c->in_use = false;
    pthread_mutex_unlock(&c->server->mutex);
}

static kn_status verdict(fake_connection *c, kn_status played, kn_error *error)
{
    const fake_fault *fault = &c->step.fault;
    if (played)
        return knp_error_set(error, played, "%s", played == KN_TIMEOUT ? "the deadline passed" : "cancelled");
    if (c->dead)
        return knp_error_set(error, KN_LINK_LOST, "the fake link is lost");
    return fault->status && !fault->after ? fail(c, error) : KN_OK;
}

kn_status fake_call_begin(fake_connection *c, fake_slot slot, const void *object, const char *text, int64_t deadline_us,
                          kn_wait *wait, kn_error *error)
{
    if (!enter(c)) {
        fake_violate(c->server, "%s: the connection is used by two at once", fake_slot_name(slot));
        return knp_error_set(error, KN_MISUSE, "the connection is used by two at once");
    }
    if (c->given_up)
        fake_violate(c->server, "%s was called on a connection that was given up", fake_slot_name(slot));
    if (c->step.active && (c->step.slot != slot || c->step.object != object)) {
        fake_violate(c->server, "%s was called while %s waits", fake_slot_name(slot), fake_slot_name(c->step.slot));
        c->step.active = false;
    }
    if (!c->step.active)
        start(c, slot, object, text);
    kn_status status = play(c, deadline_us, wait);
    if (status != KN_WAIT)
        status = verdict(c, status, error);
    if (status == KN_WAIT)
        leave(c);
    else if (status)
        finish(c, text, "", status);
    return status;
}

kn_status fake_call_end(fake_connection *c, const char *text, const char *values, kn_status status, kn_error *error)
{
    if (c->step.fault.after && c->step.fault.status)
        status = fail(c, error);
    finish(c, text, values, status);
    return status;
}

void fake_call_note(fake_connection *c, fake_slot slot, const char *text)
{
    c->given_up |= c->step.active;
    c->step.active = false;
    fake_call call = {.slot = slot, .connection = c->number};
    snprintf(call.text, sizeof call.text, "%s", text);
    pthread_mutex_lock(&c->server->mutex);
    fake_server_record(c->server, &call);
    pthread_mutex_unlock(&c->server->mutex);
}

static int print_value(const kn_value *v, char *out, size_t size)
{
    const char *kind = knp_kind_name((kn_kind)v->kind);
    int text =
        v->as.text.size == SIZE_MAX && v->as.text.data ? -1 : (int)(v->as.text.size > 200 ? 200 : v->as.text.size);
    switch (v->kind) {
    case KN_KIND_UNSET:
    case KN_KIND_NULL:
        return snprintf(out, size, "%s", kind);
    case KN_KIND_BOOL:
        return snprintf(out, size, "%s %d", kind, v->as.b);
    case KN_KIND_INT:
    case KN_KIND_TIME:
    case KN_KIND_DATETIME:
    case KN_KIND_INSTANT:
    case KN_KIND_INTERVAL:
        return snprintf(out, size, "%s %" PRId64, kind, v->as.i);
    case KN_KIND_FLOAT:
        return snprintf(out, size, "%s %.17g", kind, v->as.d);
    case KN_KIND_TEXT:
        return snprintf(out, size, "%s %.*s", kind, text, v->as.text.data ? v->as.text.data : "");
    case KN_KIND_BYTES:
        return snprintf(out, size, "%s [%zu]", kind, v->as.bytes.size);
    case KN_KIND_DATE:
        return snprintf(out, size, "%s %" PRId32, kind, v->as.date.days);
    default:
        return snprintf(out, size, "%s ?", kind);
    }
}

void fake_values_print(const kn_value *values, size_t count, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && at + 1 < size; i++) {
        if (i)
            out[at++] = '|';
        out[at] = '\0';
        int printed = print_value(&values[i], out + at, size - at);
        at = printed < 0 || (size_t)printed >= size - at ? size - 1 : at + (size_t)printed;
    }
}
