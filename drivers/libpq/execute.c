/* SPDX-License-Identifier: MIT */
/* Executing, and taking the rows: one by one as they arrive, so that memory does not grow with their number, or all at
 * once where there are few: libpq makes a result of each row that it streams. */
#include <string.h>

#include "libpq_driver.h"

kn_status lp_check_start(const lp_statement *s, const kn_execute_request *request, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = lp_check_link(c, error);
    if (status)
        return status;
    if (c->open)
        return knp_error_set(error, KN_STATE, "another result is open on this connection; close it first");
    if (request->deadline_us && lp_now_us() >= request->deadline_us)
        return knp_error_set(error, KN_TIMEOUT, "the deadline had passed before the statement started");
    return KN_OK;
}

void lp_clear(lp_statement *s)
{
    PQclear(s->result);
    s->result = NULL;
    if (s->names)
        PQclear(s->names);
    s->names = NULL;
}

static kn_status start(lp_statement *s, const kn_execute_request *request, kn_error *error)
{
    lp_connection *c = s->connection;
    bool changed = false;
    kn_status status = lp_check_start(s, request, error);
    if (!status)
        status = lp_encode(s, request->values, request->n_values, &changed, error);
    if (status)
        return status;
    if (changed)
        lp_statement_drop(s);
    lp_clear(s);
    s->changed = 0;
    s->n_columns = s->n_rows = 0;
    s->row = -1;
    s->retried = s->copying = false;
    s->state = LP_ENDED;
    lp_note_alters(s);
    lp_begin(c, LP_EXECUTING, request->deadline_us);
    return KN_OK;
}

static kn_status send_query(lp_statement *s, kn_error *error)
{
    PGconn *pg = s->connection->pg;
    const char *const *values = s->values;
    int sent;
    if (lp_is_named(s)) {
        sent = PQsendQueryPrepared(pg, s->name, s->n_parameters, values, s->lengths, s->formats, 1);
    } else {
        sent = PQsendQueryParams(pg, s->sql, s->n_parameters, s->oids, values, s->lengths, s->formats, 1);
    }
    if (!sent || (s->streams && !PQsetSingleRowMode(pg)))
        return lp_lost(s->connection, error);
    s->connection->sent = true;
    s->stage = LP_SENT;
    return KN_OK;
}

int64_t lp_count_changed(const char *tag)
{
    int64_t n = 0;
    if (*tag == 'S') /* of these only SELECT has a number */
        return 0;
    if (tag[0] == 'I' && tag[1] == 'N') /* the oid is behind it, then the number */
        tag += sizeof "INSERT 0" - 1;
    while (*tag >= 'A')
        tag++;
    for (; *tag; tag++) {
        bool digit = *tag >= '0' && *tag <= '9';
        n = digit ? n * 10 + (*tag - '0') : 0;
    }
    return n;
}

/* The last result of the command. */
static void note_end(lp_statement *s, PGresult *result)
{
    s->connection->answered = true;
    s->changed = lp_count_changed(PQcmdStatus(result));
    s->state = LP_LAST;
    if (PQresultStatus(result) != PGRES_TUPLES_OK || s->result) {
        PQclear(result);
        return;
    }
    s->result = result; /* it knows the columns' names */
    s->n_rows = PQntuples(result);
}

static kn_status take_first(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    PGresult *result = NULL;
    kn_status status = lp_take(c, &result, wait, error);
    if (status)
        return status;
    if (!result)
        return lp_lost(c, error);
    ExecStatusType kind = PQresultStatus(result);
    s->rowless = kind == PGRES_COMMAND_OK;
    if (kind != PGRES_TUPLES_OK && lp_is_failure(result)) {
        c->failure = result;
    } else if (kind == PGRES_EMPTY_QUERY) {
        PQclear(result);
        s->changed = -1;
    } else {
        s->n_columns = PQnfields(result);
        status = s->n_columns && !lp_is_described(s) ? lp_describe(s, result, error) : KN_OK;
        if (!status && kind == PGRES_SINGLE_TUPLE) {
            s->result = result;
            s->n_rows = 1;
            s->state = LP_STREAMING;
            s->stage = LP_AT_REST;
            c->open = s;
            return KN_OK;
        }
        note_end(s, result);
        if (status) { /* out of memory: the rows are let go of */
            s->n_columns = -1;
            s->state = LP_ENDED;
        }
    }
    s->stage = LP_ENDING;
    return KN_OK;
}

static const char *field(const lp_connection *c, int code)
{
    const char *text = c->failure ? PQresultErrorField(c->failure, code) : NULL;
    return text ? text : "";
}

