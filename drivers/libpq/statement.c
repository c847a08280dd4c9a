/* SPDX-License-Identifier: MIT */
/* Prepared statements and their names on the server.
 *
 * A name is used by this connection alone, also where a proxy lets many connections use one session: then the server
 * may say that it does not know a name, but never runs the statement of somebody else. When it says so and nothing that
 * ran here can have dropped the name, there is such a proxy, and this connection uses no names any more (prepare=auto).
 * The server says it before anything has run. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "libpq_driver.h"

/* So many names are dropped at a time, by one command. */
#define DROPPED_AT_ONCE 16
/* The server's limit of a list, of which the question of COPY wants one more. */
#define COLUMNS_MAX 1664

void lp_statement_name(const lp_connection *c, uint64_t number, char out[LP_NAME_SIZE])
{
    snprintf(out, LP_NAME_SIZE, "kn%llx_%llu", (unsigned long long)c->tag, (unsigned long long)number);
}

/* Cannot fail: there is room since the name was made. */
void lp_statement_drop(lp_statement *s)
{
    lp_connection *c = s->connection;
    if (!s->number)
        return;
    c->dropped[c->n_dropped++] = s->number;
    c->n_named--;
    s->number = 0;
}

static kn_status reserve_drop(lp_connection *c, kn_error *error)
{
    size_t need = c->n_dropped + c->n_named + 1, room = c->room_dropped ? c->room_dropped : 16;
    while (room < need)
        room *= 2;
    if (room == c->room_dropped)
        return KN_OK;
    uint64_t *grown = lp_resize(c->allocator, c->dropped, c->room_dropped * sizeof *grown, room * sizeof *grown);
    if (!grown)
        return lp_no_memory(error);
    c->dropped = grown;
    c->room_dropped = room;
    return KN_OK;
}

/* Not in a transaction: a name that somebody has dropped himself would end it. */
static bool drops_names(const lp_connection *c)
{
    return c->n_dropped >= DROPPED_AT_ONCE && !c->inside && !c->shares;
}

static kn_status send_drops(lp_connection *c, kn_error *error)
{
    char sql[DROPPED_AT_ONCE * (LP_NAME_SIZE + 16)], name[LP_NAME_SIZE];
    size_t size = 0;
    for (int i = 0; i < DROPPED_AT_ONCE; i++) {
        lp_statement_name(c, c->dropped[--c->n_dropped], name);
        size += (size_t)snprintf(sql + size, sizeof sql - size, "DEALLOCATE %s;", name);
    }
    return lp_send(c, sql, error);
}

static kn_status send_prepare(lp_statement *s, kn_error *error)
{
    lp_connection *c = s->connection;
    lp_statement_drop(s);
    kn_status status = reserve_drop(c, error);
    if (status)
        return status;
    lp_statement_name(c, ++c->last_number, s->name);
    if (!PQsendPrepare(c->pg, s->name, s->sql, s->n_parameters, s->oids))
        return lp_lost(c, error);
    return KN_OK;
}

static kn_status end_prepare(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = lp_drain(c, wait, error);
    if (status)
        return status;
    if (c->failure)
        return lp_fail(c, s->sql, error);
    s->number = c->last_number;
    c->n_named++;
    return KN_OK;
}

kn_status lp_statement_prepare(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = KN_OK;
    if (s->stage == LP_AT_REST && drops_names(c)) {
        status = send_drops(c, error);
        s->stage = LP_DROPPING;
    }
    if (!status && s->stage == LP_DROPPING) {
        status = lp_drain(c, wait, error);
        if (status == KN_WAIT)
            return status;
        PQclear(c->failure); /* somebody else has dropped one of them */
        c->failure = NULL;
        s->stage = LP_AT_REST;
    }
    if (!status && s->stage == LP_AT_REST) {
        status = send_prepare(s, error);
        s->stage = LP_PREPARING;
    }
    if (!status)
        status = end_prepare(s, wait, error);
    if (status != KN_WAIT)
        s->stage = LP_AT_REST;
    return status;
}

