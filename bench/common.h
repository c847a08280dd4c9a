/* SPDX-License-Identifier: MIT */
/* What the workloads share: the command line, the rows that are written and expected, the clock, the report.
 *
 * A program runs one side once. What a side opens and what is verified afterwards is outside of the measured part,
 * which is all that bench_measured calls: callgrind counts it with --toggle-collect=bench_measured. */
#ifndef KOINE_BENCH_COMMON_H
#define KOINE_BENCH_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bench_options {
    int64_t rows;
    const char *database; /* path of the file */
    const char *plugins;  /* folder of Koine's plugins */
} bench_options;

typedef struct bench_side {
    void *(*open)(const bench_options *options); /* what the measured part needs */
    void (*run)(void *state);                    /* the measured part */
    void (*close)(void *state);
} bench_side;

typedef struct bench_program {
    const char *name;
    void (*prepare)(const bench_options *options); /* makes the database */
    bench_side native, koine;
    void (*verify)(const bench_options *options, void *state, bool koine); /* after run, before close */
} bench_program;

int bench_main(int argc, char **argv, const bench_program *program);
void bench_measured(void (*run)(void *state), void *state);

/* Says why on stderr and ends the program. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* calloc, or the end of the program. */
void *bench_alloc(size_t count, size_t size);

/* One row, as the generator means it. */
#define BENCH_TITLE_MAX 64 /* code points */
#define BENCH_TITLE_ROOM 128
typedef struct bench_fields {
    int64_t id;
    const char *title; /* NUL-ended */
    size_t title_size;
    double gain;
    int64_t cents; /* NUMERIC(12, 2) */
    int64_t us;    /* since 1970-01-01 */
    int loved;     /* 0, 1; -1 = NULL */
} bench_fields;

/* Row `i`, counted from 0; its id is i + 1. `title` is where the text goes. */
bench_fields bench_row(int64_t i, char title[BENCH_TITLE_ROOM]);
/* Pseudo-random, the same in every run. */
uint64_t bench_random(uint64_t n);

/* Ends the program when a row is not what the generator says. */
void bench_expect(const bench_fields *got, const bench_fields *expected);

/* Every value of a row that was read is used, for few instructions, so that no side may leave one out. */
static inline uint64_t bench_use(const bench_fields *row)
{
    union {
        double d;
        uint64_t bits;
    } gain = {.d = row->gain};
    return (uint64_t)row->id + gain.bits + (uint64_t)row->cents + (uint64_t)row->us + (uint64_t)row->loved +
           row->title_size + (unsigned char)row->title[0];
}

/* The sum of bench_use over rows 0 to rows - 1. */
uint64_t bench_use_all(int64_t rows);

/* Key to position, for joins in memory: the same code on both sides. */
typedef struct bench_index {
    int64_t *keys; /* 0 = free */
    uint32_t *positions;
    uint64_t mask;
} bench_index;
void bench_index_init(bench_index *index, size_t count);
void bench_index_finish(bench_index *index);

static inline uint64_t bench_slot(const bench_index *index, int64_t key)
{
    uint64_t slot = (uint64_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 20 & index->mask;
    while (index->keys[slot] && index->keys[slot] != key)
        slot = (slot + 1) & index->mask;
    return slot;
}

static inline void bench_index_add(bench_index *index, int64_t key, uint32_t position)
{
    uint64_t slot = bench_slot(index, key);
    index->keys[slot] = key;
    index->positions[slot] = position;
}

static inline uint32_t bench_index_find(const bench_index *index, int64_t key)
{
    uint64_t slot = bench_slot(index, key);
    if (!index->keys[slot])
        bench_fail("a child has no parent");
    return index->positions[slot];
}

/* Of object_load: a tenth of the objects are parents. */
static inline int64_t bench_parents(int64_t rows)
{
    return rows / 10 + 1;
}
static inline int64_t bench_parent_of(int64_t i, int64_t rows)
{
    return (int64_t)(bench_random((uint64_t)i * 7 + 5) % (uint64_t)bench_parents(rows)) + 1;
}

#endif
