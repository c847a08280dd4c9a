/* SPDX-License-Identifier: MIT */
/* expect: Row.m cannot hold KN_SMALL_INTEGER */
#include <koine/model.h>

typedef struct Row {
    int64_t id;
    int32_t m;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, m, KN_SMALL_INTEGER),
};
KN_DEFINE(Row, "rows");
