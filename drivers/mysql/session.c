/* SPDX-License-Identifier: MIT */
/* What the session must be like, made and verified: after connecting, and after something may have changed it. */
#include <stdio.h>
#include <string.h>

#include "mysql_driver.h"

#define SQL_MODES                                                                                                      \
    "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,NO_AUTO_VALUE_ON_ZERO"

static const char *collation_of(const md_connection *c)
{
    return c->mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

static kn_status refuse(kn_error *error, const char *what, const char *found)
{
    return knp_error_set(error, KN_SERVER_STATE, "the server did not take the session's %s: it is '%s'", what,
                         found ? found : "NULL");
}

/* Is `word` one of those between commas? */
static bool is_among(const char *list, const char *word, size_t size)
{
    for (;;) {
        size_t n = strcspn(list, ",");
        if (n == size && memcmp(list, word, n) == 0)
            return true;
        if (!list[n])
            return false;
        list += n + 1;
    }
}

/* Both hold the same words; the server has an order of its own. */
static bool same_modes(const char *a, const char *b)
{
    for (const char *word = a; strlen(a) == strlen(b);) {
        size_t n = strcspn(word, ",");
        if (!is_among(b, word, n))
            return false;
        if (!word[n])
            return true;
        word += n + 1;
    }
    return false;
}

static uint64_t number_of(const char *text)
{
    uint64_t n = 0;
    for (; text && *text >= '0' && *text <= '9' && n < UINT64_MAX / 100; text++)
        n = n * 10 + (uint64_t)(*text - '0');
    return n;
}

static kn_status verify_row(md_connection *c, MYSQL_ROW row, kn_error *error)
{
    static const char *const names[] = {"character_set_client",
                                        "character_set_connection",
                                        "character_set_results",
                                        "collation",
                                        "time_zone",
                                        "autocommit"};
    const char *const expected[] = {"utf8mb4", "utf8mb4", "utf8mb4", collation_of(c), "+00:00", "1"};
    for (size_t i = 0; i < KN_COUNT_OF(names); i++) {
        if (!row[i] || strcmp(row[i], expected[i]) != 0)
            return refuse(error, names[i], row[i]);
    }
    if (!row[6] || !same_modes(row[6], SQL_MODES))
        return refuse(error, "sql_mode", row[6]);
    c->packet_max = number_of(row[7]);
    c->ends_at_timeout = row[8] && row[8][0] == '1';
    if (md_in_transaction(c))
        return knp_error_set(error, KN_SERVER_STATE,
                             "a transaction is open in a new session: the server's init_connect must not begin one");
    return KN_OK;
}

/* A reset leaves the session in the database that was used last, and init_connect may have put it anywhere. Where the
 * URL names none, what is found at first is taken. */
static bool is_elsewhere(const md_connection *c, const char *database)
{
    if (!c->peer.database || !*c->peer.database)
        return database && !c->opening;
    return !database || strcmp(database, c->peer.database) != 0;
}

static void failed(md_connection *c)
{
    c->status = md_fail(c, c->mysql, MD_EXECUTING, &c->failure);
}

/* The end of md_session_set. */
static void done(md_connection *c)
{
    if (c->opening)
        md_opened(c);
    else if (c->status == KN_OK)
        c->altered = false;
}

static void went_home(md_connection *c)
{
    if (c->call.failed)
        failed(c);
    done(c);
}

/* To the database of the URL; where it names none, there is no way back. */
static void go_home(md_connection *c)
{
    size_t size = 0;
    const char *name = c->peer.database ? c->peer.database : "";
    if (!*name) {
        c->status = knp_error_set(&c->failure, KN_SERVER_STATE, "the session is in a database that was not there");
        done(c);
        return;
    }
    size = (size_t)snprintf(c->text, sizeof c->text, "USE `");
    for (; *name && size < sizeof c->text - 3; name++) {
        if (*name == '`')
            c->text[size++] = '`';
        c->text[size++] = *name;
    }
    c->text[size++] = '`';
    md_start_query(c, c->text, size, went_home);
}

static void verify(md_connection *c)
{
    MYSQL_ROW row = c->call.rows ? mysql_fetch_row(c->call.rows) : NULL;
    if (row)
        c->status = verify_row(c, row, &c->failure);
    else
        failed(c);
    bool away = row && c->status == KN_OK && is_elsewhere(c, row[9]);
    mysql_free_result(c->call.rows);
    c->call.rows = NULL;
    (away ? go_home : done)(c);
}

static void asked(md_connection *c)
{
    if (!c->call.failed) {
        md_start(c, MD_CALL_STORE, verify);
        return;
    }
    failed(c);
    done(c);
}

static void was_set(md_connection *c)
{
    static const char question[] =
        "SELECT @@character_set_client, @@character_set_connection, @@character_set_results,"
        " @@collation_connection, @@time_zone, @@autocommit, @@sql_mode, @@max_allowed_packet,"
        " @@innodb_rollback_on_timeout, DATABASE()";
    if (!c->call.failed) {
        md_start_query(c, question, sizeof question - 1, asked);
        return;
    }
    failed(c);
    done(c);
}

/* Messages are in English, because names are read from them. The rest is what a server may have otherwise, and then
 * stores what breaks a constraint, gives a part of the rows, sorts by the beginning of a text, goes on in another
 * transaction after COMMIT, makes tables that know no transaction, or keeps none of the warnings that are relied on. */
void md_session_set(md_connection *c)
{
    int size =
        snprintf(c->text, sizeof c->text,
                 "SET NAMES utf8mb4 COLLATE %s, SESSION time_zone = '+00:00', SESSION autocommit = 1,"
                 " SESSION lc_messages = 'en_US', SESSION sql_mode = '%s', SESSION foreign_key_checks = 1,"
                 " SESSION unique_checks = 1, SESSION sql_auto_is_null = 0, SESSION sql_safe_updates = 0,"
                 " SESSION sql_select_limit = 18446744073709551615, SESSION max_sort_length = GREATEST(1024, "
                 "@@GLOBAL.max_sort_length),"
                 " SESSION div_precision_increment = 4, SESSION completion_type = 'NO_CHAIN',"
                 " SESSION default_storage_engine = InnoDB, SESSION max_error_count = 65535, timestamp = DEFAULT%s",
                 collation_of(c), SQL_MODES, c->mariadb ? ", SESSION check_constraint_checks = 1" : "");
    md_start_query(c, c->text, (size_t)size, was_set);
}

static void renewed(md_connection *c)
{
    if (c->call.failed) {
        failed(c);
        return;
    }
    c->generation++;
    c->thread_id = mysql_thread_id(c->mysql);
    md_session_set(c);
}

static void rolled_back(md_connection *c)
{
    if (c->call.failed)
        failed(c);
}

kn_status md_reset(void *connection, kn_wait *wait, kn_error *error)
{
    static const char rollback[] = "ROLLBACK";
    md_connection *c = connection;
    if (!c->then) {
        MD_TRY(md_check_alive(c, error));
        md_enter_alone(c, wait ? wait->deadline_us : 0);
        if (c->altered)
            md_start(c, MD_CALL_RESET, renewed);
        else if (md_in_transaction(c))
            md_start_query(c, rollback, sizeof rollback - 1, rolled_back);
    }
    MD_TRY(md_run(c, wait, error));
    c->transaction = MD_NO_TRANSACTION;
    c->rested = true;
    return KN_OK;
}
