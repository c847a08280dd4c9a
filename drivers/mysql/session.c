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

static kn_status run(md_connection *c, const char *sql, int64_t deadline_us, kn_error *error)
{
    if (md_query(c, sql, strlen(sql), deadline_us))
        return md_fail(c, c->mysql, MD_EXECUTING, error);
    return KN_OK;
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
    return KN_OK;
}

static kn_status verify(md_connection *c, int64_t deadline_us, kn_error *error)
{
    MD_TRY(run(c,
               "SELECT @@character_set_client, @@character_set_connection, @@character_set_results,"
               " @@collation_connection, @@time_zone, @@autocommit, @@sql_mode, @@max_allowed_packet",
               deadline_us, error));
    MYSQL_RES *result = mysql_store_result(c->mysql);
    MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
    kn_status status = row ? verify_row(c, row, error) : md_fail(c, c->mysql, MD_EXECUTING, error);
    mysql_free_result(result);
    return status;
}

/* Messages are in English, because names are read from them. */
kn_status md_session_set(md_connection *c, int64_t deadline_us, kn_error *error)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SET NAMES utf8mb4 COLLATE %s, SESSION time_zone = '+00:00', SESSION autocommit = 1,"
             " SESSION lc_messages = 'en_US', SESSION sql_mode = '%s'",
             collation_of(c), SQL_MODES);
    MD_TRY(run(c, sql, deadline_us, error));
    return verify(c, deadline_us, error);
}

static kn_status renew(md_connection *c, int64_t deadline_us, kn_error *error)
{
    if (mysql_reset_connection(c->mysql))
        return md_fail(c, c->mysql, MD_EXECUTING, error);
    c->generation++;
    c->thread_id = mysql_thread_id(c->mysql);
    MD_TRY(md_session_set(c, deadline_us, error));
    c->altered = false;
    return KN_OK;
}

kn_status md_reset(void *connection, kn_wait *wait, kn_error *error)
{
    md_connection *c = connection;
    int64_t deadline_us = wait ? wait->deadline_us : 0;
    MD_TRY(md_check_alive(c, error));
    if (c->altered)
        MD_TRY(renew(c, deadline_us, error));
    else if (md_in_transaction(c))
        MD_TRY(run(c, "ROLLBACK", deadline_us, error));
    c->transaction = MD_NO_TRANSACTION;
    c->rested = true;
    return KN_OK;
}
