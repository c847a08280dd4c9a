/* SPDX-License-Identifier: MIT */
/* The driver moves every kind as it is, so no type needs an encoder or decoder. Text has its collation in the
 * definition of its column (ddl.c). */
#include "postgresql_dialect.h"

kn_status kn_postgresql_text_uint(kn_sql *sql, uint64_t n)
{
    char text[20];
    size_t at = sizeof(text);
    do
        text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    return knp_sql_bytes(sql, text + at, sizeof(text) - at);
}

static kn_status render_sized(kn_sql *sql, const char *name, uint64_t size)
{
    KN_POSTGRESQL_TRY(knp_sql_text(sql, name));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "("));
    KN_POSTGRESQL_TRY(kn_postgresql_text_uint(sql, size));
    return knp_sql_text(sql, ")");
}

static kn_status render_float(kn_sql *sql, const kn_type *type)
{
    return type->precision == 53 ? knp_sql_text(sql, "DOUBLE PRECISION") : render_sized(sql, "FLOAT", type->precision);
}

static kn_status render_varchar(kn_sql *sql, const kn_type *type)
{
    return render_sized(sql, "VARCHAR", type->length);
}

static kn_status render_enum(kn_sql *sql, const kn_type *type)
{
    if (!type->labels->name)
        return knp_sql_refuse(sql, "an Enum without a name");
    return knp_sql_name(sql, type->labels->name);
}

/* The domains and lengths that the types of the server do not have; labels are in the catalog. */
bool kn_postgresql_needs_note(const kn_type *type)
{
    switch (type->id) {
    case KN_TYPE_FLOAT:
        return type->precision != 24 && type->precision != 53;
    case KN_TYPE_LARGE_BINARY:
        return type->length != 0;
    case KN_TYPE_UNICODE:
    case KN_TYPE_UNICODE_TEXT:
    case KN_TYPE_PICKLE:
        return true;
    default:
        return false;
    }
}

#define RULE(type_, kind, ...)                                                                                         \
    {                                                                                                                  \
        .type = KN_TYPE_##type_, .storage = KN_KIND_##kind, __VA_ARGS__                                                \
    }
const kn_type_rule kn_postgresql_types[] = {
    RULE(FLOAT, FLOAT, .render = render_float),
    RULE(STRING, TEXT, .render = render_varchar),
    RULE(UNICODE, TEXT, .render = render_varchar),
    RULE(TEXT, TEXT, .ddl = "TEXT"),
    RULE(UNICODE_TEXT, TEXT, .ddl = "TEXT"),
    RULE(LARGE_BINARY, BYTES, .ddl = "BYTEA"),
    RULE(TIME, TIME, .ddl = "TIME"),
    RULE(DATETIME, DATETIME, .ddl = "TIMESTAMP"),
    RULE(DATETIME_TZ, INSTANT, .ddl = "TIMESTAMPTZ"),
    RULE(INTERVAL, INTERVAL, .ddl = "INTERVAL"),
    RULE(ENUM, TEXT, .render = render_enum),
    RULE(PICKLE, BYTES, .ddl = "BYTEA"),
    {.type = KN_TYPE_NONE},
};
