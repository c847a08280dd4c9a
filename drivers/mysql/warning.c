/* SPDX-License-Identifier: MIT */
/* A value that is larger than the server may send is NULL there, or cut, and only a warning tells: its result is
 * refused, once its rows were read. Other warnings change no value. */
#include <stdlib.h>

#include "mysql_driver.h"

/* Is it one that says so? */
static bool says_cut(unsigned code)
{
    enum { CUT_BY_GROUP_CONCAT = 1260, LARGER_THAN_A_PACKET = 1301 };
    return code == CUT_BY_GROUP_CONCAT || code == LARGER_THAN_A_PACKET;
}

static void refuse(md_connection *c, unsigned code, const char *why, const char *message)
{
    bool open = (c->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
    c->status = knp_error_set(&c->failure, KN_LIMIT, "%s%s", why, message);
    c->failure.native = (int32_t)code;
    c->failure.commit = open ? KN_COMMIT_OPEN : KN_COMMIT_NOT;
}

static void fail(md_connection *c)
{
    c->status = md_fail(c, c->mysql, MD_EXECUTING, &c->failure);
    md_note_failure(c, mysql_errno(c->mysql), c->running->inside);
    md_leave(c, md_close_finished);
}

/* Level, code, message. What the server did not keep may have been one of a cut value. */
static void look(md_connection *c)
{
    MYSQL_ROW row;
    unsigned kept = 0;
    if (!c->call.rows) {
        fail(c);
        return;
    }
    for (; (row = mysql_fetch_row(c->call.rows)); kept++) {
        unsigned code = (unsigned)strtoul(row[1], NULL, 10);
        if (says_cut(code))
            refuse(c, code, "the result is too large: ", row[2]);
    }
    if (kept < c->running->warnings && c->status != KN_LIMIT)
        refuse(c, 0, "the result may be too large: the server keeps too few of its warnings (max_error_count)", "");
    mysql_free_result(c->call.rows);
    c->call.rows = NULL;
    md_leave(c, md_close_finished);
}

static void asked(md_connection *c)
{
    if (c->call.failed)
        fail(c);
    else
        md_start(c, MD_CALL_STORE, look);
}

void md_read_warnings(md_connection *c)
{
    static const char sql[] = "SHOW WARNINGS";
    md_start_query(c, sql, sizeof sql - 1, asked);
}
