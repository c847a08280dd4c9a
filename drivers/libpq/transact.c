/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "libpq_driver.h"

#define VERB_MAX 300

bool lp_in_transaction(void *connection)
{
    const lp_connection *c = connection;
    switch (PQtransactionStatus(c->pg)) {
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR:
        return true;
    case PQTRANS_ACTIVE:
        return c->inside;
    default:
        return false;
    }
}

static kn_status write_verb(kn_transact_verb verb, uint32_t access, const char *name, char out[VERB_MAX],
                            kn_error *error)
{
    static const char *const texts[] = {
        [KN_TRANSACT_BEGIN] = "BEGIN READ WRITE", [KN_TRANSACT_COMMIT] = "COMMIT",
        [KN_TRANSACT_ROLLBACK] = "ROLLBACK",      [KN_TRANSACT_SAVEPOINT] = "SAVEPOINT ",
        [KN_TRANSACT_RELEASE] = "RELEASE ",       [KN_TRANSACT_ROLLBACK_TO] = "ROLLBACK TO ",
    };
    if ((size_t)verb >= KN_COUNT_OF(texts) || !texts[verb])
        return knp_error_set(error, KN_INVALID, "transaction verb %d is not known", (int)verb);
    const char *text = verb == KN_TRANSACT_BEGIN && access ? "BEGIN READ ONLY" : texts[verb];
    int size = snprintf(out, VERB_MAX, "%s%s", text, verb >= KN_TRANSACT_SAVEPOINT ? name : "");
    return size < VERB_MAX ? KN_OK : knp_error_set(error, KN_TOO_LONG, "the name of a savepoint is too long");
}

static kn_status refuse_aborted(const lp_connection *c, kn_error *error)
{
    knp_error_set(error, KN_NOT_IN_TRANSACTION, "a failure has ended this transaction: roll back, then start over");
    if (error) {
        error->retry = c->aborted;
        error->commit = KN_COMMIT_NOT;
    }
    return KN_NOT_IN_TRANSACTION;
}

/* The server answers the COMMIT of a transaction that has failed with a rollback, and calls it a success. */
static kn_status check_commit(const lp_connection *c, kn_error *error)
{
    return strcmp(c->last_word, "COMMIT") == 0 ? KN_OK : refuse_aborted(c, error);
}

static kn_status start(lp_connection *c, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                       kn_error *error)
{
    char sql[VERB_MAX];
    kn_status status = lp_check_link(c, error);
    if (!status && c->open)
        status = knp_error_set(error, KN_STATE, "close the open result first");
    if (!status)
        status = write_verb(verb, access, name, sql, error);
    if (status)
        return status;
    bool undoes = verb == KN_TRANSACT_ROLLBACK || verb == KN_TRANSACT_ROLLBACK_TO;
    lp_begin(c, verb == KN_TRANSACT_COMMIT ? LP_COMMITTING : undoes ? LP_UNDOING : LP_ASKING, wait->deadline_us);
    c->last_word[0] = '\0';
    return lp_send(c, sql, error);
}

kn_status lp_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error)
{
    lp_connection *c = connection;
    kn_wait none = {.fd = -1};
    wait = wait ? wait : &none;
    kn_status status = KN_OK;
    if (!c->stage)
        status = start(c, verb, access, name, wait, error);
    if (!status) {
        c->stage = 1;
        status = lp_drain(c, wait, error);
    }
    if (status == KN_WAIT)
        return status;
    c->stage = 0;
    lp_done(c);
    if (!status && c->failure)
        status = lp_fail(c, NULL, error);
    if (!status && verb == KN_TRANSACT_COMMIT)
        status = check_commit(c, error);
    return status;
}
