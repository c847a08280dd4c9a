/* SPDX-License-Identifier: MIT */
/* expect-gcc: before 'text' */
/* expect-clang: expected '}' */
#include <koine/koine.h>

typedef struct Row {
    int64_t id;
    char name[8];
} Row;
KN_MODEL(Row);
extern const kn_expr *unsafe(const char *text);
const kn_expr *unsafe(const char *text)
{
    return KN_RAW(text);
}
