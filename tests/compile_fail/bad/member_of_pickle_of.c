/* SPDX-License-Identifier: MIT */
/* expect: Row.m cannot hold KN_PICKLE_OF(point) */
#include <koine/model.h>

static const kn_codec point = {.size_ = sizeof(kn_codec), .name = "point"};
typedef struct Row {
    int64_t id;
    kn_any *m;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, m, KN_PICKLE_OF(point)),
};
KN_DEFINE(Row, "rows");
