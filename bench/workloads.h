/* SPDX-License-Identifier: MIT */
/* A workload: what it starts from, what is measured, how its outcome is verified. */
#ifndef KOINE_BENCH_WORKLOADS_H
#define KOINE_BENCH_WORKLOADS_H

#include "common.h"

/* One run: of `client`, opened as `handle`. */
typedef struct bench_run {
    const bench_options *options;
    const bench_client *client;
    void *handle;
    int64_t *keys;
    bench_reader reader;
} bench_run;

typedef struct bench_workload {
    const char *name;
    bool writes;
    void (*fill)(const bench_options *options); /* the tables are there, and empty; NULL = they stay so */
    bool (*has)(const bench_client *client);
    void (*begin)(bench_run *run); /* before the measured part; NULL = nothing */
    void (*measure)(void *run);
    void (*verify)(bench_run *run);
} bench_workload;

/* NULL when there is none of this name. */
const bench_workload *bench_find_workload(const char *name);

#endif
