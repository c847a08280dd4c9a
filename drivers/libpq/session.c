/* SPDX-License-Identifier: MIT */
/* The session: what every connection is set to, verified after it was set, and again after it was used. The server
 * reports these settings by itself whenever they change, so that looking costs nothing. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libpq_driver.h"

typedef struct setting {
    const char *name, *wanted;
} setting;

static const setting settings[] = {
    {"client_encoding", "UTF8"},   {"TimeZone", "UTC"},
    {"DateStyle", "ISO, YMD"},     {"standard_conforming_strings", "on"},
    {"IntervalStyle", "postgres"}, {"integer_datetimes", "on"}, /* cannot be set */
};

/* Whatever decides how a literal is read, a cast is written or NULL is compared; and whether foreign keys are looked
 * at, which only a superuser may change back: others are refused where it is not as it should be. Nothing here is found
 * by the search path, which anybody may have put something into. */
const char *lp_session_sql(void)
{
    return "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD';"
           " SET standard_conforming_strings = on; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;"
           " SET bytea_output = 'hex'; SET transform_null_equals = off; SET array_nulls = on; SET exit_on_error = off;"
           " SELECT pg_catalog.set_config('session_replication_role', 'origin', false) WHERE"
           " pg_catalog.current_setting('session_replication_role') OPERATOR(pg_catalog.<>) 'origin'";
}

/* The number of the backend; 0 where a table that is made would be a temporary one. */
const char *lp_session_question(void)
{
    return "SELECT CASE WHEN pg_catalog.left(pg_catalog.current_schema(), 8) OPERATOR(pg_catalog.=) 'pg_temp_' THEN 0"
           " ELSE pg_catalog.pg_backend_pid() END";
}

static const setting *wrong_setting(const lp_connection *c)
{
    for (size_t i = 0; i < KN_COUNT_OF(settings); i++) {
        const setting *s = &settings[i];
        const char *got = PQparameterStatus(c->pg, s->name);
        if (!got || strcmp(got, s->wanted) != 0)
            return s;
    }
    return NULL;
}

bool lp_session_is_right(const lp_connection *c)
{
    return !wrong_setting(c);
}

/* Of the database. Where text is stored in another one, its order is not that of code points, and its length may not
 * be counted in them; LATIN1 is a part of both, and refuses what it has not. */
static bool knows_encoding(const char *name)
{
    return !name || strcmp(name, "UTF8") == 0 || strcmp(name, "LATIN1") == 0;
}

kn_status lp_session_verify(lp_connection *c, kn_error *error)
{
    const setting *wrong = wrong_setting(c);
    const char *encoding = PQparameterStatus(c->pg, "server_encoding");
    if (!knows_encoding(encoding))
        return knp_error_set(error, KN_SERVER_STATE,
                             "the database keeps its text in %s: this driver needs one in UTF8 (or LATIN1)", encoding);
    if (!wrong)
        return KN_OK;
    const char *got = PQparameterStatus(c->pg, wrong->name);
    return knp_error_set(error, KN_SERVER_STATE, "%s is '%s' and cannot be made '%s'", wrong->name,
                         got ? got : "(not reported)", wrong->wanted);
}

/* DISCARD ALL but for the prepared statements. */
#define RESTORE                                                                                                        \
    "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *;"                                             \
    " SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; "

static kn_status start_reset(lp_connection *c, const char *sql, kn_wait *wait, kn_error *error)
{
    lp_begin(c, LP_ASKING, wait->deadline_us);
    kn_status status = lp_send(c, sql, error);
    if (!status)
        c->stage++;
    return status;
}

static kn_status end_reset(lp_connection *c, kn_wait *wait, kn_error *error)
{
    kn_status status = lp_drain(c, wait, error);
    if (status == KN_WAIT)
        return status;
    lp_done(c);
    c->stage++;
    return !status && c->failure ? lp_fail(c, NULL, error) : status;
}

/* Stages: 0 what to do? 1 rolling back, 2 next, 3 restoring, 4 done. */
static kn_status reset(lp_connection *c, kn_wait *wait, kn_error *error)
{
    char sql[1100];
    kn_status status = KN_OK;
    if (c->stage == 0) {
        status = lp_check_link(c, error);
        if (!status && c->open)
            status = knp_error_set(error, KN_STATE, "close the open result first");
        if (!status && PQtransactionStatus(c->pg) != PQTRANS_IDLE)
            status = start_reset(c, "ROLLBACK", wait, error);
        else
            c->stage = 2;
    }
    if (!status && c->stage == 1)
        status = end_reset(c, wait, error);
    if (!status && c->stage == 2) {
        snprintf(sql, sizeof sql, "%s%s", c->altered ? RESTORE : "", lp_session_sql());
        if (c->altered || !lp_session_is_right(c))
            status = start_reset(c, sql, wait, error);
        else
            c->stage = 4;
    }
    if (!status && c->stage == 3) {
        status = end_reset(c, wait, error);
        if (!status)
            status = lp_session_verify(c, error);
    }
    return status;
}

kn_status lp_reset(void *connection, kn_wait *wait, kn_error *error)
{
    lp_connection *c = connection;
    kn_wait none = {.fd = -1};
    kn_status status = reset(c, wait ? wait : &none, error);
    if (status == KN_WAIT)
        return status;
    c->stage = 0;
    if (status)
        return status;
    c->altered = false;
    c->rested = true;
    return KN_OK;
}

/* Steele, Lea and Flood's SplitMix64: every bit of the sum counts in every bit of the result. */
static uint64_t mix(uint64_t n)
{
    n += UINT64_C(0x9E3779B97F4A7C15);
    n = (n ^ (n >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94D049BB133111EB);
    return n ^ (n >> 31);
}

uint64_t lp_session_tag(const lp_connection *c)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t tag = mix((uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec);
    tag = mix(tag ^ (uint64_t)getpid());
    tag = mix(tag ^ (uint64_t)(uintptr_t)c);
    return mix(tag ^ (uint64_t)PQbackendPID(c->pg));
}

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool is_word(const char *sql, size_t size, const char *word)
{
    for (size_t i = 0; i < size; i++) {
        if ((sql[i] | 0x20) != word[i])
            return false;
    }
    return word[size] == '\0';
}

static bool mentions(const char *sql, size_t size, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= size; i++) {
        if (memcmp(sql + i, part, n) == 0)
            return true;
    }
    return false;
}

/* By the first word: one that is not here may do anything. */
bool lp_sql_alters(const char *sql, size_t size)
{
    static const char *const words[] = {"select", "insert", "update", "delete", "with",   "values",  "merge",
                                        "table",  "alter",  "drop",   "grant",  "revoke", "comment", "truncate"};
    size_t at = 0, end;
    while (at < size && (sql[at] == ' ' || (sql[at] >= '\t' && sql[at] <= '\r') || sql[at] == '('))
        at++;
    for (end = at; end < size && is_letter(sql[end]);)
        end++;
    for (size_t i = 0; i < KN_COUNT_OF(words); i++) {
        if (is_word(sql + at, end - at, words[i]))
            return mentions(sql, size, "set_config") || mentions(sql, size, "advisory");
    }
    return true;
}
