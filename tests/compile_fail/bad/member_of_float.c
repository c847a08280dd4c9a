/* SPDX-License-Identifier: MIT */
/* expect: Row.m cannot hold KN_FLOAT */
#include <koine/model.h>

typedef struct Row {
    int64_t id;
    float m;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, m, KN_FLOAT),
};
KN_DEFINE(Row, "rows");
