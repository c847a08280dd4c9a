/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "koine.h"
#include "naive.h"
#include "workloads.h"

void bench_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *bench_alloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p)
        bench_fail("out of memory");
    return p;
}

/* rows */

uint64_t bench_random(uint64_t n)
{
    uint64_t x = (n + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* 8 to 48 characters; one text in sixteen is not ASCII throughout. */
static size_t make_title(uint64_t random, char *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz ABCDE";
    size_t length = 8 + random % 41, size = 0;
    bool accents = (random >> 40) % 16 == 0;
    for (size_t i = 0; i < length; i++) {
        if (accents && i % 5 == 2) {
            memcpy(out + size, "\xC3\xA9", 2);
            size += 2;
        } else {
            out[size++] = letters[(random >> i % 32 ^ i * 7) % 32];
        }
    }
    out[size] = '\0';
    return size;
}

bench_fields bench_row(int64_t i, char title[BENCH_TITLE_ROOM])
{
    uint64_t seed = (uint64_t)i * 8;
    uint64_t gain = bench_random(seed + 1) >> 11;
    return (bench_fields){
        .id = i + 1,
        .title = title,
        .title_size = make_title(bench_random(seed), title),
        .gain = (double)gain * 0x1p-53 * 2000 - 1000,
        .cents = (int64_t)(bench_random(seed + 2) % UINT64_C(20000000000)) - INT64_C(10000000000),
        .us = INT64_C(946684800000000) + (int64_t)(bench_random(seed + 3) % UINT64_C(946080000000000)),
        .loved = (int)(bench_random(seed + 4) % 3) - 1,
    };
}

bench_fields bench_parent_row(int64_t i, int64_t rows, char name[BENCH_TITLE_ROOM])
{
    bench_fields row = bench_row(rows + i, name);
    row.id = i + 1;
    return row;
}

void bench_expect(const bench_fields *got, const bench_fields *expected)
{
    const char *wrong = NULL;
    if (got->id != expected->id)
        wrong = "id";
    else if (got->title_size != expected->title_size || memcmp(got->title, expected->title, got->title_size) != 0)
        wrong = "title";
    else if (memcmp(&got->gain, &expected->gain, sizeof got->gain) != 0)
        wrong = "gain";
    else if (got->cents != expected->cents)
        wrong = "price";
    else if (got->us != expected->us)
        wrong = "added";
    else if (got->loved != expected->loved)
        wrong = "loved";
    if (wrong)
        bench_fail("row %lld: column '%s' is wrong", (long long)expected->id, wrong);
}

void bench_compare(const bench_reader *reader, const bench_fields *row)
{
    char title[BENCH_TITLE_ROOM];
    bench_fields expected = bench_row(reader->keys ? reader->keys[reader->count] - 1 : reader->count, title);
    bench_expect(row, &expected);
}

/* the program */

__attribute__((noinline)) void bench_measured(void (*run)(void *state), void *state)
{
    run(state);
}

static double seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        bench_fail("no clock");
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The most memory that was resident, in KiB. */
static long peak(void)
{
    char line[128];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    }
    if (file)
        fclose(file);
    return kib;
}

static void run_client(const bench_workload *workload, const bench_client *client, const bench_options *options,
                       bool verify)
{
    bench_run run = {.options = options, .client = client, .handle = client->open(options)};
    if (workload->begin)
        workload->begin(&run);
    double start = seconds();
    bench_measured(workload->measure, &run);
    double wall = seconds() - start;
    printf("{\"wall\": %.9f, \"peak_kib\": %ld}\n", wall, peak());
    if (verify)
        workload->verify(&run);
    client->close(run.handle);
    free(run.keys);
}

static const bench_client *find_client(const bench_backend *backend, const char *name)
{
    const bench_client *const *native = backend->natives;
    while (*native && strcmp((*native)->name, name) != 0)
        native++;
    return *native ? *native : strcmp(name, naive.name) == 0 ? &naive : strcmp(name, koine.name) == 0 ? &koine : NULL;
}

/* With empty tables, or what the workload reads. */
static void prepare(const bench_workload *workload, const bench_options *options)
{
    koine_create(options);
    if (!workload->fill)
        return;
    workload->fill(options);
    naive_settle(options);
}

static _Noreturn void usage(void)
{
    bench_fail("usage: PROGRAM --workload NAME --url URL --rows N (--prepare | --client naive|best|koine [--no-verify])"
               " [--plugins FOLDER]");
}

int bench_main(int argc, char **argv, const bench_backend *backend)
{
    bench_options options = {.backend = backend};
    const bench_workload *workload = NULL;
    const bench_client *client = NULL;
    bool prepares = false, verify = true;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--prepare") == 0)
            prepares = true;
        else if (strcmp(argv[i], "--no-verify") == 0)
            verify = false;
        else if (!value)
            usage();
        else if (strcmp(argv[i], "--url") == 0)
            options.url = argv[++i];
        else if (strcmp(argv[i], "--plugins") == 0)
            options.plugins = argv[++i];
        else if (strcmp(argv[i], "--client") == 0)
            client = find_client(backend, argv[++i]);
        else if (strcmp(argv[i], "--workload") == 0)
            workload = bench_find_workload(argv[++i]);
        else if (strcmp(argv[i], "--rows") == 0)
            options.rows = strtoll(argv[++i], NULL, 10);
        else
            usage();
    }
    if (!options.url || options.rows <= 0 || !workload || prepares == (client != NULL))
        usage();
    options.writes = workload->writes;
    if (prepares)
        prepare(workload, &options);
    else if (workload->has(client))
        run_client(workload, client, &options, verify);
    else
        printf("{}\n");
    return 0;
}
