/* SPDX-License-Identifier: MIT */
/* What a statement may do, as far as its words tell. */
#include <string.h>

#include "mysql_driver.h"

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_word(const char *p, const char *end, const char *word)
{
    for (; *word && p < end && upper(*p) == *word; p++, word++)
        ;
    return !*word && (p == end || !((upper(*p) >= 'A' && upper(*p) <= 'Z') || *p == '_'));
}

static const char *skip_to(const char *p, const char *end, const char *what)
{
    size_t size = strlen(what);
    for (; (size_t)(end - p) >= size; p++) {
        if (memcmp(p, what, size) == 0)
            return p + size;
    }
    return end;
}

/* What begins with a comment that the server runs, or a parenthesis, may do anything: no word is found. */
static const char *skip_space(const char *p, const char *end)
{
    for (const char *before = NULL; p < end && p != before;) {
        before = p;
        while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
            p++;
        if (end - p > 2 && p[0] == '/' && p[1] == '*' && p[2] != '!' && p[2] != 'M')
            p = skip_to(p + 2, end, "*/");
        else if (p < end && (*p == '#' || (end - p > 2 && memcmp(p, "-- ", 3) == 0)))
            p = skip_to(p, end, "\n");
    }
    return p;
}

/* User variables, and locks of the session. */
static bool touches_session(const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '@' || ((*p == '_') && is_word(p, end, "_LOCK")))
            return true;
    }
    return false;
}

typedef struct word_rule {
    char word[12];
    unsigned effects;
} word_rule;

static const word_rule words[] = {
    {"SELECT", 0},         {"INSERT", MD_COUNTS},  {"UPDATE", MD_COUNTS},
    {"DELETE", MD_COUNTS}, {"REPLACE", MD_COUNTS}, {"WITH", 0},
    {"VALUES", 0},         {"ALTER", 0},           {"DROP", 0},
    {"SHOW", 0},           {"EXPLAIN", 0},         {"DO", 0},
};

unsigned md_sql_effects(const char *sql, size_t size)
{
    const char *end = sql + size, *p = skip_space(sql, end);
    for (size_t i = 0; i < KN_COUNT_OF(words); i++) {
        if (is_word(p, end, words[i].word))
            return words[i].effects | (touches_session(p, end) ? (unsigned)MD_ALTERS : 0);
    }
    return MD_ALTERS;
}
