/* SPDX-License-Identifier: MIT */
/* expect: KN_INIT_KN_INTEGR */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGR),
};
KN_DEFINE(Row, "rows");
