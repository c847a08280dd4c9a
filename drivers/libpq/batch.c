/* SPDX-License-Identifier: MIT */
/* Many sets of values for one statement, in pipeline mode: sets are sent while the answers to those before them arrive.
 * What is unsent and unanswered is bounded, and answers are read also while something is to be sent, so that neither
 * side waits for the other with full buffers. Behind a set that fails the server passes over all others.
 *
 * WHOLE. A savepoint is set before the sets and released behind them in the same pipeline: one exchange. It is released
 * before the driver has seen what the sets gave, so the statement must be known to give no rows, and prepared. After a
 * failure only a savepoint that stands is gone back to: where there is none, that would end the transaction. */
#include "libpq_driver.h"

#define SETS_UNANSWERED 512
#define SETS_ASKED 128 /* answers are asked for once so many sets: the server keeps them until its buffer is full */
#define BYTES_QUEUED 65536
#define MARK "koine_batch"
#define TAKE_BACK_US INT64_C(2000000) /* that long at least may it take */

static void stop(lp_batch *b)
{
    b->stopped = true;
}

static void count_queued(lp_statement *s)
{
    size_t size = 64;
    for (int i = 0; i < s->n_parameters; i++)
        size += 16 + (size_t)s->lengths[i];
    s->batch.queued += size;
}

static const kn_object_rows *objects_of(const kn_execute_request *request)
{
    return request->size_ > offsetof(kn_execute_request, objects) ? request->objects : NULL;
}

/* A value that cannot be sent ends the batch as a failure of the server would. */
static kn_status queue_set(lp_statement *s, const kn_execute_request *request, size_t count, kn_error *error)
{
    PGconn *pg = s->connection->pg;
    lp_batch *b = &s->batch;
    bool changed = false;
    if (!b->encoded)
        b->refused = lp_encode(s, request->values + b->next * request->n_values, request->n_values, &changed, error);
    if (b->refused) {
        b->failed = b->next;
        stop(b);
        return KN_OK;
    }
    if (!PQsendQueryPrepared(pg, lp_is_named(s) ? s->name : "", s->n_parameters, (const char *const *)s->values,
                             s->lengths, s->formats, 1))
        return lp_lost(s->connection, error);
    b->next++;
    if (b->next < count)
        count_queued(s);
    if (b->next - b->asked < SETS_ASKED)
        return KN_OK;
    b->asked = b->next;
    return PQsendFlushRequest(pg) ? KN_OK : lp_lost(s->connection, error);
}

static bool may_queue(const lp_batch *b, size_t count)
{
    return !b->stopped && b->next < count && b->next - b->answered < SETS_UNANSWERED && b->queued < BYTES_QUEUED;
}

static bool queue_word(PGconn *pg, const char *sql)
{
    return PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static kn_status queue_sets(lp_statement *s, const kn_execute_request *request, size_t count, kn_error *error)
{
    lp_batch *b = &s->batch;
    kn_status status = KN_OK;
    while (!status && may_queue(b, count))
        status = queue_set(s, request, count, error);
    if (status || b->synced || (!b->stopped && b->next < count))
        return status;
    b->synced = true;
    if (b->whole && !b->stopped && !queue_word(s->connection->pg, "RELEASE " MARK))
        return lp_lost(s->connection, error);
    return PQpipelineSync(s->connection->pg) ? KN_OK : lp_lost(s->connection, error);
}

static void fail(lp_statement *s, kn_status status, const char *why, kn_error *error)
{
    lp_batch *b = &s->batch;
    stop(b);
    if (b->refused || s->connection->failure)
        return;
    b->failed = b->answered;
    b->refused = knp_error_set(error, status, "%s", why);
}

static void note_failure(lp_statement *s, PGresult *result)
{
    lp_connection *c = s->connection;
    stop(&s->batch);
    if (c->failure) {
        PQclear(result);
        return;
    }
    c->failure = result; /* comes before what the driver refused behind it */
    s->batch.failed = s->batch.whole && !s->batch.stands ? SIZE_MAX : s->batch.answered;
    s->batch.refused = KN_OK;
}

/* *ended: this was the last of all. */
static kn_status note_answer(lp_statement *s, PGresult *result, bool *ended, kn_error *error)
{
    lp_batch *b = &s->batch;
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
        b->stands = b->leading || b->answered < b->next; /* what follows them is RELEASE */
        s->connection->answered = b->synced && !b->leading && b->answered + 1 >= b->next;
        b->changed += lp_count_changed(PQcmdStatus(result));
        break;
    case PGRES_PIPELINE_SYNC:
        *ended = true;
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    case PGRES_TUPLES_OK:
        s->rowless = false;
        fail(s, KN_INVALID, "the statement gives rows", error);
        break;
    case PGRES_EMPTY_QUERY:
        fail(s, KN_SYNTAX, "the SQL text holds no statement", error);
        break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        PQclear(result);
        s->connection->dead = true;
        return knp_error_set(error, KN_UNSUPPORTED, "COPY to the client is no statement: the connection is given up");
    default:
        note_failure(s, result);
        return KN_OK;
    }
    PQclear(result);
    return KN_OK;
}

