/* SPDX-License-Identifier: MIT */
/* KILL QUERY over a link of its own: at a deadline, and for a cancel. */
#include <stdio.h>

#include "mysql_driver.h"

/* md_killer.stage */
enum { NOT_BEGUN, DIALLING, ASKING };

void md_kill_begin(md_killer *k, md_connection *c, int64_t deadline_us)
{
    k->connection = c;
    k->deadline_us = deadline_us;
    k->stage = NOT_BEGUN;
}

static kn_status ask(md_killer *k, bool blocking)
{
    int size = snprintf(k->sql, sizeof k->sql, "KILL QUERY %lu", k->connection->thread_id);
    k->call.sql = k->sql;
    k->call.sql_size = (size_t)size;
    k->stage = ASKING;
    md_call_start(&k->call, MD_CALL_QUERY, !blocking || k->deadline_us);
    return KN_OK;
}

static kn_status go(md_killer *k, bool blocking, kn_wait *wait, kn_error *error)
{
    md_connection *c = k->connection;
    if (k->stage == NOT_BEGUN) {
        k->stage = DIALLING;
        MD_TRY(md_dial(c, &k->call, blocking, k->deadline_us, error));
    }
    kn_status status = md_call_go(&k->call, blocking, k->deadline_us, wait);
    if (status == KN_OK && k->stage == DIALLING) {
        MD_TRY(md_dial_end(c, &k->call, error));
        MD_TRY(ask(k, blocking));
        status = md_call_go(&k->call, blocking, k->deadline_us, wait);
    }
    if (status == KN_TIMEOUT)
        return knp_error_set(error, KN_TIMEOUT, "the deadline passed before the server took the cancel");
    return status == KN_OK && k->call.failed ? md_fail(c, k->call.mysql, MD_EXECUTING, error) : status;
}

void md_kill_end(md_killer *k)
{
    md_call_cut(&k->call);
    md_close_link(k->call.mysql, k->call.tls);
    k->call.mysql = NULL;
}

kn_status md_kill_go(md_killer *k, bool blocking, kn_wait *wait, kn_error *error)
{
    kn_status status = go(k, blocking, wait, error);
    if (status != KN_WAIT)
        md_kill_end(k);
    return status;
}

kn_status md_cancel_create(void *connection, void **cancel, kn_error *error)
{
    md_connection *c = connection;
    md_cancel *k = md_resize(c->allocator, NULL, 0, sizeof *k);
    if (!k)
        return knp_error_set(error, KN_NOMEM, "no memory for a cancel");
    *k = (md_cancel){.connection = c};
    *cancel = k;
    return KN_OK;
}

/* One that the server had before it read the statement is lost, so that what was cancelled may be so again. */
static bool claim(md_cancel *k)
{
    atomic_int *activity = &k->connection->activity;
    k->before = MD_RUNNING;
    if (atomic_compare_exchange_strong(activity, &k->before, MD_CANCELLING))
        return true;
    return k->before == MD_CANCELLED && !atomic_load(&k->connection->leaves) &&
           atomic_compare_exchange_strong(activity, &k->before, MD_CANCELLING);
}

static void note(md_cancel *k, kn_status status)
{
    atomic_store(&k->connection->activity, status == KN_OK ? MD_CANCELLED : k->before);
}

/* The owner waits for the mutex. */
static kn_status send_now(md_cancel *k, int64_t deadline_us, kn_error *error)
{
    md_connection *c = k->connection;
    kn_status status = KN_OK;
    pthread_mutex_lock(&c->kill);
    if (claim(k)) {
        md_kill_begin(&k->killer, c, deadline_us);
        status = md_kill_go(&k->killer, true, NULL, error);
        note(k, status);
    }
    pthread_mutex_unlock(&c->kill);
    return status;
}

kn_status md_cancel_send(void *cancel, kn_wait *wait, kn_error *error)
{
    md_cancel *k = cancel;
    md_connection *c = k->connection;
    if (c->blocking)
        return send_now(k, wait ? wait->deadline_us : 0, error);
    if (!k->sends) {
        if (!claim(k))
            return KN_OK;
        md_kill_begin(&k->killer, c, wait->deadline_us);
        k->sends = true;
    }
    kn_status status = md_kill_go(&k->killer, false, wait, error);
    if (status == KN_WAIT)
        return status;
    k->sends = false;
    note(k, status);
    return status;
}

/* One that was on its way may have been taken. */
void md_cancel_destroy(void *cancel)
{
    md_cancel *k = cancel;
    if (k->sends) {
        md_kill_end(&k->killer);
        note(k, KN_OK);
    }
    md_resize(k->connection->allocator, k, sizeof *k, 0);
}
