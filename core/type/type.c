/* SPDX-License-Identifier: MIT */
#include <koine/type.h>

#include "base/writer.h"
#include "type/enum_check.h"

typedef struct type_facts {
    const char *name;
    kn_kind kind;
} type_facts;

static const type_facts types[KN_TYPE_END_] = {
#define KN_X(id, number, name, kind) [KN_TYPE_##id] = {name, KN_KIND_##kind},
    KN_TYPE_MAP(KN_X)
#undef KN_X
};

static const type_facts *facts_of(kn_type_id id)
{
    static const type_facts none = {"?", KN_KIND_UNSET};
    return (unsigned)id < KN_TYPE_END_ && types[id].name ? &types[id] : &none;
}

const char *kn_type_name(kn_type_id id)
{
    return facts_of(id)->name;
}

kn_kind kn_type_kind(kn_type_id id)
{
    return facts_of(id)->kind;
}

const char *kn_kind_name(kn_kind kind)
{
    static const char *const names[KN_KIND_END_] = {
        [KN_KIND_UNSET] = "unset",       [KN_KIND_NULL] = "null",         [KN_KIND_BOOL] = "bool",
        [KN_KIND_INT] = "int",           [KN_KIND_FLOAT] = "float",       [KN_KIND_DECIMAL] = "decimal",
        [KN_KIND_TEXT] = "text",         [KN_KIND_BYTES] = "bytes",       [KN_KIND_DATE] = "date",
        [KN_KIND_TIME] = "time",         [KN_KIND_DATETIME] = "datetime", [KN_KIND_INSTANT] = "instant",
        [KN_KIND_INTERVAL] = "interval", [KN_KIND_ANY] = "any",
    };
    return (unsigned)kind < KN_KIND_END_ ? names[kind] : "?";
}

/* check */

/* What each parameter may be; a parameter that a type does not have is 0. */
typedef struct bounds {
    uint16_t precision_min, precision_max, scale_max;
    bool has_labels, may_have_codec;
    uint64_t length_min, length_max;
} bounds;

/* The longest that every backend can declare; a longer column is Text. */
#define STRING_MAX 10485760
/* What the largest binary type of any backend holds. */
#define BINARY_MAX UINT32_MAX

static const bounds all_bounds[KN_TYPE_END_] = {
    [KN_TYPE_FLOAT] = {.precision_min = 1, .precision_max = 53},
    [KN_TYPE_NUMERIC] = {.precision_min = 1,
                         .precision_max = KN_DECIMAL_DIGITS_MAX,
                         .scale_max = KN_DECIMAL_DIGITS_MAX},
    [KN_TYPE_STRING] = {.length_min = 1, .length_max = STRING_MAX},
    [KN_TYPE_UNICODE] = {.length_min = 1, .length_max = STRING_MAX},
    [KN_TYPE_LARGE_BINARY] = {.length_max = BINARY_MAX},
    [KN_TYPE_ENUM] = {.has_labels = true},
    [KN_TYPE_PICKLE] = {.may_have_codec = true},
};

/* Says which of the bounds is broken: a parameter that the type does not have, or one outside its range. */
static kn_status check_number(const char *type, const char *what, uint64_t n, uint64_t min, uint64_t max,
                              const char *instead, kn_error *error)
{
    if (n >= min && n <= max)
        return KN_OK;
    if (max == 0)
        return kn_error_set(error, KN_INVALID, "%s has no %s", type, what);
    return kn_error_set(error, KN_INVALID, "%s of %s is %llu, not %llu to %llu%s", what, type, (unsigned long long)n,
                        (unsigned long long)min, (unsigned long long)max, instead);
}

static kn_status check_numbers(const kn_type *type, const char *name, const bounds *b, kn_error *error)
{
    kn_status status = check_number(name, "precision", type->precision, b->precision_min, b->precision_max, "", error);

    if (status == KN_OK)
        status = check_number(name, "scale", type->scale, 0, b->scale_max, "", error);
    if (status == KN_OK && type->scale > type->precision)
        return kn_error_set(error, KN_INVALID, "scale of %s is %u, more than its precision, %u", name,
                            (unsigned)type->scale, (unsigned)type->precision);
    if (status == KN_OK)
        status = check_number(name, "length", type->length, b->length_min, b->length_max,
                              b->length_min ? ": longer text is Text" : "", error);
    return status;
}

