/* SPDX-License-Identifier: MIT */
/* expect: Row.m cannot hold KN_TEXT */
#include <koine/model.h>

typedef struct Row {
    int64_t id;
    kn_any *m;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, m, KN_TEXT),
};
KN_DEFINE(Row, "rows");
