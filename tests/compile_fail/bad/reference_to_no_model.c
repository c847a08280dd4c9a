/* SPDX-License-Identifier: MIT */
/* expect-gcc: 'Nobody_model' undeclared */
/* expect-clang: use of undeclared identifier 'Nobody_model' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
typedef struct Nobody {
    int64_t id;
} Nobody;
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true, .references = KN_REF(Nobody, id)),
};
KN_DEFINE(Row, "rows");
