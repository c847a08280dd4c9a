/* SPDX-License-Identifier: MIT */
/* Identifiers: quoted when they must be, refused when the backend would change them. */
#include <string.h>

#include "base/utf8.h"
#include "sql/render.h"

/* Bare names are the same on backends that fold case either way. */
static bool is_bare(const char *name, size_t size)
{
    if (name[0] >= '0' && name[0] <= '9')
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

/* `words` are sorted. */
static bool is_among(const char *const *words, const char *name)
{
    while (words && *words && **words < *name)
        words++;
    for (; words && *words; words++) {
        int order = strcmp(*words, name);
        if (order >= 0)
            return order == 0;
    }
    return false;
}

static bool is_reserved(const kn__dialect *dialect, const char *name)
{
    for (; dialect; dialect = dialect->base) {
        if (is_among(dialect->own.reserved, name))
            return true;
    }
    return false;
}

/* In UTF-16 a character outside the BMP, which has four bytes in UTF-8, counts twice. */
static size_t utf16_length(const char *name, size_t size, size_t code_points)
{
    size_t length = code_points;
    for (size_t i = 0; i < size; i++)
        length += (unsigned char)name[i] >= 0xF0;
    return length;
}

static kn_status check_length(kn_sql *sql, const char *name, size_t size, size_t code_points)
{
    static const char *const units[] = {"", "bytes", "characters", "UTF-16 units"};
    const kn_limits *limits = &sql->target->dialect->limits;
    size_t length = limits->name_unit == KN_NAME_BYTES   ? size
                    : limits->name_unit == KN_NAME_UTF16 ? utf16_length(name, size, code_points)
                                                         : code_points;
    if (length <= limits->name_max)
        return KN_OK;
    return kn_error_set(sql->error, KN_TOO_LONG, "a name of %zu %s, of which dialect '%s' takes at most %u: %s", length,
                        units[limits->name_unit & 3u], sql->target->dialect->name, limits->name_max, name);
}

/* Dialects may add to the rules of their bases. */
static kn_status check_by_dialects(kn_sql *sql, kn_text name)
{
    kn_status status = KN_OK;
    for (const kn__dialect *d = sql->target->dialect; d && status == KN_OK; d = d->base) {
        if (d->own.check_name)
            status = d->own.check_name(name, sql->error);
    }
    if (status != KN_OK)
        kn_error_prefix(sql->error, "dialect '%s'", sql->target->dialect->name);
    return status;
}

static kn_status check(kn_sql *sql, const char *name, size_t size)
{
    if (!size)
        return kn_error_set(sql->error, KN_INVALID, "an empty name");
    size_t code_points = kn__utf8_check(name, size);
    if (code_points == SIZE_MAX)
        return kn_error_set(sql->error, KN_ENCODING, "a name that is not valid UTF-8");
    kn_status status = check_length(sql, name, size, code_points);
    return status == KN_OK ? check_by_dialects(sql, (kn_text){name, size}) : status;
}

static kn_status write_quoted(kn_sql *sql, const char *name, size_t size)
{
    char quote = (char)sql->target->dialect->quote;
    kn__buffer_char(&sql->buffer, quote);
    for (size_t i = 0; i < size; i++) {
        if (name[i] == quote)
            kn__buffer_char(&sql->buffer, quote);
        kn__buffer_char(&sql->buffer, name[i]);
    }
    return kn__sql_bytes(sql, &quote, 1);
}

kn_status kn__sql_name(kn_sql *sql, const char *name)
{
    if (!name)
        return kn_error_set(sql->error, KN_INVALID, "a name is NULL");
    size_t size = strlen(name);
    kn_status status = check(sql, name, size);
    if (status != KN_OK)
        return status;
    if (is_bare(name, size) && !is_reserved(sql->target->dialect, name))
        return kn__sql_bytes(sql, name, size);
    return write_quoted(sql, name, size);
}

kn_status kn__sql_table(kn_sql *sql, kn_ddl_name name)
{
    kn_status status = KN_OK;
    if (name.schema) {
        status = kn__sql_name(sql, name.schema);
        if (status == KN_OK)
            status = kn__sql_text(sql, ".");
    }
    return status == KN_OK ? kn__sql_name(sql, name.name) : status;
}
