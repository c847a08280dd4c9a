/* SPDX-License-Identifier: MIT */
/* SQLSTATEs, as portable errors. */
#include <stdio.h>
#include <string.h>

#include "libpq_driver.h"

typedef struct state_rule {
    char state[6]; /* five characters, or the two of a class */
    uint8_t retry; /* kn_retry, outside of a transaction; within one it is the whole transaction */
    uint8_t status;
} state_rule;

#define NEVER KN_RETRY_NEVER
/* A state is looked up first, then its class. */
static const state_rule states[] = {
    {"08007", NEVER, KN_COMMIT_UNKNOWN},
    {"0A000", NEVER, KN_UNSUPPORTED},
    {"22001", NEVER, KN_TOO_LONG},
    {"22003", NEVER, KN_OUT_OF_RANGE},
    {"22004", NEVER, KN_NULL_VALUE},
    {"22008", NEVER, KN_OUT_OF_RANGE},
    {"22015", NEVER, KN_OUT_OF_RANGE},
    {"22019", NEVER, KN_MALFORMED},
    {"22021", NEVER, KN_ENCODING},
    {"22025", NEVER, KN_MALFORMED},
    {"22P05", NEVER, KN_ENCODING},
    {"23001", NEVER, KN_FOREIGN_KEY},
    {"23502", NEVER, KN_NOT_NULL},
    {"23503", NEVER, KN_FOREIGN_KEY},
    {"23505", NEVER, KN_UNIQUE},
    {"23514", NEVER, KN_CHECK},
    {"23P01", NEVER, KN_EXCLUSION},
    {"25006", NEVER, KN_READ_ONLY},
    {"25P01", NEVER, KN_NOT_IN_TRANSACTION},
    {"25P02", KN_RETRY_TRANSACTION, KN_NOT_IN_TRANSACTION},
    {"25P03", KN_RETRY_CONNECTION, KN_LINK_LOST},
    {"25P04", KN_RETRY_CONNECTION, KN_LINK_LOST},
    {"26000", KN_RETRY_STATEMENT, KN_NO_SUCH},
    {"2BP01", NEVER, KN_RESTRICTED},
    {"3B001", NEVER, KN_NO_SUCH},
    {"3D000", NEVER, KN_NO_SUCH},
    {"3F000", NEVER, KN_NO_SUCH},
    {"40003", NEVER, KN_COMMIT_UNKNOWN},
    {"40P01", KN_RETRY_TRANSACTION, KN_DEADLOCK},
    {"42501", NEVER, KN_DENIED},
    {"42622", NEVER, KN_TOO_LONG},
    {"42701", NEVER, KN_EXISTS},
    {"42703", NEVER, KN_NO_SUCH},
    {"42704", NEVER, KN_NO_SUCH},
    {"42710", NEVER, KN_EXISTS},
    {"42723", NEVER, KN_EXISTS},
    {"42804", NEVER, KN_TYPE_MISMATCH},
    {"42846", NEVER, KN_TYPE_MISMATCH},
    {"42883", NEVER, KN_NO_SUCH},
    {"42P01", NEVER, KN_NO_SUCH},
    {"42P02", NEVER, KN_NO_SUCH},
    {"42P03", NEVER, KN_EXISTS},
    {"42P04", NEVER, KN_EXISTS},
    {"42P05", NEVER, KN_EXISTS},
    {"42P06", NEVER, KN_EXISTS},
    {"42P07", NEVER, KN_EXISTS},
    {"44000", NEVER, KN_CHECK},
    {"53100", NEVER, KN_FULL},
    {"53200", NEVER, KN_SERVER},
    {"53300", KN_RETRY_CONNECTION, KN_CONNECT},
    {"55006", KN_RETRY_STATEMENT, KN_BUSY},
    {"55P03", KN_RETRY_STATEMENT, KN_BUSY},
    {"57014", NEVER, KN_CANCELLED},
    {"57P01", KN_RETRY_CONNECTION, KN_LINK_LOST}, /* instead of an answer nothing is stored, but for a COMMIT */
    {"57P02", KN_RETRY_CONNECTION, KN_LINK_LOST},
    {"57P03", KN_RETRY_CONNECTION, KN_CONNECT},
    {"57P04", NEVER, KN_LINK_LOST},
    {"57P05", KN_RETRY_CONNECTION, KN_LINK_LOST},
    {"P0001", NEVER, KN_DATA},
    {"XX001", NEVER, KN_CORRUPT},
    {"XX002", NEVER, KN_CORRUPT},
    {"08", KN_RETRY_CONNECTION, KN_LINK_LOST},
    {"22", NEVER, KN_DATA},
    {"23", NEVER, KN_DATA},
    {"25", NEVER, KN_STATE},
    {"27", NEVER, KN_DATA},
    {"28", NEVER, KN_AUTH},
    {"40", KN_RETRY_TRANSACTION, KN_SERIALIZATION},
    {"42", NEVER, KN_SYNTAX},
    {"53", NEVER, KN_LIMIT},
    {"54", NEVER, KN_LIMIT},
    {"55", NEVER, KN_STATE},
    {"58", NEVER, KN_IO},
};