/* One block for everything whose size is known now. */
static kn_status make_block(lp_statement *s, const kn_prepare_request *request, kn_error *error)
{
    size_t n = request->n_parameters, columns = request->columns ? request->n_columns : 0;
    size_t each = sizeof *s->fixed + sizeof *s->values + sizeof *s->lengths + sizeof *s->formats + sizeof *s->oids +
                  sizeof *s->types + sizeof *s->kinds;
    if (request->sql.size >= INT_MAX || n > UINT16_MAX || columns > UINT16_MAX)
        return knp_error_set(error, KN_LIMIT, "a statement of %zu bytes and %zu parameters", request->sql.size, n);
    s->block_size = each * n + columns * sizeof *s->scales + request->sql.size + 1;
    s->block = lp_resize(s->connection->allocator, NULL, 0, s->block_size);
    if (!s->block) {
        s->block_size = 0;
        return lp_no_memory(error);
    }
    memset(s->block, 0, s->block_size);
    s->fixed = s->block;
    s->values = (void *)(s->fixed + n);
    s->lengths = (void *)(s->values + n);
    s->formats = s->lengths + n;
    s->oids = (void *)(s->formats + n);
    s->types = (void *)(s->oids + n);
    s->kinds = s->types + n;
    s->scales = s->kinds + n;
    s->sql = (void *)(s->scales + columns);
    memcpy(s->sql, request->sql.data, request->sql.size);
    s->sql_size = request->sql.size;
    s->n_parameters = (int)n;
    s->n_scales = (int)columns;
    return KN_OK;
}

static void set_types(lp_statement *s, const kn_prepare_request *request)
{
    for (int i = 0; i < s->n_parameters; i++) {
        const kn_type *type = request->parameters ? request->parameters[i] : NULL;
        s->types[i] = type ? type->id : 0;
        s->oids[i] = lp_oid_of_type(s->types[i]);
        s->untyped = s->untyped || !s->types[i];
    }
}

static void set_scales(lp_statement *s, const kn_prepare_request *request)
{
    for (int i = 0; i < s->n_scales; i++) {
        const kn_type *type = request->columns[i];
        s->scales[i] = type && type->id == KN_TYPE_NUMERIC ? type->scale : LP_NO_SCALE;
    }
}

static kn_status create(lp_connection *c, const kn_prepare_request *request, lp_statement **out, kn_error *error)
{
    lp_statement *s = lp_resize(c->allocator, NULL, 0, sizeof *s);
    if (!s)
        return lp_no_memory(error);
    *s = (lp_statement){.connection = c};
    s->streams = request->rows_most != 1;
    s->copies = request->size_ >= sizeof *request && request->large && !request->n_parameters && request->n_columns &&
                request->n_columns < COLUMNS_MAX;
    s->copy.n_columns = s->copies ? (int)request->n_columns : 0;
    lp_put16(s->copy.count, (uint16_t)s->copy.n_columns);
    s->named = c->policy == LP_PREPARE_ALWAYS || (c->policy == LP_PREPARE_AUTO && !request->once);
    s->alters = lp_sql_alters(request->sql.data, request->sql.size);
    kn_status status = make_block(s, request, error);
    if (status) {
        lp_finish(s);
        return status;
    }
    set_types(s, request);
    set_scales(s, request);
    *out = s;
    return KN_OK;
}

static kn_status start_prepare(lp_connection *c, const kn_prepare_request *request, kn_wait *wait, kn_error *error)
{
    kn_status status = lp_check_link(c, error);
    if (!status && c->open)
        status = knp_error_set(error, KN_STATE, "another result is open on this connection; close it first");
    if (!status)
        status = create(c, request, &c->preparing, error);
    if (!status)
        lp_begin(c, LP_ASKING, wait->deadline_us);
    return status;
}

/* Where a parameter's type will only be seen by its value, or the statement has no name, it is prepared when it is
 * executed. */
kn_status lp_prepare(void *connection, const kn_prepare_request *request, void **statement, kn_wait *wait,
                     kn_error *error)
{
    lp_connection *c = connection;
    kn_wait none = {.fd = -1};
    wait = wait ? wait : &none;
    kn_status status = KN_OK;
    if (!c->preparing)
        status = start_prepare(c, request, wait, error);
    lp_statement *s = c->preparing;
    if (!status && lp_is_named(s) && s->copies)
        status = lp_copy_ask(s, wait, error);
    if (!status && lp_is_named(s) && !s->untyped && !s->copies)
        status = lp_statement_prepare(s, wait, error);
    if (status == KN_WAIT)
        return status;
    c->preparing = NULL;
    if (s)
        lp_done(c);
    if (status)
        lp_finish(s);
    else
        *statement = s;
    return status;
}

void lp_finish(void *statement)
{
    lp_statement *s = statement;
    if (!s)
        return;
    lp_connection *c = s->connection;
    const kn_allocator *allocator = c->allocator;
    if (c->open == s || c->preparing == s) { /* given up: nothing else can be told from what is still to come */
        c->open = NULL;
        c->preparing = NULL;
        c->dead = true;
    }
    lp_statement_drop(s);
    lp_clear(s);
    lp_copy_finish(s);
    lp_resize(allocator, s->block, s->block_size, 0);
    lp_resize(allocator, s->scratch, s->scratch_room, 0);
    lp_resize(allocator, s->columns, s->room_columns * sizeof *s->columns, 0);
    lp_resize(allocator, s->row_scratch, s->row_room, 0);
    lp_resize(allocator, s, sizeof *s, 0);
}
