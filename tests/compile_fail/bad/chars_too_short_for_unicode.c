/* SPDX-License-Identifier: MIT */
/* expect: Row.name is too short for KN_UNICODE(64) */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, name, KN_UNICODE(64)),
};
KN_DEFINE(Row, "rows");
