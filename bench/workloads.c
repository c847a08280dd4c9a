/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <string.h>

#include "koine.h"

/* connect */

static void connect_measure(void *p)
{
    bench_run *run = p;
    run->client->connect(run->handle);
}

static void connect_verify(bench_run *run)
{
    (void)run;
}

/* inserts: what one client wrote is read by the best native one */

static void insert_loop_measure(void *p)
{
    bench_run *run = p;
    run->client->insert_loop(run->handle);
}

static void batch_insert_measure(void *p)
{
    bench_run *run = p;
    run->client->batch_insert(run->handle);
}

static void bulk_insert_measure(void *p)
{
    bench_run *run = p;
    run->client->bulk_insert(run->handle);
}

static void verify_table(bench_run *run)
{
    const bench_client *best = run->options->backend->natives[0];
    bench_options options = *run->options;
    bench_reader reader = {.compare = true};
    options.writes = false;
    void *handle = best->open(&options);
    best->scan(handle, &reader);
    best->close(handle);
    if (reader.count != options.rows)
        bench_fail("%lld rows were stored, not %lld", (long long)reader.count, (long long)options.rows);
}

/* reads: once summed, which is measured, and once compared */

static uint64_t expected_sum(const bench_run *run)
{
    char title[BENCH_TITLE_ROOM];
    uint64_t sum = 0;
    for (int64_t i = 0; i < run->options->rows; i++) {
        bench_fields row = bench_row(run->keys ? run->keys[i] - 1 : i, title);
        sum += bench_use(&row);
    }
    return sum;
}

static void verify_reader(bench_run *run, void (*measure)(void *run))
{
    if (run->reader.count != run->options->rows || run->reader.sum != expected_sum(run))
        bench_fail("the sum over all values is wrong");
    run->reader = (bench_reader){.compare = true, .keys = run->keys};
    measure(run);
    if (run->reader.count != run->options->rows)
        bench_fail("rows are missing");
}

static void point_select_begin(bench_run *run)
{
    uint64_t rows = (uint64_t)run->options->rows;
    run->keys = bench_alloc(rows, sizeof *run->keys);
    for (uint64_t i = 0; i < rows; i++)
        run->keys[i] = (int64_t)(bench_random(i) % rows) + 1;
}

static void point_select_measure(void *p)
{
    bench_run *run = p;
    run->client->point_select(run->handle, run->keys, run->options->rows, &run->reader);
}

static void point_select_verify(bench_run *run)
{
    verify_reader(run, point_select_measure);
}

static void scan_measure(void *p)
{
    bench_run *run = p;
    run->client->scan(run->handle, &run->reader);
}

static void scan_verify(bench_run *run)
{
    verify_reader(run, scan_measure);
}

static void stream_measure(void *p)
{
    bench_run *run = p;
    run->client->stream(run->handle, &run->reader);
}

static void stream_verify(bench_run *run)
{
    verify_reader(run, stream_measure);
}

/* objects */

static void object_load_measure(void *p)
{
    bench_run *run = p;
    run->client->object_load(run->handle);
}

typedef struct object_check {
    int64_t rows, parents, children, linked;
} object_check;

static void check_parent(void *context, const bench_object *object)
{
    object_check *check = context;
    char name[BENCH_TITLE_ROOM];
    bench_fields expected = bench_parent_row(check->parents++, check->rows, name);
    bench_fields got = expected;
    got.id = object->fields.id;
    got.title = object->fields.title;
    got.title_size = object->fields.title_size;
    bench_expect(&got, &expected);
    check->linked += object->linked;
}

static void check_child(void *context, const bench_object *object)
{
    object_check *check = context;
    char title[BENCH_TITLE_ROOM];
    int64_t i = check->children++;
    bench_fields expected = bench_row(i, title);
    expected.gain = 0;
    bench_expect(&object->fields, &expected);
    if (object->parent != bench_parent_of(i, check->rows) || object->linked != object->parent)
        bench_fail("child %lld has another parent", (long long)expected.id);
}

static void object_load_verify(bench_run *run)
{
    object_check check = {.rows = run->options->rows};
    run->client->each_object(run->handle, check_parent, check_child, &check);
    if (check.parents != bench_parents(check.rows) || check.children != check.rows || check.linked != check.rows)
        bench_fail("objects are missing");
}

#define HAS(workload)                                                                                                  \
    static bool has_##workload(const bench_client *client)                                                             \
    {                                                                                                                  \
        return client->workload != NULL;                                                                               \
    }
HAS(connect)
HAS(insert_loop)
HAS(batch_insert)
HAS(bulk_insert)
HAS(point_select)
HAS(scan)
HAS(stream)
HAS(object_load)

static const bench_workload workloads[] = {
    {
        .name = "connect",
        .has = has_connect,
        .measure = connect_measure,
        .verify = connect_verify,
    },
    {
        .name = "insert_loop",
        .writes = true,
        .has = has_insert_loop,
        .measure = insert_loop_measure,
        .verify = verify_table,
    },
    {
        .name = "batch_insert",
        .writes = true,
        .has = has_batch_insert,
        .measure = batch_insert_measure,
        .verify = verify_table,
    },
    {
        .name = "bulk_insert",
        .writes = true,
        .has = has_bulk_insert,
        .measure = bulk_insert_measure,
        .verify = verify_table,
    },
    {
        .name = "point_select",
        .fill = koine_fill_tracks,
        .has = has_point_select,
        .begin = point_select_begin,
        .measure = point_select_measure,
        .verify = point_select_verify,
    },
    {
        .name = "scan",
        .fill = koine_fill_tracks,
        .has = has_scan,
        .measure = scan_measure,
        .verify = scan_verify,
    },
    {
        .name = "stream",
        .fill = koine_fill_tracks,
        .has = has_stream,
        .measure = stream_measure,
        .verify = stream_verify,
    },
    {
        .name = "object_load",
        .fill = koine_fill_objects,
        .has = has_object_load,
        .measure = object_load_measure,
        .verify = object_load_verify,
    },
};

const bench_workload *bench_find_workload(const char *name)
{
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    }
    return NULL;
}
