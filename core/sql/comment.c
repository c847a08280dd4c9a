/* SPDX-License-Identifier: MIT */
/* Comments inside of DDL text, which some backends keep, and COMMENT: no text may end them early, and what was written
 * can be read back. */
#include <string.h>

#include "base/utf8.h"
#include "sql/ansi.h"
#include "type/enum_check.h"

kn_status kn__sql_comment(kn_sql *sql, const char *label, kn_text text)
{
    if (text.data && text.size == SIZE_MAX)
        text.size = strlen(text.data);
    if (!text.data || kn__utf8_check(text.data, text.size) == SIZE_MAX)
        return kn_error_set(sql->error, KN_ENCODING, "a comment that is not valid UTF-8");
    KN__TRY(kn__sql_text(sql, "/* "));
    KN__TRY(kn__sql_text(sql, label));
    for (size_t i = 0; i < text.size; i++) {
        bool would_end = text.data[i] == '/' && i && text.data[i - 1] == '*';
        if (text.data[i] == '\\' || would_end)
            kn__buffer_char(&sql->buffer, '\\');
        kn__buffer_char(&sql->buffer, text.data[i]);
    }
    return kn__sql_text(sql, " */");
}

/* Long enough for any Enum that a column can have: the text grows until it fits. */
kn_status kn__sql_type_comment(kn_sql *sql, const kn_type *type)
{
    for (size_t size = 128; size <= KN__SQL_MAX; size *= 4) {
        char *text = kn_arena_alloc(sql->arena, size);
        if (!text)
            return kn_error_set(sql->error, KN_NOMEM, "no memory for a type");
        kn_status status = kn_type_print(type, text, size, size * 4 <= KN__SQL_MAX ? NULL : sql->error);
        if (status == KN_OK)
            return kn__sql_comment(sql, "", (kn_text){text, SIZE_MAX});
        if (status != KN_TOO_LONG || size * 4 > KN__SQL_MAX)
            return kn_type_print(type, text, size, sql->error);
    }
    return KN_OK;
}

#define NOTE_BEGIN "[koine: "

bool kn__comment_is_noted(const kn__dialect *dialect, const char *comment, const kn_type *type)
{
    size_t size = comment ? strlen(comment) : 0;
    if (size && comment[size - 1] == ']' && strstr(comment, NOTE_BEGIN))
        return true; /* so that the last note is always ours */
    while (dialect && !dialect->own.needs_note)
        dialect = dialect->base;
    return dialect && dialect->own.needs_note(type);
}

/* The labels of an Enum are in the catalog of every backend that has COMMENT. */
static void write_note(kn__writer *w, const kn_type *type)
{
    char text[64] = "Enum ";
    if (!type->labels)
        (void)kn_type_print(type, text, sizeof(text), NULL); /* sql_type has refused what cannot be printed */
    kn__writer_string(w, text);
    if (type->labels)
        kn__enum_write_name(w, type->labels);
}

static const char *add_note(kn_sql *sql, const char *comment, const kn_type *type)
{
    size_t size = strlen(comment) + (type->labels ? 2 * strlen(type->labels->name) : 0) + 128;
    char *text = kn_arena_alloc(sql->arena, size);
    if (!text)
        return NULL;
    kn__writer w = kn__writer_of(text, size);
    kn__writer_string(&w, comment);
    kn__writer_string(&w, *comment ? " " NOTE_BEGIN : NOTE_BEGIN);
    write_note(&w, type);
    kn__writer_string(&w, "]");
    kn__writer_end(&w);
    return text;
}

kn_status kn__sql_column_comment(kn_sql *sql, const char *before, const char *text, const kn_type *type, uint32_t most)
{
    if (type && kn__comment_is_noted(sql->target->dialect, text, type)) {
        text = add_note(sql, text ? text : "", type);
        if (!text)
            return kn_error_set(sql->error, KN_NOMEM, "no memory for a comment");
    }
    if (!text)
        return KN_OK;
    size_t length = kn__utf8_length(text, strlen(text));
    if (most && length != SIZE_MAX && length > most) /* what is not UTF-8 is refused below */
        return kn_error_set(sql->error, KN_UNSUPPORTED, "dialect '%s': a comment of more than %u characters",
                            sql->target->dialect->name, most);
    KN__TRY(kn__sql_text(sql, before));
    return kn__sql_string(sql, (kn_text){text, SIZE_MAX});
}
