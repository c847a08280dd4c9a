/* SPDX-License-Identifier: MIT */
/* core/sql/scanner.h - finds the parameters in SQL text that a person wrote, and rewrites them to the dialect's
 * placeholders. */
#ifndef KOINE_SQL_SCANNER_H
#define KOINE_SQL_SCANNER_H

#include <koine/plugin/dialect.h>

#define KN__SCAN_SQL_MAX (1u << 20)

/* Everything lives in the arena it was scanned with. */
typedef struct kn__scanned {
    kn_text sql;               /* with placeholders, NUL-ended */
    const uint32_t *parameter; /* placeholder -> parameter */
    size_t n_placeholders;
    const char *const *names; /* of the parameters; "" for `?` */
    size_t n_parameters;
} kn__scanned;

/* How the text is to be read and written. */
typedef struct kn__scan_rules {
    uint32_t lexis;       /* kn_lexis bits */
    uint32_t placeholder; /* kn_placeholder */
    uint32_t parameters_max;
} kn__scan_rules;

/* One pass, linear. KN_INVALID for both kinds of parameters in one text, for a second statement, an empty text, a
 * string or comment without an end; KN_ENCODING for text that is not UTF-8 or holds U+0000; KN_LIMIT; error->position
 * is the byte. */
kn_status kn__scan_sql(kn_text sql, const kn__scan_rules *rules, kn_arena *arena, kn__scanned *out, kn_error *error);

#endif
