/* SPDX-License-Identifier: MIT */
/* The text is a sequence of lexemes. Each reader below takes one lexeme at the cursor and moves past it; what is not a
 * parameter is copied as it stands. Where this scanner and the server could disagree about where a string ends, a
 * parameter could be smuggled in or out: hence the lexis bits, one for each way in which the servers differ. */
#include "sql/scanner.h"

#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/utf8.h"

typedef struct scan {
    const char *start, *at, *end;
    const kn__scan_rules *rules;
    kn_arena *arena;
    kn__buffer out;
    uint32_t *parameter;
    size_t n_placeholders, room_placeholders;
    const char **names;
    size_t n_parameters, room_parameters;
    kn__map by_name; /* name -> number, so that a text of n parameters costs n */
    bool named, positional;
    bool ended; /* a semicolon has been seen */
    bool any;   /* something but space and comments has been seen */
    kn_error *error;
} scan;

static kn_status refuse_at(scan *s, const char *at, kn_status status, const char *what)
{
    kn_error_set(s->error, status, "SQL text, byte %zu: %s", (size_t)(at - s->start) + 1, what);
    if (s->error)
        s->error->position = (uint32_t)(at - s->start) + 1;
    return status;
}

static bool has(const scan *s, kn_lexis bit)
{
    return (s->rules->lexis & (uint32_t)bit) != 0;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char peek(const scan *s, size_t ahead)
{
    return (size_t)(s->end - s->at) > ahead ? s->at[ahead] : '\0';
}

static void copy_until(scan *s, const char *to)
{
    kn__buffer_append(&s->out, s->at, (size_t)(to - s->at));
    s->at = to;
}

/* '...', "...", `...`: the quote doubled stands for itself, and with `backslash` a backslash takes the next byte
 * along. */
static kn_status read_quoted(scan *s, char quote, bool backslash)
{
    const char *p = s->at + 1;

    for (; p < s->end; p++) {
        if (backslash && *p == '\\' && p + 1 < s->end)
            p++;
        else if (*p == quote && p + 1 < s->end && p[1] == quote)
            p++;
        else if (*p == quote) {
            copy_until(s, p + 1);
            return KN_OK;
        }
    }
    return refuse_at(s, s->at, KN_INVALID, quote == '\'' ? "a string has no end" : "a quoted name has no end");
}

static kn_status read_bracketed(scan *s)
{
    const char *p = memchr(s->at, ']', (size_t)(s->end - s->at));

    if (!p)
        return refuse_at(s, s->at, KN_INVALID, "a quoted name has no end");
    copy_until(s, p + 1);
    return KN_OK;
}

static kn_status read_line_comment(scan *s)
{
    const char *p = memchr(s->at, '\n', (size_t)(s->end - s->at));

    copy_until(s, p ? p + 1 : s->end);
    return KN_OK;
}

static kn_status read_block_comment(scan *s)
{
    const char *p = s->at + 2;
    size_t depth = 1;

    while (p + 1 < s->end) {
        if (p[0] == '*' && p[1] == '/') {
            p += 2;
            if (--depth == 0) {
                copy_until(s, p);
                return KN_OK;
            }
        } else if (has(s, KN_LEXIS_NESTED_COMMENTS) && p[0] == '/' && p[1] == '*') {
            depth++;
            p += 2;
        } else {
            p++;
        }
    }
    return refuse_at(s, s->at, KN_INVALID, "a comment has no end");
}

/* $tag$...$tag$; a dollar that opens nothing is copied. */
static kn_status read_dollar(scan *s)
{
    const char *tag_end = s->at + 1;
    size_t size;

    if (tag_end < s->end && is_name_start(*tag_end))
        while (tag_end < s->end && is_name_part(*tag_end))
            tag_end++;
    if (tag_end == s->end || *tag_end != '$') {
        copy_until(s, s->at + 1);
        return KN_OK;
    }
    size = (size_t)(tag_end - s->at) + 1;
    for (const char *p = tag_end + 1; (size_t)(s->end - p) >= size; p++) {
        p = memchr(p, '$', (size_t)(s->end - p));
        if (!p || (size_t)(s->end - p) < size)
            break;
        if (memcmp(p, s->at, size) == 0) {
            copy_until(s, p + size);
            return KN_OK;
        }
    }
    return refuse_at(s, s->at, KN_INVALID, "a dollar-quoted string has no end");
}

/* A word; E'...' is a string with backslashes where the dialect has it. */
static kn_status read_word(scan *s)
{
    const char *p = s->at + 1;

    if ((*s->at == 'e' || *s->at == 'E') && p < s->end && *p == '\'' && has(s, KN_LEXIS_E_STRINGS)) {
        copy_until(s, p);
        return read_quoted(s, '\'', true);
    }
    while (p < s->end && (is_name_part(*p) || *p == '$'))
        p++;
    copy_until(s, p);
    return KN_OK;
}

/* Doubles an array in the arena; the old one stays behind until the arena goes. */
static kn_status grow(scan *s, void **array, size_t *room, size_t used, size_t size)
{
    size_t more = *room ? *room * 2 : 8;
    void *larger = kn_arena_array(s->arena, more, size);

    if (!larger)
        return kn_error_set(s->error, KN_NOMEM, "out of memory for %zu parameters", more);
    if (used)
        memcpy(larger, *array, used * size);
    *array = larger;
    *room = more;
    return KN_OK;
}

static kn_status add_parameter(scan *s, const char *name, size_t size, uint32_t *out)
{
    void *names = s->names;
    char *copy;

    if (s->n_parameters == s->rules->parameters_max)
        return refuse_at(s, s->at, KN_LIMIT, "more parameters than the backend takes");
    if (s->n_parameters == s->room_parameters &&
        grow(s, &names, &s->room_parameters, s->n_parameters, sizeof(*s->names)) != KN_OK)
        return KN_NOMEM;
    s->names = names;
    copy = kn_arena_copy(s->arena, name, size);
    if (!copy)
        return kn_error_set(s->error, KN_NOMEM, "out of memory for a parameter");
    s->names[s->n_parameters] = copy;
    *out = (uint32_t)s->n_parameters++;
    return KN_OK;
}

static kn_status parameter_named(scan *s, const char *name, size_t size, uint32_t *out)
{
    uint32_t *known = kn__map_get(&s->by_name, (kn_text){name, size});
    kn_status status;

    if (known) {
        *out = *known;
        return KN_OK;
    }
    status = add_parameter(s, name, size, out);
    if (status != KN_OK)
        return status;
    known = kn_arena_alloc(s->arena, sizeof(*known));
    if (!known || kn__map_add(&s->by_name, (kn_text){name, size}, known) != KN_OK)
        return kn_error_set(s->error, KN_NOMEM, "out of memory for a parameter");
    *known = *out;
    return KN_OK;
}

static kn_status write_placeholder(scan *s, uint32_t parameter)
{
    void *list = s->parameter;

    if (s->rules->placeholder == KN_PLACEHOLDER_DOLLAR) {
        kn__buffer_printf(&s->out, "$%u", parameter + 1);
        /* one placeholder a parameter, however often it stands */
        if (s->n_placeholders > parameter)
            return KN_OK;
    } else {
        kn__buffer_char(&s->out, '?');
        if (s->n_placeholders == s->rules->parameters_max)
            return refuse_at(s, s->at, KN_LIMIT, "more parameters than the backend takes");
    }
    if (s->n_placeholders == s->room_placeholders &&
        grow(s, &list, &s->room_placeholders, s->n_placeholders, sizeof(*s->parameter)) != KN_OK)
        return KN_NOMEM;
    s->parameter = list;
    s->parameter[s->n_placeholders++] = parameter;
    return KN_OK;
}

static kn_status read_parameter(scan *s, const char *name, size_t size, const char *after)
{
    uint32_t parameter = 0;
    kn_status status;

    if (name ? s->positional : s->named)
        return refuse_at(s, s->at, KN_INVALID, "both ? and :name parameters; use one kind");
    *(name ? &s->named : &s->positional) = true;
    status = name ? parameter_named(s, name, size, &parameter) : add_parameter(s, "", 0, &parameter);
    if (status == KN_OK)
        status = write_placeholder(s, parameter);
    s->at = after;
    return status;
}

/* `:name`; `::` (a cast) and `:=` are copied. */
static kn_status read_colon(scan *s)
{
    const char *p = s->at + 1;

    if (p < s->end && is_name_start(*p)) {
        while (p < s->end && is_name_part(*p))
            p++;
        return read_parameter(s, s->at + 1, (size_t)(p - s->at) - 1, p);
    }
    copy_until(s, p < s->end && (*p == ':' || *p == '=') ? p + 1 : p);
    return KN_OK;
}

static kn_status read_semicolon(scan *s)
{
    s->ended = true;
    s->at++;
    kn__buffer_char(&s->out, ' '); /* the text is one statement; a space, so that `-;--` does not become a comment */
    return KN_OK;
}

static bool at_comment(const scan *s)
{
    return (*s->at == '-' && peek(s, 1) == '-') || (*s->at == '/' && peek(s, 1) == '*') ||
           (*s->at == '#' && has(s, KN_LEXIS_HASH_COMMENTS));
}

static kn_status read_comment(scan *s)
{
    return *s->at == '/' ? read_block_comment(s) : read_line_comment(s);
}

static kn_status read_lexeme(scan *s)
{
    switch (*s->at) {
    case '\'':
        return read_quoted(s, '\'', has(s, KN_LEXIS_BACKSLASH_STRINGS));
    case '"':
        return read_quoted(s, '"', has(s, KN_LEXIS_DOUBLE_QUOTED_STRINGS));
    case '?':
        return read_parameter(s, NULL, 0, s->at + 1);
    case ':':
        return read_colon(s);
    case ';':
        return read_semicolon(s);
    default:
        break;
    }
    if (*s->at == '`' && has(s, KN_LEXIS_BACKTICK_NAMES))
        return read_quoted(s, '`', false);
    if (*s->at == '[' && has(s, KN_LEXIS_BRACKET_NAMES))
        return read_bracketed(s);
    if (*s->at == '$' && has(s, KN_LEXIS_DOLLAR_QUOTES))
        return read_dollar(s);
    if (is_name_start(*s->at))
        return read_word(s);
    copy_until(s, s->at + 1);
    return KN_OK;
}

static kn_status read_next(scan *s)
{
    if (is_space(*s->at)) {
        copy_until(s, s->at + 1);
        return KN_OK;
    }
    if (at_comment(s))
        return read_comment(s);
    if (s->ended && *s->at != ';')
        return refuse_at(s, s->at, KN_INVALID, "a second statement; send one at a time");
    s->any |= *s->at != ';';
    return read_lexeme(s);
}

kn_status kn__scan_sql(kn_text sql, const kn__scan_rules *rules, kn_arena *arena, kn__scanned *out, kn_error *error)
{
    scan s = {.start = sql.data, .at = sql.data, .rules = rules, .arena = arena, .error = error};
    kn_status status = KN_OK;

    *out = (kn__scanned){.sql = {NULL, 0}};
    if (!sql.data)
        return kn_error_set(error, KN_INVALID, "no SQL text");
    if (sql.size > KN__SCAN_SQL_MAX)
        return kn_error_set(error, KN_LIMIT, "SQL text of %zu bytes; at most %u", sql.size, KN__SCAN_SQL_MAX);
    if (kn__utf8_check(sql.data, sql.size) == SIZE_MAX)
        return kn_error_set(error, KN_ENCODING, "SQL text is not valid UTF-8 or holds U+0000");
    s.end = sql.data + sql.size;
    /* `$123456` is at most six bytes longer than the `?` it stands for */
    kn__buffer_init(&s.out, arena->allocator, (size_t)KN__SCAN_SQL_MAX * 7);
    kn__map_init(&s.by_name, arena->allocator, (uint64_t)(uintptr_t)arena);
    while (status == KN_OK && s.at < s.end)
        status = read_next(&s);
    if (status == KN_OK && !s.any)
        status = kn_error_set(error, KN_INVALID, "SQL text without a statement");
    if (status == KN_OK)
        status = kn__buffer_copy(&s.out, "the statement", arena, &out->sql, error);
    if (status == KN_OK) {
        out->parameter = s.parameter;
        out->n_placeholders = s.n_placeholders;
        out->names = s.names;
        out->n_parameters = s.n_parameters;
    }
    kn__map_finish(&s.by_name);
    kn__buffer_finish(&s.out);
    return status;
}
