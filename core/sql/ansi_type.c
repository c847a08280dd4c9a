/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/utf8.h"
#include "sql/ansi.h"

static kn_status write_number(kn_sql *sql, const char *before, uint64_t n, const char *after)
{
    kn__buffer_printf(&sql->buffer, "%s%llu%s", before, (unsigned long long)n, after);
    return kn__sql_text(sql, "");
}

kn_status kn__ansi_type_float(kn_sql *sql, const kn_type *type)
{
    return type->precision == 53 ? kn__sql_text(sql, "DOUBLE PRECISION")
                                 : write_number(sql, "FLOAT(", type->precision, ")");
}

kn_status kn__ansi_type_numeric(kn_sql *sql, const kn_type *type)
{
    KN__TRY(write_number(sql, "NUMERIC(", type->precision, ", "));
    return write_number(sql, "", type->scale, ")");
}

kn_status kn__ansi_type_varchar(kn_sql *sql, const kn_type *type)
{
    return write_number(sql, "VARCHAR(", type->length, ")");
}

/* As long as the longest label. */
kn_status kn__ansi_type_enum(kn_sql *sql, const kn_type *type)
{
    size_t longest = 1;
    for (const kn_label *label = type->labels->labels; label->label; label++) {
        size_t length = kn__utf8_length(label->label, strlen(label->label));
        if (length == SIZE_MAX)
            return kn_error_set(sql->error, KN_ENCODING, "a label of enum %s is not valid UTF-8", type->labels->name);
        longest = length > longest ? length : longest;
    }
    return write_number(sql, "VARCHAR(", longest, ")");
}

static kn_status refuse_size(kn_sql *sql, const kn_type *type, const char *what, uint32_t most)
{
    char shown[64];
    if (kn_type_print(type, shown, sizeof(shown), NULL) != KN_OK)
        return kn__sql_refuse(sql, kn_type_name((kn_type_id)type->id));
    return kn_error_set(sql->error, KN_UNSUPPORTED, "%s: dialect '%s' has at most %u %s", shown,
                        sql->target->dialect->name, most, what);
}

static kn_status check_limits(kn_sql *sql, const kn_type *type)
{
    const kn_limits *limits = &sql->target->dialect->limits;
    switch (type->id) {
    case KN_TYPE_NUMERIC:
        if (type->precision > limits->numeric_precision_max)
            return refuse_size(sql, type, "digits", limits->numeric_precision_max);
        if (type->scale > limits->numeric_scale_max)
            return refuse_size(sql, type, "digits after the point", limits->numeric_scale_max);
        return KN_OK;
    case KN_TYPE_STRING:
    case KN_TYPE_UNICODE:
        if (type->length > limits->string_max)
            return refuse_size(sql, type, "characters in a String", limits->string_max);
        return KN_OK;
    default:
        return KN_OK;
    }
}

kn_status kn__sql_type(kn_sql *sql, const kn_type *type)
{
    KN__TRY(kn_type_check(type, sql->error));
    const kn_type_rule *rule = &sql->target->dialect->types[type->id];
    if (!rule->type)
        return kn__sql_refuse(sql, kn_type_name((kn_type_id)type->id));
    KN__TRY(check_limits(sql, type));
    return rule->render ? rule->render(sql, type) : kn__sql_text(sql, rule->ddl);
}