static kn_status check_codec(const kn_codec *codec, kn_error *error)
{
    if (codec->size_ < sizeof *codec || !codec->write || !codec->read || codec->object_size == 0)
        return kn_error_set(error, KN_INVALID, "codec of PickleType lacks size_, object_size, write or read");
    return KN_OK;
}

kn_status kn_type_check(const kn_type *type, kn_error *error)
{
    const type_facts *facts = facts_of((kn_type_id)type->id);
    const bounds *b;
    kn_status status;

    if (facts->kind == KN_KIND_UNSET)
        return kn_error_set(error, KN_INVALID, "%u is the number of no type", (unsigned)type->id);
    b = &all_bounds[type->id];
    status = check_numbers(type, facts->name, b, error);
    if (status != KN_OK)
        return status;
    if ((type->labels != NULL) != b->has_labels)
        return kn_error_set(error, KN_INVALID, b->has_labels ? "%s without labels" : "%s has no labels", facts->name);
    if (type->codec && !b->may_have_codec)
        return kn_error_set(error, KN_INVALID, "%s has no codec", facts->name);
    if (type->labels)
        return kn__enum_check(type->labels, error);
    return type->codec ? check_codec(type->codec, error) : KN_OK;
}

/* equal */

bool kn_type_equal(const kn_type *a, const kn_type *b)
{
    if (a->id != b->id || a->precision != b->precision || a->scale != b->scale || a->length != b->length)
        return false;
    return a->labels == b->labels || (a->labels && b->labels && kn__enum_equal(a->labels, b->labels));
}

/* print */

/* `quote` around the text, doubled inside. */
static void write_quoted(kn__writer *w, const char *text, char quote)
{
    kn__writer_char(w, quote);
    for (const char *p = text; *p; p++) {
        if (*p == quote)
            kn__writer_char(w, quote);
        kn__writer_char(w, *p);
    }
    kn__writer_char(w, quote);
}

static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p; p++) {
        bool is_letter = (unsigned char)((*p | 0x20) - 'a') < 26 || *p == '_';
        if (!is_letter && (p == name || (unsigned char)(*p - '0') > 9))
            return false;
    }
    return true;
}

void kn__enum_write_name(kn__writer *w, const kn_enum *e)
{
    kn__writer_string(w, "NAME ");
    if (is_plain_name(e->name))
        kn__writer_string(w, e->name);
    else
        write_quoted(w, e->name, '"');
}

static void write_enum(kn__writer *w, const kn_enum *e)
{
    const char *before = "(";

    for (const kn_label *label = e->labels; label->label; label++) {
        kn__writer_string(w, before);
        write_quoted(w, label->label, '\'');
        before = ", ";
    }
    kn__writer_string(w, ") ");
    kn__enum_write_name(w, e);
}

static void write_parameters(kn__writer *w, const kn_type *type)
{
    if (type->labels) {
        write_enum(w, type->labels);
    } else if (type->length) {
        kn__writer_char(w, '(');
        kn__writer_int(w, (int64_t)type->length);
        kn__writer_char(w, ')');
    } else if (type->precision && !(type->id == KN_TYPE_FLOAT && type->precision == 53)) {
        kn__writer_char(w, '(');
        kn__writer_int(w, type->precision);
        if (type->id == KN_TYPE_NUMERIC) {
            kn__writer_string(w, ", ");
            kn__writer_int(w, type->scale);
        }
        kn__writer_char(w, ')');
    }
}

kn_status kn_type_print(const kn_type *type, char *out, size_t size, kn_error *error)
{
    kn__writer w = kn__writer_of(out, size);
    kn_status status = kn_type_check(type, error);

    if (status == KN_OK) {
        kn__writer_string(&w, kn_type_name((kn_type_id)type->id));
        write_parameters(&w, type);
        if (w.is_cut || size == 0)
            status = kn_error_set(error, KN_TOO_LONG, "the text of type %s does not fit %zu bytes",
                                  kn_type_name((kn_type_id)type->id), size);
    }
    (void)kn__writer_end(&w);
    return status;
}
