/* SPDX-License-Identifier: MIT */
/* expect: Row.m cannot hold KN_ENUM(mood) */
#include <koine/model.h>

static const kn_enum mood = KN_ENUM_TYPE("mood", KN_LABEL(0, "calm"));
typedef struct Row {
    int64_t id;
    int16_t m;
} Row;
KN_MODEL(Row);
KN_COLUMNS(Row) = {
    KN_COLUMN(Row, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Row, m, KN_ENUM(mood)),
};
KN_DEFINE(Row, "rows");
