/* SPDX-License-Identifier: MIT */
/* As much of SQL's lexical structure as is needed to see what kind of statement a text is, and that it is one only. */
#include <string.h>

#include "sqlite3_driver.h"

static bool is_space(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* The end of the comment that starts at p, or p when none does. */
static const char *skip_comment(const char *p, const char *end)
{
    if (end - p < 2)
        return p;
    if (p[0] == '-' && p[1] == '-') {
        const char *line = memchr(p, '\n', (size_t)(end - p));
        return line ? line + 1 : end;
    }
    if (p[0] != '/' || p[1] != '*')
        return p;
    for (p += 2; p < end; p++) {
        if (p[0] == '*' && end - p > 1 && p[1] == '/')
            return p + 2;
    }
    return end;
}

/* What stands after the first statement must not be another one. It is not given to SQLite: preparing it could run it.
 */
const char *sq_sql_skip(const char *p, const char *end)
{
    for (const char *before = NULL; p < end && p != before;) {
        before = p;
        while (p < end && (is_space(*p) || *p == ';'))
            p++;
        p = skip_comment(p, end);
    }
    return p;
}

typedef struct word_rule {
    char word[12];
    unsigned effects;
} word_rule;

/* A word that is not here may do anything: PRAGMA, ATTACH, EXPLAIN (some PRAGMAs act when they are compiled), CREATE
 * (TEMP). */
static const word_rule words[] = {
    {"SELECT", 0},          {"INSERT", SQ_COUNTS}, {"UPDATE", SQ_COUNTS}, {"DELETE", SQ_COUNTS}, {"WITH", SQ_COUNTS},
    {"REPLACE", SQ_COUNTS}, {"VALUES", 0},         {"BEGIN", 0},          {"COMMIT", 0},         {"END", 0},
    {"ROLLBACK", 0},        {"SAVEPOINT", 0},      {"RELEASE", 0},        {"ALTER", 0},          {"DROP", 0},
    {"ANALYZE", 0},         {"REINDEX", 0},        {"VACUUM", 0},
};

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

unsigned sq_sql_effects(const char *sql, const char *end)
{
    sql = sq_sql_skip(sql, end);
    size_t size = 0;
    while (sql + size < end && is_letter(sql[size]))
        size++;
    for (size_t i = 0; i < KN_COUNT_OF(words); i++) {
        if (strlen(words[i].word) == size && sqlite3_strnicmp(sql, words[i].word, (int)size) == 0)
            return words[i].effects;
    }
    return SQ_ALTERS;
}
