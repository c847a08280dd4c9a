/* SPDX-License-Identifier: MIT */
/* Literals in DDL that PostgreSQL writes, or takes, another way than the base. X'..' is a string of bits there, and
 * TIMESTAMP '...+00:00' drops its zone in silence. */
#include "postgresql_dialect.h"

static kn_status render_bytes(kn_sql *sql, kn_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes.data;
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "'\\x"));
    for (size_t i = 0; i < bytes.size; i++) {
        const char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        KN_POSTGRESQL_TRY(knp_sql_bytes(sql, pair, sizeof(pair)));
    }
    return knp_sql_text(sql, "'::bytea");
}

static kn_status render_instant(kn_sql *sql, kn_instant t)
{
    char text[KN_DATETIME_SIZE];
    knp_datetime_print((kn_datetime){t.us}, ' ', text);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "TIMESTAMPTZ '"));
    KN_POSTGRESQL_TRY(knp_sql_bytes(sql, text, sizeof(text)));
    return knp_sql_text(sql, "+00:00'");
}

/* Days and clock apart, each with its own sign. */
static kn_status render_interval(kn_sql *sql, kn_interval interval)
{
    uint64_t us = interval.us < 0 ? UINT64_C(0) - (uint64_t)interval.us : (uint64_t)interval.us;
    const char *sign = interval.us < 0 ? "-" : "";
    char clock[KN_TIME_SIZE];
    knp_time_print((kn_time){(int64_t)(us % (uint64_t)KN_US_PER_DAY)}, clock);
    KN_POSTGRESQL_TRY(knp_sql_text(sql, "INTERVAL '"));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, sign));
    KN_POSTGRESQL_TRY(kn_postgresql_text_uint(sql, us / (uint64_t)KN_US_PER_DAY));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, " days "));
    KN_POSTGRESQL_TRY(knp_sql_text(sql, sign));
    KN_POSTGRESQL_TRY(knp_sql_bytes(sql, clock, sizeof(clock)));
    return knp_sql_text(sql, "'");
}

kn_status kn_postgresql_value(kn_sql *sql, const kn_node *node)
{
    const kn_value *value = &kn_postgresql_expr_of(node)->value;
    if (!knp_sql_in_ddl(sql))
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    switch (value->kind) {
    case KN_KIND_BYTES:
        return render_bytes(sql, value->as.bytes);
    case KN_KIND_INSTANT:
        return render_instant(sql, value->as.instant);
    case KN_KIND_INTERVAL:
        return render_interval(sql, value->as.interval);
    default:
        return knp_sql_super(sql, &kn_postgresql_dialect, node);
    }
}
