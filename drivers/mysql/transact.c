/* SPDX-License-Identifier: MIT */
/* Transactions. */
#include <stdio.h>
#include <string.h>

#include "mysql_driver.h"

static bool is_open(const md_connection *c)
{
    return (c->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

bool md_in_transaction(void *connection)
{
    const md_connection *c = connection;
    return md_is_inside(c);
}

kn_status md_check_transaction(const md_connection *c, kn_error *error)
{
    if (c->transaction != MD_ABORTED)
        return KN_OK;
    knp_error_set(error, KN_NOT_IN_TRANSACTION,
                  "a failure has rolled this transaction back: roll back, then start over");
    if (error)
        error->retry = KN_RETRY_TRANSACTION;
    return KN_NOT_IN_TRANSACTION;
}

/* Errors come without the status of the transaction: the ones that end it are known. But GET_LOCK and SIGNAL give the
 * same codes and end nothing, so that ROLLBACK is sent all the same: the next START TRANSACTION would commit. */
bool md_ends_transaction(const md_connection *c, unsigned code)
{
    enum { DEADLOCK = 1213, ROLLED_BACK = 1180, LOCK_TIMEOUT = 1205 };
    return code == DEADLOCK || code == ROLLED_BACK || (code == LOCK_TIMEOUT && c->ends_at_timeout);
}

void md_note_failure(md_connection *c, unsigned code, bool inside)
{
    if (md_is_lost(code))
        c->dead = true;
    if (!md_ends_transaction(c, code))
        return;
    c->mysql->server_status &= ~(unsigned)SERVER_STATUS_IN_TRANS;
    if (inside)
        c->transaction = MD_ABORTED;
}

typedef struct verb_rule {
    const char *words;
    uint8_t phase;
    bool named;
    bool undoes;
    bool aborted; /* has a sense in a transaction that a failure has ended */
} verb_rule;

static const verb_rule verbs[] = {
    [KN_TRANSACT_BEGIN] = {"START TRANSACTION READ WRITE", MD_BEGINNING, false, false, true},
    [KN_TRANSACT_COMMIT] = {"COMMIT", MD_COMMITTING, false, false, false},
    [KN_TRANSACT_ROLLBACK] = {"ROLLBACK", MD_EXECUTING, false, true, true},
    [KN_TRANSACT_SAVEPOINT] = {"SAVEPOINT ", MD_EXECUTING, true, false, false},
    [KN_TRANSACT_RELEASE] = {"RELEASE SAVEPOINT ", MD_EXECUTING, true, false, false},
    [KN_TRANSACT_ROLLBACK_TO] = {"ROLLBACK TO SAVEPOINT ", MD_EXECUTING, true, true, false},
};

/* What was changed in tables without transactions stays, and the server calls the rollback a success: it warns. */
static void read_warnings(md_connection *c)
{
    static const char not_complete[] = "1196";
    for (MYSQL_ROW row; c->call.rows && (row = mysql_fetch_row(c->call.rows));) {
        if (!row[1] || strcmp(row[1], not_complete) != 0)
            continue;
        c->status = knp_error_set(&c->failure, KN_SERVER_STATE,
                                  "not all was rolled back: a table was changed whose engine knows no transactions");
        c->failure.native = 1196;
        c->failure.commit = is_open(c) ? KN_COMMIT_OPEN : KN_COMMIT_LOST;
    }
    mysql_free_result(c->call.rows);
    c->call.rows = NULL;
    md_leave(c, NULL);
}

static void asked_for_warnings(md_connection *c)
{
    if (!c->call.failed) {
        md_start(c, MD_CALL_STORE, read_warnings);
        return;
    }
    c->status = md_fail(c, c->mysql, MD_EXECUTING, &c->failure);
    md_leave(c, NULL);
}

static void after_verb(md_connection *c)
{
    static const char question[] = "SHOW WARNINGS";
    const verb_rule *rule = &verbs[c->verb];
    if (c->call.failed) {
        c->status = md_fail(c, c->mysql, (md_phase)rule->phase, &c->failure);
        md_note_failure(c, mysql_errno(c->mysql), is_open(c));
    }
    bool ended = c->verb == KN_TRANSACT_ROLLBACK ? c->status == KN_OK
                                                 : c->verb == KN_TRANSACT_COMMIT && (c->status == KN_OK || c->dead);
    if (ended)
        c->transaction = MD_NO_TRANSACTION;
    else if (c->verb == KN_TRANSACT_BEGIN && c->status == KN_OK)
        c->transaction = MD_BEGUN;
    if (rule->undoes && c->status == KN_OK && mysql_warning_count(c->mysql))
        md_start_query(c, question, sizeof question - 1, asked_for_warnings);
    else
        md_leave(c, NULL);
}

static kn_status check(md_connection *c, kn_transact_verb verb, kn_error *error)
{
    MD_TRY(md_check_alive(c, error));
    if (c->open)
        return knp_error_set(error, KN_STATE, "another result is open on this connection; close it first");
    if ((size_t)verb >= KN_COUNT_OF(verbs) || !verbs[verb].words)
        return knp_error_set(error, KN_INVALID, "transaction verb %d is not known", (int)verb);
    if (verb == KN_TRANSACT_BEGIN && is_open(c)) /* START TRANSACTION would commit it */
        return knp_error_set(error, KN_STATE, "a transaction is open");
    return verbs[verb].aborted ? KN_OK : md_check_transaction(c, error);
}

static kn_status start(md_connection *c, kn_transact_verb verb, uint32_t access, const char *name, int64_t deadline_us,
                       kn_error *error)
{
    const verb_rule *rule = &verbs[verb];
    const char *words = verb == KN_TRANSACT_BEGIN && access ? "START TRANSACTION READ ONLY" : rule->words;
    int size = snprintf(c->text, sizeof c->text, "%s%s", words, rule->named ? name : "");
    if (size < 0 || (size_t)size >= sizeof c->text)
        return knp_error_set(error, KN_TOO_LONG, "the name of a savepoint has %zu bytes", strlen(name));
    c->verb = (uint8_t)verb;
    (rule->undoes ? md_enter_undoing : md_enter)(c, deadline_us);
    md_start_query(c, c->text, (size_t)size, after_verb);
    return KN_OK;
}

kn_status md_transact(void *connection, kn_transact_verb verb, uint32_t access, const char *name, kn_wait *wait,
                      kn_error *error)
{
    md_connection *c = connection;
    if (!c->then) {
        MD_TRY(check(c, verb, error));
        MD_TRY(start(c, verb, access, name, wait ? wait->deadline_us : 0, error));
    }
    return md_run(c, wait, error);
}
