/* SPDX-License-Identifier: MIT */
/* expect-gcc: 'Row' has no member named 'nmae' */
/* expect-clang: no member named 'nmae' in 'struct Row' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, nmae, KN_STRING(7)),
};
KN_DEFINE(Row, "rows");
