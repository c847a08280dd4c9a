/* SPDX-License-Identifier: MIT */
/* expect-gcc: mismatch in conditional expression */
/* expect-clang: incompatible operand types */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
extern kn_status insert(kn_connection *c, Row row);
kn_status insert(kn_connection *c, Row row)
{
    return kn_insert(c, KN_OBJECT(Row, row), NULL);
}
