/* SPDX-License-Identifier: MIT */
/* expect-gcc: 'kn_column' has no member named 'primary_keys' */
/* expect-clang: field designator 'primary_keys' does not refer to any field */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_keys = true),
};
KN_DEFINE(Row, "rows");
