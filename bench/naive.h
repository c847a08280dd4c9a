/* SPDX-License-Identifier: MIT */
/* What people write by hand: SQL text built with escaped values, results as text, one row at a time. Only this much
 * differs between client libraries. */
#ifndef KOINE_BENCH_NAIVE_H
#define KOINE_BENCH_NAIVE_H

#include "common.h"

/* A row as texts, NULL for NULL. */
typedef void naive_row_fn(void *context, char **cells);

struct naive_driver {
    void *(*open)(const char *url);
    void (*close)(void *db);
    void (*run)(void *db, const char *sql);
    void (*escape)(void *db, char *out, const char *text, size_t size); /* ends `out` with NUL */
    void (*query)(void *db, const char *sql, naive_row_fn *row, void *context);
};

extern const bench_client naive;
/* Runs what the backend wants after its tables were filled. */
void naive_settle(const bench_options *options);

#endif
