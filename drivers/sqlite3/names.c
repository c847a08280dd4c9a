/* SPDX-License-Identifier: MIT */
/* The name of a unique constraint or key that was violated. SQLite tells the columns only, and forgets the names of
 * constraints but for the text of CREATE TABLE, which it keeps. An index has a name by itself. */
#include <string.h>

#include "sqlite3_driver.h"

enum { NAME_MAX_BYTES = 128, LIST_MAX_BYTES = 512 };

/* A token of SQL: a word, a quoted name, or one other character; size 0 at the end. */
typedef struct token {
    const char *text;
    size_t size;
} token;

typedef struct scanner {
    const char *at, *end;
    token token;
} scanner;

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '$' ||
           (ch & 0x80);
}

/* The character that ends what this one starts, 0 = it starts nothing. */
static char closing(char ch)
{
    return ch == '[' ? ']' : ch == '"' || ch == '\'' || ch == '`' ? ch : '\0';
}

static void advance(scanner *s)
{
    const char *start = s->at = sq_sql_skip(s->at, s->end);
    char close = start < s->end ? closing(*start) : '\0';
    if (close) {
        for (s->at++; s->at < s->end && (*s->at != close || (s->at + 1 < s->end && s->at[1] == close)); s->at++)
            s->at += *s->at == close; /* doubled: one of them */
        s->at += s->at < s->end;
    } else {
        while (s->at < s->end && is_word(*s->at))
            s->at++;
        if (s->at == start && s->at < s->end)
            s->at++;
    }
    s->token = (token){start, (size_t)(s->at - start)};
}

static bool is(const scanner *s, const char *word)
{
    return strlen(word) == s->token.size && sqlite3_strnicmp(s->token.text, word, (int)s->token.size) == 0;
}

/* The name that a token is, without its quotes; "" when it is too long. */
static void copy_token(const token *t, char out[static NAME_MAX_BYTES])
{
    char close = t->size ? closing(t->text[0]) : '\0';
    size_t from = close ? 1 : 0, to = close ? t->size - 1 : t->size, n = 0;
    for (size_t i = from; i < to && n < NAME_MAX_BYTES; i++) {
        out[n++] = t->text[i];
        i += close && t->text[i] == close; /* doubled */
    }
    out[n < NAME_MAX_BYTES ? n : 0] = '\0';
}

/* "table.column" behind what is in the list, as SQLite writes it. */
static void add_column(char list[static LIST_MAX_BYTES], const char *table, const token *column)
{
    char name[NAME_MAX_BYTES];
    size_t size = strlen(list);
    copy_token(column, name);
    sqlite3_snprintf((int)(LIST_MAX_BYTES - size), list + size, "%s%s.%s", size ? ", " : "", table, name);
}

/* Skips to the comma or parenthesis that ends what stands at this depth. */
static void skip_rest(scanner *s)
{
    for (size_t depth = 0; s->token.size; advance(s)) {
        if (depth == 0 && (is(s, ",") || is(s, ")")))
            return;
        depth += is(s, "(");
        depth -= is(s, ")");
    }
}

/* "(a, b COLLATE x)" into the list. */
static void read_columns(scanner *s, const char *table, char list[static LIST_MAX_BYTES])
{
    list[0] = '\0';
    while (s->token.size && !is(s, ")")) {
        advance(s);
        add_column(list, table, &s->token);
        skip_rest(s);
    }
}

/* The wanted constraint: by the words that start it and its columns. */
typedef struct wanted {
    const char *table, *columns;
    bool primary;
} wanted;

/* Stands on CONSTRAINT: is it the one? If not, then on the token that is to be looked at next. A primary key is, as
 * there is one only. */
static bool read_constraint(scanner *s, const wanted *w, const token *column, char out[static NAME_MAX_BYTES])
{
    char list[LIST_MAX_BYTES] = "";
    advance(s);
    token name = s->token;
    advance(s);
    if (!is(s, w->primary ? "PRIMARY" : "UNIQUE"))
        return false;
    if (!w->primary) {
        advance(s);
        if (is(s, "(")) {
            read_columns(s, w->table, list);
            advance(s);
        } else {
            add_column(list, w->table, column);
        }
    }
    bool found = w->primary || sqlite3_stricmp(list, w->columns) == 0;
    if (found)
        copy_token(&name, out);
    return found;
}

/* Goes through the text of CREATE TABLE; a column's own constraints stand behind its name. */
static void read_table(const char *sql, const wanted *w, char out[static NAME_MAX_BYTES])
{
    scanner s = {.at = sql, .end = sql + strlen(sql)};
    do
        advance(&s);
    while (s.token.size && !is(&s, "("));
    size_t depth = 1;
    bool starts = true;
    token column = {NULL, 0};
    advance(&s);
    while (s.token.size && depth) {
        if (starts)
            column = s.token;
        if (depth == 1 && is(&s, "CONSTRAINT")) {
            if (read_constraint(&s, w, &column, out))
                return;
            starts = false;
            continue;
        }
        depth += is(&s, "(");
        depth -= is(&s, ")");
        starts = depth == 1 && is(&s, ",");
        advance(&s);
    }
}

/* Runs a query with up to two texts; copies its first two cells. */
static bool look_up(sqlite3 *db, const char *sql, const char *one, const char *two, sqlite3_stmt **out)
{
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(*out, 1, one, -1, SQLITE_STATIC);
    if (two)
        sqlite3_bind_text(*out, 2, two, -1, SQLITE_STATIC);
    return sqlite3_step(*out) == SQLITE_ROW;
}

/* The index over exactly these columns, when somebody gave it a name. */
static bool name_index(sqlite3 *db, const char *table, const char *columns, char out[static NAME_MAX_BYTES])
{
    static const char sql[] =
        "SELECT i.name FROM pragma_index_list(?1) i WHERE i.\"unique\" AND i.origin = 'c' AND ?2 = "
        "(SELECT group_concat(?1 || '.' || c.name, ', ') FROM pragma_index_info(i.name) c)";
    sqlite3_stmt *handle = NULL;
    bool found = look_up(db, sql, table, columns, &handle);
    if (found) {
        const char *name = (const char *)sqlite3_column_text(handle, 0);
        sqlite3_snprintf(NAME_MAX_BYTES, out, "%s", name ? name : "");
    }
    sqlite3_finalize(handle);
    return found;
}

void sq_name_key(sqlite3 *db, const char *table, const char *columns, bool primary, char out[static NAME_MAX_BYTES])
{
    out[0] = '\0';
    if (!primary && name_index(db, table, columns, out))
        return;
    const wanted w = {table, columns, primary};
    sqlite3_stmt *handle = NULL;
    if (look_up(db, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE", table, NULL,
                &handle)) {
        const char *text = (const char *)sqlite3_column_text(handle, 0);
        if (text)
            read_table(text, &w, out);
    }
    sqlite3_finalize(handle);
}
