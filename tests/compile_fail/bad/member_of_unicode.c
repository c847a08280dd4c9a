/* SPDX-License-Identifier: MIT */
/* expect: Row.m cannot hold KN_UNICODE(64) */
#include <koine/model.h>

typedef struct Row {
    int64_t id;
    kn_bytes m;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, m, KN_UNICODE(64)),
};
KN_DEFINE(Row, "rows");