static const state_rule *find_state(const char *state)
{
    static const state_rule other = {"", NEVER, KN_SERVER};
    for (size_t i = 0; i < KN_COUNT_OF(states); i++) {
        if (strncmp(states[i].state, state, strlen(states[i].state)) == 0)
            return &states[i];
    }
    return &other;
}

static bool says_the_end(const char *severity)
{
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* A statement that commits by itself was sent. */
static bool may_be_stored(const lp_connection *c)
{
    return c->phase == LP_EXECUTING && !c->inside;
}

/* The session has ended. Class 08 is the word of who stands between and has lost the server, which may have done what
 * was sent. An end that the server tells before it answers undoes the statement (an ERROR does so at any time); after
 * the answer it may stand before the commit, which comes with Sync, or behind it, where notifications are sent. */
static bool is_unknown(const lp_connection *c, const char *state, const char *severity)
{
    if (!c->dead || !may_be_stored(c) || !state)
        return false;
    return strncmp(state, "08", 2) == 0 || (c->answered && says_the_end(severity));
}

/* Whatever its state, a failure is the end of the session when the server says so, or ends it, and only then: of
 * another server's link, or of a worker's end, it tells in the same states. NULL: nothing came from the server. */
static const state_rule *find_rule(const lp_connection *c, const char *state, const char *severity)
{
    static const state_rule again = {"", KN_RETRY_CONNECTION, KN_LINK_LOST}, lost = {"", NEVER, KN_LINK_LOST};
    static const state_rule other = {"", NEVER, KN_SERVER};
    const state_rule *rule = find_state(state ? state : "");
    if (!severity || rule->status == KN_COMMIT_UNKNOWN || rule->status == KN_CANCELLED)
        return rule;
    if (is_unknown(c, state, severity))
        return &lost;
    if (rule->status == KN_LINK_LOST)
        return c->dead ? rule : &other;
    return !says_the_end(severity) ? rule : rule->retry ? &again : &lost;
}

kn_status lp_no_memory(kn_error *error)
{
    return knp_error_set(error, KN_NOMEM, "no memory for a connection or statement");
}

bool lp_is_failure(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR;
}

static void copy_field(char *out, size_t room, const PGresult *result, int field)
{
    const char *text = PQresultErrorField(result, field);
    if (text && strlen(text) < room) /* half a name would be the name of something else */
        snprintf(out, room, "%s", text);
}

/* The server counts characters, a kn_error bytes. */
uint32_t lp_byte_position(const PGresult *result, const char *sql)
{
    const char *text = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    uint32_t n = 0, at = 0;
    for (; text && *text >= '0' && *text <= '9' && n < UINT32_MAX / 10 - 1; text++)
        n = n * 10 + (uint32_t)(*text - '0');
    if (!n || !sql)
        return 0;
    for (; sql[at]; at++) {
        if (((unsigned char)sql[at] & 0xC0) != 0x80 && --n == 0)
            return at + 1;
    }
    return 0;
}

/* The messages about data quote it. */
static void set_message(kn_error *error, kn_status status, const char *state, const char *message)
{
    const char *first = strncmp(state, "22", 2) == 0 ? strchr(message, '"') : NULL;
    const char *last = first ? strrchr(message, '"') : NULL;
    if (first && last > first)
        knp_error_set(error, status, "%.*s\"...\"%s", (int)(first - message), message, last + 1);
    else
        knp_error_set(error, status, "%s", message);
}

static uint8_t commit_of(const lp_connection *c, kn_status status, const char *state, const char *severity)
{
    if (status == KN_COMMIT_UNKNOWN || is_unknown(c, state, severity))
        return KN_COMMIT_LOST;
    if (c->dead || c->phase == LP_COMMITTING)
        return KN_COMMIT_NOT;
    return PQtransactionStatus(c->pg) == PQTRANS_IDLE ? KN_COMMIT_NOT : KN_COMMIT_OPEN;
}

/* By the deadline, by somebody, or by the server's own statement_timeout, which only its words tell. */
static kn_status status_of_cancel(const lp_connection *c, const char *message, kn_error *error)
{
    if (c->give_up_us)
        return knp_error_set(error, KN_TIMEOUT, "the deadline passed: the statement was stopped");
    if (message && strstr(message, "statement timeout"))
        return knp_error_set(error, KN_TIMEOUT, "the deadline passed: %s", message);
    return KN_CANCELLED;
}

/* Within a transaction it is all of it that is tried again; once it has failed, what it failed of decides. */
static uint8_t retry_of(const lp_connection *c, const state_rule *rule)
{
    if (rule->status == KN_NOT_IN_TRANSACTION && rule->retry)
        return c->aborted;
    return c->inside && rule->retry == KN_RETRY_STATEMENT ? KN_RETRY_TRANSACTION : rule->retry;
}

static void fill(lp_connection *c, const PGresult *result, const char *severity, const char *sql, kn_error *error)
{
    copy_field(error->constraint, sizeof error->constraint, result, PG_DIAG_CONSTRAINT_NAME);
    copy_field(error->table, sizeof error->table, result, PG_DIAG_TABLE_NAME);
    copy_field(error->column, sizeof error->column, result, PG_DIAG_COLUMN_NAME);
    error->position = lp_byte_position(result, sql);
    error->retry = c->aborted;
    error->commit = commit_of(c, (kn_status)error->status, error->sqlstate, severity);
}

kn_status lp_fail(lp_connection *c, const char *sql, kn_error *error)
{
    PGresult *result = c->failure;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    severity = severity ? severity : PQresultErrorField(result, PG_DIAG_SEVERITY);
    c->failure = NULL;
    if (!state && (PQstatus(c->pg) != CONNECTION_OK || c->dead)) {
        PQclear(result);
        return lp_lost(c, error);
    }
    c->dead |= says_the_end(severity) || PQstatus(c->pg) != CONNECTION_OK;
    const state_rule *rule = find_rule(c, state, severity);
    c->aborted = retry_of(c, rule);
    kn_status status = (kn_status)rule->status;
    set_message(error, status, state ? state : "", message ? message : PQresultErrorMessage(result));
    if (status == KN_CANCELLED)
        status = status_of_cancel(c, message, error);
    if (error) {
        snprintf(error->sqlstate, sizeof error->sqlstate, "%s", state ? state : "");
        fill(c, result, severity, sql, error);
    }
    PQclear(result);
    return c->dead && c->phase == LP_COMMITTING ? lp_lost(c, error) : status;
}

kn_status lp_lost(lp_connection *c, kn_error *error)
{
    bool unknown = c->phase == LP_COMMITTING, maybe = may_be_stored(c);
    kn_status status = unknown ? KN_COMMIT_UNKNOWN : KN_LINK_LOST;
    c->dead = true;
    knp_error_set(error, status, unknown ? "the connection died after COMMIT was sent" : "the connection was lost");
    if (error) {
        snprintf(error->sqlstate, sizeof error->sqlstate, "%s", unknown ? "08007" : "08006");
        error->retry = unknown || maybe ? KN_RETRY_NEVER : KN_RETRY_CONNECTION;
        error->commit = unknown || maybe ? KN_COMMIT_LOST : KN_COMMIT_NOT;
    }
    return status;
}

static bool is_state(const char *p)
{
    for (int i = 0; i < 5; i++) {
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'Z')))
            return false;
    }
    return p[5] == ':' && p[6] == ' ';
}