/* The server does not know the name. It says the same of names that a function uses, but those are others. */
static bool is_gone(const lp_statement *s)
{
    const lp_connection *c = s->connection;
    return lp_is_named(s) && s->number && strcmp(field(c, PG_DIAG_SQLSTATE), "26000") == 0 &&
           strstr(field(c, PG_DIAG_MESSAGE_PRIMARY), s->name);
}

/* The plan was made for tables that have changed since: the columns would be others. Not one within a function. */
static bool is_outdated(const lp_statement *s)
{
    const lp_connection *c = s->connection;
    if (s->copies)
        return lp_copy_is_outdated(s);
    return lp_is_named(s) && strcmp(field(c, PG_DIAG_SQLSTATE), "0A000") == 0 && !*field(c, PG_DIAG_CONTEXT) &&
           strcmp(field(c, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") == 0;
}

static void note_gone(lp_statement *s)
{
    lp_connection *c = s->connection;
    if (c->policy == LP_PREPARE_AUTO && (!c->discards || s->was_gone))
        c->shares = true;
    s->was_gone = true;
}

static kn_status fail(lp_statement *s, kn_error *error)
{
    return s->copies ? lp_copy_fail(s, error) : lp_fail(s->connection, s->sql, error);
}

/* Nothing has run: both are said before. */
static kn_status refuse_stale(lp_statement *s, bool gone, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_error said = {0};
    fail(s, &said);
    knp_error_set(error, KN_SERVER_STATE, "%s; it will be prepared anew",
                  gone ? "the server does not know this prepared statement: sessions were discarded, or a proxy shares "
                         "them (see the option prepare=never)"
                       : "the columns of this prepared statement have changed");
    if (error) {
        memcpy(error->sqlstate, said.sqlstate, sizeof error->sqlstate);
        error->commit = said.commit;
        error->retry = c->inside ? KN_RETRY_TRANSACTION : KN_RETRY_STATEMENT;
    }
    return KN_SERVER_STATE;
}

static void drop_stale(lp_statement *s)
{
    if (s->copies)
        lp_copy_forget(s);
    else
        lp_statement_drop(s);
}

kn_status lp_fail_execute(lp_statement *s, kn_error *error)
{
    bool gone = is_gone(s);
    if (!gone && !is_outdated(s))
        return fail(s, error);
    if (gone)
        note_gone(s);
    kn_status status = refuse_stale(s, gone, error);
    drop_stale(s);
    return status;
}

/* Once more, where that loses nothing: what is stale was seen before anything ran. */
static bool is_renewed(lp_statement *s)
{
    lp_connection *c = s->connection;
    bool gone = c->failure && is_gone(s), retried = s->retried;
    if (!c->failure || c->inside || PQstatus(c->pg) != CONNECTION_OK || (!gone && !is_outdated(s)))
        return false;
    if (gone)
        note_gone(s);
    if (retried && lp_is_named(s) && !s->copies)
        return false;
    s->retried = true;
    drop_stale(s);
    s->copies = s->copies && !retried;
    PQclear(c->failure);
    c->failure = NULL;
    return true;
}

/* Were all rows there? */
static kn_status check_end(lp_statement *s, kn_error *error)
{
    return s->copying && s->copy.part != LP_COPY_MARKED ? lp_copy_refuse(s, error) : KN_OK;
}

static kn_status end_execute(lp_statement *s, bool *again, kn_error *error)
{
    *again = is_renewed(s);
    if (*again)
        return KN_OK;
    if (s->connection->failure)
        return lp_fail_execute(s, error);
    if (s->n_columns < 0)
        return lp_no_memory(error);
    if (s->copying)
        return check_end(s, error);
    return s->changed < 0 ? knp_error_set(error, KN_SYNTAX, "the SQL text holds no statement") : KN_OK;
}

/* Up to the first row, or the end or failure of the command (LP_ENDING). */
static kn_status run(lp_statement *s, kn_wait *wait, kn_error *error)
{
    kn_status status = s->copies ? lp_copy_start(s, wait, error) : KN_OK;
    if (status || s->copies)
        return status;
    if (s->stage == LP_DROPPING || s->stage == LP_PREPARING || (s->stage == LP_AT_REST && lp_is_named(s) && !s->number))
        status = lp_statement_prepare(s, wait, error);
    if (!status && s->stage == LP_AT_REST)
        status = send_query(s, error);
    return status ? status : take_first(s, wait, error);
}

static kn_status step(lp_statement *s, kn_wait *wait, kn_error *error)
{
    for (bool again = true; again;) {
        again = false;
        kn_status status = s->stage == LP_ENDING ? KN_OK : run(s, wait, error);
        if (status || s->connection->open == s)
            return status;
        status = lp_drain(s->connection, wait, error);
        if (status)
            return status;
        s->stage = LP_AT_REST;
        status = end_execute(s, &again, error);
        if (status)
            return status;
    }
    return KN_OK;
}

kn_status lp_execute(void *statement, const kn_execute_request *request, kn_outcome *outcome, kn_wait *wait,
                     kn_error *error)
{
    lp_statement *s = statement;
    lp_connection *c = s->connection;
    kn_wait none = {.fd = -1};
    bool going = c->preparing == s;
    kn_status status = going ? KN_OK : start(s, request, error);
    if (status)
        return status;
    c->preparing = s; /* until this step is over */
    status = step(s, wait ? wait : &none, error);
    if (status == KN_WAIT)
        return status;
    c->preparing = NULL;
    if (status)
        s->stage = LP_AT_REST;
    if (c->open != s)
        lp_done(c);
    if (status)
        return status;
    outcome->changed = c->open == s ? -1 : s->changed;
    outcome->last_key = 0;
    outcome->n_columns = (size_t)s->n_columns;
    return KN_OK;
}

kn_status lp_end_rows(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = lp_drain(c, wait, error);
    if (status == KN_WAIT)
        return status;
    s->stage = LP_AT_REST;
    s->state = LP_LAST;
    c->open = NULL;
    lp_done(c);
    if (!status)
        status = c->failure ? fail(s, error) : check_end(s, error);
    return status;
}

/* Is the result a row? */
static inline bool take_row(lp_statement *s, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_SINGLE_TUPLE)
        return false;
    if (s->result)
        PQclear(s->result);
    s->result = result;
    s->row = 0;
    return true;
}

/* What came instead of a row: the last result, a failure, or NULL. */
static kn_status take_last(lp_statement *s, PGresult *result, kn_status status, kn_error *error)
{
    lp_connection *c = s->connection;
    if (status || !result) {
        s->state = LP_LAST;
        c->open = NULL;
        lp_done(c);
        return status ? status : lp_lost(c, error);
    }
    if (lp_is_failure(result))
        c->failure = result;
    else
        note_end(s, result);
    s->stage = LP_ENDING;
    return KN_OK;
}

__attribute__((noinline)) static kn_status next_row(lp_statement *s, kn_wait *wait, kn_error *error)
{
    kn_wait none = {.fd = -1};
    PGresult *result = NULL;
    kn_status status = KN_OK;
    wait = wait ? wait : &none;
    if (s->stage != LP_ENDING) {
        status = lp_take(s->connection, &result, wait, error);
        if (status == KN_WAIT)
            return status;
        if (!status && result && take_row(s, result))
            return KN_OK;
        status = take_last(s, result, status, error);
    }
    if (!status)
        status = lp_end_rows(s, wait, error);
    return status ? status : KN_DONE;
}

/* A row that is there already comes without a look at clock and socket. The row before goes first, so that the next one
 * gets its memory; but where it may have to be waited for, the columns' names may be asked for meanwhile. */
__attribute__((noinline)) static kn_status stream_row(lp_statement *s, kn_wait *wait, kn_error *error)
{
    PGconn *pg = s->connection->pg;
    if (s->connection->blocking) {
        PQclear(s->result);
        s->result = NULL;
    }
    if (s->stage != LP_ENDING && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        if (take_row(s, result))
            return KN_OK;
        kn_status status = take_last(s, result, KN_OK, error);
        if (status)
            return status;
    }
    return next_row(s, wait, error);
}

kn_status lp_next(lp_statement *s, kn_wait *wait, kn_error *error)
{
    if (s->row + 1 < s->n_rows) {
        s->row++;
        return KN_OK;
    }
    if (s->state == LP_STREAMING)
        return stream_row(s, wait, error);
    return s->state == LP_LAST ? KN_DONE : knp_error_set(error, KN_STATE, "the statement has no open execution");
}

kn_status lp_end(void *statement, kn_outcome *outcome, kn_wait *wait, kn_error *error)
{
    lp_statement *s = statement;
    kn_status status = KN_OK;
    while (s->connection->open == s && status == KN_OK)
        status = s->copying ? lp_copy_next(s, wait, error) : next_row(s, wait, error);
    if (status == KN_WAIT)
        return status;
    s->state = LP_ENDED;
    s->n_rows = 0;
    if (outcome) {
        outcome->changed = s->changed;
        outcome->last_key = 0;
        outcome->n_columns = (size_t)s->n_columns;
    }
    return status == KN_DONE ? KN_OK : status;
}

const char *lp_column_name(void *statement, size_t column)
{
    lp_statement *s = statement;
    if (s->copying)
        return s->copy.names && column < (size_t)s->n_columns ? PQfname(s->copy.names, (int)column) : NULL;
    if (s->result && !s->names)
        s->names = PQcopyResult(s->result, PG_COPYRES_ATTRS);
    return s->names && column < (size_t)s->n_columns ? PQfname(s->names, (int)column) : NULL;
}
