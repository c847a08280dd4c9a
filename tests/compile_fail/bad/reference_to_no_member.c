/* SPDX-License-Identifier: MIT */
/* expect-gcc: has no member named 'idd' */
/* expect-clang: no member named 'idd' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
typedef struct Child {
    int64_t id;
    int64_t row_id;
} Child;
KN_MODEL(Child);
KN_COLUMNS(Child) = {
    KN_COLUMN(Child, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Child, row_id, KN_INTEGER, .references = KN_REF(Row, idd)),
};
KN_DEFINE(Child, "children");