/* "...: FATAL:  28P01: password authentication failed": the last one, of the last host. */
static const char *find_state_in(const char *message)
{
    const char *found = NULL;
    for (const char *p = strstr(message, ":  "); p; p = strstr(p + 3, ":  ")) {
        if (is_state(p + 3))
            found = p + 3;
    }
    return found;
}

kn_status lp_fail_open(lp_connection *c, bool securing, kn_error *error)
{
    const char *message = PQerrorMessage(c->pg), *state = find_state_in(message);
    const state_rule *rule = state ? find_state(state) : NULL;
    const char *shown = state ? state + 7 : message;
    kn_status status = rule ? (kn_status)rule->status : securing ? KN_TLS : KN_CONNECT;
    if (status == KN_LINK_LOST || status == KN_SERVER)
        status = KN_CONNECT;
    if (status == KN_STATE)
        status = KN_SERVER_STATE;
    if (!state && PQconnectionNeedsPassword(c->pg))
        status = KN_AUTH;
    size_t size = strcspn(shown, "\n"); /* where in the server's sources is behind it */
    knp_error_set(error, status, "%.*s", (int)(size < 600 ? size : 600), shown);
    if (error) {
        snprintf(error->sqlstate, sizeof error->sqlstate, "%.5s", state ? state : "");
        error->retry = status == KN_CONNECT ? KN_RETRY_CONNECTION : KN_RETRY_NEVER;
    }
    return status;
}
