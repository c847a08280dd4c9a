/* SPDX-License-Identifier: MIT */
/* expect-gcc: has no member named 'nmae' */
/* expect-clang: no member named 'nmae' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
extern const kn_select query;
const kn_select query = KN_SELECT(KN_FROM(Row), .where = KN_EQ(KN_COL(Row, nmae), KN_ARG(0)));
