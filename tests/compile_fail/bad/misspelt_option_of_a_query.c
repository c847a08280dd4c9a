/* SPDX-License-Identifier: MIT */
/* expect-gcc: 'kn_select' has no member named 'were' */
/* expect-clang: field designator 'were' does not refer to any field */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
extern const kn_select all;
const kn_select all = KN_SELECT(KN_FROM(Row), .were = KN_ALL_ROWS);
