/* SPDX-License-Identifier: MIT */
/* What every client and every workload share: the rows that are written and expected, the command line, the report.
 *
 * A program a client library, a client a way of using it: `naive`, `best`, `koine`. A program runs one workload with
 * one client once. What is opened before and verified afterwards is outside of the measured part, which is all that
 * bench_measured calls: callgrind counts it with --toggle-collect=bench_measured. */
#ifndef KOINE_BENCH_COMMON_H
#define KOINE_BENCH_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bench_backend bench_backend;
typedef struct bench_options {
    const bench_backend *backend;
    int64_t rows;
    bool writes;         /* the workload writes rows: `open` makes them */
    const char *url;     /* as Koine takes it */
    const char *plugins; /* folder of Koine's plugins */
} bench_options;

/* Says why on stderr and ends the program. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What a client library wants to know of the URL: parts that are absent are NULL. Lives for ever. */
typedef struct bench_place {
    const char *host, *user, *password, *database;
    unsigned port;
} bench_place;
bench_place bench_place_of(const char *url);
/* calloc, or the end of the program. */
void *bench_alloc(size_t count, size_t size);

/* One row, as the generator means it; what a hand-written program would have, with the scaled integer for the decimal.
 */
#define BENCH_TITLE_MAX 64 /* code points */
#define BENCH_TITLE_ROOM 128
#define BENCH_COLUMNS 6
#define BENCH_BATCH 100
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
/* Of object_load: parents have names from rows after the children's, so that nothing is equal by accident. */
bench_fields bench_parent_row(int64_t i, int64_t rows, char name[BENCH_TITLE_ROOM]);
/* Pseudo-random, the same in every run. */
uint64_t bench_random(uint64_t n);

/* Of object_load: a tenth of the objects are parents. */
static inline int64_t bench_parents(int64_t rows)
{
    return rows / 10 + 1;
}
static inline int64_t bench_parent_of(int64_t i, int64_t rows)
{
    return (int64_t)(bench_random((uint64_t)i * 7 + 5) % (uint64_t)bench_parents(rows)) + 1;
}

/* Ends the program when a row is not what the generator says. */
void bench_expect(const bench_fields *got, const bench_fields *expected);

/* What is done with each row that is read: its values are summed, or compared with those that were written. */
typedef struct bench_reader {
    uint64_t sum;
    int64_t count;
    const int64_t *keys; /* of the rows in order; NULL: 1, 2, 3... */
    bool compare;
} bench_reader;
void bench_compare(const bench_reader *reader, const bench_fields *row);

/* Every value is used, for few instructions, so that no client may leave one out. */
static inline uint64_t bench_use(const bench_fields *row)
{
    union {
        double d;
        uint64_t bits;
    } gain = {.d = row->gain};
    return (uint64_t)row->id + gain.bits + (uint64_t)row->cents + (uint64_t)row->us + (uint64_t)row->loved +
           row->title_size + (unsigned char)row->title[0];
}

static inline void bench_take(bench_reader *reader, const bench_fields *row)
{
    if (reader->compare)
        bench_compare(reader, row);
    reader->sum += bench_use(row);
    reader->count++;
}

/* What object_load gave, for the comparison: texts and numbers of each object, and where its pointers lead. */
typedef struct bench_object {
    bench_fields fields; /* of a child without `gain`; of a parent id and title */
    int64_t parent;      /* a child's column */
    int64_t linked;      /* a child: its parent's id by pointer; a parent: how many children point back */
} bench_object;
typedef void bench_object_fn(void *context, const bench_object *object);

/* A way to use a client library. The functions of workloads are what is measured. */
typedef struct bench_client {
    const char *name;
    void *(*open)(const bench_options *options);
    void (*close)(void *client);
    void (*connect)(void *client);      /* opens and closes another connection, `rows` times */
    void (*insert_loop)(void *client);  /* the rows of `open`, one by one, in one transaction */
    void (*batch_insert)(void *client); /* BENCH_BATCH at a time, in one transaction */
    void (*bulk_insert)(void *client);  /* all at once, in one transaction */
    void (*point_select)(void *client, const int64_t *keys, int64_t count, bench_reader *reader);
    void (*scan)(void *client, bench_reader *reader);   /* in order of their keys, streamed the fastest way */
    void (*stream)(void *client, bench_reader *reader); /* the same in a way that takes parameters */
    void (*object_load)(void *client);                  /* two scans, joined by key in memory, pointers both ways */
    void (*each_object)(void *client, bench_object_fn *parent, bench_object_fn *child, void *context);
} bench_client;

typedef struct native_handle native_handle; /* native.h */
typedef struct naive_driver naive_driver;   /* naive.h */
struct bench_backend {
    const bench_client *const *natives; /* ended by NULL; the first is `best` */
    void *(*connect)(const char *url);  /* as the best client does */
    void (*disconnect)(void *db);
    void (*load_artists)(native_handle *handle); /* into its objects */
    void (*load_songs)(native_handle *handle);
    const naive_driver *naive;
    const char *settle; /* SQL after the tables were filled; NULL = none */
};

int bench_main(int argc, char **argv, const bench_backend *backend);
void bench_measured(void (*run)(void *state), void *state);

#endif
