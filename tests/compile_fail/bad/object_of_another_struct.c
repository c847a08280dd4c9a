/* SPDX-License-Identifier: MIT */
/* expect-gcc: pointer type mismatch in conditional expression */
/* expect-clang: pointer type mismatch */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
typedef struct Other {
    int64_t id;
} Other;
extern kn_status insert(kn_connection *c, Other *other);
kn_status insert(kn_connection *c, Other *other)
{
    return kn_insert(c, KN_OBJECT(Row, other), NULL);
}
