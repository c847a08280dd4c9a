/* SPDX-License-Identifier: MIT */
/* Objects as text, for logs and debuggers: nothing fails here, and nothing is read past its size. */
#include "base/escape.h"
#include "base/utf8.h"
#include "base/writer.h"
#include "expr/columns.h"
#include "model/mapping.h"

/* Characters of a value that are shown. */
#define SHOWN 40

/* At most SHOWN characters, each as one or as its escape. */
static void write_text(kn__writer *w, kn_text text)
{
    size_t at = 0;
    for (size_t n = 0; at < text.size && n < SHOWN; n++) {
        char unit[KN__ESCAPE_ROOM];
        size_t taken = 0, size = kn__escape_one(text.data + at, text.size - at, unit, &taken);
        if (size == 1 && (unit[0] == '\'' || unit[0] == '\\'))
            kn__writer_char(w, '\\');
        kn__writer_append(w, unit, size);
        at += taken;
    }
    if (at < text.size)
        kn__writer_string(w, "...");
}

static void write_quoted(kn__writer *w, kn_text text)
{
    kn__writer_char(w, '\'');
    write_text(w, text);
    kn__writer_char(w, '\'');
}

/* Numbers, moments and bytes are ASCII; what is longer ends in "...". */
static void write_plain(kn__writer *w, const kn_value *value)
{
    char shown[SHOWN + 1];
    kn_value cut = *value;
    if (cut.kind == KN_KIND_BYTES && cut.as.bytes.size > SHOWN)
        cut.as.bytes.size = SHOWN;
    (void)kn_value_print(&cut, shown, sizeof shown);
    kn__writer_string(w, shown);
}

/* What kn_any_print writes is valid UTF-8 without control characters. */
static void write_any(kn__writer *w, const kn_any *any)
{
    if (!any) {
        kn__writer_string(w, "NULL");
        return;
    }
    char shown[4 * SHOWN];
    size_t size = kn_any_print(any, shown, sizeof shown), at = 0;
    for (size_t n = 0; at < size && n < SHOWN; n++) {
        size_t sequence = kn__utf8_sequence(shown + at, size - at);
        kn__writer_append(w, shown + at, sequence);
        at += sequence;
    }
    if (at < size)
        kn__writer_string(w, "...");
}

/* A char[N] that somebody filled to the last byte has no NUL; it is shown all the same. */
static kn_text chars_of(const kn_column *column, const char *member)
{
    const char *end = memchr(member, '\0', column->member_size);
    return (kn_text){member, end ? (size_t)(end - member) : column->member_size};
}

static bool is_text(const kn_column *column)
{
    return column->type.id >= KN_TYPE_STRING && column->type.id <= KN_TYPE_UNICODE_TEXT;
}

static bool is_twin(const kn_column *column)
{
    return column->ctype >= KN_C_OPT_BOOL && column->ctype <= KN_C_OPT_BYTES;
}

static void write_value(kn__writer *w, const kn_column *column, const kn_value *value, bool brief)
{
    kn_text text = value->as.text;
    if (value->kind == KN_KIND_UNSET)
        kn__writer_string(w, is_twin(column) ? "UNSET" : "NULL");
    else if (value->kind != KN_KIND_TEXT)
        write_plain(w, value);
    else if (brief || !is_text(column))
        write_text(w, text.size == SIZE_MAX ? kn_text_of(text.data) : text);
    else
        write_quoted(w, text.size == SIZE_MAX ? kn_text_of(text.data) : text);
}

/* A member as it stands; `brief`: without quotes. */
static void write_member(kn__writer *w, const kn_column *column, const void *object, bool brief)
{
    const char *member = (const char *)object + column->offset;
    kn_value value = {0};
    if (column->secret) {
        kn__writer_string(w, "***");
    } else if (column->ctype == KN_C_STRUCT) {
        kn__writer_string(w, "{...}");
    } else if (column->ctype == KN_C_ANY) {
        write_any(w, *(const kn_any *const *)(const void *)member);
    } else if (column->ctype == KN_C_CHARS) {
        value = kn_textn("", 0);
        value.as.text = chars_of(column, member);
        write_value(w, column, &value, brief);
    } else if (kn__member_load(column, object, NULL, &value, NULL) == KN_OK) {
        write_value(w, column, &value, brief);
    } else {
        kn__writer_char(w, '?'); /* a state, bool or constant that is none */
    }
}

static bool is_shown_text(const kn_column *column)
{
    return column->ctype != KN_C_NONE && is_text(column) && !column->secret;
}

/* What stands for the object: `shown`, or the first text member; SIZE_MAX: the key does. */
static size_t shown_column(const kn_model *full)
{
    for (size_t i = 0; full->shown && i < full->n_columns; i++) {
        const kn_column *column = kn_model_column(full, i);
        if (column->member && strcmp(column->member, full->shown) == 0)
            return i;
    }
    for (size_t i = 0; i < full->n_columns; i++) {
        if (is_shown_text(kn_model_column(full, i)))
            return i;
    }
    return SIZE_MAX;
}

static void write_brief(kn__writer *w, const kn_model *full, const void *object)
{
    size_t shown = shown_column(full);
    const char *separator = " ";
    if (shown != SIZE_MAX) {
        kn__writer_string(w, separator);
        write_member(w, kn_model_column(full, shown), object, true);
        return;
    }
    for (size_t i = 0; i < full->n_columns; i++) {
        const kn_column *column = kn_model_column(full, i);
        if (!column->primary_key || column->ctype == KN_C_NONE)
            continue;
        kn__writer_string(w, separator);
        write_member(w, column, object, true);
        separator = ", ";
    }
}

static void write_full(kn__writer *w, const kn_model *full, const void *object)
{
    for (size_t i = 0; i < full->n_columns; i++) {
        const kn_column *column = kn_model_column(full, i);
        if (column->ctype == KN_C_NONE)
            continue;
        kn__writer_char(w, ' ');
        kn__writer_string(w, kn_column_name(column));
        kn__writer_char(w, '=');
        write_member(w, column, object, false);
    }
}

size_t kn_print(const kn_model *model, const void *object, kn_print_form form, char *out, size_t size)
{
    kn__writer w = kn__writer_of(out, size);
    if (!model || !object) {
        kn__writer_string(&w, "<NULL>");
        return kn__writer_end(&w);
    }
    kn_model full = kn__model_load(model);
    kn__writer_char(&w, '<');
    kn__writer_string(&w, full.name ? full.name : full.table);
    if (form == KN_PRINT_FULL)
        write_full(&w, &full, object);
    else
        write_brief(&w, &full, object);
    kn__writer_char(&w, '>');
    return kn__writer_end(&w);
}
