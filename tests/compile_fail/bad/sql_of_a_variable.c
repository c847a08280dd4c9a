/* SPDX-License-Identifier: MIT */
/* expect-gcc: before 'text' */
/* expect-clang: expected '}' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
extern kn_sql_text unsafe(const char *text);
kn_sql_text unsafe(const char *text)
{
    return KN_SQL(text);
}
