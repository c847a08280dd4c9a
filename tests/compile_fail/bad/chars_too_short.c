/* SPDX-License-Identifier: MIT */
/* expect: Row.name is too short for KN_STRING(8) */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, name, KN_STRING(8)), /* seven characters and the NUL */
};
KN_DEFINE(Row, "rows");