/* After each answer comes a NULL, but not after the last one. */
static void note_end_of_answer(lp_batch *b)
{
    if (b->leading)
        b->leading--;
    else
        b->answered++;
}

/* The server's last words say why. */
static kn_status lost(lp_statement *s, kn_error *error)
{
    lp_connection *c = s->connection;
    c->dead = true;
    return c->failure ? lp_fail_execute(s, error) : lp_lost(c, error);
}

/* What was read before the link ended counts. */
static kn_status take_answers(lp_statement *s, bool *ended, kn_error *error)
{
    lp_connection *c = s->connection;
    lp_batch *b = &s->batch;
    kn_status status = KN_OK;
    bool nothing = false;
    while (!status && !*ended && !PQisBusy(c->pg) && (b->synced || b->leading || b->answered < b->next)) {
        PGresult *result = PQgetResult(c->pg);
        if (result)
            status = note_answer(s, result, ended, error);
        else if (nothing && PQstatus(c->pg) != CONNECTION_OK)
            break;
        else
            note_end_of_answer(b);
        nothing = !result;
    }
    return !status && PQstatus(c->pg) != CONNECTION_OK ? lost(s, error) : status;
}

static kn_status pipe_sets(lp_statement *s, const kn_execute_request *request, size_t count, kn_wait *wait,
                           kn_error *error)
{
    lp_connection *c = s->connection;
    lp_batch *b = &s->batch;
    for (bool ended = false;;) {
        kn_status status = queue_sets(s, request, count, error);
        int unsent = status ? 0 : PQflush(c->pg);
        if (!status && unsent < 0)
            status = lost(s, error);
        if (!unsent)
            b->queued = 0;
        if (!status)
            status = take_answers(s, &ended, error);
        if (status || ended)
            return status;
        if (may_queue(b, count) || (b->stopped && !b->synced))
            continue;
        status = lp_wait(c, KN_WAIT_READ | (unsent ? KN_WAIT_WRITE : 0u), wait, error);
        if (status)
            return status;
        if (!PQconsumeInput(c->pg) && PQisBusy(c->pg))
            return lost(s, error);
    }
}

/* A statement without a name is prepared as the unnamed one, for this batch. */
static kn_status enter(lp_statement *s, kn_error *error)
{
    PGconn *pg = s->connection->pg;
    if (!PQenterPipelineMode(pg))
        return lp_lost(s->connection, error);
    s->stage = LP_PIPING;
    s->batch.leading = (uint8_t)(s->batch.whole + !lp_is_named(s));
    if (s->batch.whole && !queue_word(pg, "SAVEPOINT " MARK))
        return lp_lost(s->connection, error);
    if (lp_is_named(s) || PQsendPrepare(pg, "", s->sql, s->n_parameters, s->oids))
        return KN_OK;
    return lp_lost(s->connection, error);
}

/* All answers are there; a cancel may still be on its way. */
static kn_status leave(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    if (s->stage == LP_PIPING && !PQexitPipelineMode(c->pg))
        return lp_lost(c, error);
    s->stage = LP_ENDING;
    kn_status status = lp_drain(c, wait, error);
    if (status)
        return status;
    return c->failure ? lp_fail_execute(s, error) : s->batch.refused;
}

/* Unless the link is lost, what it returns is why the batch failed. */
static kn_status take_back(lp_statement *s, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = lp_drain(c, wait, error);
    if (!status && c->failure && PQstatus(c->pg) != CONNECTION_OK)
        status = lp_fail(c, NULL, error);
    return status ? status : s->batch.refused;
}

