/* SPDX-License-Identifier: MIT */
/* expect-gcc: has no member named 'nmae' */
/* expect-clang: no member named 'nmae' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
extern kn_status update(kn_connection *c, Row *row);
kn_status update(kn_connection *c, Row *row)
{
    return kn_update_only(c, KN_OBJECT(Row, row), KN_ONLY(Row, id, nmae), NULL);
}
