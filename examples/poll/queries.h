/* SPDX-License-Identifier: MIT */
/* Many queries at once on one thread, whatever waits for their descriptors: poll(2) here, libuv in examples/libuv. */
#ifndef EXAMPLES_QUERIES_H
#define EXAMPLES_QUERIES_H

#include <koine/koine.h>

#define NUMBERS 2000 /* rows of the table */
#define SHARE 100    /* of them that each query reads */

typedef struct Number {
    int64_t id;
    int64_t square;
} Number;
KN_MODEL(Number);

/* One query on a connection of its own, and how far it is. */
typedef struct query {
    kn_connection *c;
    kn_statement *statement;
    kn_result *result;
    kn_value range[2];
    Number row;
    kn_wait wait; /* what for, after KN_WAIT */
    int64_t first, rows, sum;
    uint32_t timeout_ms; /* of its execution */
    unsigned stage;
    kn_status status; /* KN_WAIT, KN_DONE, or what went wrong */
    kn_error error;
} query;

/* Makes the table, where it is not there yet, over a connection that blocks. */
kn_status make_numbers(kn_engine *engine, kn_error *error);

/* The nth query: its place in the pool. */
kn_status query_start(kn_engine *engine, query *q, int n, kn_error *error);
/* Goes on as far as it can without waiting; returns q->status. */
kn_status query_go(query *q);

/* Adds up and prints what `count` queries read; false when one failed or a sum is wrong. */
bool queries_tell(const query *queries, int count, int at_once, int waits);

#endif