static kn_status start_take_back(lp_statement *s, int64_t deadline_us, kn_status why, kn_wait *wait, kn_error *error)
{
    lp_connection *c = s->connection;
    int64_t least_us = lp_now_us() + TAKE_BACK_US;
    lp_done(c);
    if (c->dead || !lp_in_transaction(c))
        return why;
    lp_begin(c, LP_UNDOING, deadline_us && deadline_us < least_us ? least_us : deadline_us);
    s->batch.refused = why;
    s->stage = LP_TAKING_BACK;
    kn_status status = lp_send(c, "ROLLBACK TO " MARK "; RELEASE " MARK, error);
    return status ? status : take_back(s, wait, error);
}

static kn_status step(lp_statement *s, const kn_execute_request *request, size_t count, kn_wait *wait, kn_error *error)
{
    kn_status status = KN_OK;
    if (s->stage == LP_TAKING_BACK)
        return take_back(s, wait, error);
    if (s->stage == LP_DROPPING || s->stage == LP_PREPARING || (s->stage == LP_AT_REST && lp_is_named(s) && !s->number))
        status = lp_statement_prepare(s, wait, error);
    if (!status && s->stage == LP_AT_REST)
        status = enter(s, error);
    if (!status && s->stage == LP_PIPING)
        status = pipe_sets(s, request, count, wait, error);
    if (!status)
        status = leave(s, wait, error);
    if (!status || status == KN_WAIT || !s->batch.whole || !s->batch.stands)
        return status;
    return start_take_back(s, request->deadline_us, status, wait, error);
}

/* A single set is encoded before it is known whether something has to be prepared, and looked at only once. */
static kn_status choose_types(lp_statement *s, const kn_execute_request *request, size_t count, size_t *failed,
                              kn_error *error)
{
    bool changed = false;
    kn_status status = KN_OK;
    if (objects_of(request))
        status = lp_encode_objects(s, objects_of(request), &changed, error);
    else if (count == 1)
        status = lp_encode(s, request->values, request->n_values, &changed, error);
    else if (!lp_choose_types(s, request->values, count, &changed))
        return knp_error_set(error, KN_UNSUPPORTED, "a parameter has values of several kinds");
    if (changed)
        lp_statement_drop(s);
    if (status && status != KN_UNSUPPORTED)
        *failed = 0;
    return status;
}

static bool wants_whole(const kn_execute_request *request)
{
    return request->size_ > offsetof(kn_execute_request, whole) && request->whole;
}

static kn_status start(lp_statement *s, const kn_execute_request *request, size_t count, size_t *failed,
                       kn_error *error)
{
    lp_connection *c = s->connection;
    kn_status status = lp_check_start(s, request, error);
    if (!status && request->n_values != (size_t)s->n_parameters)
        status = knp_error_set(error, KN_INVALID, "the statement has %d parameters, %zu values were given",
                               s->n_parameters, request->n_values);
    if (status) {
        *failed = 0;
        return status;
    }
    status = choose_types(s, request, count, failed, error);
    if (!status && wants_whole(request) && !(s->rowless && (s->number || !lp_is_named(s))))
        status = knp_error_set(error, KN_UNSUPPORTED, "whether the statement gives rows is not known yet");
    if (status)
        return status;
    s->batch = (lp_batch){.whole = wants_whole(request), .encoded = count == 1};
    lp_note_alters(s);
    lp_begin(c, LP_EXECUTING, request->deadline_us);
    c->preparing = s; /* until this step is over */
    return KN_OK;
}

kn_status lp_execute_many(void *statement, const kn_execute_request *request, size_t count, kn_outcome *outcome,
                          size_t *failed, kn_wait *wait, kn_error *error)
{
    lp_statement *s = statement;
    lp_connection *c = s->connection;
    kn_wait none = {.fd = -1};
    kn_status status = KN_OK;
    if (c->preparing != s)
        status = start(s, request, count, failed, error);
    if (status)
        return status;
    status = step(s, request, count, wait ? wait : &none, error);
    if (status == KN_WAIT)
        return status;
    c->preparing = NULL;
    s->stage = LP_AT_REST;
    lp_done(c);
    if (status)
        *failed = s->batch.failed < count ? s->batch.failed : SIZE_MAX;
    else
        s->rowless = true;
    outcome->changed = s->batch.changed;
    outcome->last_key = 0;
    outcome->n_columns = 0;
    return status;
}
