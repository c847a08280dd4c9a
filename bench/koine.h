/* SPDX-License-Identifier: MIT */
/* Koine as a client: the same code whatever the backend. It also makes and fills the tables. */
#ifndef KOINE_BENCH_KOINE_H
#define KOINE_BENCH_KOINE_H

#include "common.h"

extern const bench_client koine;

/* Empty tables, whatever was there. */
void koine_create(const bench_options *options);
void koine_fill_tracks(const bench_options *options);
void koine_fill_objects(const bench_options *options);

#endif
