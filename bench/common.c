/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

uint64_t bench_use_all(int64_t rows)
{
    char title[BENCH_TITLE_ROOM];
    uint64_t sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        bench_fields row = bench_row(i, title);
        sum += bench_use(&row);
    }
    return sum;
}

/* index */

void bench_index_init(bench_index *index, size_t count)
{
    size_t room = 16;
    while (room < count * 2)
        room *= 2;
    index->keys = bench_alloc(room, sizeof *index->keys);
    index->positions = bench_alloc(room, sizeof *index->positions);
    index->mask = room - 1;
}

void bench_index_finish(bench_index *index)
{
    free(index->keys);
    free(index->positions);
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

static void run_side(const bench_program *program, const bench_options *options, bool koine, bool verify)
{
    const bench_side *side = koine ? &program->koine : &program->native;
    void *state = side->open(options);
    double start = seconds();
    bench_measured(side->run, state);
    double wall = seconds() - start;
    printf("{\"wall\": %.9f, \"peak_kib\": %ld}\n", wall, peak());
    if (verify)
        program->verify(options, state, koine);
    side->close(state);
}

static _Noreturn void usage(const bench_program *program)
{
    bench_fail("usage: %s --database PATH --rows N (--prepare | --side native|koine [--no-verify]) [--plugins FOLDER]",
               program->name);
}

int bench_main(int argc, char **argv, const bench_program *program)
{
    bench_options options = {.rows = 0};
    const char *side = NULL;
    bool prepare = false, verify = true;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--prepare") == 0)
            prepare = true;
        else if (strcmp(argv[i], "--no-verify") == 0)
            verify = false;
        else if (!value)
            usage(program);
        else if (strcmp(argv[i], "--database") == 0)
            options.database = argv[++i];
        else if (strcmp(argv[i], "--plugins") == 0)
            options.plugins = argv[++i];
        else if (strcmp(argv[i], "--side") == 0)
            side = argv[++i];
        else if (strcmp(argv[i], "--rows") == 0)
            options.rows = strtoll(argv[++i], NULL, 10);
        else
            usage(program);
    }
    if (!options.database || options.rows <= 0 || prepare == (side != NULL))
        usage(program);
    if (prepare)
        program->prepare(&options);
    else if (strcmp(side, "koine") == 0 || strcmp(side, "native") == 0)
        run_side(program, &options, strcmp(side, "koine") == 0, verify);
    else
        usage(program);
    return 0;
}
