/* SPDX-License-Identifier: MIT */
/* Comments inside of DDL text, which some backends keep: no text may end them early, and what was written can be read
 * back. */
#include <string.h>

#include "base/utf8.h"
#include "sql/ansi.h"

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
