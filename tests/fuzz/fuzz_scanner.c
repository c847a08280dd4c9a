/* SPDX-License-Identifier: MIT */
/* The first byte chooses the lexis, the rest is SQL. What is accepted must be accepted again when read as its own
 * output (placeholders are parameters), with as many of them. */
#include <stdlib.h>

#include "sql/scanner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn__scan_rules rules = {.placeholder = KN_PLACEHOLDER_QUESTION, .parameters_max = 32766};
    kn_arena arena;
    kn__scanned once, twice;

    if (!size)
        return 0;
    rules.lexis = data[0];
    kn_arena_init(&arena, NULL, 0);
    if (kn__scan_sql((kn_text){(const char *)data + 1, size - 1}, &rules, &arena, &once, NULL) == KN_OK) {
        if (kn__scan_sql(once.sql, &rules, &arena, &twice, NULL) != KN_OK)
            abort();
        if (twice.n_placeholders != once.n_placeholders || !kn_text_equal(once.sql, twice.sql))
            abort();
        for (size_t i = 0; i < once.n_placeholders; i++)
            if (once.parameter[i] >= once.n_parameters)
                abort();
    }
    kn_arena_finish(&arena);
    return 0;
}
