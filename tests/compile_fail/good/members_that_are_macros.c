/* SPDX-License-Identifier: MIT */
/* A member keeps its name although a system header makes a macro of it, and although its name means something else
 * elsewhere. */
#include <koine/koine.h>

typedef struct Failure {
    int64_t id;
    int32_t errno;
    const char *signal, *table, *text, *T, *S, *m;
} Failure;
KN_MODEL(Failure);
KN_COLUMNS(Failure) = {
    KN_COLUMN(Failure, id, KN_INTEGER, .primary_key = true),
    KN_COLUMN(Failure, errno, KN_INTEGER),
    KN_COLUMN(Failure, signal, KN_TEXT),
    KN_COLUMN(Failure, table, KN_TEXT),
    KN_COLUMN(Failure, text, KN_TEXT),
    KN_COLUMN(Failure, T, KN_TEXT),
    KN_COLUMN(Failure, S, KN_TEXT),
    KN_COLUMN(Failure, m, KN_TEXT),
};
KN_DEFINE(Failure, "failures");

#include <sys/stat.h>

typedef struct stat Stat;
KN_MODEL(Stat);
KN_COLUMNS(Stat) = {
    KN_COLUMN(Stat, st_size, KN_BIG_INTEGER), KN_COLUMN(Stat, st_mtime, KN_BIG_INTEGER), /* st_mtim.tv_sec */
};
KN_DEFINE(Stat, "files");
